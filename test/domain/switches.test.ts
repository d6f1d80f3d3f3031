// Contacts whose media are at a switch: what the switch is asked, and what comes of what it says.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import * as layout from '../../assembly/layout.ts';
import { type AskedOf, DomainWorld, type Members, nameOf } from './domain-world.ts';
import { expectSurvivesLoad } from './survives-load.ts';
import { trapOnceAt } from './trap-once.ts';

let world: DomainWorld;

const pbx = 'switch:pbx';
const call = { contactId: 'call-1', legId: 'A', channel: 'voice', queueId: 'sales', from: '+491711234567' };
const lines = [{ lineId: 'desk-1', channel: 'voice', number: '+4930555' }];

beforeEach(async () => {
  world = await DomainWorld.start();
  const policy = { wrapUpMs: 5_000, offerMs: 20_000, afterBusyMs: 7_000, afterRejectMs: 9_000 };
  await world.ok('admin:root', 'queue.set', { queueId: 'sales', channels: ['voice', 'chat'], ...policy });
  await world.ok('admin:root', 'agent.set', { agentId: 'ada', capacity: { voice: 1 } });
  await world.ok('agent:ada', 'agent.login', { lines });
  await world.ok('agent:ada', 'agent.ready');
  await world.presence(pbx, true);
  world.told();
});

afterEach(async () => {
  await expectSurvivesLoad(world);
  await world.stop();
});

const asked = () => world.asked().map(({ method, params: { requestId, ...params } }) => [method, params]);
const stateOf = async (contactId = 'call-1') => (await world.ok('app:crm', 'contact.get', { contactId })).state;
const agentState = async () => (await world.ok('agent:ada', 'agent.get')).state;

async function ringing(): Promise<AskedOf> {
  await world.ok(pbx, 'contact.create', call);
  const [ring] = world.asked();
  await world.answerTo(ring);
  await world.ok(pbx, 'leg.ringing', { legId: 'leg:1.1' });
  return ring as AskedOf;
}

/** Returns the request to join the two. */
async function connecting(): Promise<AskedOf> {
  await ringing();
  await world.ok(pbx, 'leg.answered', { legId: 'leg:1.1' });
  return world.asked()[0] as AskedOf;
}

async function connected(): Promise<void> {
  await world.answerTo(await connecting());
  world.told();
}

