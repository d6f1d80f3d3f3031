// Contacts that ask for one agent by name: offered there at once, or waiting for that agent, or falling back.
//
// Asked for by affinity is the agent whom the contact's customer knows: that is as asking by name, but that whoever asks by name comes
// before, that the agent has to be eligible as any other, and that one who cannot have it always leaves it to the pool.
//
// Such a contact may wait in the pool as well (AWAITS). It is on the list then, and whichever comes first has it: taken from the list it
// leaves the pool; offered from the pool it leaves the list, and is back there with it, until `knowsUntil`, if that comes to nothing.
//
// Who waits for an agent is on the agent's list, in order of creation, at most DIRECT_PER_AGENT_MAX long; the agent is at
// every moment one that will serve them (logged in and staying, ready for the channel, eligible). Whatever changes that
// runs recheckWaiters(), and the reason is read off the agent's new state.

import { Agent, agent, agentExists, agentIsFree, freeChannels } from './agents.ts';
import { excludes } from './among.ts';
import { agentClass, levelsSumOf } from './classes.ts';
import {
  AWAITS,
  BY_AFFINITY,
  Contact,
  contact,
  FOR_NAMED,
  finishUnserved,
  HAS_LEGS,
  IS_WITHHELD,
  makeContact,
} from './contacts.ts';
import { about, begin, finish, refuse, times, values } from './effects.ts';
import { explainNamed } from './explain.ts';
import { count, now, state } from './header.ts';
import {
  AGENTS_MAX,
  COMMAND_FLAGS,
  CONTACT_CONTACT,
  CONTACT_CREATE_AGENT,
  CONTACT_CREATE_ARRIVED,
  CONTACT_CREATE_BYTES,
  CONTACT_CREATE_CREDIT_MS,
  CONTACT_CREATE_DIRECT_OR_ELSE,
  CONTACT_CREATE_DIRECT_WAIT_MS,
  CONTACT_CREATE_LINE,
  CONTACT_CREATE_PRIORITY,
  CONTACT_CREATE_PROFILE,
  CONTACT_CREATE_SEQUENCE,
  CONTACT_CREATE_SERVED_BY,
  CONTACT_CREATE_WAY,
  CONTACT_CREATE_WAY_COUNT,
  CONTACT_FREE,
  CONTACT_NUMBER,
  CONTACT_WAITING,
  CONTACT_WAITING_FOR,
  CONTACTS_MAX,
  CREATE_BY_AFFINITY,
  CREATE_FOR_NAMED,
  CREATE_IN_BOTH,
  CREATE_LET_IN,
  CREATE_WITH_LEGS,
  CREATE_WITH_MORE,
  CREATE_WITHHELD,
  DIRECT_PER_AGENT_MAX,
  EFFECT_FELL_BACK,
  EFFECT_WAITING_FOR,
  ENDED_AGENT_UNAVAILABLE,
  FELL_BACK_LOGGED_OUT,
  FELL_BACK_NOT_ELIGIBLE,
  FELL_BACK_NOT_READY,
  FELL_BACK_TIMED_OUT,
  FELL_BACK_TOO_MANY,
  HEADER_LIVE,
  HEADER_WAITING,
  LINE_FREE,
  LINES_MAX,
  MOVED_FULL,
  MOVED_NOBODY_READY,
  NONE,
  OR_ELSE_END,
  OR_ELSE_QUEUE,
  PRIORITY_MAX,
  QUEUED_ARRIVED,
  QUEUED_FELL_BACK,
  QUEUED_MOVED,
  QUEUES_PER_WAY_MAX,
  REFUSED_AGENT_WAITED_FOR_BY_TOO_MANY,
  REFUSED_CHANNEL_NOT_IN_QUEUE,
  REFUSED_QUEUE_FULL,
  REFUSED_QUEUE_NOT_FOUND,
} from './layout.ts';
import { emitMoved } from './leaving.ts';
import { addHomeless } from './match.ts';
import { makeOffer } from './offers.ts';
import { anyFree, Profile, profile, profileExists, removeWaiting } from './profiles.ts';
import { queue } from './queues.ts';
import { ranksBefore } from './score.ts';
import { line, lineInSeat } from './seats.ts';
import { clearTimer, setTimer, TIMER_DIRECT } from './timers.ts';
import { withholdFromNow } from './withholding.ts';

