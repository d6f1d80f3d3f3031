// Randomness of the crash test: the seeded generator of simulations, with what chaos draws.

import { SeededRandom as Generator } from '../../src/simulation/random.ts';

export class SeededRandom extends Generator {
  /** min ≤ x < max */
  between(min: number, max: number): number {
    return min + this.fraction() * (max - min);
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }
}
