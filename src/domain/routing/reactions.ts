// What the core's effects mean: contacts and agents in memory, rows at birth and at rest, and who is told what.
//
// One function an effect. The order of effects is the core's (docs/matching.md): a contact's first effect may be any of
// QUEUED, WAITING_FOR, OFFERED and FELL_BACK, and RELEASED is always its last.

import * as layout from '../../../assembly/layout.ts';
import type { Effect } from '../../engine/effects.ts';
import { servedPartsMax, visitsKeptMax } from '../../limits.ts';
import type { consultationStates } from '../../protocol/consultations.ts';
import {
  endedReasons,
  movedReasons,
  queuedReasons,
  sentReasons,
  withdrawnReasons,
  wordsByCode,
} from '../../protocol/states.ts';
import type { Writable } from '../../writable.ts';
import type { Reaction, Row } from '../module.ts';
import { type Agent, stateOf } from './agents.ts';
import { isUnanswered } from './ages.ts';
import { callSideOver, taken, tellCaller, whomOf } from './calling-inside.ts';
import { consultationEnded, contactLeftAsking } from './consulting.ts';
import { contactRowAt } from './contact-book.ts';
import { shownStep, viewOfRing } from './contact-view.ts';
import { type Contact, type Ending, rowOf, type ServedPart } from './contacts.ts';
import { dialledBy } from './dialling.ts';
import { lookAtFlow } from './flow-exits.ts';
import { parked, unparked } from './parking.ts';
import { estimatedAt } from './queue-statistics.ts';
import type { RoutingState } from './routing-state.ts';
import { afterSteps } from './steps.ts';
import { contactsTable } from './tables.ts';

const endedWord = wordsByCode(endedReasons);
const withdrawnWord = wordsByCode(withdrawnReasons);
const queuedWord = wordsByCode(queuedReasons);
const movedWord = wordsByCode({ ...movedReasons, ...sentReasons });
const sentWord = wordsByCode(sentReasons);
/** Its customer may be back. */
const customerWent = new Set([
  layout.ENDED_CANCELLED,
  layout.ENDED_BY_CUSTOMER,
  layout.ENDED_LEG_LOST,
  layout.ENDED_SWITCH_LOST,
]);
const TWO_TO_32 = 4_294_967_296;
/** What ended because its queue would keep it no longer. */
const leftWords: Readonly<Record<number, 'timedOut' | 'overflowed'>> = {
  [layout.ENDED_TIMED_OUT]: 'timedOut',
  [layout.ENDED_CLOSED]: 'overflowed',
  [layout.ENDED_NOBODY]: 'overflowed',
  [layout.ENDED_EXHAUSTED]: 'overflowed',
  [layout.ENDED_UNANSWERED]: 'overflowed',
};

export function react(state: RoutingState, effect: Effect, reaction: Reaction): void {
  if (effect.kind === layout.EFFECT_AGENT_STATE) return agentChanged(state, effect, reaction);
  if (effect.contact === layout.NONE) return;
  const contact = state.contacts.at(effect.contact, effect.number);
  if (!contact.known) confirmed(state, contact, reaction);
  switch (effect.kind) {
    case layout.EFFECT_QUEUED:
      return queued(state, contact, effect, reaction);
    case layout.EFFECT_MOVED:
      return moved(state, contact, effect, reaction);
    case layout.EFFECT_LEAVES:
      return leaves(state, contact, effect, reaction);
    case layout.EFFECT_WITHHELD:
      return withheld(state, contact, effect, reaction);
    case layout.EFFECT_STEPPED:
      return stepped(state, contact, effect, reaction);
    case layout.EFFECT_WAITING_FOR:
      return waitingFor(state, contact, effect, reaction);
    case layout.EFFECT_FELL_BACK:
      return fellBack(contact, effect, reaction);
    case layout.EFFECT_DIALLED:
      return dialled(state, contact, effect, reaction);
    case layout.EFFECT_OFFERED:
      return offered(state, contact, effect, reaction);
    case layout.EFFECT_WITHDRAWN:
      return withdrawn(state, contact, effect, reaction);
    case layout.EFFECT_ACCEPTED:
      return accepted(contact, effect);
    case layout.EFFECT_CONNECTED:
      return connected(state, contact, effect, reaction);
    case layout.EFFECT_PARTED:
      return parted(state, contact, effect, reaction);
    case layout.EFFECT_HANDED_OVER:
      return handedOver(state, contact, effect, reaction);
    case layout.EFFECT_ENDED:
      return ended(state, contact, effect, reaction);
    case layout.EFFECT_WRAP_UP:
    case layout.EFFECT_WRAP_UP_EXTENDED:
      return wrapUp(state, contact, effect, reaction);
    case layout.EFFECT_RELEASED:
      return released(state, contact, reaction);
  }
}

