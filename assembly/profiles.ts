// Profiles: an interned (queue, channel, requirement), with the tree and the heap that matching runs on.
//
//   waiting   contacts of this profile, best first, as a tree that counts (waiting-tree.ts); the first is kept beside it
//   free      agents that could take one now, best first by the queue's select. An entry carries the version of the agent's
//             availability on the channel; when the agent is no longer free, or its key has changed, the version has moved
//             on and the entry is stale. Stale entries are dropped when they come to the top, and all of them whenever the
//             heap has doubled since the last time, so they cost a constant share of the pushes.
//
// In place of the heap there is a tree of weights where the queue draws agents at random (weights.ts), and columns where it
// scores them (columns.ts).
//
// Which classes of agents fit is worked out once per (class, profile), when the later of the two appears: see classes.ts.

import { bends, countUpToNow } from './ageing.ts';
import { agent, agentIsFree } from './agents.ts';
import { excludes, furtherQueue, moreBytes } from './among.ts';
import { allocate, at, clear, List, made, make, release } from './arena.ts';
import { noteBatch } from './batch.ts';
import { agentClass, classes, fitClass, sumOf, unfitClass } from './classes.ts';
import { addToColumns, bestScored, clearColumns, takeFromColumns } from './columns.ts';
import { Contact, contact, IS_WITHHELD } from './contacts.ts';
import { refuse } from './effects.ts';
import { POOL_PROFILES, state } from './header.ts';
import { append, ENTRY_BYTES, entry, order, push, removeAt } from './heaps.ts';
import { idleSince } from './idle.ts';
import {
  CHANNELS_MAX,
  COMMAND_BYTES,
  EXCLUDED_PER_PROFILE_MAX,
  GROUPS_PER_PROFILE_MAX,
  LEVEL_MAX,
  MORE_EXCLUDES,
  MORE_GROUPS,
  MORE_QUEUES,
  NONE,
  PROFILE_DROP_PROFILE,
  PROFILE_SET_ALL,
  PROFILE_SET_ANY,
  PROFILE_SET_CHANNEL,
  PROFILE_SET_MORE,
  PROFILE_SET_PREFERS,
  PROFILE_SET_PROFILE,
  PROFILE_SET_QUEUE,
  PROFILE_SET_SKILLS,
  PROFILES_MAX,
  QUEUES_PER_PROFILE_MAX,
  REFUSED_QUEUE_NOT_FOUND,
  SELECT_SCORE,
  SELECT_WEIGHTED_RANDOM,
  SKILLS_MAX,
  SKILLS_PER_PROFILE_MAX,
} from './layout.ts';
import { Queue, queue, queueExists } from './queues.ts';
import { mayRingFor } from './ringing.ts';
import { arrivedBefore, freeKey, placeKey } from './score.ts';
import { countUpTo, firstOf, joinAll, joinTree, leaveTree, reorderTree } from './waiting-tree.ts';
import { addWeight, clearWeights, drawFree, totalWeight, weightOf } from './weights.ts';

/** Below this many entries a heap of free agents is not swept. */
const SWEEP_MIN: i32 = 64;
/** A queue of more profiles keeps its waiting contacts in one tree as well: looking into each of so few costs less than that. */
const WALKED_MAX: i32 = 4;

@unmanaged
export class Profile {
  exists: i32;
  queue: i32;
  channel: i32;
  /** Skills as the command had them, 4 bytes each: all, any, prefers. */
  skills: usize;
  all: u16;
  any: u16;
  prefers: u16;
  /** Live contacts that have it. */
  users: i32;
  /** Further queues, groups, who may not serve it; 0: nothing (among.ts). */
  more: usize;
  waitingRoot: usize;
  waitingCount: i32;
  /** Of those who wait; nobody's while nobody does. */
  firstWaiting: i32;
  freeBlock: usize;
  freeCapacity: u32;
  freeCount: i32;
  /** Sweep when there are this many entries. */
  sweepAt: i32;
  /** In place of the heap, where the queue draws at random: weights.ts. */
  weights: usize;
  weightsSize: i32;
  /** Where the queue scores: columns.ts. */
  pointsColumn: usize;
  loadsColumn: usize;
  contactsColumn: usize;
  sinceColumn: usize;
  columnsSize: i32;
  /** Agents in the columns. */
  scored: i32;
  /** The slot at whose beginning loads are what the column says. */
  loadsSlot: i64;
  /** Its row in the batch that is put together, from 1. */
  batchRow: i32;
  nextInQueue: i32;
  previousInQueue: i32;
}

