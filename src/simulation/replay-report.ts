// The report of a replay: what was recorded beside what was replayed, for each type and in all, over the whole and by hour
// of arrival, the account of every contact, and what to be warned of. Pure: an outcome in, an object out; replay-table.ts prints it.

import { groupBy } from '../group-by.ts';
import type { Zone } from '../zone.ts';
import type { Entry } from './call-ledger.ts';
import { type EstimateErrors, estimateErrors } from './estimate-errors.ts';
import type { ReplayOutcome } from './replay.ts';
import type { PlannedCall, ReplayPlan } from './replay-plan.ts';
import { recordedMsOf, type Speed } from './replay-setting.ts';
import { type Outcome, type ServiceLevelRule, type Summary, summarise } from './statistics.ts';

export interface ReportGroup {
  /** `all` for everybody. */
  readonly type: string;
  readonly recorded: Summary;
  readonly replayed: Summary;
  /** Waited until nobody was left to serve them: in no number of `replayed`. */
  readonly leftOver: number;
}

export interface HourGroup extends ReportGroup {
  /** Of the day, 0 to 23, in the recording's zone; of all days together. */
  readonly hour: number;
}

export interface ReplayReport {
  readonly runId: string;
  readonly speed: Speed;
  readonly serviceLevel: ServiceLevelRule;
  /** False for a generated day, where `recorded` says nothing. */
  readonly wasRecorded: boolean;
  readonly recordedMs: number;
  readonly wallMs: number;
  readonly contactsPerSecond: number;
  readonly groups: readonly ReportGroup[];
  /** In the order of `groups`, and of the hours in each. */
  readonly hours: readonly HourGroup[];
  readonly account: {
    readonly balanced: boolean;
    readonly why: string;
    readonly planned: number;
    readonly created: number;
    readonly answered: number;
    readonly abandoned: number;
    readonly leftOver: number;
    readonly refused: number;
    readonly stillThere: readonly string[];
    readonly anomalies: readonly string[];
    readonly problems: readonly string[];
  };
  readonly latency: {
    readonly samples: number;
    readonly meanMs: number | undefined;
    readonly p95Ms: number | undefined;
    /** The mean in recorded time; undefined at `max`, where it counts for nothing. */
    readonly recordedMs: number | undefined;
  };
  /** Of all; undefined where none was told, as at `max`. */
  readonly estimates: EstimateErrors | undefined;
  readonly lateMs: { readonly mean: number; readonly max: number } | undefined;
  readonly connectionsLost: number;
  readonly offersMissed: number;
  readonly stopped: boolean;
  readonly warnings: readonly string[];
}

export interface ReportInput {
  readonly runId: string;
  readonly speed: Speed;
  readonly serviceLevel: ServiceLevelRule;
  readonly wasRecorded: boolean;
  /** Whose hours they are. */
  readonly zone: Zone;
  readonly plan: ReplayPlan;
  readonly outcome: ReplayOutcome<PlannedCall>;
}

/** Past this much recorded time, waits say more of the speed than of the day. */
const tellingMs = 1_000;

export function reportOf({ runId, speed, serviceLevel, wasRecorded, zone, plan, outcome }: ReportInput): ReplayReport {
  const { ledger, wallMs, stillThere } = outcome;
  const { planned, created, answered, abandoned, leftOver, refused } = ledger.totals();
  const { balanced, why } = ledger.balance(outcome.stopped);
  const { samples, meanMs, p95Ms } = outcome.latency;
  const recordedMs = meanMs === undefined ? undefined : recordedMsOf(meanMs, speed);
  const typed = byType([...ledger.entries()]);
  return {
    runId,
    speed,
    serviceLevel,
    wasRecorded,
    recordedMs: plan.endsAt - plan.startsAt,
    wallMs,
    contactsPerSecond: wallMs === 0 ? 0 : (1000 * created) / wallMs,
    groups: typed.map(({ type, entries }) => groupOf(type, entries, serviceLevel)),
    hours: typed.flatMap(({ type, entries }) => hoursOf(type, entries, zone, serviceLevel)),
    account: {
      balanced: balanced && stillThere.length === 0 && outcome.problemCount === 0,
      why,
      planned,
      created,
      answered,
      abandoned,
      leftOver,
      refused,
      stillThere,
      anomalies: ledger.anomalies,
      problems: outcome.problems,
    },
    latency: { samples, meanMs, p95Ms, recordedMs },
    estimates: estimateErrors(ledger.entries()),
    lateMs: outcome.lateMs,
    connectionsLost: outcome.connectionsLost,
    offersMissed: outcome.offersMissed,
    stopped: outcome.stopped,
    warnings: warningsOf(outcome, speed),
  };
}

type CallEntry = Entry<PlannedCall>;

/** In alphabetical order; `all` comes last. */
function byType(entries: readonly CallEntry[]): { type: string; entries: readonly CallEntry[] }[] {
  const sorted = [...groupBy(entries, ({ planned }) => planned.type)].sort(([a], [b]) => (a < b ? -1 : 1));
  return [...sorted, ['all', entries] as const].map(([type, of]) => ({ type, entries: of }));
}

function hoursOf(type: string, entries: readonly CallEntry[], zone: Zone, rule: ServiceLevelRule): HourGroup[] {
  const byHour = groupBy(entries, ({ planned }) => zone.partsAt(planned.arrivedAt).hour);
  return [...byHour].sort(([a], [b]) => a - b).map(([hour, of]) => ({ hour, ...groupOf(type, of, rule) }));
}

function groupOf(type: string, entries: readonly CallEntry[], rule: ServiceLevelRule): ReportGroup {
  const recorded: Outcome[] = [];
  const replayed: Outcome[] = [];
  let leftOver = 0;
  for (const { planned, fate, waitMs } of entries) {
    const { call } = planned;
    recorded.push({ waitMs: call.waitMs, answered: call.outcome === 'served' });
    if (fate === 'leftOver') leftOver++;
    else if (fate === 'answered' || fate === 'connected' || fate === 'abandoned')
      replayed.push({ waitMs: waitMs!, answered: fate !== 'abandoned' });
  }
  return { type, recorded: summarise(recorded, rule), replayed: summarise(replayed, rule), leftOver };
}

/** What makes the replayed waits differ for no reason of the day's own. */
function warningsOf(outcome: ReplayOutcome, speed: Speed): string[] {
  const warnings: string[] = [];
  const latency = latencyWarning(outcome.latency.meanMs, speed);
  if (latency !== undefined) warnings.push(latency);
  const { lateMs } = outcome;
  if (lateMs !== undefined && lateMs.mean > tellingMs)
    warnings.push(
      `this machine could not keep the pace: events were ${seconds(lateMs.mean)} of recorded time late on average`,
    );
  if (outcome.connectionsLost > 0)
    warnings.push(`${outcome.connectionsLost} connections were lost and came back: recorded time went on meanwhile`);
  if (outcome.offersMissed > 0)
    warnings.push(`${outcome.offersMissed} offers were gone before the simulated agent answered`);
  return warnings;
}

/** Undefined while the router's own latency is no more than a second of recorded time. */
export function latencyWarning(meanMs: number | undefined, speed: Speed): string | undefined {
  if (typeof speed !== 'number' || meanMs === undefined || meanMs * speed <= tellingMs) return undefined;
  return (
    `the router's own latency, ${meanMs.toFixed(1)} ms on average, counts for ${seconds(meanMs * speed)} of recorded ` +
    `time at this speed: choose --speed ${Math.max(1, Math.floor(tellingMs / meanMs))} or less`
  );
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
