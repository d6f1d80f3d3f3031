// Affinity: a contact is led to the agent whom its customer knows (docs/affinity.md).
//
// On its way in, in a queue with `affinity`, a contact is given its customer's agent: what was set for the queue, else what was set for
// all, else what the queue has learned. The core then decides (assembly/direct.ts): it rings there, waits for that agent alone or in the pool
// as well, or goes to the pool. What was learned is the last agent who served the customer in that queue, written when they are connected.
//
// How long what was learned counts is the queue's policy of now, so a changed policy holds at once. What has run out counts no more
// from that moment, and its row is removed by a timer of the core.

import * as layout from '../../../assembly/layout.ts';
import type { Effect } from '../../engine/effects.ts';
import { affinitiesLookedAtPerTickMax, listScanMax } from '../../limits.ts';
import type { AffinityOrigin } from '../../protocol/affinity.ts';
import type { Params } from '../../protocol/methods.ts';
import type { AffinityPolicy } from '../../protocol/queue-policy.ts';
import { refuse } from '../../protocol/refusals.ts';
import { customerIdOf, knownCustomer } from '../customers/customer-book.ts';
import type {
  Admission,
  Admitted,
  ContactDraft,
  DomainModule,
  ErasesCustomers,
  FollowUpHandler,
  Handler,
  LoadContext,
  PersonsView,
  Reaction,
  RoutingView,
  Shapes,
  TableReader,
} from '../module.ts';
import type { OnNoted } from '../timeline/notes.ts';
import type { ExportSource } from '../timeline-source.ts';
import {
  type AffinityRow,
  ALL_QUEUES,
  affinitiesTable,
  affinityAgentsTable,
  affinityRowOf,
  affinityRowsOf,
  affinityTables,
  dueRows,
  type Kept,
  nextReminder,
  writeAffinity,
} from './affinity-table.ts';

const MODULE = 21;
const REMINDER_TIMER = 1;
const LIST_DEFAULT = 100;

interface Known {
  readonly agentId: string;
  readonly source: AffinityOrigin;
  readonly since?: number;
  readonly expiresAt?: number;
}

/** Whom a customer has rated best in a queue. */
type BestRated = (customer: number, queueId: string, tables: TableReader) => string | undefined;