describe('a contact with a leg', () => {
  test('is rung at the line, joined when the telephone is answered, and connected when the switch says so', async () => {
    await world.ok(pbx, 'contact.create', call);
    const [ring, ...others] = world.asked();
    expect(others).toEqual([]);
    expect(ring).toMatchObject({
      to: pbx,
      method: 'leg.ring',
      params: {
        contactId: 'call-1',
        legId: 'leg:1.1',
        to: { agentId: 'ada', lineId: 'desk-1', number: '+4930555' },
        from: '+491711234567',
        ringMs: 20_000,
      },
    });
    await world.answerTo(ring);
    expect(await world.ok(pbx, 'leg.ringing', { legId: 'leg:1.1' })).toMatchObject({ state: 'ringing' });
    expect(await world.ok(pbx, 'leg.answered', { legId: 'leg:1.1' })).toMatchObject({ state: 'answered' });
    expect(await stateOf()).toBe('connecting');
    expect(await agentState()).toBe('ringing');
    const [connect] = world.asked();
    expect(connect).toMatchObject({ method: 'leg.connect', params: { contactId: 'call-1', legs: ['A', 'leg:1.1'] } });
    world.told();
    await world.answerTo(connect);
    expect(await stateOf()).toBe('connected');
    expect(world.toldLines('contactId')).toContain('agent:ada contact.connected call-1');
    expect(asked()).toEqual([]);
  });

  test('that ends has its other leg released, and what is released is forgotten when the switch has done it', async () => {
    await connected();
    expect(await world.ok(pbx, 'leg.ended', { legId: 'A' })).toMatchObject({ legId: 'A', state: 'ended' });
    await world.idle();
    expect(await stateOf()).toBe('wrapUp');
    const [release, ...others] = world.asked();
    expect(others).toEqual([]);
    expect(release).toMatchObject({ method: 'leg.release', params: { legId: 'leg:1.1', why: 'contactEnded' } });
    expect(await world.ok('admin:root', 'switch.get', { switchId: 'pbx' })).toMatchObject({ legs: 1 });
    await world.answerTo(release);
    expect(await world.ok('admin:root', 'switch.get', { switchId: 'pbx' })).toMatchObject({ legs: 0 });
  });

  test('may be taken on the desktop first; then the telephone is all that is missing', async () => {
    await ringing();
    expect(await world.ok('agent:ada', 'offer.accept', { offerId: 'o1.1' })).toMatchObject({ state: 'connecting' });
    expect(asked()).toEqual([]);
    await world.ok(pbx, 'leg.answered', { legId: 'leg:1.1' });
    expect(asked()).toMatchObject([['leg.connect', { legs: ['A', 'leg:1.1'] }]]);
  });

  test('taken and answered in one tick, in either order, is asked to be joined once', async () => {
    await ringing();
    await world.together(
      ['agent:ada', 'offer.accept', { offerId: 'o1.1' }],
      [pbx, 'leg.answered', { legId: 'leg:1.1' }],
    );
    expect(asked()).toMatchObject([['leg.connect', {}]]);
  });

  test('created without a leg asks nothing of anybody', async () => {
    const { legId: _, ...without } = call;
    await world.ok(pbx, 'contact.create', without);
    expect(await world.ok('agent:ada', 'offer.accept', { offerId: 'o1.1' })).toMatchObject({ state: 'connected' });
    await world.ok(pbx, 'contact.end', { contactId: 'call-1' });
    expect(asked()).toEqual([]);
  });

  test('cannot bring a leg that is there already, or one that only the router gives', async () => {
    await world.ok(pbx, 'contact.create', call);
    expect(await world.outcome(pbx, 'contact.create', { ...call, contactId: 'call-2' })).toBe('leg_id_taken');
    const reserved = { ...call, contactId: 'call-3', legId: 'leg:9.9' };
    expect(await world.outcome(pbx, 'contact.create', reserved)).toBe('leg_id_taken');
    expect(await world.outcome(pbx, 'contact.create', call)).toBe('done');
    expect(asked()).toHaveLength(1);
  });

  test('refused by the core leaves no leg behind', async () => {
    await world.ok('admin:root', 'queue.set', { queueId: 'full', channels: ['voice'], maxWaiting: 0 });
    await world.ok('agent:ada', 'agent.notReady', { reason: 'lunch' });
    expect(await world.outcome(pbx, 'contact.create', { ...call, queueId: 'full' })).toBe('queue_full');
    expect(await world.ok('admin:root', 'switch.get', { switchId: 'pbx' })).toMatchObject({ legs: 0 });
    expect(await world.outcome(pbx, 'contact.create', { ...call, contactId: 'call-2' })).toBe('done');
  });
});

describe('an agent’s leg that does not come to be', () => {
  test.each([
    ['busy', 'busy', 'ready', 7_000],
    ['unreachable', 'unreachable', 'ready', 7_000],
    ['lost', 'unreachable', 'ready', 7_000],
    ['rejected', 'rejected', 'ready', 9_000],
  ])('by %s gives the contact its place back and lets the agent rest', async (cause, why, state, restMs) => {
    await ringing();
    world.told();
    await world.ok(pbx, 'leg.failed', { legId: 'leg:1.1', cause });
    expect(world.toldLines('why')).toContain(`agent:ada offer.withdrawn ${why}`);
    expect(await stateOf()).toBe('waiting');
    expect(await agentState()).toBe(state);
    expect(asked()).toEqual([]);
    await world.pass(restMs - 1);
    expect(asked()).toEqual([]);
    await world.pass(1);
    expect(asked()).toMatchObject([['leg.ring', { legId: 'leg:1.2' }]]);
  });

  test('by no answer is a miss when it rang', async () => {
    await ringing();
    await world.ok(pbx, 'leg.failed', { legId: 'leg:1.1', cause: 'noAnswer' });
    expect(await world.ok('agent:ada', 'agent.get')).toMatchObject({ state: 'notReady', reason: 'missed' });
  });

  test('and never rang is no miss, though its time was over', async () => {
    await world.ok(pbx, 'contact.create', call);
    const [ring] = world.asked();
    await world.answerTo(ring);
    await world.pass(20_000);
    // Back at its place, and rung again: nobody else is there.
    expect(asked()).toMatchObject([
      ['leg.release', { legId: 'leg:1.1', why: 'offerOver' }],
      ['leg.ring', { legId: 'leg:1.2' }],
    ]);
    expect(await agentState()).toBe('ringing');
  });

  test('because the switch says that it will not ring it', async () => {
    await world.ok(pbx, 'contact.create', call);
    const [ring] = world.asked();
    await world.answerTo(ring, { error: { code: 480, message: 'not registered', data: { cause: 'unreachable' } } });
    expect(await stateOf()).toBe('waiting');
    await world.pass(7_000);
    expect(asked()).toMatchObject([['leg.ring', { legId: 'leg:1.2' }]]);
  });

  test('because the switch does not answer the request', async () => {
    await world.ok(pbx, 'contact.create', call);
    world.asked();
    await world.pass(10_000);
    expect(asked()).toMatchObject([['leg.release', { legId: 'leg:1.1', why: 'offerOver' }]]);
    expect(await stateOf()).toBe('waiting');
    await world.pass(7_000);
    expect(asked()).toMatchObject([['leg.ring', { legId: 'leg:1.2' }]]);
  });
});

