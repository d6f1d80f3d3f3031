// Callbacks: customers who are called back instead of waiting, or at an appointed time (docs/callbacks.md).

import { Type } from '@sinclair/typebox';
import { callableNumber, callbackEnds, callbackStates } from '../callbacks.ts';
import {
  attributes,
  changing,
  channel,
  count,
  cursor,
  id,
  identity,
  limit,
  nextCursor,
  oneOf,
  params,
  preferences,
  priority,
  requirement,
  result,
  shape,
  timeMs,
} from '../schemas.ts';
import { bringing, method, watching } from './method.ts';

const callbackId = id('The callback.');

const wishes = {
  requires: Type.Optional(requirement),
  prefers: Type.Optional(preferences),
  priority: Type.Optional(priority),
  attributes: Type.Optional(attributes),
};

export const callbackView = shape(
  'Callback',
  result({
    callbackId,
    state: oneOf(callbackStates, 'How it stands.'),
    queueId: id('In whose line it is.'),
    number: callableNumber('Where the customer is rung.'),
    identity: Type.Optional(identity),
    requestedAt: timeMs('When it was asked for.'),
    arrivedAt: Type.Optional(timeMs('Since when the customer counts as waiting: its place among those who wait.')),
    at: Type.Optional(timeMs('The time that was appointed.')),
    nextAt: Type.Optional(timeMs('When it goes on, or is looked at again.')),
    attempts: count('How often the customer has been rung in vain.'),
    contactId: Type.Optional(id('The contact that it is now, or was last.')),
    fromContactId: Type.Optional(id('The contact that it took the place of.')),
    endedAt: Type.Optional(timeMs('When it was over.')),
    why: Type.Optional(
      oneOf(
        callbackEnds,
        'reached: the customer was. answered: the contact that it was for was answered after all. calledIn: the customer has called meanwhile. blocked: the tenant takes no contacts of this caller any more.',
      ),
    ),
  }),
);

export const callbackMethods = {
  'callback.request': method({
    summary:
      'A customer is to be called back: instead of the contact that waits, which ends and leaves its place to the callback, or without one. The same id with the same content succeeds again.',
    roles: bringing,
    params: params({
      callbackId: id('Of your making.'),
      contactId: Type.Optional(id('The contact that waits.')),
      queueId: Type.Optional(id('Without a contact: the queue.')),
      number: Type.Optional(
        callableNumber('Where to ring. Default: the contact’s identity where that is a `tel`, or its `from`.'),
      ),
      at: Type.Optional(timeMs('Not before then. Absent: as soon as it is its turn.')),
      channel: Type.Optional({
        ...channel,
        description:
          'How agents are asked for it. Default: `callback` where the queue takes that, else the contact’s, else `voice`.',
      }),
      identity: Type.Optional(identity),
      ...wishes,
    }),
    result: callbackView,
    changes: true,
    creates: 'callbackId',
    exactlyOne: ['contactId', 'queueId'],
    withheld: {
      customer: ['queueId', 'number', 'channel', 'identity', 'requires', 'prefers', 'priority', 'attributes'],
    },
    refusals: [
      'callback_exists_with_different_content',
      'contact_not_found',
      'contact_already_connected',
      'contact_already_ended',
      'contact_called_back_already',
      'queue_not_found',
      'queue_takes_no_callbacks',
      'callback_needs_number',
      'caller_blocked',
      'channel_not_in_queue',
      'too_many_callbacks',
      'too_many_names',
    ],
  }),
  'callback.get': method({
    summary: 'A callback, for as long as it is remembered.',
    roles: [...bringing, 'admin', 'supervisor'],
    params: params({ callbackId }),
    result: callbackView,
    changes: false,
    refusals: ['callback_not_found'],
  }),
  'callback.list': method({
    summary: 'Callbacks in the order in which they were asked for. A switch sees its own.',
    roles: [...watching, 'switch'],
    params: params({
      queueId: Type.Optional(id('Only of this queue.')),
      state: Type.Optional(oneOf(callbackStates)),
      limit,
      cursor,
    }),
    result: result({ callbacks: Type.Array(callbackView), cursor: nextCursor }),
    changes: false,
    refusals: [],
  }),
  'callback.cancel': method({
    summary: 'The customer is not to be called back. Where its contact rings still, that waits on in its place.',
    roles: [...bringing, 'admin', 'supervisor'],
    params: changing({ callbackId }),
    result: callbackView,
    changes: true,
    refusals: ['callback_not_found', 'callback_already_over'],
  }),
};
