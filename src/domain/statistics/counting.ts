// From the core's effects to facts: what of them is counted, and of which queue and agent.

import * as layout from '../../../assembly/layout.ts';
import type { Effect } from '../../engine/effects.ts';
import type { LoadContext, RoutingView } from '../module.ts';
import type { HoldsView } from '../switches/holds.ts';
import * as facts from './facts.ts';

/** The offer came to nothing by what the agent did or did not; else it was withdrawn. */
const notTaken: Readonly<Record<number, number>> = {
  [layout.WITHDRAWN_TIMED_OUT]: facts.MISSED,
  [layout.WITHDRAWN_REJECTED]: facts.REJECTED,
};

const partedHow: Readonly<Record<number, number>> = {
  [layout.MOVED_TRANSFERRED]: facts.TRANSFERRED,
  [layout.MOVED_HANDED_OVER]: facts.TRANSFERRED,
  [layout.MOVED_PARKED]: facts.PARKED,
};

export class Counting {
  readonly #routing: RoutingView;
  readonly #holds: HoldsView;
  /** The newest contact that is counted: they come in the order of their numbers. */
  #newest: number | undefined;
  /** By slot: when the wrap-up of the contact began. */
  readonly #wrappingUp = new Map<number, number>();
  /** By slot, the low half of the number: what an agent dials or has dialled, until it is sent on, and what is wrapped up after it. */
  readonly #outbound = new Map<number, number>();

  constructor(routing: RoutingView, holds: HoldsView) {
    this.#routing = routing;
    this.#holds = holds;
  }

