// The tenant as a whole: its own settings, and everything that is set up as one document.

import { Type } from '@sinclair/typebox';
import { type ConfigDocument, configDocument, configKinds, documentFault } from '../config-document.ts';
import { faultUnder } from '../fault.ts';
import { changing, count, flag, id, oneOf, params, result, shape, text } from '../schemas.ts';
import { type TenantProperties, tenantFault, tenantProperties } from '../tenant-settings.ts';
import { method, settingUp, watching } from './method.ts';

export const tenantView = shape('Tenant', result({ tenantId: id('As tokens name it.'), ...tenantProperties }));

const items = (description: string) =>
  Type.Array(result({ kind: oneOf(configKinds), id: text('Its id; of an entry itself.') }), {
    description,
  });

export const tenantMethods = {
  'tenant.set': method({
    summary: 'Sets the tenant’s own settings: what is left out takes its default.',
    roles: settingUp,
    params: changing(tenantProperties),
    result: tenantView,
    changes: true,
    furtherFault: (given) => tenantFault(given as TenantProperties),
    refusals: [],
  }),
  'tenant.get': method({
    summary: 'The tenant’s own settings.',
    roles: watching,
    params: params({}),
    result: tenantView,
    changes: false,
    refusals: [],
  }),
  'config.apply': method({
    summary:
      'Makes everything that is set up as the document says, by comparing; all of it or nothing. What the document does not name stays, unless it says `complete: true`.',
    roles: settingUp,
    params: changing({
      document: configDocument,
      dryRun: Type.Optional(flag('Only says what would be done.')),
    }),
    result: result({
      created: items('What was not there.'),
      changed: items('What was otherwise.'),
      removed: items('What the document does not name, where it is complete.'),
      unchanged: count('How many were as the document says already.'),
    }),
    changes: true,
    exclusive: true,
    furtherFault: (params) => faultUnder('/document', documentFault((params as { document: ConfigDocument }).document)),
    refusals: [
      'queue_not_found',
      'flow_not_served',
      'calendar_not_found',
      'too_many_calendars',
      'too_many_entries',
      'queue_not_empty',
      'agent_logged_in',
      'too_many_queues',
      'too_many_agents',
      'too_many_names',
      'webhook_has_no_secret',
      'too_many_number_plans',
      'too_many_platforms',
      'number_plans_overlap',
      'access_id_taken',
      'access_id_in_no_plan',
      'platform_has_no_secret',
      'platform_has_no_credential',
      'network_not_allowed',
      'too_many_switches',
      'too_many_webhooks',
      'too_many_alerts',
    ],
  }),
  'config.export': method({
    summary:
      'All that is set up, as a complete document for config.apply; secrets of webhooks and platforms are left out.',
    roles: settingUp,
    params: params({}),
    result: result({ document: configDocument }),
    changes: false,
    refusals: ['too_large'],
  }),
};
