// The only place that reads the machine's clocks and its source of randomness.
//
// Engine time is the monotonic clock, set by the wall clock at start and slewed towards it by at most 0.05% (so a
// jump of the wall clock moves nothing back); how far the two are apart is what the alarm looks at.

import { randomBytes, randomUUID } from 'node:crypto';

export interface Clock {
  /** Milliseconds since the epoch, integer, never going back. */
  now(): number;
  /** How far the wall clock is ahead of now(), ms; large after a jump. */
  skewMs(): number;
  /** Calls back once, at `at` or as soon after as possible. */
  wakeAt(at: number, callback: () => void): Wake;
  /** Calls back once everything that has arrived in this turn has been read. */
  soon(callback: () => void): void;
}

export interface Wake {
  cancel(): void;
}

/**
 * The clock of one partition. Where the machine's clock is behind the last journalled time (it had been set wrong), time
 * runs on from there: standing still until the machine has caught up would keep every timer from coming due.
 */
export class PartitionClock implements Clock {
  readonly #clock: Clock;
  #aheadMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Returns how far the clock underneath is behind. */
  notBefore(at: number): number {
    this.#aheadMs = Math.max(this.#aheadMs, at - this.#clock.now());
    return this.#aheadMs;
  }

  now(): number {
    return this.#clock.now() + this.#aheadMs;
  }

  skewMs(): number {
    return this.#clock.skewMs() - this.#aheadMs;
  }

  wakeAt(at: number, callback: () => void): Wake {
    return this.#clock.wakeAt(at - this.#aheadMs, callback);
  }

  soon(callback: () => void): void {
    this.#clock.soon(callback);
  }
}

/** Unguessable ids, from outside only, as arguments. */
export interface Randomness {
  uuid(): string;
  bytes(count: number): Uint8Array;
  /** 0 ≤ x < 1, for jitter. */
  fraction(): number;
}

const SLEW_PER_MS = 0.0005;

export class SystemClock implements Clock {
  #engine: number;
  #monotonicAtLast: number;

  constructor() {
    this.#engine = Date.now();
    this.#monotonicAtLast = performance.now();
  }

  now(): number {
    const monotonic = performance.now();
    const elapsed = monotonic - this.#monotonicAtLast;
    this.#monotonicAtLast = monotonic;
    const skew = Date.now() - (this.#engine + elapsed);
    const slewMax = elapsed * SLEW_PER_MS;
    this.#engine += elapsed + Math.max(-slewMax, Math.min(slewMax, skew));
    return Math.floor(this.#engine);
  }

  skewMs(): number {
    return Date.now() - this.now();
  }

  wakeAt(at: number, callback: () => void): Wake {
    // setTimeout counts in 31 bits; a far deadline is looked at again when that is over.
    const wait = Math.min(Math.max(0, at - this.now()), 0x7fffffff);
    let timer = setTimeout(fire, wait, this);
    function fire(clock: SystemClock): void {
      const left = at - clock.now();
      if (left > 0) timer = setTimeout(fire, Math.min(left, 0x7fffffff), clock);
      else callback();
    }
    return { cancel: () => clearTimeout(timer) };
  }

  soon(callback: () => void): void {
    setImmediate(callback);
  }
}

/** Milliseconds, with fractions, since it was made: for measurements of this machine. */
export function stopwatch(): () => number {
  const from = performance.now();
  return () => performance.now() - from;
}

export const systemRandomness: Randomness = {
  uuid: randomUUID,
  bytes: (count) => randomBytes(count),
  fraction: Math.random,
};
