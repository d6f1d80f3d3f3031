// What there is to count, as it is noted in the tick in which it happens: tuples of numbers and ids, nothing of how it is counted.
//
// Facts are the one way into the counters: those of a tick are a row until their interval is folded, and what a start reads
// from these rows goes the same way as what happens.

/** A contact joined the queue. */
export const OFFERED = 1;
/** It is in service, for the first time. */
export const ANSWERED = 2;
/** The customer hung up before. */
export const ABANDONED = 3;
/** It was ended before by anybody else. */
export const ENDED_OTHERWISE = 4;
/** It was in service, and is over for the customer. */
export const HANDLED = 5;
/** Its wrap-up is over. */
export const WRAPPED_UP = 6;
/** It rang at an agent. */
export const RANG = 7;
/** And rings no more, without having been taken. */
export const NOT_TAKEN = 8;
/** An agent was in a state. */
export const SPENT = 9;
/** A contact went on to another queue, which it joins. */
export const MOVED_ON = 10;
/** A contact asked for the queue and was not let in: it was full or closed, nobody was there, or the caller is blocked. */
export const REFUSED = 11;
/** A customer is to be called back by the queue; was reached; was not, however often it was tried. */
export const CALLBACK_ASKED = 12;
export const CALLBACK_REACHED = 13;
export const CALLBACK_UNREACHABLE = 14;

/** A contact in service left its agent, and joins a queue again. */
export const PARTED = 15;

/** An agent was asked about a contact, and that consultation is over. */
export const CONSULTED = 16;
/** A customer is asked for a message; one was left. */
export const MESSAGE_ASKED = 17;
export const MESSAGE_LEFT = 18;

/** An agent has called out; was joined with the number; was in service with it, and is not any more. */
export const DIALLED = 19;
export const DIAL_REACHED = 20;
export const DIAL_OVER = 21;

/** A contact that was paid for is settled, or a document is sold: of a queue, and of each agent who has a part in it. */
export const PAID_IN_QUEUE = 22;
export const PAID_TO_AGENT = 23;
/** Something of that is given back. */
export const GIVEN_BACK = 24;

export const MISSED = 1;
export const REJECTED = 2;
export const WITHDRAWN = 3;

/** How it left: sent by its agent, by anybody and anything else, or put aside: then it joins no queue yet. */
export const TRANSFERRED = 1;
export const TAKEN_AWAY = 2;
export const PARKED = 3;

/** It is of a contact, or of a document; what of the amount is tax, commission and the agent's. */
type PaidMembers = readonly [
  contacts: 0 | 1,
  documents: 0 | 1,
  charged: number,
  tax: number,
  commission: number,
  receiver: number,
];

export type Fact =
  | readonly [kind: typeof OFFERED, queueId: string]
  | readonly [kind: typeof ANSWERED, queueId: string, agentId: string, waitMs: number, within: 0 | 1]
  | readonly [kind: typeof ABANDONED, queueId: string, waitMs: number, short: 0 | 1, within: 0 | 1]
  | readonly [kind: typeof ENDED_OTHERWISE, queueId: string]
  | readonly [kind: typeof HANDLED, queueId: string, agentId: string, talkMs: number, holdMs: number]
  | readonly [kind: typeof WRAPPED_UP, queueId: string, agentId: string, wrapUpMs: number]
  | readonly [kind: typeof RANG, queueId: string, agentId: string]
  | readonly [kind: typeof NOT_TAKEN, queueId: string, agentId: string, how: number]
  | readonly [kind: typeof MOVED_ON, queueId: string]
  | readonly [kind: typeof REFUSED, queueId: string]
  | readonly [kind: typeof CALLBACK_ASKED | typeof CALLBACK_REACHED | typeof CALLBACK_UNREACHABLE, queueId: string]
  | readonly [kind: typeof MESSAGE_ASKED | typeof MESSAGE_LEFT, queueId: string]
  | readonly [kind: typeof PARTED, queueId: string, agentId: string, how: number]
  | readonly [kind: typeof CONSULTED, queueId: string, agentId: string, ms: number]
  | readonly [kind: typeof DIALLED | typeof DIAL_REACHED, agentId: string]
  | readonly [kind: typeof DIAL_OVER, agentId: string, talkMs: number, holdMs: number]
  | readonly [kind: typeof PAID_IN_QUEUE, queueId: string, currency: string, ...PaidMembers]
  | readonly [kind: typeof PAID_TO_AGENT, agentId: string, currency: string, ...PaidMembers]
  | readonly [kind: typeof GIVEN_BACK, queueId: string, currency: string, amount: number]
  | readonly [kind: typeof SPENT, agentId: string, state: number, reason: string, from: number, to: number];

/** Facts of a tick, as its row keeps them: ids once each, and everything else as one list of numbers. */
export interface CountedRow {
  /** The time of the tick. */
  readonly at: number;
  /** Of queues and agents, and reasons. */
  readonly ids: readonly string[];
  /** One fact after the other: its kind, then its members; a text is its place among the ids. */
  readonly facts: readonly number[];
}

