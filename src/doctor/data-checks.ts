// The data folder, without opening what is in it: a running router goes on undisturbed, and one that does not run finds
// everything as it was. The only thing made is a file of its own, to time the disk with, which is removed.

import { accessSync, constants, existsSync, readdirSync, readFileSync, statfsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { frameDifferences } from '../engine/core-build.ts';
import { isFolderHeld, lockNameOf } from '../store/folder-lock.ts';
import { StoreError } from '../store/store.ts';
import { assertFormat } from '../store/tenant-format.ts';
import { fileSystemKind } from './file-system-kind.ts';
import { type Finding, fail, ok, warn } from './finding.ts';
import { type FlushLatency, measureFlushes } from './flush-latency.ts';
import { firstLine } from './machine-checks.ts';
import { ownerOfAbstractSocket, ownerOfPort, ownerText } from './socket-owner.ts';

export interface DataSurroundings {
  readonly dataDir: string;
  readonly tenants: readonly string[];
  readonly segmentBytes: number;
  readonly port: number;
}

export function checkDataFolder({ dataDir }: DataSurroundings): Finding {
  const there = existing(dataDir);
  if (!statSync(there).isDirectory()) {
    return fail('data folder', `${there} is no folder`, 'Give another `dataDir`, or take away what is there.');
  }
  const whose = whoseText(there);
  if (!isWritable(there)) {
    const advice = `Give it to the user that runs the router (chown), or give another \`dataDir\`.`;
    return fail('data folder', `${there} cannot be written to by this user${whose}`, advice);
  }
  if (there !== dataDir) return ok('data folder', `${dataDir} is not there yet and will be made in ${there}`);
  if (whose !== '') {
    return warn(
      'data folder',
      `${dataDir} can be written to, but not as its owner${whose}`,
      'Call the doctor as the user that runs the router.',
    );
  }
  return ok('data folder', `${dataDir} is there and can be written to`);
}

export function checkFileSystem({ dataDir }: DataSurroundings): Finding {
  const { type } = statfsSync(existing(dataDir));
  const kind = process.platform === 'linux' ? fileSystemKind(type) : undefined;
  if (kind === undefined) {
    return warn(
      'file system',
      `of a kind that is not known (${type >>> 0})`,
      'A local one is needed; ext4 and xfs are used most.',
    );
  }
  if (kind.trouble !== undefined) {
    return warn(
      'file system',
      `${kind.name}: ${kind.trouble}`,
      'Put `dataDir` on a local disk: ext4 and xfs are used most.',
    );
  }
  return ok('file system', kind.name);
}

/** Two files of the journal a tenant: the one that is filled, and the one that is made smaller. */
const segmentsPerTenant = 2;
const comfort = 10;

export function checkFreeSpace({ dataDir, tenants, segmentBytes }: DataSurroundings): Finding {
  const { bavail, bsize, blocks } = statfsSync(existing(dataDir));
  const free = bavail * bsize;
  const needed = Math.max(1, tenants.length) * segmentsPerTenant * segmentBytes;
  const text = `${megabytes(free)} free of ${megabytes(blocks * bsize)}; journals take ${megabytes(needed)} at least`;
  const advice =
    'Make room, or set a smaller `segmentBytes` or `journalRetentionMs`. A full disk refuses requests as `overloaded`.';
  if (free < needed) return fail('free space', text, advice);
  if (free < comfort * needed) return warn('free space', text, advice);
  return ok('free space', text);
}

/** One finding a tenant. */
export async function checkTenants(surroundings: DataSurroundings): Promise<Finding[]> {
  const { dataDir, tenants } = surroundings;
  return Promise.all(tenants.map((name) => checkTenant(name, join(dataDir, 'tenants', name), surroundings)));
}

async function checkTenant(name: string, folder: string, { port }: DataSurroundings): Promise<Finding> {
  try {
    if (!existsSync(folder)) return ok('tenant', `${name}: is new`);
    const format = assertFormat(folder);
    const foreign = foreignBuilds(join(folder, 'cores'));
    if (await isFolderHeld(folder)) return heldFinding(name, folder, port);
    if (foreign.length > 0) {
      const advice = 'Start the build that wrote them once, or give another data directory.';
      return warn(
        'tenant',
        `${name}: was written by cores that this build cannot take over (${foreign.join(', ')})`,
        advice,
      );
    }
    return ok('tenant', format === 'empty' ? `${name}: is new` : `${name}: of this version, and free`);
  } catch (error) {
    if (error instanceof StoreError) return fail('tenant', `${name}: ${error.message}`, 'Nothing has been changed.');
    return fail('tenant', `${name}: ${firstLine(error)}`, 'Give the folder to the user that runs the router.');
  }
}

/** Held by the router that listens at the configured port, it is as it should be; by another, nobody else can start. */
function heldFinding(name: string, folder: string, port: number): Finding {
  const holder = ownerOfAbstractSocket(lockNameOf(folder));
  const listener = ownerOfPort(port);
  if (holder !== undefined && holder.pid === listener?.pid) {
    return ok('tenant', `${name}: of this version, in use by the router that runs (process ${holder.pid})`);
  }
  const text = `${name}: in use by ${ownerText(holder)}, which does not listen at port ${port}`;
  return fail('tenant', text, 'Stop it, or give this router another `dataDir`.');
}

/** Kept builds of the core, by the beginning of their hashes, whose memory this build cannot read. */
function foreignBuilds(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const layouts = readdirSync(folder).filter((name) => name.endsWith('.layout.json'));
  const isForeign = (name: string) => frameDifferences(JSON.parse(readFileSync(join(folder, name), 'utf8'))).length > 0;
  return layouts.filter(isForeign).map((name) => name.slice(0, 12));
}

/** Disks that write answer between these; slower ones are felt, faster ones do not write. */
const medianMsMax = 5;
const p99MsMax = 25;
const medianMsMin = 0.02;

export function checkFlush({ dataDir }: DataSurroundings): Finding {
  return flushFinding(measureFlushes(existing(dataDir)));
}

export function flushFinding({ flushes, medianMs, p99Ms }: FlushLatency): Finding {
  const text = `half of ${flushes} flushes took up to ${milliseconds(medianMs)}, 99% up to ${milliseconds(p99Ms)}`;
  if (medianMs < medianMsMin) {
    const advice = 'Is it memory, or a cache that a loss of power empties? Then what was acknowledged can be lost.';
    return warn('flush', `${text}: faster than a disk writes`, advice);
  }
  if (medianMs > medianMsMax || p99Ms > p99MsMax) {
    const advice =
      'Every answer waits for a flush, and for the rest of the one before: take a disk with a protected write cache (NVMe), and leave it to the router.';
    return warn('flush', text, advice);
  }
  return ok('flush', text);
}

/** When the newest file of the tenants was written, ms since the epoch. */
export function newestWriting(dataDir: string): number | undefined {
  const newest = (folder: string): number => {
    const entries = readdirSync(folder, { withFileTypes: true });
    return Math.max(
      0,
      ...entries.map((entry) => {
        const path = join(folder, entry.name);
        return entry.isDirectory() ? newest(path) : (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
      }),
    );
  };
  try {
    return newest(join(dataDir, 'tenants')) || undefined;
  } catch {
    return undefined;
  }
}

/** The folder, or the nearest above it that is there. */
function existing(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : existing(dirname(folder));
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Empty where the folder is this user's. */
function whoseText(folder: string): string {
  const owner = statSync(folder).uid;
  const user = process.getuid?.();
  return user === undefined || user === owner ? '' : ` (it belongs to user ${owner}, this is ${user})`;
}

function megabytes(bytes: number): string {
  return `${Math.floor(bytes / 1_000_000).toLocaleString('en')} MB`;
}

function milliseconds(ms: number): string {
  return `${ms < 10 ? ms.toFixed(2) : ms.toFixed(0)} ms`;
}
