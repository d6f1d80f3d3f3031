// The rules of an ACD, one file of plain words each (test/acd/cases/*.txt): every case is played over real sockets and in
// virtual time. A line `begins at 2026-03-29T00:30:00Z` says when a case is; otherwise it is a Monday morning. A first line `in
// virtual time` is of one with more people than sockets would bring in a second or two: it is played there only.
// docs/conformance.md says which rule is in which file, and conformance.test.ts that it is right.

import { afterAll, describe, test } from 'vitest';
import { virtualCorePool } from '../../src/simulation/virtual-stage.ts';
import type { PlainCase } from '../plain-cases.ts';
import { caseFiles, isVirtualOnly } from './case-files.ts';
import { Floor } from './floor.ts';
import { LastingPool, LiveStage } from './live-stage.ts';
import { playLines } from './sentences.ts';
import type { Stage } from './stage.ts';
import { VirtualStage } from './virtual-stage.ts';

const mondayMorning = '2026-03-02T09:00:00Z';
/** A machine that stands still is given so many tries. */
const triesMax = 4;

const pool = virtualCorePool();
const cores = new LastingPool();
afterAll(async () => {
  await pool.close();
  await cores.end();
});

function beginningOf(one: PlainCase): { begins: number; rest: readonly string[] } {
  const lines = isVirtualOnly(one) ? one.lines.slice(1) : one.lines;
  const [, at] = /^begins at (\S+)$/.exec(lines[0] ?? '') ?? [];
  const begins = Date.parse(at ?? mondayMorning);
  if (Number.isNaN(begins)) throw new Error(`no time: ${at}`);
  return { begins, rest: at === undefined ? lines : lines.slice(1) };
}

/** Whether it counts: false when it failed while the machine stood still. */
async function playOn(stage: Stage, lines: readonly string[], isLast: boolean): Promise<boolean> {
  try {
    await playLines(lines, new Floor(stage));
    return true;
  } catch (error) {
    if (isLast || !stage.stoodStill()) throw error;
    return false;
  } finally {
    await stage.close();
  }
}

const files = caseFiles();

for (const { rule, cases } of files)
  describe(`${rule}, in virtual time`, () => {
    for (const one of cases) {
      const { begins, rest } = beginningOf(one);
      test(one.title, async () => {
        await playOn(new VirtualStage(begins, pool), rest, true);
      });
    }
  });

// All files beside each other: most of the time a case waits, and many files have few.
describe.concurrent('live', () => {
  for (const { rule, cases } of files)
    for (const one of cases.filter((one) => !isVirtualOnly(one))) {
      const { begins, rest } = beginningOf(one);
      test(`${rule}, live: ${one.title}`, async () => {
        for (let tries = 1; !(await playOn(await LiveStage.open(begins, cores), rest, tries === triesMax)); tries++);
      });
    }
});
