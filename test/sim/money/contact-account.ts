// What is known of each paid contact by what was told of it: whom it is with, whether it is on hold, in which queue; and so when it counted,
// and for whom. When it is over its price is counted anew (plain-price.ts), and the receipt has to say the same.
//
// - charged is what it comes to, or, where that is more than the customer had, all that there was;
// - who ran out of money had none left, and was not served for longer than its grace;
// - each contact that counted has one receipt, and only those; their numbers are without gaps.

import { type OwnPart, type OwnPayment, type OwnShares, splitOf } from './own-books.ts';
import {
  amountsOf,
  type Delivered,
  lastsFor,
  type PlainTerms,
  plainPrice,
  plainUnits,
  type Served,
} from './plain-price.ts';

type Members = Readonly<Record<string, unknown>>;

export interface QuoteHeld {
  readonly quoteId: string;
  readonly rateId: string;
  readonly channel: string;
  readonly terms: PlainTerms;
  /** Whose rate it is: one of the two. */
  readonly agentId?: string;
  readonly queueId?: string;
  readonly shares: OwnShares;
}

export interface PaidCall {
  readonly contactId: string;
  readonly quote: QuoteHeld;
  readonly accountId: string;
  readonly isCall: boolean;
  queueId: string;
  /** The router knows of it; undefined: nobody has said. */
  isThere: boolean | undefined;
  /** Whom it is with. */
  agentId: string | undefined;
  isHeld: boolean;
  countedBy: string | undefined;
  since: number;
  readonly served: Served[];
  /** Messages that its receiver wrote, where the rate counts those. */
  readonly written: Delivered[];
  startedAt: number | undefined;
  endedAt: number | undefined;
  why: string | undefined;
  offers: { readonly offerId: string; readonly agentId: string }[];
  /** The router was away while it was there. */
  wasAway: boolean;
  wasCounted: boolean;
  /** It was counted to its very end: one that is not looks for no money. */
  toTheEnd: boolean;
}

interface Amount {
  readonly amount: number;
  readonly currency: string;
}

export interface ReceiptShown {
  readonly receiptId: string;
  readonly paymentId?: string;
  readonly contactId: string;
  /** Of a document: it has one of its own. */
  readonly documentId?: string;
  readonly quoteId: string;
  readonly rateId: string;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly meteredMs: number;
  readonly lines: readonly { readonly count: number; readonly amount: number }[];
  readonly total: Amount;
  readonly notCharged?: Amount;
  readonly tax: Amount;
  readonly parts?: readonly OwnPart[];
}

export interface Means {
  readonly graceMs: number;
  /** What its account could still be charged. */
  free(): Promise<number>;
  /** Timers may be late. */
  readonly isLate: boolean;
  /** Money came free there in this very moment. */
  readonly hasGained: boolean;
}

export class ContactAccount {
  readonly #breach: (sentence: string) => void;
  readonly #byId = new Map<string, PaidCall>();
  readonly live = new Set<PaidCall>();
  /** Second calls that are taken for another device of one that is live: each may become a contact of its own while it is being moved. */
  readonly #names = new Map<string, PaidCall>();
  #over: PaidCall[] = [];
  /** Something was wanted of them in this burst. */
  readonly #taken = new Set<PaidCall>();
  readonly #receipts = new Map<string, string>();
  readonly #told = new Map<string, ReceiptShown>();
  /** What receipts have to say, by contact. */
  readonly #expected = new Map<string, string>();
  created = 0;

  constructor(breach: (sentence: string) => void) {
    this.#breach = breach;
  }

  asked(of: Pick<PaidCall, 'contactId' | 'quote' | 'accountId' | 'queueId' | 'isCall'>): PaidCall {
    const call: PaidCall = {
      ...of,
      isThere: undefined,
      agentId: undefined,
      isHeld: false,
      countedBy: undefined,
      since: 0,
      served: [],
      written: [],
      startedAt: undefined,
      endedAt: undefined,
      why: undefined,
      offers: [],
      wasAway: false,
      wasCounted: false,
      toTheEnd: false,
    };
    this.#byId.set(call.contactId, call);
    this.#taken.add(call);
    this.live.add(call);
    return call;
  }

  of(contactId: string): PaidCall | undefined {
    return this.#byId.get(contactId);
  }

  isThere(call: PaidCall): void {
    if (call.isThere !== true) this.created += 1;
    call.isThere = true;
  }

  /** Another one's name. */
  isName(call: PaidCall): void {
    this.never(call);
    this.#names.set(call.contactId, call);
  }

