// Studies: the intervals are those of Student's t, the numbers are counted as they should be, variants are compared pair by
// pair, and the command shows all of it.

import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { artifacts } from '../../src/artifacts.ts';
import { SystemClock } from '../../src/engine/clock.ts';
import type { Plan, PlannedContact } from '../../src/simulation/plan.ts';
import { agentsChange } from '../../src/simulation/scenario/what-if.ts';
import { differenceOf, estimateOf } from '../../src/simulation/study/interval.ts';
import { runStudy } from '../../src/simulation/study/study.ts';
import { type StudyReport, studyReport } from '../../src/simulation/study/study-report.ts';
import { studyText } from '../../src/simulation/study/study-table.ts';
import { countingRandomness } from '../engine/partition-harness.ts';

const minute = 60_000;
const nine = Date.UTC(2026, 0, 5, 9);
const midnightOf = (at: number) => at - (at % 86_400_000);
const rules = {
  warmUpMs: 0,
  serviceLevel: { withinMs: 20_000, shortAbandonMs: 0 },
  intervalMs: 30 * minute,
  midnightOf,
};
const meta = { name: 'test', seed: 1, confidencePercent: 95, ...rules };

/** One agent from nine to ten; each contact comes so many minutes after nine and takes so many. */
function floor(contacts: readonly [afterMin: number, forMin: number, patienceMin?: number][], policy = {}): Plan {
  return {
    contacts: contacts.map(
      ([after, takes, patience], index): PlannedContact => ({
        contactId: `c.${index + 1}`,
        arrivedAt: nine + after * minute,
        type: index % 2 === 0 ? 'odd' : 'even',
        wishes: { queueId: 'desk', channel: 'voice' },
        serviceMs: takes * minute,
        patienceMs: patience && patience * minute,
      }),
    ),
    agents: [
      {
        agentId: 'ann',
        group: 'agents',
        shifts: [
          { from: nine, to: nine + 60 * minute, settings: { capacity: { voice: 1 } }, breaks: [], pausesMs: [] },
        ],
      },
    ],
    queues: [{ queueId: 'desk', channels: ['voice'], ...policy }],
    startsAt: nine,
    endsAt: nine + 60 * minute,
  };
}

async function study(plans: readonly Plan[], replications = 1, counting = rules): Promise<StudyReport> {
  const variants = plans.map((plan, index) => ({ name: `variant ${index + 1}`, planOf: () => plan }));
  const clock = new SystemClock();
  const outcome = await runStudy({ variants, replications, counting, clock, randomness: countingRandomness() });
  return studyReport(meta, outcome);
}

describe('an interval', () => {
  it('is that of Student’s t', () => {
    // Ten values with a mean of 1.34 and a variance of 0.17: the 90% interval is ± t(9; 0.95) √(0.17/10), with t = 1.833 from a table.
    const values = [1.2, 1.5, 1.68, 1.89, 0.95, 1.49, 1.58, 1.55, 0.5, 1.09];
    const { mean, halfWidth } = estimateOf(values, 90)!;
    expect(mean).toBeCloseTo(1.343, 3);
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 9;
    expect(halfWidth).toBeCloseTo(1.8331 * Math.sqrt(variance / 10), 4);
    expect(estimateOf([4, undefined], 95)).toEqual({ mean: 4, halfWidth: undefined, values: 1 });
    expect(estimateOf([undefined], 95)).toBeUndefined();
  });

  it('of a difference is that of the pairs', () => {
    expect(differenceOf([1, 50, 900], [3, 52, 902], 95)).toEqual({ mean: 2, halfWidth: 0, values: 3 });
    expect(differenceOf([1, undefined], [3, 4], 95)).toEqual({ mean: 2, halfWidth: undefined, values: 1 });
  });
});

