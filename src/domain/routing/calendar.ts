// When a calendar is open, and when that changes next: by the clock on the wall of its zone.
//
// It is open while the local time of day lies in one of the day's hours. So where summer time ends and an hour comes twice, its
// opening hours come twice; where it begins and an hour is left out, hours that lie in it do not come at all. A holiday has
// hours of its own, or none.
//
// Pure: what was found is written to a row by whoever asks (calendars.ts), and asked again only when that moment has come. So
// a machine with other data of time zones goes on by what was decided.

import type { CalendarParams, Hours } from '../../protocol/calendar.ts';
import { dayText, type Zone } from '../../zone.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
/** Zones change at quarter hours at the finest. */
const QUARTER_MS = 900_000;
/** Further away it is looked for again when this has passed: longer than any school is closed. */
const daysLookedAheadMax = 120;

export type CalendarGiven = Omit<CalendarParams, 'requestId'>;

/** A day by itself, at its midnight in UTC. */
type Day = number;

export function isOpenAt(calendar: CalendarGiven, zone: Zone, at: number): boolean {
  const local = at + zone.offsetAt(at);
  const day = Math.floor(local / DAY_MS) * DAY_MS;
  const clockMs = local - day;
  return hoursOf(calendar, day).some(({ from, to }) => clockMs >= msOf(from) && clockMs < msOf(to));
}

/** When it opens or closes next, or when that is to be asked again. */
export function nextChange(calendar: CalendarGiven, zone: Zone, at: number): number {
  const isOpen = isOpenAt(calendar, zone, at);
  const today = Math.floor((at + zone.offsetAt(at)) / DAY_MS) * DAY_MS;
  for (let ahead = 0; ahead < daysLookedAheadMax; ahead++) {
    const moments = momentsOf(calendar, zone, today + ahead * DAY_MS).filter((moment) => moment > at);
    const change = moments.sort((one, other) => one - other).find((one) => isOpenAt(calendar, zone, one) !== isOpen);
    if (change !== undefined) return change;
  }
  return at + (daysLookedAheadMax - 1) * DAY_MS;
}

/** All moments of a day at which it could open or close: beginnings and ends of its hours, and a change of the clock. */
function momentsOf(calendar: CalendarGiven, zone: Zone, day: Day): number[] {
  const clocks = hoursOf(calendar, day).flatMap(({ from, to }) => [msOf(from), msOf(to)]);
  const offsets = new Set([zone.offsetAt(day - DAY_MS), zone.offsetAt(day + 2 * DAY_MS)]);
  const moments: number[] = [];
  // What comes twice is there twice, by both offsets; what a change leaves out is no beginning, and the look at it says so.
  for (const clockMs of [0, ...clocks]) for (const offset of offsets) moments.push(day + clockMs - offset);
  if (offsets.size > 1) moments.push(clockChange(zone, day - DAY_MS, day + 2 * DAY_MS));
  // By the other offset, or a day before or after the change, a moment may lie in a neighbouring day: that one has its own.
  return moments.filter((moment) => Math.floor((moment + zone.offsetAt(moment)) / DAY_MS) * DAY_MS === day);
}

/** The first moment with the later of two offsets, by halves. */
function clockChange(zone: Zone, from: number, to: number): number {
  let before = Math.floor(from / QUARTER_MS);
  let after = Math.ceil(to / QUARTER_MS);
  const offset = zone.offsetAt(after * QUARTER_MS);
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (zone.offsetAt(middle * QUARTER_MS) === offset) after = middle;
    else before = middle;
  }
  return after * QUARTER_MS;
}

function hoursOf({ weekly, holidays = [] }: CalendarGiven, day: Day): readonly Hours[] {
  const date = new Date(day);
  const text = dayText({ year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() });
  const holiday = holidays.find((one) => one.date === text);
  if (holiday !== undefined) return holiday.hours ?? [];
  const name = DAYS[date.getUTCDay()]!;
  return weekly.filter(({ days }) => days.includes(name));
}

/** `09:30` in milliseconds from midnight; `24:00` is the next. */
function msOf(clock: string): number {
  const [hours, minutes] = clock.split(':').map(Number) as [number, number];
  return (hours * 60 + minutes) * MINUTE_MS;
}
