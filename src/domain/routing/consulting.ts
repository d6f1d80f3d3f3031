// Consultations: the agent who serves a contact asks somebody about it, while its customer is on hold (docs/service.md).
//
//   contact.consult ─▶ a contact of its own, whose customer is the agent who asks: rings, is taken and ends as any other;
//        │             of a number outside it waits, withheld from agents, as long as it lasts (sending-outside.ts)
//        ├ contact.transfer {mode: attended}, or the agent who asks is lost ─▶ whoever was asked serves the contact that it was about
//        │             before it is taken: the contact is sent to whoever is asked, and the consultation is over (sending.ts)
//        └ over ─▶ the customer is back with the agent who asks (../switches/consult-legs.ts)
//
// - A contact has one at a time, and a consultation has none.
// - What ends the contact that it is about, or takes that from the agent who asks, ends it in the next tick.
// - It is never sent on, leaves no queue for another one and is in no number of its queue: nobody's customer waits there.
// - While an agent has been asked and has taken it, losing the agent who asks loses nobody: the other one has the customer.

import * as layout from '../../../assembly/layout.ts';
import type { ContactHandle } from '../../engine/command-encoder.ts';
import { consultationsKeptMax, transferBackMs, transferWaitMs } from '../../limits.ts';
import type { Params } from '../../protocol/methods.ts';
import { type Refusal, refuse } from '../../protocol/refusals.ts';
import type { Admission, Admitted, Reaction, Reworded } from '../module.ts';
import type { Agent } from './agents.ts';
import { setReturnTimer } from './ages.ts';
import { callerOf, makeConsultation } from './contact-create.ts';
import { overByThen } from './contact-handlers.ts';
import { briefOf } from './contact-view.ts';
import { Contact, type ContactParams, rowOf } from './contacts.ts';
import { keptOutOf } from './exits.ts';
import { profileFor } from './profile-for.ts';
import type { Queue } from './queues.ts';
import type { RoutingState } from './routing-state.ts';
import { type AgentAt, agentOf, insideOf, send, servedContact, targetOf } from './sending.ts';
import { beginAt, handOverOutside } from './sending-outside.ts';
import { askedIn } from './steps.ts';
import { contactsTable } from './tables.ts';

/** A longer id is not made longer still. */
const ID_LENGTH_MAX = 110;

export function consult(state: RoutingState, params: Params<'contact.consult'>, admission: Admission): Admitted {
  const contact = servedContact(state, params.contactId, admission);
  if (!(contact instanceof Contact)) return contact;
  const caller = callerOf(admission);
  if (caller.role === 'agent' && contact.agent?.agentId !== caller.sub) return refuse('not_allowed_for_role');
  if (contact.consult !== undefined) return refuse('consultation_open');
  const asks = contact.agent as Agent;
  const { waitMs = transferWaitMs } = params;
  const to = insideOf(state, params.to);
  // Whoever calls is at an agent's telephone, which is not the switch's to join with a number.
  if (to.number !== undefined && contact.isInternal) return refuse('call_is_internal');
  const asked = askedOf(state, contact, to);
  if ('refusal' in asked) return asked;
  if (state.contacts.isFull) return refuse('too_many_contacts');
  const { profile, wanted, agent, line, queue } = wishesFor(state, contact, asked, waitMs, admission);
  if (profile === undefined) return refuse('too_many_names', { of: 'requirements' });
  const keptOut = queue === undefined ? undefined : keptOutOf(state, profile);
  if (keptOut !== undefined) return keptOut;

  const about = {
    of: contact.number,
    contactId: contact.contactId,
    agentId: asks.agentId,
    ...(to.queueId !== undefined && { queueId: to.queueId }),
  };
  const owner = { role: 'agent' as const, sub: asks.agentId };
  const outside = to.number === undefined ? undefined : { number: to.number, since: admission.now };
  const consultation = makeConsultation(
    state,
    { params: wanted, about, owner, profile, agent, line, outside },
    admission,
  );
  if (!(consultation instanceof Contact)) return consultation;
  const refusal =
    to.number === undefined
      ? undefined
      : beginAt(state, consultation, { number: to.number, ringMs: waitMs, asks: contact }, admission);
  if (refusal !== undefined) return refusal;
  contact.consult = consultation;
  admission.onUndo(() => {
    contact.consult = undefined;
  });
  if (queue !== undefined) setReturnTimer(admission.core, consultation, admission.now + waitMs);
  return {
    pending: (reaction) => {
      // It may have ended, or gone on, in the same tick.
      if (contact.state === 'connected' && contact.agent === asks)
        return { result: briefOf(consultation, state, reaction.now) };
      reaction.followUp('consultationOver', { slot: consultation.slot, number: consultation.number });
      return refuse('contact_not_connected');
    },
  };
}

