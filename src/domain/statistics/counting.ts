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
  /** By slot: when the wrap-up of the contact began; -1: it has none. */
  readonly #wrappingUp: number[] = [];
  /** By slot, the low half of the number: what an agent dials or has dialled, until it is sent on, and what is wrapped up after it. */
  readonly #outbound = new Map<number, number>();

  constructor(routing: RoutingView, holds: HoldsView) {
    this.#routing = routing;
    this.#holds = holds;
  }

  load({ live }: LoadContext): void {
    this.#newest = undefined;
    this.#wrappingUp.length = 0;
    this.#outbound.clear();
    for (const { kind, code, contact, number } of live) {
      if (kind !== layout.EFFECT_CONTACT_STATE) continue;
      if (this.#isNew(number)) this.#newest = number;
      const isOutbound = this.#routing.isOutbound(contact, number);
      if (isOutbound) this.#outbound.set(contact, number);
      // What is wrapped up after these is the wrap-up of no contact of a queue.
      if (isOutbound || this.#routing.isBetweenAgents(contact, number)) continue;
      const endedAt = code === layout.CONTACT_WRAP_UP && this.#routing.contactByHandle(contact, number)?.endedAt;
      if (typeof endedAt === 'number') this.#wrapsUp(contact, endedAt);
    }
  }

  /** Notes whatever is to be counted. */
  react(effect: Effect, now: number, noted: facts.FactList): void {
    if (effect.queue === layout.NONE || effect.contact === layout.NONE) return;
    if (effect.kind === layout.EFFECT_DIALLED) this.#outbound.set(effect.contact, effect.number);
    if (this.#outbound.size > 0 && this.#outbound.get(effect.contact) === effect.number)
      return this.#dialled(effect, now, noted);
    if (this.#routing.isBetweenAgents(effect.contact, effect.number)) return this.#consulted(effect, noted);
    // One that moves is told with the queue that it comes to.
    const queueId = this.#routing.queueIdOf(effect.kind === layout.EFFECT_MOVED ? effect.value2 : effect.queue);
    if (this.#isNew(effect.number)) {
      this.#newest = effect.number;
      noted.offered(queueId);
    }
    switch (effect.kind) {
      case layout.EFFECT_MOVED:
        noted.note([facts.MOVED_ON, queueId]);
        return noted.offered(this.#routing.queueIdOf(effect.queue));
      case layout.EFFECT_OFFERED:
        // After a restart the same offer rings anew.
        if (effect.value2 === 0) noted.rang(queueId, this.#routing.agentIdOf(effect.agent));
        return;
      case layout.EFFECT_WITHDRAWN: {
        const how = notTaken[effect.code] ?? facts.WITHDRAWN;
        return noted.note([facts.NOT_TAKEN, queueId, this.#routing.agentIdOf(effect.agent), how]);
      }
      case layout.EFFECT_CONNECTED: {
        const waitMs = now - this.#routing.waitsFrom(effect.contact, effect.number);
        const within = waitMs <= this.#routing.policyOf(effect.queue).serviceLevel.withinMs ? 1 : 0;
        return noted.served(facts.ANSWERED, queueId, this.#routing.agentIdOf(effect.agent), waitMs, within);
      }
      case layout.EFFECT_WITHHELD:
        if (effect.code === layout.WITHHELD_RESUMED) noted.offered(queueId);
        return;
      case layout.EFFECT_PARTED:
        return this.#parted(queueId, effect, now, noted);
      case layout.EFFECT_ENDED:
        // Parked it was in no queue.
        if (this.#routing.isParked(effect.contact, effect.number)) return;
        return this.#ended(queueId, effect, now, noted);
      case layout.EFFECT_WRAP_UP:
        return this.#wrapsUp(effect.contact, now);
      case layout.EFFECT_RELEASED: {
        const since = this.#wrappingUp[effect.contact] ?? -1;
        if (since === -1) return;
        this.#wrappingUp[effect.contact] = -1;
        if (since < now) noted.wrappedUp(queueId, this.#routing.agentIdOf(effect.agent), now - since);
      }
    }
  }

  #wrapsUp(slot: number, since: number): void {
    while (this.#wrappingUp.length < slot) this.#wrappingUp.push(-1);
    this.#wrappingUp[slot] = since;
  }

  /** Neither is a contact of its queue: what is counted is that somebody was asked, and for how long. */
  #consulted(effect: Effect, noted: facts.FactList): void {
    const { kind, number, at, queue, agent, extra: ms } = effect;
    if (this.#isNew(number)) this.#newest = number;
    const isParted = kind === layout.EFFECT_PARTED;
    if (isParted) {
      // What is wrapped up after it is the wrap-up of no contact of a queue either.
      this.#newest = effect.value2 >>> 0;
      this.#outbound.set(effect.value, effect.value2 >>> 0);
    }
    if (!isParted && (kind !== layout.EFFECT_ENDED || at === 0)) return;
    noted.note([facts.CONSULTED, this.#routing.queueIdOf(queue), this.#routing.agentIdOf(agent), ms]);
  }

  /** It is no contact of its queue: what is counted is the agent's. */
  #dialled(effect: Effect, now: number, noted: facts.FactList): void {
    const { kind, contact: slot, number, agent } = effect;
    if (this.#isNew(number)) this.#newest = number;
    const over = (servedMs: number) => {
      const { heldMs } = this.#holds.heldMsOf({ slot, number }, now);
      noted.note([facts.DIAL_OVER, this.#routing.agentIdOf(agent), servedMs - heldMs, heldMs]);
    };
    switch (kind) {
      case layout.EFFECT_DIALLED:
        return noted.note([facts.DIALLED, this.#routing.agentIdOf(agent)]);
      case layout.EFFECT_CONNECTED:
        return noted.note([facts.DIAL_REACHED, this.#routing.agentIdOf(agent)]);
      case layout.EFFECT_PARTED: {
        const queueId = this.#routing.queueIdOf(effect.queue);
        over(effect.extra);
        // Sent on it is a contact as any other, but for what its agent wraps up.
        this.#outbound.delete(slot);
        this.#outbound.set(effect.value, effect.value2 >>> 0);
        this.#newest = effect.value2 >>> 0;
        noted.note([facts.PARTED, queueId, this.#routing.agentIdOf(agent), partedHow[effect.code] ?? facts.TAKEN_AWAY]);
        if (effect.code !== layout.MOVED_HANDED_OVER && effect.code !== layout.MOVED_PARKED) noted.offered(queueId);
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
  #parted(queueId: string, effect: Effect, now: number, noted: facts.FactList): void {
    const { contact: slot, number, code, extra: servedMs } = effect;
    const agentId = this.#routing.agentIdOf(effect.agent);
    const { heldMs } = this.#holds.heldMsOf({ slot, number }, now);
    // Its part comes next, which is no contact of its own.
    this.#newest = effect.value2 >>> 0;
    noted.served(facts.HANDLED, queueId, agentId, servedMs - heldMs, heldMs);
    noted.note([facts.PARTED, queueId, agentId, partedHow[code] ?? facts.TAKEN_AWAY]);
    if (code !== layout.MOVED_HANDED_OVER && code !== layout.MOVED_PARKED) noted.offered(queueId);
  }

  #ended(queueId: string, effect: Effect, now: number, noted: facts.FactList): void {
    if (effect.at > 0) {
      const { heldMs } = this.#holds.heldMsOf({ slot: effect.contact, number: effect.number }, now);
      const agentId = this.#routing.agentIdOf(effect.agent);
      return noted.served(facts.HANDLED, queueId, agentId, effect.extra - heldMs, heldMs);
    }
    if (effect.code !== layout.ENDED_CANCELLED && effect.code !== layout.ENDED_BY_CUSTOMER)
      return noted.note([facts.ENDED_OTHERWISE, queueId]);
    const waitMs = now - this.#routing.waitsFrom(effect.contact, effect.number);
    const { shortAbandonMs, serviceLevel } = this.#routing.policyOf(effect.queue);
    const isShort = waitMs < shortAbandonMs ? 1 : 0;
    noted.note([facts.ABANDONED, queueId, waitMs, isShort, waitMs <= serviceLevel.withinMs ? 1 : 0]);
  }

  /** Numbers are 32 bits that may have begun anew. */
  #isNew(number: number): boolean {
    return this.#newest === undefined || ((number - this.#newest) | 0) > 0;
  }
}
