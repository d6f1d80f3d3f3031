// The affinity table: what was set and what was learned of a customer, a row for each queue and one for all queues.
//
// A row is found by its customer; beside it an index says of which customers an agent is, and a reminder when the row has to
// be looked at again because something of it runs out. A reminder is moved only to an earlier time: what was learned anew runs
// out later, and is looked at once in vain rather than written twice with each service.

import { affinityLookedAtAgainMs, rangeRowsMax } from '../../limits.ts';
import type { Row, TableDeclaration, TableReader, TableWriter } from '../module.ts';

/** [customer number, queueId or '' for all queues] → AffinityRow */
export const affinitiesTable: TableDeclaration = { name: 'affinities', id: 206, personal: true };
/** [agentId, customer number, queueId or ''] → {} */
export const affinityAgentsTable: TableDeclaration = { name: 'affinityAgents', id: 207, personal: true };
/** [when, customer number, queueId or ''] → {} */
export const affinityRemindersTable: TableDeclaration = { name: 'affinityReminders', id: 212, personal: true };

export const affinityTables = [affinitiesTable, affinityAgentsTable, affinityRemindersTable];

/** Of a row that is for all queues. */
export const ALL_QUEUES = '';

export interface SetAffinity {
  readonly agentId: string;
  readonly since: number;
  readonly expiresAt?: number;
}

export interface LearnedAffinity {
  readonly agentId: string;
  /** When the agent served the customer last. */
  readonly since: number;
}

export interface AffinityRow {
  readonly customer: number;
  readonly queueId: string;
  readonly set?: SetAffinity;
  readonly lastAgent?: LearnedAffinity;
  readonly remindAt: number;
}

/** What is kept of a row. */
export type Kept = Pick<AffinityRow, 'set' | 'lastAgent'>;

export function affinityRowOf(tables: TableReader, customer: number, queueId: string): AffinityRow | undefined {
  return tables.get(affinitiesTable, [customer, queueId]) as unknown as AffinityRow | undefined;
}

/** All of a customer: for all queues first, then by queue. */
export function affinityRowsOf(tables: TableReader, customer: number): AffinityRow[] {
  const rows = tables.range(affinitiesTable, { prefix: [customer], limit: rangeRowsMax });
  return rows.map(({ row }) => row as unknown as AffinityRow);
}

/**
 * Writes what is known now in the place of what was; nothing known is no row. `expiresAfterMs` is what holds in the queue for
 * what was learned. Returns when the row is to be looked at, where that is another time than before.
 */
export function writeAffinity(
  tables: TableWriter,
  at: { readonly customer: number; readonly queueId: string },
  kept: Kept,
  { now, expiresAfterMs }: { readonly now: number; readonly expiresAfterMs: number | undefined },
): number | undefined {
  const { customer, queueId } = at;
  const key = [customer, queueId] as const;
  const before = affinityRowOf(tables, customer, queueId);
  const agents = agentsOf(kept);
  for (const agentId of agentsOf(before)) {
    if (!agents.includes(agentId)) tables.remove(affinityAgentsTable, [agentId, ...key]);
  }
  for (const agentId of agents) {
    if (!agentsOf(before).includes(agentId)) tables.put(affinityAgentsTable, [agentId, ...key], {});
  }
  const wanted = lookAt(kept, now, expiresAfterMs);
  const stays = wanted !== undefined && before !== undefined && before.remindAt > now && before.remindAt <= wanted;
  if (before !== undefined && !stays) tables.remove(affinityRemindersTable, [before.remindAt, ...key]);
  if (wanted === undefined) {
    if (before !== undefined) tables.remove(affinitiesTable, key);
    return undefined;
  }
  const remindAt = stays ? before.remindAt : wanted;
  if (!stays) tables.put(affinityRemindersTable, [remindAt, ...key], {});
  tables.put(affinitiesTable, key, { customer, queueId, ...kept, remindAt } as unknown as Row);
  return stays ? undefined : remindAt;
}

/** The rows of which something runs out by now, so many at most. */
export function dueRows(tables: TableReader, now: number, most: number): AffinityRow[] {
  const rows = tables.range(affinityRemindersTable, { limit: most });
  const keys = rows.map(({ key }) => key as unknown as readonly [number, number, string]);
  return keys.filter(([at]) => at <= now).map(([, customer, queueId]) => affinityRowOf(tables, customer, queueId)!);
}

/** When the next row has to be looked at. */
export function nextReminder(tables: TableReader): number | undefined {
  const [first] = tables.range(affinityRemindersTable, { limit: 1 });
  return first && (first.key as unknown as readonly [number])[0];
}

function agentsOf(kept: Kept | undefined): string[] {
  const agents = [kept?.set?.agentId, kept?.lastAgent?.agentId].filter((agentId) => agentId !== undefined);
  return [...new Set(agents)];
}

/** When something of it runs out, or it is time to see whether agent and queue are there still. Undefined: nothing is known. */
function lookAt({ set, lastAgent }: Kept, now: number, expiresAfterMs: number | undefined): number | undefined {
  if (set === undefined && lastAgent === undefined) return undefined;
  const times = [now + affinityLookedAtAgainMs];
  if (set?.expiresAt !== undefined) times.push(set.expiresAt);
  if (lastAgent !== undefined && expiresAfterMs !== undefined) times.push(lastAgent.since + expiresAfterMs);
  return Math.min(...times);
}
