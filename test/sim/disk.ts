// The disk of a simulated machine and what it does wrong: slow, full, failing in a flush, there when the power goes, damaged.
//
// It stands behind the interfaces of journal, tables and snapshots (src/store/memory-disk.ts), and what is on it after a cut
// is what was durable. One disaster waits at a time: it strikes at the operation of its kind that is its turn.

import { type DiskFaults, type DiskOperation, type DiskOutcome, MemoryDisk } from '../../src/store/memory-disk.ts';
import { type Damage, type DamageKind, damageTo } from './damage.ts';
import type { EventLog } from './event-log.ts';
import type { SimRandom } from './random.ts';
import type { SimTime } from './sim-time.ts';

export type DiskKind = DiskOperation['kind'];

export interface Disaster {
  readonly kind: DiskKind;
  /** The first operation of the kind from now on is 1. */
  readonly turn: number;
  /**
   * before, torn, after: the power goes before the operation, in the middle of it, or when it is done and nobody knows yet.
   * lost, written: the flush reports an error, and nothing or everything is on the disk.
   */
  readonly how: 'before' | 'torn' | 'after' | 'lost' | 'written';
}

/** Deleting needs no room, and sealing writes nothing. */
const needsRoom = new Set<DiskKind>(['append', 'apply', 'snapshot', 'compact']);

export class SimDisk implements DiskFaults {
  readonly disk = new MemoryDisk();
  readonly #time: SimTime;
  readonly #random: SimRandom;
  readonly #log: EventLog;
  readonly #powerGoes: () => void;
  delayMsMax = 2;
  damage: Damage | undefined;
  wasDamaged = false;
  #fullUntil = 0;
  #slowUntil = 0;
  #slowMs = 0;
  #disaster: Disaster | undefined;
  #turnsLeft = 0;
  /** The operation that the power goes at, when it is done. */
  #lastOperation: DiskOperation | undefined;

  constructor(time: SimTime, random: SimRandom, log: EventLog, powerGoes: () => void) {
    this.#time = time;
    this.#random = random;
    this.#log = log;
    this.#powerGoes = powerGoes;
    this.disk.faults = this;
  }

  arm(disaster: Disaster): void {
    this.#disaster = disaster;
    this.#turnsLeft = disaster.turn;
  }

  fill(ms: number): void {
    this.#fullUntil = this.#time.now + ms;
  }

  slow(ms: number, forMs: number): void {
    this.#slowMs = ms;
    this.#slowUntil = this.#time.now + forMs;
  }

  /** One thing at a time. */
  damageAs(kind: DamageKind, random: SimRandom): void {
    if (this.damage !== undefined) return;
    this.damage = damageTo(this.disk, kind, random);
    if (this.damage === undefined) return;
    this.wasDamaged = true;
    this.#log.add('damage', this.damage.sentence);
  }

  repair(): void {
    this.damage?.repair();
    this.damage = undefined;
  }

  calm(): void {
    this.repair();
    this.#disaster = undefined;
    this.#fullUntil = 0;
    this.#slowUntil = 0;
  }

  async before(operation: DiskOperation): Promise<DiskOutcome> {
    const { kind } = operation;
    const slow = this.#slowUntil > this.#time.now ? this.#random.whole(0, this.#slowMs) : 0;
    const delayMs = this.#random.whole(0, this.delayMsMax) + slow;
    if (delayMs > 0) await this.#time.sleep(delayMs);
    const outcome = this.#fullUntil > this.#time.now && needsRoom.has(kind) ? 'refused' : this.#struck(operation);
    this.#log.add(`disk ${operation.tenant} ${kind} ${operation.number}`, outcome);
    return outcome;
  }

  after(operation: DiskOperation): void {
    if (this.#lastOperation === operation) this.#powerGoes();
  }

  #struck(operation: DiskOperation): DiskOutcome {
    if (this.#disaster?.kind !== operation.kind || --this.#turnsLeft > 0) return 'done';
    const { how } = this.#disaster;
    this.#disaster = undefined;
    if (how === 'lost' || how === 'written') return how;
    if (how === 'before') {
      // After this nothing of the process writes any more.
      this.#powerGoes();
      return 'done';
    }
    this.#lastOperation = operation;
    // A transaction of LMDB is there or is not: only a file can be there in part.
    if (how === 'torn') return operation.kind === 'snapshot' ? 'torn' : 'lost';
    return 'done';
  }
}
