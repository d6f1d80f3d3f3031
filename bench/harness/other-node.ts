// Another Node than the one that runs this, to measure under it, too: its npm package brings the binary.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const major = 24;

/** The path of a binary of that version, installed into a folder for temporary files; or why there is none. */
export function otherNode(): { readonly path: string } | { readonly path: undefined; readonly why: string } {
  const folder = join(tmpdir(), `strowger-node-${major}`);
  const name = `node-${process.platform}-${process.arch}`;
  const path = join(folder, 'node_modules', name, 'bin', 'node');
  if (existsSync(path)) return { path };
  mkdirSync(folder, { recursive: true });
  const install = ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', folder, `${name}@${major}`];
  try {
    execFileSync('npm', install, { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
  } catch (error) {
    return { path: undefined, why: `npm install ${name}@${major} failed: ${(error as Error).message.split('\n')[0]}` };
  }
  return existsSync(path) ? { path } : { path: undefined, why: `${name}@${major} has no binary` };
}
