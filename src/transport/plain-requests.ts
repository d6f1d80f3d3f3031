// Takes a frame that holds one plain request: its members in the usual order without spaces, a whole number for an id,
// parameters that are ids. What it gives is what parseFrame(), readMessage() and the check of the parameters would have
// given; anything else is undefined, and theirs.

import type { RequestMessage, RoutedMethod } from './request-router.ts';

const beforeId = '{"jsonrpc":"2.0","id":';
const beforeMethod = ',"method":"';
const beforeParams = '","params":{';
/** All numbers of so many digits are exact. */
const idDigitsMax = 15;
const ZERO = 48;

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
  const params = known?.readParams?.(text, end + beforeParams.length);
  if (known === undefined || params === undefined) return undefined;
  return { kind: 'request', id, method: known.name, params, fits: true };
}