describe('the moment of connecting', () => {
  test('that fails at the switch gives the contact its place back, with its time', async () => {
    const connect = await connecting();
    await world.pass(1_000);
    await world.answerTo(connect, { error: { code: 500, message: 'no bridge' } });
    expect(await world.ok('app:crm', 'contact.get', { contactId: 'call-1' })).toMatchObject({
      state: 'waiting',
      waitedMs: 1_000,
    });
    expect(asked()).toMatchObject([['leg.release', { legId: 'leg:1.1', why: 'notConnected' }]]);
  });

  test('that the switch does not confirm in time does so too', async () => {
    await connecting();
    await world.pass(10_000);
    expect(await stateOf()).toBe('waiting');
    expect(asked()).toMatchObject([['leg.release', { legId: 'leg:1.1', why: 'notConnected' }]]);
  });

  test('in which the agent hangs up does so too', async () => {
    await connecting();
    await world.ok(pbx, 'leg.ended', { legId: 'leg:1.1' });
    expect(await stateOf()).toBe('waiting');
    expect(asked()).toEqual([]);
  });

  test('in which the customer hangs up ends the contact and lets the agent’s leg go', async () => {
    const connect = await connecting();
    await world.ok(pbx, 'leg.ended', { legId: 'A' });
    await world.idle();
    expect(await world.ok('app:crm', 'contact.get', { contactId: 'call-1' })).toMatchObject({ why: 'cancelled' });
    expect(asked()).toMatchObject([['leg.release', { legId: 'leg:1.1' }]]);
    await world.answerTo(connect);
    expect(await agentState()).toBe('ready');
  });

  test('that is confirmed when the contact is gone changes nothing', async () => {
    const connect = await connecting();
    await world.ok('app:crm', 'contact.end', { contactId: 'call-1' });
    expect(asked()).toMatchObject([
      ['leg.release', { legId: 'leg:1.1' }],
      ['leg.release', { legId: 'A' }],
    ]);
    await world.answerTo(connect);
    expect(await agentState()).toBe('ready');
  });

  test('an answer to an offer that has timed out meanwhile is let go', async () => {
    await ringing();
    await world.pass(20_000);
    expect(asked()).toMatchObject([['leg.release', { legId: 'leg:1.1', why: 'offerOver' }]]);
    expect(await world.outcome(pbx, 'leg.answered', { legId: 'leg:1.1' })).toBe('done');
    expect(await stateOf()).toBe('waiting');
    expect(asked()).toEqual([]);
  });
});

