// One timeline, over real sockets: a call, a chat by another name, an order, a rating and money of one person; her agent sees it with the
// offer, page by page while more comes, and after a restart; others see nothing. Then all of it as one JSON document from the command line.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { strowger } from '../cli/command-line.ts';
import { restart } from './floor.ts';
import type { Party } from './party.ts';
import { JourneyRouter, lastingPort, temporaryFolder, tokenFor } from './router-harness.ts';

const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const tel = { scheme: 'tel', value: '+4930123456' };
const email = { scheme: 'email', value: 'ada@x.example' };
const eur = (amount: number) => ({ amount, currency: 'EUR' });

async function pages(party: Party, limit: number) {
  const all: object[] = [];
  let cursor: string | undefined;
  do {
    const page = await party.call('customer.timeline', {
      identity: tel,
      limit,
      ...(cursor !== undefined && { cursor }),
    });
    all.push(...page.entries);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return all;
}

test('her agent sees all of her on every channel, and an administrator takes it out as one document', async () => {
  const router = await JourneyRouter.start({ port: await lastingPort() });
  cleanUps.push(() => router.close());
  const [admin, app] = [await router.open('admin', 'root'), await router.open('app', 'shop')];
  await admin.call('tenant.set', { ratings: { agentItems: { manner: { to: 5 } } } });
  await admin.call('queue.set', { queueId: 'sales', channels: ['voice', 'chat'], wrapUpMs: 0 });
  for (const agentId of ['ann', 'ben']) await admin.call('agent.set', { agentId, capacity: { voice: 1, chat: 3 } });
  const [ann, ben] = [await router.open('agent', 'ann'), await router.open('agent', 'ben')];
  await ann.call('agent.login', {});
  await ann.call('agent.ready', {});
  const serve = async (contactId: string, channel: string, identity: typeof tel) => {
    await app.call('contact.create', { contactId, channel, queueId: 'sales', identity });
    const { offerId } = await ann.next('offer.created', (offer) => offer.contactId === contactId);
    await ann.call('offer.accept', { offerId });
  };

  await serve('call', 'voice', tel);
  const order = { businessId: 'o1', type: 'order', status: 'new', contactId: 'call', data: { chairs: 2 } };
  await ann.call('business.put', order);
  await app.call('contact.end', { contactId: 'call' });
  await app.call('rating.give', { ratingId: 'r1', contactId: 'call', agentId: 'ann', items: { manner: 5 } });
  await app.call('customer.link', { linkId: 'l1', customerId: 'c1', identity: email });
  await app.call('account.open', { accountId: 'a1', owner: 'customer', customerId: 'c1', currency: 'EUR' });
  await app.call('account.deposit', { paymentId: 'p1', accountId: 'a1', money: eur(500) });
  await app.call('affinity.set', { customerId: 'c1', agentId: 'ben' });
  await serve('chat', 'chat', email);
  await app.call('contact.send', { contactId: 'chat', messageId: 'm1', message: { text: 'hello' } });
  await ann.call('contact.send', { contactId: 'chat', messageId: 'm2', message: { text: 'good day' } });

  const { customerId, entries } = await ann.call('customer.timeline', { contactId: 'chat' });
  expect(customerId).toBe('c1');
  expect(entries.map(({ kind }) => kind).toSorted()).toEqual(
    ['affinity', 'business', 'contact', 'contact', 'link', 'message', 'message', 'payment', 'rating'].toSorted(),
  );
  const times = entries.map(({ at }) => at);
  expect(times).toEqual(times.toSorted((one, other) => other - one));
  for (const limit of [1, 2, 4]) expect(await pages(ann, limit)).toEqual(entries);

  // More comes while she pages.
  const first = await ann.call('customer.timeline', { identity: tel, limit: 3 });
  await app.call('contact.send', { contactId: 'chat', messageId: 'm3', message: { text: 'are you there?' } });
  const rest = await ann.call('customer.timeline', { identity: tel, cursor: first.cursor! });
  expect([...first.entries, ...rest.entries]).toEqual(entries);

  // Who does not serve her sees nothing.
  expect(await ben.refusal('customer.timeline', { identity: tel })).toBe('customer_not_served');
  expect(await ben.refusal('customer.timeline', { contactId: 'chat' })).toBe('contact_not_found');
  for (const role of ['customer', 'switch'] as const) {
    const other = await router.open(role, 'other');
    expect(await other.refusal('customer.timeline', { identity: tel })).toBe('not_allowed_for_role');
  }
  expect(await app.refusal('customer.export', { identity: tel })).toBe('not_allowed_for_role');

  await restart(router, [admin, app, ann, ben], () => {});
  const supervisor = await router.open('supervisor', 'boss');
  const after = await supervisor.call('customer.timeline', { identity: email });
  expect(after.entries.slice(1)).toEqual(entries);
  const calls = await supervisor.call('customer.timeline', {
    customerId: 'c1',
    kinds: ['contact'],
    channels: ['voice'],
  });
  expect(calls.entries).toMatchObject([
    { contactId: 'call', agentId: 'ann', details: { state: 'finished', queueId: 'sales' } },
  ]);

  // Everything, from the command line.
  const folder = temporaryFolder();
  const access = ['--url', router.url, '--token', await tokenFor('admin', 'root')];
  const { code, out, err } = await strowger(['customer', 'export', 'c1', ...access], { folder });
  expect([code, err]).toEqual([0, expect.stringMatching(/in all\n$/)]);
  const document = JSON.parse(out) as Record<string, object[]>;
  expect(document).toMatchObject({
    customerId: 'c1',
    customers: ['c1', 'c2'],
    customer: [{ identities: [tel] }, { identities: [email] }],
    business: [{ businessId: 'o1', data: { chairs: 2 } }],
    account: [{ accountId: 'a1', balance: 500 }],
    affinity: [{ set: { agentId: 'ben' } }],
  });
  expect(document.timeline).toHaveLength(after.entries.length);
  expect(out).toContain('are you there?');

  const file = join(folder, 'ada.json');
  const byName = ['customer', 'export', '--identity', 'email:ada@x.example', '--out', file, ...access];
  expect((await strowger(byName, { folder })).code).toBe(0);
  const { exportedAt: _, ...same } = JSON.parse(readFileSync(file, 'utf8')) as object & { exportedAt: number };
  const { exportedAt: __, ...shown } = document;
  expect(same).toEqual(shown);

  // Whoever asks wrongly, or for nobody, is told so, and has no file.
  const nobody = await strowger(['customer', 'export', 'c77', '--out', join(folder, 'none.json'), ...access], {
    folder,
  });
  expect([nobody.code, nobody.err]).toEqual([1, expect.stringContaining('customer_not_found')]);
  expect(existsSync(join(folder, 'none.json')) || existsSync(join(folder, 'none.json.tmp'))).toBe(false);
  const unsaid = await strowger(['customer', 'export', ...access], { folder });
  expect([unsaid.code, unsaid.err]).toEqual([2, expect.stringContaining('say whose')]);
  expect((await strowger(['customer', 'export', '--help'], { folder })).out).toContain('--identity');
}, 60_000);

test('conflicts are shown and settled from the command line', async () => {
  const router = await JourneyRouter.start();
  cleanUps.push(() => router.close());
  const app = await router.open('app', 'shop');
  const numbered = (value: string) => ({ scheme: 'customerNumber', value });
  for (const value of ['1', '2', '3']) await app.call('customer.resolve', { identity: numbered(value) });
  await app.call('customer.link', { linkId: 'l1', customerId: 'c1', identity: email, why: 'said so' });
  await app.call('customer.merge', { linkId: 'l2', customerId: 'c1', otherId: 'c2' });
  await app.call('customer.merge', { linkId: 'l3', customerId: 'c1', otherId: 'c3' });
  const folder = temporaryFolder();
  const access = ['--url', router.url, '--token', await tokenFor('supervisor', 'boss')];
  const says = async (...words: string[]) => {
    const { code, out, err } = await strowger(['customer', ...words, ...access], { folder });
    return { code, said: out.trimEnd(), err: err.trimEnd() };
  };

  const { said, code } = await says('conflicts');
  expect(code).toBe(0);
  expect(said.split('\n').map((line) => line.replaceAll(/\S*T\S*Z/g, 'TIME').split(/ {2,}/))).toEqual([
    ['conflict', 'found', 'customers', 'because'],
    ['conflict-1', 'TIME', 'c1 and c2', 'contradicting', 'customerNumber'],
    ['conflict-2', 'TIME', 'c1 and c3', 'contradicting', 'customerNumber'],
  ]);
  expect(JSON.parse((await says('conflicts', '--of', 'c3', '--json')).said)).toMatchObject([
    { conflictId: 'conflict-2', customers: ['c1', 'c3'] },
  ]);

  expect(await says('settle', 'conflict-1', '--as', 'same', '--why', 'an old number')).toEqual({
    code: 0,
    said: 'they are one: c1',
    err: '',
  });
  expect(JSON.parse((await says('settle', 'conflict-2', '--as', 'different', '--json')).said)).toEqual({
    customers: ['c1', 'c3'],
  });
  expect((await says('conflicts')).said).toBe('nothing has to be settled');

  const shown = await says('show', '--identity', 'email:ada@x.example');
  expect(shown.said).toMatch(/^c1, one with c2, c4: known since /);
  for (const part of ['customerNumber  2 ', 'an old number', 'email', 'app shop', 'said so', 'supervisor boss'])
    expect(shown.said).toContain(part);
  expect(JSON.parse((await says('show', 'c3', '--json')).said)).toMatchObject({ customerId: 'c3' });

  // What is refused ends with 1, what is used wrongly with 2; both say why.
  expect(await says('settle', 'conflict-1', '--as', 'same')).toMatchObject({
    code: 1,
    err: expect.stringContaining('customer_conflict_not_found'),
  });
  expect(await says('show', 'c77')).toMatchObject({ code: 1, err: expect.stringContaining('customer_not_found') });
  expect(await says('show')).toMatchObject({ code: 2, err: expect.stringContaining('say whose') });
  expect(await says('settle', 'conflict-1', '--as', 'perhaps')).toMatchObject({
    code: 2,
    err: expect.stringContaining('same, different'),
  });
  expect((await strowger(['customers', 'conflicts', '--help'], { folder })).out).toContain('--json');
}, 60_000);
