// The reference switch on the real router, over real sockets: calls from their beginning to their end, and whatever goes
// wrong with the telephones, the connection and the router on the way.

import { afterEach, describe, expect, test } from 'vitest';
import type { StrowgerClient } from '../../src/client/client.ts';
import { SystemClock, systemRandomness } from '../../src/engine/clock.ts';
import { SeededRandom } from '../../src/simulation/random.ts';
import { connectSwitch } from '../../src/simulation/switch/connect-switch.ts';
import { DrawnTelephones } from '../../src/simulation/switch/drawn-telephones.ts';
import type { CustomerLeg } from '../../src/simulation/switch/leg.ts';
import { ReferenceSwitch, type SwitchEvent } from '../../src/simulation/switch/reference-switch.ts';
import { imbalanceOf, SwitchAccount } from '../../src/simulation/switch/switch-account.ts';
import { type Conduct, conducts, ScriptedTelephones, type Telephones } from '../../src/simulation/switch/telephones.ts';
import { Traffic } from '../../src/simulation/switch/traffic.ts';
import type { Party } from '../journeys/party.ts';
import { JourneyRouter, lastingPort, sleep, tokenFor } from '../journeys/router-harness.ts';
import { impatient, wishes } from './switch-harness.ts';

const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function startRouter(): Promise<JourneyRouter> {
  const router = await JourneyRouter.start({ port: await lastingPort() });
  cleanUps.push(() => router.close());
  const admin = await router.open('admin', 'root');
  await admin.call('queue.set', {
    queueId: 'sales',
    channels: ['voice'],
    afterRejectMs: 50,
    afterBusyMs: 50,
    missedBeforeNotReady: 0,
  });
  return router;
}

async function sitDown(router: JourneyRouter, agentId: string): Promise<Party> {
  const admin = await router.open('admin', 'root');
  await admin.call('agent.set', { agentId, name: agentId, skills: {}, capacity: { voice: 1 } });
  const agent = await router.open('agent', agentId);
  await agent.call('agent.login', {
    lines: [{ lineId: `${agentId}.1`, channel: 'voice', number: `+1202555${agentId}` }],
  });
  await agent.call('agent.ready', {});
  return agent;
}

interface Rig {
  readonly switch: ReferenceSwitch;
  readonly client: StrowgerClient;
  readonly account: SwitchAccount;
  readonly events: SwitchEvent[];
}

async function plugIn(
  router: JourneyRouter,
  telephones: Telephones,
  hear?: (event: SwitchEvent) => void,
): Promise<Rig> {
  const clock = new SystemClock();
  const account = new SwitchAccount(clock);
  const events: SwitchEvent[] = [];
  const plugged = new ReferenceSwitch({
    clock,
    telephones,
    whileAway: 'wait',
    idPrefix: `j${systemRandomness.uuid().slice(0, 8)}`,
    listener: (event) => {
      events.push(event);
      account.hear(event);
      hear?.(event);
    },
  });
  const token = await tokenFor('switch', 'pbx');
  const client = await connectSwitch(plugged, { url: router.url, token, clock, randomness: impatient });
  cleanUps.push(() => client.close());
  await expect.poll(() => plugged.isRouted, { timeout: 15_000 }).toBe(true);
  return { switch: plugged, client, account, events };
}

const scripted = (conduct: Conduct) => new ScriptedTelephones(new SystemClock(), {}, conduct);

async function joined({ switch: plugged }: Rig, leg: CustomerLeg): Promise<void> {
  await expect.poll(() => plugged.legs.get(leg.legId)?.state, { timeout: 15_000 }).toBe('connected');
}

const noLegs = ({ switch: plugged }: Rig) =>
  expect.poll(() => [...plugged.legs.values()].map(({ legId }) => legId), { timeout: 15_000 }).toEqual([]);

describe('a call', () => {
  test('rings, is answered, is joined, and ends when the customer hangs up', async () => {
    const router = await startRouter();
    const agent = await sitDown(router, 'ann');
    const rig = await plugIn(router, scripted(conducts.answers));
    const leg = rig.switch.bring(wishes)!;
    await agent.next('contact.connected');
    await joined(rig, leg);
    rig.switch.end(leg.legId, 'hungUp');
    expect(await agent.next('contact.ended')).toMatchObject({ contactId: leg.contactId, why: 'byCustomer' });
    await noLegs(rig);
    expect(imbalanceOf(rig.account.numbersOf(rig.switch))).toBeUndefined();
  });

  test('is held and taken back by the agent', async () => {
    const router = await startRouter();
    const agent = await sitDown(router, 'ann');
    const rig = await plugIn(router, scripted(conducts.answers));
    const leg = rig.switch.bring(wishes)!;
    await joined(rig, leg);
    await agent.next('contact.connected');
    await agent.call('contact.hold', { contactId: leg.contactId });
    await agent.next('contact.held');
    expect(rig.switch.legs.get(leg.legId)?.state).toBe('held');
    await agent.call('contact.resume', { contactId: leg.contactId });
    await agent.next('contact.resumed');
    expect(rig.switch.legs.get(leg.legId)?.state).toBe('connected');
    await agent.call('contact.end', { contactId: leg.contactId });
    await noLegs(rig);
  });

  test('goes from a telephone that is busy to one that answers', async () => {
    const router = await startRouter();
    await sitDown(router, 'ann');
    const telephones = new ScriptedTelephones(new SystemClock(), { 'ann.1': conducts.busy, 'bob.1': conducts.answers });
    const rig = await plugIn(router, telephones);
    const leg = rig.switch.bring(wishes)!;
    await expect
      .poll(() => rig.events.filter(({ what }) => what === 'rung').length, { timeout: 15_000 })
      .toBeGreaterThan(1);
    await sitDown(router, 'bob');
    await joined(rig, leg);
    const { lineId } = await rig.client.call('contact.get', { contactId: leg.contactId });
    expect(lineId).toBe('bob.1');
  });
});

