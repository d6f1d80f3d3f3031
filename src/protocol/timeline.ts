// The timeline of a person: kinds of entries, and how one is shown (docs/customers.md).

import { Type } from '@sinclair/typebox';
import { channel, id, oneOf, result, shape, timeMs } from './schemas.ts';

/** By kind: when an entry is, and what its details are. */
export const timelineKinds = {
  contact: 'A contact, when it came: how it stands or, once it is finished, its record (`cdr.query`).',
  voicemail: 'The same, of a message that was left.',
  handover: 'A platform has said who calls: the `caller` of the contact.',
  move: 'A call went on at another device: `name` is what it came as there.',
  message: 'A text (`contact.messages`).',
  payment: 'A booking in one of the person’s accounts: holds, charges, deposits, refunds (`account.statement`).',
  receipt: 'A receipt for a contact that was paid (`receipt.list`).',
  document:
    'A document was handed over to be bought, was bought or was taken back, as it stood then (`document.list`).',
  rating: 'A rating, given by the customer or of the customer (`rating.list`).',
  business: 'A step of a business: it was begun, or stands otherwise.',
  callback: 'A callback was asked for, or is over (`callback.get`).',
  affinity: 'An agent was set for the customer, or is no more (`affinity.set`).',
  link: 'Two customers were found to be one (`customer.get`).',
  split: 'They were taken apart, or said to be different.',
  conflict: 'Two customers may be one: it was reported, or settled (`customer.conflicts`).',
} as const;
export type TimelineKind = keyof typeof timelineKinds;

export const timelineKind = oneOf(
  Object.keys(timelineKinds) as [TimelineKind, ...TimelineKind[]],
  `What it is: ${Object.entries(timelineKinds)
    .map(([kind, says]) => `\`${kind}\` ${says}`)
    .join(' ')}`,
);

export const timelineEntry = shape(
  'TimelineEntry',
  result({
    at: timeMs('When.'),
    kind: timelineKind,
    customerId: id('By which of the person’s customers it came.'),
    identity: Type.Optional(
      result({
        scheme: Type.String({ description: 'What kind of name it is.' }),
        value: Type.String({ description: 'The name.' }),
      }),
    ),
    channel: Type.Optional(channel),
    contactId: Type.Optional(id('In which contact.')),
    agentId: Type.Optional(id('Which agent had to do with it.')),
    details: Type.Record(Type.String(), Type.Unknown(), { description: 'What it was, by its kind.' }),
  }),
);
