// Makes a partition's core memory again: the newest good snapshot, then the journal after it, effects dropped.
//
// Every stretch is executed by the build that wrote it. The digest in each entry is compared, so a replay that comes
// out differently is noticed at the entry where it does, and nothing is built on it.

import type { CoreBuild, Journal, JournalEntry, PartitionStore, SnapshotMeta } from '../store/store.ts';
import { StoreError } from '../store/store.ts';
import type { CoreMemory, CorePool } from './core.ts';
import { layoutDifferences } from './core-build.ts';
import { readHeader } from './core-instance.ts';
import { decodeEffects, type Effect } from './effect-decoder.ts';

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
  const { core, number: snapshotNumber } = await fromSnapshot(options);
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
    assertSameBuild(entry, core, store.journal);
    waiting.push(entry);
    waitingBytes += entry.input.length;
    if (waiting.length < ENTRIES_A_CALL && waitingBytes < BYTES_A_CALL) continue;
    await replay(options, core, waiting);
    waiting = [];
    waitingBytes = 0;
  }
  await replay(options, core, waiting);
  log('core rebuilt', { snapshot: snapshotNumber, last: store.journal.lastNumber });
  return core;
}

async function fromSnapshot(options: RebuildOptions): Promise<{ core: CoreMemory; number: number }> {
  const { store, pool, partition, log } = options;
  for (const meta of store.snapshots.list()) {
    if (meta.number > store.journal.lastNumber) continue;
    const core = await pool.create(await knownBuild(options, meta), partition);
    if (await store.snapshots.load(meta, core.memory)) return { core, number: meta.number };
    pool.forget(core);
    log('a damaged snapshot is passed over', { number: meta.number });
  }
  const first =
    store.journal.lastNumber === 0
      ? undefined
      : store.journal.read(store.journal.firstNumber, store.journal.firstNumber)[Symbol.iterator]().next().value;
  const hash = first === undefined ? options.build.hash : await knownBuild(options, first);
  await pool.addBuild(options.build.hash, options.build.wasm);
  return { core: await pool.create(hash, partition), number: 0 };
}

async function knownBuild(options: RebuildOptions, of: SnapshotMeta | JournalEntry): Promise<string> {
  const { build, pool, store, log } = options;
  const wrote = of.coreHash === build.hash ? build : store.journal.core(of.coreHash);
  if (wrote === undefined) {
    throw new StoreError(
      'damaged',
      `entry ${of.number} was written by core ${of.coreHash}, which is not kept beside the journal: ` +
        'put back its file in the cores folder from a copy of the data directory',
    );
  }
  const differences = layoutDifferences(wrote.layout);
  if (differences.length > 0) {
    throw new StoreError(
      'other_version',
      `entry ${of.number} was written by core ${of.coreHash}, whose layout differs from this build's (${differences.slice(0, 5).join(', ')}): ` +
        'start the build that wrote the data directory, or give another data directory. Nothing has been changed',
    );
  }
  if (wrote !== build) log('this data directory goes on with the core that wrote it', { coreHash: wrote.hash });
  await pool.addBuild(wrote.hash, wrote.wasm);
  return wrote.hash;
}

function assertSameBuild(entry: JournalEntry, core: CoreMemory, journal: Journal): void {
  if (entry.coreHash === core.coreHash) return;
  const known = journal.core(entry.coreHash) !== undefined ? 'is kept beside the journal' : 'is not kept';
  throw new StoreError(
    'damaged',
    `entry ${entry.number} was written by core ${entry.coreHash} (which ${known}) without a snapshot of that build before it`,
  );
}

async function replay(options: RebuildOptions, core: CoreMemory, entries: readonly JournalEntry[]): Promise<void> {
  if (entries.length === 0) return;
  const diverged = await options.pool.replay(
    core,
    entries.map(({ number, at, digest, input }) => ({ number, at, digest, input })),
  );
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
    for (const effect of decodeEffects(core.memory.buffer, 0, header.effects)) live.push(effect);
    cursor = header.describeNext;
  }
  return live;
}
