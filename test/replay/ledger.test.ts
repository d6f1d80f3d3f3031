import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Value } from '@sinclair/typebox/value';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { artifacts } from '../../src/artifacts.ts';
import { configDocument } from '../../src/protocol/config-document.ts';
import { Activity } from '../../src/simulation/activity.ts';
import { CallLedger } from '../../src/simulation/call-ledger.ts';
import { generateDay } from '../../src/simulation/generated-day.ts';
import type { RecordedCall } from '../../src/simulation/recorded-call.ts';
import type { ReplayOutcome } from '../../src/simulation/replay.ts';
import { PlanError, type PlannedCall, planReplay, type ReplayPlan } from '../../src/simulation/replay-plan.ts';
import { replayPlots } from '../../src/simulation/replay-plots.ts';
import { latencyWarning, reportOf } from '../../src/simulation/replay-report.ts';
import { queueAt, wishesAt } from '../../src/simulation/replay-setting.ts';
import { hoursText, tableOf, textOf } from '../../src/simulation/replay-table.ts';
import type { Shift } from '../../src/simulation/shifts.ts';
import { Zone } from '../../src/zone.ts';

const start = Date.parse('1999-08-01T07:00:00Z');
const routing = {
  queues: [{ queueId: 'internet', types: ['IN'] }, { queueId: 'calls' }],
  credits: [{ priorities: ['2'], waitCreditMs: 90_000 }],
};

function call(line: number, fields: Partial<RecordedCall> = {}): RecordedCall {
  return {
    id: `call-${line}`,
    line,
    day: '1999-08-01',
    arrivedAt: start + line * 1000,
    waitMs: 30_000,
    outcome: 'served',
    serviceStartAt: start + line * 1000 + 30_000,
    serviceMs: 60_000,
    agent: 'ANAT',
    type: 'PS',
    priority: '0',
    customer: undefined,
    ...fields,
  };
}

function shift(fields: Partial<Shift> = {}): Shift {
  return {
    agent: 'ANAT',
    day: '1999-08-01',
    from: start,
    to: start + 600_000,
    types: ['PS'],
    breaks: [],
    pausesMs: [],
    ...fields,
  };
}

function plan(calls: readonly RecordedCall[], shifts: readonly Shift[] = [shift()]): ReplayPlan {
  const serviceMs = new Map(calls.map((one) => [one, one.serviceMs ?? 60_000]));
  return planReplay({ calls, shifts, serviceMs, routing, runId: 'run', prefix: 'replay.' });
}

describe('the plan of a replay', () => {
  it('gives each call the queue and the skill of its type and the credit of its priority', () => {
    const { contacts, queues } = plan([call(2), call(3, { type: 'IN', priority: '2' })]);
    const needs = (skill: string) => ({ all: [{ skill }] });
    expect(contacts).toMatchObject([
      { contactId: 'run.2', wishes: { queueId: 'replay.calls', requires: needs('replay.PS'), waitCreditMs: 0 } },
      {
        contactId: 'run.3',
        wishes: { queueId: 'replay.internet', requires: needs('replay.IN'), waitCreditMs: 90_000 },
      },
    ]);
    expect(queues.map(({ queueId }) => queueId)).toEqual(['replay.calls', 'replay.internet']);
  });

  it('makes ids of names with any characters, different ones for different names', () => {
    const { agents } = plan([call(2)], [shift({ agent: 'Åse B.' }), shift({ agent: 'Øse B.' })]);
    expect(agents.map((agent) => [agent.agentId, agent.shifts[0]!.settings.name])).toEqual([
      ['replay._se_B.', 'Åse B.'],
      ['replay._se_B..2', 'Øse B.'],
    ]);
  });

  it('lets a shift that reaches over midnight end where the next begins', () => {
    const { agents } = plan([call(2)], [shift(), shift({ from: start + 500_000, to: start + 900_000 })]);
    expect(agents[0]!.shifts.map(({ from, to }) => [from - start, to - start])).toEqual([
      [0, 600_000],
      [600_000, 900_000],
    ]);
  });

  it('is refused without calls, without agents, and for a type that no queue takes', () => {
    expect(() => plan([])).toThrow(PlanError);
    expect(() => plan([call(2)], [])).toThrow(/names no agent/);
    const narrow = { queues: [{ queueId: 'internet', types: ['IN'] }] };
    const input = { calls: [call(2)], shifts: [shift()], serviceMs: new Map(), runId: 'r', prefix: '' };
    expect(() => planReplay({ ...input, routing: narrow })).toThrow(/no queue for calls of type PS/);
  });
});

