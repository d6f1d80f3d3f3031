// A batch is an optimum: as many matches as can be, and of those the highest sum of scores, by another algorithm
// (hungarian.ts), on random batches sparse and dense; the same on every run; and solved in slices, so that no timer waits for
// more than one. `SEED=n` repeats a run.

import { describe, expect, test } from 'vitest';
import * as layout from '../../assembly/layout.ts';
import type { Command, ContactCreate, ProfileSet } from './commands.ts';
import { CoreUnderTest, type Effect, recordsOf } from './core-under-test.ts';
import { optimumOf } from './hungarian.ts';
import { plainProfile, plainQueue } from './plain-commands.ts';
import { Random, seedOfThisRun } from './random.ts';

const GATHERED_MS = 1_000;
const weights = { preferred: 3, lastAgent: 2, rank: 1 };
const scoreWeights = [0, 0, 0, 0, weights.preferred, weights.lastAgent, weights.rank];
const PREFERRED_SKILLS = 8;
/** A contact requires one of these skills, or none; an agent has some of them. */
const REQUIRED_SKILLS = 40;

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

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

/** Steps until the batch is over; what was offered. A module's timer is due in each step, and `each` is called after it. */
function solved(core: CoreUnderTest, contacts: number, each: () => void = () => {}): { offered: Effect[] } {
  let at = 1 + GATHERED_MS;
  const tick = (): Effect[] => {
    const told = core.step(at, [{ kind: 'timerSet', module: 1, key: at, due: at }]);
    // Whatever is solved beside it, it comes when it is due.
    expect(told.filter(({ kind }) => kind === layout.EFFECT_TIMER_FIRED).map(({ extra }) => extra)).toEqual([at]);
    at += 1;
    return told.filter(({ kind }) => kind === layout.EFFECT_OFFERED);
  };
  expect(core.step(at - 1, [])).toEqual([]);
  expect(tick()).toEqual([]);
  const offered: Effect[] = [];
  for (let slices = 1; ; slices++) {
    const offers = tick();
    each();
    // Each offer is work of its tick, as each look is.
    expect(offers.length).toBeLessThanOrEqual(layout.BATCH_WORK_MAX / layout.BATCH_OFFER_WORK);
    offered.push(...offers);
    // The next batch is not due before a time that is not a slice's.
    const next = core.header64(layout.HEADER_NEXT_DEADLINE);
    if (next > at) return { offered };
    if (slices > 10 * contacts + 10) throw new Error('it does not come to an end');
  }
}

/** Rows that the solver has looked from, and how many agents it looks at from each; nothing once the batch is over. */
function looksOf(core: CoreUnderTest): [looks: number, agents: number] | undefined {
  const batch = recordsOf(core.exported()).find(({ kind, bytes }) => {
    return kind === layout.RECORD_BATCH && bytes.readInt32LE(layout.RECORD_BATCH_CONTACTS) > 0;
  });
  if (batch === undefined) return undefined;
  const { RECORD_BATCH_LOOKS, RECORD_BATCH_AGENTS } = layout;
  return [batch.bytes.readInt32LE(RECORD_BATCH_LOOKS), batch.bytes.readInt32LE(RECORD_BATCH_AGENTS)];
}

const seed = seedOfThisRun();

