// The whole state as logical records, page by page: what another build of the core goes on from (import.ts). The records
// are drawn in layout.ts.
//
// Only what was said and decided is written, never how it is kept. The cursor runs through the kinds laid end to end, by
// handle within each, so two memories in the same state write the same bytes. Nothing is changed but the header's
// transient fields, so an exported memory has the digest it had and can go on.

import { Agent, agent, flagsOf } from './agents.ts';
import { moreBytes } from './among.ts';
import { made, top } from './arena.ts';
import { Assignment, inputBytesOf, inputOf } from './assign.ts';
import { agentClass } from './classes.ts';
import {
  BY_AFFINITY,
  Contact,
  contact,
  FOR_NAMED,
  HAS_LEGS,
  IS_DIALLED,
  IS_WITHHELD,
  stateShown,
  TAKES_SEAT,
} from './contacts.ts';
import { now, POOL_AGENTS, POOL_CONTACTS, POOL_PROFILES, POOL_QUEUES, POOL_TIMERS, state } from './header.ts';
import { idleTime } from './idle.ts';
import {
  AGENT_SET_AGENT,
  AGENT_SET_CAPACITY,
  AGENT_SET_LISTS,
  AGENT_SET_QUEUES_COUNT,
  AGENT_SET_SKILLS_COUNT,
  AGENT_SET_TOTAL,
  AGENT_SET_WRAP_UP_MS,
  AGENTS_MAX,
  BUFFERS,
  CHANNELS_MAX,
  CONTACT_FREE,
  CONTACT_RINGING,
  CONTACTS_MAX,
  DOING_NOTHING,
  EFFECTS_AT,
  EFFECTS_BYTES,
  HEADER_DIGEST,
  HEADER_DOING,
  HEADER_EXPORT_BYTES,
  HEADER_EXPORT_NEXT,
  HEADER_LIVE,
  HEADER_MAGIC,
  HEADER_NUMBER,
  HEADER_TIMERS,
  HEADER_WAITING,
  IDLE_EVENTS,
  IDLE_USUAL,
  INPUT_BYTES,
  MAGIC,
  NONE,
  PROFILE_SET_ALL,
  PROFILE_SET_ANY,
  PROFILE_SET_CHANNEL,
  PROFILE_SET_MORE,
  PROFILE_SET_PREFERS,
  PROFILE_SET_PROFILE,
  PROFILE_SET_QUEUE,
  PROFILE_SET_SKILLS,
  PROFILES_MAX,
  QUEUE_SET_AFTER_REJECT_MS,
  QUEUE_SET_AGEING,
  QUEUE_SET_CHANNELS,
  QUEUE_SET_MAX_WAITING,
  QUEUE_SET_MISSED_MAX,
  QUEUE_SET_OCCUPANCY_WINDOW_MS,
  QUEUE_SET_OFFER_MS,
  QUEUE_SET_ORDER,
  QUEUE_SET_QUEUE,
  QUEUE_SET_SELECT,
  QUEUE_SET_WEIGHT,
  QUEUE_SET_WRAP_UP_MS,
  QUEUES_MAX,
  RECORD_AFFINITY,
  RECORD_AFFINITY_ASKS,
  RECORD_AFFINITY_CONTACT,
  RECORD_AFFINITY_KNOWS,
  RECORD_AFFINITY_SIZE,
  RECORD_AFFINITY_UNTIL,
  RECORD_AGEING,
  RECORD_AGEING_CAP,
  RECORD_AGEING_QUEUE,
  RECORD_AGEING_SIZE,
  RECORD_AGEING_STEPS,
  RECORD_AGENT,
  RECORD_AT_LINE,
  RECORD_AT_LINE_CONTACT,
  RECORD_AT_LINE_LINE,
  RECORD_AT_LINE_SIZE,
  RECORD_BATCH,
  RECORD_BATCH_AGENTS,
  RECORD_BATCH_CONTACTS,
  RECORD_BATCH_DUE,
  RECORD_BATCH_FILLED,
  RECORD_BATCH_LOOKS,
  RECORD_BATCH_OFFERED,
  RECORD_BATCH_PART,
  RECORD_BATCH_PART_BYTES,
  RECORD_BATCH_PART_FROM,
  RECORD_BATCH_PART_LIST,
  RECORD_BATCH_PART_QUEUE,
  RECORD_BATCH_QUEUE,
  RECORD_BATCH_ROWS,
  RECORD_BATCH_SEQUENCE,
  RECORD_BATCH_SIZE,
  RECORD_BYTES,
  RECORD_BYTES_MAX,
  RECORD_CONTACT,
  RECORD_CONTACT_AGENT,
  RECORD_CONTACT_ARRIVED,
  RECORD_CONTACT_BACK_MS,
  RECORD_CONTACT_BACK_TO,
  RECORD_CONTACT_CONNECTED_AT,
  RECORD_CONTACT_CREDIT_MS,
  RECORD_CONTACT_DUE,
  RECORD_CONTACT_DUE_SEQUENCE,
  RECORD_CONTACT_FIFTH_SIZE,
  RECORD_CONTACT_FIFTH_VERSION,
  RECORD_CONTACT_FIRST_SIZE,
  RECORD_CONTACT_FOR_NAMED,
  RECORD_CONTACT_FOURTH_SIZE,
  RECORD_CONTACT_FOURTH_VERSION,
  RECORD_CONTACT_LEAVES_FOR,
  RECORD_CONTACT_LEAVES_WHY,
  RECORD_CONTACT_LEGS,
  RECORD_CONTACT_LINE,
  RECORD_CONTACT_NAMED,
  RECORD_CONTACT_NUMBER,
  RECORD_CONTACT_OFFER,
  RECORD_CONTACT_OR_ELSE,
  RECORD_CONTACT_PRIORITY,
  RECORD_CONTACT_PROFILE,
  RECORD_CONTACT_RESUMED,
  RECORD_CONTACT_SEQUENCE,
  RECORD_CONTACT_SERVED_BY,
  RECORD_CONTACT_SIZE,
  RECORD_CONTACT_SLOT,
  RECORD_CONTACT_STATE,
  RECORD_CONTACT_THIRD_SIZE,
  RECORD_CONTACT_THIRD_VERSION,
  RECORD_CONTACT_VERSION,
  RECORD_DIALLED,
  RECORD_DIALLED_CONTACT,
  RECORD_DIALLED_SIZE,
  RECORD_END,
  RECORD_END_LIVE,
  RECORD_END_SIZE,
  RECORD_END_TIMERS,
  RECORD_END_WAITING,
  RECORD_FIRST_VERSION,
  RECORD_FLAG_LOGGED_IN,
  RECORD_IDLE,
  RECORD_IDLE_QUEUE,
  RECORD_IDLE_RESTARTS,
  RECORD_IDLE_SIZE,
  RECORD_IDLE_TIMES,
  RECORD_IDLE_TIMES_AGENT,
  RECORD_IDLE_TIMES_LIST,
  RECORD_IDLE_TIMES_SIZE,
  RECORD_KIND,
  RECORD_LEGS_AT_SWITCH,
  RECORD_LEGS_RANG,
  RECORD_LEGS_TAKES_SEAT,
  RECORD_LEGS_WITHHELD,
  RECORD_LOADS,
  RECORD_OFFER_BYTES,
  RECORD_OFFER_DUE,
  RECORD_OFFER_DUE_SEQUENCE,
  RECORD_OFFER_LEGS,
  RECORD_OFFER_LINE,
  RECORD_OFFER_NUMBER,
  RECORD_OFFER_RESUMED,
  RECORD_OFFERS,
  RECORD_OFFERS_CONTACT,
  RECORD_OFFERS_COUNT,
  RECORD_OFFERS_FIRST,
  RECORD_OFFERS_LIST,
  RECORD_OFFERS_STEP_DUE,
  RECORD_OFFERS_STEP_SEQUENCE,
  RECORD_OFFERS_WANTED,
  RECORD_PARTITION,
  RECORD_PARTITION_BEGUN,
  RECORD_PARTITION_CONTACTS,
  RECORD_PARTITION_DIGEST,
  RECORD_PARTITION_NOW,
  RECORD_PARTITION_NUMBER,
  RECORD_PARTITION_SIZE,
  RECORD_PARTITION_TIMERS,
  RECORD_PRESENCE,
  RECORD_PRESENCE_AGENT,
  RECORD_PRESENCE_CHOSEN,
  RECORD_PRESENCE_FLAGS,
  RECORD_PRESENCE_IDLE_SINCE,
  RECORD_PRESENCE_LINES,
  RECORD_PRESENCE_LIST,
  RECORD_PRESENCE_MISSES,
  RECORD_PRESENCE_REASON,
  RECORD_PRESENCE_REST_DUE,
  RECORD_PRESENCE_REST_SEQUENCE,
  RECORD_PRESENCE_SINCE,
  RECORD_PROFILE,
  RECORD_PROFILE_VERSION,
  RECORD_QUEUE,
  RECORD_QUEUE_AFTER_MISS_MS,
  RECORD_QUEUE_BATCH_MS,
  RECORD_QUEUE_FIFTH_VERSION,
  RECORD_QUEUE_FIRST_SIZE,
  RECORD_QUEUE_FOURTH_SIZE,
  RECORD_QUEUE_FOURTH_VERSION,
  RECORD_QUEUE_RANDOM,
  RECORD_QUEUE_SCORE_WEIGHTS,
  RECORD_QUEUE_SIZE,
  RECORD_QUEUE_THIRD_SIZE,
  RECORD_QUEUE_THIRD_VERSION,
  RECORD_QUEUE_VERSION,
  RECORD_RING,
  RECORD_RING_EVERY_MS,
  RECORD_RING_QUEUE,
  RECORD_RING_SIZE,
  RECORD_RING_TOGETHER,
  RECORD_SHARE_BYTES,
  RECORD_SHARES,
  RECORD_SHARES_COUNT,
  RECORD_SHARES_LIST,
  RECORD_SHARES_QUEUE,
  RECORD_TIMER,
  RECORD_TIMER_DUE,
  RECORD_TIMER_KEY,
  RECORD_TIMER_MODULE,
  RECORD_TIMER_OF_MODULE,
  RECORD_TIMER_OF_RESUMPTION,
  RECORD_TIMER_OWNER,
  RECORD_TIMER_SEQUENCE,
  RECORD_TIMER_SIZE,
  RECORD_VERSION,
  RECORD_WAITERS,
  RECORD_WAITERS_AGENT,
  RECORD_WAITERS_COUNT,
  RECORD_WAITERS_LIST,
  RECORD_WORK,
  RECORD_WORK_AGENT,
  RECORD_WORK_AT,
  RECORD_WORK_SIZE,
  RECORD_WRAP_UP,
  RECORD_WRAP_UP_QUEUE,
  RECORD_WRAP_UP_SIZE,
  SCORE_TERMS,
  SELECT_LEAST_OCCUPIED,
  SELECT_SCORE,
  SELECT_WEIGHTED_RANDOM,
  TIMERS_MAX,
} from './layout.ts';
import { profile } from './profiles.ts';
import { Queue, queue } from './queues.ts';
import { HAS_RUNG, IS_RESUMED, line, seatLine } from './seats.ts';
import { hadOf, loadsOf, sharesOf } from './shares.ts';
import { TIMER_OF_MODULE, TIMER_RESUMPTION, timer } from './timers.ts';

