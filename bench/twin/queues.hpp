// Ported line for line from assembly/queues.ts, which says what it does and why.
#pragma once

#include "declarations.hpp"

namespace twin {

static Queue& queue(i32 handle) { return at<Queue>(POOL_QUEUES, handle); }

static bool queueExists(i32 handle) {
  must((u32)handle < (u32)QUEUES_MAX);
  return made(POOL_QUEUES, handle) && queue(handle).exists != 0;
}

static void setQueue(usize command) {
  const auto handle = load<i32>(command, QUEUE_SET_QUEUE);
  const auto existed = queueExists(handle);
  auto& set = make<Queue>(POOL_QUEUES, handle);
  const auto order = load<i32>(command, QUEUE_SET_ORDER);
  const auto select = load<i32>(command, QUEUE_SET_SELECT);
  const auto ageing = load<i32>(command, QUEUE_SET_AGEING);
  const auto windowMs = load<i32>(command, QUEUE_SET_OCCUPANCY_WINDOW_MS);
  must((u32)order <= (u32)ORDER_FIRST_COME);
  must((u32)select <= (u32)SELECT_RING_PROGRESSIVE);
  must(select == SELECT_LEAST_OCCUPIED || windowMs == 0);
  must((u32)ageing <= (u32)AGEING_MAX);
  const auto rekeysWaiting = existed && (set.order != order || set.ageing != ageing);
  const auto selectsAnew = !existed || set.select != select || set.occupancyWindowMs != windowMs;
  if (existed && selectsAnew) endSelect(set);
  set.exists = 1;
  set.occupancyWindowMs = windowMs;
  if (selectsAnew) beginSelect(handle, select);
  set.order = order;
  set.ageing = ageing;
  set.channels = load<i32>(command, QUEUE_SET_CHANNELS);
  set.weight = load<i32>(command, QUEUE_SET_WEIGHT);
  set.offerMs = load<i32>(command, QUEUE_SET_OFFER_MS);
  set.wrapUpMs = load<i32>(command, QUEUE_SET_WRAP_UP_MS);
  set.maxWaiting = load<i32>(command, QUEUE_SET_MAX_WAITING);
  set.missedMax = load<i32>(command, QUEUE_SET_MISSED_MAX);
  set.afterRejectMs = load<i32>(command, QUEUE_SET_AFTER_REJECT_MS);
  set.afterMissMs = load<i32>(command, QUEUE_SET_AFTER_MISS_MS);
  must(set.offerMs > 0 && set.wrapUpMs >= 0 && set.maxWaiting >= -1 && set.missedMax >= 0);
  must(set.afterRejectMs >= 0 && set.afterMissMs >= 0);
  for (auto number = set.firstProfile - 1; number != NONE; number = profile(number).nextInQueue - 1) {
    if (rekeysWaiting) rekeyWaiting(profile(number), set);
    if (selectsAnew) rekeyFree(number);
  }
  if (rekeysWaiting) set.waitingRoot = reorderTree(set.waitingRoot, set);
  const auto together = load<i32>(command, QUEUE_SET_RING_TOGETHER);
  const auto everyMs = load<i32>(command, QUEUE_SET_RING_EVERY_MS);
  if (setRing(set, together, everyMs) && set.pending > 0) endRounds(handle);
}

static bool setRing(Queue& that, i32 together, i32 everyMs) {
  must(ringsSeveral(that) ? together > 0 && together <= RING_TOGETHER_MAX : together == 0);
  must(that.select == SELECT_RING_PROGRESSIVE ? everyMs > 0 : everyMs == 0);
  const auto isAsBefore = that.ringTogether == together && that.ringEveryMs == everyMs;
  that.ringTogether = together;
  that.ringEveryMs = everyMs;
  return !isAsBefore;
}

static void removeQueue(usize command) {
  const auto handle = load<i32>(command, QUEUE_REMOVE_QUEUE);
  if (!queueExists(handle)) return refuse(REFUSED_QUEUE_NOT_FOUND, NONE, 0, NONE, handle);
  auto& gone = queue(handle);
  if (gone.live > 0) return refuse(REFUSED_QUEUE_NOT_EMPTY, NONE, 0, NONE, handle);

  while (gone.firstProfile != 0) dropProfile(gone.firstProfile - 1);
  endSelect(gone);
  gone.select = SELECT_LONGEST_IDLE;
  gone.occupancyWindowMs = 0;
  gone.ringTogether = 0;
  gone.ringEveryMs = 0;
  gone.exists = 0;
}

static void beginSelect(i32 handle, i32 select) {
  queue(handle).select = select;
  if (select == SELECT_LEAST_OCCUPIED) beginWatching(queue(handle));
  if (select == SELECT_LEAST_CONTACTS) beginCounting(handle);
  if (select == SELECT_WEIGHTED_RANDOM) beginDrawing(queue(handle), handle, now());
}

static void endSelect(Queue& that) {
  if (keepsShares(that)) forgetShares(that);
  if (that.select == SELECT_LEAST_OCCUPIED) endWatching();
  if (that.select == SELECT_LEAST_CONTACTS) endCounting(that);
  if (that.select == SELECT_WEIGHTED_RANDOM) endDrawing(that);
}

}  // namespace twin
