// Who is really calling, over real sockets: platforms with tokens of their own, a switch with SIP headers, an agent's desktop, and
// platforms that are asked over HTTP (platform-calls.ts has many).

import { expect, test } from 'vitest';
import { playCalls } from './platform-calls.ts';
import { JourneyRouter, lastingPort } from './router-harness.ts';

test('three simultaneous calls, two from A and one from B, are three different, right people, also behind a restart', async () => {
  const router = await JourneyRouter.start({ port: await lastingPort() });
  const admin = await router.open('admin', 'root');
  await admin.call('queue.set', { queueId: 'sales', channels: ['voice'] });
  await admin.call('agent.set', { agentId: 'ada', capacity: { voice: 3 } });
  await admin.call('numberPlan.set', { planId: 'n', range: { prefix: '900' }, accessIdLength: 5, serialLength: 8 });
  for (const [platformId, accessId] of [
    ['A', '90011'],
    ['B', '90022'],
  ] as const)
    await admin.call('platform.set', { platformId, accessId });
  const ofPlatform = async (platformId: string, who: string) => {
    const desk = await router.open('app', `platform:${platformId}`);
    return (await desk.call('handover.put', { platformId, data: { who } })).originalCalled;
  };
  const [one, two, three] = [await ofPlatform('A', 'Lee'), await ofPlatform('A', 'Ray'), await ofPlatform('B', 'Kim')];
  // What was handed over is not lost with the process.
  await router.stop();
  await router.startAgain();
  const ada = await router.open('agent', 'ada');
  await ada.call('agent.login', {});
  await ada.call('agent.ready', {});
  await ada.call('agent.setOneRinging', { on: false });
  const pbx = await router.open('switch', 'pbx');
  const calls = {
    c1: { originalCalled: one },
    c2: { sip: { diversion: `<tel:${two}>` } },
    c3: { sip: { historyInfo: `<sip:+${three}@b>;index=1` } },
  };
  await Promise.all(
    Object.entries(calls).map(([contactId, more]) =>
      pbx.call('contact.create', { contactId, channel: 'voice', queueId: 'sales', from: '+8610', ...more }),
    ),
  );
  const people = [];
  for (const contactId of Object.keys(calls)) {
    const { contact } = await ada.next('offer.created', (offer) => offer.contactId === contactId);
    people.push([contact.caller?.state, contact.caller?.platformId, contact.caller?.data]);
  }
  expect(people).toEqual([
    ['identified', 'A', { who: 'Lee' }],
    ['identified', 'A', { who: 'Ray' }],
    ['identified', 'B', { who: 'Kim' }],
  ]);
  // A platform of somebody else's sees nothing of the tenant.
  const desk = await router.open('app', 'platform:A');
  expect(await desk.refusal('contact.list', {})).toBe('not_allowed_for_role');
  expect(await desk.refusal('handover.put', { platformId: 'B' })).toBe('platform_not_found');
  await router.close();
});

test('of many calls from twenty platforms, one of which hangs and one lies, each is who it is, or nobody', {
  timeout: 120_000,
}, async () => {
  const { outcomes, wrong } = await playCalls(120);
  expect(wrong).toEqual([]);
  expect(outcomes).toEqual({
    identified: 108,
    'unidentified platformTimedOut': 6,
    'unidentified platformAnsweredWrong': 6,
  });
});
