// Rows as a stopped or a running router has stored them: the tables, and over them what the journal holds in redos that
// the tables have not taken yet. Only read; one picture, taken when it is made.

import type { Row, RowKey, TableDeclaration } from '../domain/module.ts';
import type { ContactRow } from '../domain/routing/contacts.ts';
import { contactsTable } from '../domain/routing/tables.ts';
import { rangeRowsMax } from '../limits.ts';
import { keyAfter, keyAfterPrefix, keyOf, tablePrefix } from '../store/keys.ts';
import { decodeRedo, decodeRow } from '../store/redo.ts';
import type { Key } from '../store/store.ts';
import type { ReadableJournal, ReadableTables } from '../store/stored-partition.ts';

export class StoredRows {
  readonly #tables: ReadableTables;
  readonly #later = new Map<Key, Uint8Array | undefined>();

  constructor(tables: ReadableTables, journal: Pick<ReadableJournal, 'read'>) {
    this.#tables = tables;
    for (const { redo } of journal.read(tables.appliedNumber + 1))
      if (redo.length > 0) for (const [key, value] of decodeRedo(redo).writes) this.#later.set(key, value?.slice());
  }

  get(table: TableDeclaration, key: RowKey): Row | undefined {
    const stored = keyOf(table.id, key);
    const bytes = this.#later.has(stored) ? this.#later.get(stored) : this.#tables.get(stored);
    return bytes && (decodeRow(bytes) as Row);
  }

  /** The contact of that id, or of that other name: rows are keyed by number, so all of them are looked through. */
  contactOf(contactId: string): ContactRow | undefined {
    const sought = Buffer.from(contactId);
    let named: ContactRow | undefined;
    for (const bytes of this.#rowsOf(contactsTable)) {
      if (!Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(sought)) continue;
      const row = decodeRow(bytes) as ContactRow;
      if (row.created.contactId === contactId) return row;
      if (row.names?.some((name) => name.contactId === contactId)) named = row;
    }
    return named;
  }

  contact(number: number): ContactRow | undefined {
    return this.get(contactsTable, number) as unknown as ContactRow | undefined;
  }

  /** All of a table, in no order that means anything. */
  *all(table: TableDeclaration): Generator<Row, void, void> {
    for (const bytes of this.#rowsOf(table)) yield decodeRow(bytes) as Row;
  }

  /** In the order of their keys in the tables, then what the journal alone has. */
  *#rowsOf(table: TableDeclaration): Generator<Uint8Array, void, void> {
    const prefix = tablePrefix(table.id);
    const end = keyAfterPrefix(prefix)!;
    for (let from = prefix; ; ) {
      const rows = this.#tables.range(from, end, rangeRowsMax);
      for (const [key, value] of rows) if (!this.#later.has(key)) yield value;
      const last = rows.at(-1);
      if (last === undefined || rows.length < rangeRowsMax) break;
      from = keyAfter(last[0]);
    }
    for (const [key, value] of this.#later) if (value !== undefined && key.startsWith(prefix)) yield value;
  }
}