/** Why an agent will not serve this profile however long one waits, or 0. With `whatever`, its queues and skills are no obstacle. */
function obstacle(handle: i32, wanted: Profile, whatever: bool, byName: bool, atLine: i32): i32 {
  if (!agentExists(handle)) return FELL_BACK_NOT_ELIGIBLE;
  const asked = agent(handle);
  if (!asked.loggedIn || asked.loggingOut) return FELL_BACK_LOGGED_OUT;
  if (!asked.ready || ((asked.chosen >>> wanted.channel) & 1) === 0) return FELL_BACK_NOT_READY;
  if (asked.total === 0 || asked.limit(wanted.channel) === 0) return FELL_BACK_NOT_ELIGIBLE;
  if (atLine !== 0 && !isLineOf(atLine - 1, handle, wanted.channel)) return FELL_BACK_NOT_ELIGIBLE;
  if (whatever) return 0;
  if (excludes(wanted, handle)) return FELL_BACK_NOT_ELIGIBLE;
  return levelsSumOf(agentClass(asked.agentClass).key, wanted, byName) < 0 ? FELL_BACK_NOT_ELIGIBLE : 0;
}

function isLineOf(at: i32, handle: i32, channel: i32): bool {
  return lineInSeat(at) && line(at).owner === handle + 1 && <i32>line(at).channel === channel;
}

/** The line that it asks for is one of that agent's, and has something else. */
export function lineIsBusyFor(asks: Contact, handle: i32): bool {
  if (asks.atLine === 0 || asks.named !== handle || !lineInSeat(asks.atLine - 1)) return false;
  return line(asks.atLine - 1).state !== LINE_FREE;
}

// ── Creation ────────────────────────────────────────────────────────────────────────────────────────────────────
/** Bytes that its record has to have. */
export function createBytes(command: usize): i32 {
  return hasMore(command) ? CONTACT_CREATE_WAY + wayCount(command) * 8 : CONTACT_CREATE_BYTES;
}

function hasMore(command: usize): bool {
  return (load<u16>(command, COMMAND_FLAGS) & CREATE_WITH_MORE) !== 0;
}

function isForNamed(command: usize): bool {
  return (load<u16>(command, COMMAND_FLAGS) & CREATE_FOR_NAMED) !== 0;
}

function isWithheld(command: usize): bool {
  return (load<u16>(command, COMMAND_FLAGS) & CREATE_WITHHELD) !== 0;
}

function isByAffinity(command: usize): bool {
  return (load<u16>(command, COMMAND_FLAGS) & CREATE_BY_AFFINITY) !== 0;
}

function isInBoth(command: usize): bool {
  return (load<u16>(command, COMMAND_FLAGS) & CREATE_IN_BOTH) !== 0;
}

/** The agent asked for with that profile, or NONE: by affinity one is asked for in the first queue alone. */
function askedWith(command: usize, number: i32): i32 {
  if (isByAffinity(command) && number !== load<i32>(command, CONTACT_CREATE_PROFILE)) return NONE;
  return load<i32>(command, CONTACT_CREATE_AGENT);
}

/** At which line alone it is to ring, handle + 1; 0: any. */
function lineOf(command: usize): i32 {
  return hasMore(command) ? load<i32>(command, CONTACT_CREATE_LINE) : 0;
}

/** Queues on its way behind the first. */
function wayCount(command: usize): i32 {
  const queues = hasMore(command) ? load<i32>(command, CONTACT_CREATE_WAY_COUNT) : 0;
  assert(<u32>queues < <u32>QUEUES_PER_WAY_MAX);
  return queues;
}

function wayProfile(command: usize, place: i32): i32 {
  return load<i32>(command + CONTACT_CREATE_WAY + ((<usize>place) << 3));
}

function wayWhy(command: usize, place: i32): i32 {
  return load<i32>(command + CONTACT_CREATE_WAY + ((<usize>place) << 3), 4);
}

/** Why it does not wait for the agent that it asks for, or 0; it may ring there at once all the same. */
function unavailable(asked: i32, wanted: Profile, whatever: bool, waitMs: i32, byAffinity: bool, atLine: i32): i32 {
  const code = obstacle(asked, wanted, whatever, !byAffinity, atLine);
  if (code !== 0 || isFreeFor(asked, wanted, atLine)) return code;
  if (waitMs === 0) return FELL_BACK_TIMED_OUT;
  return byAffinity && agent(asked).waiters >= DIRECT_PER_AGENT_MAX ? FELL_BACK_TOO_MANY : 0;
}

