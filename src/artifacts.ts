// Where the built parts lie that are loaded by file, whether this runs from dist/ or, in tests, from the sources.

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function projectRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('the project folder (with package.json) was not found above this file');
    folder = parent;
  }
  return folder;
}

const root = projectRoot();

export const artifacts = {
  root,
  coreWasm: join(root, 'dist', 'core', 'core.wasm'),
  coreWorker: join(root, 'dist', 'src', 'engine', 'core-worker-door.cjs'),
  theoryWorker: join(root, 'dist', 'src', 'simulation', 'theory', 'theory-worker-door.cjs'),
  explainProcess: join(root, 'dist', 'src', 'explain', 'explain-process.js'),
  packageFile: join(root, 'package.json'),
} as const;
