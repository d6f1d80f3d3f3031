// Reads the parameters of the commonest requests straight from the text of a frame, by functions made from the schemas: in a
// third of the time of JSON.parse and a validator.
//
//   schema ─ once ─▶ source of a function ─▶ text ─ ids by name and nothing else, to the end of the frame? ─ yes ─▶ parameters
//                                                        └ no ─▶ undefined: JSON.parse and the validator look at it
//
// So what it gives is what those would have given and let through. Only for methods that create nothing: a piece of a long
// text keeps the whole text in memory, which is right for an id that is looked up and wrong for one that is kept.

import { OptionalKind, type TSchema } from '@sinclair/typebox';
import { idCharactersMax } from '../limits.ts';
import { idPattern } from './ids.ts';
import { type MethodSpec, methods } from './methods.ts';

/** `at`: behind the brace that opens the parameters. The text ends with them, and with the request that they are in. */
export type ParamsReader = (text: string, at: number) => Readonly<Record<string, string>> | undefined;

const QUOTE = 34;
const COMMA = 44;
const CLOSING = 125;

/** By the code of a character: whether an id may have it. */
const isOfId = Uint8Array.from({ length: 128 }, (_, code) =>
  new RegExp(idPattern).test(String.fromCharCode(code)) ? 1 : 0,
);

/** Of each method whose parameters can be read so. */
export const paramsReaders: ReadonlyMap<string, ParamsReader> = new Map(
  Object.entries(methods as Readonly<Record<string, MethodSpec>>).flatMap(([name, spec]) => {
    const reader = compileParamsReader(spec);
    return reader === undefined ? [] : [[name, reader]];
  }),
);

function compileParamsReader(spec: MethodSpec): ParamsReader | undefined {
  if (spec.creates !== undefined || spec.exactlyOne !== undefined || spec.furtherFault !== undefined) return undefined;
  const members = Object.entries(spec.params.properties as Record<string, TSchema>);
  const ids = members.filter(([, schema]) => schema.pattern === idPattern);
  const required = members.filter(([, schema]) => !(OptionalKind in schema));
  if (ids.length === 0 || required.some((member) => !ids.includes(member))) return undefined;
  const names = ids.map(([name]) => name);
  const variable = (name: string) => `v${names.indexOf(name)}`;
  const branches = names.map((name) => {
    const opening = `${JSON.stringify(name)}:"`;
    return [
      `if (text.startsWith(${JSON.stringify(opening)}, at)) {`,
      `  const from = at + ${opening.length}, end = endOfId(text, from);`,
      `  if (end < 0 || ${variable(name)} !== undefined) return undefined;`,
      `  ${variable(name)} = text.slice(from, end); at = end + 1;`,
      '}',
    ].join('\n');
  });
  const always = required.map(([name]) => name);
  const body = [
    `let ${names.map(variable).join(', ')};`,
    'for (;;) {',
    `${branches.join(' else ')} else return undefined;`,
    'const next = text.charCodeAt(at);',
    `if (next === ${COMMA}) at += 1;`,
    `else if (next === ${CLOSING}) break;`,
    'else return undefined;',
    '}',
    `if (text.charCodeAt(at + 1) !== ${CLOSING} || text.length !== at + 2) return undefined;`,
    ...always.map((name) => `if (${variable(name)} === undefined) return undefined;`),
    `const params = { ${always.map((name) => `${JSON.stringify(name)}: ${variable(name)}`).join(', ')} };`,
    ...names
      .filter((name) => !always.includes(name))
      .map((name) => `if (${variable(name)} !== undefined) params[${JSON.stringify(name)}] = ${variable(name)};`),
    'return params;',
  ];
  return new Function('endOfId', `return (text, at) => {\n${body.join('\n')}\n};`)(endOfId) as ParamsReader;
}

/** Where the quotation mark is that ends the id; -1 where there is no id. */
function endOfId(text: string, from: number): number {
  for (let end = from; ; end++) {
    const code = text.charCodeAt(end);
    if (code === QUOTE) return end > from && end - from <= idCharactersMax ? end : -1;
    // Also behind the end of the text, where there is no code.
    if (isOfId[code] !== 1) return -1;
  }
}
