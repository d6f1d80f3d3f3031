// Takes the state records that another build has written (export.ts) into a fresh memory, and makes anew what follows from
// them: heaps, classes, counts, lines, who is free.
//
//   partition ─ queues ─ profiles ─ agents ─ presences ─ contacts ─ waiters ─ timers ─ shares ─ work ─ rings ─ offers ─ end ─▶ may be stepped
//
// Nothing is decided and nobody is told: the two memories answer every further command alike. While an import is under way
// the memory can be neither stepped nor exported. Whatever does not fit traps, and the host keeps the memory it came from.

import { agent, agentExists, enterPool, flagsOf, setAgent, stateOf } from './agents.ts';
import { made, top } from './arena.ts';
import { Assignment, inputBytesOf, inputOf, isSolved, makeAssignment, restoreLooks } from './assign.ts';
import {
  AWAITS,
  BY_AFFINITY,
  contact,
  FOR_NAMED,
  HAS_LEGS,
  IS_DIALLED,
  IS_WITHHELD,
  makeContact,
  TAKES_SEAT,
} from './contacts.ts';
import { joinWaiters } from './direct.ts';
import { restoreDuty } from './duty.ts';
import { count, now, POOL_AGENTS, POOL_CONTACTS, POOL_QUEUES, state } from './header.ts';
import { setIdleTime } from './idle.ts';
import {
  AGENT_FLAG_LOGGING_OUT,
  AGENT_FLAG_ONE_RINGING,
  AGENT_FLAG_READY,
  AGENT_FLAG_RESTING,
  AGENT_SET_AGENT,
  AGENTS_MAX,
  ARENA_AT,
  BATCH_AGENTS_MAX,
  BATCH_CONTACTS_MAX,
  BATCH_SCORES_MAX,
  BUFFERS,
  CONTACT_CONNECTED,
  CONTACT_CONNECTING,
  CONTACT_FREE,
  CONTACT_RINGING,
  CONTACT_WAITING,
  CONTACT_WAITING_FOR,
  CONTACT_WRAP_UP,
  CONTACTS_MAX,
  DIRECT_PER_AGENT_MAX,
  HEADER_ARENA_TOP,
  HEADER_DIGEST,
  HEADER_LIVE,
  HEADER_MAGIC,
  HEADER_NEXT_DEADLINE,
  HEADER_NOW,
  HEADER_NUMBER,
  HEADER_TIMERS,
  HEADER_WAITING,
  IDLE_EVENTS,
  IDLE_LOGIN,
  IDLE_USUAL,
  INPUT_AT,
  INPUT_BYTES,
  LINE_CONNECTED,
  LINE_FREE,
  LINE_RINGING,
  LINE_WRAP_UP,
  LINES_MAX,
  LINES_PER_SEAT_MAX,
  MAGIC,
  NONE,
  PROFILE_SET_MORE,
  PROFILE_SET_QUEUE,
  QUEUE_SET_QUEUE,
  QUEUE_SET_SELECT,
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
  RECORD_FIELDS,
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
  RING_TOGETHER_MAX,
  SELECT_LEAST_OCCUPIED,
  SELECT_SCORE,
  SELECT_WEIGHTED_RANDOM,
} from './layout.ts';
import { markLeaving, mayLeaveBecause } from './leaving.ts';
import { profile, profileExists, pushWaiting, setProfile } from './profiles.ts';
import { placeQueue, queue, queueExists, setAgeing, setRing } from './queues.ts';
import { joinRinging, ringsSeveral, wantsMore } from './ringing.ts';
import { HAS_RUNG, IS_ACCEPTED, IS_RESUMED, line, lineInSeat, occupySeat } from './seats.ts';
import { keepsShares, loadsOf, setHad, sharesOf, watchesLoads } from './shares.ts';
import {
  moduleTimer,
  nextDeadline,
  placeModuleTimer,
  placeTimer,
  TIMER_BATCH,
  TIMER_DIRECT,
  TIMER_OFFER,
  TIMER_REST,
  TIMER_RESUMPTION,
  TIMER_RING,
  TIMER_WRAP_UP,
  timer,
} from './timers.ts';

