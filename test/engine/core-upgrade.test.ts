// A data directory that moves from one build of the core to another, with the real modules on it.
//
//   build A writes ─ stop ─ build B: A replays to the end, exports; B imports and writes on ─ stop ─ …

import { createHash } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import type { CoreMemory, CorePool } from '../../src/engine/core.ts';
import { layoutConstants, loadCoreBuild } from '../../src/engine/core-build.ts';
import { InProcessCorePool } from '../../src/engine/in-process-core-pool.ts';
import { PiscinaCorePool } from '../../src/engine/piscina-core-pool.ts';
import { describe as describeCore, rebuild } from '../../src/engine/rebuild.ts';
import { Shadow } from '../../src/store/shadow.ts';
import type { CoreBuild, StoreError } from '../../src/store/store.ts';
import { Random, seedOfThisRun } from '../core/random.ts';
import { DomainWorld, type Who } from '../domain/domain-world.ts';
import { expectSurvivesLoad } from '../domain/survives-load.ts';
import { otherBuild } from './other-build.ts';

const seed = seedOfThisRun();
console.log(`seed ${seed}: SEED=${seed} repeats this run`);

const A = loadCoreBuild();
const B = otherBuild('B');
const C = otherBuild('C');

const agents = ['ada', 'bob', 'cid', 'dan'];
const queues = ['sales', 'help'];

/** A small tenant, its shadow, and the requests that keep it busy. */
class Upgrading {
  readonly random = new Random(seed);
  readonly diverged: number[] = [];
  readonly troubles: unknown[] = [];
  world!: DomainWorld;
  shadow!: Shadow;
  #made = 0;
  #offers: { who: Who; offerId: string }[] = [];

  static async start(): Promise<Upgrading> {
    const it = new Upgrading();
    it.world = await DomainWorld.start();
    // What became durable before it was fed, the shadow reads from the journal.
    it.world.onDurable = (entry) => it.shadow?.feed(entry);
    await it.world.reopen();
    await it.#startShadow(A);
    for (const queueId of queues) {
      const set = { queueId, channels: ['voice', 'chat'], wrapUpMs: 3_000, offerMs: 4_000, afterRejectMs: 2_000 };
      await it.world.ok('admin:root', 'queue.set', set);
    }
    for (const agentId of agents) {
      const skills = it.random.chance(50) ? { german: it.random.between(1, 9) } : {};
      await it.world.ok('admin:root', 'agent.set', { agentId, skills, capacity: { voice: 1, chat: 2 } });
    }
    return it;
  }

  /** The process ends and another, with this build, starts on what it left. */
  async restart(build: CoreBuild): Promise<void> {
    await this.stop();
    this.world.build = build;
    this.world.clock.advance(1_000);
    await this.world.reopen();
    await this.#startShadow(build);
  }

