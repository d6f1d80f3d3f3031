// npm run test:sim: simulated runs by their seeds. Says the seed of a failing run first, then makes its script short.

import { Command, InvalidArgumentError } from 'commander';
import { failureText } from './report.ts';
import { type Step, scriptOf } from './script.ts';
import { settingOf } from './setting.ts';
import { shrink } from './shrink.ts';
import { type Outcome, runScript } from './simulation.ts';

interface Options {
  readonly seed?: number;
  readonly only?: readonly number[];
  readonly seeds?: number;
  readonly from: number;
  readonly hours?: number;
  readonly steps?: number;
  readonly log?: boolean;
  readonly shrink: boolean;
}

const progressEveryMs = 5_000;
const shrinkRunsMax = 400;
const seedsUsual = 100;

function count(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0) throw new InvalidArgumentError('a number is wanted.');
  return value;
}

function stepIds(text: string): number[] {
  return text === 'none' ? [] : text.split(',').map(count);
}

const command = new Command('npm run test:sim --')
  .description('Plays the whole router, its clients and its disk from a seed, with faults, and audits it.')
  .option('--seed <n>', 'play this one', count)
  .option('--only <ids>', 'of its script only these steps, as 3,7,12 (or none)', stepIds)
  .option('--seeds <n>', `so many, one after the other (default: ${seedsUsual})`, count)
  .option('--from <n>', 'beginning with this one', count, 1)
  .option('--hours <h>', 'as many as there is time for', count)
  .option('--steps <n>', 'steps of each script, instead of as many as the seed says', count)
  .option('--log', 'show what happened (with --seed)')
  .option('--no-shrink', 'leave a failing script as it is');

async function play(
  seed: number,
  { steps, only }: Options,
  keepsLog = false,
): Promise<{ script: Step[]; outcome: Outcome }> {
  const setting = settingOf(seed);
  const whole = scriptOf(setting, steps);
  const script = only === undefined ? whole : whole.filter(({ id }) => only.includes(id));
  return { script, outcome: await runScript(setting, script, { keepsLog }) };
}

async function explain(seed: number, options: Options, script: readonly Step[], outcome: Outcome): Promise<void> {
  console.log(`SEED ${seed} FAILS`);
  console.log(failureText(outcome, script, script.length, options.steps));
  if (!options.shrink) return;
  const setting = settingOf(seed);
  const fails = async (shorter: readonly Step[]) => (await runScript(setting, shorter)).breaches.length > 0;
  const shrunk = await shrink(script, fails, shrinkRunsMax);
  const again = await runScript(setting, shrunk.script);
  console.log(`\nmade shorter in ${shrunk.runs} runs:`);
  console.log(failureText(again, shrunk.script, script.length, options.steps));
}

async function one(seed: number, options: Options): Promise<boolean> {
  const { script, outcome } = await play(seed, options, options.log);
  if (options.log === true) console.log(outcome.log.join('\n'));
  const what = `${script.length} steps, ${outcome.lives} processes, ${outcome.elapsedMs} ms, ${outcome.events} events`;
  console.log(`seed ${seed}: ${what}, digest ${outcome.digest}`);
  if (outcome.breaches.length > 0) await explain(seed, options, script, outcome);
  return outcome.breaches.length === 0;
}

async function many(options: Options): Promise<boolean> {
  const { from, hours, seeds = hours === undefined ? seedsUsual : Number.POSITIVE_INFINITY } = options;
  const begun = performance.now();
  const until = hours === undefined ? Number.POSITIVE_INFINITY : begun + hours * 3_600_000;
  let shownAt = begun;
  let lives = 0;
  let seed = from;
  const progress = () => {
    const seconds = (performance.now() - begun) / 1000;
    const of = Number.isFinite(seeds) ? ` of ${seeds}` : '';
    return `${seed - from}${of} seeds, ${lives} processes, ${seconds.toFixed(0)} s, ${((seed - from) / seconds).toFixed(1)} seeds/s`;
  };
  for (; seed < from + seeds && performance.now() < until; seed++) {
    const { script, outcome } = await play(seed, options);
    lives += outcome.lives;
    if (outcome.breaches.length > 0) {
      await explain(seed, options, script, outcome);
      return false;
    }
    if (performance.now() - shownAt < progressEveryMs) continue;
    shownAt = performance.now();
    console.error(progress());
  }
  console.log(`no breach: ${progress()}, from ${from}`);
  return true;
}

const options = command.parse().opts<Options>();
const isSound = options.seed === undefined ? await many(options) : await one(options.seed, options);
process.exitCode = isSound ? 0 : 1;
