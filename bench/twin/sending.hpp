// Ported line for line from assembly/sending.ts, which says what it does and why.
#pragma once

#include "declarations.hpp"

namespace twin {

static void sendContact(usize command) {
  const auto slot = named(command);
  const auto given = load<i32>(command, CONTACT_SEND_PROFILE);
  const auto asked = load<i32>(command, CONTACT_SEND_AGENT);
  const auto from = load<i32>(command, CONTACT_SEND_FROM);
  const auto why = load<i32>(command, CONTACT_SEND_WHY);
  const auto parks = why == MOVED_PARKED;
  must((why >= MOVED_TRANSFERRED && why <= MOVED_RETURNED) || why == MOVED_CHOSEN || parks);
  must(!parks || (from != NONE && asked == NONE && given == NONE));
  must(load<i32>(command, CONTACT_SEND_WAIT_MS) >= 0 && load<i32>(command, CONTACT_SEND_BACK_MS) >= 0);
  if (slot == NONE) return refuseContact(REFUSED_CONTACT_NOT_FOUND, command);
  auto& sent = contact(slot);
  if (sent.state == CONTACT_WRAP_UP) return refuseContact(REFUSED_CONTACT_ALREADY_ENDED, command);
  const auto served = sent.state == CONTACT_CONNECTED;
  if (from != NONE && (!served || sent.agent != from)) return refuseContact(REFUSED_CONTACT_NOT_WITH_AGENT, command);
  if (sent.is(IS_DIALLED)) return refuseContact(REFUSED_CONTACT_NOT_WITH_AGENT, command);
  if (served && sent.agent == asked) return refuseContact(REFUSED_CONTACT_ALREADY_CONNECTED, command);

  const auto to = given == NONE ? sent.profile : given;
  must(profileExists(to) && profile(to).channel == profile(sent.profile).channel);
  if (served) {
    partSent(slot, command, why);
  } else {
    takeAway(slot, WITHDRAWN_SENT);
    stayAfterAll(slot);
    sent.asksForNobody();
  }
  if (parks) return parkContact(slot);
  if ((load<u16>(command, COMMAND_FLAGS) & SEND_RESUMED) != 0)
    resumeContact(slot, why == MOVED_CHOSEN ? WITHHELD_ENDS : WITHHELD_RESUMED);
  goTo(slot, to, why, command);
}

static void partSent(i32 slot, usize command, i32 why) {
  const auto handle = contact(slot).agent;
  const auto restMs = load<i32>(command, CONTACT_SEND_REST_MS);
  part(slot, why, load<i32>(command, CONTACT_SEND_PART), load<u32>(command, CONTACT_SEND_PART_NUMBER));
  auto& parted = contact(slot);
  parted.state = (u8)CONTACT_WAITING;
  parted.agent = NONE;
  parted.line = NONE;
  parted.connectedAt = 0;
  queue(parted.queue).pending++;
  count(HEADER_WAITING, 1);
  if (restMs > 0 && agent(handle).ready) rest(handle, now() + restMs);
}

static void goTo(i32 slot, i32 to, i32 why, usize command) {
  auto& goes = contact(slot);
  const auto asked = load<i32>(command, CONTACT_SEND_AGENT);
  const auto changes = profile(to).queue != goes.queue;
  if (changes) {
    changeQueue(slot, to, why);
  } else {
    profile(goes.profile).users--;
    profile(to).users++;
    goes.profile = to;
  }
  if (asked == NONE) return addHomeless(slot, changes ? QUEUED_MOVED : QUEUED_SENT);
  const auto whatever = (load<u16>(command, COMMAND_FLAGS) & SEND_FOR_NAMED) != 0;
  goes.orElse = (u8)OR_ELSE_QUEUE;
  goes.backTo = load<i32>(command, CONTACT_SEND_BACK_TO) + 1;
  goes.backMs = load<i32>(command, CONTACT_SEND_BACK_MS);
  askFor(slot, asked, whatever, load<i32>(command, CONTACT_SEND_WAIT_MS), load<i32>(command, CONTACT_SEND_LINE));
}

static void part(i32 slot, i32 why, i32 partSlot, u32 number) {
  const auto handle = contact(slot).agent;
  touch(handle);
  markDirty(handle);
  must((u32)partSlot < (u32)CONTACTS_MAX && makeContact(partSlot).state == CONTACT_FREE);
  auto& parts = contact(slot);
  const auto effect = begin(EFFECT_PARTED, why);
  about(effect, slot, parts.number, handle, parts.line, parts.queue);
  values(effect, partSlot, (i32)number, line(parts.line).offer);
  times(effect, parts.connectedAt, parts.arrived, now() - parts.connectedAt);
  finish(effect);
  fillPart(contact(partSlot), parts, number);
  agent(handle).connected--;
  noteIdle(handle, IDLE_ENDED);
  if (why == MOVED_PARKED) releaseServed(partSlot);
  else wrapUpOrRelease(partSlot);
}

static void fillPart(Contact& created, Contact& from, u32 number) {
  memoryFill(addressOf(created), 0, bytesOf<Contact>());
  created.state = (u8)CONTACT_CONNECTED;
  created.number = number;
  created.profile = from.profile;
  created.queue = from.queue;
  created.agent = from.agent;
  created.line = from.line;
  created.offer = line(from.line).offer;
  created.timer = NONE;
  created.named = NONE;
  created.arrived = from.arrived;
  created.sequence = from.sequence;
  created.connectedAt = from.connectedAt;
  profile(created.profile).users++;
  queue(created.queue).live++;
  count(HEADER_LIVE, 1);
}

static void handOver(usize command) {
  const auto slot = named(command);
  const auto otherSlot = load<i32>(command, CONTACT_HAND_OVER_OTHER);
  const auto otherNumber = load<u32>(command, CONTACT_HAND_OVER_OTHER_NUMBER);
  const auto other = lives(otherSlot, otherNumber);
  if (slot == NONE) return refuseContact(REFUSED_CONTACT_NOT_FOUND, command);
  if (other == NONE) return refuse(REFUSED_CONTACT_NOT_FOUND, otherSlot, otherNumber, NONE, NONE);
  auto& goes = contact(slot);
  auto& ends = contact(other);
  const auto isWith = goes.state == CONTACT_CONNECTED && goes.agent == load<i32>(command, CONTACT_HAND_OVER_FROM);
  if (!isWith) return refuseContact(REFUSED_CONTACT_NOT_WITH_AGENT, command);
  if (ends.state != CONTACT_CONNECTED || ends.agent == goes.agent) {
    return refuse(REFUSED_CONTACT_NOT_WITH_AGENT, otherSlot, otherNumber, NONE, NONE);
  }

  must(profile(ends.profile).channel == profile(goes.profile).channel);
  const auto handle = ends.agent;
  const auto at = ends.line;
  part(slot, MOVED_HANDED_OVER, load<i32>(command, CONTACT_HAND_OVER_PART),
       load<u32>(command, CONTACT_HAND_OVER_PART_NUMBER));
  emitEnded(other, ENDED_HANDED_OVER);
  takeOver(slot, handle, at);
  releaseContact(other);
}

static void takeOver(i32 slot, i32 handle, i32 at) {
  auto& goes = contact(slot);
  must(line(at).owner == handle + 1);
  goes.agent = handle;
  goes.line = at;
  goes.connectedAt = now();
  goes.offer++;
  line(at).offer = goes.offer;
  const auto effect = begin(EFFECT_HANDED_OVER, 0);
  about(effect, slot, goes.number, handle, at, goes.queue);
  values(effect, goes.offer, 0, 0);
  times(effect, 0, goes.arrived, 0);
  finish(effect);
  setLine(at, LINE_CONNECTED, slot);
}

}  // namespace twin
