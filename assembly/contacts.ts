// Contacts: one record each from creation to release, in the slot the host gave it.
//
//   waiting ⇄ ringing → connected → wrap-up → (free)          each arrow is one effect, named in layout.ts
//   waiting for one agent → ringing there, or falls back to waiting (or to its end)
//   waiting, and for one agent as well (direct.ts): whichever of the two comes first
//   with legs: ringing → connecting → connected; what takes a ringing contact back takes a connecting one back
//   sent on: whatever it does → waiting; in service the agent's wrap-up goes on as a contact of its own, the part (sending.ts)
//   ringing at several agents is ringing until the last of the offers is over (ringing.ts)
//   told to leave: waiting → waiting in another queue, or over; ringing → the same once its offer has come to nothing (leaving.ts)
//
// Connecting is ringing with an offer that is accepted: until its legs are joined a contact takes up its line, its agent and
// its queue as while it rings, and whatever ends the one ends the other.
//
// A command names a slot and the slot's generation; another generation, or a free slot, is a contact that is not there.
// A contact keeps its arrival, credit and place in the order of creation whatever happens to it, so an offer that is not
// taken puts it back exactly where it was.

import { agent, markDirty, touch } from './agents.ts';
import { at, made, make } from './arena.ts';
import { forgetKnown, forgetWaiter, recheckWaiters } from './direct.ts';
import { about, begin, finish, refuse, times, values } from './effects.ts';
import { explainStanding } from './explain.ts';
import { count, now, POOL_CONTACTS, state } from './header.ts';
import { noteIdle } from './idle.ts';
import {
  COMMAND_FLAGS,
  CONTACT_COMMAND_VALUE,
  CONTACT_CONNECTED,
  CONTACT_CONNECTING,
  CONTACT_CONTACT,
  CONTACT_END_BY,
  CONTACT_FREE,
  CONTACT_NUMBER,
  CONTACT_RINGING,
  CONTACT_UPDATE_CREDIT_MS,
  CONTACT_UPDATE_PRIORITY,
  CONTACT_UPDATE_PROFILE,
  CONTACT_WAITING,
  CONTACT_WAITING_FOR,
  CONTACT_WRAP_UP,
  CONTACTS_MAX,
  EFFECT_ENDED,
  EFFECT_RELEASED,
  EFFECT_STEPPED,
  EFFECT_WRAP_UP,
  EFFECT_WRAP_UP_EXTENDED,
  ENDED_CANCELLED,
  HEADER_LIVE,
  HEADER_WAITING,
  IDLE_ENDED,
  IDLE_WRAPPED_UP,
  LINE_FREE,
  LINE_WRAP_UP,
  NONE,
  PRIORITY_MAX,
  QUEUED_STEP,
  QUEUED_UPDATED,
  REFUSED_CONTACT_ALREADY_CONNECTED,
  REFUSED_CONTACT_ALREADY_ENDED,
  REFUSED_CONTACT_IN_ANOTHER_QUEUE,
  REFUSED_CONTACT_NOT_FOUND,
  REFUSED_CONTACT_NOT_IN_WRAP_UP,
  REFUSED_CONTACT_NOT_WITH_AGENT,
  REFUSED_WRAP_UP_TOO_LONG,
  UPDATE_BY_STEP,
  WITHDRAWN_CANCELLED,
  WITHDRAWN_ENDED,
  WRAP_UP_AHEAD_MAX_MS,
} from './layout.ts';
import { stayAfterAll } from './leaving.ts';
import { addHomeless } from './match.ts';
import { withdrawAll } from './offers.ts';
import { profile, profileExists, removeWaiting } from './profiles.ts';
import { queue } from './queues.ts';
import { ringOn, wantsMore } from './ringing.ts';
import { endWrapUp, IS_ACCEPTED, leaveWhenIdle, line, setLine } from './seats.ts';
import { clearTimer, dueOf, setTimer, TIMER_WRAP_UP } from './timers.ts';

