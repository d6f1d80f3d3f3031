// How long each caller of a recording would have waited before hanging up.
//
// Of those who hung up it is known: as long as they did. Of those who were served it is only known that it was longer
// than their wait: their patience is censored. Their share is estimated by Kaplan and Meier ("Nonparametric estimation
// from incomplete observations", J. Am. Stat. Assoc. 53, 1958), and each of them is given a patience drawn from it, given
// that it is longer than what they did wait. Where the estimate ends above zero, nobody was seen to lose patience after
// that: the rest wait for ever.

import { firstIndex } from '../first-index.ts';
import { groupBy } from '../group-by.ts';
import { SeededRandom } from './random.ts';
import type { RecordedCall } from './recorded-call.ts';

/** A type with fewer who hung up says too little of itself: its callers are given the patience of all. */
const hungUpMin = 50;

/** The share that is still there after so long, falling by steps. */
export class Survival {
  /** Rising; at each of them somebody hung up. */
  readonly timesMs: readonly number[];
  /** Who is still there after it, falling. */
  readonly shares: readonly number[];

  constructor(timesMs: readonly number[], shares: readonly number[]) {
    this.timesMs = timesMs;
    this.shares = shares;
  }

  /** Of all who began to wait. */
  after(ms: number): number {
    const at = this.#stepAfter(ms);
    return at === 0 ? 1 : (this.shares[at - 1] as number);
  }

  /** A patience of more than `ms`, by a draw 0 ≤ u < 1; undefined: for ever. */
  drawBeyond(ms: number, u: number): number | undefined {
    const target = this.after(ms) * (1 - u);
    const { length } = this.shares;
    return this.timesMs[firstIndex(length, (step) => (this.shares[step] as number) < target, this.#stepAfter(ms))];
  }

  /** The first step later than that. */
  #stepAfter(ms: number): number {
    return firstIndex(this.timesMs.length, (step) => (this.timesMs[step] as number) > ms);
  }
}

export interface Wait {
  readonly waitMs: number;
  /** Ended by patience; else by an answer, which hides how long it would have lasted. */
  readonly hungUp: boolean;
}

/** Who hangs up at the moment at which another is answered was still there: ends by patience come first. */
export function kaplanMeier(waits: readonly Wait[]): Survival {
  const sorted = [...waits].sort((a, b) => a.waitMs - b.waitMs);
  const timesMs: number[] = [];
  const shares: number[] = [];
  let share = 1;
  for (let at = 0; at < sorted.length; ) {
    const { waitMs } = sorted[at] as Wait;
    const atRisk = sorted.length - at;
    let hungUp = 0;
    for (; at < sorted.length && (sorted[at] as Wait).waitMs === waitMs; at++)
      if ((sorted[at] as Wait).hungUp) hungUp += 1;
    if (hungUp === 0) continue;
    share *= 1 - hungUp / atRisk;
    timesMs.push(waitMs);
    shares.push(share);
  }
  return new Survival(timesMs, shares);
}

/** Only who hung up then hangs up, after as long. */
export function recordedPatience(calls: readonly RecordedCall[]): ReadonlyMap<RecordedCall, number> {
  return new Map(calls.filter(({ outcome }) => outcome === 'hungUp').map((call) => [call, call.waitMs]));
}

/** Of everybody; who is not in it waits for ever. */
export function drawnPatience(calls: readonly RecordedCall[], seed: number): ReadonlyMap<RecordedCall, number> {
  const ofAll = kaplanMeier(calls.map(waitOf));
  const ofType = new Map<string, Survival>();
  for (const [type, waits] of groupBy(calls, (call) => call.type))
    if (waits.filter(({ outcome }) => outcome === 'hungUp').length >= hungUpMin)
      ofType.set(type, kaplanMeier(waits.map(waitOf)));
  const random = new SeededRandom(seed);
  const patience = new Map<RecordedCall, number>();
  for (const call of calls) {
    // One draw a call, needed or not: another day's draws stay what they are.
    const u = random.fraction();
    const ms = call.outcome === 'hungUp' ? call.waitMs : (ofType.get(call.type) ?? ofAll).drawBeyond(call.waitMs, u);
    if (ms !== undefined) patience.set(call, ms);
  }
  return patience;
}

function waitOf({ waitMs, outcome }: RecordedCall): Wait {
  return { waitMs, hungUp: outcome === 'hungUp' };
}
