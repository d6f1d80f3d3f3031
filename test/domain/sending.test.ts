// Contacts that are sent on while their media are at a switch: what becomes of the legs, and of the agents.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AskedOf, DomainWorld } from './domain-world.ts';
import { expectSurvivesLoad } from './survives-load.ts';

let world: DomainWorld;

const pbx = 'switch:pbx';
const call = { contactId: 'call-1', legId: 'A', channel: 'voice', queueId: 'sales' };
const policy = { channels: ['voice'], wrapUpMs: 5_000, afterBusyMs: 7_000, afterRejectMs: 9_000 };

beforeEach(async () => {
  world = await DomainWorld.start();
  await world.ok('admin:root', 'queue.set', { queueId: 'sales', ...policy, whenLegLost: 'queue' });
  for (const agentId of ['ada', 'ben']) {
    await world.ok('admin:root', 'agent.set', { agentId, capacity: { voice: 1 } });
    await world.ok(`agent:${agentId}`, 'agent.login', { lines: [{ lineId: `${agentId}-1`, channel: 'voice' }] });
  }
  await world.ok('agent:ada', 'agent.ready');
  await world.presence(pbx, true);
  await world.ok(pbx, 'contact.create', call);
  await joined();
  await world.ok('agent:ben', 'agent.ready');
  world.told();
});

afterEach(async () => {
  await expectSurvivesLoad(world);
  await world.stop();
});

const asked = () => world.asked().map(({ method, params: { requestId, ...params } }) => [method, params]);
/** Once what follows has come about. */
async function contact() {
  await world.idle();
  return world.ok('app:crm', 'contact.get', { contactId: 'call-1' });
}

const agentState = async (agentId: string) => (await world.ok(`agent:${agentId}`, 'agent.get')).state;

/** The newest leg rings, is answered and joined with the customer's. */
async function joined(): Promise<void> {
  const ring = world.asked().findLast(({ method }) => method === 'leg.ring') as AskedOf;
  await world.answerTo(ring);
  const { legId } = ring.params;
  await world.ok(pbx, 'leg.ringing', { legId });
  await world.ok(pbx, 'leg.answered', { legId });
  const [connect] = world.asked();
  expect(connect).toMatchObject({ method: 'leg.connect', params: { legs: ['A', legId] } });
  await world.answerTo(connect);
}

describe('a transfer', () => {
  test('lets the agent’s leg go, keeps the customer’s, and joins that with the next agent’s', async () => {
    await world.ok('agent:ada', 'contact.hold', { contactId: 'call-1' });
    await world.ok('agent:ada', 'contact.transfer', { contactId: 'call-1', to: { agentId: 'ben' } });
    const requests = world.asked();
    expect(requests.map(({ method, params }) => [method, params.legId, params.why])).toEqual([
      ['leg.hold', 'A', undefined],
      ['leg.release', 'leg:1.1', 'sent'],
      ['leg.ring', 'leg:1.2', undefined],
    ]);
    await world.answerTo(requests[1]);
    await world.answerTo(requests[2]);
    await world.ok(pbx, 'leg.ringing', { legId: 'leg:1.2' });
    await world.ok(pbx, 'leg.answered', { legId: 'leg:1.2' });
    await world.answerTo(world.asked()[0]);
    expect(await contact()).toMatchObject({ state: 'connected', agentId: 'ben', servedBefore: [{ agentId: 'ada' }] });
    expect(await agentState('ada')).toBe('wrapUp');
    await world.ok('agent:ada', 'contact.wrapUpDone', { contactId: 'call-1', disposition: 'forwarded' });
    expect(await contact()).toMatchObject({
      servedBefore: [{ agentId: 'ada', disposition: 'forwarded', wrapUpMs: 0 }],
    });
    expect(await agentState('ada')).toBe('ready');
  });

  test('whose telephone is busy gives the contact back to the agent when that one has wrapped up', async () => {
    await world.ok('agent:ada', 'contact.transfer', { contactId: 'call-1', to: { agentId: 'ben' } });
    await world.ok(pbx, 'leg.failed', { legId: 'leg:1.2', cause: 'busy' });
    expect(await contact()).toMatchObject({ state: 'waitingFor', agentId: 'ada' });
    await world.ok('agent:ada', 'contact.wrapUpDone', { contactId: 'call-1' });
    expect(await contact()).toMatchObject({ state: 'ringing', agentId: 'ada' });
    await joined();
    expect(await contact()).toMatchObject({ state: 'connected', agentId: 'ada' });
  });

  test('in whose moment the agent’s leg ends ends nothing: it is nobody’s any more', async () => {
    await world.ok('agent:ada', 'contact.transfer', { contactId: 'call-1', to: { agentId: 'ben' } });
    await world.ok(pbx, 'leg.ended', { legId: 'leg:1.1', cause: 'hungUp' });
    expect(await contact()).toMatchObject({ state: 'ringing', agentId: 'ben' });
  });

  test('in whose moment the customer hangs up is over, and lets go all that there is', async () => {
    await world.ok('agent:ada', 'contact.transfer', { contactId: 'call-1', to: { agentId: 'ben' } });
    asked();
    await world.ok(pbx, 'leg.ended', { legId: 'A', cause: 'hungUp' });
    expect(await contact()).toMatchObject({ state: 'ended', why: 'cancelled' });
    expect(asked()).toEqual([['leg.release', { contactId: 'call-1', legId: 'leg:1.2', why: 'offerOver' }]]);
    expect([await agentState('ada'), await agentState('ben')]).toEqual(['wrapUp', 'ready']);
  });
});