type Asked = AgentAt | Queue | { readonly number: string };

function askedOf(state: RoutingState, contact: Contact, to: Params<'contact.consult'>['to']): Asked | Refusal {
  if (to.number !== undefined) return { number: to.number };
  return to.queueId === undefined ? agentOf(state, contact, to) : queueOf(state, contact, to.queueId);
}

function queueOf(state: RoutingState, contact: Contact, queueId: string): Queue | Refusal {
  const queue = state.queues.find(queueId);
  if (queue === undefined) return refuse('queue_not_found');
  return queue.takes(contact.channel) ? queue : refuse('channel_not_in_queue');
}

/** In the queue that is asked the agent who asks may be one of those who could answer. */
function wishesFor(state: RoutingState, contact: Contact, asked: Asked, waitMs: number, admission: Admission) {
  const { agent, line } = 'agent' in asked ? asked : {};
  const askedQueue = 'queueId' in asked ? asked : undefined;
  const queue = askedQueue ?? contact.queue;
  const { priority } = contact.wishes;
  const wanted: ContactParams = {
    contactId: idOf(state, contact),
    channel: contact.created.channel,
    queueId: queue.queueId,
    ...(priority !== undefined && { priority }),
    ...(askedQueue !== undefined && { excludes: notAsked(contact) }),
    ...(agent !== undefined && { agentId: agent.agentId, direct: { waitMs, orElse: 'end' as const } }),
  };
  const profile = profileFor(state, queue, contact.channel, askedIn(queue, wanted, []), admission);
  return { profile, wanted, agent, line, queue: askedQueue };
}

/** Who asks, and a colleague who is the contact's customer. */
function notAsked({ agent, calledBy }: Contact): string[] {
  return [(agent as Agent).agentId, ...(calledBy === undefined ? [] : [calledBy.agentId])];
}

/** `c1.consult`, `c1.consult2` …: whichever nobody has used. */
function idOf(state: RoutingState, { contactId, number, consultations }: Contact): string {
  const base = contactId.length > ID_LENGTH_MAX ? `contact.${number}` : contactId;
  for (let nth = consultations.length + 1; ; nth++) {
    const id = `${base}.consult${nth === 1 ? '' : nth}`;
    if (state.contacts.find(id) === undefined) return id;
  }
}

// ── Its agent takes over ────────────────────────────────────────────────────────────────────────────────────────
/** contact.transfer {mode: attended}: whether it has been taken by then is the core's to say, once it is being taken. */
export function transferAttended(
  state: RoutingState,
  { contactId, to, waitMs, backMs = transferBackMs }: Params<'contact.transfer'>,
  admission: Admission,
): Admitted {
  const contact = servedContact(state, contactId, admission);
  if (!(contact instanceof Contact)) return contact;
  const caller = callerOf(admission);
  if (caller.role === 'agent' && contact.agent?.agentId !== caller.sub) return refuse('not_allowed_for_role');
  const { consult: consultation } = contact;
  if (consultation === undefined) return refuse('no_consultation');
  const { agent, outside } = consultation;
  const at = to && insideOf(state, to);
  if (at?.agentId !== undefined && at.agentId !== agent?.agentId) return refuse('not_consulted');
  if (at?.number !== undefined && at.number !== outside?.number) return refuse('not_consulted');
  if (at?.lineId !== undefined && (agent === undefined || state.lines.ownerOf(at.lineId) !== agent.handle))
    return refuse('not_consulted');
  const back = { agent: contact.agent as Agent, waitMs: backMs };
  if (outside !== undefined) {
    if (consultation.isClaimed) return refuse('consultation_not_connected');
    consultation.claim(admission);
  } else if (!consultation.isTaken && !consultation.isBeingTaken) {
    // It is over by a request of this tick, as far as that is known.
    if (consultation.isClaimed || consultation.answering === 'rejects') return refuse('consultation_not_connected');
    const target = targetOf(state, contact, whoIsAsked(consultation), admission);
    if ('refusal' in target) return target;
    return send(state, contact, { target, why: 'transferred', waitMs, back }, admission);
  }
  const takeBackPart =
    outside === undefined
      ? handOver(state, contact, consultation, admission)
      : handOverOutside(state, contact, consultation, back, admission);
  return {
    reworded: notTaken(contact, consultation),
    pending: ({ now, tables }) => {
      takeBackPart();
      // It is with whoever was asked once its switch says so.
      if (outside === undefined && contact.hasLegs && contact.state === 'connected') {
        contact.handedOver = { agentId: back.agent.agentId, backMs };
        tables.put(contactsTable, contact.number, rowOf(contact));
      }
      return { result: briefOf(contact, state, now) };
    },
  };
}

/** By name, or the queue; what has come of it by then is over as soon as the contact has left the agent who asks. */
function whoIsAsked({ about, created }: Contact): Params<'contact.consult'>['to'] {
  return about?.queueId === undefined ? { agentId: created.agentId as string } : { queueId: about.queueId };
}

