// The queues that a contact was in before, as contacts and their records show them.

import { Type } from '@sinclair/typebox';
import { id, oneOf, result, timeMs } from './schemas.ts';
import { movedReasons, sentReasons, words } from './states.ts';

export const leftQueues = Type.Optional(
  Type.Array(
    result({
      queueId: id('The queue.'),
      leftAt: timeMs('When it left it, or was sent on past it.'),
      why: oneOf([...words(movedReasons), ...words(sentReasons)]),
    }),
    { description: 'The queues that it was in, or came for, before.' },
  ),
);
