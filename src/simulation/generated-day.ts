// A day of calls of our own making, for the demo and for load: the same seed gives the same day everywhere.
//
// Calls come at random (a Poisson process) at a rate that follows the hours of an ordinary contact centre: a peak in
// the morning, a smaller one in the afternoon. Service is log-normal, patience exponential: shapes that recordings of
// real centres have. Four shifts of agents overlap at the peaks, each with a break; a few agents can serve everything,
// most can serve two types.

import type { Routing } from './mapping.ts';
import { SeededRandom } from './random.ts';
import type { RecordedCall } from './recorded-call.ts';
import type { Shift } from './shifts.ts';

export interface GeneratedDay {
  readonly calls: readonly RecordedCall[];
  readonly shifts: readonly Shift[];
  readonly serviceMs: ReadonlyMap<RecordedCall, number>;
  readonly routing: Routing;
}

export interface DaySize {
  readonly seed: number;
  readonly calls: number;
  readonly agents: number;
  /** Midnight of the day, UTC. */
  readonly midnight: number;
}

const hourMs = 3_600_000;
/** Of each hour from 0 to 23: how busy, relative to the others. */
const profile = [0, 0, 0, 0, 0, 0, 0, 50, 85, 105, 110, 105, 85, 80, 90, 95, 85, 65, 50, 40, 28, 16, 0, 0];
const types = [
  { type: 'sales', share: 0.3, medianServiceMs: 170_000, patienceMs: 150_000 },
  { type: 'support', share: 0.45, medianServiceMs: 200_000, patienceMs: 300_000 },
  { type: 'billing', share: 0.25, medianServiceMs: 120_000, patienceMs: 200_000 },
] as const;
const serviceSigma = 0.7;
const highPriorityShare = 0.12;
const shiftHours = [
  { from: 7, to: 15, pause: 11.5 },
  { from: 8.5, to: 16.5, pause: 12.5 },
  { from: 10, to: 18, pause: 14 },
  { from: 14, to: 22, pause: 18 },
] as const;
const pauseMs = 1_800_000;
const names = 'Ann Bob Cem Dana Emil Fay Gus Hana Ivo Jana Kai Lea Max Nina Oto Pia Quin Rosa Sam Tess'.split(' ');

const routing: Routing = {
  queues: [{ queueId: 'sales', types: ['sales'] }, { queueId: 'service' }],
  credits: [{ priorities: ['high'], waitCreditMs: 90_000 }],
};

export function generateDay({ seed, calls: count, agents, midnight }: DaySize): GeneratedDay {
  const random = new SeededRandom(seed);
  const day = new Date(midnight).toISOString().slice(0, 10);
  const serviceMs = new Map<RecordedCall, number>();
  const calls = arrivals(random, count, midnight).map((arrivedAt, index) => {
    const { type, medianServiceMs, patienceMs } = pickType(random);
    // Whoever is not served by the end of their patience hangs up; nobody was served, since nothing was recorded.
    const call: RecordedCall = {
      id: `generated-${seed}-${index + 1}`,
      line: 0,
      day,
      arrivedAt,
      waitMs: Math.max(1_000, Math.round(random.exponential(patienceMs))),
      outcome: 'hungUp',
      serviceStartAt: undefined,
      serviceMs: undefined,
      agent: undefined,
      type,
      priority: random.fraction() < highPriorityShare ? 'high' : 'ordinary',
      customer: String(100_000 + Math.floor(random.fraction() * count)),
    };
    serviceMs.set(call, Math.max(5_000, Math.round(random.logNormal(medianServiceMs, serviceSigma))));
    return call;
  });
  return { calls, shifts: shiftsFor(agents, day, midnight), serviceMs, routing };
}

/** So many arrivals, each in an hour by the profile and anywhere within it: in order. */
function arrivals(random: SeededRandom, count: number, midnight: number): number[] {
  const sum = profile.reduce((total, weight) => total + weight, 0);
  const times: number[] = [];
  for (let index = 0; index < count; index++) {
    let left = random.fraction() * sum;
    const hour = profile.findIndex((weight) => {
      left -= weight;
      return left < 0;
    });
    times.push(midnight + Math.floor((Math.max(0, hour) + random.fraction()) * hourMs));
  }
  return times.sort((a, b) => a - b);
}

function pickType(random: SeededRandom): (typeof types)[number] {
  let left = random.fraction();
  const picked = types.find(({ share }) => {
    left -= share;
    return left < 0;
  });
  return picked ?? types[0];
}

function shiftsFor(agents: number, day: string, midnight: number): Shift[] {
  return Array.from({ length: agents }, (_, index) => {
    const { from, to, pause } = shiftHours[index % shiftHours.length]!;
    const round = Math.floor(index / names.length);
    // Every fourth can do everything, the others leave one type out in turn.
    const leftOut = index % 4 === 0 ? undefined : types[index % types.length]!.type;
    // Those of one shift go one after the other.
    const pauseFrom = midnight + pause * hourMs + (Math.floor(index / shiftHours.length) % 4) * pauseMs;
    return {
      agent: names[index % names.length]! + (round === 0 ? '' : String(round + 1)),
      day,
      from: midnight + from * hourMs,
      to: midnight + to * hourMs,
      types: types
        .map(({ type }) => type)
        .filter((type) => type !== leftOut)
        .sort(),
      breaks: [{ from: pauseFrom, to: pauseFrom + pauseMs }],
      pausesMs: [],
    };
  });
}
