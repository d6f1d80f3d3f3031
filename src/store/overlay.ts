// The tables as the domain modules see them: what is durable in them, below what has been written and not applied yet.
//
//   begin(tick) ─ put/remove, marked with the request they are for ─ undo(request) ─▶ encode() seals it ─▶ journal
//     ─▶ durable(tick) ─▶ the applier writes it to the tables ─▶ its versions leave the overlay
//     └▶ dropFrom(tick): the journal refused it, or the partition is rebuilt
//
// One tick is written at a time, in number order: the next may begin when the one before is sealed. Rows are decoded
// values and belong to the overlay once they are put: nobody changes them afterwards (`freezeRows` proves it in tests).
// Every read sees every staged write.

import { applyDelayMs, applyWaitingMax, applyWritesMax, lagWritesMax, rangeRowsMax } from '../limits.ts';
import { Applier } from './applier.ts';
import type { RowKey, TableId } from './keys.ts';
import { keyOf, rowKeyIn } from './keys.ts';
import type { Cell, Version } from './overlay-cells.ts';
import { isRemoved, OverlayCells, rowOf } from './overlay-cells.ts';
import { decodeRow, RedoWriter } from './redo.ts';
import { boundsOf, type Order, type RangeOptions, type Row, StoredRows } from './row-range.ts';
import type { Tables } from './store.ts';

export interface TableSpaceOptions {
  readonly applyWritesMax?: number;
  readonly applyWaitingMax?: number;
  readonly applyDelayMs?: number;
  readonly lagWritesMax?: number;
  /** Freezes each row that is put, so that a module that changes one later throws. */
  readonly freezeRows?: boolean;
  /** Calls back after so long; by default a timer that does not keep the process alive. */
  readonly schedule?: (callback: () => void, delayMs: number) => void;
  /** Bringing the tables up to date failed: a full disk is tried again, anything else stops it. */
  readonly onTrouble?: (error: unknown, retrying: boolean) => void;
  readonly onTroubleOver?: () => void;
}

/** What a domain handler may do with the tables. */
export interface TableReader {
  get(table: TableId, row: RowKey): unknown;
  range(table: TableId, options: RangeOptions): Row[];
  /** The keys of range(), without reading the rows. */
  keys(table: TableId, options: Omit<RangeOptions, 'reverse'>): RowKey[];
}

interface Tick {
  readonly number: number;
  readonly versions: Version[];
  state: 'open' | 'sealed' | 'durable' | 'dropped';
}

export class TableSpace implements TableReader {
  #tables: Tables;
  #cells = new OverlayCells();
  #applier: Applier;
  #lagWritesMax: number;
  #freezeRows: boolean;
  /** Ticks not yet durable, oldest first. */
  #ticks: Tick[] = [];
  #lag = 0;
  #newest: number;

  constructor(tables: Tables, options: TableSpaceOptions = {}) {
    this.#tables = tables;
    this.#lagWritesMax = options.lagWritesMax ?? lagWritesMax;
    this.#freezeRows = options.freezeRows ?? false;
    this.#newest = tables.appliedNumber;
    this.#applier = new Applier(tables, {
      applyWritesMax: options.applyWritesMax ?? applyWritesMax,
      applyWaitingMax: options.applyWaitingMax ?? applyWaitingMax,
      applyDelayMs: options.applyDelayMs ?? applyDelayMs,
      schedule: options.schedule ?? ((callback, delayMs) => setTimeout(callback, delayMs).unref()),
      onTrouble: options.onTrouble ?? (() => undefined),
      onTroubleOver: options.onTroubleOver ?? (() => undefined),
      onApplied: (cells, number) => this.#forget(cells, number),
    });
  }

  get(table: TableId, row: RowKey): unknown {
    const cell = this.#cells.find(table, row);
    if (cell !== undefined) return rowOf(cell.top!);
    const bytes = this.#tables.get(keyOf(table, row));
    return bytes && decodeRow(bytes);
  }

  range(table: TableId, options: RangeOptions): Row[] {
    return this.#merged(table, options, options);
  }

  keys(table: TableId, options: Omit<RangeOptions, 'reverse'>): RowKey[] {
    return this.#merged(table, options, { limit: options.limit, keysOnly: true }).map(({ key }) => key);
  }

  #merged(table: TableId, options: RangeOptions, order: Order): Row[] {
    const { limit, reverse = false, keysOnly = false } = order;
    if (limit > rangeRowsMax) throw new RangeError(`a range of ${limit} rows is asked for`);
    const bounds = boundsOf(table, options);
    const [from, to] = bounds;
    if (from >= to || limit <= 0) return [];
    const stored = new StoredRows(this.#tables, bounds, order);
    const rows: Row[] = [];
    for (const cell of this.#cells.range(table, from, to, reverse)) {
      while (rows.length < limit && stored.isBefore(cell.key)) rows.push(stored.take());
      if (rows.length >= limit) return rows;
      stored.skip(cell.key);
      if (!isRemoved(cell.top!)) rows.push({ key: rowKeyIn(cell.key), row: keysOnly ? undefined : rowOf(cell.top!) });
      if (rows.length >= limit) return rows;
    }
    while (rows.length < limit && stored.hasMore()) rows.push(stored.take());
    return rows;
  }

  /** The one before must be sealed. */
  begin(number: number): TickWrites {
    const before = this.#ticks.at(-1);
    if (before?.state === 'open') throw new Error(`tick ${number} begins while ${before.number} is open`);
    if (number <= this.#newest) throw new Error(`tick ${number} begins after ${this.#newest}`);
    const tick: Tick = { number, versions: [], state: 'open' };
    this.#ticks.push(tick);
    this.#newest = number;
    return new TickWrites(this.#cells, tick, this.#freezeRows, (count) => {
      this.#lag += count;
    });
  }

  /** The tick, and all before it, are in the journal on disk. */
  durable(number: number): void {
    while (this.#ticks.length > 0 && this.#ticks[0]!.number <= number) {
      const tick = this.#ticks.shift()!;
      if (tick.state !== 'sealed') throw new Error(`tick ${tick.number} is durable but was ${tick.state}`);
      tick.state = 'durable';
      this.#applier.add(tick);
    }
  }

  /** Forgets the ticks from `number` on: none of them may be durable. */
  dropFrom(number: number): void {
    while (this.#ticks.length > 0 && this.#ticks.at(-1)!.number >= number) {
      const tick = this.#ticks.pop()!;
      tick.state = 'dropped';
      for (const version of tick.versions.toReversed()) {
        if (version.undone) continue;
        version.undone = true;
        this.#cells.takeOut(version);
        this.#lag--;
      }
    }
    this.#newest = Math.min(this.#newest, number - 1);
  }

  #forget(cells: readonly Cell[], number: number): void {
    for (const cell of cells) this.#cells.cut(cell, number);
    this.#lag -= cells.length;
  }

  /** Writes that the tables do not have yet. */
  lag(): number {
    return this.#lag;
  }

  /** True: refuse what writes, as overloaded. */
  get full(): boolean {
    return this.#lag > this.#lagWritesMax;
  }

  /** Resolves when everything durable so far is in the tables; rejects when they cannot be brought up to date. */
  caughtUp(): Promise<void> {
    return this.#applier.caughtUp();
  }

  /** Ends the applier after the step on its way. The tables stay open: whoever opened them closes them. */
  close(): Promise<void> {
    return this.#applier.close();
  }
}

