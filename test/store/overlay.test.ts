import { describe, expect, test, vi } from 'vitest';
import type { RowKey } from '../../src/store/keys.ts';
import { keyOf, rowKeyIn } from '../../src/store/keys.ts';
import { LmdbStore } from '../../src/store/lmdb-store.ts';
import type { DiskOutcome } from '../../src/store/memory-disk.ts';
import { MemoryDisk } from '../../src/store/memory-disk.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import type { TableSpaceOptions } from '../../src/store/overlay.ts';
import { TableSpace } from '../../src/store/overlay.ts';
import { decodeRedo, decodeRow } from '../../src/store/redo.ts';
import type { RangeOptions } from '../../src/store/row-range.ts';
import type { Key, Store, Tables } from '../../src/store/store.ts';
import { printedSeed, randomFrom, scratchFolder } from './scratch.ts';

const T = 1;

async function spaceInMemory(
  options: TableSpaceOptions = {},
): Promise<{ space: TableSpace; tables: Tables; disk: MemoryDisk }> {
  const disk = new MemoryDisk();
  const { tables } = await new MemoryStore({ disk }).open('acme');
  return { space: new TableSpace(tables, { applyDelayMs: 0, freezeRows: true, ...options }), tables, disk };
}

describe('staged writes', () => {
  test('are seen at once, over what the tables have', async () => {
    const { space } = await spaceInMemory();
    const first = space.begin(1);
    first.put(T, 'a', { n: 1 });
    first.put(T, 'b', { n: 2 });
    first.encode([]);
    space.durable(1);
    await space.caughtUp();
    expect(space.lag()).toBe(0);
    const second = space.begin(2);
    second.put(T, 'a', { n: 3 });
    second.remove(T, 'b');
    second.put(T, 'c', { n: 4 });
    expect(space.get(T, 'a')).toEqual({ n: 3 });
    expect(space.get(T, 'b')).toBeUndefined();
    expect(space.range(T, { limit: 10 })).toEqual([
      { key: 'a', row: { n: 3 } },
      { key: 'c', row: { n: 4 } },
    ]);
    expect(space.range(2, { limit: 10 })).toEqual([]);
  });

  test('belong to the overlay: a row changed after it was put throws', async () => {
    const { space } = await spaceInMemory();
    const row = { list: [1] };
    space.begin(1).put(T, 'a', row);
    expect(() => row.list.push(2)).toThrow(TypeError);
  });

  test('become the redo: the last write of each key, and the follow-ups', async () => {
    const { space } = await spaceInMemory();
    const tick = space.begin(1);
    tick.put(T, 'a', 1);
    tick.mark(1);
    tick.put(T, 'a', 2);
    tick.put(T, 'b', 3);
    tick.mark(2);
    tick.remove(T, 'b');
    const redo = decodeRedo(tick.encode(['next']));
    expect(redo.writes.map(([key, value]) => [rowKeyIn(key), value && decodeRow(value)])).toEqual([
      ['a', 2],
      ['b', undefined],
    ]);
    expect(redo.followUps).toEqual(['next']);
    expect(space.lag()).toBe(2);
    expect(() => tick.put(T, 'a', 4)).toThrow('tick 1 is sealed');
    expect(() => tick.undo(1)).toThrow('tick 1 is sealed');
  });

  test('of one tick at a time: the next begins when the one before is sealed', async () => {
    const { space } = await spaceInMemory();
    const tick = space.begin(1);
    expect(() => space.begin(2)).toThrow('tick 2 begins while 1 is open');
    expect(() => space.durable(1)).toThrow('tick 1 is durable but was open');
    tick.encode([]);
    expect(() => space.begin(1)).toThrow('tick 1 begins after 1');
  });
});

