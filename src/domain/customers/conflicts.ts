// Conflicts: two customers who may be one, and of whom a person has to say so. Each is kept until somebody does.

import type { ConflictReason } from '../../protocol/identities.ts';
import type { Reaction, Row, RowKey, TableReader, TableWriter } from '../module.ts';
import { lastNumberIn } from '../rows.ts';
import { conflictIndexTable, conflictsTable, personsTable } from './tables.ts';

export interface ConflictRow {
  readonly number: number;
  /** The lower first. */
  readonly customers: readonly [number, number];
  readonly because: ConflictReason;
  readonly scheme?: string;
  readonly rule?: string;
  readonly at: number;
}

const CONFLICT_ID = /^conflict-([1-9]\d{0,14})$/;

/** Who is told that one was reported or settled. */
export type OnConflict = (conflict: ConflictRow, settledAs: string | undefined, at: At) => void;
type At = Pick<Reaction, 'now' | 'tables'>;

export class Conflicts {
  readonly #onConflict: OnConflict;
  #next = 1;

  constructor(onConflict: OnConflict) {
    this.#onConflict = onConflict;
  }

  load(tables: TableReader): void {
    this.#next = Math.max(lastSettled(tables), lastNumberIn(conflictsTable, tables)) + 1;
  }

  /** The one that is open between them already, or a new one. */
  report(
    of: Omit<ConflictRow, 'number' | 'customers'>,
    one: number,
    other: number,
    at: At,
  ): { readonly conflict: ConflictRow; readonly isNew: boolean } {
    const { tables } = at;
    const customers = [Math.min(one, other), Math.max(one, other)] as const;
    const index: RowKey = [...customers, of.because];
    const known = tables.get(conflictIndexTable, index)?.number as number | undefined;
    const before = known === undefined ? undefined : this.#at(known, tables);
    if (before !== undefined) return { conflict: before, isNew: false };
    const row: ConflictRow = { number: this.#next++, customers, ...of };
    tables.put(conflictsTable, row.number, row as unknown as Row);
    tables.put(conflictIndexTable, index, { number: row.number });
    this.#onConflict(row, undefined, at);
    return { conflict: row, isNew: true };
  }

  find(conflictId: string, tables: TableReader): ConflictRow | undefined {
    const match = CONFLICT_ID.exec(conflictId);
    return match === null ? undefined : this.#at(Number(match[1]), tables);
  }

  *all(tables: TableReader, behind: number): Generator<ConflictRow> {
    for (let after = behind; ; ) {
      const rows = tables.range(conflictsTable, { after, limit: 100 });
      for (const { key, row } of rows) {
        after = key as number;
        yield row as unknown as ConflictRow;
      }
      if (rows.length < 100) return;
    }
  }

  settle(conflict: ConflictRow, as: string, at: At): void {
    this.forget(conflict, at.tables);
    this.#onConflict(conflict, as, at);
  }

  forget({ number, customers, because }: ConflictRow, tables: TableWriter): void {
    // No number is given twice: who settles it again means this one.
    if (number > lastSettled(tables)) tables.put(personsTable, SETTLED, { conflicts: number });
    tables.remove(conflictsTable, number);
    tables.remove(conflictIndexTable, [...customers, because]);
  }

  #at(number: number, tables: TableReader): ConflictRow | undefined {
    return tables.get(conflictsTable, number) as unknown as ConflictRow | undefined;
  }
}

const SETTLED = 0;

function lastSettled(tables: TableReader): number {
  return (tables.get(personsTable, SETTLED)?.conflicts as number | undefined) ?? 0;
}

export function conflictIdOf(number: number): string {
  return `conflict-${number}`;
}
