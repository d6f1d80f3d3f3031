// What commands about times share: days and times as people write them, in a time zone, and how long an interval is.

import { statisticsIntervalMs } from '../limits.ts';
import { statisticsSteps } from '../protocol/statistics.ts';
import { isDay, timeReader } from '../simulation/recorded-time.ts';
import { type TimeParts, Zone } from '../zone.ts';
import { UsageError } from './command-error.ts';

export type IntervalMs = (typeof statisticsSteps)[number];

export function zoneOf(name: string): Zone {
  try {
    return new Zone(name);
  } catch {
    throw new UsageError(`--zone: there is no time zone ${name}`);
  }
}

/** A day means its midnight. */
export function timeOf(option: string, given: string, zone: Zone): number {
  if (isDay(given))
    return zone.toEpoch({ ...(timeReader('YYYY-MM-DD')(given) as TimeParts), hour: 0, minute: 0, second: 0 });
  const parts = timeReader('YYYY-MM-DD HH:mm')(given.replace('T', ' '));
  if (parts === undefined)
    throw new UsageError(`--${option} must be a day, YYYY-MM-DD, or a time, YYYY-MM-DDTHH:mm, not ${given}`);
  return zone.toEpoch({ ...(parts as TimeParts), second: 0 });
}

export function intervalOf(option: string, given: string): IntervalMs {
  const intervalMs = given === 'day' ? 86_400_000 : Number(given) * 60_000;
  const known = statisticsSteps.find((step) => step === intervalMs);
  if (known === undefined) throw new UsageError(`--${option} must be 5, 15, 30, 60 (minutes) or day, not ${given}`);
  return known;
}

export function borderBefore(at: number): number {
  return at - (at % statisticsIntervalMs);
}

export function borderAfter(at: number): number {
  return borderBefore(at + statisticsIntervalMs - 1);
}
