// One tenant on this machine: its store, its partition, the shadow behind it and the housekeeping beside it.

import type { DomainModule } from './domain/module.ts';
import type { Clock, Randomness, Wake } from './engine/clock.ts';
import type { CorePool } from './engine/core.ts';
import type { Egress } from './engine/egress.ts';
import { Partition } from './engine/partition.ts';
import type { RouterLog } from './log.ts';
import type { RouterConfiguration } from './router-configuration.ts';
import { Housekeeping } from './store/housekeeping.ts';
import { Shadow } from './store/shadow.ts';
import type { CoreBuild, PartitionStore, Store } from './store/store.ts';

export interface TenantOptions {
  readonly name: string;
  readonly configuration: RouterConfiguration;
  readonly store: Store;
  readonly pool: CorePool;
  readonly build: CoreBuild;
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly egress: Egress;
  readonly modules: readonly DomainModule[];
  readonly log: RouterLog;
  readonly onFatal: (error: unknown) => void;
}

/** Often enough that retention is kept to a second or so, seldom enough to cost nothing. */
const HOUSEKEEPING_EVERY_MS = 1_000;
/** A wall clock that is further away than this has jumped. */
const SKEW_ALARM_MS = 1_000;

export class Tenant {
  readonly name: string;
  readonly partition: Partition;
  readonly shadow: Shadow;
  readonly store: PartitionStore;
  readonly #clock: Clock;
  readonly #log: RouterLog;
  readonly #housekeeping: Housekeeping;
  #snapshotNumber: number;
  #wake: Wake | undefined;
  #keeping: Promise<void> = Promise.resolve();
  #stopped = false;

  private constructor(options: TenantOptions, store: PartitionStore, partition: Partition, shadow: Shadow) {
    this.name = options.name;
    this.partition = partition;
    this.shadow = shadow;
    this.store = store;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#snapshotNumber = shadow.snapshotNumber;
    const { journalRetentionMs, sealEveryMs } = options.configuration;
    this.#housekeeping = new Housekeeping(store, { journalRetentionMs, sealEveryMs });
    this.#keepHouse();
  }

  /** Recovers what is on disk. Rejects with StoreError. */
  static async open(options: TenantOptions): Promise<Tenant> {
    const store = await options.store.open(options.name);
    try {
      return await Tenant.#opened(options, store);
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  static async #opened(options: TenantOptions, store: PartitionStore): Promise<Tenant> {
    const { name, pool, build, clock, randomness, egress, modules, log, onFatal, configuration } = options;
    let tenant: Tenant | undefined;
    const shadow = new Shadow({
      journal: store.journal,
      snapshots: store.snapshots,
      pool,
      partition: `${name}/shadow`,
      build,
      snapshotEveryEntries: configuration.snapshotEveryEntries,
      snapshotEveryMs: configuration.snapshotEveryMs,
      schedule: (callback, delayMs) => void clock.wakeAt(clock.now() + delayMs, callback),
      onDivergence: (number) =>
        tenant?.partition.alarms.raise('shadow_diverged', `executing entry ${number} again gave other effects`),
      onSnapshot: (meta) => {
        if (tenant !== undefined) tenant.#snapshotNumber = meta.number;
      },
      onTrouble: (error) => tenant?.partition.alarms.raise('shadow', `the shadow is in trouble: ${String(error)}`),
    });
    const partition = await Partition.open({
      tenant: name,
      modules,
      store,
      pool,
      build,
      clock,
      randomness,
      egress,
      log: (level, message, data) => log[level](data ?? {}, message),
      onFatal,
      onDurable: (entry) => shadow.feed(entry),
      requestIdsMs: configuration.requestIdsMs,
      purgeAfterMs: configuration.eraseWithinMs / 2,
    });
    try {
      await shadow.start();
    } catch (error) {
      await partition.stop();
      throw error;
    }
    tenant = new Tenant(options, store, partition, shadow);
    return tenant;
  }

  /** Finishes what has been taken, then closes everything; the folder is given back whatever fails before. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake?.cancel();
    try {
      await this.partition.stop();
      await this.shadow.close();
    } finally {
      await this.#keeping;
      await this.store.close();
    }
  }

  #keepHouse(): void {
    this.#wake = this.#clock.wakeAt(this.#clock.now() + HOUSEKEEPING_EVERY_MS, () => {
      this.#watchClock();
      this.partition.lookForAlarms();
      this.#keeping = this.#housekeeping
        .run(this.#clock.now(), this.#snapshotNumber)
        .then(() => this.partition.alarms.clear('housekeeping'))
        .catch((error: unknown) =>
          this.partition.alarms.raise('housekeeping', `the journal cannot be tidied up: ${String(error)}`),
        )
        .finally(() => {
          if (!this.#stopped) this.#keepHouse();
        });
    });
  }

  #watchClock(): void {
    const skew = this.#clock.skewMs();
    if (Math.abs(skew) < SKEW_ALARM_MS) this.partition.alarms.clear('clock_jumped');
    else if (!this.partition.alarms.raised.has('clock_jumped')) {
      this.#log.warn({ tenant: this.name, skewMs: skew }, 'the wall clock jumped');
      this.partition.alarms.raise('clock_jumped', `the wall clock is ${skew} ms ahead of the router's`);
    }
  }
}
