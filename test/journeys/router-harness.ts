// A real router for journeys, in this process or in one of its own, with what parties need to get in.
//
// Each has a data directory of its own. What the router logs as a warning or an error is kept: a journey that does not
// expect one fails when it closes its router.

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Role } from '../../src/engine/egress.ts';
import { type Router, type RouterSeams, startRouter } from '../../src/main.ts';
import { type RouterConfiguration, routerDefaults } from '../../src/router-configuration.ts';
import { signToken } from '../../src/transport/authentication.ts';
import { Party, type PartyOptions } from './party.ts';
import { PlainSocket } from './plain-socket.ts';

export const secret = Buffer.alloc(32, 'journey secret ');
export const tenant = 'acme';

export interface Access {
  readonly tenant?: string;
  readonly ttlMs?: number;
  readonly secret?: Uint8Array;
  /** By the router's clock, where that is not the machine's. */
  readonly now?: number;
}

type Listening = Omit<PartyOptions, 'url' | 'token'>;

export function tokenFor(role: Role, sub: string, access: Access = {}): Promise<string> {
  const { ttlMs = 3_600_000, secret: key = secret, tenant: of = tenant, now = Date.now() } = access;
  return signToken(key, { tenant: of, role, sub }, now - 3_600_000, now + ttlMs);
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'strowger-journey-'));
}

/**
 * A free port that stays free while nobody listens. Not one of those that the system hands out: a client that tries to
 * come back to such a port may be given it as its own, and then is connected to itself.
 */
