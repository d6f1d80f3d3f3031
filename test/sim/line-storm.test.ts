// A shorter storm than `npm run test:lines` plays, and that it notices what is one too many.

import { expect, test } from 'vitest';
import { LineStorm } from './line-storm.ts';

const seed = Number(process.env.SEED ?? Date.now() % 4_294_967_296);
console.log(`seed ${seed}: SEED=${seed} repeats this run`);

test('no seat ever has more than it allows, whatever arrives at once', { timeout: 120_000 }, () => {
  const report = new LineStorm(seed).play(30_000);
  expect(report.breaches).toEqual([]);
  expect(report.offers).toBeGreaterThanOrEqual(30_000);
  // It came to the bounds, or nothing was shown.
  expect(report.fullTicks).toBeGreaterThan(1_000);
  expect(report.dialled).toBeGreaterThan(500);
  expect(report.busyMost).toBeGreaterThan(6);
});
