// Who is to blame for a failed tick, so that it can be tried again without the culprit alone.
//
// A trap and an exception mostly say it themselves: the core's header names the command or the timer, a module's error
// its request or reaction. Where nothing does, the tick is halved until one item is left, and that one is tried once more
// alone: a worker that died has nothing to do with what it was given. What is tried differently next time is kept here until a tick succeeds.

import { tickCommandsMax } from '../limits.ts';
import { ModuleError } from './admit.ts';
import { CoreTrapError } from './core.ts';
import type { Item, Tick } from './tick.ts';

/** Tries without a hint and without a success in between, after which the partition halts. */
const TRIES_MAX = 12;
/**
 * Culprits that the core or a timer's reaction named, without a success in between: each is progress, so they may be
 * many, but each costs a rebuild, and a core that traps at everything should rather be looked at.
 */
const NAMED_MAX = 100;

export class Blame {
  /** How many items the next tick may have. */
  itemsMax = tickCommandsMax;
  /** Slots of the core's timers that the next tick skips. */
  readonly timers = new Set<number>();
  /** Reactions of modules that are passed over, by name, each with what it threw. */
  readonly reactions: Map<string, unknown>;
  #tries = 0;
  #named = 0;
  /** What failed alone in its tick, unnamed. */
  #alone: Item['request'] | Item['followUp'];

  constructor(reactions: Map<string, unknown>) {
    this.reactions = reactions;
  }

  /** An item to set aside; 'tried' when the next try is another one; 'unknown' when there is nothing left to try. */
  of(tick: Tick, error: unknown): Item | 'tried' | 'unknown' {
    if (error instanceof ModuleError) {
      // Not counted: there is one item less each time.
      if (error.item !== undefined) return error.item;
      if (error.reaction !== undefined) {
        const outcome = this.#another(this.reactions, error.reaction);
        this.reactions.set(error.reaction, error);
        return outcome;
      }
    }
    if (error instanceof CoreTrapError) {
      const item = error.command === undefined ? undefined : tick.itemOfCommand(error.command);
      if (item !== undefined) return ++this.#named > NAMED_MAX ? 'unknown' : item;
      if (error.timer !== undefined) {
        const outcome = this.#another(this.timers, error.timer);
        this.timers.add(error.timer);
        return outcome;
      }
    }
    this.#tries += 1;
    if (this.#tries > TRIES_MAX) return 'unknown';
    // Nobody asked for anything: a worker may have died, which is over at the next try.
    if (tick.items.length === 0) return 'tried';
    const [only, ...others] = tick.items as [Item, ...Item[]];
    if (others.length === 0) return this.#again(only);
    this.itemsMax = tick.items.length >> 1;
    return 'tried';
  }

  #again(only: Item): Item | 'tried' {
    const asked = only.request ?? only.followUp;
    if (asked === this.#alone) return only;
    this.#alone = asked;
    this.itemsMax = 1;
    return 'tried';
  }

  /** A tick was executed and applied. */
  succeeded(): void {
    this.timers.clear();
  }

  /** A tick is durable, so nothing of it will be tried again. */
  durable(): void {
    this.#tries = 0;
    this.#named = 0;
    this.#alone = undefined;
    this.itemsMax = Math.min(tickCommandsMax, this.itemsMax * 2);
    this.reactions.clear();
  }

  #another<T>(skipped: { has(culprit: T): boolean }, culprit: T): 'tried' | 'unknown' {
    return skipped.has(culprit) || ++this.#named > NAMED_MAX ? 'unknown' : 'tried';
  }
}
