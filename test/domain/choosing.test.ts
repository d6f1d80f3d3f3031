// Customers who choose their agent: who is shown, what is refused, what becomes of a choice. The rules over time are cases in
// test/acd/cases/choosing-an-agent.txt.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DomainWorld, type Members, nameOf } from './domain-world.ts';
import { expectSurvivesLoad } from './survives-load.ts';

let world: DomainWorld;
const kim = { scheme: 'email', value: 'kim@example.org' };

beforeEach(async () => {
  world = await DomainWorld.start();
  await world.ok('admin:root', 'tenant.set', { ratings: { priorRatings: 0, chooseWithinMs: 30_000 } });
  await world.ok('admin:root', 'queue.set', { queueId: 'sales', channels: ['voice', 'chat'] });
  for (const agentId of ['ann', 'ben', 'cid']) {
    await world.ok('admin:root', 'agent.set', { agentId, name: `Ms ${agentId}`, capacity: { voice: 1 } });
    await world.ok(`agent:${agentId}`, 'agent.login', {});
  }
});

afterEach(async () => {
  await world.idle();
  await expectSurvivesLoad(world);
  await world.stop();
});

const ready = (...agents: string[]) =>
  Promise.all(agents.map((agentId) => world.ok(`agent:${agentId}`, 'agent.ready')));
const create = (contactId: string, more: Members = {}) =>
  world.ok('switch:pbx', 'contact.create', {
    contactId,
    channel: 'voice',
    queueId: 'sales',
    identity: kim,
    choose: true,
    ...more,
  });
const contact = async (contactId = 'c1') => {
  await world.idle();
  return world.ok('app:crm', 'contact.get', { contactId });
};
const choose = (agentId: string, more: Members = {}) =>
  world.outcome('switch:pbx', 'candidate.choose', { contactId: 'c1', agentId, ...more });

/** Served by this agent and over, and rated by its customer. */
async function rated(agentId: string, contactId: string, value: number): Promise<void> {
  await ready(agentId);
  await create(contactId, { choose: undefined as never, agentId, identity: { scheme: 'email', value: contactId } });
  const { offerId } = await contact(contactId);
  await world.ok(`agent:${agentId}`, 'offer.accept', { offerId });
  await world.ok(`agent:${agentId}`, 'contact.end', { contactId });
  await world.ok('app:crm', 'rating.give', {
    ratingId: contactId,
    contactId,
    items: { attitude: value, expertise: 6 - value },
  });
  await world.ok(`agent:${agentId}`, 'agent.notReady', { reason: 'desk' });
}

