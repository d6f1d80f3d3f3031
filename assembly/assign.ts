// An optimal assignment: of all ways to match as many contacts with agents as can be, one with the highest sum of scores.
//
// Successive shortest augmenting paths with potentials (R. Jonker and A. Volgenant, A shortest augmenting path algorithm for
// dense and sparse linear assignment problems, Computing 38, 1987; the rectangular form of D. F. Crouse, On implementing 2D
// rectangular assignment algorithms, IEEE Transactions on Aerospace and Electronic Systems 52(4), 2016). Contacts are rows
// and come in their order; agents are columns, the longest idle first. A pair costs its score below zero. Each row has a way
// out of its own, to remain without a match, that costs more than all scores together can differ: so as many are matched as
// can be, and of who is left out the score decides. A pair that does not fit has no edge and is passed over.
//
// Each row is brought in along a shortest path; of equal ones the way to a column that is free, then over the column that
// comes first, and a match before none. So the same batch has the same result on every run, and ties between assignments are decided by the order of the
// contacts, then by who was idle for longest. All numbers are whole.
//
// It goes on where it stopped: solve() looks at so many columns and returns. Where two columns are as near, one that is
// matched with nobody is taken, since a path that ends is as good as one that goes on, and among equals there would be
// a path through everybody who was matched before. Everything is in one block:
//
//   Assignment │ rank i64[n] │ slot, number, profile, row, last column, its points: i32[n] each │ handle i32[m] │ scores i32[r × m] │
//   u i64[n] │ v i64[m] │ dist i64[m] │ column of a row i32[n] │ row of a column, row before, passed: i32[m] each

import { allocate, release } from './arena.ts';
import { ABSENT } from './columns.ts';
import { NONE } from './layout.ts';

/** To remain without a match. More than 1,024 times what two scores can differ by: 2 × (1000 × 10⁹ + 10⁷). */
const WITHOUT: i64 = (<i64>1) << 52;
const FAR: i64 = i64.MAX_VALUE;

@unmanaged
export class Assignment {
  contacts: i32;
  agents: i32;
  rows: i32;
  /** Rows that were looked from so far. */
  looks: i32;
  /** The row that is brought in, and the one whose columns are looked at next; NONE between two. */
  brought: i32;
  looking: i32;
  /** Rows that have been brought in. */
  done: i32;
  /** The row that would be left out most cheaply, and for how much; and how far the looking row is. */
  leftOut: i32;
  leftOutAt: i64;
  reached: i64;
  matches: i32;
  blockBytes: i32;
  total: i64;
  /** Rows of scores that are worked out; and, when it is solved, contacts gone past in offering. */
  filled: i32;
  offered: i32;
}

// ── The block ───────────────────────────────────────────────────────────────────────────────────────────────────
function inputAt(that: Assignment): usize {
  return changetype<usize>(that) + ((offsetof<Assignment>() + 7) & ~(<usize>7));
}

/** Where a list of one i32 for each contact is: slots, numbers, profiles, rows, last columns, their points. */
function listAt(that: Assignment, list: i32): usize {
  return inputAt(that) + ((<usize>that.contacts) << 3) + ((<usize>that.contacts) << 2) * <usize>list;
}

export function inputOf(that: Assignment): usize {
  return inputAt(that);
}

export function inputBytesOf(contacts: i32, agents: i32, rows: i32): i32 {
  return contacts * 32 + agents * 4 + rows * agents * 4;
}

function workAt(that: Assignment): usize {
  return inputAt(that) + <usize>((inputBytesOf(that.contacts, that.agents, that.rows) + 7) & ~7);
}

function handlesAt(that: Assignment): usize {
  return listAt(that, 6);
}

function scoresAt(that: Assignment): usize {
  return handlesAt(that) + ((<usize>that.agents) << 2);
}

function u(that: Assignment, row: i32): usize {
  return workAt(that) + ((<usize>row) << 3);
}

function v(that: Assignment, column: i32): usize {
  return u(that, that.contacts) + ((<usize>column) << 3);
}

function distance(that: Assignment, column: i32): usize {
  return v(that, that.agents) + ((<usize>column) << 3);
}

function columnAt(that: Assignment, row: i32): usize {
  return distance(that, that.agents) + ((<usize>row) << 2);
}

/** 0: the row of a column, 1: the row before it on the path, 2: whether it is passed. */
function columnList(that: Assignment, list: i32): usize {
  return columnAt(that, that.contacts) + ((<usize>that.agents) << 2) * <usize>list;
}

