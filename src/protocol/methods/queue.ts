// Queues: their policies, and what a contact could expect of one.

import { Type } from '@sinclair/typebox';
import type { Fault } from '../fault.ts';
import { policyFault, type QueuePolicyParams, queuePolicyProperties } from '../queue-policy.ts';
import {
  changing,
  count,
  cursor,
  flag,
  id,
  limit,
  nextCursor,
  nullable,
  oneOf,
  params,
  requirement,
  result,
  shape,
  text,
  timeMs,
} from '../schemas.ts';
import { bringing, method, settingUp, watching } from './method.ts';

const queueId = id('The queue.');
export const queueView = shape(
  'Queue',
  result({
    queueId,
    ...queuePolicyProperties,
    open: flag('It takes new contacts.'),
    closedBy: Type.Optional(oneOf(['calendar', 'hand'], 'What has closed it.')),
    closedReason: Type.Optional(text('As given with queue.close.')),
    closedSince: Type.Optional(timeMs('When somebody closed it.')),
    changesAt: Type.Optional(timeMs('When its calendar opens or closes next.')),
  }),
);

function queueFault(params: object): Fault | undefined {
  return policyFault(params as QueuePolicyParams & { queueId: string }, '');
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
    refusals: ['queue_not_found', 'flow_not_served', 'calendar_not_found', 'too_many_queues', 'too_many_names'],
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
    refusals: [
      'queue_not_found',
      'queue_not_empty',
      'queue_named_by_agents',
      'queue_named_by_queues',
      'queue_named_by_entries',
    ],
  }),
  'queue.close': method({
    summary:
      'Closes a queue at once, whatever its calendar says, until queue.open: new contacts go by `whenClosed`. It lasts over restarts and queue.set.',
    roles: watching,
    params: changing({
      queueId,
      reason: text('Why: shown with the queue and given to whoever is refused.'),
      waiting: Type.Optional(
        oneOf(['stay', 'leave'], 'What those who wait do. Default: as `closingEmpties` of the policy says.'),
      ),
    }),
    result: queueView,
    changes: true,
    refusals: ['queue_not_found'],
  }),
  'queue.open': method({
    summary: 'Takes queue.close back: the calendar decides again, or the queue is open where it keeps none.',
    roles: watching,
    params: changing({ queueId }),
    result: queueView,
    changes: true,
    refusals: ['queue_not_found'],
  }),
  'queue.estimate': method({
    summary: 'What a contact that came now could expect.',
    roles: [...bringing, 'supervisor', 'admin'],
    params: params({ queueId, requires: Type.Optional(requirement) }),
    result: result({
      queueId,
      position: count('The place it would get: 1 is next.'),
      waiting: count('Contacts that wait in the queue.'),
      estimatedMs: nullable(
        count('How long it would wait, about.'),
        'null where nothing is known yet, or nobody is logged in who could serve it.',
      ),
      agentsReady: count('Free agents who could take it now.'),
      agentsLoggedIn: count('Agents who could take it at some time.'),
    }),
    changes: false,
    refusals: ['queue_not_found'],
  }),
};
