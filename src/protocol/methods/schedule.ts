// What agents are planned to do, and how they keep to it.

import { Type } from '@sinclair/typebox';
import { plannedPerRequestMax } from '../../limits.ts';
import type { Fault } from '../fault.ts';
import {
  agentState,
  changing,
  cursor,
  flag,
  id,
  limit,
  name,
  nextCursor,
  oneOf,
  params,
  result,
  shape,
  timeMs,
} from '../schemas.ts';
import { attending, method, watching } from './method.ts';

const agentId = id('The agent.');
const activity = {
  from: timeMs('When it begins.'),
  to: timeMs('When it is over.'),
  state: oneOf(
    ['working', 'notReady'],
    'working: ready, or busy with contacts. notReady: a break, a training, whatever keeps it from contacts.',
  ),
  reason: Type.Optional(name('Of `notReady`: the reason that the agent is to give; absent: any.')),
};
const plannedActivity = shape('PlannedActivity', result(activity));
const activities = Type.Array(plannedActivity, { description: 'In their order.' });

/** Each in its period, behind the one before. */
function unfit(given: object): Fault | undefined {
  const {
    from,
    to,
    activities: planned,
  } = given as {
    from: number;
    to: number;
    activities: readonly { from: number; to: number; state: string; reason?: string }[];
  };
  if (to <= from) return { path: '/to', message: 'must be after `from`' };
  let end = from;
  for (const [at, one] of planned.entries()) {
    const path = `/activities/${at}`;
    if (one.from < end)
      return { path: `${path}/from`, message: `must not be before ${end}, where what comes before it ends` };
    if (one.to <= one.from) return { path: `${path}/to`, message: 'must be after its `from`' };
    if (one.to > to) return { path: `${path}/to`, message: 'must not be after `to` of the period' };
    if (one.state === 'working' && one.reason !== undefined)
      return { path: `${path}/reason`, message: 'is of `notReady` alone' };
    end = one.to;
  }
  return undefined;
}

export const scheduleMethods = {
  'agent.schedule': method({
    summary:
      'Plans what an agent does in a period, in place of whatever was planned there; no activities: nothing is planned. What is over stays as it was planned. Statistics say how much of it was kept to.',
    roles: watching,
    params: changing({
      agentId,
      from: timeMs('Where the period begins.'),
      to: timeMs('Where it ends.'),
      activities: Type.Array(params(activity), {
        maxItems: plannedPerRequestMax,
        description:
          'One behind the other, with gaps as you like: in a gap nothing is planned, and nothing is kept to.',
      }),
    }),
    result: result({ agentId, activities }),
    changes: true,
    furtherFault: unfit,
    refusals: ['agent_not_found', 'too_many_planned_activities'],
  }),
  'agent.planned': method({
    summary: 'What is planned of an agent; what was is kept for two days at least.',
    roles: attending,
    params: params({
      agentId: Type.Optional(id('The agent. Left out by an agent, who is meant.')),
      from: Type.Optional(timeMs('From when on. Absent: from now on.')),
      to: Type.Optional(timeMs('Until when. Absent: all.')),
    }),
    result: result({ agentId, activities }),
    changes: false,
    self: 'agentId',
    refusals: ['agent_not_found'],
  }),
  'agent.adherence': method({
    summary: 'Who keeps to the plan now: everybody of whom anything is planned at this moment.',
    roles: watching,
    params: params({ limit, cursor }),
    result: result({
      agents: Type.Array(
        result({
          agentId,
          state: agentState,
          reason: Type.Optional(name('Why not ready.')),
          planned: plannedActivity,
          adherent: flag('The state is as planned.'),
        }),
      ),
      cursor: nextCursor,
    }),
    changes: false,
    refusals: [],
  }),
};
