// One customer under many names, over real sockets, with the simulated switch: she calls, writes from a page where she has logged in, is one
// person from then on, and her order goes on in the chat; a restart in the middle; and she is taken apart again.

import { afterEach, expect, test } from 'vitest';
import { SystemClock, systemRandomness } from '../../src/engine/clock.ts';
import { connectSwitch } from '../../src/simulation/switch/connect-switch.ts';
import { ReferenceSwitch } from '../../src/simulation/switch/reference-switch.ts';
import { conducts, ScriptedTelephones } from '../../src/simulation/switch/telephones.ts';
import { impatient } from '../switch/switch-harness.ts';
import { restart } from './floor.ts';
import { JourneyRouter, lastingPort, tokenFor } from './router-harness.ts';

const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const patient = { timeout: 15_000 };
const email = { scheme: 'email', value: 'ada@x.example' };

async function plugIn(router: JourneyRouter) {
  const clock = new SystemClock();
  const plugged = new ReferenceSwitch({
    clock,
    telephones: new ScriptedTelephones(clock, {}, conducts.answers),
    whileAway: 'wait',
    idPrefix: `c${systemRandomness.uuid().slice(0, 8)}`,
    listener: () => undefined,
  });
  const token = await tokenFor('switch', 'pbx');
  const client = await connectSwitch(plugged, { url: router.url, token, clock, randomness: impatient });
  cleanUps.push(() => client.close());
  await expect.poll(() => plugged.isRouted, patient).toBe(true);
  return plugged;
}

test('she calls, writes by another name, and is one person to the agent who knows her', async () => {
  const router = await JourneyRouter.start({ port: await lastingPort() });
  cleanUps.push(() => router.close());
  const admin = await router.open('admin', 'root');
  const app = await router.open('app', 'shop');
  await admin.call('tenant.set', { identities: { country: 'DE' } });
  await admin.call('queue.set', { queueId: 'sales', channels: ['voice', 'chat'], wrapUpMs: 0, affinity: {} });
  for (const agentId of ['ann', 'ben']) await admin.call('agent.set', { agentId, capacity: { voice: 1, chat: 3 } });
  const ann = await router.open('agent', 'ann');
  await ann.call('agent.login', {
    lines: [
      { lineId: 'ann.1', channel: 'voice', number: '+12025550101' },
      { lineId: 'ann.2', channel: 'chat' },
    ],
  });
  await ann.call('agent.ready', {});

  // A call of a number as the switch has it.
  const plugged = await plugIn(router);
  const call = plugged.bring({
    channel: 'voice',
    queueId: 'sales',
    identity: { scheme: 'tel', value: '030 123456' },
  })!.contactId;
  const inService = () => admin.call('contact.get', { contactId: call }).catch(() => undefined) as Promise<object>;
  await expect.poll(inService, patient).toMatchObject({ state: 'connected', agentId: 'ann' });
  await ann.call('business.put', {
    businessId: 'order-1',
    contactId: call,
    type: 'order',
    status: 'new',
    title: 'two chairs',
  });
  await ann.call('contact.end', { contactId: call });
  await ann.call('agent.notReady', { reason: 'pause' });
  await restart(router, [admin, app, ann], () => {});

  // Somebody else is free, and she has logged in at the shop, which knows her number.
  const ben = await router.open('agent', 'ben');
  await ben.call('agent.login', {});
  await ben.call('agent.ready', {});
  await ann.call('agent.ready', {});
  const page = { contactId: 'page-1', channel: 'chat', queueId: 'sales' };
  const known = [email, { scheme: 'tel', value: '+49 30 123456' }];
  await app.call('contact.create', { ...page, verifiedIdentities: known });
  await ben.next('offer.created', ({ contactId }) => contactId === 'page-1');
  await app.call('contact.cancel', { contactId: 'page-1' });

  // From now on her address leads to whom her number knows, with what was begun in the call.
  await app.call('contact.create', { ...page, contactId: 'page-2', identity: email });
  const offer = await ann.next('offer.created', ({ contactId }) => contactId === 'page-2');
  expect(offer.contact).toMatchObject({
    customerId: 'c1',
    affinity: { agentId: 'ann', source: 'lastAgent' },
    business: [{ businessId: 'order-1', status: 'new', channel: 'voice', title: 'two chairs' }],
  });
  await ann.call('offer.accept', { offerId: offer.offerId });
  await ann.call('business.put', {
    businessId: 'order-1',
    contactId: 'page-2',
    type: 'order',
    status: 'paid',
    open: false,
  });
  expect(await app.call('business.get', { businessId: 'order-1' })).toMatchObject({
    customerId: 'c1',
    contacts: [{ contactId: call }, { contactId: 'page-2', channel: 'chat' }],
  });
  await restart(router, [admin, app, ann, ben], () => {});
  expect(await admin.call('customer.get', { identity: email })).toMatchObject({
    customerId: 'c1',
    joined: ['c2'],
    links: [{ by: { role: 'app', sub: 'shop', rule: 'verifiedTogether' } }],
  });

  // The agent notes what she speaks, and a rule finds her again under the name that a messenger has for her.
  expect(await ann.call('customer.update', { customerId: 'c1', attributes: { language: 'de' } })).toEqual({
    customerId: 'c1',
    attributes: { language: 'de' },
  });
  const boss = await router.open('supervisor', 'boss');
  await boss.call('supervisor.watch', {});
  const expression = 'attributes.?card.orValue("")';
  await admin.call('identityRule.set', { ruleId: 'card', expression, follows: 'link' });
  await app.call('customer.update', { customerId: 'c1', attributes: { card: '4711' } });
  const messenger = { scheme: 'messenger', value: 'ada.l' };
  expect(await app.call('customer.resolve', { identity: messenger })).toMatchObject({ customerId: 'c3' });
  const rules = () => admin.call('identityRule.list', {}) as Promise<object>;
  await expect.poll(rules, patient).toMatchObject({ rules: [{ ruleId: 'card', state: 'done', keys: 1 }] });
  await app.call('customer.update', { customerId: 'c3', attributes: { card: '4711' } });
  const { link } = await boss.next('customer.linked');
  expect(link).toMatchObject({ customers: ['c3', 'c1'], by: { role: 'admin', rule: 'card' } });
  await restart(router, [admin, app, ann, ben, boss], () => {});
  expect(await admin.call('customer.get', { identity: messenger })).toMatchObject({
    customerId: 'c1',
    joined: ['c2', 'c3'],
    attributes: { card: '4711', language: 'de' },
  });
  expect(await rules()).toMatchObject({ rules: [{ state: 'done', keys: 2, linked: 1 }] });

  // It was her son's account.
  await admin.call('customer.split', { identity: email, why: 'an account of her son' });
  await ann.next('contact.changed', ({ contactId, customerId }) => contactId === 'page-2' && customerId === 'c2');
  expect(await admin.call('customer.get', { identity: email })).toMatchObject({ customerId: 'c2' });
  expect(await admin.call('business.list', { identity: email })).toEqual({ businesses: [] });
  expect(await admin.call('contact.get', { contactId: 'page-2' })).toMatchObject({ customerId: 'c2' });
});
