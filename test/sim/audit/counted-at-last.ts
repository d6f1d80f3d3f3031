// The last look at what is counted and recorded, when everything is at rest: counters balance, each contact counts once and has one
// record, which says what the contact says.

import type { Members } from '../setting.ts';
import { startsAt } from '../sim-time.ts';
import type { World } from '../world.ts';
import { partsIn } from './at-last.ts';
import { endedParked } from './contact-ledger.ts';

const dayMs = 86_400_000;
/** Of statistics, from long before anything happened until long after. */
const period = { from: startsAt - (startsAt % dayMs), to: startsAt - (startsAt % dayMs) + 30 * dayMs };
export const allTime = { ...period, intervalMs: dayMs };

export interface Counted {
  readonly queues: Readonly<Record<string, Members>>;
  readonly records: readonly Members[];
}

export async function countedAtLast(
  world: World,
  tenant: string,
  views: ReadonlyMap<string, Members | undefined>,
  keepsAll: boolean,
  keptOut: ReadonlyMap<string, number>,
): Promise<Counted | undefined> {
  const lines = await everyPage(world, tenant, 'statistics.query', 'queues', {
    of: 'queues',
    ...period,
    intervalMs: dayMs,
  });
  const records = await everyPage(world, tenant, 'cdr.query', 'records', {});
  if (lines === undefined || records === undefined)
    return world.breach(`${tenant}: nothing is counted at last`) as undefined;
  const agents = await everyPage(world, tenant, 'statistics.query', 'agents', {
    of: 'agents',
    ...period,
    intervalMs: dayMs,
  });
  for (const line of agents ?? []) checkAdherence(world, tenant, line);
  const queues: Record<string, Record<string, number>> = {};
  for (const line of lines) {
    const sums = queues[line.queueId as string] ?? {};
    queues[line.queueId as string] = sums;
    for (const [name, value] of Object.entries(line))
      if (typeof value === 'number' && !/Percent$|^average|Max$|^(from|to)$|P\d\d/.test(name))
        sums[name] = (sums[name] ?? 0) + value;
  }
  for (const [queueId, sums] of Object.entries(queues))
    checkQueue(world, tenant, queueId, sums, keepsAll ? views : undefined);
  // Who asked and did not hear the answer may be counted, too.
  for (const [queueId, { refused = 0 }] of Object.entries(queues))
    if (refused < (keptOut.get(queueId) ?? 0))
      world.breach(`${tenant}: ${queueId} counts ${refused} as refused, and ${keptOut.get(queueId)} were told so`);
  checkRecords(world, tenant, records, views, keepsAll);
  return { queues, records };
}

function checkQueue(
  world: World,
  tenant: string,
  queueId: string,
  sums: Readonly<Record<string, number>>,
  views: ReadonlyMap<string, Members | undefined> | undefined,
): void {
  const name = `${tenant}: ${queueId}`;
  // Of those that were erased nothing is left but that they were counted.
  const { any: mayBeMore } = world.auditors.get(tenant)!.erasures;
  const isOther = (counted: number | undefined, there: number) =>
    mayBeMore ? (counted ?? 0) < there : counted !== there;
  const { offered, answered = 0, abandoned = 0, endedOtherwise = 0, movedOn = 0 } = sums;
  const { offers, missed = 0, rejected = 0, withdrawn = 0 } = sums;
  const { handled = 0, transferred = 0 } = sums;
  // Whoever was asked about it has handled it without its having waited again.
  const isHandled = handled >= answered && handled <= answered + transferred;
  if (offered !== answered + abandoned + endedOtherwise + movedOn || !isHandled)
    world.breach(`${name} has counters that do not balance: ${JSON.stringify(sums)}`);
  if (offers !== answered + missed + rejected + withdrawn)
    world.breach(`${name} has offers that came to nothing that is known: ${JSON.stringify(sums)}`);
  if (views === undefined) return;
  const all = [...views.values()].filter(isCustomers) as Members[];
  const contacts = all.filter((view) => view.queueId === queueId);
  const left = all.flatMap(({ leftQueues = [] }) => leftQueues as Members[]).filter((one) => one.queueId === queueId);
  const served = contacts.filter(({ connectedAt }) => connectedAt !== undefined);
  const before = all.flatMap((view) => partsIn(view, queueId)).length;
  const attended = all
    .flatMap(({ servedBefore = [] }) => servedBefore as Members[])
    .filter((part) => part.queueId === queueId && part.why === 'attended').length;
  if (isOther(handled, answered + attended))
    world.breach(`${name} counts ${handled} handled, of ${answered} that were answered and ${attended} handed over`);
  // What agents dial is counted of them, until they send it on.
  const dialled = all.filter((view) => view.direction !== undefined && firstQueueOf(view) === queueId);
  const reached = dialled.filter(wasServed).length;
  const came = contacts.length + left.length + before - contacts.filter(endedParked).length - dialled.length;
  const taken = served.length + before - reached;
  if (isOther(offered, came) || isOther(movedOn, left.length) || isOther(answered, taken))
    world.breach(
      `${name} counts ${offered} that came, ${movedOn} that went on and ${answered} answered; there were ${came}, ${left.length} and ${taken}`,
    );
}

