// The seams of the store: what the engine asks of a journal, of tables and of snapshots.
//
// LMDB stands behind them in production (src/store/lmdb-*.ts), memory in simulation and tests (src/store/memory-*.ts);
// one shared suite runs against both. The journal is what is acknowledged; the tables lag behind it and can be brought
// up to date from it; snapshots only make recovery shorter.

/** What went wrong and, for the engine, what is still known about the disk. */
export class StoreError extends Error {
  readonly outcome: 'nothing_written' | 'unknown' | 'damaged' | 'other_version' | 'in_use';
  constructor(outcome: StoreError['outcome'], message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'StoreError';
    this.outcome = outcome;
  }
}

/** One tick, as it lies in the journal. Numbers begin at 1 and have no gaps. */
export interface JournalEntry {
  readonly number: number;
  /** Who owned the partition: grows each time ownership moves. */
  readonly ownerEpoch: number;
  /** The tick's one time, ms since the epoch. */
  readonly at: number;
  /** Hash (hex) of the core build that executed the input. */
  readonly coreHash: string;
  /** The core's rolling digest of effects after this tick. */
  readonly digest: bigint;
  /** The command batch exactly as the core read it; may be empty. */
  readonly input: Uint8Array;
  /** Encoded TickRedo; empty once the segment has been compacted. */
  readonly redo: Uint8Array;
}

export interface Journal {
  /** Number of the newest durable entry, 0 if there is none. */
  readonly lastNumber: number;
  /** Number of the oldest entry still kept, 1 if there is none. */
  readonly firstNumber: number;
  /**
   * Appends the entry `lastNumber + (appends on their way) + 1`; resolves when it is on disk.
   * The caller may reuse its buffers at once. Rejects with StoreError: `nothing_written` (full, refused: the number is
   * free again, and so are those of the appends after it, which are rejected as well) or `unknown` (an error in the flush).
   */
  append(entry: JournalEntry): Promise<void>;
  /** Durable entries from `from` in order, at most up to `to`. Throws StoreError `damaged` on a gap or a bad checksum. */
  read(from: number, to?: number): Iterable<JournalEntry>;
  /** Resolves when no append is on its way any more, whatever became of them. */
  settled(): Promise<void>;
  /** Closes the live segment and begins another at the next append. */
  seal(): Promise<void>;
  /** Rewrites sealed segments whose entries are all ≤ `number` to their inputs: redo becomes empty. Returns how many. */
  compact(number: number): Promise<number>;
  /** Deletes sealed segments whose entries are all older than `before` (ms) and ≤ `number`. Returns how many. */
  drop(before: number, number: number): Promise<number>;
  /** The build that wrote a stretch, kept beside the journal for as long as the stretch is. */
  keepCore(build: CoreBuild): Promise<void>;
  core(hash: string): CoreBuild | undefined;
  /** Bytes on disk, for metrics and benchmarks. */
  bytes(): number;
  close(): Promise<void>;
}

export interface CoreBuild {
  readonly hash: string;
  readonly wasm: Uint8Array;
  /** The layout's constants that it was built with, by name. */
  readonly layout: Readonly<Record<string, number | string>>;
}

/** Keys are binary strings (one char a byte, as Buffer 'latin1'), ordered by byte. The first two bytes name the table. */
export type Key = string;

/** The durable tables, without what has not been applied yet. */
export interface Tables {
  /** All entries up to this one are in the tables. */
  readonly appliedNumber: number;
  get(key: Key): Uint8Array | undefined;
  /** Rows with from ≤ key < to, in key order (reverse: descending), at most `limit`, as one consistent picture. */
  range(from: Key, to: Key, limit: number, reverse?: boolean): [Key, Uint8Array][];
  /** The keys of range(), without reading the rows. */
  keys(from: Key, to: Key, limit: number): Key[];
  /** Writes (undefined removes) and the number reached, in one transaction; resolves when durable. */
  apply(writes: readonly (readonly [Key, Uint8Array | undefined])[], number: number): Promise<void>;
  /** Replaces the environment by a compacting copy, so that freed pages keep no old bytes. */
  rewrite(): Promise<void>;
  bytes(): number;
  close(): Promise<void>;
}

export interface SnapshotMeta {
  /** The last entry whose effects are in it. */
  readonly number: number;
  readonly at: number;
  readonly coreHash: string;
  readonly digest: bigint;
}

export interface Snapshots {
  /** Writes header and arena of a core memory to a file: temporary, flushed, renamed. */
  write(meta: SnapshotMeta, memory: WebAssembly.Memory): Promise<void>;
  /** Snapshots that exist, newest first; a damaged one is noticed by load(). */
  list(): SnapshotMeta[];
  /** Fills a fresh memory (growing it as needed). False when the file is damaged: try the next one. */
  load(meta: SnapshotMeta, memory: WebAssembly.Memory): Promise<boolean>;
  /** Deletes all snapshots with a number below this one. */
  drop(number: number): Promise<void>;
  /** Deletes this one. */
  remove(number: number): Promise<void>;
}

/** The folder of one tenant, opened: its lock is held until close(). */
export interface PartitionStore {
  readonly journal: Journal;
  readonly tables: Tables;
  readonly snapshots: Snapshots;
  /** Grows by one each time the folder is opened for writing. */
  readonly ownerEpoch: number;
  close(): Promise<void>;
}

export interface Store {
  /** Throws StoreError `in_use`, `other_version` or `damaged`, each saying which file and how to go on. */
  open(tenant: string): Promise<PartitionStore>;
}

/** A tick's redo, decoded. Encoded and decoded in src/store/redo.ts only. */
export interface TickRedo {
  /** In the order in which they were made; undefined removes. */
  readonly writes: readonly (readonly [Key, Uint8Array | undefined])[];
  /** What this tick makes the next one begin with: opaque to the store. */
  readonly followUps: readonly unknown[];
}