describe('a leg of the agent that is lost in service', () => {
  test('sends the customer back to the queue where the queue says so, and the agent wraps up and rests', async () => {
    await world.ok(pbx, 'leg.ended', { legId: 'leg:1.1', cause: 'lost' });
    expect(await contact()).toMatchObject({
      state: 'ringing',
      agentId: 'ben',
      servedBefore: [{ agentId: 'ada', why: 'legLost' }],
    });
    expect(await agentState('ada')).toBe('wrapUp');
    await joined();
    expect(await contact()).toMatchObject({ state: 'connected', agentId: 'ben' });
  });

  test('ends the contact as the agent’s hanging up does, where the agent hung up', async () => {
    await world.ok(pbx, 'leg.ended', { legId: 'leg:1.1', cause: 'hungUp' });
    expect(await contact()).toMatchObject({ state: 'wrapUp', why: 'byAgent' });
  });

  test('ends the contact where the queue says nothing', async () => {
    await world.ok('admin:root', 'queue.set', { queueId: 'sales', ...policy });
    await world.ok(pbx, 'leg.ended', { legId: 'leg:1.1', cause: 'lost' });
    expect(await contact()).toMatchObject({ state: 'wrapUp', why: 'legLost' });
  });

  test('at the very time at which the agent is given up leaves one part to wrap up, and no place that is nobody’s', async () => {
    const lost = { afterMs: 10_000, becomes: 'notReady', contacts: 'queue' };
    await world.ok('admin:root', 'tenant.set', { agentLost: lost });
    await world.presence('agent:ada', true);
    await world.presence('agent:ada', false);
    world.clock.advance(lost.afterMs);
    await world.call(pbx, 'leg.ended', { legId: 'leg:1.1', cause: 'lost' });
    expect(await contact()).toMatchObject({ state: 'ringing', agentId: 'ben', servedBefore: [{ agentId: 'ada' }] });
    const { contacts } = await world.ok('agent:ada', 'contact.list');
    expect(contacts).toMatchObject([{ contactId: 'call-1', state: 'wrapUp' }]);
    await world.ok('agent:ada', 'contact.wrapUpDone', { contactId: 'call-1' });
    await world.ok(pbx, 'contact.cancel', { contactId: 'call-1' });
    expect(await world.outcome('admin:root', 'queue.remove', { queueId: 'sales' })).toBe('done');
  });
});
