// Supervisors who take part in conversations: whose telephone is rung, who hears of it, and that nothing is left over.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AskedOf, DomainWorld, type Members } from './domain-world.ts';
import { expectSurvivesLoad } from './survives-load.ts';

let world: DomainWorld;

const pbx = 'switch:pbx';
const lead = 'supervisor:lead';
const c1 = { contactId: 'c1' };

beforeEach(async () => {
  world = await DomainWorld.start();
  await world.ok('admin:root', 'queue.set', { queueId: 'sales', channels: ['voice'] });
  await world.ok('admin:root', 'agent.set', { agentId: 'ada', capacity: { voice: 1 } });
  await world.ok('agent:ada', 'agent.login', { lines: [{ lineId: 'desk-1', channel: 'voice' }] });
  await world.ok('agent:ada', 'agent.ready');
  await world.presence(pbx, true);
  await world.ok(pbx, 'contact.create', { contactId: 'c1', legId: 'A', channel: 'voice', queueId: 'sales' });
  await world.answerTo(newest());
  await world.ok(pbx, 'leg.answered', { legId: 'leg:1.1' });
  await world.answerTo(newest());
  world.told();
});

afterEach(async () => {
  await expectSurvivesLoad(world);
  await world.stop();
});

const newest = (): AskedOf => world.asked().at(-1) as AskedOf;
const asked = () => world.asked().map(({ method, params: { requestId, ...params } }) => [method, params]);
const legsAtSwitch = async () => (await world.ok('admin:root', 'switch.get', { switchId: 'pbx' })).legs;

/** Returns the supervisor's leg. */
async function rings(who: typeof lead | 'supervisor:boss' = lead, more: Members = {}): Promise<string> {
  expect(await world.ok(who, 'supervisor.listen', { ...c1, ...more })).toMatchObject({
    mode: 'listen',
    state: 'ringing',
  });
  const ring = newest();
  await world.answerTo(ring);
  return ring.params.legId as string;
}

async function listens(who: typeof lead | 'supervisor:boss' = lead): Promise<string> {
  const legId = await rings(who);
  await world.ok(pbx, 'leg.ringing', { legId });
  expect(await world.ok(pbx, 'leg.answered', { legId })).toMatchObject({ legId, state: 'answered' });
  await world.answerTo(newest());
  world.told();
  return legId;
}

