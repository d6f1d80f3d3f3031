// Keys of the tables: how a table's number and a row's key become bytes that sort as the values do, and back.
//
//   table, u16 big-endian │ part │ part …
//
//   number   10 + n, then its n bytes, big-endian, without leading zeros: a longer number is a larger one
//   text     20, its UTF-8 bytes (UTF-8 sorts by code point; a 00 in it is written 00 FF), 00
//
// A key with one part is the same as the list of that part. A key is held as a binary string, one char a byte: such
// strings compare, hash and concatenate natively, and in byte order. Table 0 is the store's own.

import { rowKeyBytesMax } from '../limits.ts';
import type { Key } from './store.ts';

export type TableId = number;
/** A row's key: numbers are ordered by value, texts by their UTF-8 bytes, lists part by part. */
export type RowKey = number | string | readonly (number | string)[];

const NUMBER = 0x10;
const NUMBER_BYTES_MAX = 7;
const TEXT = 0x20;
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
  let key = tablePrefix(table);
  if (typeof row === 'object') for (const part of row) key += partBytes(part);
  else key += partBytes(row);
  if (key.length > rowKeyBytesMax) throw new RangeError(`a key of table ${table} is ${key.length} bytes long`);
  return key;
}

/** What the keys begin with whose first parts are these; a text alone is the beginning of the first part. */
export function prefixOf(table: TableId, prefix: RowKey): Key {
  return typeof prefix === 'string' ? keyOf(table, prefix).slice(0, -1) : keyOf(table, prefix);
}

function partBytes(part: number | string): Key {
  return typeof part === 'number' ? numberPart(part) : textPart(part);
}

function numberPart(value: number): Key {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`no part of a key: ${value}`);
  // Nearly all have three bytes or four, which make one text and not one for each byte.
  if (value >= 0x1_0000 && value <= 0xffff_ffff) {
    const [high, middle, low] = [(value >>> 16) & 255, (value >>> 8) & 255, value & 255];
    if (value < 0x100_0000) return String.fromCharCode(NUMBER + 3, high, middle, low);
    return String.fromCharCode(NUMBER + 4, value >>> 24, high, middle, low);
  }
  let bytes = '';
  let count = 0;
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) {
    bytes = String.fromCharCode(rest % 256) + bytes;
    count++;
  }
  return String.fromCharCode(NUMBER + count) + bytes;
}

function textPart(text: string): Key {
  let isPlain = true;
  for (let at = 0; isPlain && at < text.length; at++) {
    const unit = text.charCodeAt(at);
    isPlain = unit > 0 && unit < 128;
  }
  if (isPlain) return ` ${text}\0`;
  const bytes = Buffer.from(text, 'utf8').toString('latin1');
  return ` ${bytes.includes('\0') ? bytes.replaceAll('\0', '\0\u00ff') : bytes}\0`;
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

/** The row key that keyOf() was given; a list of one part comes back as the part. */
export function rowKeyIn(key: Key): RowKey {
  const parts: (number | string)[] = [];
  let at = 2;
  while (at < key.length) {
    const tag = key.charCodeAt(at++);
    if (tag === TEXT) {
      const end = endOfText(key, at);
      parts.push(textIn(key.slice(at, end)));
      at = end + 1;
    } else {
      const count = tag - NUMBER;
      if (count < 0 || count > NUMBER_BYTES_MAX || at + count > key.length)
        throw new RangeError('not the key of a row');
      let value = 0;
      for (const end = at + count; at < end; at++) value = value * 256 + key.charCodeAt(at);
      parts.push(value);
    }
  }
  return parts.length === 1 ? parts[0]! : parts;
}

function endOfText(key: Key, from: number): number {
  let end = key.indexOf('\0', from);
  while (end >= 0 && key.charCodeAt(end + 1) === 255) end = key.indexOf('\0', end + 2);
  if (end < 0) throw new RangeError('not the key of a row: a text in it does not end');
  return end;
}

function textIn(bytes: Key): string {
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes.charCodeAt(at);
    if (byte === 0 || byte > 127) return Buffer.from(bytes.replaceAll('\0\u00ff', '\0'), 'latin1').toString('utf8');
  }
  return bytes;
}
