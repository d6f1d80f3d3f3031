// The core's twin in C++ (bench/twin): built here when there is a compiler, and played beside the core on the same tape.

import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { artifacts } from '../../src/artifacts.ts';
import { layoutConstants } from '../../src/engine/core-build.ts';
import type { Stretch } from './tape.ts';

const sources = join(artifacts.root, 'bench', 'twin');
const built = join(artifacts.root, 'dist', 'twin');
/** As the WebAssembly compiler: integers wrap, and bytes are whatever is read from them. */
const flags = ['-std=c++20', '-O3', '-fwrapv', '-fno-strict-aliasing', '-Wno-invalid-offsetof'];
const compilers = ['clang++', 'g++'];
const i32Max = 2_147_483_647;

export interface TwinBinary {
  readonly path: string;
  /** Name, version and options of what compiled it. */
  readonly compiler: string;
}

/** Undefined where there is no compiler, or the twin cannot run on this system; `why` says which. Throws when it does not compile. */
export function buildTwin(): TwinBinary | { readonly path: undefined; readonly why: string } {
  if (process.platform !== 'linux')
    return { path: undefined, why: `the twin runs on Linux, this is ${process.platform}` };
  const compiler = compilers.find((name) => spawnSync(name, ['--version']).status === 0);
  if (compiler === undefined) return { path: undefined, why: `no C++ compiler found (${compilers.join(', ')})` };
  const version = execFileSync(compiler, ['--version'], { encoding: 'utf8' }).split('\n')[0]!;
  const constants = generatedLayout();
  const hash = createHash('sha256').update(version).update(flags.join(' ')).update(constants);
  for (const name of readdirSync(sources).sort()) hash.update(readFileSync(join(sources, name)));
  const folder = join(built, hash.digest('hex').slice(0, 16));
  const path = join(folder, 'twin');
  if (!existsSync(path)) compile(compiler, constants, folder, path);
  return { path, compiler: `${version}, ${flags.slice(0, 2).join(' ')}` };
}

function compile(compiler: string, constants: string, folder: string, path: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'layout.generated.hpp'), constants);
  const unfinished = `${path}.${process.pid}`;
  const args = [...flags, `-I${folder}`, join(sources, 'main.cpp'), '-o', unfinished];
  const done = spawnSync(compiler, args, { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`the twin does not compile:\n${done.stderr}`);
  renameSync(unfinished, path);
}

/** assembly/layout.ts for the other compiler: one description of the memory for all three. */
function generatedLayout(): string {
  const lines = Object.entries(layoutConstants()).map(([name, value]) => {
    const type = Math.abs(Number(value)) > i32Max ? 'i64' : 'i32';
    return `constexpr ${type} ${name} = ${value};`;
  });
  return `${lines.join('\n')}\n`;
}

/** What it has come to when the tape is over. */
export interface TwinEnd {
  readonly memory: string;
  readonly arenaTop: number;
}

export class Twin {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #ended: Promise<number | null>;
  #complaint = '';

  constructor(binary: string, tape: string, effects: string) {
    this.#process = spawn(binary, [tape, effects], { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#process.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#complaint += text;
    });
    this.#process.stdin!.on('error', () => {});
    this.#ended = new Promise((resolve) => this.#process.once('close', resolve));
    this.#lines = createInterface({ input: this.#process.stdout! })[Symbol.asyncIterator]();
  }

  /** What it measured up to the next mark; it has begun by itself with the first. */
  async stretch(): Promise<Stretch> {
    return (await this.#line()) as Stretch;
  }

  goOn(): void {
    this.#process.stdin!.write('\n');
  }

  end(): Promise<TwinEnd> {
    return this.#line() as Promise<TwinEnd>;
  }

  stop(): void {
    this.#process.kill();
  }

  async #line(): Promise<unknown> {
    const { value, done } = await this.#lines.next();
    if (!done) return JSON.parse(value);
    const code = await this.#ended;
    throw new Error(`the twin ended early (code ${code}): ${this.#complaint.trim() || 'it did not say why'}`);
  }
}
