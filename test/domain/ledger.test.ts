// The ledger: accounts, bookings all or none, holds and their ends, payments in and out, refunds and disputes; and whatever happens in
// whatever order, against a plain model of the same rules (docs/money.md).

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { proportioned } from '../../src/domain/ledger/payments.ts';
import { booksBalance } from './books-balance.ts';
import { DomainWorld, type Members, nameOf, type Who } from './domain-world.ts';
import { expectSurvivesLoad } from './survives-load.ts';

let world: DomainWorld;
const crm: Who = 'app:crm';
const root: Who = 'admin:root';

beforeEach(async () => {
  world = await DomainWorld.start();
  await world.ok(root, 'agent.set', { agentId: 'ada', capacity: { voice: 1 } });
  await world.ok(crm, 'customer.resolve', { identity: { scheme: 'visitor', value: 'anna' } });
});

afterEach(async () => {
  await booksBalance(world);
  await expectSurvivesLoad(world);
  await world.stop();
});

const eur = (amount: number) => ({ amount, currency: 'EUR' });
const anna = { accountId: 'anna', owner: 'customer', customerId: 'c1', currency: 'EUR' };
const ada = { accountId: 'ada', owner: 'agent', agentId: 'ada', currency: 'EUR' };
const get = (accountId: string) => world.ok(crm, 'account.get', { accountId });
const step = (kind: string, transferId: string, debit: string, credit: string, amount: number, more: Members = {}) => ({
  ...{ do: kind, transferId, debit, credit, money: eur(amount), why: 'a trial' },
  ...more,
});
const book = (...steps: Members[]) => world.outcome(crm, 'account.book', { steps });

async function both(): Promise<void> {
  await world.ok(crm, 'account.open', anna);
  await world.ok(crm, 'account.open', ada);
  await world.ok(crm, 'account.deposit', { paymentId: 'in', accountId: 'anna', money: eur(1_000) });
}

