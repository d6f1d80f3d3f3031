// A contact that the core refuses to create, and whatever else of the same tick is about it: admission has seen both in order and taken
// the contact for one that waits. Nothing may come of such a request, and nothing of it may be left in rows or in memory.

import { afterEach, describe, expect, test } from 'vitest';
import { TableAccess } from '../../src/engine/tick.ts';
import { type MethodName, methodSpec, methods } from '../../src/protocol/methods.ts';
import { type Call, DomainWorld, nameOf } from './domain-world.ts';
import { expectSurvivesLoad } from './survives-load.ts';

const boss = 'supervisor:boss';
const pbx = 'switch:pbx';
const from = '+4930123456';
const contactId = 'refused';
const legId = 'leg-of-refused';
const creation: Call = [pbx, 'contact.create', { contactId, legId, channel: 'chat', queueId: 'full', from }];

/** What names it, in each way that admission tells apart, and what whoever asked so hears. */
const about: readonly (readonly [Call, string])[] = [
  [creation, 'queue_full'],
  [[pbx, 'contact.update', { contactId, priority: 3 }], 'contact_not_found'],
  [[pbx, 'contact.update', { contactId, attributes: { vip: true } }], 'contact_not_found'],
  [[pbx, 'contact.cancel', { contactId }], 'contact_not_found'],
  [[pbx, 'contact.end', { contactId }], 'contact_not_found'],
  [[pbx, 'contact.moveToken', { contactId }], 'contact_not_movable'],
  [[boss, 'contact.hold', { contactId }], 'contact_not_connected'],
  [[boss, 'contact.resume', { contactId }], 'contact_not_connected'],
  [
    [boss, 'contact.dial', { contactId, lineId: 'ada.chat.1', to: { number: '+4930777' } }],
    'contact_exists_with_different_content',
  ],
  [[boss, 'contact.consult', { contactId, to: { agentId: 'ada' } }], 'contact_not_connected'],
  [[boss, 'contact.conference', { contactId }], 'contact_not_connected'],
  [[boss, 'contact.transfer', { contactId, to: { agentId: 'ada' }, mode: 'blind' }], 'contact_not_connected'],
  [[boss, 'contact.transfer', { contactId, to: { agentId: 'ada' }, mode: 'attended' }], 'contact_not_connected'],
  [[boss, 'contact.takeOver', { contactId, agentId: 'ada' }], 'contact_not_found'],
  [[boss, 'supervisor.move', { contactId, to: { agentId: 'ada' } }], 'contact_not_found'],
  [[boss, 'supervisor.move', { contactId, to: { queueId: 'other' } }], 'contact_not_found'],
  [[boss, 'contact.park', { contactId }], 'contact_with_legs'],
  [[boss, 'contact.unpark', { contactId, to: { agentId: 'ada' } }], 'contact_not_parked'],
  [[boss, 'contact.wrapUpDone', { contactId, disposition: 'sold' }], 'contact_not_found'],
  [[boss, 'contact.wrapUpExtend', { contactId, byMs: 1_000 }], 'contact_not_found'],
  [[boss, 'contact.recording', { contactId, recording: 'on' }], 'contact_not_connected'],
  [[pbx, 'contact.recording', { contactId, consent: true }], 'contact_not_found'],
  [[boss, 'contact.digits', { contactId, digits: '1' }], 'contact_not_connected'],
  [[boss, 'contact.gather', { contactId, digits: 4 }], 'contact_not_found'],
  [[pbx, 'callback.request', { callbackId: 'back', contactId }], 'contact_not_found'],
  [[pbx, 'candidate.choose', { contactId, agentId: 'ada' }], 'contact_not_choosing'],
  [[pbx, 'rating.give', { ratingId: 'r', contactId, items: { attitude: 1 } }], 'contact_not_served'],
  [[boss, 'supervisor.listen', { contactId, number: '+4930777' }], 'contact_not_connected'],
  [[boss, 'supervisor.whisper', { contactId, number: '+4930777' }], 'contact_not_connected'],
  [[boss, 'supervisor.barge', { contactId, number: '+4930777' }], 'contact_not_connected'],
  [[boss, 'supervisor.stop', { contactId }], 'not_supervised'],
  [[pbx, 'contact.send', { contactId, messageId: 'm', message: { text: 'hello' } }], 'contact_not_found'],
  [[pbx, 'contact.signal', { contactId, data: {} }], 'contact_not_found'],
  [
    ['app:crm', 'document.hand', { documentId: 'd', contactId, title: 'd', mediaType: 'text/plain', reference: 'r' }],
    'contact_not_found',
  ],
  // There is nothing to erase.
  [[boss, 'message.erase', { contactId }], 'done'],
  [[boss, 'business.put', { businessId: 'b', contactId, type: 'order', status: 'new' }], 'contact_not_found'],
  // What a switch says is so, whatever became of what it is about.
  [[pbx, 'leg.ringing', { legId }], 'done'],
  [[pbx, 'leg.answered', { legId }], 'done'],
  [[pbx, 'leg.failed', { legId, cause: 'busy' }], 'done'],
  [[pbx, 'leg.ended', { legId }], 'done'],
  [[pbx, 'leg.digits', { legId, digits: '1' }], 'done'],
  [[pbx, 'leg.recorded', { legId, ends: 'complete' }], 'leg_not_found'],
  [[pbx, 'switch.report', { legs: [{ legId, contactId, state: 'answered' }], complete: false }], 'done'],
];

