// A change to a plan: what would be if there were more agents, or fewer, or if the queues had other policies. Everything
// else stays as it was, who comes and how long they take as well, so that what differs in the outcome is the change.

import { Type } from '@sinclair/typebox';
import { faultText } from '../../protocol/fault.ts';
import { queuePolicyProperties } from '../../protocol/queue-policy.ts';
import { id, params } from '../../protocol/schemas.ts';
import { faultOf } from '../../protocol/validation.ts';
import type { Plan, PlannedAgent, PlannedShift } from '../plan.ts';
import { ScenarioError } from './scenario.ts';

export type Change = (plan: Plan) => Plan;

// ── Agents ──

/** `+2` and `-1` where there is one group of agents; else `sales+2`. Undefined for another text. */
export function agentsChange(text: string): Change | undefined {
  const [, group, sign, digits] = /^(.*?)([+-])([1-9][0-9]{0,4})$/.exec(text) ?? [];
  if (sign === undefined) return undefined;
  const count = Number(digits);
  return (plan) => ({
    ...plan,
    agents: changed(plan.agents, group === '' ? undefined : group, sign === '+' ? count : -count),
  });
}

function changed(agents: readonly PlannedAgent[], named: string | undefined, by: number): PlannedAgent[] {
  const groups = [...new Set(agents.map(({ group }) => group))];
  const group = named ?? (groups.length === 1 ? groups[0] : undefined);
  if (group === undefined || !groups.includes(group))
    throw new ScenarioError(
      `${named === undefined ? 'say which group of agents changes' : `there is no group of agents "${named}"`}: there are ${groups.map((one) => `${one}${by < 0 ? '' : '+'}${by}`).join(', ')}`,
    );
  const members = agents.filter((agent) => agent.group === group);
  if (by < 0 && -by >= members.length)
    throw new ScenarioError(`${-by} of ${members.length} agents of ${group} cannot leave: nobody would be left`);
  const chosen = spread(members, Math.abs(by));
  if (by < 0) return agents.filter((agent) => !chosen.includes(agent));
  const taken = new Set(agents.map(({ agentId }) => agentId));
  const copies = chosen.map((agent) => {
    let number = 1;
    while (taken.has(`${agent.agentId}+${number}`)) number += 1;
    const agentId = `${agent.agentId}+${number}`;
    taken.add(agentId);
    return { ...agent, agentId };
  });
  return [...agents, ...copies];
}

/** So many of them, evenly over those who are there for long and those who are there for a short time only. */
function spread(members: readonly PlannedAgent[], count: number): PlannedAgent[] {
  const byTime = [...members].sort((a, b) => timeOf(b) - timeOf(a));
  return Array.from({ length: count }, (_, index) => byTime[Math.floor(((index + 0.5) / count) * byTime.length)]!);
}

function timeOf({ shifts }: PlannedAgent): number {
  return shifts.reduce((sum, { from, to }) => sum + to - from, 0);
}

/** Every agent can do, and serves, what any of them can, as well as the best does. */
export const poolSkills: Change = (plan) => {
  const skills: Record<string, number> = {};
  for (const { settings } of plan.agents.flatMap(({ shifts }) => shifts))
    for (const [skill, level] of Object.entries(settings.skills ?? {}))
      skills[skill] = Math.max(skills[skill] ?? 0, level);
  const pooled = ({ queues: _, ...settings }: PlannedShift['settings']) => ({ ...settings, skills });
  return {
    ...plan,
    agents: plan.agents.map((agent) => ({
      ...agent,
      shifts: agent.shifts.map((shift) => ({ ...shift, settings: pooled(shift.settings) })),
    })),
  };
};

// ── Policies ──

const policies = params({
  queues: Type.Array(
    Type.Object(
      {
        queueId: Type.Optional(id('Which queue. Absent: all of them.')),
        ...Type.Partial(params(queuePolicyProperties)).properties,
      },
      { additionalProperties: false, minProperties: 1, description: 'What is to be different.' },
    ),
    { minItems: 1, description: 'One after the other.' },
  ),
});

/** `document` is what was read from `file`, which messages name. */
export function policyChange(document: unknown, file: string): Change {
  const fault = faultOf(policies, document);
  if (fault !== undefined) throw new ScenarioError(`${file}: ${faultText(fault)}`);
  const { queues: changes } = document as { queues: Partial<Plan['queues'][number]>[] };
  return (plan) => {
    for (const [at, { queueId }] of changes.entries())
      if (queueId !== undefined && !plan.queues.some((queue) => queue.queueId === queueId))
        throw new ScenarioError(
          `${file}: /queues/${at}/queueId: there is no queue "${queueId}"; there are ${plan.queues.map((queue) => queue.queueId).join(', ')}`,
        );
    return {
      ...plan,
      queues: plan.queues.map((queue) => {
        const own = changes.filter(({ queueId }) => queueId === undefined || queueId === queue.queueId);
        return Object.assign({}, queue, ...own, { queueId: queue.queueId });
      }),
    };
  };
}
