// Queues that match in batches: contacts that wait and agents that are free are gathered for a while, and matched together.
//
//   somebody waits whom somebody free could serve ── batchMs ──▶ a batch is put together ──▶ scored ──▶ solved ──▶ offered
//          ▲                                                                                                          │
//          └────────────────────── who is left, and who came meanwhile ───────────────────────────────────────────────┘
//
// Invariant of such a queue: whenever a contact waits whom an agent that is free could serve, its timer runs. Nothing of it is
// matched in any other way, but who is asked for by name.
//
// Who waited and who was free is of the moment in which a batch was put together. From then on it goes on in slices, a
// millisecond apart: each requirement is scored, the assignment is solved (assign.ts), and its matches are offered. All batches
// of a partition together do BATCH_WORK_MAX of that in a tick, in the order of their timers, so no timer of anybody waits for
// more. What a batch says is looked at again before anything is offered: the contact must wait as it did, and the agent must be
// free for it; what does not hold any more is left to the next batch. A contact is in one batch at a time, an agent gets one
// contact of a batch.
//
// A batch takes at most BATCH_CONTACTS_MAX contacts, the first in the order of the queue of those whom anybody could serve,
// BATCH_AGENTS_MAX agents, those that have been idle for longest, and as many different requirements as make
// BATCH_SCORES_MAX scores and are found in BATCH_PLACES_MAX places of columns; the others are the next batch's.

import { bends, firstBehind, firstNow, mayPass } from './ageing.ts';
import { agent, agentExists, agentIsFree } from './agents.ts';
import { excludes } from './among.ts';
import { allocate, clear, List, made, release, reserve } from './arena.ts';
import {
  Assignment,
  agentsOf,
  columnOf,
  handleAt,
  isSolved,
  makeAssignment,
  numberAt,
  profileAt,
  releaseAssignment,
  rowAt,
  rowOf,
  setAgent,
  setContact,
  setLast,
  slotAt,
  solve,
} from './assign.ts';
import { agentClass, levelsOf } from './classes.ts';
import { ABSENT, addThoseIn, scoreThese, TERM_MAX } from './columns.ts';
import { contact } from './contacts.ts';
import { explainBatched, explainMatched } from './explain.ts';
import { BATCH_BITS, LIST_BATCH, LIST_SCRATCH, now, POOL_CONTACTS, state } from './header.ts';
import { append, entry, order, removeAt } from './heaps.ts';
import { idleSince } from './idle.ts';
import {
  BATCH_AGENTS_MAX,
  BATCH_CONTACTS_MAX,
  BATCH_OFFER_WORK,
  BATCH_PLACES_MAX,
  BATCH_SCORE_WORK,
  BATCH_SCORES_MAX,
  BATCH_WORK_MAX,
  BATCH_WORK_SMALL,
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
import { anyFree, FreeEntry, Profile, profile, profileExists, removeWaiting } from './profiles.ts';
import { Queue, queue } from './queues.ts';
import { placeKey, rank } from './score.ts';
import { clearTimer, setTimer, TIMER_BATCH } from './timers.ts';
import { gatherFirst } from './waiting-tree.ts';

const MILLIONTHS: i64 = 1000000;
const RANK_MAX: i64 = 1000000000;
const SLICES_APART_MS: i64 = 1;
/** Next to nothing in the build that tests play small batches with, so that these take many ticks, too. */
const WORK_MAX: i32 = isDefined(SMALL_SLICES) ? BATCH_WORK_SMALL : BATCH_WORK_MAX;

// ── When ────────────────────────────────────────────────────────────────────────────────────────────────────────
/** Somebody waits with this profile, or is free for it, who did not or was not. */
export function noteBatch(that: Profile): void {
  const from = queue(that.queue);
  if (from.batchMs === 0 || from.batchTimer !== 0 || state().importing !== 0) return;
  if (that.waitingCount === 0 || that.scored === 0) return;
  const word = BATCH_BITS + ((<usize>(that.queue >> 6)) << 3);
  store<u64>(word, load<u64>(word) | ((<u64>1) << (that.queue & 63)));
  state().batchesNoted = 1;
}

/** At the end of a cause: queues begin to gather in the order of their handles, and not in that in which agents met them. */
export function beginBatches(): void {
  if (state().batchesNoted === 0) return;
  state().batchesNoted = 0;
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
    const head = firstNow(candidate);
    if (best === NONE || comesBefore(head, best)) best = head;
  }
  return best;
}

/** The timer of a queue's batch. Where other batches have had this tick's work it comes again in the next. */
export function batchDue(handle: i32): void {
  const that = queue(handle);
  if (that.batchMs === 0) return placeNext(handle);
  const hasTurn = state().batchWork < WORK_MAX;
  if (hasTurn && that.assignment === 0) putTogether(handle);
  else if (hasTurn && goOn(handle, changetype<Assignment>(that.assignment))) endBatch(handle);
  if (that.assignment !== 0 || !hasTurn) setDue(handle, now() + SLICES_APART_MS);
  else noteBatches(handle);
}

