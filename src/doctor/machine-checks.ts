// The machine and the installation: what has to be right before any configuration is looked at. Libraries are loaded when
// they are looked at, so that one that does not load is a finding and not the end of the doctor.

import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../engine/clock.ts';
import { connectionsMax, descriptorsWanted } from '../limits.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const testedMajors = [20, 22, 24];
const oldest = [20, 15] as const;

/** `version` as process.versions.node has it. */
export function checkNode(version: string): Finding {
  const [major, minor] = version.split('.').map(Number) as [number, number];
  const text = `Node ${version} on ${process.platform}-${process.arch}`;
  if (major < oldest[0] || (major === oldest[0] && minor < oldest[1])) {
    return fail('node', text, `Install Node ${testedMajors.join(', ')}; at least ${oldest.join('.')} is needed.`);
  }
  if (!testedMajors.includes(major)) return warn('node', text, `Tested are Node ${testedMajors.join(', ')}: take one.`);
  return ok('node', text);
}

/** `asked`: what the configuration asks for, where it does. */
export async function checkSockets(asked: 'uws' | 'ws' | undefined): Promise<Finding> {
  if (asked === 'ws') return ok('sockets', 'ws on node:http, as configured');
  const { loadNative } = await import('../transport/choose-transport.ts');
  const native = loadNative();
  if ('library' in native) return ok('sockets', 'uWebSockets.js loads');
  const text = `uWebSockets.js ${native.why}`;
  if (asked === 'uws') return fail('sockets', text, 'Take Node 20 on glibc, or leave the setting `transport` out.');
  return warn(
    'sockets',
    `${text}; ws on node:http is taken`,
    'It works, slower. For the fast one take Node 20 on glibc.',
  );
}

/** Opens an environment of its own in a temporary folder: whether the library loads at all. */
export async function checkStore(): Promise<Finding> {
  const folder = mkdtempSync(join(tmpdir(), 'strowger-doctor-'));
  try {
    const { openEnvironment, transact, putAbove } = await import('../store/lmdb-environment.ts');
    const environment = openEnvironment(join(folder, 'try'), { mapBytes: 1_048_576 });
    try {
      await transact(environment, () => [putAbove(environment, 'key', Buffer.from('value'))]);
    } finally {
      await environment.close();
    }
    return ok('store', 'lmdb loads, and commits');
  } catch (error) {
    const advice = 'Run `npm ci` on this machine: its binary is for one system, processor and C library.';
    return fail('store', `lmdb does not work: ${firstLine(error)}`, advice);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Makes a core's memory and steps it once. */
export async function checkCore(coreMemoryBytes: number): Promise<Finding> {
  try {
    const { loadCoreBuild } = await import('../engine/core-build.ts');
    const { InProcessCorePool } = await import('../engine/in-process-core-pool.ts');
    const build = loadCoreBuild();
    const pool = new InProcessCorePool(Math.floor(coreMemoryBytes / 65_536));
    await pool.addBuild(build.hash, build.wasm);
    const core = await pool.create(build.hash, 'doctor');
    await pool.step(core, { buffer: 0, inputBytes: 0, now: 1, number: 1, flags: 0 });
    await pool.close();
    return ok('core', `the core ${build.hash.slice(0, 12)} loads and steps`);
  } catch (error) {
    const advice =
      'Run `npm run build` where the sources are; memory of 10 GB of addresses per tenant must not be limited.';
    return fail('core', `the core does not run: ${firstLine(error)}`, advice);
  }
}

const descriptorsMin = 1_024;

export function checkOpenFiles(): Finding {
  const limit = openFilesLimit();
  if (limit === undefined) {
    return warn(
      'open files',
      'how many files may be open cannot be told here',
      'Each connection takes one: see to it.',
    );
  }
  const advice = `Each connection takes one. Set LimitNOFILE=${descriptorsWanted} (systemd), --ulimit nofile=${descriptorsWanted} (containers) or ulimit -n.`;
  if (limit < descriptorsMin) return fail('open files', `only ${limit} files may be open`, advice);
  if (limit < descriptorsWanted)
    return warn('open files', `${limit} files may be open, the router takes ${connectionsMax} connections`, advice);
  return ok('open files', limit === Number.POSITIVE_INFINITY ? 'no limit' : `${limit} may be open`);
}

/** The hard limit: Node raises the soft one to it when it starts. */
function openFilesLimit(): number | undefined {
  try {
    const [, hard] = /^Max open files +\S+ +(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return hard === undefined ? undefined : hard === 'unlimited' ? Number.POSITIVE_INFINITY : Number(hard);
  } catch {
    return undefined;
  }
}

/** No release is older. */
const notBefore = Date.UTC(2026, 0, 1);
const behindMs = 1_000;

/** `newestWriting`: when the newest file of the data was written, where there are data. */
export async function checkClock(clock: Clock, newestWriting: number | undefined): Promise<Finding> {
  const now = clock.now();
  const text = `it is ${new Date(now).toISOString()}`;
  if (now < notBefore) {
    return fail(
      'clock',
      `${text}, which is before this was made`,
      'Set the clock, and keep it with NTP: tokens and certificates go by it.',
    );
  }
  if (newestWriting !== undefined && newestWriting - now > behindMs) {
    const behind = `${Math.round((newestWriting - now) / 1000)} s behind the newest file of the data`;
    return warn(
      'clock',
      `${text}, ${behind}`,
      'Set the clock. The router goes on from the time that was written last.',
    );
  }
  if ((await isSynchronised()) === false) {
    return warn(
      'clock',
      `${text}, and nothing keeps it right`,
      'Switch NTP on (timedatectl set-ntp true): tokens and certificates go by it.',
    );
  }
  return ok('clock', text);
}

const askingMsMax = 2_000;

/** Undefined where there is nobody to ask. */
function isSynchronised(): Promise<boolean | undefined> {
  return new Promise((resolve) => {
    const question = ['show', '--property=NTPSynchronized', '--value'];
    execFile('timedatectl', question, { timeout: askingMsMax }, (error, said) => {
      const answer = said?.trim();
      resolve(error !== null || (answer !== 'yes' && answer !== 'no') ? undefined : answer === 'yes');
    });
  });
}

export function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!;
}
