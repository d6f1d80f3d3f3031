// Deferred contacts: parked by the agent who serves them, resumed by that agent or another, or by themselves when they are due
// (docs/deferred.md).
//
//   in service ── contact.park ──▶ parked, with nobody ── contact.unpark by an agent ──▶ in service there
//                                    │                └── elsewhere, or moved ──▶ an agent by name, or a queue
//                                    └── due ──▶ the agent who parked it, as long as `waitMs` ──▶ its queue, at its old place
//
// To the core it is a contact that is sent nowhere and withheld, until it is sent on as resumed (assembly/sending.ts): so it keeps its
// arrival and its place, may be changed and ended, and moves to other builds as any that waits. It is no part of its queue
// meanwhile: nothing lets it leave for its age, and nobody counts it among those who wait.

import type { ContactHandle } from '../../engine/command-encoder.ts';
import type { Caller } from '../../engine/egress.ts';
import { parkedAheadMaxMs, parkedPerAgentMax, parkedWaitMs, transferWaitMs } from '../../limits.ts';
import type { Params } from '../../protocol/methods.ts';
import { type Refusal, refuse } from '../../protocol/refusals.ts';
import { sentReasons } from '../../protocol/states.ts';
import { tenantDefaults } from '../../protocol/tenant-settings.ts';
import type { Admission, Admitted, Reaction } from '../module.ts';
import type { Agent } from './agents.ts';
import { setReturnTimer } from './ages.ts';
import { callerOf } from './contact-create.ts';
import { overByThen } from './contact-handlers.ts';
import { briefOf } from './contact-view.ts';
import { Contact, type Parked, rowOf } from './contacts.ts';
import type { RoutingState } from './routing-state.ts';
import { agentTarget, commandOf, give, liveContact, type Target, targetOf } from './sending.ts';
import { contactsTable } from './tables.ts';
import { readTenant } from './tenant-handlers.ts';

type Park = Params<'contact.park'>;
type Unpark = Params<'contact.unpark'>;

// ── Parking ─────────────────────────────────────────────────────────────────────────────────────────────────────
export function parkContact(state: RoutingState, params: Park, admission: Admission): Admitted {
  const { caller, core, now } = admission;
  const contact = liveContact(state, params.contactId, admission);
  if (!(contact instanceof Contact)) return contact;
  if (contact.isInternal) return refuse('call_is_internal');
  const isDeferred = (readTenant(admission.tables).deferredChannels ?? tenantDefaults.deferredChannels).includes(
    contact.created.channel,
  );
  if (!isDeferred) return refuse('channel_not_deferred');
  // A caller on the line cannot be put aside, whether it called or is called back.
  if (contact.hasLegs) return refuse('contact_with_legs');
  if (params.dueAt !== undefined && params.dueAt > now + parkedAheadMaxMs)
    return refuse('too_large', { path: '/dueAt' });
  if (contact.parked !== undefined) return dueOtherwise(state, contact, params, admission);
  const { agent } = contact;
  if (contact.state !== 'connected' || agent === undefined || contact.isBeingUpdated)
    return refuse('contact_not_connected');
  if (caller?.role === 'agent' && agent.agentId !== caller.sub) return refuse('not_allowed_for_role');
  if (state.contacts.parked.countOf(agent.agentId) >= parkedPerAgentMax) return refuse('too_many_parked');
  const takeBackPart = give(state, contact, { why: sentReasons.parked, from: agent.handle }, admission);
  if (params.dueAt !== undefined) setReturnTimer(core, contact, Math.max(params.dueAt, now));
  return {
    reworded: overByThen(contact),
    pending: (reaction) => {
      takeBackPart();
      keepDue(contact, params, reaction);
      return { result: briefOf(contact, state, reaction.now) };
    },
  };
}

/** It is parked already, and is to come back at another time or only when it is resumed. */
function dueOtherwise(state: RoutingState, contact: Contact, params: Park, admission: Admission): Admitted {
  const { caller, core, now } = admission;
  if (caller?.role === 'agent' && contact.parked?.agentId !== caller.sub) return refuse('not_allowed_for_role');
  // A timer that finds it not due does nothing.
  if (params.dueAt !== undefined) setReturnTimer(core, contact, Math.max(params.dueAt, now));
  return {
    pending: (reaction) => {
      keepDue(contact, params, reaction);
      return { result: briefOf(contact, state, reaction.now) };
    },
  };
}

/** Unless it is over, or parked no longer, in the same tick. */
function keepDue(contact: Contact, { dueAt, waitMs = parkedWaitMs }: Park, reaction: Reaction): void {
  if (contact.parked === undefined || contact.ending !== undefined) return;
  const { agentId, at } = contact.parked;
  const due = dueAt === undefined ? {} : { dueAt };
  contact.parked = { agentId, at, ...due, waitMs };
  reaction.tables.put(contactsTable, contact.number, rowOf(contact));
  const params = { contactId: contact.contactId, agentId, ...due };
  reaction.notify(contact.owner, 'contact.parked', params);
  reaction.notify({ role: 'agent', sub: agentId }, 'contact.parked', params);
}

