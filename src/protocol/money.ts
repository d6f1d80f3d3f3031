// The vocabulary of money (docs/money.md): amounts, accounts, what is booked, payments.
//
// Amounts are whole minor units of one currency, and never beyond what a number of JSON says exactly.

import { Type } from '@sinclair/typebox';
import { currencies } from './currencies.ts';
import type { Fault } from './fault.ts';
import { count, id, oneOf, params, result, shape, text, timeMs } from './schemas.ts';

export const amountMax = Number.MAX_SAFE_INTEGER;

export const currency = Type.String({
  pattern: `^(?:${currencies.join('|')})$`,
  description: 'Its code of ISO 4217.',
  examples: ['EUR'],
  'x-rule': 'a code of ISO 4217, as EUR',
  'x-type': 'a currency',
});

export const amount = (description: string) => Type.Integer({ minimum: 1, maximum: amountMax, description });
const anyAmount = (description: string) => Type.Integer({ minimum: -amountMax, maximum: amountMax, description });

export const money = shape(
  'Money',
  Type.Object(
    { amount: amount('Minor units: cents of a euro.'), currency },
    { additionalProperties: false, description: 'An amount in a currency.' },
  ),
);

/** Ids of accounts, transfers and payments that the router gives have more in them than a caller's may. */
export const ledgerId = (description: string) => text(description);

export const openedFor = ['customer', 'agent'] as const;
export const accountOwners = ['customer', 'agent', 'commission', 'tax', 'escrow', 'outside'] as const;

export const limitAmount = anyAmount(
  'The lowest that its balance less what is held may come to: 0 unless said otherwise; below 0 it is credit that you give.',
);

export const accountView = shape(
  'Account',
  result({
    accountId: ledgerId('The account; those of the house are `house:`, their owner, a colon, and the currency.'),
    owner: oneOf(
      accountOwners,
      'customer, agent: of that one. Of the house, one for each currency: commission, tax, escrow (of contacts that go on), outside (where payments come from and go to).',
    ),
    customerId: Type.Optional(id('Whose it is.')),
    agentId: Type.Optional(id('Whose it is.')),
    currency,
    limit: Type.Optional(anyAmount('The lowest that `available` would be booked down to; absent: there is none.')),
    balance: anyAmount('Credits less debits. What a customer or an agent has is above 0: the tenant owes it to them.'),
    held: count('Of debits that are pending.'),
    expected: count('Of credits that are pending.'),
    available: anyAmount('`balance` less `held`.'),
    disputed: Type.Optional(count('What of `held` is held because payments are disputed.')),
    isErased: Type.Optional(Type.Boolean({ description: 'Its customer was erased; the books are kept.' })),
  }),
);

export const transferKinds = ['transfer', 'hold', 'post', 'void'] as const;
export const holdStates = ['open', 'posted', 'voided', 'timedOut'] as const;

export const transferView = shape(
  'Transfer',
  result({
    transferId: ledgerId('The transfer.'),
    kind: oneOf(
      transferKinds,
      'transfer: booked. hold: pending. post: a hold, or a part of it, is booked; the rest is free. void: all of it is free.',
    ),
    debit: ledgerId('The account that it is taken from.'),
    credit: ledgerId('The account that it goes to.'),
    amount: count('Minor units; of a post what is booked.'),
    currency,
    why: text('What for.'),
    about: Type.Optional(text('What it is about, as a contact or a payment.')),
    at: timeMs('When.'),
    holdId: Type.Optional(ledgerId('Which hold it ends.')),
    hold: Type.Optional(
      result({
        state: oneOf(holdStates, 'What has become of it.'),
        expiresAt: Type.Optional(timeMs('It is void from then on.')),
        posted: Type.Optional(count('How much of it was booked.')),
      }),
    ),
  }),
);

export const entryView = shape(
  'AccountEntry',
  result({
    n: count('Which one of its account: 1 is the first.'),
    transfer: transferView,
    posted: anyAmount('What it changes of the balance.'),
    held: anyAmount('What it changes of what is held.'),
    expected: anyAmount('What it changes of what is expected.'),
    balance: anyAmount('After it.'),
    available: anyAmount('After it.'),
  }),
);

export const paymentKinds = ['deposit', 'withdrawal', 'charge', 'refund'] as const;
export const paymentStates = ['pending', 'done', 'failed'] as const;
export const paymentFailures = ['declined', 'timedOut'] as const;
export const paymentOutcomes = ['done', 'declined'] as const;
export const paymentWays = ['books', 'provider'] as const;
export const disputeOutcomes = ['upheld', 'rejected'] as const;
export const disputeStates = ['open', 'upheld', 'rejected'] as const;

