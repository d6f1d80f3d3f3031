// Offers: a contact ringing at one line of one agent, numbered within its contact.
//
//   ringing ── accepted ──▶ connected                             without legs
//   ringing ── accepted ──▶ connecting ── joined ──▶ connected    with legs: the host has the telephone answered meanwhile
//
// An offer is open while its contact rings with that number, or is connecting. It ends connected, or withdrawn with a
// reason: timed out (a miss), rejected, cancelled, not to be connected, or because the agent changed. A contact that loses
// its offer goes back to its place, or falls back when it was there for this agent by name; settle() places it.
//
// Of a contact with legs a switch has to make the telephone ring. What never rang was not missed by anybody: without the
// word that it rang, an offer that runs out does not count towards an agent's misses; nor while the contact is withheld,
// since nobody could have said that it was answered. Who accepts and then does not pick up rests as after a reject.

import { agent, enterPool, freeChannels, leaveChannels, makeNotReady, markDirty, touch } from './agents.ts';
import { made, top } from './arena.ts';
import { agentClass, levelsSumOf } from './classes.ts';
import {
  Contact,
  contact,
  FOR_NAMED,
  HAS_LEGS,
  HAS_RUNG,
  IS_ACCEPTED,
  IS_RESUMED,
  IS_WITHHELD,
  leavePending,
  named,
} from './contacts.ts';
import { fallBack } from './direct.ts';
import { countContact } from './duty.ts';
import { about, begin, finish, refuse, times, values } from './effects.ts';
import { explainStanding } from './explain.ts';
import { now, POOL_CONTACTS, state } from './header.ts';
import {
  COMMAND_FLAGS,
  CONTACT_CONNECTED,
  CONTACT_CONTACT,
  CONTACT_NUMBER,
  CONTACT_RINGING,
  CONTACT_WAITING,
  EFFECT_ACCEPTED,
  EFFECT_CONNECTED,
  EFFECT_OFFERED,
  EFFECT_WITHDRAWN,
  EFFECTS_PER_CAUSE_MAX,
  FELL_BACK_LOGGED_OUT,
  FELL_BACK_NOT_ELIGIBLE,
  FELL_BACK_NOT_READY,
  FELL_BACK_TIMED_OUT,
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
  QUEUED_BACK,
  REASON_MISSED,
  REFUSED_OFFER_NO_LONGER_OPEN,
  REFUSED_OFFER_NOT_YOURS,
  RESUMED_DOWN_MS,
  SELECT_ROUND_ROBIN,
  WITHDRAWN_BUSY,
  WITHDRAWN_CHANGED,
  WITHDRAWN_LOGGED_OUT,
  WITHDRAWN_NOT_READY,
  WITHDRAWN_REJECTED,
  WITHDRAWN_TIMED_OUT,
  WITHDRAWN_UNREACHABLE,
} from './layout.ts';
import { leaveAfterOffer, stayAfterAll } from './leaving.ts';
import { addHomeless } from './match.ts';
import { noteWork } from './occupancy.ts';
import { profile } from './profiles.ts';
import { queue } from './queues.ts';
import { freeLine, line, seatLine, setLine } from './seats.ts';
import { setShare } from './shares.ts';
import { clearTimer, dueOf, setTimer, TIMER_OFFER, TIMER_REST, TIMER_RESUMPTION, timer } from './timers.ts';

/** Rings a contact that is nowhere (not in a heap, not on a list) at an agent that is free on its channel. */
export function makeOffer(slot: i32, handle: i32): void {
  const rings = contact(slot);
  const by = agent(handle);
  const channel = profile(rings.profile).channel;
  const at = freeLine(by, channel);
  rings.state = <u8>CONTACT_RINGING;
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
  // The agent that settle() serves is told of when it has been served.
  if (state().asked !== 0 && state().touched !== handle + 1) explainStanding(handle);
}

/** What an offer changes of the key by which the agent is chosen: one who stays in the pool has new entries there. */
function noteOffer(rings: Contact, handle: i32): void {
  const that = queue(rings.queue);
  const takesTurn = that.select === SELECT_ROUND_ROBIN;
  if (!takesTurn && state().watchingQueues === 0) return;
  if (takesTurn) setShare(that, handle, timer(rings.timer).sequence);
  // Of the agent that settle() serves it is noted when it has been served.
  if (state().touched !== handle + 1) noteWork(handle);
  if (agent(handle).free === 0) return;
  leaveChannels(agent(handle), handle, 0);
  enterPool(handle);
}

function emitOffered(slot: i32, again: i32): void {
  const rings = contact(slot);
  const effect = begin(EFFECT_OFFERED, 0);
  about(effect, slot, rings.number, rings.agent, rings.line, rings.queue);
  values(effect, rings.offer, again, 0);
  times(effect, dueOf(rings.timer), rings.arrived, 0);
  finish(effect);
}

