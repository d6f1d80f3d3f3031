// Compiles assembly/ to dist/core/core.wasm and core.wat, with the options of assembly/asconfig.json.
// scripts/build.js calls buildCore(); `node scripts/build-core.js` builds the core alone. For the benchmarks, `--counting FILE`
// compiles it to that file instead, with a counter of the records and heap entries that it touches, and `--scalar FILE` with
// a search among scored agents that looks at one after the other. For tests, `--small-slices FILE` compiles it so that batches do next to nothing
// in a tick. What is compiled for production has nothing of these, so its
// hash does not depend on them.

import { mkdirSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import asc from 'assemblyscript/asc';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** Resolves when the files are written; rejects with the compiler's own messages. */
export async function buildCore(other) {
  const file = resolve(root, other?.file ?? 'dist/core/core.wasm');
  mkdirSync(dirname(file), { recursive: true });
  const options = ['--config', 'asconfig.json', '--baseDir', resolve(root, 'assembly')];
  if (other !== undefined) {
    const out = relative(resolve(root, 'assembly'), file);
    options.push('--use', `${other.use}=1`, '--outFile', out, '--textFile', out.replace(/(\.wasm)?$/, '.wat'));
  }
  const { error, stderr } = await asc.main(options);
  if (error) throw new Error(`the core does not compile:\n${stderr.toString()}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const options = { counting: { type: 'string' }, scalar: { type: 'string' }, 'small-slices': { type: 'string' } };
    const { values } = parseArgs({ options });
    if (values.counting !== undefined) await buildCore({ file: values.counting, use: 'COUNT_TOUCHED' });
    else if (values.scalar !== undefined) await buildCore({ file: values.scalar, use: 'SCALAR_SCAN' });
    else if (values['small-slices'] !== undefined)
      await buildCore({ file: values['small-slices'], use: 'SMALL_SLICES' });
    else await buildCore();
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