/** Its media are at a switch, as long as it lives. */
export const HAS_LEGS: u8 = 1;
/** The agent that it asks for is the one whom its customer knows: whoever asks by name comes before. */
export const BY_AFFINITY: u8 = 2;
/** It waits, and is on the list of the agent whom its customer knows as well. */
export const AWAITS: u8 = 4;
/** It is not to be offered (withholding.ts): waiting, it is in no pool, and nobody whom it asks for by name takes it. */
export const IS_WITHHELD: u8 = 16;
/** The agent that it asks for by name serves it whatever queues and skills that agent has. */
export const FOR_NAMED: u8 = 32;
/** It wraps up, and its agent is offered nothing meanwhile. */
export const TAKES_SEAT: u8 = 64;
/** Its agent calls out, and it is not connected yet (dialling.ts). */
export const IS_DIALLED: u8 = 128;

@unmanaged
export class Contact {
  state: u8;
  orElse: u8;
  /** Why it is queued, told when it is. */
  why: u8;
  /** HAS_LEGS, BY_AFFINITY, AWAITS, IS_WITHHELD, FOR_NAMED, TAKES_SEAT, IS_DIALLED. */
  flags: u8;
  number: u32;
  profile: i32;
  queue: i32;
  priority: i32;
  creditMs: i32;
  /** Whom it rings at, is served by or waits for; of several at whom it rings, who was rung first (ringing.ts). */
  agent: i32;
  line: i32;
  /** Offers made of it so far. */
  offer: i32;
  /** The end of its wrap-up or of its wait for one agent; while it rings, when it may ring at one more. */
  timer: i32;
  /** Whether it is among those to whom agents come: it waits in the pool of its profile, or rings there and would ring at more. */
  pooled: i32;
  /** The agent it asked for by name, until it is connected or has fallen back. */
  named: i32;
  /** Neighbours among those who wait for the same agent, slot + 1. */
  previousWaiter: i32;
  nextWaiter: i32;
  arrived: i64;
  sequence: i64;
  connectedAt: i64;
  /** Until when it waits for the agent whom its customer knows, in the pool at the same time. */
  knowsUntil: i64;
  /** Rings, and leaves for this profile when that comes to nothing: MOVED_…, 0 if it does not leave (leaving.ts). */
  leavesWhy: i32;
  leavesFor: i32;
  /** Who served its customer last, agent + 1; 0: nobody, or nobody knows. */
  servedBy: i32;
  /** Lines at which it rings, and at how many it may; 0: at no more than it does (ringing.ts). */
  rings: i32;
  wanted: i32;
  /** Who is asked for by name next, where the agent that it asks for does not take it: handle + 1, 0 nobody. */
  backTo: i32;
  backMs: i32;
  /** That agent, handle + 1; 0: there is none, or it has been asked. It is kept while somebody else is asked. */
  knows: i32;
  /** At which line of the agent that it asks for it is to ring, handle + 1; 0: any. */
  atLine: i32;

  is(flag: u8): bool {
    return (this.flags & flag) !== 0;
  }
  mark(flag: u8): void {
    this.flags |= flag;
  }
  unmark(flag: u8): void {
    this.flags &= ~flag;
  }
  /** Asks for nobody by name any more. */
  asksForNobody(): void {
    this.named = NONE;
    this.unmark(FOR_NAMED | BY_AFFINITY);
    this.atLine = 0;
    this.backTo = 0;
    this.backMs = 0;
  }
}

/** The state as the host knows it. */
export function stateShown(that: Contact): i32 {
  if (that.state !== CONTACT_RINGING) return that.state;
  return line(that.line).is(IS_ACCEPTED) ? CONTACT_CONNECTING : CONTACT_RINGING;
}

export function contact(slot: i32): Contact {
  return at<Contact>(POOL_CONTACTS, slot);
}

