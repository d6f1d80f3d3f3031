// The process that explains: takes one task from its parent, answers, and ends. It reads the tenant's folder from beside,
// however busy the router is with it; it gives way to everything else on the machine, and may be killed at any time.
//
// Between looking which files there are and opening them the router may have compacted or dropped one: then all of it is
// done once more.

import { setPriority } from 'node:os';
import { loadCoreBuild } from '../engine/core-build.ts';
import { InProcessCorePool } from '../engine/in-process-core-pool.ts';
import { StoreError } from '../store/store.ts';
import { readStoredPartition } from '../store/stored-partition.ts';
import type { ExplainReply, ExplainTask } from './explain-task.ts';
import { TrimmedError } from './retrace.ts';
import { StoredExplanations } from './stored-explanations.ts';

const BELOW_EVERYTHING_ELSE = 10;
const ATTEMPTS = 3;

async function replyTo(task: ExplainTask): Promise<ExplainReply> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await explained(task);
    } catch (error) {
      if (error instanceof TrimmedError)
        return { trimmed: { ...(error.since !== undefined && { since: error.since }) } };
      if (!(error instanceof StoreError)) throw error;
      if (error.outcome !== 'damaged' || attempt === ATTEMPTS) return { unreadable: error.message };
    }
  }
}

async function explained({ dataDir, tenant, question, memoryPagesMax }: ExplainTask): Promise<ExplainReply> {
  const stored = readStoredPartition(dataDir, tenant);
  const pool = new InProcessCorePool(memoryPagesMax);
  try {
    const explanations = new StoredExplanations(stored, pool, loadCoreBuild());
    const explanation = await explanations.explain(question);
    return typeof explanation === 'string' ? { fault: explanation } : { explanation };
  } finally {
    await pool.close();
    await stored.close();
  }
}

process.once('message', (task: ExplainTask) => {
  try {
    setPriority(BELOW_EVERYTHING_ELSE);
  } catch {
    // Where a process may not even lower itself, it goes on as it is.
  }
  replyTo(task)
    .catch(
      (error: unknown): ExplainReply => ({
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      }),
    )
    .then((reply) => process.send!(reply, () => process.exit(0)));
});
// The parent is gone: nobody waits for an answer.
process.once('disconnect', () => process.exit(0));
