// One segment file of the journal: a read side for segments that are never written again, and the writing of the live one.
//
//   <first number, 16 digits>.segment   inputs and redos, as appended
//   <first number, 16 digits>.inputs    the same entries after compaction: inputs only
//
// In the file, number (8 bytes, big-endian) and 0 for the input or 1 for the redo make the key, so a segment is filled
// by appending and one transaction touches one run of pages. A segment holds entries of one core build only.

import { readdirSync, rmSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { flushFolder } from './durable-file.ts';
import type { EntryValue, EntryValues, ValueKind } from './entry.ts';
import { decodeValue, GO_ON, INPUT, joinEntry, REDO } from './entry.ts';
import type { Environment } from './lmdb-environment.ts';
import { lockFileOf, openEnvironment, putAbove, readFailure, transact } from './lmdb-environment.ts';
import type { JournalEntry, Key } from './store.ts';
import { StoreError } from './store.ts';

const NAME = /^(\d{16})\.(segment|inputs)$/;
const TEMPORARY = /\.tmp(-lock)?$/;
const READER_MAP_BYTES = 1 << 20;

export function segmentPath(folder: string, first: number, compacted: boolean): string {
  return join(folder, `${String(first).padStart(16, '0')}.${compacted ? 'inputs' : 'segment'}`);
}

export function entryKey(number: number, kind: ValueKind): Key {
  const high = Math.floor(number / TWO_TO_32);
  const low = number >>> 0;
  return String.fromCharCode(
    high >>> 24,
    (high >>> 16) & 255,
    (high >>> 8) & 255,
    high & 255,
    low >>> 24,
    (low >>> 16) & 255,
    (low >>> 8) & 255,
    low & 255,
    kind,
  );
}

const TWO_TO_32 = 4294967296;

export function removeSegmentFile(path: string): void {
  rmSync(path, { force: true });
  rmSync(lockFileOf(path), { force: true });
}

/** While the router routes: to give the room of a large file back can take a disk tens of milliseconds. */
export async function dropSegmentFile(path: string): Promise<void> {
  await rm(path, { force: true });
  await rm(lockFileOf(path), { force: true });
}

/** What a crash in the middle of a compaction left is tidied up here. */
export function listSegments(folder: string): Segment[] {
  const names = readdirSync(folder);
  for (const name of names) if (TEMPORARY.test(name)) rmSync(join(folder, name), { force: true });
  const segments = segmentsIn(names, folder);
  for (const { first, compacted } of segments) if (compacted) removeSegmentFile(segmentPath(folder, first, false));
  return segments;
}

export interface SegmentOptions {
  /** Another process may have it open. */
  readonly beside?: boolean;
}

/** Those of the names, in the order of their first numbers: a complete `.inputs` wins over its `.segment`. */
export function segmentsIn(names: readonly string[], folder: string, options: SegmentOptions = {}): Segment[] {
  const compacted = new Map<number, boolean>();
  for (const name of names) {
    const [, digits, kind] = NAME.exec(name) ?? [];
    if (digits === undefined) continue;
    const first = Number(digits);
    compacted.set(first, kind === 'inputs' || compacted.get(first) === true);
  }
  const firsts = [...compacted.keys()].sort((a, b) => a - b);
  return firsts.map((first) => new Segment(folder, first, compacted.get(first)!, options));
}

export class Segment {
  readonly first: number;
  #folder: string;
  #compacted: boolean;
  readonly #options: SegmentOptions;
  #reader: Environment | undefined;
  #coreHash: string | undefined;

  constructor(folder: string, first: number, compacted: boolean, options: SegmentOptions = {}) {
    this.#folder = folder;
    this.#options = options;
    this.first = first;
    this.#compacted = compacted;
  }

  get path(): string {
    return segmentPath(this.#folder, this.first, this.#compacted);
  }

  get compacted(): boolean {
    return this.#compacted;
  }

  get bytes(): number {
    return statSync(this.path, { throwIfNoEntry: false })?.size ?? 0;
  }

  get isOpen(): boolean {
    return this.#reader !== undefined;
  }

  /** Number of its newest entry, first − 1 when it has none. */
  findLast(): number {
    if (this.bytes === 0) return this.first - 1;
    const environment = this.#open();
    return opened(this.path, () => lastNumberIn(environment, this.first));
  }

  coreHash(): string {
    this.#coreHash ??= this.value(this.first, INPUT)?.coreHash ?? '';
    return this.#coreHash;
  }

  read(number: number): JournalEntry {
    return readEntry(this.path, this.#compacted, number, (kind) => this.bytesOf(number, kind));
  }

  /** With its input as it is in the file. */
  readWithInput(number: number): { entry: JournalEntry; input: Uint8Array } {
    let input: Uint8Array | undefined;
    const bytesOf = (kind: ValueKind) => {
      const bytes = this.bytesOf(number, kind);
      if (kind === INPUT) input = bytes;
      return bytes;
    };
    const entry = readEntry(this.path, this.#compacted, number, bytesOf);
    return { entry, input: input! };
  }

  value(number: number, kind: ValueKind): EntryValue | undefined {
    const bytes = this.bytesOf(number, kind);
    return bytes && decodeValue(bytes, number, kind, this.path);
  }

  bytesOf(number: number, kind: ValueKind): Uint8Array | undefined {
    const environment = this.#open();
    return opened(this.path, () => environment.get(entryKey(number, kind)));
  }

  /** The compacted file has taken this one's place. */
  becomeCompacted(): Promise<void> {
    const old = this.path;
    this.close();
    this.#compacted = true;
    return dropSegmentFile(old);
  }

  close(): void {
    this.#reader?.close();
    this.#reader = undefined;
  }

  #open(): Environment {
    this.#reader ??= opened(this.path, () =>
      openEnvironment(this.path, { readOnly: true, mapBytes: READER_MAP_BYTES, ...this.#options }),
    );
    return this.#reader;
  }
}

/** The segment being filled. Every write of it is one transaction; a failed one leaves it closed. */
export class LiveSegment {
  readonly first: number;
  readonly coreHash: string;
  readonly path: string;
  #environment: Environment;
  #bytes = 0;

  private constructor(path: string, first: number, coreHash: string, mapBytes: number) {
    this.path = path;
    this.first = first;
    this.coreHash = coreHash;
    this.#environment = openEnvironment(path, { mapBytes });
  }

  static async create(folder: string, first: number, coreHash: string, mapBytes: number): Promise<LiveSegment> {
    const path = segmentPath(folder, first, false);
    let segment: LiveSegment;
    try {
      segment = new LiveSegment(path, first, coreHash, mapBytes);
      await flushFolder(dirname(path));
    } catch (error) {
      removeSegmentFile(path);
      throw error;
    }
    return segment;
  }

  /** Bytes of the values written by this process. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Opens it again after a write was refused and it was closed. */
  reopen(mapBytes: number): void {
    this.#environment = openEnvironment(this.path, { mapBytes });
  }

  /** Resolves when all of them are on disk. Rejects with what LMDB says; then close it and look what is there. */
  async append(from: number, entries: readonly EntryValues[]): Promise<void> {
    await transact(this.#environment, () => {
      const written: Promise<boolean>[] = [];
      entries.forEach(({ input, redo }, index) => {
        written.push(this.#put(entryKey(from + index, INPUT), input));
        if (redo !== undefined) written.push(this.#put(entryKey(from + index, REDO), redo));
      });
      return written;
    });
  }

  #put(key: Key, value: Buffer): Promise<boolean> {
    this.#bytes += value.length;
    return putAbove(this.#environment, key, value);
  }

  read(number: number): JournalEntry {
    return readEntry(this.path, false, number, (kind) => this.#environment.get(entryKey(number, kind)));
  }

  async close(): Promise<void> {
    await this.#environment.close();
  }
}

/** Number of the newest entry in the file on the disk, through an environment of its own. */
export function lastNumberOnDisk(path: string, first: number): number {
  const environment = openEnvironment(path, { readOnly: true, mapBytes: READER_MAP_BYTES });
  try {
    return lastNumberIn(environment, first);
  } finally {
    environment.close();
  }
}

function lastNumberIn(environment: Environment, first: number): number {
  for (const key of environment.getKeys({ reverse: true, limit: 1, end: '' })) {
    let number = 0;
    for (let at = 0; at < 8; at++) number = number * 256 + key.charCodeAt(at);
    return number;
  }
  return first - 1;
}

function readEntry(
  path: string,
  compacted: boolean,
  number: number,
  bytesOf: (kind: ValueKind) => Uint8Array | undefined,
): JournalEntry {
  const inputBytes = bytesOf(INPUT);
  if (inputBytes === undefined) {
    throw new StoreError('damaged', `${path}: entry ${number} is missing, and the journal may have no gaps. ${GO_ON}`);
  }
  const input = decodeValue(inputBytes, number, INPUT, path);
  const redoBytes = bytesOf(REDO);
  if (redoBytes === undefined && !compacted && input.otherBytes > 0) {
    throw new StoreError('damaged', `${path}: entry ${number} has lost its redo. ${GO_ON}`);
  }
  return joinEntry(input, redoBytes && decodeValue(redoBytes, number, REDO, path));
}

/** Opens or reads a file that has to be a good one. */
function opened<T>(path: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    throw readFailure(path, error, GO_ON);
  }
}
