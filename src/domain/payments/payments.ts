// Paid contacts (docs/paid-contacts.md): what receivers ask for, and what customers are quoted.
//
//   rate.publish ─▶ rate-book.ts ── quote.request ─▶ quote-book.ts: frozen, with the shares of tenant and tax, until it expires
//                      │ tariff.ts: which price when
//                      ▼
//                   meter.ts: what was used costs · shares.ts: who gets what of it
//
// Rates and quotes have no commands of the core's, so they are decided where they are admitted, one request after the other.

import * as layout from '../../../assembly/layout.ts';
import type { ContactHandle } from '../../engine/command-encoder.ts';
import type { Effect } from '../../engine/effects.ts';
import { paidBeatMs, quoteKeptMs, quotesForgottenEveryMs, quotesPerRequestMax } from '../../limits.ts';
import { canonical } from '../../protocol/canonical.ts';
import type { Params } from '../../protocol/methods.ts';
import { paidContactsDefaults, type RateTerms, ratePers } from '../../protocol/rates.ts';
import { type Refusal, refuse } from '../../protocol/refusals.ts';
import type { TenantProperties } from '../../protocol/tenant-settings.ts';
import { customerNumberOf } from '../customers/customer-book.ts';
import type { Ledger } from '../ledger/ledger.ts';
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
  Shapes,
  TableReader,
} from '../module.ts';
import { pageOf } from '../pages.ts';
import type { PaidFor } from '../statistics/statistics.ts';
import type { HoldsView } from '../switches/holds.ts';
import type { TimelineAsked, TimelineEntry, TimelineSource } from '../timeline-source.ts';
import { PaidContacts } from './paid-contacts.ts';
import { QuoteBook, type QuoteRequest } from './quote-book.ts';
import { fits, type Rate, RateBook } from './rate-book.ts';
import { type ChargedSoFar, type Receipt, ReceiptBook, receiptShown } from './receipts.ts';
import { Sales } from './sales.ts';
import { paidContactsTable, quotesTable, ratesTable, receiptIndexTable, receiptsTable } from './tables.ts';

const MODULE = 26;
/** Of all quotes: the oldest are forgotten. */
const FORGET_TIMER = 1;
/** Of contacts: called by their number times four, plus what they are of. */
const PAID = 2;
const KINDS = 4;
/** Of all paid contacts. */
const BEAT_TIMER = 3;
const effectsOfPaidContacts = [
  layout.EFFECT_CONNECTED,
  layout.EFFECT_PARTED,
  layout.EFFECT_HANDED_OVER,
  layout.EFFECT_ENDED,
  layout.EFFECT_RELEASED,
];

/** As other modules may see it. */
export interface ChargesView {
  chargedIn(contactId: string, contactNumber: number, tables: TableReader): ChargedSoFar;
}

/** As the ledger shows it. */
export interface Refunded {
  readonly refundOf?: string;
  readonly money: { readonly amount: number; readonly currency: string };
}

type Settings = NonNullable<TenantProperties['paidContacts']>;

/** Who is told of what was paid. True: somebody is, who has settled already, and does the rest in the next tick. */
export interface OnPaid {
  /** Of each receipt, with all that is in it. */
  receipt(shown: object, then: Reaction): boolean;
  counted(of: PaidFor, then: Reaction): boolean;
  givenBack(queueId: string, currency: string, amount: number, then: Reaction): boolean;
}

