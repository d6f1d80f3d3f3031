import { beforeAll, describe, expect, it } from 'vitest';
import { bankMappingFile, type Mapping, readMapping, waitCreditFor } from '../../src/simulation/mapping.ts';
import type { Recording } from '../../src/simulation/recorded-call.ts';
import { readRecording } from '../../src/simulation/recording.ts';
import { serviceTimes, type UnservedService } from '../../src/simulation/service-times.ts';
import { shiftsOf } from '../../src/simulation/shifts.ts';
import { summarise } from '../../src/simulation/statistics.ts';
import { bankFile, isThere } from './bank-recording.ts';
import { playPlainly } from './plain-day.ts';

describe.skipIf(!isThere)('the bank’s fortnight', () => {
  let mapping: Mapping;
  let recording: Recording;
  beforeAll(async () => {
    mapping = readMapping(bankMappingFile);
    recording = await readRecording(bankFile, mapping);
  });

  const play = (day: string, breaks: boolean, unserved: UnservedService) => {
    const calls = recording.calls.filter((call) => call.day === day);
    const availability = breaks ? 'breaks' : 'shifts';
    const shifts = shiftsOf(calls, { serve: 'sameDay', availability, breakToleranceMs: 5_000 });
    return playPlainly(calls, shifts, serviceTimes(calls, unserved, 1), (call) =>
      waitCreditFor(mapping.routing, call.priority),
    );
  };

  it('is read without a damaged line, and every row is a contact or left out for a reason', () => {
    expect(recording.damagedCount).toBe(0);
    expect(recording.rows).toBe(23_668);
    expect(Object.fromEntries(recording.skipped)).toEqual({
      'outcome is PHANTOM': 199,
      'hung up before the queue (no q_start)': 1_835,
    });
    expect(recording.calls).toHaveLength(23_668 - 199 - 1_835);
  });

  it('has 2,239 contacts on 1 August 1999, with a recorded mean wait of 117 s', () => {
    const calls = recording.calls.filter((call) => call.day === '1999-08-01');
    const summary = summarise(
      calls.map((call) => ({ waitMs: call.waitMs, answered: call.outcome === 'served' })),
      { withinMs: 20_000, shortAbandonMs: 0 },
    );
    expect(summary).toMatchObject({ calls: 2_239, answered: 1_511, abandoned: 728 });
    expect(Math.round(summary.meanWaitMs! / 1000)).toBe(117);
  });

  it('comes out far too easy for 1 August without breaks, and near what was recorded with them', () => {
    const table = {
      'no breaks, no service for who hung up': play('1999-08-01', false, 'none'),
      'breaks, no service for who hung up': play('1999-08-01', true, 'none'),
      'no breaks, drawn service': play('1999-08-01', false, 'drawn'),
      'breaks, drawn service': play('1999-08-01', true, 'drawn'),
    };
    console.table(table);
    const means = Object.values(table).map((result) => result.meanWaitMs / 1000);
    // The independent count: about 5 s, and about 60 s with breaks; 117 s were recorded.
    expect(means[0]).toBeLessThan(20);
    expect(means[1]).toBeGreaterThan(40);
    expect(means[1]).toBeLessThan(80);
    expect(means[3]).toBeGreaterThan(85);
    expect(means[3]).toBeLessThan(150);
    for (const result of Object.values(table)) expect(result.answered + result.abandoned + result.left).toBe(2_239);
  });

  it('gives shifts whose breaks lie inside them, apart and in order', () => {
    const shifts = shiftsOf(recording.calls, { serve: 'sameDay', availability: 'breaks', breakToleranceMs: 5_000 });
    expect(shifts.length).toBeGreaterThan(150);
    for (const shift of shifts) {
      let last = shift.from;
      for (const pause of shift.breaks) {
        expect(pause.from).toBeGreaterThan(last);
        expect(pause.to).toBeGreaterThan(pause.from);
        last = pause.to;
      }
      expect(last).toBeLessThan(shift.to);
    }
  });
});
