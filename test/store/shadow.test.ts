import { crc32 } from 'node:zlib';
import { describe, expect, test, vi } from 'vitest';
import * as layout from '../../assembly/layout.ts';
import type { CoreMemory, CorePool, ReplayEntry } from '../../src/engine/core.ts';
import { layoutConstants } from '../../src/engine/core-build.ts';
import { Housekeeping } from '../../src/store/housekeeping.ts';
import { MemoryDisk } from '../../src/store/memory-disk.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { Shadow, type ShadowOptions } from '../../src/store/shadow.ts';
import type { JournalEntry, PartitionStore } from '../../src/store/store.ts';
import { bytesOf, CORE_A, CORE_B, entryOf, freshMemory } from './scratch.ts';

/** A core whose state is its digest: the crc of all inputs so far. Its memory has the header of the real one. */
class DigestingPool implements CorePool {
  readonly calls: number[][] = [];
  /** From which build to which, in turn. */
  readonly moves: string[] = [];
  memories = 0;

  async addBuild(): Promise<void> {}

  async create(coreHash: string): Promise<CoreMemory> {
    const memory = freshMemory();
    new DataView(memory.buffer).setInt32(layout.HEADER_ARENA_TOP, layout.ARENA_AT + 100, true);
    this.memories++;
    return { key: `memory ${this.memories}`, memory, coreHash };
  }

  async replay(core: CoreMemory, entries: readonly ReplayEntry[]): Promise<number | undefined> {
    this.calls.push(entries.map((entry) => entry.number));
    await new Promise(setImmediate);
    const view = new DataView(core.memory.buffer);
    for (const { number, input, digest } of entries) {
      const next = digestAfter(view.getBigInt64(layout.HEADER_DIGEST, true), input);
      view.setBigInt64(layout.HEADER_DIGEST, next, true);
      view.setBigInt64(layout.HEADER_NUMBER, BigInt(number), true);
      if (next !== digest) return number;
    }
    return undefined;
  }

  async exportState(core: CoreMemory): Promise<void> {
    const view = new DataView(core.memory.buffer);
    for (let at = 0; at < 24; at += 8) {
      view.setBigInt64(layout.EFFECTS_AT + at, view.getBigInt64(layout.HEADER_NUMBER + at, true), true);
    }
    view.setInt32(layout.HEADER_EXPORT_BYTES, 24, true);
    view.setInt32(layout.HEADER_EXPORT_NEXT, layout.NONE, true);
    this.moves.push(core.coreHash);
  }

  async importState(core: CoreMemory, _buffer: number, bytes: number): Promise<void> {
    const view = new DataView(core.memory.buffer);
    for (let at = 0; at < bytes; at += 8) {
      view.setBigInt64(layout.HEADER_NUMBER + at, view.getBigInt64(layout.INPUT_AT + at, true), true);
    }
    this.moves.push(core.coreHash);
  }

  step(): Promise<void> {
    throw new Error('the shadow only replays');
  }

  describe(): Promise<void> {
    throw new Error('the shadow only replays');
  }

  forget(): void {
    this.memories--;
  }

  async close(): Promise<void> {}
}

function digestAfter(before: bigint, input: Uint8Array): bigint {
  return BigInt(crc32(input, Number(BigInt.asUintN(32, before))));
}

class Chain {
  #digest = 0n;
  #number = 0;

