// Ratings over real sockets, with the simulated switch: a caller who chooses the agent, is asked to rate by keys, and is known by that the
// next time; a restart in the middle.

import { afterEach, expect, test } from 'vitest';
import type { StrowgerClient } from '../../src/client/client.ts';
import { SystemClock, systemRandomness } from '../../src/engine/clock.ts';
import { connectSwitch } from '../../src/simulation/switch/connect-switch.ts';
import { ReferenceSwitch, type SwitchEvent } from '../../src/simulation/switch/reference-switch.ts';
import { conducts, ScriptedTelephones } from '../../src/simulation/switch/telephones.ts';
import { impatient } from '../switch/switch-harness.ts';
import { restart } from './floor.ts';
import type { Party } from './party.ts';
import { JourneyRouter, lastingPort, tokenFor } from './router-harness.ts';

const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const kim = { scheme: 'tel', value: '+4930123456' };
const wishes = { channel: 'voice', queueId: 'sales', identity: kim, choose: true } as const;
const patient = { timeout: 15_000 };

/** The router has taken the call. */
const known = (client: StrowgerClient, contactId: string) =>
  expect.poll(() => client.call('contact.get', { contactId }).catch(() => undefined), patient).toBeDefined();

async function floor() {
  const router = await JourneyRouter.start({ port: await lastingPort() });
  cleanUps.push(() => router.close());
  const admin = await router.open('admin', 'root');
  await admin.call('tenant.set', {
    ratings: { askByDigits: true, agentItems: { attitude: { to: 5 }, expertise: { to: 5 } } },
  });
  await admin.call('queue.set', { queueId: 'sales', channels: ['voice'], wrapUpMs: 0 });
  const agents: Record<string, Party> = {};
  for (const agentId of ['ann', 'ben']) {
    await admin.call('agent.set', { agentId, name: agentId, capacity: { voice: 1 } });
    const agent = await router.open('agent', agentId);
    await agent.call('agent.login', {
      lines: [{ lineId: `${agentId}.1`, channel: 'voice', number: `+1202555${agentId}` }],
    });
    await agent.call('agent.ready', {});
    agents[agentId] = agent;
  }
  return { router, admin, agents };
}

/** Its telephones answer, and its callers press these keys, one after the other, when they are asked for some. */
async function plugIn(router: JourneyRouter, keys: readonly string[]) {
  const clock = new SystemClock();
  const left = [...keys];
  const plugged: ReferenceSwitch = new ReferenceSwitch({
    clock,
    telephones: new ScriptedTelephones(clock, {}, conducts.answers),
    whileAway: 'wait',
    idPrefix: `r${systemRandomness.uuid().slice(0, 8)}`,
    listener: (event: SwitchEvent) => {
      const pressed = event.what === 'gathering' ? left.shift() : undefined;
      if (event.what === 'gathering' && pressed !== undefined)
        setImmediate(() => plugged.press(event.leg.legId, pressed));
    },
  });
  const token = await tokenFor('switch', 'pbx');
  const client = await connectSwitch(plugged, { url: router.url, token, clock, randomness: impatient });
  cleanUps.push(() => client.close());
  await expect.poll(() => plugged.isRouted, patient).toBe(true);
  return { plugged, client, left };
}

test('a caller chooses an agent, is served by that one, rates by keys, and finds that one again', async () => {
  const { router, admin, agents } = await floor();
  const supervisor = await router.open('supervisor', 'boss');
  const { plugged, client, left } = await plugIn(router, ['5', '4']);
  const { contactId } = plugged.bring(wishes)!;
  await known(client, contactId);
  const shown = await client.call('candidate.list', { contactId });
  expect(shown.candidates.map(({ agentId }) => agentId)).toEqual(['ann', 'ben']);
  await client.call('candidate.choose', { contactId, agentId: 'ben' });
  await expect
    .poll(async () => (await admin.call('contact.get', { contactId })) as object, patient)
    .toMatchObject({ state: 'connected', agentId: 'ben' });
  await agents.ben!.call('contact.end', { contactId });
  await expect.poll(() => supervisor.call('rating.grade', { agentId: 'ben' }), patient).toMatchObject({ ratings: 1 });
  expect(left).toEqual([]);
  expect(await supervisor.call('rating.list', { contactId })).toMatchObject({
    ratings: [{ by: 'customer', agentId: 'ben', items: { attitude: 5, expertise: 4 } }],
  });
  await expect.poll(() => [...plugged.legs.values()].length, patient).toBe(0);
  await agents.ben!.call('rating.give', { ratingId: 'of-kim', contactId, items: { attitude: 4 } });

  await restart(router, [admin, supervisor, ...Object.values(agents)], () => {});
  await expect.poll(() => plugged.isRouted, patient).toBe(true);
  const next = plugged.bring(wishes)!.contactId;
  await known(client, next);
  expect(await client.call('candidate.list', { contactId: next, servedMe: true })).toMatchObject({
    candidates: [{ agentId: 'ben', ratings: 1, servedMe: 1 }],
  });
  await client.call('candidate.choose', { contactId: next, agentId: 'ben' });
  await expect
    .poll(() => agents.ben!.told.findLast(({ event }) => event === 'offer.created')?.params, patient)
    .toMatchObject({ contactId: next, contact: { rating: { ratings: 1 } } });
});
