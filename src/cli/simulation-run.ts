// What `replay`, `simulate` and `demo` share: how they get to a router, show their progress, end, and say what went wrong.

import { closeSync, mkdirSync, openSync } from 'node:fs';
import type { Command } from 'commander';
import { ConnectionClosedError, RefusedError } from '../client/client.ts';
import type { Clock } from '../engine/clock.ts';
import { CsvFileError } from '../simulation/csv-records.ts';
import { MappingError } from '../simulation/mapping.ts';
import type { PlannedContact } from '../simulation/plan.ts';
import { DamagedRecordingError } from '../simulation/recording.ts';
import { type Progress, type ReplayOutcome, type ReplaySettings, runReplay } from '../simulation/replay.ts';
import { PlanError } from '../simulation/replay-plan.ts';
import { latencyWarning } from '../simulation/replay-report.ts';
import { progressLine } from '../simulation/replay-table.ts';
import { AccessError, accessBySecret, accessByTokens, type RouterAccess } from '../simulation/router-access.ts';
import { ScenarioError } from '../simulation/scenario/scenario.ts';
import type { Zone } from '../zone.ts';
import { CommandError, UsageError } from './command-error.ts';
import { secretVariable } from './configuration.ts';
import { readText } from './read-document.ts';
import { trialDataDir, trialSecret, trialTenant } from './trial.ts';

export interface SecretOptions {
  readonly url: string;
  readonly tenant?: string;
  readonly secretFile?: string;
  readonly dataDir: string;
}

export interface AccessOptions extends SecretOptions {
  readonly tokens?: string;
}

export const defaultUrl = 'ws://127.0.0.1:7700/v1/rpc';

/** A router, and the secret that makes tokens for it. */
export function addSecretOptions(command: Command): Command {
  return command
    .option('--url <address>', 'the router (variable STROWGER_URL)', process.env.STROWGER_URL ?? defaultUrl)
    .option('--tenant <id>', 'whose calls they are; by default the trial’s')
    .option(
      '--secret-file <file>',
      `the router’s secret (or the variable ${secretVariable}), to make tokens from; by default the trial’s`,
    )
    .option('--data-dir <folder>', 'where the trial’s secret is', trialDataDir);
}

export function addAccessOptions(command: Command): Command {
  return addSecretOptions(command).option(
    '--tokens <file>',
    'instead of the secret, tokens made by somebody else: {admin, switch, agents: {id: token}}',
  );
}

