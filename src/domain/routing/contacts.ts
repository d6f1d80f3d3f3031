// Contacts: one object each while it lives, a number and a row once it is over.
//
//   admitted ─ first effect ─▶ row written ─ …states only in memory and in the core… ─ ENDED ─▶ row written again
//     └ refused: forgotten                                          RELEASED ─▶ slot free, object forgotten, id kept
//
// Numbers grow by one and are never used twice; offers are named by them, so the counter survives the removal of the
// newest rows. What happens between the two rows is the core's to remember: load() puts row and description together.

import * as layout from '../../../assembly/layout.ts';
import type { ContactCommand } from '../../engine/command-encoder.ts';
import type { Effect } from '../../engine/effects.ts';
import type { Audience, Role } from '../../engine/egress.ts';
import { legConnectMs } from '../../limits.ts';
import { canonical } from '../../protocol/canonical.ts';
import type { LegCause } from '../../protocol/legs.ts';
import type { Params } from '../../protocol/methods.ts';
import type { QueueStep } from '../../protocol/queue-policy.ts';
import type { Refusal } from '../../protocol/refusals.ts';
import type { Admission, CallbackShown, CallFrom, CallToMake, ContactName, Row, Undecided } from '../module.ts';
import type { Agent } from './agents.ts';
import type { FlowWhy } from './flow-exits.ts';
import type { LiveOrder } from './live-order.ts';
import type { Profile } from './profiles.ts';
import type { Queue } from './queues.ts';

/** What is asked for, and the queue that the entry led to where it names none. */
export type ContactParams = Params<'contact.create'> & { readonly queueId: string };
/** What contact.update may change. */
export type Wishes = Pick<
  ContactParams,
  'requires' | 'prefers' | 'excludes' | 'priority' | 'waitCreditMs' | 'attributes'
>;

export type ContactState = 'waiting' | 'waitingFor' | 'ringing' | 'connecting' | 'connected' | 'wrapUp' | 'ended';

/** Whoever brought contacts, and which of them live. */
export interface Owner extends Audience {
  readonly live: LiveOrder;
}

export interface Ending {
  readonly why: string;
  readonly endedAt: number;
  readonly waitedMs: number;
  readonly servedMs: number;
  readonly agentId: string | undefined;
  readonly lineId: string | undefined;
  readonly connectedAt: number | undefined;
  /** Where it was then, if that is not the queue that it came for. */
  readonly queueId?: string;
  readonly disposition?: string;
  readonly notes?: string;
}

/** A queue that a contact was in before: handle and id, since handles are given to others. */
export interface Visit {
  readonly queue: number;
  readonly queueId: string;
  readonly leftAt: number;
  readonly why: string;
  /** The id of the queue that came next. */
  readonly to: string;
}

/** An offer that is open. */
export interface Ring {
  readonly offer: number;
  readonly agent: Agent;
  readonly line: number;
  untilMs: number;
  /** Given with the reject that is on its way. */
  rejectReason: string | undefined;
}

/** A step that a queue has taken for it. */
export interface StepTaken {
  readonly queueId: string;
  readonly at: number;
  readonly step: QueueStep;
}

/** What an agent had of a contact that has gone on since. */
export interface ServedPart {
  /** The number of the part in which the agent wraps up after it. */
  readonly part: number;
  readonly agentId: string;
  readonly lineId: string;
  readonly queueId: string;
  readonly connectedAt: number;
  readonly endedAt: number;
  readonly why: string;
  /** Once the wrap-up is over. */
  readonly wrapUpMs?: number;
  readonly disposition?: string;
  readonly notes?: string;
}

/** It was sent to a queue, and goes back where it came from when nobody there takes it in time. */
export interface SentAway {
  readonly queueId: string;
  readonly agentId: string;
  readonly waitMs: number;
}

/** Who handed it over to whoever serves it, and has it back, for so long, where the switch does not join it with that one. */
export interface HandedOver {
  readonly agentId: string;
  readonly backMs: number;
}

/** It is no customer's: an agent who serves a contact asks somebody about it. */
export interface Consultation {
  /** The number and the id of the contact that it is about. */
  readonly of: number;
  readonly contactId: string;
  /** Who asks. */
  readonly agentId: string;
  /** The queue that is asked; absent: one agent is, by name. */
  readonly queueId?: string;
}

