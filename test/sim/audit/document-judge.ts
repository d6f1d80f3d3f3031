// Documents that are handed over to be paid for, made of frames alone and of the router's own lists.
//
// - what is listed was handed over so, at the price that was stated where one was; what was acknowledged is listed;
// - whoever is given a document's content is given what was handed over;
// - what is listed as bought has one receipt of its price, and somebody may have bought it; whoever was given one has paid;
// - a receipt of a document is of one that is listed as bought: what was paid was delivered.

import { canonical } from '../../../src/protocol/canonical.ts';
import type { Members } from '../setting.ts';
import type { Command } from './commands.ts';
import { isNobodys } from './money-judge.ts';
import type { RatingWorld } from './rating-judge.ts';

interface Amount {
  readonly amount: number;
  readonly currency: string;
}

const bought = new Set<unknown>(['collected', 'refunded']);

export class DocumentJudge {
  readonly #world: Pick<RatingWorld, 'breach' | 'seen' | 'erasures'>;
  readonly #commands: Command[] = [];

  constructor(world: Pick<RatingWorld, 'breach' | 'seen' | 'erasures'>) {
    this.#world = world;
  }

  asked(command: Command): void {
    if (command.method.startsWith('document.')) this.#commands.push(command);
  }

  atLast(documents: readonly Members[], receipts: readonly Members[]): void {
    const listed = new Map(documents.map((document) => [document.documentId, document]));
    for (const document of documents)
      this.#isTrue(
        document,
        receipts.filter(({ documentId }) => documentId === document.documentId),
      );
    for (const { documentId, receiptId, contactId } of receipts)
      if (documentId !== undefined && !isNobodys(contactId) && !bought.has(listed.get(documentId)?.state))
        this.#world.breach(`${documentId} is paid by ${receiptId}, and was not delivered`);
    for (const { params } of this.#of('document.hand', 'yes'))
      if (!listed.has(params.documentId) && !this.#isErased(params.documentId))
        this.#world.breach(`the document ${params.documentId} is lost`);
    for (const { params, result } of this.#of('document.collect', 'yes')) {
      this.#world.seen('a document');
      if (!bought.has(listed.get(params.documentId)?.state) && !this.#isErased(params.documentId))
        this.#world.breach(`${params.documentId} was given, and is ${canonical(listed.get(params.documentId))}`);
      const isHanded = this.#handed(params.documentId).some(
        ({ content, reference }) => content === result?.content && reference === result?.reference,
      );
      if (!isHanded) this.#world.breach(`nobody handed over what was given as ${params.documentId}`);
    }
  }

  #isTrue(document: Members, receipts: readonly Members[]): void {
    const { documentId, title, mediaType, contactId, price, state, receiptId } = document;
    const { amount, currency } = price as Amount;
    const isHanded = this.#handed(documentId).some((params) => {
      const stated = (params.price ?? price) as Amount;
      const isPriced = stated.amount === amount && stated.currency === currency;
      return params.title === title && params.mediaType === mediaType && isPriced;
    });
    if (!isHanded) this.#world.breach(`nobody handed over ${canonical(document)} in ${contactId}`);
    const [receipt, ...more] = receipts;
    if (more.length > 0) this.#world.breach(`${documentId} was paid twice: ${canonical(receipts)}`);
    const total = receipt?.total as Amount | undefined;
    const isPaid = receipt?.receiptId === receiptId && total?.amount === amount && total.currency === currency;
    if (bought.has(state) && !isPaid)
      this.#world.breach(`${documentId} was given for ${canonical(receipt)}: ${canonical(document)}`);
    if (bought.has(state) && !this.#of('document.collect').some(({ params }) => params.documentId === documentId))
      this.#world.breach(`nobody bought ${documentId}`);
  }

  /** Ids come up again: one of them was handed over in a contact of somebody who was erased. */
  #isErased(documentId: unknown): boolean {
    return this.#handed(documentId).some(({ contactId }) => this.#world.erasures.mayHave(contactId));
  }

  #handed(documentId: unknown): Members[] {
    return this.#of('document.hand').flatMap(({ params }) => (params.documentId === documentId ? [params] : []));
  }

  #of(method: string, inEffect?: 'yes'): Command[] {
    return this.#commands.filter(
      (command) =>
        command.method === method &&
        (inEffect === undefined ? command.inEffect !== 'no' : command.inEffect === inEffect),
    );
  }
}
