// Turns what the router says into JSON by functions made from the schemas: three times as fast as JSON.stringify, and a
// contact's life is fifteen messages.
//
//   schema ─ once ─▶ source of a function ─▶ value ─ members as declared? ─ yes ─▶ text put together from constants
//                                                            └ no: a member more, a type that is not expected ─▶ JSON.stringify
//
// So the result always means what JSON.stringify would have said; only the order of members may be another: those that are
// always there come first, then the optional ones, each in the order of the schema. Ids, names and words
// hold nothing that JSON would escape (src/protocol/ids.ts), so they are put between quotes as they are.

import { Kind, OptionalKind, type TObject, type TSchema } from '@sinclair/typebox';
import { events } from './events.ts';
import { channelPattern, idPattern, namePattern } from './ids.ts';
import { methods } from './methods.ts';

/** The members of an object as JSON, without the braces: others may be put before and behind them. */
export type MembersEncoder = (value: Readonly<Record<string, unknown>>) => string;

/** What these let through holds nothing that JSON escapes. */
const plainPatterns = new Set<unknown>([idPattern, namePattern, channelPattern]);

/** From here on V8 has no quick text of a number. */
const LARGE = 2 ** 31;
const REMEMBERED = 256;
const largeNumbers = new Float64Array(REMEMBERED);
const largeNumberTexts: string[] = Array.from(largeNumbers, String);

/** By name: of the parameters of each event. */
export const eventEncoders: ReadonlyMap<string, MembersEncoder> = new Map(
  Object.entries(events).map(([name, { params }]) => [name, compileMembersEncoder(params)]),
);

/** By method: of each result. */
export const resultEncoders: ReadonlyMap<string, MembersEncoder> = new Map(
  Object.entries(methods).map(([name, { result }]) => [name, compileMembersEncoder(result)]),
);

/** For what has no schema. */
export function anyMembers(value: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(value).slice(1, -1);
}

function compileMembersEncoder(schema: TSchema): MembersEncoder {
  if (schema[Kind] !== 'Object') return anyMembers;
  const helpers: unknown[] = [anyMembers];
  const body = sourceOf(schema as TObject, helpers);
  const names = helpers.map((_, index) => `h${index}`);
  return new Function(...names, `return (v) => {\n${body}\n};`)(...helpers) as MembersEncoder;
}

/** One member of an object, the variable that has its value in a source, and how that is checked there. */
export interface MemberOfSchema {
  readonly name: string;
  readonly schema: TSchema;
  readonly value: string;
  readonly optional: boolean;
  readonly check: string;
}

/** In the order of the schema. */
export function membersOf(schema: TSchema): MemberOfSchema[] {
  return Object.entries(schema.properties as Record<string, TSchema>).map(([name, member], index) => {
    const value = `v${index}`;
    return { name, schema: member, value, optional: OptionalKind in member, check: checkOf(member, value) };
  });
}

/** How one member is written: a source of text between two constants. */
interface Writing {
  readonly before: string;
  readonly text: string;
  readonly behind: string;
}

function sourceOf(schema: TObject, helpers: unknown[]): string {
  const members = membersOf(schema).map((member) => ({ ...member, ...writingOf(member, helpers) }));
  const required = members.filter(({ optional }) => !optional);
  const others = members.filter(({ optional }) => optional);
  // The first member has no comma before it, so it must be one that is always there.
  if (required.length === 0) return 'return h0(v);';
  const lines = members.map(({ name, value }) => `const ${value} = v[${JSON.stringify(name)}];`);
  lines.push(`if (!(${required.map(({ check }) => check).join(' && ')})) return h0(v);`);
  // Constants that meet are one: each piece of a text costs as much as its characters do.
  let constant = '';
  const pieces: string[] = [];
  for (const { name, before, text, behind } of required) {
    pieces.push(JSON.stringify(`${constant}${JSON.stringify(name)}:${before}`), text);
    constant = `${behind},`;
  }
  if (constant !== ',') pieces.push(JSON.stringify(constant.slice(0, -1)));
  lines.push(`let n = ${required.length}, t = ${pieces.join(' + ')};`);
  for (const { name, value, check, before, text, behind } of others) {
    const end = behind === '' ? '' : ` + ${JSON.stringify(behind)}`;
    lines.push(
      `if (${value} !== undefined) {`,
      `  if (!(${check})) return h0(v);`,
      `  n += 1; t = t + ${JSON.stringify(`,${JSON.stringify(name)}:${before}`)} + ${text}${end};`,
      '}',
    );
  }
  // Counted without making a list of them.
  lines.push('for (const _ in v) n -= 1;', 'return n === 0 ? t : h0(v);');
  return lines.join('\n');
}

function checkOf(schema: TSchema, value: string): string {
  if (isPlainText(schema)) return `typeof ${value} === 'string'`;
  switch (schema[Kind]) {
    case 'Integer':
      // Not for NaN and the infinities, whose difference from themselves is no zero.
      return `typeof ${value} === 'number' && ${value} - ${value} === 0`;
    case 'Boolean':
      return `typeof ${value} === 'boolean'`;
    case 'Object':
      return `typeof ${value} === 'object' && ${value} !== null && !Array.isArray(${value})`;
    default:
      return `${value} !== undefined`;
  }
}

function writingOf({ schema, value }: MemberOfSchema, helpers: unknown[]): Writing {
  const plain = { before: '', text: value, behind: '' };
  if (isPlainText(schema)) return { before: '"', text: value, behind: '"' };
  switch (schema[Kind]) {
    case 'Integer': {
      const large = `h${helpers.push(largeNumberText) - 1}`;
      return { ...plain, text: `(${value} < ${LARGE} ? ${value} : ${large}(${value}))` };
    }
    case 'Boolean':
      return plain;
    case 'Object': {
      const nested = `h${helpers.push(compileMembersEncoder(schema)) - 1}`;
      return { before: '{', text: `${nested}(${value})`, behind: '}' };
    }
    default:
      return { ...plain, text: `JSON.stringify(${value})` };
  }
}

/**
 * Times, above all: the same few are told again and again. V8 remembers texts of numbers, too, but by bits in which times
 * do not differ, so nearly all of them have the same place there.
 */
export function largeNumberText(value: number): string {
  const at = value & (REMEMBERED - 1);
  if (largeNumbers[at] !== value) {
    largeNumbers[at] = value;
    largeNumberTexts[at] = `${value}`;
  }
  return largeNumberTexts[at]!;
}

/** Ids, names and words from a list. */
export function isPlainText(schema: TSchema): boolean {
  if (schema[Kind] === 'Word') return (schema.enum as string[]).every((word) => JSON.stringify(word) === `"${word}"`);
  return schema[Kind] === 'String' && plainPatterns.has(schema.pattern);
}
