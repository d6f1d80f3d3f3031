// Consultations and conferences of contacts whose media are at a switch: what the switch is asked, and what becomes of everybody
// when somebody, or something, is lost in the middle.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AskedOf, DomainWorld, type Members } from './domain-world.ts';
import { expectSurvivesLoad } from './survives-load.ts';

let world: DomainWorld;

const pbx = 'switch:pbx';
const policy = { channels: ['voice'], wrapUpMs: 0, afterBusyMs: 7_000, afterRejectMs: 9_000 };
const call = { contactId: 'c1', legId: 'A', channel: 'voice', queueId: 'sales' };
const ofConsult = { contactId: 'c1.consult' };

beforeEach(async () => {
  world = await DomainWorld.start();
  await world.ok('admin:root', 'queue.set', { queueId: 'sales', ...policy });
  for (const agentId of ['ada', 'ben']) {
    await world.ok('admin:root', 'agent.set', { agentId, capacity: { voice: 1 } });
    await world.ok(`agent:${agentId}`, 'agent.login', { lines: [{ lineId: `${agentId}-1`, channel: 'voice' }] });
  }
  await world.ok('agent:ada', 'agent.ready');
  await world.presence(pbx, true);
  await world.ok(pbx, 'contact.create', call);
  await answered(['A', 'leg:1.1']);
  await world.ok('agent:ben', 'agent.ready');
  world.told();
});

afterEach(async () => {
  await expectSurvivesLoad(world);
  await world.stop();
});

/** The newest leg rings, is answered and joined with these. */
async function answered(legs: readonly string[]): Promise<void> {
  const ring = world.asked().findLast(({ method }) => method === 'leg.ring') as AskedOf;
  await world.answerTo(ring);
  const { legId } = ring.params;
  await world.ok(pbx, 'leg.ringing', { legId });
  await world.ok(pbx, 'leg.answered', { legId });
  const [connect] = world.asked();
  expect(connect).toMatchObject({ method: 'leg.connect', params: { legs } });
  await world.answerTo(connect);
}

const contact = async (contactId = 'c1') => {
  await world.idle();
  return world.ok('app:crm', 'contact.get', { contactId });
};
const agentState = async (agentId: string) => (await world.ok(`agent:${agentId}`, 'agent.get')).state;
const consults = () => world.ok('agent:ada', 'contact.consult', { contactId: 'c1', to: { agentId: 'ben' } });
const attended = () => world.ok('agent:ada', 'contact.transfer', { contactId: 'c1', mode: 'attended' });

/** ben has taken it, and the two agents are joined. */
async function consulting(): Promise<void> {
  await consults();
  const [hold, ring] = world.asked();
  await world.answerTo(hold);
  await world.answerTo(ring);
  await world.ok(pbx, 'leg.ringing', { legId: 'leg:2.1' });
  await world.ok(pbx, 'leg.answered', { legId: 'leg:2.1' });
  await world.answerTo(world.asked()[0]);
  expect(await contact('c1.consult')).toMatchObject({ state: 'connected', agentId: 'ben' });
}

/** What the switch is asked next, without its numbers; all of it is done. */
async function askedNext(): Promise<unknown[]> {
  await world.idle();
  const asked = world.asked();
  for (const one of asked) await world.answerTo(one);
  return asked.map(({ method, params: { requestId, ringMs, ...params } }) => [method, params]);
}

const joinedAgain = ['leg.connect', { contactId: 'c1', legs: ['A', 'leg:1.1'] }];
const benIsFree = (why: string) => ['leg.release', { ...ofConsult, legId: 'leg:2.1', why }];

