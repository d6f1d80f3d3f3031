import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DomainWorld, nameOf } from './domain-world.ts';
import { expectSurvivesLoad } from './survives-load.ts';

let world: DomainWorld;

beforeEach(async () => {
  world = await DomainWorld.start();
  await world.ok('admin:root', 'queue.set', { queueId: 'sales', channels: ['voice', 'chat'], wrapUpMs: 5_000 });
  await world.ok('admin:root', 'agent.set', { agentId: 'ada', skills: { german: 7 }, capacity: { voice: 1, chat: 2 } });
});

afterEach(async () => {
  await expectSurvivesLoad(world);
  await world.stop();
});

async function ready(agentId: string): Promise<void> {
  await world.ok(`agent:${agentId}`, 'agent.login');
  await world.ok(`agent:${agentId}`, 'agent.ready');
}

const call = { contactId: 'call-1', channel: 'voice', queueId: 'sales', from: '+491711234567' };

describe('a contact', () => {
  test('that is served over midnight ends as any other, also where its queue has counted nothing since', async () => {
    await ready('ada');
    await world.ok('switch:pbx', 'contact.create', call);
    await world.ok('agent:ada', 'offer.accept', { offerId: 'o1.1' });
    await world.pass(24 * 3_600_000);
    // A tick of the new day, so that the day is another after the restart.
    await world.ok('admin:root', 'agent.set', { agentId: 'ben', capacity: { voice: 1 } });
    await world.stop();
    await world.reopen();
    await world.ok('switch:pbx', 'contact.end', { contactId: 'call-1' });
    expect(world.harness.logged.filter((line) => line.includes('failed'))).toEqual([]);
    const { queues } = await world.ok('supervisor:sam', 'supervisor.watch', {});
    expect(queues).toMatchObject([{ queueId: 'sales', arrived: 0, answered: 0, abandoned: 0 }]);
  });

  test('that is over earlier in the same tick is refused as over, not as unknown', async () => {
    await ready('ada');
    await world.ok('switch:pbx', 'contact.create', call);
    await world.ok('agent:ada', 'offer.accept', { offerId: 'o1.1' });
    const waits = { ...call, agentId: 'ada', direct: { waitMs: 60_000, orElse: 'end' } };
    const refusalsOf = async (method: 'contact.cancel' | 'contact.end' | 'contact.update', change = {}) => {
      const contactId = method;
      await world.ok('switch:pbx', 'contact.create', { ...waits, contactId });
      // Who is waited for goes, which ends the contact; then comes what the switch asks.
      const answers = await world.together(
        ['agent:ada', 'agent.notReady', { reason: 'lunch' }],
        ['switch:pbx', method, { contactId, ...change }],
        ['agent:ada', 'agent.ready', {}],
      );
      return answers.map((answer) => ('refusal' in answer ? answer.refusal.refusal : 'done'));
    };
    const over = ['done', 'contact_already_ended', 'done'];
    expect(await refusalsOf('contact.cancel')).toEqual(over);
    expect(await refusalsOf('contact.end')).toEqual(over);
    expect(await refusalsOf('contact.update', { priority: 7 })).toEqual(over);
    // One that was never there is unknown, whatever comes in its tick.
    const full = { queueId: 'full', channels: ['voice'], maxWaiting: 0 };
    await world.ok('admin:root', 'queue.set', full);
    const answers = await world.together(
      ['switch:pbx', 'contact.create', { ...call, contactId: 'none', queueId: 'full' }],
      ['switch:pbx', 'contact.cancel', { contactId: 'none' }],
    );
    expect(answers).toMatchObject([
      { refusal: { refusal: 'queue_full' } },
      { refusal: { refusal: 'contact_not_found' } },
    ]);
  });

  test('waits, rings, is served, is wrapped up, and everybody is told in order', async () => {
    const created = await world.ok('switch:pbx', 'contact.create', call);
    expect(created).toMatchObject({ contactId: 'call-1', state: 'waiting', waitedMs: 0 });
    expect(world.toldLines('position', 'why')).toEqual(['switch:pbx contact.queued 1 arrived']);

    await world.pass(2_000);
    await ready('ada');
    expect(world.toldLines('state', 'offerId', 'agentId', 'lineId')).toEqual([
      'agent:ada line.changed free ada.voice.1',
      'agent:ada line.changed free ada.chat.1',
      'agent:ada line.changed free ada.chat.2',
      'agent:ada agent.changed notReady ada',
      'agent:ada offer.created o1.1 ada.voice.1',
      'switch:pbx contact.offered ada ada.voice.1',
      'agent:ada line.changed ringing ada.voice.1',
      'agent:ada agent.changed ringing ada',
    ]);

    const accepted = await world.ok('agent:ada', 'offer.accept', { offerId: 'o1.1' });
    expect(accepted).toMatchObject({ state: 'connected', agentId: 'ada', lineId: 'ada.voice.1', waitedMs: 2_000 });
    expect(world.toldLines('waitedMs', 'state')).toEqual([
      'switch:pbx contact.connected 2000',
      'agent:ada contact.connected 2000',
      'agent:ada line.changed connected',
      'agent:ada agent.changed inService',
    ]);

    await world.pass(60_000);
    await world.ok('switch:pbx', 'contact.end', { contactId: 'call-1' });
    expect(world.toldLines('why', 'servedMs', 'state')).toEqual([
      'switch:pbx contact.ended byCustomer 60000',
      'agent:ada contact.ended byCustomer 60000',
      'agent:ada contact.wrapUp',
      'agent:ada line.changed wrapUp',
      'agent:ada agent.changed wrapUp',
    ]);

    await world.ok('agent:ada', 'contact.wrapUpDone', {
      contactId: 'call-1',
      disposition: 'sold',
      notes: 'Two of them.',
    });
    expect(world.toldLines('state')).toEqual(['agent:ada line.changed free', 'agent:ada agent.changed ready']);
    expect(await world.ok('switch:pbx', 'contact.get', { contactId: 'call-1' })).toMatchObject({
      state: 'ended',
      why: 'byCustomer',
      agentId: 'ada',
      waitedMs: 2_000,
      servedMs: 60_000,
      disposition: 'sold',
      notes: 'Two of them.',
    });
  });

  test('wraps up for longer when its agent asks, and everybody who asks gets the time', async () => {
    await ready('ada');
    await world.ok('switch:pbx', 'contact.create', call);
    await world.ok('agent:ada', 'offer.accept', { offerId: 'o1.1' });
    await world.ok('switch:pbx', 'contact.end', { contactId: 'call-1' });
    const { untilMs } = await world.ok('agent:ada', 'contact.get', { contactId: 'call-1' });
    world.toldLines();
    const until = Number(untilMs) + 30_000;
    expect(await world.ok('agent:ada', 'contact.wrapUpExtend', { contactId: 'call-1', byMs: 30_000 })).toEqual({
      contactId: 'call-1',
      state: 'wrapUp',
      untilMs: until,
    });
    expect(world.toldLines('untilMs')).toEqual([`agent:ada contact.wrapUp ${until}`]);
    const [one, other] = await Promise.all([
      world.ok('agent:ada', 'contact.wrapUpExtend', { contactId: 'call-1', byMs: 1_000 }),
      world.ok('supervisor:sue', 'contact.wrapUpExtend', { contactId: 'call-1', byMs: 2_000 }),
    ]);
    expect([one.untilMs, other.untilMs]).toEqual([until + 3_000, until + 3_000]);
    expect(await world.ok('agent:ada', 'contact.get', { contactId: 'call-1' })).toMatchObject({
      state: 'wrapUp',
      untilMs: until + 3_000,
    });
  });

  test('is the same contact when it is created again with the same content, as it stands then', async () => {
    await world.ok('switch:pbx', 'contact.create', call);
    await ready('ada');
    expect(await world.ok('switch:pbx', 'contact.create', call)).toMatchObject({ state: 'ringing' });
    await world.ok('agent:ada', 'offer.accept', { offerId: 'o1.1' });
    await world.ok('switch:pbx', 'contact.end', { contactId: 'call-1' });
    await world.ok('agent:ada', 'contact.wrapUpDone', { contactId: 'call-1' });
    expect(await world.ok('switch:pbx', 'contact.create', { ...call, priority: 0 })).toMatchObject({ state: 'ended' });
    const other = { ...call, priority: 3 };
    expect(await world.outcome('switch:pbx', 'contact.create', other)).toBe('contact_exists_with_different_content');
    expect(await world.outcome('switch:other', 'contact.create', call)).toBe('contact_exists_with_different_content');
  });

  test('keeps what it was created as when it is updated', async () => {
    await world.ok('switch:pbx', 'contact.create', { ...call, attributes: { vip: true } });
    await world.ok('switch:pbx', 'contact.update', {
      contactId: 'call-1',
      priority: 9,
      requires: { all: [{ skill: 'german', level: 8 }] },
      attributes: { vip: false },
    });
    expect(await world.outcome('switch:pbx', 'contact.create', { ...call, attributes: { vip: true } })).toBe('done');
    expect(await world.ok('switch:pbx', 'contact.get', { contactId: 'call-1' })).toMatchObject({
      priority: 9,
      attributes: { vip: false },
    });
    await ready('ada');
    expect(await world.ok('switch:pbx', 'contact.get', { contactId: 'call-1' })).toMatchObject({ state: 'waiting' });
    await world.ok('switch:pbx', 'contact.update', { contactId: 'call-1', requires: {} });
    expect(await world.ok('switch:pbx', 'contact.get', { contactId: 'call-1' })).toMatchObject({ state: 'ringing' });
  });

  test('may have its attributes changed in service, and its place not', async () => {
    await ready('ada');
    await world.ok('switch:pbx', 'contact.create', call);
    await world.ok('agent:ada', 'offer.accept', { offerId: 'o1.1' });
    await world.ok('switch:pbx', 'contact.update', { contactId: 'call-1', attributes: { mood: 'fine' } });
    const update = { contactId: 'call-1', priority: 1, attributes: { mood: 'bad' } };
    expect(await world.outcome('switch:pbx', 'contact.update', update)).toBe('contact_already_connected');
    expect(await world.ok('switch:pbx', 'contact.get', { contactId: 'call-1' })).toMatchObject({
      attributes: { mood: 'fine' },
    });
  });

  test('waits for the agent it names, who is told, and joins the queue when that is over', async () => {
    await ready('ada');
    await world.ok('switch:pbx', 'contact.create', call);
    await world.ok('agent:ada', 'offer.accept', { offerId: 'o1.1' });
    world.told();
    const asking = { ...call, contactId: 'call-2', agentId: 'ada', direct: { waitMs: 10_000 } };
    expect(await world.ok('switch:pbx', 'contact.create', asking)).toMatchObject({
      state: 'waitingFor',
      agentId: 'ada',
    });
    expect(world.toldLines('contactId')).toEqual([
      'switch:pbx contact.waitingFor call-2',
      'agent:ada agent.waitedFor call-2',
    ]);
    await expectSurvivesLoad(world);
    await world.pass(10_000);
    expect(world.toldLines('contactId', 'why')).toEqual([
      'agent:ada agent.notWaitedFor call-2',
      'switch:pbx contact.queued call-2 fellBack',
    ]);
  });

  test('goes back to its place when it is rejected, and the agent rests', async () => {
    await ready('ada');
    await world.ok('switch:pbx', 'contact.create', call);
    world.told();
    const rejected = await world.ok('agent:ada', 'offer.reject', { offerId: 'o1.1', reason: 'lunch' });
    expect(rejected).toEqual({ offerId: 'o1.1', contactId: 'call-1', restsUntil: world.clock.now() + 10_000 });
    expect(world.toldLines('why', 'reason', 'state')).toEqual([
      'agent:ada offer.withdrawn rejected lunch',
      'agent:ada line.changed free',
      'agent:ada agent.changed ready',
      'switch:pbx contact.queued notTaken',
    ]);
    await world.pass(10_000);
    expect(world.toldLines('offerId')).toContain('agent:ada offer.created o1.2');
  });
});

