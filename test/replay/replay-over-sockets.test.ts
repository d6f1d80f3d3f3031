import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { artifacts } from '../../src/artifacts.ts';
import { run } from '../../src/cli/main.ts';
import { SystemClock } from '../../src/engine/clock.ts';
import { generateDay } from '../../src/simulation/generated-day.ts';
import { waitCreditFor } from '../../src/simulation/mapping.ts';
import { type Progress, type ReplaySettings, runReplay } from '../../src/simulation/replay.ts';
import { type PlannedCall, planReplay } from '../../src/simulation/replay-plan.ts';
import type { ReplayReport } from '../../src/simulation/replay-report.ts';
import { reportOf } from '../../src/simulation/replay-report.ts';
import { accessBySecret } from '../../src/simulation/router-access.ts';
import { SocketStage } from '../../src/simulation/stage.ts';
import { Zone } from '../../src/zone.ts';
import { playPlainly } from './plain-day.ts';

const secret = Buffer.from('a secret of at least thirty-two bytes');
const clock = new SystemClock();
const serviceLevel = { withinMs: 20_000, shortAbandonMs: 0 };
let folder: string;
let router: RouterProcess;

interface RouterProcess {
  readonly url: string;
  kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
}

/** A router in a process of its own, as it runs in production: so it can be killed. */
async function startRouter(port: number): Promise<RouterProcess> {
  const secretFile = join(folder, 'secret');
  writeFileSync(secretFile, secret);
  const where = ['--data-dir', join(folder, 'data'), '--port', String(port)];
  const command = [join(artifacts.root, 'bin', 'strowger.js'), 'serve', '--json', '--log-level', 'silent', ...where];
  const child = spawn(process.execPath, [...command, '--tenant', 'bank', '--secret-file', secretFile], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])) as [Buffer | number];
  return {
    url: JSON.parse(String(line)).url,
    kill: async (signal) => {
      const exited = once(child, 'exit');
      child.kill(signal);
      await exited;
    },
  };
}

