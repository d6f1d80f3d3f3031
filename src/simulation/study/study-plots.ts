// The plots of a study, by the names of their files.

import { type PlotLine, type PlotPoint, svgOf } from '../plot.ts';
import type { DayEstimate, StudyReport, VariantReport } from './study-report.ts';

const hourMs = 3_600_000;

export function studyPlots(report: StudyReport): ReadonlyMap<string, string> {
  const { name, variants, confidencePercent, replications, intervalMs } = report;
  const subtitle = replications > 1 ? `with the ${confidencePercent}% interval of the mean` : '';
  const overDay = (title: string, y: string, value: (of: DayEstimate) => DayEstimate['contacts'], scale: number) =>
    svgOf({
      title: `${name}: ${title}`,
      subtitle,
      x: dayAxis(variants, intervalMs),
      y: { title: y },
      lines: variants.map((variant) => dayLine(variant, value, scale, intervalMs)),
    });
  return new Map([
    ['wait-over-day.svg', overDay('mean wait over the day', 'seconds', ({ meanWaitMs }) => meanWaitMs, 1 / 1000)],
    ['hung-up-over-day.svg', overDay('who hung up, over the day', 'percent', (of) => of.abandonedPercent, 1)],
    ['agents-over-day.svg', overDay('agents over the day', 'agents', ({ agents }) => agents, 1)],
    ['contacts-over-day.svg', overDay('contacts over the day', 'a day, in each interval', (of) => of.contacts, 1)],
    [
      'waits.svg',
      svgOf({
        title: `${name}: who waited for longer`,
        x: { title: 'seconds' },
        y: { title: 'percent of all who queued', max: 100 },
        lines: variants.map(({ name: variant, waitsMs }) => ({
          name: variant,
          points: waitsMs.map(({ percent, waitMs }) => ({ x: waitMs / 1000, y: 100 - percent })),
        })),
      }),
    ],
  ]);
}

function dayAxis(variants: readonly VariantReport[], intervalMs: number) {
  const times = variants.flatMap(({ day }) => day.map(({ fromMs }) => fromMs));
  const [first, last] = [Math.min(...times), Math.max(...times) + intervalMs];
  const everyHours = last - first > 12 * hourMs ? 2 : 1;
  const ticks: number[] = [];
  for (let at = Math.ceil(first / hourMs); at * hourMs <= last; at++)
    if (at % everyHours === 0) ticks.push(at * hourMs);
  return { title: 'time of arrival', ticks, format: (ms: number) => `${ms / hourMs}:00` };
}

function dayLine(
  { name, day }: VariantReport,
  value: (of: DayEstimate) => DayEstimate['contacts'],
  scale: number,
  intervalMs: number,
): PlotLine {
  const points: PlotPoint[] = [];
  for (const interval of day) {
    const estimate = value(interval);
    if (estimate === undefined) continue;
    const { mean, halfWidth } = estimate;
    points.push({
      x: interval.fromMs,
      y: mean * scale,
      ...(halfWidth !== undefined && { low: (mean - halfWidth) * scale, high: (mean + halfWidth) * scale }),
    });
  }
  return { name, points, stepOf: intervalMs };
}