export async function lastingPort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const isFree = await new Promise<boolean>((resolve) => {
      const server = createServer().once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
}

/** What runs somewhere and can be entered. */
abstract class Entrance {
  readonly #open: { close(): void }[] = [];
  abstract readonly url: string;

  get http(): string {
    return this.url.replace(/^ws/, 'http').replace(/\/v1\/rpc$/, '');
  }

  async open(role: Role, sub: string, access: Access = {}, listening: Listening = {}): Promise<Party> {
    const token = () => tokenFor(role, sub, access);
    const party = await Party.connect(`${role} ${sub}`, { url: this.url, token, ...listening });
    this.#open.push(party);
    return party;
  }

  async socket(headers: Record<string, string> = {}): Promise<PlainSocket> {
    const socket = await PlainSocket.connect(this.url, headers);
    this.#open.push(socket);
    return socket;
  }

  /** With its session open. */
  async openSocket(role: Role, sub: string, params: Readonly<Record<string, unknown>> = {}): Promise<PlainSocket> {
    const socket = await this.socket();
    const opened = await socket.call('session.open', { token: await tokenFor(role, sub), ...params });
    if (opened.error !== undefined) throw new Error(`session.open: ${JSON.stringify(opened.error)}`);
    return socket;
  }

  async post(body: string, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${this.http}/v1/rpc`, { method: 'POST', body, headers });
  }

  /** One request over HTTP. */
  async rpc(role: Role, sub: string, method: string, params: unknown = {}, access: Access = {}) {
    const authorization = `Bearer ${await tokenFor(role, sub, access)}`;
    const response = await this.post(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }), { authorization });
    return (await response.json()) as { result?: never; error?: { code: number; data?: { refusal?: string } } };
  }

  protected leave(): void {
    for (const opened of this.#open.splice(0)) opened.close();
  }
}

type Settings = Partial<RouterConfiguration>;
type Seams = Omit<RouterSeams, 'log' | 'onFatal'>;

/** A router in this process. */
export class JourneyRouter extends Entrance {
  readonly settings: Settings & { readonly dataDir: string };
  readonly troubles: string[] = [];
  readonly #seams: Seams;
  #router: Router;

  private constructor(settings: Settings & { dataDir: string }, seams: Seams, router: Router, troubles: string[]) {
    super();
    this.settings = settings;
    this.#seams = seams;
    this.#router = router;
    this.troubles = troubles;
  }

  static async start(settings: Settings = {}, seams: Seams = {}): Promise<JourneyRouter> {
    const troubles: string[] = [];
    const complete = { ...settings, dataDir: settings.dataDir ?? temporaryFolder() };
    return new JourneyRouter(complete, seams, await start(complete, seams, troubles), troubles);
  }

  get url(): string {
    return this.#router.url;
  }
  get transport(): string {
    return this.#router.transport;
  }
  get router(): Router {
    return this.#router;
  }

  async stop(): Promise<void> {
    await this.#router.stop();
  }

  /** At the same address, so that parties find it again: it was started with a lastingPort(). */
  async startAgain(): Promise<void> {
    this.#router = await start({ ...this.settings, port: this.#router.port }, this.#seams, this.troubles);
  }

  /** Ends everything. Throws when the router had something to complain about that is not expected. */
  async close(expected?: RegExp): Promise<void> {
    this.leave();
    await this.stop();
    rmSync(this.settings.dataDir, { recursive: true, force: true });
    const surprises = this.troubles.filter((trouble) => expected === undefined || !expected.test(trouble));
    if (surprises.length > 0) throw new Error(`the router complained:\n${surprises.join('\n')}`);
  }
}

function start(settings: Settings & { dataDir: string }, seams: Seams, troubles: string[]): Promise<Router> {
  const keep = (data: object, message: string) => {
    const { error, ...rest } = data as { error?: unknown };
    const stack = error instanceof Error ? `\n${error.stack}\n${String(error.cause ?? '')}` : '';
    troubles.push(`${message} ${JSON.stringify(rest)}${stack}`);
  };
  return startRouter(
    { ...routerDefaults, port: 0, tenants: [tenant], secret, ...settings },
    {
      ...seams,
      log: { info: () => {}, warn: keep, error: keep },
      onFatal: (error) => keep({ error }, 'fatal'),
    },
  );
}

const serveScript = join(dirname(fileURLToPath(import.meta.url)), 'serve.js');

export interface ProcessSettings {
  /** A folder for it alone, removed with it: its data directory and the secret are in it. */
  readonly folder: string;
  /** A lastingPort() where it is to be started again. */
  readonly port?: number;
  readonly tenants?: readonly string[];
  readonly flags?: readonly string[];
}

export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** A router in a process of its own, by `strowger serve`. */
export class RouterProcess extends Entrance {
  readonly settings: ProcessSettings;
  readonly exit: Promise<Exit>;
  url = '';
  stderr = '';
  readonly dataDir: string;
  readonly #child: ChildProcessWithoutNullStreams;

  constructor(settings: ProcessSettings) {
    super();
    this.settings = settings;
    const { folder, port = 0, tenants = [tenant], flags = [] } = settings;
    const secretFile = join(folder, 'secret');
    writeFileSync(secretFile, secret);
    this.dataDir = join(folder, 'data');
    const where = ['--data-dir', this.dataDir, '--port', String(port), '--secret-file', secretFile];
    const parameters = ['serve', '--json', '--tenant', ...tenants, ...where, '--log-level', 'warn', ...flags];
    this.#child = spawn(process.execPath, [serveScript, ...parameters], { env: {} });
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    // A test that fails in the middle leaves nobody running.
    const end = () => this.#child.kill('SIGKILL');
    process.once('exit', end);
    this.exit = new Promise((resolve) => {
      this.#child.once('close', (code, signal) => {
        process.removeListener('exit', end);
        resolve({ code, signal });
      });
    });
  }

  /** Resolves when it has said where it listens; rejects when it ends before that, with what it said. */
  async listening(): Promise<this> {
    let text = '';
    const said = new Promise<void>((resolve) => {
      this.#child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        if (text.includes('\n')) resolve();
      });
    });
    const ended = await Promise.race([said, this.exit]);
    if (ended !== undefined) throw new Error(`the router ended (${ended.code ?? ended.signal}): ${this.stderr}`);
    this.url = (JSON.parse(text) as { url: string }).url;
    return this;
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  kill(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<Exit> {
    this.#child.kill(signal);
    return this.exit;
  }

  /** Ends everything, and removes the folder. */
  async close(): Promise<void> {
    this.leave();
    await this.kill();
    rmSync(this.settings.folder, { recursive: true, force: true });
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
