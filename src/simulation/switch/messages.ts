// Messages that the reference switch takes of its customers: one a leg, over with `#`, with silence, with its time, or as the customer
// hangs up. What was said is not kept anywhere, but for how long.

import type { Clock, Wake } from '../../engine/clock.ts';
import type { messageEnds } from '../../protocol/legs.ts';

export interface Message {
  /** Nothing was said: 0. */
  readonly recordedMs: number;
  readonly ends: (typeof messageEnds)[number];
}

interface Taking {
  readonly over: (message: Message) => void;
  readonly end: Wake;
  spokenSince?: number;
  silence?: Wake;
}

export class Messages {
  readonly #clock: Clock;
  readonly #open = new Map<string, Taking>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  isRecording(legId: string): boolean {
    return this.#open.has(legId);
  }

  record(legId: string, recordMs: number, over: Taking['over']): void {
    this.forget(legId);
    const end = this.#clock.wakeAt(this.#clock.now() + recordMs, () => this.#over(legId, 'timedOut'));
    this.#open.set(legId, { over, end });
  }

  speak(legId: string, forMs: number): void {
    const taking = this.#open.get(legId);
    if (taking === undefined) return;
    const now = this.#clock.now();
    taking.spokenSince ??= now;
    taking.silence?.cancel();
    taking.silence = this.#clock.wakeAt(now + forMs, () => this.#over(legId, 'complete'));
  }

  /** False: nobody records from this leg. */
  press(legId: string, keys: string): boolean {
    if (!this.#open.has(legId)) return false;
    if (keys.includes('#')) this.#over(legId, 'complete');
    return true;
  }

  hangUp(legId: string): void {
    this.#over(legId, 'hungUp');
  }

  forget(legId: string): void {
    const taking = this.#open.get(legId);
    taking?.end.cancel();
    taking?.silence?.cancel();
    this.#open.delete(legId);
  }

  #over(legId: string, ends: Message['ends']): void {
    const taking = this.#open.get(legId);
    if (taking === undefined) return;
    this.forget(legId);
    const { spokenSince } = taking;
    taking.over({ recordedMs: spokenSince === undefined ? 0 : this.#clock.now() - spokenSince, ends });
  }
}
