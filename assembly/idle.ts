// Since when an agent is idle. What begins its idle time anew is for each queue to say (`idleRestartsOn`), so one agent may have been idle
// for longer towards one queue than towards another. An agent knows when each of IDLE_… last happened to it, in whatever queue;
// the queue that selects goes by the last of those that it counts, and by the log-in before which nothing counts.
//
// Nearly all queues count IDLE_USUAL, and that is kept as one time. The times of each event are kept only while some queue counts
// otherwise; as the first one begins to, what has been so far is taken to have happened when the usual idle time began.

import { Agent, agent } from './agents.ts';
import { made, top } from './arena.ts';
import { now, POOL_AGENTS, state } from './header.ts';
import { IDLE_EVENTS, IDLE_LOGIN, IDLE_USUAL, NONE } from './layout.ts';
import { profile, rekeyFree } from './profiles.ts';
import { Queue, queue } from './queues.ts';

/** The agent is out of the pool. */
export function noteIdle(handle: i32, event: i32): void {
  const by = agent(handle);
  if (((IDLE_USUAL >>> event) & 1) !== 0) by.idleSince = now();
  if (state().idleQueues > 0) setIdleTime(by, event, now());
}

/** Logged in: what was before does not count. */
export function beginIdle(handle: i32): void {
  if (state().idleQueues > 0) setIdleTimes(agent(handle), now());
}

/** As this queue counts it. */
export function idleSince(that: Queue, handle: i32): i64 {
  const by = agent(handle);
  if (that.idleOtherwise === 0) return by.idleSince;
  let since = idleTime(by, IDLE_LOGIN);
  for (let left = that.idleOtherwise ^ IDLE_USUAL; left !== 0; left &= left - 1) {
    const at = idleTime(by, ctz(left));
    if (at > since) since = at;
  }
  return since;
}

/** The queue counts those events from now on. Who is free for it is in another order then. */
export function countIdleBy(handle: i32, events: i32): void {
  assert(<u32>events < <u32>(1 << IDLE_LOGIN));
  const that = queue(handle);
  const otherwise = events ^ IDLE_USUAL;
  if (otherwise === that.idleOtherwise) return;
  const own = state();
  if (own.idleQueues === 0) beginKnowing();
  own.idleQueues += <i32>(otherwise !== 0) - <i32>(that.idleOtherwise !== 0);
  that.idleOtherwise = otherwise;
  for (let number = that.firstProfile - 1; number !== NONE; number = profile(number).nextInQueue - 1) rekeyFree(number);
}

function beginKnowing(): void {
  for (let handle = 0; handle < top(POOL_AGENTS); handle++) {
    if (!made(POOL_AGENTS, handle) || !agent(handle).exists) continue;
    const known = agent(handle);
    // Of who is not ready the usual time may be of another day.
    const isStale = !known.ready && known.since > known.idleSince;
    setIdleTimes(known, isStale ? known.since : known.idleSince);
  }
}

function setIdleTimes(that: Agent, at: i64): void {
  for (let event = 0; event < IDLE_EVENTS; event++) setIdleTime(that, event, at);
}

export function idleTime(that: Agent, event: i32): i64 {
  return load<i64>(changetype<usize>(that) + offsetof<Agent>('idleTimes') + ((<usize>event) << 3));
}

export function setIdleTime(that: Agent, event: i32, at: i64): void {
  store<i64>(changetype<usize>(that) + offsetof<Agent>('idleTimes') + ((<usize>event) << 3), at);
}
