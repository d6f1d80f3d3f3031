// Calls that go on at another device of their customer, over real sockets: telephones of the reference switch, or of two of them.

import { afterEach, expect, test } from 'vitest';
import { SystemClock, systemRandomness } from '../../src/engine/clock.ts';
import { connectSwitch } from '../../src/simulation/switch/connect-switch.ts';
import { ReferenceSwitch } from '../../src/simulation/switch/reference-switch.ts';
import { conducts, ScriptedTelephones } from '../../src/simulation/switch/telephones.ts';
import { JourneyRouter, lastingPort, tokenFor } from '../journeys/router-harness.ts';
import { impatient, wishes } from './switch-harness.ts';

const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const patient = { timeout: 15_000 };
const mia = { ...wishes, identity: { scheme: 'crm', value: 'mia' } } as const;

async function start(...switches: string[]) {
  const router = await JourneyRouter.start({ port: await lastingPort() });
  cleanUps.push(() => router.close());
  const admin = await router.open('admin', 'root');
  await admin.call('queue.set', { queueId: 'sales', channels: ['voice'] });
  const plugged: ReferenceSwitch[] = [];
  for (const sub of switches) {
    const clock = new SystemClock();
    const telephones = new ScriptedTelephones(clock, {}, conducts.answers);
    const idPrefix = `${sub}${systemRandomness.uuid().slice(0, 8)}`;
    const one = new ReferenceSwitch({ clock, telephones, whileAway: 'wait', idPrefix, listener: () => {} });
    const token = await tokenFor('switch', sub);
    const client = await connectSwitch(one, { url: router.url, token, clock, randomness: impatient });
    cleanUps.push(() => client.close());
    await expect.poll(() => one.isRouted, patient).toBe(true);
    plugged.push(one);
  }
  await admin.call('agent.set', { agentId: 'ann', capacity: { voice: 1 } });
  const ann = await router.open('agent', 'ann');
  await ann.call('agent.login', { lines: [{ lineId: 'ann.1', channel: 'voice', number: '+1202555100' }] });
  await ann.call('agent.ready', {});
  return { router, admin, ann, plugged: plugged as [ReferenceSwitch, ...ReferenceSwitch[]] };
}

/** Who is in the conversation with the agent at this switch. */
const togetherWith = (at: ReferenceSwitch, legId: string) =>
  at.legs.get(legId)?.others.map(({ party }) => party) ?? 'nobody knows the leg';

test('a customer who calls from another telephone is with the agent there, and the first telephone is let go', async () => {
  const { admin, ann, plugged } = await start('pbx');
  const [pbx] = plugged;
  const first = pbx.bring(mia)!;
  await ann.next('contact.connected');
  await expect.poll(() => togetherWith(pbx, first.legId), patient).toEqual(['agent']);
  const second = pbx.bring(mia)!;
  expect(await ann.next('contact.moved')).toMatchObject({
    contactId: first.contactId,
    name: second.contactId,
    fromLeg: first.legId,
    toLeg: second.legId,
  });
  await expect.poll(() => togetherWith(pbx, second.legId), patient).toEqual(['agent']);
  await expect.poll(() => pbx.legs.has(first.legId), patient).toBe(false);
  // On hold, and again from the first kind of telephone.
  await ann.call('contact.hold', { contactId: first.contactId });
  await ann.next('contact.held');
  const third = pbx.bring(mia)!;
  await ann.next('contact.moved', ({ name }) => name === third.contactId);
  await expect.poll(() => pbx.legs.has(second.legId), patient).toBe(false);
  await ann.call('contact.resume', { contactId: first.contactId });
  await ann.next('contact.resumed');
  expect(togetherWith(pbx, third.legId)).toEqual(['agent']);
  pbx.end(third.legId, 'hungUp');
  expect(await ann.next('contact.ended')).toMatchObject({ contactId: first.contactId, why: 'byCustomer' });
  await expect.poll(() => pbx.legs.size, patient).toBe(0);
  expect(await admin.call('cdr.query', {})).toMatchObject({
    records: [{ contactId: first.contactId, moves: 2, names: [second.contactId, third.contactId], offered: 1 }],
  });
});

test('from one switch to another: the agent’s telephone is rung there, and nothing is left at the first', async () => {
  const { router, admin, ann, plugged } = await start('pbx', 'mobile');
  const [pbx, mobile] = plugged as [ReferenceSwitch, ReferenceSwitch];
  const first = pbx.bring(wishes)!;
  await ann.next('contact.connected');
  const { moveToken } = await ann.call('contact.moveToken', { contactId: first.contactId });
  const second = mobile.bring({ ...wishes, moveToken } as never)!;
  expect(await ann.next('contact.moved')).toMatchObject({ contactId: first.contactId, toLeg: second.legId });
  await expect.poll(() => togetherWith(mobile, second.legId), patient).toEqual(['agent']);
  await expect.poll(() => pbx.legs.size, patient).toBe(0);
  // What is there survives the router, and goes on by the other switch alone.
  await router.stop();
  await router.startAgain();
  await expect.poll(() => mobile.isRouted && pbx.isRouted, patient).toBe(true);
  expect(togetherWith(mobile, second.legId)).toEqual(['agent']);
  expect(await admin.call('contact.get', { contactId: second.contactId })).toMatchObject({
    contactId: first.contactId,
    state: 'connected',
    liveCall: { legId: second.legId, switchId: 'mobile', moves: 1 },
  });
  await ann.call('contact.end', { contactId: first.contactId });
  await expect.poll(() => mobile.legs.size, patient).toBe(0);
});
