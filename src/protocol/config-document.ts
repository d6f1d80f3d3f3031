// The configuration document: everything that is set up as one piece of JSON or YAML, for config.apply and config.export. It is
// made from the same properties as tenant.set, queue.set, agent.set and so on, so that a document says nothing that those
// could not.
//
// A document that is not `complete` adds and changes and never removes: a file that somebody has cut down to what
// interested them must not log a floor of agents out of existence. config.export gives a complete one. It leaves out the secrets
// of webhooks and platforms, since documents are kept where others read them; a document without a secret leaves the one that is there.

import { type Static, Type } from '@sinclair/typebox';
import * as layout from '../../assembly/layout.ts';
import {
  alertsPerTenantMax,
  calendarsPerTenantMax,
  configAgentsMax,
  entriesPerTenantMax,
  identityRulesMax,
  numberPlansMax,
  platformsMax,
  switchesPerTenantMax,
  webhooksPerTenantMax,
} from '../limits.ts';
import { agentProperties } from './agent-properties.ts';
import { alertFault, alertProperties, alertThresholds } from './alerts.ts';
import { calendarFault, calendarProperties } from './calendar.ts';
import { entryProperties } from './entry.ts';
import { exactlyOneFault, type Fault, faultUnder } from './fault.ts';
import { identityRuleFault, identityRuleProperties } from './identity-rules.ts';
import {
  type NumberPlanGiven,
  numberPlanFault,
  numberPlanProperties,
  platformFault,
  platformInDocument,
} from './platforms.ts';

import { policyFault, queuePolicyProperties } from './queue-policy.ts';
import { flag, id, params, shape } from './schemas.ts';
import { switchProperties } from './switch-settings.ts';
import { tenantFault, tenantProperties } from './tenant-settings.ts';
import { webhookFault, webhookProperties } from './webhooks.ts';

export const configKinds = [
  'tenant',
  'calendar',
  'queue',
  'entry',
  'agent',
  'numberPlan',
  'platform',
  'switch',
  'webhook',
  'alert',
  'identityRule',
] as const;
export type ConfigKind = (typeof configKinds)[number];

const unique = 'Unique in the document.';
const { secret, ...webhookWithoutSecret } = webhookProperties;

const calendarSettings = shape('CalendarSettings', params({ calendarId: id(unique), ...calendarProperties }));
const queueSettings = shape('QueueSettings', params({ queueId: id(unique), ...queuePolicyProperties }));
const entrySettings = shape('EntrySettings', params(entryProperties));
const agentSettings = shape('AgentSettings', params({ agentId: id(unique), ...agentProperties }));
const switchSettings = shape('SwitchSettings', params({ switchId: id(unique), ...switchProperties }));
const webhookSettings = shape(
  'WebhookSettings',
  params({
    webhookId: id(unique),
    ...webhookWithoutSecret,
    secret: Type.Optional({
      ...secret,
      description: 'Signs each delivery. An export leaves it out; left out of a document, the one that is there stays.',
    }),
  }),
);
const numberPlanSettings = shape('NumberPlanSettings', params({ planId: id(unique), ...numberPlanProperties }));
const platformSettings = shape('PlatformSettings', params({ platformId: id(unique), ...platformInDocument }));
const identityRuleSettings = shape('IdentityRuleSettings', params({ ruleId: id(unique), ...identityRuleProperties }));
const alertSettings = shape('AlertSettings', params({ alertId: id(unique), ...alertProperties }));

