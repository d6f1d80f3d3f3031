// Compiles assembly/ to dist/core/core.wasm and core.wat, with the options of assembly/asconfig.json.
// scripts/build.js calls buildCore(); `node scripts/build-core.js` builds the core alone.

import { mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** Resolves when both files are written; rejects with the compiler's own messages. */
export async function buildCore() {
  mkdirSync(resolve(root, 'dist/core'), { recursive: true });
  const { error, stderr } = await asc.main(['--config', 'asconfig.json', '--baseDir', resolve(root, 'assembly')]);
  if (error) throw new Error(`the core does not compile:\n${stderr.toString()}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await buildCore();
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
