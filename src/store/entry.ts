// The bytes of a journal entry: two values under its number, the input and the redo, each with this header.
//
//    0   2  magic, "SJ"
//    2   1  format version, ENTRY_VERSION
//    3   1  which value: 0 input, 1 redo
//    4   4  crc32 over everything from 8 on
//    8   8  number, u64
//   16   8  at, i64, ms since the epoch
//   24   8  digest of the effects so far, i64
//   32   4  ownerEpoch, u32
//   36   4  bytes of this value's payload, u32
//   40   4  bytes of the other value's payload when both were written, u32
//   44   1  bytes of the core's hash, 1..32; 3 bytes of zero follow
//   48  32  the core's hash, padded with zero
//   80      payload
//
// All little-endian. Each value can be checked alone, so an input is still good after its redo has been compacted
// away; the input says how long the redo was, so a redo that is missing where it should not be is noticed.

import { crc32 } from 'node:zlib';
import type { JournalEntry } from './store.ts';
import { StoreError } from './store.ts';

const MAGIC = 0x4a53;
const ENTRY_VERSION = 1;
const HEADER_BYTES = 80;
const HASH_BYTES_MAX = 32;

export type ValueKind = 0 | 1;
export const INPUT: ValueKind = 0;
export const REDO: ValueKind = 1;

export interface EntryValues {
  readonly input: Buffer;
  /** Absent when the redo is empty. */
  readonly redo: Buffer | undefined;
}

/** One value of an entry, checked. */
export interface EntryValue {
  readonly number: number;
  readonly at: number;
  readonly digest: bigint;
  readonly ownerEpoch: number;
  readonly coreHash: string;
  readonly otherBytes: number;
  /** A view of the bytes that were decoded. */
  readonly payload: Uint8Array;
}

/** Copies: the entry's buffers are free again when this returns. */
export function encodeEntry(entry: JournalEntry): EntryValues {
  return { input: encodeValue(entry, INPUT), redo: entry.redo.length === 0 ? undefined : encodeValue(entry, REDO) };
}

function encodeValue(entry: JournalEntry, kind: ValueKind): Buffer {
  const payload = kind === INPUT ? entry.input : entry.redo;
  const other = kind === INPUT ? entry.redo : entry.input;
  const hash = Buffer.from(entry.coreHash, 'hex');
  assertWritable(entry, hash);
  // Of its own memory, not of Node's pool: LMDB keeps a pointer to it until the commit.
  const bytes = Buffer.allocUnsafeSlow(HEADER_BYTES + payload.length);
  bytes.writeUInt16LE(MAGIC, 0);
  bytes[2] = ENTRY_VERSION;
  bytes[3] = kind;
  bytes.writeBigUInt64LE(BigInt(entry.number), 8);
  bytes.writeBigInt64LE(BigInt(entry.at), 16);
  bytes.writeBigInt64LE(entry.digest, 24);
  bytes.writeUInt32LE(entry.ownerEpoch, 32);
  bytes.writeUInt32LE(payload.length, 36);
  bytes.writeUInt32LE(other.length, 40);
  bytes.writeUInt32LE(hash.length, 44);
  bytes.fill(0, 48, HEADER_BYTES);
  bytes.set(hash, 48);
  bytes.set(payload, HEADER_BYTES);
  bytes.writeUInt32LE(crc32(bytes.subarray(8)), 4);
  return bytes;
}

function assertWritable(entry: JournalEntry, hash: Buffer): void {
  if (!Number.isSafeInteger(entry.number) || entry.number < 1) throw new RangeError(`no entry number: ${entry.number}`);
  if (hash.length === 0 || hash.length > HASH_BYTES_MAX || hash.length * 2 !== entry.coreHash.length) {
    throw new RangeError(`no core hash in hex: ${entry.coreHash}`);
  }
  if (BigInt.asIntN(64, entry.digest) !== entry.digest)
    throw new RangeError(`no signed 64-bit digest: ${entry.digest}`);
}

/** Throws StoreError `damaged` or `other_version`; `where` names the file. */
export function decodeValue(bytes: Uint8Array, number: number, kind: ValueKind, where: string): EntryValue {
  const what = `${where}: entry ${number}, ${kind === INPUT ? 'input' : 'redo'}`;
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.length < HEADER_BYTES) throw new StoreError('damaged', `${what}: only ${view.length} bytes. ${GO_ON}`);
  if (view.readUInt16LE(0) !== MAGIC) throw new StoreError('damaged', `${what}: not an entry. ${GO_ON}`);
  if (view[2] !== ENTRY_VERSION) {
    throw new StoreError('other_version', `${what}: format version ${view[2]}, this build reads ${ENTRY_VERSION}.`);
  }
  if (crc32(view.subarray(8)) !== view.readUInt32LE(4)) {
    throw new StoreError('damaged', `${what}: the checksum does not match its bytes. ${GO_ON}`);
  }
  if (view[3] !== kind || view.readBigUInt64LE(8) !== BigInt(number)) {
    throw new StoreError('damaged', `${what}: it says that it is entry ${view.readBigUInt64LE(8)}. ${GO_ON}`);
  }
  if (view.readUInt32LE(36) !== view.length - HEADER_BYTES) {
    throw new StoreError(
      'damaged',
      `${what}: ${view.length - HEADER_BYTES} bytes of ${view.readUInt32LE(36)}. ${GO_ON}`,
    );
  }
  return {
    number,
    at: Number(view.readBigInt64LE(16)),
    digest: view.readBigInt64LE(24),
    ownerEpoch: view.readUInt32LE(32),
    coreHash: view.toString('hex', 48, 48 + view.readUInt32LE(44)),
    otherBytes: view.readUInt32LE(40),
    payload: view.subarray(HEADER_BYTES),
  };
}

/** How to go on, in every message about a damaged journal. */
export const GO_ON =
  'Restore this file from a copy, or follow "Recovering by hand" in docs/on-disk-format.md; nothing has been changed.';

/** Puts an entry together from its two values; `redo` is undefined where it has been compacted away. */
export function joinEntry(input: EntryValue, redo: EntryValue | undefined): JournalEntry {
  return {
    number: input.number,
    ownerEpoch: input.ownerEpoch,
    at: input.at,
    coreHash: input.coreHash,
    digest: input.digest,
    input: input.payload,
    redo: redo?.payload ?? NOTHING,
  };
}

const NOTHING = new Uint8Array(0);
