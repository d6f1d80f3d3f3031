// The counters of the intervals whose rows are not complete yet, and how facts get into them.
//
// Counts belong to the interval of the tick in which they happened; time that an agent spent is split among all the intervals
// that it covers. What is in a row already is not counted again: a start reads rows and facts, in whatever state of folding it
// was stopped.

import * as layout from '../../../assembly/layout.ts';
import { statisticsIntervalMs } from '../../limits.ts';
import type { Plans } from '../schedules/plans.ts';
import { type AgentCounts, agentCounters, Counters, type QueueCounts, queueCounters } from './counters.ts';
import * as facts from './facts.ts';
import { bucketOf } from './wait-buckets.ts';

/** The row, and the queue or agent in it, that stands for all together: no id is empty. */
export const everybody = '';

/** All queues, or all agents, of one interval. */
export interface Part<Counts> {
  readonly counts: Map<string, Counts>;
  /** Those of them that are in rows: complete. */
  readonly folded: Set<string>;
}

export interface Interval {
  readonly start: number;
  readonly queues: Part<QueueCounts>;
  readonly agents: Part<AgentCounts>;
}

const stateFields: Readonly<Record<number, 'readyMs' | 'notReadyMs' | 'ringingMs' | 'inServiceMs' | 'wrappingUpMs'>> = {
  [layout.AGENT_READY]: 'readyMs',
  [layout.AGENT_NOT_READY]: 'notReadyMs',
  [layout.AGENT_RINGING]: 'ringingMs',
  [layout.AGENT_IN_SERVICE]: 'inServiceMs',
  [layout.AGENT_WRAP_UP]: 'wrappingUpMs',
};

const notTakenFields = {
  [facts.MISSED]: 'missed',
  [facts.REJECTED]: 'rejected',
  [facts.WITHDRAWN]: 'withdrawn',
} as const;

export function intervalOf(at: number): number {
  return at - (at % statisticsIntervalMs);
}

export class Intervals {
  /** Every interval before it is complete in rows. */
  foldedTo = 0;
  readonly #byStart = new Map<number, Interval>();
  /** The one asked for last: nearly always the next one, too. */
  #latest: Interval | undefined;
  readonly #plans: Plans;

  constructor(plans: Plans) {
    this.#plans = plans;
  }

  get isEmpty(): boolean {
    return this.#byStart.size === 0;
  }

  at(start: number): Interval | undefined {
    return this.#byStart.get(start);
  }

