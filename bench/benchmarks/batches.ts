// Whom a batch gives to whom, and how fast: the same contacts and agents beside one contact after the other, and beside the
// Hungarian method, which says what an optimum comes to.

import { readFileSync } from 'node:fs';
import * as layout from '../../assembly/layout.ts';
import { artifacts } from '../../src/artifacts.ts';
import { SeededRandom } from '../../src/simulation/random.ts';
import type { Command, ContactCreate } from '../../test/core/commands.ts';
import { optimumOf } from '../../test/core/hungarian.ts';
import { Machine } from '../core/machine.ts';
import { type Offer, Recorder } from '../core/recorder.ts';
import { agentCommands, type World } from '../core/worlds.ts';
import { type Benchmark, type Case, must, type Prepared, type Row } from '../harness/benchmark.ts';

const topology = `
  N contacts, N agents ─┬─▶ core.wasm, a queue with \`batch\`:  N creates · a second passes · slices until it is solved
  who are free          ├─▶ core.wasm, the queue without it: N creates, each given the best agent who is free then
                        └─▶ the Hungarian method in JavaScript, on the full table of scores: the reference
                            only steps and solving are on the clock: no engine, no journal, no sockets

  a contact prefers one of eight skills and every agent has a level of each; half of the contacts were served by one of
  the agents before
`;

const repetitions = 5;
const skills = 8;
const gatheredMs = 1_000;
const weights = { preferred: 3, lastAgent: 2 };
const scoreWeights = [0, 0, 0, 0, weights.preferred, weights.lastAgent];
/** About so many contacts in one repetition, of as many batches as that takes. */
const contactsOfRepetition = 2_000;

export const batches: Benchmark = {
  name: 'batches',
  about: 'contacts and agents matched in batches, beside one after the other and the Hungarian method',
  topology,
  measures: {
    contacts: { unit: 'contacts/s', better: 'more' },
    score: { unit: 'points a contact', better: 'more' },
  },
  async cases({ quick, otherNode }) {
    const sizes = quick || otherNode ? [50, 200] : [50, 200, 500];
    return sizes.map(caseOf);
  },
  drawn: ['contacts', 'score'],
};

interface Instance {
  readonly world: World;
  readonly agents: readonly Command[];
  readonly contacts: readonly ContactCreate[];
  readonly scores: readonly (readonly number[])[];
}

function caseOf(size: number): Case {
  const rounds = Math.max(1, Math.round(contactsOfRepetition / size));
  return {
    name: `${size.toLocaleString('en')} and ${size.toLocaleString('en')}`,
    parameters: { contacts: size, agents: size, rounds },
    repetitions,
    prepare: async () => prepared(size, rounds),
  };
}

/** What became of one repetition's batches. */
interface Matched {
  milliseconds: number;
  points: number;
}

function prepared(size: number, rounds: number): Prepared {
  const build = new WebAssembly.Module(readFileSync(artifacts.coreWasm));
  const worst = { slices: 0, milliseconds: 0 };
  const byModel = drawn(7, Math.min(size, 50));
  batched(new Recorder(new Machine(build), { withModel: true }), byModel, { slices: 0, milliseconds: 0 });

  const solvers: Readonly<Record<string, (instance: Instance) => Matched>> = {
    'the Hungarian method': ({ scores }) => {
      const began = performance.now();
      const { pairs, total } = optimumOf(scores);
      const milliseconds = performance.now() - began;
      must(pairs === size, 'everybody finds somebody');
      return { milliseconds, points: total };
    },
    'one after the other': (instance) => oneByOne(new Recorder(new Machine(build)), instance),
    'in a batch': (instance) => batched(new Recorder(new Machine(build)), instance, worst),
  };
  // Not the first time that each of them runs.
  for (const solve of Object.values(solvers)) solve(drawn(8, size));
  worst.milliseconds = 0;
  const points = new Map<string, number[]>();
  return {
    subjects: Object.entries(solvers).map(([name, solve]) => ({
      name,
      ...(name !== 'the Hungarian method' && { reference: 'the Hungarian method' }),
      async run() {
        const all: Matched = { milliseconds: 0, points: 0 };
        const told = points.get(name) ?? [];
        points.set(name, told);
        const first = 1_000 * told.length;
        for (let round = 0; round < rounds; round++) {
          const matched = solve(drawn(first + round, size));
          all.milliseconds += matched.milliseconds;
          all.points += matched.points;
        }
        told.push(all.points);
        return { contacts: (rounds * size) / (all.milliseconds / 1_000), score: all.points / (rounds * size) };
      },
    })),
    async check() {
      const [optimum, greedy, batch] = Object.keys(solvers).map((name) => points.get(name)!);
      must(
        batch!.every((sum, at) => sum === optimum![at]),
        'a batch comes to what the Hungarian method comes to',
      );
      must(
        greedy!.every((sum, at) => sum <= optimum![at]!),
        'nobody comes to more than the optimum',
      );
      return [
        'every batch gives everybody an agent of their own, and comes to the sum of the optimum',
        'one of at most 50 contacts: every effect is what the plain model says',
      ];
    },
    facts: () => ({
      slices: [
        {
          contacts: size,
          'slices at most': worst.slices,
          'longest step, ms': Math.round(worst.milliseconds * 10) / 10,
        } satisfies Row,
      ],
    }),
    close: async () => {},
  };
}

