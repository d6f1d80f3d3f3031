import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DomainWorld, type Members, nameOf } from './domain-world.ts';
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

describe('queues and agents', () => {
  test('a queue has a default for whatever was not said, and what is left out later goes back to it', async () => {
    await world.ok(admin, 'queue.set', { queueId: 'sales', channels: ['voice'], weight: 7, maxWaiting: 3 });
    expect(await world.ok(admin, 'queue.get', { queueId: 'sales' })).toMatchObject({ weight: 7, maxWaiting: 3 });
    const again = await world.ok(admin, 'queue.set', { queueId: 'sales', channels: ['voice'] });
    expect(again).toMatchObject({ weight: 0, offerMs: 20_000, select: 'longestIdle' });
    expect(again).not.toHaveProperty('maxWaiting');
  });

  test('the same set again gives the core nothing to do', async () => {
    const queue = { queueId: 'sales', channels: ['voice'] };
    const agent = { agentId: 'ada', capacity: { voice: 1 }, skills: { german: 3, welsh: 1 } };
    await world.ok(admin, 'queue.set', queue);
    await world.ok(admin, 'agent.set', agent);
    const before = world.harness.partition.numbers.last;
    await world.ok(admin, 'queue.set', { ...queue, order: 'priority', weight: 0 });
    await world.ok(admin, 'agent.set', { ...agent, skills: { welsh: 1, german: 3 } });
    expect(world.harness.partition.numbers.last).toBe(before);
  });

  test('lists come in pages, in the order in which things were made', async () => {
    for (let at = 0; at < 25; at++) {
      await world.ok(admin, 'agent.set', { agentId: `agent-${(at * 7) % 25}`, capacity: { voice: 1 } });
    }
    const ids: unknown[] = [];
    for (let cursor: unknown, page = 0; page < 4; page++) {
      const got = await world.ok(admin, 'agent.list', { limit: 8, ...(cursor !== undefined && { cursor }) });
      ids.push(...(got.agents as Members[]).map(({ agentId }) => agentId));
      cursor = got.cursor;
      if (cursor === undefined) break;
    }
    expect(ids).toEqual(Array.from({ length: 25 }, (_, at) => `agent-${(at * 7) % 25}`));
  });

  test('a queue may be removed and made again, and serves again', async () => {
    await world.ok(admin, 'queue.set', { queueId: 'sales', channels: ['voice'] });
    await world.ok(admin, 'agent.set', { agentId: 'ada', capacity: { voice: 1 } });
    await world.ok('agent:ada', 'agent.login');
    await world.ok('agent:ada', 'agent.ready');
    const create = (contactId: string) =>
      world.ok('switch:pbx', 'contact.create', { contactId, channel: 'voice', queueId: 'sales' });
    await create('a');
    await world.ok('switch:pbx', 'contact.cancel', { contactId: 'a' });
    await world.ok(admin, 'queue.remove', { queueId: 'sales' });
    await expectSurvivesLoad(world);
    await world.ok(admin, 'queue.set', { queueId: 'sales', channels: ['voice'] });
    expect(await create('b')).toMatchObject({ state: 'ringing' });
  });

  test('what a removal in the same tick makes unsure is refused, and may be repeated', async () => {
    await world.ok(admin, 'queue.set', { queueId: 'sales', channels: ['voice'] });
    const create = { contactId: 'a', channel: 'voice', queueId: 'sales' };
    const answers = await world.together(
      ['switch:pbx', 'contact.create', { ...create, contactId: 'b' }],
      [admin, 'queue.remove', { queueId: 'sales' }],
      ['switch:pbx', 'contact.cancel', { contactId: 'b' }],
    );
    expect(answers.map(nameOf)).toEqual(['done', 'queue_not_empty', 'done']);
    const more = await world.together(
      [admin, 'queue.remove', { queueId: 'sales' }],
      [admin, 'queue.remove', { queueId: 'sales' }],
      ['switch:pbx', 'contact.create', create],
      [admin, 'queue.set', { queueId: 'sales', channels: ['chat'] }],
    );
    expect(more.map(nameOf)).toEqual(['done', 'queue_not_found', 'queue_not_found', 'done']);
    expect(await world.outcome('switch:pbx', 'contact.create', create)).toBe('channel_not_in_queue');
  });

  test('more channels than the core knows are refused, and nothing of the request stays', async () => {
    for (let at = 0; at < 11; at++) {
      await world.ok(admin, 'queue.set', { queueId: `q${at}`, channels: [`own-${at}`] });
    }
    expect(await world.outcome(admin, 'queue.set', { queueId: 'q', channels: ['one-more'] })).toBe('too_many_names');
    expect(await world.outcome(admin, 'queue.get', { queueId: 'q' })).toBe('queue_not_found');
  });
});

describe('the configuration document', () => {
  const document = {
    version: 1,
    tenant: { name: 'Bank' },
    queues: [
      { queueId: 'sales', channels: ['voice'] },
      { queueId: 'help', channels: ['chat', 'sms'], weight: 3 },
    ],
    agents: [
      { agentId: 'ada', capacity: { voice: 1 }, queues: ['sales'], skills: { german: 9 } },
      { agentId: 'bob', capacity: { chat: 3, sms: 1, total: 3 } },
    ],
  };

  test('is made so by comparing, and given back by export', async () => {
    const first = await world.ok(admin, 'config.apply', { document });
    expect(first).toMatchObject({ unchanged: 0, removed: [], changed: [{ kind: 'tenant' }] });
    expect(first.created).toHaveLength(4);
    const exported = (await world.ok(admin, 'config.export')).document;
    expect(exported).toEqual({ ...document, complete: true });
    expect(await world.ok(admin, 'config.apply', { document: exported as Members })).toMatchObject({
      created: [],
      changed: [],
      removed: [],
    });
  });

  test('removes what it does not name only where it is complete, agents before the queues that they name', async () => {
    await world.ok(admin, 'config.apply', { document });
    const less = { version: 1, queues: [document.queues[1]], agents: [document.agents[1]] };
    expect(await world.ok(admin, 'config.apply', { document: less })).toMatchObject({ removed: [] });
    const applied = await world.ok(admin, 'config.apply', { document: { ...less, complete: true } });
    expect(applied.removed).toEqual([
      { kind: 'queue', id: 'sales' },
      { kind: 'agent', id: 'ada' },
    ]);
    expect(await world.outcome(admin, 'queue.get', { queueId: 'sales' })).toBe('queue_not_found');
  });

  test('a dry run and a refused document change nothing', async () => {
    const before = world.harness.partition.numbers.last;
    await world.ok(admin, 'config.apply', { document, dryRun: true });
    const wrong = {
      ...document,
      agents: [...document.agents, { agentId: 'x', capacity: { voice: 1 }, queues: ['none'] }],
    };
    expect(await world.outcome(admin, 'config.apply', { document: wrong })).toBe('queue_not_found');
    expect(world.harness.partition.numbers.last).toBe(before);
    expect(await world.ok(admin, 'queue.list')).toEqual({ queues: [] });
  });

  test('may bring an agent and the queue it names at once', async () => {
    expect(await world.outcome(admin, 'config.apply', { document })).toBe('done');
    await world.ok('agent:ada', 'agent.login');
    await world.ok('agent:ada', 'agent.ready');
    const call = {
      contactId: 'a',
      channel: 'voice',
      queueId: 'sales',
      requires: { all: [{ skill: 'german', level: 9 }] },
    };
    expect(await world.ok('switch:pbx', 'contact.create', call)).toMatchObject({ state: 'ringing' });
  });
});
