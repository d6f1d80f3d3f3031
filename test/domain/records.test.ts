// Records of finished contacts: what they say, when they are written, how they are asked for and how long they are kept.

import { afterEach, beforeEach, expect, test } from 'vitest';
import { notedIn } from '../../src/domain/records/offer-notes.ts';
import { recordsInRow, rowOfRecords } from '../../src/domain/records/tables.ts';
import { recordRetentionMs } from '../../src/limits.ts';
import { type ContactRecord, contactRecord } from '../../src/protocol/contact-record.ts';
import { DomainWorld, type Members } from './domain-world.ts';
import { expectSurvivesLoad } from './survives-load.ts';

let world: DomainWorld;
let began: number;

beforeEach(async () => {
  world = await DomainWorld.start();
  began = world.clock.now();
  for (const queueId of ['sales', 'help'])
    await world.ok('admin:root', 'queue.set', {
      queueId,
      channels: ['voice', 'chat'],
      wrapUpMs: queueId === 'sales' ? 30_000 : 0,
      offerMs: 20_000,
    });
  for (const agentId of ['ada', 'bob']) {
    await world.ok('admin:root', 'agent.set', { agentId, capacity: { voice: 1 } });
    await world.ok(`agent:${agentId}`, 'agent.login');
  }
  await world.ok('agent:ada', 'agent.ready');
});

afterEach(async () => {
  await expectSurvivesLoad(world);
  await world.stop();
});

const create = (contactId: string, more: Members = {}) =>
  world.ok('switch:pbx', 'contact.create', { contactId, channel: 'voice', queueId: 'sales', ...more });

async function accept(agentId: string, contactId: string): Promise<void> {
  const { offerId } = await world.ok('app:crm', 'contact.get', { contactId });
  await world.ok(`agent:${agentId}`, 'offer.accept', { offerId });
}

async function records(asked: Members = {}): Promise<Members[]> {
  return (await world.ok('supervisor:boss', 'cdr.query', asked)).records as Members[];
}

test('a record says who was asked, who served, how long each part took and what the agent noted', async () => {
  await create('one', { from: '+15550100', to: '+15550199', identity: { scheme: 'tel', value: '+15550100' } });
  await world.ok('agent:bob', 'agent.ready');
  // Ada does not answer.
  await world.pass(20_000);
  await world.pass(3_000);
  await accept('bob', 'one');
  await world.pass(40_000);
  await world.ok('agent:bob', 'contact.hold', { contactId: 'one' });
  await world.pass(10_000);
  await world.ok('agent:bob', 'contact.resume', { contactId: 'one' });
  await world.pass(5_000);
  await world.ok('switch:pbx', 'contact.end', { contactId: 'one' });
  expect(await records()).toEqual([]);
  await world.pass(12_000);
  await world.ok('agent:bob', 'contact.wrapUpDone', { contactId: 'one', disposition: 'sold', notes: 'Two of them.' });
  await world.idle();
  expect(await records()).toEqual([
    {
      contactId: 'one',
      queueId: 'sales',
      channel: 'voice',
      from: '+15550100',
      to: '+15550199',
      identity: { scheme: 'tel', value: '+15550100' },
      customerId: 'c1',
      broughtBy: { role: 'switch', sub: 'pbx' },
      arrivedAt: began,
      connectedAt: began + 23_000,
      endedAt: began + 78_000,
      finishedAt: began + 90_000,
      why: 'byCustomer',
      agentId: 'bob',
      lineId: 'bob.voice.1',
      waitedMs: 23_000,
      talkMs: 45_000,
      holdMs: 10_000,
      holds: 1,
      wrapUpMs: 12_000,
      offered: 2,
      offers: [
        { agentId: 'ada', lineId: 'ada.voice.1', at: began, rangMs: 20_000, outcome: 'timedOut' },
        { agentId: 'bob', lineId: 'bob.voice.1', at: began + 20_000, rangMs: 3_000, outcome: 'taken' },
      ],
      disposition: 'sold',
      notes: 'Two of them.',
    },
  ]);
});

test('whoever hung up has a record without an agent, at once', async () => {
  await create('busy');
  await accept('ada', 'busy');
  await create('gone');
  await world.pass(7_000);
  await world.ok('switch:pbx', 'contact.cancel', { contactId: 'gone' });
  const [gone, ...others] = await records();
  expect(others).toEqual([]);
  expect(gone).toMatchObject({
    contactId: 'gone',
    why: 'cancelled',
    waitedMs: 7_000,
    offered: 0,
    offers: [],
    wrapUpMs: 0,
  });
  expect(gone).not.toHaveProperty('agentId');
});

test('what a record will say survives restarts in every state', async () => {
  const restart = async () => {
    await world.stop();
    world.clock.advance(1_000);
    await world.reopen();
  };
  await create('one');
  await world.pass(4_000);
  await world.ok('agent:ada', 'offer.reject', { offerId: 'o1.1', reason: 'busy' });
  await restart();
  await world.ok('agent:bob', 'agent.ready');
  await world.pass(2_000);
  await restart();
  await world.pass(3_000);
  await accept('bob', 'one');
  await restart();
  await world.ok('agent:bob', 'contact.hold', { contactId: 'one' });
  await world.pass(6_000);
  await restart();
  await world.ok('switch:pbx', 'contact.end', { contactId: 'one' });
  await restart();
  await world.pass(29_000);
  await world.pass(1_000);
  const [one] = await records();
  expect(one).toMatchObject({ offered: 2, holdMs: 7_000, holds: 1, talkMs: 1_000, wrapUpMs: 30_000 });
  expect(one!.offers).toEqual([
    { agentId: 'ada', lineId: 'ada.voice.1', at: began, rangMs: 4_000, outcome: 'rejected' },
    // It rang anew after the restart.
    { agentId: 'bob', lineId: 'bob.voice.1', at: began + 8_000, rangMs: 3_000, outcome: 'taken' },
  ]);
});

