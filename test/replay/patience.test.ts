// The patience of callers: the estimate against numbers worked out by hand and against a patience that is known.

import { describe, expect, it } from 'vitest';
import { drawnPatience, kaplanMeier, recordedPatience } from '../../src/simulation/patience.ts';
import { SeededRandom } from '../../src/simulation/random.ts';
import type { RecordedCall } from '../../src/simulation/recorded-call.ts';
import { seedOfThisRun } from '../core/random.ts';

const hungUp = (waitMs: number) => ({ waitMs, hungUp: true });
const served = (waitMs: number) => ({ waitMs, hungUp: false });

function call(id: number, type: string, outcome: 'served' | 'hungUp', waitMs: number): RecordedCall {
  const isServed = outcome === 'served';
  return {
    id: String(id),
    line: id,
    day: '2024-01-01',
    arrivedAt: id * 1_000,
    waitMs,
    outcome,
    serviceStartAt: isServed ? id * 1_000 + waitMs : undefined,
    serviceMs: isServed ? 60_000 : undefined,
    agent: isServed ? 'ann' : undefined,
    type,
    priority: 'ordinary',
    customer: undefined,
  };
}

describe('the Kaplan–Meier estimate', () => {
  it('is the product of the shares that stay, each of those who are still there', () => {
    // 6-mercaptopurine in leukaemia: times of remission in weeks (Freireich et al., Blood 21, 1963), in every textbook.
    const weeks = [
      hungUp(6),
      hungUp(6),
      hungUp(6),
      served(6),
      hungUp(7),
      served(9),
      hungUp(10),
      served(10),
      served(11),
    ];
    weeks.push(hungUp(13), hungUp(16), served(17), served(19), served(20), hungUp(22), hungUp(23));
    weeks.push(served(25), served(32), served(32), served(34), served(35));
    const { timesMs, shares } = kaplanMeier(weeks);
    expect(timesMs).toEqual([6, 7, 10, 13, 16, 22, 23]);
    expect(shares.map((share) => share.toFixed(4))).toEqual([
      '0.8571',
      '0.8067',
      '0.7529',
      '0.6902',
      '0.6275',
      '0.5378',
      '0.4482',
    ]);
  });

  it('draws beyond what was waited, in the estimate’s shares', () => {
    const survival = kaplanMeier([hungUp(10), hungUp(20), hungUp(30), served(40)]);
    expect([0, 9, 10, 25, 30, 99].map((ms) => survival.after(ms))).toEqual([1, 1, 0.75, 0.5, 0.25, 0.25]);
    expect([0, 0.1, 0.3, 0.6, 0.9].map((u) => survival.drawBeyond(0, u))).toEqual([10, 10, 20, 30, undefined]);
    expect([0, 0.4, 0.6].map((u) => survival.drawBeyond(20, u))).toEqual([30, 30, undefined]);
    expect(survival.drawBeyond(30, 0.99)).toBeUndefined();
  });

  it('finds a patience that is known behind waits that hide it', () => {
    const seed = seedOfThisRun();
    console.log(`patience: SEED=${seed}`);
    const random = new SeededRandom(seed);
    const meanMs = 100_000;
    const waits = Array.from({ length: 20_000 }, () => {
      const [patience, answered] = [random.exponential(meanMs), random.exponential(80_000)];
      return patience < answered ? hungUp(patience) : served(answered);
    });
    const survival = kaplanMeier(waits);
    // Four standard errors, by Greenwood's formula at the worst of these, are less than this.
    for (const ms of [10_000, 50_000, 100_000, 200_000])
      expect(Math.abs(survival.after(ms) - Math.exp(-ms / meanMs))).toBeLessThan(0.04);
  });
});

describe('the patience of a recording', () => {
  const calls = [
    ...Array.from({ length: 60 }, (_, id) => call(id, 'a', 'hungUp', 10_000 + id)),
    ...Array.from({ length: 60 }, (_, id) => call(100 + id, 'a', 'served', 5_000)),
    ...Array.from({ length: 9 }, (_, id) => call(200 + id, 'b', 'served', 20_000)),
  ];

  it('as recorded is of those alone who hung up', () => {
    expect(recordedPatience(calls).size).toBe(60);
  });

  it('as drawn keeps theirs, and gives the others one beyond their wait, by a seed', () => {
    const drawn = drawnPatience(calls, 1);
    for (const one of calls) {
      const patience = drawn.get(one);
      if (one.outcome === 'hungUp') expect(patience).toBe(one.waitMs);
      else if (patience !== undefined) expect(patience).toBeGreaterThan(one.waitMs);
    }
    // Of type a everybody who was still there after 10 s hung up at last; b's few are given what all have.
    expect(calls.filter(({ type }) => type === 'a').every((one) => drawn.has(one))).toBe(true);
    expect(calls.filter(({ type }) => type === 'b').every((one) => !drawn.has(one))).toBe(true);
    expect([...drawnPatience(calls, 1)]).toEqual([...drawn]);
    expect([...drawnPatience(calls, 2)]).not.toEqual([...drawn]);
  });
});
