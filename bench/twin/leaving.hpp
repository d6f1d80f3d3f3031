// Ported line for line from assembly/leaving.ts, which says what it does and why.
#pragma once

#include "declarations.hpp"

namespace twin {

static void leaveQueue(usize command) {
  const auto slot = named(command);
  const auto to = load<i32>(command, CONTACT_LEAVE_PROFILE);
  const auto why = load<i32>(command, CONTACT_LEAVE_WHY);
  must(why == 0 || mayLeaveBecause(why));
  must((why != MOVED_CALLBACK && why != MOVED_VOICEMAIL && why != 0) || to == NONE);
  if (slot == NONE) return;
  auto& leaves = contact(slot);
  if (leaves.state == CONTACT_CONNECTED || leaves.state == CONTACT_WRAP_UP || leaves.is(IS_DIALLED)) return;
  if (leaves.queue != load<i32>(command, CONTACT_LEAVE_QUEUE)) return;

  if (why == 0) return stay(slot);
  if (to != NONE) {
    must(profileExists(to) && profile(to).queue != leaves.queue);
    must(profile(to).channel == profile(leaves.profile).channel);
  }
  if (leaves.state == CONTACT_RINGING) {
    if (leaves.leavesWhy == why && leaves.leavesFor == to) return;
    stayAfterAll(slot);
    markLeaving(slot, to, why);
    if (leaves.pooled) removeWaiting(slot);
    return emitLeaves(slot);
  }
  if (leaves.state == CONTACT_WAITING) {
    removeWaiting(slot);
  } else {
    must(leaves.state == CONTACT_WAITING_FOR);
    forgetWaiter(slot);
  }
  goElsewhere(slot, to, why);
}

static bool mayLeaveBecause(i32 why) {
  return (why >= MOVED_TIMED_OUT && why <= MOVED_CALLBACK) || why == MOVED_UNANSWERED || why == MOVED_VOICEMAIL;
}

static void unansweredByOneFewer(i32 slot) {
  if (contact(slot).leavesWhy != MOVED_UNANSWERED) return;
  stayAfterAll(slot);
  emitLeaves(slot);
}

static void stay(i32 slot) {
  if (contact(slot).leavesWhy == 0) return;
  stayAfterAll(slot);
  emitLeaves(slot);
  ringOn(slot, QUEUED_BACK);
}

static void leaveAfterOffer(i32 slot) {
  const auto to = contact(slot).leavesFor;
  const auto why = contact(slot).leavesWhy;
  stayAfterAll(slot);
  goElsewhere(slot, to, why);
}

static void goElsewhere(i32 slot, i32 to, i32 why) {
  contact(slot).asksForNobody();
  if (to == NONE) return finishUnserved(slot, endedBy(why));
  changeQueue(slot, to, why);
  addHomeless(slot, QUEUED_MOVED);
}

static void changeQueue(i32 slot, i32 to, i32 why) {
  auto& goes = contact(slot);
  const auto from = goes.queue;
  leavePending(slot);
  profile(goes.profile).users--;
  queue(from).live--;
  goes.profile = to;
  goes.queue = profile(to).queue;
  profile(to).users++;
  queue(goes.queue).live++;
  queue(goes.queue).pending++;
  count(HEADER_WAITING, 1);
  emitMoved(slot, why, from, goes.queue, to);
}

static i32 endedBy(i32 why) {
  if (why == MOVED_CLOSED) return ENDED_CLOSED;
  if (why == MOVED_EXHAUSTED) return ENDED_EXHAUSTED;
  if (why == MOVED_UNANSWERED) return ENDED_UNANSWERED;
  if (why == MOVED_CALLBACK) return ENDED_CALLBACK;
  if (why == MOVED_VOICEMAIL) return ENDED_VOICEMAIL;
  return why == MOVED_NOBODY || why == MOVED_NOBODY_READY ? ENDED_NOBODY : ENDED_TIMED_OUT;
}

static void markLeaving(i32 slot, i32 to, i32 why) {
  auto& marked = contact(slot);
  marked.leavesWhy = why;
  marked.leavesFor = to;
  if (to == NONE) return;
  profile(to).users++;
  queue(profile(to).queue).live++;
}

static void stayAfterAll(i32 slot) {
  auto& marked = contact(slot);
  if (marked.leavesWhy == 0) return;
  const auto to = marked.leavesFor;
  marked.leavesWhy = 0;
  marked.leavesFor = 0;
  if (to == NONE) return;
  profile(to).users--;
  queue(profile(to).queue).live--;
}

static void emitMoved(i32 slot, i32 why, i32 from, i32 to, i32 number) {
  auto& moved = contact(slot);
  const auto effect = begin(EFFECT_MOVED, why);
  about(effect, slot, moved.number, NONE, NONE, to);
  values(effect, number, from, queue(from).pending);
  times(effect, 0, moved.arrived, now() - moved.arrived);
  finish(effect);
}

static void emitLeaves(i32 slot) {
  auto& marked = contact(slot);
  const auto effect = begin(EFFECT_LEAVES, marked.leavesWhy);
  about(effect, slot, marked.number, marked.agent, marked.line, marked.queue);
  values(effect, marked.leavesWhy == 0 ? NONE : marked.leavesFor, 0, 0);
  times(effect, 0, marked.arrived, 0);
  finish(effect);
}

}  // namespace twin
