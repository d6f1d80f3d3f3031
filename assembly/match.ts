// Who serves whom: after every command and every timer, settle() restores the one invariant of matching,
//   no agent is free on a channel while a contact that is not withheld and that it could serve waits there, or rings there and
//   would ring at more; but where its queue matches in batches, and then that batch is on its way (batch.ts).
//
// A cause leaves behind the agents that were taken out of the pool (touched: one, or those at whom a contact rang together) and the
// contacts that lost their place (homeless: new, back from an offer, fallen back, updated, or ringing at fewer than they may). They are settled in this order, which is also the order of
// the effects (docs/matching.md states it for readers of effects):
//   1. the states of agents that can take nothing more are told
//   2. each homeless contact, best first, takes the best agent that was free already, else joins its heap
//   3. each touched agent, in the order of touching, serves while it is free: who asked for it by name, then whose customer knows it, then the best head of its profiles
//   4. homeless contacts that still wait are told their place, best first, each that waits for one agent as well that it does
//   5. the states of all other agents that changed are told
// So an agent who missed or rejected a contact comes after everybody else who is free, and still before nobody.

import { firstNow } from './ageing.ts';
import { agent, enterPool, freeChannels, tellStates } from './agents.ts';
import { excludes } from './among.ts';
import { List, reserve } from './arena.ts';
import { beginBatches } from './batch.ts';
import { agentClass, fitProfile } from './classes.ts';
import { Contact, contact, IS_WITHHELD, named } from './contacts.ts';
import { bestWaiter, ringsAtKnown, takeWaiter, waitForKnown, waitsByAffinity } from './direct.ts';
import { about, begin, finish, times, values } from './effects.ts';
import { explainChoice, explainPlace, explainStanding } from './explain.ts';
import { LIST_HOMELESS, now, state } from './header.ts';
import {
  CHOSE_AFFINITY,
  CHOSE_HEAD,
  CHOSE_NAMED,
  CONTACT_WAITING,
  EFFECT_PLACE,
  EFFECT_QUEUED,
  NONE,
  RINGS_PER_CAUSE_MAX,
} from './layout.ts';
import { noteWork } from './occupancy.ts';
import { makeOffer } from './offers.ts';
import { chooseFree, countAhead, profile, pushWaiting, removeWaiting } from './profiles.ts';
import { queue } from './queues.ts';
import { mayRingFor, ringLater, wantsMore } from './ringing.ts';
import { servedBefore } from './score.ts';

function homeless(): List {
  return changetype<List>(LIST_HOMELESS);
}

function homelessAt(place: i32): i32 {
  return load<i32>(homeless().block + ((<usize>place) << 2));
}

export function comesBefore(slot: i32, other: i32): bool {
  const one = contact(slot);
  const two = contact(other);
  return servedBefore(one, queue(one.queue), two, queue(two.queue), now());
}

/** Adds a contact that has to be placed; the list is kept best first. */
export function addHomeless(slot: i32, why: i32): void {
  contact(slot).why = <u8>why;
  const list = homeless();
  reserve(list, list.count + 1, 4);
  let low = 0;
  let high = list.count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (comesBefore(homelessAt(middle), slot)) low = middle + 1;
    else high = middle;
  }
  const place = list.block + ((<usize>low) << 2);
  memory.copy(place + 4, place, (<usize>(list.count - low)) << 2);
  store<i32>(place, slot);
  list.count++;
}

export function settle(): void {
  tellStates(true);
  for (let place = 0; place < homeless().count; place++) placeContact(homelessAt(place));
  serveTouched();
  for (let place = 0; place < homeless().count; place++) tellQueued(homelessAt(place));
  homeless().count = 0;
  state().furtherRings = 0;
  beginBatches();
  tellStates(false);
}

