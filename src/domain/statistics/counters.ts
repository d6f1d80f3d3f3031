// What is counted of a queue or of an agent in an interval: sums, largest values, waits in buckets and times by reason, which all
// add up over intervals and over queues or agents.
//
// A row holds the numbers in the order of these lists. A list only ever grows at its end: rows of before have nothing there.

import type { Row } from '../module.ts';

export interface CounterNames {
  readonly sums: readonly string[];
  readonly largest: readonly string[];
  readonly waits: readonly string[];
}

export const queueCounters = {
  sums: [
    'offered',
    'answered',
    'answeredWithin',
    'abandoned',
    'abandonedShort',
    'abandonedWithin',
    'endedOtherwise',
    'answeredWaitMs',
    'abandonedWaitMs',
    'handled',
    'talkMs',
    'holdMs',
    'wrapUpMs',
    'offers',
    'missed',
    'rejected',
    'withdrawn',
    'movedOn',
    'refused',
    'callbacksAsked',
    'callbacksReached',
    'callbacksUnreachable',
    'transferred',
    'takenAway',
    'parked',
    'consulted',
    'consultMs',
    'messagesAsked',
    'messagesLeft',
  ],
  largest: ['answeredWaitMsMax', 'abandonedWaitMsMax'],
  waits: ['answeredWaits', 'abandonedWaits'],
} as const satisfies CounterNames;

export const agentCounters = {
  sums: [
    'answered',
    'handled',
    'talkMs',
    'holdMs',
    'wrapUpMs',
    'offers',
    'missed',
    'rejected',
    'withdrawn',
    'readyMs',
    'notReadyMs',
    'ringingMs',
    'inServiceMs',
    'wrappingUpMs',
    'transferred',
    'takenAway',
    'scheduledMs',
    'adherentMs',
    'parked',
    'consulted',
    'consultMs',
    'dialled',
    'dialledReached',
    'dialledTalkMs',
    'dialledHoldMs',
  ],
  largest: [],
  waits: [],
} as const satisfies CounterNames;

/** What was paid in one currency, in the order in which a row has it. */
export const paidNames = ['contacts', 'documents', 'charged', 'tax', 'commission', 'receiver', 'refunded'] as const;
const REFUNDED = paidNames.indexOf('refunded');

export class Counters<Names extends CounterNames = CounterNames> {
  readonly #names: Names;
  readonly #sums: number[];
  readonly #largest: number[];
  readonly #waits: Map<number, number>[];
  /** Times by reason: agents who are not ready say why. */
  readonly reasons = new Map<string, number>();
  /** By currency; undefined: nothing was paid for, as of most queues and agents. */
  #paid: Map<string, number[]> | undefined;

  constructor(names: Names) {
    this.#names = names;
    this.#sums = names.sums.map(() => 0);
    this.#largest = names.largest.map(() => 0);
    this.#waits = names.waits.map(() => new Map());
  }

  static of<Names extends CounterNames>(names: Names, row: Row): Counters<Names> {
    const counters = new Counters(names);
    const { sums, largest, waits, reasons, paid } = row as unknown as CountersRow;
    sums.forEach((value, index) => {
      counters.#sums[index] = value;
    });
    largest?.forEach((value, index) => {
      counters.#largest[index] = value;
    });
    waits?.forEach((flat, index) => {
      const buckets = counters.#waits[index] as Map<number, number>;
      for (let at = 0; at < flat.length; at += 2) buckets.set(flat[at] as number, flat[at + 1] as number);
    });
    for (const [reason, ms] of Object.entries(reasons ?? {})) counters.reasons.set(reason, ms);
    for (const [currency, sums] of Object.entries(paid ?? {})) counters.addPaid(currency, sums);
    return counters;
  }

