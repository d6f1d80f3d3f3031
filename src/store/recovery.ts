// What a start does with the tables: they take the redo that they miss, before anybody reads them.
//
// Entries come in order and each redo may be applied again without harm, so a crash in the middle of this is no matter.

import { applyWritesMax } from '../limits.ts';
import { decodeRedo } from './redo.ts';
import type { Journal, Key, Tables } from './store.ts';
import { StoreError } from './store.ts';

/** Larger steps than beside a running journal: nothing else uses the disk now. */
const STEP_WRITES = applyWritesMax * 20;

/** Brings the tables to the journal's last entry. `onProgress` is told the number reached. */
export async function catchUpTables(
  journal: Journal,
  tables: Tables,
  onProgress: (number: number) => void = () => undefined,
): Promise<void> {
  if (tables.appliedNumber > journal.lastNumber) {
    const message = `the tables are at entry ${tables.appliedNumber}, but the journal ends at ${journal.lastNumber}: segments are missing at its end. Restore them from a copy.`;
    throw new StoreError('damaged', message);
  }
  let step = new Map<Key, Uint8Array | undefined>();
  for (const entry of journal.read(tables.appliedNumber + 1)) {
    if (entry.redo.length === 0) {
      const message = `the tables are at entry ${tables.appliedNumber}, but the redo of entry ${entry.number} has been compacted away. Restore the tables from a copy made later.`;
      throw new StoreError('damaged', message);
    }
    for (const [key, value] of decodeRedo(entry.redo).writes) step.set(key, value);
    if (step.size < STEP_WRITES && entry.number < journal.lastNumber) continue;
    await tables.apply(inKeyOrder(step), entry.number);
    step = new Map();
    onProgress(entry.number);
  }
}

function inKeyOrder(step: Map<Key, Uint8Array | undefined>): [Key, Uint8Array | undefined][] {
  return [...step].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** What the tick after the newest entry begins with. */
export function followUpsOfLast(journal: Journal): readonly unknown[] {
  if (journal.lastNumber === 0) return [];
  for (const entry of journal.read(journal.lastNumber)) {
    return entry.redo.length === 0 ? [] : decodeRedo(entry.redo).followUps;
  }
  return [];
}
