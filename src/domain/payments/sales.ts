// What is sold by itself in contacts that are paid for: documents. A sale is whole in one step: what is paid, who gets what of it, the
// payment and the receipt, so whoever sells delivers in that step or not at all.
//
//   customer ── price ──▶ escrow ── tax, commission, receiver ──▶      what the contact has reserved for its first is free for that one

import type { ContactHandle } from '../../engine/command-encoder.ts';
import type { Role } from '../../engine/egress.ts';
import type { Refusal } from '../../protocol/refusals.ts';
import { type Book, houseAccountId, type Order } from '../ledger/book.ts';
import type { Charge } from '../ledger/ledger.ts';
import type { ContactView, Reaction, TableReader } from '../module.ts';
import { accountOfReceiver, availableOf, chargeOf, type PaidContacts, tooLittle } from './paid-contacts.ts';
import type { PaidContact } from './paid-rows.ts';
import { type Receipt, type ReceiptBook, type ReceiptPart, receiptIdOf } from './receipts.ts';
import { type SharesGiven, sharesOf } from './shares.ts';
import { Tariff } from './tariff.ts';

export interface Sold {
  readonly documentId: string;
  readonly contactId: string;
  readonly contact: ContactHandle;
  /** In which it was served as the document was handed over. */
  readonly queueId?: string;
  /** Who hears of it, and may see the receipt. */
  readonly buyer: { readonly role: Role; readonly sub: string };
  readonly agentId: string;
  readonly customer: number;
  readonly accountId: string;
  readonly quoteId: string;
  readonly rateId: string;
  readonly receiver: PaidContact['receiver'];
  readonly price: PaidContact['terms']['price'];
  readonly shares: SharesGiven;
}

export interface SaleMeans {
  readonly paid: Pick<PaidContacts, 'paidFor' | 'freed' | 'hasFreed'>;
  readonly receipts: ReceiptBook;
  readonly book: Book;
  readonly charged: (charge: Charge, at: Pick<Reaction, 'now' | 'tables'>) => void;
  readonly isTakenBack: (paymentId: string, tables: TableReader) => boolean;
}

export class Sales {
  readonly #means: SaleMeans;

  constructor(means: SaleMeans) {
    this.#means = means;
  }

  paidFor(contact: ContactHandle): PaidContact | undefined {
    return this.#means.paid.paidFor(contact);
  }

  sell(of: Sold, reaction: Reaction): Receipt | Refusal {
    const { paid, receipts, charged } = this.#means;
    const { now, tables } = reaction;
    const { agentId, shares, price, buyer } = of;
    const accountId = accountOfReceiver(this.#means.book, agentId, price.currency, tables);
    const part = { agentId, amount: price.amount, ...sharesOf(price.amount, shares), accountId };
    const contact = this.paidFor(of.contact);
    const freed = contact === undefined || price.amount === 0 ? [] : paid.freed(contact);
    const refusal = this.#booked(of, part, freed, reaction);
    if (refusal !== undefined) return refusal;
    if (contact !== undefined && freed.length > 0) paid.hasFreed(contact, tables);
    const receipt = receipts.make(
      {
        contactId: of.contactId,
        contactNumber: of.contact.number,
        documentId: of.documentId,
        ...(of.queueId !== undefined && { queueId: of.queueId }),
        customer: of.customer,
        owner: { role: buyer.role, sub: buyer.sub },
        accountId: of.accountId,
        quoteId: of.quoteId,
        rateId: of.rateId,
        receiver: of.receiver,
        terms: { per: 'document', price },
        taxBasisPoints: shares.taxBasisPoints,
        startedAt: now,
        endedAt: now,
        meteredMs: 0,
        units: [1],
        total: price.amount,
        forgone: 0,
        parts: [part],
      },
      reaction,
    );
    if (price.amount > 0) charged(chargeOf(receipt), reaction);
    receipts.tell(receipt, buyer, reaction);
    return receipt;
  }

  #booked(of: Sold, part: ReceiptPart, freed: Order[], reaction: Reaction): Refusal | undefined {
    const { book, receipts } = this.#means;
    const { accountId, price, contactId } = of;
    const { amount: needed, currency } = price;
    if (needed === 0) return undefined;
    const account = book.account(accountId, reaction.tables);
    const reserved = freed.length > 0 ? (this.paidFor(of.contact)?.held ?? 0) : 0;
    const available = account === undefined ? 0 : availableOf(account) + reserved;
    if (available < needed) return tooLittle(account, { accountId, currency, needed, available });
    const escrow = houseAccountId('escrow', currency);
    const pays = (name: string, debit: string, credit: string, amount: number, why: string): Order[] => {
      const transferId = `payments/${receiptIdOf(receipts.next)}/${name}`;
      return amount === 0
        ? []
        : [{ do: 'transfer', transferId, debit, credit, amount, currency, why, about: contactId }];
    };
    return book.book(
      [
        ...freed,
        ...pays('paid', accountId, escrow, needed, 'document'),
        ...pays('tax', escrow, houseAccountId('tax', currency), part.tax, 'tax'),
        ...pays('commission', escrow, houseAccountId('commission', currency), part.commission, 'commission'),
        ...pays(`agent/${part.agentId}`, escrow, part.accountId, part.receiver, 'document'),
      ],
      reaction,
    );
  }

  /** All that was paid for it was given back. */
  isTakenBack(receipt: number, tables: TableReader): boolean {
    return this.#means.isTakenBack(receiptIdOf(receipt), tables);
  }
}

/** What a document costs in a contact at the rate per document, in this moment; undefined: the rate is another one. */
export function documentPrice({ terms }: PaidContact, now: number): number | undefined {
  return terms.per === 'document' ? Math.max(new Tariff(terms).amountAt(now), terms.minimum ?? 0) : undefined;
}

/** Whether this agent is paid for the contact at its rate, where it is. */
export function isPaidAt({ receiver }: PaidContact, { agentId, queueId }: ContactView): boolean {
  return receiver.agentId === undefined ? receiver.queueId === queueId : receiver.agentId === agentId;
}
