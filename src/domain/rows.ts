// Reading a whole table at load, page by page: the only unbounded scan that modules make, before a partition serves.

import { rangeRowsMax } from '../limits.ts';
import type { Row, RowKey, TableDeclaration, TableReader } from './module.ts';

export function* everyRow(
  tables: TableReader,
  table: TableDeclaration,
): Generator<{ readonly key: RowKey; readonly row: Row }, void, void> {
  let after: RowKey | undefined;
  for (;;) {
    const rows = tables.range(table, { limit: rangeRowsMax, ...(after !== undefined && { after }) });
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < rangeRowsMax) return;
    after = last.key;
  }
}
