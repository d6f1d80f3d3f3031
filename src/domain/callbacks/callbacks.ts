// Callbacks (docs/callbacks.md): customers who are called back instead of waiting, or at an appointed time. Which file does what:
//
//   tables, callback-book   memory and rows
//   callback-requests       callback.request, get, list and cancel
//   callbacks               what goes on by itself: by timers, by what becomes of contacts, by what a switch says
//
//   leaving ─ its contact ends ─▶ waiting ─ its time, its turn ─▶ queued (agent first) ──▶ connected: reached
//                                    ▲                        └─▶ calling (customer first) ─ answered ─▶ a contact: reached
//                                    └── after spacingMs ◀── rung in vain, until `attempts` are used up: unreachable
//
// The place among those who wait is that of the contact that it came from, whatever happens: its contacts are made with it.
// Everything that goes on is driven by one timer of the core for each callback, by effects and by reports; each looks at the callback as
// it then is, so what comes late finds nothing to do.

import * as layout from '../../../assembly/layout.ts';
import type { Effect } from '../../engine/effects.ts';
import { callbackAgainMs, callbackAheadMax, callbackTurnEveryMs } from '../../limits.ts';
import { type CallbackEnd, callbackDefaults } from '../../protocol/callbacks.ts';
import type { EventName } from '../../protocol/events.ts';
import type { LegCause } from '../../protocol/legs.ts';
import type { CallbackPolicy } from '../../protocol/queue-policy.ts';
import { isRefusal, type Refusal } from '../../protocol/refusals.ts';
import { lookingThrough } from '../looking-through.ts';
import type {
  Admission,
  CallbackShown,
  ContactDraft,
  DomainModule,
  ErasesCustomers,
  FollowUpHandler,
  Handler,
  Instead,
  LeavingUnserved,
  LoadContext,
  PersonsView,
  PlaceInLine,
  QueueNow,
  Reaction,
  RoutingView,
  Shapes,
  TableWriter,
} from '../module.ts';
import type { CallbackCount } from '../statistics/statistics.ts';
import type { CallsView, OnCall } from '../switches/customer-calls.ts';
import type { OnNoted } from '../timeline/notes.ts';
import type { NamedPerson, SearchedExport } from '../timeline-source.ts';
import { type Callback, CallbackBook, type Known, telephoneOf, wantsOf } from './callback-book.ts';
import { CallbackRequests, viewOf } from './callback-requests.ts';
import type { CountCallback, IsBlocked } from './doing.ts';
import { callbacksTable, callbackTables } from './tables.ts';
import { MODULE, setForgetTimer, setLookTimer, setOfferTimer, timerOf } from './timers.ts';

const TWO_TO_32 = 4_294_967_296;
/** A leg that is rung for longer than its time is given up: the switch has forgotten it. */
const RING_LEEWAY_MS = 20_000;

