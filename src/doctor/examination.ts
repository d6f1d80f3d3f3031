// All checks, in order. With a configuration that is wrong, what does not depend on it is looked at all the same, and so
// is what it says well enough: its faults are findings of their own.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../engine/clock.ts';
import type { RouterConfiguration } from '../router-configuration.ts';
import { lockNameOf } from '../store/folder-lock.ts';
import {
  checkDataFolder,
  checkFileSystem,
  checkFlush,
  checkFreeSpace,
  checkTenants,
  newestWriting,
} from './data-checks.ts';
import { checkPort, checkSecret, checkTls, checkTokenKeys } from './door-checks.ts';
import { type CheckName, type Finding, fail, ok } from './finding.ts';
import {
  checkClock,
  checkCore,
  checkNode,
  checkOpenFiles,
  checkSockets,
  checkStore,
  firstLine,
} from './machine-checks.ts';

export interface Patient {
  /** Complete: defaults where nothing, or nothing right, was said. Undefined where not even its file could be read. */
  readonly router: RouterConfiguration | undefined;
  readonly secretFile: string | undefined;
  readonly faults: readonly string[];
  /** What was looked at: a file, flags, the defaults. */
  readonly source: string;
  readonly nodeVersion: string;
  readonly clock: Clock;
}

const smallestCoreBytes = 134_217_728;

/** Findings as they come. Changes nothing that it finds. */
export async function* examine(patient: Patient): AsyncGenerator<Finding> {
  const { router, nodeVersion, clock } = patient;
  yield checkNode(nodeVersion);
  yield* look('sockets', () => checkSockets(router?.transport));
  yield* look('store', checkStore);
  yield* look('core', () => checkCore(router?.coreMemoryBytes ?? smallestCoreBytes));
  yield* look('open files', checkOpenFiles);
  yield* look('clock', () => checkClock(clock, router && newestWriting(router.dataDir)));
  yield* configurationFindings(patient);
  if (router === undefined) return;
  yield* look('data folder', () => checkDataFolder(router));
  yield* look('file system', () => checkFileSystem(router));
  yield* look('free space', () => checkFreeSpace(router));
  yield* look('tenant', () => checkTenants(router));
  yield* look('flush', () => checkFlush(router));
  yield* look('port', () => checkPort(router.host, router.port, locksOf(router)));
  yield* look('tls', () => checkTls(router.tls, router.host, clock.now()));
  yield* look('secret', () => checkSecret(patient.secretFile));
  yield* look('token keys', () => checkTokenKeys(router));
}

type Findings = Finding | readonly Finding[];

/** What a check cannot look at is a finding too: the others go on. */
async function* look(check: CheckName, made: () => Findings | Promise<Findings>): AsyncGenerator<Finding> {
  try {
    const found = await made();
    yield* Array.isArray(found) ? found : [found as Finding];
  } catch (error) {
    yield fail(check, `cannot be looked at: ${firstLine(error)}`, 'Call the doctor as the user that runs the router.');
  }
}

function configurationFindings({ faults, source }: Patient): Finding[] {
  if (faults.length === 0) return [ok('configuration', `${source} is right`)];
  return faults.map((fault) => fail('configuration', fault, 'docs/configuration.md has every setting.'));
}

function locksOf({ dataDir, tenants }: RouterConfiguration): string[] {
  const folders = tenants.map((tenant) => join(dataDir, 'tenants', tenant));
  return folders.filter((folder) => existsSync(folder)).map(lockNameOf);
}