describe('a study', () => {
  it('counts what became of whom', async () => {
    // The second waits for ten minutes, the third hangs up after five, the fourth comes when everybody is gone.
    const plan = floor(
      [
        [0, 15],
        [5, 10],
        [10, 10, 5],
        [59, 10],
        [70, 10],
      ].map((row) => row as [number, number]),
    );
    const { variants } = await study([plan]);
    const [{ groups, leftOver, day }] = variants as [StudyReport['variants'][number]];
    expect(groups.map(({ type }) => type)).toEqual(['even', 'odd', 'all']);
    const all = Object.fromEntries(
      Object.entries(groups[2]!.estimates).map(([name, estimate]) => [name, estimate?.mean]),
    );
    expect(all).toMatchObject({
      contacts: 5,
      answered: 3,
      // Of the four whose end is known.
      abandonedPercent: 25,
      turnedAwayPercent: 0,
      meanWaitMs: ((0 + 10 + 5 + 0) / 4) * minute,
      meanWaitAnsweredMs: (10 / 3) * minute,
      waitP90Ms: 10 * minute,
      serviceLevelPercent: 50,
    });
    expect(leftOver).toBe(1);
    // Of the sixty minutes in which there was an agent: fifteen, ten and the first of the fourth call.
    expect(all.inServicePercent).toBeCloseTo((100 * (15 + 10 + 10)) / 60, 5);
    expect(day.map(({ fromMs, contacts, agents }) => [fromMs / minute, contacts?.mean, agents?.mean])).toEqual([
      [540, 3, 1],
      [570, 1, 1],
      [600, 1, 0],
    ]);
  });

  it('leaves the warm-up out, and counts whom a full queue turned away', async () => {
    const contacts: [number, number][] = [
      [1, 10],
      [2, 10],
      [3, 10],
      [30, 1],
    ];
    const { variants } = await study([floor(contacts, { maxWaiting: 0 })], 1, { ...rules, warmUpMs: 2 * minute });
    const { estimates } = variants[0]!.groups.at(-1)!;
    expect(estimates).toMatchObject({ contacts: { mean: 3 }, answered: { mean: 1 }, meanWaitMs: { mean: 0 } });
    expect(estimates.turnedAwayPercent!.mean).toBeCloseTo(200 / 3, 5);
  });

  it('plays exits and opening hours: who waits too long goes elsewhere, who comes too late is turned away', async () => {
    const contacts: [number, number][] = [
      [1, 10],
      [2, 3],
      [29, 1],
      [31, 1],
    ];
    const plan = floor(contacts, { maxWaitMs: 2 * minute, whenTimedOut: { queue: 'second' }, calendarId: 'half' });
    const [ann] = plan.agents;
    const [desk] = plan.queues;
    const bob = {
      ...ann!,
      agentId: 'bob',
      shifts: ann!.shifts.map((shift) => ({ ...shift, settings: { ...shift.settings, queues: ['second'] } })),
    };
    const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
    const { variants } = await study([
      {
        ...plan,
        agents: [
          {
            ...ann!,
            shifts: ann!.shifts.map((shift) => ({ ...shift, settings: { ...shift.settings, queues: ['desk'] } })),
          },
          bob,
        ],
        queues: [desk!, { queueId: 'second', channels: ['voice'] }],
        calendars: [{ calendarId: 'half', timeZone: 'UTC', weekly: [{ days: [...days], from: '09:00', to: '09:30' }] }],
      },
    ]);
    const { estimates } = variants[0]!.groups.at(-1)!;
    // The second waits for its two minutes and is served by the other agent; the fourth comes a minute after closing time.
    expect(estimates).toMatchObject({ contacts: { mean: 4 }, answered: { mean: 3 }, turnedAwayPercent: { mean: 25 } });
    expect(estimates.meanWaitMs!.mean).toBe((2 / 3) * minute);
  });

  it('counts whom a queue let wait no longer as turned away', async () => {
    const { variants } = await study([
      floor(
        [
          [1, 10],
          [2, 3],
        ],
        { maxWaitMs: 2 * minute },
      ),
    ]);
    expect(variants[0]!.groups.at(-1)!.estimates).toMatchObject({
      answered: { mean: 1 },
      abandonedPercent: { mean: 0 },
      turnedAwayPercent: { mean: 50 },
    });
  });

  it('lets wrap-up take its time', async () => {
    const { variants } = await study([
      floor(
        [
          [0, 5],
          [1, 5],
        ],
        { wrapUpMs: 3 * minute },
      ),
    ]);
    expect(variants[0]!.groups.at(-1)!.estimates.meanWaitMs!.mean).toBe((7 / 2) * minute);
  });

  it('has breaks begin with a shift and follow each other', async () => {
    const plan = floor([
      [1, 1],
      [12, 1],
      [25, 1],
    ]);
    const breaks = [
      { from: nine, to: nine + 10 * minute },
      { from: nine + 10 * minute, to: nine + 20 * minute },
    ];
    const [ann] = plan.agents;
    const agents = [{ ...ann!, shifts: [{ ...ann!.shifts[0]!, breaks }] }];
    const { variants } = await study([{ ...plan, agents }]);
    // From 1 and 12 to 20, and one after the other; the third comes when there is nobody before it.
    expect(variants[0]!.groups.at(-1)!.estimates.meanWaitMs!.mean).toBe(((19 + 9 + 0) / 3) * minute);
  });

  it('counts nobody where nobody came, and compares variants whose contacts are of other types', async () => {
    const two = floor([
      [0, 1],
      [10, 1],
    ]);
    const one = { ...two, contacts: two.contacts.slice(0, 1) };
    const clock = new SystemClock();
    const varying = { name: 'varying', planOf: (replication: number) => (replication === 1 ? one : two) };
    const variants = [{ name: 'odd', planOf: () => one }, varying];
    const settings = { replications: 2, counting: rules, clock, randomness: countingRandomness() };
    const report = studyReport(meta, await runStudy({ variants, ...settings }));
    expect(report.variants.map(({ groups }) => groups.map(({ type }) => type))).toEqual([
      ['even', 'odd', 'all'],
      ['even', 'odd', 'all'],
    ]);
    const even = report.variants.map(({ groups }) => groups[0]!.estimates);
    expect(even[0]).toMatchObject({ contacts: { mean: 0, values: 2 }, meanWaitMs: undefined });
    expect(even[1]).toMatchObject({ contacts: { mean: 0.5, values: 2 }, meanWaitMs: { mean: 0, values: 1 } });
    expect(studyText(report)).toMatch(/^even +odd +0\.0 ±0\.0 +0\.0 ±0\.0 +–/m);
  });

  it('compares variants with the same contacts', async () => {
    const plan = floor([
      [0, 10],
      [2, 10],
      [4, 10],
    ]);
    const { variants } = await study([plan, agentsChange('+1')!(plan)], 2);
    const differences = variants[1]!.groups.at(-1)!.differences!;
    // 0, 8 and 16 minutes become 0, 0 and 6.
    expect(differences.meanWaitMs).toEqual({ mean: -6 * minute, halfWidth: 0, values: 2 });
    expect(differences.contacts!.mean).toBe(0);
    expect(variants[0]!.groups[0]!.differences).toBeUndefined();
  });
});

