// `strowger customer …`: show, conflicts and settle are in customer-persons.ts. `export`: everything that is kept about a person as one JSON document, page by page as it comes.
//
//   {"exportedAt", "customerId", "customers": […], "customer": […], "business": […], …, "timeline": […]}
//
// It is whole or it is no JSON: what breaks off in the middle has no closing brace, and a file of its own is there only when it is whole.

import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import type { Command } from 'commander';
import { SystemClock } from '../engine/clock.ts';
import { addCallOptions, type CallOptions, call } from './call.ts';
import { CommandError } from './command-error.ts';
import { type NamedOptions, type Whose, whoseOf } from './customer-named.ts';
import { registerPersons } from './customer-persons.ts';

interface ExportOptions extends CallOptions, NamedOptions {
  readonly out?: string;
}

const PAGE = 1_000;

export function register(program: Command): void {
  const customer = program
    .command('customer')
    .alias('customers')
    .description('a person: its names, who is one with whom, and what is kept about it');
  addCallOptions(
    customer
      .command('export')
      .description('everything that is kept about a person, as one JSON document on standard output')
      .argument('[id]', 'the customer, as c1')
      .option('--identity <scheme:value>', 'by a name instead, as email:ada@x.example')
      .option('--out <file>', 'into a file, which is there once it is whole'),
  )
    .addHelpText('after', examples)
    .action((id: string | undefined, options: ExportOptions) => exportCustomer(id, options));
  registerPersons(customer);
}

const examples = `
Only administrators may. docs/customers.md says what is in it.

Examples:
  strowger customer export c1 > c1.json
  strowger customer export --identity email:ada@x.example --out ada.json`;

async function exportCustomer(id: string | undefined, { identity, out, ...options }: ExportOptions): Promise<void> {
  const whose = whoseOf(id, identity);
  const file = out === undefined ? undefined : openedFile(out);
  const write = file?.write ?? ((text: string) => void process.stdout.write(text));
  try {
    await writeDocument(whose, write, options);
    file?.whole();
  } catch (error) {
    file?.drop();
    throw error;
  }
}

/** Parts come one behind the other, each an array of the document. */
async function writeDocument(whose: Whose, write: (text: string) => void, options: CallOptions): Promise<void> {
  let cursor: string | undefined;
  let open: string | undefined;
  let items = 0;
  do {
    const page = await call(
      'customer.export',
      { ...whose, limit: PAGE, ...(cursor !== undefined && { cursor }) },
      options,
    );
    const { customerId, customers } = page;
    if (cursor === undefined)
      write(
        `{"exportedAt":${new SystemClock().now()},"customerId":"${customerId}","customers":${JSON.stringify(customers)}`,
      );
    for (const { part, item } of page.items) {
      if (part !== open) write(`${open === undefined ? '' : '\n]'},\n${JSON.stringify(part)}:[`);
      write(`${part === open ? ',' : ''}\n${JSON.stringify(item)}`);
      open = part;
    }
    items += page.items.length;
    cursor = page.cursor;
    if (cursor !== undefined) process.stderr.write(`${items.toLocaleString('en')} so far, ${open ?? ''}\n`);
  } while (cursor !== undefined);
  write(`${open === undefined ? '' : '\n]'}}\n`);
  process.stderr.write(`${items.toLocaleString('en')} in all\n`);
}

function openedFile(name: string) {
  const temporary = `${name}.tmp`;
  try {
    const file = openSync(temporary, 'w', 0o600);
    return {
      write: (text: string) => void writeSync(file, text),
      whole: () => {
        closeSync(file);
        renameSync(temporary, name);
      },
      drop: () => {
        closeSync(file);
        rmSync(temporary, { force: true });
      },
    };
  } catch (error) {
    throw new CommandError(`--out: ${(error as Error).message}`, undefined, { cause: error });
  }
}
