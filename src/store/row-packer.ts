// Rows as msgpack: byte for byte what msgpackr would write (redo.ts), in half of its time.
//
//   row ─ members, lists, short texts of ASCII, numbers, yes and no? ─ yes ─▶ bytes written here
//                     └ anything else ─▶ undefined: msgpackr writes it
//
// A row is packed for each contact that comes and again when it is over, and its keys are most of it. Rows are views of
// chunks that they share; a chunk lives as long as one of its rows.

const CHUNK_BYTES = 65_536;
/** A chunk with less than this left is not begun with: the row would mostly be msgpackr's to write. */
const ROOM_BYTES = 4_096;
/** The head of a text says its length in a byte at most. */
const TEXT_CHARACTERS_MAX = 255;
const LIST_MAX = 15;
const DEPTH_MAX = 16;

const MAP_16 = 0xde;
const LIST = 0x90;
const TEXT = 0xa0;
const TEXT_8 = 0xd9;
const FLOAT_64 = 0xcb;
const UINT_8 = 0xcc;
const UINT_16 = 0xcd;
const UINT_32 = 0xce;
const INT_8 = 0xd0;
const INT_16 = 0xd1;
const INT_32 = 0xd2;
const NIL = 0xc0;
const NO = 0xc2;
const YES = 0xc3;

export class RowPacker {
  #chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  #view = viewOf(this.#chunk);
  #at = 0;

  /** Undefined where the row holds something else than the simplest, or more than the chunk has room for. */
  pack(row: unknown): Uint8Array | undefined {
    if (this.#at + ROOM_BYTES > CHUNK_BYTES) {
      this.#chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
      this.#view = viewOf(this.#chunk);
      this.#at = 0;
    }
    const from = this.#at;
    if (this.#value(row, 0)) return this.#chunk.subarray(from, this.#at);
    this.#at = from;
    return undefined;
  }

  #value(value: unknown, depth: number): boolean {
    if (typeof value === 'string') return this.#text(value);
    if (typeof value === 'number') return this.#number(value);
    if (typeof value === 'object') {
      if (value === null) return this.#byte(NIL);
      if (depth >= DEPTH_MAX) return false;
      if (Array.isArray(value)) return this.#list(value, depth);
      return this.#members(value as Readonly<Record<string, unknown>>, depth);
    }
    if (typeof value === 'boolean') return this.#byte(value ? YES : NO);
    return false;
  }

  #byte(byte: number): boolean {
    if (this.#at >= CHUNK_BYTES) return false;
    this.#chunk[this.#at++] = byte;
    return true;
  }

  #members(object: Readonly<Record<string, unknown>>, depth: number): boolean {
    if (object.constructor !== Object) return false;
    const head = this.#at;
    this.#at += 3;
    if (this.#at > CHUNK_BYTES) return false;
    let count = 0;
    for (const key in object) {
      if (!this.#text(key) || !this.#value(object[key], depth + 1)) return false;
      count += 1;
    }
    this.#chunk[head] = MAP_16;
    this.#chunk[head + 1] = count >> 8;
    this.#chunk[head + 2] = count & 0xff;
    return true;
  }

  #list(list: readonly unknown[], depth: number): boolean {
    if (list.length > LIST_MAX || !this.#byte(LIST | list.length)) return false;
    for (const value of list) if (!this.#value(value, depth + 1)) return false;
    return true;
  }

  #text(text: string): boolean {
    const { length } = text;
    const chunk = this.#chunk;
    let at = this.#at;
    if (length > TEXT_CHARACTERS_MAX || at + 2 + length > CHUNK_BYTES) return false;
    if (length < 32) chunk[at++] = TEXT | length;
    else {
      chunk[at++] = TEXT_8;
      chunk[at++] = length;
    }
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index);
      if (code > 127) return false;
      chunk[at++] = code;
    }
    this.#at = at;
    return true;
  }

  #number(value: number): boolean {
    const at = this.#at;
    const view = this.#view;
    if (at + 9 > CHUNK_BYTES) return false;
    if (value >>> 0 === value) {
      if (value < 0x80) {
        view.setUint8(at, value);
        this.#at = at + 1;
      } else if (value < 0x100) {
        view.setUint8(at, UINT_8);
        view.setUint8(at + 1, value);
        this.#at = at + 2;
      } else if (value < 0x10000) {
        view.setUint8(at, UINT_16);
        view.setUint16(at + 1, value);
        this.#at = at + 3;
      } else {
        view.setUint8(at, UINT_32);
        view.setUint32(at + 1, value);
        this.#at = at + 5;
      }
    } else if (value >> 0 === value) {
      if (value >= -0x20) {
        view.setInt8(at, value);
        this.#at = at + 1;
      } else if (value >= -0x80) {
        view.setUint8(at, INT_8);
        view.setInt8(at + 1, value);
        this.#at = at + 2;
      } else if (value >= -0x8000) {
        view.setUint8(at, INT_16);
        view.setInt16(at + 1, value);
        this.#at = at + 3;
      } else {
        view.setUint8(at, INT_32);
        view.setInt32(at + 1, value);
        this.#at = at + 5;
      }
    } else {
      view.setUint8(at, FLOAT_64);
      view.setFloat64(at + 1, value);
      this.#at = at + 9;
    }
    return true;
  }
}

function viewOf({ buffer, byteOffset, byteLength }: Buffer): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
