// agent.set, get, list, remove, and what agents do that is not about lines: ready, notReady, logout.

import { contentOf } from '../../protocol/canonical.ts';
import type { Params } from '../../protocol/methods.ts';
import { type Refusal, refuse } from '../../protocol/refusals.ts';
import type { Admission, Admitted, Reaction } from '../module.ts';
import { pageOf } from '../pages.ts';
import { Agent, type AgentGiven, agentViewOf, lineViewOf, sameAgent, stateOf } from './agents.ts';
import { agentGone } from './parking.ts';
import type { RoutingState } from './routing-state.ts';
import { agentsTable } from './tables.ts';

/** Once the core has done it. */
export type Finish = (reaction: Reaction) => void;

export function setAgent(state: RoutingState, params: Params<'agent.set'>, admission: Admission): Admitted {
  const given: AgentGiven = contentOf(params);
  const agent = state.agents.find(given.agentId);
  if (agent !== undefined && sameAgent(agent.given, given)) {
    return { result: agentViewOf(agent, state.names, state.lines) };
  }
  const unknown = given.queues?.find((queueId) => state.queues.find(queueId) === undefined);
  if (unknown !== undefined) return refuse('queue_not_found', { queueId: unknown });
  if (agent === undefined && state.agents.room === 0) return refuse('too_many_agents');
  const refusal = refuseNames(state, [given]);
  if (refusal !== undefined) return refusal;
  const { agent: set, finish } = writeAgent(state, given, admission);
  return {
    pending: (reaction) => {
      finish(reaction);
      return { result: agentViewOf(set, state.names, state.lines) };
    },
  };
}

/** Are there numbers for all the skills and channels that agents bring, and for groups? */
export function refuseNames(
  state: RoutingState,
  agents: readonly AgentGiven[],
  groups: readonly string[] = [],
): Refusal | undefined {
  const channels = agents.flatMap(({ capacity }) => Object.keys(capacity).filter((channel) => channel !== 'total'));
  const skills = agents.flatMap((agent) => Object.keys(agent.skills ?? {}));
  if (!state.names.channels.hasRoomFor(channels)) return refuse('too_many_names', { of: 'channels' });
  if (!state.names.skills.hasRoomFor([...skills, ...groups])) return refuse('too_many_names', { of: 'skills' });
  return undefined;
}

/** What has been checked: command, row and memory of an agent, new or changed; and what remains to be done when the core has done it. */
export function writeAgent(
  state: RoutingState,
  given: AgentGiven,
  admission: Admission,
): { readonly agent: Agent; readonly finish: Finish } {
  const { agents } = state;
  const agent = agents.find(given.agentId);
  for (const shapes of state.shapes) shapes.agentSet?.(given.agentId, admission);
  const handle = agent?.handle ?? agents.takeHandle((free) => !state.profiles.excludes(free));
  if (agent === undefined) admission.onUndo(() => agents.giveHandleBack(handle));
  admission.core.agentSet(agents.commandOf(handle, given));
  const madeAt = agent?.madeAt ?? admission.now;
  admission.tables.put(agentsTable, handle, { handle, given, madeAt });
  if (agent === undefined) {
    const made = new Agent(handle, given, agents.groupOf(given), madeAt);
    agents.add(made);
    admission.onUndo(() => agents.remove(made));
    return { agent: made, finish: (reaction) => state.watches.markTeam(made.group.team, reaction) };
  }
  const before = agent.given;
  const { team } = agent.group;
  agents.change(agent, given);
  admission.onUndo(() => agents.change(agent, before));
  return {
    agent,
    finish: (reaction) => {
      for (const counted of new Set([team, agent.group.team])) state.watches.markTeam(counted, reaction);
    },
  };
}

export function getAgent(state: RoutingState, params: Params<'agent.get'>): Admitted {
  const agent = state.agents.find(params.agentId ?? '');
  if (agent === undefined) return refuse('agent_not_found');
  return { result: agentViewOf(agent, state.names, state.lines) };
}

export function listAgents(state: RoutingState, params: Params<'agent.list'>): Admitted {
  const { items, cursor } = agentsPage(state, params);
  return { result: { agents: items, ...cursor } };
}

