// What every core pool does alike: each call of the seam becomes one `CoreCall`. Where and when it runs is the pool's.

import type { CoreMemory, CorePool, ReplayEntry, StepRequest } from './core.ts';
import type { CoreCall } from './core-instance.ts';

export abstract class CallingCorePool implements CorePool {
  abstract addBuild(hash: string, wasm: Uint8Array): Promise<void>;
  abstract create(coreHash: string, partition: string): Promise<CoreMemory>;
  abstract forget(core: CoreMemory): void;
  abstract close(): Promise<void>;

  /** Rejects with CoreTrapError. Resolves, for replay alone, with the number after which the digests differ. */
  protected abstract run(core: CoreMemory, call: CoreCall): Promise<number | undefined>;

  async step(core: CoreMemory, request: StepRequest): Promise<void> {
    await this.run(core, { call: 'step', ...request });
  }

  replay(core: CoreMemory, entries: readonly ReplayEntry[]): Promise<number | undefined> {
    return this.run(core, { call: 'replay', entries });
  }

  async describe(core: CoreMemory, buffer: number, cursor: number): Promise<void> {
    await this.run(core, { call: 'describe', buffer, cursor });
  }

  async exportState(core: CoreMemory, buffer: number, cursor: number): Promise<void> {
    await this.run(core, { call: 'export', buffer, cursor });
  }

  async importState(core: CoreMemory, buffer: number, bytes: number): Promise<void> {
    await this.run(core, { call: 'import', buffer, bytes });
  }
}
