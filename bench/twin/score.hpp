// Ported line for line from assembly/score.ts, which says what it does and why.
#pragma once

#include "declarations.hpp"

namespace twin {

constexpr i64 MILLIONTHS = 1000000;
constexpr i64 ARRIVALS = TIME_MAX + 2147483648 + 1;
constexpr i64 LEVELS_SUM_MAX = 1024;
constexpr i64 IDLE_BITS = 44;
constexpr i64 CONTACTS_COUNTED_MAX = 524287;

static i64 effectiveArrival(Contact& contact) { return contact.arrived - (i64)contact.creditMs; }

static i64 waitingKey(Contact& contact, Queue& queue) {
  const auto key = (i64)queue.ageing * effectiveArrival(contact);
  return queue.order == ORDER_FIRST_COME ? key : key - (i64)contact.priority * MILLIONTHS;
}

static i64 placeKey(Contact& contact, Queue& queue) {
  if (queue.order == ORDER_FIRST_COME) return effectiveArrival(contact);
  if (queue.ageing == 0) return effectiveArrival(contact) - (i64)contact.priority * ARRIVALS;
  return waitingKey(contact, queue);
}

static i64 rank(Contact& contact, Queue& queue, i64 now) {
  return (i64)queue.ageing * now - waitingKey(contact, queue);
}

static bool arrivedBefore(Contact& one, Contact& other) {
  const auto first = effectiveArrival(one);
  const auto second = effectiveArrival(other);
  return first != second ? first < second : one.sequence < other.sequence;
}

static bool ranksBefore(Contact& one, Queue& oneQueue, Contact& other, Queue& otherQueue, i64 now) {
  const auto first = rank(one, oneQueue, now);
  const auto second = rank(other, otherQueue, now);
  return first != second ? first > second : arrivedBefore(one, other);
}

static bool servedBefore(Contact& one, Queue& oneQueue, Contact& other, Queue& otherQueue, i64 now) {
  if (oneQueue.weight != otherQueue.weight) return oneQueue.weight > otherQueue.weight;
  return ranksBefore(one, oneQueue, other, otherQueue, now);
}

static i64 selectTerm(Queue& that, i32 handle) {
  if (that.select == SELECT_LEAST_OCCUPIED) return occupancyKey(that, handle);
  return keepsShares(that) ? shareOf(that, handle) : 0;
}

static i64 freeKey(Queue& that, i32 handle, i64 idleSince, i32 levelsSum) {
  const auto select = that.select;
  if (select == SELECT_LONGEST_IDLE || ringsSeveral(that)) return idleSince;
  if (select == SELECT_BEST_SKILLED) return ((LEVELS_SUM_MAX - (i64)levelsSum) << IDLE_BITS) | idleSince;
  if (select == SELECT_LEAST_OCCUPIED) {
    const auto load = selectTerm(that, handle);
    return load == 0 ? idleSince : load + ((i64)1 << IDLE_BITS);
  }
  if (select == SELECT_LEAST_CONTACTS) {
    const auto contacts = selectTerm(that, handle);
    return ((contacts < CONTACTS_COUNTED_MAX ? contacts : CONTACTS_COUNTED_MAX) << IDLE_BITS) | idleSince;
  }
  if (select == SELECT_LEAST_SKILLED) return ((i64)levelsSum << IDLE_BITS) | idleSince;
  if (select == SELECT_ROUND_ROBIN) return selectTerm(that, handle);
  must(select == SELECT_LINEAR);
  return 0;
}

}  // namespace twin