const QUEUES_FROM: i32 = 1;
const PROFILES_FROM: i32 = QUEUES_FROM + QUEUES_MAX;
const AGENTS_FROM: i32 = PROFILES_FROM + PROFILES_MAX;
const PRESENCES_FROM: i32 = AGENTS_FROM + AGENTS_MAX;
const CONTACTS_FROM: i32 = PRESENCES_FROM + AGENTS_MAX;
const WAITERS_FROM: i32 = CONTACTS_FROM + CONTACTS_MAX;
const TIMERS_FROM: i32 = WAITERS_FROM + AGENTS_MAX;
const SHARES_FROM: i32 = TIMERS_FROM + TIMERS_MAX;
/** A record of shares is of so many handles at most, a power of two. */
const SHARES_SHIFT: i32 = 8;
const SHARES_OF_QUEUE: i32 = AGENTS_MAX >> SHARES_SHIFT;
const WORKS_FROM: i32 = SHARES_FROM + QUEUES_MAX * SHARES_OF_QUEUE;
const LOADS_FROM: i32 = WORKS_FROM + AGENTS_MAX;
const RINGS_FROM: i32 = LOADS_FROM + QUEUES_MAX * SHARES_OF_QUEUE;
const OFFERS_FROM: i32 = RINGS_FROM + QUEUES_MAX;
/** A part of a batch has so many bytes, and a batch so many parts at most. */
const PART_BYTES: i32 = 4096;
const PARTS_SHIFT: i32 = 11;
const BATCHES_FROM: i32 = OFFERS_FROM + CONTACTS_MAX;
const PARTS_FROM: i32 = BATCHES_FROM + QUEUES_MAX;
const AGEINGS_FROM: i32 = PARTS_FROM + (QUEUES_MAX << PARTS_SHIFT);
const WRAP_UPS_FROM: i32 = AGEINGS_FROM + QUEUES_MAX;
const AFFINITIES_FROM: i32 = WRAP_UPS_FROM + QUEUES_MAX;
const IDLES_FROM: i32 = AFFINITIES_FROM + CONTACTS_MAX;
const IDLE_TIMES_FROM: i32 = IDLES_FROM + QUEUES_MAX;
const DIALLED_FROM: i32 = IDLE_TIMES_FROM + AGENTS_MAX;
const AT_LINES_FROM: i32 = DIALLED_FROM + CONTACTS_MAX;
const END: i32 = AT_LINES_FROM + CONTACTS_MAX;