export function makeContact(slot: i32): Contact {
  return make<Contact>(POOL_CONTACTS, slot);
}

/** The contact that a command names, or NONE when it is not there (any more). */
export function named(command: usize): i32 {
  return lives(load<i32>(command, CONTACT_CONTACT), load<u32>(command, CONTACT_NUMBER));
}

/** The slot, if a contact of that generation is in it; else NONE. */
export function lives(slot: i32, number: u32): i32 {
  assert(<u32>slot < <u32>CONTACTS_MAX);
  if (!made(POOL_CONTACTS, slot)) return NONE;
  const found = contact(slot);
  return found.state === CONTACT_FREE || found.number !== number ? NONE : slot;
}

export function refuseContact(code: i32, command: usize): void {
  refuse(code, load<i32>(command, CONTACT_CONTACT), load<u32>(command, CONTACT_NUMBER), NONE, NONE);
}

// ── Endings ─────────────────────────────────────────────────────────────────────────────────────────────────────
/** Tells that it is over for the customer. */
export function emitEnded(slot: i32, code: i32): void {
  const over = contact(slot);
  const served = over.state === CONTACT_CONNECTED;
  const effect = begin(EFFECT_ENDED, code);
  about(effect, slot, over.number, served ? over.agent : NONE, served ? over.line : NONE, over.queue);
  if (served) times(effect, over.connectedAt, over.arrived, now() - over.connectedAt);
  else times(effect, 0, over.arrived, 0);
  if (!served) values(effect, <i32>over.sequence, <i32>(over.sequence >>> 32), 0);
  finish(effect);
}

/** Frees the record: the last effect of a contact. */
export function releaseContact(slot: i32): void {
  const over = contact(slot);
  const effect = begin(EFFECT_RELEASED, 0);
  about(
    effect,
    slot,
    over.number,
    over.state === CONTACT_WRAP_UP || over.state === CONTACT_CONNECTED ? over.agent : NONE,
    NONE,
    over.queue,
  );
  finish(effect);
  over.state = <u8>CONTACT_FREE;
  stayAfterAll(slot);
  profile(over.profile).users--;
  queue(over.queue).live--;
  count(HEADER_LIVE, -1);
}

/** It is not waiting, ringing or waited with any more: it was connected, or is over. */
export function leavePending(slot: i32): void {
  forgetKnown(slot);
  if (!contact(slot).is(IS_DIALLED)) queue(contact(slot).queue).pending--;
  count(HEADER_WAITING, -1);
}

/** Ends a contact that has not been connected. */
export function abandon(slot: i32, code: i32, withdrawnCode: i32): void {
  const dialledBy = contact(slot).is(IS_DIALLED) ? contact(slot).agent : NONE;
  takeAway(slot, withdrawnCode);
  finishUnserved(slot, code);
  if (dialledBy !== NONE) leaveWhenIdle(dialledBy);
}

/** A contact that is not in service is nowhere then: not in the pool, not ringing, not waiting for an agent. */
export function takeAway(slot: i32, withdrawnCode: i32): void {
  const taken = contact(slot);
  if (taken.state === CONTACT_RINGING) {
    withdrawAll(slot, withdrawnCode);
  } else if (taken.state === CONTACT_WAITING) {
    removeWaiting(slot);
  } else {
    assert(taken.state === CONTACT_WAITING_FOR);
    forgetWaiter(slot);
  }
  forgetKnown(slot);
}

/** The end of a contact that is nowhere any more. */
export function finishUnserved(slot: i32, code: i32): void {
  leavePending(slot);
  emitEnded(slot, code);
  releaseContact(slot);
}

// ── Commands ────────────────────────────────────────────────────────────────────────────────────────────────────
export function cancelContact(command: usize): void {
  const slot = named(command);
  if (slot === NONE) return refuseContact(REFUSED_CONTACT_NOT_FOUND, command);
  if (contact(slot).state === CONTACT_CONNECTED) return refuseContact(REFUSED_CONTACT_ALREADY_CONNECTED, command);
  if (contact(slot).state === CONTACT_WRAP_UP) return refuseContact(REFUSED_CONTACT_ALREADY_ENDED, command);

  abandon(slot, ENDED_CANCELLED, WITHDRAWN_CANCELLED);
}

