// Paid contacts: what was charged, made of frames alone and of the router's own lists.
//
// - a receipt is of a contact that was created at that quote, and no contact has two;
// - it charges no more than what it counts comes to, nor than its customer would spend, and its parts are the whole;
// - there is a payment of it, so that it can be taken back;
// - what the receiver wrote in a contact that is paid for by the message is what its receipt counts: nothing unpaid, nothing twice;
// - what is booked for a contact goes in and out of the escrow in one step, and nothing is held for one that is over.

import { canonical } from '../../../src/protocol/canonical.ts';
import type { Members } from '../setting.ts';
import type { Command } from './commands.ts';
import { isNobodys } from './money-judge.ts';
import type { RatingWorld } from './rating-judge.ts';

interface Amount {
  readonly amount: number;
  readonly currency: string;
}

export interface PaidShown {
  readonly receipts: readonly Members[];
  /** By id. */
  readonly payments: ReadonlyMap<string, Members>;
  /** Of all accounts. */
  readonly entries: readonly Members[];
  /** By contact; undefined: some of what was written may be gone. */
  readonly messages: Readonly<Record<string, readonly Members[]>> | undefined;
}

/** No caller's transfer can be called so. */
const own = /^payments\//;

export class PaidJudge {
  readonly #world: Pick<RatingWorld, 'breach' | 'seen' | 'erasures'>;
  readonly #creates: Command[] = [];
  readonly #quotes: Command[] = [];

  constructor(world: Pick<RatingWorld, 'breach' | 'seen' | 'erasures'>) {
    this.#world = world;
  }

  asked(command: Command): void {
    if (command.method === 'quote.request') this.#quotes.push(command);
    if (command.method === 'contact.create' && command.params.quoteId !== undefined) this.#creates.push(command);
  }

  atLast(
    { receipts, payments, entries, messages }: PaidShown,
    views: ReadonlyMap<string, Members | undefined>,
    keepsAll: boolean,
  ): void {
    const seen = new Set<unknown>();
    for (const receipt of receipts) {
      this.#world.seen('a receipt');
      const { contactId, quoteId, receiptId, total, paymentId } = receipt;
      if (receipt.per === 'message') this.#world.seen('messages that are paid for');
      // Documents have receipts of their own (document-judge.ts).
      if (keepsAll && receipt.documentId === undefined && seen.has(contactId))
        this.#world.breach(`${contactId} has two receipts`);
      if (receipt.documentId === undefined) seen.add(contactId);
      const isAsked = this.#creates.some(
        ({ inEffect, params }) => inEffect !== 'no' && params.contactId === contactId && params.quoteId === quoteId,
      );
      if (receipt.documentId === undefined && !this.#isWithin(receipt))
        this.#world.breach(`the receipt ${receiptId} is of more than ${contactId} was to cost: ${canonical(receipt)}`);
      if (!isAsked && !(isNobodys(contactId) && this.#world.erasures.any))
        this.#world.breach(`nobody created ${contactId} at ${quoteId}, as the receipt ${receiptId} says`);
      const { amount, currency } = total as Amount;
      const payment = payments.get(String(paymentId));
      const money = payment?.money as Amount | undefined;
      if (amount > 0 && (payment?.kind !== 'charge' || money?.amount !== amount || money.currency !== currency))
        this.#world.breach(`the receipt ${receiptId} has another payment than its own: ${canonical(payment)}`);
      const fault = sumsFault(receipt, amount);
      if (fault !== undefined) this.#world.breach(`the receipt ${receiptId} ${fault}: ${canonical(receipt)}`);
    }
    this.#booked(entries, views);
    if (messages !== undefined) this.#written(messages, receipts, views);
  }

  /** Of one that may have been created with several bounds the highest counts. */
  #isWithin({ contactId, quoteId, total }: Members): boolean {
    const bounds = this.#creates
      .filter((one) => one.inEffect !== 'no' && one.params.contactId === contactId && one.params.quoteId === quoteId)
      .map(({ params }) => (params.spendMax as number | undefined) ?? Number.POSITIVE_INFINITY);
    return bounds.length === 0 || (total as Amount).amount <= Math.max(...bounds);
  }

  /** Of the rates of agents: who has a pool's contact in which moment is not in any list. */
  #written(
    messages: NonNullable<PaidShown['messages']>,
    receipts: readonly Members[],
    views: ReadonlyMap<string, Members | undefined>,
  ): void {
    for (const { inEffect, params } of this.#creates) {
      const { contactId, quoteId } = params;
      const quote = this.#quoteOf(quoteId);
      const agentId = (quote?.receiver as Members | undefined)?.agentId;
      const isOver = views.get(String(contactId))?.why !== undefined;
      if (inEffect !== 'yes' || quote?.per !== 'message' || agentId === undefined || !isOver) continue;
      const written = (messages[String(contactId)] ?? []).filter(({ from }) => isOf(from as Members, agentId)).length;
      const receipt = receipts.find((one) => one.contactId === contactId && one.per === 'message');
      const lines = (receipt?.lines ?? []) as Members[];
      const counted = lines.reduce((sum, { count }) => sum + Number(count), 0);
      if (counted !== written)
        this.#world.breach(`${agentId} wrote ${written} messages in ${contactId}, and ${counted} are paid`);
    }
  }

