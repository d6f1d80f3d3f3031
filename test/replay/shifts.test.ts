import { describe, expect, it } from 'vitest';
import type { RecordedCall } from '../../src/simulation/recorded-call.ts';
import { serviceTimes } from '../../src/simulation/service-times.ts';
import { type Shift, type ShiftRules, shiftsOf } from '../../src/simulation/shifts.ts';

const rules: ShiftRules = { serve: 'sameDay', availability: 'breaks', breakToleranceMs: 5_000 };
let line = 0;

/** Times in seconds of the day. */
function call(fields: {
  at: number;
  wait?: number;
  served?: number;
  agent?: string;
  type?: string;
  day?: string;
}): RecordedCall {
  const { at, wait = 0, served, agent, type = 'PS', day = '1999-08-01' } = fields;
  line++;
  return {
    id: `call-${line}`,
    line,
    day,
    arrivedAt: at * 1000,
    waitMs: wait * 1000,
    outcome: served === undefined ? 'hungUp' : 'served',
    serviceStartAt: served === undefined ? undefined : (at + wait) * 1000,
    serviceMs: served === undefined ? undefined : served * 1000,
    agent,
    type,
    priority: '0',
    customer: undefined,
  };
}

const seconds = (shift: Shift) => ({
  agent: shift.agent,
  from: shift.from / 1000,
  to: shift.to / 1000,
  breaks: shift.breaks.map((pause) => [pause.from / 1000, pause.to / 1000]),
});

describe('a shift', () => {
  it('goes from the beginning of the first call that names the agent to the end of the last', () => {
    const calls = [
      call({ at: 100, wait: 20, served: 60, agent: 'ANAT' }),
      call({ at: 500, served: 30, agent: 'ANAT' }),
    ];
    expect(shiftsOf(calls, rules).map(seconds)).toEqual([{ agent: 'ANAT', from: 120, to: 530, breaks: [] }]);
  });

  it('is one for each agent and day, in the order in which they begin', () => {
    const calls = [
      call({ at: 300, served: 10, agent: 'AVI' }),
      call({ at: 100, served: 10, agent: 'VICKY' }),
      call({ at: 86_500, served: 10, agent: 'AVI', day: '1999-08-02' }),
    ];
    expect(shiftsOf(calls, rules).map((shift) => [shift.agent, shift.day])).toEqual([
      ['VICKY', '1999-08-01'],
      ['AVI', '1999-08-01'],
      ['AVI', '1999-08-02'],
    ]);
  });

  it('is neither begun nor parted by a call without any service', () => {
    const calls = [
      call({ at: 50, served: 0, agent: 'ANAT' }),
      call({ at: 100, served: 60, agent: 'ANAT' }),
      call({ at: 200, served: 0, agent: 'ANAT' }),
      call({ at: 300, served: 60, agent: 'ANAT' }),
      call({ at: 210, wait: 60 }),
    ];
    expect(shiftsOf(calls, rules).map(seconds)).toEqual([{ agent: 'ANAT', from: 100, to: 360, breaks: [[160, 300]] }]);
  });

  it('of an agent with two calls at once has no gap between them', () => {
    const calls = [
      call({ at: 0, served: 100, agent: 'ANAT' }),
      call({ at: 50, served: 20, agent: 'ANAT' }),
      call({ at: 80, wait: 30, served: 50, agent: 'ANAT' }),
      // Waits through the ten seconds from 100 to 110.
      call({ at: 90, wait: 60 }),
    ];
    expect(shiftsOf(calls, rules).map(seconds)).toEqual([{ agent: 'ANAT', from: 0, to: 160, breaks: [[100, 110]] }]);
  });
});

