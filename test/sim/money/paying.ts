// Money in and out of the storm: deposits, withdrawals, refunds and disputes, and a payment provider that declines, forgets and repeats itself.

import { confirmationSignature } from '../../../src/domain/ledger/provider-requests.ts';
import type { ClientAnswer } from '../../../src/engine/egress.ts';
import type { Asking } from './asking.ts';
import type { Members } from './floor.ts';
import type { OwnPayment } from './own-books.ts';
import { type StormWorld, secret } from './storm-world.ts';

export class Paying {
  readonly #world: StormWorld;
  readonly #asking: Asking;
  readonly #said = new Map<string, 'declined' | 'done'>();

  constructor(world: StormWorld, asking: Asking) {
    this.#world = world;
    this.#asking = asking;
  }

  paysInOrOut(): void {
    const accountId = this.#world.random.pick(this.#world.random.pick(this.#world.customers).accounts);
    if (this.#world.random.chance(0.75)) this.deposit(accountId);
    else
      this.#withdraw(
        this.#world.random.chance(0.5) ? accountId : this.#world.random.pick([...this.#world.currencyOf.keys()]),
      );
  }

  #moving(accountId: string, most: number): Members & { readonly money: { amount: number; currency: string } } {
    const currency = this.#world.currencyOf.get(accountId) as string;
    const through = this.#world.random.chance(0.4) ? { through: 'provider' } : {};
    const money = { amount: this.#world.random.whole(1, most), currency };
    return { paymentId: `p${++this.#world.number}`, accountId, money, ...through };
  }

