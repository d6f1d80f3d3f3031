// Who served a contact before, as contacts and their records show it.

import { Type } from '@sinclair/typebox';
import { count, id, name, oneOf, result, timeMs } from './schemas.ts';
import { sentReasons, words } from './states.ts';

export const servedPart = result({
  agentId: id('The agent.'),
  lineId: id('The line.'),
  queueId: id('The queue in which it was served.'),
  connectedAt: timeMs('When it was connected.'),
  endedAt: timeMs('When it left the agent.'),
  why: oneOf(words(sentReasons), 'Why.'),
  wrapUpMs: Type.Optional(count('How long the agent wrapped up after it, once that is over.')),
  disposition: Type.Optional(name('As given with contact.wrapUpDone.')),
  notes: Type.Optional(Type.String({ description: 'The same.' })),
});

export const servedBefore = Type.Optional(
  Type.Array(servedPart, { description: 'Who served it before it was sent on, in order.' }),
);
