// A batch is an optimum: as many matches as can be, and of those the highest sum of scores, by another algorithm
// (hungarian.ts), on random batches sparse and dense; the same on every run; and solved in slices, so that no timer waits for
// more than one. `SEED=n` repeats a run.

import { describe, expect, test } from 'vitest';
import * as layout from '../../assembly/layout.ts';
import type { Command, ContactCreate, ProfileSet } from './commands.ts';
import { CoreUnderTest, type Effect } from './core-under-test.ts';
import { optimumOf } from './hungarian.ts';
import { PlainAssignment } from './plain-assignment.ts';
import { plainQueue } from './plain-commands.ts';
import { Random, seedOfThisRun } from './random.ts';

const GATHERED_MS = 1_000;
const weights = { preferred: 3, lastAgent: 2, rank: 1 };
const scoreWeights = [0, 0, 0, 0, weights.preferred, weights.lastAgent, weights.rank];
const PREFERRED_SKILLS = 8;
/** A contact requires one of these skills, or none; an agent has some of them. */
const REQUIRED_SKILLS = 40;

interface Batch {
  readonly settings: Command[];
  readonly contacts: readonly ContactCreate[];
  /** What each contact scores with each agent. */
  readonly scores: (number | undefined)[][];
}

/** `density`: of a hundred pairs so many fit, about. */
function drawn(random: Random, contacts: number, agents: number, density: number): Batch {
  const settings: Command[] = [plainQueue({ select: layout.SELECT_SCORE, scoreWeights, batchMs: GATHERED_MS })];
  const profiles = new Map<string, number>();
  const levels = Array.from({ length: agents }, () => {
    const own = new Map<number, number>();
    for (let skill = 0; skill < PREFERRED_SKILLS; skill++) own.set(skill, random.between(1, 10));
    for (let skill = 0; skill < REQUIRED_SKILLS; skill++)
      if (random.chance(density)) own.set(PREFERRED_SKILLS + skill, 1);
    return own;
  });
  const made = Array.from({ length: contacts }, (_, slot) => {
    const required = PREFERRED_SKILLS + random.between(0, REQUIRED_SKILLS - 1);
    const preferred = random.between(0, PREFERRED_SKILLS - 1);
    const key = `${required} ${preferred}`;
    if (!profiles.has(key)) {
      const set: ProfileSet = {
        kind: 'profileSet',
        profile: profiles.size,
        queue: 0,
        channel: 0,
        all: density < 100 ? [{ skill: required, level: 1 }] : [],
        any: [],
        prefers: [{ skill: preferred, level: 1 }],
      };
      settings.push(set);
      profiles.set(key, set.profile);
    }
    const { NONE, OR_ELSE_QUEUE } = layout;
    const create: ContactCreate = {
      kind: 'contactCreate',
      contact: slot,
      number: 1,
      profile: profiles.get(key)!,
      // The first come first, so that slots are in the order of the queue.
      priority: 1_000 - slot,
      creditMs: 0,
      agent: NONE,
      waitMs: 0,
      orElse: OR_ELSE_QUEUE,
      ...(random.chance(50) && { servedBy: random.between(0, agents - 1) }),
    };
    return { create, required, preferred };
  });
  for (const [handle, own] of levels.entries()) {
    const skills = [...own].map(([skill, level]) => ({ skill, level }));
    settings.push(
      { kind: 'agentSet', agent: handle, total: 1, wrapUpMs: -1, capacity: [1], skills, queues: undefined },
      { kind: 'agentLogin', agent: handle, lines: [{ line: handle, channel: 0 }] },
      { kind: 'agentReady', agent: handle, mask: 0 },
    );
  }
  const scores = made.map(({ create, required, preferred }) =>
    levels.map((own, handle) => {
      if (density < 100 && !own.has(required)) return undefined;
      const last = create.servedBy === handle ? 1_000 : 0;
      return weights.preferred * own.get(preferred)! * 100 + weights.lastAgent * last + weights.rank * create.priority;
    }),
  );
  return { settings, contacts: made.map(({ create }) => create), scores };
}

function begun({ settings, contacts }: Batch): CoreUnderTest {
  const core = new CoreUnderTest();
  for (let at = 0; at < settings.length; at += 500) core.step(1, settings.slice(at, at + 500));
  core.step(1, [...contacts]);
  return core;
}

/** Steps until the batch is offered; what was told then, and in how many steps it was solved. */
function solved(core: CoreUnderTest): { offered: Effect[]; slices: number } {
  let at = 1 + GATHERED_MS;
  expect(core.step(at - 1, [])).toEqual([]);
  core.step(at, []);
  for (let slices = 1; ; slices++) {
    at += 1;
    const offered = core.step(at, []).filter(({ kind }) => kind === layout.EFFECT_OFFERED);
    if (offered.length > 0) return { offered, slices };
    if (slices > 10_000) throw new Error('it does not come to an end');
  }
}

const seed = seedOfThisRun();

describe('a batch', () => {
  const sizes: [contacts: number, agents: number, density: number, worlds: number][] = [
    [5, 5, 40, 60],
    [12, 7, 100, 40],
    [7, 12, 30, 40],
    [40, 40, 8, 20],
    [300, 300, 3, 2],
    [300, 300, 100, 2],
    [300, 200, 20, 2],
    [150, 300, 5, 2],
  ];
  test.each(sizes)('of %i contacts and %i agents, %i%% of whom fit: is an optimum, and the same again', (...size) => {
    const [contacts, agents, density, worlds] = size;
    console.log(`assignment: SEED=${seed}`);
    for (let world = 0; world < worlds; world++) {
      const batch = drawn(new Random((seed + world) >>> 0), contacts, agents, density);
      const best = optimumOf(batch.scores);
      if (best.pairs === 0) continue;
      const { offered } = solved(begun(batch));
      const total = offered.reduce((sum, { contact, agent }) => sum + batch.scores[contact]![agent]!, 0);
      expect({ pairs: offered.length, total }).toEqual(best);
      expect(new Set(offered.map(({ agent }) => agent)).size).toBe(offered.length);
      if (world === 0) expect(solved(begun(batch)).offered).toEqual(offered);
    }
  });

  test('of 1,000 contacts and 1,000 agents keeps no timer waiting for more than one slice of its work', () => {
    const batch = drawn(new Random(seed), 1_000, 1_000, 20);
    const core = begun(batch);
    const plain = new PlainAssignment(batch.scores);
    let slices = 0;
    for (; !plain.solved; slices++) plain.solve(layout.BATCH_WORK_MAX);
    // A module's timer is due in each millisecond: each step fires its own, whatever is solved beside it.
    const from = 1 + GATHERED_MS;
    const timers = Array.from({ length: slices + 2 }, (_, after): Command => {
      return { kind: 'timerSet', module: 1, key: after, due: from + after };
    });
    core.step(from - 1, timers);
    for (let after = 0; after < slices + 2; after++) {
      const told = core.step(from + after, []);
      const fired = told.filter(({ kind }) => kind === layout.EFFECT_TIMER_FIRED);
      expect(fired.map(({ extra }) => extra)).toEqual([after]);
      // The work of a slice is bounded, so there are as many as the plain algorithm needs; offers come with the last.
      const offers = told.filter(({ kind }) => kind === layout.EFFECT_OFFERED).length;
      expect(offers > 0).toBe(after === slices);
    }
    console.log(`1,000 × 1,000 in ${slices} slices`);
    expect(slices).toBeGreaterThan(1);
  });
});
