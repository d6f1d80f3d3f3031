// Requests of so many bytes, due at a rate, appended by the router's own journal and by nothing else: the floor under
// everything that has to be on the disk first.

import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { LmdbJournal } from '../../src/store/lmdb-journal.ts';
import { must } from '../harness/benchmark.ts';
import { pace } from './pace.ts';

export interface BytesPerRequest {
  readonly input: number;
  readonly redo: number;
}

/** Appends on their way at once, as many as the router has. */
const onTheirWayMax = 2;

/** Milliseconds from when each request was due until it was on the disk. The folder must be new. */
export async function measureAppends(
  folder: string,
  perSecond: number,
  bytes: BytesPerRequest,
  seconds: number,
): Promise<number[]> {
  const journal = new LmdbJournal({ folder: join(folder, 'journal'), coresFolder: join(folder, 'cores') });
  const latencies: number[] = [];
  let waiting: number[] = [];
  let number = 0;
  let onTheirWay = 0;
  let durable = 0;
  let failed: unknown;
  // What comes meanwhile makes the next one.
  const append = (): void => {
    if (waiting.length === 0 || onTheirWay === onTheirWayMax) return;
    const requests = waiting;
    waiting = [];
    number += 1;
    onTheirWay += 1;
    const input = new Uint8Array(bytes.input * requests.length);
    const redo = new Uint8Array(bytes.redo * requests.length);
    const entry = { number, ownerEpoch: 1, at: number, coreHash: 'ab'.repeat(32), digest: 0n, input, redo };
    journal.append(entry).then(
      () => {
        const now = performance.now();
        for (const dueAt of requests) latencies.push(now - dueAt);
        durable += requests.length;
        onTheirWay -= 1;
        append();
      },
      (error: unknown) => {
        failed = error;
      },
    );
  };
  let arrived = 0;
  await pace(perSecond, seconds, (dueAt) => {
    arrived += 1;
    waiting.push(dueAt);
    queueMicrotask(append);
  });
  while (durable < arrived && failed === undefined) await journal.settled().then(() => new Promise(setImmediate));
  if (failed !== undefined) throw failed;
  must(journal.lastNumber === number, `the journal has all of ${number} entries`);
  await journal.close();
  return latencies;
}
