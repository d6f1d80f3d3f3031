// Queues: their policy, the profiles that belong to them, and counts of the contacts in them.
//
// `waiting` counts contacts in the pool (some ring, and would at more), `pending` also those that ring or wait for one agent, `live` every contact record.
// `odd` counts waiting contacts whose priority and credit differ from the pair that the first of them brought: while it is
// zero, the order of the queue is the order of creation, and a newcomer's place needs no counting. Where it does, it is found in
// the trees of the queue's profiles, or in one of the queue's own where there are many of them (profiles.ts).

import { agent, agentExists, touch } from './agents.ts';
import { namesQueue } from './among.ts';
import { at, made, make, top } from './arena.ts';
import { batchBy, endBatch } from './batch.ts';
import { beginCounting, endCounting } from './duty.ts';
import { refuse } from './effects.ts';
import { now, POOL_AGENTS, POOL_PROFILES, POOL_QUEUES, state } from './header.ts';
import { countIdleBy } from './idle.ts';
import {
  AGEING_MAX,
  AGEING_STEPS_MAX,
  IDLE_USUAL,
  NONE,
  ORDER_FIRST_COME,
  PRIORITY_MAX,
  QUEUE_REMOVE_QUEUE,
  QUEUE_SET_AFTER_MISS_MS,
  QUEUE_SET_AFTER_REJECT_MS,
  QUEUE_SET_AGEING,
  QUEUE_SET_AGEING_CAP,
  QUEUE_SET_AGEING_STEPS,
  QUEUE_SET_BATCH_MS,
  QUEUE_SET_CHANNELS,
  QUEUE_SET_IDLE_RESTARTS,
  QUEUE_SET_MAX_WAITING,
  QUEUE_SET_MISSED_MAX,
  QUEUE_SET_OCCUPANCY_WINDOW_MS,
  QUEUE_SET_OFFER_MS,
  QUEUE_SET_ORDER,
  QUEUE_SET_QUEUE,
  QUEUE_SET_RING_EVERY_MS,
  QUEUE_SET_RING_TOGETHER,
  QUEUE_SET_SCORE_WEIGHTS,
  QUEUE_SET_SELECT,
  QUEUE_SET_WEIGHT,
  QUEUE_SET_WRAP_UP_MS,
  QUEUE_SET_WRAP_UP_TAKES_SEAT,
  QUEUES_MAX,
  REFUSED_QUEUE_NOT_EMPTY,
  REFUSED_QUEUE_NOT_FOUND,
  RING_TOGETHER_MAX,
  SCORE_TERMS,
  SCORE_WEIGHT_MAX,
  SELECT_LONGEST_IDLE,
  SELECT_RING_PROGRESSIVE,
  SELECT_ROUND_ROBIN,
  SELECT_SCORE,
  SELECT_WEIGHTED_RANDOM,
} from './layout.ts';
import { beginWatching, endWatching } from './occupancy.ts';
import { dropProfile, profile, profileExists, rekeyFree, rekeyWaiting } from './profiles.ts';
import { endRounds, ringsSeveral } from './ringing.ts';
import { countsContacts, forgetAll, sharesOf, watchesLoads } from './shares.ts';
import { reorderTree } from './waiting-tree.ts';
import { beginDrawing, endDrawing } from './weights.ts';

