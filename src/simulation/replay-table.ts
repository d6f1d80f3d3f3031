// Prints a replay for people: the report as a table, and the line of numbers while it runs.

import { groupBy } from '../group-by.ts';
import { aligned } from './aligned.ts';
import type { EstimateError, EstimateErrors } from './estimate-errors.ts';
import type { Progress } from './replay.ts';
import type { ReplayReport } from './replay-report.ts';
import type { Speed } from './replay-setting.ts';
import { percentOf, type Summary } from './statistics.ts';

type Column = readonly [title: string, cell: (summary: Summary) => string];

const columns: readonly Column[] = [
  ['calls', (summary) => String(summary.calls)],
  ['answered', (summary) => String(summary.answered)],
  ['hung up', (summary) => String(summary.abandoned)],
  ['mean wait', (summary) => seconds(summary.meanWaitMs)],
  ['answered after', (summary) => seconds(summary.meanWaitAnsweredMs)],
  ['50%', (summary) => seconds(summary.waitMs.p50)],
  ['90%', (summary) => seconds(summary.waitMs.p90)],
  ['95%', (summary) => seconds(summary.waitMs.p95)],
  ['99%', (summary) => seconds(summary.waitMs.p99)],
  ['service level', (summary) => percent(summary.serviceLevelPercent)],
];

export function tableOf(report: ReplayReport): string {
  const rows: string[][] = [['type', '', ...columns.map(([title]) => title)]];
  for (const { type, recorded, replayed, leftOver } of report.groups) {
    const left = leftOver > 0 ? [`+${leftOver} left over`] : [];
    const cells = columns.map(([, cell]) => cell(replayed));
    if (report.wasRecorded) {
      rows.push([type, 'recorded', ...columns.map(([, cell]) => cell(recorded))]);
      rows.push(['', 'replayed', ...cells, ...left]);
    } else rows.push([type, '', ...cells, ...left]);
  }
  return aligned(rows);
}

/** What was recorded and what was replayed, hour by hour, a table for each type. */
export function hoursText({ hours, wasRecorded }: ReplayReport): string {
  const tables: string[] = [];
  for (const [type, groups] of groupBy(hours, (group) => group.type)) {
    const rows: string[][] = [];
    if (wasRecorded) rows.push(['', 'calls', 'mean wait', '', 'hung up', '', '50%', '', '90%', '', '99%', '']);
    const pair = wasRecorded ? ['recorded', 'replayed'] : ['replayed'];
    rows.push([type, wasRecorded ? '' : 'calls', ...(wasRecorded ? Array(5).fill(pair).flat() : hourTitles)]);
    for (const { hour, recorded, replayed } of groups)
      rows.push([
        `${String(hour).padStart(2, '0')}:00`,
        String(recorded.calls),
        ...hourCells.flatMap((cell) => (wasRecorded ? [cell(recorded), cell(replayed)] : [cell(replayed)])),
      ]);
    tables.push(aligned(rows, 1));
  }
  return tables.join('\n\n');
}

const hourTitles = ['mean wait', 'hung up', '50%', '90%', '99%'];
const hourCells: readonly ((summary: Summary) => string)[] = [
  ({ meanWaitMs }) => seconds(meanWaitMs),
  ({ abandoned, calls }) => percent(percentOf(abandoned, calls)),
  ({ waitMs }) => seconds(waitMs.p50),
  ({ waitMs }) => seconds(waitMs.p90),
  ({ waitMs }) => seconds(waitMs.p99),
];

/** All that the report has to say, the table in its middle. */
export function textOf(report: ReplayReport): string {
  const { account, latency, serviceLevel, speed } = report;
  const lines = [
    tableOf(report),
    '',
    `Waits in seconds, of all who queued; those who hung up with the time until they did. ` +
      `Service level: answered within ${serviceLevel.withinMs / 1000} s.`,
    `${report.stopped ? 'Stopped before the end of ' : ''}${(report.recordedMs / 3_600_000).toFixed(1)} recorded hours in ${(report.wallMs / 1000).toFixed(1)} s ` +
      `(${paceOf(speed)}), ` +
      `${report.contactsPerSecond.toFixed(1)} contacts a second.`,
  ];
  if (latency.meanMs !== undefined)
    lines.push(
      `Router's latency from create to offer: mean ${latency.meanMs.toFixed(1)} ms, 95% ${latency.p95Ms} ms` +
        (latency.recordedMs === undefined
          ? ''
          : `; in recorded time ${(latency.recordedMs / 1000).toFixed(1)} s on average`) +
        ` (${latency.samples} measured).`,
    );
  if (report.estimates !== undefined) lines.push(estimatesText(report.estimates));
  lines.push(`Account: ${account.why}.`);
  for (const warning of report.warnings) lines.push(`Warning: ${warning}.`);
  for (const anomaly of account.anomalies.slice(0, 10)) lines.push(`Anomaly: ${anomaly}`);
  for (const problem of account.problems.slice(0, 10)) lines.push(`Failed: ${problem}`);
  if (account.stillThere.length > 0)
    lines.push(`The router still has ${account.stillThere.length}: ${account.stillThere.slice(0, 5).join(', ')}`);
  lines.push(account.balanced ? 'Every call is accounted for.' : 'NOT every call is accounted for.');
  return lines.join('\n');
}

function estimatesText({ contacts, router, lastWait, averageWait }: EstimateErrors): string {
  const off = ({ meanAbsoluteMs, rootMeanSquareMs }: EstimateError) =>
    `${seconds(meanAbsoluteMs)} s (root mean square ${seconds(rootMeanSquareMs)} s)`;
  return (
    `Estimated waits, of ${contacts} who were told one and then answered, were off by ${off(router)} on average; ` +
    `the last wait of the type would have been by ${off(lastWait)}, the average of the last twenty by ${off(averageWait)}.`
  );
}

export function progressLine(progress: Progress, clock: string): string {
  const { totals, agentsLoggedIn, agentsOnBreak, latency } = progress;
  const measured = latency.meanMs === undefined ? '' : ` · create→offer ${latency.meanMs.toFixed(1)} ms`;
  return (
    `${clock} · ${totals.created}/${totals.planned} calls · ${totals.waiting} waiting · ${totals.inService} in service · ` +
    `${agentsLoggedIn} agents, ${agentsOnBreak} on a break · ${totals.answered} answered · ${totals.abandoned} hung up${measured}`
  );
}

function paceOf(speed: Speed): string {
  if (speed === 'max') return 'as fast as it goes';
  return speed === 'virtual' ? 'in virtual time' : `${speed} times as fast`;
}

function seconds(ms: number | undefined): string {
  return ms === undefined ? '–' : (ms / 1000).toFixed(ms < 100_000 ? 1 : 0);
}

function percent(value: number | undefined): string {
  return value === undefined ? '–' : `${Math.round(value)}%`;
}
