// Rows that are kept for a time: of a table whose keys begin with it, the oldest go first, a bounded number at a time.

import type { Row, RowKey, TableDeclaration, TableReader, TableWriter } from './module.ts';

export class OldRows {
  readonly #table: TableDeclaration;
  /** What was removed last: where the rest begins, without looking at all that is removed and not written yet. */
  #after: RowKey | undefined;

  /** Made anew when the module's memory is. */
  constructor(table: TableDeclaration) {
    this.#table = table;
  }

  /** The time of the oldest row that is there. */
  oldest(tables: TableReader): number | undefined {
    const [first] = this.#first(1, tables);
    return first && timeOf(first);
  }

  /**
   * Removes what is older than `until`; whether there may be more. Mostly as many rows are old as were written in one go: no
   * more are read than twice as many as go. `gone` is told of each.
   */
  remove(until: number, atMost: number, tables: TableWriter, gone?: (row: Row, key: RowKey) => void): boolean {
    let left = atMost;
    for (let limit = 1; left > 0; limit *= 2) {
      const most = Math.min(limit, left);
      const rows = this.#first(most, tables);
      for (const row of rows) {
        if (timeOf(row) >= until) return false;
        tables.remove(this.#table, row.key);
        gone?.(row.row, row.key);
        this.#after = row.key;
      }
      if (rows.length < most) return false;
      left -= rows.length;
    }
    return true;
  }

  #first(limit: number, tables: TableReader): { readonly key: RowKey; readonly row: Row }[] {
    return tables.range(this.#table, { limit, ...(this.#after !== undefined && { after: this.#after }) });
  }
}

function timeOf({ key }: { readonly key: RowKey }): number {
  return (key as readonly [number, ...unknown[]])[0];
}
