// Quotes: what a contact would cost, frozen with its rate and with what the tenant and the tax take of it, until it expires.
//
// A request has a row, with all of its quotes; the n-th of them is called `quoteId.n`. What has expired is remembered for a while, to say
// so. All are in memory: they are few, for a short time, and looked for with each contact that is paid for.

import type { Caller } from '../../engine/egress.ts';
import {
  quoteKeptMs,
  quoteRequestsForgottenPerTickMax,
  quoteRequestsPerCustomerMax,
  quoteRequestsPerTenantMax,
} from '../../limits.ts';
import type { RateTerms, Receiver } from '../../protocol/rates.ts';
import type { Admission, Reaction, Row, TableReader, TableWriter } from '../module.ts';
import { everyRow } from '../rows.ts';
import type { SharesGiven } from './shares.ts';
import { quotesTable } from './tables.ts';

export type Owner = Pick<Caller, 'role' | 'sub'>;

export interface Quote {
  readonly rateId: string;
  readonly receiver: Receiver;
  readonly terms: RateTerms;
  /** What the price was when it was quoted. */
  readonly amountNow: number;
}

export interface QuoteRequest {
  readonly number: number;
  readonly quoteId: string;
  readonly owner: Owner;
  readonly channel: string;
  /** What was asked for: the same again is the same. */
  readonly content: string;
  readonly quotes: readonly Quote[];
  readonly shares: SharesGiven;
  readonly expiresAt: number;
}

export class QuoteBook {
  #byId = new Map<string, QuoteRequest>();
  /** How many a customer's page has. */
  #byCustomer = new Map<string, number>();
  #next = 1;

  load(tables: TableReader): void {
    this.#byId = new Map();
    this.#byCustomer = new Map();
    this.#next = 1;
    for (const { row } of everyRow(tables, quotesTable)) this.#know(row as unknown as QuoteRequest);
  }

  /** Nobody keeps others from theirs. */
  isFullFor({ role, sub }: Owner): boolean {
    if (this.#byId.size >= quoteRequestsPerTenantMax) return true;
    return role === 'customer' && (this.#byCustomer.get(sub) ?? 0) >= quoteRequestsPerCustomerMax;
  }

  find(quoteId: string): QuoteRequest | undefined {
    return this.#byId.get(quoteId);
  }

  /** By the id that it has in the answer: that of its request, and which one it is. */
  quote(quoteId: string): { readonly quote: Quote; readonly request: QuoteRequest } | undefined {
    const dot = quoteId.lastIndexOf('.');
    const which = quoteId.slice(dot + 1);
    const request = dot < 0 || !/^[1-9]\d?$/.test(which) ? undefined : this.#byId.get(quoteId.slice(0, dot));
    const quote = request?.quotes[Number(which) - 1];
    return request === undefined || quote === undefined ? undefined : { quote, request };
  }

  make(of: Omit<QuoteRequest, 'number'>, { tables, onUndo }: Admission): QuoteRequest {
    const made: QuoteRequest = { number: this.#next, ...of };
    tables.put(quotesTable, made.number, made as unknown as Row);
    this.#know(made);
    onUndo(() => this.#forget(made));
    return made;
  }

  /** When the next is to be forgotten. */
  nextDue(): number | undefined {
    let soonest: number | undefined;
    for (const { expiresAt } of this.#byId.values()) soonest = Math.min(soonest ?? expiresAt, expiresAt);
    return soonest === undefined ? undefined : soonest + quoteKeptMs;
  }

  forgetOld({ now, tables }: Pick<Reaction, 'now' | 'tables'>): void {
    let left = quoteRequestsForgottenPerTickMax;
    for (const request of [...this.#byId.values()]) {
      if (request.expiresAt + quoteKeptMs > now) continue;
      if (left-- === 0) return;
      tables.remove(quotesTable, request.number);
      this.#forget(request);
    }
  }

  erase({ quoteId, number }: QuoteRequest, tables: TableWriter): void {
    const known = this.#byId.get(quoteId);
    if (known !== undefined) this.#forget(known);
    tables.remove(quotesTable, number);
  }

  #know(request: QuoteRequest): void {
    this.#byId.set(request.quoteId, request);
    this.#count(request, 1);
    this.#next = Math.max(this.#next, request.number + 1);
  }

  #forget(request: QuoteRequest): void {
    this.#byId.delete(request.quoteId);
    this.#count(request, -1);
  }

  #count({ owner: { role, sub } }: QuoteRequest, by: 1 | -1): void {
    if (role !== 'customer') return;
    const count = (this.#byCustomer.get(sub) ?? 0) + by;
    if (count === 0) this.#byCustomer.delete(sub);
    else this.#byCustomer.set(sub, count);
  }
}