test('records are asked for by time, queue, agent and channel, page by page, and exported as one file', async () => {
  for (let at = 0; at < 7; at++) {
    const contactId = `c${at}`;
    await create(contactId, { queueId: at % 2 === 0 ? 'help' : 'sales', channel: at === 3 ? 'chat' : 'voice' });
    if (at === 2) {
      await accept('ada', contactId);
      await world.ok('switch:pbx', 'contact.end', { contactId });
    } else await world.ok('switch:pbx', 'contact.cancel', { contactId });
    await world.pass(1_000);
  }
  const ids = async (asked: Members) => (await records(asked)).map(({ contactId }) => contactId);
  expect(await ids({ queueId: 'sales' })).toEqual(['c1', 'c3', 'c5']);
  expect(await ids({ agentId: 'ada' })).toEqual(['c2']);
  expect(await ids({ channel: 'chat' })).toEqual(['c3']);
  expect(await ids({ from: began + 2_000, to: began + 5_000 })).toEqual(['c2', 'c3', 'c4']);
  for (const format of ['csv', 'jsonLines']) {
    let text = '';
    let cursor: unknown;
    do {
      const page = await world.ok('app:crm', 'cdr.export', {
        format,
        limit: 3,
        ...(cursor !== undefined && { cursor }),
      });
      text += page.text;
      cursor = page.cursor;
    } while (cursor !== undefined);
    const lines = text.trimEnd().split('\n');
    expect(lines.length).toBe(format === 'csv' ? 8 : 7);
    if (format === 'csv') expect(lines[0]).toMatch(/^contactId,queueId,leftQueues,channel,from,/);
    else expect(lines.map((line) => JSON.parse(line).contactId)).toEqual(await ids({}));
  }
});

test('contacts that are finished in one tick have a record each, and pages end between them', async () => {
  for (let at = 0; at < 5; at++) await create(`c${at}`);
  await world.together(
    ...Array.from({ length: 5 }, (_, at) => ['switch:pbx', 'contact.cancel', { contactId: `c${at}` }] as const),
  );
  const found: unknown[] = [];
  let cursor: unknown;
  do {
    const page = await world.ok('app:crm', 'cdr.query', { limit: 2, ...(cursor !== undefined && { cursor }) });
    found.push(...(page.records as Members[]).map(({ contactId }) => contactId));
    cursor = page.cursor;
  } while (cursor !== undefined);
  expect(found).toEqual(['c0', 'c1', 'c2', 'c3', 'c4']);
});

test('records are kept for their time and no longer', async () => {
  await create('old');
  await world.ok('switch:pbx', 'contact.cancel', { contactId: 'old' });
  await world.pass(recordRetentionMs - 1_000);
  expect(await records()).toHaveLength(1);
  await create('new');
  await world.ok('switch:pbx', 'contact.cancel', { contactId: 'new' });
  await world.pass(1_001);
  expect((await records()).map(({ contactId }) => contactId)).toEqual(['new']);
});

test('a start with a shorter time for records lets those go that are older, and keeps it from then on', async () => {
  await create('old');
  await world.ok('switch:pbx', 'contact.cancel', { contactId: 'old' });
  await world.pass(60_000);
  await create('new');
  await world.ok('switch:pbx', 'contact.cancel', { contactId: 'new' });
  await world.stop();
  await world.reopen({ recordRetentionMs: 30_000 });
  await world.pass(1);
  expect((await records()).map(({ contactId }) => contactId)).toEqual(['new']);
  await world.pass(30_000);
  expect(await records()).toEqual([]);
});

test('every member that a record may have is kept in its row', () => {
  const texts = Object.fromEntries(Object.keys(contactRecord.properties).map((name) => [name, `the ${name}`]));
  const offer = { agentId: 'ada', lineId: 'ada.1', at: 1_700_000_000_000, rangMs: 1_000, outcome: 'taken' };
  const full = { ...texts, offers: [{ ...offer, outcome: 'missed' }, offer] } as unknown as ContactRecord;
  const [kept] = recordsInRow(rowOfRecords([full]));
  expect(kept).toEqual(full);
});

test('rows of before, in which offers have names, are read as those of today', () => {
  const offer = { agentId: 'ada', lineId: 'ada.1', at: 1_700_000_000_000, rangMs: 1_000, outcome: 'taken' };
  const record = { contactId: 'c1', queueId: 'sales', channel: 'voice', offers: [offer] } as unknown as ContactRecord;
  const row = rowOfRecords([record, { ...record, offers: [] }]);
  const [values = [], ...others] = row.records as unknown[][];
  const before = { records: [[...values.slice(0, -1), [offer], null, null], ...others] };
  expect(recordsInRow(before)).toEqual([record, { ...record, offers: [] }]);
  expect(recordsInRow(row)).toEqual(recordsInRow(before));
  const noted = { number: 7, offered: 1, heldMs: 20, holds: 1, offers: [offer], parts: [] };
  const flat = ['ada', 'ada.1', offer.at, 1_000, 'taken'] as const;
  expect(notedIn({ noted: [[7, 1, 20, 1, flat]] })).toEqual([noted]);
  expect(notedIn({ contacts: [noted as ReturnType<typeof notedIn>[number]] })).toEqual([noted]);
});
