// Contacts that are paid for by the message: what the receiver writes is delivered when, and only when, it is paid, and once.

import { afterEach, beforeEach, expect, test } from 'vitest';
import { randomOf } from '../sim/random.ts';
import { booksBalance } from './books-balance.ts';
import type { DomainWorld } from './domain-world.ts';
import { ann, ben, eur, outcomeOf, PaidStage, page, shop } from './paid-stage.ts';
import { expectSurvivesLoad } from './survives-load.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1e9));
let stage: PaidStage;
let world: DomainWorld;

beforeEach(async () => {
  stage = await PaidStage.start();
  world = stage.world;
});

afterEach(async () => {
  await booksBalance(world);
  await expectSurvivesLoad(world);
  await world.stop();
});

test('the receiver’s messages are charged, each once, and nobody else’s; the receipt counts them', async () => {
  await stage.tenant({ commissionBasisPoints: 2_000, taxBasisPoints: 1_900 });
  await stage.deposit(1_000);
  await stage.connected('c', await stage.quoted({ price: eur(119) }));
  expect(await stage.account()).toMatchObject({ balance: 1_000, held: 595 });
  expect(await stage.wrote(page, 'c', 'question')).toBe('done');
  expect(await stage.wrote(ann, 'c', 'answer1')).toBe('done');
  expect(await stage.wrote(ann, 'c', 'answer1')).toBe('done');
  expect(await stage.wrote('supervisor:boss', 'c', 'help')).toBe('done');
  expect(await stage.wrote(ann, 'c', 'answer2')).toBe('done');
  world.told();
  await stage.ends('c');
  expect(await stage.account()).toMatchObject({ balance: 762, held: 0 });
  expect(await stage.balance('ann')).toBe(160);
  const told = stage.told('payment.receipt');
  expect(told).toMatchObject([
    { to: page, per: 'message', lines: [{ count: 2, amount: 119 }], total: eur(238), tax: eur(38), meteredMs: 0 },
    { to: ann, parts: [{ agentId: 'ann', amount: 238, tax: 38, commission: 40, receiver: 160 }] },
  ]);
});

test('who cannot pay for the first message is not let in, and nobody is for a call', async () => {
  const quoteId = await stage.quoted();
  await stage.deposit(49);
  expect(await stage.create('c', quoteId)).toMatchObject({
    refusal: { refusal: 'funds_insufficient', data: { needed: 50, available: 49, missing: 1 } },
  });
  const rate = { rateId: 'calls', receiver: { agentId: 'ann' }, per: 'message', price: eur(1) };
  await world.ok(shop, 'rate.publish', rate);
  await world.ok(page, 'quote.request', { quoteId: 'call', channel: 'voice', receiver: { agentId: 'ann' } });
  expect(outcomeOf(await stage.create('c', 'call.1', { channel: 'voice' }))).toBe('quote_not_for_time');
  await stage.deposit(1);
  expect(outcomeOf(await stage.create('c', quoteId))).toBe('done');
});

test('one that the money is not enough for is not delivered, both are told what is missing, and it is once that is there', async () => {
  await stage.deposit(120);
  await stage.connected('c', await stage.quoted());
  world.told();
  expect(await stage.wrote(ann, 'c', 'm1')).toBe('done');
  expect(stage.told('payment.needed')).toEqual([]);
  expect(await stage.wrote(ann, 'c', 'm2')).toBe('done');
  const needed = { contactId: 'c', needed: eur(50), missing: eur(30) };
  expect(stage.told('payment.needed')).toEqual([
    { to: page, ...needed },
    { to: ann, ...needed },
  ]);
  expect(await stage.writes(ann, 'c', 'm3')).toMatchObject({
    refusal: { refusal: 'message_not_paid', data: { needed: eur(50), missing: eur(30) } },
  });
  expect(stage.told('payment.needed')).toHaveLength(2);
  expect(await stage.texts('c')).toEqual(['m1', 'm2']);
  // The customer writes on.
  expect(await stage.wrote(page, 'c', 'wait')).toBe('done');
  await stage.deposit(30);
  expect(await stage.wrote(ann, 'c', 'm3')).toBe('done');
  expect(await stage.texts('c')).toEqual(['m1', 'm2', 'wait', 'm3']);
  await stage.ends('c');
  expect(await stage.balance()).toBe(0);
  expect(await stage.balance('ann')).toBe(150);
});

test('two in one tick with money for one: the first', async () => {
  await stage.deposit(50);
  await stage.connected('c', await stage.quoted());
  const answers = await world.together(
    [ann, 'contact.send', { contactId: 'c', messageId: 'm1', message: { text: 'one' } }],
    [ann, 'contact.send', { contactId: 'c', messageId: 'm2', message: { text: 'two' } }],
    [ann, 'contact.send', { contactId: 'c', messageId: 'm1', message: { text: 'one' } }],
    [page, 'contact.end', { contactId: 'c' }],
  );
  expect(answers.map(outcomeOf)).toEqual(['done', 'message_not_paid', 'done', 'done']);
  await world.idle();
  expect(await stage.receipts('c')).toMatchObject([{ total: eur(50), lines: [{ count: 1, amount: 50 }] }]);
});