export class Callbacks implements DomainModule {
  readonly name = 'callbacks';
  readonly number = MODULE;
  readonly reactsTo = [layout.EFFECT_QUEUED, layout.EFFECT_CONNECTED, layout.EFFECT_MOVED, layout.EFFECT_ENDED];
  readonly tables = callbackTables;
  readonly methods: Readonly<Record<string, Handler>>;
  readonly shapes: Shapes = {
    contactCreate: (draft, admission) => this.#calledIn(draft, admission),
    insteadOfWaiting: (what, leaving) => (what === 'callback' ? this.#toBe(leaving) : undefined),
    queueRemove: (queueId, admission) => {
      for (const callback of [...this.#book.liveOf(queueId)])
        this.#over(callback, 'queueRemoved', this.#byAdmission(admission));
    },
  };
  readonly followUps: Readonly<Record<string, FollowUpHandler>> = {
    setTimer: ({ number, at }, { core, now }) => setLookTimer(core, number as number, Math.max(at as number, now)),
    offerLater: ({ number, at }, { core, now }) => setOfferTimer(core, number as number, Math.max(at as number, now)),
    setForgetTimer: (_, { core, now }) => {
      const at = this.#book.forgetAt;
      if (at !== undefined) setForgetTimer(core, Math.max(at, now));
    },
    leave: ({ number }, admission) => this.#leaveAgain(number as number, admission),
    bring: ({ number }, admission) => {
      const callback = this.#book.at(number as number);
      if (callback?.state === 'waiting') this.#bring(callback, undefined, admission);
    },
  };
  readonly erases: ErasesCustomers = {
    stillServed: (person) => {
      for (const callback of this.#book.after(0))
        if (callback.state !== 'ended' && person.isNamedIn(callback)) return { callbackId: callback.callbackId };
      return undefined;
    },
    erase: lookingThrough([
      {
        table: callbacksTable,
        kind: 'callbacks',
        isOf: (person, row) => person.isNamedIn(row),
        erase: ({ number }, _, person, tables) => {
          const callback = this.#book.at(number as number);
          if (callback?.state !== 'ended') return 0;
          person.noteId(callback.callbackId);
          this.#book.erase(callback, tables);
          return 1;
        },
      },
    ]),
  };
  readonly exports: readonly SearchedExport[] = [
    { part: 'callback', search: (person, behind) => this.#namedIn(person, behind) },
  ];
  /** What switches say of the calls that they make for callbacks. */
  readonly onCall: OnCall = {
    answered: (number, legId, admission) => {
      const callback = this.#book.at(number);
      if (callback?.state === 'calling' && callback.legId === legId) this.#bring(callback, legId, admission);
      else this.#calls().giveUp(legId);
    },
    failed: (number, cause, admission) => {
      const callback = this.#book.at(number);
      if (callback?.state === 'calling') this.#rungInVain(callback, cause, this.#byAdmission(admission));
    },
    notReached: (contactNumber, cause) => this.#causes.set(contactNumber, cause),
  };
  readonly #routing: RoutingView;
  readonly #calls: () => CallsView;
  readonly #count: CountCallback;
  readonly #named: PersonsView['named'];
  readonly #note: OnNoted;
  readonly #book = new CallbackBook((callback, tables) => this.#noteOf(callback, tables));
  /** By contact: what was said of a customer's leg whose contact ends in the next tick. */
  readonly #causes = new Map<number, LegCause>();
  /** What admission cannot do, to be done as the tick settles. */
  #afterwards: ((reaction: Reaction) => void)[] = [];
  #forgetTimerSet = false;

  /** `calls` is asked for later: switches are made with what this one hears of them. */
  constructor(
    routing: RoutingView,
    calls: () => CallsView,
    count: CountCallback,
    isBlocked: IsBlocked,
    named: PersonsView['named'],
    note: OnNoted,
  ) {
    this.#routing = routing;
    this.#named = named;
    this.#note = note;
    this.#calls = calls;
    this.#count = count;
    this.methods = new CallbackRequests(this.#book, routing, {
      isBlocked,
      count,
      end: (callback, why, admission) => this.#over(callback, why, this.#byAdmission(admission)),
      giveUp: (legId) => calls().giveUp(legId),
    }).methods;
  }

  load({ tables }: LoadContext): void {
    this.#book.load(tables);
    this.#causes.clear();
    this.#afterwards = [];
    this.#forgetTimerSet = this.#book.forgetAt !== undefined;
  }

  // ── What becomes of contacts ──────────────────────────────────────────────────────────────────────────────────
  react(effect: Effect, reaction: Reaction): void {
    if (effect.contact === layout.NONE) return;
    if (effect.kind === layout.EFFECT_QUEUED) this.#offerIfItWaits(effect, reaction);
    if (this.#book.hasNoContacts) return;
    const callback = this.#book.ofContact(effect.number);
    if (callback?.contact?.slot !== effect.contact) return;
    const isLeaving = callback.state === 'leaving';
    if (effect.kind === layout.EFFECT_CONNECTED)
      return this.#over(callback, isLeaving ? 'answered' : 'reached', this.#byReaction(reaction));
    // It went on to another queue before it could be told to leave.
    if (effect.kind === layout.EFFECT_MOVED && isLeaving) reaction.followUp('leave', { number: callback.number });
    if (effect.kind === layout.EFFECT_ENDED) this.#hasLeft(callback, effect, reaction);
  }

  /** Its contact is over without an answer, and says what place it had. */
  #hasLeft(before: Callback, effect: Effect, reaction: Reaction): void {
    const { code, since, value, value2 } = effect;
    const means = this.#byReaction(reaction);
    const { now } = reaction;
    const wasLeaving = before.state === 'leaving';
    const place = { arrivedAt: since, sequence: value2 * TWO_TO_32 + (value >>> 0) };
    const nextAt = wasLeaving && before.at !== undefined && before.at > now ? before.at : now;
    // The contact that it takes the place of is none of its own.
    const { contact, ...rest } = before;
    const own = wasLeaving || contact === undefined ? {} : { contact };
    const callback = means.put({ ...rest, ...own, place, state: 'waiting', nextAt });
    if (wasLeaving) return this.#look(callback, reaction);
    if (code === layout.ENDED_NOT_REACHED) {
      const { number } = before.contact!;
      const cause = this.#causes.get(number) ?? 'noAnswer';
      this.#causes.delete(number);
      return this.#rungInVain(callback, cause, means);
    }
    // The switch is gone with whatever it rang: nobody has tried in earnest.
    if (code === layout.ENDED_SWITCH_LOST || code === layout.ENDED_LEG_LOST)
      return means.setTimer(callback, now + callbackAgainMs);
    this.#over(callback, 'cancelled', means);
  }

  // ── Its time, its turn ────────────────────────────────────────────────────────────────────────────────────────
  timerFired(key: number, reaction: Reaction): void {
    const { what, number } = timerOf(key);
    if (what === 'offer') return this.#offer(number, reaction);
    if (what === 'forget') {
      this.#book.forgetOld(reaction.now, reaction.tables);
      this.#forgetTimerSet = false;
      return this.#forgetLater(reaction);
    }
    const callback = this.#book.at(number);
    if (callback !== undefined) this.#look(callback, reaction);
  }

  #look(callback: Callback, reaction: Reaction): void {
    const { state, nextAt = 0, legId } = callback;
    const { now } = reaction;
    const means = this.#byReaction(reaction);
    if (state === 'calling') {
      if (this.#calls().isAlive(legId!) && now < nextAt) return means.setTimer(callback, nextAt);
      this.#calls().giveUp(legId!);
      return this.#rungInVain(callback, 'lost', means);
    }
    if (state !== 'waiting') return;
    if (now < nextAt) return means.setTimer(callback, nextAt);
    const queue = this.#routing.queueNow(callback.queueId, now);
    if (queue === undefined) return this.#over(callback, 'queueRemoved', means);
    if (queue.isClosed) {
      const at = Math.max(now + 1, queue.opensAt ?? now + callbackAgainMs);
      return means.setTimer(means.put({ ...callback, nextAt: at }), at);
    }
    const { anyMakesCalls, canCall } = this.#calls();
    if (anyMakesCalls && !canCall) return means.setTimer(callback, now + callbackAgainMs);
    // Without a switch that makes calls, it is an agent who does.
    if (policyOf(queue).first === 'agent' || !anyMakesCalls)
      return reaction.followUp('bring', { number: callback.number });
    if (queue.agentsReady === 0 || !this.#isItsTurn(callback, queue))
      return means.setTimer(callback, now + callbackTurnEveryMs);
    this.#call(callback, policyOf(queue).ringMs, reaction);
  }

  /** As many as agents are free, and at least the first; and whoever would wait no longer than it rings. */
  #isItsTurn(callback: Callback, queue: QueueNow): boolean {
    const { arrivedAt } = placeOf(callback);
    const waits = queue.waitFrom(arrivedAt);
    let { ahead } = waits;
    for (const other of this.#book.liveOf(callback.queueId)) {
      if (ahead >= callbackAheadMax) return false;
      const isAhead =
        placeOf(other).arrivedAt < arrivedAt || (other.number < callback.number && isLevel(other, callback));
      if (isAhead && other !== callback && (other.state === 'waiting' || other.state === 'calling')) ahead += 1;
    }
    if (ahead < Math.max(1, queue.agentsFree)) return true;
    return waits.expectedMs !== undefined && ahead === waits.ahead && waits.expectedMs <= policyOf(queue).ringMs;
  }

  /** Customer first: the customer is rung. */
  #call(callback: Callback, ringMs: number, reaction: Reaction): void {
    const { number, telephone, wants, attempts, queueId } = callback;
    const made = this.#nextOf(callback);
    const contactId = contactIdOf(number, made);
    const call = { callback: number, contactId, number: telephone, from: wants.to, ringMs };
    const legId = this.#calls().begin(call, reaction);
    const means = this.#byReaction(reaction);
    if (legId === undefined) return means.setTimer(callback, reaction.now + callbackAgainMs);
    const nextAt = reaction.now + ringMs + RING_LEEWAY_MS;
    means.setTimer(means.put({ ...callback, state: 'calling', legId, made, nextAt }), nextAt);
    means.tell(callback, 'callback.due', { queueId, number: telephone, attempt: attempts + 1 });
  }

  /** Into its line: with the customer, who was rung, or without. */
  #bring(callback: Callback, legId: string | undefined, admission: Admission): void {
    const { now } = admission;
    const { number, callbackId, queueId, channel, telephone, owner, wants, requestedAt, attempts } = callback;
    const means = this.#byAdmission(admission);
    const queue = this.#routing.queueNow(queueId, now);
    if (queue === undefined) return this.#over(callback, 'queueRemoved', means);
    // The customer was rung for it under its name.
    const made = legId === undefined ? this.#nextOf(callback) : callback.made;
    const contactId = contactIdOf(number, made);
    const shown: CallbackShown = {
      callbackId,
      number: telephone,
      ringMs: policyOf(queue).ringMs,
      first: legId === undefined ? 'agent' : 'customer',
      dials: legId === undefined && !this.#calls().anyMakesCalls ? 'agent' : 'switch',
      attempt: attempts + 1,
      requestedAt,
    };
    const brought = this.#routing.bringContact(
      {
        params: { ...wants, contactId, queueId, channel, from: telephone },
        owner,
        place: placeOf(callback),
        extra: { callback: shown, ...(legId !== undefined && { callbackLeg: legId }) },
      },
      admission,
    );
    // What the core refuses takes all of this back, and it is looked at again.
    const again = (reaction: Reaction) =>
      this.#byReaction(reaction).setTimer(this.#book.at(number) ?? callback, reaction.now + callbackAgainMs);
    admission.onUndo(() => {
      this.#afterwards.push(again);
    });
    if (isRefusal(brought)) return this.#notBrought(callback, brought, legId, admission);
    const { slot, number: contactNumber } = brought;
    const contact = { contactId, slot, number: contactNumber };
    const { legId: _, nextAt: __, ...rest } = callback;
    const set = means.put({ ...rest, state: 'queued', contact, made });
    if (legId !== undefined) return this.#over(set, 'reached', means);
    means.tell(set, 'callback.due', { queueId, number: telephone, contactId, attempt: attempts + 1 });
  }

  #notBrought(callback: Callback, { refusal }: Refusal, legId: string | undefined, admission: Admission): void {
    const means = this.#byAdmission(admission);
    if (legId !== undefined) this.#calls().giveUp(legId);
    if (refusal === 'caller_blocked') return this.#over(callback, 'blocked', means);
    const { legId: _, ...rest } = callback;
    const nextAt = admission.now + callbackAgainMs;
    means.setTimer(means.put({ ...rest, state: 'waiting', nextAt }), nextAt);
  }

