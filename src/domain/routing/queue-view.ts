// What callers are shown of a queue: its policy, and whether it is open.

import type { Openings } from './openings.ts';
import type { Queue } from './queues.ts';

export function queueViewOf(queue: Queue, openings: Openings): Readonly<Record<string, unknown>> {
  const { policy, queueId } = queue;
  const closed = openings.closed(queue);
  const calendar = policy.calendarId === undefined ? undefined : openings.find(policy.calendarId);
  return {
    queueId,
    ...policy,
    open: closed === undefined,
    ...(calendar !== undefined && { changesAt: calendar.changesAt }),
    ...closed,
  };
}
