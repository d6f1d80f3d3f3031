// Attributes of customers: what the tenant keeps of them, a name, a language, a segment. Each customer has those that were noted of it;
// of a person, what was noted last of any of its customers holds, name by name, so after a split each has its own again.

import { customerAttributesBytesMax } from '../../limits.ts';
import { type Refusal, refuse } from '../../protocol/refusals.ts';
import type { Row, TableReader, TableWriter } from '../module.ts';
import { customerAttributesTable } from './tables.ts';

export type CustomerAttributes = Readonly<Record<string, unknown>>;

interface Noted {
  /** Null: taken away, where another customer of the person has one of that name. */
  readonly value: unknown;
  /** When; of a person no two of a name have the same. */
  readonly rank: number;
}

type OwnAttributes = Readonly<Record<string, Noted>>;

export class Attributes {
  /** Nothing is looked for where nothing was ever noted: each contact asks. */
  #isAny = false;

  load(tables: TableReader): void {
    this.#isAny = tables.range(customerAttributesTable, { limit: 1 }).length > 0;
  }

  /** Of all of these, who are one person. */
  of(customers: readonly number[], tables: TableReader): CustomerAttributes {
    if (!this.#isAny) return {};
    const last = new Map<string, Noted>();
    for (const customer of customers)
      for (const [name, noted] of Object.entries(own(customer, tables)))
        if (noted.rank > (last.get(name)?.rank ?? -1)) last.set(name, noted);
    return Object.fromEntries([...last].flatMap(([name, { value }]) => (value === null ? [] : [[name, value]])));
  }

  /** Of one customer by itself, whomever it is one with. */
  ownOf(customer: number, tables: TableReader): CustomerAttributes {
    return this.of([customer], tables);
  }

  /** Names are added to those that are there; null takes one away. */
  change(
    customer: number,
    {
      given,
      person,
      now,
    }: { readonly given: CustomerAttributes; readonly person: readonly number[]; readonly now: number },
    tables: TableWriter,
  ): Refusal | undefined {
    const all = new Map(person.map((member) => [member, new Map(Object.entries(own(member, tables)))]));
    const changed = new Map(all.get(customer));
    for (const [name, value] of Object.entries(given)) {
      const ranks = [...all.values()].map((noted) => noted.get(name)?.rank ?? 0);
      const isOthers = [...all].some(([member, noted]) => member !== customer && noted.has(name));
      if (value === null && !isOthers) changed.delete(name);
      else changed.set(name, { value, rank: Math.max(now, ...ranks.map((rank) => rank + 1)) });
    }
    const bytes = Buffer.byteLength(JSON.stringify([...changed].map(([name, { value }]) => [name, value])));
    if (bytes > customerAttributesBytesMax)
      return refuse('customer_attributes_too_large', { bytes, max: customerAttributesBytesMax });
    if (changed.size === 0) tables.remove(customerAttributesTable, customer);
    else tables.put(customerAttributesTable, customer, Object.fromEntries(changed) as Row);
    this.#isAny ||= changed.size > 0;
    return undefined;
  }
}

function own(customer: number, tables: TableReader): OwnAttributes {
  return (tables.get(customerAttributesTable, customer) ?? {}) as OwnAttributes;
}
