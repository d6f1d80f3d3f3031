// Calls from one agent to another: contact.dial to a colleague, a line here or a queue (docs/lines.md).
//
//   contact.dial ─▶ the caller's contact is at its line, as for a number outside; its own telephone first, where a switch makes the call
//        └▶ a second contact, the called one's: offered as any other, with the caller as its customer ── taken ──▶ both in service
//             └ not taken ─▶ the caller's is over: notReached             one of the two is over ─▶ so is the other
//
// - Each of the two is the other's customer: what is done to the one (hold, end, a lost leg) is what a customer's contact knows already,
//   and at the switch the customer's leg of the one is the agent's leg of the other (../switches/leg-book.ts).
// - Both take a line and capacity, and wrap up by the rules of their queues. Neither is in any number of a queue, nor goes by its exits
//   and steps: nobody's customer waits there.
// - Whoever was called may ask somebody about it, or send it on: the caller stays on the line as any customer does. The caller's own
//   contact goes nowhere, and neither goes to a queue by itself: an agent who is lost ends both.

import * as layout from '../../../assembly/layout.ts';
import type { ContactHandle } from '../../engine/command-encoder.ts';
import type { LegCause } from '../../protocol/legs.ts';
import { type Refusal, refuse } from '../../protocol/refusals.ts';
import type { Admission, Reaction, Row } from '../module.ts';
import type { Agent } from './agents.ts';
import { setReturnTimer } from './ages.ts';
import { makeCall } from './contact-create.ts';
import { Contact, type ContactParams, type Dialled, type InsideTarget, rowOf } from './contacts.ts';
import { keptOutOf } from './exits.ts';
import { profileFor } from './profile-for.ts';
import type { Profile } from './profiles.ts';
import type { Queue } from './queues.ts';
import type { RoutingState } from './routing-state.ts';
import { lineNamed } from './sending.ts';
import { askedIn } from './steps.ts';
import { contactsTable } from './tables.ts';

/** A longer id is not made longer still. */
const ID_LENGTH_MAX = 110;

/** Who calls, for whose rules where a colleague is called by name, and on which channel. */
export interface Calling {
  readonly agent: Agent;
  readonly queue: Queue;
  readonly channel: number;
  readonly channelName: string;
}

interface Called {
  readonly profile: Profile;
  readonly wanted: Omit<ContactParams, 'contactId' | 'channel'>;
  readonly agent?: Agent;
  /** The handle of the line at which alone that one is to be rung. */
  readonly line?: number | undefined;
}

/** Who is to be called, or why that cannot be: looked at when it is asked for, and again when the caller is on the line. */
export function calledBy(
  state: RoutingState,
  calling: Calling,
  { to, waitMs }: { readonly to: InsideTarget; readonly waitMs: number },
  admission: Admission,
): Called | Refusal {
  const { channel, agent: caller } = calling;
  const at = to.queueId === undefined ? colleagueAt(state, calling, to) : undefined;
  if (at !== undefined && 'refusal' in at) return at;
  const queue = to.queueId === undefined ? calling.queue : state.queues.find(to.queueId);
  if (queue === undefined) return refuse('queue_not_found');
  if (!queue.takes(channel)) return refuse('channel_not_in_queue');
  const wanted: Omit<ContactParams, 'contactId' | 'channel'> = {
    queueId: queue.queueId,
    // Sent on to a queue it is not for the caller either.
    excludes: [caller.agentId],
    ...(at !== undefined && { agentId: at.agent.agentId, direct: { waitMs, orElse: 'end' } }),
  };
  const profile = profileFor(state, queue, channel, askedIn(queue, wanted, []), admission);
  if (profile === undefined) return refuse('too_many_names', { of: 'requirements' });
  const keptOut = at === undefined ? keptOutOf(state, profile) : undefined;
  return keptOut ?? { profile, wanted, ...at };
}

