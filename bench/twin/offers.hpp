// Ported line for line from assembly/offers.ts, which says what it does and why.
#pragma once

#include "declarations.hpp"

namespace twin {

static void makeOffer(i32 slot, i32 handle) {
  auto& rings = contact(slot);
  auto& by = agent(handle);
  const auto channel = profile(rings.profile).channel;
  const auto at = freeLine(by, channel);
  rings.state = (u8)CONTACT_RINGING;
  rings.agent = handle;
  rings.line = at;
  rings.offer++;
  rings.timer = setTimer(TIMER_OFFER, slot, now() + queue(rings.queue).offerMs);
  by.ringing++;
  by.addProgress(channel, 1);
  leaveChannels(by, handle, freeChannels(by));
  noteOffer(rings, handle);
  emitOffered(slot, 0);
  setLine(at, LINE_RINGING, slot);
  markDirty(handle);
}

static void noteOffer(Contact& rings, i32 handle) {
  auto& that = queue(rings.queue);
  const auto takesTurn = that.select == SELECT_ROUND_ROBIN;
  if (!takesTurn && state().watchingQueues == 0) return;
  if (takesTurn) setShare(that, handle, timer(rings.timer).sequence);
  if (state().touched != handle + 1) noteWork(handle);
  if (agent(handle).free == 0) return;
  leaveChannels(agent(handle), handle, 0);
  enterPool(handle);
}

static void emitOffered(i32 slot, i32 again) {
  auto& rings = contact(slot);
  const auto effect = begin(EFFECT_OFFERED, 0);
  about(effect, slot, rings.number, rings.agent, rings.line, rings.queue);
  values(effect, rings.offer, again, 0);
  times(effect, dueOf(rings.timer), rings.arrived, 0);
  finish(effect);
}

static void withdraw(i32 slot, i32 code) {
  auto& rings = contact(slot);
  const auto handle = rings.agent;
  auto& by = agent(handle);
  const auto at = rings.line;
  touch(handle);
  const auto effect = begin(EFFECT_WITHDRAWN, code);
  about(effect, slot, rings.number, handle, at, rings.queue);
  values(effect, rings.offer, 0, 0);
  finish(effect);
  clearTimer(rings.timer);
  rings.timer = NONE;
  rings.forgetOffer();
  rings.state = (u8)CONTACT_WAITING;
  rings.agent = NONE;
  rings.line = NONE;
  by.ringing--;
  by.addProgress(line(at).channel, -1);
  setLine(at, LINE_FREE, NONE);
  markDirty(handle);
}

static void loseOffer(i32 slot, i32 code) {
  withdraw(slot, code);
  if (contact(slot).leavesWhy != 0)
    leaveAfterOffer(slot);
  else if (contact(slot).named == NONE)
    addHomeless(slot, QUEUED_BACK);
  else
    fallBack(slot, fallBackCodeOf(code));
}

static i32 fallBackCodeOf(i32 withdrawn) {
  if (withdrawn == WITHDRAWN_NOT_READY) return FELL_BACK_NOT_READY;
  if (withdrawn == WITHDRAWN_LOGGED_OUT) return FELL_BACK_LOGGED_OUT;
  if (withdrawn == WITHDRAWN_CHANGED) return FELL_BACK_NOT_ELIGIBLE;
  return FELL_BACK_TIMED_OUT;
}

static void withdrawRinging(i32 handle, i32 code) {
  auto& by = agent(handle);
  for (auto place = 0; by.ringing > 0 && place < (i32)by.lineCount; place++) {
    auto& at = line(seatLine(by, place));
    if (at.state == LINE_RINGING) loseOffer(at.contact, code);
  }
}

static void withdrawUnfitting(i32 handle) {
  auto& by = agent(handle);
  for (auto place = 0; by.ringing > 0 && place < (i32)by.lineCount; place++) {
    auto& at = line(seatLine(by, place));
    if (at.state != LINE_RINGING) continue;
    auto& rings = contact(at.contact);
    const auto fits = rings.is(FOR_NAMED) || levelsSumOf(agentClass(by.agentClass).key, profile(rings.profile)) >= 0;
    if (fits && by.progress(at.channel) <= by.limit(at.channel) && by.inProgress() <= by.total) continue;
    loseOffer(at.contact, WITHDRAWN_CHANGED);
  }
}

static void failOffer(i32 slot, i32 code, i32 restMs) {
  auto& rings = contact(slot);
  const auto handle = rings.agent;
  auto& by = agent(handle);
  const auto isMiss =
      code == WITHDRAWN_TIMED_OUT && (!rings.is(HAS_LEGS) || rings.is(HAS_RUNG)) && !rings.is(IS_WITHHELD);
  const auto missedMax = queue(rings.queue).missedMax;
  const auto afterMissMs = queue(rings.queue).afterMissMs;
  loseOffer(slot, code);
  by.idleSince = now();
  if (restMs > 0) rest(handle, now() + restMs);
  if (!isMiss) return;
  by.misses++;
  if (missedMax > 0 && by.misses >= missedMax)
    makeNotReady(handle, REASON_MISSED);
  else if (afterMissMs > 0)
    rest(handle, now() + afterMissMs);
}

static void rest(i32 handle, i64 until) {
  auto& by = agent(handle);
  if (by.resting && by.restTimer != NONE && timer(by.restTimer).due >= until) return;
  clearTimer(by.restTimer);
  by.resting = 1;
  by.restTimer = setTimer(TIMER_REST, handle, until);
}

static void connect(i32 slot) {
  auto& rings = contact(slot);
  const auto handle = rings.agent;
  auto& by = agent(handle);
  touch(handle);
  leavePending(slot);
  stayAfterAll(slot);
  clearTimer(rings.timer);
  rings.timer = NONE;
  rings.forgetOffer();
  rings.asksForNobody();
  rings.state = (u8)CONTACT_CONNECTED;
  rings.connectedAt = now();
  by.ringing--;
  by.connected++;
  by.misses = 0;
  countContact(rings.queue, handle);
  const auto effect = begin(EFFECT_CONNECTED, 0);
  about(effect, slot, rings.number, handle, rings.line, rings.queue);
  values(effect, rings.offer, 0, 0);
  times(effect, 0, rings.arrived, now() - rings.arrived);
  finish(effect);
  setLine(rings.line, LINE_CONNECTED, slot);
  markDirty(handle);
}

static void beginConnecting(i32 slot, i64 until) {
  auto& rings = contact(slot);
  touch(rings.agent);
  clearTimer(rings.timer);
  rings.timer = setTimer(TIMER_OFFER, slot, until);
  rings.unmark(IS_RESUMED);
  rings.mark(IS_ACCEPTED);
  const auto effect = begin(EFFECT_ACCEPTED, 0);
  about(effect, slot, rings.number, rings.agent, rings.line, rings.queue);
  values(effect, rings.offer, 0, 0);
  times(effect, until, rings.arrived, 0);
  finish(effect);
}
static i32 refuseOffer(i32 code, usize command) {
  if ((load<u16>(command, COMMAND_FLAGS) & OFFER_IF_OPEN) != 0) return NONE;
  refuse(code, load<i32>(command, CONTACT_CONTACT), load<u32>(command, CONTACT_NUMBER), load<i32>(command, OFFER_AGENT),
         NONE);
  return NONE;
}

static bool isOffer(Contact& that, usize command) { return that.offer == load<i32>(command, OFFER_OFFER); }

static i32 openOffer(usize command, bool onlyWithLegs) {
  const auto slot = named(command);
  if (slot == NONE) return refuseOffer(REFUSED_OFFER_NO_LONGER_OPEN, command);
  auto& rings = contact(slot);
  if (!isOffer(rings, command)) return refuseOffer(REFUSED_OFFER_NO_LONGER_OPEN, command);
  if (rings.state != CONTACT_RINGING) return refuseOffer(REFUSED_OFFER_NO_LONGER_OPEN, command);
  if (onlyWithLegs && !rings.is(HAS_LEGS)) return refuseOffer(REFUSED_OFFER_NO_LONGER_OPEN, command);
  if (rings.agent != load<i32>(command, OFFER_AGENT)) return refuseOffer(REFUSED_OFFER_NOT_YOURS, command);
  return slot;
}

static bool isConnected(usize command, bool onlyWithLegs) {
  const auto slot = named(command);
  if (slot == NONE || !isOffer(contact(slot), command)) return false;
  auto& served = contact(slot);
  if (onlyWithLegs && !served.is(HAS_LEGS)) return false;
  return served.state == CONTACT_CONNECTED && served.agent == load<i32>(command, OFFER_AGENT);
}

static void acceptOffer(usize command) {
  if (isConnected(command, false)) return;
  const auto slot = openOffer(command, false);
  if (slot == NONE) return;

  if (!contact(slot).is(HAS_LEGS)) return connect(slot);
  const auto connectMs = load<i32>(command, OFFER_CONNECT_MS);
  must(connectMs > 0);
  if (!contact(slot).is(IS_ACCEPTED)) beginConnecting(slot, now() + connectMs);
}

static void rejectOffer(usize command) {
  const auto slot = openOffer(command, false);
  if (slot == NONE) return;

  failOffer(slot, WITHDRAWN_REJECTED, queue(contact(slot).queue).afterRejectMs);
}

static void offerRang(usize command) {
  const auto slot = openOffer(command, true);
  if (slot == NONE) return;

  contact(slot).mark(HAS_RUNG);
}

static void offerConnected(usize command) {
  if (isConnected(command, true)) return;
  const auto slot = openOffer(command, true);
  if (slot == NONE) return;
  if (!contact(slot).is(IS_ACCEPTED)) {
    refuseOffer(REFUSED_OFFER_NO_LONGER_OPEN, command);
    return;
  }

  connect(slot);
}

static void offerFailed(usize command) {
  const auto code = load<i32>(command, OFFER_CODE);
  const auto restMs = load<i32>(command, OFFER_REST_MS);
  must(restMs >= 0);
  must(code == WITHDRAWN_TIMED_OUT || code == WITHDRAWN_REJECTED || code == WITHDRAWN_BUSY ||
       code == WITHDRAWN_UNREACHABLE);
  const auto slot = openOffer(command, true);
  if (slot == NONE) return;

  failOffer(slot, code, restMs);
}

static void offerOver(i32 slot) {
  if (!contact(slot).is(IS_ACCEPTED)) return failOffer(slot, WITHDRAWN_TIMED_OUT, 0);
  failOffer(slot, WITHDRAWN_UNREACHABLE, queue(contact(slot).queue).afterRejectMs);
}
static void resume(usize command) {
  must(load<i64>(command, RESUMED_DOWN_MS) >= 0);
  for (auto slot = 0; slot < top(POOL_CONTACTS); slot++) {
    if (!made(POOL_CONTACTS, slot)) continue;
    auto& rings = contact(slot);
    if (rings.state != CONTACT_RINGING) continue;
    clearTimer(rings.timer);
    rings.timer = setTimer(TIMER_OFFER, slot, now() + queue(rings.queue).offerMs);
    if (!rings.is(IS_ACCEPTED)) rings.mark(IS_RESUMED);
  }
  tellResumed(0);
}

static void tellResumed(i32 from) {
  auto told = 0;
  for (auto slot = from; slot < top(POOL_CONTACTS); slot++) {
    if (!made(POOL_CONTACTS, slot)) continue;
    auto& rings = contact(slot);
    if (rings.state != CONTACT_RINGING || !rings.is(IS_RESUMED)) continue;
    if (told == EFFECTS_PER_CAUSE_MAX) {
      const auto goesOn = setTimer(TIMER_RESUMPTION, slot, 0);
      timer(goesOn).key = slot;
      return;
    }
    rings.unmark(IS_RESUMED);
    emitOffered(slot, 1);
    told++;
  }
}

}  // namespace twin
