// A floor in virtual time whose calls have legs: a switch, and another one where it comes, that does what it is asked while it is connected, knows what it has while it is not, and
// reports it when it is back; agents whose connections go and come. For races, where everything is given by hand.

import { RefusedError } from '../../src/client/errors.ts';
import { SystemClock, systemRandomness } from '../../src/engine/clock.ts';
import type { CorePool } from '../../src/engine/core.ts';
import type { ClientAnswer, Role } from '../../src/engine/egress.ts';
import type { ReportedLegState } from '../../src/protocol/legs.ts';
import type { Party } from '../../src/simulation/stage.ts';
import type { Timeline } from '../../src/simulation/timeline.ts';
import { VirtualStage } from '../../src/simulation/virtual-stage.ts';
import type { Members, Told } from './stage.ts';

const begins = Date.parse('2026-03-02T09:00:00Z');
const agents = ['anna', 'bob'] as const;
const roles: Readonly<Record<string, Role>> = { switch: 'switch', other: 'switch', app: 'app', lead: 'supervisor' };
export type Person = (typeof agents)[number];

interface LegHere {
  state: ReportedLegState;
  readonly agentId?: string | undefined;
  readonly lineId?: string | undefined;
  /** Who is called outside, or at a line that has a number. */
  readonly number?: string | undefined;
  /** It was rung for the router. */
  readonly isRung?: boolean;
  /** The switch. */
  readonly at: string;
}

export class FloorWithTelephones {
  readonly #stage: VirtualStage;
  readonly #time: Timeline;
  readonly #parties = new Map<string, Party>();
  readonly #legs = new Map<string, LegHere>();
  readonly told: Told[] = [];
  /** What agents were told: of what an agent dials nobody else hears. */
  readonly agentsTold: (Told & { readonly who: string })[] = [];
  /** Legs of customers who were greeted and are being recorded, or were until they hung up. */
  readonly recorded = new Set<string>();
  /** Nobody hears what becomes of a leg.connect, and it is not done, until the switch is back. */
  joinsLate = false;
  /** What a switch does not answer the next time it is asked, and whether it does it all the same. */
  #silent: { readonly method: string; readonly isDone: boolean } | undefined;
  /** By leg: whom it was joined with last, and is still. */
  readonly together = new Map<string, readonly string[]>();