describe('undo', () => {
  test('makes the value before the request visible again', async () => {
    const { space } = await spaceInMemory();
    space.begin(1).put(T, 'a', 'earlier tick');
    space.dropFrom(1);
    const before = space.begin(1);
    before.put(T, 'a', 'earlier tick');
    before.encode([]);
    const tick = space.begin(2);
    tick.mark(7);
    tick.put(T, 'a', 'first');
    tick.put(T, 'a', 'second');
    tick.remove(T, 'b');
    tick.mark(8);
    tick.put(T, 'c', 'other request');
    tick.undo(7);
    expect(space.get(T, 'a')).toBe('earlier tick');
    expect(space.range(T, { limit: 9 }).map(({ key }) => key)).toEqual(['a', 'c']);
    expect(decodeRedo(tick.encode([])).writes.map(([key]) => rowKeyIn(key))).toEqual(['c']);
  });

  test('leaves what a later request has written over it, and that one can be undone as well', async () => {
    const { space } = await spaceInMemory();
    const tick = space.begin(1);
    tick.mark(1);
    tick.put(T, 'a', 'one');
    tick.mark(2);
    tick.put(T, 'a', 'two');
    tick.mark(3);
    tick.put(T, 'a', 'three');
    tick.undo(2);
    expect(space.get(T, 'a')).toBe('three');
    tick.undo(3);
    expect(space.get(T, 'a')).toBe('one');
    tick.undo(1);
    expect(space.get(T, 'a')).toBeUndefined();
    tick.undo(1);
    tick.undo(99);
    expect(space.lag()).toBe(0);
    expect(decodeRedo(tick.encode([])).writes).toEqual([]);
  });

  test('lets the same request write again', async () => {
    const { space } = await spaceInMemory();
    const tick = space.begin(1);
    tick.mark(1);
    tick.put(T, 'a', 'tried');
    tick.undo(1);
    tick.put(T, 'a', 'again');
    expect(space.get(T, 'a')).toBe('again');
    expect(space.lag()).toBe(1);
  });
});

