// Rows of which a contact has at most one, by its number, in memory by its slot: what a module keeps of contacts as long as they live.

import type { ContactHandle } from '../engine/command-encoder.ts';
import type { Row, TableDeclaration, TableReader, TableWriter } from './module.ts';
import { everyRow } from './rows.ts';

export class ContactRows<R extends ContactHandle> {
  readonly #table: TableDeclaration;
  #bySlot = new Map<number, R>();

  constructor(table: TableDeclaration) {
    this.#table = table;
  }

  load(tables: TableReader): void {
    this.#bySlot = new Map();
    for (const { row } of everyRow(tables, this.#table)) this.#set(row as unknown as R);
  }

  of({ slot, number }: ContactHandle): R | undefined {
    // Nobody has anything, as a rule, and a map that is empty is looked through like any other.
    if (this.#bySlot.size === 0) return undefined;
    const row = this.#bySlot.get(slot);
    return row?.number === number ? row : undefined;
  }

  at(slot: number): R | undefined {
    return this.#bySlot.get(slot);
  }

  /** Effects name a contact by the low half of its number. */
  ofEffect(slot: number, low: number): R | undefined {
    if (this.#bySlot.size === 0) return undefined;
    const row = this.#bySlot.get(slot);
    return row !== undefined && row.number >>> 0 === low >>> 0 ? row : undefined;
  }

  keep(row: R, tables: TableWriter): void {
    this.#set(row);
    tables.put(this.#table, row.number, row as unknown as Row);
  }

  drop({ slot, number }: ContactHandle, tables: TableWriter): void {
    this.forget(slot);
    tables.remove(this.#table, number);
  }

  /** In memory alone, for what is undone. */
  forget(slot: number): void {
    this.#bySlot.delete(slot);
  }

  values(): IterableIterator<R> {
    return this.#bySlot.values();
  }

  #set(row: R): void {
    this.#bySlot.set(row.slot, row);
  }
}