/** Whether a contact ends where its agent has not taken it, for that reason. */
function endsBy(orElse: i32, code: i32, byAffinity: bool): bool {
  return orElse === OR_ELSE_END && (!byAffinity || code === FELL_BACK_TIMED_OUT);
}

function isFreeFor(asked: i32, wanted: Profile, atLine: i32): bool {
  if (atLine !== 0 && line(atLine - 1).state !== LINE_FREE) return false;
  return ((freeChannels(agent(asked)) >>> wanted.channel) & 1) !== 0;
}

/** Whether it would have to wait with this profile, and as many as may wait there already. */
function isFullFor(command: usize, number: i32): bool {
  if ((load<u16>(command, COMMAND_FLAGS) & CREATE_LET_IN) !== 0) return false;
  const wanted = profile(number);
  const that = queue(wanted.queue);
  if (that.maxWaiting < 0 || that.pending < that.maxWaiting) return false;
  const asked = askedWith(command, number);
  if (asked === NONE) return !anyFree(wanted);
  const waitMs = load<i32>(command, CONTACT_CREATE_DIRECT_WAIT_MS);
  const atLine = lineOf(command);
  const code = unavailable(asked, wanted, isForNamed(command), waitMs, isByAffinity(command), atLine);
  if (code === 0) return !isFreeFor(asked, wanted, atLine) && !(isInBoth(command) && anyFree(wanted));
  const orElse = load<i32>(command, CONTACT_CREATE_DIRECT_OR_ELSE);
  return !endsBy(orElse, code, isByAffinity(command)) && !anyFree(wanted);
}

/** How many queues of its way it leaves behind. */
function passedBy(command: usize): i32 {
  const queues = wayCount(command);
  let number = load<i32>(command, CONTACT_CREATE_PROFILE);
  for (let place = 0; place < queues; place++) {
    const why = wayWhy(command, place);
    assert(why >= MOVED_FULL && why <= MOVED_NOBODY_READY);
    if (why === MOVED_FULL && !isFullFor(command, number)) return place;
    number = wayProfile(command, place);
    assert(profileExists(number));
  }
  return queues;
}

export function createContact(command: usize): void {
  const slot = load<i32>(command, CONTACT_CONTACT);
  const generation = load<u32>(command, CONTACT_NUMBER);
  const first = load<i32>(command, CONTACT_CREATE_PROFILE);
  const given = load<i32>(command, CONTACT_CREATE_AGENT);
  const waitMs = load<i32>(command, CONTACT_CREATE_DIRECT_WAIT_MS);
  const orElse = load<i32>(command, CONTACT_CREATE_DIRECT_OR_ELSE);
  assert(<u32>slot < <u32>CONTACTS_MAX && makeContact(slot).state === CONTACT_FREE);
  assert(waitMs >= 0 && (orElse === OR_ELSE_QUEUE || orElse === OR_ELSE_END));
  assert(given === NONE || !isWithheld(command));
  assert(!isByAffinity(command) || (given !== NONE && !isForNamed(command)));
  assert(!isInBoth(command) || (isByAffinity(command) && orElse === OR_ELSE_QUEUE));
  if (!profileExists(first)) return refuse(REFUSED_QUEUE_NOT_FOUND, slot, generation, given, NONE);
  const passed = passedBy(command);
  const number = passed === 0 ? first : wayProfile(command, passed - 1);
  const wanted = profile(number);
  const that = queue(wanted.queue);
  if (isFullFor(command, number)) return refuse(REFUSED_QUEUE_FULL, slot, generation, given, wanted.queue);
  if (((that.channels >>> wanted.channel) & 1) === 0) {
    return refuse(REFUSED_CHANNEL_NOT_IN_QUEUE, slot, generation, given, wanted.queue);
  }
  const asked = askedWith(command, number);
  const byAffinity = isByAffinity(command);
  const atLine = lineOf(command);
  assert(<u32>atLine <= <u32>LINES_MAX && (atLine === 0 || (given !== NONE && !byAffinity)));
  const fallBackCode = asked === NONE ? 0 : unavailable(asked, wanted, isForNamed(command), waitMs, byAffinity, atLine);
  const ringsAtOnce = asked !== NONE && fallBackCode === 0 && isFreeFor(asked, wanted, atLine);
  const waitsFor = asked !== NONE && fallBackCode === 0 && !ringsAtOnce;
  if (waitsFor && agent(asked).waiters >= DIRECT_PER_AGENT_MAX) {
    return refuse(REFUSED_AGENT_WAITED_FOR_BY_TOO_MANY, slot, generation, asked, wanted.queue);
  }

  fill(slot, command, number);
  for (let place = 0; place < passed; place++) passOn(slot, command, place);
  if (isWithheld(command)) withholdFromNow(slot);
  if (state().asked !== 0 && asked !== NONE) explainNamed(slot, ringsAtOnce);
  if (ringsAtOnce) makeOffer(slot, asked);
  else if (waitsFor && isInBoth(command)) waitInBoth(slot, now() + waitMs);
  else if (waitsFor) waitFor(slot, now() + waitMs);
  else if (fallBackCode !== 0) fallBack(slot, fallBackCode);
  else addHomeless(slot, passed === 0 ? QUEUED_ARRIVED : QUEUED_MOVED);
}

