// Entries: which queue a number or address of the tenant leads to, looked up once, when a contact is created.

import type { Admission, Row, TableReader } from '../module.ts';
import { everyRow } from '../rows.ts';
import { entriesTable } from './tables.ts';

export interface EntryGiven {
  readonly entry: string;
  readonly queueId: string;
}

export interface Entry extends EntryGiven {
  readonly number: number;
}

export class Entries {
  readonly #byEntry = new Map<string, Entry>();
  #next = 1;

  constructor(tables: TableReader) {
    for (const { row } of everyRow(tables, entriesTable)) this.#put(row as unknown as Entry);
  }

  find(entry: string): Entry | undefined {
    return this.#byEntry.get(entry);
  }

  get count(): number {
    return this.#byEntry.size;
  }

  /** In the order in which they were made, after a number. */
  after(number: number): Entry[] {
    const entries = [...this.#byEntry.values()].filter((entry) => entry.number > number);
    return entries.sort((one, other) => one.number - other.number);
  }

  leadingTo(queueId: string): string[] {
    return [...this.#byEntry.values()].flatMap((known) => (known.queueId === queueId ? [known.entry] : []));
  }

  /** What has been checked. */
  set({ entry, queueId }: EntryGiven, admission: Admission): Entry {
    const before = this.#byEntry.get(entry);
    const set: Entry = { number: before?.number ?? this.#next, entry, queueId };
    admission.tables.put(entriesTable, set.number, set as unknown as Row);
    this.#put(set);
    admission.onUndo(() => (before === undefined ? this.#byEntry.delete(entry) : this.#put(before)));
    return set;
  }

  remove(known: Entry, admission: Admission): void {
    admission.tables.remove(entriesTable, known.number);
    this.#byEntry.delete(known.entry);
    admission.onUndo(() => this.#put(known));
  }

  #put(entry: Entry): void {
    this.#byEntry.set(entry.entry, entry);
    this.#next = Math.max(this.#next, entry.number + 1);
  }
}
