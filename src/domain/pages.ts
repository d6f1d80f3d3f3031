// Lists in pages: the cursor is the number of the last item given, so a page costs what it shows.

import { listScanMax } from '../limits.ts';

const LIMIT_DEFAULT = 100;

interface Asked {
  readonly limit?: number;
  readonly cursor?: string;
}

interface Page<Item> {
  readonly items: Item[];
  readonly cursor: { readonly cursor?: string };
}

/**
 * `after` gives items that come after a number, in order; -1 is before all. Looks at listScanMax items at most, so a
 * filtered page may be short and still say that there is more. A cursor that is none of ours begins at the beginning.
 */
export function pageOf<Item>(
  asked: Asked,
  after: (number: number) => Iterable<Item>,
  numberOf: (item: Item) => number,
  fits: (item: Item) => boolean = () => true,
): Page<Item> {
  const limit = asked.limit ?? LIMIT_DEFAULT;
  const items: Item[] = [];
  let last = cursorNumber(asked.cursor);
  let scanned = 0;
  for (const item of after(last)) {
    if (items.length === limit || scanned === listScanMax) return { items, cursor: { cursor: String(last) } };
    scanned += 1;
    last = numberOf(item);
    if (fits(item)) items.push(item);
  }
  return { items, cursor: {} };
}

function cursorNumber(cursor: string | undefined): number {
  return cursor !== undefined && /^\d{1,15}$/.test(cursor) ? Number(cursor) : -1;
}
