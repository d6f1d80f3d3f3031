// What an id may look like. Ids are the caller's strings, unique in the tenant; they travel in URLs, log lines, keys
// of the store and file names of exports, so they keep to characters that mean nothing special in any of those.

import { idCharactersMax, nameCharactersMax } from '../limits.ts';

/** As a source of a regular expression, for JSON Schema. */
export const idPattern = `^[A-Za-z0-9._:@+-]{1,${idCharactersMax}}$`;

/** What is numbered below it is an id as well: `.20` at most. */
export const quoteRequestIdPattern = `^[A-Za-z0-9._:@+-]{1,${idCharactersMax - 8}}$`;
export const quoteRequestIdRule = `1 to ${idCharactersMax - 8} characters of A–Z a–z 0–9 . _ : @ + -`;

/** Names become members of objects (`skills: {german: 7}`), where `__proto__` would not be a member like any other. */
export const namePattern = `^(?!__proto__$)[A-Za-z0-9._:@+-]{1,${nameCharactersMax}}$`;

/** As names, but `total` means all channels together in an agent's capacity. */
export const channelPattern = `^(?!(?:__proto__|total)$)[A-Za-z0-9._:@+-]{1,${nameCharactersMax}}$`;

const idExpression = new RegExp(idPattern);

export function isId(value: unknown): value is string {
  return typeof value === 'string' && idExpression.test(value);
}

/** In words, for messages. */
export const idRule = `1 to ${idCharactersMax} characters of A–Z a–z 0–9 . _ : @ + -`;
export const nameRule = `1 to ${nameCharactersMax} characters of A–Z a–z 0–9 . _ : @ + -`;
