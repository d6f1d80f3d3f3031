// Calls from one agent to another: with telephones and without, by name, line, number and queue, and whatever becomes of them.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AskedOf, DomainWorld, type Members } from './domain-world.ts';
import { expectSurvivesLoad } from './survives-load.ts';

let world: DomainWorld;

const pbx = 'switch:pbx';
const ada = 'agent:ada';
const ben = 'agent:ben';
const number = '+4930556';

beforeEach(async () => {
  world = await DomainWorld.start();
  await world.ok('admin:root', 'queue.set', {
    queueId: 'sales',
    channels: ['voice'],
    wrapUpMs: 5_000,
    offerMs: 10_000,
  });
  await world.ok('admin:root', 'queue.set', { queueId: 'help', channels: ['voice'], wrapUpMs: 0, offerMs: 10_000 });
  for (const agentId of ['ada', 'ben', 'cem'])
    await world.ok('admin:root', 'agent.set', { agentId, capacity: { voice: 2 } });
  await world.ok(ada, 'agent.login', { lines: [{ lineId: 'ada-1', channel: 'voice', number: '+4930555' }] });
  await world.ok(ben, 'agent.login', { lines: [{ lineId: 'ben-1', channel: 'voice', number }] });
  await world.ok(ben, 'agent.ready');
  world.told();
});

afterEach(async () => {
  await expectSurvivesLoad(world);
  await world.stop();
});

const call = { contactId: 'in-1', lineId: 'ada-1', to: { agentId: 'ben' } };
const dial = (more: Members = {}) => world.ok(ada, 'contact.dial', { ...call, ...more });
const refused = (to: Members) => world.outcome(ada, 'contact.dial', { ...call, to });
async function contact(contactId = 'in-1') {
  await world.idle();
  return world.ok('app:crm', 'contact.get', { contactId });
}
const asked = () => world.asked().map(({ method, params: { legId, legs } }) => `${method} ${legs ?? legId}`);
const heard = () =>
  world
    .told()
    .filter(({ event }) => /^(contact|offer)\./.test(event))
    .map(({ to, event, params: { contactId, state, cause, why } }) =>
      [to, event, contactId, state, cause, why].filter(Boolean).join(' '),
    );
const statisticsOf = async (of: 'queues' | 'agents') => {
  const now = world.clock.now();
  const from = now - (now % 86_400_000);
  const period = { of, from, to: from + 86_400_000, intervalMs: 86_400_000 };
  return (await world.ok('supervisor:s', 'statistics.query', period))[of] as Members[];
};

/** The switch was asked to ring, and has begun. */
async function rung(): Promise<string> {
  const ring = world.asked().findLast(({ method }) => method === 'leg.ring') as AskedOf;
  expect(ring).toBeDefined();
  await world.answerTo(ring);
  return ring.params.legId as string;
}

async function inService(more: Members = {}): Promise<{ readonly adas: string; readonly bens: string }> {
  await dial(more);
  const adas = await rung();
  await world.ok(pbx, 'leg.answered', { legId: adas });
  await world.idle();
  const bens = await rung();
  await world.ok(pbx, 'leg.answered', { legId: bens });
  const [connect] = world.asked();
  expect(connect).toMatchObject({ method: 'leg.connect', params: { legs: [adas, bens] } });
  await world.answerTo(connect as AskedOf);
  await world.idle();
  return { adas, bens };
}

