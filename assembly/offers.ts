// Offers: a contact ringing at one line of one agent, numbered within its contact.
//
//   ringing ── accepted ──▶ connected                             without legs
//   ringing ── accepted ──▶ connecting ── joined ──▶ connected    with legs: the host has the telephone answered meanwhile
//
// An offer is open while its contact rings with that number, or is connecting. It ends connected, or withdrawn with a
// reason: timed out (a miss), rejected, cancelled, not to be connected, because the agent changed, or because another took it
// (ringing.ts). A contact that loses the last of its offers goes back to its place, or falls back when it was there for this agent
// by name; settle() places it.
//
// Of a contact with legs a switch has to make the telephone ring. What never rang was not missed by anybody: without the
// word that it rang, an offer that runs out does not count towards an agent's misses; nor while the contact is withheld,
// since nobody could have said that it was answered. Who accepts and then does not pick up rests as after a reject.

import { agent, enterPool, freeChannels, leaveChannels, makeNotReady, markDirty, tellAgain, touch } from './agents.ts';
import { excludes } from './among.ts';
import { made, top } from './arena.ts';
import { agentClass, levelsSumOf } from './classes.ts';
import { Contact, contact, FOR_NAMED, HAS_LEGS, IS_DIALLED, IS_WITHHELD, leavePending, named } from './contacts.ts';
import { endDialled } from './dialling.ts';
import { asksByName, fallBack, leaveKnown } from './direct.ts';
import { countContact } from './duty.ts';
import { about, begin, finish, refuse, times, values } from './effects.ts';
import { explainStanding } from './explain.ts';
import { now, POOL_CONTACTS, state } from './header.ts';
import { noteIdle } from './idle.ts';
import {
  COMMAND_FLAGS,
  CONTACT_CONNECTED,
  CONTACT_CONTACT,
  CONTACT_NUMBER,
  CONTACT_RINGING,
  EFFECT_ACCEPTED,
  EFFECT_CONNECTED,
  EFFECT_OFFERED,
  EFFECT_RINGS,
  EFFECT_WITHDRAWN,
  EFFECTS_PER_CAUSE_MAX,
  FELL_BACK_LOGGED_OUT,
  FELL_BACK_NOT_ELIGIBLE,
  FELL_BACK_NOT_READY,
  FELL_BACK_TIMED_OUT,
  IDLE_CONNECTED,
  IDLE_FAILED,
  IDLE_MISSED,
  IDLE_REJECTED,
  LINE_CONNECTED,
  LINE_FREE,
  LINE_RINGING,
  NONE,
  OFFER_AGENT,
  OFFER_CODE,
  OFFER_CONNECT_MS,
  OFFER_IF_OPEN,
  OFFER_OFFER,
  OFFER_REST_MS,
  OFFER_WITHOUT_REST,
  QUEUED_BACK,
  REASON_MISSED,
  REFUSED_OFFER_NO_LONGER_OPEN,
  REFUSED_OFFER_NOT_YOURS,
  RESUMED_DOWN_MS,
  SELECT_ROUND_ROBIN,
  WITHDRAWN_ANSWERED_ELSEWHERE,
  WITHDRAWN_BUSY,
  WITHDRAWN_CHANGED,
  WITHDRAWN_LOGGED_OUT,
  WITHDRAWN_NOT_READY,
  WITHDRAWN_REJECTED,
  WITHDRAWN_TIMED_OUT,
  WITHDRAWN_UNREACHABLE,
} from './layout.ts';
import { leaveAfterOffer, stayAfterAll, unansweredByOneFewer } from './leaving.ts';
import { addHomeless } from './match.ts';
import { noteWork } from './occupancy.ts';
import { profile } from './profiles.ts';
import { Queue, queue } from './queues.ts';
import { beginRound, joinRinging, leaveRinging, ringNoFurther, ringOn, ringsAt } from './ringing.ts';
import { freeLine, HAS_RUNG, IS_ACCEPTED, IS_RESUMED, line, seatLine, setLine } from './seats.ts';
import { setShare } from './shares.ts';
import { clearTimer, dueOf, setTimer, TIMER_OFFER, TIMER_REST, TIMER_RESUMPTION, timer } from './timers.ts';

