// Statistics by interval (docs/statistics.md).

import { Type } from '@sinclair/typebox';
import { listPageMax } from '../../limits.ts';
import { cursor, id, limit, nextCursor, oneOf, params, result } from '../schemas.ts';
import { agentLine, borderMs, periodFault, queueLine, statisticsSteps } from '../statistics.ts';
import { method, watching } from './method.ts';

const asked = params({
  of: oneOf(['queues', 'agents'], 'Of what.'),
  ids: Type.Optional(
    Type.Array(id('A queue, or an agent: also one that has been removed.'), {
      minItems: 1,
      maxItems: listPageMax,
      uniqueItems: true,
      description: 'Only these. Default: all that are set up.',
    }),
  ),
  from: borderMs('From then on.'),
  to: borderMs('Until then, not included.'),
  intervalMs: Type.Union(
    statisticsSteps.map((step) => Type.Literal(step)),
    {
      description: 'How long an interval is, counted from `from`; the last one may be shorter.',
      'x-type': 'one of 300000, 900000, 1800000, 3600000, 86400000',
    },
  ),
  by: Type.Optional({
    ...oneOf(
      ['each', 'all'],
      'A line for each of them, or one for all together. Intervals without anything have none.',
    ),
    default: 'each',
  }),
  limit,
  cursor,
});

const furtherFault = (given: object) => periodFault(given as Parameters<typeof periodFault>[0]);

export const statisticsMethods = {
  'statistics.query': method({
    summary:
      'What was counted of queues or agents, by interval: what happened counts when it happened, time that an agent spent is split among the intervals that it covers.',
    roles: watching,
    params: asked,
    result: result({
      queues: Type.Optional(Type.Array(queueLine)),
      agents: Type.Optional(Type.Array(agentLine)),
      cursor: nextCursor,
    }),
    changes: false,
    furtherFault,
    refusals: [],
  }),
  'statistics.export': method({
    summary: 'The same as CSV (RFC 4180): the first page begins with the names of the columns.',
    roles: watching,
    params: asked,
    result: result({ csv: Type.String({ description: 'Lines, each ended by CR LF.' }), cursor: nextCursor }),
    changes: false,
    furtherFault,
    refusals: [],
  }),
};