function confirmed(state: RoutingState, contact: Contact, reaction: Reaction): void {
  contact.known = true;
  contact.creation = undefined;
  lookAtFlow(state, contact);
  reaction.tables.put(contactsTable, contact.number, rowOf(contact));
  joined(state, contact, reaction);
}

/** A consultation waits for nobody's customer, and what an agent dials for nobody: they are in no number of their queue. */
function joined(state: RoutingState, contact: Contact, reaction: Reaction): void {
  if (contact.isOfNoQueue) return;
  contact.queue.unanswered.add(contact);
  contact.queue.day.countArrived(reaction.tables, reaction.now);
  state.flows.joined(contact, reaction);
  state.counted(contact.queue, reaction);
}

/** What each is to the agent who asks, of a consultation. */
const consulting: Readonly<Record<string, (typeof consultationStates)[number]>> = {
  'contact.queued': 'waiting',
  'contact.waitingFor': 'waitingFor',
  'contact.offered': 'ringing',
  'contact.connected': 'connected',
  'contact.ended': 'over',
};

/** Whoever brought it. An agent's events are of what it serves itself, so one who asks hears of a consultation by another name. */
function tellOwner(contact: Contact, event: string, params: Row, reaction: Reaction): void {
  const { owner, about, outside, contactId } = contact;
  if (contact.calledBy !== undefined) return tellCaller(contact, event, params, reaction);
  // Nobody has brought what an agent has dialled.
  if (owner.sub === '') return;
  if (about === undefined) return reaction.notify(owner, event, params);
  const state = consulting[event];
  // Of a number outside it is told by whoever rings it, but that it is over.
  if (state === undefined || (outside !== undefined && state !== 'over')) return;
  const { agentId, why } = params;
  const told = {
    contactId: about.contactId,
    consultId: contactId,
    state,
    ...(agentId !== undefined && { agentId }),
    ...(outside !== undefined && { number: outside.number }),
  };
  const ended = { why, ...(outside?.cause !== undefined && { cause: outside.cause }) };
  reaction.notify(owner, 'contact.consulting', state === 'over' ? { ...told, ...ended } : told);
}

function queued(state: RoutingState, contact: Contact, effect: Effect, reaction: Reaction): void {
  // Who is sent on, or was taken from an agent whom it waited for alone, waits for nobody; who is changed goes on waiting in both places.
  if (contact.state === 'waitingFor' || effect.value2 === layout.QUEUED_SENT) stopWaitingFor(contact, reaction);
  contact.state = 'waiting';
  contact.agent = undefined;
  contact.untilMs = 0;
  // Changed while it is parked, or a flow has it: it is where it was.
  if (contact.parked !== undefined || contact.flow?.taken) return;
  overflowIfFull(contact, reaction);
  const position = effect.value + 1;
  tellOwner(
    contact,
    'contact.queued',
    {
      contactId: contact.contactId,
      queueId: contact.queue.queueId,
      position,
      estimatedMs: estimatedAt(contact, position, state, reaction.now),
      why: queuedWord(effect.value2),
    },
    reaction,
  );
}