export class Payments implements DomainModule {
  readonly name = 'payments';
  readonly number = MODULE;
  readonly reactsTo = effectsOfPaidContacts;
  readonly tables = [ratesTable, quotesTable, paidContactsTable, receiptsTable, receiptIndexTable];
  readonly methods: Readonly<Record<string, Handler>> = {
    'rate.publish': (params, admission) => this.#publish(params, admission),
    'rate.withdraw': (params, admission) => this.#withdraw(params, admission),
    'rate.list': (params) => this.#list(params),
    'quote.request': (params, admission) => this.#quote(params, admission),
    'receipt.list': (params, admission) => this.#receiptList(params, admission),
  };
  readonly shapes: Shapes = {
    tenantSet: ({ paidContacts }, { onUndo }) => {
      const before = this.#settings;
      this.#settings = paidContacts ?? {};
      onUndo(() => {
        this.#settings = before;
      });
    },
    agentRemove: ({ agentId }, admission) => {
      this.#rates.withdrawAllOf({ agentId }, admission);
      return undefined;
    },
    contactCreate: (draft, admission) => this.#paid.create(draft, admission),
    anyContactShown: (contact, shown) => this.#paid.show(contact, shown),
    queueRemove: (queueId, admission) => this.#rates.withdrawAllOf({ queueId }, admission),
  };
  readonly followUps: Readonly<Record<string, FollowUpHandler>> = {
    told: () => {},
    setForgetTimer: (_, { core, now }) => {
      this.#forgetAt = this.#quotes.nextDue();
      if (this.#forgetAt !== undefined)
        core.timerSet(MODULE, FORGET_TIMER, Math.max(now + quotesForgottenEveryMs, this.#forgetAt));
    },
    watchPaid: ({ number, at }, { core, now }) =>
      core.timerSet(MODULE, (number as number) * KINDS + PAID, Math.max(now, at as number)),
    beat: (_, { core, now }) => core.timerSet(MODULE, BEAT_TIMER, now + paidBeatMs),
    unpaid: (params, admission) => this.#paid.unpaid(params as unknown as ContactHandle, admission),
    cutOff: (params, admission) => this.#paid.cutOff(params as unknown as ContactHandle, admission),
  };
  /** Before the ledger, whose accounts have their names yet. */
  readonly erases: ErasesCustomers = {
    erase: lookingThrough([
      {
        table: paidContactsTable,
        kind: 'paidContacts',
        isOf: (person, { customer }) => person.isCustomer(customer as number),
        // Its contact is over, and it is about to be settled, or wrapped up.
        erase: () => 'waits',
      },
      {
        table: receiptsTable,
        kind: 'receipts',
        isOf: (person, { customer }) => person.isCustomer(customer as number | undefined),
        erase: (row, _, person, tables) => {
          const receipt = row as unknown as Receipt;
          person.noteContact(receipt.contactNumber, [receipt.contactId]);
          // Of quotes that an application has asked for, the customer is known by those that were used.
          person.noteId(receipt.quoteId.slice(0, receipt.quoteId.lastIndexOf('.')));
          this.#receipts.erase(receipt, this.#ledger.erasedIdOf(receipt.accountId, tables), tables);
        },
      },
      {
        table: quotesTable,
        kind: 'quotes',
        isOf: (person, { quoteId, owner, content }) =>
          person.isNamedIn({ quoteId, owner }) || person.isNamedIn(JSON.parse(content as string)),
        erase: (row, _, __, tables) => this.#quotes.erase(row as unknown as QuoteRequest, tables),
      },
    ]),
  };
  readonly timeline: readonly TimelineSource[] = [
    { kinds: ['receipt'], newestFirst: (asked, tables) => this.#receiptsOf(asked, tables) },
  ];
  readonly #routing: RoutingView;
  readonly #persons: PersonsView;
  readonly #rates = new RateBook();
  readonly #quotes = new QuoteBook();
  readonly #receipts: ReceiptBook;
  readonly #paid: PaidContacts;
  /** For whoever sells something in a contact that is paid for. */
  readonly sales: Sales;
  readonly #ledger: Ledger;
  readonly #onPaid: OnPaid;
  #settings: Settings = {};
  /** When the timer is set for, or is about to be. */
  #forgetAt: number | undefined;

  constructor(routing: RoutingView, persons: PersonsView, ledger: Ledger, holds: HoldsView, onPaid: OnPaid) {
    this.#routing = routing;
    this.#persons = persons;
    this.#onPaid = onPaid;
    this.#receipts = new ReceiptBook((receipt, reaction) => {
      const isTold = onPaid.receipt(receiptShown(receipt, 'all'), reaction);
      const isCounted = onPaid.counted(countedOf(receipt), reaction);
      if (isTold || isCounted) reaction.followUp('told', {});
    });
    this.#ledger = ledger;
    this.#paid = new PaidContacts({
      routing,
      persons,
      book: ledger.book,
      charged: (...charge) => ledger.charged(...charge),
      quotes: this.#quotes,
      receipts: this.#receipts,
      isHeld: (contact) => holds.isHeld(contact),
      settings: () => this.#settings,
    });
    this.sales = new Sales({
      paid: this.#paid,
      receipts: this.#receipts,
      book: ledger.book,
      charged: (...charge) => ledger.charged(...charge),
      isTakenBack: (...asked) => ledger.isTakenBack(...asked),
    });
  }

  /** Somebody is on hold, or no longer; and so in the tick before. */
  readonly holdChanged = (contact: ContactHandle, reaction: Reaction): boolean => this.#paid.held(contact, reaction);
  readonly holdHasChanged = (contact: ContactHandle): void => this.#paid.heldBefore(contact);

  /** Of one that was paid for, as its record says it: this tick's settlements are in it once this module has settled. */
  readonly chargedIn: ChargesView['chargedIn'] = (contactId, contactNumber, tables) =>
    this.#receipts.chargedIn(contactId, contactNumber, tables);

  /** Something of what was charged is given back. */
  givenBack({ refundOf, money }: Refunded, reaction: Reaction): boolean {
    const receipt = refundOf === undefined ? undefined : this.#receipts.ofPayment(refundOf, reaction.tables);
    if (receipt?.queueId === undefined) return false;
    return this.#onPaid.givenBack(receipt.queueId, money.currency, money.amount, reaction);
  }

