// A second core that executes every durable entry again, in a memory of its own, and must come to the same digest.
//
//   durable entry ─ feed() ─▶ queue (bounded) ─▶ replayed on the pool, one call at a time ─▶ same digest? ─▶ snapshot
//                              │ full: dropped; what is missing is read from the journal     └ no: onDivergence, and
//                                                                                               no snapshot ever again
//
// So replay is proven all the time and snapshots never pause the live core: they are taken here, between two calls. The
// input is copied when it is fed. Where another build of the core wrote on, the memory is moved to it, as recovery does
// (lineage.ts). The newest two snapshots are for recovery; older ones are where explanations begin, so they are thinned out to
// be about equally far from each other.

import type { CorePool } from '../engine/core.ts';
import { Lineage } from '../engine/lineage.ts';
import { shadowGatherMs, shadowQueueBytesMax, snapshotsKeptMax } from '../limits.ts';
import type { CoreBuild, Journal, JournalEntry, SnapshotMeta, Snapshots } from './store.ts';
import { StoreError } from './store.ts';

export interface ShadowOptions {
  readonly journal: Journal;
  readonly snapshots: Snapshots;
  readonly pool: CorePool;
  readonly partition: string;
  /** The build that new entries are written with; older ones come from the journal. */
  readonly build: CoreBuild;
  /** A snapshot is taken when as many entries have passed, or so much of their time. */
  readonly snapshotEveryEntries: number;
  readonly snapshotEveryMs: number;
  readonly queueBytesMax?: number;
  /** How many are kept at most; more than the two for recovery and the oldest. */
  readonly snapshotsKept?: number;
  /** How long entries are gathered before they are executed together: a call costs the pool more than an entry does. */
  readonly gatherMs?: number;
  /** Calls back after so long; by default a timer that does not keep the process alive. */
  readonly schedule?: (callback: () => void, delayMs: number) => void;
  /** Executing this entry again gave other effects. */
  readonly onDivergence: (number: number) => void;
  /** A snapshot of the state after this entry is on disk. */
  readonly onSnapshot?: (meta: SnapshotMeta) => void;
  /** It cannot go on, or a snapshot could not be written (then it goes on). */
  readonly onTrouble?: (error: unknown) => void;
}

type Replayed = Pick<JournalEntry, 'number' | 'at' | 'digest' | 'input' | 'coreHash'>;

const ENTRIES_A_CALL = 64;
const BYTES_A_CALL = 1 << 20;
const FOR_RECOVERY = 2;
const TAKEN_MAX = 1024;

export class Shadow {
  #options: ShadowOptions;
  #lineage: Lineage | undefined;
  /** The last entry executed. */
  #number = 0;
  #last: Replayed | undefined;
  #snapshotNumber = 0;
  /** Of the last one tried, whatever became of it: the next is due by this. */
  #triedNumber = 0;
  #snapshotAt: number | undefined;
  #queue: Replayed[] = [];
  /** How many of the queue have been taken. */
  #taken = 0;
  #queueBytes = 0;
  #fedNumber = 0;
  #running = false;
  #gathering = false;
  #ended = false;
  #watchers: (() => void)[] = [];
  #snapshotAsked = false;

  constructor(options: ShadowOptions) {
    this.#options = options;
  }

  /** Starts from the newest good snapshot and then follows the journal. Resolves when its memory is there. */
  async start(): Promise<void> {
    this.#fedNumber = this.#options.journal.lastNumber;
    this.#lineage = await this.#fromSnapshot();
    this.#wake();
  }

