// What config.apply would do: the document compared with what is there, kind by kind, and why the whole would be refused.
//
// A plan changes nothing: a dry run ends with it. It is in the order in which it is carried out.

import type { Caller } from '../../engine/egress.ts';
import { entriesPerTenantMax } from '../../limits.ts';
import { canonical } from '../../protocol/canonical.ts';
import type { ConfigKind } from '../../protocol/config-document.ts';
import type { Params } from '../../protocol/methods.ts';
import { groupsNamed, queuesLedTo } from '../../protocol/queue-policy.ts';
import { type Refusal, refuse } from '../../protocol/refusals.ts';
import type { Admission, ConfigGiven, ConfigMember, ConfigPart, TableReader } from '../module.ts';
import { refuseNames } from './agent-handlers.ts';
import { type Agent, type AgentGiven, sameAgent } from './agents.ts';
import type { CalendarGiven } from './calendar.ts';
import type { Entry, EntryGiven } from './entries.ts';
import { refuseFlows } from './flow-exits.ts';
import type { Calendar } from './openings.ts';
import { type Queue, type QueueGiven, samePolicy } from './queues.ts';
import type { RoutingState } from './routing-state.ts';
import { readTenant, type TenantGiven } from './tenant-handlers.ts';

export type Document = Params<'config.apply'>['document'];

interface Thing {
  readonly kind: ConfigKind;
  readonly id: string;
}

/** What config.apply says of it. */
interface Summary {
  readonly created: Thing[];
  readonly changed: Thing[];
  readonly removed: Thing[];
  unchanged: number;
}

/** Of one kind. */
interface Planned<Given, Known> {
  readonly write: readonly Given[];
  /** Of these, what was not there. */
  readonly made: number;
  readonly remove: readonly Known[];
}

export interface PlannedPart extends Planned<ConfigGiven<ConfigMember>, ConfigGiven<ConfigMember>> {
  readonly part: ConfigPart;
}

export interface Plan {
  readonly tenant: TenantGiven | undefined;
  readonly calendars: Planned<CalendarGiven, Calendar>;
  readonly queues: Planned<QueueGiven, Queue>;
  readonly entries: Planned<EntryGiven, Entry>;
  readonly agents: Planned<AgentGiven, Agent>;
  /** Of the other modules. */
  readonly parts: readonly PlannedPart[];
  readonly summary: Summary;
}

export function planOf(state: RoutingState, document: Document, admission: Admission): Plan {
  const summary: Summary = { created: [], changed: [], removed: [], unchanged: 0 };
  const { complete = false } = document;
  return {
    tenant: planTenant(document, admission.caller?.tenant ?? '', summary, admission.tables),
    calendars: compared(document.calendars, complete, summary, {
      kind: 'calendar',
      idOf: ({ calendarId }: CalendarGiven) => calendarId,
      find: (id) => state.openings.find(id),
      isSo: (known, given) => canonical(known.given) === canonical(given),
      all: () => state.openings.after(-1),
      knownId: ({ given }) => given.calendarId,
    }),
    queues: compared(document.queues, complete, summary, {
      kind: 'queue',
      idOf: ({ queueId }: QueueGiven) => queueId,
      find: (id) => state.queues.find(id),
      isSo: (known, given) => samePolicy(known.given, given),
      all: () => state.queues.from(0),
      knownId: ({ queueId }) => queueId,
    }),
    entries: compared(document.entries, complete, summary, {
      kind: 'entry',
      idOf: ({ entry }: EntryGiven) => entry,
      find: (id) => state.entries.find(id),
      isSo: (known, given) => known.queueId === given.queueId,
      all: () => state.entries.after(-1),
      knownId: ({ entry }) => entry,
    }),
    agents: compared(document.agents, complete, summary, {
      kind: 'agent',
      idOf: ({ agentId }: AgentGiven) => agentId,
      find: (id) => state.agents.find(id),
      isSo: (known, given) => sameAgent(known.given, given),
      all: () => state.agents.from(0),
      knownId: ({ agentId }) => agentId,
    }),
    parts: state.configParts.map((part) => planPart(document, part, summary)),
    summary,
  };
}

function planTenant(document: Document, id: string, summary: Summary, tables: TableReader): TenantGiven | undefined {
  if (document.tenant === undefined) return undefined;
  if (canonical(readTenant(tables)) === canonical(document.tenant)) return undefined;
  summary.changed.push({ kind: 'tenant', id });
  return document.tenant;
}

/** How things of a kind are found and compared. */
interface Comparing<Given, Known> {
  readonly kind: ConfigKind;
  idOf(given: Given): string;
  find(id: string): Known | undefined;
  isSo(known: Known, given: Given): boolean;
  all(): Iterable<Known>;
  knownId(known: Known): string;
  /** What one that is not named is set to, where it cannot go. */
  insteadOf?(known: Known): Given | undefined;
}

function compared<Given, Known>(
  given: readonly Given[] = [],
  isComplete: boolean,
  summary: Summary,
  by: Comparing<Given, Known>,
): Planned<Given, Known> {
  const { kind } = by;
  const named = new Set<string>();
  const write: Given[] = [];
  const remove: Known[] = [];
  let made = 0;
  const set = (one: Given, known: Known | undefined) => {
    if (known !== undefined && by.isSo(known, one)) {
      summary.unchanged += 1;
      return;
    }
    write.push(one);
    (known === undefined ? summary.created : summary.changed).push({ kind, id: by.idOf(one) });
    if (known === undefined) made += 1;
  };
  for (const one of given) {
    const id = by.idOf(one);
    named.add(id);
    set(one, by.find(id));
  }
  for (const known of isComplete ? by.all() : []) {
    const id = by.knownId(known);
    if (named.has(id)) continue;
    const instead = by.insteadOf?.(known);
    if (instead !== undefined) set(instead, known);
    else {
      remove.push(known);
      summary.removed.push({ kind, id });
    }
  }
  return { write, made, remove };
}

