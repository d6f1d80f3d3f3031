// customer.erase: whatever texts a customer has left anywhere are found in no row afterwards, nor in the journal, and everybody else's are
// where they were.

import { afterEach, beforeEach, expect, test } from 'vitest';
import { ErasedPerson } from '../../src/domain/erased-person.ts';
import type { RowKey, TableDeclaration } from '../../src/domain/module.ts';
import { requestsTable } from '../../src/engine/request-memory.ts';
import { setAsideTable } from '../../src/engine/set-aside.ts';
import { TableAccess } from '../../src/engine/tick.ts';
import { eraseWithinMs } from '../../src/limits.ts';
import { booksBalance } from './books-balance.ts';
import { type Call, DomainWorld, type Members, nameOf } from './domain-world.ts';
import { expectSurvivesLoad } from './survives-load.ts';

let world: DomainWorld;
const root = 'admin:root';
const crm = 'app:crm';
const pbx = 'switch:pbx';
const boss = 'supervisor:boss';
const ada = 'agent:ada';
const withinMs = eraseWithinMs;
const eur = (amount: number) => ({ amount, currency: 'EUR' });

/** Of the customer who is erased, or of another one to whom the same happens. */
interface Person {
  readonly tel: string;
  readonly mark: string;
  readonly email: string;
}
const anna: Person = { tel: '+4930700800900', mark: 'ANNAMARK', email: 'annamark@example.org' };
const bert: Person = { tel: '+4930700800911', mark: 'BERTMARK', email: 'bertmark@example.org' };

beforeEach(async () => {
  world = await DomainWorld.start();
  await world.ok(root, 'tenant.set', { identities: { country: 'DE' }, ratings: {}, messages: { keepDays: 30 } });
  await world.ok(root, 'queue.set', {
    queueId: 'sales',
    channels: ['voice', 'chat', 'email'],
    wrapUpMs: 30_000,
    resumeWithinMs: 600_000,
    affinity: { source: 'lastAgent' },
    callback: {},
  });
  await world.ok(root, 'agent.set', { agentId: 'ada', capacity: { voice: 2, chat: 2, email: 2 } });
  await world.ok(ada, 'agent.login');
  await world.ok(ada, 'agent.ready');
  await world.ok(root, 'agent.set', { agentId: 'eve', capacity: { voice: 1 } });
  await world.ok('agent:eve', 'agent.login');
  await world.ok('agent:eve', 'agent.ready', { channels: ['voice'] });
  await world.presence(pbx, true);
  await world.ok(root, 'webhook.set', {
    webhookId: 'w',
    url: 'https://crm.example/',
    events: ['contact.finished', 'rating.given'],
    secret: `whsec_${Buffer.alloc(32).toString('base64')}`,
  });
});

afterEach(async () => {
  await booksBalance(world);
  await expectSurvivesLoad(world);
  await world.stop();
});

/** Serves what rings or is offered, and what the switch is asked for. */
async function served(contactId: string): Promise<void> {
  const { contacts } = await world.ok(ada, 'contact.list', {});
  const ringing = (contacts as Members[]).find((one) => one.contactId === contactId);
  await world.ok(ada, 'offer.accept', { offerId: ringing?.offerId });
}

let rates = 0;

