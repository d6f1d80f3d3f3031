// Rows that are kept for a time: of a table whose keys begin with it, the oldest go first, a bounded number at a time. They are not read:
// rows of a busy tick are long.

import type { RowKey, TableDeclaration, TableReader, TableWriter } from './module.ts';

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
    return first === undefined ? undefined : timeIn(first);
  }

  /**
   * Removes what is older than `until`; whether there may be more. Mostly as many rows are old as were written in one go: no
   * more are looked at than twice as many as go. `goes` is told of each before.
   */
  remove(until: number, atMost: number, tables: TableWriter, goes?: (key: RowKey) => void): boolean {
    let left = atMost;
    for (let limit = 1; left > 0; limit *= 2) {
      const most = Math.min(limit, left);
      const keys = this.#first(most, tables);
      for (const key of keys) {
        if (timeIn(key) >= until) return false;
        goes?.(key);
        tables.remove(this.#table, key);
        this.#after = key;
      }
      if (keys.length < most) return false;
      left -= keys.length;
    }
    return true;
  }

  #first(limit: number, tables: TableReader): RowKey[] {
    return tables.keys(this.#table, { limit, ...(this.#after !== undefined && { after: this.#after }) });
  }
}

function timeIn(key: RowKey): number {
  return (key as readonly [number, ...unknown[]])[0];
}
