// Documents that are handed over to be paid for: delivered when, and only when, they are paid, once; who may have them, for how long, and
// what becomes of them when money is given back. The rules in plain words are cases in test/acd/cases/documents.txt.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { documentStepsTable, documentsTable } from '../../src/domain/documents/tables.ts';
import { paidContactsTable } from '../../src/domain/payments/tables.ts';
import { TableAccess } from '../../src/engine/tick.ts';
import { documentBoughtKeptMs, documentOverKeptMs, documentsPerContactMax } from '../../src/limits.ts';
import { randomOf } from '../sim/random.ts';
import { booksBalance } from './books-balance.ts';
import type { DomainWorld, Members, Who } from './domain-world.ts';
import { ann, ben, eur, outcomeOf, PaidStage, page, shop } from './paid-stage.ts';
import { expectSurvivesLoad } from './survives-load.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1e9));
const text = (of: string) => Buffer.from(of).toString('base64');
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

const handing = (documentId: string, more: Members = {}): Members => ({
  documentId,
  contactId: 'c',
  title: 'What to do',
  mediaType: 'text/plain',
  content: text(documentId),
  ...more,
});
const hands = (documentId: string, more: Members = {}, who: Who = ann) =>
  world.call(who, 'document.hand', handing(documentId, more));
const handed = async (documentId: string, more: Members = {}, who: Who = ann) =>
  outcomeOf(await hands(documentId, more, who));
const collects = (documentId: string, who: Who = page) => world.call(who, 'document.collect', { documentId });
const collected = async (documentId: string, who: Who = page) => outcomeOf(await collects(documentId, who));
const listed = async (who: Who = page, more: Members = {}) =>
  (await world.ok(who, 'document.list', more)).documents as Members[];
const perDocument = (amount: number, more: Members = {}) =>
  stage.quoted({ per: 'document', price: eur(amount), ...more });

describe('of its customer', () => {
  const kim = { identity: { scheme: 'visitor', value: 'kim' } };
  const told = async (more: Members = {}) =>
    (await world.ok(shop, 'customer.timeline', { ...kim, kinds: ['document'], ...more })).entries as Members[];
  const kept = async () =>
    ((await world.ok('admin:root', 'customer.export', kim)).items as { part: string; item: Members }[])
      .filter(({ part }) => part === 'document')
      .map(({ item }) => item);

  const life = async () => {
    await stage.deposit(300);
    await stage.connected('c', await perDocument(100));
    for (const documentId of ['bought', 'waiting', 'taken']) expect(await handed(documentId)).toBe('done');
    await world.pass(1_000);
    expect(await world.outcome(ann, 'document.withdraw', { documentId: 'taken' })).toBe('done');
    await world.pass(1_000);
    expect(await collected('bought')).toBe('done');
    await stage.ends('c');
  };

  test('the timeline says what was handed over, bought and taken back, as it was then, and nothing that is in it', async () => {
    await life();
    const entries = await told();
    expect(entries.map(({ details }) => details)).toMatchObject([
      { documentId: 'bought', state: 'collected', receiptId: '1' },
      { documentId: 'taken', state: 'withdrawn' },
      { documentId: 'taken', state: 'offered' },
      { documentId: 'waiting', state: 'offered' },
      { documentId: 'bought', state: 'offered', price: eur(100) },
    ]);
    expect(entries[4]).toMatchObject({ contactId: 'c', agentId: 'ann', channel: 'chat' });
    expect(entries[4]?.details).not.toHaveProperty('receiptId');
    expect(JSON.stringify(entries)).not.toContain(text('bought'));
    expect(await told({ channels: ['voice'] })).toEqual([]);
    expect(await told({ limit: 2 })).toEqual(entries.slice(0, 2));
    // The receipt of what was bought is another entry, below it.
    const both = await told({ kinds: ['document', 'receipt', 'payment'], limit: 3 });
    expect(both.map(({ kind }) => kind)).toEqual(['document', 'receipt', 'payment']);
  });

  test('an export has what was bought with its content, and what waits to be bought without', async () => {
    await life();
    const items = await kept();
    expect(items).toMatchObject([
      { documentId: 'bought', customerId: 'c1', state: 'collected', content: text('bought') },
      { documentId: 'waiting', state: 'offered' },
      { documentId: 'taken', state: 'withdrawn' },
    ]);
    for (const one of items.slice(1)) expect(one).not.toHaveProperty('content');
    await world.pass(documentOverKeptMs * 20);
    expect(await kept()).toMatchObject([{ documentId: 'bought' }]);
    expect((await told()).map(({ details }) => (details as Members).documentId)).toEqual(['bought', 'bought']);
  });

  test('after it is erased no row of a step is left', async () => {
    await life();
    await world.ok(shop, 'customer.erase', { ...kim, leaveBalance: true, requestId: 'e' });
    await world.idle();
    const tables = new TableAccess(world.harness.partition.tables);
    for (const table of [documentStepsTable, documentsTable]) expect(tables.range(table, { limit: 10 })).toEqual([]);
  });
});

