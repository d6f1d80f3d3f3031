// Every point of a tick at which the process may die, in the order in which a tick passes them, and what must be true
// after recovery. The disk, the pool and the clock are the seams; a crash abandons everything that is in memory.
//
//   submit ─ 1 ─ close ─ 2 ─ step ─ 3 ─ append ─ 4 ─ on disk ─ 5 ─ acknowledged ─ 6 ─ tables ─ 7 ─ tables on disk ─ 8

import { describe, expect, it } from 'vitest';
import type { CoreMemory, CorePool, ReplayEntry, StepRequest } from '../../src/engine/core.ts';
import { loadCoreBuild } from '../../src/engine/core-build.ts';
import { readHeader } from '../../src/engine/core-instance.ts';
import type { Answer } from '../../src/engine/egress.ts';
import { InProcessCorePool } from '../../src/engine/in-process-core-pool.ts';
import { rebuild } from '../../src/engine/rebuild.ts';
import type { DiskFaults, DiskOperation, DiskOutcome } from '../../src/store/memory-disk.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import type { PartitionStore } from '../../src/store/store.ts';
import { PartitionHarness, TestClock } from './partition-harness.ts';
import { ProbeModule } from './probe-module.ts';

/** A pool that can be told to stop: calls that begin then never come back. */
class StoppablePool extends InProcessCorePool implements CorePool {
  stopAt: 'step' | 'replay' | undefined;
  stopped = 0;

  override async step(core: CoreMemory, request: StepRequest): Promise<void> {
    if (this.stopAt === 'step') await this.#never();
    await super.step(core, request);
  }

  override async replay(core: CoreMemory, entries: readonly ReplayEntry[]): Promise<number | undefined> {
    if (this.stopAt === 'replay') await this.#never();
    return super.replay(core, entries);
  }

  #never(): Promise<never> {
    this.stopped += 1;
    return new Promise(() => undefined);
  }
}

/** A machine that can lose its power: what is in memory is one life. */
class Machine {
  readonly store = new MemoryStore();
  readonly clock = new TestClock();
  pool!: StoppablePool;
  probe!: ProbeModule;
  harness!: PartitionHarness;
  opened!: PartitionStore;
  reached = 0;

  async start(): Promise<void> {
    this.pool = new StoppablePool(16_384);
    this.probe = new ProbeModule();
    this.opened = await this.store.open('test');
    const { opened: store, probe, pool, clock } = this;
    this.harness = await PartitionHarness.start({ store, modules: [probe], pool, clock });
  }

  /** The disk stops at the operation: before it, after it, or with an outcome. */
  stopDisk(when: 'before' | 'after', kind: DiskOperation['kind'], number?: number): void {
    const matches = (operation: DiskOperation) =>
      operation.kind === kind && (number === undefined || operation.number === number);
    const hold = (operation: DiskOperation): Promise<never> | undefined => {
      if (!matches(operation)) return undefined;
      this.reached += 1;
      return new Promise(() => undefined);
    };
    const faults: DiskFaults =
      when === 'before'
        ? { before: (operation) => hold(operation) ?? 'done' }
        : { after: (operation) => hold(operation) };
    this.store.disk.faults = faults;
  }

  failDisk(kind: DiskOperation['kind'], outcome: DiskOutcome, times = 1): void {
    let left = times;
    this.store.disk.faults = {
      before: (operation) => (operation.kind === kind && left-- > 0 ? outcome : 'done'),
    };
  }

  crash(): void {
    this.store.disk.faults = {};
    this.store.disk.restart();
  }

  async restart(): Promise<void> {
    this.crash();
    this.clock.advance(1_000);
    await this.start();
    await this.harness.partition.idle();
  }

  /** Turns of the event loop, until nothing that can still happen has not happened. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 30; turn++) await new Promise((resolve) => setImmediate(resolve));
  }

  async valueOf(key: string): Promise<unknown> {
    const answer = (await this.harness.call('probe.get', { key })) as { result: { row: unknown; memory: unknown } };
    expect(answer.result.memory).toEqual(answer.result.row);
    return answer.result.row;
  }
}

interface CrashPoint {
  readonly point: string;
  /** Arms the stop; the request that is judged is submitted after it. */
  readonly arm: (machine: Machine) => void;
  readonly acknowledged: boolean;
  readonly inEffect: boolean;
}

