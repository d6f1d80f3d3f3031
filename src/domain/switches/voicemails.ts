// Messages that customers leave where an exit says so (docs/voicemail.md).
//
//   the contact ends as `voicemail` · a new one is not let in ──▶ recording: leg.record ── leg.recorded ──▶ left ─▶ a contact of its own
//                                                                     │ the leg is gone             ▲
//                                                                     └──▶ late: for a while ───────┘
//
// The contact is over before its customer is asked for anything, so no agent, no place and no time limit hangs on what the customer
// does. The customer's leg stays in the book of all legs, without a contact, until the message is there. Where the recording is comes
// from the switch, also a while after the leg is gone; then the message is a contact that is tried until its queue takes it. Each has
// one timer of the core, which looks at it as it then is.

import * as layout from '../../../assembly/layout.ts';
import type { Effect } from '../../engine/effects.ts';
import type { Role } from '../../engine/egress.ts';
import { legRequestMs, messageAgainMs, messageLateMs, promptMsMax, voicemailsPerTenantMax } from '../../limits.ts';
import type { Params } from '../../protocol/methods.ts';
import { isRefusal, type Refusal, refuse } from '../../protocol/refusals.ts';
import { messageChannel, voicemailDefaults } from '../../protocol/voicemails.ts';
import type {
  Admission,
  Admitted,
  ContactDraft,
  Instead,
  LeavingUnserved,
  Reaction,
  RoutingView,
  Row,
  TableReader,
  TableWriter,
} from '../module.ts';
import { everyRow } from '../rows.ts';
import { KEPT_OUT, type Leg, type LegBook } from './leg-book.ts';
import type { LegRequests } from './leg-requests.ts';
import type { Legs } from './legs.ts';
import type { SwitchBook } from './switch-book.ts';
import { voicemailsTable } from './tables.ts';

export type MessageCount = 'asked' | 'left';
export type CountMessage = (queueId: string, what: MessageCount, admission: Admission | undefined) => void;

interface Voicemail {
  readonly number: number;
  readonly legId: string;
  readonly switchId: string;
  /** The contact that is over, or was not let in: then it is refused the same whenever it is asked for. */
  readonly contactId: string;
  readonly refusal?: Refusal;
  /** Of the contact, whose names may be none of those that the message has. */
  readonly customer?: number;
  readonly queueId: string;
  /** The queue that the message goes to, and the contact that it is there. */
  readonly to: string;
  readonly messageId: string;
  readonly owner: { readonly role: Role; readonly sub: string };
  readonly wants: Readonly<Record<string, unknown>>;
  readonly state: 'recording' | 'late' | 'left';
  readonly dueAt: number;
  readonly recording?: string;
  readonly recordedMs?: number;
  readonly leftAt?: number;
}

/** What the message says of its customer, and asks for. */
const wanted = ['from', 'to', 'identity', 'requires', 'prefers', 'priority', 'attributes'];

export class Voicemails {
  readonly #routing: RoutingView;
  readonly #book: LegBook;
  readonly #requests: LegRequests;
  readonly #switches: SwitchBook;
  readonly #legs: Legs;
  readonly #count: CountMessage;
  #byNumber = new Map<number, Voicemail>();
  #byLeg = new Map<string, Voicemail>();
  #next = 1;
  /** What admission cannot do, to be done as the tick settles. */
  #afterwards: ((reaction: Reaction) => void)[] = [];

  constructor(parts: {
    readonly routing: RoutingView;
    readonly book: LegBook;
    readonly requests: LegRequests;
    readonly switches: SwitchBook;
    readonly legs: Legs;
    readonly count: CountMessage;
  }) {
    this.#routing = parts.routing;
    this.#book = parts.book;
    this.#requests = parts.requests;
    this.#switches = parts.switches;
    this.#legs = parts.legs;
    this.#count = parts.count;
  }

  load(tables: TableReader): void {
    this.#byNumber = new Map();
    this.#byLeg = new Map();
    this.#next = 1;
    this.#afterwards = [];
    for (const { row } of everyRow(tables, voicemailsTable)) this.#know(row as unknown as Voicemail);
  }

