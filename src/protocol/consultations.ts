// Who was asked about a contact, as contacts and their records show it.

import { Type } from '@sinclair/typebox';
import { consultationsKeptMax } from '../limits.ts';
import { callableNumber } from './callbacks.ts';
import { legCause } from './legs.ts';
import { id, oneOf, result, timeMs } from './schemas.ts';
import { endedReasons, words } from './states.ts';

/** As the agent who asks is told. */
export const consultationStates = ['waiting', 'waitingFor', 'ringing', 'connected', 'over'] as const;

/** In the contact that is a consultation. */
export const consultation = Type.Optional(
  Type.Object(
    { contactId: id('The contact that it is about.'), agentId: id('Who asks.') },
    { description: 'The contact is a consultation: its customer is the agent who asks.' },
  ),
);

export const consultations = Type.Optional(
  Type.Array(
    result({
      consultId: id('The consultation, a contact of its own.'),
      agentId: id('Who asked.'),
      consultedAgentId: Type.Optional(id('Who took it; absent: nobody did.')),
      queueId: Type.Optional(id('The queue that was asked.')),
      number: Type.Optional(callableNumber('The number outside that was asked.')),
      cause: Type.Optional(legCause),
      askedAt: timeMs('Since when somebody was asked.'),
      connectedAt: Type.Optional(timeMs('When it was taken.')),
      endedAt: timeMs('When it was over.'),
      why: oneOf(
        words(endedReasons),
        'Why it ended; handedOver: who took it has had the contact since. notReached: `cause` says why.',
      ),
    }),
    { description: `Who was asked about it, the last ${consultationsKeptMax}, in order, once that is over.` },
  ),
);
