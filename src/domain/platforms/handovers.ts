// The hand-over table: what platforms have said of callers who are on their way, by platform and serial.
//
//   put ─▶ live ── a contact comes with the serial ──▶ used: what was said is the contact's now, and in this table no more
//            └ expiresAt ─▶ expired                        both are remembered for a while, to say why the serial is not good any more
//
// In memory is which serials there are; what was said is read from its row when it is needed. Putting has no command of the core, so
// nothing but the request itself ever takes it back, and a contact of the same tick may use it.

import { handoverKeptMs, handoversForgottenPerTickMax } from '../../limits.ts';
import { orderedMap } from '../../store/ordered-map.ts';
import type { Admission, Reaction, Row, TableReader, TableWriter } from '../module.ts';
import { everyRow } from '../rows.ts';
import { timeKey } from '../time-key.ts';
import { handoversTable } from './tables.ts';

export interface Handover {
  readonly number: number;
  /** The number of its platform. */
  readonly platform: number;
  readonly serial: string;
  readonly at: number;
  readonly expiresAt: number;
  /** The contact that came with it. */
  readonly usedBy?: string;
}

export interface Said {
  readonly data?: Readonly<Record<string, unknown>>;
  readonly identity?: { readonly scheme: string; readonly value: string };
}

export class Handovers {
  #bySerial = new Map<string, Handover>();
  /** By when they are forgotten. */
  #byAge = orderedMap<Handover>();
  /** Of each platform, used and expired ones included. */
  #ofPlatform = new Map<number, Map<number, Handover>>();
  #next = 1;

  load(tables: TableReader): void {
    this.#bySerial = new Map();
    this.#byAge = orderedMap<Handover>();
    this.#ofPlatform = new Map();
    this.#next = 1;
    for (const { row } of everyRow(tables, handoversTable)) this.#know(withoutWords(row as unknown as Handover & Said));
  }

  get size(): number {
    return this.#bySerial.size;
  }

  find(platform: number, serial: string): Handover | undefined {
    return this.#bySerial.get(keyOf({ platform, serial }));
  }

  /** What was said with it; of one that was used nothing is left. */
  saidWith({ number }: Handover, tables: TableReader): Said {
    const { data, identity } = (tables.get(handoversTable, number) ?? {}) as Said;
    return { ...(data !== undefined && { data }), ...(identity !== undefined && { identity }) };
  }

  countOf(platform: number): number {
    return this.#ofPlatform.get(platform)?.size ?? 0;
  }

  liveOf(platform: number, now: number): number {
    let live = 0;
    for (const handover of this.#ofPlatform.get(platform)?.values() ?? []) if (isLive(handover, now)) live += 1;
    return live;
  }

  put(
    of: Pick<Handover, 'platform' | 'serial' | 'expiresAt'>,
    said: Said,
    { now, tables, onUndo }: Admission,
  ): Handover {
    const { platform, serial, expiresAt } = of;
    const handover: Handover = { number: this.#next, platform, serial, at: now, expiresAt };
    // One that ran out may be handed over anew before it is forgotten.
    const before = this.find(platform, serial);
    if (before !== undefined) {
      this.#forget(before);
      tables.remove(handoversTable, before.number);
    }
    this.#know(handover);
    tables.put(handoversTable, handover.number, { ...handover, ...said } as unknown as Row);
    onUndo(() => {
      this.#forget(handover);
      if (before !== undefined) this.#know(before);
    });
    return handover;
  }

  /** From this moment on it is used, also for whatever else comes in the same tick. */
  use(handover: Handover, contactId: string, { tables, onUndo }: Admission): void {
    const used: Handover = { ...handover, usedBy: contactId };
    this.#know(used);
    tables.put(handoversTable, used.number, used as unknown as Row);
    onUndo(() => this.#know(handover));
  }

  /** Platforms of which there is anything, also such as are there no more: no later one has their number. */
  platforms(): Iterable<number> {
    return this.#ofPlatform.keys();
  }

  /** When the next one is to be forgotten. */
  nextDue(): number | undefined {
    const key = this.#byAge.minKey();
    const next = key === undefined ? undefined : this.#byAge.get(key);
    return next && forgottenAt(next);
  }

  forgetOld({ now, tables }: Pick<Reaction, 'now' | 'tables'>): void {
    for (let left = handoversForgottenPerTickMax; left > 0; left--) {
      const key = this.#byAge.minKey();
      const handover = key === undefined ? undefined : this.#byAge.get(key);
      if (handover === undefined || forgottenAt(handover) > now) return;
      this.#forget(handover);
      tables.remove(handoversTable, handover.number);
    }
  }

  erase(row: Handover, tables: TableWriter): void {
    this.#forget(row);
    tables.remove(handoversTable, row.number);
  }

  #know(handover: Handover): void {
    const { number, platform } = handover;
    this.#bySerial.set(keyOf(handover), handover);
    this.#byAge.set(timeKey(forgottenAt(handover), number), handover);
    const ofPlatform = this.#ofPlatform.get(platform) ?? new Map<number, Handover>();
    this.#ofPlatform.set(platform, ofPlatform.set(number, handover));
    this.#next = Math.max(this.#next, number + 1);
  }

  #forget(handover: Handover): void {
    const { number, platform } = handover;
    this.#bySerial.delete(keyOf(handover));
    this.#byAge.delete(timeKey(forgottenAt(handover), number));
    const ofPlatform = this.#ofPlatform.get(platform);
    ofPlatform?.delete(number);
    if (ofPlatform?.size === 0) this.#ofPlatform.delete(platform);
  }
}

export function isLive({ usedBy, expiresAt }: Handover, now: number): boolean {
  return usedBy === undefined && expiresAt > now;
}

function withoutWords({ data: _, identity: __, ...handover }: Handover & Said): Handover {
  return handover;
}

function forgottenAt({ expiresAt }: Handover): number {
  return expiresAt + handoverKeptMs;
}

function keyOf({ platform, serial }: Pick<Handover, 'platform' | 'serial'>): string {
  return `${platform}/${serial}`;
}