describe('a consultation', () => {
  test('holds the customer, rings the other agent at the same switch, and joins the two agents', async () => {
    await consults();
    expect(await askedNext()).toEqual([
      ['leg.hold', { contactId: 'c1', legId: 'A' }],
      ['leg.ring', { ...ofConsult, legId: 'leg:2.1', to: { agentId: 'ben', lineId: 'ben-1' } }],
    ]);
    await world.ok(pbx, 'leg.ringing', { legId: 'leg:2.1' });
    await world.ok(pbx, 'leg.answered', { legId: 'leg:2.1' });
    expect(await askedNext()).toEqual([['leg.connect', { ...ofConsult, legs: ['leg:1.1', 'leg:2.1'] }]]);
    expect(await contact()).toMatchObject({ state: 'connected', agentId: 'ada', heldSince: expect.any(Number) });
  });

  test('that is over joins customer and agent again, who is on hold no longer', async () => {
    await consulting();
    await world.pass(4_000);
    await world.ok('agent:ada', 'contact.end', ofConsult);
    expect(await askedNext()).toEqual([benIsFree('contactEnded'), joinedAgain]);
    expect(await contact()).not.toHaveProperty('heldSince');
    expect(await contact()).toMatchObject({ state: 'connected', agentId: 'ada', consultations: [{ why: 'byAgent' }] });
  });

  test('that is rejected on the telephone gives the customer back', async () => {
    await consults();
    await askedNext();
    await world.ok(pbx, 'leg.failed', { legId: 'leg:2.1', cause: 'rejected' });
    expect(await askedNext()).toEqual([joinedAgain]);
    expect(await contact('c1.consult')).toMatchObject({ state: 'ended', why: 'agentUnavailable' });
    expect(await contact()).not.toHaveProperty('heldSince');
  });

  test('whose leg is hung up, or lost, gives the customer back, whatever the queue does with lost legs', async () => {
    await world.ok('admin:root', 'queue.set', { queueId: 'sales', ...policy, whenLegLost: 'queue' });
    await consulting();
    await world.ok(pbx, 'leg.ended', { legId: 'leg:2.1', cause: 'lost' });
    expect(await askedNext()).toEqual([joinedAgain]);
    expect(await contact('c1.consult')).toMatchObject({ state: 'ended', why: 'legLost' });
    expect(await contact()).toMatchObject({ state: 'connected', agentId: 'ada' });
  });

  test('whose customer hangs up lets go everybody', async () => {
    await consulting();
    await world.ok(pbx, 'leg.ended', { legId: 'A', cause: 'hungUp' });
    expect(await askedNext()).toEqual([
      ['leg.release', { contactId: 'c1', legId: 'leg:1.1', why: 'contactEnded' }],
      benIsFree('contactEnded'),
    ]);
    expect([await agentState('ada'), await agentState('ben')]).toEqual(['ready', 'ready']);
  });

  test('whose switch would not join the two agents gives the customer back', async () => {
    await consults();
    await askedNext();
    await world.ok(pbx, 'leg.answered', { legId: 'leg:2.1' });
    await world.answerTo(world.asked()[0], { error: { code: 1, message: 'no', data: {} } });
    expect(await askedNext()).toEqual([benIsFree('notConnected'), joinedAgain]);
    expect(await contact()).toMatchObject({ state: 'connected', agentId: 'ada' });
  });

  test('after which the switch would not join customer and agent leaves the customer to the queue', async () => {
    await consulting();
    await world.ok('agent:ben', 'contact.end', ofConsult);
    await world.idle();
    const [release, connect] = world.asked();
    await world.answerTo(release);
    await world.answerTo(connect, { error: { code: 1, message: 'no', data: {} } });
    expect(await contact()).toMatchObject({ state: 'ringing', agentId: 'ben', servedBefore: [{ why: 'legLost' }] });
  });

  test('is asked again of a switch that comes back, as is the return', async () => {
    await consulting();
    await world.presence(pbx, false);
    await world.ok('agent:ben', 'contact.end', ofConsult);
    await world.idle();
    world.asked();
    await world.presence(pbx, true);
    expect(await askedNext()).toEqual([benIsFree('contactEnded'), joinedAgain]);
    expect(await contact()).not.toHaveProperty('heldSince');
  });

  test('ends with the contacts of a switch that does not come back', async () => {
    await consulting();
    await world.presence(pbx, false);
    await world.pass(31_000);
    expect(await contact()).toMatchObject({ state: 'ended', why: 'switchLost' });
    expect(await contact('c1.consult')).toMatchObject({ state: 'ended', why: 'consultationOver' });
    expect([await agentState('ada'), await agentState('ben')]).toEqual(['ready', 'ready']);
  });

  test('is kept over a switch that comes back and says what it has', async () => {
    await consulting();
    await world.presence(pbx, false);
    await world.presence(pbx, true);
    const legs = [
      { legId: 'A', state: 'answered' },
      { legId: 'leg:1.1', state: 'connected' },
      { legId: 'leg:2.1', state: 'connected' },
    ];
    const said = await world.ok(pbx, 'switch.report', { legs, complete: true });
    expect(said).toMatchObject({ keep: ['A', 'leg:1.1', 'leg:2.1'], connect: [], release: [] });
  });
});