export function importPage(buffer: i32, bytes: i32): void {
  assert(load<i64>(0, HEADER_MAGIC) === MAGIC);
  assert(<u32>buffer < <u32>BUFFERS && <u32>bytes <= <u32>INPUT_BYTES && (bytes & 7) === 0);
  const page: usize = INPUT_AT + buffer * INPUT_BYTES;
  let read = 0;
  while (read < bytes) {
    const record = page + <usize>read;
    const size = load<i32>(record, RECORD_BYTES);
    assert(size >= RECORD_FIELDS && size <= RECORD_BYTES_MAX && (size & 7) === 0 && size <= bytes - read);
    take(record, size);
    read += size;
  }
}

function take(record: usize, bytes: i32): void {
  const own = state();
  const kind = <i32>load<u16>(record, RECORD_KIND);
  const version = <i32>load<u16>(record, RECORD_VERSION);
  assert(version >= RECORD_FIRST_VERSION && version <= lastVersionOf(kind));
  // The partition comes once and first, the end once and last; between them kinds never go back.
  const isNext = kind === RECORD_END || kind >= own.importing;
  assert(kind === RECORD_PARTITION ? own.importing === 0 : own.importing !== 0 && isNext);
  own.importing = kind;
  switch (kind) {
    case RECORD_PARTITION: {
      assert(bytes === RECORD_PARTITION_SIZE);
      return takePartition(record);
    }
    case RECORD_QUEUE: {
      assert(bytes === queueBytes(version));
      return takeQueue(record, version);
    }
    case RECORD_PROFILE: {
      assert(queueExists(load<i32>(record, PROFILE_SET_QUEUE)));
      assert(load<u16>(record, PROFILE_SET_MORE) > 0 === (version === RECORD_PROFILE_VERSION));
      return setProfile(record);
    }
    case RECORD_AGENT: {
      assert(!agentExists(load<i32>(record, AGENT_SET_AGENT)));
      return setAgent(record);
    }
    case RECORD_PRESENCE:
      return takePresence(record, bytes);
    case RECORD_CONTACT: {
      assert(bytes === contactBytes(version));
      takeContact(record, version >= RECORD_CONTACT_VERSION ? load<i32>(record, RECORD_CONTACT_LEGS) : 0);
      if (version >= RECORD_CONTACT_THIRD_VERSION) takeLeaving(record, version);
      if (version >= RECORD_CONTACT_FOURTH_VERSION) takeServedBy(record, version);
      if (version === RECORD_CONTACT_FIFTH_VERSION) takeSent(record);
      return;
    }
    case RECORD_WAITERS:
      return takeWaiters(record, bytes);
    case RECORD_TIMER: {
      assert(bytes === RECORD_TIMER_SIZE);
      return takeTimer(record);
    }
    case RECORD_SHARES:
      return takeShares(record, bytes, false);
    case RECORD_WORK:
      return takeWork(record, bytes);
    case RECORD_LOADS:
      return takeShares(record, bytes, true);
    case RECORD_RING: {
      assert(bytes === RECORD_RING_SIZE);
      return takeRing(record);
    }
    case RECORD_OFFERS:
      return takeOffers(record, bytes);
    case RECORD_AGEING: {
      assert(bytes === RECORD_AGEING_SIZE);
      return takeAgeing(record);
    }
    case RECORD_WRAP_UP: {
      assert(bytes === RECORD_WRAP_UP_SIZE && queueExists(load<i32>(record, RECORD_WRAP_UP_QUEUE)));
      queue(load<i32>(record, RECORD_WRAP_UP_QUEUE)).wrapUpTakesSeat = 1;
      return;
    }
    case RECORD_IDLE: {
      assert(bytes === RECORD_IDLE_SIZE);
      return takeIdle(record);
    }
    case RECORD_IDLE_TIMES: {
      assert(bytes === RECORD_IDLE_TIMES_SIZE);
      return takeIdleTimes(record);
    }
    case RECORD_AFFINITY: {
      assert(bytes === RECORD_AFFINITY_SIZE);
      return takeAffinity(record);
    }
    case RECORD_AT_LINE: {
      assert(bytes === RECORD_AT_LINE_SIZE);
      return takeAtLine(record);
    }
    case RECORD_DIALLED: {
      assert(bytes === RECORD_DIALLED_SIZE);
      return takeDialled(load<i32>(record, RECORD_DIALLED_CONTACT));
    }
    case RECORD_BATCH: {
      assert(bytes === RECORD_BATCH_SIZE);
      return takeBatch(record);
    }
    case RECORD_BATCH_PART:
      return takePart(record, bytes);
    case RECORD_END: {
      assert(bytes === RECORD_END_SIZE);
      return end(record);
    }
    default:
      assert(false);
  }
}

