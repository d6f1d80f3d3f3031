// Two runs beside each other: what became slower, what faster, and what cannot be told apart.
//
// The rule: a series is compared by its ratios to its reference in the same run, since the reference meets the same
// machine. It changed when the Mann–Whitney test of the two sets of ratios has p ≤ 0.01 and their medians are more
// than 2% apart. With five repetitions on each side that means that the two ranges do not overlap. A hundred series that did
// not change show one change by chance; a change that matters shows again in the next run.

import { type BenchmarkResult, type CaseResult, keyOf, type Run, type Series } from './results.ts';
import { mannWhitney, spreadOf } from './statistics.ts';

const pMax = 0.01;
const changeMin = 0.02;

export type Verdict = 'slower' | 'faster' | 'not told apart' | 'too few repetitions' | 'other parameters';

export interface Change {
  readonly what: string;
  readonly verdict: Verdict;
  /** Medians of the ratios to the reference. */
  readonly before: number;
  readonly after: number;
  readonly p: number | undefined;
}

export interface Comparison {
  readonly changes: readonly Change[];
  /** Series of the baseline that the other run does not have, and the other way round. */
  readonly onlyBefore: readonly string[];
  readonly onlyAfter: readonly string[];
}

export function compareRuns(before: Run, after: Run): Comparison {
  const known = comparable(before);
  const found = comparable(after);
  const changes = [...found].flatMap(([what, { series, parameters }]) => {
    const baseline = known.get(what);
    if (baseline === undefined) return [];
    if (baseline.parameters !== parameters) return [changeOf(what, baseline.series, series, 'other parameters')];
    return [changeOf(what, baseline.series, series)];
  });
  return {
    changes,
    onlyBefore: [...known.keys()].filter((what) => !found.has(what)),
    onlyAfter: [...found.keys()].filter((what) => !known.has(what)),
  };
}

interface Comparable {
  readonly series: Series;
  readonly parameters: string;
}

/** By key, every series that has a reference. */
function comparable(run: Run): Map<string, Comparable> {
  const entries = run.results.flatMap((result: BenchmarkResult) =>
    result.cases.flatMap((of: CaseResult) =>
      of.series
        .filter(({ ratios }) => ratios !== undefined)
        .map((series): [string, Comparable] => [
          keyOf(result, of, series),
          { series, parameters: JSON.stringify(of.parameters) },
        ]),
    ),
  );
  return new Map(entries);
}

function changeOf(what: string, before: Series, after: Series, known?: Verdict): Change {
  const medians = { before: spreadOf(before.ratios!).median, after: spreadOf(after.ratios!).median };
  if (known !== undefined) return { what, verdict: known, ...medians, p: undefined };
  const p = mannWhitney(before.ratios!, after.ratios!);
  return { what, verdict: verdictOf(before, after, medians, p), ...medians, p };
}

function verdictOf(before: Series, after: Series, medians: { before: number; after: number }, p: number): Verdict {
  if (leastP(before.ratios!.length, after.ratios!.length) > pMax) return 'too few repetitions';
  if (!changed(medians, p)) return 'not told apart';
  return medians.after > medians.before === (after.better === 'less') ? 'slower' : 'faster';
}

/** Whether two handfuls of ratios are told apart, by the rule above. */
export function areToldApart(before: readonly number[], after: readonly number[]): boolean {
  const medians = { before: spreadOf(before).median, after: spreadOf(after).median };
  return changed(medians, mannWhitney(before, after));
}

function changed({ before, after }: { before: number; after: number }, p: number): boolean {
  return p <= pMax && Math.abs(after / before - 1) > changeMin;
}

/** What the test says at most of so many: that one side is wholly above the other. */
function leastP(one: number, other: number): number {
  const low = Array.from({ length: one }, (_, index) => index);
  return mannWhitney(
    low,
    Array.from({ length: other }, (_, index) => one + index),
  );
}
