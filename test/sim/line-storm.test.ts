// Shorter storms than `npm run test:lines` plays, and that they notice what is one too many.

import { expect, test } from 'vitest';
import type { ContactRecord } from '../../src/protocol/contact-record.ts';
import { LineAccount } from './line-account.ts';
import { LineStorm } from './line-storm.ts';
import { CoreGround } from './line-storm-core.ts';
import { EngineGround } from './line-storm-engine.ts';
import { RecordsAccount } from './records-account.ts';

const seed = Number(process.env.SEED ?? Date.now() % 4_294_967_296);
console.log(`seed ${seed}: SEED=${seed} repeats this run`);

test('no seat ever has more than it allows, whatever arrives at once', { timeout: 120_000 }, async () => {
  const report = await new LineStorm(seed, (account) => new CoreGround(account)).play(30_000);
  expect(report.breaches).toEqual([]);
  expect(report.offers).toBeGreaterThanOrEqual(30_000);
  // It came to the bounds, or nothing was shown.
  expect(report.fullTimes).toBeGreaterThan(1_000);
  expect(report.dialled).toBeGreaterThan(500);
  expect(report.busyMost).toBeGreaterThan(6);
});

test('nor by what agents are told and what is stored, with restarts', { timeout: 120_000 }, async () => {
  const storm = new LineStorm(seed, (account, begins) => new EngineGround(account, begins));
  const report = await storm.play(6_000);
  expect(report.breaches).toEqual([]);
  expect(report.fullTimes).toBeGreaterThan(50);
  expect(report.dialled).toBeGreaterThan(10);
  expect(report.busyMost).toBeGreaterThan(3);
});

const seat = { agent: 0, lines: [], capacity: [1, 1, 0], total: 1, oneRinging: true, loggedIn: true };

test('what is told of one line too many is a breach', () => {
  const account = new LineAccount();
  account.seats.push(seat);
  account.lineIs(0, 0, { state: 'ringing', contact: 1, channel: 0 });
  expect(account.breaches).toEqual([]);
  account.lineIs(0, 1, { state: 'ringing', contact: 2, channel: 1 });
  expect(account.breaches).toEqual([
    'burst 0: agent 0 has 2 contacts, and 1 are allowed',
    'burst 0: 2 lines of agent 0 ring, and one is to ring at a time',
  ]);
});

/** Rang at that time on that line, and was served until `finishedAt`. */
function record(contactId: string, lineId: string, at: number, finishedAt: number): ContactRecord {
  const offers = [{ agentId: 'a0', lineId, at, rangMs: 5, outcome: 'taken' as const }];
  return { contactId, channel: 'voice', agentId: 'a0', lineId, arrivedAt: at, finishedAt, offers } as never;
}

test.each([
  ['one behind the other', [record('c1', 'l0', 10, 20), record('c2', 'l0', 20, 30)], []],
  [
    'two at once on a line',
    [record('c1', 'l0', 10, 21), record('c2', 'l0', 20, 30)],
    [
      'by the records line l0 had c2 at 20 beside c1',
      'by the records agent a0 had 2 contacts (total) at 20, and 1 were allowed',
    ],
  ],
  [
    'two at once on a seat',
    [record('c1', 'l0', 10, 21), record('c2', 'l1', 20, 30)],
    ['by the records agent a0 had 2 contacts (total) at 20, and 1 were allowed'],
  ],
  ['two at once, where that is allowed by then', [record('c1', 'l0', 10, 50), record('c2', 'l1', 40, 60)], []],
])('what records say: %s', (_, records, expected) => {
  const account = new RecordsAccount();
  account.allows('a0', 0, { voice: 2, total: 1 });
  account.allows('a0', 40, { voice: 2, total: 2 });
  for (const one of records) account.read(one);
  expect(account.tooMany()).toEqual(expected);
});
