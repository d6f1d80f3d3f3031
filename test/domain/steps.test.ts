// Steps of a queue: what is shown of them, what they are refused for, and that they are there still after a restart. When they
// come is told by test/acd/cases/steps.txt.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
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

  test.each([
    [{ steps: [drop, lower] }, '/steps/1/afterMs: expected more than 30000, the step before'],
    [{ steps: [lower, lower] }, '/steps/1/afterMs: expected more than 10000, the step before'],
    [{ steps: [{ afterMs: 1 }] }, '/steps/0: expected something that the step does'],
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
