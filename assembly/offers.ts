// Offers: a contact ringing at one line of one agent, numbered within its contact.
//
// An offer is open while its contact rings with that number. It ends accepted, or withdrawn with a reason: timed out (a
// miss), rejected, cancelled, or because the agent changed. A contact that loses its offer goes back to its place, or falls
// back when it was there for this agent by name; settle() places it.

import { agent, freeChannels, leaveChannels, makeNotReady, markDirty, touch } from './agents.ts';
import { made, top } from './arena.ts';
import { agentClass, levelsSumOf } from './classes.ts';
import { Contact, contact, leavePending, named } from './contacts.ts';
import { fallBack } from './direct.ts';
import { about, begin, finish, refuse, times, values } from './effects.ts';
import { explainStanding } from './explain.ts';
import { now, POOL_CONTACTS, state } from './header.ts';
import {
  CONTACT_CONNECTED,
  CONTACT_CONTACT,
  CONTACT_NUMBER,
  CONTACT_RINGING,
  CONTACT_WAITING,
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
  OFFER_OFFER,
  QUEUED_BACK,
  REASON_MISSED,
  REFUSED_OFFER_NO_LONGER_OPEN,
  REFUSED_OFFER_NOT_YOURS,
  RESUMED_DOWN_MS,
  WITHDRAWN_CHANGED,
  WITHDRAWN_LOGGED_OUT,
  WITHDRAWN_NOT_READY,
  WITHDRAWN_REJECTED,
  WITHDRAWN_TIMED_OUT,
} from './layout.ts';
import { addHomeless } from './match.ts';
import { profile } from './profiles.ts';
import { queue } from './queues.ts';
import { freeLine, line, seatLine, setLine } from './seats.ts';
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
  leaveChannels(by, freeChannels(by));
  emitOffered(slot, 0);
  setLine(at, LINE_RINGING, slot);
  markDirty(handle);
  // The agent that settle() serves is told of when it has been served.
  if (state().asked !== 0 && state().touched !== handle + 1) explainStanding(handle);
}

function emitOffered(slot: i32, again: i32): void {
  const rings = contact(slot);
  const effect = begin(EFFECT_OFFERED, 0);
  about(effect, slot, rings.number, rings.agent, rings.line, rings.queue);
  values(effect, rings.offer, again, 0);
  times(effect, dueOf(rings.timer), rings.arrived, 0);
  finish(effect);
}

/** Stops the ringing; what becomes of the contact is the caller's. */
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
  rings.resumed = 0;
  rings.state = <u8>CONTACT_WAITING;
  rings.agent = NONE;
  rings.line = NONE;
  by.ringing--;
  by.addProgress(line(at).channel, -1);
  setLine(at, LINE_FREE, NONE);
  markDirty(handle);
}

/** Withdraws and puts the contact back, or lets it fall back when it was there by name. */
function loseOffer(slot: i32, code: i32): void {
  withdraw(slot, code);
  if (contact(slot).named === NONE) addHomeless(slot, QUEUED_BACK);
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
    const fits = levelsSumOf(agentClass(by.agentClass).key, profile(contact(at.contact).profile)) >= 0;
    if (fits && by.progress(at.channel) <= by.limit(at.channel) && by.inProgress() <= by.total) continue;
    loseOffer(at.contact, WITHDRAWN_CHANGED);
  }
}

// ── Commands and the timer ──────────────────────────────────────────────────────────────────────────────────────
function refuseOffer(code: i32, command: usize): void {
  refuse(
    code,
    load<i32>(command, CONTACT_CONTACT),
    load<u32>(command, CONTACT_NUMBER),
    load<i32>(command, OFFER_AGENT),
    NONE,
  );
}

function isOffer(that: Contact, command: usize): bool {
  return that.offer === load<i32>(command, OFFER_OFFER);
}

