// The contacts of a customer, for its timeline: those that live as they stand, those that are finished as their record says.
//
// Both stand where they came, so a contact keeps its place when it is finished: nobody who pages through sees it twice, or not at all.

import type { ContactRecord } from '../../protocol/contact-record.ts';
import type { ContactView, RoutingView, Row, TableReader } from '../module.ts';
import {
  latestFirst,
  type Position,
  rowsBelow,
  type TimelineAsked,
  type TimelineEntry,
  type TimelineSource,
} from '../timeline-source.ts';
import { type CustomersKey, contactRecordsTable, customerRecordsTable, recordInRow } from './tables.ts';

/** Of one contact: it came, and behind that a platform has said who calls. */
const CAME = 0;
const HANDED_OVER = 1;

interface Of {
  readonly place: Position;
  readonly shown: Row;
}

export function contactsOfCustomers(routing: RoutingView): TimelineSource {
  return {
    kinds: ['contact', 'voicemail', 'handover'],
    *newestFirst(asked, tables) {
      const all = [liveOnes(routing, asked, tables), finishedOnes(routing, asked, tables)];
      for (const one of latestFirst(all, ({ place }) => place)) yield* entriesOf(one);
    },
  };
}

function* entriesOf({ place: [at, number], shown }: Of): Generator<TimelineEntry> {
  const { channel, contactId, agentId, caller, voicemail } = shown as Partial<ContactRecord>;
  const of = { at: at as number, channel, contactId, agentId };
  if (caller !== undefined) yield { ...of, kind: 'handover', order: [number as number, HANDED_OVER], details: caller };
  const kind = voicemail === undefined ? 'contact' : 'voicemail';
  yield { ...of, kind, order: [number as number, CAME], details: shown };
}

function* liveOnes(routing: RoutingView, asked: TimelineAsked, tables: TableReader): Generator<Of> {
  const { customer, before, whole, now } = asked;
  for (const contact of routing.liveContactsOf(customer, before)) {
    const kept = whole ? routing.contactKept(contact.number, tables, now) : undefined;
    yield { place: [contact.joinedAt, contact.number], shown: { ...kept, ...shownLive(contact) } };
  }
}

function* finishedOnes(routing: RoutingView, asked: TimelineAsked, tables: TableReader): Generator<Of> {
  for (const { key, row } of rowsBelow(customerRecordsTable, asked, tables)) {
    const [, at, number] = key as CustomersKey;
    const records = tables.get(contactRecordsTable, row.tick as [number, number]);
    if (records === undefined) continue;
    const kept = asked.whole ? routing.contactKept(number, tables, asked.now) : undefined;
    const record = shownTo(asked.role, recordInRow(records, row.index as number));
    yield { place: [at, number], shown: { ...record, ...kept, state: 'finished' } };
  }
}

/** What the tenant has of a payment is told to no agent but of its own parts, by their receipts. */
function shownTo(role: TimelineAsked['role'], { payment, ...record }: ContactRecord): Row {
  if (payment === undefined) return record;
  const { commission, ...told } = payment;
  return { ...record, payment: role === 'agent' ? told : payment };
}

function shownLive(contact: ContactView): Row {
  const { contactId, queueId, channel, state, arrivedAt, firstConnectedAt, endedAt, agentId, from, created, extra } =
    contact;
  const { identity, to } = created;
  const shown: Record<string, unknown> = { contactId, queueId, channel, state, arrivedAt };
  if (contact.isParked) shown.state = 'parked';
  if (from !== undefined) shown.from = from;
  if (to !== undefined) shown.to = to;
  if (identity !== undefined) shown.identity = identity;
  if (firstConnectedAt > 0) shown.connectedAt = firstConnectedAt;
  if (endedAt !== undefined) shown.endedAt = endedAt;
  if (agentId !== undefined) shown.agentId = agentId;
  if (contact.isDialled) shown.direction = 'outbound';
  if (contact.names.length > 0) shown.names = contact.names.map((name) => name.contactId);
  if (extra?.caller !== undefined) shown.caller = extra.caller;
  if (extra?.voicemail !== undefined) shown.voicemail = extra.voicemail;
  return shown;
}
