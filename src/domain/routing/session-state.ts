// What a session is given when it opens: everything of routing that is this caller's, the first page of it.

import type { Caller } from '../../engine/egress.ts';
import { statePageMax } from '../../limits.ts';
import { pageOf } from '../pages.ts';
import { agentsPage } from './agent-handlers.ts';
import { agentViewOf } from './agents.ts';
import { letIn } from './contact-access.ts';
import { viewFor, viewOf } from './contact-view.ts';
import type { Contact, Ring } from './contacts.ts';
import { statisticsOf } from './queue-statistics.ts';
import type { RoutingState } from './routing-state.ts';

type Shown = Readonly<Record<string, unknown>>;

export function sessionState(state: RoutingState, caller: Caller, now: number): Shown {
  switch (caller.role) {
    case 'agent':
      return agentState(state, caller, now);
    case 'supervisor':
      return supervisorState(state, now);
    case 'switch':
    case 'app':
    case 'customer':
      return broughtBy(state, caller, now);
    case 'admin':
      return {};
  }
}

function agentState(state: RoutingState, caller: Caller, now: number): Shown {
  const agent = state.agents.find(caller.sub);
  if (agent === undefined) return { offers: [], contacts: [], parked: [], consultations: [], waitedFor: [] };
  const contacts = inOrder(agent.contacts);
  const ringing = contacts.filter((contact) => contact.state === 'ringing');
  const served = contacts.filter((contact) => contact.state !== 'ringing');
  return {
    agent: agentViewOf(agent, state.names, state.lines),
    offers: ringing.map((contact) => offerOf(contact, contact.ringAt(agent) as Ring, state, now)),
    contacts: served.map((contact) => viewOf(contact, state, now)),
    parked: inOrder(state.contacts.parked.of(agent.agentId)).map((contact) => viewOf(contact, state, now)),
    consultations: [...letIn(state.contacts.ownerOf(caller)?.live.after(0) ?? [])].map((contact) =>
      viewOf(contact, state, now),
    ),
    waitedFor: inOrder(agent.waitedForBy).map(({ contactId, untilMs, awaited }) => ({
      contactId,
      untilMs: awaited?.untilMs ?? untilMs,
    })),
  };
}

function offerOf(contact: Contact, ring: Ring, state: RoutingState, now: number): Shown {
  return {
    offerId: contact.offerId(ring.offer),
    contactId: contact.contactId,
    lineId: state.lines.lineIdOf(ring.line),
    expiresAt: ring.untilMs,
    contact: viewFor(ring.agent, contact, state, now),
  };
}

/** In the order in which they came. */
function inOrder(contacts: Iterable<Contact>): Contact[] {
  return [...contacts].sort((a, b) => a.number - b.number);
}

function supervisorState(state: RoutingState, now: number): Shown {
  const { items, cursor } = agentsPage(state, { limit: statePageMax });
  return {
    queues: [...state.queues.from(0)].map((queue) => statisticsOf(queue, state, now)),
    agents: items,
    ...(cursor.cursor !== undefined && { agentsCursor: cursor.cursor }),
  };
}

/** All of them, in no page: of an agent those that it has, has parked or asks about, of others those that they have brought. */
export function* contactsOf(state: RoutingState, caller: Caller): Generator<Contact, void, void> {
  const agent = caller.role === 'agent' ? state.agents.find(caller.sub) : undefined;
  if (agent !== undefined) {
    yield* inOrder(agent.contacts);
    yield* inOrder(state.contacts.parked.of(agent.agentId));
  }
  yield* letIn(state.contacts.ownerOf(caller)?.live.after(0) ?? []);
}

function broughtBy(state: RoutingState, caller: Caller, now: number): Shown {
  const { items, cursor } = pageOf(
    { limit: statePageMax },
    (number) => letIn(state.contacts.ownerOf(caller)?.live.after(number) ?? []),
    (contact) => contact.number,
  );
  return {
    contacts: items.map((contact) => viewOf(contact, state, now)),
    ...(cursor.cursor !== undefined && { contactsCursor: cursor.cursor }),
  };
}
