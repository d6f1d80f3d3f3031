// Rates and quotes: what is refused, what goes with whom, twice in one tick, bounds and pages. The rules in plain words are cases in
// test/acd/cases/rates.txt; what prices come to is in prices.test.ts.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { quotesTable } from '../../src/domain/payments/tables.ts';
import { TableAccess } from '../../src/engine/tick.ts';
import { quoteRequestsPerCustomerMax } from '../../src/limits.ts';
import { validateParams } from '../../src/protocol/validation.ts';
import { DomainWorld, type Members, type Who } from './domain-world.ts';
import { expectSurvivesLoad } from './survives-load.ts';

let world: DomainWorld;

beforeEach(async () => {
  world = await DomainWorld.start();
  await world.ok('admin:root', 'queue.set', { queueId: 'experts', channels: ['voice', 'chat'] });
  for (const agentId of ['ann', 'ben']) await world.ok('admin:root', 'agent.set', { agentId, capacity: { voice: 1 } });
});

afterEach(async () => {
  await expectSurvivesLoad(world);
  await world.stop();
});

const eur = (amount: number) => ({ amount, currency: 'EUR' });
const ofAnn = { receiver: { agentId: 'ann' }, per: 'minute', price: eur(199) };
const publish = (rateId: string, more: Members = {}, who: Who = 'app:shop') =>
  world.outcome(who, 'rate.publish', { rateId, ...ofAnn, ...more });
const quote = (quoteId: string, more: Members = {}, who: Who = 'app:shop') =>
  world.outcome(who, 'quote.request', { quoteId, channel: 'voice', ...more });

describe('what no rate may say', () => {
  test.each<[path: string, more: Members]>([
    ['/receiver', { receiver: {} }],
    ['/receiver', { receiver: { agentId: 'ann', queueId: 'experts' } }],
    ['/price/currency', { price: { amount: 1, currency: 'XQX' } }],
    ['/price/amount', { price: eur(-1) }],
    ['/price/amount', { price: eur(0.5) }],
    ['/timeZone', { timeZone: 'Europe/Atlantis' }],
    ['/hours/0/to', { hours: [{ days: ['mon'], from: '20:00', to: '06:00', amount: 1 }] }],
    ['/hours/0/days', { hours: [{ days: [], from: '06:00', to: '20:00', amount: 1 }] }],
    ['/freeMs', { per: 'message', freeMs: 1 }],
    ['/holdIsFree', { per: 'document', holdIsFree: true }],
    ['/validUntil', { validFrom: 2, validUntil: 2 }],
  ])('%s of %j', (path, more) => {
    const fault = validateParams('rate.publish', { rateId: 'r', ...ofAnn, ...more });
    expect(fault?.path).toBe(path);
  });
});

describe('publishing', () => {
  test('is for a receiver that is there', async () => {
    expect(await publish('r1', { receiver: { agentId: 'zed' } })).toBe('agent_not_found');
    expect(await publish('r1', { receiver: { queueId: 'none' } })).toBe('queue_not_found');
  });

  test('twice in one tick is once, and another one under the same id is refused', async () => {
    const answers = await world.together(
      ['app:shop', 'rate.publish', { rateId: 'r1', ...ofAnn }],
      ['app:shop', 'rate.publish', { rateId: 'r1', ...ofAnn }],
      ['app:shop', 'rate.publish', { rateId: 'r1', ...ofAnn, per: 'session' }],
    );
    expect(answers.map((answer) => ('result' in answer ? 'done' : 'refused'))).toEqual(['done', 'done', 'refused']);
    expect(await world.ok('app:shop', 'rate.list')).toMatchObject({ rates: [{ rateId: 'r1', per: 'minute' }] });
  });

  test('is undone for nobody where an agent could not be removed', async () => {
    await world.ok('agent:ann', 'agent.login');
    await publish('r1');
    expect(await world.outcome('admin:root', 'agent.remove', { agentId: 'ann' })).toBe('agent_logged_in');
    expect(await world.ok('app:shop', 'rate.list')).toMatchObject({ rates: [{ rateId: 'r1' }] });
    expect(await quote('q1', { receiver: { agentId: 'ann' } })).toBe('done');
  });

  test('rates come in pages, in the order in which they were published, by what is wanted', async () => {
    for (let at = 1; at <= 5; at++)
      await publish(`r${at}`, { ...(at === 3 && { topic: 'law' }), ...(at > 3 && { channels: ['chat'] }) });
    const first = await world.ok('customer:anna', 'rate.list', { limit: 2 });
    expect(first.rates).toMatchObject([{ rateId: 'r1' }, { rateId: 'r2' }]);
    const rest = await world.ok('customer:anna', 'rate.list', { cursor: first.cursor });
    expect(rest.rates).toMatchObject([{ rateId: 'r3' }, { rateId: 'r4' }, { rateId: 'r5' }]);
    const ids = async (asked: Members) =>
      ((await world.ok('customer:anna', 'rate.list', asked)).rates as Members[]).map(({ rateId }) => rateId);
    expect(await ids({ channel: 'voice' })).toEqual(['r1', 'r2', 'r3']);
    expect(await ids({ topic: 'law', channel: 'voice' })).toEqual(['r1', 'r2', 'r3']);
    expect(await ids({ topic: 'art', channel: 'voice' })).toEqual(['r1', 'r2']);
    expect(await ids({ receiver: { agentId: 'ben' } })).toEqual([]);
    expect(await ids({ currency: 'JPY' })).toEqual([]);
  });
});