describe('at a rate per document', () => {
  test('the first is reserved before routing, the price is shown, and what is paid is delivered, with a receipt', async () => {
    await stage.tenant({ commissionBasisPoints: 2_000, taxBasisPoints: 1_900 });
    await stage.deposit(300);
    await stage.connected('c', await perDocument(119));
    expect(await stage.account()).toMatchObject({ balance: 300, held: 119 });
    world.told();
    expect(await handed('d')).toBe('done');
    const offered = stage.told('document.offered');
    expect(offered).toMatchObject([{ to: page, documentId: 'd', title: 'What to do', price: eur(119), bytes: 1 }]);
    expect(offered[0]).not.toHaveProperty('content');
    expect(await stage.account()).toMatchObject({ balance: 300, held: 119 });
    expect(await collects('d')).toMatchObject({ result: { state: 'collected', content: text('d'), receiptId: '1' } });
    expect(await stage.account()).toMatchObject({ balance: 181, held: 0 });
    expect(await stage.balance('ann')).toBe(80);
    const told = world.told();
    expect(told.map(({ to, event }) => `${to} ${event}`)).toEqual([
      `${page} payment.receipt`,
      `${ann} payment.receipt`,
      `${page} document.collected`,
      `${ann} document.collected`,
    ]);
    const [receipt] = await stage.receipts('c');
    expect(receipt).toMatchObject({
      documentId: 'd',
      per: 'document',
      lines: [{ count: 1, amount: 119 }],
      total: eur(119),
      tax: eur(19),
      parts: [{ agentId: 'ann', amount: 119, tax: 19, commission: 20, receiver: 80 }],
    });
    await stage.ends('c');
    expect(await stage.receipts('c')).toHaveLength(1);
    expect(await stage.account()).toMatchObject({ balance: 181, held: 0 });
  });

  test('collected again it is the same, and costs nothing; so it is over a restart and from an application', async () => {
    await stage.deposit(100);
    await stage.connected('c', await perDocument(60));
    await hands('d');
    const first = await collects('d');
    expect(await collects('d')).toEqual(first);
    await world.reopen();
    expect(await collects('d')).toEqual(first);
    expect(await collects('d', shop)).toEqual(first);
    await stage.ends('c');
    expect(await collects('d')).toEqual(first);
    expect(await stage.balance()).toBe(40);
    expect(await stage.receipts('c')).toHaveLength(1);
  });

  test('twice in one tick, it is paid once; two with money for one, it is the first', async () => {
    await stage.deposit(60);
    await stage.connected('c', await perDocument(60));
    await hands('d1');
    await hands('d2');
    const answers = await world.together(
      [page, 'document.collect', { documentId: 'd1' }],
      [page, 'document.collect', { documentId: 'd1' }],
      [page, 'document.collect', { documentId: 'd2' }],
    );
    expect(answers.map(outcomeOf)).toEqual(['done', 'done', 'funds_insufficient']);
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toMatchObject({
      refusal: { data: { accountId: 'kim', currency: 'EUR', needed: 60, available: 0, missing: 60 } },
    });
    expect(await listed()).toMatchObject([{ state: 'collected' }, { state: 'offered' }]);
    await stage.deposit(60);
    expect(await collected('d2')).toBe('done');
  });

  test('handed over, bought and ended in one breath', async () => {
    await stage.deposit(60);
    await stage.connected('c', await perDocument(60));
    const answers = await world.together(
      [ann, 'document.hand', handing('d')],
      [page, 'document.collect', { documentId: 'd' }],
      [ann, 'contact.end', { contactId: 'c' }],
      [ann, 'document.hand', handing('late')],
    );
    expect(answers.map(outcomeOf)).toEqual(['done', 'done', 'done', 'done']);
    expect(await stage.balance()).toBe(0);
  });

  test('less may be asked, and not more; the minimum is each document’s', async () => {
    await stage.deposit(500);
    await stage.connected('c', await perDocument(60, { minimum: 80 }));
    expect(await hands('dear', { price: eur(81) })).toMatchObject({
      refusal: { refusal: 'document_price_too_high', data: { price: eur(80) } },
    });
    expect(await hands('yen', { price: { amount: 1, currency: 'JPY' } })).toMatchObject({
      refusal: { refusal: 'currencies_differ' },
    });
    expect(await hands('usual')).toMatchObject({ result: { price: eur(80) } });
    expect(await hands('cheap', { price: eur(10) })).toMatchObject({ result: { price: eur(10) } });
    expect(await hands('gift', { price: eur(0) })).toMatchObject({ result: { price: eur(0) } });
    for (const documentId of ['gift', 'cheap', 'usual']) expect(await collected(documentId)).toBe('done');
    expect(await stage.balance()).toBe(410);
    const [gift] = await stage.receipts('c');
    expect(gift).toMatchObject({ documentId: 'gift', total: eur(0) });
    expect(gift).not.toHaveProperty('paymentId');
  });

  test('who cannot pay for one is not let in, and what was reserved is free at the end', async () => {
    const quoteId = await perDocument(60);
    await stage.deposit(59);
    expect(await stage.create('c', quoteId)).toMatchObject({ refusal: { refusal: 'funds_insufficient' } });
    await stage.deposit(1);
    await stage.connected('c', quoteId);
    await stage.ends('c');
    expect(await stage.account()).toMatchObject({ balance: 60, held: 0 });
    expect(await stage.receipts('c')).toEqual([]);
  });
});

