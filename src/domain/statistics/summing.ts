// Facts of many ticks into one row for each interval: what is kept of an interval that is not over, and what a start has to read, is
// as long as there are queues and agents, and not as many rows as there were ticks.
//
//   a row of facts a tick ─▶ countedTicksMax of them ─▶ their sums, a row ─▶ both are removed once the interval is folded

import { countedTicksMax } from '../../limits.ts';
import type { Row, TableReader, TableWriter } from '../module.ts';
import { everyRow } from '../rows.ts';
import type { Plans } from '../schedules/plans.ts';
import { agentCounters, type CounterNames, Counters, queueCounters } from './counters.ts';
import type { CountedRow } from './facts.ts';
import { Intervals, type Part } from './intervals.ts';
import { countedSumsTable, countedTable } from './tables.ts';

/** By id, in lists: an id may be any text. */
type ById<Value> = readonly (readonly [id: string, value: Value])[];

interface SumsRow {
  readonly queues: ById<Row>;
  readonly agents: ById<Row>;
  /** Until when the time of agents was counted; in the last interval of those that were summed together. */
  readonly countedTo?: ById<number>;
}

/** Until when the time of each agent was counted. */
export type CountedTo = Map<string, number>;

export class Summing {
  readonly #intervals: Intervals;
  readonly #plans: Plans;
  readonly #ticksMax: number;
  /** Ticks that have a row of facts. */
  #ticks = 0;

  /** `ticksMax`: how many ticks have rows of facts before these are summed. */
  constructor(intervals: Intervals, plans: Plans, ticksMax = countedTicksMax) {
    this.#intervals = intervals;
    this.#plans = plans;
    this.#ticksMax = ticksMax;
  }

  /** All sums and all facts, into the counters; whether there are any of intervals that are complete. */
  load(tables: TableReader, countedTo: CountedTo): boolean {
    const intervals = this.#intervals;
    let areOld = false;
    for (const { key, row } of everyRow(tables, countedSumsTable)) {
      const [start] = key as readonly [number, number];
      const { queues, agents, countedTo: to = [] } = row as unknown as SumsRow;
      for (const [agentId, at] of to) later(countedTo, agentId, at);
      if (start < intervals.foldedTo) areOld = true;
      else {
        const interval = intervals.make(start);
        merge(interval.queues, queues, queueCounters);
        merge(interval.agents, agents, agentCounters);
      }
    }
    this.#ticks = 0;
    for (const { row } of everyRow(tables, countedTable)) {
      const counted = row as unknown as CountedRow;
      this.#ticks += 1;
      areOld ||= counted.at < intervals.foldedTo;
      apply(counted, intervals, countedTo);
    }
    return areOld;
  }

  /** The tick is to have a row of facts: before it is there, those of the oldest are summed where there are many. */
  tickComes(tick: number, tables: TableWriter): void {
    if (this.#ticks >= this.#ticksMax) this.#sum(tick, tables);
    this.#ticks += 1;
  }

  /** What is in rows of intervals: so many at a time; how many went. */
  removeOld(atMost: number, tables: TableWriter): number {
    const { foldedTo } = this.#intervals;
    let removed = 0;
    for (const key of tables.keys(countedSumsTable, { limit: atMost })) {
      if ((key as readonly [number, number])[0] >= foldedTo) break;
      tables.remove(countedSumsTable, key);
      removed += 1;
    }
    if (removed === atMost) return removed;
    for (const { key, row } of tables.range(countedTable, { limit: atMost - removed })) {
      if ((row as unknown as CountedRow).at >= foldedTo) break;
      tables.remove(countedTable, key);
      this.#ticks -= 1;
      removed += 1;
    }
    return removed;
  }

  #sum(tick: number, tables: TableWriter): void {
    const sums = new Intervals(this.#plans);
    sums.foldedTo = this.#intervals.foldedTo;
    const countedTo: CountedTo = new Map();
    let last = 0;
    for (const { key, row } of tables.range(countedTable, { limit: this.#ticksMax })) {
      // Requests that were refused may have left a row in this tick, which is written whole when it settles.
      if ((key as number) >= tick) break;
      apply(row as unknown as CountedRow, sums, countedTo);
      tables.remove(countedTable, key);
      this.#ticks -= 1;
      last = key as number;
    }
    const intervals = [...sums.all()].sort((one, other) => one.start - other.start);
    intervals.forEach(({ start, queues, agents }, at) => {
      const isLast = at === intervals.length - 1;
      const row: SumsRow = {
        queues: rowsOf(queues),
        agents: rowsOf(agents),
        ...(isLast && countedTo.size > 0 && { countedTo: [...countedTo] }),
      };
      tables.put(countedSumsTable, [start, last], row as unknown as Row);
    });
  }
}

function apply(counted: CountedRow, intervals: Intervals, countedTo: CountedTo): void {
  intervals.apply(counted, (agentId, to) => later(countedTo, agentId, to));
}

function later(countedTo: CountedTo, agentId: string, at: number): void {
  countedTo.set(agentId, Math.max(countedTo.get(agentId) ?? 0, at));
}

/** But for what is complete in a row already. */
function merge<Names extends CounterNames>(
  { counts, folded }: Part<Counters<Names>>,
  rows: ById<Row>,
  names: Names,
): void {
  for (const [id, row] of rows) {
    if (folded.has(id)) continue;
    const more = Counters.of(names, row);
    const known = counts.get(id);
    if (known === undefined) counts.set(id, more);
    else known.merge(more);
  }
}

function rowsOf<Names extends CounterNames>({ counts }: Part<Counters<Names>>): ById<Row> {
  return [...counts].map(([id, counters]) => [id, counters.row()]);
}