export function exportFrom(buffer: i32, cursor: i32): void {
  const own = state();
  assert(load<i64>(0, HEADER_MAGIC) === MAGIC);
  assert(<u32>buffer < <u32>BUFFERS && cursor >= 0);
  // What trapped, or was imported by half, is no state to go on from.
  assert(load<i32>(0, HEADER_DOING) === DOING_NOTHING && own.importing === 0);
  own.effects = <usize>(EFFECTS_AT + buffer * EFFECTS_BYTES);
  store<i32>(0, 0, HEADER_EXPORT_BYTES);
  let next = cursor;
  while (next !== NONE && load<i32>(0, HEADER_EXPORT_BYTES) + RECORD_BYTES_MAX <= INPUT_BYTES) next = exportOne(next);
  store<i32>(0, next, HEADER_EXPORT_NEXT);
  own.effects = 0;
}

/** Exports what the cursor points at, if anything, and returns the next cursor. */
function exportOne(cursor: i32): i32 {
  if (cursor < QUEUES_FROM) {
    exportPartition();
  } else if (cursor < PROFILES_FROM) {
    const handle = cursor - QUEUES_FROM;
    if (handle >= top(POOL_QUEUES)) return PROFILES_FROM;
    if (made(POOL_QUEUES, handle) && queue(handle).exists) exportQueue(handle);
  } else if (cursor < AGENTS_FROM) {
    const number = cursor - PROFILES_FROM;
    if (number >= top(POOL_PROFILES)) return AGENTS_FROM;
    if (made(POOL_PROFILES, number) && profile(number).exists) exportProfile(number);
  } else if (cursor < PRESENCES_FROM) {
    const handle = cursor - AGENTS_FROM;
    if (handle >= top(POOL_AGENTS)) return PRESENCES_FROM;
    if (made(POOL_AGENTS, handle) && agent(handle).exists) exportAgent(handle);
  } else if (cursor < CONTACTS_FROM) {
    const handle = cursor - PRESENCES_FROM;
    if (handle >= top(POOL_AGENTS)) return CONTACTS_FROM;
    if (made(POOL_AGENTS, handle) && agent(handle).exists) exportPresence(handle);
  } else if (cursor < WAITERS_FROM) {
    const slot = cursor - CONTACTS_FROM;
    if (slot >= top(POOL_CONTACTS)) return WAITERS_FROM;
    if (made(POOL_CONTACTS, slot) && contact(slot).state !== CONTACT_FREE) exportContact(slot);
  } else if (cursor < TIMERS_FROM) {
    const handle = cursor - WAITERS_FROM;
    if (handle >= top(POOL_AGENTS)) return TIMERS_FROM;
    if (made(POOL_AGENTS, handle) && agent(handle).waiters > 0) exportWaiters(handle);
  } else if (cursor < SHARES_FROM) {
    const slot = cursor - TIMERS_FROM;
    if (slot >= top(POOL_TIMERS)) return SHARES_FROM;
    if (made(POOL_TIMERS, slot)) exportTimer(slot);
  } else if (cursor < WORKS_FROM) {
    return exportSharesAt(RECORD_SHARES, cursor, SHARES_FROM, WORKS_FROM);
  } else if (cursor < LOADS_FROM) {
    const handle = cursor - WORKS_FROM;
    if (handle >= top(POOL_AGENTS)) return LOADS_FROM;
    if (made(POOL_AGENTS, handle) && agentIsWatched(handle)) exportWork(handle);
  } else if (cursor < RINGS_FROM) {
    return exportSharesAt(RECORD_LOADS, cursor, LOADS_FROM, RINGS_FROM);
  } else if (cursor < OFFERS_FROM) {
    const handle = cursor - RINGS_FROM;
    if (handle >= top(POOL_QUEUES)) return OFFERS_FROM;
    if (made(POOL_QUEUES, handle) && queue(handle).ringTogether > 0) exportRing(handle);
  } else if (cursor < BATCHES_FROM) {
    const slot = cursor - OFFERS_FROM;
    if (slot >= top(POOL_CONTACTS)) return BATCHES_FROM;
    if (made(POOL_CONTACTS, slot) && hasMoreOffers(contact(slot))) exportOffers(slot);
  } else if (cursor < PARTS_FROM) {
    const handle = cursor - BATCHES_FROM;
    if (handle >= top(POOL_QUEUES)) return PARTS_FROM;
    if (made(POOL_QUEUES, handle) && queue(handle).batchTimer !== 0) exportBatch(handle);
  } else if (cursor < AGEINGS_FROM) {
    const handle = (cursor - PARTS_FROM) >> PARTS_SHIFT;
    const part = (cursor - PARTS_FROM) & ((1 << PARTS_SHIFT) - 1);
    if (handle >= top(POOL_QUEUES)) return AGEINGS_FROM;
    const next = PARTS_FROM + ((handle + 1) << PARTS_SHIFT);
    if (!made(POOL_QUEUES, handle) || queue(handle).assignment === 0) return next;
    if (!exportPart(handle, part * PART_BYTES)) return next;
  } else if (cursor < WRAP_UPS_FROM) {
    const handle = cursor - AGEINGS_FROM;
    if (handle >= top(POOL_QUEUES)) return WRAP_UPS_FROM;
    if (made(POOL_QUEUES, handle) && queue(handle).exists && agesOtherwise(queue(handle))) exportAgeing(handle);
  } else if (cursor < AFFINITIES_FROM) {
    const handle = cursor - WRAP_UPS_FROM;
    if (handle >= top(POOL_QUEUES)) return AFFINITIES_FROM;
    if (made(POOL_QUEUES, handle) && queue(handle).exists && queue(handle).wrapUpTakesSeat) exportWrapUp(handle);
  } else if (cursor < IDLES_FROM) {
    const slot = cursor - AFFINITIES_FROM;
    if (slot >= top(POOL_CONTACTS)) return IDLES_FROM;
    if (made(POOL_CONTACTS, slot) && hasAffinity(contact(slot))) exportAffinity(slot);
  } else if (cursor < IDLE_TIMES_FROM) {
    const handle = cursor - IDLES_FROM;
    if (handle >= top(POOL_QUEUES)) return IDLE_TIMES_FROM;
    if (made(POOL_QUEUES, handle) && queue(handle).exists && queue(handle).idleOtherwise !== 0) exportIdle(handle);
  } else if (cursor < DIALLED_FROM) {
    const handle = cursor - IDLE_TIMES_FROM;
    if (state().idleQueues === 0 || handle >= top(POOL_AGENTS)) return DIALLED_FROM;
    if (made(POOL_AGENTS, handle) && agent(handle).exists) exportIdleTimes(handle);
  } else if (cursor < AT_LINES_FROM) {
    const slot = cursor - DIALLED_FROM;
    if (slot >= top(POOL_CONTACTS)) return AT_LINES_FROM;
    if (made(POOL_CONTACTS, slot) && isDialled(contact(slot))) exportDialled(slot);
  } else if (cursor < END) {
    const slot = cursor - AT_LINES_FROM;
    if (slot >= top(POOL_CONTACTS)) return END;
    if (made(POOL_CONTACTS, slot) && contact(slot).state !== CONTACT_FREE && contact(slot).atLine !== 0)
      exportAtLine(slot);
  } else {
    exportEnd();
    return NONE;
  }
  return cursor + 1;
}

