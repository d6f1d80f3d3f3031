// Customers who are called back: what their callbacks, the contacts made for them and the switches that ring them go through.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AskedOf, DomainWorld, type Members } from './domain-world.ts';
import { expectSurvivesLoad } from './survives-load.ts';

let world: DomainWorld;

const pbx = 'switch:pbx';
const number = '+493012345';
const spacingMs = 60_000;
const lines = [{ lineId: 'desk-1', channel: 'voice', number: '+4930555' }];

beforeEach(async () => {
  world = await DomainWorld.start();
  await policy({});
  await world.ok('admin:root', 'agent.set', { agentId: 'ada', capacity: { voice: 1 } });
  await world.ok('agent:ada', 'agent.login', { lines });
  world.told();
});

afterEach(async () => {
  await expectSurvivesLoad(world);
  await world.stop();
});

const policy = (callback: Members, more: Members = {}) =>
  world.ok('admin:root', 'queue.set', {
    queueId: 'sales',
    channels: ['voice'],
    missedBeforeNotReady: 0,
    ...more,
    callback: { attempts: 2, spacingMs, ringMs: 20_000, ...callback },
  });
const create = (contactId: string, more: Members = {}) =>
  world.ok(pbx, 'contact.create', { contactId, channel: 'voice', queueId: 'sales', ...more });
const request = (more: Members = {}) => world.ok(pbx, 'callback.request', { callbackId: 'back', ...more });
const callback = () => world.ok('admin:root', 'callback.get', { callbackId: 'back' });
const contact = (contactId: string) => world.ok('app:crm', 'contact.get', { contactId });
const counted = async () => {
  const { now } = { now: world.clock.now() };
  const { queues } = await world.ok('supervisor:s', 'statistics.query', {
    of: 'queues',
    from: now - (now % 86_400_000),
    to: now - (now % 86_400_000) + 86_400_000,
    intervalMs: 86_400_000,
  });
  const { callbacksAsked, callbacksReached, callbacksUnreachable } = (queues as Members[])[0] as Members;
  return [callbacksAsked, callbacksReached, callbacksUnreachable];
};
/** What they were told since, by callbacks. */
const events = () =>
  world
    .told()
    .filter(({ event }) => event.startsWith('callback.'))
    .map(({ to, event, params: { callbackId: _, ...params } }) => [to, event, params]);
async function accept(): Promise<void> {
  const offer = world.told().findLast(({ event }) => event === 'offer.created')!.params;
  await world.ok('agent:ada', 'offer.accept', { offerId: offer.offerId });
}
const ready = () => world.ok('agent:ada', 'agent.ready');

/** What the switch is asked next, which it then says is begun. */
async function asked(method: string): Promise<AskedOf> {
  const [one, ...others] = world.asked();
  expect([one?.method, others]).toEqual([method, []]);
  if (method !== 'leg.connect') await world.answerTo(one);
  return one as AskedOf;
}

