// Who is really calling, over real sockets: platforms with tokens of their own, a switch with SIP headers, an agent's desktop, and
// platforms that are asked over HTTP (platform-calls.ts has many).

import { expect, test } from 'vitest';
import { playCalls } from './platform-calls.ts';
import { JourneyRouter, lastingPort, tokenFor } from './router-harness.ts';

type Members = Readonly<Record<string, unknown>>;

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

test('serials that are guessed or come again are refused and limited, whoever runs the router sees it, and a platform is told what it may call', async () => {
  const router = await JourneyRouter.start();
  const admin = await router.open('admin', 'root');
  await admin.call('queue.set', { queueId: 'sales', channels: ['voice'] });
  const guesses = { perCaller: 2 };
  const plan = { planId: 'n', range: { prefix: '900' }, accessIdLength: 5, serialLength: 8, guesses };
  await admin.call('numberPlan.set', plan);
  await admin.call('platform.set', { platformId: 'A', accessId: '90011' });
  const desk = await router.openSocket('app', 'gateway');
  const opened = await (await router.socket()).call('session.open', { token: await tokenFor('app', 'platform:A') });
  expect((opened.result as Members).capabilities).toMatchObject({
    methods: ['session.open', 'session.ping', 'rpc.discover', 'handover.put'],
    events: [],
  });
  const handOver = async (serial: string) =>
    ((await desk.call('handover.put', { platformId: 'A', serial })).result as Members).originalCalled as string;
  const [right, other] = [await handOver('12345678'), await handOver('87654321')];
  const pbx = await router.open('switch', 'pbx');
  const call = async (contactId: string, originalCalled: string) => {
    await pbx.call('contact.create', { contactId, channel: 'voice', queueId: 'sales', from: '+8610', originalCalled });
    const { caller } = await pbx.call('contact.get', { contactId });
    return caller?.why ?? caller?.state;
  };
  expect(await call('c1', right)).toBe('identified');
  expect(await call('c2', right)).toBe('serialUsed');
  expect(await call('c3', '9001100000000')).toBe('serialUnknown');
  expect(await call('c4', other)).toBe('guessingLimited');
  expect(await admin.next('platform.guessed')).toMatchObject({
    platformId: 'A',
    of: 'caller',
    from: '+8610',
    wrong: 2,
  });
  const metrics = async () => (await fetch(`${router.http}/metrics`)).text();
  await expect
    .poll(metrics, { timeout: 10_000 })
    .toContain('strowger_alarm{tenant="acme",alarm="serials_guessed"} 1\n');
  expect(await metrics()).toContain('strowger_serial_guessers_limited{tenant="acme"} 1\n');
  expect(await metrics()).toContain('strowger_platforms_left_alone{tenant="acme"} 0\n');
  await router.close(/too many wrong serials|an alarm is over/);
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
