// The vocabulary of prices (docs/paid-contacts.md): money, rates that receivers publish, quotes that customers get.

import { type Static, type TProperties, Type } from '@sinclair/typebox';
import { quoteMs, quoteMsMax, rateAmountMax, rateChannelsMax, rateFreeMsMax, rateHoursMax } from '../limits.ts';
import { calendarFault, clock, weekdays } from './calendar.ts';
import type { Fault } from './fault.ts';
import { currency } from './money.ts';
import {
  channel,
  count,
  durationMs,
  flag,
  id,
  name,
  oneOf,
  params,
  result,
  shape,
  text,
  timeMs,
  whole,
} from './schemas.ts';

export const paidContactsDefaults = {
  commissionBasisPoints: 0,
  taxBasisPoints: 0,
  quoteMs,
  holdMs: 300_000,
  leastMs: 60_000,
  // Long enough to say goodbye, or to pay in.
  warnMs: 60_000,
  graceMs: 0,
} as const;

export const tenantPaidContacts = Type.Optional({
  ...params({
    commissionBasisPoints: Type.Optional(
      whole(0, 10_000, 'Of what is left of a price without its tax, so many ten-thousandths are the tenant’s.', {
        default: paidContactsDefaults.commissionBasisPoints,
      }),
    ),
    taxBasisPoints: Type.Optional(
      whole(0, 10_000, 'Prices contain a tax of so many ten-thousandths of what is left without it: 1900 for 19%.', {
        default: paidContactsDefaults.taxBasisPoints,
      }),
    ),
    quoteMs: Type.Optional(
      durationMs('How long a quote holds.', {
        minimum: 1_000,
        maximum: quoteMsMax,
        default: paidContactsDefaults.quoteMs,
      }),
    ),
    holdMs: Type.Optional(
      durationMs('So much time at the price is held before routing, and again while it is talked.', {
        minimum: 10_000,
        maximum: 86_400_000,
        default: paidContactsDefaults.holdMs,
      }),
    ),
    leastMs: Type.Optional(
      durationMs('Who cannot pay for so much time is refused.', {
        maximum: 86_400_000,
        default: paidContactsDefaults.leastMs,
      }),
    ),
    warnMs: Type.Optional(
      durationMs('So long before the money has run out more is held, or both sides are warned.', {
        maximum: 3_600_000,
        default: paidContactsDefaults.warnMs,
      }),
    ),
    graceMs: Type.Optional(
      durationMs('So long the contact goes on when the money has run out, at the receiver’s cost.', {
        maximum: 3_600_000,
        default: paidContactsDefaults.graceMs,
      }),
    ),
  }),
  description: 'Contacts that customers pay for.',
});

const amount = (description: string) => whole(0, rateAmountMax, description);
export const money = shape(
  'Price',
  Type.Object(
    { amount: amount('In minor units: of EUR, cents.'), currency },
    { additionalProperties: false, description: 'A price.' },
  ),
);

export const ratePers = ['minute', 'startedMinute', 'session', 'message', 'document'] as const;

const hours = Type.Array(
  params({
    days: weekdays,
    from: clock('From this time on the wall …', '18:00', '00:00'),
    to: clock('… to this; what goes over midnight is two entries.', '24:00', '06:00'),
    amount: amount('The price then, in the currency of `price`.'),
  }),
  { maxItems: rateHoursMax, description: 'Hours in which the price is another one; of several that hold, the first.' },
);

/** What a rate says of what something costs, which a quote keeps. */
export const rateTerms = {
  per: oneOf(
    ratePers,
    'What is counted: time to the second, minutes that have begun, contacts, messages of the receiver’s, or documents.',
  ),
  price: money,
  timeZone: Type.Optional({
    ...text('Of the receiver, as the IANA data have it: where its `hours` are. Default: UTC.'),
    examples: ['Europe/Berlin', 'UTC'],
  }),
  hours: Type.Optional(hours),
  minimum: Type.Optional(amount('What is charged at least where anything is, in the currency of `price`.')),
  freeMs: Type.Optional(
    durationMs('Time from the beginning that costs nothing. A contact that is over by then is free.', {
      maximum: rateFreeMsMax,
    }),
  ),
  holdIsFree: Type.Optional(flag('Time on hold is not counted. Default: false.')),
};

const termsSchema = params(rateTerms);
export type RateTerms = Static<typeof termsSchema>;

export const receiver = shape(
  'Receiver',
  Type.Object(
    {
      agentId: Type.Optional(id('The agent; or …')),
      queueId: Type.Optional(id('… the queue: whoever serves it honours the rate.')),
    },
    { additionalProperties: false, description: 'Who is paid: one of the two.' },
  ),
);
export type Receiver = Static<typeof receiver>;

