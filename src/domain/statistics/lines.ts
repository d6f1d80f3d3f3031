// What is asked for: counters of rows and of memory, summed up to the interval that is wanted, and the numbers that follow.
//
// A page reads a bounded number of intervals and says where to go on: at which interval, behind which queue or agent.

import { statisticsIntervalMs, statisticsReadMax, statisticsRetentionMs } from '../../limits.ts';
import type { Params } from '../../protocol/methods.ts';
import { agentLine, columnsOf, queueLine } from '../../protocol/statistics.ts';
import { csvLine } from '../csv.ts';
import type { Admission, Admitted, RoutingView, TableReader } from '../module.ts';
import type { Plans } from '../schedules/plans.ts';
import type { AgentTimes } from './agent-times.ts';
import {
  type AgentCounts,
  agentCounters,
  type CounterNames,
  Counters,
  paidNames,
  type QueueCounts,
  queueCounters,
} from './counters.ts';
import { type Folding, sumOf } from './folding.ts';
import { everybody, type Intervals, type Part, spendIn } from './intervals.ts';
import { agentIntervalsTable, queueIntervalsTable } from './tables.ts';
import { percentileOf } from './wait-buckets.ts';

type Asked = Params<'statistics.query'>;
type Line = Readonly<Record<string, unknown>>;

interface Page {
  readonly lines: Line[];
  readonly cursor: { readonly cursor?: string };
}

const LIMIT_DEFAULT = 100;

export class Lines {
  readonly #intervals: Intervals;
  readonly #times: AgentTimes;
  readonly #folding: Folding;
  readonly #plans: Plans;
  readonly #routing: RoutingView;

  constructor(intervals: Intervals, times: AgentTimes, folding: Folding, plans: Plans, routing: RoutingView) {
    this.#intervals = intervals;
    this.#folding = folding;
    this.#plans = plans;
    this.#times = times;
    this.#routing = routing;
  }

  query(asked: Asked, admission: Admission): Admitted {
    const { lines, cursor } = this.#page(asked, admission);
    return { result: { [asked.of]: lines, ...cursor } };
  }

  export(asked: Asked, admission: Admission): Admitted {
    const columns = columnsOf(asked.of === 'queues' ? queueLine : agentLine);
    const { lines, cursor } = this.#page(asked, admission);
    const head = asked.cursor === undefined ? csvLine(columns) : '';
    return {
      result: { csv: head + lines.map((line) => csvLine(columns.map((name) => line[name]))).join(''), ...cursor },
    };
  }

