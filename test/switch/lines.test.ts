// An agent with two telephones, over real sockets: called on one line and calling out on the other, going back and forth, sending a
// customer to a colleague's line by its number, called at a line by its number; a colleague who is called; and a router that restarts while calls are made.

import { afterEach, expect, test } from 'vitest';
import { SystemClock, systemRandomness } from '../../src/engine/clock.ts';
import { connectSwitch } from '../../src/simulation/switch/connect-switch.ts';
import type { Leg } from '../../src/simulation/switch/leg.ts';
import { ReferenceSwitch } from '../../src/simulation/switch/reference-switch.ts';
import { type Conduct, conducts, ScriptedTelephones } from '../../src/simulation/switch/telephones.ts';
import type { Party } from '../journeys/party.ts';
import { JourneyRouter, lastingPort, tokenFor } from '../journeys/router-harness.ts';
import { impatient, wishes } from './switch-harness.ts';

const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const patient = { timeout: 15_000 };
const customer = '+12025550100';
const annsSecond = '+12025551002';
const bobs = '+12025552001';

async function start(script: Readonly<Record<string, Conduct>> = {}) {
  const router = await JourneyRouter.start({ port: await lastingPort() });
  cleanUps.push(() => router.close());
  const admin = await router.open('admin', 'root');
  await admin.call('queue.set', { queueId: 'sales', channels: ['voice'] });
  const clock = new SystemClock();
  const telephones = new ScriptedTelephones(clock, script, conducts.answers);
  const idPrefix = `l${systemRandomness.uuid().slice(0, 8)}`;
  /** Whatever was rung, by contact: who is called outside, or an agent. */
  const rung: string[] = [];
  const pbx = new ReferenceSwitch({
    clock,
    telephones,
    whileAway: 'wait',
    idPrefix,
    listener: (event) => {
      if (event.what === 'rung') rung.push(`${event.leg.contactId} ${event.leg.party}`);
    },
  });
  const token = await tokenFor('switch', 'pbx');
  const client = await connectSwitch(pbx, { url: router.url, token, clock, randomness: impatient });
  cleanUps.push(() => client.close());
  await expect.poll(() => pbx.isRouted, patient).toBe(true);
  const sitDown = async (agentId: string, ...numbers: string[]): Promise<Party> => {
    await admin.call('agent.set', { agentId, capacity: { voice: numbers.length } });
    const agent = await router.open('agent', agentId);
    const lines = numbers.map((number, at) => ({ lineId: `${agentId}.${at + 1}`, channel: 'voice', number }));
    await agent.call('agent.login', { lines });
    await agent.call('agent.ready', {});
    return agent;
  };
  const legOf = (contactId: string, party: Leg['party']) =>
    [...pbx.legs.values()].find((leg) => leg.contactId === contactId && leg.party === party);
  return { router, admin, pbx, telephones, rung, sitDown, legOf };
}

/** Who is together, and who is on hold, as the switch has it. */
const atTheSwitch = (pbx: ReferenceSwitch) =>
  [...pbx.legs.values()]
    .filter(({ party }) => party !== 'agent')
    .map(({ party, state, others }) => `${party} ${state} with ${others.map((other) => other.party).join(', ')}`);

