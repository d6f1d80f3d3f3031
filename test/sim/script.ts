// The script of a simulated run: a list of steps, decided by the seed before time begins. Each step carries whatever chance
// decides in it, so any part of the list can be played alone: that is how a failing run is made short.

import { type MethodName, methodNames, methodSpec } from '../../src/protocol/methods.ts';
import type { DamageKind } from './damage.ts';
import type { Disaster } from './disk.ts';
import { randomOf, type SimRandom } from './random.ts';
import { nameOf, type Setting, type Who } from './setting.ts';
import type { Trap } from './workers.ts';

export type Deed =
  /** What somebody in this place would do next, as things stand. */
  | { readonly do: 'act'; readonly who: string; readonly roll: number }
  | { readonly do: 'ask'; readonly who: string; readonly method: MethodName; readonly roll: number }
  /** What nobody in good faith sends. */
  | { readonly do: 'provoke'; readonly who: string; readonly roll: number }
  | { readonly do: 'cut' | 'vanish' | 'clientCrash'; readonly who: string; readonly forMs: number }
  | { readonly do: 'stall'; readonly who: string; readonly forMs: number }
  /** The client asks and asks, and reads nothing for so long. */
  | { readonly do: 'deaf'; readonly who: string; readonly forMs: number }
  | { readonly do: 'weather'; readonly lost: number; readonly doubled: number; readonly delayMsMax: number }
  | { readonly do: 'kill' | 'powerCut' | 'stop'; readonly forMs: number }
  /** A stop; what starts again is another build of the core. */
  | { readonly do: 'upgrade'; readonly forMs: number }
  /** The power goes, and something on the disk is damaged when it comes back. */
  | { readonly do: 'damage'; readonly what: DamageKind; readonly roll: number; readonly forMs: number }
  | { readonly do: 'clockBack'; readonly byMs: number }
  | { readonly do: 'diskFull'; readonly forMs: number }
  | { readonly do: 'diskSlow'; readonly ms: number; readonly forMs: number }
  | ({ readonly do: 'disaster'; readonly forMs: number } & Disaster)
  | ({ readonly do: 'trap' } & Trap);

export type Step = Deed & {
  /** Its place in the whole script: what it makes is named by it. */
  readonly id: number;
  /** When, ms since the beginning. */
  readonly at: number;
};

const stepsUsual = { min: 60, max: 140 };

export function scriptOf(setting: Setting, steps?: number): Step[] {
  const random = randomOf(setting.seed, 'script');
  const count = steps ?? random.whole(stepsUsual.min, stepsUsual.max);
  // Some runs have no faults at all, some only few: a bug should be found in the simplest that shows it.
  const harm = random.pick([0, 0.03, 0.08, 0.15]);
  const meanMs = random.pick([10, 40, 120]);
  const script: Step[] = [];
  let at = 0;
  for (let id = 0; id < count; id++) {
    at += random.chance(0.3) ? 0 : Math.round(random.exponential(meanMs));
    script.push({ id, at, ...deed(setting, random, harm) });
  }
  return script;
}

function deed(setting: Setting, random: SimRandom, harm: number): Deed {
  const { people } = setting;
  const roll = random.bits();
  if (random.chance(harm)) return misfortune(people, random);
  const kind = random.fraction();
  if (kind < 0.7) return { do: 'act', who: nameOf(busy(people, random)), roll };
  if (kind < 0.93) {
    const method = random.pick(methodNames);
    const able = people.filter(({ role }) => methodSpec(method).roles.includes(role));
    return { do: 'ask', who: nameOf(random.pick(able)), method, roll };
  }
  return { do: 'provoke', who: nameOf(random.pick(people)), roll };
}

/** Those who work: agents and whoever brings contacts. */
function busy(people: readonly Who[], random: SimRandom): Who {
  const agents = people.filter(({ role }) => role === 'agent');
  const bringing = people.filter(({ role }) => role === 'switch' || role === 'customer' || role === 'app');
  if (random.chance(0.04)) return random.pick(people);
  return random.pick(random.chance(0.6) ? agents : bringing);
}

function misfortune(people: readonly Who[], random: SimRandom): Deed {
  const who = nameOf(random.pick(people));
  const forMs = random.pick([1, 30, 300, 2_500]);
  const kind = random.fraction();
  if (kind < 0.12) return { do: 'cut', who, forMs };
  if (kind < 0.18) return { do: 'vanish', who, forMs };
  if (kind < 0.26) return { do: 'clientCrash', who, forMs };
  if (kind < 0.3) return { do: 'stall', who, forMs };
  if (kind < 0.34) return { do: 'deaf', who, forMs: random.pick([300, 2_500]) };
  if (kind < 0.39) return weather(random);
  if (kind < 0.49) return { do: random.pick(['kill', 'powerCut']), forMs };
  if (kind < 0.51) return { do: 'stop', forMs };
  if (kind < 0.54) return { do: 'upgrade', forMs };
  if (kind < 0.56) return { do: 'clockBack', byMs: random.whole(1, 5_000) };
  if (kind < 0.6) return damage(random, forMs);
  if (kind < 0.65) return { do: 'diskFull', forMs: random.pick([20, 300, 4_000]) };
  if (kind < 0.7) return { do: 'diskSlow', ms: random.pick([30, 400]), forMs: random.pick([100, 2_000]) };
  if (kind < 0.87) return disaster(random, forMs);
  const call = random.pick(['step', 'step', 'timer', 'timer', 'replay', 'describe'] as const);
  return {
    do: 'trap',
    call,
    turn: call === 'timer' ? 1 : random.whole(1, 4),
    how: random.pick(['before', 'after', 'named']),
  };
}

function weather(random: SimRandom): Deed {
  const bad = random.pick([0.01, 0.05, 0.2]);
  return {
    do: 'weather',
    lost: random.chance(0.5) ? bad : 0,
    doubled: random.chance(0.5) ? bad : 0,
    delayMsMax: random.pick([1, 10, 60]),
  };
}

function damage(random: SimRandom, forMs: number): Deed {
  const what = random.pick(['input', 'input', 'redo', 'missing', 'snapshot'] as const);
  return { do: 'damage', what, roll: random.bits(), forMs };
}

function disaster(random: SimRandom, forMs: number): Deed {
  const kind = random.pick([
    'append',
    'append',
    'append',
    'apply',
    'apply',
    'snapshot',
    'compact',
    'drop',
    'seal',
  ] as const);
  // An error in a flush is told of journal and tables alone; the others are tried again.
  const hows =
    kind === 'append' || kind === 'apply'
      ? (['before', 'torn', 'after', 'lost', 'written'] as const)
      : (['before', 'torn', 'after'] as const);
  return { do: 'disaster', kind, turn: random.whole(1, 5), how: random.pick(hows), forMs };
}
