// Sending a contact on: to another queue, to one agent by name, or to the agent of another contact (an attended transfer).
//
//   waiting, ringing, connecting ── send ──▶ nowhere ──▶ asks for an agent by name, or looks for its place in the pool
//   in service ── send ──▶ its agent wraps up in a part; nowhere ──▶ the same
//   in service ── park ──▶ its agent is done with it, without a wrap-up; in no pool until it is sent on as resumed (withholding.ts)
//   in service ── hand over ──▶ its agent wraps up in a part; in service at the other contact's line, and that contact is over
//
// A contact has one line and one agent, and so has what an agent has left to do for one that has gone on: the part, which is a
// contact in wrap-up from its beginning, with a slot and a number of its own, and is treated as any other in wrap-up. So a
// contact may wait, ring or be served while agents before wrap up after it.
//
// A contact that is sent keeps its arrival, credit and place in the order of creation, so it waits where its age puts it; and it
// never ends by being sent: who is asked for by name and does not take it leaves it to the next, the last one to the pool.

import { agent, markDirty, touch } from './agents.ts';
import {
  Contact,
  contact,
  emitEnded,
  IS_DIALLED,
  lives,
  makeContact,
  named,
  refuseContact,
  releaseContact,
  releaseServed,
  takeAway,
  wrapUpOrRelease,
} from './contacts.ts';
import { askFor } from './direct.ts';
import { about, begin, finish, refuse, times, values } from './effects.ts';
import { count, now } from './header.ts';
import { noteIdle } from './idle.ts';
import {
  COMMAND_FLAGS,
  CONTACT_CONNECTED,
  CONTACT_FREE,
  CONTACT_HAND_OVER_FROM,
  CONTACT_HAND_OVER_OTHER,
  CONTACT_HAND_OVER_OTHER_NUMBER,
  CONTACT_HAND_OVER_PART,
  CONTACT_HAND_OVER_PART_NUMBER,
  CONTACT_SEND_AGENT,
  CONTACT_SEND_BACK_MS,
  CONTACT_SEND_BACK_TO,
  CONTACT_SEND_FROM,
  CONTACT_SEND_LINE,
  CONTACT_SEND_PART,
  CONTACT_SEND_PART_NUMBER,
  CONTACT_SEND_PROFILE,
  CONTACT_SEND_REST_MS,
  CONTACT_SEND_WAIT_MS,
  CONTACT_SEND_WHY,
  CONTACT_WAITING,
  CONTACT_WRAP_UP,
  CONTACTS_MAX,
  EFFECT_HANDED_OVER,
  EFFECT_PARTED,
  ENDED_HANDED_OVER,
  HEADER_LIVE,
  HEADER_WAITING,
  IDLE_ENDED,
  LINE_CONNECTED,
  LINES_MAX,
  MOVED_CHOSEN,
  MOVED_HANDED_OVER,
  MOVED_PARKED,
  MOVED_RETURNED,
  MOVED_TRANSFERRED,
  NONE,
  OR_ELSE_QUEUE,
  QUEUED_MOVED,
  QUEUED_SENT,
  REFUSED_CONTACT_ALREADY_CONNECTED,
  REFUSED_CONTACT_ALREADY_ENDED,
  REFUSED_CONTACT_NOT_FOUND,
  REFUSED_CONTACT_NOT_WITH_AGENT,
  SEND_FOR_NAMED,
  SEND_RESUMED,
  WITHDRAWN_SENT,
  WITHHELD_ENDS,
  WITHHELD_RESUMED,
} from './layout.ts';
import { changeQueue, stayAfterAll } from './leaving.ts';
import { addHomeless } from './match.ts';
import { rest } from './offers.ts';
import { profile, profileExists } from './profiles.ts';
import { queue } from './queues.ts';
import { line, setLine } from './seats.ts';
import { parkContact, resumeContact } from './withholding.ts';

