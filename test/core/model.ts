// A second, simple core: the same semantics with Maps, arrays and full scans, and nothing clever.
//
// It is written from the rules (docs/matching.md, the comments of layout.ts), not from the core's code: no heaps, no
// interned classes, no pools, no positions. Whoever is free is found by looking at every agent, whoever comes first by
// looking at every contact. Ranks are BigInt, so that nothing here can overflow. It does not know how full the effect
// buffer is; tests keep their batches small.

import * as layout from '../../assembly/layout.ts';
import type {
  AgentSet,
  Command,
  ContactCreate,
  ContactDial,
  ContactHandOver,
  ContactLeave,
  ContactSend,
  ContactWithhold,
  OfferAccept,
  OfferCommand,
  OfferFailed,
  ProfileSet,
  QueueSet,
} from './commands.ts';
import type { Effect } from './core-under-test.ts';
import { PlainAssignment } from './plain-assignment.ts';

export interface ModelLine {
  line: number;
  channel: number;
  state: number;
  contact: ModelContact | undefined;
}

export interface ModelAgent {
  handle: number;
  set: AgentSet;
  loggedIn: boolean;
  ready: boolean;
  oneRinging: boolean;
  loggingOut: boolean;
  resting: boolean;
  reason: number;
  chosen: number;
  seat: ModelLine[];
  misses: number;
  /** As queues that say nothing else of it count it. */
  idleSince: number;
  /** When each of IDLE_… last happened, by its number; known while some queue counts otherwise than usual. */
  idleTimes: number[];
  told: { state: number; reason: number; flags: number; since: number };
}

/** An offer that is open. */
export interface ModelRing {
  readonly offer: number;
  readonly agent: ModelAgent;
  readonly line: ModelLine;
  /** Its telephone really rang. */
  rang: boolean;
}

export interface ModelContact {
  slot: number;
  number: number;
  profile: ProfileSet;
  priority: number;
  creditMs: number;
  arrived: number;
  /** Its place in the order of creation, which may have been another's before. */
  order: number;
  created: number;
  state: number;
  /** Who serves it, or whom it waits for. */
  agent: ModelAgent | undefined;
  line: ModelLine | undefined;
  /** Offers made of it so far, and the one that was taken. */
  offer: number;
  taken: number;
  rings: ModelRing[];
  /** At how many agents it may ring at once; 0: at no more than it does. */
  wanted: number;
  named: number;
  orElse: number;
  servedBy: number | undefined;
  connectedAt: number;
  withLegs: boolean;
  /** It is not to be offered. */
  withheld: boolean;
  /** Its agent calls out, and it is not connected yet. */
  dialled?: boolean;
  /** It wraps up, and its agent is offered nothing meanwhile. */
  takesSeat?: boolean;
  /** It leaves for this profile, or ends without one, once its offer comes to nothing. */
  leaves: { why: number; to: ProfileSet | undefined } | undefined;
  /** At which line alone the agent that it asks for is rung. */
  atLine?: number | undefined;
  /** The agent that it asks for serves it whatever queues and skills that agent has. */
  forNamed: boolean;
  /** The agent that it asks for is the one whom its customer knows. */
  byAffinity: boolean;
  /** Whom it waits for in the pool as well, or will again when somebody else has not taken it. */
  knows: { readonly agent: number; readonly until: number } | undefined;
  /** It does so now. */
  awaits: boolean;
  /** Who is asked for next, and for how long. */
  next: { agent: number; waitMs: number } | undefined;
  /** Its place among those who wait for an agent. */
  waitOrder: number;
}

interface ModelTimer {
  due: number;
  order: number;
  kind: 'offer' | 'wrapUp' | 'wait' | 'further' | 'rest' | 'module' | 'batch';
  queue?: number;
  contact?: ModelContact;
  ring?: ModelRing;
  agent?: ModelAgent;
  module?: number;
  key?: number;
}

/** How something was decided, for whoever compares explanations with it. */
export interface ModelSearch {
  readonly search: ModelContact;
  /** The agents that there were. */
  readonly everybody: readonly number[];
  readonly eligible: readonly ModelAgent[];
  readonly chosen: ModelAgent | undefined;
  /** Who could have been offered it as well, but comes after all others; several where several rang for it. */
  readonly next: readonly ModelAgent[];
  /** Of those who were eligible, where the queue selects by score: its terms, by handle. */
  readonly scored: ReadonlyMap<number, { readonly score: number; readonly terms: readonly number[] }>;
}

/** How a batch came out for a contact of it that still waited. */
export interface ModelMatched {
  readonly matched: ModelContact;
  /** Undefined where it was left over, or where what it was matched with did not hold. */
  readonly agent: ModelAgent | undefined;
  /** Whether that did not hold. */
  readonly lapsed: boolean;
  /** Contacts, agents, matches, and the sum of their scores. */
  readonly batch: readonly number[];
  readonly score: number;
}

export interface ModelChoice {
  readonly agent: ModelAgent;
  readonly candidates: readonly ModelContact[];
  readonly chosen: ModelContact;
  /** As they were then. */
  readonly terms: ReadonlyMap<ModelContact, { rank: bigint; priority: number; creditMs: number }>;
}

interface ModelBatch {
  readonly contacts: readonly {
    contact: ModelContact;
    /** Of its profile. */
    number: number;
    last: { handle: number | undefined; points: number };
    rankPoints: number;
  }[];
  readonly agents: readonly ModelAgent[];
  /** Of profiles, in the order in which contacts have them first; and what each agent scores, as far as that is worked out. */
  readonly numbers: readonly number[];
  readonly rows: Map<number, (number | undefined)[]>;
  assignment: PlainAssignment | undefined;
  /** Contacts gone past in offering. */
  offered: number;
}

type About = Partial<Omit<Effect, 'kind' | 'code' | 'cause'>>;

/** What begins idle time anew where a queue says nothing else. */
const usualEvents = [
  layout.IDLE_READY,
  layout.IDLE_WRAPPED_UP,
  layout.IDLE_REJECTED,
  layout.IDLE_MISSED,
  layout.IDLE_FAILED,
];
const EVERY_CHANNEL = (1 << layout.CHANNELS_MAX) - 1;

export class Model {
  readonly queues = new Map<number, QueueSet>();
  readonly profiles = new Map<number, ProfileSet>();
  readonly agents = new Map<number, ModelAgent>();
  readonly contacts = new Map<number, ModelContact>();
  /** Of contacts that were over before anybody answered: to be given back, each once. */
  readonly places: { arrived: number; sequence: number }[] = [];
  /** Of the last step, in order. */
  decisions: (ModelSearch | ModelChoice | ModelMatched)[] = [];
  private timers: ModelTimer[] = [];
  /** The turns that agents took last, by queue and agent; of queues by roundRobin. */
  private readonly turns = new Map<number, Map<number, number>>();
  private turnsTaken = 0;
  /** Contacts counted of the agents on duty, by queue; of queues by leastContacts. */
  private readonly counts = new Map<number, Map<ModelAgent, number>>();
  /** Loads of queues by leastOccupied: so many ms at the end of that slot. */
  private readonly loads = new Map<number, Map<ModelAgent, { ms: number; slot: number }>>();
  /** Agents with something in progress, and up to when that is in their loads. */
  private readonly occupied = new Map<ModelAgent, number>();
  /** The generators of queues by weightedRandom. */
  private readonly generators = new Map<number, bigint>();
  /** What batches may cost a tick, and what they have cost this one. */
  batchWorkMax: number = layout.BATCH_WORK_MAX;
  private batchWork = 0;
  /** What is solved, by queue. */
  private readonly batches = new Map<number, ModelBatch>();
  private contactsMade = 0;
  private contactsCreated = 0;
  private timersMade = 0;
  private waitsMade = 0;
  private now = 0;
  private effects: Effect[] = [];
  private cause = 0;
  /** Contacts to be placed by settle(), and why they are queued if they have to be. */
  private homeless = new Map<ModelContact, number>();
  /** The agents this cause is about, in the order in which it came to them: they come after all who were free already. */
  private readonly taken = new Set<ModelAgent>();
  private furtherRings = 0;
  /** Agents whose state may have changed, in order of mention. */
  private affected = new Set<ModelAgent>();

  step(now: number, commands: readonly Command[]): Effect[] {
    this.now = now;
    this.effects = [];
    this.decisions = [];
    this.batchWork = 0;
    commands.forEach((command, index) => {
      this.cause = index;
      this.execute(command);
      this.settle();
    });
    this.cause = layout.CAUSE_TIMER;
    for (let fired = 0; fired < layout.TIMERS_PER_TICK_MAX; fired++) {
      const timer = this.nextTimer();
      if (timer === undefined || timer.due > now) break;
      this.timers = this.timers.filter((other) => other !== timer);
      this.fire(timer);
      this.settle();
    }
    return this.effects;
  }

  get nextDeadline(): number {
    return this.nextTimer()?.due ?? layout.NO_DEADLINE;
  }

  get timerCount(): number {
    return this.timers.length;
  }

  // ── Looking ───────────────────────────────────────────────────────────────────────────────────────────────────
  private nextTimer(): ModelTimer | undefined {
    let first: ModelTimer | undefined;
    for (const timer of this.timers) {
      if (!first || timer.due < first.due || (timer.due === first.due && timer.order < first.order)) first = timer;
    }
    return first;
  }

  private busy(agent: ModelAgent, state?: number): ModelLine[] {
    return agent.seat.filter((line) => (state === undefined ? line.state !== layout.LINE_FREE : line.state === state));
  }

  private limit(agent: ModelAgent, channel: number): number {
    return Math.min(agent.seat.filter((line) => line.channel === channel).length, agent.set.capacity[channel] ?? 0);
  }

  /** Whether the agent could be offered a contact on this channel right now. */
  isFree(agent: ModelAgent, channel: number): boolean {
    if (!agent.loggedIn || !agent.ready || agent.resting || agent.loggingOut) return false;
    if (((agent.chosen >> channel) & 1) === 0) return false;
    if (agent.oneRinging && this.busy(agent, layout.LINE_RINGING).length > 0) return false;
    if (this.isSeatTaken(agent)) return false;
    if (this.busy(agent).length >= agent.set.total) return false;
    return this.busy(agent).filter((line) => line.channel === channel).length < this.limit(agent, channel);
  }

  isSeatTaken(agent: ModelAgent): boolean {
    return this.busy(agent, layout.LINE_WRAP_UP).some((line) => line.contact?.takesSeat);
  }

  private isFreeAnywhere(agent: ModelAgent): boolean {
    return agent.seat.some((line) => this.isFree(agent, line.channel));
  }

  private level(agent: ModelAgent, skill: number): number {
    return agent.set.skills.find((own) => own.skill === skill)?.level ?? 0;
  }

  fits(agent: ModelAgent, profile: ProfileSet, byName = false): boolean {
    const { excludes = [], queues = [], groups = [] } = profile;
    if (excludes.includes(agent.handle)) return false;
    if (!byName && groups.length > 0 && !groups.some((group) => this.level(agent, group) > 0)) return false;
    const meets = ({ skill, level }: { skill: number; level: number }): boolean =>
      this.level(agent, skill) > 0 && this.level(agent, skill) >= level;
    if (![profile.queue, ...queues].some((queue) => this.worksIn(agent, queue))) return false;
    return profile.all.every(meets) && (profile.any.length === 0 || profile.any.some(meets));
  }

  private levelsSum(agent: ModelAgent, profile: ProfileSet): number {
    return [...profile.all, ...profile.any, ...profile.prefers].reduce(
      (sum, { skill }) => sum + this.level(agent, skill),
      0,
    );
  }

  // ── Idle time ─────────────────────────────────────────────────────────────────────────────────────────────────
  /** As this queue counts it. */
  private idleSince(agent: ModelAgent, queue: number): number {
    const set = this.queues.get(queue);
    if (set === undefined || countsUsual(set)) return agent.idleSince;
    const counted = agent.idleTimes.filter(
      (_, event) => event === layout.IDLE_LOGIN || (set.idleRestarts! >> event) & 1,
    );
    return Math.max(...counted);
  }

  private noteIdle(agent: ModelAgent, event: number): void {
    if (usualEvents.includes(event)) agent.idleSince = this.now;
    if (!this.countsIdleOtherwise()) return;
    if (event === layout.IDLE_LOGIN) agent.idleTimes = Array.from({ length: layout.IDLE_EVENTS }, () => this.now);
    else agent.idleTimes[event] = this.now;
  }

  private countsIdleOtherwise(): boolean {
    return [...this.queues.values()].some((set) => !countsUsual(set));
  }

  /** What has happened so far happened when the usual idle time began; of who is not ready that may be long ago. */
  private beginIdleTimes(): void {
    for (const agent of this.agents.values()) {
      const since = agent.ready ? agent.idleSince : Math.max(agent.idleSince, agent.told.since);
      agent.idleTimes = Array.from({ length: layout.IDLE_EVENTS }, () => since);
    }
  }

