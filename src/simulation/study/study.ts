// A study: one or more variants of a plan, each played several times in virtual time, the same replication of each with the
// same random numbers, so that their differences are those of the variants and not of chance (common random numbers).

import type { Clock, Randomness } from '../../engine/clock.ts';
import type { CorePool } from '../../engine/core.ts';
import type { Plan } from '../plan.ts';
import { runReplay } from '../replay.ts';
import { VirtualStage, virtualCorePool } from '../virtual-stage.ts';
import { type CountingRules, numbersOf, type ReplicationNumbers } from './numbers.ts';

export interface Variant {
  readonly name: string;
  /** Of a replication, counted from 1. */
  readonly planOf: (replication: number) => Plan;
}

export interface StudySettings {
  readonly variants: readonly Variant[];
  readonly replications: number;
  readonly counting: CountingRules;
  /** Of whoever waits for it. */
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly onProgress?: (progress: StudyProgress) => void;
  readonly signal?: AbortSignal;
}

export interface StudyProgress {
  readonly replication: number;
  readonly variant: string;
  readonly contacts: number;
  /** 0 to 1. */
  readonly done: number;
}

export interface StudyOutcome {
  readonly variants: readonly { readonly name: string; readonly replications: readonly ReplicationNumbers[] }[];
  readonly contacts: number;
  readonly wallMs: number;
  /** Some replications were not played: those that are there were, of all variants. */
  readonly stopped: boolean;
}

/** A replication came to no account: a fault of the router, or of ours. */
export class StudyError extends Error {
  override readonly name = 'StudyError';
}

export async function runStudy(settings: StudySettings): Promise<StudyOutcome> {
  const { variants, replications, clock, onProgress, signal } = settings;
  const outcomes = variants.map(({ name }) => ({ name, replications: [] as ReplicationNumbers[] }));
  const pool = virtualCorePool();
  const startedAt = clock.now();
  let contacts = 0;
  try {
    for (let replication = 1; replication <= replications; replication++) {
      const numbers: ReplicationNumbers[] = [];
      for (const [at, variant] of variants.entries()) {
        if (signal?.aborted) break;
        const done = (replication - 1 + at / variants.length) / replications;
        onProgress?.({ replication, variant: variant.name, contacts, done });
        const plan = variant.planOf(replication);
        numbers.push(await played(variant.name, replication, plan, pool, settings));
        contacts += plan.contacts.length;
      }
      if (numbers.length < variants.length) break;
      for (const [at, { replications: all }] of outcomes.entries()) all.push(numbers[at]!);
    }
  } finally {
    await pool.close();
  }
  const stopped = outcomes[0]!.replications.length < replications;
  return { variants: outcomes, contacts, wallMs: clock.now() - startedAt, stopped };
}

async function played(
  name: string,
  replication: number,
  plan: Plan,
  pool: CorePool,
  { clock, randomness, counting }: StudySettings,
): Promise<ReplicationNumbers> {
  const stage = new VirtualStage({ clock, randomness, pool, counts: false });
  const { ledger, stillThere, problems, problemCount } = await runReplay({ stage, plan, prefix: '' });
  const { balanced, why } = ledger.balance();
  const faults = [...(balanced ? [] : [why]), ...ledger.anomalies, ...problems];
  if (!balanced || stillThere.length > 0 || problemCount > 0)
    throw new StudyError(
      `${name}, replication ${replication}: not every contact is accounted for: ${faults.slice(0, 3).join('; ') || `${stillThere.length} were still there`}`,
    );
  return numbersOf(plan, ledger, counting);
}
