// Contacts that are paid for: what is held, counted, extended, warned of, cut off and settled; holds, transfers, devices, restarts and
// downtime; several on one balance. The rules in plain words are cases in test/acd/cases/paid-contacts.txt.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { booksBalance } from './books-balance.ts';
import { DomainWorld, type Members, type Who } from './domain-world.ts';
import { expectSurvivesLoad } from './survives-load.ts';

let world: DomainWorld;
const eur = (amount: number) => ({ amount, currency: 'EUR' });
const kim = { scheme: 'email', value: 'kim@example.org' };
const pbx = 'switch:pbx';
const shop = 'app:shop';
const MINUTE_MS = 60_000;

beforeEach(async () => {
  world = await DomainWorld.start();
  await tenant({});
  await world.ok('admin:root', 'queue.set', {
    queueId: 'experts',
    channels: ['voice', 'chat'],
    wrapUpMs: 0,
    offerMs: 600_000,
  });
  await world.ok('admin:root', 'queue.set', {
    queueId: 'others',
    channels: ['voice', 'chat'],
    wrapUpMs: 0,
    offerMs: 600_000,
  });
  for (const agentId of ['ann', 'ben']) {
    await world.ok('admin:root', 'agent.set', { agentId, capacity: { voice: 2 } });
    await world.ok(`agent:${agentId}`, 'agent.login');
    await world.ok(`agent:${agentId}`, 'agent.ready');
  }
  await world.ok(shop, 'customer.resolve', { identity: kim });
  await world.ok(shop, 'account.open', { accountId: 'kim', owner: 'customer', identity: kim, currency: 'EUR' });
  await world.ok(shop, 'account.open', { accountId: 'ann', owner: 'agent', agentId: 'ann', currency: 'EUR' });
});

afterEach(async () => {
  await booksBalance(world);
  await expectSurvivesLoad(world);
  await world.stop();
});

const tenant = (paidContacts: Members) => world.ok('admin:root', 'tenant.set', { paidContacts });

let deposits = 0;
const deposit = (amount: number, accountId = 'kim') =>
  world.ok(shop, 'account.deposit', { paymentId: `in${++deposits}`, accountId, money: eur(amount) });

const account = (accountId: string) => world.ok(shop, 'account.get', { accountId });
const balance = async (accountId: string) => (await account(accountId)).balance;

/** A rate of ann's, or of the pool, and a quote of it. */
async function quoted(more: Members = {}, quoteId = 'q'): Promise<string> {
  const rateId = `rate-${quoteId}`;
  await world.ok(shop, 'rate.publish', {
    rateId,
    receiver: { agentId: 'ann' },
    per: 'minute',
    price: eur(60),
    ...more,
  });
  const receiver = (more.receiver as Members | undefined) ?? { agentId: 'ann' };
  await world.ok(shop, 'quote.request', { quoteId, channel: 'voice', receiver });
  // What was quoted holds all the same.
  await world.ok(shop, 'rate.withdraw', { rateId });
  return `${quoteId}.1`;
}

const brings = (contactId: string, quoteId: string, more: Members = {}, who: Who = pbx) =>
  world.call(who, 'contact.create', {
    contactId,
    channel: 'voice',
    queueId: 'experts',
    agentId: 'ann',
    direct: { orElse: 'end' },
    identity: kim,
    quoteId,
    ...more,
  });

const brought = async (contactId: string, quoteId: string, more: Members = {}, who: Who = pbx) =>
  outcomeOf(await brings(contactId, quoteId, more, who));
const outcomeOf = (answer: object) =>
  'result' in answer ? 'done' : (answer as { refusal: { refusal: string } }).refusal.refusal;

async function accepts(agentId: string, contactId: string): Promise<void> {
  const { offerId } = await world.ok(shop, 'contact.get', { contactId });
  await world.ok(`agent:${agentId}`, 'offer.accept', { offerId });
  await world.idle();
}

async function ends(contactId: string): Promise<void> {
  await world.ok(pbx, 'contact.end', { contactId });
  await world.idle();
}

const receipt = async (contactId: string) =>
  ((await world.ok(shop, 'receipt.list', { contactId })).receipts as Members[]).at(-1) as Members;
const state = async (contactId: string) => (await world.ok(shop, 'contact.get', { contactId })).state;
const why = async (contactId: string) => (await world.ok(shop, 'contact.get', { contactId })).why;

