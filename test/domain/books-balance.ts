// What must hold of the books at every moment, read as anybody may read them.

import { expect } from 'vitest';
import type { DomainWorld, Members } from './domain-world.ts';
import { recordFaults } from './paid-recount.ts';

const crm = 'app:crm';

/**
 * Every currency comes to zero, no account is below its limit, each statement replays to what its account shows, and what was paid for
 * contacts is in their records.
 */
export async function booksBalance(of: DomainWorld): Promise<void> {
  const { accounts } = (await of.ok(crm, 'account.list', { limit: 1000 })) as { accounts: Members[] };
  const sums = new Map<string, number>();
  for (const account of accounts) {
    const { accountId, currency, balance, held, expected, available, limit } = account as Members & { balance: number };
    sums.set(currency as string, (sums.get(currency as string) ?? 0) + balance);
    if (limit !== undefined) expect(available).toBeGreaterThanOrEqual(limit as number);
    let [posted, heldNow, expectedNow] = [0, 0, 0];
    let cursor: unknown;
    do {
      const page = await of.ok(crm, 'account.statement', {
        accountId,
        limit: 3,
        ...(cursor !== undefined && { cursor }),
      });
      for (const entry of page.entries as (Members & Record<'posted' | 'held' | 'expected', number>)[]) {
        posted += entry.posted;
        heldNow += entry.held;
        expectedNow += entry.expected;
        expect(entry.balance).toBe(posted);
        expect(entry.available).toBe(posted - heldNow);
      }
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect([posted, heldNow, expectedNow]).toEqual([balance, held, expected]);
  }
  for (const [currency, sum] of sums) expect(`${currency} ${sum}`).toBe(`${currency} 0`);
  const { records } = (await of.ok('supervisor:auditor', 'cdr.query', { limit: 1000 })) as { records: Members[] };
  const receipts = await receiptsOf(of);
  expect([...recordFaults(records, receipts)]).toEqual([]);
  for (const receipt of receipts) if (receipt.documentId === undefined) addsUp(receipt);
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

async function receiptsOf(of: DomainWorld): Promise<Members[]> {
  const all: Members[] = [];
  let cursor: unknown;
  do {
    const page = await of.ok(crm, 'receipt.list', { limit: 1000, ...(cursor !== undefined && { cursor }) });
    all.push(...(page.receipts as Members[]));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return all;
}
