// Commands at which the core trapped or a module threw: kept, so that somebody can look at what happened. A request is never
// executed again: its client is answered with the reference once the row is durable, like any other answer, and may ask again.
//
// A follow-up nobody would ask for again, so it is tried again, by itself in a tick: a minute later, then after twice as
// long each time, up to a day, and a bounded number of times. A try is counted, durably, before it is made:
//
//   set aside ─▶ {dueAt} ─ due ─▶ counted {tries + 1, the next dueAt} ─ durable ─▶ tried ─┬─ done: {doneAt}, in the same tick
//                   ▲                                                                    └─ failed: nothing is written
//                   └──────────────────── the next time, while there are tries left ◀────────┘
//
// so that a follow-up that takes its process down with it, or never comes to an end, does so a few times in a week and
// not at every start. It is done once at most: the tick that does it says so in its own rows.
//
// A row is written with the next tick, and again with a later one when that tick is dropped: until a tick with it is
// durable it stays here. Rows are personal (they hold the request's parameters) and bounded in number: the oldest make room.

import type { Row, TableDeclaration, TableReader, TableWriter } from '../domain/module.ts';
import { setAsideAgainMs, setAsideAgainMsMax, setAsideMax, setAsideTriesMax } from '../limits.ts';
import type { Answer, RoutedRequest } from './egress.ts';
import type { FollowUp, Item } from './tick.ts';

export const setAsideTable: TableDeclaration = { name: 'set-aside', id: 2, personal: true };

interface NotDurable {
  readonly sequence: number;
  row: Row;
  /** The tick that has the row among its writes. */
  tick: number | undefined;
}

type TriedRow = Row & {
  /** The follow-up's name. */
  readonly what: string;
  readonly params: Row;
  readonly depth: number;
  readonly tries: number;
  readonly dueAt: number;
};

/** A follow-up that is to be tried again. */
interface Owed {
  readonly sequence: number;
  readonly row: TriedRow;
}

/** One try of a follow-up that was set aside; the tick that does it says so in its rows. */
export interface Trial {
  readonly reference: string;
  readonly sequence: number;
  readonly followUp: FollowUp;
  readonly isLast: boolean;
}

export class SetAside {
  #next = 1;
  #oldest = 1;
  #rows: NotDurable[] = [];
  #answers: { readonly request: RoutedRequest; readonly answer: Answer }[] = [];
  readonly #owed = new Map<number, Owed>();
  /** When the first of them is due. */
  dueAt: number | undefined;
  /** Counted, and to be made once that is durable. */
  #counted: Owed | undefined;

