// Seeded randomness for the tests of the core: the same seed, the same run. A random test prints its seed first.

/** The seed of this run: SEED from the environment, else one from the clock. */
export function seedOfThisRun(): number {
  const given = process.env.SEED;
  return given === undefined ? Date.now() % 4294967296 : Number(given) >>> 0;
}

export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 32 random bits (mulberry32). */
  bits(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + Math.floor((this.bits() / 4294967296) * (most - least + 1));
  }

  chance(outOfHundred: number): boolean {
    return this.between(1, 100) <= outOfHundred;
  }

  pick<T>(of: readonly T[]): T {
    if (of.length === 0) throw new Error('nothing to pick from');
    return of[this.between(0, of.length - 1)] as T;
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
