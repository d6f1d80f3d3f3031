// A shorter storm than `npm run test:money` plays; that its own count is right where that can be said by hand; and that it notices what was
// charged otherwise.

import { expect, test } from 'vitest';
import { ContactAccount, type ReceiptShown } from './money/contact-account.ts';
import { OwnBooks, splitOf } from './money/own-books.ts';
import { lastsFor, type PlainTerms, plainPrice, plainUnits } from './money/plain-price.ts';
import { MoneyStorm } from './money/storm.ts';
import { small } from './money/storm-world.ts';

const seed = Number(process.env.SEED ?? Date.now() % 4_294_967_296);
console.log(`seed ${seed}: SEED=${seed} repeats this run`);

test('paid contacts are charged what they come to, once, whenever the power goes', { timeout: 240_000 }, async () => {
  const report = await new MoneyStorm(seed, small).play(400);
  expect(report.breaches).toEqual([]);
  // Enough has happened, or nothing was shown.
  expect(report.crashes + report.trapped).toBeGreaterThan(0);
  expect(report.charged).toBeGreaterThan(120);
  for (const of of ['cutOff', 'held', 'moved', 'sentOn', 'refunds', 'disputes'] as const)
    expect(report[of]).toBeGreaterThan(0);
  expect(report.messages + report.documents).toBeGreaterThan(0);
});

const noon = Date.parse('2026-03-02T12:00:00Z');
const eur = (amount: number) => ({ amount, currency: 'EUR' });
const ann = (from: number, to: number) => ({ agentId: 'a1', from: noon + from, to: noon + to });

test.each<[what: string, terms: PlainTerms, served: ReturnType<typeof ann>[], cost: number]>([
  ['91 seconds have begun', { per: 'minute', price: eur(60) }, [ann(0, 90_500)], 91],
  ['two minutes have begun', { per: 'startedMinute', price: eur(60) }, [ann(0, 60_001)], 120],
  [
    'over a pause the second that had begun goes on',
    { per: 'minute', price: eur(60) },
    [ann(0, 500), ann(9_000, 9_500)],
    1,
  ],
  ['a session has begun', { per: 'session', price: eur(900) }, [ann(0, 1)], 900],
  ['it was over in the free time', { per: 'session', price: eur(900), freeMs: 1_000 }, [ann(0, 1_000)], 0],
  ['the least is charged', { per: 'minute', price: eur(60), minimum: 50 }, [ann(0, 1_000)], 50],
])('%s', (_, terms, served, cost) => {
  expect(plainPrice(terms, served).cost).toBe(cost);
});

test('another price begins with the hour', () => {
  const hours = [{ days: ['mon'], from: '13:00', to: '24:00', amount: 120 }];
  const terms = { per: 'startedMinute', price: eur(60), timeZone: 'Europe/Berlin', hours } as const;
  // Noon in UTC is 13:00 in Berlin.
  expect(plainPrice(terms, [ann(-90_000, 30_000)])).toMatchObject({ cost: 60 + 60, counts: [2, 0] });
  expect(plainPrice(terms, [ann(-30_000, 90_000)])).toMatchObject({ cost: 60 + 120, counts: [1, 1] });
  expect(lastsFor({ per: 'startedMinute', price: eur(60) }, [ann(0, 200_000)], 120)).toBe(120_000);
});

test('messages are charged one by one, each at the price of its hour, and with the first what the minimum is over that', () => {
  const hours = [{ days: ['mon'], from: '13:00', to: '24:00', amount: 30 }];
  const terms = { per: 'message', price: eur(20), timeZone: 'Europe/Berlin', hours, minimum: 45 } as const;
  const at = (ms: number) => ({ agentId: 'a1', at: noon + ms });
  expect(plainUnits(terms, [at(-1), at(0), at(60_000)])).toMatchObject({
    ...{ cost: 80, counts: [1, 2], added: [45, 5, 30], meteredMs: 0 },
  });
  expect(plainUnits(terms, [])).toMatchObject({ cost: 0, counts: [0, 0] });
});

test('parts are the whole, and what is taken back comes from each who has some', () => {
  const part = splitOf('a1', 500, { taxBasisPoints: 1_900, commissionBasisPoints: 2_000 });
  expect(part).toEqual({ agentId: 'a1', amount: 500, tax: 80, commission: 84, receiver: 336 });
  const books = new OwnBooks();
  for (const accountId of ['kim', 'ann']) books.open(accountId, 'EUR');
  const shares = [
    { accountId: 'house:tax:EUR', left: 80 },
    { accountId: 'ann', left: 420 },
  ];
  const of = { paymentId: 'p', currency: 'EUR', payer: 'kim', amount: 500, isProviders: false, isDeposit: false };
  books.takesBack(books.pays({ ...of, shares }), 7);
  expect(books.balance('kim')).toBe(7);
  expect(shares.map(({ left }) => left)).toEqual([79, 414]);
});

