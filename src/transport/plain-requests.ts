// Takes a frame that holds one plain request: its members in the usual order without spaces, a whole number for an id.
// Parameters that are ids are read here and known to fit, others are parsed by themselves: a third of the time of parsing the whole.
// What it gives is what parseFrame() and readMessage() would have given; anything else is undefined, and theirs.

import type { RequestMessage, RoutedMethod } from './request-router.ts';

const beforeId = '{"jsonrpc":"2.0","id":';
const beforeMethod = ',"method":"';
const beforeParams = '","params":{';
/** All numbers of so many digits are exact. */
const idDigitsMax = 15;
const ZERO = 48;
const CLOSING = 125;

export function readPlainRequest(text: string, methods: ReadonlyMap<string, RoutedMethod>): RequestMessage | undefined {
  if (!text.startsWith(beforeId)) return undefined;
  let at = beforeId.length;
  let id = 0;
  for (;;) {
    const digit = text.charCodeAt(at) - ZERO;
    if (!(digit >= 0 && digit <= 9)) break;
    id = id * 10 + digit;
    at += 1;
  }
  const digits = at - beforeId.length;
  if (digits === 0 || digits > idDigitsMax || (digits > 1 && text.charCodeAt(beforeId.length) === ZERO))
    return undefined;
  if (!text.startsWith(beforeMethod, at)) return undefined;
  at += beforeMethod.length;
  const end = text.indexOf('"', at);
  if (end < 0 || !text.startsWith(beforeParams, end)) return undefined;
  const known = methods.get(text.slice(at, end));
  if (known === undefined) return undefined;
  const params = known.readParams?.(text, end + beforeParams.length);
  if (params !== undefined) return { kind: 'request', id, method: known.name, params, fits: true };
  const parsed = parseLast(text, end + beforeParams.length - 1);
  return parsed === undefined ? undefined : { kind: 'request', id, method: known.name, params: parsed };
}

/** The object that begins here, if the text ends with it and one more brace. */
function parseLast(text: string, at: number): object | undefined {
  if (text.charCodeAt(text.length - 1) !== CLOSING) return undefined;
  try {
    return JSON.parse(text.slice(at, -1)) as object;
  } catch {
    return undefined;
  }
}