describe('without a switch that makes calls', () => {
  test('a callback has the place of the contact that it came from, before those who came behind it', async () => {
    await create('c1', { from: number });
    await create('c2');
    expect(await request({ contactId: 'c1' })).toMatchObject({ state: 'waiting', fromContactId: 'c1', number });
    expect(await contact('c1')).toMatchObject({ state: 'ended', why: 'callback' });
    await world.idle();
    await ready();
    expect(await contact('callback:1.1')).toMatchObject({ state: 'ringing', callback: { callbackId: 'back', number } });
    await accept();
    expect(await callback()).toMatchObject({ state: 'ended', why: 'reached', contactId: 'callback:1.1' });
    expect(await counted()).toEqual([1, 1, 0]);
  });

  test('is not asked for where the queue makes none, without a number in E.164, or of a caller who is blocked', async () => {
    await create('c1', { from: 'anonymous' });
    const outcome = (more: Members) => world.outcome(pbx, 'callback.request', { callbackId: 'x', ...more });
    expect(await outcome({ contactId: 'c1' })).toBe('callback_needs_number');
    expect(await outcome({ contactId: 'c0', number })).toBe('contact_not_found');
    expect(await outcome({ queueId: 'none', number })).toBe('queue_not_found');
    await world.ok('admin:root', 'queue.set', { queueId: 'chats', channels: ['chat'] });
    expect(await outcome({ queueId: 'chats', number })).toBe('queue_takes_no_callbacks');
    await world.ok('admin:root', 'caller.block', { number });
    expect(await outcome({ contactId: 'c1', number })).toBe('caller_blocked');
    await world.ok('admin:root', 'caller.unblock', { number });
    await world.ok(pbx, 'callback.request', { callbackId: 'x', contactId: 'c1', number });
    expect(await outcome({ contactId: 'c1', number })).toBe('done');
    expect(await outcome({ contactId: 'c1', number: '+493099999' })).toBe('callback_exists_with_different_content');
    expect(await world.outcome(pbx, 'callback.request', { callbackId: 'y', contactId: 'c1', number })).toBe(
      'contact_already_ended',
    );
    await world.idle();
    expect(await world.outcome(pbx, 'callback.request', { callbackId: 'y', contactId: 'callback:1.1', number })).toBe(
      'contact_called_back_already',
    );
  });

  test('is told to whoever asked for it, as it comes about and once', async () => {
    await create('c1', { from: number });
    await request({ contactId: 'c1' });
    await world.idle();
    await ready();
    expect(events()).toEqual([
      [pbx, 'callback.due', { queueId: 'sales', number, contactId: 'callback:1.1', attempt: 1 }],
    ]);
    await world.ok('agent:ada', 'offer.accept', { offerId: 'o2.1' });
    expect(events()).toEqual([[pbx, 'callback.ended', { why: 'reached', attempts: 0, contactId: 'callback:1.1' }]]);
    expect(await counted()).toEqual([1, 1, 0]);
  });

  test('of a contact that rings: the outcome of that ring comes first', async () => {
    await ready();
    await create('c1', { from: number });
    expect(await request({ contactId: 'c1' })).toMatchObject({ state: 'leaving' });
    await accept();
    expect(await contact('c1')).toMatchObject({ state: 'connected' });
    expect(await callback()).toMatchObject({ state: 'ended', why: 'answered' });
  });

  test('of a contact that rings in vain: then it leaves, and the callback rings in its place', async () => {
    await ready();
    await create('c1', { from: number });
    await create('c2');
    await request({ contactId: 'c1' });
    await world.pass(20_000);
    expect(await contact('c1')).toMatchObject({ state: 'ended', why: 'callback' });
    expect(await callback()).toMatchObject({ state: 'queued' });
    await world.pass(20_000);
    expect(await contact('callback:1.1')).toMatchObject({ state: 'ringing' });
  });

  test('taken back while its contact rings, that waits on in its place', async () => {
    await ready();
    await create('c1', { from: number });
    await request({ contactId: 'c1' });
    expect(await world.ok(pbx, 'callback.cancel', { callbackId: 'back' })).toMatchObject({ why: 'cancelled' });
    await world.ok('agent:ada', 'agent.notReady', { reason: 'lunch' });
    expect(await contact('c1')).toMatchObject({ state: 'waiting' });
    expect(await world.outcome(pbx, 'callback.cancel', { callbackId: 'back' })).toBe('callback_already_over');
  });

  test('taken back while it waits in the queue, its contact is over', async () => {
    await request({ queueId: 'sales', number });
    await world.idle();
    await world.ok('app:crm', 'callback.cancel', { callbackId: 'back' });
    expect(await contact('callback:1.1')).toMatchObject({ state: 'ended', why: 'cancelled' });
    await ready();
    expect(world.told().filter(({ event }) => event === 'offer.created')).toEqual([]);
  });

  test('at an appointed time: not before, and then in the line of that time', async () => {
    const at = world.clock.now() + 3_600_000;
    await request({ queueId: 'sales', number, at });
    await ready();
    await world.pass(3_599_000);
    expect(await callback()).toMatchObject({ state: 'waiting', nextAt: at });
    await world.reopen();
    await world.pass(2_000);
    expect(await contact('callback:1.1')).toMatchObject({ state: 'ringing', arrivedAt: at });
  });

  test('a queue that is closed at the time makes it when it opens', async () => {
    await world.ok('supervisor:s', 'queue.close', { queueId: 'sales', reason: 'fire drill' });
    await request({ queueId: 'sales', number });
    await ready();
    await world.pass(40_000);
    expect(await callback()).toMatchObject({ state: 'waiting' });
    await world.ok('supervisor:s', 'queue.open', { queueId: 'sales' });
    await world.pass(40_000);
    expect(await contact('callback:1.1')).toMatchObject({ state: 'ringing' });
  });

  test('a customer who is blocked by then is not called', async () => {
    const at = world.clock.now() + 10_000;
    await request({ queueId: 'sales', number, at });
    await world.ok('admin:root', 'caller.block', { prefix: '+4930' });
    await world.pass(10_000);
    expect(await callback()).toMatchObject({ state: 'ended', why: 'blocked' });
  });

  test('who calls in meanwhile has the place, once, and is not called', async () => {
    await create('c1', { from: number });
    await create('c2');
    await request({ contactId: 'c1' });
    await world.idle();
    await create('c3', { from: number });
    await create('c4', { from: number });
    expect(await callback()).toMatchObject({ state: 'ended', why: 'calledIn', contactId: 'c3' });
    expect(await contact('callback:1.1')).toMatchObject({ state: 'ended', why: 'calledIn' });
    await ready();
    expect((await contact('c3')).state).toBe('ringing');
    expect((await contact('c3')).arrivedAt).toBe((await contact('c1')).arrivedAt);
  });

  test('a queue that is removed takes them with it', async () => {
    await request({ queueId: 'sales', number, at: world.clock.now() + 3_600_000 });
    await world.ok('admin:root', 'queue.remove', { queueId: 'sales' });
    expect(await callback()).toMatchObject({ state: 'ended', why: 'queueRemoved' });
  });

  test('is forgotten in the end', async () => {
    await request({ queueId: 'sales', number, at: world.clock.now() + 1_000 });
    await world.ok(pbx, 'callback.cancel', { callbackId: 'back' });
    await world.pass(2 * 86_400_000);
    expect(await world.outcome(pbx, 'callback.get', { callbackId: 'back' })).toBe('callback_not_found');
    await request({ queueId: 'sales', number });
    await world.idle();
    expect(await callback()).toMatchObject({ contactId: 'callback:2.1' });
  });

  test('is offered to who has waited for so long, once', async () => {
    await policy({ offerAfterMs: 10_000 });
    await create('c1', { from: number });
    await create('c2', { from: number });
    await world.ok(pbx, 'contact.cancel', { contactId: 'c2' });
    await world.pass(10_000);
    expect(world.told().filter(({ event }) => event === 'callback.offered')).toEqual([
      { to: pbx, event: 'callback.offered', params: { contactId: 'c1', queueId: 'sales', waitedMs: 10_000 } },
    ]);
  });

  test('repeated in one tick it is one', async () => {
    const again = [pbx, 'callback.request', { callbackId: 'back', queueId: 'sales', number }] as const;
    await world.together(again, again);
    expect((await world.ok(pbx, 'callback.list')).callbacks).toHaveLength(1);
    expect((await world.ok('switch:other', 'callback.list')).callbacks).toEqual([]);
  });
});

