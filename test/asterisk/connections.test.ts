// Somebody is away: the router, the adapter, the connection between the adapter and Asterisk, Asterisk itself. Calls are where they were
// when everybody is back, and whoever has hung up meanwhile has hung up.

import { afterEach, describe, expect, inject, test } from 'vitest';
import { Adapter } from '../../src/adapters/asterisk/adapter.ts';
import { settingsOf } from '../../src/adapters/asterisk/settings.ts';
import { SystemClock, systemRandomness } from '../../src/engine/clock.ts';
import { sleep } from '../journeys/router-harness.ts';
import { credentials, first } from './real-asterisk.ts';
import { closeRigs, conversation, number, type Rig, start } from './rig.ts';
import { caller, type Party as SippParty, telephone } from './sipp.ts';

afterEach(closeRigs);

const stateOf = async (rig: Rig, contactId: string) => (await rig.admin.call('contact.get', { contactId })).state;

describe.skipIf(inject('withoutAsterisk') !== '')('with a real Asterisk', () => {
  test('one with another password is turned away, and it is said what to mend', async () => {
    const said: string[] = [];
    const keep = (_: object, message: string) => said.push(message);
    const adapter = await Adapter.start({
      router: 'ws://127.0.0.1:9/v1/rpc',
      token: 'none',
      switchId: 'pbx',
      host: '127.0.0.1',
      port: first.listenPort,
      settings: settingsOf(
        { asterisk: { ...credentials, password: 'other' }, telephones: { agent: 'PJSIP/{agentId}' } },
        '',
      ),
      clock: new SystemClock(),
      randomness: systemRandomness,
      log: { info: keep, warn: keep, error: keep },
      onRefused: () => {},
    });
    try {
      await expect
        .poll(() => said, { timeout: 10_000 })
        .toEqual([expect.stringContaining('another username or password than the settings: here it is asterisk')]);
      // Said once, although it tries again and again.
      await sleep(1_500);
      expect(said).toHaveLength(1);
    } finally {
      await adapter.close();
    }
  });

  test('the router is restarted while two talk: they go on talking, and the contact ends as it would have', async () => {
    const rig = await start();
    const { contactId, customer, phone } = await conversation(rig, { hangsUpAfterMs: 6_000 });
    await rig.restartRouter();
    expect(await stateOf(rig, contactId)).toBe('connected');
    await rig.hasLegs('agent connected', 'customer connected');
    await Promise.all([customer.done, phone.done]);
    expect(await rig.ended(contactId)).toBe('byCustomer');
    await rig.isClean();
  });

  test('the caller hangs up while the router is away: the telephone is let go, and the router hears of it', async () => {
    const rig = await start();
    const { contactId, customer, phone } = await conversation(rig, { hangsUpAfterMs: 1_500 });
    await rig.restartRouter(async () => {
      await Promise.all([customer.done, phone.done]);
    });
    expect(await rig.ended(contactId)).toBe('byCustomer');
    await rig.isClean();
  });

  test('somebody calls while the router is away: answered, with music, and served when it is back', async () => {
    const rig = await start();
    await rig.agent('ann');
    const phone = telephone('ann', 'answers');
    let customer: SippParty | undefined;
    await rig.restartRouter(async () => {
      const impatient = caller({ number, hangsUpAfterMs: 300 });
      customer = caller({ number, hangsUpAfterMs: 7_000 });
      await impatient.done;
      await rig.hasLegs('customer answered');
      await expect.poll(() => [...rig.adapter.switch.legs.values()][0]?.hasMusic).toBe(true);
    });
    // The agent's own session may be back later than the telephone is answered: then it is told by its state.
    await rig.hasLegs('agent connected', 'customer connected');
    await Promise.all([customer?.done, phone.done]);
    await rig.isClean();
  });

  test('where calls are refused while the router is away, SIP is told so', async () => {
    const rig = await start({}, { whileAway: 'refuse' });
    await rig.restartRouter(() => caller({ number, turnedAway: 503 }).done);
    await rig.isClean();
  });

  test('the adapter is restarted while two talk: it finds them, and they go on', async () => {
    const rig = await start();
    const { agent, contactId, customer, phone } = await conversation(rig);
    await rig.restartAdapter();
    await rig.hasLegs('agent connected', 'customer connected');
    expect(await stateOf(rig, contactId)).toBe('connected');
    await agent.call('contact.hold', { contactId });
    await agent.next('contact.held');
    await rig.restartAdapter();
    await rig.hasLegs('agent connected', 'customer held');
    await agent.call('contact.resume', { contactId });
    await agent.next('contact.resumed');
    await agent.call('contact.end', { contactId });
    await Promise.all([customer.done, phone.done]);
    await rig.isClean();
  });

  test('while no adapter runs, one caller calls and hangs up, one calls and waits, one hangs up in conversation', async () => {
    const rig = await start();
    const { agent, contactId, customer, phone } = await conversation(rig, { hangsUpAfterMs: 2_500 });
    const next = telephone('bob', 'answers');
    const bob = await rig.agent('bob');
    let waiting: SippParty | undefined;
    await rig.restartAdapter(async () => {
      // Not answered by anybody.
      await caller({ number, cancelsAfterMs: 300 }).done;
      waiting = caller({ number, from: '+12025550177', hangsUpAfterMs: 3_000 });
      await customer.done;
    });
    expect(await agent.next('contact.ended')).toMatchObject({ contactId });
    await phone.done;
    await bob.next('contact.connected');
    await Promise.all([waiting?.done, next.done]);
    await rig.isClean();
  });

  test('the connection is cut in mid-call: it is back by itself, and everybody is where they were', async () => {
    const rig = await start();
    const { agent, contactId, customer, phone } = await conversation(rig);
    rig.adapter.cut();
    await expect.poll(() => rig.adapter.switch.isRouted).toBe(false);
    await rig.routed();
    await rig.hasLegs('agent connected', 'customer connected');
    expect(await stateOf(rig, contactId)).toBe('connected');
    await agent.call('contact.end', { contactId });
    await Promise.all([customer.done, phone.done]);
    await rig.isClean();
  });

  test('a telephone that answers while the connection is cut is joined when it is back', async () => {
    const rig = await start();
    const agent = await rig.agent('ann');
    const phone = telephone('ann', 'answers');
    const customer = caller({ number, hangsUpAfterMs: 5_000 });
    await agent.next('offer.created');
    rig.adapter.cut();
    await agent.next('contact.connected');
    await Promise.all([customer.done, phone.done]);
    await rig.isClean();
  });

  test('Asterisk is started anew: its calls are over, and the next one is served', async () => {
    const rig = await start();
    const { agent, contactId, customer, phone } = await conversation(rig);
    customer.end();
    phone.end();
    first.script('stop');
    first.script('start');
    expect(first.channels()).toEqual([]);
    await rig.routed();
    await rig.ended(contactId);
    await rig.hasLegs();
    expect(rig.said.join()).toContain('Asterisk was started anew');
    const again = telephone('ann', 'answers');
    const next = caller({ number, hangsUpAfterMs: 1_500 });
    await agent.next('contact.connected', (one) => one.contactId !== contactId);
    await Promise.all([next.done, again.done]);
    await rig.isClean();
  });
});