  async #startShadow(build: CoreBuild): Promise<void> {
    const { opened, pool } = this.world;
    this.shadow = new Shadow({
      journal: opened.journal,
      snapshots: opened.snapshots,
      pool,
      partition: 'test/shadow',
      build,
      snapshotEveryEntries: 1_000_000,
      snapshotEveryMs: 1_000_000_000,
      gatherMs: 0,
      onDivergence: (number) => this.diverged.push(number),
      onTrouble: (error) => this.troubles.push(error),
    });
    await this.shadow.start();
  }

  async stop(): Promise<void> {
    await this.world.harness.partition.stop();
    await this.shadow.close();
  }

  async busy(ticks: number): Promise<void> {
    const { random, world } = this;
    for (let tick = 0; tick < ticks; tick++) {
      const agent = `agent:${random.pick(agents)}` as const;
      const kind = random.between(1, 100);
      if (kind <= 35) await this.#create();
      else if (kind <= 60) await this.#answer();
      else if (kind <= 70) await world.call('switch:pbx', 'contact.end', { contactId: this.#contact() });
      else if (kind <= 76) await world.call('switch:pbx', 'contact.cancel', { contactId: this.#contact() });
      else if (kind <= 82) await world.call(agent, 'contact.wrapUpDone', { contactId: this.#contact() });
      else if (kind <= 87) await world.call(agent, 'agent.login');
      else if (kind <= 96) await world.call(agent, 'agent.ready');
      else if (kind <= 98) await world.call(agent, 'agent.notReady', { reason: 'break' });
      else await world.call(agent, 'agent.logout', { when: 'idle' });
      if (random.chance(40)) await world.pass(random.between(1, 1_500));
      this.#listen();
    }
  }

  async #create(): Promise<void> {
    const { random } = this;
    this.#made++;
    await this.world.call('switch:pbx', 'contact.create', {
      contactId: `c${this.#made}`,
      channel: random.pick(['voice', 'chat']),
      queueId: random.pick(queues),
      ...(random.chance(30) && { requires: { all: [{ skill: 'german' }] } }),
      ...(random.chance(30) && { priority: random.between(-3, 3) }),
      ...(random.chance(30) && { agentId: random.pick(agents), direct: { waitMs: 20_000 } }),
    });
  }

  #contact(): string {
    return `c${this.random.between(Math.max(1, this.#made - 12), Math.max(1, this.#made))}`;
  }

  #listen(): void {
    for (const { to, event, params } of this.world.told()) {
      if (event === 'offer.created') this.#offers.push({ who: to, offerId: params.offerId as string });
    }
  }

  async #answer(): Promise<void> {
    const offer = this.#offers.pop();
    if (offer === undefined) return;
    const method = this.random.chance(70) ? 'offer.accept' : 'offer.reject';
    await this.world.call(offer.who, method, { offerId: offer.offerId });
  }

  /** The memory that a start with this build would make, by that pool. */
  rebuilt(build: CoreBuild, pool: CorePool = this.world.pool): Promise<CoreMemory> {
    return rebuild({ store: this.world.opened, pool, partition: 'again', build, log: () => undefined });
  }

  /** By which build which entries were written, as `A×12 B×30`. */
  stretches(): string {
    const names = new Map([A, B, C].map(({ hash }, at) => [hash, 'ABC'[at]]));
    const runs: [string, number][] = [];
    const { journal } = this.world.opened;
    for (const { coreHash } of journal.read(journal.firstNumber)) {
      const name = names.get(coreHash) ?? '?';
      const last = runs.at(-1);
      if (last?.[0] === name) last[1]++;
      else runs.push([name, 1]);
    }
    return runs.map(([name]) => name).join(' ');
  }
}

/** Digest of all that a build keeps in a memory. */
function digestOf(core: CoreMemory, build: CoreBuild): bigint {
  const module = new WebAssembly.Module(build.wasm as Uint8Array<ArrayBuffer>);
  const instance = new WebAssembly.Instance(module, { env: { memory: core.memory } });
  return (instance.exports.digest as () => bigint)();
}

function dropSnapshots(it: Upgrading): Promise<void> {
  return it.world.opened.snapshots.drop(Number.MAX_SAFE_INTEGER);
}

let it: Upgrading;

afterEach(async () => {
  await it.stop();
  expect(it.diverged).toEqual([]);
});

describe('a data directory that another build starts on', () => {
  test('goes on with all that is alive, and each stretch is explained with the build that wrote it', async () => {
    it = await Upgrading.start();
    await it.busy(200);
    const { pool } = it.world;
    const asA = await describeCore(pool, await it.rebuilt(A));
    const asB = await it.rebuilt(B);
    expect(asB.coreHash).toBe(B.hash);
    expect(await describeCore(pool, asB)).toEqual(asA);
    expect(asA.length).toBeGreaterThan(20);

    await it.restart(B);
    await it.busy(200);
    expect(it.world.harness.partition.core.coreHash).toBe(B.hash);
    expect(it.stretches()).toBe('A B');
    const { journal } = it.world.opened;
    for (const entry of journal.read(1)) {
      const wrote = journal.core(entry.coreHash);
      expect([A.hash, B.hash]).toContain(wrote?.hash);
      expect(createHash('sha256').update(wrote!.wasm).digest('hex')).toBe(entry.coreHash);
    }
    await expectSurvivesLoad(it.world);
    expect(it.troubles).toEqual([]);
  });

  test('recovers to the same memory from the beginning, from a snapshot before the boundary and from one after it', async () => {
    it = await Upgrading.start();
    await it.busy(120);
    await it.shadow.caughtUp();
    await it.shadow.snapshotNow();
    const before = it.shadow.snapshotNumber;
    await it.busy(60);
    await it.restart(B);
    await it.busy(120);
    const live = digestOf(it.world.harness.partition.core, B);
    expect(it.world.opened.snapshots.list().map(({ number, coreHash }) => [number, coreHash])).toEqual([
      [before, A.hash],
    ]);
    expect(digestOf(await it.rebuilt(B), B)).toBe(live);

    await it.shadow.caughtUp();
    await it.shadow.snapshotNow();
    expect(it.world.opened.snapshots.list()[0]).toMatchObject({
      number: it.world.opened.journal.lastNumber,
      coreHash: B.hash,
    });
    expect(digestOf(await it.rebuilt(B), B)).toBe(live);
    await dropSnapshots(it);
    expect(digestOf(await it.rebuilt(B), B)).toBe(live);
    expect(it.troubles).toEqual([]);
  });

  test('may be moved on and back again, and every boundary is passed alike by workers', async () => {
    it = await Upgrading.start();
    const builds = [B, C, A, B];
    for (const build of builds) {
      await it.busy(60);
      await it.restart(build);
    }
    await it.busy(60);
    await it.shadow.caughtUp();
    expect(it.shadow.number).toBe(it.world.opened.journal.lastNumber);
    expect(it.stretches()).toBe('A B C A B');
    const live = digestOf(it.world.harness.partition.core, B);
    await dropSnapshots(it);
    expect(digestOf(await it.rebuilt(B), B)).toBe(live);
    const workers = new PiscinaCorePool({ threads: 2, queueMax: 8, memoryPagesMax: 16_384 });
    try {
      expect(digestOf(await it.rebuilt(B, workers), B)).toBe(live);
    } finally {
      await workers.close();
    }
    expect(it.troubles).toEqual([]);
  });

  test.each(['the newest', 'one to fall back to'])(
    'keeps the build of a snapshot whose entries are gone: %s',
    async (which) => {
      it = await Upgrading.start();
      await it.busy(80);
      await it.shadow.caughtUp();
      await it.shadow.snapshotNow();
      const snapshot = it.shadow.snapshotNumber;
      expect(snapshot).toBe(it.world.opened.journal.lastNumber);
      await it.restart(B);
      await it.busy(40);
      if (which !== 'the newest') {
        await it.shadow.caughtUp();
        await it.shadow.snapshotNow();
      }
      await it.restart(B);
      const { journal, snapshots } = it.world.opened;
      expect(snapshots.list()[0]?.coreHash).toBe(which === 'the newest' ? A.hash : B.hash);
      await it.world.harness.partition.tables.caughtUp();
      expect(await journal.drop(it.world.clock.now() + 1, snapshot)).toBeGreaterThan(0);
      expect(it.stretches()).toBe('B');
      // Any other snapshot turns out to be damaged.
      const load = snapshots.load.bind(snapshots);
      snapshots.load = async (meta, memory) => meta.number === snapshot && load(meta, memory);
      expect(digestOf(await it.rebuilt(B), B)).toBe(digestOf(it.world.harness.partition.core, B));
    },
  );
});

describe('a start is refused, with what to do,', () => {
  const refusalOf = async (build: CoreBuild, pool?: CorePool): Promise<string> => {
    const error = (await it.rebuilt(build, pool).catch((caught: unknown) => caught)) as StoreError;
    return `${error.outcome}: ${error.message}`;
  };

  test('where the build that wrote is not kept', async () => {
    it = await Upgrading.start();
    it.world.opened.journal.core = () => undefined;
    expect(await refusalOf(B)).toMatch(/^damaged: entry 1 was written by core .* put back its file/);
  });

  test('where this build cannot handle the memory of the one that wrote', async () => {
    it = await Upgrading.start();
    const { HEADER_EXPORT_NEXT: _, ...withoutExport } = layoutConstants();
    it.world.opened.journal.core = () => ({ ...A, layout: withoutExport });
    expect(await refusalOf(B)).toMatch(
      /^other_version: entry 1 .* cannot handle \(HEADER_EXPORT_NEXT\): start the build/,
    );
  });

  test('where the new build does not understand what the old one exports; the old one can go on', async () => {
    it = await Upgrading.start();
    await it.busy(30);
    const last = it.world.opened.journal.lastNumber;
    const foreign = new (class extends InProcessCorePool {
      override importState(core: CoreMemory, buffer: number, bytes: number): Promise<void> {
        return super.importState(core, buffer, bytes - 16);
      }
    })(16_384);
    expect(await refusalOf(B, foreign)).toMatch(
      new RegExp(`^other_version: the state after entry ${last} cannot be moved from core ${A.hash}.*start the build`),
    );
    await it.restart(A);
    await it.busy(30);
    expect(it.stretches()).toBe('A');
    expect(it.troubles).toEqual([]);
  });
});
