// Steps of a queue: what is shown of them, what they are refused for, and that they are there still after a restart. When they
// come is told by test/acd/cases/steps-by-age.txt and its neighbours.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { profilesTable } from '../../src/domain/routing/tables.ts';
import { TableAccess } from '../../src/engine/tick.ts';
import { excludingProfilesKeptMax } from '../../src/limits.ts';
import { validateParams } from '../../src/protocol/validation.ts';
import { DomainWorld, type Members } from './domain-world.ts';
import { expectSurvivesLoad } from './survives-load.ts';

let world: DomainWorld;

beforeEach(async () => {
  world = await DomainWorld.start();
});

afterEach(async () => {
  await expectSurvivesLoad(world);
  await world.stop();
});

function queue(queueId: string, policy: Members = {}): Promise<Members> {
  return world.ok('admin:root', 'queue.set', { queueId, channels: ['voice'], ...policy });
}

function arrive(contactId: string, queueId: string, more: Members = {}): Promise<Members> {
  return world.ok('app:web', 'contact.create', { contactId, queueId, channel: 'voice', ...more });
}

function seen(contactId: string): Promise<Members> {
  return world.ok('app:web', 'contact.get', { contactId });
}

const german = { requires: { all: [{ skill: 'german', level: 4 }] } };
const lower = { afterMs: 10_000, lower: { skill: 'german', level: 2 } };
const drop = { afterMs: 30_000, drop: 'german', priority: 5 };

describe('steps of a queue', () => {
  test('are shown with the contact, and told to whoever brought it, while what it asked for is shown as it was', async () => {
    await queue('sales', { steps: [lower, drop] });
    const { arrivedAt } = await arrive('c1', 'sales', german);
    expect(await seen('c1')).not.toHaveProperty('steps');
    world.told();
    await world.pass(10_000);
    const first = { at: (arrivedAt as number) + 10_000, queueId: 'sales', ...lower };
    expect(world.told()).toMatchObject([
      { event: 'contact.changed', params: { contactId: 'c1', queueId: 'sales', steps: [first] } },
      { event: 'contact.queued', params: { contactId: 'c1', why: 'step', position: 1 } },
    ]);
    await world.pass(20_000);
    const second = { at: (arrivedAt as number) + 30_000, queueId: 'sales', ...drop };
    expect(await seen('c1')).toMatchObject({ ...german, steps: [first, second] });
    await expectSurvivesLoad(world);
    await world.reopen();
    expect(await seen('c1')).toMatchObject({ steps: [first, second] });
    await world.ok('app:web', 'contact.end', { contactId: 'c1' });
    expect(await seen('c1')).toMatchObject({ state: 'ended', steps: [first, second] });
  });

  test('go on where a restart has cut in, also those that were due meanwhile', async () => {
    await queue('sales', { steps: [lower, drop] });
    await arrive('c1', 'sales', german);
    await world.pass(10_000);
    await world.reopen();
    await world.pass(20_000);
    expect((await seen('c1')).steps).toHaveLength(2);
  });

  test('are shown in the order in which they were taken, also of a queue that it comes back to', async () => {
    const raised = { afterMs: 15_000, priority: 3 };
    await queue('sales', { steps: [lower, drop] });
    await queue('support', { steps: [raised] });
    await arrive('c1', 'sales', german);
    await world.pass(10_000);
    const move = (queueId: string) =>
      world.ok('supervisor:boss', 'supervisor.move', { contactId: 'c1', to: { queueId } });
    await move('support');
    await world.pass(5_000);
    await move('sales');
    await world.pass(15_000);
    expect((await seen('c1')).steps).toMatchObject([
      { queueId: 'sales', ...lower },
      { queueId: 'support', ...raised },
      { queueId: 'sales', ...drop },
    ]);
  });

  test('that another policy no longer has are taken back, and those that it has anew are taken at once', async () => {
    await queue('sales', { steps: [lower, drop] });
    await arrive('c1', 'sales', german);
    await world.pass(35_000);
    await queue('sales', { steps: [lower, { afterMs: 34_000, drop: 'german' }] });
    await world.pass(1_000);
    expect((await seen('c1')).steps).toMatchObject([lower, { afterMs: 34_000 }]);
    await queue('sales');
    await world.pass(1_000);
    expect(await seen('c1')).not.toHaveProperty('steps');
    const { contacts } = await world.ok('app:web', 'contact.list', {});
    expect(contacts).toHaveLength(1);
  });

  test('raise a priority that was given, and stay when another one is given', async () => {
    await queue('sales', { ageingPerSecond: 0, steps: [drop] });
    await arrive('c1', 'sales', { priority: 1 });
    await arrive('c2', 'sales', { priority: 7 });
    await world.pass(29_000);
    await world.ok('app:web', 'contact.update', { contactId: 'c2', priority: 8 });
    await world.pass(2_000);
    await world.ok('app:web', 'contact.update', { contactId: 'c1', priority: 9 });
    expect(world.told().at(-1)).toMatchObject({ event: 'contact.queued', params: { contactId: 'c1', position: 1 } });
  });

  const aged = { afterMs: 30_000, priority: 5 };
  test.each([
    [{ steps: [drop, lower] }, '/steps/1/afterMs: expected more than 30000, the step before'],
    [{ steps: [lower, lower] }, '/steps/1/afterMs: expected more than 10000, the step before'],
    [{ steps: [{ afterMs: 1 }] }, '/steps/0: expected something that the step does'],
    [{ ageingSteps: [aged, aged] }, '/ageingSteps/1/afterMs: expected more than 30000, the step before'],
    [
      { ageingSteps: [aged, { ...aged, afterMs: 40_000 }] },
      '/ageingSteps/1/priority: expected more than 5, the step before',
    ],
    [{ ageingSteps: [aged], ageingPerSecond: 1 }, '/ageingPerSecond: expected 0 beside `ageingSteps`'],
    [{ ageingSteps: [aged], ageingCap: 9 }, '/ageingCap: expected none beside `ageingSteps`'],
    [{ whenExhausted: 'end' }, '/whenExhausted: expected `steps` that it follows'],
    [{ steps: [drop], whenExhausted: { queue: 'sales' } }, '/whenExhausted/queue: expected another queue than'],
  ])('are refused where they make no sense: %j', (policy, why) => {
    const fault = validateParams('queue.set', { queueId: 'sales', channels: ['voice'], ...policy });
    expect(`${fault?.path}: ${fault?.message}`).toContain(why);
  });

  test('lead to queues that are there, and keep them from being removed', async () => {
    const policy = { steps: [drop], whenExhausted: { queue: 'help' } };
    expect(await world.outcome('admin:root', 'queue.set', { queueId: 'sales', channels: ['voice'], ...policy })).toBe(
      'queue_not_found',
    );
    await queue('help');
    await queue('sales', policy);
    expect(await world.outcome('admin:root', 'queue.remove', { queueId: 'help' })).toBe('queue_named_by_queues');
  });
});

