// What customers have begun, and go on with on any channel.

import { afterEach, beforeEach, expect, test } from 'vitest';
import { DomainWorld, type Members } from './domain-world.ts';
import { expectSurvivesLoad } from './survives-load.ts';

let world: DomainWorld;
const app = 'app:crm' as const;
const tel = { scheme: 'tel', value: '+4930123401' };
const email = { scheme: 'email', value: 'ada@x.example' };

beforeEach(async () => {
  world = await DomainWorld.start();
  await world.ok('admin:root', 'queue.set', { queueId: 'sales', channels: ['voice', 'chat'] });
  await world.ok('admin:root', 'agent.set', { agentId: 'anna', capacity: { voice: 1, chat: 3 } });
  await world.ok('agent:anna', 'agent.login');
  await world.ok('agent:anna', 'agent.ready');
});

afterEach(async () => {
  await expectSurvivesLoad(world);
  await world.stop();
});

const order = (more: Members = {}) => ({ businessId: 'o1', type: 'order', status: 'new', ...more });
const offered = () => world.told().findLast(({ event }) => event === 'offer.created')?.params as Members;

async function serve(contactId: string, channel: string, more: Members): Promise<Members> {
  await world.ok('switch:pbx', 'contact.create', { contactId, channel, queueId: 'sales', ...more });
  const offer = offered();
  await world.ok('agent:anna', 'offer.accept', { offerId: offer.offerId });
  return offer.contact as Members;
}

test('what was begun in a call is seen with the offer of a chat, by another name of the same person, and gone on with', async () => {
  const call = await serve('call', 'voice', { identity: tel });
  expect(call).not.toHaveProperty('business');
  const begun = order({ contactId: 'call', title: 'two chairs', data: { chairs: 2 } });
  expect(await world.ok('agent:anna', 'business.put', begun)).toMatchObject({
    customerId: 'c1',
    channel: 'voice',
    contacts: [{ contactId: 'call', channel: 'voice' }],
  });
  await world.ok(app, 'customer.link', { linkId: 'l1', customerId: 'c1', identity: email });
  await world.pass(5_000);
  const chat = await serve('chat', 'chat', { identity: email, businessId: 'o1' });
  expect(chat).toMatchObject({
    businessId: 'o1',
    business: [{ businessId: 'o1', type: 'order', status: 'new', channel: 'voice', title: 'two chairs' }],
  });
  expect((chat.business as Members[])[0]).not.toHaveProperty('data');
  await world.ok('agent:anna', 'business.put', order({ contactId: 'chat', status: 'paid', open: false }));
  expect(await world.ok('agent:anna', 'business.get', { businessId: 'o1' })).toMatchObject({
    status: 'paid',
    data: { chairs: 2 },
    contacts: [{ contactId: 'call' }, { contactId: 'chat', channel: 'chat' }],
    history: [
      { status: 'new', open: true, by: { role: 'agent', sub: 'anna' } },
      { status: 'paid', open: false },
    ],
  });
  const later = await serve('later', 'chat', { identity: email });
  expect(later).not.toHaveProperty('business');
});

test('is its customer’s own again after a split', async () => {
  await world.ok(app, 'customer.resolve', { identity: tel });
  await world.ok(app, 'business.put', order({ identity: tel }));
  await world.ok(app, 'customer.link', { linkId: 'l1', customerId: 'c1', identity: email });
  await world.ok(app, 'business.put', { ...order({ identity: email }), businessId: 'o2' });
  const listed = async (identity: Members) =>
    ((await world.ok(app, 'business.list', { identity })).businesses as Members[]).map(({ businessId }) => businessId);
  expect(await listed(tel)).toEqual(['o1', 'o2']);
  await world.ok(app, 'customer.split', { linkId: 'l1' });
  expect([await listed(tel), await listed(email)]).toEqual([['o1'], ['o2']]);
});

