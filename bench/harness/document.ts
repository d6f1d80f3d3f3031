// docs/performance.md, made from one run: the words are bench/performance.md, where a line `{{what …}}` stands for what the
// run has to say. The charts and the run itself, which is a baseline to compare with, lie in docs/performance/.
//
//   {{machine}}          when, on what, in which state
//   {{topology NAME}}    the drawing
//   {{results NAME}}     a table a case, and what was checked
//   {{charts NAME}}      its charts
//   NAME may be followed by `on another Node`.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { artifacts } from '../../src/artifacts.ts';
import { benchmarks } from '../benchmarks/index.ts';
import type { Benchmark, Row } from './benchmark.ts';
import { chartsOf } from './charts.ts';
import type { MachineState } from './machine.ts';
import type { BenchmarkResult, Run } from './results.ts';
import { markdownTable, rowsOf, text } from './tables.ts';

const template = join(artifacts.root, 'bench', 'performance.md');
const elsewhere = ' on another Node';

/** A machine on which more than a quarter of the cores has been busy for a minute is not quiet. */
const quietLoadShare = 4;
const busyText =
  '**Other work kept this machine busy before and during the run: its rates are not those of a quiet one, and its ranges are wide.**';

/** Each file of the page with what is in it, by its path below `docs/`. Throws where the page asks for what was not run. */
export function documentOf(run: Run): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  const page = readFileSync(template, 'utf8').replaceAll(/^\{\{(\w+)(?: (.+))?\}\}$/gm, (_, what: string, of: string) =>
    filled(run, what, of, (name, content) => files.set(join('performance', name), content)),
  );
  files.set('performance.md', page);
  files.set(join('performance', 'run.json'), `${JSON.stringify(run, undefined, 1)}\n`);
  return files;
}

/** Returns the paths written. */
export function writeDocument(run: Run, docs = join(artifacts.root, 'docs')): string[] {
  mkdirSync(join(docs, 'performance'), { recursive: true });
  return [...documentOf(run)].map(([name, content]) => {
    writeFileSync(join(docs, name), content);
    return join(docs, name);
  });
}

function filled(run: Run, what: string, of: string, file: (name: string, content: string) => void): string {
  if (what === 'machine') return machineText(run);
  const { benchmark, result, isOther } = found(run, of);
  if (what === 'topology') return ['```', benchmark.topology.replace(/^\n|\n$/g, ''), '```'].join('\n');
  if (what === 'results') return resultsText(benchmark, result);
  if (what !== 'charts') throw new Error(`bench/performance.md asks for ${what}, which nothing fills in`);
  const charts = chartsOf(benchmark, result, isOther ? '-other-node' : '');
  for (const { name, svg } of charts) file(`${name}.svg`, svg);
  return charts.map(({ name }) => `![${name}](performance/${name}.svg)`).join('\n');
}

/** The first Node of a run is the one that `npm run bench` ran under. */
function found({ results }: Run, of: string) {
  const isOther = of.endsWith(elsewhere);
  const name = isOther ? of.slice(0, -elsewhere.length) : of;
  const benchmark = benchmarks.find((one) => one.name === name);
  const result = results.find((one) => one.benchmark === name && (one.node === results[0]!.node) !== isOther);
  if (benchmark === undefined || result === undefined)
    throw new Error(`bench/performance.md asks for ${of}, which this run does not have: make a whole one`);
  return { benchmark, result, isOther };
}

function machineText({ takenAt, command, commit, machine: { before, after } }: Run): string {
  const row = (
    when: string,
    { load, mixesPerMicrosecond, randomReadNanoseconds, flushMilliseconds }: MachineState,
  ): Row => ({
    'bare rates': when,
    'processes that wanted to run': load,
    'multiplications and shifts, millions/s': mixesPerMicrosecond,
    'random read in 256 MiB, ns': randomReadNanoseconds,
    '4 KiB onto the disk, ms': flushMilliseconds,
  });
  const { cpu, cores, memoryGiB, platform } = before;
  return [
    `Taken ${takenAt.slice(0, 16).replace('T', ' ')} UTC at ${commit} by \`${command}\`, on ${cores} cores (${cpu}), ${memoryGiB} GiB, ${platform}.`,
    '',
    markdownTable([row('before the run', before), row('after it', after)]),
    ...(before.load > cores / quietLoadShare ? ['', busyText] : []),
  ].join('\n');
}

function resultsText(benchmark: Benchmark, result: BenchmarkResult): string {
  const summary = Object.entries(benchmark.summary?.(result) ?? {}).filter(([, rows]) => rows.length > 0);
  const repetitions = result.cases[0]?.series[0]?.values.length ?? 0;
  return [
    `Node ${result.node}, ${repetitions} repetitions, median (range); ${text(result.seconds)} s in all.`,
    sharedParameters(result),
    ...tablesOf(result),
    ...summary.flatMap(([title, rows]) => [`${title}:`, markdownTable(rows)]),
    `Checked: ${[...new Set([...result.cases, result].flatMap(({ checked }) => checked ?? []))].join('; ')}.`,
  ].join('\n\n');
}

/** What all cases of it have in common; what differs is in their names. */
function sharedParameters({ cases }: BenchmarkResult): string {
  const first = Object.entries(cases[0]?.parameters ?? {});
  const shared = first.filter(([name, value]) => cases.every(({ parameters }) => parameters[name] === value));
  return `Parameters: ${shared.map(([name, value]) => `${name} ${typeof value === 'number' ? value.toLocaleString('en') : value}`).join(', ')}.`;
}

/** Cases with the same subjects and measures make one table. */
function tablesOf({ cases }: BenchmarkResult): string[] {
  const rows = cases.flatMap((of) => rowsOf(of).map((row): Row => (of.case === '' ? row : { case: of.case, ...row })));
  const facts = new Map<string, Row[]>();
  for (const of of cases) {
    for (const [title, some] of Object.entries(of.facts)) {
      const own = some.map((row): Row => (of.case === '' ? row : { case: of.case, ...row }));
      facts.set(title, [...(facts.get(title) ?? []), ...own]);
    }
  }
  return [markdownTable(rows), ...[...facts].flatMap(([title, some]) => [`${title}:`, markdownTable(some)])];
}
