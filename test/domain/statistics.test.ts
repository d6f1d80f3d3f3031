// Statistics by interval: what is counted where, over borders, midnight and restarts; and, of a random run, the same as counted a
// second time from what everybody was told.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { statisticsIntervalMs } from '../../src/limits.ts';
import { Random, seedOfThisRun } from '../core/random.ts';
import { DomainWorld, type Members, nameOf, type Who } from './domain-world.ts';
import { Recount, shortAbandonMs, withinMs } from './statistics-recount.ts';
import { expectSurvivesLoad } from './survives-load.ts';

const minute = 60_000;
let world: DomainWorld;
/** The begin of an interval, soon after the beginning. */
let first: number;

beforeEach(async () => {
  // So few that every run has sums.
  world = await DomainWorld.start({ countedTicks: 3 });
  const serviceLevel = { percent: 80, withinMs };
  for (const queueId of ['sales', 'help'])
    await world.ok('admin:root', 'queue.set', {
      queueId,
      channels: ['voice'],
      serviceLevel,
      shortAbandonMs,
      wrapUpMs: 30_000,
      missedBeforeNotReady: 0,
      offerMs: 20 * minute,
    });
  for (const agentId of ['ada', 'bob']) await world.ok('admin:root', 'agent.set', { agentId, capacity: { voice: 1 } });
  first = Math.ceil((world.clock.now() + 1) / statisticsIntervalMs) * statisticsIntervalMs;
  await world.pass(first - world.clock.now());
});

afterEach(async () => {
  await expectSurvivesLoad(world);
  await world.stop();
});

async function lines(of: 'queues' | 'agents', more: Members = {}): Promise<Members[]> {
  const asked = { of, from: first, to: first + 60 * minute, intervalMs: statisticsIntervalMs, limit: 1_000, ...more };
  const result = await world.ok('supervisor:boss', 'statistics.query', asked);
  return result[of] as Members[];
}

/** Interval by interval: the numbers under this name, 0 where there is no line. */
async function row(of: 'queues' | 'agents', id: string, name: string, count = 6): Promise<unknown[]> {
  const found = await lines(of, { ids: [id] });
  return Array.from({ length: count }, (_, at) => {
    const line = found.find(({ from }) => from === first + at * statisticsIntervalMs);
    return line === undefined ? 0 : line[name];
  });
}

async function accept(agentId: string, contactId: string): Promise<void> {
  const { offerId } = await world.ok('app:crm', 'contact.get', { contactId });
  await world.ok(`agent:${agentId}`, 'offer.accept', { offerId });
}

async function ready(agentId: string): Promise<void> {
  await world.ok(`agent:${agentId}`, 'agent.login');
  await world.ok(`agent:${agentId}`, 'agent.ready');
}

const create = (contactId: string, queueId = 'sales') =>
  world.ok('switch:pbx', 'contact.create', { contactId, channel: 'voice', queueId });

test('a call of 17 minutes is time of its agent in each interval, and counts where it came, was answered and ended', async () => {
  await ready('ada');
  await world.pass(2 * minute);
  await create('long');
  await world.pass(4 * minute);
  await accept('ada', 'long');
  await world.pass(17 * minute);
  await world.ok('switch:pbx', 'contact.end', { contactId: 'long' });
  await world.pass(minute / 2);
  await world.pass(minute / 2);
  expect(await row('agents', 'ada', 'readyMs')).toEqual([2 * minute, 0, 0, 0, 30_000, 0]);
  expect(await row('agents', 'ada', 'ringingMs')).toEqual([3 * minute, minute, 0, 0, 0, 0]);
  expect(await row('agents', 'ada', 'inServiceMs')).toEqual([0, 4, 5, 5, 3, 0].map((m) => m * minute));
  expect(await row('agents', 'ada', 'wrappingUpMs')).toEqual([0, 0, 0, 0, 30_000, 0]);
  expect(await row('queues', 'sales', 'offered')).toEqual([1, 0, 0, 0, 0, 0]);
  expect(await row('queues', 'sales', 'answered')).toEqual([0, 1, 0, 0, 0, 0]);
  expect(await row('queues', 'sales', 'talkMs')).toEqual([0, 0, 0, 0, 17 * minute, 0]);
  const [whole] = await lines('queues', { ids: ['sales'], intervalMs: 60 * minute });
  expect(whole).toMatchObject({
    offered: 1,
    answered: 1,
    answeredWithin: 0,
    answeredWaitMs: 4 * minute,
    averageAnswerMs: 4 * minute,
    waitP95Ms: 4 * minute,
    handled: 1,
    talkMs: 17 * minute,
    wrapUpMs: 30_000,
    averageHandleMs: 17 * minute + 30_000,
  });
  const [day] = await lines('agents', { ids: ['ada'], intervalMs: 86_400_000, to: first + 1_440 * minute });
  // 21.5 of 24 minutes busy; the rest of the interval begins when it has come.
  expect(day).toMatchObject({ loggedInMs: 24 * minute, loggedOutMs: 0, occupancyPercent: 89.58 });
});

