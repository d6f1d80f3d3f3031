// `strowger asterisk`: an Asterisk as a switch of the router. Asterisk connects here by its outbound WebSocket, and this to the
// router; docs/asterisk.md takes a user from an empty machine to a first call.

import type { Command } from 'commander';
import { decodeJwt, type JWTPayload } from 'jose';
import { Adapter } from '../adapters/asterisk/adapter.ts';
import { SettingsError, settingsOf } from '../adapters/asterisk/settings.ts';
import { SystemClock, systemRandomness } from '../engine/clock.ts';
import { createLog } from '../log.ts';
import { isId } from '../protocol/ids.ts';
import { CommandError, UsageError } from './command-error.ts';
import { readDocument, readText } from './read-document.ts';

interface AsteriskOptions {
  readonly router: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly listen: string;
  readonly config?: string;
  readonly logLevel: string;
}

const logLevels = ['debug', 'info', 'warn', 'error', 'silent'];

export function register(program: Command): void {
  program
    .command('asterisk')
    .description('connects an Asterisk (22.5 or newer) with a router, as a switch')
    .option(
      '--router <address>',
      'the router (variable STROWGER_URL)',
      process.env.STROWGER_URL ?? 'ws://127.0.0.1:7700/v1/rpc',
    )
    .option('--token <jwt>', 'the switch’s (variable STROWGER_SWITCH_TOKEN)', process.env.STROWGER_SWITCH_TOKEN)
    .option('--token-file <file>', 'where the token is: read anew for each connection, so that it can be renewed')
    .option('--listen <host:port>', 'where Asterisk connects', '127.0.0.1:7760')
    .option('--config <file>', 'settings: telephones, numbers, the password of Asterisk')
    .option('--log-level <level>', logLevels.join(', '), 'info')
    .addHelpText('after', examples)
    .action((options: AsteriskOptions) => asterisk(options));
}

const examples = `
One process serves one Asterisk, which is one switch of the router: the one that the token names. Stopped and started again, it
finds the calls that are up. SIGUSR2 drains it: calls that come are turned away by SIP's 503, those that are there go on to their
end; SIGUSR2 again, and it takes them again. docs/asterisk.md has the configuration of Asterisk.

Examples:
  strowger asterisk --token "$(strowger token --role switch --sub pbx)" --config examples/asterisk/adapter.yaml
  strowger asterisk --router wss://router.example/v1/rpc --token-file /run/switch.token --config /etc/strowger/asterisk.yaml`;

async function asterisk(options: AsteriskOptions): Promise<void> {
  const { config, router, logLevel } = options;
  if (config === undefined)
    throw new UsageError('--config: a file with the settings is needed (examples/asterisk/adapter.yaml)');
  if (!/^wss?:\/\//.test(router)) throw new UsageError(`--router must begin with ws:// or wss://, not ${router}`);
  if (!logLevels.includes(logLevel)) throw new UsageError(`--log-level must be one of ${logLevels.join(', ')}`);
  const { host, port } = placeOf(options.listen);
  const settings = checkedSettings(config);
  const token = tokenOf(options);
  const log = createLog(logLevel);
  let refused: Error | undefined;
  let stop = () => {};
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const adapter = await Adapter.start({
    router,
    token,
    switchId: switchOf(token()),
    host,
    port,
    settings,
    clock: new SystemClock(),
    randomness: systemRandomness,
    log,
    onRefused: (error) => {
      refused = error;
      stop();
    },
  }).catch((error: Error) => {
    throw new CommandError(`--listen ${options.listen}: ${error.message}`, undefined, { cause: error });
  });
  process.stdout.write(`waiting for Asterisk at ws://${host}:${adapter.port}${settings.asterisk.path}\n`);
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  process.on('SIGUSR2', () => adapter.drain(!adapter.switch.isDraining));
  await stopped;
  await adapter.close();
  if (refused !== undefined) throw new CommandError(`the router at ${router} will not have it: ${refused.message}`);
}

function checkedSettings(file: string) {
  try {
    return settingsOf(readDocument(file), file);
  } catch (error) {
    if (error instanceof SettingsError) throw new UsageError(error.message);
    throw error;
  }
}

function placeOf(listen: string): { host: string; port: number } {
  const [, host, port] = /^(.+):(\d{1,5})$/.exec(listen) ?? [];
  if (host === undefined || Number(port) > 65_535) throw new UsageError(`--listen must be host:port, not ${listen}`);
  return { host: host.replace(/^\[(.*)\]$/, '$1'), port: Number(port) };
}

function tokenOf({ token, tokenFile }: AsteriskOptions): () => string {
  if (token !== undefined && tokenFile !== undefined) throw new UsageError('give --token or --token-file, not both');
  if (tokenFile !== undefined) return () => readText(tokenFile).trim();
  if (token === undefined || token === '')
    throw new UsageError('--token: a token of the role switch is needed (strowger token --role switch --sub pbx)');
  return () => token;
}

/** Whose token it is; whether it is good the router says. */
function switchOf(token: string): string {
  const { sub, role } = claimsOf(token);
  if (role !== 'switch')
    throw new UsageError(`--token: it is one of the role ${String(role)}, and the role switch is needed`);
  if (!isId(sub)) throw new UsageError('--token: it names no switch (sub)');
  return sub;
}

function claimsOf(token: string): JWTPayload {
  try {
    return decodeJwt(token);
  } catch (error) {
    throw new UsageError(`--token: this is no token (${(error as Error).message})`);
  }
}
