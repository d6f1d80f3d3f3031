import { describe, expect, it } from 'vitest';
import { barChart } from '../../bench/harness/bars.ts';
import { isWellFormed } from '../simulation/well-formed.ts';

describe('bars', () => {
  it('begin at zero, and are as long as what they mean', () => {
    const bars = [
      { name: 'bare', value: 50, low: 40, high: 60 },
      { name: 'router "2" & <more>', value: 100, low: 90, high: 110 },
    ];
    const svg = barChart({ title: 'rates', label: 'requests/s', bars });
    expect(isWellFormed(svg)).toBe(true);
    const [bare, router] = [...svg.matchAll(/width="([\d.]+)" height="18"/g)].map(([, width]) => Number(width));
    expect(router! / bare!).toBeCloseTo(2, 1);
    expect(svg).toContain('>0</text>');
  });
});
