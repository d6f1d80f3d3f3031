// Texts and signals between the two sides of a contact: what needs two requests in one tick, a bound, or a look at rows. What a case can say is
// in test/acd/cases/messages.txt, signals.txt and rating-by-text.txt.

import { afterEach, beforeEach, expect, test } from 'vitest';
import { TableAccess } from '../../src/engine/tick.ts';
import { messagesForgottenPerTickMax, messagesPerContactMax, signalsWaitingMax } from '../../src/limits.ts';
import { DomainWorld, type Members, nameOf, type Who } from './domain-world.ts';
import { expectSurvivesLoad } from './survives-load.ts';

let world: DomainWorld;
const ada: Who = 'agent:ada';
const bob: Who = 'agent:bob';
const page: Who = 'customer:anna';
const crm: Who = 'app:crm';
const boss: Who = 'supervisor:boss';
const dayMs = 86_400_000;

beforeEach(async () => {
  world = await DomainWorld.start();
  await world.ok('admin:root', 'queue.set', { queueId: 'chats', channels: ['chat', 'video', 'email'], wrapUpMs: 0 });
  await world.ok('admin:root', 'agent.set', { agentId: 'ada', capacity: { chat: 2, video: 1, email: 1 } });
  await world.ok(ada, 'agent.login');
  await world.ok(ada, 'agent.ready');
});

afterEach(async () => {
  await expectSurvivesLoad(world);
  await world.stop();
});

const create = (contactId: string, more: Members = {}) =>
  [page, 'contact.create', { contactId, channel: 'chat', queueId: 'chats', ...more }] as const;
const send = (who: Who, contactId: string, messageId: string, text = messageId, more: Members = {}) =>
  [who, 'contact.send', { contactId, messageId, message: { text }, ...more }] as const;
const signal = (who: Who, contactId: string, data: Members, more: Members = {}) =>
  [who, 'contact.signal', { contactId, data, ...more }] as const;

async function offerOf(agent: Who, contactId: string): Promise<string> {
  const { contacts } = await world.ok(agent, 'contact.list', {});
  return String((contacts as Members[]).find((one) => one.contactId === contactId)!.offerId);
}

async function served(contactId: string, more: Members = {}): Promise<void> {
  await world.ok(...create(contactId, more));
  await world.ok(ada, 'offer.accept', { offerId: await offerOf(ada, contactId) });
  world.told();
}

const written = async (contactId: string, who: Who = crm) =>
  ((await world.ok(who, 'contact.messages', { contactId })).messages as Members[]).map(
    ({ number, text }) => `${number} ${text}`,
  );
const rows = (table: number) =>
  new TableAccess(world.harness.partition.tables).range({ name: '', id: table, personal: true }, { limit: 10_000 });

// ── In one tick ───────────────────────────────────────────────────────────────────────────────────────────────────
test('a contact is brought, and written in, in one breath', async () => {
  const answers = await world.together(create('c1'), send(page, 'c1', 'm1', 'Hello?\nIs anybody there?'));
  expect(answers.map(nameOf)).toEqual(['done', 'done']);
  const told = world.told();
  expect(told.find(({ event }) => event === 'contact.message')).toMatchObject({
    to: page,
    params: { contactId: 'c1', messageId: 'm1', number: 1, from: { side: 'customer', sub: 'anna' } },
  });
  expect(await world.ok(ada, 'contact.messages', { contactId: 'c1' })).toMatchObject({
    messages: [{ text: 'Hello?\nIs anybody there?' }],
  });
});

test('what is written in a contact that the core refuses is refused as well, and kept nowhere', async () => {
  await world.ok('admin:root', 'queue.set', { queueId: 'chats', channels: ['chat'], maxWaiting: 1, wrapUpMs: 0 });
  await world.ok(ada, 'agent.notReady', { reason: 'lunch' });
  await world.ok(...create('c1'));
  const answers = await world.together(create('c2'), send(page, 'c2', 'm1'));
  expect(answers.map(nameOf)).toEqual(['queue_full', 'contact_not_found']);
  expect([...rows(202), ...rows(203)]).toEqual([]);
});