/** One that is over, as the contact that it was about keeps it. */
export interface Consulted {
  readonly consultId: string;
  readonly agentId: string;
  /** Who took it. */
  readonly consultedAgentId?: string;
  readonly queueId?: string;
  /** Who was asked outside, and why that one was not to be had. */
  readonly number?: string;
  readonly cause?: LegCause;
  readonly askedAt: number;
  readonly connectedAt?: number;
  readonly endedAt: number;
  readonly why: string;
}

/** A flow has it, or is to have it once it rings no longer. */
export interface InFlow {
  readonly name: string;
  readonly why: FlowWhy;
  readonly since: number;
  readonly taken?: true;
}

/** It is put aside. */
export interface Parked {
  readonly agentId: string;
  readonly at: number;
  /** Absent: it stays until somebody resumes it. */
  readonly dueAt?: number;
  /** How long it waits for the agent when it is due. */
  readonly waitMs: number;
}

/**
 * A number outside at which it is rung, or with whom its customer is since it ended as `transferredOut`; of a consultation, the
 * number that is asked.
 */
export interface Outside {
  readonly number: string;
  readonly since: number;
  /** Of a consultation: since when the agent who asks has been with that one, and why it was not to be had, or left. */
  readonly connectedAt?: number;
  readonly cause?: LegCause;
  /** Who gets it, and is waited for so long, where the number is not to be had. */
  readonly backTo?: string;
  readonly backMs?: number;
}

/** Whom an agent calls who is no number outside. */
export type InsideTarget = Pick<Params<'contact.dial'>['to'], 'agentId' | 'queueId' | 'lineId'>;

/** An agent calls out, or a colleague. */
export interface Dialled {
  readonly agentId: string;
  readonly lineId: string;
  /** Absent: a colleague without one. */
  readonly number?: string;
  /** Absent: the number is outside. */
  readonly to?: InsideTarget;
  /** How long the number is rung; of a colleague, until that one is on the line or is not to be had. */
  readonly ringMs: number;
  /** How long a colleague, or the queue, is waited for. */
  readonly waitMs?: number;
  /** The colleague who has taken it, the last. */
  readonly calledAgentId?: string;
  /** A switch makes the call. */
  readonly withLegs: boolean;
  /** What was asked for, to know a repetition by. */
  readonly given: string;
  /** Why the number was not to be had. */
  readonly cause?: LegCause;
}

/** Its customer is to choose an agent. */
export interface Choosing {
  readonly untilMs: number;
}

/** Whoever brought it and does not have it any more, since its customer is at another device. */
export type Creator = Pick<Owner, 'role' | 'sub'>;

/** What its agent notes with the end of the wrap-up. */
export interface Said {
  readonly disposition: string | undefined;
  readonly notes: string | undefined;
}

