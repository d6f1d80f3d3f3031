// The report of a study: for each type of contact the mean of every number over the replications with its interval, and
// the differences of the variants from the first of them. Pure: study-table.ts, study-csv.ts and study-plots.ts show it.

import { differenceOf, type Estimate, estimateOf } from './interval.ts';
import { type DayInterval, type MetricName, metrics, type ReplicationNumbers, waitAt } from './numbers.ts';
import type { StudyOutcome } from './study.ts';

export type Estimates = Readonly<Record<MetricName, Estimate | undefined>>;

export interface VariantGroup {
  /** `all` for everybody. */
  readonly type: string;
  readonly estimates: Estimates;
  /** From the first variant, each replication from the same one of it; undefined in the first itself. */
  readonly differences: Estimates | undefined;
}

export interface DayEstimate {
  readonly fromMs: number;
  readonly contacts: Estimate | undefined;
  readonly meanWaitMs: Estimate | undefined;
  readonly abandonedPercent: Estimate | undefined;
  readonly agents: Estimate | undefined;
}

export interface VariantReport {
  readonly name: string;
  readonly groups: readonly VariantGroup[];
  readonly day: readonly DayEstimate[];
  /** How long so many of a hundred waited at most, of all replications together. */
  readonly waitsMs: readonly { readonly percent: number; readonly waitMs: number }[];
  readonly leftOver: number;
}

export interface StudyReport {
  readonly name: string;
  readonly seed: number;
  readonly replications: number;
  readonly confidencePercent: number;
  readonly warmUpMs: number;
  readonly serviceLevel: { readonly withinMs: number; readonly shortAbandonMs: number };
  /** Of `day` in each variant. */
  readonly intervalMs: number;
  readonly contacts: number;
  readonly wallMs: number;
  readonly stopped: boolean;
  readonly variants: readonly VariantReport[];
}

export type StudyMeta = Pick<
  StudyReport,
  'name' | 'seed' | 'confidencePercent' | 'warmUpMs' | 'serviceLevel' | 'intervalMs'
>;

export function studyReport(meta: StudyMeta, { variants, contacts, wallMs, stopped }: StudyOutcome): StudyReport {
  const [first] = variants;
  const types = typesOf(variants.flatMap(({ replications }) => replications));
  return {
    ...meta,
    replications: first!.replications.length,
    contacts,
    wallMs,
    stopped,
    variants: variants.map(({ name, replications }, index) => ({
      name,
      groups: groupsOf(types, replications, index === 0 ? undefined : first!.replications, meta.confidencePercent),
      day: dayOf(replications, meta.confidencePercent),
      waitsMs: waitsOf(replications),
      leftOver: replications.reduce((sum, { leftOver }) => sum + leftOver, 0),
    })),
  };
}

const names = Object.keys(metrics) as MetricName[];

/** Of all variants, so that each has the same lines: in alphabetical order, `all` last. */
function typesOf(replications: readonly ReplicationNumbers[]): string[] {
  const types = new Set(replications.flatMap(({ groups }) => [...groups.keys()]));
  types.delete('all');
  return [...[...types].sort(), 'all'];
}

function groupsOf(
  types: readonly string[],
  replications: readonly ReplicationNumbers[],
  first: readonly ReplicationNumbers[] | undefined,
  confidencePercent: number,
): VariantGroup[] {
  return types.map((type) => ({
    type,
    estimates: estimates((name) => estimateOf(valuesOf(replications, type, name), confidencePercent)),
    differences:
      first &&
      estimates((name) =>
        differenceOf(valuesOf(first, type, name), valuesOf(replications, type, name), confidencePercent),
      ),
  }));
}

function estimates(of: (name: MetricName) => Estimate | undefined): Estimates {
  return Object.fromEntries(names.map((name) => [name, of(name)])) as Estimates;
}

/** Where nobody of the type came, nobody is what is counted; of waits and shares there is nothing. */
function valuesOf(replications: readonly ReplicationNumbers[], type: string, name: MetricName) {
  const absent = metrics[name].unit === 'count' ? 0 : undefined;
  return replications.map(({ groups }) => groups.get(type)?.[name] ?? absent);
}

function dayOf(replications: readonly ReplicationNumbers[], confidencePercent: number): DayEstimate[] {
  const times = [...new Set(replications.flatMap(({ day }) => day.map(({ fromMs }) => fromMs)))].sort((a, b) => a - b);
  const known = replications.map(({ day }) => new Map(day.map((interval) => [interval.fromMs, interval])));
  return times.map((fromMs) => {
    const of = (value: (interval: DayInterval | undefined) => number | undefined) =>
      estimateOf(
        known.map((day) => value(day.get(fromMs))),
        confidencePercent,
      );
    return {
      fromMs,
      contacts: of((interval) => interval?.contacts ?? 0),
      meanWaitMs: of((interval) => interval?.meanWaitMs),
      abandonedPercent: of((interval) => interval?.abandonedPercent),
      agents: of((interval) => interval?.agents),
    };
  });
}

const shownPercents = [...Array.from({ length: 99 }, (_, index) => index + 1), 99.5, 99.9];

function waitsOf(replications: readonly ReplicationNumbers[]): VariantReport['waitsMs'] {
  const length = replications.reduce((sum, { waitsMs }) => sum + waitsMs.length, 0);
  const together = new Float64Array(length);
  let at = 0;
  for (const { waitsMs } of replications) {
    together.set(waitsMs, at);
    at += waitsMs.length;
  }
  together.sort();
  return length === 0 ? [] : shownPercents.map((percent) => ({ percent, waitMs: waitAt(together, percent)! }));
}
