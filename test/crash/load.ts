// The load of the crash test: switches and agents who act on what they are told, as people would, for as long as the
// test runs. They know nothing of crashes: their clients come back by themselves, and what they have asked they ask on.
//
// Each looks at its picture every few milliseconds and does one thing at a time with each contact. From time to time
// it also compares its picture with what the router shows on the same connection.

import type { State } from '../../src/client/client.ts';
import { RefusedError } from '../../src/client/errors.ts';
import type { MethodName, Params, Result } from '../../src/protocol/methods.ts';
import type { Party, Told } from '../journeys/party.ts';
import type { RouterProcess } from '../journeys/router-harness.ts';
import type { AgentSetUp, Auditor } from './auditor.ts';
import { AgentPicture, type OfferPicture, SwitchPicture } from './pictures.ts';
import type { SeededRandom } from './random.ts';

export const queues = [
  { queueId: 'sales', channels: ['voice'], offerMs: 700, wrapUpMs: 150, afterRejectMs: 150 },
  { queueId: 'support', channels: ['chat', 'voice'], offerMs: 700, select: 'bestSkilled', afterRejectMs: 150 },
  { queueId: 'claims', channels: ['voice'], offerMs: 700, wrapUpMs: 60_000, order: 'firstCome', select: 'linear' },
] as const;

export const agents: readonly AgentSetUp[] = Array.from({ length: 10 }, (_, at) => ({
  agentId: `agent${at}`,
  capacity: at % 3 === 0 ? { voice: 1, chat: 3, total: 3 } : { voice: 1, chat: 2 },
  skills: { english: 1 + (at % 10), ...(at % 2 === 0 && { german: 5 }) },
}));

const lookEveryMs = 15;
const callTimeoutMs = 90_000;

export interface World {
  readonly router: RouterProcess;
  readonly auditor: Auditor;
  readonly random: SeededRandom;
  /** No new contacts come any more; those who are there are served to the end. */
  ending: boolean;
  stopped: boolean;
  /** Somebody has just sent a request. */
  asked: (party: Party) => void;
}

export function newWorld(router: RouterProcess, auditor: Auditor, random: SeededRandom): World {
  return { router, auditor, random, ending: false, stopped: false, asked: () => {} };
}

abstract class Simulated {
  readonly who: string;
  readonly world: World;
  party!: Party;
  /** What is under way, by what it is about. */
  readonly #busy = new Set<string>();
  #looping: Promise<void> | undefined;

  constructor(who: string, world: World) {
    this.who = who;
    this.world = world;
  }

  protected async connect(role: 'agent' | 'switch', picture: AgentPicture | SwitchPicture): Promise<void> {
    const { world, who } = this;
    const listening = {
      timeoutMs: callTimeoutMs,
      connectTimeoutMs: callTimeoutMs,
      onState: (state: State) => {
        world.auditor.stateTaken(who, state);
        picture.taken(state);
      },
      onTold: (told: Told) => {
        world.auditor.told(who, told);
        picture.told(told.event, told.params);
      },
    };
    this.party = await world.router.open(role, who, {}, listening);
  }

  start(): void {
    this.#looping = this.#loop();
  }

  async finished(): Promise<void> {
    await this.#looping;
  }

  get isBusy(): boolean {
    return this.#busy.size > 0;
  }

  protected abstract look(now: number): void;

