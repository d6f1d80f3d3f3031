import { afterEach, beforeEach, expect, test } from 'vitest';
import { DomainWorld, type Members, nameOf } from './domain-world.ts';
import { expectSurvivesLoad } from './survives-load.ts';

let world: DomainWorld;
const identity = { scheme: 'tel', value: '+49 171' };

beforeEach(async () => {
  world = await DomainWorld.start();
  await world.ok('admin:root', 'queue.set', { queueId: 'sales', channels: ['voice'] });
  await world.ok('admin:root', 'queue.set', { queueId: 'full', channels: ['voice'], maxWaiting: 0 });
  await world.ok('admin:root', 'agent.set', { agentId: 'ada', capacity: { voice: 1 } });
});

afterEach(async () => {
  await expectSurvivesLoad(world);
  await world.stop();
});

const contact = (contactId: string, more: Members = {}) => ({
  contactId,
  channel: 'voice',
  queueId: 'sales',
  identity,
  ...more,
});

test('a contact with an identity makes a customer, the next one finds it', async () => {
  const first = await world.ok('switch:pbx', 'contact.create', contact('a'));
  const second = await world.ok('switch:pbx', 'contact.create', contact('b'));
  expect(first.customerId).toBe('c1');
  expect(second.customerId).toBe('c1');
  expect(await world.ok('app:crm', 'customer.resolve', { identity })).toEqual({ customerId: 'c1', created: false });
});

test('two contacts of one new identity in one tick make one customer', async () => {
  const [one, two] = await world.together(
    ['switch:pbx', 'contact.create', contact('a')],
    ['switch:pbx', 'contact.create', contact('b')],
  );
  expect([one, two]).toMatchObject([{ result: { customerId: 'c1' } }, { result: { customerId: 'c1' } }]);
  expect(await world.ok('app:crm', 'customer.get', { identity })).toMatchObject({
    customerId: 'c1',
    identities: [identity],
  });
});

test('the customer is there when only the first of two contacts is refused', async () => {
  const answers = await world.together(
    ['switch:pbx', 'contact.create', contact('a', { queueId: 'full' })],
    ['switch:pbx', 'contact.create', contact('b')],
  );
  expect(answers.map(nameOf)).toEqual(['queue_full', 'done']);
  expect(await world.ok('app:crm', 'customer.get', { customerId: 'c1' })).toMatchObject({ identities: [identity] });
});

test('the customer never was when all of its contacts are refused', async () => {
  await world.together(
    ['switch:pbx', 'contact.create', contact('a', { queueId: 'full' })],
    ['switch:pbx', 'contact.create', contact('b', { queueId: 'full' })],
  );
  expect(await world.outcome('app:crm', 'customer.get', { identity })).toBe('customer_not_found');
  expect(await world.ok('app:crm', 'customer.resolve', { identity })).toMatchObject({ created: true });
});

test('an identity resolved twice in one tick is created once', async () => {
  const [one, two, three] = await world.together(
    ['app:crm', 'customer.resolve', { identity }],
    ['app:crm', 'customer.resolve', { identity }],
    ['switch:pbx', 'contact.create', contact('a')],
  );
  expect(one).toEqual({ result: { customerId: 'c1', created: true } });
  expect(two).toEqual({ result: { customerId: 'c1', created: false } });
  expect(three).toMatchObject({ result: { customerId: 'c1' } });
});

test('identities are told apart by scheme and value', async () => {
  const ids = new Set<unknown>();
  for (const [scheme, value] of [
    ['tel', '1'],
    ['tel', '11'],
    ['tel1', '1'],
    ['email', 'ä@x'],
  ]) {
    ids.add((await world.ok('app:crm', 'customer.resolve', { identity: { scheme, value } })).customerId);
  }
  expect(ids.size).toBe(4);
});

test('the agent who served last is remembered, and shown with the offer’s customer', async () => {
  await world.ok('agent:ada', 'agent.login');
  await world.ok('agent:ada', 'agent.ready');
  await world.ok('switch:pbx', 'contact.create', contact('a'));
  expect(world.told().find(({ event }) => event === 'offer.created')?.params).toMatchObject({
    contact: { customerId: 'c1', identity },
  });
  await world.pass(500);
  await world.ok('agent:ada', 'offer.accept', { offerId: 'o1.1' });
  expect(await world.ok('app:crm', 'customer.get', { identity })).toEqual({
    customerId: 'c1',
    identities: [{ ...identity, customerId: 'c1' }],
    createdAt: world.clock.now() - 500,
    lastAgentId: 'ada',
    lastServedAt: world.clock.now(),
  });
});