  load(tables: TableReader): void {
    const rows = tables
      .range(setAsideTable, { limit: setAsideMax })
      .map(({ row }) => row as Row & { sequence: number });
    this.#oldest = rows[0]?.sequence ?? 1;
    const notDurable = this.#rows.at(-1)?.sequence ?? 0;
    this.#next = Math.max(rows.at(-1)?.sequence ?? 0, notDurable, this.#next - 1) + 1;
    this.#owed.clear();
    this.dueAt = undefined;
    for (const row of rows) this.#note(row.sequence, row);
    for (const { sequence, row } of this.#rows) this.#note(sequence, row);
    // What was about to be tried, or was being tried when this became necessary, waits for its next time.
    this.#counted = undefined;
  }

  /** Returns the reference that the client is given. */
  add(at: number, { request, followUp }: Pick<Item, 'request' | 'followUp'>, error: unknown): string {
    const sequence = this.#next++;
    const row = {
      sequence,
      at,
      what: (request?.news === undefined ? request?.method : 'news') ?? followUp?.name ?? 'unknown',
      params: request?.news ?? request?.params ?? followUp?.params ?? {},
      caller: request === undefined ? null : { ...request.caller },
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      ...(followUp && { depth: followUp.depth, tries: 0, dueAt: at + setAsideAgainMs }),
    };
    this.#put(sequence, row);
    if (this.#rows.length > setAsideMax) this.#rows.shift();
    const reference = referenceOf(sequence);
    if (request !== undefined) this.#answers.push({ request, answer: { bug: reference } });
    return reference;
  }

  get isWaiting(): boolean {
    return this.#rows.at(-1)?.tick === undefined && this.#rows.length > 0;
  }

  // ── follow-ups that are tried again ──

  /** How many are to be tried again. */
  get owed(): number {
    return this.#owed.size;
  }

  /** Whether a try is due: one at a time. The clock is asked only where there is something to try. */
  mayCount(clock: { now(): number }): boolean {
    return this.#counted === undefined && this.dueAt !== undefined && this.dueAt <= clock.now();
  }

  /** Counts a try of the first that is due; its row is written with the tick that is being closed. */
  countTry(now: number): void {
    if (!this.mayCount({ now: () => now })) return;
    const due = [...this.#owed.values()].find(({ row }) => row.dueAt <= now);
    if (due === undefined) return;
    const { dueAt: _, ...row } = due.row;
    const tries = row.tries + 1;
    const againMs = Math.min(setAsideAgainMs * 2 ** tries, setAsideAgainMsMax);
    this.#put(due.sequence, { ...row, tries, ...(tries < setAsideTriesMax && { dueAt: now + againMs }) });
    this.#counted = due;
  }

  /** The try that may be made now: it has been counted, and that is durable. Given once. */
  takeTrial(): Trial | undefined {
    if (!this.hasTrial) return undefined;
    const { sequence, row } = this.#counted as Owed;
    this.#counted = undefined;
    const { what: name, params, depth, tries } = row;
    const isLast = tries + 1 === setAsideTriesMax;
    return { reference: referenceOf(sequence), sequence, followUp: { name, params, depth }, isLast };
  }

  get hasTrial(): boolean {
    const counted = this.#counted;
    return counted !== undefined && this.#rows.every(({ sequence }) => sequence !== counted.sequence);
  }

  /** In the rows of the tick that has done it: what becomes of them becomes of this. */
  done({ sequence }: Trial, at: number, tables: TableWriter): void {
    const row = tables.get(setAsideTable, sequence);
    if (row === undefined) return;
    const { dueAt: _, ...stays } = row;
    const done = { ...stays, doneAt: at };
    tables.put(setAsideTable, sequence, done);
    this.#note(sequence, done);
  }

  /** What is left of one that names somebody is that there was one: it is not tried again. */
  erase(isNamedIn: (value: unknown) => boolean, tables: TableWriter): number {
    let erased = 0;
    const without = ({ sequence, at, what }: Row) => ({ sequence, at, what, isErased: true });
    for (const waiting of this.#rows) {
      if (!isNamedIn(waiting.row)) continue;
      waiting.row = without(waiting.row);
      this.#forgetTry(waiting.sequence, waiting.row);
      erased += 1;
    }
    for (const { key, row } of tables.range(setAsideTable, { limit: setAsideMax })) {
      if (!isNamedIn(row)) continue;
      const left = without(row);
      tables.put(setAsideTable, key, left);
      this.#forgetTry(key as number, left);
      erased += 1;
    }
    return erased;
  }

  #forgetTry(sequence: number, left: Row): void {
    this.#note(sequence, left);
    if (this.#counted?.sequence === sequence) this.#counted = undefined;
  }

  #put(sequence: number, row: Row): void {
    this.#rows.push({ sequence, row, tick: undefined });
    this.#note(sequence, row);
  }

  #note(sequence: number, row: Row): void {
    if (row.dueAt === undefined) this.#owed.delete(sequence);
    else this.#owed.set(sequence, { sequence, row: row as TriedRow });
    this.dueAt = undefined;
    for (const { row } of this.#owed.values())
      if (this.dueAt === undefined || row.dueAt < this.dueAt) this.dueAt = row.dueAt;
  }

  // ── rows ──

  write(tick: number, tables: TableWriter): void {
    for (const waiting of this.#rows) {
      if (waiting.tick !== undefined) continue;
      tables.put(setAsideTable, waiting.sequence, waiting.row);
      waiting.tick = tick;
    }
    while (this.#next - this.#oldest > setAsideMax) {
      this.#note(this.#oldest, {});
      tables.remove(setAsideTable, this.#oldest++);
    }
  }

  /** Goes out with the tick that has been written to last. */
  takeAnswers(): { readonly request: RoutedRequest; readonly answer: Answer }[] {
    return this.#answers.splice(0);
  }

  durable(tick: number): void {
    this.#rows = this.#rows.filter((row) => row.tick === undefined || row.tick > tick);
  }

  /** The ticks from this one on will not be: what they had is written again. */
  dropFrom(tick: number): void {
    for (const row of this.#rows) if (row.tick !== undefined && row.tick >= tick) row.tick = undefined;
  }
}

function referenceOf(sequence: number): string {
  return `set-aside-${sequence}`;
}