describe('a break', () => {
  const two = (...others: RecordedCall[]) =>
    shiftsOf(
      [call({ at: 0, served: 100, agent: 'ANAT' }), call({ at: 400, served: 100, agent: 'ANAT' }), ...others],
      rules,
    ).find((shift) => shift.agent === 'ANAT')!;

  it('is the whole gap in which a caller whom the agent could serve waited', () => {
    expect(seconds(two(call({ at: 200, wait: 30 }))).breaks).toEqual([[100, 400]]);
  });

  it('is seen by one who waited over the beginning of the gap, over its end, or through all of it', () => {
    expect(seconds(two(call({ at: 50, wait: 70 }))).breaks).toEqual([[100, 400]]);
    expect(seconds(two(call({ at: 380, wait: 500 }))).breaks).toEqual([[100, 400]]);
    expect(seconds(two(call({ at: 10, wait: 4000 }))).breaks).toEqual([[100, 400]]);
  });

  it('is not taken where nobody waited, before or after the gap aside', () => {
    expect(two(call({ at: 20, wait: 80 }), call({ at: 400, wait: 60 })).breaks).toEqual([]);
  });

  it('is not seen by one who waited for no longer than the tolerance: that one was being connected', () => {
    expect(two(call({ at: 200, wait: 5 })).breaks).toEqual([]);
    expect(two(call({ at: 200, wait: 6 })).breaks).toHaveLength(1);
  });

  it('is not seen by one of a type that the agent did not serve', () => {
    expect(two(call({ at: 200, wait: 60, type: 'IN' })).breaks).toEqual([]);
  });

  it('is seen by one who was served by somebody else as well as by one who hung up', () => {
    expect(two(call({ at: 200, wait: 60, served: 10, agent: 'AVI' })).breaks).toHaveLength(1);
  });

  it('is found behind a long list of shorter waits that came later than a long one', () => {
    const long = call({ at: 10, wait: 200 });
    const short = Array.from({ length: 50 }, (_, index) => call({ at: 20 + index, wait: 1 }));
    expect(two(long, ...short).breaks).toHaveLength(1);
  });

  it('is not taken where the rules say so', () => {
    const calls = [
      call({ at: 0, served: 100, agent: 'ANAT' }),
      call({ at: 200, wait: 60 }),
      call({ at: 400, served: 100, agent: 'ANAT' }),
    ];
    const [shift] = shiftsOf(calls, { ...rules, availability: 'shifts' });
    expect(shift).toMatchObject({ breaks: [], pausesMs: [] });
  });

  it('as a pause has no time of its own, but the call that it came after', () => {
    const calls = [
      call({ at: 0, served: 100, agent: 'ANAT' }),
      call({ at: 150, served: 100, agent: 'ANAT' }),
      // Waits in the second gap, which is of 30 seconds.
      call({ at: 255, wait: 20 }),
      call({ at: 280, served: 100, agent: 'ANAT' }),
    ];
    const [shift] = shiftsOf(calls, { ...rules, availability: 'pauses' });
    expect(shift).toMatchObject({ breaks: [], pausesMs: [0, 30_000, 0] });
  });

  it('as a pause comes after the call of its number also where calls touch or overlap', () => {
    const calls = [
      call({ at: 0, served: 100, agent: 'ANAT' }),
      call({ at: 50, served: 20, agent: 'ANAT' }),
      call({ at: 100, served: 100, agent: 'ANAT' }),
      call({ at: 300, wait: 60 }),
      call({ at: 600, served: 100, agent: 'ANAT' }),
      call({ at: 710, served: 100, agent: 'ANAT' }),
    ];
    const [shift] = shiftsOf(calls, { ...rules, availability: 'pauses' });
    expect(shift!.pausesMs).toEqual([0, 0, 400_000, 0, 0]);
  });
});

describe('what an agent can serve', () => {
  const calls = [
    call({ at: 0, served: 10, agent: 'ANAT', type: 'PS' }),
    call({ at: 86_400, served: 10, agent: 'ANAT', type: 'IN', day: '1999-08-02' }),
  ];
  it('is what they served on the same day', () => {
    expect(shiftsOf(calls, rules).map((shift) => shift.types)).toEqual([['PS'], ['IN']]);
  });
  it('is what they served on all days, where the rules say so', () => {
    expect(shiftsOf(calls, { ...rules, serve: 'allDays' }).map((shift) => shift.types)).toEqual([
      ['IN', 'PS'],
      ['IN', 'PS'],
    ]);
  });
});

describe('the service time of one who hung up', () => {
  const calls = [
    call({ at: 0, served: 60, agent: 'ANAT', type: 'PS' }),
    call({ at: 1, served: 600, agent: 'ANAT', type: 'IN' }),
    call({ at: 2, wait: 30, type: 'PS' }),
    call({ at: 3, wait: 30, type: 'XX' }),
    call({ at: 86_400, wait: 30, type: 'IN', day: '1999-08-02' }),
  ];
  it('is one that was recorded for the type, of the day if there is one, else of any day, else of any type', () => {
    const times = serviceTimes(calls, 'drawn', 1);
    expect(times.get(calls[2]!)).toBe(60_000);
    expect([60_000, 600_000]).toContain(times.get(calls[3]!));
    expect(times.get(calls[4]!)).toBe(600_000);
    expect(times.get(calls[0]!)).toBe(60_000);
  });
  it('is the same again for the same seed', () => {
    expect([...serviceTimes(calls, 'drawn', 5).values()]).toEqual([...serviceTimes(calls, 'drawn', 5).values()]);
  });
  it('is none where that is asked for', () => {
    expect(serviceTimes(calls, 'none', 1).get(calls[2]!)).toBe(0);
  });
});
