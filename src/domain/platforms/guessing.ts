// How hard a serial is to guess (docs/platforms.md has the formulas).
//
// Whoever tries different serials one after the other, of N that there are and k that are live, finds the first live one after (N + 1) / (k + 1)
// tries on average: the k live ones divide the N into k + 1 stretches that are equally long on average. Serials that the router makes
// are all equally likely; of a platform that counts upwards none of this is true.

import { handoversPerPlatformMax, serialsPerHandoverMin } from '../../limits.ts';
import { guessDefaults, type NumberPlanGiven } from '../../protocol/platforms.ts';

export function serialsOf({ serialLength }: Pick<NumberPlanGiven, 'serialLength'>): number {
  return 10 ** serialLength;
}

/** Of one platform: enough stay unused that guessing goes on being work. */
export function handoversMaxOf(plan: Pick<NumberPlanGiven, 'serialLength'>): number {
  return Math.min(handoversPerPlatformMax, serialsOf(plan) / serialsPerHandoverMin);
}

/** `mostLive`: how many the platform of the plan has live that has most of them. */
export function guessingOf(plan: NumberPlanGiven, mostLive: number) {
  const serials = serialsOf(plan);
  return {
    serials,
    bits: Math.round(Math.log2(serials) * 100) / 100,
    now: howHard(plan, mostLive),
    atWorst: howHard(plan, handoversMaxOf(plan)),
  };
}

function howHard(plan: NumberPlanGiven, live: number) {
  const serials = serialsOf(plan);
  const { windowMs = guessDefaults.windowMs, perPlatform = guessDefaults.perPlatform } = plan.guesses ?? {};
  const expectedGuesses = live === 0 ? null : Math.round((serials + 1) / (live + 1));
  // The first guesses of a window may all be made at its beginning: so many windows have to pass as are full before the last one.
  const expectedMs = expectedGuesses === null ? null : Math.floor(expectedGuesses / perPlatform) * windowMs;
  return { live, share: live / serials, expectedGuesses, expectedMs };
}