  next(parts: Partial<JournalEntry> = {}): JournalEntry {
    const number = ++this.#number;
    const input = bytesOf(1000, number);
    this.#digest = digestAfter(this.#digest, input);
    return { ...entryOf(number, { input }), digest: this.#digest, ...parts };
  }
}

interface Scene {
  readonly store: PartitionStore;
  readonly pool: DigestingPool;
  readonly chain: Chain;
  readonly diverged: number[];
  readonly snapshots: number[];
  readonly troubles: unknown[];
  shadow(options?: Partial<ShadowOptions>): Shadow;
  append(count: number, feed?: Shadow): Promise<void>;
}

async function scene(disk = new MemoryDisk(), journal = {}): Promise<Scene> {
  const store = await new MemoryStore({ disk, journal }).open('acme');
  const pool = new DigestingPool();
  const chain = new Chain();
  const [diverged, snapshots, troubles]: [number[], number[], unknown[]] = [[], [], []];
  const shadow = (options: Partial<ShadowOptions> = {}) =>
    new Shadow({
      journal: store.journal,
      snapshots: store.snapshots,
      pool,
      partition: 'acme',
      build: { hash: CORE_A, wasm: new Uint8Array(0), layout: {} },
      snapshotEveryEntries: 1_000_000,
      snapshotEveryMs: 1_000_000,
      onDivergence: (number) => diverged.push(number),
      onSnapshot: (meta) => snapshots.push(meta.number),
      onTrouble: (error) => troubles.push(error),
      ...options,
    });
  const append = async (count: number, feed?: Shadow) => {
    for (; count > 0; count--) {
      const entry = chain.next();
      await store.journal.append(entry);
      feed?.feed(entry);
    }
  };
  return { store, pool, chain, diverged, snapshots, troubles, shadow, append };
}

describe('the shadow', () => {
  test('executes what it is fed, without reading the journal, and comes to the same digest', async () => {
    const { store, shadow, append, pool, diverged } = await scene();
    const it = shadow();
    await it.start();
    store.journal.read = () => {
      throw new Error('read from the journal');
    };
    await append(200, it);
    await it.caughtUp();
    expect(it.number).toBe(200);
    expect(it.lag).toBe(0);
    expect(pool.calls.flat()).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
    expect(diverged).toEqual([]);
    await it.close();
    expect(pool.memories).toBe(0);
  });

  test('reads from the journal what does not fit its queue', async () => {
    const { shadow, append, pool, troubles } = await scene();
    const it = shadow({ queueBytesMax: 5000 });
    await it.start();
    await append(300, it);
    await it.caughtUp();
    expect(it.number).toBe(300);
    expect(pool.calls.flat()).toEqual(Array.from({ length: 300 }, (_, index) => index + 1));
    expect(troubles).toEqual([]);
    await it.close();
  });

  test('begins with what the journal holds, unasked, and then gathers: one waking for all that comes in a while', async () => {
    const { shadow, append, pool } = await scene();
    await append(5);
    const due: (() => void)[] = [];
    const it = shadow({ gatherMs: 30, schedule: (callback) => due.push(callback) });
    await it.start();
    await vi.waitFor(() => expect(it.number).toBe(5));
    for (let round = 1; round <= 2; round++) {
      await append(3, it);
      await new Promise(setImmediate);
      expect([it.number, it.lag, due.length]).toEqual([5 + 3 * (round - 1), 3, round]);
      due.at(-1)!();
      await vi.waitFor(() => expect(it.number).toBe(5 + 3 * round));
    }
    expect(pool.calls).toEqual([
      [1, 2, 3, 4, 5],
      [6, 7, 8],
      [9, 10, 11],
    ]);
    // As many as a call takes are not waited for.
    await append(64, it);
    await vi.waitFor(() => expect(it.number).toBe(75));
    // Nor is anything where somebody waits for it.
    await append(2, it);
    await it.caughtUp();
    expect(it.number).toBe(77);
    await it.close();
  });

  test('that is closed, or has ended, keeps nobody waiting and takes nothing more', async () => {
    const { shadow, append, chain, store, pool, diverged } = await scene();
    const early = shadow();
    await append(1, early);
    const waited = early.caughtUp();
    await early.close();
    await waited;
    await early.caughtUp();
    const it = shadow();
    await it.start();
    const wrong = { ...chain.next(), digest: 1n };
    await store.journal.append(wrong);
    it.feed(wrong);
    await it.caughtUp();
    await append(2, it);
    await it.caughtUp();
    await it.snapshotNow();
    expect([it.number, it.lag, diverged, pool.calls]).toEqual([1, 1, [2], [[1], [2]]]);
    await it.close();
    expect(pool.memories).toBe(0);
  });

  test('copies what it is fed', async () => {
    const { shadow, chain, store, diverged } = await scene();
    const it = shadow();
    await it.start();
    const entry = chain.next();
    await store.journal.append(entry);
    it.feed(entry);
    entry.input.fill(0);
    await it.caughtUp();
    expect(diverged).toEqual([]);
    await it.close();
  });

  test('tells of the first entry that comes out differently, and writes no snapshot ever again', async () => {
    const { shadow, append, chain, store, diverged, snapshots } = await scene();
    const it = shadow({ snapshotEveryEntries: 10 });
    await it.start();
    await append(25, it);
    await it.caughtUp();
    const wrong = chain.next({ digest: 5n });
    await store.journal.append(wrong);
    it.feed(wrong);
    await append(40, it);
    await it.caughtUp();
    await it.snapshotNow();
    expect(diverged).toEqual([26]);
    expect(Math.max(...snapshots)).toBeLessThanOrEqual(25);
    expect(store.snapshots.list()[0]!.number).toBeLessThanOrEqual(25);
    await it.close();
  });

  test('takes a snapshot each so many entries and starts again from the newest', async () => {
    const disk = new MemoryDisk();
    const first = await scene(disk);
    const it = first.shadow({ snapshotEveryEntries: 50 });
    await it.start();
    for (let round = 0; round < 5; round++) {
      await first.append(50, it);
      await it.caughtUp();
      await it.snapshotNow();
    }
    expect(first.snapshots.length).toBeGreaterThan(2);
    expect(first.store.snapshots.list().map((meta) => meta.number)).toEqual(first.snapshots.toReversed());
    await first.append(7, it);
    await it.close();
    disk.restart();
    const second = await scene(disk);
    const again = second.shadow();
    await again.start();
    await again.caughtUp();
    expect(again.number).toBe(257);
    expect(second.pool.calls.flat()[0]).toBe(251);
    expect(second.diverged).toEqual([]);
    await again.close();
  });

  test('keeps the newest two snapshots, the oldest, and of those between as many as it may, far from each other', async () => {
    const { shadow, append, store } = await scene();
    const it = shadow({ snapshotsKept: 6 });
    await it.start();
    const numbers = () => store.snapshots.list().map(({ number }) => number);
    for (let round = 1; round <= 40; round++) {
      await append(10, it);
      await it.caughtUp();
      await it.snapshotNow();
      expect(numbers().length).toBe(Math.min(round, 6));
      expect(numbers().slice(0, 2)).toEqual([10 * round, 10 * (round - 1)].filter((number) => number > 0));
      expect(numbers().at(-1)).toBe(10);
    }
    const between = numbers().slice(1);
    const gaps = between.slice(1).map((number, at) => between[at]! - number);
    // Four gaps for 380 entries: none is more than twice what each would be if all were alike.
    expect(Math.max(...gaps)).toBeLessThanOrEqual(2 * 95 + 10);
    await it.close();
  });

  test('takes a snapshot when so much time of the entries has passed', async () => {
    const { shadow, append, snapshots } = await scene();
    const it = shadow({ snapshotEveryMs: 100 });
    await it.start();
    for (let round = 0; round < 30; round++) {
      await append(10, it);
      await it.caughtUp();
    }
    // Entries are a millisecond apart; several may be executed in one call before anybody looks.
    expect(snapshots.length).toBe(2);
    expect(snapshots[0]).toBeGreaterThan(100);
    expect(snapshots[1]! - snapshots[0]!).toBeGreaterThanOrEqual(100);
    await it.close();
  });

  test('passes over a damaged snapshot', async () => {
    const disk = new MemoryDisk();
    const first = await scene(disk);
    const it = first.shadow();
    await it.start();
    await first.append(10, it);
    await it.caughtUp();
    await it.snapshotNow();
    await first.append(10, it);
    await it.caughtUp();
    disk.faults = { before: (operation) => (operation.kind === 'snapshot' ? 'torn' : 'done') };
    await it.snapshotNow();
    expect(first.troubles.length).toBe(1);
    expect(first.store.snapshots.list().map((meta) => meta.number)).toEqual([20, 10]);
    await it.close();
    const again = first.shadow();
    await again.start();
    await again.caughtUp();
    expect(again.number).toBe(20);
    expect(first.pool.memories).toBe(1);
    await again.close();
  });

  test('goes on when a snapshot cannot be written, and tells of it', async () => {
    const disk = new MemoryDisk();
    const { shadow, append, troubles, snapshots } = await scene(disk);
    disk.faults = { before: (operation) => (operation.kind === 'snapshot' ? 'refused' : 'done') };
    const it = shadow();
    await it.start();
    await append(10, it);
    await it.snapshotNow();
    expect(troubles.length).toBe(1);
    expect(it.snapshotNumber).toBe(0);
    disk.faults = {};
    await append(10, it);
    await it.snapshotNow();
    expect(snapshots).toEqual([20]);
    expect(it.snapshotNumber).toBe(20);
    await it.close();
  });

  test('moves to another build where that one wrote on, and its snapshots are of that build then', async () => {
    const { shadow, append, chain, store, pool, diverged, troubles } = await scene();
    await store.journal.keepCore({ hash: CORE_B, wasm: new Uint8Array(0), layout: layoutConstants() });
    const it = shadow();
    await it.start();
    await append(3, it);
    for (let count = 0; count < 4; count++) {
      const entry = chain.next({ coreHash: CORE_B });
      await store.journal.append(entry);
      it.feed(entry);
    }
    await it.caughtUp();
    await it.snapshotNow();
    expect(pool.moves).toEqual([CORE_A, CORE_B]);
    expect(it.number).toBe(7);
    expect(store.snapshots.list()).toMatchObject([{ number: 7, coreHash: CORE_B }]);
    expect([diverged, troubles]).toEqual([[], []]);
    expect(pool.memories).toBe(1);
    await it.close();
  });

  test('ends at an entry of a build that is not kept, or whose memory it cannot handle', async () => {
    for (const kept of [false, true]) {
      const { shadow, append, chain, store, troubles, diverged } = await scene();
      const other = { ...layoutConstants(), INPUT_AT: 5 };
      if (kept) await store.journal.keepCore({ hash: CORE_B, wasm: new Uint8Array(0), layout: other });
      const it = shadow();
      await it.start();
      await append(3, it);
      const foreign = chain.next({ coreHash: CORE_B });
      await store.journal.append(foreign);
      it.feed(foreign);
      await it.caughtUp();
      expect(String(troubles[0])).toContain(`entry 4 was written by core ${CORE_B}`);
      expect(String(troubles[0])).toContain(kept ? 'cannot handle (INPUT_AT)' : 'not kept beside the journal');
      await append(1, it);
      await it.caughtUp();
      expect([troubles.length, diverged]).toEqual([1, []]);
      await it.close();
    }
  });
});

describe('housekeeping', () => {
  const options = { journalRetentionMs: 1000, sealEveryMs: 60 };
  const meta = (number: number) => ({ number, at: entryOf(number).at, coreHash: CORE_A, digest: 0n });

  async function filled(count: number): Promise<{ store: PartitionStore; keeping: Housekeeping }> {
    const { store, append } = await scene(new MemoryDisk(), { segmentEntries: 10 });
    await append(count);
    return { store, keeping: new Housekeeping(store, options) };
  }
  const redoIn = (store: PartitionStore) =>
    [...store.journal.read(store.journal.firstNumber)].filter((entry) => entry.redo.length > 0).length;

  test('compacts what the tables have, and nothing after it', async () => {
    const { store, keeping } = await filled(40);
    expect(await keeping.run(0, 0)).toEqual({ sealed: false, segmentsCompacted: 0, segmentsDropped: 0 });
    await store.tables.apply([], 25);
    expect((await keeping.run(1, 0)).segmentsCompacted).toBe(2);
    expect(redoIn(store)).toBe(20);
  });

  test('seals after a while, so that a quiet day is compacted too', async () => {
    const { store, keeping } = await filled(5);
    await store.tables.apply([], 5);
    expect((await keeping.run(100, 0)).sealed).toBe(false);
    expect(await keeping.run(160, 0)).toMatchObject({ sealed: true, segmentsCompacted: 1 });
    expect(await keeping.run(300, 0)).toMatchObject({ sealed: false });
    expect(redoIn(store)).toBe(0);
  });

  // What recovery needs is the snapshot and the entries after min(snapshot, applied).
  const drops: [string, number, number, number, number][] = [
    // case, snapshot, applied, time after the last entry, first number then
    ['past retention, snapshot and tables far enough', 40, 40, 5000, 31],
    ['the tables lag', 40, 15, 5000, 11],
    ['the snapshot is old', 15, 40, 5000, 11],
    ['there is no snapshot', 0, 40, 5000, 1],
    ['within retention', 40, 40, 900, 1],
  ];
  test.each(drops)('drops what recovery does not need: %s', async (_, snapshot, applied, after, first) => {
    const { store, keeping } = await filled(40);
    const written = [5, 10, 12, 15, 30, 40].filter((number) => number <= snapshot);
    for (const number of written) await store.snapshots.write(meta(number), freshMemory());
    await store.tables.apply([], applied);
    await keeping.run(entryOf(40).at + after, snapshot);
    expect(store.journal.firstNumber).toBe(first);
    // Those from which the journal can be executed still are kept, for explanations.
    const kept = store.snapshots.list().map(({ number }) => number);
    expect(kept.toReversed()).toEqual(written.filter((number) => number >= first - 1));
    expect(store.journal.firstNumber).toBeLessThanOrEqual(Math.min(snapshot, applied) + 1);
  });

  test('compacts at once when a person is erased', async () => {
    const { store, keeping } = await filled(15);
    await store.tables.apply([], 15);
    expect(await keeping.compactNow()).toBe(2);
    expect(redoIn(store)).toBe(0);
  });
});