describe('who is let in', () => {
  test('whoever has an account with enough for the least time, for the channel and the receiver of the quote', async () => {
    const quoteId = await quoted();
    expect(await brought('c', 'q')).toBe('quote_not_found');
    expect(await brought('c', 'q.2')).toBe('quote_not_found');
    expect(await brought('c', quoteId, { agentId: 'ben' })).toBe('quote_for_another_contact');
    expect(await brought('c', quoteId, { agentId: undefined, direct: undefined })).toBe('quote_for_another_contact');
    expect(await brought('c', quoteId, { channel: 'chat' })).toBe('quote_for_another_contact');
    expect(await brought('c', quoteId, { identity: undefined })).toBe('payer_has_no_account');
    expect(await brings('c', quoteId)).toMatchObject({
      refusal: {
        refusal: 'funds_insufficient',
        data: { accountId: 'kim', currency: 'EUR', needed: 60, available: 0, missing: 60 },
      },
    });
    await deposit(60);
    expect(await brought('c', quoteId)).toBe('done');
    expect(await account('kim')).toMatchObject({ balance: 60, held: 60 });
    expect(await brought('c', quoteId)).toBe('done');
    expect(await account('kim')).toMatchObject({ balance: 60, held: 60 });
    await ends('c');
    expect(await account('kim')).toMatchObject({ balance: 60, held: 0 });
  });

  test('not with a quote that has run out, nor with one per message', async () => {
    await tenant({ quoteMs: 1_000 });
    await deposit(1_000);
    const quoteId = await quoted();
    await world.pass(1_000);
    expect(await brings('c', quoteId)).toMatchObject({ refusal: { refusal: 'quote_expired' } });
    expect(await brought('c', await quoted({ per: 'message', receiver: { agentId: 'ben' } }, 'm'))).toBe(
      'quote_not_for_time',
    );
  });

  test('a page with its own quote alone, from the account of its visitor', async () => {
    const quoteId = await quoted();
    const params = { contactId: 'w', channel: 'voice', queueId: 'experts', agentId: 'ann', quoteId };
    expect(await world.outcome('customer:web', 'contact.create', params)).toBe('quote_not_found');
    await world.ok(shop, 'rate.publish', {
      rateId: 'web',
      receiver: { agentId: 'ann' },
      per: 'minute',
      price: eur(60),
    });
    const own = { quoteId: 'own', channel: 'voice', receiver: { agentId: 'ann' } };
    await world.ok('customer:web', 'quote.request', own);
    const wanted = { ...params, quoteId: 'own.1' };
    expect(await world.outcome('customer:web', 'contact.create', wanted)).toBe('payer_has_no_account');
    const identity = { scheme: 'visitor', value: 'web' };
    await world.ok(shop, 'customer.resolve', { identity });
    await world.ok(shop, 'account.open', { accountId: 'web', owner: 'customer', identity, currency: 'EUR' });
    await deposit(200, 'web');
    expect(await world.outcome('customer:web', 'contact.create', wanted)).toBe('done');
    await accepts('ann', 'w');
    await world.pass(MINUTE_MS);
    await world.ok('customer:web', 'contact.end', { contactId: 'w' });
    await world.idle();
    expect(await balance('web')).toBe(140);
    const { receipts } = await world.ok('customer:web', 'receipt.list', {});
    expect(receipts).toMatchObject([{ contactId: 'w', total: eur(60) }]);
    expect(await world.ok('customer:other', 'receipt.list', {})).toEqual({ receipts: [] });
  });

  test('from the account that is named, of that customer and in that currency', async () => {
    const kims = (accountId: string, currency: string) =>
      world.ok(shop, 'account.open', { accountId, owner: 'customer', identity: kim, currency });
    await kims('second', 'EUR');
    await kims('yen', 'JPY');
    const other = { scheme: 'email', value: 'lee@example.org' };
    await world.ok(shop, 'customer.resolve', { identity: other });
    await world.ok(shop, 'account.open', { accountId: 'lee', owner: 'customer', identity: other, currency: 'EUR' });
    for (const accountId of ['kim', 'second', 'lee']) await deposit(100, accountId);
    const quoteId = await quoted();
    for (const accountId of ['lee', 'ann', 'none'])
      expect(await brings('c', quoteId, { accountId })).toMatchObject({
        refusal: { refusal: 'account_not_found', data: { accountId } },
      });
    expect(await brought('c', quoteId, { accountId: 'yen' })).toBe('currencies_differ');
    expect(await brought('c', quoteId, { accountId: 'second' })).toBe('done');
    expect(await account('second')).toMatchObject({ held: 100 });
    expect(await account('kim')).toMatchObject({ held: 0 });
    expect(await brought('c', quoteId, { accountId: 'kim' })).toBe('contact_exists_with_different_content');
    await accepts('ann', 'c');
    await world.pass(MINUTE_MS);
    await ends('c');
    expect([await balance('kim'), await balance('second')]).toEqual([100, 40]);
  });

  test('twice in one tick on one balance: the first, and the second with what is left', async () => {
    await deposit(100);
    const quoteId = await quoted();
    const params = { channel: 'voice', queueId: 'experts', agentId: 'ann', identity: kim, quoteId };
    const answers = await world.together(
      [pbx, 'contact.create', { contactId: 'c1', ...params }],
      [pbx, 'contact.create', { contactId: 'c2', ...params }],
    );
    expect(answers.map(outcomeOf)).toEqual(['done', 'funds_insufficient']);
    expect(await account('kim')).toMatchObject({ balance: 100, held: 100 });
  });

  test('a contact that the core does not let in holds nothing', async () => {
    await deposit(1_000);
    await world.ok('admin:root', 'queue.set', { queueId: 'full', channels: ['voice'], maxWaiting: 0 });
    await world.ok('agent:ann', 'agent.notReady', { reason: 'break' });
    await world.ok('agent:ben', 'agent.notReady', { reason: 'break' });
    const quoteId = await quoted({ receiver: { queueId: 'full' } });
    const pool = { queueId: 'full', agentId: undefined, direct: undefined };
    expect(await brought('c', quoteId, pool)).toBe('queue_full');
    expect(await account('kim')).toMatchObject({ balance: 1_000, held: 0 });
  });

  test('what costs nothing needs no money, but an account', async () => {
    const quoteId = await quoted({ price: eur(0) });
    expect(await brought('c', quoteId)).toBe('done');
    await accepts('ann', 'c');
    await world.pass(MINUTE_MS);
    await ends('c');
    expect(await receipt('c')).toMatchObject({
      total: eur(0),
      meteredMs: MINUTE_MS,
      lines: [{ count: 60, amount: 0 }],
    });
    expect(await balance('kim')).toBe(0);
  });
});

