// One request to a running router over HTTP, for commands that need no session; documents may be longer than a
// WebSocket frame. With whose token: the one given, or the trial's, made from the secret that `npm start` left here.

import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Command } from 'commander';
import { SystemClock } from '../engine/clock.ts';
import type { Role } from '../engine/egress.ts';
import { requestTimeoutMs } from '../limits.ts';
import type { MethodName, Params, Result } from '../protocol/methods.ts';
import { signToken } from '../transport/authentication.ts';
import { CommandError, UsageError } from './command-error.ts';
import { defaultUrl } from './simulation-run.ts';
import { trialCallers, trialDataDir, trialSecret, trialTenant } from './trial.ts';

export interface CallOptions {
  readonly url: string;
  readonly token?: string;
  /** The router is this process. */
  readonly isOurselves?: boolean;
  /** How long to wait for the answer. */
  readonly timeoutMs?: number;
}

/** A minute is enough to sign and send. */
const tokenMs = 60_000;

export function addCallOptions(command: Command): Command {
  return command
    .option('--url <address>', 'the router (variable STROWGER_URL)', process.env.STROWGER_URL ?? defaultUrl)
    .option(
      '--token <jwt>',
      'who you are (variable STROWGER_TOKEN); by default the admin of the trial in this folder',
      process.env.STROWGER_TOKEN,
    );
}

export async function call<M extends MethodName>(
  method: M,
  params: Params<M>,
  options: CallOptions,
): Promise<Result<M>> {
  const url = httpUrl(options.url);
  const token = options.token ?? (await trialToken('admin'));
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
  try {
    const { status, text } = await post(url, token, body, options);
    return resultOf(text, status, url) as Result<M>;
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const { message, code } = error as NodeJS.ErrnoException;
    throw new CommandError(`no router answers at ${url}: ${message || code}`, undefined, { cause: error });
  }
}

function post(
  url: URL,
  token: string,
  body: string,
  { isOurselves = false, timeoutMs = requestTimeoutMs }: CallOptions,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const asked = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      },
      // The certificate names the address that clients use, not the one that the router listens on.
      ...(isOurselves && { rejectUnauthorized: false }),
      // One request, one connection: nothing is left open to whoever stops next.
      agent: false,
      timeout: timeoutMs,
    });
    asked.on('timeout', () => asked.destroy(new Error(`no answer within ${timeoutMs / 1000} seconds`)));
    asked.on('error', reject);
    asked.on('response', (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString() }));
    });
    asked.end(body);
  });
}

function resultOf(text: string, status: number, url: URL): unknown {
  let message: { result?: unknown; error?: { message: string; data?: { refusal?: string; path?: string } } };
  try {
    message = JSON.parse(text);
  } catch {
    throw new CommandError(`${url} answered ${status} and no JSON: is it a Strowger router?`);
  }
  if (message.result !== undefined) return message.result;
  if (message.error === undefined) throw new CommandError(`${url} answered ${status}: ${text.slice(0, 200)}`);
  const { refusal, path } = message.error.data ?? {};
  const at = path === undefined || message.error.message.startsWith(path) ? '' : `${path}: `;
  throw new CommandError(`${refusal === undefined ? '' : `${refusal}: `}${at}${message.error.message}`);
}

/** The address as people write it: ws:// or http://, with or without the path. */
export function httpUrl(given: string): URL {
  if (!URL.canParse(given)) throw new UsageError(`--url: ${given} is no address, as ${defaultUrl} is`);
  const url = new URL(given.replace(/^ws/, 'http'));
  if (!/^https?:$/.test(url.protocol))
    throw new UsageError(`--url must begin with ws, wss, http or https, not ${given}`);
  if (url.pathname === '/') url.pathname = '/v1/rpc';
  return url;
}

async function trialToken(role: Role): Promise<string> {
  const secret = trialSecret(trialDataDir);
  if (secret === undefined) {
    throw new UsageError(
      `no --token was given, and no trial router has run in this folder (${trialDataDir} has no secret)`,
    );
  }
  const now = new SystemClock().now();
  return signToken(secret, { tenant: trialTenant, role, sub: trialCallers[role] }, now, now + tokenMs);
}
