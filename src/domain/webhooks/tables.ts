// The tables of webhooks, with their numbers for ever.

import type { TableDeclaration } from '../module.ts';

/** webhook number → {number, webhookId, url, events, secret, setBy, since, lost, failing?, disabled?} */
export const webhooksTable: TableDeclaration = { name: 'webhooks', id: 140, personal: true };
/** [tick, place in it] → {tick, place, webhook, type, body, tries, dueAt}: not confirmed */
export const deliveriesTable: TableDeclaration = { name: 'deliveries', id: 141, personal: true };
