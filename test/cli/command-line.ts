// Runs the command line as a user does and waits for what it says: what bin/strowger.js runs, from dist/ as `npm test`
// has built it, without building it again.

import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const file = new URL('../../dist/src/cli/main.js', import.meta.url).href;
const script = `process.exitCode = await (await import(${JSON.stringify(file)})).main(process.argv.slice(1))`;
export const binary = fileURLToPath(new URL('../../bin/strowger.js', import.meta.url));

export interface Ran {
  /** The signal's name, where one ended it. */
  readonly code: number | NodeJS.Signals;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly folder: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** The environment of this process without settings of a router. */
export function bareEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('STROWGER_')));
}

/** As soon as it runs; ended() tells how it ends. */
export function launch(commandLine: readonly string[], { folder, environment = {} }: RunOptions): ChildProcess {
  const env = { ...bareEnvironment(), ...environment };
  return spawn(process.execPath, ['--input-type=module', '-e', script, '--', ...commandLine], { cwd: folder, env });
}

export function strowger(commandLine: readonly string[], options: RunOptions): Promise<Ran> {
  const child = launch(commandLine, options);
  child.stdin!.end(options.input ?? '');
  return ended(child);
}

export function ended(child: ChildProcess): Promise<Ran> {
  let [out, err] = ['', ''];
  child.stdout!.on('data', (part) => (out += part));
  child.stderr!.on('data', (part) => (err += part));
  return new Promise((resolve) => child.on('close', (code, signal) => resolve({ code: code ?? signal!, out, err })));
}

export interface Served {
  /** What `--json` said. */
  readonly said: {
    readonly url: string;
    readonly transport: string;
    readonly tokens?: Readonly<Record<string, string>>;
  };
  readonly process: ChildProcess;
  /** What it has logged until now. */
  logged(): string;
  stop(): Promise<Ran>;
}

/** `strowger serve … --json` on any free port, as soon as it says where it listens. Rejects with what it said instead. */
export async function serve(commandLine: readonly string[], options: RunOptions): Promise<Served> {
  const child = launch(['serve', '--port', '0', '--json', ...commandLine], options);
  const end = ended(child);
  let log = '';
  child.stderr!.on('data', (part) => (log += part));
  const line = await new Promise<string>((resolve, reject) => {
    let out = '';
    child.stdout!.on('data', (part) => {
      out += part;
      if (out.includes('\n')) resolve(out);
    });
    void end.then(({ code, err }) => reject(new Error(`serve ended with ${code}: ${err}`)));
  });
  return {
    said: JSON.parse(line),
    process: child,
    logged: () => log,
    stop: () => {
      child.kill('SIGTERM');
      return end;
    },
  };
}