export function endContact(command: usize): void {
  const slot = named(command);
  const code = load<i32>(command, CONTACT_COMMAND_VALUE);
  const by = load<i32>(command, CONTACT_END_BY) - 1;
  assert(code > 0 && code <= 0xffff);
  if (slot === NONE) return refuseContact(REFUSED_CONTACT_NOT_FOUND, command);
  if (contact(slot).state === CONTACT_WRAP_UP) return refuseContact(REFUSED_CONTACT_ALREADY_ENDED, command);
  const served = contact(slot).state === CONTACT_CONNECTED;
  if (by !== NONE && !(served && contact(slot).agent === by)) {
    return refuseContact(REFUSED_CONTACT_NOT_WITH_AGENT, command);
  }

  if (served) endService(slot, code);
  else abandon(slot, code, WITHDRAWN_ENDED);
}

/** Ends a contact in service: into wrap-up, or straight to its release. */
function endService(slot: i32, code: i32): void {
  const handle = contact(slot).agent;
  touch(handle);
  markDirty(handle);
  agent(handle).connected--;
  noteIdle(handle, IDLE_ENDED);
  emitEnded(slot, code);
  wrapUpOrRelease(slot);
}

/** What comes for the agent, who is touched, when nobody is served on the line of this contact any more. */
export function wrapUpOrRelease(slot: i32): void {
  const over = contact(slot);
  const handle = over.agent;
  const by = agent(handle);
  const wrapUpMs = by.wrapUpMs >= 0 ? by.wrapUpMs : queue(over.queue).wrapUpMs;
  if (wrapUpMs > 0) {
    by.wrappingUp++;
    if (queue(over.queue).wrapUpTakesSeat) {
      over.mark(TAKES_SEAT);
      by.seatTaken++;
    }
    beginWrapUp(slot, now() + wrapUpMs);
    return;
  }
  releaseServed(slot);
}

/** Without a wrap-up: line and agent are free at once. */
export function releaseServed(slot: i32): void {
  const over = contact(slot);
  const handle = over.agent;
  const by = agent(handle);
  by.addProgress(line(over.line).channel, -1);
  noteIdle(handle, IDLE_WRAPPED_UP);
  setLine(over.line, LINE_FREE, NONE);
  releaseContact(slot);
  leaveWhenIdle(handle);
}

function beginWrapUp(slot: i32, until: i64): void {
  const over = contact(slot);
  over.state = <u8>CONTACT_WRAP_UP;
  wrapUpUntil(slot, EFFECT_WRAP_UP, until);
  setLine(over.line, LINE_WRAP_UP, slot);
}

function wrapUpUntil(slot: i32, kind: i32, until: i64): void {
  const over = contact(slot);
  over.timer = setTimer(TIMER_WRAP_UP, slot, until);
  const effect = begin(kind, 0);
  about(effect, slot, over.number, over.agent, over.line, over.queue);
  times(effect, until, 0, 0);
  finish(effect);
}

export function wrapUpDone(command: usize): void {
  const slot = named(command);
  if (slot === NONE) return refuseContact(REFUSED_CONTACT_NOT_FOUND, command);
  if (contact(slot).state !== CONTACT_WRAP_UP) return refuseContact(REFUSED_CONTACT_NOT_IN_WRAP_UP, command);

  wrapUpOver(slot);
}