/** A life with a text of the person's wherever one can be. */
async function lives({ tel, mark, email }: Person): Promise<void> {
  const member = { scheme: 'member', value: `${mark}-member` };
  const mail = { scheme: 'email', value: email };
  await world.ok(crm, 'customer.resolve', { identity: member, requestId: `${mark}-request` });
  const { customerId } = await world.ok(crm, 'customer.get', { identity: member });
  const telephone = { scheme: 'tel', value: tel };
  await world.ok(crm, 'customer.resolve', { identity: telephone });
  await world.ok(crm, 'customer.link', {
    linkId: `${mark}-link`,
    customerId,
    identity: mail,
    why: `${mark}-because`,
  });
  const { customerId: other } = await world.ok(crm, 'customer.get', { identity: telephone });
  await world.ok(crm, 'customer.merge', { linkId: `${mark}-merge`, customerId, otherId: other, why: `${mark}-why` });
  await world.ok(crm, 'customer.update', { customerId, attributes: { segment: `${mark}-segment` } });
  await world.ok(crm, 'affinity.set', { customerId, agentId: 'ada' });
  // Money in, out, back, disputed.
  const accountId = `${mark}-account`;
  await world.ok(crm, 'account.open', { accountId, owner: 'customer', customerId, currency: 'EUR' });
  await world.ok(crm, 'account.deposit', {
    paymentId: `${mark}-deposit`,
    accountId,
    money: eur(500),
    reason: `${mark}-reason`,
  });
  await world.ok(crm, 'payment.dispute', { paymentId: `${mark}-deposit`, reason: `${mark}-dispute` });
  await world.ok(root, 'payment.resolve', {
    paymentId: `${mark}-deposit`,
    outcome: 'upheld',
    refundId: `${mark}-refund`,
    amount: 200,
    reason: `${mark}-given-back`,
  });
  // A chat, with texts, business and a rating.
  const chat = `${mark}-chat`;
  await world.ok(crm, 'contact.create', {
    contactId: chat,
    channel: 'chat',
    queueId: 'sales',
    identity: member,
    from: tel,
    attributes: { said: `${mark}-attribute` },
  });
  await served(chat);
  await world.ok(crm, 'contact.send', {
    contactId: chat,
    messageId: `${mark}-message`,
    message: { text: `${mark}-text`, attributes: { more: `${mark}-more` } },
  });
  await world.ok(ada, 'business.put', {
    businessId: `${mark}-business`,
    contactId: chat,
    type: 'order',
    status: `${mark}-status`,
    title: `${mark}-title`,
    data: { what: `${mark}-data` },
  });
  await world.ok(ada, 'contact.end', { contactId: chat });
  await world.ok(ada, 'contact.wrapUpDone', { contactId: chat, disposition: 'sold', notes: `${mark}-notes` });
  await world.ok(crm, 'rating.give', {
    ratingId: `${mark}-rating`,
    contactId: chat,
    agentId: 'ada',
    items: { attitude: 4 },
    comment: `${mark}-comment`,
  });
  // A contact that is paid for, with a receipt.
  await world.ok(crm, 'rate.publish', {
    rateId: `rate${rates++}`,
    receiver: { agentId: 'ada' },
    per: 'session',
    price: eur(100),
  });
  await world.ok(crm, 'quote.request', { quoteId: `${mark}-quote`, channel: 'chat', receiver: { agentId: 'ada' } });
  const paid = `${mark}-paid`;
  await world.ok(crm, 'contact.create', {
    contactId: paid,
    channel: 'chat',
    queueId: 'sales',
    identity: member,
    quoteId: `${mark}-quote.1`,
    agentId: 'ada',
    direct: { orElse: 'end' },
  });
  await served(paid);
  await world.pass(1_000);
  await world.ok(ada, 'contact.end', { contactId: paid });
  await world.ok(ada, 'contact.wrapUpDone', { contactId: paid });
  // A colleague is called about it, and does not take it.
  const inside = { contactId: `${mark}-inside`, lineId: 'ada.voice.1', to: { agentId: 'eve' }, identity: mail };
  await world.ok(ada, 'contact.dial', inside);
  await world.ok(ada, 'contact.end', { contactId: inside.contactId });
  for (const asked of world.asked()) await world.answerTo(asked);
  // Away before anybody answered: a place is kept.
  await world.ok(ada, 'agent.notReady', { reason: 'lunch' });
  const gone = `${mark}-gone`;
  const call = { channel: 'voice', queueId: 'sales', from: tel };
  await world.ok(pbx, 'contact.create', { contactId: gone, legId: `${mark}-leg`, ...call, identity: telephone });
  await world.ok(pbx, 'contact.cancel', { contactId: gone });
  for (const asked of world.asked()) await world.answerTo(asked);
  // Called back, and given up; blocked for a while.
  await world.ok(pbx, 'callback.request', {
    callbackId: `${mark}-callback`,
    queueId: 'sales',
    number: tel,
    identity: member,
    at: world.clock.now() + 3_600_000,
    attributes: { said: `${mark}-asked` },
  });
  await world.ok(pbx, 'callback.cancel', { callbackId: `${mark}-callback` });
  // As somebody has typed it.
  await world.ok(pbx, 'callback.request', {
    callbackId: `${mark}-typed`,
    queueId: 'sales',
    number: '+4930999',
    identity: { scheme: 'tel', value: `0${tel.slice(3, 5)} / ${tel.slice(5)}` },
    at: world.clock.now() + 3_600_000,
  });
  await world.ok(pbx, 'callback.cancel', { callbackId: `${mark}-typed` });
  await world.ok(boss, 'caller.block', { number: tel, reason: `${mark}-blocked` });
  // Handed over, and never come.
  await world.ok(root, 'numberPlan.set', {
    planId: 'n',
    range: { prefix: '900' },
    accessIdLength: 4,
    serialLength: 8,
  });
  await world.ok(root, 'platform.set', { platformId: 'a', accessId: '9001' });
  await world.ok(crm, 'handover.put', { platformId: 'a', data: { said: `${mark}-handed` }, identity: mail });
  await world.ok(ada, 'agent.ready');
}

