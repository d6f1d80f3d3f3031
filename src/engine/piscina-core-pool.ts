// The core pool of production: Piscina workers that step whichever partition has a tick.
//
// A partition has at most one call in a worker at a time (the partition sees to that; it is asserted here). Memories
// are handed over once per worker: a task goes out without its memory and is sent again with it when asked.

import { Piscina } from 'piscina';
import { artifacts } from '../artifacts.ts';
import { CallingCorePool } from './calling-core-pool.ts';
import { type CoreMemory, CoreTrapError } from './core.ts';
import { type CoreCall, makeMemory } from './core-instance.ts';
import type { CoreTask, CoreTaskResult } from './core-worker.ts';

export interface PiscinaCorePoolOptions {
  readonly threads: number;
  /** Calls that may wait for a worker: at least one per partition and shadow. */
  readonly queueMax: number;
  /** Bound of one partition's memory, in pages of 64 KiB. */
  readonly memoryPagesMax: number;
}

export class PiscinaCorePool extends CallingCorePool {
  readonly #piscina: Piscina;
  readonly #options: PiscinaCorePoolOptions;
  readonly #builds = new Map<string, WebAssembly.Module>();
  readonly #busy = new Set<string>();
  #made = 0;

  constructor(options: PiscinaCorePoolOptions) {
    super();
    this.#options = options;
    this.#piscina = new Piscina({
      filename: artifacts.coreWorker,
      minThreads: options.threads,
      maxThreads: options.threads,
      concurrentTasksPerWorker: 1,
      maxQueue: options.queueMax,
      idleTimeout: Number.POSITIVE_INFINITY,
      // Nobody looks at its histograms.
      recordTiming: false,
    });
  }

  async addBuild(hash: string, wasm: Uint8Array): Promise<void> {
    if (this.#builds.has(hash)) return;
    this.#builds.set(hash, await WebAssembly.compile(wasm as Uint8Array<ArrayBuffer>));
  }

  async create(coreHash: string, partition: string): Promise<CoreMemory> {
    if (!this.#builds.has(coreHash)) throw new Error(`no core build ${coreHash} has been added`);
    this.#made += 1;
    const core = { key: `${partition}#${this.#made}`, memory: makeMemory(this.#options.memoryPagesMax), coreHash };
    await this.run(core, { call: 'format' });
    return core;
  }

  forget(_core: CoreMemory): void {
    // Keys are never reused, so what workers still cache of it falls out by age.
  }

  async close(): Promise<void> {
    await this.#piscina.close();
  }

  protected override async run(core: CoreMemory, call: CoreCall): Promise<number | undefined> {
    if (this.#busy.has(core.key)) throw new Error(`two calls at once for the memory ${core.key}`);
    this.#busy.add(core.key);
    try {
      let result = await this.#send({ key: core.key, call });
      if (result === 'load_needed') {
        const module = this.#builds.get(core.coreHash);
        if (module === undefined) throw new Error(`no core build ${core.coreHash} has been added`);
        result = await this.#send({ key: core.key, call, load: { memory: core.memory, module } });
      }
      if (result === 'done') return undefined;
      if (result === 'load_needed') throw new Error('a worker did not take the memory it was given');
      if ('diverged' in result) return result.diverged;
      throw new CoreTrapError(result.trap, {
        ...(result.command !== undefined && { command: result.command }),
        ...(result.timer !== undefined && { timer: result.timer }),
      });
    } finally {
      this.#busy.delete(core.key);
    }
  }

  #send(task: CoreTask): Promise<CoreTaskResult> {
    return this.#piscina.run(task) as Promise<CoreTaskResult>;
  }
}
