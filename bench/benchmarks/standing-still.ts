// Under a load that goes on, nothing may grow: the lag behind the journal, and the files, at the end as after the first minute.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Benchmark, must, type Prepared, type Row } from '../harness/benchmark.ts';
import { text } from '../harness/tables.ts';
import { ContactLives } from '../load/contact-lives.ts';
import { runPhase, steadySettings, usuallyAlive, usualShape } from '../load/phase.ts';
import { type RouterSample, type Sample, Served } from '../load/served.ts';

const topology = `
  the load of full-life-over-sockets, window after window ──▶ the router, retention, sealing and snapshots every 5 to 10 s

      0 s ── settling ── 30 s ── window 1 ── … ── window n: each window's mean beside the first one's
`;

/** Until what is kept for seconds has been dropped for the first time. */
const settlingSeconds = 30;
const firstWindow = 'first window';
const rate = 'requests';

const mebibyte = 1_048_576;
const measured: readonly {
  readonly what: string;
  readonly unit: string;
  readonly slack: number;
  read(of: RouterSample): number;
}[] = [
  { what: 'lag of the tables', unit: 'writes', slack: 2_000, read: ({ lagWrites }) => lagWrites },
  { what: 'lag of the shadow', unit: 'ticks', slack: 50, read: ({ shadowLag }) => shadowLag },
  { what: 'journal', unit: 'MiB', slack: 4, read: ({ journalBytes }) => journalBytes / mebibyte },
  { what: 'tables', unit: 'MiB', slack: 4, read: ({ tablesBytes }) => tablesBytes / mebibyte },
  { what: 'all files', unit: 'MiB', slack: 8, read: ({ diskBytes }) => diskBytes / mebibyte },
];

export const standingStill: Benchmark = {
  name: 'standing-still',
  about: 'lag and files under a load that goes on',
  topology,
  measures: {
    ...Object.fromEntries(measured.map(({ what, unit }) => [what, { unit, better: 'less' as const }])),
    [rate]: { unit: '/s', better: 'more' as const },
  },
  async cases({ quick, otherNode }) {
    // What stands still is seen in minutes or not at all.
    if (quick || otherNode) return [];
    const windowSeconds = 15;
    return [
      {
        name: '',
        parameters: { ...usualShape, alive: usuallyAlive, settlingSeconds, windowSeconds },
        repetitions: 6,
        prepare: () => prepared(windowSeconds),
      },
    ];
  },
};

async function prepared(windowSeconds: number): Promise<Prepared> {
  const dataDir = mkdtempSync(join(tmpdir(), 'strowger-bench-'));
  const router = await Served.start({ kind: 'router', dataDir, settings: steadySettings });
  const lives = await ContactLives.open(router.url, usualShape, false);
  const seen: Sample[] = [];
  const settled = runPhase(router, lives, { seconds: settlingSeconds, warmUpMs: 0 });
  await settled;
  let first: Readonly<Record<string, number>> | undefined;
  let last: Readonly<Record<string, number>> | undefined;
  const window = async (): Promise<Readonly<Record<string, number>>> => {
    const samples: Sample[] = [];
    const each = (sample: Sample) => samples.push(sample);
    const { requestsPerSecond } = await runPhase(router, lives, { seconds: windowSeconds, warmUpMs: 0, each });
    seen.push(...samples);
    const means = measured.map(({ what, read }) => [what, Math.max(0.01, meanOf(samples, read))] as const);
    return { ...Object.fromEntries(means), [rate]: requestsPerSecond };
  };
  return {
    subjects: [
      {
        name: 'router',
        async run() {
          last = await window();
          first ??= last;
          return last;
        },
      },
    ],
    async check() {
      // A tenth more is noise of where in the saw tooth a window begins; the slack is for what is nearly nothing.
      // What is kept for seconds is as much as came in them: more where the machine did more.
      const more = Math.max(1, last![rate]! / first![rate]!);
      for (const { what, slack } of measured) {
        const [before, after] = [first![what]!, last![what]!];
        const went = `it went from ${text(before)} to ${text(after)}, at ${text(more)} times the requests`;
        must(after <= before * 1.1 * more + slack, `${what} stands still: ${went}`);
      }
      const alarms = new Set(seen.flatMap(({ router: of }) => of?.alarms ?? []));
      must(alarms.size === 0, `no alarm was raised; ${[...alarms].join(', ')} was`);
      return ['lag and files are no larger in the last window than in the first', 'no alarm was raised'];
    },
    facts: () => ({
      'Standing still': [...measured, { what: rate, unit: '/s' }].map(
        ({ what, unit }): Row => ({
          '': `${what}, ${unit}`,
          [firstWindow]: text(first![what]!),
          'last window': text(last![what]!),
        }),
      ),
    }),
    async close() {
      lives.close();
      await router.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

function meanOf(samples: readonly Sample[], read: (of: RouterSample) => number): number {
  return samples.reduce((sum, { router }) => sum + read(router!), 0) / samples.length;
}
