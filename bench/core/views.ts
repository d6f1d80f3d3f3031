// What the cases of the core's benchmark say together: how a decision grows with the agents.

import { type Axis, type PlotLine, svgOf } from '../../src/simulation/plot.ts';
import { type Chart, must, type Row } from '../harness/benchmark.ts';
import { areToldApart } from '../harness/compare.ts';
import type { BenchmarkResult, CaseResult, Series } from '../harness/results.ts';
import { spreadOf } from '../harness/statistics.ts';
import { text } from '../harness/tables.ts';

/** The fact of each case that is counted, not timed. */
export const touchedName = 'records and heap entries touched, a decision';

/** At most so many times as many from the smallest size to the largest. */
const touchedGrowthMax = 2;

/** What becomes of a decision from the smallest size to the largest. */
export function growth({ cases }: BenchmarkResult): Readonly<Record<string, readonly Row[]>> {
  const rows = bySize(cases).map(({ kind, own, first, last }) => ({
    '': kind,
    from: Number(first.parameters.agents).toLocaleString('en'),
    to: Number(last.parameters.agents).toLocaleString('en'),
    'touched, by size': own.map(touchedOf).join(' → '),
    'times as many': text(touchedOf(last) / touchedOf(first)),
    ...timesOf(first, last),
  }));
  return { Growth: rows };
}

/** What is touched is counted and not timed, so it is the same on every machine, and too much of it is a wrong answer. */
export function growthChecked({ cases }: BenchmarkResult): readonly string[] {
  for (const { kind, own, first, last } of bySize(cases)) {
    const holds = touchedOf(last) <= touchedGrowthMax * touchedOf(first);
    must(holds, `${kind}: at most ${touchedGrowthMax} times as much is touched (${own.map(touchedOf).join(' → ')})`);
  }
  return [`at most ${touchedGrowthMax} times as much is touched at the largest size as at the smallest`];
}

/** The cases that differ in size alone, from the smallest to the largest. */
function bySize(cases: readonly CaseResult[]) {
  return [...new Set(cases.map(kindOf))].flatMap((kind) => {
    const own = cases.filter((of) => kindOf(of) === kind);
    const [first, last] = [own[0], own.at(-1)];
    return first === undefined || last === undefined || first === last ? [] : [{ kind, own, first, last }];
  });
}

/** How much longer the last size takes than the first; and whether that is another factor for the core than for its twin. */
function timesOf(first: CaseResult, last: CaseResult): Row {
  const seriesOf = (subject: string) =>
    [first, last].map(({ series }) => series.find((one) => one.subject === subject));
  const [before, after] = seriesOf('core.wasm');
  const [twinBefore, twinAfter] = seriesOf('C++');
  const grown = (from: Series, to: Series) => text(spreadOf(to.values).median / spreadOf(from.values).median);
  const core = { 'core.wasm, times the ns': grown(before!, after!) };
  if (twinBefore === undefined || twinAfter === undefined) return core;
  const [few, many] = [before!.ratios!, after!.ratios!];
  const isMore = spreadOf(many).median > spreadOf(few).median;
  return {
    ...core,
    'C++, times the ns': grown(twinBefore, twinAfter),
    'core.wasm to C++': `${text(spreadOf(few).median)} → ${text(spreadOf(many).median)}`,
    'grows with the agents': areToldApart(few, many) ? (isMore ? 'more than C++' : 'less than C++') : 'not told apart',
  };
}

/** Nanoseconds and records touched over the number of agents. */
export function charts({ cases }: BenchmarkResult): readonly Chart[] {
  const x: Axis = {
    title: 'agents, and waiting contacts',
    isLog: true,
    format: (agents) => agents.toLocaleString('en', { notation: 'compact' }),
  };
  const nanoseconds: Axis = { title: 'ns, log', isLog: true, format: (ns) => ns.toLocaleString('en') };
  const kindsOf = (of: readonly CaseResult[]) => [...new Set(of.map(({ parameters }) => String(parameters.world)))];
  const names = [...new Set(cases.map(({ parameters }) => String(parameters.topology)))];
  const times = names.map((name) => {
    const own = cases.filter(({ parameters }) => parameters.topology === name);
    const lines = kindsOf(own).flatMap((world) =>
      ['core.wasm', 'C++'].map((subject) => ({
        name: `${world}: ${subject}`,
        points: own
          .filter(({ parameters }) => parameters.world === world)
          .flatMap(({ parameters, series }) => {
            const found = series.find((one) => one.subject === subject);
            if (found === undefined) return [];
            const { median, min, max } = spreadOf(found.values);
            return [{ x: Number(parameters.agents), y: median, low: min, high: max }];
          }),
      })),
    );
    const title = `core, ${name}: a decision with its create, accept and end`;
    return {
      name: `core-${name}`,
      svg: svgOf({ title, x, y: nanoseconds, lines: measured(lines) }),
    };
  });
  const lines = [...new Set(cases.map(kindOf))].map((kind) => ({
    name: kind,
    points: cases
      .filter((of) => kindOf(of) === kind)
      .map((of) => ({ x: Number(of.parameters.agents), y: touchedOf(of) })),
  }));
  const title = 'core: records and heap entries touched, a decision';
  return [
    ...times,
    {
      name: 'core-touched',
      svg: svgOf({ title, x, y: { title: 'records and heap entries touched' }, lines: measured(lines) }),
    },
  ];
}

function measured(lines: readonly PlotLine[]): readonly PlotLine[] {
  return lines.filter(({ points }) => points.length > 0).map((line) => ({ ...line, isMeasured: true }));
}

function kindOf({ parameters }: CaseResult): string {
  return `${parameters.topology}, ${parameters.world}`;
}

function touchedOf({ facts }: CaseResult): number {
  return Number(facts.Counted![0]![touchedName]);
}
