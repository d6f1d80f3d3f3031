// What must hold of the books at every moment, read as anybody may read them.

import { expect } from 'vitest';
import type { MethodName } from '../../src/protocol/methods.ts';
import type { DomainWorld, Members } from './domain-world.ts';
import { countedFaults, recordFaults, whoIsPaid } from './paid-recount.ts';

const crm = 'app:crm';
const boss = 'supervisor:boss';
const DAY_MS = 86_400_000;

/**
 * Every currency comes to zero, no account is below its limit, each statement replays to what its account shows, and what was paid for
 * contacts is in their records, and counted by queue and agent.
 */
export async function booksBalance(of: DomainWorld): Promise<void> {
  const { accounts } = (await of.ok(crm, 'account.list', { limit: 1000 })) as { accounts: Members[] };
  const sums = new Map<string, number>();
  const entries: Members[] = [];
  for (const account of accounts) {
    const { accountId, currency, balance, held, expected, available, limit } = account as Members & { balance: number };
    sums.set(currency as string, (sums.get(currency as string) ?? 0) + balance);
    if (limit !== undefined) expect(available).toBeGreaterThanOrEqual(limit as number);
    let [posted, heldNow, expectedNow] = [0, 0, 0];
    for (const entry of (await every(of, 'account.statement', 'entries', { accountId, limit: 3 })) as (Members &
      Record<'posted' | 'held' | 'expected', number>)[]) {
      posted += entry.posted;
      heldNow += entry.held;
      expectedNow += entry.expected;
      expect(entry.balance).toBe(posted);
      expect(entry.available).toBe(posted - heldNow);
      entries.push({ ...entry, account: accountId });
    }
    expect([posted, heldNow, expectedNow]).toEqual([balance, held, expected]);
  }
  for (const [currency, sum] of sums) expect(`${currency} ${sum}`).toBe(`${currency} 0`);
  const receipts = await every(of, 'receipt.list', 'receipts', {});
  expect([...recordFaults(await every(of, 'cdr.query', 'records', {}), receipts)]).toEqual([]);
  for (const receipt of receipts) if (receipt.documentId === undefined) addsUp(receipt);
  // Receipts and bookings of whoever is erased do not say any more what they were of.
  if (receipts.some(({ contactId }) => String(contactId).startsWith('erased/'))) return;
  const { queueIds, agentIds } = whoIsPaid(receipts);
  const since = Math.min(of.clock.now(), ...receipts.map(({ endedAt }) => endedAt as number));
  const lines = {
    queues: queueIds.length === 0 ? [] : await counted(of, 'queues', since, { ids: queueIds }),
    agents: agentIds.length === 0 ? [] : await counted(of, 'agents', since, { ids: agentIds }),
  };
  const together = await counted(of, 'queues', since, { by: 'all' });
  const payments = await every(of, 'payment.list', 'payments', {});
  expect([...countedFaults({ ...lines, together }, { receipts, payments, entries })]).toEqual([]);
}

/** The lines of a receipt come to what was charged and what was not. */
function addsUp({ receiptId, per, lines, minimum = 0, total, notCharged }: Members): void {
  const counted = lines as { readonly count: number; readonly amount: number }[];
  const exact = counted.reduce((sum, { count, amount }) => sum + count * amount, 0);
  const cost = per === 'minute' ? Math.floor(exact / 60) : exact;
  const isAny = counted.some(({ count }) => count > 0);
  const said = [total, notCharged].reduce<number>(
    (sum, money) => sum + (((money as Members | undefined)?.amount as number | undefined) ?? 0),
    0,
  );
  expect(`receipt ${receiptId}: ${said}`).toBe(
    `receipt ${receiptId}: ${isAny ? Math.max(cost, minimum as number) : 0}`,
  );
}

/** In days of UTC, from the one on which the first receipt was made. */
function counted(of: DomainWorld, what: 'queues' | 'agents', since: number, whom: Members): Promise<Members[]> {
  const now = of.clock.now();
  const [from, to] = [since - (since % DAY_MS), now - (now % DAY_MS) + DAY_MS];
  return every(of, 'statistics.query', what, { of: what, from, to, intervalMs: DAY_MS, ...whom });
}

/** All pages. */
async function every(of: DomainWorld, method: MethodName, what: string, params: Members): Promise<Members[]> {
  const all: Members[] = [];
  let cursor: unknown;
  do {
    const page = await of.ok(method.startsWith('account.') || method.startsWith('payment.') ? crm : boss, method, {
      limit: 1000,
      ...params,
      ...(cursor !== undefined && { cursor }),
    });
    all.push(...(page[what] as Members[]));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return all;
}
