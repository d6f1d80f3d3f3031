// A number outside that is asked first: what the switch is asked, and that the customer is with somebody, or waits for one, whatever
// becomes of whoever is asked, of the agent who asks and of the switch.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AskedOf, DomainWorld } from './domain-world.ts';
import { expectSurvivesLoad } from './survives-load.ts';

let world: DomainWorld;

const pbx = 'switch:pbx';
const ada = 'agent:ada';
const number = '+4930111';
const consultId = 'c1.consult';
const fails = { error: { code: 1, message: 'no', data: {} } };

beforeEach(async () => {
  world = await DomainWorld.start();
  const policy = { channels: ['voice'], wrapUpMs: 0, whenLegLost: 'queue' };
  await world.ok('admin:root', 'queue.set', { queueId: 'sales', ...policy });
  for (const agentId of ['ada', 'ben']) {
    await world.ok('admin:root', 'agent.set', { agentId, capacity: { voice: 2 } });
    const lines = [1, 2].map((line) => ({ lineId: `${agentId}-${line}`, channel: 'voice' }));
    await world.ok(`agent:${agentId}`, 'agent.login', { lines });
  }
  await world.ok(ada, 'agent.ready');
  await world.presence(pbx, true);
  const call = { contactId: 'c1', legId: 'A', channel: 'voice', queueId: 'sales', to: '+4930999' };
  await world.ok(pbx, 'contact.create', call);
  const [ring] = world.asked();
  await world.answerTo(ring);
  await world.ok(pbx, 'leg.answered', { legId: 'leg:1.1' });
  await world.answerTo(world.asked()[0]);
  world.told();
});

afterEach(async () => {
  await expectSurvivesLoad(world);
  await world.stop();
});

const asks = (more = {}) => world.ok(ada, 'contact.consult', { contactId: 'c1', to: { number }, ...more });
const attended = (more = {}) => world.call(ada, 'contact.transfer', { contactId: 'c1', mode: 'attended', ...more });
const ends = () => world.ok(ada, 'contact.end', { contactId: consultId });
const agentState = async () => (await world.ok(ada, 'agent.get')).state;
async function contact(contactId = 'c1') {
  await world.idle();
  return world.ok('app:crm', 'contact.get', { contactId });
}

/** What was asked of the switch; all of it is done. */
async function asked(): Promise<string[]> {
  await world.idle();
  const all = world.asked();
  for (const one of all) await world.answerTo(one);
  return all.map(({ method, params: { legId, legs } }) => `${method} ${legs ?? legId}`);
}

/** What the agent is told of the consultation. */
const heard = () =>
  world
    .told()
    .filter(({ to, event }) => to === ada && event === 'contact.consulting')
    .map(({ params: { state, why, cause } }) => [state, why, cause].filter(Boolean).join(' '));

/** The number rings, with the id of its leg. */
async function rings(more = {}): Promise<string> {
  await asks(more);
  const [hold, ring] = world.asked() as [AskedOf, AskedOf];
  expect(hold).toMatchObject({ method: 'leg.hold', params: { legId: 'A' } });
  expect(ring).toMatchObject({
    method: 'leg.ring',
    params: { contactId: expect.stringContaining(consultId), to: { number }, from: '+4930999' },
  });
  for (const one of [hold, ring]) await world.answerTo(one);
  return ring.params.legId as string;
}

/** The number has answered, and is joined with the agent. */
async function talks(): Promise<string> {
  const legId = await rings();
  await world.ok(pbx, 'leg.answered', { legId });
  const [connect] = world.asked();
  expect(connect).toMatchObject({ method: 'leg.connect', params: { contactId: consultId, legs: ['leg:1.1', legId] } });
  await world.answerTo(connect);
  return legId;
}

const isBack = async () => {
  expect(await contact()).toMatchObject({ state: 'connected', agentId: 'ada' });
  expect(await contact()).not.toHaveProperty('heldSince');
  expect(await contact()).not.toHaveProperty('consultId');
};
const joinedAgain = 'leg.connect A,leg:1.1';