describe('without telephones', () => {
  test('the colleague is offered it, and both are in service once that one accepts', async () => {
    expect(await dial()).toMatchObject({
      state: 'connecting',
      direction: 'internal',
      dialled: { to: { agentId: 'ben' } },
    });
    expect(await contact('in-1.called')).toMatchObject({
      ...{ state: 'ringing', agentId: 'ben', direction: 'internal', from: '+4930555' },
      calledBy: { contactId: 'in-1', agentId: 'ada', lineId: 'ada-1' },
    });
    expect(await contact()).toMatchObject({ dialled: { state: 'ringing', calledAgentId: 'ben' } });
    expect(heard()).toEqual([
      'agent:ada contact.dialling in-1 waiting',
      'agent:ben offer.created in-1.called',
      'agent:ada contact.dialling in-1 ringing',
    ]);
    await world.pass(3_000);
    await world.ok(ben, 'offer.accept', { offerId: 'o2.1' });
    expect(await contact()).toMatchObject({
      state: 'connected',
      dialled: { state: 'connected', calledAgentId: 'ben' },
    });
    expect(heard()).toEqual([
      'agent:ada contact.dialling in-1 connected',
      'agent:ben contact.connected in-1.called',
      'agent:ada contact.connected in-1',
    ]);
    await world.pass(4_000);
    await world.ok(ben, 'contact.end', { contactId: 'in-1.called' });
    expect(await contact()).toMatchObject({ state: 'wrapUp', why: 'byCustomer', servedMs: 4_000 });
    expect(await contact('in-1.called')).toMatchObject({ state: 'wrapUp', why: 'byAgent' });
    await world.pass(5_000);
    const { records } = await world.ok('app:crm', 'cdr.query', {});
    expect(records).toMatchObject([
      {
        ...{ contactId: 'in-1', direction: 'internal', dialledTo: { agentId: 'ben' }, calledAgentId: 'ben' },
        ...{ agentId: 'ada', from: '+4930555', offered: 0, talkMs: 4_000, wrapUpMs: 5_000 },
      },
    ]);
    expect(await statisticsOf('agents')).toMatchObject([
      { agentId: 'ada', dialled: 1, dialledReached: 1, dialledTalkMs: 4_000, handled: 0 },
      { agentId: 'ben', consulted: 1, consultMs: 4_000, offers: 0, answered: 0, handled: 0 },
    ]);
    for (const queue of await statisticsOf('queues')) expect(queue).toMatchObject({ offered: 0, answered: 0 });
  });

  test('the caller hangs up, before and after it is taken', async () => {
    await dial();
    await world.ok(ada, 'contact.end', { contactId: 'in-1' });
    expect(await contact('in-1.called')).toMatchObject({ state: 'ended', why: 'cancelled' });
    expect(await contact()).toMatchObject({ state: 'ended', why: 'byAgent' });
    await dial({ contactId: 'in-2' });
    await world.idle();
    await world.ok(ben, 'offer.accept', { offerId: 'o4.1' });
    await world.idle();
    await world.ok(ada, 'contact.end', { contactId: 'in-2' });
    expect(await contact('in-2.called')).toMatchObject({ state: 'wrapUp', why: 'byCustomer' });
  });

  test.each([
    ['rejects', 'rejected', () => world.ok(ben, 'offer.reject', { offerId: 'o2.1' })],
    ['does not answer', 'noAnswer', () => world.pass(10_001)],
    ['logs out', 'unreachable', () => world.ok(ben, 'agent.logout', { when: 'now' })],
  ])('a colleague who %s ends it', async (_, cause, how) => {
    await dial();
    await world.idle();
    await how();
    expect(await contact()).toMatchObject({ state: 'ended', why: 'notReached', dialled: { cause } });
    expect(await contact('in-1.called')).toMatchObject({ state: 'ended' });
    const { records } = await world.ok('app:crm', 'cdr.query', {});
    expect(records).toMatchObject([{ contactId: 'in-1', why: 'notReached', cause }]);
  });

  test('who is busy is waited for', async () => {
    await world.ok('app:crm', 'contact.create', { contactId: 'c', channel: 'voice', queueId: 'sales' });
    await world.ok(ben, 'offer.accept', { offerId: 'o1.1' });
    world.told();
    await dial({ waitMs: 20_000 });
    await world.idle();
    expect(heard()).toEqual(['agent:ada contact.dialling in-1 waiting', 'agent:ada contact.dialling in-1 waitingFor']);
    await world.pass(20_001);
    expect(await contact()).toMatchObject({ state: 'ended', why: 'notReached', dialled: { cause: 'unreachable' } });
  });

  test('a line, its number and a queue are called as well', async () => {
    for (const [contactId, to] of [
      ['a', { lineId: 'ben-1' }],
      ['b', { number }],
      ['c', { queueId: 'help' }],
    ] as const) {
      await dial({ contactId, to });
      expect(await contact(`${contactId}.called`)).toMatchObject({ state: 'ringing', agentId: 'ben', lineId: 'ben-1' });
      await world.ok(ada, 'contact.end', { contactId });
      expect(await contact(contactId)).toMatchObject({ state: 'ended', why: 'byAgent', direction: 'internal' });
    }
    expect(await contact('c.called')).toMatchObject({ queueId: 'help' });
    expect(await contact('b')).toMatchObject({ dialled: { to: { lineId: 'ben-1' }, number }, to: number });
  });

  test('in a queue it is waited for as long as was asked, and the caller is no one of those who could answer', async () => {
    await world.ok(ada, 'agent.ready');
    await world.ok(ben, 'agent.notReady', { reason: 'lunch' });
    await dial({ to: { queueId: 'help' }, waitMs: 20_000 });
    expect(await contact('in-1.called')).toMatchObject({ state: 'waiting', queueId: 'help' });
    await world.pass(20_001);
    expect(await contact()).toMatchObject({ state: 'ended', why: 'notReached', dialled: { cause: 'noAnswer' } });
    for (const queue of await statisticsOf('queues')) expect(queue).toMatchObject({ offered: 0, abandoned: 0 });
  });

  test('hold is of each side, and the two are sent nowhere', async () => {
    await dial();
    await world.idle();
    await world.ok(ben, 'offer.accept', { offerId: 'o2.1' });
    await world.idle();
    await world.ok(ada, 'contact.hold', { contactId: 'in-1' });
    await world.ok(ben, 'contact.hold', { contactId: 'in-1.called' });
    expect(await contact()).toHaveProperty('heldSince');
    expect(await contact()).toHaveProperty('heldBySince');
    await world.ok(ada, 'contact.resume', { contactId: 'in-1' });
    expect(await contact()).not.toHaveProperty('heldSince');
    expect(await contact('in-1.called')).toHaveProperty('heldSince');
    expect(await contact('in-1.called')).not.toHaveProperty('heldBySince');
    expect(await contact()).toHaveProperty('heldBySince');
    for (const method of ['contact.transfer', 'contact.consult'] as const) {
      const asks = (who: typeof ada | typeof ben, contactId: string, to: Members) =>
        world.outcome(who, method, { contactId, to });
      expect(await asks(ada, 'in-1', { queueId: 'help' })).toBe('call_is_internal');
      expect(await asks(ben, 'in-1.called', { agentId: 'ada' })).toBe('call_is_internal');
      expect(await asks(ben, 'in-1.called', { number: '+4930999' })).toBe('call_is_internal');
    }
  });

  test('whoever was called sends the caller on, to a queue in which that one is not asked', async () => {
    await world.ok(ada, 'agent.ready');
    await world.ok('agent:cem', 'agent.login');
    await dial();
    await world.idle();
    await world.ok(ben, 'offer.accept', { offerId: 'o2.1' });
    await world.idle();
    await world.pass(2_000);
    world.told();
    await world.ok(ben, 'contact.transfer', { contactId: 'in-1.called', to: { queueId: 'help' } });
    expect(await contact('in-1.called')).toMatchObject({ state: 'waiting', servedBefore: [{ agentId: 'ben' }] });
    expect(await contact()).toMatchObject({ state: 'connected', dialled: { state: 'waiting' } });
    await world.ok('agent:cem', 'agent.ready');
    await world.idle();
    await world.ok('agent:cem', 'offer.accept', { offerId: 'o2.2' });
    expect(await contact()).toMatchObject({ state: 'connected', dialled: { calledAgentId: 'cem' } });
    expect(heard().filter((one) => one.startsWith('agent:ada'))).toEqual([
      'agent:ada contact.dialling in-1 waiting',
      'agent:ada contact.dialling in-1 ringing',
      'agent:ada contact.dialling in-1 connected',
    ]);
    await world.pass(1_000);
    await world.ok('agent:cem', 'contact.end', { contactId: 'in-1.called' });
    expect(await contact()).toMatchObject({ why: 'byCustomer', servedMs: 3_000 });
    await world.pass(5_000);
    expect(await statisticsOf('agents')).toMatchObject([
      { agentId: 'ada', dialled: 1, dialledTalkMs: 3_000 },
      { agentId: 'ben', consulted: 1, consultMs: 2_000, transferred: 0, handled: 0 },
      { agentId: 'cem', consulted: 1, consultMs: 1_000, offers: 0, handled: 0 },
    ]);
    for (const queue of await statisticsOf('queues')) expect(queue).toMatchObject({ offered: 0, wrapUpMs: 0 });
  });

  test('who is not to be had is refused before anything rings', async () => {
    expect(await refused({ agentId: 'ada' })).toBe('not_to_be_dialled');
    expect(await refused({ lineId: 'ada-1' })).toBe('not_to_be_dialled');
    expect(await refused({ agentId: 'nobody' })).toBe('agent_not_found');
    expect(await refused({ agentId: 'cem' })).toBe('agent_not_logged_in');
    expect(await refused({ lineId: 'cem-1' })).toBe('line_not_found');
    expect(await refused({ queueId: 'nowhere' })).toBe('queue_not_found');
    await world.ok(ben, 'agent.notReady', { reason: 'lunch' });
    expect(await refused({ agentId: 'ben' })).toBe('agent_not_ready');
    expect(await refused({ number })).toBe('agent_not_ready');
    await world.ok('app:crm', 'queue.close', { queueId: 'help', reason: 'fire' });
    expect(await refused({ queueId: 'help' })).toBe('queue_closed');
  });
});

