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

  /** Plants the fault, builds, looks for it, takes it out again. */
  async look(fault: PlantedFault): Promise<Found> {
    const file = join(this.#folder, fault.file);
    const source = readFileSync(file, 'utf8');
    writeFileSync(file, withFault(source, fault));
    try {
      await this.#build(fault.file);
      return await ('seeds' in fault.caughtBy ? this.simulate(fault.caughtBy.seeds) : this.test(fault.caughtBy.suite));
    } finally {
      writeFileSync(file, source);
    }
  }

  async simulate(seeds: number): Promise<Found> {
    const { output, seconds, isSound } = await this.#run([
      join('dist', 'test', 'sim', 'main.js'),
      ...['--seeds', String(seeds), '--no-shrink'],
    ]);
    const failing = /^SEED (\d+) FAILS$/m.exec(output);
    const says = /^ {2}(at \d+ ms: .*)$/m.exec(output)?.[1] ?? lastLineOf(output);
    return { isCaught: !isSound, seeds: failing === null ? undefined : Number(failing[1]), seconds, says };
  }

  async test(suite: string): Promise<Found> {
    const { output, seconds, isSound } = await this.#run([
      join('node_modules', 'vitest', 'vitest.mjs'),
      ...['run', suite, '--no-color'],
    ]);
    const says = /^(?:\w*Error): .*$/m.exec(output)?.[0] ?? lastLineOf(output);
    return { isCaught: !isSound, seeds: undefined, seconds, says };
  }

  /** What has changed now, and what was built with the fault before. */
  async #build(changed: string): Promise<void> {
    const builder = changed.startsWith('assembly/') ? buildCore : buildRouter;
    for (const args of new Set([this.#builtLast, builder])) {
      if (args === undefined) continue;
      const { output, isSound } = await this.#run(args);
      if (!isSound) throw new Error(`with a fault in ${changed} it cannot be built:\n${output}`);
    }
    this.#builtLast = builder;
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
    return new Promise((resolve) => {
      child.on('close', (code) =>
        resolve({ output, seconds: (performance.now() - begun) / 1000, isSound: code === 0 }),
      );
    });
  }
}

function lastLineOf(output: string): string {
  return output.trimEnd().split('\n').at(-1) ?? '';
}