function lastVersionOf(kind: i32): i32 {
  if (kind === RECORD_QUEUE) return RECORD_QUEUE_FIFTH_VERSION;
  if (kind === RECORD_PROFILE) return RECORD_PROFILE_VERSION;
  return kind === RECORD_CONTACT ? RECORD_CONTACT_FIFTH_VERSION : RECORD_FIRST_VERSION;
}

function takePartition(record: usize): void {
  const own = state();
  assert(!own.begun && load<u32>(0, HEADER_ARENA_TOP) === ARENA_AT);
  store<i64>(0, load<i64>(record, RECORD_PARTITION_NUMBER), HEADER_NUMBER);
  store<i64>(0, load<i64>(record, RECORD_PARTITION_NOW), HEADER_NOW);
  store<i64>(0, load<i64>(record, RECORD_PARTITION_DIGEST), HEADER_DIGEST);
  own.contactSequence = load<i64>(record, RECORD_PARTITION_CONTACTS);
  own.timerSequence = load<i64>(record, RECORD_PARTITION_TIMERS);
  own.begun = load<i32>(record, RECORD_PARTITION_BEGUN);
}

function queueBytes(version: i32): i32 {
  if (version === RECORD_FIRST_VERSION) return RECORD_QUEUE_FIRST_SIZE;
  if (version >= RECORD_QUEUE_FOURTH_VERSION) return RECORD_QUEUE_FOURTH_SIZE;
  return version === RECORD_QUEUE_VERSION ? RECORD_QUEUE_SIZE : RECORD_QUEUE_THIRD_SIZE;
}

function takeQueue(record: usize, version: i32): void {
  const handle = load<i32>(record, QUEUE_SET_QUEUE);
  const draws = load<i32>(record, QUEUE_SET_SELECT) === SELECT_WEIGHTED_RANDOM;
  const scores = load<i32>(record, QUEUE_SET_SELECT) === SELECT_SCORE;
  const rests = version >= RECORD_QUEUE_THIRD_VERSION;
  assert(!queueExists(handle));
  assert(rests || draws === (version === RECORD_QUEUE_VERSION));
  assert(scores === version >= RECORD_QUEUE_FOURTH_VERSION);
  const afterMissMs = rests ? load<i32>(record, RECORD_QUEUE_AFTER_MISS_MS) : 0;
  assert(scores || rests === afterMissMs > 0);
  placeQueue(record, afterMissMs, scores ? record + RECORD_QUEUE_SCORE_WEIGHTS : 0);
  if (version === RECORD_QUEUE_FIFTH_VERSION) {
    queue(handle).batchMs = load<i32>(record, RECORD_QUEUE_BATCH_MS);
    assert(queue(handle).batchMs > 0);
  }
  if (draws) queue(handle).random = load<i64>(record, RECORD_QUEUE_RANDOM);
}

// ── What is going on ────────────────────────────────────────────────────────────────────────────────────────────
function takePresence(record: usize, bytes: i32): void {
  const handle = load<i32>(record, RECORD_PRESENCE_AGENT);
  const flags = load<i32>(record, RECORD_PRESENCE_FLAGS);
  const lines = load<i32>(record, RECORD_PRESENCE_LINES);
  const list = record + RECORD_PRESENCE_LIST;
  assert(agentExists(handle));
  assert(<u32>lines <= <u32>LINES_PER_SEAT_MAX && bytes === RECORD_PRESENCE_LIST + lines * 8);
  const comes = agent(handle);
  comes.loggedIn = (flags & RECORD_FLAG_LOGGED_IN) !== 0 ? 1 : 0;
  comes.ready = (flags & AGENT_FLAG_READY) !== 0 ? 1 : 0;
  comes.loggingOut = (flags & AGENT_FLAG_LOGGING_OUT) !== 0 ? 1 : 0;
  comes.oneRinging = (flags & AGENT_FLAG_ONE_RINGING) !== 0 ? 1 : 0;
  comes.resting = (flags & AGENT_FLAG_RESTING) !== 0 ? 1 : 0;
  assert(comes.loggedIn || (lines === 0 && !comes.ready));
  comes.reason = load<i32>(record, RECORD_PRESENCE_REASON);
  comes.chosen = load<i32>(record, RECORD_PRESENCE_CHOSEN);
  comes.misses = load<i32>(record, RECORD_PRESENCE_MISSES);
  comes.since = load<i64>(record, RECORD_PRESENCE_SINCE);
  comes.idleSince = load<i64>(record, RECORD_PRESENCE_IDLE_SINCE);
  comes.restTimer = placed(TIMER_REST, handle, record, RECORD_PRESENCE_REST_DUE, RECORD_PRESENCE_REST_SEQUENCE);
  for (let place = 0; place < lines; place++) {
    assert(<u32>load<i32>(list + ((<usize>place) << 3)) < <u32>LINES_MAX);
  }
  occupySeat(handle, list, lines);
}

