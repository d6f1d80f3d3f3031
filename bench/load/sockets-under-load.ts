// Servers side by side under the same load, one at a time: each a process of its own that lives through all repetitions. A router that was
// under load has to do for some seconds after it: what is old goes, the journal is compacted. The next one waits for that.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { must, type Prepared, type Subject } from '../harness/benchmark.ts';
import { ContactLives, type LoadShape } from './contact-lives.ts';
import { type Phase, pause, runPhase, steadySettings, usualShape } from './phase.ts';
import { type Sample, Served, type ServerOrder } from './served.ts';

export interface ServerUnderLoad {
  readonly name: string;
  readonly reference?: string;
  readonly transport: 'uws' | 'ws';
  /** The bare responder, with or without notifications; or the router with so many workers. */
  readonly serves: { readonly bare: 'answers' | 'notifications' } | { readonly workers: number };
  /** Where the load on it differs from usualShape. */
  readonly shape?: Partial<LoadShape>;
}

/** Who has rested is slower for a second: a sixth of its rate was missing in the first, and nothing in the next. */
const warmUpMsMax = 2_000;
/** What runs for the first time is compiled first. */
const firstSeconds = 2;
/** At rest is who uses less than a fiftieth of a core; looked at so often, and waited for so long. */
const restShare = 0.02;
const lookMs = 1_000;
const looksMax = 60;

interface Open {
  readonly of: ServerUnderLoad;
  readonly served: Served;
  readonly lives: ContactLives;
  readonly phases: Phase[];
  readonly alarms: Set<string>;
}

/** Each repetition puts each of the servers under load for so long. */
export async function underLoad(servers: readonly ServerUnderLoad[], seconds: number): Promise<Prepared> {
  const folder = mkdtempSync(join(tmpdir(), 'strowger-bench-'));
  const open: Open[] = [];
  for (const [index, of] of servers.entries()) {
    const served = await Served.start(orderOf(of, join(folder, String(index))));
    const lives = await ContactLives.open(served.url, { ...usualShape, ...of.shape }, 'bare' in of.serves);
    open.push({ of, served, lives, phases: [], alarms: new Set() });
  }
  for (const { served, lives } of open) await runPhase(served, lives, { seconds: firstSeconds, warmUpMs: 0 });
  return {
    subjects: open.map((one) => subjectOf(one, open, seconds)),
    check: async () => [
      ...(await Promise.all(open.filter(({ of }) => 'workers' in of.serves).map(checkRouter))),
      'each contact was offered once, accepted, ended and wrapped up, each request answered once and with the state it must have',
      'no line had two contacts at once; no alarm was raised',
    ],
    facts: () => ({
      'Beside it': open.map(({ of, phases }) => ({
        '': of.name,
        'notifications a request': round(
          meanOf(phases, (phase) => phase.notificationsPerRequest),
          2,
        ),
        'the load’s event loop busy': round(
          meanOf(phases, (phase) => phase.loadBusy),
          2,
        ),
      })),
    }),
    async close() {
      for (const { lives } of open) lives.close();
      for (const { served } of open) await served.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function orderOf({ serves, transport }: ServerUnderLoad, dataDir: string): ServerOrder {
  if ('bare' in serves) return { kind: 'bare', events: serves.bare === 'notifications', transport };
  return { kind: 'router', dataDir, settings: { ...steadySettings, transport, threads: serves.workers } };
}

function subjectOf({ of, served, lives, phases, alarms }: Open, all: readonly Open[], seconds: number): Subject {
  const each = ({ router }: Sample): void => {
    for (const alarm of router?.alarms ?? []) alarms.add(alarm);
  };
  return {
    name: of.name,
    ...(of.reference !== undefined && { reference: of.reference }),
    async run() {
      await atRest(all);
      const warmUpMs = Math.min(warmUpMsMax, 500 * seconds);
      const phase = await runPhase(served, lives, { seconds, warmUpMs, each });
      phases.push(phase);
      return {
        rate: phase.requestsPerSecond,
        'CPU a request': phase.cpuMicroseconds,
        'main thread a request': phase.mainMicroseconds,
      };
    },
  };
}

/** Nobody has anything left to do. */
async function atRest(servers: readonly Open[]): Promise<void> {
  let before = await Promise.all(servers.map(({ served }) => served.sample()));
  for (let look = 0; look < looksMax; look++) {
    await pause(lookMs);
    const now = await Promise.all(servers.map(({ served }) => served.sample()));
    if (now.every((sample, at) => usedSince(before[at] as Sample, sample) < restShare)) return;
    before = now;
  }
  throw new Error(`a server is still busy ${(looksMax * lookMs) / 1000} s after its load`);
}

/** Of a core. */
function usedSince(before: Sample, now: Sample): number {
  return (now.cpuMs - before.cpuMs) / (now.at - before.at);
}

/** What the router counted is what the load saw. */
async function checkRouter({ of, served, lives, alarms }: Open): Promise<string> {
  const { arrived, answered, abandoned, waiting } = await lives.counted(served.url);
  const counted = JSON.stringify({ arrived, answered, abandoned, waiting });
  const seen = JSON.stringify({ arrived: lives.finished, answered: lives.finished, abandoned: 0, waiting: 0 });
  must(counted === seen, `${of.name} counted ${seen}; it counted ${counted}`);
  must(alarms.size === 0, `${of.name} raised no alarm; it raised ${[...alarms].join(', ')}`);
  return `${of.name} counted as many arrivals and answers as the load saw: ${lives.finished.toLocaleString('en')}; nobody abandoned or waiting`;
}

function meanOf(phases: readonly Phase[], read: (phase: Phase) => number): number {
  return phases.reduce((sum, phase) => sum + read(phase), 0) / Math.max(1, phases.length);
}

function round(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}
