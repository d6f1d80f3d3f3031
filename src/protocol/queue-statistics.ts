// A queue's day in numbers, as supervisors see it in supervisor.watch and queue.stats. The day is UTC's until tenants
// have calendars.

import { Type } from '@sinclair/typebox';
import { count, durationMs, flag, id, nullable, result, shape, timeMs, whole } from './schemas.ts';
import { agentStates, words } from './states.ts';

const agentsByState = Object.fromEntries(words(agentStates).map((state) => [state, count(`Agents who are ${state}.`)]));

export const queueStatistics = shape(
  'QueueStatistics',
  result({
    queueId: id('The queue.'),
    at: timeMs('As of when.'),
    open: flag('It takes new contacts: neither its calendar nor anybody has closed it.'),
    waiting: count('Contacts that wait or ring now.'),
    longestWaitMs: durationMs('How long the first of them has waited; 0 if nobody does.'),
    estimatedMs: nullable(
      count('How long a contact that came now would wait, about.'),
      'null where nothing is known yet, or nobody of the queue is logged in.',
    ),
    arrived: count('Contacts that came today.'),
    answered: count('Of those that were connected today.'),
    answeredWithin: count('Of those within the service level’s time.'),
    abandoned: count('Cancelled today while waiting or ringing.'),
    abandonedShort: count('Of those, so soon that they do not count.'),
    timedOut: count('Left today because they had waited for `maxWaitMs`; neither answered nor abandoned.'),
    overflowed: count('Left today, or were passed on, for another reason of the queue’s: full, closed, nobody there.'),
    serviceLevelPercent: nullable(
      whole(0, 100, 'answeredWithin in a hundred of answered and abandoned (short ones left out).'),
      'null where nothing counts yet.',
    ),
    agents: Type.Object(agentsByState as Record<keyof typeof agentStates, (typeof agentsByState)[string]>, {
      description: 'Agents who serve this queue, by state.',
    }),
  }),
);