test('an agent accepts and greets in one breath; says good-bye and ends it in one breath', async () => {
  await world.ok(...create('c1'));
  const offerId = await offerOf(ada, 'c1');
  const greeted = await world.together([ada, 'offer.accept', { offerId }], send(ada, 'c1', 'm1', 'Hello'));
  expect(greeted.map(nameOf)).toEqual(['done', 'done']);
  world.told();
  const left = await world.together(send(ada, 'c1', 'm2', 'Bye'), [ada, 'contact.end', { contactId: 'c1' }]);
  expect(left.map(nameOf)).toEqual(['done', 'done']);
  const events = world.told().filter(({ to }) => to === page);
  expect(events.map(({ event }) => event)).toEqual(['contact.message', 'contact.ended']);
  expect(await written('c1')).toEqual(['1 Hello', '2 Bye']);
  expect(await world.outcome(...send(ada, 'c1', 'm3'))).toBe('contact_already_ended');
  expect(await world.outcome(...send(page, 'c1', 'm3'))).toBe('contact_already_ended');
});

test('both write in one tick: each has a number of its own, and both are told both in that order', async () => {
  await served('c1');
  const both = [send(page, 'c1', 'm1'), send(ada, 'c1', 'm2'), send(page, 'c1', 'm3')];
  const answers = await world.together(...both);
  expect(answers.map((answer) => ('result' in answer ? (answer.result as Members).number : answer))).toEqual([1, 2, 3]);
  const told = world.told();
  for (const who of [page, ada])
    expect(told.filter(({ to }) => to === who).map(({ params }) => params.messageId)).toEqual(['m1', 'm2', 'm3']);
});

// ── Again ─────────────────────────────────────────────────────────────────────────────────────────────────────────
test('what is sent again is one message, also in the same tick, behind a restart, and when the contact is over', async () => {
  await served('c1');
  const [first, again] = await world.together(send(page, 'c1', 'm1', 'once'), send(page, 'c1', 'm1', 'once'));
  expect(again).toEqual(first);
  await world.reopen();
  expect(await world.call(...send(page, 'c1', 'm1', 'once'))).toEqual(first);
  await world.ok(ada, 'contact.end', { contactId: 'c1' });
  expect(await world.call(...send(page, 'c1', 'm1', 'once'))).toEqual(first);
  expect(await world.outcome(...send(page, 'c1', 'm1', 'twice'))).toBe('message_exists_with_different_content');
  expect(await world.outcome(...send(crm, 'c1', 'm1', 'once'))).toBe('message_exists_with_different_content');
  await world.ok(...create('c2'));
  expect(await world.outcome(...send(page, 'c2', 'm1', 'once'))).toBe('message_exists_with_different_content');
  expect(await written('c1')).toEqual(['1 once']);
});

// ── Bounds ────────────────────────────────────────────────────────────────────────────────────────────────────────
test('a contact takes so many messages, and a reader is told that there are more', async () => {
  await served('c1');
  for (let from = 1; from <= messagesPerContactMax; from += 500) {
    const some = Array.from({ length: 500 }, (_, at) => send(page, 'c1', `m${from + at}`));
    expect(new Set((await world.together(...some)).map(nameOf))).toEqual(new Set(['done']));
  }
  expect(await world.outcome(...send(page, 'c1', 'm0'))).toBe('too_many_messages');
  // What is known already is no further one.
  expect(await world.outcome(...send(page, 'c1', 'm7'))).toBe('done');
  const { messages, more } = await world.ok(ada, 'contact.messages', { contactId: 'c1', after: 10, limit: 5 });
  expect((messages as Members[]).map(({ number }) => number)).toEqual([11, 12, 13, 14, 15]);
  expect(more).toBe(true);
  // Erased, a bounded number in a tick.
  expect(messagesForgottenPerTickMax).toBeLessThan(messagesPerContactMax);
  await world.ok(crm, 'message.erase', { contactId: 'c1' });
  for (let turn = 0; turn < 10; turn++) await world.idle();
  expect(rows(202)).toEqual([]);
  expect(rows(203).map(({ key }) => (key as string[])[0])).toEqual(['contact', 'customer', 'live']);
  expect(await world.outcome(...send(page, 'c1', 'm0'))).toBe('too_many_messages');
}, 60_000);

test('signals that the other side does not take are kept up to a number, and gone with the agent', async () => {
  await served('v1', { channel: 'video' });
  for (let at = 1; at <= signalsWaitingMax; at++) await world.ok(...signal(ada, 'v1', { candidate: at }));
  expect(await world.call(...signal(ada, 'v1', { candidate: 0 }))).toMatchObject({
    refusal: { refusal: 'too_many_signals', data: { waiting: signalsWaitingMax } },
  });
  // The other direction has a bound of its own.
  expect(await world.ok(...signal(page, 'v1', { candidate: 1 }))).toMatchObject({ waiting: 1 });
  expect(await world.ok(page, 'contact.signal', { contactId: 'v1', received: 60 })).toMatchObject({ waiting: 1 });
  const { signals } = await world.ok(page, 'contact.signals', { contactId: 'v1' });
  expect((signals as Members[]).map(({ number, data }) => [number, (data as Members).candidate])).toEqual([
    [61, 61],
    [62, 62],
    [63, 63],
    [64, 64],
  ]);
  await world.reopen();
  expect(await world.ok(...signal(ada, 'v1', { candidate: 65 }))).toMatchObject({ number: 66, waiting: 5 });
  await world.ok(ada, 'contact.end', { contactId: 'v1' });
  expect(rows(204)).toEqual([]);
});

