// Webhooks (docs/statistics.md).

import { Type } from '@sinclair/typebox';
import { changing, cursor, id, limit, nextCursor, params, result } from '../schemas.ts';
import { webhookFault, webhookProperties, webhookView } from '../webhooks.ts';
import { method, settingUp } from './method.ts';

const webhookId = id('The webhook.');

export const webhookMethods = {
  'webhook.set': method({
    summary:
      'Tells an address of what happens: each event is POSTed, signed, until the address confirms it. Setting one anew takes up what is not confirmed, also where it was disabled.',
    roles: settingUp,
    params: changing({ webhookId, ...webhookProperties }),
    result: webhookView,
    changes: true,
    furtherFault: (given) => webhookFault(given as { url: string; secret: string }),
    refusals: ['too_many_webhooks'],
  }),
  'webhook.get': method({
    summary: 'A webhook and how its deliveries go.',
    roles: settingUp,
    params: params({ webhookId }),
    result: webhookView,
    changes: false,
    refusals: ['webhook_not_found'],
  }),
  'webhook.list': method({
    summary: 'All webhooks, in the order in which they were made.',
    roles: settingUp,
    params: params({ limit, cursor }),
    result: result({ webhooks: Type.Array(webhookView), cursor: nextCursor }),
    changes: false,
    refusals: [],
  }),
  'webhook.remove': method({
    summary: 'Removes a webhook; what it has not confirmed is not delivered.',
    roles: settingUp,
    params: changing({ webhookId }),
    result: result({ webhookId }),
    changes: true,
    refusals: ['webhook_not_found'],
  }),
};
