// Folding an interval of more agents than one tick takes, stopped and begun anew between any two ticks, while agents go on changing
// their states: every millisecond of every agent is in rows once.

import { expect, test } from 'vitest';
import * as layout from '../../assembly/layout.ts';
import type {
  KeyRange,
  RoutingView,
  Row,
  RowKey,
  RowRange,
  TableDeclaration,
  TableWriter,
} from '../../src/domain/module.ts';
import { Plans } from '../../src/domain/schedules/plans.ts';
import { AgentTimes } from '../../src/domain/statistics/agent-times.ts';
import { agentCounters, Counters } from '../../src/domain/statistics/counters.ts';
import { type Fact, packed } from '../../src/domain/statistics/facts.ts';
import { Folding } from '../../src/domain/statistics/folding.ts';
import { Intervals } from '../../src/domain/statistics/intervals.ts';
import { Summing } from '../../src/domain/statistics/summing.ts';
import { agentIntervalsTable, countedSumsTable, countedTable } from '../../src/domain/statistics/tables.ts';
import type { Effect } from '../../src/engine/effects.ts';
import { statisticsIntervalMs, statisticsRetentionMs, statisticsRowsPerTickMax } from '../../src/limits.ts';
import { keyOf } from '../../src/store/keys.ts';
import { Random, seedOfThisRun } from '../core/random.ts';

const agents = Math.floor(statisticsRowsPerTickMax * 2.5);
const start = 1_700_000_100_000;

/** What lasts. */
class Tables implements TableWriter {
  readonly #rows = new Map<string, { key: RowKey; row: Row }>();

  get({ id }: TableDeclaration, key: RowKey): Row | undefined {
    return this.#rows.get(keyOf(id, key))?.row;
  }