describe('strowger simulate', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'strowger-simulate-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const example = join(artifacts.root, 'examples', 'scenarios', 'two-skills.yaml');
  const policy = join(artifacts.root, 'examples', 'scenarios', 'best-skilled.yaml');

  async function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    const command = [join(artifacts.root, 'bin', 'strowger.js'), 'simulate', ...args];
    try {
      return { code: 0, ...(await promisify(execFile)(process.execPath, command)) };
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
      return { code, stdout, stderr };
    }
  }

  it('plays the example and what would be, the same each time, as table, JSON, CSV and plots', async () => {
    const args = [example, '--agents', 'both+1', '--policy', policy, '--replications', '2', '--seed', '3'];
    const files = ['--csv', join(folder, 'n.csv'), '--report', join(folder, 'r.json'), '--svg', join(folder, 'plots')];
    const { code, stdout, stderr } = await run(...args, ...files);
    expect({ code, stderr: stderr.replace(/\[[#.]+\] +\d+% .*\n/g, '') }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Service desk: 2 replications, seed 3\n/);
    expect(stdout).toMatch(/^repairs +as it is +\d/m);
    expect(stdout).toMatch(/^ +agents both\+1, best-skilled\.yaml +\d/m);
    const report = JSON.parse(readFileSync(join(folder, 'r.json'), 'utf8')) as StudyReport;
    expect(report.variants.map(({ groups }) => groups.map(({ type }) => type))).toEqual([
      ['orders', 'repairs', 'all'],
      ['orders', 'repairs', 'all'],
    ]);
    expect(report.variants[1]!.groups[2]!.differences!.meanWaitMs!.mean).toBeLessThan(0);
    const csv = readFileSync(join(folder, 'n.csv'), 'utf8').trim().split('\n');
    expect(csv).toHaveLength(1 + 2 * 2 * 3);
    expect(new Set(csv.map((line) => line.split(',').length))).toEqual(new Set([15, 16]));
    const plots = readdirSync(join(folder, 'plots'));
    expect(plots.sort()).toEqual([
      'agents-over-day.svg',
      'contacts-over-day.svg',
      'hung-up-over-day.svg',
      'wait-over-day.svg',
      'waits.svg',
    ]);
    for (const plot of plots) expect(readFileSync(join(folder, 'plots', plot), 'utf8')).not.toMatch(/NaN|undefined/);
    const again = JSON.parse((await run(...args, '--json')).stdout) as StudyReport;
    expect(again.variants).toEqual(report.variants);
  });

  it('says what is wrong, and where', async () => {
    const broken = join(folder, 'broken.yaml');
    writeFileSync(broken, 'format: 1\nqueues: [\n');
    const other = join(folder, 'other.yaml');
    writeFileSync(other, readFileSync(example, 'utf8').replace('withinMs: 20000', 'withinMs: 60000'));
    const wrong: [args: string[], code: number, message: RegExp][] = [
      [[broken], 1, /broken\.yaml: .* line 3/s],
      [[join(folder, 'absent.yaml')], 1, /absent\.yaml: ENOENT/],
      [[example, '--agents', 'two'], 2, /--agents must be as \+2, -1 or sales\+2, not two/],
      [[example, '--agents', '+1'], 1, /say which group of agents changes: there are orders\+1, repairs\+1, both\+1/],
      [[example, '--replications', '1.5'], 2, /--replications must be a whole number/],
      [[example, '--from', '1999-08-01'], 2, /are of a recording/],
      [[example, '--policy', example], 1, /two-skills\.yaml: \/(format|name): there is no such parameter/],
      [[example, '--csv', join(folder, 'absent', 'n.csv')], 1, /--csv: ENOENT/],
      [[join(folder, 'absent.csv')], 1, /absent\.csv/],
      [[example, '--compare', other], 1, /other\.yaml: serviceLevel is another than that of Service desk/],
    ];
    for (const [args, code, message] of wrong) {
      const result = await run(...args);
      expect({ args, code: result.code, stack: /^ +at /m.test(result.stderr) }).toEqual({ args, code, stack: false });
      expect(result.stderr).toMatch(message);
    }
  });
});