/** It was let in to wait for nobody but a flow, where as many wait as may. */
function overflowIfFull(contact: Contact, reaction: Reaction): void {
  if (!contact.overflows) return;
  contact.overflows = false;
  const { slot, number, queue } = contact;
  const { maxWaiting } = queue.policy;
  if (maxWaiting !== undefined && queue.unanswered.size > maxWaiting)
    reaction.followUp('overflows', { slot, number, queue: queue.handle });
}

/** Into another queue, from its own or past it. */
function moved(state: RoutingState, contact: Contact, effect: Effect, reaction: Reaction): void {
  const { contactId, queue: from } = contact;
  const queue = state.queues.at(effect.queue);
  const why = movedWord(effect.code);
  stopWaitingFor(contact, reaction);
  contact.state = 'waiting';
  contact.agent = undefined;
  contact.untilMs = 0;
  from.unanswered.delete(contact);
  if (why in movedReasons) from.day.countLeft(reaction.tables, reaction.now, why === 'timedOut');
  state.flows.ended(contact, reaction);
  state.counted(from, reaction);
  const visit = { queue: from.handle, queueId: from.queueId, leftAt: reaction.now, why, to: queue.queueId };
  contact.visits = [...contact.visits, visit].slice(-visitsKeptMax);
  state.contacts.moved(contact, queue, state.profiles.at(effect.value));
  reaction.tables.put(contactsTable, contact.number, rowOf(contact));
  joined(state, contact, reaction);
  reaction.followUp('arrived', { slot: contact.slot, number: contact.number });
  reaction.notify(contact.owner, 'contact.leftQueue', {
    contactId,
    fromQueueId: from.queueId,
    queueId: queue.queueId,
    why,
  });
}

function leaves(state: RoutingState, contact: Contact, effect: Effect, reaction: Reaction): void {
  if (effect.code === 0) {
    // The core itself lets it stay whose last offer says nothing: what else was due meanwhile has been passed over.
    if (contact.leaves?.why === layout.MOVED_UNANSWERED) lookAgain(contact, reaction);
    return state.contacts.staysAfterAll(contact);
  }
  const profile = effect.value === layout.NONE ? undefined : state.profiles.at(effect.value);
  state.contacts.leaves(contact, profile, effect.code);
}

function withheld(state: RoutingState, contact: Contact, { code }: Effect, reaction: Reaction): void {
  contact.withheld = code === layout.WITHHELD_BEGINS || code === layout.WITHHELD_PARKED;
  if (code === layout.WITHHELD_RESUMED && unparked(state, contact, reaction)) joined(state, contact, reaction);
}

/** Its queue has taken steps for it, or taken some back: it is wanted otherwise. */
function stepped(state: RoutingState, contact: Contact, effect: Effect, reaction: Reaction): void {
  const { contactId, stepping } = contact;
  if (stepping === undefined) throw new Error(`contact ${contactId} was eased, and by no step`);
  const profile = state.profiles.at(effect.value);
  state.profiles.use(profile);
  state.profiles.release(contact.profile);
  contact.profile = profile;
  contact.priority = effect.value2;
  contact.steps = afterSteps(contact, stepping, reaction.now);
  state.flows.updated(contact, reaction);
  reaction.tables.put(contactsTable, contact.number, rowOf(contact));
  reaction.notify(contact.owner, 'contact.changed', {
    contactId,
    queueId: contact.queue.queueId,
    steps: contact.steps.map(shownStep),
  });
}

