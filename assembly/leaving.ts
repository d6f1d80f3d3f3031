// Leaving a queue before anybody answers: for another queue, or for good. When, and for where, the host decides.
//
//   waiting, or waiting for one agent ── leave ──▶ waiting in the other queue, or over
//   ringing, connecting ── leave ──▶ goes on, and is marked ──▶ connected: the mark is gone
//                                                          └──▶ loses its offer: leaves then, instead of going back
//   ringing, and marked ── stay ──▶ goes on as if it had not been marked
//   ringing, and marked since so many did not answer ── loses an offer that nobody was asked by ──▶ goes on likewise
//
// One command and one cause, so a contact is in one queue or in the other at every moment and never in none. It keeps its
// arrival, its credit and its number of creation, and so the place among those of the other queue that its age gives it.
// A mark holds on to the other queue: its profile has a user more and the queue a contact more, so neither goes meanwhile.

import { contact, finishUnserved, IS_DIALLED, leavePending, named } from './contacts.ts';
import { forgetWaiter } from './direct.ts';
import { about, begin, finish, times, values } from './effects.ts';
import { count, now } from './header.ts';
import {
  CONTACT_CONNECTED,
  CONTACT_LEAVE_PROFILE,
  CONTACT_LEAVE_QUEUE,
  CONTACT_LEAVE_WHY,
  CONTACT_RINGING,
  CONTACT_WAITING,
  CONTACT_WAITING_FOR,
  CONTACT_WRAP_UP,
  EFFECT_LEAVES,
  EFFECT_MOVED,
  ENDED_CALLBACK,
  ENDED_CLOSED,
  ENDED_EXHAUSTED,
  ENDED_NOBODY,
  ENDED_TIMED_OUT,
  ENDED_UNANSWERED,
  ENDED_VOICEMAIL,
  HEADER_WAITING,
  MOVED_CALLBACK,
  MOVED_CLOSED,
  MOVED_EXHAUSTED,
  MOVED_NOBODY,
  MOVED_NOBODY_READY,
  MOVED_TIMED_OUT,
  MOVED_UNANSWERED,
  MOVED_VOICEMAIL,
  NONE,
  QUEUED_BACK,
  QUEUED_MOVED,
} from './layout.ts';
import { addHomeless } from './match.ts';
import { profile, profileExists, removeWaiting } from './profiles.ts';
import { queue } from './queues.ts';
import { ringOn } from './ringing.ts';

export function leaveQueue(command: usize): void {
  const slot = named(command);
  const to = load<i32>(command, CONTACT_LEAVE_PROFILE);
  const why = load<i32>(command, CONTACT_LEAVE_WHY);
  assert(why === 0 || mayLeaveBecause(why));
  assert((why !== MOVED_CALLBACK && why !== MOVED_VOICEMAIL && why !== 0) || to === NONE);
  if (slot === NONE) return;
  const leaves = contact(slot);
  if (leaves.state === CONTACT_CONNECTED || leaves.state === CONTACT_WRAP_UP || leaves.is(IS_DIALLED)) return;
  if (leaves.queue !== load<i32>(command, CONTACT_LEAVE_QUEUE)) return;

  if (why === 0) return stay(slot);
  if (to !== NONE) {
    assert(profileExists(to) && profile(to).queue !== leaves.queue);
    assert(profile(to).channel === profile(leaves.profile).channel);
  }
  if (leaves.state === CONTACT_RINGING) {
    // Said once more, it is so already.
    if (leaves.leavesWhy === why && leaves.leavesFor === to) return;
    stayAfterAll(slot);
    markLeaving(slot, to, why);
    if (leaves.pooled) removeWaiting(slot);
    return emitLeaves(slot);
  }
  if (leaves.state === CONTACT_WAITING) {
    removeWaiting(slot);
  } else {
    assert(leaves.state === CONTACT_WAITING_FOR);
    forgetWaiter(slot);
  }
  go(slot, to, why);
}

