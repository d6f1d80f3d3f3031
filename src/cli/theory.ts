// `strowger theory`: the router against queueing theory, for queues of which the true values are known.

import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { Piscina } from 'piscina';
import { artifacts } from '../artifacts.ts';
import type { Coverage } from '../simulation/theory/coverage.ts';
import { systems } from '../simulation/theory/systems.ts';
import { isAsClaimed, theoryText } from '../simulation/theory/theory-table.ts';
import type { TheoryProgress, TheoryTask } from '../simulation/theory/theory-worker.ts';
import { CommandError, UsageError } from './command-error.ts';
import { LiveLine, wholeNumber } from './simulation-run.ts';

interface TheoryOptions {
  readonly seeds: string;
  readonly firstSeed: string;
  readonly only?: string;
  readonly jobs: string;
  readonly json: boolean;
}

export function register(program: Command): void {
  program
    .command('theory')
    .description('play queues whose true waits are known, in virtual time, and hold the router against them')
    .option('--seeds <n>', 'how often each is played', '200')
    .option('--first-seed <n>', 'others follow it', '1')
    .option('--only <text>', 'only systems with this in their names, as "Erlang A"')
    .option('--jobs <n>', 'threads', String(availableParallelism()))
    .option('--json', 'the table as JSON on standard output', false)
    .addHelpText(
      'after',
      `
Took half an hour on two busy cores; --seeds 20 gives a first look in a tenth of it. Exit code 1 where too few of the
intervals hold the true value: of 200 seeds, fewer than 97%. docs/theory.md says what is played and has the table.`,
    )
    .action((options: TheoryOptions) => theory(options));
}

async function theory(options: TheoryOptions): Promise<void> {
  const seeds = wholeNumber('seeds', options.seeds, 1, 1_000_000);
  const firstSeed = wholeNumber('first-seed', options.firstSeed, 0, 2 ** 32 - 1 - seeds);
  const jobs = wholeNumber('jobs', options.jobs, 1, 256);
  const chosen = [...systems.keys()].filter((index) => systems[index]!.name.includes(options.only ?? ''));
  if (chosen.length === 0)
    throw new UsageError(
      `--only: no system has "${options.only}" in its name; there are\n${systems.map(({ name }) => `  ${name}`).join('\n')}`,
    );
  const screen = new LiveLine(options.json);
  const piscina = new Piscina({ filename: artifacts.theoryWorker, maxThreads: jobs, concurrentTasksPerWorker: 1 });
  let seedsDone = 0;
  let contacts = 0;
  piscina.on('message', (progress: TheoryProgress) => {
    seedsDone += 1;
    contacts += progress.contacts;
    screen.show(
      `${Math.floor((100 * seedsDone) / (seeds * chosen.length))}% · ${systems[progress.system]!.name}: ${progress.seedsDone} of ${seeds} seeds · ${contacts} contacts so far`,
    );
  });
  try {
    const results = await Promise.all(
      chosen.map(async (system) => ({
        name: systems[system]!.name,
        coverage: (await piscina.run({ system, firstSeed, seeds } satisfies TheoryTask)) as Coverage[],
      })),
    );
    screen.end();
    process.stdout.write(
      options.json ? `${JSON.stringify({ firstSeed, seeds, systems: results })}\n` : `${theoryText(results, seeds)}\n`,
    );
    if (!results.every(({ coverage }) => coverage.every((one) => isAsClaimed(one, seeds))))
      throw new CommandError('the intervals do not hold what theory says as often as they should');
  } finally {
    await piscina.destroy();
  }
}
