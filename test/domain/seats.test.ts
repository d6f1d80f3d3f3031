import { afterEach, beforeEach, expect, test } from 'vitest';
import { DomainWorld, nameOf } from './domain-world.ts';
import { expectSurvivesLoad } from './survives-load.ts';

let world: DomainWorld;

beforeEach(async () => {
  world = await DomainWorld.start();
  await world.ok('admin:root', 'queue.set', { queueId: 'sales', channels: ['voice', 'chat', 'sms'] });
  for (const agentId of ['ada', 'bob']) {
    await world.ok('admin:root', 'agent.set', { agentId, capacity: { voice: 1, chat: 2, total: 2 } });
  }
});

afterEach(async () => {
  await expectSurvivesLoad(world);
  await world.stop();
});

const voice = (lineId: string) => ({ lineId, channel: 'voice' });
const chat = (lineId: string) => ({ lineId, channel: 'chat' });

test('without lines, a seat has one a unit of capacity, named after agent and channel', async () => {
  const seat = await world.ok('agent:ada', 'agent.login');
  expect(seat).toMatchObject({
    state: 'notReady',
    reason: 'loggedIn',
    lines: [
      { lineId: 'ada.voice.1', channel: 'voice', state: 'free' },
      { lineId: 'ada.chat.1', channel: 'chat', state: 'free' },
      { lineId: 'ada.chat.2', channel: 'chat', state: 'free' },
    ],
  });
});

test('a second login with the same lines changes nothing, not even readiness', async () => {
  await world.ok('agent:ada', 'agent.login');
  await world.ok('agent:ada', 'agent.ready');
  world.told();
  expect(await world.ok('agent:ada', 'agent.login')).toMatchObject({ state: 'ready' });
  expect(world.toldLines()).toEqual([]);
});

test('a login with other lines changes the seat: what is kept stays, what is given up is free for others', async () => {
  await world.ok('agent:ada', 'agent.login', { lines: [voice('desk-1'), chat('chat-1')] });
  world.told();
  await world.ok('agent:ada', 'agent.login', { lines: [chat('chat-1'), voice('desk-2')] });
  expect(world.toldLines('state', 'lineId')).toContain('agent:ada line.changed gone desk-1');
  expect(await world.outcome('agent:bob', 'agent.login', { lines: [voice('desk-2')] })).toBe('line_id_taken');
  expect(await world.outcome('agent:bob', 'agent.login', { lines: [voice('desk-1')] })).toBe('done');
  expect(await world.ok('agent:ada', 'line.list')).toMatchObject({
    lines: [{ lineId: 'chat-1' }, { lineId: 'desk-2' }],
  });
});

test('a seat is shown as it has been told: behind a login of the same tick it is still the one of before', async () => {
  await world.ok('agent:ada', 'agent.login', { lines: [voice('desk-1'), chat('chat-1')] });
  const lineIds = (answer: unknown) =>
    (answer as { result: { lines: { lineId: string }[] } }).result.lines.map(({ lineId }) => lineId).sort();
  const answers = await world.together(
    ['agent:ada', 'agent.login', { lines: [chat('chat-1'), voice('desk-2'), chat('desk-1')] }],
    ['agent:ada', 'agent.get', { agentId: 'ada' }],
    ['agent:ada', 'line.list'],
    ['agent:ada', 'agent.notReady', { reason: 'lunch' }],
  );
  // The first and the last say what the tick has done; who reads in between is shown what was before it.
  expect(answers.map(lineIds)).toEqual([
    ['chat-1', 'desk-1', 'desk-2'],
    ['chat-1', 'desk-1'],
    ['chat-1', 'desk-1'],
    ['chat-1', 'desk-1', 'desk-2'],
  ]);
  expect(answers[1]).toMatchObject({
    result: { lines: expect.arrayContaining([{ ...voice('desk-1'), state: 'free' }]) },
  });
  expect(lineIds({ result: await world.ok('agent:ada', 'line.list') })).toEqual(['chat-1', 'desk-1', 'desk-2']);
});

test('the lines of an agent who is logged out are shown to nobody and are nobody else’s', async () => {
  await world.ok('agent:ada', 'agent.login', { lines: [voice('desk-1')] });
  await world.ok('agent:ada', 'agent.logout', { when: 'now' });
  expect(await world.ok('agent:ada', 'line.list')).toMatchObject({ lines: [] });
  expect(await world.outcome('agent:bob', 'agent.login', { lines: [voice('desk-1')] })).toBe('line_id_taken');
  await world.ok('admin:root', 'agent.remove', { agentId: 'ada' });
  expect(await world.outcome('agent:bob', 'agent.login', { lines: [voice('desk-1')] })).toBe('done');
});

