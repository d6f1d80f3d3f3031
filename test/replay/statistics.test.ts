import { describe, expect, it } from 'vitest';
import { EventQueue } from '../../src/simulation/event-queue.ts';
import { SeededRandom } from '../../src/simulation/random.ts';
import { mean, percentile, serviceLevelPercent, summarise } from '../../src/simulation/statistics.ts';

describe('a percentile by nearest rank', () => {
  const five = [15, 20, 35, 40, 50];
  it.each([
    [5, 15],
    [20, 15],
    [30, 20],
    [40, 20],
    [50, 35],
    [100, 50],
  ])('the %i. of five values is the %i', (percent, value) => expect(percentile(five, percent)).toBe(value));

  it('of one value is that value, and of none there is none', () => {
    expect(percentile([7], 99)).toBe(7);
    expect(percentile([], 50)).toBeUndefined();
  });

  it('the 99. of a hundred values leaves exactly one above it', () => {
    expect(
      percentile(
        Array.from({ length: 100 }, (_, index) => index + 1),
        99,
      ),
    ).toBe(99);
  });

  it('outside of 0 to 100 is a mistake', () => expect(() => percentile(five, 0)).toThrow());
});

describe('a summary', () => {
  const day = [
    { waitMs: 0, answered: true },
    { waitMs: 20_000, answered: true },
    { waitMs: 20_001, answered: true },
    { waitMs: 90_000, answered: true },
    { waitMs: 3_000, answered: false },
    { waitMs: 60_000, answered: false },
  ];

  it('counts the service level over answered and abandoned, the limit included', () => {
    // 2 of 6 within 20 s.
    expect(serviceLevelPercent(day, { withinMs: 20_000, shortAbandonMs: 0 })).toBeCloseTo(100 / 3, 10);
    // The hang-up after 3 s is left out: 2 of 5.
    expect(serviceLevelPercent(day, { withinMs: 20_000, shortAbandonMs: 5_000 })).toBe(40);
    expect(serviceLevelPercent([], { withinMs: 20_000, shortAbandonMs: 0 })).toBeUndefined();
  });

  it('has the means by hand: of all, of the answered, of the abandoned', () => {
    const summary = summarise(day, { withinMs: 20_000, shortAbandonMs: 0 });
    expect(summary).toMatchObject({ calls: 6, answered: 4, abandoned: 2 });
    expect(summary.meanWaitMs).toBeCloseTo(193_001 / 6, 6);
    expect(summary.meanWaitAnsweredMs).toBe(32_500.25);
    expect(summary.meanWaitAbandonedMs).toBe(31_500);
    // In order: 0, 3, 20, 20.001, 60, 90 s.
    expect(summary.waitMs).toEqual({ p50: 20_000, p90: 90_000, p95: 90_000, p99: 90_000 });
  });

  it('of nobody has no numbers instead of wrong ones', () => {
    expect(mean([])).toBeUndefined();
    expect(summarise([], { withinMs: 1, shortAbandonMs: 0 }).meanWaitMs).toBeUndefined();
  });
});

describe('a queue of events', () => {
  it('gives them by time, and at the same time in the order in which they came (1,000 at random)', () => {
    const seed = 19_990_801;
    console.log(`seed ${seed}`);
    const random = new SeededRandom(seed);
    const queue = new EventQueue();
    const given: { time: number; order: number }[] = [];
    const taken: { time: number; order: number }[] = [];
    for (let order = 0; order < 1000; order++) {
      const time = Math.floor(random.fraction() * 50);
      given.push({ time, order });
      queue.add(time, () => taken.push({ time, order }));
    }
    while (queue.size > 0) queue.take().event();
    expect(taken).toEqual(given.sort((a, b) => a.time - b.time || a.order - b.order));
  });
});

describe('the seeded generator', () => {
  it('gives the same numbers again for the same seed, and others for another', () => {
    const three = (seed: number) => {
      const random = new SeededRandom(seed);
      return [random.fraction(), random.fraction(), random.fraction()];
    };
    expect(three(1)).toEqual(three(1));
    expect(three(1)).not.toEqual(three(2));
  });

  it('has the mean and the median that were asked for, within a fiftieth, over 20,000 draws', () => {
    const random = new SeededRandom(7);
    const draws = 20_000;
    let sum = 0;
    for (let index = 0; index < draws; index++) sum += random.exponential(60);
    expect(Math.abs(sum / draws / 60 - 1)).toBeLessThan(0.02);
    const times = Array.from({ length: draws }, () => random.logNormal(120, 0.8)).sort((a, b) => a - b);
    expect(Math.abs(percentile(times, 50)! / 120 - 1)).toBeLessThan(0.02);
  });
});
