// The whole life of contacts over real WebSockets, as a share of what the same sockets carry with nothing behind them.
//
//   this process: the load                          process 2, one after the other:
//   ┌────────────────────────────┐   WebSocket      ┌─ bare responder: parse, answer ─────────────────────────────┐
//   │ 2 switches, agents with    │ ───────────────▶ ├─ bare responder that also sends as many notifications ──────┤
//   │ several chat lines each,   │                  ├─ the router: all rules, LMDB on the disk, shadow, snapshots ┤
//   │ a bounded number alive     │ ◀─────────────── ├─ bare responder with notifications ─────────────────────────┤
//   └────────────────────────────┘                  └─ bare responder ─────────────────────────────────────────────┘
//
// The ratio is requests received and answered per second by the router, to those by the bare responder, with the same
// request frames on the same sockets at the same number in flight. CPU per request is beside it: it is what stays the same when
// other work shares the machine. In a long run the router must also stand still: its lag and files at the end are
// compared with those of its first minute.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import type { RouterConfiguration } from '../src/router-configuration.ts';
import { ContactLives, type LoadShape } from './contact-lives.ts';
import { mebibytes, type Report, round, show } from './report.ts';
import { type Sample, Served } from './served.ts';

/** So short that what is kept stops growing within the first minute. */
export const steadySettings: Partial<RouterConfiguration> = {
  contactRetentionMs: 5_000,
  journalRetentionMs: 5_000,
  sealEveryMs: 10_000,
  segmentBytes: 33_554_432,
  snapshotEveryMs: 10_000,
  snapshotEveryEntries: 1_000_000,
};

export const usualShape: LoadShape = { agents: 100, linesPerAgent: 20, switches: 2, customers: 0 };

const WARM_UP_MS = 2_000;

export interface Phase {
  readonly what: string;
  readonly seconds: number;
  readonly requestsPerSecond: number;
  readonly notificationsPerRequest: number;
  readonly serverCpuMicroseconds: number;
  readonly ofItMainThread: number;
  readonly serverLoopBusy: number;
  readonly loadLoopBusy: number;
}

/** Runs the load for so long; what the first two seconds did is left out. `each` is called about once a second. */
export async function runPhase(
  what: string,
  served: Served,
  lives: ContactLives,
  seconds: number,
  alive: number,
  each: (sample: Sample) => void = () => {},
): Promise<Phase> {
  lives.keepAlive(alive);
  await pause(WARM_UP_MS);
  const from = { sample: await served.sample(), ...countsOf(lives) };
  const loop = performance.eventLoopUtilization();
  const until = performance.now() + seconds * 1000;
  while (performance.now() < until) {
    await pause(Math.min(1_000, Math.max(1, until - performance.now())));
    each(await served.sample());
  }
  const to = { sample: await served.sample(), ...countsOf(lives) };
  const loadLoopBusy = performance.eventLoopUtilization(loop).utilization;
  await lives.drain();
  lives.assertComplete();
  const answers = to.answers - from.answers;
  const active = to.sample.loopActiveMs - from.sample.loopActiveMs;
  return {
    what,
    seconds: round((to.at - from.at) / 1000, 1),
    requestsPerSecond: round((answers / (to.at - from.at)) * 1000),
    notificationsPerRequest: round((to.notifications - from.notifications) / answers, 2),
    serverCpuMicroseconds: round(((to.sample.cpuMs - from.sample.cpuMs) / answers) * 1000, 2),
    ofItMainThread: round(((to.sample.mainCpuMs - from.sample.mainCpuMs) / answers) * 1000, 2),
    serverLoopBusy: round(active / (active + to.sample.loopIdleMs - from.sample.loopIdleMs), 2),
    loadLoopBusy: round(loadLoopBusy, 2),
  };
}

function countsOf({ answers, notifications }: ContactLives) {
  return { at: performance.now(), answers, notifications };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Mean of what the samples say. */
function meanOf(samples: readonly Sample[], read: (router: NonNullable<Sample['router']>) => number): number {
  return samples.reduce((sum, { router }) => sum + read(router!), 0) / samples.length;
}

interface Standing {
  readonly rows: Record<string, number | string>[];
  readonly grown: readonly string[];
}

/** Is anything larger at the end than after the first minute? Saw teeth are compared by their means over half a minute. */
function standing(samples: readonly Sample[]): Standing {
  const begin = samples[0]!.at;
  const end = samples.at(-1)!.at;
  const early = samples.filter(({ at }) => at - begin > 30_000 && at - begin <= 60_000);
  const late = samples.filter(({ at }) => end - at < 30_000);
  const measures: [string, (router: NonNullable<Sample['router']>) => number, slack: number][] = [
    ['lag of the tables, writes', ({ lagWrites }) => lagWrites, 2_000],
    ['lag of the shadow, ticks', ({ shadowLag }) => shadowLag, 50],
    ['journal, MiB', ({ journalBytes }) => mebibytes(journalBytes), 4],
    ['tables, MiB', ({ tablesBytes }) => mebibytes(tablesBytes), 4],
    ['all files, MiB', ({ diskBytes }) => mebibytes(diskBytes), 8],
  ];
  const rows = measures.map(([what, read]) => ({
    what,
    'seconds 30 to 60': round(meanOf(early, read), 1),
    'last 30 seconds': round(meanOf(late, read), 1),
  }));
  // A tenth more is noise of where in the saw tooth the window begins; `slack` is for what is nearly nothing.
  const grown = measures
    .filter(([, read, slack]) => meanOf(late, read) > meanOf(early, read) * 1.1 + slack)
    .map(([what]) => what);
  return { rows, grown };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      seconds: { type: 'string', default: '180' },
      bareSeconds: { type: 'string' },
      agents: { type: 'string', default: String(usualShape.agents) },
      lines: { type: 'string', default: String(usualShape.linesPerAgent) },
      customers: { type: 'string', default: '0' },
      alive: { type: 'string', default: '1500' },
      keep: { type: 'boolean', default: false },
    },
  });
  const seconds = Number(values.seconds);
  const bareSeconds = Number(values.bareSeconds ?? Math.min(10, Math.max(2, seconds / 6)));
  const shape: LoadShape = {
    ...usualShape,
    agents: Number(values.agents),
    linesPerAgent: Number(values.lines),
    customers: Number(values.customers),
  };
  const alive = Number(values.alive);
  const dataDir = mkdtempSync(join(tmpdir(), 'strowger-bench-'));
  try {
    show(await measure(shape, alive, seconds, bareSeconds, dataDir), values.json);
  } finally {
    if (values.keep) console.error(`the router's data stays in ${dataDir}`);
    else rmSync(dataDir, { recursive: true, force: true });
  }
  process.exit(0);
}

