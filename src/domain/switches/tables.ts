// The tables of switches and legs, with their numbers for ever. Keys are numbers in the order of creation.

import type { TableDeclaration } from '../module.ts';

/** switch number → {number, switchId, graceMs, weight, connected, since, draining, openedAt} */
export const switchesTable: TableDeclaration = { name: 'switches', id: 64, personal: false };
/** leg number → {number, legId, switchId, party, contactId, slot, contactNumber, offer?, agent?, callback?, state, …} */
export const legsTable: TableDeclaration = { name: 'legs', id: 65, personal: true };
/** [tick, place in it] → {tick, place, switchId, legId, method, params, tries, deadline} */
export const legRequestsTable: TableDeclaration = { name: 'legRequests', id: 66, personal: true };
/** contact number → {slot, number, since?, heldMs, holds}: the customer is on hold, or was */
export const holdsTable: TableDeclaration = { name: 'holds', id: 67, personal: false };

/** contact number → {slot, number, consent?, state, since?, recordedMs}: is or was recorded, or its customer was asked */
export const recordingsTable: TableDeclaration = { name: 'recordings', id: 180, personal: false };
/** contact number → {slot, number, role, sub, dueAt}: digits are being collected; the digits are nowhere */
export const gathersTable: TableDeclaration = { name: 'gathers', id: 181, personal: true };
/** leg number → {number, legId, switchId, contactId, slot, contactNumber, sub, mode, state, releasing?, knownAt}: a supervisor's */
export const supervisionsTable: TableDeclaration = { name: 'supervisions', id: 182, personal: true };
/** agent's handle → {agent, lineId, contactId, slot, number, left: [{slot, number, wasUp}], resuming}: it is changing lines */
export const lineSwitchesTable: TableDeclaration = { name: 'lineSwitches', id: 210, personal: true };
/** leg number → {number, legId, switchId, contactId, slot, contactNumber, customerLegId, to, state, releasing?, knownAt}: of a number outside */
export const outsideCallsTable: TableDeclaration = { name: 'outsideCalls', id: 211, personal: true };

/** contact number → {slot, number, at}: its customer was told its place last */
export const announcementsTable: TableDeclaration = { name: 'announcements', id: 200, personal: false };
/** number → {number, legId, switchId, contactId, queueId, to, owner, wants, messageId, state, dueAt, recording?, …}: a customer is asked for a message */
export const voicemailsTable: TableDeclaration = { name: 'voicemails', id: 201, personal: true };

/** leg number → {number, legId, switchId, contactId, contactNumber, agentId, items, given, dueAt}: its customer is asked to rate */
export const surveysTable: TableDeclaration = { name: 'surveys', id: 214, personal: true };

/** number of the consultation → {slot, number, since}: customer and both agents are together */
export const conferencesTable: TableDeclaration = { name: 'conferences', id: 190, personal: false };

/** number → {number, slot, contactNumber, contactId, legId?, thenHeld?, agentLegId?, offer?, dueAt?}: a second call is being set up */
export const movesTable: TableDeclaration = { name: 'moves', id: 221, personal: true };

export const switchTables = [
  switchesTable,
  legsTable,
  legRequestsTable,
  holdsTable,
  recordingsTable,
  gathersTable,
  supervisionsTable,
  conferencesTable,
  lineSwitchesTable,
  outsideCallsTable,
  announcementsTable,
  voicemailsTable,
  surveysTable,
  movesTable,
];