test('each known service level is by its own formula, and a percentile is hardly above the wait that it names', async () => {
  await ready('ada');
  for (const [at, waitMs] of [10_000, 30_000, 90_000].entries()) {
    await create(`served${at}`);
    await world.pass(waitMs);
    await accept('ada', `served${at}`);
    await world.ok('switch:pbx', 'contact.end', { contactId: `served${at}` });
    await world.pass(30_000);
  }
  await world.ok('agent:ada', 'agent.notReady', { reason: 'lunch' });
  for (const [at, waitMs] of [2_000, 50_000, 70_000].entries()) {
    await create(`gone${at}`);
    await world.pass(waitMs);
    await world.ok('switch:pbx', 'contact.cancel', { contactId: `gone${at}` });
  }
  await create('ended');
  await world.ok('app:crm', 'contact.end', { contactId: 'ended', by: 'application' });
  await create('waits');
  const [sales] = await lines('queues', { ids: ['sales'], intervalMs: 60 * minute });
  expect(sales).toMatchObject({
    offered: 8,
    answered: 3,
    answeredWithin: 2,
    abandoned: 3,
    abandonedShort: 1,
    abandonedWithin: 2,
    endedOtherwise: 1,
    serviceLevelPercent: 40,
    serviceLevelAllPercent: 33.33,
    serviceLevelAnsweredPercent: 66.67,
    serviceLevelEitherPercent: 66.67,
    serviceLevelOfferedPercent: 25,
    abandonedPercent: 50,
    abandonedLongPercent: 40,
    waitP95Ms: 90_000,
  });
  expect(sales!.waitP50Ms).toBeGreaterThanOrEqual(30_000);
  expect(sales!.waitP50Ms).toBeLessThanOrEqual(30_000 * 1.091);
});

test('holds are not talk, and go on over a restart', async () => {
  await ready('ada');
  await create('held');
  await accept('ada', 'held');
  await world.pass(minute);
  await world.ok('agent:ada', 'contact.hold', { contactId: 'held' });
  await world.pass(20_000);
  await world.ok('agent:ada', 'contact.resume', { contactId: 'held' });
  await world.pass(10_000);
  await world.ok('agent:ada', 'contact.hold', { contactId: 'held' });
  await world.stop();
  await world.reopen();
  await world.pass(5_000);
  await world.ok('switch:pbx', 'contact.end', { contactId: 'held' });
  const [sales] = await lines('queues', { ids: ['sales'] });
  expect(sales).toMatchObject({ talkMs: 70_000, holdMs: 25_000 });
});

test('reasons for not being ready are told apart', async () => {
  await ready('ada');
  await world.ok('agent:ada', 'agent.notReady', { reason: 'lunch' });
  await world.pass(2 * minute);
  await world.ok('agent:ada', 'agent.notReady', { reason: 'desk' });
  await world.pass(4 * minute);
  expect(await row('agents', 'ada', 'notReadyByReason', 2)).toEqual([
    { lunch: 2 * minute, desk: 3 * minute },
    { desk: minute },
  ]);
});

test('the time without a router is nobody’s, in the middle of an interval and over several', async () => {
  await ready('ada');
  await world.pass(minute);
  await create('one');
  await world.stop();
  world.clock.advance(2 * minute);
  await world.reopen();
  expect(await row('agents', 'ada', 'loggedInMs', 1)).toEqual([minute]);
  await world.pass(7 * minute);
  expect(await row('agents', 'ada', 'ringingMs', 2)).toEqual([2 * minute, 5 * minute]);
  await world.stop();
  world.clock.advance(11 * minute);
  await world.reopen();
  await world.pass(minute);
  // The last tick was the one that began the second interval's rows; nothing happened since, as far as anybody knows.
  expect(await row('agents', 'ada', 'ringingMs', 5)).toEqual([2, 5, 0, 0, 1].map((m) => m * minute));
});

