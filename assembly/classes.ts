// Classes of agents: agents with the same skills, levels and queues share one, interned, with the list of profiles that
// fit it. So eligibility is a fact looked up, not a computation per agent and contact.
//
// A class's key is its sorted content: u16 skills, u16 queues (ALL_QUEUES: every one), then (u16 skill, u16 level)…, then
// u16 queue…. A class lives while it has members. Its list of fits is complete at every moment: it is made when the class
// is, extended when a profile appears and shortened when one goes.

import { agent } from './agents.ts';
import { allocate, at, clear, List, make, release, reserve, top } from './arena.ts';
import { roll } from './effects.ts';
import { LIST_CLASS_BUCKETS, LIST_SCRATCH, POOL_CLASSES, POOL_PROFILES, POOL_QUEUES, state } from './header.ts';
import { ALL_QUEUES, LEVEL_MAX, NONE, QUEUES_MAX, SKILLS_MAX } from './layout.ts';
import { Profile, profile, profileExists } from './profiles.ts';
import { queue, queueExists } from './queues.ts';

const FIT_BYTES: usize = 8;
const BUCKETS_MIN: i32 = 16;
/** More bits than any sum of levels has. */
const PREFERRED_SHIFT: i32 = 16;

@unmanaged
export class AgentClass {
  key: usize;
  keyBytes: i32;
  hash: u32;
  /** Agents of this class, logged in or not; 0: the slot is free. */
  members: i32;
  firstMember: i32;
  /** List of (i32 profile, i32 levels for it, as levelsOf() has them). */
  fitsBlock: usize;
  fitsCapacity: u32;
  fitsCount: i32;
  /** Next in its bucket or in the list of free slots, index + 1. */
  next: i32;
}

export function agentClass(index: i32): AgentClass {
  return at<AgentClass>(POOL_CLASSES, index);
}

/** One more than the highest index of a class, used or free. */
export function classes(): i32 {
  return top(POOL_CLASSES);
}

function fits(that: AgentClass): List {
  return changetype<List>(changetype<usize>(that) + offsetof<AgentClass>('fitsBlock'));
}

export function fitProfile(that: AgentClass, index: i32): i32 {
  return load<i32>(that.fitsBlock + <usize>index * FIT_BYTES);
}

export function fitLevels(that: AgentClass, index: i32): i32 {
  return load<i32>(that.fitsBlock + <usize>index * FIT_BYTES, 4);
}

// ── What fits ───────────────────────────────────────────────────────────────────────────────────────────────────
/** The class's level of a skill, 0 without it. */
export function levelOf(key: usize, skill: u32): i32 {
  let low = 0;
  let high: i32 = load<u16>(key);
  while (low < high) {
    const middle = (low + high) >> 1;
    const found: u32 = load<u16>(key + 4 + ((<usize>middle) << 2));
    if (found === skill) return load<u16>(key + 4 + ((<usize>middle) << 2), 2);
    if (found < skill) low = middle + 1;
    else high = middle;
  }
  return 0;
}

export function worksIn(key: usize, wanted: i32): bool {
  const queues: i32 = load<u16>(key, 2);
  if (queues === ALL_QUEUES) return true;
  const first = key + 4 + ((<usize>load<u16>(key)) << 2);
  for (let index = 0; index < queues; index++)
    if (<i32>load<u16>(first + ((<usize>index) << 1)) === wanted) return true;
  return false;
}

/** How many queues the class works in; where it is in every one, as many as there may be. */
export function queuesListed(key: usize): i32 {
  const queues: i32 = load<u16>(key, 2);
  return queues === ALL_QUEUES ? top(POOL_QUEUES) : queues;
}

/** The queue at a place among them, which need not be there. */
export function queueListed(key: usize, place: i32): i32 {
  const queues: i32 = load<u16>(key, 2);
  if (queues === ALL_QUEUES) return place;
  return load<u16>(key + 4 + ((<usize>load<u16>(key)) << 2) + ((<usize>place) << 1));
}

/** The class's levels in the skills that the profile names, for sumOf() and preferredOf(), or -1 when the class does not fit. */
export function levelsOf(key: usize, wanted: Profile): i32 {
  if (!worksIn(key, wanted.queue)) return -1;
  let sum = 0;
  let preferred = 0;
  let anyMet = wanted.any === 0;
  const skills: i32 = wanted.all + wanted.any + wanted.prefers;
  for (let index = 0; index < skills; index++) {
    const demand = wanted.skills + ((<usize>index) << 2);
    const level = levelOf(key, load<u16>(demand));
    const met = level > 0 && level >= <i32>load<u16>(demand, 2);
    if (index < <i32>wanted.all) {
      if (!met) return -1;
    } else if (index < <i32>(wanted.all + wanted.any)) {
      anyMet = anyMet || met;
    } else {
      preferred += level;
    }
    sum += level;
  }
  return anyMet ? sum | (preferred << PREFERRED_SHIFT) : -1;
}

