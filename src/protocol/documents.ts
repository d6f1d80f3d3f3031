// The vocabulary of documents that receivers hand over to be paid for (docs/paid-contacts.md).

import { Type } from '@sinclair/typebox';
import {
  documentBytesMax,
  documentContentCharactersMax,
  documentReferenceCharactersMax,
  documentValidMs,
  documentValidMsMax,
} from '../limits.ts';
import type { Fault } from './fault.ts';
import { anyMoney, money } from './rates.ts';
import { durationMs, id, oneOf, result, shape, text, timeMs, whole } from './schemas.ts';

export const documentStates = ['offered', 'collected', 'expired', 'withdrawn', 'refunded'] as const;
export type DocumentState = (typeof documentStates)[number];

const bytes = whole(0, documentBytesMax, 'How long it is, in bytes.');
const content = Type.String({
  minLength: 4,
  maxLength: documentContentCharactersMax,
  pattern: '^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$',
  description: 'The document itself, in Base64.',
  examples: ['SGVsbG8=', 'SGVsbG8sIHdvcmxk'],
  'x-rule': `4 to ${documentContentCharactersMax} characters of Base64 with its padding`,
  'x-type': 'Base64',
});
const reference = Type.String({
  minLength: 1,
  maxLength: documentReferenceCharactersMax,
  format: 'text',
  description: 'Where it is, for whoever has paid, as an address that cannot be guessed.',
});

/** What the customer is shown before paying. */
const cover = {
  title: text('What it is, as the customer is shown it before paying.'),
  mediaType: Type.String({
    pattern: '^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,63}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,63}$',
    description: 'What kind of content, as `application/pdf`.',
    examples: ['application/pdf', 'text/plain'],
    'x-rule': 'TYPE/SUBTYPE',
    'x-type': 'a media type',
  }),
};

export const documentProperties = {
  ...cover,
  content: Type.Optional(content),
  reference: Type.Optional(reference),
  bytes: Type.Optional(bytes),
  price: Type.Optional(money),
  validMs: Type.Optional(
    durationMs('How long it can be bought.', { minimum: 1_000, maximum: documentValidMsMax, default: documentValidMs }),
  ),
};

/** What the schema cannot say. */
export function documentFault(given: object): Fault | undefined {
  const has = (name: string) => name in given;
  if (!has('content') && !has('reference'))
    return { path: '/content', message: 'is missing, and so is reference: one of them, or both' };
  if (has('content') && has('bytes')) return { path: '/bytes', message: 'is given with a reference alone' };
  return undefined;
}

const shown = {
  documentId: id('The document.'),
  contactId: id('The contact in which it was handed over.'),
  agentId: id('Who handed it over.'),
  customerId: id('Who can buy it.'),
  ...cover,
  bytes: Type.Optional(bytes),
  price: anyMoney('What it costs.'),
  taxBasisPoints: whole(0, 10_000, 'The tax that is contained in the price.'),
  state: oneOf(
    documentStates,
    'offered: it can be bought; collected: it is paid and was delivered; expired: not bought in time; withdrawn: its receiver has taken the offer back; refunded: all that was paid for it was given back, so it is given no more.',
  ),
  handedAt: timeMs('When it was handed over.'),
  expiresAt: timeMs('Until when it can be bought.'),
  collectedAt: Type.Optional(timeMs('When it was bought.')),
  receiptId: Type.Optional(id('Its receipt.')),
};

export const documentView = shape('Document', result(shown));

export const documentBought = result({
  ...shown,
  content: Type.Optional(content),
  reference: Type.Optional(reference),
});