const worlds: DomainWorld[] = [];

afterEach(async () => {
  for (const world of worlds.splice(0)) await world.stop();
});

/** All in one tick with a contact that fills the queue, and with the one that is refused behind it. */
async function played(policy: object, ...calls: readonly Call[]) {
  const world = await DomainWorld.start();
  worlds.push(world);
  const deferred = { deferredChannels: ['chat'], ratings: {} };
  await world.ok('admin:root', 'tenant.set', deferred);
  await world.ok('admin:root', 'queue.set', { queueId: 'full', channels: ['chat', 'email'], maxWaiting: 1, ...policy });
  await world.ok('admin:root', 'queue.set', { queueId: 'other', channels: ['chat'] });
  await world.ok('admin:root', 'agent.set', { agentId: 'ada', capacity: { chat: 1 }, queues: ['other'] });
  await world.ok('agent:ada', 'agent.login');
  await world.ok('agent:ada', 'agent.ready');
  await world.presence(pbx, true);
  const first: Call = [pbx, 'contact.create', { contactId: 'first', channel: 'chat', queueId: 'full' }];
  const [filled, refused, ...others] = (await world.together(first, creation, ...calls)).map(nameOf);
  expect([filled, refused]).toEqual(['done', 'queue_full']);
  await world.idle();
  return { world, answers: others };
}

function rowsOf(world: DomainWorld) {
  const tables = new TableAccess(world.harness.partition.tables);
  return (
    world.modules
      .flatMap((module) => module.tables)
      // What was asked for is in the core's vocabulary from then on.
      .filter(({ name }) => name !== 'profiles')
      .map((table) => [table.name, tables.range(table, { limit: 1_000 })])
  );
}

describe('with a contact that the core refuses in the same tick,', () => {
  test.each(about)('%j', async (call, outcome) => {
    const { world, answers } = await played({ callback: {} }, call);
    expect(answers).toEqual([outcome]);
    await expectSurvivesLoad(world);
    expect(world.asked()).toEqual([]);
    const { world: without } = await played({ callback: {} });
    // A creation that is refused is counted, whoever repeats it.
    if (call !== creation) expect(rowsOf(world)).toEqual(rowsOf(without));
    // The leg and the contact can be brought again.
    const again = { contactId, legId, channel: 'chat', queueId: 'other' };
    expect(await world.outcome(pbx, 'contact.create', again)).toBe('done');
  });

  test('every method that names a contact or a leg is played', () => {
    const names = (method: MethodName) => {
      const { properties } = methods[method].params as { readonly properties: Readonly<Record<string, unknown>> };
      return ['contactId', 'legId', 'legs'].some((name) => name in properties);
    };
    const naming = (Object.keys(methods) as MethodName[]).filter(
      (name) => methodSpec(name).changes === true && names(name),
    );
    expect(new Set(naming)).toEqual(new Set(about.map(([[, method]]) => method)));
  });
});

describe('a callback that was to take its place', () => {
  const request: Call = [pbx, 'callback.request', { callbackId: 'back', contactId }];

  test('is asked for again, cancelled and read in the same tick', async () => {
    const cancel: Call = [pbx, 'callback.cancel', { callbackId: 'back' }];
    const get: Call = [pbx, 'callback.get', { callbackId: 'back' }];
    const { world, answers } = await played({ callback: {} }, request, request, cancel, get, request);
    expect(answers).toEqual([
      'contact_not_found',
      'contact_not_found',
      'callback_not_found',
      'callback_not_found',
      'contact_not_found',
    ]);
    await expectSurvivesLoad(world);
    expect(rowsOf(world)).toEqual(rowsOf((await played({ callback: {} })).world));
    expect(await world.ok(boss, 'callback.list')).toEqual({ callbacks: [] });
    expect(
      await world.outcome(pbx, 'callback.request', {
        callbackId: 'back',
        queueId: 'full',
        channel: 'chat',
        number: from,
      }),
    ).toBe('done');
  });
});

test('whoever is asked for a message instead, and hangs up in the same tick, leaves no leg behind', async () => {
  const policy = { whenFull: 'voicemail', voicemail: {} };
  const { world, answers } = await played(policy, [pbx, 'leg.ended', { legId }]);
  expect(answers).toEqual(['done']);
  await world.pass(24 * 3_600_000);
  expect(await world.ok('admin:root', 'switch.get', { switchId: 'pbx' })).toMatchObject({ legs: 0 });
  await expectSurvivesLoad(world);
});
