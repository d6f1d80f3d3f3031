// What it costs to take the best of those who wait where ageing bends, beside ageing in a line, which keeps the order within a
// queue as it is.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { artifacts } from '../../src/artifacts.ts';
import { Machine } from '../core/machine.ts';
import { Recorder } from '../core/recorder.ts';
import { TapePlayer, TapeWriter } from '../core/tape.ts';
import { waiting } from '../core/topologies.ts';
import { type Ageing, ageingQueue } from '../core/worlds.ts';
import { type Benchmark, type Case, must, type Prepared, type Subject } from '../harness/benchmark.ts';

const topology = `
  tape of commands ─▶ core.wasm ─▶ effects, which must be those of the recording
  (create · accept · end)          only the steps are on the clock: no engine, no journal, no sockets

  N agents serve and N contacts wait in one queue, in as many priorities as there are: each contact that ends frees an agent
  for the best that waits (a decision). A contact gains in a line, up to half of the priorities, or in four steps
`;

const repetitions = 5;
const modelAgents = 60;
const modelCycles = 20;
const decisionsOfStretch = 20_000;

export const ageing: Benchmark = {
  name: 'ageing',
  about: 'the best that waits where ageing has a cap or goes in steps, beside ageing in a line',
  topology,
  measures: { decisions: { unit: 'decisions/s', better: 'more' } },
  async cases({ quick, otherNode }) {
    const sizes: [agents: number, priorities: number][] = [
      [1_000, 5],
      [1_000, 100],
      [100_000, 5],
      [100_000, 100],
    ];
    return sizes
      .filter(([agents]) => agents <= 1_000 || !(quick || otherNode))
      .map(([agents, priorities]) => caseOf(agents, priorities, quick ? decisionsOfStretch / 10 : decisionsOfStretch));
  },
  drawn: ['decisions'],
};

function caseOf(agents: number, priorities: number, decisions: number): Case {
  return {
    name: `${agents.toLocaleString('en')} wait, ${priorities} priorities`,
    parameters: { agents, priorities, decisions },
    repetitions,
    async prepare() {
      const folder = mkdtempSync(join(tmpdir(), 'strowger-bench-'));
      try {
        return prepared(folder, agents, priorities, decisions);
      } catch (error) {
        rmSync(folder, { recursive: true, force: true });
        throw error;
      }
    },
  };
}

const ways: Readonly<Record<string, Ageing>> = { 'in a line': 'line', 'with a cap': 'cap', 'in steps': 'steps' };

interface Recorded {
  readonly player: TapePlayer;
  readonly perStretch: readonly number[];
  readonly effects: string;
  readonly memory: string;
}

function prepared(folder: string, agents: number, priorities: number, decisions: number): Prepared {
  const machine = () => new Machine(new WebAssembly.Module(readFileSync(artifacts.coreWasm)));
  const recorded = new Map(
    Object.entries(ways).map(([name, way]): [string, Recorded] => {
      const world = () => ageingQueue(way, priorities, agents);
      const small = waiting(
        new Recorder(machine(), { withModel: true }),
        ageingQueue(way, priorities, modelAgents),
        modelAgents,
      );
      for (let cycle = 0; cycle < modelCycles; cycle++) small.cycle();
      small.account();

      const path = join(folder, way);
      const tape = new TapeWriter(path);
      const recorder = new Recorder(machine(), { tape });
      const driven = waiting(recorder, world(), agents);
      const stretch = (): number => {
        let taken = 0;
        while (taken < decisions) taken += driven.cycle();
        tape.mark();
        return taken;
      };
      stretch();
      tape.measuring = true;
      const perStretch = Array.from({ length: repetitions }, stretch);
      tape.close();
      const { effectsDigest: effects, memoryDigest: memory } = recorder.machine;
      driven.account();
      return [name, { player: new TapePlayer(machine(), path), perStretch, effects, memory }];
    }),
  );
  const subjects = [...recorded].map(([name, { player, perStretch }]): Subject => {
    player.playStretch();
    let played = 0;
    return {
      name,
      ...(name !== 'in a line' && { reference: 'in a line' }),
      run: async () => ({ decisions: perStretch[played++]! / (player.playStretch()!.nanoseconds / 1e9) }),
    };
  });
  return {
    subjects,
    async check() {
      for (const [name, { player, effects, memory }] of recorded) {
        must(player.machine.effectsDigest === effects, `ageing ${name} chooses as it was recorded`);
        must(player.machine.memoryDigest === memory, `ageing ${name} keeps what was recorded`);
      }
      const all = [...recorded.values()].map(({ effects }) => effects);
      must(new Set(all).size === all.length, 'each way of ageing chooses others');
      return [
        `${modelAgents} agents: every effect is what the plain model says`,
        'an account of who is where at the end: no agent with two contacts, nobody lost',
        'the three ways of ageing choose differently, each as it was recorded',
      ];
    },
    close: async () => rmSync(folder, { recursive: true, force: true }),
  };
}