export class Contact {
  /** Of its own, though it is in `created`: it is asked for at every step, long after anybody has looked at what it was created with. */
  readonly contactId: string;
  readonly number: number;
  readonly slot: number;
  /** Where it is now; it may have come by others. */
  queue: Queue;
  readonly channel: number;
  /** As created; what contact.update has changed since is in `wishes`. */
  readonly created: ContactParams;
  owner: Owner;
  /** Undefined: its owner. */
  creator: Creator | undefined;
  /** In the order in which they came. */
  names: readonly ContactName[];
  readonly arrivedAt: number;
  /** When it was created: later than its arrival where it has the place of an earlier one. */
  readonly joinedAt: number;
  readonly customer: { readonly customerId: string; readonly number: number } | undefined;
  extra: Readonly<Record<string, unknown>> | undefined;
  /** With all updates that were admitted: what views show, and what the next update of the same tick is merged with. */
  wishes: Wishes;
  /** With those that the core has taken: what the row keeps. Between ticks the two are one. */
  #settled: Wishes;
  /** Updates admitted in this tick and not settled yet. */
  #unsettled = 0;
  profile: Profile;
  /** As the core has it: with what its queue's steps add. */
  priority: number;
  /** The steps that were taken for it, in order, here and in queues before. */
  steps: readonly StepTaken[];
  /** Those of its queue that a command of this tick takes. */
  stepping: readonly QueueStep[] | undefined = undefined;
  /** Why it rings no longer at whom it rang last; not kept over a restart. */
  lastWithdrawn: string | undefined = undefined;
  /** In whose flow it waits; undefined while it does not wait. */
  waitsIn: Profile | undefined = undefined;
  state: ContactState = 'waiting';
  /** The core has confirmed it. */
  known = false;
  /** What creates it, until then. */
  creation: Undecided | undefined = undefined;
  /** Why the core refused to create it. */
  refusal: Refusal | undefined = undefined;
  /** Whom it is served by or waits for; of those at whom it rings, who was rung first. So the line, the offer and its end. */
  agent: Agent | undefined = undefined;
  line: number = layout.NONE;
  offer = 0;
  untilMs = 0;
  /** For whom it waits in the pool as well. */
  awaited: { readonly agent: Agent; readonly untilMs: number } | undefined = undefined;
  connectedAt = 0;
  /** Offers that are open, in the order in which they were made. */
  rings: readonly Ring[] = NOTHING;
  ending: Ending | undefined = undefined;
  /** It rings, and leaves its queue when that comes to nothing: for which profile, or for good. */
  leaves: { readonly profile: Profile | undefined; readonly why: number } | undefined = undefined;
  /** Agents who were rung for it in its queue and did not take it: counted while that has a limit of them. */
  inVain: number;
  /** It is not to be offered. */
  withheld = false;
  /** The queues that it has left for others, in order. */
  visits: readonly Visit[];
  /** Who served it before, in order. */
  parts: readonly ServedPart[];
  sent: SentAway | undefined;
  handedOver: HandedOver | undefined;
  /** It is a consultation. */
  readonly about: Consultation | undefined;
  /** The consultation about it that is open. */
  consult: Contact | undefined = undefined;
  /** Of a consultation: a command of this tick ends it, or hands over what it was about. */
  isClaimed = false;
  /** A command of this tick accepts an offer of it, or rejects one. */
  answering: 'accepts' | 'rejects' | undefined = undefined;
  /** Those that are over, in order. */
  consultations: readonly Consulted[];
  parked: Parked | undefined;
  /** When it was parked no longer: it waits anew from then on. */
  resumedAt: number;
  /** An agent is about to take it up again, by a command of this tick. */
  resumer: Agent | undefined = undefined;
  outside: Outside | undefined;
  dialled: Dialled | undefined;
  /** A colleague calls. */
  readonly calledBy: CallFrom | undefined;
  /** Of a call to a colleague: what that one has of it; and from there, what the caller has. */
  called: Contact | undefined = undefined;
  caller: Contact | undefined = undefined;
  choosing: Choosing | undefined;
  flow: InFlow | undefined;
  /** When a flow gave it back to the queue that it had left; 0: none did. */
  backAt: number;
  /** It was let in so that a flow has it where as many wait as may, until it has waited or rung. */
  overflows = false;
  /** The number of the contact of which this is what an agent has left to do: it is in wrap-up from its beginning. */
  readonly partOf: number | undefined;
  /** What ends of its wrap-up have noted that are on their way, in order. */
  said: readonly Said[] = NOTHING;

  constructor(from: ContactStart) {
    this.contactId = from.created.contactId;
    this.number = from.number;
    this.slot = from.slot;
    this.queue = from.queue;
    this.channel = from.channel;
    this.created = from.created;
    this.owner = from.owner;
    this.creator = from.creator;
    this.names = from.names ?? NO_NAMES;
    this.arrivedAt = from.arrivedAt;
    this.joinedAt = from.joinedAt ?? from.arrivedAt;
    this.customer = from.customer;
    this.extra = from.extra;
    this.wishes = from.wishes ?? from.created;
    this.#settled = this.wishes;
    this.profile = from.profile;
    this.visits = from.visits ?? NOTHING;
    this.parts = from.parts ?? NOTHING;
    this.sent = from.sent;
    this.handedOver = from.handedOver;
    this.parked = from.parked;
    this.resumedAt = from.resumedAt ?? 0;
    this.outside = from.outside;
    this.dialled = from.dialled;
    this.calledBy = from.calledBy;
    this.choosing = from.choosing;
    this.flow = from.flow;
    this.backAt = from.backAt ?? 0;
    this.partOf = from.partOf;
    this.about = from.about;
    this.consultations = from.consultations ?? NOTHING;
    this.steps = from.steps ?? NOTHING;
    this.inVain = from.inVain ?? 0;
    this.priority = from.priority ?? this.wishes.priority ?? 0;
  }

  /** What it asks for is not all that counts: groups of its queue, or further queues. */
  get isEased(): boolean {
    const { queues, groups } = this.profile.requirement;
    return (queues ?? groups) !== undefined;
  }

