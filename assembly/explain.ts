// How a decision about one contact came about, told while a recorded tick is executed again with FLAG_EXPLAIN.
//
// Live calls never come here: the places where candidates are considered ask whether somebody asks. What they then call
// only reads, so effects, digest and state are the same either way; records lie behind the effect buffer and have a bound
// of their own. Where matching looks at the top of a heap, this looks at every agent, with the predicates and the scores
// that made the heap: an agent is said to be free exactly where it is in the pool and its class fits, or this traps.
//
// An agent's standing changes only when it is the one that a cause is about, or when it is offered something; both end
// here. So a full look at the contact's search, and those changes, are everybody's standing at every moment.

import { firstNow } from './ageing.ts';
import { Agent, agent, agentExists, agentIsFree, freeChannels } from './agents.ts';
import { excludes, isInGroup, worksFor } from './among.ts';
import { made, top } from './arena.ts';
import { Assignment, bestColumn, columnOf, handleAt, scoreIn } from './assign.ts';
import { agentClass, fitProfile, levelOf, levelsOf, levelsSumOf, sumOf } from './classes.ts';
import {
  averageContacts,
  contactsNow,
  contactsTerm,
  idleTerm,
  loadNow,
  occupancyTerm,
  preferredTerm,
  requiredTerm,
  shareFactor,
  TERM_MAX,
} from './columns.ts';
import { AWAITS, BY_AFFINITY, contact, FOR_NAMED, IS_WITHHELD, TAKES_SEAT } from './contacts.ts';
import { asksByName, lineIsBusyFor } from './direct.ts';
import { about, times, values } from './effects.ts';
import { count, now, POOL_AGENTS, POOL_CONTACTS, state } from './header.ts';
import { idleSince } from './idle.ts';
import {
  CANDIDATE_AFFINITY,
  CANDIDATE_ASKED,
  CANDIDATE_CHOSEN,
  CANDIDATE_FIRST_COME,
  CANDIDATE_NAMED,
  CANDIDATE_RINGING,
  CHOSE_EARLIER,
  CHOSE_HEAD,
  CONTACT_FREE,
  CONTACT_RINGING,
  CONTACT_WAITING,
  CONTACT_WAITING_FOR,
  CONTACTS_MAX,
  EFFECT_BYTES,
  EFFECT_CAUSE,
  EFFECT_CODE,
  EXPLAINED_AGENT,
  EXPLAINED_AT,
  EXPLAINED_BATCH,
  EXPLAINED_BYTES,
  EXPLAINED_CHOICE,
  EXPLAINED_CONTACT,
  EXPLAINED_SEARCH,
  EXPLAINED_STANDING,
  EXPLAINED_TERMS,
  EXPLAINED_WEIGHTS,
  HEADER_EXPLAIN_CONTACT,
  HEADER_EXPLAIN_NUMBER,
  HEADER_EXPLAINED,
  HEADER_UNEXPLAINED,
  LINE_CONNECTED,
  LINE_FREE,
  LINE_RINGING,
  LINE_WRAP_UP,
  NONE,
  ORDER_FIRST_COME,
  SCORE_CONTACTS,
  SCORE_IDLE,
  SCORE_LAST_AGENT,
  SCORE_OCCUPANCY,
  SCORE_PREFERRED,
  SCORE_REQUIRED,
  SEARCHED_BATCH,
  SEARCHED_NAMED,
  SEARCHED_POOL,
  SELECT_LEAST_OCCUPIED,
  SELECT_SCORE,
  STANDS_CHANNEL_FULL,
  STANDS_CHANNEL_NOT_CHOSEN,
  STANDS_EXCLUDED,
  STANDS_FREE,
  STANDS_LINE_BUSY,
  STANDS_LOGGED_OUT,
  STANDS_LOGGING_OUT,
  STANDS_NEXT,
  STANDS_NO_CAPACITY,
  STANDS_NO_LINE,
  STANDS_NO_SKILL_OF_SEVERAL,
  STANDS_NOT_IN_GROUP,
  STANDS_NOT_IN_QUEUE,
  STANDS_NOT_READY,
  STANDS_RESTING,
  STANDS_RINGING,
  STANDS_SEAT_TAKEN,
  STANDS_SKILL_MISSING,
  STANDS_SKILL_TOO_LOW,
  STANDS_TOTAL_FULL,
  STANDS_UNKNOWN,
} from './layout.ts';
import { occupancyOf } from './occupancy.ts';
import { Profile, profile } from './profiles.ts';
import { Queue, queue } from './queues.ts';
import { mayRingAt, mayRingFor } from './ringing.ts';
import { rank, selectTerm } from './score.ts';
import { line, seatLine } from './seats.ts';
import { countsContacts, watchesLoads } from './shares.ts';
import { dueOf } from './timers.ts';
import { drawn, totalWeight } from './weights.ts';

