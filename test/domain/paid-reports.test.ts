// What was paid for contacts, as whoever keeps reports finds it: in the records of contacts, in what webhooks are told of them, and counted
// by queue and agent. Receipts and bookings are judged elsewhere (paid-contacts.test.ts); here all has to say what they say.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { agentsText, queuesText } from '../../src/simulation/interval-table.ts';
import { Zone } from '../../src/zone.ts';
import { booksBalance } from './books-balance.ts';
import type { DomainWorld, Members } from './domain-world.ts';
import { ann, eur, PaidStage, page, shop } from './paid-stage.ts';
import { expectSurvivesLoad } from './survives-load.ts';

let stage: PaidStage;
let world: DomainWorld;

beforeEach(async () => {
  stage = await PaidStage.start();
  world = stage.world;
  await stage.tenant({ taxBasisPoints: 1900, commissionBasisPoints: 2000 });
});

afterEach(async () => {
  await booksBalance(world);
  await expectSurvivesLoad(world);
  await world.stop();
});

const recordOf = async (contactId: string) => {
  const { records } = (await world.ok('supervisor:boss', 'cdr.query')) as { records: Members[] };
  return records.find((record) => record.contactId === contactId) as Members;
};
const perMinute = (amount: number, more: Members = {}) => stage.quoted({ per: 'minute', price: eur(amount), ...more });
const hands = (documentId: string, amount: number, contactId = 'c') =>
  world.ok(ann, 'document.hand', {
    documentId,
    contactId,
    title: 'What to do',
    mediaType: 'text/plain',
    content: 'SGVsbG8=',
    price: eur(amount),
  });
const collects = (documentId: string) => world.ok(page, 'document.collect', { documentId });

/** Two minutes at 119 each, of which 19 are tax and 20 commission. */
async function twoMinutes(contactId: string, more: Members = {}): Promise<void> {
  await stage.connected(contactId, await perMinute(119), more);
  await world.pass(120_000);
}