const everyTable = (): TableDeclaration[] => [
  ...world.modules.flatMap(({ tables }) => tables),
  requestsTable,
  setAsideTable,
];

async function filesWrittenAnew(): Promise<void> {
  await world.idle();
  await world.pass(withinMs / 2);
  for (let step = 0; step < 8; step++) await world.pass(50);
}

/** In which rows there is anything of the person. */
function rowsWith({ tel, mark, email }: Person): string[] {
  const tables = new TableAccess(world.harness.partition.tables);
  return everyTable().flatMap((table) => {
    const found: string[] = [];
    for (let after: RowKey | undefined; ; ) {
      const rows = tables.range(table, { limit: 1_000, ...(after !== undefined && { after }) });
      for (const one of rows) {
        const text = JSON.stringify(one);
        if ([tel, mark, email].some((name) => text.includes(name))) found.push(`${table.name} ${text}`);
        after = one.key;
      }
      if (rows.length < 1_000) return found;
    }
  });
}

const tablesOf = (rows: readonly string[]) => [...new Set(rows.map((row) => row.split(' ')[0]))].sort();

/** Entries of the journal, and rows of the tables, with anything of the person in their bytes. */
function onDisk({ tel, mark, email }: Person): string[] {
  const tenant = world.store.disk.tenants.get('test')!;
  const has = (bytes: Uint8Array | undefined) =>
    bytes !== undefined && [tel, mark, email].some((name) => Buffer.from(bytes).includes(name));
  const found = [...tenant.entries].flatMap(([number, { input, redo }]) => [
    ...(has(input) ? [`input ${number}`] : []),
    ...(has(redo) ? [`redo ${number}`] : []),
  ]);
  for (const [key, row] of tenant.rows.entries()) if (has(row) || has(Buffer.from(key, 'latin1'))) found.push('row');
  return found;
}

const annaBy = { identity: { scheme: 'email', value: anna.email } };

