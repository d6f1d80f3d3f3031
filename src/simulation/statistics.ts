// The numbers by which a day is judged, and how they are counted. The same functions count what was recorded and what
// was replayed, so the two can be set side by side.
//
// A percentile is by nearest rank: the smallest value that at least p of a hundred values do not exceed; always a
// value that occurred. The service level is answered within the time, in a hundred of answered and abandoned, hang-ups
// sooner than `shortAbandonMs` left out: as queue.stats counts it. A mean wait is over everybody who queued, those who
// hung up with the time until they did.

export interface Outcome {
  readonly waitMs: number;
  readonly answered: boolean;
}

export interface ServiceLevelRule {
  readonly withinMs: number;
  readonly shortAbandonMs: number;
}

/** Where nobody says otherwise. */
export const usualServiceLevel: ServiceLevelRule = { withinMs: 20_000, shortAbandonMs: 0 };

export interface Summary {
  readonly calls: number;
  readonly answered: number;
  readonly abandoned: number;
  /** Of everybody; undefined where there is nobody. */
  readonly meanWaitMs: number | undefined;
  readonly meanWaitAnsweredMs: number | undefined;
  readonly meanWaitAbandonedMs: number | undefined;
  readonly waitMs: Readonly<Record<`p${(typeof percentages)[number]}`, number | undefined>>;
  readonly serviceLevelPercent: number | undefined;
}

export const percentages = [50, 90, 95, 99] as const;

export function summarise(outcomes: readonly Outcome[], rule: ServiceLevelRule): Summary {
  const answered = outcomes.filter((outcome) => outcome.answered).map((outcome) => outcome.waitMs);
  const abandoned = outcomes.filter((outcome) => !outcome.answered).map((outcome) => outcome.waitMs);
  const sorted = outcomes.map((outcome) => outcome.waitMs).sort((a, b) => a - b);
  return {
    calls: outcomes.length,
    answered: answered.length,
    abandoned: abandoned.length,
    meanWaitMs: mean(sorted),
    meanWaitAnsweredMs: mean(answered),
    meanWaitAbandonedMs: mean(abandoned),
    waitMs: {
      p50: percentile(sorted, 50),
      p90: percentile(sorted, 90),
      p95: percentile(sorted, 95),
      p99: percentile(sorted, 99),
    },
    serviceLevelPercent: serviceLevelPercent(outcomes, rule),
  };
}

export function mean(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Undefined of an empty whole. */
export function percentOf(part: number, whole: number): number | undefined {
  return whole === 0 ? undefined : (100 * part) / whole;
}

/** Of values in ascending order; 0 < percent ≤ 100. */
export function percentile(sorted: readonly number[], percent: number): number | undefined {
  if (!(percent > 0 && percent <= 100)) throw new Error(`no percentile ${percent}`);
  return sorted[Math.ceil((percent / 100) * sorted.length) - 1];
}

export function serviceLevelPercent(outcomes: readonly Outcome[], rule: ServiceLevelRule): number | undefined {
  let counted = 0;
  let within = 0;
  for (const { answered, waitMs } of outcomes) {
    if (!answered && waitMs < rule.shortAbandonMs) continue;
    counted++;
    if (answered && waitMs <= rule.withinMs) within++;
  }
  return percentOf(within, counted);
}
