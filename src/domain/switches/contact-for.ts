// What an agent may ask about: its own contacts, and where it says so the consultations that it asks for. Of any other it hears what it
// would of one that is not there.

import type { Audience } from '../../engine/egress.ts';
import type { ContactView, RoutingView } from '../module.ts';

export function contactFor(
  caller: Pick<Audience, 'role' | 'sub'> | undefined,
  contactId: string,
  routing: RoutingView,
  or?: 'asked about',
): ContactView | undefined {
  const contact = routing.contactById(contactId);
  if (caller?.role !== 'agent' || contact?.agentId === caller.sub) return contact;
  return or !== undefined && contact?.about?.agentId === caller.sub ? contact : undefined;
}
