// Ported line for line from assembly/idle.ts, which says what it does and why.
#pragma once

#include "declarations.hpp"

namespace twin {

static void setIdleTimes(Agent& that, i64 at) {
  for (auto event = 0; event < IDLE_EVENTS; event++) that.idleTimes[event] = at;
}

static void noteIdle(i32 handle, i32 event) {
  auto& by = agent(handle);
  if (((IDLE_USUAL >> event) & 1) != 0) by.idleSince = now();
  if (state().idleQueues > 0) by.idleTimes[event] = now();
}

static void beginIdle(i32 handle) {
  if (state().idleQueues > 0) setIdleTimes(agent(handle), now());
}

static i64 idleSince(Queue& that, i32 handle) {
  auto& by = agent(handle);
  if (that.idleOtherwise == 0) return by.idleSince;
  auto since = by.idleTimes[IDLE_LOGIN];
  for (auto left = that.idleOtherwise ^ IDLE_USUAL; left != 0; left &= left - 1) {
    const auto at = by.idleTimes[__builtin_ctz(left)];
    if (at > since) since = at;
  }
  return since;
}

static void beginKnowing() {
  for (auto handle = 0; handle < top(POOL_AGENTS); handle++) {
    if (!made(POOL_AGENTS, handle) || !agent(handle).exists) continue;
    auto& known = agent(handle);
    const auto isStale = !known.ready && known.since > known.idleSince;
    setIdleTimes(known, isStale ? known.since : known.idleSince);
  }
}

static void countIdleBy(i32 handle, i32 events) {
  must((u32)events < (u32)(1 << IDLE_LOGIN));
  auto& that = queue(handle);
  const auto otherwise = events ^ IDLE_USUAL;
  if (otherwise == that.idleOtherwise) return;
  auto& own = state();
  if (own.idleQueues == 0) beginKnowing();
  own.idleQueues += (i32)(otherwise != 0) - (i32)(that.idleOtherwise != 0);
  that.idleOtherwise = otherwise;
  for (auto number = that.firstProfile - 1; number != NONE; number = profile(number).nextInQueue - 1) rekeyFree(number);
}

}  // namespace twin