describe('a batch', () => {
  const sizes: [contacts: number, agents: number, density: number, worlds: number][] = [
    [5, 5, 40, 60],
    [12, 7, 100, 40],
    [7, 12, 30, 40],
    [40, 40, 8, 20],
    [300, 300, 3, 1],
    [300, 300, 100, 1],
    [300, 200, 20, 1],
    [150, 300, 5, 1],
  ];
  test.each(sizes)('of %i contacts and %i agents, %i%% of whom fit: is an optimum, and the same again', (...size) => {
    const [contacts, agents, density, worlds] = size;
    console.log(`assignment: SEED=${seed}`);
    for (let world = 0; world < worlds; world++) {
      const batch = drawn(new Random((seed + world) >>> 0), contacts, agents, density);
      const best = optimumOf(batch.scores);
      if (best.pairs === 0) continue;
      const { offered } = solved(begun(batch), contacts);
      const total = offered.reduce((sum, { contact, agent }) => sum + batch.scores[contact]![agent]!, 0);
      expect({ pairs: offered.length, total }).toEqual(best);
      expect(new Set(offered.map(({ agent }) => agent)).size).toBe(offered.length);
      if (world === 0) expect(solved(begun(batch), contacts).offered).toEqual(offered);
    }
  });

  test('in which all score alike goes by the order of the queue and by who has been idle for longest, wherever it is solved', () => {
    const random = new Random(seed);
    const many = 300;
    // Set up in one order, idle in another.
    const idleInOrder = random
      .some(range(many), many)
      .concat(range(many))
      .filter((one, at, all) => all.indexOf(one) === at);
    const settings = (core: CoreUnderTest): CoreUnderTest => {
      core.step(1, [
        plainQueue({ select: layout.SELECT_SCORE, scoreWeights: [0, 0, 0, 0, 1], batchMs: GATHERED_MS }),
        plainProfile,
      ]);
      for (const handle of range(many))
        core.step(1, [
          { kind: 'agentSet', agent: handle, total: 1, wrapUpMs: -1, capacity: [1], skills: [], queues: undefined },
          { kind: 'agentLogin', agent: handle, lines: [{ line: handle, channel: 0 }] },
        ]);
      for (const [at, agent] of idleInOrder.entries()) core.step(2 + at, [{ kind: 'agentReady', agent, mask: 0 }]);
      return core;
    };
    const { NONE, OR_ELSE_QUEUE } = layout;
    const nothing = { priority: 0, creditMs: 0, agent: NONE, waitMs: 0, orElse: OR_ELSE_QUEUE };
    const come = range(many).map((contact): ContactCreate => {
      return { kind: 'contactCreate', contact, number: 1, profile: 0, ...nothing };
    });
    const pairsOf = (core: CoreUnderTest): [contact: number, agent: number][] => {
      const begins = 1 + many;
      const told: Effect[] = [];
      core.step(begins, come);
      for (let at = begins + GATHERED_MS; core.header64(layout.HEADER_NEXT_DEADLINE) <= at; at++)
        told.push(...core.step(at, []));
      return told.filter(({ kind }) => kind === layout.EFFECT_OFFERED).map(({ contact, agent }) => [contact, agent]);
    };
    const pairs = pairsOf(settings(new CoreUnderTest()));
    expect(pairs).toEqual(idleInOrder.map((agent, contact) => [contact, agent]));
    // In another memory, and in one that was moved, the blocks lie elsewhere.
    expect(pairsOf(settings(new CoreUnderTest()).moved())).toEqual(pairs);
    const used = new CoreUnderTest();
    used.step(1, [plainQueue({ queue: 7 }), { ...(plainProfile as ProfileSet), profile: 9, queue: 7 }]);
    used.step(1, [{ kind: 'contactCreate', contact: 5_000, number: 1, profile: 9, ...nothing }]);
    used.step(1, [{ kind: 'contactCancel', contact: 5_000, number: 1 }]);
    expect(pairsOf(settings(used))).toEqual(pairs);
  });

  test('of 1,000 contacts and 1,000 agents keeps no timer waiting for more than a slice of its work', () => {
    const core = begun(drawn(new Random(seed), 1_000, 1_000, 20));
    let before = 0;
    let slices = 0;
    const { offered } = solved(core, 1_000, () => {
      slices += 1;
      const [looks, agents] = looksOf(core) ?? [before, 0];
      // The last row that is looked from may go beyond the work of a tick.
      expect((looks - before) * agents).toBeLessThan(layout.BATCH_WORK_MAX + agents);
      before = looks;
    });
    console.log(`1,000 × 1,000 in ${slices} slices, ${before} rows looked from`);
    expect(slices).toBeGreaterThan(1);
    expect(before).toBeGreaterThanOrEqual(1_000);
    expect(offered.length).toBeGreaterThan(900);
  });

  test('takes those who come first at that moment, though more of a higher priority wait than it has room for', () => {
    const core = new CoreUnderTest();
    const ageing = { ageing: 1_000, ageingCap: 5, batchMs: GATHERED_MS };
    core.step(1, [plainQueue({ select: layout.SELECT_SCORE, scoreWeights, ...ageing }), plainProfile]);
    const create = (contact: number, priority: number): ContactCreate => ({
      kind: 'contactCreate',
      contact,
      number: 1,
      profile: 0,
      priority,
      creditMs: 0,
      agent: layout.NONE,
      waitMs: 0,
      orElse: layout.OR_ELSE_QUEUE,
    });
    // The first of each lower priority has gained more than all who came later.
    core.step(1, [create(0, 0), create(1, 1)]);
    const later = Array.from({ length: layout.BATCH_CONTACTS_MAX + 10 }, (_, of) => create(2 + of, 2));
    for (let at = 0; at < later.length; at += 500) core.step(4_500, later.slice(at, at + 500));
    for (let handle = 0; handle < 2; handle++) {
      core.step(4_500, [
        { kind: 'agentSet', agent: handle, total: 1, wrapUpMs: -1, capacity: [1], skills: [], queues: undefined },
        { kind: 'agentLogin', agent: handle, lines: [{ line: handle, channel: 0 }] },
        { kind: 'agentReady', agent: handle, mask: 0 },
      ]);
    }
    const offered: Effect[] = [];
    for (let at = 4_500 + GATHERED_MS; core.header64(layout.HEADER_NEXT_DEADLINE) <= at; at++)
      offered.push(...core.step(at, []).filter(({ kind }) => kind === layout.EFFECT_OFFERED));
    expect(offered.map(({ contact }) => contact)).toEqual([1, 0]);
  });

  test('shares a tick’s work with the batches of other queues', () => {
    const queues = 6;
    const core = new CoreUnderTest();
    for (let queue = 0; queue < queues; queue++) {
      core.step(1, [plainQueue({ queue, select: layout.SELECT_SCORE, scoreWeights, batchMs: GATHERED_MS })]);
      core.step(1, [{ ...(plainProfile as ProfileSet), profile: queue, queue }]);
    }
    const each = 100;
    for (let handle = 0; handle < queues * each; handle++) {
      core.step(1, [
        {
          kind: 'agentSet',
          agent: handle,
          total: 1,
          wrapUpMs: -1,
          capacity: [1],
          skills: [],
          queues: [Math.floor(handle / each)],
        },
        { kind: 'agentLogin', agent: handle, lines: [{ line: handle, channel: 0 }] },
        { kind: 'agentReady', agent: handle, mask: 0 },
        {
          kind: 'contactCreate',
          contact: handle,
          number: 1,
          profile: Math.floor(handle / each),
          priority: 0,
          creditMs: 0,
          agent: layout.NONE,
          waitMs: 0,
          orElse: layout.OR_ELSE_QUEUE,
        },
      ]);
    }
    const most = layout.BATCH_WORK_MAX / layout.BATCH_OFFER_WORK;
    let offers = 0;
    let ticks = 0;
    for (let at = 1 + GATHERED_MS; core.header64(layout.HEADER_NEXT_DEADLINE) <= at; at++, ticks++) {
      const offered = core.step(at, []).filter(({ kind }) => kind === layout.EFFECT_OFFERED).length;
      expect(offered).toBeLessThanOrEqual(most);
      offers += offered;
    }
    // They are 600 offers, and a tick has work for 64.
    expect(offers).toBe(queues * each);
    expect(ticks).toBeGreaterThanOrEqual(Math.ceil((queues * each) / most));
  });
});
