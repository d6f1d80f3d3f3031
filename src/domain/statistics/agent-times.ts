// What each agent who is logged in is doing, and since when that has not been counted yet.

import * as layout from '../../../assembly/layout.ts';
import type { Effect } from '../../engine/effects.ts';
import type { RoutingView } from '../module.ts';
import { type Fact, SPENT } from './facts.ts';

export interface Doing {
  readonly state: number;
  /** Why not ready; else empty. */
  readonly reason: string;
  readonly from: number;
}

export class AgentTimes {
  readonly #routing: RoutingView;
  readonly #doing = new Map<string, Doing>();

  constructor(routing: RoutingView) {
    this.#routing = routing;
  }

  /** `countedTo`: what of this agent is counted already. */
  load(live: readonly Effect[], countedTo: (agentId: string) => number): void {
    this.#doing.clear();
    for (const effect of live) {
      if (effect.kind !== layout.EFFECT_AGENT_STATE || effect.code === layout.AGENT_LOGGED_OUT) continue;
      const agentId = this.#routing.agentIdOf(effect.agent);
      this.#begin(agentId, effect.code, Math.max(effect.at, countedTo(agentId)));
    }
  }

  get isEmpty(): boolean {
    return this.#doing.size === 0;
  }

  of(agentId: string): Doing | undefined {
    return this.#doing.get(agentId);
  }

  all(): Iterable<[agentId: string, doing: Doing]> {
    return this.#doing;
  }

  /**
   * By an AGENT_STATE effect: what is over, where anything is. Whenever the core says that a state is new it is so here, too,
   * though it may be called the same: after a stop nobody but the core knows since when it has been.
   */
  changed({ agent, code, at }: Effect, now: number): Fact | undefined {
    const agentId = this.#routing.agentIdOf(agent);
    const before = this.#doing.get(agentId);
    if (before?.state === code && at <= before.from && at < now) return undefined;
    if (code === layout.AGENT_LOGGED_OUT) this.#doing.delete(agentId);
    else this.#begin(agentId, code, now);
    return before && spent(agentId, before, now);
  }

  /** Nobody was there from `until` to `now`. */
  leaveOut(until: number, now: number): Fact[] {
    const facts: Fact[] = [];
    for (const [agentId, doing] of this.#doing) {
      const fact = spent(agentId, doing, until);
      if (fact !== undefined) facts.push(fact);
      this.#doing.set(agentId, { ...doing, from: Math.max(now, doing.from) });
    }
    return facts;
  }

  /** It is counted up to then. */
  counted(agentId: string, doing: Doing, to: number): void {
    this.#doing.set(agentId, { ...doing, from: to });
  }

  #begin(agentId: string, state: number, from: number): void {
    const reason = state === layout.AGENT_NOT_READY ? (this.#routing.agentStateOf(agentId).reason ?? '') : '';
    this.#doing.set(agentId, { state, reason, from });
  }
}

function spent(agentId: string, { state, reason, from }: Doing, to: number): Fact | undefined {
  return from < to ? [SPENT, agentId, state, reason, from, to] : undefined;
}
