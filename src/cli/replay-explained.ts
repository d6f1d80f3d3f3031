// `strowger replay --explain CONTACT` and `--check-explanations`: what the router inside a virtual replay has decided, told
// again from its journal, which is in memory and gone with the process.

import { loadCoreBuild } from '../engine/core-build.ts';
import type { DecisionsTold } from '../explain/decisions.ts';
import { type DayExplained, explainDay } from '../explain/explain-day.ts';
import { StoredExplanations } from '../explain/stored-explanations.ts';
import type { Explanation } from '../protocol/explanation.ts';
import { virtualCorePool } from '../simulation/virtual-stage.ts';
import type { ReadablePartition } from '../store/stored-partition.ts';
import { CommandError } from './command-error.ts';

export async function explainReplayed(stored: ReadablePartition, contactId: string): Promise<Explanation> {
  const pool = virtualCorePool();
  const explanations = new StoredExplanations(stored, pool, loadCoreBuild());
  try {
    const explanation = await explanations.explain({ contactId });
    if (typeof explanation === 'string')
      throw new CommandError(
        `--explain: no contact of the replay is called ${contactId} (--run-id says how they begin)`,
      );
    return explanation;
  } finally {
    explanations.close();
    await pool.close();
  }
}

export async function checkReplayed(stored: ReadablePartition, told: DecisionsTold): Promise<DayExplained> {
  const pool = virtualCorePool();
  try {
    return await explainDay(stored, pool, loadCoreBuild(), told);
  } finally {
    await pool.close();
  }
}

export function checkedText(
  { contacts, decisions, steps, differing, differingCount }: DayExplained,
  wallMs: number,
): string {
  const took = `${steps} steps, in ${(wallMs / 1000).toFixed(1)} s`;
  if (differingCount === 0)
    return `Explanations: ${contacts} contacts, each as it was decided: ${decisions} offers, withdrawals and connections; ${took}.`;
  const lines = differing.flatMap(({ contactId, told, explained }) => [
    `${contactId} was told as`,
    ...told.map((line) => `  ${line}`),
    'and is explained as',
    ...explained.map((line) => `  ${line}`),
  ]);
  return [
    `Explanations: ${differingCount} of ${contacts} contacts differ from what was decided; ${took}.`,
    ...lines,
  ].join('\n');
}
