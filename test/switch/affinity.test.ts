// A customer who calls again, on the real router over real sockets, with telephones at the reference switch: straight to the agent who
// served it, waiting for that one, and over a restart of the router.

import { afterEach, expect, test } from 'vitest';
import { SystemClock, systemRandomness } from '../../src/engine/clock.ts';
import { connectSwitch } from '../../src/simulation/switch/connect-switch.ts';
import { ReferenceSwitch } from '../../src/simulation/switch/reference-switch.ts';
import { conducts, ScriptedTelephones } from '../../src/simulation/switch/telephones.ts';
import type { Party } from '../journeys/party.ts';
import { JourneyRouter, lastingPort, tokenFor } from '../journeys/router-harness.ts';
import { impatient, wishes } from './switch-harness.ts';

const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const mia = { ...wishes, identity: { scheme: 'tel', value: '+12025550111' } };
const tom = { ...wishes, identity: { scheme: 'tel', value: '+12025550122' } };
const patient = { timeout: 15_000 };

async function start() {
  const router = await JourneyRouter.start({ port: await lastingPort() });
  cleanUps.push(() => router.close());
  const admin = await router.open('admin', 'root');
  // Else who calls while being served would only have changed the device.
  await admin.call('tenant.set', { mobility: { sameCustomer: false } });
  const affinity = { waits: 'both', waitMs: 60_000 } as const;
  await admin.call('queue.set', { queueId: 'sales', channels: ['voice'], affinity });
  const clock = new SystemClock();
  const telephones = new ScriptedTelephones(clock, {}, conducts.answers);
  const idPrefix = `a${systemRandomness.uuid().slice(0, 8)}`;
  const plugged = new ReferenceSwitch({ clock, telephones, whileAway: 'wait', idPrefix, listener: () => {} });
  const token = await tokenFor('switch', 'pbx');
  const client = await connectSwitch(plugged, { url: router.url, token, clock, randomness: impatient });
  cleanUps.push(() => client.close());
  await expect.poll(() => plugged.isRouted, patient).toBe(true);
  const sitDown = async (agentId: string): Promise<Party> => {
    await admin.call('agent.set', { agentId, name: agentId, skills: {}, capacity: { voice: 1 } });
    const agent = await router.open('agent', agentId);
    const lines = [{ lineId: `${agentId}.1`, channel: 'voice', number: `+1202555${agentId}` }];
    await agent.call('agent.login', { lines });
    await agent.call('agent.ready', {});
    return agent;
  };
  return { router, admin, plugged, sitDown };
}

test('who calls again is connected with whom it knows, at once or after waiting for that one', async () => {
  const { admin, plugged, sitDown } = await start();
  const ann = await sitDown('ann');
  const first = plugged.bring(mia)!;
  await ann.next('contact.connected');
  await expect.poll(() => plugged.legs.get(first.legId)?.state, patient).toBe('connected');
  const bob = await sitDown('bob');
  plugged.end(first.legId, 'hungUp');
  await ann.next('contact.ended');

  // Bob has been idle for longer.
  const again = plugged.bring(mia)!;
  expect(await ann.next('offer.created')).toBeDefined();
  expect(await ann.next('contact.connected', ({ contactId }) => contactId === again.contactId)).toMatchObject({
    agentId: 'ann',
  });

  // Ann and bob are both in service: it waits for ann, and in the queue.
  const other = plugged.bring(tom)!;
  await bob.next('contact.connected', ({ contactId }) => contactId === other.contactId);
  const third = plugged.bring(mia)!;
  const { untilMs } = await ann.next('agent.waitedFor');
  expect(await admin.call('contact.get', { contactId: third.contactId })).toMatchObject({
    state: 'waiting',
    waitingFor: { agentId: 'ann', untilMs },
    affinity: { agentId: 'ann', source: 'lastAgent' },
  });
  plugged.end(again.legId, 'hungUp');
  expect(await ann.next('agent.notWaitedFor')).toMatchObject({ contactId: third.contactId });
  await ann.next('contact.connected', ({ contactId }) => contactId === third.contactId);
  await expect.poll(() => plugged.legs.get(third.legId)?.state, patient).toBe('connected');
});

test('a restart of the router keeps whom a customer knows, and for whom one waits', async () => {
  const { router, plugged, sitDown } = await start();
  const ann = await sitDown('ann');
  const first = plugged.bring(mia)!;
  await ann.next('contact.connected');
  const second = plugged.bring(mia)!;
  const waited = await ann.next('agent.waitedFor');
  expect(waited).toMatchObject({ contactId: second.contactId });
  await router.stop();
  await router.startAgain();
  await expect.poll(() => plugged.isRouted, patient).toBe(true);
  const back = await router.open('agent', 'ann');
  expect(back.state.waitedFor).toEqual([waited]);
  plugged.end(first.legId, 'hungUp');
  await back.next('contact.connected', ({ contactId }) => contactId === second.contactId);
});
