// The tables of messages, with their numbers for ever. Texts are keyed by the number of their contact, and so are in the order of creation.

import type { TableDeclaration } from '../module.ts';

/** [contact number, number] → {messageId, number, side, sub?, text, attributes?, at, toAgent?, afterwards?} */
export const messagesTable: TableDeclaration = { name: 'messages', id: 202, personal: true };
/**
 * ['live' or 'over', contact number] → the conversation; ['id', messageId] → {contact, number}; ['contact', contactId] → {contact};
 * ['customer', customer, contact number] → {}; ['until', ended at, contact number] → {}
 */
export const conversationsTable: TableDeclaration = { name: 'conversations', id: 203, personal: true };
/** [contact number, 0] → {number, slot, last, agentId, owner}; [contact number, number] → a signal that its other side has not taken */
export const signalsTable: TableDeclaration = { name: 'signals', id: 204, personal: true };
/**
 * [customer number, when, contact number, number] → {}: the texts of contacts of customers, which go with them. To erase a text is to
 * remove its row here as well (Conversations.erase does)
 */
export const customerMessagesTable: TableDeclaration = { name: 'customerMessages', id: 205, personal: true };
