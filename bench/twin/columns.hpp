// Ported from assembly/columns.ts, which says what it does and why: one agent after the other here, for the compiler to
// take several at once; what only explanations need is not here.
#pragma once

#include "declarations.hpp"

namespace twin {

constexpr i32 COLUMNS_MIN = 64;
constexpr i32 ABSENT = INT32_MIN;
constexpr i32 TERM_MAX = 1000;
constexpr i32 TERM_PER_LEVEL = 100;
constexpr i32 AT_AVERAGE = 500;
constexpr i32 PER_CONTACT = 50;
constexpr i64 COUNTED_MAX = 1 << 20;
constexpr i64 IDLE_FACTOR = 305419897;
constexpr i32 IDLE_SHIFT = 40;
constexpr i32 SHARE_SHIFT = 32;

static void addToColumns(Profile& that, Queue& from, i32 handle, i32 levels) {
  if (handle >= that.columnsSize) growColumns(that, handle + 1);
  auto left = 0;
  if (watchesLoads(from)) {
    bringToNow(that, from);
    left = (i32)loadOf(from, handle, that.loadsSlot);
  }
  const auto place = ((usize)handle) << 2;
  store<i32>(that.pointsColumn + place, pointsOf(that, from, levels));
  store<i32>(that.loadsColumn + place, left);
  store<i32>(that.contactsColumn + place, countsContacts(from) ? counted(shareOf(from, handle)) : 0);
  store<i64>(that.sinceColumn + (place << 1), idleSince(from, handle));
  that.scored++;
  noteBatch(that);
}

static void takeFromColumns(Profile& that, i32 handle) {
  store<i32>(that.pointsColumn + (((usize)handle) << 2), ABSENT);
  that.scored--;
}

static void clearColumns(Profile& that) {
  if (that.columnsSize > 0) {
    const auto bytes = ((usize)that.columnsSize) << 2;
    release(that.pointsColumn, bytes);
    release(that.loadsColumn, bytes);
    release(that.contactsColumn, bytes);
    release(that.sinceColumn, bytes << 1);
  }
  that.pointsColumn = 0;
  that.loadsColumn = 0;
  that.contactsColumn = 0;
  that.sinceColumn = 0;
  that.columnsSize = 0;
  that.scored = 0;
  that.loadsSlot = 0;
}

static void growColumns(Profile& that, i32 wanted) {
  auto size = that.columnsSize == 0 ? COLUMNS_MIN : that.columnsSize;
  while (size < wanted) size <<= 1;
  const auto before = ((usize)that.columnsSize) << 2;
  const auto bytes = ((usize)size) << 2;
  that.pointsColumn = longer(that.pointsColumn, before, bytes);
  that.loadsColumn = longer(that.loadsColumn, before, bytes);
  that.contactsColumn = longer(that.contactsColumn, before, bytes);
  that.sinceColumn = longer(that.sinceColumn, before << 1, bytes << 1);
  for (auto place = before; place < bytes; place += 4) store<i32>(that.pointsColumn + place, ABSENT);
  that.columnsSize = size;
}

static usize longer(usize column, usize before, usize bytes) {
  const auto block = allocate(bytes);
  memoryCopy(block, column, before);
  memoryFill(block + before, 0, bytes - before);
  if (before > 0) release(column, before);
  return block;
}

static i32 counted(i64 contacts) { return (i32)(contacts < COUNTED_MAX ? contacts : COUNTED_MAX); }

static void bringToNow(Profile& that, Queue& from) {
  const auto slot = now() / slotMs(from);
  const auto slots = slot - that.loadsSlot;
  that.loadsSlot = slot;
  if (slots == 0 || that.scored == 0) return;
  const auto halvings = (i32)(slots < LOAD_BITS ? slots : LOAD_BITS);
  const auto end = that.loadsColumn + (((usize)that.columnsSize) << 2);
  for (auto at = that.loadsColumn; at < end; at += 4) store<u32>(at, load<u32>(at) >> halvings);
}

static i32 requiredTerm(Profile& that, i32 levels) {
  i32 skills = that.all + that.any;
  return skills == 0 ? 0 : ((sumOf(levels) - preferredOf(levels)) * TERM_PER_LEVEL) / skills;
}

static i32 preferredTerm(Profile& that, i32 levels) {
  return that.prefers == 0 ? 0 : (preferredOf(levels) * TERM_PER_LEVEL) / (i32)that.prefers;
}

static i32 pointsOf(Profile& that, Queue& from, i32 levels) {
  const auto required = from.scoreWeight(SCORE_REQUIRED) * requiredTerm(that, levels);
  return required + from.scoreWeight(SCORE_PREFERRED) * preferredTerm(that, levels);
}

static i32 idleTerm(i64 idleMs) {
  const i64 counts = idleMs < (i64)SCORE_IDLE_MAX_MS ? idleMs : SCORE_IDLE_MAX_MS;
  return (i32)((u64)(counts * IDLE_FACTOR) >> IDLE_SHIFT);
}

static i64 shareFactor(Queue& from) {
  const auto ms = slotMs(from);
  return ((i64)TERM_MAX << SHARE_SHIFT) / (ms + (now() % ms));
}

static i32 occupancyTerm(i32 left, i64 factor) { return TERM_MAX - (i32)((u64)((i64)left * factor) >> SHARE_SHIFT); }

static i32 averageContacts(Queue& from) { return counted(averageHad(from)); }

static i32 contactsTerm(i32 contacts, i32 average) {
  const auto term = AT_AVERAGE + PER_CONTACT * (average - contacts);
  return term < 0 ? 0 : term > TERM_MAX ? TERM_MAX : term;
}

static void scoreThese(Profile& that, Queue& from, usize handles, i32 agents, usize into) {
  const auto idleWeight = from.scoreWeight(SCORE_IDLE);
  const auto occupancyWeight = from.scoreWeight(SCORE_OCCUPANCY);
  const auto contactsWeight = from.scoreWeight(SCORE_CONTACTS);
  const i64 factor = occupancyWeight == 0 ? 0 : shareFactor(from);
  const i32 average = contactsWeight == 0 ? 0 : averageContacts(from);
  if (occupancyWeight != 0) bringToNow(that, from);
  for (usize place = 0; place < ((usize)agents) << 2; place += 4) {
    const auto handle = load<i32>(handles + place);
    const auto own = ((usize)handle) << 2;
    auto score = handle < that.columnsSize ? load<i32>(that.pointsColumn + own) : ABSENT;
    if (score != ABSENT) {
      if (idleWeight != 0) score += idleWeight * idleTerm(now() - load<i64>(that.sinceColumn + (own << 1)));
      if (occupancyWeight != 0) score += occupancyWeight * occupancyTerm(load<i32>(that.loadsColumn + own), factor);
      if (contactsWeight != 0) score += contactsWeight * contactsTerm(load<i32>(that.contactsColumn + own), average);
    }
    store<i32>(into + place, score);
  }
}

static void addThoseIn(Profile& that, usize set) {
  for (auto handle = 0; handle < that.columnsSize; handle++) {
    if (load<i32>(that.pointsColumn + (((usize)handle) << 2)) == ABSENT) continue;
    const auto word = set + (((usize)(handle >> 6)) << 3);
    store<u64>(word, load<u64>(word) | (((u64)1) << (handle & 63)));
  }
}

static i32 bestScored(Profile& that, Queue& from, Contact& placed) {
  const auto idleWeight = from.scoreWeight(SCORE_IDLE);
  const auto occupancyWeight = from.scoreWeight(SCORE_OCCUPANCY);
  const auto contactsWeight = from.scoreWeight(SCORE_CONTACTS);
  const auto last = placed.servedBy - 1;
  const auto lastPoints = last == NONE ? 0 : from.scoreWeight(SCORE_LAST_AGENT) * TERM_MAX;
  const i64 factor = occupancyWeight == 0 ? 0 : shareFactor(from);
  const i32 average = contactsWeight == 0 ? 0 : averageContacts(from);
  if (occupancyWeight != 0) bringToNow(that, from);
  const auto time = now();
  auto best = NONE;
  auto bestScore = ABSENT;
  i64 bestSince = INT64_MAX;
  for (auto handle = 0; handle < that.columnsSize; handle++) {
    const auto place = ((usize)handle) << 2;
    auto score = load<i32>(that.pointsColumn + place);
    if (score == ABSENT) continue;
    const auto since = load<i64>(that.sinceColumn + (place << 1));
    if (idleWeight != 0) score += idleWeight * idleTerm(time - since);
    if (occupancyWeight != 0) score += occupancyWeight * occupancyTerm(load<i32>(that.loadsColumn + place), factor);
    if (contactsWeight != 0) score += contactsWeight * contactsTerm(load<i32>(that.contactsColumn + place), average);
    if (handle == last) score += lastPoints;
    if (score < bestScore || (score == bestScore && since >= bestSince)) continue;
    best = handle;
    bestScore = score;
    bestSince = since;
  }
  return best;
}

}  // namespace twin
