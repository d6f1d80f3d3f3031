// The books: accounts, transfers between them, and the entries that each account's statement is made of.
//
//   book() at admission ─▶ staged: it counts for all that is admitted later ─┬─ the request is taken back: so is it
//                                                                            └─ the tick settles ─▶ rows
//   book() in a reaction ─▶ staged, and rows at once
//
// Sums of an account are changed by several requests of a tick, any of which the core may still refuse; so no row is computed before the
// tick settles, and until then there are only differences, each of which can be taken back by itself. An account's balance is credits
// less debits; nothing is booked that would bring balance − held below its limit, and a hold's end never does.
//
// What would be covered only by what another undecided request brings needs that request: where the core refuses it, this one is too.

import { accountsPerOwnerMax, disputesNamedMax, holdsTimedOutPerTickMax } from '../../limits.ts';
import { type Refusal, refuse } from '../../protocol/refusals.ts';
import { orderedMap } from '../../store/ordered-map.ts';
import type { Reaction, Row, TableReader, TableWriter, Undecided } from '../module.ts';
import { everyRow, everyRowUnder, lastNumberIn } from '../rows.ts';
import { timeKey, timeOfKey } from '../time-key.ts';
import { highestBelow, type Position, type TimelineAsked } from '../timeline-source.ts';
import {
  type Account,
  type Book,
  type BookedAt,
  type HoldState,
  houseAccountOf,
  limitByDefault,
  type Order,
  type OwnerKind,
  type Transfer,
} from './book.ts';
import {
  accountIndexTable,
  accountsTable,
  entriesTable,
  paymentIndexTable,
  paymentsTable,
  transferIndexTable,
  transfersTable,
} from './tables.ts';

/** No sum is ever larger, so all of them are whole and exact. */
const SUM_MAX = Number.MAX_SAFE_INTEGER;

interface Sums {
  readonly debitsPending: number;
  readonly debitsPosted: number;
  readonly creditsPending: number;
  readonly creditsPosted: number;
}

export interface AccountRow extends Sums {
  /** 0: one of the house, with no row yet. */
  readonly number: number;
  readonly accountId: string;
  readonly owner: OwnerKind;
  readonly customer?: number;
  readonly agentId?: string;
  readonly currency: string;
  readonly limit: number | null;
  readonly openedAt: number;
  /** What it was opened as: the same again is the same. */
  readonly content?: string;
  /** Its customer was erased. */
  readonly isErased?: true;
  /** How many entries it has. */
  readonly entries: number;
  /** What of debitsPending is held for disputes; absent: nothing. */
  readonly disputed?: number;
}

interface TransferRow {
  readonly number: number;
  readonly transferId: string;
  readonly kind: Order['do'];
  /** Account numbers. */
  readonly debit: number;
  readonly credit: number;
  readonly amount: number;
  readonly currency: string;
  readonly why: string;
  readonly about?: string;
  readonly at: number;
  /** The number of the hold that it ends. */
  readonly of?: number;
  readonly expiresAt?: number;
}

export interface Entry {
  readonly n: number;
  readonly transfer: Transfer;
  /** What it changes: of the balance, of what is held, of what is expected. */
  readonly posted: number;
  readonly held: number;
  readonly expected: number;
  /** After it. */
  readonly balance: number;
  readonly available: number;
}

/** When a booking is a fact. */
type FactAt = Extract<BookedAt, { readonly onUndo?: undefined }>;

const noSums: Sums = { debitsPending: 0, debitsPosted: 0, creditsPending: 0, creditsPosted: 0 };

/** A booking that has no rows yet. */
interface Staged {
  readonly transfer: Transfer;
  readonly debitChange: Sums;
  readonly creditChange: Sums;
  /** The request that it is of; undefined: nothing can be refused any more. */
  readonly by: Undecided | undefined;
}

export class LedgerBook implements Book {
  /** In the order in which they were admitted. */
  readonly #staged = new Map<string, Staged>();
  /** By account id: what the staged ones come to. */
  readonly #differences = new Map<string, Sums>();
  /** By the id of a hold: which staged transfer ends it. */
  readonly #ending = new Map<string, Staged>();
  /** Open holds that time out. */
  #expiries = orderedMap<string>();
  readonly #listeners: { readonly prefix: string; readonly told: (hold: Transfer, reaction: Reaction) => void }[] = [];
  readonly #gainListeners: ((accountId: string) => boolean)[] = [];
  readonly #bookedListeners: ((at: FactAt) => void)[] = [];
  /** Those that somebody waits for. */
  #gained: string[] = [];
  #nextAccount = 1;
  #nextTransfer = 1;

