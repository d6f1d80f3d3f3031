// Seeded randomness for the tests of the core: the same seed, the same run. A random test prints its seed first.

import { SeededRandom } from '../../src/simulation/random.ts';

/** The seed of this run: SEED from the environment, else one from the clock. */
export function seedOfThisRun(): number {
  const given = process.env.SEED;
  return given === undefined ? Date.now() % 4294967296 : Number(given) >>> 0;
}

export class Random extends SeededRandom {
  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.fraction() * (most - least + 1));
  }

  chance(outOfHundred: number): boolean {
    return this.between(1, 100) <= outOfHundred;
  }

  /** Some of them, in random order. */
  some<T>(of: readonly T[], most: number): T[] {
    const left = [...of];
    const taken: T[] = [];
    for (let wanted = this.between(0, most); wanted > 0 && left.length > 0; wanted--) {
      taken.push(left.splice(this.between(0, left.length - 1), 1)[0] as T);
    }
    return taken;
  }
}
