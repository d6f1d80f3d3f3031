import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { SystemClock } from '../../src/engine/clock.ts';

let wall: number;
let monotonic: number;

beforeEach(() => {
  wall = 1_700_000_000_000;
  monotonic = 5_000;
  vi.spyOn(Date, 'now').mockImplementation(() => wall);
  vi.spyOn(performance, 'now').mockImplementation(() => monotonic);
});

afterEach(() => {
  vi.restoreAllMocks();
});

function pass(ms: number, wallMs = ms): void {
  monotonic += ms;
  wall += wallMs;
}

it('begins at the wall clock and goes on with the monotonic one', () => {
  const clock = new SystemClock();
  expect(clock.now()).toBe(1_700_000_000_000);
  pass(1_234);
  expect(clock.now()).toBe(1_700_000_001_234);
});

it('never goes back when the wall clock jumps back, and says how far the two are apart', () => {
  const clock = new SystemClock();
  pass(1_000, 1_000 - 3_600_000);
  const after = clock.now();
  expect(after).toBeGreaterThanOrEqual(1_700_000_000_999);
  expect(after).toBeLessThanOrEqual(1_700_000_001_000);
  expect(clock.skewMs()).toBeLessThan(-3_599_000);
});

it('is slewed towards the wall clock by at most 0.05%', () => {
  const clock = new SystemClock();
  pass(0, 60_000);
  clock.now();
  let previous = clock.now();
  for (let second = 0; second < 100; second++) {
    pass(1_000);
    const now = clock.now();
    expect(now - previous).toBeGreaterThanOrEqual(1_000);
    expect(now - previous).toBeLessThanOrEqual(1_001);
    previous = now;
  }
  expect(previous - 1_700_000_100_000).toBe(50);
});

it('comes to agree with the wall clock again after a small step', () => {
  const clock = new SystemClock();
  pass(0, 20);
  for (let second = 0; second < 100; second++) {
    pass(1_000);
    clock.now();
  }
  expect(Math.abs(clock.skewMs())).toBeLessThanOrEqual(1);
});
