// A platform that does not answer is left alone for a while: contacts of it are unidentified at once, and it is spared what it cannot do.
//
//   closed ── failures in a row ──▶ open until a time ──▶ one question as a trial ── answered ──▶ closed
//                                     ▲                       └ failed ──┐
//                                     └──────────────────────────────────┘
//
// A trial is asked when the time is over; until it is answered or late, others are not asked.

import { platformFailuresMax, platformOpenMs } from '../../limits.ts';
import type { Row, TableReader, TableWriter } from '../module.ts';
import { everyRow } from '../rows.ts';
import { platformHealthTable } from './tables.ts';

export interface Health {
  /** In a row. */
  readonly failures: number;
  readonly openUntil?: number;
  readonly lastFailure?: { readonly at: number; readonly why: string };
}

const well: Health = { failures: 0 };

export class CircuitBreaker {
  #byPlatform = new Map<number, Health>();

  load(tables: TableReader): void {
    this.#byPlatform = new Map();
    for (const { key, row } of everyRow(tables, platformHealthTable))
      this.#byPlatform.set(key as number, row as unknown as Health);
  }

  of(platform: number): Health {
    return this.#byPlatform.get(platform) ?? well;
  }

  /** Those that have not answered since they were left alone. */
  *leftAlone(): Generator<number, void, void> {
    for (const [platform, { openUntil }] of this.#byPlatform) if (openUntil !== undefined) yield platform;
  }

  /** `asked`: how many questions it has that are not late. */
  mayAsk(platform: number, asked: () => number, now: number): boolean {
    const { openUntil } = this.of(platform);
    return openUntil === undefined || (openUntil <= now && asked() === 0);
  }

  answered(platform: number, tables: TableWriter): void {
    const { failures, openUntil } = this.of(platform);
    if (failures > 0 || openUntil !== undefined)
      this.#set(platform, { ...this.#lastOf(platform), failures: 0 }, tables);
  }

  /** `isDown`: it did not answer, or said that it cannot. Any other failure is of this answer alone. */
  failed(platform: number, why: string, isDown: boolean, { now, tables }: { now: number; tables: TableWriter }): void {
    const { failures, openUntil } = this.of(platform);
    const inARow = failures + (isDown ? 1 : 0);
    const opens = isDown && (inARow >= platformFailuresMax || openUntil !== undefined);
    const until = opens ? now + platformOpenMs : openUntil;
    const lastFailure = { at: now, why };
    this.#set(platform, { failures: inARow, lastFailure, ...(until !== undefined && { openUntil: until }) }, tables);
  }

  forget(platform: number, { tables, onUndo }: { tables: TableWriter; onUndo: (undo: () => void) => void }): void {
    const before = this.#byPlatform.get(platform);
    if (before === undefined) return;
    this.#byPlatform.delete(platform);
    tables.remove(platformHealthTable, platform);
    onUndo(() => this.#byPlatform.set(platform, before));
  }

  #lastOf(platform: number): Pick<Health, 'lastFailure'> {
    const { lastFailure } = this.of(platform);
    return lastFailure === undefined ? {} : { lastFailure };
  }

  #set(platform: number, health: Health, tables: TableWriter): void {
    this.#byPlatform.set(platform, health);
    tables.put(platformHealthTable, platform, health as unknown as Row);
  }
}
