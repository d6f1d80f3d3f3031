// Ratings, both ways: who may rate whom, what is refused, what is shown, and that grades are at every moment what counting all
// ratings from scratch comes to. The rules in plain words are cases in test/acd/cases/ratings.txt.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Params } from '../../src/protocol/methods.ts';
import { Random, seedOfThisRun } from '../core/random.ts';
import { DomainWorld, type Members, type Who } from './domain-world.ts';
import { expectSurvivesLoad } from './survives-load.ts';

let world: DomainWorld;
const DAY_MS = 86_400_000;

beforeEach(async () => {
  world = await DomainWorld.start();
  await world.ok('admin:root', 'tenant.set', { ratings: {} });
  await world.ok('admin:root', 'queue.set', { queueId: 'sales', channels: ['voice', 'chat'] });
  for (const agentId of ['ann', 'ben']) {
    await world.ok('admin:root', 'agent.set', { agentId, capacity: { voice: 1 } });
    await world.ok(`agent:${agentId}`, 'agent.login', {});
  }
});

afterEach(async () => {
  await expectSurvivesLoad(world);
  await world.stop();
});

let made = 0;

/** A contact of this customer, served by this agent and over. */
async function served(agentId: string, who: Who | string = 'kim', more: Members = {}): Promise<string> {
  const contactId = `x${++made}`;
  const isVisitor = who.startsWith('customer:');
  const by = (isVisitor ? who : 'switch:pbx') as Who;
  const identity = isVisitor || who === '' ? {} : { identity: { scheme: 'email', value: `${who}@example.org` } };
  await world.ok(`agent:${agentId}`, 'agent.ready');
  await world.ok(by, 'contact.create', {
    contactId,
    channel: 'voice',
    queueId: 'sales',
    agentId,
    ...identity,
    ...more,
  });
  const { offerId } = await world.ok('app:crm', 'contact.get', { contactId });
  await world.ok(`agent:${agentId}`, 'offer.accept', { offerId });
  await world.ok(`agent:${agentId}`, 'contact.end', { contactId });
  await world.idle();
  return contactId;
}

const rate = (who: Who, contactId: string, items: Members, ratingId = `r.${contactId}.${who}`) =>
  world.outcome(who, 'rating.give', { ratingId, contactId, items });

const gradeOf = (params: Members) => world.ok('supervisor:boss', 'rating.grade', params);

