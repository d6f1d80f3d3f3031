// Agents at their desks, as far as a switch needs them: logged in and ready. Their telephones are the switch's; whoever has
// missed a call is ready again at once, since a simulated agent has not left the desk.

import type { StrowgerClient } from '../../client/client.ts';
import type { Clock } from '../../engine/clock.ts';
import { type ConnectionListener, connectParty, type RouterAccess } from '../router-access.ts';

export interface Desks {
  /** Logs everybody out who is idle, the others when they are. */
  close(): Promise<void>;
}

export async function openDesks(
  access: RouterAccess,
  agentIds: readonly string[],
  options: { readonly clock: Clock; readonly connectTimeoutMs: number; readonly onConnection: ConnectionListener },
): Promise<Desks> {
  const clients = await Promise.all(agentIds.map((sub) => connectParty(access, { role: 'agent', sub, ...options })));
  await Promise.all(clients.map(sitDown));
  return {
    close: async () => {
      await Promise.all(clients.map((client) => client.call('agent.logout', { when: 'idle' }).catch(() => {})));
      for (const client of clients) client.close();
    },
  };
}

async function sitDown(client: StrowgerClient): Promise<void> {
  client.on('agent.changed', ({ state, reason }) => {
    if (state === 'notReady' && reason === 'missed') client.call('agent.ready', {}).catch(() => {});
  });
  await client.call('agent.login', {});
  await client.call('agent.ready', {});
}
