// From counters in memory to rows, when an interval is over: a bounded number of them a tick, the oldest interval first.
//
//   over ─▶ a row for each queue and agent ─▶ one for all queues, one for all agents ─▶ foldedTo ─▶ its facts are removed
//
// Until `foldedTo` says that an interval is complete its facts are kept, so a stop between any two ticks loses nothing. Rows that
// are older than statisticsRetentionMs go at the same time, as many ticks as it takes, and also when nothing is counted any more.

import { downTimesMax, statisticsIntervalMs, statisticsRetentionMs, statisticsRowsPerTickMax } from '../../limits.ts';
import type { TableDeclaration, TableReader, TableWriter } from '../module.ts';
import { OldRows } from '../old-rows.ts';
import { everyRow } from '../rows.ts';
import type { Plans } from '../schedules/plans.ts';
import type { AgentTimes } from './agent-times.ts';
import { agentCounters, type CounterNames, Counters, queueCounters } from './counters.ts';
import { everybody, type Interval, type Intervals, intervalOf, type Part, planIn } from './intervals.ts';
import type { CountedTo, Summing } from './summing.ts';
import { agentIntervalsTable, foldingTable, queueIntervalsTable } from './tables.ts';

interface FoldingRow {
  readonly foldedTo: number;
  /** The last time when a router came back: nothing before it is being counted any more. */
  readonly resumedAt: number;
  /** When no router ran, as far as it may still matter. */
  readonly downTimes?: readonly DownTime[];
}

type DownTime = readonly [from: number, to: number];

const KEY = 1;

export class Folding {
  readonly #intervals: Intervals;
  readonly #times: AgentTimes;
  readonly #plans: Plans;
  readonly #summing: Summing;
  #downTimes: readonly DownTime[] = [];
  /** Nothing is planned before it that is still to be counted. */
  #plannedTo = 0;
  #resumedAt = 0;
  /** There may be facts of intervals that are complete. */
  #factsLeft = false;
  #old: OldRows[] = [];
  /** There may be rows that are older than they are kept. */
  #oldLeft = false;

  constructor(intervals: Intervals, times: AgentTimes, plans: Plans, summing: Summing) {
    this.#intervals = intervals;
    this.#times = times;
    this.#plans = plans;
    this.#summing = summing;
  }

  get resumedAt(): number {
    return this.#resumedAt;
  }

  /** Nothing is counted and nobody is there: rows alone are left, which grow old. */
  get isIdle(): boolean {
    const isPlanned = this.#plans.lastEnd > Math.max(this.#intervals.foldedTo, this.#plannedTo);
    return this.#intervals.isEmpty && this.#times.isEmpty && !isPlanned && !this.#factsLeft && !this.#oldLeft;
  }

  /** Reads rows of the intervals that are not complete, and the facts; `countedTo` is what was counted of each agent. */
  load(tables: TableReader): (agentId: string) => number {
    const {
      foldedTo = 0,
      resumedAt = 0,
      downTimes = [],
    } = (tables.get(foldingTable, KEY) ?? {}) as Partial<FoldingRow>;
    const intervals = this.#intervals;
    intervals.foldedTo = foldedTo;
    this.#resumedAt = resumedAt;
    this.#downTimes = downTimes;
    this.#plannedTo = 0;
    this.#old = [new OldRows(queueIntervalsTable), new OldRows(agentIntervalsTable)];
    for (const { start } of [...intervals.all()]) intervals.drop(start);
    readBack(tables, queueIntervalsTable, foldedTo, (start, id, row) =>
      put(intervals.make(start).queues, id, Counters.of(queueCounters, row)),
    );
    const countedTo: CountedTo = new Map();
    readBack(tables, agentIntervalsTable, foldedTo, (start, id, row) => {
      put(intervals.make(start).agents, id, Counters.of(agentCounters, row));
      countedTo.set(id, start + statisticsIntervalMs);
    });
    this.#factsLeft = this.#summing.load(tables, countedTo);
    this.#oldLeft = false;
    return (agentId) => Math.max(foldedTo, resumedAt, countedTo.get(agentId) ?? 0);
  }