@unmanaged
export class FreeEntry {
  key: i64;
  id: i32;
  mark: u32;
  precedes(other: FreeEntry): bool {
    if (this.key !== other.key) return this.key < other.key;
    return this.id < other.id;
  }
  moved(_position: i32): void {}
}

export function profile(number: i32): Profile {
  return at<Profile>(POOL_PROFILES, number);
}

export function profileExists(number: i32): bool {
  assert(<u32>number < <u32>PROFILES_MAX);
  return made(POOL_PROFILES, number) && profile(number).exists !== 0;
}

function freeHeap(that: Profile): List {
  return changetype<List>(changetype<usize>(that) + offsetof<Profile>('freeBlock'));
}

// ── Waiting contacts ────────────────────────────────────────────────────────────────────────────────────────────
export function pushWaiting(slot: i32): void {
  const joins = contact(slot);
  const that = queue(joins.queue);
  const into = profile(joins.profile);
  const key = placeKey(joins, that);
  assert(!joins.pooled);
  joins.pooled = 1;
  into.waitingRoot = joinTree(into.waitingRoot, key, slot);
  if (into.waitingCount === 0 || isBefore(key, joins, contact(into.firstWaiting), that)) into.firstWaiting = slot;
  into.waitingCount++;
  if (that.waiting === 0) {
    that.usualPriority = joins.priority;
    that.usualCreditMs = joins.creditMs;
    that.together = that.profiles > WALKED_MAX ? 1 : 0;
  }
  if (that.together) that.waitingRoot = joinTree(that.waitingRoot, key, slot);
  that.waiting++;
  if (!isUsual(joins, that)) that.odd++;
  noteBatch(into);
}

/** One that is withheld is in no pool. */
export function removeWaiting(slot: i32): void {
  const leaves = contact(slot);
  if (!leaves.pooled) {
    assert(leaves.is(IS_WITHHELD));
    return;
  }
  const that = queue(leaves.queue);
  const from = profile(leaves.profile);
  leaves.pooled = 0;
  const key = placeKey(leaves, that);
  from.waitingRoot = leaveTree(from.waitingRoot, key, slot);
  from.waitingCount--;
  if (from.firstWaiting === slot) from.firstWaiting = from.waitingCount === 0 ? NONE : firstOf(from.waitingRoot);
  if (that.together) that.waitingRoot = leaveTree(that.waitingRoot, key, slot);
  that.waiting--;
  if (!isUsual(leaves, that)) that.odd--;
}

function isUsual(waits: Contact, that: Queue): bool {
  return waits.priority === that.usualPriority && waits.creditMs === that.usualCreditMs;
}

function isBefore(key: i64, one: Contact, other: Contact, that: Queue): bool {
  const otherKey = placeKey(other, that);
  return key !== otherKey ? key < otherKey : arrivedBefore(one, other);
}

/** How many waiting contacts of its queue that are not withheld come before one that waits there. */
export function countAhead(waits: Contact): i32 {
  const that = queue(waits.queue);
  const key = placeKey(waits, that);
  // In the pool it is counted itself.
  let counted = -waits.pooled;
  if (bends(that)) return counted + countAheadNow(that, waits);
  if (that.together) return counted + countUpTo(that.waitingRoot, that.waiting, key, waits);
  for (let number = that.firstProfile - 1; number !== NONE; number = profile(number).nextInQueue - 1) {
    counted += countUpTo(profile(number).waitingRoot, profile(number).waitingCount, key, waits);
  }
  return counted;
}

function countAheadNow(that: Queue, waits: Contact): i32 {
  if (that.together) return countUpToNow(that.waitingRoot, that.waiting, waits);
  let counted = 0;
  for (let number = that.firstProfile - 1; number !== NONE; number = profile(number).nextInQueue - 1) {
    counted += countUpToNow(profile(number).waitingRoot, profile(number).waitingCount, waits);
  }
  return counted;
}

/** The queue's order changed: every key anew. */
export function rekeyWaiting(that: Profile, changed: Queue): void {
  if (that.waitingCount === 0) return;
  that.waitingRoot = reorderTree(that.waitingRoot, changed);
  that.firstWaiting = firstOf(that.waitingRoot);
}

// ── Free agents ─────────────────────────────────────────────────────────────────────────────────────────────────
export function pushFree(number: i32, handle: i32, levels: i32): void {
  const that = profile(number);
  if (excludes(that, handle)) return;
  const from = queue(that.queue);
  if (from.select === SELECT_WEIGHTED_RANDOM) return addWeight(that, handle, weightOf(sumOf(levels)));
  if (from.select === SELECT_SCORE) return addToColumns(that, from, handle, levels);
  if (that.freeCount >= that.sweepAt) sweep(that);
  const joins = agent(handle);
  const key = freeKey(from, handle, idleSince(from, handle), sumOf(levels));
  push<FreeEntry>(freeHeap(that), key, handle, joins.version(that.channel));
}

