// Who is served first, and by whom: the order of a queue, and which of several free agents.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accept, Floor } from './floor.ts';
import type { Party } from './party.ts';
import { JourneyRouter, sleep } from './router-harness.ts';

let router: JourneyRouter;
let floor: Floor;
beforeAll(async () => {
  router = await JourneyRouter.start();
  floor = await Floor.of(router);
});
afterAll(() => router?.close());

/** Serves one contact after the other, and says in which order they came. */
async function servedBy(agent: Party, count: number): Promise<string[]> {
  const order: string[] = [];
  for (let at = 0; at < count; at++) {
    const { contactId } = await accept(agent);
    order.push(contactId);
    await floor.hangUp(contactId);
  }
  return order;
}

describe.concurrent('who is served first', () => {
  test('who came first, when nothing else is said', async () => {
    await floor.queue('fifo');
    for (const contactId of ['f1', 'f2', 'f3']) await floor.call(contactId, 'fifo');
    const agent = await floor.agent('fay', { queues: ['fifo'] });
    expect(await servedBy(agent, 3)).toEqual(['f1', 'f2', 'f3']);
  });

  test('the higher priority, and among equals who came first', async () => {
    await floor.queue('prio');
    await floor.call('p1', 'prio');
    await floor.call('p2', 'prio', { priority: 5000 });
    await floor.call('p3', 'prio', { priority: 9000 });
    await floor.call('p4', 'prio', { priority: 5000 });
    const agent = await floor.agent('pia', { queues: ['prio'] });
    expect(await servedBy(agent, 4)).toEqual(['p3', 'p2', 'p4', 'p1']);
  });

  test('who came first whatever the priority, where the queue says so', async () => {
    await floor.queue('come', { order: 'firstCome' });
    await floor.call('o1', 'come');
    await floor.call('o2', 'come', { priority: 9000 });
    const agent = await floor.agent('olaf', { queues: ['come'] });
    expect(await servedBy(agent, 2)).toEqual(['o1', 'o2']);
  });

  test('waiting makes up for priority as fast as the queue ages', async () => {
    await floor.queue('ageing', { ageingPerSecond: 1000 });
    await floor.queue('ageless', { ageingPerSecond: 0 });
    await floor.call('a1', 'ageing');
    await floor.call('b1', 'ageless');
    await sleep(250);
    await floor.call('a2', 'ageing', { priority: 150 });
    await floor.call('b2', 'ageless', { priority: 150 });
    const [agnes, beth] = [
      await floor.agent('agnes', { queues: ['ageing'] }),
      await floor.agent('beth', { queues: ['ageless'] }),
    ];
    expect(await servedBy(agnes, 2)).toEqual(['a1', 'a2']);
    expect(await servedBy(beth, 2)).toEqual(['b2', 'b1']);
  });

  test('credited waiting counts in the order and nowhere else', async () => {
    await floor.queue('credit', { serviceLevel: { percent: 80, withinMs: 60_000 } });
    await floor.call('k1', 'credit');
    await floor.call('k2', 'credit', { waitCreditMs: 300_000 });
    const agent = await floor.agent('kai', { queues: ['credit'] });
    expect(await servedBy(agent, 2)).toEqual(['k2', 'k1']);
    const { waitedMs } = await floor.sw.call('contact.get', { contactId: 'k2' });
    expect(waitedMs).toBeLessThan(60_000);
    const watching = await router.open('supervisor', 'credit');
    const { queues } = await watching.call('supervisor.watch', { queues: ['credit'], agents: [] });
    expect(queues).toMatchObject([{ answered: 2, answeredWithin: 2 }]);
  });

  test('contact.update gives a waiting contact another place', async () => {
    await floor.queue('updated');
    for (const contactId of ['u1', 'u2', 'u3']) await floor.call(contactId, 'updated');
    const updated = await floor.sw.call('contact.update', {
      contactId: 'u3',
      priority: 5000,
      attributes: { vip: true },
    });
    expect(updated).toMatchObject({ contactId: 'u3', state: 'waiting' });
    expect(
      await floor.sw.next('contact.queued', ({ contactId, why }) => contactId === 'u3' && why === 'updated'),
    ).toMatchObject({
      position: 1,
    });
    const agent = await floor.agent('uta', { queues: ['updated'] });
    expect(await servedBy(agent, 3)).toEqual(['u3', 'u1', 'u2']);
    expect(await floor.sw.call('contact.get', { contactId: 'u3' })).toMatchObject({
      priority: 5000,
      attributes: { vip: true },
    });
    expect(await floor.sw.refusal('contact.update', { contactId: 'u3', priority: 1 })).toBe('contact_already_ended');
  });

  test('the queue of the higher weight', async () => {
    await floor.queue('light', { weight: 1 });
    await floor.queue('heavy', { weight: 2 });
    await floor.call('w1', 'light');
    await floor.call('w2', 'heavy');
    const agent = await floor.agent('wim', { queues: ['light', 'heavy'] });
    expect(await servedBy(agent, 2)).toEqual(['w2', 'w1']);
  });

  test('the position that is told is the place in the order', async () => {
    await floor.queue('places');
    for (const [contactId, priority] of [
      ['x1', 0],
      ['x2', 0],
      ['x3', 5000],
    ] as const) {
      await floor.call(contactId, 'places', { priority });
    }
    const told = ['x1', 'x2', 'x3'].map((contactId) =>
      floor.sw.next('contact.queued', (queued) => queued.contactId === contactId),
    );
    expect((await Promise.all(told)).map(({ position }) => position)).toEqual([1, 2, 1]);
    expect(await floor.sw.call('queue.estimate', { queueId: 'places' })).toEqual({
      queueId: 'places',
      position: 4,
      waiting: 3,
      estimatedMs: null,
      agentsReady: 0,
      agentsLoggedIn: 0,
    });
  });
});

