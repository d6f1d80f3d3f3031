// The tables of who is at the desk, with their numbers for ever.

import type { TableDeclaration } from '../module.ts';

/** agent id → {agentId, connected, start}: `start` is the number of the router's start in which that was so. */
export const attendanceTable: TableDeclaration = { name: 'attendance', id: 160, personal: true };
/** 1 → {start, at} */
export const startsTable: TableDeclaration = { name: 'starts', id: 161, personal: false };

export const attendanceTables = [attendanceTable, startsTable];