describe('accounts', () => {
  test('are opened once, by whom they are for; what is paid in is there, and taken from outside', async () => {
    expect(await world.ok(crm, 'account.open', anna)).toEqual({
      ...{ accountId: 'anna', owner: 'customer', customerId: 'c1', currency: 'EUR' },
      ...{ limit: 0, balance: 0, held: 0, expected: 0, available: 0 },
    });
    expect(await world.outcome(crm, 'account.open', anna)).toBe('done');
    for (const other of [{ currency: 'USD' }, { limit: -1 }, { customerId: 'c2' }])
      expect(await world.outcome(crm, 'account.open', { ...anna, ...other })).toBe(
        'account_exists_with_different_content',
      );
    expect(await world.outcome(crm, 'account.open', { ...anna, accountId: 'b', customerId: 'c7' })).toBe(
      'customer_not_found',
    );
    expect(await world.outcome(crm, 'account.open', { ...ada, agentId: 'bob' })).toBe('agent_not_found');
    const deposit = { paymentId: 'in', accountId: 'anna', money: eur(1_250) };
    expect(await world.ok(crm, 'account.deposit', deposit)).toMatchObject({
      kind: 'deposit',
      state: 'done',
      refunded: 0,
    });
    expect(await world.outcome(crm, 'account.deposit', deposit)).toBe('done');
    expect(await world.outcome(crm, 'account.deposit', { ...deposit, money: eur(1) })).toBe(
      'payment_exists_with_different_content',
    );
    expect(await get('anna')).toMatchObject({ balance: 1_250, available: 1_250 });
    expect(await get('house:outside:EUR')).toMatchObject({ owner: 'outside', balance: -1_250 });
    expect(await get('house:tax:JPY')).toMatchObject({ balance: 0, limit: 0 });
    expect(await world.outcome(crm, 'account.get', { accountId: 'house:tax:XXX' })).toBe('account_not_found');
  });

  test('money in another currency is not taken, nor what would make a sum too large', async () => {
    await both();
    const of = (money: Members) => world.outcome(crm, 'account.deposit', { paymentId: 'x', accountId: 'anna', money });
    expect(await of({ amount: 5, currency: 'USD' })).toBe('currencies_differ');
    expect(await of(eur(Number.MAX_SAFE_INTEGER))).toBe('amount_too_large');
    expect(await of(eur(Number.MAX_SAFE_INTEGER - 1_000))).toBe('done');
    expect(await book(step('transfer', 't', 'house:outside:EUR', 'ada', 1))).toBe('amount_too_large');
  });

  test('who books several steps is told which one is refused, and of which account', async () => {
    await both();
    const refused = async (...steps: Members[]) =>
      (await world.call(crm, 'account.book', { steps })) as { refusal?: object };
    const first = step('transfer', 't1', 'anna', 'ada', 100);
    expect(await refused(first, step('transfer', 't2', 'anna', 'ada', 901))).toMatchObject({
      refusal: { refusal: 'balance_too_low', data: { path: '/steps/1', accountId: 'anna', available: 900 } },
    });
    expect(await refused(first, first, { do: 'void', transferId: 'v', holdId: 'h', why: 'over' })).toMatchObject({
      refusal: { refusal: 'hold_not_found', data: { path: '/steps/2', holdId: 'h' } },
    });
    const all = Number.MAX_SAFE_INTEGER;
    expect(await refused(step('transfer', 't', 'house:outside:EUR', 'ada', all))).toMatchObject({
      refusal: { refusal: 'amount_too_large', data: { path: '/steps/0', accountId: 'house:outside:EUR' } },
    });
    expect(await get('ada')).toMatchObject({ balance: 0 });
  });

  test('who lists them in the very moment of the first payment sees both of its accounts', async () => {
    await world.ok(crm, 'account.open', anna);
    const deposit = { paymentId: 'in', accountId: 'anna', money: eur(1_250) };
    const [paid, listed, behind] = await world.together(
      [crm, 'account.deposit', deposit],
      [crm, 'account.list', {}],
      [crm, 'account.list', { limit: 1 }],
    );
    expect(paid).toMatchObject({ result: { state: 'done' } });
    const accounts = [
      { accountId: 'anna', balance: 1_250 },
      { accountId: 'house:outside:EUR', balance: -1_250 },
    ];
    expect(listed).toMatchObject({ result: { accounts } });
    expect(behind).toMatchObject({ result: { accounts: accounts.slice(0, 1) } });
    expect(await world.ok(crm, 'account.list')).toMatchObject({ accounts });
  });

  test('customers and agents see what is theirs, and nobody else’s', async () => {
    await both();
    for (const [who, own, other] of [
      ['customer:anna', 'anna', 'ada'],
      ['agent:ada', 'ada', 'anna'],
    ] as const) {
      expect(await world.ok(who, 'account.get', { accountId: own })).toMatchObject({ accountId: own });
      expect(await world.outcome(who, 'account.get', { accountId: other })).toBe('account_not_found');
      expect(await world.outcome(who, 'account.statement', { accountId: other })).toBe('account_not_found');
      expect(await world.outcome(who, 'account.get', { accountId: 'house:outside:EUR' })).toBe('account_not_found');
      expect(await world.ok(who, 'account.list')).toMatchObject({ accounts: [{ accountId: own }] });
      expect(await world.ok(who, 'account.list', { customerId: 'c9' })).toEqual({ accounts: [] });
    }
    expect(await world.ok('customer:eve', 'account.list')).toEqual({ accounts: [] });
    expect(await world.ok('customer:anna', 'payment.get', { paymentId: 'in' })).toMatchObject({ money: eur(1_000) });
    expect(await world.outcome('agent:ada', 'payment.get', { paymentId: 'in' })).toBe('payment_not_found');
    expect(await world.ok(crm, 'account.list', { agentId: 'ada' })).toMatchObject({ accounts: [{ accountId: 'ada' }] });
  });

  test('a limit below zero is credit, and is not raised above what is there', async () => {
    await both();
    expect(await book(step('transfer', 't1', 'anna', 'ada', 1_001))).toBe('balance_too_low');
    expect(await world.ok(crm, 'account.change', { accountId: 'anna', limit: -200 })).toMatchObject({ limit: -200 });
    expect(await book(step('transfer', 't1', 'anna', 'ada', 1_200))).toBe('done');
    expect(await world.outcome(crm, 'account.change', { accountId: 'anna', limit: -199 })).toBe('balance_too_low');
    expect(await world.outcome(crm, 'account.change', { accountId: 'nobody', limit: 0 })).toBe('account_not_found');
    expect(await world.outcome(crm, 'account.change', { accountId: 'house:tax:EUR', limit: 0 })).toBe(
      'account_not_found',
    );
  });
});

