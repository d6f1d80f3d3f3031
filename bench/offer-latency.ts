// How long a contact waits for its offer when an agent is free, at 30% and 70% of what the router can do.
//
//   this process: arrivals at a fixed rate                process 2: the router
//   ┌──────────────────────────────────────┐  contact.create   ┌──────────────────────────────┐
//   │ due ─▶ sent            offer.created │ ────────────────▶ │ tick ─ core ─ journal ─ fsync │   a: due → offer.created
//   │  └──────── latency ─────────┘        │ ◀──────────────── │  (and the rest of each life)  │
//   └──────────────────────────────────────┘                   └──────────────────────────────┘
//   afterwards, alone:
//   ┌──────────────────────────────────────────────────────┐
//   │ requests due at the same rate, of as many bytes each, │   b: due → on the disk
//   │ appended by the same journal, all that wait at once   │
//   └──────────────────────────────────────────────────────┘
//
// b is the floor under a: nothing leaves the router before it is on the disk.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { LmdbJournal } from '../src/store/lmdb-journal.ts';
import { ContactLives } from './contact-lives.ts';
import { runPhase, usualShape } from './full-life-over-sockets.ts';
import { pace } from './pace.ts';
import { percentiles, round, show } from './report.ts';
import { Served, tenant } from './served.ts';

const SHARES = [0.3, 0.7];
const PER_MILLE = [500, 900, 990, 999];
const REQUESTS_PER_CONTACT = 4;
const ALIVE = 1_500;
/** What first arrivals meet that is not compiled yet is left out. */
const WARM_UP_SECONDS = 2;

interface Load {
  readonly share: number;
  readonly contactsPerSecond: number;
  readonly latencies: number[];
  /** Entries of the journal that were written meanwhile. */
  readonly fromEntry: number;
  readonly toEntry: number;
  readonly requests: number;
}

async function measureRouter(dataDir: string, seconds: number): Promise<Load[]> {
  // Everything appended stays in the journal, so that its bytes can be counted afterwards.
  const settings = { contactRetentionMs: 5_000, sealEveryMs: 3_600_000, segmentBytes: 1_073_741_824 };
  const router = await Served.start({ kind: 'router', dataDir, settings });
  const lives = await ContactLives.open(router.url, usualShape, false);
  const full = await runPhase('full', router, lives, Math.max(3, seconds / 2), ALIVE);
  const loads: Load[] = [];
  for (const share of SHARES) {
    const contactsPerSecond = (full.requestsPerSecond / REQUESTS_PER_CONTACT) * share;
    await pace(contactsPerSecond, WARM_UP_SECONDS, (dueAt) => lives.createAt(dueAt));
    const latencies: number[] = [];
    const before = { entry: (await router.sample()).router!.ticks, requests: lives.requests };
    lives.onOffer = (ms) => latencies.push(ms);
    await pace(contactsPerSecond, seconds, (dueAt) => lives.createAt(dueAt));
    lives.onOffer = undefined;
    const toEntry = (await router.sample()).router!.ticks;
    const requests = lives.requests - before.requests;
    loads.push({ share, contactsPerSecond, latencies, fromEntry: before.entry + 1, toEntry, requests });
    await lives.drain();
    lives.assertComplete();
  }
  lives.close();
  await router.stop();
  return loads;
}

interface BytesPerRequest {
  readonly input: number;
  readonly redo: number;
}

function bytesOf(journal: LmdbJournal, { fromEntry, toEntry, requests }: Load): BytesPerRequest {
  let input = 0;
  let redo = 0;
  for (const entry of journal.read(fromEntry, toEntry)) {
    input += entry.input.length;
    redo += entry.redo.length;
  }
  return { input: Math.ceil(input / requests), redo: Math.ceil(redo / requests) };
}

