// Entries that lead to queues, and callers who are refused.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DomainWorld, type Members } from './domain-world.ts';
import { expectSurvivesLoad } from './survives-load.ts';

let world: DomainWorld;

beforeEach(async () => {
  world = await DomainWorld.start();
  for (const queueId of ['sales', 'help']) await world.ok('admin:root', 'queue.set', { queueId, channels: ['voice'] });
});

afterEach(async () => {
  await expectSurvivesLoad(world);
  await world.stop();
});

const create = (contactId: string, more: Members) => ({ contactId, channel: 'voice', ...more });

describe('an entry', () => {
  test('leads a contact to its queue, and the same contact once more though it leads elsewhere by then', async () => {
    await world.ok('admin:root', 'entry.set', { entry: '+4930100', queueId: 'sales' });
    expect(await world.ok('app:web', 'contact.create', create('c1', { entry: '+4930100' }))).toMatchObject({
      queueId: 'sales',
      state: 'waiting',
    });
    await world.ok('admin:root', 'entry.set', { entry: '+4930100', queueId: 'help' });
    expect(await world.ok('app:web', 'contact.create', create('c1', { entry: '+4930100' }))).toMatchObject({
      queueId: 'sales',
    });
    expect(await world.outcome('app:web', 'contact.create', create('c1', { entry: '+4930101' }))).toBe(
      'contact_exists_with_different_content',
    );
    expect(await world.outcome('app:web', 'contact.create', create('c1', { queueId: 'sales' }))).toBe(
      'contact_exists_with_different_content',
    );
    await world.reopen();
    expect(await world.ok('app:web', 'contact.create', create('c2', { entry: '+4930100' }))).toMatchObject({
      queueId: 'help',
    });
  });

  test('that is not set is refused, and one that is keeps its queue', async () => {
    expect(await world.outcome('app:web', 'contact.create', create('c1', { entry: '+4930100' }))).toBe(
      'entry_not_found',
    );
    expect(await world.outcome('admin:root', 'entry.set', { entry: '+4930100', queueId: 'none' })).toBe(
      'queue_not_found',
    );
    await world.ok('admin:root', 'entry.set', { entry: '+4930100', queueId: 'sales' });
    expect(await world.outcome('admin:root', 'queue.remove', { queueId: 'sales' })).toBe('queue_named_by_entries');
    await world.ok('admin:root', 'entry.remove', { entry: '+4930100' });
    expect(await world.outcome('admin:root', 'entry.get', { entry: '+4930100' })).toBe('entry_not_found');
    expect(await world.outcome('admin:root', 'queue.remove', { queueId: 'sales' })).toBe('done');
  });

  test('is part of the document', async () => {
    const entries = [
      { entry: '+4930100', queueId: 'sales' },
      { entry: 'help desk @ example.org', queueId: 'help' },
    ];
    await world.ok('admin:root', 'config.apply', { document: { version: 1, entries } });
    const { document } = await world.ok('admin:root', 'config.export');
    expect(document).toMatchObject({ entries });
    expect(await world.ok('admin:root', 'config.apply', { document })).toMatchObject({ unchanged: 4 });
    const lost = { version: 1, entries: [{ entry: '+4930100', queueId: 'none' }] };
    expect(await world.outcome('admin:root', 'config.apply', { document: lost })).toBe('queue_not_found');
    const { queues } = document as Members;
    await world.ok('admin:root', 'config.apply', { document: { version: 1, complete: true, queues } });
    expect(await world.ok('admin:root', 'entry.list')).toEqual({ entries: [] });
  });
});

