// The counters of the intervals whose rows are not complete yet, and how facts get into them.
//
// Counts belong to the interval of the tick in which they happened; time that an agent spent is split among all the intervals
// that it covers. What is in a row already is not counted again: a start reads rows and facts, in whatever state of folding it
// was stopped.

import * as layout from '../../../assembly/layout.ts';
import { statisticsIntervalMs } from '../../limits.ts';
import type { Plans } from '../schedules/plans.ts';
import {
  type AgentCounts,
  agentCounters,
  agentPlaces,
  Counters,
  type QueueCounts,
  queueCounters,
  queuePlaces,
} from './counters.ts';
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

const notTakenFields: Readonly<Record<number, 'missed' | 'rejected' | 'withdrawn'>> = {
  [facts.MISSED]: 'missed',
  [facts.REJECTED]: 'rejected',
  [facts.WITHDRAWN]: 'withdrawn',
};

const partedFields: Readonly<Record<number, 'transferred' | 'takenAway' | 'parked'>> = {
  [facts.TRANSFERRED]: 'transferred',
  [facts.TAKEN_AWAY]: 'takenAway',
  [facts.PARKED]: 'parked',
};

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

  /** All facts of a tick. `onSpent`: told of each agent until when time of it is counted. */
  apply({ at, ids, facts: numbers }: facts.CountedRow, onSpent?: (agentId: string, to: number) => void): void {
    const start = intervalOf(at);
    const counting = start < this.foldedTo ? undefined : new CountingIn(this.make(start), ids);
    for (let place = 0; place < numbers.length; ) {
      const kind = numbers[place] as number;
      const members = facts.membersOf[kind];
      if (members === undefined || Number.isNaN(members)) throw new Error(`facts of an unknown kind ${kind}`);
      if (kind === facts.SPENT) {
        const agentId = ids[numbers[place + 1] as number] as string;
        const reason = ids[numbers[place + 3] as number] as string;
        const to = numbers[place + 5] as number;
        this.spend(agentId, numbers[place + 2] as number, reason, numbers[place + 4] as number, to);
        onSpent?.(agentId, to);
      } else counting?.count(numbers, place);
      place += members + 1;
    }
  }

  /** Time of an agent, into each interval its part. */
  spend(agentId: string, state: number, reason: string, from: number, to: number): void {
    for (let begin = Math.max(from, this.foldedTo); begin < to; ) {
      const start = intervalOf(begin);
      const end = Math.min(to, start + statisticsIntervalMs);
      const counts = countsIn(this.make(start).agents, agentId, agentCounters);
      if (counts !== undefined) {
        spendIn(counts, state, reason, end - begin);
        counts.addAt(agentPlaces.adherentMs, this.#plans.adherentMs(agentId, state, reason, begin, end));
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
  counts.addAt(agentPlaces[field], ms);
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

/** One tick's facts into one interval: whose counters they are is looked up once for each queue and agent. */
class CountingIn {
  readonly #interval: Interval;
  readonly #ids: readonly string[];
  /** By the place of the id; what is in a row already is in neither. */
  readonly #queues: (QueueCounts | undefined)[] = [];
  readonly #agents: (AgentCounts | undefined)[] = [];

  constructor(interval: Interval, ids: readonly string[]) {
    this.#interval = interval;
    this.#ids = ids;
    for (let place = 0; place < ids.length; place++) {
      this.#queues.push(undefined);
      this.#agents.push(undefined);
    }
  }

  #queue(place: number): QueueCounts | undefined {
    let known = this.#queues[place];
    if (known === undefined) {
      known = countsIn(this.#interval.queues, this.#ids[place] as string, queueCounters);
      this.#queues[place] = known;
    }
    return known;
  }

  #agent(place: number): AgentCounts | undefined {
    let known = this.#agents[place];
    if (known === undefined) {
      known = countsIn(this.#interval.agents, this.#ids[place] as string, agentCounters);
      this.#agents[place] = known;
    }
    return known;
  }

  /** The fact that begins there: its kind, then its members (facts.ts). */
  count(numbers: readonly number[], at: number): void {
    const first = numbers[at + 1] as number;
    switch (numbers[at]) {
      case facts.OFFERED:
        return this.#queue(first)?.addAt(queuePlaces.offered, 1);
      case facts.RANG:
        this.#queue(first)?.addAt(queuePlaces.offers, 1);
        return this.#agent(numbers[at + 2] as number)?.addAt(agentPlaces.offers, 1);
      case facts.ANSWERED:
        return this.#answered(first, numbers[at + 2] as number, numbers[at + 3] as number, numbers[at + 4] as number);
      case facts.HANDLED:
        return this.#handled(first, numbers[at + 2] as number, numbers[at + 3] as number, numbers[at + 4] as number);
      case facts.WRAPPED_UP: {
        const ms = numbers[at + 3] as number;
        this.#queue(first)?.addAt(queuePlaces.wrapUpMs, ms);
        return this.#agent(numbers[at + 2] as number)?.addAt(agentPlaces.wrapUpMs, ms);
      }
      case facts.ABANDONED: {
        const queue = this.#queue(first);
        return (
          queue && abandoned(queue, numbers[at + 2] as number, numbers[at + 3] as number, numbers[at + 4] as number)
        );
      }
      default:
        return this.#countSeldom(numbers, at);
    }
  }

  #answered(queueAt: number, agentAt: number, waitMs: number, within: number): void {
    this.#agent(agentAt)?.addAt(agentPlaces.answered, 1);
    const queue = this.#queue(queueAt);
    if (queue === undefined) return;
    queue.addAt(queuePlaces.answered, 1);
    queue.addAt(queuePlaces.answeredWithin, within);
    queue.addAt(queuePlaces.answeredWaitMs, waitMs);
    queue.atLeast('answeredWaitMsMax', waitMs);
    queue.addWait('answeredWaits', bucketOf(waitMs));
  }

  #handled(queueAt: number, agentAt: number, talkMs: number, holdMs: number): void {
    const queue = this.#queue(queueAt);
    if (queue !== undefined) {
      queue.addAt(queuePlaces.handled, 1);
      queue.addAt(queuePlaces.talkMs, talkMs);
      queue.addAt(queuePlaces.holdMs, holdMs);
    }
    const agent = this.#agent(agentAt);
    if (agent === undefined) return;
    agent.addAt(agentPlaces.handled, 1);
    agent.addAt(agentPlaces.talkMs, talkMs);
    agent.addAt(agentPlaces.holdMs, holdMs);
  }

  #countSeldom(numbers: readonly number[], at: number): void {
    const kind = numbers[at] as number;
    const first = numbers[at + 1] as number;
    const third = numbers[at + 3] as number;
    const both = [() => this.#queue(first), () => this.#agent(numbers[at + 2] as number)] as const;
    switch (kind) {
      case facts.DIALLED:
        return this.#agent(first)?.add('dialled', 1);
      case facts.DIAL_REACHED:
        return this.#agent(first)?.add('dialledReached', 1);
      case facts.DIAL_OVER:
        this.#agent(first)?.add('dialledTalkMs', numbers[at + 2] as number);
        return this.#agent(first)?.add('dialledHoldMs', third);
      case facts.PAID_IN_QUEUE:
        return this.#queue(first)?.addPaid(this.#ids[numbers[at + 2] as number] as string, paidIn(numbers, at));
      case facts.PAID_TO_AGENT:
        return this.#agent(first)?.addPaid(this.#ids[numbers[at + 2] as number] as string, paidIn(numbers, at));
      case facts.GIVEN_BACK:
        return this.#queue(first)?.addRefunded(this.#ids[numbers[at + 2] as number] as string, third);
      case facts.NOT_TAKEN:
        for (const counts of both) counts()?.add(notTakenFields[third]!, 1);
        return;
      case facts.PARTED:
        for (const counts of both) counts()?.add(partedFields[third]!, 1);
        return;
      case facts.CONSULTED:
        for (const counts of both) {
          counts()?.add('consulted', 1);
          counts()?.add('consultMs', third);
        }
        return;
      default: {
        const field = fieldsOfQueueAlone[kind];
        if (field === undefined) throw new Error(`nothing is counted by facts of kind ${kind}`);
        return this.#queue(first)?.add(field, 1);
      }
    }
  }
}

/** The sums of a fact, behind whose they are and the currency. */
function paidIn(numbers: readonly number[], at: number): readonly number[] {
  return numbers.slice(at + 3, at + 9);
}

/** What is one more of something, of a queue alone. */
const fieldsOfQueueAlone: Readonly<Record<number, QueueNames['sums'][number]>> = {
  [facts.ENDED_OTHERWISE]: 'endedOtherwise',
  [facts.MOVED_ON]: 'movedOn',
  [facts.REFUSED]: 'refused',
  [facts.CALLBACK_ASKED]: 'callbacksAsked',
  [facts.CALLBACK_REACHED]: 'callbacksReached',
  [facts.CALLBACK_UNREACHABLE]: 'callbacksUnreachable',
  [facts.MESSAGE_ASKED]: 'messagesAsked',
  [facts.MESSAGE_LEFT]: 'messagesLeft',
};

function abandoned(queue: QueueCounts, waitMs: number, short: number, within: number): void {
  queue.add('abandoned', 1);
  queue.add('abandonedShort', short);
  queue.add('abandonedWithin', within);
  queue.add('abandonedWaitMs', waitMs);
  queue.atLeast('abandonedWaitMsMax', waitMs);
  queue.addWait('abandonedWaits', bucketOf(waitMs));
}
