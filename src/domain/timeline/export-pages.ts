// A page of an export: what modules keep of each customer of a person, part by part, and behind it the whole timeline.
//
//   part, customer, key of the last item ── a cursor ──▶ the next items, until the page is full ──▶ …the last part ──▶ timeline.CURSOR
//
// What is found by no customer is looked through once for the whole person, as its customer 0; a page that has looked at enough is short.

import { exportSearchMax, timelinePageBytesMax } from '../../limits.ts';
import { customerIdOf } from '../customers/customer-book.ts';
import type { Row } from '../module.ts';
import type { ExportAt, ExportSource, NamedPerson, SearchedExport } from '../timeline-source.ts';
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

/** Whose it is: by its customers, and by its names. */
interface Whose {
  readonly customers: readonly number[];
  readonly named: NamedPerson;
}

type Source = ExportSource | SearchedExport;

interface Looked {
  readonly part: string;
  readonly customer: number;
  readonly key: number;
  readonly item: Row | undefined;
}

const TIMELINE = 'timeline';
/** Whose everything is that was looked through. */
const NOBODY = 0;

export function exportPage(
  sources: readonly Source[],
  whose: Whose,
  { cursor, limit }: Asked,
  at: ExportAt,
  timeline: (asked: Asked) => Page<Row>,
): Exported {
  const begun = cursor?.startsWith(`${TIMELINE}.`) ? cursor.slice(TIMELINE.length + 1) : undefined;
  if (begun !== undefined) return timelinePage(timeline({ cursor: begun, limit }));
  const items: ExportedItem[] = [];
  let bytes = 0;
  let others = 0;
  for (const { part, customer, key, item } of kept(sources, whose, cursor, at)) {
    if ((items.length > 0 && (items.length >= limit || bytes >= timelinePageBytesMax)) || others >= exportSearchMax)
      return { items, cursor: `${part}.${customer}.${key - 1}` };
    if (item === undefined) {
      others += 1;
      continue;
    }
    const whole = { part, item: { ...(customer !== NOBODY && { customerId: customerIdOf(customer) }), ...item } };
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
  sources: readonly Source[],
  { customers, named }: Whose,
  cursor: string | undefined,
  at: ExportAt,
): Generator<Looked> {
  const match = /^([a-z]+)\.(\d{1,15})\.(\d{1,15})$/i.exec(cursor ?? '');
  const from =
    match === null
      ? 0
      : Math.max(
          0,
          sources.findIndex(({ part }) => part === match[1]),
        );
  const [after, behind] = match === null ? [0, 0] : [Number(match[2]), Number(match[3])];
  for (const source of sources.slice(from)) {
    const { part } = source;
    const isFirst = source === sources[from];
    if ('search' in source) {
      for (const { key, item } of source.search(named, isFirst ? behind : 0, at))
        yield { part, customer: NOBODY, key, item };
      continue;
    }
    for (const customer of customers) {
      if (isFirst && customer < after) continue;
      const items = source.itemsOf(customer, isFirst && customer === after ? behind : 0, at);
      for (const { key, item } of items) yield { part, customer, key, item };
    }
  }
}
