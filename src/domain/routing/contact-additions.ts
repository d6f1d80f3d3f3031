// What another module finds out about a contact while it lives: whoever is offered it or serves it is told at once.

import type { ContactHandle } from '../../engine/command-encoder.ts';
import type { Audience } from '../../engine/egress.ts';
import type { ContactAdditions, Reaction } from '../module.ts';
import { hasRow } from './contact-handlers.ts';
import { type Contact, rowOf } from './contacts.ts';
import type { RoutingState } from './routing-state.ts';
import { contactsTable } from './tables.ts';

export function addToContact(
  state: RoutingState,
  { slot, number }: ContactHandle,
  { extra, attributes }: ContactAdditions,
  reaction: Reaction,
): void {
  const contact = state.contacts.bySlot(slot, number);
  if (contact === undefined) return;
  contact.extra = { ...contact.extra, ...extra };
  if (attributes !== undefined) {
    const settle = contact.wish({ attributes: { ...contact.wishes.attributes, ...attributes } });
    settle(true);
  }
  if (hasRow(state, contact)) reaction.tables.put(contactsTable, number, rowOf(contact));
  const { contactId, queue, wishes } = contact;
  const changed = { contactId, queueId: queue.queueId, ...extra };
  for (const agent of agentsOf(contact))
    reaction.notify(agent, 'contact.changed', {
      ...changed,
      ...(attributes !== undefined && { attributes: wishes.attributes }),
    });
}

/** What is otherwise than before, and kept elsewhere. */
export function tellAgents(
  state: RoutingState,
  { slot, number }: ContactHandle,
  changed: Readonly<Record<string, unknown>>,
  reaction: Reaction,
): void {
  const contact = state.contacts.bySlot(slot, number);
  if (contact === undefined) return;
  const { contactId, queue } = contact;
  for (const agent of agentsOf(contact))
    reaction.notify(agent, 'contact.changed', { contactId, queueId: queue.queueId, ...changed });
}

/** At whom it rings, or who has it: not whoever is only waited for. */
function agentsOf({ rings, agent, state }: Contact): Audience[] {
  if (rings.length > 0) return rings.map((ring) => ring.agent.audience);
  return agent === undefined || state === 'waiting' || state === 'waitingFor' ? [] : [agent.audience];
}
