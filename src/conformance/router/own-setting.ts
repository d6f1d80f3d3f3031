// A queue, an agent and two switches made for a conformance run by whoever may set things up, and removed after it. Rests
// are short, so that nothing waits long; a miss makes the agent not ready, so that it can be seen.

import { StrowgerClient } from '../../client/client.ts';
import { RefusedError } from '../../client/errors.ts';
import type { RouterAccess } from '../../simulation/router-access.ts';
import type { Listening } from './listening.ts';
import { watched } from './listening.ts';
import { ampleGraceMs, type RouterSetting } from './world.ts';

const channel = 'voice';
/** From the range that is kept free for fiction. */
const number = '+12025550100';
const restMs = 200;
/** Nothing is announced twice in a case. */
const announceEveryMs = 600_000;
const offerMs = 20_000;

export interface MadeSetting {
  readonly setting: RouterSetting;
  /** Removes what was made. */
  remove(): Promise<void>;
}

/** `idPrefix`: of everything that is made, so that nothing of anybody else's is touched. */
export async function makeSetting(access: RouterAccess, idPrefix: string, listening: Listening): Promise<MadeSetting> {
  const { clock, waitMs } = listening;
  const { url } = access;
  const tokenOf = (role: Parameters<RouterAccess['token']>[0], sub: string) => () => {
    const token = access.token(role, sub);
    if (token === undefined) throw new Error(`there is no token for ${role} ${sub}`);
    return token;
  };
  const queueId = `${idPrefix}.queue`;
  const agentId = `${idPrefix}.agent`;
  const switchId = `${idPrefix}.switch`;
  const otherId = `${idPrefix}.other`;
  const token = tokenOf('admin', 'admin');
  const admin = await StrowgerClient.connect({ url, token, clock, connectTimeoutMs: waitMs, timeoutMs: waitMs });
  const rests = { afterRejectMs: restMs, afterBusyMs: restMs, missedBeforeNotReady: 1 };
  await admin.call('queue.set', { queueId, channels: [channel], offerMs, wrapUpMs: 0, announceEveryMs, ...rests });
  await admin.call('agent.set', {
    agentId,
    name: 'Conformance',
    skills: {},
    queues: [queueId],
    capacity: { [channel]: 1 },
    wrapUpMs: 0,
  });
  const setGrace = async (graceMs: number) => {
    await admin.call('switch.set', { switchId, graceMs });
  };
  await setGrace(ampleGraceMs);
  const fullId = `${idPrefix}.full`;
  const asksForMessages = { maxWaiting: 0, whenFull: 'voicemail', voicemail: {} } as const;
  await admin.call('queue.set', { queueId: fullId, channels: [channel, 'email'], ...asksForMessages });
  const supervisor = await StrowgerClient.connect({
    ...{ url, clock, connectTimeoutMs: waitMs, timeoutMs: waitMs },
    token: tokenOf('supervisor', `${idPrefix}.lead`),
  });
  return {
    setting: {
      ...listening,
      url,
      channel,
      queueId,
      idPrefix,
      switchToken: tokenOf('switch', switchId),
      agentToken: tokenOf('agent', agentId),
      own: {
        otherSwitchToken: tokenOf('switch', otherId),
        number,
        lineId: `${agentId}.${channel}`,
        fullQueueId: fullId,
        setGrace,
        supervise: (...asked) => supervisor.request(...asked),
      },
    },
    remove: async () => {
      await insisting(listening, () => admin.call('agent.remove', { agentId }));
      for (const of of [queueId, fullId]) await insisting(listening, () => admin.call('queue.remove', { queueId: of }));
      for (const of of [switchId, otherId])
        await insisting(listening, () => admin.call('switch.remove', { switchId: of }));
      supervisor.close();
      admin.close();
    },
  };
}

/** What was ended a moment ago is gone a moment later. */
async function insisting(listening: Listening, remove: () => Promise<unknown>): Promise<void> {
  const refused = await watched(
    listening,
    listening.waitMs,
    () =>
      remove().then(
        () => undefined,
        (error: unknown) => error,
      ),
    (error) => error === undefined || (error instanceof RefusedError && error.refusal?.endsWith('_not_found') === true),
  );
  if (refused instanceof RefusedError && refused.refusal?.endsWith('_not_found') === true) return;
  if (refused !== undefined) throw refused;
}