/** Tells of a queue that it is not let in to. */
function passOn(slot: i32, command: usize, place: i32): void {
  const before = place === 0 ? load<i32>(command, CONTACT_CREATE_PROFILE) : wayProfile(command, place - 1);
  const number = wayProfile(command, place);
  emitMoved(slot, wayWhy(command, place), profile(before).queue, profile(number).queue, number);
}

function fill(slot: i32, command: usize, number: i32): void {
  const created = contact(slot);
  memory.fill(changetype<usize>(created), 0, offsetof<Contact>());
  created.state = <u8>CONTACT_WAITING;
  created.orElse = <u8>load<i32>(command, CONTACT_CREATE_DIRECT_OR_ELSE);
  if ((load<u16>(command, COMMAND_FLAGS) & CREATE_WITH_LEGS) !== 0) created.mark(HAS_LEGS);
  created.number = load<u32>(command, CONTACT_NUMBER);
  created.profile = number;
  created.queue = profile(number).queue;
  created.priority = load<i32>(command, CONTACT_CREATE_PRIORITY);
  created.creditMs = load<i32>(command, CONTACT_CREATE_CREDIT_MS);
  assert(created.priority >= -PRIORITY_MAX && created.priority <= PRIORITY_MAX && created.creditMs >= 0);
  created.agent = NONE;
  created.line = NONE;
  created.timer = NONE;
  created.named = askedWith(command, number);
  created.servedBy = hasMore(command) ? load<i32>(command, CONTACT_CREATE_SERVED_BY) : 0;
  assert(created.servedBy >= 0 && created.servedBy <= AGENTS_MAX);
  if (created.named !== NONE) created.atLine = lineOf(command);
  if (isForNamed(command) && created.named !== NONE) created.mark(FOR_NAMED);
  if (isByAffinity(command) && created.named !== NONE) created.mark(BY_AFFINITY);
  takePlace(created, command);
  profile(number).users++;
  queue(created.queue).live++;
  queue(created.queue).pending++;
  count(HEADER_LIVE, 1);
  count(HEADER_WAITING, 1);
}

/** A new place, or one that was somebody's before. */
function takePlace(created: Contact, command: usize): void {
  const arrived = hasMore(command) ? load<i64>(command, CONTACT_CREATE_ARRIVED) : 0;
  created.arrived = arrived === 0 ? now() : arrived;
  const sequence = arrived === 0 ? 0 : load<i64>(command, CONTACT_CREATE_SEQUENCE);
  created.sequence = sequence === 0 ? ++state().contactSequence : sequence;
  // Whoever has the newest of all is taken for the last that arrived (ahead in match.ts): one more is used up.
  if (arrived !== 0 && sequence === 0) state().contactSequence++;
  assert(created.arrived <= now() && created.sequence > 0 && created.sequence <= state().contactSequence);
}

/** One that is nowhere asks for an agent by name: rings there at once, waits, or falls back. */
export function askFor(slot: i32, handle: i32, whatever: bool, waitMs: i32, atLine: i32): void {
  const asks = contact(slot);
  const wanted = profile(asks.profile);
  const code = unavailable(handle, wanted, whatever, waitMs, false, atLine);
  const ringsAtOnce = code === 0 && isFreeFor(handle, wanted, atLine) && !asks.is(IS_WITHHELD);
  asks.named = handle;
  asks.atLine = atLine;
  if (whatever) asks.mark(FOR_NAMED);
  if (state().asked !== 0) explainNamed(slot, ringsAtOnce);
  if (ringsAtOnce) makeOffer(slot, handle);
  else if (code !== 0) fallBack(slot, code);
  else if (waitMs === 0 || agent(handle).waiters >= DIRECT_PER_AGENT_MAX) fallBack(slot, FELL_BACK_TIMED_OUT);
  else waitFor(slot, now() + waitMs);
}