function waitingFor(state: RoutingState, contact: Contact, effect: Effect, reaction: Reaction): void {
  const agent = state.agents.at(effect.agent);
  overflowIfFull(contact, reaction);
  const untilMs = effect.at;
  const inQueue = effect.value === 1;
  stopWaitingFor(contact, reaction);
  if (inQueue) {
    contact.awaited = { agent, untilMs };
  } else {
    contact.state = 'waitingFor';
    contact.agent = agent;
    contact.untilMs = untilMs;
  }
  agent.waitedForBy.add(contact);
  const { contactId } = contact;
  const told = { contactId, agentId: agent.agentId, untilMs, ...(inQueue && { inQueue }) };
  tellOwner(contact, 'contact.waitingFor', told, reaction);
  reaction.notify(agent.audience, 'agent.waitedFor', { contactId, untilMs });
}

function fellBack(contact: Contact, effect: Effect, reaction: Reaction): void {
  stopWaitingFor(contact, reaction);
  if (effect.value === 1) return;
  contact.agent = undefined;
  contact.untilMs = 0;
}

/** For one agent, alone or in the queue as well. */
function stopWaitingFor(contact: Contact, reaction: Reaction): void {
  const awaited = contact.awaited?.agent ?? (contact.state === 'waitingFor' ? contact.agent : undefined);
  contact.awaited = undefined;
  if (awaited?.waitedForBy.delete(contact) === true)
    reaction.notify(awaited.audience, 'agent.notWaitedFor', { contactId: contact.contactId });
}

function offered(state: RoutingState, contact: Contact, effect: Effect, reaction: Reaction): void {
  stopWaitingFor(contact, reaction);
  const agent = state.agents.at(effect.agent);
  const ring = { offer: effect.value, agent, line: effect.line, untilMs: effect.at, rejectReason: undefined };
  contact.state = 'ringing';
  contact.overflows = false;
  contact.rang(ring);
  // After a restart an offer that is there already rings anew.
  if (!agent.has(contact)) agent.contacts.push(contact);
  if (contact.leaves === undefined && isUnanswered(contact)) lookAgain(contact, reaction);
  const { contactId } = contact;
  const lineId = state.lines.lineIdOf(effect.line);
  const shown = viewOfRing(ring, contact, state, reaction.now);
  reaction.notify(agent.audience, 'offer.created', {
    offerId: shown.offerId,
    contactId,
    lineId,
    expiresAt: effect.at,
    contact: shown,
  });
  if (contact.resumer === agent)
    reaction.followUp('takeUp', {
      slot: contact.slot,
      number: contact.number,
      offer: effect.value,
      agent: effect.agent,
    });
  const told: Record<string, unknown> = { contactId, agentId: agent.agentId, lineId, expiresAt: effect.at };
  if (contact.rings.length > 1) told.others = contact.rings.length - 1;
  tellOwner(contact, 'contact.offered', told, reaction);
}

/** At its agent's line from the beginning: in service next, or once it has been called. */
function dialled(state: RoutingState, contact: Contact, effect: Effect, reaction: Reaction): void {
  const agent = state.agents.at(effect.agent);
  contact.state = 'connecting';
  const ring = { offer: effect.value, agent, line: effect.line, untilMs: effect.at, rejectReason: undefined };
  contact.rang(ring);
  agent.contacts.push(contact);
  reaction.notify(agent.audience, 'contact.dialling', {
    contactId: contact.contactId,
    lineId: state.lines.lineIdOf(effect.line),
    ...whomOf(contact.dialled),
    state: contact.dialled?.withLegs ? 'agent' : contact.dialled?.to === undefined ? 'yours' : 'waiting',
  });
  // Where its own telephone rings first the switch says when it is there.
  if (contact.dialled?.to !== undefined && !contact.dialled.withLegs)
    reaction.followUp('callInside', { slot: contact.slot, number: contact.number });
}

