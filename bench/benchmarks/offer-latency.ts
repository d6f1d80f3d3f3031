// How long a contact waits for its offer when an agent is free, at 30% and 70% of what the router can do.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LmdbJournal } from '../../src/store/lmdb-journal.ts';
import { type Benchmark, must, type Numbers, type Prepared } from '../harness/benchmark.ts';
import { percentiles } from '../harness/statistics.ts';
import { type BytesPerRequest, measureAppends } from '../load/bare-appends.ts';
import { ContactLives } from '../load/contact-lives.ts';
import { pace } from '../load/pace.ts';
import { runPhase, usualShape } from '../load/phase.ts';
import { Served, tenant } from '../load/served.ts';
import { hasNative } from './native.ts';

const topology = `
  this process: arrivals at a fixed rate                process 2: the router
  ┌──────────────────────────────────────┐  contact.create   ┌──────────────────────────────┐
  │ due ─▶ sent            offer.created │ ────────────────▶ │ tick ─ core ─ journal ─ fsync │   due → offer.created
  │  └──────── latency ─────────┘        │ ◀──────────────── │  (and the rest of each life)  │
  └──────────────────────────────────────┘                   └──────────────────────────────┘
  in turn with it, the reference:
  ┌──────────────────────────────────────────────────────┐
  │ requests due at the same rate, of as many bytes each, │   due → on the disk: nothing leaves the router before that
  │ appended by the same journal, all that wait at once   │
  └──────────────────────────────────────────────────────┘
`;

const requestsPerContact = 4;
const perMille = { p50: 500, p90: 900, p99: 990 } as const;
/** What the first arrivals meet that is not compiled yet is left out. */
const warmUpSeconds = 1;

export const offerLatency: Benchmark = {
  name: 'offer-latency',
  about: 'from when a contact is due to its offer, beside bare appends of the same bytes at the same rate',
  topology,
  measures: Object.fromEntries(Object.keys(perMille).map((name) => [name, { unit: 'ms', better: 'less' as const }])),
  drawn: ['p50', 'p99'],
  async cases({ quick, otherNode }) {
    if (otherNode || !(await hasNative())) return [];
    const seconds = quick ? 1 : 5;
    return [30, 70].map((percent) => ({
      name: `at ${percent}% of the full rate`,
      parameters: { ...usualShape, percent, seconds },
      repetitions: 5,
      prepare: () => prepared(percent / 100, seconds),
    }));
  },
};

async function prepared(share: number, seconds: number): Promise<Prepared> {
  const folder = mkdtempSync(join(tmpdir(), 'strowger-bench-'));
  const { contactsPerSecond, bytes } = await calibrate(join(folder, 'first'), share, Math.min(3, seconds));
  const requestsPerSecond = contactsPerSecond * requestsPerContact;
  const settings = { contactRetentionMs: 5_000 };
  const router = await Served.start({ kind: 'router', dataDir: join(folder, 'data'), settings });
  const lives = await ContactLives.open(router.url, usualShape, false);
  let offers = 0;
  let appends = 0;
  return {
    subjects: [
      {
        name: 'bare journal',
        async run() {
          const latencies = await measureAppends(join(folder, `appends-${appends}`), requestsPerSecond, bytes, seconds);
          appends += 1;
          return numbersOf(latencies);
        },
      },
      {
        name: 'router',
        reference: 'bare journal',
        async run() {
          await pace(contactsPerSecond, warmUpSeconds, (dueAt) => lives.createAt(dueAt));
          const latencies: number[] = [];
          lives.onOffer = (ms) => latencies.push(ms);
          await pace(contactsPerSecond, seconds, (dueAt) => lives.createAt(dueAt));
          lives.onOffer = undefined;
          await lives.drain();
          lives.assertComplete();
          offers += latencies.length;
          return numbersOf(latencies);
        },
      },
    ],
    async check() {
      must(offers > 0, 'contacts were offered');
      return [
        `${offers.toLocaleString('en')} offers; every contact was offered once, accepted, ended and wrapped up`,
        'the bare journal holds every entry it was given',
      ];
    },
    facts: () => ({
      'The load': [
        {
          'contacts/s': Math.round(contactsPerSecond),
          'requests/s': Math.round(requestsPerSecond),
          'bytes of input a request': bytes.input,
          'bytes of redo a request': bytes.redo,
        },
      ],
    }),
    async close() {
      lives.close();
      await router.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function numbersOf(latencies: readonly number[]): Numbers {
  const values = percentiles(latencies, Object.values(perMille));
  return Object.fromEntries(Object.keys(perMille).map((name, index) => [name, values[index]!]));
}

/** What the router can do at most, and what a request at that share of it puts into the journal. */
async function calibrate(dataDir: string, share: number, seconds: number) {
  // Everything appended stays in the journal, so that its bytes can be counted afterwards.
  const settings = { sealEveryMs: 3_600_000, segmentBytes: 1_073_741_824 };
  const router = await Served.start({ kind: 'router', dataDir, settings });
  const lives = await ContactLives.open(router.url, usualShape, false);
  const full = await runPhase(router, lives, { seconds, warmUpMs: 1_000 });
  const contactsPerSecond = (full.requestsPerSecond / requestsPerContact) * share;
  const before = { entry: (await router.sample()).router!.ticks, requests: lives.requests };
  await pace(contactsPerSecond, seconds, (dueAt) => lives.createAt(dueAt));
  await lives.drain();
  const toEntry = (await router.sample()).router!.ticks;
  const requests = lives.requests - before.requests;
  lives.close();
  await router.stop();
  const ofTenant = join(dataDir, 'tenants', tenant);
  const journal = new LmdbJournal({ folder: join(ofTenant, 'journal'), coresFolder: join(ofTenant, 'cores') });
  const bytes = bytesOf(journal, before.entry + 1, toEntry, requests);
  await journal.close();
  return { contactsPerSecond, bytes };
}

function bytesOf(journal: LmdbJournal, from: number, to: number, requests: number): BytesPerRequest {
  let input = 0;
  let redo = 0;
  for (const entry of journal.read(from, to)) {
    input += entry.input.length;
    redo += entry.redo.length;
  }
  return { input: Math.ceil(input / requests), redo: Math.ceil(redo / requests) };
}
