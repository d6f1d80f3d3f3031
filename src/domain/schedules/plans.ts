// What agents are planned to do, by time, and how what they do compares with it. In memory as in rows: of each agent the activities in
// their order, none of which overlap.
//
// What lies in the past is never planned otherwise, so whoever counts may look at it again after a stop and come to the same.

import * as layout from '../../../assembly/layout.ts';
import { firstIndex } from '../../first-index.ts';

export interface PlannedActivity {
  readonly from: number;
  readonly to: number;
  readonly state: 'working' | 'notReady';
  /** Of notReady: the reason that is meant; absent: any. */
  readonly reason?: string;
}

/** Ready, or busy with a contact. */
const working: ReadonlySet<number> = new Set([
  layout.AGENT_READY,
  layout.AGENT_RINGING,
  layout.AGENT_IN_SERVICE,
  layout.AGENT_WRAP_UP,
]);

export function adheres({ state, reason: planned }: PlannedActivity, isIn: number, reason: string): boolean {
  if (state === 'working') return working.has(isIn);
  return isIn === layout.AGENT_NOT_READY && (planned === undefined || planned === reason);
}

const nothing: readonly PlannedActivity[] = [];

export class Plans {
  readonly #byAgent = new Map<string, readonly PlannedActivity[]>();
  #count = 0;
  #lastEnd = 0;

  clear(): void {
    this.#byAgent.clear();
    this.#count = 0;
    this.#lastEnd = 0;
  }

  /** Of all agents together. */
  get count(): number {
    return this.#count;
  }

  /** Nothing is planned behind it; less may be. */
  get lastEnd(): number {
    return this.#lastEnd;
  }

  of(agentId: string): readonly PlannedActivity[] {
    return this.#byAgent.get(agentId) ?? nothing;
  }

  /** All that is planned of an agent, in its order. */
  set(agentId: string, activities: readonly PlannedActivity[]): void {
    this.#count += activities.length - this.of(agentId).length;
    if (activities.length === 0) this.#byAgent.delete(agentId);
    else this.#byAgent.set(agentId, activities);
    this.#lastEnd = Math.max(this.#lastEnd, activities.at(-1)?.to ?? 0);
  }

  /** Those that touch the time from `from` to `to`. */
  *between(agentId: string, from: number, to: number): Generator<PlannedActivity, void, void> {
    const all = this.of(agentId);
    for (let at = firstIndex(all.length, (index) => all[index]!.to > from); at < all.length; at++) {
      const activity = all[at]!;
      if (activity.from >= to) return;
      yield activity;
    }
  }

  at(agentId: string, time: number): PlannedActivity | undefined {
    for (const activity of this.between(agentId, time, time + 1)) return activity;
    return undefined;
  }

  /** Whoever is planned to do anything between these times. */
  *agentsBetween(from: number, to: number): Generator<string, void, void> {
    for (const agentId of this.#byAgent.keys())
      for (const _ of this.between(agentId, from, to)) {
        yield agentId;
        break;
      }
  }

  /** The first time from `from` on at which anything is planned of anybody. */
  firstFrom(from: number): number | undefined {
    let first: number | undefined;
    for (const agentId of this.#byAgent.keys())
      for (const activity of this.between(agentId, from, first ?? Number.POSITIVE_INFINITY)) {
        first = Math.max(from, activity.from);
        break;
      }
    return first;
  }

  plannedMs(agentId: string, from: number, to: number): number {
    let ms = 0;
    for (const activity of this.between(agentId, from, to)) ms += overlapMs(activity, from, to);
    return ms;
  }

  /** How much of such a time was spent as it was planned. */
  adherentMs(agentId: string, state: number, reason: string, from: number, to: number): number {
    let ms = 0;
    if (this.#count === 0) return ms;
    for (const activity of this.between(agentId, from, to))
      if (adheres(activity, state, reason)) ms += overlapMs(activity, from, to);
    return ms;
  }
}

function overlapMs(activity: PlannedActivity, from: number, to: number): number {
  return Math.max(0, Math.min(activity.to, to) - Math.max(activity.from, from));
}
