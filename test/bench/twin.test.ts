// The core and its twin in C++ get the same random commands and must come to the same effects and the same memory, byte
// for byte: only then does the ratio of their times say what WebAssembly costs. `SEED=n` repeats a run.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import * as layout from '../../assembly/layout.ts';
import { Machine } from '../../bench/core/machine.ts';
import { TapePlayer, TapeWriter } from '../../bench/core/tape.ts';
import { buildTwin, Twin } from '../../bench/core/twin.ts';
import { type Command, writeCommand } from '../core/commands.ts';
import { coreModule } from '../core/core-under-test.ts';
import { Crowd } from '../core/crowd.ts';
import { Model } from '../core/model.ts';
import { Random, seedOfThisRun } from '../core/random.ts';
import { RandomWorld } from '../core/random-world.ts';

const WORLDS = 8;
const COMMANDS_PER_WORLD = 4_000;
const CROWD_SIZES = [12_000, 300, 2_000];

const twin = buildTwin();
if (twin.path === undefined) console.log(`skipped: ${twin.why}`);
const folder = mkdtempSync(join(tmpdir(), 'strowger-twin-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Tick {
  readonly now: number;
  readonly commands: readonly Command[];
}

/** Writes all of it as measured, up to one mark. */
function record(ticks: Iterable<Tick>, path: string): void {
  const tape = new TapeWriter(path);
  const bytes = Buffer.alloc(layout.INPUT_BYTES);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let number = 0;
  tape.measuring = true;
  for (const { now, commands } of ticks) {
    let end = 0;
    for (const command of commands) end += writeCommand(view, end, command);
    number += 1;
    tape.batch(BigInt(now), BigInt(number), bytes.subarray(0, end));
  }
  tape.mark();
  tape.close();
}

function* ticksOfWorld(seed: number): Generator<Tick> {
  const model = new Model();
  const world = new RandomWorld(new Random(seed), model);
  let played = 0;
  const tickOf = (commands: Command[]): Tick => {
    model.step(world.now, commands);
    played += commands.length;
    return { now: world.now, commands };
  };
  for (const batch of world.beginning()) yield tickOf(batch);
  while (played < COMMANDS_PER_WORLD) yield tickOf(world.batch());
}

function* ticksOfCrowd(seed: number): Generator<Tick> {
  const crowd = new Crowd(new Random(seed), 1_700_000_000_000, 1);
  yield crowd.begin();
  for (const size of CROWD_SIZES) yield* crowd.until(size);
  yield* crowd.serveOut();
}

async function playTwin(binary: string, tape: string, effects: string) {
  const playing = new Twin(binary, tape, effects);
  try {
    const stretch = await playing.stretch();
    playing.goOn();
    return { stretch, end: await playing.end() };
  } finally {
    playing.stop();
  }
}

/** Plays it to both; returns how many effects they told. */
async function mustComeToTheSame(ticks: Iterable<Tick>, where: string): Promise<number> {
  const tape = join(folder, 'tape');
  const effects = join(folder, 'effects');
  record(ticks, tape);
  const player = new TapePlayer(new Machine(coreModule), tape);
  const core = player.playStretch()!;
  const { stretch, end } = await playTwin(twin.path!, tape, effects);
  expect(Buffer.concat(player.told).equals(readFileSync(effects)), `${where}: effects`).toBe(true);
  expect(stretch.effects, where).toBe(core.effects);
  expect(stretch.digest, where).toBe(core.digest);
  expect(end, where).toEqual({ memory: player.machine.memoryDigest, arenaTop: player.machine.arenaTop });
  return core.effects;
}

describe.skipIf(twin.path === undefined)('the twin in C++', () => {
  it(`comes to the effects and the memory of the core in ${WORLDS} random worlds`, async () => {
    const seed = seedOfThisRun();
    console.log(`twin: SEED=${seed}`);
    let effects = 0;
    for (let world = 0; world < WORLDS; world++) {
      effects += await mustComeToTheSame(ticksOfWorld((seed + world) >>> 0), `seed ${seed}, world ${world}`);
    }
    // Of one world little may come, as where half of its commands are refused; a quarter of what is usual in all of them says
    // that they were played.
    expect(effects).toBeGreaterThan((WORLDS * COMMANDS_PER_WORLD) / 8);
  });

  it('comes to the effects and the memory of the core where thousands wait', async () => {
    const seed = seedOfThisRun();
    const effects = await mustComeToTheSame(ticksOfCrowd(seed), `seed ${seed}, a crowd`);
    expect(effects).toBeGreaterThan(CROWD_SIZES[0]!);
  });

  it('refuses a command that it does not know', async () => {
    const path = join(folder, 'unknown.tape');
    const tape = new TapeWriter(path);
    const command = Buffer.alloc(16);
    command.writeUInt16LE(layout.COMMAND_KINDS, layout.COMMAND_KIND);
    command.writeInt32LE(command.length, layout.COMMAND_BYTES);
    tape.batch(1n, 1n, command);
    tape.mark();
    tape.close();
    await expect(playTwin(twin.path!, path, join(folder, 'unknown.effects'))).rejects.toThrow(
      /the twin ended early \(code 70\): .*step\.hpp:\d+: not so: false/,
    );
  });
});
