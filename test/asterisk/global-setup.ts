// Before the first journey: makes the chroot if it is not there (about a minute), starts Asterisk, and stops it after the last. Where it cannot be
// had, the journeys are skipped, and here it says why.

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { TestProject } from 'vitest/node';
import { first, root } from './real-asterisk.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Why there is no Asterisk, or ''. */
    withoutAsterisk: string;
  }
}

const lockFile = `${root}.running`;

export default async function setup(project: TestProject): Promise<(() => void) | undefined> {
  const why = cannot() ?? (await begin());
  project.provide('withoutAsterisk', why);
  if (why === '')
    return () => {
      first.script('stop');
      rmSync(lockFile, { force: true });
    };
  console.warn(`The journeys with Asterisk are skipped: ${why}`);
  if (process.env.ASTERISK_REQUIRED === '1') throw new Error(why);
  return undefined;
}

function cannot(): string | undefined {
  if (process.platform !== 'linux') return 'they need Linux';
  return process.getuid?.() === 0 ? undefined : 'they need root, for a chroot';
}

async function begin(): Promise<string> {
  await lock();
  try {
    first.script('install');
    first.script('config');
    // One that an interrupted run has left behind has the configuration of then.
    first.script('stop');
    first.script('start');
    return '';
  } catch (error) {
    rmSync(lockFile, { force: true });
    return (error as Error).message;
  }
}

/** There is one chroot with one set of ports: whoever comes second waits. */
async function lock(): Promise<void> {
  for (let said = false; ; said = true) {
    try {
      return writeFileSync(lockFile, String(process.pid), { flag: 'wx' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    if (!isAlive(Number(readFileSync(lockFile, 'utf8')))) rmSync(lockFile, { force: true });
    else {
      if (!said) console.warn(`waiting for another run of the journeys (${lockFile})`);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch {
    return false;
  }
}
