// Ported line for line from assembly/agents.ts, which says what it does and why.
#pragma once

#include "declarations.hpp"

namespace twin {

constexpr i32 EVERY_CHANNEL = (1 << CHANNELS_MAX) - 1;

static Agent& agent(i32 handle) { return at<Agent>(POOL_AGENTS, handle); }

static bool agentExists(i32 handle) {
  must((u32)handle < (u32)AGENTS_MAX);
  return made(POOL_AGENTS, handle) && agent(handle).exists != 0;
}
static i32 freeChannels(Agent& that) {
  if (!that.ready || that.resting || that.loggingOut) return 0;
  if (that.oneRinging && that.ringing > 0) return 0;
  if (that.seatTaken > 0) return 0;
  if (that.inProgress() >= that.total) return 0;
  auto free = 0;
  for (auto left = that.chosen & that.seatChannels; left != 0; left &= left - 1) {
    const auto channel = trailingZeros(left);
    if (that.progress(channel) < that.limit(channel)) free |= 1 << channel;
  }
  return free;
}

static bool agentIsFree(Agent& that, i32 channel) { return ((that.free >> channel) & 1) != 0; }

static void touch(i32 handle) {
  auto& own = state();
  auto& taken = agent(handle);
  if (!taken.touched) {
    taken.touched = 1;
    taken.nextTouched = 0;
    if (own.touchedLast != 0)
      agent(own.touchedLast - 1).nextTouched = handle + 1;
    else
      own.touchedFirst = handle + 1;
    own.touchedLast = handle + 1;
  }
  leaveChannels(taken, handle, 0);
}

static void leaveChannels(Agent& that, i32 handle, i32 kept) {
  const auto left = that.free & ~kept;
  if (left == 0) return;
  if (state().exactQueues > 0) takeOut(that, handle, left);
  for (auto channels = left; channels != 0; channels &= channels - 1) that.moveVersion(trailingZeros(channels));
  that.free &= kept;
}

static void takeOut(Agent& leaves, i32 handle, i32 channels) {
  auto& own = agentClass(leaves.agentClass);
  for (auto fit = 0; fit < own.fitsCount; fit++) {
    const auto number = fitProfile(own, fit);
    if ((channels >> profile(number).channel) & 1) takeFree(number, handle, fitLevels(own, fit));
  }
}

static void enterPool(i32 handle) {
  auto& enters = agent(handle);
  must(enters.free == 0);
  const auto free = freeChannels(enters);
  if (free == 0) return;
  enters.free = free;
  auto& own = agentClass(enters.agentClass);
  for (auto fit = 0; fit < own.fitsCount; fit++) {
    const auto number = fitProfile(own, fit);
    if ((free >> profile(number).channel) & 1) pushFree(number, handle, fitLevels(own, fit));
  }
}
static void markDirty(i32 handle) {
  auto& own = state();
  auto& marked = agent(handle);
  if (marked.dirty) return;
  marked.dirty = 1;
  marked.nextDirty = 0;
  if (own.dirtyLast != 0)
    agent(own.dirtyLast - 1).nextDirty = handle + 1;
  else
    own.dirtyFirst = handle + 1;
  own.dirtyLast = handle + 1;
}

static void tellStates(bool busyOnly) {
  auto& own = state();
  auto next = own.dirtyFirst;
  own.dirtyFirst = 0;
  own.dirtyLast = 0;
  while (next != 0) {
    const auto handle = next - 1;
    auto& marked = agent(handle);
    next = marked.nextDirty;
    marked.dirty = 0;
    if (busyOnly && freeChannels(marked) != 0)
      markDirty(handle);
    else
      tellIfChanged(handle, marked);
  }
}

static u8 stateOf(Agent& that) {
  if (that.ringing > 0) return (u8)AGENT_RINGING;
  if (that.connected > 0) return (u8)AGENT_IN_SERVICE;
  if (that.wrappingUp > 0) return (u8)AGENT_WRAP_UP;
  if (!that.loggedIn) return (u8)AGENT_LOGGED_OUT;
  return that.ready ? (u8)AGENT_READY : (u8)AGENT_NOT_READY;
}

static u8 flagsOf(Agent& that) {
  auto flags = 0;
  if (that.ready) flags |= AGENT_FLAG_READY;
  if (that.loggingOut) flags |= AGENT_FLAG_LOGGING_OUT;
  if (that.oneRinging) flags |= AGENT_FLAG_ONE_RINGING;
  if (that.resting) flags |= AGENT_FLAG_RESTING;
  return (u8)flags;
}

static const u8 NOT_TOLD = 255;
static void tellAgain(Agent& that) { that.toldFlags = NOT_TOLD; }

static void tellIfChanged(i32 handle, Agent& that) {
  const auto doing = stateOf(that);
  const auto flags = flagsOf(that);
  const auto moved = doing != that.toldState || that.reason != that.toldReason;
  if (!moved && flags == that.toldFlags) return;
  if (moved) that.since = now();
  that.toldState = doing;
  that.toldReason = that.reason;
  that.toldFlags = flags;
  emitState(handle, that);
}

static void emitState(i32 handle, Agent& that) {
  const auto effect = begin(EFFECT_AGENT_STATE, stateOf(that));
  about(effect, NONE, 0, handle, NONE, NONE);
  values(effect, that.reason, flagsOf(that), 0);
  times(effect, that.since, 0, dueOf(that.restTimer));
  finish(effect);
}
static void setAgent(usize command) {
  const auto handle = load<i32>(command, AGENT_SET_AGENT);
  const auto skills = (i32)load<u16>(command, AGENT_SET_SKILLS_COUNT);
  const auto queues = (i32)load<u16>(command, AGENT_SET_QUEUES_COUNT);
  must(skills <= SKILLS_PER_AGENT_MAX);
  must(queues == ALL_QUEUES || queues <= QUEUES_MAX);
  const auto listed = skills * 4 + (queues == ALL_QUEUES ? 0 : queues * 2);
  must(load<i32>(command, COMMAND_BYTES) == ((AGENT_SET_LISTS + listed + 7) & ~7));
  must(load<i32>(command, AGENT_SET_TOTAL) >= 0 && load<i32>(command, AGENT_SET_WRAP_UP_MS) >= -1);
  const auto existed = agentExists(handle);
  auto& set = make<Agent>(POOL_AGENTS, handle);
  if (!existed) {
    set.exists = 1;
    set.oneRinging = 1;
    set.restTimer = NONE;
    set.toldState = (u8)AGENT_LOGGED_OUT;
    set.toldFlags = (u8)AGENT_FLAG_ONE_RINGING;
    set.since = now();
  }
  if (set.loggedIn) touch(handle);
  const auto before = set.agentClass;
  const auto after = internClass(command + AGENT_SET_LISTS, skills, queues);
  if (!existed || after != before) {
    if (set.ready) changeDuty(handle, before, after);
    if (existed) leaveClass(handle);
    joinClass(handle, after);
  }
  set.total = load<i32>(command, AGENT_SET_TOTAL);
  set.wrapUpMs = load<i32>(command, AGENT_SET_WRAP_UP_MS);
  memoryCopy(addressOf(set) + offsetof(Agent, capacities), command + AGENT_SET_CAPACITY, CHANNELS_MAX);
  if (!set.loggedIn) return;
  withdrawUnfitting(handle);
  recheckWaiters(handle);
}

static void removeAgent(usize command) {
  const auto handle = load<i32>(command, AGENT_COMMAND_AGENT);
  if (!agentExists(handle)) return refuse(REFUSED_AGENT_NOT_FOUND, NONE, 0, handle, NONE);
  auto& gone = agent(handle);
  if (gone.loggedIn) return refuse(REFUSED_AGENT_LOGGED_IN, NONE, 0, handle, NONE);

  must(gone.free == 0 && gone.waiters == 0 && gone.inProgress() == 0 && gone.lineCount == 0);
  leaveClass(handle);
  forgetSharesOf(handle);
  memoryFill(addressOf(gone), 0, offsetof(Agent, versions));
}

static void becomeReady(usize command) {
  const auto handle = load<i32>(command, AGENT_COMMAND_AGENT);
  const auto mask = load<i32>(command, AGENT_COMMAND_VALUE);
  if (!agentExists(handle)) return refuse(REFUSED_AGENT_NOT_FOUND, NONE, 0, handle, NONE);
  auto& becomes = agent(handle);
  if (!becomes.loggedIn) return refuse(REFUSED_AGENT_NOT_LOGGED_IN, NONE, 0, handle, NONE);

  touch(handle);
  if (!becomes.ready) {
    noteIdle(handle, IDLE_READY);
    becomes.misses = 0;
    beginDuty(handle);
  }
  becomes.ready = 1;
  becomes.loggingOut = 0;
  becomes.reason = REASON_NONE;
  becomes.chosen = mask == 0 ? EVERY_CHANNEL : mask;
  markDirty(handle);
  recheckWaiters(handle);
}

static void becomeNotReady(usize command) {
  const auto handle = load<i32>(command, AGENT_COMMAND_AGENT);
  const auto reason = load<i32>(command, AGENT_COMMAND_VALUE);
  must(reason >= REASON_FIRST_OF_HOST || reason == REASON_CONNECTION_LOST);
  if (!agentExists(handle)) return refuse(REFUSED_AGENT_NOT_FOUND, NONE, 0, handle, NONE);
  if (!agent(handle).loggedIn) return refuse(REFUSED_AGENT_NOT_LOGGED_IN, NONE, 0, handle, NONE);

  makeNotReady(handle, reason);
}

static void makeNotReady(i32 handle, i32 reason) {
  auto& becomes = agent(handle);
  touch(handle);
  if (becomes.ready) endDuty(handle);
  becomes.ready = 0;
  becomes.reason = reason;
  endRest(becomes);
  withdrawRinging(handle, WITHDRAWN_NOT_READY, false);
  markDirty(handle);
  recheckWaiters(handle);
}

static void endRest(Agent& that) {
  clearTimer(that.restTimer);
  that.restTimer = NONE;
  that.resting = 0;
}

static void setOneRinging(usize command) {
  const auto handle = load<i32>(command, AGENT_COMMAND_AGENT);
  const auto on = load<i32>(command, AGENT_COMMAND_VALUE);
  must(on == 0 || on == 1);
  if (!agentExists(handle)) return refuse(REFUSED_AGENT_NOT_FOUND, NONE, 0, handle, NONE);
  if (!agent(handle).loggedIn) return refuse(REFUSED_AGENT_NOT_LOGGED_IN, NONE, 0, handle, NONE);

  touch(handle);
  agent(handle).oneRinging = (u8)on;
  markDirty(handle);
}

static void restOver(i32 handle) {
  touch(handle);
  agent(handle).restTimer = NONE;
  agent(handle).resting = 0;
  markDirty(handle);
}

}  // namespace twin
