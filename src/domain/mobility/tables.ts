// The table of mobility, with its number for ever.

import type { TableDeclaration } from '../module.ts';

/** token number → {number, digest, of, agentId?, expiresAt, usedBy?}: what is known of a token that was told */
export const moveTokensTable: TableDeclaration = { name: 'moveTokens', id: 218, personal: true };