/** The last record of the region takes what there is no room for. */
const RECORDS_MAX: i32 = EXPLAINED_BYTES / EFFECT_BYTES - 1;

/** This call explains the contact that the header names. */
export function beginExplaining(buffer: i32): void {
  assert(buffer === 0);
  const slot = load<i32>(0, HEADER_EXPLAIN_CONTACT);
  assert(<u32>slot < <u32>CONTACTS_MAX);
  state().asked = slot + 1;
  store<i32>(0, 0, HEADER_EXPLAINED);
  store<i32>(0, 0, HEADER_UNEXPLAINED);
}

/** The contact asked about, or NONE while it is not there. */
function asked(): i32 {
  const slot = state().asked - 1;
  if (slot === NONE || !made(POOL_CONTACTS, slot)) return NONE;
  const found = contact(slot);
  return found.state !== CONTACT_FREE && found.number === load<u32>(0, HEADER_EXPLAIN_NUMBER) ? slot : NONE;
}

/** Whether it waits on the agent's whim: in the pool, maybe ringing at others, or by name for this agent. */
function couldTake(that: Agent, handle: i32, slot: i32): bool {
  const waits = contact(slot);
  if (waits.is(IS_WITHHELD)) return false;
  if (waits.state === CONTACT_WAITING_FOR) return waits.named === handle && !lineIsBusyFor(waits, handle);
  if (waits.is(AWAITS) && waits.knows === handle + 1) return true;
  if (excludes(profile(waits.profile), handle)) return false;
  if (waits.state !== CONTACT_WAITING && !waits.pooled) return false;
  return (
    mayRingFor(queue(waits.queue), that) && levelsSumOf(agentClass(that.agentClass).key, profile(waits.profile)) >= 0
  );
}

function record(kind: i32, code: i32): usize {
  const written = load<i32>(0, HEADER_EXPLAINED);
  const fits = written < RECORDS_MAX;
  const at = <usize>EXPLAINED_AT + <usize>(fits ? written : RECORDS_MAX) * EFFECT_BYTES;
  count(fits ? HEADER_EXPLAINED : HEADER_UNEXPLAINED, 1);
  memory.fill(at, 0, EFFECT_BYTES);
  store<u16>(at, <u16>kind);
  store<u16>(at, <u16>code, EFFECT_CODE);
  store<i32>(at, state().cause, EFFECT_CAUSE);
  about(at, NONE, 0, NONE, NONE, NONE);
  return at;
}

// ── A contact looks for an agent ────────────────────────────────────────────────────────────────────────────────
/** A contact is placed, with `free` or with nobody. */
export function explainPlace(slot: i32, free: i32): void {
  const wanted = asked();
  if (wanted === NONE) return;
  if (slot === wanted) explainSearch(slot, free, SEARCHED_POOL);
  else if (free !== NONE && !contact(wanted).pooled) explainEarlier(slot, wanted, free);
}

/** A contact is put into a batch. */
export function explainBatched(slot: i32): void {
  if (slot === asked()) explainSearch(slot, NONE, SEARCHED_BATCH);
}

/** A batch is matched: how it came out for a contact of it. */
export function explainMatched(slot: i32, matched: i32, holds: bool, that: Assignment, row: i32): void {
  if (slot !== asked()) return;
  const told = record(EXPLAINED_BATCH, holds ? 0 : 1);
  const best = bestColumn(that, row);
  about(told, slot, contact(slot).number, matched, best === NONE ? NONE : handleAt(that, best), contact(slot).queue);
  values(told, that.contacts, that.agents, that.matches);
  const own = columnOf(that, row);
  times(told, that.total, own === NONE ? 0 : scoreIn(that, row, own), best === NONE ? 0 : scoreIn(that, row, best));
}

function explainSearch(slot: i32, free: i32, code: i32): void {
  const looks = contact(slot);
  const search = record(EXPLAINED_SEARCH, code);
  about(search, slot, looks.number, free, mayRingAt(slot), looks.queue);
  tellWeights(queue(looks.queue));
  let lookedAt = 0;
  for (let handle = 0; handle < top(POOL_AGENTS); handle++) {
    if (!agentExists(handle)) continue;
    tellAgent(EXPLAINED_AGENT, handle, slot);
    lookedAt++;
  }
  values(search, queue(looks.queue).select, lookedAt, looks.profile);
  const total = totalWeight(profile(looks.profile));
  times(search, 0, looks.rings, 0);
  if (total > 0) times(search, total, 0, drawn(queue(looks.queue), total));
}