/** Takes an agent out that leaves the pool on that profile's channel: an entry of a heap becomes stale by itself. */
export function takeFree(number: i32, handle: i32, levels: i32): void {
  const that = profile(number);
  if (excludes(that, handle)) return;
  const select = queue(that.queue).select;
  if (select === SELECT_WEIGHTED_RANDOM) addWeight(that, handle, -weightOf(sumOf(levels)));
  else if (select === SELECT_SCORE) takeFromColumns(that, handle);
}

/** Whether an agent takes a contact of this profile at once. */
export function anyFree(that: Profile): bool {
  if (queue(that.queue).batchMs > 0) return false;
  return totalWeight(that) > 0 || that.scored > 0 || firstFree(that) !== NONE;
}

/** The agent that takes this contact now, by its queue's select, or NONE. */
export function chooseFree(placed: Contact): i32 {
  const that = profile(placed.profile);
  if (queue(that.queue).batchMs > 0) return NONE;
  if (that.scored > 0) return bestScored(that, queue(that.queue), placed);
  return that.weightsSize === 0 ? firstFree(that) : drawFree(that);
}

/** The best agent of the heap, or NONE. */
function firstFree(that: Profile): i32 {
  while (that.freeCount > 0) {
    const first = entry<FreeEntry>(that.freeBlock, 0);
    const isKnown = agent(first.id).version(that.channel) === first.mark;
    // Who rings already, and may have more lines ringing, comes back with new entries when that is over.
    if (isKnown && mayRingFor(queue(that.queue), agent(first.id))) return first.id;
    removeAt<FreeEntry>(freeHeap(that), 0);
  }
  return NONE;
}

/** Drops every stale entry. */
function sweep(that: Profile): void {
  let kept = 0;
  for (let position = 0; position < that.freeCount; position++) {
    const candidate = that.freeBlock + ((<usize>position) << 4);
    const known = changetype<FreeEntry>(candidate);
    if (agent(known.id).version(that.channel) !== known.mark) continue;
    v128.store(that.freeBlock + ((<usize>kept) << 4), v128.load(candidate));
    kept++;
  }
  that.freeCount = kept;
  that.sweepAt = kept < SWEEP_MIN ? 2 * SWEEP_MIN : 2 * kept;
  order<FreeEntry>(freeHeap(that));
}

/** Gathers all free agents of the classes that fit: for a new profile, or when the queue's select has changed. */
export function rekeyFree(number: i32): void {
  const that = profile(number);
  const from = queue(that.queue);
  const select = from.select;
  that.freeCount = 0;
  clearWeights(that);
  clearColumns(that);
  for (let index = 0; index < classes(); index++) {
    const candidates = agentClass(index);
    if (candidates.members === 0) continue;
    const levels = fitClass(index, number, false);
    if (levels < 0) continue;
    for (let handle = candidates.firstMember - 1; handle !== NONE; handle = agent(handle).nextInClass - 1) {
      const member = agent(handle);
      if (!agentIsFree(member, that.channel) || excludes(that, handle)) continue;
      if (select === SELECT_WEIGHTED_RANDOM) addWeight(that, handle, weightOf(sumOf(levels)));
      else if (select === SELECT_SCORE) addToColumns(that, from, handle, levels);
      else
        append(
          freeHeap(that),
          freeKey(from, handle, idleSince(from, handle), sumOf(levels)),
          handle,
          member.version(that.channel),
        );
    }
  }
  that.sweepAt = that.freeCount < SWEEP_MIN ? 2 * SWEEP_MIN : 2 * that.freeCount;
  order<FreeEntry>(freeHeap(that));
}