  /** Runs once at a time for each thing; false when something else is under way with it. */
  protected once(thing: string, act: () => Promise<void>): boolean {
    if (this.#busy.has(thing)) return false;
    this.#busy.add(thing);
    act()
      .catch((error: unknown) => {
        if (!this.world.stopped) this.world.auditor.breach(`${this.who}, ${thing}: ${String(error)}`);
      })
      .finally(() => this.#busy.delete(thing));
    return true;
  }

  /** Acknowledged, or refused in one of the ways that may happen when somebody else was faster. */
  protected async ask<M extends MethodName>(
    method: M,
    params: Params<M>,
    allowed: readonly string[] = [],
  ): Promise<Result<M> | undefined> {
    const { auditor } = this.world;
    try {
      const answered = this.party.call(method, params);
      if (this.party.client.isOpen) this.world.asked(this.party);
      const result = await answered;
      auditor.acknowledged({ who: this.who, method, params: params as never, result: result as never });
      return result;
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      auditor.refused(this.who, method, error, allowed);
      return undefined;
    }
  }

  async #loop(): Promise<void> {
    while (!this.world.stopped) {
      // A network that drops a connection now and then.
      if (this.world.random.chance(0.001)) {
        this.world.auditor.count('connections cut');
        this.party.client.cut();
      }
      this.look(Date.now());
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    }
  }
}

const gone = ['contact_already_ended', 'contact_already_connected'];

export class SimulatedSwitch extends Simulated {
  readonly picture = new SwitchPicture();
  readonly #plans = new Map<string, { patienceUntil: number; serviceMs: number; endAt: number; asked: boolean }>();
  #number = 0;
  #nextAt = 0;

  async open(): Promise<this> {
    await this.connect('switch', this.picture);
    return this;
  }

  get unfinished(): number {
    return [...this.picture.contacts.values()].filter(({ state }) => state !== 'ended').length;
  }

  protected look(now: number): void {
    const { random, ending } = this.world;
    if (!ending && now >= this.#nextAt) {
      this.#nextAt = now + random.between(100, 500);
      const contactId = `${this.who}-${++this.#number}`;
      this.once(contactId, () => this.#create(contactId));
    }
    for (const { contactId, state } of this.picture.contacts.values()) {
      const plan = this.#plans.get(contactId);
      if (plan === undefined || state === 'ended') continue;
      if (state === 'connected') this.#serve(contactId, plan, now);
      else if (now >= plan.patienceUntil && !plan.asked) {
        plan.asked = this.once(contactId, async () => void (await this.ask('contact.cancel', { contactId }, gone)));
      } else if (random.chance(0.004)) this.#update(contactId);
    }
    if (random.chance(0.05)) this.#compare(random);
  }

  async #create(contactId: string): Promise<void> {
    const { random, auditor } = this.world;
    const { queueId, channels } = random.pick(queues);
    const params: Params<'contact.create'> = {
      contactId,
      queueId,
      channel: random.pick(channels),
      from: `+4930${1000 + this.#number}`,
      attributes: { n: 0 },
      ...(random.chance(0.4) && { identity: { scheme: 'tel', value: `+4989${Math.floor(random.between(10, 40))}` } }),
      ...(random.chance(0.3) && { priority: Math.floor(random.between(1, 9)) }),
      ...(random.chance(0.2) && { requires: { all: [{ skill: 'german', level: 3 }] } }),
      ...(random.chance(0.15) && {
        agentId: random.pick(agents).agentId,
        direct: { waitMs: 400, orElse: random.pick(['queue', 'end'] as const) },
      }),
    };
    auditor.creating(params);
    const created = await this.ask('contact.create', params);
    if (created === undefined) return;
    if (!this.picture.contacts.has(contactId)) this.picture.shown(created);
    const patienceUntil = Date.now() + (random.chance(0.2) ? random.between(0, 400) : random.between(3_000, 9_000));
    this.#plans.set(contactId, { patienceUntil, serviceMs: random.between(30, 500), endAt: 0, asked: false });
    if (random.chance(0.05)) await this.ask('contact.create', params);
  }

  #serve(contactId: string, plan: { serviceMs: number; endAt: number }, now: number): void {
    if (endsByAgent(contactId)) return;
    if (plan.endAt === 0) plan.endAt = now + plan.serviceMs;
    if (now < plan.endAt) return;
    const end = async () => void (await this.ask('contact.end', { contactId }, gone));
    if (this.once(contactId, end)) plan.endAt = Number.POSITIVE_INFINITY;
  }