  make(start: number): Interval {
    if (this.#latest?.start === start) return this.#latest;
    let interval = this.#byStart.get(start);
    if (interval === undefined) {
      interval = { start, queues: part(), agents: part() };
      this.#byStart.set(start, interval);
    }
    this.#latest = interval;
    return interval;
  }

  oldest(): Interval | undefined {
    let oldest: Interval | undefined;
    for (const interval of this.#byStart.values())
      if (oldest === undefined || interval.start < oldest.start) oldest = interval;
    return oldest;
  }

  all(): Iterable<Interval> {
    return this.#byStart.values();
  }

  drop(start: number): void {
    if (this.#latest?.start === start) this.#latest = undefined;
    this.#byStart.delete(start);
  }

  apply(fact: facts.Fact, at: number): void {
    if (fact[0] === facts.SPENT) {
      const [, agentId, state, reason, from, to] = fact;
      return this.spend(agentId, state, reason, from, to);
    }
    const start = intervalOf(at);
    if (start < this.foldedTo) return;
    const interval = this.make(start);
    if (isOfAgentAlone(fact)) {
      const agent = countsIn(interval.agents, fact[1], agentCounters);
      return agent && countDialled(agent, fact);
    }
    const queue = countsIn(interval.queues, fact[1], queueCounters);
    if (queue !== undefined) countOfQueue(queue, fact);
    if (isOfQueueAlone(fact)) return;
    const agent = countsIn(interval.agents, fact[2], agentCounters);
    if (agent !== undefined) countOfAgent(agent, fact);
  }

  /** Time of an agent, into each interval its part. */
  spend(agentId: string, state: number, reason: string, from: number, to: number): void {
    for (let begin = Math.max(from, this.foldedTo); begin < to; ) {
      const start = intervalOf(begin);
      const end = Math.min(to, start + statisticsIntervalMs);
      const counts = countsIn(this.make(start).agents, agentId, agentCounters);
      if (counts !== undefined) {
        spendIn(counts, state, reason, end - begin);
        counts.add('adherentMs', this.#plans.adherentMs(agentId, state, reason, begin, end));
      }
      begin = end;
    }
  }
}

/** What was planned of an agent in an interval of which no row is written yet. */
export function planIn({ agents }: Interval, agentId: string, ms: number): void {
  countsIn(agents, agentId, agentCounters)?.add('scheduledMs', ms);
}

export function spendIn(counts: AgentCounts, state: number, reason: string, ms: number): void {
  const field = stateFields[state];
  if (field === undefined) throw new Error(`nothing is counted of agents in state ${state}`);
  counts.add(field, ms);
  if (field === 'notReadyMs') counts.addReason(reason, ms);
}

function part<Counts>(): Part<Counts> {
  return { counts: new Map(), folded: new Set() };
}

/** Undefined where the row is written already. */
function countsIn<Names extends QueueNames | AgentNames>(
  { counts, folded }: Part<Counters<Names>>,
  id: string,
  names: Names,
): Counters<Names> | undefined {
  if (folded.size > 0 && folded.has(id)) return undefined;
  let known = counts.get(id);
  if (known === undefined) {
    known = new Counters(names);
    counts.set(id, known);
  }
  return known;
}

type QueueNames = typeof queueCounters;
type AgentNames = typeof agentCounters;

const kindsOfQueueAlone = [
  facts.OFFERED,
  facts.ABANDONED,
  facts.ENDED_OTHERWISE,
  facts.MOVED_ON,
  facts.REFUSED,
  facts.CALLBACK_ASKED,
  facts.CALLBACK_REACHED,
  facts.CALLBACK_UNREACHABLE,
  facts.MESSAGE_ASKED,
  facts.MESSAGE_LEFT,
] as const;
type OfQueueAlone = Extract<facts.Fact, readonly [(typeof kindsOfQueueAlone)[number], ...unknown[]]>;
const ofQueueAlone = new Set<number>(kindsOfQueueAlone);

function isOfQueueAlone(fact: facts.Fact): fact is OfQueueAlone {
  return ofQueueAlone.has(fact[0]);
}

function countOfQueue(
  queue: QueueCounts,
  fact: Exclude<facts.Fact, readonly [typeof facts.SPENT, ...unknown[]] | OfAgentAlone>,
): void {
  switch (fact[0]) {
    case facts.OFFERED:
      return queue.add('offered', 1);
    case facts.ANSWERED: {
      const [, , , waitMs, within] = fact;
      queue.add('answered', 1);
      queue.add('answeredWithin', within);
      queue.add('answeredWaitMs', waitMs);
      queue.atLeast('answeredWaitMsMax', waitMs);
      return queue.addWait('answeredWaits', bucketOf(waitMs));
    }
    case facts.ABANDONED: {
      const [, , waitMs, short, within] = fact;
      queue.add('abandoned', 1);
      queue.add('abandonedShort', short);
      queue.add('abandonedWithin', within);
      queue.add('abandonedWaitMs', waitMs);
      queue.atLeast('abandonedWaitMsMax', waitMs);
      return queue.addWait('abandonedWaits', bucketOf(waitMs));
    }
    case facts.ENDED_OTHERWISE:
      return queue.add('endedOtherwise', 1);
    case facts.MOVED_ON:
      return queue.add('movedOn', 1);
    case facts.REFUSED:
      return queue.add('refused', 1);
    case facts.CALLBACK_ASKED:
      return queue.add('callbacksAsked', 1);
    case facts.CALLBACK_REACHED:
      return queue.add('callbacksReached', 1);
    case facts.CALLBACK_UNREACHABLE:
      return queue.add('callbacksUnreachable', 1);
    case facts.MESSAGE_ASKED:
      return queue.add('messagesAsked', 1);
    case facts.MESSAGE_LEFT:
      return queue.add('messagesLeft', 1);
    default:
      return countOfBoth(queue, fact);
  }
}

type OfBoth = Extract<
  facts.Fact,
  readonly [
    (
      | typeof facts.HANDLED
      | typeof facts.WRAPPED_UP
      | typeof facts.RANG
      | typeof facts.NOT_TAKEN
      | typeof facts.PARTED
      | typeof facts.CONSULTED
    ),
    ...unknown[],
  ]
>;

type OfAgentAlone = Extract<
  facts.Fact,
  readonly [typeof facts.DIALLED | typeof facts.DIAL_REACHED | typeof facts.DIAL_OVER, ...unknown[]]
>;

function isOfAgentAlone(fact: facts.Fact): fact is OfAgentAlone {
  return fact[0] === facts.DIALLED || fact[0] === facts.DIAL_REACHED || fact[0] === facts.DIAL_OVER;
}

function countDialled(agent: AgentCounts, fact: OfAgentAlone): void {
  if (fact[0] === facts.DIALLED) return agent.add('dialled', 1);
  if (fact[0] === facts.DIAL_REACHED) return agent.add('dialledReached', 1);
  agent.add('dialledTalkMs', fact[2] as number);
  agent.add('dialledHoldMs', fact[3] as number);
}

function countOfAgent(agent: AgentCounts, fact: OfBoth | readonly [typeof facts.ANSWERED, ...unknown[]]): void {
  if (fact[0] === facts.ANSWERED) agent.add('answered', 1);
  else countOfBoth(agent, fact as OfBoth);
}

const partedFields = {
  [facts.TRANSFERRED]: 'transferred',
  [facts.TAKEN_AWAY]: 'takenAway',
  [facts.PARKED]: 'parked',
} as const;

function countOfBoth(counts: QueueCounts | AgentCounts, fact: OfBoth): void {
  switch (fact[0]) {
    case facts.HANDLED:
      counts.add('handled', 1);
      counts.add('talkMs', fact[3]);
      return counts.add('holdMs', fact[4]);
    case facts.WRAPPED_UP:
      return counts.add('wrapUpMs', fact[3]);
    case facts.RANG:
      return counts.add('offers', 1);
    case facts.NOT_TAKEN:
      return counts.add(notTakenFields[fact[3] as keyof typeof notTakenFields], 1);
    case facts.PARTED:
      return counts.add(partedFields[fact[3] as keyof typeof partedFields], 1);
    case facts.CONSULTED:
      counts.add('consulted', 1);
      return counts.add('consultMs', fact[3]);
  }
}
