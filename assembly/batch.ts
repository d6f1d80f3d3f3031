// Queues that match in batches: contacts that wait and agents that are free are gathered for a while, and matched together.
//
//   somebody waits whom somebody free could serve ── batchMs ──▶ a batch is put together ──▶ solved, a slice a tick ──▶ offered
//          ▲                                                                                                          │
//          └────────────────────── who is left, and who came meanwhile ───────────────────────────────────────────────┘
//
// Invariant of such a queue: whenever a contact waits whom an agent that is free could serve, its timer runs or its batch is
// being solved. Nothing of it is matched in any other way, but who is asked for by name.
//
// A batch is of the moment in which it was put together: who waited, who was free, what they scored. It is solved in slices
// of bounded work (assign.ts), one a tick and a millisecond apart, so no timer is late by more than a slice. What it says is
// looked at again before anything is offered: the contact must wait as it did, and the agent must be free for it; what does
// not hold any more is left to the next batch. A contact is in one batch at a time, an agent gets one contact of a batch.
//
// A batch takes at most BATCH_CONTACTS_MAX contacts, the first in the order of the queue of those whom anybody could serve,
// BATCH_AGENTS_MAX agents, those that have been idle for longest, and as many different requirements as make
// BATCH_SCORES_MAX scores; the others are the next batch's.

import { agent, agentIsFree } from './agents.ts';
import { allocate, List, release, reserve } from './arena.ts';
import {
  Assignment,
  columnOf,
  handleAt,
  isSolved,
  makeAssignment,
  numberAt,
  profileAt,
  releaseAssignment,
  setAgent,
  setContact,
  setLast,
  setPoints,
  slotAt,
  solve,
} from './assign.ts';
import { agentClass, levelsOf } from './classes.ts';
import { ABSENT, pointsAt, TERM_MAX } from './columns.ts';
import { contact } from './contacts.ts';
import { explainBatched, explainMatched } from './explain.ts';
import { BATCH_BITS, LIST_BATCH, LIST_SCRATCH, now, state } from './header.ts';
import { append, entry, order, removeAt } from './heaps.ts';
import {
  BATCH_AGENTS_MAX,
  BATCH_CONTACTS_MAX,
  BATCH_SCORES_MAX,
  BATCH_WORK_MAX,
  CONTACT_WAITING,
  NONE,
  QUEUED_UPDATED,
  QUEUES_MAX,
  SCORE_LAST_AGENT,
  SCORE_RANK,
  SELECT_SCORE,
} from './layout.ts';
import { addHomeless, comesBefore } from './match.ts';
import { makeOffer } from './offers.ts';
import { anyFree, FreeEntry, Profile, profile, removeWaiting } from './profiles.ts';
import { Queue, queue } from './queues.ts';
import { rank } from './score.ts';
import { clearTimer, setTimer, TIMER_BATCH } from './timers.ts';
import { gatherFirst } from './waiting-tree.ts';

const MILLIONTHS: i64 = 1000000;
const RANK_MAX: i64 = 1000000000;
const SLICES_APART_MS: i64 = 1;

// ── When ────────────────────────────────────────────────────────────────────────────────────────────────────────
/** Somebody waits with this profile, or is free for it, who did not or was not. */
export function noteBatch(that: Profile): void {
  const from = queue(that.queue);
  if (from.batchMs === 0 || from.batchTimer !== 0 || state().importing !== 0) return;
  if (that.waitingCount === 0 || that.scored === 0) return;
  const word = BATCH_BITS + ((<usize>(that.queue >> 6)) << 3);
  store<u64>(word, load<u64>(word) | ((<u64>1) << (that.queue & 63)));
}

/** At the end of a cause: queues begin to gather in the order of their handles, and not in that in which agents met them. */
export function beginBatches(): void {
  for (let base = 0; base < QUEUES_MAX; base += 64) {
    const word = BATCH_BITS + ((<usize>(base >> 6)) << 3);
    for (let bits = load<u64>(word); bits !== 0; bits &= bits - 1) beginBatch(base + <i32>ctz<u64>(bits));
    store<u64>(word, 0);
  }
}

function beginBatch(handle: i32): void {
  const that = queue(handle);
  if (that.batchMs > 0 && that.batchTimer === 0 && hasPair(that)) setDue(handle, now() + that.batchMs);
}

/** Whether somebody waits whom somebody free could serve. */
function hasPair(that: Queue): bool {
  for (let number = that.firstProfile - 1; number !== NONE; number = profile(number).nextInQueue - 1) {
    if (profile(number).waitingCount > 0 && profile(number).scored > 0) return true;
  }
  return false;
}

function setDue(handle: i32, due: i64): void {
  queue(handle).batchTimer = setTimer(TIMER_BATCH, handle, due) + 1;
}

