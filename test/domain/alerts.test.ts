// Alerts: when a threshold is crossed and crossed back, by what happens and by time alone, once each, over restarts.

import { afterEach, beforeEach, expect, test } from 'vitest';
import { DomainWorld, type Members } from './domain-world.ts';
import { expectSurvivesLoad } from './survives-load.ts';

let world: DomainWorld;

beforeEach(async () => {
  world = await DomainWorld.start();
  for (const queueId of ['sales', 'help'])
    await world.ok('admin:root', 'queue.set', { queueId, channels: ['voice'], missedBeforeNotReady: 0 });
  await world.ok('admin:root', 'agent.set', { agentId: 'ada', capacity: { voice: 1 }, queues: ['sales'] });
  await world.ok('supervisor:boss', 'supervisor.watch', { queues: ['sales'], agents: [] });
  await world.ok('supervisor:other', 'supervisor.watch', { queues: ['help'], agents: [] });
  world.told();
});

afterEach(async () => {
  await expectSurvivesLoad(world);
  await world.stop();
});

let made = 0;
async function create(queueId = 'sales'): Promise<string> {
  const contactId = `contact-${++made}`;
  await world.ok('switch:pbx', 'contact.create', { contactId, channel: 'voice', queueId });
  return contactId;
}

const cancel = (contactId: string) => world.ok('switch:pbx', 'contact.cancel', { contactId });

async function set(more: Members): Promise<void> {
  await world.ok('supervisor:boss', 'alert.set', { alertId: 'one', queueId: 'sales', ...more });
  await said();
}

/** As `alertId raised value`, once a second has passed. */
async function said(ms = 1_000): Promise<string[]> {
  await world.pass(ms);
  return world
    .told()
    .filter(({ event }) => event.startsWith('alert.'))
    .map(({ to, event, params }) => `${to} ${event} ${params.value}`);
}

async function restart(): Promise<void> {
  await world.stop();
  await world.reopen();
}

test('too many that wait are told once, and again when they are fewer', async () => {
  await set({ measure: 'waiting', above: 1 });
  const first = await create();
  expect(await said()).toEqual([]);
  const second = await create();
  expect(await said()).toEqual(['supervisor:boss alert.raised 2']);
  await create();
  expect(await said()).toEqual([]);
  await cancel(first);
  expect(await said()).toEqual([]);
  await cancel(second);
  expect(await said()).toEqual(['supervisor:boss alert.cleared 1']);
});

test('with clearAt it is over later than it began, so that it does not go to and fro', async () => {
  await set({ measure: 'waiting', above: 2, clearAt: 0 });
  const all = [await create(), await create(), await create()];
  expect(await said()).toEqual(['supervisor:boss alert.raised 3']);
  await cancel(all[0]!);
  await cancel(all[1]!);
  expect(await said()).toEqual([]);
  await cancel(all[2]!);
  expect(await said()).toEqual(['supervisor:boss alert.cleared 0']);
});

test('how long the first has waited crosses by time alone, to the millisecond', async () => {
  await set({ measure: 'longestWaitMs', above: 30_000 });
  const first = await create();
  expect(await said(1_000)).toEqual([]);
  expect(await said(29_000)).toEqual([]);
  expect(await said(1)).toEqual(['supervisor:boss alert.raised 30001']);
  await cancel(first);
  expect(await said()).toEqual(['supervisor:boss alert.cleared 0']);
});

test('with forMs it must have been so for that long, also over a restart', async () => {
  await set({ measure: 'agentsReady', below: 1, forMs: 60_000 });
  await restart();
  world.told();
  await world.pass(40_000);
  await world.ok('agent:ada', 'agent.login');
  await world.ok('agent:ada', 'agent.ready');
  expect(await said()).toEqual([]);
  await world.ok('agent:ada', 'agent.notReady', { reason: 'lunch' });
  expect(await said(1_000)).toEqual([]);
  await restart();
  expect(await said(59_000)).toEqual([]);
  expect(await said(1_000)).toEqual(['supervisor:boss alert.raised 0']);
});

test('a restart neither forgets what is raised nor says it again, and sessions open with it', async () => {
  await set({ measure: 'waiting', above: 0 });
  const only = await create();
  expect(await said()).toEqual(['supervisor:boss alert.raised 1']);
  await restart();
  expect(await said(5_000)).toEqual([]);
  const { states } = world.readAll(world.modules, ['supervisor:late', 'admin:root'], []) as {
    states: [string, Members][];
  };
  expect(states[0]![1].alerts).toMatchObject([{ alertId: 'one', measure: 'waiting', above: 0 }]);
  expect(states[1]![1]).not.toHaveProperty('alerts');
  await cancel(only);
  expect(await said()).toEqual(['supervisor:boss alert.cleared 0']);
});

