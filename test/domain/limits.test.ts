// Limits and exits: when a contact leaves its queue before anybody answers, where it goes, and that it is never lost on
// its way.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { placesTable } from '../../src/domain/routing/tables.ts';
import { TableAccess } from '../../src/engine/tick.ts';
import { DomainWorld, type Members } from './domain-world.ts';
import { expectSurvivesLoad } from './survives-load.ts';

let world: DomainWorld;

beforeEach(async () => {
  world = await DomainWorld.start();
});

afterEach(async () => {
  await expectSurvivesLoad(world);
  await world.stop();
});

async function queue(queueId: string, policy: Members = {}): Promise<void> {
  await world.ok('admin:root', 'queue.set', { queueId, channels: ['voice'], ...policy });
}

async function agent(agentId: string, ...queues: string[]): Promise<void> {
  await world.ok('admin:root', 'agent.set', { agentId, capacity: { voice: 1 }, queues });
  await world.ok(`agent:${agentId}`, 'agent.login');
  await world.ok(`agent:${agentId}`, 'agent.ready');
}

function arrive(contactId: string, queueId: string, more: Members = {}): Promise<Members> {
  return world.ok('app:web', 'contact.create', { contactId, queueId, channel: 'voice', ...more });
}

function seen(contactId: string): Promise<Members> {
  return world.ok('app:web', 'contact.get', { contactId });
}

/** What the owner has been told since the last time. */
function news(...members: string[]): string[] {
  return world
    .toldLines('contactId', ...members)
    .filter((line) => line.startsWith('app:web'))
    .map((line) => line.slice('app:web '.length));
}