  // ── Where an exit says so ─────────────────────────────────────────────────────────────────────────────────────
  toBe({ contactId, queueId, owner, params, live }: LeavingUnserved): Instead | undefined {
    if (this.#byNumber.size >= voicemailsPerTenantMax) return undefined;
    if (live !== undefined) {
      if (!isThere(this.#legs.customerOf(live))) return undefined;
      return {
        told: {},
        begin: ({ core }) => core.contactLeave(live, live.queue, undefined, layout.MOVED_VOICEMAIL),
        beginLater: () => {},
      };
    }
    const legId = params.legId as string | undefined;
    if (legId === undefined || this.#switches.find(owner.sub)?.connected !== true) return undefined;
    const begin = (refusal: Refusal) => {
      this.#afterwards.push((reaction) => {
        // Asked for twice in one tick, it is one call.
        if (this.#book.find(legId) !== undefined) return;
        const at = { switchId: owner.sub, contactId, slot: KEPT_OUT, contactNumber: 0 };
        const leg = this.#book.make({ legId, ...at, state: 'answered', knownAt: reaction.now }, reaction.tables);
        this.#begin(leg, { queueId, owner, params, refusal }, reaction);
      });
    };
    return {
      told: { voicemail: true },
      begin: (admission, refusal) => {
        this.#count(queueId, 'asked', admission);
        begin(refusal as Refusal);
      },
      beginLater: (refusal) => {
        this.#count(queueId, 'asked', undefined);
        begin(refusal);
      },
    };
  }

  /** A contact that was not let in is asked for again: its switch has not heard so. */
  refusedBefore({ contactId, params }: ContactDraft, switchId: string | undefined): Refusal | undefined {
    const one = this.#byLeg.get(params.legId as string);
    // Nobody is asked any more whose leg was lost: such a call is a new one.
    if (one?.refusal === undefined || one.state === 'late' || one.contactId !== contactId || one.switchId !== switchId)
      return undefined;
    return { ...one.refusal, data: { ...one.refusal.data, voicemail: true } };
  }

  /** The router has lost sight of a leg whose customer was asked for a message. */
  hasLost(legId: string): boolean {
    return this.#byLeg.get(legId)?.state === 'late';
  }

  /** To be called behind whatever lets its other legs go. */
  ended({ contact: slot, number, code }: Effect, reaction: Reaction): void {
    if (code !== layout.ENDED_VOICEMAIL) return;
    const contact = this.#routing.contactByHandle(slot, number);
    const leg = contact && this.#legs.customerOf(contact);
    // Its customer has hung up in the same moment.
    if (contact === undefined || leg === undefined || !isThere(leg)) return;
    const { queueId, owner, created, wishes, customerNumber: customer } = contact;
    this.#count(queueId, 'asked', undefined);
    this.#begin(leg, { queueId, owner, params: { ...created, ...wishes }, customer }, reaction);
  }

  #begin(
    leg: Leg,
    of: Pick<LeavingUnserved, 'queueId' | 'params'> & {
      readonly owner: LeavingUnserved['owner'];
      readonly refusal?: Refusal;
      readonly customer?: number | undefined;
    },
    reaction: Reaction,
  ): void {
    const { queueId, params, refusal, owner, customer } = of;
    const { legId, switchId, contactId } = leg;
    const { now, tick } = reaction;
    const policy = this.#routing.queueNow(queueId, now)?.policy.voicemail;
    const { recordMs, prompt, queueId: to = queueId } = { ...voicemailDefaults, ...policy };
    const number = this.#next;
    const one: Voicemail = {
      number,
      legId,
      switchId,
      contactId,
      ...(refusal !== undefined && { refusal }),
      ...(customer !== undefined && { customer }),
      queueId,
      to,
      // Numbers are given again when rows are gone; together with the tick it is this message for ever.
      messageId: `voicemail:${tick}.${number}`,
      owner: { role: owner.role as Role, sub: owner.sub },
      wants: Object.fromEntries(
        wanted.filter((name) => params[name] !== undefined).map((name) => [name, params[name]]),
      ),
      state: 'recording',
      // A switch that says nothing by then never will.
      dueAt: now + promptMsMax + recordMs + legRequestMs,
    };
    this.#put(one, reaction);
    const asked = { contactId, legId, ...(prompt !== undefined && { prompt }), recordMs };
    this.#requests.ask(leg, 'leg.record', asked, reaction);
    this.#legs.asked(reaction);
  }

  // ── What the switch says ──────────────────────────────────────────────────────────────────────────────────────
  /** It has begun, or will not, or has said nothing. */
  answered({ legId }: Leg, isDone: boolean, reaction: Reaction): void {
    const one = this.#byLeg.get(legId);
    if (one?.state === 'recording' && !isDone) this.#over(one, reaction);
  }

  recorded({ legId, recording, recordedMs }: Params<'leg.recorded'>, { caller }: Admission): Admitted {
    const one = this.#byLeg.get(legId);
    if (one === undefined || one.switchId !== caller?.sub) return refuse('leg_not_found', { legId });
    return {
      pending: (reaction) => {
        const now = this.#byNumber.get(one.number);
        // Over in this very tick: what is said now is not kept.
        if (now?.legId !== legId) return refuse('leg_not_found', { legId });
        if (now.state !== 'left') this.#isLeft(now, { recording, recordedMs }, reaction);
        const leg = this.#book.find(legId);
        return { result: { legId, state: leg?.state ?? 'ended', contactId: one.contactId } };
      },
    };
  }

  #isLeft(
    one: Voicemail,
    { recording, recordedMs = 0 }: { readonly recording: string | undefined; readonly recordedMs: number | undefined },
    reaction: Reaction,
  ): void {
    if (recording === undefined) return this.#over(one, reaction);
    this.#letGo(one, reaction);
    const { now } = reaction;
    this.#put({ ...one, state: 'left', dueAt: now, recording, recordedMs, leftAt: now }, reaction);
  }

  /** Its leg is gone at the switch: where the message is may be said still. Without a reaction: while a tick is being closed. */
  customerGone(legId: string, reaction?: Reaction): void {
    if (this.#byLeg.get(legId)?.state !== 'recording') return;
    const gone = (now: Reaction) => {
      const one = this.#byLeg.get(legId);
      if (one?.state === 'recording') this.#isLate(one, now);
      // Gone in the tick in which its contact was not let in, it has been made anew since to be asked for a message.
      const leg = this.#book.find(legId);
      if (leg?.slot !== KEPT_OUT) return;
      this.#requests.settleOf(leg, now.tables);
      this.#book.forget(leg, now.tables);
    };
    if (reaction === undefined) this.#afterwards.push(gone);
    else gone(reaction);
  }

  /** It is not back in time: nobody is talking there any more. */
  switchLost(switchId: string, { tables }: Pick<Admission, 'tables'>): void {
    for (const one of this.#byNumber.values()) {
      if (one.switchId !== switchId || one.state !== 'recording') continue;
      const leg = this.#book.find(one.legId);
      if (leg !== undefined) this.#book.forget(leg, tables);
      this.customerGone(one.legId);
    }
  }

  settle(reaction: Reaction): void {
    for (const run of this.#afterwards.splice(0)) run(reaction);
  }

  // ── Its time ──────────────────────────────────────────────────────────────────────────────────────────────────
  timeOver(number: number, reaction: Reaction): void {
    const one = this.#byNumber.get(number);
    if (one === undefined) return;
    if (reaction.now < one.dueAt) return this.#setTimer(one, reaction);
    if (one.state === 'late') return this.#forget(one, reaction.tables);
    if (one.state === 'left') return reaction.followUp('bringMessage', { number });
    this.#letGo(one, reaction);
    this.#isLate(one, reaction);
  }

  /** As a follow-up: the message is a contact, or is tried again. `setTimer`: by its number. */
  bring(number: number, admission: Admission, setTimer: (number: number, dueAt: number) => void): void {
    const one = this.#byNumber.get(number);
    if (one?.state !== 'left') return;
    const { messageId, to, owner, wants, contactId: fromContactId, queueId, recording, recordedMs, leftAt } = one;
    const { now, tables, onUndo } = admission;
    setTimer(number, now + messageAgainMs);
    const brought = this.#routing.bringContact(
      {
        params: { ...wants, contactId: messageId, queueId: to, channel: messageChannel },
        owner,
        place: undefined,
        extra: { voicemail: { fromContactId, queueId, recording, recordedMs, leftAt } },
      },
      admission,
    );
    // Blocked since: whoever is not to be heard is not. Anything else may change: the queue, its channels, how many live.
    if (isRefusal(brought) && brought.refusal !== 'caller_blocked') return;
    if (!isRefusal(brought)) this.#count(queueId, 'left', admission);
    this.#forget(one, tables);
    onUndo(() => {
      this.#know(one);
      this.#afterwards.push((reaction) => this.#put({ ...one, dueAt: reaction.now + messageAgainMs }, reaction));
    });
  }

  #isLate(one: Voicemail, reaction: Reaction): void {
    this.#put({ ...one, state: 'late', dueAt: reaction.now + messageLateMs }, reaction);
  }

  /** Nothing was said. */
  #over(one: Voicemail, reaction: Reaction): void {
    this.#letGo(one, reaction);
    this.#forget(one, reaction.tables);
  }