describe('speed', () => {
  it('divides the credit and the durations of the queue', () => {
    const planned = plan([call(2, { priority: '2' })]);
    expect(wishesAt(planned, 300)(planned.contacts[0]!)).toMatchObject({ waitCreditMs: 300 });
    const queue = { queueId: 'q', channels: ['voice'], shortAbandonMs: 5_000, wrapUpMs: 40_000, ageingPerSecond: 2 };
    expect(queueAt({ ...queue, serviceLevel: { percent: 80, withinMs: 20_000 } }, 100)).toEqual({
      ...queue,
      shortAbandonMs: 50,
      wrapUpMs: 400,
      ageingPerSecond: 200,
      serviceLevel: { percent: 80, withinMs: 200 },
    });
    expect(queueAt(queue, 'virtual')).toEqual(queue);
  });

  it('of max orders by arrival less the credit, as a priority within its bounds, over three weeks too', () => {
    const day = 86_400_000;
    const calls = [
      call(2),
      call(3, { arrivedAt: start + 91_000 }),
      call(4, { arrivedAt: start + 91_000 + 5_000, priority: '2' }),
      call(5, { arrivedAt: start + 30 * day }),
    ];
    const planned = plan(calls);
    const wishesOf = wishesAt(planned, 'max');
    const priorities = planned.contacts.map((one) => wishesOf(one).priority!);
    // The fourth came last but one and is credited with 90 s: before the third, after the second.
    expect(priorities[0]).toBeGreaterThan(priorities[2]!);
    expect(priorities[2]).toBeGreaterThan(priorities[1]!);
    expect(Math.max(...priorities)).toBe(1_000_000);
    expect(Math.min(...priorities)).toBeGreaterThanOrEqual(-1_000_000);
    expect(priorities.every(Number.isInteger)).toBe(true);
  });

  it('of max puts whoever has less priority behind everybody who has more', () => {
    const rank = { ...routing, priorities: [{ types: ['TT'], priority: -1_000_000 }] };
    const calls = [call(2, { type: 'TT' }), call(3), call(4, { arrivedAt: start + 20 * 86_400_000 })];
    const serviceMs = new Map(calls.map((one) => [one, 60_000]));
    const shifts = [shift({ types: ['PS', 'TT'] })];
    const planned = planReplay({ calls, shifts, serviceMs, routing: rank, runId: 'run', prefix: 'replay.' });
    expect(planned.contacts.map(({ wishes }) => wishes.priority)).toEqual([-1_000_000, 0, 0]);
    const [callBack, first, last] = planned.contacts.map((one) => wishesAt(planned, 'max')(one).priority!);
    expect(first).toBeGreaterThan(last!);
    expect(last).toBeGreaterThan(callBack!);
    expect(Math.min(first!, last!, callBack!)).toBeGreaterThanOrEqual(-1_000_000);
  });

  it('is warned of once the router’s latency counts for more than a second', () => {
    expect(latencyWarning(3.3, 300)).toBeUndefined();
    expect(latencyWarning(4, 300)).toMatch(/4\.0 ms on average, counts for 1\.2 s .* choose --speed 250 or less/);
    expect(latencyWarning(400, 'max')).toBeUndefined();
  });
});

