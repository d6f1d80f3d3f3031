// Requests about payments: money in and out, booked at once or through the tenant's provider; taken back, disputed, decided.
//
//   account.deposit   through: books     at admission, so that what is paid for in the same tick may be paid with it
//                     through: provider  pending ─▶ asked ─▶ payment.confirm done: booked · declined, or too late: failed
//   account.withdraw  through: provider  held ─▶ asked ─▶ payment.confirm done: posted · declined: free again
//
// All but deposits into the books is decided behind the core, by what the tick has come to.

import { timingSafeEqual } from 'node:crypto';
import type { Caller, ClientAnswer } from '../../engine/egress.ts';
import { depositWithinMs as depositWithinMsByDefault } from '../../limits.ts';
import { canonical } from '../../protocol/canonical.ts';
import type { Params } from '../../protocol/methods.ts';
import { isRefusal, type Refusal, refuse } from '../../protocol/refusals.ts';
import { type Answered, behind } from '../behind.ts';
import type { Admission, Admitted, Handler, Reaction, TableReader } from '../module.ts';
import { pageOf } from '../pages.ts';
import { houseAccountId, type Order } from './book.ts';
import type { Disputes } from './disputes.ts';
import type { AccountRow, LedgerBook } from './ledger-book.ts';
import { leftOf, type Payment, type Payments } from './payments.ts';
import { confirmationSignature, type Provider, ProviderRequests } from './provider-requests.ts';

type Moving = Params<'account.deposit'>;

/** What paying needs of the accounts. */
export interface Owning {
  /** Of a customer or an agent only its own; everything for others. */
  ownRow(accountId: string, caller: Caller | undefined, tables: TableReader): AccountRow | undefined;
  seesAll(caller: Caller | undefined): boolean;
  /** Whoever wants to know of payments is told. */
  tell(what: PaymentEvent, payment: object, reaction: Reaction): void;
}

export type PaymentEvent = 'payment.done' | 'payment.failed' | 'payment.disputed' | 'payment.resolved';