describe('where an exit is a callback', () => {
  test('who has waited too long is called back, in the place of before', async () => {
    await policy({}, { maxWaitMs: 30_000, whenTimedOut: 'callback' });
    await create('c1', { from: number });
    await create('c2', { from: 'anonymous' });
    await world.pass(30_000);
    expect(await contact('c1')).toMatchObject({ state: 'ended', why: 'callback' });
    expect(await contact('c2')).toMatchObject({ state: 'ended', why: 'timedOut' });
    expect(await contact('callback:1.1')).toMatchObject({ state: 'waiting', waitedMs: 30_000 });
    await world.pass(300_000);
    expect(await contact('callback:1.1')).toMatchObject({ state: 'waiting' });
  });

  test('who is kept out is refused, and told that a callback was made; once', async () => {
    await policy({}, { whenClosed: 'callback' });
    await world.ok('supervisor:s', 'queue.close', { queueId: 'sales', reason: 'fire drill' });
    const params = { contactId: 'c1', channel: 'voice', queueId: 'sales', from: number };
    for (let time = 0; time < 2; time++) {
      const answer = await world.call(pbx, 'contact.create', params);
      expect(answer).toMatchObject({ refusal: { refusal: 'queue_closed', data: { callbackId: 'c1' } } });
    }
    const { callbacks } = await world.ok(pbx, 'callback.list');
    expect(callbacks).toMatchObject([{ callbackId: 'c1', state: 'waiting', fromContactId: 'c1' }]);
    await world.ok('supervisor:s', 'queue.open', { queueId: 'sales' });
    await ready();
    await world.pass(30_000);
    expect(await contact('callback:1.1')).toMatchObject({ state: 'ringing' });
  });

  test('who finds the queue full has a place that is kept, behind those who wait, however full it is', async () => {
    await policy({}, { maxWaiting: 1, whenFull: 'callback' });
    await create('c1');
    const params = { contactId: 'c2', channel: 'voice', queueId: 'sales', from: number };
    const answer = await world.call(pbx, 'contact.create', params);
    expect(answer).toMatchObject({ refusal: { refusal: 'queue_full', data: { callbackId: 'c2' } } });
    await world.idle();
    expect(await contact('callback:1.1')).toMatchObject({ state: 'waiting' });
    expect(await counted()).toEqual([1, 0, 0]);
    expect(await world.outcome(pbx, 'contact.create', { ...params, contactId: 'c3', from: 'anonymous' })).toBe(
      'queue_full',
    );
  });

  test('asks for a policy that says how', async () => {
    const set = { queueId: 'help', channels: ['voice'], whenFull: 'callback' };
    await expect(world.call('admin:root', 'queue.set', set)).rejects.toThrow(
      '/whenFull: expected `callback` in the policy',
    );
  });
});

