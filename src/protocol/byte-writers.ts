// Writes what the router says as JSON straight into bytes, by functions made from the schemas: a message that is put together
// as a text is made flat, copied into what a feed keeps and turned into bytes again for each socket, which costs twice as much.
//
//   schema ─ once ─▶ source of a function ─▶ value ─ members as declared, and room for them? ─ yes ─▶ bytes
//                                                            └ no ─▶ -1: the encoder of texts (encoders.ts) does it
//
// What is written is what the encoder would have said, byte for byte. Constants are written eight bytes at a time: the engine
// makes one instruction of each. Where a writer gives up, what it has written lies behind the end, and is nothing.

import { Kind, type TSchema } from '@sinclair/typebox';
import { anyMembers, isPlainText, largeNumberText, type MemberOfSchema, membersOf } from './encoders.ts';
import { events } from './events.ts';
import { methods } from './methods.ts';

/** Bytes, and the same bytes as a view. */
export interface Room {
  readonly bytes: Buffer;
  readonly view: DataView;
}

/** The members of an object, without braces, from `at` on. Returns where they end, or -1. */
export type MembersWriter = (value: Readonly<Record<string, unknown>>, room: Room, at: number) => number;

/** A constant: there must be room for it. */
export type ConstantWriter = (room: Room, at: number) => number;

/** More words are looked at as a text: a chain of comparisons is only fast while it is short. */
const WORDS_MAX = 8;
/** Of a number, with its sign and exponent. */
const NUMBER_BYTES_MAX = 24;
const SPACE = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** 00 to 99, as the two bytes that they are written with. */
const pairs = Uint16Array.from({ length: 100 }, (_, pair) => 48 + Math.floor(pair / 10) + 256 * (48 + (pair % 10)));

/** Times have thirteen digits, and the same few are told again and again: their bytes are remembered, in three pieces. */
const TIME_BYTES = 13;
const REMEMBERED = 256;
const times = new Float64Array(REMEMBERED);
const timeHeads = new Float64Array(REMEMBERED);
const timeMiddles = new Int32Array(REMEMBERED);
const timeEnds = new Uint8Array(REMEMBERED);
const timeBytes = Buffer.alloc(TIME_BYTES);

/** By name: of the parameters of each event. */
export const eventWriters: ReadonlyMap<string, MembersWriter> = new Map(
  Object.entries(events).map(([name, { params }]) => [name, compileMembersWriter(params)]),
);

/** By method: of each result. */
export const resultWriters: ReadonlyMap<string, MembersWriter> = new Map(
  Object.entries(methods).map(([name, { result }]) => [name, compileMembersWriter(result)]),
);

export function roomOf(bytes: Buffer): Room {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
}

export function constantWriter(text: string): ConstantWriter {
  const body = `const d = room.view; ${constantSource(text)} return at;`;
  return new Function('room', 'at', body) as ConstantWriter;
}

function compileMembersWriter(schema: TSchema): MembersWriter {
  const members = schema[Kind] === 'Object' ? membersOf(schema) : [];
  // The first member has no comma before it, so it must be one that is always there.
  if (!members.some(({ optional }) => !optional)) return writeAnyMembers;
  const helpers: unknown[] = [writeText, writeNumber, writeJson];
  const body = sourceOf(members, helpers);
  const names = helpers.map((_, index) => `h${index}`);
  return new Function(...names, `return (v, room, at) => {\n${body}\n};`)(...helpers) as MembersWriter;
}

/** Where there are none, whoever writes something before them has no use for a comma. */
function writeAnyMembers(value: Readonly<Record<string, unknown>>, { bytes }: Room, at: number): number {
  const text = anyMembers(value);
  return text === '' ? -1 : writeText(bytes, at, text, bytes.length);
}

function sourceOf(members: readonly MemberOfSchema[], helpers: unknown[]): string {
  const required = members.filter(({ optional }) => !optional);
  const others = members.filter(({ optional }) => optional);
  let fixedBytes = 0;
  const constant = (text: string) => {
    fixedBytes += text.length;
    return constantSource(text);
  };
  const written: string[] = [];
  // Constants that meet are one.
  let pending = '';
  for (const member of required) {
    const { before, behind } = quotesOf(member);
    written.push(
      constant(`${pending}${JSON.stringify(member.name)}:${before}`),
      valueSource(member, constant, helpers),
    );
    pending = `${behind},`;
  }
  if (pending !== ',') written.push(constant(pending.slice(0, -1)));
  for (const member of others) {
    const { before, behind } = quotesOf(member);
    written.push(
      `if (${member.value} !== undefined) {`,
      `if (!(${member.check})) return -1;`,
      `n += 1; ${constant(`,${JSON.stringify(member.name)}:${before}`)}`,
      valueSource(member, constant, helpers),
      `${constant(behind)} }`,
    );
  }
  fixedBytes += NUMBER_BYTES_MAX * members.filter(({ schema }) => schema[Kind] === 'Integer').length;
  return [
    ...members.map(({ name, value }) => `const ${value} = v[${JSON.stringify(name)}];`),
    `if (!(${required.map(({ check }) => check).join(' && ')})) return -1;`,
    // As long as texts and nested objects end before it, there is room for everything else.
    `const b = room.bytes, d = room.view, limit = b.length - ${fixedBytes};`,
    `if (at > limit) return -1;`,
    `let n = ${required.length};`,
    ...written,
    // Counted without making a list of them.
    'for (const _ in v) n -= 1;',
    'return n === 0 ? at : -1;',
  ].join('\n');
}

