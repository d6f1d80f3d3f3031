// Two tenants of one router, with the same ids in both, who never see anything of each other.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Role } from '../../src/engine/egress.ts';
import type { Party } from './party.ts';
import { JourneyRouter, lastingPort } from './router-harness.ts';

const names = ['north', 'south'] as const;
type Name = (typeof names)[number];

let router: JourneyRouter;
const parties = {} as Record<Name, Record<'admin' | 'sw' | 'ann' | 'sup' | 'app', Party>>;

beforeAll(async () => {
  router = await JourneyRouter.start({ tenants: names, port: await lastingPort() });
  for (const name of names) {
    const open = (role: Role, sub: string) => router.open(role, sub, { tenant: name });
    const admin = await open('admin', 'boss');
    await admin.call('config.apply', {
      document: {
        version: 1,
        tenant: { name: `the ${name}`, attributes: { secret: `${name}-only` } },
        queues: [{ queueId: 'sales', channels: ['voice'] }],
        agents: [{ agentId: 'ann', name: `Ann of the ${name}`, skills: { [`${name}ish`]: 5 }, capacity: { voice: 1 } }],
      },
    });
    parties[name] = {
      admin,
      sw: await open('switch', 'sw'),
      ann: await open('agent', 'ann'),
      sup: await open('supervisor', 'sup'),
      app: await open('app', 'app'),
    };
    await parties[name].sup.call('supervisor.watch', {});
  }
});
afterAll(() => router?.close());

test('the same ids lead separate lives', async () => {
  for (const name of names) {
    const { sw } = parties[name];
    const wish = {
      contactId: 'c1',
      queueId: 'sales',
      channel: 'voice',
      from: `${name}-caller`,
      identity: { scheme: 'tel', value: '+4930' },
    };
    expect(await sw.call('contact.create', wish)).toMatchObject({ state: 'waiting', customerId: 'c1' });
  }
  const { north, south } = parties;
  await north.ann.call('agent.login', { lines: [{ lineId: 'desk', channel: 'voice' }] });
  await north.ann.call('agent.ready', {});
  const { offerId, contact } = await north.ann.next('offer.created');
  expect(contact.from).toBe('north-caller');
  expect(await south.ann.refusal('offer.accept', { offerId })).toBe('offer_no_longer_open');
  await north.ann.call('offer.accept', { offerId });

  // In the south nothing has happened.
  expect(await south.sw.call('contact.get', { contactId: 'c1' })).toMatchObject({
    state: 'waiting',
    from: 'south-caller',
  });
  expect(await south.admin.call('agent.get', { agentId: 'ann' })).toMatchObject({
    state: 'loggedOut',
    name: 'Ann of the south',
  });
  await south.ann.call('agent.login', { lines: [{ lineId: 'desk', channel: 'voice' }] });
  await south.sw.call('contact.cancel', { contactId: 'c1' });
  expect(await north.sw.call('contact.get', { contactId: 'c1' })).toMatchObject({ state: 'connected' });
  expect(await north.app.call('customer.get', { customerId: 'c1' })).toMatchObject({ lastAgentId: 'ann' });
  expect(await south.app.call('customer.get', { customerId: 'c1' })).not.toHaveProperty('lastAgentId');
});

test('requestIds are each tenant’s own', async () => {
  for (const name of names) {
    const set = { agentId: 'bob', name: `Bob of the ${name}`, capacity: { voice: 1 }, requestId: 'set-bob' };
    expect(await parties[name].admin.call('agent.set', set)).toMatchObject({ name: `Bob of the ${name}` });
  }
});

test('no list, state, export or error names anything of the other', async () => {
  for (const name of names) {
    const other = name === 'north' ? 'south' : 'north';
    const { admin, sw, sup, app, ann } = parties[name];
    await parties[other].sw.call('contact.create', { contactId: `only-${other}`, queueId: 'sales', channel: 'voice' });
    await parties[other].admin.call('queue.set', { queueId: `queue-${other}`, channels: ['voice'] });
    const answers = [
      await admin.call('config.export', {}),
      await admin.call('tenant.get', {}),
      await admin.call('agent.list', {}),
      await admin.call('queue.list', {}),
      await app.call('contact.list', {}),
      await app.call('contact.list', { state: 'ended' }),
      await sup.call('supervisor.watch', {}),
      await sw.error('contact.get', { contactId: `only-${other}` }),
      await sw.error('contact.create', { contactId: 'x', queueId: `queue-${other}`, channel: 'voice' }),
      (await router.open('supervisor', 'fresh', { tenant: name })).state,
      (await router.open('agent', 'ann', { tenant: name })).state,
      ...[admin, sw, sup, app, ann].flatMap(({ told, states }) => [told, states]),
    ];
    const text = JSON.stringify(answers, (_, value) =>
      value instanceof Error ? { ...value, message: value.message } : value,
    );
    expect(text).toContain(name);
    expect(text.replaceAll(`only-${other}`, '').replaceAll(`queue-${other}`, '')).not.toContain(other);
  }
});

test('the token of one opens nothing of the other, and of a third nothing at all', async () => {
  const { result } = await router.rpc('app', 'app', 'contact.list', {}, { tenant: 'south' });
  expect(JSON.stringify(result)).not.toContain('north');
  const refused = await router.rpc('app', 'app', 'contact.list', {}, { tenant: 'west' });
  expect(refused.error?.data?.refusal).toBe('tenant_not_found');
  const socket = await router.socket();
  const opened = await socket.call('session.open', { token: 'none' });
  expect(opened).toMatchObject({ error: { data: { refusal: 'token_invalid' } } });
});

test('their files are apart', async () => {
  await router.stop();
  const tenants = join(router.settings.dataDir, 'tenants');
  expect(readdirSync(tenants).sort()).toEqual([...names]);
  for (const name of names) {
    const other = name === 'north' ? 'south' : 'north';
    const bytes = everyFile(join(tenants, name)).map((file) => readFileSync(file));
    const holds = (text: string) => bytes.some((content) => content.includes(text));
    expect(holds(`the ${name}`)).toBe(true);
    expect(holds(`${other}-caller`)).toBe(false);
    expect(holds(`the ${other}`)).toBe(false);
  }
  await router.startAgain();
  expect(await parties.south.sw.call('contact.get', { contactId: 'c1' })).toMatchObject({ from: 'south-caller' });
});

function everyFile(folder: string): string[] {
  return readdirSync(folder)
    .map((name) => join(folder, name))
    .flatMap((path) => {
      const status = statSync(path);
      if (status.isDirectory()) return everyFile(path);
      return status.isFile() ? [path] : [];
    });
}
