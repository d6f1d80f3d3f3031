// What makes a contact leave its queue before anybody answers it, and for where (docs/limits.md).
//
//   at arrival   hurdle() of each queue on its way ─▶ the way, which the core walks: it knows what is full
//   while it waits   its timer, or a sweep of its queue ─▶ follow-up `leave` ─▶ dueExit() ─▶ one command of the core
//                    where nothing makes it leave, the steps of its queue may be due (steps.ts)
//
// A follow-up comes a tick later and goes by what is there then. A contact never comes to the same queue twice this way, so
// exits that lead in a circle end; where an exit leads nowhere it waits on where it is, and is looked at again.

import * as layout from '../../../assembly/layout.ts';
import type { ContactHandle } from '../../engine/command-encoder.ts';
import { contactsSweptPerTickMax, exitAgainMs } from '../../limits.ts';
import type { Exit, QueuePolicy } from '../../protocol/queue-policy.ts';
import { type Refusal, type RefusalName, refuse } from '../../protocol/refusals.ts';
import { movedReasons } from '../../protocol/states.ts';
import type { Admission, Instead, LeavingUnserved } from '../module.ts';
import { cancelAgeTimer, exhaustedDue, isUnanswered, nextDue, setAgeTimer, setAgeTimerTo, waitDue } from './ages.ts';
import { moduleViewOf } from './contact-view.ts';
import type { Contact, ContactParams, Wishes } from './contacts.ts';
import { flowOf, goToFlow, staysOutOfFlow } from './flow-exits.ts';
import { profileFor } from './profile-for.ts';
import type { Profile } from './profiles.ts';
import type { Queue } from './queues.ts';
import type { RoutingState } from './routing-state.ts';
import { askedIn, stepsDue, takeSteps } from './steps.ts';

type Why = Exclude<keyof typeof movedReasons, 'callback' | 'voicemail'>;

interface Hurdle {
  readonly why: Why;
  readonly exit: Exit;
}

/**
 * What keeps a new contact out of a queue, whatever room there is, and what the policy says then. It comes before the length:
 * a queue that is not staffed is no place to wait in, though it is empty.
 */
function hurdle(state: RoutingState, profile: Profile): Hurdle | undefined {
  const { policy } = profile.queue;
  if (state.openings.closed(profile.queue) !== undefined) return { why: 'closed', exit: policy.whenClosed };
  if (!asksWhoIsThere(policy)) return undefined;
  const { loggedIn, ready } = state.agents.staffing.of(profile);
  if (loggedIn === 0 && !joinsWhenNobody(policy)) return { why: 'nobody', exit: policy.whenNobody ?? 'end' };
  if (ready > 0 || policy.whenNobodyReady === undefined) return undefined;
  // Whoever may join though nobody is logged in may join though nobody is ready.
  const mayJoin = loggedIn === 0 && policy.joinWhenNobody === true;
  return mayJoin ? undefined : { why: 'nobodyReady', exit: policy.whenNobodyReady };
}

function asksWhoIsThere({ whenNobody, whenNobodyReady, joinWhenNobody }: QueuePolicy): boolean {
  return whenNobody !== undefined || whenNobodyReady !== undefined || joinWhenNobody === false;
}

function joinsWhenNobody({ joinWhenNobody, whenNobody }: QueuePolicy): boolean {
  return joinWhenNobody ?? whenNobody === undefined;
}

/** Why a contact that somebody sends to a queue had better not go there: it is closed, or nobody is there. */
export function keptOutOf(state: RoutingState, profile: Profile): Refusal | undefined {
  const kept = hurdle(state, profile);
  const { queue } = profile;
  return kept && refuse(refusalOf[kept.why], { queueId: queue.queueId, ...state.openings.closed(queue) });
}

