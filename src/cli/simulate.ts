// `strowger simulate`: a scenario, or a recording, played several times in virtual time; and what would be if there were
// more agents, other policies, or another scenario.

import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Command } from 'commander';
import { SystemClock, systemRandomness } from '../engine/clock.ts';
import type { Plan } from '../simulation/plan.ts';
import { type Scenario, scenarioOf } from '../simulation/scenario/scenario.ts';
import { type PreparedScenario, prepareScenario } from '../simulation/scenario/scenario-plan.ts';
import { agentsChange, type Change, policyChange, poolSkills } from '../simulation/scenario/what-if.ts';
import { runStudy, type StudyOutcome, type Variant } from '../simulation/study/study.ts';
import { studyCsv } from '../simulation/study/study-csv.ts';
import { studyPlots } from '../simulation/study/study-plots.ts';
import { studyReport } from '../simulation/study/study-report.ts';
import { studyText } from '../simulation/study/study-table.ts';
import { CommandError, UsageError } from './command-error.ts';
import { readDocument } from './read-document.ts';
import { asCommandError, assertWritable, makeFolder, shownAndStoppable, wholeNumber } from './simulation-run.ts';

interface SimulateOptions {
  readonly agents: readonly string[];
  readonly policy: readonly string[];
  readonly poolSkills: boolean;
  readonly compare: readonly string[];
  readonly replications?: string;
  readonly seed?: string;
  readonly from?: string;
  readonly to?: string;
  readonly mapping?: string;
  readonly json: boolean;
  readonly report?: string;
  readonly csv?: string;
  readonly svg?: string;
}

export function register(program: Command): void {
  program
    .command('simulate')
    .description('play a scenario several times in virtual time, and what would be if something were different')
    .argument('<scenario>', 'a scenario (YAML), or a recording (.csv)')
    .option(
      '--agents <change>',
      'so many more or fewer, as +2, -1 or, of a group, sales+2; again for another',
      gathered,
      [],
    )
    .option('--policy <file>', 'other policies of queues; again for another file', gathered, [])
    .option('--pool-skills', 'every agent can do what any of them can', false)
    .option('--compare <scenario>', 'another scenario beside it; again for one more', gathered, [])
    .option('--replications <n>', 'how often each is played; else as the scenario says')
    .option('--seed <n>', 'for all that is drawn; else as the scenario says')
    .option('--from <day>', 'of a recording: the first day, YYYY-MM-DD; alone: only that day')
    .option('--to <day>', 'of a recording: the last day')
    .option('--mapping <file>', 'of a recording: how its columns are read')
    .option('--json', 'the report as JSON on standard output', false)
    .option('--report <file>', 'the report as JSON into a file')
    .option('--csv <file>', 'the numbers of each replication into a file')
    .option('--svg <folder>', 'plots into a folder')
    .addHelpText('after', examples)
    .action((file: string, options: SimulateOptions) => simulate(file, options));
}

const examples = `
With --agents, --policy or --pool-skills both are played: as it is, and with all the changes together. docs/scenarios.md says how a
scenario is written and what the numbers mean.

Examples:
  strowger simulate examples/scenarios/two-skills.yaml
  strowger simulate examples/scenarios/two-skills.yaml --agents both+1 --svg plots
  strowger simulate calls.csv --from 1999-08-01 --agents +1 --replications 10
  strowger simulate today.yaml --compare tomorrow.yaml --csv numbers.csv`;

