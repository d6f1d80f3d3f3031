// What a simulation draws, from seeds: the same seed gives the same numbers on every machine.

import { createHash } from 'node:crypto';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

export abstract class Draws {
  /** 0 ≤ x < 1. */
  abstract fraction(): number;

  /** One of them; the list must not be empty. */
  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new Error('nothing to pick from');
    return list[Math.floor(this.fraction() * list.length)]!;
  }

  exponential(mean: number): number {
    return -mean * Math.log(1 - this.fraction());
  }

  /** The sum of `shape` exponential ones, each with its part of the mean. */
  erlang(shape: number, mean: number): number {
    let sum = 0;
    for (let stage = 0; stage < shape; stage++) sum += this.exponential(mean / shape);
    return sum;
  }

  /** With this median; sigma is the standard deviation of the logarithm. */
  logNormal(median: number, sigma: number): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.fraction()));
    return median * Math.exp(sigma * radius * Math.cos(2 * Math.PI * this.fraction()));
  }
}

/** mulberry32: small and quick, for a day's worth of numbers. */
export class SeededRandom extends Draws {
  #state: number;

  constructor(seed: number) {
    super();
    this.#state = seed >>> 0;
  }

  /** 32 random bits. */
  bits(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  fraction(): number {
    return this.bits() / 4_294_967_296;
  }
}

/**
 * One of many streams that have nothing to do with each other (xoroshiro128+): what is drawn from one of them, and how
 * often, changes nothing in the others, so that two scenarios that share a part draw the same for it.
 */
export class RandomStream extends Draws {
  readonly #generator: ReturnType<typeof xoroshiro128plusFromState>;

  /** `names` say what it is for: the same seed and names give the same stream. */
  constructor(seed: number, ...names: readonly (string | number)[]) {
    super();
    const hash = createHash('sha256')
      .update(JSON.stringify([seed, ...names]))
      .digest();
    this.#generator = xoroshiro128plusFromState([0, 4, 8, 12].map((at) => hash.readInt32LE(at)));
  }

  fraction(): number {
    return uniformFloat64(this.#generator);
  }
}
