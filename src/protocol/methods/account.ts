// Accounts, what is booked on them, and money in and out (docs/money.md).

import { Type } from '@sinclair/typebox';
import { bookingStepsMax } from '../../limits.ts';
import {
  accountFault,
  accountView,
  bookingStep,
  currency,
  entryView,
  limitAmount,
  money,
  openedFor,
  paymentView,
  paymentWays,
  transferView,
} from '../money.ts';
import { changing, cursor, id, identity, limit, nextCursor, oneOf, params, result, text } from '../schemas.ts';
import { method, settingUp } from './method.ts';

const accountId = text('The account.');
/** Customers and agents: those of their own. */
/** A customer's page: with its own account, through the provider. */
const paying = ['admin', 'app', 'customer'] as const;
const owning = ['admin', 'app', 'customer', 'agent'] as const;

/** Money comes in, or goes out. */
const moving = params({
  paymentId: id('Of your making, unique among payments.'),
  accountId,
  money,
  reason: Type.Optional(text('For the statement.')),
  through: Type.Optional(
    oneOf(
      paymentWays,
      'books (the default): it has taken place, and is booked. provider: the payment provider is asked, and it is pending until that confirms it.',
    ),
  ),
});
const movingRefusals = [
  'payment_exists_with_different_content',
  'account_not_found',
  'account_of_house',
  'payment_provider_not_set',
  'currencies_differ',
] as const;

export const accountMethods = {
  'account.open': method({
    summary:
      'Opens an account of a customer or an agent in one currency. Accounts of the house need not be opened. The same id with the same content succeeds again.',
    roles: settingUp,
    params: params({
      accountId: id('Of your making; not beginning with `house:`.'),
      owner: oneOf(openedFor, 'Whose kind it is.'),
      customerId: Type.Optional(id('The customer …')),
      identity: Type.Optional(identity),
      agentId: Type.Optional(id('The agent.')),
      currency,
      limit: Type.Optional(limitAmount),
    }),
    result: accountView,
    changes: true,
    creates: 'accountId',
    furtherFault: accountFault,
    refusals: ['account_exists_with_different_content', 'customer_not_found', 'agent_not_found', 'too_many_accounts'],
  }),
  'account.change': method({
    summary: 'Sets another limit.',
    roles: settingUp,
    params: changing({ accountId, limit: limitAmount }),
    result: accountView,
    changes: true,
    refusals: ['account_not_found', 'balance_too_low'],
  }),
  'account.get': method({
    summary: 'What is on an account.',
    roles: owning,
    params: params({ accountId }),
    result: accountView,
    changes: false,
    refusals: ['account_not_found'],
  }),
  'account.list': method({
    summary: 'Accounts, in the order in which they were opened: all, or those of a customer or an agent.',
    roles: owning,
    params: params({
      customerId: Type.Optional(id('Only those of this customer.')),
      agentId: Type.Optional(id('Only those of this agent.')),
      limit,
      cursor,
    }),
    result: result({ accounts: Type.Array(accountView), cursor: nextCursor }),
    changes: false,
    refusals: [],
  }),
  'account.statement': method({
    summary:
      'Everything that was booked or held on an account, the newest last: the sum of `posted` is the balance, that of `held` what is held.',
    roles: owning,
    params: params({ accountId, limit, cursor }),
    result: result({ account: accountView, entries: Type.Array(entryView), cursor: nextCursor }),
    changes: false,
    refusals: ['account_not_found'],
  }),
  'account.book': method({
    summary:
      'Books transfers, makes holds and ends them: all steps, each on top of those before it, or none. A step that was booked before with the same content does nothing.',
    roles: settingUp,
    params: changing({
      steps: Type.Array(bookingStep, { minItems: 1, maxItems: bookingStepsMax, description: 'In this order.' }),
    }),
    result: result({ transfers: Type.Array(transferView) }),
    changes: true,
    refusals: [
      'account_not_found',
      'currencies_differ',
      'accounts_are_the_same',
      'balance_too_low',
      'amount_too_large',
      'transfer_exists_with_different_content',
      'hold_already_expired',
      'transfer_taken_back',
      'hold_not_found',
      'hold_not_open',
      'amount_exceeds_hold',
    ],
  }),
  'account.deposit': method({
    summary:
      'Money comes in from outside: it has come, by cash or a transfer between banks, or the payment provider gets it. The same id with the same content succeeds again.',
    roles: paying,
    params: moving,
    result: paymentView,
    changes: true,
    creates: 'paymentId',
    refusals: [...movingRefusals, 'amount_too_large'],
  }),
  'account.withdraw': method({
    summary: 'Money goes outside, as account.deposit.',
    roles: paying,
    params: moving,
    result: paymentView,
    changes: true,
    creates: 'paymentId',
    refusals: [...movingRefusals, 'balance_too_low', 'amount_too_large'],
  }),
};
