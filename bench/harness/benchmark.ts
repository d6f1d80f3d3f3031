// What a benchmark is: cases, each with subjects that are measured in turn, repetition by repetition, in one process.
//
//   case ─ prepare ─▶ 1: reference, subject │ 2: subject, reference │ 3: reference, subject │ … ─▶ check ─▶ close
//
// A subject names the reference that it is measured against. The two of one repetition come right after one another, so that
// what slows the machine slows both: their ratio is what is compared between runs, not the times themselves.

import type { BenchmarkResult } from './results.ts';

export type Numbers = Readonly<Record<string, number>>;
export type Parameters = Readonly<Record<string, number | string>>;
export type Row = Readonly<Record<string, number | string>>;

export interface Measure {
  /** As it is printed: `ns`, `requests/s`. */
  readonly unit: string;
  readonly better: 'more' | 'less';
}

export interface Subject {
  readonly name: string;
  /** Another subject of the same case; a subject without one is a reference itself. */
  readonly reference?: string;
  /** One repetition: a number for each of the benchmark's measures that the subject has. */
  run(): Promise<Numbers>;
}

export interface Prepared {
  readonly subjects: readonly Subject[];
  /** After the last repetition: what has been checked, a sentence each. Throws WrongAnswerError. */
  check(): Promise<readonly string[]>;
  /** What is counted and not timed, after check(). */
  facts?(): Readonly<Record<string, readonly Row[]>>;
  close(): Promise<void>;
}

export interface Case {
  readonly name: string;
  /** All that its numbers depend on: runs with others are not compared with each other. */
  readonly parameters: Parameters;
  readonly repetitions: number;
  prepare(): Promise<Prepared>;
}

export interface Conditions {
  /** Short runs: to see that everything works, and roughly how fast. */
  readonly quick: boolean;
  /** Runs under another Node than `npm run bench` itself, beside the whole set. */
  readonly otherNode: boolean;
}

export interface Chart {
  /** Of the file, without its ending. */
  readonly name: string;
  readonly svg: string;
}

export interface Benchmark {
  readonly name: string;
  /** In one line. */
  readonly about: string;
  /** The drawing: who talks to whom, and what is on the clock. */
  readonly topology: string;
  readonly measures: Readonly<Record<string, Measure>>;
  cases(conditions: Conditions): Promise<readonly Case[]>;
  /** What the cases must come to together: what has been checked, a sentence each. Throws WrongAnswerError. */
  check?(result: BenchmarkResult): readonly string[];
  /** What several cases say together, read from the result alone. */
  summary?(result: BenchmarkResult): Readonly<Record<string, readonly Row[]>>;
  /** Measures drawn as bars, one chart each for all cases; none where charts() draws something else. */
  readonly drawn?: readonly string[];
  charts?(result: BenchmarkResult): readonly Chart[];
}

/** Fewer cannot be told apart (compare.ts). */
export const repetitionsMin = 5;

/** What was measured did something else than it must: the numbers mean nothing. */
export class WrongAnswerError extends Error {}

export function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new WrongAnswerError(`the answer is wrong: not so that ${what}`);
}