describe('in contacts at other rates', () => {
  test('it costs what its receiver says, or nothing, beside what is counted', async () => {
    await stage.deposit(1_000);
    await stage.connected('c', await stage.quoted({ per: 'session', price: eur(200) }));
    await world.pass(1_000);
    await hands('free');
    await hands('paid', { price: eur(70) });
    expect(await collected('free')).toBe('done');
    expect(await collected('paid')).toBe('done');
    expect(await stage.account()).toMatchObject({ balance: 930, held: 200 });
    await stage.ends('c');
    expect(await stage.balance()).toBe(730);
    expect(await stage.receipts('c')).toMatchObject([
      { documentId: 'free', total: eur(0) },
      { documentId: 'paid', total: eur(70) },
      { per: 'session', total: eur(200) },
    ]);
  });

  test('what is held for the contact does not pay for a document', async () => {
    await stage.deposit(200);
    await stage.connected('c', await stage.quoted({ per: 'session', price: eur(200) }));
    await hands('d', { price: eur(1) });
    expect(await collected('d')).toBe('funds_insufficient');
  });

  test('not in a contact that nobody pays for', async () => {
    await world.ok(page, 'contact.create', { contactId: 'c', channel: 'chat', queueId: 'experts', agentId: 'ann' });
    await stage.accepts('c');
    expect(await handed('d')).toBe('contact_not_paid_for');
  });
});

