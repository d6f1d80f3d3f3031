// What is told of a contact with legs: it is accepted before it is connected, and may not be put through. The core's own
// effects and records, as a tick that is executed again gives them.

import { expect, test } from 'vitest';
import * as layout from '../../assembly/layout.ts';
import type { ContactRow } from '../../src/domain/routing/contacts.ts';
import { agentsTable } from '../../src/domain/routing/tables.ts';
import { NamesThen } from '../../src/explain/names-then.ts';
import { StoredRows } from '../../src/explain/stored-rows.ts';
import { Telling } from '../../src/explain/telling.ts';
import { keyOf } from '../../src/store/keys.ts';
import { encodeRow } from '../../src/store/redo.ts';
import type { Command } from '../core/commands.ts';
import { CoreUnderTest } from '../core/core-under-test.ts';
import { plainProfile, plainQueue } from '../core/plain-commands.ts';

const contact: ContactRow = {
  number: 1,
  slot: 0,
  queue: 0,
  owner: { role: 'switch', sub: 'pbx' },
  arrivedAt: 1_000,
  created: { contactId: 'c1', queueId: 'help', channel: 'voice' },
};
const tables = new Map([[keyOf(agentsTable.id, 0), encodeRow({ given: { agentId: 'ann' }, madeAt: 0 })]]);
const names = new NamesThen(
  new StoredRows(
    { appliedNumber: 0, get: (key) => tables.get(key), range: () => [] },
    { read: () => [][Symbol.iterator]() },
  ),
);
const offer = { contact: 0, number: 1, agent: 0 };

/** Plays the ticks, each at its time, and gives the sentences. */
function told(ticks: readonly (readonly [at: number, command?: Command])[], goesOn = false): string[] {
  const core = new CoreUnderTest();
  const telling = new Telling(contact, names, { agent: { handle: 0, agentId: 'ann' } });
  core.step(1_000, [
    plainQueue(),
    plainProfile,
    { kind: 'agentSet', agent: 0, total: 1, wrapUpMs: -1, capacity: [1], skills: [], queues: undefined },
    { kind: 'agentLogin', agent: 0, lines: [{ line: 0, channel: 0 }] },
    { kind: 'agentReady', agent: 0, mask: 0 },
  ]);
  const created: Command = {
    kind: 'contactCreate',
    contact: 0,
    number: 1,
    profile: 0,
    priority: 0,
    creditMs: 0,
    agent: layout.NONE,
    waitMs: 0,
    orElse: layout.OR_ELSE_QUEUE,
    withLegs: true,
  };
  let until = 1_000;
  for (const [at, command] of [[1_000, created] as const, ...ticks]) {
    const effects = core.stepExplaining(at, command === undefined ? [] : [command], 0, 1).filter(isOfContact);
    telling.hear({ number: core.number, at, effects, records: core.explained(), downMs: undefined });
    until = at;
  }
  return telling
    .explanation({ toldBy: 'writer', until, goesOn })
    .steps.map(({ at, kind, text }) => `${at} ${kind}: ${text}`);
}

/** As a contact is followed through the journal. */
function isOfContact({ kind, contact: slot }: { kind: number; contact: number }): boolean {
  return slot === 0 && kind !== layout.EFFECT_LINE_STATE && kind !== layout.EFFECT_REFUSED;
}

const offered = [
  '1000 arrived: c1 came on voice for the queue help.',
  '1000 searched: ann was the only one free and was chosen.',
  '1000 stood: ann was free.',
  '1000 offered: It rang at ann.',
];

test('it is accepted, and then connected', () => {
  expect(
    told([
      [2_000, { kind: 'offerAccept', ...offer, offer: 1, connectMs: 3_000 }],
      [2_500, { kind: 'offerConnected', ...offer, offer: 1 }],
    ]),
  ).toEqual([
    ...offered,
    '2000 accepted: ann accepted it, and it had 3 s to be put through.',
    '2500 connected: ann took it; it had waited 1.5 s in all.',
  ]);
});

test('it is accepted and not put through, rings again, and is being put through still', () => {
  expect(
    told(
      [
        [2_000, { kind: 'offerAccept', ...offer, offer: 1, connectMs: 3_000 }],
        [5_000],
        [6_000, { kind: 'offerFailed', ...offer, offer: 2, code: layout.WITHDRAWN_BUSY, restMs: 500 }],
        [6_500],
        [7_000, { kind: 'offerAccept', ...offer, offer: 3, connectMs: 3_000 }],
      ],
      true,
    ),
  ).toEqual([
    ...offered,
    '2000 accepted: ann accepted it, and it had 3 s to be put through.',
    '5000 withdrawn: It was not put through to ann: no telephone could be reached, or the call was not put through in time.',
    '5000 searched: Nobody was free: 1 comes after everybody else (ann).',
    '5000 stood: ann was free as well, but comes after everybody else: it had only just become so, or lost this contact.',
    '5000 chose: ann became free and took it, the first of all that ann could serve.',
    '5000 offered: It rang at ann: its 2nd offer.',
    '6000 withdrawn: It stopped ringing at ann: the telephone was engaged.',
    '6000 searched: Nobody was free: 1 was resting after an offer it did not take (ann).',
    '6000 stood: ann was resting after an offer it did not take, for another 500 ms at most.',
    '6000 queued: It went back to its place in the queue, as the first.',
    '6500 chose: ann became free and took it, the first of all that ann could serve.',
    '6500 offered: It rang at ann: its 3rd offer.',
    '7000 accepted: ann accepted it, and it had 3 s to be put through.',
    '7000 waits: It is still being put through, after 6 s.',
  ]);
});

test('the contact ends while it is being put through', () => {
  expect(
    told([
      [2_000, { kind: 'offerAccept', ...offer, offer: 1, connectMs: 3_000 }],
      [2_500, { kind: 'contactEnd', contact: 0, number: 1, code: layout.ENDED_SWITCH_LOST }],
    ]),
  ).toEqual([
    ...offered,
    '2000 accepted: ann accepted it, and it had 3 s to be put through.',
    '2500 withdrawn: It was not put through to ann: the contact was ended.',
    '2500 ended: It ended, since its switch was lost, after 1.5 s.',
  ]);
});
