// Money over real sockets: a router, and a payment provider that fails, declines, is slow and says everything twice, while the router is
// started again in the middle. Everything comes to what was paid, once.

import { afterEach, beforeEach, expect, test } from 'vitest';
import { SystemClock } from '../../src/engine/clock.ts';
import { PaymentProvider } from '../../src/simulation/payment-provider.ts';
import { JourneyRouter, lastingPort, sleep } from './router-harness.ts';

const secret = `whsec_${Buffer.alloc(32, 'a key for a provider').toString('base64')}`;
let router: JourneyRouter;
let provider: PaymentProvider;

async function call(role: 'admin' | 'app' | 'customer', sub: string, method: string, params: object) {
  const { result, error } = await router.rpc(role, sub, method, params);
  if (error !== undefined) throw new Error(`${method}: ${JSON.stringify(error)}`);
  return result as unknown as Record<string, unknown>;
}

beforeEach(async () => {
  router = await JourneyRouter.start({ webhooksTo: 'any', port: await lastingPort() });
  const conduct = { secret, port: 0, declineEvery: 3, failEvery: 7, delayMs: 100, confirmations: 2 };
  // Over a session that comes back by itself: a kept connection would still be the router's that has stopped.
  const pays = await router.open('app', 'pay');
  const confirm = async (confirmation: object) => {
    await pays.client.call('payment.confirm', confirmation as never);
  };
  provider = new PaymentProvider(conduct, confirm, new SystemClock());
  const url = `http://127.0.0.1:${await provider.listen()}/`;
  await call('admin', 'root', 'paymentProvider.set', { url, secret });
  await call('app', 'crm', 'customer.resolve', { identity: { scheme: 'visitor', value: 'anna' } });
  const account = { accountId: 'anna', owner: 'customer', customerId: 'c1', currency: 'EUR' };
  await call('app', 'crm', 'account.open', account);
});

afterEach(async () => {
  await provider.close();
  await router.close();
});

test('what a customer pays in through the provider is booked once, and what is declined is not', {
  timeout: 60_000,
}, async () => {
  for (let number = 1; number <= 9; number++)
    await call('customer', 'anna', 'account.deposit', {
      ...{ paymentId: `p${number}`, accountId: 'anna', through: 'provider' },
      money: { amount: 100, currency: 'EUR' },
    });
  await call('app', 'crm', 'account.withdraw', {
    ...{ paymentId: 'out', accountId: 'anna', money: { amount: 50, currency: 'EUR' }, through: 'provider' },
  }).catch(() => undefined);
  await router.stop();
  await router.startAgain();
  // On a connection of its own: one that is kept would still be the router's that has stopped.
  const looks = await router.open('app', 'looks');
  const pending = async () => {
    const { payments } = await looks.client.call('payment.list', {});
    return (payments as { state: string }[]).filter(({ state }) => state === 'pending').length;
  };
  for (const deadline = Date.now() + 30_000; (await pending()) > 0; await sleep(100))
    if (Date.now() > deadline)
      throw new Error(`pending: ${JSON.stringify([await looks.client.call('payment.list', {}), provider.numbers])}`);
  const { payments } = (await looks.client.call('payment.list', {})) as unknown as {
    payments: { kind: string; state: string; failed?: string }[];
  };
  const done = payments.filter(({ kind, state }) => kind === 'deposit' && state === 'done').length;
  const paidOut = payments.filter(({ kind, state }) => kind === 'withdrawal' && state === 'done').length;
  expect(provider.numbers.declined).toBeGreaterThan(0);
  expect(payments.filter(({ state, failed }) => state === 'failed' && failed === 'declined').length).toBe(
    provider.numbers.declined,
  );
  expect(provider.numbers.failed).toBeGreaterThan(0);
  const shown = await looks.client.call('account.get', { accountId: 'anna' });
  expect(shown).toMatchObject({ balance: 100 * done - 50 * paidOut, held: 0 });
  const outside = await looks.client.call('account.get', { accountId: 'house:outside:EUR' });
  expect(outside.balance).toBe(-(shown.balance as number));
  looks.close();
});
