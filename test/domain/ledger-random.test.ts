// Random books: whatever is booked, in whatever order and tick, comes to what a plain model comes to, sums to zero and replays. And
// requests that the core refuses, of which nothing may be left: not in the books, and not with whoever relied on them.

import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Book, Order } from '../../src/domain/ledger/book.ts';
import type { DomainModule } from '../../src/domain/module.ts';
import { randomOf, type SimRandom } from '../sim/random.ts';
import { booksBalance } from './books-balance.ts';
import { type Call, DomainWorld, type Members, nameOf, type Who } from './domain-world.ts';
import { type Asked, LedgerModel, type Step } from './ledger-model.ts';
import { expectSurvivesLoad } from './survives-load.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1e9));
const crm: Who = 'app:crm';
let world: DomainWorld;

/** Books what a contact's attributes say as the contact comes in: whoever is not let in has booked nothing. */
function taking(book: Book): DomainModule {
  return {
    name: 'taking',
    number: 254,
    tables: [],
    methods: {},
    erases: { nothing: 'A test’s.' },
    shapes: {
      contactCreate: (draft, admission) => {
        const { orders } = (draft.params.attributes ?? {}) as { orders?: Order[] };
        return orders && book.book(orders, admission);
      },
    },
    load: () => {},
  };
}

beforeEach(async () => {
  world = await DomainWorld.start({ more: (_view, _sending, book) => [taking(book)] });
  await world.ok('admin:root', 'queue.set', { queueId: 'sales', channels: ['voice'] });
  await world.ok('admin:root', 'queue.set', { queueId: 'full', channels: ['voice'], maxWaiting: 0 });
  await world.ok(crm, 'customer.resolve', { identity: { scheme: 'visitor', value: 'anna' } });
});

afterEach(async () => {
  await booksBalance(world);
  await expectSurvivesLoad(world);
  await world.stop();
});

const accounts = { a: ['EUR', 0], b: ['EUR', 0], c: ['EUR', -300], d: ['JPY', 0] } as const;
type Id = keyof typeof accounts;
const ids = Object.keys(accounts) as Id[];

async function opened(): Promise<LedgerModel> {
  const model = new LedgerModel();
  for (const id of ids) {
    const [currency, limit] = accounts[id];
    await world.ok(crm, 'account.open', { accountId: id, owner: 'customer', customerId: 'c1', currency, limit });
    model.open(id, currency, limit);
  }
  for (const currency of ['EUR', 'JPY']) model.open(`house:outside:${currency}`, currency, null);
  return model;
}

/** Mostly ids that are new, and of holds one of the last. */
function randomStep(random: SimRandom, now: number, turn: number): Step {
  const transferId = `t${Math.max(0, 8 * turn + random.whole(random.chance(0.2) ? -40 : 0, 7))}`;
  const any = () => random.pick([...ids, 'house:outside:EUR', 'house:outside:EUR', 'house:outside:JPY', 'nobody']);
  if (random.chance(0.35)) {
    const ends = random.chance(0.6) ? ('post' as const) : ('void' as const);
    const part = ends === 'post' && random.chance(0.6) && { amount: random.whole(1, 300) };
    return { do: ends, transferId, holdId: `t${Math.max(0, 8 * turn - random.whole(0, 30))}`, ...part };
  }
  const debit = any();
  const currency = accounts[debit as Id]?.[0] ?? (debit === 'nobody' ? 'EUR' : debit.slice(-3));
  const moved = {
    transferId,
    debit,
    credit: any(),
    money: { amount: random.whole(1, 400), currency: random.chance(0.95) ? currency : 'EUR' },
  };
  if (random.chance(0.5)) return { do: 'transfer', ...moved };
  return { do: 'hold', ...moved, ...(random.chance(0.5) && { expiresAt: now + random.whole(1, 3_000) }) };
}

/** Money in and out, taken back, disputed and decided: mostly payments that are there, and often all that somebody has. */
function randomPaying(random: SimRandom, turn: number, model: LedgerModel): Asked {
  const accountId = random.pick(ids);
  const all = model.freeOf(accountId);
  const amount = all > 0 && random.chance(0.6) ? all : random.whole(1, 500);
  const moved = { paymentId: `p${turn}`, accountId, money: { amount, currency: accounts[accountId][0] } };
  const what = random.fraction();
  if (what < 0.25) return { method: 'account.deposit', params: moved };
  if (what < 0.5) return { method: 'account.withdraw', params: moved };
  const open = model.disputes();
  const paymentId = what > 0.8 && open.length > 0 ? random.pick(open) : `p${Math.max(0, turn - random.whole(0, 6))}`;
  if (what < 0.7) return { method: 'payment.dispute', params: { paymentId } };
  const some = random.chance(0.5) && { amount: random.whole(1, 300) };
  const refund = {
    paymentId,
    refundId: `r${random.chance(0.1) ? turn - 1 : `${turn}.${random.whole(1, 9)}`}`,
    ...some,
  };
  if (what < 0.85) return { method: 'payment.refund', params: refund };
  const upheld = random.chance(0.5);
  return {
    method: 'payment.resolve',
    params: upheld ? { ...refund, outcome: 'upheld' } : { paymentId, outcome: 'rejected' },
  };
}