// ── Who ───────────────────────────────────────────────────────────────────────────────────────────────────────────
test('a signal that was meant for the agent of before is not told to the next one', async () => {
  await world.ok('admin:root', 'agent.set', { agentId: 'bob', capacity: { video: 1 } });
  await world.ok(bob, 'agent.login');
  await world.ok(bob, 'agent.ready');
  await served('v1', { channel: 'video' });
  await world.ok(...signal(page, 'v1', { description: 'offer' }, { agentId: 'ada' }));
  await world.ok(ada, 'contact.transfer', { contactId: 'v1', to: { agentId: 'bob' }, mode: 'blind' });
  expect(await world.outcome(...signal(page, 'v1', { candidate: 1 }, { agentId: 'ada' }))).toBe(
    'contact_not_connected',
  );
  await world.ok(bob, 'offer.accept', { offerId: await offerOf(bob, 'v1') });
  expect(await world.outcome(...signal(page, 'v1', { candidate: 1 }, { agentId: 'ada' }))).toBe(
    'contact_not_with_agent',
  );
  expect(await world.ok(bob, 'contact.signals', { contactId: 'v1' })).toMatchObject({ signals: [] });
  // Its number is higher than all of before.
  expect(await world.ok(...signal(page, 'v1', { description: 'offer' }, { agentId: 'bob' }))).toMatchObject({
    number: 2,
  });
  expect(await world.outcome(...signal(ada, 'v1', { candidate: 2 }))).toBe('contact_not_found');
});

test('a call that goes on at another device is another connection; its texts go on', async () => {
  await served('v1', { channel: 'video' });
  await world.ok(...send(page, 'v1', 'm1', 'from the laptop'));
  await world.ok(...signal(page, 'v1', { candidate: 'laptop' }));
  await world.ok(...signal(ada, 'v1', { candidate: 'desktop' }));
  const { moveToken } = await world.ok(page, 'contact.moveToken', { contactId: 'v1' });
  const phone: Who = 'customer:phone';
  await world.ok(phone, 'contact.create', { contactId: 'v2', channel: 'video', queueId: 'chats', moveToken });
  world.told();
  for (const who of [ada, phone])
    expect(await world.ok(who, 'contact.signals', { contactId: 'v1' })).toMatchObject({ signals: [] });
  expect(await world.ok(...signal(phone, 'v2', { candidate: 'phone' }))).toMatchObject({ number: 3, waiting: 1 });
  await world.ok(...send(phone, 'v2', 'm2', 'from the phone'));
  expect(await written('v2', phone)).toEqual(['1 from the laptop', '2 from the phone']);
  expect(await world.outcome(...send(page, 'v1', 'm3'))).toBe('contact_not_found');
  expect(world.toldLines('contactId', 'number')).toEqual([
    `${ada} contact.signal v1 3`,
    `${phone} contact.message v1 2`,
    `${ada} contact.message v1 2`,
  ]);
});

test('whoever is asked about a contact reads it; the two agents write to each other in the consultation', async () => {
  await world.ok('admin:root', 'agent.set', { agentId: 'bob', capacity: { chat: 2 } });
  await world.ok(bob, 'agent.login');
  await served('c1');
  await world.ok(...send(page, 'c1', 'm1', 'A question'));
  await world.ok(bob, 'agent.ready');
  const { contactId: consultId } = await world.ok(ada, 'contact.consult', { contactId: 'c1', to: { agentId: 'bob' } });
  const asked = String(consultId);
  expect(await written('c1', bob)).toEqual(['1 A question']);
  await world.ok(...send(ada, asked, 'm2', 'Do you know?'));
  await world.ok(bob, 'offer.accept', { offerId: await offerOf(bob, asked) });
  world.told();
  await world.ok(...send(bob, asked, 'm3', 'I do'));
  expect(world.toldLines('messageId')).toEqual([`${ada} contact.message m3`, `${bob} contact.message m3`]);
  expect(await world.outcome(...send(bob, 'c1', 'm4'))).toBe('contact_not_connected');
  expect(await world.outcome(page, 'contact.messages', { contactId: asked })).toBe('contact_not_found');
  expect(await written(asked, ada)).toEqual(['1 Do you know?', '2 I do']);
  expect(await world.ok(...signal(bob, asked, { description: 'offer' }))).toMatchObject({ number: 1 });
});

