// Places where thousands wait, in trees of several levels: each is told exactly, however they come, go, change or are put into
// another order, and the first is served first. `SEED=n` repeats a run.

import { describe, expect, test } from 'vitest';
import * as layout from '../../assembly/layout.ts';
import type { Command } from './commands.ts';
import { CoreUnderTest, type Effect } from './core-under-test.ts';
import { Crowd, type Tick } from './crowd.ts';
import { Random, seedOfThisRun } from './random.ts';

const seed = seedOfThisRun();
console.log(`crowd: SEED=${seed}`);

/** Up and down and up, so that what was made by growing is met by shrinking. */
const SIZES = [12_000, 300, 3_000, 40, 1_500];

function* livesOf(crowd: Crowd): Generator<Tick> {
  yield crowd.begin();
  for (const size of SIZES) yield* crowd.until(size);
}

function mustTell(effects: readonly Effect[], tick: Tick, where: string): void {
  const told = effects.filter(({ kind }) => kind === layout.EFFECT_QUEUED).map(({ value }) => value);
  if (told.length === tick.places.length && told.every((value, index) => value === tick.places[index])) return;
  throw new Error(`${where}: told ${told.join()}\nmust be ${tick.places.join()}`);
}

describe('a crowd', () => {
  test.each([0, 1, 2])('is told its exact places and served in its order (%i)', (world) => {
    const where = `seed ${seed}, world ${world}`;
    const crowd = new Crowd(new Random((seed + world) >>> 0), 1_700_000_000_000, 1);
    const core = new CoreUnderTest();
    for (const tick of livesOf(crowd)) mustTell(core.step(tick.now, tick.commands), tick, where);
    expect(core.header(layout.HEADER_WAITING)).toBe(crowd.waiting);
    const moved = core.moved();
    for (const tick of crowd.serveOut()) {
      const effects = core.step(tick.now, tick.commands);
      const offered = effects.filter(({ kind }) => kind === layout.EFFECT_OFFERED).map(({ contact }) => contact);
      expect(offered.join(), where).toBe(tick.offered.join());
      expect(moved.step(tick.now, tick.commands), where).toEqual(effects);
    }
    expect(core.header(layout.HEADER_LIVE)).toBe(0);
  });

  test('leaves nothing behind: the same once more needs no more memory', () => {
    const core = new CoreUnderTest();
    const play = (life: number): number => {
      const crowd = new Crowd(new Random(seed), life * 100_000_000_000, life);
      for (const tick of livesOf(crowd))
        mustTell(core.step(tick.now, tick.commands), tick, `seed ${seed}, life ${life}`);
      for (const tick of crowd.serveOut()) core.step(tick.now, tick.commands);
      core.step(crowd.now, [{ kind: 'queueRemove', queue: 0 }]);
      return core.header(layout.HEADER_ARENA_TOP);
    };
    // How free pieces are cut differs at first, by the places in which a life has left them: a seed in many needs some more for the second.
    // What leaves something behind needs more each time.
    const [, , third, fourth] = [1, 2, 3, 4].map(play);
    expect(fourth).toBe(third);
  });

  test('that thins out makes room for others', () => {
    const core = new CoreUnderTest();
    const many = 20_000;
    const kept = 31;
    const slots = Array.from({ length: many }, (_, slot) => slot);
    const gone = slots.filter((slot) => slot % kept !== 0);
    const setting = new Crowd(new Random(seed), 1, 1).begin();
    core.step(setting.now, setting.commands);
    core.step(
      1,
      slots.map((slot) => create(slot, 0)),
    );
    core.step(
      1,
      gone.map((contact) => ({ kind: 'contactCancel', contact, number: 1 })),
    );
    const before = core.header(layout.HEADER_ARENA_TOP);
    core.step(
      1,
      gone.slice(0, many / 2).map((slot) => create(slot, 1)),
    );
    expect(core.header(layout.HEADER_ARENA_TOP)).toBe(before);
  });
});

function create(contact: number, profile: number): Command {
  const asked = { agent: layout.NONE, waitMs: 0, orElse: layout.OR_ELSE_QUEUE };
  return { kind: 'contactCreate', contact, number: 1, profile, priority: 0, creditMs: 0, ...asked };
}
