// What agents are planned to do: shifts and breaks that are set ahead, read back, and compared with what agents do now (docs/statistics.md).
//
//   agent.schedule ─▶ rows and plans.ts ─▶ statistics, which count how much of what was planned was done so
//
// A period is planned anew as a whole. What is over stays as it was planned, whatever the period says: it may have been counted already.

import { plannedActivitiesMax, plannedActivitiesPerAgentMax, plannedKeptMs } from '../../limits.ts';
import type { Params } from '../../protocol/methods.ts';
import { refuse } from '../../protocol/refusals.ts';
import { agentStates } from '../../protocol/states.ts';
import type {
  Admission,
  Admitted,
  DomainModule,
  Handler,
  LoadContext,
  RoutingView,
  Row,
  Shapes,
  TableDeclaration,
} from '../module.ts';
import { pageOf } from '../pages.ts';
import { everyRow } from '../rows.ts';
import { adheres, type PlannedActivity, Plans } from './plans.ts';

const MODULE = 17;

/** [agentId, from] → {to, state, reason?} */
export const plannedTable: TableDeclaration = { name: 'plannedActivities', id: 220, personal: true };

export class Schedules implements DomainModule {
  readonly name = 'schedules';
  readonly number = MODULE;
  readonly erases = { nothing: 'Plans are of agents.' };
  readonly tables = [plannedTable];
  readonly plans = new Plans();
  readonly methods: Readonly<Record<string, Handler>> = {
    'agent.schedule': (params, admission) => this.#schedule(params, admission),
    'agent.planned': (params, admission) => this.#planned(params, admission),
    'agent.adherence': (params, admission) => this.#adherence(params, admission),
  };
  readonly shapes: Shapes = {
    agentRemove: ({ agentId }, admission) => {
      const { now } = admission;
      this.#put(agentId, beforeOf(this.plans.of(agentId), now), admission);
      return undefined;
    },
  };
  readonly followUps = {};
  readonly #routing: RoutingView;

  constructor(routing: RoutingView) {
    this.#routing = routing;
  }

  load({ tables }: LoadContext): void {
    this.plans.clear();
    const byAgent = new Map<string, PlannedActivity[]>();
    for (const { key, row } of everyRow(tables, plannedTable)) {
      const [agentId, from] = key as [string, number];
      const activities = byAgent.get(agentId) ?? [];
      byAgent.set(agentId, activities);
      activities.push({ from, ...(row as Omit<PlannedActivity, 'from'>) });
    }
    for (const [agentId, activities] of byAgent) this.plans.set(agentId, activities);
  }

  #schedule({ agentId, from, to, activities }: Params<'agent.schedule'>, admission: Admission): Admitted {
    if (this.#routing.agentHandleOf(agentId) === undefined) return refuse('agent_not_found', { agentId });
    const { now } = admission;
    const before = this.plans.of(agentId);
    const begins = Math.max(from, now);
    const kept = before.filter((activity) => activity.to > now - plannedKeptMs);
    const all =
      begins >= to
        ? kept
        : [...beforeOf(kept, begins), ...behindOf(activities as PlannedActivity[], begins), ...behindOf(kept, to)];
    const isMore = all.length > before.length;
    if (isMore && all.length > plannedActivitiesPerAgentMax)
      return refuse('too_many_planned_activities', { max: plannedActivitiesPerAgentMax });
    if (isMore && this.plans.count + all.length - before.length > plannedActivitiesMax)
      return refuse('too_many_planned_activities', { max: plannedActivitiesMax });
    this.#put(agentId, all, admission);
    return { result: { agentId, activities: [...this.plans.between(agentId, from, to)] } };
  }

  /** Writes what is otherwise than before. */
  #put(agentId: string, all: readonly PlannedActivity[], { tables, onUndo }: Admission): void {
    const before = this.plans.of(agentId);
    const known = new Map(before.map((activity) => [activity.from, activity]));
    for (const activity of all) {
      const { from, ...row } = activity;
      if (!isSame(known.get(from), activity)) tables.put(plannedTable, [agentId, from], row as Row);
      known.delete(from);
    }
    for (const from of known.keys()) tables.remove(plannedTable, [agentId, from]);
    this.plans.set(agentId, all);
    onUndo(() => this.plans.set(agentId, before));
  }

  #planned({ agentId, from, to }: Params<'agent.planned'>, { now }: Admission): Admitted {
    if (this.#routing.agentHandleOf(agentId!) === undefined) return refuse('agent_not_found', { agentId });
    const activities = [...this.plans.between(agentId!, from ?? now, to ?? Number.POSITIVE_INFINITY)];
    return { result: { agentId, activities } };
  }

  /** Everybody of whom anything is planned now. */
  #adherence(asked: Params<'agent.adherence'>, { now }: Admission): Admitted {
    const { items, cursor } = pageOf(
      asked,
      (after) => this.#routing.agentsAfter(after),
      ({ handle }) => handle,
      ({ agentId }) => this.plans.at(agentId, now) !== undefined,
    );
    const agents = items.map(({ agentId }) => {
      const planned = this.plans.at(agentId, now)!;
      const { state, reason } = this.#routing.agentStateOf(agentId);
      const isIn = agentStates[state as keyof typeof agentStates];
      return {
        agentId,
        state,
        ...(reason !== undefined && { reason }),
        planned,
        adherent: adheres(planned, isIn, reason ?? ''),
      };
    });
    return { result: { agents, ...cursor } };
  }
}

/** What lies before that time, cut there. */
function beforeOf(activities: readonly PlannedActivity[], time: number): PlannedActivity[] {
  return activities
    .filter(({ from }) => from < time)
    .map((activity) => (activity.to > time ? { ...activity, to: time } : activity));
}

function behindOf(activities: readonly PlannedActivity[], time: number): PlannedActivity[] {
  return activities
    .filter(({ to }) => to > time)
    .map((activity) => (activity.from < time ? { ...activity, from: time } : activity));
}

function isSame(one: PlannedActivity | undefined, { to, state, reason }: PlannedActivity): boolean {
  return one !== undefined && one.to === to && one.state === state && one.reason === reason;
}