@unmanaged
export class Queue {
  exists: i32;
  channels: i32;
  order: i32;
  select: i32;
  weight: i32;
  ageing: i32;
  offerMs: i32;
  wrapUpMs: i32;
  maxWaiting: i32;
  missedMax: i32;
  afterRejectMs: i32;
  live: i32;
  pending: i32;
  waiting: i32;
  odd: i32;
  usualPriority: i32;
  usualCreditMs: i32;
  /** First of its profiles, number + 1, and how many there are. */
  firstProfile: i32;
  profiles: i32;
  /** Whether all who wait are in a tree of the queue, beside those of its profiles. */
  together: i32;
  waitingRoot: usize;
  /** Pool of what its agents have had of it, where its select has to know: shares.ts. */
  sharesDirectory: usize;
  sharesCapacity: u32;
  sharesTop: i32;
  /** Where it counts contacts, what those on duty have had in all, and how many they are: duty.ts. */
  hadOnDuty: i64;
  onDuty: i32;
  /** Where it draws agents at random: its generator, see weights.ts. */
  random: i64;
  occupancyWindowMs: i32;
  afterMissMs: i32;
  /** Pool of its agents' loads, where it has to know them: occupancy.ts. */
  loadsDirectory: usize;
  loadsCapacity: u32;
  loadsTop: i32;
  /** SCORE_TERMS × i32: what each term counts, where it selects by score; zeros where it does not. */
  weights: i64;
  weights1: i64;
  weights2: i64;
  weights3: i64;
  /** Where it rings several at once: how many at most, and after how long one more; see ringing.ts. */
  ringTogether: i32;
  ringEveryMs: i32;
  /** It matches in batches, gathered for so long; 0: at once. See batch.ts. */
  batchMs: i32;
  /** The timer of its batch, slot + 1; and the batch while it is solved. */
  batchTimer: i32;
  assignment: usize;
  /** What waiting is worth at most, in priorities; 0: no bound. And the steps in which it is worth more: how many, and AGEING_STEPS_MAX × (ms, priority); see ageing.ts. */
  ageingCap: i32;
  ageingSteps: i32;
  /** Whether a wrap-up after its contacts takes the seat. */
  wrapUpTakesSeat: i32;
  agedFirst: i64;
  aged1: i64;
  aged2: i64;
  aged3: i64;
  aged4: i64;
  aged5: i64;
  aged6: i64;
  aged7: i64;
  /** Of IDLE_…, a bit for each that it counts and is not usual, or that is usual and it does not count; see idle.ts. */
  idleOtherwise: i32;

  stepAfterMs(step: i32): i32 {
    return load<i32>(changetype<usize>(this) + offsetof<Queue>('agedFirst') + ((<usize>step) << 3));
  }
  stepPriority(step: i32): i32 {
    return load<i32>(changetype<usize>(this) + offsetof<Queue>('agedFirst') + ((<usize>step) << 3), 4);
  }
  scoreWeight(term: i32): i32 {
    return load<i32>(changetype<usize>(this) + offsetof<Queue>('weights') + ((<usize>term) << 2));
  }
}

export function queue(handle: i32): Queue {
  return at<Queue>(POOL_QUEUES, handle);
}

export function queueExists(handle: i32): bool {
  assert(<u32>handle < <u32>QUEUES_MAX);
  return made(POOL_QUEUES, handle) && queue(handle).exists !== 0;
}

export function setQueue(command: usize): void {
  const set = load<i32>(command, QUEUE_SET_QUEUE);
  const rangSeveral = queueExists(set) && ringsSeveral(queue(set));
  const handle = placeQueue(command, load<i32>(command, QUEUE_SET_AFTER_MISS_MS), command + QUEUE_SET_SCORE_WEIGHTS);
  setAgeing(queue(handle), load<i32>(command, QUEUE_SET_AGEING_CAP), command + QUEUE_SET_AGEING_STEPS);
  countIdleBy(handle, load<i32>(command, QUEUE_SET_IDLE_RESTARTS));
  const together = load<i32>(command, QUEUE_SET_RING_TOGETHER);
  const everyMs = load<i32>(command, QUEUE_SET_RING_EVERY_MS);
  if (setRing(queue(handle), together, everyMs) && queue(handle).pending > 0) endRounds(handle);
  batchBy(handle, load<i32>(command, QUEUE_SET_BATCH_MS));
  const takesSeat = load<i32>(command, QUEUE_SET_WRAP_UP_TAKES_SEAT);
  assert(takesSeat === 0 || takesSeat === 1);
  queue(handle).wrapUpTakesSeat = takesSeat;
  if (rangSeveral && !ringsSeveral(queue(handle)) && queue(handle).pending > 0) touchThoseWhoRing();
}

/** A contact that rings at several rings at nobody who rings already; one of another selection may, on a further line. */
function touchThoseWhoRing(): void {
  for (let handle = 0; handle < top(POOL_AGENTS); handle++) {
    if (agentExists(handle) && agent(handle).ringing > 0) touch(handle);
  }
}