export const paymentView = shape(
  'Payment',
  result({
    paymentId: ledgerId('The payment.'),
    kind: oneOf(
      paymentKinds,
      'deposit: money comes in. withdrawal: money goes out. charge: a contact was paid. refund: another payment is taken back, or a part of it.',
    ),
    state: oneOf(
      paymentStates,
      'pending: the payment provider has not confirmed it. done: it is booked. failed: nothing of it is.',
    ),
    through: oneOf(paymentWays, 'books: it was only booked. provider: the payment provider does it.'),
    failed: Type.Optional(
      oneOf(
        paymentFailures,
        'declined: by the provider. timedOut: a deposit that nobody confirmed in time; it is booked where that comes late.',
      ),
    ),
    isTaken: Type.Optional(Type.Boolean({ description: 'pending: the provider has said that it knows of it.' })),
    reference: Type.Optional(text('What the provider calls it.')),
    accountId: ledgerId('Whose money it is: the account that it came to, or was paid from.'),
    money,
    refunded: count('How much of it has been taken back.'),
    refundOf: Type.Optional(ledgerId('The payment that this one takes back.')),
    reason: Type.Optional(text('Why.')),
    about: Type.Optional(text('What it was for, as a contact.')),
    requestedAt: timeMs('When it was asked for.'),
    doneAt: Type.Optional(timeMs('When it was booked.')),
    dispute: Type.Optional(
      result({
        state: oneOf(disputeStates, 'open; upheld: taken back; rejected: it stands.'),
        reason: text('What is said against it.'),
        openedAt: timeMs('When.'),
        held: Type.Optional(
          count('open: what is held of it with those who have a share of it, so that it can go back.'),
        ),
        missing: Type.Optional(count('open: what of their shares is not there any more.')),
        decided: Type.Optional(text('Why it was decided so.')),
        decidedAt: Type.Optional(timeMs('When it was decided.')),
      }),
    ),
  }),
);

const transferId = id('Of your making: the same id with the same content is booked once.');
const accountId = (description: string) => text(description);
const why = text('What for, in the statements of both accounts.');
const about = Type.Optional(text('What it is about.'));
const moved = {
  transferId,
  debit: accountId('The account that it is taken from.'),
  credit: accountId('The account that it goes to.'),
  money,
  why,
  about,
};
const holdId = id('The `transferId` of the hold.');

export const bookingStep = Type.Union(
  [
    params({ do: Type.Literal('transfer', { description: 'Money is moved.' }), ...moved }),
    params({
      do: Type.Literal('hold', { description: 'Money is held.' }),
      ...moved,
      expiresAt: Type.Optional(timeMs('It is void from then on. Default: it stays until it is posted or voided.')),
    }),
    params({
      do: Type.Literal('post', { description: 'What is held is booked, or a part of it.' }),
      transferId,
      holdId,
      amount: Type.Optional(amount('How much of it. Default: all.')),
      why,
    }),
    params({ do: Type.Literal('void', { description: 'What is held is free again.' }), transferId, holdId, why }),
  ],
  { description: 'A transfer, a hold, or the end of a hold.' },
);

/** Prefix of what is the router's own. */
export const housePrefix = 'house:';

export function accountFault(given: object): Fault | undefined {
  const {
    accountId,
    owner,
    customerId,
    identity,
    agentId,
    limit = 0,
  } = given as {
    readonly accountId: string;
    readonly owner: 'customer' | 'agent';
    readonly customerId?: string;
    readonly identity?: object;
    readonly agentId?: string;
    readonly limit?: number;
  };
  if (accountId.startsWith(housePrefix))
    return { path: '/accountId', message: `must not begin with ${housePrefix}, as accounts of the house do` };
  if (limit > 0)
    return { path: '/limit', message: 'expected 0 or less: nothing is on a new account, and it would be below it' };
  const named = [customerId, identity, agentId].filter((one) => one !== undefined).length;
  if (owner === 'agent' && (agentId === undefined || named > 1))
    return { path: '/agentId', message: 'an account of an agent names the agent, and nobody else' };
  if (owner === 'customer' && (agentId !== undefined || named !== 1))
    return {
      path: '/customerId',
      message: 'an account of a customer names the customer, by customerId or identity, and nobody else',
    };
  return undefined;
}
