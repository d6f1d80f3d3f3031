// Payments through the tenant's provider, which the test plays: asked until it has taken them, again after a restart, confirmed once, late,
// twice, in vain and by nobody.

import { afterEach, beforeEach, expect, test } from 'vitest';
import { confirmationSignature } from '../../src/domain/ledger/provider-requests.ts';
import { signatureOf } from '../../src/domain/signature.ts';
import { paymentAskedAgainMs, paymentBackoffMs } from '../../src/limits.ts';
import { booksBalance } from './books-balance.ts';
import { type AskedOf, DomainWorld, type Members, nameOf, type Who } from './domain-world.ts';
import { expectSurvivesLoad } from './survives-load.ts';

const secret = `whsec_${Buffer.alloc(32, 'a key for a provider').toString('base64')}`;
const crm: Who = 'app:crm';
let world: DomainWorld;
let seen: number;

beforeEach(async () => {
  world = await DomainWorld.start();
  seen = 0;
  await world.ok(crm, 'customer.resolve', { identity: { scheme: 'visitor', value: 'anna' } });
  await world.ok(crm, 'account.open', { accountId: 'anna', owner: 'customer', customerId: 'c1', currency: 'EUR' });
  const url = 'https://pay.example/in';
  await world.ok('admin:root', 'paymentProvider.set', { url, secret, depositWithinMs: 10_000_000 });
});

afterEach(async () => {
  await booksBalance(world);
  await expectSurvivesLoad(world);
  await world.stop();
});

const money = (amount: number) => ({ amount, currency: 'EUR' });
const pay = (way: 'deposit' | 'withdraw', paymentId: string, amount: number, who: Who = crm) =>
  world.outcome(who, `account.${way}`, { paymentId, accountId: 'anna', money: money(amount), through: 'provider' });
const confirm = (paymentId: string, outcome: 'done' | 'declined', reference = 'x-1') => {
  const said = { paymentId, outcome, reference };
  return world.outcome(crm, 'payment.confirm', { ...said, signature: confirmationSignature(secret, said) });
};
const get = (paymentId: string) => world.ok(crm, 'payment.get', { paymentId });
const account = () => world.ok(crm, 'account.get', { accountId: 'anna' });
const status = (code: number) => ({ result: { status: code } });

/** Since the last time. */
async function posts(): Promise<AskedOf[]> {
  await world.idle();
  const all = world.posted();
  const news = all.slice(seen);
  seen = all.length;
  return news;
}

test('a deposit is asked for, signed, and booked when the provider confirms it, once', async () => {
  expect(await pay('deposit', 'in', 700, 'customer:anna')).toBe('done');
  expect(await pay('deposit', 'in', 700, 'customer:anna')).toBe('done');
  expect(await get('in')).toMatchObject({ state: 'pending', isTaken: false });
  const [post, ...others] = await posts();
  expect(others).toEqual([]);
  const headers = post!.params.headers as Record<string, string>;
  const body = post!.params.body as string;
  expect(JSON.parse(body)).toMatchObject({ type: 'payment.deposit', data: { paymentId: 'in', money: money(700) } });
  expect(headers['webhook-signature']).toBe(
    `v1,${signatureOf(secret, headers['webhook-id'] as string, headers['webhook-timestamp'] as string, body)}`,
  );
  await world.answerTo(post, status(202));
  expect(await get('in')).toMatchObject({ state: 'pending', isTaken: true });
  expect(await account()).toMatchObject({ balance: 0 });
  expect(await world.outcome(crm, 'payment.confirm', { paymentId: 'in', outcome: 'done' })).toBe(
    'payment_signature_wrong',
  );
  expect(await world.outcome(crm, 'payment.confirm', { paymentId: 'in', outcome: 'done', signature: 'v1,x' })).toBe(
    'payment_signature_wrong',
  );
  world.told();
  expect(await confirm('in', 'done')).toBe('done');
  expect(world.told()).toMatchObject([
    { to: 'customer:anna', event: 'payment.changed', params: { paymentId: 'in', state: 'done', reference: 'x-1' } },
  ]);
  // The same confirmation again, and another one.
  expect([await confirm('in', 'done'), await confirm('in', 'declined')]).toEqual(['done', 'payment_already_over']);
  expect(await account()).toMatchObject({ balance: 700 });
  await world.pass(2 * paymentAskedAgainMs);
  expect(await posts()).toEqual([]);
});

test('what is not taken is asked again under the same id, also after a restart; a declined one is over', async () => {
  await pay('deposit', 'in', 700);
  const [first] = await posts();
  await world.answerTo(first, status(503));
  expect(await posts()).toEqual([]);
  await world.pass(paymentBackoffMs[0] as number);
  const [second] = await posts();
  expect((second!.params.headers as Members)['webhook-id']).toBe((first!.params.headers as Members)['webhook-id']);
  // No answer, since the router is gone.
  await world.reopen();
  seen = 0;
  const [third] = await posts();
  expect(third!.params.body).toBe(first!.params.body);
  await world.answerTo(third, { error: { code: -32_000, message: 'no answer' } });
  await world.pass(paymentBackoffMs[1] as number);
  const [fourth] = await posts();
  await world.answerTo(fourth, status(422));
  expect(await get('in')).toMatchObject({ state: 'failed', failed: 'declined' });
  await world.pass(paymentAskedAgainMs);
  expect(await posts()).toEqual([]);
});

