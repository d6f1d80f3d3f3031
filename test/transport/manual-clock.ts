// A clock that stands still until the test moves it.

import type { Clock, Randomness, Wake } from '../../src/engine/clock.ts';
import { SeededRandom } from '../../src/simulation/random.ts';

export class ManualClock implements Clock {
  #now: number;
  readonly #wakes = new Set<{ at: number; callback: () => void }>();

  constructor(now = 1_700_000_000_000) {
    this.#now = now;
  }
  /** Wakes that are still to come. */
  get waiting(): number {
    return this.#wakes.size;
  }
  now(): number {
    return this.#now;
  }
  skewMs(): number {
    return 0;
  }
  wakeAt(at: number, callback: () => void): Wake {
    const wake = { at, callback };
    this.#wakes.add(wake);
    return { cancel: () => this.#wakes.delete(wake) };
  }
  soon(callback: () => void): void {
    setImmediate(callback);
  }
  advance(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const [next] = [...this.#wakes].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#now = Math.max(this.#now, next.at);
      this.#wakes.delete(next);
      next.callback();
    }
    this.#now = until;
  }
}

export function seededFraction(seed: number): () => number {
  const random = new SeededRandom(seed);
  return () => random.fraction();
}

export function seededRandomness(seed: number): Randomness {
  const fraction = seededFraction(seed);
  const bytes = (count: number) => Uint8Array.from({ length: count }, () => Math.floor(fraction() * 256));
  return { fraction, bytes, uuid: () => Buffer.from(bytes(16)).toString('hex') };
}