describe('who may rate', () => {
  test('the agent rates the customer, whoever brought the contact rates the agent, once each', async () => {
    const contactId = await served('ann');
    expect(await rate('agent:ann', contactId, { attitude: 5 })).toBe('done');
    expect(await rate('switch:pbx', contactId, { expertise: 1 })).toBe('done');
    expect(await rate('app:crm', contactId, { expertise: 4 })).toBe('contact_rated_already');
    expect(await rate('agent:ann', contactId, { attitude: 5 }, 'another')).toBe('contact_rated_already');
    expect(await gradeOf({ agentId: 'ann' })).toMatchObject({ ratings: 1 });
    expect(await gradeOf({ customerId: 'c1' })).toMatchObject({ ratings: 1 });
  });

  test('a call that went on at another device is rated by each of its names, whoever served it before', async () => {
    await world.ok('agent:ann', 'agent.ready');
    const identity = { scheme: 'email', value: 'kim@example.org' };
    const call = { channel: 'voice', queueId: 'sales' };
    await world.ok('switch:pbx', 'contact.create', { contactId: 'm1', ...call, agentId: 'ann', identity });
    const accept = async (who: Who) => {
      const { offerId } = await world.ok('app:crm', 'contact.get', { contactId: 'm1' });
      await world.ok(who, 'offer.accept', { offerId });
    };
    await accept('agent:ann');
    await world.ok('agent:ben', 'agent.ready');
    await world.ok('agent:ann', 'contact.transfer', { contactId: 'm1', to: { agentId: 'ben' } });
    await accept('agent:ben');
    const { moveToken } = await world.ok('app:crm', 'contact.moveToken', { contactId: 'm1' });
    await world.ok('switch:other', 'contact.create', { contactId: 'm2', ...call, moveToken });
    await world.ok('agent:ben', 'contact.end', { contactId: 'm1' });
    await world.idle();
    expect(await rate('switch:other', 'm2', { attitude: 5 })).toBe('done');
    expect(await rate('app:crm', 'm1', { attitude: 4 })).toBe('contact_rated_already');
    // Before it moved it was another's.
    expect(await rate('agent:ann', 'm2', { attitude: 2 })).toBe('done');
    const { ratings } = await world.ok('supervisor:boss', 'rating.list', { contactId: 'm2' });
    expect(ratings).toMatchObject([{ contactId: 'm1' }, { contactId: 'm1' }]);
    await world.ok('admin:root', 'rating.erase', { customerId: 'c1' });
    await world.idle();
    expect(await rate('switch:other', 'm2', { attitude: 5 }, 'again')).toBe('contact_not_served');
  });

  test.each<[who: Who]>([['agent:ben'], ['switch:other'], ['customer:anna']])(
    '%s has nothing to do with it',
    async (who) => {
      const contactId = await served('ann');
      expect(await rate(who, contactId, { attitude: 5 })).toBe('contact_not_served');
    },
  );

  test('a visitor rates in the session that brought the contact, and is rated without another name', async () => {
    const contactId = await served('ann', 'customer:anna');
    expect(await rate('customer:anna', contactId, { attitude: 2 })).toBe('done');
    expect(await rate('agent:ann', contactId, { preparation: 4 })).toBe('done');
    const { ratings } = await world.ok('customer:anna', 'rating.list', { contactId });
    expect(ratings).toMatchObject([{ by: 'customer', agentId: 'ann', visitorId: 'anna', items: { attitude: 2 } }]);
    expect(await gradeOf({ visitorId: 'anna' })).toMatchObject({ visitorId: 'anna', ratings: 1 });
  });

  test('nobody rates what did not take place: who was not served, whom nobody knows, and before it is over', async () => {
    await world.ok('switch:pbx', 'contact.create', { contactId: 'waits', channel: 'voice', queueId: 'sales' });
    expect(await rate('switch:pbx', 'waits', { attitude: 1 })).toBe('contact_not_served');
    await world.ok('switch:pbx', 'contact.cancel', { contactId: 'waits' });
    expect(await rate('switch:pbx', 'waits', { attitude: 1 })).toBe('contact_not_served');
    const unknown = await served('ann', '');
    expect(await rate('switch:pbx', unknown, { attitude: 1 })).toBe('contact_not_served');
  });

  test('each agent who had a part of it', async () => {
    const contactId = `x${++made}`;
    const identity = { scheme: 'email', value: 'lee@example.org' };
    await world.ok('agent:ann', 'agent.ready');
    await world.ok('switch:pbx', 'contact.create', { contactId, channel: 'voice', queueId: 'sales', identity });
    const first = await world.ok('app:crm', 'contact.get', { contactId });
    await world.ok('agent:ann', 'offer.accept', { offerId: first.offerId });
    await world.ok('agent:ben', 'agent.ready');
    await world.ok('agent:ann', 'contact.transfer', { contactId, to: { agentId: 'ben' } });
    const second = await world.ok('app:crm', 'contact.get', { contactId });
    await world.ok('agent:ben', 'offer.accept', { offerId: second.offerId });
    await world.ok('agent:ben', 'contact.end', { contactId });
    const give = (ratingId: string, more: Members = {}) =>
      world.outcome('switch:pbx', 'rating.give', { ratingId, contactId, items: { attitude: 5 }, ...more });
    expect(await give('last')).toBe('done');
    expect(await give('first', { agentId: 'ann' })).toBe('done');
    expect(await give('none', { agentId: 'cid' })).toBe('contact_not_served');
    for (const agentId of ['ann', 'ben']) expect(await gradeOf({ agentId })).toMatchObject({ ratings: 1 });
  });

  test('a tenant that keeps no ratings has nobody rate', async () => {
    await world.ok('admin:root', 'tenant.set', {});
    const contactId = await served('ann');
    expect(await rate('agent:ann', contactId, { attitude: 5 })).toBe('ratings_not_kept');
    expect(await world.outcome('supervisor:boss', 'rating.grade', { agentId: 'ann' })).toBe('ratings_not_kept');
  });
});