describe('a contact that has waited for as long as its queue lets it', () => {
  test('ends with a reason where the policy says nothing else', async () => {
    await queue('sales', { maxWaitMs: 30_000 });
    await arrive('c1', 'sales');
    await world.pass(29_999);
    expect(await seen('c1')).toMatchObject({ state: 'waiting' });
    world.told();
    await world.pass(1);
    expect(news('why')).toEqual(['contact.ended c1 timedOut']);
    expect(await seen('c1')).toMatchObject({ state: 'ended', why: 'timedOut', waitedMs: 30_000, queueId: 'sales' });
  });

  test('moves to another queue with its own age, and its time there begins anew', async () => {
    await queue('night');
    await queue('help', { maxWaitMs: 20_000, whenTimedOut: { queue: 'night' } });
    await queue('sales', { maxWaitMs: 30_000, whenTimedOut: { queue: 'help' } });
    await arrive('c1', 'sales');
    await world.pass(20_000);
    await arrive('c2', 'help');
    world.told();
    await world.pass(10_000);
    expect(news('fromQueueId', 'queueId', 'why', 'position')).toEqual([
      'contact.leftQueue c1 sales help timedOut',
      'contact.queued c1 help moved 1',
    ]);
    expect(await seen('c1')).toMatchObject({ state: 'waiting', queueId: 'help', waitedMs: 30_000 });
    await expectSurvivesLoad(world);
    await world.pass(10_000);
    expect(await seen('c2')).toMatchObject({ queueId: 'night', waitedMs: 20_000 });
    expect(await seen('c1')).toMatchObject({ queueId: 'help' });
    await world.pass(10_000);
    expect(await seen('c1')).toMatchObject({ queueId: 'night', waitedMs: 50_000 });
    await agent('ann', 'night');
    expect(await seen('c1')).toMatchObject({ state: 'ringing', agentId: 'ann' });
    expect(await seen('c2')).toMatchObject({ state: 'waiting' });
  });

  test('and rings has the outcome of that ring first: answered, it is served where it was', async () => {
    await queue('help');
    await queue('sales', { maxWaitMs: 5_000, whenTimedOut: { queue: 'help' }, offerMs: 20_000 });
    await agent('ann', 'sales');
    await arrive('c1', 'sales');
    await world.pass(6_000);
    const { offerId } = await seen('c1');
    expect(await world.outcome('agent:ann', 'offer.accept', { offerId })).toBe('done');
    expect(await seen('c1')).toMatchObject({ state: 'connected', queueId: 'sales' });
    expect(await world.outcome('admin:root', 'queue.remove', { queueId: 'help' })).toBe('queue_named_by_queues');
  });

  test('and rings has the outcome of that ring first: not answered, it leaves instead of going back', async () => {
    await queue('help');
    await queue('sales', { maxWaitMs: 5_000, whenTimedOut: { queue: 'help' }, offerMs: 20_000 });
    await agent('ann', 'sales');
    await agent('bob', 'sales');
    await arrive('c1', 'sales');
    await world.pass(6_000);
    await expectSurvivesLoad(world);
    await world.reopen();
    world.told();
    const { offerId, agentId } = await seen('c1');
    await world.ok(`agent:${agentId}` as 'agent:ann', 'offer.reject', { offerId });
    expect(news('queueId', 'why')).toEqual(['contact.leftQueue c1 help timedOut', 'contact.queued c1 help moved']);
  });

  test('a change of what it asks for, while it rings, does not let it stay', async () => {
    await queue('help');
    await queue('sales', { maxWaitMs: 5_000, whenTimedOut: { queue: 'help' }, offerMs: 20_000 });
    await agent('ann', 'sales');
    await arrive('c1', 'sales');
    await world.pass(6_000);
    await world.ok('app:web', 'contact.update', { contactId: 'c1', requires: { all: [{ skill: 'german' }] } });
    await world.idle();
    const { offerId } = await seen('c1');
    await world.ok('agent:ann', 'offer.reject', { offerId });
    expect(await seen('c1')).toMatchObject({ queueId: 'help', state: 'waiting' });
    await agent('bob', 'help');
    expect(await seen('c1')).toMatchObject({ state: 'waiting' });
    await world.ok('admin:root', 'agent.set', { agentId: 'bob', capacity: { voice: 1 }, skills: { german: 1 } });
    expect(await seen('c1')).toMatchObject({ state: 'ringing', agentId: 'bob' });
  });

  test('never comes to a queue twice: two that lead to each other keep it in the second', async () => {
    await queue('a', { maxWaitMs: 1_000 });
    await queue('b', { maxWaitMs: 1_000, whenTimedOut: { queue: 'a' } });
    await queue('a', { maxWaitMs: 1_000, whenTimedOut: { queue: 'b' } });
    await arrive('c1', 'a');
    await world.pass(1_000);
    expect(await seen('c1')).toMatchObject({ queueId: 'b' });
    for (let again = 0; again < 4; again++) await world.pass(30_000);
    expect(await seen('c1')).toMatchObject({ queueId: 'b', state: 'waiting' });
    await queue('b');
    await agent('ann', 'b');
    expect(await seen('c1')).toMatchObject({ state: 'ringing' });
  });

  test('who waits for one agent by name leaves as well', async () => {
    await queue('sales', { maxWaitMs: 5_000 });
    await agent('ann', 'sales');
    await arrive('c1', 'sales');
    const { offerId } = await seen('c1');
    await world.ok('agent:ann', 'offer.accept', { offerId });
    await arrive('c2', 'sales', { agentId: 'ann', direct: { waitMs: 60_000 } });
    expect(await seen('c2')).toMatchObject({ state: 'waitingFor' });
    await world.pass(5_000);
    expect(await seen('c2')).toMatchObject({ state: 'ended', why: 'timedOut' });
    expect(await seen('c1')).toMatchObject({ state: 'connected' });
  });

  test('a shorter, a longer or no time that is set while contacts wait counts for them', async () => {
    await queue('sales', { maxWaitMs: 60_000 });
    await arrive('c1', 'sales');
    await world.pass(20_000);
    await arrive('c2', 'sales');
    await queue('sales', { maxWaitMs: 15_000 });
    await world.idle();
    expect(await seen('c1')).toMatchObject({ state: 'ended' });
    expect(await seen('c2')).toMatchObject({ state: 'waiting' });
    await queue('sales', { maxWaitMs: 90_000 });
    await world.pass(80_000);
    expect(await seen('c2')).toMatchObject({ state: 'waiting' });
    await queue('sales');
    await world.pass(80_000);
    expect(await seen('c2')).toMatchObject({ state: 'waiting' });
  });

  test('counts apart: neither answered nor abandoned', async () => {
    await queue('help');
    await queue('sales', { maxWaitMs: 1_000, whenTimedOut: { queue: 'help' } });
    await arrive('c1', 'sales');
    await world.pass(1_000);
    const watched = await world.ok('supervisor:sue', 'supervisor.watch', { queues: ['sales', 'help'] });
    expect(watched.queues).toMatchObject([
      { queueId: 'sales', waiting: 0, arrived: 1, answered: 0, abandoned: 0, timedOut: 1, overflowed: 0 },
      { queueId: 'help', waiting: 1, arrived: 1, timedOut: 0, longestWaitMs: 1_000 },
    ]);
  });
});

