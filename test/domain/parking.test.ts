// Deferred contacts: who may park and resume what, what is refused, and what everybody is told and shown. The rules over time are
// cases in test/acd/cases/deferred.txt.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DomainWorld, type Who } from './domain-world.ts';
import { expectSurvivesLoad } from './survives-load.ts';

let world: DomainWorld;
const mail = { contactId: 'm1', channel: 'email', queueId: 'post', from: 'ada@example.org' };

beforeEach(async () => {
  world = await DomainWorld.start();
  await world.ok('admin:root', 'queue.set', { queueId: 'post', channels: ['email', 'voice'], wrapUpMs: 5_000 });
  for (const agentId of ['ann', 'ben']) {
    await world.ok('admin:root', 'agent.set', { agentId, capacity: { email: 2, voice: 1, total: 2 } });
    await world.ok(`agent:${agentId}`, 'agent.login', {});
  }
  await world.ok('agent:ann', 'agent.ready');
});

afterEach(async () => {
  await expectSurvivesLoad(world);
  await world.stop();
});

async function served(contactId = 'm1'): Promise<void> {
  await world.ok('app:crm', 'contact.create', { ...mail, contactId });
  const { offerId } = await world.ok('app:crm', 'contact.get', { contactId });
  await world.ok('agent:ann', 'offer.accept', { offerId });
}

const contact = async (contactId = 'm1') => {
  await world.idle();
  return world.ok('app:crm', 'contact.get', { contactId });
};

describe('parking', () => {
  test('tells its agent and whoever brought it, in this order: that it left, and when it is due', async () => {
    await served();
    world.told();
    const dueAt = world.clock.now() + 60_000;
    const answer = await world.ok('agent:ann', 'contact.park', { contactId: 'm1', dueAt });
    expect(answer).toMatchObject({ state: 'parked', waitedMs: 0, parked: { agentId: 'ann', dueAt } });
    const told = world.told().filter(({ params }) => params.contactId === 'm1');
    expect(told.map(({ to, event }) => `${to} ${event}`)).toEqual(
      expect.arrayContaining([
        'app:crm contact.parted',
        'agent:ann contact.parted',
        'app:crm contact.parked',
        'agent:ann contact.parked',
      ]),
    );
    expect(told.findLast(({ event }) => event === 'contact.parked')?.params).toEqual({
      contactId: 'm1',
      agentId: 'ann',
      dueAt,
    });
  });

  test('is asked again without harm, and answered as before', async () => {
    await served();
    const asked = { contactId: 'm1', requestId: 'once' };
    const first = await world.ok('agent:ann', 'contact.park', asked);
    expect(await world.ok('agent:ann', 'contact.park', asked)).toEqual(first);
  });

  test.each([
    ['too far ahead', { dueAt: 'in two years' }, 'too_large'],
    ['of nobody', { contactId: 'm9' }, 'contact_not_found'],
  ])('%s is refused', async (_, more, refusal) => {
    await served();
    const dueAt = 'dueAt' in more ? { dueAt: world.clock.now() + 2 * 366 * 86_400_000 } : {};
    const asked = { contactId: 'm1', ...more, ...dueAt };
    expect(await world.outcome('agent:ann', 'contact.park', asked)).toBe(refusal);
  });

  test('of a contact that is over, whose media are at a switch, or whose channel is not deferred, is refused', async () => {
    await world.ok('admin:root', 'tenant.set', { deferredChannels: ['voice'] });
    await served();
    expect(await world.outcome('agent:ann', 'contact.park', { contactId: 'm1' })).toBe('channel_not_deferred');
    await world.presence('switch:pbx', true);
    await world.ok('switch:pbx', 'contact.create', { ...mail, contactId: 'v1', channel: 'voice', legId: 'A' });
    expect(await world.outcome('app:crm', 'contact.park', { contactId: 'v1' })).toBe('contact_with_legs');
    await world.ok('app:crm', 'contact.end', { contactId: 'm1' });
    expect(await world.outcome('app:crm', 'contact.park', { contactId: 'm1' })).toBe('contact_already_ended');
    await world.ok('switch:pbx', 'contact.end', { contactId: 'v1' });
    await world.ok('admin:root', 'queue.set', { queueId: 'post', channels: ['email', 'voice'], callback: {} });
    await world.ok('app:crm', 'callback.request', { callbackId: 'b1', queueId: 'post', number: '+493012345' });
    await world.idle();
    expect(await world.outcome('app:crm', 'contact.park', { contactId: 'callback:1.1' })).toBe('contact_with_legs');
  });
});

