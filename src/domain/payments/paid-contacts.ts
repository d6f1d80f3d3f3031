// Contacts that are paid for: funds are held before routing, what is used is counted while customer and receiver are connected, and it is
// settled when the contact is over (docs/paid-contacts.md has the table of what happens when).
//
//   contact.create {quoteId} ── a hold, at admission ──▶ waits, rings ── with its receiver ──▶ counted ⇄ not counted (free hold, others)
//                               not enough: refused                                          │ timer: extend, warn, grace, cut off
//                               never with the receiver: void ◀── over ──────────────────────┘ post what was used, pay the shares, receipt
//
// Like a move of a call, it is looked at and not remembered: as a tick settles, how each contact that something happened to is then says
// whether it is counted from now on. So transfers, holds, devices and restarts need no rules of their own. Money is at the holds' accounts
// at every moment: one hold is open for each contact, and to extend it is to void it and hold more in one step.

import * as layout from '../../../assembly/layout.ts';
import type { ContactHandle } from '../../engine/command-encoder.ts';
import type { Effect } from '../../engine/effects.ts';
import type { Role } from '../../engine/egress.ts';
import { paidLookAheadMs } from '../../limits.ts';
import { callChannels } from '../../protocol/mobility.ts';
import { paidContactsDefaults } from '../../protocol/rates.ts';
import { type Refusal, refuse } from '../../protocol/refusals.ts';
import type { TenantProperties } from '../../protocol/tenant-settings.ts';
import { ContactRows } from '../contact-rows.ts';
import { type Account, type Book, houseAccountId, type Order } from '../ledger/book.ts';
import type { Charge } from '../ledger/ledger.ts';
import type {
  Admission,
  ContactDraft,
  ContactView,
  LoadContext,
  PersonsView,
  Reaction,
  RoutingView,
  TableReader,
  TableWriter,
} from '../module.ts';
import { costOf, lastsUntil, meter, nothingMetered } from './meter.ts';
import { meteredAt, type PaidContact, partsWithin, stopped } from './paid-rows.ts';
import type { QuoteBook } from './quote-book.ts';
import type { Receipt, ReceiptBook } from './receipts.ts';
import { sharesOf } from './shares.ts';
import { paidContactsTable } from './tables.ts';
import { Tariff } from './tariff.ts';
import { countsTime, neededFor, unitCounted, unitOf, unitsAtFirst } from './units.ts';

type Who = { readonly role: string; readonly sub: string };
type Settings = NonNullable<TenantProperties['paidContacts']>;

export interface PaidMeans {
  readonly routing: RoutingView;
  readonly persons: PersonsView;
  readonly book: Book;
  readonly quotes: QuoteBook;
  readonly receipts: ReceiptBook;
  readonly charged: (charge: Charge, at: Pick<Reaction, 'now' | 'tables'>) => void;
  readonly isHeld: (contact: ContactHandle) => boolean;
  readonly settings: () => Settings;
}

export class PaidContacts {
  readonly #means: PaidMeans;
  readonly #rows = new ContactRows<PaidContact>(paidContactsTable);
  /** Something has happened to them in this tick. */
  #touched = new Map<number, ContactView>();
  /** What goes its own way in this tick, and cannot be paid for. */
  #unpaid: ContactHandle[] = [];
  /** Nobody wraps up any more. */
  #released: PaidContact[] = [];

  /** By account: those that are counted and whose money runs out, since there is no more on it. */
  readonly #short = new Map<string, Set<number>>();
  /** There is more on them now. */
  readonly #gained = new Set<string>();
  /** The timer of the beat is set, or about to be. */
  #beats = false;