describe('a number that is asked', () => {
  test('is rung at the switch of the customer, who is on hold, and by nobody else', async () => {
    await world.ok('agent:ben', 'agent.ready');
    expect(await asks()).toMatchObject({ contactId: consultId, state: 'waiting', outside: { number } });
    expect(await asked()).toEqual(['leg.hold A', expect.stringMatching(/^leg.ring leg:n/)]);
    expect(await contact()).toMatchObject({ state: 'connected', consultId, heldSince: expect.any(Number) });
    expect(await contact(consultId)).toMatchObject({ state: 'waiting', outside: { number } });
    expect(heard()).toEqual(['ringing']);
  });

  test('is with the agent once the switch has joined the two', async () => {
    await talks();
    expect(heard()).toEqual(['ringing', 'connected']);
    expect(await contact(consultId)).toMatchObject({ outside: { number, connectedAt: expect.any(Number) } });
    expect(await contact()).toMatchObject({ heldSince: expect.any(Number) });
  });

  test.each(['busy', 'rejected', 'noAnswer', 'unreachable'])(
    'and cannot be had (%s) gives the customer back',
    async (cause) => {
      const legId = await rings();
      await world.ok(pbx, 'leg.failed', { legId, cause });
      expect(await asked()).toEqual([joinedAgain]);
      await isBack();
      expect(heard()).toEqual(['ringing', `over notReached ${cause}`]);
      const had = { consultId, number, cause, why: 'notReached' };
      expect((await contact()).consultations).toMatchObject([had]);
    },
  );

  test('and does not answer in time is let go', async () => {
    const legId = await rings({ waitMs: 5_000 });
    await world.pass(5_001);
    expect(await asked()).toEqual([`leg.release ${legId}`, joinedAgain]);
    await isBack();
  });

  test('which the switch would not ring, or not join, gives the customer back', async () => {
    await asks();
    const [hold, ring] = world.asked();
    await world.answerTo(hold);
    await world.answerTo(ring, fails);
    expect(await asked()).toEqual([joinedAgain]);
    await isBack();
    await asks();
    const again = world.asked();
    for (const one of again) await world.answerTo(one);
    const { legId } = again.at(-1)!.params;
    await world.ok(pbx, 'leg.answered', { legId });
    await world.answerTo(world.asked()[0], fails);
    expect(await asked()).toEqual([`leg.release ${legId}`, joinedAgain]);
    await isBack();
  });

  test('and is not wanted any more is let go, while it rings and once it is there', async () => {
    const first = await rings();
    await ends();
    expect(await asked()).toEqual([joinedAgain, `leg.release ${first}`]);
    await isBack();
  });

  test('is let go by the end of the consultation', async () => {
    const legId = await talks();
    await world.pass(2_000);
    await ends();
    expect(await asked()).toEqual([joinedAgain, `leg.release ${legId}`]);
    await isBack();
    const had = { number, connectedAt: expect.any(Number), why: 'byAgent' };
    expect((await contact()).consultations).toMatchObject([had]);
    await world.ok(ada, 'contact.end', { contactId: 'c1' });
    await world.idle();
    const { records } = await world.ok('app:crm', 'cdr.query', {});

    expect(records).toMatchObject([{ contactId: 'c1', consultations: [had] }]);
  });

  test.each([
    ['hungUp', 'byAgent'],
    ['lost', 'legLost'],
  ])('and hangs up, or is lost (%s), gives the customer back', async (cause, why) => {
    const legId = await talks();
    await world.ok(pbx, 'leg.ended', { legId, cause });
    expect(await asked()).toEqual([joinedAgain]);
    await isBack();
    expect(heard().at(-1)).toBe(`over ${why} ${cause}`);
  });

  test('is let go when the customer hangs up', async () => {
    const legId = await talks();
    await world.ok(pbx, 'leg.ended', { legId: 'A' });
    expect(await asked()).toEqual(['leg.release leg:1.1', `leg.release ${legId}`]);
    expect(await contact()).toMatchObject({ state: 'ended', why: 'byCustomer' });
    expect(await contact(consultId)).toMatchObject({ state: 'ended', why: 'consultationOver' });
    expect(await agentState()).toBe('ready');
  });

  test('is let go when somebody else has the contact', async () => {
    const legId = await talks();
    await world.ok('agent:ben', 'agent.ready');
    await world.ok('supervisor:lead', 'supervisor.move', { contactId: 'c1', to: { agentId: 'ben' } });
    expect(await asked()).toContain(`leg.release ${legId}`);
    expect(await contact()).toMatchObject({ state: 'ringing', agentId: 'ben' });
  });
});

