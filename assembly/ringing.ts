// Ringing at several agents at once: one offer each, of which the first that is accepted wins.
//
//   placed ─▶ rings at one ─▶ at more, while agents are free and it may ring at more ─▶ one accepts: the others are withdrawn
//                  ▲                                  │
//                  └── after everyMs, or when another agent becomes free, or one of its offers comes to nothing
//
// An offer is kept at its line, since a line has one contact at most: there are no more offers than lines, and nothing to run out of.
// The lines of a contact are a list in the order of its offers, of RING_TOGETHER_MAX at most; `line` and `agent` of the contact are
// those of the first, so that a contact that rings at one agent is as it would be if there were no others.
//
// A contact that rings and would ring at more is in the pool of its profile, as if it waited: whoever becomes free serves the best
// there, whether that rings already or not. So agents are divided by the order of contacts, the older first. An agent rings for
// one of them at a time: while any of its lines rings it is not asked for a queue that rings several at once, or for the
// same contact twice.

import { Agent } from './agents.ts';
import { made, top } from './arena.ts';
import { Contact, contact, IS_WITHHELD } from './contacts.ts';
import { now, POOL_CONTACTS } from './header.ts';
import { CONTACT_RINGING, CONTACT_WAITING, NONE, SELECT_RING_ALL, SELECT_RING_PROGRESSIVE } from './layout.ts';
import { addHomeless } from './match.ts';
import { removeWaiting } from './profiles.ts';
import { Queue, queue } from './queues.ts';
import { line } from './seats.ts';
import { clearTimer, setTimer, TIMER_RING } from './timers.ts';

export function ringsSeveral(that: Queue): bool {
  return that.select === SELECT_RING_ALL || that.select === SELECT_RING_PROGRESSIVE;
}

/** Whether an agent that is free on its channel may be offered a contact of the queue. */
export function mayRingFor(that: Queue, by: Agent): bool {
  return by.ringing === 0 || !ringsSeveral(that);
}

/** Rings, and would ring at one more. One that will leave its queue, or is withheld, has the outcome of what rings. */
export function wantsMore(slot: i32): bool {
  const rings = contact(slot);
  if (rings.state !== CONTACT_RINGING || rings.leavesWhy !== 0 || rings.is(IS_WITHHELD)) return false;
  return rings.rings < rings.wanted;
}

/** At how many more agents it may ring that is being placed now; NONE where its queue rings one at a time. */
export function mayRingAt(slot: i32): i32 {
  const looks = contact(slot);
  const that = queue(looks.queue);
  if (!ringsSeveral(that)) return NONE;
  if (looks.state === CONTACT_RINGING) return looks.wanted - looks.rings;
  return that.select === SELECT_RING_ALL ? that.ringTogether : 1;
}

/** It has just begun to ring. Who is asked for by name is asked alone. */
export function beginRound(slot: i32): void {
  const rings = contact(slot);
  const that = queue(rings.queue);
  rings.wanted = 0;
  if (rings.named !== NONE || !ringsSeveral(that)) return;
  if (that.select === SELECT_RING_ALL) rings.wanted = that.ringTogether;
  else beginStep(slot, 1);
}

function beginStep(slot: i32, wanted: i32): void {
  const rings = contact(slot);
  const that = queue(rings.queue);
  rings.wanted = wanted;
  if (wanted < that.ringTogether) rings.timer = setTimer(TIMER_RING, slot, now() + that.ringEveryMs);
}

/** Its time to ring at one more has come, or what was left over by a cause that could make no more ring. */
export function ringFurther(slot: i32): void {
  const that = queue(contact(slot).queue);
  if (that.select === SELECT_RING_ALL) contact(slot).wanted = that.ringTogether;
  else beginStep(slot, contact(slot).wanted + 1);
  ringOn(slot, 0);
}

/** This cause has made enough ring: what is left is for the next one. */
export function ringLater(slot: i32): void {
  contact(slot).wanted = 0;
  contact(slot).timer = setTimer(TIMER_RING, slot, now());
}

/** It rings at fewer agents than it may, where it is not known to already. */
export function ringOn(slot: i32, why: i32): void {
  if (wantsMore(slot) && !contact(slot).pooled) addHomeless(slot, why);
}

/** What rings goes on, at nobody else. */
export function ringNoFurther(slot: i32): void {
  const rings = contact(slot);
  rings.wanted = 0;
  clearTimer(rings.timer);
  rings.timer = NONE;
  if (rings.pooled) removeWaiting(slot);
}

/** The way in which the queue rings has changed: it holds from the next time on that a contact is placed. */
export function endRounds(handle: i32): void {
  for (let slot = 0; slot < top(POOL_CONTACTS); slot++) {
    if (!made(POOL_CONTACTS, slot)) continue;
    const rings = contact(slot);
    if (rings.state === CONTACT_RINGING && rings.queue === handle) ringNoFurther(slot);
  }
}

// ── The lines of a contact ──────────────────────────────────────────────────────────────────────────────────────
/** It rings at one more line, as the last. */
export function joinRinging(rings: Contact, at: i32): void {
  line(at).nextRinging = 0;
  rings.rings++;
  if (rings.rings === 1) {
    rings.line = at;
    rings.agent = line(at).owner - 1;
    return;
  }
  let last = rings.line;
  while (line(last).nextRinging !== 0) last = line(last).nextRinging - 1;
  line(last).nextRinging = at + 1;
}

/** It does not ring there any more. With the last of its lines it waits again, and is nowhere. */
export function leaveRinging(slot: i32, at: i32): void {
  const rings = contact(slot);
  const next = line(at).nextRinging;
  line(at).nextRinging = 0;
  rings.rings--;
  if (rings.rings === 0) {
    ringNoFurther(slot);
    rings.state = <u8>CONTACT_WAITING;
    rings.agent = NONE;
    rings.line = NONE;
  } else if (rings.line === at) {
    rings.line = next - 1;
    rings.agent = line(rings.line).owner - 1;
  } else {
    let before = rings.line;
    while (line(before).nextRinging - 1 !== at) before = line(before).nextRinging - 1;
    line(before).nextRinging = next;
  }
}

/** The line at which the offer of that number rings, or NONE. */
export function ringsAt(rings: Contact, offer: i32): i32 {
  if (rings.state !== CONTACT_RINGING) return NONE;
  let at = rings.line;
  while (at !== NONE && line(at).offer !== offer) at = line(at).nextRinging - 1;
  return at;
}
