// `strowger token`: signs a token with the router's secret, or with a private key of whoever signs in its place.

import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import type { SignJWT } from 'jose';
import { SystemClock } from '../engine/clock.ts';
import type { Caller, Role } from '../engine/egress.ts';
import { isId } from '../protocol/ids.ts';
import { everyone } from '../protocol/methods/method.ts';
import { signToken, unsignedToken } from '../transport/authentication.ts';
import { tokenAlgorithms } from '../transport/jwks-document.ts';
import { CommandError, UsageError } from './command-error.ts';
import { secretVariable } from './configuration.ts';
import { readSigningKey } from './signing-key.ts';
import { trialCallers, trialDataDir, trialSecret, trialTenant } from './trial.ts';

interface TokenOptions {
  readonly role: Role;
  readonly tenant: string;
  readonly sub?: string;
  readonly hours: string;
  readonly secretFile?: string;
  readonly key?: string;
  readonly alg?: string;
  readonly kid?: string;
  readonly issuer?: string;
  readonly audience?: string;
  readonly dataDir: string;
  readonly json: boolean;
}

const hourMs = 3_600_000;
const hoursMax = 100_000;

export function register(program: Command): void {
  program
    .command('token')
    .description('sign a token: who may use the router, as what')
    .addOption(new Option('--role <role>', 'what they are').choices(everyone).makeOptionMandatory())
    .option('--tenant <id>', 'of which tenant', trialTenant)
    .option(
      '--sub <id>',
      'who they are: an agent’s id, a switch’s id, a visitor’s id …; in the trial there is a default',
    )
    .option('--hours <n>', 'good for so long', '24')
    .option('--secret-file <file>', `the router’s secret (or the variable ${secretVariable}); by default the trial’s`)
    .option('--data-dir <folder>', 'where the trial’s secret is', trialDataDir)
    .option('--key <file>', 'sign with this private key instead (PEM or JWK); `strowger jwks` prints its public half')
    .addOption(new Option('--alg <name>', 'how, with --key; by default as the key can').choices(tokenAlgorithms))
    .option('--kid <id>', 'the key’s id, with --key; by default its own, else its thumbprint')
    .option('--issuer <text>', 'the claim `iss`, with --key')
    .option('--audience <text>', 'the claim `aud`, with --key')
    .option('--json', 'as JSON, with what is in it', false)
    .addHelpText(
      'after',
      `
Examples:
  strowger token --role agent                                        for the trial that npm start runs here
  strowger token --role switch --sub pbx1 --tenant bank --secret-file /etc/strowger/secret --hours 8760
  strowger token --role agent --sub ann --tenant bank --key key.pem --issuer https://login.example/
  export STROWGER_TOKEN=$(strowger token --role admin)`,
    )
    .action((options: TokenOptions) => token(options));
}

async function token(options: TokenOptions): Promise<void> {
  const { role, tenant } = options;
  const sub = options.sub ?? (tenant === trialTenant ? trialCallers[role] : undefined);
  if (sub === undefined) throw new UsageError('--sub is needed: who the token is for');
  if (!isId(sub)) throw new UsageError(`--sub: ${sub} is no id`);
  if (!isId(tenant)) throw new UsageError(`--tenant: ${tenant} is no id`);
  const hours = Number(options.hours);
  if (!(hours > 0 && hours <= hoursMax)) throw new UsageError(`--hours must be a number up to ${hoursMax}`);
  const now = new SystemClock().now();
  const expiresAt = now + Math.round(hours * hourMs);
  const caller: Caller = { tenant, role, sub };
  const signed =
    options.key === undefined
      ? await signBySecret(options, caller, now, expiresAt)
      : await signByKey(options.key, options, unsignedToken(caller, now, expiresAt));
  const told = options.json ? JSON.stringify({ token: signed, tenant, role, sub, expiresAt }) : signed;
  process.stdout.write(`${told}\n`);
}

async function signBySecret(options: TokenOptions, ...claims: readonly [Caller, number, number]): Promise<string> {
  const stray = (['alg', 'kid', 'issuer', 'audience'] as const).find((name) => options[name] !== undefined);
  if (stray !== undefined) throw new UsageError(`--${stray} is for tokens signed with a key: give --key FILE as well`);
  const secret = secretOf(options);
  try {
    return await signToken(secret, ...claims);
  } catch (error) {
    throw new CommandError((error as Error).message, undefined, { cause: error });
  }
}

async function signByKey(file: string, options: TokenOptions, token: SignJWT): Promise<string> {
  const { secretFile, issuer, audience } = options;
  if (secretFile !== undefined) throw new UsageError('--key or --secret-file: a token has one signature');
  const { alg, kid, privateKey } = await readSigningKey(file, options);
  if (issuer !== undefined) token.setIssuer(issuer);
  if (audience !== undefined) token.setAudience(audience);
  return token.setProtectedHeader({ alg, kid }).sign(privateKey);
}

function secretOf({ secretFile, dataDir, tenant }: TokenOptions): Uint8Array {
  if (secretFile !== undefined) {
    try {
      return Buffer.from(readFileSync(secretFile, 'utf8').trim());
    } catch (error) {
      throw new CommandError(`--secret-file: ${(error as Error).message}`, undefined, { cause: error });
    }
  }
  const variable = process.env[secretVariable];
  if (variable !== undefined && variable !== '') return Buffer.from(variable);
  const secret = tenant === trialTenant ? trialSecret(dataDir) : undefined;
  if (secret === undefined) {
    const trial = tenant === trialTenant ? `; no trial router has run here (${dataDir} has no secret)` : '';
    throw new UsageError(`no secret: give --secret-file FILE or the variable ${secretVariable}${trial}`);
  }
  return secret;
}
