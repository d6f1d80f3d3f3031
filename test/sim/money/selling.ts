// What receivers sell in contacts besides their time: messages, and documents, which customers buy while the contact goes on or when it is
// over. What was delivered is noted as it is answered, and what it costs is counted by itself.
//
// - a document is given for its price, once, and then as often as it is asked for; not when it was withdrawn, given back, or is out of date;
// - each that was bought has one receipt of its own; in the end all are listed as they are here.

import type { Asking } from './asking.ts';
import { type PaidCall, type ReceiptShown, sharesOfParts } from './contact-account.ts';
import type { Members } from './floor.ts';
import { type OwnPayment, splitOf } from './own-books.ts';
import { amountsOf, plainUnits } from './plain-price.ts';
import type { StormWorld } from './storm-world.ts';

interface OwnDocument {
  readonly documentId: string;
  readonly call: PaidCall;
  readonly agentId: string;
  readonly content: string;
  price: number;
  expiresAt: number;
  /** asked: nobody has said whether it was handed over. */
  state: 'asked' | 'offered' | 'collected' | 'withdrawn';
  receiptId?: string;
  collectedAt?: number;
  payment?: OwnPayment;
  /** Something of it is on its way. */
  isBusy: boolean;
}

export class Selling {
  readonly #world: StormWorld;
  readonly #asking: Asking;
  readonly #documents: OwnDocument[] = [];
  /** Bought since the last look. */
  #sold: OwnDocument[] = [];
  /** Said to have been given back. */
  #givenBack: OwnDocument[] = [];

  constructor(world: StormWorld, asking: Asking) {
    this.#world = world;
    this.#asking = asking;
  }

