// What was and is of a person, as one list; and all that is kept of it.

import { afterEach, beforeEach, expect, test } from 'vitest';
import { exportPage } from '../../src/domain/timeline/export-pages.ts';
import type { SearchedExport } from '../../src/domain/timeline-source.ts';
import { TableAccess } from '../../src/engine/tick.ts';
import { exportSearchMax, frameBytesMax, recordRetentionMs, timelinePageBytesMax } from '../../src/limits.ts';
import { DomainWorld, type Members, type Who } from './domain-world.ts';
import { expectSurvivesLoad } from './survives-load.ts';

let world: DomainWorld;
const app = 'app:crm' as const;
const boss = 'supervisor:boss' as const;
const tel = { scheme: 'tel', value: '+4930123401' };
const email = { scheme: 'email', value: 'ada@x.example' };
const other = { scheme: 'tel', value: '+4930123402' };

beforeEach(async () => {
  world = await DomainWorld.start();
  await world.ok('admin:root', 'tenant.set', { ratings: { agentItems: { manner: { to: 5 } } } });
  await world.ok('admin:root', 'queue.set', {
    queueId: 'sales',
    channels: ['voice', 'chat'],
    wrapUpMs: 1_000,
    callback: {},
  });
  for (const agentId of ['anna', 'ben']) {
    await world.ok('admin:root', 'agent.set', { agentId, capacity: { voice: 1, chat: 3 } });
    await world.ok(`agent:${agentId}`, 'agent.login');
  }
  await world.ok('agent:anna', 'agent.ready');
});

afterEach(async () => {
  await expectSurvivesLoad(world);
  await world.stop();
});

interface Page {
  readonly customerId: string;
  readonly entries: readonly Members[];
  readonly cursor?: string;
}

const timeline = async (asked: Members, who: Who = app) =>
  (await world.ok(who, 'customer.timeline', asked)) as unknown as Page;
const kindsOf = ({ entries }: Pick<Page, 'entries'>) => entries.map(({ kind }) => kind);