  /** The steps of its queue that hold for it. */
  get stepsHere(): readonly QueueStep[] {
    if (this.stepping !== undefined) return this.stepping;
    if (this.steps.length === 0) return NO_STEPS;
    return this.steps.filter(({ queueId }) => queueId === this.queue.queueId).map(({ step }) => step);
  }

  /** Since when it has been in its queue. */
  get enteredAt(): number {
    return Math.max(this.visits.at(-1)?.leftAt ?? this.joinedAt, this.waitsFrom, this.backAt);
  }

  /** Since when it has been waiting, or had been when it was connected: served or parked before, it waits anew. */
  get waitsFrom(): number {
    return Math.max(this.parts.at(-1)?.endedAt ?? this.arrivedAt, this.resumedAt);
  }

  /** An update of this tick is not settled yet. */
  get isBeingUpdated(): boolean {
    return this.#unsettled > 0;
  }

  get isWaiting(): boolean {
    return this.connectedAt === 0 && this.ending === undefined;
  }

  /** Its customer was with an agent, and it is not over. */
  get isLive(): boolean {
    return (this.connectedAt > 0 || this.parts.length > 0) && this.ending === undefined;
  }

  /** What it came as under this id of its own, or under another name. */
  cameAs(contactId: string): Pick<ContactName, 'created' | 'owner'> {
    if (contactId === this.contactId) return { created: this.created, owner: this.creator ?? this.owner };
    return this.names.find((name) => name.contactId === contactId) as ContactName;
  }

  /** How often its customer has changed the device. */
  get moves(): number {
    return this.names.filter(({ movedAt }) => movedAt !== undefined).length;
  }

  /** It is with the agent who has called out, or not yet: it is in no number of its queue. */
  get isOutbound(): boolean {
    return this.dialled !== undefined && this.parts.length === 0;
  }

  /** One side of a call between two agents. */
  get isInternal(): boolean {
    return this.calledBy !== undefined || this.dialled?.to !== undefined;
  }

  /** No customer of its queue is behind it, so it is in none of that queue's numbers, and no exit or step of it is taken. */
  get isOfNoQueue(): boolean {
    return this.about !== undefined || this.isOutbound || this.isInternal;
  }

  /** Its media are at a switch. */
  get hasLegs(): boolean {
    const { created, callback, dialled, calledBy } = this;
    return (
      created.legId !== undefined ||
      callback?.dials === 'switch' ||
      dialled?.withLegs === true ||
      calledBy?.withLegs === true
    );
  }

  /** Of a consultation: whoever is asked is with the agent who asks. */
  get isTaken(): boolean {
    return this.outside === undefined ? this.state === 'connected' : this.outside.connectedAt !== undefined;
  }

  /** Whoever is asked has accepted it, and the two are about to be joined. */
  get isBeingTaken(): boolean {
    return this.state === 'connecting' || this.answering === 'accepts';
  }

  /** Two of one tick must not both have it: what the core refuses takes back all that the second would have done. */
  claim({ onUndo }: Pick<Admission, 'onUndo'>): void {
    this.isClaimed = true;
    onUndo(() => {
      this.isClaimed = false;
    });
  }

  /** Until the tick has settled, or the core has refused it: then it is to be taken back. */
  says(said: Said): void {
    if (this.said.length > 0) this.said = [...this.said, said];
    else this.said = said === NOTHING_SAID ? ONE_WITHOUT_WORDS : [said];
  }

  saysNoMore(said: Said): void {
    const at = this.said.indexOf(said);
    if (at >= 0) this.said = this.said.length === 1 ? NOTHING : this.said.toSpliced(at, 1);
  }

  /** What it is where it was made for a callback. */
  get callback(): CallbackShown | undefined {
    return this.extra?.callback as CallbackShown | undefined;
  }

  /** Its customer is not on the line, and is called once an agent has taken it. */
  get awaitsCall(): boolean {
    return this.callback?.first === 'agent';
  }

  /** Its customer has left it and gone. */
  get isMessage(): boolean {
    return this.extra?.voicemail !== undefined;
  }

  /** No line of its queue counts for it: its customer is not there, or about to be with somebody else. */
  get staysWhateverIsDue(): boolean {
    return this.awaitsCall || this.isMessage || this.isOutbound || this.outside !== undefined;
  }