describe('who', () => {
  test('hands over: the receiver of the rate, while it serves, or an application for it', async () => {
    await stage.deposit(500);
    const quoteId = await perDocument(60);
    expect(await handed('d')).toBe('contact_not_found');
    await stage.create('c', quoteId);
    expect(await handed('d', {}, shop)).toBe('contact_not_connected');
    await stage.accepts('c');
    expect(await handed('d', {}, ben)).toBe('contact_not_found');
    expect(await handed('app', {}, shop)).toBe('done');
    await world.ok(ann, 'contact.transfer', { contactId: 'c', to: { agentId: 'ben' } });
    await stage.accepts('c');
    expect(await hands('d', {}, ben)).toMatchObject({
      refusal: { refusal: 'receiver_is_another', data: { receiver: { agentId: 'ann' } } },
    });
    expect(await handed('d')).toBe('contact_not_found');
    await stage.ends('c');
    expect(await handed('d', {}, ben)).toBe('contact_already_ended');
    expect(await listed(ann)).toMatchObject([{ documentId: 'app', agentId: 'ann' }]);
  });

  test('hands over while it wraps up as well, until that is over, over a restart', async () => {
    await world.ok('admin:root', 'queue.set', { queueId: 'experts', channels: ['chat'], wrapUpMs: 60_000 });
    await stage.deposit(1_000);
    await stage.connected('c', await perDocument(100));
    await stage.ends('c');
    // What was reserved is free, and nothing is charged for the contact itself.
    expect(await stage.account()).toMatchObject({ balance: 1_000, held: 0 });
    await world.reopen();
    expect(await handed('d', {}, ben)).toBe('contact_not_found');
    expect(await handed('d')).toBe('done');
    expect(await handed('e', { price: eur(101) })).toBe('document_price_too_high');
    expect(await handed('e', { price: eur(20) }, shop)).toBe('done');
    expect(await stage.writes(ann, 'c', 'm')).toHaveProperty('refusal');
    await world.ok(ann, 'contact.wrapUpDone', { contactId: 'c' });
    await world.idle();
    expect(await handed('late')).not.toBe('done');
    expect([await collected('d'), await collected('e'), await collected('d')]).toEqual(['done', 'done', 'done']);
    expect([await stage.balance(), await stage.balance('ann')]).toEqual([880, 120]);
    // The next contact in its place is another one.
    await stage.connected('c2', await perDocument(50));
    expect(await handed('d2', { contactId: 'c2' })).toBe('done');
    expect(await stage.account()).toMatchObject({ held: 50 });
    await stage.ends('c2');
    await world.pass(61_000);
    expect(new TableAccess(world.harness.partition.tables).range(paidContactsTable, { limit: 10 })).toEqual([]);
  });

  test('buys and sees: whoever had the contact, an application, and a page whose visitor is the customer', async () => {
    await stage.deposit(500);
    // By telephone, and the customer is at the page afterwards.
    await world.ok(shop, 'rate.publish', {
      rateId: 'r',
      receiver: { agentId: 'ann' },
      per: 'document',
      price: eur(60),
    });
    await world.ok('switch:pbx', 'quote.request', { quoteId: 'v', channel: 'voice', receiver: { agentId: 'ann' } });
    const identity = { scheme: 'visitor', value: 'kim' };
    const call = { contactId: 'c', channel: 'voice', queueId: 'experts', agentId: 'ann', quoteId: 'v.1', identity };
    await world.ok('switch:pbx', 'contact.create', call);
    await stage.accepts('c');
    await hands('d');
    for (const who of ['customer:other', 'switch:other'] as const) {
      expect(await collected('d', who)).toBe('document_not_found');
      expect(await listed(who)).toEqual([]);
      expect(await listed(who, { contactId: 'c' })).toEqual([]);
    }
    expect(await listed(ben)).toEqual([]);
    for (const who of [page, shop, ann, 'switch:pbx', 'supervisor:boss', 'admin:root'] as const) {
      expect(await listed(who)).toMatchObject([{ documentId: 'd', state: 'offered' }]);
      expect(await listed(who, { contactId: 'c' })).toHaveLength(1);
    }
    expect(await collected('d')).toBe('done');
    expect((await world.ok(page, 'receipt.list', {})).receipts).toMatchObject([{ documentId: 'd' }]);
    expect(await collected('d', 'switch:pbx')).toBe('done');
    expect(await stage.balance()).toBe(440);
  });
});

describe('ids and bounds', () => {
  test('the same again is the same; other content is refused', async () => {
    await stage.deposit(100);
    await stage.connected('c', await perDocument(60));
    const first = await hands('d');
    expect(await hands('d')).toEqual(first);
    expect(await handed('d', { title: 'Another' })).toBe('document_exists_with_different_content');
    await stage.ends('c');
    expect(await hands('d')).toEqual(first);
    expect(await listed()).toHaveLength(1);
  });

  test('so many in a contact', async () => {
    await stage.deposit(100);
    await stage.connected('c', await perDocument(60));
    for (let at = 1; at <= documentsPerContactMax; at++) expect(await handed(`d${at}`)).toBe('done');
    expect(await handed('more')).toBe('too_many_documents');
    expect(await listed(page, { limit: 2 })).toMatchObject([{ documentId: 'd1' }, { documentId: 'd2' }]);
  });
});

