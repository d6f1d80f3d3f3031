// How far off the router's estimates were, beside what one would guess without a router: the wait of the last one who was
// answered, and the average of the last twenty. All three are of the same type of call, and are known when the estimate is
// told. Counted is who was answered after having been told one; how long the others would have waited nobody knows.

import type { Entry } from './call-ledger.ts';
import { mean } from './statistics.ts';

const averagedMax = 20;

export interface EstimateError {
  /** The mean of how far off, whichever way. */
  readonly meanAbsoluteMs: number;
  readonly rootMeanSquareMs: number;
  /** Above zero: too pessimistic. */
  readonly biasMs: number;
}

export interface EstimateErrors {
  /** Answered contacts for which all three were known. */
  readonly contacts: number;
  readonly router: EstimateError;
  readonly lastWait: EstimateError;
  readonly averageWait: EstimateError;
}

/** Undefined where there is nobody to count. */
export function estimateErrors(entries: Iterable<Entry>): EstimateErrors | undefined {
  const told: { at: number; entry: Entry }[] = [];
  const answered: { at: number; entry: Entry }[] = [];
  for (const entry of entries) {
    const { planned, fate, waitMs, estimatedMs } = entry;
    if (estimatedMs !== undefined) told.push({ at: planned.arrivedAt, entry });
    if (fate === 'answered' || fate === 'connected') answered.push({ at: planned.arrivedAt + waitMs!, entry });
  }
  told.sort((a, b) => a.at - b.at);
  answered.sort((a, b) => a.at - b.at);
  const waitsMs = new Map<string, number[]>();
  const off = { router: [] as number[], lastWait: [] as number[], averageWait: [] as number[] };
  let next = 0;
  for (const { at, entry } of told) {
    for (; next < answered.length && answered[next]!.at <= at; next++) {
      const { planned, waitMs } = answered[next]!.entry;
      const waits = waitsMs.get(planned.type) ?? [];
      waitsMs.set(planned.type, waits);
      waits.push(waitMs!);
      if (waits.length > averagedMax) waits.shift();
    }
    const waits = waitsMs.get(entry.planned.type);
    if (waits === undefined || (entry.fate !== 'answered' && entry.fate !== 'connected')) continue;
    off.router.push(entry.estimatedMs! - entry.waitMs!);
    off.lastWait.push(waits.at(-1)! - entry.waitMs!);
    off.averageWait.push(mean(waits)! - entry.waitMs!);
  }
  if (off.router.length === 0) return undefined;
  return {
    contacts: off.router.length,
    router: errorOf(off.router),
    lastWait: errorOf(off.lastWait),
    averageWait: errorOf(off.averageWait),
  };
}

function errorOf(offMs: readonly number[]): EstimateError {
  return {
    meanAbsoluteMs: mean(offMs.map(Math.abs))!,
    rootMeanSquareMs: Math.sqrt(mean(offMs.map((ms) => ms * ms))!),
    biasMs: mean(offMs)!,
  };
}
