// What was paid for contacts, counted a second time: records are held against receipts. Each function gives a sentence for each fault.

import { canonical } from '../../src/protocol/canonical.ts';

type Members = Readonly<Record<string, unknown>>;
interface Amount {
  readonly amount: number;
  readonly currency: string;
}

/** Of a record that says nothing of a payment there is no receipt; what others say are the receipts of until then. */
export function* recordFaults(records: readonly Members[], receipts: readonly Members[]): Generator<string> {
  const said = new Set(records.map(({ payment }) => (payment as Members | undefined)?.receiptId));
  const isOver = new Set(records.map(({ contactId }) => contactId));
  for (const { receiptId, contactId, documentId } of receipts)
    if (documentId === undefined && isOver.has(contactId) && !said.has(receiptId))
      yield `the receipt ${receiptId} of ${contactId} is in no record`;
  for (const record of records) {
    const { contactId, payment, arrivedAt, finishedAt } = record;
    // Contacts of one id follow each other.
    const own = receipts.filter(
      (receipt) =>
        receipt.contactId === contactId &&
        Number(receipt.startedAt) >= Number(arrivedAt) &&
        Number(receipt.endedAt) <= Number(finishedAt),
    );
    const { charged, tax, commission, documents = 0, receiptId } = (payment ?? {}) as Members;
    if (payment === undefined) {
      if (own.length > 0) yield `the record of ${contactId} says nothing of ${canonical(own)}`;
      continue;
    }
    const [contacts, sales] = [own.filter((one) => !isSale(one)), own.filter(isSale)];
    // What is bought in the millisecond in which the contact is finished is in its record, or behind it.
    const [before, then] = [0, 1].map((which) =>
      sales.filter(({ endedAt }) => Number(endedAt === finishedAt) === which),
    ) as [Members[], Members[]];
    const fits = then.some((_, least) => isSum([...contacts, ...before, ...then.slice(0, least)]));
    function isSum(of: readonly Members[]): boolean {
      const parts = of.flatMap((receipt) => (receipt.parts ?? []) as Record<string, number>[]);
      const sum = (name: string) => parts.reduce((all, part) => all + part[name]!, 0);
      const { amount, currency } = charged as Amount;
      return (
        amount === of.reduce((all, { total }) => all + (total as Amount).amount, 0) &&
        of.every(({ total }) => (total as Amount).currency === currency) &&
        documents === of.filter(isSale).length &&
        tax === sum('tax') &&
        commission === sum('commission')
      );
    }
    if (contacts.length > 1 || contacts[0]?.receiptId !== receiptId)
      yield `the record of ${contactId} has another receipt than its own: ${canonical(payment)}`;
    if (!fits && !isSum([...contacts, ...sales]))
      yield `the record of ${contactId} says ${canonical(payment)}, and its receipts ${canonical(own)}`;
  }
}

const isSale = ({ documentId }: Members) => documentId !== undefined;
