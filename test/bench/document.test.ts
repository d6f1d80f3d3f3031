// docs/performance.md is what the run that is kept beside it says, in the words of bench/performance.md.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { benchmarks } from '../../bench/benchmarks/index.ts';
import { documentOf } from '../../bench/harness/document.ts';
import { readRun } from '../../bench/harness/results.ts';
import { artifacts } from '../../src/artifacts.ts';
import { runOf } from './runs.ts';

const docs = join(artifacts.root, 'docs');

describe('the page about performance', () => {
  const run = readRun(join(docs, 'performance', 'run.json'));

  it('is made from its run: npm run bench -- --document docs/performance/run.json', () => {
    for (const [name, content] of documentOf(run)) expect(readFileSync(join(docs, name), 'utf8'), name).toBe(content);
  });

  it('has every benchmark, and leaves nothing to be filled in', () => {
    const page = readFileSync(join(docs, 'performance.md'), 'utf8');
    for (const { topology } of benchmarks) expect(page).toContain(topology.trim());
    expect(page).not.toContain('{{');
  });

  it('is not made from a run that has not everything', () => {
    expect(() => documentOf(runOf([1, 2, 3, 4, 5]))).toThrow(
      'bench/performance.md asks for full-life-over-sockets, which this run does not have: make a whole one',
    );
  });

  it('says of a file that is no run what is wrong with it', () => {
    expect(() => readRun(artifacts.packageFile)).toThrow('is not the JSON of a run');
    expect(() => readRun(join(docs, 'performance.md'))).toThrow('cannot be read as the JSON of a run');
  });
});