  #letGo({ legId }: Voicemail, reaction: Reaction): void {
    const leg = this.#book.find(legId);
    if (leg !== undefined) this.#legs.release(leg, 'contactEnded', reaction);
  }

  // ── Rows ──────────────────────────────────────────────────────────────────────────────────────────────────────
  #put(one: Voicemail, reaction: Reaction): void {
    this.#know(one);
    reaction.tables.put(voicemailsTable, one.number, one as unknown as Row);
    if (one.state === 'left' && one.dueAt <= reaction.now) reaction.followUp('bringMessage', { number: one.number });
    else this.#setTimer(one, reaction);
  }

  #setTimer({ number, dueAt }: Voicemail, reaction: Reaction): void {
    reaction.followUp('setMessageTimer', { number, dueAt });
  }

  #know(one: Voicemail): void {
    this.#byNumber.set(one.number, one);
    this.#byLeg.set(one.legId, one);
    this.#next = Math.max(this.#next, one.number + 1);
  }

  #forget(one: Voicemail, tables: TableWriter): void {
    this.#byNumber.delete(one.number);
    if (this.#byLeg.get(one.legId)?.number === one.number) this.#byLeg.delete(one.legId);
    tables.remove(voicemailsTable, one.number);
  }
}

/** Somebody is on the line who can be asked for something. */
function isThere(leg: Leg | undefined): boolean {
  return leg?.state === 'answered' && !leg.releasing;
}
