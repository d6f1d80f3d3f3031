// Calls that agents make on their lines: with a switch that makes them, without one, and whatever becomes of them.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AskedOf, DomainWorld, type Members } from './domain-world.ts';
import { expectSurvivesLoad } from './survives-load.ts';

let world: DomainWorld;

const pbx = 'switch:pbx';
const ada = 'agent:ada';
const number = '+493012345';
const desk = { lineId: 'desk-1', channel: 'voice', number: '+4930555' };
const second = { lineId: 'desk-2', channel: 'voice' };
const chat = { lineId: 'desk-3', channel: 'chat' };

beforeEach(async () => {
  world = await DomainWorld.start();
  await world.ok('admin:root', 'queue.set', { queueId: 'letters', channels: ['email'] });
  await world.ok('admin:root', 'queue.set', { queueId: 'sales', channels: ['voice', 'chat'], wrapUpMs: 5_000 });
  await world.ok('admin:root', 'agent.set', { agentId: 'ada', capacity: { voice: 2, chat: 1, total: 2 } });
  await world.ok(ada, 'agent.login', { lines: [desk, second, chat] });
  world.told();
});

afterEach(async () => {
  await expectSurvivesLoad(world);
  await world.stop();
});

const call = { contactId: 'out-1', lineId: 'desk-1', to: { number } };
const dial = (more: Members = {}) => world.ok(ada, 'contact.dial', { ...call, ...more });
const refused = (more: Members = {}, who: typeof ada | typeof pbx = ada) =>
  world.outcome(who, 'contact.dial', { ...call, ...more });
async function contact(contactId = 'out-1') {
  await world.idle();
  return world.ok('app:crm', 'contact.get', { contactId });
}
const lines = async () => {
  const { lines: all } = await world.ok(ada, 'line.list');
  return (all as Members[]).map(({ lineId, state, contactId }) => [lineId, state, contactId].filter(Boolean).join(' '));
};
const asked = () => world.asked().map(({ method, params: { legId, legs } }) => `${method} ${legs ?? legId}`);
const heard = () =>
  world
    .told()
    .filter(({ event }) => /^contact\./.test(event))
    .map(({ to, event, params: { state, cause, why } }) => [to, event, state, cause, why].filter(Boolean).join(' '));

/** The switch was asked to ring, and has begun. */
async function rung(): Promise<AskedOf> {
  const ring = world.asked().findLast(({ method }) => method === 'leg.ring') as AskedOf;
  expect(ring).toBeDefined();
  await world.answerTo(ring);
  return ring;
}

/** The agent's own telephone is there, and the number rings. */
async function numberRings(more: Members = {}): Promise<{ readonly own: string; readonly other: string }> {
  await dial(more);
  const own = await rung();
  await world.ok(pbx, 'leg.answered', { legId: own.params.legId });
  const other = await rung();
  return { own: own.params.legId as string, other: other.params.legId as string };
}

async function inService(): Promise<{ readonly own: string; readonly other: string }> {
  const legs = await numberRings();
  await world.ok(pbx, 'leg.answered', { legId: legs.other });
  const [connect] = world.asked();
  expect(connect).toMatchObject({ method: 'leg.connect', params: { legs: [legs.other, legs.own] } });
  await world.answerTo(connect);
  return legs;
}

const statisticsOf = async (of: 'queues' | 'agents') => {
  const now = world.clock.now();
  const from = now - (now % 86_400_000);
  const period = { of, from, to: from + 86_400_000, intervalMs: 86_400_000 };
  const answer = await world.ok('supervisor:s', 'statistics.query', period);
  return ((answer[of] as Members[])[0] ?? {}) as Members;
};

