// `strowger replay CALLS.csv`: a recorded day in virtual time, or against a running router, and what came of it beside what
// was recorded.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { type Clock, SystemClock, systemRandomness } from '../engine/clock.ts';
import { DecisionsTold } from '../explain/decisions.ts';
import { type Ask, agentsText, everyLine, queuesText } from '../simulation/interval-table.ts';
import { bankMappingFile, type Mapping, readMapping } from '../simulation/mapping.ts';
import { drawnPatience, recordedPatience } from '../simulation/patience.ts';
import type { Plan } from '../simulation/plan.ts';
import type { Recording } from '../simulation/recorded-call.ts';
import { isDay } from '../simulation/recorded-time.ts';
import { readRecording } from '../simulation/recording.ts';
import { planReplay } from '../simulation/replay-plan.ts';
import { replayPlots } from '../simulation/replay-plots.ts';
import { reportOf } from '../simulation/replay-report.ts';
import type { Speed } from '../simulation/replay-setting.ts';
import { hoursText, textOf } from '../simulation/replay-table.ts';
import { serviceTimes, type UnservedService } from '../simulation/service-times.ts';
import { type Availability, availabilities, shiftRulesOf, shiftsOf } from '../simulation/shifts.ts';
import { type Party, SocketStage, type Stage } from '../simulation/stage.ts';
import { VirtualStage, type VirtualStageOptions } from '../simulation/virtual-stage.ts';
import { Zone } from '../zone.ts';
import { CommandError, UsageError } from './command-error.ts';
import { explanationText } from './explain.ts';
import { checkedText, checkReplayed, explainReplayed } from './replay-explained.ts';
import {
  type AccessOptions,
  accessOf,
  addAccessOptions,
  asCommandError,
  assertWritable,
  makeFolder,
  number,
  runShown,
} from './simulation-run.ts';
import { borderAfter, borderBefore, type IntervalMs, intervalOf } from './statistics-options.ts';

interface ReplayOptions extends AccessOptions {
  readonly from?: string;
  readonly to?: string;
  readonly speed?: string;
  readonly patience?: string;
  readonly mapping?: string;
  readonly strict: boolean;
  readonly availability?: string;
  readonly unserved: string;
  readonly seed: string;
  readonly within: string;
  readonly shortAbandon: string;
  readonly prefix: string;
  readonly runId?: string;
  readonly connectTimeout: string;
  readonly json: boolean;
  readonly report?: string;
  readonly byHour: boolean;
  readonly svg?: string;
  readonly statistics?: string;
  readonly explain?: string;
  readonly checkExplanations: boolean;
}

export function register(program: Command): void {
  addAccessOptions(
    program
      .command('replay')
      .description('replay recorded calls: in virtual time, or with --speed against a running router over real sockets')
      .argument('<calls.csv>', 'the recording')
      .option('--from <day>', 'the first day, YYYY-MM-DD; alone: only that day. Default: the whole file')
      .option('--to <day>', 'the last day')
      .option('--speed <n|max>', 'against a running router, so many times as fast as it was; max: as fast as it goes')
      .option('--mapping <file>', 'how its columns are read; by default as examples/mappings/bank.yaml says'),
  )
    .option('--strict', 'a damaged line is an error, instead of being left out and named', false)
    .option(
      '--availability <how>',
      `${availabilities.join(', ')}: when agents are there; by default breaks with --speed, else pauses`,
    )
    .option('--unserved <drawn|none>', 'service of callers who hung up then and are reached now', 'drawn')
    .option('--patience <recorded|drawn>', 'who hangs up; by default recorded with --speed, else drawn')
    .option('--seed <n>', 'for what is drawn', '1')
    .option('--within <seconds>', 'of the service level', '20')
    .option('--short-abandon <seconds>', 'who hangs up sooner does not count in the service level', '0')
    .option('--prefix <text>', 'of the queues, skills and agents that are set up', 'replay.')
    .option('--run-id <id>', 'begins the ids of the contacts; by default a new one each time')
    .option('--connect-timeout <seconds>', 'how long to wait for the router', '10')
    .option('--json', 'the report as JSON on standard output', false)
    .option('--report <file>', 'the report as JSON into a file')
    .option('--by-hour', 'tables by hour of arrival, too', false)
    .option('--svg <folder>', 'plots into a folder')
    .option(
      '--statistics <minutes>',
      'in virtual time: queues and agents by interval (5, 15, 30, 60 or day), as statistics.query counts them',
    )
    .option('--explain <contact>', 'in virtual time: afterwards, why this contact waited and who took it')
    .option(
      '--check-explanations',
      'in virtual time: afterwards explain every contact, and compare with what its agents were told',
      false,
    )
    .addHelpText('after', examples)
    .action((file: string, options: ReplayOptions, command: Command) => {
      refuseWithoutSpeed(options, command);
      refuseWithSpeed(options);
      return replay(file, options);
    });
}

