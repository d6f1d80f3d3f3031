// Results as tables: for a terminal, and the same rows for Markdown.

import { aligned } from '../../src/simulation/aligned.ts';
import type { Row } from './benchmark.ts';
import type { Change, Comparison } from './compare.ts';
import type { CaseResult, Series } from './results.ts';
import { spreadOf } from './statistics.ts';

/** Three digits that mean something, thousands apart. */
export function text(value: number): string {
  if (value === 0) return '0';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: Math.min(digits, 2) });
}

function spreadText(values: readonly number[]): string {
  const { median, min, max } = spreadOf(values);
  return `${text(median)} (${text(min)}–${text(max)})`;
}

/** One row a subject: median and range of each measure, and of its ratio to the reference. */
export function rowsOf({ series }: CaseResult): Row[] {
  const subjects = [...new Set(series.map(({ subject }) => subject))];
  return subjects.map((subject) => {
    const own = series.filter((one) => one.subject === subject);
    return Object.fromEntries([
      ['', subject],
      ...own.flatMap(({ measure, unit, values, ratios, reference }: Series) => [
        [`${measure}, ${unit}`, spreadText(values)],
        ...(ratios === undefined ? [] : [[`${measure} to ${reference}`, spreadText(ratios)]]),
      ]),
    ]);
  });
}

export function comparisonRows({ changes }: Comparison): Row[] {
  return changes.map(({ what, verdict, before, after, p }: Change) => ({
    what,
    before: text(before),
    after: text(after),
    change: `${after >= before ? '+' : '−'}${text(Math.abs(after / before - 1) * 100)}%`,
    p: p === undefined ? '' : text(p),
    '': verdict,
  }));
}

function columnsOf(rows: readonly Row[]): string[] {
  return [...new Set(rows.flatMap((row) => Object.keys(row)))];
}

export function plainTable(rows: readonly Row[]): string {
  const names = columnsOf(rows);
  const cells = [names, ...rows.map((row) => names.map((name) => String(row[name] ?? '')))];
  return aligned(cells, 1).replaceAll(/^/gm, '  ');
}

export function markdownTable(rows: readonly Row[]): string {
  const names = columnsOf(rows);
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(names),
    `|${names.map((_, column) => (column === 0 ? '---' : '---:')).join('|')}|`,
    ...rows.map((row) => line(names.map((name) => String(row[name] ?? '')))),
  ].join('\n');
}
