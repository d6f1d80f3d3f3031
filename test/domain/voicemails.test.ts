// Messages that customers leave who are not served: what a switch is asked for, what is kept of it until the message is a contact, and
// that two things in one tick are one. When it is so, the cases in test/acd/cases/voicemail.txt say.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { voicemailsTable } from '../../src/domain/switches/tables.ts';
import { TableAccess } from '../../src/engine/tick.ts';
import { DomainWorld, type Members } from './domain-world.ts';
import { expectSurvivesLoad } from './survives-load.ts';

let world: DomainWorld;
const pbx = 'switch:pbx';
const lateMs = 600_000;

beforeEach(async () => {
  world = await DomainWorld.start();
  await sales({
    maxWaitMs: 10_000,
    whenTimedOut: 'voicemail',
    whenClosed: 'voicemail',
    voicemail: { recordMs: 5_000 },
  });
  await world.presence(pbx, true);
});

afterEach(async () => {
  await expectSurvivesLoad(world);
  await world.stop();
});

const sales = (policy: Members) =>
  world.ok('admin:root', 'queue.set', { queueId: 'sales', channels: ['voice', 'email'], ...policy });
const call = (contactId = 'c1') =>
  [
    pbx,
    'contact.create',
    { contactId, legId: `${contactId}.leg`, channel: 'voice', queueId: 'sales', from: '+493012345' },
  ] as const;
const rows = () => new TableAccess(world.harness.partition.tables).range(voicemailsTable, { limit: 10 }).length;
const asked = (method: string) => world.asked().filter((one) => one.method === method);
const close = () => world.ok('supervisor:lead', 'queue.close', { queueId: 'sales', reason: 'night' });

async function messages(): Promise<Members[]> {
  const { contacts } = await world.ok('app:crm', 'contact.list', { limit: 100 });
  return (contacts as Members[]).filter(({ voicemail }) => voicemail !== undefined);
}

const recorded = (contactId = 'c1', more: Members = { recording: 'm1', recordedMs: 900 }) =>
  world.outcome(pbx, 'leg.recorded', { legId: `${contactId}.leg`, ends: 'complete', ...more });

/** It is asked for a message. */
async function asksForMessage(): Promise<void> {
  await world.ok(...call());
  await world.pass(10_001);
}

describe('a customer who is asked for a message', () => {
  test('is over as a contact, keeps the leg, and loses it when the message is there', async () => {
    await asksForMessage();
    expect(await world.ok('app:crm', 'contact.get', { contactId: 'c1' })).toMatchObject({ why: 'voicemail' });
    expect(world.asked()).toMatchObject([
      { method: 'leg.record', to: pbx, params: { contactId: 'c1', legId: 'c1.leg', recordMs: 5_000 } },
    ]);
    expect(await world.ok('admin:root', 'switch.get', { switchId: 'pbx' })).toMatchObject({ legs: 1 });
    expect(await recorded()).toBe('done');
    await world.idle();
    const [release] = asked('leg.release');
    await world.answerTo(release);
    expect(await messages()).toMatchObject([
      { channel: 'email', from: '+493012345', voicemail: { fromContactId: 'c1', recording: 'm1', recordedMs: 900 } },
    ]);
    expect(await world.ok('admin:root', 'switch.get', { switchId: 'pbx' })).toMatchObject({ legs: 0 });
    expect(rows()).toBe(0);
    await world.ok('app:crm', 'contact.cancel', { contactId: (await messages())[0]!.contactId });
    const { records } = await world.ok('app:crm', 'cdr.query', {});
    expect(records).toMatchObject([{ why: 'voicemail' }, { why: 'cancelled', voicemail: { fromContactId: 'c1' } }]);
  });

  test('is called back as was promised: whoever has left a message is not on the line', async () => {
    const queue = { maxWaitMs: 10_000, whenTimedOut: 'voicemail', callback: {}, voicemail: {} };
    await sales({ ...queue });
    await asksForMessage();
    const at = world.clock.now() + 1_000;
    await world.ok(pbx, 'callback.request', { callbackId: 'b', queueId: 'sales', number: '+493012345', at });
    await world.pass(2_000);
    const before = await world.ok('app:crm', 'contact.get', { contactId: 'callback:1.1' });
    expect(before).toMatchObject({ state: 'waiting' });
    expect(await recorded()).toBe('done');
    await world.idle();
    expect(await messages()).toHaveLength(1);
    expect(await world.ok('app:crm', 'contact.get', { contactId: 'callback:1.1' })).toMatchObject({ state: 'waiting' });
  });

  test('is not asked where it has hung up in the same tick', async () => {
    await world.ok(...call());
    world.clock.advance(10_001);
    await world.together([pbx, 'leg.ended', { legId: 'c1.leg' }]);
    await world.idle();
    expect(asked('leg.record')).toEqual([]);
    expect(rows()).toBe(0);
  });

  test('whose switch forgets both is forgotten, a while later', async () => {
    await asksForMessage();
    await world.ok(pbx, 'leg.ended', { legId: 'c1.leg' });
    expect(rows()).toBe(1);
    await world.pass(lateMs + 1);
    expect(rows()).toBe(0);
    expect(await recorded()).toBe('leg_not_found');
  });

  test('is asked again of a switch that may not have heard it, under the same requestId', async () => {
    await asksForMessage();
    const [first] = asked('leg.record');
    await world.presence(pbx, false);
    await world.presence(pbx, true);
    const [again] = asked('leg.record');
    expect(again!.params).toEqual(first!.params);
  });

  test('goes on over a restart of the router', async () => {
    await asksForMessage();
    await world.stop();
    await world.reopen();
    await world.presence(pbx, true);
    expect(asked('leg.record')).toHaveLength(1);
    expect(await recorded()).toBe('done');
    await world.idle();
    expect(await messages()).toHaveLength(1);
  });

  test('leaves one message, though its switch says so twice in a tick', async () => {
    await asksForMessage();
    const said = { legId: 'c1.leg', ends: 'complete', recording: 'm1' };
    await world.together([pbx, 'leg.recorded', said], [pbx, 'leg.recorded', said]);
    await world.idle();
    expect(await messages()).toHaveLength(1);
  });

  test('is another switch’s affair to nobody but its own', async () => {
    await asksForMessage();
    await world.presence('switch:other', true);
    expect(await world.outcome('switch:other', 'leg.recorded', { legId: 'c1.leg', ends: 'complete' })).toBe(
      'leg_not_found',
    );
  });

  test('who is blocked meanwhile is not listened to', async () => {
    await asksForMessage();
    await world.ok('admin:root', 'caller.block', { number: '+493012345', reason: 'spam' });
    expect(await recorded()).toBe('done');
    await world.pass(60_000);
    expect(await messages()).toEqual([]);
    expect(rows()).toBe(0);
  });
});

