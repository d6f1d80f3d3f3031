// Agents: who they are and what they can do (set up by others), and what they do with their seat (themselves, or a
// supervisor or application for them).

import { Type } from '@sinclair/typebox';
import * as layout from '../../../assembly/layout.ts';
import { agentProperties } from '../agent-properties.ts';
import {
  agentState,
  changing,
  channel,
  count,
  cursor,
  flag,
  id,
  limit,
  lines,
  lineView,
  name,
  nextCursor,
  oneOf,
  params,
  result,
  shape,
  timeMs,
} from '../schemas.ts';
import { attending, forcing, method, settingUp, watching } from './method.ts';

const agentId = id('The agent.');
const ofWhom = Type.Optional(id('The agent. Left out by an agent, who is meant.'));

export const restsUntil = Type.Optional(
  timeMs(
    'It rests after a reject, a miss, or an offer that failed, and is offered nothing until then: `afterRejectMs`, `afterMissMs`, `afterBusyMs`.',
  ),
);

const sinceAndReason = {
  state: agentState,
  reason: Type.Optional(name('Why not ready: `loggedIn`, `missed`, `connectionLost`, or the one that was given.')),
  since: timeMs('Since when.'),
  restsUntil,
};

export const agentView = shape(
  'Agent',
  result({
    agentId,
    ...agentProperties,
    ...sinceAndReason,
    ready: flag('Chose to be ready, whatever is in progress.'),
    lines: Type.Array(lineView, { description: 'The seat; empty when logged out.' }),
  }),
);

export const seatView = shape(
  'Seat',
  result({
    agentId,
    ...sinceAndReason,
    lines: Type.Array(lineView),
  }),
);

export const agentMethods = {
  'agent.set': method({
    summary:
      'Makes an agent, or sets one anew: what is left out takes its default. An offer that rings at the agent and no longer fits is withdrawn; what is in service goes on.',
    roles: settingUp,
    params: changing({ agentId, ...agentProperties }),
    result: agentView,
    changes: true,
    refusals: ['queue_not_found', 'too_many_agents', 'too_many_names'],
  }),
  'agent.get': method({
    summary: 'An agent, with state and seat.',
    roles: attending,
    params: params({ agentId: ofWhom }),
    result: agentView,
    changes: false,
    self: 'agentId',
    refusals: ['agent_not_found'],
  }),
  'agent.list': method({
    summary: 'All agents, in the order in which they were made.',
    roles: watching,
    params: params({ limit, cursor }),
    result: result({ agents: Type.Array(agentView), cursor: nextCursor }),
    changes: false,
    refusals: [],
  }),
  'agent.remove': method({
    summary: 'Removes an agent who is logged out.',
    roles: settingUp,
    params: changing({ agentId }),
    result: result({ agentId }),
    changes: true,
    refusals: ['agent_not_found', 'agent_logged_in'],
  }),
  'agent.login': method({
    summary:
      'Takes a seat, with its lines; not ready until agent.ready. Logging in again with the same lines changes nothing; with other lines it changes the seat, when nothing is in service there.',
    roles: attending,
    params: changing({
      agentId: ofWhom,
      lines: Type.Optional(lines),
    }),
    result: seatView,
    changes: true,
    self: 'agentId',
    refusals: [
      'agent_not_found',
      'agent_in_contact',
      'agent_exists_with_different_lines',
      'line_in_another_seat',
      'line_id_taken',
      'agent_has_no_line_for_channel',
      'too_many_lines',
      'too_many_names',
    ],
  }),
  'agent.logout': method({
    summary: 'Leaves the seat: `now` (refused while something is in service), or as soon as the agent is `idle`.',
    roles: attending,
    params: changing({
      agentId: ofWhom,
      when: oneOf(['now', 'idle'], 'At once, or when nothing is in service any more; no more offers until then.'),
    }),
    result: seatView,
    changes: true,
    self: 'agentId',
    refusals: ['agent_not_found', 'agent_not_logged_in', 'agent_in_contact'],
  }),
  'agent.ready': method({
    summary: 'Takes contacts from now on.',
    roles: attending,
    params: changing({
      agentId: ofWhom,
      channels: Type.Optional(
        Type.Array(channel, {
          minItems: 1,
          maxItems: layout.CHANNELS_MAX,
          uniqueItems: true,
          description: 'Only these.',
        }),
      ),
    }),
    result: seatView,
    changes: true,
    self: 'agentId',
    refusals: ['agent_not_found', 'agent_not_logged_in', 'too_many_names'],
  }),
  'agent.notReady': method({
    summary: 'Takes no contacts from now on; an offer that rings is withdrawn, what is in service goes on.',
    roles: attending,
    params: changing({ agentId: ofWhom, reason: name('Why, as `break`, `training`.') }),
    result: seatView,
    changes: true,
    self: 'agentId',
    refusals: ['agent_not_found', 'agent_not_logged_in', 'too_many_names'],
  }),
  'agent.force': method({
    summary:
      'Puts an agent into a state: ready, not ready for a reason, or logged out, as soon as nothing is in service any more. No contact is lost by it.',
    roles: forcing,
    params: changing({
      agentId,
      state: oneOf(['ready', 'notReady', 'loggedOut'], 'What the agent would choose itself.'),
      reason: Type.Optional(name('Why not ready. Default: `forced`.')),
    }),
    result: seatView,
    changes: true,
    refusals: ['agent_not_found', 'agent_not_logged_in', 'too_many_names'],
  }),
  'agent.setOneRinging': method({
    summary: 'Whether one line rings at a time (as it is after login), or all free lines may ring at once.',
    roles: attending,
    params: changing({ agentId: ofWhom, on: flag('One at a time.') }),
    result: result({ agentId, on: flag('One at a time.') }),
    changes: true,
    self: 'agentId',
    refusals: ['agent_not_found', 'agent_not_logged_in'],
  }),
  'line.list': method({
    summary: 'The lines of a seat and what they have; empty when the agent is logged out.',
    roles: attending,
    params: params({ agentId: ofWhom }),
    result: result({
      agentId,
      lines: Type.Array(lineView),
      linesMax: Type.Optional(count('As many as a seat may have.')),
    }),
    changes: false,
    self: 'agentId',
    refusals: ['agent_not_found'],
  }),
  'line.switch': method({
    summary:
      'Goes to another line of the seat in one step: the contacts in service on the others are put on hold, and once they are the one at this line is taken up; whoever was asked about one of them, and has taken that, is put on hold as well. Where that cannot be, whoever it has put on hold is taken up again.',
    roles: attending,
    params: changing({
      agentId: ofWhom,
      lineId: id('A line of the seat, with a contact in service.'),
      fromLineId: Type.Optional(id('Only the contact at this line is put on hold. Default: those at all other lines.')),
    }),
    result: result({
      agentId,
      lineId: id('The line.'),
      contactId: id('The contact there.'),
      switched: flag('It is so. Else a switch has been asked, and line.switched or line.notSwitched follows.'),
    }),
    changes: true,
    self: 'agentId',
    refusals: ['agent_not_found', 'line_not_found', 'contact_not_connected', 'consultation_not_connected'],
  }),
};
