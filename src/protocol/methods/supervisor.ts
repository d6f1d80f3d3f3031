// What supervisors see while it happens, and how they take part in it.

import { Type } from '@sinclair/typebox';
import * as layout from '../../../assembly/layout.ts';
import { listPageMax } from '../../limits.ts';
import { supervisionModes } from '../legs.ts';
import { queueStatistics } from '../queue-statistics.ts';
import { changing, id, nextCursor, oneOf, params, result, shape, text } from '../schemas.ts';
import { agentView } from './agent.ts';
import { method } from './method.ts';

const supervision = shape(
  'Supervision',
  result({
    contactId: id('The contact.'),
    mode: oneOf(supervisionModes, 'As it is, or as it is to be while your telephone rings.'),
    state: oneOf(['ringing', 'on', 'over'], 'ringing: your telephone does, or is about to.'),
  }),
);

function takingPart(summary: string) {
  return method({
    summary,
    roles: ['supervisor'],
    params: changing({
      contactId: id('A contact in service.'),
      lineId: Type.Optional(id('Your telephone, as the switch knows it; by default it is called as you are.')),
      number: Type.Optional(text('Its number, for a switch that rings numbers.')),
    }),
    result: supervision,
    changes: true,
    refusals: ['contact_not_found', 'contact_not_connected', 'contact_without_legs', 'too_many_supervisors'],
  });
}

export const supervisorMethods = {
  'supervisor.listen': takingPart(
    'Your telephone is rung; you hear the conversation and nobody hears you. Where you take part already the mode changes. supervision.changed says how it goes on.',
  ),
  'supervisor.whisper': takingPart('The same; the agent hears you as well, and the customer does not.'),
  'supervisor.barge': takingPart('The same; everybody hears you.'),
  'supervisor.stop': method({
    summary: 'You take no part in the conversation any more: your telephone is let go. Hanging up does the same.',
    roles: ['supervisor'],
    params: changing({ contactId: id('The contact.') }),
    result: supervision,
    changes: true,
    refusals: ['contact_not_found', 'not_supervised'],
  }),
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
