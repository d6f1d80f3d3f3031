#!/usr/bin/env node
// Runs the command line from dist/. In a checkout it first builds what has changed (dist/STAMP makes that immediate);
// what the build says goes to standard error, so that standard output stays what the command writes.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const builder = join(root, 'scripts', 'build.js');

if (existsSync(builder)) {
  const built = spawnSync(process.execPath, [builder], { stdio: ['ignore', 2, 2] });
  if (built.status !== 0) process.exit(1);
}
const { main } = await import(pathToFileURL(join(root, 'dist', 'src', 'cli', 'main.js')).href);
// Not process.exit(): what was written to a pipe must get there.
process.exitCode = await main(process.argv.slice(2));
