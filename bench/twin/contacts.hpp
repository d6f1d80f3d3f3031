// Ported line for line from assembly/contacts.ts, which says what it does and why.
#pragma once

#include "declarations.hpp"

namespace twin {

static Contact& contact(i32 slot) { return at<Contact>(POOL_CONTACTS, slot); }

static Contact& makeContact(i32 slot) { return make<Contact>(POOL_CONTACTS, slot); }

static i32 named(usize command) {
  return lives(load<i32>(command, CONTACT_CONTACT), load<u32>(command, CONTACT_NUMBER));
}

static i32 lives(i32 slot, u32 number) {
  must((u32)slot < (u32)CONTACTS_MAX);
  if (!made(POOL_CONTACTS, slot)) return NONE;
  auto& found = contact(slot);
  return found.state == CONTACT_FREE || found.number != number ? NONE : slot;
}

static void refuseContact(i32 code, usize command) {
  refuse(code, load<i32>(command, CONTACT_CONTACT), load<u32>(command, CONTACT_NUMBER), NONE, NONE);
}
static void emitEnded(i32 slot, i32 code) {
  auto& over = contact(slot);
  const auto served = over.state == CONTACT_CONNECTED;
  const auto effect = begin(EFFECT_ENDED, code);
  about(effect, slot, over.number, served ? over.agent : NONE, served ? over.line : NONE, over.queue);
  if (served)
    times(effect, over.connectedAt, over.arrived, now() - over.connectedAt);
  else
    times(effect, 0, over.arrived, 0);
  if (!served) values(effect, (i32)over.sequence, (i32)((u64)over.sequence >> 32), 0);
  finish(effect);
}

static void releaseContact(i32 slot) {
  auto& over = contact(slot);
  const auto effect = begin(EFFECT_RELEASED, 0);
  about(effect, slot, over.number, over.state == CONTACT_WRAP_UP || over.state == CONTACT_CONNECTED ? over.agent : NONE,
        NONE, over.queue);
  finish(effect);
  over.state = (u8)CONTACT_FREE;
  stayAfterAll(slot);
  profile(over.profile).users--;
  queue(over.queue).live--;
  count(HEADER_LIVE, -1);
}

static void leavePending(i32 slot) {
  forgetKnown(slot);
  if (!contact(slot).is(IS_DIALLED)) queue(contact(slot).queue).pending--;
  count(HEADER_WAITING, -1);
}

static void abandon(i32 slot, i32 code, i32 withdrawnCode) {
  const auto dialledBy = contact(slot).is(IS_DIALLED) ? contact(slot).agent : NONE;
  takeAway(slot, withdrawnCode);
  finishUnserved(slot, code);
  if (dialledBy != NONE) leaveWhenIdle(dialledBy);
}

static void takeAway(i32 slot, i32 withdrawnCode) {
  auto& taken = contact(slot);
  if (taken.state == CONTACT_RINGING) {
    withdrawAll(slot, withdrawnCode);
  } else if (taken.state == CONTACT_WAITING) {
    removeWaiting(slot);
  } else {
    must(taken.state == CONTACT_WAITING_FOR);
    forgetWaiter(slot);
  }
  forgetKnown(slot);
}

static void finishUnserved(i32 slot, i32 code) {
  leavePending(slot);
  emitEnded(slot, code);
  releaseContact(slot);
}
static void cancelContact(usize command) {
  const auto slot = named(command);
  if (slot == NONE) return refuseContact(REFUSED_CONTACT_NOT_FOUND, command);
  if (contact(slot).state == CONTACT_CONNECTED) return refuseContact(REFUSED_CONTACT_ALREADY_CONNECTED, command);
  if (contact(slot).state == CONTACT_WRAP_UP) return refuseContact(REFUSED_CONTACT_ALREADY_ENDED, command);

  abandon(slot, ENDED_CANCELLED, WITHDRAWN_CANCELLED);
}

static void endContact(usize command) {
  const auto slot = named(command);
  const auto code = load<i32>(command, CONTACT_COMMAND_VALUE);
  const auto by = load<i32>(command, CONTACT_END_BY) - 1;
  must(code > 0 && code <= 0xffff);
  if (slot == NONE) return refuseContact(REFUSED_CONTACT_NOT_FOUND, command);
  if (contact(slot).state == CONTACT_WRAP_UP) return refuseContact(REFUSED_CONTACT_ALREADY_ENDED, command);
  const auto served = contact(slot).state == CONTACT_CONNECTED;
  if (by != NONE && !(served && contact(slot).agent == by)) {
    return refuseContact(REFUSED_CONTACT_NOT_WITH_AGENT, command);
  }

  if (served)
    endService(slot, code);
  else
    abandon(slot, code, WITHDRAWN_ENDED);
}

static void endService(i32 slot, i32 code) {
  const auto handle = contact(slot).agent;
  touch(handle);
  markDirty(handle);
  agent(handle).connected--;
  noteIdle(handle, IDLE_ENDED);
  emitEnded(slot, code);
  wrapUpOrRelease(slot);
}

static void wrapUpOrRelease(i32 slot) {
  auto& over = contact(slot);
  const auto handle = over.agent;
  auto& by = agent(handle);
  const auto wrapUpMs = by.wrapUpMs >= 0 ? by.wrapUpMs : queue(over.queue).wrapUpMs;
  if (wrapUpMs > 0) {
    by.wrappingUp++;
    if (queue(over.queue).wrapUpTakesSeat) {
      over.mark(TAKES_SEAT);
      by.seatTaken++;
    }
    beginWrapUp(slot, now() + wrapUpMs);
    return;
  }
  releaseServed(slot);
}

static void releaseServed(i32 slot) {
  auto& over = contact(slot);
  const auto handle = over.agent;
  auto& by = agent(handle);
  by.addProgress(line(over.line).channel, -1);
  noteIdle(handle, IDLE_WRAPPED_UP);
  setLine(over.line, LINE_FREE, NONE);
  releaseContact(slot);
  leaveWhenIdle(handle);
}

static void beginWrapUp(i32 slot, i64 until) {
  auto& over = contact(slot);
  over.state = (u8)CONTACT_WRAP_UP;
  wrapUpUntil(slot, EFFECT_WRAP_UP, until);
  setLine(over.line, LINE_WRAP_UP, slot);
}

static void wrapUpUntil(i32 slot, i32 kind, i64 until) {
  auto& over = contact(slot);
  over.timer = setTimer(TIMER_WRAP_UP, slot, until);
  const auto effect = begin(kind, 0);
  about(effect, slot, over.number, over.agent, over.line, over.queue);
  times(effect, until, 0, 0);
  finish(effect);
}

static void wrapUpDone(usize command) {
  const auto slot = named(command);
  if (slot == NONE) return refuseContact(REFUSED_CONTACT_NOT_FOUND, command);
  if (contact(slot).state != CONTACT_WRAP_UP) return refuseContact(REFUSED_CONTACT_NOT_IN_WRAP_UP, command);

  wrapUpOver(slot);
}

static void extendWrapUp(usize command) {
  const auto slot = named(command);
  const auto byMs = load<i32>(command, CONTACT_COMMAND_VALUE);
  must(byMs > 0);
  if (slot == NONE) return refuseContact(REFUSED_CONTACT_NOT_FOUND, command);
  auto& over = contact(slot);
  if (over.state != CONTACT_WRAP_UP) return refuseContact(REFUSED_CONTACT_NOT_IN_WRAP_UP, command);
  const auto until = (over.timer == NONE ? now() : dueOf(over.timer)) + byMs;
  if (until - now() > WRAP_UP_AHEAD_MAX_MS) return refuseContact(REFUSED_WRAP_UP_TOO_LONG, command);

  clearTimer(over.timer);
  wrapUpUntil(slot, EFFECT_WRAP_UP_EXTENDED, until);
}

static void wrapUpOver(i32 slot) {
  const auto handle = contact(slot).agent;
  endWrapUp(slot);
  leaveWhenIdle(handle);
}

static i32 obstacleToUpdate(i32 slot, i32 number) {
  if (slot == NONE) return REFUSED_CONTACT_NOT_FOUND;
  auto& changed = contact(slot);
  if (changed.state == CONTACT_CONNECTED) return REFUSED_CONTACT_ALREADY_CONNECTED;
  if (changed.state == CONTACT_WRAP_UP) return REFUSED_CONTACT_ALREADY_ENDED;
  must(profileExists(number) && profile(number).channel == profile(changed.profile).channel);
  return profile(number).queue == changed.queue ? 0 : REFUSED_CONTACT_IN_ANOTHER_QUEUE;
}

static void emitStepped(i32 slot) {
  auto& stepped = contact(slot);
  const auto effect = begin(EFFECT_STEPPED, 0);
  about(effect, slot, stepped.number, stepped.agent, stepped.line, stepped.queue);
  values(effect, stepped.profile, stepped.priority, 0);
  times(effect, 0, stepped.arrived, 0);
  finish(effect);
}

static void updateContact(usize command) {
  const auto slot = named(command);
  const auto number = load<i32>(command, CONTACT_UPDATE_PROFILE);
  const auto priority = load<i32>(command, CONTACT_UPDATE_PRIORITY);
  const auto creditMs = load<i32>(command, CONTACT_UPDATE_CREDIT_MS);
  const auto isStep = (load<u16>(command, COMMAND_FLAGS) & UPDATE_BY_STEP) != 0;
  must(priority >= -PRIORITY_MAX && priority <= PRIORITY_MAX && creditMs >= 0);
  const auto refusal = obstacleToUpdate(slot, number);
  if (refusal != 0 && isStep) return;
  if (refusal != 0) return refuseContact(refusal, command);

  auto& changed = contact(slot);
  if (isStep && changed.leavesWhy != 0) return;
  stayAfterAll(slot);
  const auto isNew = changed.profile != number || changed.priority != priority || changed.creditMs != creditMs;
  const auto waits = changed.state == CONTACT_WAITING;
  if (isNew && changed.pooled) removeWaiting(slot);
  profile(changed.profile).users--;
  profile(number).users++;
  changed.profile = number;
  changed.priority = priority;
  changed.creditMs = creditMs;
  if (isStep) emitStepped(slot);
  const auto why = isStep ? QUEUED_STEP : QUEUED_UPDATED;
  if (!isNew) return ringOn(slot, why);
  if (waits || wantsMore(slot))
    addHomeless(slot, why);
  else if (changed.state == CONTACT_WAITING_FOR)
    recheckWaiters(changed.named);
  if (changed.is(AWAITS)) recheckWaiters(changed.knows - 1);
}

}  // namespace twin