  constructor(means: PaidMeans) {
    this.#means = means;
    means.book.onGained((accountId) => {
      if (!this.#short.has(accountId)) return false;
      this.#gained.add(accountId);
      return true;
    });
  }

  load({ tables }: LoadContext): void {
    this.#rows.load(tables);
    this.#touched = new Map();
    this.#released = [];
    this.#unpaid = [];
    this.#short.clear();
    this.#gained.clear();
    for (const paid of this.#rows.values()) this.#noteShort(paid);
    this.#beats = this.#isAnyCounted;
  }

  get #isAnyCounted(): boolean {
    for (const { since } of this.#rows.values()) if (since !== undefined) return true;
    return false;
  }

  // ── On the way in ─────────────────────────────────────────────────────────────────────────────────────────────
  /** Called back, or made of a message, it is nobody's who was quoted something; a call that was to be moved and goes its own way is. */
  create(draft: ContactDraft, admission: Admission): Refusal | undefined {
    const refusal = this.#create(draft, admission);
    if (refusal === undefined || draft.cameBy === undefined) return refusal;
    // Nobody has asked in this moment, so nobody can be refused: it is there, and over at once.
    const { slot, number } = draft;
    const unpaid = { slot, number };
    this.#unpaid.push(unpaid);
    admission.onUndo(() => this.#unpaid.splice(this.#unpaid.indexOf(unpaid), 1));
    return undefined;
  }

  #create(draft: ContactDraft, admission: Admission): Refusal | undefined {
    const { quoteId, accountId, spendMax } = draft.params as {
      readonly quoteId?: string;
      readonly accountId?: string;
      readonly spendMax?: number;
    };
    const { now, tables, onUndo } = admission;
    const isNobodys = draft.isBrought && draft.cameBy === undefined;
    if (quoteId === undefined || isNobodys || draft.isDialled || draft.about !== undefined) return undefined;
    const caller = draft.cameBy ?? admission.caller;
    const found = this.#means.quotes.quote(quoteId);
    const isTheirs = caller?.role !== 'customer' || isOwner(found?.request.owner, caller);
    if (found === undefined || !isTheirs) return refuse('quote_not_found');
    const { quote, request } = found;
    // Whoever was to be moved first has not been slow.
    if (request.expiresAt <= now && draft.cameBy === undefined)
      return refuse('quote_expired', { expiredAt: request.expiresAt });
    if (quote.terms.per === 'message' && callChannels.includes(draft.channel)) return refuse('quote_not_for_time');
    if (!isForReceiver(draft, quote.receiver) || draft.channel !== request.channel)
      return refuse('quote_for_another_contact', { receiver: quote.receiver, channel: request.channel });
    const customer = draft.customer?.number ?? this.#visitorOf(caller, tables);
    const { currency } = quote.terms.price;
    if (customer === undefined) return refuse('payer_has_no_account', { currency });
    const account =
      accountId === undefined
        ? this.#accountOf(customer, currency, tables)
        : this.#chosen(accountId, customer, currency, tables);
    if (account === undefined) return refuse('payer_has_no_account', { currency });
    if ('refusal' in account) return account;
    const amount = this.#firstHold(new Tariff(quote.terms), account, spendMax, now);
    if (typeof amount !== 'number') return amount;
    const paid: PaidContact = {
      slot: draft.slot,
      number: draft.number,
      contactId: draft.contactId,
      quoteId,
      rateId: quote.rateId,
      receiver: quote.receiver,
      terms: quote.terms,
      shares: request.shares,
      customer,
      accountId: account.accountId,
      ...(spendMax !== undefined && { spendMax }),
      hold: amount > 0 ? 1 : 0,
      held: amount,
      metered: nothingMetered,
      parts: [],
    };
    const refusal = amount > 0 ? this.#means.book.book([holdOrder(paid)], admission) : undefined;
    if (refusal !== undefined) return refusal;
    this.#rows.keep(paid, tables);
    onUndo(() => this.#rows.forget(paid.slot));
    const { per, price } = quote.terms;
    draft.extra.payment = { quoteId, rateId: quote.rateId, per, price, ...(spendMax !== undefined && { spendMax }) };
    return undefined;
  }

  /** As much as holdMs cost from now on, or what there is if it is enough for leastMs. Time that is free comes first. */
  #firstHold(tariff: Tariff, account: Account, spendMax: number | undefined, now: number): number | Refusal {
    const { holdMs, leastMs } = this.#settings;
    const { freeMs = 0 } = tariff.terms;
    const costs = (ms: number) => costOf(tariff, meter(tariff, nothingMetered, now, now + freeMs + ms));
    const units = unitsAtFirst(tariff, now);
    const needed = units?.needed ?? costs(leastMs);
    const { accountId, currency } = account;
    if (spendMax !== undefined && spendMax < needed) return refuse('spend_max_too_low', { spendMax, needed, currency });
    const available = availableOf(account);
    if (available < needed) return tooLittle(account, { accountId, currency, needed, available });
    const wanted = units?.wanted ?? costs(Math.max(holdMs, leastMs));
    return Math.min(Math.max(available, 0), Math.max(needed, wanted), spendMax ?? Number.MAX_SAFE_INTEGER);
  }

  // ── What happens to them ──────────────────────────────────────────────────────────────────────────────────────
  /** The core has said something of it. */
  react({ kind, contact: slot, number: low }: Effect): void {
    const paid = slot === layout.NONE ? undefined : this.#rows.ofEffect(slot, low);
    if (kind === layout.EFFECT_RELEASED) {
      if (paid !== undefined) this.#released.push(paid);
      return;
    }
    const contact = paid && this.#means.routing.contactByHandle(slot, low);
    // In the end it may be gone as the tick settles.
    if (paid !== undefined && contact !== undefined) this.#touched.set(slot, contact);
  }

  /** It is on hold, or no longer: from this moment on, which may be behind the settling of its tick. True: a timer waits for the next. */
  held(handle: ContactHandle, reaction: Reaction): boolean {
    const paid = this.#rows.of(handle);
    const contact = paid && this.#means.routing.contactByHandle(handle.slot, handle.number);
    return paid !== undefined && contact !== undefined && this.#counted(paid, contact, reaction)?.since !== undefined;
  }

  /** … and this is the next. */
  heldBefore(handle: ContactHandle): void {
    const contact = this.#means.routing.contactByHandle(handle.slot, handle.number);
    if (this.#rows.of(handle) !== undefined && contact !== undefined) this.#touched.set(handle.slot, contact);
  }

  settle(reaction: Reaction): void {
    for (const { slot, number } of this.#unpaid.splice(0)) reaction.followUp('unpaid', { slot, number });
    if (this.#touched.size > 0) {
      const touched = [...this.#touched.values()];
      this.#touched = new Map();
      for (const contact of touched) {
        const paid = this.#rows.of(contact);
        if (paid !== undefined) this.#look(paid, contact, reaction);
      }
    }
    if (this.#released.length > 0) {
      for (const paid of this.#released) this.#rows.drop(paid, reaction.tables);
      this.#released = [];
    }
    if (this.#gained.size > 0) this.#lookAtGained(reaction);
  }

  /** Of several that wait for money of one account the oldest is the first. */
  #lookAtGained(reaction: Reaction): void {
    const slots = [...this.#gained].flatMap((accountId) => [...(this.#short.get(accountId) ?? [])]);
    const waiting = slots.flatMap((slot) => this.#rows.at(slot) ?? []).sort((one, other) => one.number - other.number);
    for (const paid of waiting) {
      const contact = this.#means.routing.contactByHandle(paid.slot, paid.number);
      if (contact !== undefined && contact.endedAt === undefined) this.#watch(paid, contact, reaction);
    }
    // What they have freed to hold more is held again.
    this.#gained.clear();
  }

  #keep(paid: PaidContact, tables: TableWriter): void {
    this.#rows.keep(paid, tables);
    this.#noteShort(paid);
  }

  #noteShort({ slot, accountId, since, isWarned }: PaidContact): void {
    if (since === undefined || isWarned !== true) return this.#forgetShort({ slot, accountId });
    const slots = this.#short.get(accountId) ?? new Set<number>();
    this.#short.set(accountId, slots.add(slot));
  }

  #forgetShort({ slot, accountId }: Pick<PaidContact, 'slot' | 'accountId'>): void {
    const slots = this.#short.get(accountId);
    slots?.delete(slot);
    if (slots?.size === 0) this.#short.delete(accountId);
  }

  #look(paid: PaidContact, contact: ContactView, reaction: Reaction): void {
    if (paid.isOver) return;
    if (contact.endedAt !== undefined) return this.#over(paid, contact, reaction);
    const looked = this.#counted(paid, contact, reaction) ?? paid;
    if (looked.since === undefined) return;
    this.#watch(looked, contact, reaction);
    if (!this.#beats) reaction.followUp('beat', {});
    this.#beats = true;
  }

  /**
   * Time without a router begins with its last tick. So while anything is counted there is one now and then, for all together: a crash
   * costs the receivers no more than that.
   */
  beat(reaction: Reaction): void {
    this.#beats = this.#isAnyCounted;
    if (this.#beats) reaction.followUp('beat', {});
  }

  /** Undefined: it is counted as before, or not. */
  #counted(paid: PaidContact, contact: ContactView, { now, tables }: Reaction): PaidContact | undefined {
    if (!countsTime(paid.terms)) return undefined;
    const agentId = this.#servedBy(paid, contact);
    const { queueId } = contact;
    if (agentId === paid.agentId && (agentId === undefined || queueId === paid.queueId)) return undefined;
    const before = stopped(paid, now);
    const looked =
      agentId === undefined ? before : { ...before, since: now, agentId, queueId, startedAt: before.startedAt ?? now };
    this.#keep(looked, tables);
    return looked;
  }

  /** Who serves it at its price; undefined: it is not counted in this moment. */
  #servedBy({ receiver, terms }: PaidContact, contact: ContactView): string | undefined {
    if (contact.state !== 'connected' || contact.agentId === undefined) return undefined;
    if (receiver.agentId !== undefined && receiver.agentId !== contact.agentId) return undefined;
    if (receiver.queueId !== undefined && receiver.queueId !== contact.queueId) return undefined;
    return terms.holdIsFree === true && this.#means.isHeld(contact) ? undefined : contact.agentId;
  }

  /** Time in which no router was there is nobody's. */
  resumed(reaction: Reaction, downMs: number): void {
    const { now, tables } = reaction;
    for (const paid of [...this.#rows.values()]) {
      const { since, agentId } = paid;
      if (since === undefined || agentId === undefined) continue;
      this.#keep({ ...stopped(paid, Math.max(since, now - downMs)), since: now, agentId }, tables);
      reaction.followUp('watchPaid', { slot: paid.slot, number: paid.number, at: now });
    }
  }

  // ── While it is counted ───────────────────────────────────────────────────────────────────────────────────────
  /** The timer of the contact of this number. */
  look(number: number, reaction: Reaction): void {
    const contact = this.#means.routing.contactByNumber(number);
    const paid = contact && this.#rows.of(contact);
    if (paid?.since !== undefined) this.#watch(paid, contact as ContactView, reaction);
  }

  /** How long the money lasts: it is extended, warned of, and cut off; and when to look again. */
  #watch(before: PaidContact, contact: ContactView, reaction: Reaction): void {
    const { now, tables } = reaction;
    const { warnMs, graceMs } = this.#settings;
    let paid = before;
    let leftMs = leftOf(paid, now);
    if (leftMs <= warnMs) {
      paid = this.#extended(paid, reaction);
      leftMs = leftOf(paid, now);
    }
    if (leftMs > warnMs) paid = inFunds(paid);
    else if (!paid.isWarned) {
      paid = { ...paid, isWarned: true };
      this.#tell(contact, 'payment.warning', { contactId: contact.contactId, remainingMs: leftMs, graceMs }, reaction);
    }
    if (leftMs <= 0 && paid.graceUntil === undefined) paid = { ...paid, graceUntil: now + graceMs };
    if (paid !== before) this.#keep(paid, tables);
    const { slot, number, graceUntil } = paid;
    if (leftMs <= 0 && graceUntil !== undefined && graceUntil <= now)
      return reaction.followUp('cutOff', { slot, number });
    const at =
      leftMs <= 0
        ? (graceUntil as number)
        : leftMs > warnMs
          ? now + Math.min(leftMs - warnMs, paidLookAheadMs)
          : now + leftMs;
    reaction.followUp('watchPaid', { slot, number, at });
  }

  /** What is held is for holdMs more, as far as the account has it. */
  #extended(paid: PaidContact, reaction: Reaction): PaidContact {
    const { now, tables } = reaction;
    const account = this.#means.book.account(paid.accountId, tables);
    if (account === undefined) return paid;
    const tariff = new Tariff(paid.terms);
    const metered = meteredAt(paid, tariff, now);
    const { holdMs, warnMs } = this.#settings;
    const wanted = costOf(tariff, meter(tariff, metered, now, now + Math.max(holdMs, 2 * warnMs)));
    return this.#holding(paid, Math.min(paid.held + Math.max(0, availableFor(paid, account)), wanted), reaction);
  }

  #holding(paid: PaidContact, held: number, reaction: Reaction): PaidContact {
    if (held <= paid.held) return paid;
    const extended = { ...paid, hold: paid.hold + 1, held };
    const freed: Order[] = paid.held > 0 ? [{ do: 'void', ...ending(paid, 'extended') }] : [];
    const refusal = this.#means.book.book([...freed, holdOrder(extended)], reaction);
    return refusal === undefined ? extended : paid;
  }

  /** Behind the router's own events of that tick: nobody is cut off who has been extended, or is over. */
  cutOff({ slot, number }: ContactHandle, { core, now }: Admission): void {
    const paid = this.#rows.of({ slot, number });
    if (paid?.graceUntil === undefined || paid.graceUntil > now || paid.since === undefined) return;
    core.contactEnd(paid, layout.ENDED_FUNDS_EXHAUSTED);
  }

  /** As a follow-up. */
  unpaid({ slot, number }: ContactHandle, { core }: Admission): void {
    const contact = this.#means.routing.contactByHandle(slot, number);
    if (contact !== undefined && contact.endedAt === undefined)
      core.contactEnd({ slot, number }, layout.ENDED_FUNDS_EXHAUSTED);
  }

  // ── Messages ────────────────────────────────────────────────────────────────────────────────────────────────────
  /** Its receiver writes: what that costs is held before it is delivered, or it is not. */
  written(contact: ContactView, reaction: Reaction): Refusal | undefined {
    const before = this.#rows.of(contact);
    const agentId = before && this.#servedBy(before, contact);
    if (before?.terms.per !== 'message' || agentId === undefined) return undefined;
    const { now, tables } = reaction;
    const account = this.#means.book.account(before.accountId, tables);
    const available = account === undefined ? 0 : availableFor(before, account);
    const one = unitOf(before, now, available);
    if (one.missing > 0) {
      const needed = neededFor(contact.contactId, before, one);
      this.#tell(contact, 'payment.needed', needed, reaction);
      return refuse('message_not_paid', { needed: needed.needed, missing: needed.missing });
    }
    const held = this.#holding(before, one.held, reaction);
    const paid = unitCounted(held, agentId, now);
    if (paid.held < paid.used) throw new Error(`${paid.held} are held of ${paid.used}`);
    const next = unitOf(paid.row, now, available - (held.held - before.held));
    const isWarned = next.missing > 0;
    if (isWarned && !before.isWarned)
      this.#tell(contact, 'payment.needed', neededFor(contact.contactId, paid.row, next), reaction);
    const row = { ...paid.row, queueId: contact.queueId };
    this.#rows.keep(isWarned ? { ...row, isWarned } : inFunds(row), tables);
    return undefined;
  }

  // ── Documents ───────────────────────────────────────────────────────────────────────────────────────────────────
  paidFor(contact: ContactHandle): PaidContact | undefined {
    return this.#rows.of(contact);
  }

  /** What was reserved for the first document of a contact is free for it, in the same step as what follows. */
  freed(paid: PaidContact): Order[] {
    return paid.terms.per === 'document' && paid.held > 0 ? [{ do: 'void', ...ending(paid, 'document') }] : [];
  }

  hasFreed(paid: PaidContact, tables: TableWriter): void {
    this.#rows.keep({ ...paid, held: 0 }, tables);
  }

  // ── Over ──────────────────────────────────────────────────────────────────────────────────────────────────────
  #over(before: PaidContact, contact: ContactView, reaction: Reaction): void {
    const { now, tables } = reaction;
    const paid = stopped(before, now);
    const { contactId, held, terms, metered, shares, customer, startedAt } = paid;
    this.#rows.keep({ ...inFunds(paid), held: 0, isOver: true }, tables);
    this.#forgetShort(paid);
    const used = costOf(new Tariff(terms), metered);
    const gross = Math.min(used, held);
    const parts = partsWithin(paid.parts, gross).map((part) => ({
      ...part,
      ...sharesOf(part.amount, shares),
      accountId: accountOfReceiver(this.#means.book, part.agentId, terms.price.currency, tables),
    }));
    const orders: Order[] =
      held === 0 ? [] : gross === 0 ? [{ do: 'void', ...ending(paid, 'not used') }] : settlement(paid, gross, parts);
    const refusal = orders.length === 0 ? undefined : this.#means.book.book(orders, reaction);
    if (refusal !== undefined) throw new Error(`contact ${contactId} cannot be settled: ${refusal.refusal}`);
    if (startedAt === undefined) return;
    const receipt = this.#means.receipts.make(
      {
        contactId,
        contactNumber: paid.number,
        queueId: paid.queueId ?? contact.queueId,
        customer,
        owner: { role: contact.owner.role, sub: contact.owner.sub },
        accountId: paid.accountId,
        quoteId: paid.quoteId,
        rateId: paid.rateId,
        receiver: paid.receiver,
        terms,
        taxBasisPoints: shares.taxBasisPoints,
        startedAt,
        endedAt: now,
        meteredMs: metered.ms,
        units: metered.units,
        total: gross,
        forgone: used - gross,
        parts,
      },
      reaction,
    );
    if (gross > 0) this.#means.charged(chargeOf(receipt), reaction);
    this.#means.receipts.tell(receipt, contact.owner, reaction);
  }

  // ── What is shown ─────────────────────────────────────────────────────────────────────────────────────────────
  show(contact: ContactHandle, shown: Record<string, unknown>): void {
    const paid = this.#rows.of(contact);
    if (paid === undefined || paid.isOver) return;
    shown.payment = { ...(shown.payment as object), held: paid.held, isCounted: paid.since !== undefined };
  }

  /** Another one's is none that there is. */
  #chosen(accountId: string, customer: number, currency: string, tables: TableReader): Account | Refusal {
    const { persons, book } = this.#means;
    const account = book.account(accountId, tables);
    if (account?.customer === undefined || !persons.membersOf(customer).includes(account.customer))
      return refuse('account_not_found', { accountId });
    if (account.currency !== currency)
      return refuse('currencies_differ', { accountId, currency: account.currency, given: currency });
    return account;
  }

