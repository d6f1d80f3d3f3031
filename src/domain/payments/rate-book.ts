// The rates that are published. All of them are in memory: quotes look at each that may fit.
//
// A rate is never changed, so whoever was shown one knows what it says; it is withdrawn, and goes with its receiver.

import { ratesPerTenantMax } from '../../limits.ts';
import { canonical } from '../../protocol/canonical.ts';
import type { RateGiven, Receiver } from '../../protocol/rates.ts';
import type { Admission, Row, TableReader } from '../module.ts';
import { everyRow } from '../rows.ts';
import { ratesTable } from './tables.ts';
import { Tariff } from './tariff.ts';

export interface Rate {
  readonly number: number;
  readonly given: RateGiven;
  readonly tariff: Tariff;
  readonly publishedAt: number;
}

/** What a contact is to be, for which a price is wanted. */
export interface Wanted {
  readonly receiver?: Receiver | undefined;
  readonly channel?: string | undefined;
  readonly topic?: string | undefined;
  readonly currency?: string | undefined;
}

export class RateBook {
  #byId = new Map<string, Rate>();
  #byReceiver = new Map<string, Map<number, Rate>>();
  /** In the order in which they were published. */
  #byNumber = new Map<number, Rate>();
  #next = 1;

  load(tables: TableReader): void {
    this.#byId = new Map();
    this.#byReceiver = new Map();
    this.#byNumber = new Map();
    this.#next = 1;
    for (const { row } of everyRow(tables, ratesTable)) {
      const { number, given, publishedAt } = row as unknown as Omit<Rate, 'tariff'>;
      this.#know({ number, given, publishedAt, tariff: new Tariff(given) });
    }
  }

  get isFull(): boolean {
    return this.#byId.size >= ratesPerTenantMax;
  }

  find(rateId: string): Rate | undefined {
    return this.#byId.get(rateId);
  }

  publish(given: RateGiven, { now, tables, onUndo }: Admission): Rate {
    const rate: Rate = { number: this.#next, given, publishedAt: now, tariff: new Tariff(given) };
    const { number, publishedAt } = rate;
    tables.put(ratesTable, number, { number, given, publishedAt } as unknown as Row);
    this.#know(rate);
    onUndo(() => this.#forget(rate));
    return rate;
  }

  withdraw(rate: Rate, { tables, onUndo }: Pick<Admission, 'tables' | 'onUndo'>): void {
    tables.remove(ratesTable, rate.number);
    this.#forget(rate);
    onUndo(() => this.#know(rate));
  }

  /** The receiver is about to go. */
  withdrawAllOf(receiver: Receiver, admission: Pick<Admission, 'tables' | 'onUndo'>): void {
    for (const rate of [...this.#of(receiver)]) this.withdraw(rate, admission);
  }

  /** In the order in which they were published, behind a number. */
  *after(number: number): Generator<Rate> {
    for (const rate of this.#byNumber.values()) if (rate.number > number) yield rate;
  }

  /** That hold now, in the order in which they were published. */
  *fitting(wanted: Wanted, now: number): Generator<Rate> {
    const rates = wanted.receiver === undefined ? this.#byNumber.values() : this.#of(wanted.receiver);
    for (const rate of rates) {
      const { validFrom = 0, validUntil = Infinity } = rate.given;
      if (now >= validFrom && now < validUntil && fits(rate, wanted)) yield rate;
    }
  }

  #of(receiver: Receiver): Iterable<Rate> {
    return this.#byReceiver.get(nameOf(receiver))?.values() ?? [];
  }

  /** One that is back where a request was taken back comes in at its place. */
  #know(rate: Rate): void {
    const { number, given } = rate;
    const of = nameOf(given.receiver);
    const others = this.#byReceiver.get(of) ?? new Map<number, Rate>();
    this.#byId.set(given.rateId, rate);
    this.#byNumber.set(number, rate);
    this.#byReceiver.set(of, others.set(number, rate));
    if (number < this.#next) {
      this.#byNumber = inOrder(this.#byNumber);
      this.#byReceiver.set(of, inOrder(others));
    }
    this.#next = Math.max(this.#next, number + 1);
  }

  #forget({ number, given }: Rate): void {
    const of = nameOf(given.receiver);
    this.#byId.delete(given.rateId);
    this.#byNumber.delete(number);
    const others = this.#byReceiver.get(of);
    others?.delete(number);
    if (others?.size === 0) this.#byReceiver.delete(of);
  }
}

/** A rate without channels is for all, one without a topic for whatever the contact is about. */
export function fits({ given }: Rate, { receiver, channel, topic, currency }: Wanted): boolean {
  if (receiver !== undefined && !isSameReceiver(given.receiver, receiver)) return false;
  if (channel !== undefined && given.channels?.includes(channel) === false) return false;
  if (given.topic !== undefined && given.topic !== topic) return false;
  return currency === undefined || given.price.currency === currency;
}

export function isSameReceiver(one: Receiver, other: Receiver): boolean {
  return one.agentId === other.agentId && one.queueId === other.queueId;
}

function nameOf(receiver: Receiver): string {
  return canonical(receiver);
}

function inOrder(rates: Map<number, Rate>): Map<number, Rate> {
  return new Map([...rates].sort(([one], [other]) => one - other));
}
