// The tables of statistics, with their numbers for ever. All keys begin with a tick or a time, so rows are written in order.

import type { TableDeclaration } from '../module.ts';

/** tick → {at, ids, facts}: what was counted and is in no row of an interval yet, of the last ticks */
export const countedTable: TableDeclaration = { name: 'counted', id: 120, personal: true };
/** [start of the interval, the last tick in it] → {queues, agents, countedTo?}: the sums of earlier ones, in rows as those of intervals */
export const countedSumsTable: TableDeclaration = { name: 'countedSums', id: 237, personal: true };
/** [start of the interval, queueId; '' for all together] → counters */
export const queueIntervalsTable: TableDeclaration = { name: 'queueIntervals', id: 121, personal: false };
/** [start of the interval, agentId; '' for all together] → counters */
export const agentIntervalsTable: TableDeclaration = { name: 'agentIntervals', id: 122, personal: true };
/** 1 → {foldedTo, resumedAt}: how far rows of intervals are complete */
export const foldingTable: TableDeclaration = { name: 'folding', id: 123, personal: false };

export const statisticsTables = [
  countedTable,
  countedSumsTable,
  queueIntervalsTable,
  agentIntervalsTable,
  foldingTable,
];
