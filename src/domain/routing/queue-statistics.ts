// A queue in numbers, now and today: for supervisor.watch, queue.stats and estimates.

import * as layout from '../../../assembly/layout.ts';
import type { Reaction } from '../module.ts';
import { stateWord } from './agents.ts';
import type { Wishes } from './contacts.ts';
import type { Queue } from './queues.ts';
import { groupFits } from './requirement.ts';
import type { RoutingState } from './routing-state.ts';

const STATES = 6;

export function statisticsOf(queue: Queue, state: RoutingState, now: number) {
  const [first] = queue.unanswered.values();
  return {
    queueId: queue.queueId,
    at: now,
    waiting: queue.unanswered.size,
    longestWaitMs: first === undefined ? 0 : now - first.arrivedAt,
    estimatedMs: queue.day.estimatedMs(queue.unanswered.size + 1),
    ...queue.day.numbers(now),
    agents: agentsByState(queue, state),
  };
}

/** Tells watching supervisors of the queues that have changed since the last time. */
export function tellStatistics(state: RoutingState, reaction: Pick<Reaction, 'now' | 'notify'>): void {
  for (const queue of state.watches.take(reaction.now, state.queues)) {
    const audiences = [...state.watches.ofQueue(queue)];
    if (audiences.length === 0) continue;
    const params = statisticsOf(queue, state, reaction.now);
    for (const audience of audiences) reaction.notify(audience, 'queue.stats', params);
  }
}

/**
 * What a contact that came now could expect. Its position is behind all who wait, which is exact while priorities are
 * equal; how long it takes is that position times the mean interval between the last answers.
 */
export function estimateOf(queue: Queue, requires: Wishes['requires'], state: RoutingState) {
  const waiting = queue.unanswered.size;
  const counts = { agentsReady: 0, agentsLoggedIn: 0 };
  for (const team of state.agents.groups.teamsOf(queue)) {
    if (requires === undefined) countFree(team.states, counts);
    else {
      for (const group of team.groups.values()) {
        if (groupFits(group, { requires }, state.names)) countFree(group.states, counts);
      }
    }
  }
  const position = waiting + 1;
  return { queueId: queue.queueId, position, waiting, estimatedMs: queue.day.estimatedMs(position), ...counts };
}

function countFree(states: readonly number[], counts: { agentsReady: number; agentsLoggedIn: number }): void {
  counts.agentsReady += states[layout.AGENT_READY] ?? 0;
  for (let at = layout.AGENT_NOT_READY; at < STATES; at++) counts.agentsLoggedIn += states[at] ?? 0;
}

function agentsByState(queue: Queue, state: RoutingState): Record<string, number> {
  const counts: Record<string, number> = {};
  for (let at = 0; at < STATES; at++) counts[stateWord(at)] = 0;
  for (const { states } of state.agents.groups.teamsOf(queue)) {
    for (let at = 0; at < STATES; at++) counts[stateWord(at)] = (counts[stateWord(at)] ?? 0) + (states[at] ?? 0);
  }
  return counts;
}
