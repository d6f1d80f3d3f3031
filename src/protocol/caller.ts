// Who is really calling (docs/platforms.md): what a contact comes with, and what it shows of its caller.

import { type Static, Type } from '@sinclair/typebox';
import { sipHeaderCharactersMax, sipHeaderTextsMax } from '../limits.ts';
import { attributes, count, id, oneOf, params, result, shape, text, timeMs } from './schemas.ts';

/** Why a contact that came with a number of a plan is nobody that is known. */
export const unidentifiedReasons = [
  'headerUnreadable',
  'checkDigitWrong',
  'platformUnknown',
  'serialUnknown',
  'serialUsed',
  'serialExpired',
  'guessingLimited',
  'platformTimedOut',
  'platformFailed',
  'platformAnsweredWrong',
  'platformDown',
  'platformBusy',
] as const;
export type UnidentifiedWhy = (typeof unidentifiedReasons)[number];

export const unidentifiedWhy = oneOf(
  unidentifiedReasons,
  'headerUnreadable: a SIP header is not written as it must be. checkDigitWrong: the number was mistyped. platformUnknown: no platform has this access id. serialUnknown, serialUsed, serialExpired: nothing was handed over under it, it was used before, or too late. guessingLimited: too many serials were wrong, so none is looked up for a while. Of a caller who was handed over, and of whom the platform was asked: platformTimedOut, it has not answered in time; platformFailed, it could not; platformAnsweredWrong, it has said what cannot be; platformDown, platformBusy, it was not asked, since it failed too often or is asked too much.',
);

export const unreadable = Type.Optional(
  result({
    path: Type.String({ description: 'Which header, as a JSON Pointer into the parameters.' }),
    at: count('Where in its text, in characters.'),
    expected: Type.String({ description: 'What was expected there.' }),
  }),
);

export const callerStates = ['identified', 'asking', 'unidentified'] as const;

/** Of a contact that came with a number of a plan. */
export const callerShown = shape(
  'Caller',
  result({
    state: oneOf(
      callerStates,
      'Whether it is known who is really calling. asking: the platform is being asked; contact.changed brings what it says.',
    ),
    platformId: Type.Optional(id('The platform that the caller comes from.')),
    platformName: Type.Optional(text('As agents read it.')),
    why: Type.Optional(unidentifiedWhy),
    unreadable,
    data: Type.Optional(attributes),
    handedOverAt: Type.Optional(timeMs('When the platform handed the caller over.')),
  }),
);

/** What its record keeps: not what the platform has said of a person. */
export const callerRecorded = Type.Optional(
  result({
    state: oneOf(callerStates, 'Whether it was known who was really calling.'),
    platformId: Type.Optional(id('The platform.')),
    why: Type.Optional(unidentifiedWhy),
  }),
);
export type CallerShown = Static<typeof callerShown>;

export function callerIn({ state, platformId, why }: CallerShown): NonNullable<Static<typeof callerRecorded>> {
  return { state, ...(platformId !== undefined && { platformId }), ...(why !== undefined && { why }) };
}

const sipHeader = (description: string) =>
  Type.Union(
    [
      Type.String({ minLength: 1, maxLength: sipHeaderCharactersMax, format: 'text' }),
      Type.Array(Type.String({ minLength: 1, maxLength: sipHeaderCharactersMax, format: 'text' }), {
        minItems: 1,
        maxItems: sipHeaderTextsMax,
      }),
    ],
    { description },
  );

export const calledProperties = {
  originalCalled: Type.Optional(
    text(
      'The number that was called first, where a platform hands its caller over: access id and serial. It counts before any header. See docs/platforms.md.',
    ),
  ),
  sip: Type.Optional({
    ...params({
      diversion: Type.Optional(sipHeader('The Diversion header (RFC 5806), or several, in their order.')),
      historyInfo: Type.Optional(sipHeader('The History-Info header (RFC 7044), or several, in their order.')),
    }),
    description: 'Headers of the call that say which number was called first.',
  }),
};