  /** It has moved, or nothing came of it. */
  nameIsOver(contactId: string): void {
    this.#names.delete(contactId);
  }

  get names(): string[] {
    return [...this.#names.keys()];
  }

  /** The other one was over before; undefined: it is no name. */
  goesOwnWay(contactId: string): PaidCall | undefined {
    const call = this.#names.get(contactId);
    if (call === undefined) return undefined;
    this.#names.delete(contactId);
    this.#byId.set(contactId, call);
    this.live.add(call);
    this.isThere(call);
    return call;
  }

  /** Refused, or another one's name. */
  never(call: PaidCall): void {
    if (call.isThere === true) this.#breach(`${call.contactId} was refused, and it is there`);
    this.#byId.delete(call.contactId);
    this.live.delete(call);
  }

  begins(): void {
    this.#taken.clear();
  }

  /** True: nothing else was wanted of it in this burst, and it is there. */
  takes(call: PaidCall): boolean {
    if (call.isThere !== true || call.endedAt !== undefined || this.#taken.has(call)) return false;
    this.#taken.add(call);
    return true;
  }

  // ── What happens to it ────────────────────────────────────────────────────────────────────────────────────────
  connected(call: PaidCall, agentId: string, at: number): void {
    call.agentId = agentId;
    this.#look(call, at);
  }

  parted(call: PaidCall, at: number): void {
    call.agentId = undefined;
    call.isHeld = false;
    this.#look(call, at);
  }

  held(call: PaidCall, isHeld: boolean, at: number): void {
    call.isHeld = isHeld;
    this.#look(call, at);
  }

  sentTo(call: PaidCall, queueId: string): void {
    call.queueId = queueId;
  }

  over(call: PaidCall, why: string, at: number): void {
    if (call.endedAt !== undefined) return this.#breach(`${call.contactId} ends twice`);
    call.why = why;
    call.toTheEnd = call.countedBy !== undefined;
    call.agentId = undefined;
    this.#look(call, at);
    call.endedAt = at;
    this.live.delete(call);
    this.#over.push(call);
  }

  takeOver(): PaidCall[] {
    return this.#over.splice(0);
  }

  /** With its receiver, where the rate holds, and not on a hold that is free. */
  #look(call: PaidCall, at: number): void {
    const { quote, agentId, isHeld } = call;
    const isFree = isHeld && quote.terms.holdIsFree === true;
    const by = this.countsTime(call) && this.isReceivers(call) && !isFree ? agentId : undefined;
    if (by === call.countedBy) return;
    if (call.countedBy !== undefined) call.served.push({ agentId: call.countedBy, from: call.since, to: at });
    if (by !== undefined) {
      call.startedAt ??= at;
      call.wasCounted = true;
    }
    call.countedBy = by;
    call.since = at;
  }

  countsTime({ quote: { terms } }: PaidCall): boolean {
    return terms.per !== 'message' && terms.per !== 'document';
  }

  /** Whoever serves it now does so at its price. */
  isReceivers({ quote, agentId, queueId }: PaidCall): boolean {
    if (agentId === undefined) return false;
    return quote.agentId === undefined ? quote.queueId === queueId : quote.agentId === agentId;
  }

  /** A message of its receiver's was delivered. */
  wrote(call: PaidCall, { agentId, at }: Delivered): void {
    call.written.push({ agentId, at });
    call.startedAt ??= at;
    call.wasCounted = true;
  }

  // ── The router was away ───────────────────────────────────────────────────────────────────────────────────────
  /** Nobody's time. */
  wasAway(from: number, to: number): void {
    for (const call of this.live) {
      call.wasAway = true;
      if (call.countedBy === undefined) continue;
      call.served.push({ agentId: call.countedBy, from: call.since, to: Math.max(call.since, from) });
      call.since = to;
    }
  }

  /** What is shown of it, of which nobody may have been told, has happened when the power went: with the last thing on the disk. */
  foundAs(call: PaidCall, view: Members | undefined, wentAt: number, backAt: number): void {
    // Another one's name, or never let in: its request is asked again, and answered so.
    if (view === undefined || view.contactId !== call.contactId) {
      if (call.isThere === true) this.#breach(`${call.contactId} is lost`);
      call.isThere = false;
      return;
    }
    this.isThere(call);
    const { state, agentId, queueId, heldSince, why } = view;
    call.queueId = String(queueId);
    if (view.endedAt !== undefined) {
      this.over(call, String(why), backAt);
      if (view.endedAt !== wentAt && view.endedAt !== backAt)
        this.#breach(`${call.contactId} ended at ${String(view.endedAt)}, and nobody was told`);
      call.endedAt = Number(view.endedAt);
      return;
    }
    const isConnected = state === 'connected';
    call.agentId = isConnected ? String(agentId) : undefined;
    call.isHeld = isConnected && heldSince !== undefined;
    const isNew = call.startedAt === undefined;
    this.#look(call, backAt);
    if (isNew && call.startedAt !== undefined) call.startedAt = wentAt;
    call.offers =
      state === 'ringing' && view.offerId !== undefined
        ? [{ offerId: String(view.offerId), agentId: String(view.agentId) }]
        : [];
  }

  // ── Receipts ──────────────────────────────────────────────────────────────────────────────────────────────────
  receipt(shown: ReceiptShown): void {
    const what = soldBy(shown);
    const known = this.#receipts.get(what);
    if (known !== undefined && known !== shown.receiptId)
      this.#breach(`${what} has the receipts ${known} and ${shown.receiptId}`);
    this.#receipts.set(what, shown.receiptId);
    this.#told.set(what, shown);
  }

  /** Of a contact, or of a document. */
  receiptOf(what: string): ReceiptShown | undefined {
    return this.#told.get(what);
  }

  /** Of something that was sold by itself. */
  sold(receipt: ReceiptShown, expected: ReceiptShown): void {
    const what = soldBy(expected);
    this.#told.delete(what);
    this.#isSame(receipt, sayings(expected), '');
  }

  /** Undefined: nothing was charged. */
  async judge(
    call: PaidCall,
    receipt: ReceiptShown | undefined,
    means: Means,
  ): Promise<Omit<OwnPayment, 'payer' | 'isBusy' | 'isProviders' | 'isDeposit'> | undefined> {
    const { contactId, quote, why } = call;
    this.#told.delete(contactId);
    if (!call.wasCounted) {
      if (receipt !== undefined) this.#breach(`${contactId} never counted, and has the receipt ${receipt.receiptId}`);
      return undefined;
    }
    if (receipt === undefined) {
      this.#breach(`${contactId} counted, and has no receipt: ${JSON.stringify(call)}`);
      return undefined;
    }
    const { terms, shares } = quote;
    const { currency } = terms.price;
    const isTime = this.countsTime(call);
    const price = isTime ? plainPrice(terms, call.served) : plainUnits(terms, call.written);
    // What a message costs is there before it is delivered.
    const total = isTime ? Math.min(receipt.total.amount, price.cost) : price.cost;
    if (isTime && (why === 'fundsExhausted' || total < price.cost)) await this.#ranOut(call, total, price.cost, means);
    const parts = partsOf(isTime ? call.served : call.written, price.added, total, shares);
    const amounts = amountsOf(terms);
    const expected = sayings({
      ...{ receiptId: receipt.receiptId, contactId, quoteId: quote.quoteId, rateId: quote.rateId },
      ...(total > 0 && { paymentId: `receipt/${receipt.receiptId}` }),
      startedAt: call.startedAt as number,
      endedAt: call.endedAt as number,
      meteredMs: price.meteredMs,
      lines: price.counts.flatMap((count, which) => (count === 0 ? [] : [{ count, amount: amounts[which] as number }])),
      total: { amount: total, currency },
      ...(total < price.cost && { notCharged: { amount: price.cost - total, currency } }),
      tax: { amount: parts.reduce((sum, { tax }) => sum + tax, 0), currency },
      parts,
    });
    this.#isSame(receipt, expected, JSON.stringify(call));
    if (total === 0) return undefined;
    return { paymentId: receipt.paymentId as string, currency, amount: total, shares: sharesOfParts(parts, currency) };
  }

  /** Who is told of it may not see who gets what. */
  #isSame(receipt: ReceiptShown, expected: string, more: string): void {
    const what = soldBy(receipt);
    this.#expected.set(what, expected);
    const { parts: wanted = [], ...without } = JSON.parse(expected) as ReceiptShown;
    const { parts, ...shown } = JSON.parse(sayings(receipt)) as ReceiptShown;
    const some = wanted.filter(({ amount }) => amount > 0);
    const isSame = JSON.stringify(without) === JSON.stringify(shown);
    if (isSame && (receipt.parts === undefined || JSON.stringify(parts) === JSON.stringify(some))) return;
    this.#breach(`${what} has the receipt ${sayings(receipt)}, and comes to ${expected} ${more}`);
  }

