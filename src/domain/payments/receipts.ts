// Receipts: what was counted of a paid contact, at which price, and who got what of it. Numbered without gaps, kept for as long as the
// books are, and never changed: what is given back later is a refund in the books (docs/money.md).

import type { Audience } from '../../engine/egress.ts';
import { receiptsPerContactMax } from '../../limits.ts';
import type { RateTerms, Receiver } from '../../protocol/rates.ts';
import type { Reaction, Row, RowKey, TableReader, TableWriter } from '../module.ts';
import { lastNumberIn } from '../rows.ts';
import { highestBelow, isBelow, type Position, type TimelineAsked } from '../timeline-source.ts';
import { receiptIndexTable, receiptsTable } from './tables.ts';
import { Tariff } from './tariff.ts';

export interface ReceiptPart {
  readonly agentId: string;
  readonly amount: number;
  readonly tax: number;
  readonly commission: number;
  readonly receiver: number;
  readonly accountId: string;
}

export interface Receipt {
  readonly number: number;
  /** In the ledger, where it can be disputed and taken back. */
  readonly paymentId: string;
  readonly contactId: string;
  readonly contactNumber: number;
  /** Of a document alone. */
  readonly documentId?: string;
  /** In which it was served; receipts of builds before have none. */
  readonly queueId?: string;
  /** Absent: of somebody who was erased. */
  readonly customer?: number;
  /** Who had the contact when it was over. */
  readonly owner: { readonly role: string; readonly sub: string };
  readonly accountId: string;
  readonly quoteId: string;
  readonly rateId: string;
  readonly receiver: Receiver;
  readonly terms: RateTerms;
  readonly taxBasisPoints: number;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly meteredMs: number;
  /** By level of the tariff. */
  readonly units: readonly number[];
  readonly total: number;
  /** Used when the money had run out, and not charged. */
  readonly forgone: number;
  readonly parts: readonly ReceiptPart[];
}

/** Sums of receipts. */
export interface ChargedSoFar {
  readonly charged: number;
  readonly tax: number;
  readonly commission: number;
  /** How many of them are of documents. */
  readonly documents: number;
  /** The one that is of none. */
  readonly receipt?: number;
}

export type ReceiptsOf = 'agent' | 'customer' | 'contact';

export class ReceiptBook {
  readonly #onReceipt: (receipt: Receipt, reaction: Reaction) => void;
  #next = 1;

  /** Whoever wants to know of all receipts is told. */
  constructor(onReceipt: (receipt: Receipt, reaction: Reaction) => void) {
    this.#onReceipt = onReceipt;
  }

  load(tables: TableReader): void {
    this.#next = lastNumberIn(receiptsTable, tables) + 1;
  }

  /** The number of the receipt that is made next. */
  get next(): number {
    return this.#next;
  }

  make(
    of: Omit<Receipt, 'number' | 'paymentId'> & { readonly customer: number },
    { tables }: { readonly tables: TableWriter },
  ): Receipt {
    const at = this.#next++;
    const receipt: Receipt = { number: at, paymentId: receiptIdOf(at), ...of };
    const { number, contactId, customer, parts } = receipt;
    tables.put(receiptsTable, number, receipt as unknown as Row);
    tables.put(receiptIndexTable, ['contact', contactId, number], {});
    tables.put(receiptIndexTable, ['customer', String(customer), number], {});
    for (const { agentId } of parts) tables.put(receiptIndexTable, ['agent', agentId, number], {});
    return receipt;
  }

  /** Undefined: it is another payment, or of a customer who was erased. */
  ofPayment(paymentId: string, tables: TableReader): Receipt | undefined {
    const number = /^receipt\/(\d+)$/.exec(paymentId)?.[1];
    return number === undefined ? undefined : (tables.get(receiptsTable, Number(number)) as unknown as Receipt);
  }

  /** What this contact was charged so far, all that was bought in it as well. Its id may have been another one's before. */
  chargedIn(contactId: string, contactNumber: number, tables: TableReader): ChargedSoFar {
    let sums: ChargedSoFar = { charged: 0, tax: 0, commission: 0, documents: 0 };
    for (const { key } of tables.range(receiptIndexTable, {
      prefix: ['contact', contactId],
      reverse: true,
      limit: receiptsPerContactMax,
    })) {
      const [, , number] = key as readonly [string, string, number];
      const receipt = tables.get(receiptsTable, number) as unknown as Receipt;
      if (receipt.contactNumber === contactNumber) sums = withReceipt(sums, receipt);
    }
    return sums;
  }

  /** It stays, since the books do, and says nobody's name. */
  erase(receipt: Receipt, accountId: string, tables: TableWriter): void {
    const { number, owner } = receipt;
    const contactId = `erased/${number}`;
    const nobodys = owner.role === 'customer' ? { ...owner, sub: 'erased' } : owner;
    const { documentId: _, customer, ...kept } = receipt;
    const changed: Receipt = { ...kept, contactId, owner: nobodys, accountId, quoteId: 'erased' };
    tables.put(receiptsTable, number, changed as unknown as Row);
    tables.remove(receiptIndexTable, ['contact', receipt.contactId, number]);
    tables.put(receiptIndexTable, ['contact', contactId, number], {});
    tables.remove(receiptIndexTable, ['customer', String(customer), number]);
  }

