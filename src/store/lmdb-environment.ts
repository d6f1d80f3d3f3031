// Opens LMDB environments the one way this store uses them, and says what an LMDB failure means.
//
// overlappingSync is off, so an awaited write is on disk. Writes go through transact(): lmdb's own gathering of an event
// turn's writes is off, because it makes a promise that nobody can reach, and a failed commit rejects it. A value must
// stay as it is until the transaction is settled.
//
// Two ways in which LMDB would end the process are closed here. It writes its lock file through a memory map, which on a
// full disk is a SIGBUS: so the file is filled the ordinary way before, where a full disk is an error like any other.
// And opening a file that is damaged can crash: so its meta pages are looked at before.

import { closeSync, ftruncateSync, openSync, readSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { open, type RootDatabase } from 'lmdb';
import type { Key } from './store.ts';
import { StoreError } from './store.ts';

export type Environment = RootDatabase<Uint8Array, Key>;

export interface EnvironmentOptions {
  readonly readOnly?: boolean;
  /** Another process may have the file open: it is not touched, and not checked either, since it may be growing. */
  readonly beside?: boolean;
  /** Nothing is flushed until the caller flushes the file: for copies that are renamed when they are complete. */
  readonly noSync?: boolean;
  /** Address space to begin with; it grows by itself. */
  readonly mapBytes: number;
}

const LOCK_FILE_BYTES = 32768;

export const lockFileOf = (path: string): string => `${path}-lock`;

/** Opens or makes the file. Throws what the file system or LMDB throws. */
export function openEnvironment(path: string, options: EnvironmentOptions): Environment {
  if (options.beside === true) assertIsThere(path);
  else {
    assertLooksGood(path);
    fillLockFile(lockFileOf(path));
  }
  return open<Uint8Array, Key>({
    path,
    noSubdir: true,
    overlappingSync: false,
    eventTurnBatching: false,
    readOnly: options.readOnly ?? false,
    noSync: options.noSync ?? false,
    mapSize: options.mapBytes,
    maxDbs: 1,
    encoding: 'binary',
    // Not in lmdb's types: keys are binary strings on our side.
    keyEncoder: { writeKey, readKey },
  } as Parameters<typeof open>[0]) as Environment;
}

/**
 * Everything that `write` writes, in one transaction; resolves when it is on disk. `write` returns the promises of its
 * putAbove() calls; those of put() and remove() mean nothing.
 */
export async function transact(environment: Environment, write: () => Promise<boolean>[]): Promise<void> {
  let conditional: Promise<boolean>[] = [];
  // lmdb's types leave batch() out.
  const { batch } = environment as unknown as { batch(write: () => void): Promise<boolean> };
  const committed = batch.call(environment, () => {
    conditional = write();
  });
  for (const outcome of await Promise.allSettled([committed, ...conditional])) {
    if (outcome.status === 'rejected') throw outcome.reason;
    if (!outcome.value) throw new Error('a key was not above those that were there');
  }
}

/** The key must be above all that are there. */
export function putAbove(environment: Environment, key: Key, value: Uint8Array): Promise<boolean> {
  // lmdb's types know only a version in this place.
  return environment.put(key, value, APPENDING as unknown as number);
}

const APPENDING = { append: true };

/**
 * Both meta pages must say that they are LMDB's, or the file is still empty. A file that ends before the last page that
 * its meta knows is made as long, with a hole: LMDB then finds a page of zeros and says so, where it would otherwise read
 * behind the end of the map, which is a SIGBUS. (A file may end early without harm: free pages need not be written.)
 */
function assertLooksGood(path: string): void {
  const bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (bytes === 0) return;
  const file = openSync(path, 'r+');
  try {
    const head = Buffer.alloc(PAGE_BYTES_MAX + META_BYTES);
    const read = readSync(file, head, 0, head.length, 0);
    const isMeta = (at: number) => read >= at + META_BYTES && head.readUInt32LE(at + META_MAGIC_AT) === META_MAGIC;
    const pageBytes = isMeta(0) ? head.readUInt32LE(META_PAGE_BYTES_AT) : 0;
    if (pageBytes === 0 || pageBytes > PAGE_BYTES_MAX || !isMeta(pageBytes)) throw new Error('it is no LMDB file');
    const lastPage = Math.max(...[0, pageBytes].map((at) => Number(head.readBigUInt64LE(at + META_LAST_PAGE_AT))));
    const needed = (lastPage + 1) * pageBytes;
    if (bytes < needed && needed <= MAP_BYTES_MAX) ftruncateSync(file, needed);
  } finally {
    closeSync(file);
  }
}

// mdb.c of the version of lmdb that is pinned: a meta page is a page header of 24 bytes and then the MDB_meta.
const META_MAGIC = 0xbeefc0de;
const META_MAGIC_AT = 24;
const META_PAGE_BYTES_AT = 48;
const META_LAST_PAGE_AT = 144;
const META_BYTES = 160;
const PAGE_BYTES_MAX = 65536;
/** A page number beyond this is damage, not a size. */
const MAP_BYTES_MAX = 2 ** 44;

function assertIsThere(path: string): void {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) throw new Error('it is not there (any more)');
}