/** A zeroed record at the end of the page; the caller fills it in. */
function add(kind: i32, bytes: i32): usize {
  const written = load<i32>(0, HEADER_EXPORT_BYTES);
  assert((bytes & 7) === 0 && bytes <= RECORD_BYTES_MAX && written + bytes <= INPUT_BYTES);
  const record = state().effects + <usize>written;
  memory.fill(record, 0, bytes);
  store<u16>(record, <u16>kind, RECORD_KIND);
  store<u16>(record, <u16>RECORD_FIRST_VERSION, RECORD_VERSION);
  store<i32>(record, bytes, RECORD_BYTES);
  store<i32>(0, written + bytes, HEADER_EXPORT_BYTES);
  return record;
}

function padded(bytes: i32): i32 {
  return (bytes + 7) & ~7;
}

function exportPartition(): void {
  const own = state();
  const record = add(RECORD_PARTITION, RECORD_PARTITION_SIZE);
  store<i64>(record, load<i64>(0, HEADER_NUMBER), RECORD_PARTITION_NUMBER);
  store<i64>(record, now(), RECORD_PARTITION_NOW);
  store<i64>(record, load<i64>(0, HEADER_DIGEST), RECORD_PARTITION_DIGEST);
  store<i64>(record, own.contactSequence, RECORD_PARTITION_CONTACTS);
  store<i64>(record, own.timerSequence, RECORD_PARTITION_TIMERS);
  store<i32>(record, own.begun, RECORD_PARTITION_BEGUN);
}

