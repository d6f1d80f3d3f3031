// What every store promises, run against each implementation.

import { describe, expect, test } from 'vitest';
import * as layout from '../../assembly/layout.ts';
import { keyOf } from '../../src/store/keys.ts';
import { catchUpTables, followUpsOfLast } from '../../src/store/recovery.ts';
import type { Key, PartitionStore, Store } from '../../src/store/store.ts';
import { bytesOf, CORE_A, CORE_B, entryOf, freshMemory, memoryOf } from './scratch.ts';

export interface StoreUnderTest {
  /** A new, empty store with segments of ten entries. */
  make(): Store;
}

const row = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (bytes: Uint8Array | undefined): string | undefined => bytes && new TextDecoder().decode(bytes);
// Vitest's toEqual takes minutes over megabytes.
const isSame = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

async function fill(partition: PartitionStore, from: number, to: number): Promise<void> {
  for (let number = from; number <= to; number++) {
    const writes: [Key, Uint8Array][] = [[keyOf(1, number), row(`row ${number}`)]];
    await partition.journal.append(entryOf(number, { writes, followUps: [{ after: number }] }));
  }
}

export function storeSuite(name: string, under: StoreUnderTest): void {
  describe(`${name}: journal`, () => {
    test('gives back each entry as it was appended, from 0 bytes to several megabytes', async () => {
      const store = under.make();
      const partition = await store.open('acme');
      expect(partition.journal.lastNumber).toBe(0);
      expect(partition.journal.firstNumber).toBe(1);
      const sizes = [0, 1, 79, 2000, 4096, 40_000, 70_000, 5_000_000];
      const entries = sizes.map((size, index) =>
        entryOf(index + 1, { input: bytesOf(size, index), redo: bytesOf(sizes.at(-1 - index)!, index + 100) }),
      );
      for (const entry of entries) await partition.journal.append(entry);
      await partition.close();
      const again = await store.open('acme');
      const read = [...again.journal.read(1)];
      expect(read.length).toBe(entries.length);
      read.forEach((entry, index) => {
        const { input, redo, ...rest } = entries[index]!;
        expect(isSame(entry.input, input)).toBe(true);
        expect(isSame(entry.redo, redo)).toBe(true);
        expect(entry).toMatchObject(rest);
      });
      expect(again.journal.lastNumber).toBe(sizes.length);
      await again.close();
    });

    test('lets the caller reuse its buffers at once', async () => {
      const partition = await under.make().open('acme');
      const entry = entryOf(1, { input: bytesOf(3000, 1), redo: bytesOf(3000, 2) });
      const before = { input: entry.input.slice(), redo: entry.redo.slice() };
      const appended = partition.journal.append(entry);
      entry.input.fill(0);
      entry.redo.fill(0);
      await appended;
      const [read] = partition.journal.read(1);
      expect(isSame(read!.input, before.input)).toBe(true);
      expect(isSame(read!.redo, before.redo)).toBe(true);
      await partition.close();
    });

    test('takes several appends on their way and resolves them in order', async () => {
      const partition = await under.make().open('acme');
      const resolved: number[] = [];
      const onTheirWay = [1, 2, 3, 4].map((number) =>
        partition.journal.append(entryOf(number)).then(() => resolved.push(number)),
      );
      await partition.journal.settled();
      expect(partition.journal.lastNumber).toBe(4);
      await Promise.all(onTheirWay);
      expect(resolved).toEqual([1, 2, 3, 4]);
      await partition.close();
    });

    test('throws at an entry that is out of order', async () => {
      const partition = await under.make().open('acme');
      await partition.journal.append(entryOf(1));
      expect(() => partition.journal.append(entryOf(1))).toThrow('entry 1 appended where 2 is due');
      expect(() => partition.journal.append(entryOf(3))).toThrow('entry 3 appended where 2 is due');
      await partition.close();
    });

    test('reads a stretch across segments, and says so when its beginning is gone', async () => {
      const partition = await under.make().open('acme');
      await fill(partition, 1, 35);
      const numbers = [...partition.journal.read(8, 31)].map((entry) => entry.number);
      expect(numbers).toEqual(Array.from({ length: 24 }, (_, index) => index + 8));
      expect([...partition.journal.read(36)]).toEqual([]);
      expect(await partition.journal.drop(Number.MAX_SAFE_INTEGER, 25)).toBe(2);
      expect(partition.journal.firstNumber).toBe(21);
      expect(() => [...partition.journal.read(20)]).toThrow('entry 20 is no longer kept');
      await partition.close();
    });

    test('compacts sealed segments up to a number to their inputs', async () => {
      const store = under.make();
      const partition = await store.open('acme');
      await fill(partition, 1, 35);
      const before = partition.journal.bytes();
      expect(await partition.journal.compact(25)).toBe(2);
      expect(await partition.journal.compact(25)).toBe(0);
      const sizes = [...partition.journal.read(1)].map((entry) => entry.redo.length > 0);
      expect(sizes).toEqual(Array.from({ length: 35 }, (_, index) => index >= 20));
      expect(partition.journal.bytes()).toBeLessThan(before);
      expect(isSame([...partition.journal.read(7, 7)][0]!.input, bytesOf(40, 7))).toBe(true);
      await partition.close();
      const again = await store.open('acme');
      expect([...again.journal.read(1)].filter((entry) => entry.redo.length > 0).length).toBe(15);
      await fill(again, 36, 40);
      expect([...again.journal.read(1)].length).toBe(40);
      await again.close();
    });

    test('keeps the follow-ups of the newest entry even when its segment is compacted', async () => {
      const store = under.make();
      const partition = await store.open('acme');
      await fill(partition, 1, 5);
      await partition.journal.seal();
      expect(await partition.journal.compact(5)).toBe(1);
      expect([...partition.journal.read(1)].map((entry) => entry.redo.length > 0)).toEqual([
        ...Array<boolean>(4).fill(false),
        true,
      ]);
      await partition.close();
      const again = await store.open('acme');
      expect(followUpsOfLast(again.journal)).toEqual([{ after: 5 }]);
      await again.close();
    });

    test('drops only segments that are old enough, up to the number, and never the newest entry', async () => {
      const partition = await under.make().open('acme');
      const { journal } = partition;
      await fill(partition, 1, 30);
      await journal.seal();
      const atOf = (number: number) => entryOf(number).at;
      expect(await journal.drop(atOf(10), 30)).toBe(0);
      expect(await journal.drop(atOf(11), 30)).toBe(1);
      expect(await journal.drop(Number.MAX_SAFE_INTEGER, 30)).toBe(1);
      expect(journal.firstNumber).toBe(21);
      expect(journal.lastNumber).toBe(30);
      await partition.close();
    });

    test('keeps a core build for as long as a stretch that it wrote is kept', async () => {
      const store = under.make();
      const first = await store.open('acme');
      const layoutOfA = { LAYOUT_VERSION: 1 };
      await first.journal.keepCore({ hash: CORE_A, wasm: bytesOf(500, 1), layout: layoutOfA });
      await fill(first, 1, 15);
      await first.close();
      const { journal, close } = await store.open('acme');
      await journal.keepCore({ hash: CORE_B, wasm: bytesOf(600, 2), layout: {} });
      for (let number = 16; number <= 18; number++) await journal.append(entryOf(number, { coreHash: CORE_B }));
      expect(journal.core(CORE_A)).toMatchObject({ hash: CORE_A, layout: layoutOfA });
      expect(isSame(journal.core(CORE_A)!.wasm, bytesOf(500, 1))).toBe(true);
      expect(await journal.drop(Number.MAX_SAFE_INTEGER, 10)).toBe(1);
      expect(journal.core(CORE_A)).toBeDefined();
      expect(await journal.drop(Number.MAX_SAFE_INTEGER, 15)).toBe(1);
      expect(journal.core(CORE_A)).toBeUndefined();
      expect(journal.core(CORE_B)).toBeDefined();
      await close();
    });
  });

  describe(`${name}: tables`, () => {
    test('keep rows and the number reached over a restart', async () => {
      const store = under.make();
      const partition = await store.open('acme');
      await partition.tables.apply(
        [
          [keyOf(1, 'a'), row('A')],
          [keyOf(1, 'b'), row('')],
        ],
        3,
      );
      await partition.tables.apply(
        [
          [keyOf(1, 'a'), undefined],
          [keyOf(2, 7), bytesOf(3_000_000, 3)],
        ],
        4,
      );
      await partition.close();
      const { tables, close } = await store.open('acme');
      expect(tables.appliedNumber).toBe(4);
      expect(tables.get(keyOf(1, 'a'))).toBeUndefined();
      expect(tables.get(keyOf(1, 'b'))?.length).toBe(0);
      expect(isSame(tables.get(keyOf(2, 7))!, bytesOf(3_000_000, 3))).toBe(true);
      await close();
    });

    test('give rows in the order of their keys, either way, bounded', async () => {
      const { tables, close } = await under.make().open('acme');
      const keys = [0, 1, 9, 255, 256, 65_536, 2 ** 40, Number.MAX_SAFE_INTEGER].map((number) => keyOf(5, number));
      await tables.apply(
        keys.toReversed().map((key) => [key, row('')]),
        1,
      );
      await tables.apply(
        [
          [keyOf(4, 'x'), row('')],
          [keyOf(6, 'x'), row('')],
        ],
        2,
      );
      const [from, to] = [keyOf(5, 1), keyOf(5, 65_536)];
      const between = [keyOf(5, 1), keyOf(5, 9), keyOf(5, 255), keyOf(5, 256)];
      const keysIn = (rows: [Key, Uint8Array][]) => rows.map(([key]) => key);
      expect(keysIn(tables.range(from, to, 100))).toEqual(between);
      expect(keysIn(tables.range(from, to, 100, true))).toEqual(between.toReversed());
      expect(keysIn(tables.range(from, to, 2))).toEqual(between.slice(0, 2));
      expect(keysIn(tables.range(from, to, 2, true))).toEqual(between.toReversed().slice(0, 2));
      expect(keysIn(tables.range('\0\u0005', '\0\u0006', 100))).toEqual(keys);
      expect(tables.range(to, from, 100)).toEqual([]);
      expect(tables.keys(from, to, 100)).toEqual(between);
      expect(tables.keys(from, to, 2)).toEqual(between.slice(0, 2));
      expect(tables.keys(to, from, 100)).toEqual([]);
      await close();
    });

    test('are the same after a rewrite, while writes go on', async () => {
      const store = under.make();
      const { tables, close } = await store.open('acme');
      const many = Array.from({ length: 6000 }, (_, index): [Key, Uint8Array] => [keyOf(1, index), row(`r${index}`)]);
      await tables.apply(many, 1);
      const rewritten = tables.rewrite();
      for (let number = 2; number < 20; number++) {
        await tables.apply(
          [
            [keyOf(1, number * 100), row(`new ${number}`)],
            [keyOf(1, number), undefined],
          ],
          number,
        );
      }
      await rewritten;
      await tables.apply([[keyOf(1, 0), row('last')]], 20);
      const check = (from: typeof tables) => {
        expect(from.appliedNumber).toBe(20);
        expect(text(from.get(keyOf(1, 0)))).toBe('last');
        expect(text(from.get(keyOf(1, 500)))).toBe('new 5');
        expect(from.get(keyOf(1, 5))).toBeUndefined();
        expect(from.range('\0\u0001', '\0\u0002', 10_000).length).toBe(6000 - 18);
      };
      check(tables);
      await close();
      const again = await store.open('acme');
      check(again.tables);
      await again.close();
    });

    test('take the redo that they miss from the journal', async () => {
      const store = under.make();
      const partition = await store.open('acme');
      await fill(partition, 1, 35);
      await partition.tables.apply([[keyOf(1, 1), row('row 1')]], 1);
      await partition.close();
      const again = await store.open('acme');
      const progress: number[] = [];
      await catchUpTables(again.journal, again.tables, (number) => progress.push(number));
      expect(progress.at(-1)).toBe(35);
      expect(again.tables.appliedNumber).toBe(35);
      expect(again.tables.range('\0\u0001', '\0\u0002', 100).map(([, value]) => text(value))).toEqual(
        Array.from({ length: 35 }, (_, index) => `row ${index + 1}`),
      );
      await again.close();
    });

    test('say so when the redo that they miss has been compacted away', async () => {
      const partition = await under.make().open('acme');
      await fill(partition, 1, 12);
      await partition.journal.compact(10);
      await expect(catchUpTables(partition.journal, partition.tables)).rejects.toThrow('the redo of entry 1 has been');
      await partition.close();
    });
  });

  describe(`${name}: snapshots`, () => {
    test('give back header and arena, not the buffers, growing a fresh memory', async () => {
      const store = under.make();
      const { snapshots, close } = await store.open('acme');
      const metas = [3, 8].map((number) => ({ number, at: number * 10, coreHash: CORE_A, digest: -BigInt(number) }));
      await snapshots.write(metas[0]!, memoryOf(1000, 3));
      const memory = memoryOf(3_000_000, 8);
      await snapshots.write(metas[1]!, memory);
      await close();
      const again = await store.open('acme');
      expect(again.snapshots.list()).toEqual(metas.toReversed());
      const loaded = freshMemory();
      expect(await again.snapshots.load(metas[1]!, loaded)).toBe(true);
      const part = (from: WebAssembly.Memory, at: number, bytes: number) =>
        Buffer.from(new Uint8Array(from.buffer, at, bytes).slice());
      for (const [at, bytes] of [
        [0, layout.HEADER_BYTES],
        [layout.ARENA_AT, 3_000_000],
      ] as const) {
        expect(part(loaded, at, bytes).equals(part(memory, at, bytes))).toBe(true);
      }
      expect(part(loaded, layout.INPUT_AT, 1000).every((byte) => byte === 0)).toBe(true);
      await again.snapshots.write({ ...metas[1]!, number: 9 }, memory);
      await again.snapshots.remove(9);
      expect(again.snapshots.list()).toEqual(metas.toReversed());
      await again.snapshots.drop(8);
      expect(again.snapshots.list().map((meta) => meta.number)).toEqual([8]);
      expect(await again.snapshots.load(metas[0]!, freshMemory())).toBe(false);
      await again.close();
    });
  });

  describe(`${name}: opening`, () => {
    test('is for one at a time, and the owner epoch grows each time', async () => {
      const store = under.make();
      const first = await store.open('acme');
      await expect(store.open('acme')).rejects.toMatchObject({ name: 'StoreError', outcome: 'in_use' });
      const other = await store.open('globex');
      await first.close();
      const second = await store.open('acme');
      expect(second.ownerEpoch).toBe(first.ownerEpoch + 1);
      await second.close();
      await other.close();
    });

    test('keeps tenants apart', async () => {
      const store = under.make();
      const acme = await store.open('acme');
      const globex = await store.open('globex');
      await fill(acme, 1, 3);
      await acme.tables.apply([[keyOf(1, 1), row('ours')]], 1);
      expect(globex.journal.lastNumber).toBe(0);
      expect(globex.tables.get(keyOf(1, 1))).toBeUndefined();
      await acme.close();
      await globex.close();
    });
  });
}
