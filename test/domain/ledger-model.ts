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

export class LedgerModel {
  accounts = new Map<string, Account>();
  transfers = new Map<string, Made>();

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

  #account(accountId: string): Account {
    return this.accounts.get(accountId) as Account;
  }
}