test('nothing of a person who is erased is left anywhere, and all of another one', async () => {
  await lives(anna);
  await lives(bert);
  const before = { anna: rowsWith(anna), bert: rowsWith(bert) };
  expect(tablesOf(before.anna)).toEqual(tablesOf(before.bert));
  expect(tablesOf(before.anna)).toMatchInlineSnapshot(`
    [
      "accountIndex",
      "accounts",
      "blockedCallers",
      "businessIndex",
      "businessSteps",
      "businesses",
      "callbacks",
      "contactRecords",
      "contacts",
      "conversations",
      "customerAttributes",
      "customerLinkIndex",
      "customerLinks",
      "customers",
      "deliveries",
      "handovers",
      "identities",
      "messages",
      "paymentIndex",
      "payments",
      "places",
      "quotes",
      "ratingIds",
      "ratings",
      "receiptIndex",
      "receipts",
      "requests",
      "serviceIndex",
      "services",
      "timelineNotes",
      "transferIndex",
      "transfers",
    ]
  `);
  expect(onDisk(anna)).not.toEqual([]);

  expect(await world.call(root, 'customer.erase', annaBy)).toMatchObject({
    refusal: { refusal: 'customer_has_balance', data: { balance: 200, held: 0, expected: 0 } },
  });
  expect(rowsWith(anna)).toEqual(before.anna);
  await world.ok(crm, 'account.withdraw', {
    paymentId: `${anna.mark}-out`,
    accountId: `${anna.mark}-account`,
    money: eur(200),
  });
  const erasure = await world.ok(root, 'customer.erase', { ...annaBy, requestId: 'e1' });
  expect(erasure).toMatchObject({ erasureId: 'erasure-1', untilMs: world.clock.now() + withinMs });
  await world.idle();
  expect(rowsWith(anna)).toEqual([]);
  expect(rowsWith(bert)).toEqual(before.bert);
  const { erasureId } = erasure;
  expect((await world.ok(root, 'customer.erasure', { erasureId })).erased).toMatchInlineSnapshot(`
    {
      "accounts": 1,
      "affinities": 2,
      "blockedCallers": 1,
      "business": 1,
      "callbacks": 2,
      "contacts": 4,
      "conversations": 1,
      "customers": 3,
      "deliveries": 5,
      "handovers": 1,
      "identities": 3,
      "keptCommands": 1,
      "links": 2,
      "notes": 5,
      "payments": 4,
      "places": 1,
      "quotes": 1,
      "ratings": 1,
      "receipts": 1,
      "records": 4,
      "services": 2,
      "transfers": 8,
    }
  `);
  // The journal, and the files of the tables.
  expect(await world.ok(crm, 'customer.erasure', { erasureId })).toMatchObject({ state: 'erased' });
  await filesWrittenAnew();
  const { state, goneAt } = await world.ok(root, 'customer.erasure', { erasureId });
  expect(state).toBe('gone');
  expect(goneAt).toBeLessThanOrEqual(erasure.untilMs as number);
  expect(onDisk(anna)).toEqual([]);
  expect(onDisk(bert)).not.toEqual([]);
  expect(world.told().filter(({ event }) => event === 'customer.erased')).toMatchObject([
    { to: 'admin:root', params: { erasureId, state: 'gone' } },
  ]);
  // Whoever comes by the name is somebody who was never seen.
  expect(await world.call(crm, 'customer.get', annaBy)).toMatchObject({ refusal: { refusal: 'customer_not_found' } });
  const anew = await world.ok(crm, 'customer.resolve', annaBy);
  expect(anew.created).toBe(true);
  expect(erasure.customers).not.toContain(anew.customerId);
  // What was answered before is not told again, and not done again.
  expect(
    await world.outcome(crm, 'customer.resolve', {
      identity: { scheme: 'member', value: `${anna.mark}-member` },
      requestId: `${anna.mark}-request`,
    }),
  ).toBe('first_answer_erased');
  await world.reopen();
  expect(rowsWith(anna).filter((row) => !row.includes('identities') && !row.includes('customers'))).toEqual([]);
});

