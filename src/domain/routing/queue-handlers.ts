// queue.set, get, list, remove and estimate.

import { contentOf } from '../../protocol/canonical.ts';
import type { Params } from '../../protocol/methods.ts';
import { completeQueuePolicy, groupsNamed, queuesLedTo } from '../../protocol/queue-policy.ts';
import { refuse } from '../../protocol/refusals.ts';
import type { Admission, Admitted } from '../module.ts';
import { pageOf } from '../pages.ts';
import { refuseFlows } from './flow-exits.ts';
import { estimateOf } from './queue-statistics.ts';
import { queueViewOf } from './queue-view.ts';
import { commandOf, Queue, type QueueGiven, samePolicy } from './queues.ts';
import type { RoutingState } from './routing-state.ts';
import { queuesTable } from './tables.ts';

export function setQueue(state: RoutingState, params: Params<'queue.set'>, admission: Admission): Admitted {
  const given = contentOf(params);
  const queue = state.queues.find(given.queueId);
  if (queue !== undefined && samePolicy(queue.given, given)) return { result: queueViewOf(queue, state.openings) };
  if (queue === undefined && state.queues.room === 0) return refuse('too_many_queues');
  if (!state.names.channels.hasRoomFor(given.channels)) return refuse('too_many_names');
  if (!state.names.skills.hasRoomFor(groupsNamed(given))) return refuse('too_many_names', { of: 'skills' });
  const unknown = queuesLedTo(given).find((queueId) => state.queues.find(queueId) === undefined);
  if (unknown !== undefined) return refuse('queue_not_found', { queueId: unknown });
  const unserved = refuseFlows(state, given);
  if (unserved !== undefined) return unserved;
  const { calendarId } = given;
  if (calendarId !== undefined && state.openings.find(calendarId) === undefined) return refuse('calendar_not_found');
  const set = writeQueue(state, given, admission);
  return {
    pending: (reaction) => {
      if (set.unanswered.size > 0) reaction.followUp('sweepQueue', { queue: set.handle, after: 0 });
      return { result: queueViewOf(set, state.openings) };
    },
  };
}

/** What has been checked: commands, rows and memory of a queue, new or changed. */
export function writeQueue(state: RoutingState, given: QueueGiven, admission: Admission): Queue {
  const { queues } = state;
  const queue = queues.find(given.queueId);
  const mask = queues.maskOf(given.channels);
  for (const group of groupsNamed(given)) state.names.skills.number(group);
  const handle = queue?.handle ?? queues.takeHandle();
  if (queue === undefined) admission.onUndo(() => queues.giveHandleBack(handle));
  admission.core.queueSet(commandOf(handle, completeQueuePolicy(given), mask));
  admission.tables.put(queuesTable, handle, { handle, given });
  if (queue === undefined) {
    const made = new Queue(handle, given, mask);
    queues.add(made);
    admission.onUndo(() => queues.remove(made));
    return made;
  }
  const before = { given: queue.given, mask: queue.channelMask };
  queues.change(queue, given, mask);
  admission.onUndo(() => queues.change(queue, before.given, before.mask));
  return queue;
}

export function getQueue(state: RoutingState, params: Params<'queue.get'>): Admitted {
  const queue = state.queues.find(params.queueId);
  if (queue === undefined) return refuse('queue_not_found');
  return { result: queueViewOf(queue, state.openings) };
}

export function listQueues(state: RoutingState, params: Params<'queue.list'>): Admitted {
  const { items, cursor } = pageOf(
    params,
    (handle) => state.queues.from(handle + 1),
    (queue) => queue.handle,
  );
  return { result: { queues: items.map((queue) => queueViewOf(queue, state.openings)), ...cursor } };
}

export function removeQueue(state: RoutingState, params: Params<'queue.remove'>, admission: Admission): Admitted {
  const queue = state.queues.find(params.queueId);
  if (queue === undefined) return refuse('queue_not_found');
  if (queue.live > 0 || state.profiles.serveOthers(queue)) return refuse('queue_not_empty');
  if (queue.namedBy > 0) return refuse('queue_named_by_agents', { agents: queue.namedBy });
  const leading = state.queues.leadingTo(queue.queueId);
  if (leading.length > 0) return refuse('queue_named_by_queues', { queues: leading });
  const entries = state.entries.leadingTo(queue.queueId);
  if (entries.length > 0) return refuse('queue_named_by_entries', { entries: entries.length });
  const removed = dropQueue(state, queue, admission);
  return {
    pending: (reaction) => {
      removed(reaction);
      return { result: { queueId: queue.queueId } };
    },
  };
}

/** What has been checked. Returns what remains to be done when the core has done it. */
export function dropQueue(
  state: RoutingState,
  queue: Queue,
  admission: Admission,
): (reaction: { readonly tables: Admission['tables'] }) => void {
  for (const shapes of state.shapes) shapes.queueRemove?.(queue.queueId, admission);
  admission.core.queueRemove(queue.handle);
  admission.tables.remove(queuesTable, queue.handle);
  if (state.openings.closing(queue.queueId) !== undefined) state.openings.setClosing(queue, undefined, admission);
  state.queues.hide(queue);
  admission.onUndo(() => state.queues.show(queue));
  return ({ tables }) => {
    // The core dropped its profiles with it.
    state.profiles.forgetOf(queue, tables);
    state.queues.forget(queue);
  };
}

export function estimateQueue(
  state: RoutingState,
  params: Params<'queue.estimate'>,
  { now }: Pick<Admission, 'now'>,
): Admitted {
  const queue = state.queues.find(params.queueId);
  if (queue === undefined) return refuse('queue_not_found');
  return { result: estimateOf(queue, params.requires, state, now) };
}
