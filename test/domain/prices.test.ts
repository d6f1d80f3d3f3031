// What a rate costs, without anything around it: hours of other prices by the clock on the wall, free time, minimum, holds, rounding, and
// that in pieces it comes to the same as at once.

import { describe, expect, test } from 'vitest';
import { costOf, counted, lastsUntil, type Metered, meter, nothingMetered } from '../../src/domain/payments/meter.ts';
import { sharesOf } from '../../src/domain/payments/shares.ts';
import { Tariff } from '../../src/domain/payments/tariff.ts';
import { type RateTerms, ratePers } from '../../src/protocol/rates.ts';
import { Random, seedOfThisRun } from '../core/random.ts';

const everyDay: NonNullable<RateTerms['hours']>[number]['days'] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const noon = Date.parse('2026-03-02T12:00:00Z');
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

const eur = (amount: number) => ({ amount, currency: 'EUR' });
const rate = (more: Partial<RateTerms>) => new Tariff({ per: 'minute', price: eur(100), ...more });

function costs(tariff: Tariff, ms: number, from = noon): number {
  return costOf(tariff, meter(tariff, nothingMetered, from, from + ms));
}

describe('a minute to the second', () => {
  test.each<[ms: number, cost: number]>([
    [0, 0],
    [1, 1],
    [1_000, 1],
    [1_001, 3],
    [30_000, 50],
    [59_000, 98],
    [60_000, 100],
    [60_001, 101],
  ])('of %i ms at 1.00 costs %i: each second that has begun, rounded down once', (ms, cost) => {
    expect(costs(rate({}), ms)).toBe(cost);
  });

  test('the fraction of a minor unit is rounded down at the end, not with each second', () => {
    // 99 seconds at 7 a minute are 11.55.
    expect(costs(rate({ price: eur(7) }), 99_000)).toBe(11);
  });
});

test.each<[per: RateTerms['per'], ms: number, cost: number]>([
  ['startedMinute', 0, 0],
  ['startedMinute', 1, 100],
  ['startedMinute', 60_000, 100],
  ['startedMinute', 60_001, 200],
  ['session', 0, 0],
  ['session', 1, 100],
  ['session', 3 * DAY_MS, 100],
  ['message', HOUR_MS, 0],
  ['document', HOUR_MS, 0],
])('per %s, %i ms cost %i', (per, ms, cost) => {
  expect(costs(rate({ per }), ms)).toBe(cost);
});

test.each(['message', 'document'] as const)('each %s costs what it costs at its moment', (per) => {
  const night = rate({ per, timeZone: 'UTC', hours: [{ days: everyDay, from: '20:00', to: '24:00', amount: 250 }] });
  const two = counted(night, counted(night, nothingMetered, noon), noon + 9 * HOUR_MS);
  expect(costOf(night, two)).toBe(350);
});

describe('free time', () => {
  test.each<[per: RateTerms['per'], ms: number, cost: number]>([
    ['minute', 20_000, 0],
    ['minute', 20_001, 1],
    ['minute', 80_000, 100],
    ['startedMinute', 20_000, 0],
    ['startedMinute', 20_001, 100],
    ['startedMinute', 80_001, 200],
    ['session', 20_000, 0],
    ['session', 20_001, 100],
  ])('of 20 s: per %s, %i ms cost %i', (per, ms, cost) => {
    expect(costs(rate({ per, freeMs: 20_000 }), ms)).toBe(cost);
  });

  test('is not charged the minimum, which holds from the first period on', () => {
    const tariff = rate({ freeMs: 20_000, minimum: 80 });
    expect([20_000, 20_001, 60_000, 80_000].map((ms) => costs(tariff, ms))).toEqual([0, 80, 80, 100]);
  });
});

