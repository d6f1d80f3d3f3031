// Alerts: thresholds on a queue's numbers, and what supervisors and webhooks are told when one is crossed.

import { Type } from '@sinclair/typebox';
import type { Fault } from './fault.ts';
import { durationMs, id, nullable, oneOf, result, shape, timeMs } from './schemas.ts';

export const alertMeasures = [
  'waiting',
  'longestWaitMs',
  'serviceLevelPercent',
  'abandonedPercent',
  'agentsReady',
  'agentsLoggedIn',
] as const;
export type AlertMeasure = (typeof alertMeasures)[number];

const value = (description: string) => Type.Integer({ minimum: 0, maximum: 2_147_483_647, description });

export const alertProperties = {
  queueId: id('Whose numbers.'),
  measure: oneOf(
    alertMeasures,
    'waiting: contacts that wait or ring. longestWaitMs: of the first of them. serviceLevelPercent: of today, as queue.stats has it. abandonedPercent: of those who were answered or hung up today. agentsReady, agentsLoggedIn: of the agents who serve the queue.',
  ),
  above: Type.Optional(value('Too much is more than this.')),
  below: Type.Optional(value('Too little is less than this.')),
  clearAt: Type.Optional(value('It is over at this value: by default at the threshold itself.')),
  forMs: Type.Optional(durationMs('Only when it has been so for this long.', { default: 0 })),
};

/** Of which a threshold is one. */
export const alertThresholds = ['above', 'below'] as const;

export const alertView = shape(
  'Alert',
  result({
    alertId: id('The alert.'),
    ...alertProperties,
    raisedAt: Type.Optional(timeMs('It is raised since then.')),
  }),
);

const alertId = id('The alert.');
const { queueId, measure, above, below } = alertProperties;

export const alertParams = result({
  alertId,
  queueId,
  measure,
  value: nullable(
    value('What it is now.'),
    'null where it cannot be said any more: the queue is gone, or the day is new.',
  ),
  above,
  below,
  raisedAt: timeMs('When it was raised.'),
});

export function alertFault(given: {
  readonly above?: number;
  readonly below?: number;
  readonly clearAt?: number;
}): Fault | undefined {
  const { above, below, clearAt } = given;
  if (clearAt === undefined) return undefined;
  if (above !== undefined && clearAt > above)
    return { path: '/clearAt', message: `must not be more than above (${above})` };
  if (below !== undefined && clearAt < below)
    return { path: '/clearAt', message: `must not be less than below (${below})` };
  return undefined;
}
