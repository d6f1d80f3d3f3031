// What supervisors see while it happens.

import { Type } from '@sinclair/typebox';
import * as layout from '../../../assembly/layout.ts';
import { listPageMax } from '../../limits.ts';
import { queueStatistics } from '../queue-statistics.ts';
import { id, nextCursor, params, result } from '../schemas.ts';
import { agentView } from './agent.ts';
import { method } from './method.ts';

export const supervisorMethods = {
  'supervisor.watch': method({
    summary:
      'The numbers of queues and the states of agents now, and then queue.stats and agent.changed as they change. What is left out means all, an empty list none; watching again replaces what was watched.',
    roles: ['supervisor'],
    params: params({
      queues: Type.Optional(
        Type.Array(id('A queue.'), {
          maxItems: layout.QUEUES_MAX,
          uniqueItems: true,
          description: 'Only these queues.',
        }),
      ),
      agents: Type.Optional(
        Type.Array(id('An agent.'), { maxItems: listPageMax, uniqueItems: true, description: 'Only these agents.' }),
      ),
    }),
    result: result({
      queues: Type.Array(queueStatistics),
      agents: Type.Array(agentView, { description: 'The first of them.' }),
      agentsCursor: nextCursor,
    }),
    changes: false,
    refusals: ['queue_not_found', 'agent_not_found'],
  }),
};
