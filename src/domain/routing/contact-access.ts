// Who may see a contact, and who may act on it. What a caller may not see is not found.

import type { Caller } from '../../engine/egress.ts';
import type { TableReader } from '../module.ts';
import { contactRowAt } from './contact-book.ts';
import type { Contact, ContactRow } from './contacts.ts';
import type { RoutingState } from './routing-state.ts';

/** Found by this caller: live, over, or not at all. */
export function findFor(
  state: RoutingState,
  contactId: string,
  caller: Caller,
  tables: TableReader,
): Contact | ContactRow | undefined {
  const found = state.contacts.find(contactId);
  if (found === undefined) return undefined;
  const mayBeSeen =
    typeof found === 'number' ? rowFor(found, caller, tables) : maySee(found, caller) ? found : undefined;
  if (mayBeSeen !== undefined || caller.role !== 'agent') return mayBeSeen;
  // Whoever is asked about a contact sees it.
  if (typeof found !== 'number' && found.consult !== undefined && maySee(found.consult, caller)) return found;
  // It has gone on, or is over, and the agent still wraps up after it.
  const part = state.contacts.partsOf(contactId).findLast((one) => maySee(one, caller));
  if (part !== undefined || typeof found === 'number') return part;
  return mayResume(state, found, caller.sub) ? found : undefined;
}

function rowFor(number: number, caller: Caller, tables: TableReader): ContactRow | undefined {
  const row = contactRowAt(tables, number);
  return maySeeEnded(row, caller) ? row : undefined;
}

export function maySee(contact: Contact, caller: Caller): boolean {
  if (caller.role !== 'agent') return isOwnerOrOverseer(contact.owner, caller) || hasBrought(contact, caller);
  return (
    contact.parked?.agentId === caller.sub ||
    isAskedBy(contact, caller.sub) ||
    contact.agent?.agentId === caller.sub ||
    contact.rings.some(({ agent }) => agent.agentId === caller.sub)
  );
}

/** A parked contact is that of who has parked it, and of whoever works in its queue. */
export function mayResume(state: RoutingState, { parked, queue }: Contact, agentId: string): boolean {
  if (parked === undefined) return false;
  const agent = state.agents.find(agentId);
  if (agent === undefined) return false;
  return parked.agentId === agentId || (agent.given.queues?.includes(queue.queueId) ?? true);
}

export function maySeeEnded(row: ContactRow, caller: Caller): boolean {
  if (caller.role === 'agent') return row.ending?.agentId === caller.sub || isAskedBy(row, caller.sub);
  return isOwnerOrOverseer(row.owner, caller) || hasBrought(row, caller);
}

/** Its customer is at another device now, or never was at theirs: they see what has become of it, and do nothing to it. */
function hasBrought(
  { creator, names = [] }: Pick<ContactRow, 'creator' | 'names'> | Contact,
  { role, sub }: Caller,
): boolean {
  const owners = [...(creator === undefined ? [] : [creator]), ...names.map(({ owner }) => owner)];
  return owners.some((owner) => owner.role === role && owner.sub === sub);
}

/** As findFor(), for whoever wants to do something to a contact that it has brought. */
export function isTheirs(contact: Contact | ContactRow, caller: Caller): boolean {
  return caller.role === 'agent' || isOwnerOrOverseer(contact.owner, caller);
}

/** The switch or customer that brought it; and whoever oversees the tenant. */
function isOwnerOrOverseer(owner: { readonly role: string; readonly sub: string }, { role, sub }: Caller): boolean {
  if (role === 'switch' || role === 'customer') return owner.role === role && owner.sub === sub;
  return true;
}

/**
 * Those that the core has let in. What is brought in this very tick, by somebody or for a callback, is told of behind the
 * tick's answers: in a list or in the state of a session it would be ahead of what the client has been told.
 */
export function* letIn(contacts: Iterable<Contact>): Generator<Contact, void, void> {
  for (const contact of contacts) if (contact.known) yield contact;
}

/** It is a consultation, and this agent asks. */
export function isAskedBy(
  { owner }: { readonly owner: Pick<Contact['owner'], 'role' | 'sub'> },
  agentId: string,
): boolean {
  return owner.role === 'agent' && owner.sub === agentId;
}

/** In service or in wrap-up there: while it rings or waits for the agent it is not the agent's yet. */
export function isServedBy(contact: Contact, agentId: string): boolean {
  return contact.agent?.agentId === agentId && contact.connectedAt > 0;
}
