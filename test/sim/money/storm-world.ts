// What all parts of a storm of paid contacts know: its randomness, its ground, its books and accounts, who is there, and what was found wrong.

import { randomOf, type SimRandom } from '../random.ts';
import { ContactAccount, type QuoteHeld } from './contact-account.ts';
import { type Hears, MoneyFloor } from './floor.ts';
import { OwnBooks, type OwnPayment } from './own-books.ts';
import type { PlainTerms } from './plain-price.ts';

export interface Customer {
  readonly identity: { readonly scheme: string; readonly value: string };
  readonly accounts: readonly string[];
}

export interface Pays {
  readonly payment: OwnPayment;
  readonly kind: 'deposit' | 'withdrawal' | 'refund';
  /** Of a refund. */
  readonly of?: OwnPayment;
  state: 'pending' | 'done' | 'declined';
}

/** Shortly before something happens to prices: midnight, the nights in which clocks change, the end of a cheap hour. */
const begins = [
  '2026-03-28T22:50:00Z',
  '2026-10-24T23:40:00Z',
  '2026-06-12T21:45:00Z',
  '2026-12-31T22:58:00Z',
  '2026-03-08T09:30:00Z',
];

/** How many take part, and how much each burst brings. */
export interface StormSize {
  readonly agents: number;
  readonly customers: number;
  readonly bornMax: number;
  /** The most that is paid in at once. */
  readonly deposits: readonly number[];
}
export const small: StormSize = { agents: 14, customers: 40, bornMax: 26, deposits: [150, 500, 2_500] };
export const large: StormSize = { agents: 40, customers: 160, bornMax: 100, deposits: [300, 2_500, 9_000] };
/** So long what is over is known still, in contacts and in requests: longer than the router is ever away. */
const knownMs = 180_000;
export const queues = ['experts', 'others'] as const;
export const currencies = ['EUR', 'EUR', 'EUR', 'JPY'] as const;
export const secret = `whsec_${Buffer.alloc(32, 'the provider of a storm').toString('base64')}`;

export class StormWorld {
  readonly size: StormSize;
  readonly random: SimRandom;
  readonly floor: MoneyFloor;
  readonly books = new OwnBooks();
  readonly contacts: ContactAccount;
  readonly breaches: string[] = [];
  readonly customers: Customer[] = [];
  readonly currencyOf = new Map<string, string>();
  readonly quotes: QuoteHeld[] = [];
  readonly terms = new Map<
    string,
    { readonly terms: PlainTerms; readonly agentId?: string; readonly queueId?: string }
  >();
  /** By the id that the provider is asked with. */
  readonly throughProvider = new Map<string, Pays>();
  /** Accounts that money came free on since the burst began. */
  readonly gained = new Set<string>();
  readonly count = {
    ...{ cutOff: 0, held: 0, moved: 0, sentOn: 0, refunds: 0, disputes: 0, refused: 0, charged: 0 },
    ...{ messages: 0, documents: 0 },
  };
  readonly began: number;
  /** Statistics and records are kept. */
  readonly isCounted: boolean;
  shares = { taxBasisPoints: 0, commissionBasisPoints: 0 };
  graceMs = 0;
  number = 0;

  constructor(seed: number, hears: Hears, size: StormSize) {
    this.size = size;
    this.random = randomOf(seed, 'storm');
    const from = Date.parse(this.random.pick(begins)) + this.random.whole(0, 999);
    this.contacts = new ContactAccount((sentence) => this.breach(sentence));
    // Every other world has snapshots: with them recovery goes on from one, without it begins at the first entry.
    const snapshotEveryEntries = seed % 2 === 0 ? this.random.pick([150, 400, 1_000]) : undefined;
    this.began = from;
    // To count costs time, and decides nothing: one world in four does.
    this.isCounted = seed % 4 === 3;
    const options = { contactRetentionMs: knownMs, requestIdsMs: knownMs, counts: this.isCounted };
    this.floor = new MoneyFloor(hears, { seed, begins: from, snapshotEveryEntries, ...options });
  }

  breach(sentence: string): void {
    if (this.breaches.length < 10) this.breaches.push(`at ${this.floor.now}: ${sentence}`);
  }

  requestId(): string {
    return `do-${++this.number}`;
  }
}