describe('the agent who asks', () => {
  test('and hangs up while it rings leaves the customer as without it', async () => {
    const legId = await rings();
    await world.ok(pbx, 'leg.ended', { legId: 'leg:1.1', cause: 'hungUp' });
    expect(await asked()).toEqual(['leg.release A', `leg.release ${legId}`]);
    expect(await contact()).toMatchObject({ state: 'ended', why: 'byAgent' });
  });

  test.each(['hungUp', 'lost'])('and hangs up, or is lost (%s), leaves the customer with the number', async (cause) => {
    const legId = await talks();
    await world.ok(pbx, 'leg.ended', { legId: 'leg:1.1', cause });
    expect(await asked()).toEqual([`leg.connect A,${legId}`]);
    expect(await contact()).toMatchObject({ state: 'ended', why: 'transferredOut', outside: { number } });
  });

  test('and is lost in the same moment as the number leaves the customer to the queue', async () => {
    const legId = await talks();
    await world.together(
      [pbx, 'leg.ended', { legId: 'leg:1.1', cause: 'lost' }],
      [pbx, 'leg.ended', { legId, cause: 'lost' }],
    );
    await asked();
    expect(await contact()).toMatchObject({ state: 'ringing', agentId: 'ada', servedBefore: [{ agentId: 'ada' }] });
  });
});

describe('an attended transfer to a number', () => {
  test('joins the customer with it, frees the agent, and ends the contact', async () => {
    const legId = await talks();
    world.told();
    expect(await attended({ to: { number } })).toHaveProperty('result');
    expect(await agentState()).toBe('ready');
    expect(await asked()).toEqual(['leg.release leg:1.1', `leg.connect A,${legId}`]);
    expect(await contact()).toMatchObject({ state: 'ended', why: 'transferredOut', outside: { number } });
    expect(await contact(consultId)).toMatchObject({ state: 'ended', why: 'handedOver' });
    expect(await contact()).toMatchObject({
      consultations: [{ why: 'handedOver' }],
      servedBefore: [{ why: 'transferred' }],
    });
    await world.ok(pbx, 'leg.ended', { legId });
    expect(await asked()).toEqual(['leg.release A']);
  });

  test('which the switch would not join brings the customer back to the agent', async () => {
    const legId = await talks();
    await attended();
    await world.idle();
    const [release, connect] = world.asked();
    await world.answerTo(release);
    await world.answerTo(connect, fails);
    expect(await asked()).toEqual([`leg.release ${legId}`, expect.stringMatching(/^leg.ring leg:1\./)]);
    expect(await contact()).toMatchObject({ state: 'ringing', agentId: 'ada' });
  });

  test('in whose moment the number hangs up brings the customer back to the agent', async () => {
    const legId = await talks();
    await world.together(
      [pbx, 'leg.ended', { legId, cause: 'hungUp' }],
      [ada, 'contact.transfer', { contactId: 'c1', mode: 'attended' }],
    );
    await asked();
    expect(await contact()).toMatchObject({ state: 'ringing', agentId: 'ada' });
  });

  test('in whose moment the consultation ends is refused, and the customer is back', async () => {
    await talks();
    const [, transfer] = await world.together(
      [ada, 'contact.end', { contactId: consultId }],
      [ada, 'contact.transfer', { contactId: 'c1', mode: 'attended' }],
    );
    expect(transfer).toMatchObject({ refusal: { refusal: 'consultation_not_connected' } });
    await asked();
    await isBack();
  });

  test('in whose moment the customer hangs up is over for all', async () => {
    const legId = await talks();
    await world.together(
      [pbx, 'leg.ended', { legId: 'A' }],
      [ada, 'contact.transfer', { contactId: 'c1', mode: 'attended' }],
    );
    expect(await asked()).toContain(`leg.release ${legId}`);
    expect((await contact()).state).toBe('ended');
    expect(await agentState()).toBe('ready');
  });

  test('of a contact that a supervisor has moved in the same moment is refused, and the number let go', async () => {
    const legId = await talks();
    await world.ok('agent:ben', 'agent.ready');
    const [, transfer] = await world.together(
      ['supervisor:lead', 'supervisor.move', { contactId: 'c1', to: { agentId: 'ben' } }],
      [ada, 'contact.transfer', { contactId: 'c1', mode: 'attended' }],
    );
    expect(transfer).toHaveProperty('refusal');
    expect(await asked()).toContain(`leg.release ${legId}`);
    expect(await contact()).toMatchObject({ state: 'ringing', agentId: 'ben' });
    expect(await contact()).not.toHaveProperty('outside');
  });

  test('of somebody who was not asked is refused', async () => {
    await talks();
    expect(await attended({ to: { number: '+4930222' } })).toMatchObject({ refusal: { refusal: 'not_consulted' } });
    expect(await attended({ to: { agentId: 'ben' } })).toMatchObject({ refusal: { refusal: 'not_consulted' } });
  });
});

