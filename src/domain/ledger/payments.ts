// Payments: money that came in, went out, or was paid for a contact; what of it has been taken back, and what is disputed.
//
// A payment knows from whom it was and who has which share of it, so that it can be booked the other way: from each who has a share, in
// proportion, to whom it was from. It is never taken back beyond what it was.

import type { Caller } from '../../engine/egress.ts';
import { isRefusal, type Refusal, refuse } from '../../protocol/refusals.ts';
import type { Row, TableReader, TableWriter } from '../module.ts';
import { everyRow, lastNumberIn } from '../rows.ts';
import type { Order } from './book.ts';
import type { Disputes } from './disputes.ts';
import type { Requested } from './provider-requests.ts';
import { paymentIndexTable, paymentsTable } from './tables.ts';

/** What an account has got of a payment, and what of that has not been taken back. */
export interface Share {
  readonly accountId: string;
  readonly amount: number;
  readonly left: number;
}

export interface DisputeHold {
  readonly transferId: string;
  readonly amount: number;
}

export interface Payment {
  readonly number: number;
  readonly paymentId: string;
  readonly kind: 'deposit' | 'withdrawal' | 'charge' | 'refund';
  readonly state: 'pending' | 'done' | 'failed';
  readonly through: 'books' | 'provider';
  /** Who asked for it, and hears what becomes of it. */
  readonly by: Pick<Caller, 'role' | 'sub'>;
  /** Through a provider. */
  readonly request?: Requested;
  readonly failed?: 'declined' | 'timedOut';
  readonly reference?: string;
  /** Whose money it is, as people would say. */
  readonly accountId: string;
  /** From whom it was. */
  readonly payer: string;
  readonly shares: readonly Share[];
  readonly amount: number;
  readonly currency: string;
  readonly refundOf?: string;
  readonly reason?: string;
  readonly about?: string;
  readonly requestedAt: number;
  readonly doneAt?: number;
  readonly dispute?: {
    readonly state: 'open' | 'upheld' | 'rejected';
    readonly reason: string;
    readonly openedAt: number;
    /** open: what is held of the shares, and what of them is not there (disputes.ts). */
    readonly holds?: readonly DisputeHold[];
    readonly short?: number;
    /** How many holds it has had. */
    readonly round?: number;
    readonly decided?: string;
    readonly decidedAt?: number;
  };
  /** What it was asked for as: the same again is the same. */
  readonly content: string;
}

export interface At {
  readonly now: number;
  readonly tables: TableWriter;
}

export class Payments {
  #next = 1;

  load(tables: TableReader): void {
    this.#next = lastNumberIn(paymentsTable, tables) + 1;
  }

  find(paymentId: string, tables: TableReader): Payment | undefined {
    const number = tables.get(paymentIndexTable, ['id', paymentId])?.number as number | undefined;
    return number === undefined ? undefined : (tables.get(paymentsTable, number) as unknown as Payment);
  }

  at(number: number, tables: TableReader): Payment | undefined {
    return tables.get(paymentsTable, number) as unknown as Payment | undefined;
  }

  *after(number: number, tables: TableReader): Generator<Payment> {
    for (const { row } of everyRow(tables, paymentsTable, number + 1)) yield row as unknown as Payment;
  }

  add(of: Omit<Payment, 'number' | 'requestedAt'>, { now, tables }: At): Payment {
    const payment: Payment = { number: this.#next++, ...of, requestedAt: now };
    tables.put(paymentIndexTable, ['id', payment.paymentId], { number: payment.number });
    this.put(payment, tables);
    return payment;
  }

  put(payment: Payment, tables: TableWriter): void {
    tables.put(paymentsTable, payment.number, payment as unknown as Row);
  }

  /** Behind the core alone: what is left of a payment is sure there. Where it is disputed still, what is held of it is for the caller to say. */
  refund(
    payment: Payment,
    { refundId, amount, reason, content, by }: Refunding,
    disputes: Pick<Disputes, 'book'>,
    at: At,
  ): { readonly refund: Payment; readonly payment: Payment } | Refusal {
    if (payment.kind === 'refund') return refuse('refund_not_refundable');
    if (payment.state !== 'done') return refuse('payment_not_done', { state: payment.state });
    // What came in through a provider goes back through it: until that has been done it is held.
    const isPending = payment.through === 'provider' && payment.kind === 'deposit';
    const left = leftOf(payment);
    const some = amount ?? left;
    if (some > left || some === 0) return refuse('refund_exceeds_payment', { left, currency: payment.currency });
    const parts = proportioned(
      payment.shares.map((share) => share.left),
      some,
    );
    const orders = payment.shares.flatMap(({ accountId }, which): Order[] => {
      const part = parts[which] as number;
      if (part === 0) return [];
      return [
        {
          do: isPending ? 'hold' : 'transfer',
          transferId: `refund/${refundId}/${which + 1}`,
          debit: accountId,
          credit: payment.payer,
          amount: part,
          currency: payment.currency,
          why: reason,
          about: payment.paymentId,
        },
      ];
    });
    const booked = disputes.book(payment, orders, at);
    if (isRefusal(booked)) return booked;
    const { accountId, currency, paymentId } = payment;
    const refund = this.add(
      {
        paymentId: refundId,
        kind: 'refund',
        state: isPending ? 'pending' : 'done',
        through: isPending ? 'provider' : 'books',
        by,
        ...(isPending && { request: { tries: 0, dueAt: at.now, isTaken: false } }),
        accountId,
        payer: accountId,
        shares: [],
        amount: some,
        currency,
        refundOf: paymentId,
        reason,
        content,
        ...(!isPending && { doneAt: at.now }),
      },
      at,
    );
    const shares = payment.shares.map((share, which) => ({ ...share, left: share.left - (parts[which] as number) }));
    const changed = { ...booked, shares };
    this.put(changed, at.tables);
    return { refund, payment: changed };
  }

  /** A refund of what came through a provider has come to nothing: it may be asked for again. */
  unrefund({ refundOf = '', amount }: Payment, { tables }: At): Payment {
    const payment = this.find(refundOf, tables) as Payment;
    const [share, ...others] = payment.shares as [Share];
    const changed = { ...payment, shares: [{ ...share, left: share.left + amount }, ...others] };
    this.put(changed, tables);
    return changed;
  }
}

export interface Refunding {
  readonly refundId: string;
  readonly amount: number | undefined;
  readonly reason: string;
  readonly content: string;
  readonly by: Payment['by'];
}

export function leftOf({ shares }: Payment): number {
  return shares.reduce((sum, { left }) => sum + left, 0);
}

/**
 * An amount in proportion to parts that it is not larger than the sum of: whole, none beyond its part, and together exactly the amount.
 * Where it does not divide, what is over falls to later parts rather than to earlier ones.
 */
export function proportioned(parts: readonly number[], amount: number): number[] {
  const total = parts.reduce((sum, part) => sum + BigInt(part), 0n);
  let before = 0n;
  let given = 0n;
  return parts.map((part) => {
    before += BigInt(part);
    const upTo = (BigInt(amount) * before) / total;
    const own = upTo - given;
    given = upTo;
    return Number(own);
  });
}
