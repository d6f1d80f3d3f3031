// A page of a timeline: what all modules have of all customers of a person, as one list, the latest first.
//
//   each source of each customer ─ below the cursor ─▶ descends ─┐
//                                                                ├─ the latest of all heads, again and again ─▶ fits? ─▶ the page
//   …                                                            ┘        until the page is full, or enough was looked at
//
// A cursor is the position of the last entry that was looked at: when, in which source, of which customer, and what tells it from its
// equals. Entries of one time stand in the order of sources, then of customers. So whatever comes later stands before the cursor, and
// what goes leaves no gap.

import { timelinePageBytesMax, timelineScanMax } from '../../limits.ts';
import type { TimelineKind } from '../../protocol/timeline.ts';
import type { TableReader } from '../module.ts';
import {
  isBelow,
  type Position,
  type TimelineAsked,
  type TimelineEntry,
  type TimelineSource,
} from '../timeline-source.ts';

export interface Wanted {
  readonly kinds?: readonly TimelineKind[] | undefined;
  readonly channels?: readonly string[] | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

/** As it is sent. */
export interface Shown {
  readonly at: number;
  readonly kind: TimelineKind;
  readonly customerId: string;
}

export interface Page<Entry> {
  readonly entries: Entry[];
  readonly cursor: { readonly cursor?: string };
}

interface Stream {
  /** Its place among the sources, and whose it is: what comes first of equals. */
  readonly source: number;
  readonly customer: number;
  readonly entries: Iterator<TimelineEntry, void>;
  head: TimelineEntry;
}

interface Cursor {
  readonly source: number;
  readonly customer: number;
  readonly position: Position;
}

export function pageOfTimeline<Entry>(
  sources: readonly TimelineSource[],
  of: Omit<TimelineAsked, 'customer' | 'before'>,
  wanted: Wanted,
  tables: TableReader,
  shown: (entry: TimelineEntry, customer: number) => Entry,
): Page<Entry> {
  const { kinds, channels, from = 0, limit } = wanted;
  const streams = streamsOf(sources, of, wanted, tables);
  const entries: Entry[] = [];
  let last: string | undefined;
  let bytes = 0;
  let scanned = 0;
  for (let stream = streams.pop(); stream !== undefined; stream = streams.pop()) {
    const { head, customer } = stream;
    if (head.at < from) break;
    if (entries.length === limit || scanned === timelineScanMax || bytes >= timelinePageBytesMax)
      return { entries, cursor: last === undefined ? {} : { cursor: last } };
    scanned += 1;
    const fits =
      (kinds === undefined || kinds.includes(head.kind)) &&
      (channels === undefined || (head.channel !== undefined && channels.includes(head.channel)));
    if (fits) {
      const entry = shown(head, customer);
      bytes += Buffer.byteLength(JSON.stringify(entry));
      entries.push(entry);
    }
    last = cursorOf(stream, sources);
    const next = stream.entries.next();
    if (next.done) continue;
    stream.head = next.value;
    insert(streams, stream);
  }
  return { entries, cursor: {} };
}

/** With their first entries; the latest is the last. */
function streamsOf(
  sources: readonly TimelineSource[],
  of: Omit<TimelineAsked, 'customer' | 'before'>,
  { kinds, to, cursor }: Wanted,
  tables: TableReader,
): Stream[] {
  const after = cursorIn(cursor, sources);
  const streams: Stream[] = [];
  for (const [source, { kinds: own, newestFirst }] of sources.entries()) {
    if (kinds !== undefined && !own.some((kind) => kinds.includes(kind))) continue;
    for (const customer of of.person) {
      const before = beforeOf(after, source, customer, to);
      const entries = below(newestFirst({ ...of, customer, before }, tables), before);
      const head = entries.next();
      if (!head.done) insert(streams, { source, customer, entries, head: head.value });
    }
  }
  return streams;
}

/** A source may begin with what was told already: of one contact there are several entries. */
function* below(entries: Iterable<TimelineEntry>, before: Position): Generator<TimelineEntry, void> {
  for (const entry of entries) if (isBelow([entry.at, ...entry.order], before)) yield entry;
}

/** Of one time those of earlier sources and customers have been told, those of later ones have not. */
function beforeOf(after: Cursor | undefined, source: number, customer: number, to = Number.MAX_SAFE_INTEGER): Position {
  if (after === undefined) return [to];
  const [at = 0] = after.position;
  if (at >= to) return [to];
  if (source === after.source && customer === after.customer) return after.position;
  const wasTold = source < after.source || (source === after.source && customer < after.customer);
  return [wasTold ? at : at + 1];
}

function insert(streams: Stream[], stream: Stream): void {
  let at = streams.length;
  while (at > 0 && comesBefore(streams[at - 1] as Stream, stream)) at -= 1;
  streams.splice(at, 0, stream);
}

function comesBefore(one: Stream, other: Stream): boolean {
  return (other.head.at - one.head.at || one.source - other.source || one.customer - other.customer) < 0;
}

function cursorOf({ source, customer, head }: Stream, sources: readonly TimelineSource[]): string {
  return [sources[source]!.kinds[0], customer, head.at, ...head.order].join('.');
}

/** One that is none of ours begins at the beginning. */
function cursorIn(cursor: string | undefined, sources: readonly TimelineSource[]): Cursor | undefined {
  const match = /^([a-z]+)\.(\d{1,15}(?:\.\d{1,15}){1,8})$/i.exec(cursor ?? '');
  if (match === null) return undefined;
  const source = sources.findIndex(({ kinds }) => kinds[0] === match[1]);
  const [customer = 0, ...position] = match[2]!.split('.').map(Number);
  return source === -1 ? undefined : { source, customer, position };
}
