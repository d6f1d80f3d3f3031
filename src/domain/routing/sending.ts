// Sending a contact on, whatever it is doing: contact.transfer (blind), supervisor.move, contact.takeOver, and going back to the
// queue because its agent was lost (docs/service.md).
//
//   in service ── sent ──▶ its agent wraps up in a part; it waits for the agent it was sent to, or in the queue
//                             │ not taken there
//                             └─▶ back to the agent who sent it, as long as `backMs` ─▶ the queue it came from
//
// The core goes this way by itself where an agent was named. Who was sent to a queue waits there by that queue's rules; only with a
// `waitMs` it comes back, by a timer and a follow-up. What cannot work is refused while the agent still has the customer.

import * as layout from '../../../assembly/layout.ts';
import type { ContactHandle, SendCommand } from '../../engine/command-encoder.ts';
import { transferBackMs, transferWaitMs } from '../../limits.ts';
import type { Params } from '../../protocol/methods.ts';
import { type Refusal, refuse } from '../../protocol/refusals.ts';
import { sentReasons } from '../../protocol/states.ts';
import type { Admission, Admitted, Reaction } from '../module.ts';
import type { Agent } from './agents.ts';
import { setReturnTimer } from './ages.ts';
import { endCall } from './calling-inside.ts';
import { endsAsConsultation, goesToConsulted, transferAttended } from './consulting.ts';
import { findFor } from './contact-access.ts';
import { callerOf } from './contact-create.ts';
import { overByThen } from './contact-handlers.ts';
import { briefOf } from './contact-view.ts';
import { Contact, rowOf, type SentAway } from './contacts.ts';
import { isBeingDialled } from './dialling.ts';
import { keptOutOf, profileIn } from './exits.ts';
import { comesFromFlow } from './flow-exits.ts';
import type { Profile } from './profiles.ts';
import type { RoutingState } from './routing-state.ts';
import { comesFromOutside, sendOutside } from './sending-outside.ts';
import { contactsTable } from './tables.ts';

type To = NonNullable<Params<'contact.transfer'>['to']>;
type Why = keyof typeof sentReasons;

export interface Target {
  readonly agent?: Agent;
  /** The handle of the line at which alone that one is to be rung. */
  readonly line?: number | undefined;
  readonly profile?: Profile;
}

export function transferContact(
  state: RoutingState,
  params: Params<'contact.transfer'>,
  admission: Admission,
): Admitted {
  if (params.mode === 'attended') return transferAttended(state, params, admission);
  const caller = callerOf(admission);
  const contact = servedContact(state, params.contactId, admission);
  if (!(contact instanceof Contact)) return contact;
  if (caller.role === 'agent' && contact.agent?.agentId !== caller.sub) return refuse('not_allowed_for_role');
  const { waitMs, backMs = transferBackMs } = params;
  const from = contact.agent as Agent;
  const to = insideOf(state, params.to as To);
  const { number } = to;
  if (number !== undefined && contact.isInternal) return refuse('call_is_internal');
  if (number !== undefined) {
    const back = { agent: from, waitMs: backMs };
    return sendOutside(state, contact, { number, why: 'transferred', waitMs, back }, admission);
  }
  const target = targetOf(state, contact, to, admission);
  if ('refusal' in target) return target;
  return send(state, contact, { target, why: 'transferred', waitMs, back: { agent: from, waitMs: backMs } }, admission);
}

export function moveContact(state: RoutingState, params: Params<'supervisor.move'>, admission: Admission): Admitted {
  const contact = liveContact(state, params.contactId, admission);
  if (!(contact instanceof Contact)) return contact;
  if (isBeingDialled(contact)) return refuse('contact_not_connected');
  const { waitMs } = params;
  const to = insideOf(state, params.to);
  const { number } = to;
  if (number !== undefined && contact.isInternal) return refuse('call_is_internal');
  if (number !== undefined) return sendOutside(state, contact, { number, why: 'bySupervisor', waitMs }, admission);
  const target = targetOf(state, contact, to, admission);
  if ('refusal' in target) return target;
  return send(state, contact, { target, why: 'bySupervisor', waitMs }, admission);
}

/** To whoever asks for it, who is an agent as well: what is in service goes back to its agent where it is not taken. */
export function takeOverContact(
  state: RoutingState,
  { contactId, agentId, waitMs }: Params<'contact.takeOver'>,
  admission: Admission,
): Admitted {
  const contact = liveContact(state, contactId, admission);
  if (!(contact instanceof Contact)) return contact;
  if (isBeingDialled(contact)) return refuse('contact_not_connected');
  const target = agentTarget(state, contact, agentId ?? callerOf(admission).sub);
  if ('refusal' in target) return target;
  const server = contact.state === 'connected' ? contact.agent : undefined;
  const back = server && { agent: server, waitMs: transferBackMs };
  return send(state, contact, { target, why: 'bySupervisor', waitMs, back }, admission);
}

