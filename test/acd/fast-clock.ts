// A clock that begins where a case wants it to and runs faster than the machine's; that can be held, so that nothing comes
// due; and that notices when the machine stood still, so that nothing happened for a time that matters.

import { type Clock, SystemClock, type Wake } from '../../src/engine/clock.ts';

/** Looked at as often as this, ms of the machine. */
const lookEveryMs = 10;
/** Two seconds of a case: what its times leave between what happens and what must come before or after. */
const stillMsMax = 100;

export class FastClock implements Clock {
  readonly speed: number;
  readonly #machine = new SystemClock();
  /** What it showed when it was set going last, and when that was by the machine. */
  #shown: number;
  #since: number | undefined;
  #lookedAt: number;
  #look: Wake;
  #stoodStill = false;

  constructor(begins: number, speed: number) {
    this.speed = speed;
    this.#shown = begins;
    this.#since = this.#machine.now();
    this.#lookedAt = this.#since;
    this.#look = this.#lookAgain();
  }

  now(): number {
    return this.#since === undefined ? this.#shown : this.#shown + (this.#machine.now() - this.#since) * this.speed;
  }

  hold(): void {
    this.#shown = this.now();
    this.#since = undefined;
  }

  /** While it is held. */
  skip(ms: number): void {
    this.#shown += ms;
  }

  goOn(): void {
    this.#since = this.#machine.now();
  }

  skewMs(): number {
    return 0;
  }

  /** Looked at again when its time has come by the machine: the clock may have been held. */
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

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.wakeAt(this.now() + ms, resolve));
  }

  get stoodStill(): boolean {
    return this.#stoodStill;
  }

  stop(): void {
    this.#look.cancel();
  }

  #lookAgain(): Wake {
    return this.#machine.wakeAt(this.#lookedAt + lookEveryMs, () => {
      const now = this.#machine.now();
      if (now - this.#lookedAt > stillMsMax) this.#stoodStill = true;
      this.#lookedAt = now;
      this.#look = this.#lookAgain();
    });
  }
}
