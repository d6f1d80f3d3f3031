// The tables of timelines, with their numbers for ever: what took place and is kept nowhere else by customer and time.

import type { TableDeclaration } from '../module.ts';

/** [when, number] → {kind, customers, channel?, contactId?, agentId?, details}: the oldest go first */
export const notesTable: TableDeclaration = { name: 'timelineNotes', id: 267, personal: true };
/**
 * [customer number, when, number] → {}: a row for each customer of a note. To erase a customer is to remove its rows here, the notes that
 * they lead to, and the rows of those notes' other customers
 */
export const customerNotesTable: TableDeclaration = { name: 'customerNotes', id: 268, personal: false };
