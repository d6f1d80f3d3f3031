// Ported line for line from assembly/step.ts, which says what it does and why.
#pragma once

#include "declarations.hpp"

namespace twin {

static void runTick(i32 buffer, i32 inputBytes, i64 at, i64 number) {
  auto& own = state();
  must(load<i64>(0, HEADER_MAGIC) == MAGIC);
  must((u32)buffer < (u32)BUFFERS && (u32)inputBytes <= (u32)INPUT_BYTES && (inputBytes & 7) == 0);
  must(at >= now() && at <= TIME_MAX);
  must(own.importing == 0);
  must(own.begun ? number == load<i64>(0, HEADER_NUMBER) + 1 : number >= 1);
  own.begun = 1;
  own.effects = (usize)(EFFECTS_AT + buffer * EFFECTS_BYTES);
  store<i64>(0, number, HEADER_NUMBER);
  store<i64>(0, at, HEADER_NOW);
  store<i32>(0, 0, HEADER_EFFECT_COUNT);

  runCommands((usize)(INPUT_AT + buffer * INPUT_BYTES), inputBytes);
  fireTimers(at);

  own.effects = 0;
  own.cause = 0;
  own.batchWork = 0;
  store<i32>(0, DOING_NOTHING, HEADER_DOING);
  store<i64>(0, nextDeadline(), HEADER_NEXT_DEADLINE);
}

static void runCommands(usize input, i32 inputBytes) {
  auto consumed = 0;
  store<i32>(0, 0, HEADER_CONSUMED);
  for (auto index = 0; consumed < inputBytes; index++) {
    const auto command = input + consumed;
    const auto bytes = load<i32>(command, COMMAND_BYTES);
    if (!hasRoom() && (load<u16>(command, COMMAND_FLAGS) & COMMAND_FLAG_GLUED) == 0) break;
    store<i32>(0, DOING_COMMAND, HEADER_DOING);
    store<i32>(0, index, HEADER_DOING_COMMAND);
    state().cause = index;
    must(bytes >= COMMAND_FIELDS && bytes <= COMMAND_BYTES_MAX && (bytes & 7) == 0 && bytes <= inputBytes - consumed);
    execute(command, bytes);
    settle();
    consumed += bytes;
    store<i32>(0, consumed, HEADER_CONSUMED);
  }
}

static bool hasRoom() { return room() >= EFFECTS_PER_CAUSE_MAX; }

static void execute(usize command, i32 bytes) {
  switch ((i32)load<u16>(command)) {
    case COMMAND_RESUMED: {
      must(bytes == RESUMED_BYTES);
      return resume(command);
    }
    case COMMAND_QUEUE_SET: {
      must(bytes == QUEUE_SET_BYTES);
      return setQueue(command);
    }
    case COMMAND_QUEUE_REMOVE: {
      must(bytes == QUEUE_REMOVE_BYTES);
      return removeQueue(command);
    }
    case COMMAND_PROFILE_SET:
      return setProfile(command);
    case COMMAND_PROFILE_DROP: {
      must(bytes == PROFILE_DROP_BYTES);
      return dropProfileCommand(command);
    }
    case COMMAND_AGENT_SET:
      return setAgent(command);
    case COMMAND_AGENT_REMOVE: {
      must(bytes == AGENT_COMMAND_BYTES);
      return removeAgent(command);
    }
    case COMMAND_AGENT_LOGIN:
      return login(command);
    case COMMAND_AGENT_LOGOUT: {
      must(bytes == AGENT_COMMAND_BYTES);
      return logout(command);
    }
    case COMMAND_AGENT_READY: {
      must(bytes == AGENT_COMMAND_BYTES);
      return becomeReady(command);
    }
    case COMMAND_AGENT_NOT_READY: {
      must(bytes == AGENT_COMMAND_BYTES);
      return becomeNotReady(command);
    }
    case COMMAND_AGENT_ONE_RINGING: {
      must(bytes == AGENT_COMMAND_BYTES);
      return setOneRinging(command);
    }
    case COMMAND_CONTACT_CREATE: {
      must(bytes == createBytes(command));
      return createContact(command);
    }
    case COMMAND_CONTACT_UPDATE: {
      must(bytes == CONTACT_UPDATE_BYTES);
      return updateContact(command);
    }
    case COMMAND_CONTACT_CANCEL: {
      must(bytes == CONTACT_COMMAND_BYTES);
      return cancelContact(command);
    }
    case COMMAND_CONTACT_END: {
      must(bytes == CONTACT_COMMAND_BYTES);
      return endContact(command);
    }
    case COMMAND_WRAP_UP_DONE: {
      must(bytes == CONTACT_COMMAND_BYTES);
      return wrapUpDone(command);
    }
    case COMMAND_WRAP_UP_EXTEND: {
      must(bytes == CONTACT_COMMAND_BYTES);
      return extendWrapUp(command);
    }
    case COMMAND_OFFER_ACCEPT: {
      must(bytes == OFFER_BYTES);
      return acceptOffer(command);
    }
    case COMMAND_OFFER_REJECT: {
      must(bytes == OFFER_BYTES);
      return rejectOffer(command);
    }
    case COMMAND_OFFER_RANG: {
      must(bytes == OFFER_BYTES);
      return offerRang(command);
    }
    case COMMAND_OFFER_CONNECTED: {
      must(bytes == OFFER_BYTES);
      return offerConnected(command);
    }
    case COMMAND_OFFER_FAILED: {
      must(bytes == OFFER_BYTES);
      return offerFailed(command);
    }
    case COMMAND_CONTACT_LEAVE: {
      must(bytes == CONTACT_LEAVE_BYTES);
      return leaveQueue(command);
    }
    case COMMAND_CONTACT_WITHHOLD: {
      must(bytes == CONTACT_COMMAND_BYTES);
      return withholdContact(command);
    }
    case COMMAND_CONTACT_SEND: {
      must(bytes == CONTACT_SEND_BYTES);
      return sendContact(command);
    }
    case COMMAND_CONTACT_HAND_OVER: {
      must(bytes == CONTACT_HAND_OVER_BYTES);
      return handOver(command);
    }
    case COMMAND_CONTACT_PLACE: {
      must(bytes == CONTACT_COMMAND_BYTES);
      return tellPlace(command);
    }
    case COMMAND_CONTACT_DIAL: {
      must(bytes == CONTACT_DIAL_BYTES);
      return dialContact(command);
    }
    case COMMAND_TIMER_SET: {
      must(bytes == TIMER_SET_BYTES);
      const auto due = load<i64>(command, TIMER_DUE);
      must(due >= 0 && due <= TIME_MAX);
      return setModuleTimer(load<i32>(command, TIMER_MODULE), load<i64>(command, TIMER_KEY), due);
    }
    case COMMAND_TIMER_CANCEL: {
      must(bytes == TIMER_SET_BYTES);
      return clearTimer(moduleTimer(load<i32>(command, TIMER_MODULE), load<i64>(command, TIMER_KEY)));
    }
    case COMMAND_SKIPPED: {
      must(bytes == SKIPPED_BYTES);
      return skip(load<i32>(command, SKIPPED_TIMER));
    }
    default:
      must(false);
  }
}
static void fireTimers(i64 at) {
  for (auto fired = 0; fired < TIMERS_PER_TICK_MAX && hasRoom(); fired++) {
    const auto slot = firstTimer();
    if (slot == NONE || timer(slot).due > at) return;
    store<i32>(0, DOING_TIMER, HEADER_DOING);
    store<i32>(0, slot, HEADER_DOING_TIMER);
    state().cause = CAUSE_TIMER;
    fire(slot);
    settle();
  }
}

static void fire(i32 slot) {
  const auto due = timer(slot).due;
  const auto kind = timer(slot).kind;
  const auto subject = timer(slot).subject;
  const auto key = timer(slot).key;
  disown(slot);
  clearTimer(slot);
  if (kind == TIMER_OFFER) {
    offerOver(subject);
  } else if (kind == TIMER_RING) {
    ringFurther(subject);
  } else if (kind == TIMER_WRAP_UP) {
    wrapUpOver(subject);
  } else if (kind == TIMER_DIRECT) {
    waitOver(subject);
  } else if (kind == TIMER_REST) {
    restOver(subject);
  } else if (kind == TIMER_BATCH) {
    batchDue(subject);
  } else if (kind == TIMER_RESUMPTION) {
    tellResumed((i32)key);
  } else {
    must(kind == TIMER_OF_MODULE);
    const auto effect = begin(EFFECT_TIMER_FIRED, 0);
    values(effect, subject, 0, 0);
    times(effect, due, 0, key);
    finish(effect);
  }
}

static void disown(i32 slot) {
  const auto kind = timer(slot).kind;
  const auto subject = timer(slot).subject;
  if (kind == TIMER_OFFER) line(subject).timer = NONE;
  if (kind == TIMER_WRAP_UP || kind == TIMER_DIRECT || kind == TIMER_RING) contact(subject).timer = NONE;
  if (kind == TIMER_REST) agent(subject).restTimer = NONE;
  if (kind == TIMER_BATCH) queue(subject).batchTimer = 0;
}

static void skip(i32 slot) {
  if (slot == NONE || !timerIsSet(slot)) return;
  if (timer(slot).kind == TIMER_BATCH) return endBatch(timer(slot).subject);
  disown(slot);
  clearTimer(slot);
}

}  // namespace twin