describe('hours with another price', () => {
  const night = { days: everyDay, from: '20:00', to: '24:00', amount: 50 };
  const small = { days: everyDay, from: '00:00', to: '06:00', amount: 10 };
  const berlin = { timeZone: 'Europe/Berlin', hours: [night, small] };

  test('across midnight each part costs what its hours say', () => {
    const from = Date.parse('2026-03-02T22:50:00Z');
    expect(costs(rate(berlin), 20 * MINUTE_MS, from)).toBe(10 * 50 + 10 * 10);
    expect(costs(rate({ ...berlin, per: 'startedMinute' }), 20 * MINUTE_MS, from)).toBe(10 * 50 + 10 * 10);
  });

  test('a period costs what it did when it began', () => {
    const from = Date.parse('2026-03-02T18:59:30Z');
    expect(costs(rate({ ...berlin, per: 'startedMinute' }), 2 * MINUTE_MS, from)).toBe(100 + 50);
    expect(costs(rate({ ...berlin, per: 'session' }), 5 * HOUR_MS, from)).toBe(100);
  });

  test('of several that hold the first counts, and a day of the week is that of its own date', () => {
    const sunday = { days: ['sun' as const], from: '00:00', to: '24:00', amount: 1 };
    const tariff = rate({ timeZone: 'Europe/Berlin', hours: [sunday, night, small] });
    expect(tariff.amountAt(Date.parse('2026-03-01T22:30:00Z'))).toBe(1);
    expect(tariff.amountAt(Date.parse('2026-03-01T23:30:00Z'))).toBe(10);
    expect(tariff.amountAt(Date.parse('2026-03-02T21:30:00Z'))).toBe(50);
  });

  test('an hour that comes twice is cheap twice, and one that is left out is not charged', () => {
    // 02:00 to 03:00 by the clock of Berlin.
    const tariff = rate({
      timeZone: 'Europe/Berlin',
      hours: [{ days: everyDay, from: '02:00', to: '03:00', amount: 10 }],
    });
    const autumn = Date.parse('2026-10-24T23:00:00Z');
    expect(costs(tariff, 4 * HOUR_MS, autumn)).toBe(60 * 100 + 120 * 10 + 60 * 100);
    const spring = Date.parse('2026-03-29T00:00:00Z');
    expect(costs(tariff, 2 * HOUR_MS, spring)).toBe(120 * 100);
    const anyNight = Date.parse('2026-03-30T00:00:00Z');
    expect(costs(tariff, 2 * HOUR_MS, anyNight)).toBe(60 * 10 + 60 * 100);
  });

  test('a zone whose days do not begin at whole hours of UTC', () => {
    const tariff = rate({
      timeZone: 'Asia/Kathmandu',
      hours: [{ days: ['mon'], from: '00:00', to: '24:00', amount: 10 }],
    });
    const midnight = Date.parse('2026-03-01T18:15:00Z');
    expect(tariff.amountAt(midnight - 1)).toBe(100);
    expect(tariff.amountAt(midnight)).toBe(10);
    expect(costs(tariff, 2 * MINUTE_MS, midnight - MINUTE_MS)).toBe(110);
  });
});

test('who gets what: the tax is contained and rounded half up, the commission of the rest down, the receiver has what is left', () => {
  expect(sharesOf(119, { taxBasisPoints: 1_900, commissionBasisPoints: 1_500 })).toEqual({
    tax: 19,
    commission: 15,
    receiver: 85,
  });
  // 3 × 1900 / 11900 is 0.479, 4 × … is 0.639: half a unit up.
  expect(sharesOf(3, { taxBasisPoints: 1_900, commissionBasisPoints: 0 }).tax).toBe(0);
  expect(sharesOf(4, { taxBasisPoints: 1_900, commissionBasisPoints: 0 }).tax).toBe(1);
  // A tax of 100% of what is without it is half of the price: of 1 that is 0.5.
  expect(sharesOf(1, { taxBasisPoints: 10_000, commissionBasisPoints: 0 }).tax).toBe(1);
  expect(sharesOf(99, { taxBasisPoints: 0, commissionBasisPoints: 150 })).toEqual({
    tax: 0,
    commission: 1,
    receiver: 98,
  });
});