async function measure(
  shape: LoadShape,
  alive: number,
  seconds: number,
  bareSeconds: number,
  dataDir: string,
): Promise<Report> {
  const bare = await Served.start({ kind: 'bare', events: false });
  const telling = await Served.start({ kind: 'bare', events: true });
  const router = await Served.start({ kind: 'router', dataDir, settings: steadySettings });
  const ofBare = await ContactLives.open(bare.url, shape, true);
  const ofTelling = await ContactLives.open(telling.url, shape, true);
  const ofRouter = await ContactLives.open(router.url, shape, false);
  const samples: Sample[] = [];
  const phases = [
    await runPhase('bare: answers', bare, ofBare, bareSeconds, alive),
    await runPhase('bare: answers and notifications', telling, ofTelling, bareSeconds, alive),
    await runPhase('router', router, ofRouter, seconds, alive, (sample) => samples.push(sample)),
    await runPhase('bare: answers and notifications', telling, ofTelling, bareSeconds, alive),
    await runPhase('bare: answers', bare, ofBare, bareSeconds, alive),
  ];
  const checked = await checkCounts(router, ofRouter, samples);
  const { rows, grown } = seconds >= 90 ? standing(samples) : { rows: [], grown: [] };
  if (seconds >= 90 && grown.length > 0) {
    console.error(JSON.stringify(rows));
    throw new Error(`grown since the first minute: ${grown.join(', ')}`);
  }
  for (const lives of [ofBare, ofTelling, ofRouter]) lives.close();
  for (const served of [bare, telling, router]) await served.stop();
  const rate = (what: string) => mean(phases.filter((phase) => phase.what === what).map((p) => p.requestsPerSecond));
  const cpu = (what: string) => mean(phases.filter((phase) => phase.what === what).map((p) => p.serverCpuMicroseconds));
  const ratios = ['bare: answers', 'bare: answers and notifications'].map((what) => ({
    'router to': what,
    'requests per second': round(rate('router') / rate(what), 2),
    'CPU per request': round(cpu('router') / cpu(what), 2),
  }));
  return {
    benchmark: 'full-life-over-sockets',
    about: `${shape.agents} agents with ${shape.linesPerAgent} lines, ${alive} contacts alive at once`,
    tables: {
      'Requests received and answered': phases.map((phase) => ({ ...phase })),
      Ratios: ratios,
      ...(rows.length > 0 && { 'Standing still': rows }),
    },
    checked: [...checked, ...(rows.length > 0 ? ['lag and files are no larger at the end than after a minute'] : [])],
    numbers: {
      requestsPerSecond: rate('router'),
      ratio: round(rate('router') / rate('bare: answers'), 3),
      ratioWithNotifications: round(rate('router') / rate('bare: answers and notifications'), 3),
      cpuMicrosecondsPerRequest: cpu('router'),
      contacts: ofRouter.finished,
      standsStill: seconds >= 90,
    },
  };
}

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** What the router counted is what the load saw. */
async function checkCounts(router: Served, lives: ContactLives, samples: readonly Sample[]): Promise<string[]> {
  const { arrived, answered, abandoned, waiting } = await lives.counted(router.url);
  const counted = JSON.stringify({ arrived, answered, abandoned, waiting });
  const seen = JSON.stringify({ arrived: lives.finished, answered: lives.finished, abandoned: 0, waiting: 0 });
  if (counted !== seen) throw new Error(`the router counted ${counted}, the load ${seen}`);
  const alarms = samples.flatMap(({ router: at }) => at?.alarms ?? []);
  if (alarms.length > 0) throw new Error(`alarms: ${[...new Set(alarms)].join(', ')}`);
  return [
    `each of ${lives.finished} contacts was offered once, accepted, ended and wrapped up; each request answered once`,
    'no line had two contacts at once; the router counted as many arrivals and answers, nobody abandoned or waiting',
    'no alarm was raised',
  ];
}

if (process.argv[1]?.endsWith('full-life-over-sockets.js')) await main();