function fillLockFile(path: string): void {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) >= LOCK_FILE_BYTES) return;
  const file = openSync(path, 'a');
  try {
    const zeros = new Uint8Array(LOCK_FILE_BYTES - statSync(path).size);
    for (let at = 0; at < zeros.length; ) at += writeSync(file, zeros, at);
  } finally {
    closeSync(file);
  }
}

function writeKey(key: Key, target: Uint8Array, start: number): number {
  const end = start + key.length;
  if (end > target.length) throw new RangeError('a key is longer than LMDB takes');
  for (let at = 0; at < key.length; at++) target[start + at] = key.charCodeAt(at);
  return end;
}

function readKey(source: Buffer, start: number, end: number): Key {
  return source.toString('latin1', start, end);
}

// What LMDB and the system say when they refuse before anything counts: see lmdb.h and errno.h.
const REFUSALS = new Map<number | string, string>([
  [-30792, 'the map is full'],
  [-30788, 'the transaction has too many pages'],
  [-30782, 'a write before it in the transaction was refused'],
  [12, 'no memory'],
  [27, 'the file is too large'],
  [28, 'no space left on the disk'],
  [122, 'the disk quota is used up'],
  ['ENOMEM', 'no memory'],
  ['EFBIG', 'the file is too large'],
  ['ENOSPC', 'no space left on the disk'],
  ['EDQUOT', 'the disk quota is used up'],
]);

/** Why a write was refused before it counted, or undefined when the outcome is not known from the error alone. */
function refusalIn(error: unknown): string | undefined {
  const code = (error as { code?: number | string } | undefined)?.code;
  return code === undefined ? undefined : REFUSALS.get(code);
}

/** The LMDB error behind a rejected write: lmdb rejects with a wrapper whose `commitError` rejects a little later. */
export async function causeOf(error: unknown): Promise<unknown> {
  const later = (error as { commitError?: Promise<unknown> } | undefined)?.commitError;
  if (later === undefined) return error;
  const cause = later.then(
    () => error,
    (reason: unknown) => reason,
  );
  return Promise.race([cause, new Promise((resolve) => setTimeout(resolve, CAUSE_WAIT_MS, error).unref())]);
}

const CAUSE_WAIT_MS = 2000;

export interface FailedWrite {
  /** What was being written, for the message. */
  readonly what: string;
  readonly path: string;
  readonly bytes: number;
  /** Looks on the disk whether nothing of it is there. */
  isAbsent(): boolean;
}

/** A failed write as a StoreError. */
export async function writeFailure({ what, path, bytes, isAbsent }: FailedWrite, error: unknown): Promise<StoreError> {
  const cause = await causeOf(error);
  // LMDB says EIO when the disk takes only a part of a write, which is how most disks become full.
  const isInputOutput = (cause as { code?: unknown } | undefined)?.code === INPUT_OUTPUT;
  const refusal = isInputOutput ? lackOfRoom(dirname(path), bytes) : refusalIn(cause);
  const detail = refusal ?? (cause instanceof Error ? cause.message : String(cause));
  if (refusal !== undefined && isAbsent()) {
    return new StoreError('nothing_written', `${what}: ${detail}. Nothing was written; make room and go on.`, {
      cause,
    });
  }
  return new StoreError('unknown', `${what}: ${detail}. Whether it was written is not known; restart to find out.`, {
    cause,
  });
}

/** A file that could not be opened or read: damaged, unless the disk only lacks room. */
export function readFailure(path: string, error: unknown, goOn: string): StoreError {
  const refusal = refusalIn(error);
  if (refusal !== undefined) {
    return new StoreError('nothing_written', `${path}: ${refusal}. Make room and start again.`, { cause: error });
  }
  const why = error instanceof Error ? error.message : String(error);
  return new StoreError('damaged', `${path} cannot be read: ${why}. ${goOn}`, { cause: error });
}

const INPUT_OUTPUT = 5;

/** Why so many bytes do not fit on the disk, found out by writing them; undefined when they do. */
function lackOfRoom(folder: string, bytes: number): string | undefined {
  const path = join(folder, 'room.tmp');
  try {
    const file = openSync(path, 'w');
    try {
      const zeros = new Uint8Array(bytes);
      for (let at = 0; at < zeros.length; ) at += writeSync(file, zeros, at);
    } finally {
      closeSync(file);
    }
    return undefined;
  } catch (error) {
    return refusalIn(error);
  } finally {
    rmSync(path, { force: true });
  }
}
