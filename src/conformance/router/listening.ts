// What somebody has heard and no step has asked for yet: the first that fits is waited for and taken out.

import type { Clock } from '../../engine/clock.ts';
import { NotAsExpected, shown } from '../case.ts';

export interface Listening {
  readonly clock: Clock;
  /** For whatever the other side does by itself. */
  readonly waitMs: number;
  /** So long nothing must come where nothing may come. */
  readonly quietMs: number;
}

/** Resolves as soon as it holds, asked again and again; the last value either way. */
export async function watched<T>(
  { clock }: Pick<Listening, 'clock'>,
  withinMs: number,
  look: () => Promise<T> | T,
  holds: (value: T) => boolean,
): Promise<T> {
  const deadline = clock.now() + withinMs;
  for (;;) {
    const value = await look();
    if (holds(value) || clock.now() >= deadline) return value;
    await new Promise<void>((resolve) => {
      clock.wakeAt(Math.min(deadline, clock.now() + lookEveryMs), resolve);
    });
  }
}

const lookEveryMs = 20;

export class Ear<Said> {
  readonly #listening: Listening;
  #unread: Said[] = [];

  constructor(listening: Listening) {
    this.#listening = listening;
  }

  hear(said: Said): void {
    this.#unread.push(said);
  }

  async next(what: string, fits: (said: Said) => boolean): Promise<Said> {
    const { waitMs } = this.#listening;
    const found = await watched(
      this.#listening,
      waitMs,
      () => this.#unread.find(fits),
      (said) => said !== undefined,
    );
    if (found === undefined) throw new NotAsExpected(what, this.#text(`within ${waitMs} ms`));
    this.#unread = this.#unread.filter((said) => said !== found);
    return found;
  }

  async none(what: string, fits: (said: Said) => boolean): Promise<void> {
    const { quietMs } = this.#listening;
    const found = await watched(
      this.#listening,
      quietMs,
      () => this.#unread.find(fits),
      (said) => said !== undefined,
    );
    if (found !== undefined) throw new NotAsExpected(`no ${what}`, shown(found));
  }

  #text(when: string): string {
    if (this.#unread.length === 0) return `nothing ${when}`;
    return `${when} only ${this.#unread.map(shown).join('; ')}`;
  }
}