export const rateProperties = {
  receiver,
  ...rateTerms,
  channels: Type.Optional(
    Type.Array(channel, { minItems: 1, maxItems: rateChannelsMax, uniqueItems: true, description: 'On these alone.' }),
  ),
  topic: Type.Optional(name('For contacts about this alone.')),
  validFrom: Type.Optional(timeMs('Quoted from then on.')),
  validUntil: Type.Optional(timeMs('And until then. What was quoted before holds for as long as the quote does.')),
};

export const rateSchema = params({ rateId: id('Of your making.'), ...rateProperties });
export type RateGiven = Static<typeof rateSchema>;

/** What the schema cannot say. */
export function rateFault(given: RateGiven): Fault | undefined {
  const { timeZone = 'UTC', hours: weekly = [], per, freeMs, holdIsFree, validFrom, validUntil } = given;
  const wrong = receiverFault(given.receiver) ?? calendarFault({ calendarId: 'rate', timeZone, weekly });
  if (wrong !== undefined) return wrong.path.startsWith('/weekly') ? renamed(wrong) : wrong;
  const timeless = per === 'message' || per === 'document';
  if (timeless && freeMs !== undefined) return { path: '/freeMs', message: `means nothing of a price per ${per}` };
  if (timeless && holdIsFree !== undefined)
    return { path: '/holdIsFree', message: `means nothing of a price per ${per}` };
  if (validFrom !== undefined && validUntil !== undefined && validUntil <= validFrom)
    return { path: '/validUntil', message: 'expected a later time than `validFrom`' };
  return undefined;
}

function renamed({ path, message }: Fault): Fault {
  return { path: path.replace('/weekly', '/hours'), message };
}

export function receiverFault(given: Receiver): Fault | undefined {
  const { agentId, queueId } = given;
  if ((agentId === undefined) !== (queueId === undefined)) return undefined;
  return { path: '/receiver', message: 'exactly one of agentId and queueId must be given' };
}

export const rateView = shape(
  'Rate',
  result({ rateId: id('The rate.'), ...rateProperties, publishedAt: timeMs('Since when it is published.') }),
);

/** Both what is said of it and what is kept. */
const quoted = {
  quoteId: id('For contact.create.'),
  rateId: id('The rate that it was made of; what becomes of that changes nothing of the quote.'),
  receiver,
  ...rateTerms,
} satisfies TProperties;

export const quoteView = shape(
  'Quote',
  result({
    ...quoted,
    amountNow: amount('What the price is in this moment, by its hours.'),
    taxBasisPoints: whole(0, 10_000, 'The tax that is contained in the price.'),
    expiresAt: timeMs('Until when it holds.'),
  }),
);

/** Of a contact that is paid for. */
export const paymentShown = result({
  quoteId: id('At which quote.'),
  rateId: id('The rate that it was made of.'),
  per: oneOf(ratePers),
  price: money,
  held: Type.Optional(count('How much of the customer’s money is held for it.')),
  spendMax: Type.Optional(amount('The most that the contact may cost, in minor units.')),
  isCounted: Type.Optional(flag('It is counted in this moment.')),
});

export const anyMoney = (description: string) =>
  Type.Object({ amount: count('Minor units.'), currency }, { additionalProperties: false, description });

export const receiptView = shape(
  'Receipt',
  result({
    receiptId: id('Its number: each tenant counts from 1, without gaps.'),
    paymentId: Type.Optional(text('Of payment.dispute and payment.refund; absent where nothing was charged.')),
    contactId: text('The contact; of a customer who was erased nothing but `erased/` and a number.'),
    documentId: Type.Optional(id('The document: each has a receipt of its own.')),
    queueId: Type.Optional(
      id('The queue in which it was served, by which it is counted; absent of receipts of before that was kept.'),
    ),
    customerId: Type.Optional(id('Who has paid; absent: somebody who was erased.')),
    quoteId: id('At which quote.'),
    rateId: id('The rate that it was made of.'),
    receiver,
    per: oneOf(ratePers, 'What was counted.'),
    startedAt: timeMs('When it was counted first.'),
    endedAt: timeMs('When it was over.'),
    meteredMs: count('Time that was counted, the free part as well.'),
    lines: Type.Array(
      result({
        count: count('Seconds (per minute), minutes, sessions, messages or documents …'),
        amount: count('… at this price in minor units; of seconds a sixtieth each.'),
      }),
    ),
    minimum: Type.Optional(count('What is charged at least.')),
    total: anyMoney('What was charged.'),
    notCharged: Type.Optional(
      anyMoney('Used when the money had run out, and not charged: the lines come to the total and this.'),
    ),
    tax: anyMoney('The tax that is contained.'),
    taxBasisPoints: whole(0, 10_000, 'Of which rate.'),
    parts: Type.Optional(
      Type.Array(
        result({
          agentId: id('Who served it.'),
          amount: count('What was charged for that.'),
          tax: count('Of that the tax, …'),
          commission: count('… the tenant’s commission, …'),
          receiver: count('… and what was paid to the agent.'),
        }),
        { description: 'To agents their own, to administrators, applications and supervisors all.' },
      ),
    ),
  }),
);