export class Paying {
  readonly methods: Readonly<Record<string, Handler>> = {
    'account.deposit': (params: Moving, admission) =>
      params.through === 'provider' ? this.#askDeposit(params, admission) : this.#deposit(params, admission),
    'account.withdraw': behind((params: Moving, caller, reaction) =>
      params.through === 'provider'
        ? this.#ask('withdrawal', params, caller, reaction)
        : this.#withdraw(params, caller, reaction),
    ),
    'payment.get': (params, admission) => this.#get(params, admission),
    'payment.list': (params, admission) => this.#list(params, admission),
    'payment.refund': behind((params, caller, reaction) => this.#refund(params, caller, reaction)),
    'payment.dispute': behind((params, caller, reaction) => this.#dispute(params, caller, reaction)),
    'payment.resolve': behind((params, caller, reaction) => this.#resolve(params, caller, reaction)),
    'payment.confirm': behind((params, caller, reaction) => this.#confirm(params, caller, reaction)),
    'paymentProvider.set': behind(({ url, secret, depositWithinMs = depositWithinMsByDefault }, _, { tables }) => {
      this.#provider.setProvider({ url, secret, depositWithinMs }, tables);
      return { result: { url, depositWithinMs } };
    }),
    'paymentProvider.get': (_, { tables }) => {
      const provider = this.#provider.provider(tables);
      if (provider === undefined) return refuse('payment_provider_not_set');
      return { result: { url: provider.url, depositWithinMs: provider.depositWithinMs } };
    },
  };
  readonly #askDeposit = behind((params: Moving, caller, reaction) => this.#ask('deposit', params, caller, reaction));
  readonly #book: LedgerBook;
  readonly #payments: Payments;
  readonly #disputes: Disputes;
  readonly #owning: Owning;
  readonly #provider = new ProviderRequests();

  constructor(book: LedgerBook, payments: Payments, disputes: Disputes, owning: Owning) {
    this.#book = book;
    this.#payments = payments;
    this.#disputes = disputes;
    this.#owning = owning;
  }

  load(tables: TableReader): void {
    this.#payments.load(tables);
    this.#disputes.load(tables);
    this.#provider.load(tables);
  }

  nextDue(): number | undefined {
    return this.#provider.nextDue();
  }

  // ── In and out ────────────────────────────────────────────────────────────────────────────────────────────────
  /** At admission. Nothing that it needs can be refused. */
  #deposit(params: Moving, admission: Admission): Admitted {
    const { paymentId, accountId, money, reason } = params;
    const { tables, now } = admission;
    const caller = admission.caller as Caller;
    if (!this.#owning.seesAll(caller)) return onlyThroughProvider(caller, 'account.deposit');
    const known = this.#known(paymentId, ['deposit', params], tables);
    if (isRefusal(known)) return known;
    if (known === undefined) {
      const outside = houseAccountId('outside', money.currency);
      const refusal =
        this.#notOwned(accountId, caller, tables) ??
        this.#book.book([paying(`payment/${paymentId}`, outside, accountId, params, reason ?? 'deposit')], admission);
      if (refusal !== undefined) return refusal;
      this.#payments.add(
        { ...made('deposit', params, caller), state: 'done', through: 'books', doneAt: now },
        admission,
      );
    }
    return {
      pending: (reaction) => {
        const result = this.#shown(paymentId, reaction.tables);
        if (known === undefined) this.#owning.tell('payment.done', result, reaction);
        return { result };
      },
    };
  }

  #withdraw(params: Moving, caller: Caller, reaction: Reaction): Answered {
    const { tables, now } = reaction;
    const { paymentId, accountId, money, reason } = params;
    if (!this.#owning.seesAll(caller)) return onlyThroughProvider(caller, 'account.withdraw');
    const known = this.#known(paymentId, ['withdrawal', params], tables);
    if (isRefusal(known)) return known;
    if (known === undefined) {
      const outside = houseAccountId('outside', money.currency);
      const order = paying(`payment/${paymentId}`, accountId, outside, params, reason ?? 'withdrawal');
      const refusal = this.#notOwned(accountId, caller, tables) ?? this.#book.book([order], { now, tables });
      if (refusal !== undefined) return refusal;
      this.#payments.add(
        { ...made('withdrawal', params, caller), state: 'done', through: 'books', doneAt: now },
        { now, tables },
      );
      this.#owning.tell('payment.done', this.#shown(paymentId, tables), reaction);
    }
    return { result: this.#shown(paymentId, tables) };
  }

  /** Through the provider. What is to go out is held until it has gone, or will not. */
  #ask(kind: 'deposit' | 'withdrawal', params: Moving, caller: Caller, reaction: Reaction): Answered {
    const { paymentId, accountId, money, reason } = params;
    const { tables, now } = reaction;
    const known = this.#known(paymentId, [kind, params], tables);
    if (isRefusal(known)) return known;
    if (known === undefined) {
      const wrong = this.#notOwned(accountId, caller, tables);
      if (wrong !== undefined) return wrong;
      if (this.#provider.provider(tables) === undefined) return refuse('payment_provider_not_set');
      const { currency } = this.#book.row(accountId, tables) as AccountRow;
      if (currency !== money.currency)
        return refuse('currencies_differ', { accountId, currency, given: money.currency });
      if (kind === 'withdrawal') {
        const outside = houseAccountId('outside', money.currency);
        const hold = paying(`payment/${paymentId}`, accountId, outside, params, reason ?? kind);
        const refusal = this.#book.book([{ ...hold, do: 'hold' }], { now, tables });
        if (refusal !== undefined) return refusal;
      }
      const of = made(kind, params, caller);
      const request = { tries: 0, dueAt: now, isTaken: false };
      this.#begin(this.#payments.add({ ...of, state: 'pending', through: 'provider', request }, reaction), reaction);
    }
    return { result: this.#shown(paymentId, tables) };
  }

  #begin(payment: Payment, reaction: Reaction): void {
    this.#provider.pending(payment, reaction.tables);
    // This tick has settled: the next one asks.
    reaction.followUp('setTimer', {});
  }

  /** Undefined: the id is new. */
  #known(paymentId: string, content: unknown, tables: TableReader): Payment | Refusal | undefined {
    const known = this.#payments.find(paymentId, tables);
    if (known === undefined || known.content === canonical(content)) return known;
    return refuse('payment_exists_with_different_content');
  }

  #notOwned(accountId: string, caller: Caller, tables: TableReader): Refusal | undefined {
    const row = this.#owning.ownRow(accountId, caller, tables);
    if (row === undefined) return refuse('account_not_found', { accountId });
    return row.owner === 'customer' || row.owner === 'agent' ? undefined : refuse('account_of_house');
  }

  // ── The provider ──────────────────────────────────────────────────────────────────────────────────────────────
  settle(reaction: Reaction): void {
    const { now, tables } = reaction;
    for (const number of this.#provider.take(now)) {
      const payment = this.#payments.at(number, tables) as Payment;
      const provider = this.#provider.provider(tables) as Provider;
      if (payment.kind === 'deposit' && payment.requestedAt + provider.depositWithinMs <= now)
        this.#over(payment, { state: 'failed', failed: 'timedOut' }, reaction);
      else this.#provider.ask(payment, provider, reaction);
    }
  }

  answered(reference: string, answer: ClientAnswer, reaction: Reaction): void {
    const { now, tables } = reaction;
    const payment = this.#payments.at(Number(reference), tables);
    if (payment?.state !== 'pending') return;
    const { asked, next } = this.#provider.answered(payment, answer, now);
    if (asked === 'declined') {
      this.#over(payment, { state: 'failed', failed: 'declined' }, reaction);
      return;
    }
    const endsAt = this.#endOf(payment, tables);
    const still = { ...payment, request: { ...next, dueAt: Math.max(now, Math.min(next.dueAt, endsAt)) } };
    this.#payments.put(still, tables);
    this.#provider.pending(still, tables);
    reaction.followUp('setTimer', {});
  }

  #endOf({ kind, requestedAt }: Payment, tables: TableReader): number {
    if (kind !== 'deposit') return Number.POSITIVE_INFINITY;
    return requestedAt + (this.#provider.provider(tables) as Provider).depositWithinMs;
  }

  #confirm(params: Params<'payment.confirm'>, caller: Caller, reaction: Reaction): Answered {
    const { paymentId, outcome, reference, signature } = params;
    const { tables } = reaction;
    const payment = this.#payments.find(paymentId, tables);
    if (payment?.through !== 'provider')
      return refuse(
        'payment_not_found',
        payment && { through: payment.through },
        'The payment provider was asked for no payment with this id.',
      );
    if (!(caller.role === 'admin' && signature === undefined) && !this.#isSigned(params, tables))
      return refuse('payment_signature_wrong');
    const state = outcome === 'done' ? 'done' : 'failed';
    if (payment.state === state) return { result: shownPayment(payment) };
    const comesLate = payment.kind === 'deposit' && payment.state === 'failed' && state === 'done';
    if (payment.state !== 'pending' && !comesLate) return refuse('payment_already_over', { state: payment.state });
    const said = { ...payment, ...(reference !== undefined && { reference }) };
    const { failed: _, ...well } = said;
    const refusal =
      state === 'failed'
        ? this.#over(said, { state, failed: 'declined' }, reaction)
        : this.#over(well, { state, doneAt: reaction.now }, reaction);
    return refusal ?? { result: this.#shown(paymentId, tables) };
  }

  #isSigned(params: Params<'payment.confirm'>, tables: TableReader): boolean {
    const provider = this.#provider.provider(tables);
    if (provider === undefined || params.signature === undefined) return false;
    const given = Buffer.from(params.signature);
    const right = Buffer.from(confirmationSignature(provider.secret, params));
    return given.length === right.length && timingSafeEqual(given, right);
  }

  /** Books what follows. Refused is only a deposit that cannot be booked: it stays what it was. */
  #over(
    payment: Payment,
    how: Pick<Payment, 'state' | 'failed' | 'doneAt'>,
    reaction: Reaction,
  ): Extract<Answered, Refusal> | undefined {
    const { now, tables } = reaction;
    const { paymentId, kind, amount, currency, accountId, payer, reason, by } = payment;
    const isDone = how.state === 'done';
    if (kind === 'deposit' && isDone) {
      const order = paying(
        `payment/${paymentId}`,
        payer,
        accountId,
        { paymentId, money: { amount, currency } },
        reason ?? kind,
      );
      const refusal = this.#book.book([order], { now, tables });
      if (refusal !== undefined) return refusal;
    }
    if (kind !== 'deposit') {
      const holdId = kind === 'refund' ? `refund/${paymentId}/1` : `payment/${paymentId}`;
      const end = { transferId: `${holdId}/end`, holdId, why: isDone ? 'paid out' : 'not paid out' };
      const refusal = this.#book.book([{ do: isDone ? 'post' : 'void', ...end }], { now, tables });
      if (refusal !== undefined) throw new Error(`the hold ${holdId} cannot end: ${refusal.refusal}`);
      if (kind === 'refund' && !isDone) this.#heldAnew(this.#payments.unrefund(payment, { now, tables }), reaction);
    }
    const { request: _, ...over } = payment;
    const decided: Payment = { ...over, ...how };
    this.#payments.put(decided, tables);
    this.#provider.over(decided, tables);
    const shown = shownPayment(decided);
    reaction.notify(by, 'payment.changed', shown);
    this.#owning.tell(isDone ? 'payment.done' : 'payment.failed', shown, reaction);
    return undefined;
  }

