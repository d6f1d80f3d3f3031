// The tables: one LMDB environment, one ordered key space, brought up to date behind the journal.
//
// `tables/<generation>.mdb`; the highest generation is the one in use. The number reached is written in the same
// transaction as the rows, under a key of table 0. rewrite() makes the next generation by copying row by row, because
// LMDB's own compacting copy takes over whole pages, with what was deleted in them:
//
//   copy all rows ─▶ <next>.tmp, unflushed ─▶ flush ─▶ what was applied meanwhile, in rounds that get smaller
//     ─▶ hold apply() ─▶ the last round ─▶ rename to .mdb ─▶ flush folder ─▶ read and write there ─▶ remove the old one
//
// Until the rename the old generation has everything, after it the new one has; a crash leaves at most a file too many.

import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { flushFile, flushFolder } from './durable-file.ts';
import type { Environment } from './lmdb-environment.ts';
import {
  causeOf,
  lockFileOf,
  openEnvironment,
  putAbove,
  readFailure,
  transact,
  writeFailure,
} from './lmdb-environment.ts';
import type { Key, Tables } from './store.ts';
import { StoreError } from './store.ts';

type Writes = readonly (readonly [Key, Uint8Array | undefined])[];

const APPLIED: Key = '\0\0applied';
const FIRST_ROW: Key = '\0\u0001';
const NAME = /^(\d{8})\.mdb$/;
const MAP_BYTES = 1 << 30;
/** What a transaction writes beside its rows: pages of the tree and of the free list. */
const SPARE_BYTES = 1 << 17;
/** Between two turns of the event loop. */
const COPY_ROWS = 500;
const COPY_BYTES = 1 << 20;
/** A round of what was applied meanwhile that is small enough to hold apply() for. */
const LAST_ROUND_KEYS = 2_000;