  #page(asked: Asked, { tables, now }: Admission): Page {
    const { of, to, intervalMs, by = 'each', limit = LIMIT_DEFAULT } = asked;
    const lines: Line[] = [];
    const at = placeOf(asked.cursor);
    let read = 0;
    // What is older is not kept, and nobody has seen the future.
    const last = Math.min(to, now + 1);
    const kept = now - statisticsRetentionMs - 86_400_000;
    const first = asked.from + Math.max(0, Math.floor((kept - asked.from) / intervalMs)) * intervalMs;
    let after = at?.after ?? -1;
    for (let from = Math.max(first, at?.from ?? first); from < last; from += intervalMs) {
      const end = Math.min(from + intervalMs, to);
      for (const { id, place } of by === 'all' ? [{ id: everybody, place: 0 }] : this.#whom(asked, after)) {
        if (lines.length >= limit || read >= statisticsReadMax)
          return { lines, cursor: { cursor: `${from}.${after}` } };
        after = place;
        const ids = id === everybody && asked.ids !== undefined ? asked.ids : [id];
        read += ids.length * Math.ceil((Math.min(end, last) - from) / statisticsIntervalMs);
        const line = this.#line(of, id, ids, { from, to: end }, tables, now);
        if (line !== undefined) lines.push(line);
      }
      after = -1;
    }
    return { lines, cursor: {} };
  }

  *#whom({ of, ids }: Asked, after: number): Generator<{ readonly id: string; readonly place: number }, void, void> {
    if (ids !== undefined) {
      for (let place = after + 1; place < ids.length; place++) yield { id: ids[place] as string, place };
    } else if (of === 'queues') {
      for (const { queueId, handle } of this.#routing.queuesAfter(after)) yield { id: queueId, place: handle };
    } else {
      for (const { agentId, handle } of this.#routing.agentsAfter(after)) yield { id: agentId, place: handle };
    }
  }

  /** Undefined where nothing was counted. */
  #line(
    of: Asked['of'],
    id: string,
    ids: readonly string[],
    { from, to }: { readonly from: number; readonly to: number },
    tables: TableReader,
    now: number,
  ): Line | undefined {
    const sum = new Counters<CounterNames>(of === 'queues' ? queueCounters : agentCounters);
    let found = 0;
    for (let start = from; start < to && start <= now; start += statisticsIntervalMs) {
      for (const one of ids) {
        const counts = this.#countsOf(of, one, start, tables, now);
        if (counts === undefined) continue;
        sum.merge(counts);
        found += 1;
      }
    }
    if (found === 0) return undefined;
    const period = { from, to: Math.max(from, Math.min(to, now)) };
    if (of === 'queues') return queueLineOf(period, id, sum as QueueCounts);
    return agentLineOf(period, id, sum as AgentCounts);
  }

  #countsOf(of: Asked['of'], id: string, start: number, tables: TableReader, now: number): Counters | undefined {
    if (start < this.#intervals.foldedTo) {
      const [names, table] =
        of === 'queues' ? [queueCounters, queueIntervalsTable] : ([agentCounters, agentIntervalsTable] as const);
      const row = tables.get(table, [start, id]);
      return row && Counters.of<CounterNames>(names, row);
    }
    const interval = this.#intervals.at(start);
    if (of === 'queues') return inMemory(queueCounters, interval?.queues, id);
    const sum = inMemory(agentCounters, interval?.agents, id) ?? new Counters(agentCounters);
    let isThere = sum.any;
    const until = Math.min(now, start + statisticsIntervalMs);
    for (const [agentId, doing] of id === everybody ? this.#times.all() : this.#doingOf(id)) {
      const since = Math.max(doing.from, start);
      if (since >= until || agentId === everybody) continue;
      spendIn(sum, doing.state, doing.reason, until - since);
      sum.add('adherentMs', this.#plans.adherentMs(agentId, doing.state, doing.reason, since, until));
      isThere = true;
    }
    // Whose row is written has it already.
    for (const agentId of id === everybody ? this.#plans.agentsBetween(start, until) : [id]) {
      if (interval?.agents.folded.has(agentId)) continue;
      const ms = this.#folding.scheduledMs(agentId, start, until);
      sum.add('scheduledMs', ms);
      isThere ||= ms > 0;
    }
    return isThere ? sum : undefined;
  }

  #doingOf(agentId: string) {
    const doing = this.#times.of(agentId);
    return doing === undefined ? [] : [[agentId, doing] as const];
  }
}

/** A copy, to be added to. */
function inMemory<Names extends CounterNames>(
  names: Names,
  part: Part<Counters<Names>> | undefined,
  id: string,
): Counters<Names> | undefined {
  if (part === undefined) return undefined;
  if (id === everybody) return part.counts.size === 0 ? undefined : sumOf(names, part);
  const counts = part.counts.get(id);
  if (counts === undefined) return undefined;
  const copy = new Counters(names);
  copy.merge(counts);
  return copy;
}

/** A cursor that is none of ours begins at the beginning. */
function placeOf(cursor: string | undefined): { readonly from: number; readonly after: number } | undefined {
  const match = /^(\d{1,15})\.(-1|\d{1,9})$/.exec(cursor ?? '');
  return match === null ? undefined : { from: Number(match[1]), after: Number(match[2]) };
}

