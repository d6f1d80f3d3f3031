// All timers of the partition: one heap by (due, sequence), deletion by position.
//
// A timer belongs to a contact (its wrap-up, its wait for one agent, when it rings at one more), to a line (the offer at it), to an
// agent (its rest after an offer), to a domain module (found by module and key), to a queue (its batch), or to the core (the rest of a long
// resumption). A contact has at most one at a time, and a line. Setting a timer anew gives it a new place among timers due at the same time.

import { at, List, made, make, reserve } from './arena.ts';
import { roll } from './effects.ts';
import { count, LIST_TIMER_BUCKETS, LIST_TIMERS, POOL_TIMERS, state } from './header.ts';
import { entry, push, removeAt } from './heaps.ts';
import { HEADER_TIMERS, NO_DEADLINE, NONE, TIMERS_MAX } from './layout.ts';

export const TIMER_FREE: u8 = 0;
export const TIMER_OFFER: u8 = 1;
export const TIMER_WRAP_UP: u8 = 2;
export const TIMER_DIRECT: u8 = 3;
export const TIMER_REST: u8 = 4;
export const TIMER_OF_MODULE: u8 = 5;
export const TIMER_RESUMPTION: u8 = 6;
export const TIMER_RING: u8 = 7;
export const TIMER_BATCH: u8 = 8;

const BUCKETS_MIN: i32 = 64;

@unmanaged
export class Timer {
  due: i64;
  sequence: i64;
  /** A module's own number, or where a resumption goes on. */
  key: i64;
  /** Contact slot, line handle, agent handle or module. */
  subject: i32;
  /** Where it is in the heap. */
  position: i32;
  /** Next in its bucket or in the list of free slots, slot + 1. */
  next: i32;
  kind: u8;
}

@unmanaged
class TimerEntry {
  key: i64;
  id: i32;
  mark: u32;
  precedes(other: TimerEntry): bool {
    if (this.key !== other.key) return this.key < other.key;
    return timer(this.id).sequence < timer(other.id).sequence;
  }
  moved(position: i32): void {
    timer(this.id).position = position;
  }
}

function heap(): List {
  return changetype<List>(LIST_TIMERS);
}

export function timer(slot: i32): Timer {
  return at<Timer>(POOL_TIMERS, slot);
}

/** Sets a new timer and returns its slot. */
export function setTimer(kind: u8, subject: i32, due: i64): i32 {
  return placeTimer(kind, subject, due, ++state().timerSequence);
}

/** Sets a timer at a place among those due at the same time that it has already. */
export function placeTimer(kind: u8, subject: i32, due: i64, sequence: i64): i32 {
  const own = state();
  let slot = own.freeTimer - 1;
  if (slot >= 0) {
    own.freeTimer = timer(slot).next;
  } else {
    slot = heap().count;
    assert(slot < TIMERS_MAX);
    make<Timer>(POOL_TIMERS, slot);
  }
  const set = timer(slot);
  assert(set.kind === TIMER_FREE);
  set.kind = kind;
  set.subject = subject;
  set.due = due;
  set.sequence = sequence;
  set.key = 0;
  set.next = 0;
  push<TimerEntry>(heap(), due, slot, 0);
  count(HEADER_TIMERS, 1);
  return slot;
}

/** Removes a timer; NONE is no error, since a skipped timer leaves its owner without one. */
export function clearTimer(slot: i32): void {
  if (slot === NONE) return;
  const gone = timer(slot);
  assert(gone.kind !== TIMER_FREE);
  if (gone.kind === TIMER_OF_MODULE) unlinkModuleTimer(slot, gone);
  removeAt<TimerEntry>(heap(), gone.position);
  gone.kind = TIMER_FREE;
  gone.next = state().freeTimer;
  state().freeTimer = slot + 1;
  count(HEADER_TIMERS, -1);
}

/** Whether a slot holds a timer now. */
export function timerIsSet(slot: i32): bool {
  assert(<u32>slot < <u32>TIMERS_MAX);
  return made(POOL_TIMERS, slot) && timer(slot).kind !== TIMER_FREE;
}

/** The timer that is due first, or NONE. */
export function firstTimer(): i32 {
  return heap().count === 0 ? NONE : entry<TimerEntry>(heap().block, 0).id;
}

export function nextDeadline(): i64 {
  return heap().count === 0 ? NO_DEADLINE : entry<TimerEntry>(heap().block, 0).key;
}

/** Due time of a timer for the host to see; 0 without one. */
export function dueOf(slot: i32): i64 {
  return slot === NONE ? 0 : timer(slot).due;
}

// ── Modules' timers ─────────────────────────────────────────────────────────────────────────────────────────────
function bucketOf(module: i32, key: i64): usize {
  const buckets = changetype<List>(LIST_TIMER_BUCKETS);
  const hash = <u32>(roll(roll(0, module), key) >>> 32);
  return buckets.block + ((<usize>(hash & <u32>(buckets.count - 1))) << 2);
}

/** The slot of a module's timer, or NONE. */
export function moduleTimer(module: i32, key: i64): i32 {
  if (changetype<List>(LIST_TIMER_BUCKETS).count === 0) return NONE;
  let slot = load<i32>(bucketOf(module, key)) - 1;
  while (slot >= 0) {
    const candidate = timer(slot);
    if (candidate.key === key && candidate.subject === module) return slot;
    slot = candidate.next - 1;
  }
  return NONE;
}

export function setModuleTimer(module: i32, key: i64, due: i64): void {
  clearTimer(moduleTimer(module, key));
  placeModuleTimer(module, key, due, ++state().timerSequence);
}

/** The module has no timer of that key. */
export function placeModuleTimer(module: i32, key: i64, due: i64, sequence: i64): void {
  if (state().modules >= changetype<List>(LIST_TIMER_BUCKETS).count) growBuckets();
  const slot = placeTimer(TIMER_OF_MODULE, module, due, sequence);
  timer(slot).key = key;
  linkModuleTimer(slot, timer(slot));
  state().modules++;
}

function linkModuleTimer(slot: i32, set: Timer): void {
  const bucket = bucketOf(set.subject, set.key);
  set.next = load<i32>(bucket);
  store<i32>(bucket, slot + 1);
}

function unlinkModuleTimer(slot: i32, gone: Timer): void {
  const bucket = bucketOf(gone.subject, gone.key);
  let previous = load<i32>(bucket) - 1;
  if (previous === slot) {
    store<i32>(bucket, gone.next);
  } else {
    while (timer(previous).next - 1 !== slot) previous = timer(previous).next - 1;
    timer(previous).next = gone.next;
  }
  state().modules--;
}

/** Doubles the buckets and files every module's timer anew. */
function growBuckets(): void {
  const buckets = changetype<List>(LIST_TIMER_BUCKETS);
  const wanted = buckets.count === 0 ? BUCKETS_MIN : buckets.count * 2;
  reserve(buckets, wanted, 4);
  buckets.count = wanted;
  memory.fill(buckets.block, 0, (<usize>wanted) << 2);
  for (let position = 0; position < heap().count; position++) {
    const slot = entry<TimerEntry>(heap().block, position).id;
    if (timer(slot).kind === TIMER_OF_MODULE) linkModuleTimer(slot, timer(slot));
  }
}
