// Texts and signals between the two sides of a contact.

import { Type } from '@sinclair/typebox';
import { messagesPageMax } from '../../limits.ts';
import { exactlyOneFault, type Fault } from '../fault.ts';
import { message, messageView, signalData, signalView } from '../messages.ts';
import { changing, count, flag, id, params, result, whole } from '../schemas.ts';
import { everyone, method, settingUp } from './method.ts';

const contactId = id('The contact.');
const talking = ['agent', 'app', 'switch', 'customer'] as const;

function somethingFault(given: object): Fault | undefined {
  if ('data' in given || 'received' in given) return undefined;
  return { path: '/data', message: 'is missing, and so is received: one of them, or both' };
}

export const messageMethods = {
  'contact.send': method({
    summary:
      'Writes in a contact: the agent who serves it; the customer’s side from the moment in which it is there, whether it waits, rings or is served, and an application for the customer; a supervisor while it is served. The same again under its `messageId` succeeds for as long as it is kept.',
    roles: [...talking, 'supervisor'],
    params: params({
      contactId,
      messageId: id('Of your making.'),
      message,
      toAgent: Type.Optional(flag('Only the agents see it, and not the customer’s side.')),
    }),
    result: messageView,
    changes: true,
    creates: 'messageId',
    withheld: { agent: ['toAgent'], app: ['toAgent'], switch: ['toAgent'], customer: ['toAgent'] },
    refusals: [
      'message_exists_with_different_content',
      'contact_not_found',
      'contact_already_ended',
      'contact_not_connected',
      'contact_without_text',
      'too_many_messages',
      'message_not_paid',
    ],
  }),
  'contact.messages': method({
    summary:
      'What was written in a contact, in order: whoever may see the contact may read it, and the tenant’s own people for as long as it is kept.',
    roles: everyone,
    params: params({
      contactId,
      after: Type.Optional(count('Those with a higher number. Default: 0, all.')),
      limit: Type.Optional(whole(1, messagesPageMax, 'How many at most.', { default: 100 })),
    }),
    result: result({
      contactId,
      messages: Type.Array(messageView),
      more: Type.Optional(flag('There are more: ask again `after` the last.')),
    }),
    changes: false,
    refusals: ['contact_not_found'],
  }),
  'contact.signal': method({
    summary:
      'Tells the other side of a contact in service, in order, what it needs for setting up the media between the two. It is kept until that side says that it has `received` it, or that agent serves the contact no longer.',
    roles: talking,
    params: changing({
      contactId,
      data: Type.Optional(signalData),
      agentId: Type.Optional(
        id('For the customer’s side: the agent whom it is meant for, so that what comes late is not told to the next.'),
      ),
      received: Type.Optional(count('All signals of the other side up to this number are with you.')),
    }),
    result: result({
      contactId,
      number: Type.Optional(count('The number of your signal.')),
      waiting: count('How many of your own the other side has not taken.'),
    }),
    changes: true,
    withheld: { agent: ['agentId'] },
    furtherFault: somethingFault,
    refusals: [
      'contact_not_found',
      'contact_already_ended',
      'contact_not_connected',
      'contact_not_with_agent',
      'contact_signalled_by_switch',
      'too_many_signals',
    ],
  }),
  'contact.signals': method({
    summary: 'Signals of the other side that you have not `received`, in order.',
    roles: talking,
    params: params({ contactId }),
    result: result({ contactId, signals: Type.Array(signalView) }),
    changes: false,
    refusals: ['contact_not_found'],
  }),
  'message.erase': method({
    summary:
      'Erases what was written in all contacts of a customer so far, or in one contact. Goes on behind the answer where that is much.',
    roles: settingUp,
    params: changing({
      customerId: Type.Optional(id('The customer.')),
      visitorId: Type.Optional(id('The visitor: the `sub` of the session that brought its contacts.')),
      contactId: Type.Optional(contactId),
    }),
    result: result({
      customerId: Type.Optional(id('The customer.')),
      visitorId: Type.Optional(id('The visitor.')),
      contactId: Type.Optional(contactId),
    }),
    changes: true,
    furtherFault: (given) => exactlyOneFault(['customerId', 'visitorId', 'contactId'], given),
    refusals: [],
  }),
};