function colleagueAt(
  state: RoutingState,
  { agent: caller, channelName }: Calling,
  { agentId, lineId = '' }: InsideTarget,
): { readonly agent: Agent; readonly line?: number | undefined } | Refusal {
  const at = agentId === undefined ? lineNamed(state, lineId, channelName) : undefined;
  if (agentId === undefined && at === undefined) return refuse('line_not_found', { lineId });
  const agent = at?.agent ?? state.agents.find(agentId ?? '');
  if (agent === undefined) return refuse('agent_not_found');
  if (agent === caller) return refuse('not_to_be_dialled', at === undefined ? { agentId } : { lineId });
  if (!agent.loggedIn) return refuse('agent_not_logged_in', { agentId: agent.agentId });
  const isReady = (agent.flags & layout.AGENT_FLAG_READY) !== 0;
  const hasLine = state.lines.linesOf(agent.handle).some(({ channel }) => channel === channelName);
  if (!isReady || !hasLine) return refuse('agent_not_ready', { agentId: agent.agentId });
  return { agent, ...(at !== undefined && { line: at.line }) };
}

/** As the follow-up of the caller's being on the line: by its telephone, or at once where it has none. */
export function callInside(state: RoutingState, handle: ContactHandle, admission: Admission): void {
  const caller = state.contacts.bySlot(handle.slot, handle.number);
  const { dialled, agent, queue, channel } = caller ?? {};
  if (caller?.state !== 'connecting' || caller.called !== undefined) return;
  if (dialled?.to === undefined || agent === undefined || queue === undefined || channel === undefined) return;
  const { to, waitMs = 0, lineId, withLegs } = dialled;
  const calling = { agent, queue, channel, channelName: caller.created.channel };
  const asked = calledBy(state, calling, { to, waitMs }, admission);
  if ('refusal' in asked || state.contacts.isFull) return isInVain(caller, admission);
  const { profile, wanted, agent: colleague, line } = asked;
  const { from } = caller.created;
  const { attributes } = caller.wishes;
  const params: ContactParams = {
    contactId: idOf(state, caller),
    channel: caller.created.channel,
    ...wanted,
    ...(from !== undefined && { from }),
    ...(attributes !== undefined && { attributes }),
  };
  const calledFrom = { of: caller.number, contactId: caller.contactId, agentId: agent.agentId, lineId, withLegs };
  const called = makeCall(state, { params, calledBy: calledFrom, profile, agent: colleague, line }, admission);
  if (!(called instanceof Contact)) return isInVain(caller, admission);
  caller.called = called;
  called.caller = caller;
  admission.onUndo(() => {
    caller.called = undefined;
  });
  if (to.queueId !== undefined) setReturnTimer(admission.core, called, admission.now + waitMs);
}

function isInVain(caller: Contact, { core, tables, onUndo }: Admission): void {
  const { dialled } = caller;
  caller.dialled = { ...(dialled as Dialled), cause: 'unreachable' };
  onUndo(() => {
    caller.dialled = dialled;
  });
  tables.put(contactsTable, caller.number, rowOf(caller));
  core.contactEnd(caller, layout.ENDED_NOT_REACHED);
}

/** `c1.called`, or one that nobody has used. */
function idOf(state: RoutingState, { contactId, number }: Contact): string {
  const base = `${contactId.length > ID_LENGTH_MAX ? `contact.${number}` : contactId}.called`;
  for (let nth = 1; ; nth++) {
    const id = nth === 1 ? base : `${base}${nth}`;
    if (state.contacts.find(id) === undefined) return id;
  }
}

// ── What becomes of it ──────────────────────────────────────────────────────────────────────────────────────────
/** Somebody serves one of the two. The caller's is in service once the called one's is. */
export function taken({ caller }: Contact, agent: Agent, reaction: Reaction): void {
  if (caller?.dialled === undefined || caller.ending !== undefined) return;
  caller.dialled = { ...caller.dialled, calledAgentId: agent.agentId };
  reaction.tables.put(contactsTable, caller.number, rowOf(caller));
  if (caller.state === 'connecting') reaction.followUp('callTaken', { slot: caller.slot, number: caller.number });
}

