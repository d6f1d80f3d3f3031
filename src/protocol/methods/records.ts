// Records of finished contacts (docs/statistics.md).

import { Type } from '@sinclair/typebox';
import { contactRecord } from '../contact-record.ts';
import { channel, cursor, id, limit, nextCursor, oneOf, params, result, timeMs } from '../schemas.ts';
import { method, watching } from './method.ts';

const asked = {
  from: Type.Optional(timeMs('Finished at that time or later.')),
  to: Type.Optional(timeMs('Finished before.')),
  queueId: Type.Optional(id('Only of this queue.')),
  agentId: Type.Optional(id('Only served by this agent.')),
  channel: Type.Optional(channel),
  limit,
  cursor,
};

export const recordMethods = {
  'cdr.query': method({
    summary:
      'Records of contacts that are finished, wrap-up included, in the order in which they were. A page may be short and still say that there is more.',
    roles: watching,
    params: params(asked),
    result: result({ records: Type.Array(contactRecord), cursor: nextCursor }),
    changes: false,
    refusals: [],
  }),
  'cdr.export': method({
    summary:
      'The same as text: CSV (RFC 4180, the first page begins with the names of the columns) or a line of JSON each.',
    roles: watching,
    params: params({
      ...asked,
      format: Type.Optional({ ...oneOf(['csv', 'jsonLines'], 'How.'), default: 'csv' }),
    }),
    result: result({ text: Type.String({ description: 'Whole lines.' }), cursor: nextCursor }),
    changes: false,
    refusals: [],
  }),
};