const quote = {
  ...{ quoteId: 'q.1', rateId: 'r', channel: 'chat', agentId: 'a1' },
  terms: { per: 'minute', price: eur(60) } as const,
  shares: { taxBasisPoints: 0, commissionBasisPoints: 0 },
};
const receipt: ReceiptShown = {
  ...{ receiptId: '1', paymentId: 'receipt/1', contactId: 'c', quoteId: 'q.1', rateId: 'r' },
  ...{ startedAt: noon, endedAt: noon + 60_000, meteredMs: 60_000, lines: [{ count: 60, amount: 60 }] },
  ...{ total: eur(60), tax: eur(0) },
};

test.each<[what: string, receipt: ReceiptShown | undefined, free: number, breach: RegExp | undefined]>([
  ['as it was', receipt, 0, undefined],
  ['a unit too many', { ...receipt, total: eur(61) }, 0, /has the receipt/],
  ['a unit too few, though there was some', { ...receipt, total: eur(59), notCharged: eur(1) }, 1, /is there/],
  ['all that there was', { ...receipt, total: eur(59), notCharged: eur(1) }, 0, undefined],
  ['all that there was, and not what was not', { ...receipt, total: eur(59) }, 0, /has the receipt/],
  ['another time', { ...receipt, meteredMs: 60_001 }, 0, /has the receipt/],
  ['nothing', undefined, 0, /has no receipt/],
])('a receipt that says %s', async (_, shown, free, breach) => {
  const breaches: string[] = [];
  const account = new ContactAccount((sentence) => breaches.push(sentence));
  const of = { contactId: 'c', quote, accountId: 'kim', queueId: 'experts', isCall: false };
  const call = account.asked(of);
  account.connected(call, 'a1', noon);
  account.over(call, 'byAgent', noon + 60_000);
  // Two seconds of grace, so that being served for too long is not what is noticed.
  await account.judge(call, shown, { graceMs: 2_000, isLate: false, free: async () => free, hasGained: false });
  expect(breaches).toEqual(breach === undefined ? [] : [expect.stringMatching(breach)]);
});

test.each<[what: string, receipt: ReceiptShown | undefined, breach: RegExp | undefined]>([
  ['both messages', { ...receipt, ...{ total: eur(120), meteredMs: 0, lines: [{ count: 2, amount: 60 }] } }, undefined],
  ['one of them', { ...receipt, meteredMs: 0, lines: [{ count: 1, amount: 60 }] }, /has the receipt/],
  ['less than both cost', { ...receipt, meteredMs: 0, lines: [{ count: 2, amount: 60 }] }, /has the receipt/],
  ['nothing', undefined, /has no receipt/],
])('of a contact that is paid by the message a receipt that says %s', async (_, shown, breach) => {
  const breaches: string[] = [];
  const account = new ContactAccount((sentence) => breaches.push(sentence));
  const terms = { per: 'message', price: eur(60) } as const;
  const of = { contactId: 'c', quote: { ...quote, terms }, accountId: 'kim', queueId: 'experts', isCall: false };
  const call = account.asked(of);
  account.connected(call, 'a1', noon - 5_000);
  account.wrote(call, { agentId: 'a1', at: noon });
  account.wrote(call, { agentId: 'a1', at: noon + 1_000 });
  account.over(call, 'byAgent', noon + 60_000);
  // Whatever else the customer has: what was delivered is paid.
  await account.judge(call, shown, { graceMs: 0, isLate: false, free: async () => 0, hasGained: true });
  expect(breaches).toEqual(breach === undefined ? [] : [expect.stringMatching(breach)]);
});

test('a document has one receipt, of its price', () => {
  const breaches: string[] = [];
  const account = new ContactAccount((sentence) => breaches.push(sentence));
  const sold = { ...receipt, documentId: 'd', meteredMs: 0, endedAt: noon, lines: [{ count: 1, amount: 60 }] };
  account.receipt(sold);
  account.sold(sold, sold);
  account.receipt({ ...sold, receiptId: '2' });
  expect(breaches).toEqual(['d has the receipts 1 and 2']);
  account.sold({ ...sold, total: eur(61) }, sold);
  expect(breaches[1]).toMatch(/d has the receipt .* and comes to/);
});
