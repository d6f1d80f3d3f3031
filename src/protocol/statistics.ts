// Statistics as they are asked for and shown: what is counted, and each number that follows from it with its formula. The lines
// of statistics.query, the columns of statistics.export and the tables of docs/statistics.md are made from these.

import { type TProperties, type TSchema, Type } from '@sinclair/typebox';
import { statisticsIntervalMs, statisticsSummedMax } from '../limits.ts';
import type { Fault } from './fault.ts';
import { count, id, nullable, result, shape, timeMs } from './schemas.ts';

const minuteMs = 60_000;
/** What may be asked for: 5, 15 and 30 minutes, an hour, a day. */
export const statisticsSteps = [5 * minuteMs, 15 * minuteMs, 30 * minuteMs, 60 * minuteMs, 1440 * minuteMs] as const;

export const percentOrNull = (description: string) =>
  nullable(Type.Number({ minimum: 0, description }), 'null of an empty whole.');
const msOrNull = (description: string) => nullable(count(description), 'null of nobody.');

const period = {
  from: timeMs('Begin of the interval.'),
  to: timeMs('Its end; for the one that is not over, as of now.'),
};

const paidSums = {
  contacts: count('Contacts that were counted at their price, also those that cost nothing.'),
  documents: count('Documents that were bought.'),
  charged: count('What was charged for both, in minor units.'),
  tax: count('Of that the tax, …'),
  commission: count('… the tenant’s commission, …'),
  receiver: count('… and what the agents got.'),
};
const paid = <P extends TProperties>(of: P, description: string) =>
  Type.Optional(Type.Record(Type.String(), result(of), { description }));

export const queueLine = shape(
  'QueueLine',
  result({
    ...period,
    queueId: Type.Optional(id('The queue; absent of all together.')),
    offered: count('Contacts that joined the queue.'),
    answered: count('Contacts that were connected.'),
    answeredWithin: count('Of these, after at most the service level’s `withinMs`, as it was then.'),
    abandoned: count('Customers who hung up before.'),
    abandonedShort: count('Of these, sooner than `shortAbandonMs`.'),
    abandonedWithin: count('Of those who abandoned, after at most `withinMs`.'),
    endedOtherwise: count('Contacts that anybody else ended before they were connected.'),
    movedOn: count('Contacts that went on to another queue, which counts them as offered.'),
    refused: count(
      'Requests for this queue that were refused, and so never offered: it was full or closed, nobody was there, or the caller is blocked.',
    ),
    callbacksAsked: count('Customers who were to be called back from then on.'),
    callbacksReached: count('Customers who were called back and reached.'),
    callbacksUnreachable: count('Customers who were not, however often they were rung.'),
    messagesAsked: count('Customers who were asked for a message instead of waiting.'),
    messagesLeft: count('Messages that they left.'),
    serviceLevelPercent: percentOrNull('answeredWithin / (answered + abandoned − abandonedShort).'),
    serviceLevelAllPercent: percentOrNull('answeredWithin / (answered + abandoned).'),
    serviceLevelAnsweredPercent: percentOrNull('answeredWithin / answered.'),
    serviceLevelEitherPercent: percentOrNull('(answeredWithin + abandonedWithin) / (answered + abandoned).'),
    serviceLevelOfferedPercent: percentOrNull(
      'answeredWithin / offered: over a day, since an answer may come an interval later.',
    ),
    abandonedPercent: percentOrNull('abandoned / (answered + abandoned).'),
    abandonedLongPercent: percentOrNull('(abandoned − abandonedShort) / (answered + abandoned − abandonedShort).'),
    answeredWaitMs: count('How long those who were answered had waited, in sum.'),
    averageAnswerMs: msOrNull('answeredWaitMs / answered: the average speed of answer.'),
    answeredWaitMsMax: count('The longest of these waits.'),
    waitP50Ms: msOrNull('Half of those who were answered had waited no longer; too high by at most 9.1%.'),
    waitP90Ms: msOrNull('90 of a hundred.'),
    waitP95Ms: msOrNull('95 of a hundred.'),
    abandonedWaitMs: count('How long those who hung up had waited, in sum.'),
    averageAbandonMs: msOrNull('abandonedWaitMs / abandoned.'),
    abandonedWaitMsMax: count('The longest of these waits.'),
    abandonP50Ms: msOrNull('Half of those who hung up had waited no longer; too high by at most 9.1%.'),
    offers: count('How often a contact rang at an agent.'),
    missed: count('Of these, until the time was over.'),
    rejected: count('Rejected by the agent.'),
    withdrawn: count('Withdrawn for another reason: the customer hung up, the telephone was busy, …'),
    handled: count('Contacts whose service ended.'),
    talkMs: count('Their service without holds, in sum.'),
    holdMs: count('How long these were on hold, in sum.'),
    wrapUpMs: count('Wrap-ups that ended, in sum.'),
    averageHandleMs: msOrNull('(talkMs + holdMs + wrapUpMs) / handled.'),
    transferred: count('Contacts that an agent sent on: they are offered again, here or in another queue.'),
    takenAway: count('Contacts that left their agent otherwise: moved by a supervisor, or the agent was lost.'),
    parked: count('How often its contacts were parked. One is `offered` again once it goes on.'),
    consulted: count(
      'Consultations that were taken, and are over: about contacts of the queue, or asked of the queue.',
    ),
    consultMs: count('How long they took, in sum.'),
    paid: paid(
      { ...paidSums, refunded: count('What was given back in the interval, of whatever was charged when.') },
      'By currency, what was paid for contacts that were served in the queue; absent: nothing was.',
    ),
  }),
);

