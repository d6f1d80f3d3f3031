// `strowger ready`: asks the router of a configuration, on this machine, whether it takes requests. For health checks of
// containers, and for scripts that wait for a start.
//
// Exit codes: 0 ready, 1 not ready or not there, 2 used wrongly.

import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Command } from 'commander';
import { stopwatch } from '../engine/clock.ts';
import type { RouterConfiguration } from '../router-configuration.ts';
import { CommandError, UsageError } from './command-error.ts';
import { fileVariable, readConfiguration } from './configuration.ts';
import { addSettingOptions } from './setting-options.ts';

interface ReadyOptions extends Readonly<Record<string, unknown>> {
  readonly wait: string;
}

const answerMsMax = 3_000;
const askEveryMs = 250;
const waitSecondsMax = 86_400;

export function register(program: Command): void {
  const ready = program
    .command('ready')
    .description('ask the router on this machine whether it takes requests')
    .option('--config <file>', `its settings, as YAML or JSON (variable ${fileVariable})`)
    .option('--wait <seconds>', 'wait so long for it', '0');
  addSettingOptions(ready);
  ready.addHelpText('after', examples).action((options: ReadyOptions) => run(options));
}

const examples = `
Takes the same flags, variables and file as \`strowger serve\`, to know where the router listens.

Examples:
  strowger ready --config /etc/strowger/strowger.yaml
  strowger ready --port 7700 --wait 60

Exit codes: 0 ready, 1 not ready or not there, 2 used wrongly.`;

async function run(options: ReadyOptions): Promise<void> {
  const waitSeconds = Number(options.wait);
  if (!(waitSeconds >= 0 && waitSeconds <= waitSecondsMax)) {
    throw new UsageError(`--wait must be a number of seconds up to ${waitSecondsMax}`);
  }
  // Its faults are told by whoever starts with it.
  const { configuration } = readConfiguration({ flags: options, environment: process.env, folder: process.cwd() });
  const url = ownUrl(configuration.router);
  const waited = stopwatch();
  let fault = await askReady(url);
  while (fault !== undefined && waited() < waitSeconds * 1000) {
    await new Promise((resolve) => setTimeout(resolve, askEveryMs));
    fault = await askReady(url);
  }
  if (fault !== undefined) throw new CommandError(`${url.origin}: ${fault}`);
  process.stdout.write('ready\n');
}

/** Where a router that listens there is reached from here. */
function ownUrl({ host, port, tls }: RouterConfiguration): URL {
  const isEvery = host === '0.0.0.0' || host === '::';
  const reached = isEvery ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  return new URL(`${tls === undefined ? 'http' : 'https'}://${reached}:${port}/ready`);
}

/** What is in the way, or undefined. */
function askReady(url: URL): Promise<string | undefined> {
  return new Promise((resolve) => {
    const asked = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
      // The certificate names the address that clients use, and nothing is sent that somebody else must not have.
      rejectUnauthorized: false,
      agent: false,
      timeout: answerMsMax,
    });
    asked.on('timeout', () => asked.destroy(new Error(`no answer within ${answerMsMax / 1000} seconds`)));
    asked.on('error', (error: NodeJS.ErrnoException) => resolve(error.message || error.code));
    asked.on('response', (response) => {
      let text = '';
      response.on('data', (part) => (text += part));
      response.on('end', () => resolve(response.statusCode === 200 ? undefined : text.slice(0, 300)));
      response.on('error', (error) => resolve(error.message));
    });
    asked.end();
  });
}
