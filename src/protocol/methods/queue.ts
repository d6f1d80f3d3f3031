// Queues: their policies, and what a contact could expect of one.

import { Type } from '@sinclair/typebox';
import type { Fault } from '../fault.ts';
import { exitFault, type QueuePolicyParams, queuePolicyProperties } from '../queue-policy.ts';
import {
  changing,
  count,
  cursor,
  id,
  limit,
  nextCursor,
  nullable,
  params,
  requirement,
  result,
  shape,
} from '../schemas.ts';
import { bringing, method, settingUp, watching } from './method.ts';

const queueId = id('The queue.');
export const queueView = shape('Queue', result({ queueId, ...queuePolicyProperties }));

/** An exit leads to another queue. */
function queueFault(params: object): Fault | undefined {
  return exitFault(params as QueuePolicyParams & { queueId: string }, '');
}

export const queueMethods = {
  'queue.set': method({
    summary:
      'Makes a queue, or gives one another policy: what is left out takes its default. Contacts that wait are ordered anew; offers that ring go on as they began.',
    roles: settingUp,
    params: changing({ queueId, ...queuePolicyProperties }),
    result: queueView,
    changes: true,
    furtherFault: queueFault,
    refusals: ['queue_not_found', 'too_many_queues', 'too_many_names'],
  }),
  'queue.get': method({
    summary: 'A queue and its whole policy.',
    roles: watching,
    params: params({ queueId }),
    result: queueView,
    changes: false,
    refusals: ['queue_not_found'],
  }),
  'queue.list': method({
    summary: 'All queues, in the order in which they were made.',
    roles: watching,
    params: params({ limit, cursor }),
    result: result({ queues: Type.Array(queueView), cursor: nextCursor }),
    changes: false,
    refusals: [],
  }),
  'queue.remove': method({
    summary: 'Removes a queue in which nobody waits or is served.',
    roles: settingUp,
    params: changing({ queueId }),
    result: result({ queueId }),
    changes: true,
    refusals: ['queue_not_found', 'queue_not_empty', 'queue_named_by_agents', 'queue_named_by_queues'],
  }),
  'queue.estimate': method({
    summary: 'What a contact that came now could expect.',
    roles: [...bringing, 'supervisor', 'admin'],
    params: params({ queueId, requires: Type.Optional(requirement) }),
    result: result({
      queueId,
      position: count('The place it would get: 1 is next.'),
      waiting: count('Contacts that wait in the queue.'),
      estimatedMs: nullable(count('How long it would wait, about.'), 'null where nothing is known yet.'),
      agentsReady: count('Free agents who could take it now.'),
      agentsLoggedIn: count('Agents who could take it at some time.'),
    }),
    changes: false,
    refusals: ['queue_not_found'],
  }),
};