/** Of levels: over all skills that are asked for or preferred. */
export function sumOf(levels: i32): i32 {
  return levels & ((1 << PREFERRED_SHIFT) - 1);
}

/** Of levels: over those that are preferred. */
export function preferredOf(levels: i32): i32 {
  return levels >> PREFERRED_SHIFT;
}

/** Sum of the class's levels over all skills the profile names, or -1 when the class does not fit. */
export function levelsSumOf(key: usize, wanted: Profile): i32 {
  const levels = levelsOf(key, wanted);
  return levels < 0 ? -1 : sumOf(levels);
}

/** Works out whether a class fits a profile; when told to, notes it. Returns its levels or -1. */
export function fitClass(index: i32, number: i32, note: bool): i32 {
  const that = agentClass(index);
  const levels = levelsOf(that.key, profile(number));
  if (note && levels >= 0) {
    reserve(fits(that), that.fitsCount + 1, FIT_BYTES);
    const last = that.fitsBlock + <usize>that.fitsCount * FIT_BYTES;
    store<i32>(last, number);
    store<i32>(last, levels, 4);
    that.fitsCount++;
  }
  return levels;
}

/** Forgets a profile; the order of the list means nothing. */
export function unfitClass(index: i32, number: i32): void {
  const that = agentClass(index);
  for (let fit = 0; fit < that.fitsCount; fit++) {
    if (fitProfile(that, fit) !== number) continue;
    that.fitsCount--;
    store<i64>(that.fitsBlock + <usize>fit * FIT_BYTES, load<i64>(that.fitsBlock + <usize>that.fitsCount * FIT_BYTES));
    return;
  }
}

/** Fills a new class's list: all profiles, or those of its queues. */
function fillFits(index: i32): void {
  const key = agentClass(index).key;
  const queues: i32 = load<u16>(key, 2);
  if (queues === ALL_QUEUES) {
    for (let number = 0; number < top(POOL_PROFILES); number++) {
      if (profileExists(number)) fitClass(index, number, true);
    }
    return;
  }
  const first = key + 4 + ((<usize>load<u16>(key)) << 2);
  for (let position = 0; position < queues; position++) {
    const handle: i32 = load<u16>(first + ((<usize>position) << 1));
    if (!queueExists(handle)) continue;
    for (let number = queue(handle).firstProfile - 1; number !== NONE; number = profile(number).nextInQueue - 1) {
      fitClass(index, number, true);
    }
  }
}

// ── Interning ───────────────────────────────────────────────────────────────────────────────────────────────────
/** Copies a command's lists into the scratch block as a class's key, each list sorted. Returns its bytes. */
function writeKey(lists: usize, skills: i32, queues: i32): i32 {
  const scratch = changetype<List>(LIST_SCRATCH);
  const queuesListed = queues === ALL_QUEUES ? 0 : queues;
  const bytes = 4 + skills * 4 + queuesListed * 2;
  reserve(scratch, bytes, 1);
  const key = scratch.block;
  store<u16>(key, <u16>skills);
  store<u16>(key, <u16>queues, 2);
  const first = key + 4;
  for (let index = 0; index < skills; index++) {
    const pair = load<u32>(lists + ((<usize>index) << 2));
    const skill = pair & 0xffff;
    assert(<i32>skill < SKILLS_MAX && pair >>> 16 >= 1 && pair >>> 16 <= <u32>LEVEL_MAX);
    let place = index;
    for (; place > 0 && <u32>load<u16>(first + ((<usize>(place - 1)) << 2)) > skill; place--) {
      store<u32>(first + ((<usize>place) << 2), load<u32>(first + ((<usize>(place - 1)) << 2)));
    }
    assert(place === 0 || <u32>load<u16>(first + ((<usize>(place - 1)) << 2)) !== skill);
    store<u32>(first + ((<usize>place) << 2), pair);
  }
  const second = first + ((<usize>skills) << 2);
  for (let index = 0; index < queuesListed; index++) {
    const handle = load<u16>(lists + ((<usize>skills) << 2) + ((<usize>index) << 1));
    assert(<i32>handle < QUEUES_MAX);
    let place = index;
    for (; place > 0 && load<u16>(second + ((<usize>(place - 1)) << 1)) > handle; place--) {
      store<u16>(second + ((<usize>place) << 1), load<u16>(second + ((<usize>(place - 1)) << 1)));
    }
    assert(place === 0 || load<u16>(second + ((<usize>(place - 1)) << 1)) !== handle);
    store<u16>(second + ((<usize>place) << 1), handle);
  }
  return bytes;
}