function quotesOf({ schema }: MemberOfSchema): { readonly before: string; readonly behind: string } {
  if (isPlainText(schema)) return { before: '"', behind: '"' };
  return schema[Kind] === 'Object' ? { before: '{', behind: '}' } : { before: '', behind: '' };
}

function valueSource(
  { schema, value }: MemberOfSchema,
  constant: (text: string) => string,
  helpers: unknown[],
): string {
  const orNothing = 'if (at < 0 || at > limit) return -1;';
  if (schema[Kind] === 'Word' && schema.enum.length <= WORDS_MAX && isPlainText(schema)) {
    const cases = (schema.enum as string[]).map((word) => `case ${JSON.stringify(word)}: ${constant(word)} break;`);
    return `switch (${value}) { ${cases.join('\n')} default: return -1; }`;
  }
  if (isPlainText(schema)) return `at = h0(b, at, ${value}, limit); ${orNothing}`;
  switch (schema[Kind]) {
    case 'Integer':
      return `at = h1(room, at, ${value});`;
    case 'Boolean':
      return `if (${value}) { ${constant('true')} } else { ${constant('false')} }`;
    case 'Object': {
      const nested = `h${helpers.push(compileMembersWriter(schema)) - 1}`;
      return `at = ${nested}(${value}, room, at); ${orNothing}`;
    }
    default:
      return `at = h2(b, at, ${value}, limit); ${orNothing}`;
  }
}

/** Plain ASCII: names of members, words, and what stands around them. No eight bytes of it are what is no number. */
function constantSource(text: string): string {
  if (text === '') return '';
  const bytes = Buffer.from(text, 'latin1');
  const stores: string[] = [];
  let at = 0;
  for (; bytes.length - at >= 8; at += 8) stores.push(`d.setFloat64(at + ${at}, ${bytes.readDoubleLE(at)}, true);`);
  if (bytes.length - at >= 4) {
    stores.push(`d.setInt32(at + ${at}, ${bytes.readInt32LE(at)}, true);`);
    at += 4;
  }
  for (; at < bytes.length; at++) stores.push(`d.setUint8(at + ${at}, ${bytes[at]});`);
  return `${stores.join(' ')} at += ${bytes.length};`;
}

/** In UTF-8. Returns where it ends; -1 where that is behind the limit. */
function writeText(bytes: Buffer, at: number, text: string, limit: number): number {
  const { length } = text;
  if (at + length > limit) return -1;
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index);
    if (code > 127) return writeAnyText(bytes, at, text, limit);
    bytes[at + index] = code;
  }
  return at + length;
}

function writeAnyText(bytes: Buffer, at: number, text: string, limit: number): number {
  return at + 3 * text.length > limit ? -1 : at + bytes.write(text, at);
}

/** Whatever it is. Most of it are texts in which there is nothing to escape. */
function writeJson(bytes: Buffer, at: number, value: unknown, limit: number): number {
  if (typeof value !== 'string' || at + 2 + value.length > limit)
    return writeText(bytes, at, JSON.stringify(value), limit);
  const end = at + 1 + value.length;
  bytes[at] = QUOTE;
  for (let index = 0; index < value.length; index++) {
    const code = value.charCodeAt(index);
    if (code < SPACE || code > 127 || code === QUOTE || code === BACKSLASH) {
      return writeText(bytes, at, JSON.stringify(value), limit);
    }
    bytes[at + 1 + index] = code;
  }
  bytes[end] = QUOTE;
  return end + 1;
}

/** There must be room for NUMBER_BYTES_MAX. */
export function writeNumber(room: Room, at: number, value: number): number {
  if ((value | 0) !== value || value < 0) return writeLargeNumber(room, at, value);
  const { bytes, view } = room;
  const end = at + digitsOf(value);
  let rest = value;
  let index = end;
  while (rest >= 100) {
    const hundredth = (rest / 100) | 0;
    index -= 2;
    view.setUint16(index, pairs[rest - 100 * hundredth]!, true);
    rest = hundredth;
  }
  if (rest < 10) bytes[at] = 48 + rest;
  else view.setUint16(at, pairs[rest]!, true);
  return end;
}

function digitsOf(value: number): number {
  if (value < 10_000) return value < 100 ? (value < 10 ? 1 : 2) : value < 1_000 ? 3 : 4;
  if (value < 1_000_000) return value < 100_000 ? 5 : 6;
  if (value < 100_000_000) return value < 10_000_000 ? 7 : 8;
  return value < 1_000_000_000 ? 9 : 10;
}

function writeLargeNumber({ bytes, view }: Room, at: number, value: number): number {
  const known = value & (REMEMBERED - 1);
  if (times[known] !== value) {
    const text = largeNumberText(value);
    if (text.length !== TIME_BYTES) return writeText(bytes, at, text, bytes.length);
    timeBytes.write(text, 'latin1');
    times[known] = value;
    timeHeads[known] = timeBytes.readDoubleLE(0);
    timeMiddles[known] = timeBytes.readInt32LE(8);
    timeEnds[known] = timeBytes[12]!;
  }
  view.setFloat64(at, timeHeads[known]!, true);
  view.setInt32(at + 8, timeMiddles[known]!, true);
  view.setUint8(at + 12, timeEnds[known]!);
  return at + TIME_BYTES;
}
