// A server in a process of its own, as the benchmark's process sees it: its address, samples of how it is doing, its end.

import type { RouterConfiguration } from '../../src/router-configuration.ts';
import { Child } from './child.ts';

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
  readonly #child: Child;
  #asked: ((sample: Sample) => void)[] = [];

  private constructor(url: string, child: Child) {
    this.url = url;
    this.#child = child;
    child.process.on('message', ({ sample }: { sample: Sample }) => this.#asked.shift()?.(sample));
  }

  static async start(order: ServerOrder): Promise<Served> {
    const file = new URL('./server-process.js', import.meta.url);
    const { child, first } = await Child.start<{ url: string }>('the server', file, order);
    return new Served(first.url, child);
  }

  sample(): Promise<Sample> {
    return new Promise((resolve) => {
      this.#asked.push(resolve);
      this.#child.process.send('sample');
    });
  }

  stop(): Promise<void> {
    return this.#child.stop();
  }
}
