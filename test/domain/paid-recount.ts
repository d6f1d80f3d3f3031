// What was paid for contacts, counted a second time: records are held against receipts, and the counters of queues and agents against
// receipts and against what is booked. Each function gives a sentence for each fault.

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

type Sums = Record<string, number>;
/** By whose they are, then by currency. */
type Counted = Record<string, Record<string, Sums>>;
const names = ['contacts', 'documents', 'charged', 'tax', 'commission', 'receiver', 'refunded'];

export interface PaidLines {
  /** Of statistics.query, of all the time that there was. */
  readonly queues: readonly Members[];
  readonly agents: readonly Members[];
  /** A line for all queues together. */
  readonly together: readonly Members[];
}

export interface PaidBooks {
  readonly receipts: readonly Members[];
  readonly payments: readonly Members[];
  /** Of the accounts of the house, each with the account. */
  readonly entries: readonly Members[];
}

/** Whom to ask for: queues and agents that were removed since are counted still. */
export function whoIsPaid(receipts: readonly Members[]): {
  readonly queueIds: readonly string[];
  readonly agentIds: readonly string[];
} {
  const parts = receipts.flatMap((receipt) => (receipt.parts ?? []) as { agentId: string }[]);
  return {
    queueIds: [...new Set(receipts.map(({ queueId }) => String(queueId)))],
    agentIds: [...new Set(parts.map(({ agentId }) => agentId))],
  };
}

export function* countedFaults({ queues, agents, together }: PaidLines, books: PaidBooks): Generator<string> {
  const { receipts, payments, entries } = books;
  const [ofQueues, ofAgents]: [Counted, Counted] = [{}, {}];
  const byPayment = new Map(receipts.map((receipt) => [receipt.paymentId, receipt]));
  for (const { queueId, documentId, total, parts = [] } of receipts) {
    const { currency } = total as Amount;
    const one = documentId === undefined ? { contacts: 1 } : { documents: 1 };
    add(ofQueues, queueId, currency, one);
    for (const { agentId, amount, ...shares } of parts as Record<string, unknown>[]) {
      const of = { charged: amount as number, ...(shares as Sums) };
      add(ofQueues, queueId, currency, of);
      add(ofAgents, agentId, currency, { ...one, ...of });
    }
  }
  for (const { kind, state, refundOf, money } of payments) {
    const { amount, currency } = money as Amount;
    const receipt = kind === 'refund' && state === 'done' ? byPayment.get(refundOf) : undefined;
    if (receipt !== undefined) add(ofQueues, receipt.queueId, currency, { refunded: amount });
  }
  yield* differences('queues', linesBy(queues, 'queueId'), ofQueues);
  yield* differences('agents', linesBy(agents, 'agentId'), ofAgents);
  yield* differences('all queues', linesBy(together, 'queueId'), { undefined: bookedIn(entries, ofQueues) });
}

/** What is booked says how much, and receipts how many. */
function bookedIn(entries: readonly Members[], ofQueues: Counted): Record<string, Sums> {
  const all: Counted = {};
  for (const sums of Object.values(ofQueues))
    for (const [currency, { contacts = 0, documents = 0, refunded = 0 }] of Object.entries(sums))
      add(all, 'all', currency, { contacts, documents, refunded });
  for (const { account, posted, transfer } of entries) {
    const { transferId, currency } = transfer as Record<string, string>;
    const what = /^payments\/.*?(\/tax|\/commission|\/agent\/.*|\/paid|\/hold\d+\/end)$/.exec(transferId!)?.[1];
    const amount = Number(posted);
    if (what === undefined || amount === 0) continue;
    if (account === `house:tax:${currency}` && what === '/tax') add(all, 'all', currency!, { tax: amount });
    if (account === `house:commission:${currency}` && what === '/commission')
      add(all, 'all', currency!, { commission: amount });
    if (account !== `house:escrow:${currency}`) continue;
    if (what === '/paid' || what.startsWith('/hold')) add(all, 'all', currency!, { charged: amount });
    else if (what.startsWith('/agent/')) add(all, 'all', currency!, { receiver: -amount });
  }
  return all.all ?? {};
}

function linesBy(lines: readonly Members[], id: string): Counted {
  const all: Counted = {};
  for (const line of lines)
    for (const [currency, sums] of Object.entries((line.paid ?? {}) as Record<string, Sums>))
      add(all, line[id], currency, sums);
  return all;
}

function add(to: Counted, whose: unknown, currency: string, more: Sums): void {
  const key = String(whose);
  const of = to[key] ?? {};
  to[key] = of;
  const sums = of[currency] ?? {};
  of[currency] = sums;
  for (const [name, value] of Object.entries(more)) sums[name] = (sums[name] ?? 0) + value;
}

function* differences(what: string, shown: Counted, wanted: Counted): Generator<string> {
  for (const whose of new Set([...Object.keys(shown), ...Object.keys(wanted)]))
    for (const currency of new Set([...Object.keys(shown[whose] ?? {}), ...Object.keys(wanted[whose] ?? {})]))
      for (const name of names) {
        const [is, was] = [shown, wanted].map((of) => of[whose]?.[currency]?.[name] ?? 0);
        if (is !== was) yield `${what} count ${is} ${currency} ${name} of ${whose}, and it was ${was}`;
      }
}

const isSale = ({ documentId }: Members) => documentId !== undefined;