/** It asks for one agent by name, and has just been made. */
export function explainNamed(slot: i32, ringsAtOnce: bool): void {
  if (slot !== asked()) return;
  const looks = contact(slot);
  const search = record(EXPLAINED_SEARCH, SEARCHED_NAMED);
  about(search, slot, looks.number, ringsAtOnce ? looks.named : NONE, NONE, looks.queue);
  values(search, queue(looks.queue).select, 1, looks.profile);
  if (agentExists(looks.named)) return tellAgent(EXPLAINED_AGENT, looks.named, slot);
  about(record(EXPLAINED_AGENT, STANDS_UNKNOWN), NONE, 0, looks.named, NONE, looks.queue);
}

/** Another contact is placed before the one asked about, which is still to be placed, with an agent that both could have. */
function explainEarlier(slot: i32, wanted: i32, free: i32): void {
  const waits = contact(wanted);
  if (queue(waits.queue).batchMs > 0) return;
  if (waits.state !== CONTACT_WAITING || !agentIsFree(agent(free), profile(waits.profile).channel)) return;
  if (!couldTake(agent(free), free, wanted)) return;
  const choice = record(EXPLAINED_CHOICE, CHOSE_EARLIER);
  about(choice, slot, contact(slot).number, free, NONE, NONE);
  values(choice, 2, 0, 0);
  tellContact(slot, CANDIDATE_CHOSEN, free);
  tellContact(wanted, 0, free);
}

// ── An agent looks for a contact ────────────────────────────────────────────────────────────────────────────────
/** The agent, free on the channels of the mask, takes that contact. */
export function explainChoice(handle: i32, free: i32, slot: i32, code: i32): void {
  const wanted = asked();
  if (wanted === NONE) return;
  const channel = profile(contact(wanted).profile).channel;
  // Who is matched in a batch is no candidate of an agent that becomes free, unless it waits for it by name.
  const isInBatch = contact(wanted).state === CONTACT_WAITING && queue(contact(wanted).queue).batchMs > 0;
  if (isInBatch && !(contact(wanted).is(AWAITS) && contact(wanted).knows === handle + 1)) return;
  if (((free >>> channel) & 1) === 0 || !couldTake(agent(handle), handle, wanted)) return;
  const choice = record(EXPLAINED_CHOICE, code);
  about(choice, slot, contact(slot).number, handle, NONE, NONE);
  let candidates = 0;
  if (code === CHOSE_HEAD) {
    const own = agentClass(agent(handle).agentClass);
    for (let fit = 0; fit < own.fitsCount; fit++) {
      const candidate = profile(fitProfile(own, fit));
      if (queue(candidate.queue).batchMs > 0) continue;
      if (candidate.waitingCount === 0 || ((free >>> candidate.channel) & 1) === 0) continue;
      if (excludes(candidate, handle)) continue;
      if (!mayRingFor(queue(candidate.queue), agent(handle))) continue;
      const head = firstNow(candidate);
      if (head === wanted) continue;
      tellContact(head, head === slot ? CANDIDATE_CHOSEN : 0, handle);
      candidates++;
    }
  } else if (slot !== wanted) {
    tellContact(slot, CANDIDATE_CHOSEN, handle);
    candidates++;
  }
  tellContact(wanted, slot === wanted ? CANDIDATE_CHOSEN : 0, handle);
  values(choice, candidates + 1, 0, 0);
}

function tellContact(slot: i32, chosen: i32, handle: i32): void {
  const candidate = contact(slot);
  const that = queue(candidate.queue);
  let flags = chosen;
  if (slot === asked()) flags |= CANDIDATE_ASKED;
  if (candidate.state === CONTACT_WAITING_FOR)
    flags |= candidate.is(BY_AFFINITY) ? CANDIDATE_AFFINITY : CANDIDATE_NAMED;
  if (candidate.is(AWAITS) && candidate.knows === handle + 1) flags |= CANDIDATE_AFFINITY;
  if (candidate.state === CONTACT_RINGING) flags |= CANDIDATE_RINGING;
  if (that.order === ORDER_FIRST_COME) flags |= CANDIDATE_FIRST_COME;
  const told = record(EXPLAINED_CONTACT, flags);
  about(told, slot, candidate.number, NONE, that.ageing, candidate.queue);
  values(told, that.weight, candidate.priority, candidate.creditMs);
  times(told, candidate.sequence, candidate.arrived, rank(candidate, that, now()));
}

