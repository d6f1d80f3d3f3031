// How long the disk takes to say that something is on it: what every acknowledged request waits for. Measured the way the
// journal works, a page written and fdatasync, one after the other, in a file of its own that is removed again.

import { randomUUID } from 'node:crypto';
import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { stopwatch } from '../engine/clock.ts';

const flushesMax = 200;
const measureMsMax = 1_000;
const pageBytes = 4_096;
/** Leading dot: no part of the data. */
const filePrefix = '.strowger-doctor-';

export interface FlushLatency {
  readonly flushes: number;
  readonly medianMs: number;
  readonly p99Ms: number;
}

/** Throws what the file system says. */
export function measureFlushes(folder: string): FlushLatency {
  const path = join(folder, `${filePrefix}${randomUUID()}`);
  const file = openSync(path, 'wx', 0o600);
  const times: number[] = [];
  try {
    const page = Buffer.alloc(pageBytes, 0x5a);
    const whole = stopwatch();
    while (times.length < flushesMax && whole() < measureMsMax) {
      const one = stopwatch();
      writeSync(file, page, 0, pageBytes, times.length * pageBytes);
      fdatasyncSync(file);
      times.push(one());
    }
  } finally {
    closeSync(file);
    rmSync(path, { force: true });
  }
  return latencyOf(times);
}

/** Of at least one time, in milliseconds. */
export function latencyOf(times: readonly number[]): FlushLatency {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
  return { flushes: sorted.length, medianMs: at(0.5), p99Ms: at(0.99) };
}