test('what is not the customer’s, nor the agent’s contact, is refused', async () => {
  await world.ok(app, 'customer.resolve', { identity: tel });
  await world.ok(app, 'customer.resolve', { identity: email });
  await world.ok(app, 'business.put', order({ identity: tel }));
  expect(await world.outcome(app, 'business.put', order({ identity: email }))).toBe('business_of_another_customer');
  const contact = { contactId: 'a', channel: 'chat', queueId: 'sales', identity: email, businessId: 'o1' };
  expect(await world.outcome(app, 'contact.create', contact)).toBe('business_not_found');
  expect(await world.outcome(app, 'business.put', { ...order(), businessId: 'o9' })).toBe('customer_not_found');
  expect(await world.outcome('agent:anna', 'business.put', order())).toBe('not_allowed_for_role');
  expect(await world.outcome('agent:anna', 'business.put', order({ contactId: 'nothing' }))).toBe('contact_not_found');
  expect(await world.outcome(app, 'business.get', { businessId: 'o2' })).toBe('business_not_found');
});

test('agents see business of customers whom they serve, and put it of whose contact it is alone', async () => {
  await world.ok(app, 'customer.resolve', { identity: tel });
  await world.ok(app, 'business.put', order({ identity: tel, title: 'two chairs' }));
  const anna = 'agent:anna' as const;
  await serve('hers', 'chat', { identity: email });
  await serve('nobodys', 'chat', {});
  expect(await world.outcome(anna, 'business.get', { businessId: 'o1' })).toBe('customer_not_served');
  expect(await world.outcome(anna, 'business.list', { identity: tel })).toBe('customer_not_served');
  expect(await world.outcome(anna, 'business.list', {})).toBe('not_allowed_for_role');
  const put = (more: Members) => world.outcome(anna, 'business.put', order({ status: 'lost', ...more }));
  expect(await put({ contactId: 'hers' })).toBe('business_of_another_customer');
  expect(await put({ contactId: 'hers', identity: tel })).toBe('contact_of_another_customer');
  expect(await put({ contactId: 'hers', customerId: 'c1', businessId: 'o2' })).toBe('contact_of_another_customer');
  expect(await put({ contactId: 'nobodys' })).toBe('contact_has_no_customer');
  expect(await put({ contactId: 'nobodys', identity: tel })).toBe('contact_has_no_customer');
  // A contact of one customer is no way to go on with the business of another, whoever says so.
  expect(await world.outcome(app, 'business.put', order({ contactId: 'hers', identity: tel }))).toBe(
    'contact_of_another_customer',
  );
  await world.ok(app, 'business.put', order({ contactId: 'nobodys', identity: tel }));
  expect(await world.ok(app, 'business.get', { businessId: 'o1' })).toMatchObject({
    ...{ status: 'new', title: 'two chairs', contacts: [{ contactId: 'nobodys' }] },
  });
  await world.ok(app, 'customer.link', { linkId: 'l1', customerId: 'c1', identity: email });
  expect(await world.ok(anna, 'business.get', { businessId: 'o1' })).toMatchObject({ title: 'two chairs' });
  expect(await world.ok(anna, 'business.list', { identity: tel })).toMatchObject({
    businesses: [{ businessId: 'o1' }],
  });
  expect(await put({ contactId: 'hers', identity: tel })).toBe('done');
});

test('filters, pages, and what is removed is gone for good', async () => {
  await world.ok(app, 'customer.resolve', { identity: tel });
  for (const [at, status] of ['new', 'done', 'new'].entries())
    await world.ok(app, 'business.put', {
      ...order({ identity: tel, status, open: status === 'new' }),
      businessId: `o${at}`,
    });
  const list = async (asked: Members) =>
    ((await world.ok(app, 'business.list', asked)).businesses as Members[]).map(({ businessId }) => businessId);
  expect(await list({ open: true })).toEqual(['o0', 'o2']);
  expect(await list({ status: 'done', customerId: 'c1' })).toEqual(['o1']);
  const page = await world.ok(app, 'business.list', { customerId: 'c1', limit: 2 });
  expect(await list({ customerId: 'c1', limit: 2, cursor: page.cursor })).toEqual(['o2']);
  await world.ok('admin:root', 'business.remove', { businessId: 'o2' });
  expect(await list({})).toEqual(['o0', 'o1']);
  const [one, two] = await world.together(
    [app, 'business.put', { ...order({ identity: tel }), businessId: 'o5' }],
    [app, 'business.put', { ...order({ identity: tel, status: 'paid' }), businessId: 'o5' }],
  );
  expect([one, two]).toMatchObject([{ result: { status: 'new' } }, { result: { status: 'paid' } }]);
});
