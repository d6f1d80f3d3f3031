// Opening hours: a time zone, the hours of a week, and holidays, as calendar.set and the configuration document have them.

import { type Static, Type } from '@sinclair/typebox';
import { calendarHolidaysMax, calendarHoursMax } from '../limits.ts';
import { isRealDate, Zone } from '../zone.ts';
import type { Fault } from './fault.ts';
import { id, oneOf, params, text } from './schemas.ts';

export const clock = (description: string, ...examples: string[]) =>
  Type.String({
    pattern: '^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$',
    description,
    examples,
    'x-rule': 'a time of day from "00:00" to "24:00"',
    'x-type': 'a time of day',
  });

export const weekdays = Type.Array(oneOf(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']), {
  minItems: 1,
  maxItems: 7,
  uniqueItems: true,
  description: 'On these days.',
});

const hours = {
  from: clock('Open from this time on the wall …', '00:00', '09:30'),
  to: clock('… to this; what goes over midnight is two entries.', '17:00', '24:00'),
};

export const calendarProperties = {
  timeZone: { ...text('As the IANA data have it: Europe/Berlin.'), examples: ['Europe/Berlin', 'UTC'] },
  weekly: Type.Array(
    params({
      days: weekdays,
      ...hours,
    }),
    { maxItems: calendarHoursMax, description: 'The hours of every week; none: closed but for what holidays say.' },
  ),
  holidays: Type.Optional(
    Type.Array(
      params({
        date: Type.String({
          pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$',
          description: 'The day.',
          examples: ['2026-12-24', '2026-12-25', '2027-01-01'],
          'x-rule': 'a day as "2026-12-24"',
          'x-type': 'a day',
        }),
        name: Type.Optional(text('What it is.')),
        hours: Type.Optional(
          Type.Array(params(hours), {
            maxItems: calendarHoursMax,
            description: 'Its own hours. Absent: closed all day.',
          }),
        ),
      }),
      { maxItems: calendarHolidaysMax, description: 'Days on which other hours are kept than in every week.' },
    ),
  ),
};

const schema = params({ calendarId: id('The calendar.'), ...calendarProperties });
export type CalendarParams = Static<typeof schema> & { readonly requestId?: string };
export interface Hours {
  readonly from: string;
  readonly to: string;
}

/** What the schema cannot say. `under` is put before the path. */
export function calendarFault({ timeZone, weekly, holidays = [] }: CalendarParams, under = ''): Fault | undefined {
  if (!isZone(timeZone))
    return { path: `${under}/timeZone`, message: `expected a time zone, got ${JSON.stringify(timeZone)}` };
  const fault = hoursFault(weekly, `${under}/weekly`);
  if (fault !== undefined) return fault;
  const dates = new Set<string>();
  for (const [index, { date, hours: own = [] }] of holidays.entries()) {
    const path = `${under}/holidays/${index}`;
    const [year, month, day] = date.split('-').map(Number) as [number, number, number];
    if (!isRealDate({ year, month, day })) return { path: `${path}/date`, message: `there is no day ${date}` };
    if (dates.has(date)) return { path: `${path}/date`, message: `${date} is there already` };
    dates.add(date);
    const wrong = hoursFault(own, `${path}/hours`);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function hoursFault(all: readonly Hours[], under: string): Fault | undefined {
  const index = all.findIndex(({ from, to }) => from >= to);
  if (index < 0) return undefined;
  return {
    path: `${under}/${index}/to`,
    message: 'expected a later time than `from`; what goes over midnight is two entries',
  };
}

function isZone(name: string): boolean {
  try {
    new Zone(name);
    return true;
  } catch {
    return false;
  }
}
