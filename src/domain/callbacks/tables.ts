// The tables of callbacks, with their numbers for ever. Keys are numbers in the order of asking.

import type { TableDeclaration } from '../module.ts';

/** callback number → Callback (callback-book.ts) */
export const callbacksTable: TableDeclaration = { name: 'callbacks', id: 162, personal: true };
/** 1 → {next}: written when the newest rows may be gone, since contacts and legs are called by these numbers */
export const callbackCountersTable: TableDeclaration = { name: 'callbackCounters', id: 163, personal: false };

export const callbackTables = [callbacksTable, callbackCountersTable];
