import { describe, expect, test } from 'vitest';
import { keyOf } from '../../src/store/keys.ts';
import { MemoryDisk } from '../../src/store/memory-disk.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { CORE_A, entryOf, freshMemory, memoryOf } from './scratch.ts';
import { storeSuite } from './store-suite.ts';

storeSuite('store in memory', { make: () => new MemoryStore({ journal: { segmentEntries: 10 } }) });

describe('disk in memory', () => {
  test('shows after a restart only what was on it', async () => {
    const disk = new MemoryDisk();
    const store = new MemoryStore({ disk });
    const partition = await store.open('acme');
    await partition.journal.append(entryOf(1));
    let held = 0;
    disk.faults = {
      before: () => {
        held++;
        return new Promise(() => undefined);
      },
    };
    let settled = 0;
    void partition.journal.append(entryOf(2)).finally(() => settled++);
    void partition.tables.apply([[keyOf(1, 1), new Uint8Array(1)]], 1).finally(() => settled++);
    await new Promise(setImmediate);
    expect(held).toBe(2);
    disk.restart();
    disk.faults = {};
    const again = await store.open('acme');
    expect(again.ownerEpoch).toBe(2);
    expect(again.journal.lastNumber).toBe(1);
    expect(again.tables.appliedNumber).toBe(0);
    await again.journal.append(entryOf(2, { at: 5 }));
    expect([...again.journal.read(2)][0]!.at).toBe(5);
    expect(settled).toBe(0);
  });

  test('writes nothing for a store from before the restart', async () => {
    const disk = new MemoryDisk();
    const old = await new MemoryStore({ disk }).open('acme');
    let release = (): void => undefined;
    disk.faults = {
      before: () =>
        new Promise((resolve) => {
          release = () => resolve('done');
        }),
    };
    void old.journal.append(entryOf(1));
    await new Promise(setImmediate);
    disk.restart();
    release();
    await new Promise(setImmediate);
    expect((await new MemoryStore({ disk }).open('acme')).journal.lastNumber).toBe(0);
  });

  const outcomes = [
    // outcome, what append says, entries after a restart
    ['refused', 'nothing_written', 1],
    ['lost', 'unknown', 1],
    ['written', 'unknown', 2],
  ] as const;
  test.each(outcomes)(
    'an append whose flush is %s rejects as %s and leaves %i entries',
    async (outcome, says, entries) => {
      const disk = new MemoryDisk();
      const partition = await new MemoryStore({ disk }).open('acme');
      await partition.journal.append(entryOf(1));
      disk.faults = { before: (operation) => (operation.number === 2 ? outcome : 'done') };
      const [second, third] = [partition.journal.append(entryOf(2)), partition.journal.append(entryOf(3))];
      await expect(second).rejects.toMatchObject({ outcome: says });
      await expect(third).rejects.toMatchObject({ outcome: says });
      await partition.journal.settled();
      disk.faults = {};
      if (says === 'unknown') await expect(partition.journal.append(entryOf(entries + 1))).rejects.toThrow();
      else await partition.journal.append(entryOf(2));
      disk.restart();
      const again = await new MemoryStore({ disk }).open('acme');
      expect(again.journal.lastNumber).toBe(says === 'unknown' ? entries : 2);
    },
  );

  test('a torn entry is damaged, by number, when it is opened again', async () => {
    const disk = new MemoryDisk();
    const partition = await new MemoryStore({ disk }).open('acme');
    disk.faults = { before: () => 'torn' };
    await expect(partition.journal.append(entryOf(1))).rejects.toMatchObject({ outcome: 'unknown' });
    disk.restart();
    await expect(new MemoryStore({ disk }).open('acme')).rejects.toThrow('entry 1, input: the checksum does not match');
  });

  test('a torn snapshot is passed over', async () => {
    const disk = new MemoryDisk();
    const { snapshots } = await new MemoryStore({ disk }).open('acme');
    const meta = { number: 1, at: 1, coreHash: CORE_A, digest: 1n };
    disk.faults = { before: () => 'torn' };
    await expect(snapshots.write(meta, memoryOf(10, 1))).rejects.toMatchObject({ outcome: 'unknown' });
    expect(await snapshots.load(meta, freshMemory())).toBe(false);
  });
});
