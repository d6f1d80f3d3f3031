// Exits to flows, which a module serves by its hook: what is refused, what meets in one tick, and that the router and the module agree on who has
// whom. What users see of it is in test/acd/cases/exit-to-a-flow.txt, the races in test/acd/interleavings-flows.test.ts.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RoutingView } from '../../src/domain/module.ts';
import { type FlowModule, makeFlows } from '../acd/flows.ts';
import { DomainWorld, type Members } from './domain-world.ts';
import { expectSurvivesLoad } from './survives-load.ts';

let world: DomainWorld;
let view: RoutingView;

beforeEach(async () => {
  world = await DomainWorld.start({
    more: (routing, sending) => {
      view = routing;
      return makeFlows(routing, sending);
    },
  });
});

afterEach(async () => {
  await expectSurvivesLoad(world);
  await expectAgreement();
  await world.stop();
});

const kept = () => [...(world.modules.find(({ name }) => name === 'testFlows') as FlowModule).kept.keys()].sort();

/** The module has those of whom the router says so, and after a restart still. */
async function expectAgreement(): Promise<void> {
  await world.idle();
  const { contacts } = (await world.ok('app:crm', 'contact.list', { limit: 1000 })) as { contacts: Members[] };
  const flows = contacts.filter(({ flow }) => flow !== undefined).map(({ contactId }) => contactId);
  expect(kept()).toHaveLength(flows.length);
  const before = kept();
  await world.reopen();
  expect(kept()).toEqual(before);
}

const queue = (policy: Members, queueId = 'sales') =>
  world.ok('admin:root', 'queue.set', { queueId, channels: ['voice', 'chat'], wrapUpMs: 0, ...policy });
const create = (contactId: string, more: Members = {}) =>
  world.ok('app:crm', 'contact.create', { contactId, channel: 'voice', queueId: 'sales', ...more });
const contact = async (contactId: string) => {
  await world.idle();
  return world.ok('app:crm', 'contact.get', { contactId });
};
const flowOf = async (contactId: string) => ((await contact(contactId)).flow as Members | undefined)?.name;

describe('a flow that nothing serves', () => {
  test('is refused with its name and where it is named, and nothing is set', async () => {
    const refused = await world.call('admin:root', 'queue.set', {
      queueId: 'sales',
      channels: ['voice'],
      whenClosed: { flow: 'keeps' },
      whenNobody: { flow: 'menu' },
    });
    expect(refused).toMatchObject({
      refusal: { refusal: 'flow_not_served', data: { queueId: 'sales', flow: 'menu', path: '/whenNobody/flow' } },
    });
    expect(await world.outcome('admin:root', 'queue.get', { queueId: 'sales' })).toBe('queue_not_found');
  });

  test('is refused in a document likewise, the whole of which is', async () => {
    const document = {
      version: 1,
      queues: [
        { queueId: 'help', channels: ['voice'] },
        { queueId: 'sales', channels: ['voice'], maxWaitMs: 5_000, whenTimedOut: { flow: 'menu' } },
      ],
    };
    expect(await world.call('admin:root', 'config.apply', { document })).toMatchObject({
      refusal: { refusal: 'flow_not_served', data: { queueId: 'sales', flow: 'menu', path: '/whenTimedOut/flow' } },
    });
    expect(await world.outcome('admin:root', 'queue.get', { queueId: 'help' })).toBe('queue_not_found');
  });

  test('that was served once leads nowhere: who waits goes on waiting, and who comes is refused', async () => {
    await queue({ maxWaitMs: 5_000, whenTimedOut: { flow: 'keeps' }, maxWaiting: 1, whenFull: { flow: 'keeps' } });
    await create('c1');
    const { options } = world;
    (world as { options: object }).options = {};
    await world.reopen();
    await world.pass(6_000);
    expect(await contact('c1')).toMatchObject({ state: 'waiting' });
    expect(await flowOf('c1')).toBeUndefined();
    const more = { contactId: 'c2', channel: 'voice', queueId: 'sales' };
    expect(await world.outcome('app:crm', 'contact.create', more)).toBe('queue_full');
    (world as { options: object }).options = options;
    await world.reopen();
    // It is looked at again every 30 s.
    await world.pass(30_000);
    expect(await flowOf('c1')).toBe('keeps');
  });

  test('is known to whoever would stop serving it', async () => {
    await queue({ maxWaitMs: 5_000, whenTimedOut: { flow: 'keeps' } });
    await queue({ whenClosed: { flow: 'back' } }, 'help');
    expect(['keeps', 'back', 'menu'].map((name) => view.queuesNamingFlow(name))).toEqual([['sales'], ['help'], []]);
  });
});

