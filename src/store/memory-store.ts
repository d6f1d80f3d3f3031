// The store in memory: the same interfaces over a MemoryDisk, for simulation and tests.

import type { DiskAccess } from './memory-disk.ts';
import { DiskAccess as Access, type DiskOutcome, MemoryDisk } from './memory-disk.ts';
import { imageInto, imagePiecesOf } from './memory-image.ts';
import { MemoryJournal, type MemoryJournalOptions } from './memory-journal.ts';
import type { Key, PartitionStore, SnapshotMeta, Snapshots, Store, Tables } from './store.ts';
import { StoreError } from './store.ts';
import type { ReadablePartition } from './stored-partition.ts';

export interface MemoryStoreOptions {
  /** What it is kept on; a disk of its own by default. */
  readonly disk?: MemoryDisk;
  readonly journal?: MemoryJournalOptions;
}

export class MemoryStore implements Store {
  readonly disk: MemoryDisk;
  #options: MemoryStoreOptions;

  constructor(options: MemoryStoreOptions = {}) {
    this.disk = options.disk ?? new MemoryDisk();
    this.#options = options;
  }

  async open(tenant: string): Promise<PartitionStore> {
    const access = new Access(this.disk, tenant);
    if (access.tenant.isOpen) {
      throw new StoreError('in_use', `${tenant} on the disk in memory is open already: close it, or restart the disk.`);
    }
    const journal = new MemoryJournal(access, this.#options.journal);
    const tables = new MemoryTables(access);
    access.tenant.isOpen = true;
    access.tenant.ownerEpoch++;
    const close = async () => {
      await journal.close();
      await tables.close();
      if (access.isAlive) access.tenant.isOpen = false;
    };
    return { journal, tables, snapshots: new MemorySnapshots(access), ownerEpoch: access.tenant.ownerEpoch, close };
  }
}

/** A tenant's part of the disk, read from beside, as it is now: stored-partition.ts for a disk in memory. */
export function readMemoryPartition(disk: MemoryDisk, tenant: string): ReadablePartition {
  const access = new Access(disk, tenant);
  return {
    journal: new MemoryJournal(access, { beside: true }),
    tables: new MemoryTables(access),
    snapshots: new MemorySnapshots(access),
  };
}

function failure(what: string, outcome: DiskOutcome): StoreError {
  const kind = outcome === 'refused' ? 'nothing_written' : 'unknown';
  return new StoreError(kind, `${what}: the disk in memory was told to fail`);
}

class MemoryTables implements Tables {
  #access: DiskAccess;
  #applying: Promise<unknown> = Promise.resolve();
  #broken: StoreError | undefined;

  constructor(access: DiskAccess) {
    this.#access = access;
  }

  get appliedNumber(): number {
    return this.#access.tenant.appliedNumber;
  }

  get(key: Key): Uint8Array | undefined {
    return this.#access.tenant.rows.get(key)?.slice();
  }

  range(from: Key, to: Key, limit: number, reverse = false): [Key, Uint8Array][] {
    const rows: [Key, Uint8Array][] = [];
    if (from >= to || limit <= 0) return rows;
    const { rows: tree } = this.#access.tenant;
    for (const [key, value] of reverse ? tree.entriesReversed(to, undefined, true) : tree.entries(from)) {
      if (reverse ? key < from : key >= to) break;
      rows.push([key, value.slice()]);
      if (rows.length === limit) break;
    }
    return rows;
  }

  keys(from: Key, to: Key, limit: number): Key[] {
    return this.range(from, to, limit).map(([key]) => key);
  }

  apply(writes: readonly (readonly [Key, Uint8Array | undefined])[], number: number): Promise<void> {
    const result = this.#applying.then(async () => {
      if (this.#broken !== undefined) throw this.#broken;
      const { tenant } = this.#access;
      if (number < tenant.appliedNumber) throw new Error(`tables at ${tenant.appliedNumber} taken back to ${number}`);
      const outcome = await this.#access.perform('apply', number, () => {
        for (const [key, value] of writes) {
          if (value === undefined) tenant.rows.delete(key);
          else tenant.rows.set(key, value.slice());
        }
        tenant.appliedNumber = number;
      });
      if (outcome === 'done') return;
      const error = failure(`tables: up to entry ${number}`, outcome);
      if (error.outcome === 'unknown') this.#broken = error;
      throw error;
    });
    this.#applying = result.catch(() => undefined);
    return result;
  }

  async rewrite(): Promise<void> {
    await this.#applying;
    const outcome = await this.#access.perform('rewrite', this.appliedNumber, () => undefined);
    if (outcome !== 'done') throw new StoreError('nothing_written', 'the tables could not be rewritten');
  }

  bytes(): number {
    let bytes = 0;
    for (const [key, value] of this.#access.tenant.rows.entries()) bytes += key.length + value.length;
    return bytes;
  }

  async close(): Promise<void> {
    await this.#applying;
    this.#broken ??= new StoreError('nothing_written', 'tables: closed');
  }
}

class MemorySnapshots implements Snapshots {
  #access: DiskAccess;

  constructor(access: DiskAccess) {
    this.#access = access;
  }

  async write(meta: SnapshotMeta, memory: WebAssembly.Memory): Promise<void> {
    const pieces = [...imagePiecesOf(memory)];
    const { number, at, coreHash, digest } = meta;
    const outcome = await this.#access.perform('snapshot', number, (how) => {
      const isWhole = how !== 'torn';
      this.#access.tenant.snapshots.set(number, { meta: { number, at, coreHash, digest }, pieces, isWhole });
    });
    if (outcome !== 'done') throw failure(`snapshot ${number}`, outcome);
  }

  list(): SnapshotMeta[] {
    const metas = [...this.#access.tenant.snapshots.values()].map((snapshot) => snapshot.meta);
    return metas.sort((a, b) => b.number - a.number);
  }

  async load(meta: SnapshotMeta, memory: WebAssembly.Memory): Promise<boolean> {
    const snapshot = this.#access.tenant.snapshots.get(meta.number);
    if (!snapshot?.isWhole || snapshot.meta.coreHash !== meta.coreHash) return false;
    const bytes = snapshot.pieces.reduce((sum, piece) => sum + piece.length, 0);
    const put = imageInto(memory, bytes);
    for (const piece of snapshot.pieces) put(piece);
    return true;
  }

  async drop(number: number): Promise<void> {
    for (const kept of [...this.#access.tenant.snapshots.keys()]) {
      if (kept < number) this.#access.tenant.snapshots.delete(kept);
    }
  }

  async remove(number: number): Promise<void> {
    this.#access.tenant.snapshots.delete(number);
  }
}
