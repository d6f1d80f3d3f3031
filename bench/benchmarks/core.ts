// How many decisions the matching core makes, beside its twin in C++ on the same commands, and what grows with the agents.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { artifacts } from '../../src/artifacts.ts';
import { countingCore, touchedIn } from '../core/counting.ts';
import { Machine } from '../core/machine.ts';
import { Recorder } from '../core/recorder.ts';
import { TapePlayer, TapeWriter } from '../core/tape.ts';
import { free, type MakeTopology, waiting } from '../core/topologies.ts';
import { buildTwin } from '../core/twin.ts';
import { TwinAtTape } from '../core/twin-at-tape.ts';
import { charts, growth, growthChecked, touchedName } from '../core/views.ts';
import { oneQueue, skilledQueues, type World } from '../core/worlds.ts';
import { type Benchmark, type Case, must, type Prepared, type Row, type Subject } from '../harness/benchmark.ts';

const topology = `
  set up once, then one stretch of the tape a repetition, in turn:

  tape of commands ─┬─▶ core.wasm step(), in this process ──▶ effects ─┐
  (create · accept  │                                                  ├─ must be the same bytes, and so must the memories
   · end, in ticks  └─▶ the same algorithm in C++, process 2 ─▶ effects ┘
   of 250 or 500)         only the steps are on the clock: no engine, no journal, no sockets

  free     N agents are free: each contact that is created takes one (a decision), is accepted and ended
  waiting  N agents serve and N contacts wait: each contact that ends frees an agent for the best that waits (a decision),
           which is accepted, and another joins the queue
`;

const repetitions = 5;
const modelAgents = 100;
const modelCycles = 40;
const worlds: readonly (() => World)[] = [oneQueue, skilledQueues];
const topologies: readonly [string, MakeTopology][] = [
  ['free', free],
  ['waiting', waiting],
];

interface Size {
  readonly agents: number;
  readonly decisions: number;
}

const wasm = () => new WebAssembly.Module(readFileSync(artifacts.coreWasm));

export const core: Benchmark = {
  name: 'core',
  about:
    'the matching core alone beside the same algorithm in C++, from 1,000 to 1,000,000 agents and waiting contacts',
  topology,
  measures: { 'a decision': { unit: 'ns', better: 'less' } },
  async cases({ quick, otherNode }) {
    const sizes = (quick || otherNode ? [1_000, 100_000] : [1_000, 10_000, 100_000, 1_000_000]).map((agents) => ({
      agents,
      decisions: quick ? 10_000 : 40_000,
    }));
    const twin = buildTwin();
    return worlds.flatMap((world) =>
      topologies.flatMap(([name, make]) => sizes.map((size) => caseOf(name, make, world, size, twin))),
    );
  },
  check: growthChecked,
  summary: growth,
  charts,
};

function caseOf(
  name: string,
  make: MakeTopology,
  world: () => World,
  size: Size,
  twin: ReturnType<typeof buildTwin>,
): Case {
  const { agents, decisions } = size;
  return {
    name: `${name}, ${world().name}, ${agents.toLocaleString('en')}`,
    parameters: {
      topology: name,
      world: world().name,
      agents,
      decisions,
      ...(twin.path !== undefined && { compiler: twin.compiler }),
    },
    repetitions,
    async prepare() {
      const folder = mkdtempSync(join(tmpdir(), 'strowger-bench-'));
      try {
        return await prepared(folder, make, world, size, twin);
      } catch (error) {
        rmSync(folder, { recursive: true, force: true });
        throw error;
      }
    },
  };
}

async function prepared(
  folder: string,
  make: MakeTopology,
  world: () => World,
  { agents, decisions }: Size,
  twin: ReturnType<typeof buildTwin>,
): Promise<Prepared> {
  compareWithModel(make, world());
  const tape = join(folder, 'tape');
  const made = record(tape, make, world(), { agents, decisions });
  const core = new TapePlayer(new Machine(wasm()), tape);
  core.playStretch();
  const told: Uint8Array[][] = [];
  const coreDigests: string[] = [];
  const subjects: Subject[] = [];
  const pair = twin.path === undefined ? undefined : await TwinAtTape.start(twin, tape, join(folder, 'effects'));
  if (pair !== undefined) {
    subjects.push({ name: 'C++', run: async () => ({ 'a decision': (await pair.stretch()) / made.next('C++') }) });
  }
  subjects.push({
    name: 'core.wasm',
    ...(pair !== undefined && { reference: 'C++' }),
    run: async () => {
      const { nanoseconds, digest } = core.playStretch()!;
      told.push(core.told);
      coreDigests.push(digest);
      return { 'a decision': nanoseconds / made.next('core.wasm') };
    },
  });
  const facts: Row[] = [];
  return {
    subjects,
    async check() {
      core.playStretch();
      facts.push({ ...touched(tape, made.decisions, core), ...made.weights });
      const checked = [
        `${modelAgents} agents: every effect is what the plain model says`,
        world().profiles === 1
          ? 'contacts and agents come in the order that one queue must have'
          : 'everybody is served',
        'an account of who is where at the end: no agent with two contacts, nobody lost',
        'the build that counts comes to the same effects and the same memory',
      ];
      if (pair === undefined) return [...checked, `without C++: ${'why' in twin ? twin.why : ''}`];
      const compared = await pair.compare(told, coreDigests, core);
      return [
        ...checked,
        `${compared} effects of the C++ side are those of the core, and so is its memory, byte for byte`,
      ];
    },
    facts: () => ({ Counted: facts }),
    async close() {
      pair?.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A small one first, with every effect compared. */
function compareWithModel(make: MakeTopology, world: World): void {
  const small = make(new Recorder(new Machine(wasm()), { withModel: true }), world, modelAgents);
  for (let cycle = 0; cycle < modelCycles; cycle++) small.cycle();
  small.account();
}

/** Records set-up and warming up, then a stretch for each repetition. */
function record(path: string, make: MakeTopology, world: World, { agents, decisions }: Size) {
  const tape = new TapeWriter(path);
  const machine = new Machine(wasm());
  const empty = machine.arenaTop;
  const recorder = new Recorder(machine, { tape });
  const driven = make(recorder, world, agents);
  const run = (): number => {
    let taken = 0;
    while (taken < decisions) taken += driven.cycle();
    return taken;
  };
  run();
  tape.mark();
  tape.measuring = true;
  const perStretch = Array.from({ length: repetitions }, () => {
    const taken = run();
    tape.mark();
    return taken;
  });
  tape.close();
  driven.account();
  const played = new Map<string, number>();
  return {
    decisions: perStretch.reduce((sum, taken) => sum + taken, 0),
    weights: { 'bytes of arena for each agent': Math.round((machine.arenaTop - empty) / agents) },
    /** Decisions of the stretch that this subject has just played. */
    next(subject: string): number {
      const index = played.get(subject) ?? 0;
      played.set(subject, index + 1);
      return perStretch[index]!;
    },
  };
}

/** Plays the tape once more on the build that counts what is touched. */
function touched(tape: string, decisions: number, core: TapePlayer): Row {
  const machine = new Machine(countingCore());
  const player = new TapePlayer(machine, tape);
  player.playStretch();
  const before = touchedIn(machine);
  while (player.playStretch() !== undefined) player.told = [];
  must(machine.effectsDigest === core.machine.effectsDigest, 'the build that counts tells the same');
  must(machine.memoryDigest === core.machine.memoryDigest, 'the build that counts keeps the same');
  return { [touchedName]: Math.round((touchedIn(machine) - before) / decisions) };
}
