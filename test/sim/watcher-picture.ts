// What a supervisor's screen knows of all agents, from nothing but states and notifications.

import { stateOf } from '../crash/pictures.ts';
import type { Members } from './setting.ts';

export class WatcherPicture {
  readonly #agents = new Map<string, Members>();
  /** Without a watch nothing is told. */
  isWatching = false;

  taken(state: Members): void {
    this.#agents.clear();
    for (const agent of (state.agents ?? []) as Members[]) this.#agents.set(agent.agentId as string, stateOf(agent));
  }

  /** What supervisor.watch was answered. */
  watches(result: Members): void {
    this.isWatching = true;
    this.taken(result);
  }

  told(event: string, params: Members): void {
    if (event === 'agent.changed') this.#agents.set(params.agentId as string, stateOf(params));
  }

  shown(agentIds: ReadonlySet<string>): Members[] {
    return [...this.#agents.values()].filter(({ agentId }) => agentIds.has(agentId as string));
  }
}