export function acceptOffer(command: usize): void {
  const slot = named(command);
  const handle = load<i32>(command, OFFER_AGENT);
  if (slot === NONE) return refuseOffer(REFUSED_OFFER_NO_LONGER_OPEN, command);
  const rings = contact(slot);
  if (!isOffer(rings, command)) return refuseOffer(REFUSED_OFFER_NO_LONGER_OPEN, command);
  if (rings.state === CONTACT_CONNECTED && rings.agent === handle) return;
  if (rings.state !== CONTACT_RINGING) return refuseOffer(REFUSED_OFFER_NO_LONGER_OPEN, command);
  if (rings.agent !== handle) return refuseOffer(REFUSED_OFFER_NOT_YOURS, command);

  const by = agent(handle);
  touch(handle);
  leavePending(slot);
  clearTimer(rings.timer);
  rings.timer = NONE;
  rings.resumed = 0;
  rings.named = NONE;
  rings.state = <u8>CONTACT_CONNECTED;
  rings.connectedAt = now();
  by.ringing--;
  by.connected++;
  by.misses = 0;
  const effect = begin(EFFECT_CONNECTED, 0);
  about(effect, slot, rings.number, handle, rings.line, rings.queue);
  values(effect, rings.offer, 0, 0);
  times(effect, 0, rings.arrived, now() - rings.arrived);
  finish(effect);
  setLine(rings.line, LINE_CONNECTED, slot);
  markDirty(handle);
}

export function rejectOffer(command: usize): void {
  const slot = named(command);
  const handle = load<i32>(command, OFFER_AGENT);
  if (slot === NONE) return refuseOffer(REFUSED_OFFER_NO_LONGER_OPEN, command);
  if (!isOffer(contact(slot), command)) return refuseOffer(REFUSED_OFFER_NO_LONGER_OPEN, command);
  if (contact(slot).state !== CONTACT_RINGING) return refuseOffer(REFUSED_OFFER_NO_LONGER_OPEN, command);
  if (contact(slot).agent !== handle) return refuseOffer(REFUSED_OFFER_NOT_YOURS, command);

  const by = agent(handle);
  const restMs = queue(contact(slot).queue).afterRejectMs;
  loseOffer(slot, WITHDRAWN_REJECTED);
  by.idleSince = now();
  if (restMs === 0) return;
  // A rest already running is only ever made longer.
  const until = now() + restMs;
  if (by.resting && by.restTimer !== NONE && timer(by.restTimer).due >= until) return;
  clearTimer(by.restTimer);
  by.resting = 1;
  by.restTimer = setTimer(TIMER_REST, handle, until);
}

/** An offer rang to its end: a miss. */
export function offerMissed(slot: i32): void {
  const handle = contact(slot).agent;
  const missedMax = queue(contact(slot).queue).missedMax;
  const by = agent(handle);
  loseOffer(slot, WITHDRAWN_TIMED_OUT);
  by.idleSince = now();
  by.misses++;
  if (missedMax > 0 && by.misses >= missedMax) makeNotReady(handle, REASON_MISSED);
}

// ── After a restart ─────────────────────────────────────────────────────────────────────────────────────────────
/** Every open offer rings anew from now on. */
export function resume(command: usize): void {
  assert(load<i64>(command, RESUMED_DOWN_MS) >= 0);
  for (let slot = 0; slot < top(POOL_CONTACTS); slot++) {
    if (!made(POOL_CONTACTS, slot)) continue;
    const rings = contact(slot);
    if (rings.state !== CONTACT_RINGING) continue;
    clearTimer(rings.timer);
    rings.timer = setTimer(TIMER_OFFER, slot, now() + queue(rings.queue).offerMs);
    rings.resumed = 1;
  }
  tellResumed(0);
}

/** Tells open offers anew from a slot on; what one cause may not write is left to a timer that is due before all others. */
export function tellResumed(from: i32): void {
  let told = 0;
  for (let slot = from; slot < top(POOL_CONTACTS); slot++) {
    if (!made(POOL_CONTACTS, slot)) continue;
    const rings = contact(slot);
    if (rings.state !== CONTACT_RINGING || !rings.resumed) continue;
    if (told === EFFECTS_PER_CAUSE_MAX) {
      const goesOn = setTimer(TIMER_RESUMPTION, slot, 0);
      timer(goesOn).key = slot;
      return;
    }
    rings.resumed = 0;
    emitOffered(slot, 1);
    told++;
  }
}