  // ── Messages ──────────────────────────────────────────────────────────────────────────────────────────────────
  /** Nothing else happens to the contact in this burst. */
  writes(call: PaidCall, agentId: string): void {
    const { contacts, random, count } = this.#world;
    const { contactId, quote } = call;
    const messageId = `m${++this.#world.number}`;
    const message = { text: `this is ${messageId}` };
    if (random.chance(0.15)) {
      // Of the customer's side: free.
      this.#asking.do('app', 'crm', 'contact.send', { contactId, messageId, message });
      return;
    }
    const isPaid = quote.terms.per === 'message' && contacts.isReceivers(call);
    const delivered = ({ at }: Members) => {
      if (!isPaid) return;
      count.messages += 1;
      contacts.wrote(call, { agentId, at: Number(at) });
    };
    const refused = (refusal: string, data: Members) => {
      if (refusal !== 'message_not_paid') return;
      const { amount: missing } = data.missing as { amount: number };
      const next = plainUnits(quote.terms, [...call.written, { agentId, at: this.#world.floor.now }]).added.at(-1) ?? 0;
      if (!isPaid || missing < 1 || missing > next)
        this.#world.breach(`${messageId} in ${contactId} costs ${next}, and ${missing} is missing`);
    };
    this.#asking.do('agent', agentId, 'contact.send', { contactId, messageId, message }, delivered, refused);
  }

  // ── Documents ─────────────────────────────────────────────────────────────────────────────────────────────────
  hands(call: PaidCall, agentId: string): void {
    const { contacts, random } = this.#world;
    const { contactId, quote } = call;
    const { terms } = quote;
    const documentId = `d${++this.#world.number}`;
    const content = Buffer.from(`what is in ${documentId}`).toString('base64');
    const ofRate = terms.per === 'document' ? Math.max(Math.min(...amountsOf(terms)), terms.minimum ?? 0) : undefined;
    const isStated = random.chance(ofRate === undefined ? 0.7 : 0.3);
    const amount = isStated ? random.whole(0, ofRate ?? 600) : undefined;
    const validMs = random.chance(0.1) ? 20_000 : undefined;
    const document: OwnDocument = {
      ...{ documentId, call, agentId, content, price: amount ?? 0, expiresAt: 0, state: 'asked', isBusy: true },
    };
    this.#documents.push(document);
    const params = {
      ...{ documentId, contactId, title: `about ${contactId}`, mediaType: 'text/plain', content },
      ...(amount !== undefined && { price: { amount, currency: terms.price.currency } }),
      ...(validMs !== undefined && { validMs }),
    };
    const isReceivers = contacts.isReceivers(call);
    const handed = (shown: Members) => {
      const handedAt = Number(shown.handedAt);
      // Where nobody says another, it is the rate's of that moment.
      if (amount === undefined && ofRate !== undefined)
        document.price = plainUnits(terms, [{ agentId, at: handedAt }]).cost;
      document.expiresAt = handedAt + (validMs ?? 7 * 86_400_000);
      document.state = 'offered';
      document.isBusy = false;
      if (!isReceivers) this.#world.breach(`${documentId} was handed over by ${agentId}, who is not the receiver`);
    };
    const refused = (refusal: string) => {
      this.#documents.splice(this.#documents.indexOf(document), 1);
      if (isReceivers && refusal === 'receiver_is_another')
        this.#world.breach(`${documentId} of its receiver ${agentId} is refused as ${refusal}`);
    };
    this.#asking.do('agent', agentId, 'document.hand', params, handed, refused);
  }

  /** Somebody buys one, gets one again, or has it taken back by its receiver. */
  collects(): void {
    const { random } = this.#world;
    const all = this.#documents;
    const document = all[all.length - 1 - Math.floor(Math.min(all.length, random.exponential(30)))];
    if (document === undefined || document.isBusy || document.payment?.isBusy) return;
    const { documentId, agentId, state } = document;
    document.isBusy = true;
    const requestId = this.#world.requestId();
    if (state === 'offered' && random.chance(0.1)) {
      const withdrawn = () => {
        document.isBusy = false;
        document.state = 'withdrawn';
      };
      const refused = (_: string, { state }: Members) => this.#isRefused(document, state);
      return this.#asking.do('agent', agentId, 'document.withdraw', { documentId, requestId }, withdrawn, refused);
    }
    const wasGivenBack = isGivenBack(document);
    const given = (result: Members) => {
      document.isBusy = false;
      if (result.content !== document.content)
        this.#world.breach(`${documentId} is given as ${String(result.content)}`);
      if (state === 'withdrawn' || wasGivenBack) this.#world.breach(`${documentId} is given, and was taken back`);
      if (state === 'offered') return this.#bought(document, result);
      if (result.receiptId !== document.receiptId)
        this.#world.breach(`${documentId} is bought again by ${String(result.receiptId)}, after ${document.receiptId}`);
    };
    const refused = (refusal: string, data: Members) => {
      if (refusal !== 'funds_insufficient') return this.#isRefused(document, data.state);
      document.isBusy = false;
      const { needed, available, missing } = data as Record<string, number>;
      const isTrue = needed === document.price && missing === needed - available! && missing > 0;
      if (state !== 'offered' || !isTrue)
        this.#world.breach(`${documentId} for ${document.price} is refused with ${JSON.stringify(data)}`);
    };
    this.#asking.do('app', 'crm', 'document.collect', { documentId, requestId }, given, refused);
  }

  #bought(document: OwnDocument, { receiptId, collectedAt }: Members): void {
    document.state = 'collected';
    document.receiptId = String(receiptId);
    document.collectedAt = Number(collectedAt);
    if (document.collectedAt >= document.expiresAt) this.#world.breach(`${document.documentId} is sold out of date`);
    this.#sold.push(document);
  }

  #isRefused(document: OwnDocument, state: unknown): void {
    document.isBusy = false;
    const { floor } = this.#world;
    if (state === 'refunded') this.#givenBack.push(document);
    else if (state === 'expired' && document.state === 'offered' && document.expiresAt <= floor.now) return;
    else if (state !== 'withdrawn' || document.state !== 'withdrawn')
      this.#world.breach(`${document.documentId}, which is ${document.state}, is refused as ${String(state)}`);
  }

  /** What was bought in this burst is what its receipt says, and is in the books. */
  async settle(): Promise<void> {
    const { books, contacts, count, gained } = this.#world;
    for (const document of this.#sold.splice(0)) {
      const { documentId, call, agentId, price, receiptId, collectedAt } = document as Required<OwnDocument>;
      const { contactId, quote, accountId } = call;
      const { currency } = quote.terms.price;
      const receipt = contacts.receiptOf(documentId) ?? (await this.#receiptOf(contactId, documentId));
      if (receipt === undefined) {
        this.#world.breach(`${documentId} is bought, and has no receipt`);
        continue;
      }
      const part = splitOf(agentId, price, quote.shares);
      contacts.sold(receipt, {
        ...{ receiptId, contactId, documentId, quoteId: quote.quoteId, rateId: quote.rateId },
        ...(price > 0 && { paymentId: `receipt/${receiptId}` }),
        ...{ startedAt: collectedAt, endedAt: collectedAt, meteredMs: 0, lines: [{ count: 1, amount: price }] },
        total: { amount: price, currency },
        tax: { amount: part.tax, currency },
        parts: [part],
      });
      count.documents += 1;
      // What was reserved for it may have been more.
      gained.add(accountId);
      if (price === 0) continue;
      const shares = sharesOfParts([part], currency);
      const payment = { paymentId: `receipt/${receiptId}`, currency, payer: accountId, amount: price, shares };
      document.payment = books.pays({ ...payment, isProviders: false, isDeposit: false });
      for (const { accountId: to, left } of shares) books.move(accountId, to, left);
    }
    for (const document of this.#givenBack.splice(0))
      if (!isGivenBack(document)) this.#world.breach(`${document.documentId} was not given back, and is given no more`);
  }

  async #receiptOf(contactId: string, documentId: string): Promise<ReceiptShown | undefined> {
    const listed = (await this.#asking.all('receipt.list', 'receipts', { contactId })) as unknown as ReceiptShown[];
    const found = listed.find((receipt) => receipt.documentId === documentId);
    if (found !== undefined) this.#world.contacts.receipt(found);
    return found;
  }

  /** All that were ever handed over, as they are listed. */
  async sameDocuments(): Promise<void> {
    const listed = new Map(
      (await this.#asking.all('document.list', 'documents', {})).map((shown) => [shown.documentId, shown]),
    );
    for (const document of this.#documents) {
      const { documentId, price, receiptId } = document;
      const shown = listed.get(documentId) as
        | { state: string; price: { amount: number }; receiptId?: string }
        | undefined;
      const isSame = shown?.state === this.#stateOf(document) && shown.price.amount === price;
      if (!isSame || shown.receiptId !== receiptId)
        this.#world.breach(`${documentId} is ${this.#stateOf(document)} for ${price}: ${JSON.stringify(shown)}`);
      listed.delete(documentId);
    }
    for (const [documentId] of listed) this.#world.breach(`nobody handed over ${String(documentId)}`);
  }

  #stateOf(document: OwnDocument): string {
    if (document.state === 'offered') return document.expiresAt <= this.#world.floor.now ? 'expired' : 'offered';
    return isGivenBack(document) ? 'refunded' : document.state;
  }
}

/** All that was paid for it. */
function isGivenBack({ payment }: OwnDocument): boolean {
  return payment?.shares.every(({ left }) => left === 0) === true;
}
