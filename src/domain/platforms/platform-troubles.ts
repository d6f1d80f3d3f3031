// What somebody should look at: platforms that do not answer, and whoever has had too many wrong serials. For alerts, which say when it
// begins and ends (../alerts/), and for whoever runs the router, as alarms and numbers.
//
// A platform is left alone from its last failure until it has answered again: whether it would answer is not known before it has been tried.

import { alarmedPlatformsMax } from '../../limits.ts';
import type { PlatformMeasure } from '../../protocol/alerts.ts';
import { type Knowing, mostOf } from './identifying.ts';
import type { Platform } from './platform-book.ts';
import type { Wrong } from './wrong-serials.ts';

export interface Trouble {
  readonly value: number;
  /** Some of those that it is about, in the order in which they were made. */
  readonly platformIds: readonly string[];
}

/** As alerts look at it. */
export interface TroublesView {
  of(measure: PlatformMeasure, now: number): Trouble;
  /** Told in the tick in which it may have changed, before that one settles. */
  onChanged(changed: (now: number) => void): void;
}

export function troubleOf(known: Knowing, measure: PlatformMeasure, now: number): Trouble {
  if (measure === 'platformsLeftAlone') {
    const all = [...known.breaker.leftAlone()].flatMap((number) => known.book.at(number) ?? []);
    return { value: all.length, platformIds: idsOf(all) };
  }
  const limited = limitedNow(known, now);
  const numbers = new Set(limited.flatMap((wrong) => platformOf(wrong) ?? []));
  return { value: limited.length, platformIds: idsOf([...numbers].flatMap((number) => known.book.at(number) ?? [])) };
}

/** By name, what holds now. No calling number is in them: they go to the log. */
export function alarmsOf(known: Knowing, now: number): Record<string, string> {
  const alone = troubleOf(known, 'platformsLeftAlone', now);
  const guessed = troubleOf(known, 'guessersLimited', now);
  return {
    ...(alone.value > 0 && {
      platforms_left_alone: `platforms that do not answer are left alone: ${listed(alone.platformIds)}`,
    }),
    ...(guessed.value > 0 && {
      serials_guessed: `too many wrong serials, and none are looked up for a while: ${listed(guessed.platformIds)}`,
    }),
  };
}

function limitedNow({ book, wrongSerials }: Knowing, now: number): Wrong[] {
  const plans = [...book.plans.values()];
  return wrongSerials.now(now).filter((wrong) => {
    const number = platformOf(wrong);
    const platform = number === undefined ? undefined : book.at(number);
    // Of a switch it depends on what it brings: it is limited at some plan at least.
    if (number === undefined) return plans.some((plan) => wrong.wrong >= mostOf(plan, wrong));
    const plan = platform && book.planOf(platform.accessId);
    return plan !== undefined && wrong.wrong >= mostOf(plan, wrong);
  });
}

/** Its number, where it is about one. */
function platformOf({ of, name }: Wrong): number | undefined {
  return of === 'switch' ? undefined : Number(name.split('/')[0]);
}

function idsOf(platforms: readonly Platform[]): string[] {
  return [...platforms]
    .sort((a, b) => a.number - b.number)
    .slice(0, alarmedPlatformsMax)
    .map(({ platformId }) => platformId);
}

function listed(platformIds: readonly string[]): string {
  return platformIds.length === 0 ? 'of platforms that nobody has set' : platformIds.join(', ');
}
