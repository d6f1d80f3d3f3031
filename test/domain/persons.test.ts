// Customers who are one person: named together, by somebody's word, taken apart again; and what goes on with all that they have.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Random, seedOfThisRun } from '../core/random.ts';
import { DomainWorld, type Members } from './domain-world.ts';
import { expectSurvivesLoad } from './survives-load.ts';

let world: DomainWorld;
const app = 'app:crm' as const;

const tel = (value: string) => ({ scheme: 'tel', value });
const email = (value: string) => ({ scheme: 'email', value });
const number = (value: string) => ({ scheme: 'customerNumber', value });

beforeEach(async () => {
  world = await DomainWorld.start();
  await world.ok('admin:root', 'queue.set', { queueId: 'sales', channels: ['voice', 'chat'] });
});

afterEach(async () => {
  await expectSurvivesLoad(world);
  await world.stop();
});

async function resolve(...names: Members[]): Promise<string> {
  const [identity] = names;
  return (await world.ok(app, 'customer.resolve', { identity })).customerId as string;
}

const get = (customerId: string) => world.ok(app, 'customer.get', { customerId });

describe('names are written the same way', () => {
  test('telephone numbers with the country of the tenant', async () => {
    await world.ok('admin:root', 'tenant.set', { identities: { country: 'DE' } });
    const written = ['+49 30 123456', '030/123456', '+4930123456', '0049 30 123 456'];
    const found = await Promise.all(written.map((value) => resolve(tel(value))));
    expect(new Set(found)).toEqual(new Set(['c1']));
    expect((await get('c1')).identities).toEqual([{ ...tel('+4930123456'), customerId: 'c1' }]);
  });

  test('e-mail addresses without regard to case, domains as they go over the wire', async () => {
    expect(await resolve(email('Ada@Bücher.example'))).toBe('c1');
    expect(await resolve(email(' ada@xn--bcher-kva.EXAMPLE '))).toBe('c1');
  });

  test('as the tenant says of its own', async () => {
    await world.ok('admin:root', 'tenant.set', {
      identities: { schemes: { card: { writtenAs: 'digits' }, handle: { writtenAs: 'lowerCase' } } },
    });
    expect(await resolve({ scheme: 'card', value: '1234-5678' })).toBe('c1');
    expect(await resolve({ scheme: 'card', value: '1234 56 78' })).toBe('c1');
    expect(await resolve({ scheme: 'handle', value: 'Ada' })).toBe('c2');
    expect(await resolve({ scheme: 'handle', value: 'ada' })).toBe('c2');
  });

  test('what was noted before they were is found as it was noted', async () => {
    expect(await resolve(tel('030 99'))).toBe('c1');
    await world.ok('admin:root', 'tenant.set', { identities: { country: 'DE' } });
    expect(await resolve(tel('030 99'))).toBe('c1');
  });

  test('nobody is refused for a number that cannot be read, but whoever ties a name to a customer', async () => {
    await resolve(number('7'));
    const contact = { contactId: 'a', channel: 'voice', queueId: 'sales', identity: tel('anonymous') };
    expect(await world.ok('switch:pbx', 'contact.create', contact)).toMatchObject({ customerId: 'c2' });
    const link = { linkId: 'l1', customerId: 'c1', identity: email('nobody') };
    expect(await world.call(app, 'customer.link', link)).toMatchObject({
      refusal: { refusal: 'identity_not_valid', data: { path: '/identity/value', fault: 'is no e-mail address' } },
    });
  });
});

