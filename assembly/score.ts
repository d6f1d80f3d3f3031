// What comes before what: contacts among each other, and the keys of the two kinds of heap.
//
// In one queue every rank grows by the same slope, so the order of two contacts never changes with time:
//   rank(t) = priority × 1,000,000 + ageing × (t − arrived + credit)   (firstCome: priority counts as 0)
//   key     = ageing × (arrived − credit) − priority × 1,000,000       (the lower, the earlier; no t in it)
// Slopes differ between queues, so only where heads of several queues meet are ranks compared, at the tick's time.
// With the bounds of layout.ts (TIME_MAX × AGEING_MAX < 2^63) a key fits 64 bits; sums and differences that pass over the
// edge on the way wrap back, since the ranks themselves fit.

import { Contact } from './contacts.ts';
import {
  ORDER_FIRST_COME,
  SELECT_BEST_SKILLED,
  SELECT_LEAST_CONTACTS,
  SELECT_LEAST_OCCUPIED,
  SELECT_LEAST_SKILLED,
  SELECT_LINEAR,
  SELECT_LONGEST_IDLE,
  SELECT_ROUND_ROBIN,
  TIME_MAX,
} from './layout.ts';
import { occupancyKey } from './occupancy.ts';
import { Queue } from './queues.ts';
import { ringsSeveral } from './ringing.ts';
import { keepsShares, shareOf } from './shares.ts';

const MILLIONTHS: i64 = 1000000;
/** More than two arrivals, less their credits, can be apart. ARRIVALS × PRIORITY_MAX + TIME_MAX is below 2^63. */
const ARRIVALS: i64 = TIME_MAX + 2147483648 + 1;
/** More than any sum of levels (SKILLS_PER_PROFILE_MAX × LEVEL_MAX), less than what 15 bits above a time can hold. */
const LEVELS_SUM_MAX: i64 = 1024;
/** TIME_MAX is below 2^44. */
const IDLE_BITS: i64 = 44;
/** More contacts than this count as this many: what 19 bits above a time can hold. */
const CONTACTS_COUNTED_MAX: i64 = 524287;

export function effectiveArrival(contact: Contact): i64 {
  return contact.arrived - <i64>contact.creditMs;
}

export function waitingKey(contact: Contact, queue: Queue): i64 {
  const key = <i64>queue.ageing * effectiveArrival(contact);
  return queue.order === ORDER_FIRST_COME ? key : key - <i64>contact.priority * MILLIONTHS;
}

/**
 * The order within one queue, the lower the earlier: waitingKey() with arrivals in it where that says nothing of them, so
 * that keys are seldom equal and contacts are seldom compared by what comes last.
 */
export function placeKey(contact: Contact, queue: Queue): i64 {
  if (queue.order === ORDER_FIRST_COME) return effectiveArrival(contact);
  if (queue.ageing === 0) return effectiveArrival(contact) - <i64>contact.priority * ARRIVALS;
  return waitingKey(contact, queue);
}

export function rank(contact: Contact, queue: Queue, now: i64): i64 {
  return <i64>queue.ageing * now - waitingKey(contact, queue);
}

/** The last two ties of every order of contacts. */
export function arrivedBefore(one: Contact, other: Contact): bool {
  const first = effectiveArrival(one);
  const second = effectiveArrival(other);
  return first !== second ? first < second : one.sequence < other.sequence;
}

/** By rank alone: how contacts that ask for the same agent by name are compared. */
export function ranksBefore(one: Contact, oneQueue: Queue, other: Contact, otherQueue: Queue, now: i64): bool {
  const first = rank(one, oneQueue, now);
  const second = rank(other, otherQueue, now);
  return first !== second ? first > second : arrivedBefore(one, other);
}

/** By queue weight, then rank: how an agent chooses among the heads of its queues. */
export function servedBefore(one: Contact, oneQueue: Queue, other: Contact, otherQueue: Queue, now: i64): bool {
  if (oneQueue.weight !== otherQueue.weight) return oneQueue.weight > otherQueue.weight;
  return ranksBefore(one, oneQueue, other, otherQueue, now);
}

/** What the queue's select looks at besides an agent's idle time and levels; the lower, the sooner it is chosen. */
export function selectTerm(that: Queue, handle: i32): i64 {
  if (that.select === SELECT_LEAST_OCCUPIED) return occupancyKey(that, handle);
  return keepsShares(that) ? shareOf(that, handle) : 0;
}

/**
 * The lower, the sooner this agent is chosen; ties go to the lower handle. It may change while the agent is out of the pool, and
 * with an offer to the agent (noteOffer). Where anything else makes it another, all entries of the queue's profiles are made anew.
 */
export function freeKey(that: Queue, handle: i32, idleSince: i64, levelsSum: i32): i64 {
  const select = that.select;
  if (select === SELECT_LONGEST_IDLE || ringsSeveral(that)) return idleSince;
  if (select === SELECT_BEST_SKILLED) return ((LEVELS_SUM_MAX - <i64>levelsSum) << IDLE_BITS) | idleSince;
  if (select === SELECT_LEAST_OCCUPIED) {
    const load = selectTerm(that, handle);
    return load === 0 ? idleSince : load + ((<i64>1) << IDLE_BITS);
  }
  if (select === SELECT_LEAST_CONTACTS) {
    const contacts = selectTerm(that, handle);
    return ((contacts < CONTACTS_COUNTED_MAX ? contacts : CONTACTS_COUNTED_MAX) << IDLE_BITS) | idleSince;
  }
  if (select === SELECT_LEAST_SKILLED) return ((<i64>levelsSum) << IDLE_BITS) | idleSince;
  if (select === SELECT_ROUND_ROBIN) return selectTerm(that, handle);
  assert(select === SELECT_LINEAR);
  return 0;
}
