// How fast a router comes back from a long journal without a snapshot, beside the core alone on the same inputs.

import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import * as layout from '../../assembly/layout.ts';
import { loadCoreBuild } from '../../src/engine/core-build.ts';
import { InProcessCorePool } from '../../src/engine/in-process-core-pool.ts';
import { createLog } from '../../src/log.ts';
import { startRouter } from '../../src/main.ts';
import { routerDefaults } from '../../src/router-configuration.ts';
import { LmdbJournal } from '../../src/store/lmdb-journal.ts';
import type { JournalEntry } from '../../src/store/store.ts';
import { type Benchmark, must, type Prepared } from '../harness/benchmark.ts';
import { ContactLives } from '../load/contact-lives.ts';
import { runPhase, usuallyAlive, usualShape } from '../load/phase.ts';
import { Served, secret, tenant } from '../load/served.ts';
import { hasNative } from './native.ts';

const topology = `
  first, in process 2:  load ─▶ router ─▶ journal of all its ticks, no snapshot

  then, in this one, in turn, each on a copy of it:
                        inputs in memory ─▶ core, digests compared                          the core alone: the reference
                        journal ─ read, check                                               reading alone
                        journal ─ read, check ─▶ core, digests compared ─▶ modules load ─▶ ready          recovery
`;

const memoryPagesMax = 16_384;
/** As long as anything is kept here: nothing is dropped, compacted or shortened by a snapshot. */
const anAgeMs = 86_400_000;
const settings = {
  snapshotEveryEntries: 1_000_000_000,
  snapshotEveryMs: anAgeMs,
  sealEveryMs: anAgeMs,
  journalRetentionMs: anAgeMs,
};
const alone = 'the core alone';

export const recovery: Benchmark = {
  name: 'recovery',
  about: 'from nothing running to ready, on a journal without a snapshot',
  topology,
  measures: { rate: { unit: 'commands/s', better: 'more' }, time: { unit: 's', better: 'less' } },
  drawn: ['rate'],
  async cases({ quick, otherNode }) {
    if (otherNode || !(await hasNative())) return [];
    const seconds = quick ? 3 : 12;
    return [
      {
        name: '',
        parameters: { ...usualShape, alive: usuallyAlive, seconds },
        repetitions: 5,
        prepare: () => prepared(seconds),
      },
    ];
  },
};

async function prepared(seconds: number): Promise<Prepared> {
  const folder = mkdtempSync(join(tmpdir(), 'strowger-bench-'));
  const filled = join(folder, 'filled');
  const contacts = await fill(filled, seconds);
  const { entries, bytes } = await readJournal(filled);
  const commands = entries.reduce((sum, entry) => sum + commandsIn(entry), 0);
  const numbers = (took: number) => ({ rate: commands / took, time: took });
  return {
    subjects: [
      { name: alone, run: async () => numbers(await stepAlone(entries)) },
      {
        name: 'reading and checking alone',
        reference: alone,
        run: async () => numbers((await readJournal(filled)).took),
      },
      {
        name: 'recovery',
        reference: alone,
        async run() {
          const copy = join(folder, 'copy');
          cpSync(filled, copy, { recursive: true });
          const took = await recover(copy, contacts);
          rmSync(copy, { recursive: true });
          return numbers(took);
        },
      },
    ],
    check: async () => [
      'the core alone comes to the digest of every entry, and so does the recovery',
      `the recovered router counts each of ${contacts.toLocaleString('en')} contacts`,
    ],
    facts: () => ({
      'The journal': [
        { entries: entries.length, commands, MiB: Math.round(bytes / 1_048_576), 'contacts remembered': contacts },
      ],
    }),
    close: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function fill(dataDir: string, seconds: number): Promise<number> {
  const router = await Served.start({ kind: 'router', dataDir, settings });
  const lives = await ContactLives.open(router.url, usualShape, false);
  await runPhase(router, lives, { seconds, warmUpMs: 0 });
  lives.close();
  await router.stop();
  return lives.finished;
}

async function readJournal(dataDir: string) {
  const ofTenant = join(dataDir, 'tenants', tenant);
  const journal = new LmdbJournal({ folder: join(ofTenant, 'journal'), coresFolder: join(ofTenant, 'cores') });
  const began = performance.now();
  const read = [...journal.read(1)];
  const took = (performance.now() - began) / 1000;
  const bytes = journal.bytes();
  // What the file lends is gone when it is closed.
  const entries = read.map((entry) => ({ ...entry, input: entry.input.slice() }));
  await journal.close();
  return { entries, bytes, took };
}

/** Seconds until the router is ready; checks that it has all of the contacts. */
async function recover(dataDir: string, contacts: number): Promise<number> {
  const began = performance.now();
  const configuration = { ...routerDefaults, ...settings, dataDir, port: 0, tenants: [tenant], secret };
  const onFatal = (error: unknown) => {
    throw error;
  };
  const router = await startRouter(configuration, { log: createLog('warn'), onFatal });
  while (!router.tenants.get(tenant)!.partition.ready) await new Promise(setImmediate);
  const seconds = (performance.now() - began) / 1000;
  const lives = await ContactLives.open(router.url, { ...usualShape, agents: 0, switches: 0 }, true);
  const { arrived, answered } = await lives.counted(router.url);
  must(
    arrived === contacts && answered === contacts,
    `all ${contacts} contacts came back: ${arrived}, ${answered} answered`,
  );
  await router.stop();
  return seconds;
}

function commandsIn({ input }: JournalEntry): number {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  let commands = 0;
  for (let at = 0; at < input.length; at += view.getInt32(at + layout.COMMAND_BYTES, true)) commands += 1;
  return commands;
}

async function stepAlone(entries: readonly JournalEntry[]): Promise<number> {
  const build = loadCoreBuild();
  const pool = new InProcessCorePool(memoryPagesMax);
  await pool.addBuild(build.hash, build.wasm);
  const core = await pool.create(build.hash, 'bench');
  const began = performance.now();
  const diverged = await pool.replay(core, entries);
  const seconds = (performance.now() - began) / 1000;
  must(diverged === undefined, `the core alone comes to the same digest; not after entry ${diverged}`);
  await pool.close();
  return seconds;
}