  /** The first tick after a start: time before it is not counted from now on. */
  resumed(now: number, downMs: number, tables: TableWriter): void {
    this.#resumedAt = now;
    if (this.#plans.count > 0 && downMs > 0)
      this.#downTimes = [...this.#downTimes, [now - downMs, now] as const].slice(-downTimesMax);
    this.#save(tables);
  }

  /** When there is something to do next; undefined where there is nothing, not even a row. */
  due(now: number, tables: TableReader): number | undefined {
    const border = intervalOf(now);
    if (this.#factsLeft || this.#oldLeft || this.#oldest() < border) return now;
    if (!this.isIdle) return border + statisticsIntervalMs;
    const oldest = this.#old.flatMap((rows) => rows.oldest(tables) ?? []);
    if (oldest.length === 0) return undefined;
    return Math.max(now, Math.min(...oldest) + statisticsRetentionMs + 1);
  }

  /** As much as one tick may do. */
  step(now: number, tables: TableWriter): void {
    const border = intervalOf(now);
    let left = statisticsRowsPerTickMax;
    for (let start = this.#oldest(); start < border; start = this.#oldest()) {
      const interval = this.#intervals.make(start);
      left -= writePart(
        interval,
        queueIntervalsTable,
        interval.queues,
        [...interval.queues.counts.keys()],
        left,
        tables,
      );
      left -= writePart(interval, agentIntervalsTable, interval.agents, this.#agentsIn(interval), left, tables, (id) =>
        this.#completeOf(id, interval),
      );
      if (left <= 0) return;
      this.#complete(interval, tables);
    }
    if (this.#nextPlanned() === undefined) this.#plannedTo = this.#plans.lastEnd;
    left -= this.#removeFacts(left, tables);
    this.#oldLeft = false;
    for (const old of this.#old) this.#oldLeft = old.remove(now - statisticsRetentionMs, left, tables) || this.#oldLeft;
  }

  /** The start of the first interval that has anything that is in no row. */
  #oldest(): number {
    let oldest = this.#intervals.oldest()?.start ?? Number.POSITIVE_INFINITY;
    for (const [, { from }] of this.#times.all()) oldest = Math.min(oldest, intervalOf(from));
    return Math.min(oldest, intervalOf(this.#nextPlanned() ?? Number.MAX_SAFE_INTEGER));
  }

  /** When anything is planned that is in no row, and of which somebody saw whether it was kept to. */
  #nextPlanned(): number | undefined {
    for (let from = this.#intervals.foldedTo; ; ) {
      const next = this.#plans.lastEnd > from ? this.#plans.firstFrom(from) : undefined;
      const down = next === undefined ? undefined : this.#downTimes.find(([begin, end]) => begin <= next && next < end);
      if (down === undefined) return next;
      from = down[1];
    }
  }

  /** What was planned of an agent, without the time in which no router ran. */
  scheduledMs(agentId: string, from: number, to: number): number {
    let ms = this.#plans.plannedMs(agentId, from, to);
    if (ms === 0) return 0;
    for (const [begin, end] of this.#downTimes)
      if (begin < to && end > from) ms -= this.#plans.plannedMs(agentId, Math.max(begin, from), Math.min(end, to));
    return ms;
  }

  #agentsIn({ start, agents }: Interval): string[] {
    const ids = new Set(agents.counts.keys());
    const end = start + statisticsIntervalMs;
    for (const [agentId, { from }] of this.#times.all()) if (from < end) ids.add(agentId);
    for (const agentId of this.#plans.agentsBetween(start, end)) ids.add(agentId);
    return [...ids];
  }

  /**
   * What the agent is doing is counted to the end of the interval only when its row is written, and in no fact: the row says
   * so after a stop, and without the row it is as if nothing had been counted.
   */
  #completeOf(agentId: string, interval: Interval): void {
    const { start } = interval;
    const doing = this.#times.of(agentId);
    const end = start + statisticsIntervalMs;
    planIn(interval, agentId, this.scheduledMs(agentId, start, end));
    if (doing === undefined || doing.from >= end) return;
    this.#intervals.spend(agentId, doing.state, doing.reason, doing.from, end);
    this.#times.counted(agentId, doing, end);
  }

  #complete({ start, queues, agents }: Interval, tables: TableWriter): void {
    if (queues.counts.size > 0) tables.put(queueIntervalsTable, [start, everybody], sumOf(queueCounters, queues).row());
    if (agents.counts.size > 0) tables.put(agentIntervalsTable, [start, everybody], sumOf(agentCounters, agents).row());
    this.#intervals.drop(start);
    this.#intervals.foldedTo = start + statisticsIntervalMs;
    this.#factsLeft = true;
    const { foldedTo } = this.#intervals;
    this.#downTimes = this.#downTimes.filter(([, end]) => end > foldedTo);
    this.#save(tables);
  }

  #removeFacts(atMost: number, tables: TableWriter): number {
    if (!this.#factsLeft) return 0;
    const removed = this.#summing.removeOld(atMost, tables);
    this.#factsLeft = removed === atMost;
    return removed;
  }

  #save(tables: TableWriter): void {
    const row: FoldingRow = {
      foldedTo: this.#intervals.foldedTo,
      resumedAt: this.#resumedAt,
      ...(this.#downTimes.length > 0 && { downTimes: this.#downTimes }),
    };
    tables.put(foldingTable, KEY, { ...row });
  }
}

export function sumOf<Names extends CounterNames>(names: Names, part: Part<Counters<Names>>): Counters<Names> {
  const sum = new Counters(names);
  for (const counts of part.counts.values()) sum.merge(counts);
  return sum;
}

function put<Counts>({ counts, folded }: Part<Counts>, id: string, read: Counts): void {
  counts.set(id, read);
  folded.add(id);
}

/** Writes what is not written, and says how many that was. */
function writePart<Names extends CounterNames>(
  { start }: Interval,
  table: TableDeclaration,
  { counts, folded }: Part<Counters<Names>>,
  ids: readonly string[],
  atMost: number,
  tables: TableWriter,
  before: (id: string) => void = () => undefined,
): number {
  let written = 0;
  for (const id of ids.filter((id) => !folded.has(id)).sort()) {
    if (written >= atMost) break;
    before(id);
    tables.put(table, [start, id], (counts.get(id) as Counters<Names>).row());
    folded.add(id);
    written += 1;
  }
  return written;
}

function readBack(
  tables: TableReader,
  table: TableDeclaration,
  from: number,
  take: (start: number, id: string, row: Readonly<Record<string, unknown>>) => void,
): void {
  for (const { key, row } of everyRow(tables, table, [from])) {
    const [start, id] = key as [number, string];
    take(start, id, row);
  }
}
