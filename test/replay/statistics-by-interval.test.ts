// statistics.query over a generated day in virtual time, beside the replay's own account of every call, counted by interval here.

import { expect, test } from 'vitest';
import { SystemClock } from '../../src/engine/clock.ts';
import { generateDay } from '../../src/simulation/generated-day.ts';
import { type AgentLine, everyLine, type QueueLine } from '../../src/simulation/interval-table.ts';
import { runReplay } from '../../src/simulation/replay.ts';
import { planReplay } from '../../src/simulation/replay-plan.ts';
import { VirtualStage } from '../../src/simulation/virtual-stage.ts';
import { seedOfThisRun } from '../core/random.ts';
import { countingRandomness } from '../engine/partition-harness.ts';

const midnight = Date.UTC(2024, 0, 1);
const minute = 60_000;
const withinMs = 20_000;

test('the intervals of a day add up to what became of its calls', { timeout: 60_000 }, async () => {
  const seed = seedOfThisRun();
  console.log(`statistics by interval: SEED=${seed}`);
  const plan = planReplay({
    ...generateDay({ seed, calls: 600, agents: 9, midnight }),
    runId: 'run',
    prefix: 'test.',
    serviceLevel: { withinMs, shortAbandonMs: 0 },
  });
  const stage = new VirtualStage({ clock: new SystemClock(), randomness: countingRandomness() });
  const period = { from: midnight, to: midnight + 2 * 86_400_000, intervalMs: 15 * minute, limit: 1_000 } as const;
  let queues: QueueLine[] = [];
  let agents: AgentLine[] = [];
  let ofDay: QueueLine[] = [];
  const { ledger } = await runReplay({
    stage,
    plan,
    prefix: 'test.',
    onPlayed: async (admin) => {
      const ask = (asked: Parameters<Parameters<typeof everyLine>[0]>[0]) => admin.call('statistics.query', asked);
      ({ queues } = await everyLine(ask, { of: 'queues', ...period }));
      ({ agents } = await everyLine(ask, { of: 'agents', ...period }));
      ({ queues: ofDay } = await everyLine(ask, { of: 'queues', ...period, intervalMs: 1440 * minute, by: 'all' }));
    },
  });

  const counted = new Map<
    string,
    { offered: number; answered: number; within: number; abandoned: number; waitMs: number }
  >();
  const at = (queueId: string, time: number) => {
    const key = `${queueId} ${time - ((time - midnight) % (15 * minute))}`;
    const known = counted.get(key) ?? { offered: 0, answered: 0, within: 0, abandoned: 0, waitMs: 0 };
    counted.set(key, known);
    return known;
  };
  let talkMs = 0;
  for (const { planned, fate, waitMs } of ledger.entries()) {
    const queueId = planned.wishes.queueId as string;
    at(queueId, planned.arrivedAt).offered += 1;
    if (waitMs === undefined) continue;
    const then = at(queueId, planned.arrivedAt + waitMs);
    if (fate === 'abandoned') then.abandoned += 1;
    else {
      then.answered += 1;
      then.waitMs += waitMs;
      if (waitMs <= withinMs) then.within += 1;
      talkMs += planned.serviceMs;
    }
  }
  const found = new Map(
    queues
      .filter(({ offered, answered, abandoned }) => offered + answered + abandoned > 0)
      .map(({ queueId, from, offered, answered, answeredWithin: within, abandoned, answeredWaitMs: waitMs }) => [
        `${queueId} ${from}`,
        { offered, answered, within, abandoned, waitMs },
      ]),
  );
  expect(found).toEqual(counted);
  // A day is the sum of its intervals, and nobody is anywhere but answered, hung up, left over at the end.
  const { leftOver } = ledger.totals();
  expect(ofDay).toMatchObject([{ offered: 600, endedOtherwise: leftOver }]);
  expect(ofDay[0]!.answered + ofDay[0]!.abandoned + leftOver).toBe(600);
  // Everybody has one line, so the time in service is what the calls took.
  expect(agents.reduce((sum, { inServiceMs }) => sum + inServiceMs, 0)).toBe(talkMs);
  expect(queues.reduce((sum, line) => sum + line.talkMs, 0)).toBe(talkMs);
  for (const line of agents) {
    expect(line.loggedInMs + line.loggedOutMs!).toBe(line.to - line.from);
    expect(line.notReadyByReason.break ?? 0).toBe(line.notReadyMs - (line.notReadyByReason.loggedIn ?? 0));
  }
});
