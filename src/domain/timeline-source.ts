// What a module declares of what it keeps of customers: for customer.timeline what took place at a time, for customer.export what is
// the customer's besides. Whoever adds a thing to the timeline declares one source (docs/customers.md).
//
// A position in a source is [at, …order]: of two entries of one customer the later one has the larger position, and it is the same
// whenever it is asked for. So a page goes on where the one before ended, whatever has come since. A source reads backwards from a
// position over an index by customer and time, and no further than somebody takes entries from it.

import type { Role } from '../engine/egress.ts';
import { firstIndex } from '../first-index.ts';
import type { TimelineKind } from '../protocol/timeline.ts';
import type { ErasedPerson } from './erased-person.ts';
import type { Row, RowKey, TableDeclaration, TableReader } from './module.ts';

/** A time, then what tells equals apart: compared number by number, and what another begins with is less than it. */
export type Position = readonly number[];

export interface TimelineEntry {
  readonly at: number;
  readonly order: readonly number[];
  readonly kind: TimelineKind;
  readonly channel?: string | undefined;
  readonly contactId?: string | undefined;
  readonly agentId?: string | undefined;
  readonly details: Row;
}

export interface TimelineAsked {
  readonly customer: number;
  /** All customers of the person, in ascending order: what is of several is told of the first of them. */
  readonly person: readonly number[];
  /** Only entries below this position are wanted. */
  readonly before: Position;
  /** Who is to see it. */
  readonly role: Role;
  /** All that is kept, as for an export; else what a timeline shows. */
  readonly whole: boolean;
  readonly now: number;
}

export interface TimelineSource {
  /** The first one names the source in cursors. */
  readonly kinds: readonly [TimelineKind, ...TimelineKind[]];
  /** In descending order of positions. */
  newestFirst(asked: TimelineAsked, tables: TableReader): Iterable<TimelineEntry>;
}

export interface ExportAt {
  readonly tables: TableReader;
  readonly now: number;
}

/** What the customer has besides. */
export interface ExportSource {
  readonly part: string;
  /** Behind a key, in ascending order of keys. */
  itemsOf(customer: number, behind: number, at: ExportAt): Iterable<{ readonly key: number; readonly item: Row }>;
}

/** By what erasing knows whose a row is: what goes with a person and what an export of it has are told by the same names. */
export type NamedPerson = Pick<ErasedPerson, 'isCustomer' | 'isNamedIn'>;

/** What is found by no customer: all of it is looked at, a bounded number for a page, for what names the person. */
export interface SearchedExport {
  readonly part: string;
  /** Behind a key, in ascending order of keys; without an item, of what is somebody else's. */
  search(
    person: NamedPerson,
    behind: number,
    at: ExportAt,
  ): Iterable<{ readonly key: number; readonly item: Row | undefined }>;
}

export function isBelow(position: Position, other: Position): boolean {
  for (const [index, part] of position.entries()) {
    const bound = other[index];
    if (bound === undefined) return false;
    if (part !== bound) return part < bound;
  }
  return position.length < other.length;
}

const ROWS_FIRST = 8;
const ROWS_MOST = 256;

/** Rows of keys [customer, at, …], the latest first, below a position: a few at first, since most pages need no more. */
export function* rowsBelow(
  table: TableDeclaration,
  { customer, before }: Pick<TimelineAsked, 'customer' | 'before'>,
  tables: TableReader,
): Generator<{ readonly key: readonly number[]; readonly row: Row }> {
  let after: RowKey = [customer, ...before];
  for (let limit = ROWS_FIRST; ; limit = Math.min(ROWS_MOST, 4 * limit)) {
    const rows = tables.range(table, { prefix: [customer], after, limit, reverse: true });
    for (const { key, row } of rows) yield { key: key as readonly number[], row };
    if (rows.length < limit) return;
    after = rows.at(-1)!.key;
  }
}

/** Of numbers 1 … last, in the order of which positions ascend: the highest one that is below `before`; 0: none is. */
export function highestBelow(last: number, positionOf: (number: number) => Position, before: Position): number {
  return firstIndex(last + 1, (number) => !isBelow(positionOf(number), before), 1) - 1;
}

/** Several that descend, as one that does. */
export function* latestFirst<T>(all: readonly Iterable<T>[], positionOf: (one: T) => Position): Generator<T> {
  const next = all.map((one) => one[Symbol.iterator]());
  const heads = next.map((one) => one.next());
  for (;;) {
    let latest = -1;
    for (const [index, head] of heads.entries()) {
      if (head.done) continue;
      const other = heads[latest];
      if (other === undefined || isBelow(positionOf(other.value), positionOf(head.value))) latest = index;
    }
    if (latest === -1) return;
    yield heads[latest]!.value;
    heads[latest] = next[latest]!.next();
  }
}
