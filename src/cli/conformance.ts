// `strowger conformance router` and `… switch`: the rules of docs/switches.md played as cases, against a running router, or
// against a switch that connects. Each result is a line; a case that failed says what was expected and what came.
//
// Exit codes: 0 every case that was played passed, 1 one did not (or it was stopped), 2 used wrongly.

import type { Command } from 'commander';
import type { Chapter } from '../conformance/case.ts';
import { routerChapters } from '../conformance/router/cases.ts';
import { makeSetting } from '../conformance/router/own-setting.ts';
import { type RouterSetting, type RouterWorld, routerStage } from '../conformance/router/world.ts';
import { type ConformanceReport, runCases, type Stage } from '../conformance/run.ts';
import { switchChapters } from '../conformance/switch/cases.ts';
import { ScriptedRouter } from '../conformance/switch/scripted-router.ts';
import { type SwitchWorld, switchStage } from '../conformance/switch/world.ts';
import { resultText, specificationOf, specificationText, summaryText } from '../conformance/text.ts';
import { type Clock, SystemClock, systemRandomness } from '../engine/clock.ts';
import { isId } from '../protocol/ids.ts';
import { type ConductName, conductNames, usualNumbers } from '../simulation/switch/telephones.ts';
import { chooseTransport } from '../transport/choose-transport.ts';
import { ListenError } from '../transport/transport.ts';
import { CommandError, UsageError } from './command-error.ts';
import { CommandOperator, PersonOperator } from './conformance-operator.ts';
import { readText } from './read-document.ts';
import {
  accessOf,
  addSecretOptions,
  asCommandError,
  number,
  type SecretOptions,
  shownAndStoppable,
} from './simulation-run.ts';

interface CommonOptions {
  readonly only?: string[];
  readonly wait?: string;
  readonly list: boolean;
  readonly json: boolean;
}

interface RouterOptions extends CommonOptions, SecretOptions {
  readonly token?: string;
  readonly agentToken?: string;
  readonly queue?: string;
  readonly channel: string;
}

interface SwitchOptions extends CommonOptions {
  readonly listen: string;
  readonly tenant: string;
  readonly switch: string;
  readonly secretFile?: string;
  readonly telephone?: string[];
  readonly operator?: string;
  readonly operatorWait: string;
}

const quietMs = 300;
const secretBytes = 32;
const tokenMs = 86_400_000;

export function register(program: Command): void {
  const conformance = program.command('conformance').description('play the rules for switches and routers as cases');
  common(
    addSecretOptions(conformance.command('router').description('against a running router, as a switch and an agent'))
      .option(
        '--token <jwt>',
        'instead of the secret: the switch’s (variable STROWGER_SWITCH_TOKEN)',
        process.env.STROWGER_SWITCH_TOKEN,
      )
      .option(
        '--agent-token <jwt>',
        'and the agent’s (variable STROWGER_AGENT_TOKEN)',
        process.env.STROWGER_AGENT_TOKEN,
      )
      .option('--queue <id>', 'with tokens: a queue that this agent alone serves')
      .option('--channel <name>', 'with tokens: the channel of the contacts', 'voice'),
  )
    .addHelpText('after', routerExamples)
    .action((options: RouterOptions) => againstRouter(options));
  common(
    conformance
      .command('switch')
      .description('against a switch that connects, as its router')
      .option('--listen <host:port>', 'where the switch finds its router', '127.0.0.1:7710')
      .option('--tenant <id>', 'in the token', 'conformance')
      .option('--switch <id>', 'in the token', 'switch-1')
      .option('--secret-file <file>', 'to sign and check the token with; by default a new one each time')
      .option(
        '--telephone <conduct=number...>',
        `what to ring to see what: ${conductNames.join(', ')}; conduct= : there is none`,
      )
      .option('--operator <command>', 'gets `call` and `hangUp LEG` as lines, instead of a person who is asked to')
      .option('--operator-wait <seconds>', 'how long to wait for what an operator must do', '60'),
  )
    .addHelpText('after', switchExamples)
    .action((options: SwitchOptions) => againstSwitch(options));
}