const refusalOf: Readonly<Record<Why, RefusalName>> = {
  full: 'queue_full',
  timedOut: 'queue_full',
  exhausted: 'queue_full',
  unanswered: 'queue_full',
  closed: 'queue_closed',
  nobody: 'nobody_logged_in',
  nobodyReady: 'nobody_ready',
};

// ── At arrival ──────────────────────────────────────────────────────────────────────────────────────────────────
export interface Hop {
  readonly profile: number;
  readonly why: number;
}

const NO_HOPS: readonly Hop[] = [];

/** It gets in nowhere, and why; the exit of the queue that was the last to keep it out. */
export interface KeptOut {
  readonly refusal: Refusal;
  readonly queue: Queue;
  readonly exit: Exit;
  readonly why: Why;
  /** The way to that queue, and what it would wait with there: every queue before it keeps it out as well. */
  readonly way: readonly Hop[];
}

/**
 * The queues that a new contact goes on to from the first one: where a hurdle keeps it out, in any case, else if the one
 * before is full.
 */
export function wayFrom(
  state: RoutingState,
  first: Profile,
  asks: Asking,
  admission: Admission,
): readonly Hop[] | KeptOut {
  const { channel } = first;
  // Nothing keeps it out, however many wait: nearly all.
  if (first.queue.policy.maxWaiting === undefined && hurdle(state, first) === undefined) return NO_HOPS;
  const way: Hop[] = [];
  const seen = new Set<Queue>();
  /** How far the way is to the last queue that nothing but its length keeps it out of. */
  let letInAfter: number | undefined;
  for (let profile = first; ; ) {
    const { queue } = profile;
    seen.add(queue);
    const kept = hurdle(state, profile);
    if (kept === undefined) letInAfter = way.length;
    const { why, exit } = kept ?? { why: 'full', exit: queue.policy.whenFull };
    const mayGoOn = kept !== undefined || queue.policy.maxWaiting !== undefined;
    const next = mayGoOn ? leadsTo(state, exit, channel) : undefined;
    if (next === undefined || seen.has(next) || seen.size === layout.QUEUES_PER_WAY_MAX)
      return letInAfter !== undefined
        ? way.slice(0, letInAfter)
        : {
            refusal: refuse(refusalOf[why], { queueId: queue.queueId, ...state.openings.closed(queue) }),
            queue,
            exit,
            why,
            way,
          };
    const further = profileIn(state, next, channel, asks, admission);
    if (further === undefined)
      return { refusal: refuse('too_many_names', { of: 'requirements' }), queue: next, exit: 'end', why, way };
    way.push({ profile: further.number, why: movedReasons[why] });
    profile = further;
  }
}

/** What a contact asks for, and since when it has been there: that makes it easier to serve in some queues. */
interface Asking {
  readonly wishes: Wishes;
  readonly arrivedAt: number;
}

/** Not dropped before the end of the tick; undefined where there is no room for it. */
export function profileIn(
  state: RoutingState,
  queue: Queue,
  channel: number,
  asks: Asking,
  admission: Admission,
): Profile | undefined {
  const eased = askedIn(queue, asks.wishes, stepsDue(queue, asks, admission.now));
  const profile = profileFor(state, queue, channel, eased, admission);
  if (profile !== undefined) admission.onUndo(state.holdProfile(profile));
  return profile;
}

/** The queue that an exit leads to, if it is there and takes the channel. */
function leadsTo(state: RoutingState, exit: Exit, channel: number): Queue | undefined {
  const queue = typeof exit === 'string' || 'flow' in exit ? undefined : state.queues.find(exit.queue);
  return queue?.takes(channel) ? queue : undefined;
}

/** What the customer of a contact that cannot get in gets instead, where the exit is a callback or a message. */
export function insteadOfEntering(
  state: RoutingState,
  { queueId }: Queue,
  exit: Exit,
  params: ContactParams,
  owner: LeavingUnserved['owner'],
): Instead | undefined {
  const { contactId, channel } = params;
  return insteadBy(state, exit, { contactId, queueId, channel, owner, params, live: undefined });
}