  /** Where a switch then rings. */
  get calls(): CallToMake | undefined {
    const { dialled } = this;
    if (dialled?.withLegs === true && this.isOutbound && this.connectedAt === 0)
      return { number: dialled.number, ringMs: dialled.ringMs, isInside: dialled.to !== undefined };
    return this.awaitsCall && this.callback?.dials === 'switch' ? this.callback : undefined;
  }

  /** From the acceptance of an offer until its legs have to be joined. */
  get connectMs(): number {
    const { calls } = this;
    return calls === undefined ? legConnectMs : calls.ringMs + 2 * legConnectMs;
  }

  offerId(offer: number): string {
    return `o${this.number}.${offer}`;
  }

  ringOf(offer: number): Ring | undefined {
    return this.rings.find((ring) => ring.offer === offer);
  }

  ringAt(agent: Agent | undefined): Ring | undefined {
    return this.rings.find((ring) => ring.agent === agent);
  }

  /** It rings there, or anew; what it is doing otherwise is the caller's. */
  rang(ring: Ring): void {
    const [first] = this.rings;
    // Nearly always there is one, which is new, or accepted.
    if (first === undefined || (this.rings.length === 1 && first.offer === ring.offer)) this.rings = [ring];
    else
      this.rings = [...this.rings.filter(({ offer }) => offer !== ring.offer), ring].sort((a, b) => a.offer - b.offer);
    this.#showFirst();
  }

  /** It rings nowhere; who has it, and at which line, is as it was. */
  ringsNoMore(): void {
    this.rings = NOTHING;
  }

  ringOver(offer: number): void {
    this.rings = this.rings.filter((ring) => ring.offer !== offer);
    this.#showFirst();
  }

  #showFirst(): void {
    const [first] = this.rings;
    this.agent = first?.agent;
    this.line = first?.line ?? layout.NONE;
    this.untilMs = first?.untilMs ?? 0;
    if (first !== undefined) this.offer = first.offer;
  }

  /** As the row keeps it; undefined as long as they are those of the creation. */
  get settledWishes(): Wishes | undefined {
    return this.#settled === this.created ? undefined : this.#settled;
  }

  /**
   * An update was admitted. Returns what is to be called, once, when it is known whether it took effect: an end of the
   * same tick may have come before it, and the core then refuses it after others have written the row.
   */
  wish(given: Wishes): (tookEffect: boolean) => void {
    this.wishes = mergeWishes(this.wishes, given);
    this.#unsettled += 1;
    return (tookEffect) => {
      if (tookEffect) this.#settled = mergeWishes(this.#settled, given);
      this.#unsettled -= 1;
      if (this.#unsettled === 0) this.wishes = this.#settled;
    };
  }

  waitedMs(now: number): number {
    if (this.ending !== undefined) return this.ending.waitedMs;
    if (this.parked !== undefined) return 0;
    return (this.connectedAt > 0 ? this.connectedAt : now) - this.waitsFrom;
  }
}

/** Of the end of a wrap-up without words, as most are. */
export const NOTHING_SAID: Said = { disposition: undefined, notes: undefined };
const ONE_WITHOUT_WORDS: readonly Said[] = [NOTHING_SAID];
const NO_STEPS: readonly QueueStep[] = [];
const NO_NAMES: readonly ContactName[] = [];
/** Whatever befalls a contact is a list anew, and most contacts have none. */
const NOTHING: readonly never[] = [];

export interface ContactStart {
  readonly number: number;
  readonly slot: number;
  readonly queue: Queue;
  readonly channel: number;
  readonly created: ContactParams;
  readonly owner: Owner;
  readonly arrivedAt: number;
  readonly joinedAt?: number | undefined;
  readonly customer: { readonly customerId: string; readonly number: number } | undefined;
  readonly extra: Readonly<Record<string, unknown>> | undefined;
  readonly profile: Profile;
  readonly wishes?: Wishes;
  readonly visits?: readonly Visit[] | undefined;
  readonly steps?: readonly StepTaken[] | undefined;
  readonly inVain?: number | undefined;
  readonly priority?: number;
  readonly parts?: readonly ServedPart[] | undefined;
  readonly sent?: SentAway | undefined;
  readonly handedOver?: HandedOver | undefined;
  readonly parked?: Parked | undefined;
  readonly resumedAt?: number | undefined;
  readonly outside?: Outside | undefined;
  readonly dialled?: Dialled | undefined;
  readonly calledBy?: CallFrom | undefined;
  readonly choosing?: Choosing | undefined;
  readonly flow?: InFlow | undefined;
  readonly backAt?: number | undefined;
  readonly partOf?: number | undefined;
  readonly about?: Consultation | undefined;
  readonly consultations?: readonly Consulted[] | undefined;
  readonly creator?: Creator | undefined;
  readonly names?: readonly ContactName[] | undefined;
}