/** The core says only that one of the two is not in service where it should be. */
function notTaken(contact: Contact, consultation: Contact): Reworded {
  const reworded = overByThen(contact);
  return (refusal) => {
    if (contact.ending !== undefined) return reworded(refusal);
    // What is claimed ends by nothing else.
    if (consultation.outside !== undefined) return refusal;
    const isItsOwn = consultation.state !== 'connected' || consultation.ending !== undefined;
    return isItsOwn ? refuse('consultation_not_connected') : refusal;
  };
}

/** Returns how to take back the place of the part once it is known that there is none. */
function handOver(
  { contacts }: RoutingState,
  contact: Contact,
  consultation: Contact,
  admission: Admission,
): () => void {
  const { part, takeBack } = contacts.partFor(contact, admission);
  admission.core.contactHandOver(contact, (contact.agent as Agent).handle, consultation, part);
  return takeBack;
}

/** The agent who asks is lost: true where the customer goes to the one who was asked instead. */
export function goesToConsulted(state: RoutingState, handle: ContactHandle, admission: Admission): boolean {
  const contact = state.contacts.bySlot(handle.slot, handle.number);
  const consultation = contact?.consult;
  if (contact?.state !== 'connected' || consultation === undefined) return false;
  if (!consultation.isTaken || consultation.isClaimed) return false;
  consultation.claim(admission);
  if (consultation.outside === undefined) handOver(state, contact, consultation, admission);
  else handOverOutside(state, contact, consultation, undefined, admission);
  return true;
}

// ── Its end ─────────────────────────────────────────────────────────────────────────────────────────────────────
/** Of the agent who was asked, or that one's leg, there is nothing left. False where it is no consultation. */
export function endsAsConsultation(
  state: RoutingState,
  { slot, number }: ContactHandle,
  why: number,
  admission: Admission,
): boolean {
  const consultation = state.contacts.bySlot(slot, number);
  if (consultation?.about === undefined) return false;
  if (consultation.isClaimed || consultation.ending !== undefined) return true;
  consultation.claim(admission);
  admission.core.contactEnd(consultation, why);
  return true;
}

/** As the follow-up of whatever became of the contact that it was about. */
export function consultationOver(state: RoutingState, handle: ContactHandle, admission: Admission): void {
  endsAsConsultation(state, handle, layout.ENDED_CONSULTATION_OVER, admission);
}

/** Nobody in the queue that is asked has taken it in time; a ring has its outcome first. */
export function consultTimeOver(state: RoutingState, { slot, number }: ContactHandle, admission: Admission): void {
  const consultation = state.contacts.bySlot(slot, number);
  if (consultation?.about === undefined || !consultation.isWaiting) return;
  const { core, now } = admission;
  if (consultation.state === 'ringing' || consultation.state === 'connecting')
    return setReturnTimer(core, consultation, Math.max(now, consultation.untilMs) + 1);
  core.contactEnd(consultation, layout.ENDED_TIMED_OUT);
}

/** The contact has ended, or has left the agent who asks. The caller writes its row. */
export function contactLeftAsking(contact: Contact, reaction: Reaction): void {
  const { consult: consultation } = contact;
  if (consultation === undefined) return;
  noteConsulted(contact, consultation, 'consultationOver', reaction.now);
  reaction.followUp('consultationOver', { slot: consultation.slot, number: consultation.number });
}

/** The consultation itself is over: what it was about keeps what is to be remembered of it. */
export function consultationEnded(state: RoutingState, consultation: Contact, { now, tables }: Reaction): void {
  const contact = state.contacts.byNumber(consultation.about?.of ?? 0);
  if (contact?.consult !== consultation) return;
  noteConsulted(contact, consultation, consultation.ending?.why ?? '', now);
  tables.put(contactsTable, contact.number, rowOf(contact));
}

function noteConsulted(contact: Contact, consultation: Contact, why: string, now: number): void {
  const { contactId, about, agent, arrivedAt, outside } = consultation;
  const connectedAt = outside?.connectedAt ?? consultation.connectedAt;
  contact.consult = undefined;
  const had = {
    consultId: contactId,
    agentId: about?.agentId ?? '',
    ...(connectedAt > 0 && agent !== undefined && { consultedAgentId: agent.agentId }),
    ...(connectedAt > 0 && { connectedAt }),
    ...(outside !== undefined && { number: outside.number }),
    ...(outside?.cause !== undefined && { cause: outside.cause }),
    ...(about?.queueId !== undefined && { queueId: about.queueId }),
    askedAt: arrivedAt,
    endedAt: now,
    why,
  };
  contact.consultations = [...contact.consultations, had].slice(-consultationsKeptMax);
}
