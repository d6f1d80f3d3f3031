// Ported line for line from assembly/duty.ts, which says what it does and why; what only state records need is not
// here.
#pragma once

#include "declarations.hpp"

namespace twin {

constexpr i64 LOWERED_AT = 262144;

static bool counts(i32 place) { return queueExists(place) && countsContacts(queue(place)); }

static usize classKeyOf(i32 handle) { return agentClass(agent(handle).agentClass).key; }

static i64 averageHad(Queue& that) { return that.onDuty == 0 ? 0 : that.hadOnDuty / that.onDuty; }

static void joinDuty(Queue& that, i32 handle) {
  const auto had = averageHad(that);
  setShare(that, handle, had);
  that.onDuty++;
  that.hadOnDuty += had;
}

static void leaveDuty(Queue& that, i32 handle) {
  that.onDuty--;
  that.hadOnDuty -= shareOf(that, handle);
  setShare(that, handle, 0);
}

static void beginDuty(i32 handle) {
  if (state().countingQueues == 0) return;
  const auto key = classKeyOf(handle);
  for (auto place = 0; place < queuesListed(key); place++) {
    const auto works = queueListed(key, place);
    if (counts(works)) joinDuty(queue(works), handle);
  }
}

static void endDuty(i32 handle) {
  if (state().countingQueues == 0) return;
  const auto key = classKeyOf(handle);
  for (auto place = 0; place < queuesListed(key); place++) {
    const auto works = queueListed(key, place);
    if (counts(works)) leaveDuty(queue(works), handle);
  }
}

static void changeDuty(i32 handle, i32 before, i32 after) {
  if (state().countingQueues == 0) return;
  for (auto place = 0; place < top(POOL_QUEUES); place++) {
    if (!counts(place)) continue;
    const auto worked = worksIn(agentClass(before).key, place);
    const auto works = worksIn(agentClass(after).key, place);
    if (worked && !works) leaveDuty(queue(place), handle);
    if (!worked && works) joinDuty(queue(place), handle);
  }
}

static void beginCounting(i32 handle) {
  state().countingQueues++;
  for (auto index = 0; index < classes(); index++) {
    auto& workers = agentClass(index);
    if (workers.members == 0 || !worksIn(workers.key, handle)) continue;
    for (auto who = workers.firstMember - 1; who != NONE; who = agent(who).nextInClass - 1) {
      if (agent(who).ready) queue(handle).onDuty++;
    }
  }
}

static void endCounting(Queue& that) {
  forgetAll(sharesOf(that));
  state().countingQueues--;
  that.onDuty = 0;
  that.hadOnDuty = 0;
}

static void countContact(i32 place, i32 handle) {
  auto& that = queue(place);
  if (!countsContacts(that) || !worksIn(classKeyOf(handle), place)) return;
  const auto had = shareOf(that, handle) + 1;
  must(agent(handle).ready && agent(handle).free == 0);
  setShare(that, handle, had);
  that.hadOnDuty++;
  if ((had & (LOWERED_AT - 1)) == 0) lower(that);
}

static void lower(Queue& that) {
  i64 least = INT64_MAX;
  auto onDuty = 0;
  for (auto handle = 0; handle < sharesTop(that); handle++) {
    const auto had = shareOf(that, handle);
    if (had == 0) continue;
    onDuty++;
    if (had < least) least = had;
  }
  if (onDuty < that.onDuty) return;
  for (auto handle = 0; handle < sharesTop(that); handle++) {
    const auto had = shareOf(that, handle);
    if (had != 0) setShare(that, handle, had - least);
  }
  that.hadOnDuty -= least * that.onDuty;
  for (auto number = that.firstProfile - 1; number != NONE; number = profile(number).nextInQueue - 1) rekeyFree(number);
}

}  // namespace twin