  /** Of all that the person has in the currency the oldest of its oldest name. */
  #accountOf(customer: number, currency: string, tables: TableReader): Account | undefined {
    const { persons, book } = this.#means;
    return persons.membersOf(customer).flatMap((member) => book.accountsOf({ customer: member }, currency, tables))[0];
  }

  /** A customer's page is the visitor of its session. */
  #visitorOf(caller: Who | undefined, tables: TableReader): number | undefined {
    const identity = { scheme: 'visitor', value: caller?.sub };
    return caller?.role === 'customer' ? this.#means.persons.named({ identity }, tables) : undefined;
  }

  #tell(contact: ContactView, event: string, params: Readonly<Record<string, unknown>>, reaction: Reaction): void {
    reaction.notify(contact.owner, event, params);
    if (contact.agentHandle !== undefined)
      reaction.notify(this.#means.routing.agentAudience(contact.agentHandle), event, params);
  }

  get #settings(): Required<Settings> {
    return { ...paidContactsDefaults, ...this.#means.settings() };
  }
}

function leftOf(paid: PaidContact, now: number): number {
  const tariff = new Tariff(paid.terms);
  return lastsUntil(tariff, meteredAt(paid, tariff, now), now, paid.held, paidLookAheadMs) - now;
}

function inFunds({ isWarned, graceUntil, ...paid }: PaidContact): PaidContact {
  return paid;
}

