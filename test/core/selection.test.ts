// How a queue selects among very many agents, where other routers are known to go wrong: only the first hundred looked at,
// rounds that lose their place past a thousand. What is remembered: over a restart, which restores memory, and over a
// move to another build, which takes records. And how often one drawn at random is drawn.
//
// `SEED=n npx vitest run test/core/selection.test.ts` repeats a run.

import jstat from 'jstat';
import { describe, expect, test } from 'vitest';
import * as layout from '../../assembly/layout.ts';
import type { Command } from './commands.ts';
import { CoreUnderTest } from './core-under-test.ts';
import { plainProfile, plainQueue } from './plain-commands.ts';
import { seedOfThisRun } from './random.ts';

const AGENTS = 1_500;

function seat(agent: number, level = 0): Command[] {
  const skills = level > 0 ? [{ skill: 0, level }] : [];
  return [
    { kind: 'agentSet', agent, total: 1, wrapUpMs: -1, capacity: [1], skills, queues: undefined },
    { kind: 'agentLogin', agent, lines: [{ line: agent, channel: 0 }] },
    { kind: 'agentReady', agent, mask: 0 },
  ];
}

function create(slot: number, number: number): Command {
  const { NONE, OR_ELSE_QUEUE } = layout;
  const rest = { profile: 0, priority: 0, creditMs: 0, agent: NONE, waitMs: 0, orElse: OR_ELSE_QUEUE };
  return { kind: 'contactCreate', contact: slot, number, ...rest };
}

/** Agents that are ready, one a millisecond. */
function begun(select: number, levelOf: (agent: number) => number = () => 0, asked: Command = plainProfile) {
  const core = new CoreUnderTest();
  core.step(0, [plainQueue({ select, offerMs: 1_000_000 }), asked]);
  for (let agent = 0; agent < AGENTS; agent++) core.step(agent, seat(agent, levelOf(agent)));
  return core;
}

/** Whom a contact is offered to, which then ends at once. */
function servedBy(core: CoreUnderTest, now: number, number: number): number {
  const told = core.step(now, [create(0, number)]);
  core.step(now, [{ kind: 'contactEnd', contact: 0, number, code: layout.ENDED_BY_APPLICATION }]);
  return told.find(({ kind }) => kind === layout.EFFECT_OFFERED)!.agent;
}

describe(`of ${AGENTS} agents`, () => {
  test('round robin takes one after the other, round after round, over restarts and moves', () => {
    let core = begun(layout.SELECT_ROUND_ROBIN);
    for (let turn = 0; turn < 3 * AGENTS; turn++) {
      expect(servedBy(core, AGENTS + turn, turn + 1)).toBe(turn % AGENTS);
      if (turn % 1_000 === 999) core = core.moved();
      else if (turn % 700 === 699) core = core.restored();
    }
  });

  test.each([
    ['best skilled finds the best behind a thousand others', layout.SELECT_BEST_SKILLED, 9],
    ['least skilled finds the least skilled behind a thousand others', layout.SELECT_LEAST_SKILLED, 2],
  ])('%s', (_, select, level) => {
    const wanted = { ...plainProfile, all: [{ skill: 0, level: 1 }] } as Command;
    const core = begun(select, (agent) => (agent === 1_234 ? level : 5), wanted);
    expect(servedBy(core, AGENTS, 1)).toBe(1_234);
    core.step(AGENTS, [create(1, 1)]);
    expect(servedBy(core, AGENTS, 2)).toBe(0);
  });
});

