// Customers who are sent to a number outside: what the switch is asked, and who has the customer whatever becomes of the number.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AskedOf, DomainWorld } from './domain-world.ts';
import { expectSurvivesLoad } from './survives-load.ts';

let world: DomainWorld;

const pbx = 'switch:pbx';
const ada = 'agent:ada';
const lead = 'supervisor:lead';
const number = '+4930111';

beforeEach(async () => {
  world = await DomainWorld.start();
  const policy = { channels: ['voice'], wrapUpMs: 0, maxWaitMs: 20_000, whenTimedOut: 'end' };
  await world.ok('admin:root', 'queue.set', { queueId: 'sales', ...policy });
  for (const agentId of ['ada', 'ben']) {
    await world.ok('admin:root', 'agent.set', { agentId, capacity: { voice: 1 } });
    await world.ok(`agent:${agentId}`, 'agent.login', { lines: [{ lineId: `${agentId}-1`, channel: 'voice' }] });
  }
  await world.ok(ada, 'agent.ready');
  await world.presence(pbx, true);
  const call = { contactId: 'call-1', legId: 'A', channel: 'voice', queueId: 'sales', to: '+4930999' };
  await world.ok(pbx, 'contact.create', call);
  const ring = await telephone('leg:1.1');
  await world.ok(pbx, 'leg.answered', { legId: ring.params.legId });
  await world.answerTo(world.asked()[0]);
  world.told();
});

afterEach(async () => {
  await expectSurvivesLoad(world);
  await world.stop();
});

/** The leg was asked for, and the switch has begun to ring it. */
async function telephone(legId?: string): Promise<AskedOf> {
  const ring = world.asked().findLast(({ method }) => method === 'leg.ring') as AskedOf;
  if (legId !== undefined) expect(ring.params.legId).toBe(legId);
  await world.answerTo(ring);
  return ring;
}

const asked = () => world.asked().map(({ method, params: { legId, legs } }) => `${method} ${legs ?? legId}`);
const heard = () =>
  world
    .told()
    .filter(({ event }) => /^contact.(outside|ended)/.test(event))
    .map(({ to, event, params: { state, cause, why } }) => [to, event, state, cause, why].filter(Boolean).join(' '));
async function contact() {
  await world.idle();
  return world.ok('app:crm', 'contact.get', { contactId: 'call-1' });
}
const send = (more = {}) => world.ok(ada, 'contact.transfer', { contactId: 'call-1', to: { number }, ...more });

/** The number is rung, with the id of its leg. */
async function sent(more = {}): Promise<string> {
  await send(more);
  const ring = await telephone();
  expect(ring.params).toMatchObject({ to: { number }, from: '+4930999' });
  return ring.params.legId as string;
}

/** The number has answered, and the two are joined. */
async function connected(): Promise<string> {
  const legId = await sent();
  await world.ok(pbx, 'leg.answered', { legId });
  const [connect] = world.asked();
  expect(connect).toMatchObject({ method: 'leg.connect', params: { legs: ['A', legId] } });
  await world.answerTo(connect);
  return legId;
}