export const configDocument = shape(
  'ConfigDocument',
  params({
    version: Type.Literal(1, { description: 'Of this format.' }),
    complete: Type.Optional(flag('What it does not name is removed: all but the tenant’s own settings.')),
    tenant: Type.Optional(shape('TenantSettings', params(tenantProperties))),
    calendars: Type.Optional(Type.Array(calendarSettings, { maxItems: calendarsPerTenantMax })),
    queues: Type.Optional(Type.Array(queueSettings, { maxItems: layout.QUEUES_MAX })),
    entries: Type.Optional(Type.Array(entrySettings, { maxItems: entriesPerTenantMax })),
    agents: Type.Optional(Type.Array(agentSettings, { maxItems: configAgentsMax })),
    numberPlans: Type.Optional(Type.Array(numberPlanSettings, { maxItems: numberPlansMax })),
    platforms: Type.Optional(Type.Array(platformSettings, { maxItems: platformsMax })),
    switches: Type.Optional(
      Type.Array(switchSettings, {
        maxItems: switchesPerTenantMax,
        description: 'One that a complete document does not name and that is in use goes back to its defaults.',
      }),
    ),
    webhooks: Type.Optional(Type.Array(webhookSettings, { maxItems: webhooksPerTenantMax })),
    alerts: Type.Optional(Type.Array(alertSettings, { maxItems: alertsPerTenantMax })),
    identityRules: Type.Optional(Type.Array(identityRuleSettings, { maxItems: identityRulesMax })),
  }),
);

export type ConfigDocument = Static<typeof configDocument>;

/** What the schema cannot say: an id is there once, and settings go together. Given a document that fits the schema. */
export function documentFault(document: ConfigDocument): Fault | undefined {
  const { tenant, calendars, queues, entries, agents, numberPlans, platforms, switches, webhooks } = document;
  const { alerts, identityRules } = document;
  return (
    (tenant === undefined ? undefined : faultUnder('/tenant', tenantFault(tenant))) ??
    repeated('calendars', calendars, ({ calendarId }) => calendarId, 'calendarId') ??
    firstFault('calendars', calendars, (calendar) => calendarFault(calendar, '')) ??
    repeated('queues', queues, ({ queueId }) => queueId, 'queueId') ??
    repeated('agents', agents, ({ agentId }) => agentId, 'agentId') ??
    repeated('entries', entries, ({ entry }) => entry, 'entry') ??
    firstFault('queues', queues, (queue) => policyFault(queue, '')) ??
    repeated('numberPlans', numberPlans, ({ planId }) => planId, 'planId') ??
    firstFault('numberPlans', numberPlans, (plan) => numberPlanFault(plan as NumberPlanGiven)) ??
    repeated('platforms', platforms, ({ platformId }) => platformId, 'platformId') ??
    firstFault('platforms', platforms, (platform) => platformFault(platform)) ??
    repeated('switches', switches, ({ switchId }) => switchId, 'switchId') ??
    repeated('webhooks', webhooks, ({ webhookId }) => webhookId, 'webhookId') ??
    firstFault('webhooks', webhooks, webhookFault) ??
    repeated('identityRules', identityRules, ({ ruleId }) => ruleId, 'ruleId') ??
    firstFault('identityRules', identityRules, identityRuleFault) ??
    repeated('alerts', alerts, ({ alertId }) => alertId, 'alertId') ??
    firstFault('alerts', alerts, (alert) => exactlyOneFault(alertThresholds, alert) ?? alertFault(alert))
  );
}

function firstFault<Given>(
  member: string,
  all: readonly Given[] = [],
  faultOf: (given: Given) => Fault | undefined,
): Fault | undefined {
  for (const [index, given] of all.entries()) {
    const fault = faultUnder(`/${member}/${index}`, faultOf(given));
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function repeated<Given>(
  member: string,
  all: readonly Given[] = [],
  idOf: (given: Given) => string,
  name: string,
): Fault | undefined {
  const first = new Map<string, number>();
  const pathOf = (index: number) => `/${member}/${index}/${name}`;
  for (const [index, given] of all.entries()) {
    const id = idOf(given);
    const before = first.get(id);
    if (before !== undefined) return { path: pathOf(index), message: `"${id}" is there already, at ${pathOf(before)}` };
    first.set(id, index);
  }
  return undefined;
}