/** The core has taken it from its agent. When it is due follows with the answer. */
export function parked(state: RoutingState, contact: Contact, agent: Agent, now: number): void {
  contact.parked = { agentId: agent.agentId, at: now, waitMs: parkedWaitMs };
  state.contacts.parked.add(contact);
}

// ── Going on ────────────────────────────────────────────────────────────────────────────────────────────────────
export function unparkContact(state: RoutingState, params: Unpark, admission: Admission): Admitted {
  const contact = liveContact(state, params.contactId, admission);
  if (!(contact instanceof Contact)) return contact;
  if (contact.parked === undefined) return refuse('contact_not_parked');
  const caller = callerOf(admission);
  const target = whereTo(state, contact, params, caller, admission);
  if ('refusal' in target) return target;
  const { waitMs = transferWaitMs } = params;
  const isOwn = caller.role === 'agent' && target.agent?.agentId === caller.sub;
  if (isOwn && !hasFreeLine(state, contact, target.agent as Agent)) return refuse('agent_has_no_free_line');
  const takeBackPart = give(state, contact, commandOf(contact, { target, why: 'returned', waitMs }), admission);
  if (isOwn) contact.resumer = target.agent;
  const forget = () => {
    contact.resumer = undefined;
  };
  admission.onUndo(forget);
  return {
    reworded: overByThen(contact),
    pending: ({ now }) => {
      takeBackPart();
      forget();
      return { result: briefOf(contact, state, now) };
    },
  };
}

function whereTo(
  state: RoutingState,
  contact: Contact,
  { to }: Unpark,
  { role, sub }: Caller,
  admission: Admission,
): Target | Refusal {
  if (to?.number !== undefined) return refuse('contact_without_legs');
  if (to !== undefined) return targetOf(state, contact, to, admission);
  return role === 'agent' ? agentTarget(state, contact, sub) : {};
}

/** Who takes something up wants it now, and not to wait for it. */
function hasFreeLine(state: RoutingState, { created }: Contact, { handle, given }: Agent): boolean {
  const lines = state.lines.linesOf(handle);
  const busy = lines.filter((line) => line.state !== 'free').length;
  if (given.capacity.total !== undefined && busy >= given.capacity.total) return false;
  if (lines.some((line) => line.state === 'wrapUp' && takesSeat(state, line.contactId))) return false;
  return lines.some(({ channel, state: doing }) => channel === created.channel && doing === 'free');
}

/** By the policy that there is now; the core goes by that of the moment in which the wrap-up began. */
function takesSeat({ contacts }: RoutingState, contactId: string | undefined): boolean {
  const over = contactId === undefined ? undefined : contacts.find(contactId);
  return over instanceof Contact && over.queue.policy.wrapUpTakes === 'seat';
}

/** It may be offered again, and waits anew. */
export function unparked(state: RoutingState, contact: Contact, reaction: Reaction): Parked | undefined {
  const before = contact.parked;
  if (before === undefined) return undefined;
  const { now, tables } = reaction;
  state.contacts.parked.remove(contact);
  contact.parked = undefined;
  contact.resumedAt = now;
  tables.put(contactsTable, contact.number, rowOf(contact));
  reaction.followUp('arrived', { slot: contact.slot, number: contact.number });
  const params = { contactId: contact.contactId, agentId: before.agentId, parkedMs: now - before.at };
  reaction.notify(contact.owner, 'contact.unparked', params);
  reaction.notify({ role: 'agent', sub: before.agentId }, 'contact.unparked', params);
  return before;
}

/** Who takes it up again has asked for it: its offer is not waited for. */
export function takeUp(state: RoutingState, taken: TakenUp, { core }: Admission): void {
  const contact = state.contacts.bySlot(taken.slot, taken.number);
  if (contact !== undefined)
    core.offerAccept(contact, taken.offer, taken.agent, { connectMs: contact.connectMs, ifOpen: true });
}

export interface TakenUp extends ContactHandle {
  readonly offer: number;
  readonly agent: number;
}

/** It is due, or the agent who parked it was removed. */
export function comeBack(state: RoutingState, { slot, number }: ContactHandle, { core, now }: Admission): void {
  const contact = state.contacts.bySlot(slot, number);
  if (contact?.parked === undefined || contact.ending !== undefined) return;
  const { agentId, dueAt, waitMs } = contact.parked;
  const agent = state.agents.find(agentId);
  if (agent !== undefined && (dueAt === undefined || dueAt > now)) return;
  core.contactSend(contact, {
    ...(agent !== undefined && { to: { agent: agent.handle, waitMs, whatever: true } }),
    why: sentReasons.returned,
    // It is not in service, so there is nothing to wrap up: its own slot is never used.
    part: contact,
    resumed: true,
  });
}

/** Nobody else would look for those that have no time at which they come back. */
export function agentGone(state: RoutingState, agentId: string, reaction: Pick<Reaction, 'followUp'>): void {
  for (const { slot, number } of state.contacts.parked.of(agentId)) reaction.followUp('comeBack', { slot, number });
}
