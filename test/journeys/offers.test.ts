// What can become of an offer: accepted, rejected, missed, cancelled, withdrawn; and of a wish for one agent.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accept, Floor } from './floor.ts';
import { JourneyRouter } from './router-harness.ts';

let router: JourneyRouter;
let floor: Floor;
beforeAll(async () => {
  router = await JourneyRouter.start();
  floor = await Floor.of(router);
});
afterAll(() => router?.close());

describe.concurrent('an offer', () => {
  test('that is rejected goes to the next agent, and the first one rests', async () => {
    await floor.queue('rejecting', { select: 'linear', afterRejectMs: 60_000 });
    const first = await floor.agent('r1', { queues: ['rejecting'] });
    const second = await floor.agent('r2', { queues: ['rejecting'] });
    await floor.call('rc1', 'rejecting');
    const { offerId } = await first.next('offer.created');
    const rejected = await first.call('offer.reject', { offerId, reason: 'not-mine' });
    expect(rejected).toMatchObject({ offerId, contactId: 'rc1' });
    expect(await first.next('offer.withdrawn')).toMatchObject({
      offerId,
      contactId: 'rc1',
      why: 'rejected',
      reason: 'not-mine',
    });
    await accept(second, 'rc1');
    expect(await first.refusal('offer.accept', { offerId })).toBe('offer_no_longer_open');
    expect(await floor.call('rc2', 'rejecting')).toMatchObject({ state: 'waiting' });
    expect((await first.call('agent.get', {})).state).toBe('ready');
  });

  test('that nobody takes is a miss: the agent becomes not ready, with the reason, and the contact goes on', async () => {
    await floor.queue('missing', { select: 'linear', offerMs: 120 });
    const first = await floor.agent('m1', { queues: ['missing'] });
    const second = await floor.agent('m2', { queues: ['missing'] });
    await floor.call('mc1', 'missing');
    const { offerId, expiresAt, contact } = await first.next('offer.created');
    expect(expiresAt).toBe(contact.arrivedAt + contact.waitedMs + 120);
    expect(await first.next('offer.withdrawn')).toMatchObject({ offerId, why: 'timedOut' });
    expect(await first.next('agent.changed', ({ state }) => state === 'notReady')).toMatchObject({
      reason: 'loggedIn',
    });
    expect(await first.next('agent.changed', ({ reason }) => reason === 'missed')).toMatchObject({
      state: 'notReady',
      ready: false,
    });
    expect((await accept(second)).contactId).toBe('mc1');
    await first.call('agent.ready', {});
    expect(await first.next('agent.changed', ({ ready, reason }) => ready && reason === undefined)).toBeDefined();
  });

  test('may be missed as often as the queue allows before the agent is not ready', async () => {
    await floor.queue('patient', { offerMs: 60, missedBeforeNotReady: 3 });
    const agent = await floor.agent('pat', { queues: ['patient'] });
    await floor.call('pc1', 'patient');
    await agent.next('agent.changed', ({ reason }) => reason === 'missed');
    expect(agent.all('offer.created')).toHaveLength(3);
    expect(new Set(agent.all('offer.created').map(({ offerId }) => offerId)).size).toBe(3);
    expect(floor.sw.all('contact.offered').filter(({ contactId }) => contactId === 'pc1')).toHaveLength(3);
    expect(await floor.sw.call('contact.get', { contactId: 'pc1' })).toMatchObject({ state: 'waiting' });
  });

  test('is withdrawn when the caller hangs up, and the agent is free again', async () => {
    await floor.queue('ringing');
    const agent = await floor.agent('ria', { queues: ['ringing'] });
    await floor.call('h1', 'ringing');
    const { offerId } = await agent.next('offer.created');
    expect(await floor.sw.call('contact.cancel', { contactId: 'h1' })).toMatchObject({ state: 'ended' });
    expect(await agent.next('offer.withdrawn')).toMatchObject({ offerId, why: 'cancelled' });
    expect(await agent.refusal('offer.accept', { offerId })).toBe('offer_no_longer_open');
    expect(await floor.sw.next('contact.ended', ({ contactId }) => contactId === 'h1')).toMatchObject({
      why: 'cancelled',
      servedMs: 0,
    });
    expect(await floor.call('h2', 'ringing')).toMatchObject({ state: 'ringing', agentId: 'ria' });
  });

  test('is withdrawn when the agent becomes not ready or leaves, and rings elsewhere', async () => {
    await floor.queue('leaving', { select: 'linear' });
    const first = await floor.agent('q1', { queues: ['leaving'] });
    await floor.call('qc1', 'leaving');
    const { offerId } = await first.next('offer.created');
    await first.call('agent.notReady', { reason: 'fire-drill' });
    expect(await first.next('offer.withdrawn')).toMatchObject({ offerId, why: 'notReady' });
    expect(
      await floor.sw.next('contact.queued', ({ why, contactId }) => why === 'notTaken' && contactId === 'qc1'),
    ).toMatchObject({ position: 1 });
    await first.call('agent.ready', {});
    const again = await first.next('offer.created');
    await first.call('agent.logout', { when: 'now' });
    expect(await first.next('offer.withdrawn')).toMatchObject({ offerId: again.offerId, why: 'loggedOut' });
    const second = await floor.agent('q2', { queues: ['leaving'] });
    expect((await accept(second)).contactId).toBe('qc1');
  });

  test('belongs to its agent alone', async () => {
    await floor.queue('mine');
    const mine = await floor.agent('mia', { queues: ['mine'] });
    const other = await floor.seated('max', { queues: ['mine'] });
    await floor.call('n1', 'mine');
    const { offerId } = await mine.next('offer.created');
    expect(await other.refusal('offer.accept', { offerId })).toBe('offer_not_yours');
    expect(await other.refusal('offer.reject', { offerId })).toBe('offer_not_yours');
    expect(await other.refusal('offer.accept', { offerId: 'o999999.1' })).toBe('offer_no_longer_open');
    await mine.call('offer.accept', { offerId });
  });

  test('cancelled while waiting, a contact is over and cannot be cancelled or ended again', async () => {
    await floor.queue('waiting');
    await floor.call('g1', 'waiting');
    await floor.sw.call('contact.cancel', { contactId: 'g1' });
    expect(await floor.sw.next('contact.ended', ({ contactId }) => contactId === 'g1')).toMatchObject({
      why: 'cancelled',
    });
    expect(await floor.sw.refusal('contact.cancel', { contactId: 'g1' })).toBe('contact_already_ended');
    expect(await floor.sw.refusal('contact.end', { contactId: 'g1' })).toBe('contact_already_ended');
    expect(await floor.sw.refusal('contact.cancel', { contactId: 'never' })).toBe('contact_not_found');
    const agent = await floor.agent('gus', { queues: ['waiting'] });
    await floor.call('g2', 'waiting');
    expect((await accept(agent)).contactId).toBe('g2');
    expect(await floor.sw.refusal('contact.cancel', { contactId: 'g2' })).toBe('contact_already_connected');
  });

  test('a full queue takes no more', async () => {
    await floor.queue('small', { maxWaiting: 1 });
    await floor.call('z1', 'small');
    expect(await floor.sw.refusal('contact.create', { contactId: 'z2', queueId: 'small', channel: 'voice' })).toBe(
      'queue_full',
    );
    await floor.sw.call('contact.cancel', { contactId: 'z1' });
    expect(await floor.call('z2', 'small')).toMatchObject({ state: 'waiting' });
  });
});

