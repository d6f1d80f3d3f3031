// The tables of customers, with their numbers for ever.

import type { TableDeclaration } from '../module.ts';

/** customer number → CustomerRow */
export const customersTable: TableDeclaration = { name: 'customers', id: 48, personal: true };
/** [scheme, value] → {number, verified?}: at random keys, so it holds nothing else. */
export const identitiesTable: TableDeclaration = { name: 'identities', id: 49, personal: true };
/** The oldest of several customers that are one person → {members}; 0 → {conflicts}: the highest conflict that was settled */
export const personsTable: TableDeclaration = { name: 'persons', id: 50, personal: false };
/** link number → LinkRow */
export const linksTable: TableDeclaration = { name: 'customerLinks', id: 51, personal: true };
/** ['id', linkId] → {number}; ['of', customer number, link number] → {} */
export const linkIndexTable: TableDeclaration = { name: 'customerLinkIndex', id: 52, personal: true };
/** conflict number → ConflictRow */
export const conflictsTable: TableDeclaration = { name: 'customerConflicts', id: 53, personal: true };
/** [customer number, customer number, why] → {number}: the lower first. */
export const conflictIndexTable: TableDeclaration = { name: 'customerConflictIndex', id: 54, personal: false };

/** customer number → {name: {value, rank}}: the attributes that were noted of it (attributes.ts) */
export const customerAttributesTable: TableDeclaration = { name: 'customerAttributes', id: 55, personal: true };
/** erasure number → ErasureRow; 0 → {customers, links}: the highest numbers that were erased */
export const erasuresTable: TableDeclaration = { name: 'erasures', id: 262, personal: false };
/** [erasure number, n] → {names} or {contacts, ids}: by what rows are known to be the person's, until it is erased */
export const erasedNamesTable: TableDeclaration = { name: 'erasedNames', id: 263, personal: true };
/**
 * [customer number, when, link number, 0: made, 1: undone] → {}: of both customers of a link. To erase a customer is to remove its rows here
 * and those of the links' other customers
 */
export const linkTimesTable: TableDeclaration = { name: 'customerLinkTimes', id: 269, personal: false };

export interface Identity {
  readonly scheme: string;
  readonly value: string;
}

export interface CustomerRow {
  readonly number: number;
  readonly identities: readonly Identity[];
  readonly createdAt: number;
  readonly lastAgentId?: string;
  readonly lastServedAt?: number;
}

export interface IdentityRow {
  readonly number: number;
  /** Whoever brought it says that it is the customer's, and not only that the customer says so. */
  readonly verified?: { readonly role: string; readonly sub: string; readonly at: number };
}
