// A page of an export: what modules keep of each customer of a person, part by part, and behind it the whole timeline.
//
//   part, customer, key of the last item ── a cursor ──▶ the next items, until the page is full ──▶ …the last part ──▶ timeline.CURSOR

import { timelinePageBytesMax } from '../../limits.ts';
import { customerIdOf } from '../customers/customer-book.ts';
import type { Row, TableReader } from '../module.ts';
import type { ExportSource } from '../timeline-source.ts';
import type { Page } from './pages.ts';

interface Asked {
  readonly cursor: string | undefined;
  readonly limit: number;
}

interface ExportedItem {
  readonly part: string;
  readonly item: Row;
}

export interface Exported {
  readonly items: ExportedItem[];
  readonly cursor?: string;
}

const TIMELINE = 'timeline';

export function exportPage(
  sources: readonly ExportSource[],
  person: readonly number[],
  { cursor, limit }: Asked,
  tables: TableReader,
  timeline: (asked: Asked) => Page<Row>,
): Exported {
  const begun = cursor?.startsWith(`${TIMELINE}.`) ? cursor.slice(TIMELINE.length + 1) : undefined;
  if (begun !== undefined) return timelinePage(timeline({ cursor: begun, limit }));
  const items: ExportedItem[] = [];
  let bytes = 0;
  for (const { part, customer, key, item } of kept(sources, person, cursor, tables)) {
    if (items.length > 0 && (items.length >= limit || bytes >= timelinePageBytesMax))
      return { items, cursor: `${part}.${customer}.${key - 1}` };
    const whole = { part, item: { customerId: customerIdOf(customer), ...item } };
    bytes += Buffer.byteLength(JSON.stringify(whole));
    items.push(whole);
  }
  // The timeline has pages of its own, so that no page is larger than one of either.
  return items.length > 0
    ? { items, cursor: `${TIMELINE}.begin` }
    : timelinePage(timeline({ cursor: undefined, limit }));
}

function timelinePage({ entries, cursor }: Page<Row>): Exported {
  const items = entries.map((item) => ({ part: TIMELINE, item }));
  return { items, ...(cursor.cursor !== undefined && { cursor: `${TIMELINE}.${cursor.cursor}` }) };
}

/** Behind what the cursor says was the last; part by part, and in each customer by customer. */
function* kept(
  sources: readonly ExportSource[],
  person: readonly number[],
  cursor: string | undefined,
  tables: TableReader,
) {
  const match = /^([a-z]+)\.(\d{1,15})\.(\d{1,15})$/i.exec(cursor ?? '');
  const from =
    match === null
      ? 0
      : Math.max(
          0,
          sources.findIndex(({ part }) => part === match[1]),
        );
  const [after, behind] = match === null ? [0, 0] : [Number(match[2]), Number(match[3])];
  for (const { part, itemsOf } of sources.slice(from)) {
    const isFirst = part === sources[from]?.part;
    for (const customer of person) {
      if (isFirst && customer < after) continue;
      const items = itemsOf(customer, isFirst && customer === after ? behind : 0, tables);
      for (const { key, item } of items) yield { part, customer, key, item };
    }
  }
}