test('a deposit that nobody confirms in time has failed, and is booked where that comes after all', async () => {
  await pay('deposit', 'in', 700);
  const [first] = await posts();
  await world.answerTo(first, status(202));
  await world.pass(paymentAskedAgainMs);
  const [again] = await posts();
  expect(again!.params.body).toBe(first!.params.body);
  await world.answerTo(again, status(202));
  await world.pass(10_000_000);
  await world.pass(0);
  expect(await get('in')).toMatchObject({ state: 'failed', failed: 'timedOut' });
  expect(await world.outcome(crm, 'payment.refund', { refundId: 'r', paymentId: 'in', reason: 'x' })).toBe(
    'payment_not_done',
  );
  expect(await confirm('in', 'done')).toBe('done');
  expect(await get('in')).toMatchObject({ state: 'done' });
  expect(await account()).toMatchObject({ balance: 700 });
});

test('what goes out is held until the provider has paid it, or says that it does not', async () => {
  await world.ok(crm, 'account.deposit', { paymentId: 'cash', accountId: 'anna', money: money(1_000) });
  expect([await pay('withdraw', 'out', 600), await pay('withdraw', 'out2', 600)]).toEqual(['done', 'balance_too_low']);
  expect(await account()).toMatchObject({ balance: 1_000, held: 600 });
  // However long nobody says anything: it may have been paid.
  await world.answerTo((await posts())[0], status(202));
  await world.pass(20_000_000);
  await world.reopen();
  expect(await account()).toMatchObject({ balance: 1_000, held: 600 });
  expect(await confirm('out', 'done')).toBe('done');
  expect(await account()).toMatchObject({ balance: 400, held: 0 });
  await pay('withdraw', 'out3', 400);
  expect(await confirm('out3', 'declined')).toBe('done');
  expect(await account()).toMatchObject({ balance: 400, held: 0 });
  // A person who has found out says it without a signature.
  await pay('withdraw', 'out4', 100);
  expect(await world.outcome('admin:root', 'payment.confirm', { paymentId: 'out4', outcome: 'done' })).toBe('done');
  expect(await account()).toMatchObject({ balance: 300, held: 0 });
});

test('what came through the provider goes back through it, and may be tried again where it did not', async () => {
  await pay('deposit', 'in', 500);
  await confirm('in', 'done');
  const refund = (refundId: string, amount: number) =>
    world.call(crm, 'payment.refund', { refundId, paymentId: 'in', amount, reason: 'not served' });
  expect(await refund('r1', 300)).toMatchObject({ result: { state: 'pending', refundOf: 'in' } });
  expect(await account()).toMatchObject({ balance: 500, held: 300 });
  expect(nameOf(await refund('r2', 201))).toBe('refund_exceeds_payment');
  expect(JSON.parse((await posts()).at(-1)!.params.body as string)).toMatchObject({
    type: 'payment.refund',
    data: { paymentId: 'r1', refundOf: 'in', money: money(300) },
  });
  expect(await confirm('r1', 'declined')).toBe('done');
  expect([await account(), await get('in')]).toMatchObject([{ balance: 500, held: 0 }, { refunded: 0 }]);
  expect(await refund('r3', 500)).toMatchObject({ result: { state: 'pending' } });
  expect(await confirm('r3', 'done')).toBe('done');
  expect([await account(), await get('in')]).toMatchObject([{ balance: 0, held: 0 }, { refunded: 500 }]);
});

test('what is disputed is held again where giving it back has come to nothing', async () => {
  await pay('deposit', 'in', 500);
  await confirm('in', 'done');
  await world.ok(crm, 'payment.dispute', { paymentId: 'in', reason: 'not my card' });
  expect(await account()).toMatchObject({ balance: 500, held: 500, disputed: 500 });
  await world.ok(crm, 'payment.refund', { refundId: 'r1', paymentId: 'in', amount: 300, reason: 'a part of it' });
  expect(await account()).toMatchObject({ balance: 500, held: 500, disputed: 200 });
  await world.reopen();
  expect(await confirm('r1', 'declined')).toBe('done');
  expect(await account()).toMatchObject({ balance: 500, held: 500, disputed: 500 });
  await world.ok(crm, 'payment.resolve', { paymentId: 'in', outcome: 'upheld', refundId: 'r2', reason: 'it was not' });
  expect([await account(), await get('in')]).toMatchObject([
    { balance: 500, held: 500 },
    { dispute: { state: 'upheld' } },
  ]);
  expect(await confirm('r2', 'done')).toBe('done');
  expect(await account()).toMatchObject({ balance: 0, held: 0 });
});

test('who asks for a deposit is who asked, whoever else is heard in the same moment', async () => {
  const outcomes = await Promise.all([
    pay('deposit', 'b', 5, 'customer:eve'),
    pay('deposit', 'c', 5, 'customer:anna'),
    pay('deposit', 'd', 5),
    pay('deposit', 'e', 5, 'customer:eve'),
  ]);
  expect(outcomes).toEqual(['account_not_found', 'done', 'done', 'account_not_found']);
});

test('a customer’s page pays with its own account, and through the provider alone', async () => {
  expect(await pay('deposit', 'a', 5, 'customer:eve')).toBe('account_not_found');
  const books = { paymentId: 'b', accountId: 'anna', money: money(5) };
  expect(await world.outcome('customer:anna', 'account.deposit', books)).toBe('not_allowed_for_role');
  expect(await world.outcome('customer:anna', 'account.withdraw', books)).toBe('not_allowed_for_role');
  expect(
    await world.outcome(crm, 'account.deposit', {
      ...books,
      money: { amount: 1, currency: 'USD' },
      through: 'provider',
    }),
  ).toBe('currencies_differ');
});