/** From now on the queue matches so. Who waited for a batch, where there are none any more, is placed one after the other. */
export function batchBy(handle: i32, batchMs: i32): void {
  const that = queue(handle);
  const before = that.batchMs;
  assert(batchMs >= 0 && (batchMs === 0 || that.select === SELECT_SCORE));
  that.batchMs = batchMs;
  if (batchMs > 0 || before === 0) {
    if (before === 0) noteBatches(handle);
    return;
  }
  endBatch(handle);
  if (nextHead(that) !== NONE) setDue(handle, 0);
}

function noteBatches(handle: i32): void {
  for (let number = queue(handle).firstProfile - 1; number !== NONE; number = profile(number).nextInQueue - 1) {
    noteBatch(profile(number));
  }
}

/** What was gathered, or is solved, is for nothing. */
export function endBatch(handle: i32): void {
  const that = queue(handle);
  if (that.assignment !== 0) releaseAssignment(changetype<Assignment>(that.assignment));
  that.assignment = 0;
  if (that.batchTimer !== 0) clearTimer(that.batchTimer - 1);
  that.batchTimer = 0;
}

/** Of a queue that matches at once, the first that waits beside somebody who is free for it; NONE but where batches ended. */
function nextHead(that: Queue): i32 {
  let best = NONE;
  for (let number = that.firstProfile - 1; number !== NONE; number = profile(number).nextInQueue - 1) {
    const candidate = profile(number);
    if (candidate.waitingCount === 0 || !anyFree(candidate)) continue;
    if (best === NONE || comesBefore(candidate.firstWaiting, best)) best = candidate.firstWaiting;
  }
  return best;
}

/** The timer of a queue's batch. */
export function batchDue(handle: i32): void {
  const that = queue(handle);
  if (that.batchMs === 0) return placeNext(handle);
  if (that.assignment === 0) {
    putTogether(handle);
  } else {
    const batch = changetype<Assignment>(that.assignment);
    solve(batch, BATCH_WORK_MAX);
    if (isSolved(batch)) {
      that.assignment = 0;
      offerAll(batch);
      releaseAssignment(batch);
    }
  }
  if (that.assignment !== 0) setDue(handle, now() + SLICES_APART_MS);
  else noteBatches(handle);
}

/** There are no batches any more: the first of those who could be served is placed, and the next by the next timer. */
function placeNext(handle: i32): void {
  const that = queue(handle);
  const slot = nextHead(that);
  if (slot === NONE) return;
  removeWaiting(slot);
  addHomeless(slot, QUEUED_UPDATED);
  setDue(handle, 0);
}

// ── Putting together ────────────────────────────────────────────────────────────────────────────────────────────
function gathered(): List {
  return changetype<List>(LIST_BATCH);
}

function gatheredAt(place: i32): i32 {
  return load<i32>(gathered().block + ((<usize>place) << 2));
}

function putTogether(handle: i32): void {
  const that = queue(handle);
  gatherContacts(that);
  let rows = 0;
  let size = 0;
  for (let place = 0; place < gathered().count; place++) {
    const wanted = profile(contact(gatheredAt(place)).profile);
    if (wanted.batchRow !== 0) continue;
    wanted.batchRow = ++rows;
    if (wanted.columnsSize > size) size = wanted.columnsSize;
  }
  if (rows > 0) fill(that, size, rows);
  for (let place = 0; place < gathered().count; place++) profile(contact(gatheredAt(place)).profile).batchRow = 0;
  gathered().count = 0;
}

/** The first of those who wait whom somebody could serve. */
function gatherContacts(that: Queue): void {
  const list = gathered();
  const first = changetype<List>(LIST_SCRATCH);
  list.count = 0;
  for (let number = that.firstProfile - 1; number !== NONE; number = profile(number).nextInQueue - 1) {
    const candidate = profile(number);
    if (candidate.waitingCount === 0 || candidate.scored === 0) continue;
    const bytes = (<usize>BATCH_CONTACTS_MAX) << 2;
    reserve(first, <i32>bytes, 1);
    const own = gatherFirst(candidate.waitingRoot, BATCH_CONTACTS_MAX, first.block, 0);
    for (let place = 0; place < own; place++) {
      if (!gather(load<i32>(first.block + ((<usize>place) << 2)))) break;
    }
  }
}

/** Adds a contact at its place; false where as many come before it as there is room for. */
function gather(slot: i32): bool {
  const list = gathered();
  let low = 0;
  let high = list.count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (comesBefore(gatheredAt(middle), slot)) low = middle + 1;
    else high = middle;
  }
  if (low === BATCH_CONTACTS_MAX) return false;
  reserve(list, BATCH_CONTACTS_MAX + 1, 4);
  const place = list.block + ((<usize>low) << 2);
  memory.copy(place + 4, place, (<usize>(list.count - low)) << 2);
  store<i32>(place, slot);
  if (list.count < BATCH_CONTACTS_MAX) list.count++;
  return true;
}

