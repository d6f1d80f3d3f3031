// cdr.query and cdr.export: a page of records, in the order in which contacts were finished.

import { listScanMax } from '../../limits.ts';
import { type ContactRecord, contactRecord } from '../../protocol/contact-record.ts';
import type { Params } from '../../protocol/methods.ts';
import { columnsOf } from '../../protocol/statistics.ts';
import { csvLine } from '../csv.ts';
import type { Admission, Admitted, TableReader } from '../module.ts';
import { contactRecordsTable, recordInRow } from './tables.ts';

type Asked = Params<'cdr.query'>;

const LIMIT_DEFAULT = 100;
const columns = columnsOf(contactRecord);

export function queryRecords(asked: Asked, { tables }: Admission): Admitted {
  const { records, cursor } = page(asked, tables);
  return { result: { records, ...cursor } };
}

export function exportRecords({ format = 'csv', ...asked }: Params<'cdr.export'>, { tables }: Admission): Admitted {
  const { records, cursor } = page(asked, tables);
  const lines = records.map((record) =>
    format === 'csv'
      ? csvLine(columns.map((name) => record[name as keyof ContactRecord]))
      : `${JSON.stringify(record)}\n`,
  );
  const head = format === 'csv' && asked.cursor === undefined ? csvLine(columns) : '';
  return { result: { text: head + lines.join(''), ...cursor } };
}

/** Looks at listScanMax records at most. */
function page(asked: Asked, tables: TableReader) {
  const { from = 0, to = Number.POSITIVE_INFINITY, queueId, agentId, channel, limit = LIMIT_DEFAULT } = asked;
  const records: ContactRecord[] = [];
  const after = keyIn(asked.cursor);
  const rows = tables.range(contactRecordsTable, { from: [from], ...(after && { after }), limit: listScanMax });
  let last: readonly [number, number] | undefined;
  for (const { key, row } of rows) {
    const [finishedAt, number] = key as [number, number];
    if (finishedAt >= to) return { records, cursor: {} };
    if (records.length === limit) return { records, cursor: cursorAt(last) };
    last = [finishedAt, number];
    const record = recordInRow(row);
    if (queueId !== undefined && record.queueId !== queueId) continue;
    if (agentId !== undefined && record.agentId !== agentId) continue;
    if (channel === undefined || record.channel === channel) records.push(record);
  }
  return { records, cursor: rows.length < listScanMax ? {} : cursorAt(last) };
}

function cursorAt(key: readonly [number, number] | undefined): { readonly cursor?: string } {
  return key === undefined ? {} : { cursor: key.join('.') };
}

/** A cursor that is none of ours begins at the beginning. */
function keyIn(cursor: string | undefined): [number, number] | undefined {
  const match = /^(\d{1,15})\.(\d{1,15})$/.exec(cursor ?? '');
  return match === null ? undefined : [Number(match[1]), Number(match[2])];
}
