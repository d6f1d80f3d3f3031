// `strowger reference`: the documents that are made from the tables in the code.

import { writeFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { openRpcDocument } from '../protocol/openrpc.ts';
import { reference } from '../protocol/reference.ts';
import { CommandError } from './command-error.ts';
import { configurationReference } from './configuration-reference.ts';
import { productVersion } from './product-version.ts';

const documents = {
  interface: () => reference(),
  configuration: () => configurationReference(),
  openrpc: () => `${JSON.stringify(openRpcDocument(productVersion()), null, 2)}\n`,
} as const;

type DocumentName = keyof typeof documents;

export function register(program: Command): void {
  program
    .command('reference')
    .description('print the reference of the interface or of the configuration, or the OpenRPC document')
    .addOption(
      new Option('--of <document>', 'which')
        .choices(Object.keys(documents))
        .default('interface' satisfies DocumentName),
    )
    .option('--out <file>', 'into a file instead of standard output')
    .addHelpText('after', '\nExamples:\n  strowger reference --of openrpc > openrpc.json\n  npm run docs')
    .action(({ of, out }: { of: DocumentName; out?: string }) => {
      const text = documents[of]();
      if (out === undefined) process.stdout.write(text);
      else write(out, text);
    });
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new CommandError(`--out: ${(error as Error).message}`, undefined, { cause: error });
  }
}