describe('agents that may not serve a contact', () => {
  async function agent(agentId: string): Promise<void> {
    await world.ok('admin:root', 'agent.set', { agentId, capacity: { voice: 1 } });
  }

  test('are kept from it over restarts, and nobody else is when they are removed', async () => {
    await queue('sales');
    await agent('ann');
    await arrive('c1', 'sales', { excludes: ['ann'] });
    expect(await seen('c1')).toMatchObject({ excludes: ['ann'] });
    await expectSurvivesLoad(world);
    await world.reopen();
    await world.ok('agent:ann', 'agent.login');
    await world.ok('agent:ann', 'agent.ready');
    expect(await seen('c1')).toMatchObject({ state: 'waiting' });
    await world.ok('agent:ann', 'agent.logout', { when: 'now' });
    await world.ok('admin:root', 'agent.remove', { agentId: 'ann' });
    await agent('bob');
    await world.ok('agent:bob', 'agent.login');
    await world.ok('agent:bob', 'agent.ready');
    expect(await seen('c1')).toMatchObject({ state: 'ringing', agentId: 'bob' });
  });

  test('must be there, and cannot be asked for by name', async () => {
    await queue('sales');
    await agent('ann');
    const asked = { contactId: 'c1', queueId: 'sales', channel: 'voice' };
    expect(await world.outcome('app:web', 'contact.create', { ...asked, excludes: ['bob'] })).toBe('agent_not_found');
    const fault = validateParams('contact.create', { ...asked, agentId: 'ann', excludes: ['ann'] });
    expect(fault).toEqual({ path: '/excludes', message: 'expected others than ann, who is asked for by name' });
  });

  test('make profiles that are not kept for long when nobody needs them any more', async () => {
    await queue('sales');
    for (let at = 0; at < 25; at++) await agent(`a${at}`);
    for (let at = 0; at < 25; at++) {
      await arrive(`c${at}`, 'sales', { excludes: [`a${at}`] });
      await world.ok('app:web', 'contact.cancel', { contactId: `c${at}` });
    }
    await world.pass(1);
    const rows = new TableAccess(world.harness.partition.tables).range(profilesTable, { limit: 100 });
    expect(rows.length).toBeLessThanOrEqual(excludingProfilesKeptMax + 1);
    expect(rows.length).toBeGreaterThan(0);
  });
});

describe('a queue whose agents are asked as well', () => {
  test('stays as long as contacts of others may be served by them', async () => {
    await queue('help');
    await queue('sales', { steps: [{ afterMs: 1_000, queue: 'help' }] });
    await arrive('c1', 'sales');
    await world.pass(1_000);
    await queue('sales', { steps: [] });
    // Seen before the policy has been looked at for whoever waits, and after that.
    await world.pass(1);
    expect((await seen('c1')).steps).toBeUndefined();
    expect(await world.outcome('admin:root', 'queue.remove', { queueId: 'help' })).toBe('done');
    await queue('help');
    await expectSurvivesLoad(world);
  });

  test.each([
    [{ steps: [{ afterMs: 1, queue: 'sales' }] }, '/steps/0/queue: expected another queue than its own'],
    [{ steps: [{ afterMs: 1, group: 'far' }] }, '/steps/0/group: expected `groups` that it is added to'],
  ])('is another one, and groups are added to groups: %j', (policy, why) => {
    const fault = validateParams('queue.set', { queueId: 'sales', channels: ['voice'], ...policy });
    expect(`${fault?.path}: ${fault?.message}`).toContain(why);
  });
});