describe('without a switch that makes calls', () => {
  test('it is in service at once, on that line, whether the agent is ready or not', async () => {
    expect(await dial()).toMatchObject({ state: 'connected', agentId: 'ada', lineId: 'desk-1', queueId: 'sales' });
    expect(await lines()).toEqual(['desk-1 connected out-1', 'desk-2 free', 'desk-3 free']);
    expect(heard()).toEqual(['agent:ada contact.dialling yours', 'agent:ada contact.connected']);
    expect(await world.ok(ada, 'agent.get')).toMatchObject({ state: 'inService', ready: false });
    expect(await contact()).toMatchObject({ direction: 'outbound', dialled: { agentId: 'ada', number }, to: number });
  });

  test('the same again changes nothing, and anything else of that id is refused', async () => {
    await dial();
    expect(await dial()).toMatchObject({ state: 'connected' });
    expect(await refused({ lineId: 'desk-2' })).toBe('contact_exists_with_different_content');
    expect(await refused({ to: { number: '+493010' } })).toBe('contact_exists_with_different_content');
    await world.ok(ada, 'contact.end', { contactId: 'out-1' });
    await world.ok(ada, 'contact.wrapUpDone', { contactId: 'out-1' });
    expect(await dial()).toMatchObject({ state: 'ended', why: 'byAgent' });
  });

  test('it wraps up by the rules of its queue, and its record says who called', async () => {
    await dial();
    await world.pass(3_000);
    await world.ok(ada, 'contact.end', { contactId: 'out-1' });
    expect(await lines()).toEqual(['desk-1 wrapUp out-1', 'desk-2 free', 'desk-3 free']);
    await world.pass(5_000);
    expect(await lines()).toEqual(['desk-1 free', 'desk-2 free', 'desk-3 free']);
    const { records } = await world.ok('app:crm', 'cdr.query', {});
    expect(records).toMatchObject([
      {
        ...{ contactId: 'out-1', direction: 'outbound', queueId: 'sales', to: number, from: '+4930555' },
        ...{ broughtBy: { role: 'agent', sub: 'ada' }, offered: 0, agentId: 'ada', talkMs: 3_000, wrapUpMs: 5_000 },
      },
    ]);
  });

  test('it is counted of the agent, and in no number of the queue', async () => {
    await dial();
    await world.pass(3_000);
    await world.ok(ada, 'contact.end', { contactId: 'out-1' });
    await world.pass(5_000);
    expect(await statisticsOf('agents')).toMatchObject({
      ...{ dialled: 1, dialledReached: 1, dialledTalkMs: 3_000, answered: 0, handled: 0, offers: 0 },
    });
    expect(await statisticsOf('queues')).toEqual({});
    const { queues } = await world.ok('supervisor:s', 'supervisor.watch', {});
    expect(queues).toMatchObject([{}, { queueId: 'sales', arrived: 0, answered: 0, waiting: 0 }]);
  });

  test('each line has its own', async () => {
    await dial();
    await dial({ contactId: 'out-2', lineId: 'desk-2' });
    expect(await lines()).toEqual(['desk-1 connected out-1', 'desk-2 connected out-2', 'desk-3 free']);
    await world.ok(ada, 'line.switch', { lineId: 'desk-1' });
    expect(await contact('out-2')).toHaveProperty('heldSince');
    await world.ok(ada, 'contact.end', { contactId: 'out-2' });
    expect(await lines()).toEqual(['desk-1 connected out-1', 'desk-2 wrapUp out-2', 'desk-3 free']);
  });

  test('sent on it is a contact as any other', async () => {
    await world.ok('admin:root', 'agent.set', { agentId: 'ben', capacity: { voice: 1 } });
    await world.ok('agent:ben', 'agent.login');
    await dial();
    await world.ok(ada, 'contact.transfer', { contactId: 'out-1', to: { queueId: 'sales' } });
    expect(await contact()).toMatchObject({ state: 'waiting', servedBefore: [{ agentId: 'ada' }] });
    expect(await world.outcome(ada, 'contact.end', { contactId: 'out-1' })).toBe('contact_already_ended');
    await world.ok('agent:ben', 'agent.ready');
    expect(await contact()).toMatchObject({ state: 'ringing', agentId: 'ben' });
    await world.ok('agent:ben', 'offer.accept', { offerId: 'o1.2' });
    await world.ok('agent:ben', 'contact.end', { contactId: 'out-1' });
    await world.pass(5_000);
    expect(await statisticsOf('queues')).toMatchObject({ offered: 1, answered: 1, handled: 1, transferred: 1 });
    const { records } = await world.ok('app:crm', 'cdr.query', {});
    expect(records).toMatchObject([{ direction: 'outbound', offered: 1, servedBefore: [{ agentId: 'ada' }] }]);
  });

  test.each([
    ['line_not_found', { lineId: 'nobodys' }],
    ['queue_not_found', { queueId: 'none' }],
    ['channel_not_in_queue', { queueId: 'letters' }],
    ['not_to_be_dialled', { to: { lineId: 'desk-2' } }],
    ['not_to_be_dialled', { to: { number: desk.number } }],
    ['channel_not_in_queue', { to: { queueId: 'letters' } }],
  ])('%s', async (refusal, more) => {
    expect(await refused(more)).toBe(refusal);
  });

  test('a busy line, too many at once, and who is logged out are refused', async () => {
    await dial();
    expect(await refused({ contactId: 'out-2' })).toBe('line_already_busy');
    await dial({ contactId: 'out-2', lineId: 'desk-2' });
    expect(await refused({ contactId: 'out-3', lineId: 'desk-3' })).toBe('agent_at_capacity');
    await world.ok(ada, 'agent.logout', { when: 'idle' });
    await world.ok(ada, 'contact.end', { contactId: 'out-2' });
    await world.ok(ada, 'contact.wrapUpDone', { contactId: 'out-2' });
    expect(await refused({ contactId: 'out-3', lineId: 'desk-3' })).toBe('agent_not_logged_in');
    await world.ok(ada, 'contact.end', { contactId: 'out-1' });
    await world.ok(ada, 'contact.wrapUpDone', { contactId: 'out-1' });
    expect(await refused({ contactId: 'out-3' })).toBe('line_not_found');
    expect(await world.outcome('agent:eve', 'contact.dial', { ...call, contactId: 'x' })).toBe('line_not_found');
  });
});

