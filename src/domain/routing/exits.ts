// What makes a contact leave its queue before anybody answers it, and for where (docs/limits.md).
//
//   at arrival   hurdle() of each queue on its way ─▶ the way, which the core walks: it knows what is full
//   while it waits   its timer, or a sweep of its queue ─▶ follow-up `leave` ─▶ dueExit() ─▶ one command of the core
//
// A follow-up comes a tick later and goes by what is there then. A contact never comes to the same queue twice this way, so
// exits that lead in a circle end; where an exit leads nowhere it waits on where it is, and is looked at again.

import * as layout from '../../../assembly/layout.ts';
import type { ContactHandle } from '../../engine/command-encoder.ts';
import { contactsSweptPerTickMax, exitAgainMs } from '../../limits.ts';
import type { Exit } from '../../protocol/queue-policy.ts';
import { type Refusal, type RefusalName, refuse } from '../../protocol/refusals.ts';
import { movedReasons } from '../../protocol/states.ts';
import type { Admission } from '../module.ts';
import { cancelAgeTimer, nextDue, setAgeTimer, setAgeTimerTo } from './ages.ts';
import { profileFor } from './contact-create.ts';
import type { Contact, Wishes } from './contacts.ts';
import type { Profile } from './profiles.ts';
import type { Queue } from './queues.ts';
import type { RoutingState } from './routing-state.ts';

type Why = keyof typeof movedReasons;

/** What keeps a new contact out of a queue, whatever room there is; and what its policy says then. */
function hurdle(_queue: Queue): { readonly why: Why; readonly exit: Exit } | undefined {
  return undefined;
}

const refusalOf: Readonly<Record<Why, RefusalName>> = {
  full: 'queue_full',
  timedOut: 'queue_full',
  closed: 'queue_full',
  nobody: 'queue_full',
  nobodyReady: 'queue_full',
};

// ── At arrival ──────────────────────────────────────────────────────────────────────────────────────────────────
export interface Hop {
  readonly profile: number;
  readonly why: number;
}

/**
 * The queues that a new contact goes on to from the first one: where a hurdle keeps it out, in any case, else if the one
 * before is full. A refusal where it gets in nowhere.
 */
export function wayFrom(
  state: RoutingState,
  first: Queue,
  channel: number,
  wishes: Wishes,
  admission: Admission,
): Hop[] | Refusal {
  const way: Hop[] = [];
  const seen = new Set<Queue>();
  let isLetIn = false;
  for (let queue = first; ; ) {
    seen.add(queue);
    const kept = hurdle(queue);
    if (kept === undefined) isLetIn = true;
    const { why, exit } = kept ?? { why: 'full', exit: queue.policy.whenFull };
    const mayBeFull = queue.policy.maxWaiting !== undefined;
    const next = kept === undefined && !mayBeFull ? undefined : leadsTo(state, exit, channel);
    const isEnd = next === undefined || seen.has(next) || seen.size === layout.QUEUES_PER_WAY_MAX;
    if (isEnd) return isLetIn ? way : refuse(refusalOf[why], { queueId: queue.queueId });
    const profile = profileFor(state, next, channel, wishes, admission);
    if (profile === undefined) return refuse('too_many_names', { of: 'requirements' });
    admission.onUndo(state.holdProfile(profile));
    way.push({ profile: profile.number, why: movedReasons[why] });
    queue = next;
  }
}

/** The queue that an exit leads to, if it is there and takes the channel. */
function leadsTo(state: RoutingState, exit: Exit, channel: number): Queue | undefined {
  const queue = exit === 'end' ? undefined : state.queues.find(exit.queue);
  return queue !== undefined && ((queue.channelMask >>> channel) & 1) !== 0 ? queue : undefined;
}

// ── While it waits ──────────────────────────────────────────────────────────────────────────────────────────────
/** Why a contact that waits must leave its queue now, or undefined. */
function dueExit(contact: Contact, now: number): { readonly why: Why; readonly exit: Exit } | undefined {
  const { policy } = contact.queue;
  const due = nextDue(contact);
  if (due !== undefined && now >= due) return { why: 'timedOut', exit: policy.whenTimedOut };
  return undefined;
}

/** Where it goes: a queue, its end (undefined), or nowhere as long as nothing changes. */
function destination(state: RoutingState, contact: Contact, first: Exit): Queue | 'nowhere' | undefined {
  if (first === 'end') return undefined;
  const seen = new Set([contact.queue.queueId, ...contact.visits.map(({ queueId }) => queueId)]);
  for (let exit: Exit = first; ; ) {
    const queue = leadsTo(state, exit, contact.channel);
    if (queue === undefined || seen.has(queue.queueId)) return 'nowhere';
    seen.add(queue.queueId);
    const kept = hurdle(queue);
    if (kept === undefined) return queue;
    exit = kept.exit;
  }
}

/** Tells the core that it leaves, where it has to. */
export function leaveIfDue(state: RoutingState, { slot, number }: ContactHandle, admission: Admission): void {
  const { core, now } = admission;
  const contact = state.contacts.bySlot(slot, number);
  if (contact === undefined || !contact.isWaiting || contact.leaves !== undefined) return;
  const due = dueExit(contact, now);
  if (due === undefined) return setAgeTimer(core, contact, now);
  const to = destination(state, contact, due.exit);
  const profile = typeof to === 'object' ? profileIn(state, to, contact, admission) : undefined;
  if (to === 'nowhere' || (to !== undefined && profile === undefined))
    return setAgeTimerTo(core, contact, now + exitAgainMs);
  core.contactLeave(contact, contact.queue.handle, profile?.number, movedReasons[due.why]);
}

function profileIn(state: RoutingState, queue: Queue, contact: Contact, admission: Admission): Profile | undefined {
  const profile = profileFor(state, queue, contact.channel, contact.wishes, admission);
  if (profile !== undefined) admission.onUndo(state.holdProfile(profile));
  return profile;
}

/** It has come to another queue, which counts its time from now on. */
export function setAge(state: RoutingState, { slot, number }: ContactHandle, { core, now }: Admission): void {
  const contact = state.contacts.bySlot(slot, number);
  if (contact === undefined || !contact.isWaiting) return;
  if (nextDue(contact) === undefined) cancelAgeTimer(core, contact);
  else setAgeTimer(core, contact, now);
}

export interface Sweep {
  readonly queue: number;
  readonly after: number;
}

/** The queue has changed: everybody in it is looked at, a bounded number in a tick. */
export function sweepQueue(state: RoutingState, { queue: handle, after }: Sweep, admission: Admission): void {
  const queue = state.queues.known(handle);
  if (queue === undefined) return;
  const contacts = queue.unanswered.after(after, contactsSweptPerTickMax);
  for (const contact of contacts) {
    if (nextDue(contact) === undefined) cancelAgeTimer(admission.core, contact);
    leaveIfDue(state, contact, admission);
  }
  if (contacts.length === contactsSweptPerTickMax) state.sweep(queue, contacts.at(-1)!.number);
}
