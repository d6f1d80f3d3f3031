// Persons: customers who are one. Each customer stays what it is, the owner of what came by its name; a person is several of them, and
// is called by the oldest. So taking them apart gives back to each what was its own, and nothing has to remember whose it was.
//
//   c7 (tel) ──┐
//   c2 (email) ┼─ links ─▶ one person, called c2      a split ─▶ c7, and c2 with c9
//   c9 (visitor) ┘
//
// In memory is only who is one with another, and modules ask for all of a person's customers where they look for what it has.

import { linkedCustomersMax } from '../../limits.ts';
import type { PersonsView, Regrouped, TableReader, TableWriter } from '../module.ts';
import { everyRow } from '../rows.ts';
import { personsTable } from './tables.ts';

export class Persons implements Omit<PersonsView, 'named'> {
  /** Of customers that are one with an older one. */
  readonly #heads = new Map<number, number>();
  /** By the oldest, in ascending order; of two and more. */
  readonly #members = new Map<number, readonly number[]>();

  load(tables: TableReader): void {
    this.#heads.clear();
    this.#members.clear();
    for (const { row } of everyRow(tables, personsTable, 1)) this.#keep(row.members as readonly number[]);
  }

  get isFull(): boolean {
    return this.#heads.size >= linkedCustomersMax;
  }

  headOf(customer: number): number {
    return this.#heads.get(customer) ?? customer;
  }

  membersOf(customer: number): readonly number[] {
    return this.#members.get(this.headOf(customer)) ?? [customer];
  }

  areOne(one: number, other: number): boolean {
    return this.headOf(one) === this.headOf(other);
  }

  /** `after` has each customer of the persons that it is about, once. */
  regroup(after: readonly (readonly number[])[], tables: TableWriter): Regrouped {
    const heads = new Set(after.flat().map((customer) => this.headOf(customer)));
    const before = [...heads].map((head) => this.membersOf(head));
    for (const members of before) {
      if (members.length === 1) continue;
      for (const customer of members) this.#heads.delete(customer);
      this.#members.delete(members[0]!);
      tables.remove(personsTable, members[0]!);
    }
    const groups = after.map((members) => [...members].sort((one, other) => one - other));
    for (const members of groups) {
      if (members.length === 1) continue;
      this.#keep(members);
      tables.put(personsTable, members[0]!, { members });
    }
    return { before, after: groups };
  }

  #keep(members: readonly number[]): void {
    const [head, ...others] = members;
    this.#members.set(head!, members);
    for (const customer of others) this.#heads.set(customer, head!);
  }
}
