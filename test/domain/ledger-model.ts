// The books as one would write them in an afternoon: numbers in maps, one thing after the other, no ticks and no rows. The ledger has to
// come to the same refusals and the same sums.

interface Account {
  readonly currency: string;
  limit: number | null;
  balance: number;
  held: number;
}

interface Made {
  readonly content: string;
  readonly debit: string;
  readonly credit: string;
  readonly amount: number;
  /** hold: until it is over. */
  open?: { readonly expiresAt: number };
  isHold: boolean;
}

export interface Step {
  readonly do: 'transfer' | 'hold' | 'post' | 'void';
  readonly transferId: string;
  readonly debit?: string;
  readonly credit?: string;
  readonly money?: { readonly amount: number; readonly currency: string };
  readonly expiresAt?: number;
  readonly holdId?: string;
  readonly amount?: number;
}

/** Money in and out, what is taken back of it, and what is disputed. */
interface Paid {
  readonly content: string;
  readonly kind: 'deposit' | 'withdrawal' | 'refund';
  /** Who has it: of a deposit the account, else what is outside. */
  readonly holder: string;
  readonly payer: string;
  left: number;
  dispute?: { state: 'open' | 'over'; held: number };
}

export interface Asked {
  readonly method: 'account.deposit' | 'account.withdraw' | 'payment.refund' | 'payment.dispute' | 'payment.resolve';
  readonly params: {
    readonly paymentId: string;
    readonly accountId?: string;
    readonly money?: { readonly amount: number; readonly currency: string };
    readonly refundId?: string;
    readonly amount?: number;
    readonly outcome?: string;
  };
}

export class LedgerModel {
  accounts = new Map<string, Account>();
  transfers = new Map<string, Made>();
  /** In the order in which they came. */
  payments = new Map<string, Paid>();

  open(accountId: string, currency: string, limit: number | null): void {
    this.accounts.set(accountId, { currency, limit, balance: 0, held: 0 });
  }

  /** What becomes of it: `done`, or the name of the first refusal, and then nothing has happened. */
  book(steps: readonly Step[], now: number): string {
    const before = structuredClone({ accounts: this.accounts, transfers: this.transfers });
    for (const step of steps) {
      const outcome = this.#step(step, now);
      if (outcome === 'done') continue;
      this.accounts = before.accounts;
      this.transfers = before.transfers;
      return outcome;
    }
    return 'done';
  }

  /** Holds whose time is over. */
  pass(now: number): void {
    for (const made of this.transfers.values()) {
      if (made.open === undefined || made.open.expiresAt > now) continue;
      delete made.open;
      this.#account(made.debit).held -= made.amount;
    }
  }

