// Payments: what became of them, what is taken back, what is disputed (docs/money.md).

import { Type } from '@sinclair/typebox';
import { depositWithinMs } from '../../limits.ts';
import { amount, disputeOutcomes, disputeStates, paymentOutcomes, paymentView } from '../money.ts';
import { changing, cursor, durationMs, id, limit, nextCursor, oneOf, params, result, text } from '../schemas.ts';
import { webhookFault, webhookProperties } from '../webhooks.ts';
import { method, settingUp } from './method.ts';

const paymentId = text('The payment.');
const providerView = result({
  url: webhookProperties.url,
  depositWithinMs: durationMs('A deposit that is not confirmed by then has failed.'),
});
const owning = ['admin', 'app', 'customer', 'agent'] as const;

export const paymentMethods = {
  'payment.get': method({
    summary: 'A payment, and how it stands.',
    roles: owning,
    params: params({ paymentId }),
    result: paymentView,
    changes: false,
    refusals: ['payment_not_found'],
  }),
  'payment.list': method({
    summary: 'Payments, in the order in which they were asked for.',
    roles: settingUp,
    params: params({
      disputed: Type.Optional(oneOf(disputeStates, 'Only those whose dispute is at this.')),
      limit,
      cursor,
    }),
    result: result({ payments: Type.Array(paymentView), cursor: nextCursor }),
    changes: false,
    refusals: [],
  }),
  'payment.refund': method({
    summary:
      'Takes a payment back, or a part of it: what was booked is booked the other way, from each who had a share of it. Never more than it was in all. The same refundId with the same content succeeds again.',
    roles: settingUp,
    params: params({
      refundId: id('Of your making, unique among payments.'),
      paymentId,
      amount: Type.Optional(amount('How much of it, in its currency. Default: all that has not been taken back.')),
      reason: text('Why.'),
    }),
    result: paymentView,
    changes: true,
    creates: 'refundId',
    refusals: [
      'payment_exists_with_different_content',
      'payment_not_found',
      'refund_not_refundable',
      'payment_not_done',
      'payment_provider_not_set',
      'refund_exceeds_payment',
      'balance_too_low',
      'amount_too_large',
    ],
  }),
  'payment.dispute': method({
    summary:
      'Says that a payment was not right: it stays booked until payment.resolve, and what those have of it who have a share is held so long.',
    roles: ['admin', 'app', 'customer'],
    params: changing({ paymentId, reason: text('What is said against it.') }),
    result: paymentView,
    changes: true,
    refusals: ['payment_not_found', 'refund_not_refundable', 'payment_not_done', 'payment_disputed_already'],
  }),
  'payment.resolve': method({
    summary:
      'Decides a dispute: upheld, and the payment is taken back as by payment.refund; or rejected, and it stands.',
    roles: settingUp,
    params: changing({
      paymentId,
      outcome: oneOf(disputeOutcomes, 'What was found.'),
      refundId: Type.Optional(id('upheld: of the refund.')),
      amount: Type.Optional(amount('upheld: how much is taken back. Default: all that is left.')),
      reason: text('Why.'),
    }),
    result: paymentView,
    changes: true,
    furtherFault: (given) => {
      const { outcome, refundId, amount: some } = given as { outcome: string; refundId?: string; amount?: number };
      if (outcome === 'upheld' && refundId === undefined) return { path: '/refundId', message: 'is missing' };
      if (outcome === 'rejected' && (refundId ?? some) !== undefined)
        return { path: refundId === undefined ? '/amount' : '/refundId', message: 'is of a dispute that is upheld' };
      return undefined;
    },
    refusals: [
      'payment_not_found',
      'dispute_not_open',
      'payment_exists_with_different_content',
      'payment_provider_not_set',
      'refund_exceeds_payment',
      'balance_too_low',
      'amount_too_large',
    ],
  }),
  'payment.confirm': method({
    summary:
      'What became of a payment that the provider was asked for: said by the provider, signed; or by an administrator, who has found out. The first that is said holds, but for a deposit that failed and has come after all.',
    roles: settingUp,
    params: changing({
      paymentId,
      outcome: oneOf(paymentOutcomes, 'done: the money has moved. declined: it has not, and will not.'),
      reference: Type.Optional(text('What the provider calls it.')),
      signature: Type.Optional(
        text(
          'v1, a comma, and in Base64 the HMAC with SHA-256 of paymentId, outcome and reference with dots between them. Only an administrator may leave it out.',
        ),
      ),
    }),
    result: paymentView,
    changes: true,
    refusals: [
      'payment_not_found',
      'payment_signature_wrong',
      'payment_already_over',
      'account_not_found',
      'currencies_differ',
      'amount_too_large',
    ],
  }),
  'paymentProvider.set': method({
    summary:
      'Who gets and pays money for the tenant: payments that are pending are asked of this address from then on.',
    roles: ['admin'],
    params: changing({
      url: webhookProperties.url,
      secret: webhookProperties.secret,
      depositWithinMs: Type.Optional(
        durationMs('A deposit that is not confirmed by then has failed.', { minimum: 1_000, default: depositWithinMs }),
      ),
    }),
    result: providerView,
    changes: true,
    furtherFault: (given) => webhookFault(given as { url: string; secret: string }),
    refusals: [],
  }),
  'paymentProvider.get': method({
    summary: 'The payment provider, without its secret.',
    roles: settingUp,
    params: params({}),
    result: providerView,
    changes: false,
    refusals: ['payment_provider_not_set'],
  }),
};