function insteadOfWaiting(state: RoutingState, contact: Contact, exit: Exit): Instead | undefined {
  const { contactId, queue, created, owner, wishes } = contact;
  const params = { ...created, ...wishes };
  const live = moduleViewOf(contact, state);
  return insteadBy(state, exit, { contactId, queueId: queue.queueId, channel: created.channel, owner, params, live });
}

function insteadBy(state: RoutingState, exit: Exit, leaving: LeavingUnserved): Instead | undefined {
  if (exit !== 'callback' && exit !== 'voicemail') return undefined;
  for (const shapes of state.shapes) {
    const instead = shapes.insteadOfWaiting?.(exit, leaving);
    if (instead !== undefined) return instead;
  }
  return undefined;
}

// ── While it waits ──────────────────────────────────────────────────────────────────────────────────────────────
/** Why a contact that waits must leave its queue now, or undefined. `lastLeft`: the last who could serve it has logged out. */
function dueExit(state: RoutingState, contact: Contact, now: number, lastLeft: boolean): Hurdle | undefined {
  const { policy } = contact.queue;
  // Its customer is not on the line, and was promised a call.
  if (contact.staysWhateverIsDue) return undefined;
  const { whenNobody, whenTimedOut, whenUnanswered } = policy;
  if (state.openings.empties(contact.queue)) return { why: 'closed', exit: policy.whenClosed };
  if (whenNobody !== undefined) {
    const isNobodyThere = state.agents.staffing.of(contact.profile).loggedIn === 0;
    if (isNobodyThere && (lastLeft || !joinsWhenNobody(policy))) return { why: 'nobody', exit: whenNobody };
  }
  const isDue = (at: number | undefined) => at !== undefined && now >= at;
  if (isDue(waitDue(contact))) return { why: 'timedOut', exit: whenTimedOut };
  if (isDue(exhaustedDue(contact))) return { why: 'exhausted', exit: policy.whenExhausted! };
  return isUnanswered(contact) ? { why: 'unanswered', exit: whenUnanswered } : undefined;
}

/** Where it goes: a queue, a flow, its end (undefined), or nowhere as long as nothing changes. */
function destination(
  state: RoutingState,
  contact: Contact,
  first: Exit,
  admission: Admission,
): Profile | { readonly toFlow: string } | 'nowhere' | undefined {
  if (typeof first === 'string') return undefined;
  const seen = new Set([contact.queue.queueId, ...contact.visits.map(({ queueId }) => queueId)]);
  // As at arrival: hundreds may leave in one tick.
  let passed = 1;
  for (let exit: Exit = first; ; ) {
    const toFlow = flowOf(state, exit);
    if (toFlow !== undefined) return { toFlow };
    const queue = leadsTo(state, exit, contact.channel);
    if (queue === undefined || seen.has(queue.queueId) || passed === layout.QUEUES_PER_WAY_MAX) return 'nowhere';
    seen.add(queue.queueId);
    passed += 1;
    const profile = profileIn(state, queue, contact.channel, contact, admission);
    if (profile === undefined) return 'nowhere';
    const kept = hurdle(state, profile);
    if (kept === undefined) return profile;
    exit = kept.exit;
  }
}

