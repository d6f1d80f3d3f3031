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
  leaveChannels(by, freeChannels(by));
  emitOffered(slot, 0);
  setLine(at, LINE_RINGING, slot);
  markDirty(handle);
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
  rings.resumed = 0;
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
  if (contact(slot).named == NONE)
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
    const auto fits = levelsSumOf(agentClass(by.agentClass).key, profile(contact(at.contact).profile)) >= 0;
    if (fits && by.progress(at.channel) <= by.limit(at.channel) && by.inProgress() <= by.total) continue;
    loseOffer(at.contact, WITHDRAWN_CHANGED);
  }
}
static void refuseOffer(i32 code, usize command) {
  refuse(code, load<i32>(command, CONTACT_CONTACT), load<u32>(command, CONTACT_NUMBER), load<i32>(command, OFFER_AGENT),
         NONE);
}

static bool isOffer(Contact& that, usize command) { return that.offer == load<i32>(command, OFFER_OFFER); }

static void acceptOffer(usize command) {
  const auto slot = named(command);
  const auto handle = load<i32>(command, OFFER_AGENT);
  if (slot == NONE) return refuseOffer(REFUSED_OFFER_NO_LONGER_OPEN, command);
  auto& rings = contact(slot);
  if (!isOffer(rings, command)) return refuseOffer(REFUSED_OFFER_NO_LONGER_OPEN, command);
  if (rings.state == CONTACT_CONNECTED && rings.agent == handle) return;
  if (rings.state != CONTACT_RINGING) return refuseOffer(REFUSED_OFFER_NO_LONGER_OPEN, command);
  if (rings.agent != handle) return refuseOffer(REFUSED_OFFER_NOT_YOURS, command);

  auto& by = agent(handle);
  touch(handle);
  leavePending(slot);
  clearTimer(rings.timer);
  rings.timer = NONE;
  rings.resumed = 0;
  rings.named = NONE;
  rings.state = (u8)CONTACT_CONNECTED;
  rings.connectedAt = now();
  by.ringing--;
  by.connected++;
  by.misses = 0;
  const auto effect = begin(EFFECT_CONNECTED, 0);
  about(effect, slot, rings.number, handle, rings.line, rings.queue);
  values(effect, rings.offer, 0, 0);
  times(effect, 0, rings.arrived, now() - rings.arrived);
  finish(effect);
  setLine(rings.line, LINE_CONNECTED, slot);
  markDirty(handle);
}

static void rejectOffer(usize command) {
  const auto slot = named(command);
  const auto handle = load<i32>(command, OFFER_AGENT);
  if (slot == NONE) return refuseOffer(REFUSED_OFFER_NO_LONGER_OPEN, command);
  if (!isOffer(contact(slot), command)) return refuseOffer(REFUSED_OFFER_NO_LONGER_OPEN, command);
  if (contact(slot).state != CONTACT_RINGING) return refuseOffer(REFUSED_OFFER_NO_LONGER_OPEN, command);
  if (contact(slot).agent != handle) return refuseOffer(REFUSED_OFFER_NOT_YOURS, command);

  auto& by = agent(handle);
  const auto restMs = queue(contact(slot).queue).afterRejectMs;
  loseOffer(slot, WITHDRAWN_REJECTED);
  by.idleSince = now();
  if (restMs == 0) return;
  const auto until = now() + restMs;
  if (by.resting && by.restTimer != NONE && timer(by.restTimer).due >= until) return;
  clearTimer(by.restTimer);
  by.resting = 1;
  by.restTimer = setTimer(TIMER_REST, handle, until);
}

static void offerMissed(i32 slot) {
  const auto handle = contact(slot).agent;
  const auto missedMax = queue(contact(slot).queue).missedMax;
  auto& by = agent(handle);
  loseOffer(slot, WITHDRAWN_TIMED_OUT);
  by.idleSince = now();
  by.misses++;
  if (missedMax > 0 && by.misses >= missedMax) makeNotReady(handle, REASON_MISSED);
}
static void resume(usize command) {
  must(load<i64>(command, RESUMED_DOWN_MS) >= 0);
  for (auto slot = 0; slot < top(POOL_CONTACTS); slot++) {
    if (!made(POOL_CONTACTS, slot)) continue;
    auto& rings = contact(slot);
    if (rings.state != CONTACT_RINGING) continue;
    clearTimer(rings.timer);
    rings.timer = setTimer(TIMER_OFFER, slot, now() + queue(rings.queue).offerMs);
    rings.resumed = 1;
  }
  tellResumed(0);
}

static void tellResumed(i32 from) {
  auto told = 0;
  for (auto slot = from; slot < top(POOL_CONTACTS); slot++) {
    if (!made(POOL_CONTACTS, slot)) continue;
    auto& rings = contact(slot);
    if (rings.state != CONTACT_RINGING || !rings.resumed) continue;
    if (told == EFFECTS_PER_CAUSE_MAX) {
      const auto goesOn = setTimer(TIMER_RESUMPTION, slot, 0);
      timer(goesOn).key = slot;
      return;
    }
    rings.resumed = 0;
    emitOffered(slot, 1);
    told++;
  }
}

}  // namespace twin