describe('the record of a contact', () => {
  test('says what it was charged, though it is finished in the tick in which it is settled', async () => {
    await stage.deposit(1_000);
    await twoMinutes('c');
    await stage.ends('c');
    expect(await recordOf('c')).toMatchObject({
      endedAt: world.clock.now(),
      finishedAt: world.clock.now(),
      payment: {
        rateId: 'q1',
        per: 'minute',
        charged: eur(238),
        tax: 38,
        commission: 40,
        receiptId: '1',
      },
    });
  });

  test('says it behind a wrap-up and a restart, with the documents that were bought by then, and none that is bought later', async () => {
    await world.ok('admin:root', 'queue.set', { queueId: 'experts', channels: ['chat'], wrapUpMs: 60_000 });
    await stage.deposit(1_000);
    await twoMinutes('c');
    await hands('served', 119);
    await collects('served');
    await hands('later', 119);
    await world.ok(page, 'contact.end', { contactId: 'c' });
    await hands('promised', 238);
    await collects('promised');
    await world.reopen();
    await world.pass(60_000);
    await collects('later');
    expect((await recordOf('c')).payment).toEqual({
      rateId: 'q1',
      per: 'minute',
      charged: eur(238 + 119 + 238),
      tax: 38 + 19 + 38,
      commission: 40 + 20 + 40,
      documents: 2,
      receiptId: '2',
    });
  });

  test('says that one that was paid for cost nothing, where it was never counted, and of others nothing', async () => {
    await stage.deposit(1_000);
    await stage.create('c', await perMinute(119));
    await world.ok(page, 'contact.cancel', { contactId: 'c' });
    await world.idle();
    expect((await recordOf('c')).payment).toEqual({
      rateId: 'q1',
      per: 'minute',
      charged: eur(0),
      tax: 0,
      commission: 0,
    });
    await world.ok(page, 'contact.create', { contactId: 'd', channel: 'chat', queueId: 'experts' });
    await world.ok(page, 'contact.cancel', { contactId: 'd' });
    await world.idle();
    expect(await recordOf('d')).not.toHaveProperty('payment');
  });

  test('is not that of an earlier contact of the same id', async () => {
    await stage.deposit(1_000);
    await twoMinutes('c');
    await stage.ends('c');
    await world.pass(2 * 86_400_000);
    await stage.connected('c', await stage.quoted({ per: 'session', price: eur(119) }));
    await world.pass(1_000);
    await stage.ends('c');
    const { records } = (await world.ok('supervisor:boss', 'cdr.query')) as { records: Members[] };
    expect(records.map(({ payment }) => payment)).toMatchObject([
      { per: 'minute', charged: eur(238), receiptId: '1' },
      { per: 'session', charged: eur(119), receiptId: '2' },
    ]);
  });

  test('stays as it is when money is given back', async () => {
    await stage.deposit(1_000);
    await twoMinutes('c');
    await stage.ends('c');
    const before = await recordOf('c');
    await world.ok(shop, 'payment.refund', { refundId: 'back', paymentId: 'receipt/1', reason: 'kindness' });
    expect(await recordOf('c')).toEqual(before);
  });

  test('is in the timeline, where an agent is not told what the tenant has of it', async () => {
    await stage.deposit(1_000);
    await twoMinutes('c');
    await stage.ends('c');
    // Whoever serves the customer in this moment may look.
    await stage.connected('now', await perMinute(119));
    const identity = { scheme: 'visitor', value: 'kim' };
    const told = async (who: typeof ann | typeof shop) =>
      ((await world.ok(who, 'customer.timeline', { identity, kinds: ['contact'] })).entries as Members[])
        .filter(({ contactId }) => contactId === 'c')
        .map(({ details }) => (details as Members).payment);
    expect(await told(shop)).toMatchObject([{ charged: eur(238), tax: 38, commission: 40 }]);
    const [payment] = await told(ann);
    expect(payment).toMatchObject({ charged: eur(238), tax: 38 });
    expect(payment).not.toHaveProperty('commission');
  });

  test('is posted and written with it', async () => {
    const secret = `whsec_${Buffer.alloc(32, 'a key for webhooks').toString('base64')}`;
    const events = ['contact.finished', 'payment.receipt'];
    await world.ok('admin:root', 'webhook.set', { webhookId: 'crm', url: 'https://crm.example/', events, secret });
    await stage.deposit(1_000);
    await twoMinutes('c');
    await hands('d', 119);
    await collects('d');
    await world.idle();
    await stage.ends('c');
    const posted = world.posted().map(({ params }) => JSON.parse(params.body as string));
    expect(posted).toMatchObject([
      { type: 'payment.receipt', data: { documentId: 'd', queueId: 'experts', total: eur(119) } },
      { type: 'payment.receipt', data: { contactId: 'c', queueId: 'experts', total: eur(238) } },
      { type: 'contact.finished', data: { contactId: 'c', payment: { charged: eur(357), documents: 1 } } },
    ]);
    expect(world.harness.logged.filter((line) => line.includes('set aside'))).toEqual([]);
    const { text } = await world.ok('supervisor:boss', 'cdr.export');
    expect(text).toContain('""charged"":{""amount"":357,""currency"":""EUR""}');
  });
});

