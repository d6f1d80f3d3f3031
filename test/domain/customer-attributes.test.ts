// Attributes of customers: what is kept, what holds of a person, what agents are shown of it, and what they may say of who is who.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { customerAttributesBytesMax } from '../../src/limits.ts';
import { DomainWorld, type Members } from './domain-world.ts';
import { expectSurvivesLoad } from './survives-load.ts';

let world: DomainWorld;
const app = 'app:crm' as const;
const anna = 'agent:anna' as const;
const identity = { scheme: 'tel', value: '+4930123401' };

beforeEach(async () => {
  world = await DomainWorld.start();
  await world.ok('admin:root', 'queue.set', { queueId: 'sales', channels: ['chat'] });
  await world.ok('admin:root', 'agent.set', { agentId: 'anna', name: 'Anna', capacity: { chat: 3 } });
  await world.ok(app, 'customer.resolve', { identity });
});

afterEach(async () => {
  await expectSurvivesLoad(world);
  await world.stop();
});

const noted = (customerId: string, attributes: Members) => world.ok(app, 'customer.update', { customerId, attributes });
const attributesOf = async (customerId: string) => (await world.ok(app, 'customer.get', { customerId })).attributes;

describe('what is kept', () => {
  test('is added name by name, and null takes one away', async () => {
    await noted('c1', { name: 'Ada', tags: ['a', { b: 1 }] });
    expect(await noted('c1', { name: null, language: 'de' })).toEqual({
      customerId: 'c1',
      attributes: { tags: ['a', { b: 1 }], language: 'de' },
    });
    await noted('c1', { tags: null, language: null });
    expect(await attributesOf('c1')).toBeUndefined();
  });

  test('is bounded as a whole, and what is refused changes nothing', async () => {
    await noted('c1', { one: 'x'.repeat(3_000) });
    expect(
      await world.call(app, 'customer.update', { customerId: 'c1', attributes: { two: 'x'.repeat(2_000) } }),
    ).toEqual({
      refusal: expect.objectContaining({
        refusal: 'customer_attributes_too_large',
        data: { bytes: expect.any(Number), max: customerAttributesBytesMax },
      }),
    });
    expect(await attributesOf('c1')).toEqual({ one: 'x'.repeat(3_000) });
  });

  test('names that objects have by themselves are names as any other', async () => {
    await noted('c1', { constructor: 'a', toString: 'b' });
    expect(await attributesOf('c1')).toEqual({ constructor: 'a', toString: 'b' });
  });

  test('of a person what was noted last holds, also within one tick', async () => {
    await world.ok(app, 'customer.resolve', { identity: { scheme: 'email', value: 'ada@x.example' } });
    await world.ok(app, 'customer.merge', { linkId: 'l1', customerId: 'c1', otherId: 'c2' });
    await Promise.all([
      noted('c1', { language: 'de' }),
      noted('c2', { language: 'en' }),
      noted('c1', { language: 'fr' }),
    ]);
    expect(await attributesOf('c2')).toEqual({ language: 'fr' });
    await noted('c1', { language: null });
    expect(await attributesOf('c1')).toBeUndefined();
    await world.ok(app, 'customer.split', { linkId: 'l1' });
    expect(await attributesOf('c1')).toBeUndefined();
    expect(await attributesOf('c2')).toEqual({ language: 'en' });
  });
});

describe('what agents are shown', () => {
  const shownTo = async (contactId: string) =>
    (await world.ok(anna, 'contact.get', { contactId })).customerAttributes as Members | undefined;

  beforeEach(async () => {
    await world.ok(anna, 'agent.login');
    await world.ok(anna, 'agent.ready');
  });

  test('as it is at that moment, also of who was found to be one with the customer, and no more than is small', async () => {
    await world.ok(app, 'contact.create', { contactId: 'a', channel: 'chat', queueId: 'sales', identity });
    expect(await shownTo('a')).toBeUndefined();
    await noted('c1', { language: 'de' });
    expect(await shownTo('a')).toEqual({ language: 'de' });
    await world.ok(app, 'customer.resolve', { identity: { scheme: 'email', value: 'ada@x.example' } });
    await noted('c2', { segment: 'gold' });
    await world.ok(app, 'customer.merge', { linkId: 'l1', customerId: 'c1', otherId: 'c2' });
    expect(await shownTo('a')).toEqual({ language: 'de', segment: 'gold' });
    await world.ok(app, 'customer.split', { linkId: 'l1' });
    expect(await shownTo('a')).toEqual({ language: 'de' });
    await noted('c1', { note: 'x'.repeat(1_024) });
    expect(await shownTo('a')).toBeUndefined();
  });

  test('of a contact that is refused nothing stays', async () => {
    await world.ok('admin:root', 'queue.set', { queueId: 'full', channels: ['chat'], maxWaiting: 1, whenFull: 'end' });
    await noted('c1', { language: 'de' });
    const call = (contactId: string) =>
      world.call(app, 'contact.create', {
        contactId,
        channel: 'chat',
        queueId: 'full',
        identity,
        requires: { all: [{ skill: 'none' }] },
      });
    expect(await Promise.all([call('a'), call('b')])).toMatchObject([
      { result: {} },
      { refusal: { refusal: 'queue_full' } },
    ]);
  });
});
