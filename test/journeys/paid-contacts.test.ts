// A paid contact over real sockets: a customer who asks for quotes, is served at one of them, and a router that restarts in the middle; both
// sides get the receipt, and the books balance.

import { afterEach, expect, test } from 'vitest';
import { restart } from './floor.ts';
import { JourneyRouter, lastingPort } from './router-harness.ts';

const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const patient = { timeout: 15_000 };
const kim = { scheme: 'email', value: 'kim@example.org' };
const eur = (amount: number) => ({ amount, currency: 'EUR' });

test('quoted, held, served over a restart, settled once, with a receipt to both', async () => {
  const router = await JourneyRouter.start({ port: await lastingPort() });
  cleanUps.push(() => router.close());
  const admin = await router.open('admin', 'root');
  await admin.call('tenant.set', { paidContacts: { taxBasisPoints: 1_900, commissionBasisPoints: 2_000 } });
  await admin.call('queue.set', { queueId: 'experts', channels: ['chat'], wrapUpMs: 0 });
  await admin.call('agent.set', { agentId: 'ann', capacity: { chat: 1 } });
  const shop = await router.open('app', 'shop');
  const { customerId } = await shop.call('customer.resolve', { identity: kim });
  await shop.call('account.open', { accountId: 'kim', owner: 'customer', customerId, currency: 'EUR' });
  await shop.call('account.open', { accountId: 'ann', owner: 'agent', agentId: 'ann', currency: 'EUR' });
  await shop.call('account.deposit', { paymentId: 'in', accountId: 'kim', money: eur(2_000) });
  const ann = await router.open('agent', 'ann');
  await ann.call('agent.login', {});
  await ann.call('agent.ready', {});
  await ann.call('rate.publish', { rateId: 'talk', receiver: { agentId: 'ann' }, per: 'session', price: eur(1_190) });

  const { quotes } = await shop.call('quote.request', { quoteId: 'q', channel: 'chat' });
  expect(quotes).toMatchObject([{ quoteId: 'q.1', rateId: 'talk', amountNow: 1_190, taxBasisPoints: 1_900 }]);
  const wanted = { contactId: 'c', channel: 'chat', queueId: 'experts', agentId: 'ann', identity: kim, quoteId: 'q.1' };
  await shop.call('contact.create', wanted);
  expect(await shop.call('account.get', { accountId: 'kim' })).toMatchObject({ balance: 2_000, held: 1_190 });
  const second = shop.call('contact.create', { ...wanted, contactId: 'd' });
  await expect(second).rejects.toMatchObject({
    refusal: 'funds_insufficient',
    data: { needed: 1_190, available: 810, missing: 380 },
  });

  const offered = () => ann.told.findLast(({ event }) => event === 'offer.created')?.params as { offerId: string };
  await expect.poll(offered, patient).toMatchObject({ contact: { payment: { quoteId: 'q.1', rateId: 'talk' } } });
  await ann.call('offer.accept', { offerId: offered().offerId });
  await restart(router, [admin, shop, ann], () => {});
  expect(await shop.call('account.get', { accountId: 'kim' })).toMatchObject({ balance: 2_000, held: 1_190 });
  await ann.call('contact.end', { contactId: 'c' });

  for (const party of [shop, ann])
    await expect
      .poll(() => party.told.findLast(({ event }) => event === 'payment.receipt')?.params, patient)
      .toMatchObject({ receiptId: '1', contactId: 'c', total: eur(1_190), tax: eur(190) });
  expect(await shop.call('account.get', { accountId: 'kim' })).toMatchObject({ balance: 810, held: 0 });
  expect(await ann.call('account.get', { accountId: 'ann' })).toMatchObject({ balance: 800 });
  const { receipts } = await ann.call('receipt.list', {});
  expect(receipts).toMatchObject([
    { parts: [{ agentId: 'ann', amount: 1_190, tax: 190, commission: 200, receiver: 800 }] },
  ]);
  const { accounts } = await shop.call('account.list', {});
  expect(accounts.reduce((sum, { balance }) => sum + balance, 0)).toBe(0);

  const paymentId = receipts[0]!.paymentId!;
  await shop.call('payment.refund', { refundId: 'back', paymentId, reason: 'the advice was wrong' });
  expect(await shop.call('account.get', { accountId: 'kim' })).toMatchObject({ balance: 2_000 });
});