  /** What the queue's select compares, one after the other, the lowest first. */
  private selectTerms(agent: ModelAgent, placed: ModelContact): number[] {
    const { profile } = placed;
    const idleSince = this.idleSince(agent, profile.queue);
    switch (this.queues.get(profile.queue)?.select) {
      case layout.SELECT_LINEAR:
        return [];
      case layout.SELECT_BEST_SKILLED:
        return [-this.levelsSum(agent, profile), idleSince];
      case layout.SELECT_LEAST_SKILLED:
        return [this.levelsSum(agent, profile), idleSince];
      case layout.SELECT_LEAST_OCCUPIED:
        return this.loadTerms(agent, profile.queue);
      case layout.SELECT_LEAST_CONTACTS:
        return [this.counts.get(profile.queue)?.get(agent) ?? 0, idleSince];
      case layout.SELECT_ROUND_ROBIN:
        return [this.turns.get(profile.queue)?.get(agent.handle) ?? 0];
      case layout.SELECT_SCORE:
        return [-this.scoreOf(agent, placed.profile, placed.servedBy), idleSince];
      default:
        return [idleSince];
    }
  }

  /** The sum of all terms, each 0 to 1000, times what its queue says that it counts. */
  scoreOf(agent: ModelAgent, profile: ProfileSet, servedBy?: number): number {
    const weights = this.queues.get(profile.queue)?.scoreWeights ?? [];
    return this.scoreTerms(agent, profile, servedBy).reduce((sum, term, at) => sum + term * (weights[at] ?? 0), 0);
  }

  scoreTerms(agent: ModelAgent, profile: ProfileSet, servedBy?: number): number[] {
    const thousandths = (skills: readonly { skill: number }[]): number => {
      const levels = skills.reduce((sum, { skill }) => sum + this.level(agent, skill), 0);
      return skills.length === 0 ? 0 : Math.floor((levels * 1000) / (skills.length * layout.LEVEL_MAX));
    };
    return [
      Math.floor(Math.min(this.now - this.idleSince(agent, profile.queue), 3_600_000) / 3_600),
      this.unoccupied(agent, profile.queue),
      this.fewerContacts(agent, profile.queue),
      thousandths([...profile.all, ...profile.any]),
      thousandths(profile.prefers),
      servedBy === agent.handle ? 1000 : 0,
    ];
  }

  /** Thousandths of the time that counts; a factor of 32 bits behind the point is rounded down, and what comes of it. */
  private unoccupied(agent: ModelAgent, queue: number): number {
    const loads = this.loads.get(queue);
    if (loads === undefined) return 0;
    const slotMs = Math.floor(this.queues.get(queue)!.occupancyWindowMs! / 4);
    const { ms, slot } = loads.get(agent) ?? { ms: 0, slot: 0 };
    const halvings = Math.floor(this.now / slotMs) - slot;
    const left = halvings >= 32 ? 0 : Math.floor(ms / 2 ** halvings);
    const factor = (1000n << 32n) / BigInt(slotMs + (this.now % slotMs));
    return 1000 - Number((BigInt(left) * factor) >> 32n);
  }

  /** 500 at the average of those on duty, and 50 for each contact that it has had fewer. */
  private fewerContacts(agent: ModelAgent, queue: number): number {
    const counts = this.counts.get(queue);
    if (counts === undefined) return 0;
    const sum = [...counts.values()].reduce((all, count) => all + count, 0);
    const average = counts.size === 0 ? 0 : Math.floor(sum / counts.size);
    return Math.max(0, Math.min(1000, 500 + 50 * (average - (counts.get(agent) ?? 0))));
  }

  /** How high the highest bit of its load stands, counted in halvings since the beginning of time, and the 16 bits below it. */
  private loadTerms(agent: ModelAgent, queue: number): number[] {
    const { ms, slot } = this.loads.get(queue)?.get(agent) ?? { ms: 0, slot: 0 };
    if (ms === 0) return [-1, 0, this.idleSince(agent, queue)];
    const height = Math.floor(Math.log2(ms));
    return [slot + height, Math.floor((ms / 2 ** height) * 65_536)];
  }

  /** What the agent has had in progress until now is added to its loads, slot by slot; at the end of each slot all is halved. */
  private noteWork(agent: ModelAgent): void {
    const since = this.occupied.get(agent) ?? this.now;
    for (const [queue, loads] of this.loads) {
      if (since === this.now || !this.worksIn(agent, queue)) continue;
      const slotMs = Math.floor(this.queues.get(queue)!.occupancyWindowMs! / 4);
      const last = Math.floor(this.now / slotMs);
      let from = Math.max(since, (last - 32) * slotMs);
      let slot = Math.floor(from / slotMs);
      const before = loads.get(agent) ?? { ms: 0, slot };
      let ms = slot - before.slot >= 32 ? 0 : Math.floor(before.ms / 2 ** (slot - before.slot));
      for (; slot < last; slot++) {
        ms = Math.floor((ms + (slot + 1) * slotMs - from) / 2);
        from = (slot + 1) * slotMs;
      }
      loads.set(agent, { ms: ms + this.now - from, slot });
    }
    if (this.busy(agent).length > 0) this.occupied.set(agent, this.now);
    else this.occupied.delete(agent);
  }

  /** The agent a contact of this profile goes to, of those who were free before this cause. */
  private chosenAgent(placed: ModelContact): ModelAgent | undefined {
    const { profile } = placed;
    const before = (one: ModelAgent, other: ModelAgent): boolean => {
      const terms = this.selectTerms(one, placed);
      const others = this.selectTerms(other, placed);
      const place = terms.findIndex((term, index) => term !== others[index]);
      return place < 0 ? one.handle < other.handle : terms[place]! < others[place]!;
    };
    const free = this.freeFor(profile);
    if (this.queues.get(profile.queue)?.select === layout.SELECT_WEIGHTED_RANDOM) return this.drawn(free, profile);
    return free.reduce<ModelAgent | undefined>(
      (chosen, agent) => (chosen === undefined || before(agent, chosen) ? agent : chosen),
      undefined,
    );
  }

  private freeFor(profile: ProfileSet): ModelAgent[] {
    return [...this.agents.values()].filter((agent) => !this.taken.has(agent) && this.couldRing(agent, profile));
  }

  /** Whether the agent could be offered a contact of this profile right now. */
  couldRing(agent: ModelAgent, profile: ProfileSet): boolean {
    if (!this.isFree(agent, profile.channel) || !this.fits(agent, profile)) return false;
    return !this.ringsSeveral(profile.queue) || this.busy(agent, layout.LINE_RINGING).length === 0;
  }

  ringsSeveral(queue: number): boolean {
    const select = this.queues.get(queue)?.select;
    return select === layout.SELECT_RING_ALL || select === layout.SELECT_RING_PROGRESSIVE;
  }

  /** Rings, and at fewer agents than it may. */
  wantsMore(contact: ModelContact): boolean {
    if (!this.isOffered(contact) || contact.withheld || contact.leaves !== undefined) return false;
    return contact.rings.length < contact.wanted;
  }