describe('in service', () => {
  test.each([
    ['A', undefined, 'byCustomer'],
    ['leg:1.1', undefined, 'byAgent'],
    ['leg:1.1', 'lost', 'legLost'],
  ])('the end of leg %s (%s) ends the contact %s', async (legId, cause, why) => {
    await connected();
    await world.ok(pbx, 'leg.ended', { legId, ...(cause && { cause }) });
    await world.idle();
    expect(await world.ok('app:crm', 'contact.get', { contactId: 'call-1' })).toMatchObject({ state: 'wrapUp', why });
    const other = legId === 'A' ? 'leg:1.1' : 'A';
    expect(asked()).toMatchObject([['leg.release', { legId: other }]]);
  });

  test('both legs that end in one tick end it once', async () => {
    await connected();
    const answers = await world.together([pbx, 'leg.ended', { legId: 'A' }], [pbx, 'leg.ended', { legId: 'leg:1.1' }]);
    expect(answers.map(nameOf)).toEqual(['done', 'done']);
    await world.idle();
    expect(await stateOf()).toBe('wrapUp');
    expect(world.told().filter(({ event }) => event === 'contact.ended')).toHaveLength(2);
    expect(asked()).toEqual([]);
  });

  test('hold and resume are done by the switch, and told when they are', async () => {
    await connected();
    await world.ok('agent:ada', 'contact.hold', { contactId: 'call-1' });
    await world.ok('agent:ada', 'contact.hold', { contactId: 'call-1' });
    const [hold, ...others] = world.asked();
    expect(others).toEqual([]);
    expect(hold).toMatchObject({ method: 'leg.hold', params: { legId: 'A' } });
    expect(world.told().filter(({ event }) => event === 'contact.held')).toEqual([]);
    await world.answerTo(hold);
    expect(world.toldLines('contactId')).toEqual(['switch:pbx contact.held call-1', 'agent:ada contact.held call-1']);
    expect(await world.ok('app:crm', 'contact.get', { contactId: 'call-1' })).toHaveProperty('heldSince');
    await expectSurvivesLoad(world);
    await world.pass(3_000);
    await world.ok('agent:ada', 'contact.resume', { contactId: 'call-1' });
    await world.answerTo(world.asked()[0]);
    expect(world.toldLines('heldMs')).toEqual(['switch:pbx contact.resumed 3000', 'agent:ada contact.resumed 3000']);
    expect(await world.ok('app:crm', 'contact.get', { contactId: 'call-1' })).not.toHaveProperty('heldSince');
  });

  test('hold without legs is so at once; somebody else’s contact is not found', async () => {
    const { legId: _, ...without } = call;
    await world.ok(pbx, 'contact.create', without);
    expect(await world.outcome('agent:ada', 'contact.hold', { contactId: 'call-1' })).toBe('contact_not_connected');
    await world.ok('agent:ada', 'offer.accept', { offerId: 'o1.1' });
    expect(await world.outcome('agent:eve', 'contact.hold', { contactId: 'call-1' })).toBe('contact_not_found');
    world.told();
    await world.ok('agent:ada', 'contact.hold', { contactId: 'call-1' });
    expect(world.toldLines('contactId')).toEqual(['switch:pbx contact.held call-1', 'agent:ada contact.held call-1']);
    await world.ok('agent:ada', 'contact.end', { contactId: 'call-1' });
    await world.ok('agent:ada', 'contact.wrapUpDone', { contactId: 'call-1' });
  });
});

describe('reports', () => {
  test('of legs of another switch, or of none, are refused', async () => {
    await ringing();
    await world.presence('switch:other', true);
    expect(await world.outcome('switch:other', 'leg.answered', { legId: 'leg:1.1' })).toBe('leg_not_found');
    expect(await world.outcome(pbx, 'leg.ended', { legId: 'nobody' })).toBe('leg_not_found');
  });

  test('that come again change nothing', async () => {
    await connecting();
    await world.ok(pbx, 'leg.ringing', { legId: 'leg:1.1' });
    await world.ok(pbx, 'leg.answered', { legId: 'leg:1.1' });
    expect(asked()).toEqual([]);
    expect(await stateOf()).toBe('connecting');
  });
});

