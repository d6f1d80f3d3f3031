// Supervisors' alerts (docs/statistics.md).

import { Type } from '@sinclair/typebox';
import { type AlertGiven, alertFault, alertProperties, alertThresholds, alertView } from '../alerts.ts';
import { changing, cursor, id, limit, nextCursor, params, result } from '../schemas.ts';
import { method, watching } from './method.ts';

const alertId = id('The alert.');

export const alertMethods = {
  'alert.set': method({
    summary:
      'Watches a number of a queue, or of platforms, at most once a second: supervisors who watch the queue (of platforms: who watch anything), and webhooks, are told when it crosses the threshold and when it is back.',
    roles: watching,
    params: changing({ alertId, ...alertProperties }),
    result: alertView,
    changes: true,
    exactlyOne: alertThresholds,
    furtherFault: (given) => alertFault(given as AlertGiven),
    refusals: ['queue_not_found', 'too_many_alerts'],
  }),
  'alert.get': method({
    summary: 'An alert, and whether it is raised.',
    roles: watching,
    params: params({ alertId }),
    result: alertView,
    changes: false,
    refusals: ['alert_not_found'],
  }),
  'alert.list': method({
    summary: 'All alerts, in the order in which they were made.',
    roles: watching,
    params: params({ limit, cursor }),
    result: result({ alerts: Type.Array(alertView), cursor: nextCursor }),
    changes: false,
    refusals: [],
  }),
  'alert.remove': method({
    summary: 'Removes an alert; one that is raised is over.',
    roles: watching,
    params: changing({ alertId }),
    result: result({ alertId }),
    changes: true,
    refusals: ['alert_not_found'],
  }),
};
