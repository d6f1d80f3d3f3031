// `strowger jwks`: the public halves of private keys as a JSON Web Key Set, for the setting `jwks.from`.

import type { Command } from 'commander';
import { UsageError } from './command-error.ts';
import { readSigningKey } from './signing-key.ts';

export function register(program: Command): void {
  program
    .command('jwks')
    .description('print the public keys that check what private keys sign, as a JSON Web Key Set')
    .argument('<key...>', 'files with private keys, RSA or Ed25519, as PEM or JWK')
    .option('--kid <id>', 'of the one key; by default its own, else its thumbprint')
    .addHelpText(
      'after',
      `
Examples:
  openssl genpkey -algorithm ed25519 -out key.pem
  strowger jwks key.pem > keys.json                                  for \`strowger serve --jwks-from keys.json\`
  strowger token --role agent --sub ann --tenant bank --key key.pem  signed with it`,
    )
    .action((files: string[], options: { kid?: string }) => jwks(files, options));
}

async function jwks(files: readonly string[], { kid }: { kid?: string }): Promise<void> {
  if (kid !== undefined && files.length > 1) throw new UsageError('--kid is of one key: give one file with it');
  const keys = await Promise.all(files.map((file) => readSigningKey(file, kid === undefined ? {} : { kid })));
  process.stdout.write(`${JSON.stringify({ keys: keys.map(({ publicJwk }) => publicJwk) }, null, 2)}\n`);
}