const examples = `
Exit code 1 where not every call is accounted for, or where it was stopped. docs/replay.md says what it does and what
its numbers mean.

Examples:
  strowger replay calls.csv
  strowger replay calls.csv --from 1999-08-13 --speed 300
  strowger replay calls.csv --speed max --report fortnight.json
  strowger replay calls.csv --mapping ours.yaml --speed 60 --url wss://router.example/v1/rpc --tenant bank --secret-file secret`;

async function replay(file: string, options: ReplayOptions): Promise<void> {
  const settings = checked(options);
  const clock = new SystemClock();
  try {
    const told = new DecisionsTold();
    const stage = stageOf(options, settings, clock, told);
    if (options.report !== undefined) assertWritable('report', options.report);
    if (options.svg !== undefined) makeFolder('svg', options.svg);
    const mapping = readMapping(options.mapping ?? bankMappingFile);
    const { strict, from, to } = settings;
    const recording = await readRecording(file, mapping, { strict, from, to });
    tellOfLines(recording);
    const { plan, runId } = planOf(recording, mapping, settings);
    const zone = new Zone(mapping.time.zone);
    const counted: Counted = { queues: [], agents: [] };
    const outcome = await runShown(
      {
        stage,
        plan,
        prefix: options.prefix,
        ...(settings.statisticsMs !== undefined && {
          onPlayed: askStatistics(plan, zone, settings.statisticsMs, counted),
        }),
      },
      { zone, quiet: options.json },
    );
    const { serviceLevel } = settings;
    const report = reportOf({ runId, speed: stage.speed, serviceLevel, wasRecorded: true, zone, plan, outcome });
    const { explanation, explanations, explainingMs = 0 } = await explained(stage, options, told, clock);
    const whole = {
      ...report,
      recording: { file, from, to, ...linesOf(recording) },
      explanation,
      explanations,
      ...(settings.statisticsMs !== undefined && { statistics: counted }),
    };
    if (options.report !== undefined) writeFileSync(options.report, `${JSON.stringify(whole, null, 2)}\n`);
    if (options.svg !== undefined)
      for (const [name, text] of replayPlots(report)) writeFileSync(join(options.svg, name), text);
    const text = options.byHour ? `${hoursText(report)}\n\n${textOf(report)}` : textOf(report);
    if (settings.statisticsMs !== undefined && !options.json)
      process.stdout.write(`${queuesText(counted.queues, zone)}\n\n${agentsText(counted.agents, zone)}\n\n`);
    process.stdout.write(options.json ? `${JSON.stringify(whole)}\n` : `${text}\n`);
    if (explanation !== undefined && !options.json) process.stdout.write(`\n${explanationText(explanation)}`);
    if (explanations !== undefined && !options.json)
      process.stdout.write(`${checkedText(explanations, explainingMs)}\n`);
    if (!report.account.balanced) throw new CommandError(`not every call is accounted for: ${report.account.why}`);
    if (explanations !== undefined && explanations.differingCount > 0)
      throw new CommandError('not every explanation is what was decided');
    if (report.stopped) throw new CommandError('stopped before its end');
  } catch (error) {
    throw asCommandError(error, settings.speed === 'virtual' ? undefined : options.url);
  }
}

/** Who names a router wants it to be used. */
function refuseWithoutSpeed({ speed }: ReplayOptions, command: Command): void {
  if (speed !== undefined) return;
  for (const name of ['url', 'tenant', 'secretFile', 'tokens', 'dataDir', 'connectTimeout'])
    if (command.getOptionValueSource(name) === 'cli')
      throw new UsageError(
        `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} is of a running router: give --speed as well, or leave both out for virtual time`,
      );
}

const yearMs = 366 * 86_400_000;

function refuseWithSpeed({ speed, explain, checkExplanations, statistics }: ReplayOptions): void {
  if (speed !== undefined && statistics !== undefined)
    throw new UsageError('--statistics is of virtual time: beside --speed, ask the router (strowger statistics)');
  if (speed !== undefined && (explain !== undefined || checkExplanations))
    throw new UsageError(
      '--explain and --check-explanations are of virtual time: beside --speed, ask the router (strowger explain)',
    );
}

function stageOf(
  options: ReplayOptions,
  settings: ReturnType<typeof checked>,
  clock: Clock,
  told: DecisionsTold,
): Stage {
  const { speed, connectTimeoutMs } = settings;
  if (speed !== 'virtual') return new SocketStage({ access: accessOf(options, clock), speed, clock, connectTimeoutMs });
  const onEvent: VirtualStageOptions['onEvent'] = (...event) => told.hear(...event);
  return new VirtualStage({
    clock,
    randomness: systemRandomness,
    ...(options.checkExplanations && { onEvent }),
    // Who is to be explained must be remembered to the end, also after a month.
    ...((options.checkExplanations || options.explain !== undefined) && {
      contactRetentionMs: yearMs,
      keepsJournal: true,
    }),
  });
}