describe('agent first, with a switch', () => {
  const leg = 'leg:1.1';
  const customer = 'leg:1.1.customer';

  beforeEach(async () => {
    await world.presence(pbx, true);
    await ready();
  });

  /** The agent is there, and the customer is being rung. */
  async function customerRung(): Promise<void> {
    await request({ queueId: 'sales', number });
    await world.idle();
    expect((await asked('leg.ring')).params).toMatchObject({ legId: leg, to: { agentId: 'ada', number: '+4930555' } });
    await world.ok(pbx, 'leg.answered', { legId: leg });
    expect((await asked('leg.ring')).params).toMatchObject({ legId: customer, to: { number }, ringMs: 20_000 });
    await world.ok(pbx, 'leg.ringing', { legId: customer });
  }

  test('the agent takes it, the customer is rung, and the two are joined', async () => {
    await customerRung();
    expect(await contact('callback:1.1')).toMatchObject({ state: 'connecting' });
    await world.ok(pbx, 'leg.answered', { legId: customer });
    const connect = await asked('leg.connect');
    expect(connect.params).toMatchObject({ legs: [customer, leg] });
    await world.answerTo(connect);
    expect(await contact('callback:1.1')).toMatchObject({ state: 'connected', agentId: 'ada' });
    expect(await callback()).toMatchObject({ state: 'ended', why: 'reached' });
    await world.ok(pbx, 'leg.ended', { legId: customer });
    await world.idle();
    expect(await contact('callback:1.1')).toMatchObject({ state: 'ended', why: 'byCustomer' });
    expect((await asked('leg.release')).params).toMatchObject({ legId: leg });
  });

  test('a customer who does not answer is tried again after the spacing, in the place of before, and then is unreachable', async () => {
    await customerRung();
    events();
    await world.ok(pbx, 'leg.failed', { legId: customer, cause: 'noAnswer' });
    await world.idle();
    expect((await asked('leg.release')).params).toMatchObject({ legId: leg });
    expect(await contact('callback:1.1')).toMatchObject({ state: 'ended', why: 'notReached' });
    const nextAt = world.clock.now() + spacingMs;
    expect(events()).toEqual([[pbx, 'callback.failed', { cause: 'noAnswer', attempts: 1, nextAt }]]);
    expect((await world.ok('agent:ada', 'agent.get')).state).toBe('ready');
    await create('c2');
    await world.ok(pbx, 'contact.cancel', { contactId: 'c2' });
    await world.pass(spacingMs);
    expect(await contact('callback:1.2')).toMatchObject({ state: 'ringing' });
    expect((await contact('callback:1.2')).arrivedAt).toBe((await contact('callback:1.1')).arrivedAt);
    const ring = await asked('leg.ring');
    await world.ok(pbx, 'leg.answered', { legId: ring.params.legId });
    const second = await asked('leg.ring');
    await world.ok(pbx, 'leg.failed', { legId: second.params.legId, cause: 'busy' });
    await world.idle();
    expect(await callback()).toMatchObject({ state: 'ended', why: 'unreachable', attempts: 2 });
    expect(await counted()).toEqual([1, 0, 1]);
    world.asked();
  });

  test('a switch that says nothing more of the customer costs an attempt, and no agent for ever', async () => {
    await customerRung();
    await world.pass(60_000);
    expect(await contact('callback:1.1')).toMatchObject({ state: 'ended', why: 'notReached' });
    expect(await callback()).toMatchObject({ state: 'waiting', attempts: 1 });
    expect(world.asked().map(({ method, params }) => [method, params.legId])).toEqual([
      ['leg.release', customer],
      ['leg.release', leg],
    ]);
    expect((await world.ok('agent:ada', 'agent.get')).state).toBe('ready');
  });

  test('an agent who hangs up meanwhile leaves nobody ringing: the callback is in its place again', async () => {
    await customerRung();
    await world.ok(pbx, 'leg.ended', { legId: leg });
    expect((await asked('leg.release')).params).toMatchObject({ legId: customer, why: 'offerOver' });
    expect(await contact('callback:1.1')).toMatchObject({ state: 'waiting' });
    expect(await callback()).toMatchObject({ state: 'queued', attempts: 0 });
  });

  test('taken back while the customer is rung', async () => {
    await customerRung();
    await world.ok(pbx, 'callback.cancel', { callbackId: 'back' });
    expect(world.asked().map(({ params }) => params.legId)).toEqual([customer, leg]);
    expect((await world.ok('agent:ada', 'agent.get')).state).toBe('ready');
  });

  test('a restart of the router while the customer is rung changes nothing', async () => {
    await customerRung();
    await world.reopen();
    await world.presence(pbx, true);
    world.asked();
    await world.ok(pbx, 'leg.answered', { legId: customer });
    await world.answerTo(await asked('leg.connect'));
    expect(await callback()).toMatchObject({ state: 'ended', why: 'reached' });
  });

  test('while no switch is there it waits', async () => {
    await world.presence(pbx, false);
    await request({ queueId: 'sales', number });
    await world.pass(1_000);
    expect(await callback()).toMatchObject({ state: 'waiting' });
    await world.presence(pbx, true);
    await world.pass(30_000);
    expect(await callback()).toMatchObject({ state: 'queued' });
    await asked('leg.ring');
  });
});

