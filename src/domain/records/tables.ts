// The tables of contact records, with their numbers for ever.

import type { ContactRecord } from '../../protocol/contact-record.ts';
import type { Row, TableDeclaration } from '../module.ts';
import { type OffersInRow, offersForRow, offersInRow } from './offers-in-rows.ts';

/** tick → {noted}: of contacts, what their records will say and nobody else remembers, as of that tick; while one of them lives */
export const recordNotesTable: TableDeclaration = { name: 'recordNotes', id: 130, personal: true };
/**
 * [time of the tick, tick] → {records}: of the contacts that were finished in it, each in the order of recordColumns
 */
export const contactRecordsTable: TableDeclaration = { name: 'contactRecords', id: 131, personal: true };
/**
 * [customer number, when the contact was created, its number] → {tick: [time, tick], index}: where its record is. Only of contacts of
 * customers. It goes with the record; to erase a customer is to remove its rows, what they lead to, and their keys in the next table.
 */
export const customerRecordsTable: TableDeclaration = { name: 'customerRecords', id: 266, personal: true };
/**
 * [time of the tick, tick] → {of}: the keys above of all records of a tick, where any are of customers. In a row of its own, so that records
 * that are old go without being read.
 */
export const recordsOfCustomersTable: TableDeclaration = { name: 'recordsOfCustomers', id: 257, personal: true };

/** What a record is made of, in the order in which a row has it: only ever longer at its end. Names would be half of it. */
const recordColumns = [
  'contactId',
  'queueId',
  'channel',
  'from',
  'to',
  'identity',
  'customerId',
  'broughtBy',
  'arrivedAt',
  'connectedAt',
  'endedAt',
  'finishedAt',
  'why',
  'agentId',
  'lineId',
  'waitedMs',
  'talkMs',
  'holdMs',
  'holds',
  'wrapUpMs',
  'offered',
  'offers',
  'disposition',
  'notes',
  'leftQueues',
  'recordedMs',
  'recordingConsent',
  'servedBefore',
  'outsideNumber',
  'consultations',
  'voicemail',
  'names',
  'moves',
  'direction',
  'cause',
  'caller',
  'messages',
  'dialledTo',
  'calledAgentId',
  'payment',
] as const satisfies readonly (keyof ContactRecord)[];

/** A record, as long as nothing of it is missing above: what is would be told by webhooks and be in no row. */
type Whole = [Exclude<keyof ContactRecord, (typeof recordColumns)[number]>] extends [never] ? ContactRecord : never;

const OFFERS = recordColumns.indexOf('offers');
/** Few have it, and the rows of the others say nothing of it. */
const LAST = recordColumns.length - 1;
const last = recordColumns[LAST];

/**
 * Made once: each member has a place in the code of its own, where the engine remembers where records have it. Most records have nothing
 * behind their offers, and neither has their row.
 */
const inRow = new Function(
  'record',
  'offers',
  `const short = ${valuesOf(recordColumns.slice(0, OFFERS + 1))};
  if (${recordColumns
    .slice(OFFERS + 1)
    .map((name) => `record.${name} === undefined`)
    .join(' && ')}) return short;
  const long = [...short, ...${valuesOf(recordColumns.slice(OFFERS + 1, LAST))}];
  if (record.${last} !== undefined) long.push(record.${last});
  return long;`,
) as (record: Whole, offers: OffersInRow) => readonly unknown[];

function valuesOf(columns: readonly string[]): string {
  return `[${columns.map((name) => (name === 'offers' ? 'offers' : `record.${name} ?? null`)).join(', ')}]`;
}

/** Where the record of a customer's contact is found: in customerRecordsTable. */
export type CustomersKey = readonly [customer: number, at: number, number: number];

/** Of one tick: a row each would be a write more for every contact. */
export function rowOfRecords(records: readonly Whole[]): Row {
  return { records: records.map((record) => inRow(record, offersForRow(record.offers))) };
}

export function recordsInRow(row: Row): ContactRecord[] {
  return (row.records as readonly (readonly unknown[])[]).map(recordOf);
}

export function recordInRow(row: Row, index: number): ContactRecord {
  return recordOf((row.records as readonly (readonly unknown[])[])[index]!);
}

function recordOf(values: readonly unknown[]): ContactRecord {
  const record: Record<string, unknown> = {};
  values.forEach((value, at) => {
    if (at === OFFERS) record.offers = offersInRow(value as OffersInRow);
    else if (value !== null) record[recordColumns[at] as string] = value;
  });
  return record as unknown as ContactRecord;
}
