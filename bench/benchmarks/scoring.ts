// How many agents a second are chosen by score: each decision looks at everybody who is free, four at a time, beside the same
// core compiled to look at one after the other.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { artifacts } from '../../src/artifacts.ts';
import { Machine } from '../core/machine.ts';
import { Recorder } from '../core/recorder.ts';
import { scalarCore } from '../core/scalar.ts';
import { TapePlayer, TapeWriter } from '../core/tape.ts';
import { free } from '../core/topologies.ts';
import { scoredQueue } from '../core/worlds.ts';
import { type Benchmark, type Case, must, type Prepared, type Subject } from '../harness/benchmark.ts';

const topology = `
  tape of commands ─┬─▶ core.wasm, four agents at a time ──▶ effects ─┐
  (create · accept  │                                                 ├─ must be the same, and so must the memories
   · end)           └─▶ the same core, one after the other ─▶ effects ┘
                        only the steps are on the clock: no engine, no journal, no sockets

  N agents are free in a queue that scores them by idle time, occupancy, contacts taken and levels: each contact that is
  created takes one (a decision), is accepted and ended
`;

const repetitions = 5;
const modelAgents = 100;
const modelCycles = 20;
/** In one stretch of the tape so many agents are looked at, about; and so many decisions are made at least. */
const lookedAt = 40_000_000;
const decisionsMin = 400;
const decisionsMax = 40_000;

export const scoring: Benchmark = {
  name: 'scoring',
  about: 'agents chosen by score, from 100 to 100,000 of them, four at a time and one after the other',
  topology,
  measures: { decisions: { unit: 'decisions/s', better: 'more' } },
  async cases({ quick, otherNode }) {
    const sizes = quick || otherNode ? [100, 10_000] : [100, 1_000, 10_000, 100_000];
    return sizes.map((agents) => caseOf(agents, quick ? lookedAt / 10 : lookedAt));
  },
  drawn: ['decisions'],
};

function caseOf(agents: number, looks: number): Case {
  const decisions = Math.max(decisionsMin, Math.min(decisionsMax, Math.round(looks / agents)));
  return {
    name: `${agents.toLocaleString('en')} agents`,
    parameters: { agents, decisions },
    repetitions,
    async prepare() {
      const folder = mkdtempSync(join(tmpdir(), 'strowger-bench-'));
      try {
        return prepared(folder, agents, decisions);
      } catch (error) {
        rmSync(folder, { recursive: true, force: true });
        throw error;
      }
    },
  };
}

function prepared(folder: string, agents: number, decisions: number): Prepared {
  const fast = () => new Machine(new WebAssembly.Module(readFileSync(artifacts.coreWasm)));
  const small = free(new Recorder(fast(), { withModel: true }), scoredQueue(), modelAgents);
  for (let cycle = 0; cycle < modelCycles; cycle++) small.cycle();
  small.account();

  const tape = join(folder, 'tape');
  const perStretch = record(new TapeWriter(tape), fast(), agents, decisions);
  const players = {
    'one after the other': new TapePlayer(new Machine(scalarCore()), tape),
    'four at a time': new TapePlayer(fast(), tape),
  };
  const subjects = Object.entries(players).map(([name, player]): Subject => {
    player.playStretch();
    let played = 0;
    return {
      name,
      ...(name === 'four at a time' && { reference: 'one after the other' }),
      run: async () => ({ decisions: perStretch[played++]! / (player.playStretch()!.nanoseconds / 1e9) }),
    };
  });
  return {
    subjects,
    async check() {
      const [one, other] = Object.values(players).map(({ machine }) => machine);
      must(one!.effectsDigest === other!.effectsDigest, 'both choose the same');
      must(one!.memoryDigest === other!.memoryDigest, 'both keep the same');
      return [
        `${modelAgents} agents: every effect is what the plain model says`,
        'an account of who is where at the end: no agent with two contacts, nobody lost',
        'both builds come to the same effects and the same memory',
      ];
    },
    close: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Set-up and warming up, then a stretch for each repetition; returns how many decisions each of them has. */
function record(tape: TapeWriter, machine: Machine, agents: number, decisions: number): number[] {
  const driven = free(new Recorder(machine, { tape }), scoredQueue(), agents);
  const run = (): number => {
    let taken = 0;
    while (taken < decisions) taken += driven.cycle();
    tape.mark();
    return taken;
  };
  run();
  tape.measuring = true;
  const perStretch = Array.from({ length: repetitions }, run);
  tape.close();
  driven.account();
  return perStretch;
}