// ── What was set up ─────────────────────────────────────────────────────────────────────────────────────────────
function exportQueue(handle: i32): void {
  const known = queue(handle);
  const draws = known.select === SELECT_WEIGHTED_RANDOM;
  const record = add(RECORD_QUEUE, queueBytes(known));
  store<i32>(record, handle, QUEUE_SET_QUEUE);
  store<i32>(record, known.channels, QUEUE_SET_CHANNELS);
  store<i32>(record, known.order, QUEUE_SET_ORDER);
  store<i32>(record, known.select, QUEUE_SET_SELECT);
  store<i32>(record, known.weight, QUEUE_SET_WEIGHT);
  store<i32>(record, known.ageing, QUEUE_SET_AGEING);
  store<i32>(record, known.offerMs, QUEUE_SET_OFFER_MS);
  store<i32>(record, known.wrapUpMs, QUEUE_SET_WRAP_UP_MS);
  store<i32>(record, known.maxWaiting, QUEUE_SET_MAX_WAITING);
  store<i32>(record, known.missedMax, QUEUE_SET_MISSED_MAX);
  store<i32>(record, known.afterRejectMs, QUEUE_SET_AFTER_REJECT_MS);
  store<i32>(record, known.occupancyWindowMs, QUEUE_SET_OCCUPANCY_WINDOW_MS);
  if (!draws && known.afterMissMs === 0 && known.select !== SELECT_SCORE) return;
  store<u16>(record, <u16>RECORD_QUEUE_VERSION, RECORD_VERSION);
  if (draws) store<i64>(record, known.random, RECORD_QUEUE_RANDOM);
  if (known.afterMissMs === 0 && known.select !== SELECT_SCORE) return;
  store<u16>(record, <u16>RECORD_QUEUE_THIRD_VERSION, RECORD_VERSION);
  store<i32>(record, known.afterMissMs, RECORD_QUEUE_AFTER_MISS_MS);
  if (known.select !== SELECT_SCORE) return;
  store<u16>(record, <u16>RECORD_QUEUE_FOURTH_VERSION, RECORD_VERSION);
  if (known.batchMs > 0) {
    store<u16>(record, <u16>RECORD_QUEUE_FIFTH_VERSION, RECORD_VERSION);
    store<i32>(record, known.batchMs, RECORD_QUEUE_BATCH_MS);
  }
  for (let term = 0; term < SCORE_TERMS; term++) {
    store<i32>(record + ((<usize>term) << 2), known.scoreWeight(term), RECORD_QUEUE_SCORE_WEIGHTS);
  }
}

/** As the oldest version has it that can say all of it. */
function queueBytes(known: Queue): i32 {
  if (known.select === SELECT_SCORE) return RECORD_QUEUE_FOURTH_SIZE;
  if (known.afterMissMs > 0) return RECORD_QUEUE_THIRD_SIZE;
  return known.select === SELECT_WEIGHTED_RANDOM ? RECORD_QUEUE_SIZE : RECORD_QUEUE_FIRST_SIZE;
}

function exportProfile(number: i32): void {
  const known = profile(number);
  const skillsBytes = <i32>(known.all + known.any + known.prefers) * 4;
  const skillsEnd = padded(PROFILE_SET_SKILLS + skillsBytes);
  const more = known.more === 0 ? 0 : moreBytes(known.more);
  const record = add(RECORD_PROFILE, skillsEnd + more);
  if (more > 0) store<u16>(record, <u16>RECORD_PROFILE_VERSION, RECORD_VERSION);
  store<u16>(record, <u16>more, PROFILE_SET_MORE);
  store<i32>(record, number, PROFILE_SET_PROFILE);
  store<i32>(record, known.queue, PROFILE_SET_QUEUE);
  store<i32>(record, known.channel, PROFILE_SET_CHANNEL);
  store<u16>(record, known.all, PROFILE_SET_ALL);
  store<u16>(record, known.any, PROFILE_SET_ANY);
  store<u16>(record, known.prefers, PROFILE_SET_PREFERS);
  memory.copy(record + PROFILE_SET_SKILLS, known.skills, skillsBytes);
  memory.copy(record + skillsEnd, known.more, more);
}

function exportAgent(handle: i32): void {
  const known = agent(handle);
  // Behind its two counts a class's key is the two lists, as the command has them.
  const key = agentClass(known.agentClass).key;
  const listed = agentClass(known.agentClass).keyBytes - 4;
  const record = add(RECORD_AGENT, padded(AGENT_SET_LISTS + listed));
  store<i32>(record, handle, AGENT_SET_AGENT);
  store<i32>(record, known.total, AGENT_SET_TOTAL);
  store<i32>(record, known.wrapUpMs, AGENT_SET_WRAP_UP_MS);
  store<u16>(record, load<u16>(key), AGENT_SET_SKILLS_COUNT);
  store<u16>(record, load<u16>(key, 2), AGENT_SET_QUEUES_COUNT);
  memory.copy(record + AGENT_SET_CAPACITY, changetype<usize>(known) + offsetof<Agent>('capacityLow'), CHANNELS_MAX);
  memory.copy(record + AGENT_SET_LISTS, key + 4, listed);
}