describe('who asks is lost', () => {
  test.each(['hungUp', 'lost'])('and the other one has the customer (%s)', async (cause) => {
    await consulting();
    await world.ok(pbx, 'leg.ended', { legId: 'leg:1.1', cause });
    expect(await askedNext()).toEqual([['leg.connect', { contactId: 'c1', legs: ['A', 'leg:2.1'] }]]);
    expect(await contact()).toMatchObject({ state: 'connected', agentId: 'ben', servedBefore: [{ why: 'attended' }] });
    expect(await agentState('ada')).toBe('ready');
  });

  test('while it rings, and the contact ends as it would have', async () => {
    await consults();
    await askedNext();
    await world.ok(pbx, 'leg.ended', { legId: 'leg:1.1', cause: 'hungUp' });
    expect(await contact()).toMatchObject({ state: 'ended', why: 'byAgent' });
    expect(await contact('c1.consult')).toMatchObject({ state: 'ended', why: 'consultationOver' });
  });

  const bothEnd = (...legs: string[]) =>
    world.together(...legs.map((legId) => [pbx, 'leg.ended', { legId, cause: 'lost' }] as const));

  test('just before the other one, and the customer is back in the queue', async () => {
    await consulting();
    await bothEnd('leg:1.1', 'leg:2.1');
    expect(await contact('c1.consult')).toMatchObject({ state: 'ended', why: 'handedOver' });
    expect(await contact()).toMatchObject({ state: 'ringing', servedBefore: [{ agentId: 'ada' }, { agentId: 'ben' }] });
  });

  test('just after the other one, and the contact ends as it would have', async () => {
    await consulting();
    await bothEnd('leg:2.1', 'leg:1.1');
    expect(await contact('c1.consult')).toMatchObject({ state: 'ended', why: 'legLost' });
    expect(await contact()).toMatchObject({ state: 'ended', why: 'legLost' });
    expect([await agentState('ada'), await agentState('ben')]).toEqual(['ready', 'ready']);
  });
});

describe('an attended transfer', () => {
  test('joins the customer with the other agent’s leg, which is the contact’s from then on', async () => {
    await consulting();
    await attended();
    expect(await askedNext()).toEqual([
      ['leg.release', { contactId: 'c1', legId: 'leg:1.1', why: 'sent' }],
      ['leg.connect', { contactId: 'c1', legs: ['A', 'leg:2.1'] }],
    ]);
    expect(await contact()).toMatchObject({ state: 'connected', agentId: 'ben' });
    expect(await contact()).not.toHaveProperty('heldSince');
    await world.ok('agent:ben', 'contact.hold', { contactId: 'c1' });
    expect(await askedNext()).toEqual([['leg.hold', { contactId: 'c1', legId: 'A' }]]);
    await world.ok(pbx, 'leg.ended', { legId: 'leg:2.1', cause: 'hungUp' });
    expect(await contact()).toMatchObject({ state: 'ended', why: 'byAgent', agentId: 'ben' });
    expect(await agentState('ben')).toBe('ready');
  });

  /** The switch will not join the customer with ben. */
  async function notJoined(): Promise<void> {
    await attended();
    const [release, connect] = world.asked();
    await world.answerTo(release);
    await world.answerTo(connect, { error: { code: 1, message: 'no', data: {} } });
    await world.idle();
  }

  test('which the switch would not join gives the customer back to the agent who asked', async () => {
    await world.ok('admin:root', 'agent.set', { agentId: 'eve', capacity: { voice: 1 } });
    await world.ok('agent:eve', 'agent.login', { lines: [{ lineId: 'eve-1', channel: 'voice' }] });
    await consulting();
    await world.ok('agent:eve', 'agent.ready');
    await notJoined();
    expect(await contact()).toMatchObject({
      state: 'ringing',
      agentId: 'ada',
      servedBefore: [
        { agentId: 'ada', why: 'attended' },
        { agentId: 'ben', why: 'legLost' },
      ],
    });
    expect(await agentState('eve')).toBe('ready');
    await answered(['A', 'leg:1.3']);
    expect(await contact()).toMatchObject({ state: 'connected', agentId: 'ada' });
  });

  test('… for as long as was said, and then to the queue, also where that agent wraps up first', async () => {
    await world.ok('admin:root', 'queue.set', { queueId: 'sales', ...policy, wrapUpMs: 60_000 });
    await consulting();
    await notJoined();
    expect(await contact()).toMatchObject({ state: 'waitingFor', agentId: 'ada' });
    await world.reopen();
    await world.presence(pbx, true);
    await world.ok('agent:ada', 'contact.wrapUpDone', { contactId: 'c1' });
    expect(await contact()).toMatchObject({ state: 'ringing', agentId: 'ada' });
    await world.ok('agent:ada', 'offer.reject', { offerId: (await contact()).offerId as string, reason: 'desk' });
    expect((await contact()).agentId).not.toBe('ada');
  });

  test('which the switch has joined is that agent’s no more: whatever fails later goes to the queue', async () => {
    await consulting();
    await attended();
    await askedNext();
    await world.ok('agent:ada', 'agent.notReady', { reason: 'desk' });
    await world.ok('admin:root', 'queue.set', { queueId: 'sales', ...policy, whenLegLost: 'queue' });
    await world.ok(pbx, 'leg.ended', { legId: 'leg:2.1', cause: 'lost' });
    expect(await contact()).toMatchObject({ state: 'waiting' });
  });

  test('in whose moment the customer hangs up is over for all', async () => {
    await consulting();
    const [, transfer] = await world.together(
      [pbx, 'leg.ended', { legId: 'A', cause: 'hungUp' }],
      ['agent:ada', 'contact.transfer', { contactId: 'c1', mode: 'attended' }],
    );
    expect(transfer).toHaveProperty('result');
    expect(await contact()).toMatchObject({ state: 'ended', why: 'byCustomer' });
    expect([await agentState('ada'), await agentState('ben')]).toEqual(['ready', 'ready']);
  });
});