/** What waiting is worth, besides how much of it in a second. With a cap or without, those who wait are in another order of keys. */
export function setAgeing(that: Queue, cap: i32, steps: usize): void {
  assert(cap >= 0 && cap <= PRIORITY_MAX);
  const rekeys = cap > 0 !== that.ageingCap > 0;
  that.ageingCap = cap;
  that.ageingSteps = 0;
  memory.copy(changetype<usize>(that) + offsetof<Queue>('agedFirst'), steps, AGEING_STEPS_MAX << 3);
  for (let step = 0; step < AGEING_STEPS_MAX; step++) {
    const afterMs = that.stepAfterMs(step);
    const priority = that.stepPriority(step);
    if (afterMs === 0) {
      assert(priority === 0);
      continue;
    }
    assert(that.ageingSteps === step && priority <= PRIORITY_MAX);
    assert(afterMs > (step > 0 ? that.stepAfterMs(step - 1) : 0));
    assert(priority > (step > 0 ? that.stepPriority(step - 1) : 0));
    that.ageingSteps++;
  }
  assert(that.ageingSteps === 0 || (that.ageing === 0 && cap === 0));
  if (!rekeys) return;
  for (let number = that.firstProfile - 1; number !== NONE; number = profile(number).nextInQueue - 1)
    rekeyWaiting(profile(number), that);
  that.waitingRoot = reorderTree(that.waitingRoot, that);
}

/** Returns whether it rings otherwise than before. */
export function setRing(that: Queue, together: i32, everyMs: i32): bool {
  assert(ringsSeveral(that) ? together > 0 && together <= RING_TOGETHER_MAX : together === 0);
  assert(that.select === SELECT_RING_PROGRESSIVE ? everyMs > 0 : everyMs === 0);
  const isAsBefore = that.ringTogether === together && that.ringEveryMs === everyMs;
  that.ringTogether = together;
  that.ringEveryMs = everyMs;
  return !isAsBefore;
}

/** A command, or the record of a queue: of their fields only those that both have are read. Weights at 0 are all zeros. */
export function placeQueue(command: usize, afterMissMs: i32, weights: usize): i32 {
  const handle = load<i32>(command, QUEUE_SET_QUEUE);
  const existed = queueExists(handle);
  const set = make<Queue>(POOL_QUEUES, handle);
  const order = load<i32>(command, QUEUE_SET_ORDER);
  const select = load<i32>(command, QUEUE_SET_SELECT);
  const ageing = load<i32>(command, QUEUE_SET_AGEING);
  const windowMs = load<i32>(command, QUEUE_SET_OCCUPANCY_WINDOW_MS);
  assert(<u32>order <= <u32>ORDER_FIRST_COME);
  assert(<u32>select <= <u32>SELECT_SCORE);
  assert(<u32>ageing <= <u32>AGEING_MAX);
  const rekeysWaiting = existed && (set.order !== order || set.ageing !== ageing);
  const weighsAnew = !sameWeights(set, weights);
  const selectsAnew = !existed || set.select !== select || set.occupancyWindowMs !== windowMs || weighsAnew;
  set.exists = 1;
  if (selectsAnew) selectBy(handle, select, windowMs, weights);
  set.order = order;
  set.ageing = ageing;
  set.channels = load<i32>(command, QUEUE_SET_CHANNELS);
  set.weight = load<i32>(command, QUEUE_SET_WEIGHT);
  set.offerMs = load<i32>(command, QUEUE_SET_OFFER_MS);
  set.wrapUpMs = load<i32>(command, QUEUE_SET_WRAP_UP_MS);
  set.maxWaiting = load<i32>(command, QUEUE_SET_MAX_WAITING);
  set.missedMax = load<i32>(command, QUEUE_SET_MISSED_MAX);
  set.afterRejectMs = load<i32>(command, QUEUE_SET_AFTER_REJECT_MS);
  set.afterMissMs = afterMissMs;
  assert(set.offerMs > 0 && set.wrapUpMs >= 0 && set.maxWaiting >= -1 && set.missedMax >= 0);
  assert(set.afterRejectMs >= 0 && set.afterMissMs >= 0);
  for (let number = set.firstProfile - 1; number !== NONE; number = profile(number).nextInQueue - 1) {
    if (rekeysWaiting) rekeyWaiting(profile(number), set);
    if (selectsAnew) rekeyFree(number);
  }
  if (rekeysWaiting) set.waitingRoot = reorderTree(set.waitingRoot, set);
  return handle;
}

