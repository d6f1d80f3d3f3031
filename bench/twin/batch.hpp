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
  state().batchesNoted = 1;
}

static void beginBatches() {
  if (state().batchesNoted == 0) return;
  state().batchesNoted = 0;
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
    const auto head = firstNow(candidate);
    if (best == NONE || comesBefore(head, best)) best = head;
  }
  return best;
}

static void batchDue(i32 handle) {
  auto& that = queue(handle);
  if (that.batchMs == 0) return placeNext(handle);
  const auto hasTurn = state().batchWork < BATCH_WORK_MAX;
  if (hasTurn && that.assignment == 0) putTogether(handle);
  else if (hasTurn && goOn(handle, record<Assignment>(that.assignment))) endBatch(handle);
  if (that.assignment != 0 || !hasTurn) setDue(handle, now() + SLICES_APART_MS);
  else noteBatches(handle);
}

static bool goOn(i32 handle, Assignment& batch) {
  auto& own = state();
  fillRows(handle, batch);
  if (batch.filled == batch.rows && !isSolved(batch) && own.batchWork < BATCH_WORK_MAX) {
    own.batchWork += solve(batch, BATCH_WORK_MAX - own.batchWork);
  }
  return isSolved(batch) && offerMatches(batch);
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
  auto places = 0;
  auto size = 0;
  for (auto place = 0; place < gathered().count; place++) {
    auto& wanted = profile(contact(gatheredAt(place)).profile);
    if (wanted.batchRow != 0) continue;
    places += wanted.columnsSize;
    if (rows > 0 && places > BATCH_PLACES_MAX) break;
    wanted.batchRow = ++rows;
    if (wanted.columnsSize > size) size = wanted.columnsSize;
  }
  if (rows > 0) makeBatch(that, size, rows);
  for (auto place = 0; place < gathered().count; place++) profile(contact(gatheredAt(place)).profile).batchRow = 0;
  gathered().count = 0;
}

static void gatherContacts(Queue& that) {
  auto& list = gathered();
  list.count = 0;
  for (auto number = that.firstProfile - 1; number != NONE; number = profile(number).nextInQueue - 1) {
    auto& candidate = profile(number);
    if (candidate.waitingCount == 0 || candidate.scored == 0) continue;
    auto next = candidate.firstWaiting;
    while (next != NONE) {
      gatherFrom(candidate, that, next);
      next = bends(that) ? firstBehind(candidate, next) : NONE;
      const auto isFull = list.count == BATCH_CONTACTS_MAX;
      if (next != NONE && isFull && !mayPass(next, gatheredAt(list.count - 1), that)) break;
    }
  }
}