  async #fromSnapshot(): Promise<Lineage> {
    const { snapshots, journal, build } = this.#options;
    for (const meta of snapshots.list()) {
      if (meta.number > journal.lastNumber) continue;
      const lineage = await Lineage.begin(this.#options, meta.coreHash, `the snapshot of entry ${meta.number}`);
      if (await snapshots.load(meta, lineage.core.memory)) {
        this.#number = meta.number;
        this.#snapshotNumber = meta.number;
        this.#triedNumber = meta.number;
        this.#snapshotAt = meta.at;
        return lineage;
      }
      lineage.forget();
    }
    if (journal.firstNumber > 1) {
      throw new StoreError('damaged', `no good snapshot, and the journal begins at entry ${journal.firstNumber} only`);
    }
    const [first] = journal.lastNumber > 0 ? journal.read(1, 1) : [];
    return Lineage.begin(this.#options, first?.coreHash ?? build.hash, 'entry 1');
  }

  /** The entry is durable. Entries are fed in order; what is left out is read from the journal. */
  feed(entry: JournalEntry): void {
    if (this.#ended) return;
    this.#fedNumber = Math.max(this.#fedNumber, entry.number);
    if (this.#queueBytes + entry.input.length <= (this.#options.queueBytesMax ?? shadowQueueBytesMax)) {
      const { number, at, digest, coreHash } = entry;
      this.#queue.push({ number, at, digest, coreHash, input: entry.input.slice() });
      this.#queueBytes += entry.input.length;
    }
    this.#gather();
  }

  /** A full call's worth is executed at once, less a moment later. */
  #gather(): void {
    const { gatherMs = shadowGatherMs, schedule = scheduleUnref } = this.#options;
    if (this.lag >= ENTRIES_A_CALL || this.#watchers.length > 0 || gatherMs === 0) return this.#wake();
    if (this.#gathering) return;
    this.#gathering = true;
    schedule(() => {
      this.#gathering = false;
      this.#wake();
    }, gatherMs);
  }

  /** The last entry executed and found the same. */
  get number(): number {
    return this.#number;
  }

  /** The newest good snapshot's entry, 0 if there is none. */
  get snapshotNumber(): number {
    return this.#snapshotNumber;
  }

  get lag(): number {
    return this.#fedNumber - this.#number;
  }

  /** Resolves when it has come to the newest entry fed, or has ended. */
  caughtUp(): Promise<void> {
    if (this.#ended || this.#number >= this.#fedNumber) return Promise.resolve();
    return new Promise((resolve) => {
      this.#watchers.push(resolve);
      this.#wake();
    });
  }

  /** Takes a snapshot as soon as it can: before a planned stop, to make the next start short. */
  async snapshotNow(): Promise<void> {
    this.#snapshotAsked = true;
    this.#wake();
    while (this.#running) await new Promise<void>((resolve) => this.#watchers.push(resolve));
  }

  async close(): Promise<void> {
    this.#ended = true;
    while (this.#running) await new Promise<void>((resolve) => this.#watchers.push(resolve));
    this.#lineage?.forget();
    this.#lineage = undefined;
    this.#tellWatchers();
  }

  #wake(): void {
    if (this.#running || this.#ended || this.#lineage === undefined) return;
    if (this.#number >= this.#fedNumber && !this.#snapshotAsked) return;
    this.#running = true;
    void this.#run(this.#lineage).finally(() => {
      this.#running = false;
      this.#tellWatchers();
    });
  }

  #tellWatchers(): void {
    for (const resolve of this.#watchers.splice(0)) resolve();
  }

  async #run(lineage: Lineage): Promise<void> {
    while (!this.#ended && (this.#number < this.#fedNumber || this.#snapshotAsked)) {
      try {
        const entries = this.#next();
        if (entries.length > 0 && !(await this.#replay(lineage, entries))) return;
      } catch (error) {
        this.#end();
        this.#options.onTrouble?.(error);
        return;
      }
      if (this.#isSnapshotDue()) await this.#takeSnapshot(lineage);
    }
  }

  /** From the queue when it goes on where the shadow is, else from the journal. */
  #next(): Replayed[] {
    while ((this.#queue[this.#taken]?.number ?? Number.POSITIVE_INFINITY) <= this.#number) this.#take();
    const entries: Replayed[] = [];
    let bytes = 0;
    const isFull = () => entries.length >= ENTRIES_A_CALL || bytes >= BYTES_A_CALL;
    let due = this.#number + 1;
    while (!isFull() && this.#queue[this.#taken]?.number === due) {
      const entry = this.#take();
      entries.push(entry);
      bytes += entry.input.length;
      due++;
    }
    if (entries.length > 0) return entries;
    for (const entry of this.#options.journal.read(due, Math.min(this.#fedNumber, due + ENTRIES_A_CALL - 1))) {
      entries.push(entry);
      bytes += entry.input.length;
      if (isFull()) break;
    }
    return entries;
  }

  #take(): Replayed {
    const entry = this.#queue[this.#taken++]!;
    this.#queueBytes -= entry.input.length;
    if (this.#taken === this.#queue.length || this.#taken >= TAKEN_MAX) {
      this.#queue.splice(0, this.#taken);
      this.#taken = 0;
    }
    return entry;
  }

  /** False when it has ended. */
  async #replay(lineage: Lineage, entries: Replayed[]): Promise<boolean> {
    const diverged = await lineage.execute(entries);
    if (diverged !== undefined) {
      this.#end();
      this.#options.onDivergence(diverged);
      return false;
    }
    this.#last = entries.at(-1)!;
    this.#number = this.#last.number;
    this.#snapshotAt ??= entries[0]!.at;
    return true;
  }

  #end(): void {
    this.#ended = true;
    this.#queue = [];
    this.#taken = 0;
    this.#queueBytes = 0;
  }

  #isSnapshotDue(): boolean {
    const { snapshotEveryEntries, snapshotEveryMs } = this.#options;
    if (this.#last === undefined || this.#number === this.#triedNumber) {
      this.#snapshotAsked = false;
      return false;
    }
    if (this.#snapshotAsked) return this.#number >= this.#fedNumber;
    const passed = this.#number - this.#triedNumber;
    return passed >= snapshotEveryEntries || this.#last.at - (this.#snapshotAt ?? 0) >= snapshotEveryMs;
  }

  async #takeSnapshot({ core }: Lineage): Promise<void> {
    const { number, at, digest } = this.#last!;
    const meta = { number, at, coreHash: core.coreHash, digest };
    this.#snapshotAsked = false;
    this.#triedNumber = number;
    this.#snapshotAt = at;
    const { snapshots } = this.#options;
    try {
      await snapshots.write(meta, core.memory);
      this.#snapshotNumber = number;
      await this.#thinOut();
    } catch (error) {
      this.#options.onTrouble?.(error);
      return;
    }
    this.#options.onSnapshot?.(meta);
  }

  async #thinOut(): Promise<void> {
    const { snapshots } = this.#options;
    const most = this.#options.snapshotsKept ?? snapshotsKeptMax;
    for (let kept = snapshots.list(); kept.length > most; kept = snapshots.list())
      await snapshots.remove(leastMissed(kept));
  }
}

/** The one that is missed least: of those between the oldest and the newest two, the one whose neighbours are nearest. */
function leastMissed(newestFirst: readonly SnapshotMeta[]): number {
  let least = FOR_RECOVERY;
  const gapAt = (place: number) => newestFirst[place - 1]!.number - newestFirst[place + 1]!.number;
  for (let place = FOR_RECOVERY; place < newestFirst.length - 1; place++)
    if (gapAt(place) < gapAt(least)) least = place;
  return newestFirst[least]!.number;
}

function scheduleUnref(callback: () => void, delayMs: number): void {
  setTimeout(callback, delayMs).unref();
}