describe('giving', () => {
  test('is on the tenant’s items and scales', async () => {
    const agentItems = { speed: { from: 0, to: 10 } };
    await world.ok('admin:root', 'tenant.set', { ratings: { agentItems, priorRatings: 0 } });
    const contactId = await served('ann');
    const give = (items: Members) => world.call('switch:pbx', 'rating.give', { ratingId: 'r', contactId, items });
    expect(await give({ attitude: 3 })).toMatchObject({
      refusal: { refusal: 'rating_item_unknown', data: { item: 'attitude' } },
    });
    expect(await give({ speed: 11 })).toMatchObject({
      refusal: { refusal: 'rating_out_of_scale', data: { item: 'speed', from: 0, to: 10 } },
    });
    expect(await give({ toString: 1 })).toMatchObject({ refusal: { refusal: 'rating_item_unknown' } });
    expect(await give({ speed: 7 })).toMatchObject({ result: { items: { speed: 7 } } });
    expect(await gradeOf({ agentId: 'ann' })).toEqual({
      agentId: 'ann',
      grade: 700,
      ratings: 1,
      items: { speed: 700 },
    });
  });

  test('again under the same id is the same, with other content, by the other side or by somebody else it is refused', async () => {
    const contactId = await served('ann');
    const give = (who: Who, items: Members) => world.call(who, 'rating.give', { ratingId: 'r', contactId, items });
    const first = await give('switch:pbx', { attitude: 4 });
    expect(await give('switch:pbx', { attitude: 4 })).toEqual(first);
    expect(await give('switch:pbx', { attitude: 5 })).toMatchObject({
      refusal: { refusal: 'rating_exists_with_different_content' },
    });
    for (const who of ['agent:ann', 'switch:other', 'customer:anna'] as const)
      expect(await give(who, { attitude: 4 })).toMatchObject({
        refusal: { refusal: 'rating_exists_with_different_content' },
      });
    expect(await gradeOf({ agentId: 'ann' })).toMatchObject({ ratings: 1 });
  });

  test('twice in one tick is once', async () => {
    const contactId = await served('ann');
    const given = (ratingId: string) =>
      ['switch:pbx', 'rating.give', { ratingId, contactId, items: { attitude: 5 } }] as const;
    const answers = await world.together(given('one'), given('two'));
    expect(answers.map((answer) => 'result' in answer)).toEqual([true, false]);
    expect(await gradeOf({ agentId: 'ann' })).toMatchObject({ ratings: 1 });
  });

  test('both sides are asked when it is over, and may be for as long as the tenant says', async () => {
    await world.ok('admin:root', 'tenant.set', { ratings: { rateWithinDays: 2 } });
    const contactId = await served('ann');
    const asked = world.told().filter(({ event }) => event === 'rating.requested');
    expect(asked).toMatchObject([
      { to: 'switch:pbx', params: { contactId, agentId: 'ann', by: 'customer' } },
      { to: 'agent:ann', params: { contactId, agentId: 'ann', by: 'agent' } },
    ]);
    expect(asked[0]?.params.items).toEqual([
      { item: 'attitude', from: 1, to: 5 },
      { item: 'expertise', from: 1, to: 5 },
      { item: 'availability', from: 1, to: 5 },
    ]);
    await world.pass(2 * DAY_MS);
    expect(await rate('switch:pbx', contactId, { attitude: 5 })).toBe('done');
    await world.pass(2);
    // Rated from one side, it is kept; but its time is over.
    expect(await rate('agent:ann', contactId, { attitude: 5 })).toBe('rating_time_over');
  });

  test('what nobody has rated in time is forgotten', async () => {
    await world.ok('admin:root', 'tenant.set', {
      ratings: { rateWithinDays: 1, askAgents: false, askCustomers: false },
    });
    const ids = [await served('ann'), await served('ben')];
    await world.pass(DAY_MS / 2);
    const later = await served('ann');
    await world.pass(DAY_MS / 2 + 1_000);
    for (const contactId of ids) expect(await rate('app:crm', contactId, { attitude: 5 })).toBe('contact_not_served');
    expect(await rate('app:crm', later, { attitude: 5 })).toBe('done');
    const { served: left } = await world.ok('agent:ann', 'customer.served');
    expect(left).toMatchObject([{ contactId: later }]);
  });
});