/** By a secret, by tokens, or, with neither, as the trial that runs from this folder. */
export function accessOf(options: AccessOptions, clock: Clock): RouterAccess {
  const { url, tenant, secretFile, tokens, dataDir } = options;
  if (!/^wss?:\/\//.test(url)) throw new UsageError(`--url must begin with ws:// or wss://, not ${url}`);
  if (secretFile !== undefined && tokens !== undefined)
    throw new UsageError('give --secret-file or --tokens, not both');
  if (tokens !== undefined) return accessByTokens(url, tokens);
  const variable = process.env[secretVariable];
  const given = secretFile === undefined ? variable : readText(secretFile).trim();
  if (given !== undefined && given !== '') {
    if (tenant === undefined) throw new UsageError('a secret needs --tenant: tokens are made for one');
    return accessBySecret(url, tenant, Buffer.from(given), clock);
  }
  const secret = trialSecret(dataDir);
  if (secret === undefined)
    throw new CommandError(
      `no trial router has run in this folder (${dataDir} has no secret): start one with npm start, or give --secret-file or --tokens for another`,
    );
  return accessBySecret(url, tenant ?? trialTenant, secret, clock);
}

/** Runs it with a line on standard error; SIGINT and SIGTERM abort the signal, and what that brings about is said. */
export async function shownAndStoppable<T>(
  quiet: boolean,
  whenStopped: string,
  run: (screen: LiveLine, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const screen = new LiveLine(quiet);
  const stop = new AbortController();
  const onSignal = () => {
    screen.say(whenStopped);
    stop.abort();
  };
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  try {
    return await run(screen, stop.signal);
  } finally {
    screen.end();
    process.removeListener('SIGINT', onSignal);
    process.removeListener('SIGTERM', onSignal);
  }
}

/** Runs it with a line of numbers on standard error; SIGINT and SIGTERM stop it in order. */
export function runShown<Contact extends PlannedContact>(
  settings: Omit<ReplaySettings<Contact>, 'signal' | 'onProgress' | 'onNotice'>,
  options: { readonly zone: Zone; readonly quiet: boolean },
): Promise<ReplayOutcome<Contact>> {
  let warned = false;
  return shownAndStoppable(options.quiet, 'stopping: contacts are ended and agents logged out', (screen, signal) =>
    runReplay({
      ...settings,
      signal,
      onNotice: (text) => screen.say(text),
      onProgress: (progress: Progress) => {
        const { latency, recordedAt } = progress;
        const warning =
          latency.samples < samplesToWarn ? undefined : latencyWarning(latency.meanMs, settings.stage.speed);
        if (warning !== undefined && !warned) screen.say(`warning: ${warning}`);
        warned ||= warning !== undefined;
        screen.show(progressLine(progress, `${options.zone.dayAt(recordedAt)} ${options.zone.clockAt(recordedAt)}`));
      },
    }),
  );
}

/** Fewer say nothing about a mean. */
const samplesToWarn = 50;

/** What the user can do something about becomes a message; anything else is a mistake of ours and stays one. */
export function asCommandError(error: unknown, url: string | undefined): unknown {
  if (url === undefined && (error instanceof ConnectionClosedError || error instanceof RefusedError)) return error;
  if (error instanceof ConnectionClosedError)
    return new CommandError(
      `no router at ${url} (${error.message}): start one with npm start, or say where with --url`,
    );
  if (error instanceof RefusedError)
    return new CommandError(`the router at ${url} refused: ${error.message} (${error.refusal ?? error.code})`);
  const known = [AccessError, CsvFileError, DamagedRecordingError, MappingError, PlanError, ScenarioError];
  if (known.some((kind) => error instanceof kind)) return new CommandError((error as Error).message);
  return error;
}

/** One line at the bottom of a terminal; where there is none, a line every ten seconds. */
export class LiveLine {
  readonly #quiet: boolean;
  readonly #isTerminal = process.stderr.isTTY === true;
  #shown = 0;

  constructor(quiet: boolean) {
    this.#quiet = quiet;
  }

  show(text: string): void {
    if (this.#quiet) return;
    const turn = this.#shown++;
    if (this.#isTerminal) process.stderr.write(`\r\x1b[2K${text.slice(0, (process.stderr.columns ?? 120) - 1)}`);
    else if (turn % 10 === 0) process.stderr.write(`${text}\n`);
  }

  say(text: string): void {
    process.stderr.write(`${this.#isTerminal && this.#shown > 0 ? '\r\x1b[2K' : ''}${text}\n`);
  }

  end(): void {
    if (this.#isTerminal && this.#shown > 0 && !this.#quiet) process.stderr.write('\r\x1b[2K');
  }
}

/** Better now than after hours of playing. */
export function assertWritable(option: string, file: string): void {
  try {
    closeSync(openSync(file, 'a'));
  } catch (error) {
    throw new CommandError(`--${option}: ${(error as Error).message}`, undefined, { cause: error });
  }
}

export function makeFolder(option: string, folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new CommandError(`--${option}: ${(error as Error).message}`, undefined, { cause: error });
  }
}

/** The number that an option gives, within its bounds. */
export function number(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= min && value <= max))
    throw new UsageError(`--${name} must be a number from ${min} to ${max}, not ${text}`);
  return value;
}

export function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = number(name, text, min, max);
  if (!Number.isInteger(value)) throw new UsageError(`--${name} must be a whole number, not ${text}`);
  return value;
}