/** Ticks are sealed one at a time, whosever they are. */
const redoWriter = new RedoWriter();

/** The writes of one tick, until it is sealed. */
export class TickWrites {
  readonly number: number;
  #cells: OverlayCells;
  #tick: Tick;
  #freezeRows: boolean;
  #count: (by: number) => void;
  #request = 0;
  #byRequest = new Map<number, Version[]>();
  /** Of the request that is marked; undefined until it writes, or writes again, since most of them only ask the core. */
  #ofRequest: Version[] | undefined;

  constructor(cells: OverlayCells, tick: Tick, freezeRows: boolean, count: (by: number) => void) {
    this.number = tick.number;
    this.#cells = cells;
    this.#tick = tick;
    this.#freezeRows = freezeRows;
    this.#count = count;
  }

  /** Nothing has been written, or all of it was taken back. */
  get isEmpty(): boolean {
    return this.#tick.versions.every((version) => version.undone);
  }

  /** The writes that follow are made on behalf of this request. Before the first mark they are request 0's. */
  mark(request: number): void {
    if (request === this.#request) return;
    this.#request = request;
    this.#ofRequest = undefined;
  }

  /** The row is the overlay's from now on. */
  put(table: TableId, row: RowKey, value: unknown): void {
    if (value === undefined) throw new TypeError('a row is never undefined');
    this.#write(table, row, this.#freezeRows ? frozen(value) : value);
  }

  remove(table: TableId, row: RowKey): void {
    this.#write(table, row, undefined);
  }

  #write(table: TableId, row: RowKey, value: unknown): void {
    this.#assertOpen();
    const cell = this.#cells.cellFor(table, row);
    const { top } = cell;
    if (top !== undefined && top.tick === this.number && top.request === this.#request) {
      top.row = value;
      return;
    }
    const version = this.#cells.push(cell, this.number, this.#request, value);
    this.#tick.versions.push(version);
    this.#ofRequest ??= this.#versionsOf(this.#request);
    this.#ofRequest.push(version);
    this.#count(1);
  }

  #versionsOf(request: number): Version[] {
    let versions = this.#byRequest.get(request);
    if (versions === undefined) {
      versions = [];
      this.#byRequest.set(request, versions);
    }
    return versions;
  }

  /** Takes back this request's writes; what a later request has written over one of them stays. */
  undo(request: number): void {
    this.#assertOpen();
    const versions = this.#byRequest.get(request);
    if (versions === undefined) return;
    for (const version of versions) {
      version.undone = true;
      this.#cells.takeOut(version);
    }
    this.#count(-versions.length);
    versions.length = 0;
  }

  /** Seals the tick and gives the bytes of its redo: the last write of each key. */
  encode(followUps: readonly unknown[]): Uint8Array {
    this.#assertOpen();
    this.#tick.state = 'sealed';
    const { versions } = this.#tick;
    const last = versions.filter((version) => version.cell.top === version);
    redoWriter.begin();
    for (const version of last) {
      const from = redoWriter.write(version.cell.key, version.row);
      version.from = version.row === undefined ? 0 : from;
      version.to = redoWriter.at;
    }
    const redo = redoWriter.finish(followUps);
    for (const version of last) {
      version.redo = redo;
      version.row = undefined;
    }
    const dead = versions.length - last.length;
    if (dead > 0) this.#dropDead(versions);
    return redo;
  }

  /** Nobody will see a version again that this tick itself has overwritten. */
  #dropDead(versions: Version[]): void {
    const kept = versions.filter((version) => {
      if (version.undone) return false;
      if (version.cell.top === version) return true;
      this.#cells.takeOut(version);
      this.#count(-1);
      return false;
    });
    versions.length = 0;
    for (const version of kept) versions.push(version);
  }

  #assertOpen(): void {
    if (this.#tick.state !== 'open') throw new Error(`tick ${this.number} is ${this.#tick.state}`);
  }
}

function frozen(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || Object.isFrozen(value)) return value;
  for (const part of Object.values(value)) frozen(part);
  return Object.freeze(value);
}