test('pages go on where they ended, and the CSV of all pages is one file', async () => {
  for (const agentId of ['ada', 'bob']) await ready(agentId);
  await world.pass(12 * minute);
  const whole = await lines('agents');
  expect(whole.length).toBe(6);
  const paged: unknown[] = [];
  let csv = '';
  for (const [method, take] of [
    ['statistics.query', (page: Members) => paged.push(...(page.agents as unknown[]))],
    ['statistics.export', (page: Members) => (csv += page.csv)],
  ] as const) {
    let cursor: unknown;
    do {
      const asked = { of: 'agents', from: first, to: first + 60 * minute, intervalMs: 300_000, limit: 4 };
      const page = await world.ok('app:crm', method, { ...asked, ...(cursor !== undefined && { cursor }) });
      take(page);
      cursor = page.cursor;
    } while (cursor !== undefined);
  }
  expect(paged).toEqual(whole);
  expect(csv.split('\r\n').length).toBe(1 + 6 + 1);
  expect(csv.startsWith('from,to,agentId,loggedInMs,')).toBe(true);
  const all = await lines('agents', { by: 'all' });
  expect(all.map(({ readyMs }) => readyMs)).toEqual([10, 10, 4].map((m) => m * minute));
});

describe('a random run', () => {
  test('counts as what everybody was told does, over restarts and midnight', { timeout: 120_000 }, async () => {
    const seed = seedOfThisRun();
    console.log(`statistics: seed ${seed} (SEED repeats it)`);
    const random = new Random(seed);
    const recount = new Recount();
    let lastAt = world.clock.now();
    world.onDurable = ({ at }) => {
      lastAt = at;
    };
    await restart();
    world.told();
    const agents = ['ada', 'bob'];
    let made = 0;
    const anyContact = () => ({ contactId: `r${random.between(Math.max(1, made - 4), Math.max(1, made))}` });
    const begun = Math.floor(world.clock.now() / statisticsIntervalMs) * statisticsIntervalMs;
    const listen = () => {
      for (const told of world.told()) recount.hear(told, world.clock.now());
    };

    async function restart(kill = false) {
      if (!kill) await world.stop();
      const away = lastAt;
      world.clock.advance(random.pick([0, 1, 1_000, 2 * minute, 13 * minute]));
      await world.reopen();
      recount.away(away, world.clock.now());
    }

    async function act(): Promise<void> {
      const agent: Who = `agent:${random.pick(agents)}`;
      const kind = random.between(1, 100);
      if (kind <= 22) {
        made += 1;
        const queueId = random.pick(['sales', 'help']);
        const named = random.chance(15) && {
          agentId: random.pick(agents),
          direct: { waitMs: random.pick([0, 30_000]), orElse: random.pick(['queue', 'end']) },
        };
        const params = { contactId: `r${made}`, channel: 'voice', queueId, ...named };
        // Before what it caused is heard.
        recount.created(`r${made}`, queueId, world.clock.now());
        await world.ok('switch:pbx', 'contact.create', params);
      } else if (kind <= 50) await answerOne();
      else if (kind <= 62) await world.call('switch:pbx', 'contact.end', anyContact());
      else if (kind <= 68) await world.call('switch:pbx', 'contact.cancel', anyContact());
      else if (kind <= 74) await world.call('app:crm', random.pick(['contact.hold', 'contact.resume']), anyContact());
      else if (kind <= 79) await world.call(agent, 'contact.wrapUpDone', anyContact());
      else if (kind <= 84) await world.call(agent, 'agent.login');
      else if (kind <= 92) await world.call(agent, 'agent.ready');
      else if (kind <= 97) await world.call(agent, 'agent.notReady', { reason: random.pick(['lunch', 'desk']) });
      else await world.call(agent, 'agent.logout', { when: random.pick(['now', 'idle']) });
    }

    async function answerOne(): Promise<void> {
      const { contacts } = await world.ok('app:crm', 'contact.list', { state: 'ringing', limit: 10 });
      for (const { agentId, offerId, contactId } of contacts as Members[]) {
        const shown = offerId ?? (await world.ok('app:crm', 'contact.get', { contactId })).offerId;
        const method = random.chance(80) ? 'offer.accept' : 'offer.reject';
        const params = { offerId: shown, ...(method === 'offer.reject' && { reason: 'busy' }) };
        await world.call(`agent:${agentId}`, method, params);
      }
    }

    async function expectEqual(): Promise<void> {
      const now = world.clock.now();
      for (const [of, ids] of [
        ['queues', ['sales', 'help']],
        ['agents', agents],
      ] as const) {
        for (const stepMs of [statisticsIntervalMs, 30 * minute]) {
          const to = begun + Math.ceil((now + 1 - begun) / stepMs) * stepMs;
          const found = await lines(of, { from: begun, to, intervalMs: stepMs });
          for (let from = begun; from < to; from += stepMs) {
            for (const id of ids) {
              const line = found.find((one) => one.from === from && (one.queueId ?? one.agentId) === id);
              const counted = recount.lines(of, id, from, from + stepMs, now);
              const compared = Object.fromEntries(
                Object.keys(line ?? {})
                  .filter((name) => name in counted || (typeof line?.[name] === 'number' && summed.has(name)))
                  .map((name) => [name, line?.[name]]),
              );
              const nothing = Object.fromEntries([...summed].map((name) => [name, 0]));
              const whose = { of, id, interval: (from - begun) / stepMs };
              expect({ ...whose, ...nothing, notReadyByReason: {}, ...compared }).toEqual({
                ...whose,
                ...nothing,
                notReadyByReason: {},
                ...counted,
              });
            }
          }
        }
      }
    }

    for (let step = 0; step < 600; step++) {
      await act();
      listen();
      if (random.chance(70)) await world.pass(random.pick([1, 500, 7_000, 30_000, 4 * minute]));
      listen();
      if (step % 40 === 39) {
        await expectEqual();
        await restart(random.chance(50));
        listen();
        await expectEqual();
        await expectSurvivesLoad(world);
      }
    }
  });
});

