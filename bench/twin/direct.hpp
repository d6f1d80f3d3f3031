// Ported line for line from assembly/direct.ts, which says what it does and why.
#pragma once

#include "declarations.hpp"

namespace twin {

static i32 obstacle(i32 handle, Profile& wanted, bool whatever, bool byName, i32 atLine) {
  if (!agentExists(handle)) return FELL_BACK_NOT_ELIGIBLE;
  auto& asked = agent(handle);
  if (!asked.loggedIn || asked.loggingOut) return FELL_BACK_LOGGED_OUT;
  if (!asked.ready || ((asked.chosen >> wanted.channel) & 1) == 0) return FELL_BACK_NOT_READY;
  if (asked.total == 0 || asked.limit(wanted.channel) == 0) return FELL_BACK_NOT_ELIGIBLE;
  if (atLine != 0 && !isLineOf(atLine - 1, handle, wanted.channel)) return FELL_BACK_NOT_ELIGIBLE;
  if (whatever) return 0;
  if (excludes(wanted, handle)) return FELL_BACK_NOT_ELIGIBLE;
  return levelsSumOf(agentClass(asked.agentClass).key, wanted, byName) < 0 ? FELL_BACK_NOT_ELIGIBLE : 0;
}

static bool isLineOf(i32 at, i32 handle, i32 channel) {
  return lineInSeat(at) && line(at).owner == handle + 1 && (i32)line(at).channel == channel;
}

static bool lineIsBusyFor(Contact& asks, i32 handle) {
  if (asks.atLine == 0 || asks.named != handle || !lineInSeat(asks.atLine - 1)) return false;
  return line(asks.atLine - 1).state != LINE_FREE;
}

static i32 createBytes(usize command) {
  return hasMore(command) ? CONTACT_CREATE_WAY + wayCount(command) * 8 : CONTACT_CREATE_BYTES;
}

static bool hasMore(usize command) { return (load<u16>(command, COMMAND_FLAGS) & CREATE_WITH_MORE) != 0; }

static bool isForNamed(usize command) { return (load<u16>(command, COMMAND_FLAGS) & CREATE_FOR_NAMED) != 0; }

static bool isWithheld(usize command) { return (load<u16>(command, COMMAND_FLAGS) & CREATE_WITHHELD) != 0; }

static bool isByAffinity(usize command) { return (load<u16>(command, COMMAND_FLAGS) & CREATE_BY_AFFINITY) != 0; }

static bool isInBoth(usize command) { return (load<u16>(command, COMMAND_FLAGS) & CREATE_IN_BOTH) != 0; }

static i32 askedWith(usize command, i32 number) {
  if (isByAffinity(command) && number != load<i32>(command, CONTACT_CREATE_PROFILE)) return NONE;
  return load<i32>(command, CONTACT_CREATE_AGENT);
}

static i32 lineOf(usize command) { return hasMore(command) ? load<i32>(command, CONTACT_CREATE_LINE) : 0; }

static i32 wayCount(usize command) {
  const auto queues = hasMore(command) ? load<i32>(command, CONTACT_CREATE_WAY_COUNT) : 0;
  must((u32)queues < (u32)QUEUES_PER_WAY_MAX);
  return queues;
}

static i32 wayProfile(usize command, i32 place) {
  return load<i32>(command + CONTACT_CREATE_WAY + (((usize)place) << 3));
}

static i32 wayWhy(usize command, i32 place) {
  return load<i32>(command + CONTACT_CREATE_WAY + (((usize)place) << 3), 4);
}

static i32 unavailable(i32 asked, Profile& wanted, bool whatever, i32 waitMs, bool byAffinity, i32 atLine) {
  const auto code = obstacle(asked, wanted, whatever, !byAffinity, atLine);
  if (code != 0 || isFreeFor(asked, wanted, atLine)) return code;
  if (waitMs == 0) return FELL_BACK_TIMED_OUT;
  return byAffinity && agent(asked).waiters >= DIRECT_PER_AGENT_MAX ? FELL_BACK_TOO_MANY : 0;
}

static bool endsBy(i32 orElse, i32 code, bool byAffinity) {
  return orElse == OR_ELSE_END && (!byAffinity || code == FELL_BACK_TIMED_OUT);
}

static bool isFreeFor(i32 asked, Profile& wanted, i32 atLine) {
  if (atLine != 0 && line(atLine - 1).state != LINE_FREE) return false;
  return ((freeChannels(agent(asked)) >> wanted.channel) & 1) != 0;
}

static bool isFullFor(usize command, i32 number) {
  if ((load<u16>(command, COMMAND_FLAGS) & CREATE_LET_IN) != 0) return false;
  auto& wanted = profile(number);
  auto& that = queue(wanted.queue);
  if (that.maxWaiting < 0 || that.pending < that.maxWaiting) return false;
  const auto asked = askedWith(command, number);
  if (asked == NONE) return !anyFree(wanted);
  const auto waitMs = load<i32>(command, CONTACT_CREATE_DIRECT_WAIT_MS);
  const auto atLine = lineOf(command);
  const auto code = unavailable(asked, wanted, isForNamed(command), waitMs, isByAffinity(command), atLine);
  if (code == 0) return !isFreeFor(asked, wanted, atLine) && !(isInBoth(command) && anyFree(wanted));
  const auto orElse = load<i32>(command, CONTACT_CREATE_DIRECT_OR_ELSE);
  return !endsBy(orElse, code, isByAffinity(command)) && !anyFree(wanted);
}

static i32 passedBy(usize command) {
  const auto queues = wayCount(command);
  auto number = load<i32>(command, CONTACT_CREATE_PROFILE);
  for (auto place = 0; place < queues; place++) {
    const auto why = wayWhy(command, place);
    must(why >= MOVED_FULL && why <= MOVED_NOBODY_READY);
    if (why == MOVED_FULL && !isFullFor(command, number)) return place;
    number = wayProfile(command, place);
    must(profileExists(number));
  }
  return queues;
}

static void createContact(usize command) {
  const auto slot = load<i32>(command, CONTACT_CONTACT);
  const auto generation = load<u32>(command, CONTACT_NUMBER);
  const auto first = load<i32>(command, CONTACT_CREATE_PROFILE);
  const auto given = load<i32>(command, CONTACT_CREATE_AGENT);
  const auto waitMs = load<i32>(command, CONTACT_CREATE_DIRECT_WAIT_MS);
  const auto orElse = load<i32>(command, CONTACT_CREATE_DIRECT_OR_ELSE);
  must((u32)slot < (u32)CONTACTS_MAX && makeContact(slot).state == CONTACT_FREE);
  must(waitMs >= 0 && (orElse == OR_ELSE_QUEUE || orElse == OR_ELSE_END));
  must(given == NONE || !isWithheld(command));
  must(!isByAffinity(command) || (given != NONE && !isForNamed(command)));
  must(!isInBoth(command) || (isByAffinity(command) && orElse == OR_ELSE_QUEUE));
  if (!profileExists(first)) return refuse(REFUSED_QUEUE_NOT_FOUND, slot, generation, given, NONE);
  const auto passed = passedBy(command);
  const auto number = passed == 0 ? first : wayProfile(command, passed - 1);
  auto& wanted = profile(number);
  auto& that = queue(wanted.queue);
  if (isFullFor(command, number)) return refuse(REFUSED_QUEUE_FULL, slot, generation, given, wanted.queue);
  if (((that.channels >> wanted.channel) & 1) == 0) {
    return refuse(REFUSED_CHANNEL_NOT_IN_QUEUE, slot, generation, given, wanted.queue);
  }
  const auto asked = askedWith(command, number);
  const auto byAffinity = isByAffinity(command);
  const auto atLine = lineOf(command);
  must((u32)atLine <= (u32)LINES_MAX && (atLine == 0 || (given != NONE && !byAffinity)));
  const auto fallBackCode =
    asked == NONE ? 0 : unavailable(asked, wanted, isForNamed(command), waitMs, byAffinity, atLine);
  const auto ringsAtOnce = asked != NONE && fallBackCode == 0 && isFreeFor(asked, wanted, atLine);
  const auto waitsFor = asked != NONE && fallBackCode == 0 && !ringsAtOnce;
  if (waitsFor && agent(asked).waiters >= DIRECT_PER_AGENT_MAX) {
    return refuse(REFUSED_AGENT_WAITED_FOR_BY_TOO_MANY, slot, generation, asked, wanted.queue);
  }

  fillContact(slot, command, number);
  for (auto place = 0; place < passed; place++) passOn(slot, command, place);
  if (isWithheld(command)) withholdFromNow(slot);
  if (ringsAtOnce)
    makeOffer(slot, asked);
  else if (waitsFor && isInBoth(command))
    waitInBoth(slot, now() + waitMs);
  else if (waitsFor)
    waitFor(slot, now() + waitMs);
  else if (fallBackCode != 0)
    fallBack(slot, fallBackCode);
  else
    addHomeless(slot, passed == 0 ? QUEUED_ARRIVED : QUEUED_MOVED);
}

static void passOn(i32 slot, usize command, i32 place) {
  const auto before = place == 0 ? load<i32>(command, CONTACT_CREATE_PROFILE) : wayProfile(command, place - 1);
  const auto number = wayProfile(command, place);
  emitMoved(slot, wayWhy(command, place), profile(before).queue, profile(number).queue, number);
}

static void fillContact(i32 slot, usize command, i32 number) {
  auto& created = contact(slot);
  memoryFill(addressOf(created), 0, bytesOf<Contact>());
  created.state = (u8)CONTACT_WAITING;
  created.orElse = (u8)load<i32>(command, CONTACT_CREATE_DIRECT_OR_ELSE);
  if ((load<u16>(command, COMMAND_FLAGS) & CREATE_WITH_LEGS) != 0) created.mark(HAS_LEGS);
  created.number = load<u32>(command, CONTACT_NUMBER);
  created.profile = number;
  created.queue = profile(number).queue;
  created.priority = load<i32>(command, CONTACT_CREATE_PRIORITY);
  created.creditMs = load<i32>(command, CONTACT_CREATE_CREDIT_MS);
  must(created.priority >= -PRIORITY_MAX && created.priority <= PRIORITY_MAX && created.creditMs >= 0);
  created.agent = NONE;
  created.line = NONE;
  created.timer = NONE;
  created.named = askedWith(command, number);
  created.servedBy = hasMore(command) ? load<i32>(command, CONTACT_CREATE_SERVED_BY) : 0;
  must(created.servedBy >= 0 && created.servedBy <= AGENTS_MAX);
  if (created.named != NONE) created.atLine = lineOf(command);
  if (isForNamed(command) && created.named != NONE) created.mark(FOR_NAMED);
  if (isByAffinity(command) && created.named != NONE) created.mark(BY_AFFINITY);
  takePlace(created, command);
  profile(number).users++;
  queue(created.queue).live++;
  queue(created.queue).pending++;
  count(HEADER_LIVE, 1);
  count(HEADER_WAITING, 1);
}

static void takePlace(Contact& created, usize command) {
  const i64 arrived = hasMore(command) ? load<i64>(command, CONTACT_CREATE_ARRIVED) : 0;
  created.arrived = arrived == 0 ? now() : arrived;
  const i64 sequence = arrived == 0 ? 0 : load<i64>(command, CONTACT_CREATE_SEQUENCE);
  created.sequence = sequence == 0 ? ++state().contactSequence : sequence;
  if (arrived != 0 && sequence == 0) state().contactSequence++;
  must(created.arrived <= now() && created.sequence > 0 && created.sequence <= state().contactSequence);
}

static void askFor(i32 slot, i32 handle, bool whatever, i32 waitMs, i32 atLine) {
  auto& asks = contact(slot);
  auto& wanted = profile(asks.profile);
  const auto code = unavailable(handle, wanted, whatever, waitMs, false, atLine);
  const auto ringsAtOnce = code == 0 && isFreeFor(handle, wanted, atLine) && !asks.is(IS_WITHHELD);
  asks.named = handle;
  asks.atLine = atLine;
  if (whatever) asks.mark(FOR_NAMED);
  if (ringsAtOnce)
    makeOffer(slot, handle);
  else if (code != 0)
    fallBack(slot, code);
  else if (waitMs == 0 || agent(handle).waiters >= DIRECT_PER_AGENT_MAX)
    fallBack(slot, FELL_BACK_TIMED_OUT);
  else
    waitFor(slot, now() + waitMs);
}

static void waitFor(i32 slot, i64 until) {
  auto& waits = contact(slot);
  auto& awaited = agent(waits.named);
  waits.state = (u8)CONTACT_WAITING_FOR;
  waits.agent = waits.named;
  waits.timer = setTimer(TIMER_DIRECT, slot, until);
  joinWaiters(slot, awaited);
  const auto effect = begin(EFFECT_WAITING_FOR, 0);
  about(effect, slot, waits.number, waits.named, NONE, waits.queue);
  times(effect, until, waits.arrived, 0);
  finish(effect);
}

static void joinWaiters(i32 slot, Agent& awaited) {
  auto& waits = contact(slot);
  waits.previousWaiter = awaited.lastWaiter;
  if (awaited.lastWaiter != 0)
    contact(awaited.lastWaiter - 1).nextWaiter = slot + 1;
  else
    awaited.firstWaiter = slot + 1;
  awaited.lastWaiter = slot + 1;
  awaited.waiters++;
}

static void forgetWaiter(i32 slot) {
  leaveWaiters(slot, agent(contact(slot).named));
  contact(slot).agent = NONE;
  contact(slot).state = (u8)CONTACT_WAITING;
}

static void leaveWaiters(i32 slot, Agent& awaited) {
  auto& leaves = contact(slot);
  clearTimer(leaves.timer);
  leaves.timer = NONE;
  if (leaves.previousWaiter != 0)
    contact(leaves.previousWaiter - 1).nextWaiter = leaves.nextWaiter;
  else
    awaited.firstWaiter = leaves.nextWaiter;
  if (leaves.nextWaiter != 0)
    contact(leaves.nextWaiter - 1).previousWaiter = leaves.previousWaiter;
  else
    awaited.lastWaiter = leaves.previousWaiter;
  leaves.previousWaiter = 0;
  leaves.nextWaiter = 0;
  awaited.waiters--;
}

static i32 bestWaiter(Agent& that, i32 mask, i64 at) {
  auto best = NONE;
  for (auto slot = that.firstWaiter - 1; slot != NONE; slot = contact(slot).nextWaiter - 1) {
    auto& candidate = contact(slot);
    if (((mask >> profile(candidate.profile).channel) & 1) == 0 || candidate.is(IS_WITHHELD)) continue;
    if (lineIsBusyFor(candidate, candidate.named)) continue;
    if (best != NONE) {
      auto& leader = contact(best);
      const auto known = waitsByAffinity(candidate);
      if (known != waitsByAffinity(leader)) {
        if (!known) best = slot;
        continue;
      }
      if (!ranksBefore(candidate, queue(candidate.queue), leader, queue(leader.queue), at)) continue;
    }
    best = slot;
  }
  return best;
}

static bool asksByName(Contact& asks, i32 handle) { return asks.named == handle && !asks.is(BY_AFFINITY); }

static bool waitsByAffinity(Contact& waits) { return waits.is(BY_AFFINITY | AWAITS); }

static void takeWaiter(i32 slot, i32 handle) {
  auto& taken = contact(slot);
  if (!taken.is(AWAITS)) return forgetWaiter(slot);
  removeWaiting(slot);
  askKnown(slot, handle);
}

static void recheckWaiters(i32 handle) {
  auto slot = agent(handle).firstWaiter - 1;
  while (slot != NONE) {
    const auto next = contact(slot).nextWaiter - 1;
    auto& waits = contact(slot);
    const auto code = obstacle(handle, profile(waits.profile), waits.is(FOR_NAMED), !waitsByAffinity(waits), waits.atLine);
    if (code != 0 && waits.is(AWAITS)) {
      waitNoLonger(slot, code);
    } else if (code != 0) {
      forgetWaiter(slot);
      fallBack(slot, code);
    }
    slot = next;
  }
}

static void waitOver(i32 slot) {
  if (contact(slot).is(AWAITS)) return waitNoLonger(slot, FELL_BACK_TIMED_OUT);
  forgetWaiter(slot);
  fallBack(slot, FELL_BACK_TIMED_OUT);
}

static void fallBack(i32 slot, i32 code) {
  auto& falls = contact(slot);
  const auto ends = endsBy(falls.orElse, code, falls.is(BY_AFFINITY));
  emitFellBack(slot, falls.named, code, 0);
  const auto next = falls.backTo - 1;
  const auto waitMs = falls.backMs;
  falls.asksForNobody();
  if (next != NONE) return askFor(slot, next, true, waitMs, 0);
  if (ends)
    finishUnserved(slot, ENDED_AGENT_UNAVAILABLE);
  else
    addHomeless(slot, QUEUED_FELL_BACK);
}

static void emitFellBack(i32 slot, i32 handle, i32 code, i32 waitsOn) {
  const auto effect = begin(EFFECT_FELL_BACK, code);
  about(effect, slot, contact(slot).number, handle, NONE, contact(slot).queue);
  values(effect, waitsOn, 0, 0);
  finish(effect);
}

static void waitInBoth(i32 slot, i64 until) {
  auto& waits = contact(slot);
  waits.knows = waits.named + 1;
  waits.knowsUntil = until;
  waits.asksForNobody();
  addHomeless(slot, QUEUED_ARRIVED);
}

static void waitForKnown(i32 slot) {
  auto& waits = contact(slot);
  if (waits.knows == 0 || waits.is(AWAITS)) return;
  const auto handle = waits.knows - 1;
  const auto isFull = agentExists(handle) && agent(handle).waiters >= DIRECT_PER_AGENT_MAX;
  if (isFull || waits.knowsUntil <= now() || obstacle(handle, profile(waits.profile), false, false, 0) != 0) {
    waits.knows = 0;
    return;
  }
  waits.mark(AWAITS);
  waits.timer = setTimer(TIMER_DIRECT, slot, waits.knowsUntil);
  joinWaiters(slot, agent(handle));
  emitAwaits(slot);
}

static void emitAwaits(i32 slot) {
  auto& waits = contact(slot);
  const auto effect = begin(EFFECT_WAITING_FOR, 0);
  about(effect, slot, waits.number, waits.knows - 1, NONE, waits.queue);
  values(effect, 1, 0, 0);
  times(effect, waits.knowsUntil, waits.arrived, 0);
  finish(effect);
}

static bool ringsAtKnown(i32 slot) {
  auto& waits = contact(slot);
  if (waits.knows == 0 || waits.state != CONTACT_WAITING || waits.knowsUntil <= now()) return false;
  const auto handle = waits.knows - 1;
  auto& wanted = profile(waits.profile);
  if (obstacle(handle, wanted, false, false, 0) != 0 || !agentIsFree(agent(handle), wanted.channel)) return false;
  askKnown(slot, handle);
  makeOffer(slot, handle);
  return true;
}

static void askKnown(i32 slot, i32 handle) {
  auto& asks = contact(slot);
  forgetKnown(slot);
  asks.named = handle;
  asks.orElse = (u8)OR_ELSE_QUEUE;
  asks.mark(BY_AFFINITY);
}

static void waitNoLonger(i32 slot, i32 code) {
  const auto handle = contact(slot).knows - 1;
  forgetKnown(slot);
  emitFellBack(slot, handle, code, 1);
}

static void forgetKnown(i32 slot) {
  leaveKnown(slot);
  contact(slot).knows = 0;
}

static void leaveKnown(i32 slot) {
  auto& leaves = contact(slot);
  if (!leaves.is(AWAITS)) return;
  leaves.unmark(AWAITS);
  leaveWaiters(slot, agent(leaves.knows - 1));
}

}  // namespace twin
