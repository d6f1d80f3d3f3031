// What is too large for a case in plain words: hundreds of agents that ring together for one contact after the other.

import { describe, expect, test } from 'vitest';
import * as layout from '../../assembly/layout.ts';
import type { Command } from './commands.ts';
import { CoreUnderTest } from './core-under-test.ts';
import { plainProfile, plainQueue } from './plain-commands.ts';

const CONTACTS = 25;
const TOGETHER = layout.RING_TOGETHER_MAX;

function seat(agent: number): Command[] {
  return [
    { kind: 'agentSet', agent, total: 1, wrapUpMs: -1, capacity: [1], skills: [], queues: undefined },
    { kind: 'agentLogin', agent, lines: [{ line: agent, channel: 0 }] },
    { kind: 'agentReady', agent, mask: 0 },
  ];
}

function comesFor(agent: number, contact: number): Command {
  const wishes = { profile: 0, priority: 0, creditMs: 0, waitMs: 60_000, orElse: layout.OR_ELSE_QUEUE };
  return { kind: 'contactCreate', contact, number: 1, agent, ...wishes };
}

describe('what one cause makes ring', () => {
  test('is bounded, and the rest rings in the causes after it', () => {
    const core = new CoreUnderTest();
    const queue = plainQueue({ select: layout.SELECT_RING_ALL, ringTogether: TOGETHER });
    core.step(1, [queue, plainProfile, ...seat(0)]);
    // The first rings at the agent, the others wait for it.
    core.step(
      2,
      Array.from({ length: CONTACTS + 1 }, (_, contact) => comesFor(0, contact)),
    );
    for (let agent = 1; agent <= CONTACTS * TOGETHER; agent++) core.step(3, seat(agent));
    const rung = core
      .step(4, [{ kind: 'agentNotReady', agent: 0, reason: layout.REASON_FIRST_OF_HOST }])
      .filter(({ kind }) => kind === layout.EFFECT_OFFERED);
    const atOnce = rung.filter(({ cause }) => cause === 0);
    // Each of them rings at somebody; who could not have all of its agents any more comes after the others.
    expect(new Set(atOnce.map(({ contact }) => contact)).size).toBe(CONTACTS + 1);
    expect(atOnce.length).toBeLessThanOrEqual(CONTACTS + 1 + layout.RINGS_PER_CAUSE_MAX);
    expect(atOnce.length).toBeGreaterThan(layout.RINGS_PER_CAUSE_MAX);
    // Nobody who is free is left over, and nobody rings twice.
    expect(rung.length).toBe(CONTACTS * TOGETHER);
    expect(new Set(rung.map(({ agent }) => agent)).size).toBe(CONTACTS * TOGETHER);
    expect(rung.at(-1)?.cause).toBe(layout.CAUSE_TIMER);
  });
});