describe('how long', () => {
  test('until it expires, also behind the end of its contact; then it is remembered, and gone', async () => {
    await stage.deposit(200);
    await stage.connected('c', await perDocument(60));
    await hands('early', { validMs: 60_000 });
    await hands('late', { validMs: 60_000 });
    await stage.ends('c');
    await world.pass(59_999);
    expect(await collected('early')).toBe('done');
    await world.pass(1);
    expect(await collects('late')).toMatchObject({
      refusal: { refusal: 'document_not_open', data: { state: 'expired' } },
    });
    expect(await collected('early')).toBe('done');
    expect(await listed()).toMatchObject([{ state: 'collected' }, { state: 'expired' }]);
    await world.reopen();
    await world.pass(documentOverKeptMs);
    expect(await collected('late')).toBe('document_not_found');
    expect(await listed()).toMatchObject([{ documentId: 'early' }]);
    await world.pass(documentBoughtKeptMs);
    expect(await listed()).toEqual([]);
    expect(await stage.receipts('c')).toHaveLength(1);
    expect(await stage.balance()).toBe(140);
  });

  test('until its receiver takes it back, which is too late for what is bought', async () => {
    await stage.deposit(200);
    await stage.connected('c', await perDocument(60));
    await hands('d1');
    await hands('d2');
    expect(await collected('d1')).toBe('done');
    world.told();
    expect(await world.outcome(ben, 'document.withdraw', { documentId: 'd2' })).toBe('document_not_found');
    expect(await world.outcome(ann, 'document.withdraw', { documentId: 'd2' })).toBe('done');
    expect(stage.told('document.withdrawn')).toMatchObject([{ to: page, documentId: 'd2', state: 'withdrawn' }]);
    expect(await collected('d2')).toBe('document_not_open');
    expect(await world.outcome(ann, 'document.withdraw', { documentId: 'd1' })).toBe('document_not_open');
  });

  test('until all that was paid is given back; a part, or a dispute, changes nothing', async () => {
    await stage.deposit(200);
    await stage.connected('c', await perDocument(60));
    await hands('d');
    await collects('d');
    const { paymentId } = (await stage.receipts('c'))[0]!;
    await world.ok(shop, 'payment.dispute', { paymentId, reason: 'not what was said' });
    expect(await collected('d')).toBe('done');
    await world.ok(shop, 'payment.refund', { refundId: 'r1', paymentId, amount: 20, reason: 'a page is missing' });
    expect(await collected('d')).toBe('done');
    await world.ok(shop, 'payment.resolve', { paymentId, outcome: 'upheld', refundId: 'r2', reason: 'it is' });
    expect(await stage.balance()).toBe(200);
    expect(await stage.balance('ann')).toBe(0);
    expect(await collects('d')).toMatchObject({ refusal: { data: { state: 'refunded' } } });
    expect(await listed()).toMatchObject([{ state: 'refunded' }]);
  });
});

test('whatever is asked in whatever order, over restarts: delivered is what is paid, and what is paid was delivered', async () => {
  const random = randomOf(seed, 'documents');
  console.log(`seed ${seed}`);
  let money = 150;
  await stage.deposit(money);
  await stage.connected('c', await perDocument(50));
  const prices = new Map<string, number>();
  const bought = new Set<string>();
  // The first is reserved: nothing else is paid in this world, so it is there for whichever is bought first.
  for (let step = 0; step < 80; step++) {
    const documentId = `d${random.whole(1, 12)}`;
    const what = random.whole(1, 10);
    if (what === 1) await world.reopen();
    else if (what === 2) {
      const more = random.whole(1, 60);
      await stage.deposit(more);
      money += more;
    } else if (what <= 4 && !prices.has(documentId)) {
      const price = random.whole(0, 50);
      expect(await handed(documentId, { price: eur(price) })).toBe('done');
      prices.set(documentId, price);
    } else {
      const price = prices.get(documentId);
      const answer = await collects(documentId);
      const isPaid = bought.has(documentId) || (price !== undefined && price <= money);
      expect(outcomeOf(answer)).toBe(
        price === undefined ? 'document_not_found' : isPaid ? 'done' : 'funds_insufficient',
      );
      if (!isPaid || price === undefined) continue;
      expect(answer).toMatchObject({ result: { content: text(documentId) } });
      if (!bought.has(documentId)) money -= price;
      bought.add(documentId);
    }
    expect((await stage.balance()) as number).toBe(money);
  }
  const receipts = await stage.receipts('c');
  expect(receipts.map(({ documentId }) => documentId).sort()).toEqual([...bought].sort());
  await stage.ends('c');
  expect(await stage.account()).toMatchObject({ balance: money, held: 0 });
}, 30_000);