// ── How an agent stands ─────────────────────────────────────────────────────────────────────────────────────────
/** The agent is as it will be after this cause. */
export function explainStanding(handle: i32): void {
  const wanted = asked();
  if (wanted === NONE) return;
  const waits = contact(wanted);
  if (waits.is(IS_WITHHELD)) return;
  if (waits.state === CONTACT_WAITING || (waits.state === CONTACT_WAITING_FOR && waits.named === handle))
    tellAgent(EXPLAINED_STANDING, handle, wanted);
}

function tellAgent(kind: i32, handle: i32, slot: i32): void {
  const that = agent(handle);
  const wanted = profile(contact(slot).profile);
  const since = idleSince(queue(wanted.queue), handle);
  const whatever = contact(slot).is(FOR_NAMED);
  const byName = asksByName(contact(slot), handle);
  const lineBusy = lineIsBusyFor(contact(slot), handle);
  const stands = standsTowards(handle, wanted, byName, whatever, lineBusy);
  const levels = levelsOf(agentClass(that.agentClass).key, wanted, byName);
  const mayRing = mayRingFor(queue(wanted.queue), that);
  const fits = whatever || (levels >= 0 && !excludes(wanted, handle));
  assert((stands === STANDS_FREE) === (agentIsFree(that, wanted.channel) && mayRing && fits && !lineBusy));
  const told = record(kind, stands);
  about(told, NONE, 0, handle, NONE, wanted.queue);
  times(told, 0, since, 0);
  if (stands === STANDS_FREE) {
    const from = queue(wanted.queue);
    const own = levels < 0 ? 0 : levels;
    values(told, from.select === SELECT_LEAST_OCCUPIED ? occupancyOf(from, handle) : 0, 0, sumOf(own));
    if (from.select === SELECT_SCORE) times(told, 0, since, tellScore(handle, own, slot));
    else times(told, 0, since, selectTerm(from, handle));
  } else if (stands === STANDS_NOT_READY) {
    values(told, that.reason, 0, 0);
  } else if (stands === STANDS_CHANNEL_NOT_CHOSEN) {
    values(told, that.chosen, 0, 0);
  } else if (stands === STANDS_SKILL_MISSING || stands === STANDS_SKILL_TOO_LOW) {
    const demand = unmetDemand(that, wanted);
    const skill = load<u16>(demand);
    values(told, skill, load<u16>(demand, 2), levelOf(agentClass(that.agentClass).key, skill));
  } else if (stands === STANDS_RESTING) {
    times(told, dueOf(that.restTimer), since, 0);
  } else if (
    stands === STANDS_RINGING ||
    stands === STANDS_SEAT_TAKEN ||
    stands === STANDS_CHANNEL_FULL ||
    stands === STANDS_TOTAL_FULL
  ) {
    tellOccupied(told, that, wanted.channel, handle, since);
  }
}

// ── A score ─────────────────────────────────────────────────────────────────────────────────────────────────────
function tellWeights(from: Queue): void {
  if (from.select !== SELECT_SCORE) return;
  const told = record(EXPLAINED_WEIGHTS, 0);
  values(told, from.scoreWeight(SCORE_IDLE), from.scoreWeight(SCORE_OCCUPANCY), from.scoreWeight(SCORE_CONTACTS));
  times(told, from.scoreWeight(SCORE_REQUIRED), from.scoreWeight(SCORE_PREFERRED), from.scoreWeight(SCORE_LAST_AGENT));
}

/** Tells the terms of an agent's score for a contact, and returns the score. */
function tellScore(handle: i32, levels: i32, slot: i32): i32 {
  const wanted = profile(contact(slot).profile);
  const from = queue(wanted.queue);
  const idle = idleTerm(now() - idleSince(from, handle));
  const occupancy = watchesLoads(from) ? occupancyTerm(loadNow(from, handle), shareFactor(from)) : 0;
  const contacts = countsContacts(from) ? contactsTerm(contactsNow(from, handle), averageContacts(from)) : 0;
  const required = requiredTerm(wanted, levels);
  const preferred = preferredTerm(wanted, levels);
  const last: i32 = contact(slot).servedBy === handle + 1 ? TERM_MAX : 0;
  const told = record(EXPLAINED_TERMS, 0);
  about(told, NONE, 0, handle, NONE, wanted.queue);
  values(told, idle, occupancy, contacts);
  times(told, required, preferred, last);
  return (
    idle * from.scoreWeight(SCORE_IDLE) +
    occupancy * from.scoreWeight(SCORE_OCCUPANCY) +
    contacts * from.scoreWeight(SCORE_CONTACTS) +
    required * from.scoreWeight(SCORE_REQUIRED) +
    preferred * from.scoreWeight(SCORE_PREFERRED) +
    last * from.scoreWeight(SCORE_LAST_AGENT)
  );
}

