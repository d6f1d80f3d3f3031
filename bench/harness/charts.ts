// The charts of a result: the benchmark's own, or bars for each measure that it wants drawn.

import { barChart } from './bars.ts';
import type { Benchmark, Chart } from './benchmark.ts';
import type { BenchmarkResult } from './results.ts';
import { spreadOf } from './statistics.ts';

/** `suffix` keeps the files of one benchmark under two versions of Node apart. */
export function chartsOf(benchmark: Benchmark, result: BenchmarkResult, suffix: string): readonly Chart[] {
  const charts = benchmark.charts?.(result) ?? (benchmark.drawn ?? []).map((measure) => barsOf(result, measure));
  return charts.map(({ name, svg }) => ({ name: `${name}${suffix}`, svg }));
}

function barsOf({ benchmark, cases }: BenchmarkResult, measure: string): Chart {
  const series = cases.flatMap((of) =>
    of.series
      .filter((one) => one.measure === measure)
      .map((one) => ({ ...one, name: cases.length > 1 ? `${of.case}: ${one.subject}` : one.subject })),
  );
  const bars = series.map(({ name, values }) => {
    const { median, min, max } = spreadOf(values);
    return { name, value: median, low: min, high: max };
  });
  const unit = series[0]?.unit ?? '';
  const title = `${benchmark}: ${measure}`;
  const label = `${unit}; the bar is the median of the repetitions, the line their range`;
  return { name: `${benchmark}-${measure.replaceAll(' ', '-')}`, svg: barChart({ title, label, bars }) };
}
