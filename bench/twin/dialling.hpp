// Ported line for line from assembly/dialling.ts, which says what it does and why.
#pragma once

#include "declarations.hpp"

namespace twin {

static i32 endedByDial(i32 withdrawn) {
  if (withdrawn == WITHDRAWN_REJECTED) return ENDED_BY_AGENT;
  if (withdrawn == WITHDRAWN_LOGGED_OUT) return ENDED_AGENT_UNAVAILABLE;
  return withdrawn == WITHDRAWN_UNREACHABLE ? ENDED_NOT_JOINED : ENDED_AGENT_NOT_REACHED;
}

static void dialContact(usize command) {
  const auto slot = load<i32>(command, CONTACT_CONTACT);
  const auto number = load<u32>(command, CONTACT_NUMBER);
  const auto wanted = load<i32>(command, CONTACT_DIAL_PROFILE);
  const auto handle = load<i32>(command, CONTACT_DIAL_AGENT);
  const auto at = load<i32>(command, CONTACT_DIAL_LINE);
  const auto connectMs = load<i32>(command, CONTACT_DIAL_CONNECT_MS);
  const auto withLegs = (load<u16>(command, COMMAND_FLAGS) & DIAL_WITH_LEGS) != 0;
  must((u32)slot < (u32)CONTACTS_MAX && makeContact(slot).state == CONTACT_FREE);
  must((u32)at < (u32)LINES_MAX && connectMs > 0);
  if (!profileExists(wanted)) return refuse(REFUSED_QUEUE_NOT_FOUND, slot, number, handle, NONE);
  const auto where = profile(wanted).queue;
  const auto code = obstacleToDial(handle, at, profile(wanted).channel, withLegs);
  if (code != 0) return refuse(code, slot, number, handle, where);

  touch(handle);
  markDirty(handle);
  fillDialled(slot, number, wanted, withLegs);
  auto& by = agent(handle);
  joinRinging(contact(slot), at);
  line(at).flags = IS_ACCEPTED;
  line(at).offer = 1;
  line(at).contact = slot;
  by.ringing++;
  by.addProgress(line(at).channel, 1);
  if (withLegs) line(at).timer = setTimer(TIMER_OFFER, at, now() + connectMs);
  emitDialled(slot, at);
  if (withLegs)
    setLine(at, LINE_RINGING, slot);
  else
    connect(at);
}

static i32 obstacleToDial(i32 handle, i32 at, i32 channel, bool withLegs) {
  if (!agentExists(handle)) return REFUSED_AGENT_NOT_FOUND;
  auto& by = agent(handle);
  if (!by.loggedIn || by.loggingOut) return REFUSED_AGENT_NOT_LOGGED_IN;
  if (!lineInSeat(at) || line(at).owner != handle + 1 || (i32)line(at).channel != channel)
    return REFUSED_LINE_NOT_IN_SEAT;
  if (line(at).state != LINE_FREE) return REFUSED_LINE_ALREADY_BUSY;
  if (by.progress(channel) >= by.limit(channel) || by.inProgress() >= by.total) return REFUSED_AGENT_AT_CAPACITY;
  return withLegs && by.oneRinging && by.ringing > 0 ? REFUSED_ANOTHER_LINE_RINGS : 0;
}

static void fillDialled(i32 slot, u32 number, i32 wanted, bool withLegs) {
  auto& made = contact(slot);
  memoryFill(addressOf(made), 0, bytesOf<Contact>());
  made.state = (u8)CONTACT_RINGING;
  made.mark(IS_DIALLED);
  if (withLegs) made.mark(HAS_LEGS);
  made.number = number;
  made.profile = wanted;
  made.queue = profile(wanted).queue;
  made.offer = 1;
  made.timer = NONE;
  made.named = NONE;
  made.arrived = now();
  made.sequence = ++state().contactSequence;
  profile(wanted).users++;
  queue(made.queue).live++;
  count(HEADER_LIVE, 1);
  count(HEADER_WAITING, 1);
}

static void emitDialled(i32 slot, i32 at) {
  auto& made = contact(slot);
  const auto effect = begin(EFFECT_DIALLED, 0);
  about(effect, slot, made.number, line(at).owner - 1, at, made.queue);
  values(effect, line(at).offer, made.is(HAS_LEGS) ? 1 : 0, 0);
  times(effect, line(at).timer == NONE ? 0 : dueOf(line(at).timer), made.arrived, 0);
  finish(effect);
}

static void endDialled(i32 slot, i32 handle, i32 withdrawn) {
  must(contact(slot).state == CONTACT_WAITING);
  finishUnserved(slot, endedByDial(withdrawn));
  leaveWhenIdle(handle);
}

}  // namespace twin
