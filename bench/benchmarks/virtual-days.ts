// How many calls a second a virtual day takes: the whole router but sockets and disk, beside a plain model of the same day.

import { SystemClock, systemRandomness } from '../../src/engine/clock.ts';
import { generateDay } from '../../src/simulation/generated-day.ts';
import { waitCreditFor } from '../../src/simulation/mapping.ts';
import { type ReplayOutcome, runReplay } from '../../src/simulation/replay.ts';
import { type PlannedCall, planReplay } from '../../src/simulation/replay-plan.ts';
import type { Shift } from '../../src/simulation/shifts.ts';
import { VirtualStage } from '../../src/simulation/virtual-stage.ts';
import { playPlainly } from '../../test/replay/plain-day.ts';
import { type Benchmark, must, type Prepared } from '../harness/benchmark.ts';

const topology = `
  a generated day ─┬─▶ switch and agents ─▶ partition ─ modules ─ core.wasm ─ store in memory      the router, in virtual time
                   └─▶ one loop of full scans, without a router                                    the plain model: the reference

  both in this process and thread; each caller must have the same fate, by the same agent, at the same millisecond
`;

const midnight = Date.UTC(2024, 0, 1);
const prefix = 'bench.';
const plainly = 'plain model';

export const virtualDays: Benchmark = {
  name: 'virtual-days',
  about: 'calls of a generated day in virtual time, the router inside this process beside a plain model of the day',
  topology,
  measures: { rate: { unit: 'calls/s', better: 'more' } },
  drawn: ['rate'],
  async cases({ quick }) {
    // In longer days two things always happen at the same instant, and then the two may differ.
    const sizes = [{ calls: 1_000, agents: 12 }, ...(quick ? [] : [{ calls: 3_000, agents: 36 }])];
    return sizes.map(({ calls, agents }) => ({
      name: `${calls.toLocaleString('en')} calls, ${agents} agents`,
      parameters: { calls, agents },
      repetitions: 5,
      prepare: () => prepared(calls, agents),
    }));
  },
};

/** A day in which nothing happens at the same instant: who of two comes first would be anybody's choice. */
function dayWithoutTies(calls: number, agents: number) {
  for (let seed = 1; ; seed++) {
    const generated = generateDay({ seed, calls, agents, midnight });
    const day = { ...generated, shifts: generated.shifts.map((shift, index) => later(shift, index)) };
    if (plain(day).ties === 0) return { seed, day };
  }
}

type Day = ReturnType<typeof generateDay>;

function plain({ calls, shifts, serviceMs, routing }: Day) {
  return playPlainly(calls, shifts, serviceMs, (call) => waitCreditFor(routing, call.priority));
}

function later(shift: Shift, byMs: number): Shift {
  const moved = ({ from, to }: { from: number; to: number }) => ({ from: from + byMs, to: to + byMs });
  return { ...shift, ...moved(shift), breaks: shift.breaks.map(moved) };
}

async function prepared(calls: number, agents: number): Promise<Prepared> {
  const { seed, day } = dayWithoutTies(calls, agents);
  const plan = planReplay({ ...day, runId: 'bench', prefix });
  let result = plain(day);
  const outcomes: ReplayOutcome<PlannedCall>[] = [];
  const rateOf = async (play: () => unknown) => {
    const began = performance.now();
    await play();
    return { rate: (calls / (performance.now() - began)) * 1000 };
  };
  return {
    subjects: [
      {
        name: plainly,
        run: () =>
          rateOf(() => {
            result = plain(day);
          }),
      },
      {
        name: 'router in virtual time',
        reference: plainly,
        run: () =>
          rateOf(async () => {
            const stage = new VirtualStage({ clock: new SystemClock(), randomness: systemRandomness });
            outcomes.push(await runReplay({ stage, plan, prefix }));
          }),
      },
    ],
    async check() {
      for (const { ledger, problems, stillThere } of outcomes) {
        must(problems.length === 0 && stillThere.length === 0, `nothing went wrong: ${problems.join(', ')}`);
        for (const { planned, agentId, waitMs } of ledger.entries()) {
          const { at, agent } = result.connections.get(planned.call) ?? {};
          must(agentId === (agent && prefix + agent), `${planned.contactId} was served by ${agent ?? 'nobody'}`);
          must(at === undefined || planned.call.arrivedAt + waitMs! === at, `${planned.contactId} was served at ${at}`);
        }
      }
      const { answered, abandoned } = result;
      return [
        `each of ${calls.toLocaleString('en')} callers has the fate that the plain model says, by the same agent at the same time`,
        `day of seed ${seed}: ${answered} answered, ${abandoned} hung up`,
      ];
    },
    close: async () => {},
  };
}
