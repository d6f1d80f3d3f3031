import { test } from 'vitest';
import * as layout from '../../assembly/layout.ts';
import type { Command } from './commands.ts';
import { CoreUnderTest } from './core-under-test.ts';
import { plainQueue } from './plain-commands.ts';
import { Random } from './random.ts';

function world(contacts: number, agents: number, profiles: number, same: boolean, idle: boolean, ms = 1000) {
  const random = new Random(7);
  const s: Command[] = [
    plainQueue({
      select: layout.SELECT_SCORE,
      scoreWeights: idle ? [1, 1, 1, 1, 3, 2, 1] : [0, 0, 0, 0, 3, 2, 1],
      batchMs: ms,
      occupancyWindowMs: idle ? 3600000 : 0,
    }),
  ];
  for (let p = 0; p < profiles; p++)
    s.push({
      kind: 'profileSet',
      profile: p,
      queue: 0,
      channel: 0,
      all: [],
      any: [],
      prefers: [
        { skill: p % 60, level: 1 },
        { skill: (p * 7 + 1) % 60, level: 1 },
      ],
    } as Command);
  for (let handle = 0; handle < agents; handle++) {
    const skills = Array.from({ length: same ? 1 : 30 }, (_, k) => ({
      skill: same ? 0 : k * 2 + (handle % 2),
      level: same ? 5 : random.between(1, 10),
    }));
    s.push(
      { kind: 'agentSet', agent: handle, total: 1, wrapUpMs: -1, capacity: [1], skills, queues: undefined } as Command,
      { kind: 'agentLogin', agent: handle, lines: [{ line: handle, channel: 0 }] } as Command,
      { kind: 'agentReady', agent: handle, mask: 0 } as Command,
    );
  }
  const core = new CoreUnderTest();
  for (let at = 0; at < s.length; at += 500) core.step(1, s.slice(at, at + 500));
  const cs = Array.from(
    { length: contacts },
    (_, slot) =>
      ({
        kind: 'contactCreate',
        contact: slot,
        number: 1,
        profile: slot % profiles,
        priority: random.between(0, 5),
        creditMs: 0,
        agent: layout.NONE,
        waitMs: 0,
        orElse: layout.OR_ELSE_QUEUE,
      }) as Command,
  );
  core.step(1, cs);
  return core;
}
test('measure', () => {
  for (const [c, a, p, same, idle] of [
    [1000, 1000, 1000, false, false],
    [1000, 1000, 1000, false, true],
    [1000, 1000, 8, false, false],
    [1000, 1000, 8, true, false],
    [1000, 500, 1000, false, true],
    [500, 1000, 1000, false, true],
    [1024, 16384, 64, false, true],
    [1024, 16384, 1, true, false],
    [60, 60000, 64, false, true],
  ] as const) {
    const core = world(c, a, p, same, idle);
    let at = 1001;
    let t = performance.now();
    core.step(at, []);
    const fill = performance.now() - t;
    let worst = 0,
      sum = 0,
      slices = 0,
      last = 0;
    for (;;) {
      at++;
      t = performance.now();
      const e = core.step(at, []);
      const d = performance.now() - t;
      slices++;
      sum += d;
      if (e.length) {
        last = d;
        break;
      }
      worst = Math.max(worst, d);
      if (slices > 20000) break;
    }
    console.log(
      `${c}x${a} p${p} same${same} idle${idle}: fill ${fill.toFixed(1)} ms, ${slices} slices, sum ${sum.toFixed(0)}, worst ${worst.toFixed(2)}, mean ${(sum / slices).toFixed(2)}, last ${last.toFixed(1)}`,
    );
  }
}, 600000);
