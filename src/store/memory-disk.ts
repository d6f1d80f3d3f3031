// A disk in memory, for simulation and for tests that stop at a chosen point.
//
//   operation ─ faults.before() ─▶ done │ refused │ lost │ written │ torn ─▶ on the disk ─ faults.after() ─▶ answered
//
// restart() is the power cut: stores opened before it write nothing any more and their promises never settle; what a new
// one opens is what was on the disk. Values are kept encoded, with the same checksums as on a real disk.

import type { EntryValues } from './entry.ts';
import { orderedMap } from './ordered-map.ts';
import type { CoreBuild, SnapshotMeta } from './store.ts';

export interface DiskOperation {
  readonly kind: 'append' | 'apply' | 'snapshot' | 'compact' | 'drop' | 'seal' | 'rewrite';
  readonly tenant: string;
  /** The entry's number; for `apply` the number that the tables would reach. */
  readonly number: number;
}

/**
 * done: as it should be. refused: nothing is written, and the store knows. lost, written, torn: the flush failed, and
 * what is on the disk then is nothing, everything, or something damaged.
 */
export type DiskOutcome = 'done' | 'refused' | 'lost' | 'written' | 'torn';

/** Promises hold the operation where it is for as long as they like. */
export interface DiskFaults {
  before?(operation: DiskOperation): DiskOutcome | Promise<DiskOutcome>;
  after?(operation: DiskOperation): void | Promise<void>;
}

export interface MemorySegment {
  readonly first: number;
  readonly coreHash: string;
  sealed: boolean;
  compacted: boolean;
  bytes: number;
}

export interface MemorySnapshot {
  readonly meta: SnapshotMeta;
  readonly pieces: readonly Uint8Array[];
  readonly isWhole: boolean;
}

/** What is on the disk of one tenant. */
export class MemoryTenant {
  readonly entries = new Map<number, EntryValues>();
  segments: MemorySegment[] = [];
  lastNumber = 0;
  readonly cores = new Map<string, CoreBuild>();
  readonly rows = orderedMap<Uint8Array>();
  appliedNumber = 0;
  readonly snapshots = new Map<number, MemorySnapshot>();
  ownerEpoch = 0;
  isOpen = false;
}

export class MemoryDisk {
  readonly tenants = new Map<string, MemoryTenant>();
  faults: DiskFaults = {};
  #generation = 0;

  get generation(): number {
    return this.#generation;
  }

  /** The power is cut and comes back: only what was on the disk is there. */
  restart(): void {
    this.#generation++;
    for (const tenant of this.tenants.values()) tenant.isOpen = false;
  }

  tenant(name: string): MemoryTenant {
    let tenant = this.tenants.get(name);
    if (tenant === undefined) {
      tenant = new MemoryTenant();
      this.tenants.set(name, tenant);
    }
    return tenant;
  }
}

/** The way to the disk of one opened store: dead after a restart. */
export class DiskAccess {
  #disk: MemoryDisk;
  #generation: number;
  readonly tenantName: string;
  readonly tenant: MemoryTenant;

  constructor(disk: MemoryDisk, tenantName: string) {
    this.#disk = disk;
    this.#generation = disk.generation;
    this.tenantName = tenantName;
    this.tenant = disk.tenant(tenantName);
  }

  get isAlive(): boolean {
    return this.#generation === this.#disk.generation;
  }

  /** Does `write` as the faults say, and gives their outcome. Never settles once the disk has restarted. */
  async perform(
    kind: DiskOperation['kind'],
    number: number,
    write: (outcome: 'done' | 'written' | 'torn') => void,
  ): Promise<DiskOutcome> {
    const operation = { kind, tenant: this.tenantName, number };
    const outcome = (await this.#disk.faults.before?.(operation)) ?? 'done';
    if (!this.isAlive) return never();
    if (outcome !== 'refused' && outcome !== 'lost') write(outcome);
    await this.#disk.faults.after?.(operation);
    return this.isAlive ? outcome : never();
  }
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}
