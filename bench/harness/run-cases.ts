// Runs the cases of a benchmark one after the other: prepare, repetitions, check, close.

import {
  type Benchmark,
  type Case,
  type Conditions,
  type Measure,
  must,
  type Numbers,
  type Prepared,
  repetitionsMin,
  type Subject,
} from './benchmark.ts';
import type { BenchmarkResult, CaseResult, Series } from './results.ts';

/** `say`: a line for people who watch. Throws WrongAnswerError. */
export async function runBenchmark(
  benchmark: Benchmark,
  conditions: Conditions,
  say: (line: string) => void,
): Promise<BenchmarkResult> {
  const { name, about, topology } = benchmark;
  const began = performance.now();
  const cases: CaseResult[] = [];
  for (const of of await benchmark.cases(conditions)) cases.push(await runCase(benchmark, of, say));
  const seconds = Math.round((performance.now() - began) / 1000);
  const result = { benchmark: name, about, topology, node: process.version, seconds, cases };
  return benchmark.check === undefined ? result : { ...result, checked: benchmark.check(result) };
}

async function runCase(benchmark: Benchmark, of: Case, say: (line: string) => void): Promise<CaseResult> {
  if (of.repetitions < repetitionsMin) throw new RangeError(`${of.name}: ${of.repetitions} repetitions are too few`);
  say(`${of.name === '' ? benchmark.name : of.name}: preparing`);
  const prepared = await of.prepare();
  try {
    const runs = new Map(prepared.subjects.map((subject) => [subject, [] as Numbers[]]));
    for (let repetition = 0; repetition < of.repetitions; repetition++) {
      say(`${of.name === '' ? benchmark.name : of.name}: repetition ${repetition + 1} of ${of.repetitions}`);
      for (const subject of inTurn(prepared, repetition)) runs.get(subject)!.push(await subject.run());
    }
    const checked = await prepared.check();
    const series = prepared.subjects.flatMap((subject) => seriesOf(subject, runs, benchmark.measures));
    return { case: of.name, parameters: of.parameters, series, facts: prepared.facts?.() ?? {}, checked };
  } finally {
    await prepared.close();
  }
}

/** Whoever was first is last the next time: what drifts meanwhile falls on both sides. */
function inTurn({ subjects }: Prepared, repetition: number): readonly Subject[] {
  return repetition % 2 === 0 ? subjects : [...subjects].reverse();
}

function seriesOf(
  subject: Subject,
  runs: ReadonlyMap<Subject, readonly Numbers[]>,
  measures: Readonly<Record<string, Measure>>,
): Series[] {
  const { name, reference } = subject;
  const references = reference === undefined ? undefined : [...runs].find(([other]) => other.name === reference)?.[1];
  if (reference !== undefined && references === undefined) throw new Error(`${name} has no reference ${reference}`);
  return Object.entries(measures).flatMap(([measure, { unit, better }]) => {
    const values = valuesOf(runs.get(subject)!, measure, name);
    if (values === undefined) return [];
    const others = references && valuesOf(references, measure, reference!);
    const common = { subject: name, measure, unit, better, values };
    if (others === undefined) return [common];
    return [{ ...common, reference: reference!, ratios: values.map((value, index) => value / others[index]!) }];
  });
}

/** Undefined where the subject does not have this measure. */
function valuesOf(runs: readonly Numbers[], measure: string, subject: string): number[] | undefined {
  const values = runs.flatMap((run) => (run[measure] === undefined ? [] : [run[measure]]));
  if (values.length === 0) return undefined;
  must(values.length === runs.length, `${subject} has ${measure} in each repetition`);
  for (const value of values) must(Number.isFinite(value) && value > 0, `${measure} of ${subject} is above zero`);
  return values;
}