describe('a queue that is full', () => {
  test('refuses where the policy says nothing else', async () => {
    await queue('sales', { maxWaiting: 1 });
    await arrive('c1', 'sales');
    expect(
      await world.outcome('app:web', 'contact.create', { contactId: 'c2', queueId: 'sales', channel: 'voice' }),
    ).toBe('queue_full');
  });

  test('sends new contacts on, as far as the way leads', async () => {
    await queue('night', { maxWaiting: 1 });
    await queue('help', { maxWaiting: 1, whenFull: { queue: 'night' } });
    await queue('sales', { maxWaiting: 1, whenFull: { queue: 'help' } });
    await arrive('c1', 'sales');
    expect(await arrive('c2', 'sales')).toMatchObject({ queueId: 'help', state: 'waiting' });
    world.told();
    expect(await arrive('c3', 'sales')).toMatchObject({ queueId: 'night', state: 'waiting' });
    expect(news('fromQueueId', 'queueId', 'why')).toEqual([
      'contact.leftQueue c3 sales help full',
      'contact.leftQueue c3 help night full',
      'contact.queued c3 night moved',
    ]);
    expect(
      await world.outcome('app:web', 'contact.create', { contactId: 'c4', queueId: 'sales', channel: 'voice' }),
    ).toBe('queue_full');
    expect(await arrive('c3', 'sales')).toMatchObject({ queueId: 'night' });
    const watched = await world.ok('supervisor:sue', 'supervisor.watch', { queues: ['sales', 'help', 'night'] });
    expect(watched.queues).toMatchObject([
      { queueId: 'sales', waiting: 1, arrived: 3, overflowed: 2 },
      { queueId: 'help', waiting: 1, arrived: 2, overflowed: 1 },
      { queueId: 'night', waiting: 1, arrived: 1, overflowed: 0 },
    ]);
  });

  test('all that arrive in one tick are counted', async () => {
    await queue('help');
    await queue('sales', { maxWaiting: 1, whenFull: { queue: 'help' } });
    const answers = await world.together(
      ...['c1', 'c2', 'c3'].map(
        (contactId) => ['app:web', 'contact.create', { contactId, queueId: 'sales', channel: 'voice' }] as const,
      ),
    );
    expect(answers).toMatchObject([
      { result: { queueId: 'sales' } },
      { result: { queueId: 'help' } },
      { result: { queueId: 'help' } },
    ]);
  });

  test('lets in who comes from another queue', async () => {
    await queue('help', { maxWaiting: 1 });
    await queue('sales', { maxWaitMs: 1_000, whenTimedOut: { queue: 'help' } });
    await arrive('c1', 'help');
    await arrive('c2', 'sales');
    await world.pass(1_000);
    expect(await seen('c2')).toMatchObject({ queueId: 'help', state: 'waiting' });
  });
});