function drawn(seed: number, size: number): Instance {
  const random = new SeededRandom(seed);
  const below = (bound: number) => Math.floor(random.fraction() * bound);
  const levels = Array.from({ length: size }, () => Array.from({ length: skills }, () => 1 + below(10)));
  const preferred = Array.from({ length: size }, () => below(skills));
  const servedBy = Array.from({ length: size }, () => (random.fraction() < 0.5 ? below(size) : undefined));
  const world: World = {
    name: 'one queue, eight skills that are preferred',
    settings: Array.from({ length: skills }, (_, skill) => ({
      kind: 'profileSet',
      profile: skill,
      queue: 0,
      channel: 0,
      all: [],
      any: [],
      prefers: [{ skill, level: 1 }],
    })),
    profiles: skills,
    skillsOf: (agent) => levels[agent]!.map((level, skill) => ({ skill, level })),
    queuesOf: () => undefined,
    priority: () => 0,
  };
  return {
    world,
    agents: levels.flatMap((_, agent) => agentCommands(world, agent)),
    contacts: preferred.map((profile, contact) => ({
      kind: 'contactCreate',
      contact,
      number: 1,
      profile,
      priority: 0,
      creditMs: 0,
      agent: layout.NONE,
      waitMs: 0,
      orElse: layout.OR_ELSE_QUEUE,
      ...(servedBy[contact] !== undefined && { servedBy: servedBy[contact] }),
    })),
    scores: preferred.map((skill, contact) =>
      levels.map((of, agent) => {
        const last = servedBy[contact] === agent ? 1_000 : 0;
        return weights.preferred * of[skill]! * 100 + weights.lastAgent * last;
      }),
    ),
  };
}

function setUp(recorder: Recorder, { world, agents }: Instance, batchMs: number): void {
  const queue: Command = {
    kind: 'queueSet',
    queue: 0,
    channels: 1,
    order: layout.ORDER_PRIORITY,
    select: layout.SELECT_SCORE,
    weight: 0,
    ageing: 0,
    offerMs: 20_000,
    wrapUpMs: 0,
    maxWaiting: -1,
    missedMax: 0,
    afterRejectMs: 0,
    scoreWeights,
    batchMs,
  };
  recorder.step([queue, ...world.settings]);
  recorder.inPieces(agents);
}

function pointsOf(offers: readonly Offer[], { contacts, scores }: Instance): number {
  must(offers.length === contacts.length, 'everybody is offered to somebody');
  must(new Set(offers.map(({ agent }) => agent)).size === offers.length, 'each of them to an agent of their own');
  return offers.reduce((sum, { contact, agent }) => sum + scores[contact]![agent]!, 0);
}

function oneByOne(recorder: Recorder, instance: Instance): Matched {
  setUp(recorder, instance, 0);
  const before = recorder.steppedMs;
  const offers = recorder.step([...instance.contacts]);
  return { milliseconds: recorder.steppedMs - before, points: pointsOf(offers, instance) };
}

function batched(recorder: Recorder, instance: Instance, worst: { slices: number; milliseconds: number }): Matched {
  setUp(recorder, instance, gatheredMs);
  const before = recorder.steppedMs;
  const offers = recorder.step([...instance.contacts]);
  recorder.now += gatheredMs;
  let slices = 0;
  for (; recorder.nextDeadline <= recorder.now; recorder.now++, slices++) {
    const earlier = recorder.steppedMs;
    offers.push(...recorder.step([]));
    worst.milliseconds = Math.max(worst.milliseconds, recorder.steppedMs - earlier);
  }
  worst.slices = Math.max(worst.slices, slices);
  return { milliseconds: recorder.steppedMs - before, points: pointsOf(offers, instance) };
}