/** Goes on with a batch for as long as this tick has work left. Returns whether it is over. */
function goOn(handle: i32, batch: Assignment): bool {
  const own = state();
  fillRows(handle, batch);
  if (batch.filled === batch.rows && !isSolved(batch) && own.batchWork < WORK_MAX) {
    own.batchWork += solve(batch, WORK_MAX - own.batchWork);
  }
  return isSolved(batch) && offerMatches(batch);
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
  let places = 0;
  let size = 0;
  for (let place = 0; place < gathered().count; place++) {
    const wanted = profile(contact(gatheredAt(place)).profile);
    if (wanted.batchRow !== 0) continue;
    places += wanted.columnsSize;
    if (rows > 0 && places > BATCH_PLACES_MAX) break;
    wanted.batchRow = ++rows;
    if (wanted.columnsSize > size) size = wanted.columnsSize;
  }
  if (rows > 0) makeBatch(that, size, rows);
  for (let place = 0; place < gathered().count; place++) profile(contact(gatheredAt(place)).profile).batchRow = 0;
  gathered().count = 0;
}

/** The first of those who wait whom somebody could serve. */
function gatherContacts(that: Queue): void {
  const list = gathered();
  list.count = 0;
  for (let number = that.firstProfile - 1; number !== NONE; number = profile(number).nextInQueue - 1) {
    const candidate = profile(number);
    if (candidate.waitingCount === 0 || candidate.scored === 0) continue;
    let next = candidate.firstWaiting;
    while (next !== NONE) {
      gatherFrom(candidate, that, next);
      // Where the order changes as time goes by, the tree has the order of now only within a priority.
      next = bends(that) ? firstBehind(candidate, next) : NONE;
      const isFull = list.count === BATCH_CONTACTS_MAX;
      if (next !== NONE && isFull && !mayPass(next, gatheredAt(list.count - 1), that)) break;
    }
  }
}

