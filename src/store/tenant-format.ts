// The file FORMAT of a tenant's folder: what the folder is, and its version. It is looked at before anything else in it.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from './durable-file.ts';
import { StoreError } from './store.ts';

const FORMAT_VERSION = 1;
const FORMAT_NAME = 'strowger tenant';

/** Writes FORMAT into an empty folder. Rejects with StoreError where the folder is none of this build's. */
export async function settleFormat(folder: string): Promise<void> {
  if (assertFormat(folder) === 'empty') {
    await replaceFile(join(folder, 'FORMAT'), `${FORMAT_NAME}\nversion ${FORMAT_VERSION}\n`);
  }
}

/** Only looks. Throws StoreError where the folder is none of this build's. */
export function assertFormat(folder: string): 'empty' | 'ours' {
  const path = join(folder, 'FORMAT');
  const content = statSync(path, { throwIfNoEntry: false }) && readFileSync(path, 'utf8');
  if (content === undefined) {
    const foreign = readdirSync(folder).filter((name) => name !== 'LOCK.socket' && name !== 'FORMAT.tmp');
    if (foreign.length > 0) {
      const message = `${folder} has files (${foreign[0]}) but no FORMAT: it is no tenant's folder, or FORMAT was lost. Give another data directory, or restore FORMAT from a copy.`;
      throw new StoreError('damaged', message);
    }
    return 'empty';
  }
  const [, version] = new RegExp(`^${FORMAT_NAME}\nversion (\\d+)\n$`).exec(content) ?? [];
  if (version === undefined) {
    throw new StoreError('damaged', `${path} does not read "${FORMAT_NAME}": restore it from a copy.`);
  }
  if (Number(version) !== FORMAT_VERSION) {
    const message = `${path} says version ${version}, this build reads version ${FORMAT_VERSION}: start the build that wrote it, or give another data directory. Nothing has been changed.`;
    throw new StoreError('other_version', message);
  }
  return 'ours';
}
