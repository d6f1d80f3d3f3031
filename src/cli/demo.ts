// `strowger demo`: a simulated switch and agents on the router that `npm start` runs, with a day of calls: of our own
// making, or from a recording.

import type { Command } from 'commander';
import { SystemClock, systemRandomness } from '../engine/clock.ts';
import { generateDay } from '../simulation/generated-day.ts';
import { bankMappingFile, readMapping } from '../simulation/mapping.ts';
import { readRecording } from '../simulation/recording.ts';
import { planReplay, type ReplayPlan } from '../simulation/replay-plan.ts';
import { reportOf } from '../simulation/replay-report.ts';
import { textOf } from '../simulation/replay-table.ts';
import { serviceTimes } from '../simulation/service-times.ts';
import { shiftRulesOf, shiftsOf } from '../simulation/shifts.ts';
import { SocketStage } from '../simulation/stage.ts';
import { usualServiceLevel } from '../simulation/statistics.ts';
import { Zone } from '../zone.ts';
import { CommandError } from './command-error.ts';
import { type AccessOptions, accessOf, addAccessOptions, asCommandError, number, runShown } from './simulation-run.ts';

interface DemoOptions extends AccessOptions {
  readonly speed: string;
  readonly calls: string;
  readonly agents: string;
  readonly seed: string;
  readonly mapping?: string;
}

const prefix = 'demo.';
/** A day that looks like any other: the demo's days are all the same Monday. */
const generatedMidnight = Date.UTC(2024, 0, 1);

export function register(program: Command): void {
  addAccessOptions(
    program
      .command('demo')
      .description('a day of calls on the trial router that `npm start` runs in this folder')
      .argument('[calls.csv]', 'a recording, of which the first day is taken; without it a generated day')
      .option('--speed <n>', 'so many times as fast as in life', '120')
      .option('--calls <n>', 'calls of the generated day', '1000')
      .option('--agents <n>', 'agents of the generated day', '12')
      .option('--seed <n>', 'the generated day', '1')
      .option('--mapping <file>', 'how the columns of the recording are read'),
  ).action((file: string | undefined, options: DemoOptions) => demo(file, options));
}

async function demo(file: string | undefined, options: DemoOptions): Promise<void> {
  const speed = number('speed', options.speed, 0.01, 100_000);
  const clock = new SystemClock();
  try {
    const access = accessOf(options, clock);
    const { plan, zone, runId } = file === undefined ? generatedPlan(options) : await recordedPlan(file, options);
    process.stderr.write(
      `${plan.contacts.length} calls, ${plan.agents.length} agents, ${speed} times as fast as in life; ` +
        `about ${Math.ceil((plan.endsAt - plan.startsAt) / speed / 60_000)} minutes (Ctrl-C stops it in order)\n`,
    );
    const outcome = await runShown(
      { stage: new SocketStage({ access, speed, clock, connectTimeoutMs: 5_000 }), plan, prefix },
      { zone, quiet: false },
    );
    const report = reportOf({
      runId,
      speed,
      serviceLevel: usualServiceLevel,
      wasRecorded: file !== undefined,
      zone,
      plan,
      outcome,
    });
    process.stdout.write(`${textOf(report)}\n`);
    if (!report.account.balanced) throw new CommandError(`not every call is accounted for: ${report.account.why}`);
  } catch (error) {
    throw asCommandError(error, options.url);
  }
}

interface DemoPlan {
  readonly plan: ReplayPlan;
  readonly zone: Zone;
  readonly runId: string;
}

function generatedPlan(options: DemoOptions): DemoPlan {
  const runId = newRunId();
  const day = generateDay({
    seed: number('seed', options.seed, 0, 2 ** 32 - 1),
    calls: Math.floor(number('calls', options.calls, 1, 1_000_000)),
    agents: Math.floor(number('agents', options.agents, 1, 10_000)),
    midnight: generatedMidnight,
  });
  return { plan: planReplay({ ...day, runId, prefix }), zone: new Zone('UTC'), runId };
}

async function recordedPlan(file: string, options: DemoOptions): Promise<DemoPlan> {
  const runId = newRunId();
  const mapping = readMapping(options.mapping ?? bankMappingFile);
  const recording = await readRecording(file, mapping);
  const first = recording.calls[0]?.day;
  const calls = recording.calls.filter((call) => call.day === first);
  const shifts = shiftsOf(calls, shiftRulesOf(mapping, 'breaks'));
  const serviceMs = serviceTimes(calls, 'drawn', 1);
  const plan = planReplay({ calls, shifts, serviceMs, routing: mapping.routing, runId, prefix });
  return { plan, zone: new Zone(mapping.time.zone), runId };
}

function newRunId(): string {
  return `demo-${systemRandomness.uuid().slice(0, 8)}`;
}
