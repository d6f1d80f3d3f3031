import { afterEach, expect, test } from 'vitest';
import type { ModuleOptions } from '../../src/domain/modules.ts';
import { setAsideAgainMs } from '../../src/limits.ts';
import { DomainWorld, type Members } from './domain-world.ts';
import { expectSurvivesLoad } from './survives-load.ts';
import { trapOnceAtTimer } from './trap-once.ts';

let world: DomainWorld;

async function start(options: ModuleOptions): Promise<void> {
  world = await DomainWorld.start(options);
  await world.ok('admin:root', 'queue.set', { queueId: 'sales', channels: ['voice'] });
}

afterEach(async () => {
  await expectSurvivesLoad(world);
  await world.stop();
});

const call = (contactId: string) => ({ contactId, channel: 'voice', queueId: 'sales' });

async function over(contactId: string): Promise<Members> {
  const created = await world.ok('switch:pbx', 'contact.create', call(contactId));
  await world.ok('switch:pbx', 'contact.cancel', { contactId });
  return created;
}

const outcome = (contactId: string) => world.outcome('switch:pbx', 'contact.get', { contactId });

test('an ended contact is remembered for its time, also over a restart, and then forgotten', async () => {
  await start({ contactRetentionMs: 10_000 });
  await over('a');
  await world.pass(6_000);
  await over('b');
  await world.stop();
  await world.reopen();
  expect(await outcome('a')).toBe('done');
  await world.pass(4_000);
  expect([await outcome('a'), await outcome('b')]).toEqual(['contact_not_found', 'done']);
  await world.pass(6_000);
  expect(await outcome('b')).toBe('contact_not_found');
  expect(await world.ok('app:crm', 'contact.list', { state: 'ended' })).toEqual({ contacts: [] });
});

test('a start with a shorter time forgets whoever is over for longer', async () => {
  await start({ contactRetentionMs: 60_000 });
  await over('a');
  await world.pass(20_000);
  await over('b');
  await world.stop();
  await world.reopen({ contactRetentionMs: 10_000 });
  await world.pass(1);
  expect([await outcome('a'), await outcome('b')]).toEqual(['contact_not_found', 'done']);
  await world.pass(10_000);
  expect(await outcome('b')).toBe('contact_not_found');
});

test('numbers, and so offers, are never used twice, even when every row is gone', async () => {
  await start({ contactRetentionMs: 10_000 });
  await over('a');
  await over('b');
  await world.pass(20_000);
  await world.stop();
  await world.reopen();
  await world.ok('admin:root', 'agent.set', { agentId: 'ada', capacity: { voice: 1 } });
  await world.ok('agent:ada', 'agent.login');
  await world.ok('agent:ada', 'agent.ready');
  world.told();
  await world.ok('switch:pbx', 'contact.create', call('c'));
  expect(world.told().find(({ event }) => event === 'offer.created')?.params.offerId).toBe('o3.1');
});

test('no more are remembered than the bound, the oldest end goes first', async () => {
  await start({ contactsEndedMax: 3 });
  await world.ok('switch:pbx', 'contact.create', call('long'));
  for (const contactId of ['a', 'b', 'c']) await over(contactId);
  await world.ok('switch:pbx', 'contact.cancel', { contactId: 'long' });
  expect([await outcome('a'), await outcome('b'), await outcome('long')]).toEqual([
    'contact_not_found',
    'done',
    'done',
  ]);
  await over('d');
  expect([await outcome('b'), await outcome('long')]).toEqual(['contact_not_found', 'done']);
});

test('many are forgotten a few hundred a tick, until none is left', async () => {
  await start({ contactRetentionMs: 10_000 });
  for (let round = 0; round < 12; round++) {
    const ids = Array.from({ length: 100 }, (_, at) => `c-${round}-${at}`);
    await world.together(...ids.map((id) => ['switch:pbx', 'contact.create', call(id)] as const));
    await world.together(...ids.map((id) => ['switch:pbx', 'contact.cancel', { contactId: id }] as const));
  }
  const before = world.harness.partition.numbers.last;
  await world.pass(10_000);
  await world.idle();
  expect(await world.ok('app:crm', 'contact.list', { state: 'ended' })).toEqual({ contacts: [] });
  expect(world.harness.partition.numbers.last - before).toBeGreaterThanOrEqual(3);
});

const routing = 1;

test('forgetting goes on although the core trapped at the follow-up that sets its timer', async () => {
  await start({ contactRetentionMs: 10_000 });
  const core = trapOnceAtTimer(world, routing);
  await over('a');
  await world.pass(10_000);
  expect(core.trapped).toBe(true);
  expect(await outcome('a')).toBe('done');
  await world.pass(setAsideAgainMs);
  expect(await outcome('a')).toBe('contact_not_found');
});
