// The ledger (docs/money.md): accounts of customers, agents and the house, what is booked between them, and payments.
//
//   account.book, account.deposit ─▶ ledger-book.ts: staged at admission, so that what comes behind in the same tick sees it
//   account.withdraw, payment.…   ─▶ paying.ts: decided behind the core, by what the tick has come to
//   the tick settles ─▶ transfers, entries and sums are rows; the provider is asked ─▶ a timer for what is due next
//
// The sums of all accounts of a currency come to zero at every moment, since each transfer takes from one what it gives to the other.

import type { Caller, ClientAnswer } from '../../engine/egress.ts';
import { accountsPerOwnerMax, accountsPerTenantMax } from '../../limits.ts';
import { canonical } from '../../protocol/canonical.ts';
import type { Params } from '../../protocol/methods.ts';
import { isRefusal, type Refusal, refuse } from '../../protocol/refusals.ts';
import { type Answered, behind } from '../behind.ts';
import { customerIdOf, customerNumberOf, knownCustomer } from '../customers/customer-book.ts';
import type {
  Admission,
  Admitted,
  Afterwards,
  DomainModule,
  FollowUpHandler,
  Handler,
  LoadContext,
  PersonsView,
  Reaction,
  RoutingView,
  TableReader,
} from '../module.ts';
import { pageOf } from '../pages.ts';
import {
  type ExportSource,
  latestFirst,
  type TimelineAsked,
  type TimelineEntry,
  type TimelineSource,
} from '../timeline-source.ts';
import { type Account, type Book, limitByDefault, type Order } from './book.ts';
import { Disputes } from './disputes.ts';
import { erasedIdOf, erasesMoney } from './erasing.ts';
import { type AccountRow, disputedOn, type Entry, LedgerBook } from './ledger-book.ts';
import { Paying, type PaymentEvent } from './paying.ts';
import { type At, leftOf, type Payment, Payments } from './payments.ts';
import {
  accountIndexTable,
  accountsTable,
  entriesTable,
  paymentIndexTable,
  paymentsTable,
  transferIndexTable,
  transfersTable,
} from './tables.ts';

const MODULE = 25;
/** The module's only timer: a hold times out, or the provider is to be asked. */
const DUE_TIMER = 1;

/** Its paymentId has a slash, which no id of a caller's has. */
export interface Charge {
  readonly paymentId: string;
  readonly payer: string;
  readonly amount: number;
  readonly currency: string;
  /** Who has got what of it. */
  readonly shares: readonly { readonly accountId: string; readonly amount: number }[];
  readonly about: string;
  /** Who had the contact. */
  readonly by: Payment['by'];
}

/** Who is told of payments that were booked, came to nothing, are disputed and decided. True: somebody is. */
type OnPayment = (what: PaymentEvent, payment: object, then: Reaction) => boolean;

