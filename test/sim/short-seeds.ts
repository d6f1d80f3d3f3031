// The short runs of `npm test`: a part of the seeds a file, so that they run side by side.

import { expect, test } from 'vitest';
import { failureText } from './report.ts';
import { scriptOf } from './script.ts';
import { settingOf } from './setting.ts';
import { runScript } from './simulation.ts';

/** In all; SIM_SEEDS=n plays more or fewer. */
const seeds = Number(process.env.SIM_SEEDS ?? 240);
const parts = 4;
/** Short, so that all of them take a minute on two processors. */
export const shortSteps = 40;

/** SEED=n begins somewhere else. */
const from = Number(process.env.SEED ?? 1);

export function testShortSeeds(part: number): void {
  test(`${seeds / parts} short runs with faults, part ${part} of ${parts}`, { timeout: 1_200_000 }, async () => {
    const first = from + ((part - 1) * seeds) / parts;
    console.log(`SEED=${from}, here from ${first}`);
    for (let seed = first; seed < first + seeds / parts; seed++) {
      const setting = settingOf(seed);
      const script = scriptOf(setting, shortSteps);
      const outcome = await runScript(setting, script);
      if (outcome.breaches.length === 0) continue;
      expect.fail(`seed ${seed}\n${failureText(outcome, script, script.length, shortSteps)}`);
    }
  });
}
