// Queues: their policy as it was given, their handle in the core, and what is counted of the contacts in them.

import * as layout from '../../../assembly/layout.ts';
import type { QueueCommand } from '../../engine/command-encoder.ts';
import { queuesPerTenantMax } from '../../limits.ts';
import { canonical } from '../../protocol/canonical.ts';
import {
  asksForLastAgent,
  completeQueuePolicy,
  occupancyWindowOf,
  type QueuePolicy,
  type QueuePolicyParams,
  queuesLedTo,
  ringsSeveral,
  scoreWeightsOf,
} from '../../protocol/queue-policy.ts';
import { idleEvents, orders, selections } from '../../protocol/states.ts';
import { HandlePool } from '../handle-pool.ts';
import type { TableReader } from '../module.ts';
import { everyRow } from '../rows.ts';
import type { Names } from './names.ts';
import type { Profile } from './profiles.ts';
import { QueueDay } from './queue-day.ts';
import { queuesTable } from './tables.ts';
import { Unanswered } from './unanswered.ts';

export type QueueGiven = QueuePolicyParams & { readonly queueId: string };

export class Queue {
  readonly queueId: string;
  readonly handle: number;
  given: QueueGiven;
  policy: QueuePolicy;
  channelMask: number;
  /** Contacts whose record in the core is in use, those admitted in this tick, and those that ring and would come then. */
  live = 0;
  /** Agents whose `queues` name it. */
  namedBy = 0;
  /** Contacts that wait or ring. */
  readonly unanswered = new Unanswered();
  /** Profiles without any requirement, by channel: what most contacts have. */
  readonly plainProfiles: (Profile | undefined)[] = [];
  readonly day: QueueDay;

  constructor(handle: number, given: QueueGiven, channelMask: number) {
    this.queueId = given.queueId;
    this.handle = handle;
    this.given = given;
    this.policy = completeQueuePolicy(given);
    this.channelMask = channelMask;
    this.day = new QueueDay(given.queueId, handle);
  }

  takes(channel: number): boolean {
    return ((this.channelMask >>> channel) & 1) !== 0;
  }

  change(given: QueueGiven, channelMask: number): void {
    this.given = given;
    this.policy = completeQueuePolicy(given);
    this.channelMask = channelMask;
  }
}

export class Queues {
  readonly #names: Names;
  readonly #byId = new Map<string, Queue>();
  readonly #byHandle: (Queue | undefined)[] = [];
  readonly #handles = new HandlePool(queuesPerTenantMax);
  /** Undefined until somebody asks again. */
  #asksForLastAgent: boolean | undefined;

  constructor(tables: TableReader, names: Names, now: number) {
    this.#names = names;
    for (const { row } of everyRow(tables, queuesTable)) {
      const { handle, given } = row as unknown as { handle: number; given: QueueGiven };
      const queue = new Queue(handle, given, this.maskOf(given.channels));
      queue.day.load(tables, now);
      this.#byId.set(given.queueId, queue);
      this.#byHandle[handle] = queue;
    }
    this.#handles.load([...this.#byId.values()].map(({ handle }) => handle));
  }

  find(queueId: string): Queue | undefined {
    return this.#byId.get(queueId);
  }

  at(handle: number): Queue {
    const queue = this.#byHandle[handle];
    if (queue === undefined) throw new Error(`no queue has the handle ${handle}`);
    return queue;
  }

  /** By handle; undefined where it has been removed since. */
  known(handle: number): Queue | undefined {
    return this.#byHandle[handle];
  }

  get room(): number {
    return this.#handles.room;
  }

  /** In the order of their handles, which is the order in which they were made; from a handle on. */
  *from(handle: number): Generator<Queue, void, void> {
    for (let at = handle; at < this.#byHandle.length; at++) {
      const queue = this.#byHandle[at];
      if (queue !== undefined && this.#byId.get(queue.queueId) === queue) yield queue;
    }
  }

  /** Whether any of them counts who served a customer last: contacts go from one to another. */
  get asksForLastAgent(): boolean {
    this.#asksForLastAgent ??= this.#byHandle.some((queue) => queue !== undefined && asksForLastAgent(queue.policy));
    return this.#asksForLastAgent;
  }

  change(queue: Queue, given: QueueGiven, channelMask: number): void {
    queue.change(given, channelMask);
    this.#asksForLastAgent = undefined;
  }

  add(queue: Queue): void {
    this.#asksForLastAgent = undefined;
    this.#byId.set(queue.queueId, queue);
    this.#byHandle[queue.handle] = queue;
  }

  /** Takes add() back. */
  remove(queue: Queue): void {
    this.#byId.delete(queue.queueId);
    this.#byHandle[queue.handle] = undefined;
  }

  takeHandle(): number {
    return this.#handles.take();
  }

  giveHandleBack(handle: number): void {
    this.#handles.giveBack(handle);
  }

  /** The queues that send contacts on to it. */
  leadingTo(queueId: string): string[] {
    const leading = [...this.#byId.values()].filter(({ given }) => queuesLedTo(given).includes(queueId));
    return leading.map((queue) => queue.queueId);
  }

  /** The queues that keep its hours. */
  keptBy(calendarId: string): string[] {
    const keeping = [...this.#byId.values()].filter(({ policy }) => policy.calendarId === calendarId);
    return keeping.map((queue) => queue.queueId);
  }

  /** Nobody finds it any more; its handle stays its own until forget(). */
  hide(queue: Queue): void {
    this.#byId.delete(queue.queueId);
  }

  show(queue: Queue): void {
    this.#byId.set(queue.queueId, queue);
  }

  forget(queue: Queue): void {
    this.#byHandle[queue.handle] = undefined;
    this.#asksForLastAgent = undefined;
    this.#handles.giveBack(queue.handle);
  }

  /** The channels must be numbered, or there must be room for them. */
  maskOf(channels: readonly string[]): number {
    let mask = 0;
    for (const channel of channels) {
      const number = this.#names.channels.number(channel);
      if (number === undefined) throw new Error(`no number for channel ${channel}`);
      mask |= 1 << number;
    }
    return mask;
  }
}

export function commandOf(handle: number, policy: QueuePolicy, channelMask: number): QueueCommand {
  return {
    queue: handle,
    channelMask,
    order: orders[policy.order],
    select: selections[policy.select],
    weight: policy.weight,
    ageing: Math.round(policy.ageingPerSecond * 1000),
    ageingCap: policy.ageingCap ?? 0,
    ageingSteps: policy.ageingSteps ?? [],
    offerMs: policy.offerMs,
    wrapUpMs: policy.wrapUpMs,
    wrapUpTakesSeat: policy.wrapUpTakes === 'seat',
    idleRestarts: policy.idleRestartsOn.reduce((mask, event) => mask | (1 << idleEvents[event]), 0),
    maxWaiting: policy.maxWaiting ?? layout.NONE,
    missedMax: policy.missedBeforeNotReady,
    afterRejectMs: policy.afterRejectMs,
    afterMissMs: policy.afterMissMs,
    occupancyWindowMs: occupancyWindowOf(policy),
    scoreWeights: scoreWeightsOf(policy),
    ringTogether: ringsSeveral(policy) ? policy.ring.together : 0,
    ringEveryMs: policy.select === 'ringProgressive' ? policy.ring.everyMs : 0,
    batchMs: policy.batch?.everyMs ?? 0,
  };
}

export function samePolicy(one: QueueGiven, other: QueueGiven): boolean {
  return canonical(completeQueuePolicy(one)) === canonical(completeQueuePolicy(other));
}
