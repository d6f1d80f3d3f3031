// A core pool without threads: each call runs at once, in the caller's thread. For tests, simulation and tools that
// replay a journal, where determinism matters more than the main thread's time.

import { CallingCorePool } from './calling-core-pool.ts';
import { type CoreMemory, CoreTrapError } from './core.ts';
import { type CoreCall, CoreInstance, makeMemory } from './core-instance.ts';

export class InProcessCorePool extends CallingCorePool {
  readonly #builds = new Map<string, WebAssembly.Module>();
  readonly #instances = new Map<string, CoreInstance>();
  readonly #memoryPagesMax: number;
  #made = 0;

  constructor(memoryPagesMax: number) {
    super();
    this.#memoryPagesMax = memoryPagesMax;
  }

  async addBuild(hash: string, wasm: Uint8Array): Promise<void> {
    if (!this.#builds.has(hash)) this.#builds.set(hash, await WebAssembly.compile(wasm as Uint8Array<ArrayBuffer>));
  }

  async create(coreHash: string, partition: string): Promise<CoreMemory> {
    const module = this.#builds.get(coreHash);
    if (module === undefined) throw new Error(`no core build ${coreHash} has been added`);
    this.#made += 1;
    const core = { key: `${partition}#${this.#made}`, memory: makeMemory(this.#memoryPagesMax), coreHash };
    const instance = new CoreInstance(module, core.memory);
    this.#instances.set(core.key, instance);
    instance.run({ call: 'format' });
    return core;
  }

  forget(core: CoreMemory): void {
    this.#instances.delete(core.key);
  }

  async close(): Promise<void> {
    this.#instances.clear();
  }

  protected override async run(core: CoreMemory, call: CoreCall): Promise<number | undefined> {
    const instance = this.#instances.get(core.key);
    if (instance === undefined) throw new Error(`the memory ${core.key} has been forgotten`);
    try {
      return instance.run(call);
    } catch (error) {
      // A memory that trapped is condemned: nothing may step it again.
      if (error instanceof CoreTrapError) this.#instances.delete(core.key);
      throw error;
    }
  }
}
