// One system in a thread of its own. Progress goes to the other side as it comes.

import { parentPort } from 'node:worker_threads';
import { SystemClock, systemRandomness } from '../../engine/clock.ts';
import { type Coverage, coverageOf } from './coverage.ts';
import { systems } from './systems.ts';

export interface TheoryTask {
  /** Of `systems`. */
  readonly system: number;
  readonly firstSeed: number;
  readonly seeds: number;
}

export interface TheoryProgress {
  readonly system: number;
  readonly seedsDone: number;
  readonly contacts: number;
}

export default async function theoryOf({ system, firstSeed, seeds }: TheoryTask): Promise<Coverage[]> {
  return coverageOf(systems[system]!, {
    firstSeed,
    seeds,
    clock: new SystemClock(),
    randomness: systemRandomness,
    onSeed: (seedsDone, contacts) => {
      const progress: TheoryProgress = { system, seedsDone, contacts };
      parentPort?.postMessage(progress);
    },
  });
}
