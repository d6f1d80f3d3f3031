// Who may not do what: by role, and for things that are another's.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Role } from '../../src/engine/egress.ts';
import { methodNames, methods } from '../../src/protocol/methods.ts';
import { accept, Floor } from './floor.ts';
import type { Party } from './party.ts';
import { JourneyRouter } from './router-harness.ts';

let router: JourneyRouter;
let floor: Floor;
beforeAll(async () => {
  router = await JourneyRouter.start();
  floor = await Floor.of(router);
});
afterAll(() => router?.close());

const roles: readonly Role[] = ['admin', 'app', 'switch', 'agent', 'customer', 'supervisor'];

describe('by role', () => {
  test.each(roles)(
    'a session of the role %s is refused every method that is not its own, whatever the parameters',
    async (role) => {
      const party = await router.open(role, 'somebody');
      const others = methodNames.filter((name) => !(methods[name].roles as readonly Role[]).includes(role));
      expect(others.length).toBeGreaterThan(0);
      for (const name of others) expect([name, await party.refusal(name, {})]).toEqual([name, 'not_allowed_for_role']);
    },
  );
});

describe.concurrent('what is another’s', () => {
  test('an agent acts on its own contacts and seat alone', async () => {
    await floor.queue('agents');
    const mine = await floor.agent('ada', { queues: ['agents'] });
    const other = await floor.seated('bea', { queues: ['agents'] });
    await floor.call('ag1', 'agents');
    const { offerId } = await accept(mine);
    expect(await other.refusal('contact.get', { contactId: 'ag1' })).toBe('contact_not_found');
    expect(await other.refusal('contact.end', { contactId: 'ag1' })).toBe('contact_not_found');
    expect(await other.refusal('contact.wrapUpDone', { contactId: 'ag1' })).toBe('contact_not_found');
    expect(await other.refusal('offer.accept', { offerId })).toBe('offer_no_longer_open');
    for (const method of ['agent.get', 'agent.login', 'agent.ready', 'line.list']) {
      expect(await other.refusal(method, { agentId: 'ada' })).toBe('not_allowed_for_role');
    }
    expect(await other.refusal('agent.notReady', { agentId: 'ada', reason: 'x' })).toBe('not_allowed_for_role');
    expect(await other.refusal('agent.logout', { agentId: 'ada', when: 'now' })).toBe('not_allowed_for_role');
    expect(await other.call('contact.list', {})).toEqual({ contacts: [] });
    expect(await mine.refusal('contact.end', { contactId: 'ag1', by: 'customer' })).toBe('not_allowed_for_role');
    expect(await mine.call('contact.get', { contactId: 'ag1' })).toMatchObject({ state: 'connected' });
  });

  test('an agent cannot end what only rings at it', async () => {
    await floor.queue('rings');
    const agent = await floor.agent('rita', { queues: ['rings'] });
    await floor.call('ri1', 'rings');
    await agent.next('offer.created');
    expect(await agent.refusal('contact.end', { contactId: 'ri1' })).toBe('not_allowed_for_role');
    expect(await floor.sw.call('contact.get', { contactId: 'ri1' })).toMatchObject({ state: 'ringing' });
  });

  test.each(['switch', 'customer'] as const)('a %s has to do with its own contacts alone', async (role) => {
    const queueId = `of-${role}`;
    await floor.queue(queueId);
    const [mine, other] = [await router.open(role, 'mine'), await router.open(role, 'other')];
    const wish = { contactId: `${role}-1`, queueId, channel: 'voice' };
    await mine.call('contact.create', wish);
    const { contactId } = wish;
    for (const method of ['contact.get', 'contact.cancel', 'contact.end']) {
      expect(await other.refusal(method, { contactId })).toBe('contact_not_found');
    }
    expect(await other.call('contact.list', { queueId })).toEqual({ contacts: [] });
    expect(await other.refusal('contact.create', wish)).toBe('contact_exists_with_different_content');
    expect(await mine.call('contact.list', { queueId })).toMatchObject({ contacts: [{ contactId, state: 'waiting' }] });
    await mine.call('contact.cancel', { contactId });
    expect(await other.refusal('contact.get', { contactId })).toBe('contact_not_found');
    expect(await mine.call('contact.get', { contactId })).toMatchObject({ state: 'ended' });
    await other.call('contact.list', {});
    expect(other.told).toEqual([]);
  });

  test('a customer cannot say who it is, nor how important', async () => {
    await floor.queue('humble');
    const customer: Party = await router.open('customer', 'humble-1');
    const wish = { contactId: 'hu1', queueId: 'humble', channel: 'voice' };
    for (const more of [{ priority: 9 }, { waitCreditMs: 9 }, { identity: { scheme: 'tel', value: '+491' } }]) {
      expect(await customer.refusal('contact.create', { ...wish, ...more })).toBe('not_allowed_for_role');
    }
    expect(await customer.call('contact.create', wish as never)).toMatchObject({ state: 'waiting' });
  });

  test('an application may act on what a switch brought, and only the switch is told', async () => {
    await floor.queue('apps');
    const app = await router.open('app', 'crm');
    await floor.call('app1', 'apps');
    await app.call('contact.update', { contactId: 'app1', priority: 3 });
    expect(await app.call('contact.end', { contactId: 'app1' })).toMatchObject({ state: 'ended' });
    expect(await floor.sw.next('contact.ended', ({ contactId }) => contactId === 'app1')).toMatchObject({
      why: 'byApplication',
    });
    expect(app.told).toEqual([]);
  });
});
