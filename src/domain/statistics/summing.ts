// Facts of many ticks into one row for each interval: what is kept of an interval that is not over, and what a start has to read, is
// as long as there are queues and agents, and not as many rows as there were ticks.
//
//   a row of facts a tick ─▶ countedTicksMax of them ─▶ their sums, a row ─▶ both are removed once the interval is folded
//
// The rows are kept in memory until they are summed: reading them back, many times a minute, would cost as much as summing them.

import { countedNumbersKeptMax, countedTicksMax } from '../../limits.ts';
import type { Row, TableReader, TableWriter } from '../module.ts';
import { everyRow } from '../rows.ts';
import type { Plans } from '../schedules/plans.ts';
import { agentCounters, type CounterNames, Counters, queueCounters } from './counters.ts';
import { type CountedRow, packed, unpacked } from './facts.ts';
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

/** A tick that has a row of facts. */
interface Counted {
  readonly tick: number;
  readonly at: number;
  /** Undefined: too much is kept already, so it is to be read back. */
  row: CountedRow | undefined;
}

export class Summing {
  readonly #intervals: Intervals;
  readonly #plans: Plans;
  readonly #ticksMax: number;
  readonly #numbersMax: number;
  /** In their order. */
  #ticks: Counted[] = [];
  /** Numbers in the rows that are kept. */
  #numbersKept = 0;

  /** How many ticks have rows of facts before these are summed, and how many numbers of them are kept meanwhile. */
  constructor(intervals: Intervals, plans: Plans, ticksMax = countedTicksMax, numbersMax = countedNumbersKeptMax) {
    this.#intervals = intervals;
    this.#plans = plans;
    this.#ticksMax = ticksMax;
    this.#numbersMax = numbersMax;
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
    this.#ticks = [];
    this.#numbersKept = 0;
    for (const { key, row } of everyRow(tables, countedTable)) {
      const read = row as unknown as CountedRow;
      // Lists as they are made here: what has been read is of another kind for the engine, and to look at both costs more each time.
      const counted = packed(read.at, unpacked(read));
      this.#keep(key as number, counted);
      areOld ||= counted.at < intervals.foldedTo;
      apply(counted, intervals, countedTo);
    }
    return areOld;
  }

  /** The tick is to have this row of facts: before it is there, those of the oldest are summed where there are many. */
  tickComes(tick: number, row: CountedRow, tables: TableWriter): void {
    if (this.#ticks.length >= this.#ticksMax) this.#sum(tables);
    this.#keep(tick, row);
  }

  /** The newest tick has another row. */
  tickGoesOn(row: CountedRow): void {
    const { tick, row: before } = this.#ticks.pop() as Counted;
    this.#numbersKept -= before?.facts.length ?? 0;
    this.#keep(tick, row);
  }

  #keep(tick: number, row: CountedRow): void {
    const mayKeep = this.#numbersKept < this.#numbersMax;
    if (mayKeep) this.#numbersKept += row.facts.length;
    this.#ticks.push({ tick, at: row.at, row: mayKeep ? row : undefined });
  }

  #forgetOldest(count: number): void {
    for (const { row } of this.#ticks.splice(0, count)) this.#numbersKept -= row?.facts.length ?? 0;
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
    const isNew = this.#ticks.findIndex(({ at }) => at >= foldedTo);
    const old = Math.min(isNew === -1 ? this.#ticks.length : isNew, atMost - removed);
    for (const { tick } of this.#ticks.slice(0, old)) tables.remove(countedTable, tick);
    this.#forgetOldest(old);
    return removed + old;
  }

  #sum(tables: TableWriter): void {
    const sums = new Intervals(this.#plans);
    sums.foldedTo = this.#intervals.foldedTo;
    const countedTo: CountedTo = new Map();
    let last = 0;
    for (const { tick, row } of this.#ticks.slice(0, this.#ticksMax)) {
      apply(row ?? (tables.get(countedTable, tick) as unknown as CountedRow), sums, countedTo);
      tables.remove(countedTable, tick);
      last = tick;
    }
    this.#forgetOldest(this.#ticksMax);
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
