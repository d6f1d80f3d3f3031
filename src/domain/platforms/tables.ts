// The tables of platforms, with their numbers for ever.

import type { TableDeclaration } from '../module.ts';

/** plan number → {number, planId, range, accessIdLength, serialLength, checkDigit?, guesses?} */
export const numberPlansTable: TableDeclaration = { name: 'numberPlans', id: 250, personal: false };
/** platform number → {number, platformId, accessId, name?, credential? (a digest), handoverMs?, setBy, since} */
export const platformsTable: TableDeclaration = { name: 'platforms', id: 251, personal: true };
/** hand-over number → {number, platform, serial, at, expiresAt, data?, identity?, usedBy?}: once used, without what it said */
export const handoversTable: TableDeclaration = { name: 'handovers', id: 252, personal: true };
/** [of, name] → {of, name, since, wrong, windowMs}: serials that were wrong within a window */
export const wrongSerialsTable: TableDeclaration = { name: 'wrongSerials', id: 253, personal: true };
/** platform number → {identified}: contacts that came with one of its serials */
export const platformCountsTable: TableDeclaration = { name: 'platformCounts', id: 254, personal: false };
/** contact number → {number, slot, platform, serial, askedAt, dueAt, endsAt, isLate?}: platforms are asked and have not answered */
export const questionsTable: TableDeclaration = { name: 'platformQuestions', id: 255, personal: true };
/** platform number → {failures, openUntil?, lastFailure?} */
export const platformHealthTable: TableDeclaration = { name: 'platformHealth', id: 256, personal: false };
