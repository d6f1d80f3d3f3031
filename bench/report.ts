// How every benchmark ends: its table for people on standard error, and with --json its numbers on standard output.

import { cpus } from 'node:os';

export interface Report {
  readonly benchmark: string;
  /** What was measured, in one line. */
  readonly about: string;
  readonly tables: Readonly<Record<string, readonly Readonly<Record<string, number | string>>[]>>;
  /** What the benchmark checked of its own answer; it throws where that fails. */
  readonly checked: readonly string[];
  readonly numbers: Readonly<Record<string, number | string | boolean>>;
}

export function show(report: Report, json: boolean): void {
  const { benchmark, about, tables, checked, numbers } = report;
  const machine = { node: process.version, cores: cpus().length };
  console.error(`\n${benchmark}: ${about} (node ${machine.node}, ${machine.cores} cores)`);
  for (const [title, rows] of Object.entries(tables)) {
    console.error(title);
    console.error(textOf(rows));
  }
  for (const check of checked) console.error(`  checked: ${check}`);
  if (json) console.log(JSON.stringify({ benchmark, machine, numbers, tables, checked }, undefined, 2));
}

function textOf(rows: readonly Readonly<Record<string, number | string>>[]): string {
  const names = Object.keys(rows[0] ?? {});
  const cells = [names, ...rows.map((row) => names.map((name) => String(row[name] ?? '')))];
  const widths = names.map((_, column) => Math.max(...cells.map((line) => line[column]!.length)));
  return cells
    .map(
      (line) =>
        `  ${line.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  ')}`,
    )
    .join('\n');
}

export function round(value: number, digits = 0): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}

export function mebibytes(bytes: number): number {
  return round(bytes / 1_048_576, 1);
}

/** The values at these parts of a thousand. */
export function percentiles(values: number[], perMille: readonly number[]): number[] {
  const sorted = Float64Array.from(values).sort();
  return perMille.map((part) => sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * part) / 1000))] ?? 0);
}
