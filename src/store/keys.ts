// Keys of the tables: how a table's number and a row's key become bytes that sort as the values do.
//
//   table, u16 big-endian │ row key
//
//   number              8 bytes, big-endian
//   text                its UTF-8 bytes (UTF-8 sorts by code point)
//   several of these    numbers as above; each text ends with 00, a 00 within it is written 00 FF
//
// A key is held as a binary string, one char a byte: such strings compare, hash and concatenate natively, and in byte
// order. Table 0 is the store's own. All rows of one table must have keys of one shape, or their order means nothing.

import { rowKeyBytesMax } from '../limits.ts';
import type { Key } from './store.ts';

export type TableId = number;
export type RowKey = number | string | readonly (number | string)[];

const TWO_TO_32 = 4294967296;
const prefixes: Key[] = [];

/** The first two bytes of every key of a table. */
export function tablePrefix(table: TableId): Key {
  let prefix = prefixes[table];
  if (prefix === undefined) {
    if (!Number.isInteger(table) || table < 1 || table > 65535) throw new RangeError(`no table id: ${table}`);
    prefix = String.fromCharCode(table >>> 8, table & 255);
    prefixes[table] = prefix;
  }
  return prefix;
}

export function keyOf(table: TableId, row: RowKey): Key {
  const key = tablePrefix(table) + rowBytes(row);
  if (key.length > rowKeyBytesMax) throw new RangeError(`a key of table ${table} is ${key.length} bytes long`);
  return key;
}

function rowBytes(row: RowKey): Key {
  if (typeof row === 'number') return numberBytes(row);
  if (typeof row === 'string') return textBytes(row);
  let bytes = '';
  for (const part of row) bytes += typeof part === 'number' ? numberBytes(part) : `${escaped(textBytes(part))}\0`;
  return bytes;
}

/** A number as eight bytes that sort as it does. */
export function numberBytes(value: number): Key {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`no key: ${value}`);
  const high = Math.floor(value / TWO_TO_32);
  const low = value >>> 0;
  return String.fromCharCode(
    high >>> 24,
    (high >>> 16) & 255,
    (high >>> 8) & 255,
    high & 255,
    low >>> 24,
    (low >>> 16) & 255,
    (low >>> 8) & 255,
    low & 255,
  );
}

function textBytes(text: string): Key {
  for (let at = 0; at < text.length; at++) {
    if (text.charCodeAt(at) > 127) return Buffer.from(text, 'utf8').toString('latin1');
  }
  return text;
}

function escaped(bytes: Key): Key {
  return bytes.includes('\0') ? bytes.replaceAll('\0', '\0\u00ff') : bytes;
}

/** The smallest key above every key that begins with `prefix`; undefined when there is none. */
export function keyAfterPrefix(prefix: Key): Key | undefined {
  for (let at = prefix.length - 1; at >= 0; at--) {
    const byte = prefix.charCodeAt(at);
    if (byte < 255) return prefix.slice(0, at) + String.fromCharCode(byte + 1);
  }
  return undefined;
}

/** The smallest key above `key`. */
export function keyAfter(key: Key): Key {
  return `${key}\0`;
}

/** The row key of a key whose shape is a single number. */
export function numberIn(key: Key): number {
  if (key.length !== 10) throw new RangeError('not the key of a row that is known by a number');
  return numberAt(key, 2);
}

/** The row key of a key whose shape is a single text. */
export function textIn(key: Key): string {
  return Buffer.from(key.slice(2), 'latin1').toString('utf8');
}

/** The parts of a composite row key, whose shape the caller knows. */
export function partsIn(key: Key, shape: readonly ('number' | 'text')[]): (number | string)[] {
  let at = 2;
  const parts = shape.map((kind) => {
    if (kind === 'number') {
      at += 8;
      return numberAt(key, at - 8);
    }
    let end = key.indexOf('\0', at);
    while (end >= 0 && key.charCodeAt(end + 1) === 255) end = key.indexOf('\0', end + 2);
    if (end < 0) throw new RangeError('a text in a composite key does not end');
    const text = Buffer.from(key.slice(at, end).replaceAll('\0\u00ff', '\0'), 'latin1').toString('utf8');
    at = end + 1;
    return text;
  });
  if (at !== key.length) throw new RangeError('a composite key is not of the shape it was read with');
  return parts;
}

function numberAt(key: Key, at: number): number {
  if (at + 8 > key.length) throw new RangeError('a key is shorter than the number in it');
  let high = 0;
  let low = 0;
  for (let i = 0; i < 4; i++) {
    high = high * 256 + key.charCodeAt(at + i);
    low = low * 256 + key.charCodeAt(at + 4 + i);
  }
  return high * TWO_TO_32 + low;
}