describe('what makes two customers one', () => {
  test('names that are brought verified together', async () => {
    await resolve(email('ada@x.example'));
    await resolve(tel('+4930123401'));
    const verifiedIdentities = [email('ada@x.example'), tel('+4930123401')];
    expect(await world.ok(app, 'customer.resolve', { verifiedIdentities })).toMatchObject({ customerId: 'c1' });
    expect(await get('c2')).toMatchObject({
      customerId: 'c1',
      joined: ['c2'],
      identities: [
        { ...email('ada@x.example'), customerId: 'c1', verifiedAt: world.clock.now() },
        { ...tel('+4930123401'), customerId: 'c2', verifiedAt: world.clock.now() },
      ],
      links: [{ linkId: 'link-1', customers: ['c1', 'c2'], by: { sub: 'crm', rule: 'verifiedTogether' } }],
    });
  });

  test('with a contact, once it is let in', async () => {
    const contact = (contactId: string, queueId: string) => ({
      ...{ contactId, channel: 'voice', queueId },
      identity: tel('+4930123402'),
      verifiedIdentities: [number('7'), email('ada@x.example')],
    });
    await world.ok('admin:root', 'queue.set', { queueId: 'full', channels: ['voice'], maxWaiting: 0 });
    expect(await world.outcome('switch:pbx', 'contact.create', contact('a', 'full'))).toBe('queue_full');
    expect(await world.outcome(app, 'customer.get', { identity: number('7') })).toBe('customer_not_found');
    const made = await world.ok('switch:pbx', 'contact.create', contact('b', 'sales'));
    expect(await get(made.customerId as string)).toMatchObject({ identities: [number('7'), email('ada@x.example')] });
    // What a caller only says is no name of the one whom it has shown to be.
    expect(await world.outcome(app, 'customer.get', { identity: tel('+4930123402') })).toBe('customer_not_found');
  });

  test('or nothing, or somebody is to decide, as the tenant says', async () => {
    const verifiedIdentities = [email('ada@x.example'), tel('+4930123401')];
    await world.ok('admin:root', 'tenant.set', { identities: { verifiedTogether: 'nothing' } });
    await world.ok(app, 'customer.resolve', { verifiedIdentities });
    expect((await world.ok(app, 'customer.conflicts')).conflicts).toEqual([]);
    await world.ok('admin:root', 'tenant.set', { identities: { verifiedTogether: 'report' } });
    await world.ok(app, 'customer.resolve', { verifiedIdentities });
    expect((await world.ok(app, 'customer.conflicts')).conflicts).toMatchObject([
      { conflictId: 'conflict-1', customers: ['c1', 'c2'], because: 'reported', rule: 'verifiedTogether' },
    ]);
    expect(await get('c2')).not.toHaveProperty('joined');
  });

  test('the word of somebody, with a name that is new or another’s; said again, nothing more', async () => {
    await resolve(number('7'));
    await resolve(tel('+4930123401'));
    const known = { linkId: 'l1', customerId: 'c1', identity: tel('+4930123401'), why: 'asked for his address' };
    expect(await world.ok(app, 'customer.link', known)).toEqual({ customerId: 'c1', linked: true });
    expect(await world.ok(app, 'customer.link', known)).toEqual({ customerId: 'c1', linked: true });
    expect(await world.outcome(app, 'customer.link', { ...known, why: 'otherwise' })).toBe(
      'customer_link_exists_with_different_content',
    );
    await world.ok(app, 'customer.link', { linkId: 'l2', customerId: 'c2', identity: email('ada@x.example') });
    expect((await get('c3')).joined).toEqual(['c2', 'c3']);
  });

  test('a visitor who was tied to somebody is that one', async () => {
    await resolve(number('7'));
    await world.ok(app, 'customer.link', {
      linkId: 'l1',
      customerId: 'c1',
      identity: { scheme: 'visitor', value: 'web1' },
    });
    const contact = { contactId: 'a', channel: 'chat', queueId: 'sales' };
    expect(await world.ok('customer:web1', 'contact.create', contact)).toMatchObject({ customerId: 'c1' });
    const nobody = await world.ok('customer:web2', 'contact.create', { ...contact, contactId: 'b' });
    expect(nobody).not.toHaveProperty('customerId');
  });
});

