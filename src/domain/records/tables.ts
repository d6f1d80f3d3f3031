// The tables of contact records, with their numbers for ever.

import type { TableDeclaration } from '../module.ts';

/** contact number → what its record will say and nobody else remembers; only of live contacts */
export const recordNotesTable: TableDeclaration = { name: 'recordNotes', id: 130, personal: true };
/** [when it was finished, contact number] → the record, as cdr.query shows it */
export const contactRecordsTable: TableDeclaration = { name: 'contactRecords', id: 131, personal: true };