  async #ranOut(call: PaidCall, total: number, cost: number, means: Means): Promise<void> {
    const { contactId, quote, served, wasAway } = call;
    const { terms } = quote;
    const metered = served.reduce((sum, { from, to }) => sum + (to - from), 0);
    const over = metered - lastsFor(terms, served, total);
    // Where the router was away, the timer came late.
    if (over > means.graceMs && !wasAway && !means.isLate)
      this.#breach(
        `${contactId} went on for ${over} ms when ${total} was used up, of ${cost}: ${JSON.stringify(served)}`,
      );
    if (!call.toTheEnd) return;
    const free = await means.free();
    const last = served.at(-1);
    const next = last && [...served.slice(0, -1), { ...last, to: last.to + 1 }];
    const wanted = next === undefined ? 0 : plainPrice(terms, next).cost;
    if (!means.hasGained && ((total < cost && free > 0) || total + free >= wanted))
      this.#breach(`${contactId} was charged ${total} of ${cost}, and ${free} is there: ${JSON.stringify(served)}`);
  }

  /** All that are listed in the end. */
  sameReceipts(listed: readonly ReceiptShown[]): void {
    listed.forEach((receipt, at) => {
      const { receiptId } = receipt;
      const what = soldBy(receipt);
      if (receiptId !== String(at + 1)) this.#breach(`the receipt ${receiptId} comes as number ${at + 1}`);
      const expected = this.#expected.get(what);
      if (expected === undefined) this.#breach(`the receipt ${receiptId} of ${what} is one too many`);
      const { parts = [], ...rest } = JSON.parse(expected ?? '{}') as ReceiptShown;
      const wanted = JSON.stringify({ ...rest, parts: parts.filter(({ amount }) => amount > 0) });
      if (expected !== undefined && wanted !== sayings(receipt))
        this.#breach(`the receipt is listed as ${sayings(receipt)}, and is ${wanted}`);
      this.#expected.delete(what);
    });
    for (const [what] of this.#expected) this.#breach(`the receipt of ${what} is lost`);
  }
}

