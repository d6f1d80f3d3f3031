// Agents: who they are and what they can do, as given; what they are doing, as the core last said.
//
// What is given is kept as it was, and made anew into a command when it changes; the rest follows the core's effects.

import * as layout from '../../../assembly/layout.ts';
import type { AgentCommand } from '../../engine/command-encoder.ts';
import type { Effect } from '../../engine/effects.ts';
import type { Audience } from '../../engine/egress.ts';
import { agentsPerTenantMax } from '../../limits.ts';
import { canonical } from '../../protocol/canonical.ts';
import { agentStates, wordsByCode } from '../../protocol/states.ts';
import { HandlePool } from '../handle-pool.ts';
import type { LinesView, TableReader } from '../module.ts';
import { everyRow } from '../rows.ts';
import { AgentGroups, type Group } from './agent-groups.ts';
import type { Contact } from './contacts.ts';
import type { Names } from './names.ts';
import type { Queue, Queues } from './queues.ts';
import { Staffing } from './staffing.ts';
import { agentsTable } from './tables.ts';

export interface AgentGiven {
  readonly agentId: string;
  readonly name?: string;
  readonly skills?: Readonly<Record<string, number>>;
  readonly queues?: readonly string[];
  readonly capacity: Readonly<Record<string, number>>;
  readonly wrapUpMs?: number;
  readonly attributes?: Readonly<Record<string, unknown>>;
}

export const stateWord = wordsByCode(agentStates);

export class Agent {
  readonly agentId: string;
  readonly handle: number;
  readonly audience: Audience;
  given: AgentGiven;
  group: Group;
  state: number = layout.AGENT_LOGGED_OUT;
  reason: number = layout.REASON_NONE;
  since: number;
  readonly madeAt: number;
  flags: number = layout.AGENT_FLAG_ONE_RINGING;
  /** After a reject, a miss, or an offer that failed: it is offered nothing until then. 0: it does not rest. */
  restsUntil = 0;
  /** What rings at it, is served by it or wraps up: at most one a line. */
  readonly contacts: Contact[] = [];
  /** Contacts that wait for it by name. */
  readonly waitedForBy = new Set<Contact>();

  constructor(handle: number, given: AgentGiven, group: Group, madeAt: number) {
    this.agentId = given.agentId;
    this.handle = handle;
    this.audience = { role: 'agent', sub: given.agentId };
    this.given = given;
    this.group = group;
    this.since = madeAt;
    this.madeAt = madeAt;
  }

  get loggedIn(): boolean {
    return this.state !== layout.AGENT_LOGGED_OUT;
  }

  has(contact: Contact): boolean {
    return this.contacts.includes(contact);
  }

  leave(contact: Contact): void {
    const { contacts } = this;
    let at = contacts.indexOf(contact);
    if (at === -1) return;
    // splice() would make a list of the one that goes, for each contact.
    for (; at < contacts.length - 1; at++) contacts[at] = contacts[at + 1] as Contact;
    contacts.pop();
  }
}

export class Agents {
  readonly #names: Names;
  readonly #queues: Queues;
  readonly #byId = new Map<string, Agent>();
  readonly #byHandle: (Agent | undefined)[] = [];
  readonly #handles = new HandlePool(agentsPerTenantMax);
  readonly groups: AgentGroups;
  readonly staffing: Staffing;