const LETTER_O = 0x6f;
const ZERO = 0x30;

/** From there to there, without leading zeros; 0: there is none, or it has too many digits. */
function wholeNumberIn(text: string, from: number, to: number, digitsMax: number): number {
  if (to - from > digitsMax || text.charCodeAt(from) === ZERO) return 0;
  let value = 0;
  for (let at = from; at < to; at++) {
    const digit = text.charCodeAt(at) - ZERO;
    if (digit < 0 || digit > 9) return 0;
    value = value * 10 + digit;
  }
  return value;
}

export function parseOfferId(offerId: string): { readonly number: number; readonly offer: number } | undefined {
  const dot = offerId.indexOf('.');
  if (offerId.charCodeAt(0) !== LETTER_O) return undefined;
  const number = wholeNumberIn(offerId, 1, dot, 15);
  const offer = wholeNumberIn(offerId, dot + 1, offerId.length, 9);
  return number === 0 || offer === 0 ? undefined : { number, offer };
}

/** What is given takes the place of what was there, member by member. */
export function mergeWishes(before: Wishes, given: Wishes): Wishes {
  const merged: Record<string, unknown> = {};
  for (const name of ['requires', 'prefers', 'excludes', 'priority', 'waitCreditMs', 'attributes'] as const) {
    const value = given[name] ?? before[name];
    if (value !== undefined) merged[name] = value;
  }
  return merged;
}

/** What of it the core orders and matches by. */
export function wishesCommand(
  of: { readonly slot: number; readonly number: number },
  profile: Profile,
  wishes: Wishes,
): ContactCommand {
  return {
    slot: of.slot,
    number: of.number,
    profile: profile.number,
    priority: wishes.priority ?? 0,
    creditMs: wishes.waitCreditMs ?? 0,
  };
}

/** Two requests to create a contact ask for the same when these texts are equal. */
export function creatingContent(
  created: Params<'contact.create'>,
  owner: { readonly role: Role; readonly sub: string },
): string {
  const { priority = 0, waitCreditMs = 0, queueId, ...rest } = created;
  // Where an entry leads may be another queue by now.
  const queue = created.entry === undefined ? { queueId } : {};
  return canonical({ ...rest, ...queue, priority, waitCreditMs, owner: { role: owner.role, sub: owner.sub } });
}

/** What the tables keep. Times and states of a live contact are not in it: the core has them. */
export interface ContactRow {
  readonly number: number;
  readonly slot: number;
  readonly queue: number;
  readonly owner: { readonly role: Role; readonly sub: string };
  readonly arrivedAt: number;
  /** Where it has the place of one that came before it. */
  readonly joinedAt?: number;
  readonly created: ContactParams;
  readonly wishes?: Wishes;
  readonly customer?: { readonly customerId: string; readonly number: number };
  readonly extra?: Readonly<Record<string, unknown>>;
  readonly visits?: readonly Visit[];
  readonly steps?: readonly StepTaken[];
  readonly inVain?: number;
  readonly parts?: readonly ServedPart[];
  readonly sent?: SentAway;
  readonly handedOver?: HandedOver;
  readonly parked?: Parked;
  readonly resumedAt?: number;
  readonly outside?: Outside;
  readonly dialled?: Dialled;
  readonly calledBy?: CallFrom;
  readonly choosing?: Choosing;
  readonly flow?: InFlow;
  readonly backAt?: number;
  /** It is a part; it is removed when the agent has wrapped up. */
  readonly partOf?: number;
  readonly about?: Consultation;
  readonly consultations?: readonly Consulted[];
  readonly creator?: Creator;
  readonly names?: readonly ContactName[];
  readonly ending?: Ending;
}