  tell(receipt: Receipt, owner: Audience, reaction: Reaction): void {
    reaction.notify(owner, 'payment.receipt', receiptShown(receipt));
    this.#onReceipt(receipt, reaction);
    for (const { agentId } of receipt.parts)
      reaction.notify({ role: 'agent', sub: agentId }, 'payment.receipt', receiptShown(receipt, agentId));
  }

  /** Of a customer, the latest first: they are numbered in the order of their times. */
  *ofCustomerLatest({ customer, before }: TimelineAsked, tables: TableReader): Generator<Receipt> {
    const who = ['customer', String(customer)];
    const last = highestBelow(this.#next - 1, (number) => this.#positionFrom(number, tables), before);
    for (let after: RowKey = [...who, last + 1]; ; ) {
      const rows = tables.range(receiptIndexTable, { prefix: who, after, limit: 20, reverse: true });
      for (const { key } of rows) {
        after = key;
        const [, , number] = key as readonly [string, string, number];
        const receipt = tables.get(receiptsTable, number) as unknown as Receipt | undefined;
        if (receipt !== undefined && isBelow(positionOf(receipt), before)) yield receipt;
      }
      if (rows.length < 20) return;
    }
  }

  /** Of the first that is there from this number on. */
  #positionFrom(number: number, tables: TableReader): Position {
    const [first] = tables.range(receiptsTable, { from: number, limit: 1 });
    return first === undefined ? BEHIND_ALL : positionOf(first.row as unknown as Receipt);
  }

  /** In the order in which they were made, behind a number. */
  *after(
    number: number,
    tables: TableReader,
    of?: { readonly what: ReceiptsOf; readonly who: string },
  ): Generator<Receipt> {
    for (let after = Math.max(0, number); ; ) {
      const rows =
        of === undefined
          ? tables.range(receiptsTable, { after, limit: 100 }).map(({ key }) => key as number)
          : tables
              .range(receiptIndexTable, { prefix: [of.what, of.who], after: [of.what, of.who, after], limit: 100 })
              .map(({ key }) => (key as readonly [string, string, number])[2]);
      for (const at of rows) yield tables.get(receiptsTable, at) as unknown as Receipt;
      if (rows.length < 100) return;
      after = rows.at(-1) as number;
    }
  }
}

function withReceipt(
  sums: ChargedSoFar,
  { number, documentId, total, parts }: Pick<Receipt, 'number' | 'documentId' | 'total' | 'parts'>,
): ChargedSoFar {
  const isOfDocument = documentId !== undefined;
  return {
    ...sums,
    charged: sums.charged + total,
    tax: parts.reduce((sum, { tax }) => sum + tax, sums.tax),
    commission: parts.reduce((sum, { commission }) => sum + commission, sums.commission),
    documents: sums.documents + (isOfDocument ? 1 : 0),
    ...(!isOfDocument && { receipt: number }),
  };
}

/** The payment of a receipt, and the beginning of the ids of its transfers: no caller's id has a slash. */
export function receiptIdOf(number: number): string {
  return `receipt/${number}`;
}

function positionOf({ endedAt, number }: Receipt): Position {
  return [endedAt, number];
}

/** Of no receipt any more: behind all. */
const BEHIND_ALL: Position = [Number.MAX_SAFE_INTEGER];

/** For an agent with its own part; for administrators and applications with all of them; else with none. */
export function receiptShown(receipt: Receipt, forWhom?: string | 'all') {
  const { number, contactId, customer, rateId, quoteId, receiver, terms, startedAt, endedAt, meteredMs } = receipt;
  const { amounts } = new Tariff(terms);
  const { currency } = terms.price;
  const parts = receipt.parts.filter(({ agentId }) => forWhom === 'all' || agentId === forWhom);
  return {
    receiptId: String(number),
    ...(receipt.total > 0 && { paymentId: receipt.paymentId }),
    contactId,
    ...(receipt.documentId !== undefined && { documentId: receipt.documentId }),
    ...(receipt.queueId !== undefined && { queueId: receipt.queueId }),
    ...(customer !== undefined && { customerId: `c${customer}` }),
    quoteId,
    rateId,
    receiver,
    per: terms.per,
    startedAt,
    endedAt,
    meteredMs,
    ...(terms.minimum !== undefined && { minimum: terms.minimum }),
    lines: receipt.units.flatMap((count, level) => (count > 0 ? [{ count, amount: amounts[level]! }] : [])),
    total: { amount: receipt.total, currency },
    ...(receipt.forgone > 0 && { notCharged: { amount: receipt.forgone, currency } }),
    tax: { amount: receipt.parts.reduce((sum, { tax }) => sum + tax, 0), currency },
    taxBasisPoints: receipt.taxBasisPoints,
    ...(parts.length > 0 && {
      parts: parts.map(({ agentId, amount, tax, commission, receiver: share }) => ({
        agentId,
        amount,
        tax,
        commission,
        receiver: share,
      })),
    }),
  };
}
