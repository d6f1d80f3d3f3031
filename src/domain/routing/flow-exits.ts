// Contacts that leave their queue for a flow by name, which a module serves (FlowHook in ../module.ts; docs/limits.md).
//
//   leaves its queue (exits.ts), or is not let in ─▶ withheld ── it waits ──▶ taken: the flow's, until it gives it back or ends it
//                                                       └─ it rings ─ comes to nothing ─▶ taken
//                                                                   └─ answered ─▶ in service; the flow never had it
//   taken ── fromFlow() ─▶ its queue again, or another one, or its end
//         └─ moved by somebody, over: the flow is told that it has left
//
// To the core, and to whoever counts, it waits in the queue that it left and is not to be offered, as one that is sent to a number
// outside does: so whoever hangs up, is moved or is lost with its switch is treated as any that waits. Only exits look away.
// What the flow knows of it is the flow's own; that it has it is in the contact's row.

import * as layout from '../../../assembly/layout.ts';
import type { ContactHandle } from '../../engine/command-encoder.ts';
import { type Exit, flowsLedTo, type QueuePolicyParams } from '../../protocol/queue-policy.ts';
import { type Refusal, refuse } from '../../protocol/refusals.ts';
import { movedReasons, sentReasons } from '../../protocol/states.ts';
import type { Admission, FlowHook, GivenBack, Reaction } from '../module.ts';
import { setAgeTimer } from './ages.ts';
import { choosesNoMore } from './choosing.ts';
import { moduleViewOf } from './contact-view.ts';
import { type Contact, type InFlow, rowOf } from './contacts.ts';
import { profileIn } from './exits.ts';
import type { Profile } from './profiles.ts';
import type { RoutingState } from './routing-state.ts';
import { contactsTable } from './tables.ts';

export function hookOf(state: RoutingState, name: string): FlowHook | undefined {
  for (const { flow } of state.shapes) if (flow?.serves(name)) return flow;
  return undefined;
}

/** The flow that an exit leads to, while a module serves it. */
export function flowOf(state: RoutingState, exit: Exit | undefined): string | undefined {
  if (exit === undefined || typeof exit === 'string' || !('flow' in exit)) return undefined;
  return hookOf(state, exit.flow) === undefined ? undefined : exit.flow;
}

/** What a policy, or a document, names and no module serves: what, and where it says so. */
export function refuseFlows(state: RoutingState, policy: QueuePolicyParams & { queueId: string }): Refusal | undefined {
  const missing = flowsLedTo(policy).find(({ flow }) => hookOf(state, flow) === undefined);
  return missing && refuse('flow_not_served', { queueId: policy.queueId, flow: missing.flow, path: missing.path });
}

export function queuesNaming(state: RoutingState, name: string): string[] {
  const naming = [...state.queues.from(0)].filter(({ given }) => flowsLedTo(given).some(({ flow }) => flow === name));
  return naming.map(({ queueId }) => queueId);
}

// ── There ───────────────────────────────────────────────────────────────────────────────────────────────────────
/** It leaves its queue now, or as soon as it rings no longer. */
export function goToFlow(
  state: RoutingState,
  contact: Contact,
  { name, why }: Pick<InFlow, 'name' | 'why'>,
  admission: Admission,
): void {
  // It goes there without an agent of its customer's choice.
  choosesNoMore(contact, admission);
  be(state, contact, { name, why, since: admission.now }, admission);
  admission.core.contactWithhold(contact, true);
}

/** Why it was to go there is so no more, and it rings still. */
export function staysOutOfFlow(state: RoutingState, contact: Contact, admission: Admission): void {
  be(state, contact, undefined, admission);
  if (state.isOfferable(contact)) admission.core.contactWithhold(contact, false);
  setAgeTimer(admission.core, contact, admission.now);
}

function be(
  state: RoutingState,
  contact: Contact,
  flow: InFlow | undefined,
  { onUndo }: Pick<Admission, 'onUndo'>,
): void {
  const before = contact.flow;
  contact.flow = flow;
  if (!state.flowsChanged.has(contact)) state.flowsChanged.set(contact, before);
  onUndo(() => {
    contact.flow = before;
  });
}

/** A new contact that waits where as many wait as may, and whose queue sends those to a flow: it was let in for that. */
export function overflows(state: RoutingState, of: Overflowing, admission: Admission): void {
  const contact = state.contacts.bySlot(of.slot, of.number);
  const name = flowOf(state, contact?.queue.policy.whenFull);
  const isThere = contact?.isWaiting && contact.queue.handle === of.queue;
  if (contact === undefined || !isThere || name === undefined || contact.flow !== undefined) return;
  goToFlow(state, contact, { name, why: 'full' }, admission);
}

export interface Overflowing extends ContactHandle {
  /** Where it was when it had to wait: the queue's handle. */
  readonly queue: number;
}