describe.concurrent('who of the free agents', () => {
  test('the one who has been idle for longest', async () => {
    await floor.queue('idle');
    const agents = new Map<string, Party>();
    for (const agentId of ['i1', 'i2', 'i3']) {
      agents.set(agentId, await floor.agent(agentId, { queues: ['idle'] }));
      await sleep(5);
    }
    const order: string[] = [];
    for (let at = 1; at <= 5; at++) {
      await floor.call(`il${at}`, 'idle');
      const { agentId } = await floor.ringing(`il${at}`);
      order.push(agentId);
      await accept(agents.get(agentId)!);
      await floor.hangUp(`il${at}`);
      await sleep(5);
    }
    expect(order).toEqual(['i1', 'i2', 'i3', 'i1', 'i2']);
  });

  test('the best skilled in what is required and preferred', async () => {
    await floor.queue('skilled', { select: 'bestSkilled' });
    await floor.agent('s1', { queues: ['skilled'], skills: { english: 9, sales: 2 } });
    await sleep(5);
    await floor.agent('s2', { queues: ['skilled'], skills: { english: 5, sales: 8 } });
    await sleep(5);
    await floor.agent('s3', { queues: ['skilled'], skills: { english: 5, sales: 8, tact: 10 } });
    const ask = { requires: { all: [{ skill: 'english' }] }, prefers: [{ skill: 'sales' }] };
    for (const contactId of ['sk1', 'sk2', 'sk3']) await floor.call(contactId, 'skilled', ask);
    const at = await Promise.all(['sk1', 'sk2', 'sk3'].map((contactId) => floor.ringing(contactId)));
    expect(at.map(({ agentId }) => agentId)).toEqual(['s2', 's3', 's1']);
  });

  test('always the first in the order in which they were made, where the queue is linear', async () => {
    await floor.queue('linear', { select: 'linear' });
    for (const agentId of ['l2', 'l1'])
      await floor.admin.call('agent.set', { agentId, queues: ['linear'], capacity: { voice: 1 } });
    await floor.agent('l1', { queues: ['linear'] });
    const first = await floor.agent('l2', { queues: ['linear'] });
    for (const contactId of ['ll1', 'll2']) {
      await floor.call(contactId, 'linear');
      expect((await floor.ringing(contactId)).agentId).toBe('l2');
      await accept(first);
      await floor.hangUp(contactId);
    }
  });

  test('only who has all required skills at their levels, and one of any', async () => {
    await floor.queue('demanding');
    const given = { queues: ['demanding'] };
    await floor.agent('d1', { ...given, skills: { german: 4, billing: 5 } });
    await floor.agent('d2', { ...given, skills: { german: 7 } });
    await floor.agent('d3', { ...given, skills: { german: 7, repair: 2 } });
    const requires = {
      all: [{ skill: 'german', level: 5 }],
      any: [{ skill: 'billing' }, { skill: 'repair', level: 2 }],
    };
    expect(await floor.sw.call('queue.estimate', { queueId: 'demanding', requires })).toMatchObject({
      agentsReady: 1,
      agentsLoggedIn: 1,
    });
    await floor.call('dd1', 'demanding', { requires });
    expect((await floor.ringing('dd1')).agentId).toBe('d3');
    expect(await floor.call('dd2', 'demanding', { requires })).toMatchObject({ state: 'waiting' });
    // Lower demands find the agents who are still free.
    await floor.sw.call('contact.update', { contactId: 'dd2', requires: { all: [{ skill: 'german', level: 6 }] } });
    expect((await floor.ringing('dd2')).agentId).toBe('d2');
    // And so do better skills.
    expect(await floor.call('dd3', 'demanding', { requires })).toMatchObject({ state: 'waiting' });
    await floor.admin.call('agent.set', {
      agentId: 'd1',
      ...given,
      capacity: { voice: 1 },
      skills: { german: 5, billing: 5 },
    });
    expect((await floor.ringing('dd3')).agentId).toBe('d1');
  });

  test('a channel that the queue or the agent does not have is not served', async () => {
    await floor.queue('twofold', { channels: ['voice', 'chat'] });
    await floor.agent('vera', { queues: ['twofold'] });
    expect(await floor.call('v1', 'twofold', { channel: 'chat' })).toMatchObject({ state: 'waiting' });
    expect(await floor.call('v2', 'twofold')).toMatchObject({ state: 'ringing', agentId: 'vera' });
    expect(await floor.sw.refusal('contact.create', { contactId: 'v3', queueId: 'twofold', channel: 'email' })).toBe(
      'channel_not_in_queue',
    );
  });
});
