// Scenarios: what is wrong with one is named by its path; what is drawn follows the distributions; what two scenarios have
// in common is drawn alike for both.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Plan } from '../../src/simulation/plan.ts';
import { RandomStream } from '../../src/simulation/random.ts';
import { type Distribution, samplerOf } from '../../src/simulation/scenario/distribution.ts';
import { ScenarioError, scenarioOf } from '../../src/simulation/scenario/scenario.ts';
import { prepareScenario } from '../../src/simulation/scenario/scenario-plan.ts';
import { agentsChange, policyChange } from '../../src/simulation/scenario/what-if.ts';
import { seedOfThisRun } from '../core/random.ts';

const hour = 3_600_000;
const midnight = Date.UTC(2026, 0, 5);
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'strowger-scenario-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const written = `
format: 1
queues: [{ queueId: desk, channels: [voice] }]
contacts:
  - name: orders
    queueId: desk
    arrivals: [{ poisson: { from: "08:00", to: "10:00", perHour: 100 } }]
    service: { exponential: { meanMs: 60000 } }
    patience: { exponential: { meanMs: 90000 } }
agents:
  - group: clerks
    count: 3
    capacity: { voice: 1 }
    shifts: [{ from: "08:00", to: "12:00", breaks: [{ from: "09:00", to: "09:30" }] }]
