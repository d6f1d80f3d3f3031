// When a calendar is open: the clock on the wall decides, also where it is set forward or back.

import { describe, expect, test } from 'vitest';
import { type CalendarGiven, isOpenAt, nextChange } from '../../src/domain/routing/calendar.ts';
import { Zone } from '../../src/zone.ts';
import { Random, seedOfThisRun } from '../core/random.ts';

const berlin = new Zone('Europe/Berlin');
const everyDay = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

function office(more: Partial<CalendarGiven> = {}): CalendarGiven {
  const weekly = [{ days: ['mon', 'tue', 'wed', 'thu', 'fri'] as const, from: '09:00', to: '17:00' }];
  return { calendarId: 'office', timeZone: 'Europe/Berlin', weekly: weekly as never, ...more };
}

const at = (text: string) => Date.parse(text);
const shown = (time: number) => new Date(time).toISOString().replace('.000Z', 'Z');

/** The next changes from a moment on. */
function changes(calendar: CalendarGiven, zone: Zone, from: string, count: number): string[] {
  const found: string[] = [];
  for (let time = at(from); found.length < count; ) {
    time = nextChange(calendar, zone, time);
    found.push(`${shown(time)} ${isOpenAt(calendar, zone, time) ? 'opens' : 'closes'}`);
  }
  return found;
}

describe('a week', () => {
  test('opens and closes by the clock of its zone, in winter and in summer', () => {
    expect(changes(office(), berlin, '2026-01-02T15:00:00Z', 3)).toEqual([
      '2026-01-02T16:00:00Z closes',
      '2026-01-05T08:00:00Z opens',
      '2026-01-05T16:00:00Z closes',
    ]);
    expect(changes(office(), berlin, '2026-07-03T14:00:00Z', 2)).toEqual([
      '2026-07-03T15:00:00Z closes',
      '2026-07-06T07:00:00Z opens',
    ]);
  });

  test('is open at its first moment and closed at its last', () => {
    expect(isOpenAt(office(), berlin, at('2026-01-05T07:59:59.999Z'))).toBe(false);
    expect(isOpenAt(office(), berlin, at('2026-01-05T08:00:00Z'))).toBe(true);
    expect(isOpenAt(office(), berlin, at('2026-01-05T15:59:59.999Z'))).toBe(true);
    expect(isOpenAt(office(), berlin, at('2026-01-05T16:00:00Z'))).toBe(false);
  });

  test('that never closes never changes, and is asked again', () => {
    const always = office({ weekly: [{ days: [...everyDay], from: '00:00', to: '24:00' }] });
    const again = nextChange(always, berlin, at('2026-01-01T00:00:00Z'));
    expect(again).toBeGreaterThan(at('2026-03-01T00:00:00Z'));
    expect(isOpenAt(always, berlin, again)).toBe(true);
  });
});

describe('a holiday', () => {
  const calendar = office({
    holidays: [
      { date: '2026-12-24', name: 'Christmas Eve', hours: [{ from: '09:00', to: '12:00' }] },
      { date: '2026-12-25' },
      { date: '2026-12-27', hours: [{ from: '10:00', to: '11:00' }] },
    ],
  });
  test('has its own hours or none, also on a day that is closed otherwise', () => {
    expect(changes(calendar, berlin, '2026-12-23T17:00:00Z', 6)).toEqual([
      '2026-12-24T08:00:00Z opens',
      '2026-12-24T11:00:00Z closes',
      '2026-12-27T09:00:00Z opens',
      '2026-12-27T10:00:00Z closes',
      '2026-12-28T08:00:00Z opens',
      '2026-12-28T16:00:00Z closes',
    ]);
  });
});

describe('where summer time begins', () => {
  test('the day is an hour shorter, and hours in the hour that is left out do not come', () => {
    const early = office({ weekly: [{ days: [...everyDay], from: '01:00', to: '05:00' }] });
    expect(changes(early, berlin, '2026-03-28T22:00:00Z', 2)).toEqual([
      '2026-03-29T00:00:00Z opens',
      '2026-03-29T03:00:00Z closes',
    ]);
    const missing = office({ weekly: [{ days: ['sun'], from: '02:15', to: '02:45' }] });
    expect(changes(missing, berlin, '2026-03-28T22:00:00Z', 1)).toEqual(['2026-04-05T00:15:00Z opens']);
  });

  test('hours that begin in it begin when it is over', () => {
    const early = office({ weekly: [{ days: ['sun'], from: '02:30', to: '04:00' }] });
    expect(changes(early, berlin, '2026-03-28T22:00:00Z', 2)).toEqual([
      '2026-03-29T01:00:00Z opens',
      '2026-03-29T02:00:00Z closes',
    ]);
  });
});

describe('where summer time ends', () => {
  test('hours in the hour that comes twice come twice', () => {
    const early = office({ weekly: [{ days: ['sun'], from: '02:15', to: '02:45' }] });
    expect(changes(early, berlin, '2026-10-24T22:00:00Z', 4)).toEqual([
      '2026-10-25T00:15:00Z opens',
      '2026-10-25T00:45:00Z closes',
      '2026-10-25T01:15:00Z opens',
      '2026-10-25T01:45:00Z closes',
    ]);
  });

  test('hours over it are an hour longer', () => {
    const early = office({ weekly: [{ days: ['sun'], from: '01:00', to: '05:00' }] });
    expect(changes(early, berlin, '2026-10-24T22:00:00Z', 2)).toEqual([
      '2026-10-24T23:00:00Z opens',
      '2026-10-25T04:00:00Z closes',
    ]);
  });
});

test('what comes next is the first minute that differs, in zones and weeks of all kinds', () => {
  const seed = seedOfThisRun();
  console.log(`seed ${seed}: SEED=${seed} repeats this run`);
  const random = new Random(seed);
  const zones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'Africa/Cairo', 'UTC'];
  const clock = () => `${String(random.between(0, 23)).padStart(2, '0')}:${random.pick(['00', '15', '30', '50'])}`;
  for (let round = 0; round < 60; round++) {
    const zone = new Zone(random.pick(zones));
    const weekly = Array.from({ length: random.between(1, 4) }, () => {
      const [from, to] = [clock(), clock()].sort() as [string, string];
      return { days: random.some([...everyDay], 4), from, to: from === to ? '24:00' : to };
    }).filter(({ days }) => days.length > 0);
    const calendar = office({ timeZone: zone.name, weekly });
    // Around the days on which clocks change.
    const day = random.pick([
      '2026-03-08',
      '2026-03-29',
      '2026-04-05',
      '2026-04-24',
      '2026-10-04',
      '2026-10-25',
      '2026-11-01',
    ]);
    const from = at(`${day}T00:00:00Z`) - random.between(0, 2 * 1_440) * 60_000;
    const isOpen = isOpenAt(calendar, zone, from);
    const next = nextChange(calendar, zone, from);
    let first = from + 60_000;
    while (first < next && isOpenAt(calendar, zone, first) === isOpen) first += 60_000;
    const what = `${JSON.stringify(calendar)} from ${shown(from)}`;
    if (weekly.length === 0) continue;
    expect(shown(first), what).toBe(shown(next));
  }
});
