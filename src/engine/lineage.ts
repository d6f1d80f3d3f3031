// A core memory on its way through the builds that wrote a journal: every stretch is executed by the build that wrote it.
//
//   snapshot of A ── entries of A ──┬── entries of B ──┬── the current build, C
//                       moved from A to B          moved from B to C            move: A exports pages, B imports them
//
// A move depends on the memory alone, so whoever comes to a boundary (recovery, from whichever snapshot, and the shadow)
// has the same memory behind it, and nothing has to be written there. The digest of effects goes on through it. A build is
// handled by this build's constants: one whose frame (core-build.ts) differs is refused before anything is executed.

import { copyImage } from '../store/memory-image.ts';
import type { CoreBuild, Journal, JournalEntry, PartitionStore } from '../store/store.ts';
import { StoreError } from '../store/store.ts';
import { type CoreMemory, type CorePool, CoreTrapError, type ReplayEntry } from './core.ts';
import { frameDifferences } from './core-build.ts';
import { copyExportedPage, readHeader } from './core-instance.ts';

export interface LineageOptions {
  readonly journal: Pick<Journal, 'core' | 'keepCore'>;
  readonly pool: CorePool;
  readonly partition: string;
  /** The build that new entries are written with; older ones are kept beside the journal. */
  readonly build: CoreBuild;
  readonly log?: (message: string, data?: Record<string, unknown>) => void;
}

export class Lineage {
  readonly #options: LineageOptions;
  #core: CoreMemory;

  private constructor(options: LineageOptions, core: CoreMemory) {
    this.#options = options;
    this.#core = core;
  }

  /** Begins with an empty memory of that build, into which a snapshot may be loaded. `wrote` is named when it is not kept. */
  static async begin(options: LineageOptions, hash: string, wrote: string): Promise<Lineage> {
    await addKeptBuild(options, hash, wrote);
    return new Lineage(options, await options.pool.create(hash, options.partition));
  }

  get core(): CoreMemory {
    return this.#core;
  }

  /** Executes entries again, in order. Returns the number of the first that came out differently, or undefined. */
  async execute(entries: readonly (ReplayEntry & Pick<JournalEntry, 'coreHash'>)[]): Promise<number | undefined> {
    for (let from = 0; from < entries.length; ) {
      const { coreHash, number } = entries[from]!;
      await this.moveTo(coreHash, `entry ${number}`);
      const foreign = entries.findIndex((entry, at) => at > from && entry.coreHash !== coreHash);
      const to = foreign < 0 ? entries.length : foreign;
      const stretch = entries.slice(from, to).map(({ number, at, digest, input }) => ({ number, at, digest, input }));
      const diverged = await this.#options.pool.replay(this.#core, stretch);
      if (diverged !== undefined) return diverged;
      from = to;
    }
    return undefined;
  }

  /** Goes on with that build; nothing to do when it is the memory's own. Until it has come out well, the old memory stays. */
  async moveTo(hash: string, wrote: string): Promise<void> {
    if (this.#core.coreHash === hash) return;
    const { pool, partition, log } = this.#options;
    await addKeptBuild(this.#options, hash, wrote);
    const from = this.#core;
    const to = await pool.create(hash, partition);
    try {
      await moveState(pool, from, to);
    } catch (error) {
      pool.forget(to);
      if (error instanceof CoreTrapError) throw cannotMove(from, to, error);
      throw error;
    }
    this.#core = to;
    pool.forget(from);
    log?.('the partition moved to another build of the core', {
      from: from.coreHash,
      to: to.coreHash,
      after: readHeader(to.memory).number,
    });
  }

  /** Another memory in the same state, which goes its own way. */
  async fork(): Promise<Lineage> {
    const { pool, partition } = this.#options;
    const copy = await pool.create(this.#core.coreHash, partition);
    copyImage(this.#core.memory, copy.memory);
    return new Lineage(this.#options, copy);
  }

  forget(): void {
    this.#options.pool.forget(this.#core);
  }
}

/** A snapshot may outlive the entries of the build that it is of: the journal alone would not know that it is needed. */
export async function keepBuildsOfSnapshots({ journal, snapshots }: PartitionStore): Promise<void> {
  for (const { coreHash } of snapshots.list()) {
    const build = journal.core(coreHash);
    if (build !== undefined) await journal.keepCore(build);
  }
}

/** Tells the pool about a build, and the journal that it is in use. */
async function addKeptBuild({ journal, pool, build }: LineageOptions, hash: string, wrote: string): Promise<void> {
  const known = hash === build.hash ? build : journal.core(hash);
  if (known === undefined) {
    throw new StoreError(
      'damaged',
      `${wrote} was written by core ${hash}, which is not kept beside the journal: ` +
        'put back its file in the cores folder from a copy of the data directory',
    );
  }
  const differences = known === build ? [] : frameDifferences(known.layout);
  if (differences.length > 0) {
    throw new StoreError(
      'other_version',
      `${wrote} was written by core ${hash}, whose memory this build cannot handle (${differences.join(', ')}): ` +
        'start the build that wrote the data directory, or a build in between, or give another data directory',
    );
  }
  await journal.keepCore(known);
  await pool.addBuild(known.hash, known.wasm);
}

/** Copies page after page; then both must say the same of themselves. */
async function moveState(pool: CorePool, from: CoreMemory, to: CoreMemory): Promise<void> {
  for (let cursor = 0; cursor >= 0; ) {
    await pool.exportState(from, 0, cursor);
    const { bytes, next } = copyExportedPage(from.memory, to.memory);
    await pool.importState(to, 0, bytes);
    if (next >= 0 && next <= cursor) throw new Error(`core ${from.coreHash} exports from ${cursor} on to ${next}`);
    cursor = next;
  }
  const before = identityOf(from);
  const after = identityOf(to);
  if (before !== after)
    throw new Error(`moving from core ${from.coreHash} to ${to.coreHash}: ${before} became ${after}`);
}

function identityOf(core: CoreMemory): string {
  const { number, at, digest, nextDeadline, waiting, live, timers } = readHeader(core.memory);
  return [number, at, digest, nextDeadline ?? 'no deadline', waiting, live, timers].join(' ');
}

function cannotMove(from: CoreMemory, to: CoreMemory, cause: CoreTrapError): StoreError {
  const { number } = readHeader(from.memory);
  return new StoreError(
    'other_version',
    `the state after entry ${number} cannot be moved from core ${from.coreHash} to core ${to.coreHash} (${cause.message}): ` +
      'start the build that wrote the data directory, or a build in between',
    { cause },
  );
}