  add(name: Names['sums'][number], value: number): void {
    this.addAt(this.#names.sums.indexOf(name), value);
  }

  /** By the place of its name in the list: what is counted for everything that happens. */
  addAt(place: number, value: number): void {
    this.#sums[place] = (this.#sums[place] as number) + value;
  }

  atLeast(name: Names['largest'][number], value: number): void {
    const index = this.#names.largest.indexOf(name);
    this.#largest[index] = Math.max(this.#largest[index] as number, value);
  }

  addWait(name: Names['waits'][number], bucket: number): void {
    count(this.waits(name), bucket, 1);
  }

  addReason(reason: string, ms: number): void {
    count(this.reasons, reason, ms);
  }

  /** In the order of paidNames; what is missing at the end is nothing. */
  addPaid(currency: string, of: readonly number[]): void {
    this.#paid ??= new Map();
    let sums = this.#paid.get(currency);
    if (sums === undefined) {
      sums = paidNames.map(() => 0);
      this.#paid.set(currency, sums);
    }
    for (let place = 0; place < of.length; place++) sums[place] = (sums[place] as number) + (of[place] as number);
  }

  addRefunded(currency: string, amount: number): void {
    this.addPaid(currency, [...Array<number>(REFUNDED).fill(0), amount]);
  }

  get any(): boolean {
    return this.#paid !== undefined || this.#sums.some((value) => value > 0);
  }

  /** By currency in its order, each in the order of paidNames; undefined: there is nothing. */
  get paid(): readonly (readonly [currency: string, sums: readonly number[]])[] | undefined {
    return this.#paid && inOrder(this.#paid);
  }

  sum(name: Names['sums'][number]): number {
    return this.#sums[this.#names.sums.indexOf(name)] as number;
  }

  largest(name: Names['largest'][number]): number {
    return this.#largest[this.#names.largest.indexOf(name)] as number;
  }

  waits(name: Names['waits'][number]): Map<number, number> {
    return this.#waits[this.#names.waits.indexOf(name)] as Map<number, number>;
  }

  merge(other: Counters<Names>): void {
    other.#sums.forEach((value, index) => {
      this.#sums[index] = (this.#sums[index] as number) + value;
    });
    other.#largest.forEach((value, index) => {
      this.#largest[index] = Math.max(this.#largest[index] as number, value);
    });
    other.#waits.forEach((buckets, index) => {
      for (const [bucket, value] of buckets) count(this.#waits[index] as Map<number, number>, bucket, value);
    });
    for (const [reason, ms] of other.reasons) count(this.reasons, reason, ms);
    for (const [currency, sums] of other.#paid ?? []) this.addPaid(currency, sums);
  }

  row(): Row {
    const row: { -readonly [Name in keyof CountersRow]: CountersRow[Name] } = { sums: [...this.#sums] };
    if (this.#largest.length > 0) row.largest = [...this.#largest];
    if (this.#waits.some(({ size }) => size > 0))
      row.waits = this.#waits.map((buckets) => [...buckets].sort(([a], [b]) => a - b).flat());
    if (this.reasons.size > 0) row.reasons = Object.fromEntries(inOrder(this.reasons));
    if (this.#paid !== undefined)
      row.paid = Object.fromEntries(inOrder(this.#paid).map(([of, sums]) => [of, [...sums]]));
    return row as unknown as Row;
  }
}

type Places<Names extends CounterNames> = Readonly<Record<Names['sums'][number], number>>;

function placesOf<Names extends CounterNames>({ sums }: Names): Places<Names> {
  return Object.fromEntries(sums.map((name, place) => [name, place])) as Places<Names>;
}

export const queuePlaces = placesOf(queueCounters);
export const agentPlaces = placesOf(agentCounters);

interface CountersRow {
  readonly sums: readonly number[];
  readonly largest?: readonly number[];
  /** Of each list of waits: bucket, count, bucket, count … */
  readonly waits?: readonly (readonly number[])[];
  readonly reasons?: Readonly<Record<string, number>>;
  /** By currency, each in the order of paidNames. */
  readonly paid?: Readonly<Record<string, readonly number[]>>;
}

function inOrder<Value>(named: ReadonlyMap<string, Value>): [string, Value][] {
  return [...named].sort(([a], [b]) => (a < b ? -1 : 1));
}

function count<Key>(counts: Map<Key, number>, key: Key, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

export type QueueCounts = Counters<typeof queueCounters>;
export type AgentCounts = Counters<typeof agentCounters>;