interface Period {
  readonly from: number;
  readonly to: number;
}

function queueLineOf(period: Period, queueId: string, counts: QueueCounts): Line {
  const sums = Object.fromEntries(queueCounters.sums.map((name) => [name, counts.sum(name)])) as Record<
    (typeof queueCounters.sums)[number],
    number
  >;
  const { offered, answered, answeredWithin, abandoned, abandonedShort, abandonedWithin, handled } = sums;
  const longestAnswered = counts.largest('answeredWaitMsMax');
  const longestAbandoned = counts.largest('abandonedWaitMsMax');
  const answeredAfter = (percent: number) =>
    percentileOf(counts.waits('answeredWaits'), percent, longestAnswered) ?? null;
  const both = answered + abandoned;
  return {
    ...period,
    ...(queueId !== everybody && { queueId }),
    ...sums,
    ...paidOf(counts, paidNames),
    serviceLevelPercent: percent(answeredWithin, both - abandonedShort),
    serviceLevelAllPercent: percent(answeredWithin, both),
    serviceLevelAnsweredPercent: percent(answeredWithin, answered),
    serviceLevelEitherPercent: percent(answeredWithin + abandonedWithin, both),
    serviceLevelOfferedPercent: percent(answeredWithin, offered),
    abandonedPercent: percent(abandoned, both),
    abandonedLongPercent: percent(abandoned - abandonedShort, both - abandonedShort),
    averageAnswerMs: average(sums.answeredWaitMs, answered),
    answeredWaitMsMax: longestAnswered,
    waitP50Ms: answeredAfter(50),
    waitP90Ms: answeredAfter(90),
    waitP95Ms: answeredAfter(95),
    averageAbandonMs: average(sums.abandonedWaitMs, abandoned),
    abandonedWaitMsMax: longestAbandoned,
    abandonP50Ms: percentileOf(counts.waits('abandonedWaits'), 50, longestAbandoned) ?? null,
    averageHandleMs: average(sums.talkMs + sums.holdMs + sums.wrapUpMs, handled),
  };
}

function agentLineOf(period: Period, agentId: string, counts: AgentCounts): Line {
  const sums = Object.fromEntries(agentCounters.sums.map((name) => [name, counts.sum(name)])) as Record<
    (typeof agentCounters.sums)[number],
    number
  >;
  const { readyMs, notReadyMs, ringingMs, inServiceMs, wrappingUpMs } = sums;
  const busyMs = ringingMs + inServiceMs + wrappingUpMs;
  const loggedInMs = busyMs + readyMs + notReadyMs;
  return {
    ...period,
    ...sums,
    ...(agentId !== everybody && { agentId, loggedOutMs: period.to - period.from - loggedInMs }),
    loggedInMs,
    notReadyByReason: Object.fromEntries(counts.reasons),
    ...paidOf(counts, paidToAgents),
    occupancyPercent: percent(busyMs, readyMs + busyMs),
    utilisationPercent: percent(busyMs, loggedInMs),
    averageHandleMs: average(sums.talkMs + sums.holdMs + sums.wrapUpMs, sums.handled),
    adherencePercent: percent(sums.adherentMs, sums.scheduledMs),
  };
}

/** What is given back is counted of queues. */
const paidToAgents = paidNames.filter((name) => name !== 'refunded');

function paidOf({ paid }: QueueCounts | AgentCounts, names: readonly (typeof paidNames)[number][]) {
  if (paid === undefined) return {};
  const shown = (sums: readonly number[]) => Object.fromEntries(names.map((name, at) => [name, sums[at] as number]));
  return { paid: Object.fromEntries(paid.map(([currency, sums]) => [currency, shown(sums)])) };
}

/** Two decimals. */
function percent(part: number, whole: number): number | null {
  return whole === 0 ? null : Math.round((10_000 * part) / whole) / 100;
}

function average(sum: number, of: number): number | null {
  return of === 0 ? null : Math.round(sum / of);
}