  #step(step: Step, _now: number): string {
    const content = JSON.stringify(step);
    const known = this.transfers.get(step.transferId);
    if (known !== undefined) return known.content === content ? 'done' : 'transfer_exists_with_different_content';
    return step.do === 'transfer' || step.do === 'hold' ? this.#move(step, content) : this.#end(step, content);
  }

  #move(step: Step, content: string): string {
    const { debit = '', credit = '', money, expiresAt = Number.POSITIVE_INFINITY } = step;
    const { amount, currency } = money as NonNullable<Step['money']>;
    if (debit === credit) return 'accounts_are_the_same';
    const from = this.accounts.get(debit);
    const to = this.accounts.get(credit);
    if (from === undefined || to === undefined) return 'account_not_found';
    if (from.currency !== currency || to.currency !== currency) return 'currencies_differ';
    if (from.limit !== null && from.balance - from.held - amount < from.limit) return 'balance_too_low';
    const isHold = step.do === 'hold';
    this.transfers.set(step.transferId, {
      content,
      debit,
      credit,
      amount,
      isHold,
      ...(isHold && { open: { expiresAt } }),
    });
    if (isHold) from.held += amount;
    else {
      from.balance -= amount;
      to.balance += amount;
    }
    return 'done';
  }

  #end(step: Step, content: string): string {
    const hold = this.transfers.get(step.holdId as string);
    if (hold === undefined || !hold.isHold) return 'hold_not_found';
    if (hold.open === undefined) return 'hold_not_open';
    const amount = step.do === 'void' ? 0 : (step.amount ?? hold.amount);
    if (amount > hold.amount) return 'amount_exceeds_hold';
    delete hold.open;
    this.#account(hold.debit).held -= hold.amount;
    this.#account(hold.debit).balance -= amount;
    this.#account(hold.credit).balance += amount;
    const { debit, credit } = hold;
    this.transfers.set(step.transferId, { content, debit, credit, amount, isHold: false });
    return 'done';
  }

  // ── Payments ──────────────────────────────────────────────────────────────────────────────────────────────────
  /** One of account.deposit, account.withdraw, payment.refund, payment.dispute and payment.resolve. */
  pay({ method, params }: Asked): string {
    const { paymentId } = params;
    if (method === 'account.deposit' || method === 'account.withdraw') return this.#moves(method, params);
    const payment = this.payments.get(paymentId);
    if (method === 'payment.refund') {
      const content = JSON.stringify([method, params]);
      const known = this.payments.get(params.refundId as string);
      if (known !== undefined) return known.content === content ? 'done' : 'payment_exists_with_different_content';
      if (payment === undefined) return 'payment_not_found';
      return this.#takesBack(payment, params, content);
    }
    if (payment === undefined) return 'payment_not_found';
    if (method === 'payment.dispute') {
      if (payment.kind === 'refund') return 'refund_not_refundable';
      if (payment.dispute !== undefined) return 'payment_disputed_already';
      payment.dispute = { state: 'open', held: 0 };
      this.#holds(payment);
      return 'done';
    }
    if (payment.dispute?.state !== 'open') return 'dispute_not_open';
    if (params.outcome === 'upheld') {
      if (this.payments.has(params.refundId as string)) return 'payment_exists_with_different_content';
      const outcome = this.#takesBack(payment, params, JSON.stringify([method, params]));
      if (outcome !== 'done') return outcome;
    }
    this.#frees(payment);
    payment.dispute.state = 'over';
    this.topUp();
    return 'done';
  }

  /** Disputes hold what they are short of wherever there is something, the oldest payment first. */
  topUp(): void {
    for (const payment of this.payments.values()) {
      if (payment.dispute?.state !== 'open') continue;
      this.#frees(payment);
      this.#holds(payment);
    }
  }

  /** What is held on an account because of disputes. */
  disputed(accountId: string): number {
    let sum = 0;
    for (const { holder, dispute } of this.payments.values()) if (holder === accountId) sum += dispute?.held ?? 0;
    return sum;
  }

  /** A dispute would hold more on it, were there more. */
  isShort(accountId: string): boolean {
    return [...this.payments.values()].some(
      ({ holder, dispute, left }) => holder === accountId && dispute?.state === 'open' && dispute.held < left,
    );
  }

  freeOf(accountId: string): number {
    const { limit, balance, held } = this.#account(accountId);
    return limit === null ? Number.POSITIVE_INFINITY : balance - held - limit;
  }

  /** Payments whose dispute is open. */
  disputes(): string[] {
    return [...this.payments].filter(([, { dispute }]) => dispute?.state === 'open').map(([paymentId]) => paymentId);
  }

  #moves(method: string, params: Asked['params']): string {
    const { paymentId, accountId = '', money } = params;
    const { amount, currency } = money as NonNullable<Asked['params']['money']>;
    const content = JSON.stringify([method, params]);
    const known = this.payments.get(paymentId);
    if (known !== undefined) return known.content === content ? 'done' : 'payment_exists_with_different_content';
    const outside = `house:outside:${currency}`;
    const [payer, holder] = method === 'account.deposit' ? [outside, accountId] : [accountId, outside];
    if (this.freeOf(payer) < amount) return 'balance_too_low';
    this.#account(payer).balance -= amount;
    this.#account(holder).balance += amount;
    const kind = method === 'account.deposit' ? 'deposit' : 'withdrawal';
    this.payments.set(paymentId, { content, kind, holder, payer, left: amount });
    return 'done';
  }

  #takesBack(payment: Paid, { refundId = '', amount }: Asked['params'], content: string): string {
    if (payment.kind === 'refund') return 'refund_not_refundable';
    const some = amount ?? payment.left;
    if (some > payment.left || some === 0) return 'refund_exceeds_payment';
    const held = payment.dispute?.held ?? 0;
    if (this.freeOf(payment.holder) + held < some) return 'balance_too_low';
    this.#frees(payment);
    this.#account(payment.holder).balance -= some;
    this.#account(payment.payer).balance += some;
    payment.left -= some;
    this.payments.set(refundId, { content, kind: 'refund', holder: '', payer: '', left: 0 });
    this.#holds(payment);
    this.topUp();
    return 'done';
  }

  #holds(payment: Paid): void {
    const { dispute, holder, left } = payment;
    if (dispute?.state !== 'open' || this.#account(holder).limit === null) return;
    dispute.held = Math.min(left, this.freeOf(holder));
    this.#account(holder).held += dispute.held;
  }

  #frees({ dispute, holder }: Paid): void {
    if (dispute === undefined) return;
    this.#account(holder).held -= dispute.held;
    dispute.held = 0;
  }

  #account(accountId: string): Account {
    return this.accounts.get(accountId) as Account;
  }
}