/** The timer of a contact or an agent, or NONE where the record has none. */
function placed(kind: u8, subject: i32, record: usize, due: usize, sequence: usize): i32 {
  const place = load<i64>(record + sequence);
  if (place === 0) return NONE;
  assert(place > 0 && place <= state().timerSequence);
  return placeTimer(kind, subject, load<i64>(record + due), place);
}

function contactBytes(version: i32): i32 {
  if (version === RECORD_FIRST_VERSION) return RECORD_CONTACT_FIRST_SIZE;
  if (version === RECORD_CONTACT_FIFTH_VERSION) return RECORD_CONTACT_FIFTH_SIZE;
  if (version === RECORD_CONTACT_FOURTH_VERSION) return RECORD_CONTACT_FOURTH_SIZE;
  return version === RECORD_CONTACT_VERSION ? RECORD_CONTACT_SIZE : RECORD_CONTACT_THIRD_SIZE;
}

/** Nobody need be known where the record is of a later version. */
function takeServedBy(record: usize, version: i32): void {
  const servedBy = load<i32>(record, RECORD_CONTACT_SERVED_BY);
  if (servedBy === NONE && version > RECORD_CONTACT_FOURTH_VERSION) return;
  assert(<u32>servedBy < <u32>AGENTS_MAX);
  contact(load<i32>(record, RECORD_CONTACT_SLOT)).servedBy = servedBy + 1;
}

/** It rings, and leaves when that comes to nothing; where the record is of a later version, it need not. */
function takeLeaving(record: usize, version: i32): void {
  const slot = load<i32>(record, RECORD_CONTACT_SLOT);
  const why = load<i32>(record, RECORD_CONTACT_LEAVES_WHY);
  const to = load<i32>(record, RECORD_CONTACT_LEAVES_FOR);
  if (why === 0 && version > RECORD_CONTACT_THIRD_VERSION) return;
  assert(contact(slot).state === CONTACT_RINGING && mayLeaveBecause(why));
  assert(to === NONE || (profileExists(to) && profile(to).queue !== contact(slot).queue));
  markLeaving(slot, to, why);
}

/** It was sent to an agent who has not taken it yet. */
function takeSent(record: usize): void {
  const sent = contact(load<i32>(record, RECORD_CONTACT_SLOT));
  const backTo = load<i32>(record, RECORD_CONTACT_BACK_TO);
  const backMs = load<i32>(record, RECORD_CONTACT_BACK_MS);
  const forNamed = load<i32>(record, RECORD_CONTACT_FOR_NAMED);
  assert(sent.named !== NONE && (sent.state === CONTACT_RINGING || sent.state === CONTACT_WAITING_FOR));
  assert(backTo >= NONE && backTo < AGENTS_MAX && backMs >= 0);
  assert(forNamed === 1 || (forNamed === 0 && backTo !== NONE));
  if (forNamed === 1) sent.mark(FOR_NAMED);
  sent.backTo = backTo + 1;
  sent.backMs = backMs;
}

