// Makes a partition's core memory again: the newest good snapshot, then the journal after it, effects dropped.
//
// Every stretch is executed by the build that wrote it (lineage.ts); at the end the memory is moved to the current build,
// which writes what comes next. The digest in each entry is compared, so a replay that comes out differently is noticed at
// the entry where it does, and nothing is built on it.

import type { CoreBuild, JournalEntry, PartitionStore } from '../store/store.ts';
import { StoreError } from '../store/store.ts';
import type { CoreMemory, CorePool } from './core.ts';
import { readHeader } from './core-instance.ts';
import { type Effect, Effects } from './effects.ts';
import { keepBuildsOfSnapshots, Lineage, type LineageOptions } from './lineage.ts';

export interface RebuildOptions {
  readonly store: PartitionStore;
  readonly pool: CorePool;
  readonly partition: string;
  /** The build that new entries are written with. */
  readonly build: CoreBuild;
  readonly log: (message: string, data?: Record<string, unknown>) => void;
}

/** Entries executed in one call of a worker. */
const ENTRIES_A_CALL = 256;
const BYTES_A_CALL = 8_388_608;

export async function rebuild(options: RebuildOptions): Promise<CoreMemory> {
  const { store, log } = options;
  const { lineage, number: snapshotNumber } = await fromSnapshot(options);
  const first = snapshotNumber + 1;
  if (store.journal.lastNumber >= first && first < store.journal.firstNumber) {
    throw new StoreError(
      'damaged',
      `recovery needs the journal from entry ${first} on, but it begins at ${store.journal.firstNumber}: ` +
        'put back the missing snapshot or segment from a copy of the data directory',
    );
  }
  let waiting: JournalEntry[] = [];
  let waitingBytes = 0;
  for (const entry of store.journal.read(first)) {
    waiting.push(entry);
    waitingBytes += entry.input.length;
    if (waiting.length < ENTRIES_A_CALL && waitingBytes < BYTES_A_CALL) continue;
    await replay(lineage, waiting);
    waiting = [];
    waitingBytes = 0;
  }
  await replay(lineage, waiting);
  await lineage.moveTo(options.build.hash, 'the next entry');
  log('core rebuilt', { snapshot: snapshotNumber, last: store.journal.lastNumber });
  return lineage.core;
}

async function fromSnapshot(options: RebuildOptions): Promise<{ lineage: Lineage; number: number }> {
  const { store, log } = options;
  const { journal, snapshots } = store;
  const lineageOptions: LineageOptions = { ...options, journal };
  await keepBuildsOfSnapshots(store);
  for (const meta of snapshots.list()) {
    if (meta.number > journal.lastNumber) continue;
    const lineage = await Lineage.begin(lineageOptions, meta.coreHash, `the snapshot of entry ${meta.number}`);
    if (await snapshots.load(meta, lineage.core.memory)) return { lineage, number: meta.number };
    lineage.forget();
    log('a damaged snapshot is passed over', { number: meta.number });
  }
  const [first] = journal.lastNumber === 0 ? [] : journal.read(journal.firstNumber, journal.firstNumber);
  const hash = first?.coreHash ?? options.build.hash;
  return { lineage: await Lineage.begin(lineageOptions, hash, `entry ${journal.firstNumber}`), number: 0 };
}

async function replay(lineage: Lineage, entries: readonly JournalEntry[]): Promise<void> {
  const diverged = await lineage.execute(entries);
  if (diverged === undefined) return;
  throw new StoreError(
    'damaged',
    `executing entry ${diverged} again gave other effects than when it was written: the journal and the core disagree`,
  );
}

/** Everything alive in the core, as it describes itself. */
export async function describe(pool: CorePool, core: CoreMemory): Promise<Effect[]> {
  const live: Effect[] = [];
  let cursor = 0;
  while (cursor >= 0) {
    await pool.describe(core, 0, cursor);
    const header = readHeader(core.memory);
    for (const effect of new Effects(core.memory.buffer, 0, header.effects).all()) live.push(effect);
    cursor = header.describeNext;
  }
  return live;
}
