// What affinity brings is counted of what became of calls; and played, it does what it is for.

import { expect, test } from 'vitest';
import { SystemClock, systemRandomness } from '../../src/engine/clock.ts';
import {
  affinityPlot,
  affinityTable,
  affinityVariants,
  measured,
  playAffinity,
} from '../../src/simulation/affinity-study.ts';
import type { Entry } from '../../src/simulation/call-ledger.ts';
import { generateDay } from '../../src/simulation/generated-day.ts';
import { planReplay } from '../../src/simulation/replay-plan.ts';
import { isWellFormed } from './well-formed.ts';

/** A call of a customer, by whom it was taken and after how long. */
function call(arrivedAt: number, customer: string | undefined, agentId: string | undefined, waitMs = 0): Entry {
  const identity = customer === undefined ? {} : { identity: { scheme: 'customerNumber', value: customer } };
  const wishes = { channel: 'voice', queueId: 'sales', ...identity };
  const planned = { contactId: `c${arrivedAt}`, arrivedAt, type: 'x', wishes, serviceMs: 1, patienceMs: undefined };
  return { planned, fate: agentId === undefined ? 'abandoned' : 'answered', waitMs, agentId, estimatedMs: undefined };
}

test('who is served by whom it knows is counted in the order of being answered', () => {
  const counted = measured([
    call(1, 'mia', 'ann'),
    call(2, 'mia', 'ann', 30_000),
    call(3, 'mia', 'bob'),
    call(4, 'tom', 'bob'),
    call(5, undefined, 'bob'),
    call(6, 'tom', undefined, 10_000),
    call(7, 'zoe', undefined, 2_000),
  ]);
  // Bob took the third call of Mia before ann took the second.
  expect(counted).toMatchObject({ calls: 7, returning: 2, byKnown: 0, knownPercent: 0 });
  expect(counted.meanWaitOfReturningMs).toBeCloseTo(40_000 / 3);
  expect(counted.meanWaitOfOthersMs).toBe(500);
  expect(counted.hungUpPercent).toBeCloseTo(200 / 7);
  expect(measured([call(1, 'mia', 'ann'), call(2, 'mia', 'ann')])).toMatchObject({ returning: 1, byKnown: 1 });
});

test('a day with affinity has more callers with whom they know, and the more the longer they wait', async () => {
  const midnight = Date.UTC(2024, 0, 1);
  const day = generateDay({ seed: 3, calls: 600, agents: 8, midnight });
  // Of few customers, who call often.
  const calls = day.calls.map((one, at) => ({ ...one, customer: `k${at % 60}` }));
  const serviceMs = new Map(calls.map((one, at) => [one, day.serviceMs.get(day.calls[at]!)!]));
  const plan = planReplay({ ...day, calls, serviceMs, runId: 'study', prefix: 'study.' });
  const playing = { clock: new SystemClock(), randomness: systemRandomness, prefix: 'study.' };
  const all = [];
  for (const variant of affinityVariants([0, 120_000])) all.push(await playAffinity(plan, variant, playing));
  expect(all.map(({ waits, waitMs }) => `${waits} ${waitMs}`)).toEqual([
    'off 0',
    'agentOnly 0',
    'agentOnly 120000',
    'both 120000',
  ]);
  const [off, atOnce, agentOnly, both] = all.map(({ byKnown }) => byKnown) as [number, number, number, number];
  expect(atOnce).toBeGreaterThan(off);
  expect(agentOnly).toBeGreaterThan(atOnce);
  expect(both).toBeGreaterThan(off);
  expect(agentOnly).toBeGreaterThan(both);
  expect(isWellFormed(affinityPlot(all, 'a day'))).toBe(true);
  expect(affinityTable(all).split('\n')).toHaveLength(2 + all.length);
});