describe('a parked contact', () => {
  beforeEach(async () => {
    await served();
    await world.ok('agent:ann', 'contact.park', { contactId: 'm1' });
  });

  test('is in the state and in the lists of its agent, and of supervisors', async () => {
    const { state } = await world.ok('agent:ann', 'session.open');
    expect(state).toMatchObject({ contacts: [], parked: [{ contactId: 'm1', state: 'parked' }] });
    const listed = async (who: Who, params = {}) =>
      ((await world.ok(who, 'contact.list', params)).contacts as { contactId: string }[]).map((one) => one.contactId);
    expect(await listed('agent:ann')).toEqual(['m1']);
    expect(await listed('agent:ben')).toEqual([]);
    expect(await listed('agent:ben', { state: 'parked' })).toEqual(['m1']);
    expect(await listed('supervisor:boss', { state: 'parked', queueId: 'post' })).toEqual(['m1']);
    expect(await listed('supervisor:boss', { state: 'waiting' })).toEqual([]);
  });

  test('keeps its queue from being removed', async () => {
    expect(await world.outcome('admin:root', 'queue.remove', { queueId: 'post' })).toBe('queue_not_empty');
  });

  test('may be changed, and is where it was', async () => {
    world.told();
    await world.ok('app:crm', 'contact.update', { contactId: 'm1', priority: 5 });
    expect(await contact()).toMatchObject({ state: 'parked', priority: 5 });
    expect(world.told()).toEqual([]);
  });

  test('is not to be ended, or given another time, by a colleague', async () => {
    expect(await world.outcome('agent:ben', 'contact.end', { contactId: 'm1' })).toBe('not_allowed_for_role');
    expect(await world.outcome('agent:ben', 'contact.park', { contactId: 'm1' })).toBe('not_allowed_for_role');
  });

  test('waits for an agent to whom it is given, and is in service with that one only once it is accepted', async () => {
    await world.ok('agent:ben', 'agent.ready');
    await world.ok('app:crm', 'contact.unpark', { contactId: 'm1', to: { agentId: 'ben' } });
    expect(await contact()).toMatchObject({ state: 'ringing', agentId: 'ben', resumedAt: world.clock.now() });
  });

  test('is not taken up by who is not ready, logged out, or has as much as it may have in all', async () => {
    expect(await world.outcome('agent:ben', 'contact.unpark', { contactId: 'm1' })).toBe('agent_not_ready');
    await world.ok('agent:ben', 'agent.logout', { when: 'now' });
    expect(await world.outcome('agent:ben', 'contact.unpark', { contactId: 'm1' })).toBe('agent_not_logged_in');
    for (const contactId of ['m2', 'm3']) await served(contactId);
    expect(await world.outcome('agent:ann', 'contact.unpark', { contactId: 'm1' })).toBe('agent_has_no_free_line');
    expect(await contact()).toMatchObject({ state: 'parked' });
  });

  test('that two take up at once is one’s', async () => {
    await world.ok('agent:ben', 'agent.ready');
    await world.together(
      ['agent:ann', 'contact.unpark', { contactId: 'm1' }],
      ['agent:ben', 'contact.unpark', { contactId: 'm1' }],
    );
    const { state, agentId } = await contact();
    expect(state).toBe('connected');
    expect(['ann', 'ben']).toContain(agentId);
  });
});