function common(command: Command): Command {
  return command
    .option('--only <names...>', 'only cases whose names contain one of these')
    .option('--wait <seconds>', 'how long to wait for what must come by itself')
    .option('--list', 'play nothing: print the cases as a specification', false)
    .option('--json', 'as JSON', false);
}

const routerExamples = `
With the router's secret (by default the trial's) a queue, an agent and switches are made for it and removed after it. With
tokens the queue and the agent are as they are: nobody else may serve that queue meanwhile, and cases that need more are
not played.

Examples:
  strowger conformance router                                  the trial that npm start runs here
  strowger conformance router --list
  strowger conformance router --url wss://router.example/v1/rpc --token eyJ… --agent-token eyJ… --queue test

Exit codes: 0 every case that was played passed, 1 one did not, 2 used wrongly.`;

const switchExamples = `
The switch is told its router's address and token, which are printed. Its telephones must conduct themselves as their
numbers say; who brings calls and hangs up is asked to, on the terminal or by --operator.

Examples:
  strowger conformance switch --list
  strowger conformance switch --operator 'npx strowger switch-sim --operated'
  strowger conformance switch --listen 0.0.0.0:7710 --telephone answers=2001 busy=2002 unreachable=9999 hangsUp=

Exit codes: 0 every case that was played passed, 1 one did not, 2 used wrongly.`;

// ── Against a router ──

async function againstRouter(options: RouterOptions): Promise<void> {
  if (options.list) return list(routerChapters, options);
  const clock = new SystemClock();
  const idPrefix = `conformance-${systemRandomness.uuid().slice(0, 8)}`;
  const { token, agentToken } = options;
  try {
    if (token === undefined && agentToken === undefined) {
      const waitMs = secondsOf('wait', options.wait ?? '5');
      const made = await makeSetting(accessOf(options, clock), idPrefix, { clock, waitMs, quietMs });
      try {
        await playRouter(made.setting, options);
      } finally {
        await made.remove();
      }
      return;
    }
    await playRouter(tokenSetting(options, idPrefix, clock), options);
  } catch (error) {
    throw asCommandError(error, options.url);
  }
}

