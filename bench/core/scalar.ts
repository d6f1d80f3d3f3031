// The build of the core that looks at scored agents one after the other, for a comparison with four at a time. Not the one of
// production; scripts/build-core.js makes it when it is first asked for.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { artifacts } from '../../src/artifacts.ts';

const file = join(artifacts.root, 'dist', 'scalar', 'core.wasm');

export function scalarCore(): WebAssembly.Module {
  if (!existsSync(file))
    execFileSync(process.execPath, [join(artifacts.root, 'scripts', 'build-core.js'), '--scalar', file]);
  return new WebAssembly.Module(readFileSync(file));
}