/** How many members a fact has, and which of them are texts. */
const shapes: Readonly<Record<Fact[0], readonly [members: number, ...texts: number[]]>> = {
  [OFFERED]: [1, 1],
  [ANSWERED]: [4, 1, 2],
  [ABANDONED]: [4, 1],
  [ENDED_OTHERWISE]: [1, 1],
  [HANDLED]: [4, 1, 2],
  [WRAPPED_UP]: [3, 1, 2],
  [RANG]: [2, 1, 2],
  [NOT_TAKEN]: [3, 1, 2],
  [SPENT]: [5, 1, 3],
  [MOVED_ON]: [1, 1],
  [REFUSED]: [1, 1],
  [CALLBACK_ASKED]: [1, 1],
  [CALLBACK_REACHED]: [1, 1],
  [CALLBACK_UNREACHABLE]: [1, 1],
  [MESSAGE_ASKED]: [1, 1],
  [MESSAGE_LEFT]: [1, 1],
  [PARTED]: [3, 1, 2],
  [CONSULTED]: [3, 1, 2],
  [DIALLED]: [1, 1],
  [DIAL_REACHED]: [1, 1],
  [DIAL_OVER]: [3, 1],
  [PAID_IN_QUEUE]: [8, 1, 2],
  [PAID_TO_AGENT]: [8, 1, 2],
  [GIVEN_BACK]: [3, 1, 2],
};

/** How many numbers follow the kind of a fact. */
export const membersOf: readonly number[] = Array.from(
  { length: GIVEN_BACK + 1 },
  (_, kind) => shapes[kind as Fact[0]]?.[0] ?? Number.NaN,
);

/**
 * The facts of a tick, as its row will have them: numbers one behind the other as they are noted, since a busy router notes six for
 * each contact, and a list for each would be made to be looked at twice and thrown away.
 */
export class FactList {
  #ids: string[] = [];
  #facts: number[] = [];
  readonly #places = new Map<string, number>();
  /** Looked for last: facts of one queue follow each other. */
  #queueId: string | undefined;
  #queuePlace = 0;

  get isEmpty(): boolean {
    return this.#facts.length === 0;
  }

  /** Any of them. */
  note(fact: Fact): void {
    for (const member of fact) this.#facts.push(typeof member === 'number' ? member : this.#placeOf(member));
  }

  /** OFFERED. */
  offered(queueId: string): void {
    this.#facts.push(OFFERED, this.#placeOfQueue(queueId));
  }

  /** RANG. */
  rang(queueId: string, agentId: string): void {
    this.#facts.push(RANG, this.#placeOfQueue(queueId), this.#placeOf(agentId));
  }

  /** ANSWERED, or HANDLED. */
  served(kind: typeof ANSWERED | typeof HANDLED, queueId: string, agentId: string, ms: number, more: number): void {
    this.#facts.push(kind, this.#placeOfQueue(queueId), this.#placeOf(agentId), ms, more);
  }

  /** WRAPPED_UP. */
  wrappedUp(queueId: string, agentId: string, ms: number): void {
    this.#facts.push(WRAPPED_UP, this.#placeOfQueue(queueId), this.#placeOf(agentId), ms);
  }

  /** All of them, and begins anew. */
  take(at: number): CountedRow {
    const row: CountedRow = { at, ids: this.#ids, facts: this.#facts };
    this.clear();
    return row;
  }

  clear(): void {
    this.#ids = [];
    this.#facts = [];
    this.#places.clear();
    this.#queueId = undefined;
  }

  #placeOf(id: string): number {
    let place = this.#places.get(id);
    if (place === undefined) {
      place = this.#ids.length;
      this.#places.set(id, place);
      this.#ids.push(id);
    }
    return place;
  }

  #placeOfQueue(queueId: string): number {
    if (queueId !== this.#queueId) {
      this.#queuePlace = this.#placeOf(queueId);
      this.#queueId = queueId;
    }
    return this.#queuePlace;
  }
}

/** Of one tick: what was noted after the other had its row. */
export function joined(one: CountedRow, other: CountedRow): CountedRow {
  return packed(one.at, [...unpacked(one), ...unpacked(other)]);
}

export function packed(at: number, facts: readonly Fact[]): CountedRow {
  const list = new FactList();
  for (const fact of facts) list.note(fact);
  return list.take(at);
}

export function unpacked({ ids, facts }: CountedRow): Fact[] {
  const unpacked: Fact[] = [];
  for (let at = 0; at < facts.length; ) {
    const kind = facts[at] as Fact[0];
    const shape = shapes[kind];
    if (shape === undefined) throw new Error(`facts of an unknown kind ${kind}`);
    const [members, ...texts] = shape;
    const fact: (number | string)[] = facts.slice(at, at + members + 1);
    for (const text of texts) fact[text] = ids[fact[text] as number] as string;
    unpacked.push(fact as unknown as Fact);
    at += members + 1;
  }
  return unpacked;
}
