// Ported line for line from assembly/queues.ts, which says what it does and why.
#pragma once

#include "declarations.hpp"

namespace twin {

static Queue& queue(i32 handle) { return at<Queue>(POOL_QUEUES, handle); }

static bool queueExists(i32 handle) {
  must((u32)handle < (u32)QUEUES_MAX);
  return made(POOL_QUEUES, handle) && queue(handle).exists != 0;
}

static void touchThoseWhoRing() {
  for (auto handle = 0; handle < top(POOL_AGENTS); handle++)
    if (agentExists(handle) && agent(handle).ringing > 0) touch(handle);
}

static void setQueue(usize command) {
  const auto handle = load<i32>(command, QUEUE_SET_QUEUE);
  const auto existed = queueExists(handle);
  const auto rangSeveral = existed && ringsSeveral(queue(handle));
  auto& set = make<Queue>(POOL_QUEUES, handle);
  const auto order = load<i32>(command, QUEUE_SET_ORDER);
  const auto select = load<i32>(command, QUEUE_SET_SELECT);
  const auto ageing = load<i32>(command, QUEUE_SET_AGEING);
  const auto windowMs = load<i32>(command, QUEUE_SET_OCCUPANCY_WINDOW_MS);
  must((u32)order <= (u32)ORDER_FIRST_COME);
  must((u32)select <= (u32)SELECT_SCORE);
  must((u32)ageing <= (u32)AGEING_MAX);
  const auto rekeysWaiting = existed && (set.order != order || set.ageing != ageing);
  const auto weights = command + QUEUE_SET_SCORE_WEIGHTS;
  const auto weighsAnew = !sameWeights(set, weights);
  const auto selectsAnew = !existed || set.select != select || set.occupancyWindowMs != windowMs || weighsAnew;
  set.exists = 1;
  if (selectsAnew) selectBy(handle, select, windowMs, weights);
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
  setAgeing(set, load<i32>(command, QUEUE_SET_AGEING_CAP), command + QUEUE_SET_AGEING_STEPS);
  countIdleBy(handle, load<i32>(command, QUEUE_SET_IDLE_RESTARTS));
  const auto together = load<i32>(command, QUEUE_SET_RING_TOGETHER);
  const auto everyMs = load<i32>(command, QUEUE_SET_RING_EVERY_MS);
  if (setRing(set, together, everyMs) && set.pending > 0) endRounds(handle);
  batchBy(handle, load<i32>(command, QUEUE_SET_BATCH_MS));
  const auto takesSeat = load<i32>(command, QUEUE_SET_WRAP_UP_TAKES_SEAT);
  must(takesSeat == 0 || takesSeat == 1);
  set.wrapUpTakesSeat = takesSeat;
  if (rangSeveral && !ringsSeveral(set) && set.pending > 0) touchThoseWhoRing();
}

static void setAgeing(Queue& that, i32 cap, usize steps) {
  must(cap >= 0 && cap <= PRIORITY_MAX);
  const auto rekeys = (cap > 0) != (that.ageingCap > 0);
  that.ageingCap = cap;
  that.ageingSteps = 0;
  for (auto at = 0; at < 2 * AGEING_STEPS_MAX; at++) that.aged[at] = load<i32>(steps + (((usize)at) << 2));
  for (auto step = 0; step < AGEING_STEPS_MAX; step++) {
    const auto afterMs = that.stepAfterMs(step);
    const auto priority = that.stepPriority(step);
    if (afterMs == 0) {
      must(priority == 0);
      continue;
    }
    must(that.ageingSteps == step && priority <= PRIORITY_MAX);
    must(afterMs > (step > 0 ? that.stepAfterMs(step - 1) : 0));
    must(priority > (step > 0 ? that.stepPriority(step - 1) : 0));
    that.ageingSteps++;
  }
  must(that.ageingSteps == 0 || (that.ageing == 0 && cap == 0));
  if (!rekeys) return;
  for (auto number = that.firstProfile - 1; number != NONE; number = profile(number).nextInQueue - 1)
    rekeyWaiting(profile(number), that);
  that.waitingRoot = reorderTree(that.waitingRoot, that);
}

static bool setRing(Queue& that, i32 together, i32 everyMs) {
  must(ringsSeveral(that) ? together > 0 && together <= RING_TOGETHER_MAX : together == 0);
  must(that.select == SELECT_RING_PROGRESSIVE ? everyMs > 0 : everyMs == 0);
  const auto isAsBefore = that.ringTogether == together && that.ringEveryMs == everyMs;
  that.ringTogether = together;
  that.ringEveryMs = everyMs;
  return !isAsBefore;
}

static bool isNamedByUsed(i32 handle) {
  if (state().wideProfiles == 0) return false;
  for (auto number = 0; number < top(POOL_PROFILES); number++)
    if (profileExists(number) && profile(number).users > 0 && namesQueue(profile(number), handle)) return true;
  return false;
}

static void dropThoseNaming(i32 handle) {
  for (auto number = 0; number < top(POOL_PROFILES); number++)
    if (profileExists(number) && namesQueue(profile(number), handle)) dropProfile(number);
}

static void removeQueue(usize command) {
  const auto handle = load<i32>(command, QUEUE_REMOVE_QUEUE);
  if (!queueExists(handle)) return refuse(REFUSED_QUEUE_NOT_FOUND, NONE, 0, NONE, handle);
  auto& gone = queue(handle);
  if (gone.live > 0 || isNamedByUsed(handle)) return refuse(REFUSED_QUEUE_NOT_EMPTY, NONE, 0, NONE, handle);

  if (state().wideProfiles > 0) dropThoseNaming(handle);
  while (gone.firstProfile != 0) dropProfile(gone.firstProfile - 1);
  gone.batchMs = 0;
  endBatch(handle);
  selectBy(handle, SELECT_LONGEST_IDLE, 0, 0);
  countIdleBy(handle, IDLE_USUAL);
  gone.ringTogether = 0;
  gone.ringEveryMs = 0;
  gone.exists = 0;
}

static bool sameWeights(Queue& that, usize weights) {
  for (auto term = 0; term < SCORE_TERMS; term++)
    if (that.scoreWeight(term) != weightAt(weights, term)) return false;
  return true;
}

static i32 weightAt(usize weights, i32 term) { return weights == 0 ? 0 : load<i32>(weights + (((usize)term) << 2)); }

static void selectBy(i32 handle, i32 select, i32 windowMs, usize weights) {
  auto& that = queue(handle);
  const auto counted = countsContacts(that);
  const auto watched = watchesLoads(that);
  const auto windowBefore = that.occupancyWindowMs;
  const auto before = that.select;
  that.select = select;
  that.occupancyWindowMs = windowMs;
  for (auto term = 0; term < SCORE_TERMS; term++) {
    const auto weight = weightAt(weights, term);
    must(weight >= -SCORE_WEIGHT_MAX && weight <= SCORE_WEIGHT_MAX && (weight == 0 || select == SELECT_SCORE));
    that.scoreWeights[term] = weight;
  }
  must(watchesLoads(that) || windowMs == 0);

  if (before == SELECT_ROUND_ROBIN && select != SELECT_ROUND_ROBIN) forgetAll(sharesOf(that));
  const auto counts = countsContacts(that);
  if (counted && !counts) endCounting(that);
  if (counts && !counted) beginCounting(handle);
  const auto watches = watchesLoads(that);
  const auto goesOn = watched && watches && windowMs == windowBefore;
  if (watched && !goesOn) endWatching(that);
  if (watches && !goesOn) beginWatching(that);
  if (before == SELECT_WEIGHTED_RANDOM && select != before) endDrawing(that);
  if (select == SELECT_WEIGHTED_RANDOM && select != before) beginDrawing(that, handle, now());
  state().exactQueues += (i32)isExact(select) - (i32)isExact(before);
}

static bool isExact(i32 select) { return select == SELECT_WEIGHTED_RANDOM || select == SELECT_SCORE; }

}  // namespace twin
