// The tables of ratings, with their numbers for ever. Rows of services are numbered in the order in which services ended; the indexes
// and the ratings are keyed by texts, since they are found by whom they are about, and are written only for tenants that keep ratings.

import type { TableDeclaration } from '../module.ts';

/** number → {number, contactId, contactNumber, agentId, customer, owner, queueId, channel, connectedAt, endedAt} */
export const servicesTable: TableDeclaration = { name: 'services', id: 208, personal: true };
/** ['contact', contactId, agentId] → {service}; ['agent' or 'customer', who, service] → {} */
export const serviceIndexTable: TableDeclaration = { name: 'serviceIndex', id: 209, personal: true };
/** [who is rated: 'agent' or 'customer', customer, agentId, service] → the rating */
export const ratingsTable: TableDeclaration = { name: 'ratings', id: 215, personal: true };
/** ratingId → {of, customer, agentId, service} */
export const ratingIdsTable: TableDeclaration = { name: 'ratingIds', id: 216, personal: true };
/** ['agent' or 'customer', who] → sums; ['all', 'agent' or 'customer'] → sums; ['swept', ''] → {to} */
export const gradesTable: TableDeclaration = { name: 'grades', id: 217, personal: true };
/** [customer number, when it was given, service, 0: of an agent, 1: of a customer] → {agentId}: ratings of known customers, which go with them */
export const customerRatingsTable: TableDeclaration = { name: 'customerRatings', id: 213, personal: true };