describe('statistics', () => {
  const FIVE_MINUTES_MS = 300_000;
  /** What was paid, by what follows the interval's begin. */
  const counted = async (of: 'queues' | 'agents', id: string, more: Members = {}) => {
    const now = world.clock.now();
    const to = now - (now % FIVE_MINUTES_MS) + FIVE_MINUTES_MS;
    const asked = { of, ids: [id], from: to - 12 * FIVE_MINUTES_MS, to, intervalMs: FIVE_MINUTES_MS, ...more };
    const lines = (await world.ok('supervisor:boss', 'statistics.query', asked))[of] as Members[];
    return lines.flatMap(({ paid }) => paid ?? []) as Members[];
  };
  const none = { contacts: 0, documents: 0, charged: 0, tax: 0, commission: 0, receiver: 0 };

  test('count contacts and documents with what was charged, when it is, of the queue and of who served them', async () => {
    await stage.deposit(1_000);
    await twoMinutes('c');
    await hands('d', 119);
    await collects('d');
    expect(await counted('queues', 'experts')).toEqual([
      { EUR: { ...none, documents: 1, charged: 119, tax: 19, commission: 20, receiver: 80, refunded: 0 } },
    ]);
    await stage.ends('c');
    const both = { contacts: 1, documents: 1, charged: 357, tax: 57, commission: 60, receiver: 240 };
    expect(await counted('queues', 'experts')).toEqual([{ EUR: { ...both, refunded: 0 } }]);
    expect(await counted('agents', 'ann')).toEqual([{ EUR: both }]);
    expect(await counted('agents', 'ben')).toEqual([]);
    expect(await counted('queues', 'others')).toEqual([]);
    await world.reopen();
    expect(await counted('queues', 'experts')).toEqual([{ EUR: { ...both, refunded: 0 } }]);
    // Once the interval is over it is a row.
    await world.pass(2 * FIVE_MINUTES_MS);
    expect(await counted('queues', 'experts')).toEqual([{ EUR: { ...both, refunded: 0 } }]);
    expect(await counted('agents', 'ann')).toEqual([{ EUR: both }]);
    await world.reopen();
    expect(await counted('agents', 'ann')).toEqual([{ EUR: both }]);
  });

  test('keep currencies apart, and count one that cost nothing', async () => {
    const identity = { scheme: 'visitor', value: 'kim' };
    await world.ok(shop, 'account.open', { accountId: 'yen', owner: 'customer', identity, currency: 'JPY' });
    const yen = (amount: number) => ({ amount, currency: 'JPY' });
    await world.ok(shop, 'account.deposit', { paymentId: 'yen', accountId: 'yen', money: yen(5_000) });
    await stage.deposit(1_000);
    await stage.connected('c', await stage.quoted({ per: 'session', price: yen(1_190) }));
    await world.pass(1_000);
    await stage.ends('c');
    await stage.connected('d', await perMinute(119, { freeMs: 60_000 }));
    await world.pass(30_000);
    await stage.ends('d');
    expect(await counted('queues', 'experts')).toEqual([
      {
        EUR: { ...none, contacts: 1, refunded: 0 },
        JPY: { contacts: 1, documents: 0, charged: 1_190, tax: 190, commission: 200, receiver: 800, refunded: 0 },
      },
    ]);
  });

  test('of a pool are of each agent its own part, and of the queue that was paid', async () => {
    await stage.deposit(2_000);
    const receiver = { queueId: 'experts' };
    const sends = async (to: Members) => {
      const { agentId } = await world.ok(shop, 'contact.get', { contactId: 'c' });
      await world.ok(`agent:${agentId as string}`, 'contact.transfer', { contactId: 'c', to });
      await world.idle();
      await stage.accepts('c');
      await world.pass(60_000);
      return agentId as string;
    };
    await stage.connected('c', await perMinute(119, { receiver }), { agentId: undefined });
    await world.pass(60_000);
    const first = await sends({ agentId: 'ben' });
    const second = await sends({ queueId: 'others' });
    await stage.ends('c');
    expect([first, second]).toEqual(['ann', 'ben']);
    const one = { contacts: 1, documents: 0, charged: 119, tax: 19, commission: 20, receiver: 80 };
    const both = { contacts: 1, documents: 0, charged: 238, tax: 38, commission: 40, receiver: 160 };
    expect(await counted('queues', 'experts')).toEqual([{ EUR: { ...both, refunded: 0 } }]);
    expect(await counted('queues', 'others')).toEqual([]);
    for (const agentId of ['ann', 'ben']) expect(await counted('agents', agentId)).toEqual([{ EUR: one }]);
    expect((await recordOf('c')).queueId).toBe('others');
  });

  test('count what is given back when it is, of the queue', async () => {
    await stage.deposit(1_000);
    await twoMinutes('c');
    await stage.ends('c');
    await world.pass(FIVE_MINUTES_MS);
    const refund = (refundId: string, amount: number) =>
      world.ok(shop, 'payment.refund', { refundId, paymentId: 'receipt/1', amount, reason: 'kindness' });
    await refund('r1', 100);
    await refund('r1', 100);
    await refund('r2', 38);
    const [paid, back, ...more] = await counted('queues', 'experts');
    expect(paid).toMatchObject({ EUR: { contacts: 1, charged: 238, refunded: 0 } });
    expect(back).toEqual({ EUR: { ...none, refunded: 138 } });
    expect(more).toEqual([]);
    await world.reopen();
    expect(await counted('queues', 'experts')).toEqual([paid, back]);
  });

  test('say nothing of payment where there was none, and have a column for it', async () => {
    await world.ok(page, 'contact.create', { contactId: 'd', channel: 'chat', queueId: 'experts' });
    await world.ok(page, 'contact.cancel', { contactId: 'd' });
    const to = world.clock.now() - (world.clock.now() % FIVE_MINUTES_MS) + FIVE_MINUTES_MS;
    const asked = { of: 'queues', from: to - FIVE_MINUTES_MS, to, intervalMs: FIVE_MINUTES_MS };
    const [line] = (await world.ok('supervisor:boss', 'statistics.query', asked)).queues as Members[];
    expect(line).not.toHaveProperty('paid');
    await stage.deposit(1_000);
    await twoMinutes('c');
    await stage.ends('c');
    const { csv } = await world.ok('supervisor:boss', 'statistics.export', { ...asked, to: to + FIVE_MINUTES_MS });
    expect((csv as string).split('\r\n')[0]).toMatch(/,paid$/);
    expect(csv).toContain('""charged"":238');
  });

  test('have columns in the table of the command line, where anything was paid', async () => {
    await stage.deposit(1_000);
    const to = world.clock.now() - (world.clock.now() % FIVE_MINUTES_MS) + 2 * FIVE_MINUTES_MS;
    const asked = { from: to - 3 * FIVE_MINUTES_MS, to, intervalMs: FIVE_MINUTES_MS, by: 'all' };
    const ask = async (of: 'queues' | 'agents') =>
      (await world.ok('supervisor:boss', 'statistics.query', { of, ...asked }))[of] as never;
    const utc = new Zone('UTC');
    expect(agentsText(await ask('agents'), utc)).not.toContain('charged');
    await twoMinutes('c');
    await stage.ends('c');
    for (const text of [queuesText(await ask('queues'), utc), agentsText(await ask('agents'), utc)]) {
      const [titles, ...lines] = text.split('\n');
      expect(titles).toMatch(/paid +charged$/);
      expect(lines.filter((line) => / 1 +238 EUR$/.test(line))).toHaveLength(1);
    }
  });

  test('of a sale behind the settling of its tick lose nothing of what the tick has counted, whatever is summed', async () => {
    await stage.deposit(10_000);
    await twoMinutes('c');
    for (const documentId of ['d1', 'd2', 'd3']) await hands(documentId, 119);
    const create = (contactId: string) =>
      [shop, 'contact.create', { contactId, channel: 'chat', queueId: 'others' }] as const;
    await world.reopen({ countedTicks: 2 });
    await world.together(create('x1'), [page, 'document.collect', { documentId: 'd1' }], create('x2'), [
      page,
      'document.collect',
      { documentId: 'd2' },
    ]);
    await world.together([page, 'document.collect', { documentId: 'd3' }]);
    await world.together(create('x3'));
    await world.reopen({ countedTicks: 2 });
    expect(await counted('queues', 'experts')).toMatchObject([{ EUR: { documents: 3, charged: 357 } }]);
    const to = world.clock.now() - (world.clock.now() % FIVE_MINUTES_MS) + FIVE_MINUTES_MS;
    const asked = { of: 'queues', ids: ['others'], from: to - FIVE_MINUTES_MS, to, intervalMs: FIVE_MINUTES_MS };
    expect((await world.ok('supervisor:boss', 'statistics.query', asked)).queues).toMatchObject([{ offered: 3 }]);
    await stage.ends('c');
  });
});
