// Ported line for line from assembly/batch.ts, which says what it does and why; what only explanations and state records need is not here.
#pragma once

#include "declarations.hpp"

namespace twin {


constexpr i64 BATCH_MILLIONTHS = 1000000;
const i64 RANK_MAX = 1000000000;
const i64 SLICES_APART_MS = 1;
static void noteBatch(Profile& that) {
  auto& from = queue(that.queue);
  if (from.batchMs == 0 || from.batchTimer != 0 || state().importing != 0) return;
  if (that.waitingCount == 0 || that.scored == 0) return;
  const auto word = BATCH_BITS + (((usize)(that.queue >> 6)) << 3);
  store<u64>(word, load<u64>(word) | (((u64)1) << (that.queue & 63)));
}

static void beginBatches() {
  for (auto base = 0; base < QUEUES_MAX; base += 64) {
    const auto word = BATCH_BITS + (((usize)(base >> 6)) << 3);
    for (auto bits = load<u64>(word); bits != 0; bits &= bits - 1) beginBatch(base + (i32)__builtin_ctzll(bits));
    store<u64>(word, 0);
  }
}

static void beginBatch(i32 handle) {
  auto& that = queue(handle);
  if (that.batchMs > 0 && that.batchTimer == 0 && hasPair(that)) setDue(handle, now() + that.batchMs);
}

static bool hasPair(Queue& that) {
  for (auto number = that.firstProfile - 1; number != NONE; number = profile(number).nextInQueue - 1) {
    if (profile(number).waitingCount > 0 && profile(number).scored > 0) return true;
  }
  return false;
}

static void setDue(i32 handle, i64 due) {
  queue(handle).batchTimer = setTimer(TIMER_BATCH, handle, due) + 1;
}

static void batchBy(i32 handle, i32 batchMs) {
  auto& that = queue(handle);
  const auto before = that.batchMs;
  must(batchMs >= 0 && (batchMs == 0 || that.select == SELECT_SCORE));
  that.batchMs = batchMs;
  if (batchMs > 0 || before == 0) {
    if (before == 0) noteBatches(handle);
    return;
  }
  endBatch(handle);
  if (nextHead(that) != NONE) setDue(handle, 0);
}

static void noteBatches(i32 handle) {
  for (auto number = queue(handle).firstProfile - 1; number != NONE; number = profile(number).nextInQueue - 1) {
    noteBatch(profile(number));
  }
}

static void endBatch(i32 handle) {
  auto& that = queue(handle);
  if (that.assignment != 0) releaseAssignment(record<Assignment>(that.assignment));
  that.assignment = 0;
  if (that.batchTimer != 0) clearTimer(that.batchTimer - 1);
  that.batchTimer = 0;
}

static i32 nextHead(Queue& that) {
  auto best = NONE;
  for (auto number = that.firstProfile - 1; number != NONE; number = profile(number).nextInQueue - 1) {
    auto& candidate = profile(number);
    if (candidate.waitingCount == 0 || !anyFree(candidate)) continue;
    if (best == NONE || comesBefore(candidate.firstWaiting, best)) best = candidate.firstWaiting;
  }
  return best;
}

static void batchDue(i32 handle) {
  auto& that = queue(handle);
  if (that.batchMs == 0) return placeNext(handle);
  if (that.assignment == 0) {
    putTogether(handle);
  } else {
    auto& batch = record<Assignment>(that.assignment);
    solve(batch, BATCH_WORK_MAX);
    if (isSolved(batch)) {
      that.assignment = 0;
      offerAll(batch);
      releaseAssignment(batch);
    }
  }
  if (that.assignment != 0) setDue(handle, now() + SLICES_APART_MS);
  else noteBatches(handle);
}

static void placeNext(i32 handle) {
  auto& that = queue(handle);
  const auto slot = nextHead(that);
  if (slot == NONE) return;
  removeWaiting(slot);
  addHomeless(slot, QUEUED_UPDATED);
  setDue(handle, 0);
}
static List& gathered() {
  return record<List>(LIST_BATCH);
}

static i32 gatheredAt(i32 place) {
  return load<i32>(gathered().block + (((usize)place) << 2));
}

static void putTogether(i32 handle) {
  auto& that = queue(handle);
  gatherContacts(that);
  auto rows = 0;
  auto size = 0;
  for (auto place = 0; place < gathered().count; place++) {
    auto& wanted = profile(contact(gatheredAt(place)).profile);
    if (wanted.batchRow != 0) continue;
    wanted.batchRow = ++rows;
    if (wanted.columnsSize > size) size = wanted.columnsSize;
  }
  if (rows > 0) fill(that, size, rows);
  for (auto place = 0; place < gathered().count; place++) profile(contact(gatheredAt(place)).profile).batchRow = 0;
  gathered().count = 0;
}

static void gatherContacts(Queue& that) {
  auto& list = gathered();
  auto& first = record<List>(LIST_SCRATCH);
  list.count = 0;
  for (auto number = that.firstProfile - 1; number != NONE; number = profile(number).nextInQueue - 1) {
    auto& candidate = profile(number);
    if (candidate.waitingCount == 0 || candidate.scored == 0) continue;
    const auto bytes = ((usize)BATCH_CONTACTS_MAX) << 2;
    reserve(first, (i32)bytes, 1);
    const auto own = gatherFirst(candidate.waitingRoot, BATCH_CONTACTS_MAX, first.block, 0);
    for (auto place = 0; place < own; place++) {
      if (!gather(load<i32>(first.block + (((usize)place) << 2)))) break;
    }
  }
}

static bool gather(i32 slot) {
  auto& list = gathered();
  auto low = 0;
  auto high = list.count;
  while (low < high) {
    const auto middle = (low + high) >> 1;
    if (comesBefore(gatheredAt(middle), slot)) low = middle + 1;
    else high = middle;
  }
  if (low == BATCH_CONTACTS_MAX) return false;
  reserve(list, BATCH_CONTACTS_MAX + 1, 4);
  const auto place = list.block + (((usize)low) << 2);
  memoryCopy(place + 4, place, ((usize)(list.count - low)) << 2);
  store<i32>(place, slot);
  if (list.count < BATCH_CONTACTS_MAX) list.count++;
  return true;
}

static void fill(Queue& that, i32 size, i32 rowsWanted) {
  const auto columnsBytes = ((usize)size) << 2;
  const auto columns = allocate(columnsBytes);
  memoryFill(columns, 0, columnsBytes);
  const auto idleBlock = allocate((usize)sizeof(List));
  auto& idle = record<List>(idleBlock);
  memoryFill(idleBlock, 0, (usize)sizeof(List));
  for (auto place = 0; place < gathered().count; place++) {
    auto& wanted = profile(contact(gatheredAt(place)).profile);
    if (wanted.batchRow < 0) continue;
    wanted.batchRow = -wanted.batchRow;
    for (auto handle = 0; handle < wanted.columnsSize; handle++) {
      if (load<i32>(wanted.pointsColumn + (((usize)handle) << 2)) == ABSENT) continue;
      const auto column = columns + (((usize)handle) << 2);
      if (load<i32>(column) != 0) continue;
      store<i32>(column, NONE);
      append(idle, agent(handle).idleSince, handle, 0);
    }
  }
  order<FreeEntry>(idle);
  const auto agents = idle.count < BATCH_AGENTS_MAX ? idle.count : BATCH_AGENTS_MAX;
  auto rows = BATCH_SCORES_MAX / agents;
  if (rows > rowsWanted) rows = rowsWanted;
  auto contacts = 0;
  for (auto place = 0; place < gathered().count; place++) {
    if (-profile(contact(gatheredAt(place)).profile).batchRow <= rows) contacts++;
  }
  auto& batch = makeAssignment(contacts, agents, rows);
  for (auto column = 0; column < agents; column++) {
    const auto handle = entry<FreeEntry>(idle.block, 0).id;
    removeAt<FreeEntry>(idle, 0);
    setAgent(batch, column, handle);
    store<i32>(columns + (((usize)handle) << 2), column + 1);
  }
  fillRows(that, batch, columns, size);
  release(columns, columnsBytes);
  if (idle.capacity > 0) release(idle.block, ((usize)idle.capacity) << 4);
  release(idleBlock, (usize)sizeof(List));
  that.assignment = addressOf(batch);
}

static void fillRows(Queue& that, Assignment& batch, usize columns, i32 size) {
  const i64 rankWeight = that.scoreWeight(SCORE_RANK);
  const auto lastPoints = that.scoreWeight(SCORE_LAST_AGENT) * TERM_MAX;
  auto filled = 0;
  auto place = 0;
  for (auto at = 0; at < gathered().count; at++) {
    const auto slot = gatheredAt(at);
    auto& waits = contact(slot);
    auto& wanted = profile(waits.profile);
    const auto row = -wanted.batchRow - 1;
    if (row >= batch.rows) continue;
    if (row == filled) {
      for (auto column = 0; column < batch.agents; column++) {
        setPoints(batch, row, column, pointsAt(wanted, that, handleAt(batch, column)));
      }
      filled++;
    }
    auto priorities = rank(waits, that, now()) / BATCH_MILLIONTHS;
    if (priorities > RANK_MAX) priorities = RANK_MAX;
    if (priorities < -RANK_MAX) priorities = -RANK_MAX;
    setContact(batch, place, slot, waits.number, waits.profile, row, rankWeight * priorities);
    const auto last = waits.servedBy - 1;
    const auto column = last >= 0 && last < size ? load<i32>(columns + (((usize)last) << 2)) - 1 : NONE;
    if (column >= 0) setLast(batch, place, column, lastPoints);
    place++;
    }
}
static void offerAll(Assignment& batch) {
  for (auto place = 0; place < batch.contacts; place++) {
    const auto slot = slotAt(batch, place);
    auto& waits = contact(slot);
    if (waits.number != numberAt(batch, place) || waits.state != CONTACT_WAITING || !waits.pooled) continue;
    if (waits.profile != profileAt(batch, place)) continue;
    const auto column = columnOf(batch, place);
    const auto matched = column == NONE ? NONE : handleAt(batch, column);
    const auto holds = matched == NONE || isStillFree(matched, waits.profile);
      if (matched == NONE || !holds) continue;
    removeWaiting(slot);
    makeOffer(slot, matched);
  }
}

static bool isStillFree(i32 handle, i32 number) {
  auto& that = agent(handle);
  auto& wanted = profile(number);
  return (
    that.exists != 0 && agentIsFree(that, wanted.channel) && levelsOf(agentClass(that.agentClass).key, wanted) >= 0
  );
}

}  // namespace twin
