// The numbers of one replication: of each type of contact and of all, and over the day. Contacts of the warm-up are in
// none of them.

import { groupBy } from '../../group-by.ts';
import type { CallLedger, Entry } from '../call-ledger.ts';
import { atOnce, type Interval, type Plan } from '../plan.ts';
import { mean, percentile, percentOf, type ServiceLevelRule, summarise } from '../statistics.ts';

/** In the order of tables; what a table calls it, and what it is counted in. */
export const metrics = {
  contacts: { title: 'contacts', unit: 'count' },
  answered: { title: 'answered', unit: 'count' },
  abandonedPercent: { title: 'hung up', unit: 'percent' },
  turnedAwayPercent: { title: 'turned away', unit: 'percent' },
  meanWaitMs: { title: 'mean wait', unit: 'ms' },
  meanWaitAnsweredMs: { title: 'answered after', unit: 'ms' },
  waitP50Ms: { title: '50%', unit: 'ms' },
  waitP90Ms: { title: '90%', unit: 'ms' },
  waitP95Ms: { title: '95%', unit: 'ms' },
  waitP99Ms: { title: '99%', unit: 'ms' },
  serviceLevelPercent: { title: 'service level', unit: 'percent' },
  inServicePercent: { title: 'in service', unit: 'percent' },
} as const satisfies Record<string, { title: string; unit: 'count' | 'percent' | 'ms' }>;

export type MetricName = keyof typeof metrics;
export type Numbers = Readonly<Record<MetricName, number | undefined>>;

/** Of an interval of the day, over all days of the plan. */
export interface DayInterval {
  /** Milliseconds since local midnight. */
  readonly fromMs: number;
  /** That came, a day. */
  readonly contacts: number;
  readonly meanWaitMs: number | undefined;
  readonly abandonedPercent: number | undefined;
  /** Logged in and not on a break, on average. */
  readonly agents: number;
}

export interface ReplicationNumbers {
  /** By type in alphabetical order; `all` comes last. */
  readonly groups: ReadonlyMap<string, Numbers>;
  readonly day: readonly DayInterval[];
  /** Of everybody who queued, rising. */
  readonly waitsMs: Float64Array;
  /** Still waiting when nobody was left to serve them: in no number above but the contacts. */
  readonly leftOver: number;
}

export interface CountingRules {
  readonly warmUpMs: number;
  readonly serviceLevel: ServiceLevelRule;
  readonly intervalMs: number;
  /** Of local midnight before a time. */
  readonly midnightOf: (at: number) => number;
}

export function numbersOf(plan: Plan, ledger: CallLedger, rules: CountingRules): ReplicationNumbers {
  const from = plan.startsAt + rules.warmUpMs;
  const counted = [...ledger.entries()].filter(({ planned }) => planned.arrivedAt >= from);
  const byType = [...groupBy(counted, ({ planned }) => planned.type)].sort(([a], [b]) => (a < b ? -1 : 1));
  const window = { from, to: plan.contacts.at(-1)!.arrivedAt };
  const inServicePercent = inService(plan, ledger, window);
  const groups = new Map<string, Numbers>();
  for (const [type, entries] of byType) groups.set(type, groupNumbers(entries, rules.serviceLevel, undefined));
  groups.set('all', groupNumbers(counted, rules.serviceLevel, inServicePercent));
  return {
    groups,
    day: overTheDay(plan, counted, window, rules),
    waitsMs: Float64Array.from(counted.filter(hasWaited), ({ waitMs }) => waitMs!).sort(),
    leftOver: counted.filter(({ fate }) => fate === 'leftOver').length,
  };
}