describe('a switch that goes', () => {
  test('is asked again, under the same names, when it is back in time', async () => {
    await world.ok(pbx, 'contact.create', call);
    const [ring] = world.asked();
    await world.presence(pbx, false);
    await world.pass(15_000);
    await world.presence(pbx, true);
    const [again] = world.asked();
    expect(again?.params.requestId).toBe(ring?.params.requestId);
    expect(again?.params).toMatchObject({ legId: 'leg:1.1' });
    expect(await world.ok('admin:root', 'switch.get', { switchId: 'pbx' })).toMatchObject({ connected: true });
  });

  test('and does not come back has its contacts ended, and nothing is asked of it any more', async () => {
    await connected();
    await world.ok(pbx, 'contact.create', { ...call, contactId: 'call-2', legId: 'B' });
    await world.presence(pbx, false);
    await world.pass(29_999);
    expect(await stateOf()).toBe('connected');
    await world.pass(1);
    expect(await world.ok('app:crm', 'contact.get', { contactId: 'call-1' })).toMatchObject({ why: 'switchLost' });
    expect(await world.ok('app:crm', 'contact.get', { contactId: 'call-2' })).toMatchObject({
      state: 'ended',
      why: 'switchLost',
    });
    expect(asked()).toEqual([]);
    const gone = await world.ok('admin:root', 'switch.get', { switchId: 'pbx' });
    expect(gone).toMatchObject({ connected: false, lost: true, legs: 0 });
    await world.presence(pbx, true);
    const legs = [
      { legId: 'A', state: 'connected', contactId: 'call-1' },
      { legId: 'leg:1.1', state: 'connected' },
      { legId: 'B', state: 'answered', contactId: 'call-2' },
      { legId: 'C', state: 'answered' },
    ];
    expect(await world.ok(pbx, 'switch.report', { legs, complete: true })).toEqual({
      keep: [],
      connect: [],
      release: ['A', 'leg:1.1', 'B'],
      unknown: ['C'],
    });
  });

  test('has as long again after a restart of the router, whatever was left of its time', async () => {
    await connected();
    await world.presence(pbx, false);
    await world.pass(20_000);
    await world.stop();
    await world.reopen();
    await world.pass(29_999);
    expect(await stateOf()).toBe('connected');
    await world.pass(1);
    expect(await world.ok('app:crm', 'contact.get', { contactId: 'call-1' })).toMatchObject({ why: 'switchLost' });
  });

  test('that was there before a restart has to come again', async () => {
    const connect = await connecting();
    await world.stop();
    await world.reopen();
    expect(await world.ok('admin:root', 'switch.get', { switchId: 'pbx' })).toMatchObject({ connected: false });
    await world.presence(pbx, true);
    const again = world.asked();
    expect(again.map(({ params }) => params.requestId)).toContain(connect.params.requestId);
    await world.answerTo(again.find(({ method }) => method === 'leg.connect'));
    expect(await stateOf()).toBe('connected');
  });

  test('reports what it has: kept, to be joined, to be let go, unknown; what it does not name is lost', async () => {
    await connected();
    await world.ok(pbx, 'contact.create', { ...call, contactId: 'call-2', legId: 'B' });
    await world.ok(pbx, 'contact.create', { ...call, contactId: 'call-3', legId: 'C' });
    await world.presence(pbx, false);
    await world.pass(1_000);
    await world.ok('app:crm', 'contact.end', { contactId: 'call-3' });
    await world.presence(pbx, true);
    const legs: Members[] = [
      { legId: 'A', state: 'answered', contactId: 'call-1' },
      { legId: 'leg:1.1', state: 'answered' },
      { legId: 'C', state: 'answered', contactId: 'call-3' },
      { legId: 'D', state: 'answered', contactId: 'call-4' },
    ];
    expect(await world.ok(pbx, 'switch.report', { legs, complete: true })).toEqual({
      keep: [],
      connect: [['A', 'leg:1.1']],
      release: ['C'],
      unknown: ['D'],
    });
    await world.idle();
    expect(await stateOf('call-1')).toBe('connected');
    expect(await world.ok('app:crm', 'contact.get', { contactId: 'call-2' })).toMatchObject({ why: 'cancelled' });
  });

  test('and has lost both legs of a contact in service: it is over once, and nothing of it is left', async () => {
    await connected();
    await world.pass(10);
    await world.presence(pbx, false);
    await world.presence(pbx, true);
    await world.ok(pbx, 'switch.report', { legs: [], complete: true });
    await world.pass(1);
    expect(await world.ok('app:crm', 'contact.get', { contactId: 'call-1' })).toMatchObject({ why: 'byCustomer' });
    expect(await world.ok('admin:root', 'switch.get', { switchId: 'pbx' })).toMatchObject({ legs: 0 });
  });

  test('and comes back before anybody noticed reports what it has now', async () => {
    await connected();
    await world.pass(1_000);
    // Its process has died; the session of that one is still open for all that the router knows.
    await world.presence(pbx, true);
    await world.ok(pbx, 'switch.report', { legs: [], complete: true });
    await world.idle();
    expect(await stateOf()).toBe('wrapUp');
  });

  test('reports a telephone that was answered while it was away', async () => {
    await ringing();
    await world.presence(pbx, false);
    await world.pass(1_000);
    await world.presence(pbx, true);
    const legs = [
      { legId: 'A', state: 'answered' },
      { legId: 'leg:1.1', state: 'answered' },
    ];
    expect(await world.ok(pbx, 'switch.report', { legs, complete: true })).toMatchObject({ keep: ['A', 'leg:1.1'] });
    expect(asked()).toMatchObject([['leg.connect', { legs: ['A', 'leg:1.1'] }]]);
  });
});