/** The first reason, in the order of STANDS_…. With `whatever`, its queues and skills are none. */
function standsTowards(handle: i32, wanted: Profile, byName: bool, whatever: bool, lineBusy: bool): i32 {
  const that = agent(handle);
  if (!that.loggedIn) return STANDS_LOGGED_OUT;
  if (that.loggingOut) return STANDS_LOGGING_OUT;
  if (!that.ready) return STANDS_NOT_READY;
  if (((that.chosen >>> wanted.channel) & 1) === 0) return STANDS_CHANNEL_NOT_CHOSEN;
  const key = agentClass(that.agentClass).key;
  if (!whatever) {
    if (!worksFor(key, wanted)) return STANDS_NOT_IN_QUEUE;
    if (excludes(wanted, handle)) return STANDS_EXCLUDED;
    if (!byName && !isInGroup(key, wanted)) return STANDS_NOT_IN_GROUP;
    const demand = unmetDemand(that, wanted);
    if (demand !== 0) return levelOf(key, load<u16>(demand)) === 0 ? STANDS_SKILL_MISSING : STANDS_SKILL_TOO_LOW;
    if (levelsSumOf(key, wanted, byName) < 0) return STANDS_NO_SKILL_OF_SEVERAL;
  }
  if (that.linesOf(wanted.channel) === 0) return STANDS_NO_LINE;
  if (that.capacity(wanted.channel) === 0 || that.total === 0) return STANDS_NO_CAPACITY;
  if (that.resting) return STANDS_RESTING;
  if (that.ringing > 0 && (that.oneRinging || !mayRingFor(queue(wanted.queue), that))) return STANDS_RINGING;
  if (that.seatTaken > 0) return STANDS_SEAT_TAKEN;
  if (that.progress(wanted.channel) >= that.limit(wanted.channel)) return STANDS_CHANNEL_FULL;
  if (that.inProgress() >= that.total) return STANDS_TOTAL_FULL;
  assert(((freeChannels(that) >>> wanted.channel) & 1) !== 0);
  if (lineBusy) return STANDS_LINE_BUSY;
  return agentIsFree(that, wanted.channel) ? STANDS_FREE : STANDS_NEXT;
}

/** The first skill that must be there and is not at its level; 0 when all are. */
function unmetDemand(that: Agent, wanted: Profile): usize {
  const key = agentClass(that.agentClass).key;
  for (let index = 0; index < <i32>wanted.all; index++) {
    const demand = wanted.skills + ((<usize>index) << 2);
    const level = levelOf(key, load<u16>(demand));
    if (level === 0 || level < <i32>load<u16>(demand, 2)) return demand;
  }
  return 0;
}

/** What occupies the agent: what rings, or what is on the channel, or everything. */
function tellOccupied(told: usize, that: Agent, channel: i32, handle: i32, since: i64): void {
  const stands = <i32>load<u16>(told, EFFECT_CODE);
  let ringing = 0;
  let connected = 0;
  let wrappingUp = 0;
  let first = NONE;
  let until: i64 = 0;
  for (let place = 0; place < <i32>that.lineCount; place++) {
    const at = line(seatLine(that, place));
    if (at.state === LINE_FREE) continue;
    if (stands === STANDS_RINGING && at.state !== LINE_RINGING) continue;
    if (stands === STANDS_SEAT_TAKEN && !(at.state === LINE_WRAP_UP && contact(at.contact).is(TAKES_SEAT))) continue;
    if (stands === STANDS_CHANNEL_FULL && <i32>at.channel !== channel) continue;
    if (at.state === LINE_RINGING) ringing++;
    if (at.state === LINE_CONNECTED) connected++;
    if (at.state === LINE_WRAP_UP) wrappingUp++;
    if (first === NONE) first = at.contact;
    const due = dueOf(at.state === LINE_RINGING ? at.timer : contact(at.contact).timer);
    const ends = at.state === LINE_WRAP_UP || stands === STANDS_RINGING;
    if (ends && due !== 0 && (until === 0 || due < until)) until = due;
  }
  const limit = stands === STANDS_CHANNEL_FULL ? that.limit(channel) : that.total;
  about(told, first, contact(first).number, handle, NONE, NONE);
  values(told, ringing + connected + wrappingUp, limit, ringing | (connected << 8) | (wrappingUp << 16));
  times(told, until, since, 0);
}
