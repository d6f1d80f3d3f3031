// Agents at their seats: several lines, capacities, one ringing line at a time, ready and not, in and out.

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

const mixed = { channels: ['voice', 'chat'] };

describe.concurrent('a seat of several lines', () => {
  test('serves three chats and a call at once, with one line ringing at a time', async () => {
    await floor.queue('mixed', mixed);
    const capacity = { voice: 1, chat: 3 };
    const agent = await floor.agent('ann', { queues: ['mixed'], capacity });
    const { lines, linesMax } = await agent.call('line.list', {});
    expect(lines.map(({ lineId, state }) => [lineId, state])).toEqual([
      ['ann.voice.1', 'free'],
      ['ann.chat.1', 'free'],
      ['ann.chat.2', 'free'],
      ['ann.chat.3', 'free'],
    ]);
    expect(linesMax).toBeGreaterThanOrEqual(4);
    const wishes = [
      ['a1', 'chat'],
      ['a2', 'voice'],
      ['a3', 'chat'],
      ['a4', 'chat'],
      ['a5', 'chat'],
      ['a6', 'voice'],
    ] as const;
    for (const [contactId, channel] of wishes) await floor.call(contactId, 'mixed', { channel });
    const ringing = async () => (await agent.call('line.list', {})).lines.filter(({ state }) => state === 'ringing');
    const taken: string[] = [];
    for (let at = 0; at < 4; at++) {
      expect(await ringing()).toHaveLength(1);
      const { lineId, contactId } = await accept(agent);
      taken.push(`${contactId} ${lineId}`);
    }
    expect(taken).toEqual(['a1 ann.chat.1', 'a2 ann.voice.1', 'a3 ann.chat.2', 'a4 ann.chat.3']);
    expect(await ringing()).toEqual([]);
    for (const contactId of ['a5', 'a6']) {
      expect(await floor.sw.call('contact.get', { contactId })).toMatchObject({ state: 'waiting' });
    }
    await floor.hangUp('a3');
    expect(await accept(agent)).toMatchObject({ contactId: 'a5', lineId: 'ann.chat.2' });
    await floor.hangUp('a2');
    expect(await accept(agent)).toMatchObject({ contactId: 'a6', lineId: 'ann.voice.1' });
  });

  test('may ring on all free lines when the agent wants it so', async () => {
    await floor.queue('loud', mixed);
    const agent = await floor.agent('lou', { queues: ['loud'], capacity: { voice: 1, chat: 2 } });
    for (const channel of ['chat', 'voice', 'chat'])
      await floor.call(`lo-${channel}-${Math.random()}`, 'loud', { channel });
    expect(agent.all('offer.created')).toHaveLength(1);
    expect(await agent.call('agent.setOneRinging', { on: false })).toEqual({ agentId: 'lou', on: false });
    await agent.until('three offers', () => agent.all('offer.created').length === 3);
    expect(new Set(agent.all('offer.created').map(({ lineId }) => lineId)).size).toBe(3);
    for (const { contactId } of agent.all('offer.created')) await floor.sw.call('contact.cancel', { contactId });
    await agent.call('agent.setOneRinging', { on: true });
    for (const contactId of ['lo1', 'lo2']) await floor.call(contactId, 'loud', { channel: 'chat' });
    const { lines } = await agent.call('line.list', {});
    expect(lines.filter(({ state }) => state === 'ringing')).toHaveLength(1);
  });

  test('is never given more in total than its capacity', async () => {
    await floor.queue('total', mixed);
    const agent = await floor.agent('tom', { queues: ['total'], capacity: { voice: 1, chat: 3, total: 2 } });
    for (const contactId of ['t1', 't2', 't3']) await floor.call(contactId, 'total', { channel: 'chat' });
    await floor.call('t4', 'total');
    await accept(agent, 't1');
    await accept(agent, 't2');
    const { lines } = await agent.call('line.list', {});
    expect(lines.filter(({ state }) => state !== 'free')).toHaveLength(2);
    await floor.hangUp('t1');
    await accept(agent, 't3');
  });

  test('has the lines that the login names, in that order, and no other seat can have them', async () => {
    await floor.queue('own', mixed);
    const given = { queues: ['own'], capacity: { voice: 1, chat: 2 } };
    await floor.admin.call('agent.set', { agentId: 'olga', ...given });
    await floor.admin.call('agent.set', { agentId: 'otto', ...given });
    const olga = await router.open('agent', 'olga');
    const otto = await router.open('agent', 'otto');
    const lines = [
      { lineId: 'desk-7', channel: 'chat' },
      { lineId: '+49891', channel: 'voice' },
    ];
    expect((await olga.call('agent.login', { lines })).lines.map(({ lineId }) => lineId)).toEqual(['desk-7', '+49891']);
    expect(await olga.call('agent.login', { lines })).toMatchObject({ state: 'notReady' });
    expect(await otto.refusal('agent.login', { lines })).toBe('line_id_taken');
    expect(await otto.refusal('agent.login', { lines: [{ lineId: 'x', channel: 'email' }] })).toBe(
      'agent_has_no_line_for_channel',
    );
    await olga.call('agent.ready', {});
    await floor.call('ow1', 'own', { channel: 'chat' });
    await floor.call('ow2', 'own', { channel: 'chat' });
    expect((await accept(olga)).lineId).toBe('desk-7');
    // One line of the channel, though the capacity were two.
    expect(await floor.sw.call('contact.get', { contactId: 'ow2' })).toMatchObject({ state: 'waiting' });
    expect(await olga.refusal('agent.login', { lines: [{ lineId: 'other', channel: 'voice' }] })).toBe(
      'agent_in_contact',
    );
  });
});

