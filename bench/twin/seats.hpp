// Ported line for line from assembly/seats.ts, which says what it does and why.
#pragma once

#include "declarations.hpp"

namespace twin {

static Line& line(i32 handle) { return at<Line>(POOL_LINES, handle); }

static bool lineInSeat(i32 handle) { return made(POOL_LINES, handle) && line(handle).owner != 0; }

static i32 seatLine(Agent& that, i32 place) { return load<i32>(that.lines + (((usize)place) << 2)); }

static i32 freeLine(Agent& that, i32 channel) {
  for (auto place = 0; place < (i32)that.lineCount; place++) {
    auto& candidate = line(seatLine(that, place));
    if ((i32)candidate.channel == channel && candidate.state == LINE_FREE) return seatLine(that, place);
  }
  must(false);
  return NONE;
}

static void setLine(i32 handle, i32 doing, i32 slot) {
  auto& set = line(handle);
  set.state = (u8)doing;
  set.contact = slot;
  emitLine(handle, set.owner - 1, doing);
}

static void emitLine(i32 handle, i32 owner, i32 doing) {
  auto& told = line(handle);
  const auto number = told.contact == NONE ? 0 : contact(told.contact).number;
  const auto effect = begin(EFFECT_LINE_STATE, doing);
  about(effect, told.contact, number, owner, handle, NONE);
  values(effect, told.channel, 0, 0);
  finish(effect);
}
static void login(usize command) {
  const auto handle = load<i32>(command, AGENT_LOGIN_AGENT);
  const auto lines = load<i32>(command, AGENT_LOGIN_LINES);
  const auto list = command + AGENT_LOGIN_LIST;
  must((u32)lines <= (u32)LINES_PER_SEAT_MAX);
  must(load<i32>(command, COMMAND_BYTES) == AGENT_LOGIN_LIST + lines * 8);
  if (!agentExists(handle)) return refuse(REFUSED_AGENT_NOT_FOUND, NONE, 0, handle, NONE);
  auto& enters = agent(handle);
  if (enters.loggedIn && sameSeat(enters, list, lines)) return;
  if (enters.loggedIn && enters.inProgress() > 0) return refuse(REFUSED_AGENT_IN_CONTACT, NONE, 0, handle, NONE);
  if (!linesAreFree(handle, list, lines)) return refuse(REFUSED_LINE_IN_ANOTHER_SEAT, NONE, 0, handle, NONE);

  touch(handle);
  const auto wasLoggedIn = enters.loggedIn;
  if (enters.ready) endDuty(handle);
  enters.loggedIn = 1;
  enters.ready = 0;
  enters.reason = REASON_LOGGED_IN;
  enters.misses = 0;
  endRest(enters);
  markDirty(handle);
  if (wasLoggedIn) {
    recheckWaiters(handle);
    leaveSeat(handle, list, lines);
  } else {
    beginIdle(handle);
  }
  takeSeat(handle, list, lines);
}

static bool sameSeat(Agent& that, usize list, i32 lines) {
  if ((i32)that.lineCount != lines) return false;
  for (auto place = 0; place < lines; place++) {
    const auto wanted = load<i32>(list + (((usize)place) << 3));
    if (wanted != seatLine(that, place)) return false;
    if ((i32)line(wanted).channel != load<i32>(list + (((usize)place) << 3), 4)) return false;
  }
  return true;
}

static bool linesAreFree(i32 handle, usize list, i32 lines) {
  for (auto place = 0; place < lines; place++) {
    const auto wanted = load<i32>(list + (((usize)place) << 3));
    must((u32)wanted < (u32)LINES_MAX);
    if (lineInSeat(wanted) && line(wanted).owner != handle + 1) return false;
  }
  return true;
}

static bool listed(usize list, i32 lines, i32 wanted) {
  for (auto place = 0; place < lines; place++)
    if (load<i32>(list + (((usize)place) << 3)) == wanted) return true;
  return false;
}

static void takeSeat(i32 handle, usize list, i32 lines) {
  occupySeat(handle, list, lines);
  for (auto place = 0; place < lines; place++) setLine(load<i32>(list + (((usize)place) << 3)), LINE_FREE, NONE);
}

static void occupySeat(i32 handle, usize list, i32 lines) {
  auto& enters = agent(handle);
  enters.lineCount = (u8)lines;
  if (lines > 0) enters.lines = allocate(((usize)lines) << 2);
  for (auto place = 0; place < lines; place++) {
    const auto wanted = load<i32>(list + (((usize)place) << 3));
    const auto channel = load<i32>(list + (((usize)place) << 3), 4);
    must((u32)channel < (u32)CHANNELS_MAX);
    auto& taken = make<Line>(POOL_LINES, wanted);
    must(taken.owner == 0);
    taken.owner = handle + 1;
    taken.channel = (u8)channel;
    store<i32>(enters.lines + (((usize)place) << 2), wanted);
    enters.addLine(channel);
    enters.seatChannels |= 1 << channel;
    taken.state = (u8)LINE_FREE;
    taken.contact = NONE;
    taken.timer = NONE;
  }
}

static void leaveSeat(i32 handle, usize list, i32 lines) {
  auto& leaves = agent(handle);
  for (auto place = 0; place < (i32)leaves.lineCount; place++) {
    const auto given = seatLine(leaves, place);
    must(line(given).contact == NONE);
    if (!listed(list, lines, given)) setLine(given, LINE_GONE, NONE);
    line(given).owner = 0;
  }
  if (leaves.lineCount > 0) release(leaves.lines, ((usize)leaves.lineCount) << 2);
  leaves.lines = 0;
  leaves.lineCount = 0;
  memoryFill(addressOf(leaves) + offsetof(Agent, lineCounts), 0, CHANNELS_MAX);
  leaves.seatChannels = 0;
}
static void logout(usize command) {
  const auto handle = load<i32>(command, AGENT_COMMAND_AGENT);
  const auto whenIdle = (load<u16>(command, COMMAND_FLAGS) & LOGOUT_WHEN_IDLE) != 0;
  if (!agentExists(handle)) return refuse(REFUSED_AGENT_NOT_FOUND, NONE, 0, handle, NONE);
  auto& leaves = agent(handle);
  if (!leaves.loggedIn) return;
  if (!whenIdle && leaves.connected > 0) return refuse(REFUSED_AGENT_IN_CONTACT, NONE, 0, handle, NONE);

  touch(handle);
  leaves.loggingOut = 1;
  markDirty(handle);
  withdrawRinging(handle, WITHDRAWN_LOGGED_OUT, !whenIdle);
  if (!whenIdle) endWrapUps(handle);
  recheckWaiters(handle);
  leaveWhenIdle(handle);
}

static void endWrapUps(i32 handle) {
  auto& leaves = agent(handle);
  for (auto place = 0; place < (i32)leaves.lineCount; place++) {
    const auto slot = line(seatLine(leaves, place)).contact;
    if (slot != NONE && contact(slot).state == CONTACT_WRAP_UP) endWrapUp(slot);
  }
}

static void leaveWhenIdle(i32 handle) {
  auto& leaves = agent(handle);
  if (!leaves.loggingOut || leaves.inProgress() > 0) return;
  leaveSeat(handle, 0, 0);
  if (leaves.ready) endDuty(handle);
  leaves.loggedIn = 0;
  leaves.loggingOut = 0;
  leaves.ready = 0;
  leaves.reason = REASON_NONE;
  endRest(leaves);
}

static void endWrapUp(i32 slot) {
  auto& ends = contact(slot);
  const auto handle = ends.agent;
  auto& by = agent(handle);
  clearTimer(ends.timer);
  ends.timer = NONE;
  touch(handle);
  by.wrappingUp--;
  if (ends.is(TAKES_SEAT)) by.seatTaken--;
  by.addProgress(line(ends.line).channel, -1);
  noteIdle(handle, IDLE_WRAPPED_UP);
  setLine(ends.line, LINE_FREE, NONE);
  releaseContact(slot);
  markDirty(handle);
}

}  // namespace twin
