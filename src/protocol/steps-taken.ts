// The steps that queues have taken for a contact as it got older, as contacts and events show them.

import { Type } from '@sinclair/typebox';
import { queueStepProperties } from './queue-policy.ts';
import { id, result, timeMs } from './schemas.ts';

export const stepsTaken = Type.Array(
  result({ at: timeMs('When.'), queueId: id('By which queue.'), ...queueStepProperties }),
  { description: 'What its queues have made easier for it, in order. It is asked for as given, less these.' },
);
