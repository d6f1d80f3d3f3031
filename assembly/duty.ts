// Counting contacts, for queues that select by the least of them.
//
// A queue counts the contacts that each agent on duty has been connected with in it, in the agent's share (shares.ts). On duty is
// who is ready, whatever is in progress. Who comes on duty begins with the average of those who are on duty in that queue
// then: neither are they far ahead, so that the newcomer gets every contact until it has caught up, nor is the newcomer.
// Where nobody is, it begins with none, and so all begin again. Off duty an agent has no count.
//
//   onDuty      agents on duty that work in the queue            both are kept for a queue that counts, and are 0 for
//   hadOnDuty   sum of their counts                              one that does not

import { agent } from './agents.ts';
import { top } from './arena.ts';
import { agentClass, classes, queueListed, queuesListed, worksIn } from './classes.ts';
import { POOL_QUEUES, state } from './header.ts';
import { NONE } from './layout.ts';
import { profile, rekeyFree } from './profiles.ts';
import { Queue, queue, queueExists } from './queues.ts';
import { countsContacts, forgetAll, setShare, shareOf, sharesOf, sharesTop } from './shares.ts';

/** Whenever an agent's count is a multiple of this, a power of two, all counts are lowered: score.ts has room for twice as many. */
const LOWERED_AT: i64 = 262144;

function counts(place: i32): bool {
  return queueExists(place) && countsContacts(queue(place));
}

function keyOf(handle: i32): usize {
  return agentClass(agent(handle).agentClass).key;
}

/** What those on duty have had on average, rounded down. */
export function averageHad(that: Queue): i64 {
  return that.onDuty === 0 ? 0 : that.hadOnDuty / that.onDuty;
}

function join(that: Queue, handle: i32): void {
  const had = averageHad(that);
  setShare(that, handle, had);
  that.onDuty++;
  that.hadOnDuty += had;
}

function leave(that: Queue, handle: i32): void {
  that.onDuty--;
  that.hadOnDuty -= shareOf(that, handle);
  setShare(that, handle, 0);
}

/** The agent becomes ready. */
export function beginDuty(handle: i32): void {
  if (state().countingQueues === 0) return;
  const key = keyOf(handle);
  for (let place = 0; place < queuesListed(key); place++) {
    const works = queueListed(key, place);
    if (counts(works)) join(queue(works), handle);
  }
}

/** The agent is ready no longer. */
export function endDuty(handle: i32): void {
  if (state().countingQueues === 0) return;
  const key = keyOf(handle);
  for (let place = 0; place < queuesListed(key); place++) {
    const works = queueListed(key, place);
    if (counts(works)) leave(queue(works), handle);
  }
}

/** An agent who is ready goes from one class to another: what it has had in the queues of both stays. */
export function changeDuty(handle: i32, before: i32, after: i32): void {
  if (state().countingQueues === 0) return;
  for (let place = 0; place < top(POOL_QUEUES); place++) {
    if (!counts(place)) continue;
    const worked = worksIn(agentClass(before).key, place);
    const works = worksIn(agentClass(after).key, place);
    if (worked && !works) leave(queue(place), handle);
    if (!worked && works) join(queue(place), handle);
  }
}

/** An agent who is ready has come by a state record, with its shares. */
export function restoreDuty(handle: i32): void {
  if (state().countingQueues === 0) return;
  const key = keyOf(handle);
  for (let place = 0; place < queuesListed(key); place++) {
    const works = queueListed(key, place);
    if (!counts(works)) continue;
    queue(works).onDuty++;
    queue(works).hadOnDuty += shareOf(queue(works), handle);
  }
}

/** The queue begins to count: everybody from none. */
export function beginCounting(handle: i32): void {
  state().countingQueues++;
  for (let index = 0; index < classes(); index++) {
    const workers = agentClass(index);
    if (workers.members === 0 || !worksIn(workers.key, handle)) continue;
    for (let who = workers.firstMember - 1; who !== NONE; who = agent(who).nextInClass - 1) {
      if (agent(who).ready) queue(handle).onDuty++;
    }
  }
}

/** The queue counts no longer. */
export function endCounting(that: Queue): void {
  forgetAll(sharesOf(that));
  state().countingQueues--;
  that.onDuty = 0;
  that.hadOnDuty = 0;
}

/** The agent, which is out of the pool, is connected with a contact of the queue; one of another's that was sent to it by name does not count. */
export function countContact(place: i32, handle: i32): void {
  const that = queue(place);
  if (!countsContacts(that) || !worksIn(keyOf(handle), place)) return;
  const had = shareOf(that, handle) + 1;
  assert(agent(handle).ready && agent(handle).free === 0);
  setShare(that, handle, had);
  that.hadOnDuty++;
  if ((had & (LOWERED_AT - 1)) === 0) lower(that);
}

/** Takes the least count from all of them, so that they stay small where somebody is always on duty. Linear, and rare. */
function lower(that: Queue): void {
  let least: i64 = i64.MAX_VALUE;
  let onDuty = 0;
  for (let handle = 0; handle < sharesTop(that); handle++) {
    const had = shareOf(that, handle);
    if (had === 0) continue;
    onDuty++;
    if (had < least) least = had;
  }
  // Who has had nothing has a share of 0, and then there is nothing to take.
  if (onDuty < that.onDuty) return;
  for (let handle = 0; handle < sharesTop(that); handle++) {
    const had = shareOf(that, handle);
    if (had !== 0) setShare(that, handle, had - least);
  }
  that.hadOnDuty -= least * that.onDuty;
  for (let number = that.firstProfile - 1; number !== NONE; number = profile(number).nextInQueue - 1) rekeyFree(number);
}