export class Affinity implements DomainModule {
  readonly name = 'affinity';
  readonly number = MODULE;
  readonly reactsTo = [layout.EFFECT_CONNECTED, layout.EFFECT_HANDED_OVER];
  readonly tables = affinityTables;
  readonly methods: Readonly<Record<string, Handler>> = {
    'affinity.set': (params, admission) => this.#set(params, admission),
    'affinity.get': (params, admission) => this.#get(params, admission),
    'affinity.list': (params, admission) => this.#list(params, admission),
    'affinity.remove': (params, admission) => this.#remove(params, admission),
  };
  readonly shapes: Shapes = { contactCreate: (draft, admission) => this.#leadToAgent(draft, admission) };
  readonly followUps: Readonly<Record<string, FollowUpHandler>> = {
    remind: (_, { core, tables, now }) => {
      this.#remindedAt = nextReminder(tables);
      if (this.#remindedAt !== undefined) core.timerSet(MODULE, REMINDER_TIMER, Math.max(this.#remindedAt, now));
    },
  };
  readonly erases: ErasesCustomers = {
    erase: ({ customers }, _, { tables, now }) => {
      const rows = customers.flatMap((customer) => affinityRowsOf(tables, customer));
      for (const row of rows) writeAffinity(tables, row, {}, { now, expiresAfterMs: undefined });
      return { erased: { affinities: rows.length } };
    },
  };
  readonly exports: readonly ExportSource[] = [
    {
      part: 'affinity',
      itemsOf: (customer, behind, { tables }) =>
        affinityRowsOf(tables, customer)
          .map(({ remindAt: _, customer: __, ...item }, at) => ({ key: at + 1, item }))
          .slice(behind),
    },
  ];
  readonly #routing: RoutingView;
  readonly #persons: PersonsView;
  readonly #bestRated: BestRated;
  readonly #note: OnNoted;
  /** When the timer is set for, or is about to be. */
  #remindedAt: number | undefined;

  constructor(routing: RoutingView, persons: PersonsView, bestRated: BestRated, note: OnNoted) {
    this.#note = note;
    this.#routing = routing;
    this.#persons = persons;
    this.#bestRated = bestRated;
  }

  load({ tables }: LoadContext): void {
    this.#remindedAt = nextReminder(tables);
  }

  // ── On the way in ─────────────────────────────────────────────────────────────────────────────────────────────
  /** Whoever asks for an agent by name, or chooses one, asks for that one; a consultation is no customer's. */
  #leadToAgent(draft: ContactDraft, { tables, now }: Admission): undefined {
    const { customer, params, about, isDialled, queueId } = draft;
    if (customer === undefined || about !== undefined || isDialled) return undefined;
    if (params.agentId !== undefined || params.choose === true) return undefined;
    const policy = this.#routing.affinityIn(queueId);
    if (policy === undefined) return undefined;
    const known = this.#knownIn(queueId, customer.number, policy, tables, now);
    const agent = known && this.#routing.agentHandleOf(known.agentId);
    if (known === undefined || agent === undefined) return undefined;
    const { waitMs, waits } = policy;
    // Who does not wait at all goes to the pool at once.
    draft.affinity = { agent, waitMs, waits, orElse: waitMs === 0 ? 'queue' : policy.orElse };
    draft.extra.affinity = { agentId: known.agentId, source: known.source };
    return undefined;
  }

  #knownIn(
    queueId: string,
    customer: number,
    policy: AffinityPolicy | undefined,
    tables: TableReader,
    now: number,
  ): Known | undefined {
    const here = this.#personRow(customer, queueId, tables);
    const set = setOf(here, now) ?? setOf(this.#personRow(customer, ALL_QUEUES, tables), now);
    if (set !== undefined || policy?.source === 'set') return set;
    if (policy?.source === 'bestRating') {
      const agentId = this.#bestRated(customer, queueId, tables);
      return agentId === undefined ? undefined : { agentId, source: 'bestRating' };
    }
    return learnedOf(here, policy?.expiresAfterMs, now);
  }

  /** What is known of any customer of the person: of each, what was set or learned last. */
  #personRow(customer: number, queueId: string, tables: TableReader): Kept | undefined {
    const members = this.#persons.membersOf(customer);
    if (members.length === 1) return affinityRowOf(tables, customer, queueId);
    const rows = members.map((member) => affinityRowOf(tables, member, queueId));
    const set = latest(rows.map((row) => row?.set));
    const lastAgent = latest(rows.map((row) => row?.lastAgent));
    return { ...(set !== undefined && { set }), ...(lastAgent !== undefined && { lastAgent }) };
  }

