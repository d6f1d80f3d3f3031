// What a rate costs at which moment: its price, or another one in some hours of the week, by the clock on the wall of its time zone.
//
// The prices of a rate are its levels: 0 is the price itself, 1 the first of its hours, and so on. Where several of the hours hold, the
// first counts. An hour that the end of summer time brings twice has its price twice; hours that lie in the one that is left out
// do not come. What goes over midnight is two entries, so a day ends where its date does.

import type { RateTerms } from '../../protocol/rates.ts';
import { Zone } from '../../zone.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
/** Zones change at quarter hours at the finest. */
const QUARTER_MS = 900_000;

interface Band {
  readonly level: number;
  readonly days: readonly string[];
  readonly from: number;
  readonly to: number;
}

/** Made once for each name: a zone remembers its offsets. */
const zones = new Map<string, Zone>();

export class Tariff {
  readonly terms: RateTerms;
  /** By level, minor units for each unit that the rate counts. */
  readonly amounts: readonly number[];
  readonly #zone: Zone;
  readonly #bands: readonly Band[];

  constructor(terms: RateTerms) {
    this.terms = terms;
    const hours = terms.hours ?? [];
    this.amounts = [terms.price.amount, ...hours.map(({ amount }) => amount)];
    this.#zone = zoneOf(terms.timeZone ?? 'UTC');
    this.#bands = hours.map(({ days, from, to }, at) => ({ level: at + 1, days, from: msOf(from), to: msOf(to) }));
  }

  levelAt(at: number): number {
    if (this.#bands.length === 0) return 0;
    const local = at + this.#zone.offsetAt(at);
    const day = Math.floor(local / DAY_MS) * DAY_MS;
    const name = DAYS[new Date(day).getUTCDay()]!;
    const clockMs = local - day;
    const band = this.#bands.find(({ days, from, to }) => days.includes(name) && clockMs >= from && clockMs < to);
    return band?.level ?? 0;
  }

  amountAt(at: number): number {
    return this.amounts[this.levelAt(at)]!;
  }

  /** Until then the level is what it is at this moment; it may be the same behind it as well. */
  sameUntil(at: number): number {
    if (this.#bands.length === 0) return Infinity;
    const local = at + this.#zone.offsetAt(at);
    const clockMs = local - Math.floor(local / DAY_MS) * DAY_MS;
    let until = (Math.floor(at / QUARTER_MS) + 1) * QUARTER_MS;
    for (const { from, to } of this.#bands)
      for (const edge of [from, to, DAY_MS]) if (edge > clockMs) until = Math.min(until, at + edge - clockMs);
    return until;
  }
}

function zoneOf(name: string): Zone {
  const known = zones.get(name);
  if (known !== undefined) return known;
  const zone = new Zone(name);
  zones.set(name, zone);
  return zone;
}

/** `09:30` in milliseconds from midnight; `24:00` is the next. */
function msOf(clock: string): number {
  const [hours, minutes] = clock.split(':').map(Number) as [number, number];
  return (hours * 60 + minutes) * MINUTE_MS;
}
