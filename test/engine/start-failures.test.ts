// A start that fails leaves nothing behind: no lock, no listener, no partition that goes on without its store.

import { mkdtempSync, readdirSync, rmSync, truncateSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CoreMemory } from '../../src/engine/core.ts';
import { loadCoreBuild } from '../../src/engine/core-build.ts';
import { InProcessCorePool } from '../../src/engine/in-process-core-pool.ts';
import { type Router, startRouter } from '../../src/main.ts';
import { type RouterConfiguration, routerDefaults } from '../../src/router-configuration.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { StoreError } from '../../src/store/store.ts';
import { Tenant, type TenantOptions } from '../../src/tenant.ts';
import { transports } from '../transport/loadable-transports.ts';
import { DutyMachine } from './duty-machine.ts';
import { DutyModule } from './duty-module.ts';
import { CollectingEgress, countingRandomness, TestClock } from './partition-harness.ts';

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const secret = Buffer.alloc(32, 1);
const configuration: RouterConfiguration = {
  ...routerDefaults,
  port: 0,
  dataDir: '',
  tenants: ['one', 'two'],
  secret,
};

describe.each(transports)('a router over %s', (transport) => {
  let dataDir: string;
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'strowger-start-'));
  });
  afterEach(() => rmSync(dataDir, { recursive: true }));

  const start = (over: Partial<RouterConfiguration> = {}): Promise<Router> =>
    startRouter(
      { ...configuration, dataDir, transport, ...over },
      { log, onFatal: (error) => expect.fail(String(error)) },
    );

  it('says that its port is taken, and can be started on another', async () => {
    const server = createServer();
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
    });
    await expect(start({ port })).rejects.toThrow(/cannot listen on 127.0.0.1/);
    await new Promise((resolve) => server.close(resolve));
    await (await start({ port })).stop();
  });

  it('gives back the tenants it had opened when one of them is damaged', async () => {
    await (await start()).stop();
    const tables = join(dataDir, 'tenants', 'two', 'tables');
    for (const name of readdirSync(tables)) if (name.endsWith('.mdb')) truncateSync(join(tables, name), 100);
    await expect(start()).rejects.toThrow(StoreError);
    await expect(start()).rejects.toThrow(/tenants\/two/);
    await (await start({ tenants: ['one'] })).stop();
  });
});

describe('a tenant', () => {
  async function optionsFor(
    pool: InProcessCorePool,
  ): Promise<TenantOptions & { clock: TestClock; store: MemoryStore }> {
    const build = loadCoreBuild();
    await pool.addBuild(build.hash, build.wasm);
    return {
      name: 'one',
      configuration,
      store: new MemoryStore(),
      pool,
      build,
      clock: new TestClock(),
      randomness: countingRandomness(),
      egress: new CollectingEgress(),
      modules: [new DutyModule()],
      log,
      onFatal: (error) => expect.fail(String(error)),
    };
  }

  it('whose shadow cannot begin is closed whole, and can be opened again', async () => {
    const pool = new InProcessCorePool(16_384);
    const create = pool.create.bind(pool);
    const forgotten: CoreMemory[] = [];
    pool.forget = (core) => forgotten.push(core);
    pool.create = async (hash, partition) => {
      if (partition.endsWith('/shadow')) throw new Error('no memory left for a second core');
      return create(hash, partition);
    };
    const options = await optionsFor(pool);
    await expect(Tenant.open(options)).rejects.toThrow('no memory left');
    expect(forgotten.map(({ key }) => key)).toEqual(['one#1']);
    pool.create = create;
    const tenant = await Tenant.open(options);
    expect(tenant.partition.state).toBe('running');
    await tenant.stop();
  });

  it('gives its folder back even when its shadow cannot be closed', async () => {
    const options = await optionsFor(new InProcessCorePool(16_384));
    const tenant = await Tenant.open(options);
    tenant.shadow.close = () => Promise.reject(new Error('on purpose'));
    await expect(tenant.stop()).rejects.toThrow('on purpose');
    await (await Tenant.open(options)).stop();
  });

  it('whose journal is damaged is left as it is, its tables too', async () => {
    const machine = new DutyMachine();
    await machine.start();
    await machine.harness.call('duty.count', { key: 'a' });
    await machine.harness.call('duty.count', { key: 'b' });
    await machine.harness.partition.tables.caughtUp();
    machine.faults = { before: ({ kind }) => (kind === 'apply' ? new Promise(() => {}) : 'done') };
    await machine.harness.call('duty.count', { key: 'c' });
    const disk = machine.store.disk.tenant('test');
    expect([disk.appliedNumber, disk.lastNumber]).toEqual([2, 3]);
    const [second] = [disk.entries.get(2)!.input];
    second[20]! ^= 1;
    await expect(machine.restart()).rejects.toThrow(/entry 2, input: the checksum does not match.*Recovering by hand/);
    expect([disk.appliedNumber, disk.lastNumber]).toEqual([2, 3]);
    second[20]! ^= 1;
    await machine.restart();
    expect(await machine.countsOf('a', 'b', 'c')).toEqual([1, 1, 1]);
  });
});