/** Requests due at the rate, appended together as they come: due → on the disk. */
async function measureJournal(folder: string, perSecond: number, bytes: BytesPerRequest, seconds: number) {
  const journal = new LmdbJournal({ folder: join(folder, 'journal'), coresFolder: join(folder, 'cores') });
  const latencies: number[] = [];
  let waiting: number[] = [];
  let number = 0;
  let onTheirWay = 0;
  let durable = 0;
  let failed: unknown;
  // As the router does: at most two are on their way, and what comes meanwhile makes the next one.
  const append = (): void => {
    if (waiting.length === 0 || onTheirWay === 2) return;
    const requests = waiting;
    waiting = [];
    number += 1;
    onTheirWay += 1;
    const input = new Uint8Array(bytes.input * requests.length);
    const redo = new Uint8Array(bytes.redo * requests.length);
    const entry = { number, ownerEpoch: 1, at: number, coreHash: 'ab'.repeat(32), digest: 0n, input, redo };
    journal.append(entry).then(
      () => {
        const now = performance.now();
        for (const dueAt of requests) latencies.push(now - dueAt);
        durable += requests.length;
        onTheirWay -= 1;
        append();
      },
      (error: unknown) => {
        failed = error;
      },
    );
  };
  let arrived = 0;
  await pace(perSecond, seconds, (dueAt) => {
    arrived += 1;
    waiting.push(dueAt);
    queueMicrotask(append);
  });
  while (durable < arrived && failed === undefined) await journal.settled().then(() => new Promise(setImmediate));
  if (failed !== undefined) throw failed;
  if (journal.lastNumber !== number) throw new Error(`the journal has ${journal.lastNumber} of ${number} entries`);
  await journal.close();
  return latencies;
}

function rowOf(what: string, perSecond: number, latencies: number[]) {
  const [p50, p90, p99, p999] = percentiles(latencies, PER_MILLE).map((ms) => round(ms, 2));
  const max = round(
    latencies.reduce((most, ms) => Math.max(most, ms), 0),
    1,
  );
  return { what, 'a second': round(perSecond), p50: p50!, p90: p90!, p99: p99!, 'p99.9': p999!, max };
}

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, seconds: { type: 'string', default: '20' } },
});
const folder = mkdtempSync(join(tmpdir(), 'strowger-bench-'));
try {
  const seconds = Number(values.seconds);
  const loads = await measureRouter(join(folder, 'data'), seconds);
  const ofTenant = join(folder, 'data', 'tenants', tenant);
  const written = new LmdbJournal({ folder: join(ofTenant, 'journal'), coresFolder: join(ofTenant, 'cores') });
  const sized = loads.map((load) => ({ load, bytes: bytesOf(written, load) }));
  await written.close();
  const rows: Record<string, number | string>[] = [];
  const numbers: Record<string, number> = {};
  for (const { load, bytes } of sized) {
    const percent = round(load.share * 100);
    rows.push(rowOf(`${percent}%: due to offer.created`, load.contactsPerSecond, load.latencies));
    const perSecond = load.contactsPerSecond * REQUESTS_PER_CONTACT;
    const bare = await measureJournal(join(folder, `bare-${percent}`), perSecond, bytes, seconds);
    const what = `${percent}%: ${bytes.input} + ${bytes.redo} bytes a request to a bare journal`;
    rows.push(rowOf(what, perSecond, bare));
    const [offer50, offer99] = percentiles(load.latencies, [500, 990]);
    const [bare50, bare99] = percentiles(bare, [500, 990]);
    numbers[`offerMsP50At${percent}`] = round(offer50!, 2);
    numbers[`offerMsP99At${percent}`] = round(offer99!, 2);
    numbers[`appendMsP50At${percent}`] = round(bare50!, 2);
    numbers[`appendMsP99At${percent}`] = round(bare99!, 2);
  }
  const offers = loads.reduce((sum, { latencies }) => sum + latencies.length, 0);
  const report = {
    benchmark: 'offer-latency',
    about: 'from when a contact is due to its offer, in milliseconds',
    tables: { Latency: rows },
    checked: [
      `${offers} offers at the two rates; every contact of the run was offered once, accepted, ended and wrapped up`,
      'the bare journal holds every entry it was given',
    ],
    numbers,
  };
  show(report, values.json);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