describe('candidates', () => {
  test('are those who are ready and could serve it, the best first, over all or in one item', async () => {
    await rated('ann', 'x1', 2);
    await rated('ben', 'x2', 5);
    await ready('ann', 'ben');
    await create('c1');
    const { candidates } = await world.ok('switch:pbx', 'candidate.list', { contactId: 'c1', by: 'attitude' });
    expect(candidates).toMatchObject([
      { agentId: 'ben', name: 'Ms ben', ratings: 1, items: { attitude: 1000, expertise: 0 }, free: true },
      { agentId: 'ann', items: { attitude: 250, expertise: 750 } },
    ]);
    const byExpertise = await world.ok('switch:pbx', 'candidate.list', { contactId: 'c1', by: 'expertise', limit: 1 });
    expect(byExpertise).toMatchObject({ candidates: [{ agentId: 'ann' }] });
    expect(await world.outcome('switch:pbx', 'candidate.list', { contactId: 'c1', by: 'shoes' })).toBe(
      'rating_item_unknown',
    );
    expect(await world.outcome('switch:other', 'candidate.list', { contactId: 'c1' })).toBe('contact_not_found');
  });

  test('without those who lack a skill, are excluded, in another queue or about to leave', async () => {
    await ready('ann', 'ben', 'cid');
    await world.ok('admin:root', 'agent.set', { agentId: 'cid', capacity: { voice: 1 }, queues: [] });
    await world.ok('admin:root', 'agent.set', { agentId: 'ben', capacity: { voice: 1 }, skills: { welsh: 5 } });
    await create('c1', { excludes: ['ben'] });
    const listed = async () =>
      ((await world.ok('app:crm', 'candidate.list', { contactId: 'c1' })).candidates as Members[]).map(
        ({ agentId }) => agentId,
      );
    expect(await listed()).toEqual(['ann']);
    expect(await choose('ben')).toBe('agent_cannot_serve');
    expect(await choose('cid')).toBe('agent_cannot_serve');
    await world.ok('app:crm', 'contact.update', {
      contactId: 'c1',
      excludes: [],
      requires: { all: [{ skill: 'welsh' }] },
    });
    expect(await listed()).toEqual(['ben']);
    expect(await choose('ann')).toBe('agent_cannot_serve');
    expect(await choose('ben')).toBe('done');
  });

  test('who served me', async () => {
    await rated('ann', 'x1', 2);
    await ready('cid');
    await create('x2', { choose: undefined as never, agentId: 'cid' });
    await world.ok('agent:cid', 'offer.accept', { offerId: (await contact('x2')).offerId });
    await world.ok('agent:cid', 'contact.end', { contactId: 'x2' });
    await ready('ann');
    await create('c1');
    const asked = { contactId: 'c1', servedMe: true };
    expect(await world.ok('switch:pbx', 'candidate.list', asked)).toMatchObject({
      candidates: [{ agentId: 'cid', servedMe: 1 }],
    });
  });
});

