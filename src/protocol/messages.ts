// What the two sides of a contact say to each other (docs/messages.md): texts, which are kept, and signals, which are not.

import { Type } from '@sinclair/typebox';
import { messageCharactersMax, messagesKeptDays, signalBytesMax } from '../limits.ts';
import { anyObject, attributes, count, flag, id, oneOf, params, result, shape, timeMs, whole } from './schemas.ts';

export const messagesDefaults = { keepDays: messagesKeptDays } as const;

export const tenantMessages = Type.Optional({
  ...params({
    keepDays: Type.Optional(
      whole(1, 366, 'How many days after its end what was written in a contact is kept.', {
        default: messagesDefaults.keepDays,
      }),
    ),
  }),
  description: 'Texts that are written in contacts.',
});

export const messageSides = ['customer', 'agent', 'supervisor', 'router'] as const;
export type MessageSide = (typeof messageSides)[number];

/** Of a consultation the agent who asks is in the place of the customer. */
export const signalSides = ['customer', 'agent'] as const;
export type SignalSide = (typeof signalSides)[number];

export const message = params({
  text: Type.String({
    minLength: 1,
    maxLength: messageCharactersMax,
    format: 'lines',
    description: 'What is said.',
  }),
  attributes: Type.Optional(attributes),
});

export const signalData = anyObject(
  signalBytesMax,
  'What the other side is to be told, as it is: `{description}`, `{candidate}`, or whatever the two understand',
);

const contactId = id('The contact.');

export const messageView = shape(
  'Message',
  result({
    contactId,
    messageId: id('The message.'),
    number: count('Its number in the contact: 1 is the first. Numbers only grow, and some may be nobody’s.'),
    from: result({
      side: oneOf(messageSides, 'In a consultation the agent who asks is in the place of the customer.'),
      sub: Type.Optional(id('Who: the agent, the supervisor, or who has brought the contact; absent: the router.')),
    }),
    text: Type.String({ description: 'What was said.' }),
    attributes: Type.Optional(attributes),
    at: timeMs('When.'),
    toAgent: Type.Optional(flag('A supervisor has said it to the agents alone.')),
    afterwards: Type.Optional(flag('It belongs to what the customer was asked when the contact was over.')),
  }),
);

export const signalView = shape(
  'Signal',
  result({
    contactId,
    number: count('Its number in the contact: the ones with higher numbers are newer.'),
    from: result({ side: oneOf(signalSides), sub: id('Who.') }),
    agentId: id('The agent who serves the contact: another one is another connection.'),
    data: signalData,
    at: timeMs('When.'),
  }),
);
