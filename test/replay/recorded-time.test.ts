import { describe, expect, it } from 'vitest';
import { isDay, timeReader } from '../../src/simulation/recorded-time.ts';
import { Zone } from '../../src/zone.ts';

describe('a local time', () => {
  const cases: readonly (readonly [string, string, readonly number[], string])[] = [
    ['in summer', 'Asia/Jerusalem', [1999, 8, 1, 10, 0, 0], '1999-08-01T07:00:00.000Z'],
    ['in winter', 'Asia/Jerusalem', [1999, 12, 1, 10, 0, 0], '1999-12-01T08:00:00.000Z'],
    ['just before clocks go forward', 'Europe/Berlin', [2024, 3, 31, 1, 59, 59], '2024-03-31T00:59:59.000Z'],
    ['just after clocks go forward', 'Europe/Berlin', [2024, 3, 31, 3, 0, 0], '2024-03-31T01:00:00.000Z'],
    [
      'that a change leaves out, read with the offset before it',
      'Europe/Berlin',
      [2024, 3, 31, 2, 30, 0],
      '2024-03-31T01:30:00.000Z',
    ],
    ['that occurs twice, taken as the first', 'Europe/Berlin', [2024, 10, 27, 2, 30, 0], '2024-10-27T00:30:00.000Z'],
    ['after the hour that occurs twice', 'Europe/Berlin', [2024, 10, 27, 3, 0, 0], '2024-10-27T02:00:00.000Z'],
    ['of a zone with a quarter of an hour', 'Asia/Kathmandu', [2024, 1, 1, 0, 0, 0], '2023-12-31T18:15:00.000Z'],
    ['west of Greenwich', 'America/New_York', [2024, 7, 4, 20, 0, 0], '2024-07-05T00:00:00.000Z'],
  ];
  it.each(cases)('%s becomes the right instant', (_, zone, [year, month, day, hour, minute, second], instant) => {
    const at = new Zone(zone).toEpoch({
      year: year!,
      month: month!,
      day: day!,
      hour: hour!,
      minute: minute!,
      second: second!,
    });
    expect(new Date(at).toISOString()).toBe(instant);
  });

  it('is shown again as the day and the clock of its zone', () => {
    const zone = new Zone('Asia/Jerusalem');
    const at = Date.parse('1999-08-01T21:05:09Z');
    expect([zone.dayAt(at), zone.clockAt(at)]).toEqual(['1999-08-02', '00:05:09']);
  });
});

describe('a format', () => {
  it.each([
    ['H:mm:ss', '9:05:07', { hour: 9, minute: 5, second: 7 }],
    ['M/D/YY H:m', '8/1/99 7:05', { year: 1999, month: 8, day: 1, hour: 7, minute: 5 }],
    ['YYYYMMDDHHmmss', '20240229235959', { year: 2024, month: 2, day: 29, hour: 23, minute: 59, second: 59 }],
    ['HH:mm', '24:00', undefined],
    ['HH:mm', '9:05', undefined],
    ['HH:mm', '09:05:00', undefined],
    ['D.M.YYYY', '1.13.2024', undefined],
  ])('%s reads %s as %o', (format, text, parts) => {
    expect(timeReader(format)(text)).toEqual(parts);
  });

  it('knows which days exist', () => {
    expect(['2024-02-29', '2023-02-29', '2024-13-01', '2024-1-1', 'yesterday'].map(isDay)).toEqual([
      true,
      false,
      false,
      false,
      false,
    ]);
  });
});
