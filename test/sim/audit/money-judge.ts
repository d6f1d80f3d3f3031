// Money, made of frames alone and of the router's own lists.
//
// - at every look each currency comes to zero over all accounts, and no account is below its limit;
// - at last each statement replays to what its account shows, nothing is in it twice, and no hold is open whose time is over;
// - what was opened, paid in, paid out, taken back and booked, and acknowledged, is there, once; what is there was asked for;
// - what was taken back of a payment is what its refunds come to, and not more than it was;
// - what is held because of disputes is what those that are open hold, and where a dispute is short its account has nothing left.

import { canonical } from '../../../src/protocol/canonical.ts';
import type { Members } from '../setting.ts';
import type { Command } from './commands.ts';
import type { RatingWorld } from './rating-judge.ts';

export interface AccountShown extends Members {
  readonly accountId: string;
  readonly currency: string;
  readonly balance: number;
  readonly held: number;
  readonly expected: number;
  readonly available: number;
  readonly disputed?: number;
  readonly limit?: number;
}

interface EntryShown {
  readonly n: number;
  readonly transfer: Members;
  readonly posted: number;
  readonly held: number;
  readonly expected: number;
  readonly balance: number;
}

interface PaymentShown extends Members {
  readonly paymentId: string;
  readonly kind: string;
  readonly money: { readonly amount: number; readonly currency: string };
  readonly accountId: string;
  readonly refunded: number;
  readonly refundOf?: string;
  readonly dispute?: { readonly state: string; readonly held?: number; readonly missing?: number };
}

const asked = new Set([
  ...['account.open', 'account.book', 'account.deposit', 'account.withdraw'],
  ...['payment.refund', 'payment.resolve'],
]);
const kindOf: Readonly<Record<string, string>> = { 'account.deposit': 'deposit', 'account.withdraw': 'withdrawal' };

export class MoneyJudge {
  readonly #world: Pick<RatingWorld, 'breach' | 'seen' | 'erasures'>;
  readonly #commands: Command[] = [];

  constructor(world: Pick<RatingWorld, 'breach' | 'seen' | 'erasures'>) {
    this.#world = world;
  }

  asked(command: Command): void {
    if (asked.has(command.method)) this.#commands.push(command);
  }

  looked(accounts: readonly AccountShown[]): void {
    const sums = new Map<string, number>();
    for (const { accountId, currency, balance, held, available, limit } of accounts) {
      sums.set(currency, (sums.get(currency) ?? 0) + balance);
      if (available !== balance - held)
        this.#world.breach(`${accountId} has ${balance}, holds ${held}, and ${available} is available`);
      if (limit !== undefined && available < limit)
        this.#world.breach(`${accountId} is at ${available}, and its limit is ${limit}`);
    }
    for (const [currency, sum] of sums) if (sum !== 0) this.#world.breach(`all accounts in ${currency} come to ${sum}`);
    if (sums.size > 0) this.#world.seen('books');
  }

  atLast(
    accounts: readonly AccountShown[],
    statements: ReadonlyMap<string, readonly EntryShown[]>,
    payments: readonly PaymentShown[],
    calmNow: number,
  ): void {
    this.looked(accounts);
    for (const account of accounts) this.#replays(account, statements.get(account.accountId) ?? [], calmNow);
    this.#opened(accounts);
    this.#paid(payments);
    this.#disputed(accounts, statements, payments);
    this.#booked(statements);
  }

