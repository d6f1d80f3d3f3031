// Platforms that hand their callers over, and the numbers under which they do (docs/platforms.md).

import { Type } from '@sinclair/typebox';
import {
  handoverProperties,
  type NumberPlanGiven,
  numberPlanFault,
  numberPlanProperties,
  numberPlanView,
  platformFault,
  platformProperties,
  platformView,
  serial,
  settingPlatformsUp,
} from '../platforms.ts';
import { changing, cursor, id, limit, nextCursor, params, result, text, timeMs } from '../schemas.ts';
import { method } from './method.ts';

const planId = id('The plan.');
const platformId = id('The platform.');

export const platformMethods = {
  'numberPlan.set': method({
    summary:
      'How numbers of a range are taken apart into access id and serial, and how often may be guessed. The answer says how hard its serials are to guess.',
    roles: settingPlatformsUp,
    params: changing({ planId, ...numberPlanProperties }),
    result: numberPlanView,
    changes: true,
    furtherFault: (given) => numberPlanFault(given as NumberPlanGiven),
    refusals: ['number_plans_overlap', 'number_plan_in_use', 'too_many_number_plans'],
  }),
  'numberPlan.list': method({
    summary: 'All plans, in the order in which they were made, with how hard their serials are to guess now.',
    roles: settingPlatformsUp,
    params: params({ limit, cursor }),
    result: result({ numberPlans: Type.Array(numberPlanView), cursor: nextCursor }),
    changes: false,
    refusals: [],
  }),
  'numberPlan.remove': method({
    summary: 'Removes a plan that no platform has its access id from.',
    roles: settingPlatformsUp,
    params: changing({ planId }),
    result: result({ planId }),
    changes: true,
    refusals: ['number_plan_not_found', 'number_plan_in_use'],
  }),
  'platform.set': method({
    summary:
      'A platform that hands its callers over. It calls handover.put itself, with a token of the role `app` whose `sub` is `platform:` and its id, which may do nothing else; or an application of yours does it for the platform. With `fetch` it is asked for more when a caller comes.',
    roles: settingPlatformsUp,
    params: changing({ platformId, ...platformProperties }),
    result: platformView,
    changes: true,
    furtherFault: (given) => platformFault(given),
    refusals: ['access_id_in_no_plan', 'access_id_taken', 'network_not_allowed', 'too_many_platforms'],
  }),
  'platform.list': method({
    summary: 'All platforms, in the order in which they were made.',
    roles: settingPlatformsUp,
    params: params({ limit, cursor }),
    result: result({ platforms: Type.Array(platformView), cursor: nextCursor }),
    changes: false,
    refusals: [],
  }),
  'platform.remove': method({
    summary: 'Removes a platform, and what it has handed over and nobody has used.',
    roles: settingPlatformsUp,
    params: changing({ platformId }),
    result: result({ platformId }),
    changes: true,
    refusals: ['platform_not_found'],
  }),
  'handover.put': method({
    summary:
      'A platform hands a caller over: whoever comes with the number of the answer as original called number, once and in time, is this one. The same serial with the same content again changes nothing.',
    roles: ['app'],
    params: params({ platformId, credential: platformProperties.credential, ...handoverProperties }),
    result: result({
      platformId,
      serial,
      originalCalled: text('Access id, serial and check digit: the number to place the call with.'),
      expiresAt: timeMs('Until when it can be used.'),
    }),
    changes: true,
    refusals: [
      'platform_not_found',
      'platform_credential_wrong',
      'serial_not_of_plan',
      'serial_used',
      'serial_exists_with_different_content',
      'handover_already_expired',
      'too_many_handovers',
    ],
  }),
};
