// A machine with a disk in memory that loses its power, and a partition on it that runs the duty module.

import { expect } from 'vitest';
import type { CoreMemory, StepRequest } from '../../src/engine/core.ts';
import { InProcessCorePool } from '../../src/engine/in-process-core-pool.ts';
import type { DiskFaults, DiskOperation, DiskOutcome } from '../../src/store/memory-disk.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import type { PartitionStore } from '../../src/store/store.ts';
import { DutyModule } from './duty-module.ts';
import { PartitionHarness, TestClock } from './partition-harness.ts';

/** A pool whose core can be made to stop after so many bytes, as if its effects had no room, or to fail. */
export class ScriptedPool extends InProcessCorePool {
  /** For the next step alone: how many bytes of the batch the core takes. */
  takesBytes: number | undefined;
  /** Called before each step; may throw or wait. */
  onStep: ((core: CoreMemory, request: StepRequest) => void | Promise<void>) | undefined;

  override async step(core: CoreMemory, request: StepRequest): Promise<void> {
    await this.onStep?.(core, request);
    const inputBytes = Math.min(this.takesBytes ?? request.inputBytes, request.inputBytes);
    this.takesBytes = undefined;
    await super.step(core, { ...request, inputBytes });
  }
}

export class DutyMachine {
  readonly store = new MemoryStore();
  clock = new TestClock();
  pool!: ScriptedPool;
  duty!: DutyModule;
  harness!: PartitionHarness;
  opened!: PartitionStore;
  readonly inboxRequestsMax: number | undefined;

  constructor(inboxRequestsMax?: number) {
    this.inboxRequestsMax = inboxRequestsMax;
  }

  async start(): Promise<void> {
    this.pool = new ScriptedPool(16_384);
    this.duty = new DutyModule();
    this.opened = await this.store.open('test');
    const { opened: store, duty, pool, clock, inboxRequestsMax } = this;
    this.harness = await PartitionHarness.start({
      store,
      modules: [duty],
      pool,
      clock,
      ...(inboxRequestsMax !== undefined && { inboxRequestsMax }),
    });
  }

  set faults(faults: DiskFaults) {
    this.store.disk.faults = faults;
  }

  /** The next `times` appends from this number on have this outcome. */
  failAppends(outcome: DiskOutcome, times = 1, from = 0): void {
    let left = times;
    this.faults = {
      before: ({ kind, number }: DiskOperation) =>
        kind === 'append' && number >= from && left-- > 0 ? outcome : 'done',
    };
  }

  /** Holds appends until the function given is called with what becomes of them. */
  holdAppends(): (outcome: DiskOutcome) => void {
    const held: ((outcome: DiskOutcome) => void)[] = [];
    let decided: DiskOutcome | undefined;
    this.faults = {
      before: ({ kind }) =>
        kind !== 'append' || decided !== undefined
          ? (decided ?? 'done')
          : new Promise((resolve) => {
              held.push(resolve);
            }),
    };
    return (outcome) => {
      decided = 'done';
      for (const resolve of held) resolve(outcome);
    };
  }

  /** The power is cut, then everything begins again a second later. */
  async restart(): Promise<void> {
    this.faults = {};
    this.store.disk.restart();
    this.clock.advance(1_000);
    await this.start();
    await this.harness.partition.idle();
  }

  /** Turns of the event loop, until nothing that can still happen has not happened. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 40; turn++) await new Promise((resolve) => setImmediate(resolve));
  }

  /** How often it happened; memory and table must say the same. */
  async countOf(key: string): Promise<number> {
    const answer = await this.harness.call('duty.get', { key });
    const { row, memory } = (answer as { result: { row: number; memory: number } }).result;
    expect(memory, `memory and row of ${key}`).toBe(row);
    return row;
  }

  async countsOf(...keys: readonly string[]): Promise<number[]> {
    return Promise.all(keys.map((key) => this.countOf(key)));
  }
}