export class LmdbTables implements Tables {
  #folder: string;
  #generation: number;
  #environment: Environment;
  #appliedNumber: number;
  #applying: Promise<unknown> = Promise.resolve();
  /** While a rewrite copies: the keys written since it began, for the next round. */
  #touched: Set<Key> | undefined;
  #broken: StoreError | undefined;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
    this.#generation = this.#newestGeneration();
    this.#environment = this.#open(this.#path(this.#generation));
    this.#appliedNumber = appliedIn(this.#environment);
  }

  /** Removes what a crash during a rewrite left: temporary files and the generations before the newest. */
  #newestGeneration(): number {
    const names = readdirSync(this.#folder);
    const generations = generationsIn(names);
    const newest = generations.at(-1) ?? 1;
    for (const name of names) if (/\.tmp(-lock)?$/.test(name)) rmSync(join(this.#folder, name), { force: true });
    for (const generation of generations) if (generation < newest) this.#remove(this.#path(generation));
    return newest;
  }

  #path(generation: number): string {
    return tablesPath(this.#folder, generation);
  }

  #open(path: string): Environment {
    try {
      return openEnvironment(path, { mapBytes: MAP_BYTES });
    } catch (error) {
      const goOn = 'Restore it from a copy; the journal can bring an older copy up to date only while it has its redo.';
      throw readFailure(path, error, goOn);
    }
  }

  /** While the router routes: to give the room of a large file back can take a disk long. */
  async #drop(path: string): Promise<void> {
    await rm(path, { force: true });
    await rm(lockFileOf(path), { force: true });
  }

  #remove(path: string): void {
    rmSync(path, { force: true });
    rmSync(lockFileOf(path), { force: true });
  }

  get appliedNumber(): number {
    return this.#appliedNumber;
  }

  get(key: Key): Uint8Array | undefined {
    return this.#environment.get(key);
  }

  range(from: Key, to: Key, limit: number, reverse = false): [Key, Uint8Array][] {
    return readRange(this.#environment, from, to, limit, reverse);
  }

  keys(from: Key, to: Key, limit: number): Key[] {
    if (limit <= 0 || from >= to) return [];
    return [...this.#environment.getKeys({ start: from < FIRST_ROW ? FIRST_ROW : from, end: to, limit })];
  }

  apply(writes: Writes, number: number): Promise<void> {
    const result = this.#applying.then(() => this.#applyNow(writes, number));
    this.#applying = result.catch(() => undefined);
    return result;
  }

  async #applyNow(writes: Writes, number: number): Promise<void> {
    if (this.#broken !== undefined) throw this.#broken;
    if (number < this.#appliedNumber) throw new Error(`tables at ${this.#appliedNumber} taken back to ${number}`);
    // A part of a tick carries the number before it, so the number alone cannot tell whether it is there; LMDB can:
    // a transaction that it refuses before the commit is aborted, and only such a refusal is looked at here.
    const isAbsent = () => appliedIn(this.#environment) === this.#appliedNumber;
    try {
      await write(this.#environment, writes, number);
    } catch (error) {
      const bytes = writes.reduce((sum, [key, value]) => sum + key.length + (value?.length ?? 0), SPARE_BYTES);
      const failure = await writeFailure(
        { what: `tables: up to entry ${number}`, path: this.#path(this.#generation), bytes, isAbsent },
        error,
      );
      if (failure.outcome === 'unknown') this.#broken = failure;
      throw failure;
    }
    this.#appliedNumber = number;
    if (this.#touched !== undefined) for (const [key] of writes) this.#touched.add(key);
  }

  async rewrite(): Promise<void> {
    if (this.#touched !== undefined) throw new Error('the tables are being rewritten already');
    this.#touched = new Set();
    const temporary = join(this.#folder, `${String(this.#generation + 1).padStart(8, '0')}.tmp`);
    try {
      await this.#copyTo(temporary);
      const next = openEnvironment(temporary, { mapBytes: MAP_BYTES });
      try {
        while (this.#touched.size > LAST_ROUND_KEYS) await this.#copyTouched(next);
        await this.#switchTo(next, temporary);
      } catch (error) {
        await next.close();
        throw error;
      }
    } catch (error) {
      const cause = await causeOf(error);
      const why = cause instanceof Error ? cause.message : String(cause);
      const message = `${temporary}: the tables could not be rewritten: ${why}. Nothing is lost; the old file stays.`;
      throw new StoreError('nothing_written', message, { cause });
    } finally {
      this.#touched = undefined;
      await this.#drop(temporary);
    }
  }

  async #copyTo(path: string): Promise<void> {
    await this.#drop(path);
    const copy = openEnvironment(path, { noSync: true, mapBytes: MAP_BYTES });
    try {
      let from = FIRST_ROW;
      for (;;) {
        const rows = this.#step(from);
        if (rows.length === 0) break;
        await transact(copy, () => rows.map(([key, value]) => putAbove(copy, key, value)));
        from = `${rows.at(-1)![0]}\0`;
        await nextTurn();
      }
    } finally {
      await copy.close();
    }
    await flushFile(path);
  }

  #step(from: Key): [Key, Uint8Array][] {
    const rows: [Key, Uint8Array][] = [];
    let bytes = 0;
    for (const { key, value } of this.#environment.getRange({ start: from, limit: COPY_ROWS })) {
      rows.push([key, value]);
      bytes += value.length;
      if (bytes > COPY_BYTES) break;
    }
    return rows;
  }

  async #copyTouched(into: Environment): Promise<void> {
    const keys = [...this.#touched!];
    this.#touched = new Set();
    for (let at = 0; at < keys.length; at += COPY_ROWS) {
      const step = keys.slice(at, at + COPY_ROWS);
      const rows = step.map((key): [Key, Uint8Array | undefined] => [key, this.#environment.get(key)]);
      await write(into, rows, 0);
    }
  }

  #switchTo(next: Environment, temporary: string): Promise<void> {
    const result = this.#applying.then(async () => {
      await this.#copyTouched(next);
      await write(next, [], this.#appliedNumber);
      const old = { environment: this.#environment, path: this.#path(this.#generation) };
      const path = this.#path(this.#generation + 1);
      await rename(lockFileOf(temporary), lockFileOf(path));
      await rename(temporary, path);
      await flushFolder(this.#folder);
      this.#generation++;
      this.#environment = next;
      await old.environment.close();
      await this.#drop(old.path);
      await flushFolder(this.#folder);
    });
    this.#applying = result.catch(() => undefined);
    return result;
  }

  bytes(): number {
    return statSync(this.#path(this.#generation), { throwIfNoEntry: false })?.size ?? 0;
  }

  async close(): Promise<void> {
    await this.#applying;
    this.#broken ??= new StoreError('nothing_written', 'tables: closed');
    await this.#environment.close();
  }
}

function generationsIn(names: readonly string[]): number[] {
  return names.flatMap((name) => NAME.exec(name)?.slice(1, 2).map(Number) ?? []).sort((a, b) => a - b);
}

function tablesPath(folder: string, generation: number): string {
  return join(folder, `${String(generation).padStart(8, '0')}.mdb`);
}

/** The file in use; undefined where there is none yet. */
export function tablesFileIn(folder: string): string | undefined {
  const names = statSync(folder, { throwIfNoEntry: false }) === undefined ? [] : readdirSync(folder);
  const newest = generationsIn(names).at(-1);
  return newest === undefined ? undefined : tablesPath(folder, newest);
}

function write(environment: Environment, writes: Writes, number: number): Promise<void> {
  return transact(environment, () => {
    for (const [key, value] of writes) {
      if (value === undefined) environment.remove(key);
      else environment.put(key, value);
    }
    environment.put(APPLIED, appliedBytes(number));
    return [];
  });
}

function appliedBytes(number: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(8);
  bytes.writeBigUInt64BE(BigInt(number));
  return bytes;
}

/** As Tables.range() of store.ts. */
export function readRange(
  environment: Environment,
  from: Key,
  to: Key,
  limit: number,
  reverse = false,
): [Key, Uint8Array][] {
  if (limit <= 0 || from >= to) return [];
  const start = from < FIRST_ROW ? FIRST_ROW : from;
  const options = reverse
    ? { start: to, end: start, reverse: true, exclusiveStart: true, inclusiveEnd: true, limit }
    : { start, end: to, limit };
  const rows: [Key, Uint8Array][] = [];
  for (const { key, value } of environment.getRange(options)) rows.push([key, value]);
  return rows;
}

export function appliedIn(environment: Environment): number {
  const bytes = environment.get(APPLIED);
  return bytes === undefined ? 0 : Number(Buffer.from(bytes).readBigUInt64BE());
}