test('two lines: called on one and calling on the other, back and forth, sent on to a line by its number', async () => {
  const { admin, pbx, rung, sitDown, legOf } = await start();
  const ann = await sitDown('ann', '+12025551001', annsSecond);

  // Called on the first line, and put on hold to call somebody on the second.
  const first = pbx.bring(wishes)!;
  expect(await ann.next('contact.connected')).toMatchObject({ contactId: first.contactId, lineId: 'ann.1' });
  await ann.call('contact.hold', { contactId: first.contactId });
  await ann.next('contact.held');
  const out = { contactId: 'out-1', lineId: 'ann.2' };
  expect(await ann.call('contact.dial', { ...out, to: { number: customer } })).toMatchObject({
    ...{ contactId: 'out-1', state: 'connecting', direction: 'outbound', agentId: 'ann' },
  });
  expect(await ann.next('contact.dialling')).toMatchObject({ ...out, state: 'agent' });
  expect(await ann.next('contact.dialling')).toMatchObject({ ...out, state: 'number', number: customer });
  expect(await ann.next('contact.connected')).toMatchObject(out);
  expect(atTheSwitch(pbx)).toEqual(['customer held with agent', 'called connected with agent']);

  // Back and forth: nobody hears what is not for them.
  await ann.call('line.switch', { lineId: 'ann.1' });
  expect(await ann.next('line.switched')).toMatchObject({ lineId: 'ann.1', contactId: first.contactId });
  expect(atTheSwitch(pbx)).toEqual(['customer connected with agent', 'called held with agent']);
  await ann.call('line.switch', { lineId: 'ann.2' });
  expect(await ann.next('line.switched')).toMatchObject({ lineId: 'ann.2', contactId: 'out-1' });
  expect(atTheSwitch(pbx)).toEqual(['customer held with agent', 'called connected with agent']);

  // The queue's goes on to bob's telephone by its number, which is no call outside.
  const bob = await sitDown('bob', bobs);
  await ann.call('contact.transfer', { contactId: first.contactId, to: { number: bobs } });
  expect(await bob.next('contact.connected')).toMatchObject({ contactId: first.contactId, lineId: 'bob.1' });
  await expect
    .poll(() => atTheSwitch(pbx), patient)
    .toEqual(['customer connected with agent', 'called connected with agent']);
  expect(rung.filter((one) => one.startsWith(first.contactId))).toEqual([
    `${first.contactId} agent`,
    `${first.contactId} agent`,
  ]);
  const { lines } = await ann.call('line.list', {});
  expect(lines).toMatchObject([
    { lineId: 'ann.1', state: 'free' },
    { lineId: 'ann.2', state: 'connected', contactId: 'out-1' },
  ]);

  // Whoever was dialled hangs up; and somebody calls the line's own number, while the other line is free, too.
  pbx.end(legOf('out-1', 'called')!.legId, 'hungUp');
  expect(await ann.next('contact.ended', ({ contactId }) => contactId === 'out-1')).toMatchObject({
    why: 'byCustomer',
  });
  const direct = pbx.bring({ channel: 'voice', entry: annsSecond, from: '+12025550177', to: annsSecond })!;
  expect(await ann.next('contact.connected')).toMatchObject({ contactId: direct.contactId, lineId: 'ann.2' });
  await expect.poll(() => pbx.legs.get(direct.legId)?.state, patient).toBe('connected');
  await ann.call('contact.end', { contactId: direct.contactId });
  pbx.end(first.legId, 'hungUp');
  await bob.next('contact.ended');
  await expect.poll(() => pbx.legs.size, patient).toBe(0);

  const { records } = await admin.call('cdr.query', {});
  expect(records).toMatchObject([
    {
      ...{ contactId: 'out-1', direction: 'outbound', why: 'byCustomer', queueId: 'sales', offered: 0, offers: [] },
      ...{ broughtBy: { role: 'agent', sub: 'ann' }, agentId: 'ann', lineId: 'ann.2', holds: 1 },
      ...{ from: annsSecond, to: customer },
    },
    {
      ...{ contactId: direct.contactId, why: 'byAgent', queueId: 'sales', agentId: 'ann', lineId: 'ann.2' },
      ...{ broughtBy: { role: 'switch', sub: 'pbx' }, offered: 1, to: annsSecond },
    },
    {
      ...{ contactId: first.contactId, why: 'byCustomer', agentId: 'bob', lineId: 'bob.1', offered: 2, holds: 2 },
      servedBefore: [{ agentId: 'ann', lineId: 'ann.1' }],
    },
  ]);
  expect(records).toHaveLength(3);
});

