// Free agents of one profile in a queue that selects by score: columns by handle, looked through four agents at a time.
//
//   points    i32   what the levels of the agent's class come to by the queue's weights; ABSENT for who is not free
//   loads     i32   its load (occupancy.ts) at the beginning of the profile's slot; 0 where it does not count
//   contacts  i32   contacts counted (duty.ts); 0 where they do not count
//   since     i64   since when it has been idle
//
// What a term of a pair is worth depends on the contact as well as on the agent, so no heap can be ordered by it: each search
// looks at everybody who is free, and is linear in them. Four that are not free are passed over by one comparison. All terms
// are whole numbers, so that every build, the twin and the model come to the same scores.
//
// An agent leaves its place empty when it leaves the pool; places are those of handles, so what is found does not depend on
// who was there before. All loads halve at the same moments: a column is brought to the slot it is looked at in, as a whole.

import { allocate, release } from './arena.ts';
import { noteBatch } from './batch.ts';
import { preferredOf, sumOf } from './classes.ts';
import { Contact } from './contacts.ts';
import { averageHad } from './duty.ts';
import { now } from './header.ts';
import { idleSince } from './idle.ts';
import {
  NONE,
  SCORE_CONTACTS,
  SCORE_IDLE,
  SCORE_IDLE_MAX_MS,
  SCORE_LAST_AGENT,
  SCORE_OCCUPANCY,
  SCORE_PREFERRED,
  SCORE_REQUIRED,
} from './layout.ts';
import { loadOf, slotMs } from './occupancy.ts';
import { Profile } from './profiles.ts';
import { Queue } from './queues.ts';
import { countsContacts, shareOf, watchesLoads } from './shares.ts';
import { countTouched } from './touched.ts';

/** A multiple of four: the columns are looked through without a rest. */
const SIZE_MIN: i32 = 64;
export const ABSENT: i32 = i32.MIN_VALUE;
/** What a term is at most. */
export const TERM_MAX: i32 = 1000;
/** A level is at most 10: what a level of one skill adds to a term over one skill. */
const TERM_PER_LEVEL: i32 = 100;
const AT_AVERAGE: i32 = 500;
const PER_CONTACT: i32 = 50;
/** More contacts than this count as this many. */
const CONTACTS_MAX: i64 = 1 << 20;
/** Loads have 30 bits: after so many slots nothing is left of any. */
const LOAD_BITS: i64 = 30;
/** x / 3,600 rounded down is (x × IDLE_FACTOR) >> IDLE_SHIFT, for every x up to SCORE_IDLE_MAX_MS. */
const IDLE_FACTOR: i64 = 305419897;
const IDLE_SHIFT: i32 = 40;
const SHARE_SHIFT: i32 = 32;

// ── Who is free ─────────────────────────────────────────────────────────────────────────────────────────────────
export function addToColumns(that: Profile, from: Queue, handle: i32, levels: i32): void {
  if (handle >= that.columnsSize) grow(that, handle + 1);
  let load = 0;
  if (watchesLoads(from)) {
    bringToNow(that, from);
    load = <i32>loadOf(from, handle, that.loadsSlot);
  }
  const place = (<usize>handle) << 2;
  store<i32>(that.pointsColumn + place, pointsOf(that, from, levels));
  store<i32>(that.loadsColumn + place, load);
  store<i32>(that.contactsColumn + place, countsContacts(from) ? counted(shareOf(from, handle)) : 0);
  store<i64>(that.sinceColumn + (place << 1), idleSince(from, handle));
  that.scored++;
  noteBatch(that);
}

export function takeFromColumns(that: Profile, handle: i32): void {
  store<i32>(that.pointsColumn + ((<usize>handle) << 2), ABSENT);
  that.scored--;
}

