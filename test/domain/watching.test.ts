import { afterEach, beforeEach, expect, test } from 'vitest';
import { DomainWorld, type Members, type Told } from './domain-world.ts';
import { expectSurvivesLoad } from './survives-load.ts';

let world: DomainWorld;

beforeEach(async () => {
  world = await DomainWorld.start();
  const serviceLevel = { percent: 80, withinMs: 5_000 };
  await world.ok('admin:root', 'queue.set', {
    queueId: 'sales',
    channels: ['voice'],
    serviceLevel,
    shortAbandonMs: 1_000,
  });
  await world.ok('admin:root', 'queue.set', { queueId: 'help', channels: ['voice'] });
  await world.ok('admin:root', 'agent.set', { agentId: 'ada', capacity: { voice: 1 }, queues: ['sales'] });
  await world.ok('agent:ada', 'agent.login');
  await world.ok('agent:ada', 'agent.ready');
});

afterEach(async () => {
  await expectSurvivesLoad(world);
  await world.stop();
});

let made = 0;
async function create(): Promise<string> {
  const contactId = `contact-${++made}`;
  await world.ok('switch:pbx', 'contact.create', { contactId, channel: 'voice', queueId: 'sales' });
  return contactId;
}

/** Served by ada after waiting, and over at once. */
async function serve(waitMs: number): Promise<void> {
  const contactId = await create();
  await world.pass(waitMs);
  const { offerId } = await world.ok('switch:pbx', 'contact.get', { contactId });
  await world.ok('agent:ada', 'offer.accept', { offerId });
  await world.ok('switch:pbx', 'contact.end', { contactId });
}

function statsOf(told: Told[], queueId: string): Members[] {
  return told
    .filter(({ event, params }) => event === 'queue.stats' && params.queueId === queueId)
    .map(({ params }) => params);
}

test('a supervisor gets the numbers of now, then each queue at most once a second, and agents at once', async () => {
  const now = await world.ok('supervisor:boss', 'supervisor.watch', { queues: ['sales'] });
  expect(now).toMatchObject({
    queues: [{ queueId: 'sales', waiting: 0, agents: { ready: 1, loggedOut: 0 } }],
    agents: [{ agentId: 'ada', state: 'ready' }],
  });
  world.told();
  await create();
  await create();
  await create();
  await world.idle();
  expect(statsOf(world.told(), 'sales').length).toBeLessThanOrEqual(1);
  await world.pass(1_000);
  const told = world.told();
  expect(statsOf(told, 'sales')).toMatchObject([
    { waiting: 3, arrived: 3, longestWaitMs: 1_000, agents: { ringing: 1 } },
  ]);
  expect(statsOf(told, 'help')).toEqual([]);
  await world.pass(1_000);
  await world.pass(1_000);
  expect(world.told()).toEqual([]);
});

test('who is set, moved to another queue or removed is counted there, though nothing else happens', async () => {
  await world.ok('supervisor:boss', 'supervisor.watch', { queues: ['sales', 'help'], agents: [] });
  const loggedOut = async () => {
    await world.pass(1_000);
    const told = world.told();
    return ['sales', 'help'].map((queueId) =>
      statsOf(told, queueId).map(({ agents }) => (agents as Members).loggedOut),
    );
  };
  await loggedOut();
  const bob = { agentId: 'bob', capacity: { voice: 1 } };
  await world.ok('admin:root', 'agent.set', { ...bob, queues: ['sales'] });
  expect(await loggedOut()).toEqual([[1], []]);
  await world.ok('admin:root', 'agent.set', { ...bob, queues: ['help'] });
  expect(await loggedOut()).toEqual([[0], [1]]);
  await world.ok('admin:root', 'agent.remove', { agentId: 'bob' });
  expect(await loggedOut()).toEqual([[], [0]]);
});

test('the day counts answers, those in time, hang-ups and short ones, and survives a restart', async () => {
  await serve(2_000);
  await serve(7_000);
  const patient = await create();
  const hasty = await create();
  await world.pass(500);
  await world.ok('switch:pbx', 'contact.cancel', { contactId: hasty });
  await world.pass(4_000);
  await world.ok('switch:pbx', 'contact.cancel', { contactId: patient });
  const numbers = {
    arrived: 4,
    answered: 2,
    answeredWithin: 1,
    abandoned: 2,
    abandonedShort: 1,
    serviceLevelPercent: 33,
  };
  const sales = async () =>
    ((await world.ok('supervisor:boss', 'supervisor.watch', { queues: ['sales'] })).queues as Members[])[0];
  expect(await sales()).toMatchObject(numbers);
  await world.stop();
  await world.reopen();
  expect(await sales()).toMatchObject(numbers);
  await world.pass(86_400_000);
  expect(await sales()).toMatchObject({ arrived: 0, answered: 0, serviceLevelPercent: null });
});

test('the estimate comes from how fast the queue moved on while anybody waited, of the last half hour', async () => {
  const estimate = (params: Members = {}) => world.ok('switch:pbx', 'queue.estimate', { queueId: 'sales', ...params });
  expect(await estimate()).toEqual({
    queueId: 'sales',
    position: 1,
    waiting: 0,
    estimatedMs: null,
    agentsReady: 1,
    agentsLoggedIn: 1,
  });
  // Whoever is answered at once, and a time in which nobody waits, say nothing of how long one waits.
  for (let at = 0; at < 5; at++) {
    await serve(0);
    await world.pass(10_000);
  }
  expect(await estimate()).toMatchObject({ estimatedMs: null });
  for (let at = 0; at < 30; at++) {
    await serve(3_000);
    await world.pass(10_000);
  }
  await create();
  await create();
  expect(
    world
      .told()
      .filter(({ event }) => event === 'contact.queued')
      .at(-1)?.params,
  ).toMatchObject({ position: 1, estimatedMs: 3_000 });
  expect(await estimate()).toMatchObject({ position: 3, waiting: 2, estimatedMs: 9_000, agentsReady: 0 });
  const welsh = { requires: { all: [{ skill: 'welsh' }] } };
  expect(await estimate(welsh)).toMatchObject({ agentsLoggedIn: 0 });
  await world.stop();
  await world.reopen();
  expect(await estimate()).toMatchObject({ position: 3, estimatedMs: 9_000 });
  // Those two are waiting on; after an hour of that nothing is known.
  await world.pass(3_600_000);
  expect(await estimate()).toMatchObject({ estimatedMs: null });
});

test('watching goes on after a restart, is replaced by watching again, and ends with two empty lists', async () => {
  await world.ok('supervisor:boss', 'supervisor.watch');
  await world.stop();
  await world.reopen();
  world.told();
  await world.ok('agent:ada', 'agent.notReady', { reason: 'lunch' });
  expect(world.toldLines('state', 'reason')).toEqual([
    'agent:ada agent.changed notReady lunch',
    'supervisor:boss agent.changed notReady lunch',
  ]);
  await world.ok('supervisor:boss', 'supervisor.watch', { queues: [], agents: [] });
  await world.pass(5_000);
  world.told();
  await world.ok('agent:ada', 'agent.ready');
  expect(world.toldLines()).toEqual(['agent:ada agent.changed']);
});

test('a supervisor’s session opens with queues and agents', async () => {
  const { states } = world.readAll(world.modules, ['supervisor:boss'], []) as { states: [string, Members][] };
  expect(states[0]?.[1]).toMatchObject({
    queues: [{ queueId: 'sales' }, { queueId: 'help' }],
    agents: [{ agentId: 'ada' }],
  });
});
