// Ranges over one table: what may be asked for, and the rows that the tables have, fetched page by page.
//
// The overlay merges these rows with its own. Rows that it has removed or overwritten cost a look and no place in the
// answer, so pages after the first are never small.

import type { RowKey, TableId } from './keys.ts';
import { keyAfter, keyAfterPrefix, keyOf, prefixOf, rowKeyIn, tablePrefix } from './keys.ts';
import { decodeRow } from './redo.ts';
import type { Key, Tables } from './store.ts';

export interface RangeOptions {
  /** First row key, inclusive. */
  readonly from?: RowKey;
  /** Row key to stop before. */
  readonly to?: RowKey;
  /** Only keys whose first parts are these; a text alone: whose first part begins with it. */
  readonly prefix?: RowKey;
  /** Only what comes after this row (reverse: before it): the last key of the page before. */
  readonly after?: RowKey;
  readonly limit: number;
  readonly reverse?: boolean;
}

export interface Row {
  readonly key: RowKey;
  readonly row: unknown;
}

/** How rows are to be had. Keys alone come in ascending order only. */
export type Order = Pick<RangeOptions, 'limit' | 'reverse'> & { readonly keysOnly?: boolean };

const FURTHER_PAGE_ROWS = 256;

/** What a page has of a row: its key, and its bytes where these are asked for. */
type Stored = readonly [Key, Uint8Array?];

/** Rows of the tables in order, or their keys alone, fetched page by page. */
export class StoredRows {
  #tables: Tables;
  #keysOnly: boolean;
  #from: Key;
  #to: Key;
  #page: readonly Stored[] = [];
  #at = 0;
  #limit: number;
  #reverse: boolean;
  #isLastPage = false;

  constructor(tables: Tables, [from, to]: readonly [Key, Key], { limit, reverse = false, keysOnly = false }: Order) {
    this.#tables = tables;
    this.#keysOnly = keysOnly;
    this.#from = from;
    this.#to = to;
    this.#limit = limit;
    this.#reverse = reverse;
  }

  hasMore(): boolean {
    while (this.#at >= this.#page.length) {
      if (this.#isLastPage) return false;
      this.#page = this.#fetch();
      this.#at = 0;
      this.#isLastPage = this.#page.length < this.#limit;
      // Past the first page there are removed rows in the way.
      this.#limit = Math.max(this.#limit, FURTHER_PAGE_ROWS);
      const last = this.#page.at(-1);
      if (last !== undefined && this.#reverse) this.#to = last[0];
      else if (last !== undefined) this.#from = keyAfter(last[0]);
    }
    return true;
  }

  #fetch(): readonly Stored[] {
    if (!this.#keysOnly) return this.#tables.range(this.#from, this.#to, this.#limit, this.#reverse);
    return this.#tables.keys(this.#from, this.#to, this.#limit).map((key) => [key]);
  }

  isBefore(key: Key): boolean {
    if (!this.hasMore()) return false;
    const next = this.#page[this.#at]![0];
    return this.#reverse ? next > key : next < key;
  }

  take(): Row {
    const [key, bytes] = this.#page[this.#at++]!;
    return { key: rowKeyIn(key), row: bytes && decodeRow(bytes) };
  }

  skip(key: Key): void {
    if (this.hasMore() && this.#page[this.#at]![0] === key) this.#at++;
  }
}

/** First key, and the key to stop before. */
export function boundsOf(table: TableId, options: RangeOptions): [Key, Key] {
  const start = tablePrefix(table);
  let from = start;
  let to = keyAfterPrefix(start) ?? '\u00ff\u00ff\u00ff';
  if (options.prefix !== undefined) {
    const prefix = prefixOf(table, options.prefix);
    from = prefix;
    to = min(to, keyAfterPrefix(prefix) ?? to);
  }
  if (options.from !== undefined) from = max(from, keyOf(table, options.from));
  if (options.to !== undefined) to = min(to, keyOf(table, options.to));
  if (options.after === undefined) return [from, to];
  const after = keyOf(table, options.after);
  if (options.reverse) to = min(to, after);
  else from = max(from, keyAfter(after));
  return [from, to];
}

const min = (a: Key, b: Key): Key => (a < b ? a : b);
const max = (a: Key, b: Key): Key => (a > b ? a : b);