function takeContact(record: usize, legs: i32): void {
  const slot = load<i32>(record, RECORD_CONTACT_SLOT);
  const doing = load<i32>(record, RECORD_CONTACT_STATE);
  const number = load<i32>(record, RECORD_CONTACT_PROFILE);
  const accepted = doing === CONTACT_CONNECTING;
  assert(<u32>slot < <u32>CONTACTS_MAX && doing > CONTACT_FREE && doing <= CONTACT_CONNECTING && profileExists(number));
  const comes = makeContact(slot);
  assert(comes.state === CONTACT_FREE);
  comes.state = <u8>(accepted ? CONTACT_RINGING : doing);
  comes.number = load<u32>(record, RECORD_CONTACT_NUMBER);
  comes.profile = number;
  comes.queue = profile(number).queue;
  comes.priority = load<i32>(record, RECORD_CONTACT_PRIORITY);
  comes.creditMs = load<i32>(record, RECORD_CONTACT_CREDIT_MS);
  comes.agent = load<i32>(record, RECORD_CONTACT_AGENT);
  comes.line = load<i32>(record, RECORD_CONTACT_LINE);
  comes.offer = load<i32>(record, RECORD_CONTACT_OFFER);
  comes.named = load<i32>(record, RECORD_CONTACT_NAMED);
  comes.orElse = <u8>load<i32>(record, RECORD_CONTACT_OR_ELSE);
  comes.arrived = load<i64>(record, RECORD_CONTACT_ARRIVED);
  comes.sequence = load<i64>(record, RECORD_CONTACT_SEQUENCE);
  comes.connectedAt = load<i64>(record, RECORD_CONTACT_CONNECTED_AT);
  if (comes.state !== CONTACT_RINGING) {
    comes.timer = placed(timerKindOf(comes.state), slot, record, RECORD_CONTACT_DUE, RECORD_CONTACT_DUE_SEQUENCE);
  }
  assert(comes.sequence > 0 && comes.sequence <= state().contactSequence);
  takeFlags(slot, accepted, legs, load<i32>(record, RECORD_CONTACT_RESUMED));
  profile(number).users++;
  queue(comes.queue).live++;
  count(HEADER_LIVE, 1);
  if (<i32>comes.state <= CONTACT_RINGING) {
    queue(comes.queue).pending++;
    count(HEADER_WAITING, 1);
  }
  if (comes.state === CONTACT_WAITING && !comes.is(IS_WITHHELD)) pushWaiting(slot);
  if (comes.state === CONTACT_RINGING) {
    const rang = (legs & RECORD_LEGS_RANG) !== 0;
    comes.timer = NONE;
    takeOffer(slot, comes.line, comes.offer, rang, load<i32>(record, RECORD_CONTACT_RESUMED));
    if (accepted) line(comes.line).mark(IS_ACCEPTED);
    line(comes.line).timer = placed(TIMER_OFFER, comes.line, record, RECORD_CONTACT_DUE, RECORD_CONTACT_DUE_SEQUENCE);
  } else if (comes.state !== CONTACT_WAITING && comes.state !== CONTACT_WAITING_FOR) {
    occupyLine(slot, comes.line);
    line(comes.line).offer = comes.offer;
  }
}

/** Rings at a line, as the last of its offers. */
function takeOffer(slot: i32, at: i32, offer: i32, rang: bool, resumed: i32): void {
  occupyLine(slot, at);
  joinRinging(contact(slot), at);
  line(at).offer = offer;
  if (rang) line(at).mark(HAS_RUNG);
  if (resumed !== 0) line(at).mark(IS_RESUMED);
}

/** What is known of an offer is known of one that is open; only a contact with legs has one that rang or is accepted. */
function takeFlags(slot: i32, accepted: bool, legs: i32, resumed: i32): void {
  const comes = contact(slot);
  const hasLegs = (legs & RECORD_LEGS_AT_SWITCH) !== 0;
  const rang = (legs & RECORD_LEGS_RANG) !== 0;
  const withheld = (legs & RECORD_LEGS_WITHHELD) !== 0;
  const takesSeat = (legs & RECORD_LEGS_TAKES_SEAT) !== 0;
  assert((legs & ~(RECORD_LEGS_AT_SWITCH | RECORD_LEGS_RANG | RECORD_LEGS_WITHHELD | RECORD_LEGS_TAKES_SEAT)) === 0);
  assert(comes.state === CONTACT_WRAP_UP || !takesSeat);
  assert(hasLegs || (!rang && !accepted));
  assert(comes.state === CONTACT_RINGING || (!rang && resumed === 0));
  assert(!accepted || resumed === 0);
  if (hasLegs) comes.mark(HAS_LEGS);
  if (withheld) comes.mark(IS_WITHHELD);
  if (takesSeat) comes.mark(TAKES_SEAT);
}

function timerKindOf(doing: i32): u8 {
  return doing === CONTACT_WRAP_UP ? TIMER_WRAP_UP : TIMER_DIRECT;
}

