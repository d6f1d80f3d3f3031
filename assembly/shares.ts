// What agents have had of a queue, where the queue's select has to know it.
//
//   leastOccupied   the load, and when it was that much: occupancy.ts
//   leastContacts   the contacts that are counted: duty.ts
//   roundRobin      the turn that the agent took last: the sequence of the timer of the last offer made to it in this queue, 0
//                   for never. Sequences only grow, and a state record has them, so turns need no counter of their own.
//
// A queue has a pool of shares by agent's handle, made in chunks as agents come to have something: 8 bytes each. Queues that
// select otherwise have none that says anything: what was kept is forgotten when a queue selects in another way. Two queues
// never know of each other's shares, so an agent's turns in one do not make it come later in another.

import { at, made, make, Pool, top } from './arena.ts';
import { POOL_QUEUES } from './header.ts';
import { SELECT_LEAST_CONTACTS, SELECT_LEAST_OCCUPIED, SELECT_ROUND_ROBIN } from './layout.ts';
import { Queue, queue } from './queues.ts';

@unmanaged
class Share {
  had: i64;
}

/** Whether the queue's select has to know what agents have had of it. */
export function keepsShares(that: Queue): bool {
  const select = that.select;
  return select === SELECT_LEAST_OCCUPIED || select === SELECT_LEAST_CONTACTS || select === SELECT_ROUND_ROBIN;
}

function sharesOf(that: Queue): usize {
  return changetype<usize>(that) + offsetof<Queue>('sharesDirectory');
}

/** One more than the highest handle with a share. */
export function sharesTop(that: Queue): i32 {
  return top(sharesOf(that));
}

export function shareOf(that: Queue, handle: i32): i64 {
  return made(sharesOf(that), handle) ? at<Share>(sharesOf(that), handle).had : 0;
}

export function setShare(that: Queue, handle: i32, had: i64): void {
  make<Share>(sharesOf(that), handle).had = had;
}

/** The queue selects in another way, or is gone. */
export function forgetShares(that: Queue): void {
  const pool = sharesOf(that);
  for (let handle = 0; handle < top(pool); handle++) if (made(pool, handle)) at<Share>(pool, handle).had = 0;
  changetype<Pool>(pool).top = 0;
}

/** The agent is gone: whoever gets its handle next has had nothing. */
export function forgetSharesOf(handle: i32): void {
  for (let place = 0; place < top(POOL_QUEUES); place++) {
    if (!made(POOL_QUEUES, place)) continue;
    const that = queue(place);
    if (made(sharesOf(that), handle)) setShare(that, handle, 0);
  }
}
