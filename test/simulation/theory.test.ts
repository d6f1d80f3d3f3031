// The router against queueing theory: the formulas against values that are known, and the quick part of `strowger theory`.

import { describe, expect, it } from 'vitest';
import { SystemClock } from '../../src/engine/clock.ts';
import { runReplay } from '../../src/simulation/replay.ts';
import { coverageOf, planOf } from '../../src/simulation/theory/coverage.ts';
import { cobham, erlangA, erlangB, erlangC, meanWaitC, Population } from '../../src/simulation/theory/formulas.ts';
import { systems } from '../../src/simulation/theory/systems.ts';
import { heldPercentMin } from '../../src/simulation/theory/theory-table.ts';
import { VirtualStage } from '../../src/simulation/virtual-stage.ts';
import { countingRandomness } from '../engine/partition-harness.ts';

describe('the formulas', () => {
  it('of Erlang give the values of his tables', () => {
    expect(erlangB(1, 1)).toBe(0.5);
    expect(erlangB(2, 1)).toBeCloseTo(0.2, 12);
    expect(erlangB(10, 5)).toBeCloseTo(0.01838, 5);
    expect(erlangC(1, 0.7)).toBeCloseTo(0.7, 12);
    expect(erlangC(2, 1)).toBeCloseTo(1 / 3, 12);
    expect(meanWaitC(1, 0.5)).toBeCloseTo(1, 12);
    expect(() => erlangC(2, 2)).toThrow(/grows for ever/);
  });

  it('with patience become those without it where patience has no end, and those of loss where there is none', () => {
    expect(erlangA(5, 4, 1e9).meanWait).toBeCloseTo(meanWaitC(5, 4), 5);
    expect(erlangA(5, 4, 1e-9).abandoned).toBeCloseTo(erlangB(5, 4), 6);
    // With patience as long as service there is a Poisson number in the system: E max(0, N − 2) for a mean of 2.
    const poisson = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20].reduce(
      ({ sum, share }, number) => ({ sum: sum + share * Math.max(0, number - 2), share: (share * 2) / (number + 1) }),
      { sum: 0, share: Math.exp(-2) },
    );
    expect(erlangA(2, 2, 1).meanWait).toBeCloseTo(poisson.sum / 2, 9);
  });

  it('of priorities keep the mean of all, and give the one without them for one class', () => {
    expect(cobham(3, [2])[0]).toBeCloseTo(meanWaitC(3, 2), 12);
    const loads = [0.5, 0.7, 0.4];
    const mean = cobham(3, loads).reduce((sum, wait, index) => sum + (wait * loads[index]!) / 1.6, 0);
    expect(mean).toBeCloseTo(meanWaitC(3, 1.6), 12);
    // M/M/1: W1 = ρ/(1−ρ1), W2 = ρ/((1−ρ1)(1−ρ)).
    expect(cobham(1, [0.2, 0.3])).toEqual([expect.closeTo(0.5 / 0.8, 12), expect.closeTo(0.5 / 0.8 / 0.5, 12)]);
  });

  it('of how many there are sum to one and are drawn as they are', () => {
    const { shares } = Population.of(0.5, () => 1);
    expect(shares.slice(0, 3)).toEqual([expect.closeTo(0.5, 12), expect.closeTo(0.25, 12), expect.closeTo(0.125, 12)]);
    const population = Population.of(3, (number) => number, 5);
    expect(population.shares).toHaveLength(6);
    expect(population.meanOver(() => 1)).toBeCloseTo(1, 12);
    expect(population.shares[5]).toBeCloseTo(erlangB(5, 3), 12);
    expect([0, 0.999999999].map((u) => population.drawn(u))).toEqual([0, 5]);
  });
});

describe('the verdict', () => {
  it('asks as much of 200 seeds as was asked for, and less of fewer', () => {
    expect([1, 8, 20, 200, 1_000].map(heldPercentMin)).toEqual([0, 87.5, 90, 97, 98.1]);
  });
});

describe('the router', () => {
  const settings = { clock: new SystemClock(), randomness: countingRandomness() };
  const of = (text: string) => systems.find(({ name }) => name.includes(text))!;

  it('serves whoever came first at the first agent who is free, contact by contact as Lindley’s recursion has it', async () => {
    const system = { ...of('M/M/5, load 4'), parts: 6 };
    const plan = planOf(system, 11);
    const stage = new VirtualStage({ ...settings, counts: false });
    const { ledger } = await runReplay({ stage, plan, prefix: '' });
    let part = -1;
    let freeAt: number[] = [];
    for (const { arrivedAt, serviceMs, contactId, ...contact } of plan.contacts) {
      if (contact.part !== part) freeAt = Array.from({ length: 5 }, () => 0);
      part = contact.part;
      freeAt.sort((a, b) => a - b);
      const from = Math.max(arrivedAt, freeAt[0]!);
      freeAt[0] = from + serviceMs;
      expect({ contactId, waitMs: ledger.entry(contactId)!.waitMs }).toEqual({ contactId, waitMs: from - arrivedAt });
    }
  });

  // Fixed seeds: what is found once is found each time. Of so few, of fewer parts, one interval in each may miss.
  const seeds = 6;
  const parts = 30;
  for (const name of ['M/M/8/8', 'M/M/5, load 4', 'M/M/6+M', 'M/M/1, loads'])
    it(`is where theory says: ${name}`, async () => {
      const coverage = await coverageOf({ ...of(name), parts }, { ...settings, firstSeed: 1, seeds });
      expect(coverage.length).toBeGreaterThan(0);
      for (const { quantity, truth, mean, meanHalfWidth, heldPercent } of coverage) {
        expect({ quantity, held: heldPercent >= (100 * (seeds - 1)) / seeds }).toEqual({ quantity, held: true });
        // Of all seeds together: as near as six times as many contacts should be, with a factor of two for chance.
        expect(Math.abs(mean - truth)).toBeLessThan((2 * meanHalfWidth) / Math.sqrt(seeds));
      }
    });

  it('is found out where it does not do what the theory assumes', async () => {
    // As if there were one agent more than the theory counts with.
    const system = { ...of('M/M/5, load 4'), agents: 6, parts };
    const [waits] = await coverageOf(system, { ...settings, firstSeed: 1, seeds: 4 });
    expect(waits).toMatchObject({ quantity: 'share that waits', heldPercent: 0 });
  });
});