describe('bringing the tables up to date', () => {
  test('goes in key order, in steps of about so many writes, and leaves out what a later durable tick overwrote', async () => {
    const { space, tables } = await spaceInMemory({ applyWritesMax: 10, applyDelayMs: 60_000 });
    const applied: { keys: RowKey[]; number: number }[] = [];
    const apply = tables.apply.bind(tables);
    tables.apply = (writes, number) => {
      applied.push({ keys: writes.map(([key]) => rowKeyIn(key)), number });
      return apply(writes, number);
    };
    for (let number = 1; number <= 6; number++) {
      const tick = space.begin(number);
      tick.put(T, 100, number);
      for (let index = 3; index > 0; index--) tick.put(T, number * 10 + index, number);
      tick.encode([]);
    }
    space.durable(6);
    await space.caughtUp();
    expect(applied).toEqual([
      { keys: [11, 12, 13, 21, 22, 23], number: 2 },
      { keys: [31, 32, 33, 41, 42, 43], number: 4 },
      { keys: [51, 52, 53, 61, 62, 63, 100], number: 6 },
    ]);
    expect(space.lag()).toBe(0);
  });

  test('waits until there is much, or for a while, and counts what waits anew behind each run', async () => {
    const due: (() => void)[] = [];
    const { space, tables } = await spaceInMemory({
      applyWritesMax: 5,
      applyWaitingMax: 10,
      applyDelayMs: 60_000,
      schedule: (callback) => due.push(callback),
    });
    const put = async (number: number, writes: number) => {
      const tick = space.begin(number);
      for (let index = 0; index < writes; index++) tick.put(T, number * 100 + index, number);
      tick.encode([]);
      space.durable(number);
      for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
    };
    await put(1, 4);
    expect([tables.appliedNumber, due.length]).toEqual([0, 1]);
    await put(2, 6);
    expect(tables.appliedNumber).toBe(2);
    await put(3, 9);
    expect(tables.appliedNumber).toBe(2);
    await put(4, 1);
    expect(tables.appliedNumber).toBe(4);
    await put(5, 1);
    expect([tables.appliedNumber, due.length]).toEqual([4, 1]);
    due[0]!();
    await vi.waitFor(() => expect(tables.appliedNumber).toBe(5));
    await put(6, 1);
    expect([tables.appliedNumber, due.length]).toEqual([5, 2]);
    await space.close();
  });

  test('writes once what is written again while it waits', async () => {
    const due: (() => void)[] = [];
    const schedule = (callback: () => void) => due.push(callback);
    const { space, tables } = await spaceInMemory({ applyDelayMs: 60_000, schedule });
    const written: RowKey[] = [];
    const apply = tables.apply.bind(tables);
    tables.apply = (writes, number) => {
      written.push(...writes.map(([key]) => rowKeyIn(key)));
      return apply(writes, number);
    };
    for (let number = 1; number <= 5; number++) {
      const tick = space.begin(number);
      tick.put(T, 1, number);
      tick.put(T, 10 + number, number);
      tick.encode([]);
      space.durable(number);
    }
    expect(due).toHaveLength(1);
    due[0]!();
    await vi.waitFor(() => expect(tables.appliedNumber).toBe(5));
    expect(written).toEqual([1, 11, 12, 13, 14, 15]);
    expect(space.get(T, 1)).toBe(5);
    await space.close();
  });

  test('puts a tick longer than a step in parts, the number only with the last', async () => {
    const { space, tables, disk } = await spaceInMemory({ applyWritesMax: 10 });
    const numbers: number[] = [];
    disk.faults = {
      before: (operation) => {
        numbers.push(operation.number);
        return 'done';
      },
    };
    const tick = space.begin(1);
    for (let index = 0; index < 35; index++) tick.put(T, index, index);
    tick.encode([]);
    space.durable(1);
    await space.caughtUp();
    expect(numbers).toEqual([0, 0, 0, 1]);
    expect(tables.range('\0\u0001', '\0\u0002', 100).length).toBe(35);
  });

  test('waits for the journal: what is not durable is not in the tables', async () => {
    const { space, tables } = await spaceInMemory();
    for (let number = 1; number <= 3; number++) {
      const tick = space.begin(number);
      tick.put(T, number, number);
      tick.encode([]);
    }
    space.durable(2);
    await space.caughtUp();
    expect(tables.appliedNumber).toBe(2);
    expect(tables.get(keyOf(T, 3))).toBeUndefined();
    expect(space.get(T, 3)).toBe(3);
    space.dropFrom(3);
    expect(space.get(T, 3)).toBeUndefined();
    expect(space.lag()).toBe(0);
    space.begin(3);
  });

  test('tries again while the disk is full, tells of it, and loses nothing', async () => {
    const troubles: boolean[] = [];
    const waits: number[] = [];
    const { space, tables, disk } = await spaceInMemory({
      onTrouble: (_, retrying) => troubles.push(retrying),
      schedule: (callback, delayMs) => {
        waits.push(delayMs);
        setImmediate(callback);
      },
    });
    let refusals = 3;
    disk.faults = { before: (): DiskOutcome => (refusals-- > 0 ? 'refused' : 'done') };
    const tick = space.begin(1);
    tick.put(T, 'a', 1);
    tick.encode([]);
    space.durable(1);
    await space.caughtUp();
    expect(troubles).toEqual([true, true, true]);
    expect(waits).toEqual([100, 200, 400]);
    expect(tables.appliedNumber).toBe(1);
  });

  test('stops at an error whose outcome is unknown, and the lag then says that the partition is full', async () => {
    const troubles: boolean[] = [];
    const { space, disk } = await spaceInMemory({
      lagWritesMax: 2,
      onTrouble: (_, retrying) => troubles.push(retrying),
    });
    disk.faults = { before: () => 'lost' };
    for (let number = 1; number <= 3; number++) {
      expect(space.full).toBe(false);
      const tick = space.begin(number);
      tick.put(T, number, number);
      tick.encode([]);
      space.durable(number);
      await space.caughtUp().catch(() => undefined);
    }
    expect(troubles).toEqual([false]);
    expect(space.full).toBe(true);
    await expect(space.caughtUp()).rejects.toMatchObject({ outcome: 'unknown' });
    await space.close();
  });
});

// ── Against a model ─────────────────────────────────────────────────────────────────────────────────────────────
// The model is a list of all writes in order; what is visible is found by going through all of it.

interface ModelWrite {
  readonly tick: number;
  readonly request: number;
  readonly table: number;
  readonly row: RowKey;
  readonly value: unknown;
}

class Model {
  writes: ModelWrite[] = [];

  visible(table: number): [Key, unknown][] {
    const rows = new Map<Key, unknown>();
    for (const write of this.writes) if (write.table === table) rows.set(keyOf(table, write.row), write.value);
    return [...rows].filter(([, value]) => value !== undefined).sort(([a], [b]) => (a < b ? -1 : 1));
  }

