// config.apply and config.export: everything that is set up as one document. What other modules own they bring as parts
// (ConfigPart in ../module.ts); the plan and its refusals are in config-plan.ts.
//
// An apply is one request of many glued commands in a tick of its own, so what is in memory is what the core has, and
// everything that the core could refuse is checked here before the first command. The plan says what would be done;
// a dry run ends with it. Order: new and changed calendars, queues, entries, agents and what other modules set up; then what goes:
// that of other modules and agents before the queues they name, and queues before the calendars they keep.

import { configAgentsMax, queuesPerTenantMax } from '../../limits.ts';
import type { Params } from '../../protocol/methods.ts';
import { type Refusal, refuse } from '../../protocol/refusals.ts';
import type { Admission, Admitted, ConfigPart } from '../module.ts';
import { dropAgent, type Finish, writeAgent } from './agent-handlers.ts';
import { type Document, type Plan, planOf, refusePlan } from './config-plan.ts';
import { entryViewOf } from './entry-handlers.ts';
import { writeCalendar } from './opening-handlers.ts';
import { dropQueue, writeQueue } from './queue-handlers.ts';
import type { RoutingState } from './routing-state.ts';
import { readTenant, writeTenant } from './tenant-handlers.ts';

export function applyConfig(state: RoutingState, params: Params<'config.apply'>, admission: Admission): Admitted {
  const plan = planOf(state, params.document, admission);
  const refusal = refusePlan(state, params.document, plan, admission.caller);
  if (refusal !== undefined) return refusal;
  const { summary: result } = plan;
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

function carryOut(state: RoutingState, plan: Plan, admission: Admission): Finish[] | Refusal {
  const { calendars, queues, entries, agents, parts } = plan;
  if (plan.tenant !== undefined) writeTenant(state, plan.tenant, admission);
  for (const given of calendars.write) writeCalendar(state, given, admission);
  for (const given of queues.write) writeQueue(state, given, admission);
  for (const given of entries.write) state.entries.set(given, admission);
  const finishing: Finish[] = agents.write.map((given) => writeAgent(state, given, admission).finish);
  for (const { part, write, remove } of parts) {
    for (const given of write) part.write(given, admission);
    for (const given of remove) part.remove(given, admission);
  }
  for (const { queueId } of queues.write) {
    finishing.push((reaction) => {
      const queue = state.queues.find(queueId);
      if (queue !== undefined && queue.unanswered.size > 0)
        reaction.followUp('sweepQueue', { queue: queue.handle, after: 0 });
    });
  }
  for (const agent of agents.remove) {
    const finish = dropAgent(state, agent, admission);
    if (typeof finish !== 'function') return finish;
    finishing.push(finish);
  }
  for (const entry of entries.remove) state.entries.remove(entry, admission);
  for (const queue of queues.remove) finishing.push(dropQueue(state, queue, admission));
  for (const calendar of calendars.remove) state.openings.remove(calendar, admission);
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
    ...Object.fromEntries(state.configParts.flatMap((part) => exported(state, part))),
  };
  return { result: { document } };
}

/** The document's member, where there is anything. What is about a queue that is gone is left out: nothing would take it. */
function exported(state: RoutingState, part: ConfigPart): [string, unknown][] {
  const all = part.all().filter((given) => {
    const queueId = part.queueOf?.(given);
    return queueId === undefined || state.queues.find(queueId) !== undefined;
  });
  return all.length === 0 ? [] : [[part.member, all]];
}