const callOf = ({ method, params }: Asked): Call => [
  crm,
  method,
  { ...params, ...(method.startsWith('payment.') && { reason: 'a trial' }) },
];

test('random payments, taken back and disputed, come to what a plain model comes to', {
  timeout: 120_000,
}, async () => {
  console.log(`SEED=${seed}`);
  const random = randomOf(seed, 'payments');
  const model = await opened();
  const seen = new Set<string>();
  const rare = ['account.withdraw balance_too_low', 'payment.resolve done', 'money for one who is short'];
  const isSeen = () => rare.every((one) => seen.has(one));
  for (let turn = 1; turn <= 80 || (turn <= 800 && !isSeen()); turn++) {
    const now = world.clock.now();
    const steps = Array.from({ length: random.chance(0.3) ? 1 : 0 }, () => [randomStep(random, now, turn)]);
    const asked = Array.from({ length: random.whole(1, 3) }, () => randomPaying(random, turn, model));
    const books = steps.map((of): Call => [crm, 'account.book', { steps: of.map((step) => ({ ...step, why: 'x' })) }]);
    const outcomes = (await world.together(...books, ...asked.map(callOf))).map(nameOf);
    model.pass(now);
    // What is booked as it is let in comes first; then what came free or in is held, then the rest in its order.
    const atOnce = (one: Asked) => one.method === 'account.deposit';
    const known = new Map<Asked, string>();
    const booked = steps.map((of) => model.book(of, now));
    for (const one of asked.filter(atOnce)) {
      if (model.isShort(one.params.accountId as string)) seen.add('money for one who is short');
      known.set(one, model.pay(one));
    }
    model.topUp();
    for (const one of asked) if (!atOnce(one)) known.set(one, model.pay(one));
    expect(`${turn}: ${outcomes}`).toBe(`${turn}: ${[...booked, ...asked.map((one) => known.get(one))]}`);
    for (const one of asked) seen.add(`${one.method} ${known.get(one)}`);
    await world.pass(random.whole(1, 500));
    model.pass(world.clock.now());
    model.topUp();
    for (const [accountId, { balance, held }] of model.accounts) {
      const { disputed = 0, ...shown } = await world.ok(crm, 'account.get', { accountId });
      expect({ turn, ...shown, disputed }).toMatchObject({
        ...{ turn, accountId, balance, held, disputed: model.disputed(accountId) },
      });
    }
    if (random.chance(0.03)) await world.reopen();
  }
  for (const paymentId of model.disputes()) {
    const { dispute, left } = model.payments.get(paymentId)!;
    const payment = await world.ok(crm, 'payment.get', { paymentId });
    expect({ paymentId, ...(payment.dispute as Members) }).toMatchObject({ paymentId, held: dispute!.held });
    expect((payment.money as { amount: number }).amount - (payment.refunded as number)).toBe(left);
  }
  for (const one of rare) expect(seen).toContain(one);
});

test('random bookings come to what a plain model comes to', { timeout: 120_000 }, async () => {
  console.log(`SEED=${seed}`);
  const random = randomOf(seed, 'books');
  const model = await opened();
  const seen = new Set<string>();
  for (let turn = 0; turn < 250; turn++) {
    const now = world.clock.now();
    const requests = Array.from({ length: random.whole(1, 4) }, () =>
      Array.from({ length: random.chance(0.6) ? 1 : random.whole(2, 4) }, () => randomStep(random, now, turn)),
    );
    const calls = requests.map(
      (steps): Call => [
        crm,
        'account.book',
        { steps: steps.map((step) => ({ ...step, why: 'a trial' })) as Members[] },
      ],
    );
    const outcomes = (await world.together(...calls)).map(nameOf);
    model.pass(now);
    expect(`${turn}: ${outcomes}`).toBe(`${turn}: ${requests.map((steps) => model.book(steps, now))}`);
    for (const outcome of outcomes) seen.add(outcome);
    await world.pass(random.whole(1, 500));
    model.pass(world.clock.now());
    for (const [accountId, { balance, held }] of model.accounts)
      expect({ turn, ...(await world.ok(crm, 'account.get', { accountId })) }).toMatchObject({
        ...{ turn, accountId, balance, held },
      });
    if (random.chance(0.03)) await world.reopen();
  }
  // Others are seldom the first that is wrong.
  for (const outcome of ['done', 'balance_too_low', 'hold_not_found', 'transfer_exists_with_different_content'])
    expect(seen).toContain(outcome);
});

