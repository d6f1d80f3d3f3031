// What the ledger offers to modules that take and pay money (docs/money.md). The ledger itself is ledger.ts and ledger-book.ts.
//
// A transfer moves an amount from the account that it debits to the one that it credits; both have its currency. A customer's money is
// a debt of the tenant's, so credits raise a balance and debits lower it. A hold is a transfer that is pending: it lowers what is
// available and not the balance, until it is posted (wholly or in part: what is left over is free again), voided, or has timed out.
//
// Transfers are never changed. One whose id is known does nothing if it is the same, and is refused if it is another.

import { isCurrency } from '../../protocol/currencies.ts';
import { accountOwners, housePrefix } from '../../protocol/money.ts';
import type { Refusal } from '../../protocol/refusals.ts';
import type { Admission, Reaction, TableReader } from '../module.ts';

export const ownerKinds = accountOwners;
export type OwnerKind = (typeof ownerKinds)[number];
/** One of each for each currency, without being opened: their ids are houseAccountId(). */
export type HouseKind = Exclude<OwnerKind, 'customer' | 'agent'>;

export interface Account {
  readonly accountId: string;
  readonly owner: OwnerKind;
  /** customer: its number, which customers.ts turns into a customerId and back. */
  readonly customer?: number;
  readonly agentId?: string;
  readonly currency: string;
  /** The lowest that balance − held may come to; null: there is none. */
  readonly limit: number | null;
  /** Credits − debits that are posted. */
  readonly balance: number;
  /** Its customer was erased. */
  readonly isErased?: true;
  /** Debits that are pending. */
  readonly held: number;
  /** Credits that are pending. */
  readonly expected: number;
  /** What of `held` is held because payments are disputed; absent: nothing. */
  readonly disputed?: number;
}

/** Ids are those of the transfers, unique in the tenant; a module begins its own with its name and a slash, which no id of a caller has. */
interface Moved {
  readonly transferId: string;
  /** Account ids. */
  readonly debit: string;
  readonly credit: string;
  /** Minor units, more than 0. */
  readonly amount: number;
  readonly currency: string;
  readonly why: string;
  /** What it is about, for the statement: a contact, a payment. */
  readonly about?: string;
}

/** One step of a booking. */
export type Order =
  | ({ readonly do: 'transfer' } & Moved)
  /** `expiresAt`: it is void from then on, and timedOut() tells whoever asked. */
  | ({ readonly do: 'hold'; readonly expiresAt?: number } & Moved)
  /** Posts a hold: all of it, or so much (0 is a void). */
  | {
      readonly do: 'post';
      readonly transferId: string;
      readonly holdId: string;
      readonly amount?: number;
      readonly why: string;
    }
  | { readonly do: 'void'; readonly transferId: string; readonly holdId: string; readonly why: string };

export type HoldState = 'open' | 'posted' | 'voided' | 'timedOut';

export interface Transfer {
  readonly transferId: string;
  readonly kind: Order['do'];
  readonly debit: string;
  readonly credit: string;
  readonly amount: number;
  readonly currency: string;
  readonly why: string;
  readonly about?: string;
  readonly at: number;
  /** post, void: of which hold. */
  readonly holdId?: string;
  /** hold: what has become of it. */
  readonly hold?: {
    readonly state: HoldState;
    readonly expiresAt?: number;
    /** posted: how much of it. */
    readonly posted?: number;
  };
}

/**
 * When it is booked. With an Admission it guards: it counts for whatever is admitted later, in the same tick as well, and is taken back
 * with its request. With a Reaction it is a fact; a hold with `expiresAt` may be made in react(), timerFired() and follow-ups, and not in
 * the answer of a request (`pending`).
 */
export type BookedAt =
  | Pick<Admission, 'now' | 'tables' | 'onUndo' | 'undecided' | 'needs'>
  | (Pick<Reaction, 'now' | 'tables'> & { readonly onUndo?: undefined });

export interface Book {
  /** As it is in this moment, with all that has been admitted in this tick. Accounts of the house are always there. */
  account(accountId: string, tables: TableReader): Account | undefined;
  /** The accounts of a customer or an agent in that currency, the oldest first. */
  accountsOf(
    owner: { readonly customer: number } | { readonly agentId: string },
    currency: string,
    tables: TableReader,
  ): readonly Account[];
  transfer(transferId: string, tables: TableReader): Transfer | undefined;
  /**
   * All of the orders, each on top of those before it, or none and the first refusal: account_not_found {accountId}, currencies_differ
   * {accountId, currency}, accounts_are_the_same, balance_too_low {accountId, available, amount, currency, held?, disputed?, paymentIds?},
   * amount_too_large {accountId, amount, currency}, transfer_exists_with_different_content {transferId}, hold_already_expired {transferId, expiresAt, now}, hold_not_found {holdId}, hold_not_open {holdId, state}, amount_exceeds_hold {holdId, held}.
   * A post or a void of an open hold, within its amount, is never refused, whatever the limits have become.
   */
  book(orders: readonly Order[], at: BookedAt): Refusal | undefined;
  /**
   * Told whenever an account may have more to spend than before, be it that the request is taken back yet. True: somebody waits for that,
   * and wants a tick to look in, where this one has settled.
   */
  onGained(told: (accountId: string) => boolean): void;
  /** Told in the reaction in which a hold of an id with this prefix has timed out; it is void already. */
  onTimedOut(prefix: string, told: (hold: Transfer, reaction: Reaction) => void): void;
}

/** The least of a balance that has no limit of its own: none for what is outside, where all money comes from. */
export function limitByDefault(owner: OwnerKind): number | null {
  return owner === 'outside' ? null : 0;
}

/** commission, tax, escrow (money of contacts that are going on), outside (where payments come from and go to). */
export function houseAccountId(kind: HouseKind, currency: string): string {
  return `${housePrefix}${kind}:${currency}`;
}

/** What a house account's id says; undefined: it is none. */
export function houseAccountOf(
  accountId: string,
): { readonly owner: HouseKind; readonly currency: string } | undefined {
  if (!accountId.startsWith(housePrefix)) return undefined;
  const [owner = '', currency = '', ...more] = accountId.slice(housePrefix.length).split(':');
  const kind = ownerKinds.find((one) => one === owner);
  if (kind === undefined || kind === 'customer' || kind === 'agent' || more.length > 0) return undefined;
  if (!isCurrency(currency)) return undefined;
  return { owner: kind, currency };
}
