// No way to select looks at more than a logarithm of the agents, but the one that has to look at each of them: what one contact's life
// touches, counted, among a thousand free agents and among thirty times as many. Those that ring at several at once touch as many agents
// as ring, however many are free. docs/matching.md has the numbers of `TOUCHED_AGENTS=100000`, which are printed.

import { describe, expect, it } from 'vitest';
import * as layout from '../../assembly/layout.ts';
import { countingCore, touchedIn } from '../../bench/core/counting.ts';
import { Machine } from '../../bench/core/machine.ts';
import { Recorder } from '../../bench/core/recorder.ts';
import { selections, words } from '../../src/protocol/states.ts';
import type { Command } from '../core/commands.ts';
import { plainQueue } from '../core/plain-commands.ts';

const FEW = 1_000;
const MANY = Number(process.env.TOUCHED_AGENTS ?? 30_000);
const LIVES = 200;
const SERVICE_MS = 100_000;
/** Of the selections that ring at several at once. */
const TOGETHER = 10;
const RING_EVERY_MS = 1_000;
/** What a logarithm grows by between the two sizes. */
const growthMax = Math.log2(MANY) / Math.log2(FEW);

function seat(agent: number): Command[] {
  return [
    {
      kind: 'agentSet',
      agent,
      total: 1,
      wrapUpMs: -1,
      capacity: [1],
      skills: [{ skill: 0, level: 1 + (agent % 9) }],
      queues: undefined,
    },
    { kind: 'agentLogin', agent, lines: [{ line: agent, channel: 0 }] },
    { kind: 'agentReady', agent, mask: 0 },
  ];
}

/** Touched in the life of a contact: offered to as many as it may ring at, accepted by the first of them, ended. */
function touchedBy(select: number, agents: number): number {
  const machine = new Machine(countingCore());
  const recorder = new Recorder(machine);
  const occupancyWindowMs = select === layout.SELECT_LEAST_OCCUPIED ? 3_600_000 : 0;
  const goesOn = select === layout.SELECT_RING_PROGRESSIVE;
  const together = goesOn || select === layout.SELECT_RING_ALL ? TOGETHER : 1;
  const ring = together > 1 ? { ringTogether: together, ringEveryMs: goesOn ? RING_EVERY_MS : 0 } : {};
  const all = [{ skill: 0, level: 1 }];
  recorder.step([
    plainQueue({ select, occupancyWindowMs, offerMs: 1_000_000, ...ring }),
    { kind: 'profileSet', profile: 0, queue: 0, channel: 0, all, any: [], prefers: [] },
  ]);
  recorder.inPieces(Array.from({ length: agents }, (_, agent) => seat(agent)).flat());
  const { NONE, OR_ELSE_QUEUE } = layout;
  const rest = { profile: 0, priority: 0, creditMs: 0, agent: NONE, waitMs: 0, orElse: OR_ELSE_QUEUE };
  const before = touchedIn(machine);
  for (let number = 1; number <= LIVES; number++) {
    const offers = recorder.step([{ kind: 'contactCreate', contact: 0, number, ...rest }]);
    for (let rings = 1; goesOn && rings < together; rings++) {
      recorder.now += RING_EVERY_MS;
      offers.push(...recorder.step([]));
    }
    expect(offers.length).toBe(together);
    const { offer, agent } = offers[0]!;
    recorder.step([{ kind: 'offerAccept', contact: 0, number, offer, agent }]);
    recorder.now += SERVICE_MS;
    recorder.step([{ kind: 'contactEnd', contact: 0, number, code: layout.ENDED_BY_CUSTOMER }]);
  }
  return (touchedIn(machine) - before) / LIVES;
}

describe(`what a contact's life touches among ${FEW} and among ${MANY} free agents`, () => {
  it('grows with the agents where each of them has a score, four at a time', () => {
    const [few, many] = [FEW, MANY].map((agents) => touchedBy(layout.SELECT_SCORE, agents)) as [number, number];
    console.log(`score: ${few.toFixed(1)} → ${many.toFixed(1)}`);
    // A column has room for a power of two.
    expect(few).toBeLessThan(2 ** Math.ceil(Math.log2(FEW)) / 4 + 50);
    expect(many).toBeLessThan(2 ** Math.ceil(Math.log2(MANY)) / 4 + 50);
  });

  it.each(words(selections).filter((word) => word !== 'score'))('grows by no more than a logarithm: %s', (word) => {
    const few = touchedBy(selections[word], FEW);
    const many = touchedBy(selections[word], MANY);
    console.log(`${word}: ${few.toFixed(1)} → ${many.toFixed(1)}`);
    expect(many).toBeLessThan(few * growthMax);
  });
});
