// Reads plain parameters straight from the bytes of a frame, by functions made from the schemas: in a third of the time of JSON.parse
// and a validator.
//
//   schema ─ once ─▶ source of a function ─▶ bytes ─ members of plain kinds and nothing else, to the end of the frame? ─ yes ─▶ parameters
//                                                        └ no ─▶ undefined: JSON.parse and the validator look at it
//
// So what it gives is what those would have given and let through, but for the order of members. Plain kinds are ids, names, channels, words,
// whole numbers, flags, and texts of printable ASCII without what JSON writes with a backslash.

import { Kind, OptionalKind, type TSchema } from '@sinclair/typebox';
import { idCharactersMax, nameCharactersMax } from '../limits.ts';
import { endOfDigits, hashOf, wholeOf } from './frame-bytes.ts';
import { channelPattern, idPattern, namePattern } from './ids.ts';
import { type MethodSpec, methods } from './methods.ts';

/** `at`: behind the brace that opens the parameters. The frame ends with them, and with the request that they are in. */
export type ParamsReader = (frame: Uint8Array, at: number) => Readonly<Record<string, unknown>> | undefined;

const QUOTE = 34;
const COMMA = 44;
const BACKSLASH = 92;
const CLOSING = 125;

/** By the code of a character: whether an id may have it. */
const isOfId = Uint8Array.from({ length: 256 }, (_, code) =>
  code < 128 && new RegExp(idPattern).test(String.fromCharCode(code)) ? 1 : 0,
);
/** Whether it stands for itself in a text. */
const isPlain = Uint8Array.from({ length: 256 }, (_, code) =>
  code >= 32 && code < 127 && code !== QUOTE && code !== BACKSLASH ? 1 : 0,
);

/** By pattern: how long the text is at most, and what it may not be. */
const ofIdCharacters: ReadonlyMap<string, readonly [max: number, ...not: string[]]> = new Map([
  [idPattern, [idCharactersMax]],
  [namePattern, [nameCharactersMax, '__proto__']],
  [channelPattern, [nameCharactersMax, '__proto__', 'total']],
]);

/** Of each method that has something that can be read so. */
export const paramsReaders: ReadonlyMap<string, ParamsReader> = new Map(
  Object.entries(methods as Readonly<Record<string, MethodSpec>>).flatMap(([name, spec]) => {
    const reader = compileParamsReader(spec);
    return reader === undefined ? [] : [[name, reader]];
  }),
);

interface Member {
  readonly name: string;
  readonly variable: string;
  readonly isRequired: boolean;
  /** What stands before the value. */
  readonly opening: Buffer;
  /** Reads the value from `from` on, and takes `at` behind it. */
  readonly source: string;
}

function compileParamsReader(spec: MethodSpec): ParamsReader | undefined {
  const properties = Object.entries(spec.params.properties as Record<string, TSchema>);
  const members = properties.flatMap(([name, schema], index) => memberOf(name, schema, `v${index}`) ?? []);
  const readable = new Set(members.map(({ name }) => name));
  if (members.length === 0) return undefined;
  if (properties.some(([name, schema]) => !(OptionalKind in schema) && !readable.has(name))) return undefined;
  const helpers = { isOfId, isPlain, endOfText, endOfDigits, wholeOf, endOfFlag, textOf };
  const source = `return (b, at) => {\n${bodyOf(members, spec.exactlyOne ?? [])}\n};`;
  const read = new Function(...Object.keys(helpers), source)(...Object.values(helpers)) as ParamsReader;
  const { furtherFault } = spec;
  if (furtherFault === undefined) return read;
  return (frame, at) => {
    const params = read(frame, at);
    return params === undefined || furtherFault(params) !== undefined ? undefined : params;
  };
}

function bodyOf(members: readonly Member[], exactlyOne: readonly string[]): string {
  const initials = [...new Set(members.map(({ name }) => name.charCodeAt(0)))];
  const branches = initials.map((initial) => {
    const own = members.filter(({ name }) => name.charCodeAt(0) === initial);
    return `case ${initial}: ${own.map(branchOf).join(' else ')} else return undefined; break;`;
  });
  const required = members.filter(({ isRequired }) => isRequired);
  const oneOf = members
    .filter(({ name }) => exactlyOne.includes(name))
    .map(({ variable }) => `(${variable} !== undefined)`);
  return [
    `const { length } = b; let ${members.map(({ variable }) => variable).join(', ')};`,
    'for (;;) {',
    `if (at + 2 >= length || b[at] !== ${QUOTE}) return undefined;`,
    `switch (b[at + 1]) { ${branches.join('\n')} default: return undefined; }`,
    'if (at >= length) return undefined;',
    'const next = b[at];',
    `if (next === ${COMMA}) at += 1;`,
    `else if (next === ${CLOSING}) break;`,
    'else return undefined;',
    '}',
    `if (length !== at + 2 || b[at + 1] !== ${CLOSING}) return undefined;`,
    ...required.map(({ variable }) => `if (${variable} === undefined) return undefined;`),
    ...(exactlyOne.length === 0 ? [] : [`if (${['0', ...oneOf].join(' + ')} !== 1) return undefined;`]),
    `const params = { ${required.map(({ name, variable }) => `${JSON.stringify(name)}: ${variable}`).join(', ')} };`,
    ...members
      .filter(({ isRequired }) => !isRequired)
      .map(({ name, variable }) => `if (${variable} !== undefined) params[${JSON.stringify(name)}] = ${variable};`),
    'return params;',
  ].join('\n');
}

