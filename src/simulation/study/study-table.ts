// Prints a study for people.

import { aligned } from '../aligned.ts';
import type { Estimate } from './interval.ts';
import { type MetricName, metrics } from './numbers.ts';
import type { Estimates, StudyReport, VariantGroup } from './study-report.ts';

const names = Object.keys(metrics) as MetricName[];

/** All that the report has to say, the table in its middle. */
export function studyText(report: StudyReport): string {
  const { replications, confidencePercent, serviceLevel, variants, warmUpMs, contacts, wallMs } = report;
  const several = replications > 1;
  const lines = [
    `${report.name}: ${replications} ${several ? 'replications' : 'replication'}, seed ${report.seed}`,
    '',
    tableOf(report),
    '',
    `Waits in seconds, of all who queued; those who hung up with the time until they did. Service level: answered within ${serviceLevel.withinMs / 1000} s. In service: of the time of all contacts that the agents can have at once.`,
  ];
  if (several)
    lines.push(
      `Behind ± is half of the interval that holds the true mean in ${confidencePercent}% of such studies (Student’s t over the replications).`,
    );
  if (variants.length > 1)
    lines.push(
      several
        ? `Differences are from “${variants[0]!.name}”, with the same contacts in each replication; * where the interval of a difference is all on one side of zero.`
        : `Differences are from “${variants[0]!.name}”, with the same contacts; what is chance in them, one replication does not tell.`,
    );
  if (warmUpMs > 0) lines.push(`The first ${warmUpMs / 1000} s of each replication are played and not counted.`);
  for (const { name, leftOver } of variants)
    if (leftOver > 0)
      lines.push(
        `Warning: “${name}”: ${leftOver} contacts were still waiting when the last agent had gone: they are in no number but the contacts.`,
      );
  if (report.stopped) lines.push('Stopped before its end: what is here is of the replications that were played.');
  lines.push(
    `${contacts} contacts in ${(wallMs / 1000).toFixed(1)} s (in virtual time), ${Math.round((1000 * contacts) / Math.max(1, wallMs))} a second.`,
  );
  return lines.join('\n');
}

function tableOf({ variants, replications }: StudyReport): string {
  const shown = names.filter((name) =>
    variants.some(({ groups }) => groups.some(({ estimates }) => tells(estimates, name))),
  );
  const rows: string[][] = [['type', '', ...shown.map((name) => metrics[name].title)]];
  // The report gives all variants the same groups.
  for (const [at, { type }] of variants[0]!.groups.entries())
    for (const [index, { name, groups }] of variants.entries()) {
      const group = groups[at] as VariantGroup;
      rows.push([
        index === 0 ? type : '',
        variants.length > 1 ? name : '',
        ...shown.map((metric) => cell(metric, group.estimates[metric])),
      ]);
      if (group.differences !== undefined)
        rows.push([
          '',
          '  difference',
          ...shown.map((metric) => differenceCell(metric, group.differences![metric], replications > 1)),
        ]);
    }
  return aligned(rows);
}

/** Nobody needs a column of zeros for what a scenario has not got. */
function tells(estimates: Estimates, name: MetricName): boolean {
  return estimates[name] !== undefined && (name !== 'turnedAwayPercent' || estimates[name].mean > 0);
}

function cell(metric: MetricName, estimate: Estimate | undefined): string {
  if (estimate === undefined) return '–';
  const { mean, halfWidth } = estimate;
  const digits = digitsFor(metric, mean);
  return halfWidth === undefined
    ? shown(metric, mean, digits)
    : `${shown(metric, mean, digits)} ±${shown(metric, halfWidth, digits)}`;
}

function differenceCell(metric: MetricName, estimate: Estimate | undefined, several: boolean): string {
  if (estimate === undefined) return '–';
  const { mean, halfWidth } = estimate;
  const tellsApart = several && halfWidth !== undefined && Math.abs(mean) > halfWidth;
  return `${mean > 0 ? '+' : ''}${cell(metric, estimate)}${tellsApart ? '*' : ''}`;
}

function digitsFor(metric: MetricName, value: number): number {
  const { unit } = metrics[metric];
  if (unit === 'percent') return 1;
  if (unit === 'count') return Math.abs(value) < 100 ? 1 : 0;
  return Math.abs(value) < 100_000 ? 1 : 0;
}

function shown(metric: MetricName, value: number, digits: number): string {
  const { unit } = metrics[metric];
  const text = (unit === 'ms' ? value / 1000 : value).toFixed(digits);
  return unit === 'percent' ? `${text}%` : text;
}