describe('a transfer to a number', () => {
  test('frees the agent at once, and the customer waits for the number and for nobody else', async () => {
    await world.ok('agent:ben', 'agent.ready');
    await send();
    expect(asked()).toEqual(['leg.release leg:1.1', expect.stringMatching(/^leg.ring leg:n/)]);
    expect(await contact()).toMatchObject({ state: 'waiting', outside: { number } });
    expect(await contact()).not.toHaveProperty('withheld');
    expect(await world.ok(ada, 'agent.get')).toMatchObject({ state: 'ready' });
    expect(heard()).toEqual(['switch:pbx contact.outside ringing', 'agent:ada contact.outside ringing']);
  });

  test('ends the contact when they are joined; their legs go on until one hangs up', async () => {
    const legId = await connected();
    expect(await contact()).toMatchObject({ state: 'ended', why: 'transferredOut', outside: { number } });
    expect(heard()).toEqual([
      'switch:pbx contact.outside ringing',
      'agent:ada contact.outside ringing',
      'switch:pbx contact.ended transferredOut',
      'switch:pbx contact.outside connected',
      'agent:ada contact.outside connected',
    ]);
    expect(asked()).toEqual([]);
    const { records } = await world.ok('app:crm', 'cdr.query', {});
    expect(records).toMatchObject([
      { contactId: 'call-1', why: 'transferredOut', outsideNumber: number, servedBefore: [{ agentId: 'ada' }] },
    ]);
    await expectSurvivesLoad(world);
    await world.ok(pbx, 'leg.ended', { legId: 'A' });
    await world.idle();
    const [release, ...others] = world.asked();
    expect(others).toEqual([]);
    expect(release).toMatchObject({ method: 'leg.release', params: { legId } });
    await world.answerTo(release);
    expect(await world.outcome(pbx, 'leg.ended', { legId })).toBe('leg_not_found');
  });

  test('records nothing of what is said to somebody outside', async () => {
    await world.ok(ada, 'contact.recording', { contactId: 'call-1', recording: 'on', consent: true });
    await world.answerTo(world.asked()[0]);
    await connected();
    const off = world.asked().find(({ method }) => method === 'leg.recording');
    expect(off).toMatchObject({ params: { legId: 'A', recording: 'off' } });
    await world.answerTo(off);
    await world.ok(pbx, 'leg.ended', { legId: 'A' });
  });

  test('lets the customer go when the number hangs up', async () => {
    const legId = await connected();
    await world.ok(pbx, 'leg.ended', { legId });
    await world.idle();
    expect(asked()).toEqual(['leg.release A']);
  });

  test.each(['busy', 'noAnswer', 'unreachable', 'rejected'])(
    'that is %s brings it back to the agent',
    async (cause) => {
      const legId = await sent();
      await world.ok(pbx, 'leg.failed', { legId, cause });
      expect(await contact()).toMatchObject({ state: 'ringing', agentId: 'ada' });
      expect(await contact()).not.toHaveProperty('outside');
      expect(heard().slice(2)).toEqual([
        `switch:pbx contact.outside failed ${cause}`,
        `agent:ada contact.outside failed ${cause}`,
      ]);
      await world.ok(ada, 'offer.reject', { offerId: 'o1.2' });
      await world.ok('agent:ben', 'agent.ready');
      expect(await contact()).toMatchObject({ state: 'ringing', agentId: 'ben' });
    },
  );

  test('that is not answered in time is let go, and its queue counts no time meanwhile', async () => {
    const legId = await sent({ waitMs: 40_000 });
    await world.pass(30_000);
    expect(await contact()).toMatchObject({ state: 'waiting', outside: { number } });
    await world.pass(11_000);
    expect(await contact()).toMatchObject({ state: 'ringing', agentId: 'ada' });
    const others = asked().filter((line) => line !== 'leg.release leg:1.1');
    expect(others).toEqual([`leg.release ${legId}`, 'leg.ring leg:1.2']);
  });

  test('that the switch will not ring, or not join, brings it back as well', async () => {
    await send();
    const ring = world.asked().findLast(({ method }) => method === 'leg.ring');
    await world.answerTo(ring, { error: { code: 1, message: 'no' } });
    expect(await contact()).toMatchObject({ state: 'ringing', agentId: 'ada' });
    await world.ok(ada, 'offer.reject', { offerId: 'o1.2' });
    expect(await contact()).toMatchObject({ state: 'waiting' });
    await world.ok(lead, 'supervisor.move', { contactId: 'call-1', to: { number } });
    const { params } = await telephone();
    await world.ok(pbx, 'leg.answered', { legId: params.legId });
    await world.answerTo(world.asked()[0], { error: { code: 1, message: 'no' } });
    await world.ok('agent:ben', 'agent.ready');
    expect(await contact()).toMatchObject({ state: 'ringing', agentId: 'ben' });
  });

  test('whose customer hangs up meanwhile lets the number go', async () => {
    const legId = await sent();
    await world.ok(pbx, 'leg.ended', { legId: 'A' });
    expect(await contact()).toMatchObject({ state: 'ended', why: 'cancelled' });
    expect(asked()).toEqual([`leg.release ${legId}`]);
  });

  test('from which a supervisor takes it lets the number go', async () => {
    const legId = await sent();
    await world.ok('agent:ben', 'agent.ready');
    await world.ok(lead, 'supervisor.move', { contactId: 'call-1', to: { agentId: 'ben' } });
    expect(await contact()).toMatchObject({ state: 'ringing', agentId: 'ben' });
    expect(asked()).toEqual(expect.arrayContaining([`leg.release ${legId}`]));
    await world.ok(pbx, 'leg.answered', { legId });
    expect(asked()).toEqual([]);
  });

  test('goes on over a restart, and is asked for again', async () => {
    const legId = await sent();
    await world.reopen();
    await world.presence(pbx, true);
    await world.ok(pbx, 'switch.report', {
      legs: [
        { legId: 'A', state: 'answered' },
        { legId, state: 'ringing' },
      ],
      complete: true,
    });
    await world.ok(pbx, 'leg.answered', { legId });
    await world.answerTo(world.asked().find(({ method }) => method === 'leg.connect'));
    expect(await contact()).toMatchObject({ state: 'ended', why: 'transferredOut' });
    const both = {
      legs: [
        { legId: 'A', state: 'answered' },
        { legId, state: 'connected' },
      ],
      complete: true,
    };
    const todo = await world.ok(pbx, 'switch.report', both);
    expect(todo).toEqual({ keep: [legId], connect: [['A', legId]], release: [], unknown: [] });
  });

  test('is over with a switch that is not back in time', async () => {
    await connected();
    await world.presence(pbx, false);
    await world.pass(31_000);
    await world.presence(pbx, true);
    const { release } = await world.ok(pbx, 'switch.report', {
      legs: [{ legId: 'A', state: 'connected', contactId: 'call-1' }],
      complete: true,
    });
    expect(release).toEqual(['A']);
  });

  test('whose legs a switch does not have any more is over', async () => {
    const legId = await connected();
    await world.presence(pbx, true);
    await world.pass(1_000);
    await world.presence(pbx, true);
    await world.ok(pbx, 'switch.report', { legs: [{ legId, state: 'connected' }], complete: true });
    await world.idle();
    expect(asked().at(-1)).toBe(`leg.release ${legId}`);
  });

  test('in whose moment the customer hangs up leaves nobody withheld', async () => {
    await world.together(
      [pbx, 'leg.ended', { legId: 'A' }],
      [ada, 'contact.transfer', { contactId: 'call-1', to: { number } }],
    );
    expect(await contact()).toMatchObject({ state: 'ended' });
    await world.ok(pbx, 'contact.create', { contactId: 'call-2', legId: 'B', channel: 'voice', queueId: 'sales' });
    expect(await world.ok('app:crm', 'contact.get', { contactId: 'call-2' })).toMatchObject({ state: 'ringing' });
  });

  test('in whose moment another one is asked for is refused, and the first goes on', async () => {
    await world.ok('agent:ben', 'agent.ready');
    const [first, second] = await world.together(
      [lead, 'supervisor.move', { contactId: 'call-1', to: { agentId: 'ben' } }],
      [ada, 'contact.transfer', { contactId: 'call-1', to: { number } }],
    );
    expect(first).toHaveProperty('result');
    expect(second).toHaveProperty('refusal.refusal', 'contact_not_with_agent');
    expect(await contact()).toMatchObject({ state: 'ringing', agentId: 'ben' });
    await world.ok('agent:ben', 'offer.reject', { offerId: 'o1.2' });
    expect(await contact()).not.toHaveProperty('withheld');
  });

  test('is counted with the agent and in the queue', async () => {
    await connected();
    const day = { from: 0, to: 0, intervalMs: 86_400_000 };
    day.from = world.clock.now() - (world.clock.now() % 86_400_000);
    day.to = day.from + 86_400_000;
    const { queues } = await world.ok('app:crm', 'statistics.query', { of: 'queues', ids: ['sales'], ...day });
    expect(queues).toMatchObject([
      { offered: 2, answered: 1, abandoned: 0, endedOtherwise: 1, handled: 1, transferred: 1 },
    ]);
  });
});

describe('is refused', () => {
  test('where there are no legs, no switch, or what is no number', async () => {
    await world.ok(ada, 'contact.end', { contactId: 'call-1' });
    await world.ok(pbx, 'contact.create', { contactId: 'bare', channel: 'voice', queueId: 'sales' });
    await world.ok(ada, 'offer.accept', { offerId: 'o2.1' });
    const outcome = (to: object) => world.outcome(ada, 'contact.transfer', { contactId: 'bare', to });
    expect(await outcome({ number })).toBe('contact_without_legs');
    await world.ok(ada, 'contact.end', { contactId: 'bare' });
  });

  test('while its switch is gone', async () => {
    await world.presence(pbx, false);
    const outcome = await world.outcome(ada, 'contact.transfer', { contactId: 'call-1', to: { number } });
    expect(outcome).toBe('switch_not_connected');
    expect(await contact()).toMatchObject({ state: 'connected', agentId: 'ada' });
  });
});