  constructor(tables: TableReader, live: readonly Effect[], names: Names, queues: Queues) {
    this.#names = names;
    this.#queues = queues;
    this.groups = new AgentGroups(queues);
    this.staffing = new Staffing(this.groups, (handle) => this.#byHandle[handle]);
    const used: number[] = [];
    for (const { row } of everyRow(tables, agentsTable)) {
      const { handle, given, madeAt } = row as unknown as { handle: number; given: AgentGiven; madeAt: number };
      used.push(handle);
      this.add(new Agent(handle, given, this.groupOf(given), madeAt));
    }
    this.#handles.load(used);
    for (const effect of live) if (effect.kind === layout.EFFECT_AGENT_STATE) this.changed(effect);
  }

  find(agentId: string): Agent | undefined {
    return this.#byId.get(agentId);
  }

  at(handle: number): Agent {
    const agent = this.#byHandle[handle];
    if (agent === undefined) throw new Error(`no agent has the handle ${handle}`);
    return agent;
  }

  get count(): number {
    return this.#byId.size;
  }

  get room(): number {
    return this.#handles.room;
  }

  /** In the order of their handles, which is the order in which they were made; from a handle on. */
  *from(handle: number): Generator<Agent, void, void> {
    for (let at = handle; at < this.#byHandle.length; at++) {
      const agent = this.#byHandle[at];
      if (agent !== undefined) yield agent;
    }
  }

  /** One that may be taken, if there is any: an agent that was removed may still be kept from contacts by its handle. */
  takeHandle(mayTake: (handle: number) => boolean): number {
    const passed: number[] = [];
    let handle = this.#handles.take();
    while (!mayTake(handle) && this.#handles.room > 0) {
      passed.push(handle);
      handle = this.#handles.take();
    }
    for (const one of passed) this.#handles.giveBack(one);
    return handle;
  }

  add(agent: Agent): void {
    this.#byId.set(agent.agentId, agent);
    this.#byHandle[agent.handle] = agent;
    this.#join(agent);
  }

  change(agent: Agent, given: AgentGiven): void {
    this.#leave(agent);
    agent.given = given;
    agent.group = this.groupOf(given);
    this.#join(agent);
  }

  remove(agent: Agent): void {
    this.#byId.delete(agent.agentId);
    this.#byHandle[agent.handle] = undefined;
    this.#leave(agent);
  }

  giveHandleBack(handle: number): void {
    this.#handles.giveBack(handle);
  }

  /** By an AGENT_STATE effect. */
  changed(effect: Effect): Agent {
    const agent = this.at(effect.agent);
    this.groups.move(agent.group, agent.state, effect.code);
    this.staffing.changed(agent.group, agent, {
      handle: agent.handle,
      state: effect.code,
      flags: effect.value2,
    });
    agent.state = effect.code;
    agent.reason = effect.value;
    agent.since = effect.at;
    agent.flags = effect.value2;
    agent.restsUntil = effect.extra;
    return agent;
  }

  /** Its names must be numbered, or there must be room for them; its queues must exist. */
  commandOf(handle: number, given: AgentGiven): AgentCommand {
    const capacity = new Map<number, number>();
    let sum = 0;
    for (const [channel, contacts] of Object.entries(given.capacity)) {
      if (channel === 'total') continue;
      capacity.set(this.#numbered(this.#names.channels.number(channel), channel), contacts);
      sum += contacts;
    }
    return {
      agent: handle,
      total: given.capacity.total ?? sum,
      wrapUpMs: given.wrapUpMs ?? layout.NONE,
      capacity,
      skills: Object.entries(given.skills ?? {}).map(([skill, level]) => ({
        skill: this.#numbered(this.#names.skills.number(skill), skill),
        level,
      })),
      queues: given.queues?.map((queueId) => this.#queue(queueId).handle),
    };
  }

  groupOf(given: AgentGiven): Group {
    return this.groups.groupOf(this.commandOf(0, given));
  }

  #join(agent: Agent): void {
    this.groups.join(agent.group, agent.state);
    this.staffing.count(agent.group, agent, 1);
  }

  #leave(agent: Agent): void {
    this.staffing.count(agent.group, agent, -1);
    this.groups.leave(agent.group, agent.state);
  }

  #numbered(number: number | undefined, name: string): number {
    if (number === undefined) throw new Error(`no number for ${name}`);
    return number;
  }

  #queue(queueId: string): Queue {
    const queue = this.#queues.find(queueId);
    if (queue === undefined) throw new Error(`no queue ${queueId}`);
    return queue;
  }
}

export function sameAgent(one: AgentGiven, other: AgentGiven): boolean {
  return canonical(one) === canonical(other);
}

/** What agents and supervisors are told of a state. */
export type AgentStateShown = {
  readonly agentId: string;
  readonly state: string;
  reason?: string;
  readonly since: number;
  restsUntil?: number;
  readonly ready: boolean;
};

export function stateOf(agent: Agent, names: Names): AgentStateShown {
  const shown: AgentStateShown = {
    agentId: agent.agentId,
    state: stateWord(agent.state),
    since: agent.since,
    ready: (agent.flags & layout.AGENT_FLAG_READY) !== 0,
  };
  const reason = names.reasonOf(agent.reason);
  if (reason !== undefined) shown.reason = reason;
  if (agent.restsUntil > 0) shown.restsUntil = agent.restsUntil;
  return shown;
}

export function agentViewOf(agent: Agent, names: Names, lines: LinesView) {
  return { ...agent.given, ...stateOf(agent, names), lines: lines.linesOf(agent.handle).map(lineViewOf) };
}

export function lineViewOf(line: { lineId: string; channel: string; state: string; contactId: string | undefined }) {
  const { lineId, channel, state, contactId } = line;
  return { lineId, channel, state, ...(contactId !== undefined && { contactId }) };
}