const points: CrashPoint[] = [
  {
    point: '1 in the inbox: the tick is not closed',
    arm: (machine) => {
      machine.pool.stopAt = 'step';
    },
    acknowledged: false,
    inEffect: false,
  },
  {
    point: '2 closed and admitted: the core is executing it',
    arm: (machine) => {
      machine.pool.stopAt = 'step';
    },
    acknowledged: false,
    inEffect: false,
  },
  {
    point: '3 the domain stage is done: the append has not reached the disk',
    arm: (machine) => machine.stopDisk('before', 'append'),
    acknowledged: false,
    inEffect: false,
  },
  {
    point: '4 on the disk: the append is not acknowledged',
    arm: (machine) => machine.stopDisk('after', 'append'),
    acknowledged: false,
    inEffect: true,
  },
  {
    point: '5 acknowledged: the tables have not begun',
    arm: (machine) => machine.stopDisk('before', 'apply'),
    acknowledged: true,
    inEffect: true,
  },
  {
    point: '6 the tables are on the disk: they do not know it yet',
    arm: (machine) => machine.stopDisk('after', 'apply'),
    acknowledged: true,
    inEffect: true,
  },
  { point: '7 everything is at rest', arm: () => undefined, acknowledged: true, inEffect: true },
];

describe('a crash at each point of a tick', () => {
  it.each(points)('$point', async ({ point, arm, acknowledged, inEffect }) => {
    const machine = new Machine();
    await machine.start();
    await machine.harness.call('probe.put', { key: 'before', value: 1 });
    arm(machine);
    let answer: Answer | undefined;
    const request = machine.harness.request('probe.useOnce', { key: 'x', requestId: 'r1' });
    void machine.harness.egress.answerOf(request).then((given) => {
      answer = given;
    });
    machine.harness.partition.submit(request);
    if (!point.startsWith('1')) await machine.settle();
    expect(answer !== undefined).toBe(acknowledged);

    await machine.restart();
    expect(await machine.valueOf('before')).toBe(1);
    expect(await machine.valueOf('x')).toBe(inEffect ? 1 : null);
    // The client repeats what was not answered, or all of it: the effect is there once and the answer is the first.
    expect(await machine.harness.call('probe.useOnce', { key: 'x', requestId: 'r1' })).toEqual({
      result: { used: 'x' },
    });
    expect(await machine.valueOf('x')).toBe(1);
    await expectSameDigest(machine);
  });

  it('loses both ticks that are on their way when neither has reached the disk', async () => {
    const machine = new Machine();
    await machine.start();
    machine.stopDisk('before', 'append');
    void machine.harness.call('probe.put', { key: 'a', value: 1 });
    await machine.settle();
    void machine.harness.call('probe.put', { key: 'b', value: 2 });
    await machine.settle();
    expect(machine.harness.partition.numbers).toMatchObject({ last: 2, durable: 0 });
    await machine.restart();
    expect([await machine.valueOf('a'), await machine.valueOf('b')]).toEqual([null, null]);
  });

  it('never has more than two ticks that are not durable', async () => {
    const machine = new Machine();
    await machine.start();
    machine.stopDisk('before', 'append');
    for (const key of ['a', 'b', 'c', 'd']) {
      void machine.harness.call('probe.put', { key, value: 1 });
      await machine.settle();
    }
    expect(machine.harness.partition.numbers).toMatchObject({ last: 2, durable: 0, inbox: 2 });
  });

  it('keeps the first of two ticks when the second has not reached the disk', async () => {
    const machine = new Machine();
    await machine.start();
    machine.stopDisk('before', 'append', 2);
    expect(await machine.harness.call('probe.put', { key: 'a', value: 1 })).toHaveProperty('result');
    void machine.harness.call('probe.put', { key: 'b', value: 2 });
    await machine.settle();
    await machine.restart();
    expect([await machine.valueOf('a'), await machine.valueOf('b')]).toEqual([1, null]);
  });

  it('executes follow-ups that the last durable tick left, once, whenever it comes back', async () => {
    const machine = new Machine();
    await machine.start();
    machine.stopDisk('before', 'append', 2);
    expect(await machine.harness.call('probe.chain', { depth: 1 })).toEqual({ result: {} });
    await machine.settle();
    // The next start dies as well, in the tick that only says that it has resumed.
    machine.crash();
    machine.stopDisk('after', 'append', 2);
    await machine.start();
    await machine.settle();
    expect(machine.reached).toBe(2);
    await machine.restart();
    await machine.harness.partition.idle();
    expect(await machine.valueOf('chain-1')).toBe(1);
    await machine.restart();
    expect(await machine.valueOf('chain-1')).toBe(1);
  });

  it('comes back when it died while it was rebuilding after a trap', async () => {
    const machine = new Machine();
    await machine.start();
    await machine.harness.call('probe.put', { key: 'a', value: 1 });
    machine.pool.stopAt = 'replay';
    void machine.harness.call('probe.trap');
    await machine.settle();
    expect(machine.pool.stopped).toBe(1);
    await machine.restart();
    expect(await machine.valueOf('a')).toBe(1);
    expect(machine.harness.partition.state).toBe('running');
  });

  it('stops with what is wrong when the newest entry is damaged', async () => {
    const machine = new Machine();
    await machine.start();
    await machine.harness.call('probe.put', { key: 'a', value: 1 });
    machine.failDisk('append', 'torn');
    void machine.harness.call('probe.put', { key: 'b', value: 2 });
    await machine.settle();
    expect(machine.harness.fatal).toHaveLength(1);
    machine.crash();
    await expect(machine.start()).rejects.toThrow(/entry 2/);
  });
});