// ── What is going on ────────────────────────────────────────────────────────────────────────────────────────────
function exportPresence(handle: i32): void {
  const known = agent(handle);
  const lines = <i32>known.lineCount;
  const record = add(RECORD_PRESENCE, RECORD_PRESENCE_LIST + lines * 8);
  const loggedIn = known.loggedIn ? RECORD_FLAG_LOGGED_IN : 0;
  store<i32>(record, handle, RECORD_PRESENCE_AGENT);
  store<i32>(record, <i32>flagsOf(known) | loggedIn, RECORD_PRESENCE_FLAGS);
  store<i32>(record, known.reason, RECORD_PRESENCE_REASON);
  store<i32>(record, known.chosen, RECORD_PRESENCE_CHOSEN);
  store<i32>(record, known.misses, RECORD_PRESENCE_MISSES);
  store<i32>(record, lines, RECORD_PRESENCE_LINES);
  store<i64>(record, known.since, RECORD_PRESENCE_SINCE);
  store<i64>(record, known.idleSince, RECORD_PRESENCE_IDLE_SINCE);
  storeTimer(record, known.restTimer, RECORD_PRESENCE_REST_DUE, RECORD_PRESENCE_REST_SEQUENCE);
  for (let place = 0; place < lines; place++) {
    const listed = record + RECORD_PRESENCE_LIST + ((<usize>place) << 3);
    store<i32>(listed, seatLine(known, place));
    store<i32>(listed, line(seatLine(known, place)).channel, 4);
  }
}

/** When a timer is due and its place among equals; zeros where there is none. */
function storeTimer(record: usize, slot: i32, due: usize, sequence: usize): void {
  if (slot === NONE) return;
  store<i64>(record + due, timer(slot).due);
  store<i64>(record + sequence, timer(slot).sequence);
}

function exportContact(slot: i32): void {
  const lives = contact(slot);
  const record = add(RECORD_CONTACT, contactBytes(lives));
  store<i32>(record, slot, RECORD_CONTACT_SLOT);
  store<u32>(record, lives.number, RECORD_CONTACT_NUMBER);
  store<i32>(record, stateShown(lives), RECORD_CONTACT_STATE);
  store<i32>(record, lives.profile, RECORD_CONTACT_PROFILE);
  store<i32>(record, lives.priority, RECORD_CONTACT_PRIORITY);
  store<i32>(record, lives.creditMs, RECORD_CONTACT_CREDIT_MS);
  store<i32>(record, lives.agent, RECORD_CONTACT_AGENT);
  store<i32>(record, lives.line, RECORD_CONTACT_LINE);
  store<i32>(record, lives.offer, RECORD_CONTACT_OFFER);
  store<i32>(record, lives.named, RECORD_CONTACT_NAMED);
  store<i32>(record, lives.orElse, RECORD_CONTACT_OR_ELSE);
  const rings = lives.state === CONTACT_RINGING;
  store<i32>(record, rings && line(lives.line).is(IS_RESUMED) ? 1 : 0, RECORD_CONTACT_RESUMED);
  store<i64>(record, lives.arrived, RECORD_CONTACT_ARRIVED);
  store<i64>(record, lives.sequence, RECORD_CONTACT_SEQUENCE);
  store<i64>(record, lives.connectedAt, RECORD_CONTACT_CONNECTED_AT);
  const over = rings ? line(lives.line).timer : lives.timer;
  storeTimer(record, over, RECORD_CONTACT_DUE, RECORD_CONTACT_DUE_SEQUENCE);
  const sent = isSent(lives);
  const known = lives.servedBy !== 0 || sent;
  if (legsOf(lives) === 0 && lives.leavesWhy === 0 && !known) return;
  store<u16>(record, <u16>RECORD_CONTACT_VERSION, RECORD_VERSION);
  store<i32>(record, legsOf(lives) | (rings ? rangAt(lives.line) : 0), RECORD_CONTACT_LEGS);
  if (lives.leavesWhy === 0 && !known) return;
  store<u16>(record, <u16>RECORD_CONTACT_THIRD_VERSION, RECORD_VERSION);
  store<i32>(record, lives.leavesWhy, RECORD_CONTACT_LEAVES_WHY);
  store<i32>(record, lives.leavesFor, RECORD_CONTACT_LEAVES_FOR);
  if (!known) return;
  store<u16>(record, <u16>RECORD_CONTACT_FOURTH_VERSION, RECORD_VERSION);
  store<i32>(record, lives.servedBy - 1, RECORD_CONTACT_SERVED_BY);
  if (!sent) return;
  store<u16>(record, <u16>RECORD_CONTACT_FIFTH_VERSION, RECORD_VERSION);
  store<i32>(record, lives.is(FOR_NAMED) ? 1 : 0, RECORD_CONTACT_FOR_NAMED);
  store<i32>(record, lives.backTo - 1, RECORD_CONTACT_BACK_TO);
  store<i32>(record, lives.backMs, RECORD_CONTACT_BACK_MS);
}

/** It asks for an agent by name in a way that only sending has. */
function isSent(lives: Contact): bool {
  return lives.is(FOR_NAMED) || lives.backTo !== 0;
}

/** Whether the telephone that rings at a line really rang. */
function rangAt(at: i32): i32 {
  return line(at).is(HAS_RUNG) ? RECORD_LEGS_RANG : 0;
}

/** As the oldest version has it that can say all of it. */
function contactBytes(lives: Contact): i32 {
  if (isSent(lives)) return RECORD_CONTACT_FIFTH_SIZE;
  if (lives.servedBy !== 0) return RECORD_CONTACT_FOURTH_SIZE;
  if (lives.leavesWhy !== 0) return RECORD_CONTACT_THIRD_SIZE;
  return legsOf(lives) !== 0 ? RECORD_CONTACT_SIZE : RECORD_CONTACT_FIRST_SIZE;
}

function legsOf(lives: Contact): i32 {
  const atSwitch = lives.is(HAS_LEGS) ? RECORD_LEGS_AT_SWITCH : 0;
  const takesSeat = lives.is(TAKES_SEAT) ? RECORD_LEGS_TAKES_SEAT : 0;
  return atSwitch | takesSeat | (lives.is(IS_WITHHELD) ? RECORD_LEGS_WITHHELD : 0);
}

