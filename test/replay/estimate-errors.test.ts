import { describe, expect, it } from 'vitest';
import type { Entry } from '../../src/simulation/call-ledger.ts';
import { estimateErrors } from '../../src/simulation/estimate-errors.ts';

const second = 1_000;

function entry(at: number, waitS: number, change: Partial<Entry> & { type?: string } = {}): Entry {
  const { type = 'sales', ...more } = change;
  const planned = { contactId: `c${at}`, arrivedAt: at * second, type } as Entry['planned'];
  return { planned, fate: 'answered', waitMs: waitS * second, agentId: 'ann', estimatedMs: undefined, ...more };
}

describe('errors of estimates', () => {
  it('are those of the router, of the last wait and of the average, as known when the estimate was told', () => {
    const errors = estimateErrors([
      entry(0, 10),
      entry(5, 30),
      // Of another type, of somebody who hung up, and answered later: nobody would guess by them.
      entry(1, 500, { type: 'help' }),
      entry(2, 5, { fate: 'abandoned' }),
      entry(39, 100),
      entry(40, 25, { estimatedMs: 20 * second }),
      entry(60, 15, { estimatedMs: 30 * second }),
      entry(61, 9, { estimatedMs: 30 * second, fate: 'abandoned' }),
      entry(62, 9, { estimatedMs: 30 * second, type: 'unheard' }),
    ]);
    expect(errors).toEqual({
      contacts: 2,
      // −5 and +15 s.
      router: { meanAbsoluteMs: 10_000, rootMeanSquareMs: Math.sqrt((25 + 225) / 2) * second, biasMs: 5_000 },
      // 30 s was the last at 40 s, and still at 60 s: +5 and +15.
      lastWait: { meanAbsoluteMs: 10_000, rootMeanSquareMs: Math.sqrt((25 + 225) / 2) * second, biasMs: 10_000 },
      // 10 and 30 on average: −5 and +5.
      averageWait: { meanAbsoluteMs: 5_000, rootMeanSquareMs: 5_000, biasMs: 0 },
    });
  });

  it('are none where nobody was told anything', () => {
    expect(estimateErrors([entry(0, 10), entry(20, 30)])).toBeUndefined();
  });
});
