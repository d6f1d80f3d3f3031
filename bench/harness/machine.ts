// How the machine is doing while a run is made: three bare rates that have nothing to do with the router. Where they differ
// between two runs, or between the beginning and the end of one, so will everything else.

import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';

export interface MachineState {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly platform: string;
  /** Processes that wanted to run, the mean of the last minute. */
  readonly load: number;
  /** Multiplications and shifts of one thread, millions a second. */
  readonly mixesPerMicrosecond: number;
  /** Reading 4 bytes anywhere in 256 MiB, each address from the one before. */
  readonly randomReadNanoseconds: number;
  /** Appending 4 KiB and waiting until it is on the disk, where temporary files lie. */
  readonly flushMilliseconds: number;
}

export function machineState(): MachineState {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    load: round(loadavg()[0]!, 2),
    mixesPerMicrosecond: round(best(5, mixes), 0),
    randomReadNanoseconds: round(1 / randomReads(), 1),
    flushMilliseconds: round(medianFlush(), 2),
  };
}

function best(times: number, rate: () => number): number {
  return Math.max(...Array.from({ length: times }, rate));
}

function mixes(): number {
  const count = 5_000_000;
  let mixed = 1;
  const began = performance.now();
  for (let index = 0; index < count; index++) mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1) + index;
  const rate = count / (performance.now() - began) / 1000;
  return mixed === 0.5 ? 0 : rate;
}

function randomReads(): number {
  const words = new Int32Array((256 << 20) / 4);
  for (let index = 0; index < words.length; index++) words[index] = Math.imul(index, 747_796_405) ^ 0x2545f491;
  const count = 500_000;
  return best(3, () => {
    let at = 0;
    const began = performance.now();
    for (let index = 0; index < count; index++) at = (words[at]! + index) & (words.length - 1);
    const rate = count / ((performance.now() - began) * 1_000_000);
    return at === -1 ? 0 : rate;
  });
}

function medianFlush(): number {
  const folder = mkdtempSync(join(tmpdir(), 'strowger-bench-'));
  const file = openSync(join(folder, 'flush'), 'w');
  const page = Buffer.alloc(4096, 1);
  const took = Array.from({ length: 100 }, () => {
    const began = performance.now();
    writeSync(file, page);
    fdatasyncSync(file);
    return performance.now() - began;
  }).sort((a, b) => a - b);
  closeSync(file);
  rmSync(folder, { recursive: true });
  return took[50]!;
}

function round(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}
