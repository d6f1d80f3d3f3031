// The tables of contact records, with their numbers for ever.

import type { ContactRecord } from '../../protocol/contact-record.ts';
import type { Row, TableDeclaration } from '../module.ts';

/** tick → {contacts}: what their records will say and nobody else remembers, as of that tick; while one of them lives */
export const recordNotesTable: TableDeclaration = { name: 'recordNotes', id: 130, personal: true };
/** [when it was finished, contact number] → {values}: the record, in the order of recordColumns */
export const contactRecordsTable: TableDeclaration = { name: 'contactRecords', id: 131, personal: true };

/** What a record is made of, in the order in which its row has it: only ever longer at its end. Names would be half of each row. */
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
] as const satisfies readonly (keyof ContactRecord)[];

export function rowOfRecord(record: ContactRecord): Row {
  return { values: recordColumns.map((name) => record[name] ?? null) };
}

export function recordInRow(row: Row): ContactRecord {
  const record: Record<string, unknown> = {};
  (row.values as readonly unknown[]).forEach((value, at) => {
    if (value !== null) record[recordColumns[at] as string] = value;
  });
  return record as unknown as ContactRecord;
}
