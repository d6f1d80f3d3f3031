// Ported line for line from assembly/ageing.ts, which says what it does and why.
#pragma once

#include "declarations.hpp"
#include "score.hpp"

namespace twin {

constexpr i64 ARRIVAL_MIN = -2147483648LL;
constexpr i64 NEVER = TIME_MAX - 2 * ARRIVAL_MIN;

static bool bends(Queue& that) {
  return that.order != ORDER_FIRST_COME && (that.ageingSteps > 0 || (that.ageing > 0 && that.ageingCap > 0));
}

static i64 gained(Queue& that, i64 age) {
  if (that.ageingSteps > 0) {
    auto step = that.ageingSteps - 1;
    while (step >= 0 && age < (i64)that.stepAfterMs(step)) step--;
    return step < 0 ? 0 : (i64)that.stepPriority(step) * MILLIONTHS;
  }
  const auto linear = (i64)that.ageing * age;
  const auto most = (i64)that.ageingCap * MILLIONTHS;
  return that.ageingCap > 0 && linear > most ? most : linear;
}

static i64 mostGained(Queue& that) {
  const auto most = that.ageingSteps > 0 ? that.stepPriority(that.ageingSteps - 1) : that.ageingCap;
  return (i64)most * MILLIONTHS;
}

static i64 ageOf(Queue& that, i64 least) {
  if (least <= 0) return 0;
  if (least > mostGained(that)) return NEVER;
  if (that.ageingSteps == 0) return (least + (i64)that.ageing - 1) / (i64)that.ageing;
  auto step = 0;
  while ((i64)that.stepPriority(step) * MILLIONTHS < least) step++;
  return (i64)that.stepAfterMs(step);
}

static i64 keyOf(i32 priority, i64 arrival) { return arrival - (i64)priority * ARRIVALS; }

static i32 firstNow(Profile& that) {
  auto& from = queue(that.queue);
  auto best = that.firstWaiting;
  if (!bends(from)) return best;
  auto next = firstBehind(that, best);
  while (next != NONE) {
    if (!mayPass(next, best, from)) return best;
    if (ranksBefore(contact(next), from, contact(best), from, now())) best = next;
    next = firstBehind(that, next);
  }
  return best;
}

static bool mayPass(i32 slot, i32 other, Queue& that) {
  return (i64)contact(slot).priority * MILLIONTHS + mostGained(that) >= rank(contact(other), that, now());
}

static i32 firstBehind(Profile& that, i32 slot) {
  return firstFrom(that.waitingRoot, keyOf(contact(slot).priority, TIME_MAX + 1));
}

static i32 countUpToNow(usize root, i32 contacts, Contact& waits) {
  if (contacts == 0) return 0;
  auto& that = queue(waits.queue);
  const auto own = rank(waits, that, now());
  const auto sure = own / MILLIONTHS;
  auto counted = 0;
  auto next = firstOf(root);
  if (sure < (i64)PRIORITY_MAX) {
    const auto begins = keyOf((i32)sure, ARRIVAL_MIN);
    counted = countBelow(root, contacts, begins);
    next = firstFrom(root, begins);
  }
  while (next != NONE) {
    const auto priority = contact(next).priority;
    const auto least = own - (i64)priority * MILLIONTHS;
    if (least > mostGained(that)) return counted;
    counted += countUpToIn(root, contacts, waits, priority, least);
    counted -= countBelow(root, contacts, keyOf(priority, ARRIVAL_MIN));
    next = firstFrom(root, keyOf(priority, TIME_MAX + 1));
  }
  return counted;
}

static i32 countUpToIn(usize root, i32 contacts, Contact& waits, i32 priority, i64 least) {
  if (least < 0) return countBelow(root, contacts, keyOf(priority, TIME_MAX + 1));
  auto& that = queue(waits.queue);
  const auto own = effectiveArrival(waits);
  const auto asMuch = now() - ageOf(that, least);
  if (own > asMuch)
    return countBelow(root, contacts, keyOf(priority, asMuch + 1 > ARRIVAL_MIN ? asMuch + 1 : ARRIVAL_MIN));
  const auto more = now() - ageOf(that, least + 1);
  if (own <= more) return countBelow(root, contacts, keyOf(priority, more + 1));
  return countUpTo(root, contacts, keyOf(priority, own), waits);
}

}  // namespace twin
