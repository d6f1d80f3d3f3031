// What agents are planned to do: what may be planned, what stays, and what statistics make of it, by interval, for all together, as CSV,
// over borders of intervals and restarts; and, of a random run, the same as counted a second time from a list of milliseconds.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { plannedActivitiesPerAgentMax, plannedPerRequestMax, statisticsIntervalMs } from '../../src/limits.ts';
import { Random, seedOfThisRun } from '../core/random.ts';
import { DomainWorld, type Members, nameOf } from './domain-world.ts';
import { expectSurvivesLoad } from './survives-load.ts';

const minute = 60_000;
let world: DomainWorld;
/** The begin of an interval, soon after the beginning. */
let first: number;

beforeEach(async () => {
  world = await DomainWorld.start();
  for (const agentId of ['ada', 'bob']) await world.ok('admin:root', 'agent.set', { agentId, capacity: { voice: 1 } });
  first = Math.ceil((world.clock.now() + 1) / statisticsIntervalMs) * statisticsIntervalMs;
  await world.pass(first - world.clock.now());
});

afterEach(async () => {
  await expectSurvivesLoad(world);
  await world.stop();
});

const at = (minutes: number) => first + minutes * minute;
const work = (from: number, to: number) => ({ from: at(from), to: at(to), state: 'working' });
const rest = (from: number, to: number, reason?: string) => {
  return { from: at(from), to: at(to), state: 'notReady', ...(reason !== undefined && { reason }) };
};

function plan(agentId: string, from: number, to: number, ...activities: Members[]): Promise<Members> {
  return world.ok('supervisor:boss', 'agent.schedule', { agentId, from: at(from), to: at(to), activities });
}

async function planned(agentId: string): Promise<unknown> {
  return (await world.ok(`agent:${agentId}`, 'agent.planned', { from: 0 })).activities;
}

async function kept(more: Members = {}): Promise<unknown[]> {
  const asked = { of: 'agents', from: first, to: at(60), intervalMs: statisticsIntervalMs, limit: 1_000, ...more };
  const { agents } = (await world.ok('supervisor:boss', 'statistics.query', asked)) as { agents: Members[] };
  return agents.map(({ scheduledMs, adherentMs }) => [scheduledMs, adherentMs]);
}

describe('a plan', () => {
  test('is set anew by the period, and what lies around it stays', async () => {
    await plan('ada', 0, 60, work(1, 20), rest(20, 30, 'lunch'), work(30, 60));
    await plan('ada', 15, 35, rest(16, 17));
    expect(await planned('ada')).toEqual([work(1, 15), rest(16, 17), work(35, 60)]);
    await plan('ada', 0, 60);
    expect(await planned('ada')).toEqual([]);
  });

  test('of what is over stays as it was', async () => {
    await plan('ada', 0, 60, work(0, 60));
    await world.pass(10 * minute);
    await plan('ada', 0, 60, rest(5, 30));
    expect(await planned('ada')).toEqual([work(0, 10), rest(10, 30)]);
    await plan('ada', 0, 5, rest(0, 5));
    expect(await planned('ada')).toEqual([work(0, 10), rest(10, 30)]);
  });

  test('is gone with its agent from then on, and is nobody’s who was never set up', async () => {
    await plan('ada', 0, 60, work(0, 60));
    await world.pass(10 * minute);
    await world.ok('admin:root', 'agent.remove', { agentId: 'ada' });
    await world.ok('admin:root', 'agent.set', { agentId: 'ada', capacity: { voice: 1 } });
    expect(await planned('ada')).toEqual([work(0, 10)]);
    const params = { agentId: 'eve', from: at(0), to: at(1), activities: [] };
    expect(nameOf(await world.call('supervisor:boss', 'agent.schedule', params))).toBe('agent_not_found');
  });

  test('stays when its agent is not removed after all', async () => {
    await plan('ada', 0, 60, work(0, 60));
    const answers = await world.together(
      ['agent:ada', 'agent.login'],
      ['admin:root', 'agent.remove', { agentId: 'ada' }],
    );
    expect(answers.map((answer) => ('refusal' in answer ? answer.refusal.refusal : 'done'))).toEqual([
      'done',
      'agent_logged_in',
    ]);
    expect(await planned('ada')).toEqual([work(0, 60)]);
  });

  test('has a bound', async () => {
    const many = (from: number) =>
      Array.from({ length: plannedPerRequestMax }, (_, index) => work(from + index, from + index + 1));
    await plan('ada', 0, 500, ...many(0));
    await plan('ada', 500, 1_000, ...many(500));
    expect(await planned('ada')).toHaveLength(plannedActivitiesPerAgentMax);
    const params = { agentId: 'ada', from: at(1_000), to: at(1_001), activities: [work(1_000, 1_001)] };
    expect(nameOf(await world.call('supervisor:boss', 'agent.schedule', params))).toBe('too_many_planned_activities');
  });
});