/** Agents rest as long as their queue says, so what must come may take its time. */
function tokenSetting(options: RouterOptions, idPrefix: string, clock: Clock): RouterSetting {
  const { url, token, agentToken, queue, channel } = options;
  if (token === undefined || agentToken === undefined) throw new UsageError('--token and --agent-token go together');
  if (queue === undefined) throw new UsageError('tokens need --queue: one that this agent alone serves');
  if (!/^wss?:\/\//.test(url)) throw new UsageError(`--url must begin with ws:// or wss://, not ${url}`);
  const waitMs = secondsOf('wait', options.wait ?? '30');
  const tokens = { switchToken: () => token, agentToken: () => agentToken };
  return { url, ...tokens, queueId: queue, channel, idPrefix, own: undefined, clock, waitMs, quietMs };
}

function playRouter(setting: RouterSetting, options: RouterOptions): Promise<void> {
  return play<RouterWorld>(routerChapters, routerStage(setting), options);
}

// ── Against a switch ──

async function againstSwitch(options: SwitchOptions): Promise<void> {
  if (options.list) return list(switchChapters, options);
  const clock = new SystemClock();
  const { host, port } = addressOf(options.listen);
  const { tenant, switch: switchId } = options;
  if (!isId(tenant)) throw new UsageError(`--tenant: ${tenant} is no id`);
  if (!isId(switchId)) throw new UsageError(`--switch: ${switchId} is no id`);
  const numbers = numbersOf(options.telephone ?? []);
  const waitMs = secondsOf('wait', options.wait ?? '5');
  const operatorWaitMs = secondsOf('operator-wait', options.operatorWait);
  const router = await startRouter(options, host, port, clock);
  const token = await router.token(clock.now(), tokenMs);
  const operator = options.operator
    ? new CommandOperator(options.operator, { STROWGER_URL: router.url, STROWGER_SWITCH_TOKEN: token })
    : new PersonOperator();
  try {
    process.stderr.write(`waiting for the switch ${switchId} at ${router.url}\n`);
    if (options.operator === undefined) process.stderr.write(`its token: ${token}\n`);
    const setting = { router, operator, numbers, clock, waitMs, operatorWaitMs, quietMs };
    await play<SwitchWorld>(switchChapters, switchStage(setting), options);
  } finally {
    await operator.close();
    await router.close();
  }
}

async function startRouter(options: SwitchOptions, host: string, port: number, clock: Clock): Promise<ScriptedRouter> {
  const { tenant, switch: switchId, secretFile } = options;
  const secret =
    secretFile === undefined ? systemRandomness.bytes(secretBytes) : Buffer.from(readText(secretFile).trim());
  if (secret.byteLength < secretBytes)
    throw new CommandError(`${secretFile}: a secret has at least ${secretBytes} bytes`);
  const transport = await chooseTransport(process.env.STROWGER_TRANSPORT, { info: () => {} });
  try {
    return await ScriptedRouter.start({
      host,
      port,
      tenant,
      switchId,
      secret,
      clock,
      randomness: systemRandomness,
      transport,
    });
  } catch (error) {
    if (error instanceof ListenError) throw new CommandError(error.message);
    throw error;
  }
}

function addressOf(listen: string): { host: string; port: number } {
  const [, host, port] = /^(.+):(\d+)$/.exec(listen) ?? [];
  if (host === undefined || !(Number(port) <= 65_535)) throw new UsageError(`--listen: ${listen} is no host:port`);
  return { host: host.replace(/^\[(.*)\]$/, '$1'), port: Number(port) };
}

function numbersOf(given: readonly string[]): Partial<Record<ConductName, string>> {
  const numbers: Partial<Record<ConductName, string>> = { ...usualNumbers };
  for (const text of given) {
    const [name = '', value] = text.split('=');
    if (value === undefined || !conductNames.includes(name as ConductName))
      throw new UsageError(`--telephone ${text}: one of ${conductNames.join(', ')}, =, and a number`);
    if (value === '') delete numbers[name as ConductName];
    else numbers[name as ConductName] = value;
  }
  return numbers;
}

// ── Both ──

async function play<World>(
  chapters: readonly Chapter<World>[],
  stage: Stage<World>,
  { only = [], json }: CommonOptions,
): Promise<void> {
  let report: ConformanceReport | undefined;
  let chapter = '';
  await shownAndStoppable(json, 'stopping after this case', async (screen, signal) => {
    report = await runCases(chapters, stage, {
      only,
      signal,
      onResult: (result) => {
        if (json) return;
        if (result.chapter !== chapter) process.stdout.write(`${chapter === '' ? '' : '\n'}${result.chapter}\n\n`);
        chapter = result.chapter;
        screen.end();
        process.stdout.write(`${resultText(result)}\n`);
      },
    });
  });
  const ended = report as unknown as ConformanceReport;
  if (json) process.stdout.write(`${JSON.stringify(ended, null, 2)}\n`);
  if (ended.cases.length === 0 && !ended.stopped)
    throw new UsageError(`--only: no case is called so (--list shows them)`);
  const summary = summaryText(ended);
  if (ended.failed > 0 || ended.stopped) throw new CommandError(summary);
  if (!json) process.stdout.write(`\n${summary}\n`);
}

function list<World>(chapters: readonly Chapter<World>[], { json }: CommonOptions): void {
  const text = json ? JSON.stringify(specificationOf(chapters), null, 2) : specificationText(chapters);
  process.stdout.write(`${text}\n`);
}

function secondsOf(name: string, text: string): number {
  return number(name, text, 0.05, 86_400) * 1000;
}
