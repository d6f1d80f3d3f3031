// Ported line for line from assembly/ringing.ts, which says what it does and why.
#pragma once

#include "declarations.hpp"

namespace twin {

static bool ringsSeveral(Queue& that) {
  return that.select == SELECT_RING_ALL || that.select == SELECT_RING_PROGRESSIVE;
}

static bool mayRingFor(Queue& that, Agent& by) { return by.ringing == 0 || !ringsSeveral(that); }

static bool wantsMore(i32 slot) {
  auto& rings = contact(slot);
  if (rings.state != CONTACT_RINGING || rings.leavesWhy != 0 || rings.is(IS_WITHHELD)) return false;
  return rings.rings < rings.wanted;
}

static void beginRound(i32 slot) {
  auto& rings = contact(slot);
  auto& that = queue(rings.queue);
  rings.wanted = 0;
  if (rings.named != NONE || !ringsSeveral(that)) return;
  if (that.select == SELECT_RING_ALL)
    rings.wanted = that.ringTogether;
  else
    beginStep(slot, 1);
}

static void beginStep(i32 slot, i32 wanted) {
  auto& rings = contact(slot);
  auto& that = queue(rings.queue);
  rings.wanted = wanted;
  if (wanted < that.ringTogether) rings.timer = setTimer(TIMER_RING, slot, now() + that.ringEveryMs);
}

static void ringFurther(i32 slot) {
  auto& that = queue(contact(slot).queue);
  if (that.select == SELECT_RING_ALL)
    contact(slot).wanted = that.ringTogether;
  else
    beginStep(slot, contact(slot).wanted + 1);
  ringOn(slot, 0);
}

static void ringLater(i32 slot) {
  contact(slot).wanted = 0;
  contact(slot).timer = setTimer(TIMER_RING, slot, now());
}

static void ringOn(i32 slot, i32 why) {
  if (wantsMore(slot) && !contact(slot).pooled) addHomeless(slot, why);
}

static void ringNoFurther(i32 slot) {
  auto& rings = contact(slot);
  rings.wanted = 0;
  clearTimer(rings.timer);
  rings.timer = NONE;
  if (rings.pooled) removeWaiting(slot);
}

static void endRounds(i32 handle) {
  for (auto slot = 0; slot < top(POOL_CONTACTS); slot++) {
    if (!made(POOL_CONTACTS, slot)) continue;
    auto& rings = contact(slot);
    if (rings.state == CONTACT_RINGING && rings.queue == handle) ringNoFurther(slot);
  }
}
static void joinRinging(Contact& rings, i32 at) {
  line(at).nextRinging = 0;
  rings.rings++;
  if (rings.rings == 1) {
    rings.line = at;
    rings.agent = line(at).owner - 1;
    return;
  }
  auto last = rings.line;
  while (line(last).nextRinging != 0) last = line(last).nextRinging - 1;
  line(last).nextRinging = at + 1;
}

static void leaveRinging(i32 slot, i32 at) {
  auto& rings = contact(slot);
  const auto next = line(at).nextRinging;
  line(at).nextRinging = 0;
  rings.rings--;
  if (rings.rings == 0) {
    ringNoFurther(slot);
    rings.state = (u8)CONTACT_WAITING;
    rings.agent = NONE;
    rings.line = NONE;
  } else if (rings.line == at) {
    rings.line = next - 1;
    rings.agent = line(rings.line).owner - 1;
  } else {
    auto before = rings.line;
    while (line(before).nextRinging - 1 != at) before = line(before).nextRinging - 1;
    line(before).nextRinging = next;
  }
}

static i32 ringsAt(Contact& rings, i32 offer) {
  if (rings.state != CONTACT_RINGING) return NONE;
  auto at = rings.line;
  while (at != NONE && line(at).offer != offer) at = line(at).nextRinging - 1;
  return at;
}

}  // namespace twin
