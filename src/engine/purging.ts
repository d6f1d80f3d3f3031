// What was erased leaves the disk: rows that are removed stay in the journal's redo, and in freed pages of the tables, until both are
// written anew.
//
//   wanted ─ purgeAfterMs, so that several go at once ─▶ the tables have caught up ─▶ the journal is sealed, and compacted to its inputs
//     ─▶ the tables are written anew, row by row, while the router goes on ─▶ told, as news that is journalled
//
// Each step can be done again: a crash anywhere leaves what was there, or that and a file which the next start removes, and whoever
// wanted it asks again then. What fails is tried again, with an alarm meanwhile.

import { purgeAgainMs, purgeAgainMsMax } from '../limits.ts';
import { followUpsOfLast } from '../store/recovery.ts';
import type { PartitionStore } from '../store/store.ts';
import type { Clock, Wake } from './clock.ts';
import type { Answer, Egress, RoutedRequest } from './egress.ts';

export interface PurgingOptions {
  readonly store: PartitionStore;
  readonly clock: Pick<Clock, 'now' | 'wakeAt'>;
  readonly afterMs: number;
  /** The tables have all that is durable. */
  readonly caughtUp: () => Promise<void>;
  readonly onGone: (reference: string) => void;
  readonly onTrouble: (error: unknown) => void;
  readonly onTroubleOver: () => void;
}

/** The journal's newest entry has follow-ups yet: another one comes at once. */
const NEXT_TICK_MS = 50;

export class Purging {
  readonly #options: PurgingOptions;
  /** By the number of the last tick of which something is to go. */
  #wanted = new Map<string, number>();
  #wake: Wake | undefined;
  #waiting: (() => void) | undefined;
  #running: Promise<void> | undefined;
  #stopped = false;
  #againMs = purgeAgainMs;

  constructor(options: PurgingOptions) {
    this.#options = options;
  }

  wants(tick: number, reference: string): void {
    this.#wanted.set(reference, tick);
    this.#begin(this.#options.afterMs);
  }

  /** What is on its way is given up where it waits for something, and finished otherwise: the next start asks for it again. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake?.cancel();
    this.#waiting?.();
    await this.#running;
  }

  #begin(inMs: number): void {
    if (this.#stopped || this.#running !== undefined || this.#wake !== undefined) return;
    const { clock } = this.#options;
    this.#wake = clock.wakeAt(clock.now() + inMs, () => {
      this.#wake = undefined;
      this.#running = this.#run();
    });
  }

  async #run(): Promise<void> {
    const { onGone, onTrouble, onTroubleOver } = this.#options;
    const wanted = [...this.#wanted];
    let nextMs = this.#options.afterMs;
    try {
      await this.#purge();
      this.#againMs = purgeAgainMs;
      onTroubleOver();
      for (const [reference, tick] of wanted) {
        // It may have been asked for once more meanwhile.
        if (this.#wanted.get(reference) !== tick) continue;
        this.#wanted.delete(reference);
        if (!this.#stopped) onGone(reference);
      }
    } catch (error) {
      nextMs = this.#againMs;
      this.#againMs = Math.min(2 * this.#againMs, purgeAgainMsMax);
      if (!this.#stopped) onTrouble(error);
    }
    this.#running = undefined;
    if (this.#wanted.size > 0) this.#begin(nextMs);
  }

  /** All that is durable now. */
  async #purge(): Promise<void> {
    const { journal, tables } = this.#options.store;
    await this.#options.caughtUp();
    await journal.seal();
    const sealed = journal.lastNumber;
    while (this.#compactable() < sealed) {
      await this.#pause();
      if (this.#stopped) throw new Error('the router is stopping');
      await this.#options.caughtUp();
    }
    await journal.compact(sealed);
    await tables.rewrite();
  }

  /** The newest entry keeps its redo while the next tick is to begin with its follow-ups. */
  #compactable(): number {
    const { journal, tables } = this.#options.store;
    const opensNext = followUpsOfLast(journal).length > 0;
    return Math.min(tables.appliedNumber, opensNext ? journal.lastNumber - 1 : journal.lastNumber);
  }

  #pause(): Promise<void> {
    const { clock } = this.#options;
    return new Promise((resolve) => {
      const wake = clock.wakeAt(clock.now() + NEXT_TICK_MS, resolve);
      this.#waiting = () => {
        wake.cancel();
        resolve();
      };
    });
  }
}

/** The partition's own news is answered by itself: what it would not take is told again. */
export function withoutOwnAnswers(egress: Egress, refused: (gone: string) => void): Egress {
  return {
    answer: (request: RoutedRequest, answer: Answer) => {
      if (request.news === undefined || !('gone' in request.news)) return egress.answer(request, answer);
      if ('refusal' in answer) refused(request.news.gone);
    },
    notify: (audience, event, params) => egress.notify(audience, event, params),
    ask: (ask) => egress.ask(ask),
    flush: () => egress.flush(),
  };
}