  load({ live }: LoadContext): void {
    this.#newest = undefined;
    this.#wrappingUp.clear();
    this.#outbound.clear();
    for (const { kind, code, contact, number } of live) {
      if (kind !== layout.EFFECT_CONTACT_STATE) continue;
      if (this.#isNew(number)) this.#newest = number;
      const isOutbound = this.#routing.isOutbound(contact, number);
      if (isOutbound) this.#outbound.set(contact, number);
      // What is wrapped up after these is the wrap-up of no contact of a queue.
      if (isOutbound || this.#isBetweenAgents(contact, number)) continue;
      const endedAt = code === layout.CONTACT_WRAP_UP && this.#routing.contactByHandle(contact, number)?.endedAt;
      if (typeof endedAt === 'number') this.#wrappingUp.set(contact, endedAt);
    }
  }

  /** `note` is called with whatever is to be counted. */
  react(effect: Effect, now: number, note: (fact: facts.Fact) => void): void {
    if (effect.queue === layout.NONE || effect.contact === layout.NONE) return;
    if (effect.kind === layout.EFFECT_DIALLED) this.#outbound.set(effect.contact, effect.number);
    if (this.#outbound.get(effect.contact) === effect.number) return this.#dialled(effect, now, note);
    if (this.#isBetweenAgents(effect.contact, effect.number)) return this.#consulted(effect, note);
    // One that moves is told with the queue that it comes to.
    const queueId = this.#routing.queueIdOf(effect.kind === layout.EFFECT_MOVED ? effect.value2 : effect.queue);
    if (this.#isNew(effect.number)) {
      this.#newest = effect.number;
      note([facts.OFFERED, queueId]);
    }
    switch (effect.kind) {
      case layout.EFFECT_MOVED:
        note([facts.MOVED_ON, queueId]);
        return note([facts.OFFERED, this.#routing.queueIdOf(effect.queue)]);
      case layout.EFFECT_OFFERED:
        // After a restart the same offer rings anew.
        if (effect.value2 === 0) note([facts.RANG, queueId, this.#routing.agentIdOf(effect.agent)]);
        return;
      case layout.EFFECT_WITHDRAWN: {
        const how = notTaken[effect.code] ?? facts.WITHDRAWN;
        return note([facts.NOT_TAKEN, queueId, this.#routing.agentIdOf(effect.agent), how]);
      }
      case layout.EFFECT_CONNECTED: {
        const waitMs = now - this.#routing.waitsFrom(effect.contact, effect.number);
        const within = waitMs <= this.#routing.policyOf(effect.queue).serviceLevel.withinMs ? 1 : 0;
        return note([facts.ANSWERED, queueId, this.#routing.agentIdOf(effect.agent), waitMs, within]);
      }
      case layout.EFFECT_WITHHELD:
        if (effect.code === layout.WITHHELD_RESUMED) note([facts.OFFERED, queueId]);
        return;
      case layout.EFFECT_PARTED:
        return this.#parted(queueId, effect, now, note);
      case layout.EFFECT_ENDED:
        // Parked it was in no queue.
        if (this.#routing.isParked(effect.contact, effect.number)) return;
        return note(this.#ended(queueId, effect, now));
      case layout.EFFECT_WRAP_UP:
        this.#wrappingUp.set(effect.contact, now);
        return;
      case layout.EFFECT_RELEASED: {
        const since = this.#wrappingUp.get(effect.contact);
        if (since === undefined) return;
        this.#wrappingUp.delete(effect.contact);
        if (since < now) note([facts.WRAPPED_UP, queueId, this.#routing.agentIdOf(effect.agent), now - since]);
      }
    }
  }

  /** A consultation, or what a colleague has of a call. */
  #isBetweenAgents(slot: number, low: number): boolean {
    return this.#routing.aboutOf(slot, low) !== undefined || this.#routing.isInternal(slot, low);
  }

  /** Neither is a contact of its queue: what is counted is that somebody was asked, and for how long. */
  #consulted(effect: Effect, note: (fact: facts.Fact) => void): void {
    const { kind, number, at, queue, agent, extra: ms } = effect;
    if (this.#isNew(number)) this.#newest = number;
    const isParted = kind === layout.EFFECT_PARTED;
    if (isParted) {
      // What is wrapped up after it is the wrap-up of no contact of a queue either.
      this.#newest = effect.value2 >>> 0;
      this.#outbound.set(effect.value, effect.value2 >>> 0);
    }
    if (!isParted && (kind !== layout.EFFECT_ENDED || at === 0)) return;
    note([facts.CONSULTED, this.#routing.queueIdOf(queue), this.#routing.agentIdOf(agent), ms]);
  }

  /** It is no contact of its queue: what is counted is the agent's. */
  #dialled(effect: Effect, now: number, note: (fact: facts.Fact) => void): void {
    const { kind, contact: slot, number, agent } = effect;
    if (this.#isNew(number)) this.#newest = number;
    const over = (servedMs: number) => {
      const { heldMs } = this.#holds.heldMsOf({ slot, number }, now);
      note([facts.DIAL_OVER, this.#routing.agentIdOf(agent), servedMs - heldMs, heldMs]);
    };
    switch (kind) {
      case layout.EFFECT_DIALLED:
        return note([facts.DIALLED, this.#routing.agentIdOf(agent)]);
      case layout.EFFECT_CONNECTED:
        return note([facts.DIAL_REACHED, this.#routing.agentIdOf(agent)]);
      case layout.EFFECT_PARTED: {
        const queueId = this.#routing.queueIdOf(effect.queue);
        over(effect.extra);
        // Sent on it is a contact as any other, but for what its agent wraps up.
        this.#outbound.delete(slot);
        this.#outbound.set(effect.value, effect.value2 >>> 0);
        this.#newest = effect.value2 >>> 0;
        note([facts.PARTED, queueId, this.#routing.agentIdOf(agent), partedHow[effect.code] ?? facts.TAKEN_AWAY]);
        if (effect.code !== layout.MOVED_HANDED_OVER && effect.code !== layout.MOVED_PARKED)
          note([facts.OFFERED, queueId]);
        return;
      }
      case layout.EFFECT_ENDED:
        if (effect.at > 0) over(effect.extra);
        return;
      case layout.EFFECT_RELEASED:
        this.#outbound.delete(slot);
    }
  }

  /** The agent has handled it; it comes to a queue again, unless it goes straight to another agent. */
  #parted(queueId: string, effect: Effect, now: number, note: (fact: facts.Fact) => void): void {
    const { contact: slot, number, code, extra: servedMs } = effect;
    const agentId = this.#routing.agentIdOf(effect.agent);
    const { heldMs } = this.#holds.heldMsOf({ slot, number }, now);
    // Its part comes next, which is no contact of its own.
    this.#newest = effect.value2 >>> 0;
    note([facts.HANDLED, queueId, agentId, servedMs - heldMs, heldMs]);
    note([facts.PARTED, queueId, agentId, partedHow[code] ?? facts.TAKEN_AWAY]);
    if (code !== layout.MOVED_HANDED_OVER && code !== layout.MOVED_PARKED) note([facts.OFFERED, queueId]);
  }

  #ended(queueId: string, effect: Effect, now: number): facts.Fact {
    if (effect.at > 0) {
      const { heldMs } = this.#holds.heldMsOf({ slot: effect.contact, number: effect.number }, now);
      return [facts.HANDLED, queueId, this.#routing.agentIdOf(effect.agent), effect.extra - heldMs, heldMs];
    }
    if (effect.code !== layout.ENDED_CANCELLED && effect.code !== layout.ENDED_BY_CUSTOMER)
      return [facts.ENDED_OTHERWISE, queueId];
    const waitMs = now - this.#routing.waitsFrom(effect.contact, effect.number);
    const { shortAbandonMs, serviceLevel } = this.#routing.policyOf(effect.queue);
    return [facts.ABANDONED, queueId, waitMs, waitMs < shortAbandonMs ? 1 : 0, waitMs <= serviceLevel.withinMs ? 1 : 0];
  }

  /** Numbers are 32 bits that may have begun anew. */
  #isNew(number: number): boolean {
    return this.#newest === undefined || ((number - this.#newest) | 0) > 0;
  }
}