  // ── Learning ──────────────────────────────────────────────────────────────────────────────────────────────────
  react(effect: Effect, reaction: Reaction): void {
    if (effect.kind !== layout.EFFECT_CONNECTED && effect.kind !== layout.EFFECT_HANDED_OVER) return;
    const queueId = this.#routing.queueIdOf(effect.queue);
    const policy = this.#routing.affinityIn(queueId);
    if (policy?.source !== 'lastAgent') return;
    const customer = this.#routing.customerNumberOf(effect.contact, effect.number);
    if (customer === undefined || this.#routing.aboutOf(effect.contact, effect.number) !== undefined) return;
    const { tables, now } = reaction;
    const before = affinityRowOf(tables, customer, queueId);
    const lastAgent = { agentId: this.#routing.agentIdOf(effect.agent), since: now };
    const kept = { ...keptOf(before), lastAgent };
    const remindAt = writeAffinity(tables, { customer, queueId }, kept, { now, ...expiryOf(policy) });
    if (!this.#isSoonest(remindAt)) return;
    this.#remindedAt = remindAt;
    reaction.followUp('remind', {});
  }

  // ── What runs out ─────────────────────────────────────────────────────────────────────────────────────────────
  timerFired(_key: number, reaction: Reaction): void {
    const { tables, now } = reaction;
    for (const row of dueRows(tables, now, affinitiesLookedAtPerTickMax)) {
      const { queueId } = row;
      const policy = this.#routing.affinityIn(queueId);
      writeAffinity(tables, row, this.#still(row, policy, now), { now, ...expiryOf(policy) });
    }
    reaction.followUp('remind', {});
  }

  /** What of a row has not run out, and is of an agent and a queue that are there. */
  #still(row: AffinityRow, policy: AffinityPolicy | undefined, now: number): Kept {
    const { queueId, set, lastAgent } = row;
    if (queueId !== ALL_QUEUES && this.#routing.queueNow(queueId, now) === undefined) return {};
    const isThere = (agentId: string) => this.#routing.agentHandleOf(agentId) !== undefined;
    const learned = learnedOf(row, policy?.expiresAfterMs, now);
    return {
      ...(set !== undefined && setOf(row, now) !== undefined && isThere(set.agentId) && { set }),
      ...(lastAgent !== undefined && learned !== undefined && isThere(lastAgent.agentId) && { lastAgent }),
    };
  }

  #isSoonest(at: number | undefined): boolean {
    return at !== undefined && (this.#remindedAt === undefined || at < this.#remindedAt);
  }

  // ── Requests ──────────────────────────────────────────────────────────────────────────────────────────────────
  #set(params: Params<'affinity.set'>, admission: Admission): Admitted {
    const { tables, now, core, onUndo } = admission;
    const { agentId, expiresAt } = params;
    const customer = knownCustomer(params.customerId, tables);
    if (customer === undefined) return refuse('customer_not_found');
    if (this.#routing.agentHandleOf(agentId) === undefined) return refuse('agent_not_found');
    if (this.#isNoQueue(params.queueId, now)) return refuse('queue_not_found');
    const queueId = params.queueId ?? ALL_QUEUES;
    const set = { agentId, since: now, ...(expiresAt !== undefined && { expiresAt }) };
    const kept = { ...keptOf(affinityRowOf(tables, customer, queueId)), set };
    const policy = this.#routing.affinityIn(queueId);
    const remindAt = writeAffinity(tables, { customer, queueId }, kept, { now, ...expiryOf(policy) });
    if (this.#isSoonest(remindAt)) {
      const before = this.#remindedAt;
      this.#remindedAt = remindAt;
      onUndo(() => {
        this.#remindedAt = before;
      });
      core.timerSet(MODULE, REMINDER_TIMER, Math.max(now, remindAt!));
    }
    const known = shown(customer, queueId, { ...set, source: 'set' });
    this.#note({ kind: 'affinity', customers: [customer], agentId, details: { state: 'set', ...known } }, admission);
    return { result: known };
  }

  #get(params: Params<'affinity.get'>, { tables, now }: Admission): Admitted {
    const customer = knownCustomer(params.customerId, tables);
    if (customer === undefined) return refuse('customer_not_found');
    if (this.#isNoQueue(params.queueId, now)) return refuse('queue_not_found');
    const { queueId = ALL_QUEUES } = params;
    const known = this.#knownIn(queueId, customer, this.#routing.affinityIn(queueId), tables, now);
    return known === undefined ? refuse('affinity_not_found') : { result: shown(customer, queueId, known) };
  }

  #list(params: Params<'affinity.list'>, { tables, now }: Admission): Admitted {
    const customer = params.customerId === undefined ? undefined : knownCustomer(params.customerId, tables);
    if (params.customerId !== undefined && customer === undefined) return refuse('customer_not_found');
    const customers = customer === undefined ? undefined : this.#persons.membersOf(customer);
    const limit = params.limit ?? LIST_DEFAULT;
    const affinities: unknown[] = [];
    const { rows, isAll } = rowsAfter(tables, cursorKey(params.cursor), customers, params.agentId);
    for (const [at, row] of rows.entries()) {
      const known = setOf(row, now) ?? learnedOf(row, this.#routing.affinityIn(row.queueId)?.expiresAfterMs, now);
      if (known !== undefined && (params.agentId ?? known.agentId) === known.agentId)
        affinities.push(shown(row.customer, row.queueId, known));
      if (affinities.length === limit && !(isAll && at === rows.length - 1))
        return { result: { affinities, cursor: cursorOf(row) } };
    }
    return { result: { affinities, ...(!isAll && { cursor: cursorOf(rows.at(-1)!) }) } };
  }

  #remove(params: Params<'affinity.remove'>, admission: Admission): Admitted {
    const { tables, now } = admission;
    const customer = knownCustomer(params.customerId, tables);
    if (customer === undefined) return refuse('customer_not_found');
    const all = this.#persons.membersOf(customer).flatMap((member) => affinityRowsOf(tables, member));
    const rows = all.filter(({ queueId }) => params.queueId === undefined || queueId === params.queueId);
    for (const row of rows) {
      writeAffinity(tables, row, {}, { now, expiresAfterMs: undefined });
      if (row.set === undefined) continue;
      const { agentId } = row.set;
      const details = { state: 'removed', ...shown(row.customer, row.queueId, { ...row.set, source: 'set' }) };
      this.#note({ kind: 'affinity', customers: [row.customer], agentId, details }, admission);
    }
    return { result: { customerId: params.customerId, removed: rows.length } };
  }

  #isNoQueue(queueId: string | undefined, now: number): boolean {
    return queueId !== undefined && this.#routing.queueNow(queueId, now) === undefined;
  }
}

function keptOf(row: AffinityRow | undefined): Kept {
  return {
    ...(row?.set !== undefined && { set: row.set }),
    ...(row?.lastAgent !== undefined && { lastAgent: row.lastAgent }),
  };
}

/** Of equally late ones, the one of the older customer. */
function latest<T extends { readonly since: number }>(all: readonly (T | undefined)[]): T | undefined {
  let last: T | undefined;
  for (const one of all) if (one !== undefined && one.since > (last?.since ?? -1)) last = one;
  return last;
}

function expiryOf(policy: AffinityPolicy | undefined): { readonly expiresAfterMs: number | undefined } {
  return { expiresAfterMs: policy?.expiresAfterMs };
}

/** What was set, and has not run out. */
function setOf(row: Kept | undefined, now: number): Known | undefined {
  const set = row?.set;
  return set === undefined || (set.expiresAt !== undefined && set.expiresAt <= now)
    ? undefined
    : { ...set, source: 'set' };
}

/** What was learned, and has not run out. */
function learnedOf(row: Kept | undefined, expiresAfterMs: number | undefined, now: number): Known | undefined {
  const learned = row?.lastAgent;
  if (learned === undefined) return undefined;
  const expiresAt = expiresAfterMs === undefined ? undefined : learned.since + expiresAfterMs;
  if (expiresAt !== undefined && expiresAt <= now) return undefined;
  return { ...learned, source: 'lastAgent', ...(expiresAt !== undefined && { expiresAt }) };
}

function shown(customer: number, queueId: string, { agentId, source, since, expiresAt }: Known) {
  return {
    customerId: customerIdOf(customer),
    agentId,
    ...(queueId !== ALL_QUEUES && { queueId }),
    source,
    ...(since !== undefined && { since }),
    ...(expiresAt !== undefined && { expiresAt }),
  };
}

// ── Pages ───────────────────────────────────────────────────────────────────────────────────────────────────────
/** As many rows as are looked at for one page, behind the last of the page before; of all the customers of a person, one behind the other. */
function rowsAfter(
  tables: TableReader,
  after: readonly [number, string] | undefined,
  customers: readonly number[] | undefined,
  agentId: string | undefined,
): { readonly rows: AffinityRow[]; readonly isAll: boolean } {
  if (customers !== undefined) {
    const rows: AffinityRow[] = [];
    for (const customer of customers) {
      if (after !== undefined && customer < after[0]) continue;
      const from = after?.[0] === customer ? after : undefined;
      const limit = listScanMax - rows.length;
      if (limit === 0) return { rows, isAll: false };
      const found = tables.range(affinitiesTable, { prefix: [customer], limit, ...(from && { after: from }) });
      rows.push(...found.map(({ row }) => row as unknown as AffinityRow));
    }
    return { rows, isAll: rows.length < listScanMax };
  }
  const byAgent = agentId !== undefined;
  const found = tables.range(byAgent ? affinityAgentsTable : affinitiesTable, {
    limit: listScanMax,
    ...(byAgent && { prefix: [agentId] }),
    ...(after !== undefined && { after: byAgent ? [agentId, ...after] : after }),
  });
  const rows = found.map(({ key, row }) => {
    if (!byAgent) return row as unknown as AffinityRow;
    const [, number, queueId] = key as unknown as readonly [string, number, string];
    return affinityRowOf(tables, number, queueId)!;
  });
  return { rows, isAll: found.length < listScanMax };
}

function cursorOf({ customer, queueId }: AffinityRow): string {
  return `${customer}:${queueId}`;
}

/** One that is none of ours begins at the beginning. */
function cursorKey(cursor: string | undefined): readonly [number, string] | undefined {
  const parts = cursor === undefined ? null : /^(\d{1,15}):(.*)$/.exec(cursor);
  return parts === null ? undefined : [Number(parts[1]), parts[2]!];
}
