// A queue in numbers, now and today: for supervisor.watch, queue.stats and estimates.

import * as layout from '../../../assembly/layout.ts';
import type { Reaction } from '../module.ts';
import { loggedIn } from './agent-groups.ts';
import { stateWord } from './agents.ts';
import type { Contact, Wishes } from './contacts.ts';
import type { Profile } from './profiles.ts';
import type { Queue } from './queues.ts';
import { groupFits, requirementOf, skillsOf } from './requirement.ts';
import type { RoutingState } from './routing-state.ts';
import { askedIn } from './steps.ts';
import { estimatedForNext } from './waiting-flows.ts';

const STATES = 6;

export function statisticsOf(queue: Queue, state: RoutingState, now: number) {
  const { first } = queue.unanswered;
  return {
    queueId: queue.queueId,
    at: now,
    open: state.openings.closed(queue) === undefined,
    waiting: queue.unanswered.size,
    longestWaitMs: first === undefined ? 0 : now - first.arrivedAt,
    estimatedMs: state.agents.groups.isAnybodyThere([queue]) ? estimatedForNext(queue, undefined, now) : null,
    ...queue.day.numbers(now),
    agents: agentsByState(queue, state),
  };
}

/** Tells watching supervisors of the queues that have changed since the last time. */
export function tellStatistics(state: RoutingState, reaction: Pick<Reaction, 'now' | 'notify'>): void {
  for (const queue of state.watches.take(reaction.now, state.queues)) {
    const audiences = [...state.watches.ofQueue(queue.queueId)];
    if (audiences.length === 0) continue;
    const params = statisticsOf(queue, state, reaction.now);
    for (const audience of audiences) reaction.notify(audience, 'queue.stats', params);
  }
}

/**
 * What a contact that came now could expect. Its position is behind all who wait, which is exact while priorities are
 * equal; how long it takes is told by how the queue has moved on (waiting-flows.ts), which says nothing once all who moved it are gone.
 */
export function estimateOf(queue: Queue, requires: Wishes['requires'], state: RoutingState, now: number) {
  const waiting = queue.unanswered.size;
  const counts = { agentsReady: 0, agentsLoggedIn: 0 };
  for (const team of state.agents.groups.teamsOf(queue)) {
    if (requires === undefined && queue.policy.groups === undefined) countFree(team.states, counts);
    else {
      for (const group of team.groups.values()) {
        if (groupFits(group, { requires, groups: queue.policy.groups }, state.names)) countFree(group.states, counts);
      }
    }
  }
  const position = waiting + 1;
  const isAnybodyThere = counts.agentsLoggedIn > 0;
  const estimatedMs = isAnybodyThere ? estimatedForNext(queue, profileFor(queue, requires, state), now) : null;
  return { queueId: queue.queueId, position, waiting, estimatedMs, ...counts };
}

/** How long a contact that waits will, at this place of its queue. */
export function estimatedAt(contact: Contact, place: number, state: RoutingState, now: number): number | null {
  if (!state.agents.groups.isAnybodyThere(contact.profile.queues)) return null;
  return state.flows.estimatedMs(contact, place, now);
}

/** Of those that contacts with this requirement have, on whichever of the queue's channels. */
function profileFor(queue: Queue, requires: Wishes['requires'], state: RoutingState): Profile | undefined {
  const { names, profiles } = state;
  for (const skill of skillsOf({ requires })) if (names.skills.find(skill) === undefined) return undefined;
  const requirement = requirementOf(askedIn(queue, requires === undefined ? {} : { requires }, []), state);
  for (let channel = 0; channel < layout.CHANNELS_MAX; channel++) {
    const profile = profiles.find(queue, channel, requirement);
    if (profile !== undefined) return profile;
  }
  return undefined;
}

function countFree(states: readonly number[], counts: { agentsReady: number; agentsLoggedIn: number }): void {
  counts.agentsReady += states[layout.AGENT_READY] ?? 0;
  counts.agentsLoggedIn += loggedIn(states);
}

export function agentsByState(queue: Queue, state: RoutingState): Record<string, number> {
  const counts: Record<string, number> = {};
  for (let at = 0; at < STATES; at++) counts[stateWord(at)] = 0;
  for (const { states } of state.agents.groups.teamsOf(queue)) {
    for (let at = 0; at < STATES; at++) counts[stateWord(at)] = (counts[stateWord(at)] ?? 0) + (states[at] ?? 0);
  }
  return counts;
}