describe('what is charged', () => {
  test('from the connection to the end, with the shares of tenant, tax and receiver, and a receipt to both', async () => {
    await tenant({ commissionBasisPoints: 2_000, taxBasisPoints: 1_900 });
    await deposit(1_000);
    await brings('c', await quoted());
    await world.pass(30_000);
    await accepts('ann', 'c');
    await world.pass(90_500);
    world.told();
    await ends('c');
    // 91 seconds have begun.
    expect(await balance('kim')).toBe(1_000 - 91);
    expect(await balance('house:tax:EUR')).toBe(15);
    expect(await balance('house:commission:EUR')).toBe(15);
    expect(await balance('ann')).toBe(61);
    expect(await balance('house:escrow:EUR')).toBe(0);
    const told = world.told().filter(({ event }) => event === 'payment.receipt');
    expect(told.map(({ to }) => to)).toEqual([pbx, 'agent:ann']);
    expect(told[0]!.params).toMatchObject({
      receiptId: '1',
      total: eur(91),
      tax: eur(15),
      lines: [{ count: 91, amount: 60 }],
    });
    expect(told[0]!.params).not.toHaveProperty('parts');
    expect(told[1]!.params).toMatchObject({
      parts: [{ agentId: 'ann', amount: 91, tax: 15, commission: 15, receiver: 61 }],
    });
  });

  test('nothing where they were never connected, and no receipt', async () => {
    await deposit(1_000);
    await brings('c', await quoted());
    await world.pass(30_000);
    await ends('c');
    expect(await account('kim')).toMatchObject({ balance: 1_000, held: 0 });
    expect(await world.ok(shop, 'receipt.list', {})).toEqual({ receipts: [] });
  });

  test('can be disputed and taken back, from each who has a share', async () => {
    await tenant({ commissionBasisPoints: 2_000, taxBasisPoints: 1_900 });
    await deposit(1_000);
    await brings('c', await quoted());
    await accepts('ann', 'c');
    await world.pass(100_000);
    await ends('c');
    const { paymentId } = await receipt('c');
    await world.ok(shop, 'payment.refund', { refundId: 'r', paymentId, reason: 'was rude' });
    expect(await balance('kim')).toBe(1_000);
    for (const accountId of ['ann', 'house:tax:EUR', 'house:commission:EUR']) expect(await balance(accountId)).toBe(0);
  });

  test('time on hold where the rate says nothing, and not where it is free', async () => {
    for (const [contactId, holdIsFree, cost] of [
      ['free', true, 60],
      ['not', false, 120],
    ] as const) {
      await deposit(200);
      const before = (await balance('kim')) as number;
      await brings(contactId, await quoted({ holdIsFree }, contactId));
      await accepts('ann', contactId);
      await world.pass(30_000);
      await world.ok('agent:ann', 'contact.hold', { contactId });
      await world.pass(60_000);
      await world.ok('agent:ann', 'contact.resume', { contactId });
      await world.pass(30_000);
      await ends(contactId);
      expect(before - ((await balance('kim')) as number)).toBe(cost);
    }
  });

  test('of an agent’s rate the time with that agent alone', async () => {
    await deposit(1_000);
    await brings('c', await quoted());
    await accepts('ann', 'c');
    await world.pass(30_000);
    await world.ok('agent:ann', 'contact.transfer', { contactId: 'c', to: { agentId: 'ben' } });
    await accepts('ben', 'c');
    await world.pass(60_000);
    await world.ok('agent:ben', 'contact.transfer', { contactId: 'c', to: { agentId: 'ann' } });
    await accepts('ann', 'c');
    await world.pass(10_000);
    await ends('c');
    expect(await receipt('c')).toMatchObject({
      total: eur(40),
      meteredMs: 40_000,
      parts: [{ agentId: 'ann', amount: 40 }],
    });
  });

  test('of a pool’s rate whoever serves it there, each for its own time; who has no account works for the house', async () => {
    await deposit(1_000);
    const quoteId = await quoted({ receiver: { queueId: 'experts' } });
    await brings('c', quoteId, { agentId: undefined, direct: undefined });
    await accepts('ann', 'c');
    await world.pass(30_000);
    await world.ok('agent:ann', 'contact.transfer', { contactId: 'c', to: { agentId: 'ben' } });
    await accepts('ben', 'c');
    await world.pass(45_000);
    await world.ok('agent:ben', 'contact.transfer', { contactId: 'c', to: { queueId: 'others' } });
    await world.idle();
    const { agentId } = await world.ok(shop, 'contact.get', { contactId: 'c' });
    await accepts(agentId as string, 'c');
    await world.pass(60_000);
    await ends('c');
    expect(await receipt('c')).toMatchObject({
      total: eur(75),
      parts: [
        { agentId: 'ann', amount: 30 },
        { agentId: 'ben', amount: 45 },
      ],
    });
    expect(await balance('ann')).toBe(30);
    expect(await balance('house:commission:EUR')).toBe(45);
  });
});