describe('later', () => {
  test('it is changed and taken back by the side that gave it alone, and counts no more', async () => {
    const contactId = await served('ann');
    await rate('switch:pbx', contactId, { attitude: 5 }, 'r');
    for (const who of ['agent:ann', 'switch:other', 'customer:anna'] as const)
      expect(await world.outcome(who, 'rating.change', { ratingId: 'r', items: { attitude: 1 } })).toBe(
        'rating_not_found',
      );
    const before = await gradeOf({ agentId: 'ann' });
    const changed = await world.ok('switch:pbx', 'rating.change', { ratingId: 'r', items: { attitude: 1 } });
    expect(changed).toMatchObject({ items: { attitude: 1 }, changedAt: expect.any(Number) });
    expect((await gradeOf({ agentId: 'ann' })).grade).toBeLessThan(before.grade as number);
    expect(await world.outcome('agent:ann', 'rating.remove', { ratingId: 'r' })).toBe('rating_not_found');
    await world.ok('switch:pbx', 'rating.remove', { ratingId: 'r' });
    expect(await gradeOf({ agentId: 'ann' })).toMatchObject({ grade: 500, ratings: 0 });
    expect(await world.outcome('switch:pbx', 'rating.remove', { ratingId: 'r' })).toBe('rating_not_found');
    expect(await rate('switch:pbx', contactId, { attitude: 2 }, 'again')).toBe('done');
  });

  test('an agent finds the customers it served, the newest first, page by page, and what it gave', async () => {
    const ids = [await served('ann'), await served('ann', 'lee'), await served('ann', 'customer:anna')];
    await rate('agent:ann', ids[1] as string, { attitude: 5 }, 'r');
    const page = await world.ok('agent:ann', 'customer.served', { limit: 2 });
    expect(page.served).toMatchObject([
      { contactId: ids[2], visitorId: 'anna', rating: { ratings: 0 } },
      { contactId: ids[1], customerId: 'c2', rating: { ratings: 1 }, rated: 'r' },
    ]);
    const rest = await world.ok('agent:ann', 'customer.served', { limit: 2, cursor: page.cursor });
    expect(rest).toMatchObject({ served: [{ contactId: ids[0] }] });
    expect(rest.cursor).toBeUndefined();
  });

  test('lists show each what is its own', async () => {
    const contactId = await served('ann');
    await rate('switch:pbx', contactId, { attitude: 5 }, 'ofAgent');
    await rate('agent:ann', contactId, { attitude: 5 }, 'ofCustomer');
    const listed = async (who: Who, params: Members = {}) =>
      ((await world.ok(who, 'rating.list', params)).ratings as Members[]).map(({ ratingId }) => ratingId);
    for (const asked of [{}, { contactId }, { agentId: 'ann' }, { customerId: 'c1' }])
      expect(await listed('supervisor:boss', asked)).toEqual(['ofAgent', 'ofCustomer']);
    expect(await listed('agent:ann')).toEqual(['ofCustomer']);
    expect(await listed('agent:ben')).toEqual([]);
    expect(await listed('agent:ben', { contactId })).toEqual([]);
    expect(await listed('switch:pbx', { contactId })).toEqual(['ofAgent']);
    expect(await listed('switch:other', { contactId })).toEqual([]);
    expect(await listed('switch:pbx')).toEqual([]);
    expect(await world.outcome('agent:ann', 'rating.grade', { agentId: 'ben' })).toBe('not_allowed_for_role');
  });

  test('the offer shows what the customer’s ratings come to, as they are now', async () => {
    const contactId = await served('ann');
    await rate('agent:ann', contactId, { attitude: 1 });
    const create = { channel: 'voice', queueId: 'sales', identity: { scheme: 'email', value: 'kim@example.org' } };
    world.told();
    await world.ok('switch:pbx', 'contact.create', { contactId: 'next', ...create });
    const offer = world.told().find(({ event }) => event === 'offer.created');
    const shown = (offer?.params.contact as Members | undefined)?.rating;
    expect(shown).toEqual({ grade: (await gradeOf({ customerId: 'c1' })).grade, ratings: 1 });
    // Who brought it sees nothing of it.
    expect(await world.ok('switch:pbx', 'contact.get', { contactId: 'next' })).not.toHaveProperty('rating');
  });
});