describe('the number of a line', () => {
  const bens = { lineId: 'ben-2', channel: 'voice', number: '+4930777' };
  beforeEach(async () => {
    await world.ok('admin:root', 'agent.set', { agentId: 'ben', capacity: { voice: 2 } });
    await world.ok('agent:ben', 'agent.login', { lines: [{ lineId: 'ben-1', channel: 'voice' }, bens] });
    await world.ok('agent:ben', 'agent.ready');
    world.told();
  });
  const call = (more: Members = {}) =>
    world.ok('app:crm', 'contact.create', { contactId: 'in-1', channel: 'voice', entry: '+4930777', ...more });

  test('rings at that line when it is called, whatever queues its agent has', async () => {
    await call();
    expect(await contact('in-1')).toMatchObject({ state: 'ringing', agentId: 'ben', lineId: 'ben-2' });
  });

  test('while it is busy the caller waits for it, and the other line is left alone', async () => {
    await call();
    await world.ok('agent:ben', 'offer.accept', { offerId: 'o1.1' });
    await call({ contactId: 'in-2', direct: { waitMs: 60_000 } });
    expect(await contact('in-2')).toMatchObject({ state: 'waitingFor', agentId: 'ben' });
    await world.ok('app:crm', 'contact.create', { contactId: 'in-3', channel: 'voice', queueId: 'sales' });
    expect(await contact('in-3')).toMatchObject({ state: 'ringing', lineId: 'ben-1' });
    await expectSurvivesLoad(world);
    await world.ok('agent:ben', 'offer.accept', { offerId: 'o3.1' });
    await world.ok('agent:ben', 'contact.end', { contactId: 'in-1' });
    await world.ok('agent:ben', 'contact.wrapUpDone', { contactId: 'in-1' });
    expect(await contact('in-2')).toMatchObject({ state: 'ringing', lineId: 'ben-2' });
  });

  test('whoever is not there leaves the caller to the queue, and an entry of that number comes first', async () => {
    await world.ok('agent:ben', 'agent.notReady', { reason: 'break' });
    await call();
    expect(await contact('in-1')).toMatchObject({ state: 'waiting', queueId: 'sales' });
    await world.ok('admin:root', 'queue.set', { queueId: 'front', channels: ['voice'] });
    await world.ok('admin:root', 'entry.set', { entry: '+4930777', queueId: 'front' });
    await call({ contactId: 'in-2' });
    expect(await contact('in-2')).toMatchObject({ state: 'waiting', queueId: 'front' });
    await world.ok('agent:ben', 'agent.logout', { when: 'now' });
    await world.ok('admin:root', 'entry.remove', { entry: '+4930777' });
    expect(
      await world.outcome('app:crm', 'contact.create', { contactId: 'x', channel: 'voice', entry: '+4930777' }),
    ).toBe('entry_not_found');
  });

  test.each([[{ lineId: 'ben-2' }], [{ number: '+4930777' }]])('is transferred to, and asked: %j', async (to) => {
    await dial();
    await world.ok(ada, 'contact.consult', { contactId: 'out-1', to });
    expect(await contact('out-1.consult')).toMatchObject({ state: 'ringing', agentId: 'ben', lineId: 'ben-2' });
    await world.ok('agent:ben', 'offer.accept', { offerId: 'o2.1' });
    await world.ok(ada, 'contact.end', { contactId: 'out-1.consult' });
    await world.ok('agent:ben', 'contact.wrapUpDone', { contactId: 'out-1.consult' });
    await world.ok(ada, 'contact.transfer', { contactId: 'out-1', to });
    expect(await contact()).toMatchObject({ state: 'ringing', agentId: 'ben', lineId: 'ben-2' });
  });
});