function withdrawn(state: RoutingState, contact: Contact, effect: Effect, reaction: Reaction): void {
  const agent = state.agents.at(effect.agent);
  const why = withdrawnWord(effect.code);
  contact.lastWithdrawn = why;
  if (contact.isOutbound) return lineLeft(contact, agent, effect);
  const reason = why === 'rejected' ? contact.ringOf(effect.value)?.rejectReason : undefined;
  reaction.notify(agent.audience, 'offer.withdrawn', {
    offerId: contact.offerId(effect.value),
    contactId: contact.contactId,
    lineId: state.lines.lineIdOf(effect.line),
    why,
    ...(reason !== undefined && { reason }),
  });
  agent.leave(contact);
  contact.ringOver(effect.value);
  lookAtFlow(state, contact);
  if (contact.rings.length === 0) contact.state = 'waiting';
  else tellOfferOver(state, contact, effect, reaction);
  if (effect.value2 === 1 && contact.queue.policy.offersMax !== undefined) rangInVain(contact, reaction);
}

/** What its agent dials is over next. */
function lineLeft(contact: Contact, agent: Agent, effect: Effect): void {
  agent.leave(contact);
  contact.ringOver(effect.value);
  contact.state = 'waiting';
}

/** One of the agents who may be rung for it in its queue has not taken it. */
function rangInVain(contact: Contact, reaction: Reaction): void {
  contact.inVain += 1;
  reaction.tables.put(contactsTable, contact.number, rowOf(contact));
  if (contact.leaves === undefined && isUnanswered(contact)) lookAgain(contact, reaction);
}

/** Whether it has to leave its queue. */
function lookAgain({ slot, number }: Contact, reaction: Reaction): void {
  reaction.followUp('leave', { slot, number });
}

/** It rings on elsewhere. */
function tellOfferOver(state: RoutingState, contact: Contact, effect: Effect, reaction: Reaction): void {
  const { contactId } = contact;
  tellOwner(
    contact,
    'contact.offerOver',
    {
      contactId,
      agentId: state.agents.at(effect.agent).agentId,
      lineId: state.lines.lineIdOf(effect.line),
      why: withdrawnWord(effect.code),
    },
    reaction,
  );
}

/** What else rang has been withdrawn before. */
function accepted(contact: Contact, effect: Effect): void {
  contact.state = 'connecting';
  const ring = contact.ringOf(effect.value);
  if (ring !== undefined) contact.rang({ ...ring, untilMs: effect.at });
}

function connected(state: RoutingState, contact: Contact, effect: Effect, reaction: Reaction): void {
  const { contactId } = contact;
  const agent = state.agents.at(effect.agent);
  const waitedMs = reaction.now - contact.waitsFrom;
  contact.state = 'connected';
  contact.ringsNoMore();
  contact.connectedAt = reaction.now;
  contact.sent = undefined;
  contact.untilMs = 0;
  lookAtFlow(state, contact);
  state.contacts.staysAfterAll(contact);
  if (!contact.isOfNoQueue) answered(state, contact, waitedMs, reaction);
  if (contact.isInternal) taken(contact, agent, reaction);
  const params = { contactId, agentId: agent.agentId, lineId: state.lines.lineIdOf(effect.line), waitedMs };
  tellOwner(contact, 'contact.connected', params, reaction);
  reaction.notify(agent.audience, 'contact.connected', params);
}

function answered(state: RoutingState, contact: Contact, waitedMs: number, reaction: Reaction): void {
  const { queue } = contact;
  queue.unanswered.delete(contact);
  queue.day.countAnswered(reaction.tables, reaction.now, waitedMs <= queue.policy.serviceLevel.withinMs);
  state.flows.answered(contact, waitedMs, reaction);
  state.counted(queue, reaction);
}

