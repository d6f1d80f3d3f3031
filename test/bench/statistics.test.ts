import { describe, expect, it } from 'vitest';
import { mannWhitney, percentiles, spreadOf } from '../../bench/harness/statistics.ts';

describe('the spread of repetitions', () => {
  it('is the middle and both ends', () => {
    expect(spreadOf([5, 1, 3])).toEqual({ median: 3, min: 1, max: 5 });
    expect(spreadOf([4, 1, 3, 2])).toEqual({ median: 2.5, min: 1, max: 4 });
    expect(() => spreadOf([])).toThrow('no values');
  });

  it('has percentiles', () => {
    const thousand = Array.from({ length: 1_000 }, (_, index) => 999 - index);
    expect(percentiles(thousand, [0, 500, 990, 1_000])).toEqual([0, 500, 990, 999]);
  });
});

describe('the Mann–Whitney test', () => {
  // By counting the ways by hand: of 20 ways to deal six ranks to three and three, rank sums of at most 7 are
  // 1+2+3 and 1+2+4, and as many at the other end.
  it('counts the ways that are as far apart', () => {
    expect(mannWhitney([1, 2, 4], [3, 5, 6])).toBe(4 / 20);
    expect(mannWhitney([3, 5, 6], [1, 2, 4])).toBe(4 / 20);
  });

  it('says of five wholly above five what 2 of 252 ways say, and nothing of equals', () => {
    expect(mannWhitney([1, 2, 3, 4, 5], [6, 7, 8, 9, 10])).toBe(2 / 252);
    expect(mannWhitney([1, 1, 1, 1, 1], [1, 1, 1, 1, 1])).toBe(1);
  });

  it('lets ties share their rank', () => {
    // Ranks 1, 2.5 against 2.5, 4: of six ways, {1, 2.5} twice and {2.5, 4} twice are as far from the mean.
    expect(mannWhitney([1, 2], [2, 3])).toBe(4 / 6);
  });

  it('refuses what it cannot go through', () => {
    expect(() => mannWhitney([], [1])).toThrow(RangeError);
    expect(() => mannWhitney(new Array(15).fill(1), new Array(15).fill(1))).toThrow('at most 20 together');
  });
});
