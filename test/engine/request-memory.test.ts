// What is forgotten of the requests that were answered: all that is too old, and the oldest of too many, in memory and in rows.

import { describe, expect, it } from 'vitest';
import type { RoutedRequest } from '../../src/engine/egress.ts';
import { RequestMemory, requestsTable } from '../../src/engine/request-memory.ts';
import { TableAccess } from '../../src/engine/tick.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { TableSpace } from '../../src/store/overlay.ts';

const keptMs = 1_000;
const request = (requestId: string, key = requestId): RoutedRequest => ({
  caller: { tenant: 'test', role: 'app', sub: 'tester' },
  method: 'probe.useOnce',
  params: { key, requestId },
  origin: undefined,
});

class Remembering {
  readonly memory: RequestMemory;
  readonly #space: TableSpace;
  #tick = 0;

  static async start(countMax: number): Promise<Remembering> {
    const { tables } = await new MemoryStore().open('acme');
    return new Remembering(new RequestMemory(keptMs, countMax), new TableSpace(tables, { applyDelayMs: 0 }));
  }

  private constructor(memory: RequestMemory, space: TableSpace) {
    this.memory = memory;
    this.#space = space;
  }

  /** One tick: these are answered, then it is looked at what may be forgotten. */
  tick(now: number, ...requestIds: readonly string[]): void {
    const writes = this.#space.begin(++this.#tick);
    const tables = new TableAccess(this.#space, writes);
    for (const requestId of requestIds) {
      this.memory.expect(request(requestId), now);
      this.memory.keep(request(requestId), { result: { answered: requestId } }, tables);
    }
    this.memory.prune(now, tables);
    writes.encode([]);
    this.#space.durable(this.#tick);
  }

  isKept(requestId: string): boolean {
    return this.memory.find(request(requestId)) !== undefined;
  }

  get rows(): unknown[] {
    return this.#space.range(requestsTable.id, { limit: 1_000 }).map(({ key }) => key);
  }
}

describe('the memory of requests', () => {
  it('keeps an answer for its time and no longer, and takes its row away with it', async () => {
    const kept = await Remembering.start(100);
    kept.tick(0, 'a', 'b');
    kept.tick(500, 'c');
    kept.tick(keptMs - 1);
    expect([kept.isKept('a'), kept.isKept('b'), kept.isKept('c'), kept.rows]).toEqual([true, true, true, [1, 2, 3]]);
    kept.tick(keptMs);
    expect([kept.isKept('a'), kept.isKept('b'), kept.isKept('c'), kept.rows]).toEqual([false, false, true, [3]]);
    // The id may be used for something else by then.
    expect(kept.memory.find(request('a', 'other'))).toBeUndefined();
  });

  it('forgets the oldest first where there are more than it may keep', async () => {
    const kept = await Remembering.start(3);
    kept.tick(0, 'a', 'b', 'c');
    expect(kept.rows).toEqual([1, 2, 3]);
    kept.tick(1, 'd', 'e');
    expect(kept.rows).toEqual([3, 4, 5]);
    expect([kept.isKept('b'), kept.isKept('c')]).toEqual([false, true]);
  });

  it('forgets so many in a tick at most, and the rest in the next ones', async () => {
    const kept = await Remembering.start(1_000);
    kept.tick(0, ...Array.from({ length: 300 }, (_, index) => `r${index}`));
    kept.tick(keptMs);
    expect(kept.rows.length).toBe(300 - 256);
    kept.tick(keptMs + 1);
    expect(kept.rows).toEqual([]);
  });

  it('waits for whoever has no answer yet', async () => {
    const kept = await Remembering.start(1);
    kept.memory.expect(request('first'), 0);
    kept.tick(10 * keptMs, 'second');
    expect([kept.isKept('first'), kept.isKept('second')]).toEqual([true, true]);
  });
});