export function sendContact(command: usize): void {
  const slot = named(command);
  const given = load<i32>(command, CONTACT_SEND_PROFILE);
  const asked = load<i32>(command, CONTACT_SEND_AGENT);
  const from = load<i32>(command, CONTACT_SEND_FROM);
  const why = load<i32>(command, CONTACT_SEND_WHY);
  const parks = why === MOVED_PARKED;
  assert((why >= MOVED_TRANSFERRED && why <= MOVED_RETURNED) || why === MOVED_CHOSEN || parks);
  assert(!parks || (from !== NONE && asked === NONE && given === NONE));
  assert(<u32>load<i32>(command, CONTACT_SEND_LINE) <= <u32>LINES_MAX);
  assert(load<i32>(command, CONTACT_SEND_WAIT_MS) >= 0 && load<i32>(command, CONTACT_SEND_BACK_MS) >= 0);
  if (slot === NONE) return refuseContact(REFUSED_CONTACT_NOT_FOUND, command);
  const sent = contact(slot);
  if (sent.state === CONTACT_WRAP_UP) return refuseContact(REFUSED_CONTACT_ALREADY_ENDED, command);
  const served = sent.state === CONTACT_CONNECTED;
  if (from !== NONE && (!served || sent.agent !== from)) return refuseContact(REFUSED_CONTACT_NOT_WITH_AGENT, command);
  if (sent.is(IS_DIALLED)) return refuseContact(REFUSED_CONTACT_NOT_WITH_AGENT, command);
  if (served && sent.agent === asked) return refuseContact(REFUSED_CONTACT_ALREADY_CONNECTED, command);

  const to = given === NONE ? sent.profile : given;
  assert(profileExists(to) && profile(to).channel === profile(sent.profile).channel);
  if (served) {
    partSent(slot, command, why);
  } else {
    takeAway(slot, WITHDRAWN_SENT);
    stayAfterAll(slot);
    sent.asksForNobody();
  }
  if (parks) return parkContact(slot);
  if ((load<u16>(command, COMMAND_FLAGS) & SEND_RESUMED) !== 0) {
    // Whose customer was choosing has waited all the time.
    resumeContact(slot, why === MOVED_CHOSEN ? WITHHELD_ENDS : WITHHELD_RESUMED);
  }
  goTo(slot, to, why, command);
}

/** Takes it from the agent who serves it, who may have to rest. It waits then, nowhere. */
function partSent(slot: i32, command: usize, why: i32): void {
  const handle = contact(slot).agent;
  const restMs = load<i32>(command, CONTACT_SEND_REST_MS);
  part(slot, why, load<i32>(command, CONTACT_SEND_PART), load<u32>(command, CONTACT_SEND_PART_NUMBER));
  const parted = contact(slot);
  parted.state = <u8>CONTACT_WAITING;
  parted.agent = NONE;
  parted.line = NONE;
  parted.connectedAt = 0;
  queue(parted.queue).pending++;
  count(HEADER_WAITING, 1);
  if (restMs > 0 && agent(handle).ready) rest(handle, now() + restMs);
}

function goTo(slot: i32, to: i32, why: i32, command: usize): void {
  const goes = contact(slot);
  const asked = load<i32>(command, CONTACT_SEND_AGENT);
  const changes = profile(to).queue !== goes.queue;
  if (changes) {
    changeQueue(slot, to, why);
  } else {
    profile(goes.profile).users--;
    profile(to).users++;
    goes.profile = to;
  }
  if (asked === NONE) return addHomeless(slot, changes ? QUEUED_MOVED : QUEUED_SENT);
  const whatever = (load<u16>(command, COMMAND_FLAGS) & SEND_FOR_NAMED) !== 0;
  goes.orElse = <u8>OR_ELSE_QUEUE;
  goes.backTo = load<i32>(command, CONTACT_SEND_BACK_TO) + 1;
  goes.backMs = load<i32>(command, CONTACT_SEND_BACK_MS);
  askFor(slot, asked, whatever, load<i32>(command, CONTACT_SEND_WAIT_MS), load<i32>(command, CONTACT_SEND_LINE));
}