  /** Ids are used again: one that was told for two is none. */
  #quoteOf(quoteId: unknown): Members | undefined {
    const told = this.#quotes.flatMap(({ result }) => (result?.quotes ?? []) as Members[]);
    const [quote, ...others] = told.filter((one) => one.quoteId === quoteId);
    return others.some((other) => canonical(other) !== canonical(quote)) ? undefined : quote;
  }

  #booked(entries: readonly Members[], views: ReadonlyMap<string, Members | undefined>): void {
    const escrow = new Map<string, number>();
    // What somebody paid who was erased is not told from what else was booked for that one.
    const isWhole = !entries.some(({ transfer }) => isNobodys((transfer as Members).transferId));
    for (const { transfer, posted, account } of entries) {
      const { transferId, about, hold, currency } = transfer as Members;
      if (!own.test(String(transferId))) continue;
      this.#world.seen('a contact that is paid for');
      if (account === `house:escrow:${currency}`)
        escrow.set(String(currency), (escrow.get(String(currency)) ?? 0) + Number(posted));
      const isOpen = (hold as Members | undefined)?.state === 'open';
      const view = views.get(String(about));
      if (isOpen && (view === undefined || view.why !== undefined))
        this.#world.breach(`${transferId} is still held for ${about}, which is over`);
    }
    for (const [currency, sum] of escrow)
      if (sum !== 0 && isWhole) this.#world.breach(`${sum} ${currency} of contacts are left in the escrow`);
  }
}

const isOf = ({ side, sub }: Members, agentId: unknown) => side === 'agent' && sub === agentId;

function sumsFault(receipt: Members, total: number): string | undefined {
  const { lines, parts = [], per, minimum = 0, meteredMs, startedAt, endedAt, tax } = receipt;
  const exact = (lines as Members[]).reduce((sum, { count, amount }) => sum + Number(count) * Number(amount), 0);
  const most = Math.max(per === 'minute' ? Math.floor(exact / 60) : exact, Number(minimum));
  if (total > most) return 'charges more than it counts';
  if (Number(meteredMs) > Number(endedAt) - Number(startedAt)) return 'counts more time than there was';
  const of = parts as Record<'amount' | 'tax' | 'commission' | 'receiver', number>[];
  if (of.some((part) => part.tax + part.commission + part.receiver !== part.amount))
    return 'has a part that is not whole';
  if (of.reduce((sum, part) => sum + part.amount, 0) !== total) return 'has parts that are not the whole';
  if (of.reduce((sum, part) => sum + part.tax, 0) !== (tax as Amount).amount) return 'has another tax than its parts';
  return undefined;
}
