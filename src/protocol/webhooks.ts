// Webhooks: what they are told of, how a secret is written, what is shown of one.
//
// Signed and delivered as the Standard Webhooks specification (version 1) has it: https://www.standardwebhooks.com

import { Type } from '@sinclair/typebox';
import { alertParams } from './alerts.ts';
import { contactRecord } from './contact-record.ts';
import type { Fault } from './fault.ts';
import { customerConflict, customerLinked, customerSplit } from './identities.ts';
import { paymentView } from './money.ts';
import { receiptView } from './rates.ts';
import { ratingView } from './ratings.ts';
import { count, id, oneOf, result, shape, text, timeMs } from './schemas.ts';

export const webhookEvents = [
  'contact.finished',
  'alert.raised',
  'alert.cleared',
  'rating.given',
  'rating.changed',
  'rating.removed',
  'customer.linked',
  'customer.split',
  'customer.conflict',
  'payment.done',
  'payment.failed',
  'payment.disputed',
  'payment.resolved',
  'payment.receipt',
] as const;
export type WebhookEvent = (typeof webhookEvents)[number];

const addressCharactersMax = 2_048;
/** 24 to 64 bytes, as the specification has it. */
const secretBytes = { least: 24, most: 64 } as const;
const secretPrefix = 'whsec_';

export const webhookProperties = {
  url: Type.String({
    pattern: '^https?://[^\\s@#]+$',
    maxLength: addressCharactersMax,
    description: 'Where to POST: an http or https address without a name or password in it.',
    examples: ['https://crm.example/strowger'],
    'x-rule': 'an address that begins with http:// or https://',
  }),
  events: Type.Array(oneOf(webhookEvents), { minItems: 1, uniqueItems: true, description: 'Of what it is told.' }),
  secret: Type.String({
    pattern: `^${secretPrefix}[A-Za-z0-9+/]{32,86}={0,2}$`,
    description: 'Signs each delivery: whsec_ and 24 to 64 bytes in Base64. It is never shown again.',
    examples: ['whsec_VGhpcyBpcyBubyBzZWNyZXQ6IGFuIGV4YW1wbGU='],
    'x-rule': 'whsec_ and 24 to 64 bytes in Base64',
  }),
};

export const webhookView = shape(
  'Webhook',
  result({
    webhookId: id('The webhook.'),
    url: webhookProperties.url,
    events: webhookProperties.events,
    since: timeMs('When it was set.'),
    waiting: count('Deliveries that are not confirmed.'),
    lost: count('Deliveries given up, after the last attempt or because too many waited.'),
    failing: Type.Optional(
      result({ since: timeMs('Nothing has been taken since then.'), why: text('How the last attempt failed.') }),
    ),
    disabled: Type.Optional(result({ at: timeMs('Nothing is delivered since then.'), why: text('Why.') })),
  }),
);

/** What a delivery carries as JSON, for the reference. */
export const webhookDelivery = shape(
  'WebhookDelivery',
  result({
    type: oneOf(webhookEvents),
    timestamp: Type.String({ description: 'When it happened, as ISO 8601.' }),
    data: Type.Union(
      [
        contactRecord,
        alertParams,
        ratingView,
        customerLinked,
        customerSplit,
        customerConflict,
        paymentView,
        receiptView,
      ],
      {
        description:
          'The record of the contact, the alert, the rating (of one that was removed, what it was), what was found of customers, the payment, or the receipt.',
      },
    ),
  }),
);

export function webhookFault({ url, secret }: { readonly url: string; readonly secret?: string }): Fault | undefined {
  if (!URL.canParse(url)) return { path: '/url', message: 'is no address' };
  if (secret === undefined) return undefined;
  const { length } = keyOf(secret);
  if (length < secretBytes.least || length > secretBytes.most)
    return {
      path: '/secret',
      message: `holds ${length} bytes; ${secretBytes.least} to ${secretBytes.most} are needed`,
    };
  return undefined;
}

export function keyOf(secret: string): Buffer {
  return Buffer.from(secret.slice(secretPrefix.length), 'base64');
}