describe('a contact that a flow has', () => {
  beforeEach(() => queue({ maxWaitMs: 5_000, whenTimedOut: { flow: 'back' } }));

  test('is offered to nobody, whatever is changed of it or of its queue', async () => {
    await create('c1');
    await world.pass(5_001);
    expect(await flowOf('c1')).toBe('back');
    await world.ok('admin:root', 'agent.set', { agentId: 'ada', capacity: { voice: 1 } });
    await world.ok('agent:ada', 'agent.login');
    await world.ok('agent:ada', 'agent.ready');
    await world.ok('app:crm', 'contact.update', { contactId: 'c1', priority: 7 });
    await queue({ maxWaitMs: 9_000, whenTimedOut: { flow: 'back' } });
    expect(await contact('c1')).toMatchObject({ state: 'waiting', flow: { name: 'back' } });
    await world.pass(10_000);
    expect(await contact('c1')).toMatchObject({ state: 'ringing', agentId: 'ada', priority: 7 });
  });

  test('has nobody to choose any more', async () => {
    await world.ok('admin:root', 'agent.set', { agentId: 'ada', capacity: { voice: 1 } });
    await world.ok('agent:ada', 'agent.login');
    await world.ok('agent:ada', 'agent.ready');
    await create('c1', { choose: true });
    expect(await contact('c1')).toHaveProperty('choosing');
    await world.pass(5_001);
    expect(await contact('c1')).not.toHaveProperty('choosing');
    expect(await flowOf('c1')).toBe('back');
    await world.pass(10_000);
    expect(await contact('c1')).toMatchObject({ state: 'ringing', agentId: 'ada' });
  });

  test('is over when its customer hangs up, also in the tick in which it would be taken or given back', async () => {
    await create('c1');
    await create('c2');
    await world.pass(5_001);
    expect(kept()).toHaveLength(2);
    await world.ok('app:crm', 'contact.cancel', { contactId: 'c1' });
    expect(kept()).toHaveLength(1);
    world.clock.advance(10_000);
    await world.call('app:crm', 'contact.cancel', { contactId: 'c2' });
    await world.idle();
    expect(kept()).toEqual([]);
    expect(await contact('c2')).toMatchObject({ state: 'ended', why: 'cancelled' });
  });

  test('waits in its queue as far as numbers go: who hangs up there has given up', async () => {
    await create('c1');
    await world.pass(5_001);
    await world.ok('app:crm', 'contact.cancel', { contactId: 'c1' });
    const now = world.clock.now();
    const to = now - (now % 300_000) + 300_000;
    const params = { of: 'queues', from: to - 900_000, to, intervalMs: 300_000, limit: 1000 };
    const { queues } = (await world.ok('supervisor:boss', 'statistics.query', params)) as { queues: Members[] };
    const sum = (name: string) => queues.reduce((all, line) => all + Number(line[name] ?? 0), 0);
    expect([sum('offered'), sum('abandoned'), sum('answered')]).toEqual([1, 1, 0]);
  });

  test('of another queue, to which an agent had sent it for so long, is back with the agent in time', async () => {
    for (const agentId of ['ada', 'ben']) {
      await world.ok('admin:root', 'agent.set', { agentId, capacity: { voice: 1 } });
      await world.ok(`agent:${agentId}`, 'agent.login');
    }
    await queue({ maxWaitMs: 5_000, whenTimedOut: { flow: 'keeps' } }, 'help');
    await world.ok('agent:ada', 'agent.ready');
    await create('c1');
    await world.ok('agent:ada', 'offer.accept', { offerId: (await contact('c1')).offerId as string });
    await world.ok('agent:ada', 'agent.notReady', { reason: 'desk' });
    const to = { to: { queueId: 'help' }, waitMs: 8_000, backMs: 20_000 };
    await world.ok('agent:ada', 'contact.transfer', { contactId: 'c1', ...to });
    await world.pass(5_001);
    expect(await flowOf('c1')).toBe('keeps');
    await world.ok('agent:ada', 'agent.ready');
    await world.pass(3_000);
    expect(await contact('c1')).toMatchObject({ state: 'ringing', agentId: 'ada' });
    expect(kept()).toEqual([]);
  });

  test('that is to go to a queue that is gone, or does not take it, goes back to the one that it left', async () => {
    await queue({ channels: ['chat'] }, 'chats');
    await queue({ maxWaitMs: 5_000, whenTimedOut: { flow: 'to.chats' } });
    await create('c1');
    await queue({ maxWaitMs: 5_000, whenTimedOut: { flow: 'to.nowhere' } });
    await create('c2');
    await world.pass(5_001);
    await world.pass(10_000);
    expect(await contact('c1')).toMatchObject({ state: 'waiting', queueId: 'sales' });
    expect(await flowOf('c1')).toBeUndefined();
    expect(await flowOf('c2')).toBeUndefined();
  });
});