  range(table: number, options: RangeOptions): { key: RowKey; row: unknown }[] {
    const { from, to, after, limit, reverse } = options;
    const bound = (row: RowKey | undefined) => (row === undefined ? undefined : keyOf(table, row));
    const [low, high, beyond] = [bound(from), bound(to), bound(after)];
    let rows = this.visible(table).filter(
      ([key]) =>
        (low === undefined || key >= low) &&
        (high === undefined || key < high) &&
        (beyond === undefined || (reverse ? key < beyond : key > beyond)),
    );
    if (reverse) rows = rows.toReversed();
    return rows.slice(0, limit).map(([key, row]) => ({ key: rowKeyIn(key), row }));
  }
}

async function againstModel(store: Store, rounds: number, seed: number): Promise<void> {
  const random = randomFrom(seed);
  const partition = await store.open('acme');
  const space = new TableSpace(partition.tables, { applyWritesMax: 20, applyDelayMs: 0, freezeRows: true });
  const model = new Model();
  const redos = new Map<number, Uint8Array>();
  const key = (): RowKey => (random(3) === 0 ? `k${random(40)}` : random(60));
  let number = 0;
  let durable = 0;
  for (let round = 0; round < rounds; round++) {
    number++;
    const tick = space.begin(number);
    for (let step = random(30); step > 0; step--) {
      const request = random(6);
      tick.mark(request);
      const table = 1 + random(2);
      const row = key();
      const kind = random(10);
      if (kind < 6) {
        const value = { number, step, text: 'x'.repeat(random(20)) };
        tick.put(table, row, value);
        model.writes.push({ tick: number, request, table, row, value });
      } else if (kind < 8) {
        tick.remove(table, row);
        model.writes.push({ tick: number, request, table, row, value: undefined });
      } else {
        tick.undo(request);
        model.writes = model.writes.filter((write) => write.tick !== number || write.request !== request);
      }
      expect(space.get(table, row)).toEqual(new Map(model.visible(table)).get(keyOf(table, row)));
    }
    redos.set(number, tick.encode([]));
    for (let look = 0; look < 4; look++) {
      const table = 1 + random(2);
      const options: RangeOptions = {
        limit: 1 + random(70),
        reverse: random(2) === 0,
        ...(random(2) === 0 && { from: key() }),
        ...(random(2) === 0 && { to: key() }),
        ...(random(3) === 0 && { after: key() }),
      };
      expect(space.range(table, options), JSON.stringify(options)).toEqual(model.range(table, options));
      const ascending = { ...options, reverse: false };
      const keys = model.range(table, ascending).map((row) => row.key);
      expect(space.keys(table, ascending), JSON.stringify(ascending)).toEqual(keys);
    }
    if (random(8) === 0) {
      const from = durable + 1 + random(number - durable);
      space.dropFrom(from);
      model.writes = model.writes.filter((write) => write.tick < from);
      number = from - 1;
    }
    if (random(2) === 0 && number > durable) {
      durable += 1 + random(number - durable);
      space.durable(durable);
    }
    if (random(3) === 0) await new Promise(setImmediate);
    if (random(20) === 0) await space.caughtUp();
  }
  space.durable(number);
  await space.caughtUp();
  expect(space.lag()).toBe(0);
  const replayed = new Map<Key, unknown>();
  for (let tick = 1; tick <= number; tick++) {
    for (const [at, value] of decodeRedo(redos.get(tick)!).writes) {
      if (value === undefined) replayed.delete(at);
      else replayed.set(at, decodeRow(value));
    }
  }
  for (const table of [1, 2]) {
    const expected = model.visible(table);
    const [from, to] = [`\0${String.fromCharCode(table)}`, `\0${String.fromCharCode(table + 1)}`];
    const stored = partition.tables.range(from, to, 10_000).map(([at, value]) => [at, decodeRow(value)]);
    expect(stored).toEqual(expected);
    const fromRedo = [...replayed].filter(([at]) => at.startsWith(from)).sort(([a], [b]) => (a < b ? -1 : 1));
    expect(fromRedo).toEqual(expected);
  }
  await space.close();
  await partition.close();
}

describe('the overlay agrees with a list of all writes', () => {
  test('over tables in memory', async () => {
    await againstModel(new MemoryStore(), 400, printedSeed('overlay over memory'));
  });

  test('over tables on disk', async () => {
    await againstModel(new LmdbStore({ folder: scratchFolder() }), 150, printedSeed('overlay over LMDB'));
  });
});