describe('a supervisor', () => {
  test('is rung, listens once the switch says so, and is heard of by the agent from then on', async () => {
    await world.ok(lead, 'supervisor.listen', { ...c1, lineId: 'office', number: '+4930777' });
    const ring = newest();
    const to = { agentId: 'lead', lineId: 'office', number: '+4930777' };
    expect(ring).toMatchObject({ to: pbx, method: 'leg.ring', params: { contactId: 'c1', to } });
    await world.answerTo(ring);
    const { legId } = ring.params as { legId: string };
    await world.ok(pbx, 'leg.ringing', { legId });
    await world.ok(pbx, 'leg.answered', { legId });
    expect(world.toldLines('state')).toEqual(['supervisor:lead supervision.changed ringing']);
    const listen = newest();
    expect(listen).toMatchObject({
      method: 'leg.listen',
      params: { contactId: 'c1', legId, mode: 'listen', legs: ['A', 'leg:1.1'] },
    });
    await world.answerTo(listen);
    expect(world.toldLines('mode', 'state')).toEqual([
      'supervisor:lead supervision.changed listen on',
      'agent:ada supervision.changed listen on',
    ]);
    expect(await legsAtSwitch()).toBe(3);
  });

  test('may whisper and barge in, which is said when it is so', async () => {
    const legId = await listens();
    expect(await world.ok(lead, 'supervisor.whisper', c1)).toMatchObject({ mode: 'whisper', state: 'on' });
    const whisper = newest();
    expect(whisper).toMatchObject({ method: 'leg.listen', params: { legId, mode: 'whisper' } });
    await world.ok(lead, 'supervisor.barge', c1);
    const barge = newest();
    await world.answerTo(whisper);
    expect(world.told()).toEqual([]);
    await world.answerTo(barge);
    expect(world.toldLines('mode')).toEqual([
      'supervisor:lead supervision.changed barge',
      'agent:ada supervision.changed barge',
    ]);
    await world.ok(lead, 'supervisor.barge', c1);
    expect(asked()).toEqual([]);
  });

  test('is not spoken of to agents where the tenant keeps it from them', async () => {
    await world.ok('admin:root', 'tenant.set', { supervision: { agentIsTold: false } });
    const legId = await rings();
    await world.ok(pbx, 'leg.answered', { legId });
    await world.answerTo(newest());
    expect(world.told().map(({ to }) => to)).toEqual([lead]);
  });

  test.each([
    ['stops', async () => world.ok(lead, 'supervisor.stop', c1), 'notWanted', 'stopped'],
    ['hears the contact end', async () => world.ok('agent:ada', 'contact.end', c1), 'contactEnded', 'contactEnded'],
  ])('who %s is let go, and nothing is left', async (_, ends, why, ended) => {
    const legId = await listens();
    await ends();
    expect(world.told().filter(({ event }) => event === 'supervision.changed')).toMatchObject([
      { to: lead, params: { state: 'over', why: ended } },
      { to: 'agent:ada', params: { state: 'over', why: ended } },
    ]);
    const releases = world.asked().filter(({ params }) => params.legId === legId);
    expect(releases).toMatchObject([{ method: 'leg.release', params: { why } }]);
    const before = (await legsAtSwitch()) as number;
    await world.answerTo(releases[0]);
    expect(await legsAtSwitch()).toBe(before - 1);
  });

  test('who hangs up takes part no longer, and the conversation goes on', async () => {
    const legId = await listens();
    expect(await world.ok(pbx, 'leg.ended', { legId })).toMatchObject({ state: 'ended' });
    expect(world.toldLines('state')).toContain('supervisor:lead supervision.changed over');
    expect(await world.ok('app:crm', 'contact.get', c1)).toMatchObject({ state: 'connected' });
    expect(await world.outcome(lead, 'supervisor.stop', c1)).toBe('not_supervised');
    expect(asked()).toEqual([]);
  });

  test.each([
    ['is not answered', async (legId: string) => world.ok(pbx, 'leg.failed', { legId, cause: 'noAnswer' })],
    ['is busy', async (legId: string) => world.ok(pbx, 'leg.failed', { legId, cause: 'busy' })],
  ])('whose telephone %s is told so, and the agent is not', async (_, fails) => {
    const legId = await rings();
    await fails(legId);
    expect(world.told()).toMatchObject([{ to: lead, params: { state: 'over', why: 'notAnswered' } }]);
    expect(await legsAtSwitch()).toBe(2);
  });

  test('whom the switch does not let take part is let go', async () => {
    const legId = await rings();
    await world.ok(pbx, 'leg.answered', { legId });
    world.told();
    await world.answerTo(newest(), { error: { code: 1, message: 'no' } });
    expect(world.told()).toMatchObject([{ to: lead, params: { state: 'over', why: 'failed' } }]);
    expect(newest()).toMatchObject({ method: 'leg.release', params: { legId } });
  });

  test('whose ring the switch never answers is not waited for', async () => {
    await world.ok(lead, 'supervisor.listen', c1);
    await world.pass(11_000);
    expect(world.toldLines('why')).toEqual(['supervisor:lead supervision.changed notAnswered']);
    expect(await legsAtSwitch()).toBe(2);
  });

  test('may be two', async () => {
    const first = await listens();
    const second = await listens('supervisor:boss');
    expect(second).not.toBe(first);
    await world.ok(lead, 'supervisor.stop', c1);
    await world.answerTo(newest());
    expect(await legsAtSwitch()).toBe(3);
    await world.ok('supervisor:boss', 'supervisor.whisper', c1);
    expect(newest()).toMatchObject({ params: { legId: second, mode: 'whisper' } });
  });

  test('who asks twice in one tick is rung once', async () => {
    await world.together([lead, 'supervisor.listen', c1], [lead, 'supervisor.barge', c1]);
    expect(asked()).toMatchObject([['leg.ring', {}]]);
    const { legId } = (await world.ok(pbx, 'switch.report', { legs: [], complete: false })) as Members;
    expect(legId).toBeUndefined();
  });

  test('goes on over a restart of the router, whatever the switch had been asked', async () => {
    await world.ok(lead, 'supervisor.whisper', c1);
    const { legId } = newest().params as { legId: string };
    await world.reopen();
    await world.presence(pbx, true);
    const again = world.asked().filter(({ method }) => method === 'leg.ring');
    expect(again).toMatchObject([{ params: { legId } }]);
    await world.answerTo(again[0]);
    const legs = [
      { legId: 'A', state: 'connected' },
      { legId: 'leg:1.1', state: 'connected' },
      { legId, state: 'answered' },
    ];
    const said = await world.ok(pbx, 'switch.report', { legs, complete: true });
    expect(said).toMatchObject({ keep: ['A', 'leg:1.1', legId], release: [] });
    expect(newest()).toMatchObject({ method: 'leg.listen', params: { legId, mode: 'whisper' } });
  });

  test('whose leg the switch has lost is told so', async () => {
    await listens();
    await world.presence(pbx, false);
    await world.pass(1_000);
    await world.presence(pbx, true);
    const legs = [
      { legId: 'A', state: 'connected' },
      { legId: 'leg:1.1', state: 'connected' },
    ];
    await world.ok(pbx, 'switch.report', { legs, complete: true });
    expect(world.toldLines('why')).toContain('supervisor:lead supervision.changed lost');
    expect(await legsAtSwitch()).toBe(2);
  });

  test('is refused where there is no conversation', async () => {
    expect(await world.outcome(lead, 'supervisor.listen', { contactId: 'nobody' })).toBe('contact_not_found');
    expect(await world.outcome(lead, 'supervisor.stop', c1)).toBe('not_supervised');
    await world.ok('agent:ada', 'contact.end', c1);
    await world.ok('app:crm', 'contact.create', { contactId: 'c2', channel: 'voice', queueId: 'sales' });
    expect(await world.outcome(lead, 'supervisor.listen', { contactId: 'c2' })).toBe('contact_not_connected');
    await world.idle();
    await world.ok('agent:ada', 'offer.accept', { offerId: 'o2.1' });
    expect(await world.outcome(lead, 'supervisor.listen', { contactId: 'c2' })).toBe('contact_without_legs');
  });

  test('are eight at most', async () => {
    for (let who = 1; who <= 8; who++) await world.ok(`supervisor:s${who}`, 'supervisor.listen', c1);
    expect(await world.outcome(lead, 'supervisor.listen', c1)).toBe('too_many_supervisors');
  });
});