function gathered(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

async function simulate(file: string, options: SimulateOptions): Promise<void> {
  try {
    for (const name of ['report', 'csv'] as const) if (options[name] !== undefined) assertWritable(name, options[name]);
    if (options.svg !== undefined) makeFolder('svg', options.svg);
    refuseWithoutRecording(file, options);
    const scenario = readScenario(file, options);
    const prepared = await prepareScenario(scenario);
    const variants = await variantsOf(scenario, prepared, options);
    // What is wrong with a change is said before the first is played.
    for (const { planOf } of variants) planOf(1);
    const outcome = await played(variants, scenario, prepared, options);
    if (outcome.variants[0]!.replications.length === 0) throw new CommandError('stopped before anything was played');
    show(scenario, outcome, options);
    if (outcome.stopped) throw new CommandError('stopped before its end');
  } catch (error) {
    throw asCommandError(error, undefined);
  }
}

function refuseWithoutRecording(file: string, { from, to, mapping, compare }: SimulateOptions): void {
  if ([file, ...compare].some(isCsv) || (from ?? to ?? mapping) === undefined) return;
  throw new UsageError('--from, --to and --mapping are of a recording (.csv): a scenario names its own');
}

function isCsv(file: string): boolean {
  return file.endsWith('.csv');
}

function readScenario(file: string, { from, to, mapping, seed, replications }: SimulateOptions): Scenario {
  const isRecording = isCsv(file);
  const days = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
  const source = { file, ...days, ...(mapping !== undefined && { mapping }) };
  const document = isRecording ? { format: 1, name: basename(file), recording: source } : readDocument(file);
  // The names of a recording are as seen from here, those in a scenario as seen from its folder.
  const scenario = scenarioOf(document, isRecording ? 'recording' : file);
  return {
    ...scenario,
    ...(seed !== undefined && { seed: wholeNumber('seed', seed, 0, 2 ** 32 - 1) }),
    ...(replications !== undefined && { replications: wholeNumber('replications', replications, 1, 100_000) }),
  };
}

async function variantsOf(
  scenario: Scenario,
  prepared: PreparedScenario,
  options: SimulateOptions,
): Promise<Variant[]> {
  const { planOf } = prepared;
  const { agents, policy, poolSkills: pooled, compare } = options;
  const changes = [
    ...agents.map(parsedAgents),
    ...policy.map((file) => policyChange(readDocument(file), file)),
    ...(pooled ? [poolSkills] : []),
  ];
  const variants: Variant[] = [{ name: compare.length > 0 ? scenario.name : 'as it is', planOf }];
  if (changes.length > 0) {
    const changed = (plan: Plan) => changes.reduce((so, change) => change(so), plan);
    const named = [
      ...agents.map((change) => `agents ${change}`),
      ...policy.map((path) => basename(path)),
      ...(pooled ? ['skills pooled'] : []),
    ];
    variants.push({ name: named.join(', '), planOf: (replication) => changed(planOf(replication)) });
  }
  for (const file of compare) {
    const other = { ...readScenario(file, options), seed: scenario.seed };
    const otherPrepared = await prepareScenario(other);
    const counted = countingOf(other, otherPrepared);
    for (const [name, value] of Object.entries(countingOf(scenario, prepared)))
      if (JSON.stringify(value) !== JSON.stringify(counted[name as keyof typeof counted]))
        throw new CommandError(
          `${file}: ${name} is another than that of ${scenario.name}: one study counts in one way`,
        );
    variants.push({ name: unlike(other.name, variants), planOf: otherPrepared.planOf });
  }
  return variants;
}

/** What numbers have to be counted alike by to be compared. */
function countingOf({ warmUpMs, serviceLevel, intervalMs }: Scenario, { zone }: PreparedScenario) {
  return { warmUpMs, serviceLevel, intervalMs, zone: zone.name };
}

function unlike(name: string, variants: readonly Variant[]): string {
  const isTaken = (text: string) => variants.some((variant) => variant.name === text);
  let unique = name;
  for (let number = 2; isTaken(unique); number++) unique = `${name} (${number})`;
  return unique;
}

function parsedAgents(text: string): Change {
  const change = agentsChange(text);
  if (change === undefined) throw new UsageError(`--agents must be as +2, -1 or sales+2, not ${text}`);
  return change;
}

/** With a line on standard error that says how far it is; SIGINT and SIGTERM end it after what is being played. */
function played(
  variants: readonly Variant[],
  scenario: Scenario,
  { zone }: PreparedScenario,
  { json }: SimulateOptions,
): Promise<StudyOutcome> {
  const { replications, warmUpMs, serviceLevel, intervalMs } = scenario;
  return shownAndStoppable(json, 'stopping after the replication that is being played', (screen, signal) =>
    runStudy({
      variants,
      replications,
      counting: { warmUpMs, serviceLevel, intervalMs, midnightOf: (at) => zone.midnightBefore(at) },
      clock: new SystemClock(),
      randomness: systemRandomness,
      signal,
      onProgress: ({ replication, variant, contacts, done }) =>
        screen.show(
          `${barOf(done)} replication ${replication} of ${replications}, ${variant} · ${contacts} contacts so far`,
        ),
    }),
  );
}

function barOf(done: number): string {
  const width = 24;
  const full = Math.round(done * width);
  return `[${'#'.repeat(full)}${'.'.repeat(width - full)}] ${String(Math.floor(done * 100)).padStart(3)}%`;
}

function show(scenario: Scenario, outcome: StudyOutcome, { json, report: into, csv, svg }: SimulateOptions): void {
  const report = studyReport(metaOf(scenario), outcome);
  if (into !== undefined) writeFileSync(into, `${JSON.stringify(report, null, 2)}\n`);
  if (csv !== undefined) writeFileSync(csv, studyCsv(outcome));
  if (svg !== undefined) for (const [name, text] of studyPlots(report)) writeFileSync(join(svg, name), text);
  process.stdout.write(json ? `${JSON.stringify(report)}\n` : `${studyText(report)}\n`);
}

function metaOf({ name, seed, confidencePercent, warmUpMs, serviceLevel, intervalMs }: Scenario) {
  return { name, seed, confidencePercent, warmUpMs, serviceLevel, intervalMs };
}
