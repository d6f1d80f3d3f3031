// Connects a reference switch with a router: requests are answered from the first moment, and each time a session is
// open the switch is told.

import { type ClientOptions, StrowgerClient } from '../../client/client.ts';
import type { ReferenceSwitch } from './reference-switch.ts';

export type SwitchClientOptions = Omit<ClientOptions, 'requests'>;

/** Resolves when the first session is open. */
export async function connectSwitch(
  referenceSwitch: ReferenceSwitch,
  options: SwitchClientOptions,
): Promise<StrowgerClient> {
  let client: StrowgerClient | undefined;
  client = await StrowgerClient.connect({
    ...options,
    requests: referenceSwitch.requests,
    onConnection: (what, detail) => {
      options.onConnection?.(what, detail);
      // Of the first session it is told below: until then there is no client to speak with.
      if (what === 'lost') referenceSwitch.lost();
      else if (client !== undefined) referenceSwitch.opened(client);
    },
  });
  if (client.isOpen) referenceSwitch.opened(client);
  return client;
}
