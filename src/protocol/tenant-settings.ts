// The settings of a tenant as a whole: of tenant.set, tenant.get and the configuration document.

import { type Static, Type } from '@sinclair/typebox';
import { deferredChannelsMax, linesPerSeatMax } from '../limits.ts';
import { type Fault, faultUnder } from './fault.ts';
import { identitiesFault, tenantIdentities } from './identities.ts';
import { tenantMessages } from './messages.ts';
import { tenantMobility } from './mobility.ts';
import { tenantPaidContacts } from './rates.ts';
import { tenantRatings } from './ratings.ts';
import { attributes, channel, durationMs, flag, oneOf, params, text, whole } from './schemas.ts';

export const tenantDefaults = {
  linesPerSeatMax,
  // Longer than a page takes to load anew or a laptop to find another network; shorter than callers should ring in vain.
  agentLost: { afterMs: 60_000, becomes: 'notReady' },
  // In most places who is listened to has to know; where it need not, that is yours to say.
  supervision: { agentIsTold: true },
  // What is read and written, and not spoken while somebody waits for the next word.
  deferredChannels: ['email'] as string[],
} as const;

export const tenantProperties = {
  name: Type.Optional(text('As people call it.')),
  linesPerSeatMax: Type.Optional(
    whole(1, linesPerSeatMax, 'As many lines as a seat may have.', { default: tenantDefaults.linesPerSeatMax }),
  ),
  agentLost: Type.Optional({
    ...params({
      afterMs: durationMs('Without a connection for so long …', { minimum: 1_000 }),
      becomes: oneOf(
        ['notReady', 'loggedOut', 'unchanged'],
        '… an agent becomes not ready (`connectionLost`), or logged out as soon as it is idle. What it serves goes on, unless `contacts` says otherwise.',
      ),
      contacts: Type.Optional(
        oneOf(
          ['stay', 'queue'],
          'What it serves goes on (stay, the default: a call’s media are at its switch), or is back in its queue with its own age.',
        ),
      ),
    }),
    description: 'An agent whose last connection is gone. One that never had any is not meant.',
    default: tenantDefaults.agentLost,
  }),
  supervision: Type.Optional({
    ...params({ agentIsTold: flag('Agents see that a supervisor listens to them, whispers or barges in.') }),
    description: 'Supervisors who take part in conversations.',
    default: tenantDefaults.supervision,
  }),
  deferredChannels: Type.Optional(
    Type.Array(channel, {
      maxItems: deferredChannelsMax,
      uniqueItems: true,
      description: 'Channels whose contacts agents may park.',
      default: tenantDefaults.deferredChannels,
    }),
  ),
  ratings: tenantRatings,
  mobility: tenantMobility,
  paidContacts: tenantPaidContacts,
  messages: tenantMessages,
  identities: tenantIdentities,
  attributes: Type.Optional(attributes),
};

const tenantSchema = params(tenantProperties);
export type TenantProperties = Static<typeof tenantSchema>;

/** What the schema cannot say. */
export function tenantFault({ identities }: TenantProperties): Fault | undefined {
  return identities === undefined ? undefined : faultUnder('/identities', identitiesFault(identities));
}
