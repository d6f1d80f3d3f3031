// A person's money when the person is erased: the books stay, and nobody's name is in them any more. Amounts, times and which account gave
// to which are never touched, so each currency still sums to zero, and every statement still replays to its balance.
//
//   payments, the newest first ─▶ transfers of its accounts ─▶ the accounts: ids become `erased/` and a number, what was said of them goes
//
// What is pending, or disputed, has to come to its end before, and money that is left has to be paid out, or left on an account of nobody's on purpose.

import { disputesNamedMax, erasingRowsPerStep } from '../../limits.ts';
import type { ErasedPerson, ErasingStep } from '../erased-person.ts';
import type { ErasesCustomers, Row, TableReader, TableWriter } from '../module.ts';
import type { AccountRow } from './ledger-book.ts';
import type { Payment } from './payments.ts';
import {
  accountIndexTable,
  accountsTable,
  paymentIndexTable,
  paymentsTable,
  transferIndexTable,
  transfersTable,
} from './tables.ts';

const ERASED = 'erased';
/** Its payments are told apart by receipts, which the router names. */
const RECEIPT = 'receipt/';

/** Where a step goes on: numbers of accounts are found anew, as their rows are of nobody only in the end. */
type Place = { readonly of: 'payments' | 'transfers'; readonly after?: number } | { readonly of: 'accounts' };

export const erasesMoney: ErasesCustomers = {
  stillServed: (person, tables) => {
    for (const { number, accountId, currency, ...sums } of accountsOf(person, tables)) {
      const held = sums.debitsPending;
      const expected = sums.creditsPending;
      const balance = sums.creditsPosted - sums.debitsPosted;
      const isLeft = balance !== 0 && !person.leavesBalance;
      const disputes = tables.range(paymentIndexTable, { prefix: ['dispute', number], limit: disputesNamedMax });
      const isPending = held > 0 || expected > 0 || disputes.length > 0;
      if (!isLeft && !isPending) continue;
      const disputed = disputes.map(({ key }) => {
        const payment = tables.get(paymentsTable, (key as readonly [string, number, number])[2]);
        return payment?.paymentId as string;
      });
      return { accountId, currency, balance, held, expected, ...(disputed.length > 0 && { disputed }) };
    }
    return undefined;
  },
  erase: (person, from, { tables }) => {
    const accounts = accountsOf(person, tables);
    const place = (from ?? { of: 'payments' }) as Place;
    // One who never paid for anything has nothing to be looked for.
    if (accounts.length === 0) return { erased: {} };
    if (place.of === 'payments') return erasePayments(accounts, place.after, person, tables);
    if (place.of === 'transfers') return eraseTransfers(accounts, place.after, person, tables);
    for (const account of accounts) eraseAccount(account, person, tables);
    return { erased: { accounts: accounts.length } };
  },
};

/** What an account is called that is nobody's any more. */
export function erasedIdOf(number: number): string {
  return `${ERASED}/${number}`;
}

function accountsOf({ customers }: ErasedPerson, tables: TableReader): AccountRow[] {
  return customers
    .flatMap((customer) =>
      tables.range(accountIndexTable, { prefix: ['customer', customer], limit: erasingRowsPerStep }),
    )
    .map(({ key }) => (key as readonly [string, number, string, number])[3])
    .sort((one, other) => one - other)
    .map((number) => tables.get(accountsTable, number) as unknown as AccountRow);
}

// ── Payments ────────────────────────────────────────────────────────────────────────────────────────────────────
function erasePayments(
  accounts: readonly AccountRow[],
  after: number | undefined,
  person: ErasedPerson,
  tables: TableWriter,
): ErasingStep {
  const newIds = new Map(accounts.map(({ accountId, number }) => [accountId, erasedIdOf(number)]));
  // The newest first: a refund names what it takes back, which is found by its id still.
  const page = tables.range(paymentsTable, {
    limit: erasingRowsPerStep,
    reverse: true,
    ...(after !== undefined && { after }),
  });
  let payments = 0;
  for (const { row } of page) {
    const payment = row as unknown as Payment;
    const named = [payment.accountId, payment.payer, ...payment.shares.map(({ accountId }) => accountId)];
    if (!named.some((accountId) => newIds.has(accountId))) continue;
    if (payment.state === 'pending') return { erased: { payments }, waits: true };
    erasePayment(payment, newIds, person, tables);
    payments += 1;
  }
  const last = page.at(-1);
  const next: Place =
    last !== undefined && page.length === erasingRowsPerStep
      ? { of: 'payments', after: last.key as number }
      : { of: 'transfers' };
  return { erased: { payments }, next };
}