describe('a transfer to a number that rings still', () => {
  test('frees the agent, and the number rings on for the customer', async () => {
    const legId = await rings();
    await world.ok(pbx, 'leg.ringing', { legId });
    world.told();
    expect(await attended()).toHaveProperty('result.outside.number', number);
    expect(await asked()).toEqual(['leg.release leg:1.1']);
    expect(await agentState()).toBe('ready');
    expect(await contact()).toMatchObject({ state: 'waiting', outside: { number } });
    expect(await contact(consultId)).toMatchObject({ state: 'ended', why: 'handedOver' });
    await world.ok(pbx, 'leg.answered', { legId });
    expect(await asked()).toEqual([`leg.connect A,${legId}`]);
    expect(await contact()).toMatchObject({ state: 'ended', why: 'transferredOut' });
    const states = world
      .told()
      .filter(({ to, event }) => to === ada && event === 'contact.outside')
      .map(({ params }) => params.state);
    expect(states).toEqual(['ringing', 'connected']);
  });

  test('which does not answer in its time, or is busy, brings the customer back to the agent', async () => {
    const legId = await rings({ waitMs: 5_000 });
    await attended();
    await world.pass(5_001);
    expect(await asked()).toEqual([
      'leg.release leg:1.1',
      `leg.release ${legId}`,
      expect.stringMatching(/^leg.ring leg:1\./),
    ]);
    expect(await contact()).toMatchObject({ state: 'ringing', agentId: 'ada' });
    await world.ok(pbx, 'leg.answered', { legId: 'leg:1.2' });
    await asked();
    const second = await rings();
    await attended();
    await world.ok(pbx, 'leg.failed', { legId: second, cause: 'busy' });
    expect(await contact()).toMatchObject({ state: 'ringing', agentId: 'ada' });
  });

  test('is joined with the customer where it has just answered', async () => {
    const legId = await rings();
    await world.ok(pbx, 'leg.answered', { legId });
    await attended();
    const all = await asked();
    expect(all.at(-1)).toBe(`leg.connect A,${legId}`);
    expect(await contact()).toMatchObject({ state: 'ended', why: 'transferredOut' });
  });

  test('goes on over a restart, and over a switch that goes and is back', async () => {
    await asks({ waitMs: 20_000 });
    await attended();
    world.asked();
    await world.reopen();
    await world.presence(pbx, true);
    const again = await asked();
    const legId = /^leg.ring (leg:n.*)$/.exec(again.find((line) => line.startsWith('leg.ring')) ?? '')?.[1];
    expect(await contact()).toMatchObject({ state: 'waiting', outside: { number } });
    await world.pass(20_001);
    expect(await asked()).toContain(`leg.release ${legId}`);
    expect(await contact()).toMatchObject({ state: 'ringing', agentId: 'ada' });
  });

  test('is not wanted any more once the customer has hung up', async () => {
    const legId = await rings();
    await attended();
    await asked();
    await world.ok(pbx, 'leg.ended', { legId: 'A' });
    expect(await asked()).toEqual([`leg.release ${legId}`]);
    expect(await contact()).toMatchObject({ state: 'ended', why: 'cancelled' });
  });
});