/** Its time goes on from where it would have ended, so two extensions at once add up. */
export function extendWrapUp(command: usize): void {
  const slot = named(command);
  const byMs = load<i32>(command, CONTACT_COMMAND_VALUE);
  assert(byMs > 0);
  if (slot === NONE) return refuseContact(REFUSED_CONTACT_NOT_FOUND, command);
  const over = contact(slot);
  if (over.state !== CONTACT_WRAP_UP) return refuseContact(REFUSED_CONTACT_NOT_IN_WRAP_UP, command);
  // Without a timer (it was skipped) the wrap-up has no end: it is given one, from now on.
  const until = (over.timer === NONE ? now() : dueOf(over.timer)) + byMs;
  if (until - now() > WRAP_UP_AHEAD_MAX_MS) return refuseContact(REFUSED_WRAP_UP_TOO_LONG, command);

  clearTimer(over.timer);
  wrapUpUntil(slot, EFFECT_WRAP_UP_EXTENDED, until);
  if (state().asked !== 0) explainStanding(over.agent);
}

/** A wrap-up came to its end, by its agent or by its timer. */
export function wrapUpOver(slot: i32): void {
  const handle = contact(slot).agent;
  endWrapUp(slot);
  leaveWhenIdle(handle);
}

/**
 * Other priority, credit or requirement: a waiting contact looks for its place anew, a ringing offer goes on. Whether it leaves
 * when that comes to nothing is open again, since what it would need in another queue may be something else now.
 */
export function updateContact(command: usize): void {
  const slot = named(command);
  const number = load<i32>(command, CONTACT_UPDATE_PROFILE);
  const priority = load<i32>(command, CONTACT_UPDATE_PRIORITY);
  const creditMs = load<i32>(command, CONTACT_UPDATE_CREDIT_MS);
  const isStep = (load<u16>(command, COMMAND_FLAGS) & UPDATE_BY_STEP) !== 0;
  assert(priority >= -PRIORITY_MAX && priority <= PRIORITY_MAX && creditMs >= 0);
  const refusal = obstacleToUpdate(slot, number);
  if (refusal !== 0 && isStep) return;
  if (refusal !== 0) return refuseContact(refusal, command);

  const changed = contact(slot);
  if (isStep && changed.leavesWhy !== 0) return;
  stayAfterAll(slot);
  const isNew = changed.profile !== number || changed.priority !== priority || changed.creditMs !== creditMs;
  const waits = changed.state === CONTACT_WAITING;
  if (isNew && changed.pooled) removeWaiting(slot);
  profile(changed.profile).users--;
  profile(number).users++;
  changed.profile = number;
  changed.priority = priority;
  changed.creditMs = creditMs;
  if (isStep) emitStepped(slot);
  const why = isStep ? QUEUED_STEP : QUEUED_UPDATED;
  if (!isNew) return ringOn(slot, why);
  if (waits || wantsMore(slot)) addHomeless(slot, why);
  else if (changed.state === CONTACT_WAITING_FOR) recheckWaiters(changed.named);
  if (changed.is(AWAITS)) recheckWaiters(changed.knows - 1);
}

/** Why it cannot be given that profile, or 0. */
function obstacleToUpdate(slot: i32, number: i32): i32 {
  if (slot === NONE) return REFUSED_CONTACT_NOT_FOUND;
  const changed = contact(slot);
  if (changed.state === CONTACT_CONNECTED) return REFUSED_CONTACT_ALREADY_CONNECTED;
  if (changed.state === CONTACT_WRAP_UP) return REFUSED_CONTACT_ALREADY_ENDED;
  assert(profileExists(number) && profile(number).channel === profile(changed.profile).channel);
  return profile(number).queue === changed.queue ? 0 : REFUSED_CONTACT_IN_ANOTHER_QUEUE;
}

function emitStepped(slot: i32): void {
  const stepped = contact(slot);
  const effect = begin(EFFECT_STEPPED, 0);
  about(effect, slot, stepped.number, stepped.agent, stepped.line, stepped.queue);
  values(effect, stepped.profile, stepped.priority, 0);
  times(effect, 0, stepped.arrived, 0);
  finish(effect);
}