test('one id may move to another channel of the seat', async () => {
  await world.ok('agent:ada', 'agent.login', { lines: [voice('one')] });
  expect(await world.ok('agent:ada', 'agent.login', { lines: [chat('one')] })).toMatchObject({
    lines: [{ lineId: 'one', channel: 'chat', state: 'free' }],
  });
});

test('a refused login leaves the seat and the ids as they were', async () => {
  await world.ok('agent:ada', 'agent.login', { lines: [voice('one')] });
  await world.ok('agent:ada', 'agent.ready');
  await world.ok('switch:pbx', 'contact.create', { contactId: 'a', channel: 'voice', queueId: 'sales' });
  await world.ok('agent:ada', 'offer.accept', { offerId: 'o1.1' });
  const answers = await world.together(
    ['agent:ada', 'agent.login', { lines: [chat('one'), voice('two')] }],
    ['agent:ada', 'agent.login', { lines: [chat('one'), voice('two')] }],
    ['agent:ada', 'agent.login', { lines: [voice('three')] }],
    ['agent:bob', 'agent.login', { lines: [voice('one')] }],
    ['agent:bob', 'agent.login', { lines: [voice('two')] }],
  );
  expect(answers.map(nameOf)).toEqual([
    'agent_in_contact',
    'agent_in_contact',
    'agent_exists_with_different_lines',
    'line_id_taken',
    'line_id_taken',
  ]);
  expect(await world.ok('agent:ada', 'line.list')).toMatchObject({
    lines: [{ lineId: 'one', channel: 'voice', state: 'connected', contactId: 'a' }],
  });
  expect(await world.outcome('agent:bob', 'agent.login', { lines: [voice('two')] })).toBe('done');
});

test('an agent whose login is on its way in the same tick cannot be removed', async () => {
  const answers = await world.together(
    ['agent:ada', 'agent.login'],
    ['admin:root', 'agent.remove', { agentId: 'ada' }],
    ['admin:root', 'agent.remove', { agentId: 'bob' }],
    ['agent:bob', 'agent.login'],
  );
  expect(answers.map(nameOf)).toEqual(['done', 'agent_logged_in', 'done', 'agent_not_found']);
});

test('one line of a seat rings at a time, unless the agent turns that off', async () => {
  await world.ok('agent:ada', 'agent.login');
  await world.ok('agent:ada', 'agent.ready');
  for (const contactId of ['a', 'b']) {
    await world.ok('switch:pbx', 'contact.create', { contactId, channel: 'chat', queueId: 'sales' });
  }
  const ringing = async () => {
    const { lines } = (await world.ok('agent:ada', 'line.list')) as { lines: { state: string }[] };
    return lines.filter(({ state }) => state === 'ringing').length;
  };
  expect(await ringing()).toBe(1);
  expect(await world.ok('agent:ada', 'agent.setOneRinging', { on: false })).toEqual({ agentId: 'ada', on: false });
  expect(await ringing()).toBe(2);
});

test('a session of the agent opens with its seat, offers, contacts and who waits', async () => {
  await world.ok('agent:ada', 'agent.login');
  await world.ok('agent:ada', 'agent.ready');
  await world.ok('switch:pbx', 'contact.create', { contactId: 'a', channel: 'chat', queueId: 'sales' });
  await world.ok('agent:ada', 'offer.accept', { offerId: 'o1.1' });
  await world.ok('switch:pbx', 'contact.create', { contactId: 'b', channel: 'chat', queueId: 'sales', from: '+491' });
  const asked = { contactId: 'c', channel: 'voice', queueId: 'sales', agentId: 'ada' };
  await world.ok('switch:pbx', 'contact.create', asked);
  const { states } = world.readAll(world.modules, ['agent:ada', 'switch:pbx', 'agent:bob'], []) as {
    states: [string, Record<string, unknown>][];
  };
  expect(states[0]?.[1]).toMatchObject({
    agent: { agentId: 'ada', state: 'ringing' },
    lines: [
      { lineId: 'ada.voice.1' },
      { lineId: 'ada.chat.1', contactId: 'a' },
      { lineId: 'ada.chat.2', contactId: 'b' },
    ],
    offers: [{ offerId: 'o2.1', contactId: 'b', lineId: 'ada.chat.2', contact: { from: '+491', state: 'ringing' } }],
    contacts: [{ contactId: 'a', state: 'connected' }],
    waitedFor: [{ contactId: 'c' }],
  });
  expect(states[1]?.[1]).toMatchObject({ contacts: [{ contactId: 'a' }, { contactId: 'b' }, { contactId: 'c' }] });
  expect(states[2]?.[1]).toMatchObject({ lines: [], offers: [], contacts: [], waitedFor: [] });
});

