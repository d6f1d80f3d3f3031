// Ported line for line from assembly/occupancy.ts, which says what it does and why; what only explanations need is not
// here.
#pragma once

#include "declarations.hpp"

namespace twin {

constexpr i64 SLOTS_IN_WINDOW = 4;
constexpr i64 LOAD_BITS = 30;
constexpr i64 LOAD = (1 << 30) - 1;
constexpr i64 SLOTS_REMEMBERED = 32;
constexpr i64 MANTISSA_BITS = 16;

static i64 slotMs(Queue& that) { return (i64)that.occupancyWindowMs / SLOTS_IN_WINDOW; }

static i64 loadOf(Queue& that, i32 handle, i64 slot) { return loadAt(hadOf(loadsOf(that), handle), slot); }

static i64 loadAt(i64 share, i64 slot) {
  const auto slots = slot - (share >> LOAD_BITS);
  return slots >= SLOTS_REMEMBERED ? 0 : (share & LOAD) >> slots;
}

static void occupy(Queue& that, i32 handle, i64 from, i64 until) {
  const auto ms = slotMs(that);
  const auto last = until / ms;
  const auto remembered = (last - SLOTS_REMEMBERED) * ms;
  auto begin = from > remembered ? from : remembered;
  auto slot = begin / ms;
  auto load = loadOf(that, handle, slot);
  for (; slot < last; slot++) {
    const auto end = (slot + 1) * ms;
    load = (load + end - begin) >> 1;
    begin = end;
  }
  load += until - begin;
  setHad(loadsOf(that), handle, load == 0 ? 0 : (last << LOAD_BITS) | load);
}

static i64 occupancyKey(Queue& that, i32 handle) {
  const auto share = hadOf(loadsOf(that), handle);
  const auto load = share & LOAD;
  if (load == 0) return 0;
  const i64 height = 31 - (i64)leadingZeros((u32)load);
  const auto mantissa = height > MANTISSA_BITS ? load >> (height - MANTISSA_BITS) : load << (MANTISSA_BITS - height);
  return (((share >> LOAD_BITS) + height + 1) << MANTISSA_BITS) | (mantissa & ((1 << MANTISSA_BITS) - 1));
}

static void noteWork(i32 handle) {
  if (state().watchingQueues == 0) return;
  auto& that = agent(handle);
  if (that.occupied && that.accountedAt < now()) {
    const auto key = agentClass(that.agentClass).key;
    for (auto place = 0; place < queuesListed(key); place++) {
      const auto works = queueListed(key, place);
      if (!queueExists(works) || !watchesLoads(queue(works))) continue;
      occupy(queue(works), handle, that.accountedAt, now());
    }
  }
  beginWork(that, now());
}

static void beginWork(Agent& that, i64 at) {
  that.occupied = that.inProgress() > 0 ? 1 : 0;
  that.accountedAt = at;
}

static void beginWatching(Queue& that) {
  must(that.occupancyWindowMs >= OCCUPANCY_WINDOW_MIN_MS);
  if (state().watchingQueues++ > 0) return;
  for (auto handle = 0; handle < top(POOL_AGENTS); handle++)
    if (agentExists(handle)) beginWork(agent(handle), now());
}

static void endWatching(Queue& that) {
  forgetAll(loadsOf(that));
  state().watchingQueues--;
}

}  // namespace twin