  range({ id }: TableDeclaration, { from, after, limit }: RowRange): { key: RowKey; row: Row }[] {
    const table = keyOf(id, []);
    const keys = [...this.#rows.keys()].filter(
      (key) =>
        key.startsWith(table) &&
        (from === undefined || key >= keyOf(id, from)) &&
        (after === undefined || key > keyOf(id, after)),
    );
    return keys
      .sort()
      .slice(0, limit)
      .map((key) => this.#rows.get(key)!);
  }

  keys(table: TableDeclaration, range: KeyRange): RowKey[] {
    return this.range(table, range).map(({ key }) => key);
  }

  put({ id }: TableDeclaration, key: RowKey, row: Row): void {
    this.#rows.set(keyOf(id, key), { key, row: structuredClone(row) });
  }

  remove({ id }: TableDeclaration, key: RowKey): void {
    this.#rows.delete(keyOf(id, key));
  }
}

test('rows of more agents than one tick takes are gone when they are old, also where nobody comes any more', () => {
  const tables = new Tables();
  const routing = { agentIdOf: (agent: number) => `agent${agent}`, agentStateOf: () => ({}) } as unknown as RoutingView;
  const plans = new Plans();
  const intervals = new Intervals(plans);
  const times = new AgentTimes(routing);
  const folding = new Folding(intervals, times, plans, new Summing(intervals, plans));
  folding.load(tables);
  const hour = 12 * statisticsIntervalMs;
  let now = start;
  const everybody = (code: number) => {
    for (let agent = 0; agent < agents; agent++) {
      const fact = times.changed({ kind: layout.EFFECT_AGENT_STATE, agent, code, at: now } as Effect, now);
      if (fact !== undefined) intervals.apply(packed(now, [fact]));
    }
  };
  /** As the core's timer would, until a time. */
  const foldUntil = (end: number) => {
    for (let due = folding.due(now, tables); due !== undefined && due <= end; due = folding.due(now, tables)) {
      now = Math.max(now, due);
      folding.step(now, tables);
    }
    now = end;
  };
  const first = () => tables.range(agentIntervalsTable, { limit: 1 })[0]?.key;

  everybody(layout.AGENT_READY);
  foldUntil(start + hour);
  everybody(layout.AGENT_LOGGED_OUT);
  foldUntil(start + 2 * hour);
  expect(first()).toEqual([start, '']);
  // One comes again in all the time in which the others grow old, and stays.
  now = start + statisticsRetentionMs;
  times.changed({ kind: layout.EFFECT_AGENT_STATE, agent: 0, code: layout.AGENT_READY, at: now } as Effect, now);
  foldUntil(now + 2 * hour);
  expect((first() as [number, string])[0]).toBeGreaterThan(start + 2 * hour);
  everybody(layout.AGENT_LOGGED_OUT);
  foldUntil(now + 2 * statisticsRetentionMs);
  expect(first()).toBeUndefined();
});

test('no time of any agent is lost or counted twice, wherever folding is stopped', () => {
  const seed = seedOfThisRun();
  console.log(`folding: seed ${seed} (SEED repeats it)`);
  const random = new Random(seed);
  const tables = new Tables();
  const routing = {
    agentIdOf: (agent: number) => `agent${agent}`,
    agentStateOf: () => ({ reason: 'lunch' }),
  } as unknown as RoutingView;
  /** As the core would describe it: back at an older contact is in service since it began, which is earlier than `from`. */
  const core = Array.from({ length: agents }, () => ({ code: layout.AGENT_READY, at: start, from: start }));
  const spent = core.map(() => ({ ready: 0, inService: 0 }));
  const plans = new Plans();
  const planned = core.map((_, agent) => {
    const from = start + random.between(0, 3_000_000);
    const middle = from + random.between(1, 3_000_000);
    const to = middle + random.between(1, 3_000_000);
    if (random.chance(50)) return { from, middle, to };
    plans.set(`agent${agent}`, [
      { from, to: middle, state: 'working' },
      { from: middle, to, state: 'notReady' },
    ]);
    return { from, middle, to };
  });
  let now = start;
  let tick = 0;
  let intervals!: Intervals;
  let times!: AgentTimes;
  let summing!: Summing;
  let folding!: Folding;

  const begin = () => {
    intervals = new Intervals(plans);
    times = new AgentTimes(routing);
    summing = new Summing(intervals, plans, 4, random.pick([0, 60, 1_000]));
    folding = new Folding(intervals, times, plans, summing);
    const countedTo = folding.load(tables);
    times.load(
      core.map(({ code, at }, agent) => ({ kind: layout.EFFECT_AGENT_STATE, agent, code, at }) as Effect),
      countedTo,
    );
  };
  const write = (facts: Fact[]) => {
    const row = packed(now, facts);
    intervals.apply(row);
    tick += 1;
    if (facts.length === 0) return;
    summing.tickComes(tick, row, tables);
    tables.put(countedTable, tick, row as unknown as Row);
    expect(tables.range(countedTable, { limit: 9 }).length).toBeLessThanOrEqual(4);
  };
  const spend = (agent: number) => {
    const { code, from } = core[agent]!;
    spent[agent]![code === layout.AGENT_READY ? 'ready' : 'inService'] += now - from;
  };
  const change = (agent: number): Fact[] => {
    spend(agent);
    const code = core[agent]!.code === layout.AGENT_READY ? layout.AGENT_IN_SERVICE : layout.AGENT_READY;
    const at = Math.max(start, now - random.pick([0, 0, 30_000]));
    core[agent] = { code, at, from: now };
    const fact = times.changed({ agent, code, at } as Effect, now);
    return fact === undefined ? [] : [fact];
  };

  begin();
  for (let step = 0; step < 120; step++) {
    now += random.pick([1, 1, 1_000, 40_000, 400_000]);
    const changing = new Set(Array.from({ length: random.between(0, 40) }, () => random.between(0, agents - 1)));
    write([...changing].flatMap(change));
    if (random.chance(60) && (folding.due(now, tables) ?? now + 1) <= now) folding.step(now, tables);
    if (random.chance(30)) begin();
  }
  now += 2 * statisticsIntervalMs;
  now -= now % statisticsIntervalMs;
  while ((folding.due(now, tables) ?? now + 1) <= now) {
    folding.step(now, tables);
    if (random.chance(30)) begin();
  }
  for (let agent = 0; agent < agents; agent++) spend(agent);
  const counted = core.map(() => ({ ready: 0, inService: 0 }));
  const kept = core.map(() => ({ scheduled: 0, adherent: 0 }));
  let ofAll = 0;
  for (const { key, row } of tables.range(agentIntervalsTable, { limit: Number.MAX_SAFE_INTEGER })) {
    const [, id] = key as [number, string];
    const counts = Counters.of(agentCounters, row);
    if (id === '') ofAll += counts.sum('readyMs') + counts.sum('inServiceMs');
    else {
      const sums = counted[Number(id.slice('agent'.length))]!;
      sums.ready += counts.sum('readyMs');
      sums.inService += counts.sum('inServiceMs');
      const plan = kept[Number(id.slice('agent'.length))]!;
      plan.scheduled += counts.sum('scheduledMs');
      plan.adherent += counts.sum('adherentMs');
    }
  }
  expect(counted).toEqual(spent);
  // Everybody works all the time, so what is kept to is what is planned as work.
  const until = (time: number) => Math.min(time, now);
  expect(kept).toEqual(
    planned.map(({ from, middle, to }, agent) =>
      plans.of(`agent${agent}`).length === 0
        ? { scheduled: 0, adherent: 0 }
        : { scheduled: until(to) - until(from), adherent: until(middle) - until(from) },
    ),
  );
  expect(ofAll).toBe(agents * (now - start));
  expect(tables.range(countedTable, { limit: 1 })).toEqual([]);
  expect(tables.range(countedSumsTable, { limit: 1 })).toEqual([]);
});
