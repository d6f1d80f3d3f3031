import { describe, expect, it } from 'vitest';
import { barChart, lineChart } from '../../bench/harness/svg.ts';

/** Whether every element that is opened is closed, in order: what a browser refuses to draw is not well-formed. */
function isWellFormed(svg: string): boolean {
  const open: string[] = [];
  for (const [, close, name, , empty] of svg.matchAll(/<(\/?)(\w+)((?:\s[\w-]+="[^"<]*")*)\s*(\/?)>/g)) {
    if (empty) continue;
    if (!close) open.push(name!);
    else if (open.pop() !== name) return false;
  }
  return open.length === 0 && svg.replaceAll(/<[^>]*>/g, '').includes('<') === false;
}

/** Horizontal places of the circles, in order. */
function places(svg: string, which: 'cx' | 'cy'): number[] {
  return [...svg.matchAll(new RegExp(`${which}="([\\d.-]+)"`, 'g'))].map(([, place]) => Number(place));
}

describe('charts', () => {
  const points = [1, 10, 100].map((x) => ({ x, y: x * 2, low: x, high: x * 3 }));

  it('draw equal factors as equal steps on logarithmic axes', () => {
    const svg = lineChart({
      title: 'a & b < c',
      x: { label: 'agents', log: true },
      y: { label: 'ns', log: true },
      lines: [{ name: 'core "wasm"', points }],
    });
    expect(isWellFormed(svg)).toBe(true);
    const [first, second, third] = places(svg, 'cx');
    expect(second! - first!).toBeCloseTo(third! - second!, 0);
    const [low, middle, high] = places(svg, 'cy');
    expect(low! - middle!).toBeCloseTo(middle! - high!, 0);
    expect(low!).toBeGreaterThan(high!);
    expect(svg).toContain('a &amp; b &lt; c');
    expect(svg).toContain('>100</text>');
  });

  it('draw bars from zero, as long as what they mean', () => {
    const bars = [
      { name: 'bare', value: 50, low: 40, high: 60 },
      { name: 'router', value: 100, low: 90, high: 110 },
    ];
    const svg = barChart({ title: 'rates', label: 'requests/s', bars });
    expect(isWellFormed(svg)).toBe(true);
    const [bare, router] = [...svg.matchAll(/width="([\d.]+)" height="18"/g)].map(([, width]) => Number(width));
    expect(router! / bare!).toBeCloseTo(2, 1);
  });

  it('refuse what a logarithm does not have', () => {
    const lines = [{ name: 'none', points: [{ x: 0, y: 1 }] }];
    const chart = { title: '', x: { label: 'agents', log: true }, y: { label: 'ns' }, lines };
    expect(() => lineChart(chart)).toThrow('agents: values from 0 to 0 cannot be drawn');
  });
});