  load(tables: TableReader): void {
    this.#staged.clear();
    this.#differences.clear();
    this.#ending.clear();
    this.#expiries = orderedMap<string>();
    this.#gained = [];
    this.#nextAccount = lastNumberIn(accountsTable, tables) + 1;
    this.#nextTransfer = lastNumberIn(transfersTable, tables) + 1;
    for (const { key, row } of everyRowUnder(tables, transferIndexTable, ['open'])) {
      const [, number] = key as readonly [string, number];
      if (row.expiresAt === undefined) continue;
      const { transferId } = readTransfer(number, tables);
      this.#expiries.set(timeKey(row.expiresAt as number, number), transferId);
    }
  }

  /** Those of numbers that were given away. */
  get accountsSoFar(): number {
    return this.#nextAccount - 1;
  }

  // ── Accounts ──────────────────────────────────────────────────────────────────────────────────────────────────
  /** Its id is new. */
  open(
    of: Pick<AccountRow, 'accountId' | 'owner' | 'customer' | 'agentId' | 'currency' | 'limit' | 'content'>,
    { now, tables }: { readonly now: number; readonly tables: TableWriter },
  ): void {
    const row: AccountRow = { number: this.#nextAccount++, ...of, openedAt: now, ...noSums, entries: 0 };
    putAccount(row, tables);
    tables.put(accountIndexTable, ['id', row.accountId], { number: row.number });
    const who = row.customer ?? row.agentId;
    if (who !== undefined) tables.put(accountIndexTable, [row.owner, who, row.currency, row.number], {});
  }

  row(accountId: string, tables: TableReader): AccountRow | undefined {
    const number = tables.get(accountIndexTable, ['id', accountId])?.number as number | undefined;
    if (number !== undefined) return accountAt(number, tables);
    const house = houseAccountOf(accountId);
    if (house === undefined) return undefined;
    const limit = limitByDefault(house.owner);
    return { number: 0, accountId, ...house, limit, openedAt: 0, ...noSums, entries: 0 };
  }

  /** Nothing is staged, and the account keeps to it. */
  setLimit(row: AccountRow, limit: number | null, tables: TableWriter): void {
    putAccount({ ...row, limit }, tables);
    this.gained(row.accountId);
  }

  /** What is held of it for disputes is more, or less, by so much. */
  addDisputed(accountId: string, by: number, tables: TableWriter): void {
    const { disputed = 0, ...row } = this.row(accountId, tables) as AccountRow;
    const sum = disputed + by;
    putAccount(sum === 0 ? row : { ...row, disputed: sum }, tables);
  }

  account(accountId: string, tables: TableReader): Account | undefined {
    const row = this.row(accountId, tables);
    return row && this.#viewOf(row);
  }

  /** With those of the house that something is staged for, which have a row when the tick settles: what is shown comes to zero. */
  *accounts(tables: TableReader, after: number): Generator<AccountRow> {
    for (const { row } of everyRow(tables, accountsTable, after + 1)) yield row as unknown as AccountRow;
    const rows = [...this.#differences.keys()].map((accountId) => this.row(accountId, tables) as AccountRow);
    for (const [at, row] of rows.filter(({ number }) => number === 0).entries()) {
      const number = this.#nextAccount + at;
      if (number > after) yield { ...row, number };
    }
  }

  accountsOf(
    owner: { readonly customer: number } | { readonly agentId: string },
    currency: string | undefined,
    tables: TableReader,
  ): Account[] {
    const prefix = 'customer' in owner ? ['customer', owner.customer] : ['agent', owner.agentId];
    return tables
      .range(accountIndexTable, {
        prefix: currency === undefined ? prefix : [...prefix, currency],
        limit: accountsPerOwnerMax,
      })
      .map(({ key }) => this.#viewOf(accountAt((key as readonly [string, never, string, number])[3], tables)));
  }

  #viewOf({ accountId, owner, customer, agentId, currency, limit, isErased, disputed, ...row }: AccountRow): Account {
    const sums = added(row, this.#differences.get(accountId) ?? noSums);
    return {
      accountId,
      owner,
      ...(customer !== undefined && { customer }),
      ...(agentId !== undefined && { agentId }),
      ...(isErased && { isErased }),
      currency,
      limit,
      balance: sums.creditsPosted - sums.debitsPosted,
      held: sums.debitsPending,
      expected: sums.creditsPending,
      ...(disputed !== undefined && { disputed }),
    };
  }

  // ── Transfers ─────────────────────────────────────────────────────────────────────────────────────────────────
  transfer(transferId: string, tables: TableReader): Transfer | undefined {
    const found = this.#staged.get(transferId)?.transfer ?? storedTransfer(transferId, tables);
    return found && this.#withHold(found, tables);
  }

  #withHold(transfer: Transfer, tables: TableReader): Transfer {
    return transfer.kind === 'hold' ? { ...transfer, hold: this.#holdOf(transfer, tables) } : transfer;
  }

  #holdOf({ transferId, hold }: Transfer, tables: TableReader): NonNullable<Transfer['hold']> {
    const ending = this.#ending.get(transferId)?.transfer;
    const expiry = hold?.expiresAt === undefined ? {} : { expiresAt: hold.expiresAt };
    if (ending !== undefined)
      return ending.kind === 'post'
        ? { state: 'posted', posted: ending.amount, ...expiry }
        : { state: 'voided', ...expiry };
    const number = numberOf(transferId, tables);
    const over = number === undefined ? undefined : tables.get(transferIndexTable, ['over', number]);
    if (over === undefined) return { state: 'open', ...expiry };
    return { ...(over as unknown as { readonly state: HoldState; readonly posted?: number }), ...expiry };
  }

  book(orders: readonly Order[], at: BookedAt): Refusal | undefined {
    return this.bookEach(orders, at)?.refusal;
  }

  /** As book(), and says which of the orders was refused. */
  bookEach(orders: readonly Order[], at: BookedAt): { readonly refusal: Refusal; readonly index: number } | undefined {
    const made: Staged[] = [];
    for (const [index, order] of orders.entries()) {
      const staged = this.#stage(order, at);
      if (staged === undefined) continue;
      if ('refusal' in staged) {
        for (const one of made.reverse()) this.#takeBack(one);
        return { refusal: staged, index };
      }
      made.push(staged);
    }
    if (at.onUndo === undefined) {
      for (const one of made) this.#write(one, at.tables);
      if (this.#staged.size === 0) for (const told of this.#bookedListeners) told(at);
    } else
      at.onUndo(() => {
        for (const one of made.toReversed()) this.#takeBack(one);
      });
    return undefined;
  }

  onGained(told: (accountId: string) => boolean): void {
    this.#gainListeners.push(told);
  }

  /** Told of bookings that are facts, when no other is undecided. */
  onBooked(told: (at: FactAt) => void): void {
    this.#bookedListeners.push(told);
  }

  gained(accountId: string): void {
    for (const told of this.#gainListeners) if (told(accountId)) this.#gained.push(accountId);
  }

  /** Since this was last asked. */
  takeGained(): readonly string[] {
    const gained = this.#gained;
    if (gained.length > 0) this.#gained = [];
    return gained;
  }

  onTimedOut(prefix: string, told: (hold: Transfer, reaction: Reaction) => void): void {
    this.#listeners.push({ prefix, told });
  }

  /** Undefined: it has been booked before. */
  #stage(order: Order, at: BookedAt): Staged | Refusal | undefined {
    const known = this.transfer(order.transferId, at.tables);
    if (known !== undefined) {
      if (!isSame(known, order)) {
        return refuse('transfer_exists_with_different_content', { transferId: order.transferId });
      }
      this.#need(this.#staged.get(order.transferId), at, refuse('transfer_taken_back'));
      return undefined;
    }
    return order.do === 'transfer' || order.do === 'hold' ? this.#stageNew(order, at) : this.#stageEnd(order, at);
  }

  #stageNew(order: Extract<Order, { readonly do: 'transfer' | 'hold' }>, at: BookedAt): Staged | Refusal {
    const { debit, credit, amount, currency, transferId, why, about } = order;
    const { tables, now } = at;
    // Else somebody would believe that something is held, as of who counts in seconds.
    if (order.do === 'hold' && order.expiresAt !== undefined && order.expiresAt <= now)
      return refuse('hold_already_expired', { transferId, expiresAt: order.expiresAt, now });
    if (debit === credit) return refuse('accounts_are_the_same', { accountId: debit });
    const from = this.row(debit, tables);
    if (from === undefined) return refuse('account_not_found', { accountId: debit });
    const to = this.row(credit, tables);
    if (to === undefined) return refuse('account_not_found', { accountId: credit });
    for (const account of [from, to])
      if (account.currency !== currency)
        return refuse('currencies_differ', {
          accountId: account.accountId,
          currency: account.currency,
          given: currency,
        });
    if (!Number.isSafeInteger(amount) || amount <= 0) throw new RangeError(`an amount of ${amount}`);
    const debited = added(from, this.#differences.get(debit) ?? noSums);
    const credited = added(to, this.#differences.get(credit) ?? noSums);
    if (amount > SUM_MAX - debited.debitsPending - debited.debitsPosted)
      return refuse('amount_too_large', { accountId: debit, amount, currency });
    if (amount > SUM_MAX - credited.creditsPending - credited.creditsPosted)
      return refuse('amount_too_large', { accountId: credit, amount, currency });
    const uncovered = this.#uncovered(from, debited, amount, at);
    if (uncovered !== undefined) return uncovered;
    const isHold = order.do === 'hold';
    const transfer: Transfer = {
      transferId,
      kind: order.do,
      debit,
      credit,
      amount,
      currency,
      why,
      ...(about !== undefined && { about }),
      at: now,
      ...(order.do === 'hold' && {
        hold: { state: 'open' as const, ...(order.expiresAt !== undefined && { expiresAt: order.expiresAt }) },
      }),
    };
    return this.#keep(
      transfer,
      isHold ? { ...noSums, debitsPending: amount } : { ...noSums, debitsPosted: amount },
      isHold ? { ...noSums, creditsPending: amount } : { ...noSums, creditsPosted: amount },
      at,
    );
  }

  /** A hold ends: what is posted of it, and the rest is free. */
  #stageEnd(order: Extract<Order, { readonly do: 'post' | 'void' }>, at: BookedAt): Staged | Refusal {
    const { holdId, transferId, why } = order;
    const hold = this.transfer(holdId, at.tables);
    if (hold?.hold === undefined) return refuse('hold_not_found', { holdId });
    const { state } = hold.hold;
    if (state !== 'open') return refuse('hold_not_open', { holdId, state });
    const amount = order.do === 'void' ? 0 : (order.amount ?? hold.amount);
    if (amount > hold.amount) return refuse('amount_exceeds_hold', { holdId, held: hold.amount, amount });
    const fresh = this.#staged.get(holdId);
    // What a reaction is about has been executed, so it stays.
    if (fresh !== undefined && at.onUndo === undefined) this.#write(fresh, at.tables);
    else this.#need(fresh, at, refuse('transfer_taken_back'));
    const { debit, credit, currency, about } = hold;
    const transfer: Transfer = {
      transferId,
      kind: amount === 0 ? 'void' : 'post',
      debit,
      credit,
      amount,
      currency,
      why,
      ...(about !== undefined && { about }),
      at: at.now,
      holdId,
    };
    const staged = this.#keep(
      transfer,
      { ...noSums, debitsPending: -hold.amount, debitsPosted: amount },
      { ...noSums, creditsPending: -hold.amount, creditsPosted: amount },
      at,
    );
    this.#ending.set(holdId, staged);
    return staged;
  }

  /** Nothing where the account can bear it; what it can bear only with what is undecided needs that. */
  #uncovered(from: AccountRow, sums: Sums, amount: number, at: BookedAt): Refusal | undefined {
    const { limit, accountId, currency } = from;
    if (limit === null) return undefined;
    const available = availableOf(sums, limit);
    const { debitsPending: held } = sums;
    const refusal = refuse('balance_too_low', {
      ...{ accountId, currency, available: Math.max(0, available), amount },
      ...(held > 0 && { held }),
      ...disputedOn(from, at.tables),
    });
    if (amount > available) return refusal;
    if (!this.#differences.has(accountId)) return undefined;
    let sure = available;
    const gains: Staged[] = [];
    for (const staged of this.#staged.values()) {
      const gain = gainOf(staged, accountId);
      if (gain <= 0) continue;
      gains.push(staged);
      sure -= gain;
    }
    if (amount > sure) for (const gain of gains) this.#need(gain, at, refusal);
    return undefined;
  }

  #need(staged: Staged | undefined, at: BookedAt, refusal: Refusal): void {
    if (staged?.by === undefined || at.onUndo === undefined || staged.by === at.undecided) return;
    at.needs(staged.by, refusal);
  }

