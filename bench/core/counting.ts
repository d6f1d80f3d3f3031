// The build of the core that counts the records and entries that it touches, each once a command or timer. Not the one of
// production, which has no counter; scripts/build-core.js makes it when it is first asked for.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HEADER_TOUCHED } from '../../assembly/layout.ts';
import { artifacts } from '../../src/artifacts.ts';
import type { Machine } from './machine.ts';

const file = join(artifacts.root, 'dist', 'counting', 'core.wasm');

export function countingCore(): WebAssembly.Module {
  if (!existsSync(file))
    execFileSync(process.execPath, [join(artifacts.root, 'scripts', 'build-core.js'), '--counting', file]);
  return new WebAssembly.Module(readFileSync(file));
}

/** Since the beginning. */
export function touchedIn(machine: Machine): number {
  return Number(new DataView(machine.memory.buffer).getBigInt64(HEADER_TOUCHED, true));
}
