// Deeds that race, played in every order and divided into ticks, on the virtual stage: what is given in one turn is one tick, and
// a deed that is time itself happens in the tick in which the timer is due. Two are divided in both ways. Three, and two behind
// another, are too many for every run: some of these orders, and of the ways between all in one tick and each in its own, are drawn,
// and `npm run test:races` plays all.
//
// What must come out is said by an oracle of a few lines (interleavings.test.ts): whoever comes first decides, in one tick as in
// two. Whatever comes out, afterwards nobody may be left over: see assertNobodyIsLeft().

import { RefusedError } from '../../src/client/errors.ts';
import { SystemClock, systemRandomness } from '../../src/engine/clock.ts';
import type { CorePool } from '../../src/engine/core.ts';
import type { Role } from '../../src/engine/egress.ts';
import type { Party } from '../../src/simulation/stage.ts';
import type { Timeline } from '../../src/simulation/timeline.ts';
import { VirtualStage } from '../../src/simulation/virtual-stage.ts';
import { Random, seedOfThisRun } from '../core/random.ts';
import { makeFlows } from './flows.ts';
import type { Members } from './stage.ts';

const begins = Date.parse('2026-03-02T09:00:00Z');

export interface Asked {
  readonly who: string;
  readonly method: string;
  readonly params: Members;
}

/** A request of somebody, or something that happens to the router. */
export type Deed = Asked | 'timeOver' | 'restart';

export interface Told {
  readonly event: string;
  readonly params: Members;
}

const roles: Readonly<Record<string, Role>> = { switch: 'switch', app: 'app', admin: 'admin' };

export class RacingFloor {
  readonly #stage: VirtualStage;
  readonly #time: Timeline;
  readonly #parties = new Map<string, Party>();
  /** What agents and whoever brings contacts were told. */
  readonly told: Told[] = [];
  readonly agents: readonly string[];

  private constructor(pool: CorePool, agents: readonly string[]) {
    this.agents = agents;
    this.#stage = new VirtualStage({
      clock: new SystemClock(),
      randomness: systemRandomness,
      pool,
      keepsJournal: true,
      more: makeFlows,
      onEvent: ({ role }, event, params) => {
        if (role !== 'agent') this.told.push({ event, params });
        // Of a consultation nobody hears but the agents; who asks hears all of it.
        if (event === 'contact.consulting') this.told.push(asOfContact(params));
      },
    });
    this.#time = this.#stage.timeline(begins, () => this.#stage.heardEverything());
  }

  static async open(pool: CorePool, agents: readonly string[]): Promise<RacingFloor> {
    const floor = new RacingFloor(pool, agents);
    for (const who of [...Object.keys(roles), ...agents]) {
      floor.#parties.set(who, await floor.#stage.connect(roles[who] ?? 'agent', who));
    }
    return floor;
  }

  /** Throws when it is refused. */
  async do(who: string, method: string, params: Members = {}): Promise<Members> {
    const result = (await this.#request({ who, method, params })) as Members;
    await this.#stage.heardEverything();
    return result;
  }

  /** In one tick, in this order: what makes a situation takes a third of the time so. Throws when any is refused. */
  async together(asked: readonly (readonly [who: string, method: string, params?: Members])[]): Promise<Members[]> {
    const answers = asked.map(([who, method, params = {}]) => this.#request({ who, method, params }));
    const results = (await Promise.all(answers)) as Members[];
    await this.#stage.heardEverything();
    return results;
  }

  async pass(ms: number): Promise<void> {
    this.#time.at(this.#time.now() + ms, () => {});
    await this.#time.run();
  }

  contact(contactId: string): Promise<Members> {
    return this.do('admin', 'contact.get', { contactId });
  }

  agent(agentId: string): Promise<Members> {
    return this.do('admin', 'agent.get', { agentId });
  }

  /** All in one tick, in this order; what was refused, deed by deed. `due`: when time is over, if that is among them. */
  async tick(deeds: readonly Deed[], due: number): Promise<(string | undefined)[]> {
    if (deeds.includes('restart')) {
      if (deeds.length > 1) throw new Error('a restart is a tick of its own');
      await this.#stage.restart(async () => {});
      await this.#stage.heardEverything();
      return [undefined];
    }
    const answers: (Promise<string | undefined> | undefined)[] = [];
    const give = () => {
      for (const deed of deeds) answers.push(typeof deed === 'string' ? undefined : this.#refusal(deed));
    };
    if (deeds.includes('timeOver') && this.#time.now() < due) {
      this.#time.at(due, give);
      await this.#time.run();
    } else {
      give();
    }
    await this.#stage.heardEverything();
    return Promise.all(answers);
  }

  async #refusal(asked: Asked): Promise<string | undefined> {
    try {
      await this.#request(asked);
      return undefined;
    } catch (error) {
      if (error instanceof RefusedError) return error.refusal ?? error.message;
      throw error;
    }
  }

  #request({ who, method, params }: Asked): Promise<unknown> {
    return this.#parties.get(who)!.request(method, params);
  }

  /**
   * Each agent has the contacts that say so of themselves, and no other; when everybody is ready again and takes what rings,
   * each contact is served and over, and each agent is ready with free lines.
   */
  async assertNobodyIsLeft(contacts: readonly string[]): Promise<void> {
    await this.#assertLinesAgree(contacts);
    const agents = await this.together(this.agents.map((agentId) => ['admin', 'agent.get', { agentId }]));
    await this.together(
      agents.flatMap(({ agentId, state }) => [
        ...(state === 'loggedOut' ? [[String(agentId), 'agent.login'] as const] : []),
        ['admin', 'agent.set', { agentId, ...servesAnything }],
        [String(agentId), 'agent.ready'],
      ]),
    );
    await this.pass(60_000);
    for (let round = 0, left = true; left && round < contacts.length * 3; round++) {
      left = false;
      for (const contactId of contacts) {
        const { state, agentId, offerId } = await this.contact(contactId);
        if (state === 'ringing') await this.do(String(agentId), 'offer.accept', { offerId });
        if (state === 'connected') await this.do(String(agentId), 'contact.end', { contactId });
        if (state !== 'ended') left = true;
      }
      await this.pass(60_000);
      await this.together(this.agents.map((agentId) => [agentId, 'agent.ready']));
    }
    for (const contactId of contacts) {
      const { state, servedBefore = [] } = await this.contact(contactId);
      if (state !== 'ended') throw new Error(`${contactId} is left ${String(state)}`);
      const ends = this.told.filter(({ event, params }) => event === 'contact.ended' && params.contactId === contactId);
      if (ends.length !== 1) throw new Error(`${contactId} was told to be over ${ends.length} times`);
      const answers = this.told.filter(
        ({ event, params }) => event === 'contact.connected' && params.contactId === contactId,
      );
      if (answers.length > 1 + (servedBefore as unknown[]).length)
        throw new Error(`${contactId} was answered ${answers.length} times`);
    }
    const left = await this.together(this.agents.map((agentId) => ['admin', 'agent.get', { agentId }]));
    for (const { agentId, state, lines } of left as { agentId: string; state: string; lines: { state: string }[] }[])
      if (state !== 'ready' || lines.some((line) => line.state !== 'free'))
        throw new Error(`${agentId} is left ${state} with ${JSON.stringify(lines)}`);
  }

  async #assertLinesAgree(contacts: readonly string[]): Promise<void> {
    const said = new Set<string>();
    // What is left to do for one that has gone on.
    const wrappedUp = new Set<string>();
    for (const contactId of contacts) {
      const { state, lineId, offers, servedBefore = [] } = await this.contact(contactId);
      for (const part of servedBefore as Members[])
        if (part.wrapUpMs === undefined) wrappedUp.add(`${contactId} at ${String(part.lineId)}`);
      const at = (offers as Members[] | undefined) ?? [{ lineId }];
      for (const one of at)
        if (one.lineId !== undefined && state !== 'ended') said.add(`${contactId} at ${String(one.lineId)}`);
    }
    for (const agentId of this.agents) {
      const { lines } = (await this.agent(agentId)) as { lines: { lineId: string; contactId?: string }[] };
      for (const { lineId, contactId } of lines)
        if (
          contactId !== undefined &&
          !said.delete(`${contactId} at ${lineId}`) &&
          !wrappedUp.has(`${contactId} at ${lineId}`)
        )
          throw new Error(`${lineId} has ${contactId}, which says otherwise`);
    }
    if (said.size > 0) throw new Error(`no line has ${[...said].join(', ')}`);
  }

  close(): Promise<void> {
    return this.#stage.close();
  }
}