describe('erased', () => {
  test('nothing of a customer is left, in as many ticks as it takes, and grades are as if it had never rated', async () => {
    await served('ann', 'lee').then((contactId) => rate('switch:pbx', contactId, { attitude: 4 }));
    const before = await gradeOf({ agentId: 'ann' });
    for (let times = 0; times < 250; times++) {
      const contactId = await served('ann');
      if (times % 50 !== 0) continue;
      await rate('switch:pbx', contactId, { attitude: 1 });
      await rate('agent:ann', contactId, { attitude: 1 });
    }
    expect(await gradeOf({ agentId: 'ann' })).not.toEqual(before);
    await world.ok('admin:root', 'rating.erase', { customerId: 'c2' });
    await world.idle();
    expect(await gradeOf({ agentId: 'ann' })).toEqual(before);
    expect(await gradeOf({ customerId: 'c2' })).toMatchObject({ grade: 500, ratings: 0 });
    expect(await world.ok('supervisor:boss', 'rating.list', { customerId: 'c2' })).toEqual({ ratings: [] });
    const { served: left } = await world.ok('agent:ann', 'customer.served', { limit: 1000 });
    expect((left as Members[]).map(({ customerId }) => customerId)).toEqual(['c1']);
  });

  test('an agent who is removed takes its ratings along: the next of that name begins anew', async () => {
    const contactId = await served('ann');
    await rate('switch:pbx', contactId, { attitude: 1 });
    await world.ok('agent:ann', 'agent.logout', { when: 'now' });
    await world.ok('admin:root', 'agent.remove', { agentId: 'ann' });
    await world.ok('admin:root', 'agent.set', { agentId: 'ann', capacity: { voice: 1 } });
    await world.idle();
    expect(await gradeOf({ agentId: 'ann' })).toMatchObject({ grade: 500, ratings: 0 });
  });
});

test('grades are what counting all ratings anew comes to, whatever was given, changed, removed and erased', {
  timeout: 60_000,
}, async () => {
  const seed = seedOfThisRun();
  console.log(`ratings: seed ${seed} (SEED repeats it)`);
  const random = new Random(seed);
  const customers = ['kim', 'lee', 'mo', 'customer:anna'];
  const services: { readonly contactId: string; readonly agentId: string; readonly customer: string }[] = [];
  const prior = random.pick([0, 3, 5]);
  await world.ok('admin:root', 'tenant.set', { ratings: { priorRatings: prior } });
  // Each is known from its first contact on.
  const idOf = new Map<string, Members>();
  for (let step = 0; step < 400; step++) {
    const customer = random.pick(customers);
    if (random.chance(25) || services.length === 0) {
      const agentId = random.pick(['ann', 'ben']);
      const contactId = await served(agentId, customer);
      const { served: newest } = await world.ok(`agent:${agentId}`, 'customer.served', { limit: 1 });
      const { customerId, visitorId } = (newest as Members[])[0] as Members;
      idOf.set(customer, customerId === undefined ? { visitorId } : { customerId });
      services.push({ contactId, agentId, customer });
    }
    const one = random.pick(services);
    const ratingId = `p.${one.contactId}.${random.pick(['a', 'c'])}`;
    const isAgent = ratingId.endsWith('.a');
    const by: Who = isAgent ? `agent:${one.agentId}` : 'app:crm';
    const items = {
      attitude: random.between(1, 5),
      ...(random.chance(50) && { [isAgent ? 'preparation' : 'expertise']: random.between(1, 5) }),
    };
    const what = random.pick(['give', 'give', 'give', 'give', 'change', 'change', 'remove', 'erase']);
    if (what === 'give') await world.call(by, 'rating.give', { ratingId, contactId: one.contactId, items });
    if (what === 'change') await world.call(by, 'rating.change', { ratingId, items });
    if (what === 'remove') await world.call(by, 'rating.remove', { ratingId });
    if (what === 'erase' && random.chance(30) && idOf.has(customer)) {
      await world.ok('admin:root', 'rating.erase', idOf.get(customer));
      await world.idle();
      for (let at = services.length - 1; at >= 0; at--) if (services[at]?.customer === customer) services.splice(at, 1);
    }
    if (step % 20 !== 0) continue;
    await expectGradesAsRecounted(idOf.values(), prior);
    await expectSurvivesLoad(world);
  }
});

