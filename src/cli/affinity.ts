// `strowger affinity CALLS.csv`: recorded days in virtual time without affinity and with it, at several waits: how many returning callers
// get the agent whom they know, and what everybody waits.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { SystemClock, systemRandomness } from '../engine/clock.ts';
import {
  type AffinityMeasured,
  affinityPlot,
  affinityTable,
  affinityVariants,
  playAffinity,
} from '../simulation/affinity-study.ts';
import { bankMappingFile, readMapping } from '../simulation/mapping.ts';
import { drawnPatience } from '../simulation/patience.ts';
import { isDay } from '../simulation/recorded-time.ts';
import { readRecording } from '../simulation/recording.ts';
import { planReplay } from '../simulation/replay-plan.ts';
import { serviceTimes } from '../simulation/service-times.ts';
import { shiftRulesOf, shiftsOf } from '../simulation/shifts.ts';
import { usualServiceLevel } from '../simulation/statistics.ts';
import { UsageError } from './command-error.ts';
import { asCommandError, makeFolder, number, wholeNumber } from './simulation-run.ts';

interface AffinityOptions {
  readonly from?: string;
  readonly to?: string;
  readonly mapping?: string;
  readonly seed: string;
  readonly waits: string;
  readonly json: boolean;
  readonly svg?: string;
}

const prefix = 'affinity.';

export function register(program: Command): void {
  program
    .command('affinity')
    .description(
      'recorded days without affinity and with it: who gets the agent whom they know, and what everybody waits',
    )
    .argument('<calls.csv>', 'the recording')
    .option('--from <day>', 'the first day, YYYY-MM-DD; alone: only that day. Default: the whole file')
    .option('--to <day>', 'the last day')
    .option('--mapping <file>', 'how its columns are read; by default as examples/mappings/bank.yaml says')
    .option('--waits <seconds>', 'how long it is waited for that agent, each played by itself', '0,10,20,30,60,120,300')
    .option('--seed <n>', 'for what is drawn', '1')
    .option('--json', 'the numbers as JSON on standard output', false)
    .option('--svg <folder>', 'the plot into a folder')
    .addHelpText('after', examples)
    .action((file: string, options: AffinityOptions) => affinity(file, options));
}

const examples = `
docs/affinity.md says what is measured, and what came of it.

Examples:
  strowger affinity calls.csv --svg plots
  strowger affinity calls.csv --from 1999-08-01 --to 1999-08-05 --waits 0,30,120`;

async function affinity(file: string, options: AffinityOptions): Promise<void> {
  try {
    const { from, to = from, waits, svg } = options;
    for (const [name, day] of Object.entries({ from, to }))
      if (day !== undefined && !isDay(day)) throw new UsageError(`--${name} must be a day, YYYY-MM-DD, not ${day}`);
    const waitsMs = waits.split(',').map((one) => Math.round(number('waits', one, 0, 86_400) * 1000));
    const seed = wholeNumber('seed', options.seed, 0, 2 ** 32 - 1);
    if (svg !== undefined) makeFolder('svg', svg);
    const mapping = readMapping(options.mapping ?? bankMappingFile);
    const { calls } = await readRecording(file, mapping, { strict: false, from, to });
    const plan = planReplay({
      calls,
      shifts: shiftsOf(calls, shiftRulesOf(mapping, 'pauses')),
      serviceMs: serviceTimes(calls, 'drawn', seed),
      patienceMs: drawnPatience(calls, seed),
      routing: mapping.routing,
      serviceLevel: usualServiceLevel,
      runId: 'affinity',
      prefix,
    });
    const all: AffinityMeasured[] = [];
    const playing = { clock: new SystemClock(), randomness: systemRandomness, prefix };
    for (const variant of affinityVariants(waitsMs)) {
      all.push(await playAffinity(plan, variant, playing));
      process.stderr.write(
        `${variant.waits}${variant.waits === 'off' ? '' : `, ${variant.waitMs / 1000} s`}: played\n`,
      );
    }
    const { calls: played, returning } = all[0]!;
    const subtitle = `${played.toLocaleString('en')} calls, ${returning.toLocaleString('en')} answered of returning callers; each point a wait`;
    if (svg !== undefined) writeFileSync(join(svg, 'affinity.svg'), affinityPlot(all, subtitle));
    process.stdout.write(options.json ? `${JSON.stringify(all, null, 2)}\n` : `${subtitle}\n\n${affinityTable(all)}\n`);
  } catch (error) {
    throw asCommandError(error, undefined);
  }
}