test('contacts on one balance hold a few messages each, and what one holds another does not have', async () => {
  await stage.deposit(300);
  await stage.connected('c1', await stage.quoted());
  await stage.connected('c2', await stage.quoted());
  expect(await stage.account()).toMatchObject({ held: 300 });
  expect(await stage.wrote(ann, 'c2', 'a')).toBe('done');
  expect(await stage.wrote(ann, 'c2', 'b')).toBe('message_not_paid');
  await stage.ends('c1');
  expect(await stage.wrote(ann, 'c2', 'b')).toBe('done');
  await stage.ends('c2');
  expect(await stage.balance()).toBe(200);
});

test('with another agent nothing is charged at an agent’s rate; at a pool’s each has its own', async () => {
  await stage.deposit(1_000);
  const pool = { receiver: { queueId: 'experts' } };
  for (const [contactId, rate, paid, parts] of [
    ['own', {}, 50, [{ agentId: 'ann', amount: 50 }]],
    [
      'pool',
      pool,
      100,
      [
        { agentId: 'ann', amount: 50 },
        { agentId: 'ben', amount: 50 },
      ],
    ],
  ] as const) {
    await stage.connected(contactId, await stage.quoted(rate), { agentId: 'ann' });
    expect(await stage.wrote(ann, contactId, `${contactId}1`)).toBe('done');
    await world.ok(ann, 'contact.transfer', { contactId, to: { agentId: 'ben' } });
    await stage.accepts(contactId);
    expect(await stage.wrote(ben, contactId, `${contactId}2`)).toBe('done');
    await stage.ends(contactId);
    expect(await stage.receipts(contactId)).toMatchObject([{ total: eur(paid), parts }]);
  }
});

test('the minimum with the first, and the price of the moment for each', async () => {
  await stage.deposit(1_000);
  const at = new Date(world.clock.now()).getUTCHours();
  const clock = (hour: number) => `${String(hour).padStart(2, '0')}:00`;
  const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
  const dear = at === 23 ? [] : [{ days, from: clock(at + 1), to: clock(at === 22 ? 24 : at + 2), amount: 80 }];
  await stage.connected('c', await stage.quoted({ minimum: 70, ...(dear.length > 0 && { hours: dear }) }));
  expect(await stage.wrote(ann, 'c', 'm1')).toBe('done');
  expect(await stage.wrote(ann, 'c', 'm2')).toBe('done');
  await world.pass(3_600_000);
  expect(await stage.wrote(ann, 'c', 'm3')).toBe('done');
  await stage.ends('c');
  expect(await stage.balance()).toBe(1_000 - 100 - (dear.length > 0 ? 80 : 50));
});

test('nothing written, nothing charged, and no receipt', async () => {
  await stage.deposit(100);
  await stage.connected('c', await stage.quoted());
  await stage.ends('c');
  expect(await stage.account()).toMatchObject({ balance: 100, held: 0 });
  expect(await stage.receipts('c')).toEqual([]);
});

test('over restarts, sent again or not: what is paid is what was delivered', async () => {
  const random = randomOf(seed, 'paid messages');
  console.log(`seed ${seed}`);
  let paidIn = 200;
  await stage.deposit(paidIn);
  const price = 37;
  await stage.connected('c', await stage.quoted({ price: eur(price) }));
  const delivered = new Set<string>();
  for (let step = 0; step < 60; step++) {
    const which = random.whole(1, 40);
    const messageId = `m${which}`;
    if (random.chance(0.1)) await world.reopen();
    else if (random.chance(0.15)) {
      const more = random.whole(1, 90);
      await stage.deposit(more);
      paidIn += more;
    } else if (random.chance(0.2)) await stage.wrote(page, 'c', `page${step}`);
    else {
      const isPaid = delivered.has(messageId) || paidIn >= (delivered.size + 1) * price;
      expect(await stage.wrote(ann, 'c', messageId)).toBe(isPaid ? 'done' : 'message_not_paid');
      if (isPaid) delivered.add(messageId);
    }
    expect((await stage.texts('c')).filter((text) => text.startsWith('m')).sort()).toEqual([...delivered].sort());
  }
  await stage.ends('c');
  expect(await stage.balance()).toBe(paidIn - delivered.size * price);
  if (delivered.size > 0)
    expect(await stage.receipts('c')).toMatchObject([{ lines: [{ count: delivered.size, amount: price }] }]);
}, 30_000);
