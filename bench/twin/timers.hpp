// Ported line for line from assembly/timers.ts, which says what it does and why.
#pragma once

#include "declarations.hpp"

namespace twin {

constexpr u8 TIMER_FREE = 0;
constexpr u8 TIMER_OFFER = 1;
constexpr u8 TIMER_WRAP_UP = 2;
constexpr u8 TIMER_DIRECT = 3;
constexpr u8 TIMER_REST = 4;
constexpr u8 TIMER_OF_MODULE = 5;
constexpr u8 TIMER_RESUMPTION = 6;
constexpr u8 TIMER_RING = 7;
constexpr u8 TIMER_BATCH = 8;

constexpr i32 TIMER_BUCKETS_MIN = 64;

inline bool TimerEntry::precedes(const TimerEntry& other) const {
  if (key != other.key) return key < other.key;
  return timer(id).sequence < timer(other.id).sequence;
}

inline void TimerEntry::moved(i32 position) const { timer(id).position = position; }

static List& timerHeap() { return record<List>(LIST_TIMERS); }

static Timer& timer(i32 slot) { return at<Timer>(POOL_TIMERS, slot); }

static i32 setTimer(u8 kind, i32 subject, i64 due) { return placeTimer(kind, subject, due, ++state().timerSequence); }

static i32 placeTimer(u8 kind, i32 subject, i64 due, i64 sequence) {
  auto& own = state();
  auto slot = own.freeTimer - 1;
  if (slot >= 0) {
    own.freeTimer = timer(slot).next;
  } else {
    slot = timerHeap().count;
    must(slot < TIMERS_MAX);
    make<Timer>(POOL_TIMERS, slot);
  }
  auto& set = timer(slot);
  must(set.kind == TIMER_FREE);
  set.kind = kind;
  set.subject = subject;
  set.due = due;
  set.sequence = sequence;
  set.key = 0;
  set.next = 0;
  push<TimerEntry>(timerHeap(), due, slot, 0);
  count(HEADER_TIMERS, 1);
  return slot;
}

static void clearTimer(i32 slot) {
  if (slot == NONE) return;
  auto& gone = timer(slot);
  must(gone.kind != TIMER_FREE);
  if (gone.kind == TIMER_OF_MODULE) unlinkModuleTimer(slot, gone);
  removeAt<TimerEntry>(timerHeap(), gone.position);
  gone.kind = TIMER_FREE;
  gone.next = state().freeTimer;
  state().freeTimer = slot + 1;
  count(HEADER_TIMERS, -1);
}

static bool timerIsSet(i32 slot) {
  must((u32)slot < (u32)TIMERS_MAX);
  return made(POOL_TIMERS, slot) && timer(slot).kind != TIMER_FREE;
}

static i32 firstTimer() { return timerHeap().count == 0 ? NONE : entry<TimerEntry>(timerHeap().block, 0).id; }

static i64 nextDeadline() { return timerHeap().count == 0 ? NO_DEADLINE : entry<TimerEntry>(timerHeap().block, 0).key; }

static i64 dueOf(i32 slot) { return slot == NONE ? 0 : timer(slot).due; }
static usize timerBucketOf(i32 module, i64 key) {
  auto& buckets = record<List>(LIST_TIMER_BUCKETS);
  const auto hash = (u32)(roll(roll(0, module), key) >> 32);
  return buckets.block + (((usize)(hash & (u32)(buckets.count - 1))) << 2);
}

static i32 moduleTimer(i32 module, i64 key) {
  if (record<List>(LIST_TIMER_BUCKETS).count == 0) return NONE;
  auto slot = load<i32>(timerBucketOf(module, key)) - 1;
  while (slot >= 0) {
    auto& candidate = timer(slot);
    if (candidate.key == key && candidate.subject == module) return slot;
    slot = candidate.next - 1;
  }
  return NONE;
}

static void setModuleTimer(i32 module, i64 key, i64 due) {
  clearTimer(moduleTimer(module, key));
  placeModuleTimer(module, key, due, ++state().timerSequence);
}

static void placeModuleTimer(i32 module, i64 key, i64 due, i64 sequence) {
  if (state().modules >= record<List>(LIST_TIMER_BUCKETS).count) growTimerBuckets();
  const auto slot = placeTimer(TIMER_OF_MODULE, module, due, sequence);
  timer(slot).key = key;
  linkModuleTimer(slot, timer(slot));
  state().modules++;
}

static void linkModuleTimer(i32 slot, Timer& set) {
  const auto bucket = timerBucketOf(set.subject, set.key);
  set.next = load<i32>(bucket);
  store<i32>(bucket, slot + 1);
}

static void unlinkModuleTimer(i32 slot, Timer& gone) {
  const auto bucket = timerBucketOf(gone.subject, gone.key);
  auto previous = load<i32>(bucket) - 1;
  if (previous == slot) {
    store<i32>(bucket, gone.next);
  } else {
    while (timer(previous).next - 1 != slot) previous = timer(previous).next - 1;
    timer(previous).next = gone.next;
  }
  state().modules--;
}

static void growTimerBuckets() {
  auto& buckets = record<List>(LIST_TIMER_BUCKETS);
  const auto wanted = buckets.count == 0 ? TIMER_BUCKETS_MIN : buckets.count * 2;
  reserve(buckets, wanted, 4);
  buckets.count = wanted;
  memoryFill(buckets.block, 0, ((usize)wanted) << 2);
  for (auto position = 0; position < timerHeap().count; position++) {
    const auto slot = entry<TimerEntry>(timerHeap().block, position).id;
    if (timer(slot).kind == TIMER_OF_MODULE) linkModuleTimer(slot, timer(slot));
  }
}

}  // namespace twin