describe('with a switch that makes calls', () => {
  beforeEach(async () => {
    await world.presence(pbx, true);
    await world.ok(pbx, 'switch.report', { legs: [], complete: true });
    world.asked();
    world.told();
  });

  test('the agent’s telephone rings first, then the number, and the two are joined', async () => {
    expect(await dial({ waitMs: 25_000 })).toMatchObject({ state: 'connecting', agentId: 'ada', lineId: 'desk-1' });
    const own = await rung();
    const to = { agentId: 'ada', lineId: 'desk-1', number: '+4930555' };
    expect(own.params).toMatchObject({ contactId: 'out-1', to, from: number, ringMs: 20_000 });
    await world.ok(pbx, 'leg.answered', { legId: own.params.legId });
    const other = await rung();
    expect(other.params).toMatchObject({ contactId: 'out-1', to: { number }, from: '+4930555', ringMs: 25_000 });
    await world.ok(pbx, 'leg.answered', { legId: other.params.legId });
    await world.answerTo(world.asked()[0]);
    expect(await contact()).toMatchObject({ state: 'connected', lineId: 'desk-1' });
    expect(heard()).toEqual([
      'agent:ada contact.dialling agent',
      'agent:ada contact.dialling number',
      'agent:ada contact.connected',
    ]);
    await world.ok(pbx, 'leg.ended', { legId: other.params.legId });
    expect(await contact()).toMatchObject({ state: 'wrapUp', why: 'byCustomer' });
    expect(asked()).toEqual([`leg.release ${own.params.legId}`]);
  });

  test.each(['busy', 'noAnswer', 'unreachable', 'rejected'])('a number that is %s ends it', async (cause) => {
    const { own, other } = await numberRings();
    await world.ok(pbx, 'leg.failed', { legId: other, cause });
    expect(await contact()).toMatchObject({ state: 'ended', why: 'notReached', dialled: { cause } });
    expect(asked()).toEqual([`leg.release ${own}`]);
    expect(heard().at(-1)).toBe(`agent:ada contact.ended ${cause} notReached`);
    expect(await lines()).toEqual(['desk-1 free', 'desk-2 free', 'desk-3 free']);
    const { records } = await world.ok('app:crm', 'cdr.query', {});
    expect(records).toMatchObject([{ direction: 'outbound', why: 'notReached', cause, agentId: 'ada', offers: [] }]);
    expect(await statisticsOf('agents')).toMatchObject({ dialled: 1, dialledReached: 0, missed: 0 });
  });

  test.each([
    ['busy', 'agentNotReached'],
    ['noAnswer', 'agentNotReached'],
    ['rejected', 'byAgent'],
    ['hungUp', 'byAgent'],
    ['failed', 'notJoined'],
  ])('its own telephone that is %s ends it as %s, and is no miss and no reason to rest', async (cause, why) => {
    await world.ok(ada, 'agent.ready');
    await dial();
    const own = await rung();
    await world.ok(pbx, 'leg.failed', { legId: own.params.legId, cause });
    expect(await contact()).toMatchObject({ state: 'ended', why, agentId: 'ada' });
    expect(await world.ok(ada, 'agent.get')).toMatchObject({ state: 'ready' });
    expect(await world.ok(ada, 'agent.get')).not.toHaveProperty('restsUntil');
    expect(asked()).toEqual([]);
  });

  test('the agent hangs up while the number rings', async () => {
    const { own, other } = await numberRings();
    await world.ok(pbx, 'leg.ended', { legId: own });
    expect(await contact()).toMatchObject({ state: 'ended', why: 'byAgent' });
    expect(asked()).toEqual([`leg.release ${other}`]);
  });

  test('contact.end while its own telephone rings, and while the number does', async () => {
    await dial();
    const own = await rung();
    await world.ok(ada, 'contact.end', { contactId: 'out-1' });
    expect(asked()).toEqual([`leg.release ${own.params.legId}`]);
    const legs = await numberRings({ contactId: 'out-2' });
    await world.ok(ada, 'contact.end', { contactId: 'out-2' });
    expect(asked().sort()).toEqual([`leg.release ${legs.own}`, `leg.release ${legs.other}`].sort());
    expect(await contact('out-2')).toMatchObject({ state: 'ended', why: 'byAgent' });
  });

  test('one line rings at a time: neither is offered anything, nor calls out while something rings', async () => {
    await world.ok(ada, 'agent.ready');
    await dial();
    await world.ok(pbx, 'contact.create', { contactId: 'in-1', legId: 'A', channel: 'voice', queueId: 'sales' });
    expect(await contact('in-1')).toMatchObject({ state: 'waiting' });
    await world.ok(ada, 'contact.end', { contactId: 'out-1' });
    expect(await contact('in-1')).toMatchObject({ state: 'ringing', lineId: 'desk-1' });
    expect(await refused({ contactId: 'out-2', lineId: 'desk-2' })).toBe('another_line_rings');
    await world.ok(ada, 'agent.setOneRinging', { on: false });
    await dial({ contactId: 'out-2', lineId: 'desk-2' });
    expect(await lines()).toEqual(['desk-1 ringing in-1', 'desk-2 ringing out-2', 'desk-3 free']);
    await world.ok(ada, 'agent.notReady', { reason: 'break' });
    expect(await lines()).toEqual(['desk-1 free', 'desk-2 ringing out-2', 'desk-3 free']);
  });

  test('logging out when idle lets it go on; logging out now ends it', async () => {
    await inService();
    await world.ok(ada, 'contact.end', { contactId: 'out-1' });
    await world.ok(ada, 'contact.wrapUpDone', { contactId: 'out-1' });
    const { own, other } = await numberRings({ contactId: 'out-2' });
    await world.ok(ada, 'agent.logout', { when: 'idle' });
    expect(await contact('out-2')).toMatchObject({ state: 'connecting' });
    await world.ok(pbx, 'leg.failed', { legId: other, cause: 'busy' });
    expect(await contact('out-2')).toMatchObject({ state: 'ended', why: 'notReached' });
    expect(await world.ok('supervisor:s', 'agent.get', { agentId: 'ada' })).toMatchObject({ state: 'loggedOut' });
    await world.ok(ada, 'agent.login', { lines: [desk] });
    await dial({ contactId: 'out-3' });
    await world.ok(ada, 'agent.logout', { when: 'now' });
    expect(await contact('out-3')).toMatchObject({ state: 'ended', why: 'agentUnavailable' });
    expect(own).not.toBe(other);
  });

  test.each([
    ['its own telephone', () => dial()],
    ['the number', () => numberRings()],
  ])('a switch that is lost ends it while %s rings', async (_, rings) => {
    await rings();
    await world.presence(pbx, false);
    expect(await refused({ contactId: 'out-2', lineId: 'desk-2' })).toBe('switch_not_connected');
    await expectSurvivesLoad(world);
    await world.pass(31_000);
    expect(await contact()).toMatchObject({ state: 'ended', why: 'switchLost' });
    expect(await lines()).toEqual(['desk-1 free', 'desk-2 free', 'desk-3 free']);
  });

  test('in service it is held, asked about, and handed over as any other', async () => {
    await world.ok('admin:root', 'agent.set', { agentId: 'ben', capacity: { voice: 1 } });
    await world.ok('agent:ben', 'agent.login');
    await world.ok('agent:ben', 'agent.ready');
    const { own, other } = await inService();
    await world.ok(ada, 'contact.hold', { contactId: 'out-1' });
    const [hold] = world.asked();
    expect(hold).toMatchObject({ method: 'leg.hold', params: { legId: other } });
    await world.answerTo(hold);
    await world.ok(ada, 'contact.consult', { contactId: 'out-1', to: { agentId: 'ben' } });
    const bens = await rung();
    await world.ok(pbx, 'leg.answered', { legId: bens.params.legId });
    await world.answerTo(world.asked().find(({ method }) => method === 'leg.connect'));
    await world.ok(ada, 'contact.transfer', { contactId: 'out-1', mode: 'attended' });
    const join = world.asked().find(({ method }) => method === 'leg.connect');
    expect(join).toMatchObject({ params: { legs: [other, bens.params.legId] } });
    await world.answerTo(join);
    expect(await contact()).toMatchObject({ state: 'connected', agentId: 'ben' });
    await world.ok(pbx, 'leg.ended', { legId: other });
    expect(await contact()).toMatchObject({ why: 'byCustomer' });
    expect(own).toBeDefined();
  });

  test('another channel needs no switch', async () => {
    expect(await dial({ lineId: 'desk-3' })).toMatchObject({ state: 'connected', lineId: 'desk-3' });
    expect(world.asked()).toEqual([]);
  });
});

test('what is wrapped up after it is of no other contact, also behind a restart', async () => {
  await dial({ lineId: 'desk-3' });
  await world.ok(ada, 'contact.end', { contactId: 'out-1' });
  expect(await contact()).toMatchObject({ state: 'wrapUp' });
  await world.stop();
  await world.reopen();
  await world.ok(ada, 'contact.wrapUpDone', { contactId: 'out-1' });
  // In the place that the call had in the core, by nobody served.
  await world.pass(1_000);
  await world.ok(pbx, 'contact.create', { contactId: 'next', channel: 'email', queueId: 'letters' });
  await world.ok(pbx, 'contact.cancel', { contactId: 'next' });
  expect(await contact('next')).toMatchObject({ state: 'ended' });
});