// ── Commands ────────────────────────────────────────────────────────────────────────────────────────────────────
export function setProfile(command: usize): void {
  const number = load<i32>(command, PROFILE_SET_PROFILE);
  const that = load<i32>(command, PROFILE_SET_QUEUE);
  const channel = load<i32>(command, PROFILE_SET_CHANNEL);
  const all = <i32>load<u16>(command, PROFILE_SET_ALL);
  const any = <i32>load<u16>(command, PROFILE_SET_ANY);
  const prefers = <i32>load<u16>(command, PROFILE_SET_PREFERS);
  const skills = all + any + prefers;
  assert(!profileExists(number));
  assert(<u32>channel < <u32>CHANNELS_MAX);
  assert(skills <= SKILLS_PER_PROFILE_MAX);
  const skillsEnd = (PROFILE_SET_SKILLS + skills * 4 + 7) & ~7;
  const moreAfter = <i32>load<u16>(command, PROFILE_SET_MORE);
  assert(load<i32>(command, COMMAND_BYTES) === skillsEnd + moreAfter);
  if (!queueExists(that)) return refuse(REFUSED_QUEUE_NOT_FOUND, NONE, 0, NONE, that);

  const set = make<Profile>(POOL_PROFILES, number);
  set.exists = 1;
  set.queue = that;
  set.channel = channel;
  set.all = <u16>all;
  set.any = <u16>any;
  set.prefers = <u16>prefers;
  if (skills > 0) set.skills = allocate((<usize>skills) << 2);
  memory.copy(set.skills, command + PROFILE_SET_SKILLS, (<usize>skills) << 2);
  for (let skill = 0; skill < skills; skill++) {
    assert(<i32>load<u16>(set.skills + ((<usize>skill) << 2)) < SKILLS_MAX);
    assert(<i32>load<u16>(set.skills + ((<usize>skill) << 2), 2) <= LEVEL_MAX);
  }
  if (moreAfter > 0) takeMore(set, command + skillsEnd, moreAfter);
  link(number, set);
  for (let index = 0; index < classes(); index++) if (agentClass(index).members > 0) fitClass(index, number, true);
  rekeyFree(number);
}

function takeMore(set: Profile, more: usize, bytes: i32): void {
  assert(moreBytes(more) === bytes);
  assert(<i32>load<u16>(more, MORE_EXCLUDES) <= EXCLUDED_PER_PROFILE_MAX);
  assert(<i32>load<u16>(more, MORE_QUEUES) <= QUEUES_PER_PROFILE_MAX);
  assert(<i32>load<u16>(more, MORE_GROUPS) <= GROUPS_PER_PROFILE_MAX);
  set.more = allocate(bytes);
  memory.copy(set.more, more, bytes);
  for (let place = 0; place < <i32>load<u16>(more, MORE_QUEUES); place++) {
    assert(queueExists(furtherQueue(set, place)) && furtherQueue(set, place) !== set.queue);
  }
  state().wideProfiles++;
}

/** Profiles of a queue that is gone are gone with it, so dropping one again is no error. */
export function dropProfileCommand(command: usize): void {
  const number = load<i32>(command, PROFILE_DROP_PROFILE);
  if (profileExists(number)) dropProfile(number);
}

export function dropProfile(number: i32): void {
  const gone = profile(number);
  assert(gone.users === 0 && gone.waitingCount === 0 && gone.waitingRoot === 0);
  for (let index = 0; index < classes(); index++) if (agentClass(index).members > 0) unfitClass(index, number);
  unlink(gone);
  const skills = gone.all + gone.any + gone.prefers;
  if (skills > 0) release(gone.skills, (<usize>skills) << 2);
  if (gone.more !== 0) {
    release(gone.more, moreBytes(gone.more));
    state().wideProfiles--;
  }
  clear(freeHeap(gone), ENTRY_BYTES);
  clearWeights(gone);
  clearColumns(gone);
  memory.fill(changetype<usize>(gone), 0, offsetof<Profile>());
}

function link(number: i32, set: Profile): void {
  const that = queue(set.queue);
  set.previousInQueue = 0;
  set.nextInQueue = that.firstProfile;
  if (that.firstProfile !== 0) profile(that.firstProfile - 1).previousInQueue = number + 1;
  that.firstProfile = number + 1;
  that.profiles++;
  if (that.profiles > WALKED_MAX && that.waiting > 0 && !that.together) gatherWaiting(that);
}

/** From now on until nobody waits any more: each contact that waits is gathered once at most. */
function gatherWaiting(that: Queue): void {
  that.together = 1;
  for (let number = that.firstProfile - 1; number !== NONE; number = profile(number).nextInQueue - 1) {
    const from = profile(number).waitingRoot;
    if (from !== 0) that.waitingRoot = joinAll(that.waitingRoot, from, that);
  }
}

function unlink(gone: Profile): void {
  const that = queue(gone.queue);
  that.profiles--;
  if (gone.previousInQueue !== 0) profile(gone.previousInQueue - 1).nextInQueue = gone.nextInQueue;
  else that.firstProfile = gone.nextInQueue;
  if (gone.nextInQueue !== 0) profile(gone.nextInQueue - 1).previousInQueue = gone.previousInQueue;
}
