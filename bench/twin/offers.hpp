// Ported line for line from assembly/offers.ts, which says what it does and why.
#pragma once

#include "declarations.hpp"

namespace twin {

static void makeOffer(i32 slot, i32 handle) {
  auto& rings = contact(slot);
  auto& by = agent(handle);
  const auto channel = profile(rings.profile).channel;
  const auto at = rings.atLine != 0 && rings.named == handle ? rings.atLine - 1 : freeLine(by, channel);
  must(line(at).state == LINE_FREE && line(at).owner == handle + 1);
  const auto isFirst = rings.state != CONTACT_RINGING;
  leaveKnown(slot);
  if (rings.knows == handle + 1) rings.knows = 0;
  rings.state = (u8)CONTACT_RINGING;
  rings.offer++;
  joinRinging(rings, at);
  line(at).flags = 0;
  line(at).offer = rings.offer;
  line(at).timer = setTimer(TIMER_OFFER, at, now() + queue(rings.queue).offerMs);
  if (isFirst) beginRound(slot);
  by.ringing++;
  by.addProgress(channel, 1);
  leaveChannels(by, handle, freeChannels(by));
  noteOffer(queue(rings.queue), at, handle);
  emitOffered(slot, at, 0);
  setLine(at, LINE_RINGING, slot);
  markDirty(handle);
}

static void noteOffer(Queue& that, i32 at, i32 handle) {
  const auto takesTurn = that.select == SELECT_ROUND_ROBIN;
  if (!takesTurn && state().watchingQueues == 0) return;
  if (takesTurn) setShare(that, handle, timer(line(at).timer).sequence);
  if (!agent(handle).touched) noteWork(handle);
  if (agent(handle).free == 0) return;
  leaveChannels(agent(handle), handle, 0);
  enterPool(handle);
}

static void emitOffered(i32 slot, i32 at, i32 again) {
  auto& rings = contact(slot);
  const auto effect = begin(EFFECT_OFFERED, 0);
  about(effect, slot, rings.number, line(at).owner - 1, at, rings.queue);
  values(effect, line(at).offer, again, 0);
  times(effect, dueOf(line(at).timer), rings.arrived, 0);
  finish(effect);
}

static void withdraw(i32 at, i32 code, bool counts) {
  const auto slot = line(at).contact;
  const auto handle = line(at).owner - 1;
  auto& by = agent(handle);
  touch(handle);
  const auto effect = begin(EFFECT_WITHDRAWN, code);
  about(effect, slot, contact(slot).number, handle, at, contact(slot).queue);
  values(effect, line(at).offer, (i32)counts, 0);
  finish(effect);
  clearTimer(line(at).timer);
  line(at).timer = NONE;
  line(at).flags = 0;
  leaveRinging(slot, at);
  by.ringing--;
  by.addProgress(line(at).channel, -1);
  setLine(at, LINE_FREE, NONE);
  markDirty(handle);
}

static void withdrawAll(i32 slot, i32 code) {
  while (contact(slot).state == CONTACT_RINGING) withdraw(contact(slot).line, code, false);
}

static void withdrawOthers(i32 slot, i32 accepted) {
  auto at = contact(slot).line;
  while (at != NONE) {
    const auto next = line(at).nextRinging - 1;
    if (at != accepted) withdraw(at, WITHDRAWN_ANSWERED_ELSEWHERE, false);
    at = next;
  }
  ringNoFurther(slot);
}

static void loseOffer(i32 at, i32 code, bool counts) {
  const auto slot = line(at).contact;
  const auto handle = line(at).owner - 1;
  withdraw(at, code, counts);
  if (contact(slot).is(IS_DIALLED)) return endDialled(slot, handle, code);
  if (!counts) unansweredByOneFewer(slot);
  if (contact(slot).state == CONTACT_RINGING)
    ringOn(slot, QUEUED_BACK);
  else if (contact(slot).leavesWhy != 0)
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

static void withdrawRinging(i32 handle, i32 code, bool dialledToo) {
  auto& by = agent(handle);
  for (auto place = 0; by.ringing > 0 && place < (i32)by.lineCount; place++) {
    const auto at = seatLine(by, place);
    if (line(at).state != LINE_RINGING) continue;
    if (dialledToo || !contact(line(at).contact).is(IS_DIALLED)) loseOffer(at, code, false);
  }
}

static void withdrawUnfitting(i32 handle) {
  auto& by = agent(handle);
  for (auto place = 0; by.ringing > 0 && place < (i32)by.lineCount; place++) {
    auto& at = line(seatLine(by, place));
    if (at.state != LINE_RINGING) continue;
    auto& rings = contact(at.contact);
    if (rings.is(IS_DIALLED)) continue;
    const auto fits =
      rings.is(FOR_NAMED) ||
      (!excludes(profile(rings.profile), handle) &&
         levelsSumOf(agentClass(by.agentClass).key, profile(rings.profile), asksByName(rings, handle)) >= 0);
    if (fits && by.progress(at.channel) <= by.limit(at.channel) && by.inProgress() <= by.total) continue;
    loseOffer(seatLine(by, place), WITHDRAWN_CHANGED, false);
  }
}

static void failOffer(i32 at, i32 code, i32 restMs) {
  auto& rings = contact(line(at).contact);
  if (rings.is(IS_DIALLED)) return loseOffer(at, code, false);
  const auto handle = line(at).owner - 1;
  auto& by = agent(handle);
  const auto reallyRang = !rings.is(HAS_LEGS) || line(at).is(HAS_RUNG);
  const auto rangInVain = reallyRang && !rings.is(IS_WITHHELD);
  const auto isMiss = code == WITHDRAWN_TIMED_OUT && rangInVain;
  const auto counts = rings.named == NONE && (rangInVain || code == WITHDRAWN_REJECTED);
  const auto missedMax = queue(rings.queue).missedMax;
  const auto afterMissMs = queue(rings.queue).afterMissMs;
  loseOffer(at, code == WITHDRAWN_TIMED_OUT && !rangInVain ? WITHDRAWN_UNREACHABLE : code, counts);
  noteIdle(handle, isMiss ? IDLE_MISSED : code == WITHDRAWN_REJECTED ? IDLE_REJECTED : IDLE_FAILED);
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
  if (by.resting) tellAgain(by);
  by.resting = 1;
  by.restTimer = setTimer(TIMER_REST, handle, until);
}

static void connect(i32 at) {
  const auto slot = line(at).contact;
  auto& rings = contact(slot);
  const auto handle = line(at).owner - 1;
  auto& by = agent(handle);
  withdrawOthers(slot, at);
  touch(handle);
  leavePending(slot);
  stayAfterAll(slot);
  clearTimer(line(at).timer);
  line(at).timer = NONE;
  line(at).flags = 0;
  rings.rings = 0;
  rings.asksForNobody();
  rings.state = (u8)CONTACT_CONNECTED;
  rings.connectedAt = now();
  by.ringing--;
  by.connected++;
  by.misses = 0;
  if (!rings.is(IS_DIALLED)) countContact(rings.queue, handle);
  rings.unmark(IS_DIALLED);
  noteIdle(handle, IDLE_CONNECTED);
  const auto effect = begin(EFFECT_CONNECTED, 0);
  about(effect, slot, rings.number, handle, at, rings.queue);
  values(effect, line(at).offer, 0, 0);
  times(effect, 0, rings.arrived, now() - rings.arrived);
  finish(effect);
  setLine(at, LINE_CONNECTED, slot);
  markDirty(handle);
}

static void beginConnecting(i32 at, i64 until) {
  const auto slot = line(at).contact;
  auto& rings = contact(slot);
  withdrawOthers(slot, at);
  touch(rings.agent);
  clearTimer(line(at).timer);
  line(at).timer = setTimer(TIMER_OFFER, at, until);
  line(at).unmark(IS_RESUMED);
  line(at).mark(IS_ACCEPTED);
  const auto effect = begin(EFFECT_ACCEPTED, 0);
  about(effect, slot, rings.number, rings.agent, at, rings.queue);
  values(effect, line(at).offer, 0, 0);
  times(effect, until, rings.arrived, 0);
  finish(effect);
}
static i32 refuseOffer(i32 code, usize command) {
  if ((load<u16>(command, COMMAND_FLAGS) & OFFER_IF_OPEN) != 0) return NONE;
  refuse(code, load<i32>(command, CONTACT_CONTACT), load<u32>(command, CONTACT_NUMBER), load<i32>(command, OFFER_AGENT),
         NONE);
  return NONE;
}

static i32 openOffer(usize command, bool onlyWithLegs) {
  const auto slot = named(command);
  if (slot == NONE) return refuseOffer(REFUSED_OFFER_NO_LONGER_OPEN, command);
  auto& rings = contact(slot);
  const auto at = ringsAt(rings, load<i32>(command, OFFER_OFFER));
  if (at == NONE) return refuseOffer(REFUSED_OFFER_NO_LONGER_OPEN, command);
  if (onlyWithLegs && !rings.is(HAS_LEGS)) return refuseOffer(REFUSED_OFFER_NO_LONGER_OPEN, command);
  if (line(at).owner - 1 != load<i32>(command, OFFER_AGENT)) return refuseOffer(REFUSED_OFFER_NOT_YOURS, command);
  return at;
}

static bool isConnected(usize command, bool onlyWithLegs) {
  const auto slot = named(command);
  if (slot == NONE) return false;
  auto& served = contact(slot);
  if (onlyWithLegs && !served.is(HAS_LEGS)) return false;
  if (served.state != CONTACT_CONNECTED || served.agent != load<i32>(command, OFFER_AGENT)) return false;
  return line(served.line).offer == load<i32>(command, OFFER_OFFER);
}

static void acceptOffer(usize command) {
  if (isConnected(command, false)) return;
  const auto at = openOffer(command, false);
  if (at == NONE) return;

  if (!contact(line(at).contact).is(HAS_LEGS)) return connect(at);
  const auto connectMs = load<i32>(command, OFFER_CONNECT_MS);
  must(connectMs > 0);
  if (!line(at).is(IS_ACCEPTED)) beginConnecting(at, now() + connectMs);
}

static void rejectOffer(usize command) {
  const auto at = openOffer(command, false);
  if (at == NONE) return;

  const auto withoutRest = (load<u16>(command, COMMAND_FLAGS) & OFFER_WITHOUT_REST) != 0;
  failOffer(at, WITHDRAWN_REJECTED, withoutRest ? 0 : queue(contact(line(at).contact).queue).afterRejectMs);
}

static void offerRang(usize command) {
  const auto at = openOffer(command, true);
  if (at == NONE) return;

  line(at).mark(HAS_RUNG);
}

static void offerConnected(usize command) {
  if (isConnected(command, true)) return;
  const auto at = openOffer(command, true);
  if (at == NONE) return;
  if (!line(at).is(IS_ACCEPTED)) {
    refuseOffer(REFUSED_OFFER_NO_LONGER_OPEN, command);
    return;
  }

  connect(at);
}

static void offerFailed(usize command) {
  const auto code = load<i32>(command, OFFER_CODE);
  const auto restMs = load<i32>(command, OFFER_REST_MS);
  must(restMs >= 0);
  must(code == WITHDRAWN_TIMED_OUT || code == WITHDRAWN_REJECTED || code == WITHDRAWN_BUSY ||
       code == WITHDRAWN_UNREACHABLE);
  const auto at = openOffer(command, true);
  if (at == NONE) return;

  failOffer(at, code, restMs);
}

static void offerOver(i32 at) {
  if (!line(at).is(IS_ACCEPTED)) return failOffer(at, WITHDRAWN_TIMED_OUT, 0);
  failOffer(at, WITHDRAWN_UNREACHABLE, queue(contact(line(at).contact).queue).afterRejectMs);
}
static void resume(usize command) {
  must(load<i64>(command, RESUMED_DOWN_MS) >= 0);
  for (auto slot = 0; slot < top(POOL_CONTACTS); slot++) {
    if (!made(POOL_CONTACTS, slot)) continue;
    auto& rings = contact(slot);
    if (rings.state != CONTACT_RINGING) continue;
    for (auto at = rings.line; at != NONE; at = line(at).nextRinging - 1) {
      const auto until = now() + queue(rings.queue).offerMs;
      if (rings.is(IS_DIALLED) && line(at).timer != NONE && dueOf(line(at).timer) >= until) continue;
      clearTimer(line(at).timer);
      line(at).timer = setTimer(TIMER_OFFER, at, until);
      if (!line(at).is(IS_ACCEPTED)) line(at).mark(IS_RESUMED);
    }
  }
  tellResumed(0);
}

static void tellResumed(i32 from) {
  auto told = 0;
  for (auto slot = from; slot < top(POOL_CONTACTS); slot++) {
    if (!made(POOL_CONTACTS, slot)) continue;
    auto& rings = contact(slot);
    if (rings.state != CONTACT_RINGING || !isToBeTold(rings)) continue;
    if (told + rings.rings > EFFECTS_PER_CAUSE_MAX) {
      const auto goesOn = setTimer(TIMER_RESUMPTION, slot, 0);
      timer(goesOn).key = slot;
      return;
    }
    for (auto at = rings.line; at != NONE; at = line(at).nextRinging - 1) {
      if (!line(at).is(IS_RESUMED)) continue;
      line(at).unmark(IS_RESUMED);
      emitOffered(slot, at, 1);
      told++;
    }
  }
}

static bool isToBeTold(Contact& rings) {
  for (auto at = rings.line; at != NONE; at = line(at).nextRinging - 1)
    if (line(at).is(IS_RESUMED)) return true;
  return false;
}

}  // namespace twin