`;

type Document = Record<string, unknown>;
const document = (text = written) => parse(text) as Document;

function read(change: (document: ReturnType<typeof parse>) => void = () => {}) {
  const made = parse(written);
  change(made);
  return scenarioOf(made, join(folder, 'day.yaml'));
}

async function planned(change?: (document: ReturnType<typeof parse>) => void, replication = 1): Promise<Plan> {
  return (await prepareScenario(read(change))).planOf(replication);
}

describe('a scenario', () => {
  it('is refused with the place and the reason', () => {
    const cases: [change: (made: ReturnType<typeof parse>) => void, message: RegExp][] = [
      [(made) => delete made.format, /: \/format: is missing; expected 1$/],
      [(made) => (made.turbo = true), /: \/turbo: there is no such parameter$/],
      [(made) => (made.replications = 0), /: \/replications: expected an integer from 1 to 100000, got 0$/],
      [
        (made) => delete made.agents,
        /: \/agents: is missing: there must be queues, contacts and agents, or a recording$/,
      ],
      [(made) => (made.recording = { file: 'x.csv' }), /: \/queues: may not be there beside a recording/],
      [(made) => (made.time = { zone: 'Mars/Olympus' }), /: \/time\/zone: "Mars\/Olympus" is no time zone$/],
      [(made) => (made.time = { day: '2026-02-30' }), /: \/time\/day: expected a day, YYYY-MM-DD, got "2026-02-30"$/],
      [(made) => (made.contacts[0].queueId = 'none'), /: \/contacts\/0\/queueId: there is no queue "none"$/],
      [(made) => (made.contacts[0].channel = 'chat'), /: \/contacts\/0\/channel: the queue "desk" does not take chat$/],
      [
        (made) => (made.contacts[0].service = {}),
        /: \/contacts\/0\/service: expected exactly one of constant, exponential, logNormal, erlang and empirical, got an object$/,
      ],
      [
        (made) => (made.contacts[0].service = { gauss: {} }),
        /: \/contacts\/0\/service\/gauss: there is no such parameter$/,
      ],
      [(made) => made.contacts.push(made.contacts[0]), /: \/contacts\/1\/name: "orders" is there already$/],
      [(made) => (made.agents[0].queues = ['none']), /: \/agents\/0\/queues\/0: there is no queue "none"$/],
      [(made) => (made.agents[0].shifts[0].to = '07:00'), /: \/agents\/0\/shifts\/0\/to: is not after `from`$/],
      [
        (made) => (made.agents[0].shifts[0].to = '8 am'),
        /shifts\/0\/to: expected a time of day from "00:00" to "24:00"/,
      ],
      [(made) => (made.agents[0].shifts[0].breaks[0].to = '12:30'), /breaks\/0: must lie in its shift/],
      [(made) => (made.contacts[0].arrivals[0].poisson.to = '08:00'), /arrivals\/0\/poisson\/to: is not after `from`$/],
      [
        (made) => (made.contacts[0].name = 'all'),
        /: \/contacts\/0\/name: "all" is what everybody together is counted as$/,
      ],
      [(made) => (made.queues[0].select = 'random'), /: \/queues\/0\/select: expected one of "longestIdle"/],
    ];
    for (const [change, message] of cases) {
      expect(() => read(change)).toThrow(ScenarioError);
      expect(() => read(change)).toThrow(message);
    }
  });

  it('names the line of a file that cannot be used', async () => {
    writeFileSync(join(folder, 'times.txt'), '# when they came\n08:15\n08:15:30.5\nlater\n');
    const fromFile = (made: ReturnType<typeof parse>) => (made.contacts[0].arrivals = [{ file: 'times.txt' }]);
    await expect(planned(fromFile)).rejects.toThrow(/times\.txt: line 4: expected a time as 09:30/);
    writeFileSync(join(folder, 'values.txt'), '1000\n-3\n');
    const service = (made: ReturnType<typeof parse>) =>
      (made.contacts[0].service = { empirical: { file: 'values.txt' } });
    await expect(planned(service)).rejects.toThrow(
      /values\.txt: line 2: expected a whole number of milliseconds, got "-3"/,
    );
    writeFileSync(join(folder, 'other.txt'), '09:00\n2026-03-02T09:30:00Z\n');
    const other = (made: ReturnType<typeof parse>) => (made.contacts[0].arrivals = [{ file: 'other.txt' }]);
    await expect(planned(other)).rejects.toThrow(/other\.txt: line 2: 2026-03-02T09:30:00Z lies in none of the days/);
    const absent = (made: ReturnType<typeof parse>) => (made.contacts[0].arrivals = [{ file: 'absent.txt' }]);
    await expect(planned(absent)).rejects.toThrow(/absent\.txt/);
  });

  it('takes times of day with and without seconds for the same, and lets a shift end where the next begins', async () => {
    const plan = await planned((made) => {
      made.agents[0].shifts = [
        { from: '08:00', to: '12:00:00' },
        { from: '12:00', to: '18:00', breaks: [{ from: '12:00:00', to: '18:00:00' }] },
      ];
    });
    const hours = plan.agents[0]!.shifts.map(({ from, to }) => [(from - midnight) / hour, (to - midnight) / hour]);
    expect(hours).toEqual([
      [8, 12],
      [12, 18],
    ]);
    expect(() => read((made) => (made.agents[0].shifts = [{ from: '08:00', to: '08:00:00' }]))).toThrow(/not after/);
    // In the night in which there is no time from two to three, what lies there is not there, and shifts stay apart.
    const spring = await planned((made) => {
      made.time = { day: '2026-03-29', zone: 'Europe/Berlin' };
      made.agents[0].shifts = [
        { from: '00:00', to: '02:30' },
        { from: '02:30', to: '03:00' },
        { from: '03:00', to: '06:00' },
      ];
    });
    expect(spring.agents[0]!.shifts.map(({ from, to }) => [from, to])).toEqual([
      [Date.UTC(2026, 2, 28, 23), Date.UTC(2026, 2, 29, 1)],
      [Date.UTC(2026, 2, 29, 1), Date.UTC(2026, 2, 29, 4)],
    ]);
  });

  it('gives a plan in its zone, day after day', async () => {
    writeFileSync(join(folder, 'times.txt'), '08:15\n08:15:30.5\n2026-03-29T12:00:00+02:00\n');
    const plan = await planned((made) => {
      made.time = { day: '2026-03-28', days: 2, zone: 'Europe/Berlin' };
      made.contacts[0].arrivals = [{ file: 'times.txt' }, { burst: { at: '08:00', count: 2 } }];
    });
    // The clocks go forward on the second day.
    const [first, second] = [Date.UTC(2026, 2, 28, 7), Date.UTC(2026, 2, 29, 6)];
    expect(plan.contacts.map(({ arrivedAt }) => arrivedAt)).toEqual([
      first,
      first,
      first + 900_000,
      first + 930_500,
      second,
      second,
      second + 900_000,
      second + 930_500,
      Date.UTC(2026, 2, 29, 10),
    ]);
    expect(plan.agents.map(({ agentId }) => agentId)).toEqual(['clerks.1', 'clerks.2', 'clerks.3']);
    expect(plan.agents[0]!.shifts.map(({ from, to, breaks }) => [from, to, breaks])).toEqual([
      [first, first + 4 * hour, [{ from: first + hour, to: first + 1.5 * hour }]],
      [second, second + 4 * hour, [{ from: second + hour, to: second + 1.5 * hour }]],
    ]);
  });

  it('draws the same for what scenarios have in common, and other things in another replication', async () => {
    const whatCame = ({ contacts }: Plan) => contacts.map(({ wishes: _, ...drawn }) => drawn);
    const base = whatCame(await planned());
    expect(whatCame(await planned())).toEqual(base);
    expect(whatCame(await planned((made) => (made.queues[0].select = 'linear')))).toEqual(base);
    expect(whatCame(await planned(undefined, 2))).not.toEqual(base);
    // Another stream of contacts, and another patience, change nothing else of this one.
    const both = await planned((made) => {
      made.contacts.unshift({ ...made.contacts[0], name: 'first' });
      made.contacts[1].patience = { constant: { valueMs: 1 } };
    });
    const orders = whatCame(both).filter(({ type }) => type === 'orders');
    expect(orders).toEqual(base.map((drawn) => ({ ...drawn, patienceMs: 1 })));
  });

  it('plays a recording when it names one', async () => {
    const scenario = scenarioOf({ format: 1, recording: { file: 'absent.csv' } }, join(folder, 'day.yaml'));
    await expect(prepareScenario(scenario)).rejects.toThrow(/absent\.csv/);
    expect(() => scenarioOf({ ...document(), recording: { file: 'x' }, queues: undefined }, 'x')).toThrow(
      ScenarioError,
    );
  });
});

describe('what is drawn', () => {
  const seed = seedOfThisRun();
  const count = 40_000;
  const draw = (distribution: Distribution) => {
    const sample = samplerOf(distribution, new RandomStream(seed, 'test'), () => []);
    return Array.from({ length: count }, sample);
  };
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = (values: readonly number[]) => {
    const of = mean(values);
    return Math.sqrt(mean(values.map((value) => (value - of) ** 2)));
  };

  /** Of two values half and half the error of the deviation is of the second order, and not in what follows. */
  const secondOrder = 30;
  // Six standard errors: one run in a hundred million is outside by chance.
  const cases: [name: string, distribution: Distribution, mean: number, deviation: number, kurtosis: number][] = [
    ['exponential', { exponential: { meanMs: 100_000 } }, 100_000, 100_000, 9],
    ['erlang', { erlang: { meanMs: 100_000, shape: 4 } }, 100_000, 50_000, 4.5],
    ['logNormal', { logNormal: { meanMs: 100_000, deviationMs: 50_000 } }, 100_000, 50_000, 8.9],
    ['empirical', { empirical: { valuesMs: [0, 100_000] } }, 50_000, 50_000, 1],
  ];
  for (const [name, distribution, trueMean, trueDeviation, kurtosis] of cases)
    it(`has the mean and the deviation of its distribution: ${name}`, () => {
      console.log(`what is drawn: SEED=${seed}`);
      const values = draw(distribution);
      expect(Math.abs(mean(values) - trueMean)).toBeLessThan((6 * trueDeviation) / Math.sqrt(count));
      const error = (trueDeviation * Math.sqrt((kurtosis - 1) / 4)) / Math.sqrt(count);
      expect(Math.abs(deviation(values) - trueDeviation)).toBeLessThan(6 * error + secondOrder);
    });

  it('comes as a Poisson process: as many as the rate says, as variable as it should be', async () => {
    const { planOf } = await prepareScenario(read((made) => (made.seed = seed)));
    const counts = Array.from({ length: 400 }, (_, index) => planOf(index + 1).contacts.length);
    // 200 expected, with a variance of 200.
    expect(Math.abs(mean(counts) - 200)).toBeLessThan(6 * Math.sqrt(200 / 400));
    expect(deviation(counts) ** 2).toBeGreaterThan(200 * (1 - 6 * Math.sqrt(2 / 400)));
    expect(deviation(counts) ** 2).toBeLessThan(200 * (1 + 6 * Math.sqrt(2 / 400)));
    const times = planOf(1).contacts.map(({ arrivedAt }) => arrivedAt);
    expect(times.every((at) => at >= midnight + 8 * hour && at < midnight + 10 * hour)).toBe(true);
  });
});

describe('a change', () => {
  it('adds copies of agents, and takes some away, evenly over those who are there for long and short', async () => {
    const plan = await planned((made) => {
      made.agents.push({ ...made.agents[0], group: 'late', count: 1, shifts: [{ from: '11:00', to: '12:00' }] });
    });
    const ids = (change: string) => agentsChange(change)!(plan).agents.map(({ agentId }) => agentId);
    const all = ['clerks.1', 'clerks.2', 'clerks.3', 'late.1'];
    expect(ids('clerks+2')).toEqual([...all, 'clerks.1+1', 'clerks.3+1']);
    expect(ids('late+2')).toEqual([...all, 'late.1+1', 'late.1+2']);
    expect(ids('clerks-1')).toEqual(['clerks.1', 'clerks.3', 'late.1']);
    expect(() => ids('+1')).toThrow(/say which group of agents changes: there are clerks\+1, late\+1$/);
    expect(() => ids('night+1')).toThrow(/there is no group of agents "night": there are clerks\+1, late\+1$/);
    expect(() => ids('late-1')).toThrow(/1 of 1 agents of late cannot leave/);
    for (const text of ['2', '+0', '+', 'clerks', '+1.5', '']) expect(agentsChange(text)).toBeUndefined();
    const recorded = { ...plan, agents: plan.agents.map((agent) => ({ ...agent, group: 'agents' })) };
    // A group that is named twice: no id is given twice.
    const twice = agentsChange('late+1')!(agentsChange('late+1')!(plan));
    expect(twice.agents).toHaveLength(6);
    expect(new Set(twice.agents.map(({ agentId }) => agentId)).size).toBe(6);
    // Of all in one group, by how long they are there: the second and the fourth of four.
    expect(agentsChange('+2')!(recorded).agents.map(({ agentId }) => agentId)).toEqual([
      ...all,
      'clerks.2+1',
      'late.1+1',
    ]);
  });

  it('of policies is of one queue or of all, and is checked', async () => {
    const plan = await planned((made) => made.queues.push({ queueId: 'other', channels: ['voice'], wrapUpMs: 5 }));
    const change = (queues: unknown) => policyChange({ queues }, 'policy.yaml')(plan).queues;
    expect(change([{ select: 'linear' }, { queueId: 'other', wrapUpMs: 7 }])).toMatchObject([
      { queueId: 'desk', select: 'linear' },
      { queueId: 'other', select: 'linear', wrapUpMs: 7 },
    ]);
    expect(() => change([{ queueId: 'none', wrapUpMs: 7 }])).toThrow(
      /policy\.yaml: \/queues\/0\/queueId: there is no queue "none"; there are desk, other/,
    );
    expect(() => change([{ speed: 7 }])).toThrow(/policy\.yaml: \/queues\/0\/speed: there is no such parameter/);
    expect(() => change([{}])).toThrow(/policy\.yaml: \/queues\/0: expected an object of at least 1 members/);
  });
});
