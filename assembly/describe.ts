// The live state as effects, page by page: how a host that starts on a restored memory learns what is there.
//
// The cursor runs through four ranges laid end to end: agents, lines, contacts, profiles. Nothing is changed but the
// header's transient fields, so a described memory has the digest it had.

import { agent, emitState } from './agents.ts';
import { made, top } from './arena.ts';
import { AWAITS, contact, IS_WITHHELD, stateShown } from './contacts.ts';
import { emitAwaits } from './direct.ts';
import { about, begin, finish, room, times, values } from './effects.ts';
import { POOL_AGENTS, POOL_CONTACTS, POOL_LINES, POOL_PROFILES, state } from './header.ts';
import {
  AGENTS_MAX,
  BUFFERS,
  CAUSE_DESCRIBE,
  CONTACT_FREE,
  CONTACT_RINGING,
  CONTACTS_MAX,
  EFFECT_CONTACT_STATE,
  EFFECT_PROFILE_STATE,
  EFFECTS_AT,
  EFFECTS_BYTES,
  HEADER_DESCRIBE_NEXT,
  HEADER_EFFECT_COUNT,
  HEADER_MAGIC,
  LINES_MAX,
  MAGIC,
  NONE,
  RING_TOGETHER_MAX,
  WITHHELD_BEGINS,
} from './layout.ts';
import { emitLeaves } from './leaving.ts';
import { emitRings } from './offers.ts';
import { profile } from './profiles.ts';
import { emitLine, line } from './seats.ts';
import { dueOf } from './timers.ts';
import { emitWithheld } from './withholding.ts';

const LINES_FROM: i32 = AGENTS_MAX;
const CONTACTS_FROM: i32 = LINES_FROM + LINES_MAX;
const PROFILES_FROM: i32 = CONTACTS_FROM + CONTACTS_MAX;

export function describeFrom(buffer: i32, cursor: i32): void {
  assert(load<i64>(0, HEADER_MAGIC) === MAGIC);
  assert(<u32>buffer < <u32>BUFFERS && cursor >= 0);
  const own = state();
  own.effects = <usize>(EFFECTS_AT + buffer * EFFECTS_BYTES);
  own.cause = CAUSE_DESCRIBE;
  store<i32>(0, 0, HEADER_EFFECT_COUNT);
  let next = cursor;
  // A contact that will leave and is withheld takes three, one that rings at several one for each further one.
  while (next !== NONE && room() > RING_TOGETHER_MAX + 1) next = describeOne(next);
  store<i32>(0, next, HEADER_DESCRIBE_NEXT);
  own.effects = 0;
  own.cause = 0;
}

/** Describes what the cursor points at, if anything, and returns the next cursor. */
function describeOne(cursor: i32): i32 {
  if (cursor < LINES_FROM) {
    if (cursor >= top(POOL_AGENTS)) return LINES_FROM;
    if (made(POOL_AGENTS, cursor) && agent(cursor).exists) emitState(cursor, agent(cursor));
  } else if (cursor < CONTACTS_FROM) {
    const handle = cursor - LINES_FROM;
    if (handle >= top(POOL_LINES)) return CONTACTS_FROM;
    if (made(POOL_LINES, handle) && line(handle).owner !== 0)
      emitLine(handle, line(handle).owner - 1, line(handle).state);
  } else if (cursor < PROFILES_FROM) {
    const slot = cursor - CONTACTS_FROM;
    if (slot >= top(POOL_CONTACTS)) return PROFILES_FROM;
    if (made(POOL_CONTACTS, slot) && contact(slot).state !== CONTACT_FREE) describeContact(slot);
  } else {
    const number = cursor - PROFILES_FROM;
    if (number >= top(POOL_PROFILES)) return NONE;
    if (made(POOL_PROFILES, number) && profile(number).exists) describeProfile(number);
  }
  return cursor + 1;
}

function describeContact(slot: i32): void {
  const lives = contact(slot);
  const effect = begin(EFFECT_CONTACT_STATE, stateShown(lives));
  about(effect, slot, lives.number, lives.agent, lives.line, lives.queue);
  values(effect, lives.profile, lives.line === NONE ? lives.offer : line(lives.line).offer, lives.priority);
  const isRinging = lives.state === CONTACT_RINGING;
  const ends = isRinging ? line(lives.line).timer : lives.timer;
  times(effect, lives.is(AWAITS) ? 0 : dueOf(ends), lives.arrived, lives.connectedAt);
  finish(effect);
  if (lives.leavesWhy !== 0) emitLeaves(slot);
  if (lives.is(AWAITS)) emitAwaits(slot);
  if (lives.is(IS_WITHHELD)) emitWithheld(slot, WITHHELD_BEGINS);
  if (isRinging) emitRings(slot);
}

function describeProfile(number: i32): void {
  const known = profile(number);
  const effect = begin(EFFECT_PROFILE_STATE, 0);
  about(effect, NONE, 0, NONE, NONE, known.queue);
  values(effect, number, known.channel, known.users);
  finish(effect);
}
