import { describe, expect, it } from 'vitest';
import { type Benchmark, must, type Subject, WrongAnswerError } from '../../bench/harness/benchmark.ts';
import { runBenchmark } from '../../bench/harness/run-cases.ts';

const conditions = { quick: true, otherNode: false };

function benchmarkOf(subjects: readonly Subject[], check: () => Promise<string[]>, log: string[]): Benchmark {
  return {
    name: 'made-up',
    about: '',
    topology: '',
    measures: { time: { unit: 'ms', better: 'less' } },
    cases: async () => [
      {
        name: 'one',
        parameters: {},
        repetitions: 5,
        prepare: async () => ({
          subjects,
          check,
          close: async () => {
            log.push('closed');
          },
        }),
      },
    ],
  };
}

function subjectOf(name: string, times: number[], log: string[], reference?: string): Subject {
  return {
    name,
    ...(reference !== undefined && { reference }),
    run: async () => {
      log.push(name);
      return { time: times.shift()! };
    },
  };
}

describe('the harness', () => {
  it('measures subject and reference in turn, and keeps the ratio of each repetition', async () => {
    const log: string[] = [];
    const subjects = [subjectOf('bare', [1, 2, 3, 4, 5], log), subjectOf('router', [2, 2, 12, 4, 10], log, 'bare')];
    const result = await runBenchmark(
      benchmarkOf(subjects, async () => ['well'], log),
      conditions,
      () => {},
    );
    expect(log).toEqual([
      ...['bare', 'router', 'router', 'bare', 'bare', 'router', 'router', 'bare', 'bare', 'router'],
      'closed',
    ]);
    const [bare, router] = result.cases[0]!.series;
    expect(bare).toEqual({ subject: 'bare', measure: 'time', unit: 'ms', better: 'less', values: [1, 2, 3, 4, 5] });
    expect(router).toMatchObject({ values: [2, 2, 12, 4, 10], reference: 'bare', ratios: [2, 1, 4, 1, 2] });
    expect(result.cases[0]!.checked).toEqual(['well']);
  });

  it('ends with a wrong answer, and closes what it has opened', async () => {
    const log: string[] = [];
    const wrong = benchmarkOf(
      [subjectOf('bare', [1, 1, 1, 1, 1], log)],
      async () => {
        must(false, 'two and two are four');
        return [];
      },
      log,
    );
    const failure = runBenchmark(wrong, conditions, () => {});
    await expect(failure).rejects.toThrow(WrongAnswerError);
    await expect(failure).rejects.toThrow('not so that two and two are four');
    expect(log.at(-1)).toBe('closed');
  });

  it('checks the cases together, and ends with a wrong answer of theirs', async () => {
    const together = (check: NonNullable<Benchmark['check']>) => {
      const subjects = [subjectOf('bare', [1, 2, 3, 4, 5], [])];
      return runBenchmark({ ...benchmarkOf(subjects, async () => [], []), check }, conditions, () => {});
    };
    const sum = await together(({ cases }) => [`${cases.length} case`]);
    expect(sum.checked).toEqual(['1 case']);
    const failure = together(({ cases }) => {
      must(cases.length === 2, 'there are two');
      return [];
    });
    await expect(failure).rejects.toThrow('not so that there are two');
  });

  it('takes a number that is none for a wrong answer', async () => {
    const log: string[] = [];
    const broken = benchmarkOf([subjectOf('bare', [1, Number.NaN, 1, 1, 1], log)], async () => [], log);
    await expect(runBenchmark(broken, conditions, () => {})).rejects.toThrow('time of bare is above zero');
  });
});