describe('whatever the rate', () => {
  const seed = seedOfThisRun();
  const random = new Random(seed);
  const zones = [
    'UTC',
    'Europe/Berlin',
    'America/New_York',
    'Asia/Kathmandu',
    'Australia/Lord_Howe',
    'America/St_Johns',
  ];
  const changes = ['2026-03-29T01:00:00Z', '2026-10-25T01:00:00Z', '2026-03-08T07:00:00Z', '2026-11-01T06:00:00Z'];
  const clock = (minutes: number) =>
    `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;

  function anyRate(): Tariff {
    const hours = Array.from({ length: random.between(0, 3) }, () => {
      const from = random.between(0, 1_439);
      const days = random.some(everyDay, 7) as typeof everyDay;
      const to = clock(random.between(from + 1, 1_440));
      return { days: days.length > 0 ? days : everyDay, from: clock(from), to, amount: random.between(0, 500) };
    });
    return rate({
      per: ratePers[random.between(0, 2)]!,
      price: eur(random.between(0, 500)),
      timeZone: zones[random.between(0, zones.length - 1)]!,
      hours,
      ...(random.chance(30) && { freeMs: random.between(0, 200_000) }),
      ...(random.chance(30) && { minimum: random.between(0, 1_000) }),
    });
  }

  /** Near a change of the clock as a rule, where things go wrong. */
  const anyMoment = () =>
    Date.parse(changes[random.between(0, changes.length - 1)]!) + random.between(-2 * DAY_MS, 2 * DAY_MS);

  /** One period after the other. */
  function plainCost(tariff: Tariff, from: number, ms: number): number {
    const { per, freeMs = 0, minimum = 0 } = tariff.terms;
    const period = per === 'minute' ? 1_000 : per === 'startedMinute' ? 60_000 : Infinity;
    let sum = 0;
    let any = false;
    for (let charged = freeMs; charged < ms; charged += period) {
      any = true;
      sum += tariff.amounts[tariff.levelAt(from + charged)]!;
    }
    const cost = per === 'minute' ? Math.floor(sum / 60) : sum;
    return any ? Math.max(cost, minimum) : 0;
  }

  test(`metering in pieces is metering at once, and what each period costs added up (seed ${seed})`, () => {
    for (let turn = 0; turn < 400; turn++) {
      const tariff = anyRate();
      const from = anyMoment();
      const ms = random.between(0, 3 * HOUR_MS);
      const atOnce = meter(tariff, nothingMetered, from, from + ms);
      let inPieces: Metered = nothingMetered;
      for (let at = from; at < from + ms; ) {
        const until = Math.min(from + ms, at + random.between(1, random.chance(50) ? 1_500 : HOUR_MS));
        inPieces = meter(tariff, inPieces, at, until);
        at = until;
      }
      expect(inPieces.ms).toBe(ms);
      expect(costOf(tariff, inPieces)).toBe(costOf(tariff, atOnce));
      expect(costOf(tariff, atOnce)).toBe(plainCost(tariff, from, ms));
    }
  });

  test(`holds that are left out cost nothing, wherever they are (seed ${seed})`, () => {
    for (let turn = 0; turn < 200; turn++) {
      const tariff = anyRate();
      const from = anyMoment();
      let metered = nothingMetered;
      let talked = 0;
      for (let at = from, part = 0; part < 6; part++) {
        const ms = random.between(0, 20 * MINUTE_MS);
        if (part % 2 === 0) {
          metered = meter(tariff, metered, at, at + ms);
          talked += ms;
        }
        at += ms;
      }
      expect(metered.ms).toBe(talked);
      const most = Math.max(...tariff.amounts);
      const cost = costOf(tariff, metered);
      expect(cost).toBeGreaterThanOrEqual(0);
      const dearest = new Tariff({ ...tariff.terms, price: eur(most), hours: [] });
      expect(cost).toBeLessThanOrEqual(costs(dearest, talked));
    }
  });

  test(`it never costs less for longer, and money lasts to the millisecond (seed ${seed})`, () => {
    for (let turn = 0; turn < 200; turn++) {
      const tariff = anyRate();
      const from = anyMoment();
      const talked = meter(tariff, nothingMetered, from - 100_000, from - random.between(0, 99_999));
      const money = costOf(tariff, talked) + random.between(0, 3_000);
      const until = lastsUntil(tariff, talked, from, money, 6 * HOUR_MS);
      if (until === Infinity) {
        expect(costOf(tariff, meter(tariff, talked, from, from + 6 * HOUR_MS))).toBeLessThanOrEqual(money);
        continue;
      }
      expect(costOf(tariff, meter(tariff, talked, from, until))).toBeLessThanOrEqual(money);
      expect(costOf(tariff, meter(tariff, talked, from, until + 1))).toBeGreaterThan(money);
    }
  });

  test(`the parts are the whole, and none is below nothing (seed ${seed})`, () => {
    for (let turn = 0; turn < 2_000; turn++) {
      const gross = random.chance(20) ? random.between(0, 5) : random.between(0, Number.MAX_SAFE_INTEGER);
      const given = { commissionBasisPoints: random.between(0, 10_000), taxBasisPoints: random.between(0, 10_000) };
      const { tax, commission, receiver } = sharesOf(gross, given);
      expect(tax + commission + receiver).toBe(gross);
      for (const part of [tax, commission, receiver]) expect(part).toBeGreaterThanOrEqual(0);
    }
  });
});