test('who has nothing to do with a contact neither writes nor reads in it', async () => {
  await served('c1');
  for (const who of ['customer:other', 'switch:pbx', bob] as Who[]) {
    expect(await world.outcome(...send(who, 'c1', 'm1'))).toBe('contact_not_found');
    expect(await world.outcome(...signal(who, 'c1', {}))).toBe('contact_not_found');
    expect(await world.outcome(who, 'contact.messages', { contactId: 'c1' })).toBe('contact_not_found');
  }
});

test('what a supervisor says to the agent alone is for agents’ eyes', async () => {
  await served('c1');
  await world.ok(...send(boss, 'c1', 'm1', 'Offer a refund', { toAgent: true }));
  await world.ok(...send(boss, 'c1', 'm2', 'I have joined'));
  expect(world.toldLines('messageId')).toEqual([
    `${ada} contact.message m1`,
    `${page} contact.message m2`,
    `${ada} contact.message m2`,
  ]);
  expect(await written('c1', page)).toEqual(['2 I have joined']);
  expect(await written('c1', ada)).toEqual(['1 Offer a refund', '2 I have joined']);
});

test('nobody writes to a telephone', async () => {
  await world.ok('admin:root', 'queue.set', { queueId: 'calls', channels: ['voice'] });
  await world.presence('switch:pbx', true);
  await world.ok('switch:pbx', 'contact.create', { contactId: 'v', legId: 'A', channel: 'voice', queueId: 'calls' });
  expect(await world.outcome(...send('switch:pbx', 'v', 'm1'))).toBe('contact_without_text');
  expect(await world.outcome(...signal('switch:pbx', 'v', {}))).toBe('contact_not_connected');
});

// ── What is kept ──────────────────────────────────────────────────────────────────────────────────────────────────
test('texts are kept for keepDays behind the end, and the contact for a day', async () => {
  await served('c1');
  await world.ok(...send(page, 'c1', 'm1', 'kept'));
  await world.ok(ada, 'contact.end', { contactId: 'c1' });
  const { records } = await world.ok(boss, 'cdr.query', {});
  expect(records).toMatchObject([{ contactId: 'c1', messages: 1 }]);
  await world.pass(2 * dayMs);
  expect(await world.outcome(crm, 'contact.get', { contactId: 'c1' })).toBe('contact_not_found');
  expect(await written('c1', boss)).toEqual(['1 kept']);
  expect(await written('c1', page)).toEqual(['1 kept']);
  expect(await world.outcome(ada, 'contact.messages', { contactId: 'c1' })).toBe('contact_not_found');
  // Another contact under the id: its own texts alone are meant.
  await served('c1');
  expect(await written('c1', boss)).toEqual([]);
  await world.ok(ada, 'contact.end', { contactId: 'c1' });
  await world.reopen();
  await world.ok('admin:root', 'tenant.set', { messages: { keepDays: 3 } });
  await world.pass(dayMs - 1_000);
  expect(rows(202)).toHaveLength(1);
  await world.pass(2_000);
  expect([...rows(202), ...rows(203)]).toEqual([]);
});

test('erasing a customer erases what was written in its contacts, live and over, and nothing of others', async () => {
  const kim = { identity: { scheme: 'email', value: 'kim@example.org' } };
  const brought = async (contactId: string) => {
    await world.ok(crm, 'contact.create', { contactId, channel: 'chat', queueId: 'chats', ...kim });
    await world.ok(ada, 'offer.accept', { offerId: await offerOf(ada, contactId) });
  };
  await brought('c1');
  await world.ok(...send(crm, 'c1', 'm1', 'secret'));
  await world.ok(...send(ada, 'c1', 'm2', 'noted'));
  await world.ok(ada, 'contact.end', { contactId: 'c1' });
  await brought('c2');
  await world.ok(...send(crm, 'c2', 'm3', 'again'));
  await served('c3');
  await world.ok(...send(page, 'c3', 'm4', 'other'));
  // By another name of the same person.
  const other = { identity: { scheme: 'tel', value: '+4930123401' } };
  const { customerId } = await world.ok('admin:root', 'customer.resolve', kim);
  const { customerId: otherId } = await world.ok('admin:root', 'customer.resolve', other);
  await world.ok('admin:root', 'customer.merge', { linkId: 'l1', customerId, otherId });
  await world.ok('admin:root', 'message.erase', { customerId: otherId });
  await world.idle();
  expect(await written('c1')).toEqual([]);
  expect(await written('c2')).toEqual([]);
  expect(await written('c3')).toEqual(['1 other']);
  expect(rows(202).map(({ row }) => row.text)).toEqual(['other']);
  // It goes on with the numbers that it had.
  await world.ok(...send(crm, 'c2', 'm1', 'new'));
  expect(await written('c2')).toEqual(['2 new']);
  await world.ok('admin:root', 'message.erase', { visitorId: 'anna' });
  await world.idle();
  expect(rows(202).map(({ row }) => row.text)).toEqual(['new']);
});

