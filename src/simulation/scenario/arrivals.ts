// When contacts come, by the patterns of a scenario: for each day anew.
//
// Poisson: gaps are exponential, and what is left of one when its interval ends is forgotten, as such gaps may be. So
// intervals of different rates that follow one another are one process whose rate changes.

import type { TimeParts, Zone } from '../../zone.ts';
import type { Draws } from '../random.ts';
import { type Arrivals, linesOf, type Scenario, ScenarioError } from './scenario.ts';

const hourMs = 3_600_000;
const dayMs = 86_400_000;

/** Of one stream on one day, in no order; milliseconds since the epoch. */
export function arrivalsOn(
  day: Day,
  patterns: readonly Arrivals[],
  draws: Draws,
  timesOf: (file: string) => readonly FileTime[],
): number[] {
  return patterns.flatMap((pattern) => {
    const { poisson, burst, file } = pattern;
    if (poisson !== undefined) {
      const { from, to, perHour } = poisson;
      return poissonArrivals(day.at(from), day.at(to), perHour, draws);
    }
    if (burst !== undefined) {
      const at = day.at(burst.at);
      const { overMs = 0 } = burst;
      return Array.from({ length: burst.count }, () => at + Math.floor(draws.fraction() * overMs));
    }
    return arrivalsFrom(timesOf(file!), day);
  });
}

function poissonArrivals(from: number, to: number, perHour: number, draws: Draws): number[] {
  const times: number[] = [];
  if (perHour === 0) return times;
  for (let at = from + draws.exponential(hourMs / perHour); at < to; at += draws.exponential(hourMs / perHour))
    times.push(Math.floor(at));
  return times;
}

/** A time of day, which is of every day, or a time with its date. */
export type FileTime = string | number;

/** Reads a file of arrivals, a time a line; one with a date must lie in one of the days. */
export function timesIn(path: string, days: readonly Day[]): FileTime[] {
  return linesOf(path).map(([line, text]) => {
    if (/^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,3})?)?$/.test(text)) return text;
    const at = /^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:?\d{2})$/.test(text) ? Date.parse(text) : Number.NaN;
    if (Number.isNaN(at))
      throw new ScenarioError(
        `${path}: line ${line}: expected a time as 09:30, 09:30:15.250 or 2026-01-05T09:30:15Z, got "${text}"`,
      );
    if (at < days[0]!.from || at >= days.at(-1)!.to)
      throw new ScenarioError(
        `${path}: line ${line}: ${text} lies in none of the days of the scenario (time.day, time.days)`,
      );
    return at;
  });
}

function arrivalsFrom(times: readonly FileTime[], day: Day): number[] {
  return times
    .map((time) => (typeof time === 'string' ? day.at(time) : time))
    .filter((at) => at >= day.from && at < day.to);
}

/** A day of a scenario, in its zone. */
export class Day {
  readonly number: number;
  readonly from: number;
  readonly to: number;
  readonly #zone: Zone;
  readonly #date: Pick<TimeParts, 'year' | 'month' | 'day'>;

  /** `number` is counted from 0. */
  constructor({ day, zone }: Pick<Scenario, 'day' | 'zone'>, number: number) {
    const [year, month, first] = day.split('-').map(Number) as [number, number, number];
    const date = new Date(Date.UTC(year, month - 1, first) + number * dayMs);
    this.number = number;
    this.#zone = zone;
    this.#date = { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
    this.from = this.at('00:00');
    this.to = this.at('24:00');
  }

  /** A time of day as HH:MM, HH:MM:SS or HH:MM:SS.mmm; 24:00 is the next midnight. */
  at(clock: string): number {
    const [hour, minute, seconds = 0] = clock.split(':').map(Number) as [number, number, number?];
    const second = Math.floor(seconds);
    return this.#zone.toEpoch({ ...this.#date, hour, minute, second }) + Math.round((seconds - second) * 1000);
  }
}
