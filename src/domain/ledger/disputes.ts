// What is held while payments are disputed: of each who has a share, what is left of it, so that it is there should it go back. A dispute
// never brings anybody below the limit: of what is not there it is short, and what comes in later is held until it is whole.
//
//   payment.dispute ─▶ hold() ─┬─ all of the share is there: it is held
//                              └─ less: what there is, and short of the rest ◀── topUp(), whenever the account has more to spend
//   payment.resolve, payment.refund ─▶ book(): what was held is free, and given back, in one booking
//
// A share has one hold at a time: to hold more is a new one in its place, so a dispute is as large as its payment has shares.

import type { Refusal } from '../../protocol/refusals.ts';
import type { TableReader } from '../module.ts';
import { everyRowUnder } from '../rows.ts';
import type { Order } from './book.ts';
import type { AccountRow, LedgerBook } from './ledger-book.ts';
import type { At, DisputeHold, Payment, Payments, Share } from './payments.ts';
import { accountsTable, paymentIndexTable } from './tables.ts';

/** What a dispute holds on one account, and what of the share is not there. */
interface OnAccount {
  readonly held: number;
  readonly short: number;
}

export class Disputes {
  readonly #book: LedgerBook;
  readonly #payments: Payments;
  /** By account id: numbers of payments that are short on it. */
  readonly #short = new Map<string, Set<number>>();
  /** Accounts with such payments that may have more to spend than when they were looked at. */
  readonly #gained = new Set<string>();
  /** What becomes free meanwhile is for somebody. */
  #isBooking = false;

  constructor(book: LedgerBook, payments: Payments) {
    this.#book = book;
    this.#payments = payments;
    book.onGained((accountId) => {
      if (this.#short.has(accountId)) this.#gained.add(accountId);
      return false;
    });
    book.onBooked((at) => {
      if (!this.#isBooking) this.topUp(at);
    });
  }

  load(tables: TableReader): void {
    this.#short.clear();
    this.#gained.clear();
    for (const { key, row } of everyRowUnder(tables, paymentIndexTable, ['disputed'])) {
      const [, account, payment] = key as readonly [string, number, number];
      if ((row as unknown as OnAccount).short === 0) continue;
      this.#shortOn((tables.get(accountsTable, account) as unknown as AccountRow).accountId, payment);
    }
  }

  /** From now on, or again; returns it with what is held. Whoever calls keeps it. */
  hold(payment: Payment, at: At): Payment {
    const { dispute } = payment;
    if (dispute?.state !== 'open') return payment;
    at.tables.put(paymentIndexTable, ['dispute', this.#numberOf(payment.accountId, at.tables), payment.number], {});
    let { round = 0 } = dispute;
    let short = 0;
    const holds: DisputeHold[] = [];
    for (const share of payment.shares) {
      const on = this.#heldOf(share, payment, round + 1, at);
      short += on.short;
      if (on.held === 0) continue;
      round += 1;
      holds.push({ transferId: holdIdOf(payment, round), amount: on.held });
    }
    return { ...payment, dispute: { ...dispute, round, holds, short } };
  }

  /** Books what becomes of a payment, on top of what was held of it and is free now; returns it without that. */
  book(payment: Payment, orders: readonly Order[], at: At): Payment | Refusal {
    const { dispute } = payment;
    const { holds = [] } = dispute ?? {};
    const ends = holds.map(
      ({ transferId: holdId }): Order => ({
        do: 'void',
        transferId: `${holdId}/end`,
        holdId,
        why: 'not held any more',
      }),
    );
    const refusal = this.#quietly(() => this.#book.book([...ends, ...orders], at));
    if (refusal !== undefined) return refusal;
    if (dispute?.state !== 'open') return payment;
    at.tables.remove(paymentIndexTable, ['dispute', this.#numberOf(payment.accountId, at.tables), payment.number]);
    for (const { accountId } of payment.shares) this.#forget(accountId, payment.number, at);
    const { holds: _, short: __, ...rest } = dispute;
    return { ...payment, dispute: rest };
  }

  /** Accounts that have more to spend than before: held of it is what the disputes on them are short of, of the oldest payment first. */
  topUp(at: At): void {
    if (this.#gained.size === 0) return;
    const gained = [...this.#gained];
    for (const accountId of gained)
      for (const number of [...(this.#short.get(accountId) ?? [])].sort((one, other) => one - other)) {
        if (this.#freeOf(accountId, at.tables) === 0) break;
        const payment = this.#payments.at(number, at.tables) as Payment;
        const freed = this.book(payment, [], at) as Payment;
        this.#payments.put(this.hold(freed, at), at.tables);
      }
    // What was free for a moment is held again.
    this.#gained.clear();
  }

  /** Of what is left of a share as much as there is. */
  #heldOf({ accountId, left }: Share, payment: Payment, round: number, at: At): OnAccount {
    const row = this.#book.row(accountId, at.tables) as AccountRow;
    // Without a limit it is never short of anything.
    if (row.limit === null || left === 0) return { held: 0, short: 0 };
    const held = this.#booked(accountId, Math.min(left, this.#freeOf(accountId, at.tables)), payment, round, at);
    const on: OnAccount = { held, short: left - held };
    const key = ['disputed', row.number, payment.number];
    at.tables.put(paymentIndexTable, key, { ...on });
    this.#book.addDisputed(accountId, held, at.tables);
    if (on.short > 0) this.#shortOn(accountId, payment.number);
    return on;
  }

  /** Returns how much is held: nothing where sums would be larger than they may. */
  #booked(accountId: string, amount: number, payment: Payment, round: number, at: At): number {
    if (amount === 0) return 0;
    const { paymentId, payer, currency } = payment;
    const transferId = holdIdOf(payment, round);
    const moved = { transferId, debit: accountId, credit: payer, amount, currency, why: 'disputed', about: paymentId };
    const refusal = this.#quietly(() => this.#book.book([{ do: 'hold', ...moved }], at));
    if (refusal === undefined) return amount;
    if (refusal.refusal === 'amount_too_large') return 0;
    throw new Error(`${paymentId} cannot be held on ${accountId}: ${refusal.refusal}`);
  }

  #forget(accountId: string, payment: number, { tables }: At): void {
    const key = ['disputed', this.#numberOf(accountId, tables), payment];
    const on = tables.get(paymentIndexTable, key) as unknown as OnAccount | undefined;
    if (on === undefined) return;
    tables.remove(paymentIndexTable, key);
    this.#book.addDisputed(accountId, -on.held, tables);
    const others = this.#short.get(accountId);
    others?.delete(payment);
    if (others?.size === 0) this.#short.delete(accountId);
  }

  #shortOn(accountId: string, payment: number): void {
    this.#short.set(accountId, (this.#short.get(accountId) ?? new Set()).add(payment));
  }

  #freeOf(accountId: string, tables: TableReader): number {
    const account = this.#book.account(accountId, tables);
    return account === undefined ? 0 : Math.max(0, account.balance - account.held - (account.limit ?? 0));
  }

  #numberOf(accountId: string, tables: TableReader): number {
    return (this.#book.row(accountId, tables) as AccountRow).number;
  }

  #quietly<T>(books: () => T): T {
    const before = this.#isBooking;
    this.#isBooking = true;
    const done = books();
    this.#isBooking = before;
    return done;
  }
}

function holdIdOf({ paymentId }: Payment, round: number): string {
  return `dispute/${paymentId}/${round}`;
}