test('shares of the day need somebody to be a share of', async () => {
  await set({ measure: 'serviceLevelPercent', below: 80 });
  await world.ok('supervisor:boss', 'alert.set', {
    alertId: 'two',
    queueId: 'sales',
    measure: 'abandonedPercent',
    above: 10,
  });
  expect(await said()).toEqual([]);
  await cancel(await create());
  expect((await said()).sort()).toEqual(['supervisor:boss alert.raised 0', 'supervisor:boss alert.raised 100']);
});

test('shares of the day are over with the day, though nothing happens', async () => {
  await set({ measure: 'abandonedPercent', above: 10 });
  await cancel(await create());
  expect(await said()).toEqual(['supervisor:boss alert.raised 100']);
  const dayMs = 86_400_000;
  await world.pass(dayMs - (world.clock.now() % dayMs) - 1);
  expect(await said(0)).toEqual([]);
  expect(await said(1)).toEqual(['supervisor:boss alert.cleared null']);
});

test('another threshold, or none any more, is seen at once; webhooks are told, too', async () => {
  const secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
  await world.ok('admin:root', 'webhook.set', {
    webhookId: 'crm',
    url: 'https://crm.example/',
    events: ['alert.raised', 'alert.cleared'],
    secret,
  });
  await create();
  await set({ measure: 'waiting', above: 5 });
  await world.ok('supervisor:boss', 'alert.set', { alertId: 'one', queueId: 'sales', measure: 'waiting', above: 0 });
  expect(await said(0)).toEqual(['supervisor:boss alert.raised 1']);
  await world.ok('supervisor:boss', 'alert.remove', { alertId: 'one' });
  expect(await said(0)).toEqual(['supervisor:boss alert.cleared null']);
  await world.idle();
  expect(world.posted().map(({ params }) => JSON.parse(params.body as string))).toMatchObject([
    { type: 'alert.raised', data: { alertId: 'one', queueId: 'sales', value: 1 } },
    { type: 'alert.cleared', data: { alertId: 'one', value: null } },
  ]);
  expect(await world.outcome('supervisor:boss', 'alert.remove', { alertId: 'one' })).toBe('alert_not_found');
  const nowhere = { alertId: 'x', queueId: 'none', measure: 'waiting', above: 0 };
  expect(await world.outcome('supervisor:boss', 'alert.set', nowhere)).toBe('queue_not_found');
});

test('a queue hears of contacts that went on to another, though nothing else happens in it', async () => {
  await world.ok('admin:root', 'queue.set', {
    queueId: 'sales',
    channels: ['voice'],
    maxWaitMs: 30_000,
    whenTimedOut: { queue: 'help' },
  });
  await set({ measure: 'waiting', above: 0 });
  await create();
  expect(await said()).toEqual(['supervisor:boss alert.raised 1']);
  await world.pass(30_000);
  await world.idle();
  expect(await said()).toEqual(['supervisor:boss alert.cleared 0']);
});

test('agents who are set up for other queues are missed in theirs', async () => {
  await world.ok('agent:ada', 'agent.login');
  await world.ok('agent:ada', 'agent.ready');
  await set({ measure: 'agentsReady', below: 1 });
  world.told();
  await world.ok('admin:root', 'agent.set', { agentId: 'ada', capacity: { voice: 1 }, queues: ['help'] });
  expect(await said()).toEqual(['supervisor:boss alert.raised 0']);
  const agents = [{ agentId: 'ada', capacity: { voice: 1 }, queues: ['sales'] }];
  await world.ok('admin:root', 'config.apply', { document: { version: 1, agents } });
  expect(await said()).toEqual(['supervisor:boss alert.cleared 1']);
});

test('what is raised of a queue that is removed is over', async () => {
  await world.ok('admin:root', 'queue.set', { queueId: 'short-lived', channels: ['voice'] });
  await world.ok('supervisor:boss', 'supervisor.watch', { queues: ['short-lived'], agents: [] });
  await world.ok('supervisor:boss', 'alert.set', {
    alertId: 'one',
    queueId: 'short-lived',
    measure: 'agentsReady',
    below: 1,
  });
  expect(await said()).toEqual(['supervisor:boss alert.raised 0']);
  await world.ok('admin:root', 'queue.remove', { queueId: 'short-lived' });
  expect(await said()).toEqual(['supervisor:boss alert.cleared null']);
});
