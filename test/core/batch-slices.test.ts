// Batches that are many ticks in being scored, solved and offered, small as they are: in a build of the core that does next to
// nothing for them in a tick. Whatever happens in between, the core and the plain model say the same, and so does a memory
// that is moved to another in the middle, or restored from a snapshot. `SEED=n` repeats a run.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import * as layout from '../../assembly/layout.ts';
import type { Command } from './commands.ts';
import { CoreUnderTest, type Effect } from './core-under-test.ts';
import { Model } from './model.ts';
import { Random, seedOfThisRun } from './random.ts';
import { RandomWorld } from './random-world.ts';

const WORLDS = Number(process.env.WORLDS ?? 12);
const COMMANDS_PER_WORLD = 1_500;
const PATIENCE_MS = 300_000;
/** Of a hundred ticks in which a batch is under way, after how many the memory is moved. */
const MOVES_PER_HUNDRED = 15;

const file = fileURLToPath(new URL('../../dist/small-slices/core.wasm', import.meta.url));
const builder = fileURLToPath(new URL('../../scripts/build-core.js', import.meta.url));
// A build of anything removes it.
if (!existsSync(file)) execFileSync(process.execPath, [builder, '--small-slices', file]);
const slowCore = new WebAssembly.Module(readFileSync(file));

const seed = seedOfThisRun();
console.log(`batch slices: SEED=${seed} repeats this run`);

function mustSayTheSame(one: readonly Effect[], other: readonly Effect[], where: string): void {
  for (let index = 0; index < Math.max(one.length, other.length); index++) {
    if (JSON.stringify(one[index]) === JSON.stringify(other[index])) continue;
    throw new Error(
      `${where}: effect ${index}\n ${JSON.stringify(one[index])}\n ${JSON.stringify(other[index])}\n before it ${JSON.stringify(one.slice(Math.max(0, index - 3), index))}`,
    );
  }
}

function stepped(core: CoreUnderTest, now: number, batch: readonly Command[], where: string): Effect[] {
  try {
    return core.step(now, batch);
  } catch (error) {
    throw new Error(`${where}: ${(error as Error).message}`, { cause: error });
  }
}

/** In how many ticks a batch was being scored, solved or offered, and what was offered of batches. */
interface Seen {
  scored: number;
  solved: number;
  offered: number;
  lapsed: number;
}

function play(worldSeed: number, seen: Seen): void {
  const random = new Random(worldSeed);
  const moves = new Random((worldSeed + 500) >>> 0);
  const model = new Model();
  model.batchWorkMax = layout.BATCH_WORK_SMALL;
  const world = new RandomWorld(random, model);
  let core = new CoreUnderTest(true, slowCore);
  let commands = 0;
  let ticks = 0;
  const tick = (batch: Command[]): void => {
    const where = `SEED=${seed}, world ${worldSeed}, tick ${++ticks}, at ${world.now}`;
    mustSayTheSame(stepped(core, world.now, batch, where), model.step(world.now, batch), where);
    expect(core.header64(layout.HEADER_NEXT_DEADLINE), where).toBe(model.nextDeadline);
    for (const { scored, solved, offered } of model.underWay()) {
      if (!scored) seen.scored++;
      else if (!solved) seen.solved++;
      else if (offered > 0) seen.offered++;
    }
    for (const decision of model.decisions) if ('lapsed' in decision && decision.lapsed) seen.lapsed++;
    commands += batch.length;
    if (!model.isSolving || !moves.chance(MOVES_PER_HUNDRED)) return;
    const digest = core.digest();
    const other = moves.chance(50) ? core.moved() : core.restored();
    expect(core.digest(), where).toBe(digest);
    mustSayTheSame(other.describe(), core.describe(), `${where}, described`);
    expect(Buffer.concat(other.exported()).equals(Buffer.concat(core.exported())), where).toBe(true);
    core = other;
  };
  for (const batch of world.beginning()) tick(batch);
  while (commands < COMMANDS_PER_WORLD) tick(world.batch());
}

describe('batches in many slices', () => {
  test(
    'are in every tick what the plain model says, also after a move or a restart in the middle',
    () => {
      const seen: Seen = { scored: 0, solved: 0, offered: 0, lapsed: 0 };
      const isAllSeen = () => Object.values(seen).every((times) => times > 0);
      for (let world = 0; world < WORLDS || (world < 10 * WORLDS && !isAllSeen()); world++)
        play((seed + world) >>> 0, seen);
      console.log(JSON.stringify(seen));
      // What was never seen was never compared.
      for (const [what, times] of Object.entries(seen)) expect(times, what).toBeGreaterThan(0);
    },
    PATIENCE_MS,
  );
});