/** Rings a contact that is nowhere, or rings and is in no heap, at an agent that is free on its channel. */
export function makeOffer(slot: i32, handle: i32): void {
  const rings = contact(slot);
  const by = agent(handle);
  const channel = profile(rings.profile).channel;
  const at = rings.atLine !== 0 && rings.named === handle ? rings.atLine - 1 : freeLine(by, channel);
  assert(line(at).state === LINE_FREE && line(at).owner === handle + 1);
  const isFirst = rings.state !== CONTACT_RINGING;
  leaveKnown(slot);
  // Whom its customer knows has been asked then.
  if (rings.knows === handle + 1) rings.knows = 0;
  rings.state = <u8>CONTACT_RINGING;
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
  // An agent that settle() serves is told of when it has been served.
  if (state().asked !== 0 && !by.touched) explainStanding(handle);
}

/** What an offer changes of the key by which the agent is chosen: one who stays in the pool has new entries there. */
function noteOffer(that: Queue, at: i32, handle: i32): void {
  const takesTurn = that.select === SELECT_ROUND_ROBIN;
  if (!takesTurn && state().watchingQueues === 0) return;
  if (takesTurn) setShare(that, handle, timer(line(at).timer).sequence);
  // Of an agent that settle() serves it is noted when it has been served.
  if (!agent(handle).touched) noteWork(handle);
  if (agent(handle).free === 0) return;
  leaveChannels(agent(handle), handle, 0);
  enterPool(handle);
}

function emitOffered(slot: i32, at: i32, again: i32): void {
  const rings = contact(slot);
  const effect = begin(EFFECT_OFFERED, 0);
  about(effect, slot, rings.number, line(at).owner - 1, at, rings.queue);
  values(effect, line(at).offer, again, 0);
  times(effect, dueOf(line(at).timer), rings.arrived, 0);
  finish(effect);
}

/** describe() only: where it rings but at the first of its lines. */
export function emitRings(slot: i32): void {
  const rings = contact(slot);
  for (let at = line(rings.line).nextRinging - 1; at !== NONE; at = line(at).nextRinging - 1) {
    const effect = begin(EFFECT_RINGS, 0);
    about(effect, slot, rings.number, line(at).owner - 1, at, rings.queue);
    values(effect, line(at).offer, 0, 0);
    times(effect, dueOf(line(at).timer), rings.arrived, 0);
    finish(effect);
  }
}

