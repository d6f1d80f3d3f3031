// supervisor.watch: the numbers of now, and from then on what changes.

import { statePageMax } from '../../limits.ts';
import type { Params } from '../../protocol/methods.ts';
import { refuse } from '../../protocol/refusals.ts';
import type { Admission, Admitted } from '../module.ts';
import { agentsPage } from './agent-handlers.ts';
import { agentViewOf } from './agents.ts';
import { callerOf } from './contact-create.ts';
import { statisticsOf } from './queue-statistics.ts';
import type { RoutingState } from './routing-state.ts';

export function watch(state: RoutingState, params: Params<'supervisor.watch'>, admission: Admission): Admitted {
  const { queues, agents } = params;
  const noQueue = queues?.find((queueId) => state.queues.find(queueId) === undefined);
  if (noQueue !== undefined) return refuse('queue_not_found', { queueId: noQueue });
  const noAgent = agents?.find((agentId) => state.agents.find(agentId) === undefined);
  if (noAgent !== undefined) return refuse('agent_not_found', { agentId: noAgent });
  const unwatch = state.watches.watch(callerOf(admission).sub, { queues, agents }, admission.tables, admission.now);
  admission.onUndo(unwatch);
  return { result: { ...watchedQueues(state, queues, admission.now), ...watchedAgents(state, agents) } };
}

function watchedQueues(state: RoutingState, queueIds: readonly string[] | undefined, now: number) {
  const queues = queueIds?.map((queueId) => state.queues.find(queueId)) ?? [...state.queues.from(0)];
  return { queues: queues.flatMap((queue) => (queue === undefined ? [] : [statisticsOf(queue, state, now)])) };
}

function watchedAgents(state: RoutingState, agentIds: readonly string[] | undefined) {
  if (agentIds !== undefined) {
    const agents = agentIds.map((agentId) => state.agents.find(agentId));
    return { agents: agents.flatMap((agent) => (agent ? [agentViewOf(agent, state.names, state.lines)] : [])) };
  }
  const { items, cursor } = agentsPage(state, { limit: statePageMax });
  return { agents: items, ...(cursor.cursor !== undefined && { agentsCursor: cursor.cursor }) };
}