function erasePayment(
  payment: Payment,
  newIds: ReadonlyMap<string, string>,
  person: ErasedPerson,
  tables: TableWriter,
): void {
  const { reference: _, reason: __, about: ___, ...kept } = payment;
  const { number, by, dispute, refundOf, accountId, payer, shares } = kept;
  const nobodys = (id: string) => newIds.get(id) ?? id;
  const paymentId = nobodysPayment(payment.paymentId, number);
  const refunded = refundOf === undefined ? undefined : tables.get(paymentIndexTable, ['id', refundOf]);
  const changed: Payment = {
    ...kept,
    paymentId,
    by: by.role === 'customer' ? { ...by, sub: ERASED } : by,
    accountId: nobodys(accountId),
    payer: nobodys(payer),
    shares: shares.map((share) => ({ ...share, accountId: nobodys(share.accountId) })),
    content: '',
    ...(refundOf !== undefined && {
      refundOf: refunded === undefined ? ERASED : nobodysPayment(refundOf, refunded.number as number),
    }),
    ...(dispute !== undefined && {
      dispute: { ...dispute, reason: ERASED, ...(dispute.decided !== undefined && { decided: ERASED }) },
    }),
  };
  tables.put(paymentsTable, number, changed as unknown as Row);
  rename(paymentIndexTable, payment.paymentId, paymentId, number, tables);
  person.noteId(payment.paymentId);
}

function nobodysPayment(paymentId: string, number: number): string {
  return paymentId.startsWith(RECEIPT) ? paymentId : erasedIdOf(number);
}

// ── Transfers ───────────────────────────────────────────────────────────────────────────────────────────────────
/** All of them: what a contact was paid with goes on to whoever has served it, and says for which contact. */
function eraseTransfers(
  accounts: readonly AccountRow[],
  after: number | undefined,
  person: ErasedPerson,
  tables: TableWriter,
): ErasingStep {
  const numbers = new Set(accounts.map(({ number }) => number));
  const page = tables.range(transfersTable, { limit: erasingRowsPerStep, ...(after !== undefined && { after }) });
  let transfers = 0;
  for (const { key, row } of page) {
    const number = key as number;
    const { about, ...kept } = row;
    if (numbers.has(row.debit as number) || numbers.has(row.credit as number)) {
      const before = row.transferId as string;
      const transferId = erasedIdOf(number);
      tables.put(transfersTable, number, { ...kept, transferId, why: ERASED });
      rename(transferIndexTable, before, transferId, number, tables);
      person.noteId(before);
    } else if (person.isNamedIn({ about })) tables.put(transfersTable, number, kept);
    else continue;
    transfers += 1;
  }
  const last = page.at(-1);
  const isMore = last !== undefined && page.length === erasingRowsPerStep;
  const next: Place = isMore ? { of: 'transfers', after: last.key as number } : { of: 'accounts' };
  return { erased: { transfers }, next };
}

// ── Accounts ────────────────────────────────────────────────────────────────────────────────────────────────────
function eraseAccount(row: AccountRow, person: ErasedPerson, tables: TableWriter): void {
  const { customer, content: _, ...kept } = row;
  const accountId = erasedIdOf(row.number);
  tables.put(accountsTable, row.number, { ...kept, accountId, isErased: true } as unknown as Row);
  rename(accountIndexTable, row.accountId, accountId, row.number, tables);
  tables.remove(accountIndexTable, ['customer', customer as number, row.currency, row.number]);
  person.noteId(row.accountId);
}

function rename(
  index: typeof accountIndexTable,
  before: string,
  after: string,
  number: number,
  tables: TableWriter,
): void {
  tables.remove(index, ['id', before]);
  tables.put(index, ['id', after], { number });
}