describe('customer first', () => {
  const customer = 'leg:callback:1.1';

  beforeEach(async () => {
    await policy({ first: 'customer' });
    await world.presence(pbx, true);
    await ready();
  });

  async function customerRung(): Promise<void> {
    await request({ queueId: 'sales', number });
    await world.idle();
    expect((await asked('leg.ring')).params).toMatchObject({ legId: customer, to: { number } });
  }

  test('the customer is rung when it is its turn, and then rings at the agent with the leg that is there', async () => {
    await customerRung();
    expect(await callback()).toMatchObject({ state: 'calling' });
    await world.ok(pbx, 'leg.ringing', { legId: customer });
    await world.ok(pbx, 'leg.answered', { legId: customer });
    await world.idle();
    expect(await callback()).toMatchObject({ state: 'ended', why: 'reached', contactId: 'callback:1.1' });
    const ring = await asked('leg.ring');
    expect(ring.params).toMatchObject({ contactId: 'callback:1.1', to: { agentId: 'ada' } });
    await world.ok(pbx, 'leg.answered', { legId: ring.params.legId });
    const connect = await asked('leg.connect');
    expect(connect.params).toMatchObject({ legs: [customer, ring.params.legId] });
    await world.answerTo(connect);
    expect(await contact('callback:1.1')).toMatchObject({ state: 'connected' });
  });

  test('it is not rung while others who came before wait, and nobody is free', async () => {
    await create('c1');
    await create('c2');
    await world.ok('agent:ada', 'agent.notReady', { reason: 'lunch' });
    await request({ queueId: 'sales', number });
    await world.pass(20_000);
    expect(await callback()).toMatchObject({ state: 'waiting' });
    await world.ok(pbx, 'contact.cancel', { contactId: 'c1' });
    await world.ok(pbx, 'contact.cancel', { contactId: 'c2' });
    await world.pass(20_000);
    expect(await callback()).toMatchObject({ state: 'waiting' });
    await ready();
    await world.pass(5_000);
    expect(await callback()).toMatchObject({ state: 'calling' });
    await asked('leg.ring');
  });

  test('who does not answer is tried again, then is unreachable', async () => {
    await customerRung();
    await world.ok(pbx, 'leg.failed', { legId: customer, cause: 'busy' });
    await world.idle();
    expect(await callback()).toMatchObject({ state: 'waiting', attempts: 1 });
    await world.pass(spacingMs);
    expect((await asked('leg.ring')).params).toMatchObject({ legId: 'leg:callback:1.2' });
    // It is never heard of again.
    await world.pass(60_000);
    expect(await callback()).toMatchObject({ state: 'ended', why: 'unreachable', attempts: 2 });
    expect((await asked('leg.release')).params).toMatchObject({ legId: 'leg:callback:1.2' });
  });

  test('a call that comes in while the customer is rung has the place, and nobody is rung any more', async () => {
    await customerRung();
    await create('c1', { from: number });
    expect(await callback()).toMatchObject({ state: 'ended', why: 'calledIn', contactId: 'c1' });
    expect((await asked('leg.release')).params).toMatchObject({ legId: customer });
  });

  test('who is blocked while being rung is let go when answering', async () => {
    await customerRung();
    await world.ok('admin:root', 'caller.block', { prefix: '+4930' });
    await world.ok(pbx, 'leg.answered', { legId: customer });
    await world.idle();
    expect(await callback()).toMatchObject({ state: 'ended', why: 'blocked' });
    expect((await asked('leg.release')).params).toMatchObject({ legId: customer });
  });

  test('taken back while the customer is rung, and answered in the same moment: released', async () => {
    await customerRung();
    await world.together([pbx, 'leg.answered', { legId: customer }], [pbx, 'callback.cancel', { callbackId: 'back' }]);
    await world.idle();
    expect((await asked('leg.release')).params).toMatchObject({ legId: customer });
    expect(await callback()).toMatchObject({ state: 'ended', why: 'cancelled' });
  });

  test('a restart of the router while the customer is rung changes nothing', async () => {
    await customerRung();
    await world.reopen();
    await world.presence(pbx, true);
    world.asked();
    await world.ok(pbx, 'leg.answered', { legId: customer });
    await world.idle();
    expect(await callback()).toMatchObject({ state: 'ended', why: 'reached' });
    world.asked();
  });
});

