// Whose customers an agent may look at: of those whom it serves, is offered, has parked or is asked about, until the wrap-up is over.

import type { Caller } from '../engine/egress.ts';
import { agentContactsSeenMax } from '../limits.ts';
import type { PersonsView, RoutingView } from './module.ts';

/** For anybody but agents it is not for this to say: true. */
export function isSeenBy(
  caller: Caller,
  customer: number,
  routing: Pick<RoutingView, 'contactsOf'>,
  persons: Pick<PersonsView, 'areOne'>,
): boolean {
  if (caller.role !== 'agent') return true;
  for (const { customerNumber } of routing.contactsOf(caller, agentContactsSeenMax))
    if (customerNumber !== undefined && persons.areOne(customerNumber, customer)) return true;
  return false;
}