/** Where the agent has no account of that currency, what it would get is the tenant's. */
export function accountOfReceiver(book: Book, agentId: string, currency: string, tables: TableReader): string {
  const [account] = book.accountsOf({ agentId }, currency, tables);
  return account?.accountId ?? houseAccountId('commission', currency);
}

/** What could be booked from it. */
export function availableOf({ balance, held, limit }: Account): number {
  return limit === null ? Number.MAX_SAFE_INTEGER : balance - held - limit;
}

/** … for this contact: no more than its customer has said. */
function availableFor({ spendMax = Number.MAX_SAFE_INTEGER, held }: PaidContact, account: Account): number {
  return Math.min(availableOf(account), spendMax - held);
}

/** What is held because it is disputed is said, since whoever looks at the balance would not know why it is not enough. */
export function tooLittle(
  account: Account | undefined,
  short: { readonly accountId: string; readonly currency: string; readonly needed: number; readonly available: number },
): Refusal {
  const { disputed } = account ?? {};
  const missing = short.needed - short.available;
  return refuse('funds_insufficient', { ...short, missing, ...(disputed !== undefined && { disputed }) });
}

function isForReceiver({ queueId, params }: ContactDraft, receiver: PaidContact['receiver']): boolean {
  return receiver.agentId === undefined ? receiver.queueId === queueId : receiver.agentId === params.agentId;
}

