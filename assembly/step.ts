// One tick: the commands of the batch in order, then the timers that are due, oldest first.
//
//   command ──▶ ladder of refusals ──▶ its work ──▶ settle() ──▶ effects          the same for each timer
//
// Before each of them the header says what is being done, so that after a trap the host knows the culprit. step() stops
// before a command that its effects might have no room for (never between a record and one glued to it), and fires no timer
// then: a replay of what was consumed stops at the same place. At most TIMERS_PER_TICK_MAX timers fire; the next deadline
// then lies in the past and the host ticks again at once.

import { agent, becomeNotReady, becomeReady, removeAgent, restOver, setAgent, setOneRinging } from './agents.ts';
import { batchDue, endBatch } from './batch.ts';
import { cancelContact, contact, endContact, extendWrapUp, updateContact, wrapUpDone, wrapUpOver } from './contacts.ts';
import { dialContact } from './dialling.ts';
import { createBytes, createContact, waitOver } from './direct.ts';
import { begin, finish, room, times, values } from './effects.ts';
import { beginExplaining } from './explain.ts';
import { now, state } from './header.ts';
import {
  AGENT_COMMAND_BYTES,
  BUFFERS,
  CAUSE_TIMER,
  COMMAND_AGENT_LOGIN,
  COMMAND_AGENT_LOGOUT,
  COMMAND_AGENT_NOT_READY,
  COMMAND_AGENT_ONE_RINGING,
  COMMAND_AGENT_READY,
  COMMAND_AGENT_REMOVE,
  COMMAND_AGENT_SET,
  COMMAND_BYTES,
  COMMAND_BYTES_MAX,
  COMMAND_CONTACT_CANCEL,
  COMMAND_CONTACT_CREATE,
  COMMAND_CONTACT_DIAL,
  COMMAND_CONTACT_END,
  COMMAND_CONTACT_HAND_OVER,
  COMMAND_CONTACT_LEAVE,
  COMMAND_CONTACT_PLACE,
  COMMAND_CONTACT_SEND,
  COMMAND_CONTACT_UPDATE,
  COMMAND_CONTACT_WITHHOLD,
  COMMAND_FIELDS,
  COMMAND_FLAG_GLUED,
  COMMAND_FLAGS,
  COMMAND_OFFER_ACCEPT,
  COMMAND_OFFER_CONNECTED,
  COMMAND_OFFER_FAILED,
  COMMAND_OFFER_RANG,
  COMMAND_OFFER_REJECT,
  COMMAND_PROFILE_DROP,
  COMMAND_PROFILE_SET,
  COMMAND_QUEUE_REMOVE,
  COMMAND_QUEUE_SET,
  COMMAND_RESUMED,
  COMMAND_SKIPPED,
  COMMAND_TIMER_CANCEL,
  COMMAND_TIMER_SET,
  COMMAND_WRAP_UP_DONE,
  COMMAND_WRAP_UP_EXTEND,
  CONTACT_COMMAND_BYTES,
  CONTACT_DIAL_BYTES,
  CONTACT_HAND_OVER_BYTES,
  CONTACT_LEAVE_BYTES,
  CONTACT_SEND_BYTES,
  CONTACT_UPDATE_BYTES,
  DOING_COMMAND,
  DOING_NOTHING,
  DOING_TIMER,
  EFFECT_TIMER_FIRED,
  EFFECTS_AT,
  EFFECTS_BYTES,
  EFFECTS_PER_CAUSE_MAX,
  FLAG_EXPLAIN,
  HEADER_CONSUMED,
  HEADER_DOING,
  HEADER_DOING_COMMAND,
  HEADER_DOING_TIMER,
  HEADER_EFFECT_COUNT,
  HEADER_MAGIC,
  HEADER_NEXT_DEADLINE,
  HEADER_NOW,
  HEADER_NUMBER,
  INPUT_AT,
  INPUT_BYTES,
  MAGIC,
  NONE,
  OFFER_BYTES,
  PROFILE_DROP_BYTES,
  QUEUE_REMOVE_BYTES,
  QUEUE_SET_BYTES,
  RESUMED_BYTES,
  SKIPPED_BYTES,
  SKIPPED_TIMER,
  TIME_MAX,
  TIMER_DUE,
  TIMER_KEY,
  TIMER_MODULE,
  TIMER_SET_BYTES,
  TIMERS_PER_TICK_MAX,
} from './layout.ts';
import { leaveQueue } from './leaving.ts';
import { settle, tellPlace } from './match.ts';
import {
  acceptOffer,
  offerConnected,
  offerFailed,
  offerOver,
  offerRang,
  rejectOffer,
  resume,
  tellResumed,
} from './offers.ts';
import { dropProfileCommand, setProfile } from './profiles.ts';
import { queue, removeQueue, setQueue } from './queues.ts';
import { ringFurther } from './ringing.ts';
import { line, login, logout } from './seats.ts';
import { handOver, sendContact } from './sending.ts';
import {
  clearTimer,
  firstTimer,
  moduleTimer,
  nextDeadline,
  setModuleTimer,
  TIMER_BATCH,
  TIMER_DIRECT,
  TIMER_OF_MODULE,
  TIMER_OFFER,
  TIMER_REST,
  TIMER_RESUMPTION,
  TIMER_RING,
  TIMER_WRAP_UP,
  timer,
  timerIsSet,
} from './timers.ts';
import { withholdContact } from './withholding.ts';