function asOfContact({ consultId, state, ...told }: Members): Told {
  const event = { connected: 'contact.connected', over: 'contact.ended' }[String(state)] ?? 'contact.offered';
  return { event, params: { ...told, contactId: consultId } };
}

/** Fits whatever the races ask for. */
const servesAnything = { capacity: { voice: 1 }, skills: { english: 5 }, wrapUpMs: 0 };

/** All orders of `count` of these, each once. */
export function* ordersOf<T>(all: readonly T[], count: number): Generator<T[]> {
  if (count === 0) {
    yield [];
    return;
  }
  for (const [at, one] of all.entries())
    for (const others of ordersOf([...all.slice(0, at), ...all.slice(at + 1)], count - 1)) yield [one, ...others];
}

const playsAll = process.env.WAYS === 'all';
/** Of what is divided otherwise than all in one tick or each in its own, one in so many is played, by the seed of the run. */
const betweenEvery = 4;
/** Of orders that are too many for every run. */
const ordersEvery = 3;
let drawn: Random | undefined;

function isDrawn(every: number): boolean {
  if (playsAll) return true;
  if (drawn === undefined) {
    const seed = seedOfThisRun();
    console.log(
      `seed ${seed}: SEED=${seed} draws the same orders and ways of dividing them into ticks, WAYS=all plays all`,
    );
    drawn = new Random(seed);
  }
  return drawn.between(1, every) === 1;
}

/** Of many orders, those that this run plays. */
export function* someOf<T>(orders: Iterable<T>): Generator<T> {
  for (const order of orders) if (isDrawn(ordersEvery)) yield order;
}

/** Ways to divide a list into ticks, keeping its order: all in one, each in its own, and some of those between. */
export function* dividedInto<T>(list: readonly T[]): Generator<T[][]> {
  const waysMost = 2 ** (list.length - 1);
  for (let bars = 0; bars < waysMost; bars++) {
    if (bars > 0 && bars < waysMost - 1 && !isDrawn(betweenEvery)) continue;
    const ticks: T[][] = [];
    list.forEach((one, at) => {
      if (at === 0 || (bars >> (at - 1)) & 1) ticks.push([one]);
      else ticks.at(-1)!.push(one);
    });
    yield ticks;
  }
}