// ── Whom and where to ───────────────────────────────────────────────────────────────────────────────────────────
export function liveContact(state: RoutingState, contactId: string, admission: Admission): Contact | Refusal {
  const contact = findFor(state, contactId, callerOf(admission), admission.tables);
  if (contact === undefined) return refuse('contact_not_found');
  if (!(contact instanceof Contact) || contact.ending !== undefined) return refuse('contact_already_ended');
  // The other one is its customer, and has a contact as well, which is sent instead.
  if (contact.dialled?.to !== undefined) return refuse('call_is_internal');
  return contact.about === undefined ? contact : refuse('contact_is_consultation');
}

/** In service as far as is known: one that has just been changed was waiting a moment ago. */
export function servedContact(state: RoutingState, contactId: string, admission: Admission): Contact | Refusal {
  const contact = liveContact(state, contactId, admission);
  if (!(contact instanceof Contact)) return contact;
  return contact.state === 'connected' && !contact.isBeingUpdated ? contact : refuse('contact_not_connected');
}

export function targetOf(state: RoutingState, contact: Contact, to: To, admission: Admission): Target | Refusal {
  if (to.queueId !== undefined) return queueTarget(state, contact, to.queueId, admission);
  return agentOf(state, contact, to);
}

/** A number that is that of a line here is that line. */
export function insideOf(state: RoutingState, to: To): To {
  const lineId = to.number === undefined ? undefined : state.lines.lineOfNumber(to.number);
  return lineId === undefined ? to : { lineId };
}

export interface AgentAt {
  readonly agent: Agent;
  readonly line?: number | undefined;
}

/** Of a target that is no queue. */
export function agentOf(state: RoutingState, contact: Contact, to: To): AgentAt | Refusal {
  if (to.agentId !== undefined) return agentTarget(state, contact, to.agentId);
  const at = lineNamed(state, to.lineId ?? '', contact.created.channel);
  if (at === undefined) return refuse('line_not_found');
  const agent = availableAgent(state, contact, at.agent.agentId);
  return 'refusal' in agent ? agent : at;
}

/** Whose line of the channel it is that has this id. */
export function lineNamed(state: RoutingState, lineId: string, channel: string): Required<AgentAt> | undefined {
  const owner = state.lines.ownerOf(lineId);
  const agent = owner === undefined ? undefined : state.agents.at(owner);
  const line = agent && state.lines.linesOf(agent.handle).find((one) => one.lineId === lineId);
  return agent && line?.channel === channel ? { agent, line: line.handle } : undefined;
}

export function agentTarget(state: RoutingState, contact: Contact, agentId: string): AgentAt | Refusal {
  const agent = availableAgent(state, contact, agentId);
  return 'refusal' in agent ? agent : { agent };
}

function availableAgent(state: RoutingState, contact: Contact, agentId: string): Agent | Refusal {
  const agent = state.agents.find(agentId);
  if (agent === undefined) return refuse('agent_not_found');
  if (contact.state === 'connected' && contact.agent === agent) return refuse('agent_serves_it_already');
  // Nobody is called by itself.
  if (contact.calledBy?.agentId === agentId) return refuse('call_is_internal');
  if (!agent.loggedIn) return refuse('agent_not_logged_in');
  const isReady = (agent.flags & layout.AGENT_FLAG_READY) !== 0;
  const hasLine = state.lines.linesOf(agent.handle).some(({ channel }) => channel === contact.created.channel);
  return isReady && hasLine ? agent : refuse('agent_not_ready');
}

/** Its own queue is a target, too: back into it. */
function queueTarget(state: RoutingState, contact: Contact, queueId: string, admission: Admission): Target | Refusal {
  const queue = state.queues.find(queueId);
  if (queue === undefined) return refuse('queue_not_found');
  if (queue === contact.queue) return {};
  if (!queue.takes(contact.channel)) return refuse('channel_not_in_queue');
  const profile = profileIn(state, queue, contact.channel, contact, admission);
  if (profile === undefined) return refuse('too_many_names', { of: 'requirements' });
  return keptOutOf(state, profile) ?? { profile };
}

// ── Sending ─────────────────────────────────────────────────────────────────────────────────────────────────────
interface Sending {
  readonly target: Target;
  readonly why: Why;
  readonly waitMs?: number | undefined;
  /** Who gets it where it is not taken there. */
  readonly back?: { readonly agent: Agent; readonly waitMs: number } | undefined;
}

export function send(state: RoutingState, contact: Contact, sending: Sending, admission: Admission): Admitted {
  const { waitMs } = sending;
  const takeBackPart = give(state, contact, commandOf(contact, sending), admission);
  comesFromOutside(state, contact, admission);
  comesFromFlow(state, contact, admission);
  const sent = sentAway(contact, sending);
  if (sent !== undefined) setReturnTimer(admission.core, contact, admission.now + (waitMs as number));
  return {
    reworded: overByThen(contact),
    pending: ({ now, tables }) => {
      takeBackPart();
      if (sent !== undefined && contact.ending === undefined) keepSent(contact, sent, { tables });
      return { result: briefOf(contact, state, now) };
    },
  };
}