// ── Parts ───────────────────────────────────────────────────────────────────────────────────────────────────────
/** The agent who serves it is done with it but for wrapping up, which the part does. What becomes of the contact is the caller's. */
function part(slot: i32, why: i32, partSlot: i32, number: u32): void {
  const handle = contact(slot).agent;
  touch(handle);
  markDirty(handle);
  assert(<u32>partSlot < <u32>CONTACTS_MAX && makeContact(partSlot).state === CONTACT_FREE);
  const parts = contact(slot);
  const effect = begin(EFFECT_PARTED, why);
  about(effect, slot, parts.number, handle, parts.line, parts.queue);
  values(effect, partSlot, <i32>number, line(parts.line).offer);
  times(effect, parts.connectedAt, parts.arrived, now() - parts.connectedAt);
  finish(effect);
  fillPart(contact(partSlot), parts, number);
  agent(handle).connected--;
  noteIdle(handle, IDLE_ENDED);
  if (why === MOVED_PARKED) releaseServed(partSlot);
  else wrapUpOrRelease(partSlot);
}

function fillPart(made: Contact, from: Contact, number: u32): void {
  memory.fill(changetype<usize>(made), 0, offsetof<Contact>());
  made.state = <u8>CONTACT_CONNECTED;
  made.number = number;
  made.profile = from.profile;
  made.queue = from.queue;
  made.agent = from.agent;
  made.line = from.line;
  made.offer = line(from.line).offer;
  made.timer = NONE;
  made.named = NONE;
  made.arrived = from.arrived;
  made.sequence = from.sequence;
  made.connectedAt = from.connectedAt;
  profile(made.profile).users++;
  queue(made.queue).live++;
  count(HEADER_LIVE, 1);
}

// ── Handing over ────────────────────────────────────────────────────────────────────────────────────────────────
export function handOver(command: usize): void {
  const slot = named(command);
  const otherSlot = load<i32>(command, CONTACT_HAND_OVER_OTHER);
  const otherNumber = load<u32>(command, CONTACT_HAND_OVER_OTHER_NUMBER);
  const other = lives(otherSlot, otherNumber);
  if (slot === NONE) return refuseContact(REFUSED_CONTACT_NOT_FOUND, command);
  if (other === NONE) return refuse(REFUSED_CONTACT_NOT_FOUND, otherSlot, otherNumber, NONE, NONE);
  const goes = contact(slot);
  const ends = contact(other);
  const isWith = goes.state === CONTACT_CONNECTED && goes.agent === load<i32>(command, CONTACT_HAND_OVER_FROM);
  if (!isWith) return refuseContact(REFUSED_CONTACT_NOT_WITH_AGENT, command);
  if (ends.state !== CONTACT_CONNECTED || ends.agent === goes.agent) {
    return refuse(REFUSED_CONTACT_NOT_WITH_AGENT, otherSlot, otherNumber, NONE, NONE);
  }

  assert(profile(ends.profile).channel === profile(goes.profile).channel);
  const handle = ends.agent;
  const at = ends.line;
  part(
    slot,
    MOVED_HANDED_OVER,
    load<i32>(command, CONTACT_HAND_OVER_PART),
    load<u32>(command, CONTACT_HAND_OVER_PART_NUMBER),
  );
  emitEnded(other, ENDED_HANDED_OVER);
  takeOver(slot, handle, at);
  releaseContact(other);
}

/** It is in service at a line that served another contact until now. */
function takeOver(slot: i32, handle: i32, at: i32): void {
  const goes = contact(slot);
  assert(line(at).owner === handle + 1);
  goes.agent = handle;
  goes.line = at;
  goes.connectedAt = now();
  // Nothing of an earlier offer means the agent that it is with now.
  goes.offer++;
  line(at).offer = goes.offer;
  const effect = begin(EFFECT_HANDED_OVER, 0);
  about(effect, slot, goes.number, handle, at, goes.queue);
  values(effect, goes.offer, 0, 0);
  times(effect, 0, goes.arrived, 0);
  finish(effect);
  setLine(at, LINE_CONNECTED, slot);
}
