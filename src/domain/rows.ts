// Reading a whole table at load, or what comes from a key on, page by page: the only unbounded scan that modules make, before a partition serves.

import { rangeRowsMax } from '../limits.ts';
import type { Row, RowKey, TableDeclaration, TableReader } from './module.ts';

export function* everyRow(
  tables: TableReader,
  table: TableDeclaration,
  from?: RowKey,
): Generator<{ readonly key: RowKey; readonly row: Row }, void, void> {
  let after: RowKey | undefined;
  for (;;) {
    const rows = tables.range(table, {
      limit: rangeRowsMax,
      ...(from !== undefined && { from }),
      ...(after !== undefined && { after }),
    });
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < rangeRowsMax) return;
    after = last.key;
  }
}

/** Those of keys that begin so, and nothing of what lies behind them: it may be all that there ever was. */
export function* everyRowUnder(
  tables: TableReader,
  table: TableDeclaration,
  prefix: RowKey,
): Generator<{ readonly key: RowKey; readonly row: Row }, void, void> {
  let after: RowKey | undefined;
  for (;;) {
    const rows = tables.range(table, { prefix, limit: rangeRowsMax, ...(after !== undefined && { after }) });
    yield* rows;
    if (rows.length < rangeRowsMax) return;
    after = rows.at(-1)?.key;
  }
}

/** Of rows that are numbered: the highest number that is there; 0: none is. */
export function lastNumberIn(table: TableDeclaration, tables: TableReader): number {
  const [last] = tables.range(table, { limit: 1, reverse: true });
  return (last?.key as number | undefined) ?? 0;
}
