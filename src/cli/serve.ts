// `strowger serve`: loads the configuration, starts the router, says where it is, and stops it in order.
//
// Exit codes: 2 when the configuration is wrong (nothing was started), 1 when the router cannot start or its disk is in
// doubt (the next start recovers), 0 after SIGTERM or SIGINT.

import { constants } from 'node:os';
import type { Command } from 'commander';
import { SystemClock, systemRandomness } from '../engine/clock.ts';
import { createLog } from '../log.ts';
import { type Router, startRouter } from '../main.ts';
import { StoreError } from '../store/store.ts';
import { signToken } from '../transport/authentication.ts';
import { JwksError } from '../transport/jwks-document.ts';
import { TlsError } from '../transport/tls-pair.ts';
import { ListenError } from '../transport/transport.ts';
import { call } from './call.ts';
import { CommandError, exitCodes } from './command-error.ts';
import { appliedText, readConfigDocument } from './config.ts';
import { type Configuration, fileVariable, loadConfiguration, secretVariable } from './configuration.ts';
import { addSettingOptions } from './setting-options.ts';
import { trialDocument, trialSecret, trialTenant, trialTokens } from './trial.ts';

interface ServeOptions extends Readonly<Record<string, unknown>> {
  readonly trial: boolean;
  readonly check: boolean;
  readonly json: boolean;
}

/** A token of ours, for what is done at the start. */
const startTokenMs = 60_000;
const startedBy = 'serve';
/** Of a secret that is ours alone. */
const secretBytes = 32;
/** Where a router that listens on every address is reached from here. */
const anyAddress = /^(wss?:\/\/)0\.0\.0\.0:\d+\//;
const loopback = '127.0.0.1';

export function register(program: Command): void {
  const serve = program
    .command('serve')
    .description('run the router')
    .option('--config <file>', `settings, as YAML or JSON (variable ${fileVariable})`)
    .option('--trial', 'without any configuration: a tenant to try things out, with a token for each role', false)
    .option('--check', 'only check the configuration', false)
    .option('--json', 'say where it runs as one line of JSON', false);
  addSettingOptions(serve);
  serve.addHelpText('after', examples).action((options: ServeOptions) => run(options));
}

const examples = `
A flag wins over its variable, that over the file, that over the default. The secret itself may be in ${secretVariable}.
docs/configuration.md says more.

Examples:
  strowger serve --trial
  strowger serve --config /etc/strowger/strowger.yaml
  strowger serve --tenant bank --secret-file secret --data-dir /var/lib/strowger --port 7700
  strowger serve --config strowger.yaml --check

SIGTERM and SIGINT stop in order. SIGHUP has certificates and keys read again at once; they are looked at every few
seconds anyway.

Exit codes: 0 stopped in order, 1 could not start or go on, 2 the configuration is wrong.`;

async function run(options: ServeOptions): Promise<void> {
  const configuration = loadConfiguration({
    flags: options,
    environment: process.env,
    folder: process.cwd(),
    ownSecret: () => systemRandomness.bytes(secretBytes),
    ...(options.trial && {
      fallback: {
        tenants: [{ tenant: trialTenant }],
        // A check leaves nothing behind.
        secret: (dataDir: string) =>
          options.check
            ? (trialSecret(dataDir) ?? new Uint8Array(secretBytes))
            : trialSecret(dataDir, systemRandomness.bytes),
      },
    }),
  });
  if (options.check) {
    process.stdout.write('The configuration is fine.\n');
    return;
  }
  const signals = listenForSignals(options);
  const router = await start(configuration);
  const stopped = signals.goTo(router);
  try {
    await applyDocuments(configuration, router);
    if (options.trial) await setUpTrial(configuration, router);
  } catch (error) {
    await router.stop();
    throw error;
  }
  await tell(configuration, router, options);
  await stopped;
}

async function start(configuration: Configuration): Promise<Router> {
  const log = createLog(configuration.router.logLevel);
  const onFatal = (error: unknown) => {
    log.error({ error }, 'what is on disk is unknown: stopping at once, the next start recovers');
    process.exit(exitCodes.failed);
  };
  try {
    return await startRouter(configuration.router, { log, onFatal });
  } catch (error) {
    throw startError(error);
  }
}

