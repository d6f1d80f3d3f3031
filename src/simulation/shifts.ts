// When each agent of a recording was there, and when not, although nothing in the recording says so.
//
// A shift goes from the beginning of the first call of the day that names the agent to the end of the last. Between two
// calls there is a gap. If, in a gap, a caller whom the agent could have served waited for longer than a tolerance, the
// agent was not free: they were writing something up, or away. The whole gap then was a pause. Without pauses the agents
// of a replay are far more at hand than those of the recording were.
//
//   shifts   there are none
//   breaks   at the times at which they were: who is done with a call sooner than in the recording is free until then
//   pauses   after the call of the same number, for as long as it was: what a pause was for is mostly the call before it
//
// What an agent can serve is what they did serve,
// on that day or on all days.
//
// A call without any service says nothing of where the agent was, so it neither begins a shift nor parts a gap.
//
// Known limits: a gap in which nobody waited may have been a break all the same; a shift in two parts (after midnight
// and again in the evening) is one long gap, a break if anybody waited in it.

import { firstIndex } from '../first-index.ts';
import { groupBy } from '../group-by.ts';
import type { Mapping } from './mapping.ts';
import type { Interval } from './plan.ts';
import type { RecordedCall } from './recorded-call.ts';

export interface Shift extends Interval {
  readonly agent: string;
  readonly day: string;
  /** In alphabetical order. */
  readonly types: readonly string[];
  /** In order, apart from each other, inside the shift; none but under `breaks`. */
  readonly breaks: readonly Interval[];
  /** After the first call, the second and so on; 0: none. Empty but under `pauses`. */
  readonly pausesMs: readonly number[];
}

export const availabilities = ['shifts', 'breaks', 'pauses'] as const;
export type Availability = (typeof availabilities)[number];

export interface ShiftRules {
  readonly serve: 'sameDay' | 'allDays';
  readonly availability: Availability;
  readonly breakToleranceMs: number;
}

/** As a mapping has them; `usual` is what is made of agents who may pause. */
export function shiftRulesOf({ agents }: Mapping, usual: Availability): ShiftRules {
  return {
    serve: agents?.serve ?? 'sameDay',
    availability: agents?.breaks === false ? 'shifts' : usual,
    breakToleranceMs: agents?.breakToleranceMs ?? 5_000,
  };
}

/** In order of their beginning. */
export function shiftsOf(calls: readonly RecordedCall[], rules: ShiftRules): Shift[] {
  const days = groupBy(calls, (call) => call.day);
  const allDays = typesServed(calls);
  const shifts: Shift[] = [];
  for (const [day, callsOfDay] of days) {
    const typesOfAgent = rules.serve === 'allDays' ? allDays : typesServed(callsOfDay);
    const waits = new WaitingTimes(callsOfDay);
    const named = callsOfDay.filter((call) => call.agent !== undefined && call.serviceMs! > 0);
    for (const [agent, served] of groupBy(named, (call) => call.agent!)) {
      const busy = merged(
        served.map((call) => ({ from: call.serviceStartAt!, to: call.serviceStartAt! + call.serviceMs! })),
      );
      const types = [...typesOfAgent.get(agent)!].sort();
      const gaps = gapsOf(busy);
      const away =
        rules.availability === 'shifts'
          ? []
          : gaps.filter((gap) => waits.anyDuring(gap, types, rules.breakToleranceMs));
      const breaks = rules.availability === 'breaks' ? away : [];
      const pausesMs = rules.availability === 'pauses' ? pausesAfter(served, away) : [];
      shifts.push({ agent, day, from: busy[0]!.from, to: busy.at(-1)!.to, types, breaks, pausesMs });
    }
  }
  return shifts.sort((a, b) => a.from - b.from || (a.agent < b.agent ? -1 : 1));
}

/** The waits of a day by type, in order of arrival, to be asked what overlaps a gap. */
class WaitingTimes {
  readonly #byType: ReadonlyMap<string, { readonly waits: readonly Interval[]; readonly longestMs: number }>;

  constructor(calls: readonly RecordedCall[]) {
    const byType = new Map<string, { waits: Interval[]; longestMs: number }>();
    for (const [type, ofType] of groupBy(calls, (call) => call.type)) {
      const waits = ofType
        .filter((call) => call.waitMs > 0)
        .map((call) => ({ from: call.arrivedAt, to: call.arrivedAt + call.waitMs }))
        .sort((a, b) => a.from - b.from);
      byType.set(type, { waits, longestMs: waits.reduce((longest, { from, to }) => Math.max(longest, to - from), 0) });
    }
    this.#byType = byType;
  }

  /** Whether somebody of these types waited for more than the tolerance inside the gap. */
  anyDuring(gap: Interval, types: readonly string[], toleranceMs: number): boolean {
    for (const type of types) {
      const of = this.#byType.get(type);
      if (of === undefined) continue;
      const earliest = gap.from - of.longestMs;
      const first = firstIndex(of.waits.length, (at) => of.waits[at]!.from >= earliest);
      for (let index = first; index < of.waits.length; index++) {
        const wait = of.waits[index]!;
        if (wait.from >= gap.to) break;
        if (Math.min(wait.to, gap.to) - Math.max(wait.from, gap.from) > toleranceMs) return true;
      }
    }
    return false;
  }
}

function typesServed(calls: readonly RecordedCall[]): Map<string, Set<string>> {
  const types = new Map<string, Set<string>>();
  for (const call of calls) {
    if (call.agent === undefined) continue;
    const known = types.get(call.agent);
    if (known === undefined) types.set(call.agent, new Set([call.type]));
    else known.add(call.type);
  }
  return types;
}

/** Intervals that overlap or touch become one. */
function merged(intervals: readonly Interval[]): Interval[] {
  const result: { from: number; to: number }[] = [];
  for (const { from, to } of [...intervals].sort((a, b) => a.from - b.from)) {
    const last = result.at(-1);
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else result.push({ from, to });
  }
  return result;
}

/** Of the calls in the order in which they began: those that overlap have nothing between them. */
function pausesAfter(served: readonly RecordedCall[], gaps: readonly Interval[]): number[] {
  const begun = served.map((call) => call.serviceStartAt!).sort((a, b) => a - b);
  const pausesMs = begun.map(() => 0);
  for (const { from, to } of gaps) {
    const next = begun.findIndex((at) => at >= to);
    if (next > 0) pausesMs[next - 1] = to - from;
  }
  return pausesMs;
}

function gapsOf(busy: readonly Interval[]): Interval[] {
  return busy.slice(1).map((next, index) => ({ from: busy[index]!.to, to: next.from }));
}
