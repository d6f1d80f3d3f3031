// Agents counted by state, so that a queue's statistics and estimates need not look at agents.
//
// A team is those who serve the same queues on the same channels: what statistics ask for, and there are few. Within a
// team, a group is those with the same skills: what an estimate for a requirement asks for.

import * as layout from '../../../assembly/layout.ts';
import type { AgentCommand } from '../../engine/command-encoder.ts';
import type { Queue, Queues } from './queues.ts';

/** By the core's number of the state. */
type Counts = number[];
const STATES = 6;

export interface Team {
  readonly key: string;
  /** Undefined: all queues. */
  readonly queues: ReadonlySet<Queue> | undefined;
  readonly channelMask: number;
  readonly states: Counts;
  readonly groups: Map<string, Group>;
}

export interface Group {
  readonly key: string;
  readonly team: Team;
  readonly levels: ReadonlyMap<number, number>;
  readonly states: Counts;
}

export class AgentGroups {
  readonly #queues: Queues;
  readonly #teams = new Map<string, Team>();

  constructor(queues: Queues) {
    this.#queues = queues;
  }

  /** Where an agent with this command belongs. */
  groupOf({ capacity, skills, queues }: AgentCommand): Group {
    const handles = queues?.toSorted((a, b) => a - b);
    let channelMask = 0;
    for (const [channel, contacts] of capacity) if (contacts > 0) channelMask |= 1 << channel;
    const team = this.#team(handles, channelMask);
    const levels = skills.toSorted((a, b) => a.skill - b.skill);
    const key = levels.map(({ skill, level }) => `${skill}:${level}`).join(',');
    const known = team.groups.get(key);
    if (known !== undefined) return known;
    return { key, team, levels: new Map(levels.map(({ skill, level }) => [skill, level])), states: noCounts() };
  }

  join(group: Group, state: number): void {
    const { team } = group;
    this.#teams.set(team.key, team);
    team.groups.set(group.key, group);
    count(group, state, 1);
    for (const queue of team.queues ?? []) queue.namedBy += 1;
  }

  leave(group: Group, state: number): void {
    const { team } = group;
    count(group, state, -1);
    for (const queue of team.queues ?? []) queue.namedBy -= 1;
    if (isEmpty(group.states)) team.groups.delete(group.key);
    if (isEmpty(team.states)) this.#teams.delete(team.key);
  }

  move(group: Group, from: number, to: number): void {
    count(group, from, -1);
    count(group, to, 1);
  }

  isIn({ team }: Group, queue: Queue): boolean {
    return team.queues === undefined || team.queues.has(queue);
  }

  /** Those who serve the queue on one of its channels. */
  *teamsOf(queue: Queue): Generator<Team, void, void> {
    for (const team of this.#teams.values()) {
      if ((team.channelMask & queue.channelMask) === 0) continue;
      if (team.queues === undefined || team.queues.has(queue)) yield team;
    }
  }

  /** Whether anybody who serves one of these queues is logged in, whatever that one is doing. */
  isAnybodyThere(queues: readonly Queue[]): boolean {
    for (const queue of queues) for (const { states } of this.teamsOf(queue)) if (loggedIn(states) > 0) return true;
    return false;
  }

  #team(handles: readonly number[] | undefined, channelMask: number): Team {
    const key = `${handles?.join(',') ?? 'all'}/${channelMask}`;
    const known = this.#teams.get(key);
    if (known !== undefined) return known;
    const queues = handles && new Set(handles.map((handle) => this.#queues.at(handle)));
    return { key, queues, channelMask, states: noCounts(), groups: new Map() };
  }
}

export function loggedIn(states: readonly number[]): number {
  return states.reduce((sum, agents, state) => (state === layout.AGENT_LOGGED_OUT ? sum : sum + agents), 0);
}

function noCounts(): Counts {
  return new Array<number>(STATES).fill(0);
}

function count({ team, states }: Group, state: number, by: number): void {
  states[state] = (states[state] ?? 0) + by;
  team.states[state] = (team.states[state] ?? 0) + by;
}

function isEmpty(states: Counts): boolean {
  return states.every((agents) => agents === 0);
}
