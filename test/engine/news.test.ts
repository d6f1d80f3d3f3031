// What the sessions tell a partition, and what a partition asks of clients by way of its modules.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemoryDisk } from '../../src/store/memory-disk.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import type { PartitionStore } from '../../src/store/store.ts';
import { PartitionHarness } from './partition-harness.ts';
import { ProbeModule } from './probe-module.ts';

let disk: MemoryDisk;
let store: PartitionStore;
let harness: PartitionHarness;
let probe: ProbeModule;

async function start(more: { inboxRequestsMax?: number } = {}): Promise<void> {
  store = await new MemoryStore({ disk }).open('test');
  probe = new ProbeModule();
  harness = await PartitionHarness.start({ store, modules: [probe], ...more });
}

beforeEach(async () => {
  disk = new MemoryDisk();
  await start();
});

afterEach(async () => {
  disk.faults = {};
  await harness.partition.stop();
});

const released = () =>
  harness.egress.released.map(({ kind, event, ask }) => (kind === 'ask' ? `ask ${ask?.reference}` : (event ?? kind)));

describe('news of who is connected', () => {
  it('reaches the modules in a tick of the journal; what they ask then leaves behind their notifications', async () => {
    harness.tell('pbx', { connected: true });
    await harness.partition.idle();
    expect(store.journal.lastNumber).toBe(1);
    expect(released()).toEqual(['answer', 'probe.welcome', 'ask probe/pbx.1']);
    harness.tell('pbx', { connected: false });
    harness.tell('pbx', { connected: true });
    await harness.partition.idle();
    expect(probe.memory.get('came-pbx')).toBe(2);
  });

  it('is kept over a restart, whose first tick tells the modules that nobody is connected', async () => {
    harness.tell('pbx', { connected: true });
    await harness.partition.idle();
    await harness.partition.stop();
    await store.close();
    await start();
    await harness.partition.idle();
    expect(probe.memory.get('came-pbx')).toBe(1);
    expect(probe.memory.get('resumed')).toBe(2);
  });

  it('is taken where a request would be refused, since nobody could send it again', async () => {
    await harness.partition.stop();
    await store.close();
    await start({ inboxRequestsMax: 1 });
    await harness.partition.idle();
    const first = harness.call('probe.put', { key: 'a', value: 1 });
    harness.tell('pbx', { connected: true });
    const refused = harness.call('probe.put', { key: 'b', value: 1 });
    expect(await refused).toMatchObject({ refusal: { refusal: 'overloaded' } });
    expect(await first).toHaveProperty('result');
    await harness.partition.idle();
    expect(probe.memory.get('came-pbx')).toBe(1);
  });
});

describe('what a client answers', () => {
  it('comes to the module that asked, by the name that it gave', async () => {
    harness.tell('pbx', { answeredTo: 'probe/pbx.1', answer: { result: 7 } });
    harness.tell('pbx', { answeredTo: 'probe/pbx.2', answer: { error: { code: 1, message: 'no' } } });
    await harness.partition.idle();
    expect(probe.memory.get('answered-pbx.1')).toBe(7);
    expect(probe.memory.get('answered-pbx.2')).toBe(-1);
    expect(await harness.call('probe.get', { key: 'after' })).toEqual({ result: { row: 1, memory: null } });
  });
});

it('nothing is asked of a client for a tick that was not written', async () => {
  disk.faults = { before: ({ kind }) => (kind === 'append' ? 'refused' : 'done') };
  harness.tell('pbx', { connected: true });
  await harness.partition.idle();
  expect(released()).toEqual(['answer']);
  expect(harness.egress.released[0]?.answer).toMatchObject({ refusal: { refusal: 'overloaded' } });
  expect(probe.memory.has('came-pbx')).toBe(false);
});