  #update(contactId: string): void {
    const attributes = { n: this.world.random.between(1, 1e9) };
    this.once(contactId, async () => void (await this.ask('contact.update', { contactId, attributes }, gone)));
  }

  /** The answer and the notifications before it came on one connection, so they must agree. */
  #compare(random: SeededRandom): void {
    const live = [...this.picture.contacts.values()].filter(({ state }) => state !== 'ended');
    if (live.length === 0) return;
    const { contactId } = random.pick(live);
    this.once(`compare ${contactId}`, async () => {
      const view = await this.party.call('contact.get', { contactId });
      this.world.auditor.compareContact(this.who, this.picture.contacts.get(contactId)!, view);
    });
  }
}

/** Half of them are ended by the agent, the others by the caller. */
function endsByAgent(contactId: string): boolean {
  return contactId.charCodeAt(contactId.length - 1) % 2 === 0;
}

const tooLate = ['offer_no_longer_open'];

export class SimulatedAgent extends Simulated {
  readonly picture = new AgentPicture();
  readonly #offersAt = new Map<string, number>();
  readonly #servedSince = new Map<string, number>();
  #restUntil = 0;

  async open(): Promise<this> {
    await this.connect('agent', this.picture);
    await this.ask('agent.login', {});
    await this.ask('agent.ready', {});
    return this;
  }

  protected look(now: number): void {
    const { random, ending } = this.world;
    for (const offer of this.picture.offers.values()) this.#decide(offer, now);
    for (const { contactId, state } of this.picture.served.values()) this.#serve(contactId, state, now);
    if (this.picture.agent.ready === false && now >= this.#restUntil) {
      this.once('ready', async () => void (await this.ask('agent.ready', {})));
    } else if (!ending && random.chance(0.002)) {
      this.#restUntil = now + random.between(100, 600);
      this.once(
        'ready',
        async () => void (await this.ask('agent.notReady', { reason: random.pick(['break', 'desk']) })),
      );
    }
    if (random.chance(0.05)) this.#compare();
  }

  #decide({ offerId }: OfferPicture, now: number): void {
    const { random } = this.world;
    let at = this.#offersAt.get(offerId);
    if (at === undefined) {
      // One in twelve is not seen at all, and some are picked up just when it stops ringing.
      at =
        now + (random.chance(0.08) ? Number.POSITIVE_INFINITY : random.pick([20, 60, 120, random.between(650, 720)]));
      this.#offersAt.set(offerId, at);
    }
    if (now < at) return;
    this.#offersAt.set(offerId, Number.POSITIVE_INFINITY);
    if (random.chance(0.12)) {
      this.once(offerId, async () => void (await this.ask('offer.reject', { offerId, reason: 'busy' }, tooLate)));
    } else this.once(offerId, async () => void (await this.ask('offer.accept', { offerId }, tooLate)));
  }

  #serve(contactId: string, doing: 'connected' | 'wrapUp', now: number): void {
    const since = this.#servedSince.get(`${contactId} ${doing}`);
    if (since === undefined) this.#servedSince.set(`${contactId} ${doing}`, now);
    else if (doing === 'connected' && endsByAgent(contactId) && now - since > 150) {
      this.once(contactId, async () => void (await this.ask('contact.end', { contactId }, gone)));
    } else if (doing === 'wrapUp' && now - since > 60) {
      const done = { contactId, disposition: `d${contactId}` };
      this.once(contactId, async () => void (await this.ask('contact.wrapUpDone', done, ['contact_not_in_wrap_up'])));
    }
  }

  #compare(): void {
    this.once('compare', async () => {
      const view = await this.party.call('agent.get', {});
      const { auditor } = this.world;
      auditor.compareAgent(this.who, this.picture.shown, view);
      const ringing = view.lines.filter(({ state }) => state === 'ringing').map(({ contactId }) => contactId);
      const offers = [...this.picture.offers.values()].map(({ contactId }) => contactId);
      auditor.compare(`${this.who}, offers`, offers.sort(), ringing.sort());
      const inService = view.lines.filter(({ state }) => state === 'connected' || state === 'wrapUp');
      const served = [...this.picture.served.values()].map(({ contactId, state }) => `${contactId} ${state}`);
      auditor.compare(
        `${this.who}, served`,
        served.sort(),
        inService.map((line) => `${line.contactId} ${line.state}`).sort(),
      );
    });
  }
}