describe('the account of a replay', () => {
  it('balances when every contact has come to one end', () => {
    const ledger = new CallLedger(plan([call(2), call(3), call(4)]));
    for (const id of ['run.2', 'run.3', 'run.4']) ledger.created(id);
    expect(ledger.connected('run.2', 'a', 1_000)).toBe(true);
    ledger.ended('run.2', 1_000);
    ledger.ended('run.3', 30_000);
    expect(ledger.balance().balanced).toBe(false);
    expect(ledger.balance().why).toMatch(/1 unaccounted for/);
    ledger.leftOver('run.4');
    ledger.ended('run.4', 99);
    expect(ledger.totals()).toMatchObject({ created: 3, answered: 1, abandoned: 1, leftOver: 1, waiting: 0 });
    expect(ledger.balance().balanced).toBe(true);
  });

  it('does not balance while somebody is in service, was never created, or was refused', () => {
    const ledger = new CallLedger(plan([call(2)]));
    expect(ledger.balance().balanced).toBe(false);
    ledger.created('run.2');
    ledger.connected('run.2', 'a', 0);
    expect(ledger.balance().why).toMatch(/1 of the answered never ended/);
    ledger.ended('run.2', 0);
    expect(ledger.balance().balanced).toBe(true);
    const refusing = new CallLedger(plan([call(2)]));
    refusing.refused('run.2', 'queue_full');
    expect(refusing.balance().balanced).toBe(false);
  });

  it('counts whom a full queue turned away, and still balances', () => {
    const ledger = new CallLedger(plan([call(2), call(3)]));
    ledger.turnedAway('run.2');
    ledger.created('run.3');
    ledger.ended('run.3', 4_000);
    expect(ledger.totals()).toMatchObject({ planned: 2, created: 1, turnedAway: 1, abandoned: 1 });
    expect(ledger.balance()).toEqual({
      balanced: true,
      why: '2 planned, 1 created = 0 answered + 1 abandoned + 0 left over; 1 turned away',
    });
  });

  it('changes nothing when it hears the same again, as after a reconnect', () => {
    const ledger = new CallLedger(plan([call(2)]));
    ledger.created('run.2');
    expect(ledger.connected('run.2', 'a', 5)).toBe(true);
    ledger.created('run.2');
    expect(ledger.connected('run.2', 'a', 7)).toBe(false);
    ledger.ended('run.2', 5);
    expect(ledger.connected('run.2', 'a', 5)).toBe(false);
    ledger.ended('run.2', 5);
    expect(ledger.entry('run.2')).toMatchObject({ fate: 'answered', waitMs: 5, agentId: 'a' });
    expect(ledger.anomalyCount).toBe(0);
  });

  it('keeps as an anomaly a contact at two agents, an agent with two contacts, a contact of nobody', () => {
    const ledger = new CallLedger(plan([call(2), call(3)]));
    ledger.created('run.2');
    ledger.created('run.3');
    ledger.connected('run.2', 'a', 0);
    ledger.connected('run.2', 'b', 0);
    ledger.connected('run.3', 'a', 0);
    ledger.ended('run.9', 0);
    expect(ledger.anomalies).toEqual([
      'run.2 was connected to b after it was connected (a)',
      'a was given run.3 while in service with run.2',
      'run.9, ended, is no contact of this replay',
    ]);
    expect(ledger.balance().balanced).toBe(false);
  });
});