test('a colleague is called by the number of a line, sends the caller on, and a restart in the middle changes nothing', async () => {
  const { router, admin, pbx, telephones, sitDown, legOf } = await start({
    [annsSecond]: conducts.rings,
    [bobs]: conducts.rings,
  });
  const ann = await sitDown('ann', '+12025551001', annsSecond);
  const bob = await sitDown('bob', bobs);
  const restarted = async (meanwhile = () => {}) => {
    await router.stop();
    await expect.poll(() => pbx.isRouted, patient).toBe(false);
    meanwhile();
    await router.startAgain();
    await expect.poll(() => pbx.isRouted, patient).toBe(true);
  };
  const contact = (contactId: string) => admin.call('contact.get', { contactId });
  const called = await ann.call('contact.dial', { contactId: 'in-1', lineId: 'ann.2', to: { number: bobs } });
  expect(called).toMatchObject({ state: 'connecting', direction: 'internal', dialled: { to: { lineId: 'bob.1' } } });

  // Nobody rings at bob's before ann is there; she takes the receiver up while nobody routes.
  await expect.poll(() => legOf('in-1', 'agent')?.state, patient).toBe('ringing');
  expect(legOf('in-1.called', 'agent')).toBeUndefined();
  await restarted(() => telephones.at('ann.2').answered());
  await expect.poll(() => legOf('in-1.called', 'agent')?.state, patient).toBe('ringing');
  await restarted(() => telephones.at('bob.1').answered());
  const anns = legOf('in-1', 'agent')!;
  await expect.poll(() => anns.state, patient).toBe('connected');
  expect(anns.others.map(({ contactId }) => contactId)).toEqual(['in-1.called']);
  await expect.poll(() => contact('in-1'), patient).toMatchObject({ state: 'connected' });

  // Each puts the other one on hold by its own contact.
  await ann.call('contact.hold', { contactId: 'in-1' });
  await expect.poll(() => legOf('in-1.called', 'agent')?.state, patient).toBe('held');
  await restarted();
  await ann.call('contact.resume', { contactId: 'in-1' });
  await expect.poll(() => legOf('in-1.called', 'agent')?.state, patient).toBe('connected');
  expect(anns.others.map(({ contactId }) => contactId)).toEqual(['in-1.called']);

  // bob sends ann on, who stays where she is.
  const cem = await sitDown('cem', '+12025553001');
  await bob.call('contact.transfer', { contactId: 'in-1.called', to: { agentId: 'cem' } });
  expect(await cem.next('contact.connected')).toMatchObject({ contactId: 'in-1.called', lineId: 'cem.1' });
  await expect.poll(() => anns.state, patient).toBe('connected');
  expect(await contact('in-1')).toMatchObject({ state: 'connected', dialled: { calledAgentId: 'cem' } });
  pbx.end(anns.legId, 'hungUp');
  await expect.poll(() => contact('in-1.called'), patient).toMatchObject({ state: 'ended', why: 'byCustomer' });
  await expect.poll(() => pbx.legs.size, patient).toBe(0);
  const { records } = await admin.call('cdr.query', {});
  expect(records).toMatchObject([
    {
      ...{ contactId: 'in-1', direction: 'internal', why: 'byAgent', agentId: 'ann', calledAgentId: 'cem', holds: 1 },
      ...{ dialledTo: { lineId: 'bob.1' }, to: bobs, from: annsSecond, offered: 0 },
    },
  ]);
  expect(records).toHaveLength(1);
});

test('a restart of the router at each step of a call that an agent makes: it goes on', async () => {
  const { router, admin, pbx, telephones, sitDown, legOf } = await start({
    [annsSecond]: conducts.rings,
    [customer]: conducts.rings,
  });
  const ann = await sitDown('ann', '+12025551001', annsSecond);
  const restarted = async (meanwhile = () => {}) => {
    await router.stop();
    await expect.poll(() => pbx.isRouted, patient).toBe(false);
    meanwhile();
    await router.startAgain();
    await expect.poll(() => pbx.isRouted, patient).toBe(true);
  };
  const contact = () => admin.call('contact.get', { contactId: 'out-1' });
  await ann.call('contact.dial', { contactId: 'out-1', lineId: 'ann.2', to: { number: customer } });

  // The agent takes the receiver up while nobody routes: the number is rung when the router is back.
  await expect.poll(() => legOf('out-1', 'agent')?.state, patient).toBe('ringing');
  await restarted(() => telephones.at('ann.2').answered());
  await expect.poll(() => legOf('out-1', 'called')?.state, patient).toBe('ringing');
  expect(await contact()).toMatchObject({ state: 'connecting', agentId: 'ann', lineId: 'ann.2' });

  // Nothing happens meanwhile, and the customer answers afterwards.
  await restarted();
  const called = legOf('out-1', 'called')!;
  expect(called.state).toBe('ringing');
  telephones.at(customer).answered();
  await expect.poll(() => called.state, patient).toBe('connected');
  expect(called.others.map(({ party }) => party)).toEqual(['agent']);
  await expect.poll(contact, patient).toMatchObject({ state: 'connected' });

  // They go on talking, and it is held and taken up as before.
  await restarted();
  expect(called.others.map(({ party }) => party)).toEqual(['agent']);
  await ann.call('contact.hold', { contactId: 'out-1' });
  await expect.poll(() => called.state, patient).toBe('held');
  await ann.call('contact.resume', { contactId: 'out-1' });
  await expect.poll(() => called.state, patient).toBe('connected');

  // Whoever was dialled hangs up while nobody routes.
  await restarted(() => pbx.end(called.legId, 'hungUp'));
  await expect.poll(contact, patient).toMatchObject({ state: 'ended', why: 'byCustomer' });
  await expect.poll(() => pbx.legs.size, patient).toBe(0);
  expect(await ann.call('line.list', {})).toMatchObject({ lines: [{ state: 'free' }, { state: 'free' }] });
  const { records } = await admin.call('cdr.query', {});
  expect(records).toMatchObject([
    {
      contactId: 'out-1',
      direction: 'outbound',
      why: 'byCustomer',
      to: customer,
      agentId: 'ann',
      holds: 1,
      offered: 0,
    },
  ]);
  expect(records).toHaveLength(1);
});
