// Erasing by looking at every row of some tables, a bounded number in a step: for what is not found by its customer. It costs as much as
// the tables are long; so does writing them anew, which follows.

import { erasingRowsPerStep } from '../limits.ts';
import type { ErasedPerson, ErasingStep } from './erased-person.ts';
import type { ErasesCustomers, Row, RowKey, TableDeclaration, TableReader, TableWriter } from './module.ts';

export interface LookedThrough {
  readonly table: TableDeclaration;
  readonly isOf: (person: ErasedPerson, row: Row, key: RowKey, tables: TableReader) => boolean;
  /** As what it is counted. */
  readonly kind: string;
  /** A number: so many of that kind went, and else one. `waits`: it has to end first. */
  readonly erase: (row: Row, key: RowKey, person: ErasedPerson, tables: TableWriter) => unknown;
}

interface Place {
  readonly table: number;
  readonly after?: RowKey;
}

export function lookingThrough(tables: readonly LookedThrough[]): ErasesCustomers['erase'] {
  return (person, from, { tables: rows }): ErasingStep => {
    const { table: which, after } = (from ?? { table: 0 }) as Place;
    const at = tables[which];
    if (at === undefined) return { erased: {} };
    const page = rows.range(at.table, { limit: erasingRowsPerStep, ...(after !== undefined && { after }) });
    let erased = 0;
    for (const { key, row } of page) {
      if (!at.isOf(person, row, key, rows)) continue;
      const done = at.erase(row, key, person, rows);
      if (done === 'waits') return { erased: { [at.kind]: erased }, waits: true };
      erased += typeof done === 'number' ? done : 1;
    }
    const last = page.at(-1);
    const isMore = last !== undefined && page.length === erasingRowsPerStep;
    const next: Place | undefined = isMore
      ? { table: which, after: last.key }
      : which + 1 < tables.length
        ? { table: which + 1 }
        : undefined;
    return { erased: { [at.kind]: erased }, ...(next !== undefined && { next }) };
  };
}