/** Stops the ringing or the connecting; what becomes of the contact is the caller's. */
export function withdraw(slot: i32, code: i32): void {
  const rings = contact(slot);
  const handle = rings.agent;
  const by = agent(handle);
  const at = rings.line;
  touch(handle);
  const effect = begin(EFFECT_WITHDRAWN, code);
  about(effect, slot, rings.number, handle, at, rings.queue);
  values(effect, rings.offer, 0, 0);
  finish(effect);
  clearTimer(rings.timer);
  rings.timer = NONE;
  rings.forgetOffer();
  rings.state = <u8>CONTACT_WAITING;
  rings.agent = NONE;
  rings.line = NONE;
  by.ringing--;
  by.addProgress(line(at).channel, -1);
  setLine(at, LINE_FREE, NONE);
  markDirty(handle);
}

/** Withdraws and puts the contact back, or lets it leave or fall back where it was to leave or was there by name. */
function loseOffer(slot: i32, code: i32): void {
  withdraw(slot, code);
  if (contact(slot).leavesWhy !== 0) leaveAfterOffer(slot);
  else if (contact(slot).named === NONE) addHomeless(slot, QUEUED_BACK);
  else fallBack(slot, fallBackCodeOf(code));
}

function fallBackCodeOf(withdrawn: i32): i32 {
  if (withdrawn === WITHDRAWN_NOT_READY) return FELL_BACK_NOT_READY;
  if (withdrawn === WITHDRAWN_LOGGED_OUT) return FELL_BACK_LOGGED_OUT;
  if (withdrawn === WITHDRAWN_CHANGED) return FELL_BACK_NOT_ELIGIBLE;
  return FELL_BACK_TIMED_OUT;
}

/** All that rings at the agent, in the order of its lines. */
export function withdrawRinging(handle: i32, code: i32): void {
  const by = agent(handle);
  for (let place = 0; by.ringing > 0 && place < <i32>by.lineCount; place++) {
    const at = line(seatLine(by, place));
    if (at.state === LINE_RINGING) loseOffer(at.contact, code);
  }
}

/** What rings at the agent and does not fit it any more, or is above its capacity, in the order of its lines. */
export function withdrawUnfitting(handle: i32): void {
  const by = agent(handle);
  for (let place = 0; by.ringing > 0 && place < <i32>by.lineCount; place++) {
    const at = line(seatLine(by, place));
    if (at.state !== LINE_RINGING) continue;
    const rings = contact(at.contact);
    const fits = rings.is(FOR_NAMED) || levelsSumOf(agentClass(by.agentClass).key, profile(rings.profile)) >= 0;
    if (fits && by.progress(at.channel) <= by.limit(at.channel) && by.inProgress() <= by.total) continue;
    loseOffer(at.contact, WITHDRAWN_CHANGED);
  }
}

/** The offer comes to nothing, by its agent or by the agent's telephone: the agent's idle time begins anew. */
function failOffer(slot: i32, code: i32, restMs: i32): void {
  const rings = contact(slot);
  const handle = rings.agent;
  const by = agent(handle);
  const isMiss = code === WITHDRAWN_TIMED_OUT && (!rings.is(HAS_LEGS) || rings.is(HAS_RUNG)) && !rings.is(IS_WITHHELD);
  const missedMax = queue(rings.queue).missedMax;
  const afterMissMs = queue(rings.queue).afterMissMs;
  loseOffer(slot, code);
  by.idleSince = now();
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
  by.resting = 1;
  by.restTimer = setTimer(TIMER_REST, handle, until);
}

function connect(slot: i32): void {
  const rings = contact(slot);
  const handle = rings.agent;
  const by = agent(handle);
  touch(handle);
  leavePending(slot);
  stayAfterAll(slot);
  clearTimer(rings.timer);
  rings.timer = NONE;
  rings.forgetOffer();
  rings.asksForNobody();
  rings.state = <u8>CONTACT_CONNECTED;
  rings.connectedAt = now();
  by.ringing--;
  by.connected++;
  by.misses = 0;
  countContact(rings.queue, handle);
  const effect = begin(EFFECT_CONNECTED, 0);
  about(effect, slot, rings.number, handle, rings.line, rings.queue);
  values(effect, rings.offer, 0, 0);
  times(effect, 0, rings.arrived, now() - rings.arrived);
  finish(effect);
  setLine(rings.line, LINE_CONNECTED, slot);
  markDirty(handle);
}