describe('in one tick', () => {
  test('two creations of one contact make one, and both are told the same', async () => {
    const [first, second] = await world.together(
      ['switch:pbx', 'contact.create', call],
      ['switch:pbx', 'contact.create', call],
    );
    expect(first).toEqual(second);
    expect(world.toldLines()).toEqual(['switch:pbx contact.queued']);
  });

  test('a contact is in no list and in no state of a session that are answered before it is told of', async () => {
    const answers = await world.together(
      ['switch:pbx', 'contact.create', call],
      ['switch:pbx', 'contact.list'],
      ['app:crm', 'contact.list'],
      ['switch:pbx', 'session.open'],
    );
    expect(answers.slice(1)).toMatchObject([
      { result: { contacts: [] } },
      { result: { contacts: [] } },
      { result: { state: { contacts: [] } } },
    ]);
    expect(world.toldLines()).toEqual(['switch:pbx contact.queued']);
    expect((await world.ok('switch:pbx', 'contact.list')).contacts).toMatchObject([{ contactId: 'call-1' }]);
  });

  test('a creation that repeats a refused one is refused the same', async () => {
    await world.ok('admin:root', 'queue.set', { queueId: 'full', channels: ['voice'], maxWaiting: 0 });
    const refused = { ...call, queueId: 'full', requires: { any: [{ skill: 'welsh' }] } };
    const answers = await world.together(
      ['switch:pbx', 'contact.create', refused],
      ['switch:pbx', 'contact.create', refused],
    );
    expect(answers.map((answer) => ('refusal' in answer ? answer.refusal.refusal : answer))).toEqual([
      'queue_full',
      'queue_full',
    ]);
    expect(await world.outcome('switch:pbx', 'contact.get', { contactId: 'call-1' })).toBe('contact_not_found');
    // Its profile is in the core although it was refused: the next of its kind must find it.
    await world.ok('admin:root', 'queue.set', { queueId: 'full', channels: ['voice'], maxWaiting: 5 });
    expect(await world.outcome('switch:pbx', 'contact.create', refused)).toBe('done');
  });

  test('an offer is accepted once: a second acceptance by the same agent changes nothing', async () => {
    await ready('ada');
    await world.ok('switch:pbx', 'contact.create', call);
    world.told();
    await world.together(
      ['agent:ada', 'offer.accept', { offerId: 'o1.1' }],
      ['agent:ada', 'offer.accept', { offerId: 'o1.1' }],
    );
    expect(world.toldLines().filter((line) => line.includes('contact.connected'))).toHaveLength(2);
  });

  test('an update behind an end is refused, and is not in the contact that is remembered', async () => {
    const created = { ...call, priority: 2 };
    await ready('ada');
    await world.ok('switch:pbx', 'contact.create', created);
    await world.ok('agent:ada', 'offer.accept', { offerId: 'o1.1' });
    const contactId = 'call-1';
    const answers = await world.together(
      ['app:crm', 'contact.update', { contactId, attributes: { vip: true } }],
      ['switch:pbx', 'contact.end', { contactId }],
      ['app:crm', 'contact.update', { contactId, priority: 4 }],
      ['app:crm', 'contact.update', { contactId, waitCreditMs: 9_000 }],
      ['app:crm', 'contact.update', { contactId, attributes: { vip: false } }],
    );
    expect(answers.map(nameOf)).toEqual(['done', 'done', 'contact_already_ended', 'contact_already_ended', 'done']);
    const now = await world.ok('app:crm', 'contact.get', { contactId });
    expect(now).toMatchObject({ state: 'wrapUp', priority: 2, attributes: { vip: false } });
    expect(now).not.toHaveProperty('waitCreditMs');
    await expectSurvivesLoad(world);
    await world.pass(5_000);
    const over = await world.ok('app:crm', 'contact.get', { contactId });
    expect(over).toMatchObject({ state: 'ended', priority: 2, attributes: { vip: false } });
    expect(over).not.toHaveProperty('waitCreditMs');
  });

  test('an update of attributes alone holds although the contact is over by its turn', async () => {
    await world.ok('switch:pbx', 'contact.create', call);
    const contactId = 'call-1';
    const answers = await world.together(
      ['switch:pbx', 'contact.cancel', { contactId }],
      ['app:crm', 'contact.update', { contactId, attributes: { note: 'left' } }],
    );
    expect(answers.map(nameOf)).toEqual(['done', 'done']);
    expect(await world.ok('app:crm', 'contact.get', { contactId })).toMatchObject({
      state: 'ended',
      attributes: { note: 'left' },
    });
  });

  test('a contact that is created, cancelled and created again is one that has ended', async () => {
    const answers = await world.together(
      ['switch:pbx', 'contact.create', call],
      ['switch:pbx', 'contact.cancel', { contactId: 'call-1' }],
      ['switch:pbx', 'contact.create', call],
    );
    for (const answer of answers) expect(answer).toMatchObject({ result: { state: 'ended' } });
  });
});