/** One that may ring at several agents rings at as many as are free. */
function placeContact(slot: i32): void {
  if (contact(slot).is(IS_WITHHELD) || ringsAtKnown(slot)) return;
  const looks = contact(slot);
  let free = chooseFree(looks);
  if (state().asked !== 0 && queue(looks.queue).batchMs === 0) explainPlace(slot, free);
  while (free !== NONE) {
    makeOffer(slot, free);
    if (!wantsMore(slot)) return;
    if (++state().furtherRings > RINGS_PER_CAUSE_MAX) return ringLater(slot);
    free = chooseFree(looks);
  }
  pushWaiting(slot);
}

function serveTouched(): void {
  const own = state();
  while (own.touchedFirst !== 0) {
    const handle = own.touchedFirst - 1;
    own.touchedFirst = agent(handle).nextTouched;
    if (own.touchedFirst === 0) own.touchedLast = 0;
    serve(handle);
    noteWork(handle);
    enterPool(handle);
    agent(handle).touched = 0;
    if (own.asked !== 0) explainStanding(handle);
  }
}

/** Offers the agent what waits for it, one after the other, while it is free. */
function serve(handle: i32): void {
  for (;;) {
    const free = freeChannels(agent(handle));
    if (free === 0) return;
    let slot = bestWaiter(agent(handle), free, now());
    if (slot !== NONE) {
      if (state().asked !== 0)
        explainChoice(handle, free, slot, waitsByAffinity(contact(slot)) ? CHOSE_AFFINITY : CHOSE_NAMED);
      takeWaiter(slot, handle);
    } else {
      slot = bestHead(handle, free);
      if (slot === NONE) return;
      if (state().asked !== 0) explainChoice(handle, free, slot, CHOSE_HEAD);
      removeWaiting(slot);
    }
    makeOffer(slot, handle);
    if (wantsMore(slot)) pushWaiting(slot);
  }
}

/** The best of the first in the pools of all profiles that fit the agent on a channel of the mask. */
function bestHead(handle: i32, free: i32): i32 {
  const own = agentClass(agent(handle).agentClass);
  let best = NONE;
  for (let fit = 0; fit < own.fitsCount; fit++) {
    const candidate = profile(fitProfile(own, fit));
    if (queue(candidate.queue).batchMs > 0) continue;
    if (candidate.waitingCount === 0 || ((free >>> candidate.channel) & 1) === 0) continue;
    if (excludes(candidate, handle)) continue;
    if (!mayRingFor(queue(candidate.queue), agent(handle))) continue;
    const head = firstNow(candidate);
    if (best === NONE || comesBefore(head, best)) best = head;
  }
  return best;
}

// ── A contact's place ───────────────────────────────────────────────────────────────────────────────────────────
function tellQueued(slot: i32): void {
  const waits = contact(slot);
  if (waits.state !== CONTACT_WAITING) return;
  const effect = begin(EFFECT_QUEUED, 0);
  about(effect, slot, waits.number, NONE, NONE, waits.queue);
  values(effect, ahead(waits), waits.why, 0);
  times(effect, 0, waits.arrived, 0);
  finish(effect);
  waitForKnown(slot);
}

/** Whoever is in no pool has no place: it waits for one agent, rings, is withheld, or is with somebody. */
export function tellPlace(command: usize): void {
  const slot = named(command);
  if (slot === NONE) return;
  const waits = contact(slot);
  if (waits.state !== CONTACT_WAITING || !waits.pooled) return;
  const effect = begin(EFFECT_PLACE, 0);
  about(effect, slot, waits.number, NONE, NONE, waits.queue);
  values(effect, ahead(waits), 0, 0);
  times(effect, 0, waits.arrived, 0);
  finish(effect);
}

/** Waiting contacts of its queue that come before it. */
function ahead(waits: Contact): i32 {
  const that = queue(waits.queue);
  const others = that.waiting - waits.pooled;
  if (others === 0) return 0;
  if (waits.pooled && that.odd === 0 && waits.sequence === state().contactSequence) return others;
  return countAhead(waits);
}
