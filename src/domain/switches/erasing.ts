// Legs, and what is asked about them, are rows for as long as something goes on: erasing waits for them to go. The recording of a message
// is where its switch has put it, and not here.

import { lookingThrough } from '../looking-through.ts';
import type { ErasesCustomers, TableReader } from '../module.ts';
import { everyRow } from '../rows.ts';
import {
  legRequestsTable,
  legsTable,
  lineSwitchesTable,
  movesTable,
  outsideCallsTable,
  supervisionsTable,
  surveysTable,
  voicemailsTable,
} from './tables.ts';

const passing = [
  legsTable,
  legRequestsTable,
  supervisionsTable,
  lineSwitchesTable,
  outsideCallsTable,
  voicemailsTable,
  surveysTable,
  movesTable,
];

export const erasesLegs: ErasesCustomers = {
  // What is left of a message becomes a contact: it would be one of somebody who has just been erased.
  stillServed: (person, tables: TableReader) => {
    for (const { row } of everyRow(tables, voicemailsTable))
      if (person.isCustomer(row.customer as number | undefined) || person.isNamedIn(row))
        return { contactId: row.contactId as string };
    return undefined;
  },
  erase: lookingThrough(
    passing.map((table) => ({
      table,
      kind: table.name,
      isOf: (person, row) => person.hasContact(row.contactNumber as number | undefined) || person.isNamedIn(row),
      erase: () => 'waits',
    })),
  ),
};