describe('bookings', () => {
  test('are whole: what one step cannot, none of them does', async () => {
    await both();
    const steps = [
      step('transfer', 't1', 'anna', 'house:escrow:EUR', 800),
      step('transfer', 't2', 'house:escrow:EUR', 'ada', 700),
    ];
    expect(await book(...steps, step('transfer', 't3', 'house:escrow:EUR', 'house:tax:EUR', 101))).toBe(
      'balance_too_low',
    );
    expect(await get('anna')).toMatchObject({ balance: 1_000 });
    expect(await book(...steps, step('transfer', 't3', 'house:escrow:EUR', 'house:tax:EUR', 100))).toBe('done');
    expect(await book(...steps)).toBe('done');
    expect([await get('anna'), await get('ada')]).toMatchObject([{ balance: 200 }, { balance: 700 }]);
    expect(await book({ ...steps[0]!, why: 'another' })).toBe('transfer_exists_with_different_content');
    expect(await book(step('transfer', 't4', 'anna', 'anna', 1))).toBe('accounts_are_the_same');
    expect(await book(step('transfer', 't4', 'anna', 'eve', 1))).toBe('account_not_found');
  });

  test('a hold keeps money from others until it is posted, voided, or has timed out', async () => {
    await both();
    expect(await book(step('hold', 'h1', 'anna', 'ada', 600))).toBe('done');
    expect(await get('anna')).toMatchObject({ balance: 1_000, held: 600, available: 400 });
    expect(await get('ada')).toMatchObject({ balance: 0, expected: 600 });
    expect(await book(step('transfer', 't1', 'anna', 'ada', 401))).toBe('balance_too_low');
    const post = (transferId: string, amount?: number) => ({
      ...{ do: 'post', transferId, holdId: 'h1', why: 'used' },
      ...(amount !== undefined && { amount }),
    });
    expect(await book(post('p1', 601))).toBe('amount_exceeds_hold');
    expect(await book(post('p1', 450))).toBe('done');
    expect(await book(post('p1', 450))).toBe('done');
    expect(await book(post('p2'))).toBe('hold_not_open');
    expect(await book({ ...post('p3'), holdId: 'p1' })).toBe('hold_not_found');
    expect([await get('anna'), await get('ada')]).toMatchObject([
      { balance: 550, held: 0 },
      { balance: 450, expected: 0 },
    ]);
    const expiresAt = world.clock.now() + 1_000;
    for (const over of [world.clock.now(), Math.floor(expiresAt / 1_000)])
      expect(await book(step('hold', 'h0', 'anna', 'ada', 1, { expiresAt: over }))).toBe('hold_already_expired');
    expect(await book(step('hold', 'h2', 'anna', 'ada', 550, { expiresAt }))).toBe('done');
    await world.reopen();
    await world.pass(999);
    expect(await get('anna')).toMatchObject({ available: 0 });
    await world.pass(1);
    expect(await get('anna')).toMatchObject({ available: 550 });
    expect(await book({ do: 'void', transferId: 'v', holdId: 'h2', why: 'late' })).toBe('hold_not_open');
    // The books say of a hold what has become of it.
    const { entries } = await world.ok('customer:anna', 'account.statement', { accountId: 'anna' });
    expect((entries as Members[]).map(({ transfer }) => (transfer as Members).transferId)).toEqual([
      ...['payment/in', 'h1', 'p1', 'h2', 'h2/timedOut'],
    ]);
    expect((entries as Members[]).map(({ transfer }) => (transfer as Members).hold)).toEqual([
      ...[undefined, { state: 'posted', posted: 450 }, undefined, { state: 'timedOut', expiresAt }, undefined],
    ]);
  });

  test('nothing is spent, posted or refunded twice in one tick', async () => {
    await both();
    const spend = (transferId: string) =>
      [crm, 'account.book', { steps: [step('transfer', transferId, 'anna', 'ada', 600)] }] as const;
    expect((await world.together([...spend('t1')], [...spend('t2')])).map(nameOf)).toEqual(['done', 'balance_too_low']);
    expect((await world.together([...spend('t1')], [...spend('t1')])).map(nameOf)).toEqual(['done', 'done']);
    expect(await get('ada')).toMatchObject({ balance: 600 });
    await book(step('hold', 'h', 'anna', 'ada', 400));
    const end = (kind: string, transferId: string) =>
      [crm, 'account.book', { steps: [{ do: kind, transferId, holdId: 'h', why: 'x' }] }] as const;
    expect((await world.together([...end('post', 'p')], [...end('void', 'v')])).map(nameOf)).toEqual([
      'done',
      'hold_not_open',
    ]);
    const refund = (refundId: string, amount: number) =>
      [crm, 'payment.refund', { refundId, paymentId: 'in2', amount, reason: 'wrong' }] as const;
    // What comes in may be used in the very tick.
    const answers = await world.together(
      [crm, 'account.deposit', { paymentId: 'in2', accountId: 'anna', money: eur(500) }],
      [crm, 'account.book', { steps: [step('hold', 'h2', 'anna', 'ada', 500)] }],
      [crm, 'account.get', { accountId: 'anna' }],
      [crm, 'account.statement', { accountId: 'anna', limit: 100 }],
      [crm, 'account.book', { steps: [{ do: 'void', transferId: 'v2', holdId: 'h2', why: 'x' }] }],
      [...refund('r1', 300)],
      [...refund('r2', 300)],
      [...refund('r1', 300)],
    );
    expect(answers.map(nameOf)).toEqual([
      ...['done', 'done', 'done', 'done', 'done', 'done', 'refund_exceeds_payment', 'done'],
    ]);
    expect(answers[2]).toMatchObject({ result: { balance: 500, available: 0 } });
    expect(answers[3]).toMatchObject({ result: { account: { available: 0 } } });
    expect(await get('anna')).toMatchObject({ balance: 200 });
    const withdraw = (paymentId: string) =>
      [crm, 'account.withdraw', { paymentId, accountId: 'anna', money: eur(150) }] as const;
    expect(
      (await world.together([...withdraw('out1')], [...withdraw('out2')], [...withdraw('out1')])).map(nameOf),
    ).toEqual(['done', 'balance_too_low', 'done']);
  });
});