function ended(state: RoutingState, contact: Contact, effect: Effect, reaction: Reaction): void {
  const { queue, contactId } = contact;
  const served = effect.at > 0;
  const agent = effect.agent === layout.NONE ? undefined : state.agents.at(effect.agent);
  const dialler = dialledBy(contact);
  stopWaitingFor(contact, reaction);
  contact.state = 'ended';
  contact.untilMs = 0;
  const ending: Writable<Ending> = {
    why: endedWord(effect.code),
    endedAt: reaction.now,
    waitedMs: (served ? effect.at : reaction.now) - contact.waitsFrom,
    servedMs: effect.extra,
    agentId: agent?.agentId ?? dialler?.sub,
    lineId: effect.line === layout.NONE ? dialler && contact.dialled?.lineId : state.lines.lineIdOf(effect.line),
    connectedAt: served ? effect.at : undefined,
  };
  if (queue.queueId !== contact.created.queueId) ending.queueId = queue.queueId;
  contact.ending = ending;
  lookAtFlow(state, contact);
  contactLeftAsking(contact, reaction);
  reaction.tables.put(contactsTable, contact.number, rowOf(contact));
  if (contact.about !== undefined) consultationEnded(state, contact, reaction);
  if (contact.isInternal) callSideOver(contact, reaction);
  if (!served) leftUnserved(state, contact, effect, reaction);
  state.watches.mark(queue, reaction);
  const { why, waitedMs, servedMs } = ending;
  const { agentId } = ending;
  const cause = dialler && contact.dialled?.cause;
  const params: Record<string, unknown> =
    agentId === undefined ? { contactId, why, waitedMs, servedMs } : { contactId, why, waitedMs, servedMs, agentId };
  if (cause !== undefined) params.cause = cause;
  tellOwner(contact, 'contact.ended', params, reaction);
  const agentTold = agent?.audience ?? dialler ?? (contact.parked && { role: 'agent', sub: contact.parked.agentId });
  if (agentTold !== undefined) reaction.notify(agentTold, 'contact.ended', params);
  state.contacts.parked.remove(contact);
}

/** Whoever hung up before an answer counts as abandoned; who was ended by us or by an application does not. */
function leftUnserved(state: RoutingState, contact: Contact, effect: Effect, reaction: Reaction): void {
  const { code } = effect;
  const { queue } = contact;
  contact.agent = undefined;
  // A consultation, one that was parked, or what an agent dials was no part of its queue.
  if (contact.isOfNoQueue || contact.parked !== undefined) return;
  queue.unanswered.delete(contact);
  state.counted(queue, reaction);
  if (customerWent.has(code)) {
    const cameFor = state.queues.find(contact.created.queueId);
    const sequence = effect.value2 * TWO_TO_32 + (effect.value >>> 0);
    state.places.left(contact, sequence, cameFor?.policy.resumeWithinMs, reaction);
  }
  const left = leftWords[code];
  if (left !== undefined) queue.day.countLeft(reaction.tables, reaction.now, left === 'timedOut');
  if (code !== layout.ENDED_CANCELLED && code !== layout.ENDED_BY_CUSTOMER) return state.flows.ended(contact, reaction);
  const waitedMs = reaction.now - contact.waitsFrom;
  queue.day.countAbandoned(reaction.tables, reaction.now, waitedMs < queue.policy.shortAbandonMs);
  state.flows.abandoned(contact, reaction);
}

function wrapUp(state: RoutingState, contact: Contact, effect: Effect, reaction: Reaction): void {
  contact.state = 'wrapUp';
  contact.untilMs = effect.at;
  reaction.notify(state.agents.at(effect.agent).audience, 'contact.wrapUp', {
    contactId: contact.contactId,
    lineId: state.lines.lineIdOf(effect.line),
    untilMs: effect.at,
  });
}