  private constructor(pool: CorePool) {
    this.#stage = new VirtualStage({
      clock: new SystemClock(),
      randomness: systemRandomness,
      pool,
      keepsJournal: true,
      onEvent: ({ role, sub }, event, params) => {
        if (role === 'switch') this.told.push({ event: event as Told['event'], params });
        if (role === 'agent') this.agentsTold.push({ who: sub, event: event as Told['event'], params });
      },
      onAsk: ({ sub }, method, params) => this.#asked(sub, method, params),
    });
    this.#time = this.#stage.timeline(begins, () => this.#stage.heardEverything());
  }

  static async open(pool: CorePool, tenant: Members, policy: Members): Promise<FloorWithTelephones> {
    const floor = new FloorWithTelephones(pool);
    floor.#parties.set('admin', await floor.#stage.connect('admin', 'admin'));
    await floor.comes('switch');
    for (const agentId of agents) await floor.comes(agentId);
    await floor.do('admin', 'tenant.set', tenant);
    await floor.do('admin', 'switch.set', { switchId: 'switch', graceMs: 30_000 });
    await floor.do('admin', 'queue.set', { queueId: 'sales', channels: ['voice'], ...policy });
    for (const agentId of agents) {
      await floor.do('admin', 'agent.set', { agentId, capacity: { voice: 1 } });
      await floor.do(agentId, 'agent.login');
    }
    return floor;
  }

  // ── Coming and going ──────────────────────────────────────────────────────────────────────────────────────────
  isThere(who: string): boolean {
    return this.#parties.has(who);
  }

  /** Nothing where it is connected. What it has it reports once the router has heard of it. */
  async comes(who: string): Promise<void> {
    if (this.isThere(who)) return;
    this.#parties.set(who, await this.#stage.connect(roles[who] ?? 'agent', who));
  }

  goes(who: string): void {
    this.#parties.get(who)?.close();
    this.#parties.delete(who);
  }

  async reports(at = 'switch'): Promise<void> {
    if (!this.isThere(at)) return;
    const own = [...this.#legs].filter(([, leg]) => leg.at === at);
    const legs = own.map(([legId, { state, isRung }]) => {
      return { legId, state, ...(isRung !== true && { contactId: legId }) };
    });
    const { connect, release } = await this.do(at, 'switch.report', { legs, complete: true });
    for (const pair of connect as string[][]) this.#join(pair);
    for (const legId of release as string[]) this.#legs.delete(legId);
  }

  async restart(): Promise<void> {
    await this.#stage.restart(async () => {});
    await this.settled();
    await this.reports();
    await this.reports('other');
  }

  // ── The switch ────────────────────────────────────────────────────────────────────────────────────────────────
  /** Undefined while it is gone: it never hears of it, and is asked again. */
  #asked(at: string, method: string, params: Members): ClientAnswer | undefined {
    if (!this.isThere(at) || (method === 'leg.connect' && this.joinsLate)) return undefined;
    const silent = this.#silent?.method === method ? this.#silent : undefined;
    if (silent !== undefined) this.#silent = undefined;
    if (silent?.isDone === false) return undefined;
    const legId = String(params.legId);
    const known = this.#legs.get(legId);
    if (method === 'leg.ring' && known === undefined)
      this.#legs.set(legId, {
        at,
        state: 'asked',
        ...(params.to as Pick<LegHere, 'agentId' | 'lineId' | 'number'>),
        isRung: true,
      });
    if (method === 'leg.connect') {
      const legs = params.legs as string[];
      if (legs.some((one) => this.#legs.get(one)?.at !== at))
        return { error: { code: 1, message: 'no such leg', data: { cause: 'failed' } } };
      this.#join(legs);
    }
    if (method === 'leg.hold') this.#becomes(legId, 'held');
    if (method === 'leg.resume') this.#becomes(legId, 'connected');
    if (method === 'leg.release') this.#legs.delete(legId);
    if (method === 'leg.record') {
      if (known === undefined) return { error: { code: 1, message: 'no such leg', data: { cause: 'failed' } } };
      this.recorded.add(legId);
    }
    return silent === undefined ? { result: {} } : undefined;
  }

  /** Once, to what it is asked by this. */
  async doesNotAnswer(method: string, isDone: boolean, deed: () => Promise<unknown> | undefined): Promise<void> {
    this.#silent = { method, isDone };
    await deed();
    await this.settled();
    if (this.#silent !== undefined) throw new Error(`it was not asked ${method}`);
  }

  /** These and nobody else. */
  #join(legs: readonly string[]): void {
    for (const one of legs) {
      for (const left of this.together.get(one) ?? []) {
        const others = (this.together.get(left) ?? []).filter((other) => other !== one);
        this.together.set(left, others);
      }
      this.#becomes(one, 'connected');
    }
    for (const one of legs)
      this.together.set(
        one,
        legs.filter((other) => other !== one),
      );
  }

  /** Customers' legs that are there. */
  get customers(): readonly string[] {
    return [...this.#legs].filter(([, { isRung }]) => isRung !== true).map(([legId]) => legId);
  }

  #becomes(legId: string, state: ReportedLegState): void {
    const leg = this.#legs.get(legId);
    if (leg !== undefined) leg.state = state;
  }

  /** The one that was rung last: of an agent, of one line, or at a number outside. */
  #telephoneOf(whose: string): string | undefined {
    const isOf = ({ agentId, lineId, number }: LegHere) => [agentId, lineId, number].includes(whose);
    return [...this.#legs].findLast(([, leg]) => isOf(leg))?.[0];
  }

  /** The two talk to each other. */
  areTogether(whose: string, others: string): boolean {
    const [one, other] = [this.#telephoneOf(whose), this.#telephoneOf(others)];
    return one !== undefined && other !== undefined && (this.together.get(one) ?? []).includes(other);
  }

  /** What the telephone is doing, as the switch has it. */
  telephoneState(whose: string): ReportedLegState | undefined {
    const legId = this.#telephoneOf(whose);
    return legId === undefined ? undefined : this.#legs.get(legId)!.state;
  }

  /** Brings a customer, whose leg is called like the contact. */
  async call(contactId: string, more: Members = {}, at = 'switch'): Promise<void> {
    await this.calling(contactId, more, at);
    await this.settled();
  }

  /** In this turn; why it is not taken. Where its switch is gone nothing comes of it. */
  calling(contactId: string, more: Members = {}, at = 'switch'): Promise<string | undefined> {
    if (!this.isThere(at)) return Promise.resolve(undefined);
    this.#legs.set(contactId, { at, state: 'answered' });
    const call = { contactId, legId: contactId, channel: 'voice', queueId: 'sales', ...more };
    return this.refusal(at, 'contact.create', call);
  }

  /** Why a call is not let in; its customer is there all the same. */
  async callInVain(call: Members): Promise<string | undefined> {
    this.#legs.set(String(call.legId), { at: 'switch', state: 'answered' });
    const refusal = await this.refusal('switch', 'contact.create', call);
    await this.settled();
    return refusal;
  }

  /** The telephone that rings there is not wanted to. */
  refuses(agentId: string): Promise<unknown> | undefined {
    const legId = this.#telephoneOf(agentId);
    const state = legId === undefined ? undefined : this.#legs.get(legId)!.state;
    if (legId === undefined || (state !== 'asked' && state !== 'ringing')) return undefined;
    const { at } = this.#legs.get(legId)!;
    this.#legs.delete(legId);
    return this.isThere(at) ? this.refusal(at, 'leg.failed', { legId, cause: 'rejected' }) : undefined;
  }

  /** On the desktop, what is offered there without a telephone. */
  accepting(agentId: string): Promise<unknown> | undefined {
    const offered = this.agentsTold.findLast(({ who, event }) => who === agentId && event === 'offer.created');
    const rings = offered !== undefined && this.#telephoneOf(agentId) === undefined;
    return rings && this.isThere(agentId)
      ? this.refusal(agentId, 'offer.accept', { offerId: offered.params.offerId })
      : undefined;
  }

  async accepts(agentId: string): Promise<void> {
    await this.accepting(agentId);
    await this.settled();
  }

  /** It rings or is answered there, whether or not the switch can say so now. */
  telephone(agentId: string, state: 'ringing' | 'answered'): Promise<unknown> | undefined {
    const legId = this.#telephoneOf(agentId);
    const now = legId === undefined ? undefined : this.#legs.get(legId)!.state;
    if (legId === undefined || (now !== 'asked' && now !== 'ringing') || now === state) return undefined;
    this.#becomes(legId, state);
    return this.#said(`leg.${state}`, legId, this.#legs.get(legId)!.at);
  }

  /** What the customer of a contact has said is at `recording`. */
  says(contactId: string, recording: string | undefined): Promise<string | undefined> {
    const said = { legId: contactId, ends: 'complete', ...(recording !== undefined && { recording, recordedMs: 900 }) };
    return this.refusal('switch', 'leg.recorded', said);
  }

  hangsUp(contactId: string): Promise<unknown> | undefined {
    const { at = '' } = this.#legs.get(contactId) ?? {};
    return this.#legs.delete(contactId) ? this.#said('leg.ended', contactId, at) : undefined;
  }

  /** The agent puts the receiver down, or its telephone is lost. */
  telephoneEnds(agentId: string, cause: 'hungUp' | 'lost'): Promise<unknown> | undefined {
    const legId = this.#telephoneOf(agentId);
    if (legId === undefined) return undefined;
    const { at } = this.#legs.get(legId)!;
    this.#legs.delete(legId);
    return this.isThere(at) ? this.refusal(at, 'leg.ended', { legId, cause }) : undefined;
  }

  #said(method: string, legId: string, at: string): Promise<unknown> | undefined {
    return this.isThere(at) ? this.refusal(at, method, { legId }) : undefined;
  }

  get legsLeft(): readonly string[] {
    return [...this.#legs.keys()];
  }

  // ── Everybody ─────────────────────────────────────────────────────────────────────────────────────────────────
  settled(): Promise<void> {
    return this.#stage.heardEverything();
  }

  /** Throws when it is refused. */
  async do(who: string, method: string, params: Members = {}): Promise<Members> {
    const result = (await this.#parties.get(who)!.request(method, params)) as Members;
    await this.settled();
    return result;
  }

  async refusal(who: string, method: string, params: Members): Promise<string | undefined> {
    try {
      await this.#parties.get(who)!.request(method, params);
      return undefined;
    } catch (error) {
      if (error instanceof RefusedError) return error.refusal ?? error.message;
      throw error;
    }
  }

  /** What is given in the tick in which a timer of that time is due. */
  async at(ms: number, give: () => void): Promise<void> {
    this.#time.at(ms, give);
    await this.#time.run();
  }

  get now(): number {
    return this.#time.now();
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

  close(): Promise<void> {
    return this.#stage.close();
  }
}
