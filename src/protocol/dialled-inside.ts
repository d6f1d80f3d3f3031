// Whom an agent calls who is no number outside: as asked for with contact.dial, in what is shown, told and recorded.

import { Type } from '@sinclair/typebox';
import { id, result } from './schemas.ts';

export const dialledInside = result({
  agentId: Type.Optional(id('This colleague.')),
  queueId: Type.Optional(id('Whoever of this queue is free.')),
  lineId: Type.Optional(id('This line.')),
});