/** What a receipt is of. */
const soldBy = ({ contactId, documentId }: Pick<ReceiptShown, 'contactId' | 'documentId'>) => documentId ?? contactId;

/** By account, what each gets of it. */
export function sharesOfParts(parts: readonly OwnPart[], currency: string): { accountId: string; left: number }[] {
  const got: { accountId: string; left: number }[] = [];
  const gets = (accountId: string, amount: number) => {
    const known = got.find((one) => one.accountId === accountId);
    if (known !== undefined) known.left += amount;
    else if (amount > 0) got.push({ accountId, left: amount });
  };
  for (const { agentId, tax, commission, receiver } of parts) {
    gets(`house:tax:${currency}`, tax);
    gets(`house:commission:${currency}`, commission);
    gets(accountOf(agentId, currency), receiver);
  }
  return got;
}

/** Who has no account in the currency works for the house: the storm opens them so. */
function accountOf(agentId: string, currency: string): string {
  const number = Number(agentId.slice(1));
  const has = currency === 'EUR' ? number % 5 !== 0 : number % 2 === 0;
  return has ? `${agentId}-${currency}` : `house:commission:${currency}`;
}

/** Each agent's, in the order in which they came; what was used when there was nothing left is nobody's. */
function partsOf(
  served: readonly { readonly agentId: string }[],
  added: readonly number[],
  total: number,
  shares: OwnShares,
): OwnPart[] {
  const amounts = new Map<string, number>();
  served.forEach(({ agentId }, at) => {
    amounts.set(agentId, (amounts.get(agentId) ?? 0) + added[at]!);
  });
  let left = total;
  return [...amounts].map(([agentId, amount]) => {
    const some = Math.min(amount, left);
    left -= some;
    return splitOf(agentId, some, shares);
  });
}

/** What matters of a receipt, always in the same order. */
function sayings(receipt: ReceiptShown): string {
  const { receiptId, contactId, documentId, quoteId, rateId, paymentId } = receipt;
  const { startedAt, endedAt, meteredMs, lines, total, notCharged, tax } = receipt;
  const parts = (receipt.parts ?? [])
    .filter(({ amount }) => amount > 0)
    .map(({ agentId, amount, tax: of, commission, receiver }) => ({ agentId, amount, tax: of, commission, receiver }));
  return JSON.stringify({
    ...{ receiptId, contactId, documentId, quoteId, rateId, paymentId, startedAt, endedAt, meteredMs },
    lines: lines.map(({ count, amount }) => ({ count, amount })),
    ...{ total: total.amount, notCharged: notCharged?.amount, tax: tax.amount, currency: total.currency, parts },
  });
}