export function removeQueue(command: usize): void {
  const handle = load<i32>(command, QUEUE_REMOVE_QUEUE);
  if (!queueExists(handle)) return refuse(REFUSED_QUEUE_NOT_FOUND, NONE, 0, NONE, handle);
  const gone = queue(handle);
  if (gone.live > 0 || isNamedByUsed(handle)) return refuse(REFUSED_QUEUE_NOT_EMPTY, NONE, 0, NONE, handle);

  if (state().wideProfiles > 0) dropThoseNaming(handle);
  while (gone.firstProfile !== 0) dropProfile(gone.firstProfile - 1);
  gone.batchMs = 0;
  endBatch(handle);
  selectBy(handle, SELECT_LONGEST_IDLE, 0, 0);
  countIdleBy(handle, IDLE_USUAL);
  gone.ringTogether = 0;
  gone.ringEveryMs = 0;
  gone.exists = 0;
}

/** Whether its agents may serve contacts of other queues that live. */
function isNamedByUsed(handle: i32): bool {
  if (state().wideProfiles === 0) return false;
  for (let number = 0; number < top(POOL_PROFILES); number++) {
    if (profileExists(number) && profile(number).users > 0 && namesQueue(profile(number), handle)) return true;
  }
  return false;
}

function dropThoseNaming(handle: i32): void {
  for (let number = 0; number < top(POOL_PROFILES); number++) {
    if (profileExists(number) && namesQueue(profile(number), handle)) dropProfile(number);
  }
}

function sameWeights(that: Queue, weights: usize): bool {
  for (let term = 0; term < SCORE_TERMS; term++) if (that.scoreWeight(term) !== weightAt(weights, term)) return false;
  return true;
}

function weightAt(weights: usize, term: i32): i32 {
  return weights === 0 ? 0 : load<i32>(weights + ((<usize>term) << 2));
}

/** From now on it selects so. What it knew for the way before is forgotten where this one does not need the same. */
function selectBy(handle: i32, select: i32, windowMs: i32, weights: usize): void {
  const that = queue(handle);
  const counted = countsContacts(that);
  const watched = watchesLoads(that);
  const windowBefore = that.occupancyWindowMs;
  const before = that.select;
  that.select = select;
  that.occupancyWindowMs = windowMs;
  for (let term = 0; term < SCORE_TERMS; term++) {
    const weight = weightAt(weights, term);
    assert(weight >= -SCORE_WEIGHT_MAX && weight <= SCORE_WEIGHT_MAX && (weight === 0 || select === SELECT_SCORE));
    store<i32>(changetype<usize>(that) + offsetof<Queue>('weights') + ((<usize>term) << 2), weight);
  }
  assert(watchesLoads(that) || windowMs === 0);

  if (before === SELECT_ROUND_ROBIN && select !== SELECT_ROUND_ROBIN) forgetAll(sharesOf(that));
  const counts = countsContacts(that);
  if (counted && !counts) endCounting(that);
  if (counts && !counted) beginCounting(handle);
  const watches = watchesLoads(that);
  const goesOn = watched && watches && windowMs === windowBefore;
  if (watched && !goesOn) endWatching(that);
  if (watches && !goesOn) beginWatching(that);
  if (before === SELECT_WEIGHTED_RANDOM && select !== before) endDrawing(that);
  if (select === SELECT_WEIGHTED_RANDOM && select !== before) beginDrawing(that, handle, now());
  state().exactQueues += <i32>isExact(select) - <i32>isExact(before);
}

/** Whether it knows at every moment who is free for it, with no stale entries. */
function isExact(select: i32): bool {
  return select === SELECT_WEIGHTED_RANDOM || select === SELECT_SCORE;
}