describe('a customer who has hung up, where what was to end the contact was set aside', () => {
  test('is over as soon as an agent would be rung, and no telephone rings', async () => {
    await world.ok('agent:ada', 'agent.notReady', { reason: 'break' });
    await world.ok(pbx, 'contact.create', call);
    const trap = trapOnceAt(world, layout.COMMAND_CONTACT_CANCEL);
    await world.ok(pbx, 'leg.ended', { legId: 'A', cause: 'hungUp' });
    await world.idle();
    expect(trap.trapped).toBe(true);
    expect(await stateOf()).toBe('waiting');
    await world.ok('agent:ada', 'agent.ready');
    await world.idle();
    expect(await world.ok('app:crm', 'contact.get', { contactId: 'call-1' })).toMatchObject({ why: 'cancelled' });
    expect(await agentState()).toBe('ready');
    expect(asked()).toEqual([]);
    // Tried again, it finds nobody there.
    await world.pass(600_000);
    expect(await agentState()).toBe('ready');
  });
});

describe('the settings of switches', () => {
  test('are set, shown, listed and removed; one that was never set has the defaults', async () => {
    expect(await world.ok('admin:root', 'switch.get', { switchId: 'pbx' })).toMatchObject({
      graceMs: 30_000,
      connected: true,
      draining: false,
    });
    await world.ok('admin:root', 'switch.set', { switchId: 'second', graceMs: 1_000 });
    const { switches } = (await world.ok('admin:root', 'switch.list')) as { switches: Members[] };
    expect(switches.map(({ switchId }) => switchId)).toEqual(['pbx', 'second']);
    expect(await world.outcome('admin:root', 'switch.remove', { switchId: 'pbx' })).toBe('switch_in_use');
    expect(await world.outcome('admin:root', 'switch.remove', { switchId: 'second' })).toBe('done');
    expect(await world.outcome('admin:root', 'switch.remove', { switchId: 'second' })).toBe('switch_not_found');
    expect(await world.outcome(pbx, 'switch.get', { switchId: 'second' })).toBe('switch_not_found');
  });

  test('say that it drains, as it says itself or as it is told', async () => {
    expect(await world.ok(pbx, 'switch.drain', { on: true })).toMatchObject({ switchId: 'pbx', draining: true });
    expect(await world.ok('admin:root', 'switch.drain', { switchId: 'pbx', on: false })).toMatchObject({
      draining: false,
    });
    expect(await world.outcome('admin:root', 'switch.drain', { switchId: 'none', on: true })).toBe('switch_not_found');
  });

  test('a grace time begins anew with a call that it brings, since it is there and the news of its session may be late', async () => {
    await world.presence(pbx, false);
    await world.pass(29_000);
    await world.ok(pbx, 'contact.create', { ...call, contactId: 'call-2', legId: 'B' });
    await world.pass(29_000);
    const late = { contactId: 'call-2' };
    expect((await world.ok('app:crm', 'contact.get', late)).state).not.toBe('ended');
    await world.pass(2_000);
    expect(await world.ok('app:crm', 'contact.get', late)).toMatchObject({ why: 'switchLost' });
  });

  test('a shorter grace time counts from when it went', async () => {
    await connected();
    await world.presence(pbx, false);
    await world.pass(10_000);
    await world.ok('admin:root', 'switch.set', { switchId: 'pbx', graceMs: 5_000 });
    await world.idle();
    expect(await world.ok('app:crm', 'contact.get', { contactId: 'call-1' })).toMatchObject({ why: 'switchLost' });
  });
});