function groupNumbers(
  entries: readonly Entry[],
  rule: ServiceLevelRule,
  inServicePercent: number | undefined,
): Numbers {
  const outcomes = entries.filter(hasWaited).map(({ waitMs, fate }) => ({
    waitMs: waitMs!,
    answered: fate !== 'abandoned',
  }));
  const summary = summarise(outcomes, rule);
  const turnedAway = entries.filter(({ fate }) => fate === 'turnedAway').length;
  return {
    contacts: entries.length,
    answered: summary.answered,
    abandonedPercent: percentOf(summary.abandoned, outcomes.length + turnedAway),
    turnedAwayPercent: percentOf(turnedAway, outcomes.length + turnedAway),
    meanWaitMs: summary.meanWaitMs,
    meanWaitAnsweredMs: summary.meanWaitAnsweredMs,
    waitP50Ms: summary.waitMs.p50,
    waitP90Ms: summary.waitMs.p90,
    waitP95Ms: summary.waitMs.p95,
    waitP99Ms: summary.waitMs.p99,
    serviceLevelPercent: summary.serviceLevelPercent,
    inServicePercent,
  };
}

/** Left over: how long they would have waited is not known. */
function hasWaited({ fate }: Entry): boolean {
  return fate === 'answered' || fate === 'connected' || fate === 'abandoned';
}

/** Of the time in which agents could have had a contact, for each that they can have at once. */
function inService(plan: Plan, ledger: CallLedger, window: Interval): number | undefined {
  let busyMs = 0;
  for (const { planned, fate, waitMs } of ledger.entries()) {
    if (fate !== 'answered' && fate !== 'connected') continue;
    const from = planned.arrivedAt + waitMs!;
    busyMs += overlapMs(window, { from, to: from + planned.serviceMs });
  }
  const thereMs = plan.agents.reduce((sum, agent) => sum + atOnce(agent) * thereOf(agent.shifts, window), 0);
  return percentOf(busyMs, thereMs);
}

function thereOf(shifts: Plan['agents'][number]['shifts'], window: Interval): number {
  let ms = 0;
  for (const shift of shifts) {
    ms += overlapMs(window, shift);
    for (const pause of shift.breaks) ms -= overlapMs(window, pause);
  }
  return ms;
}

function overTheDay(
  plan: Plan,
  counted: readonly Entry[],
  window: Interval,
  { intervalMs, midnightOf }: CountingRules,
): DayInterval[] {
  const inDay = (at: number) => Math.floor((at - midnightOf(at)) / intervalMs);
  const days = midnights(window, midnightOf);
  const byInterval = groupBy(counted, ({ planned }) => inDay(planned.arrivedAt));
  return [...byInterval]
    .sort(([a], [b]) => a - b)
    .map(([interval, entries]) => {
      const waited = entries.filter(hasWaited);
      const fromMs = interval * intervalMs;
      const agentsMs = days.reduce((sum, midnight) => {
        const of = { from: midnight + fromMs, to: midnight + fromMs + intervalMs };
        return sum + plan.agents.reduce((all, { shifts }) => all + thereOf(shifts, of), 0);
      }, 0);
      return {
        fromMs,
        contacts: entries.length / days.length,
        meanWaitMs: mean(waited.map(({ waitMs }) => waitMs!)),
        abandonedPercent: percentOf(entries.filter(({ fate }) => fate === 'abandoned').length, entries.length),
        agents: agentsMs / (intervalMs * days.length),
      };
    })
    .filter(({ fromMs }) => fromMs >= 0 && window.to >= window.from);
}

/** Of each day that the window reaches into. A day has 23 to 25 hours. */
function midnights({ from, to }: Interval, midnightOf: CountingRules['midnightOf']): number[] {
  const found: number[] = [];
  for (let at = midnightOf(from); at <= to; at = midnightOf(at + 36 * 3_600_000)) found.push(at);
  return found;
}

function overlapMs(a: Interval, b: Interval): number {
  return Math.max(0, Math.min(a.to, b.to) - Math.max(a.from, b.from));
}

/** Of waits in rising order, as `percentile` counts. */
export function waitAt(waitsMs: Float64Array, percent: number): number | undefined {
  return percentile(waitsMs as unknown as readonly number[], percent);
}
