// A call that comes by SIP, from its beginning to its end, and whatever goes wrong with the telephones on the way.

import { afterEach, describe, expect, inject, test } from 'vitest';
import { sleep } from '../journeys/router-harness.ts';
import { closeRigs, number, start } from './rig.ts';
import { caller, telephone } from './sipp.ts';

afterEach(closeRigs);

describe.skipIf(inject('withoutAsterisk') !== '')('a call by SIP', () => {
  test('waits, rings the agent, is joined when that answers, and ends when the caller hangs up', async () => {
    const rig = await start();
    const agent = await rig.agent('ann');
    const phone = telephone('ann', 'answers');
    const customer = caller({ number, hangsUpAfterMs: 1_500 });
    const { contactId } = await agent.next('contact.connected');
    expect(await rig.admin.call('contact.get', { contactId })).toMatchObject({ from: '+12025550199', to: number });
    await rig.hasLegs('agent connected', 'customer connected');
    await customer.done;
    await phone.done;
    expect(await rig.ended(contactId)).toBe('byCustomer');
    await rig.isClean();
  });

  test('ends when the agent hangs up the telephone: the caller is hung up, and not left alone', async () => {
    const rig = await start();
    const agent = await rig.agent('ann');
    const phone = telephone('ann', { hangsUpAfterMs: 500 });
    const customer = caller({ number });
    const { contactId } = await agent.next('contact.connected');
    await phone.done;
    await customer.done;
    expect(await rig.ended(contactId)).toBe('byAgent');
    await rig.isClean();
  });

  test('ends by the agent’s desktop: both telephones are hung up', async () => {
    const rig = await start();
    const agent = await rig.agent('ann');
    const phone = telephone('ann', 'answers');
    const customer = caller({ number });
    const { contactId } = await agent.next('contact.connected');
    await agent.call('contact.end', { contactId });
    await Promise.all([customer.done, phone.done]);
    await rig.isClean();
  });

  test('hears music while nobody is there, and is served when somebody comes', async () => {
    const rig = await start();
    const customer = caller({ number, hangsUpAfterMs: 4_000 });
    await rig.hasLegs('customer answered');
    await expect.poll(() => [...rig.adapter.switch.legs.values()][0]?.hasMusic).toBe(true);
    const phone = telephone('ann', 'answers');
    const agent = await rig.agent('ann');
    await agent.next('contact.connected');
    expect([...rig.adapter.switch.legs.values()].map(({ hasMusic }) => hasMusic)).toEqual([false, false]);
    await Promise.all([customer.done, phone.done]);
    await rig.isClean();
  });

  test('is over when the caller hangs up while waiting', async () => {
    const rig = await start();
    const customer = caller({ number, hangsUpAfterMs: 700 });
    await rig.hasLegs('customer answered');
    const contactId = rig.contactId();
    await customer.done;
    expect(await rig.ended(contactId)).toBe('cancelled');
    await rig.isClean();
  });

  test('is over when the caller hangs up while it rings: the telephone stops ringing', async () => {
    const rig = await start();
    const agent = await rig.agent('ann');
    const phone = telephone('ann', 'rings');
    const customer = caller({ number, hangsUpAfterMs: 1_000 });
    const { contactId, offerId } = await agent.next('offer.created');
    await rig.hasLegs('agent ringing', 'customer answered');
    await Promise.all([customer.done, phone.done]);
    expect(await agent.next('offer.withdrawn')).toMatchObject({ offerId });
    expect(await rig.ended(contactId)).toBe('cancelled');
    await rig.isClean();
  });

  test('goes on to the next agent when a telephone is busy, and back when nobody else is there', async () => {
    const rig = await start();
    const ann = await rig.agent('ann');
    const busy = telephone('ann', { status: 486 });
    const customer = caller({ number, hangsUpAfterMs: 4_000 });
    await ann.next('offer.created');
    await busy.done;
    const phone = telephone('bob', 'answers');
    const silent = telephone('ann', { status: 486 }, 1_000);
    const bob = await rig.agent('bob');
    await bob.next('contact.connected');
    await Promise.all([customer.done, phone.done]);
    silent.end();
    await rig.isClean();
  });

  test('whose agent rejects it at the telephone, or does not answer, goes back to its place', async () => {
    const rig = await start({ offerMs: 1_500 });
    const ann = await rig.agent('ann');
    const rejecting = telephone('ann', { status: 603, rings: true });
    const customer = caller({ number, hangsUpAfterMs: 9_000 });
    expect(await ann.next('offer.withdrawn')).toMatchObject({ why: 'rejected' });
    await rejecting.done;
    const ringing = telephone('ann', 'rings');
    expect(await ann.next('offer.withdrawn')).toMatchObject({ why: 'timedOut' });
    await ringing.done;
    const answering = telephone('ann', 'answers');
    const { contactId } = await ann.next('contact.connected');
    await Promise.all([customer.done, answering.done]);
    expect(await rig.ended(contactId)).toBe('byCustomer');
    await rig.isClean();
  });

  test('whose agent has no telephone goes to one who has', async () => {
    const rig = await start();
    const eve = await rig.agent('eve');
    const customer = caller({ number, hangsUpAfterMs: 3_000 });
    expect(await eve.next('offer.withdrawn')).toMatchObject({ why: 'unreachable' });
    expect(rig.said.join()).toContain('cannot be rung at PJSIP/eve: POST channels: 500 Allocation failed');
    const phone = telephone('bob', 'answers');
    const bob = await rig.agent('bob');
    await bob.next('contact.connected');
    await Promise.all([customer.done, phone.done]);
    await rig.isClean();
  });

  test('that the router does not let in is told so by SIP, without having been answered', async () => {
    const rig = await start();
    await caller({ number: '+12025559999', turnedAway: 404 }).done;
    await rig.isClean();
  });

  test('brings the numbers that diverted it', async () => {
    const rig = await start();
    const customer = caller({
      number: '5550100',
      headers: [
        'Diversion: <sip:+49301@pbx.example>;reason=unconditional',
        'Diversion: "A, B" <sip:+49302@pbx.example>;reason=no-answer',
        'History-Info: <sip:+49301@pbx.example>;index=1',
      ],
      hangsUpAfterMs: 800,
    });
    await rig.hasLegs('customer answered');
    const [leg] = rig.adapter.switch.legs.values();
    expect(leg?.wishes).toEqual({
      channel: 'voice',
      entry: number,
      to: number,
      from: '+12025550199',
      identity: { scheme: 'tel', value: '+12025550199' },
      sip: {
        diversion: [
          '<sip:+49301@pbx.example>;reason=unconditional',
          '"A, B" <sip:+49302@pbx.example>;reason=no-answer',
        ],
        historyInfo: ['<sip:+49301@pbx.example>;index=1'],
      },
    });
    await customer.done;
    await rig.isClean();
  });

  test('is held and taken back, and ends on hold', async () => {
    const rig = await start();
    const agent = await rig.agent('ann');
    const phone = telephone('ann', 'answers');
    const customer = caller({ number, hangsUpAfterMs: 3_000 });
    const { contactId } = await agent.next('contact.connected');
    await agent.call('contact.hold', { contactId });
    await agent.next('contact.held');
    await rig.hasLegs('agent connected', 'customer held');
    await agent.call('contact.resume', { contactId });
    await agent.next('contact.resumed');
    await rig.hasLegs('agent connected', 'customer connected');
    await agent.call('contact.hold', { contactId });
    await agent.next('contact.held');
    await sleep(100);
    await Promise.all([customer.done, phone.done]);
    expect(await rig.ended(contactId)).toBe('byCustomer');
    await rig.isClean();
  });
});
