// Seats: the lines an agent logs in with. A line belongs to at most one seat and holds at most one contact, from the first
// ring to the end of wrap-up. Lines ring in the order in which they were given.
//
// Logging in makes the agent not ready. Logging out frees the seat; "when idle" first lets contacts in service and
// wrap-ups come to their end, while nothing new is offered. Becoming ready again calls a log-out that still waits off.

import { Agent, agent, agentExists, endRest, markDirty, touch } from './agents.ts';
import { allocate, at, made, make, release } from './arena.ts';
import { Contact, contact, releaseContact, TAKES_SEAT } from './contacts.ts';
import { recheckWaiters } from './direct.ts';
import { endDuty } from './duty.ts';
import { about, begin, finish, refuse, values } from './effects.ts';
import { POOL_LINES } from './header.ts';
import { beginIdle, noteIdle } from './idle.ts';
import {
  AGENT_COMMAND_AGENT,
  AGENT_LOGIN_AGENT,
  AGENT_LOGIN_LINES,
  AGENT_LOGIN_LIST,
  CHANNELS_MAX,
  COMMAND_BYTES,
  COMMAND_FLAGS,
  CONTACT_WRAP_UP,
  EFFECT_LINE_STATE,
  IDLE_WRAPPED_UP,
  LINE_FREE,
  LINE_GONE,
  LINES_MAX,
  LINES_PER_SEAT_MAX,
  LOGOUT_WHEN_IDLE,
  NONE,
  REASON_LOGGED_IN,
  REASON_NONE,
  REFUSED_AGENT_IN_CONTACT,
  REFUSED_AGENT_NOT_FOUND,
  REFUSED_LINE_IN_ANOTHER_SEAT,
  WITHDRAWN_LOGGED_OUT,
} from './layout.ts';
import { withdrawRinging } from './offers.ts';
import { clearTimer } from './timers.ts';

/** The offer at it is accepted, its legs are not joined yet. */
export const IS_ACCEPTED: u8 = 1;
/** The telephone that the offer is at really rang. */
export const HAS_RUNG: u8 = 2;
/** The offer has yet to be told anew after a restart. */
export const IS_RESUMED: u8 = 4;

@unmanaged
export class Line {
  /** Whose seat it is part of, handle + 1; 0: nobody's. */
  owner: i32;
  channel: u8;
  state: u8;
  /** What is known of the offer that rings at it: IS_ACCEPTED, HAS_RUNG, IS_RESUMED. */
  flags: u8;
  /** Contact at it, or NONE. */
  contact: i32;
  /** The offer by which the contact came, by its number within the contact. */
  offer: i32;
  /** The end of that offer while it rings, or NONE. */
  timer: i32;
  /** The next line at which the contact rings, handle + 1. */
  nextRinging: i32;

  is(flag: u8): bool {
    return (this.flags & flag) !== 0;
  }
  mark(flag: u8): void {
    this.flags |= flag;
  }
  unmark(flag: u8): void {
    this.flags &= ~flag;
  }
}

export function line(handle: i32): Line {
  return at<Line>(POOL_LINES, handle);
}

export function lineInSeat(handle: i32): bool {
  return made(POOL_LINES, handle) && line(handle).owner !== 0;
}

/** The seat's line at a place in login order. */
export function seatLine(that: Agent, place: i32): i32 {
  return load<i32>(that.lines + ((<usize>place) << 2));
}

/** The first free line of a channel; an agent that is free there has one. */
export function freeLine(that: Agent, channel: i32): i32 {
  for (let place = 0; place < <i32>that.lineCount; place++) {
    const candidate = line(seatLine(that, place));
    if (<i32>candidate.channel === channel && candidate.state === LINE_FREE) return seatLine(that, place);
  }
  assert(false);
  return NONE;
}

/** Sets what a line is doing and tells the host. */
export function setLine(handle: i32, doing: i32, slot: i32): void {
  const set = line(handle);
  set.state = <u8>doing;
  set.contact = slot;
  emitLine(handle, set.owner - 1, doing);
}

export function emitLine(handle: i32, owner: i32, doing: i32): void {
  const told = line(handle);
  const number = told.contact === NONE ? 0 : contact(told.contact).number;
  const effect = begin(EFFECT_LINE_STATE, doing);
  about(effect, told.contact, number, owner, handle, NONE);
  values(effect, told.channel, 0, 0);
  finish(effect);
}

// ── Logging in ──────────────────────────────────────────────────────────────────────────────────────────────────
export function login(command: usize): void {
  const handle = load<i32>(command, AGENT_LOGIN_AGENT);
  const lines = load<i32>(command, AGENT_LOGIN_LINES);
  const list = command + AGENT_LOGIN_LIST;
  assert(<u32>lines <= <u32>LINES_PER_SEAT_MAX);
  assert(load<i32>(command, COMMAND_BYTES) === AGENT_LOGIN_LIST + lines * 8);
  if (!agentExists(handle)) return refuse(REFUSED_AGENT_NOT_FOUND, NONE, 0, handle, NONE);
  const enters = agent(handle);
  if (enters.loggedIn && sameSeat(enters, list, lines)) return;
  if (enters.loggedIn && enters.inProgress() > 0) return refuse(REFUSED_AGENT_IN_CONTACT, NONE, 0, handle, NONE);
  if (!linesAreFree(handle, list, lines)) return refuse(REFUSED_LINE_IN_ANOTHER_SEAT, NONE, 0, handle, NONE);

  touch(handle);
  const wasLoggedIn = enters.loggedIn;
  if (enters.ready) endDuty(handle);
  enters.loggedIn = 1;
  enters.ready = 0;
  enters.reason = REASON_LOGGED_IN;
  enters.misses = 0;
  endRest(enters);
  markDirty(handle);
  if (wasLoggedIn) {
    recheckWaiters(handle);
    leaveSeat(handle, list, lines);
  } else {
    beginIdle(handle);
  }
  takeSeat(handle, list, lines);
}