  /** A receiver writes in a contact. */
  written(contact: ContactView, reaction: Reaction): Refusal | undefined {
    return this.#paid.written(contact, reaction);
  }

  load(context: LoadContext): void {
    const { tables } = context;
    this.#paid.load(context);
    this.#receipts.load(tables);
    this.#settings = this.#routing.tenantGiven(tables).paidContacts ?? {};
    this.#rates.load(tables);
    this.#quotes.load(tables);
    this.#forgetAt = this.#quotes.nextDue();
  }

  // ── Rates ─────────────────────────────────────────────────────────────────────────────────────────────────────
  #publish(given: Params<'rate.publish'>, admission: Admission): Admitted {
    const { caller, now } = admission;
    const { agentId, queueId } = given.receiver;
    if (caller?.role === 'agent' && agentId !== caller.sub)
      return refuse('not_allowed_for_role', { path: '/receiver' });
    const known = this.#rates.find(given.rateId);
    if (known !== undefined) {
      const isTheSame = canonical(known.given) === canonical(given);
      return isTheSame ? { result: rateShown(known) } : refuse('rate_exists_with_different_content');
    }
    const { validUntil } = given;
    if (validUntil !== undefined && validUntil <= now) return refuse('rate_already_expired', { validUntil, now });
    if (agentId !== undefined && this.#routing.agentHandleOf(agentId) === undefined) return refuse('agent_not_found');
    if (queueId !== undefined && this.#routing.queueNow(queueId, now) === undefined) return refuse('queue_not_found');
    if (this.#rates.isFull) return refuse('too_many_rates');
    return { result: rateShown(this.#rates.publish(given, admission)) };
  }

  #withdraw({ rateId }: Params<'rate.withdraw'>, admission: Admission): Admitted {
    const { caller } = admission;
    const rate = this.#rates.find(rateId);
    if (rate === undefined) return refuse('rate_not_found');
    if (caller?.role === 'agent' && rate.given.receiver.agentId !== caller.sub) return refuse('rate_not_found');
    this.#rates.withdraw(rate, admission);
    return { result: { rateId } };
  }

  #list(params: Params<'rate.list'>): Admitted {
    const { receiver, channel, topic, currency } = params;
    const { items, cursor } = pageOf(
      params,
      (number) => this.#rates.after(number),
      ({ number }) => number,
      // Who asks for a topic is shown what would be quoted for it; who does not sees those of all topics.
      (rate) => fits(rate, { receiver, channel, currency, topic: topic ?? rate.given.topic }),
    );
    return { result: { rates: items.map(rateShown), ...cursor } };
  }

  // ── Quotes ────────────────────────────────────────────────────────────────────────────────────────────────────
  #quote(params: Params<'quote.request'>, admission: Admission): Admitted {
    const { caller, now, core, onUndo } = admission;
    const { quoteId, receiver } = params;
    const { role, sub } = caller!;
    if (role === 'agent' && receiver?.agentId !== sub) return refuse('not_allowed_for_role', { path: '/receiver' });
    const content = canonical(params);
    const known = this.#quotes.find(quoteId);
    if (known !== undefined) return quotedAlready(known, content, { role, sub });
    const quotes = this.#quotesFor(params, now);
    if (quotes.length === 0) return refuse('no_rate_fits');
    if (this.#quotes.isFullFor({ role, sub })) return refuse('too_many_quotes');
    const { quoteMs, commissionBasisPoints, taxBasisPoints } = { ...paidContactsDefaults, ...this.#settings };
    const shares = { commissionBasisPoints, taxBasisPoints };
    const made = this.#quotes.make(
      { quoteId, owner: { role, sub }, channel: params.channel, content, quotes, shares, expiresAt: now + quoteMs },
      admission,
    );
    const due = made.expiresAt + quoteKeptMs;
    if (this.#forgetAt === undefined || due < this.#forgetAt) {
      const before = this.#forgetAt;
      this.#forgetAt = due;
      core.timerSet(MODULE, FORGET_TIMER, due);
      onUndo(() => {
        this.#forgetAt = before;
      });
    }
    return { result: quotesShown(made) };
  }

  /** Of what is counted alike the cheapest first; of equals, what was published first. */
  #quotesFor(params: Params<'quote.request'>, now: number) {
    const rank = ({ given: { per, price } }: Rate) => `${ratePers.indexOf(per)} ${price.currency}`;
    const { quoteId: _, ...wanted } = params;
    return [...this.#rates.fitting(wanted, now)]
      .map((rate) => ({ rate, rank: rank(rate), amountNow: rate.tariff.amountAt(now) }))
      .sort(
        (one, other) =>
          (one.rank < other.rank ? -1 : one.rank > other.rank ? 1 : 0) ||
          one.amountNow - other.amountNow ||
          one.rate.number - other.rate.number,
      )
      .slice(0, quotesPerRequestMax)
      .map(({ rate: { given }, amountNow }) => ({
        rateId: given.rateId,
        receiver: given.receiver,
        terms: termsOf(given),
        amountNow,
      }));
  }

  // ── Paid contacts ─────────────────────────────────────────────────────────────────────────────────────────────
  react(effect: Effect): void {
    this.#paid.react(effect);
  }

  settle(reaction: Reaction): void {
    this.#paid.settle(reaction);
  }

  resumed(reaction: Reaction, downMs: number): void {
    this.#paid.resumed(reaction, downMs);
  }

  #receiptList(params: Params<'receipt.list'>, { caller, tables }: Admission): Admitted {
    const { contactId, customerId } = params;
    const agentId = caller?.role === 'agent' ? caller.sub : params.agentId;
    const seesAll = caller?.role === 'admin' || caller?.role === 'app' || caller?.role === 'supervisor';
    const customer = customerId === undefined ? undefined : customerNumberOf(customerId);
    if (customerId !== undefined && customer === undefined) return { result: { receipts: [] } };
    const members = customer === undefined ? [] : this.#persons.membersOf(customer);
    // Of a person who is several customers all are looked through.
    const one = customer === undefined || members.length > 1 ? undefined : String(customer);
    const who = contactId ?? one ?? agentId;
    const what = contactId !== undefined ? 'contact' : one !== undefined ? 'customer' : 'agent';
    const isTheirs = ({ owner, parts }: Receipt) =>
      seesAll ||
      (caller?.role === 'agent'
        ? parts.some((part) => part.agentId === caller.sub)
        : owner.role === caller?.role && owner.sub === caller?.sub);
    const { items, cursor } = pageOf(
      params,
      (number) => this.#receipts.after(number, tables, who === undefined ? undefined : { what, who }),
      ({ number }) => number,
      (receipt) => isTheirs(receipt) && (members.length === 0 || members.some((member) => member === receipt.customer)),
    );
    const forWhom = seesAll ? 'all' : caller?.role === 'agent' ? caller.sub : undefined;
    return { result: { receipts: items.map((receipt) => receiptShown(receipt, forWhom)), ...cursor } };
  }

  *#receiptsOf(asked: TimelineAsked, tables: TableReader): Generator<TimelineEntry> {
    const forWhom = asked.role === 'agent' ? undefined : 'all';
    for (const receipt of this.#receipts.ofCustomerLatest(asked, tables)) {
      const { endedAt, number, contactId, receiver } = receipt;
      const { agentId } = receipt.parts.at(-1) ?? receiver;
      const details = receiptShown(receipt, forWhom);
      yield { at: endedAt, order: [number], kind: 'receipt', contactId, agentId, details };
    }
  }