describe('a disk that refuses', () => {
  it('drops the tick with everything it wrote, answers overloaded, and goes on when there is room again', async () => {
    const machine = new Machine();
    await machine.start();
    await machine.harness.call('probe.put', { key: 'a', value: 1 });
    machine.failDisk('append', 'refused');
    const refused = await machine.harness.call('probe.useOnce', { key: 'x', requestId: 'r1' });
    expect(refused).toMatchObject({ refusal: { refusal: 'overloaded', data: { retryAfterMs: expect.any(Number) } } });
    await machine.harness.partition.idle();
    expect(machine.harness.partition.alarms.text('store_refuses')).toMatch(/fail/);
    machine.clock.advance(2_000);
    expect(await machine.valueOf('x')).toBe(null);
    expect(await machine.harness.call('probe.useOnce', { key: 'x', requestId: 'r1' })).toEqual({
      result: { used: 'x' },
    });
    expect(machine.harness.partition.alarms.raised.has('store_refuses')).toBe(false);
    await expectSameDigest(machine);
  });

  it('drops the tick behind it too, and neither answers nor tells anybody what was in them', async () => {
    const machine = new Machine();
    await machine.start();
    let release: (outcome: DiskOutcome) => void = () => undefined;
    machine.store.disk.faults = {
      before: (operation) =>
        operation.kind === 'append' && operation.number === 1
          ? new Promise((resolve) => {
              release = resolve;
            })
          : 'done',
    };
    const first = machine.harness.call('probe.notify', { to: 'x', text: 'one' });
    await machine.settle();
    const second = machine.harness.call('probe.put', { key: 'b', value: 2 });
    await machine.settle();
    release('refused');
    for (const answer of await Promise.all([first, second])) {
      expect(answer).toMatchObject({ refusal: { refusal: 'overloaded' } });
    }
    await machine.harness.partition.idle();
    expect(machine.harness.notifications).toEqual([]);
    machine.clock.advance(2_000);
    expect(await machine.valueOf('b')).toBe(null);
  });

  it('gives the follow-ups of the tick before a dropped one another chance', async () => {
    const machine = new Machine();
    await machine.start();
    let refusals = 1;
    machine.store.disk.faults = {
      before: ({ kind, number }) => (kind === 'append' && number === 2 && refusals-- > 0 ? 'refused' : 'done'),
    };
    await machine.harness.call('probe.chain', { depth: 1 });
    await machine.settle();
    machine.clock.advance(2_000);
    await machine.harness.partition.idle();
    expect(await machine.valueOf('chain-1')).toBe(1);
  });

  it('stops the process when the outcome of a flush is unknown', async () => {
    const machine = new Machine();
    await machine.start();
    machine.failDisk('append', 'written');
    let answered = false;
    void machine.harness.call('probe.put', { key: 'a', value: 1 }).then(() => {
      answered = true;
    });
    await machine.settle();
    expect(answered).toBe(false);
    expect(machine.harness.fatal).toHaveLength(1);
    await machine.restart();
    expect(await machine.valueOf('a')).toBe(1);
  });
});

/** The memory that ran live, and one made again from the journal, are the same. */
async function expectSameDigest(machine: Machine): Promise<void> {
  await machine.harness.partition.idle();
  const build = loadCoreBuild();
  const pool = new InProcessCorePool(16_384);
  await pool.addBuild(build.hash, build.wasm);
  const again = await rebuild({ store: machine.opened, pool, partition: 'again', build, log: () => undefined });
  const live = readHeader(machine.harness.partition.core.memory);
  expect(readHeader(again.memory)).toEqual({
    ...live,
    consumed: expect.any(Number),
    effects: expect.any(Number),
    describeNext: expect.any(Number),
  });
}
