// What callers are shown of a contact, live or over.

import type { ContactView } from '../module.ts';
import { contactRowAt } from './contact-book.ts';
import type { Contact, ContactRow } from './contacts.ts';
import type { RoutingState } from './routing-state.ts';

type Shown = Readonly<Record<string, unknown>>;

/** The result of what changes a contact. */
export function briefOf(contact: Contact, state: RoutingState, now: number): Shown {
  const { agent, customer } = contact;
  return {
    contactId: contact.contactId,
    state: contact.state,
    queueId: contact.queue.queueId,
    ...(customer !== undefined && { customerId: customer.customerId }),
    ...(agent !== undefined && { agentId: agent.agentId }),
    ...(contact.line >= 0 && { lineId: state.lines.lineIdOf(contact.line) }),
    arrivedAt: contact.arrivedAt,
    waitedMs: contact.waitedMs(now),
  };
}

/** All of it, for the owner and for whoever may see it. */
export function viewOf(contact: Contact, state: RoutingState, now: number): Shown {
  const { ending } = contact;
  return {
    ...asCreated(contact),
    ...briefOf(contact, state, now),
    ...(contact.state === 'ringing' && { offerId: contact.offerId }),
    ...(contact.untilMs > 0 && { untilMs: contact.untilMs }),
    ...(contact.connectedAt > 0 && { connectedAt: contact.connectedAt }),
    ...(ending !== undefined && { endedAt: ending.endedAt, why: ending.why, servedMs: ending.servedMs }),
  };
}

function asCreated(
  contact: Pick<Contact, 'created' | 'extra'> & { readonly wishes: Contact['wishes'] | undefined },
): Shown {
  const { channel, from, to, identity } = contact.created;
  const { requires, prefers, priority, waitCreditMs, attributes } = contact.wishes ?? contact.created;
  return defined({
    channel,
    from,
    to,
    identity,
    requires,
    prefers,
    priority,
    waitCreditMs,
    attributes,
    ...contact.extra,
  });
}

function defined(members: Record<string, unknown>): Record<string, unknown> {
  for (const name of Object.keys(members)) if (members[name] === undefined) delete members[name];
  return members;
}

/** A contact that is over and gone from the core. */
export function endedViewOf(row: ContactRow): Shown {
  const { ending, customer, created } = row;
  if (ending === undefined) throw new Error(`contact ${created.contactId} is not over`);
  const { why, endedAt, waitedMs, servedMs, agentId, lineId, connectedAt, disposition, notes } = ending;
  return {
    contactId: created.contactId,
    state: 'ended',
    queueId: created.queueId,
    ...asCreated({ created, wishes: row.wishes, extra: row.extra }),
    ...defined({ customerId: customer?.customerId, agentId, lineId, connectedAt, disposition, notes }),
    arrivedAt: row.arrivedAt,
    waitedMs,
    servedMs,
    endedAt,
    why,
  };
}

/** By whatever the book finds. */
export function shownOf(
  found: Contact | number,
  state: RoutingState,
  now: number,
  tables: Parameters<typeof contactRowAt>[0],
): Shown {
  return typeof found === 'number' ? endedViewOf(contactRowAt(tables, found)) : viewOf(found, state, now);
}

/** What other modules see. */
export function moduleViewOf(contact: Contact, state: RoutingState): ContactView {
  return {
    contactId: contact.contactId,
    number: contact.number,
    queueId: contact.queue.queueId,
    channel: contact.created.channel,
    state: contact.state === 'ended' ? 'wrapUp' : contact.state,
    agentId: contact.agent?.agentId,
    lineId: contact.line >= 0 ? state.lines.lineIdOf(contact.line) : undefined,
    arrivedAt: contact.arrivedAt,
    customerNumber: contact.customer?.number,
    owner: contact.owner,
  };
}
