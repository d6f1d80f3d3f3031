// A server in a process of its own, as the benchmark's process sees it: its address, samples of how it is doing, its end.

import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { RouterConfiguration } from '../../src/router-configuration.ts';

export const tenant = 'bench';
export const secret = Buffer.alloc(32, 7);

export type ServerOrder =
  | { readonly kind: 'bare'; readonly events: boolean; readonly transport: 'uws' | 'ws' }
  | { readonly kind: 'router'; readonly dataDir: string; readonly settings: Partial<RouterConfiguration> };

export interface RouterSample {
  readonly ticks: number;
  readonly lagWrites: number;
  readonly inbox: number;
  readonly shadowLag: number;
  readonly journalBytes: number;
  readonly tablesBytes: number;
  readonly diskBytes: number;
  readonly alarms: readonly string[];
}

export interface Sample {
  /** Milliseconds of the server's own clock. */
  readonly at: number;
  /** All its threads. */
  readonly cpuMs: number;
  /** Its main thread. */
  readonly mainCpuMs: number;
  readonly loopActiveMs: number;
  readonly loopIdleMs: number;
  readonly rssBytes: number;
  readonly router?: RouterSample;
}

export class Served {
  readonly url: string;
  readonly #process: ChildProcess;
  #asked: ((sample: Sample) => void)[] = [];
  #stopping = false;

  private constructor(url: string, process: ChildProcess) {
    this.url = url;
    this.#process = process;
    process.on('message', ({ sample }: { sample: Sample }) => this.#asked.shift()?.(sample));
    process.on('exit', (code) => {
      if (!this.#stopping) throw new Error(`the server ended by itself, code ${code}`);
    });
  }

  static start(order: ServerOrder): Promise<Served> {
    const file = fileURLToPath(new URL('./server-process.js', import.meta.url));
    const child = fork(file, [JSON.stringify(order)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    return new Promise((resolve, reject) => {
      const early = (code: number | null) => reject(new Error(`the server ended before it listened, code ${code}`));
      child.once('exit', early);
      child.once('message', ({ url }: { url: string }) => {
        child.off('exit', early);
        resolve(new Served(url, child));
      });
    });
  }

  sample(): Promise<Sample> {
    return new Promise((resolve) => {
      this.#asked.push(resolve);
      this.#process.send('sample');
    });
  }

  stop(): Promise<void> {
    this.#stopping = true;
    return new Promise((resolve) => {
      this.#process.once('exit', () => resolve());
      this.#process.send('stop');
    });
  }
}