function sameSeat(that: Agent, list: usize, lines: i32): bool {
  if (<i32>that.lineCount !== lines) return false;
  for (let place = 0; place < lines; place++) {
    const wanted = load<i32>(list + ((<usize>place) << 3));
    if (wanted !== seatLine(that, place)) return false;
    if (<i32>line(wanted).channel !== load<i32>(list + ((<usize>place) << 3), 4)) return false;
  }
  return true;
}

function linesAreFree(handle: i32, list: usize, lines: i32): bool {
  for (let place = 0; place < lines; place++) {
    const wanted = load<i32>(list + ((<usize>place) << 3));
    assert(<u32>wanted < <u32>LINES_MAX);
    if (lineInSeat(wanted) && line(wanted).owner !== handle + 1) return false;
  }
  return true;
}

function listed(list: usize, lines: i32, wanted: i32): bool {
  for (let place = 0; place < lines; place++) if (load<i32>(list + ((<usize>place) << 3)) === wanted) return true;
  return false;
}

function takeSeat(handle: i32, list: usize, lines: i32): void {
  occupySeat(handle, list, lines);
  for (let place = 0; place < lines; place++) setLine(load<i32>(list + ((<usize>place) << 3)), LINE_FREE, NONE);
}

/** Makes the lines the agent's, all of them free, and tells nobody. */
export function occupySeat(handle: i32, list: usize, lines: i32): void {
  const enters = agent(handle);
  enters.lineCount = <u8>lines;
  if (lines > 0) enters.lines = allocate((<usize>lines) << 2);
  for (let place = 0; place < lines; place++) {
    const wanted = load<i32>(list + ((<usize>place) << 3));
    const channel = load<i32>(list + ((<usize>place) << 3), 4);
    assert(<u32>channel < <u32>CHANNELS_MAX);
    const taken = make<Line>(POOL_LINES, wanted);
    assert(taken.owner === 0);
    taken.owner = handle + 1;
    taken.channel = <u8>channel;
    store<i32>(enters.lines + ((<usize>place) << 2), wanted);
    enters.addLine(channel);
    enters.seatChannels |= 1 << channel;
    taken.state = <u8>LINE_FREE;
    taken.contact = NONE;
    taken.timer = NONE;
  }
}

/** Gives all lines up; those that the new list (if any) has again are not reported gone. */
function leaveSeat(handle: i32, list: usize, lines: i32): void {
  const leaves = agent(handle);
  for (let place = 0; place < <i32>leaves.lineCount; place++) {
    const given = seatLine(leaves, place);
    assert(line(given).contact === NONE);
    if (!listed(list, lines, given)) setLine(given, LINE_GONE, NONE);
    line(given).owner = 0;
  }
  if (leaves.lineCount > 0) release(leaves.lines, (<usize>leaves.lineCount) << 2);
  leaves.lines = 0;
  leaves.lineCount = 0;
  leaves.linesLow = 0;
  leaves.linesHigh = 0;
  leaves.seatChannels = 0;
}

// ── Logging out ─────────────────────────────────────────────────────────────────────────────────────────────────
export function logout(command: usize): void {
  const handle = load<i32>(command, AGENT_COMMAND_AGENT);
  const whenIdle = (load<u16>(command, COMMAND_FLAGS) & LOGOUT_WHEN_IDLE) !== 0;
  if (!agentExists(handle)) return refuse(REFUSED_AGENT_NOT_FOUND, NONE, 0, handle, NONE);
  const leaves = agent(handle);
  if (!leaves.loggedIn) return;
  if (!whenIdle && leaves.connected > 0) return refuse(REFUSED_AGENT_IN_CONTACT, NONE, 0, handle, NONE);

  touch(handle);
  leaves.loggingOut = 1;
  markDirty(handle);
  withdrawRinging(handle, WITHDRAWN_LOGGED_OUT, !whenIdle);
  if (!whenIdle) endWrapUps(handle);
  recheckWaiters(handle);
  leaveWhenIdle(handle);
}

function endWrapUps(handle: i32): void {
  const leaves = agent(handle);
  for (let place = 0; place < <i32>leaves.lineCount; place++) {
    const slot = line(seatLine(leaves, place)).contact;
    if (slot !== NONE && contact(slot).state === CONTACT_WRAP_UP) endWrapUp(slot);
  }
}

/** Logs an agent out that wanted to and has nothing in service or in wrap-up any more. */
export function leaveWhenIdle(handle: i32): void {
  const leaves = agent(handle);
  if (!leaves.loggingOut || leaves.inProgress() > 0) return;
  leaveSeat(handle, 0, 0);
  if (leaves.ready) endDuty(handle);
  leaves.loggedIn = 0;
  leaves.loggingOut = 0;
  leaves.ready = 0;
  leaves.reason = REASON_NONE;
  endRest(leaves);
}

/** The line is free again and the contact is over for the agent too. */
export function endWrapUp(slot: i32): void {
  const ends: Contact = contact(slot);
  const handle = ends.agent;
  const by = agent(handle);
  clearTimer(ends.timer);
  ends.timer = NONE;
  touch(handle);
  by.wrappingUp--;
  if (ends.is(TAKES_SEAT)) by.seatTaken--;
  by.addProgress(line(ends.line).channel, -1);
  noteIdle(handle, IDLE_WRAPPED_UP);
  setLine(ends.line, LINE_FREE, NONE);
  releaseContact(slot);
  markDirty(handle);
}