/** All pages of so many. */
async function pages(asked: Members, limit: number): Promise<Members[]> {
  const all: Members[] = [];
  let cursor: string | undefined;
  do {
    const page = await timeline({ ...asked, limit, ...(cursor !== undefined && { cursor }) });
    expect(page.entries.length).toBeLessThanOrEqual(limit);
    all.push(...page.entries);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return all;
}

async function comes(contactId: string, channel: string, more: Members): Promise<Members> {
  await world.ok('switch:pbx', 'contact.create', { contactId, channel, queueId: 'sales', ...more });
  return world.told().findLast(({ event }) => event === 'offer.created')?.params as Members;
}

async function serve(contactId: string, channel: string, more: Members): Promise<void> {
  await world.ok('agent:anna', 'offer.accept', { offerId: (await comes(contactId, channel, more)).offerId });
}

async function isOver(contactId: string): Promise<void> {
  await world.ok('switch:pbx', 'contact.end', { contactId });
  await world.pass(1_001);
}

/** A call, a chat by another name, and what goes with them. */
async function life(): Promise<void> {
  await serve('call', 'voice', { identity: tel });
  await world.pass(1_000);
  await world.ok('agent:anna', 'business.put', { businessId: 'o1', type: 'order', status: 'new', contactId: 'call' });
  await isOver('call');
  await world.ok('switch:pbx', 'rating.give', {
    ratingId: 'r1',
    contactId: 'call',
    items: { manner: 5 },
    comment: 'kind',
  });
  await world.pass(1_000);
  await world.ok(app, 'customer.link', { linkId: 'l1', customerId: 'c1', identity: email });
  await world.pass(1_000);
  await serve('chat', 'chat', { identity: email });
  await world.pass(1_000);
  await world.ok('switch:pbx', 'contact.send', { contactId: 'chat', messageId: 'm1', message: { text: 'hello' } });
  await world.pass(1_000);
  await world.ok('agent:anna', 'contact.send', { contactId: 'chat', messageId: 'm2', message: { text: 'good day' } });
}

test('a person has one timeline, the latest first, and each entry says by which of its names it came', async () => {
  await life();
  const { customerId, entries } = await timeline({ identity: tel });
  expect(customerId).toBe('c1');
  expect(entries).toMatchObject([
    {
      kind: 'message',
      customerId: 'c2',
      identity: email,
      contactId: 'chat',
      agentId: 'anna',
      details: { text: 'good day' },
    },
    { kind: 'message', customerId: 'c2', contactId: 'chat', details: { text: 'hello', from: { side: 'customer' } } },
    {
      kind: 'contact',
      customerId: 'c2',
      channel: 'chat',
      agentId: 'anna',
      details: { state: 'connected', queueId: 'sales' },
    },
    { kind: 'link', customerId: 'c1', details: { linkId: 'l1', customers: ['c1', 'c2'] } },
    {
      kind: 'rating',
      customerId: 'c1',
      identity: tel,
      contactId: 'call',
      agentId: 'anna',
      details: { comment: 'kind' },
    },
    {
      kind: 'business',
      channel: 'voice',
      contactId: 'call',
      agentId: 'anna',
      details: { businessId: 'o1', status: 'new' },
    },
    {
      kind: 'contact',
      channel: 'voice',
      details: { state: 'finished', why: 'byCustomer', talkMs: 1_000, wrapUpMs: 1_001 },
    },
  ]);
  expect(await timeline({ identity: email })).toEqual({ customerId, entries });
  expect(await timeline({ contactId: 'chat' })).toEqual({ customerId, entries });
  const times = entries.map(({ at }) => at as number);
  expect(times).toEqual(times.toSorted((one, another) => another - one));
});

test('a contact keeps its place when it is finished, and the timeline goes on with its record when it is forgotten', async () => {
  await life();
  const before = await timeline({ identity: tel });
  await isOver('chat');
  const after = await timeline({ identity: tel });
  expect(kindsOf(after)).toEqual(kindsOf(before));
  expect(after.entries[2]).toMatchObject({ at: before.entries[2]?.at, details: { state: 'finished', messages: 2 } });
  await world.pass(2 * 86_400_000);
  expect(await world.outcome(app, 'contact.get', { contactId: 'call' })).toBe('contact_not_found');
  expect(kindsOf(await timeline({ identity: tel, kinds: ['contact'] }))).toEqual(['contact', 'contact']);
});

test('after a split each has its own again', async () => {
  await life();
  await world.pass(1_000);
  await world.ok(app, 'customer.split', { linkId: 'l1', why: 'two people' });
  expect(kindsOf(await timeline({ identity: tel }))).toEqual(['split', 'link', 'rating', 'business', 'contact']);
  expect(kindsOf(await timeline({ identity: email }))).toEqual(['split', 'message', 'message', 'contact', 'link']);
});

test('pages of any size joined are the whole, and what comes meanwhile stands before them', async () => {
  await life();
  const whole = (await timeline({ identity: tel })).entries;
  for (const limit of [1, 2, 3, 6, 7]) expect(await pages({ identity: tel }, limit)).toEqual(whole);
  const first = await timeline({ identity: tel, limit: 3 });
  await world.ok('switch:pbx', 'contact.send', { contactId: 'chat', messageId: 'm3', message: { text: 'one more' } });
  await isOver('chat');
  const rest = await timeline({ identity: tel, cursor: first.cursor });
  expect(rest.entries).toEqual(whole.slice(3));
  // A cursor that is none of ours begins at the beginning.
  expect((await timeline({ identity: tel, cursor: 'nonsense' })).entries).toHaveLength(whole.length + 1);
});

test('what took place in one millisecond comes in one order, through all pages', async () => {
  await serve('chat', 'chat', { identity: email });
  for (let number = 1; number <= 30; number++) {
    const message = { text: `text ${number}` };
    await world.ok('switch:pbx', 'contact.send', { contactId: 'chat', messageId: `m${number}`, message });
    await world.ok('agent:anna', 'business.put', {
      businessId: 'o1',
      type: 'order',
      status: `s${number}`,
      contactId: 'chat',
    });
  }
  const whole = (await timeline({ identity: email, limit: 100 })).entries;
  // A business remembers its last twenty steps.
  expect(whole).toHaveLength(30 + 20 + 1);
  for (const limit of [1, 4, 7, 50]) expect(await pages({ identity: email }, limit)).toEqual(whole);
  const texts = whole.flatMap(({ details }) => (details as Members).text ?? []);
  expect(texts).toEqual(Array.from({ length: 30 }, (_, at) => `text ${30 - at}`));
  const steps = whole.filter(({ kind }) => kind === 'business').map(({ details }) => (details as Members).status);
  expect(steps).toEqual(Array.from({ length: 20 }, (_, at) => `s${30 - at}`));
  await world.ok(app, 'business.remove', { businessId: 'o1' });
  expect(kindsOf(await timeline({ identity: email, kinds: ['business'] }))).toEqual([]);
});

test('kinds, channels and times filter', async () => {
  await life();
  const { entries } = await timeline({ identity: tel });
  const filtered = async (asked: Members) => (await timeline({ identity: tel, ...asked })).entries;
  expect(await filtered({ kinds: ['message', 'link'] })).toEqual([entries[0], entries[1], entries[3]]);
  expect(await filtered({ channels: ['voice'] })).toEqual([entries[5], entries[6]]);
  const [from, to] = [entries[4]?.at, entries[2]?.at];
  expect(await filtered({ from, to })).toEqual([entries[3], entries[4]]);
  expect(await pages({ identity: tel, channels: ['voice'] }, 1)).toEqual([entries[5], entries[6]]);
});

test('agents see what was of whom they serve, or are offered; visitors and switches see nothing', async () => {
  await life();
  const agents = (asked: Members, who: Who = 'agent:anna') => world.outcome(who, 'customer.timeline', asked);
  expect(await agents({ identity: tel })).toBe('done');
  expect(await agents({ contactId: 'chat' })).toBe('done');
  expect(await agents({ customerId: 'c1', contactId: 'chat' })).toBe('done');
  expect(await agents({ identity: tel }, 'agent:ben')).toBe('customer_not_served');
  expect(await agents({ contactId: 'chat' }, 'agent:ben')).toBe('contact_not_found');
  // It is in wrap-up, and then it is over.
  await world.ok('switch:pbx', 'contact.end', { contactId: 'chat' });
  expect(await agents({ identity: tel })).toBe('done');
  await world.pass(1_001);
  expect(await agents({ identity: tel })).toBe('customer_not_served');
  expect(await agents({ contactId: 'chat' })).toBe('contact_not_found');
  expect(await world.outcome(app, 'customer.timeline', { contactId: 'chat' })).toBe('done');
  await comes('again', 'chat', { identity: tel });
  expect(await agents({ identity: email })).toBe('done');
  expect(await agents({ contactId: 'again' })).toBe('done');
  for (const who of [app, boss, 'admin:root'] as const)
    expect(await world.outcome(who, 'customer.timeline', { identity: tel })).toBe('done');
  await world.ok(app, 'customer.resolve', { identity: other });
  expect(await world.outcome(app, 'customer.timeline', { identity: other, contactId: 'again' })).toBe(
    'contact_of_another_customer',
  );
  await comes('nobodys', 'voice', {});
  expect(await world.outcome(app, 'customer.timeline', { contactId: 'nobodys' })).toBe('contact_has_no_customer');
  expect(await world.outcome(app, 'customer.timeline', { customerId: 'c77' })).toBe('customer_not_found');
});

test('what a supervisor says to the agent alone is not shown to applications', async () => {
  await serve('chat', 'chat', { identity: tel });
  const whisper = { contactId: 'chat', messageId: 'w', message: { text: 'be kind' }, toAgent: true };
  await world.ok(boss, 'contact.send', whisper);
  expect(kindsOf(await timeline({ identity: tel }))).toEqual(['contact']);
  expect(kindsOf(await timeline({ identity: tel }, 'agent:anna'))).toEqual(['message', 'contact']);
});

test('money of the person is in it, account by account, and as it was booked', async () => {
  await world.ok(app, 'customer.resolve', { identity: tel });
  const eur = (amount: number) => ({ amount, currency: 'EUR' });
  for (const accountId of ['a1', 'a2'])
    await world.ok(app, 'account.open', { accountId, owner: 'customer', customerId: 'c1', currency: 'EUR' });
  await world.ok(app, 'account.deposit', { paymentId: 'p1', accountId: 'a1', money: eur(500), through: 'books' });
  await world.pass(1_000);
  const move = { transferId: 't1', debit: 'a1', credit: 'a2', why: 'moved' };
  await world.ok(app, 'account.book', { steps: [{ do: 'transfer', ...move, money: eur(200) }] });
  await world.pass(1_000);
  const hold = { do: 'hold', transferId: 'h1', debit: 'a2', credit: 'house:escrow:EUR', why: 'kept', money: eur(50) };
  await world.ok(app, 'account.book', { steps: [hold] });
  const { entries } = await timeline({ identity: tel });
  expect(entries.map(({ details }) => details)).toMatchObject([
    {
      accountId: 'a2',
      currency: 'EUR',
      held: 50,
      transfer: { transferId: 'h1', kind: 'hold', hold: { state: 'open' } },
    },
    { accountId: 'a2', posted: 200, transfer: { transferId: 't1' } },
    { accountId: 'a1', posted: -200, transfer: { transferId: 't1' } },
    { accountId: 'a1', posted: 500, balance: 500 },
  ]);
  for (const limit of [1, 2, 3]) expect(await pages({ identity: tel }, limit)).toEqual(entries);
});

test('conflicts, callbacks and affinity are noted when they happen, and told once of two who are one', async () => {
  await world.ok(app, 'customer.resolve', { identity: { scheme: 'customerNumber', value: '1' } });
  await world.ok(app, 'customer.resolve', { identity: { scheme: 'customerNumber', value: '2' } });
  await world.pass(1_000);
  await world.ok(app, 'customer.merge', { linkId: 'l1', customerId: 'c1', otherId: 'c2' });
  expect((await timeline({ customerId: 'c2' })).entries).toMatchObject([
    {
      kind: 'conflict',
      customerId: 'c2',
      details: { state: 'reported', because: 'contradicting', customers: ['c1', 'c2'] },
    },
  ]);
  await world.pass(1_000);
  await world.ok(boss, 'customer.settle', { conflictId: 'conflict-1', as: 'same' });
  await world.pass(1_000);
  await world.ok(app, 'affinity.set', { customerId: 'c2', agentId: 'ben' });
  await world.pass(1_000);
  await world.ok(app, 'affinity.remove', { customerId: 'c1' });
  await world.pass(1_000);
  const asked = { callbackId: 'k', queueId: 'sales', number: '+4930123499', at: world.clock.now() + 60_000 };
  await world.ok(app, 'callback.request', { ...asked, identity: { scheme: 'customerNumber', value: '1' } });
  await world.pass(1_000);
  await world.ok(app, 'callback.cancel', { callbackId: 'k' });
  const { entries } = await timeline({ customerId: 'c1' });
  expect(entries).toMatchObject([
    { kind: 'callback', details: { callbackId: 'k', state: 'ended', why: 'cancelled' } },
    { kind: 'callback', customerId: 'c1', details: { callbackId: 'k', state: 'waiting' } },
    { kind: 'affinity', customerId: 'c2', details: { state: 'removed', agentId: 'ben' } },
    { kind: 'affinity', customerId: 'c2', agentId: 'ben', details: { state: 'set' } },
    { kind: 'link', details: { customers: ['c1', 'c2'] } },
    { kind: 'conflict', customerId: 'c1', details: { state: 'settled', as: 'same' } },
    { kind: 'conflict', customerId: 'c1', details: { state: 'reported' } },
  ]);
  for (const limit of [1, 2, 4]) expect(await pages({ customerId: 'c2' }, limit)).toEqual(entries);
});

test('a refused request notes nothing', async () => {
  await world.ok(app, 'customer.resolve', { identity: tel });
  await world.ok('admin:root', 'queue.set', { queueId: 'none', channels: ['voice'] });
  const asked = { callbackId: 'k', queueId: 'none', number: '+4930123499', identity: tel };
  expect(await world.outcome(app, 'callback.request', asked)).toBe('queue_takes_no_callbacks');
  expect(await world.outcome(app, 'affinity.set', { customerId: 'c1', agentId: 'nobody' })).toBe('agent_not_found');
  expect((await timeline({ identity: tel })).entries).toEqual([]);
});

test('records and notes go when their time is over, with what found them', async () => {
  await serve('call', 'voice', { identity: tel });
  await isOver('call');
  await world.ok(app, 'affinity.set', { customerId: 'c1', agentId: 'ben' });
  await world.pass(recordRetentionMs - 2_000);
  expect(kindsOf(await timeline({ identity: tel }))).toEqual(['affinity', 'contact']);
  await world.pass(4_000);
  expect(await timeline({ identity: tel })).toEqual({ customerId: 'c1', entries: [] });
  const left = world.modules.flatMap(({ tables }) => tables).filter(({ id }) => [257, 266, 267, 268].includes(id));
  expect(left).toHaveLength(4);
  const tables = new TableAccess(world.harness.partition.tables);
  for (const table of left) expect(tables.range(table, { limit: 10 })).toEqual([]);
});

test('a long text after the other fits a frame: the page is short, and says that there is more', async () => {
  await serve('chat', 'chat', { identity: tel });
  const text = 'x'.repeat(8_000);
  for (let number = 1; number <= 60; number++)
    await world.ok('switch:pbx', 'contact.send', { contactId: 'chat', messageId: `m${number}`, message: { text } });
  const page = await timeline({ identity: tel, limit: 1_000 });
  expect(page.cursor).toBeDefined();
  const bytes = Buffer.byteLength(JSON.stringify(page));
  expect(bytes).toBeGreaterThan(timelinePageBytesMax);
  expect(bytes).toBeLessThan(frameBytesMax);
  const rest = await timeline({ identity: tel, limit: 1_000, cursor: page.cursor });
  expect(page.entries.length + rest.entries.length).toBe(61);
});

test('who is erased leaves no row of it, and whoever was finished in the same tick has its record still', async () => {
  await life();
  await world.ok('switch:pbx', 'contact.end', { contactId: 'chat' });
  await serve('twin', 'chat', { identity: other });
  const call = { contactId: 'other', channel: 'chat', queueId: 'sales', identity: email };
  await world.ok('switch:pbx', 'contact.create', call);
  await world.pass(2_000);
  await world.together(
    ['switch:pbx', 'contact.end', { contactId: 'other' }],
    ['switch:pbx', 'contact.end', { contactId: 'twin' }],
  );
  await world.ok(app, 'affinity.set', { customerId: 'c1', agentId: 'ben' });
  await world.pass(2_000);
  const kept = await timeline({ identity: other });
  expect(kindsOf(kept)).toEqual(['contact']);
  await world.ok(app, 'customer.erase', { identity: tel, requestId: 'erase' });
  await world.idle();
  expect(await timeline({ identity: other })).toEqual(kept);
  const tables = new TableAccess(world.harness.partition.tables);
  const ours = [205, 213, 219, 266, 267, 268, 269];
  const declared = world.modules.flatMap((module) => module.tables).filter(({ id }) => ours.includes(id));
  const left = declared.flatMap((table) => tables.range(table, { limit: 100 }).map(({ key }) => [table.id, key]));
  expect(left).toEqual([[266, [3, kept.entries[0]?.at, expect.any(Number)]]]);
});

// ── Everything ──────────────────────────────────────────────────────────────────────────────────────────────────
async function exported(asked: Members, limit: number): Promise<Members[]> {
  const items: Members[] = [];
  let cursor: string | undefined;
  do {
    const page = await world.ok('admin:root', 'customer.export', {
      ...asked,
      limit,
      ...(cursor !== undefined && { cursor }),
    });
    items.push(...(page.items as Members[]));
    cursor = page.cursor as string | undefined;
  } while (cursor !== undefined);
  return items;
}

test('an export has all that is kept: names, business with its data, accounts, affinity, and the timeline with all of each contact', async () => {
  await life();
  await world.ok('agent:anna', 'business.put', {
    ...{ businessId: 'o2', type: 'claim', status: 'open', contactId: 'chat' },
    data: { said: 'it broke' },
  });
  await world.ok(app, 'affinity.set', { customerId: 'c1', agentId: 'ben' });
  await world.ok(app, 'account.open', { accountId: 'a1', owner: 'customer', customerId: 'c2', currency: 'EUR' });
  await serve('more', 'voice', { identity: tel, attributes: { wish: 'a blue one' } });
  const items = await exported({ identity: email }, 100);
  const of = (part: string) => items.filter((one) => one.part === part).map(({ item }) => item as Members);
  expect(of('customer')).toMatchObject([
    { customerId: 'c1', identities: [tel], links: [{ linkId: 'l1' }] },
    { customerId: 'c2', identities: [email] },
  ]);
  expect(of('business')).toMatchObject([
    { customerId: 'c1', businessId: 'o1' },
    { customerId: 'c2', businessId: 'o2', data: { said: 'it broke' } },
  ]);
  expect(of('account')).toMatchObject([{ customerId: 'c2', accountId: 'a1' }]);
  expect(of('affinity')).toMatchObject([{ customerId: 'c1', set: { agentId: 'ben' } }]);
  const { entries } = await timeline({ identity: tel }, 'admin:root');
  expect(of('timeline').map(({ at, kind }) => [at, kind])).toEqual(entries.map(({ at, kind }) => [at, kind]));
  expect(of('timeline').find(({ contactId, kind }) => kind === 'contact' && contactId === 'more')).toMatchObject({
    details: { attributes: { wish: 'a blue one' } },
  });
  for (const limit of [1, 2, 3, 5]) expect(await exported({ identity: email }, limit)).toEqual(items);
});

test('an export is of somebody who is known', async () => {
  await world.ok(app, 'customer.resolve', { identity: tel });
  expect(await world.outcome('admin:root', 'customer.export', { identity: tel })).toBe('done');
  expect(await world.outcome('admin:root', 'customer.export', { identity: email })).toBe('customer_not_found');
});

/** Of one part, without what says whose it is. */
const partOf = async (part: string, asked: Members) =>
  (await exported(asked, 100)).filter((one) => one.part === part).map(({ item }) => item);

test('callbacks that name somebody, whether anybody knew it or not, are in its export, open and over', async () => {
  const at = world.clock.now() + 60_000;
  const asked = { queueId: 'sales', at };
  await world.ok(app, 'callback.request', { ...asked, callbackId: 'k1', identity: tel, attributes: { wish: 'blue' } });
  await world.ok(app, 'callback.request', { ...asked, callbackId: 'k2', number: '+4930123477' });
  await world.ok(app, 'callback.request', { ...asked, callbackId: 'k3', number: tel.value });
  await world.ok(app, 'callback.request', { ...asked, callbackId: 'k4', identity: other });
  await world.ok(app, 'callback.cancel', { callbackId: 'k3' });
  await world.ok(app, 'customer.resolve', { identity: tel });
  expect(await partOf('callback', { identity: tel })).toMatchObject([
    { callbackId: 'k1', state: 'waiting', number: tel.value, attributes: { wish: 'blue' } },
    { callbackId: 'k3', state: 'ended', why: 'cancelled' },
  ]);
  // It is what erasing would wait for.
  expect(await world.outcome(app, 'customer.erase', { identity: tel, requestId: 'e' })).toBe('customer_still_served');
  for (const limit of [1, 2, 3]) {
    const items = await exported({ identity: tel }, limit);
    expect(items.filter(({ part }) => part === 'callback')).toHaveLength(2);
  }
});

test('hand-overs that name somebody and that nobody has used are in its export, without the serial', async () => {
  await world.ok('admin:root', 'numberPlan.set', {
    planId: 'p',
    range: { prefix: '17' },
    accessIdLength: 6,
    serialLength: 6,
  });
  await world.ok('admin:root', 'platform.set', { platformId: 'tower', accessId: '170001' });
  const hand = (serial: string, more: Members) =>
    world.ok('app:platform:tower', 'handover.put', { platformId: 'tower', serial, ...more });
  await hand('111111', { identity: tel, data: { tier: 'gold' } });
  await hand('222222', { identity: other });
  await hand('333333', { data: { from: '030 / 123401', callback: tel.value } });
  await hand('444444', { identity: tel });
  await world.ok('switch:pbx', 'contact.create', {
    contactId: 'came',
    channel: 'voice',
    queueId: 'sales',
    originalCalled: '170001444444',
  });
  const items = await partOf('handover', { identity: tel });
  expect(items).toMatchObject([
    { platformId: 'tower', identity: tel, data: { tier: 'gold' } },
    { platformId: 'tower', data: { callback: tel.value } },
  ]);
  expect(JSON.stringify(items)).not.toContain('111111');
  expect(items).toHaveLength(2);
});

test('what rules have given for somebody is in its export, by customer; what is gone is not', async () => {
  await life();
  await world.ok(app, 'customer.update', { customerId: 'c2', attributes: { card: 'x7' } });
  const rule = (ruleId: string, expression: string) =>
    world.ok('admin:root', 'identityRule.set', { ruleId, follows: 'report', expression });
  await rule('card', 'attributes.?card.orValue("")');
  await rule('must', 'attributes.card');
  await rule('gone', 'name.value');
  await world.idle();
  await world.ok('admin:root', 'identityRule.remove', { ruleId: 'gone' });
  const items = await partOf('rule', { identity: tel });
  expect(items).toMatchObject([
    { customerId: 'c1', ruleId: 'must', fault: expect.any(String) },
    { customerId: 'c2', ruleId: 'card', key: 'x7' },
    { customerId: 'c2', ruleId: 'must', key: 'x7' },
  ]);
  expect(items).toHaveLength(3);
});

test('a page of an export that has looked at enough of what is others’ is short, and goes on', () => {
  const named = { isCustomer: () => false, isNamedIn: (value: unknown) => value === 'ada' };
  const rows = Array.from({ length: 3 * exportSearchMax }, (_, at) => (at % exportSearchMax === 7 ? 'ada' : 'bob'));
  const source: SearchedExport = {
    part: 'searched',
    *search(person, behind) {
      for (let key = behind + 1; key <= rows.length; key++)
        yield { key, item: person.isNamedIn(rows[key - 1]) ? { key } : undefined };
    },
  };
  const at = { tables: new TableAccess(world.harness.partition.tables), now: 0 };
  const found: unknown[] = [];
  let cursor: string | undefined;
  let pages = 0;
  do {
    const page = exportPage([source], { customers: [1], named }, { cursor, limit: 100 }, at, () => ({
      entries: [],
      cursor: {},
    }));
    found.push(...page.items.map(({ item }) => item.key));
    cursor = page.cursor;
    pages += 1;
  } while (cursor !== undefined);
  expect(found).toEqual([8, 8 + exportSearchMax, 8 + 2 * exportSearchMax]);
  expect(pages).toBeGreaterThan(2);
});
