import { describe, expect, it } from 'vitest';
import { compareRuns } from '../../bench/harness/compare.ts';
import { runOf } from './runs.ts';

const before = [200, 204, 202, 201, 203];

function verdict(after: readonly number[], changes: Parameters<typeof runOf>[1] = {}) {
  return compareRuns(runOf(before, changes), runOf(after, changes)).changes[0]!.verdict;
}

describe('two runs beside each other', () => {
  it('say slower where every ratio is above every ratio before', () => {
    const { changes } = compareRuns(runOf(before), runOf([230, 231, 229, 240, 232]));
    expect(changes).toEqual([
      { what: 'made-up · Node 20 · router · time', verdict: 'slower', before: 2.02, after: 2.31, p: 2 / 252 },
    ]);
  });

  it('say faster the other way round, and turn it where more is better', () => {
    expect(verdict([180, 181, 179, 170, 182])).toBe('faster');
    expect(verdict([180, 181, 179, 170, 182], { better: 'more' })).toBe('slower');
    expect(verdict([230, 231, 229, 240, 232], { better: 'more' })).toBe('faster');
  });

  it('are not told apart where the ranges overlap, or where the difference does not matter', () => {
    expect(verdict([230, 231, 202, 240, 232])).toBe('not told apart');
    expect(verdict([205, 206, 205, 206, 205])).toBe('not told apart');
  });

  it('are not compared with too few repetitions, or with other parameters', () => {
    const few = compareRuns(runOf([200, 201, 202]), runOf([300, 301, 302]));
    expect(few.changes[0]!.verdict).toBe('too few repetitions');
    const other = compareRuns(runOf(before), runOf([300, 301, 302, 303, 304], { parameter: 2 }));
    expect(other.changes[0]!.verdict).toBe('other parameters');
  });

  it('name what only one of them has', () => {
    const { changes, onlyBefore, onlyAfter } = compareRuns(runOf(before), runOf(before, { subject: 'another' }));
    expect(changes).toEqual([]);
    expect(onlyBefore).toEqual(['made-up · Node 20 · router · time']);
    expect(onlyAfter).toEqual(['made-up · Node 20 · another · time']);
  });
});
