// The tables of business data, with their numbers for ever.

import type { TableDeclaration } from '../module.ts';

/** number → BusinessRow */
export const businessesTable: TableDeclaration = { name: 'businesses', id: 260, personal: true };
/** ['id', businessId] → {number}; ['of', customer number, number] → {}; ['open', number] → {} */
export const businessIndexTable: TableDeclaration = { name: 'businessIndex', id: 261, personal: true };
/**
 * [customer number, when, number, which step] → {status, open, by, channel?, contactId?}: those steps that the business remembers, which go
 * with it
 */
export const businessStepsTable: TableDeclaration = { name: 'businessSteps', id: 219, personal: true };
