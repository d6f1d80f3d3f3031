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

export const MISSED = 1;
export const REJECTED = 2;
export const WITHDRAWN = 3;

export type Fact =
  | readonly [kind: typeof OFFERED, queueId: string]
  | readonly [kind: typeof ANSWERED, queueId: string, agentId: string, waitMs: number, within: 0 | 1]
  | readonly [kind: typeof ABANDONED, queueId: string, waitMs: number, short: 0 | 1, within: 0 | 1]
  | readonly [kind: typeof ENDED_OTHERWISE, queueId: string]
  | readonly [kind: typeof HANDLED, queueId: string, agentId: string, talkMs: number, holdMs: number]
  | readonly [kind: typeof WRAPPED_UP, queueId: string, agentId: string, wrapUpMs: number]
  | readonly [kind: typeof RANG, queueId: string, agentId: string]
  | readonly [kind: typeof NOT_TAKEN, queueId: string, agentId: string, how: number]
  | readonly [kind: typeof SPENT, agentId: string, state: number, reason: string, from: number, to: number];

export interface CountedRow {
  /** The time of the tick. */
  readonly at: number;
  readonly facts: readonly Fact[];
}
