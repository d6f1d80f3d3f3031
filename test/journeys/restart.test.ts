// What is there again after a restart: everything. Each journey has a router of its own, stops and starts it at the same
// address, and its parties come back by themselves.

import { describe, expect, test } from 'vitest';
import { accept, restart, startFloor } from './floor.ts';
import { sleep } from './router-harness.ts';

describe('after a restart', () => {
  test('parties are told why they lose the connection, and get their full state when they come back', async () => {
    const { router, floor } = await startFloor();
    await floor.queue('sales');
    const ann = await floor.agent('ann', { queues: ['sales'] });
    await floor.call('c1', 'sales', { from: '+4930', attributes: { vip: true } });
    await accept(ann);
    await floor.call('c2', 'sales');
    await restart(router, [ann, floor.sw]);
    expect(ann.losses[0]).toEqual({ code: 1001, reason: 'router_stopping' });
    expect(ann.state).toMatchObject({
      agent: { agentId: 'ann', state: 'inService', ready: true },
      lines: [{ lineId: 'ann.voice.1', state: 'connected', contactId: 'c1' }],
      offers: [],
      contacts: [{ contactId: 'c1', state: 'connected', from: '+4930', attributes: { vip: true } }],
    });
    expect((floor.sw.state.contacts as { contactId: string }[]).map(({ contactId }) => contactId)).toEqual([
      'c1',
      'c2',
    ]);
    await floor.hangUp('c1');
    expect((await accept(ann)).contactId).toBe('c2');
  });

  test('an offer rings anew for its whole time, counts as no miss, and can be accepted', async () => {
    const { router, floor } = await startFloor();
    await floor.queue('sales', { offerMs: 900 });
    const ann = await floor.agent('ann', { queues: ['sales'] });
    await floor.call('c1', 'sales');
    const before = await ann.next('offer.created');
    await restart(router, [ann], () => sleep(1_000));
    const [offer] = ann.state.offers as { offerId: string; expiresAt: number }[];
    expect(offer).toMatchObject({ offerId: before.offerId, contactId: 'c1', lineId: before.lineId });
    expect(offer!.expiresAt).toBeGreaterThanOrEqual(before.expiresAt + 900);
    expect(await ann.call('offer.accept', { offerId: offer!.offerId })).toMatchObject({ state: 'connected' });
    expect(ann.told.filter(({ event }) => event === 'offer.withdrawn')).toEqual([]);
  });

  test('a wrap-up ends when it was to end, and the agent is offered the next contact', async () => {
    const { router, floor } = await startFloor();
    await floor.queue('sales', { wrapUpMs: 1_500 });
    const ann = await floor.agent('ann', { queues: ['sales'] });
    await floor.call('c1', 'sales');
    await accept(ann);
    await floor.hangUp('c1');
    const { untilMs } = await ann.next('contact.wrapUp');
    await restart(router, [ann]);
    expect(ann.state).toMatchObject({ contacts: [{ contactId: 'c1', state: 'wrapUp', untilMs }] });
    await floor.call('c2', 'sales');
    const offer = await ann.next('offer.created');
    expect(offer.contactId).toBe('c2');
    expect(offer.expiresAt - 20_000).toBeGreaterThanOrEqual(untilMs);
  });

  test('the wait for one agent goes on until its time', async () => {
    const { router, floor } = await startFloor();
    await floor.queue('sales');
    const ann = await floor.agent('ann', { queues: ['sales'] });
    await floor.call('c1', 'sales');
    await accept(ann);
    await floor.call('c2', 'sales', { agentId: 'ann', direct: { waitMs: 1_500, orElse: 'end' } });
    const { untilMs } = await floor.sw.next('contact.waitingFor');
    await restart(router, [ann, floor.sw]);
    expect(ann.state.waitedFor).toEqual([{ contactId: 'c2', untilMs }]);
    expect(await floor.sw.next('contact.ended')).toMatchObject({ contactId: 'c2', why: 'agentUnavailable' });
  });

  test('the order of those who wait is as before, by priority, credit and age', async () => {
    const { router, floor } = await startFloor();
    await floor.queue('sales');
    await floor.call('c1', 'sales');
    await floor.call('c2', 'sales', { waitCreditMs: 3_600_000 });
    await floor.call('c3', 'sales', { priority: 9_000 });
    await floor.call('c4', 'sales');
    await floor.sw.call('contact.update', { contactId: 'c4', priority: 20_000 });
    await restart(router, [floor.sw, floor.admin]);
    const ann = await floor.agent('ann', { queues: ['sales'] });
    const order: string[] = [];
    for (let at = 0; at < 4; at++) {
      const { contactId } = await accept(ann);
      order.push(contactId);
      await floor.hangUp(contactId);
    }
    expect(order).toEqual(['c4', 'c3', 'c2', 'c1']);
  });

  test('repeated requests still get their first answers, and created contacts are known', async () => {
    const { router, floor } = await startFloor();
    await floor.queue('sales');
    const wish = { contactId: 'c1', queueId: 'sales', channel: 'voice' };
    const change = { contactId: 'c1', priority: 7, requestId: 'once' };
    const before = await router.openSocket('switch', 'sw1');
    const created = await before.call('contact.create', wish);
    const first = await before.call('contact.update', change);
    await floor.sw.call('contact.update', { contactId: 'c1', priority: 8 });
    await restart(router, []);
    const after = await router.openSocket('switch', 'sw1');
    expect((await after.call('contact.update', change)).result).toEqual(first.result);
    expect((await after.call('contact.get', { contactId: 'c1' })).result).toMatchObject({ priority: 8 });
    const again = (await after.call('contact.create', wish)).result as { arrivedAt: number };
    expect(again.arrivedAt).toBe((created.result as { arrivedAt: number }).arrivedAt);
    const other = await after.call('contact.create', { ...wish, from: 'other' });
    expect(other).toMatchObject({ error: { data: { refusal: 'contact_exists_with_different_content' } } });
    const reused = await after.call('contact.cancel', { contactId: 'c1', requestId: 'once' });
    expect(reused).toMatchObject({ error: { data: { refusal: 'request_id_reused_with_different_content' } } });
  });

  test('a customer is the same one, with the agent who served last', async () => {
    const { router, floor } = await startFloor();
    await floor.queue('sales');
    const identity = { scheme: 'tel', value: '+49301234' };
    const ann = await floor.agent('ann', { queues: ['sales'] });
    const resolved = await floor.sw.call('customer.resolve', { identity });
    expect(resolved).toMatchObject({ created: true });
    const { customerId } = resolved;
    expect(await floor.call('c1', 'sales', { identity })).toMatchObject({ customerId });
    await accept(ann);
    await restart(router, [floor.sw, floor.admin]);
    expect(await floor.sw.call('customer.resolve', { identity })).toEqual({
      customerId,
      created: false,
      lastAgentId: 'ann',
    });
    expect(await floor.sw.call('customer.get', { customerId })).toMatchObject({
      identities: [identity],
      lastAgentId: 'ann',
    });
    const stranger = await floor.sw.call('customer.resolve', { identity: { scheme: 'tel', value: '+4930' } });
    expect(stranger.customerId).not.toBe(customerId);
    expect(await floor.sw.refusal('customer.get', { customerId: 'c999' })).toBe('customer_not_found');
  });

  test('a supervisor goes on watching, and the numbers of the day go on', async () => {
    const { router, floor } = await startFloor();
    await floor.queue('sales', { wrapUpMs: 0 });
    const sup = await router.open('supervisor', 'sup');
    await sup.call('supervisor.watch', { queues: ['sales'] });
    const ann = await floor.agent('ann', { queues: ['sales'] });
    for (const contactId of ['c1', 'c2']) {
      await floor.call(contactId, 'sales');
      await accept(ann);
      await floor.hangUp(contactId);
    }
    await ann.call('agent.notReady', { reason: 'tea' });
    await floor.call('c3', 'sales');
    await floor.sw.call('contact.cancel', { contactId: 'c3' });
    const day = { arrived: 3, answered: 2, answeredWithin: 2, abandoned: 1, serviceLevelPercent: 67, waiting: 0 };
    const told = await sup.next('queue.stats', ({ abandoned }) => abandoned === 1);
    const startedAt = Math.floor(told.at / 86_400_000);
    expect(told).toMatchObject(day);
    await restart(router, [sup, ann, floor.sw]);
    if (Math.floor(Date.now() / 86_400_000) !== startedAt) return;
    expect(sup.state).toMatchObject({
      queues: [{ queueId: 'sales', ...day }],
      agents: [{ agentId: 'ann', reason: 'tea' }],
    });
    // Without asking anew.
    await ann.call('agent.ready', {});
    expect(await sup.next('agent.changed', ({ state }) => state === 'ready')).toMatchObject({ agentId: 'ann' });
    await floor.call('c4', 'sales');
    expect(await sup.next('queue.stats', ({ arrived }) => arrived === 4)).toMatchObject({ answered: 2 });
  });

  test('ten restarts in a row leave everything in its place', async () => {
    const { router, floor } = await startFloor();
    await floor.queue('sales');
    await floor.seated('ann', { queues: ['sales'] });
    await floor.call('c1', 'sales');
    for (let at = 0; at < 10; at++) {
      await restart(router, [floor.sw]);
      expect(await floor.sw.call('contact.list', {})).toMatchObject({
        contacts: [{ contactId: 'c1', state: 'waiting' }],
      });
    }
    expect(await floor.admin.call('agent.get', { agentId: 'ann' })).toMatchObject({
      state: 'notReady',
      reason: 'loggedIn',
    });
  });
});