  /** One of them at random, by the queue's generator: each as often as it weighs. */
  private drawn(free: readonly ModelAgent[], profile: ProfileSet): ModelAgent | undefined {
    if (free.length === 0) return undefined;
    const byHandle = [...free].sort((one, other) => one.handle - other.handle);
    const weights = byHandle.map((agent) => Math.max(1, this.levelsSum(agent, profile)));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const next = BigInt.asUintN(64, this.generators.get(profile.queue)! + 0x9e3779b97f4a7c15n);
    this.generators.set(profile.queue, next);
    let mixed = BigInt.asUintN(64, (next ^ (next >> 30n)) * 0xbf58476d1ce4e5b9n);
    mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 27n)) * 0x94d049bb133111ebn);
    let left = Number(((mixed ^ (mixed >> 31n)) >> 1n) % BigInt(total));
    return byHandle.find((_, place) => {
      left -= weights[place]!;
      return left < 0;
    });
  }

  private rank(contact: ModelContact): bigint {
    const queue = this.queueOf(contact);
    const priority = queue.order === layout.ORDER_FIRST_COME ? 0 : contact.priority;
    const age = this.now - contact.arrived + contact.creditMs;
    return BigInt(priority) * 1_000_000n + this.gained(queue, age);
  }

  private gained({ ageing, ageingCap = 0, ageingSteps = [] }: QueueSet, age: number): bigint {
    const reached = ageingSteps.findLast(({ afterMs }) => age >= afterMs);
    if (ageingSteps.length > 0) return BigInt(reached?.priority ?? 0) * 1_000_000n;
    const linear = BigInt(ageing) * BigInt(age);
    const most = BigInt(ageingCap) * 1_000_000n;
    return ageingCap > 0 && linear > most ? most : linear;
  }

  private ranksBefore(one: ModelContact, other: ModelContact): boolean {
    const first = this.rank(one);
    const second = this.rank(other);
    if (first !== second) return first > second;
    const difference = one.arrived - one.creditMs - (other.arrived - other.creditMs);
    return difference !== 0 ? difference < 0 : one.order < other.order;
  }

  private servedBefore(one: ModelContact, other: ModelContact): boolean {
    const difference = this.queueOf(one).weight - this.queueOf(other).weight;
    return difference !== 0 ? difference > 0 : this.ranksBefore(one, other);
  }

  private best(
    contacts: Iterable<ModelContact>,
    before: (one: ModelContact, other: ModelContact) => boolean,
  ): ModelContact | undefined {
    let best: ModelContact | undefined;
    for (const contact of contacts) if (!best || before(contact, best)) best = contact;
    return best;
  }

  private queueOf(contact: ModelContact): QueueSet {
    const queue = this.queues.get(contact.profile.queue);
    if (!queue) throw new Error('a live contact has lost its queue');
    return queue;
  }

  waiting(queue: number): ModelContact[] {
    return [...this.contacts.values()].filter(
      (contact) => contact.profile.queue === queue && contact.state === layout.CONTACT_WAITING,
    );
  }

  /** To whom agents come who become free: who waits, and who rings and would ring at more. */
  private inPool(): ModelContact[] {
    return [...this.contacts.values()].filter(
      (contact) => (contact.state === layout.CONTACT_WAITING && !contact.withheld) || this.wantsMore(contact),
    );
  }

  private pending(queue: number): number {
    const states = [
      layout.CONTACT_WAITING,
      layout.CONTACT_WAITING_FOR,
      layout.CONTACT_RINGING,
      layout.CONTACT_CONNECTING,
    ];
    return [...this.contacts.values()].filter(
      (contact) => contact.profile.queue === queue && !contact.dialled && states.includes(contact.state),
    ).length;
  }

  waitersOf(agent: number): ModelContact[] {
    return [...this.contacts.values()]
      .filter((contact) =>
        contact.awaits
          ? contact.knows?.agent === agent
          : contact.state === layout.CONTACT_WAITING_FOR && contact.named === agent,
      )
      .sort((one, other) => one.waitOrder - other.waitOrder);
  }

  // ── Settling ──────────────────────────────────────────────────────────────────────────────────────────────────
  private settle(): void {
    this.tellStates((agent) => !this.isFreeAnywhere(agent));
    const placed = [...this.homeless.keys()].sort((one, other) => (this.servedBefore(one, other) ? -1 : 1));
    for (const contact of placed) {
      if (contact.withheld || this.ringsAtKnown(contact) || this.inBatches(contact.profile)) continue;
      const agent = this.chosenAgent(contact);
      this.noteSearch(contact, agent);
      if (agent) this.ringAtMost(contact, agent);
    }
    for (const agent of this.taken) {
      this.serve(agent);
      this.noteWork(agent);
      this.taken.delete(agent);
    }
    for (const contact of placed) {
      if (contact.state !== layout.CONTACT_WAITING) continue;
      this.tell(layout.EFFECT_QUEUED, 0, {
        ...this.naming(contact),
        value: this.aheadOf(contact),
        value2: this.homeless.get(contact) ?? 0,
        since: contact.arrived,
      });
      this.waitForKnown(contact);
    }
    this.homeless.clear();
    this.furtherRings = 0;
    this.beginBatches();
    this.tellStates(() => true);
  }

  private aheadOf(contact: ModelContact): number {
    const others = this.inPool().filter((other) => other !== contact && other.profile.queue === contact.profile.queue);
    return others.filter((other) => this.ranksBefore(other, contact)).length;
  }

  /** Asked for, and not by a change: only of those who wait for whoever is free. */
  private place(command: { contact: number; number: number }): void {
    const contact = this.found(command);
    if (!contact || contact.state !== layout.CONTACT_WAITING || !this.inPool().includes(contact)) return;
    this.tell(layout.EFFECT_PLACE, 0, {
      ...this.naming(contact),
      value: this.aheadOf(contact),
      since: contact.arrived,
    });
  }

  /** At that agent, and at others while any are free and it may ring at more. */
  private ringAtMost(contact: ModelContact, first: ModelAgent): void {
    let agent: ModelAgent | undefined = first;
    while (agent) {
      this.offer(contact, agent);
      if (!this.wantsMore(contact)) return;
      this.furtherRings++;
      if (this.furtherRings > layout.RINGS_PER_CAUSE_MAX) {
        contact.wanted = 0;
        return this.setTimer({ kind: 'further', contact }, this.now);
      }
      agent = this.chosenAgent(contact);
    }
  }

  private ringFurther(contact: ModelContact): void {
    const { select, ringTogether = 0 } = this.queueOf(contact);
    const wanted = this.wantsMore(contact);
    if (select === layout.SELECT_RING_ALL) contact.wanted = ringTogether;
    else this.beginStep(contact, contact.wanted + 1);
    if (!wanted && this.wantsMore(contact)) this.homeless.set(contact, 0);
  }

  private beginStep(contact: ModelContact, wanted: number): void {
    const { ringTogether = 0, ringEveryMs = 0 } = this.queueOf(contact);
    contact.wanted = wanted;
    if (wanted < ringTogether) this.setTimer({ kind: 'further', contact }, this.now + ringEveryMs);
  }

  private ringNoFurther(contact: ModelContact): void {
    contact.wanted = 0;
    this.timers = this.timers.filter((timer) => timer.kind !== 'further' || timer.contact !== contact);
  }

  private serve(agent: ModelAgent): void {
    for (;;) {
      const waiters = this.waitersOf(agent.handle).filter(
        (contact) =>
          this.isFree(agent, contact.profile.channel) && !contact.withheld && this.lineIsFree(agent, contact.atLine),
      );
      const named = waiters.filter((contact) => !this.waitsByAffinity(contact));
      const first = named.length > 0 ? named : waiters;
      let next = this.best(first, (one, other) => this.ranksBefore(one, other));
      if (!next) {
        const open = this.inPool().filter(
          (contact) => !this.inBatches(contact.profile) && this.couldRing(agent, contact.profile),
        );
        next = this.best(open, (one, other) => this.servedBefore(one, other));
      }
      if (!next) return;
      this.noteChoice(agent, next);
      if (next.state === layout.CONTACT_WAITING_FOR) this.cancelTimer(next);
      else if (waiters.includes(next)) this.askKnown(next, agent);
      this.offer(next, agent);
    }
  }

  private noteSearch(search: ModelContact, chosen: ModelAgent | undefined): void {
    const could = [...this.agents.values()].filter((agent) => this.couldRing(agent, search.profile));
    const eligible = could.filter((agent) => !this.taken.has(agent));
    const byScore = this.queueOf(search).select === layout.SELECT_SCORE;
    const scored = new Map(
      (byScore ? eligible : []).map((agent) => {
        const { profile, servedBy } = search;
        const terms = this.scoreTerms(agent, profile, servedBy);
        return [agent.handle, { score: this.scoreOf(agent, profile, servedBy), terms }];
      }),
    );
    const everybody = [...this.agents.keys()];
    const next = could.filter((agent) => this.taken.has(agent));
    this.decisions.push({ search, everybody, eligible, chosen, next, scored });
  }

  private noteChoice(agent: ModelAgent, chosen: ModelContact): void {
    const candidates = [...this.contacts.values()].filter(
      (contact) =>
        this.isFree(agent, contact.profile.channel) &&
        !contact.withheld &&
        (!(contact.awaits && contact.knows?.agent === agent.handle) &&
        (contact.state === layout.CONTACT_WAITING || this.wantsMore(contact))
          ? this.couldRing(agent, contact.profile) && !this.inBatches(contact.profile)
          : this.waitersOf(agent.handle).includes(contact) && this.lineIsFree(agent, contact.atLine)),
    );
    const terms = new Map(
      candidates.map((contact) => {
        const { priority, creditMs } = contact;
        return [contact, { rank: this.rank(contact), priority, creditMs }];
      }),
    );
    this.decisions.push({ agent, candidates, chosen, terms });
  }

  private offer(contact: ModelContact, agent: ModelAgent): void {
    const only = contact.named === agent.handle ? contact.atLine : undefined;
    const line = agent.seat.find(
      (candidate) =>
        candidate.channel === contact.profile.channel &&
        candidate.state === layout.LINE_FREE &&
        (only === undefined || candidate.line === only),
    );
    if (!line) throw new Error('offered to an agent without a free line');
    const { offerMs, select, ringTogether = 0 } = this.queueOf(contact);
    const expires = this.now + offerMs;
    const isFirst = !this.isOffered(contact);
    this.leaveKnown(contact);
    if (contact.knows?.agent === agent.handle) contact.knows = undefined;
    contact.state = layout.CONTACT_RINGING;
    contact.agent = undefined;
    contact.offer++;
    const ring: ModelRing = { offer: contact.offer, agent, line, rang: false };
    contact.rings.push(ring);
    this.setTimer({ kind: 'offer', contact, ring }, expires);
    if (isFirst && contact.named === layout.NONE) {
      if (select === layout.SELECT_RING_ALL) contact.wanted = ringTogether;
      if (select === layout.SELECT_RING_PROGRESSIVE) this.beginStep(contact, 1);
    }
    this.noteOffer(contact.profile.queue, agent);
    this.tell(layout.EFFECT_OFFERED, 0, {
      ...this.namingRing(contact, ring),
      value: ring.offer,
      at: expires,
      since: contact.arrived,
    });
    this.setLine(agent, line, layout.LINE_RINGING, contact);
    if (!this.taken.has(agent)) this.noteWork(agent);
    this.affected.add(agent);
  }

  private noteOffer(queue: number, agent: ModelAgent): void {
    if (this.queues.get(queue)?.select !== layout.SELECT_ROUND_ROBIN) return;
    const turns = this.turns.get(queue) ?? new Map<number, number>();
    turns.set(agent.handle, ++this.turnsTaken);
    this.turns.set(queue, turns);
  }

  // ── Batches ───────────────────────────────────────────────────────────────────────────────────────────────────
  inBatches({ queue }: ProfileSet): boolean {
    return (this.queues.get(queue)?.batchMs ?? 0) > 0;
  }

  /** Whether a batch is put together and not offered yet. */
  get isSolving(): boolean {
    return this.batches.size > 0;
  }

  /** How far batches are that are put together. */
  underWay(): { scored: boolean; solved: boolean; offered: number }[] {
    return [...this.batches.values()].map(({ numbers, rows, assignment, offered }) => ({
      scored: rows.size === numbers.length,
      solved: assignment?.solved === true,
      offered,
    }));
  }

  /** Those who wait beside somebody who is free for them, best first. */
  private pairedIn(queue: number): ModelContact[] {
    const profiles = this.pairedProfiles(queue);
    return this.waiting(queue)
      .filter(({ withheld, profile }) => !withheld && profiles.has(profile))
      .sort((one, other) => (this.servedBefore(one, other) ? -1 : 1));
  }

  private pairedProfiles(queue: number): Set<ProfileSet> {
    return new Set(this.pairsOf(queue));
  }

  /** Each once. */
  private *pairsOf(queue: number): Generator<ProfileSet> {
    const free = [...this.agents.values()].filter((agent) => !this.taken.has(agent) && this.isFreeAnywhere(agent));
    if (free.length === 0) return;
    const seen = new Set<ProfileSet>();
    for (const { state, withheld, profile } of this.contacts.values()) {
      if (profile.queue !== queue || state !== layout.CONTACT_WAITING || withheld || seen.has(profile)) continue;
      seen.add(profile);
      if (free.some((agent) => this.couldRing(agent, profile))) yield profile;
    }
  }

  /** Or solves what it has gathered. */
  gathers(queue: number): boolean {
    return this.timers.some((timer) => timer.kind === 'batch' && timer.queue === queue);
  }

  private beginBatches(): void {
    const byHandle = [...this.queues.values()].sort((one, other) => one.queue - other.queue);
    for (const { queue, batchMs = 0 } of byHandle) {
      if (batchMs === 0 || this.gathers(queue)) continue;
      // The first pair is enough.
      for (const _ of this.pairsOf(queue)) {
        this.setTimer({ kind: 'batch', queue }, this.now + batchMs);
        break;
      }
    }
  }

  /** Who waited for a batch, where there are none any more, is placed one after the other. */
  private endBatches({ queue, batchMs = 0 }: QueueSet, before: QueueSet | undefined): void {
    if (batchMs > 0 || (before?.batchMs ?? 0) === 0) return;
    this.batches.delete(queue);
    this.timers = this.timers.filter((timer) => timer.kind !== 'batch' || timer.queue !== queue);
    if (this.pairedIn(queue).length > 0) this.setTimer({ kind: 'batch', queue }, 0);
  }

  private batchDue(queue: number): void {
    if ((this.queues.get(queue)?.batchMs ?? 0) === 0) {
      const [next] = this.pairedIn(queue);
      if (!next) return;
      this.homeless.set(next, layout.QUEUED_UPDATED);
      this.setTimer({ kind: 'batch', queue }, 0);
      return;
    }
    const hasTurn = this.hasBatchWork;
    const batch = this.batches.get(queue);
    if (hasTurn && !batch) this.putTogether(queue);
    else if (hasTurn && batch && this.goOn(queue, batch)) this.batches.delete(queue);
    if (!hasTurn || this.batches.has(queue)) this.setTimer({ kind: 'batch', queue }, this.now + 1);
  }

  private get hasBatchWork(): boolean {
    return this.batchWork < this.batchWorkMax;
  }

  /** The bounds of a batch but for its contacts are beyond what is compared with this model. */
  private putTogether(queue: number): void {
    const contacts = this.pairedIn(queue).slice(0, layout.BATCH_CONTACTS_MAX);
    if (contacts.length === 0) return;
    const profiles = new Set(contacts.map(({ profile }) => profile));
    const agents = [...new Set([...profiles].flatMap((profile) => this.freeFor(profile)))].sort(
      (one, other) => this.idleSince(one, queue) - this.idleSince(other, queue) || one.handle - other.handle,
    );
    const weight = (term: number) => this.queues.get(queue)?.scoreWeights?.[term] ?? 0;
    const entered = contacts.map((contact) => {
      const priorities = Math.max(-1e9, Math.min(1e9, Number(this.rank(contact) / 1_000_000n)));
      const last = { handle: contact.servedBy, points: 1_000 * weight(layout.SCORE_LAST_AGENT) };
      return { contact, number: contact.profile.profile, last, rankPoints: weight(layout.SCORE_RANK) * priorities };
    });
    const numbers = [...profiles].map(({ profile }) => profile);
    this.batchWork += layout.BATCH_SCORE_WORK * (contacts.length + agents.length);
    this.batches.set(queue, { contacts: entered, agents, numbers, rows: new Map(), assignment: undefined, offered: 0 });
  }

  /** Scores, solves, offers, while there is work left for this tick. Returns whether that was all. */
  private goOn(queue: number, batch: ModelBatch): boolean {
    const { contacts, agents, numbers, rows } = batch;
    while (rows.size < numbers.length && this.hasBatchWork) {
      const number = numbers[rows.size]!;
      const profile = this.profiles.get(number);
      const free = profile?.queue === queue ? this.freeFor(profile) : [];
      rows.set(
        number,
        agents.map((agent) => (free.includes(agent) ? this.scoreOf(agent, profile!) : undefined)),
      );
      this.batchWork += layout.BATCH_SCORE_WORK * agents.length;
    }
    if (rows.size < numbers.length) return false;
    batch.assignment ??= new PlainAssignment(
      contacts.map(({ number, last, rankPoints }) =>
        rows.get(number)!.map((score, column) => {
          if (score === undefined) return undefined;
          return score + rankPoints + (agents[column]!.handle === last.handle ? last.points : 0);
        }),
      ),
    );
    const { assignment } = batch;
    if (!assignment.solved && this.hasBatchWork) this.batchWork += assignment.solve(this.batchWorkMax - this.batchWork);
    if (!assignment.solved) return false;
    while (batch.offered < contacts.length && this.hasBatchWork) this.offerMatch(batch, assignment, batch.offered++);
    return batch.offered === contacts.length;
  }

  /** What still holds is offered. */
  private offerMatch({ contacts, agents }: ModelBatch, { columns, scores }: PlainAssignment, row: number): void {
    const { contact, number } = contacts[row]!;
    const waits = contact.state === layout.CONTACT_WAITING && !contact.withheld && contact.profile.profile === number;
    if (!waits) return;
    const agent = agents[columns[row] ?? -1];
    const holds = agent !== undefined && this.freeFor(contact.profile).includes(agent);
    const scored = columns.flatMap((column, at) => (column === undefined ? [] : [scores[at]![column]!]));
    const batch = [contacts.length, agents.length, scored.length, scored.reduce((sum, score) => sum + score, 0)];
    const score = scores[row]![columns[row] ?? -1] ?? 0;
    const lapsed = agent !== undefined && !holds;
    this.decisions.push({ matched: contact, agent: holds ? agent : undefined, lapsed, batch, score });
    if (!holds) return;
    this.batchWork += layout.BATCH_OFFER_WORK;
    this.offer(contact, agent);
  }

  // ── Telling ───────────────────────────────────────────────────────────────────────────────────────────────────
  private tell(kind: number, code: number, about: About): void {
    this.effects.push(this.record(kind, code, this.cause, about));
  }

  private record(kind: number, code: number, cause: number, about: About): Effect {
    const nothing = { contact: -1, number: 0, agent: -1, line: -1, queue: -1, value: 0 };
    return { kind, code, cause, ...nothing, at: 0, since: 0, extra: 0, value2: 0, value3: 0, ...about };
  }

  private naming(contact: ModelContact): About {
    return {
      contact: contact.slot,
      number: contact.number,
      agent: (contact.rings[0] ?? contact).agent?.handle ?? layout.NONE,
      line: (contact.rings[0] ?? contact).line?.line ?? layout.NONE,
      queue: contact.profile.queue,
    };
  }

  private namingRing(contact: ModelContact, { agent, line }: ModelRing): About {
    return { ...this.naming(contact), agent: agent.handle, line: line.line };
  }

  private refuse(code: number, about: About): void {
    this.tell(layout.EFFECT_REFUSED, code, about);
  }

  private setLine(agent: ModelAgent, line: ModelLine, state: number, contact?: ModelContact): void {
    line.state = state;
    line.contact = contact;
    this.tell(layout.EFFECT_LINE_STATE, state, this.lineAbout(agent, line));
  }

  private lineAbout(agent: ModelAgent, line: ModelLine): About {
    return {
      agent: agent.handle,
      line: line.line,
      contact: line.contact?.slot ?? layout.NONE,
      number: line.contact?.number ?? 0,
      value: line.channel,
    };
  }

  private stateOf(agent: ModelAgent): { state: number; reason: number; flags: number } {
    const rings = this.busy(agent, layout.LINE_RINGING).length > 0;
    const serves = this.busy(agent, layout.LINE_CONNECTED).length > 0;
    const wrapsUp = this.busy(agent, layout.LINE_WRAP_UP).length > 0;
    let state = agent.ready ? layout.AGENT_READY : layout.AGENT_NOT_READY;
    if (!agent.loggedIn) state = layout.AGENT_LOGGED_OUT;
    else if (rings) state = layout.AGENT_RINGING;
    else if (serves) state = layout.AGENT_IN_SERVICE;
    else if (wrapsUp) state = layout.AGENT_WRAP_UP;
    const flags =
      (agent.ready ? layout.AGENT_FLAG_READY : 0) |
      (agent.loggingOut ? layout.AGENT_FLAG_LOGGING_OUT : 0) |
      (agent.oneRinging ? layout.AGENT_FLAG_ONE_RINGING : 0) |
      (agent.resting ? layout.AGENT_FLAG_RESTING : 0);
    return { state, reason: agent.reason, flags };
  }

  private tellStates(which: (agent: ModelAgent) => boolean): void {
    for (const agent of [...this.affected].filter(which)) {
      this.affected.delete(agent);
      const is = this.stateOf(agent);
      const moved = is.state !== agent.told.state || is.reason !== agent.told.reason;
      if (!moved && is.flags === agent.told.flags) continue;
      agent.told = { ...is, since: moved ? this.now : agent.told.since };
      this.tell(layout.EFFECT_AGENT_STATE, is.state, this.stateAbout(agent));
    }
  }

  private stateAbout(agent: ModelAgent): About {
    const extra = this.timers.find((timer) => timer.agent === agent)?.due ?? 0;
    return { agent: agent.handle, value: agent.told.reason, value2: agent.told.flags, at: agent.told.since, extra };
  }

  // ── Timers ────────────────────────────────────────────────────────────────────────────────────────────────────
  private setTimer(timer: Omit<ModelTimer, 'due' | 'order'>, due: number): void {
    this.timers.push({ ...timer, due, order: ++this.timersMade });
  }

  private cancelTimer(owner: ModelContact): void {
    this.timers = this.timers.filter((timer) => timer.contact !== owner);
  }

  private fire(timer: ModelTimer): void {
    if (timer.kind === 'module') {
      this.tell(layout.EFFECT_TIMER_FIRED, 0, { value: timer.module ?? 0, extra: timer.key ?? 0, at: timer.due });
    } else if (timer.kind === 'batch') {
      this.batchDue(timer.queue!);
    } else if (timer.kind === 'rest' && timer.agent) {
      this.taken.add(timer.agent);
      this.affected.add(timer.agent);
      timer.agent.resting = false;
    } else if (timer.contact) {
      if (timer.ring) this.offerOver(timer.contact, timer.ring);
      else if (timer.kind === 'further') this.ringFurther(timer.contact);
      else if (timer.kind === 'wrapUp') this.wrapUpOver(timer.contact);
      else if (timer.contact.awaits) this.waitNoLonger(timer.contact, layout.FELL_BACK_TIMED_OUT);
      else this.fallBack(timer.contact, layout.FELL_BACK_TIMED_OUT);
    }
  }

  private offerOver(contact: ModelContact, ring: ModelRing): void {
    const wasAccepted = contact.state === layout.CONTACT_CONNECTING;
    if (!wasAccepted) return this.offerFails(contact, ring, layout.WITHDRAWN_TIMED_OUT, 0);
    this.offerFails(contact, ring, layout.WITHDRAWN_UNREACHABLE, this.queueOf(contact).afterRejectMs);
  }

  private offerFails(contact: ModelContact, ring: ModelRing, code: number, restMs: number): void {
    if (contact.dialled) return this.loseOffer(contact, ring, code, 0);
    const { agent, rang } = ring;
    const { withLegs, withheld } = contact;
    const { missedMax: max, afterMissMs = 0 } = this.queueOf(contact);
    const rangInVain = !withheld && (!withLegs || rang);
    const counts = contact.named === layout.NONE && (rangInVain || code === layout.WITHDRAWN_REJECTED);
    const neverRang = code === layout.WITHDRAWN_TIMED_OUT && !rangInVain;
    const told = neverRang ? layout.WITHDRAWN_UNREACHABLE : code;
    this.loseOffer(contact, ring, told, layout.FELL_BACK_TIMED_OUT, counts);
    const wasRejected = code === layout.WITHDRAWN_REJECTED;
    const wasMissed = code === layout.WITHDRAWN_TIMED_OUT && rangInVain;
    this.noteIdle(agent, wasMissed ? layout.IDLE_MISSED : wasRejected ? layout.IDLE_REJECTED : layout.IDLE_FAILED);
    if (restMs > 0) this.rest(agent, this.now + restMs);
    if (!wasMissed) return;
    agent.misses++;
    if (max > 0 && agent.misses >= max) this.makeNotReady(agent, layout.REASON_MISSED);
    else if (afterMissMs > 0) this.rest(agent, this.now + afterMissMs);
  }

  private rest(agent: ModelAgent, until: number): void {
    const running = this.timers.find((timer) => timer.agent === agent);
    if (running && running.due >= until) return;
    // Told anew, with when it is over.
    if (agent.resting) agent.told = { ...agent.told, flags: -1 };
    this.endRest(agent);
    agent.resting = true;
    this.setTimer({ kind: 'rest', agent }, until);
  }

  // ── What happens to contacts ──────────────────────────────────────────────────────────────────────────────────
  private withdraw(contact: ModelContact, ring: ModelRing, code: number, counts = false): void {
    const { agent, line } = ring;
    this.taken.add(agent);
    this.affected.add(agent);
    this.tell(layout.EFFECT_WITHDRAWN, code, {
      ...this.namingRing(contact, ring),
      value: ring.offer,
      value2: counts ? 1 : 0,
    });
    this.timers = this.timers.filter((timer) => timer.ring !== ring);
    contact.rings = contact.rings.filter((other) => other !== ring);
    if (contact.rings.length === 0) {
      contact.state = layout.CONTACT_WAITING;
      this.ringNoFurther(contact);
    }
    this.setLine(agent, line, layout.LINE_FREE);
  }

  private withdrawOthers(contact: ModelContact, accepted: ModelRing): void {
    for (const ring of contact.rings)
      if (ring !== accepted) this.withdraw(contact, ring, layout.WITHDRAWN_ANSWERED_ELSEWHERE);
    this.ringNoFurther(contact);
  }

  private loseOffer(contact: ModelContact, ring: ModelRing, code: number, fellBack: number, counts = false): void {
    const wanted = this.wantsMore(contact);
    this.withdraw(contact, ring, code, counts);
    if (contact.dialled) return this.dialledOver(contact, ring.agent, code);
    if (!counts && contact.leaves?.why === layout.MOVED_UNANSWERED) this.stay(contact);
    if (contact.rings.length > 0) {
      if (!wanted && this.wantsMore(contact)) this.homeless.set(contact, layout.QUEUED_BACK);
    } else if (contact.leaves) this.leaveNow(contact, contact.leaves);
    else if (contact.named === layout.NONE) this.homeless.set(contact, layout.QUEUED_BACK);
    else this.fallBack(contact, fellBack);
  }

  private withdrawAll(agent: ModelAgent, code: number, fellBack: number, dialledToo = false): void {
    for (const line of agent.seat) {
      if (line.state === layout.LINE_RINGING && (dialledToo || !line.contact?.dialled))
        this.loseOffer(...this.ringingAt(line), code, fellBack);
    }
  }

  // ── Calls that agents make ────────────────────────────────────────────────────────────────────────────────────
  private dial(command: ContactDial): void {
    const profile = this.profiles.get(command.profile);
    const about = { contact: command.contact, number: command.number, agent: command.agent };
    if (!profile) return this.refuse(layout.REFUSED_QUEUE_NOT_FOUND, about);
    const refused = this.obstacleToDial(command, profile);
    if (refused !== 0) return this.refuse(refused, { ...about, queue: profile.queue });
    const agent = this.agents.get(command.agent)!;
    const line = agent.seat.find((own) => own.line === command.line)!;
    this.taken.add(agent);
    this.affected.add(agent);
    const contact: ModelContact = {
      slot: command.contact,
      number: command.number,
      profile,
      priority: 0,
      creditMs: 0,
      arrived: this.now,
      order: ++this.contactsMade,
      created: ++this.contactsCreated,
      state: layout.CONTACT_CONNECTING,
      agent: undefined,
      line: undefined,
      offer: 1,
      taken: 0,
      rings: [],
      wanted: 0,
      named: layout.NONE,
      orElse: 0,
      servedBy: undefined,
      connectedAt: 0,
      withLegs: command.withLegs,
      withheld: false,
      dialled: true,
      leaves: undefined,
      forNamed: false,
      byAffinity: false,
      knows: undefined,
      awaits: false,
      next: undefined,
      waitOrder: 0,
    };
    const ring: ModelRing = { offer: 1, agent, line, rang: false };
    contact.rings = [ring];
    this.contacts.set(contact.slot, contact);
    const at = command.withLegs ? this.now + command.connectMs : 0;
    if (command.withLegs) this.setTimer({ kind: 'offer', contact, ring }, at);
    const told = { ...this.namingRing(contact, ring), value: 1, value2: command.withLegs ? 1 : 0, at, since: this.now };
    this.tell(layout.EFFECT_DIALLED, 0, told);
    if (command.withLegs) this.setLine(agent, line, layout.LINE_RINGING, contact);
    else this.connect(contact, ring);
  }

  private obstacleToDial({ agent: handle, line, withLegs }: ContactDial, { channel }: ProfileSet): number {
    const agent = this.agents.get(handle);
    if (!agent) return layout.REFUSED_AGENT_NOT_FOUND;
    if (!agent.loggedIn || agent.loggingOut) return layout.REFUSED_AGENT_NOT_LOGGED_IN;
    const own = agent.seat.find((one) => one.line === line && one.channel === channel);
    if (!own) return layout.REFUSED_LINE_NOT_IN_SEAT;
    if (own.state !== layout.LINE_FREE) return layout.REFUSED_LINE_ALREADY_BUSY;
    const busy = this.busy(agent);
    const onChannel = busy.filter((other) => other.channel === channel).length;
    if (onChannel >= this.limit(agent, channel) || busy.length >= agent.set.total)
      return layout.REFUSED_AGENT_AT_CAPACITY;
    const rings = this.busy(agent, layout.LINE_RINGING).length > 0;
    return withLegs && agent.oneRinging && rings ? layout.REFUSED_ANOTHER_LINE_RINGS : 0;
  }

  /** Its agent has lost it before it was connected: nobody else gets it. */
  private dialledOver(contact: ModelContact, agent: ModelAgent, withdrawn: number): void {
    const codes: Record<number, number> = {
      [layout.WITHDRAWN_REJECTED]: layout.ENDED_BY_AGENT,
      [layout.WITHDRAWN_LOGGED_OUT]: layout.ENDED_AGENT_UNAVAILABLE,
      [layout.WITHDRAWN_UNREACHABLE]: layout.ENDED_NOT_JOINED,
    };
    this.cancelTimer(contact);
    this.over(contact, codes[withdrawn] ?? layout.ENDED_AGENT_NOT_REACHED);
    this.leaveWhenIdle(agent);
  }

  private ringingAt(line: ModelLine): [ModelContact, ModelRing] {
    const ring = line.contact?.rings.find((other) => other.line === line);
    if (!line.contact || !ring) throw new Error('a line rings without an offer');
    return [line.contact, ring];
  }

  private fallBack(contact: ModelContact, code: number): void {
    this.cancelTimer(contact);
    contact.agent = undefined;
    this.tell(layout.EFFECT_FELL_BACK, code, { ...this.naming(contact), agent: contact.named });
    contact.state = layout.CONTACT_WAITING;
    const { next } = contact;
    const ends = this.endsBy(contact, code);
    this.asksForNobody(contact);
    if (next) return this.askFor(contact, next.agent, true, next.waitMs);
    if (ends) this.over(contact, layout.ENDED_AGENT_UNAVAILABLE);
    else this.homeless.set(contact, layout.QUEUED_FELL_BACK);
  }

  private asksForNobody(contact: ModelContact): void {
    Object.assign(contact, {
      named: layout.NONE,
      atLine: undefined,
      forNamed: false,
      byAffinity: false,
      next: undefined,
    });
  }

  /** By affinity, only whoever could have had it and did not take it is to blame. */
  private endsBy({ orElse, byAffinity }: { orElse: number; byAffinity?: boolean }, code: number): boolean {
    return orElse === layout.OR_ELSE_END && (byAffinity !== true || code === layout.FELL_BACK_TIMED_OUT);
  }

  // ── Waiting in both places ────────────────────────────────────────────────────────────────────────────────────
  private waitsByAffinity({ byAffinity, awaits }: ModelContact): boolean {
    return byAffinity || awaits;
  }

  private waitForKnown(contact: ModelContact): void {
    const { knows, awaits, profile } = contact;
    if (!knows || awaits) return;
    const isFull = this.waitersOf(knows.agent).length >= layout.DIRECT_PER_AGENT_MAX;
    const agent = this.agents.get(knows.agent);
    if (isFull || knows.until <= this.now || this.obstacle(agent, profile, false, false) !== 0) {
      contact.knows = undefined;
      return;
    }
    contact.awaits = true;
    contact.waitOrder = ++this.waitsMade;
    this.setTimer({ kind: 'wait', contact }, knows.until);
    this.tell(layout.EFFECT_WAITING_FOR, 0, this.awaitsAbout(contact));
  }

  private awaitsAbout(contact: ModelContact): About {
    const { agent, until } = contact.knows!;
    return { ...this.naming(contact), agent, value: 1, at: until, since: contact.arrived };
  }

  private ringsAtKnown(contact: ModelContact): boolean {
    const { knows, profile } = contact;
    if (!knows || contact.state !== layout.CONTACT_WAITING || knows.until <= this.now) return false;
    const agent = this.agents.get(knows.agent);
    if (!agent || this.obstacle(agent, profile, false, false) !== 0) return false;
    if (this.taken.has(agent) || !this.isFree(agent, profile.channel)) return false;
    this.askKnown(contact, agent);
    this.offer(contact, agent);
    return true;
  }

  private askKnown(contact: ModelContact, agent: ModelAgent): void {
    this.forgetKnown(contact);
    Object.assign(contact, { named: agent.handle, orElse: layout.OR_ELSE_QUEUE, byAffinity: true });
  }

  private waitNoLonger(contact: ModelContact, code: number): void {
    const agent = contact.knows!.agent;
    this.forgetKnown(contact);
    this.tell(layout.EFFECT_FELL_BACK, code, { ...this.naming(contact), agent, value: 1 });
  }

  private forgetKnown(contact: ModelContact): void {
    this.leaveKnown(contact);
    contact.knows = undefined;
  }

  private leaveKnown(contact: ModelContact): void {
    if (!contact.awaits) return;
    contact.awaits = false;
    this.timers = this.timers.filter((timer) => timer.kind !== 'wait' || timer.contact !== contact);
  }

  private lineIsFree(agent: ModelAgent, line: number | undefined): boolean {
    return line === undefined || agent.seat.some((own) => own.line === line && own.state === layout.LINE_FREE);
  }

  private askFor(contact: ModelContact, handle: number, whatever: boolean, waitMs: number, line?: number): void {
    const agent = this.agents.get(handle);
    const code = this.obstacle(agent, contact.profile, whatever, true, line);
    Object.assign(contact, { named: handle, atLine: line, forNamed: contact.forNamed || whatever });
    if (!agent || code !== 0) return this.fallBack(contact, code);
    const isFree = this.isFree(agent, contact.profile.channel) && this.lineIsFree(agent, line);
    if (isFree && !contact.withheld) return this.offer(contact, agent);
    const full = this.waitersOf(handle).length >= layout.DIRECT_PER_AGENT_MAX;
    if (waitMs === 0 || full) return this.fallBack(contact, layout.FELL_BACK_TIMED_OUT);
    this.waitFor(contact, agent, this.now + waitMs);
  }

  /** Why this agent will never serve the profile as things are, or 0. */
  private obstacle(
    agent: ModelAgent | undefined,
    profile: ProfileSet,
    whatever: boolean,
    byName: boolean,
    line?: number,
  ): number {
    if (!agent) return layout.FELL_BACK_NOT_ELIGIBLE;
    if (!agent.loggedIn || agent.loggingOut) return layout.FELL_BACK_LOGGED_OUT;
    if (!agent.ready || ((agent.chosen >> profile.channel) & 1) === 0) return layout.FELL_BACK_NOT_READY;
    if (agent.set.total === 0 || this.limit(agent, profile.channel) === 0) return layout.FELL_BACK_NOT_ELIGIBLE;
    const hasLine = (own: ModelLine) => own.line === line && own.channel === profile.channel;
    if (line !== undefined && !agent.seat.some(hasLine)) return layout.FELL_BACK_NOT_ELIGIBLE;
    return whatever || this.fits(agent, profile, byName) ? 0 : layout.FELL_BACK_NOT_ELIGIBLE;
  }

  private recheckWaiters(agent: ModelAgent): void {
    for (const contact of this.waitersOf(agent.handle)) {
      const byName = !this.waitsByAffinity(contact);
      const code = this.obstacle(agent, contact.profile, contact.forNamed, byName, contact.atLine);
      if (code === 0) continue;
      if (contact.awaits) this.waitNoLonger(contact, code);
      else this.fallBack(contact, code);
    }
  }

  /** The end of a contact that was never connected. */
  private over(contact: ModelContact, code: number): void {
    if (contact.arrived > 0) this.places.push({ arrived: contact.arrived, sequence: contact.order });
    contact.agent = undefined;
    this.tell(layout.EFFECT_ENDED, code, {
      ...this.naming(contact),
      since: contact.arrived,
      value: contact.order,
    });
    this.release(contact);
  }

  private abandon(contact: ModelContact, code: number, withdrawn: number): void {
    const dialledBy = contact.dialled ? contact.rings[0]?.agent : undefined;
    for (const ring of contact.rings) this.withdraw(contact, ring, withdrawn);
    this.forgetKnown(contact);
    this.cancelTimer(contact);
    this.over(contact, code);
    if (dialledBy) this.leaveWhenIdle(dialledBy);
  }

  private release(contact: ModelContact): void {
    this.tell(layout.EFFECT_RELEASED, 0, { ...this.naming(contact), line: layout.NONE });
    contact.state = layout.CONTACT_FREE;
    this.contacts.delete(contact.slot);
  }

  private endWrapUp(contact: ModelContact): ModelAgent {
    const { agent, line } = contact;
    if (!agent || !line) throw new Error('wrap-up without an agent');
    this.taken.add(agent);
    this.affected.add(agent);
    this.noteIdle(agent, layout.IDLE_WRAPPED_UP);
    this.cancelTimer(contact);
    this.setLine(agent, line, layout.LINE_FREE);
    this.release(contact);
    return agent;
  }

  private wrapUpOver(contact: ModelContact): void {
    this.leaveWhenIdle(this.endWrapUp(contact));
  }

  private extendWrapUp(command: { contact: number; number: number; byMs: number }): void {
    const contact = this.found(command);
    if (!contact) return this.refuse(layout.REFUSED_CONTACT_NOT_FOUND, this.asNamed(command));
    if (contact.state !== layout.CONTACT_WRAP_UP) {
      return this.refuse(layout.REFUSED_CONTACT_NOT_IN_WRAP_UP, this.asNamed(command));
    }
    const endsAt = this.timers.find((timer) => timer.contact === contact)?.due ?? this.now;
    const at = endsAt + command.byMs;
    if (at > this.now + layout.WRAP_UP_AHEAD_MAX_MS) {
      return this.refuse(layout.REFUSED_WRAP_UP_TOO_LONG, this.asNamed(command));
    }
    this.cancelTimer(contact);
    this.setTimer({ kind: 'wrapUp', contact }, at);
    this.tell(layout.EFFECT_WRAP_UP_EXTENDED, 0, { ...this.naming(contact), at });
  }

  private makeNotReady(agent: ModelAgent, reason: number): void {
    this.taken.add(agent);
    this.affected.add(agent);
    agent.ready = false;
    agent.reason = reason;
    this.reviewDuty(agent);
    this.endRest(agent);
    this.withdrawAll(agent, layout.WITHDRAWN_NOT_READY, layout.FELL_BACK_NOT_READY);
    this.recheckWaiters(agent);
  }

  private endRest(agent: ModelAgent): void {
    agent.resting = false;
    this.timers = this.timers.filter((timer) => timer.agent !== agent);
  }

  private leaveWhenIdle(agent: ModelAgent): void {
    if (!agent.loggingOut || this.busy(agent).length > 0) return;
    for (const line of agent.seat) this.setLine(agent, line, layout.LINE_GONE);
    this.endRest(agent);
    Object.assign(agent, { seat: [], loggedIn: false, loggingOut: false, ready: false, reason: layout.REASON_NONE });
    this.reviewDuty(agent);
  }

  // ── Commands ──────────────────────────────────────────────────────────────────────────────────────────────────
  private execute(command: Command): void {
    switch (command.kind) {
      case 'resumed':
        return this.resumed();
      case 'queueSet':
        return this.queueSet(command);
      case 'queueRemove':
        return this.queueRemove(command.queue);
      case 'profileSet':
        if (!this.queues.has(command.queue)) {
          return this.refuse(layout.REFUSED_QUEUE_NOT_FOUND, { queue: command.queue });
        }
        this.profiles.set(command.profile, command);
        return;
      case 'profileDrop':
        this.profiles.delete(command.profile);
        return;
      case 'agentSet':
        return this.agentSet(command);
      case 'agentRemove':
        return this.agentCommand(command.agent, false, (agent) => {
          if (agent.loggedIn) return this.refuse(layout.REFUSED_AGENT_LOGGED_IN, { agent: agent.handle });
          this.agents.delete(agent.handle);
          for (const turns of this.turns.values()) turns.delete(agent.handle);
        });
      case 'agentLogin':
        return this.agentCommand(command.agent, false, (agent) => this.login(agent, command.lines));
      case 'agentLogout':
        return this.agentCommand(command.agent, false, (agent) => this.logout(agent, command.whenIdle));
      case 'agentReady':
        return this.agentCommand(command.agent, true, (agent) => this.becomeReady(agent, command.mask));
      case 'agentNotReady':
        return this.agentCommand(command.agent, true, (agent) => this.makeNotReady(agent, command.reason));
      case 'agentOneRinging':
        return this.agentCommand(command.agent, true, (agent) => {
          agent.oneRinging = command.on === 1;
          this.taken.add(agent);
          this.affected.add(agent);
        });
      case 'contactCreate':
        return this.create(command);
      case 'contactUpdate':
        return this.update(command);
      case 'contactCancel': {
        const contact = this.notConnected(command);
        if (contact) this.abandon(contact, layout.ENDED_CANCELLED, layout.WITHDRAWN_CANCELLED);
        return;
      }
      case 'contactEnd':
        return this.end(command);
      case 'contactLeave':
        return this.leave(command);
      case 'contactWithhold':
        return this.withhold(command);
      case 'contactPlace':
        return this.place(command);
      case 'contactSend':
        return this.send(command);
      case 'contactDial':
        return this.dial(command);
      case 'contactHandOver':
        return this.handOver(command);
      case 'wrapUpDone': {
        const contact = this.found(command);
        if (!contact) return this.refuse(layout.REFUSED_CONTACT_NOT_FOUND, this.asNamed(command));
        if (contact.state !== layout.CONTACT_WRAP_UP) {
          return this.refuse(layout.REFUSED_CONTACT_NOT_IN_WRAP_UP, this.asNamed(command));
        }
        return this.wrapUpOver(contact);
      }
      case 'wrapUpExtend':
        return this.extendWrapUp(command);
      case 'offerAccept':
        return this.accept(command);
      case 'offerReject':
        return this.reject(command);
      case 'offerRang':
        return this.rang(command);
      case 'offerConnected':
        return this.joined(command);
      case 'offerFailed':
        return this.failed(command);
      case 'timerSet':
        this.removeModuleTimer(command.module, command.key);
        return this.setTimer({ kind: 'module', module: command.module, key: command.key }, command.due);
      case 'timerCancel':
        return this.removeModuleTimer(command.module, command.key);
      case 'skipped':
        return;
    }
  }

  private removeModuleTimer(module: number, key: number): void {
    this.timers = this.timers.filter(
      (timer) => timer.kind !== 'module' || timer.module !== module || timer.key !== key,
    );
  }

  private resumed(): void {
    const open = [...this.contacts.values()]
      .filter((contact) => this.isOffered(contact))
      .sort((one, other) => one.slot - other.slot);
    for (const contact of open) {
      const at = this.now + this.queueOf(contact).offerMs;
      for (const ring of contact.rings) {
        if (contact.dialled && this.dueOf(contact, ring) >= at) continue;
        this.timers = this.timers.filter((timer) => timer.ring !== ring);
        this.setTimer({ kind: 'offer', contact, ring }, at);
        if (contact.state === layout.CONTACT_CONNECTING) continue;
        const about = { ...this.namingRing(contact, ring), value: ring.offer, since: contact.arrived };
        this.tell(layout.EFFECT_OFFERED, 0, { ...about, value2: 1, at });
      }
    }
  }

  private queueSet(set: QueueSet): void {
    const before = this.queues.get(set.queue);
    const isFirstOtherwise = !this.countsIdleOtherwise() && !countsUsual(set);
    const rangSeveral = this.ringsSeveral(set.queue);
    this.queues.set(set.queue, set);
    if (isFirstOtherwise) this.beginIdleTimes();
    const ringsAsBefore = before?.ringTogether === set.ringTogether && before?.ringEveryMs === set.ringEveryMs;
    for (const contact of this.contacts.values())
      if (!ringsAsBefore && this.isOffered(contact) && contact.profile.queue === set.queue) this.ringNoFurther(contact);
    this.endBatches(set, before);
    if (rangSeveral && !this.ringsSeveral(set.queue)) {
      // Who rings already may ring for its contacts from now on.
      for (const agent of [...this.agents.values()].sort((one, other) => one.handle - other.handle)) {
        if (this.busy(agent, layout.LINE_RINGING).length === 0) continue;
        this.taken.add(agent);
        this.affected.add(agent);
      }
    }
    // What was known goes on being known where the same is needed.
    if (set.select !== layout.SELECT_ROUND_ROBIN) this.turns.delete(set.queue);
    const watches = set.select === layout.SELECT_LEAST_OCCUPIED || weighs(set, layout.SCORE_OCCUPANCY);
    if (!watches || before?.occupancyWindowMs !== set.occupancyWindowMs) this.loads.delete(set.queue);
    if (watches && !this.loads.has(set.queue)) this.beginLoads(set.queue);
    if (set.select !== layout.SELECT_WEIGHTED_RANDOM) this.generators.delete(set.queue);
    else if (!this.generators.has(set.queue))
      this.generators.set(set.queue, (BigInt(this.now) << 10n) | BigInt(set.queue));
    const counts = set.select === layout.SELECT_LEAST_CONTACTS || weighs(set, layout.SCORE_CONTACTS);
    if (!counts) this.counts.delete(set.queue);
    if (!counts || this.counts.has(set.queue)) return;
    const onDuty = [...this.agents.values()].filter((agent) => agent.ready && this.worksIn(agent, set.queue));
    this.counts.set(set.queue, new Map(onDuty.map((agent) => [agent, 0])));
  }

  private beginLoads(queue: number): void {
    const isFirst = this.loads.size === 0;
    this.loads.set(queue, new Map());
    if (!isFirst) return;
    this.occupied.clear();
    for (const agent of this.agents.values()) if (this.busy(agent).length > 0) this.occupied.set(agent, this.now);
  }

  private forgetSelect(queue: number): void {
    this.turns.delete(queue);
    this.counts.delete(queue);
    this.loads.delete(queue);
    this.generators.delete(queue);
  }

  private worksIn(agent: ModelAgent, queue: number): boolean {
    return agent.set.queues === undefined || agent.set.queues.includes(queue);
  }

  /** Who comes on duty in a queue that counts contacts begins with the average of those who are; who goes has no count. */
  private reviewDuty(agent: ModelAgent): void {
    for (const [queue, counts] of this.counts) {
      const isOnDuty = agent.ready && this.worksIn(agent, queue);
      if (!isOnDuty) counts.delete(agent);
      if (!isOnDuty || counts.has(agent)) continue;
      const sum = [...counts.values()].reduce((all, count) => all + count, 0);
      counts.set(agent, counts.size === 0 ? 0 : Math.floor(sum / counts.size));
    }
  }

  private queueRemove(queue: number): void {
    if (!this.queues.has(queue)) return this.refuse(layout.REFUSED_QUEUE_NOT_FOUND, { queue });
    const used = [...this.contacts.values()].some((contact) => {
      return [contact.profile, contact.leaves?.to].some(
        (profile) => profile?.queue === queue || profile?.queues?.includes(queue),
      );
    });
    if (used) return this.refuse(layout.REFUSED_QUEUE_NOT_EMPTY, { queue });
    this.queues.delete(queue);
    this.batches.delete(queue);
    this.timers = this.timers.filter((timer) => timer.kind !== 'batch' || timer.queue !== queue);
    this.forgetSelect(queue);
    for (const profile of [...this.profiles.values()]) {
      if (profile.queue === queue || profile.queues?.includes(queue)) this.profiles.delete(profile.profile);
    }
  }

  private agentSet(set: AgentSet): void {
    const agent = this.agents.get(set.agent);
    if (!agent) {
      const told = {
        state: layout.AGENT_LOGGED_OUT,
        reason: 0,
        flags: layout.AGENT_FLAG_ONE_RINGING,
        since: this.now,
      };
      this.agents.set(set.agent, {
        handle: set.agent,
        set,
        loggedIn: false,
        ready: false,
        oneRinging: true,
        loggingOut: false,
        resting: false,
        reason: 0,
        chosen: 0,
        seat: [],
        misses: 0,
        idleSince: 0,
        idleTimes: [],
        told,
      });
      return;
    }
    agent.set = set;
    if (!agent.loggedIn) return;
    this.reviewDuty(agent);
    this.taken.add(agent);
    for (const line of agent.seat) {
      if (line.state !== layout.LINE_RINGING || !line.contact || line.contact.dialled) continue;
      const onChannel = this.busy(agent).filter((other) => other.channel === line.channel).length;
      const within = onChannel <= this.limit(agent, line.channel) && this.busy(agent).length <= set.total;
      const { forNamed, named, byAffinity, profile } = line.contact;
      if (within && (forNamed || this.fits(agent, profile, named === agent.handle && !byAffinity))) continue;
      this.loseOffer(...this.ringingAt(line), layout.WITHDRAWN_CHANGED, layout.FELL_BACK_NOT_ELIGIBLE);
    }
    this.recheckWaiters(agent);
  }

  private agentCommand(handle: number, needsLogin: boolean, work: (agent: ModelAgent) => void): void {
    const agent = this.agents.get(handle);
    if (!agent) return this.refuse(layout.REFUSED_AGENT_NOT_FOUND, { agent: handle });
    if (needsLogin && !agent.loggedIn) return this.refuse(layout.REFUSED_AGENT_NOT_LOGGED_IN, { agent: handle });
    work(agent);
  }

  private login(agent: ModelAgent, lines: { line: number; channel: number }[]): void {
    const same =
      lines.length === agent.seat.length &&
      lines.every((line, place) => {
        const own = agent.seat[place];
        return own?.line === line.line && own.channel === line.channel;
      });
    if (agent.loggedIn && same) return;
    if (agent.loggedIn && this.busy(agent).length > 0) {
      return this.refuse(layout.REFUSED_AGENT_IN_CONTACT, { agent: agent.handle });
    }
    const elsewhere = [...this.agents.values()].some(
      (other) => other !== agent && other.seat.some((own) => lines.some((line) => line.line === own.line)),
    );
    if (elsewhere) return this.refuse(layout.REFUSED_LINE_IN_ANOTHER_SEAT, { agent: agent.handle });
    this.taken.add(agent);
    this.affected.add(agent);
    this.endRest(agent);
    if (!agent.loggedIn) this.noteIdle(agent, layout.IDLE_LOGIN);
    Object.assign(agent, { loggedIn: true, ready: false, reason: layout.REASON_LOGGED_IN, misses: 0 });
    this.reviewDuty(agent);
    this.recheckWaiters(agent);
    for (const line of agent.seat) {
      if (!lines.some((kept) => kept.line === line.line)) this.setLine(agent, line, layout.LINE_GONE);
    }
    agent.seat = lines.map((line) => ({ ...line, state: layout.LINE_FREE, contact: undefined }));
    for (const line of agent.seat) this.setLine(agent, line, layout.LINE_FREE);
  }

  private logout(agent: ModelAgent, whenIdle: boolean): void {
    if (!agent.loggedIn) return;
    if (!whenIdle && this.busy(agent, layout.LINE_CONNECTED).length > 0) {
      return this.refuse(layout.REFUSED_AGENT_IN_CONTACT, { agent: agent.handle });
    }
    this.taken.add(agent);
    this.affected.add(agent);
    agent.loggingOut = true;
    this.withdrawAll(agent, layout.WITHDRAWN_LOGGED_OUT, layout.FELL_BACK_LOGGED_OUT, !whenIdle);
    if (!whenIdle) {
      for (const line of agent.seat) if (line.contact) this.endWrapUp(line.contact);
    }
    this.recheckWaiters(agent);
    this.leaveWhenIdle(agent);
  }

  private becomeReady(agent: ModelAgent, mask: number): void {
    this.taken.add(agent);
    this.affected.add(agent);
    if (!agent.ready) {
      this.noteIdle(agent, layout.IDLE_READY);
      agent.misses = 0;
    }
    agent.ready = true;
    this.reviewDuty(agent);
    agent.loggingOut = false;
    agent.reason = layout.REASON_NONE;
    agent.chosen = mask === 0 ? EVERY_CHANNEL : mask;
    this.recheckWaiters(agent);
  }

  /** How a contact that comes would be received with a profile. */
  private reception(command: ContactCreate, profile: ProfileSet) {
    const { byAffinity = false, inBoth = false } = command;
    // By affinity somebody is asked for in the first queue alone.
    const asked = byAffinity && profile.profile !== command.profile ? layout.NONE : command.agent;
    const named = asked === layout.NONE ? undefined : this.agents.get(asked);
    let code =
      asked === layout.NONE ? 0 : this.obstacle(named, profile, command.forNamed === true, !byAffinity, command.line);
    const isFree = named !== undefined && this.isFree(named, profile.channel) && this.lineIsFree(named, command.line);
    const atOnce = code === 0 && isFree;
    if (named && code === 0 && !atOnce && command.waitMs === 0) code = layout.FELL_BACK_TIMED_OUT;
    const isFull = () => this.waitersOf(asked).length >= layout.DIRECT_PER_AGENT_MAX;
    if (named && code === 0 && !atOnce && byAffinity && isFull()) code = layout.FELL_BACK_TOO_MANY;
    const waitsFor = named !== undefined && code === 0 && !atOnce;
    const ends = code !== 0 && this.endsBy(command, code);
    const isOffered = (!waitsFor || inBoth) && !this.inBatches(profile) && this.freeFor(profile).length > 0;
    const offeredOrEnds = atOnce || ends || isOffered;
    const max = this.queues.get(profile.queue)?.maxWaiting ?? -1;
    const full = command.letIn !== true && !offeredOrEnds && max >= 0 && this.pending(profile.queue) >= max;
    return { asked, named, code, atOnce, waitsFor, full };
  }

  /** The queues that it goes through, the last of which takes it or refuses it. */
  private wayOf(command: ContactCreate, first: ProfileSet): { profile: ProfileSet; why: number }[] {
    const way = [{ profile: first, why: 0 }];
    for (const { profile, why } of command.way ?? []) {
      if (why === layout.MOVED_FULL && !this.reception(command, way.at(-1)!.profile).full) break;
      way.push({ profile: this.profiles.get(profile)!, why });
    }
    return way;
  }

  private create(command: ContactCreate): void {
    const first = this.profiles.get(command.profile);
    const about = { contact: command.contact, number: command.number, agent: command.agent };
    if (!first) return this.refuse(layout.REFUSED_QUEUE_NOT_FOUND, about);
    const way = this.wayOf(command, first);
    const { profile } = way.at(-1)!;
    const queue = this.queues.get(profile.queue);
    if (!queue) throw new Error('a profile without its queue');
    const { asked, named, code, atOnce, waitsFor, full } = this.reception(command, profile);
    const where = { ...about, queue: profile.queue };
    if (full) return this.refuse(layout.REFUSED_QUEUE_FULL, where);
    if (((queue.channels >> profile.channel) & 1) === 0) {
      return this.refuse(layout.REFUSED_CHANNEL_NOT_IN_QUEUE, where);
    }
    if (waitsFor && this.waitersOf(command.agent).length >= layout.DIRECT_PER_AGENT_MAX) {
      return this.refuse(layout.REFUSED_AGENT_WAITED_FOR_BY_TOO_MANY, where);
    }
    const contact: ModelContact = {
      slot: command.contact,
      number: command.number,
      profile,
      priority: command.priority,
      creditMs: command.creditMs,
      arrived: command.place?.arrived ?? this.now,
      order: command.place?.sequence || ++this.contactsMade,
      created: ++this.contactsCreated,
      state: layout.CONTACT_WAITING,
      agent: undefined,
      line: undefined,
      offer: 0,
      taken: 0,
      rings: [],
      wanted: 0,
      named: asked,
      atLine: asked === layout.NONE ? undefined : command.line,
      orElse: command.orElse,
      servedBy: command.servedBy,
      connectedAt: 0,
      withLegs: command.withLegs === true,
      withheld: false,
      leaves: undefined,
      forNamed: command.forNamed === true && command.agent !== layout.NONE,
      byAffinity: command.byAffinity === true && asked !== layout.NONE,
      knows: undefined,
      awaits: false,
      next: undefined,
      waitOrder: 0,
    };
    if (command.place?.sequence === 0) this.contactsMade++;
    this.contacts.set(contact.slot, contact);
    for (const [place, hop] of way.slice(1).entries())
      this.tellMoved(contact, hop.why, way[place]!.profile.queue, hop.profile);
    if (command.withheld) this.withholdFor(contact, true, layout.WITHHELD_BEGINS);
    if (atOnce && named) return this.offer(contact, named);
    if (waitsFor && named && command.inBoth) {
      contact.knows = { agent: named.handle, until: this.now + command.waitMs };
      this.asksForNobody(contact);
      this.homeless.set(contact, layout.QUEUED_ARRIVED);
      return;
    }
    if (waitsFor && named) return this.waitFor(contact, named, this.now + command.waitMs);
    if (code !== 0) return this.fallBack(contact, code);
    this.homeless.set(contact, way.length > 1 ? layout.QUEUED_MOVED : layout.QUEUED_ARRIVED);
  }

  private leave(command: ContactLeave): void {
    const contact = this.found(command);
    if (!contact || contact.dialled) return;
    if ([layout.CONTACT_CONNECTED, layout.CONTACT_WRAP_UP].includes(contact.state)) return;
    if (contact.profile.queue !== command.queue) return;
    if (command.why === 0) {
      if (!contact.leaves) return;
      this.stay(contact);
      if (this.wantsMore(contact)) this.homeless.set(contact, layout.QUEUED_BACK);
      return;
    }
    const leaves = { why: command.why, to: this.profiles.get(command.profile) };
    if (!this.isOffered(contact)) return this.leaveNow(contact, leaves);
    if (contact.leaves?.why === leaves.why && contact.leaves.to === leaves.to) return;
    contact.leaves = leaves;
    this.tell(layout.EFFECT_LEAVES, command.why, this.leavesAbout(contact));
  }

  private stay(contact: ModelContact): void {
    contact.leaves = undefined;
    this.tell(layout.EFFECT_LEAVES, 0, this.leavesAbout(contact));
  }

  private withhold(command: ContactWithhold): void {
    const contact = this.found(command);
    const withheld = command.on === 1;
    if (!contact || contact.state === layout.CONTACT_WRAP_UP || contact.withheld === withheld) return;
    contact.withheld = withheld;
    this.tell(layout.EFFECT_WITHHELD, ...this.withheldAbout(contact));
    if (withheld) return;
    if (contact.state === layout.CONTACT_WAITING) this.homeless.set(contact, layout.QUEUED_WITHHELD_NO_MORE);
    if (contact.state === layout.CONTACT_WAITING_FOR && contact.agent) this.taken.add(contact.agent);
    if (this.wantsMore(contact)) this.homeless.set(contact, layout.QUEUED_WITHHELD_NO_MORE);
  }

  private withheldAbout(contact: ModelContact): [code: number, about: About] {
    const { slot, number, arrived, profile, withheld } = contact;
    const code = withheld ? layout.WITHHELD_BEGINS : layout.WITHHELD_ENDS;
    return [code, { contact: slot, number, queue: profile.queue, since: arrived }];
  }

  // ── Sending ───────────────────────────────────────────────────────────────────────────────────────────────────
  private send(command: ContactSend): void {
    const contact = this.found(command);
    if (!contact) return this.refuse(layout.REFUSED_CONTACT_NOT_FOUND, this.asNamed(command));
    if (contact.state === layout.CONTACT_WRAP_UP)
      return this.refuse(layout.REFUSED_CONTACT_ALREADY_ENDED, this.asNamed(command));
    const server = contact.state === layout.CONTACT_CONNECTED ? contact.agent : undefined;
    if (command.from !== layout.NONE && server?.handle !== command.from)
      return this.refuse(layout.REFUSED_CONTACT_NOT_WITH_AGENT, this.asNamed(command));
    if (contact.dialled) return this.refuse(layout.REFUSED_CONTACT_NOT_WITH_AGENT, this.asNamed(command));
    if (server?.handle === command.agent && server)
      return this.refuse(layout.REFUSED_CONTACT_ALREADY_CONNECTED, this.asNamed(command));
    const to = command.profile === layout.NONE ? contact.profile : this.profiles.get(command.profile)!;
    if (server) {
      this.part(contact, command.why, command.part);
      Object.assign(contact, {
        state: layout.CONTACT_WAITING,
        agent: undefined,
        line: undefined,
        connectedAt: 0,
        taken: 0,
      });
      if (command.restMs > 0 && server.ready) this.rest(server, this.now + command.restMs);
    } else {
      for (const ring of [...contact.rings]) this.withdraw(contact, ring, layout.WITHDRAWN_SENT);
      this.forgetKnown(contact);
      this.cancelTimer(contact);
      Object.assign(contact, { state: layout.CONTACT_WAITING, agent: undefined, leaves: undefined });
      this.asksForNobody(contact);
    }
    if (command.why === layout.MOVED_PARKED) return this.withholdFor(contact, true, layout.WITHHELD_PARKED);
    const resumed = command.why === layout.MOVED_CHOSEN ? layout.WITHHELD_ENDS : layout.WITHHELD_RESUMED;
    if (command.resumed) this.withholdFor(contact, false, resumed);
    const from = contact.profile.queue;
    contact.profile = to;
    if (to.queue !== from) this.tellMoved(contact, command.why, from, to);
    if (command.agent === layout.NONE) {
      this.homeless.set(contact, to.queue === from ? layout.QUEUED_SENT : layout.QUEUED_MOVED);
      return;
    }
    contact.orElse = layout.OR_ELSE_QUEUE;
    contact.next = command.backTo === layout.NONE ? undefined : { agent: command.backTo, waitMs: command.backMs };
    this.askFor(contact, command.agent, command.forNamed === true, command.waitMs, command.line);
  }

  /** What is left for the agent who served it: a contact in wrap-up, or nothing at once. */
  private part(contact: ModelContact, why: number, part: { slot: number; number: number }): void {
    const { agent, line } = contact;
    if (!agent || !line) throw new Error('parted from nobody');
    this.taken.add(agent);
    this.affected.add(agent);
    this.tell(layout.EFFECT_PARTED, why, {
      ...this.naming(contact),
      value: part.slot,
      value2: part.number | 0,
      value3: contact.taken,
      at: contact.connectedAt,
      since: contact.arrived,
      extra: this.now - contact.connectedAt,
    });
    const nothing = {
      priority: 0,
      creditMs: 0,
      offer: contact.taken,
      rings: [],
      withLegs: false,
      withheld: false,
      servedBy: undefined,
      byAffinity: false,
      knows: undefined,
    };
    const parted: ModelContact = { ...contact, ...part, ...nothing };
    this.contacts.set(parted.slot, parted);
    this.noteIdle(agent, layout.IDLE_ENDED);
    if (why === layout.MOVED_PARKED) this.wrapUpOver(parted);
    else this.wrapUpOrRelease(parted, agent, line);
  }

  /** With what it is sent; it is in no pool or about to look for its place. */
  private withholdFor(contact: ModelContact, withheld: boolean, code: number): void {
    if (contact.withheld === withheld) return;
    contact.withheld = withheld;
    const [, about] = this.withheldAbout(contact);
    this.tell(layout.EFFECT_WITHHELD, code, about);
  }

  private handOver(command: ContactHandOver): void {
    const contact = this.found(command);
    const other = this.found({ contact: command.other.slot, number: command.other.number });
    const ofOther = { contact: command.other.slot, number: command.other.number };
    if (!contact) return this.refuse(layout.REFUSED_CONTACT_NOT_FOUND, this.asNamed(command));
    if (!other) return this.refuse(layout.REFUSED_CONTACT_NOT_FOUND, ofOther);
    if (!this.isServedBy(contact, command.from))
      return this.refuse(layout.REFUSED_CONTACT_NOT_WITH_AGENT, this.asNamed(command));
    const { agent, line } = other;
    if (other.state !== layout.CONTACT_CONNECTED || !agent || !line || agent === contact.agent)
      return this.refuse(layout.REFUSED_CONTACT_NOT_WITH_AGENT, ofOther);
    this.part(contact, layout.MOVED_HANDED_OVER, command.part);
    this.tell(layout.EFFECT_ENDED, layout.ENDED_HANDED_OVER, {
      ...this.naming(other),
      since: other.arrived,
      at: other.connectedAt,
      extra: this.now - other.connectedAt,
    });
    const offer = contact.offer + 1;
    Object.assign(contact, { agent, line, connectedAt: this.now, offer, taken: offer });
    this.tell(layout.EFFECT_HANDED_OVER, 0, {
      ...this.naming(contact),
      value: contact.offer,
      since: contact.arrived,
    });
    this.setLine(agent, line, layout.LINE_CONNECTED, contact);
    this.release(other);
  }

  private leavesAbout(contact: ModelContact): About {
    const value = contact.leaves?.to?.profile ?? layout.NONE;
    return { ...this.naming(contact), value, since: contact.arrived };
  }

  private leaveNow(contact: ModelContact, { why, to }: NonNullable<ModelContact['leaves']>): void {
    this.forgetKnown(contact);
    this.cancelTimer(contact);
    this.asksForNobody(contact);
    Object.assign(contact, { agent: undefined, leaves: undefined, state: layout.CONTACT_WAITING });
    if (!to) {
      const codes: Record<number, number> = {
        [layout.MOVED_TIMED_OUT]: layout.ENDED_TIMED_OUT,
        [layout.MOVED_CLOSED]: layout.ENDED_CLOSED,
        [layout.MOVED_EXHAUSTED]: layout.ENDED_EXHAUSTED,
        [layout.MOVED_CALLBACK]: layout.ENDED_CALLBACK,
        [layout.MOVED_UNANSWERED]: layout.ENDED_UNANSWERED,
        [layout.MOVED_VOICEMAIL]: layout.ENDED_VOICEMAIL,
      };
      return this.over(contact, codes[why] ?? layout.ENDED_NOBODY);
    }
    const from = contact.profile.queue;
    contact.profile = to;
    this.tellMoved(contact, why, from, to);
    this.homeless.set(contact, layout.QUEUED_MOVED);
  }

  private tellMoved(contact: ModelContact, why: number, from: number, to: ProfileSet): void {
    this.tell(layout.EFFECT_MOVED, why, {
      contact: contact.slot,
      number: contact.number,
      queue: to.queue,
      value: to.profile,
      value2: from,
      value3: this.pending(from),
      since: contact.arrived,
      extra: this.now - contact.arrived,
    });
  }

  private waitFor(contact: ModelContact, agent: ModelAgent, until: number): void {
    contact.state = layout.CONTACT_WAITING_FOR;
    contact.agent = agent;
    contact.waitOrder = ++this.waitsMade;
    this.setTimer({ kind: 'wait', contact }, until);
    this.tell(layout.EFFECT_WAITING_FOR, 0, { ...this.naming(contact), at: until, since: contact.arrived });
  }

  private found(command: { contact: number; number: number }): ModelContact | undefined {
    const contact = this.contacts.get(command.contact);
    return contact?.number === command.number ? contact : undefined;
  }

  private asNamed(command: { contact: number; number: number }): About {
    return { contact: command.contact, number: command.number };
  }

  /** The contact if it is there and neither connected nor over; refuses otherwise. */
  private notConnected(command: { contact: number; number: number }): ModelContact | undefined {
    const contact = this.found(command);
    let code = 0;
    if (!contact) code = layout.REFUSED_CONTACT_NOT_FOUND;
    else if (contact.state === layout.CONTACT_CONNECTED) code = layout.REFUSED_CONTACT_ALREADY_CONNECTED;
    else if (contact.state === layout.CONTACT_WRAP_UP) code = layout.REFUSED_CONTACT_ALREADY_ENDED;
    if (code !== 0) this.refuse(code, this.asNamed(command));
    return code === 0 ? contact : undefined;
  }

  private update(command: Extract<Command, { kind: 'contactUpdate' }>): void {
    const { byStep = false, priority, creditMs } = command;
    if (byStep && !this.mayStep(command)) return;
    const contact = this.notConnected(command);
    if (!contact) return;
    const profile = this.profiles.get(command.profile);
    if (!profile) throw new Error('updated to no profile');
    if (profile.queue !== contact.profile.queue) {
      return this.refuse(layout.REFUSED_CONTACT_IN_ANOTHER_QUEUE, this.asNamed(command));
    }
    const wanted = this.wantsMore(contact);
    contact.leaves = undefined;
    const isSo = contact.profile === profile && contact.priority === priority && contact.creditMs === creditMs;
    Object.assign(contact, { profile, priority, creditMs });
    if (byStep) {
      const terms = { value: profile.profile, value2: priority, since: contact.arrived };
      this.tell(layout.EFFECT_STEPPED, 0, { ...this.naming(contact), ...terms });
    }
    const why = byStep ? layout.QUEUED_STEP : layout.QUEUED_UPDATED;
    if (isSo) {
      if (!wanted && this.wantsMore(contact)) this.homeless.set(contact, why);
      return;
    }
    if (contact.state === layout.CONTACT_WAITING || this.wantsMore(contact)) this.homeless.set(contact, why);
    const awaited = contact.state === layout.CONTACT_WAITING_FOR ? contact.agent : undefined;
    if (awaited) this.recheckWaiters(awaited);
    const known = contact.awaits ? this.agents.get(contact.knows!.agent) : undefined;
    if (known) this.recheckWaiters(known);
  }

  /** It waits or rings in that queue, and is not about to leave it. */
  private mayStep(command: Extract<Command, { kind: 'contactUpdate' }>): boolean {
    const contact = this.found(command);
    if (!contact || [layout.CONTACT_CONNECTED, layout.CONTACT_WRAP_UP].includes(contact.state)) return false;
    return contact.leaves === undefined && contact.profile.queue === this.profiles.get(command.profile)?.queue;
  }

  private end(command: Extract<Command, { kind: 'contactEnd' }>): void {
    const contact = this.found(command);
    if (!contact) return this.refuse(layout.REFUSED_CONTACT_NOT_FOUND, this.asNamed(command));
    if (contact.state === layout.CONTACT_WRAP_UP) {
      return this.refuse(layout.REFUSED_CONTACT_ALREADY_ENDED, this.asNamed(command));
    }
    if (command.by !== undefined && !this.isServedBy(contact, command.by))
      return this.refuse(layout.REFUSED_CONTACT_NOT_WITH_AGENT, this.asNamed(command));
    const { agent, line } = contact;
    if (contact.state !== layout.CONTACT_CONNECTED || !agent || !line) {
      return this.abandon(contact, command.code, layout.WITHDRAWN_ENDED);
    }
    this.taken.add(agent);
    this.affected.add(agent);
    this.tell(layout.EFFECT_ENDED, command.code, {
      ...this.naming(contact),
      since: contact.arrived,
      at: contact.connectedAt,
      extra: this.now - contact.connectedAt,
    });
    this.noteIdle(agent, layout.IDLE_ENDED);
    this.wrapUpOrRelease(contact, agent, line);
  }

  private wrapUpOrRelease(contact: ModelContact, agent: ModelAgent, line: ModelLine): void {
    const wrapUpMs = agent.set.wrapUpMs >= 0 ? agent.set.wrapUpMs : this.queueOf(contact).wrapUpMs;
    if (wrapUpMs > 0) {
      contact.state = layout.CONTACT_WRAP_UP;
      contact.takesSeat = this.queueOf(contact).wrapUpTakesSeat ?? false;
      this.setTimer({ kind: 'wrapUp', contact }, this.now + wrapUpMs);
      this.tell(layout.EFFECT_WRAP_UP, 0, { ...this.naming(contact), at: this.now + wrapUpMs });
      this.setLine(agent, line, layout.LINE_WRAP_UP, contact);
    } else {
      this.wrapUpOver(contact);
    }
  }

  /** Rings, or is accepted and not connected yet. */
  private isOffered(contact: ModelContact): boolean {
    return contact.state === layout.CONTACT_RINGING || contact.state === layout.CONTACT_CONNECTING;
  }

  private refuseOffer(code: number, command: OfferCommand): void {
    if (!command.ifOpen) this.refuse(code, { ...this.asNamed(command), agent: command.agent });
  }

  private ringOf(command: OfferCommand): [ModelContact, ModelRing] | undefined {
    const contact = this.found(command);
    const ring = contact?.rings.find(({ offer }) => offer === command.offer);
    return contact && ring && [contact, ring];
  }

  /** The contact and the offer if that is open and the agent's; refuses otherwise, unless the command asks for silence. */
  private openOffer(command: OfferCommand, onlyWithLegs: boolean): [ModelContact, ModelRing] | undefined {
    const open = this.ringOf(command);
    if (!open || (onlyWithLegs && !open[0].withLegs)) this.refuseOffer(layout.REFUSED_OFFER_NO_LONGER_OPEN, command);
    else if (open[1].agent.handle !== command.agent) this.refuseOffer(layout.REFUSED_OFFER_NOT_YOURS, command);
    else return open;
    return undefined;
  }

  private isServedBy(contact: ModelContact, agent: number): boolean {
    return contact.state === layout.CONTACT_CONNECTED && contact.agent?.handle === agent;
  }

  private isConnectedBy(command: OfferCommand): boolean {
    const contact = this.found(command);
    if (contact?.state !== layout.CONTACT_CONNECTED) return false;
    return contact.taken === command.offer && contact.agent?.handle === command.agent;
  }

  private accept(command: OfferAccept): void {
    if (this.isConnectedBy(command)) return;
    const [contact, ring] = this.openOffer(command, false) ?? [];
    if (!contact || !ring || contact.state === layout.CONTACT_CONNECTING) return;
    if (!contact.withLegs) return this.connect(contact, ring);
    const at = this.now + (command.connectMs ?? 0);
    this.withdrawOthers(contact, ring);
    this.taken.add(ring.agent);
    this.cancelTimer(contact);
    this.setTimer({ kind: 'offer', contact, ring }, at);
    contact.state = layout.CONTACT_CONNECTING;
    this.tell(layout.EFFECT_ACCEPTED, 0, {
      ...this.namingRing(contact, ring),
      value: ring.offer,
      at,
      since: contact.arrived,
    });
  }

  private connect(contact: ModelContact, ring: ModelRing): void {
    const { agent, line } = ring;
    this.withdrawOthers(contact, ring);
    this.taken.add(agent);
    this.affected.add(agent);
    this.cancelTimer(contact);
    Object.assign(contact, { state: layout.CONTACT_CONNECTED, agent, line, taken: ring.offer, rings: [] });
    contact.connectedAt = this.now;
    contact.leaves = undefined;
    this.asksForNobody(contact);
    this.forgetKnown(contact);
    agent.misses = 0;
    this.noteIdle(agent, layout.IDLE_CONNECTED);
    const counts = this.counts.get(contact.profile.queue);
    if (counts?.has(agent) && !contact.dialled) counts.set(agent, counts.get(agent)! + 1);
    contact.dialled = false;
    this.tell(layout.EFFECT_CONNECTED, 0, {
      ...this.naming(contact),
      value: ring.offer,
      since: contact.arrived,
      extra: this.now - contact.arrived,
    });
    this.setLine(agent, line, layout.LINE_CONNECTED, contact);
  }

  private reject(command: OfferCommand & { readonly withoutRest?: boolean }): void {
    const open = this.openOffer(command, false);
    const restMs = open && !command.withoutRest ? this.queueOf(open[0]).afterRejectMs : 0;
    if (open) this.offerFails(...open, layout.WITHDRAWN_REJECTED, restMs);
  }

  private rang(command: OfferCommand): void {
    const open = this.openOffer(command, true);
    if (open) open[1].rang = true;
  }

  private joined(command: OfferCommand): void {
    if (this.found(command)?.withLegs && this.isConnectedBy(command)) return;
    const open = this.openOffer(command, true);
    if (open?.[0].state === layout.CONTACT_CONNECTING) this.connect(...open);
    else if (open) this.refuseOffer(layout.REFUSED_OFFER_NO_LONGER_OPEN, command);
  }

  private failed(command: OfferFailed): void {
    const open = this.openOffer(command, true);
    if (open) this.offerFails(...open, command.code, command.restMs);
  }

  private dueOf(contact: ModelContact, ring: ModelRing | undefined): number {
    return this.timers.find((timer) => timer.contact === contact && timer.ring === ring)?.due ?? 0;
  }

  private withheldRecord(contact: ModelContact, cause: number): Effect {
    const [code, about] = this.withheldAbout(contact);
    return this.record(layout.EFFECT_WITHHELD, code, cause, about);
  }

  // ── The whole state ───────────────────────────────────────────────────────────────────────────────────────────
  /** What describe() must say, in its order: by handle within each kind. */
  describe(): Effect[] {
    const cause = layout.CAUSE_DESCRIBE;
    const agents = [...this.agents.values()].sort((one, other) => one.handle - other.handle);
    const lines = agents.flatMap((agent) => agent.seat.map((line) => ({ agent, line })));
    lines.sort((one, other) => one.line.line - other.line.line);
    const contacts = [...this.contacts.values()].sort((one, other) => one.slot - other.slot);
    const profiles = [...this.profiles.values()].sort((one, other) => one.profile - other.profile);
    return [
      ...agents.map((agent) => this.record(layout.EFFECT_AGENT_STATE, agent.told.state, cause, this.stateAbout(agent))),
      ...lines.map(({ agent, line }) =>
        this.record(layout.EFFECT_LINE_STATE, line.state, cause, this.lineAbout(agent, line)),
      ),
      ...contacts.flatMap((contact) => [
        this.record(layout.EFFECT_CONTACT_STATE, contact.state, cause, {
          ...this.naming(contact),
          value: contact.profile.profile,
          value2: contact.rings[0]?.offer ?? (contact.taken || contact.offer),
          value3: contact.priority,
          at: contact.awaits ? 0 : this.dueOf(contact, contact.rings[0]),
          since: contact.arrived,
          extra: contact.connectedAt,
        }),
        ...(contact.leaves
          ? [this.record(layout.EFFECT_LEAVES, contact.leaves.why, cause, this.leavesAbout(contact))]
          : []),
        ...(contact.awaits ? [this.record(layout.EFFECT_WAITING_FOR, 0, cause, this.awaitsAbout(contact))] : []),
        ...(contact.withheld ? [this.withheldRecord(contact, cause)] : []),
        ...contact.rings.slice(1).map((ring) => {
          const about = { ...this.namingRing(contact, ring), value: ring.offer, since: contact.arrived };
          return this.record(layout.EFFECT_RINGS, 0, cause, { ...about, at: this.dueOf(contact, ring) });
        }),
      ]),
      ...profiles.map((profile) =>
        this.record(layout.EFFECT_PROFILE_STATE, 0, cause, {
          value: profile.profile,
          queue: profile.queue,
          value2: profile.channel,
          value3: [...this.contacts.values()].reduce(
            (users, contact) => users + Number(contact.profile === profile) + Number(contact.leaves?.to === profile),
            0,
          ),
        }),
      ),
    ];
  }
}

function countsUsual({ idleRestarts = layout.IDLE_USUAL }: QueueSet): boolean {
  return idleRestarts === layout.IDLE_USUAL;
}

function weighs(set: QueueSet, term: number): boolean {
  return set.select === layout.SELECT_SCORE && (set.scoreWeights?.[term] ?? 0) !== 0;
}
