// The plots of a replay, by the names of their files: what was recorded and what was replayed, by hour of arrival, for all
// and for each type.

import { groupBy } from '../group-by.ts';
import { type PlotLine, type PlotPoint, svgOf } from './plot.ts';
import type { HourGroup, ReplayReport } from './replay-report.ts';
import { percentOf, type Summary } from './statistics.ts';

export function replayPlots({ hours, wasRecorded }: ReplayReport): ReadonlyMap<string, string> {
  const plots = new Map<string, string>();
  for (const [type, groups] of groupBy(hours, (group) => group.type)) {
    // A type may have any characters; a name of a file may not.
    const name = type.replace(/[^A-Za-z0-9._-]/g, '_');
    const plot = (what: string, title: string, y: string, value: (summary: Summary) => number | undefined) =>
      plots.set(
        `${what}-by-hour-${name}.svg`,
        svgOf({
          title: `${title} by hour of arrival, ${type === 'all' ? 'all calls' : type}`,
          x: hourAxis(groups),
          y: { title: y },
          lines: [
            ...(wasRecorded ? [line('recorded', groups, ({ recorded }) => value(recorded))] : []),
            line('replayed', groups, ({ replayed }) => value(replayed)),
          ],
        }),
      );
    plot('wait', 'mean wait', 'seconds', ({ meanWaitMs }) => meanWaitMs && meanWaitMs / 1000);
    plot('hung-up', 'who hung up', 'percent', ({ abandoned, calls }) => percentOf(abandoned, calls));
    plot('wait90', '90% waited no longer', 'seconds', ({ waitMs }) => waitMs.p90 && waitMs.p90 / 1000);
  }
  return plots;
}

function hourAxis(groups: readonly HourGroup[]) {
  const hours = groups.map(({ hour }) => hour);
  const [first, last] = [Math.min(...hours), Math.max(...hours) + 1];
  const ticks = Array.from({ length: last - first + 1 }, (_, index) => first + index).filter((hour) => hour % 2 === 0);
  return { title: 'hour of arrival', ticks, format: (hour: number) => `${hour}:00` };
}

function line(name: string, groups: readonly HourGroup[], value: (group: HourGroup) => number | undefined): PlotLine {
  const points: PlotPoint[] = [];
  for (const group of groups) {
    const y = value(group);
    if (y !== undefined) points.push({ x: group.hour, y });
  }
  return { name, points, stepOf: 1 };
}