test('every module says what it erases of a customer, or why it has nothing', () => {
  const nothing = world.modules.flatMap(({ name, erases }) =>
    'nothing' in erases ? [`${name}: ${erases.nothing}`] : [],
  );
  expect(nothing).toMatchInlineSnapshot(`
    [
      "seats: Lines are of agents, with the numbers of their telephones.",
      "schedules: Plans are of agents.",
      "statistics: What is counted is of queues and agents: numbers, and no contact.",
      "attendance: Who is at the desk is of agents.",
    ]
  `);
  // Of somebody who has left nothing, each comes to its end and has nothing to count.
  const nobody = new ErasedPerson([90_000], [{ scheme: 'tel', value: '+4930999' }]);
  const tables = new TableAccess(world.harness.partition.tables);
  for (const { name, erases } of world.modules) {
    if ('nothing' in erases) continue;
    let from: unknown;
    if (name === 'customers') from = 'conflicts';
    for (let steps = 0; steps === 0 || from !== undefined; steps++) {
      const step = erases.erase(nobody, from, { now: world.clock.now(), tables });
      expect(Object.values(step.erased).every((count) => count === 0)).toBe(true);
      expect(steps).toBeLessThan(20);
      from = step.next;
    }
  }
});

test('somebody with whom something goes on is not erased, and says with what', async () => {
  const refusalOf = async () =>
    (await world.call(crm, 'customer.erase', annaBy)) as { refusal: { refusal: string; data: Members } };
  expect((await refusalOf()).refusal.refusal).toBe('customer_not_found');
  const identity = annaBy.identity;
  await world.ok(crm, 'contact.create', { contactId: 'k', channel: 'chat', queueId: 'sales', identity });
  expect((await refusalOf()).refusal).toMatchObject({ refusal: 'customer_still_served', data: { contactId: 'k' } });
  await served('k');
  expect((await refusalOf()).refusal).toMatchObject({ refusal: 'customer_still_served', data: { contactId: 'k' } });
  await world.ok(ada, 'contact.end', { contactId: 'k' });
  // Its agent wraps up yet.
  expect((await refusalOf()).refusal).toMatchObject({ refusal: 'customer_still_served', data: { contactId: 'k' } });
  await world.ok(ada, 'contact.wrapUpDone', { contactId: 'k' });
  await world.ok(crm, 'callback.request', {
    callbackId: 'b',
    queueId: 'sales',
    number: anna.tel,
    identity,
    at: world.clock.now() + 900_000,
  });
  expect((await refusalOf()).refusal).toMatchObject({ refusal: 'customer_still_served', data: { callbackId: 'b' } });
  await world.ok(crm, 'callback.cancel', { callbackId: 'b' });
  await world.ok(crm, 'account.open', { accountId: 'a', owner: 'customer', identity, currency: 'EUR' });
  await world.ok(crm, 'account.deposit', { paymentId: 'p', accountId: 'a', money: eur(300) });
  expect((await refusalOf()).refusal).toMatchObject({
    refusal: 'customer_has_balance',
    data: { accountId: 'a', balance: 300 },
  });
  const erasure = await world.ok(crm, 'customer.erase', { ...annaBy, leaveBalance: true });
  await world.idle();
  // The money is there, and nobody's.
  const { accounts } = (await world.ok(crm, 'account.list', {})) as { accounts: Members[] };
  expect(accounts).toContainEqual(expect.objectContaining({ accountId: 'erased/1', balance: 300, isErased: true }));
  expect(await world.outcome(crm, 'account.get', { accountId: 'a' })).toBe('account_not_found');
  // Whoever asks again, by the id, is told how far it is; by the name there is nobody.
  const [customerId] = erasure.customers as string[];
  expect(await world.ok(root, 'customer.erase', { customerId })).toMatchObject({
    erasureId: erasure.erasureId,
    state: 'erased',
  });
  expect((await refusalOf()).refusal.refusal).toBe('customer_not_found');
  expect(await world.outcome(crm, 'customer.erasure', { erasureId: 'erasure-7' })).toBe('erasure_not_found');
});

test('who is erased twice in a tick is erased once, and who is brought in the same tick is not erased', async () => {
  await world.ok(crm, 'customer.resolve', annaBy);
  const erase: Call = [root, 'customer.erase', annaBy];
  const answers = await world.together(erase, erase, [
    crm,
    'customer.resolve',
    { identity: { scheme: 'email', value: bert.email } },
  ]);
  expect(answers.map(nameOf)).toEqual(['done', 'customer_not_found', 'done']);
  const bertBy = { identity: { scheme: 'email', value: bert.email } };
  const create: Call = [crm, 'contact.create', { contactId: 'k', channel: 'chat', queueId: 'sales', ...bertBy }];
  expect((await world.together([root, 'customer.erase', bertBy], create)).map(nameOf)).toEqual([
    'customer_still_served',
    'done',
  ]);
});

