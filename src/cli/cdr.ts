// `strowger cdr`: the records of finished contacts as CSV or lines of JSON, page by page as they come.

import { type Command, Option } from 'commander';
import type { Params } from '../protocol/methods.ts';
import { addCallOptions, type CallOptions, call } from './call.ts';
import { timeOf, zoneOf } from './statistics-options.ts';

interface CdrOptions extends CallOptions {
  readonly from?: string;
  readonly to?: string;
  readonly zone: string;
  readonly queue?: string;
  readonly agent?: string;
  readonly channel?: string;
  readonly format: 'csv' | 'jsonLines';
}

export function register(program: Command): void {
  addCallOptions(
    program
      .command('cdr')
      .description('the records of finished contacts, on standard output')
      .option('--from <time>', 'finished then or later: a day or a time')
      .option('--to <time>', 'finished before')
      .option('--zone <name>', 'of the times given', 'UTC')
      .option('--queue <id>', 'only of this queue')
      .option('--agent <id>', 'only served by this agent')
      .option('--channel <name>', 'only of this channel')
      .addOption(new Option('--format <format>', 'how').choices(['csv', 'jsonLines']).default('csv')),
  )
    .addHelpText('after', examples)
    .action((options: CdrOptions) => write(options));
}

const examples = `
docs/statistics.md says what a record holds, docs/reference.md (cdr.query) lists its members.

Examples:
  strowger cdr --from 2026-03-02 > records.csv
  strowger cdr --queue sales --format jsonLines`;

async function write({ from, to, zone: name, queue, agent, channel, format, ...options }: CdrOptions): Promise<void> {
  const zone = zoneOf(name);
  const asked: Params<'cdr.export'> = {
    format,
    limit: 1_000,
    ...(from !== undefined && { from: timeOf('from', from, zone) }),
    ...(to !== undefined && { to: timeOf('to', to, zone) }),
    ...(queue !== undefined && { queueId: queue }),
    ...(agent !== undefined && { agentId: agent }),
    ...(channel !== undefined && { channel }),
  };
  let cursor: string | undefined;
  do {
    const page = await call('cdr.export', { ...asked, ...(cursor !== undefined && { cursor }) }, options);
    process.stdout.write(page.text);
    cursor = page.cursor;
  } while (cursor !== undefined);
}