describe('nobody who could serve it', () => {
  const outcome = (contactId: string, queueId: string, more: Members = {}) =>
    world.outcome('app:web', 'contact.create', { contactId, queueId, channel: 'voice', ...more });

  test('is logged in: without a policy contacts wait, with one they go by it', async () => {
    await queue('help');
    await queue('sales');
    await queue('strict', { joinWhenNobody: false });
    await queue('led', { whenNobody: { queue: 'help' } });
    await queue('ended', { whenNobody: 'end' });
    expect(await arrive('c1', 'sales')).toMatchObject({ queueId: 'sales', state: 'waiting' });
    expect(await outcome('c2', 'strict')).toBe('nobody_logged_in');
    expect(await outcome('c3', 'ended')).toBe('nobody_logged_in');
    world.told();
    expect(await arrive('c4', 'led')).toMatchObject({ queueId: 'help', state: 'waiting' });
    expect(news('fromQueueId', 'queueId', 'why')).toEqual([
      'contact.leftQueue c4 led help nobody',
      'contact.queued c4 help moved',
    ]);
    await agent('ann', 'strict', 'led', 'ended');
    await world.ok('agent:ann', 'agent.notReady', { reason: 'lunch' });
    for (const queueId of ['strict', 'led', 'ended'])
      expect(await arrive(`late-${queueId}`, queueId)).toMatchObject({ queueId, state: 'waiting' });
  });

  test('is looked at before the length: an empty queue with room takes nobody where nobody is', async () => {
    await queue('night');
    await queue('sales', { maxWaiting: 0, whenFull: { queue: 'night' }, whenNobody: 'end' });
    expect(await outcome('c1', 'sales')).toBe('nobody_logged_in');
    await agent('ann', 'sales');
    await world.ok('agent:ann', 'agent.notReady', { reason: 'lunch' });
    expect(await arrive('c2', 'sales')).toMatchObject({ queueId: 'night' });
  });

  test('is counted by what the contact needs, and follows agents whose skills and queues change', async () => {
    await queue('help');
    await queue('sales', { whenNobody: { queue: 'help' } });
    await agent('ann', 'sales');
    const german = { requires: { all: [{ skill: 'german', level: 3 }] } };
    await world.ok('agent:ann', 'agent.notReady', { reason: 'lunch' });
    expect(await arrive('c1', 'sales')).toMatchObject({ queueId: 'sales' });
    expect(await arrive('c2', 'sales', german)).toMatchObject({ queueId: 'help' });
    const able = { agentId: 'ann', capacity: { voice: 1 }, queues: ['sales'], skills: { german: 3 } };
    await world.ok('admin:root', 'agent.set', able);
    expect(await arrive('c3', 'sales', german)).toMatchObject({ queueId: 'sales' });
    await world.ok('admin:root', 'agent.set', { ...able, skills: { german: 2 } });
    await world.idle();
    expect(await seen('c3')).toMatchObject({ queueId: 'help' });
    expect(await seen('c1')).toMatchObject({ queueId: 'sales' });
    await world.ok('admin:root', 'agent.set', { ...able, queues: ['help'] });
    await world.idle();
    expect(await seen('c1')).toMatchObject({ queueId: 'help' });
  });

  test('is left when the last of them logs out: those who wait go by the policy, also after a restart', async () => {
    await queue('help');
    await queue('sales', { whenNobody: { queue: 'help' } });
    await agent('ann', 'sales');
    await agent('bob', 'sales');
    for (const agentId of ['ann', 'bob'] as const)
      await world.ok(`agent:${agentId}`, 'agent.notReady', { reason: 'lunch' });
    await arrive('c1', 'sales');
    await world.ok('agent:bob', 'agent.logout', { when: 'now' });
    await world.idle();
    expect(await seen('c1')).toMatchObject({ queueId: 'sales' });
    await world.reopen();
    await world.ok('agent:ann', 'agent.logout', { when: 'idle' });
    await world.idle();
    expect(await seen('c1')).toMatchObject({ queueId: 'help', leftQueues: [{ queueId: 'sales', why: 'nobody' }] });
  });

  test('is left, and who joined though nobody was there stays until then', async () => {
    await queue('sales', { whenNobody: 'end', joinWhenNobody: true });
    await arrive('c1', 'sales');
    await queue('sales', { whenNobody: 'end', joinWhenNobody: true, maxWaitMs: 60_000 });
    await world.idle();
    expect(await seen('c1')).toMatchObject({ state: 'waiting' });
    await agent('ann', 'sales');
    const { offerId } = await seen('c1');
    await world.ok('agent:ann', 'offer.reject', { offerId });
    await world.ok('agent:ann', 'agent.logout', { when: 'now' });
    await world.idle();
    expect(await seen('c1')).toMatchObject({ state: 'ended', why: 'nobody' });
  });

  test('who serves the last of them is there still', async () => {
    await queue('sales', { whenNobody: 'end' });
    await agent('ann', 'sales');
    await arrive('c1', 'sales');
    const { offerId } = await seen('c1');
    await world.ok('agent:ann', 'offer.accept', { offerId });
    expect(await arrive('c2', 'sales')).toMatchObject({ state: 'waiting' });
    await world.ok('agent:ann', 'agent.logout', { when: 'idle' });
    await world.idle();
    expect(await seen('c2')).toMatchObject({ state: 'ended', why: 'nobody' });
    expect(await seen('c1')).toMatchObject({ state: 'connected' });
  });

  test('is ready: new contacts go by the policy; who is busy counts as ready, and a pause throws nobody out', async () => {
    await queue('help');
    await queue('sales', { whenNobodyReady: { queue: 'help' } });
    await agent('ann', 'sales');
    await arrive('c1', 'sales');
    const { offerId } = await seen('c1');
    await world.ok('agent:ann', 'offer.accept', { offerId });
    expect(await arrive('c2', 'sales')).toMatchObject({ queueId: 'sales' });
    await world.ok('agent:ann', 'agent.notReady', { reason: 'lunch' });
    await world.idle();
    expect(await seen('c2')).toMatchObject({ queueId: 'sales' });
    expect(await arrive('c3', 'sales')).toMatchObject({
      queueId: 'help',
      leftQueues: [{ queueId: 'sales', why: 'nobodyReady' }],
    });
    await queue('sales', { whenNobodyReady: 'end' });
    expect(await outcome('c4', 'sales')).toBe('nobody_ready');
  });

  test('an exit is not taken to where nobody is either, and the contact is looked at again', async () => {
    await queue('night', { whenNobody: 'end' });
    await queue('sales', { maxWaitMs: 1_000, whenTimedOut: { queue: 'night' } });
    await arrive('c1', 'sales');
    await world.pass(1_000);
    expect(await seen('c1')).toMatchObject({ state: 'waiting', queueId: 'sales' });
    await agent('ann', 'night');
    await world.pass(30_000);
    expect(await seen('c1')).toMatchObject({ state: 'ringing', queueId: 'night' });
  });

  test('more than one tick looks at are all told', async () => {
    await queue('sales', { whenNobody: 'end' });
    await agent('ann', 'sales');
    await world.ok('agent:ann', 'agent.notReady', { reason: 'lunch' });
    const many = Array.from({ length: 1_201 }, (_, at) => `c${at}`);
    await world.together(
      ...many.map(
        (contactId) => ['app:web', 'contact.create', { contactId, queueId: 'sales', channel: 'voice' }] as const,
      ),
    );
    await world.ok('agent:ann', 'agent.logout', { when: 'now' });
    for (let tick = 0; tick < 4; tick++) await world.idle();
    const { contacts } = await world.ok('app:web', 'contact.list', { state: 'waiting' });
    expect(contacts).toEqual([]);
  });
});

