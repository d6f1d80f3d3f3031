// Digits that a switch collects from its customers: one collection a leg, over with so many digits, with `#`,
// or with its time.

import type { Clock, Wake } from '../../engine/clock.ts';

export interface Collected {
  readonly digits: string;
  readonly ends: 'complete' | 'timedOut';
}

interface Collection {
  pressed: string;
  readonly digitsMax: number;
  readonly over: (collected: Collected) => void;
  end: Wake;
}

export class Keypads {
  readonly #clock: Clock;
  readonly #open = new Map<string, Collection>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  isCollecting(legId: string): boolean {
    return this.#open.has(legId);
  }

  collect(legId: string, digitsMax: number, timeoutMs: number, over: Collection['over']): void {
    this.forget(legId);
    const end = this.#clock.wakeAt(this.#clock.now() + timeoutMs, () => this.#over(legId, 'timedOut'));
    this.#open.set(legId, { pressed: '', digitsMax, over, end });
  }

  /** The time begins anew, as when a prompt is over. */
  beginAgain(legId: string, timeoutMs: number): void {
    const collection = this.#open.get(legId);
    if (collection === undefined) return;
    collection.end.cancel();
    collection.end = this.#clock.wakeAt(this.#clock.now() + timeoutMs, () => this.#over(legId, 'timedOut'));
  }

  /** False: nobody collects from this leg. */
  press(legId: string, keys: string): boolean {
    const collection = this.#open.get(legId);
    if (collection === undefined) return false;
    const [digits = ''] = keys.split('#');
    collection.pressed = (collection.pressed + digits).slice(0, collection.digitsMax);
    if (keys.includes('#') || collection.pressed.length === collection.digitsMax) this.#over(legId, 'complete');
    return true;
  }

  forget(legId: string): void {
    this.#open.get(legId)?.end.cancel();
    this.#open.delete(legId);
  }

  #over(legId: string, ends: Collected['ends']): void {
    const collection = this.#open.get(legId);
    this.forget(legId);
    collection?.over({ digits: collection.pressed, ends });
  }
}