  // ── What is there ─────────────────────────────────────────────────────────────────────────────────────────────
  #get({ paymentId }: Params<'payment.get'>, { caller, tables }: Admission): Admitted {
    const payment = this.#own(paymentId, caller, tables);
    return payment === undefined ? refuse('payment_not_found') : { result: shownPayment(payment) };
  }

  #list(params: Params<'payment.list'>, { tables }: Admission): Admitted {
    const { items, cursor } = pageOf(
      params,
      (number) => this.#payments.after(number, tables),
      ({ number }) => number,
      ({ dispute }) => params.disputed === undefined || dispute?.state === params.disputed,
    );
    return { result: { payments: items.map(shownPayment), ...cursor } };
  }

  /** Of a customer or an agent: one that its own account paid or has a share of. */
  #own(paymentId: string, caller: Caller | undefined, tables: TableReader): Payment | undefined {
    const payment = this.#payments.find(paymentId, tables);
    if (payment === undefined || this.#owning.seesAll(caller)) return payment;
    const accounts = [payment.accountId, ...payment.shares.map(({ accountId }) => accountId)];
    return accounts.some((accountId) => this.#owning.ownRow(accountId, caller, tables) !== undefined)
      ? payment
      : undefined;
  }

  #shown(paymentId: string, tables: TableReader) {
    return shownPayment(this.#payments.find(paymentId, tables) as Payment);
  }

  // ── Taken back ────────────────────────────────────────────────────────────────────────────────────────────────
  #refund(params: Params<'payment.refund'>, { role, sub }: Caller, reaction: Reaction): Answered {
    const { refundId, paymentId, amount, reason } = params;
    const { tables } = reaction;
    const known = this.#known(refundId, ['refund', params], tables);
    if (isRefusal(known)) return known;
    if (known !== undefined) return { result: shownPayment(known) };
    const payment = this.#payments.find(paymentId, tables);
    if (payment === undefined) return refuse('payment_not_found');
    const content = canonical(['refund', params]);
    const refunding = { refundId, amount, reason, content, by: { role, sub } };
    const done = this.#payments.refund(payment, refunding, this.#disputes, reaction);
    if (isRefusal(done)) return done;
    // Whoever gives back of what is disputed does so out of what is held of it.
    this.#heldAnew(done.payment, reaction);
    this.#refunded(done.refund, reaction);
    return { result: shownPayment(done.refund) };
  }

  /** What is left of a payment is something else than before: so is what is held of it while it is disputed, and what others may hold. */
  #heldAnew(payment: Payment, reaction: Reaction): void {
    if (payment.dispute?.state === 'open') {
      const freed = this.#disputes.book(payment, [], reaction) as Payment;
      this.#payments.put(this.#disputes.hold(freed, reaction), reaction.tables);
    }
    this.#disputes.topUp(reaction);
  }

  #refunded(refund: Payment, reaction: Reaction): void {
    if (refund.state === 'pending') this.#begin(refund, reaction);
    else this.#owning.tell('payment.done', shownPayment(refund), reaction);
  }

  #dispute({ paymentId, reason }: Params<'payment.dispute'>, caller: Caller, reaction: Reaction): Answered {
    const { now, tables } = reaction;
    const payment = this.#own(paymentId, caller, tables);
    if (payment === undefined) return refuse('payment_not_found');
    if (payment.kind === 'refund') return refuse('refund_not_refundable');
    if (payment.state !== 'done') return refuse('payment_not_done', { state: payment.state });
    if (payment.dispute !== undefined) return refuse('payment_disputed_already', { state: payment.dispute.state });
    const open: Payment = { ...payment, dispute: { state: 'open', reason, openedAt: now } };
    const disputed = this.#disputes.hold(open, reaction);
    this.#payments.put(disputed, tables);
    return this.#told('payment.disputed', disputed, reaction);
  }

  #told(what: PaymentEvent, payment: Payment, reaction: Reaction): Answered {
    const result = shownPayment(payment);
    this.#owning.tell(what, result, reaction);
    return { result };
  }

  #resolve(params: Params<'payment.resolve'>, { role, sub }: Caller, reaction: Reaction): Answered {
    const { paymentId, outcome, refundId, amount, reason } = params;
    const { now, tables } = reaction;
    let payment = this.#payments.find(paymentId, tables);
    if (payment === undefined) return refuse('payment_not_found');
    if (payment.dispute?.state !== 'open') return refuse('dispute_not_open');
    if (outcome === 'upheld') {
      if (this.#payments.find(refundId as string, tables) !== undefined)
        return refuse('payment_exists_with_different_content');
      const { requestId: _, ...content } = params;
      const refunding = { refundId: refundId as string, amount, reason, by: { role, sub } };
      const given = { ...refunding, content: canonical(['resolve', content]) };
      const done = this.#payments.refund(payment, given, this.#disputes, reaction);
      if (isRefusal(done)) return done;
      this.#refunded(done.refund, reaction);
      payment = done.payment;
    } else payment = this.#disputes.book(payment, [], reaction) as Payment;
    const said = payment.dispute as NonNullable<Payment['dispute']>;
    const decided: Payment = { ...payment, dispute: { ...said, state: outcome, decided: reason, decidedAt: now } };
    this.#payments.put(decided, tables);
    this.#disputes.topUp(reaction);
    return this.#told('payment.resolved', decided, reaction);
  }
}

