// Calls that agents make: a contact that is at one line of an agent from its beginning, whatever else waits for that agent.
//
//   with legs: connecting ── joined ──▶ connected; what comes to nothing is over, since it came from no pool and goes to none
//   without:   connected at once
//
// To line, seat and capacity it is an offer that was accepted: one line, one of what the agent may have at once, and what rings while
// one rings at a time. It is no offer to anybody else: it needs no readiness, no skill and no queue of the agent's, is no miss, no
// reason to rest and no contact counted in its queue, waits in no place of it, and goes on where its agent becomes not ready. Who
// logs out when idle has it as whatever is in service; who logs out now ends it. Once connected it is a contact as any other.

import { agent, agentExists, markDirty, touch } from './agents.ts';
import { Contact, contact, finishUnserved, HAS_LEGS, IS_DIALLED, makeContact } from './contacts.ts';
import { about, begin, finish, refuse, times, values } from './effects.ts';
import { count, now, state } from './header.ts';
import {
  COMMAND_FLAGS,
  CONTACT_CONTACT,
  CONTACT_DIAL_AGENT,
  CONTACT_DIAL_CONNECT_MS,
  CONTACT_DIAL_LINE,
  CONTACT_DIAL_PROFILE,
  CONTACT_FREE,
  CONTACT_NUMBER,
  CONTACT_RINGING,
  CONTACT_WAITING,
  CONTACTS_MAX,
  DIAL_WITH_LEGS,
  EFFECT_DIALLED,
  ENDED_AGENT_NOT_REACHED,
  ENDED_AGENT_UNAVAILABLE,
  ENDED_BY_AGENT,
  ENDED_NOT_JOINED,
  HEADER_LIVE,
  HEADER_WAITING,
  LINE_FREE,
  LINE_RINGING,
  LINES_MAX,
  NONE,
  REFUSED_AGENT_AT_CAPACITY,
  REFUSED_AGENT_NOT_FOUND,
  REFUSED_AGENT_NOT_LOGGED_IN,
  REFUSED_ANOTHER_LINE_RINGS,
  REFUSED_LINE_ALREADY_BUSY,
  REFUSED_LINE_NOT_IN_SEAT,
  REFUSED_QUEUE_NOT_FOUND,
  WITHDRAWN_LOGGED_OUT,
  WITHDRAWN_REJECTED,
  WITHDRAWN_UNREACHABLE,
} from './layout.ts';
import { connect } from './offers.ts';
import { profile, profileExists } from './profiles.ts';
import { queue } from './queues.ts';
import { joinRinging } from './ringing.ts';
import { IS_ACCEPTED, leaveWhenIdle, line, lineInSeat, setLine } from './seats.ts';
import { dueOf, setTimer, TIMER_OFFER } from './timers.ts';

export function dialContact(command: usize): void {
  const slot = load<i32>(command, CONTACT_CONTACT);
  const number = load<u32>(command, CONTACT_NUMBER);
  const wanted = load<i32>(command, CONTACT_DIAL_PROFILE);
  const handle = load<i32>(command, CONTACT_DIAL_AGENT);
  const at = load<i32>(command, CONTACT_DIAL_LINE);
  const connectMs = load<i32>(command, CONTACT_DIAL_CONNECT_MS);
  const withLegs = (load<u16>(command, COMMAND_FLAGS) & DIAL_WITH_LEGS) !== 0;
  assert(<u32>slot < <u32>CONTACTS_MAX && makeContact(slot).state === CONTACT_FREE);
  assert(<u32>at < <u32>LINES_MAX && connectMs > 0);
  if (!profileExists(wanted)) return refuse(REFUSED_QUEUE_NOT_FOUND, slot, number, handle, NONE);
  const where = profile(wanted).queue;
  const code = obstacleToDial(handle, at, profile(wanted).channel, withLegs);
  if (code !== 0) return refuse(code, slot, number, handle, where);

  touch(handle);
  markDirty(handle);
  fillDialled(slot, number, wanted, withLegs);
  const by = agent(handle);
  joinRinging(contact(slot), at);
  line(at).flags = IS_ACCEPTED;
  line(at).offer = 1;
  line(at).contact = slot;
  by.ringing++;
  by.addProgress(line(at).channel, 1);
  if (withLegs) line(at).timer = setTimer(TIMER_OFFER, at, now() + connectMs);
  emitDialled(slot, at);
  if (withLegs) setLine(at, LINE_RINGING, slot);
  else connect(at);
}

/** Why the agent cannot call out on that line, or 0. */
function obstacleToDial(handle: i32, at: i32, channel: i32, withLegs: bool): i32 {
  if (!agentExists(handle)) return REFUSED_AGENT_NOT_FOUND;
  const by = agent(handle);
  if (!by.loggedIn || by.loggingOut) return REFUSED_AGENT_NOT_LOGGED_IN;
  if (!lineInSeat(at) || line(at).owner !== handle + 1 || <i32>line(at).channel !== channel)
    return REFUSED_LINE_NOT_IN_SEAT;
  if (line(at).state !== LINE_FREE) return REFUSED_LINE_ALREADY_BUSY;
  if (by.progress(channel) >= by.limit(channel) || by.inProgress() >= by.total) return REFUSED_AGENT_AT_CAPACITY;
  return withLegs && by.oneRinging && by.ringing > 0 ? REFUSED_ANOTHER_LINE_RINGS : 0;
}

function fillDialled(slot: i32, number: u32, wanted: i32, withLegs: bool): void {
  const made = contact(slot);
  memory.fill(changetype<usize>(made), 0, offsetof<Contact>());
  made.state = <u8>CONTACT_RINGING;
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

function emitDialled(slot: i32, at: i32): void {
  const made = contact(slot);
  const effect = begin(EFFECT_DIALLED, 0);
  about(effect, slot, made.number, line(at).owner - 1, at, made.queue);
  values(effect, line(at).offer, made.is(HAS_LEGS) ? 1 : 0, 0);
  times(effect, line(at).timer === NONE ? 0 : dueOf(line(at).timer), made.arrived, 0);
  finish(effect);
}

/** It is at no line any more, for that reason of its offer's. */
export function endDialled(slot: i32, handle: i32, withdrawn: i32): void {
  assert(contact(slot).state === CONTACT_WAITING);
  finishUnserved(slot, endedBy(withdrawn));
  leaveWhenIdle(handle);
}

function endedBy(withdrawn: i32): i32 {
  if (withdrawn === WITHDRAWN_REJECTED) return ENDED_BY_AGENT;
  if (withdrawn === WITHDRAWN_LOGGED_OUT) return ENDED_AGENT_UNAVAILABLE;
  return withdrawn === WITHDRAWN_UNREACHABLE ? ENDED_NOT_JOINED : ENDED_AGENT_NOT_REACHED;
}