type Listed = Params<'rating.give'> & {
  readonly by: string;
  readonly agentId: string;
  readonly customerId?: string;
  readonly visitorId?: string;
};

/** In its own words: no number of the module's is used. */
async function expectGradesAsRecounted(customers: Iterable<Members>, prior: number): Promise<void> {
  const all: Listed[] = [];
  for (let cursor: unknown; ; ) {
    const page = await world.ok('supervisor:boss', 'rating.list', {
      limit: 7,
      ...(cursor !== undefined && { cursor }),
    });
    all.push(...(page.ratings as Listed[]));
    cursor = page.cursor;
    if (cursor === undefined) break;
  }
  const nameOf = ({ customerId, visitorId }: { customerId?: unknown; visitorId?: unknown }) =>
    `${customerId ?? visitorId}`;
  const weighed = (by: string) => {
    const ofPair = new Map<string, number>();
    return all
      .filter((one) => one.by === by)
      .toReversed()
      .map((one) => {
        const pair = `${nameOf(one)} ${one.agentId}`;
        const newer = ofPair.get(pair) ?? 0;
        ofPair.set(pair, newer + 1);
        const points = Object.fromEntries(Object.entries(one.items).map(([item, value]) => [item, (value - 1) * 250]));
        const values = Object.values(points);
        const overall = Math.floor(values.reduce((sum, value) => sum + value, 0) / values.length);
        return {
          who: by === 'customer' ? one.agentId : nameOf(one),
          weight: Math.floor(64 / 2 ** newer),
          points,
          overall,
        };
      });
  };
  const gradeBy = (by: string, who: string, item?: string) => {
    const counted = weighed(by).flatMap((one) => {
      const value = item === undefined ? one.overall : one.points[item];
      return value === undefined ? [] : [{ ...one, value }];
    });
    const sum = (of: typeof counted) => of.reduce((total, { weight, value }) => total + weight * value, 0);
    const weight = (of: typeof counted) => of.reduce((total, one) => total + one.weight, 0);
    const mean = weight(counted) === 0 ? 500 : Math.floor(sum(counted) / weight(counted));
    const own = counted.filter((one) => one.who === who);
    const under = prior * 64 + weight(own);
    return under === 0 ? mean : Math.floor((prior * 64 * mean + sum(own)) / under);
  };
  const ratingsOf = (by: string, who: string) => weighed(by).filter((one) => one.who === who).length;
  for (const agentId of ['ann', 'ben'])
    expect(await gradeOf({ agentId })).toEqual({
      agentId,
      grade: gradeBy('customer', agentId),
      ratings: ratingsOf('customer', agentId),
      items: Object.fromEntries(
        ['attitude', 'expertise', 'availability'].map((item) => [item, gradeBy('customer', agentId, item)]),
      ),
    });
  for (const customer of customers)
    expect(await gradeOf(customer)).toMatchObject({
      grade: gradeBy('agent', nameOf(customer)),
      ratings: ratingsOf('agent', nameOf(customer)),
      items: { attitude: gradeBy('agent', nameOf(customer), 'attitude') },
    });
}
