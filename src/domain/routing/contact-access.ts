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
  if (typeof found !== 'number') return maySee(found, caller) ? found : undefined;
  const row = contactRowAt(tables, found);
  return maySeeEnded(row, caller) ? row : undefined;
}

export function maySee(contact: Contact, caller: Caller): boolean {
  if (caller.role !== 'agent') return isOwnerOrOverseer(contact.owner, caller);
  return contact.agent?.agentId === caller.sub || contact.rings.some(({ agent }) => agent.agentId === caller.sub);
}

export function maySeeEnded(row: ContactRow, caller: Caller): boolean {
  if (caller.role === 'agent') return row.ending?.agentId === caller.sub;
  return isOwnerOrOverseer(row.owner, caller);
}

/** The switch or customer that brought it; and whoever oversees the tenant. */
function isOwnerOrOverseer(owner: { readonly role: string; readonly sub: string }, { role, sub }: Caller): boolean {
  if (role === 'switch' || role === 'customer') return owner.role === role && owner.sub === sub;
  return true;
}

/** In service or in wrap-up there: while it rings or waits for the agent it is not the agent's yet. */
export function isServedBy(contact: Contact, agentId: string): boolean {
  return contact.agent?.agentId === agentId && contact.connectedAt > 0;
}
