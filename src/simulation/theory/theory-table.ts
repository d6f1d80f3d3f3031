// Prints what came of the comparison with theory.

import { aligned } from '../aligned.ts';
import type { Coverage } from './coverage.ts';

export interface SystemCoverage {
  readonly name: string;
  readonly coverage: readonly Coverage[];
}

/** Of the seeds whose interval is to hold the true value: 99 of 100, give or take chance. */
export const heldPercentBounds = { min: 97, max: 100 } as const;

export function isAsClaimed({ heldPercent }: Coverage): boolean {
  return heldPercent >= heldPercentBounds.min && heldPercent <= heldPercentBounds.max;
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
        `${one.heldPercent.toFixed(1)}%${isAsClaimed(one) ? '' : ' !'}`,
      ]);
  const off = results.flatMap(({ coverage }) => coverage.filter((one) => !isAsClaimed(one))).length;
  const { min, max } = heldPercentBounds;
  return [
    aligned(rows),
    '',
    `Waits in mean service times; ${seeds} seeds, each with a 99% interval.`,
    off === 0
      ? `For each quantity, between ${min}% and ${max}% of the intervals hold what theory says.`
      : `For ${off} quantities (!) fewer than ${min}% of the intervals hold what theory says.`,
  ].join('\n');
}