describe('setting up', () => {
  test('an exit leads to a queue that is there, and keeps it from being removed', async () => {
    await queue('help');
    expect(
      await world.outcome('admin:root', 'queue.set', {
        queueId: 'sales',
        channels: ['voice'],
        whenFull: { queue: 'nowhere' },
      }),
    ).toBe('queue_not_found');
    await queue('sales', { whenFull: { queue: 'help' } });
    expect(await world.outcome('admin:root', 'queue.remove', { queueId: 'help' })).toBe('queue_named_by_queues');
    await queue('sales');
    expect(await world.outcome('admin:root', 'queue.remove', { queueId: 'help' })).toBe('done');
  });

  test('a document may have queues that lead to each other', async () => {
    const queues = [
      { queueId: 'a', channels: ['voice'], maxWaiting: 5, whenFull: { queue: 'b' } },
      { queueId: 'b', channels: ['voice'], maxWaitMs: 9_000, whenTimedOut: { queue: 'a' } },
    ];
    await world.ok('admin:root', 'config.apply', { document: { version: 1, queues } });
    const { document } = await world.ok('admin:root', 'config.export');
    expect(document).toMatchObject({ queues });
    expect(
      await world.outcome('admin:root', 'config.apply', {
        document: { version: 1, complete: true, queues: [queues[0]] },
      }),
    ).toBe('queue_not_found');
  });
});

