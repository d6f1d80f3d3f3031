// The tables of routing, with their numbers for ever. Keys are numbers in the order of creation, so that the rows of a
// busy day are written side by side; only `watches` is keyed by text, and it is small.

import type { TableDeclaration } from '../module.ts';

/** [kind, number] → {name} */
export const namesTable: TableDeclaration = { name: 'names', id: 16, personal: false };
/** handle → {queueId, policy as given} */
export const queuesTable: TableDeclaration = { name: 'queues', id: 17, personal: false };
/** handle → {agentId, content as given} */
export const agentsTable: TableDeclaration = { name: 'agents', id: 18, personal: true };
/** number → {queue, channel, all, any, prefers} */
export const profilesTable: TableDeclaration = { name: 'profiles', id: 19, personal: false };
/** contact number → what it was created as and, once it is over, how it went */
export const contactsTable: TableDeclaration = { name: 'contacts', id: 20, personal: true };
/** [queue handle, day] → counters, and how its contacts move on */
export const queueDaysTable: TableDeclaration = { name: 'queueDays', id: 21, personal: false };
/** supervisor's sub → {queues, agents} */
export const watchesTable: TableDeclaration = { name: 'watches', id: 22, personal: true };
/** 1 → the tenant's settings */
export const tenantTable: TableDeclaration = { name: 'tenant', id: 23, personal: true };
/** 1 → {nextContact}: written when the newest rows may be gone */
export const countersTable: TableDeclaration = { name: 'counters', id: 24, personal: false };

/** profile number → how its contacts move on */
export const profileFlowsTable: TableDeclaration = { name: 'profileFlows', id: 25, personal: false };

/** calendar number → {number, given, open, changesAt}: what was decided, and for how long it holds */
export const calendarsTable: TableDeclaration = { name: 'calendars', id: 100, personal: false };
/** queue handle → {queueId, reason, since, empties}: closed by hand */
export const closingsTable: TableDeclaration = { name: 'closings', id: 101, personal: false };
/** entry number → {number, entry, queueId} */
export const entriesTable: TableDeclaration = { name: 'entries', id: 102, personal: false };
/** contact number → {number, keys, arrivedAt, sequence, leftAt, until}: the place of somebody who may be back */
export const placesTable: TableDeclaration = { name: 'places', id: 104, personal: true };

export const routingTables = [
  namesTable,
  queuesTable,
  agentsTable,
  profilesTable,
  contactsTable,
  queueDaysTable,
  watchesTable,
  tenantTable,
  countersTable,
  profileFlowsTable,
  calendarsTable,
  closingsTable,
  entriesTable,
  placesTable,
];