export function makeAssignment(contacts: i32, agents: i32, rows: i32): Assignment {
  const input = (inputBytesOf(contacts, agents, rows) + 7) & ~7;
  const bytes = <i32>((offsetof<Assignment>() + 7) & ~(<usize>7)) + input + contacts * 12 + agents * 28;
  const made = changetype<Assignment>(allocate(bytes));
  memory.fill(changetype<usize>(made), 0, bytes);
  made.contacts = contacts;
  made.agents = agents;
  made.rows = rows;
  made.blockBytes = bytes;
  made.brought = NONE;
  memory.fill(columnAt(made, 0), 0xff, (<usize>contacts) << 2);
  memory.fill(columnList(made, 0), 0xff, (<usize>agents) << 2);
  return made;
}

export function releaseAssignment(that: Assignment): void {
  release(changetype<usize>(that), that.blockBytes);
}

export function setContact(
  that: Assignment,
  place: i32,
  slot: i32,
  number: u32,
  profile: i32,
  row: i32,
  rankPoints: i64,
): void {
  const at = (<usize>place) << 2;
  store<i64>(inputAt(that) + (at << 1), rankPoints);
  store<i32>(listAt(that, 0) + at, slot);
  store<u32>(listAt(that, 1) + at, number);
  store<i32>(listAt(that, 2) + at, profile);
  store<i32>(listAt(that, 3) + at, row);
  store<i32>(listAt(that, 4) + at, NONE);
}

/** The pair adds so much for the agent of that column. */
export function setLast(that: Assignment, place: i32, column: i32, points: i32): void {
  store<i32>(listAt(that, 4) + ((<usize>place) << 2), column);
  store<i32>(listAt(that, 5) + ((<usize>place) << 2), points);
}

export function setAgent(that: Assignment, column: i32, handle: i32): void {
  store<i32>(handlesAt(that) + ((<usize>column) << 2), handle);
}

/** Where the handles of its agents are, and where the scores of one row are to be: an i32 for each agent. */
export function agentsOf(that: Assignment): usize {
  return handlesAt(that);
}

export function rowOf(that: Assignment, row: i32): usize {
  return scoresAt(that) + ((<usize>(row * that.agents)) << 2);
}

export function slotAt(that: Assignment, place: i32): i32 {
  return load<i32>(listAt(that, 0) + ((<usize>place) << 2));
}

export function numberAt(that: Assignment, place: i32): u32 {
  return load<u32>(listAt(that, 1) + ((<usize>place) << 2));
}

export function profileAt(that: Assignment, place: i32): i32 {
  return load<i32>(listAt(that, 2) + ((<usize>place) << 2));
}

export function rowAt(that: Assignment, place: i32): i32 {
  return load<i32>(listAt(that, 3) + ((<usize>place) << 2));
}

export function handleAt(that: Assignment, column: i32): i32 {
  return load<i32>(handlesAt(that) + ((<usize>column) << 2));
}

/** The column that a contact is matched with, or NONE. */
export function columnOf(that: Assignment, place: i32): i32 {
  return load<i32>(columnAt(that, place));
}

function fits(that: Assignment, place: i32, column: i32): bool {
  const row = rowAt(that, place);
  return load<i32>(scoresAt(that) + ((<usize>(row * that.agents + column)) << 2)) !== ABSENT;
}

/** What a pair that fits scores. */
export function scoreIn(that: Assignment, place: i32, column: i32): i64 {
  const at = (<usize>place) << 2;
  const row = load<i32>(listAt(that, 3) + at);
  const points = load<i32>(scoresAt(that) + ((<usize>(row * that.agents + column)) << 2));
  const more: i32 = load<i32>(listAt(that, 4) + at) === column ? load<i32>(listAt(that, 5) + at) : 0;
  return <i64>(points + more) + load<i64>(inputAt(that) + (at << 1));
}

/** The column with which a contact would score most, or NONE. */
export function bestColumn(that: Assignment, place: i32): i32 {
  let best = NONE;
  for (let column = 0; column < that.agents; column++) {
    if (!fits(that, place, column)) continue;
    if (best === NONE || scoreIn(that, place, column) > scoreIn(that, place, best)) best = column;
  }
  return best;
}

// ── Solving ─────────────────────────────────────────────────────────────────────────────────────────────────────
export function isSolved(that: Assignment): bool {
  return that.done === that.contacts;
}

/** Looks at some `work` columns, and to the end of the last row of them. Returns at how many. */
export function solve(that: Assignment, work: i32): i32 {
  let done = 0;
  while (done < work && !isSolved(that)) {
    lookOnce(that);
    done += that.agents;
  }
  return done;
}