function branchOf({ variable, opening, source }: Member): string {
  const stands = [...opening].map((code, index) => `b[at + ${index}] === ${code}`).slice(2);
  return [
    `if (at + ${opening.length} < length && ${stands.join(' && ')}) {`,
    // The last of two would count.
    `  if (${variable} !== undefined) return undefined;`,
    `  const from = at + ${opening.length};`,
    `  ${source}`,
    '}',
  ].join('\n');
}

/** Undefined: of a kind that is not plain. */
function memberOf(name: string, schema: TSchema, variable: string): Member | undefined {
  const source = sourceOf(schema, variable);
  if (source === undefined) return undefined;
  const isText = schema.type === 'string';
  const opening = Buffer.from(`${JSON.stringify(name)}:${isText ? '"' : ''}`);
  return { name, variable, isRequired: !(OptionalKind in schema), opening, source };
}

function sourceOf(schema: TSchema, variable: string): string | undefined {
  const text = (end: string) =>
    `const end = ${end}; if (end < 0) return undefined; ${variable} = textOf(b, from, end); at = end + 1;`;
  const unless = (fault: string) => `if (${fault}) return undefined;`;
  switch (schema[Kind]) {
    case 'Word': {
      const isWord = (schema.enum as string[]).map((word) => `${variable} !== ${JSON.stringify(word)}`);
      return `${text(`endOfText(b, from, ${idCharactersMax}, isPlain)`)} ${unless(isWord.join(' && '))}`;
    }
    case 'String': {
      const { pattern, format, minLength, maxLength } = schema;
      const [max, ...not] = ofIdCharacters.get(pattern) ?? [];
      if (max !== undefined) {
        const reserved = not.map((word) => unless(`${variable} === ${JSON.stringify(word)}`));
        return `${text(`endOfText(b, from, ${max}, isOfId)`)} ${reserved.join(' ')}`;
      }
      const isPlainText = format === 'text' && pattern === undefined && minLength === 1 && maxLength !== undefined;
      return isPlainText ? text(`endOfText(b, from, ${maxLength}, isPlain)`) : undefined;
    }
    case 'Integer': {
      const { minimum, maximum } = schema;
      if (minimum === undefined || maximum === undefined || schema.multipleOf !== undefined) return undefined;
      const outside = unless(`${variable} < ${minimum} || ${variable} > ${maximum}`);
      return `const end = endOfDigits(b, from); if (end < 0) return undefined; ${variable} = wholeOf(b, from, end); ${outside} at = end;`;
    }
    case 'Boolean':
      return `const end = endOfFlag(b, from); if (end < 0) return undefined; ${variable} = end - from === 4; at = end;`;
    default:
      return undefined;
  }
}

/** Where the quotation mark is that ends the text; -1 where it is empty, too long or has another character than these. */
function endOfText(frame: Uint8Array, from: number, max: number, mayHave: Uint8Array): number {
  const limit = Math.min(frame.length, from + max + 1);
  for (let end = from; end < limit; end++) {
    const code = frame[end]!;
    if (code === QUOTE) return end > from ? end : -1;
    if (mayHave[code] !== 1) return -1;
  }
  return -1;
}

const trueBytes = Buffer.from('true');
const falseBytes = Buffer.from('false');

function endOfFlag(frame: Uint8Array, from: number): number {
  const word = frame[from] === trueBytes[0] ? trueBytes : falseBytes;
  const end = from + word.length;
  if (end > frame.length) return -1;
  for (let index = 0; index < word.length; index++) if (frame[from + index] !== word[index]) return -1;
  return end;
}

// Not in the types of Node: what toString() calls when it has found out the encoding. A text of its own, and flat: what is kept is no
// piece of the frame, and what it is looked up by again and again should be no piece of anything.
const { latin1Slice } = Buffer.prototype as unknown as {
  latin1Slice(this: Uint8Array, from: number, end: number): string;
};

/** Texts that were read, by a hash of their bytes: short ones are names of queues, channels and the like, and come again and again. */
const known = new Array<string>(1_024).fill('');
const KNOWN_CHARACTERS_MAX = 15;

function textOf(frame: Uint8Array, from: number, end: number): string {
  if (end - from > KNOWN_CHARACTERS_MAX) return latin1Slice.call(frame, from, end);
  const place = hashOf(frame, from, end) % known.length;
  const text = known[place]!;
  if (isAt(text, frame, from, end)) return text;
  const read = latin1Slice.call(frame, from, end);
  known[place] = read;
  return read;
}

function isAt(text: string, frame: Uint8Array, from: number, end: number): boolean {
  if (text.length !== end - from) return false;
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) !== frame[from + index]) return false;
  return true;
}