describe('what speaks against it', () => {
  const both = [number('7'), number('8')];

  test('two names of a kind of which a customer has one', async () => {
    await resolve(number('7'));
    await resolve(number('8'));
    const merge = { linkId: 'l1', customerId: 'c1', otherId: 'c2' };
    expect(await world.ok('supervisor:eva', 'customer.merge', merge)).toMatchObject({
      customerId: 'c1',
      linked: false,
      conflict: {
        conflictId: 'conflict-1',
        customers: ['c1', 'c2'],
        because: 'contradicting',
        scheme: 'customerNumber',
      },
    });
    await world.ok(app, 'customer.resolve', { verifiedIdentities: both });
    expect((await world.ok(app, 'customer.conflicts')).conflicts).toHaveLength(1);
    const settle = { conflictId: 'conflict-1', as: 'same', why: 'an old number' };
    expect(await world.ok('supervisor:eva', 'customer.settle', settle)).toEqual({ customers: ['c1'] });
    expect((await get('c2')).links).toMatchObject([{ why: 'an old number', by: { role: 'supervisor', sub: 'eva' } }]);
    expect((await world.ok(app, 'customer.conflicts')).conflicts).toEqual([]);
    expect(await world.outcome(app, 'customer.settle', settle)).toBe('customer_conflict_not_found');
  });

  test('who was taken apart is joined by no rule, and by somebody who says so', async () => {
    const verifiedIdentities = [email('home@x.example'), tel('+4930123401')];
    await world.ok(app, 'customer.resolve', { verifiedIdentities });
    const split = { linkId: 'link-1', why: 'the son has his telephone' };
    expect(await world.ok(app, 'customer.split', split)).toMatchObject({
      customers: [
        { customerId: 'c1', identities: [email('home@x.example')] },
        { customerId: 'c2', identities: [tel('+4930123401')] },
      ],
    });
    await world.ok(app, 'customer.resolve', { verifiedIdentities });
    expect((await world.ok(app, 'customer.conflicts')).conflicts).toMatchObject([{ because: 'apart' }]);
    await world.ok(app, 'customer.settle', { conflictId: 'conflict-1', as: 'different' });
    await world.ok(app, 'customer.resolve', { verifiedIdentities });
    expect((await world.ok(app, 'customer.conflicts')).conflicts).toEqual([]);
    await world.ok(app, 'customer.merge', { linkId: 'l9', customerId: 'c2', otherId: 'c1' });
    expect((await get('c2')).customerId).toBe('c1');
  });

  test('too many names for one person', async () => {
    await resolve(number('7'));
    for (let at = 1; at < 100; at++)
      await world.ok(app, 'customer.link', {
        linkId: `l${at}`,
        customerId: 'c1',
        identity: tel(`+493012${3_000 + at}`),
      });
    const more = { linkId: 'l100', customerId: 'c1', identity: tel('+4930129999') };
    expect(await world.call(app, 'customer.link', more)).toMatchObject({
      refusal: { refusal: 'too_many_links', data: { max: 100 } },
    });
  });
});