describe('a queue that is closed', () => {
  const outcome = (contactId: string, queueId: string) =>
    world.outcome('app:web', 'contact.create', { contactId, queueId, channel: 'voice' });
  /** The test's clock stands at some time of a day: hours around it, by UTC. */
  const office = (...hours: [from: number, to: number][]) => {
    const clock = (ms: number) => new Date(world.clock.now() + ms).toISOString().slice(11, 16);
    const weekly = hours.map(([from, to]) => ({
      days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
      from: clock(from),
      to: clock(to),
    }));
    return { calendarId: 'office', timeZone: 'UTC', weekly };
  };
  const MINUTE = 60_000;
  const noon = async () => {
    const day = 86_400_000;
    await world.pass(day - (world.clock.now() % day) + day / 2);
  };

  test('by hand refuses new contacts with the reason, keeps those who wait, and lasts over a restart', async () => {
    await queue('sales');
    await arrive('c1', 'sales');
    expect(await world.ok('supervisor:sue', 'queue.close', { queueId: 'sales', reason: 'fire drill' })).toMatchObject({
      open: false,
      closedBy: 'hand',
      closedReason: 'fire drill',
    });
    await world.reopen();
    expect(
      await world.call('app:web', 'contact.create', { contactId: 'c2', queueId: 'sales', channel: 'voice' }),
    ).toMatchObject({
      refusal: { refusal: 'queue_closed', data: { queueId: 'sales', closedReason: 'fire drill' } },
    });
    await queue('sales', { maxWaitMs: 600_000 });
    expect(await world.ok('admin:root', 'queue.get', { queueId: 'sales' })).toMatchObject({ open: false });
    expect(await seen('c1')).toMatchObject({ state: 'waiting' });
    expect(await world.ok('supervisor:sue', 'queue.open', { queueId: 'sales' })).toMatchObject({ open: true });
    expect(await outcome('c2', 'sales')).toBe('done');
  });

  test('by hand may send away who waits, to another queue or to the end', async () => {
    await queue('help');
    await queue('sales', { whenClosed: { queue: 'help' } });
    await queue('other');
    await arrive('c1', 'sales');
    await arrive('c2', 'other');
    for (const queueId of ['sales', 'other'])
      await world.ok('supervisor:sue', 'queue.close', { queueId, reason: 'flood', waiting: 'leave' });
    await world.idle();
    expect(await seen('c1')).toMatchObject({ queueId: 'help', leftQueues: [{ queueId: 'sales', why: 'closed' }] });
    expect(await seen('c2')).toMatchObject({ state: 'ended', why: 'closed' });
    expect(await arrive('c3', 'sales')).toMatchObject({ queueId: 'help' });
    await world.ok('supervisor:sue', 'queue.close', { queueId: 'help', reason: 'flood' });
    expect(await outcome('c4', 'sales')).toBe('queue_closed');
  });

  test('is passed on the way to another, and so are six more at most', async () => {
    for (let at = 9; at >= 0; at--) {
      const on = { queue: `q${at + 1}` };
      const way = at === 9 ? {} : { whenClosed: on, whenTimedOut: on };
      await queue(`q${at}`, { ...way, ...(at < 3 && { maxWaitMs: 30_000 }) });
    }
    for (const from of [1, 2]) await arrive(`c${from}`, `q${from}`);
    for (let at = 3; at < 9; at++)
      await world.ok('supervisor:sue', 'queue.close', { queueId: `q${at}`, reason: 'flood' });
    await world.ok('supervisor:sue', 'queue.close', { queueId: 'q2', reason: 'flood' });
    await world.pass(30_000);
    await world.idle();
    // Seven lie between q1 and q9, six between q2 and q9.
    expect(await seen('c1')).toMatchObject({ queueId: 'q1', state: 'waiting' });
    expect(await seen('c2')).toMatchObject({ queueId: 'q9', leftQueues: [{ queueId: 'q2', why: 'timedOut' }] });
  });

  test('sends away who comes to it late, having been told so before it closed', async () => {
    await queue('night');
    await queue('help', { closingEmpties: true, whenClosed: { queue: 'night' } });
    await queue('sales', { maxWaitMs: 30_000, whenTimedOut: { queue: 'help' }, offerMs: 20_000 });
    await arrive('c1', 'sales');
    await world.pass(29_000);
    await agent('bob', 'sales');
    expect(await seen('c1')).toMatchObject({ state: 'ringing' });
    await world.pass(2_000);
    await world.ok('supervisor:sue', 'queue.close', { queueId: 'help', reason: 'flood' });
    await world.pass(18_000);
    await world.idle();
    expect(await seen('c1')).toMatchObject({
      queueId: 'night',
      leftQueues: [
        { queueId: 'sales', why: 'timedOut' },
        { queueId: 'help', why: 'closed' },
      ],
    });
  });

  test('by its calendar opens and closes when the time has come, and not before', async () => {
    await noon();
    await world.ok('admin:root', 'calendar.set', office([10 * MINUTE, 20 * MINUTE]));
    await queue('sales', { calendarId: 'office' });
    expect(await outcome('early', 'sales')).toBe('queue_closed');
    await world.pass(10 * MINUTE - 1);
    expect(await outcome('early', 'sales')).toBe('queue_closed');
    await world.pass(1);
    expect(await arrive('c1', 'sales')).toMatchObject({ state: 'waiting' });
    await world.reopen();
    await world.pass(10 * MINUTE);
    expect(await outcome('late', 'sales')).toBe('queue_closed');
    expect(await seen('c1')).toMatchObject({ state: 'waiting' });
    const { changesAt, open } = await world.ok('admin:root', 'calendar.get', { calendarId: 'office' });
    expect(open).toBe(false);
    expect((changesAt as number) - world.clock.now()).toBe(86_400_000 - 10 * MINUTE);
  });

  test('by its calendar sends away who waits where the policy says so', async () => {
    await noon();
    await world.ok('admin:root', 'calendar.set', office([-MINUTE, 5 * MINUTE]));
    await queue('night');
    await queue('sales', { calendarId: 'office', closingEmpties: true, whenClosed: { queue: 'night' } });
    await arrive('c1', 'sales');
    await world.pass(5 * MINUTE);
    await world.idle();
    expect(await seen('c1')).toMatchObject({ queueId: 'night', leftQueues: [{ why: 'closed' }] });
    expect(await arrive('c2', 'sales')).toMatchObject({ queueId: 'night' });
  });

  test('other hours count at once', async () => {
    await noon();
    await world.ok('admin:root', 'calendar.set', office([-MINUTE, 5 * MINUTE]));
    await queue('sales', { calendarId: 'office' });
    await arrive('c1', 'sales');
    await world.ok('admin:root', 'calendar.set', office([-9 * MINUTE, -5 * MINUTE], [2 * MINUTE, 5 * MINUTE]));
    expect(await outcome('c2', 'sales')).toBe('queue_closed');
    await world.pass(2 * MINUTE);
    expect(await outcome('c2', 'sales')).toBe('done');
  });

  test('a calendar is there as long as queues keep it, and is part of the document', async () => {
    await noon();
    expect(
      await world.outcome('admin:root', 'queue.set', { queueId: 'sales', channels: ['voice'], calendarId: 'office' }),
    ).toBe('calendar_not_found');
    const calendars = [office([MINUTE, 2 * MINUTE])];
    const queues = [{ queueId: 'sales', channels: ['voice'], calendarId: 'office' }];
    await world.ok('admin:root', 'config.apply', { document: { version: 1, calendars, queues } });
    expect(await world.outcome('admin:root', 'calendar.remove', { calendarId: 'office' })).toBe('calendar_in_use');
    const { document } = await world.ok('admin:root', 'config.export');
    expect(document).toMatchObject({ calendars, queues });
    expect(await world.ok('admin:root', 'config.apply', { document })).toMatchObject({ unchanged: 2 });
    expect(await outcome('c1', 'sales')).toBe('queue_closed');
    const empty = { version: 1, complete: true };
    await world.ok('admin:root', 'config.apply', { document: empty });
    expect(await world.ok('admin:root', 'calendar.list')).toEqual({ calendars: [] });
  });
});

