// Makes a failing script short: leaves steps out, in ever smaller parts, as long as what is left still fails (delta debugging,
// Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", 2002: the part that only removes).

import type { Step } from './script.ts';

export interface Shrunk {
  readonly script: readonly Step[];
  readonly runs: number;
}

/** `fails` runs a script; at most so many times. */
export async function shrink(
  script: readonly Step[],
  fails: (script: readonly Step[]) => Promise<boolean>,
  runsMax: number,
): Promise<Shrunk> {
  let kept = script;
  let runs = 0;
  for (let parts = 2; kept.length > 0 && runs < runsMax; ) {
    const size = Math.ceil(kept.length / parts);
    let shorter: readonly Step[] | undefined;
    // The end first: what comes after the fault is seldom needed.
    for (let from = (parts - 1) * size; from >= 0 && runs < runsMax; from -= size) {
      if (from >= kept.length) continue;
      const without = [...kept.slice(0, from), ...kept.slice(from + size)];
      runs += 1;
      if (!(await fails(without))) continue;
      shorter = without;
      break;
    }
    if (shorter !== undefined) {
      kept = shorter;
      parts = Math.max(2, parts - 1);
    } else if (size === 1) break;
    else parts = Math.min(kept.length, parts * 2);
  }
  return { script: kept, runs };
}
