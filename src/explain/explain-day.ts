// Explains every contact of a day from what is stored, one after the other in the order in which they came, and compares each
// with what agents were told while the day went on.

import type { ContactRow } from '../domain/routing/contacts.ts';
import { contactsTable } from '../domain/routing/tables.ts';
import type { CorePool } from '../engine/core.ts';
import type { CoreBuild } from '../store/store.ts';
import type { ReadablePartition } from '../store/stored-partition.ts';
import { type DecisionsTold, decisionsIn } from './decisions.ts';
import { StoredExplanations } from './stored-explanations.ts';

export interface DayExplained {
  readonly contacts: number;
  /** Offers, withdrawals and connections that were compared. */
  readonly decisions: number;
  /** Contacts that agents chose among, and searches: what the decisions rest on. */
  readonly steps: number;
  /** Of each contact whose explanation says otherwise, both sides; so many at most. */
  readonly differing: readonly {
    readonly contactId: string;
    readonly told: readonly string[];
    readonly explained: readonly string[];
  }[];
  readonly differingCount: number;
}

const DIFFERING_KEPT = 10;

export async function explainDay(
  stored: ReadablePartition,
  pool: CorePool,
  build: CoreBuild,
  told: DecisionsTold,
): Promise<DayExplained> {
  const explanations = new StoredExplanations(stored, pool, build);
  const differing: DayExplained['differing'][number][] = [];
  const counted = { contacts: 0, decisions: 0, steps: 0, differingCount: 0 };
  try {
    const rows = [...explanations.rows.all(contactsTable)] as unknown as ContactRow[];
    for (const { number, created } of rows.sort((a, b) => a.number - b.number)) {
      const { contactId } = created;
      // All steps: whatever is left out cannot be compared.
      const explanation = await explanations.explain({
        contactId,
        number,
        agentsMax: 1,
        stepsMax: Number.MAX_SAFE_INTEGER,
      });
      if (typeof explanation === 'string') throw new Error(`contact ${contactId}: ${explanation}`);
      const explained = decisionsIn(explanation);
      const lines = told.of(contactId);
      counted.contacts++;
      counted.decisions += lines.length;
      counted.steps += explanation.steps.length;
      if (lines.join() === explained.join()) continue;
      counted.differingCount++;
      if (differing.length < DIFFERING_KEPT) differing.push({ contactId, told: lines, explained });
    }
  } finally {
    explanations.close();
  }
  return { ...counted, differing };
}
