// Rates that receivers publish, and quotes made of them.

import { Type } from '@sinclair/typebox';
import { quoteRequestIdPattern, quoteRequestIdRule } from '../ids.ts';
import { currency } from '../money.ts';
import {
  quoteView,
  type RateGiven,
  rateFault,
  rateProperties,
  rateView,
  receiptView,
  receiver,
  receiverFault,
} from '../rates.ts';
import { changing, channel, cursor, id, limit, name, nextCursor, params, result } from '../schemas.ts';
import { everyone, method } from './method.ts';

const publishing = ['admin', 'app', 'agent'] as const;
const topic = Type.Optional(name('What it is about.'));

export const rateMethods = {
  'rate.publish': method({
    summary:
      'Publishes what a receiver, an agent or whoever serves a queue, asks of its customers. Agents publish their own. A rate is never changed: it is withdrawn, and another one published.',
    roles: publishing,
    params: params({ rateId: id('Of your making.'), ...rateProperties }),
    result: rateView,
    changes: true,
    creates: 'rateId',
    furtherFault: (given) => rateFault(given as RateGiven),
    refusals: [
      'rate_exists_with_different_content',
      'rate_already_expired',
      'agent_not_found',
      'queue_not_found',
      'too_many_rates',
    ],
  }),
  'rate.withdraw': method({
    summary: 'Nobody is quoted the rate any more. Quotes that were made of it hold.',
    roles: publishing,
    params: changing({ rateId: id('The rate.') }),
    result: result({ rateId: id('The rate.') }),
    changes: true,
    refusals: ['rate_not_found'],
  }),
  'rate.list': method({
    summary: 'Published rates, in the order in which they were published.',
    roles: everyone,
    params: params({
      receiver: Type.Optional(receiver),
      channel: Type.Optional(channel),
      topic,
      currency: Type.Optional(currency),
      limit,
      cursor,
    }),
    result: result({ rates: Type.Array(rateView), cursor: nextCursor }),
    changes: false,
    furtherFault: listFault,
    refusals: [],
  }),
  'quote.request': method({
    summary:
      'What a contact would cost: a quote for each rate that fits, the cheapest in this moment first. Each holds until it expires, whatever becomes of its rate. The same again under its `quoteId` gives the same quotes for as long as they are kept.',
    roles: ['app', 'switch', 'customer', 'agent'],
    params: params({
      quoteId: Type.String({
        pattern: quoteRequestIdPattern,
        description: 'Of your making; the quotes are called `quoteId.1`, `quoteId.2` and so on.',
        'x-rule': quoteRequestIdRule,
        'x-type': 'an id',
      }),
      receiver: Type.Optional(receiver),
      channel,
      topic,
      currency: Type.Optional(currency),
    }),
    result: result({ quoteId: id('As it was given.'), quotes: Type.Array(quoteView) }),
    changes: true,
    creates: 'quoteId',
    furtherFault: listFault,
    refusals: ['quote_exists_with_different_content', 'no_rate_fits', 'too_many_quotes'],
  }),
  'receipt.list': method({
    summary:
      'Receipts of paid contacts, in the order in which they were made. Agents see those of contacts that they served, whoever had the contact its own.',
    roles: everyone,
    params: params({
      contactId: Type.Optional(id('Those of this contact.')),
      customerId: Type.Optional(id('Those that this customer paid.')),
      agentId: Type.Optional(id('Those of contacts that this agent served.')),
      limit,
      cursor,
    }),
    result: result({ receipts: Type.Array(receiptView), cursor: nextCursor }),
    changes: false,
    withheld: {
      agent: ['agentId', 'customerId'],
      customer: ['agentId', 'customerId'],
      switch: ['agentId', 'customerId'],
    },
    furtherFault: (given) => {
      const [, second] = ['contactId', 'customerId', 'agentId'].filter((name) => name in given);
      return second === undefined ? undefined : { path: `/${second}`, message: 'is not given with another of them' };
    },
    refusals: [],
  }),
};

function listFault(given: object) {
  const { receiver: of } = given as { receiver?: RateGiven['receiver'] };
  return of === undefined ? undefined : receiverFault(of);
}