function hashOf(key: usize, bytes: i32): u32 {
  let digest: i64 = bytes;
  for (let offset = 0; offset < bytes; offset += 2) digest = roll(digest, load<u16>(key + offset));
  return <u32>(digest >>> 32);
}

function bucketOf(hash: u32): usize {
  const buckets = changetype<List>(LIST_CLASS_BUCKETS);
  return buckets.block + ((<usize>(hash & <u32>(buckets.count - 1))) << 2);
}

/** The class of these skills and queues, made if there is none yet. The caller adds a member at once. */
export function internClass(lists: usize, skills: i32, queues: i32): i32 {
  const bytes = writeKey(lists, skills, queues);
  const key = changetype<List>(LIST_SCRATCH).block;
  const hash = hashOf(key, bytes);
  if (changetype<List>(LIST_CLASS_BUCKETS).count === 0) growBuckets();
  for (let index = load<i32>(bucketOf(hash)) - 1; index !== NONE; index = agentClass(index).next - 1) {
    const known = agentClass(index);
    if (known.hash === hash && known.keyBytes === bytes && memory.compare(known.key, key, bytes) === 0) return index;
  }
  return makeClass(key, bytes, hash);
}

function makeClass(key: usize, bytes: i32, hash: u32): i32 {
  const own = state();
  let index = own.freeClass - 1;
  if (index >= 0) {
    own.freeClass = agentClass(index).next;
  } else {
    index = classes();
    if (index >= changetype<List>(LIST_CLASS_BUCKETS).count) growBuckets();
    make<AgentClass>(POOL_CLASSES, index);
  }
  const made = agentClass(index);
  made.key = allocate(bytes);
  made.keyBytes = bytes;
  made.hash = hash;
  made.members = 0;
  memory.copy(made.key, key, bytes);
  made.next = load<i32>(bucketOf(hash));
  store<i32>(bucketOf(hash), index + 1);
  fillFits(index);
  return index;
}

function growBuckets(): void {
  const buckets = changetype<List>(LIST_CLASS_BUCKETS);
  const wanted = buckets.count === 0 ? BUCKETS_MIN : buckets.count * 2;
  reserve(buckets, wanted, 4);
  buckets.count = wanted;
  memory.fill(buckets.block, 0, (<usize>wanted) << 2);
  for (let index = 0; index < classes(); index++) {
    const known = agentClass(index);
    if (known.keyBytes === 0) continue;
    known.next = load<i32>(bucketOf(known.hash));
    store<i32>(bucketOf(known.hash), index + 1);
  }
}

export function joinClass(handle: i32, index: i32): void {
  const joined = agentClass(index);
  const member = agent(handle);
  member.agentClass = index;
  member.previousInClass = 0;
  member.nextInClass = joined.firstMember;
  if (joined.firstMember !== 0) agent(joined.firstMember - 1).previousInClass = handle + 1;
  joined.firstMember = handle + 1;
  joined.members++;
}

/** Leaves the class; the last member takes it along. */
export function leaveClass(handle: i32): void {
  const member = agent(handle);
  const index = member.agentClass;
  const left = agentClass(index);
  if (member.previousInClass !== 0) agent(member.previousInClass - 1).nextInClass = member.nextInClass;
  else left.firstMember = member.nextInClass;
  if (member.nextInClass !== 0) agent(member.nextInClass - 1).previousInClass = member.previousInClass;
  left.members--;
  if (left.members > 0) return;

  const bucket = bucketOf(left.hash);
  let previous = load<i32>(bucket) - 1;
  if (previous === index) {
    store<i32>(bucket, left.next);
  } else {
    while (agentClass(previous).next - 1 !== index) previous = agentClass(previous).next - 1;
    agentClass(previous).next = left.next;
  }
  release(left.key, left.keyBytes);
  left.keyBytes = 0;
  clear(fits(left), FIT_BYTES);
  left.next = state().freeClass;
  state().freeClass = index + 1;
}
