// Randomness of a simulated world: each thing that draws has a generator of its own, made from the seed and a name, so that
// leaving one step of a script out changes nothing of what the others draw.

import type { Randomness } from '../../src/engine/clock.ts';
import { SeededRandom as Generator } from '../crash/random.ts';

export class SimRandom extends Generator {
  /** min ≤ x ≤ max, whole. */
  whole(min: number, max: number): number {
    return min + Math.floor(this.fraction() * (max - min + 1));
  }

  /** The members of a list, in another order. */
  shuffled<T>(list: readonly T[]): T[] {
    const shuffled = [...list];
    for (let at = shuffled.length - 1; at > 0; at--) {
      const other = this.whole(0, at);
      [shuffled[at], shuffled[other]] = [shuffled[other]!, shuffled[at]!];
    }
    return shuffled;
  }
}

export function randomOf(seed: number, name: string): SimRandom {
  let hash = 0x811c9dc5 ^ seed;
  for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
  return new SimRandom(hash >>> 0);
}

/** What a process is given for ids and jitter. */
export function randomnessOf(seed: number, name: string): Randomness {
  const random = randomOf(seed, name);
  const bytes = (count: number) => Uint8Array.from({ length: count }, () => random.whole(0, 255));
  return { fraction: () => random.fraction(), bytes, uuid: () => Buffer.from(bytes(16)).toString('hex') };
}