/** With legs: accepted, and not connected before the host says so. Nothing else changes for its line and its agent. */
function beginConnecting(slot: i32, until: i64): void {
  const rings = contact(slot);
  touch(rings.agent);
  clearTimer(rings.timer);
  rings.timer = setTimer(TIMER_OFFER, slot, until);
  rings.unmark(IS_RESUMED);
  rings.mark(IS_ACCEPTED);
  const effect = begin(EFFECT_ACCEPTED, 0);
  about(effect, slot, rings.number, rings.agent, rings.line, rings.queue);
  values(effect, rings.offer, 0, 0);
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

function isOffer(that: Contact, command: usize): bool {
  return that.offer === load<i32>(command, OFFER_OFFER);
}

/** The contact whose offer the command names, if it is open and that agent's; refuses otherwise, and returns NONE. */
function openOffer(command: usize, onlyWithLegs: bool): i32 {
  const slot = named(command);
  if (slot === NONE) return refuseOffer(REFUSED_OFFER_NO_LONGER_OPEN, command);
  const rings = contact(slot);
  if (!isOffer(rings, command)) return refuseOffer(REFUSED_OFFER_NO_LONGER_OPEN, command);
  if (rings.state !== CONTACT_RINGING) return refuseOffer(REFUSED_OFFER_NO_LONGER_OPEN, command);
  if (onlyWithLegs && !rings.is(HAS_LEGS)) return refuseOffer(REFUSED_OFFER_NO_LONGER_OPEN, command);
  if (rings.agent !== load<i32>(command, OFFER_AGENT)) return refuseOffer(REFUSED_OFFER_NOT_YOURS, command);
  return slot;
}

/** Said once more: this agent is connected by this offer already. */
function isConnected(command: usize, onlyWithLegs: bool): bool {
  const slot = named(command);
  if (slot === NONE || !isOffer(contact(slot), command)) return false;
  const served = contact(slot);
  if (onlyWithLegs && !served.is(HAS_LEGS)) return false;
  return served.state === CONTACT_CONNECTED && served.agent === load<i32>(command, OFFER_AGENT);
}

export function acceptOffer(command: usize): void {
  if (isConnected(command, false)) return;
  const slot = openOffer(command, false);
  if (slot === NONE) return;

  if (!contact(slot).is(HAS_LEGS)) return connect(slot);
  const connectMs = load<i32>(command, OFFER_CONNECT_MS);
  assert(connectMs > 0);
  if (!contact(slot).is(IS_ACCEPTED)) beginConnecting(slot, now() + connectMs);
}

export function rejectOffer(command: usize): void {
  const slot = openOffer(command, false);
  if (slot === NONE) return;

  failOffer(slot, WITHDRAWN_REJECTED, queue(contact(slot).queue).afterRejectMs);
}

/** The telephone really rings. */
export function offerRang(command: usize): void {
  const slot = openOffer(command, true);
  if (slot === NONE) return;

  contact(slot).mark(HAS_RUNG);
}

/** The legs are joined. */
export function offerConnected(command: usize): void {
  if (isConnected(command, true)) return;
  const slot = openOffer(command, true);
  if (slot === NONE) return;
  if (!contact(slot).is(IS_ACCEPTED)) {
    refuseOffer(REFUSED_OFFER_NO_LONGER_OPEN, command);
    return;
  }

  connect(slot);
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
  const slot = openOffer(command, true);
  if (slot === NONE) return;

  failOffer(slot, code, restMs);
}

/** An offer rang to its end, or was not connected in time. */
export function offerOver(slot: i32): void {
  if (!contact(slot).is(IS_ACCEPTED)) return failOffer(slot, WITHDRAWN_TIMED_OUT, 0);
  failOffer(slot, WITHDRAWN_UNREACHABLE, queue(contact(slot).queue).afterRejectMs);
}

// ── After a restart ─────────────────────────────────────────────────────────────────────────────────────────────
/** Every open offer rings anew from now on; one that is connecting has its time anew, and is not told. */
export function resume(command: usize): void {
  assert(load<i64>(command, RESUMED_DOWN_MS) >= 0);
  for (let slot = 0; slot < top(POOL_CONTACTS); slot++) {
    if (!made(POOL_CONTACTS, slot)) continue;
    const rings = contact(slot);
    if (rings.state !== CONTACT_RINGING) continue;
    clearTimer(rings.timer);
    rings.timer = setTimer(TIMER_OFFER, slot, now() + queue(rings.queue).offerMs);
    if (!rings.is(IS_ACCEPTED)) rings.mark(IS_RESUMED);
  }
  tellResumed(0);
}

/** Tells open offers anew from a slot on; what one cause may not write is left to a timer that is due before all others. */
export function tellResumed(from: i32): void {
  let told = 0;
  for (let slot = from; slot < top(POOL_CONTACTS); slot++) {
    if (!made(POOL_CONTACTS, slot)) continue;
    const rings = contact(slot);
    if (rings.state !== CONTACT_RINGING || !rings.is(IS_RESUMED)) continue;
    if (told === EFFECTS_PER_CAUSE_MAX) {
      const goesOn = setTimer(TIMER_RESUMPTION, slot, 0);
      timer(goesOn).key = slot;
      return;
    }
    rings.unmark(IS_RESUMED);
    emitOffered(slot, 1);
    told++;
  }
}