const summed = new Set([
  ...['offered', 'answered', 'answeredWithin', 'abandoned', 'abandonedShort', 'abandonedWithin', 'endedOtherwise'],
  ...['answeredWaitMs', 'abandonedWaitMs', 'answeredWaitMsMax', 'abandonedWaitMsMax', 'handled', 'talkMs', 'holdMs'],
  ...['wrapUpMs', 'offers', 'missed', 'rejected', 'withdrawn'],
  ...['readyMs', 'notReadyMs', 'ringingMs', 'inServiceMs', 'wrappingUpMs'],
]);

describe('contacts that are refused', () => {
  const create = (
    contactId: string,
    queueId = 'sales',
    more: Members = {},
  ): readonly [Who, 'contact.create', Members] => [
    'switch:pbx',
    'contact.create',
    { contactId, channel: 'voice', queueId, ...more },
  ];

  test('count in the interval in which they were, over a restart, whether the core refused or admission did', async () => {
    await world.ok('admin:root', 'queue.set', { queueId: 'sales', channels: ['voice'], maxWaiting: 1 });
    await world.ok('admin:root', 'queue.set', { queueId: 'help', channels: ['voice'], joinWhenNobody: false });
    const answers = await world.together(create('a'), create('b'), create('c', 'help'), create('d'));
    expect(answers.map(nameOf)).toEqual(['done', 'queue_full', 'nobody_logged_in', 'queue_full']);
    expect(await row('queues', 'sales', 'refused', 2)).toEqual([2, 0]);
    await world.pass(5 * minute);
    // Nothing else happens in this tick.
    expect(await world.outcome(...create('e', 'help'))).toBe('nobody_logged_in');
    await world.stop();
    await world.reopen();
    expect(await row('queues', 'sales', 'refused', 2)).toEqual([2, 0]);
    expect(await row('queues', 'help', 'refused', 2)).toEqual([1, 1]);
    expect(await row('queues', 'help', 'offered', 2)).toEqual([0, 0]);
    await world.pass(10 * minute);
    expect(await row('queues', 'help', 'refused', 3)).toEqual([1, 1, 0]);
  });

  test('leave nothing but that they are counted', async () => {
    await world.ok('admin:root', 'caller.block', { number: '+49301' });
    const identity = { scheme: 'email', value: 'a@example.org' };
    const blocked = create('a', 'sales', { from: '+49301', identity, legId: 'leg-1' });
    expect(await world.outcome(...blocked)).toBe('caller_blocked');
    expect(await row('queues', 'sales', 'refused', 1)).toEqual([1]);
    expect(await world.outcome('app:crm', 'customer.get', { identity })).toBe('customer_not_found');
    expect(await world.outcome('app:crm', 'contact.get', { contactId: 'a' })).toBe('contact_not_found');
    expect(await world.outcome(...create('b', 'sales', { legId: 'leg-1' }))).toBe('done');
  });
});