/** Whether the host may give that reason to a contact that is there: others are ways in, or of being sent. */
export function mayLeaveBecause(why: i32): bool {
  return (why >= MOVED_TIMED_OUT && why <= MOVED_CALLBACK) || why === MOVED_UNANSWERED || why === MOVED_VOICEMAIL;
}

/** An offer came to nothing, and that says nothing of whether anybody would answer: those who were rung are one fewer. */
export function unansweredByOneFewer(slot: i32): void {
  if (contact(slot).leavesWhy !== MOVED_UNANSWERED) return;
  stayAfterAll(slot);
  emitLeaves(slot);
}

/** Why it was to leave is so no more. */
function stay(slot: i32): void {
  if (contact(slot).leavesWhy === 0) return;
  stayAfterAll(slot);
  emitLeaves(slot);
  ringOn(slot, QUEUED_BACK);
}

/** It was to leave when its offer came to nothing, and has lost it: it is nowhere now. */
export function leaveAfterOffer(slot: i32): void {
  const to = contact(slot).leavesFor;
  const why = contact(slot).leavesWhy;
  stayAfterAll(slot);
  go(slot, to, why);
}

function go(slot: i32, to: i32, why: i32): void {
  contact(slot).asksForNobody();
  if (to === NONE) return finishUnserved(slot, endedBy(why));
  changeQueue(slot, to, why);
  addHomeless(slot, QUEUED_MOVED);
}

/** It has the profile of another queue. */
export function changeQueue(slot: i32, to: i32, why: i32): void {
  const goes = contact(slot);
  const from = goes.queue;
  leavePending(slot);
  profile(goes.profile).users--;
  queue(from).live--;
  goes.profile = to;
  goes.queue = profile(to).queue;
  profile(to).users++;
  queue(goes.queue).live++;
  queue(goes.queue).pending++;
  count(HEADER_WAITING, 1);
  emitMoved(slot, why, from, goes.queue, to);
}

function endedBy(why: i32): i32 {
  if (why === MOVED_CLOSED) return ENDED_CLOSED;
  if (why === MOVED_EXHAUSTED) return ENDED_EXHAUSTED;
  if (why === MOVED_UNANSWERED) return ENDED_UNANSWERED;
  if (why === MOVED_CALLBACK) return ENDED_CALLBACK;
  if (why === MOVED_VOICEMAIL) return ENDED_VOICEMAIL;
  return why === MOVED_NOBODY || why === MOVED_NOBODY_READY ? ENDED_NOBODY : ENDED_TIMED_OUT;
}

// ── The mark ────────────────────────────────────────────────────────────────────────────────────────────────────
export function markLeaving(slot: i32, to: i32, why: i32): void {
  const marked = contact(slot);
  marked.leavesWhy = why;
  marked.leavesFor = to;
  if (to === NONE) return;
  profile(to).users++;
  queue(profile(to).queue).live++;
}

/** It is connected, over, on its way, or no longer what it was when it was marked. */
export function stayAfterAll(slot: i32): void {
  const marked = contact(slot);
  if (marked.leavesWhy === 0) return;
  const to = marked.leavesFor;
  marked.leavesWhy = 0;
  marked.leavesFor = 0;
  if (to === NONE) return;
  profile(to).users--;
  queue(profile(to).queue).live--;
}

// ── Telling ─────────────────────────────────────────────────────────────────────────────────────────────────────
export function emitMoved(slot: i32, why: i32, from: i32, to: i32, number: i32): void {
  const moved = contact(slot);
  const effect = begin(EFFECT_MOVED, why);
  about(effect, slot, moved.number, NONE, NONE, to);
  values(effect, number, from, queue(from).pending);
  times(effect, 0, moved.arrived, now() - moved.arrived);
  finish(effect);
}

export function emitLeaves(slot: i32): void {
  const marked = contact(slot);
  const effect = begin(EFFECT_LEAVES, marked.leavesWhy);
  about(effect, slot, marked.number, marked.agent, marked.line, marked.queue);
  values(effect, marked.leavesWhy === 0 ? NONE : marked.leavesFor, 0, 0);
  times(effect, 0, marked.arrived, 0);
  finish(effect);
}
