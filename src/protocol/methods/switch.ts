// Switches and the legs of contacts at them (docs/switches.md).

import { Type } from '@sinclair/typebox';
import { legsPerReportMax } from '../../limits.ts';
import { legCause, legId, legState, reportedLegStates } from '../legs.ts';
import {
  changing,
  count,
  cursor,
  flag,
  id,
  limit,
  nextCursor,
  oneOf,
  params,
  result,
  shape,
  timeMs,
} from '../schemas.ts';
import { graceMs, switchProperties, weight } from '../switch-settings.ts';
import { method, settingUp, watching } from './method.ts';

const switchId = id('The switch: the `sub` of its token.');

export const switchView = shape(
  'Switch',
  result({
    switchId,
    graceMs,
    weight,
    connected: flag('It has a session.'),
    since: timeMs('Since when it is connected, or gone; when it was made known, if it never was connected.'),
    draining: flag('It wants to go: nothing new is begun at it.'),
    lost: flag('Its grace time is over: its contacts have ended.'),
    legs: count('Legs alive at it.'),
  }),
);

const leg = result({ legId, state: legState, contactId: Type.Optional(id('Its contact.')) });

export const switchMethods = {
  'switch.set': method({
    summary: 'Makes a switch known, or sets one anew: what is left out takes its default.',
    roles: settingUp,
    params: changing({ switchId, ...switchProperties }),
    result: switchView,
    changes: true,
    refusals: ['too_many_switches'],
  }),
  'switch.get': method({
    summary: 'A switch: its settings, whether it is connected, how many legs it has.',
    roles: [...watching, 'switch'],
    params: params({ switchId }),
    result: switchView,
    changes: false,
    refusals: ['switch_not_found'],
  }),
  'switch.list': method({
    summary: 'All switches, in the order in which they became known.',
    roles: watching,
    params: params({ limit, cursor }),
    result: result({ switches: Type.Array(switchView), cursor: nextCursor }),
    changes: false,
    refusals: [],
  }),
  'switch.remove': method({
    summary: 'Forgets a switch that is not connected and has no legs.',
    roles: settingUp,
    params: changing({ switchId }),
    result: result({ switchId }),
    changes: true,
    refusals: ['switch_not_found', 'switch_in_use'],
  }),
  'switch.drain': method({
    summary: 'The switch wants to go, or stays after all: nothing new is begun at it; what it has is finished there.',
    roles: [...settingUp, 'switch'],
    params: changing({
      switchId: Type.Optional(id('The switch. Left out by a switch, which is meant.')),
      on: flag('true: it wants to go.'),
    }),
    result: switchView,
    changes: true,
    withheld: { switch: ['switchId'] },
    refusals: ['switch_not_found'],
  }),
  'switch.report': method({
    summary:
      'What the switch has, when it is back. With `complete` a leg that was in no report since it connected is taken as lost.',
    roles: ['switch'],
    params: changing({
      legs: Type.Array(
        params({
          legId,
          state: oneOf(reportedLegStates),
          contactId: Type.Optional(id('Of a leg that the router may not know.')),
        }),
        { maxItems: legsPerReportMax, description: 'Legs alive at the switch.' },
      ),
      complete: flag('Nothing else is there: this request and those before it since it connected name all.'),
    }),
    result: result({
      keep: Type.Array(legId, { description: 'Right as they are.' }),
      connect: Type.Array(Type.Array(legId), { description: 'Two that should be joined and are not.' }),
      release: Type.Array(legId, {
        description: 'Of contacts that are over, or whose customer has moved to another leg.',
      }),
      unknown: Type.Array(legId, { description: 'The router has never heard of them.' }),
    }),
    changes: true,
    refusals: [],
  }),
  'leg.ringing': method({
    summary: 'The telephone rings.',
    roles: ['switch'],
    params: changing({ legId }),
    result: leg,
    changes: true,
    refusals: ['leg_not_found'],
  }),
  'leg.answered': method({
    summary: 'The party is there. An agent’s: the offer is taken, leg.connect follows.',
    roles: ['switch'],
    params: changing({ legId }),
    result: leg,
    changes: true,
    refusals: ['leg_not_found'],
  }),
  'leg.failed': method({
    summary: 'The leg could not be made.',
    roles: ['switch'],
    params: changing({ legId, cause: legCause }),
    result: leg,
    changes: true,
    refusals: ['leg_not_found'],
  }),
  'leg.ended': method({
    summary: 'The leg is gone: somebody hung up, or it was lost.',
    roles: ['switch'],
    params: changing({ legId, cause: Type.Optional({ ...legCause, default: 'hungUp' }) }),
    result: leg,
    changes: true,
    refusals: ['leg_not_found'],
  }),
};