describe('with a switch that makes calls', () => {
  beforeEach(async () => {
    await world.presence(pbx, true);
    await world.ok(pbx, 'switch.report', { legs: [], complete: true });
    world.asked();
    world.told();
  });

  test('the own telephone rings, then that of the colleague, and the two are joined', async () => {
    expect(await dial()).toMatchObject({ state: 'connecting' });
    expect(heard()).toEqual(['agent:ada contact.dialling in-1 agent']);
    const adas = await rung();
    await world.ok(pbx, 'leg.answered', { legId: adas });
    await world.idle();
    const ring = world.asked().findLast(({ method }) => method === 'leg.ring') as AskedOf;
    expect(ring.params).toMatchObject({ to: { agentId: 'ben', lineId: 'ben-1', number }, from: '+4930555' });
    await world.answerTo(ring);
    await world.ok(pbx, 'leg.answered', { legId: ring.params.legId });
    const [connect] = world.asked();
    expect(connect).toMatchObject({ method: 'leg.connect', params: { legs: [adas, ring.params.legId] } });
    expect(await contact()).toMatchObject({ state: 'connecting' });
    await world.answerTo(connect as AskedOf);
    expect(await contact()).toMatchObject({ state: 'connected' });
    expect(await contact('in-1.called')).toMatchObject({ state: 'connected', agentId: 'ben' });
    expect(asked()).toEqual([]);
  });

  test('hold is asked of the leg of the other one', async () => {
    const { adas, bens } = await inService();
    await world.ok(ada, 'contact.hold', { contactId: 'in-1' });
    const [hold] = world.asked();
    expect(hold).toMatchObject({ method: 'leg.hold', params: { contactId: 'in-1', legId: bens } });
    await world.answerTo(hold as AskedOf);
    expect(await contact()).toHaveProperty('heldSince');
    expect(await contact('in-1.called')).not.toHaveProperty('heldSince');
    await world.ok(ben, 'contact.hold', { contactId: 'in-1.called' });
    expect(asked()).toEqual([`leg.hold ${adas}`]);
  });

  test('whoever was called asks somebody else, all are brought together, and that one hands the caller over', async () => {
    await world.ok('agent:cem', 'agent.login');
    await world.ok('agent:cem', 'agent.ready');
    const { adas, bens } = await inService();
    await world.ok(ben, 'contact.consult', { contactId: 'in-1.called', to: { agentId: 'cem' } });
    const [hold, ring] = world.asked();
    expect(hold).toMatchObject({ method: 'leg.hold', params: { contactId: 'in-1.called', legId: adas } });
    await world.answerTo(hold as AskedOf);
    await world.answerTo(ring as AskedOf);
    const cems = (ring as AskedOf).params.legId;
    expect(await world.outcome(ada, 'contact.hold', { contactId: 'in-1' })).toBe('consultation_open');
    await world.ok(pbx, 'leg.answered', { legId: cems });
    const [connect] = world.asked();
    expect(connect).toMatchObject({ method: 'leg.connect', params: { legs: [bens, cems] } });
    await world.answerTo(connect as AskedOf);
    await world.ok(ben, 'contact.conference', { contactId: 'in-1.called' });
    const [conference] = world.asked();
    expect(conference?.params).toMatchObject({ legs: [adas, bens, cems] });
    await world.answerTo(conference as AskedOf);
    expect(await contact('in-1.called')).toHaveProperty('conferenceSince');
    await world.ok(ben, 'contact.transfer', { contactId: 'in-1.called', mode: 'attended' });
    expect(asked()).toEqual([`leg.release ${bens}`, `leg.connect ${adas},${cems}`]);
    expect(await contact('in-1.called')).toMatchObject({ state: 'connected', agentId: 'cem' });
    expect(await contact()).toMatchObject({ state: 'connected', dialled: { calledAgentId: 'cem' } });
  });

  test('sent on, the leg of the caller waits for the next one', async () => {
    await world.ok('agent:cem', 'agent.login');
    await world.ok('agent:cem', 'agent.ready');
    const { adas, bens } = await inService();
    await world.ok(ben, 'contact.transfer', { contactId: 'in-1.called', to: { agentId: 'cem' } });
    const [release, ring] = world.asked();
    expect(release).toMatchObject({ method: 'leg.release', params: { legId: bens } });
    await world.answerTo(ring as AskedOf);
    const cems = (ring as AskedOf).params.legId;
    await world.ok(pbx, 'leg.answered', { legId: cems });
    const [connect] = world.asked();
    expect(connect).toMatchObject({ method: 'leg.connect', params: { legs: [adas, cems] } });
    await world.answerTo(connect as AskedOf);
    expect(await contact('in-1.called')).toMatchObject({ state: 'connected', agentId: 'cem' });
    await world.ok(ada, 'contact.end', { contactId: 'in-1' });
    expect(await contact('in-1.called')).toMatchObject({ state: 'wrapUp', why: 'byCustomer' });
  });

  test.each(['adas', 'bens'] as const)('%s telephone is hung up: both are over', async (whose) => {
    const legs = await inService();
    await world.ok(pbx, 'leg.ended', { legId: legs[whose] });
    await world.idle();
    expect(asked()).toEqual([`leg.release ${legs[whose === 'adas' ? 'bens' : 'adas']}`]);
    const [mine, other] = whose === 'adas' ? ['in-1', 'in-1.called'] : ['in-1.called', 'in-1'];
    expect(await contact(mine)).toMatchObject({ state: 'wrapUp', why: 'byAgent' });
    expect(await contact(other)).toMatchObject({ state: 'wrapUp', why: 'byCustomer' });
  });

  test('a lost leg ends both, whatever the policy says of customers', async () => {
    await world.ok('admin:root', 'queue.set', { queueId: 'sales', channels: ['voice'], whenLegLost: 'queue' });
    const { bens } = await inService();
    await world.ok(pbx, 'leg.ended', { legId: bens, cause: 'lost' });
    expect(await contact('in-1.called')).toMatchObject({ why: 'legLost' });
    expect(await contact()).toMatchObject({ why: 'byCustomer' });
  });

  test.each([
    ['busy', 'busy'],
    ['noAnswer', 'noAnswer'],
  ] as const)('a colleague whose telephone is %s is not reached', async (how, cause) => {
    await dial();
    const adas = await rung();
    await world.ok(pbx, 'leg.answered', { legId: adas });
    await world.idle();
    const bens = await rung();
    await world.ok(pbx, 'leg.ringing', { legId: bens });
    await world.ok(pbx, 'leg.failed', { legId: bens, cause: how });
    expect(await contact()).toMatchObject({ state: 'ended', why: 'notReached', dialled: { cause } });
    expect(asked()).toEqual([`leg.release ${adas}`]);
  });

  test('the caller hangs up while it rings there', async () => {
    await dial();
    const adas = await rung();
    await world.ok(pbx, 'leg.answered', { legId: adas });
    await world.idle();
    const bens = await rung();
    await world.ok(pbx, 'leg.ended', { legId: adas });
    await world.idle();
    expect(await contact()).toMatchObject({ state: 'ended', why: 'byAgent' });
    expect(await contact('in-1.called')).toMatchObject({ state: 'ended', why: 'cancelled' });
    expect(asked()).toEqual([`leg.release ${bens}`]);
  });

  test('a switch that stays away ends both', async () => {
    await inService();
    await world.presence(pbx, false);
    await world.pass(120_000);
    expect(await contact()).toMatchObject({ why: 'switchLost' });
    expect(['switchLost', 'byCustomer']).toContain((await contact('in-1.called')).why);
  });
});