describe('a conference with a number', () => {
  test('joins all three, and goes on as two whoever leaves', async () => {
    const legId = await talks();
    await world.ok(ada, 'contact.conference', { contactId: 'c1' });
    expect(await asked()).toEqual([`leg.connect A,leg:1.1,${legId}`]);
    expect(await contact()).toMatchObject({ conferenceSince: expect.any(Number) });
    expect(await contact()).not.toHaveProperty('heldSince');
    await world.ok(pbx, 'leg.ended', { legId, cause: 'hungUp' });
    expect(await asked()).toEqual([joinedAgain]);
    await isBack();
  });

  test('goes on with the customer and the number when the agent leaves it', async () => {
    const legId = await talks();
    await world.ok(ada, 'contact.conference', { contactId: 'c1' });
    await asked();
    await attended();
    expect(await asked()).toEqual(['leg.release leg:1.1', `leg.connect A,${legId}`]);
    expect(await contact()).toMatchObject({ state: 'ended', why: 'transferredOut' });
  });

  test('is refused while the number rings', async () => {
    await rings();
    const refused = await world.call(ada, 'contact.conference', { contactId: 'c1' });
    expect(refused).toMatchObject({ refusal: { refusal: 'consultation_not_connected' } });
  });
});

describe('a switch that goes', () => {
  test('and is back is asked again for what it was asked', async () => {
    await asks();
    await world.answerTo(world.asked()[0]);
    await world.presence(pbx, false);
    await world.presence(pbx, true);
    expect(await asked()).toEqual([expect.stringMatching(/^leg.ring leg:n/)]);
    expect(heard()).toEqual(['ringing']);
  });

  test('and says that it has them keeps the consultation; the customer is back where the number is gone', async () => {
    const legId = await talks();
    await world.presence(pbx, false);
    await world.presence(pbx, true);
    const both = ['A', 'leg:1.1'].map((one) => ({ legId: one, state: 'connected' }));
    const all = [...both, { legId, state: 'connected' }];
    expect(await world.ok(pbx, 'switch.report', { legs: all, complete: true })).toMatchObject({
      release: [],
      connect: [],
    });
    expect(await contact()).toMatchObject({ consultId });
    await world.presence(pbx, false);
    await world.pass(1_000);
    await world.presence(pbx, true);
    await world.ok(pbx, 'switch.report', { legs: both, complete: true });
    expect(await asked()).toEqual([joinedAgain]);
    await isBack();
  });

  test('and does not come back ends the contact, and with it the consultation', async () => {
    await talks();
    await world.presence(pbx, false);
    await world.pass(31_000);
    expect(await contact()).toMatchObject({ state: 'ended', why: 'switchLost' });
    expect(await contact(consultId)).toMatchObject({ state: 'ended', why: 'consultationOver' });
    expect(await agentState()).toBe('ready');
  });
});

describe('a restart of the router', () => {
  test('while it rings, and while they talk, changes nothing', async () => {
    const legId = await rings();
    await world.reopen();
    await world.presence(pbx, true);
    await world.ok(pbx, 'leg.answered', { legId });
    expect(await asked()).toEqual([`leg.connect leg:1.1,${legId}`]);
    await world.reopen();
    await world.presence(pbx, true);
    expect(await contact()).toMatchObject({ consultId, heldSince: expect.any(Number) });
    await attended();
    await asked();
    expect(await contact()).toMatchObject({ state: 'ended', why: 'transferredOut' });
  });
});

describe('asking a number is refused', () => {
  test('where the media are at no switch, or that is gone, and about a consultation', async () => {
    await world.presence(pbx, false);
    const consult = (contactId: string) => world.call(ada, 'contact.consult', { contactId, to: { number } });
    expect(await consult('c1')).toMatchObject({ refusal: { refusal: 'switch_not_connected' } });
    await world.ok('app:crm', 'contact.create', { contactId: 'c2', channel: 'voice', queueId: 'sales' });
    await world.ok(ada, 'offer.accept', { offerId: 'o3.1' });
    expect(await consult('c2')).toMatchObject({ refusal: { refusal: 'contact_without_legs' } });
    expect(await contact('c2')).not.toHaveProperty('heldSince');
  });
});
