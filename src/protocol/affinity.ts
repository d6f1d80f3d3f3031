// The vocabulary of affinity (docs/affinity.md): how a queue leads customers to the agent they know, and what is shown of it.

import { Type } from '@sinclair/typebox';
import { durationMs, id, oneOf, params, result, shape, timeMs } from './schemas.ts';
import { orElses, words } from './states.ts';

/** Where a queue knows the agent of a customer from; what was set comes before what was learned. */
export const affinitySources = ['lastAgent', 'bestRating', 'set'] as const;

/** Where a contact waits for an agent who is in service. */
export const affinityWaits = ['agentOnly', 'both'] as const;

/** What an entry of the table comes from. */
export const affinityOrigins = ['set', 'lastAgent', 'bestRating'] as const;
export type AffinityOrigin = (typeof affinityOrigins)[number];
/** And where a contact knows it from: a call of its customer is or was live (docs/mobility.md). */
const affinityOriginsOfContacts = [...affinityOrigins, 'liveCall'] as const;
export type ContactAffinityOrigin = (typeof affinityOriginsOfContacts)[number];

/** Every default and why it is so. */
export const affinityDefaults = {
  source: 'lastAgent',
  /** As long as people wait without asking themselves why; on recorded days what it costs could not be told from chance (docs/affinity.md). */
  waitMs: 30_000,
  waits: 'agentOnly',
  orElse: 'queue',
} as const;

export const affinityPolicyProperties = params({
  source: Type.Optional({
    ...oneOf(
      affinitySources,
      'lastAgent: whoever served the customer last in this queue. bestRating: whom the customer has rated best in this queue, and nobody where it has rated none. set: nobody but whom affinity.set says. What was set comes first in either case.',
    ),
    default: affinityDefaults.source,
  }),
  waitMs: Type.Optional(
    durationMs('How long it waits for that agent, who is in service. 0: not at all.', {
      default: affinityDefaults.waitMs,
    }),
  ),
  waits: Type.Optional({
    ...oneOf(
      affinityWaits,
      'agentOnly: for that agent alone, then in the queue. both: for that agent and in the queue at its own place, whichever comes first.',
    ),
    default: affinityDefaults.waits,
  }),
  orElse: Type.Optional({
    ...oneOf(
      words(orElses),
      'When the agent has not taken it: it joins the queue at its original place, or ends. An agent who cannot serve it leaves it to the queue in either case.',
    ),
    default: affinityDefaults.orElse,
  }),
  expiresAfterMs: Type.Optional(
    durationMs('The last agent counts for so long after having served the customer. Absent: for good.', {
      minimum: 1,
    }),
  ),
});

/** Of a contact: who its customer's agent is. */
export const affinityShown = result({
  agentId: id('Whom its customer knows.'),
  source: oneOf(
    affinityOriginsOfContacts,
    'Where that is known from. liveCall: that agent serves a call of the customer, or has just done so.',
  ),
});

export const affinityEntry = shape(
  'Affinity',
  result({
    customerId: id('The customer.'),
    agentId: id('The agent.'),
    queueId: Type.Optional(id('In this queue; absent: in all queues for which nothing else was set.')),
    source: oneOf(affinityOrigins, 'Where it is known from.'),
    since: Type.Optional(
      timeMs('When it was set, or when the agent served the customer last; absent of who was rated best.'),
    ),
    expiresAt: Type.Optional(timeMs('Until when it counts; absent: for good.')),
  }),
);
