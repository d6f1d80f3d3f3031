// What is done to the store once in a while, at a time given as an argument: seal, compact, drop.
//
//   number S of the newest good snapshot, number A that the tables have reached
//   segment all ≤ A                                → compacted to its inputs
//   segment all ≤ min(S, A) and past retention     → dropped, and with it the snapshots that need it
//
// Recovery needs snapshot S and the entries after min(S, A); nothing here touches those. The order matters: a snapshot
// goes only after the segments behind it, so what is left can always be replayed from a snapshot that is there.

import { followUpsOfLast } from './recovery.ts';
import type { PartitionStore } from './store.ts';

export interface HousekeepingOptions {
  /** How long inputs are kept. */
  readonly journalRetentionMs: number;
  /** A live segment is sealed after so long, so that names in its redo do not outlive this by much. */
  readonly sealEveryMs: number;
}

export interface Housekept {
  readonly sealed: boolean;
  readonly segmentsCompacted: number;
  readonly segmentsDropped: number;
}

export class Housekeeping {
  #store: PartitionStore;
  #options: HousekeepingOptions;
  #sealedAt: number | undefined;
  #sealedNumber = 0;

  constructor(store: PartitionStore, options: HousekeepingOptions) {
    this.#store = store;
    this.#options = options;
  }

  /**
   * `snapshotNumber`: the newest snapshot known to be good (written or loaded by this process), 0 if there is none.
   * One call at a time.
   */
  async run(now: number, snapshotNumber: number): Promise<Housekept> {
    const { journal, tables, snapshots } = this.#store;
    const sealed = this.#isSealDue(now);
    if (sealed) {
      await journal.seal();
      this.#sealedAt = now;
      this.#sealedNumber = journal.lastNumber;
    }
    const segmentsCompacted = await journal.compact(this.#compactable());
    const before = now - this.#options.journalRetentionMs;
    const segmentsDropped = await journal.drop(before, Math.min(snapshotNumber, tables.appliedNumber));
    // A snapshot before the oldest entry kept leads nowhere: the entry after it is gone.
    const oldestUseful = Math.min(snapshotNumber, journal.firstNumber - 1);
    if (segmentsDropped > 0) await snapshots.drop(oldestUseful);
    return { sealed, segmentsCompacted, segmentsDropped };
  }

  /** Seals and compacts at once: what erasing a person's data asks for. Rewriting the tables is up to the caller. */
  async compactNow(): Promise<number> {
    const { journal } = this.#store;
    await journal.seal();
    this.#sealedNumber = journal.lastNumber;
    return journal.compact(this.#compactable());
  }

  /** The newest entry keeps its redo while it has follow-ups in it: the next tick, maybe after a restart, begins with them. */
  #compactable(): number {
    const { journal, tables } = this.#store;
    const opensNext = followUpsOfLast(journal).length > 0;
    return Math.min(tables.appliedNumber, opensNext ? journal.lastNumber - 1 : journal.lastNumber);
  }

  #isSealDue(now: number): boolean {
    this.#sealedAt ??= now;
    return now - this.#sealedAt >= this.#options.sealEveryMs && this.#store.journal.lastNumber > this.#sealedNumber;
  }
}