test('of a contact that the core does not let in nothing is booked, and nobody spends what it would have brought', async () => {
  await opened();
  const eur = (amount: number) => ({ amount, currency: 'EUR' });
  const move = (what: 'transfer' | 'hold', transferId: string, debit: string, credit: string, amount: number) => ({
    ...{ do: what, transferId, debit, credit, amount, currency: 'EUR', why: 'x' },
  });
  const create = (contactId: string, queueId: string, ...orders: object[]): Call => [
    'switch:pbx',
    'contact.create',
    { contactId, queueId, channel: 'voice', attributes: { orders } },
  ];
  const book = (...steps: Members[]): Call => [crm, 'account.book', { steps }];
  const step = ({ amount, currency: _, ...one }: ReturnType<typeof move>) => ({ ...one, money: eur(amount) });
  const get = (accountId: string) => world.ok(crm, 'account.get', { accountId });
  await world.ok(crm, 'account.deposit', { paymentId: 'in', accountId: 'a', money: eur(1_000) });
  // A hold guards; where its contact is refused, it was never there, and who was refused for it may ask again.
  const held = await world.together(
    create('one', 'full', move('hold', 'h1', 'a', 'b', 600)),
    book(step(move('transfer', 't1', 'a', 'b', 500))),
    book({ do: 'void', transferId: 'v1', holdId: 'h1', why: 'x' }),
    book(step(move('hold', 'h1', 'a', 'b', 600))),
  );
  expect(held.map(nameOf)).toEqual(['queue_full', 'balance_too_low', 'transfer_taken_back', 'transfer_taken_back']);
  expect(await get('a')).toMatchObject({ balance: 1_000, held: 0 });
  // What was let in stays, also where it is ended in the same tick.
  const ended = await world.together(
    create('two', 'sales', move('hold', 'h2', 'a', 'b', 600)),
    book({ do: 'post', transferId: 'p2', holdId: 'h2', amount: 250, why: 'x' }),
    book(step(move('transfer', 't2', 'a', 'b', 750))),
    book(step(move('transfer', 't3', 'a', 'b', 1))),
  );
  expect(ended.map(nameOf)).toEqual(['done', 'done', 'done', 'balance_too_low']);
  expect([await get('a'), await get('b')]).toMatchObject([
    { balance: 0, held: 0 },
    { balance: 1_000, expected: 0 },
  ]);
  // What it brings may be spent, but not without it.
  const spent = await world.together(
    create('three', 'full', move('transfer', 't4', 'b', 'a', 400)),
    book(step(move('transfer', 't5', 'a', 'c', 300))),
    book(step(move('transfer', 't6', 'b', 'c', 100))),
    create('four', 'sales', move('transfer', 't7', 'c', 'a', 100)),
    book(step(move('transfer', 't8', 'a', 'b', 50))),
  );
  expect(spent.map(nameOf)).toEqual(['queue_full', 'balance_too_low', 'done', 'done', 'balance_too_low']);
  expect(await Promise.all(['a', 'b', 'c'].map(get))).toMatchObject([
    { balance: 100 },
    { balance: 900 },
    { balance: 0 },
  ]);
  // A hold that its contact's refusal gives back is not posted by somebody else, and one of before stays open.
  await world.ok(crm, 'account.book', { steps: [step(move('hold', 'h9', 'b', 'a', 900))] });
  const given = await world.together(
    create('five', 'full', { do: 'void', transferId: 'v9', holdId: 'h9', why: 'x' }),
    book(step(move('transfer', 't9', 'b', 'a', 900))),
    book({ do: 'post', transferId: 'p9', holdId: 'h9', why: 'x' }),
  );
  expect(given.map(nameOf)).toEqual(['queue_full', 'balance_too_low', 'hold_not_open']);
  expect(await get('b')).toMatchObject({ balance: 900, held: 900 });
  await world.ok(crm, 'account.book', { steps: [{ do: 'post', transferId: 'p9', holdId: 'h9', why: 'x' }] });
  expect(await get('b')).toMatchObject({ balance: 0, held: 0 });
});