/** What is to be looked at as the tick settles: it has lost its offer, is answered or over, or was made for a flow. */
export function lookAtFlow(state: RoutingState, contact: Contact): void {
  if (contact.flow === undefined || state.flowsChanged.has(contact)) return;
  state.flowsChanged.set(contact, contact.flow);
}

/** Once a tick: the core has withheld them, connected them before, or whoever had them has them no more. */
export function settleFlows(state: RoutingState, reaction: Reaction): void {
  for (const [contact, before] of state.flowsChanged) {
    if (before?.taken && (contact.flow?.taken !== true || contact.ending !== undefined))
      left(state, contact, before, reaction);
    look(state, contact, reaction);
    if (contact.known) reaction.tables.put(contactsTable, contact.number, rowOf(contact));
  }
  state.flowsChanged.clear();
}

function look(state: RoutingState, contact: Contact, reaction: Reaction): void {
  const { flow, slot, number } = contact;
  if (flow === undefined || flow.taken || contact.ending !== undefined || !contact.known) return;
  if (contact.state === 'connected') {
    contact.flow = undefined;
    return reaction.followUp('offerAgain', { slot, number });
  }
  if (contact.state !== 'waiting' && contact.state !== 'waitingFor') return;
  const taken = { ...flow, since: reaction.now, taken: true as const };
  contact.flow = taken;
  // In the queue to which it comes back it is asked anew.
  contact.inVain = 0;
  const { contactId, queue, owner } = contact;
  const { name, why } = flow;
  reaction.notify(owner, 'contact.flow', { contactId, queueId: queue.queueId, flow: name, state: 'taken', why });
  hookOf(state, name)?.taken(moduleViewOf(contact, state), { flow: name, why });
}

function left(state: RoutingState, contact: Contact, { name, why }: InFlow, reaction: Reaction): void {
  const { slot, number, contactId, queue, owner } = contact;
  contact.flow = undefined;
  if (contact.ending === undefined)
    reaction.notify(owner, 'contact.flow', { contactId, queueId: queue.queueId, flow: name, state: 'left', why });
  hookOf(state, name)?.left({ slot, number });
}

// ── And back ────────────────────────────────────────────────────────────────────────────────────────────────────
/** By the module that has it; a refusal changes nothing. */
export function fromFlow(
  state: RoutingState,
  { slot, number }: ContactHandle,
  to: GivenBack,
  admission: Admission,
): Refusal | undefined {
  const contact = state.contacts.bySlot(slot, number);
  if (contact?.flow?.taken !== true || contact.ending !== undefined) return refuse('contact_not_found');
  if ('end' in to) {
    admission.core.contactEnd(contact, layout.ENDED_BY_APPLICATION);
    return undefined;
  }
  const queue = state.queues.find(to.queueId ?? contact.queue.queueId);
  if (queue === undefined) return refuse('queue_not_found', { queueId: to.queueId });
  if (!queue.takes(contact.channel)) return refuse('channel_not_in_queue');
  if (queue === contact.queue) comesBack(state, contact, admission);
  else {
    const profile = profileIn(state, queue, contact.channel, contact, admission);
    if (profile === undefined) return refuse('too_many_names', { of: 'requirements' });
    goesOn(state, contact, profile, contact.flow, admission);
  }
  return undefined;
}

/** To another queue, for the reason for which it left its own. */
function goesOn(state: RoutingState, contact: Contact, profile: Profile, { why }: InFlow, admission: Admission): void {
  be(state, contact, undefined, admission);
  const isFree = state.isOfferable(contact);
  // That its queue was full is a reason not to be let in, and of none that is there: it is sent.
  if (why === 'full')
    return admission.core.contactSend(contact, {
      profile: profile.number,
      why: sentReasons.returned,
      // It is not in service, so there is nothing to wrap up: its own slot is never used.
      part: contact,
      resumed: isFree,
    });
  admission.core.contactLeave(contact, contact.queue.handle, profile.number, movedReasons[why]);
  if (isFree) admission.core.contactWithhold(contact, false);
}

/** To the queue that it left: its time there begins anew, so that the same exit is not due again at once. */
function comesBack(state: RoutingState, contact: Contact, admission: Admission): void {
  const { backAt } = contact;
  contact.backAt = admission.now;
  admission.onUndo(() => {
    contact.backAt = backAt;
  });
  be(state, contact, undefined, admission);
  if (state.isOfferable(contact)) admission.core.contactWithhold(contact, false);
  setAgeTimer(admission.core, contact, admission.now);
}

/** Somebody sends it on: to be called behind the command that does. */
export function comesFromFlow(state: RoutingState, contact: Contact, admission: Admission): void {
  if (contact.flow === undefined) return;
  be(state, contact, undefined, admission);
  if (contact.outside === undefined && state.isOfferable(contact)) admission.core.contactWithhold(contact, false);
  setAgeTimer(admission.core, contact, admission.now);
}

/** Reasons for which contacts leave queues for flows. */
export type FlowWhy = Exclude<keyof typeof movedReasons, 'callback' | 'voicemail'>;