describe('the router is restarted', () => {
  test('while two talk: they go on talking, and the contact ends as it would have', async () => {
    const router = await startRouter();
    await sitDown(router, 'ann');
    const rig = await plugIn(router, scripted(conducts.answers));
    const leg = rig.switch.bring(wishes)!;
    await joined(rig, leg);
    await router.stop();
    expect(rig.switch.legs.get(leg.legId)?.state).toBe('connected');
    await router.startAgain();
    await expect.poll(() => rig.switch.isRouted, { timeout: 15_000 }).toBe(true);
    expect(await rig.client.call('contact.get', { contactId: leg.contactId })).toMatchObject({ state: 'connected' });
    rig.switch.end(leg.legId, 'hungUp');
    await noLegs(rig);
    expect(await rig.client.call('contact.get', { contactId: leg.contactId })).toMatchObject({ why: 'byCustomer' });
  });

  test('and the agent hangs up meanwhile: it was the agent, not the network', async () => {
    const router = await startRouter();
    await sitDown(router, 'ann');
    const rig = await plugIn(router, scripted(conducts.answers));
    const leg = rig.switch.bring(wishes)!;
    await joined(rig, leg);
    const agentLeg = rig.switch.legs.get(leg.legId)!.others[0]!.legId;
    await router.stop();
    rig.switch.end(agentLeg, 'hungUp');
    await router.startAgain();
    await noLegs(rig);
    await expect
      .poll(() => rig.client.call('contact.get', { contactId: leg.contactId }), { timeout: 15_000 })
      .toMatchObject({ state: 'ended', why: 'byAgent' });
  });

  test('and calls come meanwhile: they are brought when it is back', async () => {
    const router = await startRouter();
    await sitDown(router, 'ann');
    const rig = await plugIn(router, scripted(conducts.answers));
    await router.stop();
    await expect.poll(() => rig.switch.isRouted, { timeout: 15_000 }).toBe(false);
    const leg = rig.switch.bring(wishes)!;
    await router.startAgain();
    await joined(rig, leg);
  });
});

test('many calls, drawn telephones, lost connections and a restart: every call and every leg is accounted for', async () => {
  const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
  console.log(`a switch in bad weather, seed ${seed}`);
  const random = new SeededRandom(seed);
  const router = await startRouter();
  for (const name of ['ann', 'bob', 'cem', 'dana']) await sitDown(router, name);
  const clock = new SystemClock();
  const policy = {
    ringsAfterMs: 5,
    answersAfterMs: 30,
    busy: 0.1,
    rejects: 0.05,
    noAnswer: 0,
    unreachable: 0.05,
    agentHangsUp: 0.3,
    lost: 0.1,
    notJoined: 0.1,
    talkMs: 100,
  };
  const traffic = new Traffic({
    policy: { callsPerMinute: 1_500, callsMax: 200, patienceMs: 1_500, talkMs: 100 },
    seed,
    clock,
    wishes: () => wishes,
    onNotTaken: () => {},
  });
  const rig = await plugIn(router, new DrawnTelephones(policy, seed, clock), (event) => traffic.hear(event));
  traffic.start(rig.switch);
  let turns = 0;
  while (traffic.calls < 200 && turns < 400) {
    turns += 1;
    await sleep(40);
    if (random.fraction() < 0.1) rig.client.cut();
    if (turns === 60) {
      await router.stop();
      await sleep(100);
      await router.startAgain();
    }
  }
  traffic.stop();
  await noLegs(rig);
  await rig.switch.reports.answered();
  const numbers = rig.account.numbersOf(rig.switch);
  expect(numbers).toMatchObject({ calls: traffic.calls, waiting: 0, talking: 0, troubles: [] });
  expect(imbalanceOf(numbers)).toBeUndefined();
  expect(numbers.served).toBeGreaterThan(0);
  expect(numbers.returns).toBeGreaterThan(1);
  // The router knows of no leg and no contact either.
  await expect
    .poll(() => rig.client.call('switch.get', { switchId: 'pbx' }), { timeout: 15_000 })
    .toMatchObject({ legs: 0 });
  const { contacts } = await rig.client.call('contact.list', {});
  expect(contacts.filter(({ state }) => state !== 'wrapUp')).toEqual([]);
}, 120_000);
