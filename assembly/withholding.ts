// Contacts that are not to be offered for a while. When, the host decides.
//
//   waiting ── withhold ──▶ waiting, in no pool ── no more ──▶ looks for an agent from its old place
//   waiting for one agent, ringing (at no further agents), connecting, in service ── withhold ──▶ goes on, and is marked
//
//   in service ── parked (sending.ts) ──▶ waiting, in no pool ── sent on as resumed ──▶ wherever it is sent
//
// The mark outlasts offers and service, so whatever brings a marked contact back to its queue finds it withheld. It keeps
// its arrival, its credit and its number of creation, counts among those who wait there, and may leave, be changed and be
// ended as any other. One that waits for an agent by name keeps that place, too, and the end of that wait.

import { touch } from './agents.ts';
import { contact, IS_WITHHELD, named } from './contacts.ts';
import { about, begin, finish, times } from './effects.ts';
import {
  CONTACT_COMMAND_VALUE,
  CONTACT_WAITING,
  CONTACT_WAITING_FOR,
  CONTACT_WRAP_UP,
  EFFECT_WITHHELD,
  NONE,
  QUEUED_WITHHELD_NO_MORE,
  WITHHELD_BEGINS,
  WITHHELD_ENDS,
  WITHHELD_PARKED,
} from './layout.ts';
import { addHomeless } from './match.ts';
import { removeWaiting } from './profiles.ts';
import { ringOn } from './ringing.ts';

export function withholdContact(command: usize): void {
  const slot = named(command);
  const on = load<i32>(command, CONTACT_COMMAND_VALUE);
  assert(on === 0 || on === 1);
  if (slot === NONE) return;
  const marked = contact(slot);
  if (marked.state === CONTACT_WRAP_UP || marked.is(IS_WITHHELD) === (on === 1)) return;

  if (on === 1) {
    if (marked.pooled) removeWaiting(slot);
    return withholdFromNow(slot);
  }
  marked.unmark(IS_WITHHELD);
  emitWithheld(slot, WITHHELD_ENDS);
  if (marked.state === CONTACT_WAITING) addHomeless(slot, QUEUED_WITHHELD_NO_MORE);
  else if (marked.state === CONTACT_WAITING_FOR) touch(marked.named);
  else ringOn(slot, QUEUED_WITHHELD_NO_MORE);
}

/** It is in no pool. */
export function withholdFromNow(slot: i32): void {
  contact(slot).mark(IS_WITHHELD);
  emitWithheld(slot, WITHHELD_BEGINS);
}

/** In no pool and with nobody (sending.ts): it stays there until it is sent on. */
export function parkContact(slot: i32): void {
  if (contact(slot).is(IS_WITHHELD)) return;
  contact(slot).mark(IS_WITHHELD);
  emitWithheld(slot, WITHHELD_PARKED);
}

/** Is about to be sent somewhere, and may be offered there. */
export function resumeContact(slot: i32, code: i32): void {
  if (!contact(slot).is(IS_WITHHELD)) return;
  contact(slot).unmark(IS_WITHHELD);
  emitWithheld(slot, code);
}

export function emitWithheld(slot: i32, code: i32): void {
  const marked = contact(slot);
  const effect = begin(EFFECT_WITHHELD, code);
  about(effect, slot, marked.number, NONE, NONE, marked.queue);
  times(effect, 0, marked.arrived, 0);
  finish(effect);
}