test('a tenant may bound the lines of a seat', async () => {
  await world.ok('admin:root', 'tenant.set', { linesPerSeatMax: 2 });
  expect(await world.ok('agent:ada', 'agent.login')).toMatchObject({ lines: [{}, {}] });
  expect(await world.ok('agent:ada', 'line.list')).toMatchObject({ linesMax: 2 });
});

test('everybody who may sees that an agent rests, until when, and that it does no more', async () => {
  await world.ok('admin:root', 'queue.set', { queueId: 'sales', channels: ['chat'], afterRejectMs: 10_000 });
  await world.ok('admin:root', 'queue.set', { queueId: 'help', channels: ['chat'], afterRejectMs: 60_000 });
  await world.ok('supervisor:boss', 'supervisor.watch', { agents: ['ada'] });
  await world.ok('agent:ada', 'agent.login');
  await world.ok('agent:ada', 'agent.setOneRinging', { on: false });
  await world.ok('agent:ada', 'agent.ready');
  const offers: unknown[] = [];
  for (const queueId of ['sales', 'help']) {
    await world.ok('app:crm', 'contact.create', { contactId: queueId, channel: 'chat', queueId });
    offers.push((await world.ok('app:crm', 'contact.get', { contactId: queueId })).offerId);
  }
  world.told();
  const begins = world.clock.now();
  const seen = () => world.toldLines('state', 'restsUntil').filter((line) => line.includes('agent.changed'));
  // While it rings at one line it rests already, and the longer of two rests counts.
  for (const offerId of offers) await world.ok('agent:ada', 'offer.reject', { offerId });
  expect(seen()).toEqual([
    `agent:ada agent.changed ringing ${begins + 10_000}`,
    `supervisor:boss agent.changed ringing ${begins + 10_000}`,
    `agent:ada agent.changed ready ${begins + 60_000}`,
    `supervisor:boss agent.changed ready ${begins + 60_000}`,
  ]);
  const looks = () => world.ok('admin:root', 'agent.get', { agentId: 'ada' });
  expect(await looks()).toMatchObject({ state: 'ready', restsUntil: begins + 60_000 });
  await world.reopen();
  expect(await looks()).toMatchObject({ state: 'ready', restsUntil: begins + 60_000 });
  await world.ok('supervisor:boss', 'supervisor.watch', { agents: ['ada'] });
  await world.pass(60_001);
  expect(seen()).toContain('supervisor:boss agent.changed ringing');
  expect(await looks()).not.toHaveProperty('restsUntil');
});

test('a rest that is made longer is told anew, though nothing else has changed', async () => {
  await world.ok('admin:root', 'queue.set', { queueId: 'sales', channels: ['chat'], afterRejectMs: 10_000 });
  await world.ok('admin:root', 'queue.set', { queueId: 'help', channels: ['chat'], afterRejectMs: 60_000 });
  await world.ok('admin:root', 'agent.set', { agentId: 'ada', capacity: { chat: 3 } });
  await world.ok('agent:ada', 'agent.login');
  await world.ok('agent:ada', 'agent.setOneRinging', { on: false });
  await world.ok('agent:ada', 'agent.ready');
  const offers: unknown[] = [];
  for (const [contactId, queueId] of [
    ['c1', 'sales'],
    ['c2', 'help'],
    ['c3', 'sales'],
  ]) {
    await world.ok('app:crm', 'contact.create', { contactId, channel: 'chat', queueId });
    offers.push((await world.ok('app:crm', 'contact.get', { contactId })).offerId);
  }
  world.told();
  const begins = world.clock.now();
  for (const offerId of offers.slice(0, 2)) await world.ok('agent:ada', 'offer.reject', { offerId });
  expect(world.toldLines('state', 'restsUntil').filter((line) => line.includes('agent.changed'))).toEqual([
    `agent:ada agent.changed ringing ${begins + 10_000}`,
    `agent:ada agent.changed ringing ${begins + 60_000}`,
  ]);
});