export function clearColumns(that: Profile): void {
  if (that.columnsSize > 0) {
    const bytes = (<usize>that.columnsSize) << 2;
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

function grow(that: Profile, wanted: i32): void {
  let size = that.columnsSize === 0 ? SIZE_MIN : that.columnsSize;
  while (size < wanted) size <<= 1;
  const before = (<usize>that.columnsSize) << 2;
  const bytes = (<usize>size) << 2;
  that.pointsColumn = longer(that.pointsColumn, before, bytes);
  that.loadsColumn = longer(that.loadsColumn, before, bytes);
  that.contactsColumn = longer(that.contactsColumn, before, bytes);
  that.sinceColumn = longer(that.sinceColumn, before << 1, bytes << 1);
  for (let place = before; place < bytes; place += 4) store<i32>(that.pointsColumn + place, ABSENT);
  that.columnsSize = size;
}

function longer(column: usize, before: usize, bytes: usize): usize {
  const block = allocate(bytes);
  memory.copy(block, column, before);
  memory.fill(block + before, 0, bytes - before);
  if (before > 0) release(column, before);
  return block;
}

function counted(contacts: i64): i32 {
  return <i32>(contacts < CONTACTS_MAX ? contacts : CONTACTS_MAX);
}

/** Brings the loads to the slot of this moment. Once a slot for each profile, linear in its columns. */
function bringToNow(that: Profile, from: Queue): void {
  const slot = now() / slotMs(from);
  const slots = slot - that.loadsSlot;
  that.loadsSlot = slot;
  if (slots === 0 || that.scored === 0) return;
  const halvings = <i32>(slots < LOAD_BITS ? slots : LOAD_BITS);
  const end = that.loadsColumn + ((<usize>that.columnsSize) << 2);
  for (let at = that.loadsColumn; at < end; at += 16) v128.store(at, v128.shr<u32>(v128.load(at), halvings));
}

// ── The terms ───────────────────────────────────────────────────────────────────────────────────────────────────
export function requiredTerm(that: Profile, levels: i32): i32 {
  const skills: i32 = that.all + that.any;
  return skills === 0 ? 0 : ((sumOf(levels) - preferredOf(levels)) * TERM_PER_LEVEL) / skills;
}

export function preferredTerm(that: Profile, levels: i32): i32 {
  return that.prefers === 0 ? 0 : (preferredOf(levels) * TERM_PER_LEVEL) / <i32>that.prefers;
}

function pointsOf(that: Profile, from: Queue, levels: i32): i32 {
  const required = from.scoreWeight(SCORE_REQUIRED) * requiredTerm(that, levels);
  return required + from.scoreWeight(SCORE_PREFERRED) * preferredTerm(that, levels);
}

export function idleTerm(idleMs: i64): i32 {
  const counts: i64 = idleMs < <i64>SCORE_IDLE_MAX_MS ? idleMs : SCORE_IDLE_MAX_MS;
  return <i32>((counts * IDLE_FACTOR) >>> IDLE_SHIFT);
}

/** What a load is multiplied with to be thousandths of the time that counts at this moment, SHARE_SHIFT bits too high. */
export function shareFactor(from: Queue): i64 {
  const ms = slotMs(from);
  return ((<i64>TERM_MAX) << SHARE_SHIFT) / (ms + (now() % ms));
}

export function occupancyTerm(load: i32, factor: i64): i32 {
  return TERM_MAX - <i32>((<i64>load * factor) >>> SHARE_SHIFT);
}

export function averageContacts(from: Queue): i32 {
  return counted(averageHad(from));
}

export function contactsTerm(contacts: i32, average: i32): i32 {
  const term = AT_AVERAGE + PER_CONTACT * (average - contacts);
  return term < 0 ? 0 : term > TERM_MAX ? TERM_MAX : term;
}

/** For who is not in the columns: the load, and the contacts, as they would be there. */
export function loadNow(from: Queue, handle: i32): i32 {
  return watchesLoads(from) ? <i32>loadOf(from, handle, now() / slotMs(from)) : 0;
}

export function contactsNow(from: Queue, handle: i32): i32 {
  return countsContacts(from) ? counted(shareOf(from, handle)) : 0;
}

// ── The search ──────────────────────────────────────────────────────────────────────────────────────────────────
function scoreAt(
  that: Profile,
  handle: i32,
  idleWeight: i32,
  occupancyWeight: i32,
  contactsWeight: i32,
  factor: i64,
  average: i32,
  last: i32,
  lastPoints: i32,
): i32 {
  const place = (<usize>handle) << 2;
  let score = load<i32>(that.pointsColumn + place);
  if (idleWeight !== 0) score += idleWeight * idleTerm(now() - load<i64>(that.sinceColumn + (place << 1)));
  if (occupancyWeight !== 0) score += occupancyWeight * occupancyTerm(load<i32>(that.loadsColumn + place), factor);
  if (contactsWeight !== 0) score += contactsWeight * contactsTerm(load<i32>(that.contactsColumn + place), average);
  return handle === last ? score + lastPoints : score;
}

/** Writes what agents score for contacts of this profile, but for what the pair adds; ABSENT for who is not free. */
export function scoreThese(that: Profile, from: Queue, handles: usize, agents: i32, into: usize): void {
  const idleWeight = from.scoreWeight(SCORE_IDLE);
  const occupancyWeight = from.scoreWeight(SCORE_OCCUPANCY);
  const contactsWeight = from.scoreWeight(SCORE_CONTACTS);
  const factor: i64 = occupancyWeight === 0 ? 0 : shareFactor(from);
  const average: i32 = contactsWeight === 0 ? 0 : averageContacts(from);
  if (occupancyWeight !== 0) bringToNow(that, from);
  for (let place: usize = 0; place < (<usize>agents) << 2; place += 4) {
    const handle = load<i32>(handles + place);
    const isFree = handle < that.columnsSize && load<i32>(that.pointsColumn + ((<usize>handle) << 2)) !== ABSENT;
    let score = ABSENT;
    if (isFree) score = scoreAt(that, handle, idleWeight, occupancyWeight, contactsWeight, factor, average, NONE, 0);
    store<i32>(into + place, score);
  }
}

/** Adds to a set, a bit for each handle, all who are in the columns. */
export function addThoseIn(that: Profile, set: usize): void {
  const absent = i32x4.splat(ABSENT);
  for (let handle = 0; handle < that.columnsSize; handle += 8) {
    const column = that.pointsColumn + ((<usize>handle) << 2);
    const low = i32x4.bitmask(i32x4.ne(v128.load(column), absent));
    const high = i32x4.bitmask(i32x4.ne(v128.load(column, 16), absent));
    const byte = set + (<usize>handle >> 3);
    store<u8>(byte, load<u8>(byte) | <u8>(low | (high << 4)));
  }
}

/** Of those who are free the one with the highest score, ties by longest idle, then by the lower handle. There is one. */
export function bestScored(that: Profile, from: Queue, placed: Contact): i32 {
  const idleWeight = from.scoreWeight(SCORE_IDLE);
  const occupancyWeight = from.scoreWeight(SCORE_OCCUPANCY);
  const contactsWeight = from.scoreWeight(SCORE_CONTACTS);
  const last = placed.servedBy - 1;
  const lastPoints = last === NONE ? 0 : from.scoreWeight(SCORE_LAST_AGENT) * TERM_MAX;
  const factor: i64 = occupancyWeight === 0 ? 0 : shareFactor(from);
  const average: i32 = contactsWeight === 0 ? 0 : averageContacts(from);
  if (occupancyWeight !== 0) bringToNow(that, from);
  let best = NONE;
  let bestScore = ABSENT;
  let bestSince: i64 = i64.MAX_VALUE;
  if (isDefined(SCALAR_SCAN)) {
    // One after the other: in the build that the benchmarks compare with, and nowhere else.
    for (let handle = 0; handle < that.columnsSize; handle++) {
      const place = (<usize>handle) << 2;
      if (load<i32>(that.pointsColumn + place) === ABSENT) continue;
      const score = scoreAt(
        that,
        handle,
        idleWeight,
        occupancyWeight,
        contactsWeight,
        factor,
        average,
        last,
        lastPoints,
      );
      const since = load<i64>(that.sinceColumn + (place << 1));
      if (score < bestScore || (score === bestScore && since >= bestSince)) continue;
      best = handle;
      bestScore = score;
      bestSince = since;
    }
    return best;
  }
  const absent = i32x4.splat(ABSENT);
  const time = i64x2.splat(now());
  const idleMax = i64x2.splat(SCORE_IDLE_MAX_MS);
  const idleFactor = i32x4.splat(<i32>IDLE_FACTOR);
  const idlePoints = i32x4.splat(idleWeight);
  const loadFactor = i32x4.splat(<i32>factor);
  const occupancyPoints = i32x4.splat(occupancyWeight);
  const termMax = i32x4.splat(TERM_MAX);
  const contactsPoints = i32x4.splat(contactsWeight);
  const atAverage = i32x4.splat(AT_AVERAGE + PER_CONTACT * average);
  const perContact = i32x4.splat(PER_CONTACT);
  const zero = i32x4.splat(0);
  const lastHandle = i32x4.splat(last);
  const lastAdds = i32x4.splat(lastPoints);
  const four = i32x4.splat(4);
  const pointsColumn = that.pointsColumn;
  const loadsColumn = that.loadsColumn;
  const contactsColumn = that.contactsColumn;
  const sinceColumn = that.sinceColumn;
  const size = that.columnsSize;
  let handles = i32x4(0, 1, 2, 3);
  let scoreToBeat = absent;
  let sinceToBeat = i64x2.splat(bestSince);
  for (let handle = 0; handle < size; handle += 4) {
    const place = (<usize>handle) << 2;
    const points = v128.load(pointsColumn + place);
    if (isDefined(COUNT_TOUCHED)) countTouched(pointsColumn + place);
    const there = i32x4.ne(points, absent);
    const lanes = handles;
    handles = i32x4.add(handles, four);
    if (!v128.any_true(there)) continue;
    const since = v128.load(sinceColumn + (place << 1));
    const since1 = v128.load(sinceColumn + (place << 1), 16);
    let score = points;
    if (idleWeight !== 0) {
      const idle = i64x2.sub(time, since);
      const idle1 = i64x2.sub(time, since1);
      const counts = v128.bitselect(idleMax, idle, i64x2.gt_s(idle, idleMax));
      const counts1 = v128.bitselect(idleMax, idle1, i64x2.gt_s(idle1, idleMax));
      const ms = v128.shuffle<i32>(counts, counts1, 0, 2, 4, 6);
      const low = i64x2.shr_u(i64x2.extmul_low_i32x4_u(ms, idleFactor), IDLE_SHIFT);
      const high = i64x2.shr_u(i64x2.extmul_high_i32x4_u(ms, idleFactor), IDLE_SHIFT);
      score = i32x4.add(score, i32x4.mul(v128.shuffle<i32>(low, high, 0, 2, 4, 6), idlePoints));
    }
    if (occupancyWeight !== 0) {
      const loads = v128.load(loadsColumn + place);
      const low = i64x2.extmul_low_i32x4_u(loads, loadFactor);
      const high = i64x2.extmul_high_i32x4_u(loads, loadFactor);
      const free = i32x4.sub(termMax, v128.shuffle<i32>(low, high, 1, 3, 5, 7));
      score = i32x4.add(score, i32x4.mul(free, occupancyPoints));
    }
    if (contactsWeight !== 0) {
      const had = i32x4.mul(v128.load(contactsColumn + place), perContact);
      const term = i32x4.max_s(zero, i32x4.min_s(termMax, i32x4.sub(atAverage, had)));
      score = i32x4.add(score, i32x4.mul(term, contactsPoints));
    }
    score = i32x4.add(score, v128.and(i32x4.eq(lanes, lastHandle), lastAdds));
    const earlier = v128.shuffle<i32>(i64x2.lt_s(since, sinceToBeat), i64x2.lt_s(since1, sinceToBeat), 0, 2, 4, 6);
    const ties = v128.and(i32x4.eq(score, scoreToBeat), earlier);
    let better = i32x4.bitmask(v128.and(there, v128.or(i32x4.gt_s(score, scoreToBeat), ties)));
    if (better === 0) continue;
    // Seldom: of what comes in no order, the highest so far is met a logarithm of times.
    for (; better !== 0; better &= better - 1) {
      const found = handle + ctz(better);
      const score = scoreAt(
        that,
        found,
        idleWeight,
        occupancyWeight,
        contactsWeight,
        factor,
        average,
        last,
        lastPoints,
      );
      const since = load<i64>(sinceColumn + ((<usize>found) << 3));
      if (score < bestScore || (score === bestScore && since >= bestSince)) continue;
      best = found;
      bestScore = score;
      bestSince = since;
    }
    scoreToBeat = i32x4.splat(bestScore);
    sinceToBeat = i64x2.splat(bestSince);
  }
  return best;
}