describe('a blocked caller', () => {
  const outcome = (contactId: string, more: Members) =>
    world.outcome('app:web', 'contact.create', create(contactId, { queueId: 'sales', ...more }));

  test('is refused by number, by the beginning of a number and by identity, and everybody else is not', async () => {
    await world.ok('supervisor:sue', 'caller.block', { number: '+49301', reason: 'rude' });
    await world.ok('supervisor:sue', 'caller.block', { prefix: '+4489' });
    const identity = { scheme: 'email', value: 'mallory@example.org' };
    await world.ok('supervisor:sue', 'caller.block', { identity });
    expect(
      await world.call('app:web', 'contact.create', create('c0', { queueId: 'sales', from: '+49301' })),
    ).toMatchObject({ refusal: { refusal: 'caller_blocked', data: { reason: 'rude' } } });
    expect(await outcome('c1', { identity: { scheme: 'tel', value: '+49301' } })).toBe('caller_blocked');
    expect(await outcome('c2', { from: '+4489123' })).toBe('caller_blocked');
    expect(await outcome('c3', { identity })).toBe('caller_blocked');
    await world.reopen();
    expect(await outcome('c2', { from: '+4489123' })).toBe('caller_blocked');
    for (const [index, from] of ['+493011', '+4930', '+448', '+49'].entries())
      expect(await outcome(`ok${index}`, { from })).toBe('done');
    expect(await world.ok('admin:root', 'caller.list')).toMatchObject({
      callers: [{ number: '+49301', reason: 'rude' }, { prefix: '+4489' }, { identity }],
    });
  });

  test('is not told why, where a customer asks', async () => {
    await world.ok('admin:root', 'caller.block', { number: '+49301', reason: 'rude' });
    const answer = await world.call(
      'customer:eve',
      'contact.create',
      create('c1', { queueId: 'sales', from: '+49301' }),
    );
    expect(JSON.stringify(answer)).not.toContain('rude');
    expect(answer).toMatchObject({ refusal: { refusal: 'caller_blocked' } });
  });

  test('is taken again when the time is over, and what ran out is gone from the disk too', async () => {
    const now = world.clock.now();
    await world.ok('admin:root', 'caller.block', { number: '+49301', expiresAt: now + 60_000 });
    await world.ok('admin:root', 'caller.block', { number: '+49302', expiresAt: now + 30_000 });
    await world.ok('admin:root', 'caller.block', { number: '+49303' });
    expect(await outcome('c1', { from: '+49302' })).toBe('caller_blocked');
    await world.reopen();
    await world.pass(30_000);
    expect(await outcome('c1', { from: '+49302' })).toBe('done');
    expect(await outcome('c2', { from: '+49301' })).toBe('caller_blocked');
    await world.pass(30_000);
    expect(await outcome('c2', { from: '+49301' })).toBe('done');
    await world.reopen();
    expect(await world.ok('admin:root', 'caller.list')).toMatchObject({ callers: [{ number: '+49303' }] });
  });

  test('is listed in the order of blocking, page by page, also when it was blocked again', async () => {
    for (const number of ['+491', '+492', '+493', '+494']) await world.ok('admin:root', 'caller.block', { number });
    await world.ok('admin:root', 'caller.block', { number: '+491', reason: 'rude' });
    const first = await world.ok('admin:root', 'caller.list', { limit: 3 });
    expect(first).toMatchObject({
      callers: [{ number: '+491', reason: 'rude' }, { number: '+492' }, { number: '+493' }],
    });
    const { cursor } = first as { cursor: string };
    expect(await world.ok('admin:root', 'caller.list', { limit: 3, cursor })).toMatchObject({
      callers: [{ number: '+494' }],
    });
  });

  test('goes on with what lives already, and is unblocked as it was blocked', async () => {
    expect(await outcome('c1', { from: '+49301' })).toBe('done');
    await world.ok('admin:root', 'caller.block', { number: '+49301' });
    expect(await world.ok('app:web', 'contact.get', { contactId: 'c1' })).toMatchObject({ state: 'waiting' });
    expect(await outcome('c1', { from: '+49301' })).toBe('done');
    expect(await world.outcome('admin:root', 'caller.unblock', { prefix: '+49301' })).toBe('caller_not_blocked');
    await world.ok('admin:root', 'caller.unblock', { number: '+49301' });
    expect(await outcome('c2', { from: '+49301' })).toBe('done');
  });
});