function planPart(document: Document, part: ConfigPart, summary: Summary): PlannedPart {
  const { kind, member } = part;
  const known = new Map(part.all().map((one) => [part.idOf(one), one]));
  const planned = compared(document[member], document.complete === true, summary, {
    kind,
    idOf: (given: ConfigGiven<ConfigMember>) => part.idOf(given),
    find: (id) => known.get(id),
    isSo: (_, given) => part.isSo(given),
    all: () => known.values(),
    knownId: (one) => part.idOf(one),
    insteadOf: (one) => part.insteadOf?.(one),
  });
  return { part, ...planned };
}

// ── Refusals ────────────────────────────────────────────────────────────────────────────────────────────────────
export function refusePlan(
  state: RoutingState,
  document: Document,
  plan: Plan,
  caller: Caller | undefined,
): Refusal | undefined {
  const { calendars, queues, entries, agents } = plan;
  const unknown = unknownQueue(state, document, plan);
  if (unknown !== undefined) return refuse('queue_not_found', { queueId: unknown });
  for (const queue of document.queues ?? []) {
    const unserved = refuseFlows(state, queue);
    if (unserved !== undefined) return unserved;
  }
  const calendarId = unknownCalendar(state, document, plan);
  if (calendarId !== undefined) return refuse('calendar_not_found', { calendarId });
  if (state.openings.room < calendars.made) return refuse('too_many_calendars');
  if (state.entries.count + entries.made > entriesPerTenantMax) return refuse('too_many_entries');
  const busy = queues.remove.find((queue) => queue.live > 0 || state.profiles.serveOthers(queue));
  if (busy !== undefined) return refuse('queue_not_empty', { queueId: busy.queueId });
  const working = agents.remove.find((agent) => agent.loggedIn);
  if (working !== undefined) return refuse('agent_logged_in', { agentId: working.agentId });
  if (state.queues.room < queues.made) return refuse('too_many_queues');
  if (state.agents.room < agents.made) return refuse('too_many_agents');
  // Channels of queues and of agents must fit together.
  const channels = queues.write.flatMap((queue) => queue.channels);
  const capacities = agents.write.flatMap(({ capacity }) => Object.keys(capacity).filter((name) => name !== 'total'));
  if (!state.names.channels.hasRoomFor([...channels, ...capacities])) {
    return refuse('too_many_names', { of: 'channels' });
  }
  return refuseNames(state, agents.write, queues.write.flatMap(groupsNamed)) ?? refuseParts(document, plan, caller);
}

function refuseParts(document: Document, { parts }: Plan, caller: Caller | undefined): Refusal | undefined {
  for (const { part, write, made, remove } of parts) {
    const { member, roles } = part;
    const role = caller?.role;
    if (write.length + remove.length > 0 && role !== undefined && roles !== undefined && !roles.includes(role))
      return refuse('not_allowed_for_role', { role, method: 'config.apply', path: `/document/${member}` });
    if (made > 0 && part.all().length + made - remove.length > part.most) return refuse(part.tooMany);
    const refusal = part.refuseDocument?.(document);
    if (refusal !== undefined) return refusal;
    for (const given of write) {
      const refusal = part.refuse?.(given);
      if (refusal !== undefined) return refusal;
    }
  }
  return undefined;
}

/** A calendar whose hours a queue would keep and that would not be there. */
function unknownCalendar(state: RoutingState, document: Document, plan: Plan): string | undefined {
  const documented = new Set(document.calendars?.map(({ calendarId }) => calendarId));
  const going = new Set(plan.calendars.remove.map(({ given }) => given.calendarId));
  const kept = (document.queues ?? []).flatMap(({ calendarId }) => (calendarId === undefined ? [] : [calendarId]));
  return kept.find((id) => !documented.has(id) && (state.openings.find(id) === undefined || going.has(id)));
}

/** A queue that an agent, an entry, another queue or something of another module would name and that would not be there. */
function unknownQueue(state: RoutingState, document: Document, plan: Plan): string | undefined {
  const documented = new Set(document.queues?.map(({ queueId }) => queueId));
  const going = new Set(plan.queues.remove.map(({ queueId }) => queueId));
  const stays = (queueId: string) =>
    documented.has(queueId) || (state.queues.find(queueId) !== undefined && !going.has(queueId));
  for (const queue of document.queues ?? []) {
    const missing = queuesLedTo(queue).find((queueId) => !stays(queueId));
    if (missing !== undefined) return missing;
  }
  for (const queue of state.queues.from(0)) {
    if (documented.has(queue.queueId) || going.has(queue.queueId)) continue;
    const missing = queuesLedTo(queue.given).find((queueId) => !stays(queueId));
    if (missing !== undefined) return missing;
  }
  for (const { queueId } of document.entries ?? []) if (!stays(queueId)) return queueId;
  for (const { queues } of document.agents ?? []) {
    const missing = queues?.find((queueId) => !stays(queueId));
    if (missing !== undefined) return missing;
  }
  for (const part of state.configParts) {
    const about = (document[part.member] ?? []).flatMap((given) => part.queueOf?.(given) ?? []);
    const missing = about.find((queueId) => !stays(queueId));
    if (missing !== undefined) return missing;
  }
  return undefined;
}