/** What was asked for beside the report. */
async function explained(stage: Stage, options: ReplayOptions, told: DecisionsTold, clock: Clock) {
  if (!(stage instanceof VirtualStage)) return {};
  const began = clock.now();
  const explanation = options.explain === undefined ? undefined : await explainReplayed(stage.stored, options.explain);
  const explanations = options.checkExplanations ? await checkReplayed(stage.stored, told) : undefined;
  return { explanation, explanations, explainingMs: clock.now() - began };
}

type Counted = Awaited<ReturnType<typeof everyLine>>;

/** From the midnight before the first event to the last. */
function askStatistics({ startsAt, endsAt }: Plan, zone: Zone, intervalMs: IntervalMs, counted: Counted) {
  const period = {
    from: borderBefore(zone.midnightBefore(startsAt)),
    to: borderAfter(endsAt + 86_400_000),
    intervalMs,
  };
  return async (admin: Party): Promise<void> => {
    const ask: Ask = (asked) => admin.call('statistics.query', asked);
    counted.queues.push(...(await everyLine(ask, { of: 'queues', ...period, limit: 1_000 })).queues);
    counted.agents.push(...(await everyLine(ask, { of: 'agents', ...period, limit: 1_000 })).agents);
  };
}

function planOf(recording: Recording, mapping: Mapping, settings: ReturnType<typeof checked>) {
  const runId = settings.runId ?? `replay-${systemRandomness.uuid().slice(0, 8)}`;
  const { calls } = recording;
  const { routing } = mapping;
  const usual = shiftRulesOf(mapping, settings.speed === 'virtual' ? 'pauses' : 'breaks');
  const shifts = shiftsOf(calls, { ...usual, availability: settings.availability ?? usual.availability });
  const serviceMs = serviceTimes(calls, settings.unserved, settings.seed);
  const patienceMs = settings.patience === 'drawn' ? drawnPatience(calls, settings.seed) : recordedPatience(calls);
  const { prefix, serviceLevel } = settings;
  const plan = planReplay({ calls, shifts, serviceMs, patienceMs, routing, serviceLevel, runId, prefix });
  return { plan, runId };
}

function linesOf({ rows, calls, skipped, damaged, damagedCount }: Recording) {
  return { rows, calls: calls.length, skipped: Object.fromEntries(skipped), damagedCount, damaged };
}

/** Damaged lines first: whoever reads the table should know what is not in it. */
function tellOfLines({ damaged, damagedCount, calls, rows }: Recording): void {
  for (const { line, reason } of damaged.slice(0, 10)) process.stderr.write(`line ${line} left out: ${reason}\n`);
  if (damagedCount > 10) process.stderr.write(`… and ${damagedCount - 10} more (--report names up to 100)\n`);
  process.stderr.write(`${calls.length} calls to replay, from ${rows} lines, ${damagedCount} of them damaged\n`);
}

function checked(options: ReplayOptions) {
  const { from, to = from, speed, unserved, prefix, runId } = options;
  const { patience = speed === undefined ? 'drawn' : 'recorded' } = options;
  const { availability } = options;
  for (const [name, day] of Object.entries({ from, to }))
    if (day !== undefined && !isDay(day)) throw new UsageError(`--${name} must be a day, YYYY-MM-DD, not ${day}`);
  if (from !== undefined && to !== undefined && to < from) throw new UsageError('--to lies before --from');
  if (availability !== undefined && !(availabilities as readonly string[]).includes(availability))
    throw new UsageError(`--availability must be one of ${availabilities.join(', ')}, not ${availability}`);
  if (patience !== 'drawn' && patience !== 'recorded') throw new UsageError('--patience must be recorded or drawn');
  if (unserved !== 'drawn' && unserved !== 'none') throw new UsageError('--unserved must be drawn or none');
  for (const [name, id] of Object.entries({ 'run-id': runId, prefix }))
    if (id !== undefined && !/^[A-Za-z0-9._:@+-]{1,32}$/.test(id))
      throw new UsageError(`--${name} must be 1 to 32 characters of A–Z a–z 0–9 . _ : @ + -`);
  return {
    from,
    to,
    strict: options.strict,
    availability: availability as Availability | undefined,
    unserved: unserved as UnservedService,
    patience,
    speed: speedOf(speed),
    seed: number('seed', options.seed, 0, 2 ** 32 - 1),
    serviceLevel: {
      withinMs: Math.round(number('within', options.within, 0.001, 86_400) * 1000),
      shortAbandonMs: Math.round(number('short-abandon', options.shortAbandon, 0, 86_400) * 1000),
    },
    connectTimeoutMs: number('connect-timeout', options.connectTimeout, 0.1, 3_600) * 1000,
    prefix,
    runId,
    statisticsMs: options.statistics === undefined ? undefined : intervalOf('statistics', options.statistics),
  };
}

function speedOf(text: string | undefined): Speed {
  if (text === undefined) return 'virtual';
  return text === 'max' ? 'max' : number('speed', text, 0.01, 100_000);
}