export function callTaken(state: RoutingState, { slot, number }: ContactHandle, { core }: Admission): void {
  const caller = state.contacts.bySlot(slot, number);
  if (caller?.state !== 'connecting' || caller.agent === undefined) return;
  core.offerConnected(caller, caller.offer, caller.agent.handle);
}

/** One of the two is over: so is the other. */
export function callSideOver(contact: Contact, reaction: Reaction): void {
  const { caller, called } = contact;
  if (caller?.called === contact) caller.called = undefined;
  const other = caller ?? called;
  if (other === undefined || other.ending !== undefined) return;
  if (caller?.state === 'connecting') notReached(caller, causeOf(contact), reaction);
  reaction.followUp('callOver', { slot: other.slot, number: other.number });
}

function notReached(caller: Contact, cause: LegCause, { tables }: Reaction): void {
  caller.dialled = { ...(caller.dialled as Dialled), cause };
  tables.put(contactsTable, caller.number, rowOf(caller));
}

/** As a switch would say of a number. */
const causes: Readonly<Record<string, LegCause>> = {
  rejected: 'rejected',
  busy: 'busy',
  timedOut: 'noAnswer',
};

function causeOf({ lastWithdrawn = '', ending }: Contact): LegCause {
  return causes[lastWithdrawn] ?? (ending?.why === 'timedOut' ? 'noAnswer' : 'unreachable');
}

export function callOver(state: RoutingState, { slot, number }: ContactHandle, { core }: Admission): void {
  const contact = state.contacts.bySlot(slot, number);
  if (contact === undefined || contact.ending !== undefined) return;
  if (contact.state === 'connected') return core.contactEnd(contact, layout.ENDED_BY_CUSTOMER);
  if (contact.calledBy === undefined) return core.contactEnd(contact, layout.ENDED_NOT_REACHED);
  core.contactCancel(contact);
}

/** Nobody in the queue that is called has taken it in time; a ring has its outcome first. */
export function callTimeOver(state: RoutingState, { slot, number }: ContactHandle, { core, now }: Admission): void {
  const called = state.contacts.bySlot(slot, number);
  if (called?.calledBy === undefined || !called.isWaiting || called.parts.length > 0) return;
  if (called.state === 'ringing' || called.state === 'connecting')
    return setReturnTimer(core, called, Math.max(now, called.untilMs) + 1);
  core.contactEnd(called, layout.ENDED_TIMED_OUT);
}

/** Of its agent, or that one's leg, there is nothing left. False where it is no such call. */
export function endCall(
  state: RoutingState,
  { slot, number }: ContactHandle,
  why: number,
  { core }: Admission,
): boolean {
  const contact = state.contacts.bySlot(slot, number);
  if (contact === undefined || !contact.isInternal) return false;
  if (contact.ending === undefined) core.contactEnd(contact, why);
  return true;
}

// ── What is told ────────────────────────────────────────────────────────────────────────────────────────────────
/** What each is to whoever calls, of what the called one has. */
const dialling: Readonly<Record<string, string>> = {
  'contact.queued': 'waiting',
  'contact.waitingFor': 'waitingFor',
  'contact.offered': 'ringing',
  'contact.connected': 'connected',
};

export function tellCaller(
  { calledBy: by, caller }: Contact,
  event: string,
  { agentId }: Row,
  reaction: Reaction,
): void {
  const state = dialling[event];
  if (by === undefined || state === undefined || caller === undefined || caller.ending !== undefined) return;
  const { contactId, lineId } = by;
  const told = { contactId, lineId, state, ...(agentId !== undefined && { agentId }) };
  reaction.notify({ role: 'agent', sub: by.agentId }, 'contact.dialling', told);
}

/** Whom an agent has dialled. */
export function whomOf(dialled: Dialled | undefined): Row {
  const { number, to } = dialled ?? {};
  return { ...(number !== undefined && { number }), ...(to !== undefined && { to }) };
}