describe('one person goes on with all that its customers have', () => {
  beforeEach(async () => {
    await world.ok('admin:root', 'queue.set', {
      ...{ queueId: 'known', channels: ['voice', 'chat'] },
      affinity: { waitMs: 60_000 },
    });
    for (const agentId of ['anna', 'bob']) {
      await world.ok('admin:root', 'agent.set', { agentId, capacity: { voice: 1, chat: 3 } });
      await world.ok(`agent:${agentId}`, 'agent.login');
    }
    await world.ok('admin:root', 'tenant.set', { ratings: { priorRatings: 0, customerItems: { manners: { to: 5 } } } });
  });

  async function serve(agentId: string, contactId: string, identity: Members, manners?: number): Promise<void> {
    await world.ok(`agent:${agentId}`, 'agent.ready');
    await world.ok('switch:pbx', 'contact.create', { contactId, channel: 'voice', queueId: 'known', identity });
    const offer = world.told().findLast(({ event, to }) => event === 'offer.created' && to === `agent:${agentId}`);
    await world.ok(`agent:${agentId}`, 'offer.accept', { offerId: offer?.params.offerId });
    await world.pass(1_000);
    await world.ok('switch:pbx', 'contact.end', { contactId });
    await world.ok(`agent:${agentId}`, 'agent.notReady', { reason: 'pause' });
    if (manners !== undefined) {
      const rating = { ratingId: `r.${contactId}`, contactId, items: { manners } };
      await world.ok(`agent:${agentId}`, 'rating.give', rating);
    }
  }

  const grade = async (customerId: string) => (await world.ok(app, 'rating.grade', { customerId })).grade;

  test('it is led to whom any of them knows, and back to each’s own when they are two again', async () => {
    await serve('anna', 'a', tel('+4930123401'));
    await serve('bob', 'b', email('ada@x.example'));
    await world.ok(app, 'customer.merge', { linkId: 'l1', customerId: 'c1', otherId: 'c2' });
    expect(await world.ok(app, 'affinity.get', { customerId: 'c1', queueId: 'known' })).toMatchObject({
      agentId: 'bob',
    });
    expect(await get('c1')).toMatchObject({ lastAgentId: 'bob' });
    await world.ok(app, 'customer.split', { linkId: 'l1' });
    expect(await world.ok(app, 'affinity.get', { customerId: 'c1', queueId: 'known' })).toMatchObject({
      agentId: 'anna',
    });
    expect(await get('c1')).toMatchObject({ lastAgentId: 'anna' });
  });

  test('its grade is of all its ratings, and those of one pair weigh less together', async () => {
    await serve('anna', 'a', tel('+4930123401'), 5);
    await serve('anna', 'b', email('ada@x.example'), 1);
    expect([await grade('c1'), await grade('c2')]).toEqual([1000, 0]);
    await world.ok(app, 'customer.merge', { linkId: 'l1', customerId: 'c1', otherId: 'c2' });
    // The newer counts whole, the one before half.
    expect([await grade('c1'), await grade('c2')]).toEqual([333, 333]);
    await serve('bob', 'c', tel('+4930123401'), 5);
    expect(await grade('c2')).toBe(Math.floor((64 * 1000 + 32 * 1000) / (64 + 32 + 64)));
    await world.ok(app, 'customer.split', { linkId: 'l1' });
    expect([await grade('c1'), await grade('c2')]).toEqual([1000, 0]);
  });

  test('its second call by another name goes to the agent who has the first', async () => {
    await world.ok('switch:pbx', 'switch.report', { legs: [], complete: true });
    await resolve(email('ada@x.example'));
    await resolve(tel('+4930123401'));
    await world.ok('agent:anna', 'agent.ready');
    const chat = (contactId: string, identity: Members) => ({
      contactId,
      channel: 'voice',
      queueId: 'sales',
      identity,
    });
    await world.ok('switch:pbx', 'contact.create', chat('a', tel('+4930123401')));
    const offer = world.told().findLast(({ event }) => event === 'offer.created');
    await world.ok('agent:anna', 'offer.accept', { offerId: offer?.params.offerId });
    await world.ok(app, 'customer.merge', { linkId: 'l1', customerId: 'c1', otherId: 'c2' });
    expect(await world.ok(app, 'contact.get', { contactId: 'a' })).toMatchObject({ customerId: 'c1' });
    const second = await world.ok(app, 'contact.create', {
      ...chat('b', email('ada@x.example')),
      channel: 'chat',
    });
    expect(second).toMatchObject({ customerId: 'c1' });
    expect(await world.ok(app, 'contact.get', { contactId: 'b' })).toMatchObject({
      affinity: { agentId: 'anna', source: 'liveCall' },
    });
  });
});

test('persons are what the links that hold make of customers, whatever was joined and taken apart', async () => {
  const seed = seedOfThisRun();
  console.log(`persons: seed ${seed} (SEED repeats it)`);
  const random = new Random(seed);
  for (let at = 1; at <= 12; at++) await resolve(tel(`+493012${3_000 + at}`));
  const links = new Map<string, readonly [number, number]>();
  const groupOf = (first: number): number[] => {
    const group = new Set([first]);
    for (let before = 0; before !== group.size; ) {
      before = group.size;
      for (const [a, b] of links.values()) if (group.has(a) || group.has(b)) group.add(a).add(b);
    }
    return [...group].sort((one, other) => one - other);
  };
  for (let step = 0; step < 150; step++) {
    const [a, b] = [random.between(1, 12), random.between(1, 12)];
    const dice = random.between(1, 10);
    if (dice <= 5) {
      await world.ok(app, 'customer.merge', { linkId: `s${step}`, customerId: `c${a}`, otherId: `c${b}` });
      links.set(`s${step}`, [a, b]);
    } else if (dice <= 8 && links.size > 0) {
      const linkId = [...links.keys()][random.between(0, links.size - 1)]!;
      await world.ok(app, 'customer.split', { linkId });
      links.delete(linkId);
    } else {
      await world.ok(app, 'customer.split', { identity: tel(`+493012${3_000 + a}`) });
      for (const [linkId, ends] of links) if (ends.includes(a)) links.delete(linkId);
    }
    if (step % 30 === 29) await expectSurvivesLoad(world);
    for (const one of [a, b]) {
      const [head, ...joined] = groupOf(one).map((customer) => `c${customer}`);
      const shown = await get(`c${one}`);
      expect([shown.customerId, shown.joined ?? []], `seed ${seed}, step ${step}`).toEqual([head, joined]);
    }
  }
});
