// What is taken back without the core having seen it: requests that a tick had no room for. They come again in the next
// tick, or are refused, and nothing of the first attempt may be left in any module's memory.

import { afterEach, beforeEach, expect, test } from 'vitest';
import * as layout from '../../assembly/layout.ts';
import { type Call, DomainWorld, nameOf } from './domain-world.ts';
import { expectSurvivesLoad } from './survives-load.ts';

let world: DomainWorld;

beforeEach(async () => {
  world = await DomainWorld.start();
  await world.ok('admin:root', 'queue.set', { queueId: 'help', channels: ['voice', 'chat'] });
});

afterEach(async () => {
  await expectSurvivesLoad(world);
  await world.stop();
});

test('requests that the effect buffer had no room for are admitted anew in the next tick', async () => {
  const effects = layout.EFFECTS_BYTES / layout.EFFECT_BYTES;
  const seats = Math.ceil(effects / layout.LINES_PER_SEAT_MAX);
  const ids = Array.from({ length: seats }, (_, at) => `agent-${at}`);
  await world.ok('admin:root', 'config.apply', {
    document: {
      version: 1,
      agents: ids.map((agentId) => ({ agentId, capacity: { chat: layout.LINES_PER_SEAT_MAX } })),
    },
  });
  await world.ok('admin:root', 'agent.set', { agentId: 'going', capacity: { voice: 1 } });
  await world.ok('admin:root', 'queue.set', { queueId: 'going', channels: ['voice'] });
  await world.ok('admin:root', 'queue.set', { queueId: 'changing', channels: ['voice'] });
  await world.ok('switch:pbx', 'contact.create', { contactId: 'old', channel: 'voice', queueId: 'help' });
  const identity = { scheme: 'tel', value: '1' };
  const after: Call[] = [
    ['admin:root', 'queue.set', { queueId: 'new', channels: ['voice', 'fax'] }],
    ['admin:root', 'queue.set', { queueId: 'changing', channels: ['voice'], maxWaiting: 0 }],
    ['admin:root', 'agent.set', { agentId: 'new', capacity: { voice: 1 }, skills: { welsh: 3 }, queues: ['new'] }],
    ['agent:new', 'agent.login'],
    ['admin:root', 'agent.remove', { agentId: 'going' }],
    ['admin:root', 'queue.remove', { queueId: 'going' }],
    ['app:crm', 'customer.resolve', { identity }],
    ['switch:pbx', 'contact.update', { contactId: 'old', requires: { any: [{ skill: 'irish' }] } }],
    [
      'switch:pbx',
      'contact.create',
      { contactId: 'c', channel: 'fax', queueId: 'new', identity, prefers: [{ skill: 'x' }] },
    ],
    ['switch:pbx', 'contact.create', { contactId: 'd', channel: 'voice', queueId: 'changing' }],
  ];
  const before = world.harness.partition.numbers.last;
  const answers = await world.together(...ids.map((id): Call => [`agent:${id}`, 'agent.login']), ...after);
  expect(world.harness.partition.numbers.last).toBe(before + 2);
  expect(answers.slice(0, seats).every((answer) => nameOf(answer) === 'done')).toBe(true);
  expect(answers.slice(seats).map(nameOf)).toEqual([...Array(9).fill('done'), 'queue_full']);
  expect(answers[seats + 6]).toMatchObject({ result: { created: true } });
});

test('a document that no batch can hold is refused, and none of it is there', async () => {
  const skills = Object.fromEntries(Array.from({ length: layout.SKILLS_PER_AGENT_MAX }, (_, at) => [`skill-${at}`, 5]));
  const agents = Array.from({ length: 9_000 }, (_, at) => ({ agentId: `agent-${at}`, capacity: { voice: 1 }, skills }));
  const document = { version: 1, queues: [{ queueId: 'q', channels: ['voice'] }], agents };
  expect(await world.outcome('admin:root', 'config.apply', { document })).toBe('too_large');
  expect(await world.ok('admin:root', 'agent.list')).toEqual({ agents: [] });
  expect(await world.outcome('admin:root', 'queue.get', { queueId: 'q' })).toBe('queue_not_found');
  expect(await world.ok('admin:root', 'agent.set', agents[0])).toMatchObject({ agentId: 'agent-0' });
});
