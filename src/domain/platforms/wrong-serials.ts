// How often serials were wrong: of each platform, of each switch that brings contacts, and of each calling number at a platform.
//
// A window begins with the first wrong serial and is over after `windowMs` of the plan; who has had as many as may be within it has none
// looked up until then. Counts are rows, so a restart forgives nothing. Where too many are counted at once the oldest are forgotten: an
// attacker who changes the calling number with every call still meets the counts of the platform and of the switch.

import { guessersMax } from '../../limits.ts';
import type { Admission, Row, TableReader, TableWriter } from '../module.ts';
import { everyRow } from '../rows.ts';
import { wrongSerialsTable } from './tables.ts';

export type GuessesOf = 'platform' | 'switch' | 'caller';

export interface Guesser {
  readonly of: GuessesOf;
  readonly name: string;
}

export interface Wrong extends Guesser {
  readonly since: number;
  readonly wrong: number;
  readonly windowMs: number;
}

export class WrongSerials {
  /** In the order in which they were counted first. */
  #byWho = new Map<string, Wrong>();

  load(tables: TableReader): void {
    const rows = [...everyRow(tables, wrongSerialsTable)].map(({ row }) => row as unknown as Wrong);
    rows.sort((a, b) => a.since - b.since);
    this.#byWho = new Map(rows.map((row) => [keyOf(row), row]));
  }

  /** Of the window that is not over. */
  of(who: Guesser, now: number): Wrong | undefined {
    const found = this.#byWho.get(keyOf(who));
    return found === undefined || found.since + found.windowMs <= now ? undefined : found;
  }

  /** Of all windows that are not over. */
  now(now: number): Wrong[] {
    return [...this.#byWho.values()].filter(({ since, windowMs }) => since + windowMs > now);
  }

  /** One more. */
  count(who: Guesser, windowMs: number, { now, tables, onUndo }: Admission): Wrong {
    const before = this.#byWho.get(keyOf(who));
    const going = this.of(who, now);
    const counted: Wrong = { ...who, since: going?.since ?? now, wrong: (going?.wrong ?? 0) + 1, windowMs };
    const [oldest] = before === undefined && this.#byWho.size >= guessersMax ? this.#byWho.values() : [];
    if (oldest !== undefined) this.#forget(oldest, tables);
    this.#byWho.set(keyOf(who), counted);
    tables.put(wrongSerialsTable, [who.of, who.name], counted as unknown as Row);
    onUndo(() => {
      if (before === undefined) this.#byWho.delete(keyOf(who));
      else this.#byWho.set(keyOf(who), before);
      if (oldest !== undefined) this.#byWho.set(keyOf(oldest), oldest);
    });
    return counted;
  }

  /** Windows that are over, at most so many of them. */
  forgetOld(atMost: number, now: number, tables: TableWriter): void {
    let left = atMost;
    for (const counted of this.#byWho.values()) {
      if (counted.since + counted.windowMs > now) continue;
      if (left-- === 0) return;
      this.#forget(counted, tables);
    }
  }

  erase(counted: Wrong, tables: TableWriter): void {
    this.#forget(counted, tables);
  }

  nextDue(): number | undefined {
    let due: number | undefined;
    for (const { since, windowMs } of this.#byWho.values()) due = Math.min(due ?? Infinity, since + windowMs);
    return due;
  }

  #forget(counted: Wrong, tables: TableWriter): void {
    this.#byWho.delete(keyOf(counted));
    tables.remove(wrongSerialsTable, [counted.of, counted.name]);
  }
}

function keyOf({ of, name }: Guesser): string {
  return `${of}\n${name}`;
}