export function rowOf(contact: Contact): Row {
  const { owner } = contact;
  const row: Record<string, unknown> = {
    number: contact.number,
    slot: contact.slot,
    queue: contact.queue.handle,
    owner: { role: owner.role, sub: owner.sub },
    arrivedAt: contact.arrivedAt,
    created: contact.created,
  };
  if (contact.settledWishes !== undefined) row.wishes = contact.settledWishes;
  if (contact.customer !== undefined) row.customer = contact.customer;
  if (contact.extra !== undefined) row.extra = contact.extra;
  if (contact.joinedAt !== contact.arrivedAt) row.joinedAt = contact.joinedAt;
  if (contact.visits.length > 0) row.visits = contact.visits;
  if (contact.steps.length > 0) row.steps = contact.steps;
  if (contact.inVain > 0) row.inVain = contact.inVain;
  if (contact.parts.length > 0) row.parts = contact.parts;
  if (contact.sent !== undefined) row.sent = contact.sent;
  if (contact.handedOver !== undefined && contact.ending === undefined) row.handedOver = contact.handedOver;
  if (contact.parked !== undefined && contact.ending === undefined) row.parked = contact.parked;
  if (contact.resumedAt > 0) row.resumedAt = contact.resumedAt;
  if (contact.outside !== undefined) row.outside = contact.outside;
  if (contact.dialled !== undefined) row.dialled = contact.dialled;
  if (contact.calledBy !== undefined) row.calledBy = contact.calledBy;
  if (contact.choosing !== undefined && contact.ending === undefined) row.choosing = contact.choosing;
  if (contact.flow !== undefined && contact.ending === undefined) row.flow = contact.flow;
  if (contact.backAt > 0) row.backAt = contact.backAt;
  if (contact.partOf !== undefined) row.partOf = contact.partOf;
  if (contact.about !== undefined) row.about = contact.about;
  if (contact.creator !== undefined) row.creator = contact.creator;
  if (contact.names.length > 0) row.names = contact.names;
  if (contact.consultations.length > 0) row.consultations = contact.consultations;
  if (contact.ending !== undefined) row.ending = contact.ending;
  return row;
}

/** What others may see of one that the core has just released: as its row has it, with what its agent noted. */
export type ReleasedContact = Readonly<
  Pick<
    Contact,
    | 'number'
    | 'slot'
    | 'created'
    | 'owner'
    | 'creator'
    | 'names'
    | 'customer'
    | 'arrivedAt'
    | 'joinedAt'
    | 'visits'
    | 'parts'
    | 'consultations'
    | 'outside'
    | 'dialled'
    | 'calledBy'
    | 'about'
    | 'extra'
    | 'ending'
    | 'said'
  >
>;

/** By a CONTACT_STATE effect: what the row does not say. */
export function restoreState(contact: Contact, effect: Effect, agentAt: (handle: number) => Agent): void {
  contact.known = true;
  contact.state = describedStates[effect.code] ?? fail(effect.code);
  contact.line = effect.line;
  contact.offer = effect.value2;
  contact.untilMs = effect.at;
  contact.connectedAt = effect.extra;
  contact.priority = effect.value3;
  if (effect.agent === layout.NONE) return;
  const agent = agentAt(effect.agent);
  contact.agent = agent;
  if (contact.state === 'waitingFor') agent.waitedForBy.add(contact);
  else agent.contacts.push(contact);
  if (contact.state !== 'ringing' && contact.state !== 'connecting') return;
  contact.rang({ offer: effect.value2, agent, line: effect.line, untilMs: effect.at, rejectReason: undefined });
}

/** By a WAITING_FOR effect: for whom it waits in the pool as well. */
export function restoreAwaited(contact: Contact, { at }: Effect, agent: Agent): void {
  contact.awaited = { agent, untilMs: at };
  agent.waitedForBy.add(contact);
}

/** By a RINGS effect: where it rings as well. */
export function restoreRing(contact: Contact, { line, value, at }: Effect, agent: Agent): void {
  agent.contacts.push(contact);
  contact.rang({ offer: value, agent, line, untilMs: at, rejectReason: undefined });
}

const describedStates: Readonly<Record<number, ContactState>> = {
  [layout.CONTACT_WAITING]: 'waiting',
  [layout.CONTACT_WAITING_FOR]: 'waitingFor',
  [layout.CONTACT_RINGING]: 'ringing',
  [layout.CONTACT_CONNECTING]: 'connecting',
  [layout.CONTACT_CONNECTED]: 'connected',
  [layout.CONTACT_WRAP_UP]: 'wrapUp',
};

function fail(code: number): never {
  throw new Error(`the core described a contact in state ${code}`);
}