// ── Waiting for one agent ───────────────────────────────────────────────────────────────────────────────────────
function waitFor(slot: i32, until: i64): void {
  const waits = contact(slot);
  const awaited = agent(waits.named);
  waits.state = <u8>CONTACT_WAITING_FOR;
  waits.agent = waits.named;
  waits.timer = setTimer(TIMER_DIRECT, slot, until);
  joinWaiters(slot, awaited);
  const effect = begin(EFFECT_WAITING_FOR, 0);
  about(effect, slot, waits.number, waits.named, NONE, waits.queue);
  times(effect, until, waits.arrived, 0);
  finish(effect);
}

/** Puts a contact at the end of its agent's list. */
export function joinWaiters(slot: i32, awaited: Agent): void {
  const waits = contact(slot);
  waits.previousWaiter = awaited.lastWaiter;
  if (awaited.lastWaiter !== 0) contact(awaited.lastWaiter - 1).nextWaiter = slot + 1;
  else awaited.firstWaiter = slot + 1;
  awaited.lastWaiter = slot + 1;
  awaited.waiters++;
}

/** Takes a contact off its agent's list; what becomes of it is the caller's. */
export function forgetWaiter(slot: i32): void {
  leaveWaiters(slot, agent(contact(slot).named));
  contact(slot).agent = NONE;
  contact(slot).state = <u8>CONTACT_WAITING;
}

function leaveWaiters(slot: i32, awaited: Agent): void {
  const leaves = contact(slot);
  clearTimer(leaves.timer);
  leaves.timer = NONE;
  if (leaves.previousWaiter !== 0) contact(leaves.previousWaiter - 1).nextWaiter = leaves.nextWaiter;
  else awaited.firstWaiter = leaves.nextWaiter;
  if (leaves.nextWaiter !== 0) contact(leaves.nextWaiter - 1).previousWaiter = leaves.previousWaiter;
  else awaited.lastWaiter = leaves.previousWaiter;
  leaves.previousWaiter = 0;
  leaves.nextWaiter = 0;
  awaited.waiters--;
}

/** Of those who wait for this agent on a channel of the mask, those who ask by name first, the best by rank; or NONE. Linear in a bounded list. */
export function bestWaiter(that: Agent, mask: i32, at: i64): i32 {
  let best = NONE;
  for (let slot = that.firstWaiter - 1; slot !== NONE; slot = contact(slot).nextWaiter - 1) {
    const candidate = contact(slot);
    if (((mask >>> profile(candidate.profile).channel) & 1) === 0 || candidate.is(IS_WITHHELD)) continue;
    if (lineIsBusyFor(candidate, candidate.named)) continue;
    if (best !== NONE) {
      const leader = contact(best);
      const known = waitsByAffinity(candidate);
      if (known !== waitsByAffinity(leader)) {
        if (!known) best = slot;
        continue;
      }
      if (!ranksBefore(candidate, queue(candidate.queue), leader, queue(leader.queue), at)) continue;
    }
    best = slot;
  }
  return best;
}

/** Whoever asks for that agent by name, and not by affinity, need not find it in the groups of the queue. */
export function asksByName(asks: Contact, handle: i32): bool {
  return asks.named === handle && !asks.is(BY_AFFINITY);
}

/** On an agent's list since its customer knows the agent. */
export function waitsByAffinity(waits: Contact): bool {
  return waits.is(BY_AFFINITY | AWAITS);
}

/** It leaves the list for the agent, whom it asks for alone from now on. */
export function takeWaiter(slot: i32, handle: i32): void {
  const taken = contact(slot);
  if (!taken.is(AWAITS)) return forgetWaiter(slot);
  removeWaiting(slot);
  askKnown(slot, handle);
}

/** Lets those fall back whom the agent will not serve any more; in order of creation. */
export function recheckWaiters(handle: i32): void {
  let slot = agent(handle).firstWaiter - 1;
  while (slot !== NONE) {
    const next = contact(slot).nextWaiter - 1;
    const waits = contact(slot);
    const code = obstacle(handle, profile(waits.profile), waits.is(FOR_NAMED), !waitsByAffinity(waits), waits.atLine);
    if (code !== 0 && waits.is(AWAITS)) {
      waitNoLonger(slot, code);
    } else if (code !== 0) {
      forgetWaiter(slot);
      fallBack(slot, code);
    }
    slot = next;
  }
}

