// The same seed is the same run, event by event; and a part of a script can be played alone.

import { expect, test } from 'vitest';
import { scriptOf } from './script.ts';
import { settingOf } from './setting.ts';
import { shrink } from './shrink.ts';
import { runScript } from './simulation.ts';

const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
/** On a machine that others use as well. */
const slow = { timeout: 600_000 };

test('the same seed gives the same events, whatever ran before', slow, async () => {
  console.log(`SEED=${seed}`);
  const digests = [];
  for (const at of [seed, seed + 1, seed + 2, seed, seed + 1, seed + 2]) {
    const setting = settingOf(at);
    digests.push((await runScript(setting, scriptOf(setting))).digest);
  }
  expect(digests.slice(3)).toEqual(digests.slice(0, 3));
  expect(new Set(digests).size).toBe(3);
});

test('a part of a script is a run of its own, and the same each time', slow, async () => {
  const setting = settingOf(seed);
  const part = scriptOf(setting).filter(({ id }) => id % 3 !== 1);
  const first = await runScript(setting, part);
  expect(first.breaches).toEqual([]);
  expect((await runScript(setting, part)).digest).toBe(first.digest);
});

test('a failing script is made as short as it can be', async () => {
  const script = scriptOf(settingOf(seed), 60);
  const culprits = [script[7]!, script[31]!, script[32]!];
  const fails = async (shorter: typeof script) => culprits.every((step) => shorter.includes(step));
  const shrunk = await shrink(script, fails as never, 1_000);
  expect(shrunk.script).toEqual(culprits);
});