describe('a choice', () => {
  test('rings at a free agent at once, past whoever is longer idle', async () => {
    await ready('ann');
    await world.pass(1_000);
    await ready('ben');
    await create('c1');
    expect(await contact()).toMatchObject({ state: 'waiting', choosing: { untilMs: world.clock.now() + 30_000 } });
    expect(await choose('ben')).toBe('done');
    expect(await contact()).toMatchObject({ state: 'ringing', agentId: 'ben' });
    expect(await contact()).not.toHaveProperty('choosing');
    expect(await choose('ann')).toBe('contact_not_choosing');
  });

  test('waits for a busy one, who sees it, and goes to whoever is free after that', async () => {
    await ready('ann', 'ben');
    await create('busy', { choose: undefined as never, agentId: 'ann' });
    await world.ok('agent:ann', 'offer.accept', { offerId: (await contact('busy')).offerId });
    await create('c1');
    world.told();
    expect(await choose('ann', { waitMs: 5_000 })).toBe('done');
    expect(world.toldLines('contactId')).toContain('agent:ann agent.waitedFor c1');
    expect(await contact()).toMatchObject({ state: 'waitingFor', agentId: 'ann' });
    await world.pass(5_000);
    expect(await contact()).toMatchObject({ state: 'ringing', agentId: 'ben' });
  });

  test('that does not come in time leaves the contact to whoever is free, at its place', async () => {
    await ready('ann');
    await create('c1');
    world.told();
    await world.pass(30_000);
    expect(world.toldLines('contactId')).toContain('switch:pbx candidate.timedOut c1');
    expect(await contact()).toMatchObject({ state: 'ringing', agentId: 'ann', waitedMs: 30_000 });
    expect(await choose('ann')).toBe('contact_not_choosing');
  });

  test('is made once, also within one tick', async () => {
    await ready('ann', 'ben');
    await create('c1');
    const chosen = (agentId: string) => ['switch:pbx', 'candidate.choose', { contactId: 'c1', agentId }] as const;
    const answers = await world.together(chosen('ben'), chosen('ann'));
    expect(answers.map((answer) => ('refusal' in answer ? answer.refusal?.refusal : 'done'))).toEqual([
      'done',
      'contact_not_choosing',
    ]);
    expect(await contact()).toMatchObject({ state: 'ringing', agentId: 'ben' });
  });

  test('in the tick of the contact, or of its end', async () => {
    await ready('ann');
    const [, chosen] = await world.together(
      ['switch:pbx', 'contact.create', { contactId: 'c1', channel: 'voice', queueId: 'sales', choose: true }],
      ['switch:pbx', 'candidate.choose', { contactId: 'c1', agentId: 'ann' }],
    );
    expect(chosen).toHaveProperty('result');
    expect(await contact()).toMatchObject({ state: 'ringing', agentId: 'ann' });
    await create('c2');
    const [ended, late] = await world.together(
      ['switch:pbx', 'contact.cancel', { contactId: 'c2' }],
      ['switch:pbx', 'candidate.choose', { contactId: 'c2', agentId: 'ann' }],
    );
    expect(ended).toHaveProperty('result');
    expect(late).toMatchObject({ refusal: { refusal: 'contact_already_ended' } });
    expect(await contact('c2')).toMatchObject({ state: 'ended' });
  });

  test('of a contact that the core lets in nowhere is none', async () => {
    await world.ok('admin:root', 'queue.set', { queueId: 'sales', channels: ['voice'], maxWaiting: 1 });
    await ready('ann');
    await create('busy', { choose: undefined as never });
    await world.ok('agent:ann', 'offer.accept', { offerId: (await contact('busy')).offerId });
    const creation = (contactId: string) =>
      ['switch:pbx', 'contact.create', { contactId, channel: 'voice', queueId: 'sales', choose: true }] as const;
    const answers = await world.together(creation('c0'), creation('c1'), [
      'switch:pbx',
      'candidate.choose',
      { contactId: 'c1', agentId: 'ann' },
    ]);
    expect(answers.map(nameOf)).toEqual(['done', 'queue_full', 'contact_not_found']);
    expect(await contact('c0')).toMatchObject({ state: 'waiting', choosing: {} });
  });

  test('is not waited for where a supervisor moves it, and cannot be made then', async () => {
    await ready('ann', 'ben');
    await create('c1');
    await world.ok('supervisor:boss', 'supervisor.move', { contactId: 'c1', to: { agentId: 'ann' } });
    expect(await contact()).toMatchObject({ state: 'ringing', agentId: 'ann' });
    expect(await choose('ben')).toBe('contact_not_choosing');
  });

  test('survives a restart, and is asked for with nobody named', async () => {
    await ready('ann');
    await create('c1');
    await world.reopen();
    expect(await contact()).toMatchObject({ state: 'waiting', choosing: {} });
    expect(await choose('ann')).toBe('done');
    expect(await contact()).toMatchObject({ state: 'ringing', agentId: 'ann' });
  });
});