describe('weighted random', () => {
  const seed = seedOfThisRun();
  console.log(`seed ${seed}: SEED=${seed} repeats this run`);
  const WORKERS = 90;
  const DRAWS = 30_000;
  /** A right generator fails once in so many runs. */
  const ONCE_IN = 1e9;

  const levelOf = (agent: number) => agent % 7;
  const weightOf = (agent: number) => Math.max(1, levelOf(agent));
  const isBusy = (agent: number) => agent % 3 === 0;
  /** The time at which the queue is made is what its generator is seeded with. */
  function drawing(): CoreUnderTest {
    const core = new CoreUnderTest();
    const prefers = [{ skill: 0, level: 0 }];
    core.step(seed, [plainQueue({ select: layout.SELECT_WEIGHTED_RANDOM }), { ...plainProfile, prefers } as Command]);
    for (let agent = 0; agent < WORKERS; agent++) core.step(seed, seat(agent, levelOf(agent)));
    for (let agent = 0; agent < WORKERS; agent++) {
      if (isBusy(agent)) core.step(seed, [{ ...create(1 + agent, 1), agent } as Command]);
    }
    return core;
  }

  test(`draws each as often as it weighs: chi-square of ${DRAWS} draws within what one in 10⁹ runs exceeds`, () => {
    const core = drawing();
    const drawn = new Array<number>(WORKERS).fill(0);
    for (let draw = 0; draw < DRAWS; draw++) drawn[servedBy(core, seed, draw + 1)]!++;
    const free = [...drawn.keys()].filter((agent) => !isBusy(agent));
    const total = free.reduce((sum, agent) => sum + weightOf(agent), 0);
    const chiSquare = free.reduce((sum, agent) => {
      const expected = (DRAWS * weightOf(agent)) / total;
      return sum + (drawn[agent]! - expected) ** 2 / expected;
    }, 0);
    expect(drawn.filter((times, agent) => isBusy(agent) && times > 0)).toEqual([]);
    expect(chiSquare).toBeLessThan(jstat.chisquare.inv(1 - 1 / ONCE_IN, free.length - 1));
    // Too even is not random either.
    expect(chiSquare).toBeGreaterThan(jstat.chisquare.inv(1 / ONCE_IN, free.length - 1));
  });

  test('draws the same again: replayed, after a restart, and after a move to another build', () => {
    const replayed = drawing();
    let core = drawing();
    for (let draw = 0; draw < 2_000; draw++) {
      expect(servedBy(core, seed, draw + 1)).toBe(servedBy(replayed, seed, draw + 1));
      if (draw % 300 === 299) core = core.moved();
      else if (draw % 200 === 199) core = core.restored();
    }
  });
});

describe('least contacts', () => {
  /** How many contacts each agent counts, as a state record says. */
  function counted(core: CoreUnderTest): Map<number, number> {
    const found = new Map<number, number>();
    for (const page of core.exported().map((bytes) => Buffer.from(bytes))) {
      for (let at = 0; at < page.length; at += page.readInt32LE(at + layout.RECORD_BYTES)) {
        if (page.readUInt16LE(at + layout.RECORD_KIND) !== layout.RECORD_SHARES) continue;
        const end = at + page.readInt32LE(at + layout.RECORD_BYTES);
        for (let share = at + layout.RECORD_SHARES_LIST; share < end; share += layout.RECORD_SHARE_BYTES)
          found.set(page.readInt32LE(share), Number(page.readBigInt64LE(share + 8)));
      }
    }
    return found;
  }

  function serve(core: CoreUnderTest, agent: number, numbers: readonly number[]): void {
    const contact = 0;
    const code = layout.ENDED_BY_APPLICATION;
    const commands = numbers.flatMap((number): Command[] => [
      { ...create(contact, number), agent } as Command,
      { kind: 'offerAccept', contact, number, offer: 1, agent },
      { kind: 'contactEnd', contact, number, code },
    ]);
    core.step(0, commands);
  }

  test('goes on counting where somebody is on duty for ever: all counts are lowered alike', () => {
    const core = new CoreUnderTest();
    core.step(0, [plainQueue({ select: layout.SELECT_LEAST_CONTACTS }), plainProfile, ...seat(0)]);
    serve(core, 0, [1, 2, 3, 4, 5]);
    core.step(0, [...seat(1), ...seat(2)]);
    serve(core, 2, [6]);
    expect([...counted(core)]).toEqual([
      [0, 5],
      [1, 5],
      [2, 6],
    ]);
    const lowered = 262_144;
    const batch = 4_096;
    for (let made = 5; made < lowered; made += batch)
      serve(
        core,
        0,
        Array.from({ length: Math.min(batch, lowered - made) }, (_, index) => 100 + made + index),
      );
    expect([...counted(core)]).toEqual([
      [0, lowered - 5],
      [2, 1],
    ]);
    // Who has fewest is still found, also beside one who entered the pool anew with the count as it is now.
    core.step(0, [{ kind: 'agentOneRinging', agent: 2, on: 1 }]);
    expect(servedBy(core, 0, 10)).toBe(1);
    core.step(0, seat(3));
    expect(counted(core).get(3)).toBe(Math.floor((lowered - 5 + 1) / 3));
  });
});