describe('payments', () => {
  test('are taken back by booking the other way, in parts, and never beyond what they were', async () => {
    await both();
    const refund = (refundId: string, more: Members) =>
      world.call(crm, 'payment.refund', { refundId, reason: 'not served', ...more });
    expect(await refund('r1', { paymentId: 'in', amount: 300 })).toMatchObject({
      result: { kind: 'refund', refundOf: 'in', accountId: 'anna', money: eur(300), state: 'done' },
    });
    expect(await world.ok(crm, 'payment.get', { paymentId: 'in' })).toMatchObject({ refunded: 300 });
    expect(nameOf(await refund('r1', { paymentId: 'in', amount: 300 }))).toBe('done');
    expect(nameOf(await refund('r1', { paymentId: 'in' }))).toBe('payment_exists_with_different_content');
    expect(nameOf(await refund('in', { paymentId: 'in' }))).toBe('payment_exists_with_different_content');
    expect(await refund('r2', { paymentId: 'in', amount: 701 })).toMatchObject({
      refusal: { refusal: 'refund_exceeds_payment', data: { left: 700 } },
    });
    expect(nameOf(await refund('r2', { paymentId: 'r1' }))).toBe('refund_not_refundable');
    expect(nameOf(await refund('r2', { paymentId: 'none' }))).toBe('payment_not_found');
    expect(nameOf(await refund('r2', { paymentId: 'in' }))).toBe('done');
    expect(nameOf(await refund('r3', { paymentId: 'in' }))).toBe('refund_exceeds_payment');
    expect(await get('anna')).toMatchObject({ balance: 0 });
    expect(await get('house:outside:EUR')).toMatchObject({ balance: 0 });
    // Money that is not there any more cannot go back.
    await world.ok(crm, 'account.deposit', { paymentId: 'in2', accountId: 'anna', money: eur(100) });
    await world.ok(crm, 'account.withdraw', { paymentId: 'out', accountId: 'anna', money: eur(60) });
    expect(nameOf(await refund('r4', { paymentId: 'in2' }))).toBe('balance_too_low');
    expect(nameOf(await refund('r4', { paymentId: 'out' }))).toBe('done');
    expect(nameOf(await refund('r5', { paymentId: 'in2' }))).toBe('done');
  });

  test('are disputed once, and stand or are taken back', async () => {
    await both();
    const of = (paymentId: string) => ({ paymentId, reason: 'never asked for it' });
    const resolve = (more: Members) => world.outcome(crm, 'payment.resolve', { reason: 'looked at', ...more });
    expect(await world.outcome('customer:eve', 'payment.dispute', of('in'))).toBe('payment_not_found');
    expect(await resolve({ paymentId: 'in', outcome: 'rejected' })).toBe('dispute_not_open');
    expect(await world.ok('customer:anna', 'payment.dispute', of('in'))).toMatchObject({ dispute: { state: 'open' } });
    expect(await world.outcome('customer:anna', 'payment.dispute', of('in'))).toBe('payment_disputed_already');
    expect(await world.ok(crm, 'payment.list', { disputed: 'open' })).toMatchObject({
      payments: [{ paymentId: 'in' }],
    });
    expect(await resolve({ paymentId: 'in', outcome: 'upheld', refundId: 'in' })).toBe(
      'payment_exists_with_different_content',
    );
    expect(await resolve({ paymentId: 'in', outcome: 'upheld', refundId: 'r', amount: 1_001 })).toBe(
      'refund_exceeds_payment',
    );
    expect(await resolve({ paymentId: 'in', outcome: 'upheld', refundId: 'r', amount: 400 })).toBe('done');
    expect(await world.ok(crm, 'payment.get', { paymentId: 'in' })).toMatchObject({
      refunded: 400,
      dispute: { state: 'upheld', decided: 'looked at' },
    });
    expect(await world.ok(crm, 'payment.get', { paymentId: 'r' })).toMatchObject({ refundOf: 'in' });
    expect(await world.outcome(crm, 'payment.dispute', of('r'))).toBe('refund_not_refundable');
    expect(await resolve({ paymentId: 'in', outcome: 'rejected' })).toBe('dispute_not_open');
    await world.ok(crm, 'account.deposit', { paymentId: 'in2', accountId: 'anna', money: eur(5) });
    await world.ok(crm, 'payment.dispute', of('in2'));
    expect(await resolve({ paymentId: 'in2', outcome: 'rejected' })).toBe('done');
    expect(await world.ok(crm, 'payment.get', { paymentId: 'in2' })).toMatchObject({
      refunded: 0,
      dispute: { state: 'rejected' },
    });
  });

  test('say how much of what is wanted is held because it is disputed, and of which payments', async () => {
    await both();
    await world.ok(crm, 'account.deposit', { paymentId: 'in2', accountId: 'anna', money: eur(200) });
    for (const paymentId of ['in2', 'in']) await world.ok(crm, 'payment.dispute', { paymentId, reason: 'not right' });
    const out = { paymentId: 'out', accountId: 'anna', money: eur(1) };
    const said = {
      accountId: 'anna',
      available: 0,
      amount: 1,
      held: 1_200,
      disputed: 1_200,
      paymentIds: ['in', 'in2'],
    };
    const refused = { refusal: { refusal: 'balance_too_low', data: said } };
    expect(await world.call(crm, 'account.withdraw', out)).toMatchObject(refused);
    // In one tick with what frees it, each in its turn.
    const resolve: Members = { paymentId: 'in', outcome: 'rejected', reason: 'it was' };
    const answers = await world.together(
      [crm, 'account.withdraw', out],
      [crm, 'payment.resolve', resolve],
      [crm, 'account.withdraw', { ...out, paymentId: 'out2', money: eur(1_001) }],
      [crm, 'account.withdraw', { ...out, paymentId: 'out3', money: eur(1_000) }],
    );
    expect(answers.map(nameOf)).toEqual(['balance_too_low', 'done', 'balance_too_low', 'done']);
    expect(await get('anna')).toMatchObject({ balance: 200, disputed: 200, available: 0 });
    const less = await world.call(crm, 'account.change', { accountId: 'anna', limit: 1 });
    expect(less).toMatchObject({
      refusal: { refusal: 'balance_too_low', data: { disputed: 200, paymentIds: ['in2'] } },
    });
  });

  test('a part in proportion is whole, comes to the amount, and is nowhere more than the share', () => {
    expect(proportioned([700, 200, 100], 500)).toEqual([350, 100, 50]);
    expect(proportioned([1, 1, 1], 2)).toEqual([0, 1, 1]);
    const large = Number.MAX_SAFE_INTEGER;
    expect(proportioned([large - 1, 1], large - 1)).toEqual([large - 2, 1]);
    for (let seed = 1; seed <= 500; seed++) {
      const parts = [seed % 7, (seed * 31) % 101, (seed * 17) % 13];
      const total = parts.reduce((sum, part) => sum + part, 0);
      for (const amount of [1, Math.floor(total / 2), total]) {
        if (amount < 1) continue;
        const given = proportioned(parts, amount);
        expect(given.reduce((sum, part) => sum + part, 0)).toBe(amount);
        given.forEach((part, at) => {
          expect(part).toBeGreaterThanOrEqual(0);
          expect(part).toBeLessThanOrEqual(parts[at] as number);
        });
      }
    }
  });
});