describe('the report', () => {
  const planned = plan([
    call(2, { waitMs: 40_000 }),
    call(3, { waitMs: 10_000, outcome: 'hungUp' }),
    call(4, { type: 'IN', waitMs: 0 }),
  ]);

  function outcome(): ReplayOutcome<PlannedCall> {
    const ledger = new CallLedger(planned);
    for (const { contactId } of planned.contacts) ledger.created(contactId);
    ledger.connected('run.2', 'a', 20_000);
    ledger.ended('run.2', 20_000);
    ledger.ended('run.3', 10_000);
    ledger.leftOver('run.4');
    return {
      ledger,
      stopped: false,
      wallMs: 2_000,
      latency: { samples: 60, meanMs: 5, p95Ms: 9, maxMs: 12 },
      lateMs: { mean: 100, max: 900 },
      connectionsLost: 0,
      offersMissed: 0,
      stillThere: [],
      problems: [],
      problemCount: 0,
    };
  }
  const rule = { withinMs: 20_000, shortAbandonMs: 0 };
  const report = (change: Partial<ReplayOutcome<PlannedCall>> = {}) =>
    reportOf({
      runId: 'run',
      speed: 300,
      serviceLevel: rule,
      wasRecorded: true,
      zone: new Zone('Asia/Jerusalem'),
      plan: planned,
      outcome: { ...outcome(), ...change },
    });

  it('sets what was recorded beside what was replayed, for each type and for all', () => {
    const { groups } = report();
    expect(groups.map((group) => group.type)).toEqual(['IN', 'PS', 'all']);
    const [internet, regular, all] = groups;
    expect(internet!.recorded).toMatchObject({ calls: 1, answered: 1 });
    expect(internet!.replayed).toMatchObject({ calls: 0, answered: 0 });
    expect(internet!.leftOver).toBe(1);
    expect(regular!.recorded.meanWaitMs).toBe(25_000);
    expect(regular!.replayed.meanWaitMs).toBe(15_000);
    expect(all!.recorded).toMatchObject({ calls: 3, answered: 2, abandoned: 1 });
    expect(all!.recorded.serviceLevelPercent).toBeCloseTo(100 / 3, 10);
    expect(all!.replayed.serviceLevelPercent).toBe(50);
  });

  it('sets them side by side for each hour of arrival, in the recording’s zone', () => {
    const { hours } = report();
    // It begins at seven in UTC, ten there.
    expect(hours.map(({ type, hour, recorded, replayed }) => [type, hour, recorded.calls, replayed.calls])).toEqual([
      ['IN', 10, 1, 0],
      ['PS', 10, 2, 2],
      ['all', 10, 3, 2],
    ]);
    expect(hours[1]!.replayed.meanWaitMs).toBe(15_000);
    expect(hoursText(report())).toMatch(/^10:00 +2 +25\.0 +15\.0 +50% +50%/m);
    const plots = replayPlots(report());
    expect([...plots.keys()]).toContain('wait-by-hour-PS.svg');
    expect(plots.size).toBe(9);
    for (const svg of plots.values()) expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('is balanced, and says what the latency counts for', () => {
    const { account, warnings, latency, contactsPerSecond } = report();
    expect(account.balanced).toBe(true);
    expect(latency.recordedMs).toBe(1_500);
    expect(warnings).toHaveLength(1);
    expect(contactsPerSecond).toBe(1.5);
  });

  it('is not balanced where the router still has a contact or a request failed', () => {
    expect(report({ stillThere: ['run.4'] }).account.balanced).toBe(false);
    expect(report({ problemCount: 1, problems: ['x'] }).account.balanced).toBe(false);
    expect(textOf(report({ stillThere: ['run.4'] }))).toMatch(/NOT every call is accounted for/);
  });

  it('prints as a table whose columns stand under each other', () => {
    const lines = tableOf(report()).split('\n');
    expect(lines).toHaveLength(7);
    expect(lines[5]).toMatch(/^all\s+recorded\s+3\s+2\s+1\s+16\.7\s+20\.0\s+10\.0\s+40\.0\s+40\.0\s+40\.0\s+33%$/);
    expect(lines[6]).toMatch(/replayed\s+2\s+1\s+1\s+15\.0 .*\+1 left over$/);
    expect(lines[5]!.indexOf('33%') + 3).toBe(lines[0]!.length);
  });
});

describe('what is on its way', () => {
  it('is quiet when every request is answered and nothing rings', async () => {
    const activity = new Activity();
    let answer = (_: string) => {};
    const request = activity.of(
      new Promise<string>((resolve) => {
        answer = resolve;
      }),
    );
    activity.rings('c');
    let quiet = false;
    const waiting = activity.quiet().then(() => {
      quiet = true;
    });
    answer('yes');
    expect(await request).toBe('yes');
    await Promise.resolve();
    expect(quiet).toBe(false);
    activity.ringsNoMore('c');
    await waiting;
    expect(activity.isQuiet).toBe(true);
    expect(activity.begun).toBe(2);
  });

  it('is quiet again after a request that failed', async () => {
    const activity = new Activity();
    await expect(activity.of(Promise.reject(new Error('no')))).rejects.toThrow('no');
    await activity.quiet();
  });
});

describe('a generated day', () => {
  const size = { seed: 3, calls: 2_000, agents: 12, midnight: Date.UTC(2024, 0, 1) };

  it('is the same for the same seed and another for another', () => {
    expect(generateDay(size).calls).toEqual(generateDay(size).calls);
    expect(generateDay({ ...size, seed: 4 }).calls).not.toEqual(generateDay(size).calls);
  });

  it('has its calls in order, within opening hours, most of them in the morning', () => {
    const { calls } = generateDay(size);
    const hours = calls.map((one) => (one.arrivedAt - size.midnight) / 3_600_000);
    expect(calls).toHaveLength(2_000);
    expect(hours.every((hour, index) => hour >= 7 && hour < 22 && (index === 0 || hour >= hours[index - 1]!))).toBe(
      true,
    );
    const between = (from: number, to: number) => hours.filter((hour) => hour >= from && hour < to).length;
    expect(between(9, 12)).toBeGreaterThan(between(13, 16));
    expect(between(13, 16)).toBeGreaterThan(2 * between(19, 22));
  });

  it('has agents for every type at every hour in which calls come, and can be planned', () => {
    const { calls, shifts, serviceMs, routing: own } = generateDay(size);
    for (let hour = 7; hour < 22; hour++) {
      const at = size.midnight + (hour + 0.75) * 3_600_000;
      const there = shifts.filter((one) => one.from <= at && at < one.to).flatMap((one) => one.types);
      expect(new Set(there).size).toBe(3);
    }
    const day = planReplay({ calls, shifts, serviceMs, routing: own, runId: 'r', prefix: 'demo.' });
    expect(day.contacts).toHaveLength(2_000);
    expect(day.contacts.every((one) => one.serviceMs >= 5_000)).toBe(true);
    expect(new Set(day.contacts.map((one) => one.contactId)).size).toBe(2_000);
  });
});

describe('examples/contact-centre.yaml', () => {
  it('is a configuration document', () => {
    const document: unknown = parse(readFileSync(join(artifacts.root, 'examples', 'contact-centre.yaml'), 'utf8'));
    expect([...Value.Errors(configDocument, document)].map((error) => `${error.path} ${error.message}`)).toEqual([]);
  });
});