export function runTick(buffer: i32, inputBytes: i32, at: i64, number: i64, flags: i32): void {
  const own = state();
  assert(load<i64>(0, HEADER_MAGIC) === MAGIC);
  assert(<u32>buffer < <u32>BUFFERS && <u32>inputBytes <= <u32>INPUT_BYTES && (inputBytes & 7) === 0);
  assert(at >= now() && at <= TIME_MAX);
  assert(own.importing === 0);
  assert(own.begun ? number === load<i64>(0, HEADER_NUMBER) + 1 : number >= 1);
  own.begun = 1;
  own.effects = <usize>(EFFECTS_AT + buffer * EFFECTS_BYTES);
  store<i64>(0, number, HEADER_NUMBER);
  store<i64>(0, at, HEADER_NOW);
  store<i32>(0, 0, HEADER_EFFECT_COUNT);
  assert((flags & ~FLAG_EXPLAIN) === 0);
  if (flags !== 0) beginExplaining(buffer);

  runCommands(<usize>(INPUT_AT + buffer * INPUT_BYTES), inputBytes);
  fireTimers(at);

  own.effects = 0;
  own.cause = 0;
  own.asked = 0;
  own.batchWork = 0;
  store<i32>(0, DOING_NOTHING, HEADER_DOING);
  store<i64>(0, nextDeadline(), HEADER_NEXT_DEADLINE);
}

function runCommands(input: usize, inputBytes: i32): void {
  let consumed = 0;
  store<i32>(0, 0, HEADER_CONSUMED);
  for (let index = 0; consumed < inputBytes; index++) {
    const command = input + consumed;
    const bytes = load<i32>(command, COMMAND_BYTES);
    if (!hasRoom() && (load<u16>(command, COMMAND_FLAGS) & COMMAND_FLAG_GLUED) === 0) break;
    store<i32>(0, DOING_COMMAND, HEADER_DOING);
    store<i32>(0, index, HEADER_DOING_COMMAND);
    state().cause = index;
    assert(
      bytes >= COMMAND_FIELDS && bytes <= COMMAND_BYTES_MAX && (bytes & 7) === 0 && bytes <= inputBytes - consumed,
    );
    execute(command, bytes);
    settle();
    consumed += bytes;
    store<i32>(0, consumed, HEADER_CONSUMED);
  }
}

function hasRoom(): bool {
  return room() >= EFFECTS_PER_CAUSE_MAX;
}

