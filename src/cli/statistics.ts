// `strowger statistics queues` and `strowger statistics agents`: what was counted of them by interval, as a table, CSV or JSON.

import { type Command, Option } from 'commander';
import { SystemClock } from '../engine/clock.ts';
import type { Params } from '../protocol/methods.ts';
import { agentsText, everyLine, queuesText } from '../simulation/interval-table.ts';
import { addCallOptions, type CallOptions, call } from './call.ts';
import { borderAfter, borderBefore, intervalOf, timeOf, zoneOf } from './statistics-options.ts';

interface StatisticsOptions extends CallOptions {
  readonly from?: string;
  readonly to?: string;
  readonly interval: string;
  readonly zone: string;
  readonly all: boolean;
  readonly format: 'table' | 'csv' | 'json';
}

export function register(program: Command): void {
  const statistics = program.command('statistics').description('what was counted of queues and agents, by interval');
  for (const of of ['queues', 'agents'] as const) {
    addCallOptions(
      statistics
        .command(of)
        .description(`of ${of}`)
        .argument('[ids...]', 'only these; by default all')
        .option('--from <time>', 'a day or a time; by default today')
        .option('--to <time>', 'until then; by default now')
        .option('--interval <minutes>', '5, 15, 30, 60 or day', '15')
        .option('--zone <name>', 'of the times given and shown', 'UTC')
        .option('--all', 'one line for all together', false)
        .addOption(new Option('--format <format>', 'how').choices(['table', 'csv', 'json']).default('table')),
    )
      .addHelpText('after', examples)
      .action((ids: string[], options: StatisticsOptions) => show(of, ids, options));
  }
}

const examples = `
docs/statistics.md says what each number means.

Examples:
  strowger statistics queues --interval day
  strowger statistics agents ann bob --from 2026-03-02T08:00 --to 2026-03-02T12:00 --zone Europe/Berlin
  strowger statistics queues --from 2026-03-01 --to 2026-04-01 --interval 30 --format csv > march.csv`;

async function show(of: 'queues' | 'agents', ids: readonly string[], options: StatisticsOptions): Promise<void> {
  const zone = zoneOf(options.zone);
  const now = new SystemClock().now();
  const asked: Params<'statistics.query'> = {
    of,
    ...(ids.length > 0 && { ids: [...ids] }),
    from: borderBefore(options.from === undefined ? zone.midnightBefore(now) : timeOf('from', options.from, zone)),
    to: borderAfter(options.to === undefined ? now + 1 : timeOf('to', options.to, zone)),
    intervalMs: intervalOf('interval', options.interval),
    by: options.all ? 'all' : 'each',
    limit: 1_000,
  };
  if (options.format === 'csv') return writeCsv(asked, options);
  const { queues, agents } = await everyLine((page) => call('statistics.query', page, options), asked);
  if (options.format === 'json') process.stdout.write(`${JSON.stringify(of === 'queues' ? queues : agents)}\n`);
  else process.stdout.write(`${of === 'queues' ? queuesText(queues, zone) : agentsText(agents, zone)}\n`);
}

/** Page by page: what is long need not be held. */
async function writeCsv(asked: Params<'statistics.export'>, options: CallOptions): Promise<void> {
  let cursor: string | undefined;
  do {
    const page = await call('statistics.export', { ...asked, ...(cursor !== undefined && { cursor }) }, options);
    process.stdout.write(page.csv);
    cursor = page.cursor;
  } while (cursor !== undefined);
}
