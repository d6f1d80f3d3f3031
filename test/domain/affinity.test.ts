import { afterEach, beforeEach, expect, test } from 'vitest';
import { affinityLookedAtAgainMs } from '../../src/limits.ts';
import { DomainWorld, type Members, nameOf } from './domain-world.ts';
import { expectSurvivesLoad } from './survives-load.ts';

let world: DomainWorld;
const identityOf = (at: number) => ({ scheme: 'tel', value: `+49 ${at}` });

beforeEach(async () => {
  world = await DomainWorld.start();
  await queue('sales', {});
  await queue('help', {});
  for (const agentId of ['ada', 'ben']) await world.ok('admin:root', 'agent.set', { agentId, capacity: { voice: 1 } });
});

afterEach(async () => {
  await expectSurvivesLoad(world);
  await world.stop();
});

const queue = (queueId: string, affinity: Members) =>
  world.ok('admin:root', 'queue.set', { queueId, channels: ['voice'], wrapUpMs: 0, affinity });

async function works(agentId: string) {
  await world.ok(`agent:${agentId}`, 'agent.login');
  await world.ok(`agent:${agentId}`, 'agent.ready');
}

let made = 0;
const come = async (customer: number, queueId = 'sales') => {
  const contactId = `call-${++made}`;
  const identity = identityOf(customer);
  await world.ok('switch:pbx', 'contact.create', { contactId, channel: 'voice', queueId, identity });
  return contactId;
};

/** A contact of this customer is served by whoever is rung. */
async function served(customer: number, queueId = 'sales') {
  const contactId = await come(customer, queueId);
  const { offerId, agentId } = (await world.ok('app:crm', 'contact.get', { contactId })) as { [name: string]: string };
  await world.ok(`agent:${agentId}`, 'offer.accept', { offerId });
  await world.ok('switch:pbx', 'contact.end', { contactId });
  return agentId;
}

const customers = async (many: number) => {
  for (let at = 1; at <= many; at++) await world.ok('app:crm', 'customer.resolve', { identity: identityOf(at) });
};

async function listed(of: Members = {}) {
  const { affinities } = (await world.ok('app:crm', 'affinity.list', of)) as { affinities: Members[] };
  return affinities.map(
    ({ customerId, agentId, queueId = '*', source }) => `${customerId} ${queueId} ${agentId} ${source}`,
  );
}

test('the table is listed in pages, by customer and by agent', async () => {
  await customers(5);
  for (let at = 1; at <= 5; at++)
    await world.ok('app:crm', 'affinity.set', { customerId: `c${at}`, agentId: at % 2 === 0 ? 'ada' : 'ben' });
  await world.ok('app:crm', 'affinity.set', { customerId: 'c2', agentId: 'ben', queueId: 'help' });
  await works('ada');
  await served(3);
  const all = ['c1 * ben set', 'c2 * ada set', 'c2 help ben set', 'c3 * ben set', 'c3 sales ada lastAgent'];
  expect(await listed()).toEqual([...all, 'c4 * ada set', 'c5 * ben set']);
  expect(await listed({ customerId: 'c2' })).toEqual(['c2 * ada set', 'c2 help ben set']);
  expect(await listed({ agentId: 'ada' })).toEqual(['c2 * ada set', 'c3 sales ada lastAgent', 'c4 * ada set']);
  expect(await listed({ agentId: 'ada', customerId: 'c2' })).toEqual(['c2 * ada set']);
  const pages: unknown[][] = [];
  for (let cursor: unknown; ; ) {
    const page = (await world.ok('app:crm', 'affinity.list', {
      limit: 2,
      ...(cursor !== undefined && { cursor }),
    })) as {
      affinities: Members[];
      cursor?: string;
    };
    pages.push(page.affinities.map(({ customerId }) => customerId));
    cursor = page.cursor;
    if (cursor === undefined) break;
  }
  expect(pages).toEqual([['c1', 'c2'], ['c2', 'c3'], ['c3', 'c4'], ['c5']]);
});

test('what was set hides what was learned, which is there again once that runs out', async () => {
  await works('ada');
  expect(await served(1)).toBe('ada');
  expect(await listed()).toEqual(['c1 sales ada lastAgent']);
  const expiresAt = world.clock.now() + 10_000;
  await world.ok('app:crm', 'affinity.set', { customerId: 'c1', agentId: 'ben', queueId: 'sales', expiresAt });
  expect(await listed()).toEqual(['c1 sales ben set']);
  expect(await listed({ agentId: 'ada' })).toEqual([]);
  await world.pass(10_000);
  expect(await listed()).toEqual(['c1 sales ada lastAgent']);
  expect(await listed({ agentId: 'ben' })).toEqual([]);
});

test('rows that have run out are removed by their timer', async () => {
  await queue('sales', { expiresAfterMs: 5_000 });
  await works('ada');
  await served(1);
  await customers(2);
  await world.ok('app:crm', 'affinity.set', { customerId: 'c2', agentId: 'ada', expiresAt: world.clock.now() + 3_000 });
  expect(await listed()).toHaveLength(2);
  await world.pass(3_000);
  expect(await listed()).toEqual(['c1 sales ada lastAgent']);
  await world.pass(1_000);
  await served(1);
  await world.pass(4_999);
  expect(await listed()).toEqual(['c1 sales ada lastAgent']);
  await world.pass(2);
  expect(await listed()).toEqual([]);
  expect((await world.ok('app:crm', 'affinity.remove', { customerId: 'c1' })).removed).toBe(0);
});

test('rows of agents and queues that are no more are removed when they are looked at again', async () => {
  await customers(3);
  await world.ok('app:crm', 'affinity.set', { customerId: 'c1', agentId: 'ada' });
  await world.ok('app:crm', 'affinity.set', { customerId: 'c2', agentId: 'ben', queueId: 'help' });
  await world.ok('app:crm', 'affinity.set', { customerId: 'c3', agentId: 'ben' });
  await world.ok('admin:root', 'agent.remove', { agentId: 'ada' });
  await world.ok('admin:root', 'queue.remove', { queueId: 'help' });
  await world.pass(affinityLookedAtAgainMs + 1);
  expect(await listed()).toEqual(['c3 * ben set']);
});

test('set twice in one tick, the later one counts; set and removed, nothing is left', async () => {
  await customers(2);
  const set = (customerId: string, agentId: string): ['app:crm', 'affinity.set', Members] => [
    'app:crm',
    'affinity.set',
    { customerId, agentId },
  ];
  const answers = await world.together(set('c1', 'ada'), set('c1', 'ben'), set('c2', 'ada'), [
    'app:crm',
    'affinity.remove',
    { customerId: 'c2' },
  ]);
  expect(answers.map(nameOf)).toEqual(['done', 'done', 'done', 'done']);
  expect(await listed()).toEqual(['c1 * ben set']);
  expect(await listed({ agentId: 'ada' })).toEqual([]);
});

test('a refused contact has learned nothing and asked for nobody', async () => {
  await world.ok('admin:root', 'queue.set', { queueId: 'sales', channels: ['voice'], affinity: {}, maxWaiting: 0 });
  await customers(1);
  await world.ok('app:crm', 'affinity.set', { customerId: 'c1', agentId: 'ada' });
  const contact = { contactId: 'no', channel: 'voice', queueId: 'sales', identity: identityOf(1) };
  expect(await world.outcome('switch:pbx', 'contact.create', contact)).toBe('queue_full');
  await works('ada');
  expect(await world.ok('switch:pbx', 'contact.create', contact)).toMatchObject({ state: 'ringing', agentId: 'ada' });
});