  timerFired(key: number, reaction: Reaction): void {
    if (key === BEAT_TIMER) return this.#paid.beat(reaction);
    if (key !== FORGET_TIMER) return this.#paid.look(Math.floor(key / KINDS), reaction);
    this.#quotes.forgetOld(reaction);
    reaction.followUp('setForgetTimer', {});
  }
}

function countedOf({ queueId, terms, documentId, parts }: Receipt): PaidFor {
  const { currency } = terms.price;
  return { ...(queueId !== undefined && { queueId }), currency, documents: documentId === undefined ? 0 : 1, parts };
}

function rateShown({ given, publishedAt }: Rate) {
  return { ...given, publishedAt };
}

/** By whoever asked for them: what somebody else was quoted is none of the others' business. */
function quotedAlready(known: QuoteRequest, content: string, { role, sub }: QuoteRequest['owner']): Admitted {
  const isTheSame = known.content === content && known.owner.role === role && known.owner.sub === sub;
  return isTheSame ? { result: quotesShown(known) } : refuse('quote_exists_with_different_content');
}

function quotesShown({ quoteId, quotes, shares, expiresAt }: QuoteRequest) {
  return {
    quoteId,
    quotes: quotes.map(({ rateId, receiver, terms, amountNow }, at) => ({
      quoteId: `${quoteId}.${at + 1}`,
      rateId,
      receiver,
      ...terms,
      amountNow,
      taxBasisPoints: shares.taxBasisPoints,
      expiresAt,
    })),
  };
}

function termsOf({ per, price, timeZone, hours, minimum, freeMs, holdIsFree }: RateTerms): RateTerms {
  return {
    per,
    price,
    ...(timeZone !== undefined && { timeZone }),
    ...(hours !== undefined && { hours }),
    ...(minimum !== undefined && { minimum }),
    ...(freeMs !== undefined && { freeMs }),
    ...(holdIsFree !== undefined && { holdIsFree }),
  };
}