/** Adds a contact and those behind it in its tree, or in its priority there, for as long as there is room for them. */
function gatherFrom(wanted: Profile, that: Queue, slot: i32): void {
  if (!gather(slot)) return;
  const first = changetype<List>(LIST_SCRATCH);
  const bytes = (<usize>BATCH_CONTACTS_MAX) << 2;
  reserve(first, <i32>bytes, 1);
  const own = gatherFirst(wanted.waitingRoot, placeKey(contact(slot), that), BATCH_CONTACTS_MAX, first.block, 0);
  for (let place = 1; place < own; place++) {
    const other = load<i32>(first.block + ((<usize>place) << 2));
    if (bends(that) && contact(other).priority !== contact(slot).priority) return;
    if (!gather(other)) return;
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

/** The batch of those that were gathered. `size`: more than any handle that is free; `rowsWanted`: their requirements. */
function makeBatch(that: Queue, size: i32, rowsWanted: i32): void {
  const idle = changetype<List>(allocate(offsetof<List>()));
  memory.fill(changetype<usize>(idle), 0, offsetof<List>());
  gatherAgents(that, idle, size, rowsWanted);
  const agents = idle.count < BATCH_AGENTS_MAX ? idle.count : BATCH_AGENTS_MAX;
  let rows = BATCH_SCORES_MAX / agents;
  if (rows > rowsWanted) rows = rowsWanted;
  let contacts = 0;
  for (let place = 0; place < gathered().count; place++) {
    if (isIn(profile(contact(gatheredAt(place)).profile), rows)) contacts++;
  }
  const batch = makeAssignment(contacts, agents, rows);
  that.assignment = changetype<usize>(batch);
  state().batchWork += BATCH_SCORE_WORK * (contacts + agents);
  // The column of each handle, and 0 for who has none.
  const columnsBytes = (<usize>size) << 2;
  const columns = allocate(columnsBytes);
  memory.fill(columns, 0, columnsBytes);
  for (let column = 0; column < agents; column++) {
    const handle = entry<FreeEntry>(idle.block, 0).id;
    removeAt<FreeEntry>(idle, 0);
    setAgent(batch, column, handle);
    store<i32>(columns + ((<usize>handle) << 2), column + 1);
  }
  enterContacts(that, batch, columns, size);
  release(columns, columnsBytes);
  clear(idle, offsetof<FreeEntry>());
  release(changetype<usize>(idle), offsetof<List>());
}

function isIn(wanted: Profile, rows: i32): bool {
  return wanted.batchRow > 0 && wanted.batchRow <= rows;
}

/** All who are free for any of these requirements, as a heap by idle time: a set first, so that each is looked at once. */
function gatherAgents(that: Queue, idle: List, size: i32, rows: i32): void {
  const setBytes = <usize>size >> 3;
  const set = allocate(setBytes);
  memory.fill(set, 0, setBytes);
  let row = 0;
  for (let place = 0; row < rows; place++) {
    const wanted = profile(contact(gatheredAt(place)).profile);
    // Rows were numbered in this order.
    if (wanted.batchRow !== row + 1) continue;
    row++;
    addThoseIn(wanted, set);
  }
  for (let base = 0; base < size; base += 64) {
    for (let bits = load<u64>(set + (<usize>base >> 3)); bits !== 0; bits &= bits - 1) {
      const handle = base + <i32>ctz<u64>(bits);
      append(idle, idleSince(that, handle), handle, 0);
    }
  }
  order<FreeEntry>(idle);
  release(set, setBytes);
}

function enterContacts(that: Queue, batch: Assignment, columns: usize, size: i32): void {
  const rankWeight: i64 = that.scoreWeight(SCORE_RANK);
  const lastPoints = that.scoreWeight(SCORE_LAST_AGENT) * TERM_MAX;
  let place = 0;
  for (let at = 0; at < gathered().count; at++) {
    const slot = gatheredAt(at);
    const waits = contact(slot);
    const wanted = profile(waits.profile);
    if (!isIn(wanted, batch.rows)) continue;
    let priorities = rank(waits, that, now()) / MILLIONTHS;
    if (priorities > RANK_MAX) priorities = RANK_MAX;
    if (priorities < -RANK_MAX) priorities = -RANK_MAX;
    setContact(batch, place, slot, waits.number, waits.profile, wanted.batchRow - 1, rankWeight * priorities);
    const last = waits.servedBy - 1;
    const column = last >= 0 && last < size ? load<i32>(columns + ((<usize>last) << 2)) - 1 : NONE;
    if (column >= 0) setLast(batch, place, column, lastPoints);
    place++;
  }
}

// ── Scoring ─────────────────────────────────────────────────────────────────────────────────────────────────────
/** Rows come in the order in which contacts have them first. */
function fillRows(handle: i32, batch: Assignment): void {
  const own = state();
  for (let place = 0; batch.filled < batch.rows && own.batchWork < WORK_MAX; place++) {
    if (rowAt(batch, place) !== batch.filled) continue;
    const number = profileAt(batch, place);
    const into = rowOf(batch, batch.filled);
    // With the last of its contacts a requirement may have gone, and another have its number.
    if (profileExists(number) && profile(number).queue === handle) {
      scoreThese(profile(number), queue(handle), agentsOf(batch), batch.agents, into);
    } else {
      for (let column: usize = 0; column < <usize>batch.agents; column++) store<i32>(into + (column << 2), ABSENT);
    }
    own.batchWork += BATCH_SCORE_WORK * batch.agents;
    if (own.asked !== 0) explainRow(batch);
    batch.filled++;
  }
}

function explainRow(batch: Assignment): void {
  for (let place = 0; place < batch.contacts; place++) {
    if (rowAt(batch, place) === batch.filled && stillWaits(batch, place)) explainBatched(slotAt(batch, place));
  }
}

// ── What comes of it ────────────────────────────────────────────────────────────────────────────────────────────
/** Offers matches for as long as this tick has work left. Returns whether that was all. */
function offerMatches(batch: Assignment): bool {
  const own = state();
  while (batch.offered < batch.contacts && own.batchWork < WORK_MAX) offerMatch(batch, batch.offered++);
  return batch.offered === batch.contacts;
}

function offerMatch(batch: Assignment, place: i32): void {
  if (!stillWaits(batch, place)) return;
  const slot = slotAt(batch, place);
  const column = columnOf(batch, place);
  const matched = column === NONE ? NONE : handleAt(batch, column);
  const holds = matched === NONE || isStillFree(matched, contact(slot).profile);
  if (state().asked !== 0) explainMatched(slot, holds ? matched : NONE, holds, batch, place);
  if (matched === NONE || !holds) return;
  state().batchWork += BATCH_OFFER_WORK;
  removeWaiting(slot);
  makeOffer(slot, matched);
}

/** Whether a contact of a batch waits as it did. One that is withheld is in no pool; in a memory that was moved, one that is over is nowhere. */
function stillWaits(batch: Assignment, place: i32): bool {
  if (!made(POOL_CONTACTS, slotAt(batch, place))) return false;
  const waits = contact(slotAt(batch, place));
  const isSame = waits.number === numberAt(batch, place) && waits.profile === profileAt(batch, place);
  return isSame && waits.state === CONTACT_WAITING && waits.pooled !== 0;
}

function isStillFree(handle: i32, number: i32): bool {
  const wanted = profile(number);
  if (!agentExists(handle) || !agentIsFree(agent(handle), wanted.channel) || excludes(wanted, handle)) return false;
  return levelsOf(agentClass(agent(handle).agentClass).key, wanted) >= 0;
}
