// The configuration document's switches, webhooks and alerts, which other modules than routing own: made so by comparing, given
// back, removed where the document is complete, all or nothing.

import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { alertsPerTenantMax, webhooksPerTenantMax } from '../../src/limits.ts';
import { DomainWorld, type Members } from './domain-world.ts';
import { expectSurvivesLoad } from './survives-load.ts';

let world: DomainWorld;

beforeEach(async () => {
  world = await DomainWorld.start();
});

afterEach(async () => {
  await expectSurvivesLoad(world);
  await world.stop();
});

const admin = 'admin:root';
const secretOf = (letter: string) => `whsec_${Buffer.alloc(32, letter).toString('base64')}`;
const queues = [{ queueId: 'sales', channels: ['voice'] }];
const switches = [{ switchId: 'pbx', graceMs: 5_000 }];
const crm = { webhookId: 'crm', url: 'https://crm.example/hook', events: ['contact.finished', 'alert.cleared'] };
const webhooks = [{ ...crm, secret: secretOf('a') }];
const alerts = [{ alertId: 'long', queueId: 'sales', measure: 'waiting', above: 0, forMs: 500 }];
const document = { version: 1, queues, switches, webhooks, alerts };

const apply = (given: Members, more: Members = {}) =>
  world.ok(admin, 'config.apply', { document: { version: 1, ...given }, ...more });
const outcomeOf = (given: Members) => world.outcome(admin, 'config.apply', { document: { version: 1, ...given } });
const exported = async () => (await world.ok(admin, 'config.export')).document as Members;
/** Came and hung up: what it has posted since. */
async function posted(contactId: string): Promise<Members[]> {
  const before = world.posted().length;
  await world.ok('switch:pbx', 'contact.create', { contactId, channel: 'voice', queueId: 'sales' });
  await world.ok('switch:pbx', 'contact.cancel', { contactId });
  await world.idle();
  return world
    .posted()
    .slice(before)
    .map(({ params }) => params);
}

/** All of them, and there is one. */
const isSignedBy = (letter: string) => (posts: Members[]) =>
  posts.length > 0 &&
  posts.every(({ headers, body }) => {
    const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signature } = headers as Members;
    const key = Buffer.alloc(32, letter);
    return signature === `v1,${createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64')}`;
  });

describe('what other modules set up', () => {
  test('is made by the document, works, and is given back without secrets', async () => {
    expect(await apply(document)).toEqual({
      created: [
        { kind: 'queue', id: 'sales' },
        { kind: 'alert', id: 'long' },
        { kind: 'switch', id: 'pbx' },
        { kind: 'webhook', id: 'crm' },
      ],
      changed: [],
      removed: [],
      unchanged: 0,
    });
    expect(await world.ok(admin, 'switch.get', { switchId: 'pbx' })).toMatchObject({ graceMs: 5_000 });
    expect(await world.ok(admin, 'alert.get', { alertId: 'long' })).toEqual(alerts[0]);
    expect(await posted('one')).toHaveLength(1);
    const document2 = await exported();
    expect(document2).toMatchObject({ complete: true, switches, webhooks: [crm], alerts });
    expect(await apply(document2)).toEqual({ created: [], changed: [], removed: [], unchanged: 4 });
  });

  test('is compared: other settings change it, defaults and the order of events do not', async () => {
    await apply(document);
    const same = {
      webhooks: [{ ...crm, events: [...crm.events].reverse() }],
      alerts: [{ ...alerts[0] }],
      switches,
    };
    expect(await apply(same)).toMatchObject({ changed: [], unchanged: 3 });
    const other = {
      switches: [{ switchId: 'pbx' }],
      webhooks: [{ ...crm, url: 'https://crm.example/other' }],
      alerts: [{ ...alerts[0], forMs: 0 }],
    };
    expect(await apply(other, { dryRun: true })).toEqual(await apply(other));
    expect(await exported()).toMatchObject({
      switches: [{ switchId: 'pbx', graceMs: 30_000 }],
      webhooks: other.webhooks,
      alerts: [{ alertId: 'long', queueId: 'sales', measure: 'waiting', above: 0 }],
    });
    const { forMs: _, ...withDefault } = alerts[0]!;
    expect(await apply({ alerts: [withDefault] })).toMatchObject({ changed: [], unchanged: 1 });
  });

  test('is removed only where the document is complete', async () => {
    await apply(document);
    expect(await apply({ queues })).toMatchObject({ removed: [] });
    expect(await apply({ queues, complete: true })).toMatchObject({
      removed: [
        { kind: 'alert', id: 'long' },
        { kind: 'switch', id: 'pbx' },
        { kind: 'webhook', id: 'crm' },
      ],
      unchanged: 1,
    });
    expect(await exported()).toEqual({ version: 1, complete: true, tenant: {}, queues, agents: [] });
    expect(await posted('one')).toEqual([]);
  });

  test('stays as it is when the document is refused, or a dry run', async () => {
    await apply(document);
    const before = await exported();
    const { last } = world.harness.partition.numbers;
    const more = { switches: [{ switchId: 'new' }], webhooks: [{ ...crm, webhookId: 'new', secret: secretOf('b') }] };
    await apply({ ...more, complete: true }, { dryRun: true });
    expect(await outcomeOf({ ...more, alerts: [{ ...alerts[0], queueId: 'none' }] })).toBe('queue_not_found');
    expect(await exported()).toEqual(before);
    expect(world.harness.partition.numbers.last).toBe(last);
  });
});

