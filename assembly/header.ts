// Where the core keeps its own state: the private part of the header, behind the fields that the host reads.
//
// The core has no globals, so that a memory can be stepped by whichever worker has it: whatever must outlive a function
// is here or in the arena. Between two calls everything here is a function of the inputs alone; `effects`, `cause`,
// `asked` and `batchWork` are put back to zero at the end of each call, so that a rebuild with other buffers comes to the same bytes.

import { HEADER_NOW, HEADER_PRIVATE } from './layout.ts';

/** The core's scalars, at HEADER_PRIVATE. */
@unmanaged
export class State {
  /** Start of the effect buffer being filled; 0 between calls. */
  effects: usize;
  /** What the effects written now are caused by. */
  cause: i32;
  /** Contacts created since format(): the tie-break of last resort in every order of contacts. */
  contactSequence: i64;
  timerSequence: i64;
  /** Heads of the lists of free slots, each slot + 1; 0 when the list is empty. */
  freeTimer: i32;
  freeClass: i32;
  /** First and last of the agents (handle + 1) that this cause took out of the pool, to be served and put back by settle(). */
  touchedFirst: i32;
  touchedLast: i32;
  /** First and last of the agents (handle + 1) whose state may have to be told. */
  dirtyFirst: i32;
  dirtyLast: i32;
  /** Bit 0: a first tick was stepped. */
  begun: i32;
  modules: i32;
  /** Kind of the last state record imported; 0 when no import is under way. */
  importing: i32;
  /** The contact (slot + 1) whose decisions this call explains; 0 when it explains nothing. */
  asked: i32;
  /** Queues that select by contacts counted. */
  countingQueues: i32;
  /** Queues that must know who leaves the pool: those that draw agents at random, and those that score them. */
  exactQueues: i32;
  /** Queues that select by occupancy. */
  watchingQueues: i32;
  /** Offers that this cause has made of contacts that rang at somebody already. */
  furtherRings: i32;
  /** Profiles with more to say than skills: among.ts. */
  wideProfiles: i32;
  /** What batches have cost this call, as BATCH_WORK_MAX counts it; 0 between calls. */
  batchWork: i32;
  /** Whether any of BATCH_BITS may be set; 0 between causes. */
  batchesNoted: i32;
  /** Queues that count idle time otherwise than usual: idle.ts. */
  idleQueues: i32;
}

// Pools and lists, each 16 bytes: see Pool and List in arena.ts.
export const POOL_AGENTS: usize = 512;
export const POOL_LINES: usize = 528;
export const POOL_CONTACTS: usize = 544;
export const POOL_QUEUES: usize = 560;
export const POOL_PROFILES: usize = 576;
export const POOL_CLASSES: usize = 592;
export const POOL_TIMERS: usize = 608;
export const LIST_TIMERS: usize = 624; // the heap of all timers
export const LIST_TIMER_BUCKETS: usize = 640; // modules' timers by (module, key)
export const LIST_CLASS_BUCKETS: usize = 656; // classes by hash
export const LIST_HOMELESS: usize = 672; // contacts that settle() has to place, best first
export const LIST_SCRATCH: usize = 688; // the key of a class while it is looked up
export const LIST_BATCH: usize = 704; // contacts gathered for a batch, best first
export const FREE_LISTS: usize = 768; // 32 heads of free blocks, by power of two
export const BATCH_BITS: usize = 896; // a bit for each queue that may have to begin a batch
export const PRIVATE_END: usize = 1024;

export function state(): State {
  return changetype<State>(<usize>HEADER_PRIVATE);
}

/** The tick's one time. */
export function now(): i64 {
  return load<i64>(0, HEADER_NOW);
}

export function count(headerField: usize, change: i32): void {
  store<i32>(headerField, load<i32>(headerField) + change);
}
