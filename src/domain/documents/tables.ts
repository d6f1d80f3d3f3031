// The tables of documents, with their numbers for ever. What is in a document is apart from what is shown of it: lists read no contents.

import type { TableDeclaration } from '../module.ts';

/** number → DocumentRow */
export const documentsTable: TableDeclaration = { name: 'documents', id: 245, personal: true };
/** number → {content?, reference?} */
export const documentContentsTable: TableDeclaration = { name: 'documentContents', id: 246, personal: true };
/**
 * ['id', documentId] → {number}; ['contact', contactId, number], ['agent', agentId, number], ['customer', customer number, number],
 * ['owner', role:sub, number] → {}; ['until', when it is forgotten, number] → {}
 */
export const documentIndexTable: TableDeclaration = { name: 'documentIndex', id: 247, personal: true };
/** [customer number, when, document number, what became of it] → {}: what a timeline has of documents */
export const documentStepsTable: TableDeclaration = { name: 'documentSteps', id: 222, personal: false };
