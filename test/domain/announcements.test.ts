// What customers hear of their place while they wait: what a switch is asked for, and what is kept of it. When it is said, the cases
// in test/acd/cases/announcements.txt say.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { announcementsTable } from '../../src/domain/switches/tables.ts';
import { TableAccess } from '../../src/engine/tick.ts';
import { DomainWorld, type Members } from './domain-world.ts';
import { expectSurvivesLoad } from './survives-load.ts';

let world: DomainWorld;
const pbx = 'switch:pbx';

beforeEach(async () => {
  world = await DomainWorld.start();
  await world.ok('admin:root', 'queue.set', { queueId: 'sales', channels: ['voice'], announceEveryMs: 10_000 });
  await world.ok('admin:root', 'agent.set', { agentId: 'ada', capacity: { voice: 1 } });
  await world.ok('agent:ada', 'agent.login');
  await world.presence(pbx, true);
});

afterEach(async () => {
  await expectSurvivesLoad(world);
  await world.stop();
});

const calls = (contactId: string, more: Members = {}) =>
  world.ok(pbx, 'contact.create', {
    contactId,
    legId: `${contactId}.leg`,
    channel: 'voice',
    queueId: 'sales',
    ...more,
  });
const played = () => world.asked().flatMap(({ method, params }) => (method === 'leg.play' ? [params] : []));
const rows = () => new TableAccess(world.harness.partition.tables).range(announcementsTable, { limit: 10 }).length;

async function served(contactId: string): Promise<void> {
  await calls(contactId);
  await world.idle();
  await world.pass(20_000);
  await world.ok('agent:ada', 'agent.ready');
  const ring = world.asked().findLast(({ method }) => method === 'leg.ring');
  await world.answerTo(ring);
  await world.ok(pbx, 'leg.answered', { legId: ring!.params.legId });
  await world.answerTo(world.asked().findLast(({ method }) => method === 'leg.connect'));
  await world.ok('agent:ada', 'contact.end', { contactId });
  await world.ok('agent:ada', 'agent.notReady', { reason: 'lunch' });
}

describe('a customer who waits', () => {
  test('is told a place and no wait as long as none is known, and then the one that its owner is told', async () => {
    await calls('c1');
    await world.idle();
    expect(played()).toEqual([
      { requestId: expect.any(String), contactId: 'c1', legId: 'c1.leg', prompt: { kind: 'place', position: 1 } },
    ]);
    await world.ok(pbx, 'contact.cancel', { contactId: 'c1' });
    for (const contactId of ['c2', 'c3', 'c4']) await served(contactId);
    world.told();
    await calls('c5');
    await world.idle();
    const queued = world.told().find(({ event }) => event === 'contact.queued')!.params;
    expect(queued.estimatedMs).toBeGreaterThan(0);
    expect(played().at(-1)!.prompt).toEqual({ kind: 'place', position: 1, estimatedMs: queued.estimatedMs });
  });

  test('who leaves in the tick in which the place is asked for is told nothing', async () => {
    await calls('c1');
    await world.ok(pbx, 'leg.ended', { legId: 'c1.leg' });
    await world.idle();
    expect(played()).toEqual([]);
  });

  test('who rings in the tick in which the place is asked for is told nothing', async () => {
    await calls('c1');
    await world.ok('agent:ada', 'agent.ready');
    await world.idle();
    expect(played()).toEqual([]);
  });

  test('is told once, however often it is placed anew in a tick', async () => {
    await world.together(
      [pbx, 'contact.create', { contactId: 'c1', legId: 'c1.leg', channel: 'voice', queueId: 'sales' }],
      [pbx, 'contact.update', { contactId: 'c1', priority: 4 }],
      [pbx, 'contact.update', { contactId: 'c1', priority: 5 }],
    );
    await world.idle();
    expect(played()).toHaveLength(1);
  });

  test('leaves nothing behind, and what the switch answers means nothing', async () => {
    await calls('c1');
    await world.idle();
    const [ask] = world.asked();
    expect(rows()).toBe(1);
    await world.answerTo(ask, { error: { code: 1, message: 'no such voice' } });
    await world.ok(pbx, 'contact.cancel', { contactId: 'c1' });
    expect(rows()).toBe(0);
    await world.pass(30_000);
    expect(played()).toEqual([]);
  });
});