function lookOnce(that: Assignment): void {
  assert(!isSolved(that));
  that.looks++;
  if (that.brought === NONE) begin(that);
  look(that);
  if (isSolved(that)) addUp(that);
}

/** Of one whose input is there: solved as far as it was after so many looks. */
export function restoreLooks(that: Assignment, looks: i32): void {
  for (let look = 0; look < looks; look++) lookOnce(that);
}

function begin(that: Assignment): void {
  that.brought = that.done;
  that.looking = that.done;
  that.reached = 0;
  that.leftOut = NONE;
  that.leftOutAt = FAR;
  for (let column = 0; column < that.agents; column++) store<i64>(distance(that, column), FAR);
  memory.fill(columnList(that, 2), 0, (<usize>that.agents) << 2);
}

/** Looks at the columns of one row, and goes on to the nearest. */
function look(that: Assignment): void {
  const row = that.looking;
  const at = (<usize>row) << 2;
  const scores = scoresAt(that) + ((<usize>(load<i32>(listAt(that, 3) + at) * that.agents)) << 2);
  const last = load<i32>(listAt(that, 4) + at);
  const lastPoints = load<i32>(listAt(that, 5) + at);
  const potential = load<i64>(u(that, row));
  const base = that.reached - potential - load<i64>(inputAt(that) + (at << 1));
  const without = that.reached + WITHOUT - potential;
  if (without < that.leftOutAt) {
    that.leftOutAt = without;
    that.leftOut = row;
  }
  const values = v(that, 0);
  const distances = distance(that, 0);
  const before = columnList(that, 1);
  const passed = columnList(that, 2);
  const rows = columnList(that, 0);
  let nearest = NONE;
  let near = FAR;
  for (let column = 0; column < that.agents; column++) {
    const place = (<usize>column) << 2;
    if (load<i32>(passed + place) !== 0) continue;
    let far = load<i64>(distances + (place << 1));
    const points = load<i32>(scores + place);
    if (points !== ABSENT) {
      const score = column === last ? points + lastPoints : points;
      const way = base - <i64>score - load<i64>(values + (place << 1));
      if (way < far) {
        far = way;
        store<i64>(distances + (place << 1), way);
        store<i32>(before + place, row);
      }
    }
    if (far < near || (far === near && nearest !== NONE && isTaken(rows, nearest) && !isTaken(rows, column))) {
      near = far;
      nearest = column;
    }
  }
  if (nearest === NONE || near > that.leftOutAt) return leaveOut(that);
  store<i32>(passed + ((<usize>nearest) << 2), 1);
  that.reached = near;
  const taken = load<i32>(columnList(that, 0) + ((<usize>nearest) << 2));
  if (taken !== NONE) {
    that.looking = taken;
    return;
  }
  raise(that, nearest);
  shift(that, nearest);
  that.done++;
  that.brought = NONE;
}

function isTaken(rows: usize, column: i32): bool {
  return load<i32>(rows + ((<usize>column) << 2)) !== NONE;
}

/** The path ends with the row that is left without a match. */
function leaveOut(that: Assignment): void {
  const row = that.leftOut;
  that.reached = that.leftOutAt;
  raise(that, NONE);
  const column = columnOf(that, row);
  if (row !== that.brought) {
    store<i32>(columnAt(that, row), NONE);
    shift(that, column);
  }
  that.done++;
  that.brought = NONE;
}

/** Potentials of all on the tree; the column it ended at is not passed through. */
function raise(that: Assignment, end: i32): void {
  const brought = u(that, that.brought);
  store<i64>(brought, load<i64>(brought) + that.reached);
  for (let column = 0; column < that.agents; column++) {
    const place = (<usize>column) << 2;
    if (load<i32>(columnList(that, 2) + place) === 0 || column === end) continue;
    const by = that.reached - load<i64>(distance(that, column));
    const row = u(that, load<i32>(columnList(that, 0) + place));
    store<i64>(row, load<i64>(row) + by);
    store<i64>(v(that, column), load<i64>(v(that, column)) - by);
  }
}

/** Each row on the path takes the column behind it. */
function shift(that: Assignment, end: i32): void {
  let column = end;
  for (;;) {
    const row = load<i32>(columnList(that, 1) + ((<usize>column) << 2));
    const next = columnOf(that, row);
    store<i32>(columnAt(that, row), column);
    store<i32>(columnList(that, 0) + ((<usize>column) << 2), row);
    if (row === that.brought) return;
    column = next;
  }
}

function addUp(that: Assignment): void {
  for (let place = 0; place < that.contacts; place++) {
    const column = columnOf(that, place);
    if (column === NONE) continue;
    that.matches++;
    that.total += scoreIn(that, place, column);
  }
}
