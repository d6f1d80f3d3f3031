// Ageing that comes to an end, or goes in steps: the order of those who wait, where it changes as time goes by.
//
//   gained(age)   what waiting is worth, in millionths of a priority: ageing × age, ageingCap at most; or the last of the steps that is reached
//
// What is gained only grows with age, so of two of one priority the one that came first is first at every moment. Between priorities the
// order changes, and nothing has to be moved for it: the trees of such a queue are by priority, then by arrival (placeKey), and whoever asks
// for the first, or for a place, looks at the first of each priority at that moment, or counts up to where in each the other begins
// to come first. A priority that even the most that may be gained cannot bring before another one is not looked at.

import { Contact, contact } from './contacts.ts';
import { now } from './header.ts';
import { NONE, ORDER_FIRST_COME, PRIORITY_MAX, TIME_MAX } from './layout.ts';
import { Profile } from './profiles.ts';
import { Queue, queue } from './queues.ts';
import { ARRIVALS, effectiveArrival, MILLIONTHS, rank, ranksBefore } from './score.ts';
import { countBelow, countUpTo, firstFrom, firstOf } from './waiting-tree.ts';

/** The earliest arrival, less its credit, that there can be. */
const ARRIVAL_MIN: i64 = -2147483648;
/** An age that nobody reaches. */
const NEVER: i64 = TIME_MAX - 2 * ARRIVAL_MIN;

/** Whether its order changes as time goes by. */
export function bends(that: Queue): bool {
  return that.order !== ORDER_FIRST_COME && (that.ageingSteps > 0 || (that.ageing > 0 && that.ageingCap > 0));
}

/** What a contact of that age has gained by waiting. */
export function gained(that: Queue, age: i64): i64 {
  if (that.ageingSteps > 0) {
    let step = that.ageingSteps - 1;
    while (step >= 0 && age < <i64>that.stepAfterMs(step)) step--;
    return step < 0 ? 0 : <i64>that.stepPriority(step) * MILLIONTHS;
  }
  const linear = <i64>that.ageing * age;
  const most = <i64>that.ageingCap * MILLIONTHS;
  return that.ageingCap > 0 && linear > most ? most : linear;
}

function mostGained(that: Queue): i64 {
  const most = that.ageingSteps > 0 ? that.stepPriority(that.ageingSteps - 1) : that.ageingCap;
  return <i64>most * MILLIONTHS;
}

/** The least age at which as much is gained: no less than nothing, and not by everybody at once. */
function ageOf(that: Queue, least: i64): i64 {
  if (least <= 0) return 0;
  if (least > mostGained(that)) return NEVER;
  if (that.ageingSteps === 0) return (least + <i64>that.ageing - 1) / <i64>that.ageing;
  let step = 0;
  while (<i64>that.stepPriority(step) * MILLIONTHS < least) step++;
  return <i64>that.stepAfterMs(step);
}

/** Where those of a priority begin, and where those who came later than at a time do. */
function keyOf(priority: i32, arrival: i64): i64 {
  return arrival - <i64>priority * ARRIVALS;
}

/** The first of those who wait with a profile, at this moment. */
export function firstNow(that: Profile): i32 {
  const from = queue(that.queue);
  let best = that.firstWaiting;
  if (!bends(from)) return best;
  let next = firstBehind(that, best);
  while (next !== NONE) {
    if (!mayPass(next, best, from)) return best;
    if (ranksBefore(contact(next), from, contact(best), from, now())) best = next;
    next = firstBehind(that, next);
  }
  return best;
}

/** Whether one who waits, or anybody else of no higher priority, could come before another at any age. */
export function mayPass(slot: i32, other: i32, that: Queue): bool {
  return <i64>contact(slot).priority * MILLIONTHS + mostGained(that) >= rank(contact(other), that, now());
}

/** The first of the next lower priority, or NONE. */
export function firstBehind(that: Profile, slot: i32): i32 {
  return firstFrom(that.waitingRoot, keyOf(contact(slot).priority, TIME_MAX + 1));
}

/** How many of a tree come before a contact at this moment, with itself where it is there. */
export function countUpToNow(root: usize, contacts: i32, waits: Contact): i32 {
  if (contacts === 0) return 0;
  const that = queue(waits.queue);
  const own = rank(waits, that, now());
  const sure = own / MILLIONTHS;
  let counted = 0;
  let next = firstOf(root);
  if (sure < <i64>PRIORITY_MAX) {
    // Whose priority alone is more than that comes before it at any age.
    const begins = keyOf(<i32>sure, ARRIVAL_MIN);
    counted = countBelow(root, contacts, begins);
    next = firstFrom(root, begins);
  }
  while (next !== NONE) {
    const priority = contact(next).priority;
    const least = own - <i64>priority * MILLIONTHS;
    if (least > mostGained(that)) return counted;
    counted += countUpToIn(root, contacts, waits, priority, least);
    counted -= countBelow(root, contacts, keyOf(priority, ARRIVAL_MIN));
    next = firstFrom(root, keyOf(priority, TIME_MAX + 1));
  }
  return counted;
}

/**
 * With all that come before the priority, those in it that come before a contact: those who have gained more than `least`, and of those
 * who have gained as much the earlier ones.
 */
function countUpToIn(root: usize, contacts: i32, waits: Contact, priority: i32, least: i64): i32 {
  if (least < 0) return countBelow(root, contacts, keyOf(priority, TIME_MAX + 1));
  const that = queue(waits.queue);
  const own = effectiveArrival(waits);
  const asMuch = now() - ageOf(that, least);
  if (own > asMuch) return countBelow(root, contacts, keyOf(priority, max(asMuch + 1, ARRIVAL_MIN)));
  const more = now() - ageOf(that, least + 1);
  if (own <= more) return countBelow(root, contacts, keyOf(priority, more + 1));
  return countUpTo(root, contacts, keyOf(priority, own), waits);
}