export class Ledger implements DomainModule {
  readonly name = 'ledger';
  readonly number = MODULE;
  readonly reactsTo = [];
  readonly tables = [
    accountsTable,
    accountIndexTable,
    transfersTable,
    transferIndexTable,
    entriesTable,
    paymentsTable,
    paymentIndexTable,
  ];
  readonly #book = new LedgerBook();
  readonly #payments = new Payments();
  readonly #disputes = new Disputes(this.#book, this.#payments);
  readonly #paying = new Paying(this.#book, this.#payments, this.#disputes, {
    ownRow: (...asked) => this.#ownRow(...asked),
    seesAll: (caller) => caller?.role !== 'agent' && caller?.role !== 'customer',
    // What is decided behind the core, or as this module settles, comes behind the settling of who tells: the next tick does.
    tell: (what, payment, reaction) => {
      if (this.#onPayment(what, payment, reaction)) reaction.followUp('told', {});
    },
  });
  readonly methods: Readonly<Record<string, Handler>> = {
    'account.open': (params, admission) => this.#open(params, admission),
    'account.change': this.#lookedAfter(behind((params, caller, reaction) => this.#change(params, caller, reaction))),
    'account.get': (params, admission) => this.#get(params, admission),
    'account.list': (params, admission) => this.#list(params, admission),
    'account.statement': (params, admission) => this.#statement(params, admission),
    'account.book': (params, admission) => this.#bookSteps(params, admission),
    ...Object.fromEntries(
      Object.entries(this.#paying.methods).map(([name, handler]) => [name, this.#lookedAfter(handler)]),
    ),
  };
  readonly followUps: Readonly<Record<string, FollowUpHandler>> = {
    moneyCame: ({ accountIds }) => {
      for (const accountId of accountIds as readonly string[]) this.#book.gained(accountId);
    },
    told: () => {},
    // It may come late, when what it was for has been done or is gone.
    setTimer: (_, { core, now }) => {
      this.#timerAt = this.#nextDue() ?? Number.POSITIVE_INFINITY;
      if (this.#timerAt !== Number.POSITIVE_INFINITY) core.timerSet(MODULE, DUE_TIMER, Math.max(now, this.#timerAt));
    },
  };
  readonly erases = erasesMoney;
  readonly timeline: readonly TimelineSource[] = [
    { kinds: ['payment'], newestFirst: (asked, tables) => this.#bookings(asked, tables) },
  ];
  readonly exports: readonly ExportSource[] = [
    { part: 'account', itemsOf: (customer, behind, { tables }) => this.#accountsKept(customer, behind, tables) },
  ];
  readonly #routing: RoutingView;
  readonly #persons: PersonsView;
  readonly #onPayment: OnPayment;
  /** When the timer fires, or will once the follow-up that sets it has come; after a load nobody knows. */
  #timerAt = Number.POSITIVE_INFINITY;
  #accounts = 0;

  constructor(routing: RoutingView, persons: PersonsView, onPayment: OnPayment) {
    this.#routing = routing;
    this.#persons = persons;
    this.#onPayment = onPayment;
  }

  /** For modules that take and pay money. */
  get book(): Book {
    return this.#book;
  }

  /** What a customer was charged for a contact, as it has been booked: so that it can be disputed, and taken back. */
  charged({ paymentId, payer, amount, currency, shares, about, by }: Charge, at: At): void {
    this.#payments.add(
      {
        paymentId,
        kind: 'charge',
        state: 'done',
        through: 'books',
        by,
        accountId: payer,
        payer,
        shares: shares.map((share) => ({ ...share, left: share.amount })),
        amount,
        currency,
        about,
        doneAt: at.now,
        content: '',
      },
      at,
    );
  }

  /** Nothing is left of what was paid: all of it was given back. */
  isTakenBack(paymentId: string, tables: TableReader): boolean {
    const payment = this.#payments.find(paymentId, tables);
    return payment !== undefined && leftOf(payment) === 0;
  }

  /** How the account is called once its customer is erased. */
  erasedIdOf(accountId: string, tables: TableReader): string {
    const row = this.#book.row(accountId, tables);
    return row === undefined ? accountId : erasedIdOf(row.number);
  }

  load({ tables }: LoadContext): void {
    this.#book.load(tables);
    this.#paying.load(tables);
    this.#timerAt = Number.POSITIVE_INFINITY;
    this.#accounts = this.#book.accountsSoFar;
  }

  settle(reaction: Reaction): void {
    // Whoever waits for money has settled before, and has seen it.
    this.#book.takeGained();
    this.#book.settle(reaction.tables);
    this.#disputes.topUp(reaction);
    this.#paying.settle(reaction);
    const due = this.#nextDue();
    if (due === undefined || due >= this.#timerAt) return;
    this.#timerAt = due;
    reaction.followUp('setTimer', {});
  }

  timerFired(_key: number, reaction: Reaction): void {
    this.#timerAt = Number.POSITIVE_INFINITY;
    this.#book.timeOut(reaction);
  }

  answered(reference: string, answer: ClientAnswer, _admission: Admission): Afterwards {
    return (reaction) => {
      this.#paying.answered(reference, answer, reaction);
      this.#tellGained(reaction);
    };
  }

  /** What is decided behind the core comes when the tick has settled: whoever waits for money looks in the next. */
  #lookedAfter(handler: Handler): Handler {
    return (params, admission) => {
      const admitted = handler(params, admission);
      if (!('pending' in admitted)) return admitted;
      return {
        pending: (reaction) => {
          const answered = admitted.pending(reaction);
          this.#tellGained(reaction);
          return answered;
        },
      };
    };
  }

  #tellGained(reaction: Reaction): void {
    const accountIds = this.#book.takeGained();
    if (accountIds.length > 0) reaction.followUp('moneyCame', { accountIds });
  }

  #nextDue(): number | undefined {
    const due = Math.min(this.#book.nextExpiry() ?? Infinity, this.#paying.nextDue() ?? Infinity);
    return due === Number.POSITIVE_INFINITY ? undefined : due;
  }

  // ── Accounts ──────────────────────────────────────────────────────────────────────────────────────────────────
  #open(params: Params<'account.open'>, admission: Admission): Admitted {
    const { accountId, owner, currency, limit = limitByDefault(owner) } = params;
    const { tables } = admission;
    const content = canonical(params);
    const known = this.#book.row(accountId, tables);
    if (known !== undefined && known.content !== content) return refuse('account_exists_with_different_content');
    if (known === undefined) {
      const who = this.#ownerOf(params, tables);
      if (isRefusal(who)) return who;
      const isFull = this.#accounts >= accountsPerTenantMax;
      if (isFull || this.#book.accountsOf(who, undefined, tables).length >= accountsPerOwnerMax)
        return refuse('too_many_accounts', { max: isFull ? accountsPerTenantMax : accountsPerOwnerMax });
      this.#accounts += 1;
      admission.onUndo(() => {
        this.#accounts -= 1;
      });
      this.#book.open({ accountId, owner, ...who, currency, limit, content }, admission);
    }
    return { pending: (reaction) => ({ result: this.#shown(accountId, reaction.tables) }) };
  }

  #ownerOf(
    { owner, customerId, identity, agentId = '' }: Params<'account.open'>,
    tables: TableReader,
  ): { readonly customer: number } | { readonly agentId: string } | Refusal {
    if (owner === 'agent')
      return this.#routing.agentHandleOf(agentId) === undefined ? refuse('agent_not_found') : { agentId };
    const number =
      identity === undefined ? knownCustomer(customerId ?? '', tables) : this.#persons.named({ identity }, tables);
    return number === undefined ? refuse('customer_not_found') : { customer: number };
  }

  #change({ accountId, limit }: Params<'account.change'>, _: Caller, reaction: Reaction): Answered {
    const { tables } = reaction;
    const row = this.#book.row(accountId, tables);
    if (row === undefined || row.number === 0) return refuse('account_not_found', { accountId });
    const { balance, held, currency } = this.#book.account(accountId, tables) as Account;
    const available = balance - held;
    if (available < limit)
      return refuse('balance_too_low', {
        ...{ accountId, currency, available, amount: limit },
        ...(held > 0 && { held }),
        ...disputedOn(row, tables),
      });
    this.#book.setLimit(row, limit, tables);
    this.#disputes.topUp(reaction);
    return { result: this.#shown(accountId, tables) };
  }

  #get({ accountId }: Params<'account.get'>, { caller, tables }: Admission): Admitted {
    const row = this.#ownRow(accountId, caller, tables);
    return row === undefined ? refuse('account_not_found', { accountId }) : { result: this.#shown(accountId, tables) };
  }

  #list(params: Params<'account.list'>, { caller, tables }: Admission): Admitted {
    const own = this.#ownerCalling(caller, tables);
    if (own === 'nobody') return { result: { accounts: [] } };
    const { customerId, agentId } = params;
    const customer = customerId === undefined ? undefined : (customerNumberOf(customerId) ?? 0);
    const { items, cursor } = pageOf(
      params,
      (number) => this.#listed(own ?? whose(customer, agentId), tables, number),
      ({ number }) => number,
      (row) =>
        (customer === undefined || this.#isOf(row, { customer })) && (agentId === undefined || row.agentId === agentId),
    );
    return { result: { accounts: items.map(({ accountId }) => this.#shown(accountId, tables)), ...cursor } };
  }

  *#listed(of: Whose | undefined, tables: TableReader, after: number): Generator<AccountRow> {
    if (of === undefined) return yield* this.#book.accounts(tables, after);
    const owners = 'customer' in of ? this.#persons.membersOf(of.customer).map((customer) => ({ customer })) : [of];
    const rows = owners
      .flatMap((owner) => this.#book.accountsOf(owner, undefined, tables))
      .map(({ accountId }) => this.#book.row(accountId, tables) as AccountRow);
    yield* rows.filter(({ number }) => number > after).sort((one, other) => one.number - other.number);
  }

  #statement(params: Params<'account.statement'>, { caller, tables }: Admission): Admitted {
    const { accountId } = params;
    const row = this.#ownRow(accountId, caller, tables);
    if (row === undefined) return refuse('account_not_found', { accountId });
    const { items, cursor } = pageOf(
      params,
      (n) => this.#book.entries(row, Math.max(0, n), tables),
      ({ n }: Entry) => n,
    );
    return { result: { account: this.#shown(accountId, tables), entries: items, ...cursor } };
  }

  /** Of a customer or an agent only its own. */
  #ownRow(accountId: string, caller: Caller | undefined, tables: TableReader): AccountRow | undefined {
    const row = this.#book.row(accountId, tables);
    const own = this.#ownerCalling(caller, tables);
    if (own === undefined || row === undefined) return row;
    return own !== 'nobody' && this.#isOf(row, own) ? row : undefined;
  }

  /** Undefined: whoever asks may see all. A customer's page is the visitor of its session. */
  #ownerCalling(caller: Caller | undefined, tables: TableReader): Whose | 'nobody' | undefined {
    if (caller?.role === 'agent') return { agentId: caller.sub };
    if (caller?.role !== 'customer') return undefined;
    const customer = this.#persons.named({ identity: { scheme: 'visitor', value: caller.sub } }, tables);
    return customer === undefined ? 'nobody' : { customer };
  }

  /** What any customer of a person has is the person's. */
  #isOf(row: AccountRow, of: Whose): boolean {
    if (!('customer' in of)) return row.agentId === of.agentId;
    return row.customer !== undefined && this.#persons.areOne(row.customer, of.customer);
  }

  #shown(accountId: string, tables: TableReader) {
    const account = this.#book.account(accountId, tables) as Account;
    const { customer, agentId, limit, balance, held, ...shown } = account;
    return {
      ...shown,
      ...(customer !== undefined && { customerId: customerIdOf(customer) }),
      ...(agentId !== undefined && { agentId }),
      ...(limit !== null && { limit }),
      balance,
      held,
      available: balance - held,
    };
  }

  // ── Of customers ──────────────────────────────────────────────────────────────────────────────────────────────
  #rowsOf(customer: number, tables: TableReader): AccountRow[] {
    const accounts = this.#book.accountsOf({ customer }, undefined, tables);
    return accounts.map(({ accountId }) => this.#book.row(accountId, tables) as AccountRow);
  }

  *#bookings(asked: TimelineAsked, tables: TableReader): Generator<TimelineEntry> {
    const all = this.#rowsOf(asked.customer, tables).map((row) => this.#bookingsIn(row, asked, tables));
    yield* latestFirst(all, ({ at, order }) => [at, ...order]);
  }

  *#bookingsIn(row: AccountRow, asked: TimelineAsked, tables: TableReader): Generator<TimelineEntry> {
    const { accountId, currency } = row;
    for (const { order, ...entry } of this.#book.entriesLatest(row, asked, tables))
      yield { at: entry.transfer.at, order, kind: 'payment', details: { accountId, currency, ...entry } };
  }

  *#accountsKept(customer: number, behind: number, tables: TableReader) {
    for (const { number, accountId } of this.#rowsOf(customer, tables).sort((one, other) => one.number - other.number))
      if (number > behind) yield { key: number, item: this.#shown(accountId, tables) };
  }

  // ── Bookings ──────────────────────────────────────────────────────────────────────────────────────────────────
  #bookSteps({ steps }: Params<'account.book'>, admission: Admission): Admitted {
    const orders = steps.map((step): Order => {
      if (step.do === 'post' || step.do === 'void') return step;
      const { money, ...order } = step;
      return { ...order, ...money };
    });
    const refused = this.#book.bookEach(orders, admission);
    if (refused !== undefined) {
      const { refusal, index } = refused;
      return { ...refusal, data: { path: `/steps/${index}`, ...refusal.data } };
    }
    return {
      pending: ({ tables }) => ({
        result: { transfers: orders.map(({ transferId }) => this.#book.transfer(transferId, tables)) },
      }),
    };
  }
}

type Whose = { readonly customer: number } | { readonly agentId: string };

function whose(customer: number | undefined, agentId: string | undefined): Whose | undefined {
  if (customer !== undefined) return { customer };
  return agentId === undefined ? undefined : { agentId };
}