  #keep(transfer: Transfer, debitChange: Sums, creditChange: Sums, at: BookedAt): Staged {
    const by = at.onUndo === undefined ? undefined : at.undecided;
    const staged: Staged = { transfer, debitChange, creditChange, by };
    this.#staged.set(transfer.transferId, staged);
    this.#differ(transfer.debit, debitChange);
    this.#differ(transfer.credit, creditChange);
    if (availableOf(debitChange, 0) > 0) this.gained(transfer.debit);
    if (availableOf(creditChange, 0) > 0) this.gained(transfer.credit);
    return staged;
  }

  #takeBack(staged: Staged): void {
    const { transfer, debitChange, creditChange } = staged;
    if (!this.#unstage(staged)) throw new Error(`${transfer.transferId} is booked, and to be taken back`);
    this.#differ(transfer.debit, less(debitChange));
    this.#differ(transfer.credit, less(creditChange));
  }

  #unstage({ transfer }: Staged): boolean {
    if (transfer.holdId !== undefined) this.#ending.delete(transfer.holdId);
    return this.#staged.delete(transfer.transferId);
  }

  #differ(accountId: string, by: Sums): void {
    const sums = added(this.#differences.get(accountId) ?? noSums, by);
    if (Object.values(sums).every((sum) => sum === 0)) this.#differences.delete(accountId);
    else this.#differences.set(accountId, sums);
  }

  // ── Rows ──────────────────────────────────────────────────────────────────────────────────────────────────────
  settle(tables: TableWriter): void {
    for (const staged of [...this.#staged.values()]) this.#write(staged, tables);
  }

  #write(staged: Staged, tables: TableWriter): void {
    const { transfer, debitChange, creditChange } = staged;
    if (!this.#unstage(staged)) return;
    this.#differ(transfer.debit, less(debitChange));
    this.#differ(transfer.credit, less(creditChange));
    const number = this.#nextTransfer++;
    const debit = this.#enter(transfer.debit, number, debitChange, transfer.at, tables);
    const credit = this.#enter(transfer.credit, number, creditChange, transfer.at, tables);
    const { transferId, kind, amount, currency, why, about, at, holdId, hold } = transfer;
    const of = holdId === undefined ? undefined : (numberOf(holdId, tables) as number);
    const row: TransferRow = {
      number,
      transferId,
      kind,
      debit,
      credit,
      amount,
      currency,
      why,
      ...(about !== undefined && { about }),
      at,
      ...(of !== undefined && { of }),
      ...(hold?.expiresAt !== undefined && { expiresAt: hold.expiresAt }),
    };
    tables.put(transfersTable, number, row as unknown as Row);
    tables.put(transferIndexTable, ['id', transferId], { number });
    if (kind === 'hold') this.#opened(row, tables);
    else if (of !== undefined) this.#over(of, row, tables);
  }

  #opened({ number, transferId, expiresAt }: TransferRow, tables: TableWriter): void {
    tables.put(transferIndexTable, ['open', number], expiresAt === undefined ? {} : { expiresAt });
    if (expiresAt !== undefined) this.#expiries.set(timeKey(expiresAt, number), transferId);
  }

  #over(of: number, { kind, amount, why }: TransferRow, tables: TableWriter): void {
    const { expiresAt } = tables.get(transferIndexTable, ['open', of]) as { readonly expiresAt?: number };
    tables.remove(transferIndexTable, ['open', of]);
    if (expiresAt !== undefined) this.#expiries.delete(timeKey(expiresAt, of));
    const state: HoldState = kind === 'post' ? 'posted' : why === TIMED_OUT ? 'timedOut' : 'voided';
    tables.put(transferIndexTable, ['over', of], { state, ...(kind === 'post' && { posted: amount }) });
  }

  /** Returns the number of the account. */
  #enter(accountId: string, transfer: number, change: Sums, at: number, tables: TableWriter): number {
    let row = this.row(accountId, tables) as AccountRow;
    if (row.number === 0) {
      row = { ...row, number: this.#nextAccount++, openedAt: at };
      tables.put(accountIndexTable, ['id', accountId], { number: row.number });
    }
    const { number, entries } = row;
    const sums = added(row, change);
    for (const sum of Object.values(sums))
      if (!Number.isSafeInteger(sum) || sum < 0) throw new Error(`${accountId} comes to ${JSON.stringify(sums)}`);
    putAccount({ ...row, ...sums, entries: entries + 1 }, tables);
    tables.put(entriesTable, [number, entries + 1], {
      transfer,
      posted: change.creditsPosted - change.debitsPosted,
      held: change.debitsPending,
      expected: change.creditsPending,
      balance: sums.creditsPosted - sums.debitsPosted,
      available: sums.creditsPosted - sums.debitsPosted - sums.debitsPending,
    });
    return number;
  }

  /** The account's entries behind one of them, the oldest first; with what this tick has brought so far. */
  *entries({ number, accountId, entries, ...row }: AccountRow, after: number, tables: TableReader): Generator<Entry> {
    if (number !== 0)
      for (let last = after; ; ) {
        const rows = tables.range(entriesTable, { prefix: [number], after: [number, last], limit: 100 });
        for (const { key, row: entry } of rows) {
          last = (key as readonly [number, number])[1];
          const transfer = viewAt(entry.transfer as number, tables);
          yield { ...(entry as unknown as Entry), n: last, transfer: this.#withHold(transfer, tables) };
        }
        if (rows.length < 100) break;
      }
    let n = entries;
    let sums: Sums = row;
    for (const { transfer, debitChange, creditChange } of this.#staged.values()) {
      const change =
        transfer.debit === accountId ? debitChange : transfer.credit === accountId ? creditChange : undefined;
      if (change === undefined) continue;
      sums = added(sums, change);
      n += 1;
      if (n <= after) continue;
      const balance = sums.creditsPosted - sums.debitsPosted;
      yield {
        n,
        transfer: this.#withHold(transfer, tables),
        posted: change.creditsPosted - change.debitsPosted,
        held: change.debitsPending,
        expected: change.creditsPending,
        balance,
        available: balance - sums.debitsPending,
      };
    }
  }

  /** Of an account that has rows, the latest first: as entries(), without what this tick has brought. */
  *entriesLatest(
    { number, entries }: AccountRow,
    { before }: Pick<TimelineAsked, 'before'>,
    tables: TableReader,
  ): Generator<Entry & { readonly order: Position }> {
    const transferOf = (n: number) => tables.get(entriesTable, [number, n])!.transfer as number;
    const positionOf = (n: number): Position => [readTransfer(transferOf(n), tables).at, transferOf(n), number];
    for (let n = highestBelow(entries, positionOf, before); n > 0; n--) {
      const entry = tables.get(entriesTable, [number, n])!;
      const transfer = viewAt(entry.transfer as number, tables);
      const order = [entry.transfer as number, number];
      yield { ...(entry as unknown as Entry), n, transfer: this.#withHold(transfer, tables), order };
    }
  }

  // ── Holds that time out ───────────────────────────────────────────────────────────────────────────────────────
  nextExpiry(): number | undefined {
    const first = this.#expiries.minKey();
    return first === undefined ? undefined : timeOfKey(first);
  }

  timeOut(reaction: Reaction): void {
    const due: string[] = [];
    for (const [key, holdId] of this.#expiries.entries()) {
      if (timeOfKey(key) > reaction.now || due.length === holdsTimedOutPerTickMax) break;
      due.push(holdId);
    }
    for (const holdId of due) {
      const hold = this.transfer(holdId, reaction.tables) as Transfer;
      // Somebody ends it in this very tick; where that is refused yet, the timer is set again as the tick settles.
      if (hold.hold?.state !== 'open') continue;
      const refusal = this.book([{ do: 'void', transferId: `${holdId}/timedOut`, holdId, why: TIMED_OUT }], {
        now: reaction.now,
        tables: reaction.tables,
      });
      if (refusal !== undefined) throw new Error(`the hold ${holdId} cannot time out: ${refusal.refusal}`);
      for (const { prefix, told } of this.#listeners) if (holdId.startsWith(prefix)) told(hold, reaction);
    }
  }
}

const TIMED_OUT = 'timedOut';

/** What of the account is held because it is disputed, and which payments are, the oldest first. */
export function disputedOn({ number, disputed }: AccountRow, tables: TableReader) {
  if (disputed === undefined) return {};
  const rows = tables.range(paymentIndexTable, { prefix: ['disputed', number], limit: disputesNamedMax });
  const paymentIds = rows.map(({ key }) => {
    const payment = tables.get(paymentsTable, (key as readonly [string, number, number])[2]);
    return payment?.paymentId as string;
  });
  return { disputed, paymentIds };
}

function accountAt(number: number, tables: TableReader): AccountRow {
  const row = tables.get(accountsTable, number);
  if (row === undefined) throw new Error(`the account ${number} has no row`);
  return row as unknown as AccountRow;
}

function putAccount(row: AccountRow, tables: TableWriter): void {
  tables.put(accountsTable, row.number, row as unknown as Row);
}

function numberOf(transferId: string, tables: TableReader): number | undefined {
  return tables.get(transferIndexTable, ['id', transferId])?.number as number | undefined;
}

function readTransfer(number: number, tables: TableReader): TransferRow {
  const row = tables.get(transfersTable, number);
  if (row === undefined) throw new Error(`the transfer ${number} has no row`);
  return row as unknown as TransferRow;
}

function storedTransfer(transferId: string, tables: TableReader): Transfer | undefined {
  const number = numberOf(transferId, tables);
  return number === undefined ? undefined : viewAt(number, tables);
}

function viewAt(number: number, tables: TableReader): Transfer {
  const { transferId, kind, debit, credit, amount, currency, why, about, at, of, expiresAt } = readTransfer(
    number,
    tables,
  );
  return {
    transferId,
    kind,
    debit: accountAt(debit, tables).accountId,
    credit: accountAt(credit, tables).accountId,
    amount,
    currency,
    why,
    ...(about !== undefined && { about }),
    at,
    ...(of !== undefined && { holdId: readTransfer(of, tables).transferId }),
    ...(kind === 'hold' && { hold: { state: 'open' as const, ...(expiresAt !== undefined && { expiresAt }) } }),
  };
}

function added(one: Sums, other: Sums): Sums {
  return {
    debitsPending: one.debitsPending + other.debitsPending,
    debitsPosted: one.debitsPosted + other.debitsPosted,
    creditsPending: one.creditsPending + other.creditsPending,
    creditsPosted: one.creditsPosted + other.creditsPosted,
  };
}

function less(sums: Sums): Sums {
  return {
    debitsPending: -sums.debitsPending,
    debitsPosted: -sums.debitsPosted,
    creditsPending: -sums.creditsPending,
    creditsPosted: -sums.creditsPosted,
  };
}

function availableOf({ creditsPosted, debitsPosted, debitsPending }: Sums, limit: number): number {
  return creditsPosted - debitsPosted - debitsPending - limit;
}

/** What the staged one adds to what the account has to spend. */
function gainOf({ transfer, debitChange, creditChange }: Staged, accountId: string): number {
  const change = transfer.debit === accountId ? debitChange : transfer.credit === accountId ? creditChange : noSums;
  return availableOf(change, 0);
}

function isSame(known: Transfer, order: Order): boolean {
  if (order.do === 'post' || order.do === 'void') {
    const amount = order.do === 'void' ? 0 : order.amount;
    return (
      known.holdId === order.holdId && (amount === undefined || amount === known.amount) && known.why === order.why
    );
  }
  return (
    known.kind === order.do &&
    known.debit === order.debit &&
    known.credit === order.credit &&
    known.amount === order.amount &&
    known.currency === order.currency &&
    known.why === order.why &&
    known.about === order.about &&
    known.hold?.expiresAt === (order.do === 'hold' ? order.expiresAt : undefined)
  );
}