  deposit(accountId: string): void {
    const params = this.#moving(accountId, this.#world.random.pick(this.#world.size.deposits));
    const { amount, currency } = params.money;
    const paymentId = String(params.paymentId);
    const payer = `house:outside:${currency}`;
    const isProviders = params.through !== undefined;
    const shares = [{ accountId, left: amount }];
    const payment = { paymentId, currency, payer, amount, shares, isProviders, isDeposit: true, isBusy: false };
    if (isProviders) this.#world.throughProvider.set(paymentId, { payment, kind: 'deposit', state: 'pending' });
    this.#asking.do('admin', 'root', 'account.deposit', params, () => {
      if (!isProviders) this.#comesIn(payment);
    });
  }

  #comesIn(payment: OwnPayment): void {
    const [{ accountId }] = payment.shares as [OwnPayment['shares'][number]];
    this.#world.books.move(payment.payer, accountId, payment.amount);
    this.#world.gained.add(accountId);
    this.#world.books.pays(payment);
  }

  #withdraw(accountId: string): void {
    const params = this.#moving(accountId, 800);
    const { amount, currency } = params.money;
    const paymentId = String(params.paymentId);
    const outside = `house:outside:${currency}`;
    const isProviders = params.through !== undefined;
    const shares = [{ accountId: outside, left: amount }];
    const payment = {
      paymentId,
      currency,
      payer: accountId,
      amount,
      shares,
      isProviders,
      isDeposit: false,
      isBusy: false,
    };
    if (isProviders) this.#world.throughProvider.set(paymentId, { payment, kind: 'withdrawal', state: 'pending' });
    const done = () => {
      if (!isProviders) this.#goesOut(payment);
    };
    this.#asking.do('admin', 'root', 'account.withdraw', params, done, () =>
      this.#world.throughProvider.delete(paymentId),
    );
  }

  #goesOut(payment: OwnPayment): void {
    const [{ accountId }] = payment.shares as [OwnPayment['shares'][number]];
    this.#world.books.move(payment.payer, accountId, payment.amount);
    this.#world.books.pays(payment);
  }

  /** Taken back, disputed, decided. */
  takesBack(): void {
    const random = this.#world.random;
    const all = this.#world.books.payments;
    // The newest rather than others, so that money is still there.
    const payment = all[all.length - 1 - Math.floor(Math.min(all.length, random.exponential(60)))];
    if (payment === undefined || payment.isBusy) return;
    const { paymentId } = payment;
    const left = payment.shares.reduce((sum, share) => sum + share.left, 0);
    payment.isBusy = true;
    const free = () => {
      payment.isBusy = false;
    };
    if (payment.dispute === undefined && random.chance(0.4)) {
      const disputed = () => {
        free();
        payment.dispute = 'open';
        this.#world.count.disputes += 1;
      };
      return this.#asking.do(
        'admin',
        'root',
        'payment.dispute',
        { paymentId, reason: 'it was not right', requestId: this.#world.requestId() },
        disputed,
        free,
      );
    }
    const refundId = `b${++this.#world.number}`;
    const isNamed = payment.isWantedBack || (left > 1 && random.chance(0.5));
    const amount = isNamed ? { amount: random.whole(1, Math.max(1, left)) } : {};
    const some = amount.amount ?? left;
    const isPending = payment.isProviders && payment.isDeposit;
    if (isPending) payment.isWantedBack = true;
    const takesBack = () => {
      free();
      this.#world.count.refunds += 1;
      if (!isPending) return this.#backTo(payment, some);
    };
    if (isPending)
      this.#world.throughProvider.set(refundId, {
        payment: { ...payment, amount: some },
        of: payment,
        kind: 'refund',
        state: 'pending',
      });
    const refused = () => {
      free();
      this.#world.throughProvider.delete(refundId);
    };
    if (payment.dispute !== 'open')
      return this.#asking.do(
        'admin',
        'root',
        'payment.refund',
        { refundId, paymentId, ...amount, reason: 'not right' },
        takesBack,
        refused,
      );
    const upheld = random.chance(0.6);
    const outcome = upheld ? { outcome: 'upheld', refundId, ...amount } : { outcome: 'rejected' };
    if (!upheld) this.#world.throughProvider.delete(refundId);
    const decided = () => {
      payment.dispute = 'over';
      // What was held for it is free.
      for (const { accountId: freed } of payment.shares) this.#world.gained.add(freed);
      if (upheld) takesBack();
      else free();
    };
    this.#asking.do(
      'admin',
      'root',
      'payment.resolve',
      { paymentId, ...outcome, reason: 'found', requestId: this.#world.requestId() },
      decided,
      refused,
    );
  }

  #backTo(payment: OwnPayment, amount: number): void {
    this.#world.books.takesBack(payment, amount);
    this.#world.gained.add(payment.payer);
  }

  // ── The payment provider ──────────────────────────────────────────────────────────────────────────────────────
  /** What it decides once stays so; it forgets requests, answers too late, and says things twice. */
  providerAsked(params: Members): ClientAnswer | undefined {
    const random = this.#world.random;
    if (random.chance(0.05)) return undefined;
    if (random.chance(0.1)) return { result: { status: 503 } };
    const { paymentId } = (JSON.parse(String(params.body)) as { data: { paymentId: string } }).data;
    let said = this.#said.get(paymentId);
    if (said === undefined) {
      said = random.chance(0.15) ? 'declined' : 'done';
      this.#said.set(paymentId, said);
      if (said === 'declined' && random.chance(0.5)) {
        this.#decided(paymentId, 'declined');
        return { result: { status: 422 } };
      }
    } else if (this.#world.throughProvider.get(paymentId)?.state === 'declined') return { result: { status: 422 } };
    for (let time = random.whole(1, 2); time > 0; time--) {
      const outcome = said;
      this.#world.floor.at(this.#world.floor.now + random.pick([0, 700, 5_000, 90_000, 200_000]), () =>
        this.#confirms(paymentId, outcome),
      );
    }
    return { result: { status: 202 } };
  }

  #confirms(paymentId: string, outcome: 'done' | 'declined'): void {
    const said = { paymentId, outcome };
    const params = { ...said, signature: confirmationSignature(secret, said), requestId: this.#world.requestId() };
    this.#asking.do('app', 'provider', 'payment.confirm', params, () => this.#decided(paymentId, outcome));
  }

  #decided(paymentId: string, outcome: 'done' | 'declined'): void {
    const pays = this.#world.throughProvider.get(paymentId);
    if (pays === undefined) return this.#world.breach(`the provider was asked for ${paymentId}, which nobody wanted`);
    if (pays.state !== 'pending') return;
    pays.state = outcome;
    if (pays.kind === 'refund') {
      if (outcome === 'done') this.#backTo(pays.of as OwnPayment, pays.payment.amount);
    } else if (outcome === 'done') pays.kind === 'deposit' ? this.#comesIn(pays.payment) : this.#goesOut(pays.payment);
    // What was held for it is free.
    if (outcome === 'declined')
      this.#world.gained.add(pays.kind === 'refund' ? pays.payment.shares[0]!.accountId : pays.payment.payer);
  }
}