/** A contact that rings, is served or wrapped up has a line of its agent. */
function occupyLine(slot: i32, handle: i32): void {
  const comes = contact(slot);
  assert(lineInSeat(handle));
  const at = line(handle);
  const by = agent(at.owner - 1);
  assert(at.state === LINE_FREE && (comes.line !== handle || at.owner === comes.agent + 1));
  assert(<i32>at.channel === profile(comes.profile).channel);
  at.contact = slot;
  by.addProgress(at.channel, 1);
  if (comes.state === CONTACT_RINGING) {
    at.state = <u8>LINE_RINGING;
    by.ringing++;
  } else if (comes.state === CONTACT_CONNECTED) {
    at.state = <u8>LINE_CONNECTED;
    by.connected++;
  } else {
    at.state = <u8>LINE_WRAP_UP;
    by.wrappingUp++;
    if (comes.is(TAKES_SEAT)) by.seatTaken++;
  }
}

function takeWaiters(record: usize, bytes: i32): void {
  const handle = load<i32>(record, RECORD_WAITERS_AGENT);
  const waiters = load<i32>(record, RECORD_WAITERS_COUNT);
  assert(agentExists(handle) && agent(handle).waiters === 0);
  assert(waiters > 0 && waiters <= DIRECT_PER_AGENT_MAX);
  assert(bytes === ((RECORD_WAITERS_LIST + waiters * 4 + 7) & ~7));
  for (let place = 0; place < waiters; place++) {
    const slot = load<i32>(record + RECORD_WAITERS_LIST + ((<usize>place) << 2));
    assert(made(POOL_CONTACTS, slot));
    const waits = contact(slot);
    if (waits.state === CONTACT_WAITING) {
      // In the pool as well: its own record comes later.
      waits.mark(AWAITS);
      waits.knows = handle + 1;
    } else {
      assert(waits.state === CONTACT_WAITING_FOR && waits.named === handle && waits.agent === handle);
    }
    joinWaiters(slot, agent(handle));
  }
}

/** Asks for the agent whom its customer knows, or waits for that one as well; or will again, when whoever is asked has not taken it. */
function takeAffinity(record: usize): void {
  const slot = load<i32>(record, RECORD_AFFINITY_CONTACT);
  const asks = load<i32>(record, RECORD_AFFINITY_ASKS);
  const knows = load<i32>(record, RECORD_AFFINITY_KNOWS);
  const until = load<i64>(record, RECORD_AFFINITY_UNTIL);
  assert(made(POOL_CONTACTS, slot) && (asks === 0 || asks === 1) && knows >= NONE && knows < AGENTS_MAX);
  const comes = contact(slot);
  assert(asks === 1 ? comes.named !== NONE && knows === NONE : knows !== NONE);
  assert(!comes.is(AWAITS) || comes.knows === knows + 1);
  assert(comes.state === CONTACT_RINGING || (asks === 1 ? comes.state === CONTACT_WAITING_FOR : comes.is(AWAITS)));
  if (asks === 1) comes.mark(BY_AFFINITY);
  comes.knows = knows + 1;
  comes.knowsUntil = until;
}

function takeIdle(record: usize): void {
  const handle = load<i32>(record, RECORD_IDLE_QUEUE);
  const events = load<i32>(record, RECORD_IDLE_RESTARTS);
  assert(queueExists(handle) && queue(handle).idleOtherwise === 0);
  assert(<u32>events < <u32>(1 << IDLE_LOGIN) && events !== IDLE_USUAL);
  queue(handle).idleOtherwise = events ^ IDLE_USUAL;
  state().idleQueues++;
}

function takeIdleTimes(record: usize): void {
  const handle = load<i32>(record, RECORD_IDLE_TIMES_AGENT);
  assert(agentExists(handle) && state().idleQueues > 0);
  for (let event = 0; event < IDLE_EVENTS; event++) {
    const at = load<i64>(record + ((<usize>event) << 3), RECORD_IDLE_TIMES_LIST);
    assert(at >= 0 && at <= now());
    setIdleTime(agent(handle), event, at);
  }
}

function takeAtLine(record: usize): void {
  const slot = load<i32>(record, RECORD_AT_LINE_CONTACT);
  const at = load<i32>(record, RECORD_AT_LINE_LINE);
  assert(made(POOL_CONTACTS, slot) && contact(slot).named !== NONE && lineInSeat(at));
  assert(line(at).owner === contact(slot).named + 1);
  contact(slot).atLine = at + 1;
}

/** It connects, at a line, and waits in no place of its queue. */
function takeDialled(slot: i32): void {
  assert(made(POOL_CONTACTS, slot));
  const comes = contact(slot);
  assert(comes.state === CONTACT_RINGING && comes.is(HAS_LEGS) && line(comes.line).is(IS_ACCEPTED));
  comes.mark(IS_DIALLED);
  queue(comes.queue).pending--;
}

