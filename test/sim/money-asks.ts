// What is asked about money: a few accounts, so that the same ones meet, and ids that come up again.

import { confirmationSignature } from '../../src/domain/ledger/provider-requests.ts';
import type { SimRandom } from './random.ts';
import { type Members, personal } from './setting.ts';
import type { Ask } from './workload.ts';

const currencyOf = { w1: 'EUR', w2: 'EUR', w3: 'JPY', w4: 'EUR' } as const;
const providerSecret = `whsec_${Buffer.alloc(24, 'provider').toString('base64')}`;
type AccountId = keyof typeof currencyOf;
const accountIds = Object.keys(currencyOf) as AccountId[];

const accountId = (random: SimRandom) => random.pick(accountIds);
/** Now and then in another currency than its account's. */
const money = (random: SimRandom, of: AccountId, most: number) => ({
  amount: random.whole(1, most),
  currency: random.chance(0.95) ? currencyOf[of] : 'KWD',
});
const reason = (random: SimRandom) => `${personal} ${random.whole(1, 9)}`;
const paymentId = (random: SimRandom) => `p${random.whole(1, 4)}`;
const transferId = (random: SimRandom) => `t${random.whole(1, 12)}`;

const open: Ask = (_, random) => {
  const which = accountId(random);
  return {
    accountId: which,
    ...(which === 'w4' ? { owner: 'agent', agentId: 'a0' } : { owner: 'customer', customerId: `c${which.slice(1)}` }),
    currency: currencyOf[which],
    ...(which === 'w2' && { limit: -500 }),
  };
};

function step(random: SimRandom): Members {
  const which = accountId(random);
  const house = `house:${random.pick(['outside', 'outside', 'escrow'])}:${currencyOf[which]}`;
  const other = random.chance(0.7) ? house : accountId(random);
  const [debit, credit] = random.chance(0.4) ? [which, other] : [other, which];
  const moved = {
    transferId: transferId(random),
    debit,
    credit,
    money: money(random, which, 400),
    why: reason(random),
  };
  return random.pick([
    { do: 'transfer', ...moved },
    { do: 'hold', ...moved },
    { do: 'post', transferId: transferId(random), holdId: transferId(random), why: 'kept' },
    { do: 'void', transferId: transferId(random), holdId: transferId(random), why: 'given back' },
  ]);
}

/** A hold that times out, or one that is posted in the same booking. */
const book: Ask = ({ now }, random) => {
  const first = step(random);
  if (first.do !== 'hold') return { steps: random.chance(0.5) ? [first] : [first, step(random)] };
  if (random.chance(0.5)) return { steps: [{ ...first, expiresAt: now + random.pick([300, 2_000]) }] };
  const end = { do: 'post', transferId: transferId(random), holdId: first.transferId, why: 'kept' };
  return { steps: random.chance(0.5) ? [first] : [first, { ...end, ...(random.chance(0.5) && { amount: 1 }) }] };
};

const moving =
  (most: number): Ask =>
  (_, random) => {
    const which = accountId(random);
    return {
      paymentId: paymentId(random),
      accountId: which,
      money: money(random, which, most),
      ...(random.chance(0.3) && { reason: reason(random) }),
      ...(random.chance(0.4) && { through: 'provider' }),
    };
  };

export const moneyAsks = {
  'account.open': open,
  'account.change': (_, random) => ({ accountId: accountId(random), limit: random.pick([0, -500, 100]) }),
  'account.get': (_, random) => ({ accountId: random.pick([...accountIds, 'house:outside:EUR']) }),
  'account.list': (_, random) => ({
    ...(random.chance(0.3) && { customerId: `c${random.whole(1, 3)}` }),
    limit: random.pick([1, 100]),
  }),
  'account.statement': (_, random) => ({
    accountId: random.pick([...accountIds, 'house:outside:EUR']),
    limit: random.pick([1, 100]),
  }),
  'account.book': book,
  'account.deposit': moving(1_000),
  'account.withdraw': moving(300),
  'paymentProvider.set': (_, random) => ({
    url: 'https://pay.example/strowger',
    secret: providerSecret,
    depositWithinMs: random.pick([1_000, 60_000]),
  }),
  'paymentProvider.get': () => ({}),
  'payment.confirm': ({ who }, random) => {
    const said = {
      paymentId: random.chance(0.8) ? paymentId(random) : `r${random.whole(1, 8)}`,
      outcome: random.pick(['done', 'done', 'declined'] as const),
      reference: `${personal}.${random.whole(1, 3)}`,
    };
    if (who.role === 'admin' && random.chance(0.3)) return said;
    return { ...said, signature: random.chance(0.95) ? confirmationSignature(providerSecret, said) : 'v1,none' };
  },
  'payment.get': (_, random) => ({ paymentId: paymentId(random) }),
  'payment.list': (_, random) => ({ limit: random.pick([1, 100]) }),
  'payment.refund': (_, random) => ({
    refundId: `r${random.whole(1, 8)}`,
    paymentId: paymentId(random),
    ...(random.chance(0.7) && { amount: random.whole(1, 300) }),
    reason: reason(random),
  }),
  'payment.dispute': (_, random) => ({ paymentId: paymentId(random), reason: reason(random) }),
  'payment.resolve': (_, random) => ({
    paymentId: paymentId(random),
    ...(random.chance(0.3) ? { outcome: 'upheld', refundId: `r${random.whole(1, 8)}` } : { outcome: 'rejected' }),
    reason: reason(random),
  }),
} satisfies Readonly<Record<string, Ask>>;