/** The wait came to its end. */
export function waitOver(slot: i32): void {
  if (contact(slot).is(AWAITS)) return waitNoLonger(slot, FELL_BACK_TIMED_OUT);
  forgetWaiter(slot);
  fallBack(slot, FELL_BACK_TIMED_OUT);
}

/** Asks for that agent no more: asks for the next one, or joins the pool at its original place, or ends. */
export function fallBack(slot: i32, code: i32): void {
  const falls = contact(slot);
  const ends = endsBy(falls.orElse, code, falls.is(BY_AFFINITY));
  emitFellBack(slot, falls.named, code, 0);
  const next = falls.backTo - 1;
  const waitMs = falls.backMs;
  falls.asksForNobody();
  if (next !== NONE) return askFor(slot, next, true, waitMs, 0);
  if (ends) finishUnserved(slot, ENDED_AGENT_UNAVAILABLE);
  else addHomeless(slot, QUEUED_FELL_BACK);
}

function emitFellBack(slot: i32, handle: i32, code: i32, waitsOn: i32): void {
  const effect = begin(EFFECT_FELL_BACK, code);
  about(effect, slot, contact(slot).number, handle, NONE, contact(slot).queue);
  values(effect, waitsOn, 0, 0);
  finish(effect);
}

// ── In both places ──────────────────────────────────────────────────────────────────────────────────────────────
/** Is to wait for the agent that it asks for and in the pool. */
function waitInBoth(slot: i32, until: i64): void {
  const waits = contact(slot);
  waits.knows = waits.named + 1;
  waits.knowsUntil = until;
  waits.asksForNobody();
  addHomeless(slot, QUEUED_ARRIVED);
}

/** It has its place in the pool, and waits for the agent whom its customer knows as well, if it still may. */
export function waitForKnown(slot: i32): void {
  const waits = contact(slot);
  if (waits.knows === 0 || waits.is(AWAITS)) return;
  const handle = waits.knows - 1;
  const isFull = agentExists(handle) && agent(handle).waiters >= DIRECT_PER_AGENT_MAX;
  if (isFull || waits.knowsUntil <= now() || obstacle(handle, profile(waits.profile), false, false, 0) !== 0) {
    waits.knows = 0;
    return;
  }
  waits.mark(AWAITS);
  waits.timer = setTimer(TIMER_DIRECT, slot, waits.knowsUntil);
  joinWaiters(slot, agent(handle));
  emitAwaits(slot);
}

export function emitAwaits(slot: i32): void {
  const waits = contact(slot);
  const effect = begin(EFFECT_WAITING_FOR, 0);
  about(effect, slot, waits.number, waits.knows - 1, NONE, waits.queue);
  values(effect, 1, 0, 0);
  times(effect, waits.knowsUntil, waits.arrived, 0);
  finish(effect);
}

/** It is about to be placed: whether the agent whom its customer knows has it, who has become free while somebody else was asked. */
export function ringsAtKnown(slot: i32): bool {
  const waits = contact(slot);
  if (waits.knows === 0 || waits.state !== CONTACT_WAITING || waits.knowsUntil <= now()) return false;
  const handle = waits.knows - 1;
  const wanted = profile(waits.profile);
  if (obstacle(handle, wanted, false, false, 0) !== 0 || !agentIsFree(agent(handle), wanted.channel)) return false;
  askKnown(slot, handle);
  if (state().asked !== 0) explainNamed(slot, true);
  makeOffer(slot, handle);
  return true;
}

/** It asks for that agent alone. */
function askKnown(slot: i32, handle: i32): void {
  const asks = contact(slot);
  forgetKnown(slot);
  asks.named = handle;
  asks.orElse = <u8>OR_ELSE_QUEUE;
  asks.mark(BY_AFFINITY);
}

/** Waits in the pool alone, for that reason. */
function waitNoLonger(slot: i32, code: i32): void {
  const handle = contact(slot).knows - 1;
  forgetKnown(slot);
  emitFellBack(slot, handle, code, 1);
}

/** It waits for that agent no more. */
export function forgetKnown(slot: i32): void {
  leaveKnown(slot);
  contact(slot).knows = 0;
}

/** Somebody is asked for it: it is on no list meanwhile. */
export function leaveKnown(slot: i32): void {
  const leaves = contact(slot);
  if (!leaves.is(AWAITS)) return;
  leaves.unmark(AWAITS);
  leaveWaiters(slot, agent(leaves.knows - 1));
}