export function agentsPage(state: RoutingState, asked: { readonly limit?: number; readonly cursor?: string }) {
  const { items, cursor } = pageOf(
    asked,
    (handle) => state.agents.from(handle + 1),
    (agent) => agent.handle,
  );
  return { items: items.map((agent) => agentViewOf(agent, state.names, state.lines)), cursor };
}

export function removeAgent(state: RoutingState, params: Params<'agent.remove'>, admission: Admission): Admitted {
  const agent = state.agents.find(params.agentId);
  if (agent === undefined) return refuse('agent_not_found');
  if (agent.loggedIn) return refuse('agent_logged_in');
  const removed = dropAgent(state, agent, admission);
  if (typeof removed !== 'function') return removed;
  return {
    pending: (reaction) => {
      removed(reaction);
      return { result: { agentId: agent.agentId } };
    },
  };
}

/** An agent who is logged out. Returns what remains to be done when the core has done it. */
export function dropAgent(state: RoutingState, agent: Agent, admission: Admission): Refusal | Finish {
  for (const shapes of state.shapes) {
    const refusal = shapes.agentRemove?.(agent, admission);
    if (refusal !== undefined) return refusal;
  }
  admission.core.agentRemove(agent.handle);
  admission.tables.remove(agentsTable, agent.handle);
  state.agents.remove(agent);
  admission.onUndo(() => state.agents.add(agent));
  return (reaction) => {
    // Its handle is the next agent's only once the core has let it go.
    state.agents.giveHandleBack(agent.handle);
    agentGone(state, agent.agentId, reaction);
    state.watches.markTeam(agent.group.team, reaction);
  };
}

// ── What an agent does ──────────────────────────────────────────────────────────────────────────────────────────
export function readyAgent(state: RoutingState, params: Params<'agent.ready'>, admission: Admission): Admitted {
  const agent = whom(state, params, admission);
  if (!(agent instanceof Agent)) return agent;
  const { channels = [] } = params;
  if (!state.names.channels.hasRoomFor(channels)) return refuse('too_many_names', { of: 'channels' });
  admission.core.agentReady(agent.handle, state.queues.maskOf(channels));
  return seatAfterwards(state, agent);
}

export function notReadyAgent(state: RoutingState, params: Params<'agent.notReady'>, admission: Admission): Admitted {
  const agent = whom(state, params, admission);
  if (!(agent instanceof Agent)) return agent;
  const reason = state.names.reasons.number(params.reason);
  if (reason === undefined) return refuse('too_many_names', { of: 'reasons' });
  admission.core.agentNotReady(agent.handle, reason);
  return seatAfterwards(state, agent);
}

/** The core lets who is logged out log out again; so does this. */
export function logoutAgent(state: RoutingState, params: Params<'agent.logout'>, admission: Admission): Admitted {
  const agent = whom(state, params, admission);
  if (!(agent instanceof Agent)) return agent;
  admission.core.agentLogout(agent.handle, params.when === 'idle');
  return seatAfterwards(state, agent);
}

/** As the agent would itself; who is in service is logged out when it is over. */
export function forceAgent(state: RoutingState, params: Params<'agent.force'>, admission: Admission): Admitted {
  const { agentId, reason = 'forced' } = params;
  if (params.state === 'ready') return readyAgent(state, { agentId }, admission);
  if (params.state === 'notReady') return notReadyAgent(state, { agentId, reason }, admission);
  return logoutAgent(state, { agentId, when: 'idle' }, admission);
}

/** An agent acts for itself only, whatever has been let through. */
function whom(state: RoutingState, params: { readonly agentId?: string }, admission: Admission): Agent | Refusal {
  const { caller } = admission;
  const { agentId = caller?.sub ?? '' } = params;
  if (caller?.role === 'agent' && caller.sub !== agentId) return refuse('not_allowed_for_role');
  return state.agents.find(agentId) ?? refuse('agent_not_found');
}

function seatAfterwards(state: RoutingState, agent: Agent): Admitted {
  return {
    pending: () => {
      const { ready: _, ...shown } = stateOf(agent, state.names);
      return { result: { ...shown, lines: state.lines.linesOf(agent.handle).map(lineViewOf) } };
    },
  };
}
