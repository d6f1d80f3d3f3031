// How a queue selects among very many agents, where other routers are known to go wrong: only the first hundred looked at,
// rounds that lose their place past a thousand. And what is remembered: over a restart, which restores memory, and over a
// move to another build, which takes records.

import { describe, expect, test } from 'vitest';
import * as layout from '../../assembly/layout.ts';
import type { Command } from './commands.ts';
import { CoreUnderTest } from './core-under-test.ts';
import { plainProfile, plainQueue } from './plain-commands.ts';

const AGENTS = 1_500;

function seat(agent: number, level = 0): Command[] {
  const skills = level > 0 ? [{ skill: 0, level }] : [];
  return [
    { kind: 'agentSet', agent, total: 1, wrapUpMs: -1, capacity: [1], skills, queues: undefined },
    { kind: 'agentLogin', agent, lines: [{ line: agent, channel: 0 }] },
    { kind: 'agentReady', agent, mask: 0 },
  ];
}

function create(slot: number, number: number): Command {
  const { NONE, OR_ELSE_QUEUE } = layout;
  const rest = { profile: 0, priority: 0, creditMs: 0, agent: NONE, waitMs: 0, orElse: OR_ELSE_QUEUE };
  return { kind: 'contactCreate', contact: slot, number, ...rest };
}

/** Agents that are ready, one a millisecond. */
function begun(select: number, levelOf: (agent: number) => number = () => 0, asked: Command = plainProfile) {
  const core = new CoreUnderTest();
  core.step(0, [plainQueue({ select, offerMs: 1_000_000 }), asked]);
  for (let agent = 0; agent < AGENTS; agent++) core.step(agent, seat(agent, levelOf(agent)));
  return core;
}

/** Whom a contact is offered to, which then ends at once. */
function servedBy(core: CoreUnderTest, now: number, number: number): number {
  const told = core.step(now, [create(0, number)]);
  core.step(now, [{ kind: 'contactEnd', contact: 0, number, code: layout.ENDED_BY_APPLICATION }]);
  return told.find(({ kind }) => kind === layout.EFFECT_OFFERED)!.agent;
}

describe(`of ${AGENTS} agents`, () => {
  test('round robin takes one after the other, round after round, over restarts and moves', () => {
    let core = begun(layout.SELECT_ROUND_ROBIN);
    for (let turn = 0; turn < 3 * AGENTS; turn++) {
      expect(servedBy(core, AGENTS + turn, turn + 1)).toBe(turn % AGENTS);
      if (turn % 1_000 === 999) core = core.moved();
      else if (turn % 700 === 699) core = core.restored();
    }
  });

  test.each([
    ['best skilled finds the best behind a thousand others', layout.SELECT_BEST_SKILLED, 9],
    ['least skilled finds the least skilled behind a thousand others', layout.SELECT_LEAST_SKILLED, 2],
  ])('%s', (_, select, level) => {
    const wanted = { ...plainProfile, all: [{ skill: 0, level: 1 }] } as Command;
    const core = begun(select, (agent) => (agent === 1_234 ? level : 5), wanted);
    expect(servedBy(core, AGENTS, 1)).toBe(1_234);
    core.step(AGENTS, [create(1, 1)]);
    expect(servedBy(core, AGENTS, 2)).toBe(0);
  });
});
