// Webhooks in the domain, with a poster that the test plays: who is told of what, how deliveries are signed, tried again, bounded and
// given up.

import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { deliveriesTable } from '../../src/domain/webhooks/tables.ts';
import { TableAccess } from '../../src/engine/tick.ts';
import {
  recordRetentionMs,
  setAsideAgainMs,
  webhookBackoffMs,
  webhookDisabledAfterMs,
  webhookInFlightMax,
} from '../../src/limits.ts';
import { type AskedOf, DomainWorld, type Members } from './domain-world.ts';
import { expectSurvivesLoad } from './survives-load.ts';
import { trapOnceAtTimer } from './trap-once.ts';

const key = Buffer.alloc(32, 'a key for webhooks');
const secret = `whsec_${key.toString('base64')}`;
let world: DomainWorld;
let seen: number;

beforeEach(async () => {
  world = await DomainWorld.start();
  seen = 0;
  await world.ok('admin:root', 'queue.set', { queueId: 'sales', channels: ['voice'] });
  await set('crm', ['contact.finished']);
});

afterEach(async () => {
  await expectSurvivesLoad(world);
  await world.stop();
});

function set(webhookId: string, events: string[]): Promise<Members> {
  return world.ok('admin:root', 'webhook.set', { webhookId, url: 'https://crm.example/hook', events, secret });
}

/** Came and hung up at once. */
async function finish(contactId: string): Promise<void> {
  await world.ok('switch:pbx', 'contact.create', { contactId, channel: 'voice', queueId: 'sales' });
  await world.ok('switch:pbx', 'contact.cancel', { contactId });
  await world.idle();
}

/** Since the last time. */
function posts(): AskedOf[] {
  const all = world.posted();
  const news = all.slice(seen);
  seen = all.length;
  return news;
}

const nameOf = ({ params }: AskedOf) => (params.headers as Members)['webhook-id'];
const bodyOf = ({ params }: AskedOf) => JSON.parse(params.body as string);
const status = (code: number) => ({ result: { status: code } });
const view = () => world.ok('admin:root', 'webhook.get', { webhookId: 'crm' });

test('a finished contact is posted to whoever wants it, signed as the specification says', async () => {
  await set('alerts', ['alert.raised']);
  await finish('one');
  const [post, ...others] = posts();
  expect(others).toEqual([]);
  expect(post).toMatchObject({ to: 'app:crm', params: { url: 'https://crm.example/hook' } });
  const headers = post!.params.headers as Record<string, string>;
  const body = post!.params.body as string;
  expect(JSON.parse(body)).toMatchObject({
    type: 'contact.finished',
    timestamp: new Date(world.clock.now()).toISOString(),
    data: { contactId: 'one', why: 'cancelled', queueId: 'sales' },
  });
  expect(headers['webhook-timestamp']).toBe(String(Math.floor(world.clock.now() / 1000)));
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
  expect(headers['webhook-signature']).toBe(`v1,${createHmac('sha256', key).update(signed).digest('base64')}`);
  await world.answerTo(post, status(204));
  expect(await view()).toMatchObject({ waiting: 0, lost: 0 });
  await world.pass(86_400_000);
  expect(posts()).toEqual([]);
});

test('what is not confirmed is tried again, later each time, under the same id with the same body, and then given up', async () => {
  await finish('one');
  let [post] = posts();
  const first = post!;
  for (const [at, backoffMs] of webhookBackoffMs.entries()) {
    await world.answerTo(post, at % 2 === 0 ? status(500) : { error: { code: 1, message: 'refused' } });
    expect(await view()).toMatchObject({ waiting: 1, failing: { why: at % 2 === 0 ? 'answered 500' : 'refused' } });
    await world.pass(backoffMs - 1);
    expect(posts()).toEqual([]);
    await world.pass(1);
    [post] = posts();
    expect([nameOf(post!), post!.params.body]).toEqual([nameOf(first), first.params.body]);
  }
  await world.answerTo(post, status(302));
  expect(await view()).toMatchObject({ waiting: 0, lost: 1 });
});

test('after a restart everything that was on its way or waits is posted again under its id', async () => {
  for (const contactId of ['one', 'two', 'three']) await finish(contactId);
  const before = posts();
  await world.answerTo(before[0], status(200));
  await world.answerTo(before[1], status(503));
  await world.stop();
  await world.reopen();
  seen = 0;
  await world.pass(5_000);
  const after = posts();
  expect(new Set(after.map(nameOf))).toEqual(new Set(before.slice(1).map(nameOf)));
  for (const post of after) await world.answerTo(post, status(200));
  // An answer to the first attempt, that comes now, finds nothing.
  await world.answerTo(before[2], status(500));
  expect(await view()).toMatchObject({ waiting: 0 });
  expect(await view()).not.toHaveProperty('failing');
});