static void gatherFrom(Profile& wanted, Queue& that, i32 slot) {
  if (!gather(slot)) return;
  auto& first = record<List>(LIST_SCRATCH);
  const auto bytes = ((usize)BATCH_CONTACTS_MAX) << 2;
  reserve(first, (i32)bytes, 1);
  const auto own = gatherFirst(wanted.waitingRoot, placeKey(contact(slot), that), BATCH_CONTACTS_MAX, first.block, 0);
  for (auto place = 1; place < own; place++) {
    const auto other = load<i32>(first.block + (((usize)place) << 2));
    if (bends(that) && contact(other).priority != contact(slot).priority) return;
    if (!gather(other)) return;
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

static void makeBatch(Queue& that, i32 size, i32 rowsWanted) {
  auto& idle = record<List>(allocate((usize)sizeof(List)));
  memoryFill(addressOf(idle), 0, (usize)sizeof(List));
  gatherAgents(that, idle, size, rowsWanted);
  const auto agents = idle.count < BATCH_AGENTS_MAX ? idle.count : BATCH_AGENTS_MAX;
  auto rows = BATCH_SCORES_MAX / agents;
  if (rows > rowsWanted) rows = rowsWanted;
  auto contacts = 0;
  for (auto place = 0; place < gathered().count; place++) {
    if (isIn(profile(contact(gatheredAt(place)).profile), rows)) contacts++;
  }
  auto& batch = makeAssignment(contacts, agents, rows);
  that.assignment = addressOf(batch);
  state().batchWork += BATCH_SCORE_WORK * (contacts + agents);
  const auto columnsBytes = ((usize)size) << 2;
  const auto columns = allocate(columnsBytes);
  memoryFill(columns, 0, columnsBytes);
  for (auto column = 0; column < agents; column++) {
    const auto handle = entry<FreeEntry>(idle.block, 0).id;
    removeAt<FreeEntry>(idle, 0);
    setAgent(batch, column, handle);
    store<i32>(columns + (((usize)handle) << 2), column + 1);
  }
  enterContacts(that, batch, columns, size);
  release(columns, columnsBytes);
  clear(idle, sizeof(FreeEntry));
  release(addressOf(idle), (usize)sizeof(List));
}

static bool isIn(Profile& wanted, i32 rows) {
  return wanted.batchRow > 0 && wanted.batchRow <= rows;
}

static void gatherAgents(Queue& that, List& idle, i32 size, i32 rows) {
  const auto setBytes = ((usize)size) >> 3;
  const auto set = allocate(setBytes);
  memoryFill(set, 0, setBytes);
  auto row = 0;
  for (auto place = 0; row < rows; place++) {
    auto& wanted = profile(contact(gatheredAt(place)).profile);
    if (wanted.batchRow != row + 1) continue;
    row++;
    addThoseIn(wanted, set);
  }
  for (auto base = 0; base < size; base += 64) {
    for (auto bits = load<u64>(set + (((usize)base) >> 3)); bits != 0; bits &= bits - 1) {
      const auto handle = base + (i32)__builtin_ctzll(bits);
      append(idle, idleSince(that, handle), handle, 0);
    }
  }
  order<FreeEntry>(idle);
  release(set, setBytes);
}

static void enterContacts(Queue& that, Assignment& batch, usize columns, i32 size) {
  const i64 rankWeight = that.scoreWeight(SCORE_RANK);
  const auto lastPoints = that.scoreWeight(SCORE_LAST_AGENT) * TERM_MAX;
  auto place = 0;
  for (auto at = 0; at < gathered().count; at++) {
    const auto slot = gatheredAt(at);
    auto& waits = contact(slot);
    auto& wanted = profile(waits.profile);
    if (!isIn(wanted, batch.rows)) continue;
    auto priorities = rank(waits, that, now()) / BATCH_MILLIONTHS;
    if (priorities > RANK_MAX) priorities = RANK_MAX;
    if (priorities < -RANK_MAX) priorities = -RANK_MAX;
    setContact(batch, place, slot, waits.number, waits.profile, wanted.batchRow - 1, rankWeight * priorities);
    const auto last = waits.servedBy - 1;
    const auto column = last >= 0 && last < size ? load<i32>(columns + (((usize)last) << 2)) - 1 : NONE;
    if (column >= 0) setLast(batch, place, column, lastPoints);
    place++;
  }
}

static void fillRows(i32 handle, Assignment& batch) {
  auto& own = state();
  for (auto place = 0; batch.filled < batch.rows && own.batchWork < BATCH_WORK_MAX; place++) {
    if (rowAt(batch, place) != batch.filled) continue;
    const auto number = profileAt(batch, place);
    const auto into = rowOf(batch, batch.filled);
    if (profileExists(number) && profile(number).queue == handle) {
      scoreThese(profile(number), queue(handle), agentsOf(batch), batch.agents, into);
    } else {
      for (usize column = 0; column < (usize)batch.agents; column++) store<i32>(into + (column << 2), ABSENT);
    }
    own.batchWork += BATCH_SCORE_WORK * batch.agents;
    batch.filled++;
  }
}

static bool offerMatches(Assignment& batch) {
  auto& own = state();
  while (batch.offered < batch.contacts && own.batchWork < BATCH_WORK_MAX) offerMatch(batch, batch.offered++);
  return batch.offered == batch.contacts;
}

static void offerMatch(Assignment& batch, i32 place) {
  if (!stillWaits(batch, place)) return;
  const auto slot = slotAt(batch, place);
  const auto column = columnOf(batch, place);
  const auto matched = column == NONE ? NONE : handleAt(batch, column);
  const auto holds = matched == NONE || isStillFree(matched, contact(slot).profile);
  if (matched == NONE || !holds) return;
  state().batchWork += BATCH_OFFER_WORK;
  removeWaiting(slot);
  makeOffer(slot, matched);
}

static bool stillWaits(Assignment& batch, i32 place) {
  if (!made(POOL_CONTACTS, slotAt(batch, place))) return false;
  auto& waits = contact(slotAt(batch, place));
  const auto isSame = waits.number == numberAt(batch, place) && waits.profile == profileAt(batch, place);
  return isSame && waits.state == CONTACT_WAITING && waits.pooled != 0;
}

static bool isStillFree(i32 handle, i32 number) {
  auto& wanted = profile(number);
  if (!agentExists(handle) || !agentIsFree(agent(handle), wanted.channel) || excludes(wanted, handle)) return false;
  return levelsOf(agentClass(agent(handle).agentClass).key, wanted) >= 0;
}

}  // namespace twin
