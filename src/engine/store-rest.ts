// How long a store that refused is left alone: nothing is tried for a while, so that a full disk does not cost a rebuild
// after the other. Twice as long after each further refusal, up to a bound, until it takes something again.

import type { Clock, Wake } from './clock.ts';

const REST_MS = 1_000;
const REST_MS_MAX = 15_000;

export class StoreRest {
  readonly #clock: Clock;
  readonly #onOver: () => void;
  #until = 0;
  #nextMs = REST_MS;
  #wake: Wake | undefined;

  constructor(clock: Clock, onOver: () => void) {
    this.#clock = clock;
    this.#onOver = onOver;
  }

  /** The clock is asked only when there is something to wait for: this is on the way of each request. */
  get isOn(): boolean {
    if (this.#until === 0) return false;
    if (this.#clock.now() < this.#until) return true;
    this.#until = 0;
    return false;
  }

  /** While it is on. */
  get leftMs(): number {
    return this.#until - this.#clock.now();
  }

  /** Returns for how long. */
  begin(): number {
    const restMs = this.#nextMs;
    this.#until = this.#clock.now() + restMs;
    this.#nextMs = Math.min(2 * restMs, REST_MS_MAX);
    this.#wake?.cancel();
    this.#wake = this.#clock.wakeAt(this.#until, this.#onOver);
    return restMs;
  }

  /** The store took something: the next rest is a short one again. */
  storeTook(): void {
    this.#nextMs = REST_MS;
  }

  /** Nobody is told when it is over. */
  cancel(): void {
    this.#wake?.cancel();
  }
}