test('an attempt that nobody answers is made again', async () => {
  await finish('one');
  const [first] = posts();
  await world.pass(60_000);
  expect(posts().map(nameOf)).toEqual([nameOf(first!)]);
});

const webhooks = 10;

test('a timer that the core trapped at and that comes when nothing is due any more is not set', async () => {
  await finish('one');
  const core = trapOnceAtTimer(world, webhooks);
  await world.answerTo(posts()[0], status(500));
  expect(core.trapped).toBe(true);
  await world.pass(webhookBackoffMs[0] as number);
  await finish('two');
  const again = posts();
  expect(again.map((post) => bodyOf(post).data.contactId)).toEqual(['one', 'two']);
  for (const post of again) await world.answerTo(post, status(200));
  await world.pass(setAsideAgainMs - 1_000);
  await world.pass(setAsideAgainMs);
  expect(world.harness.logged.filter((line) => line.startsWith('a tick failed'))).toHaveLength(1);
  // The next is told in its time.
  await finish('three');
  await world.answerTo(posts()[0], status(500));
  await world.pass(webhookBackoffMs[0] as number);
  expect(posts().map((post) => bodyOf(post).data.contactId)).toEqual(['three']);
});

test('only so many are on their way at once', async () => {
  for (let at = 0; at < webhookInFlightMax + 3; at++) await finish(`c${at}`);
  const some = posts();
  expect(some).toHaveLength(webhookInFlightMax);
  await world.answerTo(some[0], status(200));
  await world.idle();
  expect(posts()).toHaveLength(1);
});

test('an address that takes nothing for too long is disabled, its owner is told, and setting it anew takes it up', async () => {
  await finish('one');
  await world.answerTo(posts()[0], status(500));
  await world.pass(webhookDisabledAfterMs);
  const [again] = posts();
  world.told();
  await world.answerTo(again, status(500));
  expect(world.toldLines('webhookId', 'why')).toEqual(['admin:root webhook.disabled crm answered 500']);
  await finish('unseen');
  await world.pass(86_400_000);
  expect(posts()).toEqual([]);
  expect(await view()).toMatchObject({ waiting: 1, disabled: { why: 'answered 500' } });
  await set('crm', ['contact.finished']);
  await world.idle();
  expect(posts().map((post) => bodyOf(post).data.contactId)).toEqual(['one']);
});

test('an address that says it is gone is disabled at once, and its owner told once', async () => {
  for (const contactId of ['one', 'two', 'three']) await finish(contactId);
  world.told();
  for (const post of posts()) await world.answerTo(post, status(410));
  expect(await view()).toMatchObject({ disabled: { why: 'answered 410' }, waiting: 3 });
  expect(world.toldLines('webhookId', 'why')).toEqual(['admin:root webhook.disabled crm answered 410']);
});

test('what a disabled webhook was to be told is kept as long as records are, and not for ever', async () => {
  for (const contactId of ['one', 'two']) await finish(contactId);
  for (const post of posts()) await world.answerTo(post, status(410));
  await world.stop();
  await world.reopen();
  await world.pass(recordRetentionMs - 1);
  expect(await view()).toMatchObject({ waiting: 2, lost: 0 });
  await world.pass(1);
  expect(await view()).toMatchObject({ waiting: 0, lost: 2 });
  const rows = new TableAccess(world.harness.partition.tables).range(deliveriesTable, { limit: 10 });
  expect(rows).toEqual([]);
});

test('what a removed webhook has not confirmed is never posted, also not to one that is made after it', async () => {
  for (let at = 0; at < 20; at++) await finish(`c${at}`);
  posts();
  await world.ok('admin:root', 'webhook.remove', { webhookId: 'crm' });
  await world.stop();
  await world.reopen();
  seen = 0;
  await set('crm', ['contact.finished']);
  await world.pass(86_400_000);
  expect(posts()).toEqual([]);
  expect(await view()).toMatchObject({ waiting: 0 });
});

