// Ported line for line from assembly/among.ts, which says what it does and why.
#pragma once

#include "declarations.hpp"

namespace twin {

static i32 excludedOf(Profile& wanted) { return load<u16>(wanted.more, MORE_EXCLUDES); }

static i32 furtherQueues(Profile& wanted) { return load<u16>(wanted.more, MORE_QUEUES); }

static i32 moreBytes(usize more) {
  const auto bytes = (i32)load<u16>(more, MORE_EXCLUDES) * 4 + (i32)load<u16>(more, MORE_QUEUES) * 2;
  return (MORE_LISTS + bytes + (i32)load<u16>(more, MORE_GROUPS) * 2 + 7) & ~7;
}

static bool excludes(Profile& wanted, i32 handle) {
  if (wanted.more == 0) return false;
  const auto first = wanted.more + MORE_LISTS;
  for (auto place = 0; place < excludedOf(wanted); place++)
    if (load<i32>(first + (((usize)place) << 2)) == handle) return true;
  return false;
}

static i32 furtherQueue(Profile& wanted, i32 place) {
  return load<u16>(wanted.more + MORE_LISTS + (((usize)excludedOf(wanted)) << 2) + (((usize)place) << 1));
}

static bool namesQueue(Profile& wanted, i32 handle) {
  if (wanted.more == 0) return false;
  for (auto place = 0; place < furtherQueues(wanted); place++)
    if (furtherQueue(wanted, place) == handle) return true;
  return false;
}

static bool worksFor(usize key, Profile& wanted) {
  if (worksIn(key, wanted.queue)) return true;
  if (wanted.more == 0) return false;
  for (auto place = 0; place < furtherQueues(wanted); place++)
    if (worksIn(key, furtherQueue(wanted, place))) return true;
  return false;
}

static bool isInGroup(usize key, Profile& wanted) {
  if (wanted.more == 0) return true;
  i32 groups = load<u16>(wanted.more, MORE_GROUPS);
  if (groups == 0) return true;
  const auto first =
      wanted.more + MORE_LISTS + (((usize)excludedOf(wanted)) << 2) + (((usize)furtherQueues(wanted)) << 1);
  for (auto place = 0; place < groups; place++)
    if (levelOf(key, load<u16>(first + (((usize)place) << 1))) > 0) return true;
  return false;
}

}  // namespace twin