export function commandOf(
  { agent, hasLegs, choosing }: Contact,
  { target, why, waitMs = transferWaitMs, back }: Sending,
): Omit<SendCommand, 'part'> {
  const from = why === 'transferred' ? agent?.handle : undefined;
  const { profile } = target;
  // Without legs it is withheld only where it was parked, maybe a moment ago, or where its customer chooses, which ends by itself.
  const resumed = !hasLegs && choosing === undefined;
  if (target.agent === undefined) return { profile: profile?.number, why: sentReasons[why], from, resumed };
  return {
    to: { agent: target.agent.handle, waitMs, whatever: true, line: target.line },
    ...(back !== undefined && { backTo: { agent: back.agent.handle, waitMs: back.waitMs } }),
    why: sentReasons[why],
    from,
    resumed,
  };
}

/** Gives the core the contact to send. Returns how to take back the place of its part once it is known that there is none. */
export function give(
  state: RoutingState,
  contact: Contact,
  command: Omit<SendCommand, 'part'>,
  admission: Admission,
): () => void {
  const { part, takeBack } = state.contacts.partFor(contact, admission);
  admission.core.contactSend(contact, { ...command, part });
  return takeBack;
}

/** To another queue, with a time to be taken there, from an agent or from a queue. */
function sentAway({ queue }: Contact, { target, waitMs, back }: Sending): SentAway | undefined {
  if (target.profile === undefined || waitMs === undefined || back === undefined) return undefined;
  return { queueId: queue.queueId, agentId: back.agent.agentId, waitMs: back.waitMs };
}

function keepSent(contact: Contact, sent: SentAway, { tables }: Pick<Reaction, 'tables'>): void {
  contact.sent = sent;
  tables.put(contactsTable, contact.number, rowOf(contact));
}

// ── Going back ──────────────────────────────────────────────────────────────────────────────────────────────────
/** Its time in the queue that it was sent to is over: a ring has its outcome first, and who is served or over stays so. */
export function sendBack(state: RoutingState, { slot, number }: ContactHandle, admission: Admission): void {
  const contact = state.contacts.bySlot(slot, number);
  if (contact?.sent === undefined || !contact.isWaiting) return;
  const { core, now } = admission;
  if (contact.state === 'ringing' || contact.state === 'connecting')
    return setReturnTimer(core, contact, Math.max(now, contact.untilMs) + 1);
  const { queueId, agentId, waitMs } = contact.sent;
  const queue = state.queues.find(queueId);
  const profile =
    queue === undefined || queue === contact.queue
      ? undefined
      : profileIn(state, queue, contact.channel, contact, admission);
  const agent = state.agents.find(agentId);
  core.contactSend(contact, {
    profile: profile?.number,
    ...(agent !== undefined && { to: { agent: agent.handle, waitMs, whatever: true } }),
    why: sentReasons.returned,
    // It is not in service, so there is nothing to wrap up: its own slot is never used.
    part: contact,
  });
  comesFromFlow(state, contact, admission);
}

/** By whoever has its legs: its switch would not join it with its agent. Who has just handed it over has it back, as from a number outside. */
export function sendNotJoined(state: RoutingState, contact: ContactHandle, restMs: number, admission: Admission): void {
  if (endCall(state, contact, layout.ENDED_LEG_LOST, admission)) return;
  const served = state.contacts.bySlot(contact.slot, contact.number);
  const { agentId = '', backMs = 0 } = served?.handedOver ?? {};
  const agent = state.agents.find(agentId);
  if (served?.state !== 'connected' || served.agent === undefined || agent === undefined || agent === served.agent)
    return sendToQueue(state, contact, 'legLost', restMs, admission);
  const to = { agent: agent.handle, waitMs: backMs, whatever: true };
  give(state, served, { to, why: sentReasons.legLost, from: served.agent.handle, restMs }, admission);
}

/** It is with whoever serves it. */
export function isJoined(state: RoutingState, { slot, number }: ContactHandle, { tables }: Reaction): void {
  const contact = state.contacts.bySlot(slot, number);
  if (contact?.handedOver === undefined) return;
  contact.handedOver = undefined;
  tables.put(contactsTable, number, rowOf(contact));
}

const consultationLost = { legLost: layout.ENDED_LEG_LOST, agentLost: layout.ENDED_AGENT_UNAVAILABLE } as const;

/**
 * By a module that has lost its agent, or the agent's leg: to whoever that one is asking about it, or back to its queue, to its
 * place there. A consultation ends.
 */
export function sendToQueue(
  state: RoutingState,
  contact: ContactHandle,
  why: 'legLost' | 'agentLost',
  restMs: number,
  admission: Admission,
): void {
  if (endsAsConsultation(state, contact, consultationLost[why], admission)) return;
  if (goesToConsulted(state, contact, admission)) return;
  if (endCall(state, contact, consultationLost[why], admission)) return;
  const served = state.contacts.bySlot(contact.slot, contact.number);
  if (served?.state !== 'connected' || served.agent === undefined) return;
  give(state, served, { why: sentReasons[why], from: served.agent.handle, restMs }, admission);
}