test('what the router begins is spread over the switches by their weights, those that drain and that are not there left out', async () => {
  for (const [switchId, weight] of Object.entries({ one: 3, two: 1, none: 0, away: 9, drains: 9 })) {
    await world.ok('admin:root', 'switch.set', { switchId, weight });
    if (switchId !== 'away') await world.presence(`switch:${switchId}`, true);
  }
  await world.ok('admin:root', 'switch.drain', { switchId: 'drains', on: true });
  await policy({ first: 'customer' });
  await ready();
  const rung = new Map<string, number>();
  for (let call = 0; call < 40; call++) {
    await world.ok(pbx, 'callback.request', {
      callbackId: `b${call}`,
      queueId: 'sales',
      number: `+4930${10_000 + call}`,
    });
    await world.idle();
    const ring = world.asked().find(({ method }) => method === 'leg.ring') as AskedOf;
    rung.set(ring.to, (rung.get(ring.to) ?? 0) + 1);
    await world.ok(pbx, 'callback.cancel', { callbackId: `b${call}` });
    for (const release of world.asked()) await world.answerTo(release);
  }
  const [one = 0, two = 0] = [rung.get('switch:one'), rung.get('switch:two')];
  expect(one + two).toBe(40);
  expect(Math.abs(two - 10)).toBeLessThanOrEqual(1);
});
