// Callers whom a tenant does not want to hear from.

import { Type } from '@sinclair/typebox';
import { changing, cursor, identity, limit, nextCursor, params, result, shape, text, timeMs } from '../schemas.ts';
import { method, watching } from './method.ts';

const who = {
  number: Type.Optional(text('Exactly this number or address: as contacts have it in `from`, or as a `tel` identity.')),
  prefix: Type.Optional(text('Every number that begins so.')),
  identity: Type.Optional(identity),
};

const oneOfWho = ['number', 'prefix', 'identity'] as const;

const blockedCaller = shape(
  'BlockedCaller',
  result({
    ...who,
    reason: Type.Optional(text('Why.')),
    expiresAt: Type.Optional(timeMs('Until when; absent: for good.')),
    since: timeMs('Since when.'),
  }),
);

export const callerMethods = {
  'caller.block': method({
    summary:
      'Refuses new contacts of a caller as caller_blocked; contacts that live go on. Blocked already, it has the new reason and end.',
    roles: watching,
    params: changing({
      ...who,
      reason: Type.Optional(text('Why; given to switches and applications that are refused, not to customers.')),
      expiresAt: Type.Optional(timeMs('Until when. Absent: for good.')),
    }),
    result: blockedCaller,
    changes: true,
    exactlyOne: oneOfWho,
    refusals: ['too_many_blocked_callers'],
  }),
  'caller.unblock': method({
    summary: 'Takes caller.block back: named as it was blocked.',
    roles: watching,
    params: changing(who),
    result: result(who),
    changes: true,
    exactlyOne: oneOfWho,
    refusals: ['caller_not_blocked'],
  }),
  'caller.list': method({
    summary: 'Who is blocked, in the order in which they were.',
    roles: watching,
    params: params({ limit, cursor }),
    result: result({ callers: Type.Array(blockedCaller), cursor: nextCursor }),
    changes: false,
    refusals: [],
  }),
};
