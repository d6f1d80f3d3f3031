// Builds what needs building into dist/: the core (asc), then the TypeScript (tsc). A stamp of the sources' times and
// sizes makes a second run immediate. `--quiet` says nothing unless something is built or fails.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');
const stampFile = join(dist, 'STAMP');
const require = createRequire(import.meta.url);

function stamp() {
  const hash = createHash('sha256');
  const visit = (path) => {
    const status = statSync(path);
    if (status.isDirectory()) for (const name of readdirSync(path).sort()) visit(join(path, name));
    else hash.update(`${path}:${status.size}:${status.mtimeMs}\n`);
  };
  for (const name of [
    'assembly',
    'src',
    'bench',
    'test/sim',
    'test/crash',
    'test/faults',
    'test/journeys',
    'package.json',
    'tsconfig.json',
    'tsconfig.build.json',
    'scripts',
  ]) {
    if (existsSync(join(root, name))) visit(join(root, name));
  }
  return hash.digest('hex');
}

function run(what, script, args) {
  if (!process.argv.includes('--quiet')) console.log(`building ${what} …`);
  const done = spawnSync(process.execPath, [script, ...args], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (done.status !== 0) {
    console.error(`building ${what} failed (see above)`);
    process.exit(1);
  }
}

/** One build at a time: whoever comes second waits, and then mostly finds everything built. */
async function lock() {
  mkdirSync(dist, { recursive: true });
  const file = join(dist, 'BUILDING');
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const holder = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
    if (holder > 0 && !isAlive(holder)) rmSync(file, { force: true });
    else await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function isBuilt() {
  return existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp();
}

function build() {
  const wanted = stamp();
  mkdirSync(join(dist, 'core'), { recursive: true });
  run('the core', join(root, 'scripts', 'build-core.js'), []);
  // What was built from files that are gone must not stay behind.
  for (const name of readdirSync(dist)) {
    if (!['core', 'BUILDING'].includes(name)) rmSync(join(dist, name), { recursive: true, force: true });
  }
  const typescript = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
  run('the router', typescript, ['-p', 'tsconfig.build.json']);
  writeFileSync(stampFile, wanted);
}

if (!isBuilt()) {
  const release = await lock();
  process.on('exit', release);
  if (!isBuilt()) build();
}
