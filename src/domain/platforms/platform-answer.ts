// What a platform has answered, looked at before anything of it is believed: it must be of this very serial, fit the tenant's schema, and
// be no larger than what a contact may carry. A platform that is wrong, or lies, so harms its own callers at most.

import { Value } from '@sinclair/typebox/value';
import type { ClientAnswer } from '../../engine/egress.ts';
import type { PlatformAnswered } from '../../platforms/asking.ts';
import { type AnswerSchema, misfit } from '../../protocol/answer-schema.ts';
import { attributes as attributesKind } from '../../protocol/schemas.ts';
import type { PlatformFetch } from './platform-book.ts';

type Data = Readonly<Record<string, unknown>>;

export type Judged =
  | { readonly data: Data; readonly attributes: Data | undefined }
  /** `isDown`: there was no answer, or one that it cannot. */
  | { readonly why: string; readonly isDown: boolean };

export function judged(answer: ClientAnswer, serial: string, before: Data | undefined, fetch: PlatformFetch): Judged {
  if ('error' in answer) return { why: answer.error.message, isDown: true };
  const { status, body, isTooLong } = answer.result as PlatformAnswered;
  if (status !== 200) return { why: `answered ${status}`, isDown: status >= 500 || status === 429 };
  if (isTooLong) return wrong('answered more than is read');
  const said = parsed(body);
  if (said === undefined) return wrong('answered no JSON object');
  if (said.serial !== serial) return wrong('answered for another serial');
  const { data = {} } = said;
  if (!Value.Check(attributesKind, data)) return wrong('answered with data that is no object, or too large');
  const fault = misfit((fetch.schema ?? {}) as AnswerSchema, data);
  if (fault !== undefined) return wrong(`answered data ${fault.path || 'as a whole'}: ${fault.message}`.slice(0, 256));
  const both = { ...before, ...(data as Data) };
  if (!Value.Check(attributesKind, both)) return wrong('answered with more than there is room for');
  return { data: both, attributes: mapped(both, fetch) };
}

function wrong(why: string): Judged {
  return { why, isDown: false };
}

function parsed(body: string): Data | undefined {
  try {
    const said: unknown = JSON.parse(body);
    return typeof said === 'object' && said !== null && !Array.isArray(said) ? (said as Data) : undefined;
  } catch {
    return undefined;
  }
}

/** What of the data the contact carries as attributes of its own; what is not there is left out. */
function mapped(data: Data, { attributes = [] }: PlatformFetch): Data | undefined {
  const found = attributes.flatMap(({ name, from }) => {
    const value = pointedAt(data, from);
    return value === undefined ? [] : [[name, value] as const];
  });
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

/** A JSON Pointer (RFC 6901). */
function pointedAt(data: unknown, pointer: string): unknown {
  let at = data;
  for (const escaped of pointer.split('/').slice(1)) {
    const name = escaped.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return undefined;
    at = (at as Readonly<Record<string, unknown>>)[name];
  }
  return at;
}
