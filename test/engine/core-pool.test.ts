// One suite for both pools: the workers of production and the one in this thread.

import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as layout from '../../assembly/layout.ts';
import { artifacts } from '../../src/artifacts.ts';
import { CommandEncoder } from '../../src/engine/command-encoder.ts';
import { type CoreMemory, type CorePool, CoreTrapError } from '../../src/engine/core.ts';
import { loadCoreBuild } from '../../src/engine/core-build.ts';
import { makeMemory, readHeader } from '../../src/engine/core-instance.ts';
import runInWorker from '../../src/engine/core-worker.ts';
import { Effects } from '../../src/engine/effects.ts';
import { InProcessCorePool } from '../../src/engine/in-process-core-pool.ts';
import { PiscinaCorePool } from '../../src/engine/piscina-core-pool.ts';

const build = loadCoreBuild();
const pools: [string, () => CorePool][] = [
  ['Piscina', () => new PiscinaCorePool({ threads: 2, queueMax: 64, memoryPagesMax: 16_384 })],
  ['in process', () => new InProcessCorePool(16_384)],
];

describe.each(pools)('a core pool: %s', (_name, make) => {
  let pool: CorePool;

  beforeAll(async () => {
    pool = make();
    await pool.addBuild(build.hash, build.wasm);
  });

  afterAll(() => pool.close());

  function encode(core: CoreMemory, buffer: number, write: (encoder: CommandEncoder) => void): number {
    const at = layout.INPUT_AT + buffer * layout.INPUT_BYTES;
    const encoder = new CommandEncoder(core.memory.buffer, at, layout.INPUT_BYTES);
    write(encoder);
    return encoder.bytes;
  }

  async function step(core: CoreMemory, number: number, write: (encoder: CommandEncoder) => void) {
    const buffer = number % layout.BUFFERS;
    const inputBytes = encode(core, buffer, write);
    await pool.step(core, { buffer, inputBytes, now: 1_000_000 + number, number, flags: 0 });
    return new Effects(core.memory.buffer, buffer, readHeader(core.memory).effects).all();
  }

  it('steps partitions side by side, each on its own memory', async () => {
    const cores = await Promise.all(Array.from({ length: 6 }, (_, index) => pool.create(build.hash, `p${index}`)));
    for (let number = 1; number <= 20; number++) {
      await Promise.all(
        cores.map((core, index) => step(core, number, (encoder) => encoder.timerSet(index + 1, number, 2_000_000))),
      );
    }
    expect(cores.map((core) => readHeader(core.memory).timers)).toEqual([20, 20, 20, 20, 20, 20]);
    expect(new Set(cores.map((core) => core.key)).size).toBe(6);
  });

  it('says which command trapped, and at what', async () => {
    const core = await pool.create(build.hash, 'trapping');
    const trapped = step(core, 1, (encoder) => {
      encoder.timerSet(1, 1, 2_000_000);
      const record = new Uint8Array(16);
      new DataView(record.buffer).setUint16(0, 999, true);
      new DataView(record.buffer).setInt32(4, 16, true);
      encoder.raw(record);
    });
    await expect(trapped).rejects.toThrow(CoreTrapError);
    await expect(trapped).rejects.toMatchObject({ command: 1 });
  });

  it('goes on with other memories after a trap', async () => {
    const core = await pool.create(build.hash, 'after');
    const effects = await step(core, 1, (encoder) => encoder.timerSet(1, 7, 1_000_000));
    expect(effects.map(({ kind, value, extra }) => [kind, value, extra])).toEqual([[layout.EFFECT_TIMER_FIRED, 1, 7]]);
  });

  it('executes entries again to the same digest, and names the first that comes out differently', async () => {
    const core = await pool.create(build.hash, 'live');
    const entries = [];
    for (let number = 1; number <= 5; number++) {
      const buffer = number % layout.BUFFERS;
      const inputBytes = encode(core, buffer, (encoder) => encoder.timerSet(1, number, 1_000_000));
      const at = layout.INPUT_AT + buffer * layout.INPUT_BYTES;
      const input = Uint8Array.from(new Uint8Array(core.memory.buffer, at, inputBytes));
      await pool.step(core, { buffer, inputBytes, now: 1_000_000 + number, number, flags: 0 });
      entries.push({ number, at: 1_000_000 + number, digest: readHeader(core.memory).digest, input });
    }
    const again = await pool.create(build.hash, 'again');
    expect(await pool.replay(again, entries)).toBeUndefined();
    expect(readHeader(again.memory).digest).toBe(readHeader(core.memory).digest);
    const other = await pool.create(build.hash, 'other');
    const wrong = entries.map((entry) => (entry.number === 3 ? { ...entry, digest: entry.digest + 1n } : entry));
    expect(await pool.replay(other, wrong)).toBe(3);
  });
});

it('a pool in this thread forgets a memory when it is told to', async () => {
  const pool = new InProcessCorePool(16_384);
  await pool.addBuild(build.hash, build.wasm);
  const core = await pool.create(build.hash, 'p');
  const request = { buffer: 0, inputBytes: 0, now: 1_000_000, number: 1, flags: 0 };
  await pool.step(core, request);
  pool.forget(core);
  await expect(pool.step(core, { ...request, number: 2 })).rejects.toThrow('has been forgotten');
});

it('a worker keeps 512 instances, and asks again for the one that was not used for longest', async () => {
  const module = await WebAssembly.compile(build.wasm as Uint8Array<ArrayBuffer>);
  const load = { module, memory: makeMemory(1_000) };
  const call = { call: 'replay', entries: [] } as const;
  expect(runInWorker({ key: 'a', call })).toBe('load_needed');
  for (const key of ['a', 'b', ...Array.from({ length: 510 }, (_, index) => `p${index}`)])
    expect(runInWorker({ key, call, load })).toBe('done');
  expect(runInWorker({ key: 'a', call })).toBe('done');
  expect(runInWorker({ key: 'one too many', call, load })).toBe('done');
  expect(runInWorker({ key: 'a', call })).toBe('done');
  expect(runInWorker({ key: 'p0', call })).toBe('done');
  expect(runInWorker({ key: 'b', call })).toBe('load_needed');
});

// A Node that can require ES modules ends the process when a thread that is doing so is ended (core-worker-door.cts).
it.each(['coreWorker', 'theoryWorker'] as const)('what Piscina requires of %s is no ES module', async (worker) => {
  const required = createRequire(import.meta.url)(artifacts[worker]);
  expect(required).toBeInstanceOf(Promise);
  expect(await required).toBeTypeOf('function');
});