describe('when the money runs out', () => {
  test('more is held while there is some, then both are warned, and then it is over', async () => {
    await tenant({ holdMs: 120_000, warnMs: 30_000 });
    await deposit(200);
    await brings('c', await quoted());
    expect(await account('kim')).toMatchObject({ held: 120 });
    await accepts('ann', 'c');
    await world.pass(90_000);
    expect(await account('kim')).toMatchObject({ held: 200 });
    world.told();
    await world.pass(79_999);
    expect(world.toldLines('remainingMs').filter((line) => line.includes('payment'))).toEqual([]);
    await world.pass(1);
    expect(world.toldLines('remainingMs').filter((line) => line.includes('payment'))).toEqual([
      `${pbx} payment.warning 30000`,
      'agent:ann payment.warning 30000',
    ]);
    await world.pass(29_999);
    expect(await state('c')).toBe('connected');
    await world.pass(1);
    expect(await why('c')).toBe('fundsExhausted');
    expect(await balance('kim')).toBe(0);
    expect(await receipt('c')).toMatchObject({ total: eur(200), meteredMs: 200_000 });
  });

  test('what is paid in meanwhile lets it go on', async () => {
    await tenant({ holdMs: 60_000, warnMs: 30_000, leastMs: 0 });
    await deposit(60);
    await brings('c', await quoted());
    await accepts('ann', 'c');
    await world.pass(30_000);
    await deposit(600);
    await world.pass(30_000);
    expect(await state('c')).toBe('connected');
    await world.pass(60_000);
    await ends('c');
    expect(await balance('kim')).toBe(540);
  });

  test.each<[what: string, comes: () => Promise<unknown>]>([
    ['is paid in', () => deposit(600)],
    ['comes as credit', () => world.ok('admin:root', 'account.change', { accountId: 'kim', limit: -600 })],
    [
      'is taken back',
      () => world.ok(shop, 'payment.refund', { refundId: 'back', paymentId: 'out', reason: 'was wrong' }),
    ],
  ])('money that %s when both were warned is noticed at once', async (_, comes) => {
    await tenant({ holdMs: 60_000, warnMs: 30_000, graceMs: 20_000 });
    await deposit(660);
    await world.ok(shop, 'account.withdraw', { paymentId: 'out', accountId: 'kim', money: eur(600) });
    await brings('c', await quoted());
    await accepts('ann', 'c');
    await world.pass(40_000);
    expect(await account('kim')).toMatchObject({ held: 60 });
    world.told();
    await comes();
    await world.idle();
    // What is used and a minute more.
    expect(await account('kim')).toMatchObject({ held: 100 });
    await world.pass(41_000);
    expect(world.toldLines('remainingMs').filter((line) => line.includes('payment'))).toEqual([]);
    await ends('c');
    expect(await receipt('c')).toMatchObject({ total: eur(81) });
  });

  test('of several that wait for money of one account the oldest is the first to have it', async () => {
    await tenant({ holdMs: 60_000, warnMs: 30_000, leastMs: 10_000 });
    await deposit(120);
    const quoteId = await quoted();
    await brings('c1', quoteId);
    await accepts('ann', 'c1');
    await brings('c2', quoteId);
    await accepts('ann', 'c2');
    await world.pass(40_000);
    await deposit(50);
    await world.idle();
    const held = async (contactId: string) => (await world.ok(shop, 'contact.get', { contactId })).payment as Members;
    expect([await held('c1'), await held('c2')]).toMatchObject([{ held: 100 }, { held: 70 }]);
    // What the one leaves over is the other's at once.
    await ends('c1');
    expect(await held('c2')).toMatchObject({ held: 100 });
  });

  test('a grace is at the receiver’s cost', async () => {
    await tenant({ holdMs: 60_000, warnMs: 10_000, graceMs: 20_000 });
    await deposit(60);
    await brings('c', await quoted());
    await accepts('ann', 'c');
    await world.pass(60_000);
    expect(await state('c')).toBe('connected');
    await world.pass(19_999);
    expect(await state('c')).toBe('connected');
    await world.pass(1);
    expect(await why('c')).toBe('fundsExhausted');
    expect(await receipt('c')).toMatchObject({
      ...{ total: eur(60), notCharged: eur(20), meteredMs: 80_000, parts: [{ amount: 60 }] },
    });
  });

  test('money that others have held meanwhile is not there', async () => {
    await tenant({ holdMs: 60_000, warnMs: 30_000, leastMs: 10_000 });
    await deposit(100);
    const quoteId = await quoted();
    await brings('c1', quoteId);
    await accepts('ann', 'c1');
    await brings('c2', quoteId);
    expect(await account('kim')).toMatchObject({ held: 100 });
    await world.pass(60_000);
    expect(await why('c1')).toBe('fundsExhausted');
    await accepts('ann', 'c2');
    await world.pass(40_000);
    expect(await why('c2')).toBe('fundsExhausted');
    expect(await balance('kim')).toBe(0);
    expect(await balance('ann')).toBe(100);
  });

  test('while on hold where that is free, nothing runs out', async () => {
    await tenant({ holdMs: 60_000, warnMs: 10_000 });
    await deposit(60);
    await brings('c', await quoted({ holdIsFree: true }));
    await accepts('ann', 'c');
    await world.pass(55_000);
    await world.ok('agent:ann', 'contact.hold', { contactId: 'c' });
    await world.pass(600_000);
    expect(await state('c')).toBe('connected');
    await world.ok('agent:ann', 'contact.resume', { contactId: 'c' });
    await world.pass(5_000);
    expect(await why('c')).toBe('fundsExhausted');
    expect(await receipt('c')).toMatchObject({ total: eur(60), meteredMs: 60_000 });
  });
});

describe('over a restart', () => {
  test('at each step nothing is lost or doubled, and the time without a router is nobody’s', async () => {
    await tenant({ holdMs: 60_000, warnMs: 20_000, leastMs: 10_000 });
    await deposit(100);
    const quoteId = await quoted();
    await world.reopen();
    await brings('c', quoteId);
    await world.reopen();
    expect(await account('kim')).toMatchObject({ balance: 100, held: 60 });
    await accepts('ann', 'c');
    await world.reopen();
    for (let beat = 0; beat < 4; beat++) {
      await world.pass(10_000);
      await world.reopen();
    }
    expect(await account('kim')).toMatchObject({ balance: 100, held: 100 });
    await world.opened.close();
    world.clock.advance(3_600_000);
    await world.open();
    await world.idle();
    expect(await state('c')).toBe('connected');
    for (let beat = 0; beat < 12; beat++) await world.pass(5_000);
    await world.reopen();
    expect(await why('c')).toBe('fundsExhausted');
    expect(await account('kim')).toMatchObject({ balance: 0, held: 0 });
    expect(await receipt('c')).toMatchObject({ total: eur(100), meteredMs: 100_000 });
    expect((await world.ok(shop, 'receipt.list', {})).receipts).toHaveLength(1);
  });
});
