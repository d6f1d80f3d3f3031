// Who is called, where and by whom: an agent with two lines, one who sits at a number outside, callers whom a platform has handed over, and
// keys from the agent's side.

import { afterEach, describe, expect, inject, test } from 'vitest';
import { first } from './real-asterisk.ts';
import { closeRigs, conversation, number, type Rig, start } from './rig.ts';
import { caller, telephone } from './sipp.ts';

afterEach(closeRigs);

const areInBridges = (...counts: number[]) =>
  expect.poll(() => first.inBridges(), { timeout: 10_000, interval: 200 }).toEqual(counts);

/** A platform that hands its callers over by numbers of 9 + four digits + six of a serial. */
async function withPlatform(rig: Rig) {
  await rig.admin.call('numberPlan.set', {
    planId: 'north',
    range: { prefix: '9' },
    accessIdLength: 5,
    serialLength: 6,
  });
  await rig.admin.call('platform.set', { platformId: 'hotel', accessId: '90011', name: 'Hotel' });
  return rig.router.open('app', 'platform:hotel');
}

describe.skipIf(inject('withoutAsterisk') !== '')('with a real Asterisk', () => {
  test('an agent goes from one line to the other: who is left hears music, who is taken up speaks', async () => {
    const rig = await start();
    const lines = [{ lineId: 'ann.1' }, { lineId: 'ann.2' }];
    const agent = await rig.agent('ann', { capacity: { voice: 2 } }, lines);
    const phone = telephone('ann', 'answers', 2);
    const first = caller({ number });
    const one = await agent.next('contact.connected');
    const second = caller({ number, from: '+12025550188' });
    const other = await agent.next('contact.connected');
    expect([one.lineId, other.lineId].sort()).toEqual(['ann.1', 'ann.2']);
    for (const [taken, left] of [
      [one, other],
      [other, one],
    ] as const) {
      await agent.call('line.switch', { lineId: taken.lineId });
      expect(await agent.next('line.switched')).toMatchObject({ lineId: taken.lineId, contactId: taken.contactId });
      await rig.hasLegs('agent connected', 'agent connected', 'customer connected', 'customer held');
      const held = [...rig.adapter.switch.legs.values()].filter(({ state }) => state === 'held');
      expect(held).toMatchObject([{ contactId: left.contactId, hasMusic: true }]);
      await areInBridges(1, 2);
    }
    for (const { contactId } of [one, other]) await agent.call('contact.end', { contactId });
    await Promise.all([first.done, second.done, phone.done]);
    await rig.isClean();
  });

  test('an agent whose line is a number outside is rung there, and takes the call by answering', async () => {
    const rig = await start();
    const agent = await rig.agent('cem', {}, [{ lineId: 'home', number: '+13035550122' }]);
    const outside = telephone('carrier', { hangsUpAfterMs: 1_500 });
    const customer = caller({ number });
    const { contactId } = await agent.next('offer.created');
    expect(await agent.next('contact.connected')).toMatchObject({ contactId, lineId: 'home' });
    await rig.hasLegs('agent connected', 'customer connected');
    await Promise.all([outside.done, customer.done]);
    expect(await rig.ended(contactId)).toBe('byAgent');
    await rig.isClean();
  });

  test.each([
    ['Diversion', (called: string) => [`Diversion: <sip:${called}@platform.example>;reason=unconditional`]],
    [
      'History-Info',
      (called: string) => [
        // The first by its index is the one that counts, wherever it stands.
        'History-Info: <sip:+12025550100@centre.example>;index=1.1',
        `History-Info: <sip:${called}@platform.example?Reason=SIP%3Bcause%3D302>;index=1`,
      ],
    ],
  ])('whom a platform has handed over the agent knows by the number first called, from %s', async (_, headersOf) => {
    const rig = await start({}, { knownByNumber: false });
    const platform = await withPlatform(rig);
    const handed = await platform.call('handover.put', { platformId: 'hotel', data: { guest: 'Ms. Kaya', room: 12 } });
    const agent = await rig.agent('ann');
    const phone = telephone('ann', 'answers');
    const customer = caller({ number, headers: headersOf(handed.originalCalled), hangsUpAfterMs: 2_000 });
    const { contactId, contact } = await agent.next('offer.created');
    expect(contact).toMatchObject({
      caller: { state: 'identified', platformId: 'hotel', data: { guest: 'Ms. Kaya', room: 12 } },
    });
    await Promise.all([customer.done, phone.done]);
    expect(await rig.ended(contactId)).toBe('byCustomer');
    await rig.isClean();
  });

  test('a serial that was used is one caller’s: the next who comes with it is served unidentified', async () => {
    const rig = await start({}, { knownByNumber: false });
    const platform = await withPlatform(rig);
    const { originalCalled } = await platform.call('handover.put', { platformId: 'hotel', data: {} });
    const agent = await rig.agent('ann');
    const phone = telephone('ann', 'answers', 2);
    for (const state of [{ state: 'identified' }, { state: 'unidentified', why: 'serialUsed' }]) {
      const headers = [`Diversion: <sip:${originalCalled}@platform.example>`];
      const customer = caller({ number, headers, hangsUpAfterMs: 1_500 });
      expect((await agent.next('offer.created')).contact).toMatchObject({ caller: state });
      await agent.next('contact.connected');
      await customer.done;
      await agent.next('contact.ended');
    }
    await phone.done;
    await rig.isClean();
  });

  test('keys that the agent’s desktop sends reach the caller', async () => {
    const rig = await start();
    const { agent, contactId, customer, phone } = await conversation(rig, { hears: '4#', hangsUpAfterMs: 0 });
    await agent.call('contact.digits', { contactId, digits: '4#' });
    await Promise.all([customer.done, phone.done]);
    await rig.isClean();
  });

  test('keys that the agent presses at the telephone reach the caller, and nobody else is told of them', async () => {
    const rig = await start();
    const agent = await rig.agent('ann');
    const phone = telephone('ann', { presses: '7' });
    const customer = caller({ number, hears: '7', hangsUpAfterMs: 0 });
    const { contactId } = await agent.next('contact.connected');
    await Promise.all([customer.done, phone.done]);
    expect(await rig.ended(contactId)).toBe('byCustomer');
    expect(agent.all('contact.digits')).toEqual([]);
    await rig.isClean();
  });
});