/** The columns, longest idle first, then the batch itself. `size`: more than any handle that is free. */
function fill(that: Queue, size: i32, rowsWanted: i32): void {
  const columnsBytes = (<usize>size) << 2;
  const columns = allocate(columnsBytes);
  memory.fill(columns, 0, columnsBytes);
  const idleBlock = allocate(offsetof<List>());
  const idle = changetype<List>(idleBlock);
  memory.fill(idleBlock, 0, offsetof<List>());
  for (let place = 0; place < gathered().count; place++) {
    const wanted = profile(contact(gatheredAt(place)).profile);
    // Only once for each profile: a row that was gone through has the sign turned.
    if (wanted.batchRow < 0) continue;
    wanted.batchRow = -wanted.batchRow;
    for (let handle = 0; handle < wanted.columnsSize; handle++) {
      if (load<i32>(wanted.pointsColumn + ((<usize>handle) << 2)) === ABSENT) continue;
      const column = columns + ((<usize>handle) << 2);
      if (load<i32>(column) !== 0) continue;
      store<i32>(column, NONE);
      append(idle, agent(handle).idleSince, handle, 0);
    }
  }
  order<FreeEntry>(idle);
  const agents = idle.count < BATCH_AGENTS_MAX ? idle.count : BATCH_AGENTS_MAX;
  let rows = BATCH_SCORES_MAX / agents;
  if (rows > rowsWanted) rows = rowsWanted;
  let contacts = 0;
  for (let place = 0; place < gathered().count; place++) {
    if (-profile(contact(gatheredAt(place)).profile).batchRow <= rows) contacts++;
  }
  const batch = makeAssignment(contacts, agents, rows);
  for (let column = 0; column < agents; column++) {
    const handle = entry<FreeEntry>(idle.block, 0).id;
    removeAt<FreeEntry>(idle, 0);
    setAgent(batch, column, handle);
    store<i32>(columns + ((<usize>handle) << 2), column + 1);
  }
  fillRows(that, batch, columns, size);
  release(columns, columnsBytes);
  if (idle.capacity > 0) release(idle.block, (<usize>idle.capacity) << 4);
  release(idleBlock, offsetof<List>());
  that.assignment = changetype<usize>(batch);
}

function fillRows(that: Queue, batch: Assignment, columns: usize, size: i32): void {
  const rankWeight: i64 = that.scoreWeight(SCORE_RANK);
  const lastPoints = that.scoreWeight(SCORE_LAST_AGENT) * TERM_MAX;
  let filled = 0;
  let place = 0;
  for (let at = 0; at < gathered().count; at++) {
    const slot = gatheredAt(at);
    const waits = contact(slot);
    const wanted = profile(waits.profile);
    const row = -wanted.batchRow - 1;
    if (row >= batch.rows) continue;
    if (row === filled) {
      for (let column = 0; column < batch.agents; column++) {
        setPoints(batch, row, column, pointsAt(wanted, that, handleAt(batch, column)));
      }
      filled++;
    }
    let priorities = rank(waits, that, now()) / MILLIONTHS;
    if (priorities > RANK_MAX) priorities = RANK_MAX;
    if (priorities < -RANK_MAX) priorities = -RANK_MAX;
    setContact(batch, place, slot, waits.number, waits.profile, row, rankWeight * priorities);
    const last = waits.servedBy - 1;
    const column = last >= 0 && last < size ? load<i32>(columns + ((<usize>last) << 2)) - 1 : NONE;
    if (column >= 0) setLast(batch, place, column, lastPoints);
    place++;
    if (state().asked !== 0) explainBatched(slot);
  }
}

// ── Moving to another build ─────────────────────────────────────────────────────────────────────────────────────
/** A batch that was solved for so many slices, from what it was put together of. */
export function restoreAssignment(that: Assignment, slices: i32): void {
  for (let slice = 0; slice < slices; slice++) solve(that, BATCH_WORK_MAX);
  assert(!isSolved(that));
}

// ── What comes of it ────────────────────────────────────────────────────────────────────────────────────────────
function offerAll(batch: Assignment): void {
  for (let place = 0; place < batch.contacts; place++) {
    const slot = slotAt(batch, place);
    const waits = contact(slot);
    if (waits.number !== numberAt(batch, place) || waits.state !== CONTACT_WAITING || !waits.pooled) continue;
    if (waits.profile !== profileAt(batch, place)) continue;
    const column = columnOf(batch, place);
    const matched = column === NONE ? NONE : handleAt(batch, column);
    const holds = matched === NONE || isStillFree(matched, waits.profile);
    if (state().asked !== 0) explainMatched(slot, holds ? matched : NONE, holds, batch, place);
    if (matched === NONE || !holds) continue;
    removeWaiting(slot);
    makeOffer(slot, matched);
  }
}

function isStillFree(handle: i32, number: i32): bool {
  const that = agent(handle);
  const wanted = profile(number);
  return (
    that.exists !== 0 && agentIsFree(that, wanted.channel) && levelsOf(agentClass(that.agentClass).key, wanted) >= 0
  );
}
