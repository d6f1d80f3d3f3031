// How often the interval that a study gives holds what theory says. A 99% interval that is what it claims to be holds the
// true value for 99 of 100 seeds; a router that decided otherwise than the theory assumes would be off its value.

import type { Clock, Randomness } from '../../engine/clock.ts';
import type { CorePool } from '../../engine/core.ts';
import type { CallLedger, Entry } from '../call-ledger.ts';
import type { Plan, PlannedContact } from '../plan.ts';
import { RandomStream } from '../random.ts';
import { runReplay } from '../replay.ts';
import { mean } from '../statistics.ts';
import { type Estimate, estimateOf } from '../study/interval.ts';
import { VirtualStage, virtualCorePool } from '../virtual-stage.ts';
import { cobham } from './formulas.ts';
import type { Quantity, System } from './systems.ts';

const confidencePercent = 99;
/** Long beside the millisecond to which times are rounded. */
const serviceMs = 100_000;
/** Between two parts, so that the one before is over. */
const gapMs = 30 * 86_400_000;
const startsAt = Date.UTC(2020, 0, 1);
const agentsBeforeMs = 1_000;

export interface Coverage {
  readonly quantity: Quantity;
  readonly truth: number;
  /** Over all seeds, with the share of them whose interval holds the truth. */
  readonly mean: number;
  readonly meanHalfWidth: number;
  readonly heldPercent: number;
}

export interface CoverageSettings {
  readonly firstSeed: number;
  readonly seeds: number;
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly onSeed?: (done: number, contacts: number) => void;
}

export async function coverageOf(system: System, settings: CoverageSettings): Promise<Coverage[]> {
  const quantities = Object.keys(system.truth) as Quantity[];
  const estimates = new Map(quantities.map((quantity) => [quantity, [] as Estimate[]]));
  const pool = virtualCorePool();
  try {
    for (let index = 0; index < settings.seeds; index++) {
      const { parts, contacts } = await playedParts(system, settings.firstSeed + index, pool, settings);
      for (const [quantity, all] of estimates) {
        const values = parts.map((entries) => measured(quantity, entries));
        all.push(estimateOf(values, confidencePercent)!);
      }
      settings.onSeed?.(index + 1, contacts);
    }
  } finally {
    await pool.close();
  }
  return quantities.map((quantity) => {
    const truth = system.truth[quantity]!;
    const all = estimates.get(quantity)!;
    const held = all.filter((one) => Math.abs(one.mean - truth) <= one.halfWidth!);
    return {
      quantity,
      truth,
      mean: mean(all.map((one) => one.mean))!,
      meanHalfWidth: mean(all.map((one) => one.halfWidth!))!,
      heldPercent: (100 * held.length) / all.length,
    };
  });
}

interface Counted extends PlannedContact {
  readonly part: number;
  /** From 1, the most urgent first. */
  readonly urgency: number;
  readonly isCounted: boolean;
}

async function playedParts(
  system: System,
  seed: number,
  pool: CorePool,
  { clock, randomness }: CoverageSettings,
): Promise<{ parts: Entry<Counted>[][]; contacts: number }> {
  const plan = planOf(system, seed);
  const stage = new VirtualStage({ clock, randomness, pool, counts: false });
  const { ledger } = await runReplay({ stage, plan, prefix: '' });
  const { balanced, why } = ledger.balance();
  if (!balanced) throw new Error(`${system.name}, seed ${seed}: ${why}`);
  return { parts: countedByPart(system, ledger), contacts: plan.contacts.length };
}

function countedByPart({ parts }: System, ledger: CallLedger<Counted>): Entry<Counted>[][] {
  const byPart: Entry<Counted>[][] = Array.from({ length: parts }, () => []);
  for (const entry of ledger.entries()) if (entry.planned.isCounted) byPart[entry.planned.part]!.push(entry);
  return byPart;
}

/** Of one part; undefined where there is nobody to count. */
function measured(quantity: Quantity, entries: readonly Entry<Counted>[]): number | undefined {
  const share = (holds: (entry: Entry<Counted>) => boolean) => mean(entries.map((entry) => (holds(entry) ? 1 : 0)));
  switch (quantity) {
    case 'share turned away':
      return share(({ fate }) => fate === 'turnedAway');
    case 'share that waits':
      return share(({ waitMs }) => waitMs! > 0);
    case 'share that hangs up':
      return share(({ fate }) => fate === 'abandoned');
    default: {
      const [, urgency] = /class (\d+)$/.exec(quantity) ?? [];
      const of = urgency === undefined ? entries : entries.filter(({ planned }) => planned.urgency === Number(urgency));
      return mean(of.map(({ waitMs }) => waitMs! / serviceMs));
    }
  }
}

export function planOf(system: System, seed: number): Plan<Counted> {
  const contacts: Counted[] = [];
  for (let part = 0; part < system.parts; part++)
    addPart(system, part, new RandomStream(seed, system.name, part), contacts);
  const last = contacts.at(-1)!.arrivedAt + gapMs;
  const from = startsAt - agentsBeforeMs;
  const shifts = [{ from, to: last, settings: { capacity: { voice: 1 } }, breaks: [], pausesMs: [] }];
  const agents = Array.from({ length: system.agents }, (_, index) => ({
    agentId: `agent-${index + 1}`,
    group: 'agents',
    shifts,
  }));
  const queue = {
    queueId: 'queue',
    channels: ['voice'],
    ageingPerSecond: 0,
    ...(!system.canWait && { maxWaiting: 0 }),
  };
  return { contacts, agents, queues: [queue], startsAt: from, endsAt: last };
}

function addPart(system: System, part: number, random: RandomStream, contacts: Counted[]): void {
  const { loads, warmUp, contacts: counted, tail, patience, agents } = system;
  const load = loads.reduce((sum, one) => sum + one, 0);
  const add = (arrivedAt: number, urgency: number, isCounted: boolean) =>
    contacts.push({
      contactId: `c${contacts.length + 1}`,
      arrivedAt,
      type: `class ${urgency}`,
      part,
      urgency,
      isCounted,
      // The default order of a queue: by priority, with no ageing here.
      wishes: { queueId: 'queue', channel: 'voice', ...(loads.length > 1 && { priority: loads.length - urgency }) },
      serviceMs: Math.round(random.exponential(serviceMs)),
      patienceMs: patience && Math.round(random.exponential(patience * serviceMs)),
    });
  const begin = startsAt + part * gapMs;
  const there = system.population.drawn(random.fraction());
  const waits = loads.length > 1 ? cobham(agents, loads) : [1];
  const waitingBy = loads.map((one, index) => one * waits[index]!);
  for (let index = 0; index < there; index++)
    add(begin, index < agents ? 1 : drawnBy(waitingBy, random.fraction()), false);
  // The first comes at once, and finds what an arrival finds in the long run; so does each that follows. Had it come after
  // a gap in which nobody does, it would find fewer.
  for (let index = 0, at = begin; index < warmUp + counted + tail; index++) {
    add(Math.round(at), drawnBy(loads, random.fraction()), index >= warmUp && index < warmUp + counted);
    at += random.exponential(serviceMs / load);
  }
}

/** From 1, each as likely as its weight says. */
function drawnBy(weights: readonly number[], u: number): number {
  let left = u * weights.reduce((sum, weight) => sum + weight, 0);
  const index = weights.findIndex((weight) => {
    left -= weight;
    return left < 0;
  });
  return index < 0 ? weights.length : index + 1;
}