/** Stops the ringing or the connecting at one line; what becomes of a contact that rings nowhere then is the caller's. */
function withdraw(at: i32, code: i32, counts: bool): void {
  const slot = line(at).contact;
  const handle = line(at).owner - 1;
  const by = agent(handle);
  touch(handle);
  const effect = begin(EFFECT_WITHDRAWN, code);
  about(effect, slot, contact(slot).number, handle, at, contact(slot).queue);
  values(effect, line(at).offer, <i32>counts, 0);
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

/** All of a contact, in the order in which they were made. */
export function withdrawAll(slot: i32, code: i32): void {
  while (contact(slot).state === CONTACT_RINGING) withdraw(contact(slot).line, code, false);
}

/** One is accepted: nobody else is to answer. Whom it rang in vain has missed nothing, and has the idle time of before. */
function withdrawOthers(slot: i32, accepted: i32): void {
  let at = contact(slot).line;
  while (at !== NONE) {
    const next = line(at).nextRinging - 1;
    if (at !== accepted) withdraw(at, WITHDRAWN_ANSWERED_ELSEWHERE, false);
    at = next;
  }
  ringNoFurther(slot);
}

/**
 * Withdraws. A contact that still rings elsewhere goes on; with the last of its offers it is put back, or leaves or falls back where
 * it was to leave or was there by name. It counts if the agent was asked, and did not take it.
 */
function loseOffer(at: i32, code: i32, counts: bool): void {
  const slot = line(at).contact;
  const handle = line(at).owner - 1;
  withdraw(at, code, counts);
  if (contact(slot).is(IS_DIALLED)) return endDialled(slot, handle, code);
  if (!counts) unansweredByOneFewer(slot);
  if (contact(slot).state === CONTACT_RINGING) ringOn(slot, QUEUED_BACK);
  else if (contact(slot).leavesWhy !== 0) leaveAfterOffer(slot);
  else if (contact(slot).named === NONE) addHomeless(slot, QUEUED_BACK);
  else fallBack(slot, fallBackCodeOf(code));
}

function fallBackCodeOf(withdrawn: i32): i32 {
  if (withdrawn === WITHDRAWN_NOT_READY) return FELL_BACK_NOT_READY;
  if (withdrawn === WITHDRAWN_LOGGED_OUT) return FELL_BACK_LOGGED_OUT;
  if (withdrawn === WITHDRAWN_CHANGED) return FELL_BACK_NOT_ELIGIBLE;
  return FELL_BACK_TIMED_OUT;
}

/** All that rings at the agent, in the order of its lines; what it dials itself goes on, where that is not meant as well. */
export function withdrawRinging(handle: i32, code: i32, dialledToo: bool): void {
  const by = agent(handle);
  for (let place = 0; by.ringing > 0 && place < <i32>by.lineCount; place++) {
    const at = seatLine(by, place);
    if (line(at).state !== LINE_RINGING) continue;
    if (dialledToo || !contact(line(at).contact).is(IS_DIALLED)) loseOffer(at, code, false);
  }
}

/** What rings at the agent and does not fit it any more, or is above its capacity, in the order of its lines. */
export function withdrawUnfitting(handle: i32): void {
  const by = agent(handle);
  for (let place = 0; by.ringing > 0 && place < <i32>by.lineCount; place++) {
    const at = line(seatLine(by, place));
    if (at.state !== LINE_RINGING) continue;
    const rings = contact(at.contact);
    if (rings.is(IS_DIALLED)) continue;
    const fits =
      rings.is(FOR_NAMED) ||
      (!excludes(profile(rings.profile), handle) &&
        levelsSumOf(agentClass(by.agentClass).key, profile(rings.profile), asksByName(rings, handle)) >= 0);
    if (fits && by.progress(at.channel) <= by.limit(at.channel) && by.inProgress() <= by.total) continue;
    loseOffer(seatLine(by, place), WITHDRAWN_CHANGED, false);
  }
}

/** The offer comes to nothing, by its agent or by the agent's telephone: the agent's idle time begins anew. */
function failOffer(at: i32, code: i32, restMs: i32): void {
  const rings = contact(line(at).contact);
  if (rings.is(IS_DIALLED)) return loseOffer(at, code, false);
  const handle = line(at).owner - 1;
  const by = agent(handle);
  const reallyRang = !rings.is(HAS_LEGS) || line(at).is(HAS_RUNG);
  const rangInVain = reallyRang && !rings.is(IS_WITHHELD);
  const isMiss = code === WITHDRAWN_TIMED_OUT && rangInVain;
  const counts = rings.named === NONE && (rangInVain || code === WITHDRAWN_REJECTED);
  const missedMax = queue(rings.queue).missedMax;
  const afterMissMs = queue(rings.queue).afterMissMs;
  // What never rang was not missed, and is not told as if it had been.
  loseOffer(at, code === WITHDRAWN_TIMED_OUT && !rangInVain ? WITHDRAWN_UNREACHABLE : code, counts);
  noteIdle(handle, isMiss ? IDLE_MISSED : code === WITHDRAWN_REJECTED ? IDLE_REJECTED : IDLE_FAILED);
  if (restMs > 0) rest(handle, now() + restMs);
  if (!isMiss) return;
  by.misses++;
  if (missedMax > 0 && by.misses >= missedMax) makeNotReady(handle, REASON_MISSED);
  else if (afterMissMs > 0) rest(handle, now() + afterMissMs);
}

/** A rest already running is only ever made longer. */
export function rest(handle: i32, until: i64): void {
  const by = agent(handle);
  if (by.resting && by.restTimer !== NONE && timer(by.restTimer).due >= until) return;
  clearTimer(by.restTimer);
  if (by.resting) tellAgain(by);
  by.resting = 1;
  by.restTimer = setTimer(TIMER_REST, handle, until);
}

export function connect(at: i32): void {
  const slot = line(at).contact;
  const rings = contact(slot);
  const handle = line(at).owner - 1;
  const by = agent(handle);
  withdrawOthers(slot, at);
  touch(handle);
  leavePending(slot);
  stayAfterAll(slot);
  clearTimer(line(at).timer);
  line(at).timer = NONE;
  line(at).flags = 0;
  rings.rings = 0;
  rings.asksForNobody();
  rings.state = <u8>CONTACT_CONNECTED;
  rings.connectedAt = now();
  by.ringing--;
  by.connected++;
  by.misses = 0;
  if (!rings.is(IS_DIALLED)) countContact(rings.queue, handle);
  rings.unmark(IS_DIALLED);
  noteIdle(handle, IDLE_CONNECTED);
  const effect = begin(EFFECT_CONNECTED, 0);
  about(effect, slot, rings.number, handle, at, rings.queue);
  values(effect, line(at).offer, 0, 0);
  times(effect, 0, rings.arrived, now() - rings.arrived);
  finish(effect);
  setLine(at, LINE_CONNECTED, slot);
  markDirty(handle);
}

/** With legs: accepted, and not connected before the host says so. Nothing else changes for its line and its agent. */
function beginConnecting(at: i32, until: i64): void {
  const slot = line(at).contact;
  const rings = contact(slot);
  withdrawOthers(slot, at);
  touch(rings.agent);
  clearTimer(line(at).timer);
  line(at).timer = setTimer(TIMER_OFFER, at, until);
  line(at).unmark(IS_RESUMED);
  line(at).mark(IS_ACCEPTED);
  const effect = begin(EFFECT_ACCEPTED, 0);
  about(effect, slot, rings.number, rings.agent, at, rings.queue);
  values(effect, line(at).offer, 0, 0);
  times(effect, until, rings.arrived, 0);
  finish(effect);
}

// ── Commands and the timer ──────────────────────────────────────────────────────────────────────────────────────
/** Refuses, or keeps silent where the command asks for that. Returns NONE. */
function refuseOffer(code: i32, command: usize): i32 {
  if ((load<u16>(command, COMMAND_FLAGS) & OFFER_IF_OPEN) !== 0) return NONE;
  refuse(
    code,
    load<i32>(command, CONTACT_CONTACT),
    load<u32>(command, CONTACT_NUMBER),
    load<i32>(command, OFFER_AGENT),
    NONE,
  );
  return NONE;
}

/** The line at which the offer rings that the command names, if it is open and that agent's; refuses otherwise, and returns NONE. */
function openOffer(command: usize, onlyWithLegs: bool): i32 {
  const slot = named(command);
  if (slot === NONE) return refuseOffer(REFUSED_OFFER_NO_LONGER_OPEN, command);
  const rings = contact(slot);
  const at = ringsAt(rings, load<i32>(command, OFFER_OFFER));
  if (at === NONE) return refuseOffer(REFUSED_OFFER_NO_LONGER_OPEN, command);
  if (onlyWithLegs && !rings.is(HAS_LEGS)) return refuseOffer(REFUSED_OFFER_NO_LONGER_OPEN, command);
  if (line(at).owner - 1 !== load<i32>(command, OFFER_AGENT)) return refuseOffer(REFUSED_OFFER_NOT_YOURS, command);
  return at;
}

/** Said once more: this agent is connected by this offer already. */
function isConnected(command: usize, onlyWithLegs: bool): bool {
  const slot = named(command);
  if (slot === NONE) return false;
  const served = contact(slot);
  if (onlyWithLegs && !served.is(HAS_LEGS)) return false;
  if (served.state !== CONTACT_CONNECTED || served.agent !== load<i32>(command, OFFER_AGENT)) return false;
  return line(served.line).offer === load<i32>(command, OFFER_OFFER);
}

export function acceptOffer(command: usize): void {
  if (isConnected(command, false)) return;
  const at = openOffer(command, false);
  if (at === NONE) return;

  if (!contact(line(at).contact).is(HAS_LEGS)) return connect(at);
  const connectMs = load<i32>(command, OFFER_CONNECT_MS);
  assert(connectMs > 0);
  if (!line(at).is(IS_ACCEPTED)) beginConnecting(at, now() + connectMs);
}

export function rejectOffer(command: usize): void {
  const at = openOffer(command, false);
  if (at === NONE) return;

  const withoutRest = (load<u16>(command, COMMAND_FLAGS) & OFFER_WITHOUT_REST) !== 0;
  failOffer(at, WITHDRAWN_REJECTED, withoutRest ? 0 : queue(contact(line(at).contact).queue).afterRejectMs);
}

/** The telephone really rings. */
export function offerRang(command: usize): void {
  const at = openOffer(command, true);
  if (at === NONE) return;

  line(at).mark(HAS_RUNG);
}

/** The legs are joined. */
export function offerConnected(command: usize): void {
  if (isConnected(command, true)) return;
  const at = openOffer(command, true);
  if (at === NONE) return;
  if (!line(at).is(IS_ACCEPTED)) {
    refuseOffer(REFUSED_OFFER_NO_LONGER_OPEN, command);
    return;
  }

  connect(at);
}

/** The switch could not make it ring, or have it answered, or join it. */
export function offerFailed(command: usize): void {
  const code = load<i32>(command, OFFER_CODE);
  const restMs = load<i32>(command, OFFER_REST_MS);
  assert(restMs >= 0);
  assert(
    code === WITHDRAWN_TIMED_OUT ||
      code === WITHDRAWN_REJECTED ||
      code === WITHDRAWN_BUSY ||
      code === WITHDRAWN_UNREACHABLE,
  );
  const at = openOffer(command, true);
  if (at === NONE) return;

  failOffer(at, code, restMs);
}

/** An offer rang to its end, or was not connected in time. */
export function offerOver(at: i32): void {
  if (!line(at).is(IS_ACCEPTED)) return failOffer(at, WITHDRAWN_TIMED_OUT, 0);
  failOffer(at, WITHDRAWN_UNREACHABLE, queue(contact(line(at).contact).queue).afterRejectMs);
}

// ── After a restart ─────────────────────────────────────────────────────────────────────────────────────────────
/** Every open offer rings anew from now on; one that is connecting has its time anew, and is not told. */
export function resume(command: usize): void {
  assert(load<i64>(command, RESUMED_DOWN_MS) >= 0);
  for (let slot = 0; slot < top(POOL_CONTACTS); slot++) {
    if (!made(POOL_CONTACTS, slot)) continue;
    const rings = contact(slot);
    if (rings.state !== CONTACT_RINGING) continue;
    for (let at = rings.line; at !== NONE; at = line(at).nextRinging - 1) {
      const until = now() + queue(rings.queue).offerMs;
      // What is dialled may take longer than an offer.
      if (rings.is(IS_DIALLED) && line(at).timer !== NONE && dueOf(line(at).timer) >= until) continue;
      clearTimer(line(at).timer);
      line(at).timer = setTimer(TIMER_OFFER, at, until);
      if (!line(at).is(IS_ACCEPTED)) line(at).mark(IS_RESUMED);
    }
  }
  tellResumed(0);
}

/** Tells open offers anew from a slot on; what one cause may not write is left to a timer that is due before all others. */
export function tellResumed(from: i32): void {
  let told = 0;
  for (let slot = from; slot < top(POOL_CONTACTS); slot++) {
    if (!made(POOL_CONTACTS, slot)) continue;
    const rings = contact(slot);
    if (rings.state !== CONTACT_RINGING || !isToBeTold(rings)) continue;
    if (told + rings.rings > EFFECTS_PER_CAUSE_MAX) {
      const goesOn = setTimer(TIMER_RESUMPTION, slot, 0);
      timer(goesOn).key = slot;
      return;
    }
    for (let at = rings.line; at !== NONE; at = line(at).nextRinging - 1) {
      if (!line(at).is(IS_RESUMED)) continue;
      line(at).unmark(IS_RESUMED);
      emitOffered(slot, at, 1);
      told++;
    }
  }
}

function isToBeTold(rings: Contact): bool {
  for (let at = rings.line; at !== NONE; at = line(at).nextRinging - 1) if (line(at).is(IS_RESUMED)) return true;
  return false;
}
