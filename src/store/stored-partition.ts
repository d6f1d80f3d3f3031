// A tenant's folder read from beside: by another process than the one that has it open, or by one after it has stopped.
// Nothing in the folder is changed, tidied up or made longer, and no lock is taken.
//
// LMDB lets other processes read while one writes. What this sees is what was there when it was opened: files may be
// compacted, dropped or replaced meanwhile; a file that is not there any more is StoreError `damaged`, and opening anew is
// the way out. Nothing here checks that a file reaches as far as it says (the writer may be making it longer), so a file
// that was cut off can end the process with SIGBUS: whoever reads so does it in a process that may be lost.

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CoreBuilds } from './core-builds.ts';
import { FileSnapshots } from './file-snapshots.ts';
import { type Environment, openEnvironment, readFailure } from './lmdb-environment.ts';
import { type Segment, segmentsIn } from './lmdb-segment.ts';
import { tenantFolder } from './lmdb-store.ts';
import { appliedIn, readRange, tablesFileIn } from './lmdb-tables.ts';
import type { CoreBuild, Journal, JournalEntry, Snapshots, Tables } from './store.ts';
import { StoreError } from './store.ts';
import { assertFormat } from './tenant-format.ts';

const READER_MAP_BYTES = 1 << 20;

export type ReadableJournal = Pick<Journal, 'firstNumber' | 'lastNumber' | 'read' | 'core' | 'keepCore'>;
export type ReadableTables = Pick<Tables, 'appliedNumber' | 'get' | 'range'>;

/** The part of a PartitionStore that only reads. */
export interface ReadablePartition {
  readonly journal: ReadableJournal;
  readonly tables: ReadableTables;
  readonly snapshots: Pick<Snapshots, 'list' | 'load'>;
}

export interface StoredPartition extends ReadablePartition {
  close(): Promise<void>;
}

/** Throws StoreError `damaged` or `other_version`, saying what is not there. */
export function readStoredPartition(dataFolder: string, tenant: string): StoredPartition {
  const folder = tenantFolder(dataFolder, tenant);
  if (!existsSync(join(folder, 'FORMAT'))) {
    throw new StoreError('damaged', `${folder} is no tenant's folder: it has no FORMAT. Is the data directory right?`);
  }
  assertFormat(folder);
  // Tables first: the journal then has everything that they have not taken yet.
  const tables = new StoredTables(join(folder, 'tables'));
  const journal = new StoredJournal(join(folder, 'journal'), join(folder, 'cores'));
  return {
    journal,
    tables,
    snapshots: new FileSnapshots(join(folder, 'snapshots'), { beside: true }),
    close: async () => {
      journal.close();
      await tables.close();
    },
  };
}

class StoredJournal implements ReadableJournal {
  readonly lastNumber: number;
  readonly #segments: readonly Segment[];
  readonly #cores: CoreBuilds;

  constructor(folder: string, coresFolder: string) {
    const segments = existsSync(folder) ? segmentsIn(readdirSync(folder), folder, { beside: true }) : [];
    let last = 0;
    // The newest may have been made and hold nothing yet.
    while (segments.length > 0 && last === 0) {
      const newest = segments.at(-1)!;
      last = newest.findLast();
      if (last >= newest.first) break;
      last = 0;
      newest.close();
      segments.pop();
    }
    this.#segments = segments;
    this.lastNumber = last;
    this.#cores = new CoreBuilds(coresFolder, { beside: true });
  }

  get firstNumber(): number {
    return this.#segments[0]?.first ?? 1;
  }

  *read(from: number, to = this.lastNumber): Generator<JournalEntry> {
    if (from < this.firstNumber) {
      throw new StoreError('damaged', `journal: entry ${from} is no longer kept, the oldest is ${this.firstNumber}`);
    }
    let place = this.#segments.findLastIndex(({ first }) => first <= from);
    for (let number = from; number <= Math.min(to, this.lastNumber); number++) {
      if (number >= (this.#segments[place + 1]?.first ?? Number.POSITIVE_INFINITY)) this.#segments[place++]!.close();
      yield this.#segments[place]!.read(number);
    }
  }

  core(hash: string): CoreBuild | undefined {
    return this.#cores.get(hash);
  }

  /** Whoever writes it keeps it. */
  async keepCore(): Promise<void> {}

  close(): void {
    for (const segment of this.#segments) segment.close();
  }
}

class StoredTables implements ReadableTables {
  readonly #environment: Environment | undefined;
  readonly appliedNumber: number;

  constructor(folder: string) {
    const path = tablesFileIn(folder);
    this.#environment = path === undefined ? undefined : openTables(path);
    this.appliedNumber = this.#environment === undefined ? 0 : appliedIn(this.#environment);
  }

  get(key: string): Uint8Array | undefined {
    return this.#environment?.get(key);
  }

  range(from: string, to: string, limit: number, reverse = false): [string, Uint8Array][] {
    return this.#environment === undefined ? [] : readRange(this.#environment, from, to, limit, reverse);
  }

  async close(): Promise<void> {
    await this.#environment?.close();
  }
}

function openTables(path: string): Environment {
  try {
    return openEnvironment(path, { readOnly: true, beside: true, mapBytes: READER_MAP_BYTES });
  } catch (error) {
    throw readFailure(path, error, 'Restore it from a copy.');
  }
}