/** Its agent has nothing but the wrap-up left to do, which is a part's; the contact waits again, or is with another agent next. */
function parted(state: RoutingState, contact: Contact, effect: Effect, reaction: Reaction): void {
  const { now, tables } = reaction;
  const agent = state.agents.at(effect.agent);
  const why = sentWord(effect.code);
  const part = state.contacts.at(effect.value, effect.value2 >>> 0);
  const lineId = state.lines.lineIdOf(effect.line);
  const { agentId } = agent;
  const served = { agentId, lineId, connectedAt: effect.at };
  part.known = true;
  part.state = 'connected';
  part.agent = agent;
  part.line = effect.line;
  part.connectedAt = effect.at;
  const { waitsFrom } = contact;
  part.ending = { why, endedAt: now, waitedMs: effect.at - waitsFrom, servedMs: effect.extra, ...served };
  tables.put(contactsTable, part.number, rowOf(part));
  agent.leave(contact);
  agent.contacts.push(part);
  const had = { part: part.number, queueId: contact.queue.queueId, endedAt: now, why, ...served };
  contact.parts = [...contact.parts, had].slice(-servedPartsMax);
  if (why !== 'attended') contactLeftAsking(contact, reaction);
  contact.agent = undefined;
  contact.line = layout.NONE;
  contact.connectedAt = 0;
  contact.inVain = 0;
  contact.sent = undefined;
  contact.handedOver = undefined;
  if (why === 'parked') {
    contact.state = 'waiting';
    parked(state, contact, agent, now);
  } else if (why !== 'attended') {
    contact.state = 'waiting';
    joined(state, contact, reaction);
    reaction.followUp('arrived', { slot: contact.slot, number: contact.number });
  }
  tables.put(contactsTable, contact.number, rowOf(contact));
  const params = { contactId: contact.contactId, agentId, why, servedMs: effect.extra };
  reaction.notify(contact.owner, 'contact.parted', params);
  reaction.notify(agent.audience, 'contact.parted', params);
}

/** With another agent, who was in service for it already. */
function handedOver(state: RoutingState, contact: Contact, effect: Effect, reaction: Reaction): void {
  const agent = state.agents.at(effect.agent);
  contact.state = 'connected';
  contact.agent = agent;
  contact.line = effect.line;
  contact.offer = effect.value;
  contact.connectedAt = reaction.now;
  agent.contacts.push(contact);
  if (contact.isInternal) taken(contact, agent, reaction);
  const { contactId } = contact;
  const params = { contactId, agentId: agent.agentId, lineId: state.lines.lineIdOf(effect.line), waitedMs: 0 };
  tellOwner(contact, 'contact.connected', params, reaction);
  reaction.notify(agent.audience, 'contact.connected', params);
}

/** Its agent has wrapped up: what was noted goes to the contact, which lives or is over by now. */
function partOver(state: RoutingState, part: Contact, { now, tables }: Reaction): void {
  const [said] = part.said;
  const done = (had: ServedPart): ServedPart => ({
    ...had,
    wrapUpMs: now - had.endedAt,
    ...(said?.disposition !== undefined && { disposition: said.disposition }),
    ...(said?.notes !== undefined && { notes: said.notes }),
  });
  const withDone = (parts: readonly ServedPart[]) => parts.map((had) => (had.part === part.number ? done(had) : had));
  const contact = state.contacts.find(part.contactId);
  if (contact === undefined || part.partOf === undefined) return;
  if (typeof contact === 'number') {
    const row = contactRowAt(tables, contact);
    if (contact === part.partOf && row.parts !== undefined)
      tables.put(contactsTable, contact, { ...row, parts: withDone(row.parts) } as unknown as Row);
  } else if (contact.number === part.partOf) {
    contact.parts = withDone(contact.parts);
    tables.put(contactsTable, contact.number, rowOf(contact));
  }
}

function released(state: RoutingState, contact: Contact, reaction: Reaction): void {
  if (contact.partOf !== undefined) partOver(state, contact, reaction);
  contact.state = 'ended';
  contact.agent?.leave(contact);
  state.contacts.released(contact, reaction);
}

function agentChanged(state: RoutingState, effect: Effect, reaction: Reaction): void {
  const agent = state.agents.changed(effect);
  const params = stateOf(agent, state.names);
  reaction.notify(agent.audience, 'agent.changed', params);
  if (state.watches.isEmpty) return;
  for (const audience of state.watches.ofAgent(agent)) reaction.notify(audience, 'agent.changed', params);
  state.watches.markTeam(agent.group.team, reaction);
}