test('two webhooks that are set in one tick are two', async () => {
  const params = { url: 'https://crm.example/other', events: ['contact.finished'], secret };
  await world.together(
    ['admin:root', 'webhook.set', { webhookId: 'left', ...params }],
    ['admin:root', 'webhook.set', { webhookId: 'right', ...params }],
  );
  await finish('one');
  expect(posts().map(({ to }) => to)).toEqual(['app:crm', 'app:left', 'app:right']);
  expect(await world.outcome('admin:root', 'webhook.get', { webhookId: 'middle' })).toBe('webhook_not_found');
  expect(await world.outcome('admin:root', 'webhook.remove', { webhookId: 'middle' })).toBe('webhook_not_found');
});

test('ratings are posted as they are given, changed and removed, by whatever name of the contact', async () => {
  await world.ok('admin:root', 'tenant.set', { ratings: {} });
  await world.ok('admin:root', 'agent.set', { agentId: 'ann', capacity: { voice: 1 } });
  await world.ok('agent:ann', 'agent.login');
  await world.ok('agent:ann', 'agent.ready');
  await set('crm', ['rating.given', 'rating.changed', 'rating.removed']);
  const identity = { scheme: 'email', value: 'kim@example.org' };
  await world.ok('switch:pbx', 'contact.create', { contactId: 'one', channel: 'voice', queueId: 'sales', identity });
  await world.ok('agent:ann', 'offer.accept', { offerId: 'o1.1' });
  await world.ok('agent:ann', 'contact.end', { contactId: 'one' });
  const given = { ratingId: 'r1', contactId: 'one', items: { attitude: 5 } };
  await world.ok('switch:pbx', 'rating.give', given);
  await world.ok('switch:pbx', 'rating.give', given);
  await world.ok('switch:pbx', 'rating.change', { ratingId: 'r1', items: { attitude: 3 } });
  await world.ok('switch:pbx', 'rating.remove', { ratingId: 'r1' });
  await world.idle();
  const rating = { ratingId: 'r1', contactId: 'one', by: 'customer', agentId: 'ann', customerId: 'c1' };
  expect(posts().map(bodyOf)).toMatchObject([
    { type: 'rating.given', data: { ...rating, points: { attitude: 1000 } } },
    { type: 'rating.changed', data: { ...rating, points: { attitude: 500 } } },
    { type: 'rating.removed', data: { ...rating, points: { attitude: 500 } } },
  ]);
});

test('what is found of customers is posted, whatever it was found by', async () => {
  await set('crm', ['customer.linked', 'customer.split', 'customer.conflict']);
  const resolve = (scheme: string, value: string) =>
    world.ok('app:crm', 'customer.resolve', { identity: { scheme, value } });
  for (const value of ['1', '2']) await resolve('customerNumber', value);
  await resolve('email', 'kim@example.org');
  // By somebody's word, and by a rule: in an answer of customers, of business, and by going through those who are known.
  await world.ok('app:crm', 'customer.merge', { linkId: 'l1', customerId: 'c1', otherId: 'c2' });
  await world.ok('app:crm', 'customer.merge', { linkId: 'l2', customerId: 'c1', otherId: 'c3' });
  await world.ok('app:crm', 'customer.split', { linkId: 'l2', why: 'a mistake' });
  const expression = 'business.exists(b, b.open) ? "open" : attributes.?card.orValue("")';
  await world.ok('app:crm', 'identityRule.set', { ruleId: 'r', expression, follows: 'link' });
  await world.pass(1);
  for (const customerId of ['c2', 'c3'])
    await world.ok('app:crm', 'business.put', { businessId: customerId, customerId, type: 'order', status: 'new' });
  await world.idle();
  expect(posts().map(bodyOf)).toMatchObject([
    { type: 'customer.conflict', data: { customers: ['c1', 'c2'], because: 'contradicting' } },
    { type: 'customer.linked', data: { customerId: 'c1', link: { linkId: 'l2', customers: ['c1', 'c3'] } } },
    { type: 'customer.split', data: { customers: ['c1', 'c3'], role: 'app', sub: 'crm', why: 'a mistake' } },
    { type: 'customer.linked', data: { customerId: 'c2', link: { customers: ['c3', 'c2'], by: { rule: 'r' } } } },
  ]);
  expect(world.harness.logged.filter((line) => line.includes('set aside'))).toEqual([]);
});