describe('a customer who was dropped', () => {
  const ann = { identity: { scheme: 'email', value: 'ann@example.org' } };
  const create = (contactId: string, more: Members = {}) => ({
    contactId,
    queueId: 'sales',
    channel: 'voice',
    ...more,
  });

  test('and is back in time has the place and the time of before, by identity or number', async () => {
    await queue('sales', { resumeWithinMs: 60_000 });
    await arrive('c1', 'sales', ann);
    await arrive('c2', 'sales', { from: '+493012345' });
    await arrive('c3', 'sales');
    const { arrivedAt } = await seen('c1');
    await world.pass(10_000);
    for (const contactId of ['c1', 'c2']) await world.ok('app:web', 'contact.cancel', { contactId });
    await world.reopen();
    await world.pass(30_000);
    world.told();
    expect(await arrive('c4', 'sales', { from: '+493012345' })).toMatchObject({ arrivedAt, waitedMs: 40_000 });
    expect(await arrive('c5', 'sales', ann)).toMatchObject({ arrivedAt, waitedMs: 40_000 });
    // c1 was before c2, and both before c3, all in one moment.
    expect(news('position')).toEqual(['contact.queued c4 1', 'contact.queued c5 1']);
    await agent('bob', 'sales');
    expect(await seen('c5')).toMatchObject({ state: 'ringing' });
    await expectSurvivesLoad(world);
  });

  test('and is back has it once: the next one is last, also in the same tick', async () => {
    await queue('sales', { resumeWithinMs: 60_000 });
    await arrive('c1', 'sales', ann);
    await world.pass(10_000);
    await world.ok('app:web', 'contact.cancel', { contactId: 'c1' });
    const answers = await world.together(
      ['app:web', 'contact.create', create('c2', ann)],
      ['app:web', 'contact.create', create('c3', ann)],
    );
    expect(answers).toMatchObject([{ result: { waitedMs: 10_000 } }, { result: { waitedMs: 0 } }]);
    expect(await arrive('c4', 'sales', ann)).toMatchObject({ waitedMs: 0 });
  });

  test('and is refused keeps it; and may drop and come back again', async () => {
    await queue('sales', { resumeWithinMs: 60_000, maxWaiting: 1 });
    await arrive('c1', 'sales', ann);
    await world.pass(1_000);
    await world.ok('app:web', 'contact.cancel', { contactId: 'c1' });
    await arrive('c2', 'sales');
    expect(await world.outcome('app:web', 'contact.create', create('c3', ann))).toBe('queue_full');
    await world.ok('app:web', 'contact.cancel', { contactId: 'c2' });
    expect(await arrive('c4', 'sales', ann)).toMatchObject({ waitedMs: 1_000 });
    await world.pass(1_000);
    await world.ok('app:web', 'contact.cancel', { contactId: 'c4' });
    expect(await arrive('c5', 'sales', ann)).toMatchObject({ waitedMs: 2_000 });
  });

  test('too late, for another queue, by a withheld number, or by what a customer says of itself, is last', async () => {
    await queue('help', { resumeWithinMs: 60_000 });
    await queue('sales', { resumeWithinMs: 60_000 });
    for (const [index, more] of [ann, { from: 'anonymous' }, { from: '+493012345' }].entries()) {
      await arrive(`c${index}`, 'sales', more);
      await world.pass(5_000);
      await world.ok('app:web', 'contact.cancel', { contactId: `c${index}` });
    }
    expect(await arrive('d1', 'help', ann)).toMatchObject({ waitedMs: 0 });
    expect(await arrive('d2', 'sales', { from: 'anonymous' })).toMatchObject({ waitedMs: 0 });
    expect(await world.ok('customer:eve', 'contact.create', create('d3', { from: '+493012345' }))).toMatchObject({
      waitedMs: 0,
    });
    await world.pass(60_001);
    expect(await arrive('d4', 'sales', ann)).toMatchObject({ waitedMs: 0 });
  });

  test('is remembered no longer than its queue says, however long others remember', async () => {
    await queue('sales', { resumeWithinMs: 3_600_000 });
    await queue('help', { resumeWithinMs: 10_000 });
    for (const [index, queueId] of ['sales', 'help', 'help'].entries()) {
      await arrive(`c${index}`, queueId, { from: `+49301234${index}` });
      await world.ok('app:web', 'contact.cancel', { contactId: `c${index}` });
    }
    await world.pass(10_001);
    await world.idle();
    const rows = new TableAccess(world.harness.partition.tables).range(placesTable, { limit: 10 });
    expect(rows.map(({ row }) => row.keys)).toEqual([['sales\nvoice\nfrom\n+493012340']]);
  });

  test('out of a queue that it had gone on to has the place in the one that it came for', async () => {
    await queue('help', { maxWaitMs: 600_000 });
    await queue('sales', { maxWaitMs: 30_000, whenTimedOut: { queue: 'help' }, resumeWithinMs: 60_000 });
    await arrive('c1', 'sales', ann);
    await world.pass(30_000);
    await world.idle();
    expect(await seen('c1')).toMatchObject({ queueId: 'help' });
    await world.ok('app:web', 'contact.cancel', { contactId: 'c1' });
    expect(await arrive('c2', 'sales', ann)).toMatchObject({ waitedMs: 30_000 });
  });

  test('waits in the queue for as long as anybody who comes to it', async () => {
    await queue('sales', { resumeWithinMs: 60_000, maxWaitMs: 30_000 });
    await arrive('c1', 'sales', ann);
    await world.pass(20_000);
    await world.ok('app:web', 'contact.cancel', { contactId: 'c1' });
    await arrive('c2', 'sales', ann);
    await world.pass(20_000);
    expect(await seen('c2')).toMatchObject({ state: 'waiting', waitedMs: 40_000 });
    await world.pass(10_000);
    expect(await seen('c2')).toMatchObject({ state: 'ended', why: 'timedOut' });
  });
});
