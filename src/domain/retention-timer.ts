// A module's timer for rows that are kept for a time: it is set for when the oldest is to go, while there are any.

import type { Admission, FollowUpHandler, Reaction, TableReader } from './module.ts';

export interface Retention {
  readonly module: number;
  /** The timer's. */
  readonly key: number;
  /** When the oldest row is to go; undefined where there is none. */
  readonly due: (tables: TableReader) => number | undefined;
}

export class RetentionTimer {
  readonly #retention: Retention;
  /** Or the follow-up that sets it is on its way. */
  #isSet = false;
  #mayBeAny = false;

  constructor(retention: Retention) {
    this.#retention = retention;
  }

  /** The module's, as it stands. */
  readonly followUps: Readonly<Record<string, FollowUpHandler>> = {
    setTimer: (_, admission) => this.#set(admission),
  };

  load(tables: TableReader): void {
    this.#mayBeAny = this.#retention.due(tables) !== undefined;
    this.#isSet = this.#mayBeAny;
  }

  /** A row was written. */
  added(): void {
    this.#mayBeAny = true;
  }

  settle(reaction: Reaction): void {
    if (!this.#isSet && this.#mayBeAny) this.setAnew(reaction);
  }

  /** Some rows have gone, or may be kept for another time than when it was set. */
  setAnew(reaction: Reaction): void {
    if (!this.#mayBeAny) return;
    this.#isSet = true;
    reaction.followUp('setTimer', {});
  }

  #set({ core, tables, now }: Admission): void {
    const { module, key, due } = this.#retention;
    const at = due(tables);
    this.#isSet = at !== undefined;
    this.#mayBeAny = this.#isSet;
    if (at !== undefined) core.timerSet(module, key, Math.max(at, now));
  }
}
