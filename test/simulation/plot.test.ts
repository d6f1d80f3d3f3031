import { describe, expect, it } from 'vitest';
import { type PlotLine, svgOf } from '../../src/simulation/plot.ts';
import { isWellFormed } from './well-formed.ts';

const x = { title: 'hours' };
const y = { title: 'seconds' };

/** Places of the dots, in order. */
function places(svg: string, which: 'cx' | 'cy'): number[] {
  return [...svg.matchAll(new RegExp(`${which}="([\\d.-]+)"`, 'g'))].map(([, place]) => Number(place));
}

describe('a plot', () => {
  it('is a document that says what it shows', () => {
    const line = { name: 'a < b', points: [0, 1, 2].map((at) => ({ x: at, y: at * at, low: at, high: 5 })) };
    const svg = svgOf({ title: 'Waits & more', x, y, lines: [line] });
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" viewBox=/);
    expect(isWellFormed(svg)).toBe(true);
    for (const text of ['Waits &#38; more', 'a &#60; b', '>hours<', '>seconds<']) expect(svg).toContain(text);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('of nothing is one too', () => {
    const svg = svgOf({ title: 'Nothing', x, y, lines: [] });
    expect(isWellFormed(svg)).toBe(true);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('has room below for as many names as there are', () => {
    const lines = Array.from({ length: 9 }, (_, at): PlotLine => ({ name: `number ${at} of many`, points: [] }));
    const svg = svgOf({ title: 'Many', x, y, lines });
    const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg)!.map(Number);
    const names = [...svg.matchAll(/<text x="([\d.]+)" y="([\d.]+)" text-anchor="start">number/g)];
    const at = names.map(([, across, down]) => [Number(across), Number(down)] as const);
    expect(at.every(([across, down]) => across + 100 < width! && down < height!)).toBe(true);
    expect(new Set(at.map(String)).size).toBe(9);
  });

  describe('on logarithmic axes', () => {
    const log = { title: 'agents', isLog: true };
    const points = [1, 10, 100].map((at) => ({ x: at, y: at * 2, low: at, high: at * 3 }));

    it('draws equal factors as equal steps', () => {
      const svg = svgOf({ title: '', x: log, y: log, lines: [{ name: 'core', points, isMeasured: true }] });
      expect(isWellFormed(svg)).toBe(true);
      const [first, second, third] = places(svg, 'cx');
      expect(second! - first!).toBeCloseTo(third! - second!, 0);
      const [low, middle, high] = places(svg, 'cy');
      expect(low! - middle!).toBeCloseTo(middle! - high!, 0);
      expect(low!).toBeGreaterThan(high!);
      // Once a power of ten, on both axes: the highest value of the second is 300.
      const words = [...svg.matchAll(/>(\d+)<\/text>/g)].map(([, word]) => word);
      expect(words).toEqual(['1', '10', '100', '1', '10', '100', '1000']);
    });

    it('draws a single point too', () => {
      const one = { name: 'core', points: points.slice(0, 1), isMeasured: true };
      expect(svgOf({ title: '', x: log, y: log, lines: [one] })).not.toMatch(/NaN|undefined|Infinity/);
    });

    it('refuses what a logarithm does not have', () => {
      const lines = [{ name: 'none', points: [{ x: 0, y: 1 }] }];
      expect(() => svgOf({ title: '', x: log, y, lines })).toThrow('agents: values from 0 to 0 cannot be drawn');
    });
  });
});
