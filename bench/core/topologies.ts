// What the core is made to do, until it is told to stop: a cycle takes some contacts through a step of their lives at once.
//
//   free     N agents are free: each contact that is created takes one (a decision), is accepted and ended
//   waiting  N agents serve and N contacts wait: each contact that ends frees an agent for the best that waits (a decision),
//            which is accepted, and another joins the queue

import { ENDED_BY_CUSTOMER } from '../../assembly/layout.ts';
import type { Command } from '../../test/core/commands.ts';
import { must } from '../harness/benchmark.ts';
import type { Offer, Recorder } from './recorder.ts';
import { agentCommands, Contacts, type World } from './worlds.ts';

/** Contacts in one tick: at most a quarter of the agents. */
const togetherMax = 250;

export interface Topology {
  /** One cycle; returns how many decisions it took. */
  cycle(): number;
  /** An account of who is where, when the last cycle is over. */
  account(): void;
}

export type MakeTopology = (recorder: Recorder, world: World, agents: number) => Topology;

function* agentsOf(world: World, count: number): Generator<Command> {
  for (let agent = 0; agent < count; agent++) yield* agentCommands(world, agent);
}

function accept(offers: readonly Offer[]): Command[] {
  return offers.map(({ contact, agent, offer }) => ({ kind: 'offerAccept', contact, number: 1, offer, agent }));
}

function end(slots: readonly number[]): Command[] {
  return slots.map((contact) => ({ kind: 'contactEnd', contact, number: 1, code: ENDED_BY_CUSTOMER }));
}

function contactsOf(offers: readonly Offer[]): number[] {
  return offers.map(({ contact }) => contact);
}

/** A line that is left at its front and joined at its end. */
class Places {
  #all: number[];
  #from = 0;

  constructor(all: number[]) {
    this.#all = all;
  }

  take(count: number): number[] {
    const taken = this.#all.slice(this.#from, this.#from + count);
    this.#from += count;
    if (this.#from * 2 > this.#all.length) {
      this.#all = this.#all.slice(this.#from);
      this.#from = 0;
    }
    return taken;
  }

  add(more: readonly number[]): void {
    for (const one of more) this.#all.push(one);
  }

  get length(): number {
    return this.#all.length - this.#from;
  }
}

export function free(recorder: Recorder, world: World, agents: number): Topology {
  recorder.step([...world.settings]);
  recorder.inPieces(agentsOf(world, agents));
  const contacts = new Contacts(world);
  const together = Math.min(togetherMax, agents >> 2);
  const idle = new Places(Array.from({ length: agents }, (_, agent) => agent));

  /** A profile whose agents are all taken leaves contacts waiting: the ends have offered those, so they are served out. */
  function serveOut(): number {
    let decisions = 0;
    for (let more = recorder.offers(); more.length > 0; ) {
      decisions += more.length;
      recorder.step(accept(more));
      const slots = contactsOf(more);
      more = recorder.step(end(slots));
      contacts.release(slots);
    }
    must(recorder.live === 0, 'every contact was served');
    return decisions;
  }

  return {
    cycle() {
      recorder.now += 10;
      const offers = recorder.step(contacts.create(together));
      recorder.step(accept(offers));
      recorder.step(end(contactsOf(offers)));
      contacts.release(contactsOf(offers));
      if (world.profiles > 1) return offers.length + serveOut();
      const chosen = offers.map(({ agent }) => agent).sort((a, b) => a - b);
      const longest = idle.take(together).sort((a, b) => a - b);
      must(chosen.length === together, 'each contact found an agent');
      must(
        longest.every((agent, place) => agent === chosen[place]),
        'the agents idle longest were chosen',
      );
      idle.add(longest);
      return offers.length;
    },
    account: () => recorder.account(agents, 0),
  };
}

export function waiting(recorder: Recorder, world: World, agents: number): Topology {
  const contacts = new Contacts(world);
  recorder.step([...world.settings]);
  recorder.inPieces(agentsOf(world, agents));
  const serving = new Places([]);
  const queue = new Places([]);
  // Contacts come until every agent serves and as many wait.
  while (serving.length < agents || recorder.waiting < agents) {
    recorder.now += 1;
    const created = contacts.create(Math.min(1_000, agents));
    const offers = recorder.step(created);
    const offered = new Set(contactsOf(offers));
    queue.add(created.map(({ contact }) => contact).filter((contact) => !offered.has(contact)));
    recorder.step(accept(offers));
    serving.add(contactsOf(offers));
  }
  const all = recorder.waiting + serving.length;
  const together = Math.min(togetherMax, agents >> 2);

  return {
    cycle() {
      recorder.now += 10;
      const slots = serving.take(together);
      const offers = recorder.step(end(slots));
      if (world.profiles === 1) {
        const first = queue.take(together);
        must(
          offers.length === together && offers.every(({ contact }, place) => contact === first[place]),
          'contacts are served in the order in which they came',
        );
      }
      contacts.release(slots);
      const created = contacts.create(together);
      // With several queues the agent of a short one may find nobody waiting, and a newcomer finds that agent.
      const more = recorder.step([...accept(offers), ...created]);
      recorder.step(accept(more));
      serving.add([...contactsOf(offers), ...contactsOf(more)]);
      queue.add(created.map(({ contact }) => contact));
      return offers.length + more.length;
    },
    account() {
      must(recorder.waiting === all - serving.length, 'whoever is not served waits');
      recorder.account(agents, recorder.waiting);
    },
  };
}