describe('a queue that is full', () => {
  beforeEach(() => queue({ maxWaiting: 1, whenFull: { flow: 'keeps' } }));

  test('lets in as many as may wait, also of one tick, and the flow has the others', async () => {
    const wants = (contactId: string) =>
      ['app:crm', 'contact.create', { contactId, channel: 'voice', queueId: 'sales' }] as const;
    const answers = await world.together(wants('c1'), wants('c2'), wants('c3'));
    expect(answers.every((answer) => 'result' in answer)).toBe(true);
    expect([await flowOf('c1'), await flowOf('c2'), await flowOf('c3')]).toEqual([undefined, 'keeps', 'keeps']);
  });

  test('gives nobody to the flow who can be rung at once', async () => {
    await create('c1');
    await world.ok('admin:root', 'agent.set', { agentId: 'ada', skills: { german: 5 }, capacity: { chat: 1 } });
    await world.ok('agent:ada', 'agent.login');
    await world.ok('agent:ada', 'agent.ready');
    await create('c2', { channel: 'chat' });
    expect(await contact('c2')).toMatchObject({ state: 'ringing', agentId: 'ada' });
    await world.ok('agent:ada', 'offer.reject', { offerId: (await contact('c2')).offerId as string });
    expect(await contact('c2')).toMatchObject({ state: 'waiting' });
    expect(await flowOf('c2')).toBeUndefined();
  });

  test('reached by another one that is full says so: a flow is not looked for along a way of full queues', async () => {
    await queue({ maxWaiting: 0, whenFull: { queue: 'sales' } }, 'front');
    await create('c1');
    const params = { contactId: 'c2', channel: 'voice', queueId: 'front' };
    expect(await world.outcome('app:crm', 'contact.create', params)).toBe('queue_full');
  });
});

describe('a contact that is not let in', () => {
  test('is the flow’s whatever agent it names, and the same request again is the same contact', async () => {
    await queue({ whenClosed: { flow: 'back' } });
    await world.ok('admin:root', 'agent.set', { agentId: 'ada', capacity: { voice: 1 } });
    await world.ok('agent:ada', 'agent.login');
    await world.ok('agent:ada', 'agent.ready');
    await world.ok('admin:root', 'queue.close', { queueId: 'sales', reason: 'fire' });
    const made = await create('c1', { agentId: 'ada' });
    expect(made).toMatchObject({ state: 'waiting', flow: { name: 'back', why: 'closed' } });
    expect(await create('c1', { agentId: 'ada' })).toMatchObject({ contactId: 'c1', flow: { name: 'back' } });
    await world.pass(10_000);
    expect(await contact('c1')).toMatchObject({ state: 'ringing', agentId: 'ada' });
  });

  test('that hangs up in the tick in which it came is nobody’s', async () => {
    await queue({ whenClosed: { flow: 'keeps' } });
    await world.ok('admin:root', 'queue.close', { queueId: 'sales', reason: 'fire' });
    await world.together(
      ['app:crm', 'contact.create', { contactId: 'c1', channel: 'voice', queueId: 'sales' }],
      ['app:crm', 'contact.cancel', { contactId: 'c1' }],
    );
    expect(await contact('c1')).toMatchObject({ state: 'ended' });
    expect(kept()).toEqual([]);
  });
});
