// The tables of paid contacts, with their numbers for ever. Rows are numbered in the order in which they were made, so they are written
// in order; they are in memory as well, and found there by their ids.

import type { TableDeclaration } from '../module.ts';

/** number → {number, given, publishedAt} */
export const ratesTable: TableDeclaration = { name: 'rates', id: 240, personal: false };
/** number → {number, quoteId, owner, channel, content, quotes, shares, expiresAt} */
export const quotesTable: TableDeclaration = { name: 'quotes', id: 241, personal: true };
/** contact number → what is kept of a contact that is paid for, as long as it lives (PaidContact) */
export const paidContactsTable: TableDeclaration = { name: 'paidContacts', id: 242, personal: true };
/** number → Receipt */
export const receiptsTable: TableDeclaration = { name: 'receipts', id: 243, personal: true };
/** ['contact' or 'customer' or 'agent', who, number] → {} */
export const receiptIndexTable: TableDeclaration = { name: 'receiptIndex', id: 244, personal: true };
