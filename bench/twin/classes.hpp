// Ported line for line from assembly/classes.ts, which says what it does and why.
#pragma once

#include "declarations.hpp"

namespace twin {

constexpr i32 PREFERRED_SHIFT = 16;
constexpr usize FIT_BYTES = 8;
constexpr i32 CLASS_BUCKETS_MIN = 16;

static AgentClass& agentClass(i32 index) { return at<AgentClass>(POOL_CLASSES, index); }

static i32 classes() { return top(POOL_CLASSES); }

static List& fits(AgentClass& that) { return record<List>(addressOf(that) + offsetof(AgentClass, fitsBlock)); }

static i32 fitProfile(AgentClass& that, i32 index) { return load<i32>(that.fitsBlock + (usize)index * FIT_BYTES); }

static i32 fitLevels(AgentClass& that, i32 index) { return load<i32>(that.fitsBlock + (usize)index * FIT_BYTES, 4); }
static i32 levelOf(usize key, u32 skill) {
  auto low = 0;
  i32 high = load<u16>(key);
  while (low < high) {
    const auto middle = (low + high) >> 1;
    u32 found = load<u16>(key + 4 + (((usize)middle) << 2));
    if (found == skill) return load<u16>(key + 4 + (((usize)middle) << 2), 2);
    if (found < skill)
      low = middle + 1;
    else
      high = middle;
  }
  return 0;
}

static bool worksIn(usize key, i32 wanted) {
  i32 queues = load<u16>(key, 2);
  if (queues == ALL_QUEUES) return true;
  const auto first = key + 4 + (((usize)load<u16>(key)) << 2);
  for (auto index = 0; index < queues; index++)
    if ((i32)load<u16>(first + (((usize)index) << 1)) == wanted) return true;
  return false;
}

static i32 queuesListed(usize key) {
  i32 queues = load<u16>(key, 2);
  return queues == ALL_QUEUES ? top(POOL_QUEUES) : queues;
}

static i32 queueListed(usize key, i32 place) {
  i32 queues = load<u16>(key, 2);
  if (queues == ALL_QUEUES) return place;
  return load<u16>(key + 4 + (((usize)load<u16>(key)) << 2) + (((usize)place) << 1));
}

static i32 levelsOf(usize key, Profile& wanted) {
  if (!worksIn(key, wanted.queue)) return -1;
  auto sum = 0;
  auto preferred = 0;
  auto anyMet = wanted.any == 0;
  i32 skills = wanted.all + wanted.any + wanted.prefers;
  for (auto index = 0; index < skills; index++) {
    const auto demand = wanted.skills + (((usize)index) << 2);
    const auto level = levelOf(key, load<u16>(demand));
    const auto met = level > 0 && level >= (i32)load<u16>(demand, 2);
    if (index < (i32)wanted.all) {
      if (!met) return -1;
    } else if (index < (i32)(wanted.all + wanted.any)) {
      anyMet = anyMet || met;
    } else {
      preferred += level;
    }
    sum += level;
  }
  return anyMet ? sum | (preferred << PREFERRED_SHIFT) : -1;
}

static i32 sumOf(i32 levels) { return levels & ((1 << PREFERRED_SHIFT) - 1); }

static i32 preferredOf(i32 levels) { return levels >> PREFERRED_SHIFT; }

static i32 levelsSumOf(usize key, Profile& wanted) {
  const auto levels = levelsOf(key, wanted);
  return levels < 0 ? -1 : sumOf(levels);
}

static i32 fitClass(i32 index, i32 number, bool note) {
  auto& that = agentClass(index);
  const auto levels = levelsOf(that.key, profile(number));
  if (note && levels >= 0) {
    reserve(fits(that), that.fitsCount + 1, FIT_BYTES);
    const auto last = that.fitsBlock + (usize)that.fitsCount * FIT_BYTES;
    store<i32>(last, number);
    store<i32>(last, levels, 4);
    that.fitsCount++;
  }
  return levels;
}

static void unfitClass(i32 index, i32 number) {
  auto& that = agentClass(index);
  for (auto fit = 0; fit < that.fitsCount; fit++) {
    if (fitProfile(that, fit) != number) continue;
    that.fitsCount--;
    store<i64>(that.fitsBlock + (usize)fit * FIT_BYTES, load<i64>(that.fitsBlock + (usize)that.fitsCount * FIT_BYTES));
    return;
  }
}

static void fillFits(i32 index) {
  const auto key = agentClass(index).key;
  i32 queues = load<u16>(key, 2);
  if (queues == ALL_QUEUES) {
    for (auto number = 0; number < top(POOL_PROFILES); number++) {
      if (profileExists(number)) fitClass(index, number, true);
    }
    return;
  }
  const auto first = key + 4 + (((usize)load<u16>(key)) << 2);
  for (auto position = 0; position < queues; position++) {
    i32 handle = load<u16>(first + (((usize)position) << 1));
    if (!queueExists(handle)) continue;
    for (auto number = queue(handle).firstProfile - 1; number != NONE; number = profile(number).nextInQueue - 1) {
      fitClass(index, number, true);
    }
  }
}
static i32 writeKey(usize lists, i32 skills, i32 queues) {
  auto& scratch = record<List>(LIST_SCRATCH);
  const auto queuesListed = queues == ALL_QUEUES ? 0 : queues;
  const auto bytes = 4 + skills * 4 + queuesListed * 2;
  reserve(scratch, bytes, 1);
  const auto key = scratch.block;
  store<u16>(key, (u16)skills);
  store<u16>(key, (u16)queues, 2);
  const auto first = key + 4;
  for (auto index = 0; index < skills; index++) {
    const auto pair = load<u32>(lists + (((usize)index) << 2));
    const auto skill = pair & 0xffff;
    must((i32)skill < SKILLS_MAX && pair >> 16 >= 1 && pair >> 16 <= (u32)LEVEL_MAX);
    auto place = index;
    for (; place > 0 && (u32)load<u16>(first + (((usize)(place - 1)) << 2)) > skill; place--) {
      store<u32>(first + (((usize)place) << 2), load<u32>(first + (((usize)(place - 1)) << 2)));
    }
    must(place == 0 || (u32)load<u16>(first + (((usize)(place - 1)) << 2)) != skill);
    store<u32>(first + (((usize)place) << 2), pair);
  }
  const auto second = first + (((usize)skills) << 2);
  for (auto index = 0; index < queuesListed; index++) {
    const auto handle = load<u16>(lists + (((usize)skills) << 2) + (((usize)index) << 1));
    must((i32)handle < QUEUES_MAX);
    auto place = index;
    for (; place > 0 && load<u16>(second + (((usize)(place - 1)) << 1)) > handle; place--) {
      store<u16>(second + (((usize)place) << 1), load<u16>(second + (((usize)(place - 1)) << 1)));
    }
    must(place == 0 || load<u16>(second + (((usize)(place - 1)) << 1)) != handle);
    store<u16>(second + (((usize)place) << 1), handle);
  }
  return bytes;
}

static u32 hashOf(usize key, i32 bytes) {
  i64 digest = bytes;
  for (auto offset = 0; offset < bytes; offset += 2) digest = roll(digest, load<u16>(key + offset));
  return (u32)(digest >> 32);
}

static usize classBucketOf(u32 hash) {
  auto& buckets = record<List>(LIST_CLASS_BUCKETS);
  return buckets.block + (((usize)(hash & (u32)(buckets.count - 1))) << 2);
}

static i32 internClass(usize lists, i32 skills, i32 queues) {
  const auto bytes = writeKey(lists, skills, queues);
  const auto key = record<List>(LIST_SCRATCH).block;
  const auto hash = hashOf(key, bytes);
  if (record<List>(LIST_CLASS_BUCKETS).count == 0) growClassBuckets();
  for (auto index = load<i32>(classBucketOf(hash)) - 1; index != NONE; index = agentClass(index).next - 1) {
    auto& known = agentClass(index);
    if (known.hash == hash && known.keyBytes == bytes && memoryCompare(known.key, key, bytes) == 0) return index;
  }
  return makeClass(key, bytes, hash);
}

static i32 makeClass(usize key, i32 bytes, u32 hash) {
  auto& own = state();
  auto index = own.freeClass - 1;
  if (index >= 0) {
    own.freeClass = agentClass(index).next;
  } else {
    index = classes();
    if (index >= record<List>(LIST_CLASS_BUCKETS).count) growClassBuckets();
    make<AgentClass>(POOL_CLASSES, index);
  }
  auto& made = agentClass(index);
  made.key = allocate(bytes);
  made.keyBytes = bytes;
  made.hash = hash;
  made.members = 0;
  memoryCopy(made.key, key, bytes);
  made.next = load<i32>(classBucketOf(hash));
  store<i32>(classBucketOf(hash), index + 1);
  fillFits(index);
  return index;
}

static void growClassBuckets() {
  auto& buckets = record<List>(LIST_CLASS_BUCKETS);
  const auto wanted = buckets.count == 0 ? CLASS_BUCKETS_MIN : buckets.count * 2;
  reserve(buckets, wanted, 4);
  buckets.count = wanted;
  memoryFill(buckets.block, 0, ((usize)wanted) << 2);
  for (auto index = 0; index < classes(); index++) {
    auto& known = agentClass(index);
    if (known.keyBytes == 0) continue;
    known.next = load<i32>(classBucketOf(known.hash));
    store<i32>(classBucketOf(known.hash), index + 1);
  }
}

static void joinClass(i32 handle, i32 index) {
  auto& joined = agentClass(index);
  auto& member = agent(handle);
  member.agentClass = index;
  member.previousInClass = 0;
  member.nextInClass = joined.firstMember;
  if (joined.firstMember != 0) agent(joined.firstMember - 1).previousInClass = handle + 1;
  joined.firstMember = handle + 1;
  joined.members++;
}

static void leaveClass(i32 handle) {
  auto& member = agent(handle);
  const auto index = member.agentClass;
  auto& left = agentClass(index);
  if (member.previousInClass != 0)
    agent(member.previousInClass - 1).nextInClass = member.nextInClass;
  else
    left.firstMember = member.nextInClass;
  if (member.nextInClass != 0) agent(member.nextInClass - 1).previousInClass = member.previousInClass;
  left.members--;
  if (left.members > 0) return;

  const auto bucket = classBucketOf(left.hash);
  auto previous = load<i32>(bucket) - 1;
  if (previous == index) {
    store<i32>(bucket, left.next);
  } else {
    while (agentClass(previous).next - 1 != index) previous = agentClass(previous).next - 1;
    agentClass(previous).next = left.next;
  }
  release(left.key, left.keyBytes);
  left.keyBytes = 0;
  clear(fits(left), FIT_BYTES);
  left.next = state().freeClass;
  state().freeClass = index + 1;
}

}  // namespace twin
