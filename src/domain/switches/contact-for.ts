// What an agent may ask about: its own contacts. Of any other it hears what it would of one that is not there.

import type { Audience } from '../../engine/egress.ts';
import type { ContactView, RoutingView } from '../module.ts';

export function contactFor(
  caller: Pick<Audience, 'role' | 'sub'> | undefined,
  contactId: string,
  routing: RoutingView,
): ContactView | undefined {
  const contact = routing.contactById(contactId);
  return caller?.role === 'agent' && contact?.agentId !== caller.sub ? undefined : contact;
}
