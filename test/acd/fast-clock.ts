// A clock that begins where a case wants it to and stands still, so that nothing comes due, but while time is to pass: then it runs
// faster than the machine's, and stops exactly where it should. While the machine stands still it hardly runs, so that what should come
// one after the other does not come at once, and it notices that, since a disk or another process may have gone on.

import { type Clock, SystemClock, type Wake } from '../../src/engine/clock.ts';

/** While it runs it is looked at as often as this, ms of the machine. */
const lookEveryMs = 10;
/** One second of a case: it runs on for so long without having been looked at, ms of the machine. */
const runsOnMs = 50;
/** Two seconds of a case: what its times leave between what happens and what must come before or after. */
const stillMsMax = 100;
/** What came due at the very end has so long to come about, ms of the machine. */
const graceMs = 10;

export class FastClock implements Clock {
  readonly speed: number;
  readonly #machine = new SystemClock();
  /** What it shows while it stands, or showed when it was last looked at. */
  #shown: number;
  /** When it was last looked at, by the machine, and where it is to stop. */
  #run: { readonly since: number; readonly until: number } | undefined;
  #stoodStill = false;

  constructor(begins: number, speed: number) {
    this.speed = speed;
    this.#shown = begins;
  }

  now(): number {
    if (this.#run === undefined) return this.#shown;
    const { since, until } = this.#run;
    return Math.min(until, this.#shown + Math.min(runsOnMs, this.#machine.now() - since) * this.speed);
  }

  /** Runs for so long, and stands again. */
  async run(ms: number): Promise<void> {
    const until = this.#shown + ms;
    let lookedAt = this.#machine.now();
    this.#run = { since: lookedAt, until };
    while (this.now() < until) {
      await this.#sleep(Math.min(lookEveryMs, Math.ceil((until - this.now()) / this.speed)));
      const now = this.#machine.now();
      if (now - lookedAt > stillMsMax) this.#stoodStill = true;
      this.#shown = this.now();
      lookedAt = now;
      this.#run = { since: now, until };
    }
    this.#shown = until;
    this.#run = undefined;
    await this.#sleep(graceMs);
  }

  /** While it stands: nobody was there in that time. */
  skip(ms: number): void {
    this.#shown += ms;
  }

  skewMs(): number {
    return 0;
  }

  /** Looked at again when its time would have come by the machine: the clock may have stood meanwhile. */
  wakeAt(at: number, callback: () => void): Wake {
    const wait = () => this.#machine.wakeAt(this.#machine.now() + Math.ceil((at - this.now()) / this.speed), look);
    const look = () => {
      if (this.now() >= at) callback();
      else wake = wait();
    };
    let wake = wait();
    return { cancel: () => wake.cancel() };
  }

  soon(callback: () => void): void {
    this.#machine.soon(callback);
  }

  get stoodStill(): boolean {
    return this.#stoodStill;
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.#machine.wakeAt(this.#machine.now() + ms, resolve));
  }
}