function isOwner(owner: Who | undefined, caller: Who | undefined): boolean {
  return owner?.role === caller?.role && owner?.sub === caller?.sub;
}

// ── Bookings ────────────────────────────────────────────────────────────────────────────────────────────────────
const holdIdOf = ({ number, hold }: PaidContact) => `payments/${number}/hold${hold}`;

function holdOrder(paid: PaidContact): Order {
  const { accountId, held, contactId, terms } = paid;
  const { currency } = terms.price;
  return {
    do: 'hold',
    transferId: holdIdOf(paid),
    debit: accountId,
    credit: houseAccountId('escrow', currency),
    amount: held,
    currency,
    why: 'contact',
    about: contactId,
  };
}

function ending(paid: PaidContact, why: string) {
  return { transferId: `${holdIdOf(paid)}/end`, holdId: holdIdOf(paid), why };
}

interface PartPaid {
  readonly agentId: string;
  readonly tax: number;
  readonly commission: number;
  readonly receiver: number;
  readonly accountId: string;
}

/** What was used is posted to the house's escrow, and from there to whoever has a share in it, in one step. */
function settlement(paid: PaidContact, gross: number, parts: readonly PartPaid[]): Order[] {
  const { number, contactId, terms } = paid;
  const { currency } = terms.price;
  const sum = (of: 'tax' | 'commission') => parts.reduce((all, part) => all + part[of], 0);
  const pays = (name: string, credit: string, amount: number, why: string): Order[] =>
    amount === 0
      ? []
      : [
          {
            do: 'transfer',
            transferId: `payments/${number}/${name}`,
            debit: houseAccountId('escrow', currency),
            credit,
            amount,
            currency,
            why,
            about: contactId,
          },
        ];
  return [
    { do: 'post', ...ending(paid, 'contact'), amount: gross },
    ...pays('tax', houseAccountId('tax', currency), sum('tax'), 'tax'),
    ...pays('commission', houseAccountId('commission', currency), sum('commission'), 'commission'),
    ...parts.flatMap(({ agentId, accountId, receiver }) => pays(`agent/${agentId}`, accountId, receiver, 'contact')),
  ];
}

/** By account: several agents without one of their own are the house's. */
export function chargeOf({ paymentId, accountId: payer, total, terms, parts, contactId, owner }: Receipt): Charge {
  const { currency } = terms.price;
  const shares = new Map<string, number>();
  const gets = (accountId: string, amount: number) =>
    amount > 0 && shares.set(accountId, (shares.get(accountId) ?? 0) + amount);
  for (const { tax, commission, receiver, accountId } of parts) {
    gets(houseAccountId('tax', currency), tax);
    gets(houseAccountId('commission', currency), commission);
    gets(accountId, receiver);
  }
  const all = [...shares].map(([accountId, amount]) => ({ accountId, amount }));
  return {
    paymentId,
    payer,
    amount: total,
    currency,
    shares: all,
    about: contactId,
    by: { role: owner.role as Role, sub: owner.sub },
  };
}
