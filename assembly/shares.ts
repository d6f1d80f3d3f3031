// What agents have had of a queue, where the queue's select has to know it.
//
//   leastContacts   the contacts that are counted: duty.ts; the same where it selects by a score in which they count
//   roundRobin      the turn that the agent took last: the sequence of the timer of the last offer made to it in this queue, 0
//                   for never. Sequences only grow, and a state record has them, so turns need no counter of their own.
//
// A queue has a pool of shares by agent's handle, made in chunks as agents come to have something: 8 bytes each, and another of
// loads (occupancy.ts), since a score may need both. Queues that select otherwise have none that says anything: what was kept
// is forgotten when a queue has no more use for it. Two queues never know of each other's shares, so an agent's turns in one
// do not make it come later in another.

import { at, made, make, Pool, top } from './arena.ts';
import { POOL_QUEUES } from './header.ts';
import {
  SCORE_CONTACTS,
  SCORE_OCCUPANCY,
  SELECT_LEAST_CONTACTS,
  SELECT_LEAST_OCCUPIED,
  SELECT_ROUND_ROBIN,
  SELECT_SCORE,
} from './layout.ts';
import { Queue, queue } from './queues.ts';

@unmanaged
class Share {
  had: i64;
}

/** Whether its agents' contacts are counted. */
export function countsContacts(that: Queue): bool {
  return (
    that.select === SELECT_LEAST_CONTACTS || (that.select === SELECT_SCORE && that.scoreWeight(SCORE_CONTACTS) !== 0)
  );
}

/** Whether its agents' loads are known. */
export function watchesLoads(that: Queue): bool {
  return (
    that.select === SELECT_LEAST_OCCUPIED || (that.select === SELECT_SCORE && that.scoreWeight(SCORE_OCCUPANCY) !== 0)
  );
}

/** Whether the queue has to know what agents have had of it, loads apart. */
export function keepsShares(that: Queue): bool {
  return that.select === SELECT_ROUND_ROBIN || countsContacts(that);
}

export function sharesOf(that: Queue): usize {
  return changetype<usize>(that) + offsetof<Queue>('sharesDirectory');
}

export function loadsOf(that: Queue): usize {
  return changetype<usize>(that) + offsetof<Queue>('loadsDirectory');
}

/** What a pool of shares has of an agent. */
export function hadOf(pool: usize, handle: i32): i64 {
  return made(pool, handle) ? at<Share>(pool, handle).had : 0;
}

export function setHad(pool: usize, handle: i32, had: i64): void {
  make<Share>(pool, handle).had = had;
}

/** One more than the highest handle with a share. */
export function sharesTop(that: Queue): i32 {
  return top(sharesOf(that));
}

export function shareOf(that: Queue, handle: i32): i64 {
  return hadOf(sharesOf(that), handle);
}

export function setShare(that: Queue, handle: i32, had: i64): void {
  setHad(sharesOf(that), handle, had);
}

/** The queue selects in another way, or is gone: nobody has had anything of that pool. */
export function forgetAll(pool: usize): void {
  for (let handle = 0; handle < top(pool); handle++) if (made(pool, handle)) at<Share>(pool, handle).had = 0;
  changetype<Pool>(pool).top = 0;
}

/** The agent is gone: whoever gets its handle next has had nothing. */
export function forgetSharesOf(handle: i32): void {
  for (let place = 0; place < top(POOL_QUEUES); place++) {
    if (!made(POOL_QUEUES, place)) continue;
    const that = queue(place);
    if (made(sharesOf(that), handle)) setShare(that, handle, 0);
    if (made(loadsOf(that), handle)) setHad(loadsOf(that), handle, 0);
  }
}