function made(kind: 'deposit' | 'withdrawal', params: Moving, { role, sub }: Caller) {
  const { paymentId, accountId, money, reason } = params;
  const outside = houseAccountId('outside', money.currency);
  const [payer, to] = kind === 'deposit' ? [outside, accountId] : [accountId, outside];
  return {
    ...{ paymentId, kind, accountId, payer, ...money, by: { role, sub } },
    shares: [{ accountId: to, amount: money.amount, left: money.amount }],
    content: canonical([kind, params]),
    ...(reason !== undefined && { reason }),
  };
}

/** A customer's page cannot say that money has come or gone. */
function onlyThroughProvider({ role }: Caller, method: string): Refusal {
  return refuse('not_allowed_for_role', { role, method, path: '/through' });
}

function paying(
  transferId: string,
  debit: string,
  credit: string,
  { paymentId, money }: Pick<Moving, 'paymentId' | 'money'>,
  why: string,
): Extract<Order, { readonly do: 'transfer' }> {
  return { do: 'transfer', transferId, debit, credit, ...money, why, about: paymentId };
}

function shownPayment(payment: Payment) {
  const { paymentId, kind, state, through, accountId, amount, currency, requestedAt, request } = payment;
  const { refundOf, reason, about, doneAt, dispute, failed, reference } = payment;
  const refunded = kind === 'refund' ? 0 : amount - leftOf(payment);
  return {
    ...{ paymentId, kind, state, through, accountId, money: { amount, currency }, refunded, requestedAt },
    ...(state === 'pending' && { isTaken: request?.isTaken === true }),
    ...(failed !== undefined && { failed }),
    ...(reference !== undefined && { reference }),
    ...(refundOf !== undefined && { refundOf }),
    ...(reason !== undefined && { reason }),
    ...(about !== undefined && { about }),
    ...(doneAt !== undefined && { doneAt }),
    ...(dispute !== undefined && { dispute: shownDispute(dispute) }),
  };
}

function shownDispute({ holds, short = 0, round: _, ...dispute }: NonNullable<Payment['dispute']>) {
  if (dispute.state !== 'open') return dispute;
  const held = (holds ?? []).reduce((sum, { amount }) => sum + amount, 0);
  return { ...dispute, held, ...(short > 0 && { missing: short }) };
}