function exportWaiters(handle: i32): void {
  const known = agent(handle);
  const record = add(RECORD_WAITERS, padded(RECORD_WAITERS_LIST + known.waiters * 4));
  store<i32>(record, handle, RECORD_WAITERS_AGENT);
  store<i32>(record, known.waiters, RECORD_WAITERS_COUNT);
  let at = record + RECORD_WAITERS_LIST;
  for (let slot = known.firstWaiter - 1; slot !== NONE; slot = contact(slot).nextWaiter - 1) {
    store<i32>(at, slot);
    at += 4;
  }
}

/** Timers of contacts and agents are in their records. */
function exportTimer(slot: i32): void {
  const set = timer(slot);
  if (set.kind !== TIMER_OF_MODULE && set.kind !== TIMER_RESUMPTION) return;
  const owner = set.kind === TIMER_OF_MODULE ? RECORD_TIMER_OF_MODULE : RECORD_TIMER_OF_RESUMPTION;
  const record = add(RECORD_TIMER, RECORD_TIMER_SIZE);
  store<i32>(record, owner, RECORD_TIMER_OWNER);
  store<i32>(record, set.kind === TIMER_OF_MODULE ? set.subject : 0, RECORD_TIMER_MODULE);
  store<i64>(record, set.due, RECORD_TIMER_DUE);
  store<i64>(record, set.key, RECORD_TIMER_KEY);
  store<i64>(record, set.sequence, RECORD_TIMER_SEQUENCE);
}

/** The pool of shares that a record of this kind is of. */
function poolOf(that: Queue, kind: i32): usize {
  const areLoads = kind === RECORD_LOADS || that.select === SELECT_LEAST_OCCUPIED;
  return areLoads ? loadsOf(that) : sharesOf(that);
}

/** A range of cursors, so many for each queue. */
function exportSharesAt(kind: i32, cursor: i32, first: i32, next: i32): i32 {
  const handle = (cursor - first) / SHARES_OF_QUEUE;
  if (handle >= top(POOL_QUEUES)) return next;
  const nextQueue = first + (handle + 1) * SHARES_OF_QUEUE;
  if (!made(POOL_QUEUES, handle)) return nextQueue;
  const that = queue(handle);
  // Only a score counts both; where nothing but the load counts it is the queue's share.
  if (kind === RECORD_LOADS && that.select === SELECT_LEAST_OCCUPIED) return nextQueue;
  const pool = poolOf(that, kind);
  const from = ((cursor - first) % SHARES_OF_QUEUE) << SHARES_SHIFT;
  if (from >= top(pool)) return nextQueue;
  exportShares(kind, handle, pool, from);
  return cursor + 1;
}

/** Of the handles from one on that have anything: nothing where none has. */
function exportShares(kind: i32, handle: i32, pool: usize, from: i32): void {
  const until = from + (1 << SHARES_SHIFT);
  let having = 0;
  for (let who = from; who < until; who++) if (hadOf(pool, who) !== 0) having++;
  if (having === 0) return;
  const record = add(kind, RECORD_SHARES_LIST + having * RECORD_SHARE_BYTES);
  store<i32>(record, handle, RECORD_SHARES_QUEUE);
  store<i32>(record, having, RECORD_SHARES_COUNT);
  let at = record + RECORD_SHARES_LIST;
  for (let who = from; who < until; who++) {
    const had = hadOf(pool, who);
    if (had === 0) continue;
    store<i32>(at, who);
    store<i64>(at, had, 8);
    at += RECORD_SHARE_BYTES;
  }
}

function agentIsWatched(handle: i32): bool {
  return state().watchingQueues > 0 && agent(handle).exists !== 0 && agent(handle).occupied !== 0;
}

function exportWork(handle: i32): void {
  const record = add(RECORD_WORK, RECORD_WORK_SIZE);
  store<i32>(record, handle, RECORD_WORK_AGENT);
  store<i64>(record, agent(handle).accountedAt, RECORD_WORK_AT);
}

/** Not in a line without an end. */
function agesOtherwise(known: Queue): bool {
  return known.ageingCap > 0 || known.ageingSteps > 0;
}

function exportAgeing(handle: i32): void {
  const known = queue(handle);
  const record = add(RECORD_AGEING, RECORD_AGEING_SIZE);
  store<i32>(record, handle, RECORD_AGEING_QUEUE);
  store<i32>(record, known.ageingCap, RECORD_AGEING_CAP);
  for (let step = 0; step < known.ageingSteps; step++) {
    store<i32>(record + ((<usize>step) << 3), known.stepAfterMs(step), RECORD_AGEING_STEPS);
    store<i32>(record + ((<usize>step) << 3), known.stepPriority(step), RECORD_AGEING_STEPS + 4);
  }
}

function exportWrapUp(handle: i32): void {
  store<i32>(add(RECORD_WRAP_UP, RECORD_WRAP_UP_SIZE), handle, RECORD_WRAP_UP_QUEUE);
}

function exportIdle(handle: i32): void {
  const record = add(RECORD_IDLE, RECORD_IDLE_SIZE);
  store<i32>(record, handle, RECORD_IDLE_QUEUE);
  store<i32>(record, queue(handle).idleOtherwise ^ IDLE_USUAL, RECORD_IDLE_RESTARTS);
}

function exportIdleTimes(handle: i32): void {
  const record = add(RECORD_IDLE_TIMES, RECORD_IDLE_TIMES_SIZE);
  store<i32>(record, handle, RECORD_IDLE_TIMES_AGENT);
  for (let event = 0; event < IDLE_EVENTS; event++) {
    store<i64>(record + ((<usize>event) << 3), idleTime(agent(handle), event), RECORD_IDLE_TIMES_LIST);
  }
}

