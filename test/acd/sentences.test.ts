// The words of the cases can fail: what does not hold is noticed on both stages, and said with what holds instead.

import { afterAll, describe, expect, test } from 'vitest';
import { virtualCorePool } from '../../src/simulation/virtual-stage.ts';
import { Floor } from './floor.ts';
import { LiveStage } from './live-stage.ts';
import { playLines } from './sentences.ts';
import type { Stage } from './stage.ts';
import { VirtualStage } from './virtual-stage.ts';

const begins = Date.parse('2026-03-02T09:00:00Z');
const pool = virtualCorePool();
afterAll(() => pool.close());

const stages: Readonly<Record<string, () => Stage | Promise<Stage>>> = {
  'in virtual time': () => new VirtualStage(begins, pool),
  live: () => LiveStage.open(begins),
};

const ringing = ['given queue sales', 'given agent anna', 'given anna works', 'given c1 arrives in sales'];
const wrong: readonly (readonly [string, readonly string[], RegExp])[] = [
  ['another agent', [...ringing, 'then c1 rings at bob'], /but c1 is \{"state":/],
  ['another state', [...ringing, 'then anna is ready'], /but anna is \{"state":/],
  ['another place', ['given queue sales', 'given c1 arrives in sales', 'then c1 waits in sales at place 2'], /place 1/],
  [
    'another time',
    [...ringing, 'when 10 s pass', 'when c1 hangs up', 'then c1 had waited 60 s'],
    /but c1 had waited \d+ ms/,
  ],
  ['another end', [...ringing, 'when c1 hangs up', 'then c1 is over: byAgent'], /"why":"byCustomer"|"why":"cancelled"/],
  ['another count', [...ringing, 'then the statistics of queue sales have {offered: 2}'], /sales has \{"offered":1\}/],
  [
    'another time that was counted',
    [
      'given agent anna',
      'given anna logs in',
      'when 10 s pass',
      'then the statistics of agent anna have {notReadyMs: 30 min}',
    ],
    /anna has \{"notReadyMs":\d+\}/,
  ],
  [
    'another count of an interval',
    [...ringing, 'then in the 5 min from 2026-03-02T09:00:00Z the statistics of queue sales have {offered: 2}'],
    /sales has \{"offered":1\}/,
  ],
  [
    'another line of a table',
    [...ringing, 'when c1 hangs up', 'then a line of cdr.export {} as CSV has {contactId: c1, queueId: help}'],
    /but the lines are \[\["c1","sales"/,
  ],
  [
    'what the other session is not told',
    ['given agent anna', 'given anna works', 'given anna connects again'].concat(
      'then the other session of anna is told offer.created {}',
    ),
    /but the last was nothing/,
  ],
  ['a record that is not there', [...ringing, 'then the record of c1 has {why: byAgent}'], /but it has nothing/],
  ['what nobody was told', [...ringing, 'then the supervisor is told alert.raised {}'], /but the last was nothing/],
  ['a refusal that nobody speaks of', ['given anna works'], /was refused: agent_not_found/],
  ['another refusal', ['given anna works', 'then that is refused: line_already_busy'], /agent_not_found/],
  ['a refusal that does not come', [...ringing, 'then that is refused: agent_not_found'], /it was not refused/],
  ['a sentence that nobody knows', [...ringing, 'then c1 sings'], /no such sentence: "c1 sings"/],
];

for (const [name, open] of Object.entries(stages)) {
  describe.concurrent(name, () => {
    test.each(wrong)('%s is noticed', async (_, lines, said) => {
      const stage = await open();
      try {
        await expect(playLines(lines, new Floor(stage))).rejects.toThrow(said);
      } finally {
        await stage.close();
      }
    });
  });
}
