// Free agents of one profile in a queue that draws them at random, each with a weight: a Fenwick tree of weights by handle.
//
//   sums   one i32 for each handle there is room for, a power of two of them; the one at place n (from 1) is the sum of the
//          weights of the lowbit(n) agents up to handle n − 1, so the last is the sum of all
//
// An agent that leaves the pool is taken out at once, unlike out of a heap, where its entry becomes stale: what is drawn must
// not depend on who was there before. For the same reason agents are in the order of their handles, and not in that of their
// coming: the same numbers drawn from the same agents are the same choices, in any build and after any move.
//
// The numbers come from a generator in the queue (SplitMix64: Steele, Lea and Flood, Fast splittable pseudorandom number
// generators, OOPSLA 2014). It is seeded with the time at which the queue began to draw and with the queue's handle, moves on
// with each choice, and is part of the state.
//
// P. Fenwick, A new data structure for cumulative frequency tables, Software: Practice and Experience 24 (1994).

import { allocate, release } from './arena.ts';
import { NONE } from './layout.ts';
import { Profile } from './profiles.ts';
import { Queue, queue } from './queues.ts';
import { countTouched } from './touched.ts';

const SIZE_MIN: i32 = 64;
/** More than any handle of a queue. */
const HANDLE_BITS: i64 = 10;
const GAMMA: i64 = ((<i64>0x9e3779b9) << 32) | <i64>0x7f4a7c15;
const FIRST_FACTOR: i64 = ((<i64>0xbf58476d) << 32) | <i64>0x1ce4e5b9;
const SECOND_FACTOR: i64 = ((<i64>0x94d049bb) << 32) | <i64>0x133111eb;

/** What an agent weighs: its levels over all skills that are asked for or preferred; nobody weighs nothing. */
export function weightOf(levelsSum: i32): i32 {
  return levelsSum > 1 ? levelsSum : 1;
}

function sumAt(that: Profile, place: i32): usize {
  const at = that.weights + ((<usize>(place - 1)) << 2);
  if (isDefined(COUNT_TOUCHED)) countTouched(at);
  return at;
}

/** Weight of all who are free. */
export function totalWeight(that: Profile): i32 {
  return that.weightsSize === 0 ? 0 : load<i32>(sumAt(that, that.weightsSize));
}

/** Adds to what an agent weighs, or takes from it. */
export function addWeight(that: Profile, handle: i32, change: i32): void {
  if (handle >= that.weightsSize) grow(that, handle + 1);
  for (let place = handle + 1; place <= that.weightsSize; place += place & -place) {
    const at = sumAt(that, place);
    store<i32>(at, load<i32>(at) + change);
  }
}

/** Makes room for so many handles. What was the sum of all is the sum of the first half, and of all again. */
function grow(that: Profile, wanted: i32): void {
  const before = that.weightsSize;
  let size = before === 0 ? SIZE_MIN : before;
  while (size < wanted) size <<= 1;
  const total = totalWeight(that);
  const block = allocate((<usize>size) << 2);
  memory.fill(block, 0, (<usize>size) << 2);
  memory.copy(block, that.weights, (<usize>before) << 2);
  if (before > 0) release(that.weights, (<usize>before) << 2);
  that.weights = block;
  that.weightsSize = size;
  for (let place = before << 1; place > 0 && place <= size; place <<= 1) store<i32>(sumAt(that, place), total);
}

export function clearWeights(that: Profile): void {
  if (that.weightsSize > 0) release(that.weights, (<usize>that.weightsSize) << 2);
  that.weights = 0;
  that.weightsSize = 0;
}

// ── Drawing ─────────────────────────────────────────────────────────────────────────────────────────────────────
export function beginDrawing(that: Queue, handle: i32, at: i64): void {
  that.random = (at << HANDLE_BITS) | <i64>handle;
}

export function endDrawing(that: Queue): void {
  that.random = 0;
}

/** The number below a total that the generator came to last. Of 2^63 numbers, those that make it uneven are less than a total. */
export function drawn(that: Queue, total: i32): i64 {
  let mixed = that.random;
  mixed = (mixed ^ (mixed >>> 30)) * FIRST_FACTOR;
  mixed = (mixed ^ (mixed >>> 27)) * SECOND_FACTOR;
  mixed ^= mixed >>> 31;
  return (mixed >>> 1) % <i64>total;
}

/** Draws one of those who are free, each as often as it weighs; NONE, and no number, where nobody is. */
export function drawFree(that: Profile): i32 {
  const total = totalWeight(that);
  if (total === 0) return NONE;
  const from = queue(that.queue);
  from.random += GAMMA;
  let left = <i32>drawn(from, total);
  let passed = 0;
  for (let step = that.weightsSize; step > 0; step >>= 1) {
    if (passed + step > that.weightsSize) continue;
    const sum = load<i32>(sumAt(that, passed + step));
    if (sum > left) continue;
    passed += step;
    left -= sum;
  }
  return passed;
}
