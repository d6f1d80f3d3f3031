// The ledger (docs/money.md): accounts of customers, agents and the house, what is booked between them, and payments.
//
//   account.book, account.deposit ─▶ ledger-book.ts: staged at admission, so that what comes behind in the same tick sees it
//   account.withdraw, payment.… ─▶ decided behind the core, by what the tick has come to
//   the tick settles ─▶ transfers, entries and sums are rows ─▶ holds that time out: a timer
//
// The sums of all accounts of a currency come to zero at every moment, since each transfer takes from one what it gives to the other.

import type { Caller } from '../../engine/egress.ts';
import { accountsPerOwnerMax, accountsPerTenantMax } from '../../limits.ts';
import { canonical, contentOf } from '../../protocol/canonical.ts';
import type { Params } from '../../protocol/methods.ts';
import { isRefusal, type Refusal, refuse } from '../../protocol/refusals.ts';
import { customerIdOf, customerNumberOf } from '../customers/customer-book.ts';
import { customersTable } from '../customers/tables.ts';
import type {
  Admission,
  Admitted,
  DomainModule,
  FollowUpHandler,
  Handler,
  LoadContext,
  Pending,
  PersonsView,
  Reaction,
  RoutingView,
  TableReader,
} from '../module.ts';
import { pageOf } from '../pages.ts';
import { type Account, type Book, houseAccountId, limitByDefault, type Order } from './book.ts';
import { type AccountRow, type Entry, LedgerBook } from './ledger-book.ts';
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
const EXPIRY_TIMER = 1;

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
  readonly methods: Readonly<Record<string, Handler>> = {
    'account.open': (params, admission) => this.#open(params, admission),
    'account.change': behind((params, caller, reaction) => this.#change(params, caller, reaction)),
    'account.get': (params, admission) => this.#get(params, admission),
    'account.list': (params, admission) => this.#list(params, admission),
    'account.statement': (params, admission) => this.#statement(params, admission),
    'account.book': (params, admission) => this.#bookSteps(params, admission),
    'account.deposit': (params, admission) => this.#deposit(params, admission),
    'account.withdraw': behind((params, _, reaction) => this.#withdraw(params, reaction)),
    'payment.get': (params, admission) => this.#getPayment(params, admission),
    'payment.list': (params, admission) => this.#listPayments(params, admission),
    'payment.refund': behind((params, _, reaction) => this.#refund(params, reaction)),
    'payment.dispute': behind((params, caller, reaction) => this.#dispute(params, caller, reaction)),
    'payment.resolve': behind((params, _, reaction) => this.#resolve(params, reaction)),
  };
  readonly followUps: Readonly<Record<string, FollowUpHandler>> = {
    setTimer: (_, { core, now }) => {
      if (this.#timerAt !== Number.POSITIVE_INFINITY) core.timerSet(MODULE, EXPIRY_TIMER, Math.max(now, this.#timerAt));
    },
  };
  readonly #routing: RoutingView;
  readonly #persons: PersonsView;
  readonly #book = new LedgerBook();
  readonly #payments = new Payments(this.#book);
  /** When the timer fires, or will once the follow-up that sets it has come; after a load nobody knows. */
  #timerAt = Number.POSITIVE_INFINITY;
  #accounts = 0;

  constructor(routing: RoutingView, persons: PersonsView) {
    this.#routing = routing;
    this.#persons = persons;
  }

  /** For modules that take and pay money. */
  get book(): Book {
    return this.#book;
  }

  load({ tables }: LoadContext): void {
    this.#book.load(tables);
    this.#payments.load(tables);
    this.#timerAt = Number.POSITIVE_INFINITY;
    this.#accounts = this.#book.accountsSoFar;
  }

  settle(reaction: Reaction): void {
    this.#book.settle(reaction.tables);
    const due = this.#book.nextExpiry();
    if (due === undefined || due >= this.#timerAt) return;
    this.#timerAt = due;
    reaction.followUp('setTimer', {});
  }

  timerFired(_key: number, reaction: Reaction): void {
    this.#timerAt = Number.POSITIVE_INFINITY;
    this.#book.timeOut(reaction);
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
      identity === undefined ? customerNumberOf(customerId ?? '') : this.#persons.named({ identity }, tables);
    if (number === undefined || tables.get(customersTable, number) === undefined) return refuse('customer_not_found');
    return { customer: number };
  }

  #change({ accountId, limit }: Params<'account.change'>, _: Caller, { tables }: Reaction): Answered {
    const row = this.#book.row(accountId, tables);
    if (row === undefined || row.number === 0) return refuse('account_not_found', { accountId });
    const { balance, held, currency } = this.#book.account(accountId, tables) as Account;
    const available = balance - held;
    if (available < limit) return refuse('balance_too_low', { accountId, currency, available, amount: limit });
    this.#book.setLimit(row, limit, tables);
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
    return row.customer !== undefined && this.#persons.headOf(row.customer) === this.#persons.headOf(of.customer);
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

  // ── Bookings ──────────────────────────────────────────────────────────────────────────────────────────────────
  #bookSteps({ steps }: Params<'account.book'>, admission: Admission): Admitted {
    const orders = steps.map((step): Order => {
      if (step.do === 'post' || step.do === 'void') return step;
      const { money, ...order } = step;
      return { ...order, ...money };
    });
    const refusal = this.#book.book(orders, admission);
    if (refusal !== undefined) return refusal;
    return {
      pending: ({ tables }) => ({
        result: { transfers: orders.map(({ transferId }) => this.#book.transfer(transferId, tables)) },
      }),
    };
  }

  /** At admission: what is paid for in the same tick may be paid with it. Nothing that it needs can be refused. */
  #deposit(params: Params<'account.deposit'>, admission: Admission): Admitted {
    const { paymentId, accountId, money, reason } = params;
    const { tables, now } = admission;
    const content = canonical(['deposit', params]);
    const known = this.#payments.find(paymentId, tables);
    if (known !== undefined && known.content !== content) return refuse('payment_exists_with_different_content');
    if (known === undefined) {
      const outside = houseAccountId('outside', money.currency);
      const refusal =
        this.#notOwned(accountId, tables) ??
        this.#book.book([paying(paymentId, outside, accountId, money, reason ?? 'deposit')], admission);
      if (refusal !== undefined) return refusal;
      this.#payments.add(
        {
          ...{ paymentId, kind: 'deposit', state: 'done', accountId, payer: outside, ...money, content, doneAt: now },
          shares: [{ accountId, amount: money.amount, left: money.amount }],
          ...(reason !== undefined && { reason }),
        },
        admission,
      );
    }
    return { pending: ({ tables: rows }) => ({ result: this.#shownPayment(paymentId, rows) }) };
  }

  #withdraw(params: Params<'account.withdraw'>, reaction: Reaction): Answered {
    const { paymentId, accountId, money, reason } = params;
    const { tables, now } = reaction;
    const content = canonical(['withdraw', params]);
    const known = this.#payments.find(paymentId, tables);
    if (known !== undefined && known.content !== content) return refuse('payment_exists_with_different_content');
    if (known === undefined) {
      const outside = houseAccountId('outside', money.currency);
      const refusal =
        this.#notOwned(accountId, tables) ??
        this.#book.book([paying(paymentId, accountId, outside, money, reason ?? 'withdrawal')], { now, tables });
      if (refusal !== undefined) return refusal;
      this.#payments.add(
        {
          ...{ paymentId, kind: 'withdrawal', state: 'done', accountId, payer: accountId, ...money, content },
          doneAt: now,
          shares: [{ accountId: outside, amount: money.amount, left: money.amount }],
          ...(reason !== undefined && { reason }),
        },
        reaction,
      );
    }
    return { result: this.#shownPayment(paymentId, tables) };
  }

  #notOwned(accountId: string, tables: TableReader): Refusal | undefined {
    const row = this.#book.row(accountId, tables);
    if (row === undefined) return refuse('account_not_found', { accountId });
    return row.owner === 'customer' || row.owner === 'agent' ? undefined : refuse('account_of_house');
  }

  // ── Payments ──────────────────────────────────────────────────────────────────────────────────────────────────
  #getPayment({ paymentId }: Params<'payment.get'>, { caller, tables }: Admission): Admitted {
    const payment = this.#ownPayment(paymentId, caller, tables);
    return payment === undefined ? refuse('payment_not_found') : { result: shownPayment(payment) };
  }

  #listPayments(params: Params<'payment.list'>, { tables }: Admission): Admitted {
    const { items, cursor } = pageOf(
      params,
      (number) => this.#payments.after(number, tables),
      ({ number }) => number,
      ({ dispute }) => params.disputed === undefined || dispute?.state === params.disputed,
    );
    return { result: { payments: items.map(shownPayment), ...cursor } };
  }

  /** Of a customer or an agent: one that its own account paid or has a share of. */
  #ownPayment(paymentId: string, caller: Caller | undefined, tables: TableReader): Payment | undefined {
    const payment = this.#payments.find(paymentId, tables);
    if (payment === undefined || this.#ownerCalling(caller, tables) === undefined) return payment;
    const accounts = [payment.accountId, ...payment.shares.map(({ accountId }) => accountId)];
    return accounts.some((accountId) => this.#ownRow(accountId, caller, tables) !== undefined) ? payment : undefined;
  }

  #shownPayment(paymentId: string, tables: TableReader) {
    return shownPayment(this.#payments.find(paymentId, tables) as Payment);
  }

  #refund(params: Params<'payment.refund'>, reaction: Reaction): Answered {
    const { refundId, paymentId, amount, reason } = params;
    const { tables } = reaction;
    const content = canonical(['refund', params]);
    const known = this.#payments.find(refundId, tables);
    if (known !== undefined)
      return known.content === content
        ? { result: shownPayment(known) }
        : refuse('payment_exists_with_different_content');
    const payment = this.#payments.find(paymentId, tables);
    if (payment === undefined) return refuse('payment_not_found');
    const done = this.#payments.refund(payment, { refundId, amount, reason, content }, reaction);
    return isRefusal(done) ? done : { result: shownPayment(done.refund) };
  }

  #dispute({ paymentId, reason }: Params<'payment.dispute'>, caller: Caller, { now, tables }: Reaction): Answered {
    const payment = this.#ownPayment(paymentId, caller, tables);
    if (payment === undefined) return refuse('payment_not_found');
    if (payment.kind === 'refund') return refuse('refund_not_refundable');
    if (payment.dispute !== undefined) return refuse('payment_disputed_already', { state: payment.dispute.state });
    const disputed: Payment = { ...payment, dispute: { state: 'open', reason, openedAt: now } };
    this.#payments.put(disputed, tables);
    return { result: shownPayment(disputed) };
  }

  #resolve(params: Params<'payment.resolve'>, reaction: At): Answered {
    const { paymentId, outcome, refundId, amount, reason } = params;
    const { now, tables } = reaction;
    let payment = this.#payments.find(paymentId, tables);
    if (payment === undefined) return refuse('payment_not_found');
    const { dispute } = payment;
    if (dispute?.state !== 'open') return refuse('dispute_not_open');
    if (outcome === 'upheld') {
      if (this.#payments.find(refundId as string, tables) !== undefined)
        return refuse('payment_exists_with_different_content');
      const content = canonical(['resolve', contentOf(params)]);
      const done = this.#payments.refund(payment, { refundId: refundId as string, amount, reason, content }, reaction);
      if (isRefusal(done)) return done;
      payment = done.payment;
    }
    const decided: Payment = {
      ...payment,
      dispute: { ...dispute, state: outcome, decided: reason, decidedAt: now },
    };
    this.#payments.put(decided, tables);
    return { result: shownPayment(decided) };
  }
}

type Answered = ReturnType<Pending>;
type Whose = { readonly customer: number } | { readonly agentId: string };

/** What is decided behind the core, by what the tick has come to. */
// biome-ignore lint/suspicious/noExplicitAny: as Handler: each decides by the params of its method
function behind(decide: (params: any, caller: Caller, reaction: Reaction) => Answered): Handler {
  return (params, { caller }) => ({ pending: (reaction) => decide(params, caller as Caller, reaction) });
}

function whose(customer: number | undefined, agentId: string | undefined): Whose | undefined {
  if (customer !== undefined) return { customer };
  return agentId === undefined ? undefined : { agentId };
}

function paying(
  paymentId: string,
  debit: string,
  credit: string,
  money: { readonly amount: number; readonly currency: string },
  why: string,
): Order {
  return { do: 'transfer', transferId: `payment/${paymentId}`, debit, credit, ...money, why, about: paymentId };
}

function shownPayment(payment: Payment) {
  const { paymentId, kind, state, accountId, amount, currency, refundOf, reason, about, requestedAt, doneAt, dispute } =
    payment;
  const refunded = kind === 'refund' ? 0 : amount - leftOf(payment);
  return {
    ...{ paymentId, kind, state, accountId, money: { amount, currency }, refunded, requestedAt },
    ...(refundOf !== undefined && { refundOf }),
    ...(reason !== undefined && { reason }),
    ...(about !== undefined && { about }),
    ...(doneAt !== undefined && { doneAt }),
    ...(dispute !== undefined && { dispute }),
  };
}
