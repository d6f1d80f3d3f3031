// config.apply and config.export: tenant, calendars, queues, entries and agents as one document.
//
// An apply is one request of many glued commands in a tick of its own, so what is in memory is what the core has, and
// everything that the core could refuse is checked here before the first command. The plan says what would be done;
// a dry run ends with it. Order: new and changed calendars, queues, agents, then what goes: agents before the queues they
// name, and queues before the calendars they keep.

import { configAgentsMax, entriesPerTenantMax, queuesPerTenantMax } from '../../limits.ts';
import { canonical } from '../../protocol/canonical.ts';
import type { Params } from '../../protocol/methods.ts';
import { queuesLedTo } from '../../protocol/queue-policy.ts';
import { type Refusal, refuse } from '../../protocol/refusals.ts';
import type { Admission, Admitted, Reaction, TableReader } from '../module.ts';
import { dropAgent, refuseNames, writeAgent } from './agent-handlers.ts';
import { type Agent, type AgentGiven, sameAgent } from './agents.ts';
import type { CalendarGiven } from './calendar.ts';
import type { Entry, EntryGiven } from './entries.ts';
import { entryViewOf } from './entry-handlers.ts';
import { writeCalendar } from './opening-handlers.ts';
import type { Calendar } from './openings.ts';
import { dropQueue, writeQueue } from './queue-handlers.ts';
import { type Queue, type QueueGiven, samePolicy } from './queues.ts';
import type { RoutingState } from './routing-state.ts';
import { readTenant, type TenantGiven, writeTenant } from './tenant-handlers.ts';

type Document = Params<'config.apply'>['document'];

interface Thing {
  readonly kind: 'tenant' | 'calendar' | 'queue' | 'entry' | 'agent';
  readonly id: string;
}

interface Plan {
  readonly tenant: TenantGiven | undefined;
  readonly calendars: CalendarGiven[];
  readonly queues: QueueGiven[];
  readonly entries: EntryGiven[];
  readonly agents: AgentGiven[];
  readonly calendarsRemoved: Calendar[];
  readonly queuesRemoved: Queue[];
  readonly entriesRemoved: Entry[];
  readonly agentsRemoved: Agent[];
  readonly created: Thing[];
  readonly changed: Thing[];
  readonly removed: Thing[];
  unchanged: number;
}

export function applyConfig(state: RoutingState, params: Params<'config.apply'>, admission: Admission): Admitted {
  const plan = planOf(state, params.document, admission);
  const refusal = refusePlan(state, params.document, plan);
  if (refusal !== undefined) return refusal;
  const { created, changed, removed, unchanged } = plan;
  const result = { created, changed, removed, unchanged };
  if (params.dryRun) return { result };
  const finishing = carryOut(state, plan, admission);
  if (!Array.isArray(finishing)) return finishing;
  return {
    pending: (reaction) => {
      for (const finish of finishing) finish(reaction);
      return { result };
    },
  };
}

function planOf(state: RoutingState, document: Document, admission: Admission): Plan {
  const plan: Plan = {
    tenant: undefined,
    calendars: [],
    queues: [],
    entries: [],
    agents: [],
    calendarsRemoved: [],
    queuesRemoved: [],
    entriesRemoved: [],
    agentsRemoved: [],
    created: [],
    changed: [],
    removed: [],
    unchanged: 0,
  };
  const tenantId = admission.caller?.tenant ?? '';
  const planned = { ...plan, tenant: planTenant(document, tenantId, plan, admission.tables) };
  planCalendars(state, document, planned);
  planQueues(state, document, planned);
  planEntries(state, document, planned);
  planAgents(state, document, planned);
  return planned;
}

function planTenant(document: Document, id: string, plan: Plan, tables: TableReader): TenantGiven | undefined {
  if (document.tenant === undefined) return undefined;
  if (canonical(readTenant(tables)) === canonical(document.tenant)) return undefined;
  plan.changed.push({ kind: 'tenant', id });
  return document.tenant;
}