function takeTimer(record: usize): void {
  const owner = load<i32>(record, RECORD_TIMER_OWNER);
  const module = load<i32>(record, RECORD_TIMER_MODULE);
  const due = load<i64>(record, RECORD_TIMER_DUE);
  const key = load<i64>(record, RECORD_TIMER_KEY);
  const sequence = load<i64>(record, RECORD_TIMER_SEQUENCE);
  assert(sequence > 0 && sequence <= state().timerSequence);
  if (owner === RECORD_TIMER_OF_MODULE) {
    assert(moduleTimer(module, key) === NONE);
    placeModuleTimer(module, key, due, sequence);
    return;
  }
  assert(owner === RECORD_TIMER_OF_RESUMPTION);
  timer(placeTimer(TIMER_RESUMPTION, <i32>key, due, sequence)).key = key;
}

/** Before anybody enters the pool: who is chosen first may rest on it. */
function takeShares(record: usize, bytes: i32, loads: bool): void {
  const handle = load<i32>(record, RECORD_SHARES_QUEUE);
  const count = load<i32>(record, RECORD_SHARES_COUNT);
  assert(queueExists(handle));
  const that = queue(handle);
  const areLoads = loads || that.select === SELECT_LEAST_OCCUPIED;
  assert(areLoads ? watchesLoads(that) && loads === (that.select === SELECT_SCORE) : keepsShares(that));
  const pool = areLoads ? loadsOf(that) : sharesOf(that);
  assert(count > 0 && bytes === RECORD_SHARES_LIST + count * RECORD_SHARE_BYTES);
  for (let place = 0; place < count; place++) {
    const listed = record + RECORD_SHARES_LIST + <usize>(place * RECORD_SHARE_BYTES);
    const who = load<i32>(listed);
    const had = load<i64>(listed, 8);
    assert(agentExists(who) && had > 0);
    setHad(pool, who, had);
  }
}

function takeWork(record: usize, bytes: i32): void {
  const handle = load<i32>(record, RECORD_WORK_AGENT);
  assert(bytes === RECORD_WORK_SIZE && state().watchingQueues > 0);
  assert(agentExists(handle));
  // What it has in progress may be an offer of a record that is yet to come.
  agent(handle).occupied = 1;
  agent(handle).accountedAt = load<i64>(record, RECORD_WORK_AT);
}

function takeRing(record: usize): void {
  const handle = load<i32>(record, RECORD_RING_QUEUE);
  assert(queueExists(handle) && queue(handle).ringTogether === 0);
  setRing(queue(handle), load<i32>(record, RECORD_RING_TOGETHER), load<i32>(record, RECORD_RING_EVERY_MS));
}

/** Those who wait are in the order of their keys by now, and change it. */
function takeAgeing(record: usize): void {
  const handle = load<i32>(record, RECORD_AGEING_QUEUE);
  assert(queueExists(handle));
  setAgeing(queue(handle), load<i32>(record, RECORD_AGEING_CAP), record + RECORD_AGEING_STEPS);
}

/** Where a contact rings but at the line that its own record has. */
function takeOffers(record: usize, bytes: i32): void {
  const slot = load<i32>(record, RECORD_OFFERS_CONTACT);
  const further = load<i32>(record, RECORD_OFFERS_COUNT);
  const wanted = load<i32>(record, RECORD_OFFERS_WANTED);
  assert(made(POOL_CONTACTS, slot) && contact(slot).state !== CONTACT_FREE && contact(slot).line !== NONE);
  assert(<u32>further < <u32>RING_TOGETHER_MAX && <u32>wanted <= <u32>RING_TOGETHER_MAX);
  assert(bytes === RECORD_OFFERS_LIST + further * RECORD_OFFER_BYTES);
  const rings = contact(slot);
  line(rings.line).offer = load<i32>(record, RECORD_OFFERS_FIRST);
  if (rings.state !== CONTACT_RINGING) {
    assert(further === 0 && wanted === 0);
    return;
  }
  rings.wanted = wanted;
  rings.timer = placed(TIMER_RING, slot, record, RECORD_OFFERS_STEP_DUE, RECORD_OFFERS_STEP_SEQUENCE);
  for (let place = 0; place < further; place++) {
    const listed = record + RECORD_OFFERS_LIST + <usize>(place * RECORD_OFFER_BYTES);
    const at = load<i32>(listed, RECORD_OFFER_LINE);
    const legs = load<i32>(listed, RECORD_OFFER_LEGS);
    assert(legs === 0 || (legs === RECORD_LEGS_RANG && rings.is(HAS_LEGS)));
    takeOffer(slot, at, load<i32>(listed, RECORD_OFFER_NUMBER), legs !== 0, load<i32>(listed, RECORD_OFFER_RESUMED));
    line(at).timer = placed(TIMER_OFFER, at, listed, RECORD_OFFER_DUE, RECORD_OFFER_DUE_SEQUENCE);
  }
  if (wantsMore(slot)) pushWaiting(slot);
}