function execute(command: usize, bytes: i32): void {
  switch (<i32>load<u16>(command)) {
    case COMMAND_RESUMED: {
      assert(bytes === RESUMED_BYTES);
      return resume(command);
    }
    case COMMAND_QUEUE_SET: {
      assert(bytes === QUEUE_SET_BYTES);
      return setQueue(command);
    }
    case COMMAND_QUEUE_REMOVE: {
      assert(bytes === QUEUE_REMOVE_BYTES);
      return removeQueue(command);
    }
    case COMMAND_PROFILE_SET:
      return setProfile(command);
    case COMMAND_PROFILE_DROP: {
      assert(bytes === PROFILE_DROP_BYTES);
      return dropProfileCommand(command);
    }
    case COMMAND_AGENT_SET:
      return setAgent(command);
    case COMMAND_AGENT_REMOVE: {
      assert(bytes === AGENT_COMMAND_BYTES);
      return removeAgent(command);
    }
    case COMMAND_AGENT_LOGIN:
      return login(command);
    case COMMAND_AGENT_LOGOUT: {
      assert(bytes === AGENT_COMMAND_BYTES);
      return logout(command);
    }
    case COMMAND_AGENT_READY: {
      assert(bytes === AGENT_COMMAND_BYTES);
      return becomeReady(command);
    }
    case COMMAND_AGENT_NOT_READY: {
      assert(bytes === AGENT_COMMAND_BYTES);
      return becomeNotReady(command);
    }
    case COMMAND_AGENT_ONE_RINGING: {
      assert(bytes === AGENT_COMMAND_BYTES);
      return setOneRinging(command);
    }
    case COMMAND_CONTACT_CREATE: {
      assert(bytes === createBytes(command));
      return createContact(command);
    }
    case COMMAND_CONTACT_UPDATE: {
      assert(bytes === CONTACT_UPDATE_BYTES);
      return updateContact(command);
    }
    case COMMAND_CONTACT_CANCEL: {
      assert(bytes === CONTACT_COMMAND_BYTES);
      return cancelContact(command);
    }
    case COMMAND_CONTACT_END: {
      assert(bytes === CONTACT_COMMAND_BYTES);
      return endContact(command);
    }
    case COMMAND_WRAP_UP_DONE: {
      assert(bytes === CONTACT_COMMAND_BYTES);
      return wrapUpDone(command);
    }
    case COMMAND_WRAP_UP_EXTEND: {
      assert(bytes === CONTACT_COMMAND_BYTES);
      return extendWrapUp(command);
    }
    case COMMAND_OFFER_ACCEPT: {
      assert(bytes === OFFER_BYTES);
      return acceptOffer(command);
    }
    case COMMAND_OFFER_REJECT: {
      assert(bytes === OFFER_BYTES);
      return rejectOffer(command);
    }
    case COMMAND_OFFER_RANG: {
      assert(bytes === OFFER_BYTES);
      return offerRang(command);
    }
    case COMMAND_OFFER_CONNECTED: {
      assert(bytes === OFFER_BYTES);
      return offerConnected(command);
    }
    case COMMAND_OFFER_FAILED: {
      assert(bytes === OFFER_BYTES);
      return offerFailed(command);
    }
    case COMMAND_CONTACT_LEAVE: {
      assert(bytes === CONTACT_LEAVE_BYTES);
      return leaveQueue(command);
    }
    case COMMAND_CONTACT_WITHHOLD: {
      assert(bytes === CONTACT_COMMAND_BYTES);
      return withholdContact(command);
    }
    case COMMAND_CONTACT_SEND: {
      assert(bytes === CONTACT_SEND_BYTES);
      return sendContact(command);
    }
    case COMMAND_CONTACT_HAND_OVER: {
      assert(bytes === CONTACT_HAND_OVER_BYTES);
      return handOver(command);
    }
    case COMMAND_CONTACT_PLACE: {
      assert(bytes === CONTACT_COMMAND_BYTES);
      return tellPlace(command);
    }
    case COMMAND_CONTACT_DIAL: {
      assert(bytes === CONTACT_DIAL_BYTES);
      return dialContact(command);
    }
    case COMMAND_TIMER_SET: {
      assert(bytes === TIMER_SET_BYTES);
      const due = load<i64>(command, TIMER_DUE);
      assert(due >= 0 && due <= TIME_MAX);
      return setModuleTimer(load<i32>(command, TIMER_MODULE), load<i64>(command, TIMER_KEY), due);
    }
    case COMMAND_TIMER_CANCEL: {
      assert(bytes === TIMER_SET_BYTES);
      return clearTimer(moduleTimer(load<i32>(command, TIMER_MODULE), load<i64>(command, TIMER_KEY)));
    }
    case COMMAND_SKIPPED: {
      assert(bytes === SKIPPED_BYTES);
      return skip(load<i32>(command, SKIPPED_TIMER));
    }
    default:
      assert(false);
  }
}

// ── Timers ──────────────────────────────────────────────────────────────────────────────────────────────────────
function fireTimers(at: i64): void {
  for (let fired = 0; fired < TIMERS_PER_TICK_MAX && hasRoom(); fired++) {
    const slot = firstTimer();
    if (slot === NONE || timer(slot).due > at) return;
    store<i32>(0, DOING_TIMER, HEADER_DOING);
    store<i32>(0, slot, HEADER_DOING_TIMER);
    state().cause = CAUSE_TIMER;
    fire(slot);
    settle();
  }
}

function fire(slot: i32): void {
  const due = timer(slot).due;
  const kind = timer(slot).kind;
  const subject = timer(slot).subject;
  const key = timer(slot).key;
  disown(slot);
  clearTimer(slot);
  if (kind === TIMER_OFFER) {
    offerOver(subject);
  } else if (kind === TIMER_RING) {
    ringFurther(subject);
  } else if (kind === TIMER_WRAP_UP) {
    wrapUpOver(subject);
  } else if (kind === TIMER_DIRECT) {
    waitOver(subject);
  } else if (kind === TIMER_REST) {
    restOver(subject);
  } else if (kind === TIMER_BATCH) {
    batchDue(subject);
  } else if (kind === TIMER_RESUMPTION) {
    tellResumed(<i32>key);
  } else {
    assert(kind === TIMER_OF_MODULE);
    const effect = begin(EFFECT_TIMER_FIRED, 0);
    values(effect, subject, 0, 0);
    times(effect, due, 0, key);
    finish(effect);
  }
}

/** Whose timer it was has none any more. */
function disown(slot: i32): void {
  const kind = timer(slot).kind;
  const subject = timer(slot).subject;
  if (kind === TIMER_OFFER) line(subject).timer = NONE;
  if (kind === TIMER_WRAP_UP || kind === TIMER_DIRECT || kind === TIMER_RING) contact(subject).timer = NONE;
  if (kind === TIMER_REST) agent(subject).restTimer = NONE;
  if (kind === TIMER_BATCH) queue(subject).batchTimer = 0;
}

/**
 * Removes a timer whose firing trapped. Its contact goes on ringing, at as many, wrapping up or waiting until somebody acts, its agent
 * rests until it becomes not ready: nothing is decided here, since deciding is what failed.
 */
function skip(slot: i32): void {
  if (slot === NONE || !timerIsSet(slot)) return;
  // With its batch: the next one is put together when somebody comes or becomes free.
  if (timer(slot).kind === TIMER_BATCH) return endBatch(timer(slot).subject);
  disown(slot);
  clearTimer(slot);
}
