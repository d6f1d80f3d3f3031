// Calendars: opening hours that queues keep.

import { Type } from '@sinclair/typebox';
import { type CalendarParams, calendarFault, calendarProperties } from '../calendar.ts';
import { changing, cursor, flag, id, limit, nextCursor, params, result, shape, timeMs } from '../schemas.ts';
import { method, settingUp, watching } from './method.ts';

const calendarId = id('The calendar.');
const calendarView = shape(
  'Calendar',
  result({
    calendarId,
    ...calendarProperties,
    open: flag('It is open now.'),
    changesAt: timeMs('When it opens or closes next; or, where that is months away, when it is looked at again.'),
  }),
);

export const calendarMethods = {
  'calendar.set': method({
    summary:
      'Makes a calendar, or gives one other hours. It is open while the clock on the wall of its zone says so: an hour that comes twice where summer time ends counts twice.',
    roles: settingUp,
    params: changing({ calendarId, ...calendarProperties }),
    result: calendarView,
    changes: true,
    furtherFault: (given) => calendarFault(given as CalendarParams),
    refusals: ['too_many_calendars'],
  }),
  'calendar.get': method({
    summary: 'A calendar, and whether it is open.',
    roles: watching,
    params: params({ calendarId }),
    result: calendarView,
    changes: false,
    refusals: ['calendar_not_found'],
  }),
  'calendar.list': method({
    summary: 'All calendars.',
    roles: watching,
    params: params({ limit, cursor }),
    result: result({ calendars: Type.Array(calendarView), cursor: nextCursor }),
    changes: false,
    refusals: [],
  }),
  'calendar.remove': method({
    summary: 'Removes a calendar that no queue keeps.',
    roles: settingUp,
    params: changing({ calendarId }),
    result: result({ calendarId }),
    changes: true,
    refusals: ['calendar_not_found', 'calendar_in_use'],
  }),
};