function takeBatch(record: usize): void {
  const handle = load<i32>(record, RECORD_BATCH_QUEUE);
  const contacts = load<i32>(record, RECORD_BATCH_CONTACTS);
  const agents = load<i32>(record, RECORD_BATCH_AGENTS);
  const rows = load<i32>(record, RECORD_BATCH_ROWS);
  assert(queueExists(handle) && queue(handle).batchTimer === 0);
  queue(handle).batchTimer = placed(TIMER_BATCH, handle, record, RECORD_BATCH_DUE, RECORD_BATCH_SEQUENCE) + 1;
  assert(queue(handle).batchTimer !== 0);
  if (contacts === 0) return;
  assert(<u32>contacts <= <u32>BATCH_CONTACTS_MAX && queue(handle).batchMs > 0);
  assert(agents > 0 && agents <= BATCH_AGENTS_MAX && rows > 0 && rows <= contacts && rows * agents <= BATCH_SCORES_MAX);
  const batch = makeAssignment(contacts, agents, rows);
  batch.filled = load<i32>(record, RECORD_BATCH_FILLED);
  batch.offered = load<i32>(record, RECORD_BATCH_OFFERED);
  batch.looks = load<i32>(record, RECORD_BATCH_LOOKS);
  assert(<u32>batch.filled <= <u32>rows && <u32>batch.offered < <u32>contacts);
  assert(batch.looks >= 0 && (batch.looks === 0 || batch.filled === rows));
  queue(handle).assignment = changetype<usize>(batch);
}

/** With the last of them the batch is solved as far as it was. */
function takePart(record: usize, size: i32): void {
  const handle = load<i32>(record, RECORD_BATCH_PART_QUEUE);
  const bytes = load<i32>(record, RECORD_BATCH_PART_BYTES);
  const from = load<i32>(record, RECORD_BATCH_PART_FROM);
  assert(queueExists(handle) && queue(handle).assignment !== 0);
  const batch = changetype<Assignment>(queue(handle).assignment);
  const all = inputBytesOf(batch.contacts, batch.agents, batch.rows);
  assert(bytes > 0 && from >= 0 && from + bytes <= all && size === ((RECORD_BATCH_PART_LIST + bytes + 7) & ~7));
  memory.copy(inputOf(batch) + <usize>from, record + RECORD_BATCH_PART_LIST, bytes);
  if (from + bytes < all) return;
  const looks = batch.looks;
  batch.looks = 0;
  restoreLooks(batch, looks);
  assert(batch.offered === 0 || isSolved(batch));
}

// ── The end ─────────────────────────────────────────────────────────────────────────────────────────────────────
function end(record: usize): void {
  assert(load<i32>(record, RECORD_END_LIVE) === load<i32>(0, HEADER_LIVE));
  assert(load<i32>(record, RECORD_END_WAITING) === load<i32>(0, HEADER_WAITING));
  assert(load<i32>(record, RECORD_END_TIMERS) === load<i32>(0, HEADER_TIMERS));
  for (let handle = 0; handle < top(POOL_QUEUES); handle++) {
    assert(!queueExists(handle) || !ringsSeveral(queue(handle)) || queue(handle).ringTogether > 0);
  }
  for (let handle = 0; handle < top(POOL_AGENTS); handle++) {
    if (!agentExists(handle)) continue;
    const known = agent(handle);
    // Between two ticks the host knows the state of every agent.
    assert(!known.occupied || known.inProgress() > 0);
    known.toldState = stateOf(known);
    known.toldFlags = flagsOf(known);
    known.toldReason = known.reason;
    if (known.ready) restoreDuty(handle);
    enterPool(handle);
  }
  store<i64>(0, nextDeadline(), HEADER_NEXT_DEADLINE);
  state().importing = 0;
}
