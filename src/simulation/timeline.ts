// Recorded time, and what happens in it. Everything that a replay does is an event on one timeline, so that there is
// one notion of "now".
//
//   paced     recorded time runs `speed` times as fast as a clock; events happen when the clock says so
//   stepped   recorded time stands still until the router has answered and settled everything that is due, then jumps
//             to the next event: as fast as it goes, and the router's own latency counts for nothing
//
// run() returns when no event is left; what comes in afterwards (an answer that schedules another event) needs another
// run().

import type { Clock, Wake } from '../engine/clock.ts';
import { EventQueue } from './event-queue.ts';

export interface Timeline {
  /** Recorded time, milliseconds since the epoch. */
  now(): number;
  at(time: number, event: () => void): void;
  readonly pending: number;
  run(): Promise<void>;
  /** Nothing more happens; a run in progress returns. */
  stop(): void;
}

export class PacedTimeline implements Timeline {
  readonly speed: number;
  readonly #clock: Clock;
  readonly #startsAt: number;
  readonly #events = new EventQueue();
  #startedAt: number | undefined;
  #wake: Wake | undefined;
  #finish: (() => void) | undefined;
  #stopped = false;
  #lateMsSum = 0;
  #lateMsMax = 0;
  #happened = 0;

  constructor(clock: Clock, speed: number, startsAt: number) {
    if (!(speed > 0 && Number.isFinite(speed))) throw new Error(`no speed: ${speed}`);
    this.#clock = clock;
    this.speed = speed;
    this.#startsAt = startsAt;
  }

  /** Stands at the beginning until the first run(). */
  now(): number {
    if (this.#startedAt === undefined) return this.#startsAt;
    return this.#startsAt + (this.#clock.now() - this.#startedAt) * this.speed;
  }

  get pending(): number {
    return this.#events.size;
  }

  /** By how much recorded time events were late: what this process cannot keep up with. */
  get lateMs(): { readonly mean: number; readonly max: number } {
    return { mean: this.#happened === 0 ? 0 : this.#lateMsSum / this.#happened, max: this.#lateMsMax };
  }

  at(time: number, event: () => void): void {
    if (this.#stopped) return;
    const before = this.#events.nextAt;
    this.#events.add(time, event);
    if (this.#finish !== undefined && (before === undefined || time < before)) this.#arm();
  }

  run(): Promise<void> {
    this.#startedAt ??= this.#clock.now();
    return new Promise((resolve) => {
      this.#finish = resolve;
      this.#arm();
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#events.clear();
    this.#arm();
  }

  #arm(): void {
    this.#wake?.cancel();
    this.#wake = undefined;
    const next = this.#events.nextAt;
    if (next === undefined) {
      const finish = this.#finish;
      this.#finish = undefined;
      finish?.();
      return;
    }
    if (this.#finish === undefined) return;
    this.#wake = this.#clock.wakeAt(this.#wallTimeOf(next), () => this.#fire());
  }

  #fire(): void {
    this.#wake = undefined;
    const now = this.now();
    while (this.#events.size > 0 && this.#events.nextAt! <= now) {
      const { time, event } = this.#events.take();
      this.#happened++;
      this.#lateMsSum += now - time;
      this.#lateMsMax = Math.max(this.#lateMsMax, now - time);
      event();
    }
    this.#arm();
  }

  /** The first whole millisecond at which this recorded time has come. */
  #wallTimeOf(time: number): number {
    return Math.ceil(this.#startedAt! + (time - this.#startsAt) / this.speed);
  }
}

export class SteppedTimeline implements Timeline {
  readonly #events = new EventQueue();
  readonly #settle: () => Promise<void>;
  #now: number;

  /** `settle` resolves when nothing of what has been done is still on its way. */
  constructor(startsAt: number, settle: () => Promise<void>) {
    this.#now = startsAt;
    this.#settle = settle;
  }

  now(): number {
    return this.#now;
  }

  get pending(): number {
    return this.#events.size;
  }

  at(time: number, event: () => void): void {
    this.#events.add(time, event);
  }

  async run(): Promise<void> {
    while (this.#events.size > 0) {
      // What an answer schedules for a time that has passed happens now: time never goes back.
      this.#now = Math.max(this.#now, this.#events.nextAt!);
      while (this.#events.size > 0 && this.#events.nextAt! <= this.#now) this.#events.take().event();
      await this.#settle();
    }
  }

  stop(): void {
    this.#events.clear();
  }
}