function planCalendars(state: RoutingState, document: Document, plan: Plan): void {
  const named = new Set<string>();
  for (const given of document.calendars ?? []) {
    named.add(given.calendarId);
    const calendar = state.openings.find(given.calendarId);
    if (calendar !== undefined && canonical(calendar.given) === canonical(given)) plan.unchanged += 1;
    else {
      plan.calendars.push(given);
      (calendar === undefined ? plan.created : plan.changed).push({ kind: 'calendar', id: given.calendarId });
    }
  }
  if (!document.complete) return;
  for (const calendar of state.openings.after(-1)) {
    const { calendarId } = calendar.given;
    if (named.has(calendarId)) continue;
    plan.calendarsRemoved.push(calendar);
    plan.removed.push({ kind: 'calendar', id: calendarId });
  }
}

/** A calendar whose hours a queue would keep and that would not be there. */
function unknownCalendar(state: RoutingState, document: Document, plan: Plan): string | undefined {
  const documented = new Set(document.calendars?.map(({ calendarId }) => calendarId));
  const going = new Set(plan.calendarsRemoved.map(({ given }) => given.calendarId));
  const kept = (document.queues ?? []).flatMap(({ calendarId }) => (calendarId === undefined ? [] : [calendarId]));
  return kept.find((id) => !documented.has(id) && (state.openings.find(id) === undefined || going.has(id)));
}

function planQueues(state: RoutingState, document: Document, plan: Plan): void {
  const named = new Set<string>();
  for (const given of document.queues ?? []) {
    named.add(given.queueId);
    const queue = state.queues.find(given.queueId);
    if (queue !== undefined && samePolicy(queue.given, given)) plan.unchanged += 1;
    else {
      plan.queues.push(given);
      (queue === undefined ? plan.created : plan.changed).push({ kind: 'queue', id: given.queueId });
    }
  }
  if (!document.complete) return;
  for (const queue of state.queues.from(0)) {
    if (named.has(queue.queueId)) continue;
    plan.queuesRemoved.push(queue);
    plan.removed.push({ kind: 'queue', id: queue.queueId });
  }
}

function planEntries(state: RoutingState, document: Document, plan: Plan): void {
  const named = new Set<string>();
  for (const given of document.entries ?? []) {
    named.add(given.entry);
    const known = state.entries.find(given.entry);
    if (known?.queueId === given.queueId) plan.unchanged += 1;
    else {
      plan.entries.push(given);
      (known === undefined ? plan.created : plan.changed).push({ kind: 'entry', id: given.entry });
    }
  }
  if (!document.complete) return;
  for (const known of state.entries.after(-1)) {
    if (named.has(known.entry)) continue;
    plan.entriesRemoved.push(known);
    plan.removed.push({ kind: 'entry', id: known.entry });
  }
}

function planAgents(state: RoutingState, document: Document, plan: Plan): void {
  const named = new Set<string>();
  for (const given of document.agents ?? []) {
    named.add(given.agentId);
    const agent = state.agents.find(given.agentId);
    if (agent !== undefined && sameAgent(agent.given, given)) plan.unchanged += 1;
    else {
      plan.agents.push(given);
      (agent === undefined ? plan.created : plan.changed).push({ kind: 'agent', id: given.agentId });
    }
  }
  if (!document.complete) return;
  for (const agent of state.agents.from(0)) {
    if (named.has(agent.agentId)) continue;
    plan.agentsRemoved.push(agent);
    plan.removed.push({ kind: 'agent', id: agent.agentId });
  }
}

