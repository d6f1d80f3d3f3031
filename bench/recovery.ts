// How fast a router comes back from a long journal without a snapshot, beside the core alone on the same inputs.
//
//   first, in process 2:  load ─▶ router ─▶ journal of all its ticks, no snapshot
//
//   then, in this one:    journal ─ read, check ─▶ core, digests compared ─▶ modules load ─▶ ready      recovery
//                         journal ─ read, check                                                         reading alone
//                                   inputs in memory ─▶ core, digests compared                          the core alone

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import * as layout from '../assembly/layout.ts';
import { loadCoreBuild } from '../src/engine/core-build.ts';
import { InProcessCorePool } from '../src/engine/in-process-core-pool.ts';
import { createLog } from '../src/log.ts';
import { startRouter } from '../src/main.ts';
import { routerDefaults } from '../src/router-configuration.ts';
import { LmdbJournal } from '../src/store/lmdb-journal.ts';
import type { JournalEntry } from '../src/store/store.ts';
import { ContactLives } from './contact-lives.ts';
import { runPhase, usualShape } from './full-life-over-sockets.ts';
import { mebibytes, round, show } from './report.ts';
import { Served, secret, tenant } from './served.ts';

const ALIVE = 1_500;
const MEMORY_PAGES_MAX = 16_384;
/** As long as anything is kept here: nothing is dropped, compacted or shortened by a snapshot. */
const AN_AGE_MS = 86_400_000;
const settings = {
  snapshotEveryEntries: 1_000_000_000,
  snapshotEveryMs: AN_AGE_MS,
  sealEveryMs: AN_AGE_MS,
  journalRetentionMs: AN_AGE_MS,
};

async function fill(dataDir: string, seconds: number): Promise<number> {
  const router = await Served.start({ kind: 'router', dataDir, settings });
  const lives = await ContactLives.open(router.url, usualShape, false);
  await runPhase('filling', router, lives, seconds, ALIVE);
  lives.close();
  await router.stop();
  return lives.finished;
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
  if (arrived !== contacts || answered !== contacts)
    throw new Error(`${arrived} contacts came back, ${answered} of them answered; there were ${contacts}`);
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
  const pool = new InProcessCorePool(MEMORY_PAGES_MAX);
  await pool.addBuild(build.hash, build.wasm);
  const core = await pool.create(build.hash, 'bench');
  const began = performance.now();
  const diverged = await pool.replay(core, entries);
  const seconds = (performance.now() - began) / 1000;
  if (diverged !== undefined) throw new Error(`the core alone comes to another digest at entry ${diverged}`);
  return seconds;
}

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, seconds: { type: 'string', default: '20' } },
});
const folder = mkdtempSync(join(tmpdir(), 'strowger-bench-'));
try {
  const contacts = await fill(folder, Number(values.seconds));
  const ofTenant = join(folder, 'tenants', tenant);
  const journal = new LmdbJournal({ folder: join(ofTenant, 'journal'), coresFolder: join(ofTenant, 'cores') });
  const began = performance.now();
  const entries = [...journal.read(1)];
  const readSeconds = (performance.now() - began) / 1000;
  const bytes = journal.bytes();
  // What the file lends is gone when it is closed.
  const kept = entries.map((entry) => ({ ...entry, input: entry.input.slice() }));
  await journal.close();
  const commands = kept.reduce((sum, entry) => sum + commandsIn(entry), 0);
  const coreSeconds = await stepAlone(kept);
  const seconds = await recover(folder, contacts);
  const row = (what: string, took: number) => ({
    what,
    seconds: round(took, 2),
    'entries a second': round(kept.length / took),
    'commands a second': round(commands / took),
  });
  const report = {
    benchmark: 'recovery',
    about: `${kept.length} entries, ${commands} commands, ${mebibytes(bytes)} MiB of journal, no snapshot; ${contacts} contacts remembered`,
    tables: {
      Recovery: [
        row('recovery: from nothing running to ready', seconds),
        row('reading and checking the journal alone', readSeconds),
        row('the core alone', coreSeconds),
      ],
    },
    checked: [
      'the core alone comes to the digest of every entry, and so does the recovery',
      'the recovered router counts every contact',
    ],
    numbers: {
      entries: kept.length,
      commands,
      commandsPerSecond: round(commands / seconds),
      commandsPerSecondOfTheCoreAlone: round(commands / coreSeconds),
    },
  };
  show(report, values.json);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