export const agentLine = shape(
  'AgentLine',
  result({
    ...period,
    agentId: Type.Optional(id('The agent; absent of all together.')),
    loggedInMs: count('The sum of the next five.'),
    readyMs: count('Ready, and nothing in progress.'),
    notReadyMs: count('Not ready, and nothing in progress.'),
    ringingMs: count('Something rang.'),
    inServiceMs: count('Something was in service, and nothing rang.'),
    wrappingUpMs: count('In wrap-up, and nothing rang or was in service.'),
    notReadyByReason: Type.Record(Type.String(), count('Of `notReadyMs`.'), {
      description: '`notReadyMs` by the reason that was given.',
    }),
    loggedOutMs: Type.Optional(
      count('The rest of the interval, with the time in which no router ran; absent of all together.'),
    ),
    occupancyPercent: percentOrNull(
      '(ringingMs + inServiceMs + wrappingUpMs) / (readyMs + ringingMs + inServiceMs + wrappingUpMs).',
    ),
    utilisationPercent: percentOrNull('(ringingMs + inServiceMs + wrappingUpMs) / loggedInMs.'),
    offers: count('How often a contact rang.'),
    answered: count('Contacts that were connected.'),
    missed: count('Offers that were not taken until the time was over.'),
    rejected: count('Offers that were rejected.'),
    withdrawn: count('Offers that were withdrawn for another reason.'),
    handled: count('Contacts whose service ended.'),
    talkMs: count('Their service without holds, in sum.'),
    holdMs: count('How long these were on hold, in sum.'),
    wrapUpMs: count('Wrap-ups that ended, in sum.'),
    averageHandleMs: msOrNull('(talkMs + holdMs + wrapUpMs) / handled.'),
    transferred: count('Contacts that the agent sent on.'),
    takenAway: count('Contacts that left it otherwise.'),
    scheduledMs: count(
      'For how long anything was planned (`agent.schedule`), without the time in which no router ran.',
    ),
    adherentMs: count('Of that: in which the agent was in the state that was planned.'),
    adherencePercent: percentOrNull('adherentMs / scheduledMs.'),
    parked: count('Contacts that it parked, each as often as it did.'),
    consulted: count('Consultations that the agent took when asked, and that are over.'),
    consultMs: count('How long they took, in sum.'),
    dialled: count('How often the agent called out.'),
    dialledReached: count('Of these calls, the ones that came about.'),
    dialledTalkMs: count('Their service without holds, in sum, until they were over or sent on.'),
    dialledHoldMs: count('How long these were on hold, in sum.'),
    paid: paid(paidSums, 'By currency, its parts of what was paid for contacts; absent: there were none.'),
  }),
);

/** Columns of a CSV: members of a line, in the order of its schema; the times by reason as JSON. */
export function columnsOf(line: TSchema): string[] {
  return Object.keys(line.properties);
}

/** A border of the finest intervals. */
export const borderMs = (description: string) => ({
  ...timeMs(`${description} A whole number of five minutes (${statisticsIntervalMs} ms).`),
  multipleOf: statisticsIntervalMs,
});

interface Period {
  readonly from: number;
  readonly to: number;
  readonly intervalMs: number;
  readonly by?: 'each' | 'all';
  readonly ids?: readonly string[];
}

/** A line for all of them is summed up at once, however many intervals of how many it is made of. */
export function periodFault({ from, to, intervalMs, by, ids }: Period): Fault | undefined {
  if (to <= from) return { path: '/to', message: `must be later than from (${from})` };
  if (by !== 'all' || ids === undefined) return undefined;
  const atMost = Math.floor(statisticsSummedMax / (Math.min(intervalMs, to - from) / statisticsIntervalMs));
  if (ids.length <= atMost) return undefined;
  return {
    path: '/ids',
    message: `names ${ids.length}; a line for all of them in so long an interval takes ${atMost}`,
  };
}