describe.concurrent('an agent', () => {
  test('is ready for the channels that were chosen', async () => {
    await floor.queue('chosen', mixed);
    const agent = await floor.seated('cho', { queues: ['chosen'], capacity: { voice: 1, chat: 1 } });
    await agent.call('agent.ready', { channels: ['chat'] });
    expect(await floor.call('ch1', 'chosen')).toMatchObject({ state: 'waiting' });
    expect(await floor.call('ch2', 'chosen', { channel: 'chat' })).toMatchObject({ state: 'ringing' });
    await accept(agent, 'ch2');
    await agent.call('agent.ready', {});
    await accept(agent, 'ch1');
  });

  test('says why it is not ready, and goes on serving what it has', async () => {
    await floor.queue('pausing');
    const agent = await floor.agent('pau', { queues: ['pausing'] });
    await floor.call('pa1', 'pausing');
    await accept(agent);
    expect(await agent.call('agent.notReady', { reason: 'lunch' })).toMatchObject({ state: 'inService' });
    expect((await agent.call('agent.get', {})).ready).toBe(false);
    expect(await floor.call('pa2', 'pausing')).toMatchObject({ state: 'waiting' });
    await floor.hangUp('pa1');
    expect(
      await agent.next('agent.changed', ({ state, reason }) => state === 'notReady' && reason === 'lunch'),
    ).toMatchObject({ ready: false });
    await agent.call('agent.ready', {});
    await accept(agent, 'pa2');
  });

  test('cannot leave now while serving, but as soon as idle, without another offer before', async () => {
    await floor.queue('going');
    const agent = await floor.agent('gil', { queues: ['going'] });
    await floor.call('gi1', 'going');
    await accept(agent);
    expect(await agent.refusal('agent.logout', { when: 'now' })).toBe('agent_in_contact');
    await agent.call('agent.logout', { when: 'idle' });
    await floor.call('gi2', 'going');
    await floor.hangUp('gi1');
    await agent.next('agent.changed', ({ state }) => state === 'loggedOut');
    expect(agent.all('offer.created')).toHaveLength(1);
    expect((await agent.call('line.list', {})).lines).toEqual([]);
    expect(await agent.refusal('agent.ready', {})).toBe('agent_not_logged_in');
    expect(await agent.call('agent.logout', { when: 'now' })).toMatchObject({ state: 'loggedOut', lines: [] });
  });

  test('may be logged out, made ready and seen by a supervisor', async () => {
    await floor.queue('overseen');
    await floor.admin.call('agent.set', { agentId: 'ove', queues: ['overseen'], capacity: { voice: 1 } });
    const agent = await router.open('agent', 'ove');
    const supervisor = await router.open('supervisor', 'overseer');
    await supervisor.call('agent.login', { agentId: 'ove' });
    await supervisor.call('agent.ready', { agentId: 'ove' });
    await floor.call('ov1', 'overseen');
    await accept(agent);
    await supervisor.call('contact.end', { contactId: 'ov1', by: 'agent' });
    expect(await agent.next('contact.ended')).toMatchObject({ why: 'byAgent' });
    await supervisor.call('agent.logout', { agentId: 'ove', when: 'now' });
    await agent.next('agent.changed', ({ state }) => state === 'loggedOut');
    expect(await supervisor.refusal('agent.ready', {})).toBe(-32602);
  });

  test('loses no state with its connection: the offer runs to its time-out, and what is in service stays', async () => {
    await floor.queue('offline', { offerMs: 150, missedBeforeNotReady: 2 });
    const agent = await floor.agent('off', { queues: ['offline'], capacity: { voice: 2 } });
    await floor.call('of1', 'offline');
    await accept(agent);
    await floor.call('of2', 'offline');
    const { offerId } = await agent.next('offer.created');
    agent.client.close();
    expect(await floor.admin.call('agent.get', { agentId: 'off' })).toMatchObject({ state: 'ringing', ready: true });
    await floor.sw.until(
      'two offers',
      () => floor.sw.all('contact.offered').filter(({ contactId }) => contactId === 'of2').length === 2,
    );
    const back = await router.open('agent', 'off');
    expect(back.state).toMatchObject({ contacts: [{ contactId: 'of1', state: 'connected' }] });
    const offers = back.state.offers as { offerId: string }[];
    for (const offer of offers) expect(offer.offerId).not.toBe(offerId);
    await floor.hangUp('of1');
    await back.next('contact.ended', ({ contactId }) => contactId === 'of1');
  });

  test('that is removed must be logged out first, and is gone then', async () => {
    await floor.queue('removed');
    const agent = await floor.seated('rem', { queues: ['removed'] });
    expect(await floor.admin.refusal('agent.remove', { agentId: 'rem' })).toBe('agent_logged_in');
    expect(await floor.admin.refusal('queue.remove', { queueId: 'removed' })).toBe('queue_named_by_agents');
    await agent.call('agent.logout', { when: 'now' });
    await floor.admin.call('agent.remove', { agentId: 'rem' });
    expect(await agent.refusal('agent.get', {})).toBe('agent_not_found');
    expect(await agent.refusal('agent.login', {})).toBe('agent_not_found');
    await floor.admin.call('queue.remove', { queueId: 'removed' });
    expect(await floor.admin.refusal('queue.get', { queueId: 'removed' })).toBe('queue_not_found');
  });
});
