// What customers have of a person who is erased: names, links and who is one with whom go at once, in the first step, so that whoever
// comes by one of the names from then on is somebody who was never seen. Conflicts are looked through behind that.

import { lookingThrough } from '../looking-through.ts';
import type { ErasesCustomers, TableWriter } from '../module.ts';
import type { ConflictRow, Conflicts } from './conflicts.ts';
import { read } from './customer-book.ts';
import type { Joining } from './joining.ts';
import type { LinkRow, Links } from './links.ts';
import { conflictsTable, customerAttributesTable, customersTable, erasuresTable, identitiesTable } from './tables.ts';

export function erasesNames(parts: {
  readonly joining: Joining;
  readonly links: Links;
  readonly conflicts: Conflicts;
}): ErasesCustomers {
  const { joining, links, conflicts } = parts;
  const inConflicts = lookingThrough([
    {
      table: conflictsTable,
      kind: 'conflicts',
      isOf: (person, { customers }) => (customers as readonly number[]).some((customer) => person.isCustomer(customer)),
      erase: (row, _, __, tables) => conflicts.forget(row as unknown as ConflictRow, tables),
    },
  ]);
  return {
    erase: (person, from, at) => {
      if (from !== undefined) return inConflicts(person, from === 'conflicts' ? undefined : from, at);
      const { tables } = at;
      joining.apart(person.customers, at);
      const gone = links.ofAll(person.customers, tables);
      for (const link of gone) {
        person.noteId(link.linkId);
        links.erase(link, tables);
      }
      neverAgain(person.customers, gone, tables);
      let identities = 0;
      for (const customer of person.customers) {
        for (const { scheme, value } of read(customer, tables)?.identities ?? []) {
          tables.remove(identitiesTable, [scheme, value]);
          identities += 1;
        }
        tables.remove(customerAttributesTable, customer);
        tables.remove(customersTable, customer);
      }
      const erased = { customers: person.customers.length, identities, links: gone.length };
      return { erased, next: 'conflicts' };
    },
  };
}

/** No number is given twice: it is what is left of who had it. */
function neverAgain(customers: readonly number[], gone: readonly LinkRow[], tables: TableWriter): void {
  const before = tables.get(erasuresTable, 0) as { customers?: number; links?: number } | undefined;
  tables.put(erasuresTable, 0, {
    customers: Math.max(before?.customers ?? 0, ...customers),
    links: Math.max(before?.links ?? 0, ...gone.map(({ number }) => number)),
  });
}