  /** Of the contacts that are made for it, the next whose id nobody else has used. */
  #nextOf({ number, made }: Callback): number {
    const isTaken = (contactId: string) =>
      this.#routing.contactById(contactId) !== undefined || this.#routing.isOver(contactId);
    let next = made + 1;
    while (isTaken(contactIdOf(number, next))) next += 1;
    return next;
  }

  #rungInVain(callback: Callback, cause: LegCause, means: Means): void {
    const { legId: _, ...rest } = callback;
    const attempts = callback.attempts + 1;
    const queue = this.#routing.queueNow(callback.queueId, means.now);
    const { attempts: atMost, spacingMs } = queue === undefined ? callbackDefaults : policyOf(queue);
    if (attempts >= atMost) return this.#over({ ...rest, attempts }, 'unreachable', means);
    const nextAt = means.now + spacingMs;
    const waits = means.put({ ...rest, attempts, state: 'waiting', nextAt });
    means.setTimer(waits, nextAt);
    means.tell(waits, 'callback.failed', { cause, attempts, nextAt });
  }

  /** For whoever looks at what was of the customer, where it is known. */
  #noteOf(callback: Callback, tables: TableWriter): void {
    const { contact, wants, requestedAt, endedAt, channel, fromContactId } = callback;
    const live = contact && this.#routing.contactByHandle(contact.slot, contact.number);
    const { identity } = wants;
    const customer = live?.customerNumber ?? (identity && this.#named({ identity }, tables));
    if (customer === undefined) return;
    const contactId = callback.state === 'leaving' ? fromContactId : (contact?.contactId ?? fromContactId);
    const details = viewOf(callback);
    const at = { now: endedAt ?? requestedAt, tables };
    this.#note({ kind: 'callback', customers: [customer], channel, contactId, details }, at);
  }

  /** Those that erasing would wait for, or take along. */
  *#namedIn(person: NamedPerson, behind: number) {
    for (const callback of this.#book.after(behind)) {
      const { number, wants } = callback;
      const attributes = wants.attributes === undefined ? {} : { attributes: wants.attributes };
      const item = person.isNamedIn(callback) ? { ...viewOf(callback), ...attributes } : undefined;
      yield { key: number, item };
    }
  }

  // ── Endings ───────────────────────────────────────────────────────────────────────────────────────────────────
  #over(callback: Callback, why: CallbackEnd, means: Means): void {
    const { legId: _, nextAt: __, ...rest } = callback;
    const over = means.put({ ...rest, state: 'ended', endedAt: means.now, why });
    if (why === 'reached' || why === 'unreachable') means.count(over, why);
    const { contact, attempts } = over;
    const contactId = why === 'answered' ? callback.fromContactId : contact?.contactId;
    means.tell(over, 'callback.ended', { why, attempts, ...(contactId !== undefined && { contactId }) });
  }

  /** The customer has come by itself: with the place that was kept, and nobody is called any more. */
  #calledIn(draft: ContactDraft, admission: Admission): undefined {
    const { params, queueId, contactId } = draft;
    const { caller, now, core } = admission;
    // What a customer says of itself proves nothing.
    if (draft.isBrought || draft.isDialled || caller?.role === 'customer') return undefined;
    const callback = this.#book.ofCustomer(queueId, params as Known);
    if (callback === undefined || callback.state === 'leaving' || (callback.at ?? 0) > now) return undefined;
    if (callback.state === 'queued') {
      const contact = this.#routing.contactByHandle(callback.contact!.slot, callback.contact!.number);
      if (contact !== undefined) core.contactEnd(contact, layout.ENDED_CALLED_IN);
    }
    if (callback.legId !== undefined) this.#calls().giveUp(callback.legId);
    draft.place = placeOf(callback);
    const { contact: _, ...rest } = callback;
    this.#over(
      { ...rest, contact: { contactId, slot: draft.slot, number: draft.number } },
      'calledIn',
      this.#byAdmission(admission),
    );
    return undefined;
  }

  settle(reaction: Reaction): void {
    for (const run of this.#afterwards.splice(0)) run(reaction);
    this.#forgetLater(reaction);
  }

  #forgetLater(reaction: Reaction): void {
    if (this.#forgetTimerSet || this.#book.forgetAt === undefined) return;
    this.#forgetTimerSet = true;
    reaction.followUp('setForgetTimer', {});
  }

  // ── Where an exit is a callback ───────────────────────────────────────────────────────────────────────────────
  #toBe({ contactId, queueId, channel, owner, params, live }: LeavingUnserved): Instead | undefined {
    const { identity, from, to } = params as Known & { readonly to?: string };
    const telephone = telephoneOf({ ...(identity && { identity }), ...(from !== undefined && { from }) });
    if (telephone === undefined || live?.isCallback || this.#book.isFull) return undefined;
    if (live !== undefined && this.#book.ofContact(live.number) !== undefined) return undefined;
    const known = this.#book.find(contactId);
    // Not let in, and asked again: it is called back already.
    if (known !== undefined && live === undefined && known.fromContactId === contactId)
      return { told: { callbackId: contactId }, begin: () => {}, beginLater: () => {} };
    if (known !== undefined) return undefined;
    const wants = wantsOf({ ...params, identity, to });
    const make = (now: number, means: Means): Callback => {
      const queue = this.#routing.queueNow(queueId, now);
      const callback: Callback = {
        number: this.#book.nextNumber,
        callbackId: contactId,
        queueId,
        channel: queue?.takes('callback') ? 'callback' : channel,
        telephone,
        owner: { role: owner.role, sub: owner.sub },
        wants,
        requestedAt: now,
        state: live === undefined ? 'waiting' : 'leaving',
        nextAt: now,
        attempts: 0,
        made: 0,
        fromContactId: contactId,
        ...(live === undefined
          ? { place: { arrivedAt: now, sequence: 0 } }
          : { contact: { contactId, slot: live.slot, number: live.number } }),
      };
      means.put(callback);
      means.count(callback, 'asked');
      if (live === undefined) means.setTimer(callback, now);
      return callback;
    };
    return {
      told: { callbackId: contactId },
      begin: (admission) => {
        make(admission.now, this.#byAdmission(admission));
        if (live !== undefined) admission.core.contactLeave(live, live.queue, undefined, layout.MOVED_CALLBACK);
      },
      beginLater: () => {
        this.#afterwards.push((reaction) => {
          if (this.#book.find(contactId) === undefined) make(reaction.now, this.#byReaction(reaction));
        });
      },
    };
  }

  #leaveAgain(number: number, { core }: Admission): void {
    const callback = this.#book.at(number);
    const contact = callback?.contact && this.#routing.contactByHandle(callback.contact.slot, callback.contact.number);
    if (callback?.state === 'leaving' && contact !== undefined)
      core.contactLeave(contact, contact.queue, undefined, layout.MOVED_CALLBACK);
  }

  // ── Offering ──────────────────────────────────────────────────────────────────────────────────────────────────
  #offerIfItWaits({ contact, number: low, queue, since, value2 }: Effect, reaction: Reaction): void {
    if (value2 === layout.QUEUED_BACK || value2 === layout.QUEUED_UPDATED) return;
    const afterMs = this.#routing.policyOf(queue).callback?.offerAfterMs;
    if (afterMs === undefined || this.#routing.aboutOf(contact, low) !== undefined) return;
    if (this.#routing.isInternal(contact, low)) return;
    const number = this.#routing.contactNumberOf(contact, low);
    reaction.followUp('offerLater', { number, at: since + afterMs });
  }

  #offer(number: number, reaction: Reaction): void {
    const contact = this.#routing.contactByNumber(number);
    if (contact === undefined || contact.isCallback || this.#book.ofContact(number) !== undefined) return;
    if (contact.state !== 'waiting' && contact.state !== 'waitingFor' && contact.state !== 'ringing') return;
    const { contactId, queueId, arrivedAt, owner } = contact;
    if (this.#routing.policyOf(contact.queue).callback === undefined) return;
    reaction.notify(owner, 'callback.offered', { contactId, queueId, waitedMs: reaction.now - arrivedAt });
  }

  // ── On whose behalf ───────────────────────────────────────────────────────────────────────────────────────────
  #byReaction(reaction: Reaction): Means {
    return {
      now: reaction.now,
      put: (callback) => this.#book.put(callback, reaction.tables),
      setTimer: ({ number }, at) => reaction.followUp('setTimer', { number, at }),
      tell: ({ callbackId, owner }, event, params) => reaction.notify(owner, event, { callbackId, ...params }),
      count: ({ queueId }, what) => this.#count(queueId, what, undefined),
    };
  }

  #byAdmission(admission: Admission): Means {
    return {
      now: admission.now,
      put: (callback) => this.#book.set(callback, admission),
      setTimer: ({ number }, at) => setLookTimer(admission.core, number, Math.max(at, admission.now)),
      tell: ({ callbackId, owner }, event, params) => {
        const tell = (reaction: Reaction) => reaction.notify(owner, event, { callbackId, ...params });
        this.#afterwards.push(tell);
        admission.onUndo(() => {
          this.#afterwards.splice(this.#afterwards.indexOf(tell), 1);
        });
      },
      count: ({ queueId }, what) => this.#count(queueId, what, admission),
    };
  }
}

/** What a change of a callback needs, on the way in as well as behind the core. */
interface Means {
  readonly now: number;
  put(callback: Callback): Callback;
  setTimer(callback: Callback, at: number): void;
  tell(callback: Callback, event: EventName, params: Readonly<Record<string, unknown>>): void;
  count(callback: Callback, what: CallbackCount): void;
}

/** As its policy is now: it may have been taken away since the callback was asked for. */
function policyOf({ policy }: QueueNow): CallbackPolicy {
  return policy.callback ?? callbackDefaults;
}

/** Of one that never had a contact: behind all who came in the moment in which it was asked for, or for which. */
function placeOf({ place, at, requestedAt }: Callback): PlaceInLine {
  return place ?? { arrivedAt: Math.max(at ?? 0, requestedAt), sequence: 0 };
}

function isLevel(one: Callback, other: Callback): boolean {
  return placeOf(one).arrivedAt === placeOf(other).arrivedAt;
}

function contactIdOf(number: number, made: number): string {
  return `callback:${number}.${made}`;
}
