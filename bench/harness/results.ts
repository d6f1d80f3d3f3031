// The JSON of a run, and nothing that is not in it: tables, charts and comparisons are made from it alone.

import { readFileSync } from 'node:fs';
import type { Measure, Parameters, Row } from './benchmark.ts';
import type { MachineState } from './machine.ts';

export const resultsFormat = 1;

/** One subject by one measure: a value for each repetition, in order. */
export interface Series extends Measure {
  readonly subject: string;
  readonly measure: string;
  readonly values: readonly number[];
  readonly reference?: string;
  /** The subject's value to the reference's, repetition by repetition. */
  readonly ratios?: readonly number[];
}

export interface CaseResult {
  readonly case: string;
  readonly parameters: Parameters;
  readonly series: readonly Series[];
  readonly facts: Readonly<Record<string, readonly Row[]>>;
  readonly checked: readonly string[];
}

export interface BenchmarkResult {
  readonly benchmark: string;
  readonly about: string;
  readonly topology: string;
  /** As process.version says. */
  readonly node: string;
  readonly seconds: number;
  readonly cases: readonly CaseResult[];
  /** Of all cases together. */
  readonly checked?: readonly string[];
}

export interface Run {
  readonly format: typeof resultsFormat;
  /** ISO 8601, UTC. */
  readonly takenAt: string;
  readonly command: string;
  /** Of the sources; with `+` where they were changed since. */
  readonly commit: string;
  readonly quick: boolean;
  readonly machine: { readonly before: MachineState; readonly after: MachineState };
  readonly results: readonly BenchmarkResult[];
}

/** Throws with what is wrong when it is not the JSON of a run. */
export function readRun(file: string): Run {
  let run: Partial<Run>;
  try {
    run = JSON.parse(readFileSync(file, 'utf8')) as Partial<Run>;
  } catch (error) {
    throw new Error(`${file} cannot be read as the JSON of a run: ${(error as Error).message}`, { cause: error });
  }
  if (run === null || run.format !== resultsFormat || !Array.isArray(run.results))
    throw new Error(`${file} is not the JSON of a run (format ${resultsFormat}): it was not written by npm run bench`);
  return run as Run;
}

/** What one series is called in every run of the same benchmarks; under one major version of Node. */
export function keyOf({ benchmark, node }: BenchmarkResult, { case: name }: CaseResult, series: Series): string {
  const major = /^v(\d+)/.exec(node)?.[1] ?? node;
  return [benchmark, `Node ${major}`, name, series.subject, series.measure].filter((part) => part !== '').join(' · ');
}
