// Books that the storm keeps by itself, of what it has asked for and was answered, and of what contacts cost by its own count: what the
// router shows has to come to the same. Balances alone; what is held is the router's to say, and compared with what it says of contacts.

export interface OwnAccount {
  readonly accountId: string;
  readonly currency: string;
  readonly limit: number;
  balance: number;
}

export interface OwnPayment {
  readonly paymentId: string;
  readonly currency: string;
  /** Who has paid it. */
  readonly payer: string;
  readonly amount: number;
  /** Who has got what of it, and what of that was not taken back. */
  readonly shares: { readonly accountId: string; left: number }[];
  /** Came in, or goes out, through the provider. */
  readonly isProviders: boolean;
  readonly isDeposit: boolean;
  dispute?: 'open' | 'over';
  /** Something of it is on its way. */
  isBusy: boolean;
  /** Some of it was wanted back through the provider, who may take long: how much is left is the router's to say until then. */
  isWantedBack?: true;
}

export interface OwnShares {
  readonly taxBasisPoints: number;
  readonly commissionBasisPoints: number;
}

export interface OwnPart {
  readonly agentId: string;
  readonly amount: number;
  readonly tax: number;
  readonly commission: number;
  readonly receiver: number;
}

export class OwnBooks {
  readonly accounts = new Map<string, OwnAccount>();
  readonly payments: OwnPayment[] = [];

  open(accountId: string, currency: string, limit = 0): void {
    this.accounts.set(accountId, { accountId, currency, limit, balance: 0 });
  }

  move(debit: string, credit: string, amount: number): void {
    this.#of(debit).balance -= amount;
    this.#of(credit).balance += amount;
  }

  balance(accountId: string): number {
    return this.accounts.get(accountId)?.balance ?? 0;
  }

  pays(payment: Omit<OwnPayment, 'isBusy'>): OwnPayment {
    const made = { ...payment, isBusy: false };
    this.payments.push(made);
    return made;
  }

  /** A part of it goes back, from each who has a share in proportion to what is left of it. */
  takesBack(payment: OwnPayment, amount: number): void {
    const lefts = payment.shares.map(({ left }) => left);
    const all = lefts.reduce((sum, left) => sum + left, 0);
    let [reached, given] = [0, 0];
    payment.shares.forEach((share, at) => {
      reached += lefts[at]!;
      // Rounded down over all so far, so that what is over falls to later shares.
      const upTo = Number((BigInt(amount) * BigInt(reached)) / BigInt(all));
      this.move(share.accountId, payment.payer, upTo - given);
      share.left -= upTo - given;
      given = upTo;
    });
  }

  /** House accounts are there without being opened. */
  #of(accountId: string): OwnAccount {
    const known = this.accounts.get(accountId);
    if (known !== undefined) return known;
    if (!accountId.startsWith('house:')) throw new Error(`the storm never opened ${accountId}`);
    const limit = accountId.startsWith('house:outside') ? Number.NEGATIVE_INFINITY : 0;
    const made = { accountId, currency: accountId.slice(-3), limit, balance: 0 };
    this.accounts.set(accountId, made);
    return made;
  }
}

/** The tax that a price contains, half a unit up; of the rest the commission, rounded down; the rest is the receiver's. */
export function splitOf(
  agentId: string,
  amount: number,
  { taxBasisPoints, commissionBasisPoints }: OwnShares,
): OwnPart {
  const tax = Math.round((amount * taxBasisPoints) / (10_000 + taxBasisPoints));
  const commission = Math.floor(((amount - tax) * commissionBasisPoints) / 10_000);
  return { agentId, amount, tax, commission, receiver: amount - tax - commission };
}
