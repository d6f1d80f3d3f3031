// What affinity costs and brings: the same days played without it and with it, at several waits. How many of those whom somebody has served
// before in their queue are served by the same agent again, beside how long everybody waits.
//
// Whom a caller knows is counted here, from who served whom, and not asked of the router: without affinity nobody is led there, and still
// some get the same agent by chance.

import type { Clock, Randomness } from '../engine/clock.ts';
import type { AffinityPolicy } from '../protocol/queue-policy.ts';
import type { Entry } from './call-ledger.ts';
import type { Plan, PlannedContact } from './plan.ts';
import { type PlotLine, svgOf } from './plot.ts';
import { runReplay } from './replay.ts';
import { mean, percentOf, serviceLevelPercent, usualServiceLevel } from './statistics.ts';
import { VirtualStage } from './virtual-stage.ts';

export interface AffinityVariant {
  readonly waits: 'off' | AffinityPolicy['waits'];
  readonly waitMs: number;
}

export interface AffinityMeasured extends AffinityVariant {
  readonly calls: number;
  /** Answered calls of callers whom an agent had served before in the same queue. */
  readonly returning: number;
  /** Of those, served by the agent who did so last. */
  readonly byKnown: number;
  readonly knownPercent: number | undefined;
  /** Of everybody, also those who hung up; and of those who had an agent, and those who had none. */
  readonly meanWaitMs: number | undefined;
  readonly meanWaitOfReturningMs: number | undefined;
  readonly meanWaitOfOthersMs: number | undefined;
  readonly hungUpPercent: number | undefined;
  readonly within20sPercent: number | undefined;
}

export function affinityVariants(waitsMs: readonly number[]): AffinityVariant[] {
  const each = (waits: AffinityPolicy['waits']) => waitsMs.map((waitMs) => ({ waits, waitMs }));
  // Who does not wait at all waits nowhere: the two are one.
  return [{ waits: 'off', waitMs: 0 }, ...each('agentOnly'), ...each('both').filter(({ waitMs }) => waitMs > 0)];
}

export function withAffinity<C extends PlannedContact>(plan: Plan<C>, { waits, waitMs }: AffinityVariant): Plan<C> {
  if (waits === 'off') return plan;
  return { ...plan, queues: plan.queues.map((queue) => ({ ...queue, affinity: { waits, waitMs } })) };
}

export async function playAffinity(
  plan: Plan,
  variant: AffinityVariant,
  { clock, randomness, prefix }: { readonly clock: Clock; readonly randomness: Randomness; readonly prefix: string },
): Promise<AffinityMeasured> {
  const stage = new VirtualStage({ clock, randomness });
  const { ledger, problems } = await runReplay({ stage, plan: withAffinity(plan, variant), prefix });
  if (problems.length > 0) throw new Error(`with affinity ${variant.waits}: ${problems[0]}`);
  return { ...variant, ...measured([...ledger.entries()]) };
}

/** Of what became of all calls. */
export function measured(entries: readonly Entry[]): Omit<AffinityMeasured, keyof AffinityVariant> {
  const over = entries.filter(({ waitMs }) => waitMs !== undefined);
  const knownAgents = new Map<string, string>();
  const returning: Entry[] = [];
  const others: Entry[] = [];
  let answered = 0;
  let byKnown = 0;
  // As they were answered, or hung up.
  for (const entry of [...over].sort((one, other) => overAt(one) - overAt(other))) {
    const { planned, agentId } = entry;
    const { identity, queueId } = planned.wishes;
    const key = identity === undefined ? undefined : `${queueId}\n${identity.scheme}\n${identity.value}`;
    const known = key === undefined ? undefined : knownAgents.get(key);
    (known === undefined ? others : returning).push(entry);
    if (agentId === undefined) continue;
    if (known !== undefined) answered += 1;
    if (known === agentId) byKnown += 1;
    if (key !== undefined) knownAgents.set(key, agentId);
  }
  return {
    calls: over.length,
    returning: answered,
    byKnown,
    knownPercent: percentOf(byKnown, answered),
    meanWaitMs: meanWaitOf(over),
    meanWaitOfReturningMs: meanWaitOf(returning),
    meanWaitOfOthersMs: meanWaitOf(others),
    hungUpPercent: percentOf(over.filter(({ agentId }) => agentId === undefined).length, over.length),
    within20sPercent: serviceLevelPercent(
      over.map(({ agentId, waitMs }) => ({ answered: agentId !== undefined, waitMs: waitMs! })),
      usualServiceLevel,
    ),
  };
}

function overAt({ planned, waitMs }: Entry): number {
  return planned.arrivedAt + waitMs!;
}

function meanWaitOf(entries: readonly Entry[]): number | undefined {
  return mean(entries.map(({ waitMs }) => waitMs!));
}

/** Share served by whom they know against the mean wait of all, a point for each wait. */
export function affinityPlot(all: readonly AffinityMeasured[], subtitle: string): string {
  const lineOf = (name: string, waits: AffinityVariant['waits']): PlotLine => ({
    name,
    points: all
      .filter((one) => one.waits === waits && one.knownPercent !== undefined && one.meanWaitMs !== undefined)
      .map(({ knownPercent, meanWaitMs }) => ({ x: meanWaitMs! / 1000, y: knownPercent! })),
    isMeasured: true,
  });
  return svgOf({
    title: 'Served by the agent whom the caller knows, against the mean wait of all',
    subtitle,
    x: { title: 'mean wait of all callers, seconds' },
    y: { title: 'percent of returning callers' },
    lines: [
      lineOf('without affinity', 'off'),
      lineOf('waits for that agent only', 'agentOnly'),
      lineOf('waits in both places', 'both'),
    ].filter(({ points }) => points.length > 0),
  });
}

export function affinityTable(all: readonly AffinityMeasured[]): string {
  const seconds = (ms: number | undefined) => (ms === undefined ? '–' : `${(ms / 1000).toFixed(1)} s`);
  const percent = (of: number | undefined) => (of === undefined ? '–' : `${of.toFixed(1)}%`);
  const head = [
    'affinity',
    'waits',
    'by whom they know',
    'mean wait',
    'of returning',
    'of others',
    'hung up',
    'within 20 s',
  ];
  const rows = all.map((one) => [
    one.waits,
    one.waits === 'off' ? '–' : `${one.waitMs / 1000} s`,
    percent(one.knownPercent),
    seconds(one.meanWaitMs),
    seconds(one.meanWaitOfReturningMs),
    seconds(one.meanWaitOfOthersMs),
    percent(one.hungUpPercent),
    percent(one.within20sPercent),
  ]);
  const rule = head.map(() => '---');
  return [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
