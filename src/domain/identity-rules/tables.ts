// The tables of the tenant's rules for who is who, with their numbers for ever.

import type { TableDeclaration } from '../module.ts';

/** rule number → RuleRow */
export const identityRulesTable: TableDeclaration = { name: 'identityRules', id: 270, personal: true };
/** [customer number, rule number] → {key} or {fault}: what the rule gave for it; absent: nothing */
export const customerKeysTable: TableDeclaration = { name: 'customerKeys', id: 271, personal: true };
/** [rule number, key, customer number] → {} */
export const keyIndexTable: TableDeclaration = { name: 'customerKeyIndex', id: 272, personal: true };
