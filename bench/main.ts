// Runs the benchmarks one after the other, each in a process of its own, and gathers what they say.
//
//   npm run bench -- [--quick] [--only NAMES] [--out FOLDER] [--json] [--compare BASELINE] [--other-node PATH|none]
//   npm run bench -- --document RUN.json
//
//   machine's bare rates ─▶ each benchmark ─▶ those under another Node ─▶ bare rates again
//       └─▶ FOLDER/run.json ─▶ tables, FOLDER/*.svg, beside the baseline ─▶ 0, or 1 after a wrong answer
//
// --document makes docs/performance.md from a run, and runs nothing.

import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { artifacts } from '../src/artifacts.ts';
import { benchmarks } from './benchmarks/index.ts';
import { chartsOf } from './harness/charts.ts';
import { compareRuns } from './harness/compare.ts';
import { writeDocument } from './harness/document.ts';
import { machineState } from './harness/machine.ts';
import { otherNode } from './harness/other-node.ts';
import { type BenchmarkResult, type Run, readRun, resultsFormat } from './harness/results.ts';
import { comparisonRows, plainTable, rowsOf } from './harness/tables.ts';

/** With the young generation that `npm start` gives the router, so that both sides of a comparison have the same. */
const nodeFlags = ['--max-semi-space-size=64'];

/** Under another Node as well: what a Node can make faster or slower by itself. */
const underOtherNode = ['workers-and-transports', 'core', 'virtual-days'];

interface Options {
  readonly quick: boolean;
  readonly only: string | undefined;
  readonly out: string;
  readonly json: boolean;
  readonly compare: string | undefined;
  readonly otherNode: string | undefined;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function wantedOf(only: string | undefined) {
  const names = only?.split(',');
  const unknown = names?.find((name) => benchmarks.every((benchmark) => benchmark.name !== name));
  if (unknown !== undefined)
    throw new Error(`no benchmark is called ${unknown}: ${benchmarks.map(({ name }) => name).join(', ')}`);
  return benchmarks.filter(({ name }) => names === undefined || names.includes(name));
}

/** Undefined after a wrong answer, which it has told. */
function runOne(node: string, name: string, args: readonly string[]): Promise<BenchmarkResult | undefined> {
  const file = fileURLToPath(new URL('./run-one.js', import.meta.url));
  const child = spawn(node, [...nodeFlags, file, name, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code === 0 ? (JSON.parse(text) as BenchmarkResult) : undefined));
  });
}

function show(result: BenchmarkResult): void {
  const benchmark = benchmarks.find(({ name }) => name === result.benchmark);
  for (const of of result.cases) {
    say(`\n  ${of.case || result.benchmark} (Node ${result.node}, median and range of the repetitions)`);
    say(plainTable(rowsOf(of)));
    for (const [title, rows] of Object.entries(of.facts)) say(`  ${title}\n${plainTable(rows)}`);
    for (const checked of of.checked) say(`  checked: ${checked}`);
  }
  for (const [title, rows] of Object.entries(benchmark?.summary?.(result) ?? {}))
    if (rows.length > 0) say(`\n  ${title}\n${plainTable(rows)}`);
  for (const checked of result.checked ?? []) say(`  checked: ${checked}`);
}

/** What was asked for, and under which Node: more than one where there is another. */
function plannedOf(options: Options): { name: string; node: string; args: string[] }[] {
  const wanted = wantedOf(options.only);
  const quick = options.quick ? ['--quick'] : [];
  const here = wanted.map(({ name }) => ({ name, node: process.execPath, args: quick }));
  const given = options.otherNode ?? (options.quick ? 'none' : undefined);
  if (given === 'none') return here;
  const found = given === undefined ? otherNode() : { path: given };
  if (found.path === undefined) {
    say(`without another Node: ${found.why}`);
    return here;
  }
  const node = found.path;
  const there = wanted
    .filter(({ name }) => underOtherNode.includes(name))
    .map(({ name }) => ({ name, node, args: [...quick, '--other-node'] }));
  return [...here, ...there];
}

async function measure(options: Options): Promise<{ run: Run; failed: readonly string[] }> {
  const planned = plannedOf(options);
  const takenAt = new Date().toISOString();
  const before = machineState();
  say(plainTable([{ '': 'the machine', ...before }]));
  const results: BenchmarkResult[] = [];
  const failed: string[] = [];
  for (const { name, node, args } of planned) {
    const { about, topology } = benchmarks.find((benchmark) => benchmark.name === name)!;
    say(`\n${name}: ${about}\n${topology}`);
    const result = await runOne(node, name, args);
    if (result === undefined) failed.push(name);
    else if (result.cases.length === 0) say('  nothing of it in this run');
    else {
      show(result);
      results.push(result);
    }
  }
  const machine = { before, after: machineState() };
  const { quick } = options;
  const command = ['npm run bench', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(' ');
  return { run: { format: resultsFormat, takenAt, command, commit: commit(), quick, machine, results }, failed };
}

function commit(): string {
  const git = (...args: string[]) => spawnSync('git', args, { cwd: artifacts.root, encoding: 'utf8' }).stdout?.trim();
  const head = git('rev-parse', '--short=12', 'HEAD') || 'unknown';
  return git('status', '--porcelain', '--', 'assembly', 'src', 'bench') ? `${head}+` : head;
}

function keep(run: Run, folder: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'run.json'), `${JSON.stringify(run, undefined, 1)}\n`);
  for (const { name, svg } of allCharts(run)) writeFileSync(join(folder, `${name}.svg`), svg);
  say(`\n${join(folder, 'run.json')}, and its charts beside it`);
}

function allCharts(run: Run) {
  return run.results.flatMap((result) => {
    const benchmark = benchmarks.find(({ name }) => name === result.benchmark);
    const suffix = result.node === process.version ? '' : `-node-${/\d+/.exec(result.node)?.[0]}`;
    return benchmark === undefined ? [] : chartsOf(benchmark, result, suffix);
  });
}

function compare(baseline: Run, run: Run): void {
  const comparison = compareRuns(baseline, run);
  say(`\nBeside the run of ${baseline.takenAt} (${baseline.commit}), by ratios to the reference of the same run`);
  say(plainTable(comparisonRows(comparison)));
  const slower = comparison.changes.filter(({ verdict }) => verdict === 'slower');
  for (const what of comparison.onlyBefore) say(`  only in the baseline: ${what}`);
  for (const what of comparison.onlyAfter) say(`  not in the baseline: ${what}`);
  say(slower.length === 0 ? 'nothing became slower' : `slower: ${slower.map(({ what }) => what).join('; ')}`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      out: { type: 'string', default: 'bench-results' },
      json: { type: 'boolean', default: false },
      compare: { type: 'string' },
      'other-node': { type: 'string' },
      document: { type: 'string' },
    },
  });
  if (values.document !== undefined) {
    for (const file of writeDocument(readRun(values.document))) say(file);
    return;
  }
  // Before anything is measured for it.
  const baseline = values.compare === undefined ? undefined : readRun(values.compare);
  const { run, failed } = await measure({
    ...values,
    only: values.only,
    compare: values.compare,
    otherNode: values['other-node'],
  });
  keep(run, values.out);
  if (baseline !== undefined) compare(baseline, run);
  if (values.json) process.stdout.write(`${JSON.stringify(run)}\n`);
  if (failed.length === 0) return;
  say(`\nfailed, see above: ${failed.join(', ')}`);
  process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  say((error as Error).message);
  process.exitCode = 1;
}