describe('a webhook', () => {
  test('keeps its secret where the document leaves it out, and takes the one that it names', async () => {
    await apply(document);
    expect(await posted('one')).toSatisfy(isSignedBy('a'));
    expect(await apply({ webhooks: [crm] })).toMatchObject({ unchanged: 1 });
    expect(await apply({ webhooks: [{ ...crm, url: 'https://crm.example/2' }] })).toMatchObject({ changed: [{}] });
    expect(await posted('two')).toSatisfy(isSignedBy('a'));
    await apply({ webhooks: [{ ...crm, secret: secretOf('b') }] });
    expect(await posted('three')).toSatisfy(isSignedBy('b'));
  });

  test('that is new needs one', async () => {
    expect(await outcomeOf({ queues, webhooks: [crm] })).toBe('webhook_has_no_secret');
    expect(await world.ok(admin, 'queue.list')).toEqual({ queues: [] });
  });

  test('that is changed has what it has not confirmed at once, at its new address', async () => {
    await apply(document);
    await posted('one');
    const [first] = world.posted();
    await world.answerTo(first, { result: { status: 500 } });
    const before = world.posted().length;
    await apply({ webhooks: [{ ...crm, url: 'https://crm.example/moved' }] });
    await world.idle();
    const again = world.posted().slice(before);
    expect(again.map(({ params }) => params.url)).toEqual(['https://crm.example/moved']);
    expect(again[0]!.params.body).toBe(first!.params.body);
  });

  test('too many of them are refused before anything is written; those that go make room', async () => {
    const many = Array.from({ length: webhooksPerTenantMax }, (_, at) => ({ ...webhooks[0], webhookId: `w${at}` }));
    await apply({ queues, webhooks: many });
    expect(await outcomeOf({ webhooks })).toBe('too_many_webhooks');
    const others = many.map((one) => ({ ...one, webhookId: `other-${one.webhookId}` }));
    expect(await apply({ complete: true, queues, webhooks: others })).toMatchObject({ unchanged: 1 });
  });
});

describe('a switch', () => {
  test('that is in use and is not named by a complete document goes back to its defaults', async () => {
    await world.presence('switch:pbx', true);
    await apply(document);
    expect(await apply({ complete: true, queues })).toMatchObject({
      changed: [{ kind: 'switch', id: 'pbx' }],
      removed: [{ kind: 'alert' }, { kind: 'webhook' }],
    });
    expect(await world.ok(admin, 'switch.get', { switchId: 'pbx' })).toMatchObject({
      graceMs: 30_000,
      connected: true,
    });
    expect(await apply({ complete: true, queues })).toMatchObject({ changed: [], removed: [] });
  });
});

describe('an alert', () => {
  test('may be about a queue of the same document, and about none that the document removes', async () => {
    await apply({ queues: [...queues, { queueId: 'help', channels: ['voice'] }] });
    const about = [{ ...alerts[0], queueId: 'help' }];
    expect(await outcomeOf({ complete: true, queues, alerts: about })).toBe('queue_not_found');
    expect(await outcomeOf({ queues, alerts: about })).toBe('done');
  });

  test('that is raised is cleared when a document removes it, and webhooks are told', async () => {
    await apply(document);
    await world.ok('supervisor:boss', 'supervisor.watch', { queues: ['sales'], agents: [] });
    await world.ok('switch:pbx', 'contact.create', { contactId: 'one', channel: 'voice', queueId: 'sales' });
    // Looked at after a second, raised half a second later.
    await world.pass(1_000);
    await world.pass(500);
    expect(await world.ok(admin, 'alert.get', { alertId: 'long' })).toHaveProperty('raisedAt');
    world.told();
    await apply({ complete: true, queues, webhooks: [crm] });
    await world.idle();
    expect(world.toldLines('alertId', 'value').filter((line) => line.includes('alert'))).toEqual([
      'supervisor:boss alert.cleared long ',
    ]);
    expect(world.posted().map(({ params }) => JSON.parse(params.body as string).type)).toEqual(['alert.cleared']);
  });

  test('whose queue is gone is left out of an export, which can be applied', async () => {
    await apply(document);
    await world.ok(admin, 'queue.remove', { queueId: 'sales' });
    const document2 = await exported();
    expect(document2).not.toHaveProperty('alerts');
    expect(await apply(document2)).toMatchObject({ removed: [{ kind: 'alert', id: 'long' }] });
  });

  test('too many of them are refused', async () => {
    const many = Array.from({ length: alertsPerTenantMax }, (_, at) => ({ ...alerts[0], alertId: `a${at}` }));
    await apply({ queues, alerts: many });
    expect(await outcomeOf({ alerts })).toBe('too_many_alerts');
  });
});
