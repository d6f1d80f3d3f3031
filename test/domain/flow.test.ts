// How a line moves on: against a plain account of the same events, and against a line whose waits are known.

import { describe, expect, it } from 'vitest';
import { Flow } from '../../src/domain/routing/flow.ts';
import { SeededRandom } from '../../src/simulation/random.ts';
import { seedOfThisRun } from '../core/random.ts';

const minute = 60_000;
const nine = Date.UTC(2026, 0, 5, 9);

describe('a flow', () => {
  it('says nothing before there were two answers to somebody who had to wait', () => {
    const flow = new Flow();
    flow.joined(nine);
    flow.answered(nine + 10_000, true);
    expect(flow.expectedMs(1, nine + 10_000)).toBeUndefined();
    flow.joined(nine + 20_000);
    flow.answered(nine + 20_000, false);
    expect(flow.expectedMs(1, nine + 20_000)).toBeUndefined();
    flow.joined(nine + 30_000);
    flow.answered(nine + 60_000, true);
    // Two answers in the forty seconds in which somebody waited.
    expect(flow.expectedMs(1, nine + 60_000)).toBe(20_000);
    expect(flow.expectedMs(3, nine + 60_000)).toBe(60_000);
  });

  it('counts hang-ups of those ahead, who shorten the line', () => {
    const flow = new Flow();
    for (let at = 0; at < 4; at++) flow.joined(nine);
    flow.answered(nine + 10_000, true);
    flow.abandoned(nine + 20_000);
    flow.answered(nine + 20_000, true);
    flow.left(nine + 20_000);
    // Two answers in 20 s, one hang-up in 4·10 + 3·10 = 70 s of waiting: ∫ dx / (1/10 + x/70) from 0 to 5.
    expect(flow.expectedMs(5, nine + 20_000)).toBeCloseTo(70_000 * Math.log(1 + (5 / 70) * 10), 6);
    expect(flow.waiting).toBe(0);
  });

  it('forgets what is half an hour ago', () => {
    const flow = new Flow();
    for (let at = 0; at < 3; at++) {
      flow.joined(nine + at * minute);
      flow.answered(nine + at * minute + 1_000, true);
    }
    expect(flow.expectedMs(1, nine + 20 * minute)).toBe(1_000);
    expect(flow.expectedMs(1, nine + 40 * minute)).toBeUndefined();
  });

  it('is the same after its row has been read again, whatever happened before', () => {
    const seed = seedOfThisRun();
    console.log(`flow: SEED=${seed}`);
    const random = new SeededRandom(seed);
    let flow = new Flow();
    let now = nine;
    const counted: { at: number; waiting: number; answered: number; abandoned: number }[] = [];
    for (let step = 0; step < 2_000; step++) {
      now += Math.floor(random.exponential(5_000));
      const before = flow.waiting;
      const event = { at: now, waiting: before, answered: 0, abandoned: 0 };
      const kind = random.pick(['joined', 'joined', 'answered', 'abandoned', 'left', 'load'] as const);
      if (kind === 'joined') flow.joined(now);
      else if (kind === 'load') {
        const loaded = new Flow();
        loaded.load(JSON.parse(JSON.stringify(flow.row())));
        for (let at = 0; at < before; at++) loaded.waits();
        flow = loaded;
      } else if (before > 0) {
        if (kind === 'answered') flow.answered(now, true);
        else flow[kind](now);
        if (kind !== 'left') event[kind] = 1;
      }
      counted.push(event);
      expect(flow.expectedMs(3, now) ?? 0).toBeCloseTo(plainly(counted, now, 3) ?? 0, 6);
    }
    expect(counted.filter(({ answered }) => answered > 0).length).toBeGreaterThan(100);
  });
});

/** The same from all events, without intervals but for where the half hour begins. */
function plainly(
  events: readonly { at: number; waiting: number; answered: number; abandoned: number }[],
  now: number,
  place: number,
): number | undefined {
  const from = (Math.floor(now / (5 * minute)) - 5) * 5 * minute;
  let [answered, abandoned, busyMs, waitedMs] = [0, 0, 0, 0];
  for (const [index, event] of events.entries()) {
    const since = Math.max(from, events[index - 1]?.at ?? event.at);
    if (event.at > since && event.waiting > 0) {
      busyMs += event.at - since;
      waitedMs += (event.at - since) * event.waiting;
    }
    if (event.at >= from) {
      answered += event.answered;
      abandoned += event.abandoned;
    }
  }
  if (answered < 2 || busyMs === 0) return undefined;
  const [mu, theta] = [answered / busyMs, waitedMs === 0 ? 0 : abandoned / waitedMs];
  return theta === 0 ? place / mu : Math.log(1 + (place * theta) / mu) / theta;
}
