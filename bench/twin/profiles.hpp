// Ported line for line from assembly/profiles.ts, which says what it does and why.
#pragma once

#include "declarations.hpp"

namespace twin {

constexpr i32 SWEEP_MIN = 64;
constexpr i32 WALKED_MAX = 4;

static Profile& profile(i32 number) { return at<Profile>(POOL_PROFILES, number); }

static bool profileExists(i32 number) {
  must((u32)number < (u32)PROFILES_MAX);
  return made(POOL_PROFILES, number) && profile(number).exists != 0;
}

static List& freeHeap(Profile& that) { return record<List>(addressOf(that) + offsetof(Profile, freeBlock)); }
static void pushWaiting(i32 slot) {
  auto& joins = contact(slot);
  auto& that = queue(joins.queue);
  auto& into = profile(joins.profile);
  const auto key = placeKey(joins, that);
  must(!joins.pooled);
  joins.pooled = 1;
  into.waitingRoot = joinTree(into.waitingRoot, key, slot);
  if (into.waitingCount == 0 || isBefore(key, joins, contact(into.firstWaiting), that)) into.firstWaiting = slot;
  into.waitingCount++;
  if (that.waiting == 0) {
    that.usualPriority = joins.priority;
    that.usualCreditMs = joins.creditMs;
    that.together = that.profiles > WALKED_MAX ? 1 : 0;
  }
  if (that.together) that.waitingRoot = joinTree(that.waitingRoot, key, slot);
  that.waiting++;
  if (!isUsual(joins, that)) that.odd++;
  noteBatch(into);
}

static void removeWaiting(i32 slot) {
  auto& leaves = contact(slot);
  if (!leaves.pooled) {
    must(leaves.is(IS_WITHHELD));
    return;
  }
  auto& that = queue(leaves.queue);
  auto& from = profile(leaves.profile);
  leaves.pooled = 0;
  const auto key = placeKey(leaves, that);
  from.waitingRoot = leaveTree(from.waitingRoot, key, slot);
  from.waitingCount--;
  if (from.firstWaiting == slot) from.firstWaiting = from.waitingCount == 0 ? NONE : firstOf(from.waitingRoot);
  if (that.together) that.waitingRoot = leaveTree(that.waitingRoot, key, slot);
  that.waiting--;
  if (!isUsual(leaves, that)) that.odd--;
}

static bool isUsual(Contact& waits, Queue& that) {
  return waits.priority == that.usualPriority && waits.creditMs == that.usualCreditMs;
}

static bool isBefore(i64 key, Contact& one, Contact& other, Queue& that) {
  const auto otherKey = placeKey(other, that);
  return key != otherKey ? key < otherKey : arrivedBefore(one, other);
}

static i32 countAhead(Contact& waits) {
  auto& that = queue(waits.queue);
  const auto key = placeKey(waits, that);
  auto counted = -waits.pooled;
  if (bends(that)) return counted + countAheadNow(that, waits);
  if (that.together) return counted + countUpTo(that.waitingRoot, that.waiting, key, waits);
  for (auto number = that.firstProfile - 1; number != NONE; number = profile(number).nextInQueue - 1) {
    counted += countUpTo(profile(number).waitingRoot, profile(number).waitingCount, key, waits);
  }
  return counted;
}

static i32 countAheadNow(Queue& that, Contact& waits) {
  if (that.together) return countUpToNow(that.waitingRoot, that.waiting, waits);
  auto counted = 0;
  for (auto number = that.firstProfile - 1; number != NONE; number = profile(number).nextInQueue - 1) {
    counted += countUpToNow(profile(number).waitingRoot, profile(number).waitingCount, waits);
  }
  return counted;
}

static void rekeyWaiting(Profile& that, Queue& changed) {
  if (that.waitingCount == 0) return;
  that.waitingRoot = reorderTree(that.waitingRoot, changed);
  that.firstWaiting = firstOf(that.waitingRoot);
}
static void pushFree(i32 number, i32 handle, i32 levels) {
  auto& that = profile(number);
  if (excludes(that, handle)) return;
  auto& from = queue(that.queue);
  if (from.select == SELECT_WEIGHTED_RANDOM) return addWeight(that, handle, weightOf(sumOf(levels)));
  if (from.select == SELECT_SCORE) return addToColumns(that, from, handle, levels);
  if (that.freeCount >= that.sweepAt) sweep(that);
  auto& joins = agent(handle);
  const auto key = freeKey(from, handle, idleSince(from, handle), sumOf(levels));
  push<FreeEntry>(freeHeap(that), key, handle, joins.version(that.channel));
}

static void takeFree(i32 number, i32 handle, i32 levels) {
  auto& that = profile(number);
  if (excludes(that, handle)) return;
  const auto select = queue(that.queue).select;
  if (select == SELECT_WEIGHTED_RANDOM)
    addWeight(that, handle, -weightOf(sumOf(levels)));
  else if (select == SELECT_SCORE)
    takeFromColumns(that, handle);
}

static bool anyFree(Profile& that) {
  if (queue(that.queue).batchMs > 0) return false;
  return totalWeight(that) > 0 || that.scored > 0 || firstFree(that) != NONE; }

static i32 chooseFree(Contact& placed) {
  auto& that = profile(placed.profile);
  if (queue(that.queue).batchMs > 0) return NONE;
  if (that.scored > 0) return bestScored(that, queue(that.queue), placed);
  return that.weightsSize == 0 ? firstFree(that) : drawFree(that);
}

static i32 firstFree(Profile& that) {
  while (that.freeCount > 0) {
    auto& first = entry<FreeEntry>(that.freeBlock, 0);
    const auto isKnown = agent(first.id).version(that.channel) == first.mark;
    if (isKnown && mayRingFor(queue(that.queue), agent(first.id))) return first.id;
    removeAt<FreeEntry>(freeHeap(that), 0);
  }
  return NONE;
}

static void sweep(Profile& that) {
  auto kept = 0;
  for (auto position = 0; position < that.freeCount; position++) {
    const auto candidate = that.freeBlock + (((usize)position) << 4);
    auto& known = record<FreeEntry>(candidate);
    if (agent(known.id).version(that.channel) != known.mark) continue;
    store<FreeEntry>(that.freeBlock + (((usize)kept) << 4), load<FreeEntry>(candidate));
    kept++;
  }
  that.freeCount = kept;
  that.sweepAt = kept < SWEEP_MIN ? 2 * SWEEP_MIN : 2 * kept;
  order<FreeEntry>(freeHeap(that));
}

static void rekeyFree(i32 number) {
  auto& that = profile(number);
  auto& from = queue(that.queue);
  const auto select = from.select;
  that.freeCount = 0;
  clearWeights(that);
  clearColumns(that);
  for (auto index = 0; index < classes(); index++) {
    auto& candidates = agentClass(index);
    if (candidates.members == 0) continue;
    const auto levels = fitClass(index, number, false);
    if (levels < 0) continue;
    for (auto handle = candidates.firstMember - 1; handle != NONE; handle = agent(handle).nextInClass - 1) {
      auto& member = agent(handle);
      if (!agentIsFree(member, that.channel) || excludes(that, handle)) continue;
      if (select == SELECT_WEIGHTED_RANDOM)
        addWeight(that, handle, weightOf(sumOf(levels)));
      else if (select == SELECT_SCORE)
        addToColumns(that, from, handle, levels);
      else
        append(freeHeap(that), freeKey(from, handle, idleSince(from, handle), sumOf(levels)), handle,
               member.version(that.channel));
    }
  }
  that.sweepAt = that.freeCount < SWEEP_MIN ? 2 * SWEEP_MIN : 2 * that.freeCount;
  order<FreeEntry>(freeHeap(that));
}
static void takeMore(Profile& set, usize more, i32 bytes) {
  must(moreBytes(more) == bytes);
  must((i32)load<u16>(more, MORE_EXCLUDES) <= EXCLUDED_PER_PROFILE_MAX);
  must((i32)load<u16>(more, MORE_QUEUES) <= QUEUES_PER_PROFILE_MAX);
  must((i32)load<u16>(more, MORE_GROUPS) <= GROUPS_PER_PROFILE_MAX);
  set.more = allocate(bytes);
  memoryCopy(set.more, more, bytes);
  for (auto place = 0; place < (i32)load<u16>(more, MORE_QUEUES); place++)
    must(queueExists(furtherQueue(set, place)) && furtherQueue(set, place) != set.queue);
  state().wideProfiles++;
}

static void setProfile(usize command) {
  const auto number = load<i32>(command, PROFILE_SET_PROFILE);
  const auto that = load<i32>(command, PROFILE_SET_QUEUE);
  const auto channel = load<i32>(command, PROFILE_SET_CHANNEL);
  const auto all = (i32)load<u16>(command, PROFILE_SET_ALL);
  const auto any = (i32)load<u16>(command, PROFILE_SET_ANY);
  const auto prefers = (i32)load<u16>(command, PROFILE_SET_PREFERS);
  const auto skills = all + any + prefers;
  must(!profileExists(number));
  must((u32)channel < (u32)CHANNELS_MAX);
  must(skills <= SKILLS_PER_PROFILE_MAX);
  const auto skillsEnd = (PROFILE_SET_SKILLS + skills * 4 + 7) & ~7;
  const auto moreAfter = (i32)load<u16>(command, PROFILE_SET_MORE);
  must(load<i32>(command, COMMAND_BYTES) == skillsEnd + moreAfter);
  if (!queueExists(that)) return refuse(REFUSED_QUEUE_NOT_FOUND, NONE, 0, NONE, that);

  auto& set = make<Profile>(POOL_PROFILES, number);
  set.exists = 1;
  set.queue = that;
  set.channel = channel;
  set.all = (u16)all;
  set.any = (u16)any;
  set.prefers = (u16)prefers;
  if (skills > 0) set.skills = allocate(((usize)skills) << 2);
  memoryCopy(set.skills, command + PROFILE_SET_SKILLS, ((usize)skills) << 2);
  for (auto skill = 0; skill < skills; skill++) {
    must((i32)load<u16>(set.skills + (((usize)skill) << 2)) < SKILLS_MAX);
    must((i32)load<u16>(set.skills + (((usize)skill) << 2), 2) <= LEVEL_MAX);
  }
  if (moreAfter > 0) takeMore(set, command + skillsEnd, moreAfter);
  linkProfile(number, set);
  for (auto index = 0; index < classes(); index++)
    if (agentClass(index).members > 0) fitClass(index, number, true);
  rekeyFree(number);
}

static void dropProfileCommand(usize command) {
  const auto number = load<i32>(command, PROFILE_DROP_PROFILE);
  if (profileExists(number)) dropProfile(number);
}

static void dropProfile(i32 number) {
  auto& gone = profile(number);
  must(gone.users == 0 && gone.waitingCount == 0 && gone.waitingRoot == 0);
  for (auto index = 0; index < classes(); index++)
    if (agentClass(index).members > 0) unfitClass(index, number);
  unlinkProfile(gone);
  const auto skills = gone.all + gone.any + gone.prefers;
  if (skills > 0) release(gone.skills, ((usize)skills) << 2);
  if (gone.more != 0) {
    release(gone.more, moreBytes(gone.more));
    state().wideProfiles--;
  }
  clear(freeHeap(gone), ENTRY_BYTES);
  clearWeights(gone);
  clearColumns(gone);
  memoryFill(addressOf(gone), 0, bytesOf<Profile>());
}

static void linkProfile(i32 number, Profile& set) {
  auto& that = queue(set.queue);
  set.previousInQueue = 0;
  set.nextInQueue = that.firstProfile;
  if (that.firstProfile != 0) profile(that.firstProfile - 1).previousInQueue = number + 1;
  that.firstProfile = number + 1;
  that.profiles++;
  if (that.profiles > WALKED_MAX && that.waiting > 0 && !that.together) gatherWaiting(that);
}

static void gatherWaiting(Queue& that) {
  that.together = 1;
  for (auto number = that.firstProfile - 1; number != NONE; number = profile(number).nextInQueue - 1) {
    const auto from = profile(number).waitingRoot;
    if (from != 0) that.waitingRoot = joinAll(that.waitingRoot, from, that);
  }
}

static void unlinkProfile(Profile& gone) {
  auto& that = queue(gone.queue);
  that.profiles--;
  if (gone.previousInQueue != 0)
    profile(gone.previousInQueue - 1).nextInQueue = gone.nextInQueue;
  else
    that.firstProfile = gone.nextInQueue;
  if (gone.nextInQueue != 0) profile(gone.nextInQueue - 1).previousInQueue = gone.previousInQueue;
}

}  // namespace twin
