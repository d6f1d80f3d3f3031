// Documents that receivers hand over in contacts that are paid for (docs/paid-contacts.md): the customer is shown title and price, pays, and
// has it.
//
//   document.hand ─▶ before the tick's effects: a row, the price frozen ─▶ document.offered
//   document.collect ─▶ behind the core: paid, marked as bought, receipt, and its content in the answer, all in one step
//         └ again: the content, and nothing else     └ too little money: nothing of it
//
// An offer outlives its contact, until it expires: whoever was advised by telephone buys what was handed over at the page.

import type { Audience, Caller } from '../../engine/egress.ts';
import { documentsPerContactMax, documentsPerTenantMax, documentValidMs } from '../../limits.ts';
import { canonical } from '../../protocol/canonical.ts';
import type { DocumentState } from '../../protocol/documents.ts';
import type { Params } from '../../protocol/methods.ts';
import { isRefusal, type Refusal, refuse } from '../../protocol/refusals.ts';
import { BeforeEffects, type Outcome } from '../before-effects.ts';
import { type Answered, behind } from '../behind.ts';
import { customerIdOf } from '../customers/customer-book.ts';
import { lookingThrough } from '../looking-through.ts';
import type {
  Admission,
  Admitted,
  ContactView,
  DomainModule,
  ErasesCustomers,
  FollowUpHandler,
  Handler,
  LoadContext,
  PersonsView,
  Reaction,
  RoutingView,
  Row,
  RowKey,
  TableReader,
} from '../module.ts';
import { pageOf } from '../pages.ts';
import type { PaidContact } from '../payments/paid-rows.ts';
import { documentPrice, isPaidAt, type Sales } from '../payments/sales.ts';
import type { ExportAt, ExportSource, TimelineAsked, TimelineEntry, TimelineSource } from '../timeline-source.ts';
import { digestOf } from '../token-digest.ts';
import {
  DocumentBook,
  type DocumentRow,
  listOfAgent,
  listOfContact,
  listOfCustomer,
  listOfOwner,
} from './document-book.ts';
import { documentContentsTable, documentIndexTable, documentStepsTable, documentsTable } from './tables.ts';

const MODULE = 30;
const FORGET_TIMER = 1;

interface Handing {
  readonly contact: ContactView;
  readonly paid: PaidContact;
  readonly agentId: string;
}