function refusePlan(state: RoutingState, document: Document, plan: Plan): Refusal | undefined {
  const unknown = unknownQueue(state, document, plan);
  if (unknown !== undefined) return refuse('queue_not_found', { queueId: unknown });
  const calendarId = unknownCalendar(state, document, plan);
  if (calendarId !== undefined) return refuse('calendar_not_found', { calendarId });
  const calendarsMade = plan.created.filter(({ kind }) => kind === 'calendar').length;
  if (state.openings.room < calendarsMade) return refuse('too_many_calendars');
  const entriesMade = plan.created.filter(({ kind }) => kind === 'entry').length;
  if (state.entries.count + entriesMade > entriesPerTenantMax) return refuse('too_many_entries');
  const busy = plan.queuesRemoved.find((queue) => queue.live > 0);
  if (busy !== undefined) return refuse('queue_not_empty', { queueId: busy.queueId });
  const working = plan.agentsRemoved.find((agent) => agent.loggedIn);
  if (working !== undefined) return refuse('agent_logged_in', { agentId: working.agentId });
  const queuesMade = plan.created.filter(({ kind }) => kind === 'queue').length;
  if (state.queues.room < queuesMade) return refuse('too_many_queues');
  const agentsMade = plan.created.filter(({ kind }) => kind === 'agent').length;
  if (state.agents.room < agentsMade) return refuse('too_many_agents');
  // Channels of queues and of agents must fit together.
  const channels = plan.queues.flatMap((queue) => queue.channels);
  const capacities = plan.agents.flatMap(({ capacity }) => Object.keys(capacity).filter((name) => name !== 'total'));
  if (!state.names.channels.hasRoomFor([...channels, ...capacities])) {
    return refuse('too_many_names', { of: 'channels' });
  }
  return refuseNames(state, plan.agents);
}

/** A queue that an agent, an entry or another queue would name and that would not be there. */
function unknownQueue(state: RoutingState, document: Document, plan: Plan): string | undefined {
  const documented = new Set(document.queues?.map(({ queueId }) => queueId));
  const going = new Set(plan.queuesRemoved.map(({ queueId }) => queueId));
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
  return undefined;
}

type Finish = (reaction: Reaction) => void;

function carryOut(state: RoutingState, plan: Plan, admission: Admission): Finish[] | Refusal {
  if (plan.tenant !== undefined) writeTenant(plan.tenant, admission);
  for (const given of plan.calendars) writeCalendar(state, given, admission);
  for (const given of plan.queues) writeQueue(state, given, admission);
  for (const given of plan.entries) state.entries.set(given, admission);
  for (const given of plan.agents) writeAgent(state, given, admission);
  const finishing: Finish[] = plan.queues.map(({ queueId }) => (reaction) => {
    const queue = state.queues.find(queueId);
    if (queue !== undefined && queue.unanswered.size > 0)
      reaction.followUp('sweepQueue', { queue: queue.handle, after: 0 });
  });
  for (const agent of plan.agentsRemoved) {
    const finish = dropAgent(state, agent, admission);
    if (typeof finish !== 'function') return finish;
    finishing.push(finish);
  }
  for (const entry of plan.entriesRemoved) state.entries.remove(entry, admission);
  for (const queue of plan.queuesRemoved) finishing.push(dropQueue(state, queue, admission));
  for (const calendar of plan.calendarsRemoved) state.openings.remove(calendar, admission);
  return finishing;
}

export function exportConfig(state: RoutingState, admission: Admission): Admitted {
  if (state.agents.count > configAgentsMax) return refuse('too_large', { agents: state.agents.count, configAgentsMax });
  const calendars = state.openings.after(-1).map(({ given }) => given);
  const entries = state.entries.after(-1).map(entryViewOf);
  const document: Document = {
    version: 1,
    complete: true,
    tenant: readTenant(admission.tables),
    ...(calendars.length > 0 && { calendars }),
    queues: [...state.queues.from(0)].map(({ given }) => given).slice(0, queuesPerTenantMax),
    ...(entries.length > 0 && { entries }),
    agents: [...state.agents.from(0)].map(({ given }) => given as NonNullable<Document['agents']>[number]),
  };
  return { result: { document } };
}
