// The store on disk: one folder a tenant, opened by one process at a time.
//
//   <data>/tenants/<tenant>/FORMAT       names what this is and its version; another version is refused
//                           LOCK.socket  held by the process that has it open (folder-lock.ts)
//                           EPOCH        ownerEpoch, grown and flushed at each open before anything is read
//                           journal/     segments (lmdb-journal.ts)
//                           cores/       the builds that wrote them
//                           tables/      the environment of the tables
//                           snapshots/   of the core's memory
//
// Tenant names come from the configuration; their characters are checked here once more because they become a path.

import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { flushFolder, replaceFile } from './durable-file.ts';
import { FileSnapshots } from './file-snapshots.ts';
import { lockFolder } from './folder-lock.ts';
import type { LmdbJournalOptions } from './lmdb-journal.ts';
import { LmdbJournal } from './lmdb-journal.ts';
import { LmdbTables } from './lmdb-tables.ts';
import type { PartitionStore, Store } from './store.ts';
import { StoreError } from './store.ts';
import { settleFormat } from './tenant-format.ts';

const TENANT = /^[A-Za-z0-9_][A-Za-z0-9._@+-]{0,127}$/;

export interface LmdbStoreOptions {
  /** The data directory. */
  readonly folder: string;
  readonly journal?: Pick<LmdbJournalOptions, 'segmentBytes' | 'segmentEntries'>;
}

export class LmdbStore implements Store {
  #options: LmdbStoreOptions;

  constructor(options: LmdbStoreOptions) {
    this.#options = options;
  }

  async open(tenant: string): Promise<PartitionStore> {
    const folder = tenantFolder(this.#options.folder, tenant);
    const tenants = dirname(folder);
    const isNew = statSync(folder, { throwIfNoEntry: false }) === undefined;
    mkdirSync(folder, { recursive: true });
    const lock = await lockFolder(folder);
    try {
      await settleFormat(folder);
      if (isNew) for (const parent of [tenants, this.#options.folder]) await flushFolder(parent);
      return await this.#openLocked(folder, lock.release);
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  async #openLocked(folder: string, release: () => Promise<void>): Promise<PartitionStore> {
    const ownerEpoch = await growEpoch(join(folder, 'EPOCH'));
    const snapshots = new FileSnapshots(join(folder, 'snapshots'));
    const journalOptions = { folder: join(folder, 'journal'), coresFolder: join(folder, 'cores') };
    const journal = new LmdbJournal({ ...this.#options.journal, ...journalOptions });
    let tables: LmdbTables;
    try {
      tables = new LmdbTables(join(folder, 'tables'));
      await flushFolder(folder);
    } catch (error) {
      await journal.close();
      throw error;
    }
    const close = async () => {
      await journal.close();
      await tables.close();
      await release();
    };
    return { journal, tables, snapshots, ownerEpoch, close };
  }
}

export function tenantFolder(dataFolder: string, tenant: string): string {
  if (!TENANT.test(tenant)) throw new RangeError(`no name for a tenant's folder: ${tenant}`);
  return join(dataFolder, 'tenants', tenant);
}

async function growEpoch(path: string): Promise<number> {
  const content = statSync(path, { throwIfNoEntry: false }) && readFileSync(path, 'utf8');
  const before = content === undefined ? 0 : Number(content);
  if (!Number.isSafeInteger(before) || (content !== undefined && before < 1)) {
    const message = `${path} holds no number: write into it one that is higher than the epoch of the newest journal entry.`;
    throw new StoreError('damaged', message);
  }
  await replaceFile(path, `${before + 1}\n`);
  return before + 1;
}
