// Who may write in a contact, and for which side; who may say what about its media. What a caller may not see is not found.

import type { Caller } from '../../engine/egress.ts';
import type { SignalSide } from '../../protocol/messages.ts';
import { type Refusal, refuse } from '../../protocol/refusals.ts';
import type { ContactView, RoutingView, TableReader } from '../module.ts';

type Side = SignalSide | 'supervisor';

/** Of a contact that lives, or is only wrapped up. */
export function writingSide(
  contact: ContactView,
  caller: Caller,
  routing: RoutingView,
  tables: TableReader,
): Side | Refusal {
  const side = sideOf(contact, caller);
  if (side === undefined) return notTheirs(contact, caller, routing, tables);
  if (contact.endedAt !== undefined) return refuse('contact_already_ended');
  if (side !== 'customer' && contact.state !== 'connected') return refuse('contact_not_connected');
  return isWithoutText(contact, routing) ? refuse('contact_without_text') : side;
}

/** Both are there while it is in service. */
export function signallingSide(
  contact: ContactView,
  caller: Caller,
  routing: RoutingView,
  tables: TableReader,
): SignalSide | Refusal {
  const side = sideOf(contact, caller);
  if (side === undefined || side === 'supervisor') return notTheirs(contact, caller, routing, tables);
  if (contact.endedAt !== undefined) return refuse('contact_already_ended');
  if (contact.state !== 'connected' || contact.agentId === undefined) return refuse('contact_not_connected');
  const isCalled = contact.isDialled || contact.isInternal;
  return hasLegs(contact, routing) || isCalled ? refuse('contact_signalled_by_switch') : side;
}

/** An application is in the place of any customer; an agent who asks, of the customer of the consultation. */
export function sideOf({ agentId, owner, about }: ContactView, { role, sub }: Caller): Side | undefined {
  if (role === 'supervisor') return 'supervisor';
  if (role === 'agent' && agentId === sub) return 'agent';
  if (role === 'app' && about === undefined) return 'customer';
  return owner.role === role && owner.sub === sub ? 'customer' : undefined;
}

function notTheirs(contact: ContactView, caller: Caller, routing: RoutingView, tables: TableReader): Refusal {
  // Who sees it and does not have it: it rings there, has gone on, or is asked about.
  const isSeen = caller.role === 'agent' && routing.meantBy(contact.contactId, caller, tables)?.isSeen === true;
  if (!isSeen) return refuse('contact_not_found');
  return refuse(contact.endedAt === undefined ? 'contact_not_connected' : 'contact_already_ended');
}

/** Telephones show none, nor does whoever an agent has called. */
export function isWithoutText(contact: ContactView, routing: RoutingView): boolean {
  const isAtSwitch = contact.owner.role === 'switch' && hasLegs(contact, routing);
  return isAtSwitch || contact.isDialled || contact.isInternal || contact.isOutside;
}

function hasLegs({ slot, number, calls }: ContactView, routing: RoutingView): boolean {
  return calls !== undefined || routing.cameWithLeg(slot, number);
}
