// What has been used at a rate, and what that costs. Whole numbers alone, and nothing is rounded before the end: so it comes to the same
// in however many pieces it is metered.
//
//   metered time: ├── free ──┼──────┼──────┼───        a period that has begun counts, at the price of the moment in which it began:
//                            ↑      ↑      ↑           a second (per minute), a minute (per started minute), all of it (per session)
//
// Time on hold, and time in which no router was there, is left out by whoever meters: it does not come in as a piece. Messages and
// documents are counted one by one, each at the price of its moment.

import { meteredMsMax } from '../../limits.ts';
import type { Tariff } from './tariff.ts';

export interface Metered {
  /** Of the time, the free part as well. */
  readonly ms: number;
  /** By level: periods that have begun, or messages, or documents. */
  readonly units: readonly number[];
}

export const nothingMetered: Metered = { ms: 0, units: [] };

const periodsMs = { minute: 1_000, startedMinute: 60_000, session: Infinity } as const;
const SECONDS = 60;

/** It went on from one moment to another. */
export function meter(tariff: Tariff, before: Metered, from: number, to: number): Metered {
  if (to <= from) return before;
  const period = periodOf(tariff);
  let { ms } = before;
  const end = Math.min(to, from + meteredMsMax - ms);
  if (period === undefined) return { ...before, ms: ms + Math.max(0, end - from) };
  const units = [...before.units];
  for (let at = from; at < end; ) {
    const until = Math.min(end, tariff.sameUntil(at));
    const begun = begunWithin(tariff, ms, ms + until - at, period);
    if (begun > 0) add(units, tariff.levelAt(at), begun);
    ms += until - at;
    at = until;
  }
  return { ms, units };
}

/** A message or a document more. */
export function counted(tariff: Tariff, before: Metered, at: number): Metered {
  const units = [...before.units];
  add(units, tariff.levelAt(at), 1);
  return { ...before, units };
}

/** In minor units. A minute that is charged to the second is rounded down, once, to whole minor units. */
export function costOf({ terms, amounts }: Tariff, { units }: Metered): number {
  let used = 0;
  let exact = 0;
  for (const [level, count] of units.entries()) {
    used += count;
    exact += count * amounts[level]!;
  }
  if (!Number.isSafeInteger(exact)) throw new Error(`${units} units at ${amounts} are more than can be counted`);
  const cost = terms.per === 'minute' ? Math.floor(exact / SECONDS) : exact;
  return used === 0 ? 0 : Math.max(cost, terms.minimum ?? 0);
}

/**
 * Until when the money lasts where it goes on from a moment: the beginning of the first period that it would not pay for, or Infinity
 * where it lasts for longer than is looked ahead.
 */
export function lastsUntil(tariff: Tariff, before: Metered, from: number, money: number, lookAheadMs: number): number {
  const period = periodOf(tariff);
  if (period === undefined) return Infinity;
  const horizon = from + Math.min(lookAheadMs, meteredMsMax - before.ms);
  let metered = before;
  for (let at = from; at < horizon; ) {
    const until = Math.min(horizon, tariff.sameUntil(at));
    const next = meter(tariff, metered, at, until);
    if (costOf(tariff, next) > money) return lastsWithin(tariff, metered, at, until, money);
    metered = next;
    at = until;
  }
  return Infinity;
}

/** By halves: what it costs never falls. */
function lastsWithin(tariff: Tariff, before: Metered, from: number, to: number, money: number): number {
  let lasts = from;
  let tooLong = to;
  while (tooLong - lasts > 1) {
    const middle = Math.floor((lasts + tooLong) / 2);
    if (costOf(tariff, meter(tariff, before, from, middle)) <= money) lasts = middle;
    else tooLong = middle;
  }
  return lasts;
}

/** Undefined: the rate does not count time. */
function periodOf({ terms: { per } }: Tariff): number | undefined {
  return per === 'message' || per === 'document' ? undefined : periodsMs[per];
}

/** How many periods begin from a time on and before another. */
function begunWithin({ terms: { freeMs = 0 } }: Tariff, from: number, to: number, period: number): number {
  return begunBefore(to - freeMs, period) - begunBefore(from - freeMs, period);
}

function begunBefore(charged: number, period: number): number {
  if (charged <= 0) return 0;
  return period === Infinity ? 1 : Math.ceil(charged / period);
}

function add(units: number[], level: number, count: number): void {
  while (units.length <= level) units.push(0);
  units[level]! += count;
}
