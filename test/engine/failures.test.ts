// What a partition does when it is too much, and when nobody can be blamed.

import { describe, expect, it } from 'vitest';
import { type CoreMemory, CoreTrapError, type StepRequest } from '../../src/engine/core.ts';
import type { RoutedRequest } from '../../src/engine/egress.ts';
import { InProcessCorePool } from '../../src/engine/in-process-core-pool.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { PartitionHarness } from './partition-harness.ts';
import { ProbeModule } from './probe-module.ts';

/** Fails without a hint whenever the batch holds a timer of this key: as if a worker had died at it. */
class PickyPool extends InProcessCorePool {
  failing: bigint | 'always' | undefined;
  steps: number[] = [];
  /** The next so many steps are never done. */
  dies = 0;

  override async step(core: CoreMemory, request: StepRequest): Promise<void> {
    if (this.dies > 0) {
      this.dies -= 1;
      throw new CoreTrapError('a worker died', {});
    }
    const at = 65_536 + request.buffer * 4_194_304;
    const view = new DataView(core.memory.buffer, at, request.inputBytes);
    let commands = 0;
    for (let offset = 0; offset < request.inputBytes; offset += view.getInt32(offset + 4, true)) {
      commands += 1;
      const isTimer = view.getUint16(offset, true) === 20;
      if (this.failing === 'always' || (isTimer && view.getBigInt64(offset + 24, true) === this.failing)) {
        this.steps.push(-1);
        throw new CoreTrapError('no idea what happened', {});
      }
    }
    this.steps.push(commands);
    await super.step(core, request);
  }
}

async function start(options: { pool?: InProcessCorePool; inboxRequestsMax?: number } = {}) {
  const store = await new MemoryStore().open('test');
  const probe = new ProbeModule();
  const { pool, inboxRequestsMax } = options;
  return PartitionHarness.start({
    store,
    modules: [probe],
    ...(pool && { pool }),
    ...(inboxRequestsMax && { inboxRequestsMax }),
  });
}

describe('a partition with more than it can take', () => {
  it('answers overloaded at once when its inbox is full, and serves what it had taken', async () => {
    const harness = await start({ inboxRequestsMax: 3 });
    const answers = await Promise.all(
      [1, 2, 3, 4, 5].map((value) => harness.call('probe.put', { key: `k${value}`, value })),
    );
    expect(answers.map((answer) => 'result' in answer)).toEqual([true, true, true, false, false]);
    expect(answers[4]).toMatchObject({
      refusal: { refusal: 'overloaded', data: { retryAfterMs: expect.any(Number) } },
    });
    expect(await harness.call('probe.put', { key: 'later', value: 6 })).toHaveProperty('result');
  });

  it('refuses new requests when it stops, and answers those it had taken', async () => {
    const harness = await start();
    const taken = harness.call('probe.put', { key: 'a', value: 1 });
    harness.partition.refuseNew();
    const late = harness.call('probe.put', { key: 'b', value: 2 });
    expect(await taken).toHaveProperty('result');
    expect(await late).toMatchObject({ refusal: { refusal: 'not_ready' } });
    await harness.partition.stop();
    expect(harness.partition.state).toBe('stopped');
  });
});

describe('a worker that dies once', () => {
  it('costs nobody anything: what it had been given is tried again', async () => {
    const pool = new PickyPool(16_384);
    const harness = await start({ pool });
    pool.dies = 1;
    expect(await harness.call('probe.timer', { key: 1, due: harness.clock.now() + 10 })).toHaveProperty('result');
    expect(pool.dies).toBe(0);
    // The follow-up alone in its tick: nobody would ask for it again.
    await harness.call('probe.chain', { depth: 2 });
    pool.dies = 1;
    await harness.partition.idle();
    expect(pool.dies).toBe(0);
    expect(await harness.call('probe.get', { key: 'chain-2' })).toMatchObject({ result: { row: 2, memory: 2 } });
    expect(harness.partition.alarms.raised.has('set_aside')).toBe(false);
  });
});

describe('a tick that fails without saying at what', () => {
  it('is halved until the culprit is alone, which is set aside', async () => {
    const pool = new PickyPool(16_384);
    const harness = await start({ pool });
    pool.failing = 5n;
    const due = harness.clock.now() + 60_000;
    const answers = await harness.together(
      ...[1, 2, 3, 4, 5, 6, 7, 8].map((key): [string, Record<string, unknown>] => ['probe.timer', { key, due }]),
    );
    expect(answers.map((answer) => ('bug' in answer ? 'set aside' : 'done'))).toEqual([
      'done',
      'done',
      'done',
      'done',
      'set aside',
      'done',
      'done',
      'done',
    ]);
    expect(harness.partition.state).toBe('running');
  });

  it('halts the partition, readable and with an alarm, when nobody is left to blame', async () => {
    const pool = new PickyPool(16_384);
    const harness = await start({ pool });
    await harness.call('probe.put', { key: 'kept', value: 1 });
    await harness.call('probe.timer', { key: 1, due: harness.clock.now() + 10 });
    pool.step = async () => {
      throw new CoreTrapError('no idea what happened', {});
    };
    harness.clock.advance(10);
    await harness.partition.idle();
    expect(harness.partition.state).toBe('halted');
    expect(harness.partition.alarms.text('halted')).toMatch(/nobody could be found to blame/);
    expect(harness.partition.ready).toBe(false);
    const read: RoutedRequest = harness.request('probe.get', { key: 'kept' });
    const answer = harness.egress.answerOf(read);
    harness.partition.submit(read);
    expect(await answer).toEqual({ result: { row: 1, memory: 1 } });
    expect(await harness.call('session.open')).toEqual({ result: { state: { probe: { kept: 1 } } } });
    expect(await harness.call('queue.set', {})).toMatchObject({ refusal: { refusal: 'not_ready' } });
  });

  it('halts when one item after another fails, instead of trying for ever', async () => {
    const pool = new PickyPool(16_384);
    const harness = await start({ pool });
    pool.failing = 'always';
    const due = harness.clock.now() + 60_000;
    const calls = Array.from({ length: 40 }, (_, key): [string, Record<string, unknown>] => [
      'probe.timer',
      { key, due },
    ]);
    const answers = await harness.together(...calls);
    expect(harness.partition.state).toBe('halted');
    expect(pool.steps.length).toBeLessThan(20);
    expect(answers.some((answer) => 'refusal' in answer && answer.refusal.refusal === 'not_ready')).toBe(true);
  });
});