/** Not 0: a port that the system chose cannot be listened on again at once. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'strowger-replay-'));
  router = await startRouter(await freePort());
});
afterAll(async () => {
  await router.kill('SIGTERM');
  rmSync(folder, { recursive: true });
});

function settings(
  size: { calls: number; agents: number; seed: number },
  { speed = 'max', ...more }: Partial<ReplaySettings<PlannedCall>> & { speed?: number | 'max' },
): ReplaySettings<PlannedCall> {
  const day = generateDay({ ...size, midnight: Date.UTC(2024, 0, 1) });
  const runId = `t-${randomBytes(4).toString('hex')}`;
  return {
    stage: new SocketStage({
      access: accessBySecret(router.url, 'bank', secret, clock),
      speed,
      clock,
      connectTimeoutMs: 10_000,
    }),
    plan: planReplay({ ...day, runId, prefix: 'test.' }),
    prefix: 'test.',
    ...more,
  };
}

async function replay(replaySettings: ReplaySettings<PlannedCall>): Promise<ReplayReport> {
  const outcome = await runReplay(replaySettings);
  const { plan, stage } = replaySettings;
  return reportOf({
    runId: 'run',
    speed: stage.speed,
    serviceLevel,
    wasRecorded: false,
    zone: new Zone('UTC'),
    plan,
    outcome,
  });
}

describe('a replay against a router', () => {
  it('as fast as it goes comes out as the plain model says, and accounts for every call', async () => {
    const size = { calls: 200, agents: 4, seed: 11 };
    const { account, groups } = await replay(settings(size, {}));
    expect(account).toMatchObject({ balanced: true, planned: 200, created: 200, anomalies: [], problems: [] });
    const { calls, shifts, serviceMs, routing } = generateDay({ ...size, midnight: Date.UTC(2024, 0, 1) });
    const plain = playPlainly(calls, shifts, serviceMs, (call) => waitCreditFor(routing, call.priority));
    const all = groups.at(-1)!.replayed;
    console.log({ plain, answered: all.answered, abandoned: all.abandoned, meanWaitMs: all.meanWaitMs });
    // Milliseconds of a generated day leave no ties to be broken differently.
    expect(account.answered).toBe(plain.answered);
    expect(account.abandoned).toBe(plain.abandoned);
    expect(all.meanWaitMs).toBeCloseTo(plain.meanWaitMs, 3);
  });

  it('paced goes on where the router is killed in the middle and started again: nothing is lost or done twice', async () => {
    let restarted: Promise<void> | undefined;
    const onProgress = ({ totals }: Progress) => {
      if (totals.created < 20) return;
      restarted ??= (async () => {
        await router.kill('SIGKILL');
        router = await startRouter(Number(new URL(router.url).port));
      })();
    };
    const { account, connectionsLost } = await replay(
      settings({ calls: 150, agents: 6, seed: 5 }, { speed: 10_000, onProgress }),
    );
    await restarted;
    expect(connectionsLost).toBeGreaterThan(0);
    expect(account).toMatchObject({ balanced: true, planned: 150, created: 150, anomalies: [], problems: [] });
  });

  it('that is stopped ends its contacts and logs its agents out, so the next one finds nothing to clear away', async () => {
    const stop = new AbortController();
    const stopped = await replay(
      settings(
        { calls: 200, agents: 4, seed: 7 },
        {
          speed: 5_000,
          signal: stop.signal,
          onProgress: ({ totals }) => {
            if (totals.created > 20) stop.abort();
          },
        },
      ),
    );
    expect(stopped.stopped).toBe(true);
    expect(stopped.account.created).toBeGreaterThan(20);
    expect(stopped.account.created).toBeLessThan(200);
    expect(stopped.account.balanced).toBe(true);
    expect(stopped.account.stillThere).toEqual([]);
    const notices: string[] = [];
    await replay(settings({ calls: 20, agents: 4, seed: 8 }, { onNotice: (text) => notices.push(text) }));
    expect(notices.filter((text) => text.includes('cleared away'))).toEqual([]);
  });
});

describe('a replay that is stopped before it begins', () => {
  it('creates nothing', async () => {
    const { account } = await replay(settings({ calls: 50, agents: 4, seed: 9 }, { signal: AbortSignal.abort() }));
    expect(account).toMatchObject({ created: 0, balanced: true });
  });
});

describe('strowger replay', () => {
  it('writes a report, names damaged lines, and ends with 0 when every call is accounted for', async () => {
    const header =
      'vru+line,call_id,customer_id,priority,type,date,vru_entry,vru_exit,vru_time,q_start,q_exit,q_time,outcome,ser_start,ser_exit,ser_time,server';
    const lines = [
      'AA1,1,77,2,PS,1999-08-01,10:00:45,10:00:51,6,10:00:51,10:01:33,42,AGENT,10:01:32,10:03:08,96,VICKY',
      'AA1,2,0,0,PS,1999-08-01,10:01:45,10:01:51,6,10:01:51,10:02:03,12,HANG,0:00:00,0:00:00,0,NO_SERVER',
      'AA1,3,0,0,PS,1999-08-01,10:04:45,10:04:51,6,0:00:00,0:00:00,0,AGENT,10:04:51,10:05:08,17,VICKY',
      'AA1,4,broken',
    ];
    const [csv, report, secretFile] = ['calls.csv', 'report.json', 'secret'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(csv, `${[header, ...lines].join('\n')}\n`);
    writeFileSync(secretFile, secret);
    const options = ['--url', router.url, '--tenant', 'bank', '--secret-file', secretFile, '--report', report];
    expect(await run(['replay', csv, '--speed', 'max', ...options])).toBe(0);
    const told = JSON.parse(readFileSync(report, 'utf8'));
    expect(told.account).toMatchObject({ balanced: true, planned: 3, created: 3 });
    expect(told.recording).toMatchObject({ rows: 4, damagedCount: 1, damaged: [{ line: 5 }] });
    expect(told.groups.at(-1).recorded).toMatchObject({ calls: 3, answered: 2, abandoned: 1 });
    expect(await run(['replay', csv, '--speed', 'max', '--strict', ...options])).toBe(1);
  });

  it.each([
    [['--speed', 'fast'], 2],
    [['--availability', 'always'], 2],
    [['--from', '1999-8-1'], 2],
    [['--from', '1999-08-02', '--to', '1999-08-01'], 2],
    [['--unserved', 'some'], 2],
    [['--url', 'http://127.0.0.1'], 2],
    [['--mapping', 'absent.yaml'], 1],
    [['--tokens', 'absent.json'], 2],
    [['--report', 'absent/report.json'], 1],
  ])('%o is refused with exit code %i', async (options, code) => {
    const access = ['--speed', '300', '--tenant', 'bank', '--secret-file', join(folder, 'secret')];
    expect(await run(['replay', join(folder, 'calls.csv'), ...access, ...options])).toBe(code);
  });
});
