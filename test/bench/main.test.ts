// `npm run bench` as a user meets it: what it writes, what it says, how it ends. The shortest benchmark there is, for real.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readRun } from '../../bench/harness/results.ts';
import { artifacts } from '../../src/artifacts.ts';

const folder = mkdtempSync(join(tmpdir(), 'strowger-bench-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function bench(...args: string[]) {
  const main = join(artifacts.root, 'dist', 'bench', 'main.js');
  return spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', cwd: folder });
}

describe('npm run bench', () => {
  it('measures, writes JSON and charts, and compares with the run before', () => {
    const baseline = join(artifacts.root, 'docs', 'performance', 'run.json');
    const first = bench(
      ...['--quick', '--only', 'virtual-days', '--out', 'first'],
      ...['--json', '--compare', baseline],
    );
    expect(first.stderr).toContain('one loop of full scans, without a router');
    expect(first.stderr).toContain('checked: each of 1,000 callers has the fate that the plain model says');
    expect(first.status).toBe(0);
    expect(readdirSync(join(folder, 'first')).sort()).toEqual(['run.json', 'virtual-days-rate.svg']);
    const run = readRun(join(folder, 'first', 'run.json'));
    const [plain, router] = run.results[0]!.cases[0]!.series;
    expect(plain!.values).toHaveLength(5);
    expect(router).toMatchObject({ subject: 'router in virtual time', reference: 'plain model' });
    expect(router!.ratios).toHaveLength(5);

    expect(first.stderr).toMatch(/router in virtual time · rate/);
    expect(JSON.parse(first.stdout)).toEqual(JSON.parse(readFileSync(join(folder, 'first', 'run.json'), 'utf8')));
  }, 180_000);

  it('says what it does not know before it measures anything', () => {
    const unknown = bench('--only', 'nothing');
    expect(unknown.status).toBe(1);
    expect(unknown.stderr).toContain('no benchmark is called nothing: full-life-over-sockets, systems-over-sockets');
    const missing = bench('--compare', 'missing.json');
    expect(missing.status).toBe(1);
    expect(missing.stderr).toContain('missing.json cannot be read as the JSON of a run');
  });
});
