// Opens LMDB environments the one way this store uses them, and says what an LMDB failure means.
//
// overlappingSync is off, so an awaited write is on disk. All writes of one event turn are one transaction: write in one
// turn what belongs together, and await the promises of all of them. A value must stay as it is until then.
//
// LMDB writes its lock file through a memory map; on a full disk that is a SIGBUS and the end of the process. So the
// lock file is filled the ordinary way before LMDB sees it, where a full disk is an error like any other.

import { closeSync, openSync, statSync, writeSync } from 'node:fs';
import { open, type RootDatabase } from 'lmdb';
import type { Key } from './store.ts';
import { StoreError } from './store.ts';

export type Environment = RootDatabase<Uint8Array, Key>;

export interface EnvironmentOptions {
  readonly readOnly?: boolean;
  /** Nothing is flushed until the caller flushes the file: for copies that are renamed when they are complete. */
  readonly noSync?: boolean;
  /** Address space to begin with; it grows by itself. */
  readonly mapBytes: number;
}

const LOCK_FILE_BYTES = 32768;

export const lockFileOf = (path: string): string => `${path}-lock`;

/** Opens or makes the file. Throws what the file system or LMDB throws. */
export function openEnvironment(path: string, options: EnvironmentOptions): Environment {
  fillLockFile(lockFileOf(path));
  return open<Uint8Array, Key>({
    path,
    noSubdir: true,
    overlappingSync: false,
    readOnly: options.readOnly ?? false,
    noSync: options.noSync ?? false,
    mapSize: options.mapBytes,
    maxDbs: 1,
    encoding: 'binary',
    // Not in lmdb's types: keys are binary strings on our side.
    keyEncoder: { writeKey, readKey },
  } as Parameters<typeof open>[0]) as Environment;
}

/** The key must be above all that are there: resolves to false, having written nothing, when it is not. */
export function putAbove(environment: Environment, key: Key, value: Uint8Array): Promise<boolean> {
  // lmdb's types know only a version in this place.
  return environment.put(key, value, APPENDING as unknown as number);
}

const APPENDING = { append: true };

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
export function refusalIn(error: unknown): string | undefined {
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

/** A failed write as a StoreError. `isAbsent` looks on the disk whether nothing of it is there. */
export async function writeFailure(what: string, error: unknown, isAbsent: () => boolean): Promise<StoreError> {
  const cause = await causeOf(error);
  const refusal = refusalIn(cause);
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