describe('what was kept to', () => {
  test('is counted in each interval that it touches, and is there though nobody came', async () => {
    await plan('ada', 0, 60, work(2, 12));
    await world.pass(4 * minute);
    await world.ok('agent:ada', 'agent.login');
    await world.ok('agent:ada', 'agent.ready');
    await world.pass(4 * minute);
    const sofar = [
      [3 * minute, 1 * minute],
      [3 * minute, 3 * minute],
    ];
    expect(await kept({ ids: ['ada'] })).toEqual(sofar);
    await world.pass(10 * minute);
    const whole = [sofar[0], [5 * minute, 5 * minute], [2 * minute, 2 * minute], [0, 0]];
    expect(await kept({ ids: ['ada'] })).toEqual(whole);
    await plan('bob', 20, 25, work(20, 22));
    await world.pass(10 * minute);
    expect(await kept({ ids: ['bob'] })).toEqual([[2 * minute, 0]]);
    expect(await kept({ by: 'all', intervalMs: 60 * minute })).toEqual([[12 * minute, 8 * minute]]);
    const asked = { of: 'agents', ids: ['bob'], from: first, to: at(60), intervalMs: 60 * minute };
    const { csv } = (await world.ok('supervisor:boss', 'statistics.export', asked)) as { csv: string };
    const [names = '', values = ''] = csv.split('\n');
    const cell = (name: string) => values.split(',')[names.trim().split(',').indexOf(name)]?.trim();
    expect([cell('scheduledMs'), cell('adherentMs'), cell('adherencePercent')]).toEqual(['120000', '0', '0']);
  });

  test('goes on over a stop, whose time is nobody’s', async () => {
    await plan('ada', 0, 60, work(0, 30));
    await world.ok('agent:ada', 'agent.login');
    await world.ok('agent:ada', 'agent.ready');
    await world.pass(7 * minute);
    await world.ok('agent:ada', 'agent.notReady', { reason: 'lunch' });
    await world.harness.partition.stop();
    world.clock.advance(6 * minute);
    await world.reopen();
    await world.pass(4 * minute);
    expect(await kept({ ids: ['ada'] })).toEqual([
      [5 * minute, 5 * minute],
      [2 * minute, 2 * minute],
      [2 * minute, 0],
      [2 * minute, 0],
    ]);
  });
});

test('what is counted is what a list of milliseconds comes to', async () => {
  const seed = seedOfThisRun();
  console.log(`schedules: seed ${seed} (SEED repeats it)`);
  const random = new Random(seed);
  /** Second by second: what was planned, and what was so. */
  const plans: (Members | undefined)[] = [];
  const states: (string | undefined)[] = [];
  let state = 'loggedOut';
  const second = () => (world.clock.now() - first) / 1_000;
  const goOn = async (seconds: number) => {
    for (let left = 0; left < seconds; left++) states[second() + left] = state;
    await world.pass(seconds * 1_000);
  };
  for (let step = 0; step < 60; step++) {
    const kind = random.between(1, 100);
    if (kind <= 35) {
      const from = Math.max(0, second() + random.between(-300, 600));
      const ends = [random.between(1, 400), random.between(1, 400)]
        .map((length) => from + length)
        .sort((a, b) => a - b);
      const to = from + 900;
      const [middle = 0, end = 0] = ends;
      const times = (begin: number, over: number) => ({ from: first + begin * 1_000, to: first + over * 1_000 });
      const activities = [
        ...(middle > from ? [{ ...times(from, middle), state: 'working' }] : []),
        ...(end > middle ? [{ ...times(middle, end), state: 'notReady', reason: 'lunch' }] : []),
      ];
      await world.ok('supervisor:boss', 'agent.schedule', { agentId: 'ada', ...times(from, to), activities });
      for (let one = Math.max(from, second()); one < to; one++)
        plans[one] = one < middle ? activities[0] : one < end ? activities.at(-1) : undefined;
    } else if (kind <= 50) {
      await world.ok('agent:ada', 'agent.login');
      if (state === 'loggedOut') state = 'loggedIn';
    } else if (kind <= 70) {
      if ('result' in (await world.call('agent:ada', 'agent.ready'))) state = 'working';
    } else if (kind <= 85) {
      const reason = random.pick(['lunch', 'phone']);
      if ('result' in (await world.call('agent:ada', 'agent.notReady', { reason }))) state = reason;
    } else if (kind <= 92) {
      await world.call('agent:ada', 'agent.logout', { when: 'now' });
      state = 'loggedOut';
    } else {
      // What was journalled last says until when somebody was there.
      await plan('bob', 10_000 + step, 10_001 + step, work(10_000 + step, 10_001 + step));
      await world.harness.partition.stop();
      const down = random.between(1, 400);
      for (let left = 0; left < down; left++) states[second() + left] = undefined;
      world.clock.advance(down * 1_000);
      await world.reopen();
    }
    await goOn(random.between(1, 120));
  }
  let [scheduledMs, adherentMs] = [0, 0];
  states.forEach((was, one) => {
    const meant = plans[one];
    if (was === undefined || meant === undefined) return;
    scheduledMs += 1_000;
    if (was === (meant.state === 'working' ? 'working' : 'lunch')) adherentMs += 1_000;
  });
  const hours = { ids: ['ada'], to: at(1_440), intervalMs: 1_440 * minute };
  expect(await kept(hours)).toEqual([[scheduledMs, adherentMs]]);
  expect(scheduledMs).toBeGreaterThan(0);
});