describe('a transfer before it is taken', () => {
  test('goes to the one who is asked, whose telephone rings for the customer', async () => {
    await consults();
    await askedNext();
    expect(await attended()).toMatchObject({ state: 'waitingFor', agentId: 'ben' });
    const ring = { contactId: 'c1', legId: 'leg:1.2', to: { agentId: 'ben', lineId: 'ben-1' } };
    expect(await askedNext()).toEqual([
      ['leg.release', { contactId: 'c1', legId: 'leg:1.1', why: 'sent' }],
      ['leg.release', { ...ofConsult, legId: 'leg:2.1', why: 'offerOver' }],
      ['leg.ring', ring],
    ]);
    expect(await contact()).toMatchObject({ state: 'ringing', agentId: 'ben' });
    expect(await agentState('ada')).toBe('ready');
    await world.ok(pbx, 'leg.failed', { legId: 'leg:1.2', cause: 'rejected' });
    expect(await contact()).toMatchObject({ state: 'ringing', agentId: 'ada' });
  });

  test('is refused while the two are being joined', async () => {
    await consults();
    await askedNext();
    await world.ok(pbx, 'leg.answered', { legId: 'leg:2.1' });
    const refused = await world.call('agent:ada', 'contact.transfer', { contactId: 'c1', mode: 'attended' });
    expect(refused).toMatchObject({ refusal: { refusal: 'consultation_not_connected' } });
    await askedNext();
    expect(await contact('c1.consult')).toMatchObject({ state: 'connected' });
  });
});

describe('a conference', () => {
  const together: Members = { contactId: 'c1', legs: ['A', 'leg:1.1', 'leg:2.1'] };

  beforeEach(async () => {
    await consulting();
    await world.ok('agent:ada', 'contact.conference', { contactId: 'c1' });
  });

  test('is on when the switch says so, and holds nobody', async () => {
    expect(await contact()).not.toHaveProperty('conferenceSince');
    expect(await askedNext()).toEqual([['leg.connect', together]]);
    expect(await contact()).toMatchObject({ conferenceSince: expect.any(Number) });
    expect(await contact()).not.toHaveProperty('heldSince');
    expect(world.toldLines('on').filter((line) => line.includes('conference'))).toEqual([
      'switch:pbx contact.conference true',
      'agent:ada contact.conference true',
      'agent:ben contact.conference true',
    ]);
  });

  test('that the switch would not bring about leaves everything as it was, and the agent hears of it', async () => {
    await world.answerTo(world.asked()[0], { error: { code: 1, message: 'no', data: {} } });
    expect(await contact()).toMatchObject({ state: 'connected', agentId: 'ada', heldSince: expect.any(Number) });
    expect(world.told().findLast(({ event }) => event === 'contact.conference')?.params).toMatchObject({
      on: false,
      failed: true,
    });
    await attended();
    expect(await contact()).toMatchObject({ state: 'connected', agentId: 'ben' });
  });

  test('goes on as two when the agent leaves it', async () => {
    await askedNext();
    await world.ok(pbx, 'leg.ended', { legId: 'leg:1.1', cause: 'hungUp' });
    expect(await askedNext()).toEqual([['leg.connect', { contactId: 'c1', legs: ['A', 'leg:2.1'] }]]);
    expect(await contact()).toMatchObject({ state: 'connected', agentId: 'ben' });
    expect(await contact()).not.toHaveProperty('conferenceSince');
  });

  test('goes on as two when the other agent leaves it', async () => {
    await askedNext();
    await world.ok(pbx, 'leg.ended', { legId: 'leg:2.1', cause: 'hungUp' });
    expect(await askedNext()).toEqual([joinedAgain]);
    expect(await contact()).toMatchObject({ state: 'connected', agentId: 'ada' });
  });

  test('ends when the customer leaves it', async () => {
    await askedNext();
    await world.ok(pbx, 'leg.ended', { legId: 'A', cause: 'hungUp' });
    expect(await contact()).toMatchObject({ state: 'ended', why: 'byCustomer' });
    expect([await agentState('ada'), await agentState('ben')]).toEqual(['ready', 'ready']);
  });
});
