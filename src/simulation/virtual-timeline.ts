// Virtual time: one clock for a recorded day and for the router that serves it. It stands still while anything is being
// done, then jumps to the next event of the day or the next timer of the router, whichever is sooner.
//
// At the same instant things happen in the order in which they were put in, so the same day always goes the same way.

import type { Clock, Wake } from '../engine/clock.ts';
import { EventQueue } from './event-queue.ts';
import type { Timeline } from './timeline.ts';

export class VirtualTimeline implements Timeline, Clock {
  readonly #queue = new EventQueue();
  readonly #settled: () => Promise<void>;
  #now: number;
  #pending = 0;
  #stopped = false;
  /** Something has happened since things were settled last. */
  #stirred = false;

  /** `settled` resolves when nothing of what has been done is still on its way. */
  constructor(startsAt: number, settled: () => Promise<void>) {
    this.#now = startsAt;
    this.#settled = settled;
  }

  now(): number {
    return this.#now;
  }

  skewMs(): number {
    return 0;
  }

  soon(callback: () => void): void {
    setImmediate(callback);
  }

  /** Events of the day that are still to come; the router's timers alone do not keep it going. */
  get pending(): number {
    return this.#pending;
  }

  at(time: number, event: () => void): void {
    if (this.#stopped) return;
    this.#pending += 1;
    this.#queue.add(Math.max(time, this.#now), () => {
      this.#pending -= 1;
      this.#stirred = true;
      if (!this.#stopped) event();
    });
  }

  wakeAt(at: number, callback: () => void): Wake {
    let isCancelled = false;
    this.#queue.add(Math.max(at, this.#now), () => {
      if (isCancelled) return;
      this.#stirred = true;
      callback();
    });
    return {
      cancel: () => {
        isCancelled = true;
      },
    };
  }

  async run(): Promise<void> {
    while (this.#pending > 0 && !this.#stopped) {
      this.#now = Math.max(this.#now, this.#queue.nextAt!);
      while (this.#queue.size > 0 && this.#queue.nextAt! <= this.#now) this.#queue.take().event();
      if (!this.#stirred) continue;
      this.#stirred = false;
      await this.#settled();
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#pending = 0;
  }
}