test('a session that opens is given what was written last, and signals that it has not taken', async () => {
  await served('v1', { channel: 'video' });
  for (let at = 1; at <= 25; at++) await world.ok(...send(page, 'v1', `m${at}`));
  await world.ok(...signal(page, 'v1', { description: 'offer' }));
  const { state } = (await world.ok(ada, 'session.open', {})) as { state: Members };
  const [conversation] = state.conversations as { contactId: string; messages: Members[] }[];
  expect(conversation).toMatchObject({ contactId: 'v1' });
  expect(conversation!.messages.map(({ number }) => number)).toEqual(Array.from({ length: 20 }, (_, at) => at + 6));
  expect(state.signals).toMatchObject([{ contactId: 'v1', number: 1, data: { description: 'offer' } }]);
  expect(state.contacts).toMatchObject([{ contactId: 'v1', messages: 25 }]);
  const { state: other } = (await world.ok(page, 'session.open', {})) as { state: Members };
  expect(other.signals).toEqual([]);
});

// ── Ratings by text ───────────────────────────────────────────────────────────────────────────────────────────────
const asksByText = {
  ratings: {
    askByText: true,
    agentItems: { attitude: { to: 5 }, speed: { from: 0, to: 10 } },
    questions: { attitude: 'How was it (1–5)?' },
    thanks: 'Thank you!',
  },
};

test('two answers in one tick are two answers, and what comes behind the last is refused', async () => {
  await world.ok('admin:root', 'tenant.set', asksByText);
  await served('c1');
  await world.ok(...send(page, 'c1', 'm1'));
  await world.ok(ada, 'contact.end', { contactId: 'c1' });
  const answers = await world.together(
    send(page, 'c1', 'a1', '5'),
    send(page, 'c1', 'a2', ' 10. '),
    send(page, 'c1', 'a3', 'bye'),
  );
  expect(answers.map(nameOf)).toEqual(['done', 'done', 'contact_already_ended']);
  expect(await written('c1')).toEqual([
    '1 m1',
    '2 How was it (1–5)?',
    '3 5',
    '4 How would you rate us for speed, from 0 (lowest) to 10 (highest)? Please answer with the number.',
    '5  10. ',
    '6 Thank you!',
  ]);
  expect(await world.ok(boss, 'rating.list', { contactId: 'c1' })).toMatchObject({
    ratings: [{ by: 'customer', items: { attitude: 5, speed: 10 }, visitorId: 'anna' }],
  });
  expect((await world.ok(boss, 'cdr.query', {})).records).toMatchObject([{ messages: 1 }]);
  // An answer that is sent again is the one that was given.
  expect(await world.outcome(...send(page, 'c1', 'a1', '5'))).toBe('done');
});

test('who is asked is asked behind a restart, and by a page that opens anew; what is in time counts', async () => {
  await world.ok('admin:root', 'tenant.set', asksByText);
  await served('c1');
  await world.ok(ada, 'contact.end', { contactId: 'c1' });
  await world.reopen();
  const { state } = (await world.ok(page, 'session.open', {})) as { state: Members };
  expect(state.conversations).toMatchObject([{ contactId: 'c1', messages: [{ text: 'How was it (1–5)?' }] }]);
  await world.ok(...send(page, 'c1', 'a1', '4'));
  await world.reopen();
  await world.pass(600_001);
  expect(await world.outcome(...send(page, 'c1', 'a2', '4'))).toBe('contact_already_ended');
  expect(await world.ok(boss, 'rating.list', { contactId: 'c1' })).toMatchObject({
    ratings: [{ items: { attitude: 4 } }],
  });
});