/** Tells the core that it leaves, where it has to, else of the steps that are due. */
export function leaveIfDue(
  state: RoutingState,
  { slot, number }: ContactHandle,
  admission: Admission,
  lastLeft = false,
): void {
  const { core, now } = admission;
  const contact = state.contacts.bySlot(slot, number);
  const isOfQueue = contact !== undefined && !contact.isOfNoQueue && contact.parked === undefined;
  if (!isOfQueue || !contact.isWaiting) return;
  const due = dueExit(state, contact, now, lastLeft);
  if (contact.flow !== undefined) return stayOutOfFlowIfNotDue(state, contact, admission);
  if (contact.leaves !== undefined && !isMoreThan(due, contact.leaves)) return stayIfNotDue(state, contact, admission);
  if (due === undefined) {
    if (takeSteps(state, contact, admission)) return setAgeTimer(core, contact, now);
    return setAgeTimerTo(core, contact, now + exitAgainMs);
  }
  const instead = insteadOfWaiting(state, contact, due.exit);
  if (instead !== undefined) return instead.begin(admission);
  const to = destination(state, contact, due.exit, admission);
  if (to === 'nowhere') {
    // It waits on, and what it asks for becomes less meanwhile.
    takeSteps(state, contact, admission);
    const next = nextDue(contact) ?? 0;
    return setAgeTimerTo(core, contact, next > now ? Math.min(next, now + exitAgainMs) : now + exitAgainMs);
  }
  if (to !== undefined && 'toFlow' in to) return goToFlow(state, contact, { name: to.toFlow, why: due.why }, admission);
  core.contactLeave(contact, contact.queue.handle, to?.number, movedReasons[due.why]);
}

/** The flow's it is, or will be once it rings no longer. */
function stayOutOfFlowIfNotDue(state: RoutingState, contact: Contact, admission: Admission): void {
  if (contact.flow?.taken || dueExit(state, contact, admission.now, true) !== undefined) return;
  staysOutOfFlow(state, contact, admission);
}

/** That nobody answers is so only if the last who is asked does not: what is due in any case takes its place. */
function isMoreThan(due: Hurdle | undefined, leaves: NonNullable<Contact['leaves']>): boolean {
  return leaves.why === layout.MOVED_UNANSWERED && due !== undefined && due.why !== 'unanswered';
}

/** It rings and was to leave. Whether the last who could serve it has left is not asked again: that was so when it was told. */
function stayIfNotDue(state: RoutingState, contact: Contact, { core, now }: Admission): void {
  // Who is to be called back has been promised it.
  if (contact.leaves?.why === layout.MOVED_CALLBACK || dueExit(state, contact, now, true) !== undefined) return;
  core.contactStay(contact, contact.queue.handle);
  setAgeTimer(core, contact, now);
}

/**
 * It has come to another queue, which counts its time from now on. That may have closed, or been deserted, since the contact was
 * told to go there: while it rang, nobody in that queue saw it.
 */
export function arrived(state: RoutingState, { slot, number }: ContactHandle, admission: Admission): void {
  const contact = state.contacts.bySlot(slot, number);
  if (contact !== undefined) lookAt(state, contact, admission, false);
}

function lookAt(state: RoutingState, contact: Contact, admission: Admission, lastLeft: boolean): void {
  if (contact.isWaiting && nextDue(contact) === undefined) cancelAgeTimer(admission.core, contact);
  leaveIfDue(state, contact, admission, lastLeft);
}

export interface Sweep {
  readonly queue: number;
  readonly after: number;
  /** Contacts may be there whom nobody who is logged in can serve any more. */
  readonly lastLeft?: boolean;
}

/** Somebody who could serve those who wait there is to be counted from now on. */
export function countStaffOf(state: RoutingState, queue: Queue): void {
  if (queue.policy.whenNobody === undefined) return;
  for (const { profile } of queue.unanswered.all()) state.agents.staffing.of(profile);
}

/** The queue has changed: everybody in it is looked at, a bounded number in a tick. */
export function sweepQueue(state: RoutingState, sweep: Sweep, admission: Admission): void {
  const { queue: handle, after, lastLeft = false } = sweep;
  const queue = state.queues.known(handle);
  if (queue === undefined) return;
  const contacts = queue.unanswered.after(after, contactsSweptPerTickMax);
  for (const contact of contacts) {
    lookAt(state, contact, admission, lastLeft);
    for (const shapes of state.shapes) shapes.contactSwept?.(contact, admission);
  }
  if (contacts.length === contactsSweptPerTickMax) state.sweep(queue, { after: contacts.at(-1)!.number, lastLeft });
}
