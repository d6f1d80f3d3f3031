// Prints what came of the comparison with theory.

import { aligned } from '../aligned.ts';
import type { Coverage } from './coverage.ts';

export interface SystemCoverage {
  readonly name: string;
  readonly coverage: readonly Coverage[];
}

const confidence = 0.99;
/** How often chance alone may make honest intervals fail. */
const falseAlarms = 0.005;

/**
 * The share of intervals that must hold the true value. Each of them does with a probability of 0.99, so of a few seeds one
 * that misses says nothing, and of 200 at most six may: 97%.
 */
export function heldPercentMin(seeds: number): number {
  let missed = 0;
  // Of the binomial distribution of misses: the share of studies with more of them than `missed`.
  let share = confidence ** seeds;
  for (let more = 1 - share; more > falseAlarms; more -= share) {
    missed += 1;
    share *= ((seeds - missed + 1) / missed) * ((1 - confidence) / confidence);
  }
  return (100 * (seeds - missed)) / seeds;
}

export function isAsClaimed({ heldPercent }: Coverage, seeds: number): boolean {
  return heldPercent >= heldPercentMin(seeds);
}

export function theoryText(results: readonly SystemCoverage[], seeds: number): string {
  const rows = [['system', 'quantity', 'theory', 'router', '± of a seed', 'intervals that hold it']];
  for (const { name, coverage } of results)
    for (const [index, one] of coverage.entries())
      rows.push([
        index === 0 ? name : '',
        one.quantity,
        one.truth.toFixed(4),
        one.mean.toFixed(4),
        one.meanHalfWidth.toFixed(4),
        `${one.heldPercent.toFixed(1)}%${isAsClaimed(one, seeds) ? '' : ' !'}`,
      ]);
  const off = results.flatMap(({ coverage }) => coverage.filter((one) => !isAsClaimed(one, seeds))).length;
  const min = heldPercentMin(seeds).toFixed(1);
  return [
    aligned(rows),
    '',
    `Waits in mean service times; ${seeds} seeds, each with a 99% interval.`,
    off === 0
      ? `For each quantity, ${min}% or more of the intervals hold what theory says.`
      : `For ${off} quantities (!) fewer than ${min}% of the intervals hold what theory says.`,
  ].join('\n');
}
