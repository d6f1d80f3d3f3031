// What took place and is kept nowhere else by customer and time: a note each, for as long as records of contacts are kept.
//
// Modules note what is rare: a conflict, a move, a callback, an affinity that was set. What is frequent has an index of its own where it
// is kept, and no note.

import { timelineNotesPerTickMax } from '../../limits.ts';
import type { TimelineKind } from '../../protocol/timeline.ts';
import type { Row, RowKey, TableReader, TableWriter } from '../module.ts';
import { OldRows } from '../old-rows.ts';
import { rowsBelow, type TimelineAsked, type TimelineEntry } from '../timeline-source.ts';
import { customerNotesTable, notesTable } from './tables.ts';

export interface Note {
  readonly kind: TimelineKind;
  /** Whose it is: numbers of customers. */
  readonly customers: readonly number[];
  readonly channel?: string | undefined;
  readonly contactId?: string | undefined;
  readonly agentId?: string | undefined;
  readonly details: Row;
}

/** With a request it is taken back with it. */
export type OnNoted = (note: Note, at: { readonly now: number; readonly tables: TableWriter }) => void;

export class Notes {
  readonly #retentionMs: number;
  #next = 1;
  #old = new OldRows(notesTable);

  constructor(retentionMs: number) {
    this.#retentionMs = retentionMs;
  }

  load(tables: TableReader): void {
    const [last] = tables.range(notesTable, { limit: 1, reverse: true });
    this.#next = ((last?.key as readonly [number, number] | undefined)?.[1] ?? 0) + 1;
    this.#old = new OldRows(notesTable);
  }

  readonly add: OnNoted = (note, { now, tables }) => {
    const number = this.#next++;
    const customers = [...new Set(note.customers)];
    tables.put(notesTable, [now, number], { ...defined(note), customers });
    for (const customer of customers) tables.put(customerNotesTable, [customer, now, number], {});
  };

  *latestOf(asked: TimelineAsked, tables: TableReader): Generator<TimelineEntry> {
    for (const { key } of rowsBelow(customerNotesTable, asked, tables)) {
      const [, at, number] = key as readonly [number, number, number];
      const note = tables.get(notesTable, [at, number]) as unknown as Note | undefined;
      // What is of several of one person is told once.
      const first = asked.person.find((member) => note?.customers.includes(member));
      if (note !== undefined && first === asked.customer) yield { ...note, at, order: [number] };
    }
  }

  /** When the oldest is to go. */
  retentionDue(tables: TableReader): number | undefined {
    const oldest = this.#old.oldest(tables);
    return oldest === undefined ? undefined : oldest + this.#retentionMs;
  }

  forgetOld(now: number, tables: TableWriter): void {
    this.#old.remove(now - this.#retentionMs + 1, timelineNotesPerTickMax, tables, (key) =>
      eraseNote(tables.get(notesTable, key)!, key, tables),
    );
  }
}

/** For all customers whose it is. */
export function eraseNote({ customers }: Row, key: RowKey, tables: TableWriter): void {
  tables.remove(notesTable, key);
  for (const customer of customers as readonly number[])
    tables.remove(customerNotesTable, [customer, ...(key as readonly [number, number])]);
}

function defined(note: Note): Row {
  return Object.fromEntries(Object.entries(note).filter(([, value]) => value !== undefined));
}
