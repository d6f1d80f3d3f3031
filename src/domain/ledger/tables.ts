// The tables of the ledger, with their numbers for ever. Rows are numbered in the order in which things came about; the indexes are keyed
// by texts, since that is how things are asked for.

import type { TableDeclaration } from '../module.ts';

/** account number → {number, accountId, owner, customer?, agentId?, currency, limit, openedAt, four sums, entries, disputed?} */
export const accountsTable: TableDeclaration = { name: 'accounts', id: 230, personal: true };
/** ['id', accountId] → {number}; ['customer' or 'agent', who, currency, number] → {} */
export const accountIndexTable: TableDeclaration = { name: 'accountIndex', id: 231, personal: true };
/** transfer number → {number, transferId, kind, debit, credit, amount, why, about?, at, of?, expiresAt?}: never changed */
export const transfersTable: TableDeclaration = { name: 'transfers', id: 232, personal: true };
/** ['id', transferId] → {number}; ['open', number of a hold] → {expiresAt?}; ['over', number of a hold] → {state, posted?} */
export const transferIndexTable: TableDeclaration = { name: 'transferIndex', id: 233, personal: true };
/** [account number, which one of its entries] → {transfer, posted, held, expected, balance, available} */
export const entriesTable: TableDeclaration = { name: 'accountEntries', id: 234, personal: false };
/** payment number → {number, paymentId, kind, …} (payments.ts) */
export const paymentsTable: TableDeclaration = { name: 'payments', id: 235, personal: true };
/**
 * ['id', paymentId] → {number}; ['pending', payment number] → {}; ['provider'] → who it is; of disputes that are open ['dispute', number of
 * the account that paid or was paid, payment number] → {} and ['disputed', number of an account with a share, payment number] → {held, short}
 */
export const paymentIndexTable: TableDeclaration = { name: 'paymentIndex', id: 236, personal: true };
