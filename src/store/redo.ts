// The bytes of a tick's redo: the table writes it made, in order, and the follow-ups that the next tick begins with.
//
//   1  version        REDO_VERSION
//   4  writes         how many follow, u32
//      each:  2  bytes of the key     u16
//             4  bytes of the value   u32; REMOVED: the row is removed
//                key, then value
//      rest: follow-ups, one msgpack array (without records); absent when there are none
//
// The same redo always gives the same bytes. Rows are encoded here too, so that everything the store holds of the
// product's data is one dialect of msgpack: no records, so each value can be read on its own.

import { Packr } from 'msgpackr';
import { RowPacker } from './row-packer.ts';
import type { Key, TickRedo } from './store.ts';
import { StoreError } from './store.ts';

const REDO_VERSION = 1;
const REMOVED = 0xffffffff;
const HEAD_BYTES = 5;
const WRITE_HEAD_BYTES = 6;

// Maps say their size in two bytes: with `variableMapSize` their keys would be listed first, which takes a third longer.
const packr = new Packr({ useRecords: false, copyBuffers: true, moreTypes: true });

/** Rows must not be undefined: in the tables that means removed. */
export function encodeRow(row: unknown): Uint8Array {
  if (row === undefined) throw new TypeError('a row is never undefined');
  return packr.pack(row);
}

export function decodeRow(bytes: Uint8Array): unknown {
  return packr.unpack(bytes);
}

/** Writes a redo whose rows are no bytes yet: begin, each write, finish. */
export class RedoWriter {
  readonly #packer = new RowPacker();
  #writes = 0;

  begin(): void {
    this.#packer.reset();
    this.#packer.reserve(HEAD_BYTES);
    this.#writes = 0;
  }

  /** Returns where the bytes of the row begin in what finish() gives; they end at `at`. Undefined: the row is removed. */
  write(key: Key, row: unknown): number {
    const from = this.#begin(key);
    if (row !== undefined && !this.#packer.pack(row)) this.#append(encodeRow(row));
    this.#end(key, from, row === undefined);
    return from;
  }

  /** The same of a row that is bytes already. */
  writeBytes(key: Key, bytes: Uint8Array | undefined): void {
    const from = this.#begin(key);
    if (bytes !== undefined) this.#append(bytes);
    this.#end(key, from, bytes === undefined);
  }

  /** Returns where the value begins. */
  #begin(key: Key): number {
    const packer = this.#packer;
    this.#writes += 1;
    let at = packer.reserve(WRITE_HEAD_BYTES + key.length) + WRITE_HEAD_BYTES;
    // Keys are short: a call would cost more than the loop.
    for (let index = 0; index < key.length; index++) packer.bytes[at++] = key.charCodeAt(index);
    return at;
  }

  #append(bytes: Uint8Array): void {
    const from = this.#packer.reserve(bytes.length);
    this.#packer.bytes.set(bytes, from);
  }

  #end(key: Key, from: number, isRemoved: boolean): void {
    const { at, bytes } = this.#packer;
    writeHead(bytes, from - key.length - WRITE_HEAD_BYTES, key.length, isRemoved ? REMOVED : at - from);
  }

  get at(): number {
    return this.#packer.at;
  }

  finish(followUps: readonly unknown[]): Buffer {
    const packer = this.#packer;
    packer.bytes[0] = REDO_VERSION;
    packer.bytes.writeUInt32LE(this.#writes, 1);
    const rest = followUps.length === 0 ? undefined : packr.pack(followUps);
    const out = Buffer.allocUnsafe(packer.at + (rest?.length ?? 0));
    packer.bytes.copy(out, 0, 0, packer.at);
    if (rest !== undefined) out.set(rest, packer.at);
    return out;
  }
}

function writeHead(out: Buffer, at: number, keyBytes: number, valueBytes: number): void {
  out[at] = keyBytes & 0xff;
  out[at + 1] = keyBytes >> 8;
  out[at + 2] = valueBytes & 0xff;
  out[at + 3] = (valueBytes >> 8) & 0xff;
  out[at + 4] = (valueBytes >> 16) & 0xff;
  out[at + 5] = valueBytes >>> 24;
}

const writerOfBytes = new RedoWriter();

export function encodeRedo({ writes, followUps }: TickRedo): Buffer {
  writerOfBytes.begin();
  for (const [key, bytes] of writes) writerOfBytes.writeBytes(key, bytes);
  return writerOfBytes.finish(followUps);
}

/** Values are views of `bytes`. Throws StoreError `damaged` when the bytes are no redo. */
export function decodeRedo(bytes: Uint8Array): TickRedo {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.length < HEAD_BYTES || view[0] !== REDO_VERSION) throw damaged('it does not begin as one');
  const count = view.readUInt32LE(1);
  const writes: [Key, Uint8Array | undefined][] = [];
  let at = HEAD_BYTES;
  for (let i = 0; i < count; i++) {
    if (at + WRITE_HEAD_BYTES > view.length) throw damaged(`it ends within write ${i} of ${count}`);
    const keyEnd = at + WRITE_HEAD_BYTES + view.readUInt16LE(at);
    const valueBytes = view.readUInt32LE(at + 2);
    const valueEnd = keyEnd + (valueBytes === REMOVED ? 0 : valueBytes);
    if (valueEnd > view.length) throw damaged(`it ends within write ${i} of ${count}`);
    const key = view.toString('latin1', at + WRITE_HEAD_BYTES, keyEnd);
    writes.push([key, valueBytes === REMOVED ? undefined : view.subarray(keyEnd, valueEnd)]);
    at = valueEnd;
  }
  const followUps: unknown = at === view.length ? [] : packr.unpack(view.subarray(at));
  if (!Array.isArray(followUps)) throw damaged('its follow-ups are no list');
  return { writes, followUps };
}

function damaged(what: string): StoreError {
  return new StoreError('damaged', `not the redo of a tick: ${what}`);
}