test('a rating that is given by text, in an answer to the router, is posted too', async () => {
  await world.ok('admin:root', 'tenant.set', { ratings: { askByText: true, agentItems: { attitude: { to: 5 } } } });
  await world.ok('admin:root', 'queue.set', { queueId: 'sales', channels: ['voice', 'chat'] });
  await world.ok('admin:root', 'agent.set', { agentId: 'ann', capacity: { chat: 1 } });
  await world.ok('agent:ann', 'agent.login');
  await world.ok('agent:ann', 'agent.ready');
  await set('crm', ['rating.given']);
  await world.ok('customer:kim', 'contact.create', { contactId: 'one', channel: 'chat', queueId: 'sales' });
  await world.ok('agent:ann', 'offer.accept', { offerId: 'o1.1' });
  await world.ok('agent:ann', 'contact.end', { contactId: 'one' });
  await world.ok('customer:kim', 'contact.send', { contactId: 'one', messageId: 'm1', message: { text: '4' } });
  await world.idle();
  expect(posts().map(bodyOf)).toMatchObject([
    { type: 'rating.given', data: { contactId: 'one', by: 'customer', agentId: 'ann', items: { attitude: 4 } } },
  ]);
  expect(world.harness.logged.filter((line) => line.includes('set aside'))).toEqual([]);
});

test('payments are posted when they are booked, come to nothing, are disputed and decided; a contact that is paid by its receipt', async () => {
  await world.ok('admin:root', 'agent.set', { agentId: 'ann', capacity: { voice: 1 } });
  await world.ok('agent:ann', 'agent.login');
  await world.ok('agent:ann', 'agent.ready');
  await set('crm', ['payment.done', 'payment.failed', 'payment.disputed', 'payment.resolved', 'payment.receipt']);
  const crm = 'app:crm';
  const identity = { scheme: 'email', value: 'kim@example.org' };
  const money = { amount: 500, currency: 'EUR' };
  await world.ok(crm, 'customer.resolve', { identity });
  await world.ok(crm, 'account.open', { accountId: 'kim', owner: 'customer', identity, currency: 'EUR' });
  const paidIn = { paymentId: 'in', accountId: 'kim', money };
  await world.ok(crm, 'account.deposit', paidIn);
  await world.ok(crm, 'account.deposit', paidIn);
  await world.ok(crm, 'account.withdraw', { paymentId: 'out', accountId: 'kim', money: { ...money, amount: 100 } });
  await world.ok('admin:root', 'paymentProvider.set', { url: 'https://pays.example/', secret });
  await world.ok(crm, 'account.deposit', { ...paidIn, paymentId: 'through', through: 'provider' });
  await world.ok('admin:root', 'payment.confirm', { paymentId: 'through', outcome: 'declined' });
  const rate = { rateId: 'r', receiver: { agentId: 'ann' }, per: 'session', price: { ...money, amount: 90 } };
  await world.ok(crm, 'rate.publish', rate);
  await world.ok(crm, 'quote.request', { quoteId: 'q', channel: 'voice' });
  const contact = { contactId: 'one', channel: 'voice', queueId: 'sales', agentId: 'ann', identity, quoteId: 'q.1' };
  await world.ok('switch:pbx', 'contact.create', contact);
  await world.ok('agent:ann', 'offer.accept', { offerId: 'o1.1' });
  await world.pass(1_000);
  await world.ok('agent:ann', 'contact.end', { contactId: 'one' });
  const paymentId = 'receipt/1';
  await world.ok(crm, 'payment.dispute', { paymentId, reason: 'was rude' });
  const upheld = { outcome: 'upheld', refundId: 'back', reason: 'so it was' };
  await world.ok(crm, 'payment.resolve', { paymentId, ...upheld });
  await world.idle();
  const told = posts().filter(({ params }) => (params.url as string).includes('crm.example'));
  expect(told.map(bodyOf)).toMatchObject([
    { type: 'payment.done', data: { paymentId: 'in', kind: 'deposit', money } },
    { type: 'payment.done', data: { paymentId: 'out', kind: 'withdrawal' } },
    { type: 'payment.failed', data: { paymentId: 'through', failed: 'declined' } },
    {
      type: 'payment.receipt',
      data: { contactId: 'one', paymentId, total: { ...money, amount: 90 }, parts: [{ agentId: 'ann', amount: 90 }] },
    },
    { type: 'payment.disputed', data: { paymentId, dispute: { state: 'open' } } },
    { type: 'payment.done', data: { paymentId: 'back', kind: 'refund', refundOf: paymentId } },
    { type: 'payment.resolved', data: { paymentId, refunded: 90, dispute: { state: 'upheld' } } },
  ]);
});
