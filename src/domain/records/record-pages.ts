// cdr.query and cdr.export: a page of records, in the order in which contacts were finished.

import { listScanMax } from '../../limits.ts';
import { type ContactRecord, contactRecord } from '../../protocol/contact-record.ts';
import type { Params } from '../../protocol/methods.ts';
import { columnsOf } from '../../protocol/statistics.ts';
import { csvLine } from '../csv.ts';
import type { Admission, Admitted, TableReader } from '../module.ts';
import { contactRecordsTable, recordsInRow } from './tables.ts';

type Asked = Params<'cdr.query'>;

const LIMIT_DEFAULT = 100;
/** Ticks looked at for one page: each may have finished hundreds of contacts. */
const TICKS_MAX = 200;
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

/** Where a record is: the time of its tick, the tick, its place in it. */
type Place = readonly [at: number, tick: number, index: number];

/** Looks at listScanMax records at most, and a tick of them. */
function page(asked: Asked, tables: TableReader) {
  const { from = 0, to = Number.POSITIVE_INFINITY, queueId, agentId, channel, limit = LIMIT_DEFAULT } = asked;
  const records: ContactRecord[] = [];
  const after = placeIn(asked.cursor);
  const begin = after === undefined || after[0] < from ? [from] : [after[0], after[1]];
  const rows = tables.range(contactRecordsTable, { from: begin, limit: TICKS_MAX });
  let last = after;
  let scanned = 0;
  for (const { key, row } of rows) {
    const [finishedAt, tick] = key as [number, number];
    if (finishedAt >= to) return { records, cursor: {} };
    if (scanned >= listScanMax) return { records, cursor: cursorAt(last) };
    for (const [index, record] of recordsInRow(row).entries()) {
      if (after !== undefined && tick === after[1] && index <= after[2]) continue;
      if (records.length === limit) return { records, cursor: cursorAt(last) };
      scanned += 1;
      last = [finishedAt, tick, index];
      if (queueId !== undefined && record.queueId !== queueId) continue;
      if (agentId !== undefined && record.agentId !== agentId) continue;
      if (channel === undefined || record.channel === channel) records.push(record);
    }
  }
  return { records, cursor: rows.length < TICKS_MAX ? {} : cursorAt(last) };
}

function cursorAt(place: Place | undefined): { readonly cursor?: string } {
  return place === undefined ? {} : { cursor: place.join('.') };
}

/** A cursor that is none of ours begins at the beginning. */
function placeIn(cursor: string | undefined): Place | undefined {
  const match = /^(\d{1,15})\.(\d{1,15})\.(\d{1,9})$/.exec(cursor ?? '');
  return match === null ? undefined : [Number(match[1]), Number(match[2]), Number(match[3])];
}
