// The switches of a tenant: what was set of them, and whether they are connected.
//
// A switch is a value that is replaced whole, so that taking a change back is putting the old value in its place.

import { switchesPerTenantMax } from '../../limits.ts';
import { switchDefaults } from '../../protocol/switch-settings.ts';
import type { Admission, Row, TableReader, TableWriter } from '../module.ts';
import { everyRow } from '../rows.ts';
import { switchesTable } from './tables.ts';

export interface Switch {
  readonly number: number;
  readonly switchId: string;
  readonly graceMs: number;
  readonly weight: number;
  readonly connected: boolean;
  /** Since when it is connected, or gone; when it became known, if it never was connected. */
  readonly since: number;
  readonly draining: boolean;
  /** When its newest session opened: what it reports after that is what there is. */
  readonly openedAt: number;
}

/** Its grace time is over: its contacts end, and nothing is asked of it. */
export function isLost({ connected, since, graceMs }: Switch, now: number): boolean {
  return !connected && now - since >= graceMs;
}

/** 2³² divided by the golden ratio, odd. */
const GOLDEN = 0x9e3779b1;

export class SwitchBook {
  #byId = new Map<string, Switch>();
  #byNumber = new Map<number, Switch>();
  #next = 1;

  load(tables: TableReader): void {
    this.#byId = new Map();
    this.#byNumber = new Map();
    this.#next = 1;
    for (const { row } of everyRow(tables, switchesTable))
      this.#know({ ...switchDefaults, ...row } as unknown as Switch);
  }

  get isFull(): boolean {
    return this.#byId.size >= switchesPerTenantMax;
  }

  find(switchId: string): Switch | undefined {
    return this.#byId.get(switchId);
  }

  at(number: number): Switch | undefined {
    return this.#byNumber.get(number);
  }

  /** In the order in which they became known, after a number. */
  *after(number: number): Generator<Switch, void, void> {
    const inOrder = [...this.#byNumber.values()].sort((a, b) => a.number - b.number);
    for (const one of inOrder) if (one.number > number) yield one;
  }

  /** Some switch is to make calls that the router begins. */
  get anyMakesCalls(): boolean {
    for (const { weight } of this.#byId.values()) if (weight > 0) return true;
    return false;
  }

  /**
   * Which one gets what the router begins itself, by weights, of those that are there and stay. Numbers that follow each other are spread
   * evenly (multiples of the golden ratio), so the shares are right also among few; the same number gets the same switch.
   */
  choose(number: number): Switch | undefined {
    const able = [...this.after(0)].filter(({ connected, draining, weight }) => connected && !draining && weight > 0);
    const parts = able.reduce((sum, { weight }) => sum + weight, 0);
    let left = Math.floor(((Math.imul(number, GOLDEN) >>> 0) / 2 ** 32) * parts);
    return able.find(({ weight }) => {
      left -= weight;
      return left < 0;
    });
  }

  /** Made known or changed, on behalf of a request. */
  set(switchId: string, change: Partial<Omit<Switch, 'number' | 'switchId'>>, admission: Admission): Switch {
    const before = this.#byId.get(switchId);
    const made = { ...(before ?? this.#fresh(switchId, admission.now)), ...change };
    this.put(made, admission.tables);
    admission.onUndo(() => {
      if (before === undefined) this.#forget(made);
      else this.#know(before);
    });
    return made;
  }

  /** When there is nobody to refuse it. */
  put(changed: Switch, tables: TableWriter): void {
    this.#know(changed);
    tables.put(switchesTable, changed.number, changed as unknown as Row);
  }

  remove(gone: Switch, { tables, onUndo }: Admission): void {
    this.#forget(gone);
    tables.remove(switchesTable, gone.number);
    onUndo(() => this.#know(gone));
  }

  #fresh(switchId: string, since: number): Switch {
    return { number: this.#next, switchId, ...switchDefaults, connected: false, since, draining: false, openedAt: 0 };
  }

  #know(one: Switch): void {
    this.#byId.set(one.switchId, one);
    this.#byNumber.set(one.number, one);
    this.#next = Math.max(this.#next, one.number + 1);
  }

  #forget(one: Switch): void {
    this.#byId.delete(one.switchId);
    this.#byNumber.delete(one.number);
  }
}