describe('a customer who is not let in', () => {
  test('is refused, and asked for a message once, however often the switch asks', async () => {
    await close();
    const [, , params] = call();
    const answers = await world.together(call(), call());
    for (const answer of answers)
      expect(answer).toMatchObject({ refusal: { refusal: 'queue_closed', data: { voicemail: true } } });
    expect(await world.call(pbx, 'contact.create', params)).toMatchObject({
      refusal: { refusal: 'queue_closed', data: { voicemail: true } },
    });
    await world.idle();
    expect(asked('leg.record')).toHaveLength(1);
    expect(await recorded()).toBe('done');
    await world.idle();
    expect(await messages()).toMatchObject([{ voicemail: { fromContactId: 'c1', queueId: 'sales' } }]);
  });

  test('and is found to be so by the core alone is asked as well', async () => {
    await sales({ maxWaiting: 0, whenFull: 'voicemail', voicemail: {} });
    const answer = await world.call(...call());
    expect(answer).toMatchObject({ refusal: { refusal: 'queue_full', data: { voicemail: true } } });
    await world.idle();
    expect(asked('leg.record')).toMatchObject([{ params: { legId: 'c1.leg', recordMs: 120_000 } }]);
    await world.ok(pbx, 'leg.ended', { legId: 'c1.leg' });
    expect(await recorded()).toBe('done');
  });

  test('by a switch that is not there, or without a leg, is refused and nothing else', async () => {
    await close();
    const [, , params] = call();
    expect(await world.call('switch:gone', 'contact.create', params)).toMatchObject({
      refusal: { refusal: 'queue_closed', data: { queueId: 'sales' } },
    });
    const { legId: _, ...without } = params;
    expect(await world.outcome(pbx, 'contact.create', without)).toBe('queue_closed');
    await world.idle();
    expect(asked('leg.record')).toEqual([]);
  });
});

describe('the policy', () => {
  const refusedFor = (policy: Members) =>
    expect(world.call('admin:root', 'queue.set', { queueId: 'help', channels: ['voice'], ...policy })).rejects;

  test('says where messages go, to a queue that takes them', async () => {
    await refusedFor({ whenFull: 'voicemail' }).toThrow('/whenFull: expected `voicemail` in the policy');
    await refusedFor({ voicemail: {} }).toThrow('/voicemail/queueId: expected a queue that takes the channel `email`');
    await refusedFor({ voicemail: { recordMs: 600_001 } }).toThrow('/voicemail/recordMs');
    expect(
      await world.outcome('admin:root', 'queue.set', {
        queueId: 'help',
        channels: ['voice'],
        voicemail: { queueId: 'sales' },
      }),
    ).toBe('done');
  });
});