describe.concurrent('a wish for one agent', () => {
  test('rings there at once when the agent is free, although others have been idle for longer', async () => {
    await floor.queue('named');
    await floor.agent('t1', { queues: ['named'] });
    await floor.agent('t2', { queues: ['named'] });
    expect(await floor.call('tc1', 'named', { agentId: 't2' })).toMatchObject({ state: 'ringing', agentId: 't2' });
    expect(
      await floor.sw.refusal('contact.create', {
        contactId: 'tc2',
        queueId: 'named',
        channel: 'voice',
        agentId: 'nobody',
      }),
    ).toBe('agent_not_found');
  });

  test('waits for the agent, both are told, and is served before the queue', async () => {
    await floor.queue('awaited');
    const agent = await floor.agent('e1', { queues: ['awaited'] });
    await floor.call('ec1', 'awaited');
    await accept(agent, 'ec1');
    await floor.call('ec2', 'awaited', { priority: 9000 });
    const waits = await floor.call('ec3', 'awaited', { agentId: 'e1', direct: { waitMs: 60_000 } });
    expect(waits).toMatchObject({ state: 'waitingFor', agentId: 'e1' });
    const { untilMs } = await floor.sw.next('contact.waitingFor', ({ contactId }) => contactId === 'ec3');
    expect(untilMs).toBe(waits.arrivedAt + 60_000);
    expect(await agent.next('agent.waitedFor')).toMatchObject({ contactId: 'ec3', untilMs });
    await floor.hangUp('ec1');
    expect((await accept(agent)).contactId).toBe('ec3');
    await floor.hangUp('ec3');
    expect((await accept(agent)).contactId).toBe('ec2');
  });

  test('falls back to the queue at its original place when the time is over', async () => {
    await floor.queue('falling');
    const asked = await floor.agent('b1', { queues: ['falling'] });
    await floor.call('bc1', 'falling');
    await accept(asked, 'bc1');
    await floor.call('bc2', 'falling', { agentId: 'b1', direct: { waitMs: 80, orElse: 'queue' } });
    await floor.call('bc3', 'falling');
    expect(await floor.sw.next('contact.queued', ({ contactId }) => contactId === 'bc2')).toMatchObject({
      why: 'fellBack',
      position: 1,
    });
    const other = await floor.agent('b2', { queues: ['falling'] });
    expect((await accept(other)).contactId).toBe('bc2');
  });

  test('ends when the time is over, where that was asked for', async () => {
    await floor.queue('ending', { direct: { waitMs: 60, orElse: 'end' } });
    const asked = await floor.agent('c1', { queues: ['ending'] });
    await floor.call('cc1', 'ending');
    await accept(asked, 'cc1');
    await floor.call('cc2', 'ending', { agentId: 'c1' });
    expect(await floor.sw.next('contact.ended', ({ contactId }) => contactId === 'cc2')).toMatchObject({
      why: 'agentUnavailable',
    });
  });

  test('falls back at once from an agent who is not there or not ready', async () => {
    await floor.queue('absent');
    await floor.admin.call('agent.set', { agentId: 'k1', queues: ['absent'], capacity: { voice: 1 } });
    expect(await floor.call('kc1', 'absent', { agentId: 'k1' })).toMatchObject({ state: 'waiting' });
    expect(await floor.call('kc2', 'absent', { agentId: 'k1', direct: { orElse: 'end' } })).toMatchObject({
      state: 'ended',
    });
  });

  test('can be given up while it waits', async () => {
    await floor.queue('given');
    const asked = await floor.agent('j1', { queues: ['given'] });
    await floor.call('jc1', 'given');
    await accept(asked, 'jc1');
    await floor.call('jc2', 'given', { agentId: 'j1', direct: { waitMs: 60_000 } });
    expect(await floor.sw.call('contact.cancel', { contactId: 'jc2' })).toMatchObject({ state: 'ended' });
    await floor.hangUp('jc1');
    expect((await asked.call('agent.get', {})).state).toBe('ready');
  });
});
