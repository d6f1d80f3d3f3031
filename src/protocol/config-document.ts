// The configuration document: tenant, calendars, queues, entries and agents as one piece of JSON or YAML, for config.apply and
// config.export. It is made from the same properties as tenant.set, queue.set and agent.set, so that a document says
// nothing that those could not.
//
// A document that is not `complete` adds and changes and never removes: a file that somebody has cut down to what
// interested them must not log a floor of agents out of existence. config.export gives a complete one.

import { type Static, Type } from '@sinclair/typebox';
import * as layout from '../../assembly/layout.ts';
import { calendarsPerTenantMax, configAgentsMax, entriesPerTenantMax } from '../limits.ts';
import { agentProperties } from './agent-properties.ts';
import { calendarFault, calendarProperties } from './calendar.ts';
import { entryProperties } from './entry.ts';
import type { Fault } from './fault.ts';
import { exitFault, queuePolicyProperties } from './queue-policy.ts';
import { flag, id, params, shape } from './schemas.ts';
import { tenantProperties } from './tenant-settings.ts';

export const configDocument = shape(
  'ConfigDocument',
  params({
    version: Type.Literal(1, { description: 'Of this format.' }),
    complete: Type.Optional(flag('The calendars, queues, entries and agents that it does not name are removed.')),
    tenant: Type.Optional(shape('TenantSettings', params(tenantProperties))),
    calendars: Type.Optional(
      Type.Array(
        shape('CalendarSettings', params({ calendarId: id('Unique in the document.'), ...calendarProperties })),
        {
          maxItems: calendarsPerTenantMax,
        },
      ),
    ),
    queues: Type.Optional(
      Type.Array(shape('QueueSettings', params({ queueId: id('Unique in the document.'), ...queuePolicyProperties })), {
        maxItems: layout.QUEUES_MAX,
      }),
    ),
    entries: Type.Optional(
      Type.Array(shape('EntrySettings', params(entryProperties)), { maxItems: entriesPerTenantMax }),
    ),
    agents: Type.Optional(
      Type.Array(shape('AgentSettings', params({ agentId: id('Unique in the document.'), ...agentProperties })), {
        maxItems: configAgentsMax,
      }),
    ),
  }),
);

export type ConfigDocument = Static<typeof configDocument>;

/** What the schema cannot say: an id is there once. Given a document that fits the schema. */
export function documentFault({
  calendars = [],
  queues = [],
  entries = [],
  agents = [],
}: ConfigDocument): Fault | undefined {
  return (
    repeated(
      calendars.map(({ calendarId }) => calendarId),
      (index) => `/calendars/${index}/calendarId`,
    ) ??
    firstFault(calendars.map((calendar, index) => calendarFault(calendar, `/calendars/${index}`))) ??
    repeated(
      queues.map(({ queueId }) => queueId),
      (index) => `/queues/${index}/queueId`,
    ) ??
    repeated(
      agents.map(({ agentId }) => agentId),
      (index) => `/agents/${index}/agentId`,
    ) ??
    repeated(
      entries.map(({ entry }) => entry),
      (index) => `/entries/${index}/entry`,
    ) ??
    firstFault(queues.map((queue, index) => exitFault(queue, `/queues/${index}`)))
  );
}

function firstFault(faults: readonly (Fault | undefined)[]): Fault | undefined {
  return faults.find((fault) => fault !== undefined);
}

function repeated(ids: readonly string[], pathOf: (index: number) => string): Fault | undefined {
  const first = new Map<string, number>();
  for (const [index, id] of ids.entries()) {
    const before = first.get(id);
    if (before !== undefined) return { path: pathOf(index), message: `"${id}" is there already, at ${pathOf(before)}` };
    first.set(id, index);
  }
  return undefined;
}
