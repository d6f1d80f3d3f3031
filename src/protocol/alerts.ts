// Alerts: thresholds on a queue's numbers, and what supervisors and webhooks are told when one is crossed.

import { Type } from '@sinclair/typebox';
import { alarmedPlatformsMax } from '../limits.ts';
import type { Fault } from './fault.ts';
import { durationMs, id, nullable, oneOf, result, shape, timeMs } from './schemas.ts';

export const queueMeasures = [
  'waiting',
  'longestWaitMs',
  'serviceLevelPercent',
  'abandonedPercent',
  'agentsReady',
  'agentsLoggedIn',
] as const;
/** Of no queue. */
export const platformMeasures = ['platformsLeftAlone', 'guessersLimited'] as const;
export type PlatformMeasure = (typeof platformMeasures)[number];

export const alertMeasures = [...queueMeasures, ...platformMeasures] as const;
export type AlertMeasure = (typeof alertMeasures)[number];

const value = (description: string) => Type.Integer({ minimum: 0, maximum: 2_147_483_647, description });

export const alertProperties = {
  queueId: Type.Optional(id('Whose numbers. Not of those of platforms, which are of no queue.')),
  measure: oneOf(
    alertMeasures,
    'waiting: contacts that wait or ring. longestWaitMs: of the first of them. serviceLevelPercent: of today, as queue.stats has it. abandonedPercent: of those who were answered or hung up today. agentsReady, agentsLoggedIn: of the agents who serve the queue. platformsLeftAlone: platforms that did not answer and are left alone until they have. guessersLimited: platforms, switches and calling numbers that have had too many wrong serials.',
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
  platformIds: Type.Optional(
    Type.Array(id('A platform.'), {
      description: `Of those of platforms: which they are, ${alarmedPlatformsMax} at most.`,
    }),
  ),
});

export interface AlertGiven {
  readonly above?: number;
  readonly below?: number;
  readonly clearAt?: number;
  readonly queueId?: string;
  readonly measure: AlertMeasure;
}

export function alertFault(given: AlertGiven): Fault | undefined {
  const { above, below, clearAt, queueId, measure } = given;
  const isOfQueue = (queueMeasures as readonly string[]).includes(measure);
  if (isOfQueue && queueId === undefined) return { path: '/queueId', message: `is missing: whose ${measure}` };
  if (!isOfQueue && queueId !== undefined) return { path: '/queueId', message: `${measure} is of no queue` };
  if (clearAt === undefined) return undefined;
  if (above !== undefined && clearAt > above)
    return { path: '/clearAt', message: `must not be more than above (${above})` };
  if (below !== undefined && clearAt < below)
    return { path: '/clearAt', message: `must not be less than below (${below})` };
  return undefined;
}