test('whoever is named in what goes on of somebody else waits for that, too', async () => {
  await world.ok(crm, 'customer.resolve', annaBy);
  const goesOn = async (contactId: string) =>
    expect(await world.call(root, 'customer.erase', annaBy)).toMatchObject({
      refusal: { refusal: 'customer_still_served', data: { contactId } },
    });
  // To a colleague: who sits there is no customer.
  const dialled = { contactId: 'inside', lineId: 'ada.chat.1', to: { queueId: 'sales' }, ...annaBy };
  expect(await world.ok(ada, 'contact.dial', dialled)).toMatchObject({ direction: 'internal' });
  await goesOn('inside');
  await world.ok(crm, 'contact.end', { contactId: 'inside' });
  const attributes = { callee: anna.email };
  await world.ok(crm, 'contact.create', { contactId: 'other', channel: 'chat', queueId: 'sales', attributes });
  await goesOn('other');
  await world.ok(crm, 'contact.update', { contactId: 'other', attributes: { callee: 'somebody' } });
  await goesOn('other');
  await world.ok(crm, 'contact.cancel', { contactId: 'other' });
  const { erasureId } = await world.ok(root, 'customer.erase', annaBy);
  await filesWrittenAnew();
  expect(await world.ok(root, 'customer.erasure', { erasureId })).toMatchObject({ state: 'gone' });
  expect(onDisk(anna)).toEqual([]);
  expect(await world.outcome(crm, 'contact.get', { contactId: 'other' })).toBe('contact_not_found');
});

test('an erasure goes on after a restart, wherever it was, and numbers are given once', async () => {
  const { customerId } = await world.ok(crm, 'customer.resolve', annaBy);
  for (let one = 0; one < 1_200; one++)
    await world
      .ok(crm, 'business.put', { businessId: `${anna.mark}-${one}`, customerId, type: 'order', status: 'new' })
      .catch(() => undefined);
  const erasure = await world.ok(root, 'customer.erase', annaBy);
  await world.reopen();
  await world.idle();
  expect(rowsWith(anna)).toEqual([]);
  expect(await world.ok(root, 'customer.erasure', { erasureId: erasure.erasureId })).toMatchObject({ state: 'erased' });
  // What was not gone before the stop is asked for again.
  await filesWrittenAnew();
  expect(await world.ok(root, 'customer.erasure', { erasureId: erasure.erasureId })).toMatchObject({ state: 'gone' });
  expect(onDisk(anna)).toEqual([]);
  expect((await world.ok(crm, 'customer.resolve', annaBy)).customerId).not.toBe(customerId);
});

test('a disk that refuses to be written anew is tried again, with an alarm', async () => {
  await world.ok(crm, 'customer.resolve', annaBy);
  let refused = 0;
  world.store.disk.faults = { before: ({ kind }) => (kind === 'rewrite' && refused++ < 1 ? 'refused' : 'done') };
  const { erasureId } = await world.ok(root, 'customer.erase', annaBy);
  await filesWrittenAnew();
  expect(refused).toBe(1);
  expect(world.harness.partition.alarms.raised.has('erasing')).toBe(true);
  expect(await world.ok(root, 'customer.erasure', { erasureId })).toMatchObject({ state: 'erased' });
  await world.pass(1_000);
  for (let step = 0; step < 8; step++) await world.pass(50);
  expect(world.harness.partition.alarms.raised.has('erasing')).toBe(false);
  expect(await world.ok(root, 'customer.erasure', { erasureId })).toMatchObject({ state: 'gone' });
  expect(onDisk(anna)).toEqual([]);
});
