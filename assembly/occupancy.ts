// How occupied agents are, for queues that select by the least of it.
//
// Occupied is who has something in progress: ringing, in service or in wrap-up, however much. A queue keeps the load of each
// agent that works in it, in its pool of loads (shares.ts): the time it was occupied, of which what lies a slot back counts
// half, what lies two slots back a quarter, and so on, a slot being a quarter of the queue's window. Slots are the same for
// all (time divided by their length), so all loads halve at the same moments, and the order of agents who are free does not
// change while time goes by: that is what lets a heap be ordered by it, and nobody who was busy in the morning is passed over
// all afternoon. A share of occupied time over a window with an edge has neither: it falls at each agent's own moments.
//
//   share = slot << LOAD_BITS | load in ms at that slot; 0: no load          one for each queue, so each has its own window
//
// What is in progress is added whenever it changes, so `accountedAt` of the agent is when that was last, and `occupied`
// whether it is to be counted from then on. Both say something only while a queue selects so.

import { Agent, agent, agentExists } from './agents.ts';
import { top } from './arena.ts';
import { agentClass, queueListed, queuesListed } from './classes.ts';
import { now, POOL_AGENTS, state } from './header.ts';
import { OCCUPANCY_WINDOW_MIN_MS } from './layout.ts';
import { Queue, queue, queueExists } from './queues.ts';
import { forgetAll, hadOf, loadsOf, setHad, watchesLoads } from './shares.ts';

const SLOTS_IN_WINDOW: i64 = 4;
/** A load is less than two slots, and a slot at most a quarter of 2^31. */
const LOAD_BITS: i64 = 30;
const LOAD: i64 = (1 << 30) - 1;
/** After so many slots nothing is left of any load. */
const SLOTS_REMEMBERED: i64 = 32;
const MANTISSA_BITS: i64 = 16;
const THOUSANDTHS: i64 = 1000;

export function slotMs(that: Queue): i64 {
  return <i64>that.occupancyWindowMs / SLOTS_IN_WINDOW;
}

/** What is left of an agent's load at a slot that is not before its own. */
export function loadOf(that: Queue, handle: i32, slot: i64): i64 {
  return loadAt(hadOf(loadsOf(that), handle), slot);
}

/** What is left of a share's load at a slot that is not before its own. */
function loadAt(share: i64, slot: i64): i64 {
  const slots = slot - (share >> LOAD_BITS);
  return slots >= SLOTS_REMEMBERED ? 0 : (share & LOAD) >> slots;
}

/** Adds a time of being occupied. */
function occupy(that: Queue, handle: i32, from: i64, until: i64): void {
  const ms = slotMs(that);
  const last = until / ms;
  const remembered = (last - SLOTS_REMEMBERED) * ms;
  let begin = from > remembered ? from : remembered;
  let slot = begin / ms;
  let load = loadOf(that, handle, slot);
  for (; slot < last; slot++) {
    const end = (slot + 1) * ms;
    load = (load + end - begin) >> 1;
    begin = end;
  }
  load += until - begin;
  setHad(loadsOf(that), handle, load === 0 ? 0 : (last << LOAD_BITS) | load);
}

/**
 * The lower, the less an agent is occupied, at any time from now on: load × 2^slot, rounded, as a number whose order is the
 * same. 0 without a load, else at most 47 bits.
 */
export function occupancyKey(that: Queue, handle: i32): i64 {
  const share = hadOf(loadsOf(that), handle);
  const load = share & LOAD;
  if (load === 0) return 0;
  const height = 63 - clz<i64>(load);
  const mantissa = height > MANTISSA_BITS ? load >> (height - MANTISSA_BITS) : load << (MANTISSA_BITS - height);
  return (((share >> LOAD_BITS) + height) << MANTISSA_BITS) | (mantissa & ((1 << MANTISSA_BITS) - 1));
}

/** For people: thousandths of the time that counts, at this moment. */
export function occupancyOf(that: Queue, handle: i32): i32 {
  const ms = slotMs(that);
  // Occupied since ever, its load would be a slot at a slot's beginning.
  return <i32>((loadOf(that, handle, now() / ms) * THOUSANDTHS) / (ms + (now() % ms)));
}

/** What the agent has in progress may have changed by this cause. */
export function noteWork(handle: i32): void {
  if (state().watchingQueues === 0) return;
  const that = agent(handle);
  if (that.occupied && that.accountedAt < now()) {
    const key = agentClass(that.agentClass).key;
    for (let place = 0; place < queuesListed(key); place++) {
      const works = queueListed(key, place);
      if (!queueExists(works) || !watchesLoads(queue(works))) continue;
      occupy(queue(works), handle, that.accountedAt, now());
    }
  }
  beginWork(that, now());
}

function beginWork(that: Agent, at: i64): void {
  that.occupied = that.inProgress() > 0 ? 1 : 0;
  that.accountedAt = at;
}

/** A queue begins to select so: nobody has a load, and it is counted from now on. */
export function beginWatching(that: Queue): void {
  assert(that.occupancyWindowMs >= OCCUPANCY_WINDOW_MIN_MS);
  if (state().watchingQueues++ > 0) return;
  for (let handle = 0; handle < top(POOL_AGENTS); handle++) if (agentExists(handle)) beginWork(agent(handle), now());
}

export function endWatching(that: Queue): void {
  forgetAll(loadsOf(that));
  state().watchingQueues--;
}
