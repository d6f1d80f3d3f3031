// A copy of the checkout in a temporary folder, for one fault after the other to be planted in, built and looked for.

import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { PlantedFault } from './planted.ts';

const copied = [
  ...['assembly', 'src', 'bench', 'bin', 'scripts', 'test', 'examples', 'docs', 'dist'],
  ...['package.json', 'tsconfig.json', 'tsconfig.build.json', 'vitest.config.ts'],
];

export interface Found {
  readonly isCaught: boolean;
  /** How many seeds it took, the failing one counted. */
  readonly seeds: number | undefined;
  readonly seconds: number;
  /** The first thing that was wrong, or the end of what was written. */
  readonly says: string;
}

/** The text with the fault in it. Throws where the fault has no place any more. */
export function withFault(source: string, { name, file, text, becomes }: PlantedFault): string {
  const times = source.split(text).length - 1;
  if (times !== 1) throw new Error(`"${name}" cannot be planted: its text is ${times} times in ${file}`);
  // A function, so that no character of it is special.
  return source.replace(text, () => becomes);
}

const typescript = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
const buildCore = [join('scripts', 'build-core.js')];
const buildRouter = [typescript, '-p', 'tsconfig.build.json'];

/** What takes longer than this goes round in circles. */
const runMsMax = 900_000;

export class PlantedCopy {
  #builtLast: readonly string[] | undefined;
  #child: ChildProcess | undefined;
  readonly #folder = mkdtempSync(join(tmpdir(), 'strowger-planted-'));

  constructor(root: string) {
    for (const name of copied) cpSync(join(root, name), join(this.#folder, name), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(this.#folder, 'node_modules'), 'dir');
  }

  /** Ends what runs in it, and deletes it. */
  remove(): void {
    this.#child?.kill('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Changes a file, builds, looks, and takes the change out again; undefined when it cannot be built so. */
  async look(file: string, change: (source: string) => string, find: () => Promise<Found>): Promise<Found | undefined> {
    const path = join(this.#folder, file);
    const source = readFileSync(path, 'utf8');
    writeFileSync(path, change(source));
    try {
      return (await this.#build(file)) ? await find() : undefined;
    } finally {
      writeFileSync(path, source);
    }
  }

  async simulate(seeds: number, more: readonly string[] = []): Promise<Found> {
    const { output, seconds, isSound } = await this.#run([
      join('dist', 'test', 'sim', 'main.js'),
      ...['--seeds', String(seeds), '--no-shrink', ...more],
    ]);
    const failing = /^SEED (\d+) FAILS$/m.exec(output);
    const says = /^ {2}(at \d+ ms: .*)$/m.exec(output)?.[1] ?? lastLineOf(output);
    return { isCaught: !isSound, seeds: failing === null ? undefined : Number(failing[1]), seconds, says };
  }

  async test(...suites: readonly string[]): Promise<Found> {
    const { output, seconds, isSound } = await this.#run([
      join('node_modules', 'vitest', 'vitest.mjs'),
      ...['run', ...suites, '--no-color', '--bail', '1'],
    ]);
    const says = /^(?:\w*Error): .*$/m.exec(output)?.[0] ?? lastLineOf(output);
    return { isCaught: !isSound, seeds: undefined, seconds, says };
  }

  /** What has changed now, and what was built with the fault before. */
  async #build(changed: string): Promise<boolean> {
    const builder = changed.startsWith('assembly/') ? buildCore : buildRouter;
    const builders = new Set([this.#builtLast ?? builder, builder]);
    this.#builtLast = builder;
    for (const args of builders) if (!(await this.#run(args)).isSound) return false;
    return true;
  }

  #run(args: readonly string[]): Promise<{ output: string; seconds: number; isSound: boolean }> {
    const begun = performance.now();
    const child = spawn(process.execPath, args, { cwd: this.#folder, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (text: string) => {
        output += text;
      });
    }
    const late = setTimeout(() => child.kill('SIGKILL'), runMsMax);
    return new Promise((resolve) => {
      child.on('close', (code) => {
        clearTimeout(late);
        resolve({ output, seconds: (performance.now() - begun) / 1000, isSound: code === 0 });
      });
    });
  }
}

function lastLineOf(output: string): string {
  return output.trimEnd().split('\n').at(-1) ?? '';
}