/** What the user can do something about is told without a stack. */
function startError(error: unknown): unknown {
  const isOutside = [StoreError, ListenError, TlsError, JwksError].some((kind) => error instanceof kind);
  if (isOutside) return new CommandError((error as Error).message, undefined, { cause: error });
  const { code, message } = error as NodeJS.ErrnoException;
  return typeof code === 'string' && /^E[A-Z]+$/.test(code)
    ? new CommandError(message, undefined, { cause: error })
    : error;
}

/**
 * SIGTERM and SIGINT stop in order, SIGHUP reads certificates and keys again (but ends a trial with its terminal).
 * Listened for before there is a router: the first process of a container dies of no signal that it does not listen
 * for, and a recovery may be stopped at any moment, since the next start recovers.
 */
function listenForSignals({ trial }: ServeOptions): { goTo(router: Router): Promise<void> } {
  let stop: (signal: NodeJS.Signals) => void = (signal) => process.exit(128 + constants.signals[signal]);
  let reload = () => {};
  process.on('SIGTERM', (signal) => stop(signal));
  process.on('SIGINT', (signal) => stop(signal));
  if (!trial) process.on('SIGHUP', () => reload());
  return {
    goTo: (router) =>
      new Promise((resolve, reject) => {
        stop = () => {
          // Whoever asks twice does not want to wait; what was answered is durable all the same.
          stop = () => process.exit(exitCodes.failed);
          router.stop().then(resolve, reject);
        };
        reload = () => {
          router.reload().catch(reject);
        };
      }),
  };
}

async function applyDocuments({ router: { secret }, tenants }: Configuration, router: Router): Promise<void> {
  for (const { tenant, apply } of tenants) {
    if (apply === undefined) continue;
    const document = readConfigDocument(apply);
    const result = await call('config.apply', { document }, await asAdmin(router, secret, tenant));
    process.stderr.write(`${tenant}: ${apply}\n${appliedText(result, false)}`);
  }
}

/** Only into an empty tenant: what somebody has changed stays changed. */
async function setUpTrial({ router: { secret } }: Configuration, router: Router): Promise<void> {
  const admin = await asAdmin(router, secret, trialTenant);
  const { queues } = await call('queue.list', { limit: 1 }, admin);
  if (queues.length === 0) await call('config.apply', { document: trialDocument }, admin);
}

async function asAdmin({ url, port }: Router, secret: Uint8Array, tenant: string) {
  const now = new SystemClock().now();
  const token = await signToken(secret, { tenant, role: 'admin', sub: startedBy }, now, now + startTokenMs);
  return { url: url.replace(anyAddress, `$1${loopback}:${port}/`), token, isOurselves: true };
}

async function tell(
  { router: { secret } }: Configuration,
  router: Router,
  { trial, json }: ServeOptions,
): Promise<void> {
  const tokens = trial ? await trialTokens(secret, new SystemClock().now()) : undefined;
  const { url, transport } = router;
  if (json) {
    process.stdout.write(`${JSON.stringify({ url, transport, ...(tokens && { tenant: trialTenant, tokens }) })}\n`);
    return;
  }
  process.stdout.write(`Strowger listens at ${url}\n`);
  if (tokens !== undefined) process.stdout.write(trialText(url, tokens));
}

function trialText(url: string, tokens: Readonly<Record<string, string>>): string {
  const http = url.replace(/^ws/, 'http');
  const list = Object.entries(tokens).map(([role, token]) => `  ${role.padEnd(10)} ${token}`);
  return `
A tenant for trial, with two queues (sales, support) and three agents (ann, bob, cem). A token for each role, good for
30 days; more with \`npx strowger token --role agent --sub bob\`:

${list.join('\n')}

What to try next, in a second terminal in this folder:

  npm run demo                    a day of calls by a simulated switch and agents, with a line of numbers
  npx strowger config export      what is set up; change it and \`npx strowger config apply\` it
  curl -s ${http} -H "authorization: Bearer $(npx strowger token --role admin)" \\
       -d '{"jsonrpc":"2.0","id":1,"method":"queue.list","params":{}}'

docs/reference.md has every method. Ctrl-C stops the router in order; what it has answered is kept.
`;
}
