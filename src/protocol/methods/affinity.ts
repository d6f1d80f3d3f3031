// The affinity table: which agent a customer is led to (docs/affinity.md).

import { Type } from '@sinclair/typebox';
import { affinityEntry } from '../affinity.ts';
import { changing, count, cursor, id, limit, nextCursor, params, result, timeMs } from '../schemas.ts';
import { method, watching } from './method.ts';

const customerId = id('The customer.');

export const affinityMethods = {
  'affinity.set': method({
    summary:
      'Leads contacts of the customer to this agent, in queues that have `affinity`; what was set before is so no more.',
    roles: watching,
    params: changing({
      customerId,
      agentId: id('The agent.'),
      queueId: Type.Optional(id('In this queue alone. Absent: in every queue for which nothing else is set.')),
      expiresAt: Type.Optional(timeMs('Until when. Absent: for good.')),
    }),
    result: affinityEntry,
    changes: true,
    refusals: ['customer_not_found', 'agent_not_found', 'queue_not_found'],
  }),
  'affinity.get': method({
    summary:
      'Whom contacts of the customer are led to in a queue: what is set for it, else what is set for all, else what it has learned.',
    roles: watching,
    params: params({
      customerId,
      queueId: Type.Optional(id('The queue. Absent: what is set for all queues.')),
    }),
    result: affinityEntry,
    changes: false,
    refusals: ['customer_not_found', 'queue_not_found', 'affinity_not_found'],
  }),
  'affinity.list': method({
    summary:
      'What is set and what was learned, in the order of customers; what is set stands before what was learned beside it.',
    roles: watching,
    params: params({
      customerId: Type.Optional(id('Of this customer alone.')),
      agentId: Type.Optional(id('Of this agent alone.')),
      limit,
      cursor,
    }),
    result: result({ affinities: Type.Array(affinityEntry), cursor: nextCursor }),
    changes: false,
    refusals: ['customer_not_found'],
  }),
  'affinity.remove': method({
    summary:
      'Forgets whom the customer knows: in one queue, or altogether. Said again, there is nothing left to forget.',
    roles: watching,
    params: changing({
      customerId,
      queueId: Type.Optional(id('Only what was set for this queue and what it has learned. Absent: everything.')),
    }),
    result: result({ customerId, removed: count('How many were forgotten.') }),
    changes: true,
    refusals: ['customer_not_found'],
  }),
};
