// `strowger config apply` and `strowger config export`: everything that is set up, as one file.

import { writeFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { stringify } from 'yaml';
import { type ConfigDocument, configDocument, documentFault } from '../protocol/config-document.ts';
import { faultText } from '../protocol/fault.ts';
import type { Result } from '../protocol/methods.ts';
import { faultOf } from '../protocol/validation.ts';
import { addCallOptions, type CallOptions, call } from './call.ts';
import { CommandError } from './command-error.ts';
import { readDocument } from './read-document.ts';

interface ApplyOptions extends CallOptions {
  readonly dryRun: boolean;
  readonly json: boolean;
}

interface ExportOptions extends CallOptions {
  readonly format: 'yaml' | 'json';
  readonly out?: string;
}

export function register(program: Command): void {
  const config = program.command('config').description('everything that is set up as one document');
  addCallOptions(
    config
      .command('apply')
      .description('make everything as the document says; all of it or nothing')
      .argument('<file>', 'YAML or JSON; - is standard input')
      .option('--dry-run', 'only say what would be done', false)
      .option('--json', 'the result as JSON', false),
  )
    .addHelpText('after', applyExamples)
    .action((file: string, options: ApplyOptions) => apply(file, options));
  addCallOptions(
    config
      .command('export')
      .description('write what is set up, as a complete document')
      .addOption(new Option('--format <format>', 'how').choices(['yaml', 'json']).default('yaml'))
      .option('--json', 'the same as --format json', false)
      .option('--out <file>', 'into a file instead of standard output'),
  )
    .addHelpText('after', exportExamples)
    .action((options: ExportOptions & { json: boolean }) =>
      exportDocument({ ...options, ...(options.json && { format: 'json' as const }) }),
    );
}

const applyExamples = `
What the document does not name stays as it is, unless the document says \`complete: true\`.
A webhook keeps its secret where the document leaves it out; a new one needs it.
docs/configuration.md has an example, docs/reference.md says what may be in it.

Examples:
  strowger config apply bank.yaml --dry-run
  strowger config apply bank.yaml --url wss://router.example --token "$STROWGER_TOKEN"`;

const exportExamples = `
Secrets of webhooks are left out.

Examples:
  strowger config export > everything.yaml
  strowger config export --format json --out everything.json`;

/** Checked here first, so that a message names the file. */
export function readConfigDocument(file: string): ConfigDocument {
  const document = readDocument(file);
  const fault = faultOf(configDocument, document) ?? documentFault(document as ConfigDocument);
  if (fault !== undefined) throw new CommandError(`${file}: ${faultText(fault)}`);
  return document as ConfigDocument;
}

async function apply(file: string, options: ApplyOptions): Promise<void> {
  const document = readConfigDocument(file);
  const result = await call('config.apply', { document, ...(options.dryRun && { dryRun: true }) }, options);
  process.stdout.write(options.json ? `${JSON.stringify(result)}\n` : appliedText(result, options.dryRun));
}

const itemsShownMax = 50;

export function appliedText(result: Result<'config.apply'>, isDryRun: boolean): string {
  const lines: string[] = [];
  for (const [sign, items] of [
    ['+', result.created],
    ['~', result.changed],
    ['-', result.removed],
  ] as const) {
    for (const { kind, id } of items.slice(0, itemsShownMax)) lines.push(`${sign} ${kind} ${id}`);
    if (items.length > itemsShownMax) lines.push(`${sign} … and ${items.length - itemsShownMax} more`);
  }
  const counts = `${result.created.length} created, ${result.changed.length} changed, ${result.removed.length} removed, ${result.unchanged} unchanged`;
  return `${[...lines, isDryRun ? `would be: ${counts}` : counts].join('\n')}\n`;
}

async function exportDocument({ format, out, ...options }: ExportOptions): Promise<void> {
  const { document } = await call('config.export', {}, options);
  const text = format === 'json' ? `${JSON.stringify(document, null, 2)}\n` : stringify(document, { lineWidth: 100 });
  if (out === undefined) {
    process.stdout.write(text);
    return;
  }
  try {
    writeFileSync(out, text);
  } catch (error) {
    throw new CommandError(`--out: ${(error as Error).message}`, undefined, { cause: error });
  }
}
