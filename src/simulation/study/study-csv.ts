// A study as CSV: a line for each number of each type of each replication, for tools that do their own statistics.

import { type MetricName, metrics } from './numbers.ts';
import type { StudyOutcome } from './study.ts';

const names = Object.keys(metrics) as MetricName[];

export function studyCsv({ variants }: StudyOutcome): string {
  const lines = [['variant', 'replication', 'type', ...names].join(',')];
  for (const { name, replications } of variants)
    for (const [index, { groups }] of replications.entries())
      for (const [type, numbers] of groups)
        lines.push([quoted(name), index + 1, quoted(type), ...names.map((metric) => numbers[metric] ?? '')].join(','));
  return `${lines.join('\n')}\n`;
}

function quoted(text: string): string {
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