export class Documents implements DomainModule {
  readonly name = 'documents';
  readonly number = MODULE;
  readonly reactsTo = [];
  readonly tables = [documentsTable, documentContentsTable, documentIndexTable, documentStepsTable];
  readonly methods: Readonly<Record<string, Handler>> = {
    'document.hand': (params, admission) => this.#hand(params, admission),
    'document.collect': behind((params, caller, reaction) => this.#collect(params, caller, reaction)),
    'document.withdraw': behind((params, caller, reaction) => this.#withdraw(params, caller, reaction)),
    'document.list': (params, admission) => this.#list(params, admission),
  };
  readonly followUps: Readonly<Record<string, FollowUpHandler>> = {
    // A webhook is told of a sale behind the settling of its tick: the next one posts it.
    told: () => {},
    setForgetTimer: (_, { core, tables, now }) => {
      this.#timerAt = this.#book.nextDue(tables);
      if (this.#timerAt !== undefined) core.timerSet(MODULE, FORGET_TIMER, Math.max(now, this.#timerAt));
    },
  };
  readonly erases: ErasesCustomers = {
    erase: lookingThrough([
      {
        table: documentsTable,
        kind: 'documents',
        isOf: (person, { customer }) => person.isCustomer(customer as number),
        erase: (row, _, person, tables) => {
          const document = row as unknown as DocumentRow;
          person.noteContact(document.contact.number, [document.contactId]);
          person.noteId(document.documentId);
          this.#book.forget(document, tables);
        },
      },
    ]),
  };
  readonly timeline: readonly TimelineSource[] = [
    { kinds: ['document'], newestFirst: (asked, tables) => this.#stepsOf(asked, tables) },
  ];
  readonly exports: readonly ExportSource[] = [
    { part: 'document', itemsOf: (customer, behind, at) => this.#kept(customer, behind, at) },
  ];
  readonly #routing: RoutingView;
  readonly #persons: PersonsView;
  readonly #sales: Sales;
  readonly #book = new DocumentBook();
  readonly #inOrder: BeforeEffects;
  /** When the timer is set for, or is about to be. */
  #timerAt: number | undefined;

  constructor(routing: RoutingView, persons: PersonsView, sales: Sales) {
    this.#routing = routing;
    this.#persons = persons;
    this.#sales = sales;
    this.#inOrder = new BeforeEffects(routing);
  }

  load({ tables }: LoadContext): void {
    this.#book.load(tables);
    this.#inOrder.load();
    this.#timerAt = this.#book.nextDue(tables);
  }

  begin(reaction: Reaction): void {
    this.#inOrder.begin(reaction);
  }

  // ── Handing over ──────────────────────────────────────────────────────────────────────────────────────────────
  #hand(params: Params<'document.hand'>, admission: Admission): Admitted {
    const caller = admission.caller as Caller;
    const may = (tables: TableReader) => this.#mayHand(params.contactId, caller, tables);
    const contact = this.#routing.contactById(params.contactId);
    return this.#inOrder.admit(contact, may(admission.tables), admission, (reaction, before) => {
      const { tables } = reaction;
      const digest = digestOf(canonical({ ...params, role: caller.role, sub: caller.sub }));
      const known = this.#book.find(params.documentId, tables);
      if (known !== undefined)
        return known.digest === digest
          ? { result: this.#shown(known, reaction) }
          : refuse('document_exists_with_different_content');
      const now = isRefusal(before) ? may(tables) : before;
      return isRefusal(now) ? now : this.#handed(params, now, digest, reaction);
    });
  }

  #mayHand(contactId: string, caller: Caller, tables: TableReader): Handing | Refusal {
    const contact = this.#routing.contactById(contactId);
    const isSeen = () => this.#routing.meantBy(contactId, caller, tables)?.isSeen === true;
    if (contact === undefined) return refuse(isSeen() ? 'contact_already_ended' : 'contact_not_found');
    const { agentId, state } = contact;
    if (caller.role === 'agent' && agentId !== caller.sub)
      return refuse(isSeen() ? 'contact_not_connected' : 'contact_not_found');
    const paid = this.#sales.paidFor(contact);
    // What was promised may be written down while it is wrapped up.
    const isOver = contact.endedAt !== undefined;
    if (isOver && (paid === undefined || agentId === undefined)) return refuse('contact_already_ended');
    if (agentId === undefined || (state !== 'connected' && !isOver)) return refuse('contact_not_connected');
    if (paid === undefined) return refuse('contact_not_paid_for');
    if (!isPaidAt(paid, contact)) return refuse('receiver_is_another', { receiver: paid.receiver });
    return { contact, paid, agentId };
  }

  #handed(params: Params<'document.hand'>, { contact, paid, agentId }: Handing, digest: string, reaction: Reaction) {
    const { now, tables } = reaction;
    const { currency } = paid.terms.price;
    const ofRate = documentPrice(paid, now);
    const { documentId, title, mediaType, content, reference, bytes, validMs = documentValidMs } = params;
    const price = params.price ?? { amount: ofRate ?? 0, currency };
    if (price.currency !== currency)
      return refuse(
        'currencies_differ',
        { path: '/price/currency', currency, given: price.currency },
        'The contact is paid for in `currency`: nothing is changed from one into another.',
      );
    if (ofRate !== undefined && price.amount > ofRate)
      return refuse('document_price_too_high', { price: { amount: ofRate, currency } });
    const isFull = this.#book.countIn(contact.contactId, documentsPerContactMax, tables) === documentsPerContactMax;
    if (isFull || this.#book.count >= documentsPerTenantMax) return refuse('too_many_documents');
    const size = content === undefined ? bytes : Buffer.byteLength(content, 'base64');
    const { role, sub } = contact.owner;
    const document = this.#book.add(
      {
        documentId,
        contactId: contact.contactId,
        contact: { slot: contact.slot, number: contact.number },
        channel: contact.channel,
        queueId: contact.queueId,
        owner: { role, sub },
        agentId,
        customer: paid.customer,
        accountId: paid.accountId,
        quoteId: paid.quoteId,
        rateId: paid.rateId,
        receiver: paid.receiver,
        price,
        shares: paid.shares,
        title,
        mediaType,
        ...(size !== undefined && { bytes: size }),
        digest,
        handedAt: now,
        expiresAt: now + validMs,
      },
      { ...(content !== undefined && { content }), ...(reference !== undefined && { reference }) },
      tables,
    );
    const shown = this.#shown(document, reaction);
    reaction.notify(contact.owner, 'document.offered', shown);
    this.#setTimer(reaction);
    return { result: shown };
  }

  // ── Buying ────────────────────────────────────────────────────────────────────────────────────────────────────
  #collect({ documentId }: Params<'document.collect'>, caller: Caller, reaction: Reaction): Outcome {
    const { now, tables } = reaction;
    const found = this.#book.find(documentId, tables);
    if (found === undefined || !this.#isTheirs(found, caller, tables)) return refuse('document_not_found');
    const state = this.#stateOf(found, reaction);
    if (state === 'collected') return { result: this.#bought(found, reaction) };
    if (state !== 'offered') return refuse('document_not_open', { state });
    const buyer = caller.role === 'app' ? found.owner : { role: caller.role, sub: caller.sub };
    const receipt = this.#sales.sell({ ...found, buyer }, reaction);
    if (isRefusal(receipt)) return receipt;
    const document = this.#book.collected(found, receipt.number, now, tables);
    const shown = this.#shown(document, reaction);
    reaction.notify(document.owner, 'document.collected', shown);
    reaction.notify({ role: 'agent', sub: document.agentId }, 'document.collected', shown);
    this.#setTimer(reaction);
    return { result: this.#bought(document, reaction) };
  }

  #withdraw({ documentId }: Params<'document.withdraw'>, caller: Caller, reaction: Reaction): Answered {
    const { now, tables } = reaction;
    const found = this.#book.find(documentId, tables);
    if (found === undefined || (caller.role === 'agent' && found.agentId !== caller.sub))
      return refuse('document_not_found');
    const state = this.#stateOf(found, reaction);
    if (state === 'withdrawn') return { result: this.#shown(found, reaction) };
    if (state !== 'offered') return refuse('document_not_open', { state });
    const shown = this.#shown(this.#book.withdrawn(found, now, tables), reaction);
    reaction.notify(found.owner, 'document.withdrawn', shown);
    return { result: shown };
  }

  /** Of whoever had the contact, or has it now at another device, and of a page whose visitor is the customer. */
  #isTheirs({ owner, contact, customer }: DocumentRow, { role, sub }: Caller, tables: TableReader): boolean {
    const isSame = (one: Pick<Audience, 'role' | 'sub'>) => one.role === role && one.sub === sub;
    if (role === 'app' || isSame(owner)) return true;
    const now = this.#routing.contactByNumber(contact.number);
    if (now !== undefined && isSame(now.owner)) return true;
    return this.#visited({ role, sub }, tables).includes(customer);
  }

  /** The customers that the visitor of a page is. */
  #visited({ role, sub }: Pick<Caller, 'role' | 'sub'>, tables: TableReader): readonly number[] {
    const identity = { scheme: 'visitor', value: sub };
    const customer = role === 'customer' ? this.#persons.named({ identity }, tables) : undefined;
    return customer === undefined ? [] : this.#persons.membersOf(customer);
  }

  // ── What is shown ─────────────────────────────────────────────────────────────────────────────────────────────
  #list(params: Params<'document.list'>, { caller, tables, now }: Admission): Admitted {
    const who = caller as Caller;
    const { contactId, state } = params;
    const { items, cursor } = pageOf(
      params,
      (number) => this.#book.after(number, this.#listsFor(who, contactId, tables), tables),
      ({ number }) => number,
      (document) =>
        (contactId === undefined || this.#mayList(document, who, tables)) &&
        (state === undefined || this.#stateOf(document, { now, tables }) === state),
    );
    return { result: { documents: items.map((document) => this.#shown(document, { now, tables })), ...cursor } };
  }

  #listsFor(who: Caller, contactId: string | undefined, tables: TableReader): readonly RowKey[] | undefined {
    if (contactId !== undefined) return [listOfContact(contactId)];
    const { role, sub } = who;
    if (role === 'agent') return [listOfAgent(sub)];
    if (role !== 'customer' && role !== 'switch') return undefined;
    return [listOfOwner({ role, sub }), ...this.#visited(who, tables).map(listOfCustomer)];
  }

  #mayList(document: DocumentRow, who: Caller, tables: TableReader): boolean {
    if (who.role === 'agent') return document.agentId === who.sub;
    return who.role === 'admin' || who.role === 'supervisor' || this.#isTheirs(document, who, tables);
  }

  #stateOf(
    document: DocumentRow,
    { now, tables }: { readonly now: number; readonly tables: TableReader },
  ): DocumentState {
    const { withdrawnAt, collectedAt, receipt, expiresAt } = document;
    if (withdrawnAt !== undefined) return 'withdrawn';
    if (collectedAt === undefined) return expiresAt <= now ? 'expired' : 'offered';
    return receipt !== undefined && this.#sales.isTakenBack(receipt, tables) ? 'refunded' : 'collected';
  }

  *#stepsOf(asked: TimelineAsked, tables: TableReader): Generator<TimelineEntry> {
    for (const { at, state, order, document } of this.#book.stepsLatest(asked, tables)) {
      const { channel, contactId, agentId } = document;
      yield { at, order, kind: 'document', channel, contactId, agentId, details: shownAs(state, document) };
    }
  }

  /** What was bought, with all of it; what was not is delivered by no export. */
  *#kept(customer: number, behind: number, at: ExportAt) {
    for (const document of this.#book.after(behind, [listOfCustomer(customer)], at.tables)) {
      const isBought = this.#stateOf(document, at) === 'collected';
      const item = isBought ? this.#bought(document, at) : this.#shown(document, at);
      yield { key: document.number, item };
    }
  }

  #shown(document: DocumentRow, at: { readonly now: number; readonly tables: TableReader }): Row {
    return shownAs(this.#stateOf(document, at), document);
  }

  #bought(document: DocumentRow, at: ExportAt): Row {
    return { ...this.#shown(document, at), ...this.#book.content(document, at.tables) };
  }

  // ── Forgetting ────────────────────────────────────────────────────────────────────────────────────────────────
  #setTimer(reaction: Reaction): void {
    const due = this.#book.nextDue(reaction.tables);
    if (due === undefined || (this.#timerAt !== undefined && this.#timerAt <= due)) return;
    this.#timerAt = due;
    reaction.followUp('setForgetTimer', {});
  }

  timerFired(_key: number, reaction: Reaction): void {
    this.#book.forgetOld(reaction.now, reaction.tables);
    reaction.followUp('setForgetTimer', {});
  }
}

function shownAs(state: DocumentState, document: DocumentRow): Row {
  const { documentId, contactId, agentId, customer, title, mediaType, bytes, price, shares } = document;
  const { handedAt, expiresAt, collectedAt, receipt } = document;
  return {
    documentId,
    contactId,
    agentId,
    customerId: customerIdOf(customer),
    title,
    mediaType,
    ...(bytes !== undefined && { bytes }),
    price,
    taxBasisPoints: shares.taxBasisPoints,
    state,
    handedAt,
    expiresAt,
    ...(collectedAt !== undefined && { collectedAt }),
    ...(receipt !== undefined && { receiptId: String(receipt) }),
  };
}