describe('by the customer’s grade', () => {
  /** This customer comes to so many of a thousand. */
  async function graded(who: string, value: number): Promise<Members> {
    const identity = { scheme: 'email', value: `${who}@example.org` };
    await ready('ann');
    await create(`g.${who}`, { choose: undefined as never, agentId: 'ann', identity });
    await world.ok('agent:ann', 'offer.accept', { offerId: (await contact(`g.${who}`)).offerId });
    await world.ok('agent:ann', 'contact.end', { contactId: `g.${who}` });
    await world.ok('agent:ann', 'rating.give', {
      ratingId: `g.${who}`,
      contactId: `g.${who}`,
      items: { attitude: value },
    });
    return identity;
  }

  test('the agent’s queue for customers of that grade is where it goes', async () => {
    for (const [queueId, fromGrade] of [
      ['gold', 800],
      ['silver', 400],
    ] as const)
      await world.ok('admin:root', 'queue.set', { queueId, channels: ['voice'], ratings: { fromGrade } });
    const best = await graded('best', 5);
    const middle = await graded('middle', 3);
    const worst = await graded('worst', 1);
    await world.ok('agent:ann', 'agent.notReady', { reason: 'desk' });
    await ready('ann');
    for (const [contactId, identity, queueId] of [
      ['b', best, 'gold'],
      ['m', middle, 'silver'],
      ['w', worst, 'sales'],
    ] as const) {
      await create(contactId, { identity });
      await world.ok('switch:pbx', 'candidate.choose', { contactId, agentId: 'ann', waitMs: 60_000 });
      expect(await contact(contactId)).toMatchObject({ queueId });
    }
    expect(await contact('b')).toMatchObject({ leftQueues: [{ queueId: 'sales', why: 'chosen' }] });
    expect(await contact('w')).not.toHaveProperty('leftQueues');
  });

  test('where there is one queue, it weighs on the place', async () => {
    await world.ok('admin:root', 'queue.set', { queueId: 'sales', channels: ['voice'], ratings: { creditMs: 60_000 } });
    const best = await graded('best', 5);
    const worst = await graded('worst', 1);
    await create('busy', { choose: undefined as never, agentId: 'ann', identity: kim });
    await world.ok('agent:ann', 'offer.accept', { offerId: (await contact('busy')).offerId });
    for (const [contactId, identity] of [
      ['w', worst],
      ['b', best],
    ] as const) {
      await create(contactId, { identity, waitCreditMs: 1_000 });
      await world.ok('switch:pbx', 'candidate.choose', { contactId, agentId: 'ann', waitMs: 60_000 });
      await world.pass(1_000);
    }
    expect(await contact('w')).toMatchObject({ waitCreditMs: 1_000 });
    expect(await contact('b')).toMatchObject({ waitCreditMs: 61_000 });
    await world.ok('agent:ann', 'contact.end', { contactId: 'busy' });
    expect(await contact('b')).toMatchObject({ state: 'ringing', agentId: 'ann' });
    expect(await contact('w')).toMatchObject({ state: 'waitingFor' });
  });
});

describe('declining', () => {
  const reject = async (agentId: string) =>
    world.ok(`agent:${agentId}`, 'offer.reject', { offerId: (await contact()).offerId, reason: 'no' });

  test('sends the contact on without a rest, and not to the same agent, where the queue has it so', async () => {
    await world.ok('admin:root', 'queue.set', {
      queueId: 'sales',
      channels: ['voice'],
      afterRejectMs: 60_000,
      ratings: { declines: 'goOn' },
    });
    await ready('ann');
    await create('c1');
    await choose('ann');
    world.told();
    expect(await reject('ann')).not.toHaveProperty('restsUntil');
    expect(world.told().find(({ event }) => event === 'offer.withdrawn')?.params).toMatchObject({
      why: 'rejected',
      reason: 'no',
    });
    // Who is alone there is not asked again; another contact is offered at once.
    expect(await contact()).toMatchObject({ state: 'waiting', excludes: ['ann'] });
    await create('c2', { choose: undefined as never });
    expect(await contact('c2')).toMatchObject({ state: 'ringing', agentId: 'ann' });
    await ready('ben');
    expect(await contact()).toMatchObject({ state: 'ringing', agentId: 'ben' });
  });

  test('rests the agent otherwise, who may be offered it again', async () => {
    await world.ok('admin:root', 'queue.set', { queueId: 'sales', channels: ['voice'], afterRejectMs: 60_000 });
    await ready('ann');
    await create('c1');
    await choose('ann');
    expect(await reject('ann')).toMatchObject({ restsUntil: world.clock.now() + 60_000 });
    await world.pass(60_000);
    expect(await contact()).toMatchObject({ state: 'ringing', agentId: 'ann' });
  });

  test('what is over in the same tick is no longer open', async () => {
    await world.ok('admin:root', 'queue.set', { queueId: 'sales', channels: ['voice'], ratings: { declines: 'goOn' } });
    await ready('ann');
    await create('c1');
    await choose('ann');
    const { offerId } = await contact();
    const [, late] = await world.together(
      ['switch:pbx', 'contact.cancel', { contactId: 'c1' }],
      ['agent:ann', 'offer.reject', { offerId }],
    );
    expect(late).toMatchObject({ refusal: { refusal: 'offer_no_longer_open' } });
  });
});