function exportRing(handle: i32): void {
  const record = add(RECORD_RING, RECORD_RING_SIZE);
  store<i32>(record, handle, RECORD_RING_QUEUE);
  store<i32>(record, queue(handle).ringTogether, RECORD_RING_TOGETHER);
  store<i32>(record, queue(handle).ringEveryMs, RECORD_RING_EVERY_MS);
}

function hasAffinity(lives: Contact): bool {
  return lives.state !== CONTACT_FREE && (lives.knows !== 0 || lives.is(BY_AFFINITY));
}

function exportAffinity(slot: i32): void {
  const lives = contact(slot);
  const record = add(RECORD_AFFINITY, RECORD_AFFINITY_SIZE);
  store<i32>(record, slot, RECORD_AFFINITY_CONTACT);
  store<i32>(record, lives.is(BY_AFFINITY) ? 1 : 0, RECORD_AFFINITY_ASKS);
  store<i32>(record, lives.knows - 1, RECORD_AFFINITY_KNOWS);
  store<i64>(record, lives.knows === 0 ? 0 : lives.knowsUntil, RECORD_AFFINITY_UNTIL);
}

function isDialled(lives: Contact): bool {
  return lives.state !== CONTACT_FREE && lives.is(IS_DIALLED);
}

function exportAtLine(slot: i32): void {
  const record = add(RECORD_AT_LINE, RECORD_AT_LINE_SIZE);
  store<i32>(record, slot, RECORD_AT_LINE_CONTACT);
  store<i32>(record, contact(slot).atLine - 1, RECORD_AT_LINE_LINE);
}

function exportDialled(slot: i32): void {
  store<i32>(add(RECORD_DIALLED, RECORD_DIALLED_SIZE), slot, RECORD_DIALLED_CONTACT);
}

/** Whether its own record leaves anything of its offers unsaid. */
function hasMoreOffers(lives: Contact): bool {
  if (lives.state === CONTACT_FREE || lives.line === NONE) return false;
  if (line(lives.line).offer !== lives.offer) return true;
  return lives.state === CONTACT_RINGING && (lives.wanted > 0 || lives.timer !== NONE);
}

function exportOffers(slot: i32): void {
  const lives = contact(slot);
  const rings = lives.state === CONTACT_RINGING;
  const further = rings ? lives.rings - 1 : 0;
  const record = add(RECORD_OFFERS, RECORD_OFFERS_LIST + further * RECORD_OFFER_BYTES);
  store<i32>(record, slot, RECORD_OFFERS_CONTACT);
  store<i32>(record, line(lives.line).offer, RECORD_OFFERS_FIRST);
  store<i32>(record, rings ? lives.wanted : 0, RECORD_OFFERS_WANTED);
  store<i32>(record, further, RECORD_OFFERS_COUNT);
  if (!rings) return;
  storeTimer(record, lives.timer, RECORD_OFFERS_STEP_DUE, RECORD_OFFERS_STEP_SEQUENCE);
  let listed = record + RECORD_OFFERS_LIST;
  for (let at = line(lives.line).nextRinging - 1; at !== NONE; at = line(at).nextRinging - 1) {
    store<i32>(listed, at, RECORD_OFFER_LINE);
    store<i32>(listed, line(at).offer, RECORD_OFFER_NUMBER);
    store<i32>(listed, rangAt(at), RECORD_OFFER_LEGS);
    store<i32>(listed, line(at).is(IS_RESUMED) ? 1 : 0, RECORD_OFFER_RESUMED);
    storeTimer(listed, line(at).timer, RECORD_OFFER_DUE, RECORD_OFFER_DUE_SEQUENCE);
    listed += RECORD_OFFER_BYTES;
  }
}

function exportBatch(handle: i32): void {
  const that = queue(handle);
  const record = add(RECORD_BATCH, RECORD_BATCH_SIZE);
  store<i32>(record, handle, RECORD_BATCH_QUEUE);
  storeTimer(record, that.batchTimer - 1, RECORD_BATCH_DUE, RECORD_BATCH_SEQUENCE);
  if (that.assignment === 0) return;
  const batch = changetype<Assignment>(that.assignment);
  store<i32>(record, batch.contacts, RECORD_BATCH_CONTACTS);
  store<i32>(record, batch.agents, RECORD_BATCH_AGENTS);
  store<i32>(record, batch.rows, RECORD_BATCH_ROWS);
  store<i32>(record, batch.looks, RECORD_BATCH_LOOKS);
  store<i32>(record, batch.filled, RECORD_BATCH_FILLED);
  store<i32>(record, batch.offered, RECORD_BATCH_OFFERED);
}

/** False behind the last one. */
function exportPart(handle: i32, from: i32): bool {
  const batch = changetype<Assignment>(queue(handle).assignment);
  const left = inputBytesOf(batch.contacts, batch.agents, batch.rows) - from;
  if (left <= 0) return false;
  const bytes = left < PART_BYTES ? left : PART_BYTES;
  const record = add(RECORD_BATCH_PART, padded(RECORD_BATCH_PART_LIST + bytes));
  store<i32>(record, handle, RECORD_BATCH_PART_QUEUE);
  store<i32>(record, bytes, RECORD_BATCH_PART_BYTES);
  store<i32>(record, from, RECORD_BATCH_PART_FROM);
  memory.copy(record + RECORD_BATCH_PART_LIST, inputOf(batch) + <usize>from, bytes);
  return true;
}

function exportEnd(): void {
  const record = add(RECORD_END, RECORD_END_SIZE);
  store<i32>(record, load<i32>(0, HEADER_LIVE), RECORD_END_LIVE);
  store<i32>(record, load<i32>(0, HEADER_WAITING), RECORD_END_WAITING);
  store<i32>(record, load<i32>(0, HEADER_TIMERS), RECORD_END_TIMERS);
}
