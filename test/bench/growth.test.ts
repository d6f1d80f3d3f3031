import { describe, expect, it } from 'vitest';
import { growthChecked, touchedName } from '../../bench/core/views.ts';
import { WrongAnswerError } from '../../bench/harness/benchmark.ts';
import type { BenchmarkResult, CaseResult } from '../../bench/harness/results.ts';

function caseOf(topology: string, agents: number, touched: number): CaseResult {
  const parameters = { topology, world: 'one queue', agents };
  return { case: '', parameters, series: [], facts: { Counted: [{ [touchedName]: touched }] }, checked: [] };
}

function resultOf(...cases: CaseResult[]): BenchmarkResult {
  return { benchmark: 'core', about: '', topology: '', node: 'v20.1.0', seconds: 1, cases };
}

describe('growth with the agents', () => {
  it('is twice as much touched at most, from the smallest size to the largest', () => {
    const kept = resultOf(caseOf('free', 1_000, 50), caseOf('free', 10_000, 170), caseOf('free', 100_000, 100));
    expect(growthChecked(kept)).toEqual(['at most 2 times as much is touched at the largest size as at the smallest']);
  });

  it('is a wrong answer where it is more, and says where', () => {
    const broken = resultOf(
      caseOf('free', 1_000, 50),
      caseOf('free', 100_000, 50),
      caseOf('waiting', 1_000, 50),
      caseOf('waiting', 100_000, 101),
    );
    expect(() => growthChecked(broken)).toThrow(WrongAnswerError);
    expect(() => growthChecked(broken)).toThrow('waiting, one queue: at most 2 times as much is touched (50 → 101)');
  });
});