describe('quotes', () => {
  test('are of rates that hold in that moment', async () => {
    const now = world.clock.now();
    const limited = { validFrom: now + 1_000, validUntil: now + 5_000 };
    await publish('r1', limited);
    // Who counts in seconds hears of it.
    expect(await publish('r2', { validUntil: Math.floor(now / 1_000) })).toBe('rate_already_expired');
    expect(await publish('r2', { validUntil: now })).toBe('rate_already_expired');
    expect(await quote('q1')).toBe('no_rate_fits');
    await world.pass(1_000);
    expect(await quote('q1')).toBe('done');
    await world.pass(4_000);
    expect(await quote('q2')).toBe('no_rate_fits');
    expect(await quote('q1')).toBe('done');
    expect(await publish('r1', limited)).toBe('done');
  });

  test('asked for twice in one tick are the same', async () => {
    await publish('r1');
    const [one, other] = await world.together(
      ['customer:anna', 'quote.request', { quoteId: 'q1', channel: 'voice' }],
      ['customer:anna', 'quote.request', { quoteId: 'q1', channel: 'voice' }],
    );
    expect(other).toEqual(one);
  });

  test('are asked for in the tick in which the rate is published', async () => {
    const answers = await world.together(
      ['app:shop', 'rate.publish', { rateId: 'r1', ...ofAnn }],
      ['app:shop', 'quote.request', { quoteId: 'q1', channel: 'voice' }],
    );
    expect(answers[1]).toMatchObject({ result: { quotes: [{ quoteId: 'q1.1', rateId: 'r1', price: eur(199) }] } });
  });

  test('say what the price is by the hours of the receiver’s zone', async () => {
    const always = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
    await publish('r1', { hours: [{ days: always, from: '00:00', to: '24:00', amount: 7 }] });
    const { quotes } = await world.ok('app:shop', 'quote.request', { quoteId: 'q1', channel: 'voice' });
    expect(quotes).toMatchObject([{ price: eur(199), amountNow: 7 }]);
  });

  test('are no longer asked for by a page that has as many as it may, and others go on', async () => {
    await publish('r1');
    for (let at = 0; at < quoteRequestsPerCustomerMax; at++)
      expect(await quote(`q${at}`, {}, 'customer:anna')).toBe('done');
    expect(await quote('more', {}, 'customer:anna')).toBe('too_many_quotes');
    expect(await quote('other', {}, 'customer:bert')).toBe('done');
    expect(await quote('q1', {}, 'customer:anna')).toBe('done');
  });

  test('are forgotten when nobody needs to know that they held', async () => {
    await world.ok('admin:root', 'tenant.set', { paidContacts: { quoteMs: 1_000 } });
    await publish('r1');
    for (const quoteId of ['q1', 'q2']) await quote(quoteId, {}, 'customer:anna');
    await world.pass(5_000);
    await quote('q3', {}, 'customer:anna');
    const kept = () => new TableAccess(world.harness.partition.tables).range(quotesTable, { limit: 10 }).length;
    expect(kept()).toBe(3);
    await world.pass(596_000);
    expect(kept()).toBe(1);
    await world.pass(20_000);
    expect(kept()).toBe(0);
  });
});
