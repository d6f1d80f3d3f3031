// Virtual time of a simulated world: one queue of events for the router, its clients, the network and the disk.
//
// Events happen one at a time. After each, everything that it set going is carried to its end before the next: promises
// first, then what was to be done `soon`, then what had to be asked of the machine underneath (a signature), one by one
// in the order in which it was asked. So nothing depends on how fast that machine is, and a seed always goes the same way.

import type { Clock, Wake } from '../../src/engine/clock.ts';
import { EventQueue } from '../../src/simulation/event-queue.ts';

/** Early in a UTC day, so that no run crosses midnight and the day's numbers can be compared. */
export const startsAt = 1_700_040_000_000;

/** Turns that one event may take before it is certain that it never ends. */
const TURNS_MAX = 100_000;

export class SimTime {
  readonly #queue = new EventQueue();
  #now = startsAt;
  #soon: (() => void)[] = [];
  #held: { readonly answered: Promise<unknown>; readonly release: () => void }[] = [];
  /** Events so far. */
  turn = 0;

  get now(): number {
    return this.#now;
  }

  /** How long the world has existed, ms. */
  get elapsed(): number {
    return this.#now - startsAt;
  }

  /** The event says whether it did anything: what was called off costs no turn. */
  at(time: number, event: () => unknown): void {
    this.#queue.add(Math.max(Math.ceil(time), this.#now), event as () => void);
  }

  after(ms: number, event: () => unknown): void {
    this.at(this.#now + ms, event);
  }

  soon(callback: () => void): void {
    this.#soon.push(callback);
  }

  /** What takes the machine underneath real time: its outcome comes when everything else is at rest. */
  hold<T>(asked: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#held.push({ answered: asked.catch(() => undefined), release: () => void asked.then(resolve, reject) });
    });
  }

  async sleep(ms: number): Promise<void> {
    await new Promise<void>((resolve) => this.after(ms, () => resolve()));
  }

  /** Lets time pass until `done`, or for so long. Returns whether it was done. */
  async run(forMs: number, done: () => boolean = () => false): Promise<boolean> {
    const until = this.#now + forMs;
    await this.settle();
    while (!done()) {
      const next = this.#queue.nextAt;
      if (next === undefined || next > until) {
        this.#now = Math.max(this.#now, until);
        return false;
      }
      const { time, event } = this.#queue.take();
      this.turn += 1;
      this.#now = Math.max(this.#now, time);
      if ((event as () => unknown)() === false) continue;
      await this.settle();
    }
    return true;
  }

  async settle(): Promise<void> {
    for (let turn = 0; turn < TURNS_MAX; turn++) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (this.#soon.length > 0) for (const callback of this.#soon.splice(0)) callback();
      else if (this.#held.length > 0) {
        const { answered, release } = this.#held.shift()!;
        await answered;
        release();
      } else return;
    }
    throw new Error(`at ${this.elapsed} ms something goes round in circles without time passing`);
  }
}

/** The clock of one process, that stops with it: a process that was killed does nothing any more. */
export class ProcessClock implements Clock {
  readonly #time: SimTime;
  /** How far the machine's clock is from the world's. */
  readonly #offsetMs: number;
  #alive = true;

  constructor(time: SimTime, offsetMs = 0) {
    this.#time = time;
    this.#offsetMs = offsetMs;
  }

  kill(): void {
    this.#alive = false;
  }

  now(): number {
    return this.#time.now + this.#offsetMs;
  }

  skewMs(): number {
    return 0;
  }

  wakeAt(at: number, callback: () => void): Wake {
    let isCancelled = false;
    this.#time.at(at - this.#offsetMs, () => {
      if (isCancelled || !this.#alive) return false;
      callback();
      return true;
    });
    return {
      cancel: () => {
        isCancelled = true;
      },
    };
  }

  soon(callback: () => void): void {
    this.#time.soon(() => {
      if (this.#alive) callback();
    });
  }
}