/** No consultation, and not what a colleague had of a call: those are nobody's but two agents'. */
export function isCustomers(view: Members | undefined): view is Members {
  return view !== undefined && view.consultation === undefined && view.calledBy === undefined;
}

/** In which an agent called out. */
export function firstQueueOf({ queueId, servedBefore = [] }: Members): unknown {
  return ((servedBefore as Members[])[0] ?? { queueId }).queueId;
}

export function wasServed({ connectedAt, servedBefore = [] }: Members): boolean {
  return connectedAt !== undefined || (servedBefore as Members[]).length > 0;
}

/** What was kept to was planned, and somebody was there to keep to it. */
function checkAdherence(world: World, tenant: string, line: Members): void {
  const { from, to, scheduledMs, adherentMs, loggedInMs } = line as Record<string, number>;
  if (adherentMs! < 0 || adherentMs! > Math.min(scheduledMs!, loggedInMs!) || scheduledMs! > to! - from!)
    world.breach(`${tenant}: the plan of an agent cannot have been kept to like this: ${JSON.stringify(line)}`);
}

function checkRecords(
  world: World,
  tenant: string,
  records: readonly Members[],
  views: ReadonlyMap<string, Members | undefined>,
  keepsAll: boolean,
): void {
  const byId = new Map(records.map((record) => [record.contactId as string, record]));
  // Who is forgotten may come again under the same id, and has a record each time.
  if (keepsAll && byId.size !== records.length) world.breach(`${tenant}: a contact has two records`);
  for (const [contactId, view] of views) {
    // A consultation is in the record of what it was about, and what a colleague had of a call in that of the caller's.
    if (!isCustomers(view)) continue;
    const record = byId.get(contactId);
    if (record === undefined) {
      world.breach(`${tenant}: ${contactId} is over and has no record`);
      continue;
    }
    for (const name of keepsAll ? ['queueId', 'why', 'agentId', 'arrivedAt', 'connectedAt', 'endedAt', 'waitedMs'] : [])
      if (record[name] !== view[name])
        world.breach(
          `${tenant}: the record of ${contactId} has ${name} ${record[name]}, and the contact ${view[name]}`,
        );
    const { talkMs, holdMs, offered } = record as { talkMs: number; holdMs: number; offered: number };
    if (
      talkMs < 0 ||
      (keepsAll && talkMs + holdMs !== servedInAll(view)) ||
      (record.agentId !== undefined && offered === 0 && record.direction === undefined)
    )
      world.breach(`${tenant}: the record of ${contactId} cannot be: ${JSON.stringify(record)}`);
  }
}

function servedInAll({ servedMs, servedBefore = [] }: Members): number {
  const before = servedBefore as { connectedAt: number; endedAt: number }[];
  return before.reduce((sum, { connectedAt, endedAt }) => sum + endedAt - connectedAt, servedMs as number);
}

export async function everyPage(
  world: World,
  tenant: string,
  method: string,
  what: string,
  params: Members,
  role: 'supervisor' | 'admin' = 'supervisor',
): Promise<Members[] | undefined> {
  const all: Members[] = [];
  let cursor: unknown;
  do {
    const asked = [{ method, params: { limit: 1_000, ...params, ...(cursor !== undefined && { cursor }) } }];
    const answers = await world.ask({ tenant, role, sub: 'auditor' }, asked);
    const page = answers?.[0] as Members | undefined;
    if (page === undefined) return undefined;
    all.push(...(page[what] as Members[]));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return all;
}