  #disputed(
    accounts: readonly AccountShown[],
    statements: ReadonlyMap<string, readonly EntryShown[]>,
    payments: readonly PaymentShown[],
  ): void {
    const open = payments.filter(({ dispute }) => dispute?.state === 'open');
    const named = new Set(open.map(({ paymentId }) => paymentId));
    const shares = accounts.reduce((sum, { disputed = 0 }) => sum + disputed, 0);
    const held = open.reduce((sum, { dispute }) => sum + (dispute?.held ?? 0), 0);
    if (shares !== held) this.#world.breach(`${held} is held of what is disputed, and accounts show ${shares}`);
    if (held > 0) this.#world.seen('money that is disputed');
    for (const { accountId, disputed = 0 } of accounts) {
      let here = 0;
      for (const { transfer, held: on } of statements.get(accountId) ?? []) {
        const { transferId, hold, about, amount } = transfer;
        if (on <= 0 || !ofDispute.test(String(transferId)) || (hold as Members).state !== 'open') continue;
        here += Number(amount);
        if (!named.has(String(about))) this.#world.breach(`${String(transferId)} is held, and nobody disputes it`);
      }
      if (here !== disputed)
        this.#world.breach(`${here} is held for disputes on ${accountId}, which shows ${disputed}`);
    }
    for (const { paymentId, kind, accountId, dispute } of open) {
      const account = accounts.find((one) => one.accountId === accountId);
      const isSpent = account === undefined || account.available <= (account.limit ?? 0);
      if (kind !== 'deposit' || (dispute?.missing ?? 0) === 0) continue;
      this.#world.seen('a dispute that is short');
      if (!isSpent) this.#world.breach(`the dispute of ${paymentId} is short, and ${accountId} has something`);
    }
  }

  #replays(account: AccountShown, entries: readonly EntryShown[], calmNow: number): void {
    const { accountId } = account;
    const sums = { balance: 0, held: 0, expected: 0 };
    const seen = new Set<unknown>();
    entries.forEach(({ n, transfer, posted, held, expected, balance }, at) => {
      sums.balance += posted;
      sums.held += held;
      sums.expected += expected;
      if (n !== at + 1) this.#world.breach(`entry ${n} of ${accountId} comes as number ${at + 1}`);
      if (balance !== sums.balance)
        this.#world.breach(`${accountId} is at ${sums.balance}, and entry ${n} says ${balance}`);
      if (seen.has(transfer.transferId))
        this.#world.breach(`${accountId} was booked ${String(transfer.transferId)} twice`);
      seen.add(transfer.transferId);
      const { expiresAt, state } = (transfer.hold ?? {}) as { readonly expiresAt?: number; readonly state?: string };
      if (transfer.kind === 'hold' && expiresAt !== undefined && expiresAt + lateMs < calmNow && state === 'open')
        this.#world.breach(`the hold ${String(transfer.transferId)} was to end at ${expiresAt}, and it is ${calmNow}`);
    });
    const { balance, held, expected } = account;
    if (canonical(sums) !== canonical({ balance, held, expected }))
      this.#world.breach(
        `the statement of ${accountId} comes to ${canonical(sums)}, and it shows ${canonical(account)}`,
      );
  }

  #opened(accounts: readonly AccountShown[]): void {
    const there = new Set(accounts.map(({ accountId }) => accountId));
    const opened = this.#of('account.open');
    // The books stay, and say nobody's name.
    const nobodys = accounts.filter(({ accountId }) => isNobodys(accountId));
    if (nobodys.length > 0 && !this.#world.erasures.any) this.#world.breach(`nobody was erased: ${canonical(nobodys)}`);
    for (const { accountId } of accounts)
      if (
        !accountId.startsWith('house:') &&
        !isNobodys(accountId) &&
        !opened.some(({ params }) => params.accountId === accountId)
      )
        this.#world.breach(`nobody opened the account ${accountId}`);
    const missing = opened.filter(
      ({ inEffect, params }) => inEffect === 'yes' && !there.has(params.accountId as string),
    );
    for (const { params } of missing)
      if (!this.#isErased(params.accountId)) this.#world.breach(`the account ${String(params.accountId)} is lost`);
    this.#nobodys(nobodys, missing);
  }

  /** In each currency as many as are missing, and not more than were opened for whoever may have been erased. */
  #nobodys(nobodys: readonly AccountShown[], missing: readonly Command[]): void {
    const mayBe = this.#of('account.open').filter(({ params }) => this.#isErased(params.accountId));
    for (const currency of new Set([...nobodys, ...mayBe.map(({ params }) => params)].map((one) => one.currency))) {
      const isOf = (one: Members) => one.currency === currency;
      const here = nobodys.filter(isOf).length;
      // Who opens an account again as it was is shown the one that there is.
      const least = new Set(missing.filter(({ params }) => isOf(params)).map(({ params }) => canonical(params))).size;
      // By a name it may be another one, of somebody who was called so after the first was erased.
      const most = new Set(
        mayBe
          .filter(({ params }) => isOf(params))
          .map(({ params, start }) => canonical(params.identity === undefined ? params : { ...params, start })),
      ).size;
      if (here < least || here > most)
        this.#world.breach(
          `${least} accounts in ${String(currency)} are missing, ${most} may be, and ${here} are nobody’s`,
        );
    }
    if (nobodys.length > 0) this.#world.seen('an account of nobody’s');
  }

  /** Whoever it was opened for may have been erased; under its id another one may have been opened since. */
  #isErased(accountId: unknown): boolean {
    const { erasures } = this.#world;
    return this.#of('account.open').some(
      ({ params }) =>
        params.accountId === accountId &&
        (erasures.isErased(params.customerId) || erasures.mayBeNamed(params.identity)),
    );
  }

  #isOfErased(paymentId: unknown): boolean {
    return this.#commands.some(({ params }) => params.paymentId === paymentId && this.#isErased(params.accountId));
  }

  #paid(payments: readonly PaymentShown[]): void {
    const there = new Map(payments.map((payment) => [payment.paymentId, payment]));
    if (there.size !== payments.length) this.#world.breach('a payment is listed twice');
    const back = new Map<string, number>();
    for (const payment of payments) {
      const { paymentId, kind, money, refundOf } = payment;
      // Of a paid contact: paid-judge.ts.
      if (kind === 'charge') continue;
      if (isNobodys(paymentId) && this.#world.erasures.any) {
        if (refundOf !== undefined && payment.state !== 'failed')
          back.set(refundOf, (back.get(refundOf) ?? 0) + money.amount);
        continue;
      }
      const wasAsked =
        kind === 'refund'
          ? [...this.#of('payment.refund'), ...this.#of('payment.resolve')].some(
              ({ params }) => params.refundId === paymentId && params.paymentId === refundOf,
            )
          : this.#asks(payment);
      if (!wasAsked) this.#world.breach(`nobody asked for the payment ${canonical(payment)}`);
      // One through the provider that came to nothing.
      if (refundOf !== undefined && payment.state !== 'failed') {
        this.#world.seen('a refund');
        back.set(refundOf, (back.get(refundOf) ?? 0) + money.amount);
      }
    }
    for (const { paymentId, kind, money, refunded, state } of payments)
      if (kind !== 'refund' && state === 'done' && (refunded !== (back.get(paymentId) ?? 0) || refunded > money.amount))
        this.#world.breach(
          `of ${paymentId}, ${money.amount}, ${refunded} is taken back, and its refunds come to ${back.get(paymentId) ?? 0}`,
        );
    for (const { inEffect, params } of [...this.#of('account.deposit'), ...this.#of('account.withdraw')])
      if (inEffect === 'yes' && !there.has(params.paymentId as string) && !this.#isErased(params.accountId))
        this.#world.breach(`the payment ${String(params.paymentId)} is lost`);
    for (const { inEffect, params } of this.#of('payment.refund'))
      if (
        inEffect === 'yes' &&
        there.get(params.refundId as string)?.refundOf !== params.paymentId &&
        !this.#isOfErased(params.paymentId)
      )
        this.#world.breach(`the refund ${String(params.refundId)} is lost`);
  }

  #asks({ paymentId, kind, money, accountId }: PaymentShown): boolean {
    return this.#commands.some(
      ({ method, params, inEffect }) =>
        inEffect !== 'no' &&
        kindOf[method] === kind &&
        params.paymentId === paymentId &&
        params.accountId === accountId &&
        canonical(params.money) === canonical(money),
    );
  }

  /** What was acknowledged is in the statement of the account that it debits, as it was asked for. */
  #booked(statements: ReadonlyMap<string, readonly EntryShown[]>): void {
    const booked = new Map<unknown, Members>();
    for (const entries of statements.values())
      for (const { transfer } of entries) {
        booked.set(transfer.transferId, transfer);
        if (transfer.kind === 'hold') this.#world.seen(`a hold ${String((transfer.hold as Members).state)}`);
      }
    const mayBeNobodys = this.#of('account.open').some(({ params }) => this.#isErased(params.accountId));
    for (const { inEffect, params } of this.#of('account.book'))
      for (const step of params.steps as readonly Members[]) {
        const { transferId, debit, credit, money } = step as Members & { readonly money?: { readonly amount: number } };
        const transfer = booked.get(transferId);
        if (inEffect !== 'yes') continue;
        const isErased =
          debit === undefined ? mayBeNobodys : [debit, credit].some((accountId) => this.#isErased(accountId));
        if (isErased) continue;
        if (transfer === undefined) this.#world.breach(`the booking ${String(transferId)} is lost`);
        else if (
          debit !== undefined &&
          canonical([debit, credit, money?.amount]) !== canonical([transfer.debit, transfer.credit, transfer.amount])
        )
          this.#world.breach(
            `${String(transferId)} was booked as ${canonical(transfer)}, and asked for as ${canonical(step)}`,
          );
        this.#world.seen('a booking');
      }
  }

  #of(method: string): Command[] {
    return this.#commands.filter((command) => command.method === method && command.inEffect !== 'no');
  }
}

/** Of an account, a payment or a transfer of somebody who was erased. */
export function isNobodys(id: unknown): boolean {
  return typeof id === 'string' && id.startsWith('erased/');
}

/** No caller's transfer can be called so. */
const ofDispute = /^dispute\//;

/** Timers fire with a tick, and a tick takes its time on the disk; one at which the core trapped is tried again a minute later. */
const lateMs = 120_000;
